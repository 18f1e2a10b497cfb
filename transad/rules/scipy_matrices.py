"""scipy.linalg: functions of matrices, matrix equations, and matrices of a structure.

Functions of a matrix: f of the block matrix [[a, e], [0, a]] has in its corner the derivative of f at a
along e. Transposed, that is the derivative at the transpose of a (N. Higham, "Functions of Matrices", 2008).
"""

import numpy as np
from scipy import linalg

from transad.analysis.shape_rules.linalg import (
    like_the_matrix,
    like_the_matrix_in_double,
    like_the_right_side_of_bands,
    like_the_third,
    of_either_kind,
)
from transad.rules.helpers import known
from transad.rules.linalg import adjoint
from transad.rules.products import flipped
from transad.rules.registry import compile_time, expansion, jvp, vjp


def doubled(a, e):
    """The block matrix [[a, e], [0, a]]."""
    above = np.concatenate([a, e], axis=-1)
    return np.concatenate([above, np.concatenate([np.zeros_like(a), a], axis=-1)], axis=-2)


def corner(a):
    """The upper right quarter."""
    n = np.shape(a)[-1] // 2
    return a[:n, n:] if np.ndim(a) == 2 else a[..., :n, n:]


def like(a_bar, a):
    """Real for a real matrix."""
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@vjp(linalg.expm, result=like_the_matrix)
def _(y_bar, y, A):
    if np.ndim(A) > 2:
        return corner(linalg.expm(doubled(flipped(A), y_bar)))
    return linalg.expm_frechet(A.T, y_bar, compute_expm=False)


@jvp(linalg.expm, result=like_the_matrix)
def _(y, A_dot, A):
    if np.ndim(A) > 2:
        return corner(linalg.expm(doubled(A, A_dot)))
    change = linalg.expm_frechet(A, A_dot, compute_expm=False)  # in double precision, whatever A is
    return change if is_double(A) else change.astype(A.dtype)


def is_double(a):
    return known(a.dtype) and (a.dtype == np.float64 or a.dtype == np.complex128)


@vjp(linalg.expm_frechet, result=like_the_matrix_in_double)
def _(y_bar, y, A, E, method=None, compute_expm=True):
    zero = np.zeros_like(A)
    twice = np.concatenate([np.concatenate([E.T, zero], 1), np.concatenate([zero, E.T], 1)])
    a_bar = corner(linalg.expm_frechet(doubled(A.T, y_bar), twice, compute_expm=False))
    return a_bar, linalg.expm_frechet(A.T, y_bar, compute_expm=False)


@jvp(linalg.expm_frechet, result=like_the_matrix_in_double)
def _(y, A_dot, E_dot, A, E, method=None, compute_expm=True):
    zero = np.zeros_like(A)
    twice = np.concatenate([np.concatenate([A_dot, zero], 1), np.concatenate([zero, A_dot], 1)])
    change = corner(linalg.expm_frechet(doubled(A, E), twice, compute_expm=False))
    return change + linalg.expm_frechet(A, E_dot, compute_expm=False)


@expansion(linalg.expm_frechet)
def _(A, E, method=None, compute_expm=True, check_finite=None):
    if compute_expm:
        return linalg.expm(A), linalg.expm_frechet(A, E, compute_expm=False)
    return NotImplemented if check_finite is None else linalg.expm_frechet(A, E, compute_expm=False)


@vjp(linalg.logm, result=of_either_kind)
def _(y_bar, y, A):
    return like(corner(linalg.logm(doubled(A.T, y_bar))), A)


@jvp(linalg.logm, result=of_either_kind)
def _(y, A_dot, A):
    return corner(linalg.logm(doubled(A, A_dot)))


@vjp(linalg.sqrtm, result=of_either_kind)
def _(y_bar, y, A):
    return like(linalg.solve_sylvester(y.T, y.T, y_bar), A)


@jvp(linalg.sqrtm, result=of_either_kind)
def _(y, A_dot, A):
    return linalg.solve_sylvester(y, y, A_dot)


# ----- matrix equations: a x + x b = q, and x = a x a^H + q


@vjp(linalg.solve_sylvester, result=like_the_third)
def _(x_bar, x, a, b, q):
    q_bar = linalg.solve_sylvester(a.T, b.T, x_bar)
    return -q_bar @ x.T, -x.T @ q_bar, q_bar


@jvp(linalg.solve_sylvester, result=like_the_third)
def _(x, a_dot, b_dot, q_dot, a, b, q):
    return linalg.solve_sylvester(a, b, q_dot - a_dot @ x - x @ b_dot)


@expansion(linalg.solve_continuous_lyapunov)
def _(a, q):
    return linalg.solve_sylvester(a, adjoint(a), q)


@vjp(linalg.solve_discrete_lyapunov)
def _(x_bar, x, a, q, method=None):
    q_bar = linalg.solve_discrete_lyapunov(a.T, x_bar)
    return q_bar @ a @ x.T + q_bar.T @ a @ x, q_bar


