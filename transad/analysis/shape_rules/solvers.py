"""What solvers return: objects that tell all about a solution, or the solution itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.ir.core import Callee, Const, Operand
from transad.ir.types import FLOAT, INT, UNKNOWN, Array, Number, Object, Tuple, Type

REPORT = Object(object)


def a_solution(fn: Any, **given: Operand) -> Type:
    """The object that tells all about a solution."""
    return REPORT


def number_and_report(fn: Any, **given: Operand) -> Type:
    """A root; with the report, if that is asked for."""
    full = given.get("full_output")
    return Tuple((FLOAT, REPORT)) if isinstance(full, Const) and full.value else FLOAT


def like_the_start(fn: Any, x0: Operand, **given: Operand) -> Type:
    """A number or an array of floats, as the starting point is one."""
    kind = x0.type
    if isinstance(kind, Array):
        return Array(np.dtype(float), kind.shape)
    return Number(np.dtype(float))


def integral_and_error(fn: Any, **given: Operand) -> Type:
    """The integral, of what the integrand returns, and an estimate of its error."""
    first = next(iter(given.values()))
    callee = first.value if isinstance(first, Const) else None
    kind = callee.block.results[0].type if isinstance(callee, Callee) else UNKNOWN
    return Tuple((Array(kind.dtype, kind.shape) if isinstance(kind, Array) else FLOAT, FLOAT))


def states_by_time(fn: Any, y0: Operand, t: Operand, **given: Operand) -> Type:
    """A row for each time."""
    kinds = y0.type, t.type
    known = all(isinstance(k, Array) and k.shape is not None and len(k.shape) == 1 for k in kinds)
    return Array(np.dtype(float), (*kinds[1].shape, *kinds[0].shape) if known else None)  # type: ignore[union-attr,misc]


def start_and_flag(fn: Any, x0: Operand, **given: Operand) -> Type:
    """A solution like the starting point, and how it was found."""
    return Tuple((like_the_start(fn, x0), INT))
