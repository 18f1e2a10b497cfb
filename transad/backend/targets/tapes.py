"""Tapes as arrays: numba's lists are slow, to run and even more to compile.

Receives a Wengert list with tapes. One whose items are numbers, or arrays of a shape that is known before the
loop, becomes an array that is made there, with one more axis: `push` writes the next entry (or row), `pop`
reads the last one. How many there are is counted by a variable carried along, or told by the loop itself:

    x_tape = []                          x_tape = np.empty(n)
    for i in range(n):                   for i in range(n):
        x_tape.append(x)          ->         x_tape[i] = x
    ...                                  ...
    for i in range(n - 1, -1, -1):       for i in range(n - 1, -1, -1):
        x = x_tape.pop()                     x = x_tape[i]

Rows whose lengths differ from pass to pass are put one after the other, each followed by its length.

The array has room for all that can be pushed, as the ranges of the loops say. Where they do not say (a
`while`, a `break`), it is made anew with twice the room whenever it is full. Tapes that are handed from
function to function, and those of other things, stay lists.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.backend.targets.facts import Facts
from transad.backend.targets.rooms import Rooms
from transad.backend.targets.webs import Web, blocks_of, tape_webs
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.rules import registry

_GETITEM = registry.entry(operator.getitem)
_NONE = Const(0)
_AT_FIRST = 16  # entries of a tape whose length is not known


def tapes_to_arrays(block: Block) -> None:
    """Rewrite a function's block in place."""
    webs = tape_webs(block)
    if webs:
        _Rewriter(block, webs).run()


