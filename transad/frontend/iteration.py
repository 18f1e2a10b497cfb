"""Things to iterate over: how long they are, what their k-th item is, comprehensions.

A loop over a sequence becomes a loop over indices, which is what reverse mode wants; the backend
writes it as `for v in x` again. Sequences whose items are of different kinds are unrolled.
"""

from __future__ import annotations

import enum
import functools
import operator
from typing import Any

import gast
import numpy as np

from transad.frontend.classes import Classes
from transad.frontend.merging import Interrupted
from transad.frontend.syntax import facts
from transad.frontend.values import (
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
    Run,
    Sequence,
    Transformed,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Var
from transad.rules import registry

LONGEST_UNROLLED = 64  # passes, of loops that have to be unrolled
SHORT = 16  # items of a list of tuples that is taken apart
MOST_UNROLLED = 2000  # passes of all of them together


class Iteration(Classes):
    """The part of the interpreter for sequences."""

    passes = 0  # of unrolled loops so far

    def iterable(self, value: Value, node: Any) -> Value:
        """What a `for` may run over, or an error."""
        if isinstance(value, Choice):
            value = self.settled(value, node)
        if isinstance(value, Box) and value.kind == "dict":
            return self.dict_view(value, "keys", node)
        if isinstance(value, Sequence) and value.kind == "checkpoint":  # nothing but a loop can be run again
            return self.iterable(value.parts[0], node)
        if isinstance(value, Generator):
            return self.collect(value, node)
        if self.may_be_object(value):
            source = self.items_of_object(value, node)
            if source is not value:
                return self.iterable(source, node)
        if isinstance(value, (Pack, Box, Sequence)):
            return value
        if isinstance(value, Const) and isinstance(
            value.value, (range, str, list, tuple, dict, frozenset, set)
        ):
            if isinstance(value.value, range):
                r = value.value
                return Sequence("range", (Const(r.start), Const(r.stop), Const(r.step)))
            return Pack(tuple(self.unfold(v) for v in value.value))
        if isinstance(value, Const) and isinstance(value.value, enum.EnumMeta):
            return Pack(tuple(self.constant(Const(member)) for member in value.value))  # type: ignore[var-annotated]
        if isinstance(value, (Var, Const)):
            rank = ty.rank(value.type)
            if value.type == ty.UNKNOWN or isinstance(value.type, ty.Array) and rank != 0:
                return value
        if isinstance(value, Conflict):
            raise value.error(self.location(node))
        cls = self.python_class(value)
        raise self.unsupported(
            f"iterating over {'this' if cls is None else f'a {cls.__name__}'} is not supported",
            "loop over an array, list or range",
            node,
        )

    def items_of_object(self, value: Value, node: Any) -> Value:
        """What a loop over an object goes through: what its `__iter__` gives, or what its `__next__` or its
        `__getitem__` gives until it raises."""
        method = self.special(value, "__iter__")
        if method is not None:
            value = self.call(method, [], {}, node)
        if self.may_be_object(value):
            for name, drawn in (("__next__", "drawn"), ("__getitem__", "indexed")):
                if self.special(value, name) is not None:
                    return self.from_library(drawn, [value], node)
        return value

    def from_library(self, name: str, args: list[Value], node: Any) -> Generator:
        raise NotImplementedError

    def dict_view(self, box: Box, kind: str, node: Any) -> Value:
        contents = self.state.heap[box]
        if not isinstance(contents, Fields):
            raise self.unsupported("a loop over a dict whose keys are not known", "use a list of pairs", node)
        self.entries(box, node)
        return Sequence("view", (box, Const(kind)))

    def viewed(self, box: Any, kind: Const, node: Any) -> Pack:
        """What a view of a dict shows now."""
        values = self.entries(box, node)
        if kind.value == "keys":
            return Pack(tuple(map(self.of_key, values)))
        if kind.value == "values":
            return Pack(tuple(values.values()))
        return Pack(tuple(Pack((self.of_key(k), v)) for k, v in values.items()))

    def length_of(self, value: Value, node: Any) -> Operand:
        """`len(value)`, a constant when known."""
        method = self.special(value, "__len__")
        if method is not None:
            return self.operand(self.call(method, [], {}, node), node)
        if isinstance(value, Pack):
            return Const(len(value.items))
        if isinstance(value, Box):
            contents = self.state.heap[value]
            if not isinstance(contents, Run):
                return Const(len(self.entries(value, node) if value.kind == "dict" else contents.values))
        if isinstance(value, Sequence):
            return self.sequence_length(value, node)
        if isinstance(value, Const) and value.origin is None and hasattr(value.value, "__len__"):
            return Const(len(value.value))
        kind = self.type_of(value)
        if isinstance(kind, (ty.List, ty.Tuple)) and kind.items is not None:
            return Const(len(kind.items))
        length = None
        if isinstance(kind, ty.Array) and kind.shape:
            length = kind.shape[0]
            if isinstance(length, int):
                return Const(length)
        x = self.anchor(value, node) if isinstance(kind, ty.Array) else self.operand(value, node)
        return self.builder.emit(registry.entry(len), [x], ty.Number(ty.INT.dtype, True, length))

    def sequence_length(self, seq: Sequence, node: Any) -> Operand:
        if seq.kind == "range":
            start, stop, step = seq.parts
            if step == Const(1) or isinstance(step, Const) and step.value == 1:
                if isinstance(start, Const) and start.value == 0:
                    return self.operand(self.nonnegative(stop, node))
                return self.operand(self.nonnegative(self.binary(operator.sub, stop, start, node), node))
            made = [self.operand(p) for p in seq.parts]
            if all(isinstance(p, Const) for p in made):
                return Const(len(range(*(p.value for p in made))))
            run = self.builder.emit(registry.entry(range), made, ty.Object(range))
            return self.builder.emit(registry.entry(len), [run], ty.INT)
        if seq.kind == "zip":
            lengths = [self.length_of(p, node) for p in seq.parts if not _is_endless(p)]
            if not lengths:
                raise self.unsupported("this loop has no end", "use while, with a break", node)
            kinds = {self.dim(n) for n in lengths}
            if len(lengths) == 1 or len(kinds) == 1 and None not in kinds:
                return lengths[0]
            if all(isinstance(n, Const) for n in lengths):
                return Const(min(n.value for n in lengths))
            return self.builder.emit(registry.entry(min), lengths, ty.INT)
        if seq.kind == "rest":
            rest = self.binary(operator.sub, self.length_of(seq.parts[0], node), seq.parts[1], node)
            return self.operand(self.nonnegative(rest, node))
        if _is_endless(seq):
            raise self.unsupported("this loop has no end", "use while, with a break", node)
        return self.length_of(seq.parts[0], node)  # enumerate, reversed

    def dim(self, length: Operand) -> Any:
        return length.type.length if isinstance(length.type, ty.Number) else None

    def nonnegative(self, n: Value, node: Any) -> Value:
        """A count that may come out negative; known lengths do not."""
        if isinstance(n, Const):
            return Const(max(n.value, 0))
        if isinstance(n, Var) and isinstance(n.type, ty.Number) and n.type.length is not None:
            return n
        return self.builder.emit(registry.entry(max), [self.operand(n), Const(0)], ty.INT)

    def sequence_item(self, value: Value, index: Operand, node: Any) -> Value:
        """The item number `index` of something iterable."""
        if not isinstance(value, Sequence):
            return self.item(value, index, node)
        if value.kind == "range":
            start, _, step = value.parts
            scaled = (
                index
                if isinstance(step, Const) and step.value == 1
                else self.binary(operator.mul, index, step, node)
            )
            return (
                scaled
                if isinstance(start, Const) and start.value == 0
                else self.binary(operator.add, start, scaled, node)
            )
        if value.kind == "enumerate":
            start = value.parts[1]
            number = (
                index
                if isinstance(start, Const) and start.value == 0
                else self.binary(operator.add, start, index, node)
            )
            return Pack((self.named(number, "i"), self.sequence_item(value.parts[0], index, node)))
        if value.kind == "zip":
            return Pack(tuple(self.sequence_item(p, index, node) for p in value.parts))
        if value.kind == "view":
            return self.item(self.viewed(*value.parts, node), index, node)  # type: ignore[arg-type]
        if value.kind == "rest":
            return self.sequence_item(
                value.parts[0], self.operand(self.binary(operator.add, value.parts[1], index, node)), node
            )
        if value.kind == "count":
            return self.binary(
                operator.add, value.parts[0], self.binary(operator.mul, value.parts[1], index, node), node
            )
        if value.kind == "repeat":
            return value.parts[0]
        if value.kind == "cycle":
            length = self.length_of(value.parts[0], node)
            return self.sequence_item(
                value.parts[0], self.operand(self.binary(operator.mod, index, length, node)), node
            )
        last = self.binary(operator.sub, self.length_of(value.parts[0], node), Const(1), node)
        return self.sequence_item(
            value.parts[0], self.operand(self.binary(operator.sub, last, index, node)), node
        )

    def reversed_(self, value: Value, node: Any) -> Sequence:
        if isinstance(value, Sequence) and value.kind == "range":
            start, stop, step = value.parts
            if isinstance(step, Const) and step.value in (1, -1):
                first = self.binary(operator.sub, stop, step, node)
                return Sequence(
                    "range", (first, self.binary(operator.sub, start, step, node), Const(-step.value))
                )
        return Sequence("reversed", (value,))

    # -- items known one by one

    def known_items(self, value: Value, node: Any, expected: int | None = None) -> list[Value]:
        """All items of something whose length is known, or is `expected`."""
        value = self.iterable(value, node)
        if isinstance(value, Pack):
            return list(value.items)
        if isinstance(value, Box) and isinstance(self.state.heap[value], Items):
            return list(self.state.heap[value].values)
        length = self.length_of(value, node)
        if isinstance(length, Const):
            return [self.sequence_item(value, Const(k), node) for k in range(length.value)]
        if expected is None:
            raise self.unsupported(
                "how many items this has is known only at run time", "index them in a loop", node
            )
        return [self.sequence_item(value, Const(k), node) for k in range(expected)]

    def is_unrolled(self, value: Value, node: Any) -> bool:
        """Has a loop over this to be taken pass by pass (or may it be, in rules)?"""
        length = self.known_length(value)
        if length is None:
            return False
        eager = self.own or self.unrolling
        if not eager and (isinstance(value, Sequence) and value.kind == "range" or not self.is_mixed(value)):
            return False
        if length > LONGEST_UNROLLED and not self.own:
            if self.unrolling and not self.is_mixed(value):
                return False
            raise self.unsupported(
                f"{length} values of different kinds are looped over", "make them arrays", node
            )
        return True

    def count_pass(self, node: Any) -> None:
        self.passes += 1
        if self.passes > MOST_UNROLLED and not self.own:
            raise self.unsupported("too many passes of loops have to be taken one by one", "use arrays", node)

    def known_length(self, value: Value) -> int | None:
        if isinstance(value, Pack):
            return len(value.items)
        if isinstance(value, Box):
            contents = self.state.heap[value]
            return None if isinstance(contents, Run) else len(contents.values)
        if isinstance(value, Sequence):
            if value.kind == "range":
                if all(isinstance(p, Const) for p in value.parts):
                    return len(range(*(p.value for p in value.parts)))
                return None
            if _is_endless(value) or value.kind == "rest" and not isinstance(value.parts[1], Const):
                return None
            parts = [p for p in value.parts[: 1 if value.kind != "zip" else None] if not _is_endless(p)]
            lengths = [self.known_length(p) for p in parts]
            if value.kind == "rest" and lengths[0] is not None:
                return max(0, lengths[0] - value.parts[1].value)
            known = [n for n in lengths if n is not None]
            return min(known) if known and len(known) == len(lengths) else None
        kind = self.type_of(value)
        if (
            isinstance(kind, ty.Array)
            and kind.shape
            and isinstance(kind.shape[0], int)
            and (self.own or self.unrolling)
        ):
            return kind.shape[0]
        return None

    def is_mixed(self, value: Value) -> bool:
        """Do the items have no common run-time form?"""
        if isinstance(value, Sequence):
            if value.kind == "view" and value.parts[1].value != "values":  # type: ignore[union-attr]
                return True
            return any(self.is_mixed(p) for p in value.parts)
        if isinstance(value, (Var, Const)):
            return False
        contents = value if isinstance(value, Pack) else self.state.heap[value]
        if isinstance(contents, Run):
            return False
        items = contents.items if isinstance(contents, Pack) else contents.values
        values = list(items.values()) if isinstance(items, dict) else list(items)
        if any(self.holds_code(v) for v in values):
            return True
        kinds = [self.type_of(v) for v in values]
        if any(not isinstance(k, (ty.Number, ty.Array, ty.Tuple)) for k in kinds):
            return True
        if len(kinds) <= SHORT and any(isinstance(k, ty.Tuple) for k in kinds):
            return True  # what is written as rows of names is easier to read without a loop over tuples
        joined = ty.join_all(kinds)
        return not _is_uniform(joined)

    def holds_code(self, value: Value) -> bool:
        if isinstance(value, Pack):
            return any(map(self.holds_code, value.items))
        if isinstance(value, Const):
            return not isinstance(value.value, (int, float, complex, bool, np.ndarray, np.generic))
        return isinstance(value, (Box, Closure, Method, NumpyMethod, Transformed, Conflict))

    # -- comprehensions: loops that append

    def expr_ListComp(self, node: Any) -> Value:
        return self.comprehension(node, gast.Expr(_method_call("append", [node.elt])), self.new_list([]))

    def expr_GeneratorExp(self, node: Any) -> Value:
        """All values at once, as a list, where they are consumed where they are made; one by one where one of
        them may raise what is caught, or gets a name: then it matters how many were asked for before."""
        if _named_in(node):
            return self.generator_of(node)
        back = self.milestone()
        try:
            return Sequence("once", (self.expr_ListComp(node),))
        except Interrupted:
            back()
        return self.generator_of(node)

    def generator_of(self, node: Any) -> Generator:
        """A generator expression that is kept: what it reads is read when its values are asked for."""
        self.frame.captured = True
        function = _generator_function(node)
        source = self.expression(node.generators[0].iter)
        return Generator(Closure(function, self.source, self.frame, (), {}), (source,), {})

    def sum_of(self, node: Any) -> Value:
        """`sum(... for ...)`: a loop that adds, without a list of the summands."""
        starts = [*node.args[1:], *(k.value for k in node.keywords)]
        start = self.expression(starts[0]) if starts else Const(0)
        items = node.args[0]
        total = gast.BinOp(_name("%made"), gast.Add(), items.elt)
        store = gast.Name("%made", gast.Store(), None, None)
        return self.comprehension(items, gast.Assign([store], total, None), start)

    def expr_SetComp(self, node: Any) -> Value:
        outer, self.unrolling = self.unrolling, True
        try:
            made = self.expr_ListComp(node)
        finally:
            self.unrolling = outer
        return self.known_set(self.known_items(made, node), node)

    def known_set(self, items: list[Value], node: Any) -> Box:
        raise NotImplementedError

    def expr_DictComp(self, node: Any) -> Value:
        slot = gast.Subscript(_name("%made"), node.key, gast.Store())
        outer, self.unrolling = self.unrolling, True
        try:
            return self.comprehension(node, gast.Assign([slot], node.value, None), self.new_dict({}))
        finally:
            self.unrolling = outer

    def comprehension(self, node: Any, innermost: Any, made: Value) -> Value:
        """Run `for ...: if ...: innermost` in a scope of its own; `%made` collects."""
        body = innermost
        for generator in reversed(node.generators):
            for test in reversed(generator.ifs):
                body = gast.copy_location(gast.If(test, [body], []), node)
            body = gast.copy_location(gast.For(generator.target, generator.iter, [body], [], None), node)
        gast.fix_missing_locations(gast.copy_location(innermost, node))
        targets: set[str] = set()
        for generator in node.generators:
            targets |= facts(generator.target).assigned
        return self.step(lambda: self.collected(body, targets, made, node))

    def collected(self, body: Any, targets: set[str], made: Value, node: Any) -> Value:
        outer = self.frame
        self.frame = Frame(
            outer.function, frozenset({*targets, "%made"}), outer, outer.namespace, outer.cells
        )
        self.state.frames[self.frame] = {"%made": made}
        loc = self.builder.loc
        try:
            exit = self.statements([body])
            made = self.state.frames[self.frame]["%made"]
        finally:
            self.frame, self.builder.loc = outer, loc
        return self.unless_raised(exit, made, node)


def _named_in(node: Any) -> list[str]:
    """The names that `:=` gives values to: they belong to the function around."""
    return sorted({n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)})


