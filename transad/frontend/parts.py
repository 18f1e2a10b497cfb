"""Parts of values: attributes and items.

The length and shape of an array are what its type says, where it says it; an item of a container whose
structure is known is the item itself. A part of one of two things is taken of each, on its path.
"""

from __future__ import annotations

import enum
import inspect
import operator
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.frontend import library
from transad.frontend.control import FALLS, Control
from transad.frontend.memory import held_in
from transad.frontend.values import (
    NOTHING,
    Box,
    Choice,
    Closure,
    Conflict,
    Fields,
    NumpyMethod,
    Pack,
    Run,
    Sequence,
    SliceValue,
    Super,
    Value,
    is_own_key,
)
from transad.ir import types as ty
from transad.ir.builder import fold, is_static
from transad.ir.core import Const, Operand, Var
from transad.rules import registry

ATTRIBUTES = {"T": np.transpose, "real": np.real, "imag": np.imag}
if hasattr(np, "matrix_transpose"):  # NumPy 2
    ATTRIBUTES["mT"] = np.matrix_transpose


MOST_BRANCHES = 8  # of a container whose items are told apart by a key


class Parts(Control):
    """The part of the interpreter for attributes and items."""

    def expr_Attribute(self, node: Any) -> Value:
        return self.attribute(self.expression(node.value), node.attr, node)

    def attribute(self, owner: Value, name: str, node: Any) -> Value:
        if isinstance(owner, Choice):
            return self.on_each(owner, lambda v: self.attribute(v, name, node), node)
        if isinstance(owner, Conflict):
            raise owner.error(self.location(node))
        if isinstance(owner, Super):
            return self.super_attribute(owner, name, node)
        if isinstance(owner, Const) and not isinstance(owner.value, np.ndarray):
            hidden = self.hidden(owner, name)
            if hidden is not None:
                return hidden
            return self.constant_attribute(owner, name, node)
        if isinstance(owner, Pack) and owner.cls is not None and name in owner.cls._fields:
            return owner.items[owner.cls._fields.index(name)]
        if isinstance(owner, Pack) and owner.cls is not None and name in ("_replace", "_asdict"):
            return NumpyMethod(owner, name)
        if isinstance(owner, Pack) and owner.cls is not None:
            return self.pack_attribute(owner, name, node)
        if isinstance(owner, Box) and owner.kind == "object":
            return self.object_attribute(owner, name, node)
        if isinstance(owner, Closure) and name in ("__name__", "__qualname__"):
            return Const(owner.name)
        if isinstance(owner, SliceValue) and name in ("start", "stop", "step"):
            return getattr(owner, name)
        kind = self.type_of(owner)
        if isinstance(kind, (ty.Number, ty.Array)) or kind == ty.UNKNOWN:
            return self.array_attribute(owner, name, node)
        return NumpyMethod(owner, name)

    def constant_attribute(self, owner: Const, name: str, node: Any) -> Value:
        if not isinstance(owner.value, (types.ModuleType, type)):
            found = inspect.getattr_static(type(owner.value), name, None)
            if isinstance(found, property) and registry.lookup(found.fget) is not None:
                return self.call(Const(found.fget), [owner], {}, node)
        try:
            value = getattr(owner.value, name)
        except AttributeError as error:
            raise self.unsupported(str(error), "check the spelling", node) from error
        origin = owner.origin.attribute(name) if owner.origin is not None else None
        if not isinstance(owner.value, (int, float, complex, str, np.dtype)):
            self.guards.attribute(owner.value, name, value)
        plain = isinstance(owner.value, (int, float, complex, str)) and not isinstance(owner.value, enum.Enum)
        if plain and origin is None:
            return NumpyMethod(owner, name) if callable(value) else Const(value)
        return self.global_value(Const(value, origin))

    def array_attribute(self, owner: Value, name: str, node: Any) -> Value:
        if name in ("shape", "ndim", "size", "dtype"):
            return self.geometry(owner, name, node)
        if name == "flat":
            return self.call(Const(np.reshape), [owner, Const(-1)], {}, node)
        function = ATTRIBUTES.get(name)
        if function is not None:
            return self.apply(registry.entry(function), [self.operand(owner, node)], node)
        unknown = self.type_of(owner) == ty.UNKNOWN and not hasattr(np.ndarray, name)
        if unknown and not hasattr(self, f"method_{name}"):
            reason = f"what this is is known only when the program runs, and so is its attribute {name}"
            raise self.unsupported(reason, "keep numbers, arrays or objects made in the program", node)
        return NumpyMethod(owner, name)

    def geometry(self, owner: Value, name: str, node: Any) -> Value:
        """shape, ndim, size, dtype: they do not depend on the version, and are often known."""
        kind = self.type_of(owner)
        x = self.anchor(owner, node)
        if name == "dtype" and ty.dtype_of(kind) is not None:
            return Const(ty.dtype_of(kind))
        if name == "dtype":
            return self.attribute_of(x, "dtype", ty.Object(np.dtype))
        rank = ty.rank(kind)
        if name == "ndim" and rank is not None:
            return Const(rank)
        if rank is not None and name == "shape":
            lengths = () if rank == 0 else kind.shape
            if all(isinstance(n, int) for n in lengths):
                return Pack(tuple(Const(n) for n in lengths))
        if name == "size" and rank is not None:
            lengths = () if rank == 0 else kind.shape
            if all(isinstance(n, int) for n in lengths):
                return Const(int(np.prod(lengths, dtype=int)))
        function = {"shape": np.shape, "ndim": np.ndim, "size": np.size}[name]
        key = (name, x)
        if key in self.lengths and self.visible(self.lengths[key]):
            out = self.lengths[key]
        else:
            out = self.builder.emit(registry.entry(function), [x], self.geometry_type(kind, name))
            self.lengths[key] = out
        if name != "shape" or rank is None:
            return out
        items = []
        for k, n in enumerate(kind.shape):
            length = ty.Number(ty.INT.dtype, True, n)
            items.append(
                Const(n) if isinstance(n, int) else self.builder.emit(self.getitem, [out, Const(k)], length)
            )
        pack = Pack(tuple(items))
        self.whole[pack] = out
        return pack

    def anchor(self, owner: Value, node: Any) -> Operand:
        """A variable with the shape of an array; any version will do, so that it is asked for only once."""
        if isinstance(owner, Var) and not (owner in self.views and self.views[owner].version is None):
            return owner
        return self.operand(owner, node)

    def geometry_type(self, kind: ty.Type, name: str) -> ty.Type:
        if name != "shape":
            return ty.INT
        rank = ty.rank(kind)
        if rank is None:
            return ty.UNKNOWN
        return ty.Tuple(tuple(ty.Number(ty.INT.dtype, True, n) for n in (kind.shape if rank else ())))

    def visible(self, var: Var) -> bool:
        """Is a remembered variable defined in the block under construction itself?"""
        return bool(self.builder.block.ops) and any(var in op.outs for op in self.builder.block.ops[-8:])

    def on_each(self, choice: Choice, do: Callable[[Value], Value | None], node: Any) -> Value:
        """What is done to one of two things, as a condition says: to each on its path."""
        sides = (lambda v=v: (FALLS, do(v)) for v in (choice.left, choice.right))
        return self.either(choice.test, *sides, node)

    def settled(self, choice: Choice, node: Any) -> Value:
        """One list, dict or object in place of one of two: a copy, so that none of them may be written to."""

        def copy(value: Value) -> Value:
            if not isinstance(value, Box):
                return self.settled(value, node) if isinstance(value, Choice) else value
            box = value.another()
            self.state.heap[box] = self.state.heap[value]
            self.freeze(value, choice.reason)
            return box

        made = self.on_each(choice, copy, node)
        self.freeze(made, choice.reason)
        return made

    def expr_Subscript(self, node: Any) -> Value:
        base, key = self.expression(node.value), self.expression(node.slice)
        item = lambda: self.item(base, key, node)  # noqa: E731
        return self.foreseen(operator.getitem, [base, key], item, node)

    def expr_Slice(self, node: Any) -> Value:
        parts = [NOTHING if p is None else self.expression(p) for p in (node.lower, node.upper, node.step)]
        return SliceValue(*parts)

    def item(self, base: Value, key: Value, node: Any) -> Value:
        """`base[key]`."""
        if isinstance(base, Choice):
            return self.on_each(base, lambda v: self.item(v, key, node), node)
        method = self.special(base, "__getitem__") if self.may_be_object(base) else None
        if method is not None:
            return self.call(method, [key], {}, node)
        if isinstance(base, Pack) or isinstance(base, Box) and not isinstance(self.state.heap[base], Run):
            found = self.known_item(base, key, node)
            if found is None and self.unrolling:
                found = self.item_by_branches(base, key, node)
            if found is not None:
                return found
        if isinstance(base, Const) and not isinstance(base.value, np.ndarray):
            operand = self.operand(key, node)
            if isinstance(operand, Const):
                return self.global_value(Const(base.value[operand.value]))
        if isinstance(base, Sequence) and base.kind == "range":
            return self.item_of_range(base, key, node)
        if isinstance(base, Sequence):
            return self.sequence_item(base, self.operand(key, node), node)
        run_time = isinstance(base, Box) and base.kind == "list"
        if isinstance(key, SliceValue) and self.is_open(base) and key.step in (None, NOTHING):
            return self.quietly(library.part_of, [base, key.start or NOTHING, key.stop or NOTHING], node)
        if run_time and isinstance(key, SliceValue):
            raise self.needs_items("a slice is taken of", node)
        x, index = self.operand(base, node), self.operand(key, node)
        known = fold(self.getitem, [x, index])
        if known is not None:
            return self.constant(known)
        parts = self.index_parts(key)
        kind = shapes.index_type(x.type, parts)
        out = self.builder.emit(self.getitem, [x, index], kind, None, None, self.location(node))
        if isinstance(x, Var) and ty.is_mutable(kind) and self.is_basic(parts):
            owner = self.owner.get(x, x)
            if x.type == ty.UNKNOWN:
                self.may_alias(out, owner)
            else:
                self.register_view(out, owner, self.getitem, [index])
                if owner in self.views and not isinstance(x.type, ty.Array):  # one of several views
                    self.register_view(out, out, self.getitem, [Const(Ellipsis)])
                for array in self.arrays_in(base):  # it is one of these
                    self.may_alias(out, array)
        value = self.value(out)
        self.copied_from(base, value)
        return value

    def item_of_range(self, base: Sequence, key: Value, node: Any) -> Value:
        """`range(...)[key]`: a number, or a range again."""
        made = [self.operand(p, node) for p in base.parts]
        index = self.operand(key, node)
        if is_static(index) and all(map(is_static, made)):
            with suppress(IndexError):  # raised when run
                return self.constant(Const(range(*(p.value for p in made))[index.value]))
        if not isinstance(key, SliceValue):  # counted from either end, as is known when the program runs
            run = self.builder.emit(registry.entry(range), made, ty.Object(range))
            return self.builder.emit(self.getitem, [run, index], ty.INT, None, None, self.location(node))
        bounds = index.value if is_static(index) else None
        if bounds == slice(None, None, -1):
            return self.reversed_(base, node)
        first = bounds.start or 0 if bounds is not None else -1
        if first >= 0 and bounds.stop is None and bounds.step in (None, 1):
            start, stop, step = base.parts
            left_out = self.binary(operator.mul, Const(first), step, node)
            return Sequence("range", (self.binary(operator.add, start, left_out, node), stop, step))
        raise self.unsupported(
            "this part of a range is known only when the program runs", "give its bounds to range", node
        )

    def item_by_branches(self, base: Any, key: Value, node: Any) -> Value | None:
        """One of a few lists, dicts, objects or arrays, as a key says that is known when the program runs.
        What is done to it is done to each, on its path."""
        values = base.items if isinstance(base, Pack) else self.state.heap[base].values
        items = list(values.values() if isinstance(values, dict) else values)
        shared = all(isinstance(v, (Box, Choice)) for v in items)
        if not 1 < len(items) <= MOST_BRANCHES or isinstance(key, SliceValue):
            return None
        if not shared and not all(isinstance(v, Var) and ty.is_mutable(v.type) for v in items):
            return None
        place = self.place_of_key(values, key, node)
        found = items[-1]
        for k, item in reversed(list(enumerate(items[:-1]))):
            test = self.operand(self.apply(registry.entry(operator.eq), [place, Const(k)], node))
            if shared:
                found = Choice("which item this is depends on a key", test=test, left=item, right=found)
            else:
                sides = (lambda v=v: (FALLS, v) for v in (item, found))
                found = self.either(test, *sides, node)
        return found

    def place_of_key(self, values: Any, key: Value, node: Any) -> Operand:
        """The number of the item that a key stands for; it fails when run if there is none."""
        if isinstance(values, dict):
            places: Value = self.new_dict({name: Const(k) for k, name in enumerate(values)})
        else:
            places = self.new_list([Const(k) for k in range(len(values))])
        return self.operand(self.item(places, key, node))

    def copied_from(self, base: Value, item: Value) -> None:
        """An item found at run time is a copy as far as the list of operations goes: neither it nor what it
        may be a copy of must change any more."""
        if isinstance(base, (Box, Pack)):
            self.freeze(item)
            if isinstance(item, (Box, Pack)):
                for v in held_in(base if isinstance(base, Pack) else self.state.heap[base]):
                    self.freeze(v)

    def index_parts(self, key: Value) -> list[Any]:
        """The parts of an index, for its type: slices with run-time bounds taken apart."""
        values = key.items if isinstance(key, Pack) else (key,)
        parts: list[Any] = []
        for v in values:
            if isinstance(v, SliceValue):
                bounds = [self.operand(p) for p in (v.start, v.stop, v.step)]
                known = all(map(is_static, bounds))
                parts.append(
                    Const(slice(*(b.value for b in bounds)))
                    if known
                    else shapes.SliceParts(*map(self.builder.integer, bounds))
                )
            else:
                parts.append(self.operand(v))
        return parts

    def is_basic(self, parts: list[Any]) -> bool:
        """Integers, slices, None and Ellipsis: the indices that give a view."""
        for p in parts:
            if (
                isinstance(p, shapes.SliceParts)
                or isinstance(p, Const)
                and (p.value is None or p.value is Ellipsis)
            ):
                continue
            if isinstance(p, Const) and isinstance(p.value, slice):
                continue
            if isinstance(p.type, ty.Number) and p.type.dtype is not None and p.type.dtype.kind in "iu":
                continue
            if isinstance(p.type, (ty.Slice, ty.Object)):
                continue
            return False
        return True

    def known_item(self, base: Value, key: Value, node: Any) -> Value | None:
        """An item of a container of known structure, when the key is known too."""
        values: Any = base.items if isinstance(base, Pack) else self.state.heap[base].values
        if isinstance(key, SliceValue) and not isinstance(values, dict):
            index = self.operand(key, node)
            if isinstance(index, Const):
                return (
                    Pack(values[index.value])
                    if isinstance(base, Pack)
                    else self.new_list(list(values[index.value]))
                )
        own = is_own_key(key) and isinstance(values, dict)
        if isinstance(key, Pack) and not own:
            folded = self.operand(key, node)
            key = folded if isinstance(folded, Const) else key
        if not isinstance(key, Const) and not own:
            if isinstance(base, Box) and base.kind == "dict" and base.extra is not None:
                self.key_of(key, node, "the key of a dict that makes what is missing")
            return None
        wanted = key if own else key.value  # type: ignore[union-attr]
        if (
            isinstance(base, Box)
            and base.kind == "dict"
            and base.extra is not None
            and wanted not in values
        ):
            self.writable(base, node)
            made = self.call(base.extra, [], {}, node)  # a defaultdict
            self.state.heap[base] = Fields({**values, wanted: made})
            return made
        try:
            return values[wanted]
        except (IndexError, KeyError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}"
            cure = "this line would fail when run"
            raise self.failure(type(error), reason, cure, node, *error.args) from error

    def failure(self, cls: type[Exception], reason: str, cure: str, node: Any, *given: Any) -> Exception:
        raise NotImplementedError

    def known_items(self, value: Value, node: Any) -> list[Value]:
        """All items of something whose length is known."""
        raise NotImplementedError
