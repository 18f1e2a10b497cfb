"""What is the same in every pass of a loop is computed before it.

    for t in range(n):                  s = np.exp(w)
        x = np.exp(w) * x               for t in range(n):
                                            x = s * x

Done before a function is differentiated, too: then such a value need not be recorded pass by pass. Only
arithmetic that cannot fail is moved, since the loop may have no passes: elementwise operations on floats and
arrays of one shape. Not what reads a variable that may have no value, nor what the body writes to or puts
away: that has to be made anew in each pass.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.analysis import shapes
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, is_undefined, walk

_ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.neg}
_ARRAYS = {
    *_ARITHMETIC, operator.truediv, np.sqrt, np.exp, np.log, np.sin, np.cos, np.tanh, np.square, np.abs,
    np.sign, np.maximum, np.minimum,
}  # fmt: skip
_CONTAINERS = {p.APPEND, p.TUPLE, p.LIST, p.DICT, p.CALL}
_WRITES = {p.UPDATE, p.ADD_AT, p.RESTORE}


def hoist_invariants(block: Block) -> None:
    """Move, in place, operations of loop bodies out of as many loops as they do not depend on."""
    if any(op.primitive in (p.FOR, p.WHILE) for op in walk(block)):
        _Hoist(block).block(block)


class _Hoist:
    def __init__(self, block: Block):
        self.own: set[Operand] = set()  # what is written to or put into a container: an array for each pass
        for op in walk(block):
            if op.primitive in _CONTAINERS:
                self.own.update(op.inputs)
            elif op.primitive in _WRITES or op.attrs.get("accumulate"):
                self.own.add(op.inputs[0])
        self.unsure: set[Operand] = set()  # variables that may have no value

    def block(self, block: Block) -> None:
        ops: list[Op] = []
        for op in block.ops:
            self.enter(op)
            for inner in op.blocks:
                self.block(inner)
            if op.primitive in (p.FOR, p.WHILE):
                for inner in op.blocks:
                    ops += self.taken_out(inner, op)
            self.note(op)
            ops.append(op)
        block.ops = ops

    def taken_out(self, body: Block, loop: Op) -> list[Op]:
        inside: set[Operand] = {v for b in loop.blocks for v in b.params}
        inside.update(v for b in loop.blocks for op in b.ops for v in op.outs)
        kept = {x for b in loop.blocks for x in b.results}
        out: list[Op] = []
        for op in body.ops:
            movable = self.may_move(op) and op.outs[0] not in kept
            if movable and not any(x in inside or x in self.unsure for x in op.inputs):
                out.append(op)
                inside.discard(op.outs[0])
        moved = set(out)
        body.ops = [op for op in body.ops if op not in moved]
        return out

    def may_move(self, op: Op) -> bool:
        if len(op.outs) != 1 or op.blocks or op.outs[0] in self.own or op.attrs.get("accumulate"):
            return False
        fn, kind = op.primitive.fn, op.outs[0].type
        if isinstance(kind, ty.Array):
            return fn in _ARRAYS and _is_float(kind) and all(_fits(x, kind) for x in op.inputs)
        if not isinstance(kind, ty.Number) or not _is_float(kind):
            return False
        if fn is operator.truediv:
            divisor = op.inputs[1]
            return isinstance(divisor, Const) and type(divisor.value) in (int, float) and divisor.value != 0
        return fn in _ARITHMETIC

    def enter(self, op: Op) -> None:
        """Which values that a loop carries may have none in its first pass?"""
        if op.primitive is p.FOR:
            pairs = list(zip(op.inputs[3:], op.blocks[0].params[1:]))
        elif op.primitive is p.WHILE:
            pairs = [(x, q) for x in op.inputs for b in op.blocks for q in b.params]
        else:
            return
        self.unsure.update(q for x, q in pairs if x in self.unsure or is_undefined(x))

    def note(self, op: Op) -> None:
        """Which results of a loop or branch have no value on some path?"""
        for k, v in enumerate(op.outs):
            if op.primitive is p.IF:
                ends = [b.results[k] for b in op.blocks]
            elif op.primitive is p.FOR:
                ends = [op.inputs[3 + k]]
            elif op.primitive is p.WHILE:
                ends = [*op.inputs, *op.blocks[0].results]
            else:
                continue
            if any(x in self.unsure or is_undefined(x) for x in ends):
                self.unsure.add(v)


def _fits(x: Operand, kind: ty.Type) -> bool:
    """Can an operand never be of another shape than the result?"""
    return isinstance(x.type, ty.Number) or isinstance(x.type, ty.Array) and shapes.same_shape(x.type, kind)


def _is_float(kind: ty.Type) -> bool:
    dtype = ty.dtype_of(kind)
    return dtype is not None and dtype.kind in "fc"
