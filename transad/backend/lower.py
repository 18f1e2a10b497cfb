"""Last changes to the list before it is written down: what has a better form in Python.

- A number broadcast to an array's shape becomes an array of our own (`np.ones_like(x)`), which may be
  written to, unlike what `np.broadcast_to` gives.
- Index arithmetic, lengths and shapes are done again where they are used: `x[i - 1]` reads better than
  a temporary for `i - 1`. So are tuples of arguments that a solver hands on.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, called, uses
from transad.ir.primitives import ADD_AT, RESTORE, SLICE, TUPLE, UPDATE
from transad.rules import registry
from transad.runtime import broadcast_like

_TRIVIAL = {operator.add, operator.sub, operator.neg}
_SHAPES = {len, np.size, np.shape, np.ndim}


def lower(block: Block) -> None:
    """Rewrite a block in place."""
    makers: dict[Var, Op] = {}
    _broadcasts(block)
    repeat_reads(block)
    _repeat(block, makers)


def _broadcasts(block: Block) -> None:
    for op in block.ops:
        for inner in op.blocks:
            _broadcasts(inner)
        if op.primitive.fn is not broadcast_like:
            continue
        g, x = op.inputs
        dtype = ty.dtype_of(x.type)
        if ty.rank(g.type) == 0 and isinstance(x.type, ty.Array) and dtype is not None and dtype.kind in "fc":
            one = isinstance(g, Const) and g.value == 1.0
            op.primitive = registry.entry(np.ones_like if one else np.full_like)
            op.inputs = [x] if one else [x, g]
            op.attrs["keywords"] = ()


def _repeat(block: Block, makers: dict[Var, Op]) -> None:
    """Copy trivial operations to each of their uses; the originals die if nobody else needs them."""
    ops: list[Op] = []

    def again(x: Operand, handed: bool = False) -> Operand:
        made = makers.get(x) if isinstance(x, Var) else None
        if made is None or not is_trivial(made) and not (handed and made.primitive is TUPLE):
            return x
        copy = Op(
            [Var(None, x.type)],
            made.primitive,
            [again(i) for i in made.inputs],
            dict(made.attrs),
            [],
            made.loc,
            made.note,
        )
        ops.append(copy)
        return copy.outs[0]

    for op in block.ops:
        if not is_trivial(op):
            limit = 3 if op.primitive.name == "for_" else len(op.inputs)
            handed = bool(called(op))  # the arguments that a solver hands on stand in its call
            op.inputs = [again(x, handed) if k < limit else x for k, x in enumerate(op.inputs)]
        for v in op.outs:
            makers[v] = op
        for inner in op.blocks:
            _repeat(inner, makers)
        ops.append(op)
    block.ops = ops


def repeat_reads(block: Block) -> None:
    """An element read twice, before it is written to, is read where it is used: `x[i] * x[i]`."""
    for op in block.ops:
        for inner in op.blocks:
            repeat_reads(inner)
    users: dict[Var, list[int]] = {}
    written: dict[Var, int] = {}
    for k, op in enumerate(block.ops):
        for x in op.inputs if not op.blocks else uses(op):
            if isinstance(x, Var):
                users.setdefault(x, []).extend([k] if not op.blocks else [-1])
        if op.primitive in (UPDATE, ADD_AT, RESTORE) and isinstance(op.inputs[0], Var):
            written.setdefault(op.inputs[0], k)
        for x in uses(op) if op.blocks else ():
            written.setdefault(x, k)
    for x in block.results:
        if isinstance(x, Var):
            users.setdefault(x, []).append(-1)
    ops: list[Op] = []
    again: dict[Var, Op] = {}
    for op in block.ops:
        for n, x in enumerate(op.inputs):
            made = again.get(x) if isinstance(x, Var) else None
            if made is not None and not op.blocks:
                copy = Op(
                    [Var(None, x.type)],
                    made.primitive,
                    list(made.inputs),
                    dict(made.attrs),
                    [],
                    made.loc,
                    made.note,
                )
                ops.append(copy)
                op.inputs[n] = copy.outs[0]
        if op.primitive.fn is operator.getitem and _is_element(op):
            places = users.get(op.outs[0], [])
            limit = written.get(op.inputs[0], len(block.ops))  # type: ignore[arg-type]
            if len(places) == 2 and all(0 <= u <= limit for u in places):
                again[op.outs[0]] = op
        ops.append(op)
    block.ops = ops


def _is_element(op: Op) -> bool:
    x, index = op.inputs
    plain = isinstance(index, Const) or isinstance(index, Var) and isinstance(index.type, ty.Number)
    return isinstance(x.type, ty.Array) and isinstance(x, Var) and ty.rank(op.outs[0].type) == 0 and plain


def is_trivial(op: Op) -> bool:
    """Integer arithmetic with a constant, the length or shape of an array, or an index made of slices."""
    if len(op.outs) != 1 or op.outs[0].name is not None:
        return False
    slices = any(isinstance(x.type, ty.Slice) for x in op.inputs)
    if op.primitive is SLICE or op.primitive is TUPLE and slices:
        return True
    fn = op.primitive.fn
    if fn in _SHAPES:
        return isinstance(op.inputs[0].type, ty.Array)
    if fn is operator.getitem:
        return (
            isinstance(op.inputs[0].type, ty.Tuple)
            and isinstance(op.inputs[1], Const)
            and ty.rank(op.outs[0].type) == 0
        )
    kind = op.outs[0].type
    whole = isinstance(kind, ty.Number) and kind.dtype is not None and kind.dtype.kind == "i" and kind.weak
    return fn in _TRIVIAL and bool(whole) and sum(isinstance(x, Var) for x in op.inputs) <= 1
