"""Checking a derivative, or a rule, against finite differences."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.errors import ArgumentError, GradientCheckError

_STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))  # fourth order, central


def check_grad(
    f: Callable[..., Any],
    *args: Any,
    wrt: Any = 0,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    step: float = 1e-4,
    **kwargs: Any,
) -> None:
    """Compare `grad(f, wrt)(*args, **kwargs)` with fourth-order central differences.

    Every entry of every float argument named by `wrt` is varied by `step` relative to max(1, |x|).
    Raises `GradientCheckError` naming the worst entry when one differs by more than
    `atol + rtol * largest entry`.
    """
    from transad.api import grad

    given = grad(f, wrt)(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    single = not isinstance(wrt, (tuple, list))
    wanted = [wrt] if single else list(wrt)
    gradients = [given] if single else list(given)
    worst: tuple[float, str] | None = None
    for w, gradient in zip(wanted, gradients):
        position = _position(f, w)
        for path, leaf in leaves(args[position] if position is not None else kwargs[w]):
            reference = _difference(f, args, kwargs, w if position is None else position, path, leaf, step)
            got = np.asarray(_follow(gradient, path))
            scale = float(np.max(np.abs(reference))) if reference.size else 0.0
            error = np.abs(got - reference)
            for index in np.ndindex(reference.shape):
                if not error[index] <= atol + rtol * scale and (
                    worst is None or not error[index] <= worst[0]
                ):
                    place = "".join(f"[{k!r}]" for k in (*path, *index))
                    worst = (
                        float(error[index]),
                        f"argument {w}{place}: {got[index]} given, {reference[index]} by differences",
                    )
    if worst is not None:
        raise GradientCheckError(
            worst[1], "check the rule of the functions it is made of, or the smoothness there"
        )


def check_rule(
    f: Callable[..., Any],
    *args: Any,
    wrt: Any = None,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    step: float = 1e-4,
    **kwargs: Any,
) -> None:
    """Compare the rule of `f`, in both modes, with fourth-order central differences of `f(*args, **kwargs)`.

    `f` may return an array of any shape, complex numbers, or a tuple of such. Every entry of every argument
    in `wrt` (positions; by default all that are made of floats) is varied by `step` relative to max(1, |x|).
    Raises `GradientCheckError` that names the mode and the worst entry when one differs by more than
    `atol + rtol * largest entry`, and `ArgumentError` when `f` has no rule.
    """
    from transad.api import pullback, pushforward
    from transad.rules import registry

    primitive = registry.lookup(f)
    if primitive is None or not primitive.rules:
        name = getattr(f, "__name__", repr(f))
        raise ArgumentError(f"{name} has no rule", "give it one, or check its derivative with check_grad")
    chosen = _differentiated(primitive, args) if wrt is None else wrt
    chosen = tuple(chosen) if isinstance(chosen, (tuple, list)) else (chosen,)
    found: list[tuple[str, Any, Any]] = []
    for number, (path, y) in enumerate(leaves(f(*copy.deepcopy(args), **copy.deepcopy(kwargs)))):
        part = _part(f, path) if path else f
        push, pull = pushforward(part, wrt=chosen), pullback(part, wrt=chosen)
        where = "".join(f"[{key!r}]" for key in path)
        found += _compared(push, pull, part, args, kwargs, chosen, _seed(y, number), where, step)
    _report(found, rtol, atol)


def _differentiated(primitive: Any, args: tuple[Any, ...]) -> tuple[int, ...]:
    """The arguments made of floats; of those of a linear rule the ones that it is for."""
    floats = tuple(k for k, x in enumerate(args) if leaves(x))
    linear, names = primitive.rules.get("linear"), [p.name for p in primitive.params]
    if linear is None or len(names) < len(args):
        return floats
    return tuple(k for k in floats if names[k] in linear.wrt)


def _part(f: Any, path: tuple[Any, ...]) -> Any:
    """One of the results of a function that returns several."""

    key, *rest = path

    def part(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)[key]

    return _part(part, tuple(rest)) if rest else part


def _compared(
    push: Any, pull: Any, f: Any, args: Any, kwargs: Any, chosen: Any, y_bar: Any, where: str, step: float
) -> list[tuple[str, Any, Any]]:
    """What both modes give for each entry of the arguments, and what differences give."""
    zeros = [_rebuilt(args[k], iter([_zero(leaf) for _, leaf in leaves(args[k])])) for k in chosen]
    _, bars = pull(*copy.deepcopy(args), y_bar, **copy.deepcopy(kwargs))
    found = []
    for n, k in enumerate(chosen):
        for path, leaf in leaves(args[k]):
            have = np.shape(_follow(bars[n], path))
            if have != np.shape(leaf):
                reason = f"the adjoint of argument {k} has the shape {have}, not {np.shape(leaf)}"
                raise GradientCheckError(reason, "let the rule return what has the argument's shape")
            for index, direction in _directions(leaf):
                slope = _slope(f, args, kwargs, k, path, direction, step)
                dots = list(zeros)
                dots[n] = _replaced(zeros[n], path, direction)
                _, y_dot = push(*copy.deepcopy(args), *dots, **copy.deepcopy(kwargs))
                place = f"argument {k}{''.join(f'[{key!r}]' for key in (*path, *index))}"
                for j in np.ndindex(np.shape(slope)):
                    to = where + "".join(f"[{i}]" for i in j)
                    row = f"forward mode, {place}{to and ', result' + to}"
                    found.append((row, np.asarray(y_dot)[j], slope[j]))
                want = np.real(np.sum(y_bar * slope))
                got = np.real(np.sum(np.asarray(_follow(bars[n], path)) * direction))
                found.append((f"reverse mode, {place}", got, want))
    return found


def _report(found: list[tuple[str, Any, Any]], rtol: float, atol: float) -> None:
    """Raise for the worst of what was found, if it is too far off."""
    scale = max((abs(want) for _, _, want in found), default=0.0)
    worst = max(found, key=lambda item: _distance(item[1], item[2]), default=None)
    if worst is not None and _distance(worst[1], worst[2]) > atol + rtol * scale:
        place, got, want = worst
        raise GradientCheckError(
            f"{place}: {got} given, {want} by differences", "check the rule, or the smoothness there"
        )


def _distance(got: Any, want: Any) -> float:
    error = abs(got - want)
    return float(error) if np.isfinite(error) else float("inf")


def _seed(leaf: Any, k: int) -> Any:
    """Weights of a result, all different."""
    numbers = np.cos(1.0 + k + np.arange(np.size(leaf))).reshape(np.shape(leaf))
    if np.iscomplexobj(leaf):
        numbers = numbers + 1j * np.sin(2.0 * numbers)
    return _like(numbers, leaf)


def _zero(leaf: Any) -> Any:
    return _like(np.zeros(np.shape(leaf)), leaf)


def _like(numbers: Any, leaf: Any) -> Any:
    """Numbers of the type of `leaf`."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(numbers, leaf.dtype)
    return type(leaf)(numbers)


