"""Reshaping, reordering, joining and splitting: each moves elements, so each adjoint moves them back."""

import numpy as np

from transad.rules.helpers import (
    add_at,
    along,
    as_given,
    inverse,
    known,
    newer,
    open_grid,
    unbroadcast,
    update,
)
from transad.rules.registry import expansion, jvp, linear, vjp

# ----- the same elements in another shape


@linear(np.reshape, alias="maybe")
def _(y_bar, a, shape, order="C"):
    return np.reshape(y_bar, np.shape(a), order=settled(order))


def settled(order):
    """An order of entries that does not depend on how the array happens to lie in memory."""
    if order == "A" or order == "K":
        raise NotImplementedError(
            "an order of entries that depends on where they lie in memory", "say order='C' or order='F'"
        )
    return order


@expansion(*newer(np, "reshape"))
def _(a, shape, order="C", *, copy=None):
    if copy is None:
        return NotImplemented
    y = np.reshape(a, shape, order)
    return np.copy(y) if copy else y


def unravelled(y_bar, a, order):
    return y_bar if np.ndim(a) == 1 else np.reshape(y_bar, np.shape(a), order=settled(order))


@linear(np.ravel, alias="maybe")
def _(y_bar, a, order="C"):
    return unravelled(y_bar, a, order)


@linear(np.ndarray.flatten)
def _(y_bar, a, order="C"):
    return unravelled(y_bar, a, order)


@linear(np.squeeze, alias="view")
def _(y_bar, a, axis=None):
    return np.reshape(y_bar, np.shape(a))


@linear(np.expand_dims, alias="view")
def _(y_bar, a, axis):
    return np.squeeze(y_bar, tuple(axis) if isinstance(axis, list) else axis)


@linear(np.lib.stride_tricks.sliding_window_view, alias="view")
def _(y_bar, x, window_shape, axis=None):
    n = np.ndim(x)
    sizes = as_tuple(window_shape)
    axes = tuple(range(n)) if axis is None else as_tuple(axis)
    if len(sizes) > 2:
        raise NotImplementedError("windows of more than two axes", "slide along one axis after the other")
    x_bar = np.zeros_like(x)
    for j in range(sizes[0]):
        rows = shifted(j, sizes[0])
        if len(sizes) == 1:
            x_bar[along(axes[0], rows, n)] += y_bar[..., j]
        else:
            for k in range(sizes[1]):
                x_bar[along(axes[0], rows, n)][along(axes[1], shifted(k, sizes[1]), n)] += y_bar[..., j, k]
    return x_bar


@expansion(np.lib.stride_tricks.sliding_window_view)
def _(x, window_shape, axis=None):
    """Windows of more than two axes slide along the first two, and then along the rest."""
    sizes = as_tuple(window_shape)
    if len(sizes) < 3:
        return NotImplemented
    axes = tuple(range(np.ndim(x))) if axis is None else as_tuple(axis)
    window = np.lib.stride_tricks.sliding_window_view
    return window(window(x, sizes[:2], axes[:2]), sizes[2:], tuple([k % np.ndim(x) for k in axes[2:]]))


def as_tuple(axes):
    return tuple(axes) if isinstance(axes, (list, tuple)) else (axes,)


def shifted(j, size):
    """The j-th entries of all windows."""
    return slice(j, None if j + 1 == size else j + 1 - size)


@linear(np.atleast_1d, np.atleast_2d, np.atleast_3d, alias="maybe")
def _(y_bar, ary):
    return y_bar if np.ndim(y_bar) == np.ndim(ary) else np.reshape(y_bar, np.shape(ary))


@linear(np.ndarray.item)
def _(y_bar, a):
    return np.reshape(y_bar, np.shape(a))


# ----- copies and conversions


@linear(np.copy)
def _(y_bar, a, order="K"):
    return y_bar


@linear(np.ascontiguousarray, np.asfortranarray, alias="maybe")
def _(y_bar, a, dtype=None):
    return y_bar


@linear(np.ndarray.astype, *newer(np, "astype"))
def _(y_bar, x, dtype, *, copy=True):
    return y_bar


def adjoint_of_nested(y_bar, x):
    """Of `np.array(x)` for a number, an array or nested lists of them: the same nest of adjoints."""
    if isinstance(x, (list, tuple)):
        return as_given([adjoint_of_nested(y_bar[k], x[k]) for k in range(len(x))], x)
    return y_bar


