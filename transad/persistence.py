"""Derivatives that an earlier process compiled.

A *question* is everything known before transforming: the operator, the function's own code, the types of
the arguments, the versions. What else the answer depended on is only known afterwards: helpers in other
modules, globals, closures, attributes. So the answer on disk carries a *manifest*: for each such fact, how
to reach the object from the function, and a description of the object. Whoever finds the answer goes the
same ways and compares descriptions; only if all agree is the answer one to the question.

Functions are described by their byte code, which is what runs (reading and parsing source is what takes
time), and line tables; numbers by value; arrays by dtype and shape, since code never depends on their
contents. What cannot be described is not kept on disk: then the next process transforms again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

from transad.arguments import PLAIN, Given, exact_key, layouts
from transad.backend import cache
from transad.backend.generate import Module
from transad.frontend.resolve import MISSING, Guards, current
from transad.ir import types as ty
from transad.rules import registry

_MOST_OBJECTS = 2000
_SCALARS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), slice, range)
_LIBRARIES = (
    "numpy",
    "math",
    "operator",
    "builtins",
    "scipy.special",
)  # of functions that do not know their module


class Undescribable(Exception):
    """An object that another process could not recognise."""


class Question:
    """The key, and the objects that it mentions: the ways to all others start from them."""

    def __init__(self, request: Any, given: Given, exact: bool):
        self.scribe = Scribe()
        parts = {
            "operator": [request.kind, repr(sorted(request.options.items())), request.name],
            "target": [request.level, request.jit, request.parallel],
            "function": self.scribe.describe(request.function),
            "closure": _closure(request.function),
            "arguments": [[name, how, self.scribe.argument(value)] for name, how, value in given],
            "lengths": repr(_lengths([v for _, _, v in given], {})),
            "exactly": repr(exact_key([v for _, _, v in given])) if exact else "",
            "layouts": layouts([value for _, _, value in given]),
            "rules": self.scribe.user_rules(),
        }
        self.key = cache.key(json.dumps(parts), _transad(), sys.version, np.__version__)


def ask(request: Any, given: Given, exact: bool = False) -> Question | None:
    """The question, if it can be put into words that another process understands."""
    try:
        return Question(request, given, exact)
    except Exception:  # describing runs code of the user's (attributes, hashes), which may do anything
        return None


def find(question: Question | None) -> tuple[Module, str, Guards, bool, Path] | None:
    """The answer found on disk: the module, its list, the guards for this process, `written`, the file."""
    entry = cache.load(question.key) if question is not None else None
    path = cache.module_path(entry) if entry is not None else None
    if question is None or entry is None or path is None:
        return None
    try:
        scribe = question.scribe.copy()  # the question itself stays as it is, if this is no answer
        guards = _revisit(scribe, entry.manifest)
        bound = {name: scribe.bound_to(how) for name, how in entry.manifest["bound"].items()}
        module = Module.parse(path.read_text(encoding="utf-8"), bound)
        return module, entry.manifest["ir"], guards, entry.manifest["written"], path
    except Exception:  # whatever is not in perfect order counts as not found
        return None


def keep(
    question: Question | None, path: Path, module: Module, ir: str, guards: Guards, written: bool
) -> None:
    """Leave an answer on disk, if all that it depends on can be described."""
    if question is None:
        return
    try:
        manifest = _manifest(question.scribe.copy(), guards, module)
    except Exception:
        return
    cache.store(question.key, cache.Entry(path.name, {**manifest, "ir": ir, "written": written}))


def _manifest(scribe: Scribe, guards: Guards, module: Module) -> dict[str, Any]:
    facts = []
    for kind, owner, name, value in guards.facts:
        way = scribe.way_to(kind, owner)
        facts.append([*way, name, scribe.describe(value)])
    return {
        "facts": facts,
        "layout": guards.laid_out,
        "functions": [scribe.index[id(fn)] for fn, *_ in guards.functions],
        "containers": [scribe.index[id(container)] for container, _ in guards.containers],
        "bound": {
            name: scribe.binding(v) for name, v in module.bound.items() if name not in module.imported_names()
        },
    }


def _revisit(scribe: Scribe, manifest: dict[str, Any]) -> Guards:
    """Go the ways of the manifest; the guards that the compilation would have made."""
    guards = Guards()
    guards.laid_out = manifest["layout"]
    for kind, number, cell, name, description in manifest["facts"]:
        owner = scribe.objects[number]
        if kind == "attribute":
            value = getattr(owner, name)
            guards.attribute(owner, name, value)
        else:
            namespace = _namespace(owner, cell)
            value = current(namespace, name)
            guards.name(namespace, name, value)
        if value is MISSING or scribe.describe(value) != description:
            raise Undescribable(name)
    for number in manifest["functions"]:
        guards.function(scribe.objects[number])
    for number in manifest["containers"]:
        guards.container(scribe.objects[number])
    return guards


def _namespace(owner: Any, cell: str | None) -> Any:
    """The globals of a function or module, or one of the cells of its closure."""
    if cell is None:
        return vars(owner) if isinstance(owner, types.ModuleType) else owner.__globals__
    return owner.__closure__[owner.__code__.co_freevars.index(cell)]


# ---- descriptions ---------------------------------------------------------------------------------


class Scribe:
    """Describes objects, and numbers those that have an identity in the order in which it meets them.

    Two scribes that are shown the same program number its objects alike.
    """

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.index: dict[int, int] = {}
        self.namespaces: dict[int, list[Any]] = {}  # id of globals or cell -> [object, name of the cell]

    def copy(self) -> Scribe:
        """A scribe that has met the same objects."""
        other = Scribe()
        other.objects, other.index, other.namespaces = [*self.objects], {**self.index}, {**self.namespaces}
        return other

    def describe(self, value: Any) -> Any:
        """A description made of JSON. Raises `Undescribable`."""
        if isinstance(value, _SCALARS):
            return [type(value).__name__, repr(value)]
        if isinstance(value, (np.generic, np.dtype)):
            return [
                type(value).__name__,
                repr(value),
                getattr(value, "str", str(getattr(value, "dtype", ""))),
            ]
        if id(value) in self.index:
            return ["again", self.index[id(value)]]
        self._number(value)
        if type(value) in (list, tuple):
            return [type(value).__name__, [self.describe(v) for v in value]]
        if type(value) is dict:
            return ["dict", [[self.describe(k), self.describe(v)] for k, v in value.items()]]
        if type(value) is np.ndarray:
            return [
                "array",
                value.dtype.str,
                value.shape and list(value.shape),
                bool(value.flags.c_contiguous),
            ]
        if isinstance(value, types.ModuleType):
            return ["module", value.__name__]
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.MethodType):
            return ["method", self.describe(value.__func__), self.describe(value.__self__)]
        if isinstance(value, functools.partial):
            return ["partial", *map(self.describe, (value.func, value.args, value.keywords))]
        if hasattr(value, "_transad_kind"):
            options = repr(sorted(value._transad_options.items()))
            return ["derivative", value._transad_kind, options, self.describe(value._transad_function)]
        return self._class(value) if isinstance(value, type) else self._other(value)

    def argument(self, value: Any) -> Any:
        """What the code depends on of an argument."""
        if isinstance(value, ty.Type):
            return ["type", repr(value)]
        if type(value) in PLAIN:
            return f"{type(value).__module__}.{type(value).__name__}"
        if type(value) is np.ndarray:
            return ["array", value.dtype.str, value.ndim]
        if ty.is_duck_array(value):
            return ["array of", self.describe(type(value)), value.dtype.str, len(value.shape)]
        if type(value) in (list, tuple):
            return [type(value).__name__, [self.argument(v) for v in value]]
        if type(value) is dict:
            return ["dict", [[self.describe(k), self.argument(v)] for k, v in value.items()]]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return ["named", self.describe(type(value)), [self.argument(v) for v in value]]
        return self.describe(value)

    def user_rules(self) -> list[Any]:
        """The derivative rules that are not transad's own."""
        found = []
        for fn, primitive in registry.TABLE.items():
            for kind, spec in primitive.rules.items():
                rule = getattr(spec, "function", None)
                if rule is not None and not is_own(rule):
                    found.append([kind, self.describe(fn), self.describe(rule), spec.wrt, spec.each])
        return found

    def _number(self, value: Any) -> None:
        if len(self.objects) >= _MOST_OBJECTS:
            raise Undescribable("too many objects")
        self.index[id(value)] = number = len(self.objects)
        self.objects.append(value)
        if isinstance(value, types.FunctionType):
            self.namespaces.setdefault(id(value.__globals__), [number, None])
            for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
                self.namespaces.setdefault(id(cell), [number, name])
        elif isinstance(value, types.ModuleType):
            self.namespaces.setdefault(id(vars(value)), [number, None])

    def _function(self, fn: types.FunctionType) -> Any:
        if is_own(fn):
            return ["transad", fn.__module__, fn.__qualname__]
        defaults = [self.describe(v) for v in fn.__defaults__ or ()]
        by_name = [[k, self.describe(v)] for k, v in (fn.__kwdefaults__ or {}).items()]
        return ["function", fn.__module__, fn.__qualname__, code_digest(fn.__code__), defaults, by_name]

    def _class(self, cls: type) -> Any:
        if cls.__module__.partition(".")[0] in ("builtins", "numpy", "transad"):
            return ["class", cls.__module__, cls.__qualname__]
        digest = hashlib.sha256()
        for base in cls.__mro__:
            for name, value in vars(base).items():
                function = getattr(value, "__func__", getattr(value, "fget", value))
                if isinstance(function, types.FunctionType) and base.__module__ != "builtins":
                    digest.update(f"{name} {code_digest(function.__code__)}".encode())
        fields = repr((getattr(cls, "_fields", None), getattr(cls, "_field_defaults", None)))
        return ["class", cls.__module__, cls.__qualname__, fields, digest.hexdigest()]

    def _other(self, value: Any) -> Any:
        """A function of a library by where it is imported from; an instance of a class by its class: what
        is read of its attributes is told by facts of their own."""
        where = import_path(value)
        if where is not None:
            return ["import", *where]
        builtin = [c for c in type(value).__mro__ if c.__module__.partition(".")[0] in ("builtins", "numpy")]
        if builtin == [object] and hasattr(value, "__dict__"):
            return ["instance", self.describe(type(value))]
        raise Undescribable(type(value).__name__)  # its contents are not in its attributes

    # -- ways

    def way_to(self, kind: str, owner: Any) -> list[Any]:
        """How to reach what a fact is about: [kind, number of the object, name of the cell]."""
        if kind == "attribute":
            return [kind, self.index[id(owner)], None]
        return [kind, *self.namespaces[id(owner)]]

    def binding(self, value: Any) -> Any:
        """How to find again what a global name of the generated module is bound to."""
        if id(value) in self.index:
            return ["object", self.index[id(value)], _kind(value)]
        if isinstance(value, (int, float, complex, str, bytes, type(None))):
            return ["value", value] if not isinstance(value, (complex, bytes)) else self._refuse(value)
        where = import_path(value)
        return ["import", *where] if where is not None else self._refuse(value)

    def bound_to(self, how: list[Any]) -> Any:
        if how[0] == "object":
            found = self.objects[how[1]]
            if _kind(found) != how[2]:  # the way to it was another when it was written down
                raise Undescribable(how[2])
            return found
        if how[0] == "value":
            return how[1]
        return functools.reduce(getattr, how[2].split("."), sys.modules[how[1]])

    def _refuse(self, value: Any) -> Any:
        raise Undescribable(type(value).__name__)


