"""Products of vectors, matrices and tensors; systems of equations; decompositions.

The transposes here are plain, without conjugation: adjoints pair with tangents as Re(a_bar * a_dot).
Formulas: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); for cholesky also I. Murray, arXiv:1602.07527.
"""

import operator

import numpy as np

from transad.rules.helpers import inverse, newer, nonzero
from transad.rules.registry import expansion, jvp, linear, nondifferentiable, vjp


def flipped(a):
    """Each matrix of a stack transposed."""
    return a.T if np.ndim(a) == 2 else np.swapaxes(a, -1, -2)


def column(v):
    return np.expand_dims(v, -1)


def row(v):
    return np.expand_dims(v, -2)


# ----- products


@linear(operator.matmul, np.matmul, *newer(np.linalg, "matmul"), wrt=(0, 1), each=True)
def _(y_bar, x1, x2):
    if np.ndim(x1) == 1 and np.ndim(x2) == 1:
        return y_bar * x2, y_bar * x1
    if np.ndim(x1) == 1:
        if np.ndim(x2) == 2:
            return x2 @ y_bar, np.outer(x1, y_bar)
        return (x2 @ column(y_bar))[..., 0], column(x1) * row(y_bar)
    if np.ndim(x2) == 1:
        if np.ndim(x1) == 2:
            return np.outer(y_bar, x2), x1.T @ y_bar
        return column(y_bar) * x2, (flipped(x1) @ column(y_bar))[..., 0]
    return y_bar @ flipped(x2), flipped(x1) @ y_bar


@linear(np.dot, wrt=(0, 1), each=True)
def _(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return y_bar * b, y_bar * a
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return y_bar * b, y_bar * a
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return y_bar @ b.T, a.T @ y_bar
    if np.ndim(a) == 2 and np.ndim(b) == 1:
        return np.outer(y_bar, b), a.T @ y_bar
    if np.ndim(a) == 1 and np.ndim(b) == 2:
        return b @ y_bar, np.outer(a, y_bar)
    a_bar, b_bar = contraction(y_bar, a, b, (np.ndim(a) - 1,), (max(np.ndim(b) - 2, 0),))
    return y_bar @ b.T if np.ndim(b) == 2 else a_bar, b_bar


@linear(np.inner, wrt=(0, 1), each=True)
def _(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return y_bar * b, y_bar * a
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return y_bar * b, y_bar * a
    return contraction(y_bar, a, b, (np.ndim(a) - 1,), (np.ndim(b) - 1,))


@linear(np.vdot, wrt=(0, 1), each=True)
def _(y_bar, a, b):
    return np.conj(y_bar) * np.conj(np.reshape(b, np.shape(a))), y_bar * np.conj(np.reshape(a, np.shape(b)))


@linear(np.outer, wrt=(0, 1), each=True)
def _(y_bar, a, b):
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return y_bar @ b, a @ y_bar
    a_bar, b_bar = y_bar @ np.ravel(b), np.ravel(a) @ y_bar
    return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))


if hasattr(np.linalg, "outer"):  # NumPy 2

    @linear(np.linalg.outer, wrt=(0, 1), each=True)
    def _(y_bar, x1, x2):
        return y_bar @ x2, x1 @ y_bar


def contraction(y_bar, a, b, a_axes, b_axes):
    """The adjoints of the sum of products over `a_axes` and `b_axes`; the result has the free axes
    of `a`, then those of `b`."""
    a_free = tuple([k for k in range(np.ndim(a)) if k not in a_axes])
    b_free = tuple([k for k in range(np.ndim(b)) if k not in b_axes])
    of_a = tuple(range(len(a_free)))
    of_b = tuple(range(len(a_free), len(a_free) + len(b_free)))
    # Contracted with the other's free axes, what remains are one's own free axes and the other's
    # contracted ones, in the order they have there; then into one's own order.
    a_last = tuple([a_axes[j] for k in range(np.ndim(b)) for j in range(len(b_axes)) if b_axes[j] == k])
    b_first = tuple([b_axes[j] for k in range(np.ndim(a)) for j in range(len(a_axes)) if a_axes[j] == k])
    a_bar = np.tensordot(y_bar, b, (plain(of_b), plain(b_free)))
    b_bar = np.tensordot(a, y_bar, (plain(a_free), plain(of_a)))
    return in_order(a_bar, a_free + a_last), in_order(b_bar, b_first + b_free)


