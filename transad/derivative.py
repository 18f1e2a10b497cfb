"""The callable that transad's operators return.

A derivative does its work on the first call for each signature of the arguments. A call looks the code up
by the types, dtypes and shapes of the arguments, and asks whether everything outside the function that the
code was built on is still the same. Shapes not seen before are reduced to what the code depends on (rank,
axes of length 1, which lengths agree), so that new sizes do not compile again.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from numpy import ndarray

from transad.arguments import (
    PLAIN,
    check_wrt,
    exact_key,
    extra_count,
    holds_object,
    layouts,
    named,
    of_unknown_type,
    opened,
    refuse_shared,
    shape_key,
    type_keys,
)
from transad.backend.targets.numba import reason_for
from transad.compiler import Compiled, Request, compile_derivative
from transad.errors import ArgumentError, NotCompiledWarning, TransadError, UnsupportedError

_MOST = 4096  # entries of the look-up tables
_MOST_BOUND = 32  # instances whose methods' derivatives are kept
_SUFFIXES = {"pushforward": "jvp", "pullback": "vjp"}


class CacheInfo(NamedTuple):
    """`misses`: signatures that had to be compiled; `loaded`: those among them that an earlier process had
    left on disk; `signatures` and `shapes`: what can be looked up now."""

    misses: int
    loaded: int
    signatures: int
    shapes: int


class Derivative:
    """A derivative of `primal`: a function that has its source.

    Made by transad's operators. Called like `primal` (a pushforward takes the tangents as further
    positional arguments, a pullback the adjoint of the result). Integers stay what they are, arrays may be
    of any shape; nothing that is passed is changed. Raises a `TransadError` on the first call with
    arguments of a kind if the function cannot be differentiated.
    """

    def __init__(
        self,
        kind: str,
        primal: Callable[..., Any],
        options: dict[str, Any],
        settings: dict[str, Any] | None = None,
    ):
        self._transad_kind = kind
        self._transad_function = primal
        self._transad_options = options
        self._settings = settings or {}
        self._by_shape: dict[Any, Compiled] = {}
        self._by_type: dict[Any, Compiled] = {}
        self._by_instance: dict[int, Derivative] = {}
        self._last: Compiled | None = None
        self._uncalled: Compiled | None = None
        self._plain: Derivative | None = None  # without a compiler
        self._misses = self._loaded = 0
        functools.update_wrapper(self, primal, updated=())
        self.__name__ = f"{_base_name(primal)}_{_SUFFIXES.get(kind, kind)}"
        level, jit = self._settings.get("optimize", "exact"), self._settings.get("jit")
        parallel = bool(self._settings.get("parallel"))
        self._request = Request(kind, primal, options, self.__name__, level, jit, parallel)

    @property
    def primal(self) -> Callable[..., Any]:
        """The function that was differentiated."""
        return self._transad_function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        compiled = None
        if kwargs:
            key = (*map(shape_key, args), *[(k, shape_key(v)) for k, v in kwargs.items()])
        else:  # `shape_key` written out, numbers alone first: looking up takes less than a function call each
            key = tuple(map(type, args))
            compiled = self._by_shape.get(key)
            if compiled is None:
                parts = []
                for a in args:
                    cls = type(a)
                    part = (a.dtype, a.shape) if cls is ndarray else cls if cls in PLAIN else shape_key(a)
                    parts.append(part)
                key = tuple(parts)
        if compiled is None:
            compiled = self._by_shape.get(key)
        if compiled is not None and compiled.layout is not None:
            layout = layouts((*args, *kwargs.values()))
            if layout != compiled.layout:
                key = key, layout
                compiled = self._by_shape.get(key)
        if compiled is None or not (compiled.identical() or compiled.guards.hold()):
            compiled = self._compiled(args, kwargs)
            if not compiled.exact and not compiled.opened:
                _put(self._by_shape, key, compiled)
        if compiled.written:
            refuse_shared((*args[: len(args) - extra_count(self)], *kwargs.values()))
        self._last = compiled
        try:
            return compiled.run(*args, **kwargs) if kwargs else compiled.run(*args)
        except Exception as error:
            if compiled.jit is None:
                raise
            reason = error
        return self._run_as_numpy_code(reason, key, args, kwargs)

    def _run_as_numpy_code(
        self, reason: Exception, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What compiled code refused: arguments of another layout that it cannot be compiled for, arrays that
        it took to be of equal lengths. If NumPy code raises as well, that is the error."""
        plain = self._plain
        if plain is None:
            settings = {k: v for k, v in self._settings.items() if k not in ("jit", "parallel")}
            plain = self._plain = Derivative(self._transad_kind, self.primal, self._transad_options, settings)
        result = plain(*args, **kwargs)
        warnings.warn(NotCompiledWarning(f"{reason_for(reason)}\nit runs as NumPy code"), stacklevel=3)
        compiled = plain._last
        if compiled is not None and not compiled.exact and not compiled.opened and compiled.layout is None:
            _put(self._by_shape, key, compiled)
        return result

    def _compiled(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Compiled:
        """The code for these arguments, made if it is not there or is out of date."""
        apart = self._taken_apart(args, kwargs)
        plain = key = type_keys(args, kwargs, apart)
        compiled = self._by_type.get(key)
        if compiled is not None and compiled.exact:
            key = key, exact_key((args, kwargs))
            compiled = self._by_type.get(key)
        if compiled is not None and compiled.layout is not None:
            layout = layouts((*args, *kwargs.values()))
            if layout != compiled.layout:
                key = key, layout
                compiled = self._by_type.get(key)
        if compiled is None or not compiled.guards.hold():
            compiled = self._compile(args, kwargs)
            self._misses += 1
            self._loaded += compiled.loaded
            _put(self._by_type, key, compiled)
            if compiled.exact:
                _put(self._by_type, (plain, exact_key((args, kwargs))), compiled)
        return compiled

    def _taken_apart(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> set[int | str]:
        """Which arguments are objects to be differentiated, by position or name."""
        if not any(map(holds_object, args)) and not any(map(holds_object, kwargs.values())):
            return set()
        given = named(self, args, kwargs)
        names = opened(self._transad_function, self._transad_options["wrt"], given)
        return {k if how == "positional" else name for k, (name, how, _) in enumerate(given) if name in names}

    def _compile(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Compiled:
        given = named(self, args, kwargs)
        own = args[: len(args) - extra_count(self)]
        check_wrt(self._transad_function, self._transad_options["wrt"], own, kwargs)
        compiled = compile_derivative(self._request, given)
        if self._settings.get("check"):
            self._check(args, kwargs)
        return compiled

    def _check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        from transad.checking import check_grad

        function = self.primal
        if self._transad_options.get("has_aux"):
            function = functools.wraps(self.primal)(lambda *args, **kwargs: self.primal(*args, **kwargs)[0])
        check_grad(function, *args, wrt=self._transad_options["wrt"], **kwargs)

    # -- inspection

    def specialize(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The compiled function for arguments of the same types, ranks and unit axes as these.

        It is a plain function, without look-up and without checks: it does not notice when a global that
        it was built on changes, nor that its arguments are of another kind.
        """
        self._last = self._compiled(args, kwargs)
        return self._last.run

    @property
    def source(self) -> str:
        """The Python source of the derivative: what ran last; before any call, what holds for any types.

        Raises a `TransadError` where that is not enough to differentiate; call the derivative first then.
        """
        return self._shown().module.text

    @property
    def ir(self) -> str:
        """The Wengert list of the derivative, as text; of which types, as for `source`."""
        return self._shown().ir

    def show(self) -> None:
        """Print the source."""
        print(self.source)

    def save(self, path: str | Path) -> None:
        """Write the source to `path`, as a module that runs without transad.

        Numbers and small arrays that the function uses as globals are written down; functions are imported.
        Raises `UnsupportedError` for an object that no import can bring back.
        """
        from transad.backend.standalone import standalone

        text = standalone(self._shown().module, self.__name__)
        Path(path).write_text(text, encoding="utf-8")

    def cache_info(self) -> CacheInfo:
        """How often this derivative was compiled, and for how many signatures and shapes."""
        return CacheInfo(self._misses, self._loaded, len(self._by_type), len(self._by_shape))

    def _shown(self) -> Compiled:
        if self._last is not None:
            return self._last
        if self._uncalled is None or not self._uncalled.guards.hold():
            try:
                self._uncalled = self._compile(tuple(of_unknown_type(self)), {})
            except TransadError as error:
                cure = f"{error.cure}; or call the derivative first: no source holds for all types"
                raise UnsupportedError(error.reason, cure, error.loc) from error
        return self._uncalled

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: the derivative of the bound method."""
        if instance is None:
            return self
        known = self._by_instance.get(id(instance))
        if known is not None and getattr(known.primal, "__self__", None) is instance:
            return known
        bound = Derivative(
            self._transad_kind, self.primal.__get__(instance, owner), self._transad_options, self._settings
        )
        _put(self._by_instance, id(instance), bound, _MOST_BOUND)
        return bound

    def __repr__(self) -> str:
        return f"<transad {self._transad_kind} of {getattr(self.primal, '__qualname__', self.primal)!s}>"


def _put(table: dict[Any, Any], key: Any, value: Any, most: int = _MOST) -> None:
    """Remember; a table that grew beyond all use starts again."""
    if len(table) >= most:
        table.clear()
    table[key] = value


def _base_name(primal: Any) -> str:
    if isinstance(primal, functools.partial):
        return _base_name(primal.func)
    name = getattr(primal, "__name__", None) or type(primal).__name__
    return name if name.isidentifier() else "f"


__all__ = ["ArgumentError", "CacheInfo", "Derivative"]
