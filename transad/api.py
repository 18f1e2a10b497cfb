"""transad's operators on functions.

All take a Python function of numbers, arrays and containers of them, and give a function. `wrt` says
which arguments are differentiated: a position or a name for one, a tuple of them for several; the
result has the structure of the argument, or is a tuple of such. Options everywhere: `optimize=` ("exact"
or "fast-math"); `jit="numba"`, which compiles the derivative, and with it `parallel=True`; for gradients
`check=True` (compare with differences for every new kind of arguments).
"""

from __future__ import annotations

import copy
import importlib.util
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.derivative import Derivative
from transad.errors import ArgumentError, UnsupportedError
from transad.rules import registry
from transad.transforms.operators import OPERATORS

Wrt = int | str | tuple[int | str, ...]
Fn = Callable[..., Any]

_OPTIMIZE = ("exact", "fast-math")


def _make(kind: str, f: Fn | None, options: dict[str, Any], settings: dict[str, Any]) -> Any:
    if f is None:
        return lambda function: _make(kind, function, options, settings)
    if not callable(f):
        raise ArgumentError(
            f"{kind} needs a function; this is a {type(f).__name__}", "pass the function itself"
        )
    _check_settings(kind, settings)
    return Derivative(kind, f, {**options, "wrt": _checked_wrt(options["wrt"])}, settings)


def _checked_wrt(wrt: Any) -> Wrt:
    several = tuple(wrt) if isinstance(wrt, (tuple, list)) else None
    for w in (wrt,) if several is None else several:
        if isinstance(w, bool) or not isinstance(w, (int, str)):
            raise ArgumentError(
                f"wrt={wrt!r} does not name arguments",
                "use a position, a name, or a tuple of positions and names",
            )
    return wrt if several is None else several


