"""Sums and products of arrays as statements of loop nests: `np.sum`, the greatest entry, products with
vectors, `np.tensordot` and `np.einsum`. Products of two matrices become calls of one function."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.backend.targets.elements import Elements
from transad.backend.targets.kinds import PICK, is_transpose, known_shape
from transad.backend.targets.nests import Statement
from transad.backend.targets.positions import At, Position
from transad.backend.targets.products import PRODUCT
from transad.ir import types as ty
from transad.ir.core import Const, Op, Operand, Var
from transad.rules import registry

_LETTERS = "abcdefghijklmnopqrstuvw"
PRODUCTS = {np.dot, np.matmul, operator.matmul, np.tensordot}
EXTREMES = {np.max: (np.maximum, -np.inf), np.min: (np.minimum, np.inf)}


class Reductions(Elements):
    """Makes statements of them. What exists and who uses it is known to the rewriter of loops."""

    made_here: set[Operand]  # arrays stored by rows
    starts: dict[Operand, Op]  # arrays that a sum begins with, and what makes them
    exist: Any
    use: Any
    flush: Any

    def sum(
        self, op: Op, x: Operand, axis: Any, dtype: Any, keepdims: Any, initial: Any, where: Any
    ) -> Statement | None:
        if not all(isinstance(c, Const) for c in (axis, dtype, keepdims, initial, where)):
            return None
        own, made = ty.dtype_of(x.type), ty.dtype_of(op.outs[0].type)
        plain = dtype.value is None or dtype.value == made
        plain = plain and where.value is True and initial.value == 0
        if not plain or not known_shape(x.type) or made is None or own is None or own.kind not in "fcb":
            return None
        return self.reduction(op, x, axis, keepdims, operator.add, np.zeros)

    def product(self, op: Op) -> Statement | None:
        """A product of arrays, as a sum of products of entries; not that of two matrices, which BLAS
        knows."""
        fn, (a, b, *more) = op.primitive.fn, op.inputs
        left, right = len(known_shape(a.type) or ()), len(known_shape(b.type) or ())
        if not left or not right:
            return None
        if fn is np.tensordot:
            axes = _contracted(more[0] if more else Const(2), left, right)
            if axes is None:
                return None
            first, second = list(_LETTERS[:left]), list(_LETTERS[left : left + right])
            for i, j in zip(*axes):
                second[j] = first[i]
            free = [x for x in first if x not in second] + [x for x in second if x not in first]
        else:
            several = left == right > 2 and fn is not np.dot
            if left + right > 3 and not several:
                return None
            batch = list(_LETTERS[: left - 2]) if several else []
            first, second = [*batch, *["y"] * (left > 1), "x"], [*batch, "x", *["z"] * (right > 1)]
            free = [*batch, *["y"] * (left > 1), *["z"] * (right > 1)]
        return self.contraction(op, [a, b], [first, second], free)

    def prepare_matrices(self, op: Op) -> None:
        """A product of two matrices becomes a call of one function for all orders they are stored in."""
        both = op.inputs[:2]
        shapes = [known_shape(x.type) or () for x in both]
        double = all(ty.dtype_of(x.type) == np.float64 for x in (*both, *op.outs))
        if op.primitive.fn not in PRODUCTS - {np.tensordot} or list(map(len, shapes)) != [2, 2] or not double:
            return
        op.inputs, op.primitive, op.attrs = [], PRODUCT, {}
        for x in both:
            made = self.virtual.get(x)  # type: ignore[call-overload]
            turned = made is not None and is_transpose(made)
            if turned:
                x = made.inputs[0]  # type: ignore[union-attr]
            self.exist(x)
            self.use(x, op)
            plain = isinstance(x.type, ty.Array) and x.type.contiguous or x in self.made_here
            if not plain:
                self.flush()
                x = self.emit(np.ascontiguousarray, [x, Const(None)], x.type)
            op.inputs += [x, Const(turned)]

    def contraction(
        self, op: Op, operands: list[Operand], names: list[list[str]], free: list[str]
    ) -> Statement | None:
        """The sum over all axes that are not `free` of the product of two arrays whose axes have these
        names."""
        operands, names = list(operands), [list(own) for own in names]
        for k, x in enumerate(operands):
            turned = self.virtual.get(x)  # type: ignore[call-overload]
            if turned is not None and is_transpose(turned):
                operands[k], names[k] = turned.inputs[0], names[k][::-1]
        kinds = {ty.dtype_of(x.type) for x in (*operands, op.outs[0])}
        if len(kinds) != 1 or next(iter(kinds)).kind not in "fc":  # type: ignore[union-attr]
            return None
        dims: dict[str, tuple[Operand, int, ty.Length]] = {}
        for x, own in zip(operands, names):
            for k, (name, n) in enumerate(zip(own, known_shape(x.type) or ())):
                if name not in dims:
                    dims[name] = x, k, n
                elif not self.facts.same(n, dims[name][2]):
                    if isinstance(n, int) and isinstance(dims[name][2], int) or 1 in (n, dims[name][2]):
                        return None
                    self.refuse_unequal(self.length(x, k), self.length(*dims[name][:2]))
                    self.facts.equate(n, dims[name][2])
        order = [*free, *(name for name in dims if name not in free)]
        lasts = [own[-1] for own in (*names, free) if own]
        order.sort(key=lambda name: name == max(lasts, key=lasts.count))  # the loop inside runs along rows
        domain = tuple(dims[name][2] for name in order)
        (dtype,) = kinds
        picked = []
        for x, own in zip(operands, names):
            v = self.hypothetical(PICK, [x], ty.Array(dtype, domain))
            self.virtual[v].attrs["axes"] = [order.index(name) for name in own]
            picked.append(v)
        whole = self.hypothetical(registry.entry(operator.mul), picked, ty.Array(dtype, domain))
        lengths = [self.length(*dims[name][:2]) for name in order]
        point = tuple(At(k) for k in range(len(order)))
        out = op.outs[0]
        where = tuple(point[order.index(name)] for name in free)
        for name, n in zip(free, known_shape(out.type) or ()):
            self.facts.equate(n, dims[name][2])
        if not free:
            return Statement(out, _sum_start(out), (), whole, point, True, op, domain, lengths)
        rows = [self.count(lengths[order.index(name)]) for name in free]
        start = self.start(np.zeros, out, rows)
        return Statement(out, start, where, whole, point, True, op, domain, lengths)

    def start(self, make: Any, out: Var, rows: list[Operand]) -> Var:
        """A new array for sums (or greatest entries)."""
        made = self.new_array(make, out, rows)
        self.starts[made] = self.ops[-1]
        return made

    def einsum(self, op: Op) -> Statement | None:
        """`np.einsum` of one or two arrays, with subscripts that name each axis."""
        subscripts, *rest = op.inputs
        operands = [x for x in rest if isinstance(x.type, ty.Array)]
        options = [x.value for x in rest[len(operands) :] if isinstance(x, Const)]
        if len(operands) + len(options) < len(rest) or options not in ([], [None, "K", "safe", False]):
            return None
        text = subscripts.value if isinstance(subscripts, Const) else None
        if not isinstance(text, str) or "." in text or len(operands) != 2 or op.attrs.get("keywords"):
            return None
        before, arrow, after = text.replace(" ", "").partition("->")
        names = [list(own) for own in before.split(",")]
        ranks = [len(known_shape(x.type) or ()) for x in operands]
        if len(names) != 2 or [len(own) for own in names] != ranks or not all(ranks):
            return None
        every = before.replace(",", "")
        free = list(after) if arrow else sorted(x for x in set(every) if every.count(x) == 1)
        return self.contraction(op, operands, names, free)

    def hypothetical(self, fn: Any, inputs: list[Operand], kind: ty.Type) -> Var:
        """An array that no operation of the program makes, and none will."""
        out = Var(None, kind)
        primitive = registry.entry(fn) if callable(fn) else fn
        self.virtual[out] = Op([out], primitive, inputs, {}, [], self.like.loc, self.like.note)  # type: ignore[union-attr]
        return out

    def extreme(
        self, op: Op, x: Operand, axis: Any, keepdims: Any, initial: Any, where: Any
    ) -> Statement | None:
        """The greatest or least entry along some axes. (numba has those of a whole array.)"""
        if not all(isinstance(c, Const) for c in (axis, keepdims, initial, where)):
            return None
        plain = initial.value is None and where.value is True and axis.value is not None
        if not plain or not known_shape(x.type) or ty.dtype_of(x.type).kind != "f":  # type: ignore[union-attr]
            return None
        for k in axis.value if isinstance(axis.value, tuple) else (axis.value,):
            self.refuse_empty(x, k)
        return self.reduction(op, x, axis, keepdims, *EXTREMES[op.primitive.fn])

    def refuse_empty(self, x: Operand, axis: int) -> None:
        """The greatest of no entries is an error of NumPy's, but the start of a loop."""
        shape = known_shape(x.type) or ()
        n = self.length(x, axis % len(shape))
        if isinstance(n, Const) and n.value:
            return
        none = self.emit(operator.lt, [n, Const(1)], ty.BOOL)
        self.refuse(none, ValueError, "zero-size array to reduction operation which has no identity")

    def reduction(self, op: Op, x: Operand, axis: Any, keepdims: Any, joined: Any, make: Any) -> Statement:
        shape = known_shape(x.type) or ()
        axes = range(len(shape)) if axis.value is None else axis.value
        axes = {k % len(shape) for k in ((axes,) if isinstance(axes, int) else axes)}
        lengths = [self.length(x, k) for k in range(len(shape))]
        domain = shape
        point = tuple(At(k) for k in range(len(shape)))
        where_: Position = tuple(
            At(None) if k in axes else at for k, at in enumerate(point) if k not in axes or keepdims.value
        )
        out = op.outs[0]
        if known_shape(out.type) == ():
            return Statement(out, _sum_start(out), (), x, point, True, op, domain, lengths, joined)
        rows = [
            Const(1) if k in axes else n for k, n in enumerate(lengths) if k not in axes or keepdims.value
        ]
        start = self.start(make, out, rows)
        return Statement(out, start, where_, x, point, True, op, domain, lengths, joined)


def _contracted(axes: Operand, left: int, right: int) -> tuple[list[int], list[int]] | None:
    """Which axes of two arrays `np.tensordot` sums over."""
    value = axes.value if isinstance(axes, Const) else None
    if type(value) is int:
        return list(range(left - value, left)), list(range(value))
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return None
    pairs = [[v] if isinstance(v, int) else list(v) for v in value]
    if not all(isinstance(k, int) for own in pairs for k in own):
        return None
    return [k % left for k in pairs[0]], [k % right for k in pairs[1]]


def _sum_start(out: Var) -> Const:
    """Zero; sums of single precision are gathered in double, which they are rounded from at the end."""
    return Const({"f": 0.0, "c": 0j, "i": 0}[ty.dtype_of(out.type).kind])  # type: ignore[union-attr]
