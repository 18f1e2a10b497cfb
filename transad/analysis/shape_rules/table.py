"""The table of result rules, and how rules read their operands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from transad.analysis.broadcasting import as_array
from transad.analysis.lengths import derive
from transad.ir.core import Const, Operand, Var
from transad.ir.types import Array, Length, List, NoneType, Number, Tuple, Type, fresh_dim

Rule = Callable[..., "Type | None"]
TABLE: dict[Any, Rule] = {}


class CannotTell(Exception):
    """A rule met an operand it needs to know and does not."""


def result_of(*fns: Any) -> Callable[[Rule], Rule]:
    """Declare the decorated function to be the result rule of `fns`."""

    def decorate(rule: Rule) -> Rule:
        for fn in fns:
            TABLE[fn] = rule
        return rule

    return decorate


def lookup(fn: Any) -> Rule | None:
    try:
        return TABLE.get(fn)
    except TypeError:  # unhashable
        return None


def apply(rule: Rule, fn: Any, operands: dict[str, Operand], defaults: dict[str, Any]) -> Type | None:
    """What the rule says; None when it does not cover these operands. It need not know of arguments that
    are what they are by default."""
    names = _bound_names(rule, tuple(operands))
    if names is None:
        given = {k: x for k, x in operands.items() if not _is_default(x, defaults.get(k, MISSING))}
        if len(given) < len(operands):
            return apply(rule, fn, given, {})
    if names is None:
        return None
    try:
        return rule(fn, **dict(zip(names, operands.values())))
    except CannotTell:
        return None


MISSING = object()


def _is_default(x: Operand, default: Any) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) is type(default) and x.value == default


@lru_cache(maxsize=4096)
def _bound_names(rule: Rule, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The rule's own names for operands; a leading one of another name is taken by position."""
    parameters = list(inspect.signature(rule).parameters.values())[1:]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return names
    own = [p.name for p in parameters]
    if len(names) > len(own):
        return None
    bound = tuple(n if n in own else own[i] for i, n in enumerate(names))
    strangers = [i for i, n in enumerate(names) if n not in own]
    in_front = strangers == list(range(len(strangers)))
    required = {p.name for p in parameters if p.default is p.empty}
    return bound if in_front and len(set(bound)) == len(bound) and required <= set(bound) else None


def literal(x: Any) -> Any:
    """The value of an operand that is known while compiling (a rule's default is its own value)."""
    if isinstance(x, Const):
        return x.value
    return _literal_of_type(x.type) if isinstance(x, Var) else x


def _literal_of_type(t: Type) -> Any:
    if isinstance(t, NoneType):
        return None
    if isinstance(t, Number) and isinstance(t.length, int):
        return t.length
    if isinstance(t, Tuple):
        return tuple(map(_literal_of_type, t.items))
    raise CannotTell


def is_given(x: Any) -> bool:
    """Is an argument something else than None?"""
    try:
        return literal(x) is not None
    except CannotTell:
        return True


def integer(x: Any) -> int:
    """The value of an operand that must be an int."""
    value = literal(x)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise CannotTell
    return int(value)


def axis_of(axis: int, rank: int) -> int:
    """The axis counted from the front."""
    if not -rank <= axis < rank:
        raise CannotTell
    return axis % rank


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """The axes that an `axis` argument (None, an int, a tuple) means, in the order given."""
    value = literal(axis)
    if value is None:
        return tuple(range(rank))
    values = value if isinstance(value, (tuple, list)) else (value,)
    axes = tuple(axis_of(integer(v), rank) for v in values)
    if len(set(axes)) < len(axes):
        raise CannotTell
    return axes


def array(x: Operand) -> Array:
    """The operand as `np.asarray` would have it; its shape may be unknown."""
    t = as_array(x.type)
    if isinstance(x, Const) and isinstance(x.value, (tuple, list)):
        t = _constant_array(x.value)
    if t is None:
        raise CannotTell
    return t


def _constant_array(value: tuple | list) -> Array:
    try:
        made = np.asarray(value)
    except ValueError:
        raise CannotTell from None
    return Array(made.dtype, made.shape, True)


def shaped(x: Operand) -> Array:
    """The operand as an array whose shape is known."""
    t = array(x)
    if t.shape is None:
        raise CannotTell
    return t


def items_of(x: Operand) -> list[Operand] | None:
    """The items of an operand that is a tuple or list; None when their number is not known."""
    if isinstance(x, Const):
        if not isinstance(x.value, (tuple, list)):
            raise CannotTell
        return [Const(v) for v in x.value]
    if not isinstance(x.type, (Tuple, List)):
        raise CannotTell
    return None if x.type.items is None else [Var(None, t) for t in x.type.items]


def lengths_of(x: Any) -> tuple[Length | None, ...]:
    """A `shape` argument, an int or a sequence of them: -1 stands for itself, None for not known."""
    if isinstance(x, Var) and isinstance(x.type, Array):
        raise CannotTell
    if isinstance(x, (Var, Const)) and not isinstance(x.type, (Tuple, List)):
        return (_length_of(x),)
    items = items_of(x)
    if items is None:
        raise CannotTell
    return tuple(map(_length_of, items))


def _length_of(x: Operand) -> Length | None:
    if isinstance(x, Const):
        return integer(x)
    if not isinstance(x.type, Number) or x.type.dtype is None or x.type.dtype.kind not in "iu":
        raise CannotTell
    return x.type.length


def dims_of(x: Any) -> tuple[Length, ...]:
    """A `shape` argument that allows no -1. The same variable is the same length each time."""
    if isinstance(x, Var) and lengths_of(x) == (None,):
        return (derive(("value", x)),)
    return tuple(fresh_dim() if n is None else n for n in lengths_of(x))


def dtype_argument(x: Any, default: np.dtype | None) -> np.dtype | None:
    """The dtype that a `dtype` argument asks for; None when not known."""
    if isinstance(x, Var) and not isinstance(x.type, NoneType):
        return None
    value = literal(x)
    try:
        return default if value is None else np.dtype(value)
    except TypeError:
        raise CannotTell from None


def fresh(dtype: np.dtype | None, shape: tuple[Length, ...], contiguous: bool = False) -> Array:
    """A new array, `contiguous` if that is known; with fewer than two axes it cannot help being so."""
    return Array(dtype, shape, contiguous or len(shape) < 2)


def scalar_or_array(dtype: np.dtype | None, shape: tuple[Length, ...], contiguous: bool = False) -> Type:
    """What functions that return scalars instead of arrays of rank 0 return."""
    return fresh(dtype, shape, contiguous) if shape else Number(dtype, False)
