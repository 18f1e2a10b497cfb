"""Products of vectors, matrices and tensors.

The transposes here are plain, without conjugation: adjoints pair with tangents as Re(a_bar * a_dot).
"""

import operator

import numpy as np

from transad.rules.helpers import broadcast_like, filling, inverse, known, newer, vanishes
from transad.rules.registry import expansion, jvp, linear, vjp


def flipped(a):
    """Each matrix of a stack transposed."""
    return a.T if np.ndim(a) == 2 else np.swapaxes(a, -1, -2)


def column(v):
    return v[:, None] if np.ndim(v) == 1 else np.expand_dims(v, -1)


def row(v):
    return np.expand_dims(v, -2)


# ----- products


@linear(operator.matmul, np.matmul, *newer(np.linalg, "matmul"), wrt=(0, 1), each=True)
def _(y_bar, x1, x2):
    if np.ndim(x1) == 1 and np.ndim(x2) == 1:
        return y_bar * x2, y_bar * x1
    if filling(y_bar) is not None and max(np.ndim(x1), np.ndim(x2)) == 2:
        return of_sum(filling(y_bar), x1, x2)
    if np.ndim(x1) == 1:
        if np.ndim(x2) == 2:
            return x2 @ y_bar, np.outer(x1, y_bar)
        return (x2 @ column(y_bar))[..., 0], column(x1) * row(y_bar)
    if np.ndim(x2) == 1:
        if np.ndim(x1) == 2:
            return np.outer(y_bar, x2), x1.T @ y_bar
        return column(y_bar) * x2, (flipped(x1) @ column(y_bar))[..., 0]
    return y_bar @ flipped(x2), flipped(x1) @ y_bar


def of_sum(c, a, b):
    """The adjoints of matrices, or of a matrix and a vector, where each entry of their product counts c."""
    a_bar = c * (np.sum(b, axis=1) if np.ndim(b) == 2 else b)
    b_bar = c * (np.sum(a, axis=0) if np.ndim(a) == 2 else a)
    a_bar = broadcast_like(a_bar, a) if np.ndim(a) == 2 else a_bar
    return a_bar, broadcast_like(column(b_bar), b) if np.ndim(b) == 2 else b_bar


@linear(np.dot, wrt=(0, 1), each=True)
def _(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return y_bar * b, y_bar * a
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return y_bar * b, y_bar * a
    if filling(y_bar) is not None and np.ndim(a) < 3 and np.ndim(b) < 3:
        return of_sum(filling(y_bar), a, b)
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
    c = filling(y_bar)
    if c is not None:
        return broadcast_like(c * np.sum(b), a), broadcast_like(c * np.sum(a), b)
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


@linear(np.kron, wrt=(0, 1), each=True)
def _(y_bar, a, b):
    """Entry (i, j) of every axis of the result, told apart, is a[i] * b[j]."""
    n = max(np.ndim(a), np.ndim(b))
    a_shape = (1,) * (n - np.ndim(a)) + np.shape(a)
    b_shape = (1,) * (n - np.ndim(b)) + np.shape(b)
    pairs = []
    for k in range(n):
        pairs.append(a_shape[k])
        pairs.append(b_shape[k])
    cells = np.reshape(y_bar, tuple(pairs))
    a_bar = np.tensordot(cells, reshaped(b, b_shape), (tuple(range(1, 2 * n, 2)), tuple(range(n))))
    b_bar = np.tensordot(reshaped(a, a_shape), cells, (tuple(range(n)), tuple(range(0, 2 * n, 2))))
    return reshaped(a_bar, np.shape(a)), reshaped(b_bar, np.shape(b))


def reshaped(a, shape):
    return a if np.ndim(a) == len(shape) else np.reshape(a, shape)


@linear(np.cross, wrt=(0, 1), each=True)
def _(y_bar, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Of vectors of three components: a_bar = b x y_bar, b_bar = y_bar x a."""
    of_a = from_the_end(axisa if axis is None else axis, np.ndim(a))
    of_b = from_the_end(axisb if axis is None else axis, np.ndim(b))
    of_y = from_the_end(axisc if axis is None else axis, np.ndim(y_bar))
    a_bar = np.cross(b, y_bar, axisa=of_b, axisb=of_y, axisc=of_a)
    b_bar = np.cross(y_bar, a, axisa=of_y, axisb=of_a, axisc=of_b)
    return a_bar, b_bar


def from_the_end(axis, ndim):
    return axis if axis < 0 else axis - ndim


if hasattr(np.linalg, "cross"):  # NumPy 2

    @expansion(np.linalg.cross)
    def _(x1, x2, /, *, axis=-1):
        return np.cross(x1, x2, axis=axis)

    @expansion(np.linalg.tensordot)
    def _(x1, x2, /, *, axes=2):
        return np.tensordot(x1, x2, axes)

    @expansion(np.linalg.trace)
    def _(x, /, *, offset=0, dtype=None):
        return np.trace(x, offset, -2, -1)

    @expansion(np.linalg.diagonal)
    def _(x, /, *, offset=0):
        return np.diagonal(x, offset, -2, -1)

    @expansion(np.linalg.vecdot)
    def _(x1, x2, /, *, axis=-1):
        return np.sum(np.conj(x1) * x2, axis=axis)


# ----- products of many matrices, in the order that NumPy finds best; vectors at the ends as rows, columns


@vjp(np.linalg.multi_dot)
def _(y_bar, y, arrays):
    last = len(arrays) - 1
    rows = np.ndim(arrays[0]) == 1
    columns = np.ndim(arrays[last]) == 1
    matrices = list(arrays)
    g = y_bar
    if rows:
        matrices[0] = row(arrays[0])
        g = np.reshape(g, (1, 1)) if columns else row(g)
    if columns:
        matrices[last] = column(arrays[last])
        g = g if rows else column(g)
    bars = []
    for k in range(last + 1):
        before = [matrices[j].T for j in range(k - 1, -1, -1)]
        after = [matrices[j].T for j in range(last, k, -1)]
        bars.append(np.linalg.multi_dot(before + [g] + after))
    if rows:
        bars[0] = bars[0][0]
    if columns:
        bars[last] = bars[last][:, 0]
    return tuple(bars) if isinstance(arrays, tuple) else bars


@jvp(np.linalg.multi_dot)
def _(y, arrays_dot, arrays):
    total = None
    for k in range(len(arrays)):
        if not vanishes(arrays_dot[k]):
            changed = [arrays_dot[j] if j == k else arrays[j] for j in range(len(arrays))]
            term = np.linalg.multi_dot(changed)
            total = term if total is None else total + term
    return total


@expansion(np.linalg.matrix_power)
def _(a, n):
    if n == 0:
        return np.zeros_like(a) + np.eye(np.shape(a)[-1], dtype=a.dtype)
    factor = a if n > 0 else np.linalg.inv(a)
    if known(n):
        return power(factor, abs(n))
    product = factor
    for _ in range(abs(n) - 1):
        product = product @ factor
    return product


def power(a, n):
    """By repeated squaring."""
    if n == 1:
        return a
    root = power(a, n // 2)
    return root @ root if n % 2 == 0 else root @ root @ a
