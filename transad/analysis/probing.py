"""What NumPy does to dtypes, found by asking NumPy.

Promotion (NEP 50, Python numbers against scalars against arrays) is not modelled: the function is run
once on tiny dummies of the same kinds, and the answer remembered.
"""

from __future__ import annotations

import builtins
import itertools
import operator
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from transad.ir.types import (
    UNKNOWN,
    Array,
    NoneType,
    Number,
    Tuple,
    Type,
    join_all,
)

PYTHON_KINDS = {np.dtype(t): t for t in (bool, int, float, complex)}
_STAND_INS = tuple(map(np.dtype, (bool, np.int64, np.float32, np.float64, np.complex128)))
_VALUES = (1, 0.5, 2)  # tried in turn: acosh takes no 0.5, atanh takes no 1
_BUILTINS = {abs, bool, complex, divmod, float, int, max, min, pow, round}
_MODULES = {"math", "cmath", "operator", "_operator"}
_SCIPY = ("special", "linalg", "fft", "fftpack", "signal", "integrate", "ndimage", "interpolate", "stats")
_IMPURE_MODULES = (
    "numpy.random",
    "numpy.testing",
    "numpy.lib._npyio_impl",
    "numpy.lib._format_impl",
    "numpy.lib.format",
    "numpy._core.arrayprint",
    "numpy._core._ufunc_config",
    "numpy._core.memmap",
    "numpy.lib._utils_impl",
    "numpy.lib.introspect",
)
_IMPURE_NAMES = {"fromfile", "memmap", "DataSource", "test", "show_config", "setbufsize"}
_IMPURE_NAMES |= {"frompyfunc", "vectorize"}  # would call user functions
_POWERS = {operator.pow, operator.ipow, builtins.pow}

Kind = tuple[Any, Any]  # (dtype, how the value is held)
OBJECT = np.dtype(object)


@lru_cache(maxsize=4096)
def may_run(fn: Any) -> bool:
    """May the compiler call this function on dummies? Only pure ones of Python, NumPy and SciPy."""
    if isinstance(fn, np.ufunc):
        return any(getattr(m, fn.__name__, None) is fn for m in (np, sys.modules.get("scipy.special")))
    if fn in _BUILTINS:
        return True
    owner = getattr(fn, "__self__", None)
    if isinstance(owner, np.ufunc):
        return may_run(owner)
    if owner is not None and not isinstance(owner, ModuleType):
        return False
    if getattr(fn, "__objclass__", None) in (np.ndarray, np.generic):
        return True
    module = getattr(fn, "__module__", None) or ""
    if module in _MODULES:
        return True
    if module.startswith(_IMPURE_MODULES) or getattr(fn, "__name__", "") in _IMPURE_NAMES:
        return False
    if module == "transad.runtime":
        return True
    top, _, rest = module.partition(".")
    return top == "numpy" or (top == "scipy" and rest.startswith(_SCIPY))


def quietly(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Run without warnings, neither Python's nor NumPy's."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args, **keywords)


def kind_of(t: Type) -> Kind | None:
    """How a dummy of this type is made; None when no dummy can be."""
    if isinstance(t, Number):
        form = "python" if t.weak else "scalar" if t.weak is False else "number"
        return (t.dtype, form)
    if isinstance(t, Array):
        return (t.dtype, "array0" if t.shape == () else "array")
    return (None, "none") if isinstance(t, NoneType) else None


@lru_cache(maxsize=16384)
def probe(fn: Any, kinds: tuple[Kind, ...], keywords: tuple[tuple[str, Any], ...] = ()) -> Type:
    """The type `fn` returns for operands of these kinds; arrays without their shape.

    A dtype or form that is not known stands for all it may be; what all agree on is the answer.
    """
    if not may_run(fn) or any(dtype == OBJECT for dtype, _ in kinds if dtype is not None):
        return UNKNOWN
    results = [
        result
        for choice in itertools.product(*map(_alternatives, kinds))
        if (result := _run(fn, choice, dict(keywords))) is not None
    ]
    return join_all([UNKNOWN] if not results else _agreeing(results))


def probe_dtype(fn: Any, *kinds: Kind, keywords: tuple[tuple[str, Any], ...] = ()) -> np.dtype | None:
    """The dtype of what `fn` returns, whether a number or an array."""
    result = probe(fn, kinds, keywords)
    return result.dtype if isinstance(result, (Number, Array)) else None


def power_kinds(fn: Any, kinds: list[Kind], exponent: Any) -> None:
    """Powers are the functions whose result type hangs on a value, that of a Python number exponent.

    An int to a negative power is a float; NumPy squares an array of bool to int8, not int64.
    """
    if fn not in _POWERS or len(kinds) < 2 or kinds[1][1] != "python":
        return
    dtype, _ = kinds[1]
    value = getattr(exponent, "value", None)
    if value is not None:
        kinds[1] = (dtype, ("exactly", value))
    elif dtype is None or dtype.kind == "i":
        kinds[1] = (dtype, "exponent")


def _agreeing(results: list[Type]) -> list[Type]:
    """Blur numbers of different dtypes: `join` would take int for a float to be, as in `acc = 0`."""
    numbers = [r for r in results if isinstance(r, Number)]
    if len(numbers) == len(results) and len({r.dtype for r in numbers}) > 1:
        weak = numbers[0].weak if len({r.weak for r in numbers}) == 1 else None
        return [Number(None, weak)]
    return results


def _alternatives(kind: Kind) -> Iterator[Kind]:
    dtype, form = kind
    if form == "none":
        return iter([kind])
    dtypes = _STAND_INS if dtype is None else (dtype,)
    forms: tuple[Any, ...] = (form,)
    if form == "number":
        forms = ("python", "scalar")
    elif form == "exponent":
        forms = tuple(("exactly", value) for value in (1, -1, 2))
    return ((d, f) for d in dtypes for f in forms if f != "python" or d in PYTHON_KINDS)


def _run(fn: Any, kinds: tuple[Kind, ...], keywords: dict[str, Any]) -> Type | None:
    for value in _VALUES:
        try:
            return describe(quietly(fn, *(_dummy(kind, value) for kind in kinds), **keywords))
        except Exception:  # noqa: BLE001, S112 - outside its domain, perhaps
            continue
    return None


def _dummy(kind: Kind, value: float) -> Any:
    dtype, form = kind
    if form == "none":
        return None
    if isinstance(form, tuple):
        return form[1]
    if form == "python":
        return PYTHON_KINDS[dtype](value)
    array = np.ones(() if form in ("scalar", "array0") else 1, dtype)
    if dtype.kind in "fc":
        array *= value
    return array[()] if form == "scalar" else array


def describe(result: Any) -> Type:
    """The type of a probe's result, without lengths: arrays of rank 0 keep that, others forget."""
    if isinstance(result, np.ndarray):
        return Array(result.dtype, () if result.ndim == 0 else None)
    if isinstance(result, np.generic):
        return Number(result.dtype, False)
    if type(result) in (bool, int, float, complex):
        return Number(np.dtype(type(result)), True)
    if isinstance(result, tuple):
        cls = type(result)
        return Tuple(tuple(map(describe, result)), None if cls is tuple else cls)
    return UNKNOWN
