"""Systems of equations, inverses, determinants.

Matrices are transposed without conjugation: adjoints pair with tangents as Re(a_bar * a_dot). Formulas:
M. Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); of the pseudo-inverse, G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973).
"""

import numpy as np

from transad.rules.helpers import (
    cofactors,
    cofactors_along,
    divides,
    identity,
    known,
    known_symmetric,
    log_determinant_weight,
    vanishes,
)
from transad.rules.products import column, flipped, row
from transad.rules.registry import expansion, jvp, nondifferentiable, vjp

# ----- systems of equations


def solve_each(a, b, vectors):
    """`np.linalg.solve`, also for a stack of vectors (NumPy takes a stack of matrices only)."""
    if vectors and np.ndim(a) > 2:
        return np.linalg.solve(a, column(b))[..., 0]
    return np.linalg.solve(a, b)


@vjp(np.linalg.solve)
def _(x_bar, x, a, b):
    vectors = np.ndim(b) == 1
    b_bar = solve_each(a if known_symmetric(a) else flipped(a), x_bar, vectors)
    if not vectors:
        return -(b_bar @ flipped(x)), b_bar
    return -np.outer(b_bar, x) if np.ndim(a) == 2 else -column(b_bar) * row(x), b_bar


@jvp(np.linalg.solve)
def _(x, a_dot, b_dot, a, b):
    if np.ndim(b) == 1 and np.ndim(a) > 2:
        return solve_each(a, b_dot - (a_dot @ column(x))[..., 0], True)
    return np.linalg.solve(a, b_dot - a_dot @ x)


@vjp(np.linalg.inv)
def _(y_bar, y, a):
    return -(flipped(y) @ y_bar @ flipped(y))


@jvp(np.linalg.inv)
def _(y, a_dot, a):
    return -(y @ a_dot @ y)


# ----- determinants. That of a singular matrix is differentiable, too, twice.


@vjp(np.linalg.det)
def _(y_bar, y, a):
    if divides(y):  # it is not zero
        return scaled(y_bar * y, flipped(np.linalg.inv(a)))
    return scaled(y_bar, cofactors(a))


@jvp(np.linalg.det)
def _(y, a_dot, a):
    if divides(y):
        return y * trace_of(np.linalg.solve(a, a_dot))
    return np.sum(cofactors(a) * a_dot, axis=(-2, -1))


@vjp(cofactors)
def _(y_bar, y, a):
    return cofactors_along(y_bar, a)


@jvp(cofactors)
def _(y, a_dot, a):
    return cofactors_along(a_dot, a)


def cofactors_twice_along(z, x, a):
    """The derivative of `cofactors_along(x, a)` with respect to `a`, along `z`. With p the inverse and
    q(x) the trace of p x, the former is det(a) (q(x) p - p x p), transposed."""
    p = np.linalg.inv(a)
    p_x, p_z = p @ x, p @ z
    turned = p_z @ p_x @ p + p_x @ p_z @ p
    inner = turned - scaled(trace_of(p_z @ p_x), p) - scaled(trace_of(p_x), p_z @ p)
    return scaled(trace_of(p_z), cofactors_along(x, a)) + scaled(np.linalg.det(a), flipped(inner))


@vjp(cofactors_along)
def _(y_bar, y, x, a):
    return cofactors_along(y_bar, a), cofactors_twice_along(y_bar, x, a)


@jvp(cofactors_along)
def _(y, x_dot, a_dot, x, a):
    return cofactors_along(x_dot, a) + cofactors_twice_along(a_dot, x, a)


def scaled(g, a):
    """Each matrix of a stack times its own number."""
    return g * a if np.ndim(a) == 2 else np.expand_dims(g, (-1, -2)) * a


def trace_of(a):
    return np.trace(a) if np.ndim(a) == 2 else np.trace(a, axis1=-2, axis2=-1)


# The sign of a complex determinant turns as its logarithm moves along the imaginary axis.


@vjp(np.linalg.slogdet)
def _(y_bar, y, a):
    g = y_bar[1]
    if np.iscomplexobj(a):
        g = g - 1j * np.real(1j * y_bar[0] * y[0])
    return scaled(g, flipped(np.linalg.inv(a)))


@jvp(np.linalg.slogdet)
def _(y, a_dot, a):
    growth = trace_of(np.linalg.solve(a, a_dot))
    if np.iscomplexobj(a):
        return y[0] * (growth - np.real(growth)), np.real(growth)
    return np.zeros_like(y[0]), growth


# ----- Cholesky: a = L L^H, of which NumPy reads the lower triangle only; the adjoint is Hermitian.
# I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.


def adjoint(a):
    """Each matrix of a stack transposed and conjugated."""
    return np.conj(flipped(a))


def half_lower(a):
    """The lower triangle with half of the diagonal."""
    return 0.5 * (np.tril(a) + np.tril(a, -1))


def hermitian_part(a):
    return 0.5 * (a + adjoint(a))


