"""Deciding what may be written in place, and inserting the copies that this takes.

In the list an update makes a new array; in the emitted code it should overwrite the old one. That is
right when nobody reads the old contents afterwards, under any name, through any view, from any list or
tape, and when the array is ours to write to: not the caller's, not a global, not a read-only broadcast.

Each variable gets the set of *storages* its value may lie in: a fresh result is its own storage, a view
lies in its base's, a value carried by a loop in those of all it is carried from. An update conflicts with
each variable in the same storage that is read later. Conflicts are resolved by the smallest copy: of the
view that is still needed, of the value put on a tape, or else of the array before the update.
"""

from __future__ import annotations

import operator

import numpy as np

from transad.analysis.activity import carried, links
from transad.backend.liveness import Liveness
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.rules import registry
from transad.runtime import broadcast_like, unbroadcast

FOREIGN = Var("foreign")  # the storage of everything that must not be written to
_WRITES = {p.UPDATE, p.ADD_AT, p.RESTORE}
_LINEAR = {p.PUSH, p.POP, p.APPEND}  # tapes and lists: always in place
_SHAPE_ONLY = {np.shape, np.ndim, np.size, len, np.zeros_like, np.ones_like, np.empty_like}

COPY = registry.entry(np.copy)


def make_in_place(block: Block) -> None:
    """Mark the updates that overwrite their input (`attrs["in_place"]`), copying what must survive."""
    _snapshot(block)
    for _ in range(200):
        analysis = _Analysis(block)
        if not analysis.resolve():
            break
    _Analysis(block).mark_accumulations()
    for op in walk(block):
        if op.primitive in _WRITES or op.primitive in _LINEAR:
            op.attrs["in_place"] = True


def _snapshot(block: Block) -> None:
    """Copy what is put on a tape or into a growing list, if that memory is written to anywhere: then
    tapes and lists hold nothing that changes, and need not be followed."""
    analysis = _Analysis(block)
    memory = Memory(analysis, block)
    written: set[Var] = set()
    for op in walk(block):
        if op.primitive in _WRITES or op.attrs.get("accumulate"):
            written |= memory.of(op.inputs[0]) - {FOREIGN}
            written |= memory.of(op.outs[0]) - {FOREIGN}
    for op in list(walk(block)):
        if op.primitive in (p.PUSH, p.APPEND) and isinstance(op.inputs[1].type, (ty.Array, ty.UnknownType)):
            if memory.of(op.inputs[1]) & written:
                analysis.copy_input(op, 1)


def readings(block: Block) -> Liveness:
    """Liveness without reads of the shape alone."""
    return Liveness(block, ignored=lambda op: op.primitive.fn in _SHAPE_ONLY)


def holds_memory(t: ty.Type) -> bool:
    """Can a value of this type share memory with another?"""
    return (
        isinstance(t, (ty.Array, ty.List, ty.Dict, ty.Tuple, ty.Tape, ty.Saved, ty.Object)) or t == ty.UNKNOWN
    )


