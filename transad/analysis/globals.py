"""Does a function write to an array that exists outside of it?

A write to a global array by its name is met by the front end. Where paths meet, where a loop begins, and
where a part is taken of a global array, the list has a variable that may be it, or lie in it.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.analysis.activity import links
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk

_WRITES = {p.UPDATE, p.ADD_AT}


def write_to_global(block: Block) -> Op | None:
    """The first write to what may be a global array."""
    flow: dict[Operand, list[Var]] = {}
    reached: list[Operand] = []
    for op in walk(block):
        for source, target in _shared(op):
            flow.setdefault(source, []).append(target)
            if _is_global(source):
                reached.append(source)
    found: set[Operand] = set()
    while reached:
        for v in flow.get(reached.pop(), ()):
            if v not in found:
                found.add(v)
                reached.append(v)
    if not found:
        return None
    return next((op for op in walk(block) if op.primitive in _WRITES and op.inputs[0] in found), None)


def _is_global(x: Operand) -> bool:
    return isinstance(x, Const) and isinstance(x.value, np.ndarray)


def _shared(op: Op) -> list[tuple[Operand, Var]]:
    """Which inputs of an operation may be in the memory of which results: (from, to)."""
    if op.primitive is p.FOR and _surely_runs(op):
        return [(a, b) for a, b in links(op) if b not in op.outs or a not in op.inputs[3:]]
    if op.blocks:
        return links(op)
    if not op.outs or not isinstance(op.outs[0].type, (ty.Array, ty.UnknownType)):
        return []
    if op.primitive in _WRITES or op.primitive.alias != "fresh" and not _is_taken(op):
        return [(op.inputs[0], op.outs[0])]
    return []


def _is_taken(op: Op) -> bool:
    """Is it a copy of some elements, by an index that is an array or a list?"""
    if op.primitive.fn is not operator.getitem:
        return False
    t = op.inputs[1].type
    parts = t.items if isinstance(t, ty.Tuple) else (t,)
    return any(isinstance(part, (ty.Array, ty.List)) for part in parts)


def _surely_runs(op: Op) -> bool:
    bounds = [x.value if isinstance(x, Const) else None for x in op.inputs[:3]]
    return all(type(k) is int for k in bounds) and len(range(*bounds)) > 0  # type: ignore[arg-type]
