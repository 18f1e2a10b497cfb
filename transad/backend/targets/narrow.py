"""Single precision stays single: numba makes float64 of a float32 and a number of Python's, NumPy does not.

Python's numbers that meet values of float32 or complex64 are made such before (`np.float32(0.5) * x`), which
changes nothing for NumPy: it does the same.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from transad.backend.targets.kinds import is_arithmetic
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry
from transad.runtime import broadcast_like

SINGLE = {np.dtype(np.float32), np.dtype(np.complex64)}
_POWERS = {operator.pow, np.power, np.float_power}


def keep_single(block: Block) -> Op | None:
    """Rewrite a block in place, the nested ones included; the first operation that cannot be kept single."""
    ops: list[Op] = []
    for op in block.ops:
        for inner in op.blocks:
            refused = keep_single(inner)
            if refused is not None:
                return refused
        dtypes = [ty.dtype_of(x.type) for x in (*op.inputs, *op.outs)]
        if SINGLE.isdisjoint(dtypes):
            ops.append(op)
            continue
        if getattr(op.primitive.fn, "__module__", "") == math.__name__ or op.primitive.fn in (float, complex):
            return op
        if is_arithmetic(op) or op.primitive.fn is broadcast_like:
            _narrow(ops, op)
        else:
            ops.append(op)
    block.ops = ops
    return None


def _narrow(ops: list[Op], op: Op) -> None:
    strong = [ty.dtype_of(x.type) for x in op.inputs if not _is_weak(x)]
    numbers = [dtype for dtype in strong if dtype is not None and dtype.kind != "b"]
    if op.primitive.fn is np.where:
        numbers = [
            dtype for x in op.inputs[1:] if not _is_weak(x) and (dtype := ty.dtype_of(x.type)) is not None
        ]
    common = np.result_type(*numbers) if numbers else None
    if common not in SINGLE:
        ops.append(op)
        return
    whole = (
        op.primitive.fn in _POWERS and isinstance(op.inputs[-1], Const) and type(op.inputs[-1].value) is int
    )
    for k, x in enumerate(op.inputs):
        dtype = ty.dtype_of(x.type)
        if not _is_weak(x) or dtype is None or dtype.kind == "b" or whole and k == len(op.inputs) - 1:
            continue
        kind = np.complex64 if dtype.kind == "c" else np.float32
        if isinstance(x, Const) and x.origin is None:
            op.inputs[k] = Const(kind(x.value))
        else:
            cast = Op(
                [Var(None, ty.Number(np.dtype(kind), False))],
                registry.entry(kind),
                [x],
                {},
                [],
                op.loc,
                op.note,
            )
            ops.append(cast)
            op.inputs[k] = cast.out
    ops.append(op)


def _is_weak(x: Operand) -> bool:
    return isinstance(x.type, ty.Number) and x.type.weak is not False
