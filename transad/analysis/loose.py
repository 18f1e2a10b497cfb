"""Lengths that change from pass to pass of a loop, where one symbol stands for several of them.

Two variables whose types have such a symbol need not have the same shape: neither can lend it to the other.
"""

from __future__ import annotations

from typing import Any

from transad.analysis import shapes
from transad.analysis.activity import links
from transad.ir import types as ty
from transad.ir.core import Block, Operand, is_undefined, walk


def loose_lengths(block: Block) -> set[Any]:
    """The symbols of a block that stand for several lengths, and those of lengths that are made from such."""
    exact = {symbol for v in block.params for symbol in symbols_of(v)}
    found: set[Any] = set()
    before = set(exact)  # symbols that were there before an operation
    for op in walk(block):
        for source, target in links(op):
            if is_undefined(source):  # what the first pass makes, every pass makes
                found |= symbols_of(target) - before
            elif all(isinstance(v.type, ty.Array) and v.type.shape for v in (source, target)):
                found |= symbols_of(target) - exact if shape_of(source) != shape_of(target) else set()
        if not op.blocks:
            before.update(symbol for v in op.outs for symbol in symbols_of(v))
    count = -1
    while found and count != len(found):
        count = len(found)
        for op in walk(block):
            if any(not found.isdisjoint(symbols_of(x)) for x in op.inputs):
                found.update(symbol for v in op.outs for symbol in symbols_of(v) if symbol not in exact)
    return found


def symbols_of(x: Operand) -> set[Any]:
    if not isinstance(x.type, ty.Array) or x.type.shape is None:
        return set()
    return {dim.symbol for dim in shape_of(x) if isinstance(dim, ty.Dim)}


def shape_of(v: Operand) -> tuple:
    return tuple(map(shapes.find, v.type.shape))  # type: ignore[union-attr,arg-type]
