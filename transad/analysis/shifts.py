"""Extremes that are subtracted and do not matter: of these, no derivative needs to be passed on.

    m = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - m)
    y = e / np.sum(e, axis=1, keepdims=True)        or      m + np.log(np.sum(e, axis=1, keepdims=True))

Whatever m is, the result is the same: it is there for the rounding. To show that, the tangent of each
variable with respect to m is followed as a multiple of that of m itself: if m_dot = d, then a variable v
either *moves*, v_dot = c * d, or *grows*, v_dot = c * v * d, with a number c. Differences and logarithms
move, exponentials, their sums and products grow; a sum may be taken over axes along which d is the same.
Where c is zero, nothing is left, and if that is what becomes of all that m is read for, its adjoint is zero.
"""

from __future__ import annotations

import heapq
import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from transad.analysis.indexing import split_index
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, is_literal, walk
from transad.runtime import broadcast_like

_EXTREMES = {np.max, np.min, np.amax, np.amin, np.maximum, np.minimum}
_FURTHEST = 40  # operations that are looked at for one of them


class Change(NamedTuple):
    """The tangent of a variable: c * d, or c * v * d for one that grows."""

    grows: bool
    c: float
    varies: tuple[bool, ...]  # along which axes, the last ones, d is not the same


def without_effect(block: Block, results: Iterable[Operand]) -> set[Op]:
    """The operations whose results the results of a list do not depend on, though they are read."""
    if not any(op.primitive.fn in _EXTREMES for op in walk(block)):
        return set()
    return _Shifts(block, results).found


class _Shifts:
    def __init__(self, block: Block, results: Iterable[Operand]):
        self.place: dict[Op, int] = {}
        self.readers: dict[Var, list[Op]] = {}
        self.lasting = {x for x in results if isinstance(x, Var)}
        self.index(block)
        self.ops = list(self.place)
        self.found = {op for op in self.ops if op.primitive.fn in _EXTREMES and self.vanishes(op)}

    def index(self, block: Block) -> None:
        for op in block.ops:
            self.place[op] = len(self.place)
            for x in op.inputs:
                if isinstance(x, Var):
                    self.readers.setdefault(x, []).append(op)
            for inner in op.blocks:
                self.index(inner)
        self.lasting.update(x for x in block.results if isinstance(x, Var))

    def vanishes(self, extreme: Op) -> bool:
        """Does nothing depend on an extreme in the end?"""
        m = extreme.outs[0]
        shape = () if isinstance(m.type, ty.Number) else getattr(m.type, "shape", None)
        if shape is None:
            return False
        changes = {m: Change(False, 1.0, tuple(n != 1 for n in shape))}
        work: list[int] = []
        seen: set[int] = set()

        def read(v: Var) -> bool:
            for op in self.readers.get(v, ()):
                if self.place[op] not in seen:
                    seen.add(self.place[op])
                    heapq.heappush(work, self.place[op])
            return v not in self.lasting and len(seen) <= _FURTHEST

        if not read(m):
            return False
        while work:
            op = self.ops[heapq.heappop(work)]
            if "none" in op.primitive.rules:
                continue
            change = followed(op, changes)
            if change is None:
                return False
            if change.c:
                changes[op.outs[0]] = change
                if not read(op.outs[0]):
                    return False
        return True


def followed(op: Op, changes: dict[Operand, Change]) -> Change | None:
    """How the result of an operation changes; None if that is none of the ways above."""
    rule = _RULES.get(op.primitive.fn)
    out = op.outs[0] if len(op.outs) == 1 else None
    if rule is None or out is None or op.blocks or ty.rank(out.type) is None or "opaque" in op.attrs:
        return None
    dtype = ty.dtype_of(out.type)
    if dtype is None or dtype.kind != "f":
        return None
    return rule(op, *(changes.get(x) for x in op.inputs))


def _at_rank(change: Change, out: Var) -> Change:
    """With a mark for each axis of the result, which has as many or more."""
    missing = (ty.rank(out.type) or 0) - len(change.varies)
    return change._replace(varies=(False,) * missing + change.varies)


def _both(op: Op, a: Change, b: Change) -> tuple[Change, Change] | None:
    a, b = (_at_rank(x, op.outs[0]) for x in (a, b))
    return (a, b) if a.varies == b.varies else None


def _sum(sign: float) -> Callable[..., Change | None]:
    def rule(op: Op, a: Change | None, b: Change | None) -> Change | None:
        if a is None or b is None:
            one, c = (b, sign) if a is None else (a, 1.0)
            assert one is not None
            return None if one.grows else _at_rank(one._replace(c=c * one.c), op.outs[0])
        pair = _both(op, a, b)
        if pair is None or a.grows != b.grows:
            return None
        if a.grows:  # (c u d) + (c v d) = c (u + v) d
            return pair[0] if a.c == b.c else None
        return pair[0]._replace(c=a.c + sign * b.c)

    return rule


