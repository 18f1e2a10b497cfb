"""Arrays entry by entry: where an entry of an array comes from, and how it is computed.

The entry of an elementwise result is the operation on entries of its inputs; that of a slice is an entry of
what was sliced. `Elements` follows such *virtual* arrays, which are never made, down to arrays that exist.
Positions are affine in the indices of a loop nest: `At(0, 2, 1)` is 2 * i + 1.

A loop reads beyond an array where lengths are not what they are taken for, so they are compared as types have
them. That two lengths must be equal because the program adds the arrays (`Shapes.unify`) does not count: what
would have raised if they are not is what becomes a loop.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from transad.analysis.indexing import split_index
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.ir.primitives import IF, TUPLE
from transad.rules import registry
from transad.runtime import broadcast_like

_OPERATORS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg, operator.pos,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.and_, operator.or_,
    operator.abs, abs,
}  # fmt: skip
_ON_BOOLEANS = {operator.invert: operator.not_, np.logical_not: operator.not_}
DTYPES = {np.dtype(t) for t in (np.float64, np.complex128, np.int64, np.bool_)}


@dataclass(frozen=True)
class At:
    """A position along one axis: of loop number `loop`, or a fixed one."""

    loop: int | None
    step: int = 1
    offset: int = 0
    fixed: Operand | None = None

    @property
    def key(self) -> Any:
        fixed = self.fixed.value if isinstance(self.fixed, Const) else self.fixed
        return self.loop, self.step, self.offset, fixed


Position = tuple[At, ...]
Memo = dict[Any, Operand]  # entries already computed, by array and position


def key_of(position: Position) -> tuple[Any, ...]:
    return tuple(at.key for at in position)


@dataclass(frozen=True)
class Cut:
    """One axis of an array that is sliced: a slice with known bounds, or one position."""

    start: int = 0
    stop: int | None = None
    step: int = 1
    fixed: Operand | None = None


def known_shape(t: ty.Type) -> tuple[ty.Length, ...] | None:
    """The shape of an array of a dtype that loops are made for; that of a number is ()."""
    if isinstance(t, ty.Number) and t.dtype is not None:
        return ()
    return t.shape if isinstance(t, ty.Array) and t.dtype in DTYPES else None


def is_elementwise(op: Op) -> bool:
    """Is an operation done on the entries one by one, as Python does it on numbers?"""
    fn = op.primitive.fn
    if len(op.outs) != 1 or op.blocks or op.attrs.get("keywords") or "opaque" in op.attrs:
        return False
    plain = fn in _OPERATORS or fn in _ON_BOOLEANS or fn is np.where and len(op.inputs) == 3
    ufunc = isinstance(fn, np.ufunc) and fn.nout == 1 and fn.signature is None and len(op.inputs) == fn.nin
    if not plain and not ufunc or not known_shape(op.outs[0].type):
        return False
    if fn is operator.invert and ty.dtype_of(op.outs[0].type).kind != "b":
        return False
    return all(fits(x.type, known_shape(op.outs[0].type) or ()) for x in op.inputs)


def fits(kind: ty.Type, domain: tuple[ty.Length, ...]) -> bool:
    """Has a value an entry for each point of a domain, for certain? What NumPy would only find out when the
    program runs (lengths that must be equal, axes that may have length 1) is left to array statements."""
    shape = known_shape(kind)
    if shape is None or len(shape) > len(domain):
        return False
    return all(n == 1 or n == m for n, m in zip(shape, domain[len(domain) - len(shape) :]))


def is_fill(op: Op) -> bool:
    """Is it an array of equal entries that need not exist?"""
    return (
        op.primitive.fn is broadcast_like
        and known_shape(op.inputs[0].type) == ()
        and bool(known_shape(op.outs[0].type))
    )


def is_new_axis(op: Op) -> bool:
    """Is it `np.expand_dims` with one known axis?"""
    plain = op.primitive.fn is np.expand_dims and isinstance(op.inputs[1], Const)
    return plain and type(op.inputs[1].value) is int and bool(known_shape(op.inputs[0].type))


def is_transpose(op: Op) -> bool:
    return op.primitive.fn is np.transpose and len(op.inputs) == 1 and bool(known_shape(op.inputs[0].type))


class Elements:
    """Reads entries. Operations go to `self.ops`; `virtual` names what makes the arrays that do not exist."""

    def __init__(self, anchors: dict[ty.Symbol, tuple[Var, int]]) -> None:
        self.anchors = anchors  # arguments whose axes have the lengths that symbols stand for
        self.virtual: dict[Var, Op] = {}
        self.tuples: dict[Var, Op] = {}  # what makes the indices that are tuples
        self.ops: list[Op] = []
        self.like: Op | None = None  # whose line new operations belong to

    # -- operations

    def emit(self, fn: Any, inputs: list[Operand], kind: ty.Type, attrs: dict | None = None) -> Var:
        primitive = fn if not callable(fn) else registry.entry(fn)
        out = Var(None, kind)
        like = self.like
        loc, note = (like.loc, like.note) if like is not None else (None, None)
        self.ops.append(Op([out], primitive, inputs, attrs or {}, [], loc, note))
        return out

    def whole(self, fn: Any, a: Operand, b: int) -> Operand:
        """Integer arithmetic with a constant."""
        if b == (1 if fn in (operator.mul, operator.floordiv) else 0):
            return a
        if isinstance(a, Const):
            return Const(fn(a.value, b))
        made = next((op for op in reversed(self.ops) if a in op.outs), None)
        if fn is operator.add and made is not None and made.primitive.fn in (operator.add, operator.sub):
            first, second = made.inputs
            if isinstance(second, Const):
                moved = second.value if made.primitive.fn is operator.add else -second.value
                return self.whole(operator.add, first, moved + b)
        if fn is operator.add and b < 0:
            fn, b = operator.sub, -b
        return self.emit(fn, [a, Const(b)], ty.INT)

    def index(self, position: Position, loops: list[Operand]) -> Operand:
        """The operand that an array is indexed with."""
        parts: list[Operand] = []
        for at in position:
            if at.loop is None:
                parts.append(at.fixed if at.fixed is not None else Const(at.offset))
            else:
                scaled = self.whole(operator.mul, loops[at.loop], at.step)
                parts.append(self.whole(operator.add, scaled, at.offset))
        if len(parts) == 1:
            return parts[0]
        if all(isinstance(x, Const) and x.origin is None for x in parts):
            return Const(tuple(x.value for x in parts))  # type: ignore[union-attr]
        return self.emit(TUPLE, parts, ty.Tuple(tuple(x.type for x in parts)))

    # -- indices

    def cuts(self, base: Operand, index: Operand) -> list[Cut | None] | None:
        """How an index cuts an array, axis by axis of the result where it is a slice (None: a new axis);
        None if that is not known well enough."""
        shape = known_shape(base.type)
        if not shape:
            return None
        made = self.tuples.get(index) if isinstance(index, Var) else None
        parts = made.inputs if made is not None else split_index(index)
        if made is None and isinstance(index.type, ty.Tuple) and isinstance(index, Var):
            return None
        parts = _without_ellipsis(parts, len(shape))
        if parts is None:
            return None
        found: list[Cut | None] = []
        axis = 0
        for part in parts:
            if isinstance(part, Const) and part.value is None:
                found.append(None)
                continue
            cut = _cut(part, shape[axis])
            if cut is None:
                return None
            found.append(cut)
            axis += 1
        return found + [Cut()] * (len(shape) - axis)

    def through(self, cuts: list[Cut | None], position: Position) -> Position:
        """The position in an array of a position in what was cut from it."""
        rest = iter(position)
        found = []
        for cut in cuts:
            if cut is None:
                next(rest)
            elif cut.fixed is not None:
                found.append(At(None, fixed=cut.fixed))
            else:
                at = next(rest)
                if at.loop is None:
                    fixed = at.offset if at.fixed is None else getattr(at.fixed, "value", None)
                    if not isinstance(fixed, int):
                        return ()
                    found.append(At(None, fixed=Const(cut.start + cut.step * fixed)))
                else:
                    found.append(At(at.loop, at.step * cut.step, cut.start + cut.step * at.offset))
        return tuple(found)

    # -- entries

    def reads(self, x: Operand, position: Position, found: list[tuple[Var, Position]]) -> None:
        """The arrays that exist, and where in them, that an entry is computed from."""
        if not isinstance(x, Var) or known_shape(x.type) == ():
            return
        op = self.virtual.get(x)
        if op is None:
            found.append((x, position))
        else:
            for y, inner in self.sources(op, position):
                self.reads(y, inner, found)

    def sources(self, op: Op, position: Position) -> list[tuple[Operand, Position]]:
        """The inputs of a virtual array's operation, and which of their entries one entry needs."""
        if op.primitive.fn is operator.getitem:
            cuts = self.cuts(op.inputs[0], op.inputs[1])
            return [(op.inputs[0], self.through(cuts, position))]  # type: ignore[arg-type]
        if is_transpose(op):
            return [(op.inputs[0], position[::-1])]
        if is_new_axis(op):
            k = op.inputs[1].value % len(position)  # type: ignore[union-attr]
            return [(op.inputs[0], position[:k] + position[k + 1 :])]
        if is_fill(op):
            return [(op.inputs[0], ())]
        return [(x, aligned(x.type, position)) for x in op.inputs]

    def entry(self, x: Operand, position: Position, loops: list[Operand], memo: Memo) -> Operand:
        """An entry as an operand; numbers are what they are. `memo` holds those already computed."""
        if not isinstance(x, Var) or known_shape(x.type) == ():
            return x
        key = x, key_of(position)
        if key not in memo:
            memo[key] = self.new_entry(x, position, loops, memo)
        return memo[key]

    def new_entry(self, x: Var, position: Position, loops: list[Operand], memo: Memo) -> Operand:
        kind = ty.Number(ty.dtype_of(x.type), weak=False)
        op = self.virtual.get(x)
        if op is None:
            attrs = {"in_range": True} if is_in_range(position) else {}
            return self.emit(operator.getitem, [x, self.index(position, loops)], kind, attrs)
        given = [self.entry(y, inner, loops, memo) for y, inner in self.sources(op, position)]
        if not is_elementwise(op):
            return given[0]
        outer, self.like = self.like, op
        try:
            if op.primitive.fn is np.where:
                out = Var(None, kind)
                sides = [Block([], [], [side]) for side in given[1:]]
                self.ops.append(Op([out], IF, given[:1], {}, sides, op.loc, op.note))
                return out
            return self.emit(_ON_BOOLEANS.get(op.primitive.fn, op.primitive.fn), given, kind)
        finally:
            self.like = outer

    # -- lengths

    def length(self, x: Operand, axis: int) -> Operand:
        """The length of an axis, as an operand."""
        x = self.of_same_shape(x)
        shape = known_shape(x.type)
        assert shape
        dim = shape[axis]
        if isinstance(dim, int):
            return Const(dim)
        if dim.symbol in self.anchors:  # an argument tells, which nobody takes away
            anchor, k = self.anchors[dim.symbol]
            return self.whole(operator.add, self.axis_of(anchor, k), dim.offset)
        op = self.virtual.get(x)  # type: ignore[call-overload]
        if op is None:
            return self.axis_of(x, axis)
        if op.primitive.fn is operator.getitem:
            return self.cut_length(op.inputs[0], self.cuts(op.inputs[0], op.inputs[1]), axis)  # type: ignore[arg-type]
        if is_transpose(op):
            return self.length(op.inputs[0], len(shape) - 1 - axis)
        if is_new_axis(op):
            k = op.inputs[1].value % len(shape)  # type: ignore[union-attr]
            return Const(1) if axis == k else self.length(op.inputs[0], axis - (axis > k))
        if is_fill(op):
            return self.length(op.inputs[1], axis)
        for y in op.inputs:
            own = known_shape(y.type) or ()
            k = axis - (len(shape) - len(own))
            if k >= 0 and own[k] == dim:
                return self.length(y, k)
        raise KeyError("an axis whose length no operand has")

    def axis_of(self, x: Operand, axis: int) -> Operand:
        """The length of an axis of an array that exists."""
        axes = len(known_shape(x.type) or ())
        if axes == 1:
            return self.emit(len, [x], ty.INT)
        whole = self.emit(np.shape, [x], ty.Tuple((ty.INT,) * axes))
        return self.emit(operator.getitem, [whole, Const(axis)], ty.INT)

    def of_same_shape(self, x: Operand) -> Operand:
        """An array of the same shape that exists already."""
        return x

    def cut_length(self, base: Operand, cuts: list[Cut | None], axis: int) -> Operand:
        """The length of an axis of what is cut from an array. (Negative for one that is too short.)"""
        source = kept = 0
        for cut in cuts:
            if cut is not None and cut.fixed is not None:
                source += 1
                continue
            if kept == axis:
                if cut is None:
                    return Const(1)
                dim = (known_shape(base.type) or ())[source]
                if isinstance(dim, ty.Dim) and dim.symbol in self.anchors and (cut.stop or 0) <= 0:
                    anchor, k = self.anchors[dim.symbol]
                    end = dim.offset + (cut.stop or 0) - cut.start + cut.step - 1
                    n = self.whole(operator.add, self.axis_of(anchor, k), end)
                    return self.whole(operator.floordiv, n, cut.step)
                whole, end = self.length(base, source), cut.stop or 0
                if cut.stop is not None and cut.stop >= 0:
                    whole, end = Const(0), cut.stop
                n = self.whole(operator.add, whole, end - cut.start + cut.step - 1)
                return self.whole(operator.floordiv, n, cut.step)
            kept += 1
            source += cut is not None
        raise KeyError("an axis that is not there")


