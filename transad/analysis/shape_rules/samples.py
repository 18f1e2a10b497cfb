"""Functions of samples and of parts: differences, interpolation, order statistics, grids, insertion."""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.analysis.lengths import broadcast_shapes, product, shifted, unify
from transad.analysis.probing import probe_dtype
from transad.analysis.shape_rules.reductions import reduced
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    axes_of,
    axis_of,
    fresh,
    integer,
    items_of,
    literal,
    result_of,
    scalar_or_array,
    shaped,
)
from transad.ir.core import Operand
from transad.ir.types import Array, Length, List, Tuple, Type, fresh_dim

_FLOAT = np.dtype(float)
_OLD = np.lib.NumpyVersion(np.__version__) < "2.0.0"


def _with_length(a: Array, axis: int, length: Length) -> Array:
    shape = list(a.shape)
    shape[axis] = length
    return fresh(a.dtype, tuple(shape))


@result_of(np.diff)
def _(fn: Any, a: Operand, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Type:
    t = shaped(a)
    at = axis_of(integer(axis), len(t.shape))
    length = t.shape[at]
    shorter = max(0, length - integer(n)) if isinstance(length, int) else shifted(length, -integer(n))
    return _with_length(t, at, fresh_dim() if shorter is None else shorter)


@result_of(np.interp)
def _(fn: Any, x: Operand, xp: Operand, fp: Operand, left: Any = None, right: Any = None, period: Any = None):
    """The points and the values at them are as many."""
    points, values = shaped(xp).shape, shaped(fp).shape
    if len(points) == len(values) == 1:
        unify(points[0], values[0])
    return scalar_or_array(_FLOAT, shaped(x).shape) if array(fp).dtype == _FLOAT else None


@result_of(np.unwrap)
def _(fn: Any, p: Operand, discont: Any = None, axis: Any = -1, period: Any = None) -> Type:
    return fresh(array(p).dtype, shaped(p).shape)


@result_of(np.median, np.nanmedian)
def _(fn: Any, a: Operand, axis: Any = None, keepdims: Any = False) -> Type | None:
    return reduced(fn, array(a), axis, keepdims)


@result_of(np.quantile, np.nanquantile)
def _(
    fn: Any, a: Operand, q: Operand, axis: Any = None,
    method: Any = "linear", keepdims: Any = False, weights: Any = None,
):  # fmt: skip
    """One quantile is a reduction; several are one more axis in front."""
    many = shaped(q).shape
    one = reduced(np.median, array(a), axis, keepdims)
    kinds = ((array(a).dtype, "array"), (array(q).dtype, "array" if many else "python"))
    if literal(method) in ("inverted_cdf", "closest_observation", "lower", "higher", "nearest"):
        dtype = array(a).dtype  # it is one of the numbers
    else:
        dtype = probe_dtype(fn, *kinds)
    if isinstance(one, Array) and one.shape is not None:
        return fresh(dtype, (*many, *one.shape))
    return scalar_or_array(dtype, many) if one is not None else None


@result_of(np.bincount)
def _(fn: Any, x: Operand, weights: Any = None, minlength: Any = 0) -> Type:
    return fresh(_FLOAT if _is_given(weights) else np.dtype(np.intp), (fresh_dim(),))


@result_of(np.histogram)
def _(
    fn: Any, a: Operand, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Type:
    try:
        count: Length = integer(bins)
        edges: Length = count + 1
    except CannotTell:
        edges = shaped(bins).shape[0]
        count = edges - 1 if isinstance(edges, int) else shifted(edges, -1) or fresh_dim()
    counts = array(weights).dtype if _is_given(weights) else np.dtype(np.intp)
    given = array(bins).dtype if shaped(bins).shape else None
    ends = given if given is not None else probe_dtype(np.histogram_bin_edges, (array(a).dtype, "array"))
    return Tuple((fresh(_FLOAT if _is_given(density) else counts, (count,)), fresh(ends, (edges,))))


def _is_given(x: Any) -> bool:
    """Is an optional argument there? None and False say no."""
    try:
        value = literal(x)
    except CannotTell:
        return True
    return value is not None and value is not False


@result_of(np.meshgrid)
def _(fn: Any, xi: Operand, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Type:
    arrays = [array(x) for x in items_of(xi)]
    lengths = [product(shaped(x).shape) for x in items_of(xi)]
    n = len(arrays)
    own = [1 - k if literal(indexing) == "xy" and n > 1 and k < 2 else k for k in range(n)]
    shape = [lengths[own.index(k)] for k in range(n)]
    grids = []
    for k, t in enumerate(arrays):
        thin = tuple(lengths[k] if j == own[k] else 1 for j in range(n))
        grids.append(fresh(t.dtype, thin if literal(sparse) else tuple(shape)))
    return List(tuple(grids)) if _OLD else Tuple(tuple(grids))


@result_of(np.broadcast_arrays)
def _(fn: Any, args: Operand) -> Type:
    arrays = [shaped(x) for x in items_of(args)]
    shape = broadcast_shapes([t.shape for t in arrays])
    if shape is None:
        raise CannotTell
    items = tuple(Array(t.dtype, shape) for t in arrays)
    return List(items) if _OLD else Tuple(items)


@result_of(np.insert)
def _(fn: Any, arr: Operand, obj: Any, values: Any, axis: Any = None) -> Type:
    return _resized_along(shaped(arr), axis)


@result_of(np.delete)
def _(fn: Any, arr: Operand, obj: Any, axis: Any = None) -> Type:
    t = shaped(arr)
    try:
        gone = integer(obj)
    except CannotTell:
        return _resized_along(t, axis)
    length = product(t.shape) if literal(axis) is None else t.shape[axis_of(integer(axis), len(t.shape))]
    if isinstance(length, int) and not -length <= gone < length:
        raise CannotTell
    shorter = length - 1 if isinstance(length, int) else shifted(length, -1)
    return _resized_along(t, axis, fresh_dim() if shorter is None else shorter)


def _resized_along(t: Array, axis: Any, length: Length | None = None) -> Type:
    length = fresh_dim() if length is None else length
    if literal(axis) is None:
        return fresh(t.dtype, (length,))
    return _with_length(t, axis_of(integer(axis), len(t.shape)), length)


@result_of(np.partition)
def _(fn: Any, a: Operand, kth: Any, axis: Any = -1) -> Type:
    t = shaped(a)
    if literal(axis) is None:
        return fresh(t.dtype, (product(t.shape),))
    axes_of(axis, len(t.shape))
    return fresh(t.dtype, t.shape)


@result_of(np.gradient)
def _(fn: Any, f: Operand, varargs: Any = None, axis: Any = None, edge_order: Any = 1) -> Type:
    t = shaped(f)
    one = fresh(array(f).dtype if array(f).dtype and array(f).dtype.kind in "fc" else _FLOAT, t.shape)
    count = len(axes_of(axis, len(t.shape)))
    if count == 1:
        return one
    return List((one,) * count) if _OLD else Tuple((one,) * count)
