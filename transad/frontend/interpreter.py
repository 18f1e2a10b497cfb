"""The interpreter as a whole, and the lowering of a function called with arguments of given types.

    memory      what is where: versions, views, aliases
    merging     one state out of two
    control     branches and loops
    expressions, statements, calls, iteration, builtins

are the parts, each a class on top of the one before.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from transad.errors import UnsupportedError
from transad.frontend.builtins import Builtins
from transad.frontend.resolve import Guards
from transad.frontend.source import FunctionSource
from transad.frontend.values import Frame, State, Transformed, Value
from transad.ir.builder import Builder
from transad.ir.core import Const, Location, Operand, Var
from transad.rules import registry


class Interpreter(Builtins):
    """Executes syntax trees on abstract values and appends the operations left to do.

    `own` is set while a function of transad's own (a derivative rule) is inlined: its lines are not
    shown to the user, its loops are unrolled, and its variables get no names.
    """

    transformer: Any = None  # how transad's operators are applied: set by `transad.transforms`

    def __init__(
        self,
        builder: Builder | None = None,
        functions: dict | None = None,
        own: bool = False,
        guards: Guards | None = None,
    ):
        super().__init__()
        self.builder = builder or Builder()
        self.functions: dict[Any, Any] = {} if functions is None else functions
        self.sources: list[FunctionSource] = []
        self.guards = Guards() if guards is None else guards
        self.active: list[Any] = []  # the functions whose bodies are interpreted
        self.own = own
        self.naming = not own
        self.inlining = ""  # the module of the rule that is inlined
        self.asked: set[Var] | None = None  # in a reverse rule: the variables whose adjoints are wanted
        self.getitem = registry.entry(operator.getitem)
        self.lengths: dict[Any, Var] = {}
        self.state = State()
        self.source: FunctionSource | None = None  # type: ignore[assignment]
        self.frame = Frame("", frozenset(), None, {}, {})
        self.state.frames[self.frame] = {}

    def at(self, node: Any) -> None:
        """The operations that follow belong to this statement."""
        if not self.own and not self.silent:
            self.builder.loc = self.location(node)

    def location(self, node: Any) -> Location | None:
        if self.own or self.silent or node is None or self.source is None or not hasattr(node, "lineno"):
            return self.builder.loc
        return self.source.location(node)

    def unsupported(self, reason: str, cure: str, node: Any = None) -> UnsupportedError:
        return UnsupportedError(reason, cure, self.location(node))

    def operator_call(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value | None:
        return self.transformer.call(self, fn, args, kwargs, node)

    def call_transformed(
        self, callee: Transformed, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        return self.transformer.apply(self, callee.kind, callee.function, callee.options, args, kwargs, node)

    def function_value(self, fn: Callable[..., Any], node: Any = None) -> Value:
        return Const(fn)


__all__ = ["Interpreter", "Operand"]
