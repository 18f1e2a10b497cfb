"""What to record and what to compute again: a minimum cut between the sweeps.

Receives one block of the forward sweep as a graph (what makes each variable) and the variables that the
reverse sweep reads from it. Each of them must be had there, and there are two ways: recorded, at the price
of its memory, or computed again, at the price of the operation and with all its inputs had there too. The
cheapest choice is a minimum cut of a graph with two nodes to a variable:

    source -> made      what the operation costs           cut: it is done again
    made   -> there     what recording costs               cut: it is recorded
    there  -> made      infinite, from input to result     done again only with the inputs there
    there  -> sink      infinite, for what is read

What cannot be repeated (effects, calls, random draws, reads of arrays that have changed since) costs an
infinity. The same formulation, with other prices, is known from min-cut rematerialisation in deep learning
compilers; the flow is found by Dinic's algorithm.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

import numpy as np

from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Op, Var

NEVER = 1 << 40  # more than any sum of prices
ARRAY, NUMBER = 10, 6  # to record one
_PASS, _READ, _ARITHMETIC, _FUNCTION = 1, 1, 4, 14  # on arrays: a view, an element, x * y, exp(x)

_NUMBERS = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.floordiv, operator.mod, operator.not_,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.truediv,
    abs, len, range, min, max,
}  # fmt: skip
_ALWAYS = {np.shape, np.ndim, np.size, len, range, np.transpose, np.flip}
_ELEMENTWISE = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.truediv, operator.abs,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.and_, operator.or_,
    operator.invert, abs, np.add, np.subtract, np.multiply, np.negative, np.divide, np.abs, np.less,
    np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.logical_and, np.logical_or,
    np.logical_not, np.maximum, np.minimum, np.square, np.sign, np.where, np.reciprocal, np.conj,
}  # fmt: skip
_FUNCTIONS = {
    np.sqrt, np.exp, np.log, np.sin, np.cos, np.tanh, np.expm1, np.log1p, operator.pow, np.power,
}  # fmt: skip


def is_cheap(op: Op) -> bool:
    """Always cheaper to do again than to record: indices, element reads, comparisons, arithmetic on
    numbers."""
    fn = op.primitive.fn
    if fn in _ALWAYS or op.primitive in (p.TUPLE, p.SLICE):
        return True
    if fn in _NUMBERS and all(ty.rank(v.type) == 0 for v in op.outs):
        return True
    return op.primitive.name == "read" or op.primitive.name == "getitem" and _is_view(op)


def price_again(op: Op) -> int:
    """What it costs to do an operation again."""
    if op.blocks or "opaque" in op.attrs or op.primitive.effect:
        return NEVER
    if is_cheap(op):
        return _READ
    fn = op.primitive.fn
    if not all(isinstance(v.type, (ty.Array, ty.Number)) for v in op.outs):
        return NEVER
    if fn in _ELEMENTWISE:
        return _ARITHMETIC
    return _FUNCTION if fn in _FUNCTIONS else NEVER


def price_recorded(v: Var) -> int:
    """What it costs to record a variable."""
    return NUMBER if isinstance(v.type, ty.Number) else ARRAY


def _is_view(op: Op) -> bool:
    kind = op.inputs[1].type
    parts = kind.items if isinstance(kind, ty.Tuple) else (kind,)
    return not any(isinstance(k, (ty.Array, ty.List, ty.UnknownType)) for k in parts)


def to_record(
    read: Iterable[Var],
    inputs: Callable[[Var], list[Var] | None],
    again: Callable[[Var], int],
    recorded: Callable[[Var], int],
) -> set[Var]:
    """The variables to record, so that all in `read` can be had in the reverse sweep at the least price.

    `inputs` names the variables of the block that a variable is computed from (None: it cannot be computed
    again); `again` and `recorded` are the prices of a variable.
    """
    read = list(read)
    kept = {v for v in read if inputs(v) is None}
    network = Network()
    work = [v for v in read if v not in kept]
    for v in work:
        network.edge((v, "there"), SINK, NEVER)
    seen = set(work)
    while work:
        v = work.pop()
        network.edge((v, "made"), (v, "there"), recorded(v))
        before = inputs(v)
        network.edge(SOURCE, (v, "made"), NEVER if before is None else again(v))
        for x in before or ():
            if x in kept:
                continue
            network.edge((x, "there"), (v, "made"), NEVER)
            if x not in seen:
                seen.add(x)
                work.append(x)
    behind = network.behind_cut()
    return kept | {v for v in seen if (v, "there") in behind and (v, "made") not in behind}


SOURCE, SINK = "source", "sink"


class Network:
    """A graph with capacities."""

    def __init__(self) -> None:
        self.ends: list[object] = []  # of edge k; k ^ 1 is the same edge backwards
        self.left: list[int] = []  # what edge k can still carry
        self.edges: dict[object, list[int]] = {SOURCE: [], SINK: []}

    def edge(self, a: object, b: object, capacity: int) -> None:
        for start, end, carries in ((a, b, capacity), (b, a, 0)):
            self.edges.setdefault(start, []).append(len(self.ends))
            self.ends.append(end)
            self.left.append(carries)

    def behind_cut(self) -> set[object]:
        """The nodes on the sink's side of the minimum cut that is nearest to it."""
        while (levels := self.levels()) is not None:
            self.fill(levels)
        found, work = {SINK}, [SINK]
        while work:
            for k in self.edges[work.pop()]:
                if self.left[k ^ 1] and self.ends[k] not in found:
                    found.add(self.ends[k])  # type: ignore[arg-type]
                    work.append(self.ends[k])  # type: ignore[arg-type]
        return found  # type: ignore[return-value]

    def levels(self) -> dict[object, int] | None:
        """How far each node is from the source, along edges that can carry more."""
        levels: dict[object, int] = {SOURCE: 0}
        work: list[object] = [SOURCE]
        for a in work:
            for k in self.edges[a]:
                if self.left[k] and self.ends[k] not in levels:
                    levels[self.ends[k]] = levels[a] + 1
                    work.append(self.ends[k])
        return levels if SINK in levels else None

    def fill(self, levels: dict[object, int]) -> None:
        """Send along shortest ways what they can carry."""
        open_ = {a: list(ks) for a, ks in self.edges.items()}
        way: list[int] = []
        at: object = SOURCE
        while True:
            if at is SINK:
                flow = min(self.left[k] for k in way)
                for k in way:
                    self.left[k] -= flow
                    self.left[k ^ 1] += flow
                way, at = [], SOURCE
            while open_[at]:
                k = open_[at][-1]
                if self.left[k] and levels.get(self.ends[k]) == levels[at] + 1:
                    way.append(k)
                    at = self.ends[k]
                    break
                open_[at].pop()
            else:
                if not way:
                    return
                at = self.ends[way.pop() ^ 1]
                open_[at].pop()