@jvp(linalg.solve_discrete_lyapunov)
def _(x, a_dot, q_dot, a, q, method=None):
    change = a_dot @ x @ a.T + a @ x @ a_dot.T
    return linalg.solve_discrete_lyapunov(a, q_dot + change)


@expansion(linalg.solve_discrete_lyapunov)
def _(a, q, method=None):
    if np.iscomplexobj(a):
        raise NotImplementedError("the equation has no rule for complex matrices", "use np.linalg.solve")
    return NotImplemented


# ----- structure


@compile_time
def common_dtype(dtypes):
    return np.result_type(*dtypes)


@expansion(linalg.block_diag)
def _(*arrs):
    blocks = [a if np.ndim(a) == 2 else np.atleast_2d(a) for a in arrs]
    rows, columns = [np.shape(blocks[0])[0]], [np.shape(blocks[0])[1]]  # where each block ends
    for a in blocks[1:]:
        rows.append(rows[-1] + np.shape(a)[0])
        columns.append(columns[-1] + np.shape(a)[1])
    out = np.zeros((rows[-1], columns[-1]), common_dtype([a.dtype for a in blocks]))
    out[: rows[0], : columns[0]] = blocks[0]
    for k in range(1, len(blocks)):
        out[rows[k - 1] : rows[k], columns[k - 1] : columns[k]] = blocks[k]
    return out


@expansion(linalg.toeplitz)
def _(c, r=None):
    """One vector holds all diagonals, from the lowest on."""
    first = np.conj(c) if r is None else r
    m, n = np.shape(c)[0], np.shape(first)[0]
    return np.concatenate([c[::-1], first[1:]])[np.arange(m - 1, -1, -1)[:, None] + np.arange(n)]


@expansion(linalg.hankel)
def _(c, r=None):
    last = np.zeros_like(c) if r is None else r
    m, n = np.shape(c)[0], np.shape(last)[0]
    return np.concatenate([c, last[1:]])[np.arange(m)[:, None] + np.arange(n)]


@expansion(linalg.circulant)
def _(c):
    n = np.shape(c)[0]
    return c[(np.arange(n)[:, None] - np.arange(n)) % n]


# ----- banded systems: bands[u + i - j, j] = a[i, j]


def span(k):
    """Of the columns, those that have an entry in the diagonal k below; `span(-k)`, the rows."""
    return slice(None) if k == 0 else slice(None, -k) if k > 0 else slice(-k, None)


def transposed_bands(l_and_u, ab):
    lower, upper = l_and_u
    turned = np.zeros_like(ab)
    for r in range(lower + upper + 1):
        turned[r, span(r - lower)] = ab[lower + upper - r, span(lower - r)]
    return turned


@vjp(linalg.solve_banded, result=like_the_right_side_of_bands)
def _(x_bar, x, l_and_u, ab, b):
    lower, upper = l_and_u
    b_bar = linalg.solve_banded((upper, lower), transposed_bands(l_and_u, ab), x_bar)
    ab_bar = np.zeros_like(ab)
    for r in range(lower + upper + 1):
        products = b_bar[span(upper - r)] * x[span(r - upper)]
        ab_bar[r, span(r - upper)] = -products if np.ndim(x) == 1 else -np.sum(products, axis=1)
    return None, ab_bar, b_bar


@jvp(linalg.solve_banded, result=like_the_right_side_of_bands)
def _(x, l_dot, ab_dot, b_dot, l_and_u, ab, b):
    lower, upper = l_and_u
    change = np.zeros_like(x)
    for r in range(lower + upper + 1):
        row = ab_dot[r, span(r - upper)]
        change[span(upper - r)] += (row if np.ndim(x) == 1 else row[:, None]) * x[span(r - upper)]
    return linalg.solve_banded(l_and_u, ab, b_dot - change)


@expansion(linalg.solve_banded)
def _(l_and_u, ab, b, overwrite_ab=None, overwrite_b=None, check_finite=None):
    if np.ndim(b) > 2:
        flat = linalg.solve_banded(l_and_u, ab, np.reshape(b, (np.shape(b)[0], -1)))
        return np.reshape(flat, np.shape(b))
    if (overwrite_ab, overwrite_b, check_finite) == (None, None, None):
        return NotImplemented
    return linalg.solve_banded(l_and_u, ab, b)


# ----- functions of matrices by the exponential


@expansion(linalg.cosm)
def _(A):
    return (
        0.5 * (linalg.expm(1j * A) + linalg.expm(-1j * A)) if np.iscomplexobj(A) else linalg.expm(1j * A).real
    )


@expansion(linalg.sinm)
def _(A):
    if np.iscomplexobj(A):
        return -0.5j * (linalg.expm(1j * A) - linalg.expm(-1j * A))
    return linalg.expm(1j * A).imag


@expansion(linalg.coshm)
def _(A):
    return 0.5 * (linalg.expm(A) + linalg.expm(-A))


@expansion(linalg.sinhm)
def _(A):
    return 0.5 * (linalg.expm(A) - linalg.expm(-A))


@expansion(linalg.tanhm)
def _(A):
    return np.linalg.solve(linalg.coshm(A), linalg.sinhm(A))
