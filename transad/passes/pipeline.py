"""The passes, in order."""

from __future__ import annotations

from transad.ir.core import Block
from transad.ir.verify import verify
from transad.passes.dead import eliminate_dead
from transad.passes.simplify import simplify

PASSES = (simplify, eliminate_dead, simplify, eliminate_dead)
VERIFY = False  # set by the tests: check the list after every pass


def optimize(block: Block) -> None:
    """Make a list small, in place."""
    if VERIFY:
        verify(block)
    for one in PASSES:
        one(block)
        if VERIFY:
            verify(block)
