"""Statements: assignment in all its forms, loops over things, and leaving blocks."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gast
import numpy as np

from transad.frontend.control import FALLS
from transad.frontend.expressions import BINARY, SYMBOLS, Expressions
from transad.frontend.merging import Exit, Interrupted, always
from transad.frontend.parts import MOST_BRANCHES
from transad.frontend.sharing import Part, choice
from transad.frontend.values import (
    NOTHING,
    Box,
    Choice,
    Closure,
    Fields,
    Generator,
    Items,
    NeedsItems,
    NumpyMethod,
    Pack,
    Run,
    Sequence,
    SliceValue,
    Sometimes,
    Value,
    is_own_key,
)
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.ir.primitives import APPEND, IF, PRINT, UPDATE
from transad.rules import registry

LONGEST_UNROLLED_WHILE = 200
MOST_CONDITIONAL_PASSES = 24
_COMPOUND = (gast.If, gast.For, gast.While, gast.With, gast.Try, gast.Match, gast.FunctionDef, gast.ClassDef)


class Statements(Expressions):
    """The part of the interpreter for statements."""

    slots_kept: Operand | None = None  # of the loop over checkpoint(...) that begins
    unrolling = False  # take loops of known length pass by pass
    relisting = False  # change lists of unknown length item by item
    depth = 0  # of loops

    def statement(self, node: Any) -> Exit:
        method = getattr(self, "stmt_" + type(node).__name__, None)
        if method is None:
            kind = {"Try": "try", "With": "with"}.get(type(node).__name__, type(node).__name__)
            raise self.unsupported(
                f"{kind} statements are not supported yet", "move it out of the function", node
            )
        self.at(node)
        if isinstance(node, _COMPOUND):
            return method(node) or FALLS
        outer = self.steps
        self.count_steps(node)
        try:
            return method(node) or FALLS
        finally:
            self.steps = outer

    def stmt_Pass(self, node: Any) -> None:
        pass

    stmt_TypeAlias = stmt_Pass  # a name for annotations, which are not looked at

    def stmt_Global(self, node: Any) -> None:
        stored = {
            n.id
            for n in gast.walk(self.source.node)
            if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        for name in node.names:
            if name in stored:
                raise self.unsupported(
                    f"the function assigns the global {name}", "return the value instead", node
                )

    def stmt_Nonlocal(self, node: Any) -> None:
        pass

    def stmt_Return(self, node: Any) -> Exit:
        value = NOTHING if node.value is None else self.expression(node.value)
        names = self.state.frames[self.frame]  # only now: evaluating may have replaced the state
        names["%value"], names["%returned"] = value, Const(True)
        return {"return": Const(True)}

    def stmt_Break(self, node: Any) -> Exit:
        return {"break": Const(True)}

    def stmt_Continue(self, node: Any) -> Exit:
        return {"continue": Const(True)}

    def stmt_Delete(self, node: Any) -> None:
        for target in node.targets:
            if isinstance(target, gast.Name):
                self.state.frames[self.frame].pop(target.id, None)
                continue
            if isinstance(target, gast.Attribute):
                self.delete_attribute(self.expression(target.value), target.attr, node)
                continue
            self.delete_item(self.expression(target.value), self.expression(target.slice), node)

    def delete_attribute(self, owner: Value, name: str, node: Any) -> None:
        raise NotImplementedError

    def delete_item(self, box: Value, key: Value, node: Any) -> None:
        raise NotImplementedError

    def stmt_FunctionDef(self, node: Any) -> None:
        decorators = [self.expression(d) for d in node.decorator_list]
        function: Value = self.closure(node)
        for decorator in reversed(decorators):
            function = self.call(decorator, [function], {}, node)
        self.bind(node.name, function)

    def stmt_Import(self, node: Any) -> None:
        for alias in node.names:
            module = importlib.import_module(alias.name)
            if alias.asname is None:
                module = importlib.import_module(alias.name.split(".")[0])
            self.bind(alias.asname or alias.name.split(".")[0], Const(module))

    def stmt_ImportFrom(self, node: Any) -> None:
        package = self.frame.namespace.get("__package__")
        module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
        for alias in node.names:
            self.bind(alias.asname or alias.name, Const(getattr(module, alias.name)))

    # -- assignment

    def stmt_Assign(self, node: Any) -> None:
        value = self.kept(node.value)
        if len(node.targets) > 1:
            value = self.once(value)
        for target in node.targets:
            self.assign(target, value, node)

    def stmt_AnnAssign(self, node: Any) -> None:
        if node.value is not None:
            self.assign(node.target, self.kept(node.value), node)

    def assign(self, target: Any, value: Value, node: Any) -> None:
        if isinstance(target, gast.Name):
            self.bind(target.id, self.named(self.once(value), target.id))
        elif isinstance(target, (gast.Tuple, gast.List)):
            self.unpack(target, value, node)
        elif isinstance(target, gast.Subscript):
            base, key = self.expression(target.value), self.expression(target.slice)
            self.store_item(base, key, self.once(value), node)
        elif isinstance(target, gast.Attribute):
            self.store_attribute(self.expression(target.value), target.attr, self.once(value), node)
        else:
            raise self.unsupported("this target is not supported", "assign to a name first", node)

    def bind(self, name: str, value: Value) -> None:
        frame = self.frame_of(name) or self.frame
        self.state.frames[frame][name] = value

    def named(self, value: Value, name: str) -> Value:
        """Let a new variable have the user's name for it."""
        if self.naming and isinstance(value, Var) and value.name is None:
            value.name = name
        return value

    def unpack(self, target: Any, value: Value, node: Any) -> None:
        stars = [k for k, t in enumerate(target.elts) if isinstance(t, gast.Starred)]
        items = self.known_items(value, node, None if stars else len(target.elts))
        if stars:
            k = stars[0]
            after = len(target.elts) - k - 1
            middle = self.new_list(items[k : len(items) - after])
            items = [*items[:k], middle, *items[len(items) - after :]]
        if len(items) != len(target.elts):
            raise self.unsupported(
                f"{len(items)} values are unpacked into {len(target.elts)} names",
                "make the numbers agree",
                node,
            )
        for t, item in zip(target.elts, items):
            self.assign(t.value if isinstance(t, gast.Starred) else t, item, node)

    def store_item(self, base: Value, key: Value, value: Value, node: Any) -> None:
        """`base[key] = value`."""
        if isinstance(base, Choice):
            self.on_each(base, lambda v: self.store_item(v, key, value, node), node)
            return
        method = self.special(base, "__setitem__")
        if method is not None:
            self.call(method, [key, value], {}, node)
            return
        if isinstance(base, Box):
            self.writable(base, node)
            if self.store_known(base, key, value, node):
                return
            if isinstance(key, SliceValue):
                raise self.needs_items("a slice is assigned in", node)
            self.freeze(value)
            base = self.run_time_list(base, node)
        if isinstance(base, Const):
            raise self.unsupported(
                "the function writes to a global or constant", "make a .copy() of it first", node
            )
        if not isinstance(base, Var) or not ty.is_mutable(base.type):
            raise self.unsupported(
                "item assignment to this value is not supported", "use an array or a list", node
            )
        index, item = self.operand(key, node), self.operand(value, node)
        is_list = isinstance(base.type, ty.List)
        self.write(base, item, self.getitem, [index], node, items=is_list)
        if is_list:
            self.item_replaced(base)
            self.put(base, value, node)

    def store_again(self, base: Value, key: Value, value: Value, node: Any) -> None:
        """`base[key] = value`, where `base[key]` was read before, so the key is there."""
        contents = self.state.heap[base] if isinstance(base, Box) and base.kind == "dict" else None
        few = self.unrolling and isinstance(contents, Fields) and len(contents.values) <= MOST_BRANCHES
        if not few or is_own_key(key) or isinstance(self.operand(key, node), Const):
            self.store_item(base, key, value, node)
            return
        self.writable(base, node)
        place = self.place_of_key(contents.values, key, node)  # type: ignore[union-attr]
        changed = {}
        for k, (name, old) in enumerate(contents.values.items()):  # type: ignore[union-attr]
            test = self.operand(self.apply(registry.entry(operator.eq), [place, Const(k)], node))
            sides = (lambda v=v: (FALLS, v) for v in (value, old))
            changed[name] = self.either(test, *sides, node)
        self.state.heap[base] = Fields(changed)  # type: ignore[index]

    def store_known(self, box: Box, key: Value, value: Value, node: Any) -> bool:
        contents = self.state.heap[box]
        if isinstance(contents, Fields):
            name = self.dict_key(key, node)
            values = {**contents.values, name: value}
            if isinstance(contents.values.get(name), Sometimes) and list(values)[-1] != name:
                values["%order"] = Sometimes("the order of the keys of a dict depends on the path")
            self.state.heap[box] = Fields(values)
            return True
        if isinstance(contents, Items) and isinstance(key, (Const, SliceValue)):
            index = self.known(key, node, "an index")
            values = list(contents.values)
            values[index] = self.known_items(value, node) if isinstance(index, slice) else value
            self.state.heap[box] = Items(tuple(values))
            return True
        return False

    def dict_key(self, key: Value, node: Any) -> Any:
        return self.key_of(key, node, "the key of a dict")

    def store_attribute(self, owner: Value, name: str, value: Value, node: Any) -> None:
        raise NotImplementedError

    def stmt_AugAssign(self, node: Any) -> None:
        target = node.target
        if isinstance(target, gast.Name):
            old = self.load(target.id, target)
            store = lambda new: self.bind(target.id, self.named(new, target.id))  # noqa: E731
        elif isinstance(target, gast.Subscript):
            base, key = self.expression(target.value), self.expression(target.slice)
            old = self.item(base, key, target)
            store = lambda new: self.store_again(base, key, new, node)  # noqa: E731
        else:
            owner = self.expression(target.value)
            old = self.attribute(owner, target.attr, target)
            store = lambda new: self.store_attribute(owner, target.attr, new, node)  # noqa: E731
        right = self.expression(node.value)
        part_of = base if isinstance(target, gast.Subscript) else None
        fn = BINARY[type(node.op)]
        new = self.step(lambda: self.augmented(fn, old, right, node, part_of))
        if new is not old:
            store(new)

    def augmented(self, fn: Any, old: Value, right: Value, node: Any, part_of: Value | None = None) -> Value:
        """The value of `old op= right`; `old` itself when that was changed in place."""
        if isinstance(old, Box) and old.kind == "list" and isinstance(self.type_of(right), ty.Array):
            return self.binary(fn, old, right, node)  # NumPy is asked before the list: a new array
        if isinstance(old, Box) and old.kind == "dict" and fn is BINARY[gast.BitOr]:
            self.call(NumpyMethod(old, "update"), [right], {}, node)
            return old
        if isinstance(old, Box) and old.kind == "list" and fn is BINARY[gast.Mult]:
            longer = self.list_arithmetic(fn, old, right, node)
            if longer is not None:
                self.writable(old, node)
                self.state.heap[old] = self.state.heap[longer]
                return old
        if isinstance(old, Box) and old.kind == "list" and fn is BINARY[gast.Add]:
            self.extend(old, right, node)
            return old
        if isinstance(old, Const) and isinstance(old.type, ty.Array):
            raise self.unsupported("the function changes a global array", "make a .copy() of it first", node)
        method = self.special(old, f"__i{SYMBOLS[fn]}__")
        if method is not None:
            return self.call(method, [right], {}, node)
        new = self.binary(fn, old, right, node)
        in_place = isinstance(old, Var) and isinstance(old.type, ty.Array) and not old.type.loose
        if in_place and isinstance(new, Var) and isinstance(new.type, ty.Array):
            new.type = ty.Array(new.type.dtype, old.type.shape)  # or Python would refuse
        if in_place and (part_of is None or isinstance(part_of, (Box, Pack))):
            self.write(old, self.operand(new, node), None, [], node)
            return old
        if isinstance(old, Var) and isinstance(old.type, ty.Array) and old.type.loose:
            return self.augmented_loosely(old, new, node)
        if isinstance(old, Var) and old.type == ty.UNKNOWN and part_of is None:
            self.lose(self.identity(old), "+= may have changed it in place or not", set())
        return new

    def augmented_loosely(self, old: Var, new: Value, node: Any) -> Value:
        """Of what is an array on some paths and a number on others: it is changed where it is an array."""
        number = self.operand(new, node)
        is_array = [self.current(old, node), Const(np.ndarray)]
        flag = self.builder.emit(registry.entry(isinstance), is_array, ty.BOOL)
        with self.builder.into(Block()) as then:
            kind, given = ty.Array(ty.dtype_of(number.type), ()), [number, Const(None), Const(None)]
            then.results = [self.builder.emit(registry.entry(np.asarray), given, kind)]
        value = Var(old.name, old.type)
        self.builder.append(Op([value], IF, [flag], {}, [then, Block([], [], [number])]))
        base = self.identity(old)
        self.fork(flag, lambda: self.new_version(base, value, node), lambda: None)
        self.state.pointers[value] = choice(flag, Part(base), None)
        return value

    def list_arithmetic(self, fn: Any, left: Value, right: Value, node: Any) -> Value | None:
        """`[a] + [b]` and `[a] * n`, for lists known item by item."""
        if fn is BINARY[gast.Add]:
            both = [self.state.heap.get(v) if isinstance(v, Box) else None for v in (left, right)]
            if all(isinstance(c, Items) for c in both):
                return self.new_list([*both[0].values, *both[1].values])  # type: ignore[union-attr]
            if any(isinstance(c, Run) for c in both):
                raise self.needs_items("+ makes a longer list of", node)
            return None
        box, count = (left, right) if isinstance(left, Box) else (right, left)
        contents = self.state.heap.get(box)  # type: ignore[call-overload]
        if isinstance(contents, Items) and isinstance(count, Const) and isinstance(count.value, int):
            return self.new_list(list(contents.values) * count.value)
        if isinstance(contents, Run):
            raise self.needs_items("* repeats", node)
        arrays = self.arrays_in(box)
        if not arrays:
            return None
        made = self.apply(registry.entry(fn), [self.operand(box, node), self.operand(count, node)], node)
        self.all_put(self.run_time_list(made, node), arrays * 2)
        return made

    def items_of_object(self, value: Value, node: Any) -> Value:
        raise NotImplementedError

    def extend(self, box: Box, more: Value, node: Any) -> None:
        raise NotImplementedError

    def append(self, box: Box, value: Value, node: Any) -> None:
        self.writable(box, node)
        contents = self.state.heap[box]
        if box in self.looped:
            raise self.needs_items("a loop goes through, while it grows,", node)
        if isinstance(contents, Items):
            self.state.heap[box] = Items((*contents.values, value))
            return
        self.freeze(value)
        old = contents.var
        now = self.current(old, node)
        item = self.operand(value, node)
        kind = ty.List(None, ty.join_lists(now.type, ty.List((item.type,))))
        new = self.builder.emit(APPEND, [now, item], kind, now.name)
        self.new_version(old, new, node, items=True)
        self.put(old, value, node)

    def put(self, items: Var, value: Value, node: Any) -> None:
        """A value, or a tuple of them, became an item of a list that is one variable."""
        for v in value.items if isinstance(value, Pack) else (value,):
            self.item_put(items, v, node)

    # -- loops

    def stmt_While(self, node: Any) -> Exit:
        replayed, self.replayed = self.replayed, {}  # every pass asks the condition again
        try:
            return self.unrolled_while(node, 0) if self.unrolling else self.while_loop(node)
        finally:
            self.replayed = replayed

    def loop_else(self, exit: Exit, node: Any) -> Exit:
        if not node.orelse:
            return exit
        broke = self.state.frames[self.frame].pop("%broke", None)
        if broke is None:
            return self.statements(node.orelse) or exit
        later, _ = self.branch(
            self.operand(broke), lambda: (exit, None), lambda: (self.statements(node.orelse), None), node
        )
        return later

    def stmt_For(self, node: Any) -> Exit:
        source = self.kept(node.iter)
        if self.may_be_object(source):
            source = self.items_of_object(source, node)
        if isinstance(source, Generator):
            return self.loop_over_generator(node, source)
        if isinstance(source, Box) and source.kind == "iterator":
            return self.loop_over_iterator(node, source)
        if isinstance(source, Sequence) and source.kind == "checkpoint":
            return self.checkpointed_loop(node, source)
        return self.loop_over(node, self.iterable(source, node.iter))

    def checkpointed_loop(self, node: Any, source: Sequence) -> Exit:
        """`for v in checkpoint(..., slots=k)`: the body begins with a mark that says so."""
        what, slots = source.parts
        iterable = self.iterable(what, node.iter)
        if self.is_unrolled(iterable, node):
            reason = "a loop over checkpoint(...) has to be taken pass by pass here"
            cure = "loop over a range or an array, or leave checkpoint out"
            raise self.unsupported(reason, cure, node.iter)
        self.slots_kept = self.operand(slots, node)
        try:
            return self.loop_over(node, iterable)
        finally:
            self.slots_kept = None

    def loop_over(self, node: Any, iterable: Value) -> Exit:
        with self.remembered(iterable):
            if self.is_unrolled(iterable, node):
                return self.unrolled_loop(node, iterable, 0)
            return self.indexed_loop(iterable, node)

    @contextmanager
    def remembered(self, value: Value) -> Iterator[None]:
        """What is still to be used knows its arrays, though no name of the program does."""
        frame, name = self.frame, f"%used:{self.depth}"
        self.state.frames[frame][name] = value
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
            self.state.frames[frame].pop(name, None)

    def indexed_loop(self, iterable: Value, node: Any) -> Exit:
        if isinstance(iterable, Sequence) and iterable.kind == "range":
            start, stop, step = (self.operand(p, node) for p in iterable.parts)
            bind = lambda index: self.assign(node.target, self.named(index, _target_name(node.target)), node)  # noqa: E731
            exit = self.for_range(start, stop, step, node, bind)
        else:
            length = self.length_of(iterable, node)
            outer, self.looped = self.looped, (*self.looped, *_lists(iterable))
            bind = lambda index: self.assign(node.target, self.sequence_item(iterable, index, node), node)  # noqa: E731
            exit = self.for_range(Const(0), length, Const(1), node, bind)
            self.looped = outer
        return self.loop_else(exit, node)

    def unrolled_loop(self, node: Any, items: Value, k: int) -> Exit:
        """A loop taken pass by pass, from pass k on: over things of different kinds, or to keep lists known.
        What the body changes in a list that it goes through shows."""
        length = self.known_length(items)
        if length is None:
            raise self.needs_items("a loop goes through", node)
        if k >= length:
            return self.statements(node.orelse)
        self.count_pass(node)
        self.assign(node.target, self.sequence_item(items, Const(k), node), node)
        return self.after_pass(
            self.statements(node.body), lambda: self.unrolled_loop(node, items, k + 1), node
        )

    def after_pass(self, exit: Exit, rest: Callable[[], Exit], node: Any) -> Exit:
        """The passes that follow, unless this one left the loop. A `break` among what follows is one of the
        `else` of the loop: it leaves the loop around."""
        left = {k: f for k, f in exit.items() if k != "continue"}
        if not left:
            return rest()
        beyond = {k: f for k, f in left.items() if k != "break"}
        if always(left):
            return beyond
        return self.branch(
            self.any_of(list(left.values())), lambda: (beyond, None), lambda: (rest(), None), node
        )[0]

    def unrolled_while(self, node: Any, passes: int) -> Exit:
        """A `while`, pass by pass as long as its condition is known before each."""
        state, ops = self.state.copy(), len(self.builder.block.ops)
        try:
            test = self.condition(node.test)
        except Interrupted:  # it may raise what is caught: that is not known
            test = None
        if not isinstance(test, Const):
            self.state = state
            del self.builder.block.ops[ops:]
            return self.loop_or_branches(node, passes)
        if not test.value:
            return self.statements(node.orelse)
        if passes > LONGEST_UNROLLED_WHILE:
            raise self.unsupported(
                "this loop has too many passes to be taken one by one", "use an array", node
            )

        return self.after_pass(
            self.statements(node.body), lambda: self.unrolled_while(node, passes + 1), node
        )

    def loop_or_branches(self, node: Any, passes: int) -> Exit:
        """A `while` whose condition is not known: a loop; or, where each pass needs to know what a list
        holds, a branch for each pass, inside the one before it."""
        back = self.milestone()
        try:
            return self.while_loop(node)
        except NeedsItems:
            if passes >= MOST_CONDITIONAL_PASSES:
                raise
        back()

        def one_more() -> tuple[Exit, None]:
            exit = self.statements(node.body)
            return self.after_pass(exit, lambda: self.unrolled_while(node, passes + 1), node), None

        test = self.condition(node.test)
        return self.branch(test, one_more, lambda: (self.statements(node.orelse), None), node)[0]


def _lists(value: Value) -> list[Value]:
    """The lists that something iterable goes through."""
    if isinstance(value, Sequence):
        return [box for part in value.parts for box in _lists(part)]
    return [value] if isinstance(value, Box) else []


def _target_name(target: Any) -> str:
    return target.id if isinstance(target, gast.Name) else "i"


__all__ = ["PRINT", "UPDATE", "Closure", "Operand", "Statements"]
