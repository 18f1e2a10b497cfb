"""Diagonals, triangles and borders."""

import numpy as np

from transad.rules.helpers import add_at, along, identity, known, known_equal, update
from transad.rules.registry import expansion, linear

# ----- diagonals and triangles


def diagonal_index(n, k):
    """Rows and columns of the n entries of the k-th diagonal."""
    i = np.arange(n)
    if k == 0:
        return i, i
    return (i, i + k) if k > 0 else (i - k, i)


@linear(np.diag, alias="maybe")
def _(y_bar, v, k=0):
    if np.ndim(v) == 1:
        return np.diag(y_bar, k)
    return update(np.zeros_like(v), y_bar, diagonal_index(len(y_bar), k))


@linear(np.diagflat)
def _(y_bar, v, k=0):
    return np.reshape(np.diag(y_bar, k), np.shape(v))


@linear(np.diagonal, alias="view")
def _(y_bar, a, offset=0, axis1=0, axis2=1):
    if np.ndim(a) == 2 and axis1 % 2 < axis2 % 2:
        return update(np.zeros_like(a), y_bar, diagonal_index(len(y_bar), offset))
    moved = np.moveaxis(np.zeros_like(a), (axis1, axis2), (0, 1))
    placed = update(moved, np.moveaxis(y_bar, -1, 0), diagonal_index(np.shape(y_bar)[-1], offset))
    return np.moveaxis(placed, (0, 1), (axis1, axis2))


def ones_on_diagonal(m, n, k, dtype):
    """`np.eye(m, n, k)` of a dtype, as short as can be."""
    if known(k) and k == 0 and known_equal(m, n):
        return identity(n, dtype)
    return np.eye(m, n, k) if known(dtype) and dtype == np.float64 else np.eye(m, n, k, dtype=dtype)


@linear(np.trace)
def _(y_bar, a, offset=0, axis1=0, axis2=1, dtype=None):
    ones = ones_on_diagonal(np.shape(a)[axis1], np.shape(a)[axis2], offset, a.dtype)
    if np.ndim(a) == 2 and axis1 % 2 < axis2 % 2:
        return y_bar * ones
    n = np.ndim(a)
    first, second = axis1 % n, axis2 % n
    cells = np.reshape(y_bar, (1, 1, *np.shape(y_bar))) * np.reshape(ones, np.shape(ones) + (1,) * (n - 2))
    return np.moveaxis(cells, (0, 1), (first, second))


@linear(np.tril)
def _(y_bar, m, k=0):
    return np.tril(y_bar, k)


@linear(np.triu)
def _(y_bar, m, k=0):
    return np.triu(y_bar, k)


# ----- borders


def border(pad_width, ndim):
    """The (before, after) of each axis, from any form that np.pad takes; of other options too."""
    if isinstance(pad_width, np.ndarray):
        raise NotImplementedError("np.pad with an array for an option", "write it as a tuple")
    if isinstance(pad_width, dict):
        return [pair(pad_width.get(k, pad_width.get(k - ndim, 0))) for k in range(ndim)]
    if not isinstance(pad_width, (tuple, list)) or not isinstance(pad_width[0], (tuple, list)):
        return [pair(pad_width)] * ndim
    if len(pad_width) == 1:
        return [pair(pad_width[0])] * ndim
    return [pair(width) for width in pad_width]


def pair(width):
    """The (before, after) of an axis."""
    if not isinstance(width, (tuple, list)):
        return (width, width)
    return (width[0], width[0]) if len(width) == 1 else (width[0], width[1])


def inner_part(width, length):
    """Where along an axis what is inside the border lies."""
    if known(width[1]):
        return slice(width[0], -width[1] if width[1] > 0 else None)
    return slice(width[0], width[0] + length)


COPYING = ("edge", "reflect", "symmetric", "wrap")
STATISTICS = {"mean": np.mean, "median": np.median, "maximum": np.max, "minimum": np.min}


@linear(np.pad, wrt=("array", "constant_values"))
def _(
    y_bar, array, pad_width, mode="constant", *,
    constant_values=0.0, stat_length=None, end_values=0.0, reflect_type="even",
):  # fmt: skip
    n = np.ndim(array)
    if mode == "constant":
        inside = [inner_part(width, length) for width, length in zip(border(pad_width, n), np.shape(array))]
        inner = y_bar[inside[0] if n == 1 else tuple(inside)]
        return inner, np.sum(y_bar) - np.sum(inner)
    if mode not in COPYING or reflect_type != "even":
        raise NotImplementedError(
            "np.pad in this mode, or with reflect_type='odd',", "put the parts together with np.concatenate"
        )
    # these modes copy elements: from where, padding their positions tells
    source = np.pad(np.reshape(np.arange(np.size(array)), np.shape(array)), pad_width, mode)
    flat = add_at(np.zeros_like(np.ravel(array)), source, y_bar)
    return np.reshape(flat, np.shape(array)), None


def spread_along(t, axis, ndim):
    return np.reshape(t, (-1,) + (1,) * (ndim - 1 - axis))


def padded_along(a, width, axis, mode, stat_length, end_values):
    """One axis padded with constants, ramps or statistics of what is there."""
    n = np.ndim(a)
    before, after = width
    if mode == "constant":
        left, right = (
            np.full_like(a[along(axis, slice(0, 1), n)], end_values[0]),
            np.full_like(a[along(axis, slice(0, 1), n)], end_values[1]),
        )
        parts = (np.repeat(left, before, axis=axis), a, np.repeat(right, after, axis=axis))
        return np.concatenate(parts, axis=axis)
    if mode == "linear_ramp":
        first, last = a[along(axis, slice(0, 1), n)], a[along(axis, slice(-1, None), n)]
        up = spread_along(np.arange(before, dtype=a.dtype) / before, axis, n)
        down = spread_along(np.arange(after - 1, -1, -1, dtype=a.dtype) / after, axis, n)
        start, end = end_values
        parts = (start + (first - start) * up, a, end + (last - end) * down)
    else:
        head, tail = a, a
        if stat_length is not None:
            head = a[along(axis, slice(None, stat_length[0]), n)]
            tail = a[along(axis, slice(-stat_length[1], None), n)]
        left = STATISTICS[mode](head, axis=axis, keepdims=True)
        right = STATISTICS[mode](tail, axis=axis, keepdims=True)
        parts = (np.repeat(left, before, axis=axis), a, np.repeat(right, after, axis=axis))
    return np.concatenate(parts, axis=axis)


@expansion(np.pad)
def _(
    array, pad_width, mode="constant", *,
    constant_values=0.0, stat_length=None, end_values=0.0, reflect_type="even",
):  # fmt: skip
    sides = mode == "constant" and isinstance(constant_values, (tuple, list, dict))
    if not sides and mode != "linear_ramp" and mode not in STATISTICS:
        return NotImplemented
    padded = np.asarray(array)
    n = np.ndim(padded)
    widths = border(pad_width, n)
    lengths = [None] * n if stat_length is None else border(stat_length, n)
    ends = border(constant_values if mode == "constant" else end_values, n)
    for axis in range(n):
        padded = padded_along(padded, widths[axis], axis, mode, lengths[axis], ends[axis])
    return padded