@linear(np.array)
def _(y_bar, object, dtype=None):
    return adjoint_of_nested(y_bar, object)


@linear(np.asarray, np.asanyarray, alias="maybe")
def _(y_bar, a, dtype=None):
    return adjoint_of_nested(y_bar, a)


# ----- axes in another order


@linear(np.transpose, alias="view")
def _(y_bar, a, axes=None):
    if axes is None:
        return np.transpose(y_bar)
    return np.transpose(y_bar, inverse(axes))


@linear(np.swapaxes, alias="view")
def _(y_bar, a, axis1, axis2):
    return np.swapaxes(y_bar, axis1, axis2)


if hasattr(np, "matrix_transpose"):  # NumPy 2

    @linear(np.matrix_transpose, np.linalg.matrix_transpose, alias="view")
    def _(y_bar, x):
        return np.swapaxes(y_bar, -1, -2)


@linear(np.moveaxis, alias="view")
def _(y_bar, a, source, destination):
    return np.moveaxis(y_bar, destination, source)


# ----- elements in another order


@linear(np.flip, alias="view")
def _(y_bar, m, axis=None):
    return y_bar[::-1] if np.ndim(y_bar) == 1 else np.flip(y_bar, axis)


@linear(np.flipud, alias="view")
def _(y_bar, m):
    return np.flipud(y_bar)


@linear(np.fliplr, alias="view")
def _(y_bar, m):
    return np.fliplr(y_bar)


@linear(np.rot90, alias="view")
def _(y_bar, m, k=1, axes=(0, 1)):
    return np.rot90(y_bar, -k, axes)


@linear(np.roll)
def _(y_bar, a, shift, axis=None):
    back = tuple([-s for s in shift]) if isinstance(shift, (tuple, list)) else -shift
    return np.roll(y_bar, back, axis)


@vjp(np.sort)
def _(y_bar, y, a, axis=-1, kind=None, *, stable=None):
    if np.ndim(a) == 1:
        return update(np.zeros_like(a), y_bar, np.argsort(a))
    if axis is None:
        return np.reshape(update(np.zeros_like(y), y_bar, np.argsort(np.ravel(a))), np.shape(a))
    return update(np.zeros_like(a), y_bar, open_grid(a, np.argsort(a, axis=axis), axis))


@jvp(np.sort)
def _(y, a_dot, a, axis=-1, kind=None, *, stable=None):
    if np.ndim(a) == 1:
        return a_dot[np.argsort(a)]
    if axis is None:
        return np.ravel(a_dot)[np.argsort(np.ravel(a))]
    return np.take_along_axis(a_dot, np.argsort(a, axis=axis), axis=axis)


@expansion(np.sort_complex)
def _(a):
    return np.sort(np.asarray(a).astype(complex))


# In which order a partition has the entries on either side of the k-th is not defined. Here it is that of
# np.argpartition, so that it is known where they come from.


@expansion(np.partition)
def _(a, kth, axis=-1, kind="introselect"):
    if axis is None or np.ndim(a) == 1:
        flat = np.ravel(a)
        return flat[np.argpartition(flat, kth)]
    order = np.argpartition(a, kth, axis=axis)
    return taken_once(a, order, axis)


def taken_once(a, order, axis):
    return np.take_along_axis(a, order, axis=axis)


# ----- elements repeated


@linear(np.broadcast_to, alias="view")
def _(y_bar, array, shape):
    return unbroadcast(y_bar, array)


@linear(np.repeat)
def _(y_bar, a, repeats, axis=None):
    if np.ndim(a) == 1 or axis == 0:
        return sum_repeats(y_bar, np.shape(a)[0], repeats)
    if axis is None:
        return np.reshape(sum_repeats(y_bar, np.size(a), repeats), np.shape(a))
    moved = np.moveaxis(y_bar, axis, 0)
    return np.moveaxis(sum_repeats(moved, np.shape(a)[axis], repeats), 0, axis)


def sum_repeats(g, n, repeats):
    """The adjoint of repeating n entries along the first axis."""
    if np.ndim(repeats) == 0:
        return np.sum(np.reshape(g, (n, repeats, *np.shape(g)[1:])), axis=1)
    zero = np.zeros((n, *np.shape(g)[1:]), g.dtype)
    return add_at(zero, np.repeat(np.arange(n), repeats), g)


