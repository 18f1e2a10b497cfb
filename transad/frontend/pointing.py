"""What the arrays that a loop carries point to, from pass to pass.

On entry a name is bound to some array. A pass may bind it to another: one from before the loop, the array of
another name, an array of the pass's own. Which it is at the start of a pass is for flags to say that the loop
carries too (`Way`): false on entry, and at the end of a pass what the tree of the value then says. A part of
an array at an index that changes (the row that was last looked at) has its index carried.

The ways are found by interpreting the body, like all that a loop carries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from transad.frontend.carrying import Carrying, Leaf, Slot, _inside
from transad.frontend.sharing import (
    Boundary,
    Fork,
    Part,
    Tree,
    choice,
    nothing_yet,
    parts,
    rewrite,
    same_operand,
)
from transad.frontend.values import (
    Choice,
    Closure,
    Frame,
    Generator,
    Method,
    NumpyMethod,
    Pack,
    Pullback,
    Sequence,
    SliceValue,
    State,
    Transformed,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Var

MOST = 4  # ways that are told apart


@dataclass(eq=False)
class Way:
    """Something that a carried array may be, other than what it is on entry; `flag` says when it is."""

    part: Part | None  # of an older array or of a leaf; operands from inside are names of slots
    flag: str


class Pointing(Carrying):
    """The part of the interpreter for carried arrays."""

    frame: Frame
    fresh = 0  # names given so far

    def __init__(self) -> None:
        super().__init__()
        self.home: dict[Var, Frame] = {}  # of merged arrays: the function whose names they were made for

    def arrays(self, slots: list[Slot]) -> list[tuple[Leaf, Value]]:
        """The carried arrays with a name or a place in a container, and what they are now."""
        found = []
        for slot in slots:
            if slot.key[0] != "version":
                found += zip(self.leaves(slot.tree), self.flat_values(slot.tree, self.read(slot.key)))
        return [(leaf, value) for leaf, value in found if isinstance(leaf.type, ty.Array)]

    def enter(self, slots: list[Slot], entry: State) -> None:
        """Note what carried arrays are on entry, unless nobody else knows that array."""
        news = [
            (slot, leaf)
            for slot in slots
            if slot.key[0] != "version"
            for leaf in self.leaves(slot.tree)
            if leaf.default is leaf and isinstance(leaf.type, ty.Array)
        ]
        count = holders(self, entry) if news else None
        for slot, leaf in news:
            leaf.default = None
            if not isinstance(leaf.entry, Var) or not isinstance(leaf.entry.type, ty.Array):
                continue
            part = self.as_part(leaf.entry)
            ours = slot.key[0] == "name" and slot.key[1] is self.frame
            alone = ours and count is not None and count[part.base] == 1
            leaf.default = self.beyond(part, entry) if alone else part

    def forget(self, news: Iterable[Var]) -> None:
        """Drop the pointers of this function's names to arrays nobody else knows, and of such arrays."""
        pointers = self.state.pointers
        if not pointers:
            return
        names = {v for v in self.state.frames[self.frame].values() if isinstance(v, Var)}
        self.home.update({v: self.frame for v in news if v in names})
        count = holders(self, self.state)
        for v in [v for v in pointers if self.home.get(v) is self.frame]:
            if not count[v]:
                count.subtract({p.base for p in parts(pointers.pop(v))})
        for v in [v for v in pointers if v in names and self.home.get(v) is self.frame]:
            tree = pointers.pop(v)
            kept = rewrite(
                tree,
                lambda p, known: p if count[p.base] > 1 else self.beyond(p, self.state),
                lambda known: None,
                {},
            )
            if kept is not None:
                pointers[v] = kept

    def beyond(self, part: Part, state: State) -> Tree:
        """What is reached through an array that nobody else knows."""
        return rewrite(state.pointers.get(part.base), lambda p, known: part.of(p), lambda known: None, {})

    def point(self, slots: list[Slot], variables: dict[Leaf, Var]) -> None:
        """Let the variables of the leaves point to what the flags say."""
        names = self.state.frames[self.frame]
        for slot in slots:
            if slot.key[0] == "version":
                continue
            for leaf in self.leaves(slot.tree):
                if leaf not in variables or not isinstance(leaf.type, ty.Array):
                    continue
                tree: Tree = None if leaf.default is leaf else leaf.default
                for way in leaf.ways:
                    part = self.placed_part(way.part, variables)
                    if part is not False:
                        tree = choice(names.get(way.flag, Const(False)), part, tree)
                self.let_point(variables[leaf], tree)

    def placed_part(self, part: Part | None, variables: dict[Leaf, Var]) -> Any:
        if part is None:
            return None
        base = variables.get(part.base) if isinstance(part.base, Leaf) else part.base
        if base is None:
            return False  # the leaf was replaced, and the way will be found again
        names = self.state.frames[self.frame]
        operands = (self.operand(names[x]) if isinstance(x, str) else x for x in part.operands)
        return Part(base, part.path, part.counts, tuple(operands))

    def settle(self, slots: list[Slot], entry: State) -> bool:
        """At the end of a pass: set the flags. True when a new way was found, so that there are more."""
        ends = {
            leaf: value
            for leaf, value in self.arrays(slots)
            if isinstance(value, Var) and isinstance(value.type, ty.Array)
        }
        boundary = Boundary(self, self.state, self.serial, ends)
        found = False
        for leaf in ends:
            tree = boundary.tree(leaf)
            if not leaf.lost:
                found |= self.find_ways(leaf, tree, slots, entry)
            if leaf.lost:
                boundary.unsure += [(leaf, p.base) for t in (tree, leaf.default) for p in parts(t)]
                leaf.ways, leaf.default = [], None
            self.set_flags(leaf, tree)
        for leaf, other in boundary.unsure:
            if other not in leaf.aliases:
                leaf.aliases.add(other)
                found = True
        return found

    def find_ways(self, leaf: Leaf, tree: Tree, slots: list[Slot], entry: State) -> bool:
        found = False
        for end in {id(e): e for e in ends_of(tree)}.values():
            if self.like(end, leaf.default) or any(self.like(end, way.part) for way in leaf.ways):
                continue
            found = True
            ways = [way.part for way in leaf.ways] + [leaf.default]
            if len(ways) > MOST or end and any(isinstance(p, Part) and end.starts_with(p) for p in ways):
                leaf.lost = True
                break
            part = end
            if end is not None:
                operands = tuple(self.carried_index(x, slots, entry) for x in end.operands)
                part = Part(end.base, end.path, end.counts, operands)
            name = f"{leaf.name or 'array'}_is_{(part and part.base.name) or 'new'}"
            leaf.ways.append(Way(part, self.carry(name, slots, entry, ty.BOOL)))
        return found

    def carried_index(self, x: Operand, slots: list[Slot], entry: State) -> Any:
        if isinstance(x, Var) and x.id >= self.serial:
            return self.carry(x.name, slots, entry, x.type)
        return x

    def carry(self, name: str | None, slots: list[Slot], entry: State, kind: ty.Type) -> str:
        """One more thing for the loop to carry, with a name that no program has."""
        Pointing.fresh += 1
        key = f"%{Pointing.fresh}"
        first = entry.frames[self.frame][key] = nothing_yet(kind)
        slot = Slot(("name", self.frame, key), Leaf(name, kind, first))
        slot.hidden = True
        slots.append(slot)
        return key

    def like(self, end: Part | None, known: Any) -> bool:
        """Is it the same way, but for indices from inside of the loop?"""
        if end is None or known is None or not isinstance(known, Part):
            return end is known
        return (
            end.base is known.base
            and end.path == known.path
            and end.counts == known.counts
            and all(
                isinstance(y, str) if isinstance(x, Var) and x.id >= self.serial else same_operand(x, y)
                for x, y in zip(end.operands, known.operands)
            )
        )

    def set_flags(self, leaf: Leaf, tree: Tree) -> None:
        names = self.state.frames[self.frame]
        for way in leaf.ways:
            if way.flag not in names:
                continue  # found just now: the pass will be interpreted again
            is_way = lambda end, way=way: Const(self.like(end, way.part))  # noqa: E731
            names[way.flag] = self.evaluated(tree, is_way, ty.BOOL)
            for k, slot in enumerate(way.part.operands if way.part is not None else ()):
                if isinstance(slot, str):
                    old = self.operand(names[slot])
                    index = lambda end, k=k, old=old, way=way: (  # noqa: E731
                        end.operands[k] if self.like(end, way.part) else old
                    )
                    names[slot] = self.evaluated(tree, index, ty.UNKNOWN)

    def evaluated(self, tree: Tree, at_end: Callable[[Part | None], Operand], kind: ty.Type) -> Operand:
        if not isinstance(tree, Fork):
            return at_end(tree)
        left, right = (self.evaluated(t, at_end, kind) for t in (tree.then, tree.orelse))
        if kind == ty.UNKNOWN:
            kind = ty.join(self.type_of(left), self.type_of(right))
        return self.select(tree.flag, left, right, kind)


