"""Iterators: what can be gone through once, and remembers how far it got.

What `iter`, `zip`, `enumerate`, `reversed`, `map`, `filter` and generators give is consumed where it is made
in most programs (`for a, b in zip(x, y)`); then it is a sequence like any other. Bound to a name it becomes
a box of kind "iterator" that holds the source and the position of the next item, so that `next` and a
second loop find what is left.

The functions of `itertools` are generators written in Python (`library`), run where they are consumed.
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

import gast
import numpy as np

from transad.errors import UnsupportedError
from transad.frontend import library
from transad.frontend.handlers import handles
from transad.frontend.iteration import Iteration
from transad.frontend.merging import Exit, Interrupted
from transad.frontend.syntax import leaves_block, local_names
from transad.frontend.values import (
    NOTHING,
    UNBOUND,
    Box,
    Fields,
    Generator,
    Items,
    Pack,
    Run,
    Sequence,
    SliceValue,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Var

_ONCE = {"once", "zip", "enumerate", "reversed", "rest", "count", "repeat", "cycle"}


class Iterators(Iteration):
    """The part of the interpreter for iterators."""

    def __init__(self) -> None:
        super().__init__()
        self.early: dict[Box, tuple[Generator, dict]] = {}  # computed before they were asked for -> by what

    def once(self, value: Value) -> Value:
        """A value that gets a name: what can be consumed only once has to remember that it was."""
        if isinstance(value, Generator) or isinstance(value, Sequence) and value.kind in _ONCE:
            return self.new_iterator(value)
        if isinstance(value, Pack) and any(isinstance(item, (Generator, Sequence)) for item in value.items):
            return Pack(tuple(map(self.once, value.items)), value.cls)
        return value

    def new_iterator(self, source: Value) -> Box:
        box = Box("iterator")
        self.state.heap[box] = Items((source, Const(0)))
        return box

    def is_iterator(self, value: Value) -> bool:
        return isinstance(value, Box) and value.kind == "iterator"

    def source_of(self, box: Any, node: Any, whole: bool = False) -> tuple[Value, Value]:
        """What an iterator goes through, as a sequence, and its position.

        All values of a generator are computed when it is asked for the first. If not the `whole` is asked
        for, nobody must see that: it changes nothing, and nothing that it reads changes meanwhile.
        """
        source, position = self.state.heap[box].values  # type: ignore[union-attr]
        if source is UNBOUND:
            raise self.unsupported(
                "a generator is used again after a loop over it was left", "make a list of it", node
            )
        if isinstance(source, Generator):
            generator, before = source, dict(self.state.heap)
            read = self.all_read_by(generator)
            try:
                source = self.collect(generator, node)
            except Interrupted as interrupted:
                raise self.unsupported(
                    "this generator may raise what is caught, and its values are asked for one by one",
                    "go through it with a for loop, or make a list of it first",
                    node,
                ) from interrupted
            self.state.heap[box] = Items((source, position))
            if not whole:
                self.must_be_same(generator, read, node)
                heap = self.state.heap
                if not all(_is_same(heap[b], contents) for b, contents in before.items() if b is not box):
                    raise self.meanwhile("it changes what others may see", node)
                self.early[source] = generator, read  # type: ignore[index]
        elif isinstance(source, Box) and source in self.early:
            self.must_be_same(*self.early[source], node)
        return self.iterable(source, node), position

    def meanwhile(self, what: str, node: Any) -> UnsupportedError:
        return self.unsupported(
            f"a generator is asked for its values one by one, and {what}",
            "go through it with a for loop, or make a list of it first",
            node,
        )

    def must_be_same(self, generator: Generator, read: dict[Any, Any], node: Any) -> None:
        now = self.all_read_by(generator)
        if now.keys() != read.keys() or not all(_is_same(now[key], v) for key, v in read.items()):
            raise self.meanwhile("what it reads changes meanwhile", node)

    def all_read_by(self, generator: Generator) -> dict[Any, Any]:
        """What a generator may read that can change: names around it, containers and arrays, as they are."""
        found: dict[Any, Any] = {}

        def visit(value: Any) -> None:
            if isinstance(value, (Pack, Items)):
                for item in value.items if isinstance(value, Pack) else value.values:
                    visit(item)
            elif isinstance(value, Fields):
                for item in value.values.values():
                    visit(item)
            elif isinstance(value, Sequence):
                for part in value.parts:
                    visit(part)
            elif isinstance(value, Run):
                visit(value.var)
            elif isinstance(value, Box) and value not in found:
                found[value] = self.state.heap[value]
                visit(found[value])
            elif isinstance(value, Var) and ty.is_mutable(value.type):
                root = self.identity(value)
                found[root] = self.state.versions.get(root, root)

        for value in (*generator.args, *generator.kwargs.values()):
            visit(value)
        frame, own = generator.closure.frame, local_names(generator.closure.node)
        for inner in gast.walk(generator.closure.node):
            if isinstance(inner, gast.Name) and inner.id not in own:
                around = frame
                while around is not None and inner.id not in self.state.frames.get(around, ()):
                    around = around.parent
                if around is not None:
                    found[around, inner.id] = value = self.state.frames[around][inner.id]
                    visit(value)
        return found

    def iterable(self, value: Value, node: Any) -> Value:
        if isinstance(value, Sequence) and value.kind == "once":
            return value.parts[0]
        if not self.is_iterator(value):
            return super().iterable(value, node)
        source, position = self.source_of(value, node, whole=True)
        self.state.heap[value] = Items((source, self.length_of(source, node)))  # type: ignore[index]
        if isinstance(position, Const) and position.value == 0:
            return source
        return Sequence("rest", (source, position))

    def next_item(self, box: Any, default: Value | None, node: Any) -> Value:
        """`next(box)` or `next(box, default)`."""
        source, position = self.source_of(box, node)
        if isinstance(source, Sequence) and source.kind in ("count", "repeat", "cycle"):
            more: Any = Const(True)
        else:
            more = self.compare_two(gast.Lt(), position, self.length_of(source, node), node)
        if isinstance(more, Const) and not more.value:
            if default is None:
                raise self.failure(StopIteration, "StopIteration", "this line would fail when run", node)
            return default

        def take() -> Value:
            self.state.heap[box] = Items((source, self.binary(operator.add, position, Const(1), node)))
            return self.sequence_item(source, self.operand(position, node), node)

        if isinstance(more, Const):
            return take()
        if default is None:
            over = self.negation(self.operand(more), node)
            return self.unless_fails(over, StopIteration, "no items are left", take, node)
        return self.branch(self.operand(more), lambda: ({}, take()), lambda: ({}, default), node)[1]  # type: ignore[return-value]

    def loop_over_iterator(self, node: Any, box: Box) -> Exit:
        """`for target in box: body`, where the body may leave the loop or take items itself."""
        source, position = self.state.heap[box].values  # type: ignore[union-attr]
        tracked = leaves_block(node.body, anywhere=True) or any(
            isinstance(n, gast.Call) and getattr(n.func, "id", "") == "next"
            for s in node.body
            for n in gast.walk(s)
        )
        if isinstance(source, Generator):
            self.state.heap[box] = Items((UNBOUND if tracked else Pack(()), Const(0)))
            return self.loop_over_generator(node, source)
        if not tracked:
            return self.loop_over(node, self.iterable(box, node))
        source, position = self.source_of(box, node)
        length = self.length_of(source, node)

        def bind(index: Any) -> None:
            self.state.heap[box] = Items((source, self.binary(operator.add, index, Const(1), node)))
            self.assign(node.target, self.sequence_item(source, index, node), node)

        if any(isinstance(n, gast.Call) and getattr(n.func, "id", "") == "next" for n in gast.walk(node)):
            raise self.needs_items("a loop whose body calls next goes through", node)
        exit = self.for_range(self.operand(position, node), length, Const(1), node, bind)
        return self.loop_else(exit, node)

    def quietly(
        self, fn: Any, args: list[Value], node: Any, kwargs: dict[str, Value] | None = None
    ) -> Value:
        """A function of `library` that is interpreted like the user's, but whose lines are not shown."""
        outer, self.silent, self.naming = (self.silent, self.naming), True, False
        try:
            return self.call_closure(self.python_function(fn, node), args, kwargs or {}, node)
        finally:
            self.silent, self.naming = outer

    def from_library(self, name: str, args: list[Value], node: Any) -> Generator:
        """A generator function of `library`, called."""
        return Generator(self.python_function(getattr(library, name), node), tuple(args), {}, silent=True)

    # -- itertools

    def chosen(self, fn: Any, pools: list[Value], more: list[Any], node: Any) -> Pack | None:
        """Items chosen by an `itertools` function, where the numbers of items are known: tuples of them."""
        if any(self.known_length(v) is None for v in pools):
            return None
        items = [self.known_items(v, node) for v in pools]
        return Pack(tuple(Pack(tuple(group)) for group in fn(*items, *more)))


