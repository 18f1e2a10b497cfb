"""What is known of the integers of a list: where they come from, and between which bounds they lie.

Made once for a function, and asked by what turns array statements into loops: an index that surely lies in
its array needs no test, two that surely differ name different entries, and slices with the same bounds
have the same length. Bounds are compared with *lengths as types name them*: `x < n` is told of an axis
with length n.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk

_FAR = 12  # steps that are followed
_NEGATED = {
    operator.lt: operator.ge, operator.ge: operator.lt, operator.le: operator.gt, operator.gt: operator.le,
    operator.eq: operator.ne, operator.ne: operator.eq,
}  # fmt: skip
_MIRRORED = {
    operator.lt: operator.gt, operator.gt: operator.lt, operator.le: operator.ge, operator.ge: operator.le,
    operator.eq: operator.eq, operator.ne: operator.ne,
}  # fmt: skip


class Facts:
    """Definitions, ranges of indices and lengths of slices in a function."""

    def __init__(self, block: Block):
        self.makers: dict[Var, Op] = {v: op for op in walk(block) for v in op.outs}
        self.loops: dict[Var, Op] = {
            op.blocks[0].params[0]: op for op in walk(block) if op.primitive is p.FOR
        }
        self.slices: dict[Any, ty.Length] = {}
        self.equal: dict[ty.Length, ty.Length] = {}  # lengths that were tested to agree
        self.at_least: dict[Var, int] = {}  # on this side of a branch
        self.below: dict[Var, Operand] = {}
        for op in walk(block):
            if op.primitive.fn is operator.getitem and isinstance(op.inputs[0].type, ty.Array):
                self.note_slices(op)

    def note(self, op: Op) -> None:
        """An operation that is new."""
        self.makers.update(dict.fromkeys(op.outs, op))
        if op.primitive is p.FOR:
            self.loops[op.blocks[0].params[0]] = op

    # -- definitions

    def made(self, x: Operand, primitive: Any) -> Op | None:
        """The operation that makes a variable, if it is this one."""
        op = self.makers.get(x) if isinstance(x, Var) else None
        return op if op is not None and op.primitive is primitive else None

    def affine(self, x: Operand) -> tuple[Operand | None, int] | None:
        """An integer as a variable and a constant that is added; None if it is no integer."""
        shift = 0
        for _ in range(_FAR):
            if isinstance(x, Const):
                return (None, shift + x.value) if type(x.value) is int else None
            op = self.makers.get(x)
            if op is None or op.primitive.fn not in (operator.add, operator.sub):
                break
            a, b = op.inputs
            if op.primitive.fn is operator.add and isinstance(a, Const):
                a, b = b, a
            if not isinstance(b, Const) or type(b.value) is not int:
                break
            shift += b.value if op.primitive.fn is operator.add else -b.value
            x = a
        return x, shift

    # -- bounds

    def lower(self, x: Operand, far: int = _FAR) -> int | None:
        """A number that an integer is surely not below."""
        if isinstance(x, Const):
            return x.value if isinstance(x.value, int) else None
        op = self.makers.get(x)
        found: int | None = None
        if far and self.axis(x) is not None:
            found = 0
        elif far and op is not None and len(op.inputs) == 2:
            low = [self.lower(y, far - 1) for y in op.inputs]
            second = op.inputs[1]
            if op.primitive.fn is operator.add and None not in low:
                found = low[0] + low[1]  # type: ignore[operator]
            elif op.primitive.fn is operator.sub and isinstance(second, Const) and low[0] is not None:
                found = low[0] - second.value
            elif op.primitive.fn is max:
                known = [n for n in low if n is not None]
                found = max(known) if known else None
            elif op.primitive.fn is min and None not in low:
                found = min(low)  # type: ignore[type-var]
            elif op.primitive.fn in (operator.mul, operator.floordiv) and None not in low and min(low) >= 0:  # type: ignore[type-var]
                found = 0
        elif far and op is not None and op.primitive.fn in (len, np.size):
            found = 0
        elif far and x in self.loops:
            start, stop, step = self.loops[x].inputs[:3]
            if isinstance(step, Const) and step.value > 0:
                found = self.lower(start, far - 1)
            elif (
                isinstance(step, Const) and step.value < 0 and (last := self.lower(stop, far - 1)) is not None
            ):
                found = last + 1
        dim = x.type.length if isinstance(x.type, ty.Number) else None
        if found is None and dim is not None:
            found = dim if isinstance(dim, int) else dim.offset if dim.offset <= 0 else 0
        assumed = self.at_least.get(x)
        return assumed if found is None else found if assumed is None else max(found, assumed)

    def is_count(self, x: Operand) -> bool:
        """Is an integer surely not negative?"""
        low = self.lower(x)
        return low is not None and low >= 0

    def slack(self, x: Operand, dim: ty.Length, far: int = _FAR) -> int | None:
        """The least known s for which x <= dim + s."""
        if isinstance(x, Const):
            return x.value - (dim if isinstance(dim, int) else 0) if isinstance(x.value, int) else None
        found: list[int] = []
        length = x.type.length if isinstance(x.type, ty.Number) else None
        if length is None:
            length = self.axis(x)
        if length == dim:
            found.append(0)
        elif isinstance(length, ty.Dim) and isinstance(dim, ty.Dim) and length.symbol is dim.symbol:
            if length.offset >= dim.offset:
                found.append(length.offset - dim.offset)
        elif isinstance(length, int) and isinstance(dim, int):
            found.append(length - dim)
        op = self.makers.get(x)
        if (
            far
            and op is not None
            and len(op.inputs) == 2
            and op.primitive.fn in (operator.add, operator.sub, min)
        ):
            a, b = op.inputs
            if op.primitive.fn is min:
                found += [s for y in (a, b) if (s := self.slack(y, dim, far - 1)) is not None]
            elif (
                isinstance(b, Const)
                and isinstance(b.value, int)
                and (s := self.slack(a, dim, far - 1)) is not None
            ):
                found.append(s + b.value if op.primitive.fn is operator.add else s - b.value)
        if far and x in self.loops:
            start, stop, step = self.loops[x].inputs[:3]
            if isinstance(step, Const) and step.value:
                last = stop if step.value > 0 else start
                if (s := self.slack(last, dim, far - 1)) is not None:
                    found.append(s - 1 if step.value > 0 else s)
        if far and x in self.below and (s := self.slack(self.below[x], dim, far - 1)) is not None:
            found.append(s - 1)
        return min(found, default=None)

    # -- lengths

    def find(self, n: ty.Length) -> ty.Length:
        while n in self.equal:
            n = self.equal[n]
        return n

    def same(self, n: ty.Length, m: ty.Length) -> bool:
        """Are two lengths equal, as types have them or as was tested?"""
        return n == m or self.find(n) == self.find(m)

    def equate(self, n: ty.Length, m: ty.Length) -> None:
        n, m = self.find(n), self.find(m)
        if n != m:
            n, m = (n, m) if isinstance(n, ty.Dim) else (m, n)
            self.equal[n] = m

    @contextmanager
    def inside(self, op: Op, side: int) -> Iterator[None]:
        """While a block of an operation is looked at: what is found there does not hold outside."""
        equal = dict(self.equal)
        try:
            with self.side(op, side == 0) if op.primitive is p.IF else nullcontext():
                yield
        finally:
            self.equal = equal

    @contextmanager
    def side(self, op: Op, then: bool) -> Iterator[None]:
        """What the condition of a branch says, for as long as one of its sides is looked at."""
        at_least, below = dict(self.at_least), dict(self.below)
        test = self.makers.get(op.inputs[0]) if isinstance(op.inputs[0], Var) else None
        if test is not None and len(test.inputs) == 2:
            self.assume(test.primitive.fn, *test.inputs, then)
        try:
            yield
        finally:
            self.at_least, self.below = at_least, below

    def assume(self, fn: Any, a: Operand, b: Operand, then: bool) -> None:
        if isinstance(a, Const):
            a, b, fn = b, a, _MIRRORED.get(fn)
        if (
            not isinstance(a, Var)
            or ty.dtype_of(a.type) != ty.INT.dtype
            or ty.dtype_of(b.type) != ty.INT.dtype
        ):
            return
        fn = fn if then else _NEGATED.get(fn)
        low = self.lower(b)
        if fn in (operator.gt, operator.ge, operator.eq) and low is not None:
            self.at_least[a] = max(low + (fn is operator.gt), self.at_least.get(a, low))
        if fn is operator.lt and isinstance(b, Var):
            self.below[a] = b
        if fn is operator.ne and isinstance(b, Const) and self.lower(a) == b.value:
            self.at_least[a] = b.value + 1

    def axis(self, x: Operand) -> ty.Length | None:
        """The length, as types name it, of the axis that an integer was asked from."""
        op = self.makers.get(x) if isinstance(x, Var) else None
        if op is None or not op.inputs:
            return None
        source, k = op.inputs[0], 0
        if op.primitive.fn is operator.getitem and len(op.inputs) == 2 and isinstance(op.inputs[1], Const):
            shape = self.makers.get(source) if isinstance(source, Var) else None
            if shape is None or shape.primitive.fn is not np.shape or type(op.inputs[1].value) is not int:
                return None
            source, k = shape.inputs[0], op.inputs[1].value
        elif op.primitive.fn is not len:
            return None
        dims = source.type.shape if isinstance(source.type, ty.Array) else None
        return dims[k] if dims is not None and -len(dims) <= k < len(dims) else None

    def in_range(self, x: Operand, dim: ty.Length) -> bool:
        """Is an index surely one of an axis, counted from its beginning?"""
        low, high = self.lower(x), self.slack(x, dim)
        return low is not None and low >= 0 and high is not None and high < 0

    # -- slices

    def bounds(self, part: Operand) -> tuple[Operand, Operand, Operand] | None:
        """Start, stop and step of a slice."""
        if isinstance(part, Const) and isinstance(part.value, slice):
            return Const(part.value.start), Const(part.value.stop), Const(part.value.step)
        op = self.made(part, p.SLICE)
        return tuple(op.inputs) if op is not None else None  # type: ignore[return-value]

    def parts(self, index: Operand) -> list[Operand] | None:
        """The parts of an index; None if it is a tuple that is not known in parts."""
        if isinstance(index, Const) and isinstance(index.value, tuple):
            return [Const(part) for part in index.value]
        op = self.made(index, p.TUPLE)
        if op is not None:
            return op.inputs
        return None if isinstance(index.type, ty.Tuple) else [index]

    def slice_key(self, dim: ty.Length, part: Operand) -> Any:
        found = self.bounds(part)
        return None if found is None else (dim, *map(self.bound_key, found))

    def bound_key(self, x: Operand) -> Any:
        if isinstance(x, Const) and x.value is None:
            return None
        return self.affine(x) or x

    def note_slices(self, op: Op) -> None:
        """Remember what the type of a slice says of its length."""
        base, out = op.inputs[0].type, op.outs[0].type
        parts = self.parts(op.inputs[1])
        if parts is None or not isinstance(out, ty.Array) or out.shape is None or base.shape is None:  # type: ignore[attr-defined]
            return
        left, right = list(base.shape), list(out.shape)  # type: ignore[attr-defined]
        for part in parts:
            if (
                isinstance(part, Const)
                and part.value is Ellipsis
                or isinstance(part.type, (ty.Array, ty.List))
            ):
                return
            if isinstance(part, Const) and part.value is None:
                right.pop(0)
                continue
            dim = left.pop(0)
            if isinstance(part.type, ty.Slice):
                key = self.slice_key(dim, part)
                length = right.pop(0)
                if key is not None:
                    self.slices.setdefault(key, length)
