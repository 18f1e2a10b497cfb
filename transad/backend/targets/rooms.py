"""How much room tapes take: how often something is pushed, and how long its rows are, as operations before
the loops that say it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.backend.targets.facts import Facts
from transad.backend.targets.kinds import DTYPES
from transad.backend.targets.webs import Web, blocks_of
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry

_INTEGERS = {operator.add, operator.sub, operator.mul, operator.floordiv, min, max}


class Rooms:
    """Writes down such operations. `visible`: the variables that they can use."""

    facts: Facts
    visible: dict[Var, None]

    def emit(
        self, ops: list[Op], fn: Any, inputs: list[Operand], kind: ty.Type, like: Op, **attrs: Any
    ) -> Var:
        primitive = registry.entry(fn) if callable(fn) else fn
        out = Var(attrs.pop("name", None), kind)
        op = Op([out], primitive, inputs, attrs, [], like.loc, like.note)
        ops.append(op)
        self.facts.note(op)
        return out

    def whole(self, ops: list[Op], fn: Any, a: Operand, b: Operand, like: Op) -> Operand:
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(fn(a.value, b.value))
        left, right = self.facts.affine(a), self.facts.affine(b)
        if fn is operator.sub and left and right and left[0] is right[0]:
            return Const(left[1] - right[1])
        if fn in (operator.add, operator.sub) and left and isinstance(b, Const):
            a, b, fn = left[0], Const(left[1] + (b.value if fn is operator.add else -b.value)), operator.add  # type: ignore[assignment]
            if b.value < 0:
                fn, b = operator.sub, Const(-b.value)
        for x, y in ((a, b), (b, a)):
            if (
                isinstance(y, Const)
                and fn in (operator.add, operator.sub)
                and y.value == 0
                and (x is a or fn is not operator.sub)
            ):
                return x
            if isinstance(y, Const) and fn is operator.mul and y.value == 1:
                return x
        return self.emit(ops, fn, [a, b], ty.INT, like)

    def pushed_in(self, web: Web, op: Op) -> bool:
        return any(home in inner for _, home in web.pushes for inner in map(blocks_of, op.blocks))

    def lengths(self, ops: list[Op], item: ty.Type, like: Op) -> list[Operand] | None:
        """The lengths of the rows, as far as the tape goes."""
        found = []
        for dim in getattr(item, "shape", ()):
            n = self.length(ops, dim, like)
            if n is None:
                return None
            found.append(n)
        return found

    def length(self, ops: list[Op], dim: ty.Length, like: Op) -> Operand | None:
        if isinstance(dim, int):
            return Const(dim)
        known: tuple[Callable[[], Operand], int] | None = None
        for v in self.visible:
            for k, other in enumerate(
                (v.type.shape or ()) if isinstance(v.type, ty.Array) and v.type.dtype in DTYPES else ()
            ):
                if not isinstance(other, ty.Dim) or other.symbol is not dim.symbol:
                    continue
                if other == dim or other.offset == 0 and known is None:
                    known = (lambda v=v, k=k: self.axis(ops, v, k, like)), dim.offset - other.offset
                    if other == dim:
                        return known[0]()
        if known is None:
            return None
        moved = self.whole(ops, operator.add, known[0](), Const(known[1]), like)
        return self.emit(ops, max, [moved, Const(0)], ty.INT, like) if known[1] < 0 else moved

    def axis(self, ops: list[Op], x: Operand, axis: int, like: Op) -> Var:
        axes = len(x.type.shape)  # type: ignore[attr-defined]
        if axes == 1:
            return self.emit(ops, len, [x], ty.INT, like)
        whole = self.emit(ops, np.shape, [x], ty.Tuple((ty.INT,) * axes), like)
        return self.emit(ops, operator.getitem, [whole, Const(axis)], ty.INT, like)

    def room(self, ops: list[Op], op: Op, web: Web, again: dict[Var, Operand], like: Op) -> Operand | None:
        """At most so many items are pushed in an operation; None if nothing says so."""
        if op.primitive is p.PUSH:
            return Const(1 if any(op is push for push, _ in web.pushes) else 0)
        if not op.blocks or not self.pushed_in(web, op):
            return Const(0)
        if op.primitive is p.IF:
            sides = [self.room_in(ops, b, web, again, like) for b in op.blocks]
            if None in sides:
                return None
            a, b = sides
            if isinstance(a, Const) and isinstance(b, Const):
                return Const(max(a.value, b.value))
            return self.emit(ops, max, [a, b], ty.INT, like)  # type: ignore[list-item]
        if op.primitive is not p.FOR or op.attrs.get("breaks"):
            return None
        bounds = [self.done_again(ops, x, again, like) for x in op.inputs[:3]]
        if None in bounds or not isinstance(bounds[2], Const) or not bounds[2].value:
            return None
        mark = len(ops)
        each = self.room_in(ops, op.blocks[0], web, again, like)
        if each is not None:
            passes = self.passes(ops, *bounds, like)  # type: ignore[arg-type]
            return self.whole(ops, operator.mul, passes, each, like)
        del ops[mark:]
        index, sofar, total = Var(None, ty.INT), Var(None, ty.INT), Var(None, ty.INT)
        body = Block([index, sofar])
        skeleton = Op([total], p.FOR, [*bounds, Const(0)], {}, [body], like.loc, like.note)  # type: ignore[list-item]
        self.facts.note(skeleton)
        inner: list[Op] = []
        each = self.room_in(inner, op.blocks[0], web, {**again, op.blocks[0].params[0]: index}, like)
        if each is None:
            return None
        more = self.whole(inner, operator.add, sofar, each, like)
        body.ops, body.results = inner, [more]
        ops.append(skeleton)
        return self.emit(ops, max, [total, Const(0)], ty.INT, like)

    def room_in(
        self, ops: list[Op], block: Block, web: Web, again: dict[Var, Operand], like: Op
    ) -> Operand | None:
        total: Operand = Const(0)
        for op in block.ops:
            n = self.room(ops, op, web, again, like)
            if n is None:
                return None
            total = self.whole(ops, operator.add, total, n, like)
        return total

    def passes(self, ops: list[Op], start: Operand, stop: Operand, step: Const, like: Op) -> Operand:
        if step.value < 0:
            start, stop, step = stop, start, Const(-step.value)
        span = self.whole(ops, operator.sub, stop, start, like)
        if step.value != 1:
            more = step.value - 1
            span = self.whole(
                ops, operator.floordiv, self.whole(ops, operator.add, span, Const(more), like), step, like
            )
        if isinstance(span, Const):
            return Const(max(span.value, 0))
        return span if self.facts.is_count(span) else self.emit(ops, max, [span, Const(0)], ty.INT, like)

    def done_again(self, ops: list[Op], x: Operand, again: dict[Var, Operand], like: Op) -> Operand | None:
        """An integer that is computed in a loop, before the loop; None if that cannot be."""
        if isinstance(x, Const) or x in self.visible:
            return x
        if x in again:
            return again[x]
        made = self.facts.makers.get(x)
        if made is None or made.primitive.fn not in _INTEGERS or len(made.inputs) != 2:
            return None
        inputs = [self.done_again(ops, y, again, like) for y in made.inputs]
        if None in inputs:
            return None
        return self.whole(ops, made.primitive.fn, *inputs, like)  # type: ignore[arg-type]
