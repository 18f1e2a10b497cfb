"""Functions that stay functions: recursive ones.

A call is interpreted in place, so a function that calls itself would be interpreted without end. As long as
what is known decides how deep it goes (a literal that counts down, a tree of known structure) it is taken
call by call. Otherwise it becomes a function of the list's own (`Callee`): interpreted once for arguments
of these types, and called. The call of a function to itself then is an operation like any other.

What such a function gives is found as for loops. At first nothing is known about the result of a call to
itself, so every path that makes one is abandoned, and the other paths tell what the result is; then the body
is interpreted again with calls that give such a result, until types and structure do not change any more.
Arguments are generalised in the same way. Arrays that the function writes to are further results; what the
body reads from outside becomes further parameters.
"""

from __future__ import annotations

from typing import Any

from transad.analysis import shapes
from transad.errors import AliasingError, UnsupportedError
from transad.frontend.carrying import Leaf, Slot
from transad.frontend.generators import Generators
from transad.frontend.merging import Unwinding
from transad.frontend.sharing import parts
from transad.frontend.values import (
    NOTHING,
    UNBOUND,
    Box,
    Closure,
    Conflict,
    Fields,
    Frame,
    Items,
    Pack,
    State,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import (
    Block,
    Callee,
    Const,
    Op,
    Operand,
    Var,
    callees,
    free_variables,
    has_effect,
    substitute,
    walk,
)
from transad.ir.primitives import CALL, RAISE

DEEPEST_INLINED = 40  # calls of a function to itself, inside one another, that are taken one by one
MOST_INLINED = 500  # all of them together
MOST_CALLS, MOST_OPERATIONS = 8, 200  # of a helper, until it becomes a function of the list's own


class Often(Exception):
    """A function was interpreted in place so often that it had better be one of the list's own."""

    def __init__(self, node: Any):
        super().__init__()
        self.node = node


class Recurs(Exception):
    """A function calls itself, and what is known does not tell when that ends."""

    def __init__(self, node: Any):
        super().__init__()
        self.node = node


class Abandoned(Unwinding):
    """A path comes to no end: a function on it always raises, or is one whose result is not known yet."""

    caught = False

    def __init__(self, error: Exception):
        super().__init__(str(error))
        self.error = error


class Shared:
    """A function of its own: its parameters, its result and its list."""

    def __init__(self, closure: Closure, trees: dict[str, Any]):
        self.closure, self.trees = closure, trees
        self.callee = Callee(closure.name if closure.name.isidentifier() else "inner")
        self.result: Any = None  # a tree with leaves, once it is known
        self.captured: list[Var] = []
        self.aliases: set[int] = set()  # the leaves of the result that may share memory with something
        self.same: dict[int, Leaf] = {}  # the leaves of the result that are arguments, written to
        self.changed = False
        self.unsure: dict[Op, dict[Var, str]] = {}  # what may have changed unseen, by call of itself
        self.written: list[Any] = []  # arrays that it writes to: leaves of parameters, arrays from outside
        self.shares: set[tuple[int, Any]] = set()  # which array parameters may share memory with what
        self.serial = Var(None).id  # older variables are not its own
        self.unrolling = False  # are its loops taken pass by pass?


class Recursion(Generators):
    """The part of the interpreter for recursive functions."""

    def __init__(self) -> None:
        super().__init__()
        self.recursive: set[Any] = set()  # functions that are not taken call by call
        self.building: list[Shared] = []
        self.activations: list[tuple[Any, Any]] = []  # what is interpreted in place, with its arguments
        self.taken = 0  # calls of functions to themselves, so far
        self.often: set[Any] = set()  # functions that are called too often to be interpreted in place
        self.unshared: set[Any] = set()  # those among them that have to be all the same
        self.sizes: dict[Any, tuple[int, int]] = {}  # calls of a function, and operations they took
        self.made: list[Shared] = []
        self.again = False  # is the call that is about to be followed one of checkpoint(f)?

    def followed(self, closure: Closure, bound: dict[str, Value], node: Any) -> Value:
        """The value of a call: interpreted in place, or of a function of its own."""
        again, self.again = self.again, False
        if again:
            value = self.call_shared(closure, bound, node)
            self.builder.block.ops[-1].attrs["again"] = True
            return value
        if self.own and closure.frame.is_own:
            return self.run_body(closure, bound)
        if closure.node in self.recursive:
            return self.call_shared(closure, bound, node)
        if closure.node in self.often and closure.node not in self.unshared:
            shared = self.as_shared(closure, bound, node)
            if shared is not None:
                return self.call_callee(shared, bound, node)
        known = [key for other, key in self.activations if other is closure.node]
        key = closure.frame, self.known_part(Pack(tuple(bound.values()))), self.known_around(closure.frame)
        if known:
            self.taken += 1
            if key in known or len(known) > DEEPEST_INLINED or self.taken > MOST_INLINED:
                raise Recurs(closure.node)
        place = self.place(), self.slots, self.serial, self.catching, self.lingering, self.unrolling
        state, block, count = self.state.copy(), self.builder.block, len(self.builder.block.ops)
        self.activations.append((closure.node, key))
        depth = len(self.activations)
        try:
            value = self.run_body(closure, bound)
            self.count(closure, block, count)
            return value
        except Recurs as recurs:
            if recurs.node is not closure.node or known:
                raise
        finally:
            del self.activations[depth - 1 :]
        self.go_to(place[0])
        self.slots, self.serial, self.catching, self.lingering, self.unrolling = place[1:]
        self.state, self.builder.block = state, block
        del block.ops[count:]
        self.recursive.add(closure.node)
        self.taken = 0
        return self.call_shared(closure, bound, node)

    def call_again(self, function: Value, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A call of `checkpoint(function)`: of a function of its own, which the reverse sweep runs again."""
        self.again = True
        try:
            return self.call(function, args, kwargs, node)
        finally:
            self.again = False

    # -- helpers that are called often

    def count(self, closure: Closure, block: Block, before: int) -> None:
        """Note how many operations the calls of a function took so far; too many are worth a function."""
        size = sum(1 for op in block.ops[before:]) + sum(
            1 for op in block.ops[before:] for b in op.blocks for _ in walk(b)
        )
        calls, total = self.sizes.get(closure.node, (0, 0))
        self.sizes[closure.node] = calls + 1, total + size
        if calls >= MOST_CALLS and total > MOST_OPERATIONS and closure.node not in self.often:
            self.often.add(closure.node)
            if not self.unrolling:
                raise Often(closure.node)

    def as_shared(self, closure: Closure, bound: dict[str, Value], node: Any) -> Shared | None:
        """The function of its own for these arguments; None if it has to be interpreted in place."""
        for shared in self.made:
            if shared.closure.node is closure.node and shared.closure.frame is closure.frame:
                apart = self.shared_memory(shared, bound) <= shared.shares
                if apart and self.fits(shared, bound) is not None:
                    return shared
        shared = Shared(closure, {name: self.argument_tree(v, name) for name, v in bound.items()})
        shared.shares = self.shared_memory(shared, bound)
        place, state, block = self.place(), self.state, self.builder.block
        count = len(block.ops)
        try:
            self.build(shared, node)
        except UnsupportedError:
            self.go_to(place)
            self.state, self.builder.block = state, block
            del block.ops[count:]
            shared.captured = [Var(None)]
        if shared.captured or shared.written:
            self.unshared.add(closure.node)
            return None
        self.made.append(shared)
        return shared

    def fits(self, shared: Shared, bound: dict[str, Value]) -> dict | None:
        """The lengths of these arguments in place of those that the function was made for."""
        lengths: dict[Any, Any] = {}
        fit = all(self.fits_tree(shared.trees[name], v, lengths) for name, v in bound.items())
        return lengths if fit else None

    def fits_tree(self, tree: Any, value: Value, lengths: dict) -> bool:
        if isinstance(tree, Leaf):
            return isinstance(value, (Var, Const)) and _renamed(tree.type, self.type_of(value), lengths)
        if isinstance(tree, Pack):
            same = isinstance(value, Pack) and len(tree.items) == len(value.items) and tree.cls is value.cls
            return same and all(self.fits_tree(t, v, lengths) for t, v in zip(tree.items, value.items))
        return tree is value or isinstance(tree, Const) and self.known_part(tree) == self.known_part(value)

    def known_around(self, frame: Frame | None) -> Any:
        """What is known of the names that a function shares with those around it (`nonlocal`)."""
        names = self.state.frames.get(frame, {}) if frame is not None else {}  # type: ignore[arg-type]
        return tuple((k, self.known_part(v)) for k, v in names.items() if isinstance(v, Const))

    def known_part(self, value: Value) -> Any:
        """What of an argument can decide how deep a recursion goes."""
        if isinstance(value, Pack):
            return tuple(map(self.known_part, value.items))
        if isinstance(value, Const):
            plain = isinstance(value.value, (int, float, str, bool, type(None)))
            return (type(value.value), repr(value.value) if plain else id(value.value))
        if isinstance(value, Box):
            contents = self.state.heap[value]
            if isinstance(contents, Items):
                return "list", tuple(map(self.known_part, contents.values))
            if isinstance(contents, Fields):
                return value.cls, tuple((k, self.known_part(v)) for k, v in contents.values.items())
        kind = self.type_of(value)
        if isinstance(kind, ty.Array) and kind.shape is not None:
            return tuple(n if isinstance(n, int) else None for n in kind.shape)
        return type(kind)

    # -- calls of functions of their own

    def call_shared(self, closure: Closure, bound: dict[str, Value], node: Any) -> Value:
        for shared in reversed(self.building):
            if shared.closure.node is closure.node:
                self.generalise(shared, bound, node)
                return self.call_callee(shared, bound, node)
        shared = Shared(closure, {name: self.argument_tree(v, name) for name, v in bound.items()})
        shared.shares = self.shared_memory(shared, bound)
        self.build(shared, node)
        return self.call_callee(shared, bound, node)

    def argument_tree(self, value: Value, name: str | None) -> Any:
        """The value with leaves for its variables; what is known stays as it is."""
        if isinstance(value, Pack):
            return Pack(tuple(self.argument_tree(v, name) for v in value.items), value.cls)
        return value if isinstance(value, (Const, Box)) else self.tree(value, name)

    def generalise(self, shared: Shared, bound: dict[str, Value], node: Any) -> None:
        """Let the parameters take these arguments too."""
        for name, value in bound.items():
            tree, changed = self.general(shared.trees[name], value, name, node)
            shared.trees[name] = tree
            shared.changed = shared.changed or changed
        shares = self.shared_memory(shared, bound)
        shared.changed = shared.changed or not shares <= shared.shares
        shared.shares |= shares

    def shared_memory(self, shared: Shared, bound: dict[str, Value]) -> set[tuple[int, Any]]:
        """The pairs of arguments, by number, that may share memory, and of an argument and an older array."""
        values = [v for _, v in self.arguments_of(shared, bound)]
        arrays = [(k, v) for k, v in enumerate(values) if isinstance(v, Var) and ty.is_mutable(v.type)]
        reach = [(k, self.reach(v)) for k, v in arrays]
        pairs = {(k, n) for k, a in reach for n, b in reach if k < n and not a.isdisjoint(b)}
        return {*pairs, *((k, x) for k, a in reach for x in a if x.id < shared.serial)}

    def reach(self, v: Var) -> set[Var]:
        """All arrays whose memory the value may lie in."""
        found: set[Var] = set()
        pending = [self.identity(self.owner.get(v, v))]
        while pending:
            x = pending.pop()
            if x not in found:
                found.add(x)
                pending += [p.base for p in parts(self.state.pointers.get(x))]
                pending += self.state.aliases.get(x, ())
        return found

    def arguments_of(self, shared: Shared, bound: dict[str, Value]) -> list[tuple[Leaf, Value]]:
        return [(leaf, v) for n, v in bound.items() for leaf, v in self.matched(shared.trees[n], v)]

    def general(self, tree: Any, value: Value, name: str, node: Any) -> tuple[Any, bool]:
        if isinstance(tree, Leaf) and isinstance(value, (Var, Const)):
            return tree, tree.widen(self.type_of(value))
        if isinstance(tree, Pack) and isinstance(value, Pack) and len(tree.items) == len(value.items):
            pairs = [self.general(t, v, name, node) for t, v in zip(tree.items, value.items)]
            return Pack(tuple(t for t, _ in pairs), tree.cls), any(c for _, c in pairs)
        same = isinstance(tree, (Const, Closure)) and self.known_part(tree) == self.known_part(value)
        if tree is value or same:
            return tree, False
        if isinstance(tree, Const) and isinstance(value, (Var, Const)):
            leaf = self.tree(tree, name)
            if isinstance(leaf, Leaf):
                leaf.widen(self.type_of(value))
                return leaf, True
        raise self.unsupported(
            f"the argument {name} of the recursive function is of another kind in every call",
            "give it numbers, arrays or tuples of them of one structure",
            node,
        )

    def call_callee(self, shared: Shared, bound: dict[str, Value], node: Any) -> Value:
        name = shared.closure.name
        if self.catching and any(op.primitive is RAISE for op in walk(shared.callee.block)):
            reason = f"{name}, a function of its own, may raise an exception, and it is called in a try"
            raise self.unsupported(reason, "test the condition before the call", node)
        if shared.result is None or shared.changed and shared in self.building:
            raise Abandoned(
                self.unsupported(f"{name} calls itself without end", "let it return something first", node)
            )
        arguments = self.arguments_of(shared, bound)
        given = dict(arguments)
        written = [given.get(w, w) for w in shared.written]
        outside = [w for w in shared.written if isinstance(w, Var)]
        inputs = [self.operand(v, node) for v in (*given.values(), *outside)] + shared.captured
        leaves = self.leaves(shared.result)
        lengths = self.fits(shared, bound) or {}
        outs = [Var(None, self.outside_type(leaf.type, lengths)) for leaf in leaves]
        outs += [Var(getattr(w, "name", None), self.type_of(w)) for w in written]
        call = self.builder.append(Op(outs, CALL, inputs, {"callee": shared.callee}, [], self.location(node)))
        shared.unsure[call] = dict(self.state.poisoned)
        by_leaf: dict[Leaf, Any] = dict(zip(leaves, outs))
        by_leaf.update({leaves[k]: given[leaf] for k, leaf in shared.same.items()})
        value = self.rebuild(shared.result, lambda leaf: by_leaf[leaf])
        for k in shared.aliases:
            for x in (*(v for _, v in arguments), *shared.captured):
                if isinstance(x, Var) and ty.is_mutable(x.type):
                    self.may_alias(outs[k], x)
        for array, new in zip(written, outs[len(leaves) :]):
            self.overwrite(array, new, node)
        return value

    def overwrite(self, array: Value, new: Var, node: Any) -> None:
        """What an array holds after a call that wrote to it."""
        if not isinstance(array, Var):
            reason = "the function writes to a global or constant"
            raise self.unsupported(reason, "make a .copy() of it first", node)
        if array in self.views:
            self.write(array, new, None, [], node)
        else:
            self.new_version(array, new, node)

    def matched(self, tree: Any, value: Value) -> list[tuple[Leaf, Value]]:
        if isinstance(tree, Leaf):
            return [(tree, value)]
        if isinstance(tree, Pack) and isinstance(value, Pack):
            return [pair for t, v in zip(tree.items, value.items) for pair in self.matched(t, v)]
        return []

    def outside_type(self, kind: ty.Type, lengths: dict) -> ty.Type:
        """The type of a result as the caller sees it: with its own lengths."""
        if isinstance(kind, ty.Array) and kind.shape is not None:
            shape = tuple(
                n
                if isinstance(n, int)
                else lengths[n.symbol].shifted(n.offset)
                if n.symbol in lengths
                else ty.fresh_dim()
                for n in kind.shape
            )
            return ty.Array(kind.dtype, shape)
        if isinstance(kind, ty.Number):
            return ty.Number(kind.dtype, kind.weak)
        if isinstance(kind, ty.List):
            return ty.List(None, self.outside_type(kind.element, lengths))
        return kind

    # -- making them

    def build(self, shared: Shared, node: Any) -> None:
        """Interpret the body until the types of parameters and result are settled."""
        outer = self.place(), self.slots, self.serial, self.catching, self.lingering, self.unrolling
        state, block = self.state, self.builder.block
        self.building.append(shared)
        activations, self.activations = self.activations, []
        try:
            for _ in range(20):
                shared.changed = False
                self.state = state.copy()
                self.slots, self.catching, self.lingering, self.unrolling = [], [], 0, shared.unrolling
                with self.builder.into(Block()) as body, shapes.scope():
                    settled = self.interpret_body(shared, body, node)
                if settled and not shared.changed:
                    break
                if shared.result is None and not shared.changed:
                    raise self.unsupported(
                        f"{shared.closure.name} calls itself, as far as is known without end",
                        "let it return without a call of itself in some case",
                        node,
                    )
            else:
                raise self.unsupported(
                    f"the types in the recursive function {shared.closure.name} do not settle",
                    "let it take and return the same kinds of values in every call",
                    node,
                )
        finally:
            self.building.pop()
            self.activations = activations
            self.go_to(outer[0])
            self.slots, self.serial, self.catching, self.lingering, self.unrolling = outer[1:]
            self.state, self.builder.block = state, block
        shared.callee.block = body
        self.capture(shared, body, node)
        shared.callee.effect = any(has_effect(op) for op in walk(body))

    def interpret_body(self, shared: Shared, body: Block, node: Any) -> bool:
        """One attempt; is the result what it was taken to be?"""
        leaves = [leaf for tree in shared.trees.values() for leaf in self.leaves(tree)]
        self.serial = Var(None).id
        for leaf in leaves:
            leaf.param = Var(leaf.name, leaf.type)
            self.carried.add(leaf.param)
        bound = {name: self.rebuild(tree, lambda leaf: leaf.param) for name, tree in shared.trees.items()}
        body.params = [leaf.param for leaf in leaves]
        for k, other in shared.shares:
            self.may_alias(body.params[k], other if isinstance(other, Var) else body.params[other])
        for array in shared.written:
            if isinstance(array, Var):
                now = Var(array.name, self.state.versions.get(array, array).type)
                body.params.append(now)
                self.state.versions[array] = now
                self.owner[now] = array
        header = self.state
        self.state = header.copy()
        try:
            value = self.run_body(shared.closure, bound)
        except Abandoned:
            return False
        if self.finds_writes(shared, header, leaves, node):
            return False
        if isinstance(value, Var) and value.type in (ty.NONE, ty.UNDEFINED):
            value = NOTHING
        if isinstance(value, Conflict):
            raise value.error(self.location(node))
        if shared.changed:
            return False
        settled = True
        if shared.result is None:
            shared.result, settled = self.result_tree(value, node), False
        else:
            slot = Slot(("name", None, shared.closure.name), shared.result)
            shared.result, same = self.widen(shared.result, value, slot, set())
            settled = same
        operands = self.flatten(shared.result, value, self.unseen)
        body.results = [x if x is not UNBOUND else Const(None) for x in operands]
        body.results += [self.current(w if isinstance(w, Var) else w.param, node) for w in shared.written]
        given = {*body.params}
        arrays = [(k, x) for k, x in enumerate(operands) if isinstance(x, Var) and ty.is_mutable(x.type)]
        owners = {leaf.param: leaf for leaf in shared.written if isinstance(leaf, Leaf)}
        same = {k: owners[self.owner.get(x, x)] for k, x in arrays if self.owner.get(x, x) in owners}
        if same != shared.same:
            shared.same, settled = same, False
        found = {k for k, x in arrays if k not in same and self.may_be(x, given)}
        if not found <= shared.aliases:
            shared.aliases |= found
            settled = False
        return settled

    def result_tree(self, value: Value, node: Any) -> Any:
        if isinstance(value, Pack):
            return Pack(tuple(self.result_tree(v, node) for v in value.items), value.cls)
        if isinstance(value, Const) and value.value is None:
            return value
        if not isinstance(value, (Var, Const, Box)):
            raise self.unsupported(
                "a function that is not interpreted in place returns a function",
                "return numbers or arrays",
                node,
            )
        return self.tree(value, None, keep=False)

    def unseen(self, leaf: Leaf) -> Operand:
        raise self.unsupported(f"the result may have changed unseen: {leaf.reason}", "return a .copy()")

    def may_be(self, x: Var, given: set[Var]) -> bool:
        """May a result share memory with an argument, or with anything that is older than the call?"""
        root = self.identity(self.owner.get(x, x))
        others = {root, *self.state.aliases.get(root, ())}
        return any(v in given or v.id < self.serial for v in others)

    def finds_writes(self, shared: Shared, header: State, leaves: list[Leaf], node: Any) -> bool:
        """Was an array written to that was not known to be? These are further results, which the caller has
        in their place."""
        found: list[Any] = []
        for key in self.changes(header, self.state):
            if key[0] == "version" and isinstance(key[1].type, ty.Array):
                found.append(key[1])
                continue
            what = {"version": "a list", "box": "a list, dict or object"}.get(key[0], f"the name {key[-1]}")
            raise self.unsupported(
                f"the function {shared.callee.name} changes {what} that is not its own",
                "return the new value instead",
                node,
            )
        versions = self.state.versions
        found += [leaf for leaf in leaves if versions.get(leaf.param, leaf.param) is not leaf.param]
        if any(isinstance(w, Leaf) and not isinstance(w.type, ty.Array) for w in found):
            raise self.unsupported(
                f"the function {shared.callee.name} changes a list that it is given",
                "return the new value instead",
                node,
            )
        found = [w for w in found if w not in shared.written]
        if found:  # begin again: what is returned may be what is written to
            shared.written += found
            shared.result, shared.aliases, shared.same, shared.changed = None, set(), {}, True
        return bool(found)

    def capture(self, shared: Shared, body: Block, node: Any) -> None:
        """Make parameters of what the body reads from outside."""
        captured = free_variables([body])
        if not captured:
            return
        params = [Var(v.name, v.type) for v in captured]
        substitute(body, dict(zip(captured, params)))
        body.params += params
        calls = [op for op in walk(body) if op.attrs.get("callee") is shared.callee]
        for op in calls:
            op.inputs = [*op.inputs, *params]
            for v in captured:
                reason = shared.unsure[op].get(self.owner.get(v, v))
                if reason is not None:
                    what = f"whether {v.name or 'an array'} changed before this call is not known: {reason}"
                    raise AliasingError(what, "pass it as an argument, under one name", op.loc)
        for other in callees(body):
            calling = any(op.attrs.get("callee") is shared.callee for op in walk(other.block))
            if calling and other is not shared.callee:
                raise self.unsupported(
                    "functions that call each other read variables from outside",
                    "pass these as arguments",
                    node,
                )
        shared.captured = captured


def _renamed(own: ty.Type, given: ty.Type, lengths: dict) -> bool:
    """Is a type the same but for the names of lengths? `lengths` collects the names by symbol."""
    if isinstance(own, ty.Array) and isinstance(given, ty.Array):
        if own.dtype != given.dtype or own.shape is None or given.shape is None:
            return False
        if len(own.shape) != len(given.shape) or own.contiguous and not given.contiguous:
            return False
        return all(_renamed_length(a, b, lengths) for a, b in zip(own.shape, given.shape))
    if isinstance(own, ty.Number) and isinstance(given, ty.Number):
        return (own.dtype, own.weak) == (given.dtype, given.weak)
    return own == given


def _renamed_length(own: ty.Length, given: ty.Length, lengths: dict) -> bool:
    if isinstance(own, int) or isinstance(given, int):
        return own == given
    if own.not_one and not given.not_one:
        return False
    base = given.shifted(-own.offset)
    return lengths.setdefault(own.symbol, base) == base