def _is_same(now: Any, before: Any) -> bool:
    """Are these the same value, or contents with the same values?"""
    if now is before or type(now) is not type(before):
        return now is before
    if isinstance(now, Items):
        return len(now.values) == len(before.values) and all(map(operator.is_, now.values, before.values))
    if isinstance(now, Fields):
        return list(now.values.items()) == list(before.values.items())
    return isinstance(now, Run) and now.var is before.var


def endless(kind: str, *parts: Value) -> Sequence:
    return Sequence(kind, parts)


def from_itertools(
    i: Iterators, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any
) -> Value | None:
    """A call of a function of `itertools`."""
    name = fn.__name__
    known = lambda key, k, default: (  # noqa: E731
        i.known(kwargs.get(key, args[k] if len(args) > k else Const(default)), node, f"{key} of {name}")
    )
    if name == "count":
        start = args[0] if args else kwargs.get("start", Const(0))
        return endless("count", start, args[1] if len(args) > 1 else kwargs.get("step", Const(1)))
    if name == "repeat":
        times = args[1] if len(args) > 1 else kwargs.get("times")
        if times is None:
            return endless("repeat", args[0])
        return i.from_library("repeated", [args[0], times], node)
    if name == "cycle":
        return endless("cycle", i.iterable(args[0], node))
    if name == "chain":
        return i.from_library("chained", [Pack(tuple(args))], node)
    if name == "accumulate":
        function = args[1] if len(args) > 1 else kwargs.get("func", Const(operator.add))
        if function == Const(None) or isinstance(function, Const) and function.value is None:
            function = Const(operator.add)
        if "initial" in kwargs and not (
            isinstance(kwargs["initial"], Const) and kwargs["initial"].value is None
        ):
            return i.from_library("accumulated_from", [args[0], function, kwargs["initial"]], node)
        return i.from_library("accumulated", [i.iterable(args[0], node), function], node)
    pools = [i.iterable(a, node) for a in args] if name in ("product", "zip_longest") else []
    if name == "product":
        repeat = i.known(kwargs.get("repeat", Const(1)), node, "repeat of product")
        pools = pools * repeat
        small = all((i.known_length(v) or 0) > 0 and i.is_mixed(v) for v in pools)
        if small or not 1 <= len(pools) <= 4:
            return i.chosen(fn, pools, [], node)
        return i.from_library(f"product_{len(pools)}", pools, node)
    if name == "zip_longest":
        lengths = [i.known_length(v) for v in pools]
        if None in lengths:
            raise i.needs_items("zip_longest goes through", node)
        items = [i.known_items(v, node) for v in pools]
        fill = kwargs.get("fillvalue", Const(None))
        return Pack(tuple(Pack(tuple(group)) for group in itertools.zip_longest(*items, fillvalue=fill)))
    if name in ("combinations", "permutations", "combinations_with_replacement"):
        pool = i.iterable(args[0], node)
        r = known("r", 1, None)
        chosen = i.chosen(fn, [pool], [r], node)
        if chosen is not None and len(chosen.items) <= 64:
            return chosen
        if name == "permutations" or r != 2:
            raise i.needs_items(f"{name} chooses from", node)
        return i.from_library("pairs" if name == "combinations" else "pairs_with_same", [pool], node)
    if name == "pairwise":
        return i.from_library("neighbours", [i.iterable(args[0], node)], node)
    if name == "starmap":
        return i.from_library("spread", args, node)
    if name in ("takewhile", "dropwhile", "filterfalse"):
        return i.from_library(name, [args[0], args[1]], node)
    if name == "compress":
        return i.from_library("compressed", [Sequence("zip", tuple(i.iterable(a, node) for a in args))], node)
    if name == "islice":
        return sliced(i, args, node)
    if name == "tee":
        count = known("n", 1, 2)
        source = i.iterable(args[0], node)
        return Pack(tuple(i.new_iterator(source) for _ in range(count)))
    if name == "batched":
        source, size = i.known_items(args[0], node), known("n", 1, None)
        return Pack(tuple(Pack(tuple(source[k : k + size])) for k in range(0, len(source), size)))
    if name == "groupby":
        return grouped(i, args, kwargs, node)
    return None