class _Analysis:
    def __init__(self, block: Block):
        self.block = block
        self.live = Liveness(block)
        self.storages: dict[Var, frozenset[Var]] = {}
        self.home: dict[Op, Block] = {}
        self.makers: dict[Var, Op] = {}
        self.mutated = self.updated_params(block)
        self.reading = readings(block)
        for v in block.params:
            self.storages[v] = frozenset({FOREIGN})
        self.visit(block)
        self.sharing: dict[Var, list[Var]] = {}
        for v, where in self.storages.items():
            for s in where:
                self.sharing.setdefault(s, []).append(v)

    def updated_params(self, block: Block) -> set[Var]:
        """Carried values that some pass overwrites."""
        makers = {v: op for op in walk(block) for v in op.outs}
        found: set[Var] = set()
        for op in walk(block):
            if op.primitive in _WRITES or op.primitive in _LINEAR:
                x: Operand = op.inputs[0]
                while isinstance(x, Var) and x in makers:
                    made = makers[x]
                    if made.primitive in _WRITES or made.primitive in _LINEAR:
                        x = made.inputs[0]
                    elif made.primitive is p.FOR:
                        x = carried(made)[made.outs.index(x)][1]
                        break
                    else:
                        break
                if isinstance(x, Var):
                    found.add(x)
        changed = True
        while changed:  # a loop hands its own carried value to an inner loop or branch
            changed = False
            for op in walk(block):
                for source, target in _flows(op):
                    if target in found and isinstance(source, Var) and source not in found:
                        found.add(source)
                        changed = True
        return found

    # -- storages

    def of(self, x: Operand) -> frozenset[Var]:
        if isinstance(x, Const):
            return (
                frozenset({FOREIGN}) if isinstance(x.type, (ty.Array, ty.Object)) or x.origin else frozenset()
            )
        return self.storages.get(x, frozenset({FOREIGN}))

    def visit(self, block: Block) -> None:
        for op in block.ops:
            self.home[op] = block
            for v in op.outs:
                self.makers[v] = op
            if op.primitive is p.FOR:
                self.visit_for(op)
            elif op.primitive is p.WHILE:
                self.visit_while(op)
            elif op.primitive is p.IF:
                for inner in op.blocks:
                    self.visit(inner)
                for k, out in enumerate(op.outs):
                    self.set(out, frozenset().union(*(self.of(b.results[k]) for b in op.blocks)))
            else:
                self.simple(op)

    def set(self, v: Var, where: frozenset[Var]) -> None:
        self.storages[v] = where if holds_memory(v.type) else frozenset()

    def simple(self, op: Op) -> None:
        for v in op.outs:
            self.set(v, self.result(op, v))

    def result(self, op: Op, v: Var) -> frozenset[Var]:
        primitive = op.primitive
        if primitive in _WRITES or primitive is p.POP and v is op.outs[1]:
            return self.of(op.inputs[0])
        if primitive is p.SAVE or primitive is p.CALL and isinstance(v.type, ty.Saved):
            return frozenset(op.outs).union(*(self.of(x) for x in op.inputs))
        if primitive is p.LOAD:
            return frozenset({FOREIGN})
        if primitive in (p.PUSH, p.APPEND):
            return self.of(op.inputs[0])  # see `_snapshot`
        if primitive is p.POP:
            return frozenset({FOREIGN})
        if primitive in (p.TUPLE, p.LIST, p.DICT):
            shared = frozenset().union(*(self.of(x) for x in op.inputs))
            return shared | ({v} if primitive in (p.LIST, p.DICT) else set())
        if primitive.name in ("getitem", "read"):
            if not isinstance(op.inputs[0].type, ty.Array):
                return self.of(op.inputs[0]) | {FOREIGN}
            return self.of(op.inputs[0]) if _is_basic(op) else frozenset({v})
        if primitive.alias == "view":
            return self.of(op.inputs[0]) if op.inputs else frozenset({v})
        if primitive.alias == "maybe":
            return self.of(op.inputs[primitive.source]) | {v}
        if "opaque" in op.attrs:
            return frozenset({FOREIGN, v}).union(*(self.of(x) for x in op.inputs))
        if primitive.fn is broadcast_like:  # a read-only view, or the operand itself
            return frozenset({FOREIGN})
        if primitive.fn is unbroadcast:  # perhaps the operand itself
            return self.of(op.inputs[0]) | {v}
        return frozenset({v})

    def visit_for(self, op: Op) -> None:
        body = op.blocks[0]
        self.set(body.params[0], frozenset())
        slots = carried(op)
        for init, param, _, _ in slots:
            self.set(param, frozenset({param}) if param in self.mutated else self.of(init))
        for _ in range(2 + len(slots)):
            self.visit(body)
            if not self.widen([(end, param) for _, param, end, _ in slots]):
                break
        for init, param, end, out in slots:
            self.set(out, self.of(param) if param in self.mutated else self.of(end) | self.of(init))

    def visit_while(self, op: Op) -> None:
        before, after = op.blocks
        for init, param in zip(op.inputs, before.params):
            self.set(param, frozenset({param}) if param in self.mutated else self.of(init))
        for _ in range(2 + len(before.params)):
            self.visit(before)
            for x, param in zip(before.results[1:], after.params):
                self.set(param, self.of(x))
            self.visit(after)
            if not self.widen(list(zip(after.results, before.params))):
                break
        for x, out in zip(before.results[1:], op.outs):
            self.set(out, self.of(x))

    def widen(self, flows: list[tuple[Operand, Var]]) -> bool:
        changed = False
        for end, param in flows:
            if param not in self.mutated and not self.of(end) <= self.of(param):
                self.set(param, self.of(param) | self.of(end))
                changed = True
        return changed

    # -- conflicts

    def resolve(self) -> bool:
        """Find the first conflicts and insert copies for them; False when there are none."""
        for op in list(walk(self.block)):
            if op.primitive in _WRITES and self.resolve_write(op):
                return True
            if op.primitive is p.FOR and self.resolve_loop(op, [(i, q, e) for i, q, e, _ in carried(op)], 3):
                return True
            if op.primitive is p.WHILE:
                ends = list(zip(op.inputs, op.blocks[0].params, op.blocks[1].results))
                if self.resolve_loop(op, ends, 0):
                    return True
        return self.resolve_results()

    def resolve_write(self, op: Op) -> bool:
        x = op.inputs[0]
        where = self.of(x)
        at = self.live.finish[op]
        if FOREIGN in where or not isinstance(x, Var):
            self.copy_input(op, 0)
            return True
        for w in self.readers_after(where, at, {op.outs[0]}):
            if self.detach(w, where, x):
                return True
            self.copy_input(op, 0)
            return True
        return False

    def readers_after(self, where: frozenset[Var], at: int, but: set[Var]) -> list[Var]:
        """Variables in these storages that are defined before a time and read after it."""
        found = []
        for s in where:
            for w in self.sharing.get(s, ()):
                if w in but or w in found or isinstance(w.type, ty.Number):
                    continue
                if self.live.start[w] < at and self.reading.read_after(w, at):
                    found.append(w)
        return found

    def detach(self, w: Var, where: frozenset[Var], x: Var) -> bool:
        """Copy what `w` holds of the storage, where it was taken from it; False if it is the array."""
        made = self.makers.get(w)
        if made is None or w is x:
            return False
        views = made.primitive.name in ("getitem", "read") or made.primitive.fn is unbroadcast
        if views or made.primitive.alias in ("view", "maybe"):
            if isinstance(w.type, (ty.Array, ty.UnknownType)):
                self.copy_output(made, w)
                return True
            return False
        if (
            made.primitive in (p.PUSH, p.APPEND, p.TUPLE, p.LIST, p.DICT)
            or made.blocks
            or made.primitive is p.POP
        ):
            return self.detach_container(where)
        return False

    def detach_container(self, where: frozenset[Var]) -> bool:
        """Copy values as they are put into tapes, lists and tuples."""
        done = False
        for op in list(walk(self.block)):
            if op.primitive in (p.PUSH, p.APPEND, p.TUPLE, p.LIST, p.DICT):
                first = 1 if op.primitive in (p.PUSH, p.APPEND) else 0
                for k in range(first, len(op.inputs)):
                    if isinstance(op.inputs[k].type, ty.Array) and self.of(op.inputs[k]) & where:
                        self.copy_input(op, k)
                        done = True
        return done

    def resolve_loop(self, op: Op, slots: list, offset: int) -> bool:
        """What a loop overwrites must be handed to it, and handed on from pass to pass, for good."""
        at = self.live.begin[op]
        given: list[frozenset[Var]] = []
        for k, (init, param, _) in enumerate(slots):
            if param not in self.mutated or not isinstance(param.type, ty.Array):
                continue
            where = self.of(init)
            shared = any(where & other for other in given)
            if FOREIGN in where or shared or self.readers_after(where, at, {param}):
                self.copy_input(op, offset + k)
                return True
            given.append(where)
        taken: list[frozenset[Var]] = []
        body = op.blocks[-1]
        first = len(body.results) - len(slots)
        for k, (_, param, end) in enumerate(slots):
            if param not in self.mutated or not isinstance(param.type, ty.Array):
                continue
            where = self.of(end)
            inside = (
                {q for _, q, _ in slots}
                | {v for o in walk(body) for v in o.outs}
                | {v for o in walk(body) for b in o.blocks for v in b.params}
            )
            if op.primitive is p.WHILE:
                inside |= {v for o in walk(op.blocks[0]) for v in o.outs}
            if (
                not where <= inside
                or any(where & other for other in taken)
                or self.kept_elsewhere(where, end, slots, taken)
            ):
                self.copy_result(body, first + k)
                return True
            taken.append(where)
        return False

    def kept_elsewhere(self, where: frozenset[Var], end: Operand, slots: list, taken: list) -> bool:
        """Does another carried value (a list, a tape) keep what will be overwritten in the next pass?"""
        return any(e is not end and q not in self.mutated and self.of(e) & where for _, q, e in slots)

    def resolve_results(self) -> bool:
        """What is returned belongs to the caller: not an argument again, nor the same array twice."""
        seen: set[Var] = set()
        for k, x in enumerate(self.block.results):
            made = self.makers.get(x) if isinstance(x, Var) else None
            if made is not None and made.primitive in (p.TUPLE, p.LIST, p.DICT):
                if self.resolve_container(made, seen):
                    return True
                continue
            where = self.of(x)
            if isinstance(x.type, ty.Array) and (FOREIGN in where or where & seen):
                self.copy_result(self.block, k)
                return True
            seen |= where
        return False

    def resolve_container(self, made: Op, seen: set[Var]) -> bool:
        for k, x in enumerate(made.inputs):
            inner = self.makers.get(x) if isinstance(x, Var) else None
            if inner is not None and inner.primitive in (p.TUPLE, p.LIST, p.DICT):
                if self.resolve_container(inner, seen):
                    return True
                continue
            where = self.of(x)
            if isinstance(x.type, ty.Array) and (FOREIGN in where or where & seen):
                self.copy_input(made, k)
                return True
            seen |= where
        return False

    def copy_input(self, op: Op, k: int) -> None:
        x = op.inputs[k]
        copy = _copy(x, op)
        op.inputs[k] = copy.outs[0]
        home = self.home[op]
        home.ops.insert(home.ops.index(op), copy)

    def copy_output(self, op: Op, w: Var) -> None:
        raw = Var(w.name, w.type)
        op.outs = [raw if v is w else v for v in op.outs]
        copy = Op([w], COPY, [raw], {}, [], op.loc, op.note)
        home = self.home[op]
        home.ops.insert(home.ops.index(op) + 1, copy)

    def copy_result(self, block: Block, k: int) -> None:
        copy = _copy(block.results[k], None)
        block.results[k] = copy.outs[0]
        block.ops.append(copy)

    # -- adjoints that are summed

    def mark_accumulations(self) -> None:
        """`x_bar + g` may be done in place when x_bar is ours and is not needed afterwards."""
        for op in walk(self.block):
            if op.primitive.fn not in (operator.add, operator.sub) or not op.attrs.get("accumulate"):
                continue
            x, out = op.inputs[0], op.outs[0]
            op.attrs["in_place"] = False
            if isinstance(x.type, ty.Array) and isinstance(x, Var) and x.type == out.type:
                where = self.of(x)
                free = FOREIGN not in where and not self.readers_after(where, self.live.finish[op], {out})
                carried_on = any(s in self.param_storages() for s in where)
                op.attrs["in_place"] = free and not carried_on and bool(where)

    def param_storages(self) -> set[Var]:
        if not hasattr(self, "_params"):
            self._params = {v for o in walk(self.block) for b in o.blocks for v in b.params}
        return self._params


