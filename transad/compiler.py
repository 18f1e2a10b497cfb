"""From a function, an operator and the types of the arguments to a compiled derivative.

The stages of the road in order, once for each signature of the arguments; unless an earlier process has
been there and left the answer on disk.
"""

from __future__ import annotations

import functools
import gc
import inspect
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from transad import persistence, rules
from transad.analysis import shapes
from transad.arguments import Given, holds_object, is_open, layouts, opened
from transad.backend import cache
from transad.backend.generate import Module, generate
from transad.backend.targets import numba
from transad.backend.targets.cores import NotForNumba
from transad.errors import InternalError, NoRuleError, NotCompiledWarning, TransadError, UnsupportedError
from transad.frontend.interpreter import Interpreter
from transad.frontend.recursion import Often
from transad.frontend.resolve import Guards
from transad.frontend.source import function_source
from transad.frontend.values import Box, Fields, NeedsItems, Pack, Value
from transad.ir import types as ty
from transad.ir.core import Block, Const, Function, Location, Origin, Var, callees
from transad.ir.printer import print_function
from transad.passes.pipeline import optimize
from transad.transforms import operators  # noqa: F401 (tells the interpreter about transad's operators)

rules.load()
_one_at_a_time = threading.RLock()


@dataclass(frozen=True)
class Request:
    """What is asked for: an operator on a function, and the name of the result."""

    kind: str
    function: Any
    options: dict[str, Any]
    name: str
    level: str = "exact"  # of optimisation
    jit: str | None = None  # the compiler that the emitted code is for
    parallel: bool = False


@dataclass
class Compiled:
    """A derivative for one signature: the function that runs, its text, and what it relies on."""

    run: Callable[..., Any]
    module: Module
    ir: str
    guards: Guards
    identical: Callable[[], bool]  # the quick test of the guards
    written: bool = False  # does the primal write to the caller's arrays?
    loaded: bool = False  # was it on disk?
    exact: bool = False  # does it hold only for these lengths and integers?
    opened: bool = False  # are objects among the arguments taken apart?
    layout: tuple[bool, ...] | None = None  # which arrays are contiguous, if the code depends on that
    jit: str | None = None  # the compiler of the code, if there is one


def compile_derivative(request: Request, given: Given) -> Compiled:
    """The derivative for arguments `given` as (parameter name, how it is passed, value or type).

    A value may be a `Type`, for source without arguments. What cannot be differentiated for all lengths
    and integers is tried once more for those that are given.
    """
    with _one_at_a_time:
        try:
            return _general_or_exact(request, given)
        except NotForNumba as reason:
            warnings.warn(NotCompiledWarning(str(reason)), stacklevel=5)
            return _general_or_exact(replace(request, jit=None, parallel=False), given)


def _general_or_exact(request: Request, given: Given) -> Compiled:
    try:
        return _answer(request, given, exact=False)
    except UnsupportedError as error:
        if not worth_unrolling(error):
            raise
        if isinstance(error, NeedsItems):
            with suppress(TransadError):
                return _answer(request, given, exact=False, relisting=True)
        if not _has_lengths(given):
            raise
        try:
            return _answer(request, given, exact=True)
        except UnsupportedError as again:
            raise (again if isinstance(error, NeedsItems) else error) from None
        except TransadError:
            raise error from None


def _answer(request: Request, given: Given, exact: bool, relisting: bool = False) -> Compiled:
    apart = _taken_apart(request, given)
    question = None if apart else persistence.ask(request, given, exact)
    answer = persistence.find(question)
    if answer is not None:
        module, ir, guards, written, path = answer
    else:
        with _without_collector():
            module, ir, guards, written = _transformed(request, given, exact, relisting)
        path = cache.write(request.name, module.text)
    namespace = dict(module.bound) if request.jit is None else numba.namespace_for(path, module.bound)
    cache.compile_module(module.text, path, namespace)
    loaded = answer is not None
    layout = layouts([value for _, _, value in given]) if guards.laid_out else None
    run = namespace[request.name]
    if request.jit is not None:
        numba.compile_for(
            namespace, request.name, [value for _, _, value in given], module, place_of(request.function)
        )
    if not loaded:
        persistence.keep(question, path, module, ir, guards, written)
    return Compiled(
        run, module, ir, guards, guards.seal(), written, loaded, exact, bool(apart), layout, request.jit
    )


