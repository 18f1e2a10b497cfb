"""Appends operations to the block under construction.

The builder keeps the one fact both the front end and the transforms need about variables: which
operation defines them. It also folds operations on known values as they come, since whole
branches of rules hang on them; only what is exact and has no rounding is folded.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from transad.ir.core import Block, Const, Location, Op, Operand, Primitive, Var
from transad.ir.types import UNKNOWN, Number, Type

_INTEGER = {operator.add, operator.sub, operator.mul, operator.floordiv}
_STATIC = (int, bool, str, tuple, type(None), slice, type, type(Ellipsis), frozenset)


class Builder:
    def __init__(self) -> None:
        self.block = Block()
        self.definitions: dict[Var, Op] = {}
        self.given: set[Var] = set()  # the arguments of the function that is compiled
        self.reads: dict[Operand, int] = {}  # how often a variable is read so far
        self.integers: dict[Hashable, Var] = {}
        self.loc: Location | None = None
        self.note: str | None = None

    @contextmanager
    def into(self, block: Block) -> Iterator[Block]:
        """Append to another block for a while."""
        outer, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = outer

    def emit(
        self,
        primitive: Primitive,
        inputs: list[Operand],
        type: Type = UNKNOWN,
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        loc: Location | None = None,
    ) -> Var:
        """Append an operation with one result."""
        out = Var(name, type)
        self.append(Op([out], primitive, inputs, attrs or {}, [], loc or self.loc))
        return out

    def append(self, op: Op) -> Op:
        if op.loc is None:
            op.loc = self.loc
        if op.note is None:
            op.note = self.note
        self.block.ops.append(op)
        for v in op.outs:
            self.definitions[v] = op
        for x in op.inputs:
            self.reads[x] = self.reads.get(x, 0) + 1
        return op

    def definition(self, x: Operand) -> Op | None:
        return self.definitions.get(x) if isinstance(x, Var) else None

    def integer(self, x: Operand) -> Operand:
        """The variable that stands for all integers computed in the same way, as the two `i + 1` are in
        `a[: i + 1] = b[: i + 1]`: a name for lengths to depend on, not a value that is at hand."""
        made = self.definition(x)
        if made is None or made.primitive.fn not in _INTEGER or not _is_integer(x.type):
            return x
        inputs = [self.integer(y) for y in made.inputs]
        known = (y.value if isinstance(y, Const) and type(y.value) is int else y for y in inputs)
        return self.integers.setdefault((made.primitive.fn, *known), made.outs[0])


def _is_integer(t: Type) -> bool:
    return isinstance(t, Number) and t.dtype is not None and t.dtype.kind in "iu"


def is_static(x: Operand) -> bool:
    """A value that may be folded: exact, immutable, and not a number that rounds."""
    return isinstance(x, Const) and x.origin is None and _is_static_value(x.value)


def _is_static_value(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_static_value, value))
    return isinstance(value, _STATIC) or value is NotImplemented


FOLDABLE = {
    operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.neg, operator.pos,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_,
    operator.getitem, operator.and_, operator.or_, operator.xor, operator.invert, operator.abs,
    operator.index, len, min, max, abs, int, bool, tuple, range, isinstance, slice, sorted, sum, type,
    operator.contains, operator.lshift, operator.rshift, divmod, round, pow,
    math.comb, math.factorial, math.gcd, math.isqrt, math.lcm, math.perm,
}  # fmt: skip


def fold(primitive: Primitive, inputs: list[Operand]) -> Const | None:
    """The result when it can be known now, exactly."""
    if primitive.fn not in FOLDABLE or not all(map(is_static, inputs)):
        return None
    try:
        value = primitive.fn(*(x.value for x in inputs))
    except Exception:
        return None  # it will raise at run time too, where it belongs
    return Const(value) if _is_static_value(value) else None
