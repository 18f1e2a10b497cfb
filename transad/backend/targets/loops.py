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

from transad.analysis.indexing import SliceParts, slice_length
from transad.backend.targets.facts import Facts
from transad.backend.targets.kinds import (
    flipped_axes,
    is_diagonal,
    is_elementwise,
    is_flip,
    is_gathered,
    is_new_axis,
    is_spread,
    is_transpose,
    is_triangle,
    is_view,
    known_shape,
    passes_on,
)
from transad.backend.targets.nests import Nest, Statement
from transad.backend.targets.positions import At, Position, aligned, apart, is_position, without_ellipsis
from transad.backend.targets.products import PRODUCT
from transad.backend.targets.reductions import EXTREMES, PRODUCTS, Reductions
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, substitute, uses
from transad.rules import registry

LARGEST = 40  # statements in one nest


def to_loops(block: Block, parallel: bool = False) -> None:
    """Rewrite a function's block in place, the nested ones included. `parallel`: mark the nests whose passes
    may run at the same time."""
    anchors: dict[ty.Symbol, tuple[Var, int]] = {}
    for v in block.params:
        for k, dim in enumerate(known_shape(v.type) or ()):
            if isinstance(dim, ty.Dim) and dim.offset == 0:
                anchors.setdefault(dim.symbol, (v, k))
    _Rewriter(block, anchors, Facts(block), 0, parallel).run()


