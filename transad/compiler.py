"""From a function, an operator and the types of the arguments to a compiled derivative.

The stages of the road in order, once for each signature of the arguments.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np

from transad import rules
from transad.analysis import shapes
from transad.backend import cache
from transad.backend.generate import Module, generate
from transad.frontend.interpreter import Interpreter
from transad.frontend.memory import static
from transad.frontend.resolve import Guards, current
from transad.frontend.values import Pack, Value
from transad.ir import types as ty
from transad.ir.core import Block, Const, Function, Origin, Var
from transad.ir.printer import print_function
from transad.passes.pipeline import optimize
from transad.transforms import operators

rules.load()


@dataclass
class Compiled:
    """A derivative for one signature: the function that runs, its text, and what it relies on."""

    run: Callable[..., Any]
    module: Module
    ir: str
    guards: Guards
    checks: tuple[tuple[Any, str, Any], ...] = ()
    written: bool = False  # does the primal write to the caller's arrays?
    bound: dict[str, Any] = field(default_factory=dict)

    def valid(self) -> bool:
        return self.guards.hold()


class Parameters(dict):
    """The namespace of values known by argument: they are read from the parameter."""


def compile_derivative(
    kind: str, function: Any, options: dict[str, Any], name: str, given: list[tuple[str, str, Any]], level: str | None
) -> Compiled:
    """Differentiate `function` for arguments `given` as (parameter name, how it is passed, value or type).

    How: "positional" or "keyword". A value may be a `Type`, for source without arguments.
    """
    with shapes.compilation():
        interpreter = Interpreter()
        values = [v for _, _, v in given]
        types = given_types(values)
        namespace = Parameters({n: v for n, _, v in given})
        params = [Var(n, t) for (n, _, _), t in zip(given, types)]
        block = Block(list(params))
        with interpreter.builder.into(block):
            args: list[Value] = []
            kwargs: dict[str, Value] = {}
            for (n, how, v), param in zip(given, params):
                value = argument(interpreter, v, param, namespace)
                if how == "keyword":
                    kwargs[n] = value
                else:
                    args.append(value)
            callee = as_value(function)
            result = interpreter.transformer.apply(interpreter, kind, callee, options, args, kwargs, None)
            block.results = [interpreter.operand(result)]
        optimize(block)
        made = Function(name, block)
        listing = print_function(made)
        module = generate(made)
    path = cache.write(name, module.text)
    namespace = dict(module.bound)
    exec_namespace = cache.compile_module(module.text, path, namespace)
    checks = tuple(interpreter.guards.names.values())
    return Compiled(
        exec_namespace[name], module, listing, interpreter.guards, checks, bool(interpreter.written), dict(module.bound)
    )


def given_types(values: list[Any]) -> list[ty.Type]:
    """Types of argument values; types given in place of values stand for themselves."""
    concrete = iter(ty.signature_types([v for v in values if not isinstance(v, ty.Type)]))
    return [v if isinstance(v, ty.Type) else next(concrete) for v in values]


def argument(i: Interpreter, value: Any, param: Var, namespace: Parameters) -> Value:
    """An argument as the interpreter sees it: numbers, arrays and containers of them as variables,
    everything else (strings, None, functions, objects) as what it is."""
    if isinstance(value, ty.Type) or not isinstance(param.type, (ty.Object, ty.NoneType, ty.Slice)):
        result = i.value(param)
        note_parameters(i, result)
        return result
    return Const(value, Origin(namespace, (param.name or "x",)))


def note_parameters(i: Interpreter, value: Value) -> None:
    if isinstance(value, Var):
        i.parameters.add(value)
    elif isinstance(value, Pack):
        for item in value.items:
            note_parameters(i, item)


def as_value(function: Any) -> Value:
    """The function to differentiate; a bound method keeps its object by name."""
    if inspect.ismethod(function):
        return Const(function, Origin({"self": function.__self__}, ("self",)))
    if not inspect.isroutine(function) and not isinstance(function, type):
        return Const(function, Origin({"self": function}, ("self",)))
    return Const(function)


__all__ = ["Compiled", "compile_derivative", "current", "np", "static"]
