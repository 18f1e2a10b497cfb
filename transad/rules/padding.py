"""Borders around arrays: np.pad in all of its modes."""

import numpy as np

from transad.rules.helpers import add_at, along, known
from transad.rules.registry import expansion, linear


def border(pad_width, ndim):
    """The (before, after) of each axis, from any form that np.pad takes; of other options too."""
    if isinstance(pad_width, np.ndarray):
        pairs = np.broadcast_to(pad_width, (ndim, 2))
        return [(pairs[k, 0], pairs[k, 1]) for k in range(ndim)]
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
MIRRORS = ("reflect", "symmetric")
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
    if mode not in COPYING:
        raise NotImplementedError("np.pad in this mode", "put the parts together with np.concatenate")
    # these modes copy elements: from where, padding their positions tells
    if n == 1:
        return add_at(np.zeros_like(array), np.pad(np.arange(len(array)), pad_width, mode), y_bar), None
    source = np.pad(np.reshape(np.arange(np.size(array)), np.shape(array)), pad_width, mode)
    flat = add_at(np.zeros_like(np.ravel(array)), source, y_bar)
    return np.reshape(flat, np.shape(array)), None


def spread_along(t, axis, ndim):
    return np.reshape(t, (-1,) + (1,) * (ndim - 1 - axis))


def padded_along(a, width, axis, mode, stat_length, end_values):
    """One axis padded with constants, ramps or statistics of what is there."""
    n = np.ndim(a)
    before, after = int(width[0]), int(width[1])
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
    if mode == "empty":  # anything may be there
        return np.pad(array, pad_width)
    if reflect_type == "odd" and mode in MIRRORS:
        return mirrored(np.asarray(array), border(pad_width, np.ndim(array)), mode)
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


# Odd reflection is at points: at the first entry, or half a step before it, and the last. From one period to
# the next the numbers rise by 2 (a[-1] - a[0]).


def mirrored(a, widths, mode):
    for axis in range(np.ndim(a)):
        a = mirrored_along(a, widths[axis], axis, mode == "symmetric")
    return a


def mirrored_along(a, width, axis, with_ends):
    n = np.shape(a)[axis]
    period = 2 * n if with_ends else max(2 * n - 2, 1)
    turns, place = np.divmod(np.arange(-width[0], n + width[1]), period)
    folded = np.minimum(place, (period - 1 if with_ends else period) - place)
    back = spread_along(place > folded, axis, np.ndim(a))
    turns = spread_along(turns.astype(a.dtype), axis, np.ndim(a))
    if np.ndim(a) == 1:
        first, last = a[0], a[-1]
    else:
        first, last = a[along(axis, slice(0, 1), np.ndim(a))], a[along(axis, slice(-1, None), np.ndim(a))]
    there = np.take(a, folded, axis=axis)
    return np.where(back, 2.0 * last - there, there) + 2.0 * turns * (last - first)
