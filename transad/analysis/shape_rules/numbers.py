"""Python's builtins on numbers, and questions whose answer is a bool whatever is asked."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from transad.analysis.broadcasting import elementwise
from transad.analysis.shape_rules.table import items_of, result_of, shaped
from transad.ir.core import Const, Operand, Var
from transad.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    List,
    NoneType,
    Number,
    Tuple,
    Type,
    fresh_dim,
    join_all,
)

_CONVERSIONS = {float: FLOAT, complex: COMPLEX, bool: BOOL}


@result_of(float, complex, bool)
def _(fn: Any, **operands: Operand) -> Type:
    return _CONVERSIONS[fn]


@result_of(*{np.dtype(code).type for code in "?bhilqBHILQefdgFDG"})
def _(fn: Any, **operands: Operand) -> Type:
    return Number(np.dtype(fn), False)


@result_of(int)
def _(fn: Any, **operands: Operand) -> Type:
    t = next(iter(operands.values())).type if operands else INT
    return Number(INT.dtype, True, t.length) if isinstance(t, Number) else INT


@result_of(operator.not_, operator.truth, operator.is_, operator.is_not, operator.contains)
@result_of(isinstance, issubclass, callable, hasattr)
@result_of(np.isscalar, np.iscomplexobj, np.isrealobj, np.allclose, np.array_equal, np.may_share_memory)
def _(fn: Any, **operands: Operand) -> Type:
    return BOOL


@result_of(np.real, np.imag)
def _(fn: Any, val: Operand) -> Type | None:
    t = val.type
    if not isinstance(t, Array) or t.dtype is not None:
        return elementwise(fn, val=val)
    return Array(None, t.shape)  # a part of what may be real or complex


@result_of(np.clip)
def _(fn: Any, a: Operand, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Type:
    """The bounds have two names each, and may be missing."""
    bounds = [x for x in (a_min, a_max, min, max) if isinstance(x, (Const, Var))]
    given = [x for x in bounds if isinstance(x.type, (Number, Array))]
    if len(given) == 1:
        given *= 2
    return elementwise(fn, a=a, **dict(zip(("lower", "upper"), given)))


@result_of(np.where)
def _(fn: Any, condition: Operand, x: Any = None, y: Any = None) -> Type:
    if x is not None and not isinstance(x.type, NoneType):
        return elementwise(fn, condition=condition, x=x, y=y)
    return _found_indices(condition)


@result_of(np.nonzero)
def _(fn: Any, a: Operand) -> Type:
    return _found_indices(a)


def _found_indices(a: Operand) -> Type:
    """One array of indices an axis, all of one length that hangs on the data."""
    found = Array(np.dtype(np.intp), (fresh_dim(),), False)
    return Tuple((found,) * len(shaped(a).shape))


@result_of(max, min)
def _(fn: Any, **operands: Operand) -> Type:
    """One of the arguments: their join. Of a single argument: one of its items."""
    if not operands.keys().isdisjoint(("key", "default")):
        return UNKNOWN
    choices = list(operands.values())
    while len(choices) == 1 and not isinstance(choices[0].type, Number):
        t = choices[0].type
        if isinstance(t, Array):
            return Number(t.dtype, False) if t.shape is not None and len(t.shape) == 1 else UNKNOWN
        if isinstance(t, List) and t.items is None:
            return _unsized(t.item)
        choices = items_of(choices[0]) or []
    result = _unsized(join_all([x.type for x in choices])) if choices else UNKNOWN
    return result if isinstance(result, Number) else UNKNOWN


def _unsized(t: Type) -> Type:
    """A number that is one of several: not any one length."""
    return Number(t.dtype, t.weak) if isinstance(t, Number) else t


@result_of(math.fsum, math.dist, math.hypot)
def _(fn: Any, **operands: Operand) -> Type:
    return FLOAT


@result_of(sum)
def _(fn: Any, iterable: Operand, start: Any = 0) -> Type:
    """Added up one by one, beginning with an int."""
    return _folded(operator.add, iterable, start)


@result_of(math.prod)
def _(fn: Any, iterable: Operand, start: Any = 1) -> Type:
    return _folded(operator.mul, iterable, start)


def _folded(fn: Any, iterable: Operand, start: Any) -> Type:
    acc: Operand = start if isinstance(start, (Var, Const)) else Const(start)
    t = iterable.type
    if isinstance(t, Array) and t.shape:
        item = Number(t.dtype, False) if len(t.shape) == 1 else Array(t.dtype, t.shape[1:])
        return _unsized(elementwise(fn, a=acc, b=Var(None, item)))
    if isinstance(t, List) and t.items is None:
        return UNKNOWN
    for item in items_of(iterable) or ():
        acc = Var(None, elementwise(fn, a=acc, b=item))
    return acc.type
