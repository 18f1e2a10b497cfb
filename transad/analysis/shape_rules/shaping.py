"""Reshaping, reordering, joining and splitting: functions that move elements and keep them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from transad.analysis.broadcasting import as_array, common_dtype
from transad.analysis.indexing import SliceParts, slice_length
from transad.analysis.lengths import (
    broadcast_shapes,
    find,
    product,
    quotient,
    same,
    shifted,
    total,
    unify,
    unify_shapes,
)
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    axes_of,
    axis_of,
    dims_of,
    dtype_argument,
    fresh,
    integer,
    items_of,
    lengths_of,
    literal,
    result_of,
    shaped,
)
from transad.ir.core import Const, Operand, Var
from transad.ir.types import Array, Dim, Length, List, Number, Type, fresh_dim, surely_not_one


@result_of(np.reshape)
def _(fn: Any, a: Operand, shape: Operand, order: Any = "C") -> Type:
    lengths = lengths_of(shape)
    if lengths == () and isinstance(a.type, Number):
        raise CannotTell  # a number of NumPy stays one
    return reshaped(array(a), lengths, order)


@result_of(np.ndarray.reshape)
def _(fn: Any, a: Operand, shape: Operand, order: Any = "C") -> Type:
    """Varargs: the shape may come as a tuple of ints, or as a tuple that holds one such tuple."""
    items = items_of(shape)
    if items is not None and len(items) == 1 and as_array(items[0].type).shape != ():
        shape = items[0]
    return reshaped(array(a), lengths_of(shape), order)


def reshaped(a: Array, lengths: tuple[Length | None, ...], order: Any = "C") -> Array:
    others = [n for n in lengths if n != -1]
    rest: Length | None = None
    if a.shape is not None and None not in others and len(others) == len(lengths) - 1:
        rest = quotient(a.shape, others)
    shape = tuple(_reshaped_dim(rest if n == -1 else n) for n in lengths)
    return Array(a.dtype, shape, a.contiguous and literal(order) == "C")


def _reshaped_dim(n: Length | None) -> Length:
    """An int that is `n - 1` may be -1, and would mean something else."""
    return fresh_dim() if n is None or (isinstance(n, Dim) and n.offset < 0) else n


@result_of(np.ravel, np.ndarray.flatten)
def _(fn: Any, a: Operand, order: Any = "C") -> Type:
    t = array(a)
    return Array(t.dtype, (fresh_dim() if t.shape is None else product(t.shape),), True)


@result_of(np.transpose, np.permute_dims)
def _(fn: Any, a: Operand, axes: Any = None) -> Type:
    t = array(a)
    if isinstance(a.type, Number):
        raise CannotTell  # a number of NumPy stays one
    if literal(axes) is None:
        shape = None if t.shape is None else t.shape[::-1]
        return Array(t.dtype, shape, t.contiguous and shape is not None and len(shape) < 2)
    return _permuted(shaped(a), axes_of(axes, len(shaped(a).shape)))


@result_of(np.matrix_transpose)
def _(fn: Any, x: Operand) -> Type:
    order = list(range(len(shaped(x).shape)))
    order[-2:] = order[:-3:-1]
    return _permuted(shaped(x), tuple(order))


@result_of(np.swapaxes)
def _(fn: Any, a: Operand, axis1: Any, axis2: Any) -> Type:
    t = shaped(a)
    order = list(range(len(t.shape)))
    i, j = (axis_of(integer(x), len(order)) for x in (axis1, axis2))
    order[i], order[j] = j, i
    return _permuted(t, tuple(order))


@result_of(np.moveaxis)
def _(fn: Any, a: Operand, source: Any, destination: Any) -> Type:
    t = shaped(a)
    rank = len(t.shape)
    moves = sorted(zip(axes_of(destination, rank), axes_of(source, rank)))
    order = [n for n in range(rank) if n not in {s for _, s in moves}]
    for to, frm in moves:
        order.insert(to, frm)
    return _permuted(t, tuple(order))


def _permuted(t: Array, order: tuple[int, ...]) -> Array:
    if sorted(order) != list(range(len(t.shape))):
        raise CannotTell
    unmoved = t.contiguous and order == tuple(range(len(order)))
    return Array(t.dtype, tuple(t.shape[i] for i in order), unmoved)


@result_of(np.squeeze)
def _(fn: Any, a: Operand, axis: Any = None) -> Type:
    t = shaped(a)
    if not isinstance(a.type, Array):
        raise CannotTell
    if literal(axis) is not None:
        gone = axes_of(axis, len(t.shape))
    elif all(find(n) == 1 or surely_not_one(find(n)) for n in t.shape):
        gone = tuple(i for i, n in enumerate(t.shape) if find(n) == 1)
    else:
        return Array(t.dtype, None)
    return Array(t.dtype, tuple(n for i, n in enumerate(t.shape) if i not in gone), t.contiguous)


@result_of(np.expand_dims)
def _(fn: Any, a: Operand, axis: Any) -> Type:
    t = shaped(a)
    value = literal(axis)
    count = len(value) if isinstance(value, (tuple, list)) else 1
    new = axes_of(axis, len(t.shape) + count)
    old = iter(t.shape)
    shape = tuple(1 if i in new else next(old) for i in range(len(t.shape) + count))
    return Array(t.dtype, shape, t.contiguous)


@result_of(np.atleast_1d, np.atleast_2d)
def _(fn: Any, **arys: Operand) -> Type:
    """Of one array; of several, by running."""
    operands = list(arys.values())
    if len(operands) == 1 and not isinstance(operands[0].type, Array):
        operands = items_of(operands[0]) or []
    if len(operands) != 1:
        raise CannotTell
    t = shaped(operands[0])
    return Array(t.dtype, _at_least(t.shape, 1 if fn is np.atleast_1d else 2), t.contiguous)


def _at_least(shape: tuple[Length, ...], rank: int) -> tuple[Length, ...]:
    return (*[1] * (rank - len(shape)), *shape)


@result_of(np.broadcast_to)
def _(fn: Any, array: Operand, shape: Operand) -> Type:
    t = as_array(array.type)
    return Array(None if t is None else t.dtype, dims_of(shape))


@result_of(np.concatenate)
def _(fn: Any, arrays: Operand, axis: Any = 0, dtype: Any = None) -> Type:
    if literal(axis) is None:
        return _of_dtype(_concatenated([_flat(t) for t in _arrays(arrays)], 0, _open(arrays)), dtype)
    return _of_dtype(_concatenated(_arrays(arrays), integer(axis), _open(arrays)), dtype)


def _of_dtype(t: Array, dtype: Any) -> Array:
    """The array with the dtype that was asked for."""
    return Array(dtype_argument(dtype, t.dtype), t.shape, t.contiguous)


@result_of(np.hstack)
def _(fn: Any, tup: Operand, dtype: Any = None) -> Type:
    arrays = [Array(t.dtype, _at_least(t.shape, 1)) for t in _arrays(tup)]
    return _of_dtype(_concatenated(arrays, 0 if len(arrays[0].shape) == 1 else 1, _open(tup)), dtype)


@result_of(np.vstack)
def _(fn: Any, tup: Operand, dtype: Any = None) -> Type:
    arrays = [Array(t.dtype, _at_least(t.shape, 2)) for t in _arrays(tup)]
    return _of_dtype(_concatenated(arrays, 0, _open(tup)), dtype)


@result_of(np.dstack)
def _(fn: Any, tup: Operand) -> Type:
    arrays = []
    for t in _arrays(tup):
        shape = _at_least(t.shape, 2)
        arrays.append(Array(t.dtype, shape if len(shape) > 2 else (*shape, 1)))
    return _concatenated(arrays, 2, _open(tup))


@result_of(np.append)
def _(fn: Any, arr: Operand, values: Operand, axis: Any = None) -> Type:
    arrays = [shaped(arr), shaped(values)]
    if literal(axis) is None:
        return _concatenated([_flat(t) for t in arrays], 0, False)
    return _concatenated(arrays, integer(axis), False)


@result_of(np.column_stack)
def _(fn: Any, tup: Operand) -> Type:
    columns = [t if len(t.shape) > 1 else Array(t.dtype, (*_at_least(t.shape, 1), 1)) for t in _arrays(tup)]
    return _concatenated(columns, 1, _open(tup))


@result_of(np.stack)
def _(fn: Any, arrays: Operand, axis: Any = 0, dtype: Any = None) -> Type:
    parts = _arrays(arrays)
    shape = parts[0].shape
    for part in parts[1:]:
        shape = unify_shapes(shape, part.shape)
        if shape is None:
            raise CannotTell
    at = axis_of(integer(axis), len(shape) + 1)
    count = fresh_dim() if _open(arrays) else len(parts)
    made = fresh(common_dtype(parts), (*shape[:at], count, *shape[at:]), _in_order(parts))
    return _of_dtype(made, dtype)


def _in_order(parts: list[Array]) -> bool:
    """Are arrays joined one after the other as in memory? NumPy joins arrays in Fortran order in this."""
    return all(part.contiguous or part.shape is not None and len(part.shape) < 2 for part in parts)


def _arrays(x: Operand) -> list[Array]:
    """The arrays of a sequence; one that stands for all when their number is not known."""
    if isinstance(x.type, Array):
        t = shaped(x)
        if not t.shape:
            raise CannotTell
        return [Array(t.dtype, t.shape[1:])] * (t.shape[0] if isinstance(t.shape[0], int) else 1)
    items = items_of(x)
    parts = [Var(None, x.type.item)] if items is None else items
    if not parts:
        raise CannotTell
    return [shaped(part) for part in parts]


@result_of(np.repeat)
def _(fn: Any, a: Operand, repeats: Operand, axis: Any = None) -> Type:
    t = shaped(a)
    if literal(axis) is None:
        t = _flat(t)
    at = 0 if literal(axis) is None else axis_of(integer(axis), len(t.shape))
    known = isinstance(repeats, Const) and array(repeats).shape == ()
    length = product((t.shape[at], integer(repeats))) if known else fresh_dim()
    return fresh(t.dtype, (*t.shape[:at], length, *t.shape[at + 1 :]))


@result_of(np.tile)
def _(fn: Any, A: Operand, reps: Operand) -> Type:
    t, counts = shaped(A), lengths_of(reps)
    rank = max(len(t.shape), len(counts))
    shape = (1,) * (rank - len(t.shape)) + t.shape
    counts = (1,) * (rank - len(counts)) + counts
    lengths = [fresh_dim() if r is None else product((n, r)) for n, r in zip(shape, counts)]
    return fresh(t.dtype, tuple(lengths))


@result_of(np.pad)
def _(fn: Any, array: Operand, pad_width: Operand, **rest: Operand) -> Type:
    t = shaped(array)
    try:
        pairs = np.broadcast_to(np.asarray(literal(pad_width), int), (len(t.shape), 2)).tolist()
    except (CannotTell, TypeError):  # widths that are computed
        return fresh(t.dtype, tuple(fresh_dim() for _ in t.shape))
    except ValueError:  # as NumPy will say
        raise CannotTell from None
    lengths = [shifted(n, before + after) for n, (before, after) in zip(t.shape, pairs)]
    return fresh(t.dtype, tuple(fresh_dim() if n is None else n for n in lengths))


@result_of(np.choose)
def _(fn: Any, a: Operand, choices: Operand) -> Type | None:
    """The index and all choices broadcast together."""
    parts = _arrays(choices)
    shape = broadcast_shapes([shaped(a).shape, *(part.shape for part in parts)])
    if shape == ():
        return Number(common_dtype(parts), False)
    return None if shape is None else fresh(common_dtype(parts), shape)


def _open(x: Operand) -> bool:
    """Is the number of arrays unknown?"""
    t = x.type
    if isinstance(t, Array):
        return not isinstance(t.shape[0], int)
    return isinstance(t, List) and t.items is None and not isinstance(x, Const)


def _flat(t: Array) -> Array:
    return Array(t.dtype, (product(t.shape),))


def _concatenated(arrays: list[Array], axis: int, open_ended: bool) -> Array:
    rank = len(arrays[0].shape)
    at = axis_of(axis, rank)
    if any(len(t.shape) != rank for t in arrays):
        raise CannotTell
    shape = list(arrays[0].shape)
    for t in arrays[1:]:
        for i in range(rank):
            if i != at:
                shape[i] = unify(shape[i], t.shape[i])
    shape[at] = fresh_dim() if open_ended else total(t.shape[at] for t in arrays)
    return fresh(common_dtype(arrays), tuple(shape), _in_order(arrays))


@result_of(np.split, np.array_split)
def _(fn: Any, ary: Operand, indices_or_sections: Operand, axis: Any = 0) -> Type:
    return _split(fn, shaped(ary), literal(indices_or_sections), integer(axis))


@result_of(np.hsplit, np.vsplit, np.dsplit)
def _(fn: Any, ary: Operand, indices_or_sections: Operand) -> Type | None:
    axis = {np.vsplit: 0, np.hsplit: 1, np.dsplit: 2}[fn]
    if fn is np.hsplit and len(shaped(ary).shape) == 1:
        axis = 0
    return _split(np.split, shaped(ary), literal(indices_or_sections), axis)


def _split(fn: Any, t: Array, sections: Any, axis: int) -> Type:
    at = axis_of(axis, len(t.shape))
    lengths = _section_lengths(fn, t.shape[at], sections)
    return List(tuple(Array(t.dtype, (*t.shape[:at], n, *t.shape[at + 1 :])) for n in lengths))


def _section_lengths(fn: Any, length: Length, sections: Any) -> list[Length]:
    length = find(length)
    if isinstance(sections, (tuple, list)):
        bounds = [Const(0), *map(Const, sections), Const(None)]
        return [slice_length(length, SliceParts(a, b)) for a, b in pairwise(bounds)]
    count = integer(Const(sections))
    if count <= 0:
        raise CannotTell
    if isinstance(length, int):
        return [length // count + (i < length % count) for i in range(count)]
    if fn is np.split:
        return [fresh_dim()] * count
    return [fresh_dim() for _ in range(count)]


@result_of(np.diag)
def _(fn: Any, v: Operand, k: Any = 0) -> Type:
    t, shift = shaped(v), abs(integer(k))
    if len(t.shape) == 1:
        n = total((t.shape[0], shift))
        return fresh(t.dtype, (n, n))
    if len(t.shape) == 2 and shift == 0 and same(*t.shape):
        return Array(t.dtype, (t.shape[0],))
    raise CannotTell


@result_of(np.diagonal)
def _(fn: Any, a: Operand, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Type:
    t = shaped(a)
    i, j = (axis_of(integer(x), len(t.shape)) for x in (axis1, axis2))
    square = integer(offset) == 0 and same(t.shape[i], t.shape[j])
    rest = (n for k, n in enumerate(t.shape) if k not in (i, j))
    return Array(t.dtype, (*rest, t.shape[i] if square else fresh_dim()))


@result_of(np.tril, np.triu)
def _(fn: Any, m: Operand, k: Any = 0) -> Type:
    t = shaped(m)
    if len(t.shape) < 2:
        raise CannotTell
    return _like(t)


@result_of(np.roll)
def _(fn: Any, a: Operand, shift: Any, axis: Any = None) -> Type:
    return _like(shaped(a))


@result_of(np.flip)
def _(fn: Any, m: Operand, axis: Any = None) -> Type:
    t = shaped(m)
    if not t.shape:
        raise CannotTell
    return Array(t.dtype, t.shape)


@result_of(np.flipud, np.fliplr)
def _(fn: Any, m: Operand) -> Type:
    t = shaped(m)
    return Array(t.dtype, t.shape)


def _like(t: Array) -> Array:
    return fresh(t.dtype, t.shape)
