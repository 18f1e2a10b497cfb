"""The lengths of arrays that need not exist, and whether arrays fit each other.

A loop reads beyond an array where lengths are not what they are taken for. What types know to be equal is;
that the program adds two arrays (`Shapes.unify`) is no proof, since it is the addition that becomes a
loop. What is not known is tested when the program runs, and if the test fails, NumPy code runs.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from transad.backend.targets.kinds import (
    is_diagonal,
    is_flip,
    is_gathered,
    is_new_axis,
    is_spread,
    is_transpose,
    is_triangle,
    known_shape,
)
from transad.ir import types as ty
from transad.ir.core import Const, Op, Operand, Var

if TYPE_CHECKING:
    from transad.backend.targets.facts import Facts
    from transad.backend.targets.positions import Cut

_UNEQUAL = "lengths that are taken to be equal are not"


class Extents:
    """Lengths as operands. What writes operations down is in `Elements`."""

    anchors: dict[ty.Symbol, tuple[Var, int]]
    facts: Facts
    virtual: dict[Var, Op]
    emit: Any
    whole: Any
    count: Any
    refuse: Any
    cuts: Any

    def fits(self, x: Operand, onto: list[Operand] | Operand, domain: tuple[ty.Length, ...]) -> bool:
        """Has a value an entry for each point of a domain, which has the lengths of `onto`? Where types do
        not know that lengths are equal, a test of them is written down; what NumPy would do if they are
        not is left to NumPy."""
        shape = known_shape(x.type)
        if shape is None or len(shape) > len(domain):
            return False
        more = len(domain) - len(shape)
        pairs = [(k, n, domain[more + k]) for k, n in enumerate(shape)]
        if any(isinstance(n, int) and isinstance(m, int) and n not in (1, m) for _, n, m in pairs):
            return False
        for k, n, m in pairs:
            if n != 1 and not self.facts.same(n, m):
                other = onto[more + k] if isinstance(onto, list) else self.length(onto, more + k)
                self.refuse_unequal(self.length(x, k), other)
                self.facts.equate(n, m)
        return True

    def refuse_unequal(self, n: Operand, m: Operand) -> None:
        if n is m or isinstance(n, Const) and isinstance(m, Const) and n.value == m.value:
            return
        test = self.emit(operator.ne, [self.count(n), self.count(m)], ty.BOOL)
        self.refuse(test, ValueError, _UNEQUAL)

    def agree(self, op: Op) -> bool:
        """Do the operands of an elementwise operation have entries for each of the result? If that is not
        known, it is tested where the operation stands."""
        domain = known_shape(op.outs[0].type) or ()
        for k, m in enumerate(domain):
            long: tuple[Operand, int, ty.Length] | None = None
            for x in op.inputs:
                shape = known_shape(x.type) or ()
                j = k - (len(domain) - len(shape))
                if j < 0 or shape[j] == 1:
                    continue
                if long is None:
                    long = x, j, shape[j]
                elif not self.facts.same(long[2], shape[j]):
                    if isinstance(long[2], int) and isinstance(shape[j], int):
                        return False
                    self.refuse_unequal(self.length(long[0], long[1]), self.length(x, j))
                    self.facts.equate(long[2], shape[j])
            if long is not None:
                if isinstance(m, int) and isinstance(long[2], int) and m != long[2]:
                    return False
                self.facts.equate(m, long[2])
            elif m != 1:
                return False
        return True

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
        if is_flip(op):
            return self.length(op.inputs[0], axis)
        if is_new_axis(op):
            k = op.inputs[1].value % len(shape)  # type: ignore[union-attr]
            return Const(1) if axis == k else self.length(op.inputs[0], axis - (axis > k))
        if is_spread(op):
            return self.length(op.inputs[1], axis)
        if is_gathered(op) or is_triangle(op) or is_diagonal(op):
            return self.length(op.inputs[0], axis)
        for y in op.inputs:
            own = known_shape(y.type) or ()
            k = axis - (len(shape) - len(own))
            if k >= 0 and self.facts.same(own[k], dim):
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
            if cut is not None and cut.single:
                source += 1
                continue
            if kept == axis:
                if cut is None:
                    return Const(1)
                if cut.length is not None:
                    return cut.length
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
