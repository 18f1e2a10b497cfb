"""Branches and loops: interpreting blocks whose course is not known, and making it explicit.

A branch interprets both sides on copies of the state and merges the two. A loop must know before its
body is interpreted which values the body changes and of what type they are; it starts from the names
assigned in the body and the types on entry, and interprets the body again until nothing new turns up
(usually once or twice).

`break`, `continue` and `return` are flags (`Exit`). What follows a branch that may have left the block
goes into the side that stays, or under a test of the flag.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from transad.analysis import shapes
from transad.frontend.carrying import Leaf, Slot
from transad.frontend.merging import Exit, Interrupted, Merger, Side, Unwinding, _same_constant, always
from transad.frontend.pointing import Pointing
from transad.frontend.syntax import facts, leaves_block
from transad.frontend.values import UNBOUND, Box, Choice, Pack, State, Value
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, walk
from transad.ir.primitives import CHECKPOINT, FOR, IF, WHILE

FALLS: Exit = {}
Interpret = Callable[[], tuple[Exit, Any]]


class TestRaises(Exception):
    """The test of a while loop may raise what the program catches."""


class Control(Pointing):
    """The part of the interpreter for blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.slots: list[Slot] = []  # of the innermost loop
        self.entry = State()  # where it starts
        self.news = False  # was something found out about it that asks for another look?
        self.catching: list[Any] = []  # the handlers of the `try` statements around
        self.lingering = 0  # blocks around that go on after a `return`
        self.finished: dict[Any, Value] = {}  # calls and steps in the statement so far, with their values
        self.replayed: dict[Any, Value] = {}  # those that a statement interpreted again has made already
        self.steps: list[Any] | None = None  # what is interpreted, and how many it took

    def statements(self, body: list[Any]) -> Exit:
        """Interpret statements in order; says how they are left."""
        for k, node in enumerate(body):
            outer, self.finished = self.finished, {}
            try:
                if isinstance(node, gast.If):
                    return self.if_statement(node, body[k + 1 :])
                exit = self.statement(node)
            except Interrupted as interrupted:
                if interrupted.frame is not self.frame or interrupted.block is not self.builder.block:
                    raise
                return self.resumed(interrupted, body[k:])
            except Unwinding as unwinding:
                return self.unwound(unwinding)
            finally:
                self.finished = outer
            if exit:
                if always(exit):
                    return exit
                return self.unless(exit, body[k + 1 :], node)
        return FALLS

    def resumed(self, interrupted: Interrupted, body: list[Any]) -> Exit:
        """Leave for the handler if the call has raised; else the statement once more, with its value."""
        if interrupted.step is None:
            raise interrupted.error
        finished = {**self.finished, interrupted.step: interrupted.value}

        def go_on() -> tuple[Exit, None]:
            outer, self.replayed = self.replayed, {**self.replayed, **finished}
            try:
                return self.statements(body), None
            finally:
                self.replayed = outer

        leaves = {interrupted.kind: Const(True)}
        return self.branch(interrupted.flag, lambda: (leaves, None), go_on, body[0])[0]

    def statement(self, node: Any) -> Exit:
        raise NotImplementedError

    def unwound(self, unwinding: Unwinding) -> Exit:
        raise NotImplementedError

    def may_leave(self, body: list[Any]) -> bool:
        """Can a loop with this body be left other than by its condition?"""
        return bool(self.catching) or leaves_block(body, anywhere=True)

    def unless(self, exit: Exit, rest: list[Any], node: Any) -> Exit:
        """The rest of a block, in case it was not left yet."""
        flags = [f for f in exit.values() if not (isinstance(f, Const) and f.value is False)]
        if not rest or not flags:
            return exit
        left = self.any_of(flags)
        later, _ = self.branch(left, lambda: (dict(exit), None), lambda: (self.statements(rest), None), node)
        return later

    def any_of(self, flags: list[Operand]) -> Operand:
        """True when one of the flags is."""
        flags = [f for f in flags if not (isinstance(f, Const) and not f.value)]
        sure = next((f for f in flags if isinstance(f, Const)), None)
        if sure is not None or not flags:
            return sure or Const(False)
        left = flags[0]
        for flag in flags[1:]:
            _, both = self.branch(left, lambda: (FALLS, Const(True)), lambda flag=flag: (FALLS, flag), None)
            left = self.operand(both)
        return left

    # -- exceptions in the middle of a statement

    def count_steps(self, node: Any) -> None:
        """From here on a part of a statement is interpreted: its steps are told apart by their number."""
        if self.steps is None or self.steps[0] is not node:
            self.steps = [node, 0]

    def step(self, compute: Callable[[], Value]) -> Value:
        """A step of what is interpreted: where a later step may raise what is caught, the statement is
        interpreted again on the path on which that does not, but not the steps that were taken already."""
        if self.steps is None or not self.catching:
            return compute()
        self.steps[1] += 1
        key = tuple(self.steps)
        if key in self.replayed:
            return self.replayed[key]
        try:
            value = compute()
        except Interrupted as interrupted:
            if interrupted.step is None and interrupted.frame is self.frame:
                interrupted.step = key
            raise
        self.finished[key] = value
        return value

    def either(self, test: Operand, then: Callable, orelse: Callable, node: Any) -> Value:
        """The value of a branch in an expression, each side of which may raise what is caught further out."""
        sides = [lambda side=side: self.resumable(side, node) for side in (then, orelse)]
        return self.step(lambda: self.unless_raised(*self.branch(test, *sides, node), node))

    def resumable(self, interpret: Interpret, node: Any) -> tuple[Exit, Any]:
        """What `interpret` gives; interpreted again on the path on which a call in it did not raise."""
        try:
            return interpret()
        except Interrupted as interrupted:
            if interrupted.step is None or interrupted.block is not self.builder.block:
                raise
            caught = interrupted

        def go_on() -> tuple[Exit, Any]:
            finished = {**self.finished, caught.step: caught.value}
            outer, self.replayed = self.replayed, {**self.replayed, **finished}
            try:
                return self.resumable(interpret, node)
            finally:
                self.replayed = outer

        return self.branch(caught.flag, lambda: ({caught.kind: Const(True)}, None), go_on, node)

    def unless_raised(self, exit: Exit, value: Any, node: Any) -> Value:
        """The value of a part of a statement, in case nothing was raised in it that is caught."""
        caught = {k: f for k, f in exit.items() if k.startswith("caught:") and not _never(f)}
        if not caught:
            return value
        reason = "an exception that is caught may be raised in the middle of this"
        error = self.unsupported(reason, "give what may raise it a statement of its own", node)
        if len(caught) > 1 or any(isinstance(f, Const) for f in caught.values()):
            raise error
        ((kind, flag),) = caught.items()
        raise Interrupted(error, kind, flag, value, self.frame, self.builder.block)

    # -- branches

    def if_statement(self, node: gast.If, rest: list[Any]) -> Exit:
        self.at(node)
        test = self.condition(node.test)
        if isinstance(test, Const):
            return self.statements([*(node.body if test.value else node.orelse), *rest])
        left, right = leaves_block(node.body), leaves_block(node.orelse)
        if left != right and rest:  # the side that stays takes the rest with it
            body, orelse = (node.body, [*node.orelse, *rest]) if left else ([*node.body, *rest], node.orelse)
            exit, _ = self.branch(test, lambda: self.side(body), lambda: self.side(orelse), node, True)
            return exit
        exit, _ = self.branch(test, lambda: self.side(node.body), lambda: self.side(node.orelse), node, True)
        if always(exit):
            return exit
        return self.unless(exit, rest, node) if exit else self.statements(rest)

    def side(self, body: list[Any]) -> tuple[Exit, Value | None]:
        return self.statements(body), None

    def branch(
        self,
        test: Operand,
        then: Callable[[], tuple[Exit, Value | None]],
        orelse: Callable,
        node: Any,
        statement: bool = False,
    ) -> tuple[Exit, Value | None]:
        """Interpret both sides of a branch and merge them; each may also give a value.

        Between statements, an array that no name knows any more can be forgotten.
        """
        before, loc, serial = self.state, self.builder.loc, Var(None).id
        sides, values = [], []
        for interpret in (then, orelse):
            self.state, self.builder.loc = before.copy(), loc
            with self.builder.into(Block()) as block, shapes.scope():
                try:
                    exit, value = interpret()
                except Unwinding as unwinding:  # in the middle of an expression
                    if unwinding.caught:
                        raise unwinding.error from None
                    exit, value = {"raise": Const(True)}, None
            sides.append(Side(block, self.state, exit))
            values.append(value)
        self.builder.loc = loc
        for side, other, value in zip(sides, sides[::-1], values[::-1]):
            if always(side.exit, "raise"):
                self.past_raise(test, sides, other)
                return other.exit, value
        merger = Merger(self, before, serial, self.frame, (sides[0], sides[1]), node)
        merger.test = test
        self.state = merger.merge()
        exit = merger.exits()
        value = None
        if values != [None, None]:
            value = merger.value(*(UNBOUND if v is None else v for v in values), None)
        merger.point(test)
        if statement:
            self.forget(merger.arrays)
        for side, results in zip(sides, merger.results):
            side.block.results = list(results)
        if merger.outs or any(op for side in sides for op in side.block.ops):
            self.builder.append(Op(merger.outs, IF, [test], {}, [side.block for side in sides]))
        return exit, value

    def past_raise(self, test: Operand, sides: list[Side], other: Side) -> None:
        """A branch one side of which always raises: what is done on the other side follows it."""
        blocks = [Block() if side is other else side.block for side in sides]
        self.builder.append(Op([], IF, [test], {}, blocks))
        self.builder.block.ops += other.block.ops
        self.state = other.state

    # -- loops

    def for_range(
        self, start: Operand, stop: Operand, step: Operand, node: gast.For, bind: Callable[[Var], None]
    ) -> Exit:
        """Interpret a loop over a range; `bind` binds the target, given the index."""
        slots_kept, self.slots_kept = self.slots_kept, None

        def interpret() -> tuple[list[Block], Exit]:
            index = Var(None, ty.INT)
            self.counters.add(index)
            with self.builder.into(Block([index])) as block, shapes.scope():
                self.at(node)
                if slots_kept is not None:
                    self.builder.append(Op([], CHECKPOINT, [slots_kept]))
                bind(index)
                exit = self.statements(node.body)
                self.remember_break(node, exit)
            return [block], exit

        return self.loop(node, FOR, [start, stop, step], interpret, self.break_slots(node))

    def break_slots(self, node: Any) -> list[tuple]:
        """A loop with an `else` carries whether it was left by `break`."""
        if not node.orelse or not self.may_leave(node.body):
            return []
        self.state.frames[self.frame]["%broke"] = Const(False)
        return [("name", self.frame, "%broke")]

    def remember_break(self, node: Any, exit: Exit) -> None:
        if node.orelse and self.may_leave(node.body):
            broke = [f for k, f in exit.items() if k not in ("continue", "raise")]
            self.state.frames[self.frame]["%broke"] = self.any_of(broke) if broke else Const(False)

    def while_loop(self, node: gast.While) -> Exit:
        """A `while`, turned so that it is left in one place: before `after`.

        What comes before that place runs once more than the rest. If a loop in it computes what is carried,
        or if it may raise what is caught, it moves into the body, and a flag says whether to go on.
        """
        back = self.milestone()
        try:
            exit = self.turned_loop(node, *self.split_while(node))
            if not passes_on_blocks(self.builder.block.ops[-1].blocks[0]):
                return self.loop_else(exit, node)
        except TestRaises:
            pass
        back()
        body = node.body
        if not (isinstance(node.test, gast.Constant) and node.test.value):
            over = gast.UnaryOp(gast.Not(), node.test)
            body = [gast.If(over, [*node.orelse, gast.Break()], []), *body]
        inside = gast.copy_location(gast.While(gast.Constant(True, None), body, []), node)
        gast.fix_missing_locations(inside)
        return self.turned_loop(inside, [], inside.test, inside.body, False)

    def milestone(self) -> Callable[[], None]:
        """A way back to here, for what is interpreted again in another way."""
        state, block, count = self.state.copy(), self.builder.block, len(self.builder.block.ops)
        place = self.slots, self.serial, self.entry, self.news, self.builder.loc

        def back() -> None:
            self.slots, self.serial, self.entry, self.news, self.builder.loc = place
            self.state, self.builder.block = state, block
            del block.ops[count:]

        return back

    def loop_else(self, exit: Exit, node: Any) -> Exit:
        raise NotImplementedError

    def turned_loop(
        self, node: gast.While, head: list[Any], test: Any, tail: list[Any], negated: bool
    ) -> Exit:
        """A loop of `head`, a `test` that leaves it where it fails (or holds, if `negated`), and `tail`."""
        running = ("name", self.frame, "%running")
        flagged = self.may_leave([*head, *tail])
        if flagged:
            self.state.frames[self.frame]["%running"] = Const(True)

        def interpret() -> tuple[list[Block], Exit]:
            def condition() -> tuple[Exit, Value]:
                self.statements(head)
                try:
                    return FALLS, self.condition(test)
                except Interrupted:
                    raise TestRaises from None

            with self.builder.into(Block()) as before, shapes.scope():
                self.at(node)
                if flagged:
                    flag = go_on = self.operand(self.state.frames[self.frame]["%running"])
                if flagged and not (isinstance(test, gast.Constant) and test.value):
                    _, go_on = self.branch(flag, condition, lambda: (FALLS, Const(negated)), node)
                elif not flagged:
                    _, go_on = condition()
                go_on = self.operand(go_on)
                if negated:
                    go_on = self.negation(go_on, test)
            before.results = [go_on]
            with self.builder.into(Block(self.between(before))) as after, shapes.scope():
                exit = self.statements(tail)
                if flagged:
                    stop = [f for k, f in exit.items() if k != "continue"]
                    stays = self.negation(self.any_of(stop), node) if stop else Const(True)
                    self.state.frames[self.frame]["%running"] = stays
                self.remember_break(node, exit)
            return [before, after], exit

        slots = [*([running] if flagged else []), *self.break_slots(node)]
        return self.loop(node, WHILE, [], interpret, slots)

    def split_while(self, node: gast.While) -> tuple[list[Any], Any, list[Any], bool]:
        """`while True: A; if c: break; B` is A, c, B; any other loop is nothing, its test, its body."""
        if isinstance(node.test, gast.Constant) and node.test.value and not self.catching:
            for k, s in enumerate(node.body):
                plain = isinstance(s, gast.If) and len(s.body) == 1 and isinstance(s.body[0], gast.Break)
                if plain and not s.orelse:
                    return node.body[:k], s.test, node.body[k + 1 :], True
                if leaves_block([s], anywhere=True):
                    break
        return [], node.test, node.body, False

    def between(self, before: Block) -> list[Var]:
        """Hand the carried values over from the test of a while loop to its body, as its parameters."""
        operands: list[Operand] = []
        with self.builder.into(before):
            self.news |= self.settle(self.slots, self.entry)
            passed = [self.read(slot.key) for slot in self.slots]
            for slot, value in zip(self.slots, passed):
                leaf = slot.tree
                if isinstance(leaf, Leaf) and leaf.type == ty.UNDEFINED and isinstance(value, (Pack, Box)):
                    slot.tree, self.news = self.undefined_tree(value, leaf.name), True  # bound by the test
            for slot, value in zip(self.slots, passed):
                operands += self.flatten(slot.tree, value, lambda leaf: leaf.param)
        before.results += operands
        rest = iter(operands)
        params: list[Var] = []

        def param(leaf: Leaf) -> Var:
            var = Var(leaf.name, ty.join(leaf.type, self.type_of(next(rest))))
            params.append(var)
            self.poison(leaf, var)
            return var

        by_leaf: dict[Leaf, Var] = {}
        for slot in self.slots:
            value = self.rebuild(slot.tree, param)
            by_leaf.update(zip(self.leaves(slot.tree), params[len(by_leaf) :]))
            if isinstance(value, Var) and slot.key[0] == "name" and not slot.hidden:
                value = self.value(value)
            self.write_slot(slot, value)
        self.note_aliases(self.slots, by_leaf)
        pointers = self.state.pointers  # of what the test made, the body sees what is handed over only
        self.state.pointers = {v: tree for v, tree in pointers.items() if v.id < self.serial}
        self.point(self.slots, by_leaf)
        return params

    def loop(
        self, node: Any, primitive: Any, inputs: list[Operand], interpret: Callable, extra: list = ()
    ) -> Exit:
        """Find what the loop carries, build it, and leave the state as it is afterwards."""
        entry, loc, serial = self.state, self.builder.loc, Var(None).id
        keys: dict[tuple, None] = dict.fromkeys(extra)
        found = facts(node)
        for name in sorted(found.assigned):
            frame = self.frame_of(name)
            if frame is None:
                continue
            value = self.state.frames[frame].get(name)
            if name in found.rebound or not (
                isinstance(value, Box) or isinstance(value, Var) and isinstance(value.type, ty.Array)
            ):
                keys[("name", frame, name)] = None  # (`x += y` leaves the name of an array alone)
        slots = [self.new_slot(key) for key in keys]
        poisoned = dict(entry.poisoned)
        if found.returns:
            self.state.frames[self.frame]["%returned"] = Const(False)  # or we would not be here
            self.state.frames[self.frame]["%value"] = UNBOUND
            slots += [self.new_slot(("name", self.frame, name)) for name in ("%returned", "%value")]
        for handlers in self.catching:
            if ("name", handlers.frame, handlers.left) not in keys:
                slots.append(self.new_slot(("name", handlers.frame, handlers.left)))
        outer = self.slots, self.serial, self.entry, self.news
        self.serial, self.entry = serial, entry
        for _ in range(20):
            self.state, self.builder.loc = entry.copy(), loc
            self.state.poisoned.update(poisoned)
            for slot in slots:
                for leaf in self.leaves(slot.tree):
                    leaf.param = Var(leaf.name, leaf.type)
                    self.carried.add(leaf.param)
            for slot in slots:
                self.write_slot(slot, self.rebuild(slot.tree, lambda leaf: leaf.param))
            params = {leaf: leaf.param for slot in slots for leaf in self.leaves(slot.tree)}
            self.enter(slots, entry)
            self.note_aliases(slots, params)
            self.point(slots, params)
            for leaf, var in params.items():
                self.poison(leaf, var)
            header = self.state
            self.state = header.copy()
            self.slots, self.news = slots, False
            blocks, exit = interpret()
            with self.builder.into(blocks[-1]):
                self.settle_choices(slots, node)
                self.news |= self.find_same(slots, entry, node)
                self.news |= self.settle(slots, entry)
            end = self.state  # choosing may have taken branches
            again = self.compare(slots, header, end, blocks, poisoned) or self.news
            if not again:
                break
        else:
            raise self.unsupported(
                "the types in this loop do not settle", "give the variables their final type before it", node
            )
        self.slots, self.serial, self.entry, self.news = outer
        return self.finish_loop(slots, primitive, inputs, blocks, end, exit, entry, loc, node)

    def settle_choices(self, slots: list[Slot], node: Any) -> None:
        """The next pass cannot ask the condition that says which of two things a name is bound to."""
        for slot in slots:
            value = self.read(slot.key)
            if isinstance(value, Choice):
                self.write_slot(slot, self.settled(value, node))

    def settled(self, choice: Choice, node: Any) -> Value:
        raise NotImplementedError

    def compare(
        self, slots: list[Slot], header: State, end: State, blocks: list[Block], poisoned: dict
    ) -> bool:
        """Adapt the slots to what the body did; True when it has to be interpreted again."""
        again = False
        known = {slot.key for slot in slots}
        used = {x for block in blocks for op in walk(block) for x in op.inputs if isinstance(x, Var)}
        used.update(x for block in blocks[:-1] for x in block.results if isinstance(x, Var))
        before = [leaf for slot in slots for leaf in self.leaves(slot.tree)]
        for key in self.changes(header, end):
            if key not in known:
                self.state = header
                slots.append(self.new_slot(key))
                again = True
        self.state = end
        for slot in slots:
            used.update(x for x in self.flat_values(slot.tree, self.read(slot.key)) if isinstance(x, Var))
        for slot in slots:
            if slot.key in known and slot.same is None:
                tree, settled = self.widen(slot.tree, self.read(slot.key), slot, used)
                slot.tree = tree
                again = again or not settled
        for root, reason in end.poisoned.items():
            if root.id < self.serial and root not in poisoned:
                poisoned[root] = reason
                again = True
        again = again or before != [leaf for slot in slots for leaf in self.leaves(slot.tree)]
        return self.find_aliases(slots) or again

    def poison(self, leaf: Leaf, var: Var) -> None:
        if leaf.reason is not None:
            self.state.poisoned[var] = leaf.reason

    def find_aliases(self, slots: list[Slot]) -> bool:
        """Note which carried arrays end a pass as an array from before the loop, or as one another."""
        found = self.find_items(slots)
        seen: dict[Var, Leaf] = {}
        for slot in slots:
            if slot.key[0] == "version":
                continue
            leaves = self.leaves(slot.tree)
            for leaf, end in zip(leaves, self.flat_values(slot.tree, self.read(slot.key))):
                if not isinstance(end, Var) or not ty.is_mutable(end.type):
                    continue
                if isinstance(end.type, ty.Array) and isinstance(leaf.type, ty.Array):
                    continue  # see `pointing`
                root = self.identity(end)
                other: Any = root if root.id < self.serial else seen.setdefault(root, leaf)
                if other is not leaf and other not in leaf.aliases:
                    leaf.aliases.add(other)
                    found = True
        return found

    def find_items(self, slots: list[Slot]) -> bool:
        """Note which arrays a list that is one variable has among its items, on entry or after a pass."""
        found = False
        held: dict[Var, list[Leaf]] = {}
        for slot in slots:
            for leaf, end in zip(self.leaves(slot.tree), self.flat_values(slot.tree, self.read(slot.key))):
                held.setdefault(leaf.param, []).append(leaf)
                if isinstance(end, Var) and slot.key[0] != "version":
                    held.setdefault(self.identity(end), []).append(leaf)
        for slot in slots:
            if slot.key[0] == "version":
                continue
            for leaf in self.leaves(slot.tree):
                if isinstance(leaf.type, ty.List):
                    first = self.entry.heap.get(leaf.entry)
                    known = [self.identity(v) for v in self.arrays_of(first)] if first is not None else []
                    for other in (*known, *self.state.aliases.get(leaf.param, ())):
                        for x in [other] if other.id < self.serial else held.get(other, ()):
                            if x is not leaf and x not in leaf.aliases:
                                leaf.aliases.add(x)
                                found = True
        return found

    def changes(self, header: State, end: State) -> list[tuple]:
        keys: list[tuple] = []
        for frame, names in header.frames.items():
            for name, value in end.frames[frame].items():
                if name not in names or names[name] is not value and not _same_constant(names[name], value):
                    if name not in ("%broke", "%running"):
                        keys.append(("name", frame, name))
        for root, version in end.versions.items():
            if root.id < self.serial and header.versions.get(root, root) is not version:
                keys.append(("version", root))
        outside = {box for box in end.heap if box.given is not None and box not in header.heap}
        for box in [*header.heap, *outside]:
            if end.heap[box] is not header.heap[box]:
                keys.append(("box", box))
        return keys

    def finish_loop(self, slots, primitive, inputs, blocks, end, exit, entry, loc, node) -> Exit:
        leaves = [leaf for slot in slots for leaf in self.leaves(slot.tree)]
        attrs: dict[str, Any] = {}
        self.state = end
        with self.builder.into(blocks[-1]), shapes.scope():
            own = (
                dict(zip(leaves, blocks[1].params))
                if primitive is WHILE
                else {leaf: leaf.param for leaf in leaves}
            )
            kept = lambda leaf: own.get(leaf, UNBOUND)  # noqa: E731
            results = [x for slot in slots for x in self.flatten(slot.tree, self.read(slot.key), kept)]
            flags = [f for k, f in exit.items() if k != "continue" and not _never(f)]
            if flags and primitive is FOR:
                attrs["breaks"] = True
                results.insert(0, self.any_of(flags))
        blocks[-1].results = results
        blocks[0].params += [leaf.param for leaf in leaves]
        self.state, self.builder.loc = entry, loc
        inits = [x for slot in slots for x in self.flatten(slot.tree, self.read(slot.key))]
        kinds = [v.type for v in blocks[1].params] if primitive is WHILE else [leaf.type for leaf in leaves]
        outs = [Var(leaf.name, kind) for leaf, kind in zip(leaves, kinds)]
        self.builder.append(Op(outs, primitive, [*inputs, *inits], attrs, blocks))
        by_leaf = dict(zip(leaves, outs))
        self.state.heap.update({b: c for b, c in end.heap.items() if b not in self.state.heap})
        self.state.frames.update({f: n for f, n in end.frames.items() if f not in self.state.frames})
        for slot in slots:
            self.write_slot(slot, self.rebuild(slot.tree, lambda leaf: by_leaf[leaf]))
        self.state.poisoned.update({r: why for r, why in end.poisoned.items()})
        for leaf, var in by_leaf.items():
            self.poison(leaf, var)
        self.note_aliases(slots, by_leaf)
        self.point(slots, by_leaf)
        for slot in slots:
            if slot.hidden:
                del self.state.frames[self.frame][slot.key[2]]
        return self.loop_exit(exit)

    def note_aliases(self, slots: list[Slot], variables: dict[Leaf, Var]) -> None:
        """A carried array may be the one it was on entry, or another that a pass left it bound to."""
        for slot in slots:
            if slot.key[0] == "version":
                continue
            for leaf in self.leaves(slot.tree):
                if not ty.is_mutable(leaf.type):
                    continue
                if isinstance(leaf.entry, Var) and leaf.default is leaf:
                    self.may_alias(variables[leaf], leaf.entry)
                for other in leaf.aliases:
                    found = variables.get(other) if isinstance(other, Leaf) else other
                    if found is not None:  # else the leaf was replaced, and the alias found again
                        self.may_alias(variables[leaf], found)

    def loop_exit(self, exit: Exit) -> Exit:
        """`break` ends here; a `return` inside leaves the block around the loop too."""
        later: Exit = {}
        if "return" in exit:
            later["return"] = self.operand(self.state.frames[self.frame]["%returned"])
        for handlers in self.catching:
            if handlers.kind in exit:
                later[handlers.kind] = self.operand(self.state.frames[handlers.frame][handlers.left])
        return later


def passes_on_blocks(before: Block) -> bool:
    """Is what the test of a while loop hands over to its body computed by loops or branches?"""
    needed = {x for x in before.results[1:] if isinstance(x, Var)}
    for op in reversed(before.ops):
        if needed.intersection(op.outs):
            if op.blocks and any(v.type.dtype is None or v.type.dtype.kind in "fc" for v in op.outs if
                                 isinstance(v.type, (ty.Number, ty.Array))):  # fmt: skip
                return True
            needed.update(x for x in op.inputs if isinstance(x, Var))
    return False


def _never(flag: Operand) -> bool:
    return isinstance(flag, Const) and flag.value is False
