"""The loops around statements that share a domain, in the list.

Arrays that the statements write to are carried from pass to pass, as running sums are. In one pass all values
are computed first, then they are written; a value that a later statement reads is handed to it as it is.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from transad.backend.targets.gathers import Gathers
from transad.backend.targets.kinds import known_shape
from transad.backend.targets.positions import Position
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.rules import registry
from transad.runtime import plus

_DOUBLE = {np.dtype(np.float32): np.dtype(np.float64), np.dtype(np.complex64): np.dtype(np.complex128)}
_GETITEM = registry.entry(operator.getitem)


@dataclass(eq=False)
class Statement:
    """One write for each point of a domain: to an array, or to a running sum (`base` is a number then)."""

    out: Var
    base: Operand | None  # the array before; None: a new one
    where: Position
    value: Operand
    entry: Position  # of the value
    adds: bool
    op: Op
    domain: tuple[Any, ...]  # lengths, as types know them
    lengths: list[Operand]
    joined_by: Any = operator.add  # what `adds` does: the greatest entry is found alike


class Nest:
    """The loops around a group of statements."""

    def __init__(self, rewriter: Any, group: list[Statement], kept: list[Statement]):
        self.r, self.group, self.kept = rewriter, group, kept
        self.lengths = group[0].lengths
        several = [k for k, n in enumerate(self.lengths) if not (isinstance(n, Const) and n.value == 1)]
        self.axes = several or [0]  # those that take a loop
        self.chains: list[tuple[Operand, Var]] = []  # what is carried: before the nest, after it
        self.chain: dict[Statement, int] = {}
        self.changed = {v for t in group for v in (t.base, t.out) if isinstance(v, Var)}
        self.levels: list[list[Op]] = []  # the bodies of the loops that are being written, and what is around
        for t in kept:
            base: Any = t.base
            if base is None:
                base = rewriter.new_array(np.empty, t.out, self.sizes(t))
            k = next((k for k, (_, last) in enumerate(self.chains) if last is base), None)
            if k is None:
                self.chains.append((base, t.out))
                self.chain[t] = len(self.chains) - 1
            else:
                self.chains[k] = self.chains[k][0], t.out
                self.chain[t] = k

    def sizes(self, t: Statement) -> list[Operand]:
        """Lengths of a new array: not those of a loop that may be less than zero."""
        return [self.r.count(n) for n in t.lengths]

    def write(self) -> None:
        r = self.r
        r.like = self.group[0].op
        self.parallel = r.parallel and self.is_parallel()
        self.gathers = Gathers(self)
        outs = [last for _, last in self.chains]
        inits = [base for base, _ in self.chains]
        single = {
            k: v for k, v in enumerate(outs) if known_shape(v.type) == () and ty.dtype_of(v.type) in _DOUBLE
        }
        for k, v in single.items():
            outs[k] = Var(v.name, ty.Number(_DOUBLE[ty.dtype_of(v.type)], False))  # type: ignore[index]
        first: list[Operand] = [Const(0)] * len(self.lengths)
        self.levels = [r.ops]
        self.loop(0, first, inits, outs)
        for k, v in single.items():
            rounded = Op([v], registry.entry(v.type.dtype.type), [outs[k]], {}, [], r.like.loc, r.like.note)  # type: ignore[attr-defined]
            r.write_down(rounded)

    def is_parallel(self) -> bool:
        """Do the passes of the outermost loop write to different entries, or each add to one number? (None
        reads what another has changed: see `Rewriter.joins`.)"""
        axis = self.axes[0]
        rows: dict[int, set[Any]] = {}
        for t in self.kept:
            if known_shape(t.out.type) == ():
                if len(self.axes) > 1 or not t.adds or t.joined_by is not operator.add:
                    return False
                continue
            own = {(k, at) for k, at in enumerate(t.where) if at.loop == axis}
            rows[self.chain[t]] = rows.get(self.chain[t], own) & own
        return all(rows.values())

    def level(self, x: Var, position: Position) -> list[Op]:
        """The loop body in which an entry is computed: the outermost that it can be, if it is read from
        nothing that the nest writes to."""
        found: list[tuple[Var, Position]] = []
        self.r.reads(x, position, found)
        if any(y in self.changed for y, _ in found):
            return self.r.ops
        loops = {at.loop for at in position}
        return self.levels[max((d + 1 for d, axis in enumerate(self.axes) if axis in loops), default=0)]

    def loop(self, depth: int, loops: list[Operand], inits: list[Operand], outs: list[Var]) -> None:
        """Write down the loop over an axis, and those inside it."""
        r, op, axis = self.r, self.group[0].op, self.axes[depth]
        innermost = depth + 1 == len(self.axes)
        index = Var("ijkl"[depth] if depth < 4 else None, ty.INT)
        around, loops = loops, [*loops[:axis], index, *loops[axis + 1 :]]
        sums = {k: t for k, t in self.sums(axis).items() if innermost}
        before, inits = inits, [_start(sums[k]) if k in sums else x for k, x in enumerate(inits)]
        ends = [Var(None, _total(v)) if k in sums else v for k, v in enumerate(outs)]
        families = self.gathers.families if innermost else []
        for f in families:
            ends[f.chain] = Var(outs[f.chain].name, outs[f.chain].type)
        params = [Var(v.name, v.type) for v in ends]
        outer, r.ops = r.ops, []
        self.levels.append(r.ops)
        if innermost:
            results = self.body(loops, params)
        else:
            inner = [Var(v.name, v.type) for v in ends]
            self.loop(depth + 1, loops, list(params), inner)
            results = list(inner)
        body = Block([index, *params], r.ops, results)
        r.ops = outer
        self.levels.pop()
        start = [Const(0), self.lengths[axis], Const(1)]
        how = {"parallel": True} if self.parallel and depth == 0 else {}
        r.write_down(Op(ends, p.FOR, [*start, *inits], how, [body], op.loc, op.note))
        left = {f.chain: sum(g.chain == f.chain for g in families) for f in families}
        arrays = list(ends)
        for f in families:
            left[f.chain] -= 1
            out = Var(outs[f.chain].name, outs[f.chain].type) if left[f.chain] else outs[f.chain]
            self.gathers.gather(f, arrays, loops, out)
            arrays[f.chain] = out
        for k, t in sums.items():
            self.put(t, before[k], ends[k], r.index(t.where, around), outs[k], self.is_written_once(t))

    def sums(self, axis: int) -> dict[int, Statement]:
        """Which chains are sums along the innermost axis, that nothing else in the nest has to do with: they
        are gathered in numbers."""
        r = self.r
        found = {k: [t for t in self.kept if self.chain[t] == k] for k in range(len(self.chains))}
        read: list[tuple[Var, Position]] = []
        for t in self.group:
            r.value_reads(t, read)
        arrays = {x for x, _ in read}
        return {
            k: ts[0]
            for k, ts in found.items()
            if len(ts) == 1
            and ts[0].adds
            and known_shape(ts[0].out.type)
            and all(at.loop != axis for at in ts[0].where)
            and ts[0].base not in arrays
            and ts[0].out not in arrays
        }

    def is_written_once(self, t: Statement) -> bool:
        """Is each entry of a new array a sum along the innermost axis alone? Then it need not hold anything
        before."""
        made = self.r.starts.get(t.base)
        if made is None or not {at.loop for at in t.where}.issuperset(self.axes[:-1]):
            return False
        if made.primitive.fn is np.full:
            del made.inputs[1]
        made.primitive = registry.entry(np.empty)
        return True

    def body(self, loops: list[Operand], params: list[Var]) -> list[Operand]:
        r = self.r
        memo: dict[Any, Operand] = {}
        now: list[Operand] = list(params)
        carried = {v: params[k] for t, k in self.chain.items() for v in (t.base, t.out) if isinstance(v, Var)}
        values = [self.value(t, loops, memo, carried) for t in self.group]
        for t, value in zip(self.group, values):
            if t not in self.chain:
                continue
            r.like = t.op
            k = self.chain[t]
            if t in self.gathers.member:
                self.gathers.put(t, value, loops, now)
                continue
            if known_shape(params[k].type) == ():
                if t.adds and t.op.primitive.fn is operator.sub:
                    value = r.emit(operator.neg, [value], params[k].type)
                joined = t.joined_by
                if joined is operator.add and not (self.parallel and len(self.axes) == 1):
                    joined = plus
                attrs = {"accumulate": True} if joined is operator.add else {}
                now[k] = r.emit(joined, [now[k], value], params[k].type, attrs)
                continue
            now[k] = self.put(t, now[k], value, r.index(t.where, loops), None)
        return now

    def put(
        self,
        t: Statement,
        array: Operand,
        value: Operand,
        where: Operand,
        out: Var | None,
        once: bool = False,
    ) -> Var:
        """Write a value, or add it to what is there (the negated one taken off) unless it is written once."""
        r, kind, known = self.r, _entry(t.out), {"in_range": True}
        adds_up = t.adds and not once
        if adds_up and t.joined_by is not operator.add:
            before = r.emit(operator.getitem, [array, where], kind, dict(known))
            value = r.emit(t.joined_by, [before, value], kind)
        attrs = {"path": (_GETITEM,), "counts": (1,), **known}
        adds = adds_up and t.joined_by is operator.add
        if adds:
            attrs["distinct"] = True
            if out is None and t.op.primitive.fn is operator.sub:
                value = r.emit(operator.neg, [value], kind)
        out = out or Var(None, t.out.type)
        r.like = t.op
        write = Op(
            [out], p.ADD_AT if adds else p.UPDATE, [array, value, where], attrs, [], t.op.loc, t.op.note
        )
        r.write_down(write)
        return out

    def value(self, t: Statement, loops: list[Operand], memo: dict[Any, Operand], carried: dict) -> Operand:
        """The value of a statement; entries of arrays that the nest changes are read from what it carries."""
        r = self.r
        found: list[tuple[Var, Position]] = []
        r.value_reads(t, found)
        for x, at in found:
            last = r.last_write(x, at, self.group) if x in carried and (x, at) not in memo else None
            if last is not None:  # before others that wrote elsewhere
                memo[x, at] = memo[last.out, at]
            elif x in carried and (x, at) not in memo:
                kind = ty.Number(ty.dtype_of(x.type), weak=False)
                read = r.emit(operator.getitem, [carried[x], r.index(at, loops)], kind, {"in_range": True})
                memo[x, at] = read
        if t.base is None:
            value = r.new_entry(t.out, t.entry, loops, memo)
        else:
            value = r.entry(t.value, t.entry, loops, memo)
        memo[t.out, t.where] = value
        return value


def _entry(v: Var) -> ty.Number:
    return ty.Number(ty.dtype_of(v.type), weak=False)


def _total(v: Var) -> ty.Number:
    """What entries are gathered in."""
    dtype = ty.dtype_of(v.type)
    return ty.Number(_DOUBLE.get(dtype, dtype), weak=False)  # type: ignore[arg-type]


def _start(t: Statement) -> Const:
    """What a sum begins with; what the greatest of several is never below."""
    if t.joined_by is operator.add:
        return Const(0j if _entry(t.out).dtype.kind == "c" else 0.0)  # type: ignore[union-attr]
    return Const(-np.inf if t.joined_by is np.maximum else np.inf)