@handles(np.ndindex)
def _ndindex(i: Iterators, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
    """All indices of an array of some shape: numbers, or a tuple of them."""
    lengths = args
    if len(args) == 1 and not isinstance(i.type_of(args[0]), ty.Number):
        lengths = i.known_items(args[0], node)
    pools = [i.call(Const(range), [n], {}, node) for n in lengths]
    if not 1 <= len(pools) <= 4:
        raise i.unsupported(f"np.ndindex over {len(pools)} axes", "use it with one to four", node)
    return i.from_library(f"product_{len(pools)}", pools, node)


@handles(np.ndenumerate)
def _ndenumerate(i: Iterators, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
    array = i.call(Const(np.asarray), args, {}, node)
    places = _ndindex(i, [i.call(Const(np.shape), [array], {}, node)], {}, node)
    return i.from_library("entries", [places, array], node)


@handles(np.nditer)
def _nditer(i: Iterators, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
    raise i.unsupported(
        "np.nditer goes through arrays in the order that they are stored in, which is not known",
        "loop over x.flat, np.ndenumerate(x) or np.ndindex(x.shape)",
        node,
    )


def sliced(i: Iterators, args: list[Value], node: Any) -> Value:
    """`islice(items, stop)` or `islice(items, start, stop, step)`."""
    bounds = [i.known(a, node, "the bounds of islice") for a in args[1:]]
    if len(bounds) == 1:
        bounds = [0, bounds[0]]
    start, stop, step = [*bounds, 1][:3]
    if isinstance(i.type_of(args[0]), ty.Array):
        part = SliceValue(*(Const(b) for b in (start, stop, step)))
        return i.item(args[0], part, node)
    source = args[0] if i.is_iterator(args[0]) else i.new_iterator(args[0])
    items, _ = i.source_of(source, node)
    length = (
        None
        if isinstance(items, Sequence) and items.kind in ("count", "repeat", "cycle")
        else i.length_of(items, node)
    )
    if stop is None or length is not None and not isinstance(length, Const):
        given = [i.iterable(args[0], node), *(Const(b) for b in (start or 0, stop, step or 1))]
        if i.is_iterator(args[0]) and stop is not None:
            raise i.needs_items("islice takes from", node)
        return i.from_library("sliced", given, node)
    taken = []
    for k in range(stop):
        if length is not None:
            position = i.state.heap[source].values[1]  # type: ignore[union-attr,index]
            if position.value >= length.value:  # type: ignore[union-attr]
                break
        value = i.next_item(source, None, node)
        if k >= (start or 0) and (k - (start or 0)) % (step or 1) == 0:
            taken.append(value)
    return Sequence("once", (i.new_list(taken),))


def grouped(i: Iterators, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
    """`groupby(items, key)`: groups that are known or, by computed keys, found when the program runs."""
    key = kwargs.get("key", args[1] if len(args) > 1 else NOTHING)
    key = Const(library.unchanged) if isinstance(key, Const) and key.value is None else key
    if i.known_length(args[0]) is None:
        return i.from_library("groups", [args[0], key], node)
    groups: list[tuple[Any, list[Value]]] = []
    items = i.known_items(args[0], node)
    keys = [i.call(key, [value], {}, node) for value in items]
    if i.unrolling and not all(isinstance(i.operand(k, node), Const) for k in keys):
        return i.from_library("groups", [i.new_list(items), key], node)
    for value, found_key in zip(items, keys):
        found = i.known(found_key, node, "a key of groupby")
        if groups and groups[-1][0] == found:
            groups[-1][1].append(value)
        else:
            groups.append((found, [value]))
    once = lambda values: i.call(Const(iter), [i.new_list(values)], {}, node)  # noqa: E731
    return Pack(tuple(Pack((i.constant(Const(k)), once(values))) for k, values in groups))


ITERTOOLS = [
    fn for fn in vars(itertools).values() if getattr(fn, "__module__", "") == "itertools" and callable(fn)
]