def _kind(value: Any) -> str:
    """What an object is, to tell that it is not taken for another."""
    return f"{type(value).__qualname__} {getattr(value, '__qualname__', '')}"


def is_own(fn: Any) -> bool:
    """Is a function part of transad? Then the version of transad stands for its code."""
    return (getattr(fn, "__module__", None) or "").partition(".")[0] == "transad"


def import_path(value: Any) -> tuple[str, str] | None:
    """Module and name under which an object can be imported, if it can."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    owner = getattr(value, "__objclass__", value)  # of a method written in C
    for module in (getattr(owner, "__module__", None), *_LIBRARIES):
        found = sys.modules.get(module) if isinstance(module, str) and module != "__main__" else None
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is value:
            return module, name
    return None


def code_digest(code: types.CodeType) -> str:
    """A digest of what a function does, of its names and of its layout, wherever it stands in the file."""
    digest = hashlib.sha256()

    def add(c: types.CodeType) -> None:
        shape = (c.co_argcount, c.co_posonlyargcount, c.co_kwonlyargcount, c.co_flags)
        digest.update(
            repr((c.co_name, shape, c.co_names, c.co_varnames, c.co_freevars, c.co_cellvars)).encode()
        )
        digest.update(c.co_code + c.co_linetable)
        for const in c.co_consts:
            constant(const)

    def constant(const: Any) -> None:
        if isinstance(const, types.CodeType):
            add(const)
        elif isinstance(const, frozenset):
            digest.update(repr(sorted(map(repr, const))).encode())
        elif isinstance(const, tuple):
            digest.update(b"(")
            for item in const:
                constant(item)
        else:
            digest.update(f"{type(const).__name__} {const!r};".encode())

    add(code)
    return digest.hexdigest()


def _lengths(value: Any, seen: dict[int, int]) -> list[Any]:
    """Of all arrays in a structure: which axes have length 1, and which lengths agree."""
    if isinstance(value, np.ndarray) or ty.is_duck_array(value):
        return [1 if n == 1 else -1 - seen.setdefault(n, len(seen)) for n in value.shape]
    if isinstance(value, (list, tuple, dict)):
        return [_lengths(v, seen) for v in (value.values() if isinstance(value, dict) else value)]
    return []


def _closure(function: Any) -> list[Any]:
    """A sketch of what a function closes over, so that functions that differ in it alone differ in key."""
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None)
    sketch = []
    for name, cell in zip(code.co_freevars, cells) if code is not None and cells else ():
        value = cell.cell_contents
        exactly = isinstance(value, _SCALARS)
        sketch.append(
            [name, type(value).__name__, repr(value) if exactly else getattr(value, "__qualname__", "")]
        )
    return sketch


@functools.cache
def _transad() -> str:
    """The version of transad; while it is worked on, also when its files were last changed."""
    from transad import __version__

    root = os.path.dirname(os.path.abspath(__file__))
    stamps = [__version__]
    folders = [root]
    while folders:
        try:
            entries = sorted(os.scandir(folders.pop()), key=lambda e: e.name)
        except OSError:  # in an archive
            continue
        for entry in entries:
            if entry.is_dir():
                folders.append(entry.path)
            elif entry.name.endswith(".py"):
                found = entry.stat()
                stamps.append(f"{entry.path[len(root) :]} {found.st_size} {found.st_mtime_ns}")
    return "\n".join(stamps)


__all__ = ["Question", "ask", "find", "is_own", "keep"]