def plain(axes):
    """A single axis without the tuple around it."""
    return axes[0] if len(axes) == 1 else axes


def in_order(g, axes):
    """`g`, whose k-th axis is number axes[k], with its axes in order."""
    back = inverse(axes)
    return g if back == tuple(range(len(axes))) else np.transpose(g, back)


@linear(np.tensordot, wrt=(0, 1), each=True)
def _(y_bar, a, b, axes=2):
    n = np.ndim(a)
    if not isinstance(axes, (tuple, list)):
        return contraction(y_bar, a, b, tuple(range(n - axes, n)), tuple(range(axes)))
    a_axes = axes[0] if isinstance(axes[0], (tuple, list)) else (axes[0],)
    b_axes = axes[1] if isinstance(axes[1], (tuple, list)) else (axes[1],)
    return contraction(y_bar, a, b, tuple([k % n for k in a_axes]), tuple([k % np.ndim(b) for k in b_axes]))


if hasattr(np, "vecdot"):  # NumPy 2

    @linear(np.vecdot, wrt=(0, 1), each=True)  # conjugates its first argument
    def _(y_bar, x1, x2):
        return np.conj(column(y_bar) * x2), column(y_bar) * np.conj(x1)


if hasattr(np, "matvec"):  # NumPy 2.2

    @linear(np.matvec, wrt=(0, 1), each=True)
    def _(y_bar, x1, x2):
        return column(y_bar) * row(x2), (flipped(x1) @ column(y_bar))[..., 0]

    @linear(np.vecmat, wrt=(0, 1), each=True)  # conjugates its first argument
    def _(y_bar, x1, x2):
        return np.conj((x2 @ column(y_bar))[..., 0]), column(np.conj(x1)) * row(y_bar)


@expansion(np.linalg.multi_dot)
def _(arrays):
    product = arrays[0]
    for k in range(1, len(arrays)):
        product = product @ arrays[k]
    return product


@expansion(np.linalg.matrix_power)
def _(a, n):
    if n == 0:
        return np.zeros_like(a) + np.eye(np.shape(a)[-1], dtype=a.dtype)
    factor = a if n > 0 else np.linalg.inv(a)
    product = factor
    for _ in range(abs(n) - 1):
        product = product @ factor
    return product


# ----- systems of equations


def solve_each(a, b, vectors):
    """`np.linalg.solve`, also for a stack of vectors (NumPy takes a stack of matrices only)."""
    if vectors and np.ndim(a) > 2:
        return np.linalg.solve(a, column(b))[..., 0]
    return np.linalg.solve(a, b)


@vjp(np.linalg.solve)
def _(x_bar, x, a, b):
    vectors = np.ndim(b) == 1
    b_bar = solve_each(flipped(a), x_bar, vectors)
    if not vectors:
        return -b_bar @ flipped(x), b_bar
    return -np.outer(b_bar, x) if np.ndim(a) == 2 else -column(b_bar) * row(x), b_bar


@jvp(np.linalg.solve)
def _(x, a_dot, b_dot, a, b):
    if np.ndim(b) == 1 and np.ndim(a) > 2:
        return solve_each(a, b_dot - (a_dot @ column(x))[..., 0], True)
    return np.linalg.solve(a, b_dot - a_dot @ x)


@vjp(np.linalg.inv)
def _(y_bar, y, a):
    return -flipped(y) @ y_bar @ flipped(y)


@jvp(np.linalg.inv)
def _(y, a_dot, a):
    return -y @ a_dot @ y


# ----- determinants; of an exactly singular matrix, NumPy's inv raises LinAlgError


