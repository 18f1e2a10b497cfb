"""Where two paths meet: one state out of two, and the values that have to be carried.

Names bound to the same thing on both paths stay as they are. Numbers and arrays that differ become
one new variable, defined by the branch. Tuples, and lists and dicts of the same structure, are
merged item by item. Things that cannot be merged leave a `Conflict`, an error only when used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from transad.errors import AliasingError
from transad.frontend.memory import Memory
from transad.frontend.sharing import Boundary, Fork, Part, Tree, choice, nothing_yet
from transad.frontend.values import (
    UNBOUND,
    Box,
    Choice,
    Closure,
    Conflict,
    Fields,
    Frame,
    Heap,
    Items,
    Method,
    NeedsItems,
    NumpyMethod,
    Pack,
    Run,
    Sometimes,
    State,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import UNDEFINED_VALUE, Block, Const, Operand, Var

Exit = dict[str, Operand]  # how a block is left early: "return", "break", "continue", "raise"


class Unwinding(Exception):
    """A statement is abandoned: an exception is raised for sure, and caught further out."""

    error: Exception
    caught = True  # further out; else nobody goes on from here


class Interrupted(Unwinding):
    """A statement is abandoned on one path: a step of it, a call or an operation, may have raised what is
    caught further out. On the other path it is interpreted again, with the value of the step."""

    def __init__(self, error: Exception, kind: str, flag: Operand, value: Value, frame: Frame, block: Block):
        super().__init__(str(error))
        self.error, self.kind, self.flag, self.value = error, kind, flag, value
        self.frame, self.block = frame, block
        self.step: Any = None


def always(exit: Exit, *kinds: str) -> bool:
    """Is the block surely left in one of these ways (any way, when none is named)?"""
    return any(isinstance(f, Const) and f.value is True for k, f in exit.items() if not kinds or k in kinds)


class Side:
    """One of the two paths: its block, its final state, and how it is left (not by an exception)."""

    def __init__(self, block: Block, state: State, exit: Exit):
        self.block, self.state, self.exit = block, state, exit


class Merger:
    """Merges the states at the ends of two branches; `outs` are the variables the branch defines."""

    def __init__(
        self, memory: Memory, before: State, serial: int, frame: Frame, sides: tuple[Side, Side], node: Any
    ):
        self.memory, self.before, self.serial, self.frame = memory, before, serial, frame
        self.sides, self.node = sides, node
        self.test: Operand | None = None
        self.outs: list[Var] = []
        self.results: tuple[list[Operand], list[Operand]] = ([], [])
        self.made: dict[tuple[Any, Any], Var] = {}
        self.boxed: dict[tuple[Any, Any], Box] = {}
        self.merged: dict[tuple[int, Box], list[Box]] = {}  # a container of one path -> what it went into
        self.arrays: dict[Var, tuple[Value, Value]] = {}  # those of `outs` that have a name, or a place
        self.roots: dict[Var, list[Var]] = {}
        self.lifted: tuple[dict[Operand, Var], dict[Operand, Var]] = ({}, {})

    def merge(self) -> State:
        a, b = self.sides[0].state, self.sides[1].state
        new = State()
        new.derived = dict(self.before.derived)
        new.poisoned = {**a.poisoned, **b.poisoned}
        new.pointers = dict(self.before.pointers)
        for aliases in (a.aliases, b.aliases):
            for v, others in aliases.items():
                new.aliases[v] = new.aliases.get(v, frozenset()) | others
        new.heap = Heap({**a.heap, **b.heap})
        new.frames = {**a.frames, **b.frames}
        new.versions = {**a.versions, **b.versions}
        self.state = new
        for root in [r for r in new.versions if r.id < self.serial]:
            left, right = a.versions.get(root, root), b.versions.get(root, root)
            if left is not right:
                out = new.versions[root] = self.out((left, right), root.name)
                self.memory.owner[out] = root
        for frame, before in self.before.frames.items():
            names = {**a.frames[frame], **b.frames[frame]}
            bound = new.frames[frame] = {}
            for name in names:
                left, right = (self.binding(side, frame, name) for side in self.sides)
                if left is not right and UNBOUND in (left, right):  # on the way out, or not bound yet
                    known = right if left is UNBOUND else left
                    if known is before.get(name):
                        bound[name] = known
                        continue
                bound[name] = self.value(left, right, name)
        for box in {**self.before.heap, **{box: None for box in new.heap if box.given is not None}}:
            left, right = a.heap[box], b.heap[box]
            if left is not right:
                new.heap[box] = self.contents(left, right, box)
        return new

    def point(self, test: Operand) -> None:
        """Find what the merged arrays point to; to be called last."""
        outer, self.memory.state = self.memory.state, self.state
        sides: list[dict[Var, Tree]] = []
        for k, side in enumerate(self.sides):
            found = {out: v[k] for out, v in self.arrays.items()}
            ends = {
                out: v for out, v in found.items() if isinstance(v, Var) and not isinstance(v.type, ty.Number)
            }
            boundary = Boundary(self.memory, side.state, self.serial, ends)  # type: ignore[arg-type]
            sides.append({out: self.lift(boundary.tree(out), k) for out in ends})
            for pair in boundary.unsure:
                self.memory.may_alias(*pair)
        for out in self.arrays:
            then, orelse = (trees.get(out) for trees in sides)
            gone = [self.is_left(side) and out not in trees for side, trees in zip(self.sides, sides)]
            tree = orelse if gone[0] else then if gone[1] else choice(test, then, orelse)
            self.memory.let_point(out, tree)
        for root, outs in self.roots.items():
            for k, out in enumerate(outs):
                for other in (root, *outs[:k]):
                    self.memory.may_alias(out, other)
        self.memory.state = outer

    def lift(self, tree: Tree, side: int) -> Tree:
        """What points to arrays as seen from after the branch: its flags and indices are handed out."""

        seen = lambda x: self.handed_out(x, side)  # noqa: E731
        if isinstance(tree, Fork):
            return choice(seen(tree.flag), self.lift(tree.then, side), self.lift(tree.orelse, side))
        if isinstance(tree, Part):
            return Part(tree.base, tree.path, tree.counts, tuple(map(seen, tree.operands)))
        return tree

    def handed_out(self, x: Operand, side: int) -> Operand:
        """A flag or index of one path, as a variable that has a value after the branch."""
        if not isinstance(x, Var) or x.id < self.serial:
            return x
        if x not in self.lifted[side]:
            ends: list[Operand] = [nothing_yet(x.type)] * 2
            ends[side] = x
            self.lifted[side][x] = self.out(ends, x.name)
        return self.lifted[side][x]

    def binding(self, side: Side, frame: Frame, name: str) -> Value:
        if frame is self.frame and self.is_left(side) and not name.startswith("%"):
            return UNBOUND  # nobody reads it on the way out
        return side.state.frames[frame].get(name, UNBOUND)

    def is_left(self, side: Side) -> bool:
        """Does nothing of this function follow on this path?"""
        return not self.memory.lingering and always(side.exit, "return")

    def value(self, left: Value, right: Value, name: str | None) -> Value:
        if left is right or _same_constant(left, right) or same_function(left, right):
            return left
        if isinstance(left, Pack) and _is_unbound(right):
            right = Pack((UNBOUND,) * len(left.items), left.cls)
        if isinstance(right, Pack) and _is_unbound(left):
            left = Pack((UNBOUND,) * len(right.items), right.cls)
        if isinstance(left, Pack) and isinstance(right, Pack):
            if len(left.items) == len(right.items) and left.cls is right.cls:
                return Pack(tuple(self.value(x, y, name) for x, y in zip(left.items, right.items)), left.cls)
        if isinstance(left, Box) or isinstance(right, Box):
            return self.boxes(left, right, name)
        if (
            isinstance(left, Const)
            and isinstance(right, Const)
            and callable(left.value)
            and callable(right.value)
        ):
            return self.choice(left, right, f"{name or 'this value'} is one of two functions")
        if _is_refusal(left) or _is_refusal(right):
            return Conflict(
                "which rule this call needs depends on a number that is known only at run time",
                "make it a constant, or branch on it before the call",
            )
        if isinstance(left, (Var, Const, Pack)) and isinstance(right, (Var, Const, Pack)):
            lasting = self.lasting(left, right)
            return lasting if lasting is not None else self.joined(left, right, name)
        if _is_unbound(left):
            return right  # a function or the like, defined on one path only
        if _is_unbound(right):
            return left
        return self.choice(
            left, right, f"{name or 'this value'} is a different function or object on each of two paths"
        )

    def choice(self, left: Value, right: Value, reason: str) -> Conflict:
        """What cannot be joined may still be used, on each path, if it can be spoken of after the branch."""
        if self.test is None or not (self.is_lasting(left) and self.is_lasting(right)):
            return Conflict(reason)
        sides = zip((left, right), self.sides)
        if any(isinstance(v, Box) and side.state.heap.get(v) is None for v, side in sides):
            return Conflict(reason)  # what is known of it has gone with the path it was made on
        left, right = (self.seen(v, side) for side, v in enumerate((left, right)))
        return Choice(reason, test=self.test, left=left, right=right)

    def is_lasting(self, value: Value) -> bool:
        if isinstance(value, Closure):
            return not (value.defaults or value.keyword_defaults)
        if isinstance(value, Method):
            return all(map(self.is_lasting, (value.function, *value.args, *value.kwargs.values())))
        if isinstance(value, NumpyMethod):
            return self.is_lasting(value.owner)
        if isinstance(value, Choice):
            return self.is_lasting(value.left) and self.is_lasting(value.right)
        return isinstance(value, (Const, Box))

    def seen(self, value: Value, side: int) -> Value:
        """Something of one path as seen from after the branch: what it is made of is handed out."""
        if isinstance(value, Box):
            return self.one_sided(*((value, UNBOUND) if side == 0 else (UNBOUND, value)))
        if isinstance(value, Method):
            args = tuple(self.seen(v, side) for v in value.args)
            kwargs = {k: self.seen(v, side) for k, v in value.kwargs.items()}
            return Method(self.seen(value.function, side), args, kwargs)
        if isinstance(value, NumpyMethod):
            return NumpyMethod(self.seen(value.owner, side), value.name)
        if not isinstance(value, Choice):
            return value
        left, right = self.seen(value.left, side), self.seen(value.right, side)
        return Choice(value.reason, test=self.handed_out(value.test, side), left=left, right=right)

    def lasting(self, left: Value, right: Value) -> Value | None:
        """An array that is the same on both paths, or has no name on one, needs no variable of its own."""
        if _is_unbound(left) or _is_unbound(right):
            known = right if _is_unbound(left) else left
        elif isinstance(left, Var) and isinstance(right, Var) and self.memory.same_view(left, right):
            known = left
        else:
            return None
        return self.memory.lasting(known, self.serial) if isinstance(known, Var) else None

    def joined(self, left: Value, right: Value, name: str | None) -> Value:
        try:
            return self.join(left, right, name)
        except AliasingError as error:  # to be raised when somebody reads it
            return Conflict(error.reason, error.cure, AliasingError)
        except NeedsItems as error:
            if not any(isinstance(v, Var) and self.memory.doubt(v) for v in (left, right)):
                raise
            return Conflict(error.reason, error.cure, NeedsItems)

    def boxes(self, left: Value, right: Value, name: str | None) -> Value:
        if _is_unbound(left) or _is_unbound(right):
            return self.one_sided(left, right)
        if (left, right) in self.boxed:
            return self.boxed[left, right]
        old = self.before.heap
        if not (isinstance(left, Box) and isinstance(right, Box)) or not left.is_like(right):
            what = "is a list, dict or object on one path and something else on another"
            reason = f"{name or 'this value'} {what}"
            return self.choice(left, right, reason)
        exceptions = left.cls is right.cls and issubclass(left.cls or object, BaseException)
        if (left in old or right in old) and not exceptions:  # (nobody changes an exception)
            reason = f"{name or 'this value'} is one of two lists, dicts or objects that live on"
            return self.choice(left, right, reason)
        box = self.boxed[left, right] = left.another()
        heaps = [side.state.heap for side in self.sides]
        self.state.heap[box] = self.contents(heaps[0][left], heaps[1][right], box, (left, right))
        self.keep_apart(box, (left, right))
        return box

    def keep_apart(self, box: Box, parts: tuple[Value, Value]) -> None:
        """What is one container on one path and two on the other must not be written to: the two that it
        goes into would both have to change, on that path alone."""
        for side, part in enumerate(parts):
            if isinstance(part, Box):
                others = self.merged.setdefault((side, part), [])
                others.append(box)
                for other in others if len(others) > 1 else ():
                    self.memory.freeze(other, "two names may stand for the same list, dict or object here")

    def one_sided(self, left: Value, right: Value) -> Value:
        """A container that only one path made: what it holds has no value on the other path."""
        known: Any = right if _is_unbound(left) else left
        if not isinstance(known, Box) or known in self.before.heap or known.given is not None:
            return known
        if (left, right) in self.boxed:
            return self.boxed[left, right]
        box = self.boxed[left, right] = known.another()
        here = self.sides[1 if known is right else 0].state.heap[known]
        other = lambda v: (UNBOUND, v) if known is right else (v, UNBOUND)  # noqa: E731
        if isinstance(here, Items):
            contents: Any = Items(tuple(self.value(*other(v), None) for v in here.values))
        elif isinstance(here, Fields):
            contents = Fields({k: self.value(*other(v), str(k)) for k, v in here.values.items()})
        else:
            contents = Run(self.join(*other(here.var), None))
        self.state.heap[box] = contents
        self.keep_apart(box, (left, right))
        return box

    def contents(self, left: Any, right: Any, box: Box, parts: tuple[Box, Box] | None = None) -> Any:
        """What a container holds: the same one on both paths, or what was made of two `parts`."""
        if isinstance(left, Items) and isinstance(right, Items) and len(left.values) == len(right.values):
            return Items(tuple(self.value(x, y, None) for x, y in zip(left.values, right.values)))
        if isinstance(left, Fields) and isinstance(right, Fields):
            left, right = self.memory.same_keys(box, left, right)
            both = {k: v for k, v in left.values.items() if k in right.values}
            if list(both) == list(left.values)[: len(both)] == list(right.values)[: len(both)]:
                merged = {k: self.value(v, right.values[k], str(k)) for k, v in both.items()}
                others = [k for k in (*left.values, *right.values) if k not in both]
                return Fields({**merged, **{k: Sometimes.of(box, k) for k in others}})
        if box.kind == "list":
            ends = [
                self.on_side(side, lambda part=part: self.memory.as_run(part, self.node))
                for side, part in zip(self.sides, parts or (box, box))
            ]
            return Run(self.join(*ends, None))
        return _conflicting(box)

    def join(self, left: Value, right: Value, name: str | None) -> Var:
        """One variable for a value that differs on the two paths."""
        made = self.made.get((left, right))
        if made is not None:
            return made
        out = self.made[left, right] = self.out((left, right), name)
        if isinstance(out.type, ty.Array):
            self.arrays[out] = (left, right)
        elif ty.is_mutable(out.type):
            for v in (left, right):
                if isinstance(v, Var):
                    self.roots.setdefault(self.memory.identity(v), []).append(out)
        return out

    def out(self, values: Sequence[Value], name: str | None) -> Var:
        """A variable that the branch defines: one value or the other."""
        ends = [self.end(side, v) for side, v in zip(self.sides, values)]
        for k, side in enumerate(self.sides):
            like = ends[1 - k].type
            if name and self.is_left(side) and _is_unbound(ends[k]) and isinstance(like, ty.Array):
                ends[k] = self.stand_in(side, name, like)
        out = Var(name or _name(ends), ty.join(*(_type(x) for x in ends)))
        self.outs.append(out)
        if any(_is_unbound(x) or x in self.memory.unsure for x in ends):
            self.memory.unsure.add(out)
        for results, x in zip(self.results, ends):
            results.append(x)
        return out

    def end(self, side: Side, value: Value) -> Operand:
        if _is_unbound(value):
            return UNBOUND
        return self.on_side(side, lambda: self.memory.operand(value, self.node))

    def stand_in(self, side: Side, name: str, like: ty.Array) -> Operand:
        """For an array that nobody reads on the way out: what the name has there, if that is an array, too.
        It can be copied and recorded like any other, and its adjoint has a shape."""
        value = side.state.frames[self.frame].get(name)
        if not isinstance(value, Var) or not isinstance(value.type, ty.Array):
            return UNBOUND
        if value.type.dtype != like.dtype or ty.rank(value.type) != ty.rank(like):
            return UNBOUND
        try:
            return self.on_side(side, lambda: self.memory.operand(value, self.node))
        except AliasingError:
            return UNBOUND

    def on_side(self, side: Side, make: Callable[[], Operand]) -> Operand:
        memory = self.memory
        outer, memory.state = memory.state, side.state
        try:
            with memory.builder.into(side.block):
                return make()
        finally:
            memory.state = outer

    def exits(self) -> Exit:
        """How the two paths together are left: flags become variables where they differ."""
        left, right = (side.exit for side in self.sides)
        merged: Exit = {}
        for kind in {**left, **right}:
            flags = [exit.get(kind, Const(False)) for exit in (left, right)]
            merged[kind] = flags[0] if _same_constant(*flags) else self.flag(kind, flags)
        return merged

    def flag(self, kind: str, flags: list[Operand]) -> Var:
        out = Var(f"%{kind}", ty.BOOL)
        self.outs.append(out)
        for results, flag in zip(self.results, flags):
            results.append(flag)
        return out


def _conflicting(box: Box) -> Any:
    return Fields({"%conflict": Sometimes(f"a {box.kind} has its keys in another order on one path")})


def _is_unbound(value: Value) -> bool:
    """Has it no value, as far as is known? (What a loop carries may have one from the second pass on.)"""
    if isinstance(value, Const):
        return value.value is UNDEFINED_VALUE
    return isinstance(value, Var) and value.type == ty.UNDEFINED


def _is_refusal(value: Value) -> bool:
    """A function in terms of others that leaves a call to other rules returns NotImplemented."""
    return isinstance(value, Const) and value.value is NotImplemented


def same_function(a: Any, b: Any) -> bool:
    """Is it the same `def` or `lambda`, defined once more in the same call?"""
    if (
        not (isinstance(a, Closure) and isinstance(b, Closure))
        or a.node is not b.node
        or a.frame is not b.frame
    ):
        return False
    return not (a.defaults or b.defaults or a.keyword_defaults or b.keyword_defaults)


def _same_constant(a: Value, b: Value) -> bool:
    if not (isinstance(a, Const) and isinstance(b, Const)):
        return False
    if a.value is b.value:
        return True
    plain = (int, float, str, bool, complex, type(None), tuple)
    return type(a.value) is type(b.value) and isinstance(a.value, plain) and repr(a.value) == repr(b.value)


def _type(x: Operand) -> ty.Type:
    if _is_unbound(x):
        return ty.UNDEFINED
    if isinstance(x, Const) and isinstance(x.type, ty.Number):
        return ty.Number(x.type.dtype, x.type.weak)
    return x.type


def _name(ends: list[Operand]) -> str | None:
    return next((x.name for x in ends if isinstance(x, Var) and x.name), None)
