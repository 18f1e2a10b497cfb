"""When each variable is needed.

Operations are numbered in program order; a block takes a number where it begins and one where it ends.
For each variable the numbers of its definition and of its uses are kept. One that a loop reads from
outside is used again where the loop ends, since the next pass reads it. Of the two sides of a branch
only one runs: a use on the second side does not come after a definition on the first.

A use that takes nothing but the shape of an array is told from one that reads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.ir.core import Block, Op, Operand, Var
from transad.ir.primitives import FOR, IF, WHILE
from transad.ir.types import List, Number

Span = list[int]  # [first, last] number of a block

SHAPE_ONLY: set[Any] = {np.shape, np.ndim, np.size, len, np.zeros_like, np.ones_like, np.empty_like}


class Liveness:
    """Numbers of operations, and the definition and uses of each variable."""

    def __init__(self, block: Block):
        self.begin: dict[Op, int] = {}
        self.finish: dict[Op, int] = {}
        self.start: dict[Var, int] = {}
        self.uses: dict[Var, list[int]] = {}
        self.reads: dict[Var, list[int]] = {}  # the uses of more than the shape
        self.depth: dict[Var, tuple[Op, ...]] = {}  # the loops a variable is defined in
        self.others: list[tuple[Span, ...]] = [()]  # by number: the sides that do not run after it
        self.pending: dict[Op, list[tuple[Var, tuple[dict[Var, list[int]], ...]]]] = {}
        self.makers: dict[Var, Op] = {}
        self.clock = 0
        for v in block.params:
            self.define(v, ())
        self.visit(block, (), ())
        self.tick(())
        for x in block.results:
            self.use(x, ())

    def tick(self, others: tuple[Span, ...]) -> int:
        self.clock += 1
        self.others.append(others)
        return self.clock

    def define(self, v: Var, loops: tuple[Op, ...]) -> None:
        self.start[v] = self.clock
        self.uses[v] = []
        self.reads[v] = []
        self.depth[v] = loops

    def use(self, x: Operand, loops: tuple[Op, ...], shape_only: bool = False) -> None:
        if x not in self.start:
            return
        into = (self.uses,) if shape_only else (self.uses, self.reads)
        for table in into:
            table[x].append(self.clock)  # type: ignore[index]
        own = self.depth[x]  # type: ignore[index]
        if len(loops) > len(own):  # read again in the next pass of the outermost loop it is outside of
            self.pending.setdefault(loops[len(own)], []).append((x, into))  # type: ignore[arg-type]

    def use_again(self, inputs: list[Operand], loops: tuple[Op, ...], depth: int = 4) -> None:
        """Inputs that are looked at once more, and what they are computed from, perhaps only there."""
        for x in inputs:
            self.use(x, loops)
            made = self.makers.get(x)  # type: ignore[call-overload]
            if depth and made is not None and len(made.outs) == 1 and isinstance(made.out.type, Number):
                self.use_again(made.inputs, loops, depth - 1)

    def visit(self, block: Block, loops: tuple[Op, ...], others: tuple[Span, ...]) -> None:
        for op in block.ops:
            self.begin[op] = self.tick(others)
            shape_only = op.primitive.fn in SHAPE_ONLY
            for x in op.inputs:
                self.use(x, loops, shape_only)
            if not op.blocks:
                self.finish[op] = self.clock
                for v in op.outs:
                    self.define(v, loops)
                    self.makers[v] = op
                continue
            inner = (*loops, op) if op.primitive in (FOR, WHILE) else loops
            second: Span = [0, 0]
            for k, b in enumerate(op.blocks):
                around = (*others, second) if op.primitive is IF and k == 0 else others
                first = self.tick(around)
                for v in b.params:
                    self.define(v, inner)
                if op.primitive is FOR:  # Python asks how long the loop is after it got its first values
                    first = self.tick(around)
                    self.use_again(op.inputs[:3], loops)
                self.visit(b, inner, around)
                last = self.tick(around)
                for x in b.results:
                    self.use(x, inner)
                if op.primitive is IF and k == 1:
                    second[:] = [first, last]
            self.finish[op] = self.tick(others)
            for x, into in self.pending.pop(op, ()):
                for table in into:
                    table[x].append(self.clock)
            for v in op.outs:
                self.define(v, loops)

    def read_after(self, v: Var, at: int, shape_too: bool = True) -> bool:
        """Is the value of a variable defined before `at` still needed after it? (With `shape_too`, also for
        nothing but its shape.)"""
        for u in reversed((self.uses if shape_too else self.reads).get(v, ())):
            if u <= at:
                return False
            if not any(first <= u <= last for first, last in self.others[at]):
                return True
        return False

    def last_read(self, v: Var) -> int:
        """When it is read for the last time; the shape counts only for a list, whose length may change."""
        uses = (self.uses if isinstance(v.type, List) else self.reads).get(v)
        return uses[-1] if uses else 0

    def overlap(self, a: Var, b: Var, shape_too: bool = True) -> bool:
        """Are both needed at some time? (One may end where the other begins.)"""
        if self.start[a] == self.start[b]:
            return True
        if self.start[a] > self.start[b]:
            a, b = b, a
        return self.read_after(a, self.start[b], shape_too)
