"""From where to where each variable is needed.

Operations are numbered in program order, a loop or branch taking a number where it begins and one where
it ends. A variable lives from its definition to its last use; one that a loop reads from outside lives
to the end of the loop, since the next pass reads it again.
"""

from __future__ import annotations

from transad.ir.core import Block, Op, Operand, Var
from transad.ir.primitives import FOR, WHILE


class Liveness:
    """Numbers of operations, and the interval of each variable."""

    def __init__(self, block: Block):
        self.begin: dict[Op, int] = {}
        self.finish: dict[Op, int] = {}
        self.start: dict[Var, int] = {}
        self.end: dict[Var, int] = {}
        self.depth: dict[Var, tuple[Op, ...]] = {}  # the loops a variable is defined in
        self.clock = 0
        for v in block.params:
            self.define(v, ())
        self.visit(block, ())
        self.clock += 1
        for x in block.results:
            self.use(x, ())
        self.last = self.clock

    def define(self, v: Var, loops: tuple[Op, ...]) -> None:
        self.start[v] = self.end[v] = self.clock
        self.depth[v] = loops

    def use(self, x: Operand, loops: tuple[Op, ...]) -> None:
        if not isinstance(x, Var) or x not in self.start:
            return
        at = self.clock
        self.end[x] = max(self.end[x], at)
        own = self.depth[x]
        if len(loops) > len(own):  # read again in the next pass of the outermost loop it is outside of
            self.pending.setdefault(loops[len(own)], []).append(x)

    pending: dict[Op, list[Var]]

    def visit(self, block: Block, loops: tuple[Op, ...]) -> None:
        if not hasattr(self, "pending"):
            self.pending = {}
        for op in block.ops:
            self.clock += 1
            self.begin[op] = self.clock
            for x in op.inputs:
                self.use(x, loops)
            if not op.blocks:
                self.finish[op] = self.clock
                for v in op.outs:
                    self.define(v, loops)
                continue
            inner = (*loops, op) if op.primitive in (FOR, WHILE) else loops
            for b in op.blocks:
                self.clock += 1
                for v in b.params:
                    self.define(v, inner)
                self.visit(b, inner)
                self.clock += 1
                for x in b.results:
                    self.use(x, inner)
            self.clock += 1
            self.finish[op] = self.clock
            for x in self.pending.pop(op, ()):
                self.end[x] = max(self.end[x], self.clock)
            for v in op.outs:
                self.define(v, loops)

    def overlap(self, a: Var, b: Var, ends: dict[Var, int] | None = None) -> bool:
        """Are both needed at some time? (One may end where the other begins.)"""
        end = self.end if ends is None else ends
        return self.start[a] < end[b] and self.start[b] < end[a] or self.start[a] == self.start[b]
