"""Names that are bound on every path, where the derivative reads them whatever the path.

What the program itself reads it binds, or Python raises. But a derivative also reads variables where the
program does not: it records them, hands them from one name to another, asks for their shape. A variable
that has no value there on some path becomes None on it. Where it is read for its value, the program has
bound it: the reverse sweep goes back the way the program came.
"""

from __future__ import annotations

import numpy as np

from transad.analysis.activity import links
from transad.analysis.assigned import Known, Unbound, learn
from transad.backend.naming import Names
from transad.backend.ownership import COMPACT, COPY
from transad.ir import primitives as p
from transad.ir.core import Block, Const, Op, Operand, Var, is_undefined
from transad.runtime import zeros_like

_READS = {p.PUSH, p.APPEND, p.SAVE, p.TUPLE, p.LIST, p.DICT, p.CALL, COPY, COMPACT}
_SHAPES = {np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.shape, np.ndim, np.size, zeros_like}


def bound_names(block: Block, folded: set[Var], taken: set[str], typed: bool = False) -> Names:
    """Names for the variables, each of which is given a value where it may be read without one.

    Which moves there are depends on the names; and a variable that may be None lends nobody its shape, which
    names depend on.
    """
    blank: set[Var] = set()
    while True:
        names = Names(block, folded, taken, blank, typed)
        filled = bind(block, names)
        if not filled:
            return names
        blank |= filled


def bind(block: Block, names: Names) -> set[Var]:
    """Let variables be None where they may be read without a value; says which."""
    unbound = Unbound(block)
    filled: set[Var] = set()

    def moved(source: Operand, target: Var) -> bool:
        if not isinstance(source, Var) or source in names.folded or target not in names.parent:
            return False
        if target in names.folded:  # a conditional expression reads both of its sides by name
            return True
        return names[source] != names[target]

    def visit(inner: Block, known: Known) -> None:
        for op in inner.ops:
            for k, x in enumerate(op.inputs):
                if _reads(op) and is_undefined(x):
                    op.inputs[k] = Const(None)
                elif _reads(op) and x in unbound.found and unbound.at(x, known):
                    unbound.fill(x, filled)
            for k, b in enumerate(op.blocks):
                branch = op.primitive is p.IF
                visit(b, learn(known, op.inputs[0], k == 0, unbound.makers.get) if branch else known)
            for k, (source, target) in enumerate(links(op)):
                if source in unbound.found and moved(source, target):
                    there = known
                    if op.primitive is p.IF:
                        there = learn(known, op.inputs[0], k < len(op.outs), unbound.makers.get)
                    if unbound.at(source, there):
                        unbound.fill(source, filled)

    if unbound.found or _any_undefined(block):
        visit(block, {})
    return filled


def _reads(op: Op) -> bool:
    return op.primitive in _READS or op.primitive.fn in _SHAPES


def _any_undefined(block: Block) -> bool:
    return any(is_undefined(x) for op in block.ops for x in op.inputs) or any(
        _any_undefined(b) for op in block.ops for b in op.blocks
    )
