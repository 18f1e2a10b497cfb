"""Functions that take functions: these are followed into their source."""

import numpy as np

from transad.rules.helpers import settled_dtype
from transad.rules.registry import expansion


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


def vectorized(pyfunc, otypes, *args):
    """A call of `np.vectorize(pyfunc)`. Without otypes NumPy takes the type of the first result."""
    arrays = np.broadcast_arrays(*args) if len(args) > 1 else (np.asarray(args[0]),)
    if np.ndim(arrays[0]) == 0:
        return np.asarray(pyfunc(*args))
    flat = [np.ravel(a) for a in arrays]
    dtype = settled_dtype(pyfunc(*[a[0] for a in flat])) if otypes is None else otypes[0]
    results = np.zeros(np.shape(flat[0]), dtype=dtype)
    for k in range(len(results)):
        value = pyfunc(*[a[k] for a in flat])
        if isinstance(value, tuple):
            raise NotImplementedError("np.vectorize of a function with several results", "write the loop")
        results[k] = value
    return np.reshape(results, np.shape(arrays[0]))


expansion(vectorized)(vectorized)


@expansion(np.vectorize.__call__)
def _(self, *args):
    if self.signature is not None or self.excluded:
        raise NotImplementedError("np.vectorize with a signature or excluded arguments", "write the loop")
    return vectorized(self.pyfunc, self.otypes, *args)
