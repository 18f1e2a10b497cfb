"""Functions that take functions: these are followed into their source."""

import re

import numpy as np

from transad.rules.helpers import settled_dtype
from transad.rules.registry import compile_time, expansion


@expansion(np.piecewise)
def _(x, condlist, funclist, *args, **kw):
    if not isinstance(condlist, (list, tuple)):
        condlist = [condlist]
    conditions = [*condlist]
    if len(funclist) == len(conditions) + 1:
        met = conditions[0]
        for k in range(1, len(conditions)):
            met = met | conditions[k]
        conditions.append(~met)
    y = np.zeros_like(x)
    for k in range(len(conditions)):
        if callable(funclist[k]):
            y[conditions[k]] = funclist[k](x[conditions[k]], *args, **kw)
        else:
            y[conditions[k]] = funclist[k]
    return y


@expansion(np.apply_along_axis)
def _(func1d, axis, arr, *args, **kwargs):
    arr = np.asarray(arr)
    n = np.ndim(arr)
    if n == 1:
        return np.asarray(func1d(arr, *args, **kwargs))
    moved = np.moveaxis(arr, axis, -1)
    rows = np.reshape(moved, (-1, np.shape(moved)[-1]))
    first = np.asarray(func1d(rows[0], *args, **kwargs))
    results = np.zeros((len(rows), *np.shape(first)), dtype=first.dtype)
    results[0] = first
    for k in range(1, len(rows)):
        results[k] = func1d(rows[k], *args, **kwargs)
    results = np.reshape(results, np.shape(moved)[:-1] + np.shape(first))
    order = tuple(range(axis % n)), tuple(range(n - 1, np.ndim(results))), tuple(range(axis % n, n - 1))
    return np.transpose(results, order[0] + order[1] + order[2])


@expansion(np.apply_over_axes)
def _(func, a, axes):
    result = np.asarray(a)
    for axis in axes if isinstance(axes, (list, tuple)) else (axes,):
        reduced = func(result, axis)
        result = reduced if np.ndim(reduced) == np.ndim(result) else np.expand_dims(reduced, axis)
    return result


# ----- np.vectorize. Without otypes NumPy takes the type of the first result.


def vectorized(pyfunc, otypes, excluded, signature, *args, **kwargs):
    """A call of `np.vectorize(pyfunc, otypes, excluded=..., signature=...)`."""
    if len([name for name in kwargs if name not in excluded]) > 0:
        raise NotImplementedError("np.vectorize with an argument by name", "give it by its position")
    varying = [k for k in range(len(args)) if k not in excluded]

    def call(*items):
        return pyfunc(*with_varying(args, varying, items), **kwargs)

    arrays = [np.asarray(args[k]) for k in varying]
    if signature is None:
        return over_entries(call, otypes, arrays)
    return over_rows(call, otypes, arrays, *core_ranks(signature))


def with_varying(args, varying, items):
    """The arguments, those that vary replaced by their items."""
    return [items[varying.index(k)] if k in varying else args[k] for k in range(len(args))]


@compile_time
def core_ranks(signature):
    """How many axes each argument and each result of a signature like "(m,n),(n)->(m)" has."""
    sides = [re.findall(r"\(([^)]*)\)", side) for side in signature.split("->")]
    ranks = [tuple([len(part.split(",")) if part.strip() else 0 for part in side]) for side in sides]
    return ranks[0], ranks[1]


def over_entries(call, otypes, arrays):
    arrays = np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays
    if np.ndim(arrays[0]) == 0:
        value = call(*[a[()] for a in arrays])
        return tuple([np.asarray(v) for v in value]) if isinstance(value, tuple) else np.asarray(value)
    flat = [np.ravel(a) for a in arrays]
    return gathered(call, otypes, flat, np.shape(arrays[0]))


def over_rows(call, otypes, arrays, ranks, result_ranks):
    """The function takes and gives arrays of so many axes: it is called for each in the axes before them."""
    outer = np.broadcast_shapes(*[np.shape(a)[: np.ndim(a) - n] for a, n in zip(arrays, ranks)])
    if max([np.ndim(a) - n for a, n in zip(arrays, ranks)]) == 0:
        value = call(*arrays)
        return tuple([np.asarray(v) for v in value]) if isinstance(value, tuple) else np.asarray(value)
    rows = []
    for a, n in zip(arrays, ranks):
        core = np.shape(a)[np.ndim(a) - n :]
        rows.append(np.reshape(np.broadcast_to(a, outer + core), (-1, *core)))
    return gathered(call, otypes, rows, outer)


def gathered(call, otypes, rows, shape):
    """What the function gives for each of the rows, in arrays that begin with this shape."""
    first = call(*[row[0] for row in rows])
    several = isinstance(first, tuple)
    firsts = first if several else (first,)
    results = []
    for k in range(len(firsts)):
        dtype = settled_dtype(firsts[k]) if otypes is None else otypes[k]
        results.append(np.zeros((len(rows[0]), *np.shape(firsts[k])), dtype=dtype))
    for j in range(len(rows[0])):
        value = call(*[row[j] for row in rows])
        values = value if several else (value,)
        for k in range(len(firsts)):
            results[k][j] = values[k]
    results = [np.reshape(results[k], shape + np.shape(firsts[k])) for k in range(len(firsts))]
    return tuple(results) if several else results[0]


expansion(vectorized)(vectorized)


@expansion(np.vectorize.__call__)
def _(self, *args, **kwargs):
    return vectorized(self.pyfunc, self.otypes, self.excluded, self.signature, *args, **kwargs)
