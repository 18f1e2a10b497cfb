"""Arrays that each pass of a loop makes anew and needs no longer than that, made once before the loop.

    for t in range(steps):               row = np.empty(n)
        row = np.empty(n)                for t in range(steps):
        for i in range(n):         ->        for i in range(n):
            row[i] = ...                         row[i] = ...

In the list the array is carried from pass to pass, like one of the user's that is written to; what is in it
at the beginning of a pass is as little known as what is in a new one. That nothing else holds it by then is
left to the in-place analysis, and seen to here, for otherwise the analysis would have to copy it.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.backend.targets.products import PRODUCT
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, substitute, uses
from transad.runtime import rolled

_LENGTHS = {len, np.shape, max, min, operator.add, operator.sub, operator.mul, operator.floordiv}
_WRITES = (p.UPDATE, p.ADD_AT, p.RESTORE)


def reuse_buffers(block: Block) -> None:
    """Rewrite a function's block in place, the nested ones included."""
    ops: list[Op] = []
    for op in block.ops:
        for inner in op.blocks:
            reuse_buffers(inner)
        if op.primitive is p.FOR and not op.attrs.get("parallel"):  # threads need one each
            ops += _made_before(op)
        ops.append(op)
    block.ops = ops


def _made_before(loop: Op) -> list[Op]:
    """Take what may be made before a loop out of it; the operations that make it."""
    body = loop.blocks[0]
    new = [op for op in body.ops if op.primitive.fn is np.empty]
    if not new:
        return []
    before, users = _Before(body), _users(body)
    mapping: dict[Var, Operand] = {}
    for op in new:
        last = _last_version(body, op, users)
        size = None if last is None else before.taken_out(op.inputs[0])
        if last is None or size is None:
            continue
        made, param, out = (Var(op.out.name, op.out.type) for _ in range(3))
        before.ops.append(Op([made], op.primitive, [size, *op.inputs[1:]], {}, [], op.loc, op.note))
        mapping[op.out] = param
        loop.inputs.append(made)
        body.params.append(param)
        body.results.append(param if last is op.out else last)
        loop.outs.append(out)
    body.ops = [op for op in body.ops if not mapping.keys() & op.outs]
    substitute(body, mapping)
    return before.ops


class _Before:
    """Lengths that a body computes from what is there before the loop, computed before it."""

    def __init__(self, body: Block):
        self.inside = {v: op for op in body.ops for v in op.outs}
        self.params = set(body.params)
        self.ops: list[Op] = []
        self.moved: dict[Var, Var] = {}

    def taken_out(self, x: Operand) -> Operand | None:
        if isinstance(x, Const):
            return x
        op = self.inside.get(x)
        if x in self.moved or op is None:
            return self.moved.get(x) or (None if x in self.params else x)
        part = op.primitive.fn is operator.getitem and isinstance(op.inputs[0].type, ty.Tuple)
        if op.primitive is not p.TUPLE and op.primitive.fn not in _LENGTHS and not part:
            return None
        inputs: list[Operand] = []
        for y in op.inputs:
            found = self.taken_out(y)
            if found is None:
                return None
            inputs.append(found)
        self.moved[x] = Var(x.name, x.type)
        self.ops.append(Op([self.moved[x]], op.primitive, inputs, dict(op.attrs), [], op.loc, op.note))
        return self.moved[x]


def _users(body: Block) -> dict[Var, list[Op]]:
    """Which operations of a body need a variable, themselves or in their blocks."""
    found: dict[Var, list[Op]] = {}
    for op in body.ops:
        for v in dict.fromkeys(uses(op)):
            found.setdefault(v, []).append(op)
    return found


def _last_version(body: Block, made: Op, users: dict[Var, list[Op]]) -> Var | None:
    """What a new array has become at the end of a pass; None if something else may hold it then, or a branch
    writes to it."""
    now: Var | None = made.out
    while now is not None:
        last, now = now, None
        if last in body.results:
            return None
        for op in users.get(last, ()):
            places = [k for k, x in enumerate(op.inputs) if x is last]
            if any(not _only_reads(inner, last) for inner in op.blocks):
                return None
            carried = op.primitive is p.FOR and len(places) == 1 and places[0] >= 3
            if now is None and (carried or op.primitive in _WRITES and places == [0]):
                now = op.outs[places[0] - 3 if carried else 0]
            elif places and not _reads(op, places):
                return None
    return last


def _only_reads(block: Block, array: Var) -> bool:
    """Does a block do no more with an array than to take numbers from it?"""
    if array in block.results:
        return False
    for op in block.ops:
        places = [k for k, x in enumerate(op.inputs) if x is array]
        if places and not _reads(op, places):
            return False
        if not all(_only_reads(inner, array) for inner in op.blocks):
            return False
    return True


def _reads(op: Op, places: list[int]) -> bool:
    """Does nothing that an operation makes hold its operands at these places?"""
    if op.primitive in _WRITES:
        return places == [1]
    numbers = all(isinstance(v.type, (ty.Number, ty.Tuple)) for v in op.outs)
    fresh = op.primitive is PRODUCT or op.primitive.fn is rolled
    return fresh or not op.blocks and numbers and op.primitive is not p.TUPLE