def _taken_apart(request: Request, given: Given) -> set[str]:
    names = opened(request.function, request.options.get("wrt", 0), given)
    return {name for name, _, value in given if name in names and holds_object(value)}


def worth_unrolling(error: UnsupportedError) -> bool:
    """May a function be accepted when its loops are taken pass by pass?"""
    return not isinstance(error, NoRuleError)


def _transformed(
    request: Request, given: Given, exact: bool, relisting: bool
) -> tuple[Module, str, Guards, bool]:
    """Differentiate with loops as they are or, if that is refused, taken pass by pass."""
    if relisting:
        return transform(request, given, relisting=True)
    if exact:
        return transform(request, given, unrolling=True, exact=True)
    try:
        return transform(request, given)
    except UnsupportedError as error:
        if not worth_unrolling(error):
            raise
        try:
            return transform(request, given, unrolling=True)
        except TransadError as again:
            raise (again if isinstance(error, NeedsItems) else error) from None


def _has_lengths(given: Given) -> bool:
    """Are there lengths or integers among the arguments that code is not specialised on anyway?"""
    values = [v for _, _, v in given if not isinstance(v, ty.Type)]
    return len(values) == len(given) and any(
        isinstance(v, (int, np.ndarray, tuple, list, dict)) for v in values
    )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing that the compiler makes is garbage before it is done: looking for it only takes time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def transform(
    request: Request, given: Given, unrolling: bool = False, exact: bool = False, relisting: bool = False
) -> tuple[Module, str, Guards, bool]:
    """Differentiate: the module, its Wengert list as text, what it relies on, and `Compiled.written`."""
    often: set[Any] = set()  # helpers that are not interpreted in place
    while True:
        interpreter = Interpreter()
        interpreter.unrolling, interpreter.often = unrolling, often
        interpreter.relisting = relisting
        rely_on(request.function, interpreter.guards)
        try:
            return _transform(request, given, interpreter, exact)
        except Often as helper:
            often.add(helper.node)


def _transform(
    request: Request, given: Given, interpreter: Interpreter, exact: bool
) -> tuple[Module, str, Guards, bool]:
    try:
        with shapes.compilation():
            module, listing = derive(request, given, interpreter, exact)
    except TransadError as error:
        if error.loc is not None:
            raise
        raise type(error)(error.reason, error.cure, place_of(request.function)) from error
    except (MemoryError, Often, NotForNumba):
        raise
    except RecursionError as error:
        raise UnsupportedError(
            "an expression or a block is nested too deeply",
            "split it into statements",
            interpreter.builder.loc,
        ) from error
    except Exception as error:  # the user shall not have to know what a KeyError of ours means
        loc = interpreter.builder.loc or place_of(request.function)
        cure = "this is a bug in transad: please report it, with the function"
        raise InternalError(f"{type(error).__name__}: {error}", cure, loc) from error
    for fn in interpreter.functions:
        if not persistence.is_own(fn):
            interpreter.guards.function(fn)
    return module, listing, interpreter.guards, bool(interpreter.written)


def derive(
    request: Request, given: Given, interpreter: Interpreter, exact: bool = False
) -> tuple[Module, str]:
    """The stages, one after the other."""
    kinds = given_types([v for _, _, v in given], exact)
    params = [Var(name, kind) for (name, _, _), kind in zip(given, kinds)]
    namespace = Parameters({name: value for name, _, value in given})
    block = Block(list(params))
    interpreter.builder.given.update(params)
    apart = _taken_apart(request, given)
    with interpreter.builder.into(block):
        args: list[Value] = []
        kwargs: dict[str, Value] = {}
        for (name, how, value), param in zip(given, params):
            known = exact and type(value) in (int, bool)
            if name in apart:
                whole = Const(value, Origin(namespace, (name,))) if is_open(value) else param
                x = take_apart(interpreter, whole, value, exact)
            else:
                x = Const(value) if known else argument(interpreter, value, param, namespace)
            if how == "keyword":
                kwargs[name] = x
            else:
                args.append(x)
        callee = as_value(request.function)
        result = interpreter.transformer.apply(
            interpreter, request.kind, callee, request.options, args, kwargs, None
        )
        block.results = [interpreter.operand(result)]
    loops = request.jit is not None
    optimize(block, request.level, loops)
    for callee in callees(block):
        optimize(callee.block, request.level, loops)
    function = Function(request.name, block)
    listing = print_function(function, nested=True)
    if request.jit is not None:
        return numba.generate(function, request.parallel), listing
    return generate(function), listing


