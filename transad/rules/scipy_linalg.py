"""scipy.linalg: systems and factorisations. What NumPy does in the same way is left to it.

Flags that let SciPy overwrite its arguments, or leave out its checks, are dropped: a derivative may need
the arguments again.
"""

import numpy as np
from scipy import linalg

from transad.analysis.shape_rules.linalg import factor_and_pivots, like_the_right_side
from transad.rules.decompositions import gaps, with_diagonal
from transad.rules.helpers import known_equal, row_order, update
from transad.rules.linalg import adjoint, hermitian_part, lower_factor
from transad.rules.products import flipped
from transad.rules.registry import expansion, jvp, vjp


def outer(a, b):
    """a b^T of vectors, or of matrices."""
    return np.outer(a, b) if np.ndim(a) == 1 else a @ b.T


# ----- the same in NumPy


@expansion(linalg.inv)
def _(a, overwrite_a=False, check_finite=True):
    return np.linalg.inv(a)


@expansion(linalg.pinv)
def _(a, *, return_rank=False, check_finite=True):
    if return_rank:
        raise NotImplementedError("scipy.linalg.pinv with return_rank", "use np.linalg.matrix_rank")
    return np.linalg.pinv(a)


@expansion(linalg.lstsq)
def _(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    return np.linalg.lstsq(a, b, rcond=cond)


@expansion(linalg.det)
def _(a, overwrite_a=False, check_finite=True):
    return np.linalg.det(a)


@expansion(linalg.norm)
def _(a, ord=None, axis=None, keepdims=False, check_finite=True):
    return np.linalg.norm(a, ord, axis, keepdims)


@expansion(linalg.svdvals)
def _(a, overwrite_a=False, check_finite=True):
    return np.linalg.svd(a, full_matrices=False)[1]


@expansion(linalg.svd)
def _(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True):
    if not compute_uv:
        return np.linalg.svd(a, full_matrices=False)[1]
    u, s, vh = np.linalg.svd(a, full_matrices=full_matrices)
    return u, s, vh


@expansion(linalg.qr)
def _(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    if pivoting or mode == "raw" or not known_equal(*np.shape(a)) and mode != "economic":
        raise NotImplementedError(
            "scipy.linalg.qr is differentiable without pivoting, in the mode 'economic'",
            "pass mode='economic'",
        )
    q, r = np.linalg.qr(a)
    return (r,) if mode == "r" else (q, r)


@expansion(linalg.eigvals)
def _(a, b=None, overwrite_a=False, check_finite=True, homogeneous_eigvals=False):
    if b is not None or homogeneous_eigvals:
        raise NotImplementedError("a generalized eigenvalue problem has no rule", "solve it for inv(b) @ a")
    return np.ndarray.astype(np.linalg.eigvals(a), complex)


@expansion(linalg.eig)
def _(a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True):
    if b is not None or left or not right:
        raise NotImplementedError(
            "scipy.linalg.eig is differentiable for eigenvalues and right eigenvectors of one matrix",
            "drop b, left and right",
        )
    w, v = np.linalg.eig(a)
    return np.ndarray.astype(w, complex), v


# ----- systems of equations


@expansion(linalg.solve)
def _(
    a,
    b,
    lower=False,
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
    assume_a=None,
    transposed=False,
):
    if assume_a in (None, "gen", "general"):
        matrix = a
    elif assume_a in ("pos", "sym", "her", "positive definite", "symmetric", "hermitian"):
        other = np.tril(a, -1) if lower else np.triu(a, 1)
        matrix = (np.tril(a) if lower else np.triu(a)) + (
            flipped(other) if assume_a[0] == "s" else adjoint(other)
        )
    else:
        raise NotImplementedError("matrices of this structure have no rule", "leave out assume_a")
    return np.linalg.solve(flipped(matrix) if transposed else matrix, b)


def as_number(a, trans):
    """0: as it is, 1: transposed; the conjugate of a real matrix is itself."""
    if trans in (2, "C") and np.iscomplexobj(a):
        raise NotImplementedError(
            "the conjugate transpose has no rule here", "pass the conjugate, and trans=1"
        )
    return 0 if trans in (0, "N") else 1


def triangle(a, lower, unit_diagonal):
    """The part of a matrix that is read."""
    if unit_diagonal:
        return np.tril(a, -1) if lower else np.triu(a, 1)
    return np.tril(a) if lower else np.triu(a)


@vjp(linalg.solve_triangular, result=like_the_right_side)
def _(x_bar, x, a, b, trans=0, lower=False, unit_diagonal=False):
    turned = as_number(a, trans)
    b_bar = linalg.solve_triangular(a, x_bar, trans=1 - turned, lower=lower, unit_diagonal=unit_diagonal)
    a_bar = outer(x, b_bar) if turned else outer(b_bar, x)
    return -triangle(a_bar, lower, unit_diagonal), b_bar


@jvp(linalg.solve_triangular, result=like_the_right_side)
def _(x, a_dot, b_dot, a, b, trans=0, lower=False, unit_diagonal=False):
    turned = as_number(a, trans)
    change = triangle(a_dot, lower, unit_diagonal)
    right = b_dot - (change.T if turned else change) @ x
    return linalg.solve_triangular(a, right, trans=turned, lower=lower, unit_diagonal=unit_diagonal)


@expansion(linalg.solve_triangular)
def _(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=None, check_finite=None):
    if np.ndim(a) != 2:
        raise NotImplementedError("stacks of triangular systems have no rule", "use np.linalg.solve")
    if overwrite_b is None and check_finite is None:
        return NotImplemented
    return linalg.solve_triangular(a, b, trans, lower, unit_diagonal)


@expansion(linalg.cholesky)
def _(a, lower=False, overwrite_a=False, check_finite=True):
    return np.linalg.cholesky(a) if lower else adjoint(np.linalg.cholesky(adjoint(a)))


@expansion(linalg.cho_factor)
def _(a, lower=False, overwrite_a=False, check_finite=True):
    return linalg.cholesky(a, lower), lower


@expansion(linalg.cho_solve)
def _(c_and_lower, b, overwrite_b=False, check_finite=True):
    c, lower = c_and_lower
    if lower:
        y = linalg.solve_triangular(c, b, lower=True)
        return np.conj(linalg.solve_triangular(c, np.conj(y), trans=1, lower=True))
    y = np.conj(linalg.solve_triangular(c, np.conj(b), trans=1))
    return linalg.solve_triangular(c, y)


# ----- LU: a[order] = l u, with both factors in one matrix


@vjp(linalg.lu_factor, result=factor_and_pivots)
def _(y_bar, y, a):
    lu, order = y[0], row_order(y[1])
    inner = np.tril(lower_factor(lu).T @ np.tril(y_bar[0], -1), -1) + np.triu(
        np.triu(y_bar[0]) @ np.triu(lu).T
    )
    right = linalg.solve_triangular(lu, inner.T).T
    return update(
        np.zeros_like(a), linalg.solve_triangular(lu, right, trans=1, lower=True, unit_diagonal=True), order
    )


@jvp(linalg.lu_factor, result=factor_and_pivots)
def _(y, a_dot, a):
    lu, order = y[0], row_order(y[1])
    f = linalg.solve_triangular(lu, a_dot[order], lower=True, unit_diagonal=True)
    f = linalg.solve_triangular(lu, f.T, trans=1).T
    return lower_factor(lu) @ np.tril(f, -1) + np.triu(f) @ np.triu(lu), np.zeros_like(y[1])


@expansion(linalg.lu_factor)
def _(a, overwrite_a=None, check_finite=None):
    if np.ndim(a) != 2:
        raise NotImplementedError("stacks of matrices have no rule here", "use np.linalg.solve")
    if overwrite_a is None and check_finite is None:
        return NotImplemented
    return linalg.lu_factor(a)


@expansion(linalg.lu_solve)
def _(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu, piv = lu_and_piv
    order = row_order(piv)
    if as_number(lu, trans) == 0:
        y = linalg.solve_triangular(lu, b[order], lower=True, unit_diagonal=True)
        return linalg.solve_triangular(lu, y)
    y = linalg.solve_triangular(lu, b, trans=1)
    y = linalg.solve_triangular(lu, y, trans=1, lower=True, unit_diagonal=True)
    return y[np.argsort(order)]


# ----- Hermitian matrices, a v = b v w


@vjp(linalg.eigh)
def _(y_bar, y, a, b=None, lower=True):
    w, v = y[0], y[1]
    inner = with_diagonal(gaps(w) * (adjoint(v) @ np.conj(y_bar[1])), y_bar[0])
    a_bar = np.conj(hermitian_part(v @ inner @ adjoint(v)))
    if b is None:
        return a_bar
    sizes = 0.5 * np.real(np.sum(v * y_bar[1], axis=0))
    return a_bar, -np.conj(hermitian_part(v @ with_diagonal(inner * w, sizes) @ adjoint(v)))


@jvp(linalg.eigh)
def _(y, a_dot, b_dot, a, b=None, lower=True):
    w, v = y[0], y[1]
    p = adjoint(v) @ hermitian_part(a_dot) @ v
    if b is None:
        return np.real(np.diagonal(p)), v @ (gaps(w) * p)
    q = adjoint(v) @ hermitian_part(b_dot) @ v
    p = p - q * w
    return np.real(np.diagonal(p)), v @ (gaps(w) * p) - 0.5 * v * np.real(np.diagonal(q))


@expansion(linalg.eigh)
def _(a, b=None, *, lower=True, eigvals_only=None, overwrite_a=None, overwrite_b=None, check_finite=None):
    given = (eigvals_only, overwrite_a, overwrite_b, check_finite)
    if given == (None, None, None, None):
        return NotImplemented
    w, v = linalg.eigh(a, b, lower=lower)
    return w if eigvals_only else (w, v)


@expansion(linalg.eigvalsh)
def _(a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, check_finite=True):
    return linalg.eigh(a, b, lower=lower)[0]
