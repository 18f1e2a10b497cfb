"""Calls that write their result into an array, and what else a ufunc may be told: out, where, dtype.

`np.add(a, b, out=c)` is `c[...] = np.add(a, b)`, of whatever function; `where=m` keeps the rest of `c`;
`dtype=t` converts the arguments first. How to cast and in which order to run make no difference here.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.frontend import library
from transad.frontend.calls import Calls, signature_of
from transad.frontend.values import NOTHING, Pack, Value
from transad.ir import types as ty
from transad.ir.core import Const, Var
from transad.ir.primitives import ADD_AT
from transad.rules import registry, ufunc_methods

# Where a result lies in memory, and of which subclass of arrays it is, makes no difference here.
_LAYOUT = ("order", "subok", "device", "like", "casting")
_OF_SOME_LAYOUT = {
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.copy, np.zeros, np.ones, np.empty, np.full,
    np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.eye, np.identity, np.ndarray.astype,
    *([np.astype] if hasattr(np, "astype") else []), np.concatenate, np.stack, np.vstack, np.hstack,
    np.broadcast_to, np.broadcast_arrays,
}  # fmt: skip
_OPERATORS = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.divide: operator.truediv,
    np.floor_divide: operator.floordiv, np.remainder: operator.mod, np.power: operator.pow,
    np.matmul: operator.matmul, np.negative: operator.neg,
}  # fmt: skip

# The methods of ufuncs do not tell their parameters.
_OF_METHODS = {
    "reduce": ("array", "axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("array", "axis", "dtype", "out"),
    "reduceat": ("array", "indices", "axis", "dtype", "out"),
}
_WITHOUT_EFFECT = ("casting", "order", "subok", "signature")


class Ufuncs(Calls):
    """The part of the interpreter for calls with `out`, and for the options of ufuncs."""

    def call_into(self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A call that is given a place for its result."""
        fn, kwargs = callee.value, dict(kwargs)
        at = out_position(fn)
        if at is not None and len(args) > at:
            names = ("out",) if isinstance(fn, np.ufunc) else positional(fn)[at:]
            several = isinstance(fn, np.ufunc) and len(args) > at + 1
            kwargs |= {"out": Pack(tuple(args[at:]))} if several else dict(zip(names, args[at:]))
            args = args[:at]
        targets = self.targets(kwargs.pop("out", NOTHING))
        mask = NOTHING
        if isinstance(fn, np.ufunc):
            for name in _WITHOUT_EFFECT:
                kwargs.pop(name, None)
            mask = kwargs.pop("where", NOTHING)
            dtype = kwargs.pop("dtype", NOTHING)
            if not _is(dtype, None):
                args = [self.converted(x, dtype, node) for x in args]
        before = Var(None).id
        if isinstance(fn, np.ufunc) and kwargs:
            result = self.along_axes(fn, args, kwargs, node)
        else:
            result = self.call(callee, args, kwargs, node)
        if not _is(mask, None) and not _is(mask, True):
            if targets is None:
                raise self.unsupported(
                    "where= without out= leaves some numbers undefined", "give it out=np.zeros(...)", node
                )
            pairs = zip(self.results(result, targets, node), targets)
            chosen = [self.call(Const(np.where), [mask, new, old], {}, node) for new, old in pairs]
            result = chosen[0] if len(chosen) == 1 else Pack(tuple(chosen))
        if targets is None:
            return result
        for target, value in zip(targets, self.results(result, targets, node)):
            self.fill(target, value, before, node)
        return targets[0] if len(targets) == 1 else Pack(tuple(targets))

    def ufunc_method(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A method of a ufunc that has no rule of its own: what it does is the same for all of them."""
        written = {"outer": library.outer, "at": library.at, "reduceat": library.reduceat}.get(fn.__name__)
        if written is not None:
            return self.inline(written, [Const(fn.__self__), *args], kwargs, node)
        if self.takes_place(fn, args, kwargs):
            return self.call_into(Const(fn), args, kwargs, node)
        primitive = registry.lookup(fn.__self__)
        if primitive is None or "none" in primitive.rules:
            return self.opaque(fn, args, kwargs, node)
        return self.inline(getattr(ufunc_methods, fn.__name__), [Const(fn.__self__), *args], kwargs, node)

    def along_axes(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A call of a ufunc of vectors or matrices that is told where these lie: they are brought to the end,
        and what comes out is brought to its place."""
        axis, axes = kwargs.pop("axis", NOTHING), kwargs.pop("axes", NOTHING)
        if kwargs or fn.signature is None:
            name = next(iter([*kwargs, "axis" if not _is(axis, None) else "axes"]))
            raise self.unsupported(f"{fn.__name__} is called with {name}=", "leave it out", node)
        if _is(axes, None):
            places = [axis] * fn.nin if not _is(axis, None) else []
        else:
            places = self.known_items(axes, node)
        moved = [self.moved(x, at, True, node) for x, at in zip(args, places)] or args
        result = self.call(Const(fn), moved, {}, node)
        return result if len(places) <= fn.nin else self.moved(result, places[-1], False, node)

    def moved(self, x: Value, places: Value, to_end: bool, node: Any) -> Value:
        """An array with some axes brought to the end, or with its last ones brought to these places."""
        at = self.plain(places, node)
        ours = tuple(at) if isinstance(at, (tuple, list)) else (at,)
        last = tuple(range(-len(ours), 0))
        way = [Const(ours), Const(last)] if to_end else [Const(last), Const(ours)]
        return x if ours == last else self.call(Const(np.moveaxis), [x, *way], {}, node)

    def without_layout(self, fn: Any, kwargs: dict[str, Value]) -> dict[str, Value]:
        """The keyword arguments that matter."""
        if not kwargs or fn not in _OF_SOME_LAYOUT:
            return kwargs
        return {name: value for name, value in kwargs.items() if name not in _LAYOUT}

    def takes_place(self, fn: Any, args: list[Value], kwargs: dict[str, Value]) -> bool:
        """Is a function given a place for its result, or a ufunc one of its options?"""
        if isinstance(fn, np.ufunc) and kwargs or "out" in kwargs:
            return True
        at = out_position(fn) if len(args) > 1 else None
        return at is not None and len(args) > at

    def as_operator(self, fn: Any, args: list[Value], node: Any) -> Value | None:
        """`np.add(x, y)` of arrays is `x + y`."""
        if not isinstance(fn, np.ufunc) or fn not in _OPERATORS or len(args) != fn.nin:
            return None
        kinds = [self.type_of(x) for x in args]
        plain = all(isinstance(t, (ty.Array, ty.Number)) for t in kinds)
        if not plain or not any(isinstance(t, ty.Array) for t in kinds):
            return None
        operands = [self.operand(x, node) for x in args]
        return self.apply(registry.entry(_OPERATORS[fn]), operands, node)

    def targets(self, out: Value) -> list[Value] | None:
        """The arrays that `out` names; None if there are none."""
        targets = list(out.items) if isinstance(out, Pack) else [out]
        return None if all(_is(target, None) for target in targets) else targets

    def results(self, result: Value, targets: list[Value], node: Any) -> list[Value]:
        return [result] if len(targets) == 1 else self.known_items(result, node)

    def fill(self, target: Value, value: Value, before: int, node: Any) -> None:
        """`target[...] = value`. An array made since `before`, of the same kind, becomes the contents."""
        if isinstance(self.type_of(target), ty.Number):
            raise self.unsupported("out= is a number", "assign the result to a name", node)
        if (
            isinstance(target, Var)
            and isinstance(value, Var)
            and value.id > before
            and target not in self.views
            and value not in self.views
            and value not in self.owner
            and _alike(target.type, value.type)
        ):
            self.current(target, node)  # refuses when poisoned
            value.name = target.name
            self.new_version(self.identity(target), value, node)
        else:
            self.store_item(target, Const(Ellipsis), value, node)

    def converted(self, x: Value, dtype: Value, node: Any) -> Value:
        """An argument of a ufunc, in the type that it is told to compute in."""
        kind = self.type_of(x)
        if isinstance(kind, ty.Number) and kind.weak:
            wanted = np.dtype(self.known(dtype, node, "dtype="))
            return self.call(Const(wanted.type), [x], {}, node)
        if isinstance(kind, ty.Array) and isinstance(dtype, Const) and kind.dtype == np.dtype(dtype.value):
            return x
        return self.call(Const(np.ndarray.astype), [x, dtype], {}, node)

    def add_at(self, target: Value, index: Value, value: Value, node: Any) -> None:
        """`np.add.at(target, index, value)`."""
        if not (isinstance(target, Var) and isinstance(target.type, ty.Array)):
            raise self.unsupported("at() is supported for arrays", "make an array of it first", node)
        operands = [self.operand(index, node)]
        self.write(target, self.operand(value, node), self.getitem, operands, node, ADD_AT)


@functools.lru_cache(maxsize=4096)
def _positional(fn: Any) -> tuple[str, ...]:
    if isinstance(getattr(fn, "__self__", None), np.ufunc):
        return _OF_METHODS.get(fn.__name__, ())
    if not (getattr(fn, "__module__", None) or "").startswith("numpy"):
        return ()
    try:
        parameters = signature_of(fn).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))


def positional(fn: Any) -> tuple[str, ...]:
    """The names of the arguments that a function of NumPy takes by position."""
    try:
        return _positional(fn)
    except TypeError:  # unhashable
        return ()


def out_position(fn: Any) -> int | None:
    """Where among its arguments a function of NumPy takes `out`."""
    if isinstance(fn, np.ufunc):
        return fn.nin
    names = positional(fn)
    return names.index("out") if "out" in names else None


def _alike(a: ty.Type, b: ty.Type) -> bool:
    """Arrays of one dtype and shape."""
    known = isinstance(a, ty.Array) and isinstance(b, ty.Array) and a.dtype is not None
    return known and a.dtype == b.dtype and shapes.same_shape(a, b)


def _is(value: Value, wanted: Any) -> bool:
    return isinstance(value, Const) and value.value is wanted