class Parameters(dict):
    """The namespace of values known by argument: they are read from the parameter."""


def given_types(values: list[Any], exact: bool = False) -> list[ty.Type]:
    """Types of argument values; types given in place of values stand for themselves."""
    concrete = iter(ty.signature_types([v for v in values if not isinstance(v, ty.Type)], exact))
    return [v if isinstance(v, ty.Type) else next(concrete) for v in values]


def argument(i: Interpreter, value: Any, param: Var, namespace: Parameters) -> Value:
    """An argument as the interpreter sees it: numbers, arrays and containers of them as variables,
    everything else (strings, None, functions, objects) as what it is."""
    if isinstance(value, ty.Type) or not isinstance(param.type, (ty.Object, ty.NoneType, ty.Slice)):
        result = i.value(param)
        note_parameters(i, result)
        return result
    return Const(value, Origin(namespace, (param.name or "x",)))


def take_apart(i: Interpreter, whole: Any, value: Any, exact: bool) -> Value:
    """An argument with objects in it: each a box of its attributes, read one by one."""
    if is_open(value):
        box = Box("object", type(value))
        box.extra = whole
        fields: dict[Any, Value] = {}
        for name, v in vars(value).items():
            (kind,) = ty.signature_types([v], exact)
            if isinstance(kind, (ty.Object, ty.NoneType, ty.Slice)) and not is_open(v):
                fields[name] = Const(v)
            else:
                fields[name] = take_apart(i, i.attribute_of(whole, name, kind), v, exact)
        i.state.heap[box] = Fields(fields)
        return box
    if holds_object(value):
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        kinds = ty.signature_types([v for _, v in pairs], exact)
        items = [
            Const(v)
            if isinstance(kind, (ty.Object, ty.NoneType, ty.Slice)) and not is_open(v)
            else take_apart(i, i.builder.emit(i.getitem, [whole, Const(k)], kind), v, exact)
            for (k, v), kind in zip(pairs, kinds)
        ]
        if isinstance(value, dict):
            return i.new_dict(dict(zip(value, items)))
        return (
            Pack(tuple(items), None if type(value) is tuple else type(value))
            if isinstance(value, tuple)
            else i.new_list(items)
        )
    result = i.value(whole)
    note_parameters(i, result)
    return result


def note_parameters(i: Interpreter, value: Value) -> None:
    if isinstance(value, Var):
        i.parameters.add(value)
    elif isinstance(value, Pack):
        for item in value.items:
            note_parameters(i, item)


def place_of(function: Any) -> Location | None:
    """Where a function is defined, for errors that no line of it is to blame for."""
    function = inspect.unwrap(getattr(function, "__func__", getattr(function, "func", function)))
    try:
        source = function_source(function)
    except TransadError:
        return None
    return source.location(source.node, statement=False)


def as_value(function: Any) -> Value:
    """The function to differentiate; a bound method or callable object keeps its object by name."""
    if inspect.ismethod(function):
        return Const(function, Origin({"self": function.__self__}, ("self",)))
    if not inspect.isroutine(function) and not isinstance(function, type):
        return Const(function, Origin({"self": function}, ("self",)))
    return Const(function)


def rely_on(function: Any, guards: Guards) -> None:
    """What a callable that is not a function holds."""
    if hasattr(function, "_transad_kind"):
        rely_on(function._transad_function, guards)
    elif isinstance(function, functools.partial):
        guards.container(function.args)
        guards.container(function.keywords)
        rely_on(function.func, guards)


__all__ = ["Compiled", "Request", "compile_derivative", "transform"]
