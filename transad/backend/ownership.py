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

from transad.analysis import shapes
from transad.analysis.activity import carried, links
from transad.backend.liveness import Liveness
from transad.backend.readers import Readers
from transad.backend.sole import WRITES, Sole
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.rules import registry
from transad.runtime import broadcast_like, unbroadcast

FOREIGN = Var("foreign")  # the storage of everything that must not be written to
_LINEAR = {p.PUSH, p.POP, p.APPEND}  # tapes and lists: always in place
_READ_ONLY = {*p.READ_ONLY, broadcast_like}

_OVERWRITTEN = (ty.Array, ty.List, ty.Dict, ty.UnknownType)  # types of what may be written to

COPY = registry.entry(np.copy)
COMPACT = registry.entry(np.ascontiguousarray)
_PATIENCE = 20  # rounds
_COMPACT = {np.zeros, np.ones, np.empty, np.full, np.ascontiguousarray}


def make_in_place(block: Block) -> Storages:
    """Mark the updates that overwrite their input (`attrs["in_place"]`), copying what must survive.

    Each round inserts the copies for conflicts that have nothing to do with each other; the last one,
    which finds none, tells where everything lies. Where that takes many rounds, each inserts all it finds,
    though one copy may settle several.
    """
    analysis = Storages(block)
    if _snapshot(analysis):
        analysis = Storages(block)
    for done in range(2 * sum(1 for _ in walk(block)) + 10):
        # What was the caller's may be a copy by now, that is written to: look again at what is put on tapes.
        if not analysis.resolve(hasty=done > _PATIENCE) and not _snapshot(analysis):
            break
        analysis = Storages(block)
    else:
        raise RuntimeError("the copies that in-place updates need do not settle")
    if _lay_out(analysis):
        analysis = Storages(block)
    analysis.mark_accumulations()
    for op in walk(block):
        if op.primitive in WRITES or op.primitive in _LINEAR:
            op.attrs["in_place"] = True
    return analysis


def _snapshot(analysis: Storages) -> bool:
    """Copy what is put on a tape or into a growing list, if that memory is written to anywhere: then
    tapes and lists hold nothing that changes, and need not be followed. Was there any?"""
    block = analysis.block
    if not any(op.primitive in (p.PUSH, p.APPEND) for op in walk(block)):
        return False
    memory = Memory(analysis, block)
    copied = False
    written: set[Var] = set()
    for op in walk(block):
        if overwrites(op) or op.attrs.get("accumulate"):
            written |= memory.of(op.inputs[0]) - {FOREIGN}
            written |= memory.of(op.outs[-1]) - {FOREIGN}
    for op in list(walk(block)):
        if op.primitive in (p.PUSH, p.APPEND) and isinstance(op.inputs[1].type, _OVERWRITTEN):
            if memory.of(op.inputs[1]) & written:
                analysis.copy_input(op, 1)
                copied = True
    return copied


def overwrites(op: Op) -> bool:
    """Does an operation change what others may still read? A tape has no other readers, a list may have."""
    changes_list = op.primitive in (p.APPEND, p.POP) and isinstance(op.inputs[0].type, ty.List)
    return op.primitive in WRITES or changes_list


def _lay_out(analysis: Storages) -> bool:
    """Where something is written through `reshape`, see to it that this is a view of the array."""
    changed = False
    for op in list(walk(analysis.block)):
        if op.primitive in WRITES and any(q.fn in (np.reshape, np.ravel) for q in op.attrs.get("path", ())):
            x = op.inputs[0]
            made = analysis.makers.get(x)
            while made is not None and made.primitive in WRITES:
                made = analysis.makers.get(made.inputs[0])
            if made is None or made.primitive is not COPY and made.primitive.fn not in _COMPACT:
                whole = Op([Var(x.name, x.type)], COMPACT, [x, Const(None)], {}, [], op.loc, op.note)
                op.inputs[0] = whole.out
                home = analysis.home[op]
                home.ops.insert(home.ops.index(op), whole)
                changed = True
    return changed


