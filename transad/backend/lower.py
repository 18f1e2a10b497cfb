"""Last changes to the list before it is written down: what has a better form in Python.

- A number broadcast to an array's shape becomes an array of our own (`np.ones_like(x)`), which may be
  written to, unlike what `np.broadcast_to` gives.
- Index arithmetic, lengths and shapes are done again where they are used: `x[i - 1]` reads better than
  a temporary for `i - 1`.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry
from transad.runtime import broadcast_like

_TRIVIAL = {operator.add, operator.sub, operator.neg}
_SHAPES = {len, np.size, np.shape, np.ndim}


def lower(block: Block) -> None:
    """Rewrite a block in place."""
    makers: dict[Var, Op] = {}
    _broadcasts(block)
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

    def again(x: Operand) -> Operand:
        made = makers.get(x) if isinstance(x, Var) else None
        if made is None or not is_trivial(made):
            return x
        copy = Op([Var(None, x.type)], made.primitive, [again(i) for i in made.inputs], dict(made.attrs), [], made.loc, made.note)
        ops.append(copy)
        return copy.outs[0]

    for op in block.ops:
        if not is_trivial(op):
            limit = 3 if op.primitive.name == "for_" else len(op.inputs)
            op.inputs = [again(x) if k < limit else x for k, x in enumerate(op.inputs)]
        for v in op.outs:
            makers[v] = op
        for inner in op.blocks:
            _repeat(inner, makers)
        ops.append(op)
    block.ops = ops


def is_trivial(op: Op) -> bool:
    """Integer arithmetic with a constant, or the length or shape of an array."""
    if len(op.outs) != 1 or op.outs[0].name is not None:
        return False
    fn = op.primitive.fn
    if fn in _SHAPES:
        return isinstance(op.inputs[0].type, ty.Array)
    if fn is operator.getitem:
        return isinstance(op.inputs[0].type, ty.Tuple) and isinstance(op.inputs[1], Const) and ty.rank(op.outs[0].type) == 0
    kind = op.outs[0].type
    whole = isinstance(kind, ty.Number) and kind.dtype is not None and kind.dtype.kind == "i" and kind.weak
    return fn in _TRIVIAL and bool(whole) and sum(isinstance(x, Var) for x in op.inputs) <= 1
