"""Generator functions: run where they are consumed, with the consumer in place of `yield`.

`for v in g(x): body` is the body of `g`, and at each `yield e` in it: `v = e; body`. What else takes an
iterable (`list(g(x))`, `sum`, `zip`) collects the values in a list first. A consumer that leaves the loop
(`break`, `return`) leaves the generator in the same way in which a `try` would catch an exception there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import gast

from transad.frontend.control import FALLS
from transad.frontend.failing import Failing
from transad.frontend.merging import Exit, Interrupted
from transad.frontend.protected import Handlers
from transad.frontend.syntax import leaves_block, own_statements
from transad.frontend.values import NOTHING, Closure, Frame, Generator, Value
from transad.ir.core import Const


@functools.cache
def is_endless(function: Any) -> bool:
    """Does a generator surely go on for ever?"""
    return any(
        isinstance(n, gast.While)
        and isinstance(n.test, gast.Constant)
        and n.test.value
        and not leaves_block(n.body, anywhere=True)
        for statement in function.body
        for n in (statement, *own_statements(statement))
    )


class Generators(Failing):
    """The part of the interpreter for generators."""

    looped: tuple[Value, ...] = ()  # lists that loops around go through
    silent = False  # while a generator of transad's own runs

    def __init__(self) -> None:
        super().__init__()
        self.consumers: dict[Frame, Callable[[Value], Exit]] = {}

    def expr_Yield(self, node: Any) -> Value:
        """The value of a `yield` that nobody sends anything to."""
        self.given(self.stmt_Expr(gast.Expr(node)), node)
        return NOTHING

    def expr_YieldFrom(self, node: Any) -> Value:
        """The value of `yield from`: what the inner generator returns."""
        source = self.expression(node.value)
        consume = self.consumers.get(self.frame)
        if not isinstance(source, Generator) or consume is None:
            self.given(self.stmt_Expr(gast.Expr(node)), node)
            return NOTHING

        def hand_on(value: Value) -> Exit:
            self.given(consume(value), node)
            return FALLS

        return self.generate(source, hand_on, node)

    def given(self, exit: Exit, node: Any) -> None:
        if exit:
            raise self.unsupported(
                "a loop over this generator is left, while the value of yield is used",
                "let yield be a statement of its own",
                node,
            )

    def stmt_Expr(self, node: Any) -> Exit:
        if isinstance(node.value, gast.Yield):
            consume = self.consumers.get(self.frame)
            if consume is None:
                raise self.unsupported("yield outside of a generator that is consumed", "return a list", node)
            return consume(NOTHING if node.value.value is None else self.expression(node.value.value))
        if isinstance(node.value, gast.YieldFrom):
            item = gast.Name("%item", gast.Store(), None, None)
            give = gast.Expr(gast.Yield(gast.Name("%item", gast.Load(), None, None)))
            loop = gast.copy_location(gast.For(item, node.value.value, [give], [], None), node)
            return self.statement(gast.fix_missing_locations(loop))
        if not isinstance(node.value, gast.Constant):
            self.expression(node.value)
        return FALLS

    def generate(self, generator: Generator, consume: Callable, node: Any) -> Any:
        """Run a generator; `consume` is called in the caller's place with each value."""
        bound = self.bind_parameters(generator.closure, list(generator.args), generator.kwargs, node)
        outside = self.place()

        def consumer(value: Value) -> Exit:
            inside = self.place()
            self.go_to(outside)
            try:
                exit = consume(value)
            finally:
                self.go_to(inside)
            return self.stop(exit)

        self.silent, self.naming = self.silent or generator.silent, self.naming and not generator.silent
        try:
            return self.run_body(generator.closure, bound, consumer)
        finally:
            self.go_to(outside)

    def place(self) -> tuple:
        """Where in the program the interpreter is."""
        return self.frame, self.source, self.active, self.builder.loc, self.silent, self.naming, self.looped

    def go_to(self, place: tuple) -> None:
        self.frame, self.source, self.active, self.builder.loc, self.silent, self.naming, self.looped = place

    def stop(self, exit: Exit) -> Exit:
        """The consumer is done with the generator: leave its body."""
        flags = [flag for kind, flag in exit.items() if kind not in ("continue", "raise")]
        if not flags:
            return FALLS
        handlers = next(h for h in reversed(self.catching) if h.node is self.frame)
        left = self.any_of(flags)
        self.state.frames[self.frame][handlers.left] = left
        return {handlers.kind: left}

    def loop_over_generator(self, node: Any, generator: Generator) -> Exit:
        """`for target in generator: body`."""
        names = self.state.frames[self.frame]
        names["%left"] = Const(False)
        names["%returned"] = Const(False)  # or we would not be here
        broke: list[Any] = []

        def consume(value: Value) -> Exit:
            self.assign(node.target, value, node)
            exit = self.statements(node.body)
            broke.extend(k for k in exit if k not in ("continue", "raise"))
            if "break" in exit:
                self.state.frames[self.frame]["%left"] = exit["break"]
            return exit

        exit: Exit = {}
        try:
            self.generate(generator, consume, node)
        except Interrupted as interrupted:
            if interrupted.frame is not self.frame or interrupted.step is not None:
                raise
            exit[interrupted.kind] = interrupted.flag
        names = self.state.frames[self.frame]
        left = self.operand(names.pop("%left"))
        if "return" in broke:
            exit["return"] = self.operand(names["%returned"])
        for handlers in self.catching:
            if handlers.kind in broke:
                exit[handlers.kind] = self.operand(self.state.frames[handlers.frame][handlers.left])
        if not node.orelse:
            return exit
        gone = self.any_of([left, *exit.values()])
        if isinstance(gone, Const):
            return exit if gone.value else self.statements(node.orelse)
        return self.branch(gone, lambda: (exit, None), lambda: (self.statements(node.orelse), None), node)[0]

    def collect(self, generator: Generator, node: Any) -> Value:
        """All values of a generator, as a list."""
        made = self.step(lambda: self.new_list([]))
        self.append_all(made, generator, node)
        return made

    def append_all(self, made: Value, generator: Generator, node: Any) -> None:
        """Append the values of a generator to a list, those before it raises something too."""
        if is_endless(generator.closure.node):
            raise self.unsupported(
                "all values of a generator without end are asked for",
                "take them in a for loop that breaks, or give the generator an end",
                node,
            )

        def consume(value: Value) -> Exit:
            self.append(made, value, node)
            return FALLS

        self.step(lambda: self.generate(generator, consume, node))

    def handlers_of_generator(self, frame: Frame) -> Handlers:
        return Handlers(frame, frame, [])

    def bind_parameters(
        self, closure: Closure, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> dict[str, Value]:
        raise NotImplementedError

    def run_body(self, closure: Closure, bound: dict[str, Value], consumer: Callable | None = None) -> Value:
        raise NotImplementedError
