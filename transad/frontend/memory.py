"""Reading and writing what names are bound to: versions, views, aliases, containers.

In the list nothing is ever overwritten; in the program arrays are. The two meet here. An array's
first variable is its identity for good. A write makes a new variable, the identity's current
*version*. A view knows the identity it looks at and the path from there to itself: reading it after
its base was written derives it again, writing to it writes to the base through the path.

Where it depends on the path taken whether two arrays share memory, see `sharing`. Where nobody can know, a
write to one *poisons* the other, and only reading a poisoned array is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transad.errors import AliasingError, TransadError, UnsupportedError
from transad.frontend.listed import REPLACED, Listed
from transad.frontend.sharing import Part, parts, same_operand
from transad.frontend.values import (
    NOTHING,
    UNBOUND,
    Box,
    Closure,
    Conflict,
    Fields,
    Items,
    Method,
    NumpyMethod,
    Pack,
    Pullback,
    Run,
    Sequence,
    SliceValue,
    Sometimes,
    State,
    Transformed,
    Value,
)
from transad.ir import types as ty
from transad.ir.builder import Builder, is_static
from transad.ir.core import UNDEFINED_VALUE, Const, Location, Operand, Primitive, Var, is_undefined
from transad.ir.primitives import ATTRIBUTE, DICT, LIST, MIRROR, SLICE, TUPLE, UPDATE

# Longer lists among the arguments are not taken apart item by item.
LONGEST_UNPACKED = 32
_WHETHER = "whether "
IS_ITEM = "it is an item of a list that is one variable"


@dataclass(frozen=True)
class View:
    """`var` is reached from the array `base` by the primitives of `path`."""

    base: Var
    version: Var | None  # of the base, when the view was made; None: it was never read from the base
    path: tuple[Primitive, ...]
    counts: tuple[int, ...]
    operands: tuple[Operand, ...]


class Memory(Listed):
    """The part of the interpreter that keeps track of what is where."""

    builder: Builder
    state: State
    lingering = 0  # blocks around that go on after a `return`

    def __init__(self) -> None:
        super().__init__()
        self.views: dict[Var, View] = {}
        self.owner: dict[Var, Var] = {}  # a version -> the identity it is a version of
        self.unsure: set[Var] = set()  # what has no value on some path
        self.whole: dict[Any, Var] = {}  # a Pack or contents that was unpacked from a variable
        self.outside: dict[int, Box] = {}  # lists, dicts and objects that exist outside, by id
        self.parameters: set[Var] = set()  # arrays that belong to the caller
        self.written: set[Var] = set()  # identities of the caller's arrays that are written to

    # -- supplied by the other parts of the interpreter
    def location(self, node: Any) -> Location | None:
        raise NotImplementedError

    def unsupported(self, reason: str, cure: str, node: Any = None) -> TransadError:
        return UnsupportedError(reason, cure, self.location(node))

    # -- arrays: identities and versions

    def identity(self, v: Var) -> Var:
        """The array whose memory a variable's value lies in."""
        return self.views[v].base if v in self.views else v

    def current(self, v: Var, node: Any = None) -> Var:
        """The variable that holds what `v` holds now, after all writes so far."""
        if not ty.is_mutable(v.type):
            return v
        reason = self.doubt(v)
        if reason == REPLACED:
            raise self.needs_items("an array taken from it is read after an item was replaced in", node)
        if reason is not None:
            if not reason.startswith(_WHETHER):  # else it says already which array
                reason = f"{_WHETHER}{v.name or 'this array'} changed is not known here: {reason}"
            raise AliasingError(
                reason,
                "make the copy explicit with .copy() where the two names are bound",
                self.location(node),
            )
        view = self.views.get(v)
        if view is None:
            return self.state.versions.get(v, v)
        base = self.state.versions.get(view.base, view.base)
        if base is view.version:
            return v
        cached = self.state.derived.get(v)
        if cached is not None and cached[0] is base:
            return cached[1]
        again = self.read_part(base, view, v)
        self.state.derived[v] = (base, again)
        self.owner[again] = v
        return again

    def doubt(self, v: Var) -> str | None:
        """Why it is not known what an array holds, if it is not."""
        return self.state.poisoned.get(v) or self.state.poisoned.get(self.identity(v))

    def register_view(self, out: Var, of: Var, primitive: Primitive, operands: list[Operand]) -> None:
        """`out` was just made from the current version of `of`, and shares its memory."""
        outer = self.views.get(of)
        base = self.identity(of)
        version = self.state.versions.get(base, base)
        path, counts, before = (outer.path, outer.counts, outer.operands) if outer else ((), (), ())
        self.views[out] = View(
            base, version, (*path, primitive), (*counts, len(operands)), (*before, *operands)
        )
        if isinstance(base.type, ty.List):
            self.views_of.setdefault(base, []).append(out)

    def lasting(self, v: Var, serial: int) -> Var | None:
        """The array as it can be spoken of outside the block: itself if it is older than the block (has
        a smaller id), a view derived when it is read if what it looks at is older; else nothing."""
        if not isinstance(v.type, ty.Array):
            return None
        view = self.views.get(v)
        if view is None:
            return v if v.id < serial else None
        if v.id < serial:
            return v
        if view.base.id >= serial or any(isinstance(x, Var) and x.id >= serial for x in view.operands):
            return None
        outside = Var(v.name, v.type)
        self.views[outside] = View(view.base, None, view.path, view.counts, view.operands)
        return outside

    def as_part(self, v: Var) -> Part:
        """Where the value of a variable lies."""
        view = self.views.get(v)
        if view is None:
            return Part(v)
        return Part(view.base, view.path, view.counts, view.operands).of(Part(view.base))

    def same_view(self, a: Var, b: Var) -> bool:
        """Do two variables stand for the same part of the same array?"""
        x, y = self.views.get(a), self.views.get(b)
        if x is None or y is None:
            return a is b
        if x.base is not y.base or x.path != y.path or x.counts != y.counts:
            return False
        return all(map(same_operand, x.operands, y.operands))

    def may_alias(self, a: Var, b: Var) -> None:
        """Note that `a`, which was just made, may share memory with `b`, and so with what that may share."""
        a, b = self.identity(a), self.identity(b)
        aliases = self.state.aliases
        for other in {b, *aliases.get(b, ())} - {a}:
            aliases[a] = aliases.get(a, frozenset()) | {other}
            aliases[other] = aliases.get(other, frozenset()) | {a}

    def write(
        self,
        target: Var,
        value: Operand,
        primitive: Primitive | None,
        operands: list[Operand],
        node: Any,
        how: Primitive = UPDATE,
        items: bool = False,
    ) -> None:
        """Replace the part of `target` that `primitive(target, *operands)` reads by `value`, or add to it.

        `primitive` None replaces all of it. With `items`, that is an item of a list.
        """
        view = self.views.get(target)
        base = self.identity(target)
        self.current(target, node)  # refuses when poisoned
        version = self.state.versions.get(base, base)
        path, counts, before = (view.path, view.counts, view.operands) if view else ((), (), ())
        if primitive is not None:
            path, counts = (*path, primitive), (*counts, len(operands))
        attrs = {"path": path, "counts": counts}
        new = self.builder.emit(
            how, [version, value, *before, *operands], version.type, base.name, attrs, self.location(node)
        )
        self.new_version(base, new, node, items)

    def new_version(self, base: Var, new: Var, node: Any, items: bool = False) -> None:
        """`base` was written to: what it holds now is `new`. With `items`, a list got another item: the
        arrays among its items hold what they held."""
        refusal = None if items else self.written_item(base, node)
        if refusal is not None:
            raise refusal
        self.owner[new] = base
        self.set_version(base, new, node, items)
        self.spread(base, node)

    def set_version(self, base: Var, new: Var, node: Any, items: bool = False) -> None:
        self.state.versions[base] = new
        self.owner.setdefault(new, base)
        if base in self.parameters:
            self.written.add(base)
        for other in self.state.aliases.get(base, ()):
            if items and isinstance(other.type, ty.Array):
                continue
            where = self.location(node)
            line = f" on line {where.line}" if where else ""
            self.lose(other, f"it may share memory with {base.name or 'an array'}, written to{line}", {base})

    def lose(self, identity: Var, reason: str, done: set[Var]) -> None:
        """What an array holds is not known any more, nor what all those hold that may share its memory."""
        if identity in done:
            return
        done.add(identity)
        self.state.poisoned[identity] = reason
        pointers = self.state.pointers
        around = [p.base for p in parts(pointers.get(identity))]
        around += [v for v, tree in pointers.items() if any(p.base is identity for p in parts(tree))]
        for other in (*around, *self.state.aliases.get(identity, ())):
            self.lose(other, reason, done)

    # -- from values to operands and back

    def operand(self, value: Value, node: Any = None) -> Operand:
        """The value as one variable or constant: what an operation can take."""
        if isinstance(value, (Var, Const)) and isinstance(value.type, ty.Object):
            if issubclass(value.type.cls, ty.unlike_arrays()):
                raise self.unsupported(
                    f"a {value.type.cls.__name__} is not computed with like other arrays",
                    "pass a plain array: np.asarray(x), or x.filled(...) and a mask for np.where",
                    node,
                )
        if isinstance(value, Var):
            return self.current(value, node)
        if isinstance(value, Const):
            if value.value is UNDEFINED_VALUE:
                raise self.unsupported(
                    "this name has no value here", "assign it on every path that leads here", node
                )
            return value
        if isinstance(value, Pack):
            return self._packed(value, value.items, TUPLE, {"cls": value.cls} if value.cls else {}, node)
        if isinstance(value, Box):
            return self._boxed(value, node)
        if isinstance(value, SliceValue):
            parts = [self.operand(p, node) for p in (value.start, value.stop, value.step)]
            if all(map(is_static, parts)):
                return Const(slice(*(p.value for p in parts)))
            return self.builder.emit(SLICE, parts, ty.Slice())
        if isinstance(value, Sequence) and value.kind == "range":
            parts = [self.operand(p, node) for p in value.parts]
            if all(map(is_static, parts)):
                return Const(range(*(p.value for p in parts)))
        if isinstance(value, Conflict):
            raise value.error(self.location(node))
        if isinstance(value, NumpyMethod):
            raise self.unsupported(
                f"the attribute or method {value.name} is used as a value here",
                "call it, or compute it outside",
                node,
            )
        if isinstance(value, (Closure, Method, Transformed, Pullback)):
            raise self.unsupported(
                "a function is passed to something transad cannot look into",
                "call it from Python code that transad can read",
                node,
            )
        raise self.unsupported(
            f"a {_kind(value)} cannot be used as a value here", "turn it into a list or tuple first", node
        )

    def _packed(
        self, key: Any, values: tuple[Value, ...], primitive: Primitive, attrs: dict, node: Any
    ) -> Operand:
        whole = self.whole.get(key)
        if whole is not None and all(self._untouched(v) for v in values):
            return whole
        items = [self.operand(v, node) for v in values]
        if primitive is TUPLE and not attrs and all(map(is_static, items)):
            return Const(tuple(x.value for x in items))
        kinds = tuple(x.type for x in items)
        if primitive is TUPLE:
            kind: ty.Type = ty.Tuple(kinds, attrs.get("cls"))
        elif primitive is LIST:
            kind = ty.List(kinds)
        else:
            kind = ty.Dict(attrs["keys"], kinds)
        return self.builder.emit(primitive, items, kind, None, attrs)

    def _boxed(self, box: Box, node: Any) -> Operand:
        contents = self.state.heap[box]
        if isinstance(contents, Run):
            return self.current(contents.var, node)
        if isinstance(contents, Items):
            return self._packed(contents, contents.values, LIST, {}, node)
        if box.kind == "dict":
            keys = tuple(contents.values)
            return self._packed(contents, tuple(contents.values.values()), DICT, {"keys": keys}, node)
        if isinstance(box.extra, (Var, Const)):
            return self._mirrored(box, contents.values, node)
        raise self.unsupported(
            f"an object of class {box.cls.__name__ if box.cls else '?'} is passed out of sight",
            "pass its numbers and arrays instead",
            node,
        )

    def _mirrored(self, box: Box, attributes: dict[Any, Value], node: Any) -> Operand:
        """An object like one that was given, with other attributes: its gradient, say."""
        inputs, names = [box.extra], []
        for name, value in attributes.items():
            made = self.builder.definition(value) if isinstance(value, Var) else None
            same = made is not None and made.primitive is ATTRIBUTE and made.attrs["name"] == name
            if not isinstance(value, Const) and not (same and made.inputs[0] is box.extra):  # type: ignore[union-attr]
                inputs.append(self.operand(value, node))
                names.append(name)
        kind = ty.Object(box.cls or object)
        return self.builder.emit(MIRROR, inputs, kind, None, {"keywords": tuple(names)})

    def _untouched(self, value: Value) -> bool:
        """Nothing in the value was written to since it was taken out of its container."""
        if isinstance(value, Var):
            base = self.identity(value)
            return base not in self.state.versions and base not in self.state.poisoned
        if isinstance(value, Pack):
            return value in self.whole and all(map(self._untouched, value.items))
        if isinstance(value, Box):
            contents = self.state.heap[value]
            if isinstance(contents, Run):
                return self._untouched(contents.var)
            inner = contents.values if isinstance(contents, Items) else contents.values.values()
            return contents in self.whole and all(map(self._untouched, inner))
        return True

    def value(self, var: Operand) -> Value:
        """See through a variable that holds a tuple, list or dict of known structure."""
        if not isinstance(var, Var):
            return self.constant(var)
        t = var.type
        if isinstance(t, ty.Tuple):
            pack = Pack(
                tuple(self.value(self._item(var, Const(k), item)) for k, item in enumerate(t.items)), t.cls
            )
            self.whole[pack] = var
            return pack
        if isinstance(t, ty.List):
            box = Box("list", list)
            if t.items is None or len(t.items) > LONGEST_UNPACKED:
                self.state.heap[box] = Run(var)
            else:
                items = Items(tuple(self.value(self._item(var, Const(k), i)) for k, i in enumerate(t.items)))
                self.whole[items] = var
                self.state.heap[box] = items
            return box
        if isinstance(t, ty.Dict) and t.keys is not None:
            box = Box("dict", dict)
            fields = Fields({k: self.value(self._item(var, Const(k), v)) for k, v in zip(t.keys, t.values)})
            self.whole[fields] = var
            self.state.heap[box] = fields
            return box
        return var

    def constant(self, const: Const) -> Value:
        """See through a literal tuple, so that its items can be told apart."""
        if type(const.value) is tuple and const.origin is None:
            return Pack(tuple(self.constant(Const(v)) for v in const.value))
        if isinstance(const.value, slice) and const.origin is None:
            return SliceValue(*(Const(p) for p in (const.value.start, const.value.stop, const.value.step)))
        return const

    def _item(self, var: Var, key: Const, kind: ty.Type) -> Operand:
        definition = self.builder.definitions.get(var)
        if definition is not None and definition.primitive in (TUPLE, LIST):
            return definition.inputs[key.value]
        item = self.builder.emit(self.getitem, [var, key], kind)
        if var in self.views and ty.is_mutable(kind):  # one of several views of an array: to write to, not
            self.register_view(item, var, self.getitem, [key])  # to be replaced in the list of them
            self.register_view(item, item, self.getitem, [Const(Ellipsis)])
        return item

    getitem: Primitive  # operator.getitem's, set where the registry is known

    def new_list(self, values: list[Value]) -> Box:
        box = Box("list", list)
        self.state.heap[box] = Items(tuple(values))
        return box

    def new_dict(self, values: dict[Any, Value]) -> Box:
        box = Box("dict", dict)
        self.state.heap[box] = Fields(values)
        return box

    def entries(self, box: Box, node: Any = None) -> dict[Any, Value]:
        """The entries of a dict, where it matters which there are."""
        values = self.state.heap[box].values  # type: ignore[union-attr]
        for value in values.values():
            if isinstance(value, Sometimes):
                raise value.error(self.location(node))
        return values

    def same_keys(self, box: Box, left: Fields, right: Fields) -> tuple[Fields, Fields]:
        """The attributes of an object on two paths; what only one path wrote is on the other as it was."""
        if box.kind != "object":
            return left, right
        keys = {**left.values, **right.values}
        return tuple(
            Fields({k: f.values[k] if k in f.values else self.missing(box, k) for k in keys})
            for f in (left, right)
        )  # type: ignore[return-value]

    def missing(self, box: Box, name: Any) -> Value:
        """An attribute that the function did not write."""
        return UNBOUND

    def writable(self, box: Value, node: Any) -> None:
        if isinstance(box, Box) and box.frozen == IS_ITEM:
            raise self.needs_items("this list, dict or object is an item of", node)
        if isinstance(box, Box) and box.frozen is not None:
            raise AliasingError(box.frozen, "make a copy of it where it gets its name", self.location(node))

    def freeze(self, value: Value, reason: str = IS_ITEM) -> None:
        """What becomes an item of a list that is one variable, say, must not change any more."""
        if isinstance(value, Pack):
            for item in value.items:
                self.freeze(item, reason)
        elif isinstance(value, Box) and value.frozen is None:
            value.frozen = reason
            contents = self.state.heap.get(value)  # a box that two paths just made has none yet
            for item in held_in(contents) if contents is not None else ():
                self.freeze(item, reason)

    def arrays_in(self, value: Value) -> list[Var]:
        """The arrays (and lists that are one variable) in a tuple, list or dict known item by item."""
        if isinstance(value, Var):
            return [value] if ty.is_mutable(value.type) else []
        if isinstance(value, Pack):
            return [array for item in value.items for array in self.arrays_in(item)]
        return self.arrays_of(self.state.heap[value]) if isinstance(value, Box) else []

    def arrays_of(self, contents: Any) -> list[Var]:
        if isinstance(contents, Run):
            return [contents.var]
        return [array for item in held_in(contents) for array in self.arrays_in(item)]

    def run_time_list(self, box: Box, node: Any) -> Var:
        """Give up knowing a list item by item."""
        contents = self.state.heap[box]
        if isinstance(contents, Run):
            return contents.var
        self._forget_items(contents, box, node)
        var = self.operand(box, node)
        if not isinstance(var, Var) or self.whole.get(contents) is var:
            var = self.builder.emit(
                LIST,
                [self.operand(v, node) for v in contents.values],
                ty.List(tuple(self.type_of(v) for v in contents.values)),
            )
        self.all_put(var, self.arrays_in(box))
        self.state.heap[box] = Run(var)
        return var

    def as_run(self, box: Box, node: Any = None) -> Operand:
        """The current version of a list, known item by item no longer."""
        return self.current(self.run_time_list(box, node), node)

    def _forget_items(self, contents: Any, box: Box, node: Any) -> None:
        for v in held_in(contents):
            if isinstance(v, Box):
                raise self.unsupported(
                    "a list of lists, dicts or objects grows in a loop",
                    "keep numbers, arrays or tuples of them in the list",
                    node,
                )

    def type_of(self, value: Value) -> ty.Type:
        """The type a value would have as one variable."""
        if isinstance(value, (Var, Const)):
            return value.type if not is_undefined(value) else ty.UNDEFINED
        if isinstance(value, Pack):
            return ty.Tuple(tuple(map(self.type_of, value.items)), value.cls)
        if isinstance(value, Box):
            contents = self.state.heap[value]
            if isinstance(contents, Run):
                return self.state.versions.get(contents.var, contents.var).type
            if isinstance(contents, Items):
                return ty.List(tuple(map(self.type_of, contents.values)))
            if value.kind == "dict":
                return ty.Dict(tuple(contents.values), tuple(map(self.type_of, contents.values.values())))
            return ty.Object(value.cls or object)
        if isinstance(value, SliceValue):
            return ty.Slice()
        return ty.Object(type(value))

    def attribute_of(self, owner: Operand, name: str, kind: ty.Type = ty.UNKNOWN) -> Var:
        return self.builder.emit(ATTRIBUTE, [owner], kind, name, {"name": name})


def static(value: Value) -> bool:
    """Is the value known now? (Globals too: their identity is guarded.)"""
    return isinstance(value, Const) and not isinstance(value.value, (list, dict, set))


def held_in(contents: Any) -> list[Value]:
    """What a tuple, list, dict or object holds, as far as that is known one by one."""
    if isinstance(contents, Run):
        return []
    values = contents.items if isinstance(contents, Pack) else contents.values
    return list(values.values() if isinstance(values, dict) else values)


def _kind(value: Value) -> str:
    return value.kind if isinstance(value, Sequence) else type(value).__name__.lower()


__all__ = ["LONGEST_UNPACKED", "Memory", "NOTHING", "View", "held_in", "static"]
