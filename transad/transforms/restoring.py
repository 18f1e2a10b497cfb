"""Overwritten parts of arrays that need not be put back in the reverse sweep.

    for i in range(1, n):                      for i in reversed(range(1, n)):
        x[i] = f(x[i - 1])                         ... x[i - 1] ...

The part that pass i overwrites is not read again by the passes that are reversed later, which read what
earlier passes wrote: it may stay as it is, and its old contents need not be recorded. Shown for a nest of
loops, each upwards in steps of one, in which every pass writes to one place, whose indices are those of the
loops plus constants; a read with such indices meets what a pass of higher number has written only if it comes
before it in the order of passes.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Block, Const, Op, Operand, Var, substitute, uses, walk

Place = dict[Var, int]  # for the index of each loop: what is added to it


def drop_restores(builder: Builder, block: Block) -> bool:
    """Take out, in place, the restores that nobody needs; were there any?"""
    uses = _uses(block)
    dropped = False
    for op in list(_loops(block)):
        if op.attrs.get("reverse"):
            dropped |= _Nests(builder, uses).outermost(op)
    return dropped


def _loops(block: Block) -> Iterator[Op]:
    return (op for op in walk(block) if op.primitive is p.FOR)


def _uses(block: Block) -> dict[Operand, list[Op | Block]]:
    """Who reads each variable: operations, and blocks that have it as a result."""
    found: dict[Operand, list[Op | Block]] = {}

    def visit(b: Block) -> None:
        for op in b.ops:
            for x in op.inputs:
                found.setdefault(x, []).append(op)
            for inner in op.blocks:
                visit(inner)
        for x in b.results:
            found.setdefault(x, []).append(b)

    visit(block)
    return found


class _Nests:
    def __init__(self, builder: Builder, uses: dict[Operand, list[Op | Block]]):
        self.builder, self.uses = builder, uses

    def outermost(self, loop: Op) -> bool:
        """Look at the versions of arrays that a loop carries and that nobody asks for afterwards."""
        dropped = False
        for k, out in enumerate(loop.outs):
            if not self.uses.get(out):
                dropped |= self.version(loop, k, {})
        return dropped

    def version(self, loop: Op, k: int, lowest: dict[Var, int]) -> bool:
        """Follow one version into the nest, down to where it is restored; drop that if nobody minds."""
        start, _, step = loop.inputs[:3]
        body = loop.blocks[0]
        index, q, end = body.params[0], body.params[1 + k], body.results[k]
        known = isinstance(start, Const) and type(start.value) is int
        if not known or not isinstance(step, Const) or step.value != 1 or not loop.attrs.get("reverse"):
            return False
        lowest = {**lowest, index: start.value}
        made = self.builder.definition(end)
        if made is None or made not in body.ops or self.uses[end].count(body) != 1:
            return False
        if made.primitive is p.FOR:
            inner = made.outs.index(end)
            alone = self.uses[end] == [body] and self.uses[q] == [made] and made.inputs[3 + inner] is q
            return alone and self.version(made, inner, lowest)
        if made.primitive is not p.RESTORE or made.inputs[0] is not q or len(made.attrs["path"]) != 1:
            return False
        written = self.place(made.inputs[2:], lowest)
        if made.attrs["path"][0].name != "getitem" or written is None:
            return False
        before = [op for op in self.uses[q] if op is not made]
        after = [op for op in self.uses[end] if op is not body]
        if not all(self.comes_before(op, q, written, lowest, True) for op in before):
            return False
        if not all(self.comes_before(op, end, written, lowest, False) for op in after):
            return False
        body.results[k] = q
        for op in after:
            op.inputs[0] = q  # type: ignore[union-attr]
        body.ops.remove(made)
        self.uses[q] = [*before, *after, body]
        self.read_again(made, q, body)
        return True

    def read_again(self, restore: Op, array: Var, body: Block) -> None:
        """What the pass wrote is still there: it need not be recorded either."""
        value, old = restore.attrs["value"], restore.inputs[1]
        if not isinstance(value, Var) or value.type != old.type:
            return
        if not isinstance(value.type, (ty.Array, ty.Number)) or ty.dtype_of(value.type) is None:
            return
        if ty.dtype_of(value.type) != ty.dtype_of(array.type):
            return
        if not self.uses.get(value) or ty.rank(value.type) and value.type.shape is None:
            return
        at = next((k + 1 for k, op in enumerate(body.ops) if restore.inputs[2] in op.outs), 0)
        if any(x is value for op in body.ops[:at] for x in uses(op)):
            return  # before its index is known
        read = Op([Var(value.name, value.type)], restore.attrs["path"][0], [array, restore.inputs[2]])
        self.builder.definitions[read.out] = read
        substitute(body, {value: read.out})
        body.ops.insert(at, read)

    def comes_before(self, op: Op | Block, array: Var, written: Place, lowest: dict, itself: bool) -> bool:
        """Is an operation a read of what was written in an earlier pass (or in this one, `itself`)?"""
        if not isinstance(op, Op) or op.primitive.name != "getitem" or op.inputs[1] is array:
            return False
        read = self.place(op.inputs[1:], lowest)
        if read is None:
            return False
        distance = [read[index] - written[index] for index in lowest]
        first = next((d for d in distance if d), 0)
        return first < 0 or first == 0 and itself

    def place(self, operands: list[Operand], lowest: dict[Var, int]) -> Place | None:
        """The leading indices, one for each loop; None if they are something else, or may be negative."""
        (x,) = operands
        made = self.builder.definition(x)
        parts = made.inputs if made is not None and made.primitive is p.TUPLE else [x]
        found: Place = {}
        for part, index in zip(parts, lowest):
            offset = self.offset(part, index)
            if offset is None or lowest[index] + offset < 0:
                return None
            found[index] = offset
        return found if len(found) == len(lowest) else None

    def offset(self, x: Operand, index: Var) -> int | None:
        """The constant c, if `x` is `index + c`."""
        if x is index:
            return 0
        made = self.builder.definition(x)
        if made is None or made.primitive.fn not in (operator.add, operator.sub):
            return None
        if made.inputs[0] is not index:
            return None
        c = made.inputs[1]
        if not isinstance(c, Const) or type(c.value) is not int:
            return None
        return c.value if made.primitive.fn is operator.add else -c.value