def is_in_range(position: Position) -> bool:
    """Is a position surely one in the array? (Those that the program names may not be.)"""
    return all(at.fixed is None for at in position)


def aligned(kind: ty.Type, position: Position) -> Position:
    """The position in an operand that is broadcast to where `position` is one."""
    shape = known_shape(kind) or ()
    last = position[len(position) - len(shape) :]
    return tuple(At(None) if n == 1 and at.loop is not None else at for n, at in zip(shape, last))


def _without_ellipsis(parts: list[Operand], axes: int) -> list[Operand] | None:
    places = [k for k, x in enumerate(parts) if isinstance(x, Const) and x.value is Ellipsis]
    if not places:
        return parts
    if len(places) > 1:
        return None
    k = places[0]
    used = sum(1 for x in parts if not (isinstance(x, Const) and (x.value is None or x.value is Ellipsis)))
    return [*parts[:k], *[Const(slice(None))] * (axes - used), *parts[k + 1 :]]


def _cut(part: Operand, length: ty.Length) -> Cut | None:
    if isinstance(part, Const):
        value = part.value
        if isinstance(value, slice):
            start, stop, step = value.start or 0, value.stop, value.step or 1
            if not all(isinstance(b, int) for b in (start, stop or 0, step)) or start < 0 or step < 1:
                return None
            if stop is not None and stop >= 0:  # it may lie beyond the end
                if not isinstance(length, int):
                    return None
                stop = min(stop, length)
            return Cut(start, stop, step)
        return Cut(fixed=part) if type(value) is int else None
    whole = isinstance(part.type, ty.Number) and part.type.dtype is not None and part.type.dtype.kind == "i"
    return Cut(fixed=part) if whole else None
