"""Sums, extrema, cumulative sums, sorting: functions along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.analysis.lengths import broadcast_shapes, product
from transad.analysis.probing import Kind, probe_dtype
from transad.analysis.shape_rules import table
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    axes_of,
    axis_of,
    dtype_argument,
    fresh,
    integer,
    literal,
    result_of,
    scalar_or_array,
    shaped,
)
from transad.ir.core import Operand, Var
from transad.ir.types import UNKNOWN, Array, Length, Number, Type, fresh_dim, surely_not_one

_INDEX = np.dtype(np.intp)


@result_of(np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.any, np.all)
@result_of(np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin, np.ptp)
def _(
    fn: Any,
    a: Operand,
    axis: Any = None,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Type | None:
    return reduced(fn, array(a), axis, keepdims, dtype)


@result_of(np.argmax, np.argmin, np.nanargmax, np.nanargmin)
def _(fn: Any, a: Operand, axis: Any = None, keepdims: Any = False) -> Type | None:
    return reduced(fn, array(a), axis, keepdims)


@result_of(np.logaddexp.reduce)
def _(fn: Any, array: Operand, axis: Any = 0, keepdims: Any = False) -> Type | None:
    return reduced(fn, table.array(array), axis, keepdims)


@result_of(np.maximum.accumulate, np.minimum.accumulate, np.logaddexp.accumulate)
@result_of(np.logical_and.accumulate, np.logical_or.accumulate)
def _(fn: Any, array: Operand, axis: Any = 0) -> Type:
    return _along(probe_dtype(fn, _vector(array)), shaped(array), axis)


@result_of(np.linalg.norm)
def _(fn: Any, x: Operand, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Type | None:
    return reduced(fn, array(x), axis, keepdims)


@result_of(np.std, np.var, np.nanstd, np.nanvar)
def _(
    fn: Any, a: Operand, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False
) -> Type | None:
    return reduced(fn, array(a), axis, keepdims, dtype)


def reduced(fn: Any, a: Array, axis: Any, keepdims: Any, dtype_wanted: Any = None) -> Type | None:
    keep = literal(keepdims)
    dtype = dtype_argument(dtype_wanted, probe_dtype(fn, (a.dtype, "array")))
    if a.shape is None:
        whole = not isinstance(axis, Var) and literal(axis) is None
        return Number(dtype, False) if whole and not keep else UNKNOWN
    if not a.shape:
        return None
    try:
        axes = axes_of(axis, len(a.shape))
    except CannotTell:
        return _reduced_somewhere(dtype, a.shape, axis, keep)
    if keep:
        return fresh(dtype, tuple(1 if i in axes else n for i, n in enumerate(a.shape)))
    return scalar_or_array(dtype, tuple(n for i, n in enumerate(a.shape) if i not in axes))


def _reduced_somewhere(dtype: np.dtype | None, shape: tuple[Length, ...], axis: Any, keep: bool) -> Type:
    """A reduction along one axis, but it is not known which."""
    if not isinstance(axis, Var) or not isinstance(axis.type, Number):
        return UNKNOWN
    if keep:
        return fresh(dtype, tuple(fresh_dim() for _ in shape))
    not_one = all(map(surely_not_one, shape))
    return scalar_or_array(dtype, tuple(fresh_dim(not_one) for _ in shape[1:]))


@result_of(np.cumsum, np.cumprod, np.nancumsum, np.nancumprod)
def _(fn: Any, a: Operand, axis: Any = None, dtype: Any = None) -> Type:
    return _along(dtype_argument(dtype, probe_dtype(fn, _vector(a))), shaped(a), axis)


@result_of(np.sort)
def _(fn: Any, a: Operand, axis: Any = -1, kind: Any = None, stable: Any = None) -> Type:
    return _along(array(a).dtype, shaped(a), axis)


@result_of(np.argsort)
def _(fn: Any, a: Operand, axis: Any = -1, kind: Any = None, stable: Any = None) -> Type:
    return _along(_INDEX, shaped(a), axis)


@result_of(np.argpartition)
def _(fn: Any, a: Operand, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> Type:
    return _along(_INDEX, shaped(a), axis)


def _along(dtype: np.dtype | None, a: Array, axis: Any) -> Type:
    """Same shape as `a`, which is made flat for axis None."""
    if isinstance(axis, Var) and isinstance(axis.type, Number):
        return fresh(dtype, a.shape)
    if literal(axis) is None:
        return fresh(dtype, (product(a.shape),))
    axis_of(integer(axis), len(a.shape))
    return fresh(dtype, a.shape)


def _vector(x: Operand) -> Kind:
    return (array(x).dtype, "array")


@result_of(np.take)
def _(fn: Any, a: Operand, indices: Operand, axis: Any = None, mode: Any = "raise") -> Type:
    base, index = shaped(a), shaped(indices)
    if literal(axis) is None:
        return scalar_or_array(base.dtype, index.shape)
    shape = base.shape or (1,)
    at = axis_of(integer(axis), len(shape))
    return scalar_or_array(base.dtype, (*shape[:at], *index.shape, *shape[at + 1 :]))


@result_of(np.take_along_axis)
def _(fn: Any, arr: Operand, indices: Operand, axis: Any = -1) -> Type:
    base, index = shaped(arr), shaped(indices)
    if literal(axis) is None:
        return fresh(base.dtype, index.shape)
    at = axis_of(integer(axis), len(base.shape))
    if len(index.shape) != len(base.shape):
        raise CannotTell
    others = list(base.shape)
    others[at] = 1
    return fresh(base.dtype, broadcast_shapes((tuple(others), index.shape)))


@result_of(np.compress)
def _(fn: Any, condition: Operand, a: Operand, axis: Any = None) -> Type:
    base = shaped(a)
    if literal(axis) is None:
        return fresh(base.dtype, (fresh_dim(),))
    at = axis_of(integer(axis), len(base.shape))
    return fresh(base.dtype, (*base.shape[:at], fresh_dim(), *base.shape[at + 1 :]))


@result_of(np.extract)
def _(fn: Any, condition: Operand, arr: Operand) -> Type:
    return fresh(array(arr).dtype, (fresh_dim(),))


@result_of(np.trace)
def _(fn: Any, a: Operand, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Type:
    base = shaped(a)
    axes = {axis_of(integer(x), len(base.shape)) for x in (axis1, axis2)}
    if len(axes) < 2:
        raise CannotTell
    dtype = probe_dtype(np.sum, _vector(a))
    return scalar_or_array(dtype, tuple(n for i, n in enumerate(base.shape) if i not in axes))
