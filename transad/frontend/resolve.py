"""Names outside the function: globals, closures, builtins, as Python finds them when it runs.

What was found is compiled into the derivative, so it is also *guarded*: before a compiled derivative
runs again, every global, closure variable and attribute it was built on must still be the same object,
every list or dict must hold the same things, every function that was read must have the same code.
"""

from __future__ import annotations

import builtins
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.errors import UnsupportedError
from transad.ir.core import Const, Location, Origin
from transad.rules import registry

MISSING = object()
_NUMBERS = (int, float, complex, bool, str, np.generic)


class Guards:
    """What a compilation found outside the functions it read.

    `facts` tells it in terms of the program, in the order of discovery: ("name", namespace, name, value)
    and ("attribute", owner, name, value). The check goes by tables made from the facts; nearly all of it
    is "this dict still has this object under this name".
    """

    def __init__(self) -> None:
        self.facts: list[tuple[str, Any, str, Any]] = []
        self.entries: list[tuple[Any, str, Any]] = []  # mapping.get(name) is value
        self.cells: list[tuple[Any, Any]] = []  # cell.cell_contents is value
        self.functions: list[tuple[Any, Any, Any, Any]] = []  # code and defaults are the same
        self.arrays: list[tuple[np.ndarray, Any, Any]] = []  # dtype and shape are the same
        self.containers: list[tuple[Any, Any]] = []  # a list, dict or tuple holds the same
        self.looked_up: list[tuple[Any, str, Any]] = []  # getattr(owner, name) is value
        self.laid_out = False  # does what is done depend on which arguments are contiguous?
        self.generation = _generation()
        self.made: set[type] = set()  # classes that the compilation made for itself
        self._seen: dict[Any, Any] = {}
        self._reached: set[int] = set()

    # -- what is relied on

    def name(self, namespace: Any, name: str, value: Any) -> None:
        """Rely on a global (the namespace is a dict) or on a closure variable (it is a cell)."""
        if self._is_new("name", namespace, name):
            self.facts.append(("name", namespace, name, value))
            self._reached.add(id(value))
            self._array(value)
            if isinstance(namespace, dict):
                self._entry(name, namespace, vars(builtins))
            else:
                self.cells.append((namespace, value))

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Rely on an attribute of a module, class or object."""
        if isinstance(owner, types.ModuleType) and id(owner) not in self._reached:
            return  # by code of transad's own
        if isinstance(owner, property) or isinstance(owner, type) and owner in self.made:
            return  # nobody else can change it
        if not self._is_new("attribute", owner, name):
            return
        self.facts.append(("attribute", owner, name, value))
        self._reached.add(id(value))
        self._array(value)
        if isinstance(owner, types.ModuleType) and name in vars(owner):
            self._entry(name, vars(owner))
        elif type(owner) is type:
            self._entry(name, *map(vars, owner.__mro__))
        elif _is_plain(owner, name):
            self._entry(name, vars(owner), *map(vars, type(owner).__mro__))
        else:
            self.looked_up.append((owner, name, value))

    def contents(self, const: Const) -> None:
        """Rely on what a list, dict or tuple holds that a name or attribute led to."""
        if id(const.value) in self._reached:
            self.container(const.value)

    def container(self, value: Any) -> None:
        if self._is_new("container", value, ""):
            self.containers.append((value, snapshot(value)))

    def function(self, fn: types.FunctionType) -> None:
        """Rely on the source of a function and on its defaults."""
        if not self._is_new("function", fn, ""):
            return
        self.functions.append((fn, fn.__code__, fn.__defaults__, fn.__kwdefaults__))
        for default in (*(fn.__defaults__ or ()), *(fn.__kwdefaults__ or {}).values()):
            self._array(default)
            if isinstance(default, (list, dict, tuple)):
                self.container(default)

    def _is_new(self, kind: str, owner: Any, name: str) -> bool:
        key = (kind, id(owner), name)
        if key in self._seen:
            return False
        self._seen[key] = owner  # kept alive, or another object might get its id
        return True

    def _entry(self, name: str, *mappings: Any) -> None:
        """The name is in the first of the mappings that has it, and not in those before."""
        for mapping in mappings:
            value = mapping.get(name, MISSING)
            self.entries.append((mapping, name, value))
            if value is not MISSING:
                return

    def _array(self, value: Any) -> None:
        if isinstance(value, np.ndarray):
            self.arrays.append((value, value.dtype, value.shape))

    # -- whether it still holds

    def seal(self) -> Callable[[], bool]:
        """A test whether all is as it was, to be made before every run of the code.

        It is one expression of identities, as fast as Python can compare; where it fails, `hold` decides.
        """
        namespace: dict[str, Any] = {
            "MISSING": MISSING,
            "registry": registry,
            "rest": self._rest_holds,
            "contents_of": contents_of,
        }
        tests = [f"registry.GENERATION == {self.generation}"] if hasattr(registry, "GENERATION") else []

        def test(expression: str, *objects: Any) -> None:
            names = [f"x{len(namespace) + k}" for k in range(len(objects))]
            namespace.update(zip(names, objects))
            tests.append(expression.format(*names))

        for mapping, name, value in self.entries:
            test(f"{{}}({name!r}, MISSING) is {{}}", mapping.get, value)
        for fn, code, defaults, by_name in self.functions:
            test(
                "{0}.__code__ is {1} and {0}.__defaults__ is {2} and {0}.__kwdefaults__ is {3}",
                fn,
                code,
                defaults,
                by_name,
            )
        for cell, value in self.cells:
            test("contents_of({}) is {}", cell, value)
        if self.arrays or self.containers or self.looked_up:
            tests.append("rest()")
        return eval(f"lambda: {' and '.join(tests) or 'True'}", namespace)

    def hold(self) -> bool:
        """Is everything still as it was, or equal to it?"""
        for mapping, name, value in self.entries:
            if not _same(mapping.get(name, MISSING), value):
                return False
        for fn, *before in self.functions:
            if not all(map(operator.is_, (fn.__code__, fn.__defaults__, fn.__kwdefaults__), before)):
                return False
        if not all(_same(contents_of(cell), value) for cell, value in self.cells):
            return False
        return self._rest_holds() and self.generation == _generation()

    def _rest_holds(self) -> bool:
        for array, dtype, shape in self.arrays:
            if array.shape != shape or array.dtype != dtype:
                return False
        for value, before in self.containers:
            if not _unchanged(value, before):
                return False
        return all(_same(getattr(owner, name, MISSING), value) for owner, name, value in self.looked_up)


def _generation() -> int:
    """Grows whenever a derivative rule is registered."""
    return getattr(registry, "GENERATION", 0)


def _same(now: Any, before: Any) -> bool:
    """The same object, or an equal number, string or bound method."""
    if now is before:
        return True
    if type(now) is not type(before):
        return False
    if isinstance(now, types.MethodType):
        return now.__func__ is before.__func__ and now.__self__ is before.__self__
    return isinstance(now, _NUMBERS) and repr(now) == repr(before)


def _is_plain(owner: Any, name: str) -> bool:
    """Does an attribute come from the object's dict or from its class, with no code in between?"""
    cls = type(owner)
    if (
        cls.__getattribute__ is not object.__getattribute__
        or hasattr(cls, "__getattr__")
        or not hasattr(owner, "__dict__")
    ):
        return False
    found = next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)
    plain = isinstance(found, (types.FunctionType, classmethod, staticmethod)) or not hasattr(
        type(found), "__get__"
    )
    return plain or name in vars(owner) and not hasattr(type(found), "__set__")


