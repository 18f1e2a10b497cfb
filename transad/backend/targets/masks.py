"""Writes to where a mask of the same length is true, by a loop.

    a[mask] = values    ->    k = 0
                              for i in range(len(mask)):
                                  if mask[i]:
                                      a[i] = values[k]
                                      k += 1

The values are a number, or what the mask took from the vector before: that they are as many as there are
places is known then. numba takes seconds to compile what it does for arrays, mostly for the message of an
error that cannot happen here.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.backend.targets.kinds import known_shape
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry

_GETITEM = registry.entry(operator.getitem)


def unmask(block: Block) -> None:
    """Rewrite a block in place, the nested ones included."""
    ops: list[Op] = []
    for op in block.ops:
        for inner in op.blocks:
            unmask(inner)
        ops += _loop(op) if _is_masked(op) else [op]
    block.ops = ops


def _is_masked(op: Op) -> bool:
    writes = op.primitive in (p.UPDATE, p.RESTORE) and len(op.inputs) == 3 and op.attrs["path"] == (_GETITEM,)
    if not writes:
        return False
    base, values, mask = (x.type for x in op.inputs)
    same = len(known_shape(base) or ()) == 1 and known_shape(base) == known_shape(mask)
    known = known_shape(values) == () or op.primitive is p.RESTORE and len(known_shape(values) or ()) == 1
    return same and known and ty.dtype_of(mask) == np.bool_


def _loop(op: Op) -> list[Op]:
    base, values, mask = op.inputs
    several = known_shape(values.type) != ()
    before: list[Op] = []
    body: list[Op] = []
    then: list[Op] = []

    def emit(ops: list[Op], fn: Any, inputs: list[Operand], kind: ty.Type, attrs: dict | None = None) -> Var:
        primitive = registry.entry(fn) if callable(fn) else fn
        made = Op([Var(None, kind)], primitive, inputs, attrs or {}, [], op.loc, op.note)
        ops.append(made)
        return made.out

    def counters() -> list[Var]:
        return [Var("k", ty.INT)] if several else []

    index, array, count = Var("i", ty.INT), Var(None, op.out.type), counters()
    known = {"in_range": True}
    truth, number = ty.Number(np.dtype(np.bool_), False), ty.Number(ty.dtype_of(base.type), False)
    taken = emit(body, operator.getitem, [mask, index], truth, dict(known))
    value = emit(then, operator.getitem, [values, *count], number, dict(known)) if several else values
    attrs = {"path": (_GETITEM,), "counts": (1,), **known}
    changed = emit(then, p.UPDATE, [array, value, index], op.out.type, attrs)
    more = [emit(then, operator.add, [k, Const(1)], ty.INT, {"accumulate": True}) for k in count]
    sides = [Block([], then, [changed, *more]), Block([], [], [array, *count])]
    ends = [Var(None, op.out.type), *counters()]
    body.append(Op(list(ends), p.IF, [taken], {}, sides, op.loc, op.note))
    passes = emit(before, len, [mask], ty.INT)
    inputs = [Const(0), passes, Const(1), base, *(Const(0) for _ in count)]
    inner = Block([index, array, *count], body, list(ends))
    return [*before, Op([op.out, *counters()], p.FOR, inputs, {}, [inner], op.loc, op.note)]
