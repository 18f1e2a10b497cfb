"""What the interpreter does when it meets one of Python's builtins, or a method of a list or dict.

A handler returns the value of the call, or None to have it treated as any other call.
"""

from __future__ import annotations

import builtins
import copy
import dataclasses
import functools
import itertools
import math
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from transad import runtime
from transad.analysis import shapes
from transad.frontend import library
from transad.frontend.iterators import ITERTOOLS, from_itertools
from transad.frontend.sets import Sets
from transad.frontend.syntax import parameter_names
from transad.frontend.values import (
    NOTHING,
    Box,
    Closure,
    Fields,
    Generator,
    Items,
    Method,
    NumpyMethod,
    Pack,
    Run,
    Sequence,
    SliceValue,
    Super,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Op, Var, Zero
from transad.ir.primitives import ADD_AT, PRINT, UPDATE
from transad.rules import functional, helpers, registry

HANDLERS: dict[Any, Callable[..., Value | None]] = {}


def handles(*fns: Any) -> Callable[[Any], Any]:
    def decorate(handler: Any) -> Any:
        for fn in fns:
            HANDLERS[fn] = handler
        return handler

    return decorate


class Builtins(Sets):
    """The part of the interpreter for builtins."""

    def handler(self, fn: Any) -> Any:
        try:
            return HANDLERS.get(fn)
        except TypeError:
            return None

    # -- methods of arrays

    def method_reshape(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if isinstance(owner, Box) or len(args) < 2:
            return None
        return self.call(Const(np.reshape), [owner, Pack(tuple(args))], kwargs, node)

    def method_transpose(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if isinstance(owner, Box) or len(args) < 2:
            return None
        return self.call(Const(np.transpose), [owner, Pack(tuple(args))], kwargs, node)

    def method_item(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        rank = ty.rank(self.type_of(owner))
        if args and rank == len(args):
            return self.item(owner, Pack(tuple(args)), node)
        dtype = ty.dtype_of(self.type_of(owner))
        kinds = {"f": float, "i": int, "c": complex, "b": bool}
        if not args and rank == 0 and dtype is not None and dtype.kind in kinds:
            return self.call(Const(kinds[dtype.kind]), [owner], {}, node)
        return self.call(Const(np.ndarray.item), [owner, *args], kwargs, node)

    def sort_array(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not (isinstance(owner, Var) and isinstance(owner.type, ty.Array)):
            return None
        made = self.call(Const(np.sort), [owner, *args], kwargs, node)
        self.write(owner, self.operand(made, node), None, [], node)
        return NOTHING

    def in_place(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        """Methods that change the array, where the NumPy function of the same name does not."""
        if isinstance(owner, Box):
            return None
        raise self.unsupported(
            "this method changes the array in place", "use the function, and assign its result", node
        )

    method_partition = method_put = method_resize = method_itemset = method_setfield = method_byteswap = (
        in_place
    )

    def method_compress(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.call(Const(np.compress), [args[0], owner, *args[1:]], kwargs, node)

    def method_fill(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not (isinstance(owner, Var) and isinstance(owner.type, ty.Array)):
            return None
        self.write(owner, self.operand(args[0], node), self.getitem, [Const(Ellipsis)], node)
        return NOTHING

    def method_flatten(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not isinstance(self.type_of(owner), ty.Array):
            return None
        return self.call(Const(np.copy), [self.call(Const(np.ravel), [owner, *args], kwargs, node)], {}, node)

    def method_astype(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.call(Const(np.ndarray.astype), [owner, *args], kwargs, node)

    def method_dot(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.call(Const(np.dot), [owner, *args], kwargs, node)

    def copied(self, value: Value, deep: bool, node: Any) -> Value:
        """`copy.copy(value)` or `copy.deepcopy(value)`."""
        if isinstance(value, Pack):
            return Pack(tuple(self.copied(v, True, node) for v in value.items), value.cls) if deep else value
        if isinstance(value, Box):
            contents, box = self.state.heap[value], value.another()
            inner = (lambda v: self.copied(v, True, node)) if deep else (lambda v: v)
            if isinstance(contents, Items):
                self.state.heap[box] = Items(tuple(map(inner, contents.values)))
            elif isinstance(contents, Fields) and value.outside is None:
                self.state.heap[box] = Fields({k: inner(v) for k, v in contents.values.items()})
            elif isinstance(contents, Run) and not deep:
                return self.call(Const(list), [value], {}, node)
            else:
                raise self.unsupported("a copy of this is not supported", "make it item by item", node)
            return box
        if isinstance(value, Var) and ty.is_mutable(value.type):
            return self.call(Const(np.copy), [value], {}, node)
        if isinstance(value, Const) and isinstance(value.value, np.ndarray):
            return self.call(Const(np.copy), [value], {}, node)
        if isinstance(value, Const) and isinstance(value.type, ty.Object) and not callable(value.value):
            raise self.unsupported("a copy of this is not supported", "make a new object", node)
        return value

    def method_tolist(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        rank = ty.rank(self.type_of(owner))
        if rank is None:
            return None
        if rank == 0:
            return self.method_item(owner, [], {}, node)
        return self.inline(library.items_of if rank == 1 else library.lists_of, [owner], {}, node)

    def python_class(self, value: Value) -> type | None:
        """The class of a value, as far as types tell."""
        kind = self.type_of(value)
        if isinstance(kind, ty.Number):
            classes = number_classes(kind)
            return classes[0] if len(classes) == 1 else None
        if isinstance(kind, ty.Array):
            return np.ndarray
        if isinstance(kind, ty.Tuple):
            return kind.cls or tuple
        simple = {ty.List: list, ty.Dict: dict, ty.NoneType: type(None), ty.Slice: slice}
        if type(kind) in simple:
            return simple[type(kind)]
        if isinstance(value, Const):
            return type(value.value)
        return kind.cls if isinstance(kind, ty.Object) else None


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
    items = i.iterable(args[0], node)
    if i.known_length(items) is not None and (isinstance(items, Pack) or i.known_length(items) <= 16):
        values = i.known_items(items, node)
        if isinstance(start, Const) and start.value == 0 and values:
            start, *values = values
        for value in values:
            start = i.binary(operator.add, start, value, node)
        return start
    kind = i.type_of(items)
    plain = isinstance(start, Const) and start.origin is None and start.value == 0
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
    return i.in_order(args[0], kwargs.get("key"), bool(backwards), node)


@handles(any)
def _any(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.inline(library.is_any, [i.iterable(args[0], node)], {}, node)


@handles(all)
def _all(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.inline(library.are_all, [i.iterable(args[0], node)], {}, node)


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
            entries[i.known(key, node, "the keys of a dict")] = value
    return i.new_dict({**entries, **kwargs})


@handles(dict.fromkeys)
def _fromkeys(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    keys = [i.known(k, node, "the keys of a dict") for k in i.known_items(args[0], node)]
    return i.new_dict(dict.fromkeys(keys, args[1] if len(args) > 1 else NOTHING))


def number_classes(kind: ty.Number) -> list[type]:
    """The classes that a number may be of, as far as types tell."""
    dtypes = [kind.dtype] if kind.dtype is not None else map(np.dtype, "?ilfdFD")
    classes: list[type] = []
    for dtype in dtypes:
        if kind.weak is not False and dtype.kind in _PLAIN:
            classes.append(_PLAIN[dtype.kind])
        if not kind.weak:
            classes.append(dtype.type)
    return classes


_PLAIN: dict[str, type] = {"b": bool, "i": int, "f": float, "c": complex}


@handles(isinstance)
def _isinstance(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    wanted = args[1]
    classes = (
        tuple(i.known(c, node, "a class") for c in wanted.items)
        if isinstance(wanted, Pack)
        else i.known(wanted, node, "a class")
    )
    kind = i.type_of(args[0])
    known = number_classes(kind) if isinstance(kind, ty.Number) else [i.python_class(args[0])]
    answers = {None if cls is None else issubclass(cls, classes) for cls in known}
    if answers not in ({True}, {False}):
        raise i.unsupported("the type of this value is not known", "annotate the argument", node)
    return Const(answers.pop())


@handles(type)
def _type(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    cls = i.python_class(args[0])
    if cls is None or len(args) != 1:
        raise i.unsupported("the type of this value is not known", "annotate the argument", node)
    return Const(cls)


@handles(callable)
def _callable(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    value = args[0]
    return Const(
        callable(value.value)
        if isinstance(value, Const)
        else isinstance(value, (Closure, Method, NumpyMethod))
    )


@handles(getattr)
def _getattr(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    name = i.known(args[1], node, "the name of an attribute")
    if len(args) == 3 and not has_attribute(i, args[0], name):
        return args[2]
    return i.attribute(args[0], name, node)


@handles(hasattr)
def _hasattr(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(has_attribute(i, args[0], i.known(args[1], node, "the name of an attribute")))


def has_attribute(i: Builtins, owner: Value, name: str) -> bool:
    if isinstance(owner, Const):
        return i.hidden(owner, name) is not None or hasattr(owner.value, name)
    if isinstance(owner, Box) and owner.kind == "object" and name in i.state.heap[owner].values:
        return True
    cls = i.python_class(owner)
    return (
        cls is not None
        and hasattr(cls, name)
        and not isinstance(getattr(cls, name), types.MemberDescriptorType)
    )


@handles(setattr)
def _setattr(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    i.store_attribute(args[0], i.known(args[1], node, "the name of an attribute"), args[2], node)
    return NOTHING


@handles(super)
def _super(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if len(args) == 2:
        return Super(i.known(args[0], node, "a class"), args[1])
    first = parameter_names(i.active[-1].args)
    frame = i.frame
    while frame is not None and "__class__" not in frame.cells:
        frame = frame.parent
    if frame is None or not first:
        raise i.unsupported(
            "super() without arguments works in methods only", "name the class and the object", node
        )
    return Super(frame.cells["__class__"].cell_contents, i.load(first[0], node))


@handles(copy.copy)
def _copy(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.copied(args[0], False, node)


@handles(copy.deepcopy)
def _deepcopy(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.copied(args[0], True, node)


@handles(operator.itemgetter)
def _itemgetter(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Method(
        Const(library.item_at if len(args) == 1 else library.items_at),
        (args[0] if len(args) == 1 else Pack(tuple(args)),),
    )


@handles(operator.attrgetter)
def _attrgetter(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Method(Const(library.attributes_of), tuple(args))


@handles(operator.methodcaller)
def _methodcaller(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Method(Const(library.method_of), (args[0], Pack(tuple(args[1:])), i.new_dict(dict(kwargs))))


@handles(dataclasses.replace)
def _replace(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    old = args[0]
    cls = i.python_class(old)
    fields = {f.name: i.attribute(old, f.name, node) for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    return i.call(Const(cls), [], {**fields, **kwargs}, node)


@handles(dataclasses.asdict)
def _asdict(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    cls = i.python_class(args[0])
    return i.new_dict({f.name: i.attribute(args[0], f.name, node) for f in dataclasses.fields(cls)})  # type: ignore[arg-type]


@handles(dataclasses.astuple)
def _astuple(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    cls = i.python_class(args[0])
    return Pack(tuple(i.attribute(args[0], f.name, node) for f in dataclasses.fields(cls)))  # type: ignore[arg-type]


@handles(print)
def _print(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    inputs = [i.operand(v, node) for v in (*args, *kwargs.values())]
    i.builder.append(Op([], PRINT, inputs, {"keywords": tuple(kwargs)}))
    return NOTHING


@handles(functools.wraps)
def _wraps(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(library.itself)


@handles(functools.lru_cache, functools.cache)
def _cache(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    function = args and not (isinstance(args[0], Const) and isinstance(args[0].value, (int, type(None))))
    return args[0] if function else Const(library.itself)


@handles(functools.partial)
def _partial(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Method(args[0], tuple(args[1:]), dict(kwargs))


@handles(np.shape)
def _shape(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return _geometry(i, args, "shape", node)


@handles(np.ndim)
def _ndim(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return _geometry(i, args, "ndim", node)


@handles(np.size)
def _size(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return _geometry(i, args, "size", node) if len(args) == 1 and not kwargs else None


def _geometry(i: Builtins, args: list[Value], name: str, node: Any) -> Value | None:
    kind = i.type_of(args[0])
    return (
        i.geometry(args[0], name, node)
        if isinstance(kind, (ty.Number, ty.Array)) or kind == ty.UNKNOWN
        else None
    )


@handles(np.asarray, np.asanyarray)
def _asarray(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    """An array is what it is, unless a dtype or order is asked for."""
    kind = i.type_of(args[0]) if args else ty.UNKNOWN
    if not isinstance(kind, ty.Array) or len(args) > 2 or not kwargs.keys() <= {"dtype"}:
        return None
    dtype = args[1] if len(args) > 1 else kwargs.get("dtype", NOTHING)
    asked = dtype.value if isinstance(dtype, Const) else ...
    same = asked is None or asked is not ... and kind.dtype is not None and np.dtype(asked) == kind.dtype
    return args[0] if same else None


@handles(np.array)
def _array(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    if kwargs.keys().isdisjoint(("copy", "ndmin")):
        return None
    rest = {k: v for k, v in kwargs.items() if k not in ("copy", "ndmin")}
    copied = i.known(kwargs.get("copy", Const(True)), node, "copy=")
    made = i.call(Const(np.array if copied else np.asarray), args, rest, node)
    missing = i.known(kwargs.get("ndmin", Const(0)), node, "ndmin=") - (ty.rank(i.type_of(made)) or 0)
    if missing <= 0:
        return made
    return i.call(Const(np.expand_dims), [made, Const(tuple(range(missing)))], {}, node)


@handles(np.ndarray.astype, *([np.astype] if hasattr(np, "astype") else []))
def _astype(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    """With copy=False an array of that type is what it is."""
    kwargs = dict(kwargs)
    if "copy" not in kwargs or i.known(kwargs.pop("copy"), node, "copy="):
        return None
    have = ty.dtype_of(i.type_of(args[0]))
    wanted = i.known(args[1] if len(args) > 1 else kwargs["dtype"], node, "the dtype")
    if have is None:
        raise i.unsupported("whether this is a copy is not known", "leave out copy=False", node)
    return args[0] if have == np.dtype(wanted) else i.call(Const(np.ndarray.astype), args, kwargs, node)


@handles(np.add.at)
def _increase(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    target, index, value = args
    i.add_at(target, index, value, node)
    return NOTHING


def _each(fn: Any) -> Callable[..., Value | None]:
    """Of several arrays: of each of them."""

    def handler(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return Pack(tuple(i.call(Const(fn), [a], {}, node) for a in args)) if len(args) > 1 else None

    return handler


for _atleast in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    HANDLERS[_atleast] = _each(_atleast)


@handles(np.frompyfunc)
def _frompyfunc(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    raise i.unsupported(
        "a ufunc made by np.frompyfunc gives an array of objects", "use np.vectorize, or write the loop", node
    )


@handles(np.vectorize)
def _vectorize(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    if len(args) != 1 or not kwargs.keys() <= {"otypes", "doc"}:
        raise i.unsupported("np.vectorize is made with options here", "write the loop", node)
    return Method(Const(functional.vectorized), (args[0], kwargs.get("otypes", NOTHING)))


@handles(np.copyto)
def _copyto(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    given = dict(zip(("dst", "src", "casting", "where"), args)) | kwargs
    target, value, mask = given["dst"], given["src"], given.get("where", Const(True))
    before = Var(None).id
    if not (isinstance(mask, Const) and mask.value is True):
        value = i.call(Const(np.where), [mask, value, target], {}, node)
    i.fill(target, value, before, node)
    return NOTHING


@handles(np.subtract.at)
def _decrease(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    target, index, value = args
    i.add_at(target, index, i.call(Const(operator.neg), [value], {}, node), node)
    return NOTHING


# -- the vocabulary of rules


@handles(helpers.known)
def _known(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(isinstance(args[0], Const))


@handles(helpers.may_be_one)
def _may_be_one(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    kind = i.type_of(args[0])
    if ty.rank(kind) is None:
        return NOTHING
    length = shapes.find(kind.shape[i.known(args[1], node, "an axis")])
    return Const(length == 1) if isinstance(length, int) or ty.surely_not_one(length) else NOTHING


@handles(helpers.with_shape_of)
def _with_shape_of(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    x, g = (i.operand(v, node) for v in args)
    if isinstance(g, Var) and isinstance(g.type, ty.Array) and isinstance(x.type, ty.Array):
        g.type = ty.Array(g.type.dtype, x.type.shape, g.type.contiguous)
    return i.value(g)


@handles(helpers.known_equal)
def _known_equal(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    m, n = (i.type_of(x).length for x in args)
    return Const(m is not None and n is not None and shapes.same(m, n))


@handles(helpers.vanishes)
def _vanishes(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    x = i.operand(args[0], node)
    made = i.builder.definition(x)
    return Const(isinstance(x, Zero) or made is not None and bool(made.attrs.get("zero")))


@handles(helpers.same_shape)
def _same_shape(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    a, b = map(i.type_of, args)
    known = ty.rank(a) is not None and ty.rank(b) is not None
    return Const(known and shapes.same_shape(a, b))


@handles(runtime.update)
def _update(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return _write(i, UPDATE, args[0], args[1], args[2], node)


@handles(runtime.add_at)
def _add_at(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return _write(i, ADD_AT, args[0], args[2], args[1], node)


def _write(i: Builtins, primitive: Any, array: Value, value: Value, index: Value, node: Any) -> Value:
    x = i.operand(array, node)
    operands = [x, i.operand(value, node), i.operand(index, node)]
    return i.builder.emit(primitive, operands, x.type, None, {"path": (i.getitem,), "counts": (1,)})


__all__ = ["Builtins", "HANDLERS", "Items", "builtins", "math"]
