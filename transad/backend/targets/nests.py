"""The loops around statements that share a domain, in the list.

Arrays that the statements write to are carried from pass to pass, as running sums are. In one pass all values
are computed first, then they are written; a value that a later statement reads is handed to it as it is.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from transad.backend.targets.elements import (
    Position,
    is_in_range,
    key_of,
    known_shape,
)
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry

_GETITEM = registry.entry(operator.getitem)


@dataclass(eq=False)
class Statement:
    """One write for each point of a domain: to an array, or to a running sum (`base` is a number then)."""

    out: Var
    base: Operand | None  # the array before; None: a new one
    where: Position
    value: Operand
    entry: Position  # of the value
    adds: bool
    op: Op
    domain: tuple[Any, ...]  # lengths, as types know them
    lengths: list[Operand]
    joined_by: Any = operator.add  # what `adds` does: the greatest entry is found alike

    @property
    def key(self) -> Any:
        return key_of(self.where)


class Nest:
    """The loops around a group of statements."""

    def __init__(self, rewriter: Any, group: list[Statement], kept: list[Statement]):
        self.r, self.group, self.kept = rewriter, group, kept
        self.lengths = group[0].lengths
        several = [k for k, n in enumerate(self.lengths) if not (isinstance(n, Const) and n.value == 1)]
        self.axes = several or [0]  # those that take a loop
        self.chains: list[tuple[Operand, Var]] = []  # what is carried: before the nest, after it
        self.chain: dict[Statement, int] = {}
        for t in kept:
            base: Any = t.base
            if base is None:
                base = rewriter.new_array(np.empty, t.out, self.sizes(t))
            k = next((k for k, (_, last) in enumerate(self.chains) if last is base), None)
            if k is None:
                self.chains.append((base, t.out))
                self.chain[t] = len(self.chains) - 1
            else:
                self.chains[k] = self.chains[k][0], t.out
                self.chain[t] = k

    def sizes(self, t: Statement) -> list[Operand]:
        """Lengths of a new array: not those of a loop that may be less than zero."""
        r = self.r
        return [r.emit(max, [n, Const(0)], ty.INT) if self.may_be_negative(n) else n for n in t.lengths]

    def may_be_negative(self, n: Operand) -> bool:
        made = next((op for op in reversed(self.r.ops) if n in op.outs), None)
        return made is not None and made.primitive.fn is operator.sub

    def write(self) -> None:
        r = self.r
        r.like = self.group[0].op
        outs = [last for _, last in self.chains]
        inits = [base for base, _ in self.chains]
        first: list[Operand] = [Const(0)] * len(self.lengths)
        r.ops.append(self.loop(0, first, inits, outs))

    def loop(self, depth: int, loops: list[Operand], inits: list[Operand], outs: list[Var]) -> Op:
        r, op, axis = self.r, self.group[0].op, self.axes[depth]
        index = Var("ijkl"[depth] if depth < 4 else None, ty.INT)
        loops = [*loops[:axis], index, *loops[axis + 1 :]]
        params = [Var(v.name, v.type) for v in outs]
        outer, r.ops = r.ops, []
        if depth + 1 < len(self.axes):
            inner = [Var(v.name, v.type) for v in outs]
            r.ops.append(self.loop(depth + 1, loops, list(params), inner))
            results: list[Operand] = list(inner)
        else:
            results = self.body(loops, params)
        body = Block([index, *params], r.ops, results)
        r.ops = outer
        start = [Const(0), self.lengths[axis], Const(1)]
        return Op(list(outs), p.FOR, [*start, *inits], {}, [body], op.loc, op.note)

    def body(self, loops: list[Operand], params: list[Var]) -> list[Operand]:
        r = self.r
        memo: dict[Any, Operand] = {}
        now: list[Operand] = list(params)
        carried = {base: q for (base, _), q in zip(self.chains, params) if isinstance(base, Var)}
        values = [self.value(t, loops, memo, carried) for t in self.group]
        for t, value in zip(self.group, values):
            if t not in self.chain:
                continue
            r.like = t.op
            k = self.chain[t]
            if known_shape(t.out.type) == ():
                now[k] = r.emit(operator.add, [now[k], value], params[k].type)
                continue
            where = r.index(t.where, loops)
            known = {"in_range": True} if is_in_range(t.where) else {}
            if t.joined_by is not operator.add:
                kind = ty.Number(ty.dtype_of(t.out.type), weak=False)
                before = r.emit(operator.getitem, [now[k], where], kind, dict(known))
                value = r.emit(t.joined_by, [before, value], kind)
            attrs = {"path": (_GETITEM,), "counts": (1,), **known}
            adds = t.adds and t.joined_by is operator.add
            if adds and t.op.primitive.fn is operator.sub:
                value = r.emit(operator.neg, [value], ty.Number(ty.dtype_of(t.out.type), weak=False))
            if adds:
                attrs["distinct"] = True
            write = p.ADD_AT if adds else p.UPDATE
            now[k] = r.emit(write, [now[k], value, where], params[k].type, attrs)
        return now

    def value(self, t: Statement, loops: list[Operand], memo: dict[Any, Operand], carried: dict) -> Operand:
        """The value of a statement; entries of arrays that the nest changes are read from what it carries."""
        r = self.r
        found: list[tuple[Var, Position]] = []
        r.value_reads(t, found)
        for x, at in found:
            if x in carried and (x, key_of(at)) not in memo:
                kind = ty.Number(ty.dtype_of(x.type), weak=False)
                known = {"in_range": True} if is_in_range(at) else {}
                read = r.emit(operator.getitem, [carried[x], r.index(at, loops)], kind, known)
                memo[x, key_of(at)] = read
        if t.base is None:
            value = r.new_entry(t.out, t.entry, loops, memo)
        else:
            value = r.entry(t.value, t.entry, loops, memo)
        memo[t.out, t.key] = value
        return value