@functools.cache
def _generator_function(node: Any) -> Any:
    """The function that a generator expression is a call of, with its first iterable."""
    body = gast.Expr(gast.Yield(node.elt))
    for k, generator in reversed(list(enumerate(node.generators))):
        for test in reversed(generator.ifs):
            body = gast.If(test, [body], [])
        items = generator.iter if k else _name("%items")
        body = gast.For(generator.target, items, [body], [], None)
    function = gast.parse("def generator(items):\n    pass").body[0]
    names = _named_in(node)
    function.args.args[0].id, function.body = "%items", [gast.Nonlocal(names), body] if names else [body]
    for inner in gast.walk(function):
        gast.copy_location(inner, node) if not hasattr(inner, "lineno") else None
    return gast.fix_missing_locations(gast.copy_location(function, node))


def _is_endless(value: Value) -> bool:
    return isinstance(value, Sequence) and value.kind in ("count", "repeat", "cycle")


def _is_uniform(kind: ty.Type) -> bool:
    if isinstance(kind, ty.Tuple):
        return all(map(_is_uniform, kind.items))
    if isinstance(kind, ty.Array):
        return kind.shape is not None and kind.dtype is not None
    return isinstance(kind, ty.Number)


def _name(name: str) -> Any:
    return gast.Name(name, gast.Load(), None, None)


def _method_call(name: str, args: list[Any]) -> Any:
    return gast.Call(gast.Attribute(_name("%made"), name, gast.Load()), args, [])
