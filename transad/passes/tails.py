"""What follows a branch and is trivial on one side of it moves into the branch.

The adjoint of `if c: y = f(x) else: y = g(x)` gives adjoints that are zero on the side that does not use
a variable; what is computed from them afterwards is zero there too. Done on the side where it matters,
the zeros vanish.
"""

from __future__ import annotations

from transad.ir import types as ty
from transad.ir.core import Block, Op, Operand, Var, Zero, has_effect
from transad.ir.primitives import IF

MOST = 6  # operations moved into one branch


def move_into_branches(block: Block) -> None:
    """Move, in place, operations on numbers that have a zero of one side of a branch as input."""
    for op in block.ops:
        for inner in op.blocks:
            move_into_branches(inner)
    for op in [o for o in block.ops if o.primitive is IF]:
        _absorb(block, op)


def _absorb(block: Block, branch: Op) -> None:
    start = block.ops.index(branch)
    late = {v for op in block.ops[start + 1 :] for v in op.outs}
    makers = {v: op for op in block.ops[start + 1 :] for v in op.outs}
    moved = 0
    for op in block.ops[start + 1 :]:
        if moved == MOST:
            break
        zeros = [x for x in op.inputs if x in branch.outs and _is_half_zero(branch, x)]
        if not zeros or op.note is None or op.blocks or len(op.outs) != 1 or has_effect(op):
            continue
        if not all(isinstance(v.type, ty.Number) for v in (*op.outs, *op.inputs)):
            continue
        along = _needed(op, late, makers, branch)
        if along is None:
            continue
        for side in branch.blocks:
            copies: dict[Operand, Operand] = {}
            for other in along:
                copy = Var(other.outs[0].name, other.outs[0].type)
                given = [copies.get(x, x) for x in other.inputs]
                side.ops.append(
                    Op([copy], other.primitive, given, dict(other.attrs), [], other.loc, other.note)
                )
                copies[other.outs[0]] = copy
            given = [copies.get(x, _on_side(branch, side, x)) for x in op.inputs]
            out = Var(op.outs[0].name, op.outs[0].type)
            side.ops.append(Op([out], op.primitive, given, dict(op.attrs), [], op.loc, op.note))
            side.results.append(out)
        branch.outs.append(op.outs[0])
        block.ops.remove(op)
        late.discard(op.outs[0])
        moved += 1


def _needed(op: Op, late: set[Var], makers: dict[Var, Op], branch: Op) -> list[Op] | None:
    """Operations after the branch that have to come along; None if there is one that cannot."""
    found: list[Op] = []
    for x in op.inputs:
        if x not in late:
            continue
        made = makers[x]  # type: ignore[index]
        plain = not made.blocks and not has_effect(made) and len(made.outs) == 1
        if (
            not plain
            or not isinstance(x.type, ty.Number)
            or any(i in late or i in branch.outs for i in made.inputs)
        ):
            return None
        if made not in found:
            found.append(made)
    return found


def _is_half_zero(branch: Op, x: Operand) -> bool:
    k = branch.outs.index(x)  # type: ignore[arg-type]
    return any(_value(block, k) for block in branch.blocks)


def _value(block: Block, k: int) -> bool:
    """Is a result of a block a zero, or computed here from one?"""
    x = block.results[k]
    if isinstance(x, Zero):
        return True
    made = next((op for op in block.ops if x in op.outs), None)
    return made is not None and made.note is not None and any(isinstance(i, Zero) for i in made.inputs)


def _on_side(branch: Op, side: Block, x: Operand) -> Operand:
    return side.results[branch.outs.index(x)] if isinstance(x, Var) and x in branch.outs else x
