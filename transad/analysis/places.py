"""Which elements of an array does an index reach: each at most once, or all of them?

Where each is reached at most once, what is written there is what stays there, and adding to it needs no
`np.add.at`. Numbers, slices and masks do that; arrays of integers where it is known how they were made. And
of which type is what is found there?
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from transad.analysis.indexing import SliceParts, index_type, split_index
from transad.analysis.lengths import same, same_shape
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Const, Op, Operand, Primitive

Definition = Callable[[Operand], "Op | None"]

_TUPLES = {np.nonzero, np.diag_indices, np.triu_indices, np.tril_indices}  # each place once
_ORDERS = {np.argsort, np.argpartition, np.flatnonzero}


def reaches_once(index: Operand, definition: Definition) -> bool:
    """Surely so? `definition` tells what makes a variable."""
    if _is_plain(index.type):
        return True
    made = definition(index)
    if made is not None and made.primitive.fn in _TUPLES:
        return True
    parts = made.inputs if made is not None and made.primitive is p.TUPLE else [index]
    if _orders_rows(parts, definition):
        return True
    lists = [x for x in parts if not _is_plain(x.type)]
    # one of them is enough, if it is not repeated by broadcasting it against another
    return any(
        _is_distinct(x, definition) and all(y is x or same_shape(y.type, x.type) for y in lists)
        for x in lists
    )


def reaches_all(index: Operand) -> bool:
    """Is it `[...]`, `[:]`, or the `[()]` of an array without axes (there is no other to write to)?"""
    if not isinstance(index, Const):
        return False
    value = index.value
    return value is Ellipsis or type(value) in (tuple, slice) and value in ((), slice(None))


def is_whole(op: Op) -> bool:
    """Is the part of an array that is read or written all of it?"""
    operands = op.inputs[2:] if op.primitive in (p.UPDATE, p.RESTORE, p.ADD_AT) else op.inputs[1:]
    path = op.attrs.get("path", (op.primitive,))
    if not path:
        return op.primitive in (p.UPDATE, p.RESTORE)
    single = len(path) == 1 and path[0].name == "getitem"
    return single and isinstance(op.inputs[0].type, ty.Array) and reaches_all(operands[0])


def _is_plain(t: ty.Type) -> bool:
    """Is this part of an index no array of integers?"""
    if isinstance(t, ty.Tuple):
        return all(map(_is_plain, t.items))
    if isinstance(t, ty.Array):
        return t.dtype is not None and t.dtype.kind == "b"
    return not isinstance(t, (ty.List, ty.UnknownType))


def _is_distinct(x: Operand, definition: Definition) -> bool:
    """Are these integers different from one another, and none negative?"""
    made = definition(x)
    if made is not None and made.primitive is p.LIST:
        numbers = [k.value if isinstance(k, Const) and type(k.value) is int else -1 for k in made.inputs]
        return len(set(numbers)) == len(numbers) and min(numbers, default=0) >= 0
    if made is None or ty.rank(x.type) != 1:
        return False
    if made.primitive.fn is operator.add:
        steps = [k for k in made.inputs if isinstance(k, Const) and type(k.value) is int and k.value > 0]
        return len(steps) == 1 and any(_is_distinct(k, definition) for k in made.inputs)
    if made.primitive.fn is not np.arange:
        return made.primitive.fn in _ORDERS
    start, stop, step = (k.value if isinstance(k, Const) else k for k in made.inputs[:3])
    return step in (None, 1) and (stop is None or type(start) is int and start >= 0)


def _orders_rows(parts: list[Operand], definition: Definition) -> bool:
    """Is this the index of `np.take_along_axis` with an order along the axis, `np.argsort(a, axis)`? Then it
    is an order in one place, and in each other the numbers of that axis, upright."""
    n, orders = len(parts), [k for k, x in enumerate(parts) if _axis_of_order(x, definition) is not None]
    if len(orders) != 1 or _axis_of_order(parts[orders[0]], definition) % n != orders[0]:  # type: ignore[operator]
        return False
    if ty.rank(parts[orders[0]].type) != n:
        return False
    lengths = parts[orders[0]].type.shape  # type: ignore[union-attr]
    return all(_counts_axis(x, lengths[k:], definition) for k, x in enumerate(parts) if k != orders[0])


def _axis_of_order(x: Operand, definition: Definition) -> int | None:
    """The axis along which these are the places in some order."""
    made = definition(x)
    at = {np.argsort: 1, np.argpartition: 2}.get(made.primitive.fn) if made is not None else None
    if made is None or at is None:
        return None
    axis = made.inputs[at] if len(made.inputs) > at else Const(-1)
    return axis.value if isinstance(axis, Const) and type(axis.value) is int else None


def _counts_axis(x: Operand, lengths: tuple, definition: Definition) -> bool:
    """Different integers, as many as the first of some lengths, upright over axes for the others?"""
    shape = x.type.shape if isinstance(x.type, ty.Array) else None
    if not shape or not same(shape[0], lengths[0]) or shape[1:] != (1,) * (len(lengths) - 1):
        return False
    made = definition(x)
    counted = made.inputs[0] if made is not None and made.primitive.fn is np.reshape else x
    return _is_distinct(counted, definition)


def without_added_axes(base: ty.Type, path: tuple[Primitive, ...], indices: list[Operand]) -> tuple | None:
    """The index that undoes one which only adds axes, `x[:, None]`; None where it does anything else."""
    if len(path) != 1 or path[0].name != "getitem" or len(indices) != 1:
        return None
    parts, rank = split_index(indices[0]), ty.rank(base)
    plain = isinstance(base, ty.Array) and all(
        isinstance(x, Const)
        and (x.value is None or x.value is Ellipsis or type(x.value) is slice and x.value == slice(None))
        for x in parts
    )
    if not plain or not rank:
        return None
    values = [x.value for x in parts]
    at = values.index(Ellipsis) if Ellipsis in values else len(values)
    values[at : at + 1] = [slice(None)] * (rank - values.count(slice(None)))
    return tuple(0 if value is None else value for value in values) if None in values else None


def type_at(base: ty.Type, path: tuple[Primitive, ...], indices: list[Operand], builder: Builder) -> ty.Type:
    """The type of the part that a path of plain indices leads to, as the front end named its lengths."""
    if any(primitive.name != "getitem" for primitive in path) or len(path) != len(indices):
        return ty.UNKNOWN
    for index in indices:
        base = index_type(base, _parts(index, builder))
    return base


def _parts(index: Operand, builder: Builder) -> list[Operand | SliceParts]:
    """An index in its parts, slices with run-time bounds taken apart."""
    made = builder.definition(index)
    if made is not None and made.primitive is p.TUPLE:
        return [part for x in made.inputs for part in _parts(x, builder)]
    if made is not None and made.primitive is p.SLICE:
        return [SliceParts(*map(builder.integer, made.inputs))]
    return list(split_index(index))
