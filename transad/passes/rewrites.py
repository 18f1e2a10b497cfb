"""The exact rewrites of `simplify`: none changes a NaN, an infinity or a rounding.

Each looks at one operation, whose inputs are simplified already, and names an operand that has the same
value, or changes the operation where it stands.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.analysis.places import reaches_all
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Const, Op, Operand, Var, Zero, is_power_of_two
from transad.passes.simplify import Simplifier, operand_key, rewrites
from transad.rules.control import stop
from transad.runtime import broadcast_like, unbroadcast, zeros_like

# functions whose result has the shape of one operand, by its position
_SHAPED_LIKE: dict[Any, int] = {unbroadcast: 1, broadcast_like: 1, zeros_like: 0, np.zeros_like: 0}


def _is_number(x: Operand, value: float) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value == value


def covers(x: Operand, out: Var) -> bool:
    """Does an operand alone give an elementwise result its shape?"""
    return ty.rank(x.type) is not None and shapes.same_shape(x.type, out.type)


def _same_kind(x: Operand, out: Var) -> bool:
    return covers(x, out) and ty.dtype_of(x.type) == ty.dtype_of(out.type) and type(x.type) is type(out.type)


def _thin(s: Simplifier, op: Op) -> None:
    """An operand broadcast on purpose need not be, where the other one broadcasts it anyway."""
    for k, x in enumerate(op.inputs):
        thin = _broadcast_from(s, x)
        if thin is not None and len(op.inputs) == 2 and covers(op.inputs[1 - k], op.outs[0]):
            op.inputs[k] = thin


def _broadcast_from(s: Simplifier, x: Operand) -> Operand | None:
    """What was broadcast to make this operand: a number also where it got other axes afterwards."""
    made, moved = s.made(x), False
    while made is not None and made.primitive.fn in (np.expand_dims, np.reshape):
        made, moved = s.made(made.inputs[0]), True
    if made is None or made.primitive.fn is not broadcast_like:
        return None
    return made.inputs[0] if not moved or ty.rank(made.inputs[0].type) == 0 else None


@rewrites(operator.add)
def _add(s: Simplifier, op: Op) -> Operand | None:
    _thin(s, op)
    a, b = op.inputs
    for x, y in ((a, b), (b, a)):
        if s.vanishes(x) and _same_kind(y, op.outs[0]):
            return y
    if a is b and isinstance(a, Var) and isinstance(a.type, (ty.Number, ty.Array)):
        if ty.dtype_of(a.type) is None or ty.dtype_of(a.type).kind not in "fc":
            return None
        scaled = _scaled(s, op, 2.0, a)
        return s.new(op, operator.mul, [Const(2.0), a]) if scaled is None else scaled
    negated = s.made(b)
    if negated is not None and negated.primitive.fn is operator.neg:
        return _again(s, op, operator.sub, [a, negated.inputs[0]])
    negated = s.made(a)
    if negated is not None and negated.primitive.fn is operator.neg:
        return _again(s, op, operator.sub, [b, negated.inputs[0]])
    return None


@rewrites(operator.sub)
def _sub(s: Simplifier, op: Op) -> Operand | None:
    _thin(s, op)
    a, b = op.inputs
    if s.vanishes(b) and _same_kind(a, op.outs[0]):
        return a
    if s.vanishes(a) and _same_kind(b, op.outs[0]):
        return s.new(op, operator.neg, [b])
    negated = s.made(b)
    if negated is not None and negated.primitive.fn is operator.neg:
        return _again(s, op, operator.add, [a, negated.inputs[0]])
    return None


def _again(s: Simplifier, op: Op, fn: Any, inputs: list[Operand]) -> Var:
    out = s.new(op, fn, inputs)
    if op.attrs:
        s.definitions[out].attrs.update(op.attrs)
    return out


@rewrites(operator.mul)
def _mul(s: Simplifier, op: Op) -> Operand | None:
    _thin(s, op)
    a, b = op.inputs
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Zero) and isinstance(op.outs[0].type, ty.Number):
            return x
        if _is_number(x, 1.0) and _same_kind(y, op.outs[0]):
            return y
        if is_power_of_two(x):
            factor = _scaled(s, op, x.value, y)  # type: ignore[union-attr]
            if factor is not None:
                return factor
        negated = s.made(x)
        if negated is not None and negated.primitive.fn is operator.neg:
            inner = s.new(op, operator.mul, [negated.inputs[0], y] if x is a else [y, negated.inputs[0]])
            return s.new(op, operator.neg, [inner])
    return None


def _scaled(s: Simplifier, op: Op, c: float, x: Operand) -> Operand | None:
    """A power of two times a product or quotient of a number and something: taken with the number."""
    made = s.made(x)
    if made is None or made.primitive.fn not in (operator.mul, operator.truediv):
        return None
    if x.name not in (None, op.outs[0].name):  # type: ignore[union-attr]
        return None  # a value of the user's is written down anyway
    left, right = made.inputs
    if isinstance(left, Const) and left.origin is None and type(left.value) is float:
        first: Operand = Const(c * left.value)
        if c * left.value == 1.0 and made.primitive.fn is operator.mul and _same_kind(right, made.outs[0]):
            return right
    elif ty.rank(left.type) == 0 and made.primitive.fn is operator.mul and ty.rank(right.type) != 0:
        inner = _scaled(s, op, c, left)
        first = s.new(op, operator.mul, [Const(c), left], left.type) if inner is None else inner
    else:
        whole = _unscaled(s, op, c, left)
        return None if whole is None else s.new(op, made.primitive, [whole, right])
    return s.new(op, made.primitive, [first, right])


def _unscaled(s: Simplifier, op: Op, c: float, x: Operand, depth: int = 4) -> Operand | None:
    """A power of two times a product without a name that has a number in it: taken with the number."""
    made = s.made(x)
    if made is None or x.name is not None or depth == 0:  # type: ignore[union-attr]
        return None
    if made.primitive.fn in (operator.neg, np.expand_dims):
        whole = _unscaled(s, op, c, made.inputs[0], depth - 1)
        return None if whole is None else s.new(op, made.primitive, [whole, *made.inputs[1:]], x.type)
    if made.primitive.fn is not operator.mul:
        return None
    for k, (number, other) in enumerate((made.inputs, made.inputs[::-1])):
        if isinstance(number, Const) and number.origin is None and type(number.value) is float:
            if c * number.value == 1.0 and _same_kind(other, made.outs[0]):
                return other
            return s.new(op, operator.mul, [Const(c * number.value), other], x.type)
        whole = _unscaled(s, op, c, number, depth - 1)
        if whole is not None:
            return s.new(op, operator.mul, [whole, other] if k == 0 else [other, whole], x.type)
    return None


@rewrites(operator.truediv)
def _truediv(s: Simplifier, op: Op) -> Operand | None:
    _thin(s, op)
    negated = s.made(op.inputs[0])
    if negated is not None and negated.primitive.fn is operator.neg:
        return s.new(op, operator.neg, [s.new(op, operator.truediv, [negated.inputs[0], op.inputs[1]])])
    return None


@rewrites(operator.matmul)
def _matmul(s: Simplifier, op: Op) -> Operand | None:
    """An identity matrix leaves the other factor as it is."""
    for x, y in (op.inputs, op.inputs[::-1]):
        made = s.made(x)
        if made is not None and made.primitive.fn in (np.eye, np.identity) and _same_kind(y, op.outs[0]):
            if all(is_none(k) or _is_number(k, 0) for k in made.inputs[1:3]):
                return y
    return None


@rewrites(np.where)
def _where(s: Simplifier, op: Op) -> Operand | None:
    """Values broadcast on purpose need not be: the condition broadcasts them. One number or the same."""
    if isinstance(op.outs[0].type, ty.Number):
        then, orelse = op.inputs[1:]
        return then if then is orelse or operand_key(then) == operand_key(orelse) else None
    if len(op.inputs) == 3 and covers(op.inputs[0], op.outs[0]):
        for k in (1, 2):
            made = s.made(op.inputs[k])
            if made is not None and made.primitive.fn is broadcast_like:
                op.inputs[k] = made.inputs[0]
    return None


@rewrites(operator.neg)
def _neg(s: Simplifier, op: Op) -> Operand | None:
    x = op.inputs[0]
    if isinstance(x, Zero):
        return x
    if isinstance(x, Const) and x.origin is None and type(x.value) is float:
        return Const(-x.value)
    made = s.made(x)
    if made is not None and made.primitive.fn is operator.neg:
        return made.inputs[0]
    return None


@rewrites(np.power, operator.pow)
def _pow(s: Simplifier, op: Op) -> Operand | None:
    return op.inputs[0] if _is_number(op.inputs[1], 1.0) and _same_kind(op.inputs[0], op.outs[0]) else None


@rewrites(p.HOOK)
def _hook(s: Simplifier, op: Op) -> Operand | None:
    """What is done to its adjoint was done."""
    return op.inputs[0]


@rewrites(np.conjugate, np.real)
def _real(s: Simplifier, op: Op) -> Operand | None:
    dtype = ty.dtype_of(op.inputs[0].type)
    return op.inputs[0] if dtype is not None and dtype.kind != "c" else None


@rewrites(np.transpose)
def _transpose(s: Simplifier, op: Op) -> Operand | None:
    made = s.made(op.inputs[0])
    plain = len(op.inputs) == 1 or is_none(op.inputs[1])
    if (
        made is not None
        and made.primitive.fn is np.transpose
        and plain
        and (len(made.inputs) == 1 or is_none(made.inputs[1]))
    ):
        return made.inputs[0]
    rank = ty.rank(op.inputs[0].type)
    in_order = not plain and isinstance(op.inputs[1], Const) and op.inputs[1].value == tuple(range(rank or 0))
    return op.inputs[0] if rank in (0, 1) and plain or rank is not None and in_order else None


@rewrites(np.flip)
def _flip(s: Simplifier, op: Op) -> Operand | None:
    """Of a vector, the slice that NumPy takes after having looked at the axes."""
    x, *axis = op.inputs
    if ty.rank(x.type) != 1 or not isinstance(x.type, ty.Array) or not all(map(is_none, axis)):
        return None
    return s.new(op, operator.getitem, [x, Const(slice(None, None, -1))])


def is_none(x: Operand) -> bool:
    return isinstance(x, Const) and x.value is None


@rewrites(stop)
def _stop(s: Simplifier, op: Op) -> Operand | None:
    return op.inputs[0]


@rewrites(broadcast_like)
def _broadcast_like(s: Simplifier, op: Op) -> Operand | None:
    _shape_only(s, op, 1)
    g, x = op.inputs
    return g if _has_shape_of(s, g, x) else None


@rewrites(unbroadcast)
def _unbroadcast(s: Simplifier, op: Op) -> Operand | None:
    _shape_only(s, op, 1)
    g, x = op.inputs
    return g if _has_shape_of(s, g, x) else None


def _has_shape_of(s: Simplifier, g: Operand, x: Operand) -> bool:
    """Has one the shape of the other: by its type, or because it was made so?"""
    if ty.rank(g.type) is not None and ty.rank(x.type) is not None:
        return shapes.same_shape(g.type, x.type)
    made = s.made(g)
    while made is not None and made.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE) and made.attrs["path"]:
        made = s.made(made.inputs[0])
    if made is None or made.primitive.fn not in _SHAPED_LIKE:
        return False
    return made.inputs[_SHAPED_LIKE[made.primitive.fn]] is x


@rewrites(np.ravel, np.reshape)
def _reshape(s: Simplifier, op: Op) -> Operand | None:
    """An array that has the shape already."""
    x, out = op.inputs[0], op.outs[0]
    in_order = len(op.inputs) < 3 or isinstance(op.inputs[-1], Const) and op.inputs[-1].value == "C"
    known = isinstance(x.type, ty.Array) and isinstance(out.type, ty.Array) and in_order
    return x if known and x.type.shape is not None and shapes.same_shape(x.type, out.type) else None


@rewrites(np.moveaxis)
def _moveaxis(s: Simplifier, op: Op) -> Operand | None:
    """An axis that is moved to where it is."""
    rank, (x, *ends) = ty.rank(op.inputs[0].type), op.inputs
    if rank is None or not all(isinstance(e, Const) and type(e.value) is int for e in ends):
        return None
    return x if ends[0].value % rank == ends[1].value % rank else None


@rewrites(operator.getitem)
def _getitem(s: Simplifier, op: Op) -> Operand | None:
    made, key = s.made(op.inputs[0]), op.inputs[1]
    if made is not None and made.primitive.fn is broadcast_like and ty.rank(made.inputs[0].type) == 0:
        if ty.rank(op.outs[0].type) == 0:  # an entry of a number that was broadcast
            return made.inputs[0]
    if made is None or not isinstance(key, Const):
        return None
    if (kept := _without_axes(s, op, made, key.value)) is not None:
        return kept
    if (
        made.primitive in (p.TUPLE, p.LIST)
        and type(key.value) is int
        and -len(made.inputs) <= key.value < len(made.inputs)
    ):
        return made.inputs[key.value]
    if made.primitive is p.DICT and key.value in made.attrs["keys"]:
        return made.inputs[list(made.attrs["keys"]).index(key.value)]
    return None


def _without_axes(s: Simplifier, op: Op, made: Op, key: Any) -> Operand | None:
    """`x[:, 0]` where that axis was added to x, or kept by a sum, for this alone."""
    axes = _dropped(key)
    if axes is None or made.outs[0].name:
        return None
    if made.primitive.fn is operator.neg:
        return s.new(op, operator.neg, [s.new(op, operator.getitem, [made.inputs[0], op.inputs[1]])])
    names = [q.name for q in made.primitive.params][: len(made.inputs)]
    given = dict(zip(names, made.inputs))
    if made.primitive.fn not in (np.sum, np.expand_dims) or not isinstance(given["axis"], Const):
        return None
    axis = given["axis"].value
    if made.primitive.fn is np.sum:
        keeps = given.get("keepdims")
        if not isinstance(keeps, Const) or keeps.value is not True:
            return None
    if (axis if isinstance(axis, tuple) else (axis,)) != axes:
        return None
    if made.primitive.fn is np.expand_dims:
        return given["a"]
    return s.new(op, made.primitive, [Const(False) if n == "keepdims" else x for n, x in given.items()])


def _dropped(key: Any) -> tuple[int, ...] | None:
    """The axes of which an index takes the first entry, when it takes all of the others."""
    if not isinstance(key, tuple) or not all(type(x) in (int, slice) and x in (0, slice(None)) for x in key):
        return None
    return tuple(k for k, x in enumerate(key) if type(x) is int) or None


@rewrites(np.shape, np.ndim, np.size, len, np.zeros_like, np.ones_like, np.empty_like)
def _geometry(s: Simplifier, op: Op) -> Operand | None:
    _shape_only(s, op, 0)
    return None


def _shape_only(s: Simplifier, op: Op, k: int) -> None:
    """Take a shape from as far up as possible, so that nothing is computed for its shape alone."""
    x = op.inputs[k]
    best = x
    while True:
        made = s.made(x)
        if made is None or isinstance(x, Var) and x.name:
            best = x
        if (
            made is None
            or made.primitive in (p.IF, p.WHILE)
            or not isinstance(x.type, ty.Array)
            or x.type.shape is None
        ):
            break
        inputs = [made.inputs[3 + made.outs.index(x)]] if made.primitive is p.FOR else made.inputs  # type: ignore[arg-type]
        source = next((y for y in inputs if isinstance(y.type, ty.Array) and _same_kind(y, x)), None)
        if source is None:
            break
        x = source
    op.inputs[k] = best


def _thin_value(s: Simplifier, op: Op) -> None:
    """A value broadcast on purpose need not be: writing it to a part of an array broadcasts it."""
    made = s.made(op.inputs[1])
    if made is not None and made.primitive.fn is broadcast_like and isinstance(op.outs[0].type, ty.Array):
        op.inputs[1] = made.inputs[0]


@rewrites(p.UPDATE)
def _update(s: Simplifier, op: Op) -> Operand | None:
    """An array that is overwritten as a whole is the new one."""
    path = op.attrs["path"]
    whole = not path or len(path) == 1 and path[0].name == "getitem" and reaches_all(op.inputs[2])
    if whole and _same_kind(op.inputs[1], op.outs[0]):
        return op.inputs[1]
    _thin_value(s, op)
    return None


@rewrites(p.ADD_AT)
def _add_at(s: Simplifier, op: Op) -> Operand | None:
    """Zeroing a part and adding back what it held: nothing."""
    _thin_value(s, op)
    base, value = s.made(op.inputs[0]), s.made(op.inputs[1])
    if base is None or value is None or base.primitive is not p.UPDATE or not _is_number(base.inputs[1], 0.0):
        return None
    where = list(map(operand_key, op.inputs[2:]))
    reads = value.primitive.name in ("getitem", "read") and value.inputs[0] is base.inputs[0]
    if reads and list(map(operand_key, value.inputs[1:])) == where == list(map(operand_key, base.inputs[2:])):
        if base.attrs["path"] == op.attrs["path"]:
            return base.inputs[0]
    return None
