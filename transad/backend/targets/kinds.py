"""Kinds of operations, as the numba target tells them apart: those that are done entry by entry, and those
that pass entries on."""

from __future__ import annotations

import operator

import numpy as np

from transad.ir import types as ty
from transad.ir.core import Const, Op, Primitive
from transad.runtime import broadcast_like, unbroadcast

_OPERATORS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg, operator.pos,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.and_, operator.or_,
    operator.abs, abs,
}  # fmt: skip
ON_BOOLEANS = {operator.invert: operator.not_, np.logical_not: operator.not_}
TRIANGLES = {np.tril: operator.le, np.triu: operator.ge}
POWERS = {operator.pow, np.power}
SINGLE = {np.dtype(np.float32), np.dtype(np.complex64)}
PICK = Primitive("pick")  # entry `position[axes]` of an array, at a position of more axes; attrs axes
DTYPES = {np.dtype(t) for t in (np.float64, np.complex128, np.float32, np.complex64, np.int64, np.bool_)}


def zero_of(dtype: np.dtype) -> Const:
    """A zero that is of a dtype for numba, too."""
    plain = dtype in (np.dtype(np.float64), np.dtype(np.complex128), np.dtype(np.int64), np.dtype(np.bool_))
    return Const(dtype.type(0).item() if plain else dtype.type(0))


def known_shape(t: ty.Type) -> tuple[ty.Length, ...] | None:
    """The shape of an array of a dtype that loops are made for; that of a number is ()."""
    if isinstance(t, ty.Number) and t.dtype is not None:
        return ()
    return t.shape if isinstance(t, ty.Array) and t.dtype in DTYPES else None


def is_arithmetic(op: Op) -> bool:
    """Is it a function of numbers, which arrays are taken through entry by entry?"""
    fn = op.primitive.fn
    if len(op.outs) != 1 or op.blocks or op.attrs.get("keywords") or "opaque" in op.attrs:
        return False
    if fn in _OPERATORS or fn in ON_BOOLEANS or fn is np.where and len(op.inputs) == 3:
        return True
    return isinstance(fn, np.ufunc) and fn.nout == 1 and fn.signature is None and len(op.inputs) == fn.nin


def is_elementwise(op: Op) -> bool:
    """Is an operation done on the entries of arrays one by one, as Python does it on numbers?"""
    if not is_arithmetic(op) or not known_shape(op.outs[0].type):
        return False
    if op.primitive.fn is operator.invert and ty.dtype_of(op.outs[0].type).kind != "b":
        return False
    return all(known_shape(x.type) is not None for x in op.inputs)


def is_fill(op: Op) -> bool:
    """Is it an array of equal entries that need not exist?"""
    return is_spread(op) and known_shape(op.inputs[0].type) == ()


def is_spread(op: Op) -> bool:
    """Is it an array or number in the shape of another array?"""
    known = op.primitive.fn is broadcast_like and bool(known_shape(op.outs[0].type))
    return known and known_shape(op.inputs[0].type) is not None


def is_gathered(op: Op) -> bool:
    """Is it the adjoint of something that broadcasting may have stretched?"""
    shapes = [known_shape(x.type) for x in op.inputs] if op.primitive.fn is unbroadcast else []
    return bool(shapes) and bool(shapes[0]) and bool(shapes[1]) and len(shapes[0]) == len(shapes[1])  # type: ignore[arg-type]


def is_triangle(op: Op) -> bool:
    """Is it `np.tril` or `np.triu` of a matrix, with a known diagonal?"""
    matrix = op.primitive.fn in TRIANGLES and len(known_shape(op.inputs[0].type) or ()) == 2
    return matrix and (
        len(op.inputs) < 2 or isinstance(op.inputs[1], Const) and type(op.inputs[1].value) is int
    )


def is_diagonal(op: Op) -> bool:
    """Is it the main diagonal of a matrix?"""
    matrix = op.primitive.fn in (np.diagonal, np.diag) and len(known_shape(op.inputs[0].type) or ()) == 2
    return matrix and all(isinstance(x, Const) and x.value == k for x, k in zip(op.inputs[1:], (0, 0, 1)))


def is_new_axis(op: Op) -> bool:
    """Is it `np.expand_dims` with one known axis?"""
    plain = op.primitive.fn is np.expand_dims and isinstance(op.inputs[1], Const)
    return plain and type(op.inputs[1].value) is int and bool(known_shape(op.inputs[0].type))


def passes_on(op: Op) -> bool:
    """Are the entries of the result entries of the operand (or zeros)?"""
    kinds = (is_view, is_flip, is_spread, is_gathered, is_triangle, is_diagonal)
    return bool(known_shape(op.outs[0].type)) and any(kind(op) for kind in kinds) if op.outs else False


def is_view(op: Op) -> bool:
    """Is it cheaper to have the array itself than to copy it?"""
    return op.primitive.fn is operator.getitem or is_transpose(op) or is_new_axis(op)


def is_transpose(op: Op) -> bool:
    plain = (
        len(op.inputs) == 1
        or len(op.inputs) == 2
        and isinstance(op.inputs[1], Const)
        and op.inputs[1].value is None
    )
    return op.primitive.fn is np.transpose and plain and bool(known_shape(op.inputs[0].type))


def is_flip(op: Op) -> bool:
    """Is it `np.flip` along known axes?"""
    plain = op.primitive.fn is np.flip and bool(known_shape(op.inputs[0].type))
    return plain and (len(op.inputs) == 1 or isinstance(op.inputs[1], Const))


def flipped_axes(op: Op) -> set[int]:
    rank = len(known_shape(op.inputs[0].type) or ())
    axis = op.inputs[1].value if len(op.inputs) > 1 else None  # type: ignore[union-attr]
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return {k % rank for k in axes}
