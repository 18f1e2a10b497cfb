"""scipy.linalg: matrices of a structure (Toeplitz, banded, tridiagonal), and factors made from others."""

import numpy as np
from scipy import linalg

from transad.analysis.shape_rules.linalg import (
    like_the_right_side_of_toeplitz,
    polar_factors,
    tridiagonal_pair,
)
from transad.rules.decompositions import columnwise, gaps, with_diagonal
from transad.rules.helpers import identity, known_equal, row_order
from transad.rules.linalg import adjoint, hermitian_part, lower_factor
from transad.rules.products import column
from transad.rules.registry import expansion, jvp, vjp

# ----- Toeplitz matrices t[i, j] = c[i - j] or r[j - i]: adjoints are summed along diagonals, by convolution


@vjp(linalg.solve_toeplitz, result=like_the_right_side_of_toeplitz)
def _(x_bar, x, c_or_cr, b):
    c, r = c_or_cr
    b_bar = linalg.solve_toeplitz((transposed(r, c), c), x_bar)
    sums = np.convolve(b_bar, x[::-1])
    n = np.shape(c)[0]
    r_bar = -sums[n - 1 :: -1]
    r_bar[0] = 0.0  # that of c is on the diagonal
    return (-sums[n - 1 :], r_bar), b_bar


def transposed(r, c):
    """The first column of the transposed matrix."""
    return np.concatenate((c[:1], r[1:]))


@jvp(linalg.solve_toeplitz, result=like_the_right_side_of_toeplitz)
def _(x, c_or_cr_dot, b_dot, c_or_cr, b):
    c, r = c_or_cr
    change = linalg.toeplitz(c_or_cr_dot[0], c_or_cr_dot[1]) @ x
    return linalg.solve_toeplitz((c, r), b_dot - change)


@expansion(linalg.solve_toeplitz)
def _(c_or_cr, b, check_finite=None):
    if isinstance(c_or_cr, tuple):
        c, r = c_or_cr
    else:
        c, r = c_or_cr, np.conj(c_or_cr)
    if np.ndim(b) == 2:
        return np.stack([linalg.solve_toeplitz((c, r), row) for row in b.T], axis=1)
    if isinstance(c_or_cr, tuple) and check_finite is None:
        return NotImplemented
    return linalg.solve_toeplitz((c, r), b)


@expansion(linalg.matmul_toeplitz)
def _(c_or_cr, x, check_finite=False, workers=None):
    if isinstance(c_or_cr, tuple):
        return linalg.toeplitz(c_or_cr[0], c_or_cr[1]) @ x
    return linalg.toeplitz(c_or_cr) @ x


# ----- Hermitian matrices given by half of their bands: all bands are


@expansion(linalg.solveh_banded)
def _(ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    width, n = np.shape(ab)[0] - 1, np.shape(ab)[1]
    bands = np.zeros((2 * width + 1, n), dtype=ab.dtype)
    for d in range(width + 1):  # the d-th bands beside the diagonal
        band = ab[d, : n - d] if lower else np.conj(ab[width - d, d:])
        bands[width + d, : n - d] = band
        if d > 0:
            bands[width - d, d:] = np.conj(band)
    return linalg.solve_banded((width, width), bands, b)


# ----- tridiagonal matrices with d on the diagonal and e beside it


@vjp(linalg.eigh_tridiagonal, result=tridiagonal_pair)
def _(y_bar, y, d, e):
    w, v = y[0], y[1]
    inner = v @ with_diagonal(gaps(w) * (v.T @ y_bar[1]), y_bar[0])
    return np.sum(inner * v, axis=1), np.sum(inner[1:] * v[:-1] + inner[:-1] * v[1:], axis=1)


@jvp(linalg.eigh_tridiagonal, result=tridiagonal_pair)
def _(y, d_dot, e_dot, d, e):
    w, v = y[0], y[1]
    beside = v[:-1].T @ (column(e_dot) * v[1:])
    p = v.T @ (column(d_dot) * v) + beside + beside.T
    return np.diagonal(p), v @ (gaps(w) * p)


@expansion(linalg.eigh_tridiagonal)
def _(
    d, e, eigvals_only=None, select="a", select_range=None, check_finite=True, tol=0.0, lapack_driver="auto"
):  # fmt: skip
    if select != "a":
        raise NotImplementedError("some of the eigenvalues alone", "take them from all of them: select='a'")
    if eigvals_only is None:
        return NotImplemented
    w, v = linalg.eigh_tridiagonal(d, e)
    return w if eigvals_only else (w, v)


@expansion(linalg.eigvalsh_tridiagonal)
def _(d, e, select="a", select_range=None, check_finite=True, tol=0.0, lapack_driver="auto"):
    return linalg.eigh_tridiagonal(d, e, True, select)


# ----- a = p l u


@expansion(linalg.lu)
def _(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    if np.ndim(a) != 2 or not known_equal(*np.shape(a)):
        raise NotImplementedError("scipy.linalg.lu of a matrix that is not square", "use scipy.linalg.qr")
    lu, piv = linalg.lu_factor(a)
    back = np.argsort(row_order(piv))
    if permute_l:
        return lower_factor(lu)[back], np.triu(lu)
    p = back if p_indices else identity(np.shape(a)[0], lu.dtype)[back]
    return p, lower_factor(lu), np.triu(lu)


# ----- a = u p with orthogonal columns of u and a positive p. With singular values s, only their sums count


@vjp(linalg.polar, result=polar_factors)
def _(y_bar, y, a, side="right"):
    u, p_bar = y[0], np.conj(hermitian_part(y_bar[1]))
    w, s, vh = np.linalg.svd(a, full_matrices=False)
    g = (np.conj(y_bar[0]) + a @ p_bar) @ adjoint(vh)
    inner = adjoint(w) @ g
    turn = inner / (column(s) + columnwise(s))
    outside = (g - w @ inner) / s
    return np.conj(u @ p_bar + (w @ (turn - adjoint(turn)) + outside) @ vh)


@jvp(linalg.polar, result=polar_factors)
def _(y, a_dot, a, side="right"):
    u, p = y
    w, s, vh = np.linalg.svd(a, full_matrices=False)
    turn = adjoint(w) @ a_dot @ adjoint(vh)
    turn = (turn - adjoint(turn)) / (column(s) + columnwise(s))
    outside = a_dot @ adjoint(vh) - w @ (adjoint(w) @ a_dot @ adjoint(vh))
    u_dot = (w @ turn + outside / s) @ vh
    p_dot = adjoint(u_dot) @ a + adjoint(u) @ a_dot
    return u_dot, 0.5 * (p_dot + adjoint(p_dot))


@expansion(linalg.polar)
def _(a, side="right"):
    if side == "right":
        return NotImplemented
    u, p = linalg.polar(adjoint(a))  # a = p u is the adjoint of u^H p
    return adjoint(u), p