@linear(np.tile)
def _(y_bar, A, reps):
    if isinstance(reps, np.ndarray):
        raise NotImplementedError("np.tile with an array of counts", "give them as a tuple")
    counts = as_tuple(reps)
    shape = np.shape(A)
    lead = max(len(counts), len(shape))
    counts = (1,) * (lead - len(counts)) + counts
    shape = (1,) * (lead - len(shape)) + shape
    pairs = []
    for k in range(lead):
        pairs.append(counts[k])
        pairs.append(shape[k])
    axes = 0 if lead == 1 else tuple(range(0, 2 * lead, 2))
    summed = np.sum(np.reshape(y_bar, tuple(pairs)), axis=axes)
    return summed if np.ndim(A) == lead else np.reshape(summed, np.shape(A))


# ----- joining and splitting


def split_like(y_bar, arrays, axis):
    """The parts of `y_bar` that belong to each of `arrays`, which lie one after the other."""
    bars = []
    start = None
    for k in range(len(arrays)):
        n = np.shape(arrays[k])[axis]
        stop = n if start is None else start + n
        last = k == len(arrays) - 1
        bars.append(y_bar[along(axis, slice(start, None if last else stop), np.ndim(y_bar))])
        start = stop
    return bars


def reshaped(parts, arrays):
    """Each part in the shape of its array."""
    return [
        parts[k] if np.ndim(parts[k]) == np.ndim(arrays[k]) else np.reshape(parts[k], np.shape(arrays[k]))
        for k in range(len(arrays))
    ]


@linear(np.concatenate)
def _(y_bar, arrays, axis=0, *, dtype=None):
    if axis is None:
        return as_given(reshaped(split_like(y_bar, [np.ravel(a) for a in arrays], 0), arrays), arrays)
    return as_given(split_like(y_bar, arrays, axis), arrays)


@linear(np.stack)
def _(y_bar, arrays, axis=0, *, dtype=None):
    return as_given([y_bar[along(axis, k, np.ndim(y_bar))] for k in range(len(arrays))], arrays)


@linear(np.vstack)
def _(y_bar, tup, *, dtype=None):
    return as_given(reshaped(split_like(y_bar, [np.atleast_2d(a) for a in tup], 0), tup), tup)


@linear(np.hstack)
def _(y_bar, tup, *, dtype=None):
    axis = 1 if np.ndim(y_bar) > 1 else 0
    return as_given(reshaped(split_like(y_bar, [np.atleast_1d(a) for a in tup], axis), tup), tup)


@linear(np.dstack)
def _(y_bar, tup):
    return as_given(reshaped(split_like(y_bar, [np.atleast_3d(a) for a in tup], 2), tup), tup)


@linear(np.column_stack)
def _(y_bar, tup):
    arrays = [np.asarray(a) for a in tup]
    columns = [a if np.ndim(a) == 2 else np.reshape(a, (-1, 1)) for a in arrays]
    return as_given(reshaped(split_like(y_bar, columns, 1), tup), tup)


@linear(np.append, wrt=("arr", "values"))
def _(y_bar, arr, values, axis=None):
    if axis is None:
        first, second = reshaped(split_like(y_bar, [np.ravel(arr), np.ravel(values)], 0), [arr, values])
        return first, second
    first, second = split_like(y_bar, [arr, values], axis)
    return first, second


def parts_joined(y_bar, ary, places, axis):
    """The adjoint of an array that was split. Where the places fall, parts overlap: then together they have
    not the shape of the array, and this raises."""
    whole = np.concatenate(y_bar, axis)
    if isinstance(places, int) or isinstance(places, (list, tuple)) and all([known(p) for p in places]):
        return whole
    return np.reshape(whole, np.shape(ary))


@linear(np.split, np.array_split, alias="view")
def _(y_bar, ary, indices_or_sections, axis=0):
    return parts_joined(y_bar, ary, indices_or_sections, axis)


if hasattr(np, "unstack"):  # NumPy 2.1

    @expansion(np.unstack)
    def _(x, /, *, axis=0):
        x = np.asarray(x)
        return tuple([x[along(axis, k, np.ndim(x))] for k in range(np.shape(x)[axis])])


@linear(np.hsplit, alias="view")
def _(y_bar, ary, indices_or_sections):
    return parts_joined(y_bar, ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@linear(np.vsplit, alias="view")
def _(y_bar, ary, indices_or_sections):
    return parts_joined(y_bar, ary, indices_or_sections, 0)


@linear(np.dsplit, alias="view")
def _(y_bar, ary, indices_or_sections):
    return parts_joined(y_bar, ary, indices_or_sections, 2)
