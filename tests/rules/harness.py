"""Runs derivative rules as the plain Python functions they are, and compares with differences.

A `Case` is one call of one function. `pullback` and `pushforward` do by hand what the transforms do
with a rule's source: multiply, un-broadcast, transpose. `difference` is the derivative of the call
along a direction by central differences of fourth order, which errs by about 1e-10 here.
Adjoints pair with tangents as Re(sum(x_bar * x_dot)), JAX's convention.

The tables of cases (`cases_*.py`) do not depend on how rules are evaluated: they are run through the
compiler as well.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from transad.ir.core import Primitive
from transad.rules import registry
from transad.runtime import unbroadcast, zeros_like

STEP = 1e-3

# How well derivatives must agree, relative to the largest of them. This is the same for all rules: in double
# precision with differences, which err by 1e-10 or so at first order; otherwise forward mode with reverse.
FIRST_ORDER, SECOND_ORDER = 1e-7, 1e-6
BY_DTYPE = {np.float16: 0.05, np.float32: 1e-4, np.complex64: 1e-3, np.longdouble: 1e-10}
EXACT = 1e-12  # values, and what is computed in another order only


@dataclass(frozen=True, eq=False)
class Case:
    """`fn(*args, **kwargs)`, to be differentiated with respect to the arguments in `wrt` (positions
    or keywords)."""

    fn: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int | str, ...] = ()
    symmetric: bool = False  # defined on symmetric matrices only: so are the directions
    twice: bool = True  # has a second derivative here

    def __str__(self) -> str:
        name = getattr(self.fn, "__qualname__", getattr(self.fn, "__name__", repr(self.fn)))
        home = getattr(self.fn, "__module__", "") or ""
        options = "".join(f",{k}={describe(v)}" for k, v in self.kwargs.items())
        return f"{home}.{name}({','.join(map(describe, self.args))}{options})"

    def call(self, changed: dict[int | str, Any] | None = None) -> Any:
        """The value, with the differentiated arguments replaced by those given."""
        changed = changed or {}
        args = [changed.get(k, x) for k, x in enumerate(self.args)]
        return self.fn(*args, **{k: changed.get(k, x) for k, x in self.kwargs.items()})

    def argument(self, key: int | str) -> Any:
        return self.args[key] if isinstance(key, int) else self.kwargs[key]


def case(
    fn: Any, *args: Any, wrt: Any = None, symmetric: bool = False, twice: bool = True, **kwargs: Any
) -> Case:
    """A case; `wrt` is by default every positional argument made of floats."""
    if wrt is None:
        wrt = tuple(k for k, x in enumerate(args) if is_active(x))
    elif not isinstance(wrt, tuple):
        wrt = (wrt,)
    return Case(fn, args, kwargs, wrt, symmetric, twice)


def describe(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"{x.dtype.kind}[{','.join(map(str, x.shape))}]"
    if isinstance(x, (list, tuple)):
        return f"({','.join(map(describe, x))})"
    return f"{x:.3g}" if isinstance(x, (float, np.floating)) else str(x)


# ----- numbers, arrays and nests of them


def is_active(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return len(x) > 0 and all(map(is_active, x))
    return not isinstance(x, (bool, str, type(None), type(np._NoValue))) and np.asarray(x).dtype.kind in "fc"


def tree_map(f: Any, x: Any, *others: Any) -> Any:
    if isinstance(x, (list, tuple)):
        items = [tree_map(f, *each) for each in zip(x, *others, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    return f(x, *others)


def leaves(x: Any) -> list[Any]:
    return [leaf for item in x for leaf in leaves(item)] if isinstance(x, (list, tuple)) else [x]


def pairing(bar: Any, dot: Any) -> float:
    return sum(float(np.real(np.sum(b * d))) for b, d in zip(leaves(bar), leaves(dot), strict=True))


def direction(x: Any, rng: np.random.Generator) -> Any:
    """A random tangent: same structure, shape and type as x; integers have none."""

    def one(leaf: Any) -> Any:
        dtype = np.asarray(leaf).dtype
        if dtype.kind not in "fc":
            return zeros_like(leaf)
        v = rng.standard_normal(np.shape(leaf))
        if dtype.kind == "c":
            v = v + 1j * rng.standard_normal(np.shape(leaf))
        if isinstance(leaf, (float, complex)):
            return type(leaf)(v)
        return np.asarray(v, dtype) if isinstance(leaf, np.ndarray) else dtype.type(v)

    return tree_map(one, x)


def fit(bar: Any, x: Any) -> Any:
    """What the transform does to an adjoint a rule returns: un-broadcast, real for a real argument."""
    if isinstance(x, (list, tuple)):
        assert type(bar) is type(x), f"adjoint is a {type(bar).__name__} of a {type(x).__name__}"
        return tree_map(fit, bar, x)
    bar = unbroadcast(bar, x)
    return np.real(bar) if np.iscomplexobj(bar) and not np.iscomplexobj(x) else bar


# ----- what the transforms do with a rule


def bound(primitive: Primitive, case: Case) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """Arguments for a rule (positional, keyword), and the parameter each argument of the call binds."""
    signature = inspect.Signature(primitive.params)
    arguments = signature.bind(*case.args, **case.kwargs)
    given = {}
    for k in range(len(case.args)):
        marks = [object() for _ in case.args]
        found = signature.bind(*marks, **case.kwargs).arguments
        given[k] = next(
            (name, v.index(marks[k]) if isinstance(v, tuple) else None)
            for name, v in found.items()
            if v is marks[k] or (isinstance(v, tuple) and marks[k] in v)
        )
    given.update({name: (name, None) for name in case.kwargs})
    arguments.apply_defaults()
    return list(arguments.args), dict(arguments.kwargs), given


def evaluate_partials(
    primitive: Primitive, y: Any, args: list[Any], kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    """All partial derivatives, also those nobody asked for: these may be out of their domain."""
    with np.errstate(invalid="ignore", divide="ignore"):
        p = primitive.rules["partials"].function(y, *args, **kwargs)
    return p if isinstance(p, tuple) else (p,)


def pullback(primitive: Primitive, case: Case, y: Any, y_bar: Any) -> dict[int | str, Any]:
    """The adjoint of each argument in `wrt`."""
    args, kwargs, given = bound(primitive, case)
    names = [p.name for p in primitive.params]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in primitive.params)
    if "partials" in primitive.rules:
        p = evaluate_partials(primitive, y, args, kwargs)
        bars = [None if q is None else y_bar * q for q in p]
    elif "linear" in primitive.rules:
        spec = primitive.rules["linear"]
        found = spec.function(y_bar, *args, **kwargs)
        found = found if len(spec.wrt) > 1 else (found,)
        assert len(found) == len(spec.wrt)
        bars = [found[spec.wrt.index(name)] if name in spec.wrt else None for name in names]
    elif "vjp" in primitive.rules:
        found = primitive.rules["vjp"].function(y_bar, y, *args, **kwargs)
        several = len(names) > 1 or variadic
        bars = list(found) if isinstance(found, tuple) and several else [found]
    else:
        raise LookupError(f"{primitive} has no rule for reverse mode")
    result = {}
    for key in case.wrt:
        name, place = given[key]
        position = place if variadic else names.index(name)
        x = case.argument(key)
        bar = bars[position] if position < len(bars) else None
        assert bar is not None, f"no derivative with respect to {name}"
        result[key] = fit(bar, x)
    return result


def pushforward(primitive: Primitive, case: Case, y: Any, dots: dict[int | str, Any]) -> Any:
    """The tangent of the result; every argument not in `dots` is constant."""
    args, kwargs, given = bound(primitive, case)
    if "partials" in primitive.rules:
        p = evaluate_partials(primitive, y, args, kwargs)
        names = [q.name for q in primitive.params]
        y_dot = zeros_like(y)
        for key, dot in dots.items():
            name, place = given[key]
            q = p[place if place is not None else names.index(name)]
            assert q is not None, f"no derivative with respect to {name}"
            y_dot = y_dot + q * dot
        return y_dot
    if "linear" in primitive.rules:
        spec = primitive.rules["linear"]
        if spec.each:
            return sum(case.call({key: dot}) for key, dot in dots.items())
        changed = {key: zeros_like(case.argument(key)) for key in given if given[key][0] in spec.wrt}
        return case.call({**changed, **dots})
    if "jvp" not in primitive.rules:
        return transposed(primitive, case, y, dots)
    spec = primitive.rules["jvp"]
    by_name = {given[key][0]: dot for key, dot in dots.items()}
    arguments = {**dict(zip([p.name for p in primitive.params], args, strict=False)), **kwargs}
    if any(p.kind is p.VAR_POSITIONAL for p in primitive.params):
        return spec.function(y, tuple(dots.get(k, 0.0) for k in range(len(args))), *args)
    own = [primitive.params[k].name for k in spec.dots]
    assert set(by_name) <= set(own), f"no tangent for {set(by_name) - set(own)}"
    tangents = [
        by_name.get(name, zeros_like(arguments[name]) if is_active(arguments[name]) else 0.0) for name in own
    ]
    return spec.function(y, *tangents, *args, **kwargs)


def transposed(primitive: Primitive, case: Case, y: Any, dots: dict[int | str, Any]) -> Any:
    """Forward mode from a reverse rule alone: one pullback for each entry of the result."""

    def tangent(y_k: Any) -> Any:
        out = np.zeros(np.shape(y_k), np.asarray(y_k).dtype)
        for i in np.ndindex(out.shape):
            unit = np.zeros_like(out)
            unit[i] = 1.0
            bars = pullback(primitive, case, y, unit[()])
            out[i] = sum(
                np.sum(bar * dot)
                for key in dots
                for bar, dot in zip(leaves(bars[key]), leaves(dots[key]), strict=True)
            )
        return out

    return tangent(y)


def difference(case: Case, dots: dict[int | str, Any], step: float = STEP) -> Any:
    """The derivative along `dots`: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h."""

    def moved(h: float) -> Any:
        return case.call(
            {key: tree_map(lambda x, d: shifted(x, d, h), case.argument(key), dots[key]) for key in dots}
        )

    def shifted(x: Any, d: Any, h: float) -> Any:
        return np.asarray(x + h * d) if isinstance(x, np.ndarray) else x + h * d

    def combine(a: Any, b: Any, c: Any, d: Any) -> Any:
        return (8.0 * (np.asarray(a) - b) - (np.asarray(c) - d)) / (12.0 * step)

    return tree_map(combine, moved(step), moved(-step), moved(2 * step), moved(-2 * step))


# ----- the checks


def check(case: Case, primitive: Primitive | None = None) -> None:
    """Both modes of the rule against differences, in every argument alone and in all at once."""
    rtol = FIRST_ORDER
    primitive = primitive or primitive_of(case)
    assert primitive is not None, f"{case.fn} has no entry"
    if "expansion" in primitive.rules and check_expansion(primitive, case):
        return
    rng = np.random.default_rng(7)
    y = case.call()
    for keys in [case.wrt, *((key,) for key in case.wrt if len(case.wrt) > 1)]:
        dots = {key: direction(case.argument(key), rng) for key in keys}
        if case.symmetric:
            dots = {key: dot + np.conj(np.swapaxes(dot, -1, -2)) for key, dot in dots.items()}
        y_bar = direction(y, rng)
        bars = pullback(primitive, case, y, y_bar)
        wanted = difference(case, dots)
        scale = 1.0 + max((float(np.max(np.abs(w), initial=0.0)) for w in leaves(wanted)), default=0.0)
        y_dot = pushforward(primitive, case, y, dots)
        for got, want in zip(leaves(y_dot), leaves(wanted), strict=True):
            assert np.shape(got) == np.shape(want), f"tangent {np.shape(got)}, result {np.shape(want)}"
            np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol * scale, err_msg="forward mode")
        for key in keys:
            for bar, x in zip(leaves(bars[key]), leaves(case.argument(key)), strict=True):
                assert np.shape(bar) == np.shape(x), f"adjoint {np.shape(bar)}, argument {np.shape(x)}"
        got = sum(pairing(bars[key], dots[key]) for key in keys)
        size = 1.0 + sum(
            float(np.sum(np.abs(b * d))) for b, d in zip(leaves(y_bar), leaves(wanted), strict=True)
        )
        np.testing.assert_allclose(
            got, pairing(y_bar, wanted), rtol=rtol, atol=rtol * size, err_msg="reverse mode"
        )


def primitive_of(case: Case) -> Primitive | None:
    """The entry of the function; of one that takes any number of arguments, that for so many."""
    primitive = registry.lookup(case.fn)
    if primitive is not None and registry.is_variadic(primitive) and isinstance(case.args[0], str):
        fixed = sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in primitive.params)
        return registry.spread(primitive, len(case.args) - fixed)
    return primitive


def check_expansion(primitive: Primitive, case: Case) -> bool:
    """An expansion is other functions: that it has the same value is all there is to check here. False
    for a call that it leaves to other rules."""
    got = primitive.rules["expansion"].function(*case.args, **case.kwargs)
    if got is NotImplemented:
        return False
    for a, b in zip(leaves(got), leaves(case.call()), strict=True):
        np.testing.assert_allclose(a, b, rtol=EXACT, atol=EXACT)
    return True


def check_single_precision(case: Case) -> None:
    """float32 in, float32 out: neither adjoints nor tangents are promoted."""

    def single(x: Any) -> Any:
        if not isinstance(x, (np.ndarray, np.floating)) or x.dtype != np.float64:
            return x
        return x.astype(np.float32)

    args = tuple(tree_map(single, x) for x in case.args)
    kwargs = {k: tree_map(single, x) for k, x in case.kwargs.items()}
    case = Case(case.fn, args, kwargs, case.wrt)
    primitive = primitive_of(case)
    y = case.call()
    if not all(np.asarray(leaf).dtype == np.float32 for leaf in leaves(y)):
        return
    expanded = primitive.rules.get("expansion")
    if expanded is not None and expanded.function(*args, **kwargs) is not NotImplemented:
        return
    rng = np.random.default_rng(7)
    bars = pullback(primitive, case, y, direction(y, rng))
    for key in case.wrt:
        for bar, x in zip(leaves(bars[key]), leaves(case.argument(key)), strict=True):
            if isinstance(x, np.ndarray) and x.dtype == np.float32:
                assert bar.dtype == np.float32, f"adjoint of argument {key} is {bar.dtype}"
    y_dot = pushforward(primitive, case, y, {key: direction(case.argument(key), rng) for key in case.wrt})
    for dot in leaves(y_dot):
        assert np.asarray(dot).dtype == np.float32, f"tangent is {np.asarray(dot).dtype}"
