"""The type of an operation's result, given its operands: the entry to shape inference.

Three ways to an answer, the first that has one:

    the table       `shape_rules` knows, by function, what happens to the axes
    broadcasting    the primitive says it is elementwise (`Primitive.result_type`)
    probing         the function is run on small dummies, and lengths read back (`dummies`)

What cannot be told is UNKNOWN, never an error. A result-type function, in the table or given as
`result=` to a derivative rule, is called as `function(fn, **operands)`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis.broadcasting import (
    as_array,
    broadcast_axes,
    elementwise,
    fits,
    needs_unbroadcast,
)
from transad.analysis.dummies import run_on_dummies
from transad.analysis.indexing import SliceParts, getitem_type, index_type
from transad.analysis.lengths import (
    Scope,
    Shapes,
    compilation,
    find,
    same,
    same_shape,
    scope,
    unify,
)
from transad.analysis.shape_rules import apply, lookup
from transad.analysis.shape_rules.table import CannotTell
from transad.ir.core import Operand, Primitive, Var
from transad.ir.types import UNKNOWN, Array, Type, forms, join_all

__all__ = [
    "Scope",
    "Shapes",
    "SliceParts",
    "as_array",
    "broadcast_axes",
    "compilation",
    "elementwise",
    "find",
    "fits",
    "getitem_type",
    "index_type",
    "infer",
    "needs_unbroadcast",
    "same",
    "same_shape",
    "scope",
    "unify",
]


_NUMERIC = (abs, round, pow, divmod)


def broadcasts(fn: Any) -> bool:
    """Is a function that has no entry known to be elementwise?"""
    if isinstance(fn, np.ufunc):
        return fn.signature is None
    return fn in _NUMERIC or getattr(fn, "__module__", None) in ("_operator", "math", "cmath")


def infer(primitive: Primitive, operands: dict[str, Operand]) -> Type:
    """The type of what a primitive returns; operands by the names of the rule's parameters."""
    fn = primitive.fn
    for name, x in operands.items():
        if isinstance(x.type, Array) and x.type.loose:
            results = [infer(primitive, {**operands, name: Var(None, t)}) for t in forms(x.type)]
            return UNKNOWN if UNKNOWN in results else join_all(results)
    if fn is operator.getitem or primitive.name == "getitem":
        base, index = operands.values()
        return getitem_type(base.type, index)
    declared = primitive.result_type
    if declared is not None and declared is not elementwise:
        try:
            return declared(fn, **operands)
        except CannotTell:
            return UNKNOWN
    rule = lookup(fn)
    if rule is not None:
        result = apply(rule, fn, operands, {q.name: q.default for q in primitive.params})
        if result is not None:
            return result
    elif declared is elementwise or broadcasts(fn):
        return elementwise(fn, **operands)
    return run_on_dummies(fn, operands, primitive.params)
