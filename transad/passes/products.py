"""Sums of products as products: one pass over the numbers, and no array in between.

    np.sum(a * b)                           np.dot(a, b); np.vdot(a, b) of matrices and tensors
    np.outer(a, b) * c                      np.outer(a * c, b), for a number c
    np.outer(a, b) @ v                      a * (b @ v)

The order of the sums changes, and with it their last digits: that is for adjoints only. What the function
itself computes stays as it is, to the bit.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.rules import registry

_SUMMED = {np.dtype(np.float64), np.dtype(np.float32)}  # of these, BLAS takes products
_MATMUL = {operator.matmul, np.matmul}


def merge_products(block: Block) -> None:
    """Rewrite a block in place."""
    if any(op.note is not None and op.primitive.fn in _FORMS for op in walk(block)):
        _Products(block).block(block)


class _Products:
    def __init__(self, block: Block):
        self.counts: dict[Var, int] = {}
        self.makers: dict[Var, Op] = {}
        self.gone: set[Op] = set()
        self.ops: list[Op] = []
        self.count(block)

    def count(self, block: Block) -> None:
        for op in block.ops:
            for x in op.inputs:
                self.use(x)
            self.makers.update(dict.fromkeys(op.outs, op))
            for inner in op.blocks:
                self.count(inner)
        for x in block.results:
            self.use(x)

    def use(self, x: Operand) -> None:
        if isinstance(x, Var):
            self.counts[x] = self.counts.get(x, 0) + 1

    def block(self, block: Block) -> None:
        outer, self.ops = self.ops, []
        for op in block.ops:
            for inner in op.blocks:
                self.block(inner)
            form = _FORMS.get(op.primitive.fn) if op.note is not None else None
            if form is not None and len(op.outs) == 1:
                form(self, op)
            self.ops.append(op)
        block.ops = [op for op in self.ops if op not in self.gone]
        self.ops = outer

    def only(self, x: Operand, *fns: Any) -> Op | None:
        """What makes an operand, if it is an adjoint's product or the like that nothing else needs."""
        made = self.makers.get(x) if isinstance(x, Var) else None
        if made is None or made.note is None or self.counts.get(x) != 1 or made.primitive.fn not in fns:
            return None
        return made

    def becomes(self, op: Op, fn: Any, *inputs: Operand) -> None:
        op.primitive, op.inputs, op.attrs = registry.entry(fn), list(inputs), {}

    def new(self, like: Op, fn: Any, inputs: list[Operand], kind: ty.Type) -> Var:
        out = Var(None, kind)
        self.ops.append(Op([out], registry.entry(fn), inputs, {}, [], like.loc, like.note))
        self.makers[out], self.counts[out] = self.ops[-1], 1
        return out

    def sum(self, op: Op) -> None:
        made = self.only(op.inputs[0], operator.mul, np.multiply)
        if made is None or ty.rank(op.outs[0].type) != 0 or not _is_of_all(op):
            return
        a, b = made.inputs
        kinds = {ty.dtype_of(x.type) for x in (a, b, op.outs[0])}
        if _is_real(a) and len(kinds) == 1 and ty.rank(a.type) and shapes.same_shape(a.type, b.type):
            self.gone.add(made)
            self.becomes(op, np.dot if ty.rank(a.type) == 1 else np.vdot, a, b)

    def mul(self, op: Op) -> None:
        for x, c in (op.inputs, op.inputs[::-1]):
            made = self.only(x, np.outer)
            if made is not None and ty.rank(c.type) == 0 and _is_vector(made.inputs[0]):
                if _is_real(made.outs[0]) and ty.dtype_of(op.outs[0].type) == ty.dtype_of(made.outs[0].type):
                    self.gone.add(made)
                    a, b = made.inputs
                    self.becomes(op, np.outer, self.new(op, operator.mul, [a, c], a.type), b)
                return

    def matmul(self, op: Op) -> None:
        made, v = self.only(op.inputs[0], np.outer), op.inputs[1]
        if made is not None and all(map(_is_vector, (*made.inputs, v))) and _is_real(op.outs[0]):
            self.gone.add(made)
            a, b = made.inputs
            kind = ty.Number(ty.dtype_of(op.outs[0].type), weak=False)
            self.becomes(op, operator.mul, a, self.new(op, operator.matmul, [b, v], kind))


def _is_real(x: Operand) -> bool:
    return ty.dtype_of(x.type) in _SUMMED


def _is_of_all(op: Op) -> bool:
    """Is it a reduction without any options?"""
    given = zip(op.primitive.params[1:], op.inputs[1:])
    return all(isinstance(x, Const) and repr(x.value) == repr(q.default) for q, x in given)


def _is_vector(x: Operand) -> bool:
    return isinstance(x.type, ty.Array) and ty.rank(x.type) == 1


_FORMS: dict[Any, Any] = {
    np.sum: _Products.sum,
    operator.mul: _Products.mul,
    operator.matmul: _Products.matmul,
    np.matmul: _Products.matmul,
}