@vjp(np.linalg.det)
def _(y_bar, y, a):
    return scaled(y_bar * y, flipped(np.linalg.inv(a)))


@jvp(np.linalg.det)
def _(y, a_dot, a):
    return y * trace_of(np.linalg.solve(a, a_dot))


def scaled(g, a):
    """Each matrix of a stack times its own number."""
    return g * a if np.ndim(a) == 2 else np.expand_dims(g, (-1, -2)) * a


def trace_of(a):
    return np.trace(a) if np.ndim(a) == 2 else np.trace(a, axis1=-2, axis2=-1)


@vjp(np.linalg.slogdet)
def _(y_bar, y, a):
    return scaled(y_bar[1], flipped(np.linalg.inv(a)))


@jvp(np.linalg.slogdet)
def _(y, a_dot, a):
    return np.zeros_like(y[0]), trace_of(np.linalg.solve(a, a_dot))


# ----- Cholesky: a = L L^T, of which NumPy reads the lower triangle only; the adjoint is symmetric.


def half_lower(a):
    """The lower triangle with half of the diagonal."""
    return 0.5 * (np.tril(a) + np.tril(a, -1))


@vjp(np.linalg.cholesky)
def _(y_bar, y, a):
    s = np.linalg.solve(flipped(y), half_lower(flipped(y) @ y_bar))
    s = np.linalg.solve(flipped(y), flipped(s))
    return 0.5 * (s + flipped(s))


@jvp(np.linalg.cholesky)
def _(y, a_dot, a):
    inner = np.linalg.solve(y, flipped(np.linalg.solve(y, flipped(0.5 * (a_dot + flipped(a_dot))))))
    return y @ half_lower(inner)


# ----- norms: 0 at 0, where the slope is not defined


def restored(g, x, axis, keepdims):
    """A norm or its adjoint, with the reduced axes put back."""
    return g if axis is None or keepdims else np.expand_dims(g, axis)


def is_euclidean(x, ord, axis):
    """The root of the sum of squares: the default, "fro", and 2 for vectors."""
    return ord is None or ord == "fro" or (ord == 2 and is_vector(x, axis))


def is_vector(x, axis):
    return np.ndim(x) == 1 if axis is None else not isinstance(axis, tuple) or len(axis) == 1


def p_norm_slope(y, x, ord, axis):
    """The derivative of (sum |x|^p)^(1/p): |x|^(p-1) sign(x) / y^(p-1); equal maxima share."""
    sign = np.conj(x) / nonzero(np.abs(x)) if np.iscomplexobj(x) else np.sign(x)
    if ord == 1:
        return sign
    if ord == np.inf or ord == -np.inf:
        mask = np.abs(x) == y
        return np.where(mask, sign, 0.0) / np.sum(mask, axis=axis, keepdims=True, dtype=y.dtype)
    return sign * (np.abs(x) / nonzero(y)) ** (ord - 1)


def norm_slope(y, x, ord, axis, keepdims):
    full = restored(y, x, axis, keepdims)
    if is_euclidean(x, ord, axis):
        return np.conj(x) / nonzero(full)
    if is_vector(x, axis) and ord != 0:
        return p_norm_slope(full, x, ord, axis)
    raise NotImplementedError("this kind of norm has no derivative rule")


@vjp(np.linalg.norm)
def _(y_bar, y, x, ord=None, axis=None, keepdims=False):
    return restored(y_bar, x, axis, keepdims) * norm_slope(y, x, ord, axis, keepdims)


@jvp(np.linalg.norm)
def _(y, x_dot, x, ord=None, axis=None, keepdims=False):
    if is_euclidean(x, ord, axis):
        return np.real(np.sum(np.conj(x) * x_dot, axis=axis, keepdims=keepdims)) / nonzero(y)
    return np.real(np.sum(norm_slope(y, x, ord, axis, keepdims) * x_dot, axis=axis, keepdims=keepdims))


nondifferentiable(np.linalg.matrix_rank)