class _Rewriter(Reductions):
    def __init__(
        self,
        block: Block,
        anchors: dict[ty.Symbol, tuple[Var, int]],
        facts: Facts,
        depth: int,
        parallel: bool,
    ):
        super().__init__(anchors, facts)
        self.depth, self.parallel = depth, parallel  # depth: of loops around
        self.block = block
        self.renamed: dict[Var, Operand] = {}
        self.made_here: set[Operand] = set()  # arrays stored by rows
        self.starts: dict[Operand, Op] = {}
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
        self.nest: Nest | None = None  # that is being written down
        self.pending: dict[Var, None] = {}  # virtual, and still to be used
        self.done: set[Op] = set()  # that are part of a nest

    def use(self, x: Operand, op: Op | None) -> None:
        if isinstance(x, Var):
            self.users.setdefault(x, []).append(op)

    def run(self) -> None:
        for op in self.block.ops:
            self.like = op
            if self.renamed:
                op.inputs = [self.renamed.get(x, x) for x in op.inputs]  # type: ignore[arg-type]
                for inner in op.blocks:
                    substitute(inner, self.renamed)
            if self.asks_for_shape(op):
                continue
            for side, inner in enumerate(op.blocks):
                with self.facts.inside(op, side):
                    depth = self.depth + (op.primitive is not p.IF)
                    _Rewriter(inner, self.anchors, self.facts, depth, self.parallel).run()
            if self.is_virtual(op) and not self.is_addition(op):
                self.virtual[op.out] = op
                self.pending[op.out] = None
                if self.needs_store(op):
                    self.store(op.out)
                continue
            self.prepare_matrices(op)
            made = self.statement(op)
            if made is not None:
                self.add(made)
                continue
            self.keep(op)
            if op.primitive is PRODUCT:
                self.made_here.add(op.out)
        self.flush()
        self.block.results = [self.renamed.get(x, x) for x in self.block.results]  # type: ignore[arg-type]
        for x in self.block.results:
            self.exist(x)
        self.flush()
        self.block.ops = self.ops

    def asks_for_shape(self, op: Op) -> bool:
        """What is asked for the shape of an array that need not exist is computed."""
        x = op.inputs[0] if op.inputs else None
        if x not in self.virtual or op.primitive.fn not in (len, np.shape):
            return False
        lengths = [self.count(self.length(x, k)) for k in range(len(known_shape(x.type) or ()))]  # type: ignore[arg-type,union-attr]
        if op.primitive.fn is len:
            self.renamed[op.out] = lengths[0]
        else:
            self.write_down(Op(op.outs, p.TUPLE, list(lengths), {}, [], op.loc, op.note))
        return True

    # -- what becomes of an operation

    def is_virtual(self, op: Op) -> bool:
        if is_elementwise(op):
            return self.agree(op)
        if is_diagonal(op):
            rows, columns = known_shape(op.inputs[0].type) or (0, 1)
            return self.facts.same(rows, columns)
        if is_transpose(op) or is_new_axis(op) or is_triangle(op):
            return True
        if is_gathered(op) or is_spread(op):
            return self.fits(*op.inputs, known_shape(op.inputs[1].type) or ())
        if is_flip(op):
            for k in flipped_axes(op):
                self.flip_cut(op, k)
            return True
        if op.primitive.fn is np.outer and all(len(known_shape(x.type) or ()) == 1 for x in op.inputs[:2]):
            u, v = op.inputs[:2]
            dtypes = {ty.dtype_of(x.type) for x in (u, v, op.out)}
            if (
                len(op.inputs) > 2
                and not _is_none(op.inputs[2])
                or len(dtypes) > 1
                or not known_shape(op.out.type)
            ):
                return False
            column = ty.Array(ty.dtype_of(u.type), (known_shape(u.type)[0], 1))  # type: ignore[index]
            u = self.hypothetical(np.expand_dims, [u, Const(1)], column)
            op.primitive, op.inputs, op.attrs = registry.entry(operator.mul), [u, v], {}
            self.use(u, op)
            return self.agree(op)
        if op.primitive.fn is operator.getitem and bool(known_shape(op.outs[0].type)):
            op.attrs["tested"] = self.cuts(*op.inputs[:2], bool(op.attrs.get("in_range"))) is not None
            return op.attrs["tested"]
        return False

    def needs_store(self, op: Op) -> bool:
        """Is a result used more than once (unless that costs nothing)?"""
        return is_elementwise(op) and self.readers(op.out) > 1

    def readers(self, v: Var) -> int:
        """How often an array is used, in whatever order or shape of its entries."""
        return sum(
            self.readers(op.out) if op is not None and passes_on(op) else 1 for op in self.users.get(v, ())
        )

    def statement(self, op: Op) -> Statement | None:
        if op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE):
            return self.write(op)
        if is_elementwise(op) and self.is_addition(op):
            return self.addition(op)
        if op.primitive.fn is np.sum:
            return self.sum(op, *op.inputs)
        if op.primitive.fn in PRODUCTS:
            return self.product(op)
        if op.primitive.fn is np.einsum:
            return self.einsum(op)
        if op.primitive.fn in EXTREMES:
            return self.extreme(op, *op.inputs)
        return None

    def write(self, op: Op) -> Statement | None:
        x, value, *where = op.inputs
        path = op.attrs["path"]
        if not known_shape(x.type) or known_shape(value.type) is None or len(path) > 1 or len(where) > 1:
            return None
        if path and path[0].fn is not operator.getitem:
            return None
        index = where[0] if path else Const(Ellipsis)
        surely = op.attrs.get("fits") or op.primitive is p.RESTORE  # what was there is put back
        domain = self.part_shape(x, index)
        if not domain or not isinstance(x, Var):
            return None
        cuts = self.cuts(x, index, bool(op.attrs.get("in_range")))
        if cuts is None:
            return None
        own = known_shape(value.type) or ()
        if surely and len(own) == len(domain):
            for n, m in zip(own, domain):
                self.facts.equate(n, m)
        if not self.fits(value, [self.cut_length(x, cuts, k) for k in range(len(domain))], domain):
            return None
        lengths = [self.cut_length(x, cuts, k) for k in range(len(domain))]
        point = tuple(At(k) for k in range(len(domain)))
        entry = point[len(point) - len(known_shape(value.type) or ()) :]
        entry = tuple(
            At(None) if n == 1 and domain[at.loop] != 1 else at  # type: ignore[index]
            for n, at in zip(known_shape(value.type) or (), entry)
        )
        adds = op.primitive is p.ADD_AT
        return Statement(op.outs[0], x, self.through(cuts, point), value, entry, adds, op, domain, lengths)

    def part_shape(self, x: Operand, index: Operand) -> tuple[ty.Length, ...]:
        """The shape of what a basic index takes from an array, as the types of slices have it."""
        shape = list(known_shape(x.type) or ())
        parts = without_ellipsis(self.facts.parts(index) or [], len(shape)) or []
        found: list[ty.Length] = []
        for part in parts:
            if isinstance(part, Const) and part.value is None:
                found.append(1)
                continue
            dim = shape.pop(0)
            if isinstance(part.type, ty.Slice):
                known = self.facts.slices.get(self.facts.slice_key(dim, part))
                bounds = self.facts.bounds(part) or ()
                found.append(slice_length(dim, SliceParts(*bounds)) if known is None else known)
        return (*found, *shape)

    def is_addition(self, op: Op) -> bool:
        """Is it an adjoint that exists, and a contribution to it?"""
        if op.primitive.fn not in (operator.add, operator.sub):
            return False
        if not op.attrs.get("accumulate") or not is_elementwise(op):
            return False
        x = op.inputs[0]
        exists = isinstance(x, Var) and x not in self.virtual
        shape, whole = known_shape(x.type) or (), known_shape(op.out.type) or ()
        same = exists and len(shape) == len(whole) and self.agree(op)
        return same and all(map(self.facts.same, shape, whole))

    def addition(self, op: Op) -> Statement:
        """The contribution, added where the adjoint is."""
        x, value = op.inputs
        shape = known_shape(op.out.type) or ()
        point = tuple(At(k) for k in range(len(shape)))
        lengths = [self.length(x, k) for k in range(len(shape))]
        domain = shape
        entry = aligned(value.type, point)
        return Statement(op.out, x, point, value, entry, True, op, domain, lengths)

    def new_array(self, make: Any, like: Var, lengths: list[Operand]) -> Var:
        size = lengths[0]
        if len(lengths) > 1:
            size = self.emit(p.TUPLE, lengths, ty.Tuple((ty.INT,) * len(lengths)))
        dtype = ty.dtype_of(like.type)
        kind = ty.Array(dtype, known_shape(like.type))
        if isinstance(make, float):
            return self.emit(np.full, [size, Const(make)], kind)
        return self.emit(make, [size] if dtype == np.float64 else [size, Const(dtype.type)], kind)

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
        self.made_here.add(v)
        self.add(Statement(name, None, point, v, point, False, op, domain, lengths))

    def add(self, s: Statement) -> None:
        """Join the nest, or begin a new one."""
        if s.base in self.virtual and not self.is_stored(s.base):  # type: ignore[arg-type]
            self.store(s.base)  # type: ignore[arg-type]
        if isinstance(s.base, Var):
            for v in list(self.pending):
                if v in self.pending and not self.reaches(s.value, v) and self.is_disturbed(v, s):
                    self.store(v)
        read: list[tuple[Var, Position]] = []
        self.value_reads(s, read)
        if self.group and not self.joins(s, read):
            self.flush()
            return self.add(s)  # what was virtual may exist now
        if isinstance(s.base, Var) and any(x is s.base and self.clash(at, s.where) for x, at in read):
            if s.value in self.virtual:  # a[1:] = 2.0 * a[:-1]
                self.store(s.value)  # type: ignore[arg-type]
                self.flush()
            else:  # a[::-1] += a
                self.flush()
                s.value = self.emit(np.copy, [s.value], s.value.type)
            return self.add(s)
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
        shape = known_shape(v.type) or ()
        same = len(shape) == len(s.domain) and all(map(self.facts.same, shape, s.domain))
        found = [at for x, at in self.all_reads(v) if x is s.base]
        return any(not (same and at == s.where or apart(at, s.where)) for at in found)

    def last_write(self, x: Operand, at: Position, group: list[Statement]) -> Statement | None:
        """The statement of a group that wrote to an entry of an array last, or may have; those between it and
        the array write to others."""
        for t in reversed(group):
            if x is t.out:
                if known_shape(t.out.type) == () or not apart(at, t.where):
                    return t
                x = t.base  # type: ignore[assignment]
        return None

    def clash(self, a: Position, b: Position) -> bool:
        """May two positions in one array, which differ, be the same in different passes?"""
        return a != b and not apart(a, b)

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
        other = self.group[0].domain
        if len(s.domain) != len(other) or not all(map(self.facts.same, s.domain, other)):
            return False
        if len(self.group) >= LARGEST:
            return False
        if not self.keeps_what_is_read(s):
            return False
        for x, at in read:
            last = self.last_write(x, at, self.group)
            if last is not None and (last.adds or at != last.where or known_shape(x.type) == ()):
                return False
        for t in self.group:
            if any(x is t.base and self.clash(at, t.where) for x, at in read):
                return False
            if s.base is t.out or s.base is t.base and isinstance(s.base, Var):
                if s.base is t.base or self.users.get(t.out, []) != [s.op]:
                    return False
                together = t.adds and s.adds and t.joined_by is s.joined_by
                if not together and self.clash(t.where, s.where):
                    return False
            if s.base is not None and isinstance(s.base, Var):
                before: list[tuple[Var, Position]] = []
                self.value_reads(t, before)
                if any(x is s.base and self.clash(at, s.where) for x, at in before):
                    return False
            if self.needs(s.value, t.out):
                return False
        return not any(self.needs(n, t.out) for t in self.group for n in s.lengths)

    def keeps_what_is_read(self, s: Statement) -> bool:
        """Does no pass of the nest read an entry that another pass has changed? All versions of an array are
        one here: what adds to it at i + 1, then at i, must not read it at i + 1 in the same nest."""
        first: dict[Operand, Operand] = {}  # for each version, the one before the nest
        written: dict[Operand, set[Position]] = {}
        read: list[tuple[Var, Position]] = []
        for t in (*self.group, s):
            self.value_reads(t, read)
            if isinstance(t.base, Var):
                first[t.out] = first.setdefault(t.base, t.base)
                written.setdefault(first[t.out], set()).add(t.where)
        return not any(self.clash(at, other) for x, at in read if x in first for other in written[first[x]])

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
        self.test_entries(op)
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

    def test_entries(self, op: Op) -> None:
        """Mark single entries that are surely in range; outside of loops, see to it that they are."""
        writes = op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE)
        x = op.inputs[0] if op.inputs else None
        if writes and (len(op.attrs["path"]) != 1 or len(op.inputs) != 3):
            return
        if not writes and op.primitive.fn is not operator.getitem or not known_shape(x.type):  # type: ignore[union-attr]
            return
        parts = self.facts.parts(op.inputs[2 if writes else 1])
        shape = known_shape(x.type) or ()  # type: ignore[union-attr]
        if parts is None or len(parts) != len(shape) or not all(map(is_position, parts)):
            return
        unknown = [k for k, (i, dim) in enumerate(zip(parts, shape)) if not self.facts.in_range(i, dim)]
        if self.depth == 0:
            for k in unknown:
                self.single_cut(x, k, parts[k], False)  # type: ignore[arg-type]
        if self.depth == 0 or not unknown:
            op.attrs["in_range"] = True

    def exist(self, x: Operand) -> None:
        """See to it that an array can be read as a whole."""
        if not isinstance(x, Var) or x not in self.virtual or x not in self.pending and self.is_stored(x):
            return
        op = self.virtual[x]
        if not is_view(op):
            self.store(x)
            return
        for y in op.inputs:
            self.exist(y)
        self.flush()
        self.pending.pop(x, None)
        if self.virtual.pop(x, None) is not None:  # else a nest has written it meanwhile
            self.ops.append(op)

    def is_stored(self, x: Var) -> bool:
        return any(t.out is x for t in self.group)

    # -- nests

    def level(self, x: Var, position: Position) -> list[Op]:
        return self.ops if self.nest is None else self.nest.level(x, position)

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
        self.nest = Nest(self, group, kept)
        self.nest.write()
        self.nest = None
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
        is_passed_on = self.virtual.get(op.outs[0]) is op and not is_elementwise(op)
        return not is_passed_on or all(map(self.is_over, self.users.get(op.out, ())))


def _is_none(x: Operand) -> bool:
    return isinstance(x, Const) and x.value is None
