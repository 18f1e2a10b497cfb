"""Calls: of primitives with rules, of Python functions (followed into their source), of the rest."""

from __future__ import annotations

import copy
import functools
import inspect
import logging
import math
import operator
import random
import sys
import types
import typing
from collections.abc import Hashable
from typing import Any

import gast
import numpy as np

from transad.errors import NoRuleError, SourceError
from transad.frontend import closing
from transad.frontend.merging import Interrupted, always
from transad.frontend.protected import Unwind
from transad.frontend.recursion import Abandoned, Recursion
from transad.frontend.source import function_source
from transad.frontend.syntax import facts, local_names, parameter_names
from transad.frontend.texts import result_of_method
from transad.frontend.values import (
    NOTHING,
    UNBOUND,
    Box,
    Choice,
    Closure,
    Conflict,
    Fields,
    Frame,
    Generator,
    Items,
    Method,
    NumpyMethod,
    Pack,
    Pullback,
    Sequence,
    Transformed,
    Value,
)
from transad.ir import types as ty
from transad.ir.builder import fold
from transad.ir.core import Callee, Const, Operand, Origin, Primitive, Var
from transad.rules import registry


def generators() -> tuple[type, ...]:
    """The classes of random generators; NumPy's are there once its module is, which takes time to load."""
    module = sys.modules.get("numpy.random")
    return (random.Random,) if module is None else (random.Random, module.Generator, module.RandomState)


