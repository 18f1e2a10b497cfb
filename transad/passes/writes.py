"""Writes to the buffers that adjoints are gathered in, as one would write them by hand.

    b = zeros_like(x); b[i] += g                     b[i] = g
    b[i] = 0; b[j] += h; ...; b[i] += g              b[i] = g; b[j] += h; ...
    g = b[i]; b[i] = 0; b[j] += h; ...; b[i] += g    b[j] += h; ...
    b[i] = b[i] - g                                  b[i] -= g
    h = -g; b[i] += h; b[j] += h                     b[i] -= g; b[j] -= g
    b = zeros_like(x); b[i] -= g; b[j] += h          b[j] = h; b[i] -= g
    for i in ...: g = b[i]; b[i] = 0; b[i - 1] += h  g = b[i]; b[i - 1] += h: b[i] is not read again
    for i in ...: c[i] += g                          c[i] = g: nobody wrote there before
    np.add.at(b, (np.arange(n), k), g)               b[np.arange(n), k] += g: no element twice

In the list each of these is a chain of versions of one buffer, every one but the last used by the next
alone. The order of sums into different parts of a buffer is ours to choose. What is read or written before
and after, also in other passes of loops, is told by `analysis/versions.py`.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.analysis.places import reaches_once
from transad.analysis.versions import Versions
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, substitute, walk
from transad.passes.simplify import operand_key
from transad.rules import registry

_ZEROS = {np.zeros_like, np.zeros}
LONGEST = 8  # writes in a chain that is looked at
NEG = registry.entry(operator.neg)


def tidy_writes(block: Block) -> None:
    """Rewrite a block in place."""
    if any(op.primitive is p.ADD_AT for op in walk(block)):
        drop_idle_zeros(block)
        tidy = _Tidy(block)
        for inner in [block, *(b for op in walk(block) for b in op.blocks)]:
            tidy.signs(inner)
        tidy.look_back(block)
        tidy.block(block)


def drop_idle_zeros(block: Block) -> None:
    """Parts of adjoints are set to zero once they have been handed on; not where nobody reads them again."""
    makers = makers_of(block)
    zeros = [op for op in walk(block) if op.primitive is p.UPDATE and op.note is not None and _is_zero(op)]
    if not zeros:
        return
    versions = Versions(block, makers.get)  # type: ignore[arg-type]
    same: dict[Var, Operand] = {}
    for op in zeros:
        if versions.loops[op] and versions.is_idle(op):
            versions.home[op].ops.remove(op)
            same[op.outs[0]] = op.inputs[0]
    for v in same:
        while same[v] in same:
            same[v] = same[same[v]]  # type: ignore[index]
    substitute(block, same)


def makers_of(block: Block) -> dict[Var, Op]:
    return {v: op for op in walk(block) for v in op.outs}


class _Tidy:
    def __init__(self, block: Block):
        self.counts: dict[Var, int] = {}
        self.makers = makers_of(block)
        self.same: dict[Var, Var] = {}
        self.gone: set[Op] = set()
        self.alone: dict[Var, Op] = {}  # who reads a variable, if only one does
        self.count(block)

    # -- signs

    def signs(self, block: Block) -> None:
        """What is added with a minus is taken off, so that the negative itself is not computed; in a buffer
        of zeros, once something else was put there."""
        place = {op: k for k, op in enumerate(block.ops)}
        after: dict[Op, Op] = {}
        for op in block.ops:
            following = self.alone.get(op.outs[0]) if op.primitive is p.ADD_AT and self.is_minus(op) else None
            if following is None or following not in place or following in after.values():
                continue
            adds = following.primitive is p.ADD_AT and following.inputs[0] is op.outs[0]
            if adds and self.starts(op) and not self.is_minus(following):
                op.inputs[0], following.inputs[0] = op.outs[0], op.inputs[0]
                op.outs, following.outs = following.outs, op.outs
                for moved in (op, following):
                    self.makers[moved.outs[0]] = moved
                self.alone[following.outs[0]] = op
                after[op] = following
        moved = {later: op for op, later in after.items()}
        ops: list[Op] = []
        for op in block.ops:
            if op in after:
                continue
            for one in (op, moved[op]) if op in moved else (op,):
                minus = self.makers.get(one.inputs[1]) if self.is_minus(one) else None  # type: ignore[arg-type]
                if minus is not None and self.counts[minus.outs[0]] > 1:
                    own = Op([Var(None, minus.outs[0].type)], NEG, minus.inputs, {}, [], one.loc, one.note)
                    self.counts[minus.outs[0]] -= 1
                    self.counts[own.outs[0]] = 1
                    self.makers[own.outs[0]] = own
                    one.inputs[1] = own.outs[0]
                    ops.append(own)
                ops.append(one)
        block.ops = ops

    def is_minus(self, op: Op) -> bool:
        made = self.definition(op.inputs[1]) if op.primitive is p.ADD_AT and op.note is not None else None
        if made is None or made.primitive.fn is not operator.neg:
            return False
        return isinstance(op.outs[0].type, ty.Array) and self.is_distinct(op)

    # -- what was written before

    def look_back(self, block: Block) -> None:
        self.versions = Versions(block, self.definition)
        self.first = {op for op in walk(block) if op.primitive is p.ADD_AT and self.is_first(op)}

    def is_first(self, op: Op) -> bool:
        """Is what is added to surely zero: in a buffer of zeros, where nothing else was written before?"""
        history = self.versions.writes_before(op.inputs[0]) if self.versions.region(op) else None
        if history is None:
            return False
        writes, begins = history
        makers = [self.makers.get(v) for v in begins]
        return all(made is not None and made.primitive.fn in _ZEROS for made in makers) and all(
            _is_zero(write) or self.versions.is_apart(write, write.outs[0], op) for write in writes
        )

    def count(self, block: Block) -> None:
        for op in block.ops:
            for x in op.inputs:
                self.use(x)
                if isinstance(x, Var):
                    self.alone.pop(x, None)
                    if self.counts[x] == 1:
                        self.alone[x] = op
            for inner in op.blocks:
                self.count(inner)
        for x in block.results:
            self.use(x)

    def use(self, x: Operand) -> None:
        if isinstance(x, Var):
            self.counts[x] = self.counts.get(x, 0) + 1

    def definition(self, x: Operand) -> Op | None:
        return self.makers.get(x) if isinstance(x, Var) else None

    def block(self, block: Block) -> None:
        self.here, outer = set(block.ops), getattr(self, "here", set())
        moved: dict[Op, list[Op]] = {}
        for op in block.ops:
            op.inputs = [self.same.get(x, x) for x in op.inputs]  # type: ignore[arg-type]
            for inner in op.blocks:
                self.block(inner)
            if op.primitive is p.ADD_AT and isinstance(op.outs[0].type, ty.Array) and self.is_distinct(op):
                op.attrs["distinct"] = True
                if self.starts(op) or op in self.first:
                    op.primitive = p.UPDATE
                elif (ops := self.reordered(op)) is not None:
                    moved[op] = ops
                    self.here.difference_update(ops)
        block.results = [self.same.get(x, x) for x in block.results]  # type: ignore[arg-type]
        if moved:
            away = {o for ops in moved.values() for o in ops} | self.gone
            block.ops = [o for op in block.ops for o in moved.get(op, [op] if op not in away else [])]
        self.here = outer

    def starts(self, op: Op) -> bool:
        """Is it the first thing written to a buffer of zeros?"""
        made = self.maker(op.inputs[0])
        return made is not None and made.primitive.fn in _ZEROS

    def reordered(self, op: Op) -> list[Op] | None:
        """For an addition to a part that was set to zero before: the writes since, with the part set to
        what is added first of all."""
        chain: list[Op] = []
        made = self.maker(op.inputs[0])
        while made is not None and made.primitive is p.ADD_AT and made in self.here and len(chain) < LONGEST:
            chain.append(made)
            made = self.maker(made.inputs[0])
        if made is None or made not in self.here or made.primitive is not p.UPDATE:
            return None
        if not _is_zero(made) or not _same_part(made, op):
            return None
        read = self.definition(op.inputs[1])
        if read is not None and read in self.here and self.reads_back(read, made):  # nothing changed
            self.gone |= {made, read} if self.maker(op.inputs[1]) else {made}
            if chain:
                chain[-1].inputs[0] = made.inputs[0]
            self.same[op.outs[0]] = chain[0].outs[0] if chain else made.inputs[0]  # type: ignore[assignment]
            return chain[::-1]
        first = Op(made.outs, p.UPDATE, [made.inputs[0], *op.inputs[1:]], made.attrs, [], op.loc, op.note)
        self.makers[first.outs[0]] = first
        self.gone.add(made)
        last = chain[0].outs[0] if chain else first.outs[0]
        self.same[op.outs[0]] = last
        self.counts[last] = self.counts.get(op.outs[0], 0)
        return [*self.augmented(first), *chain[::-1]]

    def reads_back(self, read: Op, made: Op) -> bool:
        """Is it the part that a write replaces, as it was before?"""
        if read.primitive.name not in ("getitem", "read") or read.inputs[0] is not made.inputs[0]:
            return False
        path = read.attrs.get("path", (read.primitive,))
        return path == made.attrs["path"] and _same_operands(read.inputs[1:], made.inputs[2:])

    def maker(self, x: Operand) -> Op | None:
        """What makes a variable that is used once."""
        return self.makers.get(x) if isinstance(x, Var) and self.counts.get(x) == 1 else None

    def augmented(self, op: Op) -> list[Op]:
        """`b[i] = b[i] + g` as an addition."""
        made = self.maker(op.inputs[1])
        if made is None or made.primitive.fn not in (operator.add, operator.sub):
            return [op]
        read = self.makers.get(made.inputs[0]) if isinstance(made.inputs[0], Var) else None
        if read is None or read.primitive.name not in ("getitem", "read"):
            return [op]
        same = read.inputs[0] is op.inputs[0] and _same_operands(read.inputs[1:], op.inputs[2:])
        if not same or len(op.attrs["path"]) != 1:
            return [op]
        op.primitive, op.attrs = p.ADD_AT, {**op.attrs, "distinct": True}
        op.inputs[1] = made.inputs[1]
        if made.primitive.fn is operator.add:
            return [op]
        minus = Op([Var(None, made.outs[0].type)], NEG, [made.inputs[1]], {}, [], op.loc, op.note)
        op.inputs[1] = minus.outs[0]
        return [minus, op]

    # -- indices

    def is_distinct(self, op: Op) -> bool:
        """Does the path of a write surely reach no element twice?"""
        operands = iter(op.inputs[2:])
        for primitive, count in zip(op.attrs["path"], op.attrs["counts"]):
            given = [next(operands) for _ in range(count)]
            if primitive.name == "getitem" and not reaches_once(given[0], self.definition):
                return False
        return True


def _is_zero(op: Op) -> bool:
    """Does a write set a part to zero?"""
    value = op.inputs[1].value if isinstance(op.inputs[1], Const) else None
    return op.primitive is p.UPDATE and type(value) is float and value == 0.0


def _same_part(a: Op, b: Op) -> bool:
    return a.attrs["path"] == b.attrs["path"] and _same_operands(a.inputs[2:], b.inputs[2:])


def _same_operands(a: list[Operand], b: list[Operand]) -> bool:
    return list(map(operand_key, a)) == list(map(operand_key, b))
