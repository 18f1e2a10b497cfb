"""The order of statements, and which operations become part of a larger expression.

Two things are done to a block before names are given. An operation that makes the next version of
something (an update, the value carried to the next pass) moves down past the last reader of the old
version, where nothing needs it earlier: then no copy and no second name is needed. And an operation
whose result is used once and has no name of the user's is folded into the expression that uses it, if
nothing it reads is overwritten in between.
"""

from __future__ import annotations

from transad.analysis.activity import carried
from transad.backend.lower import is_trivial
from transad.backend.ownership import COPY, Memory, Storages, holds_memory
from transad.backend.sole import WRITES
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Var, has_effect, uses, walk

LARGEST = 10  # operations in one expression


def sink(block: Block) -> None:
    """Move makers of new versions below the readers of the old one."""
    for op in block.ops:
        for inner in op.blocks:
            sink(inner)
    first: dict[Var, int] = {}
    last: dict[Var, int] = {}
    for k, op in enumerate(block.ops):
        for v in uses(op):
            first.setdefault(v, k)
            last[v] = k
    for x in block.results:
        if isinstance(x, Var):
            first.setdefault(x, len(block.ops))
    views: dict[Var, list[Var]] = {}
    for op in block.ops:
        if op.primitive.name in ("getitem", "read") or op.primitive.alias in ("view", "maybe"):
            source = op.inputs[op.primitive.source] if op.inputs else None
            if isinstance(source, Var):
                views.setdefault(source, []).extend(op.outs)
    order = {op: float(k) for k, op in enumerate(block.ops)}
    replaced = _replaced(block)
    for k, op in enumerate(block.ops):
        if len(op.outs) != 1 or op.blocks:
            continue
        old = op.inputs[0] if op.primitive in WRITES else replaced.get(op.outs[0])
        if not isinstance(old, Var):
            continue
        readers = [old]
        for v in readers:
            readers += views.get(v, ())
        latest = max((last.get(v, -1) for v in readers), default=-1)
        if latest > k and first.get(op.outs[0], len(block.ops)) > latest:
            order[op] = latest + 0.5
    block.ops.sort(key=lambda op: order[op])


def _replaced(block: Block) -> dict[Var, Var]:
    """For the value a loop body carries on: the parameter it will be in the next pass."""
    loop = _LOOPS.get(block)
    return {} if loop is None else loop


_LOOPS: dict[Block, dict[Var, Var]] = {}


def sink_all(block: Block) -> None:
    """`sink`, with the loops' own versions known."""
    for op in walk(block):
        if op.primitive is p.FOR:
            _LOOPS[op.blocks[0]] = {end: param for _, param, end, _ in carried(op) if isinstance(end, Var)}
        elif op.primitive is p.WHILE:
            before, after = op.blocks
            through = dict(zip(after.params, before.results[1:]))
            back = {e: q for e, q in zip(after.results, before.params) if isinstance(e, Var)}
            _LOOPS[after] = {e: a for e, q in back.items() for a, b in through.items() if b is q}
    try:
        sink(block)
    finally:
        _LOOPS.clear()


def sink_numbers(block: Block, folding: Folding) -> None:
    """Once expressions are folded: move the makers of carried numbers below the readers of the old ones."""
    for op in walk(block):
        if op.primitive is p.FOR:
            _sink_statements(
                op.blocks[0], {e: q for _, q, e, _ in carried(op) if isinstance(e, Var)}, folding
            )


def _sink_statements(block: Block, old: dict[Var, Var], folding: Folding) -> None:
    statements: list[list[Op]] = [[]]
    for op in block.ops:
        statements[-1].append(op)
        if not any(v in folding.folded for v in op.outs):
            statements.append([])
    if statements[-1]:
        return
    statements.pop()
    first: dict[Var, int] = {}
    last: dict[Var, int] = {}
    for k, group in enumerate(statements):
        for op in group:
            for v in uses(op):
                first.setdefault(v, k)
                last[v] = k
    order = {k: float(k) for k in range(len(statements))}
    for k, group in enumerate(statements):
        out = group[-1].outs[0] if len(group[-1].outs) == 1 else None
        if out not in old or not all(ty.rank(x.type) == 0 for op in group for x in op.inputs):
            continue
        if any(op.primitive is p.POP or op.blocks for op in group):
            continue
        latest = last.get(old[out], -1)  # type: ignore[index]
        if latest > k and first.get(out, len(statements)) > latest:  # type: ignore[arg-type]
            order[k] = latest + 0.5
    block.ops = [op for k in sorted(order, key=order.__getitem__) for op in statements[k]]


