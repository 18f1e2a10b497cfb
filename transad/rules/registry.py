"""The table of derivative rules: one entry a callable, written as ordinary Python.

A rule is a small function that the front end reads and inlines where the primitive is
differentiated, so it costs no call and shows up in the emitted source as code. Pick the simplest
kind that fits; `y` is always the result, `y_bar` its adjoint, `x_dot` a tangent:

    @partials(np.sin)                       elementwise: the partial derivative with respect to each
    def _(y, x):                            argument (a tuple when there are several, None for one
        return np.cos(x)                    that has no derivative)

    @linear(np.cumsum)                      linear in the arguments named by `wrt` (default: the
    def _(y_bar, a, axis=None):             first) taken together: forward mode is the function
        ...                                 itself, the rule is its transpose
    @linear(np.matmul, wrt=(0, 1), each=True)   linear in each of them while the others stay fixed
    def _(y_bar, x1, x2): return ..., ...       (`wrt="operands"` for `*operands`: each of those)

    @vjp(np.linalg.solve)                   anything else: the adjoints of all arguments (or only
    def _(x_bar, x, a, b):                  the leading ones), None where there is no derivative
        return ..., ...

    @jvp(f)                                 anything else, forward: the tangent of the result from
    def _(y, x_dot, x): ...                 those of the arguments x that have a parameter x_dot (or
                                            of the leading ones, if it is called something else)

One of vjp and jvp is enough: the other is its transpose, taken by the compiler.

The parameters after `y`, `y_bar` and the tangents are the primitive's own, with NumPy's names and
defaults. They are also the list of what is supported: a call with any other argument is refused.
A rule may branch on what is known at compile time (`axis is None`, `np.ndim(x)`, the length of a
tuple), and call functions of known values (`@compile_time`); neither leaves a trace in the emitted
code. Un-broadcasting to the argument's shape, dtype and complex conjugation are the transform's
business, never a rule's. A rule that does not cover a call raises NotImplementedError(reason, cure).
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from types import MethodType
from typing import Any

from transad.ir.core import Primitive
from transad.ir.types import Type

TABLE: dict[Any, Primitive] = {}

Rule = Callable[..., Any]
ResultType = Callable[..., Type]

REFUSED: dict[Any, tuple[str, str]] = {}  # callables that no derivative passes: why, and what to do

OPTIONAL: dict[str, tuple[str, ...]] = {}  # a library -> the modules with its rules, not read yet

SAME_METHODS: dict[type, Any] = {}  # a class -> the object of it whose methods have rules, as those of all

GENERATION = 0  # counts registrations, so that what was compiled before a new rule is not used after it

_SKIPPED = {"partials": 1, "linear": 1, "vjp": 2}


class RuleSpec:
    """A rule function with how it is to be read: its kind, and for `linear` which arguments.

    `inert` are arguments through which no derivative passes: those of which only the shape matters. `dots`
    are the positions of the arguments whose tangents a forward rule takes.
    """

    def __init__(
        self,
        function: Rule,
        wrt: tuple[str, ...],
        each: bool = False,
        dots: tuple[int, ...] = (),
        inert: tuple[str, ...] = (),
    ):
        self.function = function
        self.wrt = wrt
        self.each = each
        self.dots = dots
        self.inert = inert


def lookup(fn: Any) -> Primitive | None:
    """The primitive of a callable, compared by equality; None when it has no entry."""
    if not hashable(fn):
        return None
    found = TABLE.get(fn)
    if found is None and read_optional():
        found = TABLE.get(fn)
    if found is None and isinstance(fn, MethodType) and type(fn.__self__) in SAME_METHODS:
        found = TABLE.get(getattr(SAME_METHODS[type(fn.__self__)], fn.__name__))
    return found


def hashable(fn: Any) -> bool:
    """Can it be looked up in a table? Some classes, as that of functions of ctypes, have a `__hash__` that
    raises."""
    try:
        hash(fn)
    except TypeError:
        return False
    return True


def read_optional() -> bool:
    """Read the rules for the libraries that the program has imported by now; were there any?

    This happens when a callable is looked up that has no entry, so nothing can have been compiled
    without these rules that needed them: the generation stays.
    """
    global GENERATION
    arrived = [module for module in OPTIONAL if module in sys.modules]
    before = GENERATION
    for module in arrived:
        for family in OPTIONAL.pop(module, ()):  # nothing left: read on the way
            importlib.import_module(family)
    GENERATION = before
    return bool(arrived)


def entry(fn: Any) -> Primitive:
    """The primitive of a callable, made when it has none yet."""
    found = lookup(fn)
    if found is None:
        found = TABLE[fn] = Primitive(getattr(fn, "__name__", repr(fn)), fn)
    return found


def _changed() -> None:
    global GENERATION
    GENERATION += 1


def _replace(primitive: Primitive, kind: str, rule: Any) -> None:
    """The rule that counts is the last one given. Only forward and reverse rules go together."""
    pair = ("vjp", "jvp")
    primitive.rules = {k: r for k, r in primitive.rules.items() if kind in pair and k in pair}
    primitive.rules[kind] = rule


def partials(*fns: Any, result: ResultType | None = None, alias: str = "fresh") -> Callable[[Rule], Rule]:
    """Elementwise rule: returns the partial derivative for each argument. See the module."""
    from transad.analysis.shapes import elementwise

    return _register("partials", fns, result or elementwise, alias)


def linear(
    *fns: Any,
    wrt: int | str | tuple[int | str, ...] = 0,
    each: bool = False,
    inert: tuple[str, ...] = (),
    result: ResultType | None = None,
    alias: str = "fresh",
) -> Callable[[Rule], Rule]:
    """Rule of a linear primitive: returns its transpose applied to `y_bar`. See the module.

    `inert` are arguments of which only the shape matters.
    """
    return _register("linear", fns, result, alias, wrt, each, inert)


def vjp(
    *fns: Any, inert: tuple[str, ...] = (), result: ResultType | None = None, alias: str = "fresh"
) -> Callable[[Rule], Rule]:
    """Reverse rule: `rule(y_bar, y, *args)` returns the arguments' adjoints. See the module.

    `inert` are arguments through which no derivative passes.
    """
    return _register("vjp", fns, result, alias, inert=inert)


def jvp(
    *fns: Any, inert: tuple[str, ...] = (), result: ResultType | None = None, alias: str = "fresh"
) -> Callable[[Rule], Rule]:
    """Forward rule: `rule(y, *tangents, *args)` returns the result's tangent. See the module.

    `inert` are arguments through which no derivative passes.
    """
    return _register("jvp", fns, result, alias, inert=inert)


def inert(primitive: Primitive) -> tuple[str, ...]:
    """The arguments through which no derivative passes."""
    specs = (primitive.rules.get(kind) for kind in ("linear", "vjp", "jvp"))
    return next((spec.inert for spec in specs if spec is not None), ())


def nondifferentiable(*fns: Any, result: ResultType | None = None, alias: str = "fresh") -> None:
    """Declare that derivatives do not pass: the result is constant almost everywhere (floor,
    comparisons, argmax), or depends only on shapes (zeros_like, ndim)."""
    _changed()
    for fn in fns:
        primitive = entry(fn)
        _replace(primitive, "none", True)
        primitive.result_type = result or primitive.result_type
        primitive.alias = alias


def refused(*fns: Any, reason: str, cure: str) -> None:
    """Say why no derivative passes through functions that have none, though their result varies."""
    for fn in fns:
        REFUSED[fn] = (reason, cure)


def why_refused(fn: Any) -> tuple[str, str] | None:
    try:
        return REFUSED.get(fn)
    except TypeError:  # unhashable
        return None


def expansion(*fns: Any) -> Callable[[Rule], Rule]:
    """Define a function in terms of others: the decorated body is inlined in place of the call.

    One that returns NotImplemented leaves the call as it is, to the rules given before it.
    """

    def decorate(function: Rule) -> Rule:
        _changed()
        for fn in fns:
            primitive = entry(fn)
            if not primitive.params:
                primitive.params = tuple(inspect.signature(function).parameters.values())
            primitive.rules["expansion"] = RuleSpec(function, ())
        return function

    return decorate


def compile_time(function: Rule) -> Rule:
    """Declare a function to be run while compiling: all of its arguments must be known then."""
    entry(function).rules["compile_time"] = True
    return function


def spread(primitive: Primitive, count: int) -> Primitive:
    """A primitive that is linear in each of any number of arguments (`*operands`), for that many: with a
    parameter for each of them."""
    return _spread(primitive, primitive.rules["linear"], count)


@functools.cache
def _spread(primitive: Primitive, spec: RuleSpec, count: int) -> Primitive:
    names = tuple(f"{spec.wrt[0]}_{k}" for k in range(count))
    params: list[inspect.Parameter] = []
    for p in primitive.params:
        if p.kind is p.VAR_POSITIONAL:
            params += [inspect.Parameter(name, p.POSITIONAL_ONLY) for name in names]
        else:
            params.append(p if p.kind is p.KEYWORD_ONLY else p.replace(kind=p.POSITIONAL_ONLY))
    rules = {**primitive.rules, "linear": RuleSpec(spec.function, names, True)}
    rules.pop("expansion", None)
    alias = primitive.alias if count == 1 else "fresh"
    return Primitive(
        primitive.name, primitive.fn, alias, primitive.effect, tuple(params), primitive.result_type, rules,
        len(params) - len([p for p in params if p.kind is p.KEYWORD_ONLY]) - count,
    )  # fmt: skip


def is_variadic(primitive: Primitive) -> bool:
    """Does it have a rule for each of any number of arguments?"""
    spec = primitive.rules.get("linear")
    return spec is not None and spec.each and any(p.kind is p.VAR_POSITIONAL for p in primitive.params)


def _register(
    kind: str,
    fns: tuple[Any, ...],
    result: ResultType | None,
    alias: str,
    wrt: int | str | tuple[int | str, ...] = (),
    each: bool = False,
    inert: tuple[str, ...] = (),
) -> Callable[[Rule], Rule]:
    if not fns:
        raise TypeError(f"@{kind} needs the function the rule is for: @{kind}(function)")
    for fn in fns:
        if not hashable(fn):
            raise TypeError(f"{fn!r} cannot be hashed: give the rule to a function that calls it")

    def decorate(function: Rule) -> Rule:
        if not callable(function):
            given = type(function).__name__
            raise TypeError(f"@{kind}(function) takes the rule of that function, no {given}")
        _changed()
        parameters = tuple(inspect.signature(function).parameters.values())
        tangents = [p.name for p in parameters if p.name.endswith("_dot")] if kind == "jvp" else []
        own = parameters[_SKIPPED.get(kind, 1 + len(tangents)) :]
        named = {f"{p.name}_dot": k for k, p in enumerate(own)}
        dots = tuple(named.get(name, k) for k, name in enumerate(tangents))
        chosen = wrt if isinstance(wrt, tuple) else (wrt,)
        names = tuple(own[w].name if isinstance(w, int) else w for w in chosen)
        for fn in fns:
            primitive = entry(fn)
            primitive.params = own
            _replace(primitive, kind, RuleSpec(function, names, each, dots, inert))
            primitive.result_type = result or primitive.result_type
            primitive.alias = alias
        return function

    return decorate
