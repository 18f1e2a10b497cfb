"""The passes, in order."""

from __future__ import annotations

from transad.ir.core import Block
from transad.ir.verify import verify
from transad.passes.dead import eliminate_dead
from transad.passes.fastmath import simplify_fast
from transad.passes.geometry import lend_shapes
from transad.passes.invariant import hoist_invariants
from transad.passes.products import merge_products
from transad.passes.simplify import simplify
from transad.passes.tails import move_into_branches
from transad.passes.writes import tidy_writes

PASSES = (
    simplify, eliminate_dead, move_into_branches, simplify, lend_shapes, eliminate_dead, merge_products,
    hoist_invariants, tidy_writes,
)  # fmt: skip
VERIFY = False  # set by the tests: check the list after every pass


def optimize(block: Block, level: str = "exact", loops: bool = False) -> None:
    """Make a list small, in place; `level` is "exact" or "fast-math".

    Where arrays become loops (`loops`), a sum of products is one already.
    """
    if VERIFY:
        verify(block)
    for one in PASSES:
        if one is merge_products and loops:
            continue
        (simplify_fast if one is simplify and level == "fast-math" else one)(block)
        if VERIFY:
            verify(block)
