"""Methods of ufuncs: reduce, accumulate, reduceat. The front end knows `outer` and `at`."""

import numpy as np

from transad.rules.helpers import add_at, expand_reduced, finite, from_front, open_grid, recurrence, to_front
from transad.rules.registry import expansion, jvp, linear, nondifferentiable, vjp

# ----- reduce: along the first axis if nothing is said, unlike the functions of the same meaning


@expansion(np.add.reduce)
def _(array, axis=0, dtype=None, *, keepdims=False, initial=0.0, where=True):
    return np.sum(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@expansion(np.multiply.reduce)
def _(array, axis=0, dtype=None, *, keepdims=False, initial=1.0, where=True):
    return np.prod(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@expansion(np.maximum.reduce)
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.max(array, axis=axis, keepdims=keepdims, initial=initial, where=where)


@expansion(np.minimum.reduce)
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.min(array, axis=axis, keepdims=keepdims, initial=initial, where=where)


@expansion(np.fmax.reduce)
def _(array, axis=0, *, keepdims=False):
    return np.nanmax(array, axis=axis, keepdims=keepdims)


@expansion(np.fmin.reduce)
def _(array, axis=0, *, keepdims=False):
    return np.nanmin(array, axis=axis, keepdims=keepdims)


def share_of_sum(y, a, axis, keepdims):
    """The derivative of log(sum(exp(a))); a sum of nothing but zeros gets none."""
    return np.exp(a - expand_reduced(finite(y), a, axis, keepdims))


@vjp(np.logaddexp.reduce)
def _(y_bar, y, array, axis=0, *, keepdims=False):
    return expand_reduced(y_bar, array, axis, keepdims) * share_of_sum(y, array, axis, keepdims)


@jvp(np.logaddexp.reduce)
def _(y, array_dot, array, axis=0, *, keepdims=False):
    return np.sum(share_of_sum(y, array, axis, keepdims) * array_dot, axis=axis, keepdims=keepdims)


nondifferentiable(np.logical_and.reduce, np.logical_or.reduce, np.logical_xor.reduce)
nondifferentiable(np.bitwise_and.reduce, np.bitwise_or.reduce, np.bitwise_xor.reduce)
nondifferentiable(np.gcd.reduce, np.lcm.reduce)

# ----- accumulate


@expansion(np.add.accumulate)
def _(array, axis=0, dtype=None):
    return np.cumsum(array, axis=axis, dtype=dtype)


@expansion(np.multiply.accumulate)
def _(array, axis=0, dtype=None):
    return np.cumprod(array, axis=axis, dtype=dtype)


def origins(y):
    """Where along the first axis the running extreme `y` was met: the first place among equal ones."""
    places = np.reshape(np.arange(len(y)), (-1,) + (1,) * (np.ndim(y) - 1))
    changes = np.ones(np.shape(y), dtype=bool)
    changes[1:] = y[1:] != y[:-1]
    return np.maximum.accumulate(np.where(changes, places, 0))


@vjp(np.maximum.accumulate, np.minimum.accumulate)
def _(y_bar, y, array, axis=0):
    if np.ndim(array) == 1:
        return add_at(np.zeros_like(array), origins(y), y_bar)
    places = from_front(origins(to_front(y, axis)), axis)
    return add_at(np.zeros_like(array), open_grid(array, places, axis), y_bar)


@jvp(np.maximum.accumulate, np.minimum.accumulate)
def _(y, array_dot, array, axis=0):
    if np.ndim(array) == 1:
        return array_dot[origins(y)]
    return np.take_along_axis(array_dot, from_front(origins(to_front(y, axis)), axis), axis=axis)


# y[k] = log(exp(y[k - 1]) + exp(a[k])), whose slopes are exp(y[k - 1] - y[k]) and exp(a[k] - y[k])


def kept(y):
    """What of each y[k - 1] is in y[k], along the first axis; the first has none before it."""
    share = np.zeros_like(y)
    share[1:] = np.exp(y[:-1] - y[1:])
    return share


@vjp(np.logaddexp.accumulate)
def _(y_bar, y, array, axis=0):
    y_bar, y, a = to_front(y_bar, axis), to_front(y, axis), to_front(array, axis)
    total = recurrence(np.roll(kept(y)[::-1], 1, axis=0), y_bar[::-1])[::-1]
    return from_front(np.exp(a - y) * total, axis)


@jvp(np.logaddexp.accumulate)
def _(y, array_dot, array, axis=0):
    a_dot, y, a = to_front(array_dot, axis), to_front(y, axis), to_front(array, axis)
    return from_front(recurrence(kept(y), np.exp(a - y) * a_dot), axis)


nondifferentiable(np.logical_and.accumulate, np.logical_or.accumulate)

# ----- reduceat: sums of array[i[k] : i[k + 1]], or array[i[k]] alone where that would be empty


@linear(np.add.reduceat)
def _(y_bar, array, indices, axis=0):
    n = np.shape(array)[axis]
    i = np.asarray(indices)
    following = np.append(i[1:], n)
    lengths = np.where(following > i, following - i, 1)
    part = np.repeat(np.arange(len(lengths)), lengths)  # of which sum an entry is part
    place = np.arange(np.sum(lengths)) - np.repeat(np.cumsum(lengths) - lengths - i, lengths)
    moved = add_at(np.zeros_like(to_front(array, axis)), place, to_front(y_bar, axis)[part])
    return from_front(moved, axis)