def _flows(op: Op) -> list[tuple[Operand, Var]]:
    """Carried values that end up in others: an inner loop's entry, a branch's ends."""
    if op.primitive is p.FOR:
        return [(init, param) for init, param, _, _ in carried(op)]
    if op.primitive is p.WHILE:
        before, after = op.blocks
        return [*zip(op.inputs, before.params), *zip(before.results[1:], after.params)]
    return []


def _copy(x: Operand, op: Op | None) -> Op:
    name = x.name if isinstance(x, Var) else None
    return Op([Var(name, x.type)], COPY, [x], {}, [], op.loc if op else None, op.note if op else None)


def _is_basic(op: Op) -> bool:
    for operand in op.inputs[1:]:
        t = operand.type
        parts = t.items if isinstance(t, ty.Tuple) else (t,)
        if any(isinstance(k, (ty.Array, ty.List, ty.UnknownType)) for k in parts):
            return False
    return True


class Memory:
    """Storages, those counted as one that a loop hands from one variable to the next."""

    def __init__(self, analysis: _Analysis, block: Block):
        self.analysis = analysis
        self.parent: dict[Var, Var] = {}
        for op in walk(block):
            for source, target in links(op):
                for s in analysis.of(source) - {FOREIGN}:
                    for t in analysis.of(target) - {FOREIGN}:
                        self.parent[self.find(s)] = self.find(t)

    def find(self, s: Var) -> Var:
        while (up := self.parent.get(s, s)) is not s:
            s = up
        return s

    def of(self, x: Operand) -> frozenset[Var]:
        return frozenset(map(self.find, self.analysis.of(x)))
