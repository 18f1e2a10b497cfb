"""The arguments of a call: their names, the keys that code is looked up by, what is refused at once.

A derivative takes the arguments of the function it was made from; a pushforward takes the tangents after
them, a pullback the adjoint of the result. Since derivatives are differentiated too, all three questions
are answered from the innermost function outwards.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.errors import AliasingError, ArgumentError
from transad.ir import types as ty
from transad.rules import registry

Given = list[tuple[str, str, Any]]  # name, "positional" or "keyword", value

PLAIN = frozenset(
    {float, int, bool, complex, type(None), np.float64, np.float32, np.float16, np.complex128, np.complex64}
    | {np.bool_, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8}
)  # classes whose values the code does not depend on


# ---- names ----------------------------------------------------------------------------------------


def named(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
    """The arguments of a call of `function`, each with the name it has in the derivative.

    Raises the `TypeError` that the call itself would raise if they do not fit.
    """
    positional = _positional(function, args, kwargs)
    taken = set(kwargs)
    given: Given = []
    for name, value in positional:
        while name in taken:
            name += "_"
        taken.add(name)
        given.append((name, "positional", value))
    for name in kwargs:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ArgumentError(f"{name!r} cannot be the name of a parameter", "pass it in a dict")
    return [*given, *((k, "keyword", v) for k, v in kwargs.items())]


def _positional(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    if not hasattr(function, "_transad_kind"):
        return _bound(function, args, kwargs)
    count = extra_count(function)
    if count > len(args):
        what = "the adjoint of the result" if function._transad_kind == "pullback" else f"{count} tangents"
        raise TypeError(f"{function.__name__}() misses {what}: the last of its positional arguments")
    split = len(args) - count
    own = _positional(function._transad_function, args[:split], kwargs)
    if function._transad_kind == "pullback":
        return [*own, ("y_bar", args[-1])]
    names = parameter_names(function._transad_function)
    wrt = function._transad_options["wrt"]
    wanted = wrt if isinstance(wrt, tuple) else (wrt,)
    return [*own, *((f"{_name(w, names, own)}_dot", dot) for w, dot in zip(wanted[:count], args[split:]))]


def _name(w: Any, names: list[str], own: list[tuple[str, Any]]) -> str:
    if isinstance(w, str):
        return w
    if 0 <= w < len(own) or w < 0 and -w <= len(own):
        return own[w][0]
    return names[w] if 0 <= w < len(names) else "x"


def extra_count(derivative: Any) -> int:
    """How many arguments a derivative takes after those of its function."""
    if derivative._transad_kind == "pullback":
        return 1
    if derivative._transad_kind != "pushforward":
        return 0
    wrt = derivative._transad_options["wrt"]
    return len(wrt) if isinstance(wrt, tuple) else 1


def _bound(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    signature = signature_of(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{getattr(function, '__name__', function)}() {error}") from None
    parameters = signature.parameters.values()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    names += [f"{rest}_{k}" for k in range(len(args) - len(names))]
    return list(zip(names, args))


def signature_of(function: Any) -> inspect.Signature:
    """The parameters of a function; for one with a rule, those that the rule supports."""
    p = inspect.Parameter
    primitive = registry.lookup(function)
    if primitive is not None and primitive.params:
        freely = [
            q.replace(kind=p.POSITIONAL_OR_KEYWORD) if q.kind is p.KEYWORD_ONLY else q
            for q in primitive.params
        ]
        return inspect.Signature(freely)
    try:
        return inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return inspect.Signature([p("args", p.VAR_POSITIONAL), p("kwargs", p.VAR_KEYWORD)])


def parameter_names(function: Any) -> list[str]:
    """The names that `wrt` may say."""
    if hasattr(function, "_transad_kind"):
        return parameter_names(function._transad_function)
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in signature_of(function).parameters.values() if p.kind not in kinds]


def of_unknown_type(function: Any) -> list[ty.Type]:
    """Types for the parameters that must be given, from their annotations: for source without a call."""
    if hasattr(function, "_transad_kind"):
        return [*of_unknown_type(function._transad_function), *[ty.UNKNOWN] * extra_count(function)]
    parameters = signature_of(function).parameters.values()
    must = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return [_annotated(p.annotation) for p in must]


def _annotated(annotation: Any) -> ty.Type:
    """The type an annotation promises."""
    names = {"float": ty.FLOAT, "int": ty.INT, "bool": ty.BOOL, "complex": ty.COMPLEX}
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if name in names:
        return names[name]
    return ty.Array(None, None) if name.rpartition(".")[2] == "ndarray" else ty.UNKNOWN


# ---- what is refused at once ----------------------------------------------------------------------


def check_wrt(function: Any, wrt: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse an argument that is named twice, and integers inside of containers to be differentiated: they
    would need a gradient, and have none."""
    names = parameter_names(function)
    seen = set()
    for w in wrt if isinstance(wrt, tuple) else (wrt,):
        if isinstance(w, str) and w not in kwargs and w in names:
            w = names.index(w)
        elif isinstance(w, int) and w < 0:
            w += len(args)
        elif isinstance(w, int) and len(args) <= w < len(names):
            w = names[w]
        if w in seen:
            raise ArgumentError(f"wrt={wrt!r} names an argument twice", "name each argument once")
        seen.add(w)
        value = kwargs.get(w) if isinstance(w, str) else args[w] if 0 <= w < len(args) else None
        place = integer_in(value) if isinstance(value, (tuple, list, dict)) else None
        if place is not None:
            name = w if isinstance(w, str) else names[w] if w < len(names) else f"number {w}"
            raise ArgumentError(
                f"argument {name} has an integer at {name}{place}, and derivatives by integers do not exist",
                "make it a float (1.0, not 1; x.astype(float)), or pass it as an argument of its own",
            )


