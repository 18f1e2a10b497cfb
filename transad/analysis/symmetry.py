"""Is a matrix surely symmetric? And what is a Cholesky factor needed for?

Exchanging the first two axes of an array leaves it as it is (parity 1), or turns its sign (parity -1): so it
is for the differences of all pairs, `x[:, None] - x[None, :]`, and what is computed from them entry by entry,
as covariances are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.analysis.indexing import split_index
from transad.ir import types as ty
from transad.ir.core import Const, Op, Operand
from transad.ir.primitives import TUPLE, UPDATE

Definition = Callable[[Operand], "Op | None"]

_MOST = 60  # operations that are looked at
_EVEN = {np.abs, np.square, np.cos, np.cosh, operator.abs, abs}
_ODD = {operator.neg, np.negative, np.sin, np.tanh, np.arctan, np.sinh}
_ANY = {np.exp, np.log, np.sqrt, np.log1p, np.expm1, np.reciprocal}  # of what is symmetric


def is_symmetric(x: Operand, definition: Definition) -> bool:
    dtype = ty.dtype_of(x.type)
    return ty.rank(x.type) == 2 and dtype is not None and dtype.kind == "f" and _parity(x, definition) == 1


def _parity(x: Operand, definition: Definition) -> int | None:
    known: dict[Operand, int | None] = {}

    def parity(x: Operand) -> int | None:
        if ty.rank(x.type) == 0:
            return 1
        if x not in known:
            known[x] = None if len(known) >= _MOST else new(definition(x))
        return known[x]

    def new(made: Op | None) -> int | None:
        fn = made.primitive.fn if made is not None and not made.blocks else None
        if fn in _RULES:
            return _RULES[fn](made, parity, definition)
        if fn not in _EVEN and fn not in _ODD and fn not in _ANY:
            return None
        own = parity(made.inputs[0])  # type: ignore[union-attr]
        if own == -1:
            return 1 if fn in _EVEN else -1 if fn in _ODD else None
        return own

    return parity(x)


def _alike(op: Op) -> bool:
    """Are two operands of the result's shape, or numbers?"""
    return all(ty.rank(x.type) == 0 or shapes.same_shape(x.type, op.outs[0].type) for x in op.inputs)


def _sum(op: Op, parity: Any, definition: Definition) -> int | None:
    if not _alike(op):
        return _pairs(op, definition)
    a, b = map(parity, op.inputs)
    return a if a == b else None


def _product(op: Op, parity: Any, definition: Definition) -> int | None:
    if not _alike(op):
        return _pairs(op, definition)
    a, b = map(parity, op.inputs)
    return None if a is None or b is None else a * b


def _pairs(op: Op, definition: Definition) -> int | None:
    """`x[:, None] - x[None, :]` and the like."""
    reads = [definition(x) for x in op.inputs]
    if any(read is None or read.primitive.fn is not operator.getitem for read in reads):
        return None
    one, other = reads  # type: ignore[misc]
    if one.inputs[0] is not other.inputs[0]:  # type: ignore[union-attr]
        return None
    first, second = (split_index(read.inputs[1]) for read in reads)  # type: ignore[union-attr]
    ends = [[x.value if isinstance(x, Const) else x for x in key[:2]] for key in (first, second)]
    crossed = [[slice(None), None], [None, slice(None)]]
    if ends != crossed and ends[::-1] != crossed or len(first) != len(second):
        return None
    for x, y in zip(first[2:], second[2:]):  # the same of both
        if not isinstance(x, Const) or not isinstance(y, Const) or not _plain(x) == _plain(y) != ...:
            return None
    if op.primitive.fn in (operator.truediv, np.divide):
        return None
    return -1 if op.primitive.fn in (operator.sub, np.subtract) else 1


def _plain(x: Const) -> Any:
    return x.value if type(x.value) is int or type(x.value) is slice else ...


def _reduction(op: Op, parity: Any, definition: Definition) -> int | None:
    """Over axes other than the first two."""
    axis = dict(zip((q.name for q in op.primitive.params), op.inputs)).get("axis")
    rank = ty.rank(op.inputs[0].type)
    if not isinstance(axis, Const) or axis.value is None or rank is None:
        return None
    axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    return parity(op.inputs[0]) if all(k % rank > 1 for k in axes) else None


def _power(op: Op, parity: Any, definition: Definition) -> int | None:
    own, n = parity(op.inputs[0]), op.inputs[1]
    if own != -1 or not isinstance(n, Const):
        return own if ty.rank(n.type) == 0 else None
    return 1 if n.value in (2, 4) else None


def _identity(op: Op, parity: Any, definition: Definition) -> int | None:
    """Square, with the ones on the diagonal itself."""
    return 1 if len(op.inputs) == 1 else None


def _product_with_transpose(op: Op, parity: Any, definition: Definition) -> int | None:
    a, b = op.inputs[:2]
    for x, y in ((a, b), (b, a)):
        made = definition(y)
        if made is not None and made.primitive.fn is np.transpose and len(made.inputs) == 1:
            if made.inputs[0] is x and ty.rank(x.type) == 2:
                return 1
    return None


def _outer(op: Op, parity: Any, definition: Definition) -> int | None:
    return 1 if op.inputs[0] is op.inputs[1] else None


def _same(op: Op, parity: Any, definition: Definition) -> int | None:
    return parity(op.inputs[0]) if ty.rank(op.inputs[0].type) == 2 else None


_RULES: dict[Any, Any] = {
    operator.add: _sum, np.add: _sum, operator.sub: _sum, np.subtract: _sum,
    operator.mul: _product, np.multiply: _product, operator.truediv: _product, np.divide: _product,
    np.sum: _reduction, np.mean: _reduction, operator.pow: _power, np.power: _power, np.eye: _identity,
    operator.matmul: _product_with_transpose, np.matmul: _product_with_transpose, np.outer: _outer,
    np.transpose: _same, np.linalg.inv: _same,
}  # fmt: skip


def log_determinant(bar: Operand, factor: Operand, definition: Definition) -> tuple[int, Operand] | None:
    """The sign and number g, where an adjoint is that of `g * np.sum(np.log(np.diagonal(factor)))`."""
    made = definition(bar)
    if made is None or made.primitive is not UPDATE or len(made.inputs) != 3:
        return None
    base, index = definition(made.inputs[0]), definition(made.inputs[2])
    if base is None or base.primitive.fn is not np.zeros_like:
        return None
    if index is None or index.primitive is not TUPLE or len(index.inputs) != 2:
        return None
    rows = definition(index.inputs[0])
    if index.inputs[0] is not index.inputs[1] or rows is None or rows.primitive.fn is not np.arange:
        return None
    sign, value = 1, definition(made.inputs[1])
    if value is not None and value.primitive.fn is operator.neg:
        sign, value = -1, definition(value.inputs[0])
    if value is None or value.primitive.fn is not operator.truediv or ty.rank(value.inputs[0].type) != 0:
        return None
    diagonal = definition(value.inputs[1])
    if diagonal is None or diagonal.primitive.fn not in (np.diagonal, np.diag):
        return None
    offset = diagonal.inputs[1:2]
    plain = all(isinstance(x, Const) and x.value == 0 for x in offset)
    return (sign, value.inputs[0]) if plain and diagonal.inputs[0] is factor else None
