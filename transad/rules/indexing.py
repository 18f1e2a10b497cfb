"""Reading from arrays. The adjoint of reading is adding, which is right for repeated indices too."""

import operator

import numpy as np

from transad.rules.helpers import add_at, along, as_given, open_grid, unbroadcast
from transad.rules.registry import expansion, linear, nondifferentiable


@linear(operator.getitem, alias="maybe")
def _(y_bar, a, index):
    return add_at(np.zeros_like(a), index, y_bar)


def add_into_flat(a, index, y_bar):
    """The adjoint of `np.ravel(a)[index]`."""
    return np.reshape(add_at(np.zeros_like(np.ravel(a)), index, y_bar), np.shape(a))


@linear(np.take)
def _(y_bar, a, indices, axis=None):
    if axis is None and np.ndim(a) != 1:
        return add_into_flat(a, indices, y_bar)
    if axis is None or np.ndim(a) == 1:
        return add_at(np.zeros_like(a), indices, y_bar)
    return add_at(np.zeros_like(a), along(axis, indices, np.ndim(a)), y_bar)


def in_range(indices, n, mode):
    """Indices of any value, brought into range as mode "wrap" or "clip" of take, put and choose says."""
    indices = np.asarray(indices)
    return indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)


@expansion(np.take)
def _(a, indices, axis=None, mode="raise"):
    if mode == "raise":
        return NotImplemented
    n = np.size(a) if axis is None else np.shape(a)[axis]
    return np.take(a, in_range(indices, n, mode), axis=axis)


@linear(np.take_along_axis)
def _(y_bar, arr, indices, axis=-1):
    if axis is None:
        return add_into_flat(arr, indices, y_bar)
    return add_at(np.zeros_like(arr), open_grid(arr, indices, axis), y_bar)


@linear(np.compress, wrt="a")
def _(y_bar, condition, a, axis=None):
    kept = np.flatnonzero(condition)
    if axis is None:
        return add_into_flat(a, kept, y_bar)
    return add_at(np.zeros_like(a), along(axis, kept, np.ndim(a)), y_bar)


@linear(np.extract, wrt="arr")
def _(y_bar, condition, arr):
    return add_into_flat(arr, np.flatnonzero(condition), y_bar)


@linear(np.choose, wrt="choices")
def _(y_bar, a, choices):
    if isinstance(choices, (tuple, list)):
        bars = [unbroadcast(np.where(a == k, y_bar, 0.0), choices[k]) for k in range(len(choices))]
        return as_given(bars, choices)
    n = np.ndim(y_bar)
    number = np.reshape(np.arange(len(choices)), (-1,) + (1,) * n)
    aligned = np.reshape(choices, (len(choices),) + (1,) * (n + 1 - np.ndim(choices)) + np.shape(choices)[1:])
    return np.reshape(unbroadcast(np.where(a == number, y_bar, 0.0), aligned), np.shape(choices))


@expansion(np.choose)
def _(a, choices, mode="raise"):
    return NotImplemented if mode == "raise" else np.choose(in_range(a, len(choices), mode), choices)


nondifferentiable(np.flatnonzero, np.nonzero, np.argwhere, np.argsort, np.argpartition, np.lexsort)
nondifferentiable(np.searchsorted, np.digitize, np.unravel_index, np.ravel_multi_index, np.indices, np.ix_)
nondifferentiable(np.triu_indices, np.tril_indices, np.diag_indices)
nondifferentiable(np.triu_indices_from, np.tril_indices_from, np.diag_indices_from, np.may_share_memory)
nondifferentiable(np.shares_memory)