def integer_in(value: Any) -> str | None:
    """Where the first integer in a nested structure is, as Python would write it."""
    if isinstance(value, (tuple, list, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            place = integer_in(item)
            if place is not None:
                return f"[{key!r}]{place}"
        return None
    integers = (
        isinstance(value, (int, np.integer, np.bool_))
        or isinstance(value, np.ndarray)
        and value.dtype.kind in "biu"
    )
    return "" if integers else None


def refuse_shared(values: Any) -> None:
    """Two arguments in the same memory, one of which the function overwrites."""
    arrays = _arrays(values)
    for k, a in enumerate(arrays):
        for b in arrays[:k]:
            if np.may_share_memory(a, b) and _share(a, b):
                raise AliasingError(
                    "two arguments share memory, and the function writes to one of them",
                    "pass a .copy() of one",
                )


def _share(a: np.ndarray, b: np.ndarray) -> bool:
    try:
        return np.shares_memory(a, b, max_work=10_000)
    except RuntimeError:  # too hard to tell
        return True


def layouts(values: Any) -> tuple[bool, ...]:
    """Which of the arrays are contiguous: a reshape of those is a view."""
    return tuple(bool(a.flags.c_contiguous) for a in _arrays(values))


def _arrays(values: Any) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    for v in values:
        if isinstance(v, np.ndarray):
            found.append(v)
        elif isinstance(v, (tuple, list)):
            found += _arrays(v)
        elif isinstance(v, dict):
            found += _arrays(v.values())
    return found


# ---- objects --------------------------------------------------------------------------------------


def is_open(value: Any) -> bool:
    """Is a value an object that is nothing but its attributes, of a class written in Python? (A type given
    in place of an argument is none, nor is an array of another library.)"""
    cls = type(value)
    plain = cls.__flags__ & 1 << 9 and hasattr(value, "__dict__") and cls.__new__ is object.__new__
    other = isinstance(value, (type, ty.Type)) or inspect.isroutine(value) or hasattr(value, "_transad_kind")
    other = other or hasattr(cls, "__array_ufunc__")
    return bool(plain) and not other and not issubclass(cls, BaseException) and "__slots__" not in vars(cls)


def holds_object(value: Any) -> bool:
    cls = value.__class__
    if cls is np.ndarray or cls in PLAIN:
        return False
    if isinstance(value, (tuple, list)):
        return any(map(holds_object, value))
    if isinstance(value, dict):
        return any(map(holds_object, value.values()))
    return is_open(value)


def opened(function: Any, wrt: Any, given: Given) -> set[str]:
    """The names of the arguments that are differentiated, or are tangents: objects among them are taken
    apart."""
    names = [name for name, how, _ in given if how == "positional"]
    found = {name for name in names if name not in parameter_names(function)}
    while True:
        for w in wrt if isinstance(wrt, (tuple, list)) else (wrt,):
            if isinstance(w, str):
                found.add(w)
            elif -len(names) <= w < len(names):
                found.add(names[w])
        if not hasattr(function, "_transad_kind"):
            return found
        function, wrt = function._transad_function, function._transad_options["wrt"]


# ---- keys -----------------------------------------------------------------------------------------


class Same:
    """A key for a value that cannot be hashed: itself and nothing else."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def shape_key(value: Any) -> Any:
    """What compiled code is looked up by first: types, dtypes and shapes as they are."""
    cls = value.__class__
    if cls is np.ndarray:
        return value.dtype, value.shape
    return cls if cls in PLAIN else _structure(value, shape_key)


def type_keys(
    args: tuple[Any, ...], kwargs: dict[str, Any], taken_apart: set[int | str] | frozenset = frozenset()
) -> Any:
    """What compiled code depends on: of shapes, which axes have length 1, and which lengths agree; of objects
    that are `taken_apart`, their attributes."""
    lengths: dict[int, int] = {}

    def key(value: Any) -> Any:
        cls = value.__class__
        if cls is np.ndarray or cls not in PLAIN and ty.is_duck_array(value):
            axes = tuple(1 if n == 1 else -1 - lengths.setdefault(n, len(lengths)) for n in value.shape)
            return (value.dtype, axes) if cls is np.ndarray else (cls, value.dtype, axes)
        return cls if cls in PLAIN else _structure(value, key)

    def inner(value: Any) -> Any:
        if is_open(value):
            return type(value), tuple((k, inner(v)) for k, v in vars(value).items())
        return _structure(value, inner) if isinstance(value, (tuple, list, dict)) else key(value)

    given = [*enumerate(args), *kwargs.items()]
    return tuple((k, inner(v) if k in taken_apart else key(v)) for k, v in given)


def exact_key(values: Any) -> Any:
    """All lengths and integers, for code that holds for those alone."""
    if isinstance(values, np.ndarray) or ty.is_duck_array(values):
        return values.shape
    if isinstance(values, (list, tuple, dict)):
        return tuple(map(exact_key, values.values() if isinstance(values, dict) else values))
    return values if type(values) in (int, bool) else None


def _structure(value: Any, key: Callable[[Any], Any]) -> Any:
    cls = type(value)
    if isinstance(value, (tuple, list)):
        kinds = set(map(type, value))
        if len(kinds) == 1 and kinds <= PLAIN:  # the usual list of numbers
            return cls, *kinds, len(value)
        return cls, tuple(map(key, value))
    if isinstance(value, dict):
        return cls, tuple((k.__class__, k, key(v)) for k, v in value.items())
    if isinstance(value, np.ndarray) or ty.is_duck_array(value):
        return cls, value.dtype, value.shape
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return cls
    if isinstance(value, slice):
        return cls, *((p.__class__, p) for p in (value.start, value.stop, value.step))
    if isinstance(value, set):
        return cls, frozenset(value)
    try:
        hash(value)
    except TypeError:
        return cls, Same(value)
    return cls, value
