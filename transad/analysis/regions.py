"""Parts of arrays that loops reach: linear in the indices of the loops, so that two can be told apart.

A *region* has for each axis a range from `low` up to `high`, linear in integer variables; one that is not
known is all of the axis. What a variable is at least and at most comes from the loop whose index it is, and
from the branches taken. A difference is shown not to be negative by putting these bounds in its place,
innermost variables first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from transad.analysis.indexing import split_index
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Const, Op, Operand

Definition = Callable[[Operand], "Op | None"]
_DEEPEST = 8  # operations that an index is followed through
_MOST = 4  # bounds of one index


class Linear:
    """A sum of multiples of variables and a number."""

    __slots__ = ("constant", "terms")

    def __init__(self, constant: int, terms: dict[Any, int] | None = None):
        self.constant, self.terms = constant, terms or {}

    def plus(self, other: Linear, factor: int = 1) -> Linear:
        terms = dict(self.terms)
        for v, c in other.terms.items():
            terms[v] = terms.get(v, 0) + factor * c
        constant = self.constant + factor * other.constant
        return Linear(constant, {v: c for v, c in terms.items() if c})

    def put(self, v: Any, value: Linear) -> Linear:
        """With a value in place of a variable."""
        rest = Linear(self.constant, {w: c for w, c in self.terms.items() if w is not v})
        return rest.plus(value, self.terms[v]) if v in self.terms else self

    def renamed(self, names: dict[Any, Any]) -> Linear:
        return Linear(self.constant, {names.get(v, v): c for v, c in self.terms.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Linear) and (self.constant, self.terms) == (other.constant, other.terms)

    __hash__ = None  # type: ignore[assignment]


class Axis(NamedTuple):
    """The range of a region along one axis; `high` is None for what goes on to the end. A `point` is one
    position, and a range that is not `exact` may take fewer than all of the positions in it."""

    low: Linear
    high: Linear | None
    exact: bool = True
    point: bool = False


WHOLE = Axis(Linear(0), None)
UNKNOWN = Axis(Linear(0), None, exact=False)
Region = tuple[Axis, ...]


@dataclass
class Bounds:
    """What an index of a loop is at least and at most."""

    low: list[Linear]
    high: list[Linear]


def linear(x: Operand, definition: Definition, depth: int = _DEEPEST) -> Linear | None:
    """An integer as a linear function of those that are not sums and multiples of others."""
    if isinstance(x, Const):
        return Linear(x.value) if type(x.value) is int else None
    dtype = ty.dtype_of(x.type)
    if not isinstance(x.type, ty.Number) or dtype is None or dtype.kind != "i":
        return None
    made = definition(x)
    fn = made.primitive.fn if made is not None and depth else None
    if fn in (operator.add, operator.sub, operator.mul):
        a, b = (linear(y, definition, depth - 1) for y in made.inputs)  # type: ignore[union-attr]
        if a is None or b is None:
            return None
        if fn is not operator.mul:
            return a.plus(b, 1 if fn is operator.add else -1)
        for one, other in ((a, b), (b, a)):
            if not one.terms:
                return Linear(0).plus(other, one.constant)
    if fn is operator.neg:
        a = linear(made.inputs[0], definition, depth - 1)  # type: ignore[union-attr]
        return None if a is None else Linear(0).plus(a, -1)
    return Linear(0, {x: 1})


_AT_LEAST = {  # of a comparison that holds, or of one that does not: by how much at least, and of which side
    (operator.gt, True): (1, False), (operator.ge, True): (0, False),
    (operator.lt, True): (1, True), (operator.le, True): (0, True),
    (operator.gt, False): (0, True), (operator.ge, False): (1, True),
    (operator.lt, False): (0, False), (operator.le, False): (1, False),
}  # fmt: skip


def learn(
    bounds: dict[Any, Bounds], test: Operand, holds: bool, definition: Definition, names: dict[Any, Any]
) -> None:
    """Add to the bounds of indices what the test of a branch says of one of them."""
    made = definition(test)
    if made is None or len(made.inputs) != 2:
        return
    a, b = (linear(x, definition) for x in made.inputs)
    if a is None or b is None:
        return
    fn, difference = made.primitive.fn, a.plus(b, -1).renamed(names)
    if (fn, holds) in _AT_LEAST:
        by, turned = _AT_LEAST[fn, holds]
        _bound(bounds, Linear(-by).plus(difference, -1 if turned else 1))
    elif (fn, holds) in ((operator.eq, True), (operator.ne, False)):
        _bound(bounds, difference)
        _bound(bounds, Linear(0).plus(difference, -1))
    elif (fn, holds) in ((operator.ne, True), (operator.eq, False)):
        for v, c in difference.terms.items():  # one that is not the least is at least the next
            value = Linear(0).plus(difference.put(v, Linear(0)), -c)
            if abs(c) == 1 and v in bounds and value in bounds[v].low:
                bounds[v].low.append(value.plus(Linear(1)))


def _bound(bounds: dict[Any, Bounds], x: Linear) -> None:
    """Of a sum that is not negative, the innermost index has a bound by the others."""
    v = next((v for v in reversed(bounds) if v in x.terms), None)
    if v is None or abs(x.terms[v]) != 1:
        return
    known = bounds[v].low if x.terms[v] > 0 else bounds[v].high
    if len(known) < _MOST:
        known.append(Linear(0).plus(x.put(v, Linear(0)), -x.terms[v]))


def is_length(v: Any, definition: Definition) -> bool:
    """Is a variable never negative, being a length?"""
    made = definition(v)
    if made is None:
        return False
    if made.primitive.fn is operator.getitem:
        shape = definition(made.inputs[0])
        return shape is not None and shape.primitive.fn is np.shape
    return made.primitive.fn in (len, np.size, np.ndim)


class Proofs:
    """Shows differences to be positive, with what is known of variables."""

    def __init__(self, definition: Definition, bounds: dict[Any, Bounds], inner_first: list[Any]):
        self.definition, self.bounds, self.order = definition, bounds, inner_first

    def never_negative(self, x: Linear) -> bool:
        v = next((v for v in self.order if v in x.terms), None)
        if v is not None:
            bounds = self.bounds[v]
            known = bounds.low if x.terms[v] > 0 else bounds.high
            return any(self.never_negative(x.put(v, value)) for value in known)
        return x.constant >= 0 and all(c > 0 and is_length(v, self.definition) for v, c in x.terms.items())

    def apart(self, a: Region, b: Region) -> bool:
        """Have two regions surely no element in common?"""
        return any(
            one.high is not None and self.never_negative(other.low.plus(one.high, -1))
            for x, y in zip(a, b)
            for one, other in ((x, y), (y, x))
        )

    def region(self, x: Operand, rank: int) -> Region | None:
        """What an index takes of an array; None if it is not made of positions and slices."""
        made = self.definition(x)
        parts = made.inputs if made is not None and made.primitive is p.TUPLE else split_index(x)
        found: list[Axis] = []
        for part in parts:
            if isinstance(part, Const) and (part.value is None or part.value is Ellipsis):
                return None
            axis = self.axis(part)
            if axis is None:
                return None
            found.append(axis)
        return (*found, *[WHOLE] * (rank - len(found))) if len(found) <= rank else None

    def axis(self, part: Operand) -> Axis | None:
        if isinstance(part, Const) and type(part.value) is slice:
            s = part.value
            return self.between(*(Const(x) for x in (s.start, s.stop, s.step)))
        made = self.definition(part)
        if made is not None and made.primitive is p.SLICE:
            return self.between(*made.inputs)
        at = linear(part, self.definition)
        if at is None:
            return None
        known = self.never_negative(at)  # else it may count from the end
        return Axis(at, at.plus(Linear(1)), point=True) if known else UNKNOWN

    def between(self, start: Operand, stop: Operand, step: Operand) -> Axis:
        if not isinstance(step, Const) or step.value not in (None, 1):
            return UNKNOWN
        low, high = (
            None if isinstance(x, Const) and x.value is None else linear(x, self.definition)
            for x in (start, stop)
        )
        exact = True
        if low is None:
            exact = isinstance(start, Const) and start.value is None
            low = Linear(0)
        elif not self.never_negative(low):
            low, exact = Linear(0), False
        if high is None:
            exact = exact and isinstance(stop, Const) and stop.value is None
        elif not self.never_negative(high):
            high, exact = None, False
        return Axis(low, high, exact)


def is_same(a: Region, b: Region) -> bool:
    """Are two regions surely the same elements, in an array of the same shape?"""
    return all(x.exact and y.exact and x == y for x, y in zip(a, b, strict=True))
