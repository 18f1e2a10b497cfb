"""transad's operators on functions.

All take a Python function of numbers, arrays and containers of them, and give a function. `wrt` says
which arguments are differentiated: a position or a name for one, a tuple of them for several; the
result has the structure of the argument, or is a tuple of such. Options everywhere: `optimize=` ("exact"
or "fast-math"), `check=` (compare with differences on the first call).
"""

from __future__ import annotations

from typing import Any, Callable, Union

from transad.derivative import Derivative
from transad.errors import ArgumentError
from transad.rules.control import stop
from transad.transforms.operators import OPERATORS

Wrt = Union[int, str, tuple[Union[int, str], ...]]
Fn = Callable[..., Any]


def _make(kind: str, f: Fn | None, options: dict[str, Any], settings: dict[str, Any]) -> Any:
    if f is None:
        return lambda function: _make(kind, function, options, settings)
    if not callable(f):
        raise ArgumentError(f"{kind} needs a function, not a {type(f).__name__}", "pass the function itself")
    if isinstance(options.get("wrt"), list):
        options = {**options, "wrt": tuple(options["wrt"])}
    return Derivative(kind, f, options, settings)


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
    """Like `grad`, returning `(value, gradient)`; with `has_aux`, `((value, aux), gradient)`."""
    return _make("value_and_grad", f, {"wrt": wrt, "has_aux": has_aux}, settings)


def derivative(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The derivative of a scalar function, or entry by entry of an elementwise one, by forward mode.

    For an array argument it is the pushforward of ones: df/dx where each entry of the result depends on
    the same entry of x only.
    """
    return _make("derivative", f, {"wrt": wrt}, settings)


def pushforward(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The function `(*args, *tangents) -> (y, y_dot)`: forward mode as source."""
    return _make("pushforward", f, {"wrt": wrt}, settings)


def pullback(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The function `(*args, y_bar) -> (y, x_bar)`: reverse mode as source."""
    return _make("pullback", f, {"wrt": wrt}, settings)


def jacobian(f: Fn | None = None, wrt: Wrt = 0, mode: str = "auto", **settings: Any) -> Any:
    """The Jacobian: its shape is the result's followed by the argument's.

    `mode` is "forward" (one sweep for each entry of the argument), "reverse" (one for each entry of the
    result) or "auto" (whichever is fewer).
    """
    if mode not in ("auto", "forward", "reverse", "cross-country"):
        raise ArgumentError(f"mode={mode!r} is not a mode", "use 'auto', 'forward' or 'reverse'")
    return _make("jacobian", f, {"wrt": wrt, "mode": mode}, settings)


def hessian(f: Fn | None = None, wrt: Wrt = 0, **settings: Any) -> Any:
    """The Hessian of a function with a scalar result, forward over reverse."""
    return _make("hessian", f, {"wrt": wrt}, settings)


def jvp(f: Fn, primals: tuple[Any, ...], tangents: tuple[Any, ...], **kwargs: Any) -> tuple[Any, Any]:
    """`(y, y_dot)`: the value of `f(*primals, **kwargs)` and its derivative along `tangents`.

    A tangent of None marks an argument as constant.
    """
    primals, tangents = tuple(primals), tuple(tangents)
    if len(primals) != len(tangents):
        raise ArgumentError(f"{len(primals)} primals but {len(tangents)} tangents", "give one for each; None for a constant")
    wrt = tuple(k for k, t in enumerate(tangents) if t is not None)
    push = _memo(f, "pushforward", wrt)
    return push(*primals, *(tangents[k] for k in wrt), **kwargs)


def vjp(f: Fn, *primals: Any, wrt: Wrt | None = None, **kwargs: Any) -> tuple[Any, Callable[[Any], Any]]:
    """`(y, pullback)`: the value of `f(*primals, **kwargs)`, and a function from the adjoint of y to the
    adjoints of the arguments (all primals, as a tuple, unless `wrt` says otherwise)."""
    chosen: Any = tuple(range(len(primals))) if wrt is None else wrt
    pull = _memo(f, "pullback", chosen)
    y = f(*_copied(primals), **_copied(kwargs))

    def apply(y_bar: Any) -> Any:
        return pull(*primals, y_bar, **kwargs)[1]

    return y, apply


def hvp(f: Fn, primals: tuple[Any, ...], tangents: tuple[Any, ...], **kwargs: Any) -> Any:
    """The Hessian of `f` (with respect to its first argument) times `tangents`, forward over reverse."""
    return jvp(_memo(f, "grad", 0), primals, tangents, **kwargs)[1]


def stop_gradient(x: Any) -> Any:
    """`x` itself, as a constant to differentiation."""
    return x


def _memo(f: Fn, kind: str, wrt: Any) -> Derivative:
    """One derivative object for each function and operator, so that repeated calls compile once."""
    key = (f, kind, wrt)
    try:
        made = _made.get(key)
    except TypeError:
        return _make(kind, f, {"wrt": wrt}, {})
    if made is None:
        if len(_made) > 1000:
            _made.clear()
        made = _made[key] = _make(kind, f, {"wrt": wrt}, {})
    return made


_made: dict[Any, Derivative] = {}


def _copied(value: Any) -> Any:
    """Containers and arrays copied, so that a function which writes to its arguments does no harm."""
    import copy

    return copy.deepcopy(value) if isinstance(value, (tuple, dict)) else value


for _operator in (grad, value_and_grad, derivative, pushforward, pullback, jacobian, hessian, jvp, vjp, hvp, stop_gradient):
    OPERATORS[_operator] = _operator.__name__

__all__ = [
    "derivative", "grad", "hessian", "hvp", "jacobian", "jvp", "pullback", "pushforward", "stop", "stop_gradient",
    "value_and_grad", "vjp",
]  # fmt: skip
