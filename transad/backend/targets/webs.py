"""All the variables that a tape is on its way from the forward sweep through the reverse sweep, and which of
tapes are counted together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from transad.analysis.activity import links
from transad.backend.targets.kinds import DTYPES
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk


@dataclass(eq=False)
class Web:
    """All the variables that one tape is on its way."""

    item: ty.Type
    begins: list[tuple[Op, Block]] = field(default_factory=list)
    pushes: list[tuple[Op, Block]] = field(default_factory=list)
    pops: list[tuple[Op, Block]] = field(default_factory=list)
    stays: bool = False  # a list
    leader: Web | None = None  # the tape whose counter counts for this one as well
    by_index: bool = False  # the loop's index counts
    grows: bool = False
    ragged: bool = False  # rows of several lengths, one after the other
    way: list[Op] = field(default_factory=list)  # the structured operations that carry it


def tape_webs(block: Block) -> dict[Var, Web]:
    """The tapes that may become arrays, by each of their variables."""
    parent: dict[Var, Var] = {}

    def find(v: Var) -> Var:
        while parent.get(v, v) is not v:
            v = parent[v]
        return v

    def join(a: Operand, b: Var) -> None:
        if isinstance(a, Var) and isinstance(b.type, ty.Tape):
            parent[find(a)] = find(b)

    ops = [(op, home) for home in blocks_of(block) for op in home.ops]
    for op, _ in ops:
        for source, target in links(op):
            join(source, target)
        if op.primitive in (p.PUSH, p.POP):
            join(op.inputs[0], op.outs[-1])
    webs: dict[Var, Web] = {}

    def web(x: Operand) -> Web | None:
        if not isinstance(x, Var) or not isinstance(x.type, ty.Tape):
            return None
        return webs.setdefault(find(x), Web(x.type.item))

    for op, home in ops:
        for k, x in enumerate(op.inputs):
            found = web(x)
            if found is None or op.blocks:
                continue
            if op.primitive is p.PUSH and k == 0:
                found.pushes.append((op, home))
            elif op.primitive is p.POP:
                found.pops.append((op, home))
            else:
                found.stays = True
        if op.primitive is p.NEW_TAPE:
            web(op.out).begins.append((op, home))  # type: ignore[union-attr]
        elif op.blocks:
            for found in dict.fromkeys(map(web, (*op.inputs, *op.outs))):
                if found is not None:
                    found.way.append(op)
            for source, target in links(op):
                if isinstance(target.type, ty.Tape) and not isinstance(source, Var):
                    web(target).stays = True  # type: ignore[union-attr]
        elif op.primitive not in (p.PUSH, p.POP):
            for v in op.outs:
                if (found := web(v)) is not None:
                    found.stays = True
    for x in (*block.params, *block.results):
        if (found := web(x)) is not None:
            found.stays = True
    for found in webs.values():
        known = isinstance(found.item, (ty.Number, ty.Array)) and found.item.dtype in DTYPES
        if not known or len(found.begins) != 1 or isinstance(found.item, ty.Array) and not found.item.shape:
            found.stays = True
    everything = {v: found for v in _variables(block) if (found := web(v)) is not None}
    kept = {v: found for v, found in everything.items() if not found.stays}
    _count_together(list(dict.fromkeys(kept.values())))
    return kept


def _count_together(webs: list[Web]) -> None:
    """Tapes that are pushed to and popped from in the same blocks need one counter; or none, if each pass
    of a loop pushes once and its reverse pops once."""
    leaders: dict[Any, Web] = {}
    for web in webs:
        if len(web.pushes) != 1 or len(web.pops) > 1:
            continue
        ((_, pushed),) = web.pushes
        popped = web.pops[0][1] if web.pops else None
        web.by_index = len(web.way) <= 2 and _is_counted(web.way[0], pushed)
        if web.by_index and popped is not None:
            last = web.way[-1]
            reverse = len(web.way) == 2 and last.attrs.get("reverse") and _is_counted(last, popped)
            web.by_index = bool(reverse) and all(
                a is b or isinstance(a, Const) and isinstance(b, Const) and a.value == b.value
                for a, b in zip(web.way[0].inputs[:3], last.inputs[:3])
            )
        leader = leaders.setdefault((pushed, popped, tuple(web.way)), web)
        web.leader = leader if leader is not web else None


def _is_counted(op: Op, body: Block) -> bool:
    """Is a block the body of a loop over range(n)?"""
    if op.primitive is not p.FOR or op.attrs.get("breaks") or op.blocks[0] is not body:
        return False
    start, _, step = op.inputs[:3]
    near = isinstance(start, Const) and start.value in (0, 1, 2)  # so many rows more are no harm
    return near and isinstance(step, Const) and step.value == 1


def blocks_of(block: Block) -> list[Block]:
    return [block, *(b for op in walk(block) for b in op.blocks)]


def _variables(block: Block) -> list[Var]:
    return [v for b in blocks_of(block) for v in (*b.params, *(o for op in b.ops for o in op.outs))]