def holds_memory(t: ty.Type) -> bool:
    """Can a value of this type share memory with another?"""
    return (
        isinstance(t, (ty.Array, ty.List, ty.Dict, ty.Tuple, ty.Tape, ty.Saved, ty.Object)) or t == ty.UNKNOWN
    )


class Storages:
    """Which storages each variable may lie in, and the conflicts that follow."""

    def __init__(self, block: Block):
        self.block = block
        self.live = Liveness(block)
        self.storages: dict[Var, frozenset[Var]] = {}
        self.home: dict[Op, Block] = {}
        self.makers: dict[Var, Op] = {}
        self.mutated = self.updated_params(block)
        self.touched: set[Var] = set()  # storages for which a copy was inserted in this round
        self.hasty = False
        for v in block.params:
            self.storages[v] = frozenset({FOREIGN})
        self.visit(block)

    def updated_params(self, block: Block) -> set[Var]:
        """Carried values that some pass overwrites."""
        makers = {v: op for op in walk(block) for v in op.outs}
        found: set[Var] = set()
        for op in walk(block):
            if op.primitive in WRITES or op.primitive in _LINEAR:
                x: Operand = op.inputs[0]
                while isinstance(x, Var) and x in makers:
                    made = makers[x]
                    if made.primitive in WRITES or made.primitive in _LINEAR:
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
        if primitive in WRITES or primitive is p.POP and v is op.outs[1]:
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
        if primitive.fn in _READ_ONLY:
            return self.of(op.inputs[0]) | {FOREIGN}
        if primitive.alias in ("view", "maybe"):
            own = {v} if primitive.alias == "maybe" or not op.inputs else set()
            return (self.of(op.inputs[primitive.source]) if op.inputs else frozenset()) | own
        if "opaque" in op.attrs:
            return frozenset({FOREIGN, v}).union(*(self.of(x) for x in op.inputs))
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

    def resolve(self, hasty: bool = False) -> bool:
        """Insert copies for conflicts, one for each storage unless `hasty`; False when there are none."""
        self.hasty, found = hasty, False
        readers = Readers(self.live, self.storages)
        for op in list(walk(self.block)):
            if overwrites(op):
                found |= self.resolve_write(op, readers)
            elif op.primitive is p.FOR:
                found |= self.resolve_loop(op, [(i, q, e) for i, q, e, _ in carried(op)], 3, readers)
            elif op.primitive is p.WHILE:
                ends = list(zip(op.inputs, op.blocks[0].params, op.blocks[1].results))
                found |= self.resolve_loop(op, ends, 0, readers)
        return found or self.resolve_results()

    def settled(self, where: frozenset[Var]) -> bool:
        """Has a copy in this round made what is known of these storages stale?"""
        return not self.hasty and not self.touched.isdisjoint(where)

    def resolve_write(self, op: Op, readers: Readers) -> bool:
        x = op.inputs[0]
        where = self.of(x)
        if self.settled(where):
            return False
        foreign = FOREIGN in where or not isinstance(x, Var)
        reader = None if foreign else readers.first(where, self.live.finish[op], op.outs[-1])
        if not foreign and reader is None:
            return False
        if reader is None or not self.detach(reader, where, x):  # type: ignore[arg-type]
            self.copy_input(op, 0)
        self.touched |= where
        return True

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

    def resolve_loop(self, op: Op, slots: list, offset: int, readers: Readers) -> bool:
        """What a loop overwrites must be handed to it, and handed on from pass to pass, for good."""
        at = self.live.begin[op]
        given: list[frozenset[Var]] = []
        for k, (init, param, _) in enumerate(slots):
            if param not in self.mutated or not isinstance(param.type, (ty.Array, ty.List)):
                continue
            where = self.of(init)
            if self.settled(where):
                return False
            beside = (q for _, q, _ in slots if q is not param and q not in self.mutated)
            shared = any(where & other for other in given) or any(where & self.of(q) for q in beside)
            if FOREIGN in where or shared or readers.first(where, at, param):
                self.copy_input(op, offset + k)
                self.touched |= where
                return True
            given.append(where)
        taken: list[frozenset[Var]] = []
        body = op.blocks[-1]
        first = len(body.results) - len(slots)
        for k, (_, param, end) in enumerate(slots):
            if param not in self.mutated or not isinstance(param.type, (ty.Array, ty.List)):
                continue
            where = self.of(end)
            if self.settled(where):
                return False
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
                self.touched |= where
                return True
            taken.append(where)
        return False

    def kept_elsewhere(self, where: frozenset[Var], end: Operand, slots: list, taken: list) -> bool:
        """Does another carried value (a list, a tape) keep what will be overwritten in the next pass?"""
        return any(e is not end and q not in self.mutated and self.of(e) & where for _, q, e in slots)

    def resolve_results(self) -> bool:
        """What is returned belongs to the caller: not an argument again, nor the same array twice."""
        found, seen = False, set[Var]()
        for k, x in enumerate(self.block.results):
            made = self.makers.get(x) if isinstance(x, Var) else None
            if made is not None and made.primitive in (p.TUPLE, p.LIST, p.DICT):
                found |= self.resolve_container(made, seen)
            elif self.returned_before(x, seen):
                self.copy_result(self.block, k)
                found = True
        return found

    def resolve_container(self, made: Op, seen: set[Var]) -> bool:
        found = False
        for k, x in enumerate(made.inputs):
            inner = self.makers.get(x) if isinstance(x, Var) else None
            if inner is not None and inner.primitive in (p.TUPLE, p.LIST, p.DICT):
                found |= self.resolve_container(inner, seen)
            elif self.returned_before(x, seen):
                self.copy_input(made, k)
                found = True
        return found

    def returned_before(self, x: Operand, seen: set[Var]) -> bool:
        where = self.of(x)
        if isinstance(x.type, ty.Array) and (FOREIGN in where or where & seen):
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
        params = {v for o in walk(self.block) for b in o.blocks for v in b.params}
        memory = Memory(self, self.block)
        handed_on = {memory.find(v) for v in params & self.mutated}  # to passes that overwrite it
        sole, readers = Sole(self), Readers(self.live, self.storages)
        for op in walk(self.block):
            if op.primitive.fn not in (operator.add, operator.sub) or not op.attrs.get("accumulate"):
                continue
            x, out = op.inputs[0], op.outs[0]
            op.attrs["in_place"] = False
            dtype = ty.dtype_of(x.type)
            same = dtype is not None and dtype == ty.dtype_of(out.type)
            same = same and shapes.same_shape(x.type, out.type)
            arrays = isinstance(x.type, ty.Array) and isinstance(out.type, ty.Array)
            if arrays and isinstance(x, Var) and same:
                where = self.of(x)
                free = FOREIGN not in where and not readers.first(where, self.live.finish[op], out)
                ours = bool(where) and free and params.isdisjoint(where)
                ours = ours and handed_on.isdisjoint(memory.of(x))
                op.attrs["in_place"] = ours or sole.holds(x, self.home[op], set())


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

    def __init__(self, analysis: Storages, block: Block):
        self.analysis = analysis
        self.parent: dict[Var, Var] = {}
        for op in walk(block):
            for source, target in links(op):
                left, right = analysis.of(source) - {FOREIGN}, analysis.of(target) - {FOREIGN}
                if left and right:
                    one = self.find(next(iter(left)))
                    for s in left | right:
                        self.parent[self.find(s)] = one

    def find(self, s: Var) -> Var:
        root = s
        while (up := self.parent.get(root, root)) is not root:
            root = up
        while s is not root:  # shorten the way for the next time
            self.parent[s], s = root, self.parent[s]
        return root

    def of(self, x: Operand) -> frozenset[Var]:
        return frozenset(map(self.find, self.analysis.of(x)))
