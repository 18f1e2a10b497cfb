"""The cases as programs for the compiler, and their derivatives checked against differences.

A case becomes a function with a source of its own: arrays and numbers that are differentiated and arrays
that are not are its parameters, everything else stands in it as written.

    def f(x0, x1): return np.sum(x0, axis=1, where=x1)
"""

from __future__ import annotations

import itertools
import linecache
from dataclasses import dataclass
from typing import Any

import numpy as np

import transad

from .harness import (
    BY_DTYPE,
    EXACT,
    FIRST_ORDER,
    SECOND_ORDER,
    STEP,
    Case,
    direction,
    leaves,
    pairing,
    tree_map,
)

_numbers = itertools.count()


@dataclass
class Program:
    """`f` and `loss` (a weighted sum of all that f returns, of `weights` and the arguments), the
    arguments, and which of them are differentiated."""

    f: Any
    loss: Any
    args: tuple[Any, ...]
    wrt: tuple[int, ...]
    weights: tuple[Any, ...]
    text: str

    @property
    def chosen(self) -> tuple[Any, ...]:
        return tuple(self.args[k] for k in self.wrt)

    def moved(self, dots: tuple[Any, ...], h: float) -> list[Any]:
        """The arguments, a step along a direction."""
        args = list(self.args)
        for k, dot in zip(self.wrt, dots):
            args[k] = tree_map(lambda x, d: shifted(x, d, h), args[k], dot)
        return args


def shifted(x: Any, d: Any, h: float) -> Any:
    dtype = np.asarray(x).dtype
    if dtype.kind not in "fc":
        return x
    return np.asarray(x + h * d, dtype) if isinstance(x, np.ndarray) else type(x)(x + h * d)


