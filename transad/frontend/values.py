"""What names are bound to while a function is interpreted, and the state that binds them.

A value is an operand of the list (`Var`, `Const`) or something the interpreter can see through:
a tuple, a list or dict of known structure, a function. An array variable is the *identity* of the
array: the state maps it to its current version. Lists, dicts and objects have a `Box` for
identity; what is in the box is part of the state. Branches and loops copy the state and merge it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from transad.errors import UnsupportedError
from transad.ir.core import UNDEFINED_VALUE, Const, Var


@dataclass(frozen=True, eq=False)
class Pack:
    """A tuple (or named tuple) whose items are known one by one."""

    items: tuple[Value, ...]
    cls: type | None = None


class Box:
    """The identity of a mutable container or object; its contents are in `State.heap`.

    One that exists outside (a global list, an object the function is a method of) has its contents
    `given`; what the function writes to it stays in the state: a derivative changes nothing outside.
    """

    __slots__ = ("kind", "cls", "given", "outside", "extra", "frozen", "shown")

    def __init__(self, kind: str, cls: type | None = None, given: Any = None, outside: Any = None):
        self.kind = kind  # "list", "dict", "object", "iterator"
        self.cls = cls
        self.given = given
        self.outside = outside  # the object itself
        self.frozen: str | None = None  # why nobody may write to it any more: copies of it exist
        self.shown: Box | None = None  # the object whose attributes a `__dict__` is
        self.extra: Any = None  # the factory of a defaultdict, the longest length of a deque

    def is_like(self, other: Box) -> bool:
        """Is it of the same kind, an object of the same class?"""
        same_class = self.kind != "object" or self.cls is other.cls
        return same_class and (self.kind, self.extra) == (other.kind, other.extra)

    def another(self) -> Box:
        """A new box of the same kind."""
        box = Box(self.kind, self.cls)
        box.extra = self.extra
        return box


@dataclass(frozen=True, eq=False)
class Items:
    """Contents of a list box, item by item."""

    values: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Fields:
    """Contents of a dict or object box, key by key, in order."""

    values: dict[Any, Value]


@dataclass(frozen=True, eq=False)
class Run:
    """Contents known only at run time: the variable that is the current version."""

    var: Var


Contents = Items | Fields | Run


@dataclass(frozen=True, eq=False)
class SliceValue:
    start: Value
    stop: Value
    step: Value


class Frame:
    """The identity of one call's local names; the bindings are in `State.frames`."""

    __slots__ = (
        "function", "local_names", "parent", "namespace", "cells", "captured", "of_class", "__weakref__"
    )  # fmt: skip

    def __init__(
        self, function: str, local_names: frozenset[str], parent: Frame | None, namespace: dict, cells: dict
    ):
        self.function = function
        self.local_names = local_names
        self.parent = parent  # the frame of the function it is defined in, when interpreted too
        self.namespace = namespace  # its globals
        self.captured = False  # was a function defined in it, which may outlive the call?
        self.of_class = False  # the body of a class statement: functions defined in it do not see its names
        self.cells = cells  # its closure, when that function already ran: name -> cell

    @property
    def is_own(self) -> bool:
        """Is it a function of transad's?"""
        return self.namespace.get("__name__", "").startswith("transad.")


@dataclass(frozen=True, eq=False)
class Closure:
    """A function defined in the interpreted code (`def` or `lambda`)."""

    node: Any  # gast.FunctionDef or gast.Lambda
    source: Any  # FunctionSource
    frame: Frame
    defaults: tuple[Value, ...]
    keyword_defaults: dict[str, Value]

    @property
    def name(self) -> str:
        return getattr(self.node, "name", "<lambda>")

    @property
    def arguments(self) -> gast.arguments:
        return self.node.args


@dataclass(frozen=True, eq=False)
class Method:
    """A function with leading arguments already given: a bound method, a `functools.partial`."""

    function: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class NumpyMethod:
    """`x.sum` before it is called."""

    owner: Value
    name: str


