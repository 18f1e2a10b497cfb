"""Array statements as loop nests, which numba compiles to code that NumPy's array statements cannot match.

Receives a Wengert list (before it is put in place) and rewrites, block by block, its elementwise operations,
slices, sums and writes of whole parts into `for_` nests over single entries:

    b[2:] += a[1:-1] / 3.0          for i in range(len(a) - 2):
    b[:-2] += a[1:-1] / 3.0    ->       t = a[i + 1] / 3.0
                                        b[i + 2] += t
                                        b[i] += t

What is used once and never needed as a whole is computed inside the loop that uses it. Statements over the
same domain share a nest, as long as that changes nothing. Since the list is in SSA form, this is easy to
tell: a statement may join a nest if it reads what the nest writes only at the very entry just written (then
it gets the number), reads or overwrites an array that the nest changes only at the entry the nest is at, and
adds to what the nest adds to. All values of a pass are computed before its writes. Everything else is left to
the in-place analysis, which works on the nests as it does on loops of the user's.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.analysis.indexing import split_index
from transad.analysis.lengths import shifted
from transad.backend.targets.elements import (
    At,
    Elements,
    Position,
    aligned,
    fits,
    is_elementwise,
    is_fill,
    is_new_axis,
    is_transpose,
    key_of,
    known_shape,
)
from transad.backend.targets.nests import Nest, Statement
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, uses

LARGEST = 40  # statements in one nest
_EXTREMES = {np.max: (np.maximum, -np.inf), np.min: (np.minimum, np.inf)}


def to_loops(block: Block, anchors: dict[ty.Symbol, tuple[Var, int]] | None = None) -> None:
    """Rewrite a block in place, the nested ones included."""
    if anchors is None:
        anchors = {}
        for v in block.params:
            for k, dim in enumerate(known_shape(v.type) or ()):
                if isinstance(dim, ty.Dim) and dim.offset == 0:
                    anchors.setdefault(dim.symbol, (v, k))
    for op in block.ops:
        for inner in op.blocks:
            to_loops(inner, anchors)
    _Rewriter(block, anchors).run()


class _Rewriter(Elements):
    def __init__(self, block: Block, anchors: dict[ty.Symbol, tuple[Var, int]]):
        super().__init__(anchors)
        self.block = block
        self.users: dict[Var, list[Op | None]] = {}  # None: something that needs all of it
        for op in block.ops:
            for x in op.inputs:
                self.use(x, op)
            if op.blocks:
                for v in uses(op):
                    self.use(v, None)
        for x in block.results:
            self.use(x, None)
        self.group: list[Statement] = []
        self.pending: dict[Var, None] = {}  # virtual, and still to be used
        self.done: set[Op] = set()  # that are part of a nest

    def use(self, x: Operand, op: Op | None) -> None:
        if isinstance(x, Var):
            self.users.setdefault(x, []).append(op)

    def run(self) -> None:
        for op in self.block.ops:
            self.like = op
            if op.primitive is p.TUPLE:
                self.tuples[op.out] = op
            if self.is_virtual(op) and not self.is_addition(op):
                self.virtual[op.out] = op
                self.pending[op.out] = None
                if self.needs_store(op):
                    self.store(op.out)
                continue
            made = self.statement(op)
            if made is not None:
                self.add(made)
                continue
            self.keep(op)
        self.flush()
        for x in self.block.results:
            self.exist(x)
        self.flush()
        self.block.ops = self.ops

    # -- what becomes of an operation

    def is_virtual(self, op: Op) -> bool:
        if is_elementwise(op) or is_fill(op) or is_transpose(op) or is_new_axis(op):
            return True
        if op.primitive.fn is operator.getitem and bool(known_shape(op.outs[0].type)):
            return self.cuts(op.inputs[0], op.inputs[1]) is not None
        return False

    def needs_store(self, op: Op) -> bool:
        """Is a result used more than once (unless that costs nothing)?"""
        return is_elementwise(op) and len(self.users.get(op.out, ())) > 1

    def statement(self, op: Op) -> Statement | None:
        if op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE):
            return self.write(op)
        if is_elementwise(op):
            return self.addition(op)
        if op.primitive.fn is np.sum:
            return self.sum(op, *op.inputs)
        if op.primitive.fn in _EXTREMES:
            return self.extreme(op, *op.inputs)
        return None

    def write(self, op: Op) -> Statement | None:
        x, value, *where = op.inputs
        path = op.attrs["path"]
        if not known_shape(x.type) or known_shape(value.type) is None or len(path) > 1 or len(where) > 1:
            return None
        if path and path[0].fn is not operator.getitem:
            return None
        cuts = self.cuts(x, where[0] if path else Const(Ellipsis))
        if cuts is None or not isinstance(x, Var) or not self.fills(op, cuts):
            return None
        source = iter(known_shape(x.type) or ())
        dims = [(cut, next(source) if cut is not None else 1) for cut in cuts]
        axes = [(cut, dim) for cut, dim in dims if cut is None or cut.fixed is None]
        if not axes:
            return None
        lengths = [self.cut_length(x, cuts, k) for k in range(len(axes))]
        domain = tuple(self.domain_of(cut, dim, n) for (cut, dim), n in zip(axes, lengths))
        point = tuple(At(k) for k in range(len(axes)))
        entry = point[len(point) - len(known_shape(value.type) or ()) :]
        entry = tuple(
            At(None) if n == 1 and domain[at.loop] != 1 else at  # type: ignore[index]
            for n, at in zip(known_shape(value.type) or (), entry)
        )
        adds = op.primitive is p.ADD_AT
        return Statement(op.outs[0], x, self.through(cuts, point), value, entry, adds, op, domain, lengths)

    def fills(self, op: Op, cuts: list[Any]) -> bool:
        """Has the value an entry for each one that is written?"""
        x, value, *where = op.inputs
        part = x.type
        if where:
            made = self.tuples.get(where[0]) if isinstance(where[0], Var) else None
            part = shapes.index_type(x.type, made.inputs if made is not None else split_index(where[0]))
        return fits(value.type, known_shape(part) or ())

    def is_addition(self, op: Op) -> bool:
        """Is it an adjoint that exists, and a contribution to it?"""
        if op.primitive.fn not in (operator.add, operator.sub):
            return False
        if not op.attrs.get("accumulate") or not is_elementwise(op):
            return False
        x = op.inputs[0]
        exists = isinstance(x, Var) and x not in self.virtual
        return exists and known_shape(x.type) == known_shape(op.out.type)

    def addition(self, op: Op) -> Statement:
        """The contribution, added where the adjoint is."""
        x, value = op.inputs
        shape = known_shape(op.out.type) or ()
        point = tuple(At(k) for k in range(len(shape)))
        lengths = [self.length(x, k) for k in range(len(shape))]
        domain = shape
        entry = aligned(value.type, point)
        return Statement(op.out, x, point, value, entry, True, op, domain, lengths)

    def domain_of(self, cut: Any, dim: ty.Length, length: Operand) -> Any:
        """A length as something that two statements can be compared by."""
        if isinstance(length, Const):
            return length.value
        if cut.step == 1 and (cut.stop is None or cut.stop < 0):
            moved = shifted(dim, (cut.stop or 0) - cut.start) if isinstance(dim, ty.Dim) else None
            if moved is not None:
                return moved
        return dim, cut.start, cut.stop, cut.step

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
        return self.reduction(op, x, axis, keepdims, *_EXTREMES[op.primitive.fn])

    def refuse_empty(self, x: Operand, axis: int) -> None:
        """The greatest of no entries is an error of NumPy's, but the start of a loop."""
        shape = known_shape(x.type) or ()
        n = self.length(x, axis % len(shape))
        if isinstance(n, Const) and n.value:
            return
        none = self.emit(operator.lt, [n, Const(1)], ty.BOOL)
        message = "zero-size array to reduction operation which has no identity"
        stop = Op([], p.RAISE, [Const(ValueError), Const(message)], {}, [], self.like.loc)  # type: ignore[union-attr]
        sides = [Block([], [stop], []), Block([], [], [])]
        self.ops.append(Op([], p.IF, [none], {}, sides, self.like.loc))  # type: ignore[union-attr]

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
            zero = Const({"f": 0.0, "c": 0j, "i": 0}[ty.dtype_of(out.type).kind])
            return Statement(out, zero, (), x, point, True, op, domain, lengths, joined)
        rows = [
            Const(1) if k in axes else n for k, n in enumerate(lengths) if k not in axes or keepdims.value
        ]
        start = self.new_array(make, out, rows)
        return Statement(out, start, where_, x, point, True, op, domain, lengths, joined)

    def new_array(self, make: Any, like: Var, lengths: list[Operand]) -> Var:
        size = lengths[0]
        if len(lengths) > 1:
            size = self.emit(p.TUPLE, lengths, ty.Tuple((ty.INT,) * len(lengths)))
        dtype = ty.dtype_of(like.type)
        kinds = {"f": float, "c": complex, "b": np.bool_, "i": np.int64}
        kind = ty.Array(dtype, known_shape(like.type))
        if isinstance(make, float):
            return self.emit(np.full, [size, Const(make)], kind)
        return self.emit(make, [size] if dtype.kind == "f" else [size, Const(kinds[dtype.kind])], kind)

    def of_same_shape(self, x: Operand) -> Operand:
        made = next((t for t in self.group if t.out is x and isinstance(t.base, Var)), None)
        return x if made is None else self.of_same_shape(made.base)  # type: ignore[arg-type]

    # -- groups

    def store(self, v: Var) -> None:
        """Let a virtual array exist: a nest writes its entries. (If it turns out that all that read it are in
        the same nest, it does not exist after all.)"""
        op = self.virtual[v]
        shape = known_shape(v.type)
        assert shape
        point = tuple(At(k) for k in range(len(shape)))
        domain = shape
        lengths = [self.length(v, k) for k in range(len(shape))]
        name, self.pending = v, {w: None for w in self.pending if w is not v}
        self.add(Statement(name, None, point, v, point, False, op, domain, lengths))

    def add(self, s: Statement) -> None:
        """Join the nest, or begin a new one."""
        if s.base in self.virtual and not self.is_stored(s.base):  # type: ignore[arg-type]
            self.store(s.base)  # type: ignore[arg-type]
        read: list[tuple[Var, Position]] = []
        self.value_reads(s, read)
        if isinstance(s.base, Var):
            if any(x is s.base and key_of(at) != s.key for x, at in read):  # a[1:] = a[:-1]
                if s.value in self.virtual:
                    self.exist(s.value)
                self.flush()
                return self.add(s)
            for v in list(self.pending):
                if v in self.pending and not self.reaches(s.value, v) and self.is_disturbed(v, s):
                    self.exist(v)
        if self.group and not self.joins(s, read):
            self.flush()
        self.group.append(s)
        self.done.add(s.op)
        self.absorb(s.value)

    def value_reads(self, s: Statement, found: list[tuple[Var, Position]]) -> None:
        if s.base is None:
            for y, inner in self.sources(self.virtual[s.out], s.entry):
                self.reads(y, inner, found)
        else:
            self.reads(s.value, s.entry, found)

    def all_reads(self, v: Var) -> list[tuple[Var, Position]]:
        found: list[tuple[Var, Position]] = []
        self.reads(v, tuple(At(k) for k in range(len(known_shape(v.type) or ()))), found)
        return found

    def is_read_from(self, v: Var, base: Var) -> bool:
        return any(x is base for x, _ in self.all_reads(v))

    def is_disturbed(self, v: Var, s: Statement) -> bool:
        """Does a statement overwrite entries that a virtual array is read from elsewhere?"""
        same = (known_shape(v.type) or ()) == s.domain
        return any(x is s.base and not (same and key_of(at) == s.key) for x, at in self.all_reads(v))

    def reaches(self, x: Operand, v: Var) -> bool:
        """Is virtual array `v` part of what `x` is computed from?"""
        if x is v:
            return True
        op = self.virtual.get(x)  # type: ignore[call-overload]
        return op is not None and any(self.reaches(y, v) for y in op.inputs)

    def absorb(self, x: Operand) -> None:
        """What a statement computes along the way is done."""
        op = self.virtual.get(x)  # type: ignore[call-overload]
        if op is None:
            return
        self.done.add(op)
        self.pending.pop(x, None)  # type: ignore[arg-type]
        for y in op.inputs:
            self.absorb(y)

    def joins(self, s: Statement, read: list[tuple[Var, Position]]) -> bool:
        if s.domain != self.group[0].domain or len(self.group) >= LARGEST:
            return False
        if not self.keeps_what_is_read(s):
            return False
        for t in self.group:
            for x, at in read:
                if x is t.out and (t.adds or key_of(at) != t.key or known_shape(x.type) == ()):
                    return False
                if x is t.base and key_of(at) != t.key:
                    return False
            if s.base is t.out or s.base is t.base and isinstance(s.base, Var):
                if s.base is t.base or self.users.get(t.out, []) != [s.op]:
                    return False
                if not (t.adds and s.adds and t.joined_by is s.joined_by) and t.key != s.key:
                    return False
            if s.base is not None and isinstance(s.base, Var):
                before: list[tuple[Var, Position]] = []
                self.value_reads(t, before)
                if any(x is s.base and key_of(at) != s.key for x, at in before):
                    return False
            if self.needs(s.value, t.out):
                return False
        return not any(self.needs(n, t.out) for t in self.group for n in s.lengths)

    def keeps_what_is_read(self, s: Statement) -> bool:
        """Does no pass of the nest read an entry that another pass has changed? All versions of an array are
        one here: what adds to it at i + 1, then at i, must not read it at i + 1 in the same nest."""
        first: dict[Operand, Operand] = {}  # for each version, the one before the nest
        written: dict[Operand, set[Any]] = {}
        read: list[tuple[Var, Position]] = []
        for t in (*self.group, s):
            self.value_reads(t, read)
            if isinstance(t.base, Var):
                first[t.out] = first.setdefault(t.base, t.base)
                written.setdefault(first[t.out], set()).add(t.key)
        return all(x not in first or written[first[x]] == {key_of(at)} for x, at in read)

    def needs(self, x: Operand, number: Var) -> bool:
        """Is a number that the group sums up an operand of a virtual array?"""
        if known_shape(number.type) != ():
            return False
        if x is number:
            return True
        op = self.virtual.get(x)  # type: ignore[call-overload]
        return op is not None and any(self.needs(y, number) for y in op.inputs)

    # -- what stays as it is

    def keep(self, op: Op) -> None:
        """An operation that is no statement: what it reads must exist before it."""
        outs = {t.out for t in self.group}
        read = set(uses(op))
        if op.blocks or not outs.isdisjoint(read) or op.primitive.effect:
            self.flush()
        writes = op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE) and isinstance(op.inputs[0], Var)
        for v in list(read):
            self.exist(v)
        if writes or op.blocks:
            self.flush()
            bases = [x for x in op.inputs if isinstance(x, Var)] if op.blocks else op.inputs[:1]
            for v in list(self.pending):
                if v in self.pending and any(self.is_read_from(v, x) for x in bases):  # type: ignore[arg-type]
                    self.exist(v)
            self.flush()
        elif any(v in {t.out for t in self.group} for v in read):
            self.flush()
        self.ops.append(op)

    def exist(self, x: Operand) -> None:
        """See to it that an array can be read as a whole."""
        if not isinstance(x, Var) or x not in self.virtual or x not in self.pending and self.is_stored(x):
            return
        op = self.virtual[x]
        if is_elementwise(op) or is_fill(op):
            self.store(x)
            return
        for y in op.inputs:
            self.exist(y)
        self.flush()
        self.pending.pop(x, None)
        del self.virtual[x]
        self.ops.append(op)

    def is_stored(self, x: Var) -> bool:
        return any(t.out is x for t in self.group)

    # -- nests

    def flush(self) -> None:
        """Write down the nest of the statements gathered so far."""
        bases = [t.base for t in self.group if isinstance(t.base, Var)]
        for v in list(self.pending):
            if v in self.pending and any(self.is_read_from(v, x) for x in bases):
                self.store(v)
        group, self.group = self.group, []
        if not group:
            return
        kept = [t for t in group if not self.is_inner(t, group)]
        inner = [t for t in group if t not in kept]
        Nest(self, group, kept).write()
        for t in kept:
            if t.base is None:
                self.virtual.pop(t.out, None)
        for t in inner:
            self.virtual.pop(t.out, None)

    def is_inner(self, t: Statement, group: list[Statement]) -> bool:
        """Is a stored array read by nothing but this nest?"""
        whole = any(s.base is t.out for s in group)
        return t.base is None and not whole and all(map(self.is_over, self.users.get(t.out, ())))

    def is_over(self, op: Op | None) -> bool:
        """Is all that an operation is for part of a nest? (Of a slice, all that read it.)"""
        if op is None or op not in self.done:
            return False
        is_view = self.virtual.get(op.outs[0]) is op and not is_elementwise(op)
        return not is_view or all(map(self.is_over, self.users.get(op.out, ())))
