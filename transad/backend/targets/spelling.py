"""What numba has under another form: the same operations, spelled so that it takes them.

Means and variances along an axis become sums, Python's `int`, `float` and `complex` as dtypes become NumPy's,
arrays are joined as a tuple of them, and what goes along the only axis does so without saying it. Powers that
end in a half are square roots and products, which take a tenth of the time, and vectors are rolled by a
function of ours, since numba's own divides for each entry.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.backend.targets.kinds import POWERS, known_shape
from transad.backend.targets.positions import is_position
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.rules import registry
from transad.runtime import rolled

_SCALARS = {float: np.float64, complex: np.complex128, int: np.int64, bool: np.bool_}
_ONE_AXIS = {np.cumsum: 1, np.cumprod: 1, np.roll: 2, np.argsort: 1, np.sort: 1}  # and which operand names it
_JOINED = {np.concatenate, np.stack, np.hstack, np.vstack, np.column_stack}


def respell(block: Block) -> None:
    """Rewrite a block in place, the nested ones included."""
    makers = {v: op for op in walk(block) for v in op.outs}
    _respell(block, makers)


def _respell(block: Block, makers: dict[Var, Op]) -> None:
    ops: list[Op] = []
    for op in block.ops:
        for inner in op.blocks:
            _respell(inner, makers)
        if op.primitive.fn in (np.mean, np.var, np.std) and _Moments(ops, op).write():
            continue
        if op.primitive.fn in POWERS and _write_with_root(ops, op):
            continue
        _plain_dtypes(op)
        if op.primitive.fn is np.zeros_like:
            _zeros_of_a_shape(ops, op)
        if op.primitive.fn in _ONE_AXIS:
            _without_axis(op, _ONE_AXIS[op.primitive.fn])
        if op.primitive.fn is np.roll and _is_rolled_vector(op):
            op.primitive, op.inputs = registry.entry(rolled), op.inputs[:2]
        if op.primitive.fn in _JOINED:
            _join_a_tuple(ops, op, makers)
        ops.append(op)
    block.ops = ops


def _write_with_root(ops: list[Op], op: Op) -> bool:
    """`x ** -1.5` as `1.0 / (x * np.sqrt(x))`, for real numbers of double precision."""
    x, power = op.inputs[:2]
    known = isinstance(power, Const) and power.origin is None and abs(power.value) in (0.5, 1.5, 2.5)
    if not known or len(op.inputs) > 2 or op.attrs.get("keywords"):
        return False
    if any(ty.dtype_of(v.type) != np.float64 for v in (x, op.out)):
        return False
    steps: list[tuple[Any, list[Operand]]] = [(np.sqrt, [x])]
    steps += [(operator.mul, [x])] * int(abs(power.value))  # type: ignore[union-attr]
    steps += [(operator.truediv, [Const(1.0)])] * (power.value < 0)  # type: ignore[union-attr]
    last: list[Operand] = []
    for k, (fn, before) in enumerate(steps):
        out = op.out if k == len(steps) - 1 else Var(None, op.out.type)
        ops.append(Op([out], registry.entry(fn), [*before, *last], {}, [], op.loc, op.note))
        last = [out]
    return True


def _is_rolled_vector(op: Op) -> bool:
    if len(op.inputs) != 3 or op.attrs.get("keywords") or not is_position(op.inputs[1]):
        return False
    x, _, axis = op.inputs
    plain = isinstance(axis, Const) and axis.value is None
    return plain and len(known_shape(x.type) or ()) == 1 and bool(known_shape(op.out.type))


def _plain_dtypes(op: Op) -> None:
    for k, x in enumerate(op.inputs):
        if isinstance(x, Const) and isinstance(x.value, type) and x.value in _SCALARS:
            if op.primitive.fn is not isinstance and (
                x.value is not float or op.primitive.fn is np.ndarray.astype
            ):
                op.inputs[k] = Const(_SCALARS[x.value])


def _zeros_of_a_shape(ops: list[Op], op: Op) -> None:
    """numba compiles one function for `np.zeros`, and three more for `np.zeros_like`; and an array that is
    asked for its shape alone need not exist."""
    x, kind = op.inputs[0], op.out.type
    plain = len(op.inputs) == 1 and isinstance(x.type, ty.Array) and isinstance(kind, ty.Array)
    if not plain or not kind.shape or kind.dtype is None:  # type: ignore[attr-defined]
        return
    axes = len(kind.shape)  # type: ignore[attr-defined]
    size = Var(None, ty.INT if axes == 1 else ty.Tuple((ty.INT,) * axes))
    asked = registry.entry(len if axes == 1 else np.shape)
    ops.append(Op([size], asked, [x], {}, [], op.loc, op.note))
    op.primitive, op.inputs = registry.entry(np.zeros), [size]
    if kind.dtype != np.float64:  # type: ignore[attr-defined]
        op.inputs.append(Const(kind.dtype.type))  # type: ignore[attr-defined]


def _without_axis(op: Op, place: int) -> None:
    """Along the only axis of a vector."""
    shape = op.inputs[0].type.shape if op.inputs and isinstance(op.inputs[0].type, ty.Array) else None
    if shape is None or len(shape) != 1 or len(op.inputs) <= place:
        return
    axis = op.inputs[place]
    if isinstance(axis, Const) and axis.value in (0, -1):
        if op.attrs.get("keywords"):
            if op.attrs["keywords"] == ("axis",):
                op.attrs["keywords"], op.inputs = (), op.inputs[:place]
        elif len(op.inputs) == place + 1 or op.primitive.params:
            op.inputs[place] = Const(None)


def _join_a_tuple(ops: list[Op], op: Op, makers: dict[Var, Op]) -> None:
    made = makers.get(op.inputs[0]) if isinstance(op.inputs[0], Var) else None
    if made is not None and made.primitive is p.LIST:
        kind = ty.Tuple(tuple(x.type for x in made.inputs))
        whole = Op([Var(None, kind)], p.TUPLE, list(made.inputs), {}, [], op.loc, op.note)
        ops.append(whole)
        op.inputs[0] = whole.out
    rank = ty.rank(op.outs[0].type)
    if len(op.inputs) > 1 and isinstance(op.inputs[1], Const) and type(op.inputs[1].value) is int and rank:
        op.inputs[1] = Const(op.inputs[1].value % rank)


class _Moments:
    """Mean, variance and standard deviation along axes, as sums."""

    def __init__(self, ops: list[Op], op: Op):
        self.ops, self.op = ops, op

    def emit(self, fn: Any, inputs: list[Operand], kind: ty.Type) -> Var:
        out = Var(None, kind)
        self.ops.append(Op([out], registry.entry(fn), inputs, {}, [], self.op.loc, self.op.note))
        return out

    def write(self) -> bool:
        op = self.op
        names = [q.name for q in op.primitive.params]
        if len(names) != len(op.inputs) or op.attrs.get("keywords"):
            return False
        given = dict(zip(names, op.inputs))
        x = given["a"]
        known = all(isinstance(v, Const) for k, v in given.items() if k != "a")
        if not known or not isinstance(x.type, ty.Array) or not x.type.shape or x.type.dtype is None:
            return False
        axis, keepdims, ddof = given["axis"].value, given["keepdims"].value, given.get("ddof", Const(0)).value  # type: ignore[union-attr]
        plain = given["dtype"].value is None and given["where"].value is True and x.type.dtype.kind == "f"  # type: ignore[union-attr]
        if not plain or type(ddof) not in (int, float) or keepdims not in (True, False):
            return False
        rank = len(x.type.shape)
        axes = sorted(
            {
                k % rank
                for k in (range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,))
            }
        )
        kept = ty.Array(x.type.dtype, tuple(1 if k in axes else n for k, n in enumerate(x.type.shape)))
        if op.primitive.fn is np.mean:
            total = self.total(x, axis, bool(keepdims), op.out.type)
            self.finish(np.mean, [total, self.count(x, axes)])
            return True
        count = self.count(x, axes)
        mean = self.emit(operator.truediv, [self.total(x, tuple(axes), True, kept), count], kept)
        apart = self.emit(operator.sub, [x, mean], x.type)
        square = self.emit(operator.mul, [apart, apart], x.type)
        total = self.total(square, axis, bool(keepdims), op.out.type)
        left = (
            self.emit(operator.sub, [count, Const(ddof)], ty.INT if type(ddof) is int else ty.FLOAT)
            if ddof
            else count
        )
        self.finish(op.primitive.fn, [total, left])
        return True

    def total(self, x: Operand, axis: Any, keepdims: bool, kind: ty.Type) -> Var:
        return self.emit(np.sum, [x, Const(axis), Const(None), Const(keepdims), Const(0), Const(True)], kind)

    def count(self, x: Operand, axes: list[int]) -> Operand:
        """How many entries go into one."""
        rank = len(x.type.shape)  # type: ignore[attr-defined]
        shape = self.emit(np.shape, [x], ty.Tuple((ty.INT,) * rank))
        found: Operand | None = None
        for k in axes:
            n = self.emit(operator.getitem, [shape, Const(k)], ty.INT)
            found = n if found is None else self.emit(operator.mul, [found, n], ty.INT)
        return found if found is not None else Const(1)

    def finish(self, fn: Any, inputs: list[Operand]) -> None:
        op = self.op
        if fn is np.std:
            inputs = [self.emit(operator.truediv, inputs, op.out.type)]
        primitive = registry.entry(np.sqrt if fn is np.std else operator.truediv)
        self.ops.append(Op(op.outs, primitive, inputs, {}, [], op.loc, op.note))