@vjp(np.linalg.cholesky)
def _(y_bar, y, a):
    g = log_determinant_weight(y_bar, y)
    if g is not None and np.ndim(a) == 2 and not np.iscomplexobj(a):
        return 0.5 * g * inverse_by_factor(a, y)  # of half the logarithm of the determinant
    s = np.linalg.solve(adjoint(y), half_lower(adjoint(y) @ np.conj(y_bar)))
    return np.conj(hermitian_part(np.linalg.solve(adjoint(y), adjoint(s))))


def inverse_by_factor(a, factor):
    """The inverse of the symmetric matrix of which `a` has the lower triangle."""
    if known_symmetric(a):
        return np.linalg.inv(a)
    v = np.linalg.inv(factor)
    return v.T @ v


@jvp(np.linalg.cholesky)
def _(y, a_dot, a):
    inner = np.linalg.solve(y, adjoint(np.linalg.solve(y, hermitian_part(a_dot))))
    return y @ half_lower(inner)


if hasattr(np.linalg, "svdvals"):  # NumPy 2

    @expansion(np.linalg.cholesky)
    def _(a, /, *, upper=None):
        if upper is None:
            return NotImplemented
        return adjoint(np.linalg.cholesky(adjoint(a))) if upper else np.linalg.cholesky(a)


# ----- the pseudo-inverse and least squares, where small changes of the matrix keep its rank


@vjp(np.linalg.pinv)
def _(y_bar, y, a, rcond=None, hermitian=False):
    g, h = np.conj(y_bar), adjoint(y)
    a_bar = adjoint((g - y @ (a @ g)) @ h @ y) + adjoint(y @ h @ (g - (g @ a) @ y)) - h @ g @ h
    return np.conj(a_bar)


@jvp(np.linalg.pinv)
def _(y, a_dot, a, rcond=None, hermitian=False):
    d, h = adjoint(a_dot), adjoint(y)
    return y @ h @ (d - (d @ a) @ y) + (d - y @ (a @ d)) @ h @ y - y @ a_dot @ y


def inverse_of(a, rcond):
    """The pseudo-inverse with which `np.linalg.lstsq` gives its solution."""
    return np.linalg.pinv(a) if rcond is None or known(rcond) and rcond < 0 else np.linalg.pinv(a, rcond)


def times(a, b):
    """An outer product of vectors, or the sum of those of columns: a @ b^T."""
    return np.outer(a, b) if np.ndim(a) == 1 else a @ b.T


def residual_like(g, b):
    """One number for each column of `b`; of a vector, an array of one."""
    return g if np.ndim(b) == 2 else g[0]


@vjp(np.linalg.lstsq)
def _(y_bar, y, a, b, rcond=None):
    """Of the solution by z = p^H x_bar, of the residuals directly, of the singular values by the SVD."""
    x, g = y[0], np.conj(y_bar[0])
    p = inverse_of(a, rcond)
    r = b - a @ x
    z = adjoint(p) @ g
    a_bar = outer(r, p @ z) + outer(adjoint(p) @ x, g - p @ (a @ g)) - outer(z, x)
    b_bar = z
    if not vanishes(y_bar[1]) and len(y[1]) > 0:  # there are residuals
        weight = 2.0 * y_bar[1] * r
        a_bar = a_bar - outer(weight, x)
        b_bar = b_bar + weight
    if not vanishes(y_bar[3]):
        u, _, vt = np.linalg.svd(a, full_matrices=False)
        a_bar = a_bar + (u * y_bar[3]) @ vt
    return np.conj(a_bar), np.conj(b_bar)


def outer(a, b):
    """a b^H of vectors, or of matrices."""
    return np.outer(a, np.conj(b)) if np.ndim(a) == 1 else a @ adjoint(b)


@jvp(np.linalg.lstsq)
def _(y, a_dot, b_dot, a, b, rcond=None):
    x, d = y[0], adjoint(a_dot)
    p = inverse_of(a, rcond)
    r = b - a @ x
    r_dot = b_dot - a_dot @ x
    e = d @ (adjoint(p) @ x)
    x_dot = p @ r_dot + p @ (adjoint(p) @ (d @ r)) + e - p @ (a @ e)
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    s_dot = np.real(np.sum(np.conj(u) * (a_dot @ adjoint(vt)), axis=0))
    squares = np.real(np.sum(2.0 * np.conj(r) * r_dot, axis=0))
    return x_dot, np.reshape(squares, (-1,))[: len(y[1])], 0, s_dot


def lower_factor(lu):
    """With ones on its diagonal, from a matrix that holds both factors."""
    return np.tril(lu, -1) + identity(np.shape(lu)[0], lu.dtype)


@expansion(np.linalg.tensorinv)
def _(a, ind=2):
    shape = np.shape(a)
    return np.reshape(np.linalg.inv(np.reshape(a, (size_of(shape[:ind]), -1))), shape[ind:] + shape[:ind])


@expansion(np.linalg.tensorsolve)
def _(a, b, axes=None):
    n = np.ndim(a)
    last = () if axes is None else tuple([k % n for k in axes])
    moved = a if axes is None else np.transpose(a, tuple([k for k in range(n) if k not in last]) + last)
    shape = np.shape(moved)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(moved, (-1, size_of(shape))), np.ravel(b)), shape)


def size_of(shape):
    n = 1
    for k in shape:
        n = n * k
    return n


nondifferentiable(np.linalg.matrix_rank)
