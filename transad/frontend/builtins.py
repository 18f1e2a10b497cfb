"""What the interpreter does when it meets one of Python's builtins."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from transad.frontend import arrayfunctions, closing, library, reflection, standard  # noqa: F401 (they fill in the table)
from transad.frontend.arraymethods import ArrayMethods
from transad.frontend.handlers import HANDLERS, handles
from transad.frontend.iterators import ITERTOOLS, from_itertools
from transad.frontend.values import (
    NOTHING,
    Box,
    Fields,
    Generator,
    Pack,
    Sequence,
    SliceValue,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Op
from transad.ir.primitives import PRINT
from transad.rules import registry


class Builtins(ArrayMethods):
    """The part of the interpreter for builtins."""

    def handler(self, fn: Any) -> Any:
        written = standard.written_out(fn)
        if written is not None:
            return lambda i, args, kwargs, node: i.quietly(written, args, node, kwargs)
        try:
            return HANDLERS.get(fn)
        except TypeError:
            return None


@handles(len)
def _len(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.length_of(args[0], node)


@handles(range)
def _range(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    parts = [Const(0), args[0], Const(1)] if len(args) == 1 else [*args, Const(1)][:3]
    return Sequence("range", tuple(parts))


@handles(np.iscomplexobj)
def _iscomplexobj(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    dtype = ty.dtype_of(i.type_of(args[0]))
    return None if dtype is None else Const(dtype.kind == "c")


@handles(np.isrealobj)
def _isrealobj(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    dtype = ty.dtype_of(i.type_of(args[0]))
    return None if dtype is None else Const(dtype.kind != "c")


@handles(slice)
def _slice(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    parts = [NOTHING, args[0], NOTHING] if len(args) == 1 else [*args, NOTHING][:3]
    return SliceValue(*parts)


@handles(enumerate)
def _enumerate(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    if isinstance(args[0], Generator):
        return i.from_library("numbered", [args[0], start], node)
    return Sequence("enumerate", (i.iterable(args[0], node), start))


@handles(zip)
def _zip(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if any(args.count(a) > 1 for a in args if i.is_iterator(a)):  # zip(it, it): they take turns
        rows: list[Value] = []
        lengths = [i.source_of(a, node) for a in args]
        if not all(isinstance(i.length_of(s, node), Const) and isinstance(p, Const) for s, p in lengths):
            raise i.needs_items("an iterator is zipped with itself, over", node)
        done = Const(NOTHING)
        while True:
            row = []
            for a in args:
                row.append(i.next_item(a, done, node))
                if row[-1] is done:
                    return Sequence("once", (i.new_list(rows),))
            rows.append(Pack(tuple(row)))
    if len(args) == 2 and isinstance(args[0], Generator) != isinstance(args[1], Generator):
        first = isinstance(args[0], Generator)
        generator, other = args if first else args[::-1]
        name = "beside" if first else "beside_reversed"
        return i.from_library(name, [generator, i.iterable(other, node)], node)
    return Sequence("zip", tuple(i.iterable(a, node) for a in args))


@handles(reversed)
def _reversed(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.reversed_(i.iterable(args[0], node), node)


@handles(map)
def _map(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.from_library("mapped", args, node)


@handles(filter)
def _filter(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if isinstance(args[0], Const) and args[0].value is None:
        args = [Const(operator.truth), args[1]]
    return i.from_library("filtered", args, node)


@handles(iter)
def _iter(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if len(args) != 1:
        raise i.unsupported("iter with a sentinel is not supported", "use while, with a break", node)
    return args[0] if i.is_iterator(args[0]) else i.new_iterator(i.iterable(args[0], node))


@handles(next)
def _next(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    iterator = i.once(args[0])
    method = i.special(iterator, "__next__")
    if method is not None:
        return i.call(method, [], {}, node)
    if not i.is_iterator(iterator):
        raise i.unsupported("next is called with something else than an iterator", "call iter first", node)
    return i.next_item(iterator, args[1] if len(args) > 1 else None, node)


def _itertools(fn: Any) -> Callable[..., Value | None]:
    return lambda i, args, kwargs, node: from_itertools(i, fn, args, kwargs, node)


HANDLERS.update({fn: _itertools(fn) for fn in ITERTOOLS})


@handles(itertools.chain.from_iterable)
def _chain_from_iterable(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.from_library("chained", args, node)


@handles(functools.reduce)
def _reduce(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if len(args) == 2:
        return i.inline(library.reduced_from_first, [args[0], i.iterable(args[1], node)], {}, node)
    return i.inline(library.reduced, args, {}, node)


@handles(sum)
def _sum(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    plain = isinstance(start, Const) and type(start.value) in (int, float) and start.value == 0
    items = i.iterable(args[0], node)
    if i.known_length(items) is not None and (isinstance(items, Pack) or i.known_length(items) <= 16):
        values = i.known_items(items, node)
        if plain and values:
            start, *values = values
        for value in values:
            start = i.binary(operator.add, start, value, node)
        return start
    kind = i.type_of(items)
    if isinstance(kind, ty.List) and plain and _is_float(kind.item):
        return i.builder.emit(registry.entry(sum), [i.operand(items, node)], kind.item)
    return i.inline(library.sum_of, [items, start], {}, node)


def _is_float(kind: ty.Type) -> bool:
    return isinstance(kind, ty.Number) and kind.dtype is not None and kind.dtype.kind == "f"


def _is_length(kind: ty.Type) -> bool:
    return isinstance(kind, ty.Number) and bool(kind.weak) and kind.dtype == ty.INT.dtype


def _extreme(pair: Any, loop: Any, sign: int) -> Callable[..., Value]:
    def handler(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
        items = Pack(tuple(args)) if len(args) > 1 else i.iterable(args[0], node)
        known = i.known_items(items, node) if i.known_length(items) is not None else None
        if known == [] and "default" in kwargs:
            return kwargs["default"]
        if known is None and "default" in kwargs:
            others = {k: v for k, v in kwargs.items() if k != "default"}
            some = i.operand(i.compare_two(gast.Gt(), i.length_of(items, node), Const(0), node))
            found = lambda: ({}, handler(i, [items], others, node))  # noqa: E731
            return i.branch(some, found, lambda: ({}, kwargs["default"]), node)[1]
        if "key" in kwargs:
            return i.inline(library.best_by, [items, kwargs["key"], Const(sign)], {}, node)
        if known is None:
            return i.inline(loop, [items], {}, node)
        if all(isinstance(v, Const) and isinstance(v.value, (int, float)) for v in known):
            return Const((max if sign > 0 else min)(v.value for v in known))
        best = known[0]
        for value in known[1:]:
            if _is_length(i.type_of(value)) and _is_length(i.type_of(best)):
                best = i.apply(
                    registry.entry(max if sign > 0 else min), [i.operand(best), i.operand(value)], node
                )
            else:
                best = i.inline(pair, [best, value], {}, node)
        return best

    return handler


HANDLERS[max] = _extreme(library.larger, library.largest, 1)
HANDLERS[min] = _extreme(library.smaller, library.smallest, -1)


@handles(sorted)
def _sorted(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    backwards = i.known(kwargs.get("reverse", Const(False)), node, "reverse=")
    key = kwargs.get("key")
    key = None if isinstance(key, Const) and key.value is None else key
    return i.in_order(args[0], key, bool(backwards), node)


def one_by_one(i: Builtins, items: Value, node: Any) -> Value:
    """What a function goes through that may stop early: a generator is asked for no more than it takes."""
    return items if isinstance(items, Generator) else i.iterable(items, node)


@handles(any)
def _any(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.inline(library.is_any, [one_by_one(i, args[0], node)], {}, node)


@handles(all)
def _all(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.inline(library.are_all, [one_by_one(i, args[0], node)], {}, node)


@handles(abs)
def _abs(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    method = i.special(args[0], "__abs__")
    return None if method is None else i.call(method, [], {}, node)


@handles(divmod)
def _divmod(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.inline(library.fractional_and_whole, args, {}, node)


@handles(pow)
def _pow(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return i.binary(operator.pow, args[0], args[1], node) if len(args) == 2 else None


@handles(list)
def _list(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if not args:
        return i.new_list([])
    source = i.iterable(args[0], node)
    if i.known_length(source) is None:
        made = i.new_list([])
        i.extend(made, source, node)
        return made
    return i.new_list(i.known_items(source, node))


@handles(tuple)
def _tuple(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Pack(tuple(i.known_items(args[0], node))) if args else Pack(())


@handles(dict)
def _dict(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    entries: dict[Any, Value] = {}
    if args and isinstance(args[0], Box) and isinstance(i.state.heap[args[0]], Fields):
        entries.update(i.state.heap[args[0]].values)
    elif args:
        for pair in i.known_items(args[0], node):
            key, value = i.known_items(pair, node)
            entries[i.key_of(key, node, "the keys of a dict")] = value
    return i.new_dict({**entries, **kwargs})


@handles(dict.fromkeys)
def _fromkeys(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    keys = [i.key_of(k, node, "the keys of a dict") for k in i.known_items(args[0], node)]
    return i.new_dict(dict.fromkeys(keys, args[1] if len(args) > 1 else NOTHING))


@handles(print)
def _print(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    inputs = [i.operand(i.shown(v, str, node), node) for v in (*args, *kwargs.values())]
    i.builder.append(Op([], PRINT, inputs, {"keywords": tuple(kwargs)}))
    return NOTHING
