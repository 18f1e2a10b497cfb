"""Sums of products as products: one pass over the numbers, and no array in between.

    np.sum(a * b)                           np.dot(a, b); np.vdot(a, b) of matrices and tensors
    np.sum(a * b, axis=0)                   np.sum(a, axis=0) * b, if b is the same along the axis
    np.outer(a, b) * c                      np.outer(a * c, b), for a number c
    np.outer(a, b) @ v                      a * (b @ v)
    (a.T @ b).T                             b.T @ a
    (c * a) @ v                             c * (a @ v), where c * a is needed for nothing else
    np.linalg.solve(a, b)                   i @ b, where the inverse i of a is computed as well

The order of the sums changes, and with it their last digits: that is for what nobody but adjoints reads. What
the function itself computes stays as it is, to the bit.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Primitive, Var, walk
from transad.rules import registry

_SUMMED = {np.dtype(np.float64), np.dtype(np.float32)}  # of these, BLAS takes products


def merge_products(block: Block) -> None:
    """Rewrite a block in place."""
    wanted = {*_FORMS, np.linalg.inv}
    if any(op.note is not None and op.primitive.fn in wanted for op in walk(block)):
        _Products(block).block(block)


class _Products:
    def __init__(self, block: Block):
        self.counts: dict[Var, int] = {}
        self.makers: dict[Var, Op] = {}
        self.own: set[Operand] = set()  # what is read by others than adjoints
        self.readers: dict[Operand, list[Op]] = {}
        self.kept: set[Operand] = set()  # results of blocks
        self.factors: dict[Op, Operand] = {}  # of products of matrices
        self.gone: set[Op] = set()
        self.ops: list[Op] = []
        self.count(block)

    def count(self, block: Block) -> None:
        for op in block.ops:
            for x in op.inputs:
                self.use(x)
                self.readers.setdefault(x, []).append(op)
                if op.note is None:
                    self.own.add(x)
            self.makers.update(dict.fromkeys(op.outs, op))
            for inner in op.blocks:
                self.count(inner)
        for x in block.results:
            self.use(x)
            self.own.add(x)
            self.kept.add(x)

    def use(self, x: Operand) -> None:
        if isinstance(x, Var):
            self.counts[x] = self.counts.get(x, 0) + 1

    def block(self, block: Block) -> None:
        outer, self.ops = self.ops, []
        self.by_inverses(block)
        for op in block.ops:
            if op.primitive.fn is operator.mul:
                self.scaled_matrix(op)
        for op in block.ops:
            for inner in op.blocks:
                self.block(inner)
            if op in self.factors:
                product = self.new(op, op.primitive, op.inputs, op.outs[0].type)
                self.becomes(op, operator.mul, self.factors[op], product)
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
        primitive = fn if isinstance(fn, Primitive) else registry.entry(fn)
        self.ops.append(Op([out], primitive, inputs, {}, [], like.loc, like.note))
        self.makers[out], self.counts[out] = self.ops[-1], 1
        return out

    def sum(self, op: Op) -> None:
        made = self.only(op.inputs[0], operator.mul, np.multiply)
        if made is None:
            return
        if ty.rank(op.outs[0].type) != 0 or not _is_of_all(op):
            self.sum_along(op, made)
            return
        a, b = made.inputs
        kinds = {ty.dtype_of(x.type) for x in (a, b, op.outs[0])}
        if _is_real(a) and len(kinds) == 1 and ty.rank(a.type) and shapes.same_shape(a.type, b.type):
            self.gone.add(made)
            self.becomes(op, np.dot if ty.rank(a.type) == 1 else np.vdot, a, b)

    def sum_along(self, op: Op, product: Op) -> None:
        """The axes summed over are leading ones, which the factor has not."""
        given = dict(zip((q.name for q in op.primitive.params), op.inputs))
        axis = given["axis"]
        if not isinstance(axis, Const) or type(axis.value) is not int or not _has_options(op, ("a", "axis")):
            return
        for whole, factor in (product.inputs, product.inputs[::-1]):
            rank, own = ty.rank(whole.type), ty.rank(factor.type)
            if rank is None or own is None or not shapes.same_shape(whole.type, product.outs[0].type):
                continue
            if axis.value == 0 and own < rank and ty.dtype_of(whole.type) == ty.dtype_of(op.outs[0].type):
                self.gone.add(product)
                total = self.new(op, op.primitive, [whole, *op.inputs[1:]], op.outs[0].type)
                self.becomes(op, operator.mul, total, factor)
                return

    def mul(self, op: Op) -> None:
        for x, c in (op.inputs, op.inputs[::-1]):
            made = self.only(x, np.outer)
            if made is not None and ty.rank(c.type) == 0 and _is_vector(made.inputs[0]):
                if _is_real(made.outs[0]) and ty.dtype_of(op.outs[0].type) == ty.dtype_of(made.outs[0].type):
                    self.gone.add(made)
                    a, b = made.inputs
                    self.becomes(op, np.outer, self.new(op, operator.mul, [a, c], a.type), b)
                return

    def by_inverses(self, block: Block) -> None:
        """Systems of equations whose matrix is inverted anyway."""
        inverses = {op.inputs[0]: op for op in block.ops if op.primitive.fn is np.linalg.inv and op.note}
        if not inverses:
            return
        ops: dict[Op, None] = {}  # in order, each once
        for op in block.ops:
            if op.primitive.fn is np.linalg.solve and op.outs[0] not in self.own:
                inverse = inverses.get(op.inputs[0])
                if inverse is not None and ty.rank(op.inputs[0].type) == 2 and _is_real(op.outs[0]):
                    ops[inverse] = None
                    self.becomes(op, operator.matmul, inverse.outs[0], op.inputs[1])
            ops[op] = None
        block.ops = list(ops)

    def transpose(self, op: Op) -> None:
        made = self.only(op.inputs[0], operator.matmul, np.matmul)
        if made is None or not _is_plain_turn(op) or not all(ty.rank(x.type) == 2 for x in made.inputs[:2]):
            return
        if any(map(self.is_turned, made.inputs)):
            self.gone.add(made)
            a, b = made.inputs[:2]
            self.becomes(op, operator.matmul, self.turned(op, b), self.turned(op, a))

    def is_turned(self, x: Operand) -> bool:
        made = self.makers.get(x) if isinstance(x, Var) else None
        return made is not None and _is_plain_turn(made)

    def turned(self, op: Op, x: Operand) -> Operand:
        if self.is_turned(x):
            return self.makers[x].inputs[0]  # type: ignore[index]
        rows, columns = x.type.shape  # type: ignore[union-attr]
        return self.new(op, np.transpose, [x], ty.Array(ty.dtype_of(x.type), (columns, rows)))

    def scaled_matrix(self, op: Op) -> None:
        """A matrix times a number that is multiplied by vectors only: the number goes with the products."""
        ranks = [ty.rank(x.type) for x in op.inputs]
        if ranks not in ([0, 2], [2, 0]) or op.outs[0] in self.kept:
            return
        c, matrix = op.inputs if ranks[0] == 0 else op.inputs[::-1]
        if ty.dtype_of(matrix.type) != ty.dtype_of(op.outs[0].type) or not _is_real(matrix):
            return
        turned = list(filter(_is_plain_turn, self.readers.get(op.outs[0], ())))
        whole = {op.outs[0], *(r.outs[0] for r in turned)}
        products = [r for x in whole for r in self.readers.get(x, ()) if r not in turned]
        if not products or not whole.isdisjoint(self.kept):
            return
        for r in products:
            plain = r.primitive.fn in (operator.matmul, np.matmul) and r not in self.factors
            if not plain or not _is_vector(r.inputs[1 if r.inputs[0] in whole else 0]):
                return
            if r.note is None and r.outs[0] in self.own:
                return
        self.gone.add(op)
        for r in (*turned, *products):
            r.inputs = [matrix if x is op.outs[0] else x for x in r.inputs]
        self.factors.update(dict.fromkeys(products, c))

    def matmul(self, op: Op) -> None:
        made, v = self.only(op.inputs[0], np.outer), op.inputs[1]
        if made is not None and all(map(_is_vector, (*made.inputs, v))) and _is_real(op.outs[0]):
            self.gone.add(made)
            a, b = made.inputs
            kind = ty.Number(ty.dtype_of(op.outs[0].type), weak=False)
            self.becomes(op, operator.mul, a, self.new(op, operator.matmul, [b, v], kind))


def _is_real(x: Operand) -> bool:
    return ty.dtype_of(x.type) in _SUMMED


def _is_plain_turn(op: Op) -> bool:
    """Is it `x.T`?"""
    given = op.inputs[1:]
    return op.primitive.fn is np.transpose and all(isinstance(x, Const) and x.value is None for x in given)


def _is_of_all(op: Op) -> bool:
    """Is it a reduction without any options?"""
    return _has_options(op, ("a",))


def _has_options(op: Op, names: tuple[str, ...]) -> bool:
    """Is nothing given but these arguments?"""
    given = ((q, x) for q, x in zip(op.primitive.params, op.inputs) if q.name not in names)
    return all(isinstance(x, Const) and repr(x.value) == repr(q.default) for q, x in given)


def _is_vector(x: Operand) -> bool:
    return isinstance(x.type, ty.Array) and ty.rank(x.type) == 1


_FORMS: dict[Any, Any] = {
    np.sum: _Products.sum,
    operator.mul: _Products.mul,
    operator.matmul: _Products.matmul,
    np.matmul: _Products.matmul,
    np.transpose: _Products.transpose,
}
