"""Versions of arrays: how writes make them of one another, and what is written and read in between.

Each write to a part makes a new version of the array; loops carry versions and branches choose between them.
A read (or another write) meets what a write left if it comes later and their parts may overlap: later in the
same pass of the loops around both, in a later pass of one of them, or after the loops. Parts are compared in
`analysis/regions.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.analysis.activity import links
from transad.analysis.regions import Bounds, Definition, Linear, Proofs, Region, learn, linear
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.runtime import zeros_like

Test = tuple[Operand, bool]  # the test of a branch, and whether it holds

WRITES = {p.RESTORE, p.UPDATE, p.ADD_AT}
MOST = 200  # operations that one write is compared with
_SHAPE_ONLY = {np.zeros_like, np.ones_like, np.shape, np.ndim, np.size, len, zeros_like}


class Versions:
    """Of the arrays in a block, which the subclass may change."""

    def __init__(self, block: Block, definition: Definition):
        self.definition = definition
        self.loops: dict[Op, tuple[Op, ...]] = {}  # around each operation, the outermost first
        self.tests: dict[Op, tuple[Test, ...]] = {}  # the branches around each operation
        self.within: dict[Var, tuple[Op, ...]] = {}  # the loops in whose passes a variable changes
        self.home: dict[Op, Block] = {}
        self.regions: dict[Op, Region | None] = {}
        self.readers: dict[Var, list[Op]] = {}
        self.results: dict[Var, list[Block]] = {}
        self.next: dict[Var, list[tuple[Var, Op | None]]] = {}  # what versions become, at whose bodies' ends
        self.before: dict[Var, list[Operand]] = {}  # what versions were
        self.reached: dict[Any, dict[Var, None]] = {}
        self.top = block
        self.index(block, (), ())

    def index(self, block: Block, loops: tuple[Op, ...], tests: tuple[Test, ...]) -> None:
        self.within.update(dict.fromkeys(block.params, loops))
        for op in block.ops:
            self.loops[op], self.tests[op], self.home[op] = loops, tests, block
            self.within.update(dict.fromkeys(op.outs, loops))
            for x in op.inputs:
                if isinstance(x, Var):
                    self.readers.setdefault(x, []).append(op)
            if op.primitive in WRITES:
                self.link(op.inputs[0], op.outs[0], None)
            ends = {x for b in op.blocks for x in b.results} if op.primitive is p.FOR else ()
            for source, target in links(op):
                back = op if source in ends and target in op.blocks[0].params else None
                self.link(source, target, back)
            for k, inner in enumerate(op.blocks):
                if op.primitive is p.IF:
                    self.index(inner, loops, (*tests, (op.inputs[0], k == 0)))
                else:
                    self.index(inner, (*loops, op), tests)
        for x in block.results:
            if isinstance(x, Var):
                self.results.setdefault(x, []).append(block)

    def link(self, source: Operand, target: Var, back: Op | None) -> None:
        if isinstance(target.type, ty.Array):
            self.before.setdefault(target, []).append(source)
        if isinstance(source, Var) and isinstance(target.type, ty.Array):
            self.next.setdefault(source, []).append((target, back))

    # -- what is known of places

    def proofs(self, op: Op, names: dict[Var, Var] | None = None, first: int = 0) -> Proofs:
        """With what is known of the indices of the loops around an operation (from number `first`), by their
        ranges and the branches taken; `names` has other variables for some of them."""
        names, loops = names or {}, self.loops[op][first:]
        bounds: dict[Var, Bounds] = {}
        for loop in loops:
            index = self.index_of(loop)
            if index is None:
                continue
            start, stop, step = loop.inputs[:3]
            first, end = (linear(x, self.definition) for x in (start, stop))
            if step.value > 0:  # type: ignore[union-attr]
                low, high = first, end and end.plus(Linear(1), -1)
            else:
                low, high = end and end.plus(Linear(1)), first
            name = names.get(index, index)
            bounds[name] = Bounds(*([x.renamed(names)] if x is not None else [] for x in (low, high)))
        for test, holds in self.tests[op]:
            learn(bounds, test, holds, self.definition, names)
        return Proofs(self.definition, bounds, list(bounds)[::-1])

    def index_of(self, loop: Op) -> Var | None:
        """The index of a loop whose steps are known."""
        step = loop.inputs[2] if loop.primitive is p.FOR else None
        known = isinstance(step, Const) and type(step.value) is int and step.value != 0
        return loop.blocks[0].params[0] if known else None

    def region(self, op: Op) -> Region | None:
        """The part of an array that an operation reads or writes."""
        if op not in self.regions:
            self.regions[op] = self.new_region(op)
        return self.regions[op]

    def new_region(self, op: Op) -> Region | None:
        first = 2 if op.primitive in WRITES else 1
        path = op.attrs.get("path", (op.primitive,))
        rank = ty.rank(op.inputs[0].type)
        if len(path) != 1 or path[0].name != "getitem" or len(op.inputs) != first + 1 or not rank:
            return None
        return self.proofs(op).region(op.inputs[first], rank)

    # -- what comes after what

    def reachable(self, v: Var, without: tuple[Op, ...] = ()) -> dict[Var, None]:
        """The versions made from one; not by the next passes of some loops."""
        if (v, without) not in self.reached:
            found: dict[Var, None] = {v: None}
            work = [v]
            while work:
                for w, back in self.next.get(work.pop(), ()):
                    if w not in found and (back is None or back not in without):
                        found[w] = None
                        work.append(w)
            self.reached[v, without] = found
        return self.reached[v, without]

    def reads_after(self, v: Var) -> list[Op] | None:
        """The reads of parts of a version and of those made from it; None if one is used in another way, or
        if there are too many."""
        found: list[Op] = []
        for w in self.reachable(v):
            if self.top in self.results.get(w, ()) or len(found) > MOST:
                return None
            for op in self.readers.get(w, ()):
                if op.primitive in (p.FOR, p.IF, p.WHILE) or op.primitive.fn in _SHAPE_ONLY:
                    continue
                if w in op.inputs[1:]:
                    return None
                if op.primitive.name in ("getitem", "read") or op.primitive is p.ADD_AT:
                    found.append(op)
                elif op.primitive not in WRITES:
                    return None
        return found

    def writes_before(self, v: Var) -> tuple[list[Op], list[Var]] | None:
        """The writes that a version is the result of, and the versions that they began with."""
        writes: list[Op] = []
        begins: list[Var] = []
        found, work = {v}, [v]
        while work:
            w = work.pop()
            made = self.definition(w)
            if made is not None and made.primitive in WRITES:
                writes.append(made)
            if w not in self.before:
                begins.append(w)
            if len(writes) > MOST:
                return None
            for x in self.before.get(w, ()):
                if not isinstance(x, Var):
                    return None
                if x not in found:
                    found.add(x)
                    work.append(x)
        return writes, begins

    def is_idle(self, op: Op) -> bool:
        """Does nobody read, from here on, the part that is written?"""
        if self.region(op) is None:
            return False
        reads = self.reads_after(op.outs[0])
        return reads is not None and all(self.is_apart(op, op.outs[0], read) for read in reads)

    def is_apart(self, op: Op, left: Var, read: Op, at_once: bool = True) -> bool:
        """Is the part that a write leaves, in version `left`, apart from one that is read whenever that is
        later: in later passes of the loops around both, and (`at_once`) in the same pass?"""
        written, place = self.region(op), self.region(read)
        if written is None or place is None:
            return False
        own, others = self.loops[op], self.loops[read]
        shared = 0
        while shared < min(len(own), len(others)) and own[shared] is others[shared]:
            shared += 1
        array = read.inputs[0]
        if at_once and array in self.reachable(left, own):
            if not self.case(op, written, read, place, shared, None):
                return False
        return all(
            self.case(op, written, read, place, d, own[d])
            for d in range(shared)
            if array in self.reachable(left, own[:d])
        )

    def case(
        self, op: Op, written: Region, read: Op, place: Region, equal: int, later: Op | None
    ) -> bool:
        """Are the parts apart in the same pass of the first `equal` loops, the read in a later pass of loop
        `later`?"""
        others = self.loops[read]
        names: dict[Var, Var] = {}  # what is another variable in the pass of the read
        symbols = [v for axis in place for x in (axis.low, axis.high) if x is not None for v in x.terms]
        for bounds in self.proofs(read, None, equal).bounds.values():
            symbols += [v for x in (*bounds.low, *bounds.high) for v in x.terms]
        for v in (*symbols, *filter(None, map(self.index_of, others[equal:]))):
            around = self.within.get(v, others)
            if around != others[: len(around)] or len(around) > equal:
                names[v] = Var(v.name, v.type)
        first, second = self.proofs(op), self.proofs(read, names, equal)
        if later is not None:
            index = self.index_of(later)
            if index is not None:
                step = later.inputs[2].value  # type: ignore[union-attr]
                backwards = bool(later.attrs.get("reverse")) == (step > 0)
                bounds = second.bounds[names[index]]
                limit = Linear(-abs(step) if backwards else abs(step), {index: 1})
                (bounds.high if backwards else bounds.low).append(limit)
        both = Proofs(
            self.definition, {**first.bounds, **second.bounds}, second.order + first.order
        )
        renamed = tuple(
            axis._replace(
                low=axis.low.renamed(names), high=None if axis.high is None else axis.high.renamed(names)
            )
            for axis in place
        )
        return both.apart(written, renamed)
