"""Which arrays share memory where that depends on the path taken, and what a write to one does to the others.

Where paths meet, a name may be left bound to different arrays. The merged variable then *points*: to one
array or another (or a part of it), or to memory of its own, depending on flags that the program computes.
This is a tree: `Fork` by a flag, `Part` of an array, or None for memory that nobody else knows.

A write to an array is followed at once, under the flags, by the same write to all that lies in the same
memory: down to what the array points to, and up to what points there. So every variable always holds what
the array holds, and reading costs nothing. Most of these writes are never looked at and go as dead code.

`Boundary` finds the trees of new variables from the values that they take over at the end of a block.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.errors import TransadError
from transad.frontend.values import State
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import UNDEFINED_VALUE, Block, Const, Op, Operand, Primitive, Var
from transad.ir.primitives import IF, READ, READ_ONLY, UPDATE
from transad.rules import registry


@dataclass(frozen=True, eq=False)
class Part:
    """What is reached from the array `base` by the primitives of `path`: all of it if there are none."""

    base: Any  # a variable; a leaf of what a loop carries, while that is found out
    path: tuple[Primitive, ...] = ()
    counts: tuple[int, ...] = ()
    operands: tuple[Any, ...] = ()

    def of(self, outer: Part) -> Part:
        """The same part of something that is itself a part of an array."""
        part = outer
        first = 0
        for primitive, count in zip(self.path, self.counts):
            part = part.step(primitive, self.operands[first : first + count])
            first += count
        return part

    def step(self, primitive: Primitive, operands: tuple[Any, ...]) -> Part:
        """A part of the part; what goes back and forth (`u[::-1][::-1]`, `u.T.T`, `u[:]`) is left out."""
        if primitive.fn is operator.getitem and _is_slice(operands, (None, 1)):
            return self
        if self.path and primitive is self.path[-1]:
            last = self.operands[len(self.operands) - self.counts[-1] :]
            back = primitive.fn is operator.getitem and _is_slice(operands, (-1,)) and _is_slice(last, (-1,))
            if back or primitive.fn is np.transpose and _is_none(operands) and _is_none(last):
                before = self.operands[: len(self.operands) - len(last)]
                return Part(self.base, self.path[:-1], self.counts[:-1], before)
        path, counts = (*self.path, primitive), (*self.counts, len(operands))
        return Part(self.base, path, counts, (*self.operands, *operands))

    def starts_with(self, other: Part) -> bool:
        """Does the way there go by way of another part?"""
        count = len(other.path)
        return self.base is other.base and len(self.path) > count and self.path[:count] == other.path

    def same(self, other: Tree) -> bool:
        return (
            isinstance(other, Part)
            and self.base is other.base
            and self.path == other.path
            and self.counts == other.counts
            and all(map(same_operand, self.operands, other.operands))
        )


@dataclass(frozen=True, eq=False)
class Fork:
    flag: Operand
    then: Tree
    orelse: Tree


Tree = Part | Fork | None
NOT = registry.entry(operator.not_)
MOST = 256  # ways from an array to the memory it may lie in; beyond, nobody knows when it does
MOST_FORKS = 4000
Known = dict[Operand, bool]  # flags whose value is known on the way down a tree


def choice(flag: Operand, then: Tree, orelse: Tree) -> Tree:
    if isinstance(flag, Const):
        return then if flag.value else orelse
    same = then is orelse or isinstance(then, Part) and then.same(orelse)
    return then if same else Fork(flag, then, orelse)


def parts(tree: Tree) -> Iterator[Part]:
    if isinstance(tree, Fork):
        yield from parts(tree.then)
        yield from parts(tree.orelse)
    elif tree is not None:
        yield tree


def rewrite(
    tree: Tree, part: Callable[[Part, Known], Tree], own: Callable[[Known], Tree], known: Known
) -> Tree:
    """The tree with something else in place of its ends."""
    if tree is None:
        return own(known)
    if isinstance(tree, Part):
        return part(tree, known)
    if tree.flag in known:
        return rewrite(tree.then if known[tree.flag] else tree.orelse, part, own, known)
    then = rewrite(tree.then, part, own, {**known, tree.flag: True})
    return choice(tree.flag, then, rewrite(tree.orelse, part, own, {**known, tree.flag: False}))


def _is_slice(operands: tuple[Any, ...], steps: tuple[Any, ...]) -> bool:
    """Is it `[::step]`, over all of the first axis?"""
    (index,) = operands
    if not isinstance(index, Const) or not isinstance(index.value, slice):
        return False
    return index.value.start is None and index.value.stop is None and index.value.step in steps


def _is_none(operands: tuple[Any, ...]) -> bool:
    return all(isinstance(x, Const) and x.value is None for x in operands)


def same_operand(a: Any, b: Any) -> bool:
    if a is b:
        return True
    constants = isinstance(a, Const) and isinstance(b, Const) and type(a.value) is type(b.value)
    return constants and repr(a.value) == repr(b.value)


def nothing_yet(kind: ty.Type) -> Const:
    """A flag or index where it means nothing: any value will do, but there must be one to record."""
    if isinstance(kind, ty.Number):
        return Const(False if kind == ty.BOOL else 0)
    if isinstance(kind, ty.Tuple):
        return Const(tuple(nothing_yet(item).value for item in kind.items))
    return Const(slice(None)) if isinstance(kind, ty.Slice) else Const(UNDEFINED_VALUE)


class Sharing:
    """The part of the interpreter that keeps arrays in the same memory the same."""

    builder: Builder
    state: State
    owner: dict[Var, Var]

    def __init__(self) -> None:
        self.forks = 0  # writes so far that were followed under a condition
        self.path_counts: dict[Var, int] = {}  # from each array that points to others to where memory may be

    def set_version(self, base: Var, new: Var, node: Any, items: bool = False) -> None:
        raise NotImplementedError

    def unsupported(self, reason: str, cure: str, node: Any = None) -> TransadError:
        raise NotImplementedError

    def may_alias(self, a: Var, b: Var) -> None:
        raise NotImplementedError

    def let_point(self, v: Var, tree: Tree) -> None:
        """Note what a new variable points to. A write follows each way through the trees, which names that
        are bound to each other in turn multiply: where there are too many, this is not followed."""
        if tree is None:
            return
        ways = sum(self.path_counts.get(p.base, 1) for p in parts(tree))
        if ways <= MOST:
            self.path_counts[v] = 1 + ways
            self.state.pointers[v] = tree
        else:
            for base in {p.base for p in parts(tree)}:
                self.may_alias(v, base)

    def spread(
        self, x: Var, node: Any, done: frozenset[Var] = frozenset(), known: Known | None = None
    ) -> None:
        """After a write to x: the same to all that may lie in its memory, where it does."""
        done, known = done | {x}, known or {}
        self.follow(self.state.pointers.get(x), known, lambda p, k: self.spread_down(x, p, node, done, k))
        self.spread_up(x, node, done, known)

    def spread_down(self, x: Var, part: Part, node: Any, done: frozenset[Var], known: Known) -> None:
        base, now = part.base, self.state.versions.get(x, x)
        if part.path:
            old = self.state.versions.get(base, base)
            attrs = {"path": part.path, "counts": part.counts}
            now = self.builder.emit(UPDATE, [old, now, *part.operands], old.type, base.name, attrs)
        self.set_version(base, now, node)
        self.spread(base, node, done, known)

    def spread_up(self, x: Var, node: Any, done: frozenset[Var], known: Known) -> None:
        for pointer, tree in list(self.state.pointers.items()):
            if pointer not in done and any(p.base is x for p in parts(tree)):
                self.follow(tree, known, lambda p, k, at=pointer: self.refresh(at, x, p, node, done, k))

    def refresh(
        self, pointer: Var, x: Var, part: Part, node: Any, done: frozenset[Var], known: Known
    ) -> None:
        if part.base is not x:
            return
        now = self.state.versions.get(x, x)
        if part.path:
            now = self.read_part(now, part, pointer)
        self.set_version(pointer, now, node)
        self.spread_up(pointer, node, done | {pointer}, known)

    def read_part(self, base: Var, part: Any, like: Var) -> Var:
        """The part of this version of an array, for a variable that looks at it."""
        if any(primitive.fn in READ_ONLY for primitive in part.path):
            return self.read_steps(base, part, like)
        if len(part.path) == 1:
            return self.builder.emit(part.path[0], [base, *part.operands], like.type, like.name)
        attrs = {"path": part.path, "counts": part.counts}
        return self.builder.emit(READ, [base, *part.operands], like.type, like.name, attrs)

    def read_steps(self, base: Var, part: Any, like: Var) -> Var:
        """The same, one operation for each step: the adjoint goes back through each by its rule."""
        now, first = base, 0
        for k, (primitive, count) in enumerate(zip(part.path, part.counts)):
            given = [now, *part.operands[first : first + count]]
            first += count
            last = k == len(part.path) - 1
            names = [q.name for q in primitive.params] or range(len(given))
            kind = like.type if last else shapes.infer(primitive, dict(zip(names, given)))
            now = self.builder.emit(primitive, given, kind, like.name if last else None)
        return now

    def follow(self, tree: Tree, known: Known, action: Callable[[Part, Known], None]) -> None:
        """Do something to what a tree points to, under its flags."""
        if isinstance(tree, Part):
            action(tree, known)
        elif isinstance(tree, Fork):
            sides = [(tree.then, {**known, tree.flag: True}), (tree.orelse, {**known, tree.flag: False})]
            if tree.flag in known:
                self.follow(tree.then if known[tree.flag] else tree.orelse, known, action)
            else:
                self.fork(tree.flag, *(lambda t=t, k=k: self.follow(t, k, action) for t, k in sides))

    def fork(self, flag: Operand, *sides: Callable[[], None]) -> None:
        """Write different things, depending on a flag: a branch that changes versions and nothing else."""
        self.forks += 1
        if self.forks > MOST_FORKS:
            raise self.unsupported(
                "which arrays share memory here depends on too many conditions",
                "make a copy, with .copy(), of an array that gets a second name under a condition",
            )
        versions, derived = self.state.versions, self.state.derived
        ends, blocks = [], []
        for act in sides:
            self.state.versions, self.state.derived = dict(versions), dict(derived)
            with self.builder.into(Block()) as block:
                act()
            blocks.append(block)
            ends.append(self.state.versions)
        self.state.versions, self.state.derived = versions, derived
        left, right = ends
        outs: list[Var] = []
        for root in {**left, **right}:
            pair = left.get(root, root), right.get(root, root)
            if pair[0] is pair[1]:  # unchanged, or changed alike
                if versions.get(root, root) is not pair[0]:
                    versions[root] = pair[0]
            else:
                out = Var(root.name, versions.get(root, root).type)
                for block, end in zip(blocks, pair):
                    block.results.append(end)
                versions[root] = out
                self.owner[out] = root
                outs.append(out)
        if outs:
            self.builder.append(Op(outs, IF, [flag], {}, blocks))

    def select(self, flag: Operand, left: Operand, right: Operand, kind: ty.Type) -> Operand:
        """One operand or the other."""
        if same_operand(left, right):
            return left
        if isinstance(flag, Const):
            return left if flag.value else right
        if kind == ty.BOOL and isinstance(left, Const) and isinstance(right, Const):
            return flag if left.value else self.builder.emit(NOT, [flag], kind)
        out = Var(None, kind)
        self.builder.append(Op([out], IF, [flag], {}, [Block([], [], [left]), Block([], [], [right])]))
        return out


class Boundary:
    """What new variables point to that take over values from a block: `ends` says which.

    Arrays with an id from `serial` on belong to the block: no one knows them afterwards but by the new
    variables. The first that holds such an array has it for its own, the others point there.
    """

    def __init__(self, memory: Any, state: State, serial: int, ends: dict[Any, Var]):
        self.memory, self.state, self.serial = memory, state, serial
        self.unsure: list[tuple[Any, Any]] = []  # pairs that may share memory, nobody knows when
        self.raw = {new: self.pointed(value) for new, value in ends.items()}
        self.order = {new: k for k, new in enumerate(ends)}

    def pointed(self, v: Var) -> Tree:
        return self.resolved(self.memory.as_part(v), {})

    def resolved(self, part: Part, known: Known) -> Tree:
        """A part of an array from outside of the block, or of one that was made in it."""
        tree = self.state.pointers.get(part.base) if self.inside(part.base) else None
        if tree is None:
            return part
        return rewrite(tree, lambda p, k: self.resolved(part.of(p), k), lambda k: part, known)

    def inside(self, v: Var) -> bool:
        return v.id >= self.serial

    def tree(self, new: Any) -> Tree:
        """What a new variable points to: arrays from outside of the block, and other new variables."""
        tree = rewrite(self.raw[new], lambda p, k: self.placed(new, p, k), lambda k: None, {})
        for part in parts(self.raw[new]):
            for other in self.state.aliases.get(part.base, ()):
                known = [n for n, t in self.raw.items() if any(p.base is other for p in parts(t))]
                known = known if self.inside(other) else [other]
                self.unsure += [(new, n) for n in known if n is not new]
        return tree

    def placed(self, new: Any, part: Part, known: Known) -> Tree:
        if not self.inside(part.base):
            return part
        others = [
            n for n in self.raw if n is not new and any(p.base is part.base for p in parts(self.raw[n]))
        ]
        holders = [n for n in others if part.path or self.order[n] < self.order[new]]
        tree = self.held(holders, part, known)
        if part.path and (tree is None or isinstance(tree, Fork)):
            whole = lambda n: all(not p.path for p in parts(self.raw[n]) if p.base is part.base)  # noqa: E731
            self.unsure += [(new, n) for n in others if not whole(n)]
        return tree

    def held(self, holders: list[Any], part: Part, known: Known) -> Tree:
        """Part of the array as one of the new variables has it; None where none of them does."""
        if not holders:
            return None
        first, *rest = holders
        whole = Part(first, part.path, part.counts, part.operands)
        return rewrite(
            self.raw[first],
            lambda p, k: whole if p.base is part.base and not p.path else self.held(rest, part, k),
            lambda k: self.held(rest, part, k),
            known,
        )
