"""Overwritten parts of arrays that need not be put back in the reverse sweep.

    for i in range(1, n):                      for i in reversed(range(1, n)):
        x[i] = f(x[i - 1])                         ... x[i - 1] ...

The part that pass i overwrites is not read again by the passes that are reversed later, which read what
earlier passes wrote: it may stay as it is, and its old contents need not be recorded. Two steps:

  - A read of just the part that was put back reads what was put back: it is had without the array.
  - What is put back stays away if it is apart from all that is read of the array from there on: later in the
    same pass, in passes that come later, and after the loop (`analysis/versions.py`).

What a pass wrote and the reverse sweep reads is then still in the array, and need not be recorded either.
"""

from __future__ import annotations

from transad.analysis.regions import is_same
from transad.analysis.versions import Versions
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Block, Op, Operand, Var, substitute, walk
from transad.ir.core import uses as used


def drop_restores(builder: Builder, block: Block) -> None:
    """Take out, in place, the restores that nobody needs."""
    if any(op.primitive is p.RESTORE for op in walk(block)):
        _Restores(builder, block).run()


class _Restores(Versions):
    def __init__(self, builder: Builder, block: Block):
        super().__init__(block, builder.definition)
        self.builder = builder
        self.same: dict[Operand, Operand] = {}  # versions that were not made after all

    def run(self) -> None:
        restores = [op for op in self.loops if op.primitive is p.RESTORE and self.loops[op]]
        for op in list(self.loops):
            if op.primitive.name in ("getitem", "read") and self.loops[op]:
                self.forward(op)
        dropped = [op for op in restores if self.is_idle(op)]
        for op in dropped:
            self.remove(op)
        self.reached.clear()
        for op in dropped:
            self.read_again(op, dropped)

    # -- reads of what was put back

    def forward(self, op: Op) -> None:
        """Let a read of a part that was just put back be what was put back."""
        made = self.definition(op.inputs[0])
        place = None
        while made is not None and made.primitive is p.RESTORE and made in self.loops:
            place = place or self.region(op)
            put = self.region(made)
            if place is None or put is None:
                return
            if is_same(place, put):
                old = made.inputs[1]
                if isinstance(old, Var) and _is_like(old, op.outs[0]):
                    self.replace(op, old)
                return
            if not self.proofs(op).apart(place, put):
                return
            made = self.definition(made.inputs[0])

    def replace(self, op: Op, value: Var) -> None:
        out = op.outs[0]
        for reader in self.readers.pop(out, ()):
            reader.inputs = [value if x is out else x for x in reader.inputs]
            self.readers.setdefault(value, []).append(reader)
        for block in self.results.pop(out, ()):
            block.results = [value if x is out else x for x in block.results]
            self.results.setdefault(value, []).append(block)
        self.home[op].ops.remove(op)
        self.readers[op.inputs[0]].remove(op)  # type: ignore[index]

    # -- what need not be put back

    def remove(self, op: Op) -> None:
        """Take a restore out: the version after it is the one before."""
        before, after = self.resolve(op.inputs[0]), op.outs[0]
        self.same[after] = before
        self.home[op].ops.remove(op)
        self.readers[before].remove(op)  # type: ignore[index]
        links_on = self.next.pop(after, [])
        kept = [x for x in self.next.get(before, ()) if x[0] is not after]  # type: ignore[arg-type]
        self.next[before] = kept + links_on  # type: ignore[index]
        for reader in self.readers.pop(after, ()):
            reader.inputs = [before if x is after else x for x in reader.inputs]
            self.readers.setdefault(before, []).append(reader)  # type: ignore[arg-type]
        for block in self.results.pop(after, ()):
            block.results = [before if x is after else x for x in block.results]
            self.results.setdefault(before, []).append(block)  # type: ignore[arg-type]

    def resolve(self, x: Operand) -> Operand:
        while x in self.same:
            x = self.same[x]
        return x

    # -- what was written is still there

    def read_again(self, op: Op, dropped: list[Op]) -> None:
        """What the pass wrote need not be recorded, if it can be read where it was put."""
        value, old, array = op.attrs["value"], op.inputs[1], self.resolve(op.inputs[0])
        if not isinstance(value, Var) or value.type != old.type or not self.readers.get(value):
            return
        if not isinstance(value.type, (ty.Array, ty.Number)) or ty.dtype_of(value.type) is None:
            return
        if ty.dtype_of(value.type) != ty.dtype_of(array.type):
            return
        if ty.rank(value.type) and value.type.shape is None:
            return
        body = self.home[op]
        places = [k + 1 for k, o in enumerate(body.ops) if op.inputs[2] in o.outs or array in o.outs]
        at = max(places, default=0)
        if any(x is value for o in body.ops[:at] for x in used(o)):
            return  # before its index is known
        read = Op([Var(value.name, value.type)], op.attrs["path"][0], [array, op.inputs[2]], {}, [], op.loc)
        self.loops[read], self.tests[read], self.home[read] = self.loops[op], self.tests[op], body
        for other in dropped:
            left: Var = self.resolve(other.inputs[0])  # type: ignore[assignment]
            if not self.is_apart(other, left, read, at_once=other is not op):
                return
        self.builder.definitions[read.out] = read
        substitute(body, {value: read.out})
        body.ops.insert(at, read)


def _is_like(x: Var, y: Var) -> bool:
    """Are two parts of an array of one kind?"""
    return ty.rank(x.type) == ty.rank(y.type) and ty.dtype_of(x.type) == ty.dtype_of(y.type)


__all__ = ["drop_restores"]