class _Rewriter(Rooms):
    def __init__(self, block: Block, webs: dict[Var, Web]):
        self.block, self.webs = block, webs
        self.arrays: dict[Var, Operand] = {}  # what a variable that was a tape is now
        self.counts: dict[Var, Operand] = {}  # and how many entries it has
        self.entry: dict[tuple[Web, Block], Operand] = {}  # how many it has where a block begins
        self.less: dict[Any, Operand] = {}
        self.rooms: dict[Web, Operand | None] = {}
        self.visible: dict[Var, None] = {}
        self.facts = Facts(block)
        self.begun: dict[Var, None] = {}  # tapes that are to be made before the loop that carries them

    def run(self) -> None:
        self.visit(self.block)

    # -- operations

    # -- blocks

    def visit(self, block: Block) -> None:
        outer, self.visible = self.visible, dict(self.visible)
        self.visible.update(dict.fromkeys(block.params))
        ops: list[Op] = []
        for op in block.ops:
            web = self.webs.get(op.outs[-1]) if op.outs else None
            if op.primitive is p.NEW_TAPE and web is not None:
                self.begun[op.out] = None
                continue
            for tape in list(self.begun):
                if tape in op.inputs or op in self.webs[tape].way:
                    self.begin(ops, tape)
            if op.primitive is p.PUSH and op.inputs[0] in self.arrays:
                self.push(ops, op, block)
            elif op.primitive is p.POP and op.inputs[0] in self.arrays:
                self.pop(ops, op, block)
            else:
                if op.primitive is p.FOR:
                    self.for_(op)
                elif op.primitive is p.WHILE:
                    self.while_(op)
                elif op.primitive is p.IF:
                    self.if_(op)
                ops.append(op)
            self.visible.update(dict.fromkeys(op.outs))
        block.ops = ops
        self.visible = outer

    def begin(self, ops: list[Op], tape: Var) -> None:
        """Make the array of a tape, just before the operation that takes it."""
        self.begun.pop(tape)
        web = self.webs[tape]
        ((begin, home),) = web.begins
        rows = self.lengths(ops, web.item, begin)
        if rows is None and len(web.item.shape) == 1 and web.item.dtype.kind in "if":  # type: ignore[attr-defined]
            self.lead_no_more(web)
            web.ragged, web.by_index, web.leader, self.rooms[web] = True, False, None, None
        if rows is None and not web.ragged:  # it must stay a list after all
            self.visible[tape] = None
            for v in [v for v, w in self.webs.items() if w is web]:
                del self.webs[v]
            self.lead_no_more(web)
            ops.append(begin)
            return
        key = web.leader or web
        if key not in self.rooms:
            room = web.way[0].inputs[1] if web.by_index else self.room_in(ops, home, web, {}, begin)
            if room is not None and not self.facts.is_count(room):
                room = self.emit(ops, max, [room, Const(0)], ty.INT, begin)
            self.rooms[key] = room
        room = self.rooms[key]
        web.grows = room is None
        size: Operand = Const(_AT_FIRST) if room is None else room
        shape = () if web.ragged else getattr(web.item, "shape", ())
        kind = ty.Array(web.item.dtype, (ty.fresh_dim(), *shape))  # type: ignore[attr-defined]
        if rows:
            size = self.emit(ops, p.TUPLE, [size, *rows], ty.Tuple((ty.INT,) * (1 + len(rows))), begin)
        given: list[Operand] = [size] if kind.dtype == np.float64 else [size, Const(kind.dtype.type)]  # type: ignore[union-attr]
        self.arrays[tape] = self.emit(ops, np.empty, given, kind, begin, name=tape.name)
        self.counts[tape] = Const(0)

    def lead_no_more(self, web: Web) -> None:
        for other in self.webs.values():
            if other.leader is web:
                other.leader = None

    def counted(self, web: Web) -> bool:
        """Has a tape a counter of its own?"""
        return web.leader is None and not web.by_index

    def index(self, web: Web, block: Block, own: Operand) -> Operand:
        """How many entries there are where a block pushes or pops."""
        if web.by_index:
            index = block.params[0]
            index.name = None if index.name == "_" else index.name
            return index
        return self.entry[web.leader, block] if web.leader is not None else own

    def push(self, ops: list[Op], op: Op, block: Block) -> None:
        tape, value = op.inputs
        web, out = self.webs[tape], op.outs[0]  # type: ignore[index]
        count = self.index(web, block, self.counts[tape])  # type: ignore[index]
        array = self.arrays[tape]  # type: ignore[index]
        if web.ragged:
            self.push_row(ops, op, array, count)
            return
        if web.grows:
            array = self.larger(ops, array, count, op)
        attrs = {"path": (_GETITEM,), "counts": (1,), "in_range": True}
        self.arrays[out] = self.emit(
            ops, p.UPDATE, [array, value, count], array.type, op, name=out.name, **attrs
        )
        if self.counted(web):
            self.counts[out] = self.emit(
                ops, operator.add, [count, Const(1)], ty.INT, op, name="recorded", accumulate=True
            )
        else:
            self.counts[out] = self.counts[tape]  # type: ignore[index]

    def pop(self, ops: list[Op], op: Op, block: Block) -> None:
        (tape,) = op.inputs
        value, rest = op.outs
        web, array = self.webs[tape], self.arrays[tape]  # type: ignore[index]
        count = self.index(web, block, self.counts[tape])  # type: ignore[index]
        if web.ragged:
            self.pop_row(ops, op, array, count)
            return
        if not web.by_index:
            count = self.before(ops, web, block, count, op)
        ops.append(Op([value], _GETITEM, [array, count], {"in_range": True}, [], op.loc, op.note))
        self.arrays[rest] = array
        self.counts[rest] = count if self.counted(web) else self.counts[tape]  # type: ignore[index]

    def push_row(self, ops: list[Op], op: Op, array: Operand, begin: Operand) -> None:
        tape, value = op.inputs
        out, entry = op.outs[0], {"path": (_GETITEM,), "counts": (1,), "in_range": True}
        n = self.emit(ops, len, [value], ty.INT, op)
        end = self.emit(ops, operator.add, [begin, n], ty.INT, op)
        array = self.larger(ops, array, end, op, n)
        where = self.emit(ops, p.SLICE, [begin, end, Const(None)], ty.Slice(), op)
        array = self.emit(ops, p.UPDATE, [array, value, where], array.type, op, fits=True, **entry)
        self.arrays[out] = self.emit(ops, p.UPDATE, [array, n, end], array.type, op, name=out.name, **entry)
        self.counts[out] = self.emit(ops, operator.add, [end, Const(1)], ty.INT, op, name="recorded")

    def pop_row(self, ops: list[Op], op: Op, array: Operand, end: Operand) -> None:
        value, rest = op.outs
        last = self.emit(ops, operator.sub, [end, Const(1)], ty.INT, op)
        kind = ty.Number(array.type.dtype, weak=False)  # type: ignore[attr-defined]
        n = self.emit(
            ops, int, [self.emit(ops, operator.getitem, [array, last], kind, op, in_range=True)], ty.INT, op
        )
        begin = self.emit(ops, operator.sub, [last, n], ty.INT, op, name="recorded")
        stop = self.emit(ops, operator.add, [begin, n], ty.INT, op)
        where = self.emit(ops, p.SLICE, [begin, stop, Const(None)], ty.Slice(), op)
        ops.append(Op([value], _GETITEM, [array, where], {"in_range": True}, [], op.loc, op.note))
        self.arrays[rest], self.counts[rest] = array, begin

    def before(self, ops: list[Op], web: Web, block: Block, count: Operand, op: Op) -> Operand:
        """One entry less; once for all tapes that have one counter."""
        key = (web.leader or web, block) if len(web.pops) == 1 else (op, block)
        if key not in self.less:
            attrs = {"accumulate": True}
            self.less[key] = self.emit(
                ops, operator.sub, [count, Const(1)], ty.INT, op, name="recorded", **attrs
            )
        return self.less[key]

    def larger(self, ops: list[Op], array: Operand, count: Operand, like: Op, row: Operand = _NONE) -> Var:
        """The array, or one with twice the room if it is full; with room for a row, too."""
        shape = array.type.shape  # type: ignore[attr-defined]
        n = self.axis(ops, array, 0, like)
        full = self.emit(ops, operator.ge, [count, n], ty.BOOL, like)
        inner: list[Op] = []
        size = self.whole(inner, operator.mul, n, Const(2), like)
        size = self.whole(inner, operator.add, size, row, like)
        if len(shape) > 1:
            rows = [self.axis(inner, array, k, like) for k in range(1, len(shape))]
            size = self.emit(inner, p.TUPLE, [size, *rows], ty.Tuple((ty.INT,) * len(shape)), like)
        kind = ty.Array(array.type.dtype, (ty.fresh_dim(), *shape[1:]))  # type: ignore[attr-defined]
        made = self.emit(inner, np.empty, [size, Const(kind.dtype.type)], kind, like)
        first = self.emit(inner, p.SLICE, [Const(0), n, Const(None)], ty.Slice(), like)
        attrs = {"path": (_GETITEM,), "counts": (1,), "fits": True, "in_range": True}
        moved = self.emit(inner, p.UPDATE, [made, array, first], kind, like, **attrs)
        out = Var(array.name if isinstance(array, Var) else None, array.type)
        sides = [Block([], inner, [moved]), Block([], [], [array])]
        ops.append(Op([out], p.IF, [full], {}, sides, like.loc, like.note))
        return out

    # -- structured operations

    def fresh(self, v: Var, array: Operand) -> Var:
        return Var(v.name, array.type)

    def for_(self, op: Op) -> None:
        body = op.blocks[0]
        first = 1 if op.attrs.get("breaks") else 0
        slots = [k for k, v in enumerate(op.outs) if op.inputs[3 + k] in self.arrays]
        before = {k: op.inputs[3 + k] for k in slots}
        ends = {k: body.results[first + k] for k in slots}
        changes, counted = [], []
        for k in slots:
            v, q = before[k], body.params[1 + k]
            web = self.webs[v]  # type: ignore[index]
            self.arrays[q], self.counts[q] = self.arrays[v], self.counts[v]  # type: ignore[index]
            if self.pushed_in(web, op):
                changes.append(k)
                self.arrays[q] = self.fresh(q, self.arrays[v])  # type: ignore[index]
            if self.counted(web):
                counted.append(k)
                self.counts[q] = Var("recorded", ty.INT)
                self.entry[web, body] = self.counts[q]
        params = dict(zip(slots, (body.params[1 + k] for k in slots)))
        self.visit(body)
        for k in slots:
            out, end = op.outs[k], ends[k]
            self.arrays[out], self.counts[out] = self.arrays[before[k]], self.counts[before[k]]  # type: ignore[index]
            if k in changes:
                self.arrays[out] = self.fresh(out, self.arrays[end])  # type: ignore[index]
            if k in counted:
                self.counts[out] = Var("recorded", ty.INT)
        outs = list(op.outs)
        kept = [k for k in range(len(op.outs)) if k not in slots]
        op.inputs = [*op.inputs[:3], *(op.inputs[3 + k] for k in kept)]
        op.inputs += [self.arrays[before[k]] for k in changes] + [self.counts[before[k]] for k in counted]  # type: ignore[index]
        body.params = [body.params[0], *(body.params[1 + k] for k in kept)]
        body.params += [self.arrays[params[k]] for k in changes] + [self.counts[params[k]] for k in counted]  # type: ignore[misc]
        body.results = [*body.results[:first], *(body.results[first + k] for k in kept)]
        body.results += [self.arrays[ends[k]] for k in changes] + [self.counts[ends[k]] for k in counted]  # type: ignore[index]
        op.outs = [outs[k] for k in kept]
        op.outs += [self.arrays[outs[k]] for k in changes] + [self.counts[outs[k]] for k in counted]  # type: ignore[misc]

    def while_(self, op: Op) -> None:
        before, after = op.blocks
        counts: list[tuple[Var, Operand]] = []
        inits: list[Operand] = []
        for k, (v, q) in enumerate(zip(list(op.inputs), list(before.params))):
            if v not in self.arrays:
                continue
            web = self.webs[v]  # type: ignore[index]
            before.params[k] = self.arrays[q] = self.fresh(q, self.arrays[v])  # type: ignore[index]
            op.inputs[k] = self.arrays[v]  # type: ignore[index]
            self.counts[q] = self.counts[v]  # type: ignore[index]
            if self.counted(web):
                self.counts[q] = Var("recorded", ty.INT)
                self.entry[web, before] = self.counts[q]
                inits.append(self.counts[v])  # type: ignore[index]
                counts.append((self.counts[q], after.results[k]))  # type: ignore[arg-type]
        op.inputs += inits
        before.params += [q for q, _ in counts]
        self.visit(before)
        if before.results[0] in self.arrays:  # until the tape is empty
            tape = before.results[0]
            left = (
                self.counts[tape]
                if self.webs[tape].leader is None
                else self.entry[self.webs[tape].leader, before]
            )  # type: ignore[index]
            before.results[0] = self.emit(before.ops, operator.gt, [left, Const(0)], ty.BOOL, op)
        passed: list[Operand] = []
        for k, (x, q, out) in enumerate(zip(before.results[1:], list(after.params), list(op.outs))):
            if x not in self.arrays:
                continue
            web = self.webs[x]  # type: ignore[index]
            before.results[1 + k] = self.arrays[x]  # type: ignore[index]
            after.params[k] = self.arrays[q] = self.fresh(q, self.arrays[x])  # type: ignore[index]
            op.outs[k] = self.arrays[out] = self.fresh(out, self.arrays[x])  # type: ignore[index]
            self.counts[q], self.counts[out] = self.counts[x], self.counts[x]  # type: ignore[index]
            if self.counted(web):
                passed.append(self.counts[x])  # type: ignore[index]
                self.counts[q], self.counts[out] = Var("recorded", ty.INT), Var("recorded", ty.INT)
                self.entry[web, after] = self.counts[q]
                after.params.append(self.counts[q])  # type: ignore[arg-type]
                op.outs.append(self.counts[out])  # type: ignore[arg-type]
        before.results += passed
        ends = list(after.results)
        self.visit(after)
        after.results = [self.arrays.get(x, x) for x in ends]  # type: ignore[call-overload]
        after.results += [self.counts[end] for _, end in counts]  # type: ignore[index]

    def if_(self, op: Op) -> None:
        slots = [k for k, v in enumerate(op.outs) if v in self.webs]
        webs = {self.webs[op.outs[k]] for k in slots}
        for inner in op.blocks:
            for web in webs:
                now = self.now(web, inner)
                if now is not None:
                    self.entry[web, inner] = now
            self.visit(inner)
        changes, counted = [], []
        for k in slots:
            out, web = op.outs[k], self.webs[op.outs[k]]
            ends = [b.results[k] for b in op.blocks]
            self.arrays[out], self.counts[out] = self.arrays[ends[0]], self.counts[ends[0]]  # type: ignore[index]
            if self.pushed_in(web, op):
                changes.append(k)
                self.arrays[out] = self.fresh(out, self.arrays[ends[0]])  # type: ignore[index]
            if self.counted(web):
                counted.append(k)
                self.counts[out] = Var("recorded", ty.INT)
        for inner in op.blocks:
            old = inner.results
            inner.results = [x for k, x in enumerate(old) if k not in slots]
            inner.results += [self.arrays[old[k]] for k in changes] + [self.counts[old[k]] for k in counted]  # type: ignore[index]
        old_outs = op.outs
        op.outs = [v for k, v in enumerate(old_outs) if k not in slots]
        op.outs += [self.arrays[old_outs[k]] for k in changes] + [self.counts[old_outs[k]] for k in counted]  # type: ignore[misc]

    def now(self, web: Web, inner: Block) -> Operand | None:
        """The counter of a tape where a side of a branch begins."""
        taken = [x for op in walk(inner) for x in op.inputs]
        taken += [x for b in blocks_of(inner) for x in b.results]
        return next((self.counts[x] for x in taken if x in self.counts and self.webs.get(x) is web), None)  # type: ignore[call-overload,index]

    # -- lengths

    # -- how many entries there will be