def _product(sign: float) -> Callable[..., Change | None]:
    def rule(op: Op, a: Change | None, b: Change | None) -> Change | None:
        if a is None or b is None:
            one, c = (b, sign) if a is None else (a, 1.0)
            assert one is not None
            if not one.grows:
                factor = op.inputs[1 if b is None else 0]
                if not is_literal(factor) or b is not None and sign < 0:
                    return None
                c = factor.value ** (sign if b is None else 1.0)  # type: ignore[union-attr]
            return _at_rank(one._replace(c=c * one.c), op.outs[0])
        pair = _both(op, a, b)
        if pair is None or not a.grows or not b.grows:
            return None
        return pair[0]._replace(c=a.c + sign * b.c)

    return rule


def _exp(op: Op, x: Change) -> Change | None:
    return None if x.grows else x._replace(grows=True)


def _log(op: Op, x: Change) -> Change | None:
    return x._replace(grows=False) if x.grows else None


def _power(op: Op, x: Change | None, n: Change | None) -> Change | None:
    exponent = op.inputs[1]
    if x is None or not x.grows or not is_literal(exponent):
        return None
    return x._replace(c=x.c * exponent.value)  # type: ignore[union-attr]


def _times(c: float) -> Callable[..., Change | None]:
    return lambda op, x: x._replace(c=c * x.c) if x.grows else None


def _negative(op: Op, x: Change) -> Change | None:
    return x if x.grows else x._replace(c=-x.c)


def _reduction(op: Op, x: Change | None, *options: Change | None) -> Change | None:
    """A sum (of what grows), a mean, or an extreme, over axes along which d is the same."""
    given: dict[str, Any] = {}
    for q, y in zip(op.primitive.params[1:], op.inputs[1:]):
        option = q.name in ("axis", "keepdims")
        if not isinstance(y, Const) or not option and repr(y.value) != repr(q.default):
            return None
        given[q.name] = y.value
    if x is None or op.primitive.fn is np.sum and not x.grows:
        return None
    n, axes = len(x.varies), given.get("axis")
    if n != ty.rank(op.inputs[0].type):
        return None
    axes = range(n) if axes is None else axes if isinstance(axes, tuple) else (axes,)
    over = {k % n for k in axes}
    if any(x.varies[k] for k in over):
        return None
    kept = given.get("keepdims")
    return x._replace(varies=tuple(v for k, v in enumerate(x.varies) if kept or k not in over))


def _getitem(op: Op, x: Change | None, index: Change | None) -> Change | None:
    """Parts along axes along which d is the same; new axes."""
    if x is None or not isinstance(op.inputs[1], Const) or len(x.varies) != ty.rank(op.inputs[0].type):
        return None
    rest, found = list(x.varies), []
    for part in split_index(op.inputs[1]):
        value = part.value if isinstance(part, Const) else ...
        if value is None:
            found.append(False)
            continue
        if not rest or type(value) not in (int, slice) or value != slice(None) and rest[0]:
            return None
        varies = rest.pop(0)
        if type(value) is slice:
            found.append(varies)
    return x._replace(varies=(*found, *rest))


def _new_axis(op: Op, x: Change | None, axis: Change | None) -> Change | None:
    k, n = op.inputs[1], ty.rank(op.outs[0].type)
    if x is None or not isinstance(k, Const) or type(k.value) is not int or n != len(x.varies) + 1:
        return None
    at = k.value % n
    return x._replace(varies=(*x.varies[:at], False, *x.varies[at:]))


def _spread(op: Op, g: Change | None, like: Change | None) -> Change | None:
    """`broadcast_like(g, x)`, where x lends its shape only."""
    return Change(False, 0.0, ()) if g is None else _at_rank(g, op.outs[0])


_RULES: dict[Any, Callable[..., Change | None]] = {
    operator.add: _sum(1.0), np.add: _sum(1.0), operator.sub: _sum(-1.0), np.subtract: _sum(-1.0),
    operator.mul: _product(1.0), np.multiply: _product(1.0),
    operator.truediv: _product(-1.0), np.divide: _product(-1.0),
    operator.neg: _negative, np.negative: _negative,
    np.exp: _exp, np.log: _log, np.sqrt: _times(0.5), np.square: _times(2.0), np.abs: _times(1.0),
    operator.pow: _power, np.power: _power,
    np.sum: _reduction, np.mean: _reduction, np.max: _reduction, np.min: _reduction,
    np.amax: _reduction, np.amin: _reduction,
    operator.getitem: _getitem, np.expand_dims: _new_axis, broadcast_like: _spread,
}  # fmt: skip