class Calls(Recursion):
    """The part of the interpreter for calls."""

    def expr_Call(self, node: Any) -> Value:
        callee = self.expression(node.func)
        if isinstance(callee, Const) and callee.value is sum and isinstance(node.args[0], _COMPREHENSIONS):
            return self.sum_of(node)
        stops_early = isinstance(callee, Const) and (callee.value is any or callee.value is all)
        if stops_early and len(node.args) == 1 and isinstance(node.args[0], gast.GeneratorExp):
            args, kwargs = [self.generator_of(node.args[0])], {}
        else:
            args, kwargs = self.arguments(node)
        value = self.call(callee, args, kwargs, node)
        self.finished[node] = value
        return value

    def generator_of(self, node: Any) -> Value:
        raise NotImplementedError

    def sum_of(self, node: Any) -> Value:
        """`sum(... for ...)`: a loop that adds, without a list of the summands."""
        raise NotImplementedError

    def arguments(self, node: Any) -> tuple[list[Value], dict[str, Value]]:
        """The arguments of a call, starred ones spread."""
        args = self.several(node.args)
        kwargs: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.expression(keyword.value)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
                continue
            contents = self.state.heap.get(value) if isinstance(value, Box) else None
            if not isinstance(contents, Fields):
                raise self.unsupported(
                    "** needs a dict whose keys are known", "pass the arguments by name", node
                )
            kwargs.update(self.entries(value, node))  # type: ignore[arg-type]
        return args, kwargs

    def call(self, callee: Value, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        if isinstance(callee, Closure):
            return self.call_closure(callee, args, kwargs, node)
        if isinstance(callee, Method):
            return self.call(callee.function, [*callee.args, *args], {**callee.kwargs, **kwargs}, node)
        if isinstance(callee, NumpyMethod):
            return self.call_method(callee, args, kwargs, node)
        if isinstance(callee, Transformed):
            return self.call_transformed(callee, args, kwargs, node)
        if isinstance(callee, Pullback):
            return callee.apply(args, kwargs, node)
        if isinstance(callee, Box):
            method = self.special(callee, "__call__")
            if method is not None:
                return self.call(method, args, kwargs, node)
        if isinstance(callee, Choice):
            return self.on_each(callee, lambda v: self.call(v, args, kwargs, node), node)
        if isinstance(callee, Conflict):
            raise callee.error(self.location(node))
        if isinstance(callee, Const):
            return self.call_object(callee, args, kwargs, node)
        raise self.unsupported(
            "this value is called, but what it is is not known", "call a function by its name", node
        )

    def call_object(self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """Call something that exists: a builtin, a NumPy function, a function or object of the user."""
        fn = callee.value
        if isinstance(fn, Callee):
            return closing.in_place(self, fn, args, node)
        if args and self.may_be_object(args[0]):
            name = _BY_METHOD.get(fn) if isinstance(fn, Hashable) else None
            method = self.special(args[0], name) if name is not None else None
            if method is not None:
                return self.call(method, args[1:], kwargs, node)
        handler = self.handler(fn)
        if handler is not None and args and isinstance(args[0], Choice):
            again = lambda v: self.call_object(callee, [v, *args[1:]], kwargs, node)  # noqa: E731
            return self.on_each(args[0], again, node)
        if handler is not None:
            result = handler(self, args, kwargs, node)
            if result is not None:
                return result
        transformed = self.operator_call(fn, args, kwargs, node)
        if transformed is not None:
            return transformed
        if fn in (float, int, bool, complex, str) and not args and not kwargs:
            return Const(fn())
        if isinstance(fn, type) and issubclass(fn, np.generic):
            return self.construct(callee, args, kwargs, node)
        primitive = registry.lookup(fn)
        if primitive is not None:
            return self.call_primitive(primitive, args, kwargs, node)
        if isinstance(fn, types.MethodDescriptorType) and fn.__objclass__ is np.ndarray and args:
            return self.call_method(NumpyMethod(args[0], fn.__name__), args[1:], kwargs, node)
        if registry.why_refused(fn) is not None:
            return self.opaque(fn, args, kwargs, node)
        drawn = self.randomness(callee, args, kwargs, node)
        if drawn is not None:
            return drawn
        if isinstance(fn, _SUBSCRIPTED):
            return self.call(self._reached(fn.__origin__, callee, "__origin__"), args, kwargs, node)
        if isinstance(getattr(fn, "registry", None), types.MappingProxyType) and args:
            return self.call(self.dispatched(fn, args[0], node), args, kwargs, node)
        if isinstance(fn, functools._lru_cache_wrapper):
            return self.call(self._reached(fn.__wrapped__, callee, "__wrapped__"), args, kwargs, node)
        if isinstance(getattr(fn, "__self__", fn), logging.Logger) or _module(fn) in _REPORTING:
            return self.report(fn, args, kwargs, node)
        if isinstance(fn, functools.partial):
            given = {k: self.unfold(v) for k, v in fn.keywords.items()}
            return self.call(
                self._reached(fn.func, callee, "func"),
                [*map(self.unfold, fn.args), *args],
                {**given, **kwargs},
                node,
            )
        if isinstance(fn, types.MethodType):
            return self.call(
                Const(fn.__func__), [self.outer(fn.__self__, callee, "__self__"), *args], kwargs, node
            )
        if isinstance(getattr(fn, "__self__", None), np.ufunc):
            return self.ufunc_method(fn, args, kwargs, node)
        if (
            isinstance(fn, types.BuiltinMethodType)
            and fn.__self__ is not None
            and not inspect.ismodule(fn.__self__)
        ):
            return self.call_method(NumpyMethod(self.unfold(fn.__self__), fn.__name__), args, kwargs, node)
        if (getattr(fn, "__module__", None) or "").startswith(_OF_OTHER_ARRAYS):
            raise self.unsupported(
                "masked arrays and np.matrix are not computed with like other arrays",
                "use plain arrays, and np.where for a mask",
                node,
            )
        if isinstance(fn, types.FunctionType):
            if (fn.__module__ or "").startswith("transad.rules."):  # a method of an object that a rule made
                return self.inline(fn, args, kwargs, node)
            return self.call_closure(self.python_function(fn, node), args, kwargs, node)
        if isinstance(fn, type):
            return self.construct(callee, args, kwargs, node)
        if isinstance(getattr(type(fn), "__call__", None), types.FunctionType):  # noqa: B004
            return self.call(Const(type(fn).__call__), [Const(fn, callee.origin), *args], kwargs, node)
        return self.opaque(fn, args, kwargs, node)

    def dispatched(self, fn: Any, value: Value, node: Any) -> Const:
        """What a function made by `functools.singledispatch` calls for a first argument."""
        cls = self.python_class(value)
        if cls is None:
            raise self.unsupported("the type of this value is not known", "annotate the argument", node)
        around = dict(zip(fn.dispatch.__code__.co_freevars, fn.dispatch.__closure__))
        self.guards.container(around["registry"].cell_contents)  # others may be registered later
        return Const(fn.dispatch(cls))

    def python_class(self, value: Value) -> type | None:
        raise NotImplementedError

    def outer(self, value: Any, owner: Const, name: str) -> Value:
        """The object a method is bound to: containers seen through, the rest by name."""
        if type(value) in (list, dict, tuple):
            return self.unfold(value)
        origin = owner.origin
        if (
            origin is not None
            and isinstance(origin.namespace, dict)
            and origin.namespace.get(origin.path[0]) is value
        ):
            return Const(value, Origin(origin.namespace, origin.path[:1]))  # the object has the name
        return self._reached(value, owner, name)

    def _reached(self, value: Any, owner: Const, name: str) -> Const:
        return Const(value, owner.origin.attribute(name) if owner.origin is not None else None)

    def special(self, value: Value, name: str) -> Value | None:
        raise NotImplementedError
    def handler(self, fn: Any) -> Any:
        raise NotImplementedError

    def operator_call(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value | None:
        raise NotImplementedError

    def call_transformed(
        self, callee: Transformed, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        raise NotImplementedError

    def construct(self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        raise NotImplementedError

    # -- primitives

    def call_primitive(
        self, primitive: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        if self.takes_place(primitive.fn, args, kwargs):
            return self.call_into(Const(primitive.fn), args, kwargs, node)
        kwargs = self.without_layout(primitive.fn, kwargs)
        written = self.as_operator(primitive.fn, args, node)
        if written is not None:
            return written
        if "compile_time" in primitive.rules:
            return self.run_now(primitive.fn, args, node)
        if "expansion" in primitive.rules:
            function = primitive.rules["expansion"].function
            own = tuple(inspect.signature(function).parameters.values())
            self.check_arguments(primitive, own, args, kwargs, node)
            if not self.own:
                place = {p.name: k for k, p in enumerate(own)}
                args = [self.as_array(primitive, k, v, node, own) for k, v in enumerate(args)]
                for name, v in kwargs.items():
                    kwargs = {**kwargs, name: self.as_array(primitive, place.get(name, -1), v, node, own)}
            result = self.inline(function, args, kwargs, node)
            if isinstance(result, Conflict):
                raise result.error(self.location(node))
            if not (isinstance(result, Const) and result.value is NotImplemented):
                return result
        if registry.is_variadic(primitive):
            fixed = sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in primitive.params)
            primitive = registry.spread(primitive, max(0, len(args) - fixed))
        if _module(primitive.fn) == "math":  # fsum, prod: of any iterable
            args = [self.iterable(v, node) if isinstance(v, (Generator, Sequence)) else v for v in args]
        values = self.bind_arguments(primitive, args, kwargs, node)
        from_text = bool(values) and isinstance(values[0], Var) and values[0].type == ty.Object(str)
        if from_text and primitive.fn in (float, int, complex):
            raise self.unsupported(
                "a number is read from text that is made when the program runs",
                "compute with the numbers that the text is made of",
                node,
            )
        if not self.own:
            values = [self.as_array(primitive, k, v, node, primitive.params) for k, v in enumerate(values)]
        operands = [self.operand(v, node) for v in values]
        compute = lambda: self.apply(primitive, operands, node)  # noqa: E731
        if _module_of(primitive.fn).startswith(_OF_MATRICES):
            return self.unless_singular(primitive, operands, compute, node)
        return self.foreseen(primitive.fn, args, compute, node)

    def run_now(self, fn: Any, args: list[Value], node: Any) -> Value:
        """Call a function of known values, written for rules."""
        try:
            return self.unfold(fn(*(self.plain(v, node) for v in args)))
        except NotImplementedError as error:
            reason, cure = [*error.args, "use the part of NumPy that is supported"][:2]
            raise self.unsupported(reason, cure, node) from error

    def plain(self, value: Value, node: Any) -> Any:
        """The Python object that a value which must be known stands for."""
        if isinstance(value, Pack):
            return tuple(self.plain(v, node) for v in value.items)
        contents = self.state.heap.get(value) if isinstance(value, Box) else None
        if isinstance(contents, Items):
            return [self.plain(v, node) for v in contents.values]
        if isinstance(value, Const):
            return value.value
        raise self.unsupported(
            "an argument of this call must be known before the program runs", "use a constant", node
        )

    def as_array(self, primitive: Primitive, k: int, value: Value, node: Any, params: Any) -> Value:
        """What NumPy would do first with a list or tuple given in place of an array."""
        sequence = isinstance(value, Pack) or isinstance(value, Box) and value.kind == "list"
        if not sequence or not 0 <= k < len(params) or params[k].name not in _ARRAYS:
            return value
        if primitive.fn in _CONVERSIONS or not _is_of_numpy(primitive.fn):
            return value
        return self.call(Const(np.array), [value], {}, node)

    def call_into(self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        raise NotImplementedError

    def randomness(
        self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value | None:
        raise NotImplementedError

    def draw(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        raise NotImplementedError

    def as_operator(self, fn: Any, args: list[Value], node: Any) -> Value | None:
        raise NotImplementedError

    def without_layout(self, fn: Any, kwargs: dict[str, Value]) -> dict[str, Value]:
        raise NotImplementedError

    def ufunc_method(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        raise NotImplementedError

    def takes_place(self, fn: Any, args: list[Value], kwargs: dict[str, Value]) -> bool:
        raise NotImplementedError

    def bind_arguments(
        self, primitive: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> list[Value]:
        """The arguments in the order of the primitive's parameters, defaults filled in."""
        if not primitive.params:
            return self.by_signature(primitive, args, kwargs, node)
        bound = self.check_arguments(primitive, primitive.params, args, kwargs, node)
        values: list[Value] = []
        for p in primitive.params:
            if p.kind is p.VAR_POSITIONAL:
                values.append(Pack(tuple(bound.arguments.get(p.name, ()))))
            elif p.name in bound.arguments:
                values.append(bound.arguments[p.name])
            else:
                values.append(self.constant(Const(p.default)))
        return values

    def check_arguments(
        self, primitive: Primitive, params: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> inspect.BoundArguments:
        """The arguments by parameter; an error that names the parameters for those that are not supported."""
        signature = inspect.Signature(
            [p.replace(kind=p.POSITIONAL_OR_KEYWORD) if p.kind is p.POSITIONAL_ONLY else p for p in params]
        )
        try:
            return signature.bind(*args, **kwargs)
        except TypeError as error:
            known = ", ".join(signature.parameters)
            raise self.unsupported(
                f"this call of {primitive.name} is not supported ({error})",
                f"supported arguments: {known}",
                node,
            ) from error

    def by_signature(
        self, primitive: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> list[Value]:
        """A primitive without derivative takes whatever its function takes: remember the names."""
        if not kwargs:
            return list(args)
        try:
            bound = signature_of(primitive.fn).bind(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise self.unsupported(
                f"this call of {primitive.name} is not supported ({error})", "check its arguments", node
            ) from error
        names = list(signature_of(primitive.fn).parameters.values())
        last = max(k for k, p in enumerate(names) if p.name in bound.arguments)
        values = []
        for p in names[: last + 1]:
            values.append(bound.arguments.get(p.name, Const(p.default)))
        return values

    def call_method(
        self, method: NumpyMethod, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """`owner.name(...)`: the method of an array, number, list or dict."""
        owner, name = method.owner, method.name
        if self.is_iterator(owner):
            if name == "close":
                return NOTHING
            reason = f"the method {name} of an iterator is not supported"
            raise self.unsupported(reason, "take its items with next, or in a for loop", node)
        if isinstance(owner, Box) and owner.kind == "set":
            result = self.set_method(owner, name, args, node)
            if result is not None:
                return result
        handler = getattr(self, f"method_{name}", None)
        if handler is not None:
            result = handler(owner, args, kwargs, node)
            if result is not None:
                return result
        kind = self.type_of(owner)
        if name.startswith("__") and hasattr(operator, name):  # x.__add__(y)
            return self.call(Const(getattr(operator, name)), [owner, *args], kwargs, node)
        if isinstance(kind, (ty.Array, ty.Number)) or kind == ty.UNKNOWN:
            for function in (getattr(np, name, None), getattr(self.python_class(owner), name, None)):
                primitive = registry.lookup(function) if function is not None else None
                if primitive is not None:
                    return self.call_primitive(primitive, [owner, *args], kwargs, node)
        if isinstance(owner, Const) and isinstance(owner.value, str):
            if name == "join":
                args = [self.call(Const(list), args, {}, node)]
            args = [self.shown(a, str, node) for a in args]
            return self.opaque(getattr(owner.value, name), args, kwargs, node, result_of_method(name))
        if kind == ty.Object(str) and hasattr(str, name):
            return self.opaque(getattr(str, name), [owner, *args], kwargs, node, result_of_method(name))
        if isinstance(kind, ty.Object) and issubclass(kind.cls, generators()):
            return self.draw(owner, name, args, kwargs, node)
        raise NoRuleError(
            f"the method {name} of {ty.in_words(kind)} has no derivative rule",
            f"write it with NumPy functions that have one, or give it one with @transad.vjp({name})",
            self.location(node),
        )

    def report(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A call that logs or warns; a logger is looked up now."""
        if fn is logging.getLogger and all(isinstance(a, Const) for a in args):
            return Const(fn(*(a.value for a in args)))  # type: ignore[union-attr]
        self.opaque(fn, [self.shown(a, str, node) for a in args], kwargs, node, ty.Object(type(None)))
        return NOTHING

    def opaque(
        self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any, kind: ty.Type = ty.UNKNOWN
    ) -> Value:
        """A call that is run as it is, once; refused later if a derivative would pass through it."""
        name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", repr(fn))
        if isinstance(getattr(fn, "__self__", None), np.ufunc):
            name = f"{fn.__self__.__name__}.{fn.__name__}"
        if not callable(fn):
            raise self.unsupported(f"{fn!r} is called, but is not callable", "check the name", node)
        if not registry.hashable(fn):
            reason = f"{name} cannot be hashed, as callables that have rules or are looked up must"
            raise self.unsupported(reason, "call it in a function, and give that one a rule", node)
        if fn in _FRAME_READERS:
            raise self.unsupported(
                f"{name}() reads variables by text or from the running frame, unseen by transad",
                "write the expression out, or keep the values in a dict",
                node,
            )
        harmless = _is_harmless(fn, name)
        if harmless and self.takes_place(fn, args, kwargs):
            return self.call_into(Const(fn), args, kwargs, node)
        given = [*args, *kwargs.values()]
        if not harmless and any(isinstance(v, Box) for v in given):
            raise self.unsupported(
                f"{name} is given a list, dict or object, and what it does to it is not known",
                "call it outside, or pass it numbers and arrays",
                node,
            )
        operands = [self.operand(a, node) for a in args]
        attrs = {"opaque": fn, "keywords": tuple(kwargs)}
        operands += [self.operand(v, node) for v in kwargs.values()]
        if (
            all(isinstance(x, Const) for x in operands)
            and isinstance(fn, types.BuiltinMethodType)
            and isinstance(fn.__self__, str)
        ):
            known = fn(*(x.value for x in operands))
            return self.unfold(known)
        primitive = Primitive(name, fn, effect=True)
        out = self.builder.emit(primitive, operands, kind, None, attrs, self.location(node))
        for v in given:
            if not harmless and isinstance(v, Var) and ty.is_mutable(v.type):
                self.lose(self.identity(v), f"{name} may have written to it", set())
        return self.value(out)

    # -- Python functions

    def python_function(self, fn: types.FunctionType, node: Any) -> Closure:
        """A function object as the interpreter sees it: its source, globals, closure and defaults."""
        known = self.functions.get(fn)
        if known is not None:
            return known
        if fn.__code__.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
            raise self.unsupported(f"{fn.__name__} is a coroutine", "call an ordinary function", node)
        try:
            source = function_source(fn)
        except SourceError as error:
            raise SourceError(error.reason, error.cure, self.location(node) or error.loc) from error
        cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or ()))
        frame = Frame("", frozenset(), None, fn.__globals__, cells)
        self.sources.append(source)
        defaults = tuple(self.unfold(v) for v in fn.__defaults__ or ())
        keyword = {k: self.unfold(v) for k, v in (fn.__kwdefaults__ or {}).items()}
        closure = self.functions[fn] = Closure(source.node, source, frame, defaults, keyword)
        return closure

    def call_closure(self, closure: Closure, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """Interpret the body of a function in place of the call."""
        if facts(closure.node).yields:
            return Generator(closure, tuple(args), kwargs)
        bound = self.bind_parameters(closure, args, kwargs, node)
        return self.step(lambda: self.followed(closure, bound, node))

    def run_body(self, closure: Closure, bound: dict[str, Value], consumer: Any = None) -> Value:
        own, around = local_names(closure.node), closure.frame
        frame = Frame(closure.name, own, around, around.namespace, around.cells)
        outer = self.frame, self.source, self.builder.loc
        flags = self.naming, self.own
        if self.own and self.inlining.startswith("transad.") and not frame.is_own:  # called by a rule
            self.naming, self.own = True, False
        self.frame, self.source = frame, closure.source
        steps = self.finished, self.replayed, self.steps  # of the caller's statement
        self.finished, self.replayed, self.steps = {}, {}, None
        self.state.frames[frame] = dict(bound)
        self.active = [*self.active, closure.node]
        if consumer is not None:
            self.consumers[frame] = consumer
            handlers = self.handlers_of_generator(frame)
            self.state.frames[frame][handlers.left] = Const(False)
            self.catching.append(handlers)
        try:
            if isinstance(closure.node, gast.Lambda):
                self.at(closure.node.body)
                compute = lambda: ({}, self.expression(closure.node.body))  # noqa: E731
                exit, value = self.resumable(compute, closure.node)
                self.check_caught(exit, value, closure, outer[0])
                return value
            exit = self.statements(closure.node.body)
            names = self.state.frames[frame]
            if consumer is not None:  # which may have left the generator in its turn
                exit = {kind: flag for kind, flag in exit.items() if kind != handlers.kind}
            value = names["%value"] if "return" in exit else NOTHING
            self.check_caught(exit, value, closure, outer[0])
            if always(exit, "raise") and consumer is None and (len(self.active) > 1 or self.building):
                raise Abandoned(self.unsupported(f"{closure.name} always raises", "", closure.node))
            if "return" not in exit:
                return NOTHING
            return self.returned(exit["return"], names["%value"])
        finally:
            self.active = self.active[:-1]
            self.finished, self.replayed, self.steps = steps
            self.frame, self.source, self.builder.loc = outer
            self.naming, self.own = flags
            if consumer is not None:
                self.catching.remove(handlers)
            if not frame.captured:
                self.state.frames.pop(frame, None)

    def check_caught(self, exit: Any, value: Value, closure: Closure, caller: Frame) -> None:
        """An exception that is caught in a caller abandons the statement with the call, if it is sure."""
        for kind, flag in exit.items():
            if not kind.startswith("caught:"):
                continue
            handlers = next(h for h in self.catching if h.kind == kind)
            reason = f"an exception that {closure.name} may raise is caught by its caller"
            error = self.unsupported(reason, "test the condition in the caller", closure.node)
            if isinstance(flag, Const):
                raise Unwind(handlers, error)
            raise Interrupted(error, kind, flag, value, caller, self.builder.block)

    def returned(self, flag: Operand, value: Value) -> Value:
        """The value of a call that may also run off its end, which returns None."""
        if isinstance(flag, Const):
            return value
        return value

    def bind_parameters(
        self, closure: Closure, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> dict[str, Value]:
        a = closure.arguments
        positional = [p.id for p in (*a.posonlyargs, *a.args)]
        only = {p.id for p in a.posonlyargs}
        args = [self.once(v) for v in args]
        bound: dict[str, Value] = dict(zip(positional, args))
        extra = args[len(positional) :]
        rest: dict[str, Value] = {}
        for name, value in kwargs.items():
            value = self.once(value)
            if name in bound and name not in only:
                raise self.unsupported(f"{closure.name}() got {name} twice", "pass it once", node)
            if (name in positional or name in {p.id for p in a.kwonlyargs}) and name not in only:
                bound[name] = value
            else:
                rest[name] = value
        for name, default in zip(positional[len(positional) - len(closure.defaults) :], closure.defaults):
            bound.setdefault(name, default)
        for name, default in closure.keyword_defaults.items():
            bound.setdefault(name, default)
        if a.vararg:
            bound[a.vararg.id] = Pack(tuple(extra))
        elif extra:
            raise self.unsupported(
                f"{closure.name}() takes {len(positional)} arguments, {len(args)} given", "drop some", node
            )
        if a.kwarg:
            bound[a.kwarg.id] = self.new_dict(rest)
        elif rest:
            raise self.unsupported(
                f"{closure.name}() has no parameter {next(iter(rest))}", "check the name", node
            )
        missing = [n for n in parameter_names(a) if n not in bound]
        if missing:
            raise self.unsupported(f"{closure.name}() misses the argument {missing[0]}", "pass it", node)
        return bound

    def inline(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any = None) -> Value:
        """A function of transad's own (a rule), in place: its lines are not the user's."""
        outer = self.naming, self.own, self.inlining
        self.naming, self.own, self.inlining = False, True, fn.__module__ or ""
        loc = self.builder.loc
        try:
            return self.call_closure(self.python_function(fn, node), args, kwargs, node)
        finally:
            self.naming, self.own, self.inlining = outer
            self.builder.loc = loc


def signature_of(fn: Any) -> inspect.Signature:
    """The parameters of a function; of those in C that keep theirs to themselves, as documented."""
    try:
        return inspect.signature(fn)
    except ValueError:
        if fn not in _UNDOCUMENTED:
            raise
        return inspect.signature(_UNDOCUMENTED[fn])


# Parameters that take an array, and functions that make one of whatever they are given.
_ARRAYS = {"a", "b", "x", "y", "x1", "x2", "arr", "ary", "array", "m", "v", "A", "f", "p", "xp", "fp"}
_CONVERSIONS = {np.asarray, np.asanyarray, np.ascontiguousarray, np.shape, np.ndim, np.size, np.tile}
_COMPREHENSIONS = (gast.ListComp, gast.GeneratorExp)
# Functions that may read any variable of their caller, differentiated ones too.
_FRAME_READERS = {eval, exec, locals, globals, vars, dir, sys._getframe, inspect.currentframe, inspect.stack}
_BY_METHOD = {float: "__float__", int: "__int__", complex: "__complex__", round: "__round__", abs: "__abs__",
              math.floor: "__floor__", math.ceil: "__ceil__", math.trunc: "__trunc__", hash: "__hash__",
              reversed: "__reversed__", divmod: "__divmod__", copy.copy: "__copy__"}  # fmt: skip
_SUBSCRIPTED = (types.GenericAlias, type(typing.List[int]))  # noqa: UP006 (classes such as Stack[float])
_OF_MATRICES = ("numpy.linalg", "scipy.linalg")  # may raise LinAlgError
_REPORTING = {"logging", "warnings"}  # never followed into their source


def _is_of_numpy(fn: Any) -> bool:
    return _module(fn) == "numpy" or isinstance(getattr(fn, "__self__", None), np.ufunc)


def _module(fn: Any) -> str:
    return _module_of(fn).partition(".")[0]


def _module_of(fn: Any) -> str:
    return getattr(fn, "__module__", None) or ""


# Modules whose functions read what they are given, no more; and those of them that do more.
_HARMLESS = {"logging", "warnings", "numpy", "scipy"}
_WRITERS = {
    "copyto",
    "put",
    "place",
    "putmask",
    "put_along_axis",
    "fill_diagonal",
    "shuffle",
    "at",
    "setflags",
}


_OF_OTHER_ARRAYS = ("numpy.ma", "numpy.matrixlib")


def _is_harmless(fn: Any, name: str) -> bool:
    if isinstance(fn, np.ufunc) or isinstance(getattr(fn, "__self__", None), np.ufunc):
        return fn.__name__ not in _WRITERS
    module = _module(fn)
    if isinstance(getattr(fn, "__self__", None), (logging.Logger, str)):
        return True
    return fn in (str, repr, format) or module in _HARMLESS and name.rpartition(".")[2] not in _WRITERS


_UNDOCUMENTED = {
    np.zeros: lambda shape, dtype=float, order="C": None,
    np.empty: lambda shape, dtype=float, order="C": None,
    np.arange: lambda start, stop=None, step=None, dtype=None: None,
    np.array: lambda object, dtype=None, copy=True, order="K": None,
    np.dot: lambda a, b: None,
    np.where: lambda condition, x=None, y=None: None,
    np.concatenate: lambda arrays, axis=0, out=None, *, dtype=None, casting="same_kind": None,
    np.lexsort: lambda keys, axis=-1: None,
    np.bincount: lambda x, weights=None, minlength=0: None,
}  # fmt: skip


__all__ = ["UNBOUND", "Calls", "Var", "fold"]