@dataclass(frozen=True, eq=False)
class Sequence:
    """Something to iterate over whose k-th item can be computed: range, enumerate, zip, reversed."""

    kind: str
    parts: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Transformed:
    """A function made by one of transad's own operators inside the interpreted code."""

    kind: str  # "grad", "value_and_grad", ...
    function: Value
    options: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Pullback:
    """The second result of `vjp`, called with the adjoint of the first."""

    apply: Any  # interpreter callback: (value of y_bar, node) -> Value


@dataclass(frozen=True, eq=False)
class Super:
    """`super()`: an object whose attributes are looked up in the classes after one of its own."""

    after: type
    object: Value


@dataclass(frozen=True, eq=False)
class Generator:
    """A call of a generator function, not consumed yet."""

    closure: Closure
    args: tuple[Value, ...]
    kwargs: dict[str, Value]
    silent: bool = False  # of transad's own: its lines are not the user's


@dataclass(frozen=True, eq=False)
class Conflict:
    """A name bound to things that cannot be joined; using it is an error."""

    reason: str
    cure: str = "use one thing on both paths"
    kind: type[UnsupportedError] = UnsupportedError

    def error(self, loc: Any) -> UnsupportedError:
        return self.kind(self.reason, self.cure, loc)


@dataclass(frozen=True, eq=False)
class Choice(Conflict):
    """One of two functions (or lists, or objects), as a condition that was met before says: what is done to
    it is done to each on its path."""

    test: Any = None
    left: Any = None
    right: Any = None


@dataclass(frozen=True, eq=False)
class Sometimes(Conflict):
    """The entry of a dict (or an attribute) that is there on one path only; what depends on which keys
    there are is an error too."""

    @classmethod
    def of(cls, box: Box, key: Any) -> Sometimes:
        what = f"the attribute {key}" if box.kind == "object" else f"the key {key!r} of a dict"
        return cls(f"{what} is there on one path only", "set it on both paths")


Value = (
    Var
    | Const
    | Pack
    | Box
    | SliceValue
    | Closure
    | Method
    | NumpyMethod
    | Sequence
    | Transformed
    | Pullback
    | Super
    | Generator
    | Conflict
)


def is_own_key(value: Any) -> bool:
    """Is it an object that equals nothing but itself, so that dicts and sets know it by what it is?"""
    if not isinstance(value, Box) or value.kind != "object" or value.cls is None:
        return False
    return value.cls.__hash__ is object.__hash__


NOTHING = Const(None)
UNBOUND = Const(UNDEFINED_VALUE)


class NeedsItems(UnsupportedError):
    """A list is asked for more than a list that is one variable can do."""


class Heap(dict):
    """Contents by box; those of boxes from outside until they are written to."""

    def __missing__(self, box: Box) -> Contents:
        if box.shown is not None:
            return self[box.shown]
        if box.given is None:
            raise KeyError(box)
        return box.given

    def __setitem__(self, box: Box, contents: Contents) -> None:
        super().__setitem__(box.shown or box, contents)

    def get(self, box: Any, default: Any = None) -> Any:
        found = dict.get(self, getattr(box, "shown", None) or box)
        return found if found is not None else getattr(box, "given", None) or default


class State:
    """All that can change while a function is interpreted."""

    __slots__ = ("frames", "versions", "heap", "poisoned", "aliases", "pointers", "derived")

    def __init__(self) -> None:
        self.frames: dict[Frame, dict[str, Value]] = {}
        self.versions: dict[Var, Var] = {}  # array identity -> current version
        self.heap = Heap()
        self.poisoned: dict[Var, str] = {}  # identities that may have changed unseen
        self.aliases: dict[Var, frozenset[Var]] = {}  # identities that may share memory, nobody knows when
        self.pointers: dict[Var, Any] = {}  # identity -> the identities it points to (`sharing.Tree`)
        self.derived: dict[Var, tuple[Var, Var]] = {}  # view -> (base version, view of that version)

    def copy(self) -> State:
        new = State()
        new.frames = {frame: dict(names) for frame, names in self.frames.items()}
        new.versions = dict(self.versions)
        new.heap = Heap(self.heap)
        new.poisoned = dict(self.poisoned)
        new.aliases = dict(self.aliases)
        new.pointers = dict(self.pointers)
        new.derived = dict(self.derived)
        return new
