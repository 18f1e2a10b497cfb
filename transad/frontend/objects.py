"""Objects of the user's classes: made, read, written to, operated on.

An object made inside the function is a `Box` whose contents are its attributes. Its class is known, so
a method, property or operator is found as Python finds it (through the method resolution order) and its
source is followed like that of any function; `__init__` of a dataclass, which has no source, is done by
hand. An object from outside (a global, the `self` of a method) stays the constant that it is; the first
write to one of its attributes gives it a box too, which hides the attribute and leaves the object alone.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import sys
import types
import typing
from typing import Any

import numpy as np

from transad.frontend import library
from transad.frontend.handlers import HANDLERS
from transad.frontend.randomness import Randomness
from transad.frontend.values import (
    NOTHING,
    UNBOUND,
    Box,
    Choice,
    Closure,
    Fields,
    Method,
    NumpyMethod,
    Pack,
    Sometimes,
    Super,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Var
from transad.rules import registry

_PLAIN = (
    types.ModuleType,
    type,
    str,
    int,
    float,
    complex,
    np.ndarray,
    np.generic,
    np.dtype,
    tuple,
    list,
    dict,
)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.BuiltinMethodType)


class Objects(Randomness):
    """The part of the interpreter for objects."""

    # -- making them

    def construct(self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        cls = callee.value
        if isinstance(type(cls).__call__, types.FunctionType):  # of a metaclass
            return self.call(Const(type(cls).__call__), [callee, *args], kwargs, node)
        return self.instance(cls, args, kwargs, node)

    def instance(self, cls: type, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """What `type.__call__` gives."""
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self.named_tuple(cls, args, kwargs, node)
        if issubclass(cls, np.generic):
            return self.numpy_scalar(cls, args, node)
        if issubclass(cls, BaseException):
            exception = self.step(lambda: self.new_exception(cls, args, kwargs))
            if isinstance(cls.__init__, types.FunctionType):
                self.call(Const(cls.__init__), [exception, *args], kwargs, node)
            return exception
        if issubclass(cls, types.SimpleNamespace) and not args:
            return self.new_object(cls, kwargs)
        if issubclass(cls, enum.Enum) and all(isinstance(a, Const) for a in args):
            return self.constant(Const(cls(*(a.value for a in args))))  # type: ignore[union-attr]
        if typing.is_typeddict(cls):
            return self.call(Const(dict), args, kwargs, node)
        if isinstance(cls.__new__, types.FunctionType) and self.is_ordinary(cls):
            made = self.call(Const(cls.__new__), [Const(cls), *args], kwargs, node)
            if isinstance(made, Box) and made.cls is cls and isinstance(cls.__init__, types.FunctionType):
                self.call(Const(cls.__init__), [made, *args], kwargs, node)
            return made
        if not self.is_ordinary(cls):
            raise self.unsupported(
                f"objects of class {cls.__name__} cannot be made inside a differentiated function",
                "make it outside and pass it in, or use tuples, lists or dicts",
                node,
            )
        box = self.step(lambda: self.new_object(cls, {}))
        if dataclasses.is_dataclass(cls) and "__init__" in vars(cls) and not self.has_source(cls.__init__):
            self.fill_dataclass(box, args, kwargs, node)
        elif isinstance(cls.__init__, types.FunctionType):
            self.call(Const(cls.__init__), [box, *args], kwargs, node)
        elif args or kwargs:
            raise self.unsupported(f"{cls.__name__}() takes no arguments", "drop them", node)
        return box

    def new_contents(self, box: Box, contents: Fields) -> Value:
        self.state.heap[box] = contents
        return NOTHING

    def new_object(self, cls: type, fields: dict[str, Value]) -> Box:
        box = Box("object", cls)
        self.state.heap[box] = Fields(dict(fields))
        return box

    def is_ordinary(self, cls: type) -> bool:
        """Is an object of the class nothing but its attributes?"""
        bases = [c for c in cls.__mro__ if c is not object and c.__module__ not in ("abc", "typing")]
        plain = all(
            isinstance(
                vars(c).get("__init__", object.__init__), (types.FunctionType, types.WrapperDescriptorType)
            )
            for c in bases
        )
        python = all(c.__flags__ & 1 << 9 for c in bases)  # a heap type: defined by a class statement
        return (
            plain
            and python
            and (cls.__new__ is object.__new__ or isinstance(cls.__new__, types.FunctionType))
            and not issubclass(cls, (int, float, complex, str, tuple, list, dict))
        )

    def has_source(self, fn: Any) -> bool:
        return isinstance(fn, types.FunctionType) and not fn.__code__.co_filename.startswith("<string>")

    def named_tuple(self, cls: type, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        items = dict(zip(cls._fields, args))  # type: ignore[attr-defined]
        items.update(kwargs)
        items = {**{k: self.unfold(v) for k, v in cls._field_defaults.items()}, **items}  # type: ignore[attr-defined]
        missing = [name for name in cls._fields if name not in items]  # type: ignore[attr-defined]
        if missing:
            raise self.unsupported(f"{cls.__name__}() misses the argument {missing[0]}", "pass it", node)
        return Pack(tuple(items[name] for name in cls._fields), cls)  # type: ignore[attr-defined]

    def numpy_scalar(self, cls: type, args: list[Value], node: Any) -> Value:
        """`np.float64(x)`: of a constant the constant, of an array or list an array."""
        value = args[0] if args else Const(0)
        if isinstance(value, Const):
            return Const(cls(value.value))
        kind = self.type_of(value)
        if isinstance(kind, ty.Number) or isinstance(kind, ty.Array) and kind.shape == ():
            return self.apply(registry.entry(cls), [self.operand(value, node)], node)
        if isinstance(kind, ty.Array) or kind == ty.UNKNOWN:
            return self.call(Const(np.ndarray.astype), [value, Const(np.dtype(cls))], {}, node)
        return self.call(Const(np.array), [value, Const(np.dtype(cls))], {}, node)

    def fill_dataclass(self, box: Box, args: list[Value], kwargs: dict[str, Value], node: Any) -> None:
        """What the generated `__init__` does."""
        cls: Any = box.cls
        try:
            bound = inspect.signature(cls.__init__).bind(box, *args, **kwargs).arguments
        except TypeError as error:
            raise self.unsupported(f"{cls.__name__}() {error}", "check the arguments", node) from error
        values: dict[str, Value] = {}
        once: list[Value] = []  # for __post_init__ alone
        for field in cls.__dataclass_fields__.values():
            if field._field_type is dataclasses._FIELD_CLASSVAR:  # type: ignore[attr-defined]
                continue
            if field._field_type is dataclasses._FIELD_INITVAR:  # type: ignore[attr-defined]
                once.append(bound[field.name] if field.name in bound else self.unfold(field.default))
            elif field.name in bound:
                values[field.name] = self.once(bound[field.name])
            elif field.default is not dataclasses.MISSING:
                values[field.name] = self.unfold(field.default)
            elif field.default_factory is not dataclasses.MISSING:
                values[field.name] = self.call(Const(field.default_factory), [], {}, node)
        self.step(lambda: self.new_contents(box, Fields(values)))
        if hasattr(cls, "__post_init__"):
            self.call(Const(cls.__post_init__), [box, *once], {}, node)

    # -- their attributes

    def object_attribute(self, owner: Box, name: str, node: Any, default: Value | None = None) -> Value:
        """`owner.name`, found as Python does: data descriptors, the object, its class, `__getattr__`."""
        cls = owner.cls or object
        if isinstance(cls.__getattribute__, types.FunctionType):
            reason = f"{cls.__name__} has a __getattribute__ of its own"
            raise self.unsupported(reason, "use __getattr__", node)
        found = inspect.getattr_static(cls, name, None)
        if isinstance(found, property):
            return self.call(Const(found.fget), [owner], {}, node)
        if name == "__dict__" and owner.outside is None:
            attributes = Box("dict")
            attributes.shown = owner
            return attributes
        if hasattr(type(found), "__set__") and isinstance(type(found).__get__, types.FunctionType):
            return self.call(Const(type(found).__get__), [Const(found), owner, Const(cls)], {}, node)
        fields = self.state.heap[owner]
        value = fields.values.get(name) if isinstance(fields, Fields) else None
        if value is not None and value is not UNBOUND:
            if self.handler_of(AttributeError)[0] is not None:
                self.must_be_sure(value, name, node)
            return value
        if owner.outside is not None and not isinstance(found, _FUNCTIONS):
            return self.constant_attribute(self.outer_constant(owner), name, node)
        if found is not None and not isinstance(found, types.MemberDescriptorType):
            return self.class_attribute(cls, owner, name, found, node)
        if name == "__class__":
            return Const(cls)
        hook = inspect.getattr_static(cls, "__getattr__", None)
        if isinstance(hook, types.FunctionType):
            return self.call(Const(hook), [owner, Const(name)], {}, node)
        if default is not None:
            return default
        reason = f"the {cls.__name__} has no attribute {name} here"
        told = f"{cls.__name__!r} object has no attribute {name!r}"
        raise self.failure(AttributeError, reason, "set it on every path that leads here", node, told)

    def must_be_sure(self, value: Value, name: str, node: Any) -> None:
        """Refuse where the program asks whether an object has an attribute that some paths set."""
        if isinstance(value, Sometimes):
            raise value.error(self.location(node))
        if value in self.unsure:
            reason = f"whether the object has the attribute {name} depends on the path taken"
            raise self.unsupported(reason, "set it on every path, to None on some", node)

    def outer_constant(self, owner: Box) -> Const:
        return Const(owner.outside)

    def class_attribute(self, cls: type, owner: Value, name: str, found: Any, node: Any) -> Value:
        """What a class gives for a name: a method bound to the owner, or a value they all share."""
        if isinstance(getattr(type(found), "__get__", None), types.FunctionType) and is_of_user(type(found)):
            return self.call(Const(type(found).__get__), [Const(found), owner, Const(cls)], {}, node)
        hidden = self.hidden(Const(cls), name)
        if hidden is not None:
            return hidden
        self.guards.attribute(cls, name, getattr(cls, name))
        if isinstance(found, staticmethod):
            return Const(found.__func__)
        if isinstance(found, classmethod):
            return Method(Const(found.__func__), (Const(cls),))
        if isinstance(found, functools.cached_property):
            value = self.call(Const(found.func), [owner], {}, node)
            self.set_field(self.outside_box(owner, node) if isinstance(owner, Const) else owner, name, value)
            return value
        if isinstance(found, types.FunctionType) or hasattr(type(found), "_transad_kind"):
            return Method(Const(found), (owner,))
        if isinstance(found, functools.singledispatchmethod):
            return Method(Const(library.dispatched), (Const(found.dispatcher), owner))
        if isinstance(found, functools.partialmethod):
            given = tuple(map(self.unfold, found.args))
            named = {k: self.unfold(v) for k, v in found.keywords.items()}
            return Method(Const(found.func), (owner, *given), named)
        if hasattr(type(found), "__get__"):
            raise self.unsupported(
                f"the attribute {name} is a descriptor", "use a method or a property", node
            )
        return self.global_value(Const(found))

    def pack_attribute(self, owner: Pack, name: str, node: Any) -> Value:
        """A method or class attribute of a named tuple."""
        cls: Any = owner.cls
        found = inspect.getattr_static(cls, name, None)
        if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
            return self.call(Const(found.fget), [owner], {}, node)
        if isinstance(found, (types.FunctionType, staticmethod, classmethod)) or name == "_fields":
            return self.class_attribute(cls, owner, name, found, node)
        return NumpyMethod(owner, name)

    def method__replace(self, owner: Pack, args: list[Value], kwargs: dict, node: Any) -> Value:
        return self.named_tuple(owner.cls, [], {**dict(zip(owner.cls._fields, owner.items)), **kwargs}, node)  # type: ignore[union-attr,arg-type]

    def method__asdict(self, owner: Pack, args: list[Value], kwargs: dict, node: Any) -> Value:
        return self.new_dict(dict(zip(owner.cls._fields, owner.items)))  # type: ignore[union-attr]

    def super_attribute(self, owner: Super, name: str, node: Any) -> Value:
        cls = owner.object.cls if isinstance(owner.object, Box) else owner.object.value
        instance = isinstance(owner.object, Box) or not isinstance(cls, type)
        cls = cls if isinstance(cls, type) else type(cls)
        if owner.after not in cls.__mro__:  # a class, in a method of its metaclass
            cls, instance = type(cls), True
        order = cls.__mro__
        for base in order[order.index(owner.after) + 1 :]:
            if name in vars(base):
                found = vars(base)[name]
                if isinstance(found, property):
                    return self.call(Const(found.fget), [owner.object], {}, node)
                if isinstance(found, types.WrapperDescriptorType):  # object.__init__ and the like
                    of_exception = name == "__init__" and issubclass(base, BaseException)
                    does = found if found in HANDLERS else _set_args if of_exception else _nothing
                    return Method(Const(does), (owner.object,))
                if name == "__new__" and found is object.__new__:
                    return Const(found)
                if name == "__init_subclass__":
                    return Method(Const(_nothing), ())
                if instance:
                    return self.class_attribute(base, owner.object, name, found, node)
                return self.class_attribute(base, Const(cls), name, found, node)
        raise self.unsupported(
            f"no class after {owner.after.__name__} has the attribute {name}", "check the name", node
        )

    def store_attribute(self, owner: Value, name: str, value: Value, node: Any) -> None:
        if isinstance(owner, Choice):
            self.on_each(owner, lambda v: self.store_attribute(v, name, value, node), node)
            return
        if isinstance(owner, Var) and isinstance(owner.type, ty.Array) and name in ("real", "imag"):
            part = registry.entry(np.real if name == "real" else np.imag)
            self.write(owner, self.operand(value, node), part, [], node)
            return
        if isinstance(owner, Const):
            owner = self.outside_box(owner, node)
        if not isinstance(owner, Box) or owner.kind != "object":
            cure = "write x = x.reshape(...)" if name == "shape" else "use a local name"
            raise self.unsupported(f"assignment to the attribute {name} is not supported here", cure, node
            )
        self.writable(owner, node)
        cls: Any = owner.cls
        found = inspect.getattr_static(cls, name, None)
        if isinstance(found, property):
            if found.fset is None:
                raise self.unsupported(f"the property {name} cannot be set", "give it a setter", node)
            self.call(Const(found.fset), [owner, value], {}, node)
            return
        if isinstance(getattr(type(found), "__set__", None), types.FunctionType):
            self.call(Const(type(found).__set__), [Const(found), owner, value], {}, node)
            return
        if dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            raise self.unsupported(
                f"{cls.__name__} is frozen", "make a changed copy with dataclasses.replace", node
            )
        if isinstance(cls.__setattr__, types.FunctionType):
            self.call(Const(cls.__setattr__), [owner, Const(name), value], {}, node)
            return
        self.set_field(owner, name, value)

    def delete_attribute(self, owner: Value, name: str, node: Any) -> None:
        """`del owner.name`."""
        if not isinstance(owner, Box) or owner.kind != "object" or owner.outside is not None:
            raise self.unsupported("del of an attribute of this is not supported", "set it to None", node)
        self.writable(owner, node)
        fields = dict(self.state.heap[owner].values)  # type: ignore[arg-type,union-attr]
        if isinstance(inspect.getattr_static(owner.cls, name, None), property) or name not in fields:
            raise self.failure(AttributeError, f"{name} cannot be deleted", "set it to None", node)
        del fields[name]
        self.state.heap[owner] = Fields(fields)

    def set_field(self, owner: Box, name: str, value: Value) -> None:
        self.state.heap[owner] = Fields({**self.state.heap[owner].values, name: value})

    def outside_box(self, owner: Const, node: Any) -> Box:
        """The box of an object (or class) from outside, for what is written to it."""
        value = owner.value
        if isinstance(value, _PLAIN) and not isinstance(value, type):
            raise self.unsupported(
                "assignment to an attribute of this is not supported", "use a local name", node
            )
        box = self.outside.get(id(value))
        if box is None:
            box = self.outside[id(value)] = Box("object", type(value), Fields({}), value)
        return box

    def hidden(self, owner: Const, name: str) -> Value | None:
        """An attribute of an outside object, or of a class or its bases, that the function has written to."""
        places = owner.value.__mro__ if isinstance(owner.value, type) else (owner.value,)
        for place in places:
            box = self.outside.get(id(place))
            fields = self.state.heap.get(box) if box is not None and box.kind == "object" else None
            if isinstance(fields, Fields) and name in fields.values:
                return fields.values[name]
            if isinstance(place, type) and name in vars(place):
                break
        return None

    def missing(self, box: Box, name: Any) -> Value:
        if box.outside is not None and hasattr(box.outside, name):
            return self.constant_attribute(self.outer_constant(box), name, None)
        found = inspect.getattr_static(box.cls, name, None)
        if box.outside is None and found is not None and not hasattr(type(found), "__set__"):
            return self.class_attribute(box.cls or object, box, name, found, None)
        return super().missing(box, name)

    # -- what operators and builtins do to them

    def special(self, value: Value, name: str) -> Value | None:
        """A method such as `__add__` that the class of an object defines in Python."""
        cls = None
        if isinstance(value, Box) and value.kind == "object":
            cls = value.cls
        elif isinstance(value, Const) and not isinstance(value.value, (*_PLAIN, *_FUNCTIONS)):
            cls = type(value.value)
        found = getattr(cls, name, None) if cls is not None else None
        if isinstance(found, types.FunctionType) and self.has_source(found):
            self.guards.attribute(cls, name, found)
            return Method(Const(found), (value,))
        return None

    def special_binary(self, symbol: str, left: Value, right: Value, node: Any) -> Value | None:
        """`left + right` by `__add__` of the left or `__radd__` of the right operand, if they have one."""
        ways = [(left, right, f"__{symbol}__"), (right, left, f"__r{symbol}__")]
        if self.refines(right, left, f"__r{symbol}__"):
            ways.reverse()
        for owner, other, name in ways:
            method = self.special(owner, name)
            if method is not None:
                if isinstance(self.type_of(other), ty.Array) and owner is right and not _goes_first(owner):
                    raise self.unsupported(
                        "an array is combined with an object", "put the object first", node
                    )
                result = self.call(method, [other], {}, node)
                if not (isinstance(result, Const) and result.value is NotImplemented):
                    return result
        return None

    def refines(self, right: Value, left: Value, name: str) -> bool:
        """Is the right operand of a subclass that has a reflected method of its own? It is asked first."""
        if not isinstance(right, (Box, Const)) or not isinstance(left, (Box, Const)):
            return False
        own, base = self.python_class(right), self.python_class(left)
        if own is None or base is None or own is base or not issubclass(own, base):
            return False
        return getattr(own, name, None) is not getattr(base, name, None)

    def dataclass_items(self, value: Value) -> Pack | None:
        """The fields of a dataclass as a tuple: what its generated methods compare."""
        if isinstance(value, Box) and value.kind == "object" and dataclasses.is_dataclass(value.cls):
            fields = self.state.heap[value]
            return Pack(tuple(fields.values[f.name] for f in dataclasses.fields(value.cls) if f.compare))
        return None


def _goes_first(owner: Value) -> bool:
    """Do arrays leave it to an object on their right what an operator does?"""
    cls = type(owner.value) if isinstance(owner, Const) else owner.cls  # type: ignore[union-attr]
    if hasattr(cls, "__array_ufunc__"):
        return cls.__array_ufunc__ is None
    return getattr(cls, "__array_priority__", 0.0) > 0.0


def is_of_user(cls: Any) -> bool:
    """A class or function of the user's, not of the standard library."""
    return cls.__module__.partition(".")[0] not in sys.stdlib_module_names


def _nothing(*args: Any, **kwargs: Any) -> None:
    """What `object.__init__` does."""


def _set_args(self: Any, *args: Any) -> None:
    """What the `__init__` of an exception does."""
    self.args = args


__all__ = ["NOTHING", "Closure", "Objects", "Var"]
