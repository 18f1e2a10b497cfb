"""What the compiler knows about a value before the program runs.

A type says which *kind* of value a variable holds and, for arrays, its dtype and its symbolic
shape: one `Dim` per axis. A dim is a Python int when the length is known, else a `Dim`, an
unknown length named by a symbol. Two dims that are equal denote equal lengths at run time, so
`np.sin(x)` has *the shape of x* even though nobody knows that shape yet, and an adjoint needs no
run-time un-broadcasting helper.

The one distinction broadcasting cares about is whether an axis has length 1. The signature of a
call says so for every axis of every argument (`Dim.not_one`); lengths computed in the program
may be either.

`Unknown` is the top of the lattice: always allowed, always safe.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

_serial = itertools.count()


class Symbol:
    """The name of an unknown length. Symbols found equal are merged by `Shapes.unify`."""

    __slots__ = ("id", "not_one")

    def __init__(self, not_one: bool = False):
        self.id = next(_serial)
        self.not_one = not_one

    def __repr__(self) -> str:
        return f"n{self.id}"


@dataclass(frozen=True)
class Dim:
    """A length `max(0, symbol + offset)`, as slices with constant bounds make them."""

    symbol: Symbol
    offset: int = 0

    @property
    def not_one(self) -> bool:
        return self.symbol.not_one and self.offset == 0

    def shifted(self, by: int) -> Dim:
        return Dim(self.symbol, self.offset + by)

    def __repr__(self) -> str:
        return f"{self.symbol}{self.offset:+d}" if self.offset else repr(self.symbol)


Length = int | Dim


def fresh_dim(not_one: bool = False) -> Dim:
    return Dim(Symbol(not_one))


def surely_not_one(dim: Length) -> bool:
    return dim != 1 if isinstance(dim, int) else dim.not_one


class Type:
    """Base of all types. Types are immutable and compare by structure."""


@dataclass(frozen=True)
class UnknownType(Type):
    def __repr__(self) -> str:
        return "?"


@dataclass(frozen=True)
class NoneType(Type):
    def __repr__(self) -> str:
        return "None"


@dataclass(frozen=True)
class UndefinedType(Type):
    """Of a name that no path has assigned yet."""

    def __repr__(self) -> str:
        return "undefined"


@dataclass(frozen=True)
class Number(Type):
    """A Python or NumPy scalar.

    `weak` is True for a Python number (it does not promote float32 arrays), False for a NumPy
    scalar, None for either. `dtype` is None when unknown. `length` is the dim an integer is
    known to equal, as in `n = len(x)`.
    """

    dtype: np.dtype | None
    weak: bool | None = None
    length: Length | None = None

    def __repr__(self) -> str:
        if self.dtype is None:
            return "number"
        if self.weak:
            return {"b": "bool", "i": "int", "f": "float", "c": "complex"}[self.dtype.kind]
        return str(self.dtype)


@dataclass(frozen=True)
class Array(Type):
    """An `np.ndarray`; `shape` is None when even the rank is unknown, `dtype` likewise."""

    dtype: np.dtype | None
    shape: tuple[Length, ...] | None
    contiguous: bool = False  # known to be C-contiguous, so that ravel and reshape are views
    loose: bool = False  # without axes, or a number: an array on one path and a number on another

    def __repr__(self) -> str:
        if self.loose:
            return f"{self.dtype or '?'}[] or number"
        dims = "..." if self.shape is None else ", ".join(map(repr, self.shape))
        return f"{self.dtype or '?'}[{dims}]"


@dataclass(frozen=True)
class Tuple(Type):
    items: tuple[Type, ...]
    cls: type | None = None  # a named tuple's class

    def __repr__(self) -> str:
        return f"({', '.join(map(repr, self.items))})"


@dataclass(frozen=True)
class List(Type):
    """A list: of known length and item types, or (`items` None) of any length and type `item`."""

    items: tuple[Type, ...] | None
    item: Type = UnknownType()

    @property
    def element(self) -> Type:
        if self.items is None:
            return self.item
        return join_all(self.items)

    def __repr__(self) -> str:
        inner = f"{self.item!r}, ..." if self.items is None else ", ".join(map(repr, self.items))
        return f"[{inner}]"


@dataclass(frozen=True)
class Dict(Type):
    """A dict with known keys (their order is part of the type) or, `keys` None, any keys."""

    keys: tuple[Any, ...] | None
    values: tuple[Type, ...] = ()
    value: Type = UnknownType()

    def __repr__(self) -> str:
        if self.keys is None:
            return f"{{...: {self.value!r}}}"
        pairs = (f"{k!r}: {v!r}" for k, v in zip(self.keys, self.values))
        return "{" + ", ".join(pairs) + "}"


@dataclass(frozen=True)
class Slice(Type):
    def __repr__(self) -> str:
        return "slice"


@dataclass(frozen=True)
class Tape(Type):
    """The stack a loop records values on for its reverse sweep."""

    item: Type = UnknownType()

    def __repr__(self) -> str:
        return f"tape of {self.item!r}"


@dataclass(frozen=True)
class Saved(Type):
    """What a function of its own leaves behind for its reverse sweep."""

    def __repr__(self) -> str:
        return "saved"


@dataclass(frozen=True)
class Object(Type):
    """Any other Python object, known by its class (strings, modules, functions, ...)."""

    cls: type

    def __repr__(self) -> str:
        return self.cls.__name__


def unlike_arrays() -> tuple[type, ...]:
    """Subclasses of arrays whose operators are others. (Masked arrays are there once their module is.)"""
    module = sys.modules.get("numpy.ma")
    return (np.matrix,) if module is None else (np.matrix, module.MaskedArray)


def is_duck_array(value: Any) -> bool:
    """Is this an array of another library that NumPy's functions are dispatched to (NEP 18): of Dask, Pint,
    CuPy? It has the type of an array of NumPy, so that the code is the same.

    What takes part in ufuncs alone, as xarray's, does not count: it may match axes by their names.
    """
    if isinstance(value, (np.ndarray, np.generic, type)) or not hasattr(type(value), "__array_function__"):
        return False
    dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
    known = isinstance(dtype, np.dtype) and dtype.kind in "biufc" and isinstance(shape, tuple)
    return known and all(isinstance(n, int) for n in shape)


UNKNOWN = UnknownType()
NONE = NoneType()
UNDEFINED = UndefinedType()
FLOAT = Number(np.dtype(np.float64), weak=True)
INT = Number(np.dtype(np.int64), weak=True)
BOOL = Number(np.dtype(np.bool_), weak=True)
COMPLEX = Number(np.dtype(np.complex128), weak=True)


def is_bool(t: Type) -> bool:
    """Is it a truth value, of Python or NumPy?"""
    return isinstance(t, Number) and t.dtype is not None and t.dtype.kind == "b"


_PYTHON_NUMBERS = {float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX}


def signature_type(value: Any) -> Type:
    """The type a run-time value is specialised on.

    For arrays: dtype, rank, and which axes have length 1. For containers: their structure.
    """
    cls = type(value)
    if cls in _PYTHON_NUMBERS:
        return _PYTHON_NUMBERS[cls]
    if value is None:
        return NONE
    if isinstance(value, np.ndarray) and not isinstance(value, unlike_arrays()) or is_duck_array(value):
        shape = tuple(1 if n == 1 else fresh_dim(not_one=True) for n in value.shape)
        return Array(value.dtype, shape)
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return Number(value.dtype, weak=False)
    if isinstance(value, tuple):
        return Tuple(tuple(map(signature_type, value)), None if cls is tuple else cls)
    if cls is list:
        return List(tuple(map(signature_type, value)))
    if cls is dict:
        return Dict(tuple(value), tuple(map(signature_type, value.values())))
    if cls is slice:
        return Slice()
    return Object(cls)


def signature_types(values: list[Any], exact: bool = False) -> list[Type]:
    """The types of several arguments; axes of equal length get the same dim, or, `exact`, that length.

    Which lengths agree is part of the signature: it decides whether parts of different arrays
    (`a[1:-1]` and `b[1:-1]`) have the same shape.
    """
    dims: dict[int, Dim] = {}

    def share(t: Type, value: Any) -> Type:
        if isinstance(t, Array) and exact:
            return Array(t.dtype, value.shape, bool(value.flags.c_contiguous))
        if isinstance(t, Array):
            shape = tuple(1 if n == 1 else dims.setdefault(n, fresh_dim(not_one=True)) for n in value.shape)
            return Array(t.dtype, shape, isinstance(value, np.ndarray) and bool(value.flags.c_contiguous))
        if isinstance(t, Tuple):
            return Tuple(tuple(map(share, t.items, value)), t.cls)
        if isinstance(t, List) and t.items is not None:
            return List(tuple(map(share, t.items, value)))
        if isinstance(t, Dict) and t.keys is not None:
            return Dict(t.keys, tuple(share(k, v) for k, v in zip(t.values, value.values())))
        return t

    return [share(signature_type(v), v) for v in values]


def constant_type(value: Any) -> Type:
    """The type of a literal or a global: like `signature_type`, with lengths known exactly."""
    if type(value) is int:
        return Number(INT.dtype, True, length=value if value >= 0 else None)
    if isinstance(value, np.ndarray) and not isinstance(value, unlike_arrays()):
        return Array(value.dtype, value.shape, bool(value.flags.c_contiguous))
    return signature_type(value)


def join(a: Type, b: Type) -> Type:
    """The smallest type that covers both: what a variable assigned on two paths holds."""
    if a == b:
        return a
    if a == UNDEFINED:
        return b
    if b == UNDEFINED:
        return a
    if isinstance(a, Number) and isinstance(b, Number):
        weak = a.weak if a.weak == b.weak else None
        dtype = a.dtype
        if a.dtype != b.dtype:
            dtype = None
            if a.dtype is not None and b.dtype is not None and "c" not in (a.dtype.kind, b.dtype.kind):
                # `acc = 0` that becomes a float: treated as the float it will be
                wider = np.promote_types(a.dtype, b.dtype)
                if wider in (a.dtype, b.dtype) and (a.weak or b.weak):
                    dtype = wider
        return Number(dtype, weak, a.length if a.length == b.length else None)
    if isinstance(a, Array) and isinstance(b, Array) and not (a.loose or b.loose):
        shape = None
        if a.shape is not None and b.shape is not None and len(a.shape) == len(b.shape):
            shape = tuple(x if x == y else _join_dim(x, y) for x, y in zip(a.shape, b.shape))
        return Array(a.dtype if a.dtype == b.dtype else None, shape, a.contiguous and b.contiguous)
    if rank(a) == rank(b) == 0:
        as_numbers = (Number(t.dtype, getattr(t, "weak", False)) for t in (a, b))  # type: ignore[attr-defined]
        return Array(join(*as_numbers).dtype, (), loose=True)  # type: ignore[attr-defined]
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items) and a.cls == b.cls:
        return Tuple(tuple(map(join, a.items, b.items)), a.cls)
    if isinstance(a, List) and isinstance(b, List):
        if a.items is not None and b.items is not None and len(a.items) == len(b.items):
            return List(tuple(map(join, a.items, b.items)))
        return List(None, join_lists(a, b))
    if isinstance(a, Dict) and isinstance(b, Dict):
        if a.keys is not None and a.keys == b.keys:
            return Dict(a.keys, tuple(map(join, a.values, b.values)))
        return Dict(None, (), join_all((*a.values, *b.values)) if a.keys and b.keys else UNKNOWN)
    if isinstance(a, Tape) and isinstance(b, Tape):
        return Tape(UNKNOWN if UNKNOWN in (a.item, b.item) else join(a.item, b.item))
    return UNKNOWN


def join_lists(a: List, b: List) -> Type:
    """The item type of a list that is `a` on one path and `b` on another; empty lists add none."""
    items = [t.element for t in (a, b) if t.items != ()]
    return join_all(items) if items else UNDEFINED


def join_all(types: tuple[Type, ...] | list[Type]) -> Type:
    result: Type = UNDEFINED
    for t in types:
        result = join(result, t)
    return result


def _join_dim(a: Length, b: Length) -> Dim:
    return fresh_dim(surely_not_one(a) and surely_not_one(b))


def same_form(a: Type, b: Type) -> bool:
    """Equal up to the names of symbols: the fix-point test of loops."""
    if isinstance(a, Array) and isinstance(b, Array):
        if (a.shape is None) != (b.shape is None) or a.dtype != b.dtype or a.loose != b.loose:
            return False
        return a.shape is None or len(a.shape) == len(b.shape)
    return a == b


def rank(t: Type) -> int | None:
    """Number of axes; None when unknown or not a number or array."""
    if isinstance(t, Number):
        return 0
    if isinstance(t, Array) and t.shape is not None:
        return len(t.shape)
    return None


def dtype_of(t: Type) -> np.dtype | None:
    return t.dtype if isinstance(t, (Number, Array)) else None


def in_words(t: Type) -> str:
    """A type as a message says it to somebody who knows Python and not the compiler."""
    if isinstance(t, Array):
        axes = rank(t)
        if t.loose:
            return "a number or an array without axes"
        kind = "a NumPy array" if t.dtype is None else f"a {t.dtype} array"
        return kind if axes is None else f"{kind} with {axes} {'axis' if axes == 1 else 'axes'}"
    if isinstance(t, Tuple):
        return f"a tuple of {len(t.items)}" if t.cls is None else f"a {t.cls.__name__}"
    if isinstance(t, Object):
        return f"a value of class {t.cls.__name__}"
    names = {Number: "a number", List: "a list", Dict: "a dict", NoneType: "None"}
    return names.get(type(t), "a value of unknown type")


def forms(t: Array) -> tuple[Type, ...]:
    """What a value may be that is loosely an array."""
    return (Number(t.dtype, True), Number(t.dtype, False), Array(t.dtype, (), True))


def is_differentiable(t: Type) -> bool:
    """Can a value of this type carry a derivative? (Unknown may. Objects may, and are refused.)"""
    if isinstance(t, Saved):
        return True
    if isinstance(t, (Number, Array)):
        return t.dtype is None or t.dtype.kind in "fcO"
    if isinstance(t, Tuple):
        return any(map(is_differentiable, t.items))
    if isinstance(t, List):
        if t.items is None:
            return t.item == UNDEFINED or is_differentiable(t.item)
        return any(map(is_differentiable, t.items))
    if isinstance(t, Dict):
        return any(map(is_differentiable, t.values)) if t.keys is not None else is_differentiable(t.value)
    if isinstance(t, Tape):
        return t.item == UNDEFINED or is_differentiable(t.item)
    return t == UNKNOWN


def of_derivative(t: Type) -> Type:
    """The type of a tangent or adjoint of a value of this type. That of an array without axes is a number: so
    no derivative of a number is an array, which `+=` would change in place."""
    if isinstance(t, Array) and t.shape == ():
        return Number(t.dtype)
    if isinstance(t, Tuple):
        return Tuple(tuple(map(of_derivative, t.items)), t.cls)
    if isinstance(t, List):
        return List(t.items and tuple(map(of_derivative, t.items)), of_derivative(t.item))
    if isinstance(t, Dict):
        return Dict(t.keys, tuple(map(of_derivative, t.values)), of_derivative(t.value))
    return Tape(of_derivative(t.item)) if isinstance(t, Tape) else t


def is_mutable(t: Type) -> bool:
    """May `x += y` or `x[i] = v` change the object that other names see?"""
    return isinstance(t, (Array, List, Dict)) or t == UNKNOWN
