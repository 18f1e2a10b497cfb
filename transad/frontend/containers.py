"""Lists and dicts: their methods, and what else changes them.

A list known item by item takes every method; so does a dict whose keys are known. A list that grew in a
loop is one variable. That takes `append`, `pop()` of numbers, reading and writing of single items,
iteration, and functions of the whole list; its length is known only when the program runs. Anything else
(slices, `+`) asks for its items (`NeedsItems`): the function is then interpreted once more, with all loops
of known length taken pass by pass, which is longer code but keeps every list known.

A list or dict that became an item of such a list is a copy from then on as far as the list of operations
goes; to write to it, by any name, asks for the items too.
"""

from __future__ import annotations

import collections
import operator
from typing import Any

import gast
import numpy as np

from transad.frontend import library
from transad.frontend.iterators import Iterators
from transad.frontend.values import NOTHING, Box, Fields, Generator, Items, Pack, Run, SliceValue, Value
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Var
from transad.ir.primitives import POP
from transad.rules import registry

_EQUAL, _LESS, _GREATER, _ADD = gast.Eq(), gast.Lt(), gast.Gt(), operator.add


class Containers(Iterators):
    """The part of the interpreter for lists and dicts."""

    # -- making them

    def construct(self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        cls = callee.value
        if cls is collections.OrderedDict:
            return self.call(Const(dict), args, kwargs, node)
        if cls is collections.defaultdict:
            box = self.call(Const(dict), args[1:], kwargs, node)
            box.extra = args[0] if args else None  # type: ignore[union-attr]
            return box
        if cls is collections.Counter:
            return self.counted(args, kwargs, node)
        if cls is set:
            return self.known_set(self.known_items(args[0], node) if args else [], node)
        if cls is frozenset:
            items = self.known_items(args[0], node) if args else []
            return Const(frozenset(self.known(v, node, "an item of a set") for v in items))
        if cls is collections.deque:
            box = self.call(Const(list), args[:1], {}, node)
            most = args[1] if len(args) > 1 else kwargs.get("maxlen", NOTHING)
            box.extra = self.known(most, node, "the length of a deque")  # type: ignore[union-attr]
            self.trim(box, node)  # type: ignore[arg-type]
            return box
        return super().construct(callee, args, kwargs, node)

    def counted(self, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A `Counter` of known things."""
        given = self.known_items(args[0], node) if args and not self.is_dict(args[0]) else []
        box: Any = self.call(Const(dict), args if args and self.is_dict(args[0]) else [], kwargs, node)
        counts = collections.Counter(self.known(v, node, "an item that is counted") for v in given)
        entries = {**self.state.heap[box].values, **{k: Const(n) for k, n in counts.items()}}
        self.state.heap[box] = Fields(entries)
        box.extra = Const(int)
        return box

    # -- what every change goes through

    def items_of(self, box: Value, what: str, node: Any) -> list[Value]:
        """The items of a list, to be changed."""
        self.writable(box, node)
        contents = self.state.heap[box]  # type: ignore[index]
        if not isinstance(contents, Items):
            raise self.needs_items(what, node)
        return list(contents.values)

    def is_open(self, box: Value, index: Value | None = None, node: Any = None) -> bool:
        """Is it a list of unknown length, and are changes of such lists to be made item by item? That costs
        the program as many steps as the list is long, and is done if its items cannot be known."""
        if not self.relisting or not isinstance(box, Box) or box.kind != "list":
            return False
        contents = self.state.heap[box]
        if isinstance(contents, Items) and index is not None:
            place, count = self.operand(index, node), len(contents.values)
            if not isinstance(place, Const) or not -count <= place.value <= count:
                self.run_time_list(box, node)
        return isinstance(self.state.heap[box], Run)

    def remade(self, box: Any, fn: Any, args: list[Value], node: Any) -> Value:
        """The list is what a function of `library` makes of it; what else that returns."""
        self.writable(box, node)
        self.not_gone_through(box, node)
        result = self.quietly(fn, [box, *args], node)
        item, made = result.items if isinstance(result, Pack) else (NOTHING, result)
        self.state.heap[box] = self.state.heap[made]
        return item

    def not_gone_through(self, box: Value, node: Any) -> None:
        """A loop around that is not taken pass by pass knows how many items it goes through."""
        if box in self.looped:
            raise self.needs_items("a loop goes through, while its items are moved,", node)

    def set_items(self, box: Value, values: list[Value], node: Any) -> None:
        self.not_gone_through(box, node)
        self.state.heap[box] = Items(tuple(values))  # type: ignore[index]

    def entries_of(self, box: Value, node: Any) -> dict[Any, Value]:
        """The entries of a dict, to be changed."""
        self.writable(box, node)
        return dict(self.entries(box, node))  # type: ignore[arg-type]

    def is_list(self, value: Value) -> bool:
        return isinstance(value, Box) and value.kind == "list"

    def is_dict(self, value: Value) -> bool:
        return isinstance(value, Box) and value.kind == "dict"

    def append(self, box: Box, value: Value, node: Any) -> None:
        super().append(box, self.once(value), node)
        if box.extra is not None:
            self.trim(box, node)

    def trim(self, box: Box, node: Any) -> None:
        """A deque forgets its oldest items."""
        if box.extra is not None:
            values = self.items_of(box, "the first items leave", node)
            self.set_items(box, values[max(0, len(values) - box.extra) :], node)

    def index(self, value: Value, node: Any) -> int:
        operand = self.operand(value, node)
        if not isinstance(operand, Const):
            raise self.needs_items("an index known only when the program runs changes the length of", node)
        return operand.value

    # -- lists

    def method_append(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_list(owner):
            return None
        self.append(owner, args[0], node)  # type: ignore[arg-type]
        return NOTHING

    def method_extend(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_list(owner):
            return None
        self.extend(owner, args[0], node)  # type: ignore[arg-type]
        return NOTHING

    def method_pop(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if self.is_dict(owner):
            entries, key = self.entries_of(owner, node), self.key_of(args[0], node, "the key of a dict")
            if key not in entries:
                if len(args) > 1:
                    return args[1]
                raise self.failure(KeyError, f"KeyError: {key!r}", "this line would fail when run", node, key)
            value = entries.pop(key)
            self.state.heap[owner] = Fields(entries)  # type: ignore[index]
            return value
        if not self.is_list(owner):
            return None
        contents = self.state.heap[owner]  # type: ignore[index]
        if isinstance(contents, Run) and (not args or isinstance(args[0], Const) and args[0].value == -1):
            taken = self.last_taken(owner, contents, node)  # type: ignore[arg-type]
            if taken is not None:
                return taken
        if self.is_open(owner, args[0] if args else Const(-1), node):
            return self.remade(owner, library.taken_out, args or [Const(-1)], node)
        values = self.items_of(owner, "pop takes from", node)
        position = self.index(args[0], node) if args else -1
        if not -len(values) <= position < len(values):
            if self.slots and self.handler_of(IndexError)[0] is None:  # another pass may find more in it
                raise self.needs_items("pop takes from", node)
            told = "pop index out of range" if values else "pop from empty list"
            raise self.failure(IndexError, f"IndexError: {told}", "this line would fail when run", node, told)
        value = values.pop(position)
        self.set_items(owner, values, node)
        return value

    def last_taken(self, box: Box, contents: Run, node: Any) -> Value | None:
        """The last item of a list of numbers (or tuples of numbers) that is one variable, taken from it."""
        old = contents.var
        now = self.current(old, node)
        assert isinstance(now.type, ty.List)
        element = now.type.element
        parts = element.items if isinstance(element, ty.Tuple) else (element,)
        if box in self.looped or not all(isinstance(kind, ty.Number) for kind in parts):
            return None
        self.writable(box, node)
        item, rest = Var(None, element), Var(now.name, ty.List(None, element))
        self.builder.append(Op([item, rest], POP, [now], {}, [], self.location(node)))
        self.new_version(old, rest, node, items=True)
        return self.value(item)

    def method_popitem(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_dict(owner):
            return None
        entries = self.entries_of(owner, node)
        last = self.known(args[0] if args else kwargs.get("last", Const(True)), node, "last=")
        if not entries:
            told = "popitem(): dictionary is empty"
            raise self.failure(KeyError, f"KeyError: {told}", "this line would fail when run", node, told)
        key = list(entries)[-1 if last else 0]
        return Pack((self.of_key(key), self.method_pop(owner, [self.of_key(key)], {}, node)))  # type: ignore[arg-type]

    def method_move_to_end(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        key = self.key_of(args[0], node, "the key of a dict")
        value = self.method_pop(owner, [args[0]], {}, node)
        last = self.known(args[1] if len(args) > 1 else kwargs.get("last", Const(True)), node, "last=")
        others = self.entries_of(owner, node)
        self.state.heap[owner] = Fields({**others, key: value} if last else {key: value, **others})  # type: ignore[index,dict-item]
        return NOTHING

    def method_popleft(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.method_pop(owner, [Const(0)], {}, node)

    def method_insert(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_list(owner):
            return None
        if self.is_open(owner, args[0], node):
            return self.remade(owner, library.with_inserted, args, node)
        values = self.items_of(owner, "insert changes", node)
        values.insert(self.index(args[0], node), args[1])
        self.set_items(owner, values, node)
        return NOTHING

    def method_appendleft(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if self.is_open(owner) and owner.extra is None:  # type: ignore[union-attr]
            return self.remade(owner, library.with_inserted, [Const(0), args[0]], node)
        values = [args[0], *self.items_of(owner, "appendleft changes", node)]
        self.set_items(owner, values[: owner.extra], node)  # type: ignore[union-attr]
        return NOTHING

    def method_reverse(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_list(owner):
            return None
        if self.is_open(owner):
            return self.remade(owner, library.turned_round, [], node)
        self.set_items(owner, self.items_of(owner, "reverse changes", node)[::-1], node)
        return NOTHING

    def method_rotate(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        values = collections.deque(self.items_of(owner, "rotate changes", node))
        values.rotate(self.index(args[0], node) if args else 1)
        self.set_items(owner, list(values), node)
        return NOTHING

    def method_clear(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not isinstance(owner, Box):
            return None
        self.writable(owner, node)
        self.not_gone_through(owner, node)
        self.state.heap[owner] = Items(()) if owner.kind == "list" else Fields({})
        return NOTHING

    def method_copy(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if isinstance(self.type_of(owner), ty.Number):
            return owner
        if not isinstance(owner, Box):
            return None
        made = self.call(Const(list if owner.kind == "list" else dict), [owner], {}, node)
        made.extra = owner.extra  # type: ignore[union-attr]
        return made

    def position_of(self, owner: Value, wanted: Value, node: Any) -> int | None:
        """Where a value stands in a list, as far as that is known."""
        for k, value in enumerate(self.known_items(owner, node)):
            if value is wanted:
                return k
            same = self.compare_two(_EQUAL, value, wanted, node)
            if not isinstance(same, Const):
                raise self.unsupported(
                    "where this value stands in the list is not known", "search it in a loop", node
                )
            if same.value:
                return k
        return None

    def method_index(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not isinstance(owner, (Box, Pack)):
            return None
        if self.known_length(owner) is None or not self.is_decided(owner, args[0], node):
            return self.quietly(library.position_in, [owner, args[0]], node)
        position = self.position_of(owner, args[0], node)
        if position is None:
            raise self.failure(
                ValueError, "ValueError: the value is not in the list", "this line would fail when run", node
            )
        return Const(position)

    def is_decided(self, owner: Value, wanted: Value, node: Any) -> bool:
        """Is it known which items of a list are equal to a value?"""
        with self.builder.into(Block()):
            for value in self.known_items(owner, node):
                if value is wanted:
                    return True
                if not isinstance(self.compare_two(_EQUAL, value, wanted, node), Const):
                    return False
        return True

    def method_remove(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_list(owner):
            return None
        position = self.method_index(owner, args, kwargs, node)
        self.method_pop(owner, [position], {}, node)  # type: ignore[list-item]
        return NOTHING

    def method_count(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not isinstance(owner, (Box, Pack)):
            return None
        total: Value = Const(0)
        for value in self.known_items(owner, node):
            same = self.operand(self.compare_two(_EQUAL, value, args[0], node))
            more = (
                Const(int(same.value))
                if isinstance(same, Const)
                else self.apply(registry.entry(int), [same], node)
            )
            total = self.binary(_ADD, total, more, node)
        return total

    def extend(self, box: Box, more: Value, node: Any) -> None:
        if isinstance(more, Generator):
            return self.append_all(box, more, node)
        source = self.iterable(more, node)
        if self.known_length(source) is None:
            self.inline(_extend, [box, source], {}, node)
            return
        for value in self.known_items(source, node):
            self.append(box, value, node)

    def delete_item(self, box: Value, key: Value, node: Any) -> None:
        """`del box[key]`."""
        method = self.special(box, "__delitem__")
        if method is not None:
            self.call(method, [key], {}, node)
            return
        if self.is_dict(box):
            self.method_pop(box, [key], {}, node)
            return
        if not self.is_list(box):
            raise self.unsupported("del of an item of this is not supported", "use a list or dict", node)
        values = self.items_of(box, "del takes from", node)
        if isinstance(key, SliceValue):
            del values[self.index(key, node)]
            self.set_items(box, values, node)
        else:
            self.method_pop(box, [key], {}, node)

    # -- dicts

    def method_get(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_dict(owner):
            return None
        key = self.key_of(args[0], node, "the key of a dict")
        return self.entries(owner, node).get(key, args[1] if len(args) > 1 else NOTHING)  # type: ignore[arg-type]

    def method_setdefault(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_dict(owner):
            return None
        key = self.key_of(args[0], node, "the key of a dict")
        entries = self.entries_of(owner, node)
        value = entries.setdefault(key, args[1] if len(args) > 1 else NOTHING)
        self.state.heap[owner] = Fields(entries)  # type: ignore[index]
        return value

    def method_update(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_dict(owner):
            return None
        more = self.call(Const(dict), args, kwargs, node)
        entries = {**self.entries_of(owner, node), **self.state.heap[more].values}  # type: ignore[index]
        self.state.heap[owner] = Fields(entries)  # type: ignore[index]
        return NOTHING

    def method_items(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.dict_view(owner, "items", node) if self.is_dict(owner) else None  # type: ignore[arg-type]

    def method_keys(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.dict_view(owner, "keys", node) if self.is_dict(owner) else None  # type: ignore[arg-type]

    def method_values(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.dict_view(owner, "values", node) if self.is_dict(owner) else None  # type: ignore[arg-type]

    # -- in any order

    def in_order(self, items: Value, key: Value | None, backwards: bool, node: Any) -> Box:
        """`sorted(items, key=..., reverse=...)`: at once if the keys are known, else by `np.argsort`."""
        source = self.iterable(items, node)
        if self.is_open(source):
            keys = self.keys(source, key, node)
            return self.quietly(library.in_order, [source, keys, Const(backwards)], node)  # type: ignore[return-value]
        if self.known_length(source) is None:
            raise self.needs_items("sorting takes", node)
        values = self.known_items(source, node)
        keys = [v if key is None or key == NOTHING else self.call(key, [v], {}, node) for v in values]
        static = [self.static_key(k) for k in keys]
        if all(s is not None for s in static):
            order = sorted(range(len(values)), key=lambda k: static[k][0], reverse=backwards)  # type: ignore[index]
            return self.new_list([values[k] for k in order])
        if backwards or not all(isinstance(self.type_of(v), ty.Number) for v in [*keys, *values]):
            return self.merge_sorted(values, keys, backwards, node)
        numpy = self.library
        order = self.call(
            numpy("argsort"),
            [self.call(numpy("array"), [self.new_list(keys)], {}, node)],
            {"kind": Const("stable")},
            node,
        )
        together = self.call(numpy("array"), [self.new_list(values)], {}, node)
        return self.new_list(
            [self.item(together, self.item(order, Const(k), node), node) for k in range(len(values))]
        )

    def keys(self, items: Value, key: Value | None, node: Any) -> Value:
        """What a list of unknown length is sorted by: numbers."""
        keys = items
        if key is not None and key != NOTHING:
            keys = self.quietly(library.keys_of, [items, key], node)
        kind = self.type_of(keys)
        if not isinstance(kind, ty.List) or not isinstance(kind.element, ty.Number):
            raise self.needs_items("sorting takes, by keys that are no numbers,", node)
        return keys

    def merge_sorted(self, values: list[Value], keys: list[Value], backwards: bool, node: Any) -> Box:
        """Insertion sort by exchange: every comparison is a branch, so that any values can be sorted."""
        pairs = [Pack((k, v)) for k, v in zip(keys, values)]
        compare = _LESS if not backwards else _GREATER
        for end in range(1, len(pairs)):
            for k in range(end, 0, -1):
                before, after = pairs[k - 1], pairs[k]
                test = self.truth(self.compare_two(compare, after.items[0], before.items[0], node), node)
                if isinstance(test, Const):
                    pairs[k - 1 : k + 1] = [after, before] if test.value else [before, after]
                    continue
                both, swapped = Pack((before, after)), Pack((after, before))
                _, chosen = self.branch(test, lambda: ({}, swapped), lambda: ({}, both), node)  # noqa: B023
                pairs[k - 1 : k + 1] = chosen.items  # type: ignore[union-attr]
        return self.new_list([pair.items[1] for pair in pairs])

    def static_key(self, value: Value) -> tuple[Any] | None:
        operand = value if isinstance(value, (Const, Pack)) else None
        if isinstance(operand, Pack):
            parts = [self.static_key(v) for v in operand.items]
            return None if None in parts else (tuple(p[0] for p in parts),)  # type: ignore[index]
        return (
            (operand.value,)
            if isinstance(operand, Const) and isinstance(operand.value, (int, float, str, bool))
            else None
        )

    def method_sort(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not self.is_list(owner):
            return self.sort_array(owner, args, kwargs, node)
        backwards = self.known(kwargs.get("reverse", Const(False)), node, "reverse=")
        if self.is_open(owner):
            keys = self.keys(owner, kwargs.get("key"), node)
            return self.remade(owner, library.in_order, [keys, Const(bool(backwards))], node)
        self.items_of(owner, "sort changes", node)
        made = self.in_order(owner, kwargs.get("key"), bool(backwards), node)
        self.state.heap[owner] = self.state.heap[made]  # type: ignore[index]
        return NOTHING

    def sort_array(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        raise NotImplementedError

    def library(self, name: str) -> Const:
        return Const(getattr(np, name))


def _extend(made: Any, items: Any) -> None:
    for item in items:
        made.append(item)


__all__ = ["Containers", "Run"]
