"""Is a Wengert list well formed?

Every variable is defined once; every use is dominated by its definition (the same block, earlier, or a
block around it); blocks take and give as many values as their operation says.
"""

from __future__ import annotations

from transad.errors import InternalError
from transad.ir.core import Block, Op, Operand, Var
from transad.ir.primitives import FOR, IF, WHILE


def verify(block: Block) -> None:
    """Raise `InternalError` where a list breaks the rules."""
    _Verifier().block(block, set())


class _Verifier:
    def __init__(self) -> None:
        self.defined: set[Var] = set()

    def block(self, block: Block, visible: set[Var]) -> None:
        visible = set(visible)
        self.define(block.params, visible, "a block parameter")
        for op in block.ops:
            for x in op.inputs:
                self.use(x, visible, op)
            self.arity(op)
            for inner in op.blocks:
                self.block(inner, self.seen_by(op, inner, visible))
            self.define(op.outs, visible, op.primitive.name)
        for x in block.results:
            self.use(x, visible, None)

    def seen_by(self, op: Op, inner: Block, visible: set[Var]) -> set[Var]:
        return visible

    def define(self, variables: list[Var], visible: set[Var], what: str) -> None:
        for v in variables:
            if v in self.defined:
                raise InternalError(f"{v!r} is defined twice ({what})")
            self.defined.add(v)
            visible.add(v)

    def use(self, x: Operand, visible: set[Var], op: Op | None) -> None:
        if isinstance(x, Var) and x not in visible:
            where = op.primitive.name if op is not None else "the results of a block"
            state = "out of sight" if x in self.defined else "not defined"
            raise InternalError(f"{x!r}, used by {where}, is {state}", "", op.loc if op is not None else None)

    def arity(self, op: Op) -> None:
        counts: list[tuple[str, int, int]] = []
        if op.primitive is IF:
            counts = [("branch", len(b.results), len(op.outs)) for b in op.blocks]
        elif op.primitive is FOR:
            first = 1 if op.attrs.get("breaks") else 0
            body = op.blocks[0]
            counts = [
                ("entry", len(op.inputs) - 3, len(op.outs)),
                ("parameters", len(body.params) - 1, len(op.outs)),
                ("body", len(body.results) - first, len(op.outs)),
            ]
        elif op.primitive is WHILE:
            before, after = op.blocks
            counts = [
                ("entry", len(op.inputs), len(before.params)),
                ("test", len(before.results) - 1, len(after.params)),
                ("body", len(after.results), len(before.params)),
                ("result", len(op.outs), len(after.params)),
            ]
        for what, got, want in counts:
            if got != want:
                raise InternalError(f"{op.primitive.name}: {what} has {got} values, not {want}", "", op.loc)


__all__ = ["verify"]
