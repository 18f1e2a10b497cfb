"""Checking a derivative against finite differences."""

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
