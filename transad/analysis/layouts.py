"""Does a reshape copy? NumPy is asked, with an array of the same layout, where all lengths are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from transad.ir import types as ty
from transad.ir.core import Const, Operand, Primitive

LARGEST = 10**7  # items of an array made to find out


def is_view(
    base: ty.Type,
    path: Sequence[Primitive],
    counts: Sequence[int],
    operands: Sequence[Operand],
    last: Primitive,
    given: Sequence[Operand],
) -> bool | None:
    """Does `last` give a view of what is reached from an array that is contiguous? None: it is not known."""
    if not isinstance(base, ty.Array) or not base.contiguous or not base.shape:
        return None
    if not all(isinstance(n, int) for n in base.shape) or np.prod(base.shape, dtype=float) > LARGEST:
        return None
    array: Any = np.empty(base.shape, np.int8)
    first = 0
    try:
        for primitive, count in zip(path, counts):
            array = primitive.fn(array, *map(_sample, operands[first : first + count]))  # type: ignore[misc]
            first += count
        return array.size == 0 or np.shares_memory(array, last.fn(array, *map(_sample, given)))  # type: ignore[misc]
    except (_Unknown, ValueError, IndexError, TypeError):
        return None


class _Unknown(Exception):
    pass


def _sample(x: Operand) -> Any:
    """A value that leads to the same layout: one element lies like another."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x.type, ty.Number) and x.type.dtype is not None and x.type.dtype.kind in "iu":
        return 0
    raise _Unknown
