"""Is a value surely finite, if the arguments of the function are? What overflows is left out.

It is, if it is made from finite ones by sums, products and the like; not where something is divided by what
may be zero, and not where it comes out of a loop, of which only the first pass could be looked at.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Const, Op, Operand, is_literal
from transad.ir.primitives import ADD_AT, READ, TUPLE, UPDATE
from transad.runtime import broadcast_like, unbroadcast, zeros_like

_MOST = 200  # operations looked at
_FINITE = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.abs, operator.matmul, operator.getitem,
    np.add, np.subtract, np.multiply, np.negative, np.abs, np.matmul, np.dot, np.vdot, np.outer, np.inner,
    np.tensordot, np.sum, np.transpose, np.reshape, np.ravel, np.expand_dims, np.squeeze, np.moveaxis,
    np.copy, np.sin, np.cos, np.tanh, np.exp, np.square, np.sign, np.maximum, np.minimum, np.where, np.clip,
    np.diagonal, np.zeros_like, np.ones_like, np.zeros, np.ones, np.conj, np.real, np.imag, float, abs,
    np.ndarray.astype, broadcast_like, unbroadcast, zeros_like,
}  # fmt: skip


def surely_finite(x: Operand, builder: Builder) -> bool:
    work, seen = [x], {x}
    while work:
        x = work.pop()
        if isinstance(x, Const):
            if type(x.value) is float and x.value - x.value != 0.0:
                return False
            continue
        dtype = ty.dtype_of(x.type)
        if x in builder.given or dtype is not None and dtype.kind in "iub":
            continue
        made = builder.definition(x)
        if made is None or len(seen) > _MOST:
            return False
        if made.primitive.fn is operator.truediv and _divides_safely(made, builder):
            found = made.inputs[:1]
        elif made.primitive.fn in _FINITE or made.primitive in (ADD_AT, READ, TUPLE, UPDATE):
            found = [y for y in made.inputs if isinstance(y.type, (ty.Array, ty.Number, ty.Tuple))]
        else:
            return False
        for y in found:
            if y not in seen:
                seen.add(y)
                work.append(y)
    return True


def _divides_safely(op: Op, builder: Builder) -> bool:
    """By a number that is written down, or by a length: of an array of length zero nothing is divided."""
    below = op.inputs[1]
    made = builder.definition(below)
    if made is not None and made.primitive.fn is operator.getitem:
        made = builder.definition(made.inputs[0])
    return is_literal(below) or made is not None and made.primitive.fn in (np.shape, np.size, len)
