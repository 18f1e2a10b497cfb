"""What a loop carries: values with a variable for each number and array in them.

A `Slot` is one thing that changes in a loop: what a name is bound to, an array's version, what a list,
dict or object holds. Its `tree` is the value with a `Leaf` in place of each variable; tuples and
containers of known structure stay what they are around the leaves. `widen` finds the smallest tree that
covers both the value on entry and the value at the end of a pass.

A name without a value on entry that a pass binds to an array from before the loop (or to a view of one)
is taken to be that array from the start: nobody can read it before the pass that binds it.

A carried array that may have changed unseen is not an error before it is read: its leaf remembers the
reason and is poisoned from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from transad.errors import AliasingError
from transad.frontend.memory import Memory
from transad.frontend.merging import _is_unbound, _same_constant, same_function
from transad.frontend.values import (
    UNBOUND,
    Box,
    Conflict,
    Fields,
    Items,
    NeedsItems,
    Pack,
    Run,
    State,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Var


class Leaf:
    """A place in a carried value that holds one variable."""

    __slots__ = ("name", "type", "param", "entry", "aliases", "default", "ways", "lost", "free", "reason")

    def __init__(self, name: str | None, type: ty.Type, entry: Value):
        self.name, self.type, self.entry = name, type, entry
        self.param = Var(name, type)
        self.aliases: set[Any] = set()  # arrays, and leaves, it may share memory with, nobody knows when
        self.default: Any = self  # of an array: what it is on entry (see `pointing`); itself: not known yet
        self.ways: list[Any] = []  # what else it may be
        self.lost = False  # is it too hard to say?
        self.free: set[ty.Length] = set()  # lengths that differ from pass to pass
        self.reason: str | None = None  # why what it holds may have changed unseen

    def widen(self, kind: ty.Type) -> bool:
        """Let the leaf hold values of this type too; does that change what the body may rely on?"""
        joined = self.kept(self.type, ty.join(self.type, kind))
        changed = joined != self.type
        self.type = self.param.type = joined
        return changed

    def kept(self, old: ty.Type, new: ty.Type) -> ty.Type:
        """The joined type, with the lengths that are known to differ from pass to pass called as before."""
        if isinstance(new, ty.Number):
            return ty.Number(new.dtype, new.weak)
        if isinstance(new, ty.Array) and isinstance(old, ty.Array):
            if new.shape is not None and old.shape is not None:
                shape = tuple(map(self.length, old.shape, new.shape))
                return ty.Array(new.dtype, shape, new.contiguous, new.loose)
        if isinstance(new, ty.List) and isinstance(old, ty.List) and new.items is None is old.items:
            return ty.List(None, self.kept(old.item, new.item))
        if isinstance(new, ty.Tuple) and isinstance(old, ty.Tuple):
            return ty.Tuple(tuple(map(self.kept, old.items, new.items)), new.cls)
        return new

    def length(self, was: ty.Length, now: ty.Length) -> ty.Length:
        if was == now:
            return was
        if was in self.free and (ty.surely_not_one(now) or not ty.surely_not_one(was)):
            return was
        self.free.add(now)
        return now


class Slot:
    """Something a loop carries: what a name is bound to, an array's version, a list's contents.

    `tree` is the value with a `Leaf` for each variable in it.
    """

    hidden = False  # is it nothing of the program's, but a flag or an index?
    same: Any = None  # a container that a name is always bound to, or the slot of another name for it

    def __init__(self, key: tuple, tree: Any):
        self.key, self.tree = key, tree

    @property
    def label(self) -> str:
        return self.key[2] if self.key[0] == "name" else "this value"


class Carrying(Memory):
    """The part of the interpreter for values that loops carry."""

    serial = 0  # variables with a smaller id are older than the innermost loop

    def new_slot(self, key: tuple) -> Slot:
        value = self.read(key)
        name = key[2] if key[0] == "name" else getattr(key[1], "name", None)
        return Slot(key, self.tree(value, name))

    def read(self, key: tuple) -> Value:
        """What a slot holds in the current state."""
        if key[0] == "name":
            return self.state.frames[key[1]].get(key[2], UNBOUND)
        if key[0] == "version":
            return self.state.versions.get(key[1], key[1])
        return key[1]

    def write_slot(self, slot: Slot, value: Value) -> None:
        kind = slot.key[0]
        if kind == "name":
            if slot.same is not None:
                value = self.read(slot.same.key) if isinstance(slot.same, Slot) else slot.same
            self.state.frames[slot.key[1]][slot.key[2]] = value
        elif kind == "version":
            self.state.versions[slot.key[1]] = value
            self.owner[value] = slot.key[1]
        elif isinstance(value, Box):
            self.state.heap[slot.key[1]] = self.state.heap[value]

    def find_same(self, slots: list[Slot], entry: State, node: Any) -> bool:
        """Which names end a pass bound to a container from before the loop, or to that of another name?

        What is written to it under one name is seen under the other. Where a name has no value on entry, it
        has that one whenever it is read; else the loop has to be taken pass by pass. True for news."""
        places: dict[Box, list[tuple[Slot, bool]]] = {}
        for slot in slots:
            if slot.key[0] == "name":
                value = self.read(slot.key)
                if slot.same is not None:
                    wanted = self.read(slot.same.key) if isinstance(slot.same, Slot) else slot.same
                    if value is not wanted:
                        raise self.shares(slot, node)
                    continue
                for box, top in _containers(slot.tree, value, self.state.heap):
                    places.setdefault(box, []).append((slot, top))
            elif slot.key[0] != "version" and isinstance(slot.tree, tuple):
                for box in _items(slot.tree, slot.key[1], self.state.heap):
                    places.setdefault(box, []).append((slot, False))
        news = False
        for box, where in places.items():
            old = dict.__contains__(entry.heap, box.shown or box) or box.given is not None
            if not old and len(where) == 1:
                continue
            if not all(top for _, top in where):
                raise self.shares(where[0][0], node)
            before = [(slot, self.entry_value(slot, entry)) for slot, _ in where]
            bound = [slot for slot, v in before if not _is_unbound(v) and not (old and v is box)]
            if len(bound) > (not old):
                raise self.shares(where[0][0], node)
            first = bound[0] if bound else where[0][0]
            for slot, _ in where:
                if old or slot is not first:
                    slot.same, slot.tree, news = box if old else first, UNBOUND, True
            slots.sort(key=lambda slot: isinstance(slot.same, Slot))
        return news

    def entry_value(self, slot: Slot, entry: State) -> Value:
        return entry.frames[slot.key[1]].get(slot.key[2], UNBOUND)

    def shares(self, slot: Slot, node: Any) -> NeedsItems:
        return NeedsItems(
            f"which list, dict or object {slot.label} shares depends on how often the loop runs",
            "make a copy where it gets its second name: list(x), dict(x), copy.copy(x)",
            self.location(node),
        )

    def tree(self, value: Value, name: str | None, keep: bool = True, inside: bool = False) -> Any:
        """A value with leaves where the loop will have its variables.

        A container `inside` of another stays the one that it is, until a pass puts another in its place
        (`keep`: where the value is from before the loop).
        """
        if isinstance(value, Pack):
            return Pack(tuple(self.tree(v, name, keep, True) for v in value.items), value.cls)
        if isinstance(value, Box) and inside and keep:
            return value
        if isinstance(value, Box):
            contents = self.state.heap[value]
            box = value.another()
            if value.kind == "iterator":  # what it goes through stays
                source, position = contents.values  # type: ignore[union-attr]
                return box, Items((source, self.tree(position, None)))
            if isinstance(contents, Items):
                return box, Items(tuple(self.tree(v, None, keep, True) for v in contents.values))
            if isinstance(contents, Fields):
                return box, Fields({k: self.tree(v, str(k), keep, True) for k, v in contents.values.items()})
            return box, Run(Leaf(name, self.type_of(value), value))  # type: ignore[arg-type]
        if isinstance(value, Var) or isinstance(value, Const) and _carried(value):
            kind = self.type_of(value)
            if isinstance(kind, ty.Number):
                kind = ty.Number(kind.dtype, kind.weak)
            return Leaf(name or getattr(value, "name", None), kind, value)
        return value

    def leaves(self, tree: Any) -> list[Leaf]:
        if isinstance(tree, Leaf):
            return [tree]
        if isinstance(tree, Pack):
            return [leaf for item in tree.items for leaf in self.leaves(item)]
        if isinstance(tree, tuple):
            if isinstance(tree[1], Run):
                return [tree[1].var]
            return [leaf for item in _inside(tree[1]) for leaf in self.leaves(item)]
        return []

    def flat_values(self, tree: Any, value: Value) -> list[Value]:
        """The values at the leaves of the tree."""
        if isinstance(tree, Leaf):
            return [value]
        if isinstance(tree, Pack) and isinstance(value, Pack):
            return [x for t, v in zip(tree.items, value.items) for x in self.flat_values(t, v)]
        if isinstance(tree, tuple) and isinstance(value, Box) and not isinstance(tree[1], Run):
            return [x for t, v in self.paired(tree[1], value) for x in self.flat_values(t, v)]
        return [UNBOUND for leaf in self.leaves(tree)]

    def paired(self, tree: Any, box: Box) -> list[tuple[Any, Value]]:
        """The parts of a container's tree with the values at them; an attribute may still be missing."""
        contents = self.state.heap[box]
        if isinstance(tree, Fields) and isinstance(contents, Fields):
            return [
                (t, contents.values[k] if k in contents.values else self.missing(box, k))
                for k, t in tree.values.items()
            ]
        return list(zip(_inside(tree), _inside(contents)))

    def rebuild(self, tree: Any, make: Callable[[Leaf], Var]) -> Value:
        if isinstance(tree, Leaf):
            return make(tree)
        if isinstance(tree, Pack):
            return Pack(tuple(self.rebuild(t, make) for t in tree.items), tree.cls)
        if isinstance(tree, tuple):
            box, contents = tree[0].another(), tree[1]
            if isinstance(contents, Items):
                self.state.heap[box] = Items(tuple(self.rebuild(t, make) for t in contents.values))
            elif isinstance(contents, Fields):
                self.state.heap[box] = Fields({k: self.rebuild(t, make) for k, t in contents.values.items()})
            else:
                self.state.heap[box] = Run(make(contents.var))
            return box
        return tree

    def flatten(
        self, tree: Any, value: Value, instead: Callable[[Leaf], Operand] = lambda leaf: UNBOUND
    ) -> list[Operand]:
        """The operands of a value, leaf by leaf of the tree; `instead` of what may have changed unseen."""
        if isinstance(tree, Leaf):
            return [self.handed(tree, value, instead)]
        if isinstance(tree, Pack):
            items = value.items if isinstance(value, Pack) else (UNBOUND,) * len(tree.items)
            return [x for t, v in zip(tree.items, items) for x in self.flatten(t, v, instead)]
        if isinstance(tree, tuple):
            if isinstance(tree[1], Run):
                return [value if _is_unbound(value) else self.as_run(value)]
            if _is_unbound(value):
                return [UNBOUND for leaf in self.leaves(tree)]
            return [x for t, v in self.paired(tree[1], value) for x in self.flatten(t, v, instead)]
        return []

    def handed(self, leaf: Leaf, value: Value, instead: Callable[[Leaf], Operand]) -> Operand:
        if _is_unbound(value):
            return value
        if isinstance(value, Conflict):
            leaf.reason = value.reason
            return instead(leaf)
        try:
            return self.operand(value)
        except (AliasingError, NeedsItems):
            doubt = self.doubt(value) if isinstance(value, Var) else None
            if doubt is None:
                raise
            leaf.reason = doubt
            return instead(leaf)

    def widen(self, tree: Any, value: Value, slot: Slot, used: set[Var]) -> tuple[Any, bool]:
        """The tree that covers the value at the end of the body too, and whether it is settled."""
        if isinstance(tree, Leaf):
            return self.widen_leaf(tree, value, used)
        if isinstance(tree, Pack) and isinstance(value, Pack) and len(tree.items) == len(value.items):
            pairs = [self.widen(t, v, slot, used) for t, v in zip(tree.items, value.items)]
            return Pack(tuple(t for t, _ in pairs), tree.cls), all(s for _, s in pairs)
        if isinstance(tree, Box) and isinstance(value, Box) and tree is not value:
            return self.widen_box(self.tree(tree, slot.label, keep=False), value, slot, used)[0], False
        if isinstance(tree, tuple) and isinstance(value, Box):
            return self.widen_box(tree, value, slot, used)
        if (
            tree is value
            or isinstance(tree, Const)
            and isinstance(value, Const)
            and _same_constant(tree, value)
        ):
            return tree, True
        if isinstance(tree, Var) and isinstance(value, Var) and self.same_view(tree, value):
            return tree, True
        if isinstance(tree, Conflict) or same_function(tree, value):
            return tree, True
        if _is_unbound(tree):
            return self.undefined_tree(value, None), True
        if isinstance(value, (Pack, Box, Var, Const)):
            entry = self.join_entry(tree)
            name = slot.key[2] if slot.key[0] == "name" else None
            return Leaf(name, ty.join(self.type_of(entry), self.type_of(value)), entry), False
        return Conflict(f"{slot.label} is a different function or object after a pass of the loop"), False

    def widen_leaf(self, leaf: Leaf, value: Value, used: set[Var]) -> tuple[Any, bool]:
        idle = leaf.param not in used
        if leaf.type == ty.UNDEFINED and isinstance(value, (Pack, Box)):
            return self.undefined_tree(value, leaf.name), idle
        if leaf.type == ty.UNDEFINED and isinstance(value, Var):
            lasting = self.lasting(value, self.serial)
            if lasting is not None:
                return lasting, idle
        if isinstance(value, Conflict) or isinstance(value, Var) and self.doubt(value):
            reason = value.reason if isinstance(value, Conflict) else self.doubt(value)
            news, leaf.reason = leaf.reason is None, reason
            return leaf, idle or not news
        if isinstance(value, (Var, Const, Pack, Box)):
            fresh = leaf.type == ty.UNDEFINED
            changed = leaf.widen(self.type_of(value))
            return leaf, not changed or (fresh and idle)
        return value, idle

    def join_entry(self, tree: Any) -> Value:
        return self.rebuild(tree, lambda leaf: leaf.entry)

    def widen_box(self, tree: Any, value: Box, slot: Slot, used: set[Var]) -> tuple[Any, bool]:
        box, contents = tree
        now = self.state.heap[value]
        if isinstance(contents, Run):
            return tree, not contents.var.widen(self.type_of(value))  # type: ignore[attr-defined]
        if isinstance(now, Fields) and isinstance(contents, Fields):
            now, filled = self.same_keys(value, now, contents)
            known = contents.values
            contents = Fields(
                {
                    k: known[k] if k in known else self.tree(v, str(k), keep=False)
                    for k, v in filled.values.items()
                }
            )
        if type(now) is type(contents):
            old, new = _inside(contents), _inside(now)
            if len(old) == len(new) and (isinstance(now, Items) or list(now.values) == list(contents.values)):
                pairs = [self.widen(t, v, slot, used) for t, v in zip(old, new)]
                items = [t for t, _ in pairs]
                rebuilt = (
                    Items(tuple(items)) if isinstance(now, Items) else Fields(dict(zip(now.values, items)))
                )
                return (box, rebuilt), all(s for _, s in pairs)
        if box.kind != "list":
            if box.kind != "dict":
                raise self.needs_items("another kind of thing is in the place of", None)
            raise self.unsupported("a dict gets new keys in a loop", "give it all its keys before the loop")
        item = ty.join_lists(self.type_of(value), self._tree_type(contents))
        name = slot.key[2] if slot.key[0] == "name" else None
        return (box, Run(Leaf(name, ty.List(None, item), slot.key[1]))), False  # type: ignore[arg-type]

    def _tree_type(self, contents: Items) -> ty.List:
        return ty.List(tuple(leaf.type for t in contents.values for leaf in self.leaves(t)))

    def undefined_tree(self, value: Value, name: str | None) -> Any:
        """The tree for something that has no value before the first pass."""
        tree = self.tree(value, name, keep=False)
        for leaf in self.leaves(tree):
            leaf.entry = UNBOUND
        return tree


