"""Names outside the function: globals, closures, builtins, as Python finds them when it runs.

What was found is compiled into the derivative, so it is also *guarded*: before a compiled derivative
runs again, every global and closure variable it was built on must still be the same object (and, for
lists and dicts, hold the same contents).
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from transad.errors import UnsupportedError
from transad.ir.core import Const, Location, Origin


class Guards:
    """The outside names a compilation relied on."""

    def __init__(self) -> None:
        self.names: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self.containers: dict[int, tuple[Any, Any]] = {}
        self.attributes: dict[tuple[int, str], tuple[Any, str, Any]] = {}

    def name(self, namespace: Any, name: str, value: Any) -> None:
        self.names.setdefault((id(namespace), name), (namespace, name, value))

    def contents(self, const: Const) -> None:
        """Rely on what a global list or dict holds."""
        self.containers.setdefault(id(const.value), (const.value, snapshot(const.value)))

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Rely on an attribute of an object."""
        self.attributes.setdefault((id(owner), name), (owner, name, value))

    def hold(self) -> bool:
        """Is everything still as it was?"""
        for namespace, name, value in self.names.values():
            if current(namespace, name) is not value:
                return False
        for owner, name, value in self.attributes.values():
            now = getattr(owner, name, _MISSING)
            if now is not value and now != value:
                return False
        return all(snapshot(container) == before for container, before in self.containers.values())


_MISSING = object()


def current(namespace: Any, name: str) -> Any:
    """What a guarded name is bound to now. The namespace is a dict of globals or a closure cell."""
    if isinstance(namespace, dict):
        found = namespace.get(name, _MISSING)
        return getattr(builtins, name, _MISSING) if found is _MISSING else found
    try:
        return namespace.cell_contents
    except ValueError:
        return _MISSING


def snapshot(value: Any) -> Any:
    """Something that compares unequal when the contents of a container changed."""
    if isinstance(value, dict):
        return ("dict", tuple((k, snapshot(v)) for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return (type(value), tuple(map(snapshot, value)))
    if isinstance(value, (int, float, complex, str, bool, type(None))):
        return (type(value), repr(value))
    if isinstance(value, np.ndarray):
        return (id(value), value.dtype.str, value.shape)
    return id(value)


def resolve_global(frame: Any, name: str, loc: Location | None, guards: Guards) -> Const:
    """The object a free name refers to, with how it was reached."""
    while frame is not None:
        if name in frame.cells:
            return _guarded(frame.cells[name], name, loc, guards)
        if frame.parent is None:
            break
        frame = frame.parent
    return _guarded(frame.namespace, name, loc, guards)


def _guarded(namespace: Any, name: str, loc: Location | None, guards: Guards) -> Const:
    value = current(namespace, name)
    if value is _MISSING:
        raise UnsupportedError(f"name {name} is not defined", "define it before calling the derivative", loc)
    guards.name(namespace, name, value)
    return Const(value, Origin(namespace, (name,)))
