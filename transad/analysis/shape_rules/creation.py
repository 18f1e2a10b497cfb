"""New arrays: of a shape, of a range, of other arrays; and questions about shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from transad.analysis.lengths import broadcast_shapes, find, product, shifted
from transad.analysis.probing import PYTHON_KINDS, kind_of, probe_dtype
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    dims_of,
    dtype_argument,
    fresh,
    integer,
    literal,
    result_of,
    shaped,
)
from transad.ir.core import Const, Operand, Var
from transad.ir.types import (
    INT,
    UNKNOWN,
    Array,
    Dict,
    Length,
    List,
    Number,
    Tuple,
    Type,
    fresh_dim,
    rank,
)

_FLOAT64 = np.dtype(float)


def _length_number(n: Length) -> Number:
    return Number(INT.dtype, True, find(n))


@result_of(np.zeros, np.ones, np.empty)
def _(fn: Any, shape: Operand, dtype: Any = None) -> Type:
    return Array(dtype_argument(dtype, _FLOAT64), dims_of(shape), True)


@result_of(np.full)
def _(fn: Any, shape: Operand, fill_value: Operand, dtype: Any = None) -> Type:
    return Array(dtype_argument(dtype, array(fill_value).dtype), dims_of(shape), True)


@result_of(np.zeros_like, np.ones_like, np.empty_like)
def _(fn: Any, a: Operand, dtype: Any = None, shape: Any = None) -> Type:
    return _like(array(a), dtype, shape)


@result_of(np.full_like)
def _(fn: Any, a: Operand, fill_value: Operand, dtype: Any = None, shape: Any = None) -> Type:
    return _like(array(a), dtype, shape)


def _like(t: Array, dtype: Any, shape: Any) -> Type:
    known = dtype_argument(dtype, t.dtype)
    if isinstance(shape, Var) or literal(shape) is not None:
        return fresh(known, dims_of(shape))
    contiguous = t.contiguous or (t.shape is not None and len(t.shape) < 2)
    return Array(known, t.shape, contiguous)


@result_of(np.arange)
def _(fn: Any, start: Operand, stop: Any = None, step: Any = 1, dtype: Any = None) -> Type:
    bounds = [x for x in (start, stop, step) if isinstance(x, (Const, Var)) and not _is_none(x)]
    kinds = [kind_of(x.type) for x in bounds]
    if None in kinds or any(rank(x.type) != 0 for x in bounds):
        raise CannotTell
    known = dtype_argument(dtype, probe_dtype(fn, *kinds))
    if _is_none(stop):
        start, stop = Const(0), start
    return fresh(known, (_range_length(start, stop, step),))


def _is_none(x: Any) -> bool:
    return x is None or (isinstance(x, Const) and x.value is None)


def _range_length(start: Operand, stop: Operand, step: Any) -> Length:
    counted_down = isinstance(start, Var) and isinstance(stop, Const) and isinstance(step, Const)
    if counted_down and (stop.value, step.value) == (0, -1) and start.type.length is not None:
        return find(start.type.length)
    try:
        first, by = _real(start), _real(step)
    except CannotTell:
        return fresh_dim()
    length = stop.type.length if isinstance(stop, Var) else None
    if length is not None and by == 1 and isinstance(first, int):
        return shifted(find(length), -first) or fresh_dim()
    if isinstance(stop, Const) and by != 0:
        return max(0, math.ceil((_real(stop) - first) / by))
    return fresh_dim()


def _real(x: Any) -> float:
    value = literal(x)
    if not isinstance(value, (int, float, np.integer, np.floating)) or not math.isfinite(value):
        raise CannotTell
    return int(value) if isinstance(value, np.integer) else value


@result_of(np.linspace)
def _(fn: Any, start: Operand, stop: Operand, num: Any = 50, endpoint: Any = True, dtype: Any = None) -> Type:
    first, last = shaped(start), shaped(stop)
    kinds = [kind_of(t) or kind_of(a) for t, a in ((start.type, first), (stop.type, last))]
    count = num if isinstance(num, int) else dims_of(num)[0]
    shape = (count, *broadcast_shapes((first.shape, last.shape)))
    return fresh(dtype_argument(dtype, probe_dtype(fn, *kinds)), shape)


@result_of(np.eye)
def _(fn: Any, N: Operand, M: Any = None, k: Any = 0, dtype: Any = float) -> Type:
    (rows,) = dims_of(N)
    (columns,) = (rows,) if _is_none(M) else dims_of(M)
    return Array(dtype_argument(dtype, _FLOAT64), (rows, columns), True)


@result_of(np.identity)
def _(fn: Any, n: Operand, dtype: Any = None) -> Type:
    return Array(dtype_argument(dtype, _FLOAT64), dims_of(n) * 2, True)


@result_of(np.array)
def _(fn: Any, object: Operand, dtype: Any = None, copy: Any = True) -> Type:
    return _converted(array(object), dtype, new=not isinstance(object.type, Array))


@result_of(np.asarray)
def _(fn: Any, a: Operand, dtype: Any = None, order: Any = None) -> Type:
    return _converted(array(a), dtype, new=not isinstance(a.type, Array))


@result_of(np.copy)
def _(fn: Any, a: Operand) -> Type:
    t = array(a)
    flat = t.shape is not None and len(t.shape) < 2
    return _converted(t, None, new=flat or not isinstance(a.type, Array))


@result_of(np.ascontiguousarray)
def _(fn: Any, a: Operand, dtype: Any = None) -> Type:
    t = _converted(array(a), dtype, new=True)
    return Array(t.dtype, (1,), True) if t.shape == () else t


def _converted(t: Array, dtype: Any, new: bool) -> Array:
    return Array(dtype_argument(dtype, t.dtype), t.shape, new or t.contiguous)


@result_of(np.ndarray.copy)
def _(fn: Any, a: Operand) -> Type:
    t = a.type
    if isinstance(t, Array):
        return Array(t.dtype, t.shape, True)
    return t if isinstance(t, Number) else UNKNOWN


@result_of(np.astype, np.ndarray.astype)
def _(fn: Any, x: Operand, dtype: Any, copy: Any = True) -> Type:
    t = x.type
    known = dtype_argument(dtype, _FLOAT64)
    if isinstance(t, Array):
        return Array(known, t.shape, t.contiguous)
    return Number(known, False) if isinstance(t, Number) else UNKNOWN


@result_of(np.ndarray.item)
def _(fn: Any, a: Operand, args: Any = None) -> Type:
    dtype = array(a).dtype
    if dtype is None or dtype.kind not in "biufc":
        return Number(None, True) if dtype is None else UNKNOWN
    kind = next(d for d in PYTHON_KINDS if d.kind == dtype.kind.replace("u", "i"))
    return Number(kind, True)


@result_of(np.shape)
def _(fn: Any, a: Operand) -> Type:
    return Tuple(tuple(map(_length_number, shaped(a).shape)))


@result_of(np.size)
def _(fn: Any, a: Operand, axis: Any = None) -> Type:
    t = array(a)
    if literal(axis) is not None:
        return _length_number(shaped(a).shape[integer(axis)])
    return INT if t.shape is None else _length_number(product(t.shape))


@result_of(np.ndim)
def _(fn: Any, a: Operand) -> Type:
    t = array(a)
    return INT if t.shape is None else _length_number(len(t.shape))


@result_of(len)
def _(fn: Any, obj: Operand) -> Type:
    t = obj.type
    if isinstance(obj, Const) and hasattr(obj.value, "__len__"):
        return _length_number(len(obj.value))
    if isinstance(t, Array) and t.shape:
        return _length_number(t.shape[0])
    if isinstance(t, (Tuple, List)) and t.items is not None:
        return _length_number(len(t.items))
    if isinstance(t, Dict) and t.keys is not None:
        return _length_number(len(t.keys))
    return INT