def _inside(contents: Any) -> list[Value]:
    if isinstance(contents, Items):
        return list(contents.values)
    if isinstance(contents, Fields):
        return list(contents.values.values())
    return [contents.var]


def _carried(const: Const) -> bool:
    return _is_unbound(const) or isinstance(const.type, (ty.Number, ty.Array)) or const.value is None


def _containers(tree: Any, value: Value, heap: Any) -> Iterator[tuple[Box, bool]]:
    """The lists, dicts and objects in what a pass leaves in a slot, but those that were there before; is it
    one of them itself?"""
    if isinstance(value, Box) and value is not tree:
        yield value, True
        yield from ((box, False) for box in _items(tree, value, heap))
    elif isinstance(value, Pack):
        trees = tree.items if isinstance(tree, Pack) else (None,) * len(value.items)
        for t, v in zip(trees, value.items):
            yield from ((box, False) for box, _ in _containers(t, v, heap))


def _items(tree: Any, box: Box, heap: Any) -> Iterator[Box]:
    """Those in a list, dict or object."""
    contents = heap.get(box)
    if not isinstance(contents, (Items, Fields)) or box.kind == "iterator":
        return
    values = list(_inside(contents))
    trees = list(_inside(tree[1])) if isinstance(tree, tuple) and not isinstance(tree[1], Run) else []
    if trees and len(trees) != len(values):
        return  # it grows: what becomes an item is not written to any more
    trees = trees or [None] * len(values)
    for t, v in zip(trees, values):
        yield from (found for found, _ in _containers(t, v, heap))
