"""What the forward sweep must leave behind for the reverse sweep.

Receives a list in which the reverse sweep still reads variables from inside the blocks of the forward
sweep, and makes it well formed. Dead code goes first, so that only what is really read counts. Then,
block by block from the inside out, each such variable is either

  - computed again from what is there anyway, if that costs less (`cut` decides), or
  - recorded: a result of the branch, or, in a loop, pushed on a tape that the reverse sweep pops.

What a pass of a loop ends with is what the next one begins with, and is not recorded twice.

Every tape is a variable of its own, carried through the loop like any other, so the derivative of a
derivative meets nothing special. The tape of an inner loop is carried through the outer one too: one
flat list, not a list of lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from transad.analysis.activity import carried, links
from transad.analysis.assigned import Unbound
from transad.analysis.loose import loose_lengths, symbols_of
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import UNDEFINED_VALUE, Block, Const, Op, Operand, Var, substitute, uses, walk
from transad.passes.dead import eliminate_dead
from transad.runtime import zeros_like
from transad.transforms.cut import NEVER, price_again, price_recorded, to_record
from transad.transforms.merging import merge_sweeps
from transad.transforms.restoring import drop_restores

if TYPE_CHECKING:
    from transad.transforms.applying import Applier

_SHAPE_ONLY = {np.zeros_like, np.ones_like, np.shape, np.ndim, np.size, len, zeros_like}


@dataclass
class Pair:
    """A block of the forward sweep and its counterpart, with the operations they belong to."""

    forward: Op
    backward: Op
    side: int  # which block of the forward operation (a branch has two)
    block: Block
    reverse: Block
    index: Operand | None = None  # of a loop: what the reverse block has for the forward block's index


def record(
    applier: Applier,
    block: Block,
    pairs: list[Pair],
    results: list[Operand],
    tapes: dict[Var, tuple[Op, Var]],
) -> None:
    """Make the joint list of both sweeps well formed, in place; `tapes` are those it has already."""
    eliminate_dead(block, results)
    merge_sweeps(block, pairs)
    drop_restores(applier.builder, block)
    eliminate_dead(block, results)
    recorder = Recorder(applier, block, tapes)
    for pair in pairs:
        if pair.backward in recorder.home and pair.forward in recorder.home:
            recorder.pair(pair)
    for pair in pairs:
        if pair.backward in recorder.home and pair.forward in recorder.home:
            recorder.drain(pair)
    eliminate_dead(block, results)


class Recorder:
    def __init__(self, applier: Applier, block: Block, tapes: dict[Var, tuple[Op, Var]]):
        self.applier, self.builder, self.top = applier, applier.builder, block
        self.home: dict[Op, Block] = {}
        self.around: dict[Block, Op | None] = {block: None}
        self.moving = overwritten(block)
        self.unbound = Unbound(block).found  # variables without a value on some path
        self.loose = loose_lengths(block)
        self.tapes = dict(tapes)  # a tape: the operation that begins it, what is left of it
        self.index(block)

    def index(self, block: Block) -> None:
        for op in block.ops:
            self.home[op] = block
            for inner in op.blocks:
                self.around[inner] = op
                self.index(inner)

    def in_loop(self, op: Op) -> bool:
        around = self.around[self.home[op]]
        while around is not None:
            if around.primitive in (p.FOR, p.WHILE):
                return True
            around = self.around[self.home[around]]
        return False

    # -- one pair of blocks

    def pair(self, pair: Pair) -> None:
        forward = [pair.block] if pair.forward.primitive is not p.WHILE else list(pair.forward.blocks)
        defined: dict[Var, Op | None] = {}
        for block in forward:
            defined.update(dict.fromkeys(block.params))
            for op in block.ops:
                defined.update(dict.fromkeys(op.outs, op))
        if pair.forward.primitive is p.WHILE:
            self.export(pair, defined)
        self.borrow_shapes(pair, defined)
        mapping: dict[Var, Operand] = {}
        if pair.index is not None and pair.forward.primitive is p.FOR:
            mapping[pair.block.params[0]] = pair.index
        order = {v: k for k, v in enumerate(defined)}
        needed = sorted(_reads(pair.reverse, defined).difference(mapping), key=order.__getitem__)
        repeats = {v: self.repeated_from(made, defined, mapping) for v, made in defined.items()}
        before = self.from_pass_before(pair, needed)
        taped = to_record(
            needed,
            repeats.__getitem__,
            lambda v: price_again(defined[v]),  # type: ignore[arg-type]
            lambda v: self.price(pair, v, v in before),
        )
        start: list[Op] = []
        for v in sorted(taped, key=order.__getitem__):
            if before.get(v) not in taped:
                self.keep(pair, v, mapping, start)
        for v in sorted(taped, key=order.__getitem__):
            if v not in mapping:
                self.hand_back(pair, v, before[v], mapping)
        self.repeat(pair, needed, defined, repeats, mapping, start)
        substitute(pair.reverse, mapping)
        pair.reverse.ops[:0] = start
        for op in pair.reverse.ops:
            self.home[op] = pair.reverse

    def price(self, pair: Pair, v: Var, had: bool) -> int:
        """What it costs to record a variable. A result of a branch costs next to nothing, and so does what
        is recorded for another pass anyway."""
        if had or pair.forward.primitive is p.IF and not self.in_loop(pair.forward):
            return 2
        return price_recorded(v)

    def repeated_from(self, made: Op | None, defined: dict, given: dict) -> list[Var] | None:
        """What an operation of the block can be done again with; None if it cannot be."""
        if made is None or price_again(made) >= NEVER:
            return None
        reads = [x for x in made.inputs if isinstance(x, Var)]
        if any(x in self.moving and isinstance(x.type, ty.Array) for x in reads):
            return None  # the array has changed since; what was made of it is less to keep
        return [x for x in reads if x in defined and x not in given]

    def repeat(
        self, pair: Pair, needed: list[Var], defined: dict, repeats: dict, mapping: dict, start: list[Op]
    ) -> None:
        """Do operations again, each before what reads it first."""
        first: dict[Var, int] = {}
        for k, op in enumerate(pair.reverse.ops):
            for x in uses(op):
                first.setdefault(x, k)
        end = len(pair.reverse.ops)
        place: dict[Op, int] = {}
        wanted = {v: first.get(v, end) for v in needed if v not in mapping}
        for v in reversed(defined):
            if v not in wanted:
                continue
            made = defined[v]
            k = place[made] = min(wanted[v], place.get(made, end))
            for x in repeats[v]:
                if x not in mapping:
                    wanted[x] = min(k, wanted.get(x, end))
        ops: dict[int, list[Op]] = {}
        for made in reversed(place):
            inputs = [mapping.get(x, x) for x in made.inputs]  # type: ignore[arg-type]
            outs = [Var(v.name, v.type) for v in made.outs]
            copy = Op(outs, made.primitive, inputs, dict(made.attrs), [], made.loc)
            mapping.update(zip(made.outs, outs))
            self.builder.definitions.update(dict.fromkeys(outs, copy))
            ops.setdefault(place[made], []).append(copy)
        before = [[*ops.get(k, ()), op] for k, op in enumerate(pair.reverse.ops)]
        pair.reverse.ops = [op for group in before for op in group] + ops.get(end, [])

    # -- what one pass leaves and the next one begins with

    def from_pass_before(self, pair: Pair, needed: list[Var]) -> dict[Var, Var]:
        """Of a loop: values at the end of the body, each with what it is in the next pass, if that is read
        in the reverse sweep: of the two only one need be recorded."""
        op = pair.forward
        if op.primitive is not p.FOR or pair.backward.primitive is not p.FOR or op.attrs.get("breaks"):
            return {}
        read = set(needed)
        begins = set(op.blocks[0].params)  # values that are swapped have nothing to hand back
        return {
            end: param
            for _, param, end, _ in carried(op)
            if end in read and param in read and end not in begins and end not in self.moving
        }  # type: ignore[misc]

    def hand_back(self, pair: Pair, v: Var, param: Var, mapping: dict[Var, Operand]) -> None:
        """Let the reverse loop carry what a pass ended with: what the pass after it, reversed before,
        began with."""
        after = next(out for _, q, _, out in carried(pair.forward) if q is param)
        taken, left = Var(v.name, v.type), Var(v.name, v.type)
        pair.backward.inputs.append(after)
        pair.backward.outs.append(left)
        pair.reverse.params.append(taken)
        pair.reverse.results.append(mapping[param])
        self.builder.definitions[left] = pair.backward
        mapping[v] = taken

    def borrow_shapes(self, pair: Pair, defined: dict) -> None:
        """`zeros_like(v)` needs no more of `v` than its shape: another variable may lend it."""
        lenders = [v for v in (*pair.forward.inputs, *pair.forward.outs) if isinstance(v, Var)]
        lenders = [v for v in lenders if v not in self.unbound]
        for op in walk(pair.reverse):
            x = op.inputs[0] if op.inputs else None
            if (
                op.primitive.fn in _SHAPE_ONLY
                and x in defined
                and isinstance(x.type, ty.Array)
                and x.type.shape is not None
                and self.loose.isdisjoint(symbols_of(x))
            ):
                lender = next((v for v in lenders if v.type == x.type), None)
                if lender is not None:
                    op.inputs[0] = lender

    def drain(self, pair: Pair) -> None:
        """Where every pass of a while loop records something, the tape itself says how often it ran:
        the reverse loop goes on until it is empty, and nobody has to count."""
        loop, body = pair.backward, pair.reverse
        if pair.forward.primitive is not p.WHILE or loop.primitive is not p.FOR:
            return
        index, *params = body.params
        if any(x is index for op in walk(body) for x in op.inputs) or index in body.results:
            return
        tape = next((q for q in params if self.is_drained(pair, loop, body, q)), None)
        if tape is None:
            return
        fresh = [Var(q.name, q.type) for q in params]
        go_on = fresh[params.index(tape)]
        loop.primitive, loop.inputs, loop.attrs = p.WHILE, loop.inputs[3:], {}
        body.params = params
        loop.blocks = [Block(fresh, [], [go_on, *fresh]), body]

    def is_drained(self, pair: Pair, loop: Op, body: Block, q: Var) -> bool:
        """Is `q` a tape that one pass of the forward loop pushes to and one pass of this pops?"""
        if not any(op.primitive is p.POP and op.inputs[0] is q for op in body.ops):
            return False
        entry = loop.inputs[3 + body.params.index(q) - 1]
        if entry not in pair.forward.outs:
            return False
        begin = self.tapes.get(entry)  # type: ignore[arg-type]
        after = pair.forward.blocks[1]
        pushes = {op.outs[0] for op in after.ops if op.primitive is p.PUSH}
        k = next(
            (k for k, x in enumerate(pair.forward.inputs) if begin is not None and x is begin[0].outs[0]),
            None,
        )
        return k is not None and after.results[k] in pushes

    # -- recording

    def keep(self, pair: Pair, v: Var, mapping: dict[Var, Operand], start: list[Op]) -> None:
        op = pair.forward
        if op.primitive is p.IF and not self.in_loop(op):
            out = Var(v.name, v.type)
            op.outs.append(out)
            self.unbound.add(out)
            self.builder.definitions[out] = op
            for k, block in enumerate(op.blocks):
                block.results.append(v if k == pair.side else Const(UNDEFINED_VALUE))
            mapping[v] = out
            return
        if v in self.tapes:
            begin, rest = self.tapes[v]
            self.home[begin].ops.remove(begin)
            first = Var(v.name, v.type)
            replaced = {begin.outs[0]: first}
            for block in op.blocks:
                substitute(block, replaced)
            end = replaced.get(v, v)
        else:
            kind = ty.Tape(v.type)
            name = f"{v.name}_tape" if v.name else None
            first, end, rest = (Var(name, kind) for _ in range(3))
            begin = Op([Var(name, kind)], p.NEW_TAPE, [], {}, [], op.loc)
            self.insert_push(pair, v, first, end)
        home = self.home[op]
        home.ops.insert(home.ops.index(op), begin)
        self.home[begin] = home
        self.builder.definitions[begin.out] = begin
        out = self.carry_forward(pair, begin.out, first, end)
        taken, left = self.carry_backward(pair, out, rest)
        if v in self.tapes:
            mapping[v] = taken
        else:
            got = Var(v.name, v.type)
            pop = Op([got, rest], p.POP, [taken], {}, [], op.loc)
            for o in pop.outs:
                self.builder.definitions[o] = pop
            start.append(pop)
            mapping[v] = got
        self.tapes[out] = (begin, left)

    def insert_push(self, pair: Pair, v: Var, first: Var, end: Var) -> None:
        block = pair.block
        branch, side = pair.forward.attrs.get("completes", (None, 0))
        if branch is not None:  # a pass that is not completed is not reversed: it records nothing
            push = Op([Var(end.name, end.type)], p.PUSH, [first, v], {}, [], pair.forward.loc)
            self.builder.definitions[push.out] = push
            branch.blocks[side].ops.insert(0, push)
            branch.blocks[side].results.append(push.out)
            branch.blocks[1 - side].results.append(first)
            branch.outs.append(end)
            self.builder.definitions[end] = branch
            self.home[push] = branch.blocks[side]
            return
        push = Op([end], p.PUSH, [first, v], {}, [], pair.forward.loc)
        self.builder.definitions[end] = push
        if pair.forward.primitive is p.WHILE:
            before = pair.forward.blocks[0]
            if v in before.params or any(v in op.outs for op in before.ops):
                push.inputs[1] = self.hand_over(pair.forward, v)
        place = next((k + 1 for k, op in enumerate(block.ops) if push.inputs[1] in op.outs), 0)
        block.ops.insert(place, push)
        self.home[push] = block

    def hand_over(self, op: Op, v: Var) -> Var:
        """Pass a variable of the test of a while loop on to its body."""
        before, after = op.blocks
        for given, param in zip(before.results[1:], after.params):
            if given is v:
                return param
        param, out = Var(v.name, v.type), Var(v.name, v.type)
        before.results.append(v)
        after.params.append(param)
        op.outs.append(out)
        self.builder.definitions[out] = op
        return param

    def carry_forward(self, pair: Pair, begin: Var, first: Var, end: Var) -> Var:
        """Carry a tape through the forward operation; the variable it is in afterwards."""
        op = pair.forward
        out = Var(begin.name, begin.type)
        if op.primitive is p.IF:
            for k, block in enumerate(op.blocks):
                block.results.append(end if k == pair.side else begin)
            substitute(pair.block, {first: begin})
        elif op.primitive is p.FOR:
            op.inputs.append(begin)
            op.blocks[0].params.append(first)
            op.blocks[0].results.append(end)
        else:
            before, after = op.blocks
            passed = Var(begin.name, begin.type)
            op.inputs.append(begin)
            before.params.append(passed)
            before.results.append(passed)
            after.params.append(first)
            after.results.append(end)
        op.outs.append(out)
        self.builder.definitions[out] = op
        return out

    def carry_backward(self, pair: Pair, tape: Var, rest: Var) -> tuple[Var, Var]:
        """Carry a tape through the reverse operation: the variable in its block, and after it."""
        op = pair.backward
        left = Var(tape.name, tape.type)
        op.outs.append(left)
        self.builder.definitions[left] = op
        if op.primitive is p.IF:
            for k, block in enumerate(op.blocks):
                block.results.append(rest if k == pair.side else tape)
            return tape, left
        taken = Var(tape.name, tape.type)
        op.inputs.append(tape)
        pair.reverse.params.append(taken)
        pair.reverse.results.append(rest)
        return taken, left

    def export(self, pair: Pair, defined: dict) -> None:
        """Values of the last, incomplete pass of a while loop that are read after it."""
        op = pair.forward
        before = op.blocks[0]
        inside = {id(o) for o in (*walk(before), *walk(op.blocks[1]), *walk(pair.reverse))}
        own = {*before.params, *(v for o in before.ops for v in o.outs)}
        mapping: dict[Var, Operand] = {}

        def outside(block: Block) -> None:
            for o in block.ops:
                if id(o) in inside or o is op:
                    continue
                for x in o.inputs:
                    note(x)
                for inner in o.blocks:
                    if inner is not pair.reverse:
                        outside(inner)
                        for x in inner.results:
                            note(x)

        def note(x: Operand) -> None:
            if x in own and x not in mapping:
                self.hand_over(op, x)  # type: ignore[arg-type]
                position = [*before.results[1:]].index(x)
                mapping[x] = op.outs[position]  # type: ignore[index]

        home = self.home[pair.backward]
        outside(home)
        for x in home.results:
            note(x)
        if mapping:
            for o in home.ops:
                if o is not op:
                    o.inputs = [mapping.get(x, x) for x in o.inputs]  # type: ignore[arg-type]
                    for inner in o.blocks:
                        if inner is not pair.reverse:
                            substitute(inner, mapping)
            home.results = [mapping.get(x, x) for x in home.results]  # type: ignore[arg-type]


def overwritten(block: Block) -> set[Var]:
    """Versions of arrays that are written to, before, in, and after the loops that carry them."""
    found: set[Var] = set()
    flow: dict[Var, list[Var]] = {}
    for op in walk(block):
        if op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE):
            found.update(x for x in (op.inputs[0], op.outs[0]) if isinstance(x, Var))
        for a, b in links(op):
            if isinstance(a, Var) and isinstance(a.type, ty.Array):
                flow.setdefault(a, []).append(b)
                flow.setdefault(b, []).append(a)
    work = list(found)
    while work:
        for v in flow.get(work.pop(), ()):
            if v not in found:
                found.add(v)
                work.append(v)
    return found


def _reads(block: Block, defined: dict) -> set[Var]:
    found = {x for op in walk(block) for x in op.inputs if x in defined}
    for inner in [block, *(b for op in walk(block) for b in op.blocks)]:
        found.update(x for x in inner.results if x in defined)
    return found  # type: ignore[return-value]
