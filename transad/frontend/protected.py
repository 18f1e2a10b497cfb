"""`raise`, `assert`, `try` and `with`: blocks that are left by an exception, and what is done about it.

An exception that nobody in the program catches ends it: the operation `raise` stays in the list. One that
a `try` around it catches is a way of leaving a block like `return`: an exit of its own kind, named after
the `try`, with a flag that is true from the moment it was raised; which handler takes it is remembered in
a variable. The handlers then are the branches of an ordinary `if` on the flag. What follows from syntax
and types alone (a key that a dict of known structure lacks) is raised while interpreting (`Unwind`).

What Python raises by itself at run time (a division by zero) is foreseen where it is caught (see `failing`).

`with` runs `__enter__`, the block and `__exit__`; a context manager written as a generator runs with the
block in place of its `yield`.
"""

from __future__ import annotations

import contextlib
import itertools
import types
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from transad.errors import TransadError
from transad.frontend.control import FALLS
from transad.frontend.matching import Matching
from transad.frontend.merging import Exit, Unwinding, always
from transad.frontend.syntax import leaves_block, own_statements
from transad.frontend.values import (
    NOTHING,
    UNBOUND,
    Box,
    Closure,
    Fields,
    Frame,
    Generator,
    Method,
    Pack,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.ir.primitives import HOOK, RAISE
from transad.rules.control import on_grad

_serial = itertools.count()
_numbers: weakref.WeakKeyDictionary[Frame, dict[int, int]] = weakref.WeakKeyDictionary()
NEUTRAL = {np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext}  # change no value


class Handlers:
    """A `try` (or a generator that may be left) around what is interpreted: what each handler takes."""

    def __init__(self, frame: Frame, node: Any, classes: list[tuple[type, ...]]):
        self.frame, self.node, self.classes = frame, node, classes
        self.kind = f"caught:{_number(frame, node)}"
        self.left, self.which, self.exception = (
            f"%{part}:{self.kind}" for part in ("left", "which", "exception")
        )

    def takes(self, cls: type) -> int | None:
        return next((k for k, classes in enumerate(self.classes) if issubclass(cls, classes)), None)


class Unwind(Unwinding):
    """The statement is abandoned for these handlers; `error` is for where that is not possible."""

    def __init__(self, handlers: Handlers, error: TransadError):
        super().__init__(str(error))
        self.handlers, self.error = handlers, error


class Protected(Matching):
    """The part of the interpreter for exceptions and contexts."""

    def __init__(self) -> None:
        super().__init__()
        self.handling: list[Value | None] = []  # the exceptions whose handlers run, as far as they are known

    # -- raising

    def new_exception(self, cls: type, args: list[Value], kwargs: dict[str, Value] | None = None) -> Box:
        """An exception as `BaseException.__new__` makes it, and what it was made of."""
        kwargs = kwargs or {}
        given = {"%given": Pack((*args, *kwargs.values())), "%names": Const(tuple(kwargs))}
        box = Box("object", cls)
        self.state.heap[box] = Fields({"args": Pack(tuple(args)), **given})
        return box

    def stmt_Raise(self, node: Any) -> Exit:
        if self.own:  # a rule that refuses
            given = [a.value for a in node.exc.args] if isinstance(node.exc, gast.Call) else []
            defaults = ("this call is not supported", "use the part of NumPy that is supported")
            raise self.unsupported(*given, *defaults[len(given) :], None)
        if node.exc is None:
            return self.raise_again(node)
        value = self.expression(node.exc)
        if isinstance(value, Const) and isinstance(value.value, type):
            value = self.call(value, [], {}, node)
        if not is_exception(value):
            raise self.unsupported(
                "this exception is not known before the program runs", "raise a class", node
            )
        return self.raise_(value, node)

    def raise_again(self, node: Any) -> Exit:
        if not self.handling or not is_exception(self.handling[-1]):
            raise self.unsupported(
                "which exception is raised again is not known here", "name it: raise the class", node
            )
        return self.raise_(self.handling[-1], node)

    def stmt_Assert(self, node: Any) -> Exit:
        test = self.condition(node.test)
        if isinstance(test, Const) and test.value:
            return FALLS

        def fails() -> tuple[Exit, None]:
            message = [self.expression(node.msg)] if node.msg is not None else []
            return self.raise_(self.new_exception(AssertionError, message), node), None

        if isinstance(test, Const):
            return fails()[0]
        return self.branch(test, lambda: (FALLS, None), fails, node)[0]

    def raise_(self, exception: Any, node: Any) -> Exit:
        """Leave for the handler that takes the exception, or end the program."""
        handlers, which = self.handler_of(exception.cls)
        if handlers is None:
            self.raise_at_run_time(exception, node)
            return {"raise": Const(True)}
        names = self.state.frames[handlers.frame]
        names[handlers.left], names[handlers.which] = Const(True), Const(which)
        names[handlers.exception] = exception
        return {handlers.kind: Const(True)}

    def raise_at_run_time(self, exception: Box, node: Any) -> None:
        """Raise what nothing here catches: the call that made it is made again."""
        cls = exception.cls
        made = [base for base in cls.__mro__ if base in self.guards.made]
        if any(isinstance(v, types.FunctionType) for base in made for v in vars(base).values()):
            raise self.unsupported(
                f"the class {cls.__name__}, which is made in the function, leaves it with an exception",
                "move the class out of the function",
                node,
            )
        values = self.state.heap[exception].values
        given = [self.operand(v, node) for v in values["%given"].items]
        self.builder.append(Op([], RAISE, [Const(cls), *given], {"keywords": values["%names"].value}))

    def handler_of(self, cls: type) -> tuple[Handlers | None, int]:
        for handlers in reversed(self.catching):
            which = handlers.takes(cls)
            if which is not None:
                return handlers, which
        return None, 0

    def failure(self, cls: type[Exception], reason: str, cure: str, node: Any, *given: Any) -> Exception:
        """What to raise where the program surely raises `cls`, with what Python gives it."""
        error = self.unsupported(reason, cure, node)
        handlers, _ = self.handler_of(cls)
        if handlers is None:
            return error
        self.raise_(self.new_exception(cls, list(map(Const, given))), node)
        return Unwind(handlers, error)

    def unwound(self, unwind: Unwinding) -> Exit:
        """A statement of this function was abandoned: leave for the handler, if it is here."""
        if not isinstance(unwind, Unwind):
            return {"raise": Const(True)}
        if unwind.handlers.frame is not self.frame:
            raise unwind
        self.state.frames[self.frame][unwind.handlers.left] = Const(True)
        return {unwind.handlers.kind: Const(True)}

    # -- catching

    def stmt_Try(self, node: Any) -> Exit:
        handlers = Handlers(self.frame, node, [self.classes(h) for h in node.handlers])
        self.lingering += bool(node.finalbody)
        exit = self.watched(handlers, node.body)
        caught = exit.pop(handlers.kind, Const(False))
        if isinstance(caught, Const):
            exit = self.handle(handlers, node) if caught.value else self.go_on(exit, node.orelse, node)
        else:
            rest = dict(exit)
            exit, _ = self.branch(
                caught,
                lambda: (self.handle(handlers, node), None),
                lambda: (self.go_on(rest, node.orelse, node), None),
                node,
            )
        self.lingering -= bool(node.finalbody)
        return self.finally_(exit, node)

    def watched(self, handlers: Handlers, body: list[Any]) -> Exit:
        names = self.state.frames[self.frame]
        names[handlers.left], names[handlers.which] = Const(False), Const(0)
        self.catching.append(handlers)
        try:
            return dict(self.statements(body))
        finally:
            self.catching.remove(handlers)

    def go_on(self, exit: Exit, body: list[Any], node: Any) -> Exit:
        if always(exit) or not body:
            return exit
        return self.unless(exit, body, node) if exit else self.statements(body)

    def classes(self, handler: Any) -> tuple[type, ...]:
        if handler.type is None:
            return (BaseException,)
        value = self.expression(handler.type)
        items = value.items if isinstance(value, Pack) else (value,)
        return tuple(self.known(v, handler, "the class of an exception") for v in items)

    def handle(self, handlers: Handlers, node: Any, first: int = 0) -> Exit:
        """Run the handler that was chosen, of those from `first` on."""
        names = self.state.frames[self.frame]
        which = names[handlers.which]
        if isinstance(which, Const):
            return self.run_handler(node.handlers[which.value], names.get(handlers.exception))
        if first == len(node.handlers) - 1:
            return self.run_handler(node.handlers[first], names.get(handlers.exception))
        test = self.operand(self.compare_two(gast.Eq(), which, Const(first), node))
        run = lambda: (self.run_handler(node.handlers[first], names.get(handlers.exception)), None)  # noqa: E731
        return self.branch(test, run, lambda: (self.handle(handlers, node, first + 1), None), node)[0]

    def run_handler(self, handler: Any, exception: Value | None) -> Exit:
        name = getattr(handler.name, "id", handler.name)
        if name and exception is not None:
            self.bind(name, exception)
        self.handling.append(exception)
        try:
            return self.statements(handler.body)
        finally:
            self.handling.pop()

    def finally_(self, exit: Exit, node: Any) -> Exit:
        """The last block runs however the others were left, and may leave in its own way."""
        if not node.finalbody or always(exit, "raise"):
            return exit
        last = self.statements(node.finalbody)
        if always(last):
            return last
        if last:
            raise self.unsupported(
                "finally: leaves the function on one path only", "leave it on all or none", node
            )
        return exit

    # -- contexts

    def stmt_With(self, node: Any) -> Exit:
        return self.within(list(node.items), node.body, node)

    def within(self, items: list[Any], body: list[Any], node: Any) -> Exit:
        if not items:
            return self.statements(body)
        item, *rest = items
        call = item.context_expr
        entered = lambda value: self.entered(item, value, rest, body, node)  # noqa: E731
        if isinstance(call, gast.Call):
            callee = self.expression(call.func)
            known = callee.value if isinstance(callee, Const) else None
            if isinstance(known, type) and known in NEUTRAL:
                return entered(self.expression(call.args[0]) if call.args else NOTHING)
            if known is on_grad:
                if rest:
                    raise self.unsupported("on_grad stands together with others", "use two with", node)
                return self.on_grad(item, body, node)
            if known is contextlib.suppress:
                return self.suppressed(call, rest, body, node)
            generator = _generator_of(known)
            if generator is not None:
                return self.through_generator(self.python_function(generator, node), call, entered, node)
        manager = self.expression(call)
        enter, leave = self.special(manager, "__enter__"), self.special(manager, "__exit__")
        if enter is None or leave is None:
            raise self.unsupported(
                "this context manager is not supported", "write what it does around the block", node
            )
        self.lingering += 1
        first = self.call(enter, [], {}, node)
        begin = len(self.builder.block.ops)
        exit = entered(first)
        self.lingering -= 1
        raised = any(op.primitive is RAISE for op in walk(Block(ops=self.builder.block.ops[begin:])))
        if (raised or any(kind.startswith("caught:") for kind in exit)) and self.may_swallow(leave, node):
            raise self.unsupported(
                "this context manager may swallow an exception", "use try and except", node
            )
        if not always(exit, "raise"):
            self.call(leave, [NOTHING] * 3, {}, node)
        return exit

    def may_swallow(self, leave: Value, node: Any) -> bool:
        """Does `__exit__` return anything but nothing or False?"""
        assert isinstance(leave, Method) and isinstance(leave.function, Const)
        body = self.python_function(leave.function.value, node).node
        values = [n.value for n in own_statements(body) if isinstance(n, gast.Return) and n.value is not None]
        return any(not isinstance(v, gast.Constant) or v.value for v in values)

    def entered(self, item: Any, value: Value, rest: list[Any], body: list[Any], node: Any) -> Exit:
        if item.optional_vars is not None:
            self.assign(item.optional_vars, value, node)
        return self.within(rest, body, node)

    def suppressed(self, call: Any, rest: list[Any], body: list[Any], node: Any) -> Exit:
        """`with suppress(A, B):` is `try:` with a handler that does nothing."""
        classes = tuple(self.known(self.expression(a), a, "the class of an exception") for a in call.args)
        handlers = Handlers(self.frame, node, [classes])
        inner = gast.copy_location(gast.With(rest, body, None), node)
        exit = self.watched(handlers, [inner] if rest else body)
        exit.pop(handlers.kind, None)
        return exit

    def through_generator(
        self, closure: Closure, call: Any, entered: Callable[[Value], Exit], node: Any
    ) -> Exit:
        """A context manager made by `contextlib.contextmanager`: the block runs at its `yield`."""
        args, kwargs = self.arguments(call)
        exits: list[Exit] = []

        def consume(value: Value) -> Exit:
            exits.append(entered(value))
            return FALLS

        self.lingering += 1
        try:
            self.generate(Generator(closure, tuple(args), kwargs), consume, node)
        finally:
            self.lingering -= 1
        if len(exits) != 1:
            raise self.unsupported("this context manager does not yield once", "let it yield once", node)
        return exits[0]

    # -- surgery on the reverse sweep

    def on_grad(self, item: Any, body: list[Any], node: Any) -> Exit:
        """`with on_grad(x) as x_bar: body`: x goes on as the result of a `hook` that keeps the body."""
        (target,) = item.context_expr.args
        bar = item.optional_vars
        if not isinstance(target, gast.Name) or not isinstance(bar, gast.Name):
            raise self.unsupported(
                "on_grad takes the name of a variable, and a name for its adjoint",
                "write: with on_grad(x) as x_bar:",
                node,
            )
        x = self.load(target.id, node)
        if not isinstance(x, Var):
            raise self.unsupported(f"{target.id} is no number or array that is computed", "name one", node)
        if leaves_block(body, anywhere=True):
            raise self.unsupported("this block is left early", "let it run to its end", node)
        names = sorted({n.id for s in body for n in gast.walk(s) if isinstance(n, gast.Name)} - {bar.id})
        given = {name: self.load(name, node) for name in names if self.frame_of(name) is not None}
        held = {name: self.held(name, v, node) for name, v in given.items() if v is not UNBOUND}
        computed = [name for name, v in held.items() if isinstance(v, Var)]
        result = gast.Return(gast.Name(bar.id, gast.Load(), None, None))
        function = gast.FunctionDef("hook", _parameters([bar.id, *held]), [*body, result], [], None, None, [])
        gast.fix_missing_locations(gast.copy_location(function, node))
        outside = Frame("", frozenset(), None, self.frame.namespace, self.frame.cells)
        attrs = {"body": Closure(function, self.source, outside, (), {}), "held": held, "computed": computed}
        now: Any = self.operand(x, node)
        out = self.builder.emit(HOOK, [now, *(held[n] for n in computed)], now.type, target.id, attrs)  # type: ignore[list-item]
        if ty.is_mutable(now.type):
            if x in self.views:
                raise self.unsupported("on_grad of a part of an array", "take it of the whole array", node)
            self.new_version(x, out, node)
        else:
            self.bind(target.id, out)
        return FALLS

    def held(self, name: str, value: Value, node: Any) -> Value:
        """What a name is bound to now, for a block that runs in the reverse sweep."""
        if isinstance(value, (Var, Const)):
            return self.operand(value, node)
        raise self.unsupported(
            f"the block of on_grad reads {name}, which is no number, array or function of a module",
            "give it numbers and arrays",
            node,
        )

    # -- supplied by the parts for calls

    def arguments(self, call: Any) -> tuple[list[Value], dict[str, Value]]:
        raise NotImplementedError

    def generate(self, generator: Generator, consume: Callable, node: Any) -> Any:
        raise NotImplementedError

    def python_function(self, fn: Any, node: Any) -> Closure:
        raise NotImplementedError


def is_exception(value: Value | None) -> bool:
    """Is it an exception that was made here?"""
    return isinstance(value, Box) and value.cls is not None and issubclass(value.cls, BaseException)


def _parameters(names: list[str]) -> Any:
    return gast.arguments([gast.Name(n, gast.Param(), None, None) for n in names], [], None, [], [], None, [])


def _number(frame: Frame, node: Any) -> int:
    """The same for a `try` whenever it is interpreted again in the same call."""
    known = _numbers.setdefault(frame, {})
    if id(node) not in known:
        known[id(node)] = next(_serial)
    return known[id(node)]


def _generator_of(fn: Any) -> Any:
    """The generator function that `contextlib.contextmanager` wrapped."""
    wrapped = getattr(fn, "__wrapped__", None)
    made = getattr(fn, "__globals__", {}).get("__name__") == "contextlib"
    return wrapped if made else None


__all__ = ["Handlers", "Operand", "Protected", "Unwind"]
