"""Elementwise functions: the type of their result, and what an adjoint needs to get back from it.

Shapes broadcast (`lengths`), dtypes are asked of NumPy (`probing`). The way back is un-broadcasting:
the adjoint of an operand that was stretched is summed over the axes it was stretched along.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis.lengths import broadcast_shapes, find, same, shape_of, shifted, total, unify_shapes
from transad.analysis.probing import OBJECT, Kind, kind_of, may_run, power_kinds, probe
from transad.ir.core import Const, Operand
from transad.ir.types import (
    BOOL,
    UNKNOWN,
    Array,
    Length,
    List,
    NoneType,
    Number,
    Tuple,
    Type,
    fresh_dim,
    join_lists,
    surely_not_one,
)

_ADD = {operator.add, operator.iadd}
_SUBTRACT = {operator.sub, operator.isub}
_REPEAT = {operator.mul, operator.imul}
_COMPARE = {operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge}
_PYTHON = {getattr(operator, name) for name in operator.__all__} | {abs, round, pow, divmod, float, int}


def elementwise(fn: Any, /, **operands: Operand) -> Type:
    """The type of an operator or ufunc applied to operands that broadcast."""
    kinds: list[Kind] = []
    shapes: list[tuple[Length, ...] | None] = []
    keywords: tuple[tuple[str, Any], ...] = ()
    contiguous = measured = True
    for name, x in operands.items():
        t = x.type
        if isinstance(t, (Tuple, List)):
            if fn in _PYTHON and all(isinstance(y.type, (Tuple, List, Number)) for y in operands.values()):
                return _sequence_operator(fn, *operands.values())
            t = as_array(t) or UNKNOWN
        kind = kind_of(t)
        if kind is None:
            if not _is_keyword(x):
                return UNKNOWN
            keywords += ((name, x.value),)
            continue
        kinds.append(kind)
        if isinstance(t, Array):
            shapes.append(t.shape)
            contiguous = contiguous and t.contiguous
            measured = False
    while kinds and kinds[-1][1] == "none":  # a default left alone
        kinds.pop()
    if len(kinds) == 2:
        power_kinds(fn, kinds, list(operands.values())[1])
    if measured:
        return _number_result(fn, kinds, keywords, operands)
    result = probe(fn, tuple(kinds), keywords)
    if result is UNKNOWN and (_is_users(fn) or any(k[0] == OBJECT for k in kinds)):
        double = bool(kinds) and all(dtype == np.float64 for dtype, _ in kinds)
        result = Array(np.dtype(float) if double else None, None)
    if fn is operator.pow and _is_strong_number(list(operands.values())[1]) and isinstance(result, Array):
        result = Array(None, None)  # before NumPy 2.3 the dtype depends on the exponent: 2 is not 3
    return _with_shape(result, shapes, contiguous)


def _is_strong_number(x: Operand) -> bool:
    return isinstance(x.type, Number) and x.type.weak is False


def _number_result(fn: Any, kinds: list[Kind], keywords: Any, operands: dict[str, Operand]) -> Type:
    result = probe(fn, tuple(kinds), keywords)
    if result is UNKNOWN and _is_users(fn):
        return Number(np.dtype(float) if all(dtype == np.float64 for dtype, _ in kinds) else None)
    if (fn in _ADD or fn in _SUBTRACT) and isinstance(result, Number) and len(operands) == 2:
        length = _length_of_sum(fn, *(x.type.length for x in operands.values()))
        if length is not None and result.dtype is not None and result.dtype.kind in "iu":
            return Number(result.dtype, result.weak, length)
    return result


def _length_of_sum(fn: Any, a: Length | None, b: Length | None) -> Length | None:
    """`n + 1`, `n - 1`, `m + n` are lengths too."""
    if a is None or b is None:
        return None
    if isinstance(a, int) and fn in _ADD:
        a, b = b, a
    if not isinstance(b, int):
        return total((a, b)) if fn in _ADD else None
    by = b if fn in _ADD else -b
    if isinstance(a, int):
        return a + by if a + by >= 0 else None
    return shifted(a, by)


def _with_shape(result: Type, shapes: list[tuple[Length, ...] | None], contiguous: bool) -> Type:
    """The result of a probe, given the shape that its operands broadcast to."""
    if isinstance(result, Tuple):
        return Tuple(tuple(_with_shape(r, shapes, contiguous) for r in result.items), result.cls)
    if not isinstance(result, Array) or result.shape == ():
        return result
    shape = broadcast_shapes(shapes)
    if shape is None and not any(shapes):  # it may have rank 0, and the result be a number
        return UNKNOWN
    return Array(result.dtype, shape, contiguous or (shape is not None and len(shape) < 2))


def _is_users(fn: Any) -> bool:
    """A function that is declared elementwise, but not ours to run."""
    return not isinstance(fn, np.ufunc) and not may_run(fn)


def _is_keyword(x: Operand) -> bool:
    """A constant that selects how to compute: a dtype, a casting rule."""
    return isinstance(x, Const) and isinstance(x.value, (str, type, np.dtype))


def _sequence_operator(fn: Any, a: Operand, b: Operand | None = None) -> Type:
    """`+`, `*` and comparisons of tuples and lists."""
    if b is None:
        return UNKNOWN
    s, t = a.type, b.type
    if fn in _COMPARE:
        return BOOL if _plain(s) and _plain(t) else UNKNOWN
    if fn in _ADD and isinstance(s, Tuple) and isinstance(t, Tuple):
        return Tuple(s.items + t.items)
    if fn in _ADD and isinstance(s, List) and isinstance(t, List):
        if s.items is None or t.items is None:
            return List(None, join_lists(s, t))
        return List(s.items + t.items)
    if fn not in _REPEAT:
        return UNKNOWN
    if isinstance(s, Number):
        s, b = t, a
    count = b.value if isinstance(b, Const) else getattr(b.type, "length", None)
    if isinstance(count, int) and isinstance(s, Tuple):
        return Tuple(s.items * count)
    if isinstance(s, List):
        known = isinstance(count, int) and s.items is not None
        return List(s.items * count) if known else List(None, s.element)
    return UNKNOWN


def _plain(t: Type) -> bool:
    """Does comparing values of this type give one bool? (Arrays inside would not.)"""
    if isinstance(t, (Tuple, List)):
        return t.items is not None and all(map(_plain, t.items))
    return isinstance(t, (Number, NoneType))


def as_array(t: Type) -> Array | None:
    """The array that `np.asarray` makes of a number, array, or nested sequence of them."""
    if isinstance(t, Array) and not t.loose:
        return t
    if isinstance(t, (Number, Array)):
        return Array(t.dtype, (), True)
    if isinstance(t, List) and t.items is None:
        item = as_array(t.item)
        if item is None:
            return None
        shape = None if item.shape is None else (fresh_dim(), *item.shape)
        return Array(item.dtype, shape, True)
    if isinstance(t, (Tuple, List)):
        return _stacked([as_array(item) for item in t.items])
    return None


def _stacked(items: list[Array | None]) -> Array | None:
    if not items:
        return Array(np.dtype(float), (0,), True)
    if None in items:
        return None
    shape = items[0].shape
    for item in items[1:]:
        if shape is None or item.shape is None:
            shape = None
            break
        shape = unify_shapes(shape, item.shape)
        if shape is None:
            return None
    return Array(common_dtype(items), None if shape is None else (len(items), *shape), True)


def common_dtype(items: list[Array]) -> np.dtype | None:
    """The dtype of arrays joined into one."""
    dtypes = {item.dtype for item in items}
    if None in dtypes:
        return None
    try:
        return np.result_type(*dtypes)
    except TypeError:
        return None


def fits(small: Type, large: Type) -> bool:
    """Does an operand surely broadcast to the shape of another one?"""
    a, b = shape_of(small), shape_of(large)
    if a is None or b is None or len(a) > len(b):
        return False
    return all(find(m) == 1 or same(m, n) for m, n in zip(reversed(a), reversed(b)))


def broadcast_axes(arg: Type, result: Type) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """How to sum an array of `result`'s shape back to `arg`'s, `result` being `arg` broadcast.

    The leading axes of the result to sum away, and the axes (counted in the result) to sum to
    length 1. None when that is not known until run time. Summing an axis that turns out to have
    length 1 is harmless, so only axes of `arg` that may or may not have length 1 are undecided.
    """
    small, large = shape_of(arg), shape_of(result)
    if small is None or large is None or len(small) > len(large):
        return None
    lead = len(large) - len(small)
    kept = []
    for axis, (a, b) in enumerate(zip(small, large[lead:]), lead):
        a, b = find(a), find(b)
        if a == b or surely_not_one(a):
            continue
        if a != 1:
            return None
        kept.append(axis)
    return tuple(range(lead)), tuple(kept)


def needs_unbroadcast(arg: Type, result: Type) -> bool | None:
    """Must an adjoint of `result`'s shape be summed to get `arg`'s, `result` being `arg` broadcast?

    False: the shapes are equal. True: sum over `broadcast_axes`. None: not known until run time.
    """
    axes = broadcast_axes(arg, result)
    return None if axes is None else axes != ((), ())


__all__ = ["as_array", "broadcast_axes", "common_dtype", "elementwise", "needs_unbroadcast", "same"]
