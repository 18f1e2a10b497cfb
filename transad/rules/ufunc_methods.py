"""Methods of ufuncs: reduce, accumulate, reduceat, at. The front end knows `outer`, and `at` of sums."""

import numpy as np

from transad.rules.helpers import (
    add_at,
    expand_reduced,
    finite,
    from_front,
    nonzero,
    open_grid,
    recurrence,
    to_front,
)
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
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.nanmax(array, axis=axis, keepdims=keepdims, initial=initial, where=where)


@expansion(np.fmin.reduce)
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.nanmin(array, axis=axis, keepdims=keepdims, initial=initial, where=where)


def share_of_sum(exp, y, a, axis, keepdims):
    """The derivative of log(sum(exp(a))); a sum of nothing but zeros gets none."""
    return exp(a - expand_reduced(finite(y), a, axis, keepdims))


@vjp(np.logaddexp.reduce)
def _(y_bar, y, array, axis=0, *, keepdims=False, initial=None, where=True):
    return expand_reduced(y_bar, array, axis, keepdims) * share_of_sum(np.exp, y, array, axis, keepdims)


@jvp(np.logaddexp.reduce)
def _(y, array_dot, array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.sum(share_of_sum(np.exp, y, array, axis, keepdims) * array_dot, axis=axis, keepdims=keepdims)


@vjp(np.logaddexp2.reduce)
def _(y_bar, y, array, axis=0, *, keepdims=False, initial=None, where=True):
    return expand_reduced(y_bar, array, axis, keepdims) * share_of_sum(np.exp2, y, array, axis, keepdims)


@jvp(np.logaddexp2.reduce)
def _(y, array_dot, array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.sum(share_of_sum(np.exp2, y, array, axis, keepdims) * array_dot, axis=axis, keepdims=keepdims)


@vjp(np.hypot.reduce)
def _(y_bar, y, array, axis=0, *, keepdims=False, initial=None, where=True):
    return expand_reduced(y_bar / nonzero(y), array, axis, keepdims) * array


@jvp(np.hypot.reduce)
def _(y, array_dot, array, axis=0, *, keepdims=False, initial=None, where=True):
    return np.sum(array * array_dot, axis=axis, keepdims=keepdims) / nonzero(y)


def reduced_from(ufunc, nothing, array, axis, keepdims, initial, where):
    """A reduction that starts with a number, and passes over places: `nothing` stands in them."""
    if initial is None and where is True:
        return NotImplemented
    seen = array if where is True else np.where(where, array, nothing)
    y = ufunc.reduce(seen, axis=axis, keepdims=keepdims)
    return y if initial is None else ufunc(initial, y)


@expansion(np.logaddexp.reduce)
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return reduced_from(np.logaddexp, -np.inf, array, axis, keepdims, initial, where)


@expansion(np.logaddexp2.reduce)
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return reduced_from(np.logaddexp2, -np.inf, array, axis, keepdims, initial, where)


@expansion(np.hypot.reduce)
def _(array, axis=0, *, keepdims=False, initial=None, where=True):
    return reduced_from(np.hypot, 0.0, array, axis, keepdims, initial, where)


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


@vjp(np.maximum.accumulate, np.minimum.accumulate, np.fmax.accumulate, np.fmin.accumulate)
def _(y_bar, y, array, axis=0):
    if np.ndim(array) == 1:
        return add_at(np.zeros_like(array), origins(y), y_bar)
    places = from_front(origins(to_front(y, axis)), axis)
    return add_at(np.zeros_like(array), open_grid(array, places, axis), y_bar)


@jvp(np.maximum.accumulate, np.minimum.accumulate, np.fmax.accumulate, np.fmin.accumulate)
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
def _(y_bar, array, indices, axis=0, dtype=None):
    n = np.shape(array)[axis]
    i = np.asarray(indices)
    following = np.append(i[1:], n)
    lengths = np.where(following > i, following - i, 1)
    part = np.repeat(np.arange(len(lengths)), lengths)  # of which sum an entry is part
    place = np.arange(np.sum(lengths)) - np.repeat(np.cumsum(lengths) - lengths - i, lengths)
    moved = add_at(np.zeros_like(to_front(array, axis)), place, to_front(y_bar, axis)[part])
    return from_front(moved, axis)


# ----- of all other ufuncs, the methods are the loops that they stand for


def reduce(ufunc, array, axis=0, dtype=None, *, keepdims=False, initial=None, where=True):
    array = np.asarray(array)
    if where is not True:
        raise NotImplementedError("this reduction with where=", "choose the entries before it")
    n = np.ndim(array)
    if axis is None or isinstance(axis, tuple):
        raise NotImplementedError("this reduction over several axes", "reduce one axis after the other")
    rows = to_front(array if dtype is None else array.astype(dtype), axis)
    y = rows[0] if initial is None else ufunc(initial, rows[0])
    for k in range(1, len(rows)):
        y = ufunc(y, rows[k])
    return np.expand_dims(y, axis % n) if keepdims else y


def accumulate(ufunc, array, axis=0, dtype=None):
    array = np.asarray(array)
    rows = to_front(array if dtype is None else array.astype(dtype), axis)
    y = np.copy(rows)
    for k in range(1, len(rows)):
        y[k] = ufunc(y[k - 1], rows[k])
    return from_front(y, axis)