def ends_of(tree: Tree) -> Iterable[Part | None]:
    if isinstance(tree, Fork):
        yield from ends_of(tree.then)
        yield from ends_of(tree.orelse)
    else:
        yield tree


def holders(memory: Any, state: State) -> Counter[Var]:
    """How many names, places in containers, and pointers know each array."""
    count: Counter[Var] = Counter()

    def visit(value: Value) -> None:
        if isinstance(value, Var):
            if isinstance(value.type, ty.Array):
                count[memory.identity(value)] += 1
        elif isinstance(value, Pack):
            several(value.items)
        elif isinstance(value, Method):
            several((value.function, *value.args, *value.kwargs.values()))
        elif isinstance(value, NumpyMethod):
            visit(value.owner)
        elif isinstance(value, Choice):
            several((value.left, value.right))
        elif isinstance(value, Closure):
            several((*value.defaults, *value.keyword_defaults.values()))
        elif isinstance(value, Generator):
            several((*value.args, *value.kwargs.values()))
        elif isinstance(value, Sequence):
            several(value.parts)
        elif isinstance(value, SliceValue):
            several((value.start, value.stop, value.step))
        elif isinstance(value, (Pullback, Transformed)):
            count.update({v: 2 for v in (*state.versions, *state.pointers)})  # who knows what is inside

    def several(values: Iterable[Value]) -> None:
        for value in values:
            visit(value)

    for names in state.frames.values():
        several(names.values())
    for contents in state.heap.values():
        several(_inside(contents))
    for tree in state.pointers.values():
        count.update({p.base for p in parts(tree)})
    return count
