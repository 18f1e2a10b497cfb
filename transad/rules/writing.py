"""Functions that write into an array, as the assignments that they are. The front end knows np.copyto."""

import numpy as np

from transad.rules.helpers import open_grid, same_shape
from transad.rules.indexing import in_range
from transad.rules.registry import expansion


@expansion(np.put_along_axis)
def _(arr, indices, values, axis):
    if axis is None:
        arr[np.unravel_index(indices, np.shape(arr))] = values
    else:
        arr[open_grid(arr, indices, axis)] = values


def repeated(v, like):
    """The numbers of `v`, from the start again as often as needed: as many as there are in `like`."""
    if isinstance(v, (list, tuple)):
        v = np.array(v)
    return v if np.ndim(v) == 0 or same_shape(v, like) else np.resize(v, np.shape(like))


@expansion(np.put)
def _(a, ind, v, mode="raise"):
    ind = np.asarray(ind) if mode == "raise" else in_range(ind, np.size(a), mode)
    if np.ndim(a) == 1:
        a[ind] = repeated(v, ind)
    else:
        from_front = np.where(ind < 0, ind + np.size(a), ind)
        a[np.unravel_index(from_front, np.shape(a))] = repeated(v, ind)


@expansion(np.place)
def _(arr, mask, vals):
    arr[mask] = repeated(vals, arr[mask])


@expansion(np.putmask)
def _(a, mask, values):
    np.copyto(a, repeated(values, a), where=mask)


@expansion(np.fill_diagonal)
def _(a, val, wrap=False):
    if np.ndim(a) != 2:
        k = np.arange(len(a))
        a[(k,) * np.ndim(a)] = repeated(val, k)
    elif wrap:
        m, n = np.shape(a)
        k = np.arange(0, m * n, n + 1)
        a[k // n, k % n] = repeated(val, k)
    else:
        k = np.arange(min(np.shape(a)[0], np.shape(a)[1]))
        a[k, k] = repeated(val, k)
