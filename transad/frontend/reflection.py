"""Builtins that ask for classes and attributes, `dataclasses`, `copy`, and functions that make functions."""

from __future__ import annotations

import copy
import dataclasses
import functools
import operator
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from transad.frontend import library
from transad.frontend.arraymethods import number_classes
from transad.frontend.handlers import handles
from transad.frontend.syntax import parameter_names
from transad.frontend.values import (
    NOTHING,
    Box,
    Closure,
    Fields,
    Items,
    Method,
    NumpyMethod,
    Pack,
    Pullback,
    Super,
    Transformed,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const
from transad.rules import registry

if TYPE_CHECKING:
    from transad.frontend.builtins import Builtins


@handles(isinstance)
def _isinstance(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    wanted = args[1]
    classes = (
        tuple(i.known(c, node, "a class") for c in wanted.items)
        if isinstance(wanted, Pack)
        else i.known(wanted, node, "a class")
    )
    kind = i.type_of(args[0])
    measured = isinstance(kind, (ty.Number, ty.Array))
    known = number_classes(kind) if measured else [i.python_class(args[0])]
    answers = {None if cls is None else issubclass(cls, classes) for cls in known}
    if measured and len(answers) > 1 and isinstance(wanted, Const):
        return i.apply(registry.entry(isinstance), [i.operand(args[0], node), wanted], node)
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
        else isinstance(value, (Closure, Method, NumpyMethod, Pullback, Transformed))
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
        i.must_be_sure(i.state.heap[owner].values[name], name, None)
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


@handles(object.__setattr__)
def _object_setattr(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    owner, name = args[0], i.known(args[1], node, "the name of an attribute")
    if not isinstance(owner, Box) or owner.kind != "object":
        return i.store_attribute(owner, name, args[2], node) or NOTHING
    i.writable(owner, node)
    i.set_field(owner, name, args[2])
    return NOTHING


@handles(object.__new__)
def _object_new(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.new_object(i.known(args[0], node, "a class"), {})


@handles(type.__call__)
def _type_call(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return i.instance(i.known(args[0], node, "a class"), args[1:], kwargs, node)


@handles(vars)
def _vars(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return i.attribute(args[0], "__dict__", node) if args else None


@handles(delattr)
def _delattr(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    i.delete_attribute(args[0], i.known(args[1], node, "the name of an attribute"), node)
    return NOTHING


@handles(library.dispatched)
def _dispatched(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    function, owner, value, *rest = args
    chosen = i.dispatched(i.known(function, node, "a function"), value, node)
    return i.call(chosen, [owner, value, *rest], kwargs, node)


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
    return plain_copy(i, args[0], lambda fields: i.new_dict(fields), node)


@handles(dataclasses.astuple)
def _astuple(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return plain_copy(i, args[0], lambda fields: Pack(tuple(fields.values())), node)


def plain_copy(i: Builtins, value: Value, made_of: Callable[[dict[str, Value]], Value], node: Any) -> Value:
    """A copy of a structure with something made of its fields in place of each dataclass in it."""
    inner = lambda v: plain_copy(i, v, made_of, node)  # noqa: E731
    cls = i.python_class(value)
    if dataclasses.is_dataclass(cls):
        return made_of({f.name: inner(i.attribute(value, f.name, node)) for f in dataclasses.fields(cls)})
    if isinstance(value, Pack):
        return Pack(tuple(map(inner, value.items)), value.cls)
    contents = i.state.heap[value] if isinstance(value, Box) else None
    if isinstance(contents, Items):
        return i.new_list(list(map(inner, contents.values)))
    if isinstance(contents, Fields) and i.is_dict(value):
        return i.new_dict({k: inner(v) for k, v in contents.values.items()})
    return i.copied(value, True, node)


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