def _check_settings(kind: str, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if name == "jit" and value not in (None, "numba"):
            raise ArgumentError(f"jit={value!r} is not a compiler", "use 'numba', or leave it out")
        if value == "numba" and importlib.util.find_spec("numba") is None:
            raise UnsupportedError("jit='numba' needs numba", "pip install 'transad[jit]'")
        if name == "mode" and value not in (None, "auto"):
            raise UnsupportedError(
                f"{kind} has no mode={value!r}",
                "use derivative or pushforward for forward mode, jacobian for a choice",
            )
        if name == "optimize" and value not in _OPTIMIZE:
            raise ArgumentError(f"optimize={value!r} is not a level", "use 'exact' or 'fast-math'")
        if name == "check" and value and kind not in ("grad", "value_and_grad"):
            raise ArgumentError(
                f"check= is not for {kind}", "use it with grad or value_and_grad, or call check_grad"
            )
        if name == "parallel" and value and not settings.get("jit"):
            raise ArgumentError("parallel= is for compiled derivatives", "add jit='numba', or leave it out")
        if name not in ("jit", "parallel", "mode", "optimize", "check"):
            raise TypeError(f"{kind}() got an unexpected keyword argument {name!r}")


def grad(f: Fn | None = None, wrt: Wrt = 0, *, has_aux: bool = False, **settings: Any) -> Any:
    """The gradient of a function with a scalar result, by reverse mode.

    Returns a `Derivative` with the parameters of `f`. Its result has the structure, shapes and dtypes of
    the argument named by `wrt` (a tuple of results for a tuple). With `has_aux` the function returns
    `(value, aux)` and the derivative `(gradient, aux)`. Usable as a decorator, with or without arguments.

    Raises `ArgumentError` when called with an integer as differentiated argument or an argument that
    does not exist, `NonScalarError` when the result is not one number.
    """
    return _make("grad", f, {"wrt": wrt, "has_aux": has_aux}, settings)


def value_and_grad(f: Fn | None = None, wrt: Wrt = 0, *, has_aux: bool = False, **settings: Any) -> Any:
    """Like `grad`, returning `(value, gradient)`; with `has_aux`, `((value, aux), gradient)`.

    Raises as `grad` does.
    """
    return _make("value_and_grad", f, {"wrt": wrt, "has_aux": has_aux}, settings)


def derivative(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The derivative of a scalar function, or entry by entry of an elementwise one, by forward mode.

    For an array argument it is the pushforward of ones: df/dx where each entry of the result depends on
    the same entry of x only. The result has the structure, shapes and dtypes of the function's; with a
    tuple `wrt`, all arguments move at once. Raises `ArgumentError` for an integer argument.
    """
    return _make("derivative", f, {"wrt": wrt}, settings)


def pushforward(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The function `(*args, *tangents) -> (y, y_dot)`: forward mode as source.

    One tangent for each argument in `wrt`, of its structure, shape and dtype, None for a constant; `y_dot`
    is like `y`. Keyword arguments go to `f`. Raises `ArgumentError` for an integer argument or a tangent
    that is not like its argument.
    """
    return _make("pushforward", f, {"wrt": wrt}, settings)


def pullback(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The function `(*args, y_bar) -> (y, x_bar)`: reverse mode as source.

    `y_bar` has the structure and shapes of `y`, `x_bar` those of the argument in `wrt` (a tuple of such for
    a tuple). Keyword arguments go to `f`. Raises `ArgumentError` for an integer argument or an adjoint that
    is not like the result.
    """
    return _make("pullback", f, {"wrt": wrt}, settings)


def jacobian(f: Fn | None = None, wrt: Wrt = 0, mode: str = "auto", **settings: Any) -> Any:
    """The Jacobian of a function whose result is a number, an array or a structure of them.

    Its shape is that of the result followed by that of the argument. Where the result or the argument is a
    structure (tuple, list, dict), so is the Jacobian: like the result outside, like the argument inside; a
    tuple where `wrt` is. `mode` is "forward" (one sweep for each entry of the argument),
    "reverse" (one for each entry of the result) or "auto" (whichever is fewer). Raises `ArgumentError` for
    an integer argument.
    """
    if mode not in ("auto", "forward", "reverse", "cross-country"):
        raise ArgumentError(f"mode={mode!r} is not a mode", "use 'auto', 'forward' or 'reverse'")
    return _make("jacobian", f, {"wrt": wrt, "mode": mode}, settings)


def hessian(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The Hessian of a function with a scalar result, forward over reverse.

    For an argument of shape s its shape is s + s: entry [i, j] is the derivative of gradient[i] with
    respect to x[j]. With a tuple `wrt`, a tuple of tuples of blocks; for a structure, a structure of
    structures of them. Raises as `grad` does.
    """
    return _make("hessian", f, {"wrt": wrt}, settings)


def jvp(f: Fn, primals: Any = None, tangents: Any = None, **kwargs: Any) -> Any:
    """`(y, y_dot)`: the value of `f(*primals, **kwargs)` and its derivative along `tangents`.

    Each tangent has the structure, shapes and dtypes of its primal; None marks an argument as constant (an
    integer or string, say). `y_dot` is like `y`. Raises `ArgumentError` if primals and tangents do not fit.

    `@jvp(f)` alone declares a derivative rule for f: the decorated function takes the result, the tangents
    (parameters called `..._dot`) and the arguments, and returns the tangent of the result.
    """
    if primals is None and tangents is None and not kwargs:
        return registry.jvp(f)
    primals, tangents = _sequence(primals, "primals"), _sequence(tangents, "tangents")
    if len(primals) != len(tangents):
        raise ArgumentError(
            f"{len(primals)} primals but {len(tangents)} tangents", "give one for each; None for a constant"
        )
    wrt = tuple(k for k, t in enumerate(tangents) if t is not None)
    push = _memo(f, "pushforward", wrt)
    return push(*primals, *(tangents[k] for k in wrt), **kwargs)


def vjp(f: Fn, *primals: Any, wrt: Wrt | None = None, **kwargs: Any) -> Any:
    """`(y, pullback)`: the value of `f(*primals, **kwargs)`, and a function from the adjoint of y (of the
    structure and shapes of y) to the adjoints of the arguments: of all primals, as a tuple, unless `wrt`
    says otherwise. The pullback may be called any number of times, and remembers the arguments as they were.

    Raises `ArgumentError` when the pullback is called if a primal it differentiates is an integer.

    `@vjp(f)` alone declares a derivative rule for f: the decorated function takes the adjoint of the
    result, the result and the arguments, and returns the adjoints of the arguments.
    """
    if not primals and not kwargs and wrt is None:
        return registry.vjp(f)
    chosen: Any = tuple(range(len(primals))) if wrt is None else wrt
    pull = _memo(f, "pullback", chosen)
    held, named = _copied(primals), _copied(kwargs)
    y = f(*_copied(primals), **_copied(kwargs))

    def apply(y_bar: Any) -> Any:
        return pull(*held, y_bar, **named)[1]

    return y, apply


def hvp(f: Fn, primals: tuple[Any, ...], tangents: tuple[Any, ...], **kwargs: Any) -> Any:
    """The Hessian of `f`, a function with a scalar result, times `tangents`; forward over reverse.

    A tangent of None marks an argument as constant. The result is like the one primal that has a tangent,
    or a tuple of such if several have. Raises as `grad` and `jvp` do.
    """
    primals, tangents = _sequence(primals, "primals"), _sequence(tangents, "tangents")
    wrt = tuple(k for k, t in enumerate(tangents) if t is not None)
    return jvp(_memo(f, "grad", wrt[0] if len(wrt) == 1 else wrt), primals, tangents, **kwargs)[1]


def stop_gradient(x: Any) -> Any:
    """`x` itself (a number, array or structure), which differentiation takes for a constant."""
    return x


def checkpoint(what: Any, slots: int | None = None) -> Any:
    """`what` itself; for reverse mode, what to run again rather than to remember.

    `for t in checkpoint(range(n), slots=k)`: of this loop the values that its body carries are kept at no
    more than `slots` places at a time, and the passes between them are run again (the binomial schedule of
    Griewank and Walther, ACM TOMS 26, 2000): each at most r + 1 times in all, where r is the least number
    with comb(slots + r, r) > n. By default about sqrt(2 n) states are kept, and r is 2. A loop that draws
    random numbers or prints, and one that is left by `break`, is refused.

    `checkpoint(f)(x)`: of this call only the arguments are kept, and `f` is run once more.
    """
    return what


def _sequence(values: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(values, (tuple, list)):
        raise ArgumentError(
            f"{name} is a {type(values).__name__}", "give a tuple with one entry for each argument"
        )
    return tuple(values)


def _memo(f: Fn, kind: str, wrt: Any) -> Derivative:
    """One derivative object for each function and operator, so that repeated calls compile once."""
    try:
        made = _made.get((f, kind, wrt))
    except TypeError:  # it cannot be hashed
        return _make(kind, f, {"wrt": wrt}, {})
    if made is None or (made.primal is not f and not inspect.ismethod(f)):  # equal is not enough
        if len(_made) > _MOST_MADE:
            _made.clear()
        made = _made[f, kind, wrt] = _make(kind, f, {"wrt": wrt}, {})
    return made


_made: dict[Any, Derivative] = {}
_MOST_MADE = 1000


def _copied(value: Any) -> Any:
    """Arrays and containers copied, so that a function which writes to its arguments does no harm."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return (
            type(value)((k, _copied(v)) for k, v in value.items())
            if type(value) is dict
            else copy.copy(value)
        )
    if type(value) in (tuple, list):
        return type(value)(map(_copied, value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_copied, value))
    return value


for _operator in (
    grad, value_and_grad, derivative, pushforward, pullback, jacobian, hessian, jvp, vjp, hvp, checkpoint,
    stop_gradient,
):  # fmt: skip
    OPERATORS[_operator] = _operator.__name__

__all__ = [
    "checkpoint", "derivative", "grad", "hessian", "hvp", "jacobian", "jvp", "pullback", "pushforward",
    "stop_gradient", "value_and_grad", "vjp",
]  # fmt: skip
