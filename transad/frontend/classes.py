"""Class statements inside the function: a class is made when the statement is interpreted.

It is a real class, so that attributes, bases, properties and dataclasses are found in it as Python finds
them; only its functions are not the real ones. In place of each stands a function without a body that the
interpreter knows as the closure of that method, with the variables of the function around it. What is
computed by the class statement, and what is written to the class later, lives in the box of the class.
"""

from __future__ import annotations

import abc
import ast
import dataclasses
import enum
import functools
import inspect
import types
import typing
from typing import TYPE_CHECKING, Any

import gast

from transad.frontend.control import FALLS
from transad.frontend.handlers import handles
from transad.frontend.objects import Objects, is_of_user
from transad.frontend.syntax import facts
from transad.frontend.values import Box, Closure, Frame, Method, Pack, Value
from transad.ir.core import Const

if TYPE_CHECKING:
    from transad.frontend.builtins import Builtins

COMPUTED = object()  # in place of a class attribute that is in the box of the class


class Classes(Objects):
    """The part of the interpreter for class statements."""

    def stmt_ClassDef(self, node: Any) -> None:
        bases = [self.known(b, node, "a base class") for b in self.several(node.bases)]
        keywords = {k.arg: self.known(self.expression(k.value), k, "a class") for k in node.keywords}
        decorators = [self.expression(d) for d in node.decorator_list]
        around = Frame(node.name, frozenset(), self.frame, self.frame.namespace, dict(self.frame.cells))
        around.captured = self.frame.captured = True
        names = self.class_body(node, around)
        attributes: dict[str, Any] = {
            "__module__": self.frame.namespace.get("__name__"),
            "__qualname__": node.name,
        }
        attributes["__annotations__"] = {
            s.target.id: ast.unparse(gast.gast_to_ast(s.annotation))
            for s in node.body
            if isinstance(s, gast.AnnAssign) and isinstance(s.target, gast.Name)
        }
        attributes.update((name, self.attribute_of_class(value, node)) for name, value in names.items())
        made = self.new_class(node, bases, keywords, attributes)
        around.cells["__class__"] = types.CellType(made)
        for name, value in names.items():
            if attributes[name] is COMPUTED:
                self.store_attribute(Const(made), name, value, node)
        result: Value = Const(made)
        for decorator in reversed(decorators):
            result = self.call(decorator, [result], {}, node)
        self.bind(node.name, result)

    def class_body(self, node: Any, around: Frame) -> dict[str, Value]:
        """The names that the body of a class statement binds; its functions do not see them."""
        found = facts(node)
        body = Frame(node.name, frozenset(found.assigned - found.outside), around, around.namespace, {})
        body.of_class = True
        self.state.frames[body] = {}
        outer, self.frame = self.frame, body
        try:
            if self.statements(node.body) != FALLS:
                raise self.unsupported("the body of this class may be left early", "raise before it", node)
        finally:
            self.frame = outer
        return self.state.frames.pop(body)

    def attribute_of_class(self, value: Value, node: Any) -> Any:
        """What stands in the real class for an attribute."""
        if isinstance(value, (Const, Closure)):
            return self.real(value)
        if isinstance(value, Pack) and all(isinstance(v, Const) for v in value.items):
            return tuple(map(self.real, value.items))
        if isinstance(value, Box) and any(
            hasattr(value.cls, n) for n in ("__get__", "__set__", "__set_name__")
        ):
            raise self.unsupported(
                "a descriptor is made in the body of a class inside the function", "move the class out", node
            )
        return COMPUTED

    def real(self, value: Value) -> Any:
        """A Python object for a constant or a function: for one defined here, a function without a body."""
        if isinstance(value, Const):
            return value.value
        assert isinstance(value, Closure)
        function = types.FunctionType(_without_body.__code__, {}, value.name)
        self.functions[function] = value
        return function

    def method_getter(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.property_with("getter", owner, args)

    def method_setter(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.property_with("setter", owner, args)

    def method_deleter(self, owner: Value, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return self.property_with("deleter", owner, args)

    def property_with(self, part: str, owner: Value, args: list[Value]) -> Value | None:
        if not (isinstance(owner, Const) and isinstance(owner.value, property)):
            return None
        return Const(getattr(owner.value, part)(*map(self.real, args)))

    def new_class(
        self, node: Any, bases: list[Any], keywords: dict[str, Any], attributes: dict[str, Any]
    ) -> type:
        for base in types.resolve_bases(bases):
            hook = inspect.getattr_static(base, "__init_subclass__", None)
            hook = getattr(hook, "__func__", hook)
            if isinstance(hook, types.FunctionType) and is_of_user(hook) or is_of_user(type(base)):
                raise self.unsupported(
                    f"{base.__name__} has code of its own that runs when a class is derived from it",
                    "move the class out of the function",
                    node,
                )

        def fill(space: Any) -> None:
            for name, value in attributes.items():  # one by one: an enumeration looks at each
                space[name] = value

        try:
            made = types.new_class(node.name, tuple(bases), keywords, fill)
        except Exception as error:
            raise self.unsupported(f"this class cannot be made: {error}", "see the message", node) from error
        self.guards.made.add(made)
        return made


def _without_body(*args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError("this function is interpreted, not called")


_MADE_BY_PYTHON = (
    property,
    staticmethod,
    classmethod,
    functools.cached_property,
    functools.partialmethod,
    functools.singledispatchmethod,
    functools.total_ordering,
    abc.abstractmethod,
    dataclasses.field,
    enum.auto,
    enum.unique,
    typing.final,
    typing.runtime_checkable,
)


def _made_by_python(fn: Any) -> Any:
    def make(i: Builtins, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value | None:
        if not all(isinstance(v, (Const, Closure)) for v in (*args, *kwargs.values())):
            return None
        return Const(fn(*map(i.real, args), **{k: i.real(v) for k, v in kwargs.items()}))

    return make


for _fn in _MADE_BY_PYTHON:
    handles(_fn)(_made_by_python(_fn))


@handles(dataclasses.dataclass)
def _dataclass(i: Builtins, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
    """`@dataclass`, also with options in parentheses."""
    if not args:
        return Method(Const(dataclasses.dataclass), (), kwargs)
    cls = i.known(args[0], node, "a class")
    computed = [
        name for name in cls.__dict__.get("__annotations__", ()) if getattr(cls, name, None) is COMPUTED
    ]
    if computed:
        raise i.unsupported(
            f"the default of {computed[0]} is computed by the function",
            "pass it where objects are made",
            node,
        )
    try:
        return Const(
            dataclasses.dataclass(cls, **{k: i.known(v, node, "an option") for k, v in kwargs.items()})
        )
    except (TypeError, ValueError) as error:
        raise i.unsupported(f"this class cannot be made: {error}", "see the message", node) from error
