"""Methods of arrays and numbers that are not the NumPy function of the same name."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

from transad.frontend import library
from transad.frontend.sets import Sets
from transad.frontend.values import (
    NOTHING,
    Box,
    Fields,
    Items,
    Pack,
    Run,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Var


def number_classes(kind: ty.Number | ty.Array) -> list[type]:
    """The classes that a number, or what is one or an array, may be of, as far as types tell."""
    if isinstance(kind, ty.Array):
        return [*(number_classes(ty.Number(kind.dtype)) if kind.loose else []), np.ndarray]
    dtypes = [kind.dtype] if kind.dtype is not None else map(np.dtype, "?ilfdFD")
    classes: list[type] = []
    for dtype in dtypes:
        if kind.weak is not False and dtype.kind in _PLAIN:
            classes.append(_PLAIN[dtype.kind])
        if not kind.weak:
            classes.append(dtype.type)
    return classes


_PLAIN: dict[str, type] = {"b": bool, "i": int, "f": float, "c": complex}


class ArrayMethods(Sets):
    """The part of the interpreter for methods of arrays."""

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
        dtype = ty.dtype_of(self.type_of(owner))
        kinds = {"f": float, "i": int, "c": complex, "b": bool}
        if rank == len(args) or rank == 0 and len(args) == 1:
            x = owner if rank == 0 else self.item(owner, Pack(tuple(args)), node)
            if dtype is not None and dtype.kind in kinds:
                return self.call(Const(kinds[dtype.kind]), [x], {}, node)
            if args:
                return x
        return self.call(Const(np.ndarray.item), [owner, *args], kwargs, node)

    def sort_array(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not (isinstance(owner, Var) and isinstance(owner.type, ty.Array)):
            return None
        return self.rearranged(np.sort, owner, args, kwargs, node)

    def rearranged(self, fn: Any, owner: Var, args: list[Value], kwargs: dict, node: Any) -> Value:
        made = self.call(Const(fn), [owner, *args], kwargs, node)
        self.write(owner, self.operand(made, node), None, [], node)
        return NOTHING

    def method_partition(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not (isinstance(owner, Var) and isinstance(owner.type, ty.Array)):
            return None
        return self.rearranged(np.partition, owner, args, kwargs, node)

    def method_put(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if isinstance(owner, Box):
            return None
        names = {"indices": "ind", "values": "v"}
        return self.call(Const(np.put), [owner, *args], {names.get(k, k): v for k, v in kwargs.items()}, node)

    def in_place(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        """Methods that change the array, where the NumPy function of the same name does not."""
        if isinstance(owner, Box):
            return None
        raise self.unsupported(
            "this method changes the array in place", "use the function, and assign its result", node
        )

    method_resize = method_itemset = method_setfield = method_byteswap = in_place

    def method_compress(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.call(Const(np.compress), [args[0], owner, *args[1:]], kwargs, node)

    def method_clip(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        """The bounds may be left out."""
        if isinstance(owner, Box):
            return None
        given = dict(zip(("min", "max", "out"), args)) | kwargs
        bounds = [given.pop("min", NOTHING), given.pop("max", NOTHING)]
        return self.call(Const(np.clip), [owner, *bounds], given, node)

    def method_view(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not isinstance(self.type_of(owner), ty.Array):
            return None
        if args or kwargs:
            raise self.unsupported("a view of another type", "convert the numbers with .astype()", node)
        return self.item(owner, Const(Ellipsis), node)

    def method_fill(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not (isinstance(owner, Var) and isinstance(owner.type, ty.Array)):
            return None
        self.write(owner, self.operand(args[0], node), self.getitem, [Const(Ellipsis)], node)
        return NOTHING

    def method_flatten(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        if not isinstance(self.type_of(owner), (ty.Array, ty.Number)):
            return None
        return self.call(Const(np.copy), [self.call(Const(np.ravel), [owner, *args], kwargs, node)], {}, node)

    def method_conj(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        """A real array itself, no copy as from the function."""
        dtype = ty.dtype_of(self.type_of(owner))
        return owner if not args and not kwargs and dtype is not None and dtype.kind != "c" else None

    method_conjugate = method_conj

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
        if isinstance(value, Const) and isinstance(value.value, (str, bytes, frozenset, enum.Enum)):
            return value
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
        if isinstance(kind, (ty.Number, ty.Array)):
            classes = number_classes(kind)
            return classes[0] if len(classes) == 1 else None
        if isinstance(kind, ty.Tuple):
            return kind.cls or tuple
        simple = {ty.List: list, ty.Dict: dict, ty.NoneType: type(None), ty.Slice: slice}
        if type(kind) in simple:
            return simple[type(kind)]
        if isinstance(value, Const):
            return type(value.value)
        return kind.cls if isinstance(kind, ty.Object) else None
