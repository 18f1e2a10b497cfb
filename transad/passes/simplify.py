"""Exact simplification and common subexpressions, in one walk from top to bottom.

Each operation is first looked at by the rewrites for its primitive, which may name an operand that has
the same value; then it is looked up among the operations already done in this block and those around
it. All rewrites are exact: no NaN, infinity or rounding changes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.analysis.activity import carried
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.builder import fold
from transad.ir.core import Block, Const, Op, Operand, Primitive, Var, Zero, has_effect
from transad.rules import registry
from transad.runtime import broadcast_like, unbroadcast, zeros_like

# Each gives a new object that may be written to later, or depends on what was done before.
_NOT_SHARED = {
    np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.zeros, np.ones, np.empty, np.full, np.copy,
    np.array, zeros_like,
}  # fmt: skip
_UNIQUE = {
    p.NEW_TAPE,
    p.PUSH,
    p.POP,
    p.APPEND,
    p.LIST,
    p.DICT,
    p.PRINT,
    p.RAISE,
    p.ADD_AT,
    p.UPDATE,
    p.RESTORE,
}
_SHAPE_ONLY = {np.shape, np.ndim, np.size, len, np.zeros_like, np.ones_like, np.empty_like}

Rewrite = Callable[["Simplifier", Op], "Operand | None"]
REWRITES: dict[Any, Rewrite] = {}


def simplify(block: Block) -> None:
    """Simplify a block in place."""
    Simplifier().block(block, {})


def merge_equal(block: Block) -> None:
    """Let what reads a value that was computed before read the earlier one; nothing is removed."""
    _Merger().block(block, {})


class Simplifier:
    def __init__(self) -> None:
        self.definitions: dict[Var, Op] = {}
        self.same: dict[Var, Operand] = {}
        self.zero: dict[Var, bool] = {}
        self.ops: list[Op] = []

    def block(self, block: Block, known: dict[Any, Op]) -> None:
        outer, self.ops = self.ops, []
        known = dict(known) if known else {}
        for op in block.ops:
            op.inputs = [self.resolve(x) for x in op.inputs]
            if op.blocks:
                self.structured(op, known)
            else:
                self.simple(op, known)
        block.ops = self.ops
        block.results = [self.resolve(x) for x in block.results]
        self.ops = outer

    def resolve(self, x: Operand) -> Operand:
        while isinstance(x, Var) and x in self.same:
            x = self.same[x]
        return x

    def keep(self, op: Op) -> None:
        self.ops.append(op)
        for v in op.outs:
            self.definitions[v] = op

    def simple(self, op: Op, known: dict[Any, Op]) -> None:
        if len(op.outs) == 1:
            replaced = self.rewritten(op)
            if replaced is not None:
                self.same[op.outs[0]] = replaced
                if isinstance(replaced, Var) and replaced.name is None:
                    replaced.name = op.outs[0].name
                return
        key = self.key(op)
        if key is not None:
            earlier = known.get(key)
            if earlier is not None:
                for v, w in zip(op.outs, earlier.outs):
                    self.same[v] = w
                    if w.name is None:
                        w.name = v.name
                return
            known[key] = op
        self.keep(op)

    def rewritten(self, op: Op) -> Operand | None:
        folded = fold(op.primitive, op.inputs)
        if folded is not None:
            return folded
        rewrite = REWRITES.get(op.primitive.fn) if op.primitive.fn is not None else REWRITES.get(op.primitive)
        return rewrite(self, op) if rewrite is not None else None

    def made(self, x: Operand) -> Op | None:
        return self.definitions.get(x) if isinstance(x, Var) else None

    def vanishes(self, x: Operand) -> bool:
        """Is a value zero because a tangent is: the product of one, or part of it?"""
        if not isinstance(x, Var):
            return isinstance(x, Zero)
        if x not in self.zero:
            made = self.made(x)
            self.zero[x] = made is not None and (bool(made.attrs.get("zero")) or self.is_linear_in_zero(made))
        return self.zero[x]

    def is_linear_in_zero(self, op: Op) -> bool:
        if op.primitive.fn in (operator.mul, operator.neg, operator.truediv):
            return any(map(self.vanishes, op.inputs[: 1 if op.primitive.fn is operator.truediv else 2]))
        if op.primitive.fn in (operator.add, operator.sub) or op.primitive in (p.TUPLE, p.LIST):
            return all(map(self.vanishes, op.inputs))
        spec = op.primitive.rules.get("linear")
        if spec is None:
            return False
        names = [param.name for param in op.primitive.params]
        parts = [op.inputs[names.index(name)] for name in spec.wrt]
        return (any if spec.each else all)(map(self.vanishes, parts))

    def new(self, like: Op, fn: Any, inputs: list[Operand], kind: ty.Type | None = None) -> Var:
        """An operation to be used by a rewrite."""
        primitive = fn if isinstance(fn, Primitive) else registry.entry(fn)
        out = Var(None, like.outs[0].type if kind is None else kind)
        self.keep(Op([out], primitive, inputs, {}, [], like.loc, like.note))
        return out

    def key(self, op: Op) -> Any:
        primitive = op.primitive
        if has_effect(op) or primitive in _UNIQUE or primitive.fn in _NOT_SHARED or "opaque" in op.attrs:
            return None
        attrs = {k: v for k, v in op.attrs.items() if k not in ("accumulate", "zero")}
        return (primitive, tuple(map(_operand_key, op.inputs)), repr(attrs) if attrs else "")

    # -- branches and loops

    def structured(self, op: Op, known: dict[Any, Op]) -> None:
        if op.primitive is p.IF and isinstance(op.inputs[0], Const) and op.inputs[0].origin is None:
            block = op.blocks[0 if op.inputs[0].value else 1]
            for inner in block.ops:
                inner.inputs = [self.resolve(x) for x in inner.inputs]
                if inner.blocks:
                    self.structured(inner, known)
                else:
                    self.simple(inner, known)
            self.same.update(zip(op.outs, (self.resolve(x) for x in block.results)))
            return
        if op.primitive is p.FOR:
            self.drop_invariant(op)
        for block in op.blocks:
            self.block(block, known)
        if op.primitive is p.IF:
            self.drop_equal(op)
        self.keep(op)

    def drop_invariant(self, op: Op) -> None:
        """A carried value that the body leaves alone is the one on entry."""
        body, first = op.blocks[0], 1 if op.attrs.get("breaks") else 0
        keep = []
        for init, param, end, out in carried(op):
            same = self.resolve(end) is param
            keep.append(not same)
            if same:
                self.same[param] = init
                self.same[out] = init
        if not all(keep):
            op.inputs = op.inputs[:3] + [x for x, k in zip(op.inputs[3:], keep) if k]
            body.params = body.params[:1] + [x for x, k in zip(body.params[1:], keep) if k]
            body.results = body.results[:first] + [x for x, k in zip(body.results[first:], keep) if k]
            op.outs = [x for x, k in zip(op.outs, keep) if k]

    def drop_equal(self, op: Op) -> None:
        """A branch that gives the same on both sides."""
        then, orelse = op.blocks
        keep = []
        for a, b, out in zip(then.results, orelse.results, op.outs):
            same = (
                a is b or isinstance(a, Const) and isinstance(b, Const) and _operand_key(a) == _operand_key(b)
            )
            keep.append(not same)
            if same:
                self.same[out] = a
        op.outs = [x for x, k in zip(op.outs, keep) if k]
        for block in op.blocks:
            block.results = [x for x, k in zip(block.results, keep) if k]


class _Merger(Simplifier):
    """Only looks for equal operations. All stay: a value may be known elsewhere by its variable."""

    def simple(self, op: Op, known: dict[Any, Op]) -> None:
        self.ops.append(op)
        key = self.key(op)
        earlier = None if key is None else known.setdefault(key, op)
        if earlier is not None and earlier is not op:
            self.same.update(zip(op.outs, earlier.outs))

    def structured(self, op: Op, known: dict[Any, Op]) -> None:
        self.ops.append(op)
        for block in op.blocks:
            self.block(block, known)


def _operand_key(x: Operand) -> Any:
    if isinstance(x, Var):
        return x
    value = x.value
    if isinstance(value, (int, float, complex, str, bool, type(None))):
        return (type(value), repr(value))
    if isinstance(value, (tuple, slice)):
        return (type(value), repr(value))
    return id(value)


# ---- rewrites ------------------------------------------------------------------------------------


def rewrites(*fns: Any) -> Callable[[Rewrite], Rewrite]:
    def decorate(rewrite: Rewrite) -> Rewrite:
        for fn in fns:
            REWRITES[fn] = rewrite
        return rewrite

    return decorate


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
        made = s.made(x)
        if made is not None and made.primitive.fn is broadcast_like and len(op.inputs) == 2:
            if covers(op.inputs[1 - k], op.outs[0]):
                op.inputs[k] = made.inputs[0]


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
        if _is_power_of_two(x):
            factor = _scaled(s, op, x.value, y)  # type: ignore[union-attr]
            if factor is not None:
                return factor
        negated = s.made(x)
        if negated is not None and negated.primitive.fn is operator.neg:
            inner = s.new(op, operator.mul, [negated.inputs[0], y] if x is a else [y, negated.inputs[0]])
            return s.new(op, operator.neg, [inner])
    return None


def _is_power_of_two(x: Operand) -> bool:
    """A literal by which multiplying is exact."""
    plain = isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value != 0
    return plain and math.frexp(abs(x.value))[0] == 0.5  # type: ignore[union-attr]


def _scaled(s: Simplifier, op: Op, c: float, x: Operand) -> Operand | None:
    """A power of two times a product or quotient of a number and something: taken with the number."""
    made = s.made(x)
    if made is None or made.primitive.fn not in (operator.mul, operator.truediv) or x.name is not None:  # type: ignore[union-attr]
        return None
    left, right = made.inputs
    if isinstance(left, Const) and left.origin is None and type(left.value) is float:
        first: Operand = Const(c * left.value)
        if c * left.value == 1.0 and made.primitive.fn is operator.mul and _same_kind(right, made.outs[0]):
            return right
    elif ty.rank(left.type) == 0 and made.primitive.fn is operator.mul and ty.rank(right.type) != 0:
        inner = _scaled(s, op, c, left)
        first = s.new(op, operator.mul, [Const(c), left], left.type) if inner is None else inner
    else:
        return None
    return s.new(op, made.primitive, [first, right])


@rewrites(operator.truediv)
def _truediv(s: Simplifier, op: Op) -> Operand | None:
    _thin(s, op)
    negated = s.made(op.inputs[0])
    if negated is not None and negated.primitive.fn is operator.neg:
        return s.new(op, operator.neg, [s.new(op, operator.truediv, [negated.inputs[0], op.inputs[1]])])
    return None


@rewrites(np.where)
def _where(s: Simplifier, op: Op) -> Operand | None:
    """Values broadcast on purpose need not be: the condition broadcasts them."""
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


def is_none(x: Operand) -> bool:
    return isinstance(x, Const) and x.value is None


@rewrites(broadcast_like)
def _broadcast_like(s: Simplifier, op: Op) -> Operand | None:
    _shape_only(s, op, 1)
    g, x = op.inputs
    same = ty.rank(g.type) is not None and ty.rank(x.type) is not None and shapes.same_shape(g.type, x.type)
    return g if same else None


@rewrites(unbroadcast)
def _unbroadcast(s: Simplifier, op: Op) -> Operand | None:
    _shape_only(s, op, 1)
    g, x = op.inputs
    same = ty.rank(g.type) is not None and ty.rank(x.type) is not None and shapes.same_shape(g.type, x.type)
    return g if same else None


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
    if (
        made.primitive in (p.TUPLE, p.LIST)
        and type(key.value) is int
        and -len(made.inputs) <= key.value < len(made.inputs)
    ):
        return made.inputs[key.value]
    if made.primitive is p.DICT and key.value in made.attrs["keys"]:
        return made.inputs[list(made.attrs["keys"]).index(key.value)]
    return None


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
    whole = not path or len(path) == 1 and path[0].name == "getitem" and _is_everything(op.inputs[2])
    if whole and _same_kind(op.inputs[1], op.outs[0]):
        return op.inputs[1]
    _thin_value(s, op)
    return None


def _is_everything(x: Operand) -> bool:
    if not isinstance(x, Const):
        return False
    return x.value is Ellipsis or isinstance(x.value, slice) and x.value == slice(None)


@rewrites(p.ADD_AT)
def _add_at(s: Simplifier, op: Op) -> Operand | None:
    """Zeroing a part and adding back what it held: nothing."""
    _thin_value(s, op)
    base, value = s.made(op.inputs[0]), s.made(op.inputs[1])
    if base is None or value is None or base.primitive is not p.UPDATE or not _is_number(base.inputs[1], 0.0):
        return None
    where = list(map(_operand_key, op.inputs[2:]))
    reads = value.primitive.name in ("getitem", "read") and value.inputs[0] is base.inputs[0]
    if reads and list(map(_operand_key, value.inputs[1:])) == where == list(
        map(_operand_key, base.inputs[2:])
    ):
        if base.attrs["path"] == op.attrs["path"]:
            return base.inputs[0]
    return None
