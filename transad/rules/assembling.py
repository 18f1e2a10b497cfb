"""Arrays put together from parts, and parts taken out: insert, delete, block, meshgrid, `np.r_`."""

import numpy as np

from transad.rules.helpers import (
    add_at,
    along,
    known,
    shaped_as,
    unbroadcast,
    update,
    vanishes,
    with_shape_of,
)
from transad.rules.registry import compile_time, expansion, linear

# ----- from an iterator, and without the zeros at the ends


@expansion(np.fromiter)
def _(iter, dtype, count=-1):
    items = [item for item in iter]
    return np.array(items if count == -1 else items[:count], dtype=dtype)


@expansion(np.trim_zeros)
def _(filt, trim="fb"):
    kept = np.flatnonzero(filt)
    if np.ndim(filt) != 1:
        raise NotImplementedError("np.trim_zeros of an array of several axes", "take the part as a slice")
    first = kept[0] if "f" in trim.lower() else 0
    return filt[first : kept[-1] + 1] if "b" in trim.lower() else filt[first:]


# ----- insert and delete: where the entries went, the same call on a mask or on places tells


@linear(np.delete)
def _(y_bar, arr, obj, axis=None):
    if is_place(obj) and (axis is not None or np.ndim(arr) == 1):
        return with_shape_of(arr, np.insert(y_bar, obj, 0.0, axis))
    if axis is None:
        kept = np.delete(np.arange(np.size(arr)), obj)
        return shaped_as(update(np.zeros_like(np.ravel(arr)), y_bar, kept), arr)
    kept = np.delete(np.arange(np.shape(arr)[axis]), obj)
    return update(np.zeros_like(arr), y_bar, along(axis, kept, np.ndim(arr)))


def is_place(obj):
    """A number known while compiling, counted from the front."""
    return known(obj) and isinstance(obj, int) and obj >= 0


@linear(np.insert, wrt=("arr", "values"))
def _(y_bar, arr, obj, values, axis=None):
    at = 0 if axis is None else axis
    if is_place(obj) and np.ndim(values) == 0 and np.ndim(y_bar) == 1:
        return shaped_as(np.delete(y_bar, obj), arr), y_bar[obj]
    n = np.size(arr) if axis is None else np.shape(arr)[axis]
    new = np.insert(np.zeros(n, dtype=bool), obj, np.ones(np.shape(y_bar)[at] - n, dtype=bool))
    ndim = np.ndim(y_bar)
    arr_bar, values_bar = y_bar[along(at, ~new, ndim)], y_bar[along(at, new, ndim)]
    if np.ndim(obj) == 0 and at != 0 and not isinstance(obj, slice):
        values_bar = np.moveaxis(values_bar, at, 0)
    return shaped_as(arr_bar, arr), np.sum(values_bar) if np.ndim(values) == 0 else unbroadcast(
        values_bar, values
    )


@linear(np.resize)
def _(y_bar, a, new_shape):
    n = np.size(a)
    return shaped_as(add_at(np.zeros_like(np.ravel(a)), np.arange(np.size(y_bar)) % n, np.ravel(y_bar)), a)


# ----- grids


@linear(np.meshgrid, wrt="xi")
def _(y_bar, *xi, copy=True, sparse=False, indexing="xy"):
    n = len(xi)
    bars = []
    for k in range(n):
        if vanishes(y_bar[k]):
            bars.append(np.zeros_like(xi[k]))
            continue
        own = 1 - k if indexing == "xy" and n > 1 and k < 2 else k
        others = tuple([j for j in range(n) if j != own])
        if sparse or n == 1:
            bars.append(shaped_as(np.ravel(y_bar[k]), xi[k]))
        else:
            bars.append(shaped_as(np.sum(y_bar[k], axis=others[0] if n == 2 else others), xi[k]))
    return tuple(bars)


@linear(np.broadcast_arrays, wrt="args")
def _(y_bar, *args):
    return tuple([unbroadcast(y_bar[k], args[k]) for k in range(len(args))])


# ----- other ways to say it


@expansion(np.rollaxis)
def _(a, axis, start=0):
    n = np.ndim(a)
    axis, start = axis % n, start + n if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


def depth_of(arrays):
    return 1 + depth_of(arrays[0]) if isinstance(arrays, list) else 0


def rank_of(arrays):
    return max([rank_of(a) for a in arrays]) if isinstance(arrays, list) else np.ndim(arrays)


def of_rank(a, ndim):
    """The array with axes of length 1 put in front."""
    a = np.asarray(a)
    return a if np.ndim(a) == ndim else np.reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a))


def assembled(arrays, depth, ndim):
    if not isinstance(arrays, list):
        return of_rank(arrays, ndim)
    return np.concatenate([assembled(a, depth - 1, ndim) for a in arrays], axis=-depth)


@expansion(np.block)
def _(arrays):
    depth = depth_of(arrays)
    ndim = max(depth, rank_of(arrays))
    return assembled(arrays, depth, ndim) if depth > 0 else np.array(arrays)


def numbers_of(item):
    """A slice between brackets: a range; an imaginary step counts the numbers."""
    start = 0 if item.start is None else item.start
    if isinstance(item.step, complex):
        return np.linspace(start, item.stop, int(abs(item.step)))
    return np.arange(start, item.stop, 1 if item.step is None else item.step)


@expansion(type(np.mgrid).__getitem__)
def _(self, key):
    if isinstance(key, slice):
        return numbers_of(key)
    grids = np.meshgrid(*[numbers_of(item) for item in key], indexing="ij", sparse=self.sparse)
    return tuple(grids) if self.sparse else np.array(grids)


@compile_time
def directions(text):
    """What a string between the brackets of `np.r_` says: the axis, the least rank, where the axes go."""
    if text in ("r", "c"):
        raise NotImplementedError("an np.matrix", "use np.concatenate or np.stack")
    numbers = [int(n) for n in text.split(",")]
    return (*numbers, *(0, 1, -1)[len(numbers) :])


def piece(item, dtype):
    """One of the things between the brackets of `np.r_` or `np.c_`, in the type that numbers take."""
    if isinstance(item, slice):
        return numbers_of(item)
    item = np.asarray(item) if dtype is None else np.asarray(item, dtype=dtype)
    return np.reshape(item, (1,)) if np.ndim(item) == 0 else item


def raised(x, ndim, first):
    """An array of at least so many axes, its own from the `first` on."""
    missing = ndim - np.ndim(x)
    if missing <= 0:
        return x
    before = first if first >= 0 else missing + first + 1
    return np.reshape(x, (1,) * before + np.shape(x) + (1,) * (missing - before))


def side_by_side(items, axis, ndim, first):
    items = [item if isinstance(item, slice) else array_of(item) for item in items]
    arrays = [x for x in items if not isinstance(x, slice) and np.ndim(x) > 0]
    numbers = [x for x in items if not isinstance(x, slice) and np.ndim(x) == 0]
    dtype = np.result_type(*arrays, *numbers) if len(arrays) > 0 and len(numbers) > 0 else None
    pieces = [piece(x, dtype) for x in items]
    return np.concatenate([raised(x, ndim, first) for x in pieces], axis=axis)


def array_of(x):
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


@expansion(type(np.r_).__getitem__)
def _(self, key):
    items = key if isinstance(key, tuple) else (key,)
    axis, ndim, first = (0, 1, -1) if self is np.r_ else (-1, 2, 0)
    if isinstance(items[0], str):
        axis, ndim, first = directions(items[0])
        items = items[1:]
    return side_by_side(items, axis, ndim, first)