def made(text: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """The namespace in which a text was run that tracebacks and `inspect` can find."""
    name = f"<case {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    exec(compile(text, name, "exec"), namespace)
    return namespace


def program(case: Case, call: str | None = None) -> Program:
    """The case as a program; `call` is the call as a format of its arguments: "{0}.sum({1})"."""
    namespace: dict[str, Any] = {"np": np, "fn": case.fn}
    args: list[Any] = []
    wrt: list[int] = []

    def written(key: int | str) -> str:
        value = case.argument(key)
        if key in case.wrt:
            wrt.append(len(args))
        elif not isinstance(value, np.ndarray) or value.dtype.kind not in "fc":
            return literal(value, f"k{key}", namespace)
        args.append(value)
        return f"x{len(args) - 1}"

    parts = [written(k) for k in range(len(case.args))]
    named = {k: written(k) for k in case.kwargs}
    if call is None:
        expression = f"fn({', '.join([*parts, *(f'{k}={v}' for k, v in named.items())])})"
    else:
        expression = call.format(*parts, **named)
    y = case.call()
    rng = np.random.default_rng(11)
    weights = tuple(direction(leaf, rng) for leaf in leaves(y) if np.asarray(leaf).dtype.kind in "fc")
    names = [f"w{k}" for k in range(len(weights))]
    given = ", ".join(f"x{k}" for k in range(len(args)))
    total = weighted("y", y, iter(names))
    text = f"def f({given}):\n    return {expression}\n"
    text += f"def loss({', '.join([given, *names])}):\n    y = {expression}\n    return {total}\n"
    made(text, namespace)
    return Program(namespace["f"], namespace["loss"], tuple(args), tuple(wrt), weights, text)


def program_of(f: Any, *args: Any) -> Program:
    """A function of arrays and numbers, all of them differentiated, that gives one array or number."""
    names = ", ".join(f"x{k}" for k in range(len(args)))
    text = f"def loss({names}, w0):\n    return np.sum(w0 * f({names}))\n"
    loss = made(text, {"np": np, "f": f})["loss"]
    y = f(*args)
    weights = np.random.default_rng(3).standard_normal(np.shape(y))
    return Program(f, loss, args, tuple(range(len(args))), (weights if np.ndim(y) else float(weights),), text)


def literal(value: Any, name: str, namespace: dict[str, Any]) -> str:
    """A value that is not differentiated, as it is written in a program; or a name for it."""
    if isinstance(value, (tuple, list)):
        items = [literal(v, f"{name}_{k}", namespace) for k, v in enumerate(value)]
        inside = "".join(f"{i}, " for i in items)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if value is Ellipsis:
        return "..."
    if type(value) in (bool, int, str, type(None)) or type(value) is float and np.isfinite(value):
        return repr(value)
    namespace[name] = value
    return name


def weighted(name: str, y: Any, names: Any) -> str:
    """The sum of weights times the floats of `y`, in source."""
    if isinstance(y, (tuple, list)):
        return " + ".join(t for k, leaf in enumerate(y) if (t := weighted(f"{name}[{k}]", leaf, names)))
    kind = np.asarray(y).dtype.kind
    if kind not in "fc":
        return ""
    total = f"{next(names)} * {name}"
    if np.ndim(y):
        total = f"np.sum({total})"
    return f"np.real({total})" if kind == "c" else total


# ----- the checks


def check_first(p: Program, symmetric: bool = False, step: float = STEP) -> None:
    """Pullback, pushforward and the gradient of the weighted sum against differences."""
    rng = np.random.default_rng(7)
    dots = directions(p, rng, symmetric)
    y = p.f(*copies(p.args))
    wanted = central(p.f, p, dots, step=step)
    before = copies(p.args)
    value, y_dot = transad.pushforward(p.f, wrt=p.wrt)(*p.args, *dots)
    same(value, y, "value of the pushforward")
    agree(y_dot, wanted, y, FIRST_ORDER, "forward mode")
    y_bar = rebuilt(y, p.weights)
    value, bars = transad.pullback(p.f, wrt=p.wrt)(*p.args, y_bar)
    same(value, y, "value of the pullback")
    for bar, x in zip(bars, p.chosen, strict=True):
        alike(bar, x, "adjoint")
    pairs = [(w, d) for w, d in zip(leaves(y_bar), leaves(wanted)) if np.asarray(w).dtype.kind in "fc"]
    size = 1.0 + sum(float(np.sum(np.abs(w * d))) for w, d in pairs)
    want = sum(float(np.real(np.sum(w * d))) for w, d in pairs)
    close(pairing(bars, dots), want, FIRST_ORDER, FIRST_ORDER * size, "reverse mode")
    gradient = transad.grad(p.loss, wrt=p.wrt)(*p.args, *p.weights)
    agree(gradient, bars, bars, EXACT, "gradient of the weighted sum")
    same(p.args, before, "arguments")


def check_dtypes(p: Program, dtype: Any = np.float32) -> None:
    """Adjoints and tangents have the dtypes of what they belong to, and agree as well as this dtype can."""
    rtol = BY_DTYPE[dtype]
    rng = np.random.default_rng(7)
    y = p.f(*copies(p.args))
    dots = directions(p, rng, False)
    _, y_dot = transad.pushforward(p.f, wrt=p.wrt)(*p.args, *dots)
    agree(y_dot, y_dot, y, 0.0, "tangent")
    y_bar = rebuilt(y, p.weights)
    _, bars = transad.pullback(p.f, wrt=p.wrt)(*p.args, y_bar)
    agree(bars, bars, p.chosen, 0.0, "adjoint")
    size = 1.0 + sum(float(np.sum(np.abs(w * d))) for w, d in zip(floats(y_bar), floats(y_dot)))
    forward = sum(float(np.real(np.sum(w * d))) for w, d in zip(floats(y_bar), floats(y_dot)))
    close(pairing(bars, dots), forward, rtol, rtol * size, "reverse and forward mode")


def floats(x: Any) -> list[Any]:
    return [leaf for leaf in leaves(x) if np.asarray(leaf).dtype.kind in "fc"]


def check_second(p: Program, symmetric: bool = False, step: float = STEP) -> None:
    """The Hessian of the weighted sum times a direction: forward over reverse against differences of the
    gradient, reverse over reverse against forward over reverse (the Hessian is symmetric)."""
    rng = np.random.default_rng(9)
    dots = directions(p, rng, symmetric)
    gradient = transad.grad(p.loss, wrt=p.wrt)
    wanted = central(gradient, p, dots, p.weights, step)
    first, forward = transad.pushforward(gradient, wrt=p.wrt)(*p.args, *p.weights, *dots)
    agree(forward, wanted, p.chosen, SECOND_ORDER, "forward over reverse")
    names = [f"x{k}" for k in range(len(p.args))]
    weights = [f"w{k}" for k in range(len(p.weights))]
    fixed = tuple(np.conj(leaf) if np.iscomplexobj(leaf) else leaf for dot in dots for leaf in leaves(dot))
    along = [f"v{k}" for k in range(len(fixed))]
    total = weighted("g", first, iter(along))
    given = ", ".join(names + weights)
    text = f"def along({', '.join([given, *along])}):\n    g = gradient({given})\n    return {total}\n"
    space = made(text, {"np": np, "gradient": gradient})
    if any(np.iscomplexobj(x) for x in leaves(p.chosen)):
        return
    backward = transad.grad(space["along"], wrt=p.wrt)(*p.args, *p.weights, *fixed)
    agree(backward, forward, p.chosen, 1e-9, "reverse over reverse")


def directions(p: Program, rng: Any, symmetric: bool) -> tuple[Any, ...]:
    dots = tuple(direction(x, rng) for x in p.chosen)
    return tuple(d + np.conj(np.swapaxes(d, -1, -2)) for d in dots) if symmetric else dots


def central(f: Any, p: Program, dots: tuple[Any, ...], rest: tuple[Any, ...] = (), step: float = STEP) -> Any:
    """The derivative of f along a direction: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h."""

    def combine(a: Any, b: Any, c: Any, d: Any) -> Any:
        if np.asarray(a).dtype.kind not in "fc":
            return np.zeros_like(a)
        return (8.0 * (np.asarray(a) - b) - (np.asarray(c) - d)) / (12.0 * step)

    return tree_map(combine, *(f(*p.moved(dots, h), *rest) for h in (step, -step, 2 * step, -2 * step)))


def copies(x: Any) -> Any:
    return tree_map(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, x)


def rebuilt(y: Any, floats: tuple[Any, ...]) -> Any:
    """The structure of y with other floats in it."""
    rest = iter(floats)
    return tree_map(lambda leaf: next(rest) if np.asarray(leaf).dtype.kind in "fc" else leaf, y)


def same(got: Any, want: Any, what: str) -> None:
    for a, b in zip(leaves(got), leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=EXACT, err_msg=what)
        alike(a, b, what)


def agree(got: Any, want: Any, like: Any, rtol: float, what: str) -> None:
    """Close, and of the shapes and dtypes of `like`."""
    scale = 1.0 + max((float(np.max(np.abs(w), initial=0.0)) for w in leaves(want)), default=0.0)
    for a, b, c in zip(leaves(got), leaves(want), leaves(like), strict=True):
        if np.asarray(c).dtype.kind in "fc":
            alike(a, c, what)
            close(a, b, rtol, rtol * scale, what)


def close(got: Any, want: Any, rtol: float, atol: float, what: str) -> None:
    np.testing.assert_allclose(got, want, rtol=rtol, atol=atol, err_msg=what)


def alike(got: Any, x: Any, what: str) -> None:
    """Of the same shape and dtype, and an array for an array."""
    if isinstance(x, (list, tuple)):
        assert type(got) is type(x), f"{what}: {type(got).__name__} for {type(x).__name__}"
        assert len(got) == len(x), what
        for a, b in zip(got, x):
            alike(a, b, what)
        return
    assert np.shape(got) == np.shape(x), f"{what}: shape {np.shape(got)} for {np.shape(x)}"
    have, want = np.asarray(got).dtype, np.asarray(x).dtype
    if type(x) in (float, complex):  # it has no precision of its own
        assert have.kind == want.kind, f"{what}: {have} for a {type(x).__name__}"
    elif want.kind in "fc":
        assert have == want, f"{what}: {have} for {want}"
    if np.ndim(x):
        assert isinstance(got, np.ndarray), f"{what}: {type(got).__name__} for an array"
