"""Products of vectors and matrices. Contracted axes have equal lengths, and are found equal."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis.broadcasting import elementwise
from transad.analysis.lengths import broadcast_shapes, product, unify
from transad.analysis.probing import probe_dtype
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    axes_of,
    axis_of,
    dtype_argument,
    fresh,
    integer,
    items_of,
    literal,
    result_of,
    scalar_or_array,
    shaped,
)
from transad.ir.core import Operand
from transad.ir.types import UNKNOWN, Array, Length, Number, Type
from transad.rules.einsum import canonical


def _dtype(*operands: Operand) -> np.dtype | None:
    """As of any product: a lone Python number counts as the array it becomes."""
    return probe_dtype(np.matmul, *((array(x).dtype, "array") for x in operands))


@result_of(np.dot, np.ndarray.dot)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    x, y = shaped(a), shaped(b)
    if not x.shape or not y.shape:
        shape = x.shape or y.shape
        return scalar_or_array(_dtype(a, b), shape)
    unify(x.shape[-1], y.shape[-2:][0])
    shape = (*x.shape[:-1], *y.shape[:-2], *y.shape[-1:] * (len(y.shape) > 1))
    return scalar_or_array(_dtype(a, b), shape, contiguous=True)


@result_of(np.matmul, np.linalg.matmul, operator.matmul, operator.imatmul)
def _(fn: Any, x1: Operand, x2: Operand) -> Type:
    x, y = shaped(x1), shaped(x2)
    if not x.shape or not y.shape:
        raise CannotTell
    unify(x.shape[-1], y.shape[-2:][0])
    batch = broadcast_shapes((x.shape[:-2], y.shape[:-2]))
    rows = x.shape[-2:-1]
    columns = y.shape[-1:] if len(y.shape) > 1 else ()
    return scalar_or_array(_dtype(x1, x2), (*batch, *rows, *columns), contiguous=not batch)


@result_of(*(getattr(np, name) for name in ("vecdot", "matvec", "vecmat") if hasattr(np, name)))
def _(fn: Any, x1: Operand, x2: Operand) -> Type:
    """Stacks of vectors and matrices: the core axes are contracted, the others broadcast."""
    x, y = shaped(x1).shape, shaped(x2).shape
    left, right = {"vecdot": (1, 1), "matvec": (2, 1), "vecmat": (1, 2)}[fn.__name__]
    if len(x) < left or len(y) < right:
        raise CannotTell
    unify(x[-1], y[-right])
    batch = broadcast_shapes((x[: len(x) - left], y[: len(y) - right]))
    rows = x[-2:-1] if left == 2 else ()
    columns = y[-1:] if right == 2 else ()
    return scalar_or_array(_dtype(x1, x2), (*batch, *rows, *columns))


@result_of(np.inner)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    x, y = shaped(a), shaped(b)
    if not x.shape or not y.shape:
        return scalar_or_array(_dtype(a, b), x.shape or y.shape)
    unify(x.shape[-1], y.shape[-1])
    return scalar_or_array(_dtype(a, b), (*x.shape[:-1], *y.shape[:-1]))


@result_of(np.outer)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    kinds = ((array(x).dtype, "array") for x in (a, b))
    shape = product(shaped(a).shape), product(shaped(b).shape)
    return fresh(probe_dtype(np.multiply, *kinds), shape, contiguous=True)


@result_of(np.vdot)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    x, y = array(a), array(b)
    if x.shape is not None and y.shape is not None:
        unify(product(x.shape), product(y.shape))
    return Number(_dtype(a, b), False)


@result_of(np.tensordot, np.linalg.tensordot)
def _(fn: Any, a: Operand, b: Operand, axes: Any = 2) -> Type:
    x, y = shaped(a).shape, shaped(b).shape
    value = literal(axes)
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise CannotTell
        first, second = (axes_of(v, len(s)) for v, s in zip(value, (x, y)))
    else:
        count = integer(axes)
        if not 0 <= count <= min(len(x), len(y)):
            raise CannotTell
        first, second = tuple(range(len(x) - count, len(x))), tuple(range(count))
    if len(first) != len(second):
        raise CannotTell
    for i, j in zip(first, second):
        unify(x[i], y[j])
    left = (n for i, n in enumerate(x) if i not in first)
    right = (n for j, n in enumerate(y) if j not in second)
    return fresh(_dtype(a, b), (*left, *right))


@result_of(np.kron)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    x, y = shaped(a).shape, shaped(b).shape
    if not x or not y:
        return elementwise(np.multiply, a=a, b=b)
    rank = max(len(x), len(y))
    padded = ((*[1] * (rank - len(s)), *s) for s in (x, y))
    return fresh(_dtype(a, b), tuple(map(product, zip(*padded))))


@result_of(np.einsum)
def _(fn: Any, subscripts: Operand, **operands: Operand) -> Type | None:
    """Axes that share a letter are equal, but for those of length 1 that are stretched."""
    text = literal(subscripts)
    dtype, optimize = operands.pop("dtype", None), operands.pop("optimize", None)
    arrays = [shaped(x) for name, x in operands.items() if name not in ("order", "casting")]
    if not isinstance(text, str):
        raise CannotTell
    terms, out = canonical(text, [len(t.shape) for t in arrays])
    if len(terms) != len(arrays):
        raise CannotTell
    lengths: dict[str, Length] = {}
    for term, t in zip(terms, arrays):
        _learn(term, t, lengths)
    common = dtype_argument(dtype, _common_dtype(arrays))
    result = scalar_or_array(common, tuple(lengths[c] for c in out))
    if out == "" and optimize is not None and literal(optimize) is not False:
        return UNKNOWN  # an array of rank 0, or not: by the path
    return result


def _learn(term: str, t: Array, lengths: dict[str, Length]) -> None:
    """Lengths by letter. einsum stretches axes of length 1, as broadcasting does."""
    if len(term) != len(t.shape):
        raise CannotTell
    for letter, n in zip(term, t.shape):
        known = lengths.get(letter, n)
        (lengths[letter],) = broadcast_shapes(((known,), (n,)))


def _common_dtype(arrays: list[Array]) -> np.dtype | None:
    return None if any(t.dtype is None for t in arrays) else np.result_type(*(t.dtype for t in arrays))


@result_of(np.linalg.multi_dot)
def _(fn: Any, arrays: Operand) -> Type:
    items = items_of(arrays)
    if items is None:
        raise CannotTell
    shapes = [shaped(x).shape for x in items]
    for x, y in zip(shapes, shapes[1:]):
        unify(x[-1], y[0])
    return scalar_or_array(_common_dtype([shaped(x) for x in items]), (*shapes[0][:-1], *shapes[-1][1:]))


@result_of(np.cross)
def _(
    fn: Any, a: Operand, b: Operand, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
) -> Type:
    """Of vectors of three components; those of two fail when the derivative is run."""
    chosen = literal(axis)
    axes = [literal(k) if chosen is None else chosen for k in (axisa, axisb, axisc)]
    rest = []
    for x, k in ((a, axes[0]), (b, axes[1])):
        shape = list(shaped(x).shape)
        unify(shape.pop(axis_of(k, len(shape))), 3)
        rest.append(tuple(shape))
    shape = list(broadcast_shapes(rest))
    shape.insert(axis_of(axes[2], len(shape) + 1), 3)
    return fresh(probe_dtype(np.multiply, *((array(x).dtype, "array") for x in (a, b))), tuple(shape))


@result_of(np.select)
def _(fn: Any, condlist: Operand, choicelist: Operand, default: Any = 0) -> None:
    """Conditions and choices broadcast together; the rest is found out by running."""
    parts = [*(items_of(condlist) or ()), *(items_of(choicelist) or ())]
    broadcast_shapes(shaped(part).shape for part in parts)
