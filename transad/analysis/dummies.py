"""Inference by running: what becomes of the axes of a function nobody wrote a rule for.

The function is run on small arrays in which every symbol has a length of its own, for several
assignments of lengths. A result axis whose length follows one symbol in all runs (up to a constant)
is that symbol; one that never changes is a number; any other is a fresh symbol. The runs differ in the
order of the lengths, so that min(n, m) is taken for neither, and in the values of the arrays, so that
lengths that depend on data (`np.unique`) are not taken for lengths of arguments.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from transad.analysis.lengths import find, shifted
from transad.analysis.probing import OBJECT, PYTHON_KINDS, describe, may_run, quietly
from transad.ir.core import Const, Operand
from transad.ir.types import UNKNOWN, Array, Dim, Length, List, NoneType, Number, Tuple, Type, fresh_dim

_LARGE = 32  # longer axes get a stand-in, lest dummies cost time
_MAX_SIZE = 100_000
_MAX_OFFSET = 4
_PLAIN = (bool, int, float, complex, str, np.generic, np.dtype, slice, type(None), type(Ellipsis))


class _NoDummy(Exception):
    """There is no dummy for this operand."""


@dataclass
class _Lengths:
    """The stand-in for each unknown length, in one run; `key` numbers them for the cache."""

    first: int
    step: int
    known: dict[Any, int] = field(default_factory=dict)

    def __getitem__(self, key: Any) -> int:
        if key not in self.known:
            self.known[key] = self.first + self.step * len(self.known)
        return self.known[key]


def _runs(count: int) -> list[tuple[_Lengths, str]]:
    """Lengths growing, shrinking, as small as can be; and the values that go with them."""
    return [
        (_Lengths(11, 6), "varied"),
        (_Lengths(12 + 5 * count, -5), "alike"),
        (_Lengths(2, 1), "varied"),
        (_Lengths(13, 7), "zero"),
    ]


_REQUIRED = 2  # a function may have too few points in the third run, a singular matrix in the fourth


_cache: dict[Any, Any] = {}


def run_on_dummies(fn: Any, operands: dict[str, Operand], params: tuple[Any, ...] = ()) -> Type:
    """The type of what `fn` returns, by running it; UNKNOWN when it cannot or may not be run."""
    try:
        if not may_run(fn):
            return UNKNOWN
        symbols: dict[Any, int] = {}
        forms = tuple(_form(x, symbols) for x in operands.values())
    except (_NoDummy, TypeError):
        return UNKNOWN
    stars = tuple(p.name for p in params if p.kind is p.VAR_POSITIONAL)
    key = (fn, tuple(operands), stars, forms)
    if key not in _cache:
        if len(_cache) > 4096:
            _cache.clear()
        _cache[key] = _observe(fn, tuple(operands), stars, forms, len(symbols))
    found = _cache[key]
    return UNKNOWN if found is None else _instantiate(found, list(symbols))


# Forms: operand types, hashable, with symbols replaced by their number.


def _form(x: Operand | Type, symbols: dict[Any, int]) -> tuple:
    if isinstance(x, Const):
        return _constant_form(x.value)
    t = x if isinstance(x, Type) else x.type
    if isinstance(t, NoneType):
        return ("value", "None", _Hidden(None))
    if isinstance(t, Number) and t.dtype is not None and t.dtype.kind in "biufc":
        return _number_form(t, symbols)
    if isinstance(t, Array) and t.dtype is not None and t.shape is not None and t.dtype != OBJECT:
        return ("array", t.dtype, tuple(_number_of(find(d), symbols) for d in t.shape))
    if isinstance(t, (Tuple, List)) and t.items is not None:
        return (type(t).__name__, tuple(_form(item, symbols) for item in t.items))
    raise _NoDummy


def _number_form(t: Number, symbols: dict[Any, int]) -> tuple:
    weak = t.weak and t.dtype in PYTHON_KINDS
    if t.weak is None and t.dtype in PYTHON_KINDS:
        raise _NoDummy
    if t.dtype.kind in "iu":
        length = None if t.length is None else find(t.length)
        if length is None:
            symbols.setdefault(object(), len(symbols))
            return ("length", t.dtype, weak, (len(symbols) - 1, 0))
        return ("length", t.dtype, weak, length if isinstance(length, int) else _number_of(length, symbols))
    return ("number", t.dtype, weak)


def _number_of(length: Length, symbols: dict[Any, int]) -> Any:
    if isinstance(length, Dim):
        return symbols.setdefault(length.symbol, len(symbols)), length.offset
    return length if length <= _LARGE else (symbols.setdefault(length, len(symbols)), 0)


class _Hidden:
    """A value carried in a cache key but not compared: its `repr` stands beside it."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden)

    def __hash__(self) -> int:
        return 0


def _constant_form(value: Any) -> tuple:
    if isinstance(value, np.ndarray):
        if value.dtype == OBJECT or value.size > 1000:
            raise _NoDummy
        return ("value", (value.dtype, value.shape, value.tobytes()), _Hidden(value.copy()))
    if isinstance(value, (tuple, list)):
        return (type(value).__name__.capitalize(), tuple(map(_constant_form, value)))
    if isinstance(value, type) and (value in PYTHON_KINDS.values() or issubclass(value, np.generic)):
        return ("value", value, _Hidden(value))
    if isinstance(value, _PLAIN) and not (isinstance(value, int) and abs(value) > 1000):
        return ("value", (type(value), repr(value)), _Hidden(value))
    raise _NoDummy


