"""Positions in arrays, and how indices cut arrays.

Positions are affine in the indices of a loop nest: `At(0, 2, 1)` is 2 * i + 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transad.backend.targets.kinds import known_shape
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Var


@dataclass(frozen=True)
class At:
    """A position along one axis, counted from its beginning and surely in range: `step` times loop number
    `loop` (None: none), plus a constant, plus integers of the program, each with a factor."""

    loop: int | None
    step: int = 1
    offset: int = 0
    bases: tuple[tuple[Operand, int], ...] = ()

    def differs(self, other: At) -> bool:
        """Are two positions never the same, in whatever passes of their loops?"""
        if self.bases != other.bases:
            return False
        apart = abs(self.offset - other.offset)
        if self.loop is None and other.loop is None:
            return apart != 0
        if self.loop is None or other.loop is None:  # a row before those that a slice takes
            moving, single = (self, other) if other.loop is None else (other, self)
            return moving.step > 0 and single.offset < moving.offset
        return self.step == other.step and apart % abs(self.step) != 0


Position = tuple[At, ...]


def apart(a: Position, b: Position) -> bool:
    """Do two positions in one array surely name different entries?"""
    return any(x.differs(y) for x, y in zip(a, b))


@dataclass(frozen=True)
class Cut:
    """One axis of an array that is sliced: from `start` on, or `begin` + `start` (both from the
    beginning), in steps; or one position, if `single`. `length` is that of what is taken, where a number
    does not tell."""

    start: int = 0
    stop: int | None = None
    step: int = 1
    begin: Operand | None = None
    length: Operand | None = None
    single: bool = False


def merged(bases: list[tuple[Operand, int]]) -> tuple[tuple[Operand, int], ...]:
    """Terms with the factors of each integer added."""
    factors: dict[Operand, int] = {}
    for x, factor in bases:
        factors[x] = factors.get(x, 0) + factor
    kept = [(x, factor) for x, factor in factors.items() if factor]
    return tuple(sorted(kept, key=lambda term: term[0].id))  # type: ignore[union-attr]


def aligned(kind: ty.Type, position: Position) -> Position:
    """The position in an operand that is broadcast to where `position` is one."""
    shape = known_shape(kind) or ()
    last = position[len(position) - len(shape) :]
    return tuple(At(None) if n == 1 else at for n, at in zip(shape, last))


def without_ellipsis(parts: list[Operand], axes: int) -> list[Operand] | None:
    places = [k for k, x in enumerate(parts) if isinstance(x, Const) and x.value is Ellipsis]
    if not places:
        return parts
    if len(places) > 1:
        return None
    k = places[0]
    used = sum(1 for x in parts if not (isinstance(x, Const) and (x.value is None or x.value is Ellipsis)))
    return [*parts[:k], *[Const(slice(None))] * (axes - used), *parts[k + 1 :]]


def is_basic(part: Operand) -> bool:
    """Is it a slice, a new axis or an integer?"""
    return (
        isinstance(part.type, ty.Slice) or isinstance(part, Const) and part.value is None or is_position(part)
    )


def is_position(part: Operand) -> bool:
    """Is it an integer?"""
    if isinstance(part, Const):
        return type(part.value) is int
    return isinstance(part.type, ty.Number) and part.type.dtype is not None and part.type.dtype.kind == "i"


def is_bound(x: Any) -> bool:
    return x is None or type(x) is int or isinstance(x, Var) and ty.dtype_of(x.type) == ty.INT.dtype
