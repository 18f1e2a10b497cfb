"""The callable that transad's operators return.

A derivative does its work on the first call for each signature of the arguments. Dispatch is a look-up
by the types, dtypes and shapes of the arguments; shapes not seen before are reduced to what the code
depends on (rank, axes of length 1, which lengths agree), so that new sizes do not compile again.
"""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import Any, Callable, NamedTuple

import numpy as np

from transad.compiler import Compiled, compile_derivative
from transad.errors import AliasingError, ArgumentError, UnsupportedError
from transad.ir import types as ty
from transad.rules import registry

_PLAIN = frozenset({float, int, bool, complex, type(None)})
_MOST_SHAPES = 4096  # entries of the look-up by concrete shape


class CacheInfo(NamedTuple):
    specializations: int
    shapes: int


class Derivative:
    """A derivative of `primal`: callable, with its source.

    `kind` is the operator that made it. Attributes: `primal`, the function differentiated; `source`, the
    Python source of the code that ran last (before any call: for unknown types); `ir`, its Wengert list.
    """

    def __init__(self, kind: str, primal: Callable[..., Any], options: dict[str, Any], settings: dict[str, Any] | None = None):
        self._transad_kind = kind
        self._transad_function = primal
        self._transad_options = options
        self.settings = settings or {}
        if self.settings.get("jit") is not None:
            raise UnsupportedError("jit= is not there yet", "leave it out: the derivative runs as NumPy code")
        self._by_shape: dict[Any, Compiled] = {}
        self._by_type: dict[Any, Compiled] = {}
        self._last: Compiled | None = None
        self._signature = _signature(primal)
        try:
            functools.update_wrapper(self, primal, updated=())
        except (AttributeError, TypeError):
            pass
        base = getattr(primal, "__name__", None) or type(primal).__name__
        if isinstance(primal, functools.partial):
            base = getattr(primal.func, "__name__", "partial")
        self.__name__ = f"{base if base.isidentifier() else 'f'}_{_SUFFIXES.get(kind, kind)}"

    @property
    def primal(self) -> Callable[..., Any]:
        """The function that was differentiated."""
        return self._transad_function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            key = []
            for a in args:
                cls = a.__class__
                if cls is np.ndarray:
                    key.append((a.dtype, a.shape))
                elif cls in _PLAIN:
                    key.append(cls)
                else:
                    return self._call(args, kwargs)
            compiled = self._by_shape.get(tuple(key))
            if compiled is not None:
                for namespace, name, value in compiled.checks:
                    if type(namespace) is not dict or namespace.get(name) is not value:
                        break
                else:
                    if not compiled.guards.containers and not compiled.guards.attributes and not compiled.written:
                        return compiled.run(*args)
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        compiled = self._compiled(args, kwargs)
        if compiled.written:
            _refuse_shared([*args, *kwargs.values()])
        return compiled.run(*args, **kwargs)

    def _compiled(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Compiled:
        """The code for these arguments, made if it is not there or is out of date."""
        key = (tuple(map(_shape_key, args)), tuple((k, _shape_key(v)) for k, v in kwargs.items()))
        fast = key[0] if not kwargs else key
        compiled = self._by_shape.get(fast)
        if compiled is None or not compiled.valid():
            lengths: dict[int, int] = {}
            general = (
                tuple(_type_key(a, lengths) for a in args),
                tuple((k, _type_key(v, lengths)) for k, v in kwargs.items()),
            )
            compiled = self._by_type.get(general)
            if compiled is None or not compiled.valid():
                compiled = self._by_type[general] = self._compile(args, kwargs)
            if len(self._by_shape) >= _MOST_SHAPES:
                self._by_shape.clear()
            self._by_shape[fast] = compiled
        self._last = compiled
        return compiled

    def _compile(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Compiled:
        given = _given(self._transad_kind, self._transad_options, self._signature, args, kwargs, self.primal)
        return compile_derivative(
            self._transad_kind, self.primal, self._transad_options, self.__name__, given, self.settings.get("optimize")
        )

    # -- inspection

    def specialize(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The compiled function for arguments like these, without dispatch and checks."""
        return self._compiled(args, kwargs).run

    def _shown(self) -> Compiled:
        if self._last is None:
            names = [p.name for p in self._signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
            annotations = [_annotated(self._signature.parameters[n].annotation) for n in names]
            extra = []
            wrt = self._transad_options.get("wrt", 0)
            if self._transad_kind == "pushforward":
                count = len(wrt) if isinstance(wrt, tuple) else 1
                extra = [ty.UNKNOWN] * count
            elif self._transad_kind == "pullback":
                extra = [ty.UNKNOWN]
            return self._compile((*annotations, *extra), {})
        return self._last

    @property
    def source(self) -> str:
        """The Python source of the derivative: of the code that ran last, or for unknown types."""
        return self._shown().module.text

    @property
    def ir(self) -> str:
        """The Wengert list of the derivative, as text."""
        return self._shown().ir

    def show(self) -> None:
        """Print the source."""
        print(self.source)

    def save(self, path: str | Path) -> None:
        """Write the source as a module that runs without transad.

        Raises `UnsupportedError` if the code uses an object of yours that no import can bring back.
        """
        from transad.backend.standalone import standalone

        Path(path).write_text(standalone(self._shown().module), encoding="utf-8")

    def cache_info(self) -> CacheInfo:
        """How many signatures were compiled, and how many shapes they have served."""
        return CacheInfo(len(self._by_type), len(self._by_shape))

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        bound = self.primal.__get__(instance, owner)
        return Derivative(self._transad_kind, bound, self._transad_options, self.settings)

    def __repr__(self) -> str:
        return f"<transad {self._transad_kind} of {getattr(self.primal, '__qualname__', self.primal)!s}>"


_SUFFIXES = {"derivative": "derivative", "pushforward": "jvp", "pullback": "vjp"}


def _signature(fn: Any) -> inspect.Signature:
    primitive = registry.lookup(fn)
    if primitive is not None and primitive.params:
        return inspect.Signature([p.replace(kind=p.POSITIONAL_OR_KEYWORD) if p.kind is p.KEYWORD_ONLY else p for p in primitive.params])
    try:
        if hasattr(fn, "_transad_kind"):
            return fn._signature
        return inspect.signature(fn, follow_wrapped=False)
    except (TypeError, ValueError):
        p = inspect.Parameter
        return inspect.Signature([p("args", p.VAR_POSITIONAL), p("kwargs", p.VAR_KEYWORD)])


def _given(kind: str, options: dict, signature: inspect.Signature, args: tuple, kwargs: dict, primal: Any) -> list[tuple[str, str, Any]]:
    """The arguments of a call, each with the name of its parameter and how it is passed."""
    wrt = options.get("wrt", 0)
    extra: list[tuple[str, str, Any]] = []
    own = list(args)
    if kind == "pushforward":
        count = len(wrt) if isinstance(wrt, (tuple, list)) else 1
        own, dots = list(args[: len(args) - count]), list(args[len(args) - count :])
        for w, dot in zip(wrt if isinstance(wrt, (tuple, list)) else [wrt], dots):
            extra.append((f"{_name(signature, w)}_dot", "positional", dot))
    elif kind == "pullback":
        own, y_bar = list(args[:-1]), args[-1] if args else None
        extra.append(("y_bar", "positional", y_bar))
    elif hasattr(primal, "_transad_kind"):
        inner = _given(primal._transad_kind, primal._transad_options, primal._signature, tuple(own), kwargs, primal.primal)
        return inner
    _bind(signature, own, kwargs, primal)
    named: list[tuple[str, str, Any]] = []
    positional = [p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_POSITIONAL), "x")
    for k, value in enumerate(own):
        name = positional[k].name if k < len(positional) else f"{rest}_{k - len(positional)}"
        named.append((name, "positional", value))
    taken = {n for n, _, _ in named}
    extra = [(n if n not in taken else n + "_", how, v) for n, how, v in extra]
    return [*named, *extra, *((k, "keyword", v) for k, v in kwargs.items())]


def _bind(signature: inspect.Signature, args: list, kwargs: dict, primal: Any) -> None:
    """Raise the TypeError that calling the primal would raise."""
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{getattr(primal, '__name__', primal)}() {error}") from None


def _name(signature: inspect.Signature, w: Any) -> str:
    names = list(signature.parameters)
    return w if isinstance(w, str) else names[w] if w < len(names) else "x"


def _shape_key(value: Any) -> Any:
    """What a look-up by concrete shapes goes by."""
    cls = type(value)
    if cls is np.ndarray:
        return (value.dtype, value.shape)
    if cls in _PLAIN:
        return cls
    return _structure(value, _shape_key)


def _type_key(value: Any, lengths: dict[int, int]) -> Any:
    """What the code depends on: axes of length 1, and which other lengths agree."""
    if type(value) is np.ndarray:
        pattern = tuple(1 if n == 1 else -1 - lengths.setdefault(n, len(lengths)) for n in value.shape)
        return (value.dtype, pattern)
    if type(value) in _PLAIN:
        return type(value)
    return _structure(value, lambda v: _type_key(v, lengths))


def _structure(value: Any, key: Callable[[Any], Any]) -> Any:
    if isinstance(value, (tuple, list)):
        return (type(value), tuple(map(key, value)))
    if isinstance(value, dict):
        return (type(value), tuple((k, key(v)) for k, v in value.items()))
    if isinstance(value, np.generic):
        return type(value)
    if isinstance(value, np.ndarray):
        return (type(value), value.dtype, value.shape)
    try:
        hash(value)
        return (type(value), value)
    except TypeError:
        return (type(value), id(value))


def _refuse_shared(values: list[Any]) -> None:
    """Two arguments in the same memory, one of which the function overwrites."""
    arrays = [a for a in _arrays(values)]
    for k, a in enumerate(arrays):
        for b in arrays[:k]:
            if np.may_share_memory(a, b):
                raise AliasingError(
                    "two arguments share memory, and the function writes to one of them", "pass a .copy() of one"
                )


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


def _annotated(annotation: Any) -> ty.Type:
    """The type an annotation promises."""
    names = {"float": ty.FLOAT, "int": ty.INT, "bool": ty.BOOL, "complex": ty.COMPLEX}
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if name in names:
        return names[name]
    if name in ("np.ndarray", "numpy.ndarray", "ndarray"):
        return ty.Array(None, None)
    return ty.UNKNOWN


__all__ = ["ArgumentError", "CacheInfo", "Derivative"]