def snapshot(value: Any) -> Any:
    """What a container holds, to be compared later: its own structure, and the very objects in it."""
    if isinstance(value, dict):
        return type(value), tuple((k, snapshot(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(snapshot, value))
    if isinstance(value, np.ndarray):
        return np.ndarray, value, value.dtype, value.shape
    return None, value


def _unchanged(value: Any, before: Any) -> bool:
    kind, items, *rest = before
    if kind is None:
        return _same(value, items)
    if kind is np.ndarray:
        return value is items and [value.dtype, value.shape] == rest
    if type(value) is not kind or len(value) != len(items):
        return False
    if isinstance(value, dict):
        return all(k == key and _unchanged(v, was) for (k, v), (key, was) in zip(value.items(), items))
    return all(map(_unchanged, value, items))


def current(namespace: Any, name: str) -> Any:
    """What a guarded name is bound to now. The namespace is a dict of globals or a closure cell."""
    if isinstance(namespace, dict):
        found = namespace.get(name, MISSING)
        return getattr(builtins, name, MISSING) if found is MISSING else found
    return contents_of(namespace)


def contents_of(cell: Any) -> Any:
    """What a closure cell holds; MISSING while it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def resolve_global(frame: Any, name: str, loc: Location | None, guards: Guards) -> Const:
    """The object a free name refers to, with how it was reached.

    What transad's own functions (derivative rules) refer to does not change, and is not guarded.
    """
    while name not in frame.cells and frame.parent is not None:
        frame = frame.parent
    namespace = frame.cells.get(name, frame.namespace)
    value = current(namespace, name)
    if value is MISSING:
        raise UnsupportedError(f"name {name} is not defined", "define it before calling the derivative", loc)
    if frame.namespace.get("__name__", "").partition(".")[0] != "transad":
        guards.name(namespace, name, value)
    return Const(value, Origin(namespace, (name,)))
