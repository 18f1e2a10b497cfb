"""Which variables are the only hold on their memory, so that an array may be added to in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transad.analysis.activity import carried
from transad.ir import primitives as p
from transad.ir.core import Block, Operand, Var

if TYPE_CHECKING:
    from transad.backend.ownership import Storages

WRITES = {p.UPDATE, p.ADD_AT, p.RESTORE}


class Sole:
    """Which variables are the only hold on their memory, from pass to pass of a loop too: each is used
    once, by what makes the next one."""

    def __init__(self, storages: Storages):
        self.storages = storages
        self.counts: dict[Var, int] = {}
        self.slots: dict[Var, list[tuple[Operand, Block]]] = {}  # carried: where the value comes from
        self.count(storages.block)

    def count(self, block: Block) -> None:
        for op in block.ops:
            for x in op.inputs:
                self.use(x)
            for inner in op.blocks:
                self.count(inner)
            if op.primitive is p.FOR:
                for init, param, end, out in carried(op):
                    self.slots[param] = self.slots[out] = [(init, block), (end, op.blocks[0])]
            elif op.primitive is p.WHILE:
                before, after = op.blocks
                for init, param, end in zip(op.inputs, before.params, after.results):
                    self.slots[param] = [(init, block), (end, after)]
                for given, param, out in zip(before.results[1:], after.params, op.outs):
                    self.slots[param] = self.slots[out] = [(given, before)]
            elif op.primitive is p.IF:
                for k, out in enumerate(op.outs):
                    self.slots[out] = [(b.results[k], b) for b in op.blocks]
        for x in block.results:
            self.use(x)

    def use(self, x: Operand) -> None:
        if isinstance(x, Var):
            self.counts[x] = self.counts.get(x, 0) + 1

    def holds(self, x: Operand, block: Block, seen: set[Var]) -> bool:
        """Does `x`, which is used in `block`, alone hold its memory there?"""
        if not isinstance(x, Var) or self.counts.get(x) != 1:
            return False
        made = self.storages.makers.get(x)
        if x not in block.params and (made is None or self.storages.home[made] is not block):
            return False  # used again in the next pass
        if x in seen:
            return True
        seen.add(x)
        if x in self.slots:
            return all(self.holds(source, inner, seen) for source, inner in self.slots[x])
        if made is None:
            return False
        if made.primitive in WRITES:
            return self.holds(made.inputs[0], block, seen)
        return made.attrs.get("accumulate", False) or self.storages.of(x) == {x}
