"""Dead code: operations nobody needs the results of, carried values nobody reads.

Needed are the results of the list and whatever has an effect. From there need spreads: to the inputs of
what computes a needed variable; from the result of a loop to the value it has at the end of the body;
from an operation inside a block to the loop or branch around it. One worklist, linear in the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from transad.ir.core import Block, Op, Operand, Var, has_effect
from transad.ir.primitives import FOR, IF, WHILE


def eliminate_dead(block: Block, also: Iterable[Operand] = ()) -> None:
    """Remove from a block, in place, what neither its results nor `also` nor an effect needs."""
    marker = _Marker(block)
    for x in (*block.results, *also):
        marker.need(x)
    marker.run()
    _sweep(block, marker)


def needed_by_value(block: Block, lent: dict[Any, tuple[int, bool]]) -> set[Var] | None:
    """The variables that are needed for more than their shape; None where no operation asks for a shape.

    `lent` says of functions which operand they take nothing but the shape (and dtype) of.
    """
    marker = _Marker(block, lent)
    for x in block.results:
        marker.need(x)
    marker.run()
    return marker.needed if marker.lenders else None


class _Marker:
    def __init__(self, block: Block, lent: dict[Any, tuple[int, bool]] | None = None):
        self.lent, self.lenders = lent or {}, 0
        self.needed: set[Var] = set()
        self.live: set[Op] = set()
        self.work: list[Var] = []
        self.makers: dict[Var, tuple[Op, str, int]] = {}
        self.around: dict[Op, Op] = {}
        self.index(block, None)
        for op in [o for o in self.around if has_effect(o)]:
            self.keep(op)

    def index(self, block: Block, around: Op | None) -> None:
        for op in block.ops:
            self.around[op] = around  # type: ignore[assignment]
            for k, out in enumerate(op.outs):
                self.makers[out] = (op, "out", k)
            for inner in op.blocks:
                self.index(inner, op)
            if op.primitive is FOR:
                self.makers[op.blocks[0].params[0]] = (op, "index", 0)
                for k, param in enumerate(op.blocks[0].params[1:]):
                    self.makers[param] = (op, "out", k)
            elif op.primitive is WHILE:
                for k, param in enumerate(op.blocks[0].params):
                    self.makers[param] = (op, "before", k)
                for k, param in enumerate(op.blocks[1].params):
                    self.makers[param] = (op, "out", k)

    def need(self, x: Operand) -> None:
        if isinstance(x, Var) and x not in self.needed:
            self.needed.add(x)
            self.work.append(x)

    def keep(self, op: Op | None) -> None:
        """An operation stays, and so do those it stands in."""
        while op is not None and op not in self.live:
            self.live.add(op)
            if op.primitive is FOR:
                for x in op.inputs[:3]:
                    self.need(x)
                if op.attrs.get("breaks"):
                    self.need(op.blocks[0].results[0])
            elif op.primitive is WHILE:
                self.need(op.blocks[0].results[0])
            elif op.primitive is IF:
                self.need(op.inputs[0])
            elif op.primitive.fn in self.lent:
                self.lenders += 1
                own = self.lent[op.primitive.fn][0]
                for k, x in enumerate(op.inputs):
                    if k != own:
                        self.need(x)
            else:
                for x in op.inputs:
                    self.need(x)
            op = self.around[op]

    def run(self) -> None:
        while self.work:
            v = self.work.pop()
            if v not in self.makers:
                continue
            op, role, k = self.makers[v]
            self.keep(op)
            if op.primitive is IF:
                for block in op.blocks:
                    self.need(block.results[k])
            elif op.primitive is FOR and role == "out":
                body, first = op.blocks[0], 1 if op.attrs.get("breaks") else 0
                for x in (op.inputs[3 + k], body.params[1 + k], body.results[first + k], op.outs[k]):
                    self.need(x)
            elif op.primitive is WHILE:
                before, after = op.blocks
                if role == "out":
                    for x in (op.outs[k], after.params[k], before.results[k + 1]):
                        self.need(x)
                else:
                    for x in (op.inputs[k], after.results[k]):
                        self.need(x)


def _sweep(block: Block, marker: _Marker) -> None:
    block.ops = [op for op in block.ops if op in marker.live]
    for op in block.ops:
        needed = marker.needed
        if op.primitive is IF:
            keep = [v in needed for v in op.outs]
            op.outs = _only(op.outs, keep)
            for inner in op.blocks:
                inner.results = _only(inner.results, keep)
        elif op.primitive is FOR:
            body = op.blocks[0]
            keep = [v in needed for v in op.outs]
            first = 1 if op.attrs.get("breaks") else 0
            op.outs = _only(op.outs, keep)
            op.inputs = op.inputs[:3] + _only(op.inputs[3:], keep)
            body.params = body.params[:1] + _only(body.params[1:], keep)
            body.results = body.results[:first] + _only(body.results[first:], keep)
        elif op.primitive is WHILE:
            before, after = op.blocks
            keep = [v in needed for v in op.outs]
            op.outs, after.params = _only(op.outs, keep), _only(after.params, keep)
            before.results = before.results[:1] + _only(before.results[1:], keep)
            keep = [v in needed for v in before.params]
            op.inputs, before.params = _only(op.inputs, keep), _only(before.params, keep)
            after.results = _only(after.results, keep)
        for inner in op.blocks:
            _sweep(inner, marker)


def _only(items: list, keep: list[bool]) -> list:
    return [x for x, k in zip(items, keep) if k]
