"""The passes, in order."""

from __future__ import annotations

from transad.ir.core import Block
from transad.ir.verify import verify
from transad.passes.dead import eliminate_dead
from transad.passes.simplify import simplify
from transad.passes.tails import move_into_branches

PASSES = (simplify, eliminate_dead, move_into_branches, simplify, eliminate_dead)
VERIFY = False  # set by the tests: check the list after every pass


def optimize(block: Block) -> None:
    """Make a list small, in place."""
    if VERIFY:
        verify(block)
    for one in PASSES:
        one(block)
        if VERIFY:
            verify(block)