class Folding:
    """Which variables are written as part of the expression that uses them."""

    def __init__(self, block: Block, storages: Storages):
        self.memory = Memory(storages, block)
        self.folded: set[Var] = set()
        self.makers = storages.makers
        self.sizes: dict[Var, int] = {}
        counts: dict[Var, int] = {}
        self.tests = tests = {b for op in walk(block) for b in _decides(op)}
        for b in [block, *(b for op in walk(block) for b in op.blocks)]:
            for op in b.ops:
                for x in op.inputs:
                    if isinstance(x, Var):
                        counts[x] = counts.get(x, 0) + 1
            for x in b.results:
                if isinstance(x, Var):
                    counts[x] = counts.get(x, 0) + (
                        1 if b is block or b in tests and x is b.results[0] else 2
                    )
        self.counts = counts
        self.block(block, top=True)

    def block(self, block: Block, top: bool = False) -> None:
        for op in block.ops:
            for inner in op.blocks:
                self.block(inner)
        position = {op: k for k, op in enumerate(block.ops)}
        before: dict[Op, list[Op]] = {}
        for op in block.ops:
            size = 1
            for x in op.inputs:
                if not isinstance(x, Var) or x in self.folded:
                    continue
                made = self.makers.get(x)
                if made is None or made not in position or not self.may_fold(made, x, op):
                    continue
                part = self.sizes.get(x, 1)
                if size + part > LARGEST or not self.undisturbed(block, made, position[made], position[op]):
                    continue
                self.folded.add(x)
                before.setdefault(op, []).append(made)
                size += part
            inside = [x for b in op.blocks for x in b.results if x in self.folded]
            size += sum(self.sizes.get(x, 1) for x in inside)  # type: ignore[arg-type]
            for v in op.outs:
                self.sizes[v] = 0 if is_trivial(op) else size
        if top or block in self.tests:
            tail: list[Op] = []
            for x in block.results if top else block.results[:1]:
                made = self.makers.get(x) if isinstance(x, Var) else None
                if made in position and self.counts.get(x) == 1 and self.is_foldable(made, x):
                    if self.undisturbed(block, made, position[made], len(block.ops)):
                        self.folded.add(x)  # type: ignore[arg-type]
                        tail.append(made)
            before[None] = tail  # type: ignore[index]
        self.reorder(block, before)

    def reorder(self, block: Block, before: dict) -> None:
        """Put folded operations right before the one they are folded into."""
        moved = {op for group in before.values() for op in group}
        ops: list[Op] = []

        def place(op: Op) -> None:
            for inner in before.get(op, ()):
                place(inner)
            ops.append(op)

        for op in block.ops:
            if op not in moved:
                place(op)
        for op in before.get(None, ()):
            place(op)
        block.ops = ops

    def may_fold(self, made: Op, x: Var, user: Op) -> bool:
        if self.counts.get(x, 0) != 1 or not self.is_foldable(made, x):
            return False
        if user.primitive is p.FOR:
            return x in user.inputs[:3]
        overwrites = user.primitive in WRITES or user.primitive in (p.PUSH, p.APPEND, p.POP)
        if (overwrites or user.attrs.get("in_place")) and x is user.inputs[0]:
            return False  # what is written to needs a name
        return user.primitive is not p.WHILE

    def is_foldable(self, made: Op, x: Var) -> bool:
        if made.primitive is p.POP:
            return x is made.outs[0] and isinstance(x.type, ty.Number)
        if (
            x.name is not None
            and made.primitive is not COPY
            and not (made.note is not None and not x.name.endswith(("_bar", "_dot")))
        ):
            return False
        if has_effect(made) or len(made.outs) != 1 or made.blocks and not self.is_choice(made):
            return False
        if made.primitive in WRITES or made.primitive in (p.PUSH, p.APPEND, p.NEW_TAPE):
            return False
        return not made.attrs.get("in_place")

    def is_choice(self, made: Op) -> bool:
        """Is a branch no more than `a if condition else b` for numbers, or `condition and b`?"""
        if stop_of(made) is not None:
            return all(any(v in self.folded for v in o.outs) for b in made.blocks for o in b.ops)
        ends = [x for b in made.blocks for x in b.results]
        return (
            made.primitive is p.IF
            and not any(b.ops for b in made.blocks)
            and all(isinstance(x.type, ty.Number) for x in ends)
        )

    def undisturbed(self, block: Block, made: Op, begin: int, end: int) -> bool:
        """Is nothing that an operation reads written to before it is used?"""
        reads = self.reads(made)
        if not reads and made.primitive is not p.POP:
            return True
        left = made.outs[1] if made.primitive is p.POP else None  # who reads it comes after
        if self.takes(made):  # `x[i] += x.pop()` would look for x[i] first
            end += 1
        for op in block.ops[begin + 1 : end]:
            if self.writes(op) & reads or left is not None and left in uses(op):
                return False
        return True

    def takes(self, made: Op) -> bool:
        """Is there a `pop` in its expression?"""
        inputs = (x for x in made.inputs if x in self.folded and x in self.makers)
        return made.primitive is p.POP or any(self.takes(self.makers[x]) for x in inputs)  # type: ignore[index]

    def reads(self, made: Op) -> set[Var]:
        found: set[Var] = set()
        for x in (*made.inputs, *(x for b in made.blocks for x in b.results)):
            if isinstance(x, Var):
                if holds_memory(x.type):
                    found |= self.memory.of(x)
                if x in self.folded and x in self.makers:
                    found |= self.reads(self.makers[x])
        return found

    def writes(self, op: Op) -> frozenset[Var]:
        inner = [o for b in op.blocks for o in walk(b)]
        found: frozenset[Var] = frozenset()
        for o in (op, *inner):
            if o.primitive in WRITES or o.primitive in (p.PUSH, p.POP, p.APPEND) or o.attrs.get("in_place"):
                found |= self.memory.of(o.inputs[0])
            elif has_effect(o):
                found |= frozenset().union(*(self.memory.of(x) for x in o.inputs))
        return found


__all__ = ["Const", "Folding", "sink", "sink_all"]


def stop_of(op: Op) -> bool | None:
    """True for a branch that is `condition or b`, False for `condition and b`; None for any other."""
    if op.primitive is not p.IF or len(op.outs) != 1 or not ty.is_bool(op.outs[0].type):
        return None
    for block, stop in zip(op.blocks, (True, False)):
        end = block.results[0]
        if not block.ops and isinstance(end, Const) and end.value is stop:
            return stop
    return None


def _decides(op: Op) -> list[Block]:
    """Blocks that end with a condition, which may be written in one expression."""
    if op.primitive is p.WHILE:
        return op.blocks[:1]
    return [] if stop_of(op) is None else op.blocks
