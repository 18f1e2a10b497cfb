"""What `optimize="fast-math"` adds: rewrites that are right in exact arithmetic.

They may change the last digits, and what becomes of infinities, NaN and overflow. None changes the
order of what is summed by more than NumPy and its libraries do themselves.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, is_literal
from transad.passes.rewrites import covers, is_none
from transad.passes.simplify import Rewrite, Simplifier


def simplify_fast(block: Block) -> None:
    """`simplify` with the rewrites of this module, in place."""
    _Fast().block(block, {})


class _Fast(Simplifier):
    def rewritten(self, op: Op) -> Operand | None:
        exact = super().rewritten(op)
        if exact is not None or op.primitive.fn not in FAST or not _is_real(op.outs[0]):
            return exact
        return FAST[op.primitive.fn](self, op)


def _is_real(x: Var) -> bool:
    dtype = ty.dtype_of(x.type)
    return dtype is not None and dtype.kind == "f"


def _literal(x: Operand) -> float | None:
    return x.value if is_literal(x) else None  # type: ignore[union-attr]


def _mul(s: Simplifier, op: Op) -> Operand | None:
    """c * (d * x) is (c d) * x; (a / b) * b is a."""
    for x, y in (op.inputs, op.inputs[::-1]):
        made = s.made(y)
        if made is None:
            continue
        if made.primitive.fn is operator.truediv and made.inputs[1] is x and isinstance(x, Var):
            if covers(made.inputs[0], op.outs[0]):
                return made.inputs[0]
        c, d = _literal(x), _literal(made.inputs[0]) if made.inputs else None
        if c is not None and d is not None and made.primitive.fn in (operator.mul, operator.truediv):
            if c * d == 1.0 and made.primitive.fn is operator.mul and covers(made.inputs[1], op.outs[0]):
                return made.inputs[1]
            return s.new(op, made.primitive, [Const(float(c * d)), made.inputs[1]])
    return None


def _truediv(s: Simplifier, op: Op) -> Operand | None:
    """x / c is x * (1 / c), for an array x; (a * b) / b is a."""
    x, y = op.inputs
    c, made = _literal(y), s.made(x)
    if c is not None and ty.rank(x.type) != 0:
        return s.new(op, operator.mul, [Const(1.0 / c), x])
    if made is not None and made.primitive.fn is operator.mul and y in made.inputs and isinstance(y, Var):
        other = made.inputs[1 if made.inputs[0] is y else 0]
        return other if covers(other, op.outs[0]) else None
    return None


def _power(s: Simplifier, op: Op) -> Operand | None:
    """x**3 and x**4 as products; x**0.5 as a square root."""
    x, p = op.inputs
    if _literal(p) == 0.5:
        return s.new(op, np.sqrt, [x])
    if _literal(p) in (3, 4) and ty.rank(x.type) != 0:
        square = s.new(op, operator.mul, [x, x])
        return s.new(op, operator.mul, [square, x if p.value == 3 else square])  # type: ignore[union-attr]
    return None


def _transpose(s: Simplifier, op: Op) -> Operand | None:
    """(A.T @ B).T is B.T @ A, of matrices."""
    made = s.made(op.inputs[0])
    if made is None or made.primitive.fn not in (operator.matmul, np.matmul) or ty.rank(op.outs[0].type) != 2:
        return None
    if len(op.inputs) > 1 and not is_none(op.inputs[1]):
        return None
    a, b = made.inputs[:2]
    if ty.rank(a.type) != 2 or ty.rank(b.type) != 2:
        return None
    if not (_is_turned(s, a) or _is_turned(s, b)):
        return None
    return s.new(op, made.primitive, [_turned(s, op, b), _turned(s, op, a)])


def _is_turned(s: Simplifier, x: Operand) -> bool:
    made = s.made(x)
    return made is not None and made.primitive.fn is np.transpose and all(map(is_none, made.inputs[1:]))


def _turned(s: Simplifier, op: Op, x: Operand) -> Operand:
    if _is_turned(s, x):
        return s.made(x).inputs[0]  # type: ignore[union-attr]
    rows, columns = x.type.shape  # type: ignore[union-attr]
    return s.new(op, np.transpose, [x, Const(None)], ty.Array(ty.dtype_of(x.type), (columns, rows)))


FAST: dict[Any, Rewrite] = {
    operator.mul: _mul,
    operator.truediv: _truediv,
    operator.pow: _power,
    np.power: _power,
    np.transpose: _transpose,
}
