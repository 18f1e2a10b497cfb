"""Arrays entry by entry: where an entry of an array comes from, and how it is computed.

The entry of an elementwise result is the operation on entries of its inputs; that of a slice is an entry of
what was sliced. `Elements` follows such *virtual* arrays, which are never made, down to arrays that exist.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.backend.targets.extents import Extents
from transad.backend.targets.facts import Facts
from transad.backend.targets.kinds import (
    ON_BOOLEANS,
    PICK,
    POWERS,
    SINGLE,
    TRIANGLES,
    flipped_axes,
    is_diagonal,
    is_elementwise,
    is_flip,
    is_gathered,
    is_new_axis,
    is_spread,
    is_transpose,
    is_triangle,
    known_shape,
    zero_of,
)
from transad.backend.targets.positions import (
    At,
    Cut,
    Position,
    aligned,
    is_basic,
    is_bound,
    merged,
    without_ellipsis,
)
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.ir.primitives import IF, RAISE, TUPLE
from transad.rules import registry

Memo = dict[Any, Operand]  # entries already computed, by array and position
_OUTSIDE = "index out of range"


class Elements(Extents):
    """Reads entries. Operations go to `self.ops`; `virtual` names what makes the arrays that do not exist."""

    def __init__(self, anchors: dict[ty.Symbol, tuple[Var, int]], facts: Facts) -> None:
        self.anchors = anchors  # arguments whose axes have the lengths that symbols stand for
        self.facts = facts
        self.virtual: dict[Var, Op] = {}
        self.known_cuts: dict[tuple[Operand, Operand], list[Cut | None] | None] = {}
        self.tested: dict[Any, Operand] = {}  # positions that were found in range
        self.flips: dict[tuple[Op, int], Operand] = {}  # lengths of axes that are reversed
        self.ops: list[Op] = []
        self.like: Op | None = None  # whose line new operations belong to

    # -- operations

    def emit(self, fn: Any, inputs: list[Operand], kind: ty.Type, attrs: dict | None = None) -> Var:
        primitive = fn if not callable(fn) else registry.entry(fn)
        out = Var(None, kind)
        like = self.like
        loc, note = (like.loc, like.note) if like is not None else (None, None)
        self.write_down(Op([out], primitive, inputs, attrs or {}, [], loc, note))
        return out

    def write_down(self, op: Op) -> None:
        self.ops.append(op)
        self.facts.note(op)

    def whole(self, fn: Any, a: Operand, b: int) -> Operand:
        """Integer arithmetic with a constant."""
        if b == (1 if fn in (operator.mul, operator.floordiv) else 0):
            return a
        if isinstance(a, Const):
            return Const(fn(a.value, b))
        root, shift = self.facts.affine(a) or (a, 0)
        if fn is operator.add and shift:
            return Const(shift + b) if root is None else self.whole(operator.add, root, shift + b)
        if fn is operator.add and b < 0:
            fn, b = operator.sub, -b
        return self.emit(fn, [a, Const(b)], ty.INT)

    def index(self, position: Position, loops: list[Operand]) -> Operand:
        """The operand that an array is indexed with."""
        parts = [self.place(at, loops) for at in position]
        if len(parts) == 1:
            return parts[0]
        if all(isinstance(x, Const) and x.origin is None for x in parts):
            return Const(tuple(x.value for x in parts))  # type: ignore[union-attr]
        return self.emit(TUPLE, parts, ty.Tuple(tuple(x.type for x in parts)))

    def place(self, at: At, loops: list[Operand]) -> Operand:
        terms = [*at.bases, *([(loops[at.loop], at.step)] if at.loop is not None else [])]
        terms.sort(key=lambda term: term[1] < 0)
        total: Operand | None = None
        for x, factor in terms:
            scaled = self.whole(operator.mul, x, abs(factor))
            if total is None:
                total = scaled if factor > 0 else self.emit(operator.neg, [scaled], ty.INT)
            else:
                total = self.sum_of(total, scaled, 1 if factor > 0 else -1)
        return Const(at.offset) if total is None else self.whole(operator.add, total, at.offset)

    def sum_of(self, a: Operand, b: Operand, sign: int = 1) -> Operand:
        """Two integers added, or the second taken off."""
        if isinstance(b, Const):
            return self.whole(operator.add, a, sign * b.value)
        if isinstance(a, Const) and sign > 0:
            return self.whole(operator.add, b, a.value)
        return self.emit(operator.add if sign > 0 else operator.sub, [a, b], ty.INT)

    def select(self, test: Operand, then: Operand, orelse: Operand, kind: ty.Type) -> Var:
        out = Var(None, kind)
        sides = [Block([], [], [then]), Block([], [], [orelse])]
        self.write_down(Op([out], IF, [test], {}, sides, self.like.loc, self.like.note))  # type: ignore[union-attr]
        return out

    def refuse(self, test: Operand, error: type, message: str) -> None:
        """Raise if a condition holds."""
        loc = self.like.loc  # type: ignore[union-attr]
        stop = Op([], RAISE, [Const(error), Const(message)], {}, [], loc)
        self.ops.append(Op([], IF, [test], {}, [Block([], [stop], []), Block([], [], [])], loc))

    def count(self, n: Operand) -> Operand:
        """A length that is not negative."""
        if isinstance(n, Const):
            return Const(max(n.value, 0))
        return n if self.facts.is_count(n) else self.emit(max, [n, Const(0)], ty.INT)

    # -- indices

    def cuts(self, base: Operand, index: Operand, sure: bool = False) -> list[Cut | None] | None:
        """How an index cuts an array, axis by axis of the result where it is a slice (None: a new axis);
        None if that is not known well enough. What must be computed or tested for it is written down where
        it is asked for first; `sure`: no position needs a test."""
        key = base, index
        if key not in self.known_cuts:
            self.known_cuts[key] = self.new_cuts(base, index, sure)
        return self.known_cuts[key]

    def new_cuts(self, base: Operand, index: Operand, sure: bool) -> list[Cut | None] | None:
        shape = known_shape(base.type)
        parts = self.facts.parts(index)
        if not shape or parts is None:
            return None
        parts = without_ellipsis(parts, len(shape))
        if parts is None or not all(map(is_basic, parts)):
            return None
        found: list[Cut | None] = []
        axis = 0
        for part in parts:
            if isinstance(part, Const) and part.value is None:
                found.append(None)
                continue
            is_slice = isinstance(part.type, ty.Slice)
            cut = (
                self.slice_cut(base, axis, part, sure)
                if is_slice
                else self.single_cut(base, axis, part, sure)
            )
            if cut is None:
                return None
            found.append(cut)
            axis += 1
        return found + [Cut()] * (len(shape) - axis)

    def single_cut(self, base: Operand, axis: int, part: Operand, sure: bool) -> Cut:
        """One position. Where it is not known to be in range, that is tested."""
        dim = (known_shape(base.type) or ())[axis]
        if not sure and not self.facts.in_range(part, dim):
            key = self.facts.affine(part) or part, dim
            if key not in self.tested:
                self.tested[key] = self.tested_position(part, base, axis)
            part = self.tested[key]
        root, offset = self.facts.affine(part) or (part, 0)
        return Cut(start=offset, begin=root, single=True)

    def tested_position(self, part: Operand, base: Operand, axis: int) -> Operand:
        """A position counted from the beginning, after a test that it is in range."""
        dim = (known_shape(base.type) or ())[axis]
        low, high = self.facts.lower(part), self.facts.slack(part, dim)
        n = self.length(base, axis)
        if isinstance(part, Const):
            least = part.value + 1 if part.value >= 0 else -part.value
            if not (isinstance(n, Const) and n.value >= least):
                self.refuse(self.emit(operator.lt, [n, Const(least)], ty.BOOL), IndexError, _OUTSIDE)
            return part if part.value >= 0 else self.whole(operator.add, n, part.value)
        if high is None or high >= 0:
            self.refuse(self.emit(operator.ge, [part, n], ty.BOOL), IndexError, _OUTSIDE)
        if low is None or low < 0:
            negative = self.emit(operator.lt, [part, Const(0)], ty.BOOL)
            part = self.select(negative, self.sum_of(part, n), part, ty.INT)
            self.refuse(self.emit(operator.lt, [part, Const(0)], ty.BOOL), IndexError, _OUTSIDE)
        return part

    def slice_cut(self, base: Operand, axis: int, part: Operand, sure: bool) -> Cut | None:
        bounds = self.facts.bounds(part)
        if bounds is None:
            return None
        dim = (known_shape(base.type) or ())[axis]
        start, stop, step = (x.value if isinstance(x, Const) else x for x in bounds)
        step = 1 if step is None else step
        if type(step) is not int or not all(map(is_bound, (start, stop))):
            return None
        if step == -1 and start is None and stop is None:
            n = self.length(base, axis)
            known = n.value if isinstance(n, Const) else 0
            return Cut(known - 1, None, -1, None if isinstance(n, Const) else n, n)
        from_end = stop is None or type(stop) is int and stop < 0
        if step > 0 and (start is None or type(start) is int and start >= 0):
            if from_end:
                return Cut(start or 0, stop, step)
            if type(stop) is int and isinstance(dim, int):
                return Cut(start or 0, min(stop, dim), step)
        if step != 1:
            return None
        if sure:
            low, high = bounds[0], bounds[1]
        else:
            n = self.length(base, axis)
            low = Const(0) if start is None else self.clamped(bounds[0], n, dim)
            high = n if stop is None else self.clamped(bounds[1], n, dim)
        length = self.difference(high, low)
        if isinstance(low, Const):
            return Cut(low.value, None, 1, None, length)
        root, offset = self.facts.affine(low) or (low, 0)
        return Cut(offset, None, 1, root, length)

    def clamped(self, x: Operand, n: Operand, dim: ty.Length) -> Operand:
        """A bound of a slice as a number from 0 to n."""
        if isinstance(x, Const) and x.value < 0:
            if isinstance(n, Const):
                return Const(max(n.value + x.value, 0))
            return self.emit(max, [self.whole(operator.add, n, x.value), Const(0)], ty.INT)
        low, high = self.facts.lower(x), self.facts.slack(x, dim)
        if low is None or low < 0:
            negative = self.emit(operator.lt, [x, Const(0)], ty.BOOL)
            moved = self.emit(max, [self.sum_of(n, x), Const(0)], ty.INT)
            x = self.select(negative, moved, x, ty.INT)
        if high is not None and high <= 0:
            return x
        if isinstance(x, Const) and isinstance(n, Const):
            return Const(min(x.value, n.value))
        return self.emit(min, [x, n], ty.INT)

    def difference(self, a: Operand, b: Operand) -> Operand:
        x, y = self.facts.affine(a), self.facts.affine(b)
        if x is not None and y is not None and x[0] is y[0]:
            return Const(max(x[1] - y[1], 0))
        made = self.facts.makers.get(a) if isinstance(a, Var) else None
        if made is not None and made.primitive.fn is operator.add and b in made.inputs:
            return made.inputs[1 if b is made.inputs[0] else 0]
        return self.sum_of(a, b, -1)

    def through(self, cuts: list[Cut | None], position: Position) -> Position:
        """The position in an array of a position in what was cut from it."""
        rest = iter(position)
        found = []
        for cut in cuts:
            if cut is None:
                next(rest)
                continue
            begin = () if cut.begin is None else ((cut.begin, 1),)
            if cut.single:
                found.append(At(None, 1, cut.start, begin))
                continue
            at = next(rest)
            bases = [*begin, *((x, factor * cut.step) for x, factor in at.bases)]
            found.append(At(at.loop, at.step * cut.step, cut.start + cut.step * at.offset, merged(bases)))
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
        if is_flip(op):
            axes = flipped_axes(op)
            cuts = [self.flip_cut(op, k) if k in axes else Cut() for k in range(len(position))]
            return [(op.inputs[0], self.through(cuts, position))]  # type: ignore[arg-type]
        if op.primitive is PICK:
            return [(op.inputs[0], aligned(op.inputs[0].type, tuple(position[k] for k in op.attrs["axes"])))]
        if is_diagonal(op):
            return [(op.inputs[0], position * 2)]
        if is_new_axis(op):
            k = op.inputs[1].value % len(position)  # type: ignore[union-attr]
            return [(op.inputs[0], position[:k] + position[k + 1 :])]
        if is_spread(op):
            return [(op.inputs[0], aligned(op.inputs[0].type, position))]
        if is_gathered(op) or is_triangle(op):
            return [(op.inputs[0], position)]
        return [(x, aligned(x.type, position)) for x in op.inputs]

    def flip_cut(self, op: Op, axis: int) -> Cut:
        if (op, axis) not in self.flips:
            self.flips[op, axis] = self.length(op.inputs[0], axis)
        n = self.flips[op, axis]
        return Cut(n.value - 1, None, -1) if isinstance(n, Const) else Cut(-1, None, -1, n)

    def entry(self, x: Operand, position: Position, loops: list[Operand], memo: Memo) -> Operand:
        """An entry as an operand; numbers are what they are. `memo` holds those already computed."""
        if not isinstance(x, Var) or known_shape(x.type) == ():
            return x
        key = x, position
        if key not in memo:
            inner, self.ops = self.ops, self.level(x, position)
            memo[key] = self.new_entry(x, position, loops, memo)
            self.ops = inner
        return memo[key]

    def level(self, x: Var, position: Position) -> list[Op]:
        """Where in a nest an entry is computed: outside of the loops that it does not depend on."""
        return self.ops

    def new_entry(self, x: Var, position: Position, loops: list[Operand], memo: Memo) -> Operand:
        kind = ty.Number(ty.dtype_of(x.type), weak=False)
        op = self.virtual.get(x)
        if op is None:
            return self.emit(operator.getitem, [x, self.index(position, loops)], kind, {"in_range": True})
        given = [self.entry(y, inner, loops, memo) for y, inner in self.sources(op, position)]
        if is_triangle(op):
            row, column = (self.place(at, loops) for at in position)
            moved = self.whole(operator.add, row, op.inputs[1].value if len(op.inputs) > 1 else 0)  # type: ignore[union-attr]
            inside = self.emit(TRIANGLES[op.primitive.fn], [column, moved], ty.BOOL)
            return self.select(inside, given[0], zero_of(kind.dtype), kind)  # type: ignore[union-attr]
        if not is_elementwise(op):
            return given[0]
        whole = op.primitive.fn in POWERS and isinstance(given[1], Const) and type(given[1].value) is int
        outer, self.like = self.like, op
        try:
            if whole and kind.dtype in SINGLE:  # numba takes the exponent for another type
                power = self.emit(op.primitive.fn, given, kind)
                return self.emit(kind.dtype.type, [power], kind)  # type: ignore[union-attr]
            if op.primitive.fn is np.where:
                return self.select(given[0], given[1], given[2], kind)
            return self.emit(ON_BOOLEANS.get(op.primitive.fn, op.primitive.fn), given, kind)
        finally:
            self.like = outer
