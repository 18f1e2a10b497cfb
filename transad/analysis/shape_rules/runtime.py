"""Our own run-time helpers."""

from __future__ import annotations

from typing import Any

import numpy as np

from transad import runtime
from transad.analysis.lengths import shape_of
from transad.analysis.probing import probe_dtype
from transad.analysis.shape_rules.table import result_of, shaped
from transad.ir.core import Operand
from transad.ir.types import UNKNOWN, Array, Dict, List, Number, Object, Tuple, Type


@result_of(runtime.unbroadcast)
def _(fn: Any, g: Operand, x: Operand) -> Type:
    """The shape of x. What already has it is handed through, a sum to rank 0 is a NumPy scalar."""
    shape = shape_of(x.type)
    if isinstance(g.type, Number):
        return g.type
    if not isinstance(g.type, Array) or shape is None:
        return UNKNOWN
    if shape == ():
        if g.type.shape is None:
            return UNKNOWN
        return g.type if g.type.shape == () else Number(g.type.dtype, False)
    return Array(g.type.dtype, shape)


@result_of(runtime.broadcast_like)
def _(fn: Any, g: Operand, x: Operand) -> Type:
    shape = shape_of(x.type)
    if not isinstance(g.type, (Number, Array)) or shape is None:
        return UNKNOWN
    dtype, like = g.type.dtype, x.type.dtype
    if isinstance(g.type, Number) and g.type.weak and like is not None and like.kind in "fc":
        dtype = np.result_type(like, 1j) if dtype is not None and dtype.kind == "c" else like
    return Array(dtype, shape) if shape else g.type


@result_of(runtime.update, runtime.add_at)
def _(fn: Any, x: Operand, **rest: Operand) -> Type:
    t = x.type
    return Array(t.dtype, t.shape, t.contiguous) if isinstance(t, Array) else UNKNOWN


@result_of(runtime.last_written)
def _(fn: Any, v: Operand, **rest: Operand) -> Type:
    return Array(v.type.dtype, v.type.shape) if isinstance(v.type, Array) else UNKNOWN


@result_of(runtime.cofactors, runtime.cofactors_along)
def _(fn: Any, a: Operand, x: Operand | None = None) -> Type:
    return a.type if isinstance(a.type, Array) else UNKNOWN


@result_of(runtime.recurrence)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    x, y = shaped(a), shaped(b)
    return Array(probe_dtype(np.multiply, (x.dtype, "array"), (y.dtype, "array")), y.shape)


@result_of(runtime.zeros_like)
def _(fn: Any, x: Operand) -> Type:
    return _zeros(x.type)


def _zeros(t: Type) -> Type:
    """As `t`, but for lengths that numbers equal, and for what only ever holds something else."""
    if isinstance(t, Number):
        return Number(t.dtype, t.weak)
    if isinstance(t, Tuple):
        return Tuple(tuple(map(_zeros, t.items)), t.cls)
    if isinstance(t, List):
        return List(None if t.items is None else tuple(map(_zeros, t.items)), _zeros(t.item))
    if isinstance(t, Dict):
        return Dict(t.keys, tuple(map(_zeros, t.values)), _zeros(t.value))
    return UNKNOWN if isinstance(t, Object) else t
