"""Norms and condition numbers. A vector norm is 0 at 0, where its slope is not defined; a matrix norm is
one of the singular values, or of the sums of absolute values in a row or column."""

import numpy as np

from transad.rules.helpers import newer, nonzero
from transad.rules.registry import expansion, jvp, vjp

SMALLEST = -np.inf  # the order of the norm that is the smallest absolute value, or sum of them


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
    if ord == np.inf or ord == SMALLEST:
        mask = np.abs(x) == y
        return np.where(mask, sign, 0.0) / np.sum(mask, axis=axis, keepdims=True, dtype=y.dtype)
    return sign * (np.abs(x) / nonzero(y)) ** (ord - 1)


@vjp(np.linalg.norm)
def _(y_bar, y, x, ord=None, axis=None, keepdims=False):
    if is_euclidean(x, ord, axis):
        return restored(y_bar / nonzero(y), x, axis, keepdims) * np.conj(x)
    slope = p_norm_slope(restored(y, x, axis, keepdims), x, ord, axis)
    return restored(y_bar, x, axis, keepdims) * slope


@jvp(np.linalg.norm)
def _(y, x_dot, x, ord=None, axis=None, keepdims=False):
    if is_euclidean(x, ord, axis):
        return np.real(np.sum(np.conj(x) * x_dot, axis=axis, keepdims=keepdims)) / nonzero(y)
    slope = p_norm_slope(restored(y, x, axis, keepdims), x, ord, axis)
    return np.real(np.sum(slope * x_dot, axis=axis, keepdims=keepdims))


@expansion(np.linalg.norm)
def _(x, ord=None, axis=None, keepdims=False):
    """Norms of matrices, but for the root of the sum of squares, and the number of nonzero entries."""
    if is_euclidean(x, ord, axis):
        return NotImplemented
    if is_vector(x, axis):
        if ord == 0:
            return np.sum(x != 0.0, axis=axis, keepdims=keepdims, dtype=np.real(x).dtype)
        return NotImplemented
    axes = (0, 1) if axis is None else (axis[0] % np.ndim(x), axis[1] % np.ndim(x))
    y = matrix_norm(x, ord, axes)
    return np.expand_dims(y, axes) if keepdims else y


def matrix_norm(x, ord, axes):
    if ord == "nuc":
        return np.sum(singular_values(x, axes), axis=-1)
    if ord == 2:
        return item(singular_values(x, axes), 0)
    if ord == -2:
        return item(singular_values(x, axes), -1)
    if ord == 1 or ord == -1:
        summed, kept = axes
    elif ord == np.inf or ord == SMALLEST:
        kept, summed = axes
    else:
        raise NotImplementedError("this is no norm of a matrix", "see the documentation of np.linalg.norm")
    sums = np.sum(np.abs(x), axis=summed)
    left = None if np.ndim(x) == 2 else kept if kept < summed else kept - 1
    return np.max(sums, axis=left) if ord > 0 else np.min(sums, axis=left)


def item(s, k):
    """The k-th of each stack of values."""
    return s[k] if np.ndim(s) == 1 else s[..., k]


def singular_values(x, axes):
    n = np.ndim(x)
    moved = x if axes == (n - 2, n - 1) else np.moveaxis(x, axes, (-2, -1))
    return np.linalg.svd(moved, full_matrices=False)[1]


@expansion(np.linalg.cond)
def _(x, p=None):
    if p is None or p == 2 or p == -2:
        s = np.linalg.svd(x, full_matrices=False)[1]
        return item(s, -1) / item(s, 0) if p == -2 else item(s, 0) / item(s, -1)
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


# ----- NumPy 2


@expansion(*newer(np.linalg, "vector_norm"))
def _(x, /, *, axis=None, keepdims=False, ord=2):
    if axis is None:
        y = np.linalg.norm(np.ravel(x), ord)
        return np.reshape(y, (1,) * np.ndim(x)) if keepdims else y
    if isinstance(axis, tuple) and len(axis) > 1:
        n = np.ndim(x)
        axes = tuple([k % n for k in axis])
        rest = tuple([k for k in range(n) if k not in axes])
        moved = np.transpose(x, axes + rest)
        y = np.linalg.norm(np.reshape(moved, (-1, *np.shape(moved)[len(axes) :])), ord, axis=0)
        return np.expand_dims(y, axes) if keepdims else y
    return np.linalg.norm(x, ord, axis, keepdims)


@expansion(*newer(np.linalg, "matrix_norm"))
def _(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, (-2, -1), keepdims)
