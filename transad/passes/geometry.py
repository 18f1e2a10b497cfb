"""Nothing is computed for its shape alone.

`np.zeros_like(v)`, `v.size` and their like need no more of `v` than its shape. Where `v` is needed for
nothing else, a variable of the same shape that is there anyway lends it: one that `v` was computed from,
else any other in sight, a named one first. Where none has the shape, but others have its lengths, it is
put together: `np.ones((A.shape[0], B.shape[1]))`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.analysis.assigned import Unbound
from transad.analysis.loose import loose_lengths, shape_of, symbols_of
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.passes.dead import needed_by_value
from transad.rules import registry
from transad.runtime import broadcast_like, unbroadcast

# which operand lends its shape, and whether its dtype matters too
LENT: dict[Any, tuple[int, bool]] = {
    np.shape: (0, False), np.ndim: (0, False), np.size: (0, False), len: (0, False),
    np.zeros_like: (0, True), np.ones_like: (0, True), np.empty_like: (0, True), np.full_like: (0, True),
    broadcast_like: (1, True), unbroadcast: (1, False),
}  # fmt: skip
FURTHEST = 12  # operations that are looked back


def lend_shapes(block: Block) -> None:
    """Rewrite a block in place."""
    needed = needed_by_value(block, LENT)
    if needed is not None:
        _Lender(needed, loose_lengths(block), Unbound(block).found).block(block, {}, {})


class _Lender:
    def __init__(self, needed: set[Var], loose: set[Any], unbound: set[Var]):
        self.needed, self.loose, self.unbound = needed, loose, unbound
        self.makers: dict[Var, Op] = {}

    def block(self, block: Block, whole: dict[Any, Var], single: dict[Any, tuple[Var, int]]) -> None:
        """`whole` and `single` say who has a shape, and who a length: (variable, axis)."""
        whole, single = dict(whole), dict(single)
        for v in block.params:
            self.offer(v, whole, single)
        ops: list[Op] = []
        for op in block.ops:
            self.lend(op, whole, single, ops)
            ops.append(op)
            for inner in op.blocks:
                self.block(inner, whole, single)
            for v in op.outs:
                self.makers[v] = op
                self.offer(v, whole, single)
        block.ops = ops

    def offer(self, v: Var, whole: dict[Any, Var], single: dict[Any, tuple[Var, int]]) -> None:
        if v not in self.needed or not isinstance(v.type, ty.Array) or not v.type.shape:
            return
        if v in self.unbound:
            return
        if not self.loose.isdisjoint(symbols_of(v)):
            return
        for key in (shape_of(v), (shape_of(v), v.type.dtype)):
            if key not in whole or v.name and not whole[key].name:
                whole[key] = v
        if v.name:
            whole[v.name, shape_of(v), v.type.dtype] = v
        for axis, dim in enumerate(shape_of(v)):
            if dim not in single or v.name and not single[dim][0].name:
                single[dim] = (v, axis)

    def lend(self, op: Op, whole: dict[Any, Var], single: dict[Any, tuple[Var, int]], ops: list[Op]) -> None:
        k, typed = LENT.get(op.primitive.fn, (0, False)) if op.primitive.fn in LENT else (None, False)
        if k is None or len(op.inputs) <= k:
            return
        x = op.inputs[k]
        if not isinstance(x, Var) or not isinstance(x.type, ty.Array) or not x.type.shape:
            return
        shape = shape_of(x)
        if x in self.needed:  # the last array that the user called so, so that the others may go
            op.inputs[k] = whole.get((x.name, shape, x.type.dtype), x) if x.name else x
            return
        lender = self.source(x, typed) or whole.get((shape, x.type.dtype) if typed else shape)
        if lender is not None:
            op.inputs[k] = lender
        elif not all(isinstance(d, int) or d in single for d in shape):
            return
        elif typed and x.type.dtype == np.float64:
            self.build(op, shape, single, ops)
        elif op.primitive.fn is np.size and len(shape) == 2:
            op.primitive, op.inputs = registry.entry(operator.mul), self.lengths(op, shape, single, ops)
            op.attrs = {**op.attrs, "keywords": ()}

    def source(self, x: Var, typed: bool) -> Var | None:
        """A variable that `x` was computed from, of the same shape."""
        unnamed = None
        current: Var = x
        for _ in range(FURTHEST):
            made = self.makers.get(current)
            if made is None or made.blocks:
                break
            step = next((y for y in made.inputs if isinstance(y, Var) and _alike(y, x, typed)), None)
            if step is None:
                break
            current = step
            if current in self.needed:
                if current.name:
                    return current
                unnamed = unnamed or current
        return unnamed

    def build(self, op: Op, shape: tuple, single: dict[Any, tuple[Var, int]], ops: list[Op]) -> None:
        fn, value = op.primitive.fn, None
        if fn is broadcast_like:
            value = op.inputs[0]
            if ty.rank(value.type) != 0:
                return
            fn = np.full
            if isinstance(value, Const) and value.origin is None and value.value in (0.0, 1.0):
                fn, value = (np.ones if value.value else np.zeros), None
        elif fn in (np.zeros_like, np.ones_like):
            fn = np.zeros if fn is np.zeros_like else np.ones
        else:
            return

        lengths = self.lengths(op, shape, single, ops)
        size: Operand = lengths[0]
        if len(shape) > 1:
            size = self.emit(p.TUPLE, lengths, ty.Tuple(tuple(x.type for x in lengths)), op, ops)
        op.primitive = registry.entry(fn)
        op.inputs = [size] if value is None else [size, value]
        op.attrs = {**op.attrs, "keywords": ()}


    def lengths(
        self, op: Op, shape: tuple, single: dict[Any, tuple[Var, int]], ops: list[Op]
    ) -> list[Operand]:
        """The lengths of a shape, each from who has it."""
        lengths: list[Operand] = []
        for dim in shape:
            if isinstance(dim, int):
                lengths.append(Const(dim))
                continue
            v, axis = single[dim]
            sizes = ty.Tuple((ty.INT,) * len(v.type.shape))  # type: ignore[union-attr,arg-type]
            owner = self.emit(registry.entry(np.shape), [v], sizes, op, ops)
            number = ty.Number(ty.INT.dtype, True, dim)
            lengths.append(self.emit(registry.entry(operator.getitem), [owner, Const(axis)], number, op, ops))
        return lengths

    def emit(self, primitive: Any, inputs: list[Operand], kind: ty.Type, op: Op, ops: list[Op]) -> Var:
        """An operation before `op`."""
        out = Var(None, kind)
        ops.append(Op([out], primitive, inputs, {}, [], op.loc, op.note))
        self.makers[out] = ops[-1]
        return out


def _alike(y: Var, x: Var, typed: bool) -> bool:
    if not isinstance(y.type, ty.Array) or y.type.shape is None:
        return False
    return shapes.same_shape(y.type, x.type) and (not typed or y.type.dtype == x.type.dtype)  # type: ignore[union-attr]
