"""Contributions to neighbouring entries, gathered: the adjoint of a stencil touches each entry once a row.

A nest that adds values to an array at several offsets along its innermost axis,

    for j in range(n):
        x_bar[i, j] += v(j)
        x_bar[i, j + 2] -= v(j)

would read and write each entry several times, each time what the pass before has just written. Instead it
writes the values to a row that is longer by the widest offset at both ends, and zero there. What an entry
gets is then a sum of entries of the row:

    for j in range(n):
        row[j + 2] = v(j)
    for j in range(n + 2):
        x_bar[i, j] += row[j + 2] - row[j]
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from transad.backend.targets.kinds import known_shape, zero_of
from transad.backend.targets.positions import Position
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry

_GETITEM = registry.entry(operator.getitem)
_NEAR = 2  # so many zeros are written one by one


@dataclass(eq=False)
class Family:
    """Statements that add to one row of an array, at several offsets: each with its value's row and sign."""

    chain: int
    where: Position  # at the least offset
    place: int  # which axis of the array the offsets are along
    members: list[tuple[Any, int, int, int]] = field(default_factory=list)  # statement, offset, row, sign
    span: int = 0


class Gathers:
    """The families of a nest, and the rows of their values."""

    def __init__(self, nest: Any):
        self.nest, self.r = nest, nest.r
        self.axis = nest.axes[-1]
        self.families = [] if nest.parallel else [f for f in self.found() if f.span]
        self.member = {t: (f, row, sign) for f in self.families for t, _, row, sign in f.members}
        self.rows: dict[tuple[int, int], int] = {}  # family and number of a row: the chain that carries it
        if not self.families:
            return
        n = nest.lengths[self.axis]
        for k, f in enumerate(self.families):
            for row in {row for _, _, row, _ in f.members}:
                dtype = ty.dtype_of(f.members[0][0].out.type)
                kind = ty.Array(dtype, (ty.fresh_dim(),))
                length = self.r.whole(operator.add, self.r.count(n), 2 * f.span)
                given = [length] if dtype == np.float64 else [length, Const(dtype.type)]  # type: ignore[union-attr]
                start = self.r.emit(np.empty if f.span <= _NEAR else np.zeros, given, kind)
                if f.span <= _NEAR:
                    start = self.with_ends(start, f.span, length)
                nest.chains.append((start, Var("row", kind)))
                self.rows[k, row] = len(nest.chains) - 1

    def with_ends(self, row: Var, span: int, length: Operand) -> Var:
        """A new row with zeros at both ends; all between is written in any case."""
        attrs = {"path": (_GETITEM,), "counts": (1,), "in_range": True}
        zero = zero_of(ty.dtype_of(row.type))  # type: ignore[arg-type]
        for k in range(span):
            for place in (Const(k), self.r.whole(operator.add, length, k - span)):
                row = self.r.emit(p.UPDATE, [row, zero, place], row.type, dict(attrs))
        return row

    def found(self) -> list[Family]:
        nest = self.nest
        families: dict[Any, Family] = {}
        for t in nest.kept:
            if not t.adds or t.joined_by is not operator.add or not known_shape(t.out.type):
                continue
            chain = nest.chain[t]
            others = [s for s in nest.kept if nest.chain[s] == chain]
            places = [k for k, at in enumerate(t.where) if at.loop == self.axis]
            if len(places) != 1 or t.where[places[0]].step != 1 or not all(s.adds for s in others):
                continue
            (place,) = places
            at = t.where[place]
            key = chain, place, (*t.where[:place], replace(at, offset=0), *t.where[place + 1 :])
            family = families.setdefault(key, Family(chain, t.where, place))
            value, sign = self.value_of(t)
            known = [(s, row) for s, _, row, _ in family.members if self.value_of(s)[0] == value]
            row = known[0][1] if known else len({row for _, _, row, _ in family.members})
            family.members.append((t, at.offset, row, sign))
        for f in families.values():
            offsets = [offset for _, offset, _, _ in f.members]
            f.span = max(offsets) - min(offsets)
            first = replace(f.where[f.place], offset=min(offsets))
            f.where = (*f.where[: f.place], first, *f.where[f.place + 1 :])
        return list(families.values())

    def value_of(self, t: Any) -> tuple[Any, int]:
        """What a statement adds, and whether it adds it or takes it off."""
        value, sign = t.value, -1 if t.op.primitive.fn is operator.sub else 1
        made = self.r.virtual.get(value)
        while made is not None and made.primitive.fn is operator.neg:
            value, sign = made.inputs[0], -sign
            made = self.r.virtual.get(value)
        return (value, t.entry), sign

    def put(self, t: Any, value: Operand, loops: list[Operand], now: list[Operand]) -> None:
        """Write a value to its row, once."""
        family, row, sign = self.member[t]
        if any(row == other and s is not t for s, _, other, _ in family.members[: self.number(t)]):
            return
        chain = self.rows[self.families.index(family), row]
        if self.value_of(t)[1] < 0 and t.op.primitive.fn is not operator.sub:
            made = self.r.facts.makers.get(value)
            if made is not None and made.primitive.fn is operator.neg:
                value = made.inputs[0]
            else:
                value = self.r.emit(operator.neg, [value], value.type)
        where = self.r.whole(operator.add, loops[self.axis], family.span)
        attrs = {"path": (_GETITEM,), "counts": (1,), "in_range": True}
        now[chain] = self.r.emit(p.UPDATE, [now[chain], value, where], now[chain].type, attrs)

    def number(self, t: Any) -> int:
        members = self.member[t][0].members
        return next(k for k, (s, _, _, _) in enumerate(members) if s is t)

    def gather(self, family: Family, arrays: list[Operand], loops: list[Operand], out: Var) -> None:
        """The loop over the entries that a row contributes to."""
        r, n = self.r, self.nest.lengths[self.axis]
        if isinstance(n, Const):
            passes: Operand = Const(n.value + family.span if n.value > 0 else 0)
        else:
            some = r.emit(operator.gt, [n, Const(0)], ty.BOOL)
            passes = r.select(some, r.whole(operator.add, n, family.span), Const(0), ty.INT)
        index, array = Var("j", ty.INT), Var(out.name, out.type)
        loops = [*loops[: self.axis], index, *loops[self.axis + 1 :]]
        outer, r.ops = r.ops, []
        number = ty.Number(ty.dtype_of(out.type), weak=False)
        least = family.where[family.place].offset
        total: Operand | None = None
        for _, offset, row, sign in sorted(family.members, key=lambda m: -m[3]):
            chain = self.rows[self.families.index(family), row]
            place = r.whole(operator.add, index, family.span - (offset - least))
            entry = r.emit(operator.getitem, [arrays[chain], place], number, {"in_range": True})
            if total is None:
                total = entry if sign > 0 else r.emit(operator.neg, [entry], number)
            else:
                total = r.emit(operator.add if sign > 0 else operator.sub, [total, entry], number)
        attrs = {"path": (_GETITEM,), "counts": (1,), "in_range": True, "distinct": True}
        added = r.emit(p.ADD_AT, [array, total, r.index(family.where, loops)], out.type, attrs)
        body = Block([index, array], r.ops, [added])
        r.ops = outer
        op = family.members[0][0].op
        start = [Const(0), passes, Const(1), arrays[family.chain]]
        r.write_down(Op([out], p.FOR, start, {}, [body], op.loc, op.note))