def _rebuilt(value: Any, items: Any) -> Any:
    """A structure with its floats replaced by those given, in order; what is not a float stays."""
    if isinstance(value, dict):
        return {k: _rebuilt(v, items) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [_rebuilt(v, items) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return next(items) if leaves(value) else value


def _directions(leaf: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """One for each entry, two for a complex one: each of the type of `leaf`."""
    found = []
    for index in np.ndindex(np.shape(leaf)):
        for unit in (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,):
            direction = np.zeros(np.shape(leaf), np.asarray(leaf).dtype)
            direction[index] = unit
            found.append((index, _like(direction, leaf)))
    return found


def _slope(f: Any, args: Any, kwargs: Any, k: int, path: tuple[Any, ...], direction: Any, step: float) -> Any:
    """The derivative along a direction in one argument."""
    leaf = _follow(args[k], path)
    moving = np.abs(np.asarray(leaf)[np.asarray(direction) != 0])
    h = step * max(1.0, float(np.max(moving, initial=0.0)))
    total: Any = 0.0
    for j, weight in _STENCIL:
        some = list(copy.deepcopy(args))
        some[k] = _replaced(some[k], path, leaf + j * h * direction)
        total = total + np.asarray(f(*some, **copy.deepcopy(kwargs))) * (weight / h)
    return np.asarray(total)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """The float numbers and arrays of a nested structure, each with the keys that lead to it."""
    if isinstance(value, (float, complex, np.floating, np.complexfloating)):
        return [(path, value)]
    if isinstance(value, np.ndarray):
        return [(path, value)] if value.dtype.kind in "fc" else []
    if isinstance(value, dict):
        return [found for k, v in value.items() for found in leaves(v, (*path, k))]
    if isinstance(value, (tuple, list)):
        return [found for k, v in enumerate(value) for found in leaves(v, (*path, k))]
    return []


def _position(f: Any, w: Any) -> int | None:
    if isinstance(w, int):
        return w
    import inspect

    names = list(inspect.signature(f).parameters)
    return names.index(w) if w in names else None


def _follow(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _replaced(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    if not path:
        return leaf
    if isinstance(value, dict):
        return {k: _replaced(v, path[1:], leaf) if k == path[0] else v for k, v in value.items()}
    items = [_replaced(v, path[1:], leaf) if k == path[0] else v for k, v in enumerate(value)]
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def _difference(
    f: Any, args: Any, kwargs: Any, w: Any, path: tuple[Any, ...], leaf: Any, step: float
) -> np.ndarray:
    wide = np.asarray(leaf, dtype=complex if np.asarray(leaf).dtype.kind == "c" else float)
    if wide.dtype.kind == "c":
        raise ArgumentError(
            "check_grad is for real arguments", "check the real and imaginary parts on their own"
        )
    result = np.zeros(wide.shape)
    for index in np.ndindex(wide.shape):
        h = step * max(1.0, abs(float(wide[index])))
        for k, weight in _STENCIL:
            moved = wide.copy()
            moved[index] += k * h
            new = moved if isinstance(leaf, np.ndarray) else float(moved)
            some, named = list(copy.deepcopy(args)), copy.deepcopy(kwargs)
            if isinstance(w, int):
                some[w] = _replaced(some[w], path, new)
            else:
                named[w] = _replaced(named[w], path, new)
            result[index] += weight * float(np.asarray(f(*some, **named))) / h
    return result
