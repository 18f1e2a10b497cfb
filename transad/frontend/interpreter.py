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
from types import FunctionType
from typing import Any

from transad.analysis.probing import may_run
from transad.errors import TransadError
from transad.frontend.builtins import Builtins
from transad.frontend.merging import Unwinding
from transad.frontend.recursion import Often, Recurs
from transad.frontend.resolve import Guards
from transad.frontend.source import FunctionSource
from transad.frontend.values import Frame, State, Transformed, Value
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Const, Location, Operand, Primitive, Var
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
        self.deriving = False  # are rules inlined, which give derivatives?
        self.naming = not own
        self.inlining = ""  # the module of the rule that is inlined
        self.asked: set[Var] | None = None  # in a reverse rule: the variables whose adjoints are wanted
        self.getitem = registry.entry(operator.getitem)
        self.lengths: dict[Any, Var] = {}
        self.state = State()
        self.source: FunctionSource | None = None  # type: ignore[assignment]
        self.frame = Frame("", frozenset(), None, {}, {})
        self.state.frames[self.frame] = {}
        self.foretelling: frozenset[Any] = frozenset()

    def at(self, node: Any) -> None:
        """The operations that follow belong to this statement."""
        if not self.own and not self.silent:
            self.builder.loc = self.location(node)

    def location(self, node: Any) -> Location | None:
        if self.own or self.silent or node is None or self.source is None or not hasattr(node, "lineno"):
            return self.builder.loc
        return self.source.location(node)

    def operator_call(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value | None:
        return self.transformer.call(self, fn, args, kwargs, node)

    def call_transformed(
        self, callee: Transformed, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        return self.transformer.apply(self, callee.kind, callee.function, callee.options, args, kwargs, node)

    def result_type(self, primitive: Primitive, operands: list[Operand]) -> ty.Type:
        """What is known of a result. A function of the user's that has a rule stays a call, but its source,
        where it can be read, tells what it returns."""
        kind = super().result_type(primitive, operands)
        fn = primitive.fn
        if kind != ty.UNKNOWN or not isinstance(fn, FunctionType) or may_run(fn) or fn in self.foretelling:
            return kind
        trial = type(self)(guards=self.guards)
        trial.foretelling = self.foretelling | {fn}
        given, named = [], {}
        for p, x in zip(primitive.params, operands):
            value = trial.value(Var(None, x.type)) if isinstance(x, Var) else x
            if p.kind is p.KEYWORD_ONLY:
                named[p.name] = value
            else:
                given.append(value)
        try:
            return trial.type_of(trial.call_closure(trial.python_function(fn, None), given, named, None))
        except (TransadError, Unwinding, Often, Recurs, RecursionError):
            return kind

    def function_value(self, fn: Callable[..., Any], node: Any = None) -> Value:
        return Const(fn)


__all__ = ["Interpreter", "Operand"]