def _dummy(form: tuple, lengths: _Lengths, values: str) -> Any:
    match form:
        case ("value", _, hidden):
            return hidden.value.copy() if isinstance(hidden.value, np.ndarray) else hidden.value
        case ("array", dtype, shape):
            return _dummy_array(dtype, tuple(_measure(d, lengths) for d in shape), values)
        case ("length", dtype, weak, dim):
            value = _measure(dim, lengths)
            return value if weak else dtype.type(value)
        case ("number", dtype, weak):
            value = (values == "alike") if dtype.kind == "b" else 0.75 if values == "alike" else 0.5
            return PYTHON_KINDS[dtype](value) if weak else dtype.type(value)
        case (container, items):
            made = [_dummy(item, lengths, values) for item in items]
            return tuple(made) if container == "Tuple" else made
    raise _NoDummy


def _measure(dim: Any, lengths: _Lengths) -> int:
    if isinstance(dim, tuple):
        key, offset = dim
        return max(0, lengths[key] + offset)
    return dim


def _dummy_array(dtype: np.dtype, shape: tuple[int, ...], values: str) -> np.ndarray:
    """Varied: increasing, or positive definite where square. Alike: positive definite, too."""
    if np.prod(shape) > _MAX_SIZE:
        raise _NoDummy
    if values == "zero":
        return np.zeros(shape, dtype)
    array = np.ones(shape)
    if shape and values == "varied":
        array *= np.indices(shape[-2:]).sum(0)
        if dtype.kind in "fc":
            array = (array + 1) / (shape[0] + 1) if len(shape) == 1 else 1 / (array + 1)
    if len(shape) >= 2 and dtype.kind != "b":
        array += 2 * np.eye(*shape[-2:])
    return array.astype(dtype)


def _observe(fn: Any, names: tuple[str, ...], stars: tuple[str, ...], forms: tuple, count: int) -> Any:
    """Run with each assignment of lengths; the result with its axes explained, None on failure.

    Only the first runs have to succeed.
    """
    seen = []
    for number, (lengths, kind) in enumerate(_runs(count)):
        for key in range(count):
            lengths[key]  # numbered in order, whatever order the dummies are made in
        try:
            values = [_dummy(form, lengths, kind) for form in forms]
            result = quietly(_call, fn, names, stars, values)
        except Exception:  # noqa: BLE001 - whatever the function raises
            if number < _REQUIRED:
                return None
            continue
        seen.append((lengths, result))
    return _explain([r for _, r in seen], [lengths for lengths, _ in seen])


def _call(fn: Any, names: tuple[str, ...], stars: tuple[str, ...], values: list[Any]) -> Any:
    keywords = _keywords(fn)
    args, kwargs = [], {}
    for name, value in zip(names, values):
        if name in stars:
            args.extend(value)
        elif name in keywords:
            kwargs[name] = value
        elif not args or not kwargs:
            args.append(value)
        else:
            raise _NoDummy
    return fn(*args, **kwargs)


_OF_METHODS = frozenset(("axis", "dtype", "keepdims", "ddof", "copy", "order", "initial", "where"))


@lru_cache(maxsize=1024)
def _keywords(fn: Any) -> frozenset[str]:
    """The parameters that can be passed by name."""
    if isinstance(getattr(fn, "__self__", None), np.ufunc):  # how much they tell depends on NumPy's version
        return _OF_METHODS
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return _OF_METHODS if getattr(fn, "__objclass__", None) is not None else frozenset()
    return frozenset(p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))


# Explaining results: a template is a type whose lengths are numbers, (symbol number, offset), or None.


@dataclass(frozen=True)
class _Template:
    dtype: np.dtype
    axes: tuple[Any, ...]


def _explain(results: list[Any], runs: list[_Lengths]) -> Any:
    first = results[0]
    if any(type(r) is not type(first) for r in results):
        return None
    if isinstance(first, np.ndarray):
        if len({(r.dtype, r.ndim) for r in results}) > 1 or first.dtype == OBJECT:
            return None
        axes = zip(*(r.shape for r in results))
        return _Template(first.dtype, tuple(_explain_axis(lengths, runs) for lengths in axes))
    if isinstance(first, (tuple, list)):
        if len({len(r) for r in results}) > 1:
            return None
        items = tuple(_explain(list(column), runs) for column in zip(*results))
        cls = type(first)
        return (cls, items) if cls in (tuple, list) or hasattr(cls, "_fields") else None
    if any(describe(r) != describe(first) for r in results):
        return None
    return describe(first)


def _explain_axis(lengths: tuple[int, ...], runs: list[_Lengths]) -> Any:
    if len(set(lengths)) == 1 and (len(lengths) > _REQUIRED or not runs[0].known):
        return lengths[0]
    for key in runs[0].known:
        offsets = {n - run[key] for n, run in zip(lengths, runs)}
        if len(offsets) == 1 and abs(offset := offsets.pop()) <= _MAX_OFFSET:
            return (key, offset)
    return None


def _instantiate(template: Any, symbols: list[Any]) -> Type:
    if isinstance(template, _Template):
        return Array(template.dtype, tuple(_length(axis, symbols) for axis in template.axes))
    if isinstance(template, tuple):
        cls, items = template
        types = tuple(UNKNOWN if item is None else _instantiate(item, symbols) for item in items)
        return List(types) if cls is list else Tuple(types, None if cls is tuple else cls)
    return template


def _length(axis: Any, symbols: list[Any]) -> Length:
    if axis is None:
        return fresh_dim()
    if isinstance(axis, int):
        return axis
    key, offset = axis
    symbol = symbols[key]
    if isinstance(symbol, int):
        return symbol + offset
    if type(symbol) is object:  # the value of an integer that is not a length
        return fresh_dim()
    return shifted(Dim(symbol), offset) or fresh_dim()
