"""Which variables carry a derivative: those that depend on an input *and* that the result depends on.

Both directions are one pass over the list, repeated through loops until nothing is added.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from transad.analysis.shifts import without_effect
from transad.ir.core import Block, Op, Operand, Var, walk
from transad.ir.primitives import BOUND, CHECKPOINT, FOR, HOOK, IF, LOAD, NEW_TAPE, POP, PRINT, RAISE, WHILE
from transad.ir.types import is_differentiable
from transad.rules import registry

INERT = {BOUND, CHECKPOINT, PRINT, RAISE, NEW_TAPE}


def carried(op: Op) -> list[tuple[Operand, Var, Operand, Var]]:
    """For each value a `for_` carries: on entry, in the body, at the end of the body, after the loop."""
    body = op.blocks[0]
    skip = 1 if op.attrs.get("breaks") else 0
    return list(zip(op.inputs[3:], body.params[1:], body.results[skip:], op.outs))


def links(op: Op) -> list[tuple[Operand, Var]]:
    """How values flow into, around and out of the blocks of a structured operation: (from, to)."""
    if op.primitive is IF:
        then, orelse = (block.results for block in op.blocks)
        return [*zip(then, op.outs), *zip(orelse, op.outs)]
    if op.primitive is FOR:
        found = []
        for init, param, end, out in carried(op):
            found += [(init, param), (end, param), (init, out), (end, out)]
        return found
    if op.primitive is WHILE:
        before, after = op.blocks
        found = list(zip(op.inputs, before.params))
        found += zip(before.results[1:], after.params)
        found += zip(after.results, before.params)
        found += zip(before.results[1:], op.outs)
        return found
    return []


def is_inert(op: Op) -> bool:
    """No derivative passes: the result is locally constant, or there is none."""
    return "none" in op.primitive.rules or op.primitive in INERT


def varying(op: Op) -> list[Operand]:
    """The inputs through which derivatives pass, as far as the rule says: not those that lend their shape."""
    if op.primitive is HOOK:
        return op.inputs[:1]
    inert = registry.inert(op.primitive)
    return [x for x, p in zip(op.inputs, op.primitive.params) if p.name not in inert] if inert else op.inputs


def varied(block: Block, inputs: Iterable[Var], without: Container[Op] = ()) -> set[Var]:
    """Variables whose value depends differentiably on the inputs, but for operations `without` effect."""
    found = set(inputs)

    def visit(b: Block) -> None:
        for op in b.ops:
            if op.blocks:
                flow = links(op)
                size = -1
                while size != len(found):
                    size = len(found)
                    mark(flow)
                    for inner in op.blocks:
                        visit(inner)
                    mark(flow)
            elif op not in without and not is_inert(op) and any(x in found for x in varying(op)):
                found.update(v for v in op.outs if is_differentiable(v.type))

    def mark(flow: list[tuple[Operand, Var]]) -> None:
        for source, target in flow:
            if source in found and is_differentiable(target.type):
                found.add(target)

    visit(block)
    return found


def active(block: Block, inputs: Iterable[Var], results: Iterable[Operand]) -> set[Var]:
    """Variables that depend on the inputs and that the results depend on.

    What is taken from a tape that another function left behind counts as well, whatever becomes of it: for
    each entry that function pushed, an adjoint is to be handed back.
    """
    results = list(results)
    reached = varied(block, inputs, without_effect(block, results))
    found = {x for x in results if isinstance(x, Var) and x in reached}
    ops = list(walk(block))
    if any(op.primitive is LOAD for op in ops):
        found.update(op.outs[1] for op in ops if op.primitive is POP and op.outs[1] in reached)

    def visit(b: Block) -> None:
        for op in reversed(b.ops):
            if op.blocks:
                flow = links(op)
                size = -1
                while size != len(found):
                    size = len(found)
                    mark(flow)
                    for inner in reversed(op.blocks):
                        visit(inner)
                    mark(flow)
            elif not is_inert(op) and any(v in found for v in op.outs):
                found.update(x for x in varying(op) if isinstance(x, Var) and x in reached)

    def mark(flow: list[tuple[Operand, Var]]) -> None:
        for source, target in reversed(flow):
            if target in found and isinstance(source, Var) and source in reached:
                found.add(source)

    visit(block)
    return found
