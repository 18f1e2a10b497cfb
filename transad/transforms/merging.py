"""What the reverse sweep computes and the forward sweep has computed already.

Receives the list of both sweeps before anything is recorded, while the reverse sweep still reads whatever it
likes. The two see the same variables, so that an operation of the reverse sweep that has the primitive and
the inputs of one in the forward sweep is that one: the inverse of a matrix in the derivative of its
determinant. Whether it is recorded or computed again is decided afterwards, as for everything else.

Adjoints may be rounded otherwise than written, so that quotients cancel:

    (g / y) * y             g
    (g / t) * e             g * y, where y = e / t is there (as in the derivative of a softmax)
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from transad.analysis import shapes
from transad.ir import types as ty
from transad.ir.core import Block, Op, Operand, Var
from transad.passes.simplify import Simplifier
from transad.rules import registry

if TYPE_CHECKING:
    from transad.transforms.recording import Pair

_Key = Any


def merge_sweeps(block: Block, pairs: Iterable[Pair]) -> None:
    """Rewrite a block in place; what nobody reads any more is left to be removed."""
    _Sweeps(pairs).visit(block)


class _Sweeps(Simplifier):
    def __init__(self, pairs: Iterable[Pair]) -> None:
        super().__init__()
        self.forward = {pair.reverse: pair.block for pair in pairs}
        self.known: dict[_Key, Op] = {}
        self.found: dict[Block, dict[_Key, Op]] = {}  # the operations of a block of the forward sweep

    def visit(self, block: Block) -> None:
        inherited = self.found.get(self.forward.get(block), {})  # type: ignore[arg-type]
        own: dict[_Key, Op] = {}
        hidden = {key: self.known[key] for key in inherited if key in self.known}
        self.known.update(inherited)
        outer, self.ops = self.ops, []
        for op in block.ops:
            op.inputs = [self.resolve(x) for x in op.inputs]
            for inner in op.blocks:
                self.visit(inner)
            if op.blocks or not self.merged(op, own):
                self.keep(op)
        block.ops, self.ops = self.ops, outer
        block.results = [self.resolve(x) for x in block.results]
        for key in (*own, *inherited):
            self.known.pop(key, None)
        self.known.update(hidden)
        self.found[block] = {**inherited, **own}

    def merged(self, op: Op, own: dict[_Key, Op]) -> bool:
        """Is an operation one that is there? Then its readers are told."""
        if op.note is not None and op.primitive.fn is operator.mul:
            shorter = self.cancelled(op)
            if shorter is not None:
                self.same[op.outs[0]] = shorter
                return True
        key = self.key(op)
        if key is None:
            return False
        earlier = self.known.get(key)
        if earlier is None:
            own[key] = self.known[key] = op
            return False
        self.same.update(zip(op.outs, earlier.outs))
        return op.note is not None  # what the function computes stays: it may be known elsewhere

    def cancelled(self, op: Op) -> Operand | None:
        """A product in which a quotient cancels."""
        for quotient, x in (op.inputs, op.inputs[::-1]):
            made = self.made(quotient)
            if made is None or made.note is None or made.primitive.fn is not operator.truediv:
                continue
            over, under = made.inputs
            if under is x and _is_like(over, op.outs[0]):
                return over
            share = self.known.get(self.key(Op([Var(None)], made.primitive, [x, under])))
            if share is not None and isinstance(x, Var) and _is_like(quotient, op.outs[0]):
                out, inputs = Var(op.outs[0].name, op.outs[0].type), [over, share.outs[0]]
                self.keep(Op([out], registry.entry(operator.mul), inputs, {}, [], op.loc, op.note))
                return out
        return None


def _is_like(x: Operand, y: Var) -> bool:
    """Has an operand the type of a result?"""
    same = ty.dtype_of(x.type) == ty.dtype_of(y.type) and ty.rank(x.type) is not None
    return same and shapes.same_shape(x.type, y.type)
