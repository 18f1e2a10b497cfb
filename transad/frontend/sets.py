"""Sets of known things: what they hold is known, so that every operation on them is done now."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from transad.frontend.containers import Containers
from transad.frontend.values import NOTHING, Box, Items, Value
from transad.ir.core import Const

_OPERATORS = {
    operator.or_,
    operator.and_,
    operator.sub,
    operator.xor,
    operator.le,
    operator.lt,
    operator.ge,
    operator.gt,
}
_COMBINING = {
    "union": operator.or_,
    "intersection": operator.and_,
    "difference": operator.sub,
    "symmetric_difference": operator.xor,
    "issubset": operator.le,
    "issuperset": operator.ge,
}


class Sets(Containers):
    """The part of the interpreter for sets."""

    def known_set(self, items: list[Value], node: Any) -> Box:
        return self.set_of({self.key_of(v, node, "an item of a set"): None for v in items})

    def set_of(self, values: Any) -> Box:
        box = Box("set", set)
        self.state.heap[box] = Items(tuple(map(self.of_key, set(values))))
        return box

    def is_set(self, value: Value) -> bool:
        return isinstance(value, Box) and value.kind == "set"

    def python_set(self, value: Value, node: Any) -> set[Any]:
        return {self.key_of(v, node, "an item of a set") for v in self.known_items(value, node)}

    def set_operation(self, fn: Callable[..., Any], left: Value, right: Value, node: Any) -> Value | None:
        """`left | right` and the like, where one is a set."""
        if fn not in _OPERATORS or not (self.is_set(left) or self.is_set(right)):
            return None
        made = fn(self.python_set(left, node), self.python_set(right, node))
        return Const(made) if isinstance(made, bool) else self.set_of(made)

    def change_set(self, box: Value, values: set[Any]) -> Value:
        self.state.heap[box] = self.state.heap[self.set_of(values)]  # type: ignore[index]
        return NOTHING

    def set_method(self, box: Value, name: str, args: list[Value], node: Any) -> Value | None:
        values = self.python_set(box, node)
        if name in _COMBINING:
            for other in args:
                values = _COMBINING[name](values, self.python_set(other, node))
            return Const(values) if isinstance(values, bool) else self.set_of(values)
        if name == "update":
            return self.change_set(box, values.union(*(self.python_set(v, node) for v in args)))
        if name == "copy":
            return self.set_of(values)
        if name == "clear":
            return self.change_set(box, set())
        if name not in ("add", "discard", "remove"):
            return None
        item = self.key_of(args[0], node, "an item of a set")
        if name == "remove" and item not in values:
            raise self.failure(KeyError, f"KeyError: {item!r}", "this line would fail when run", node, item)
        return self.change_set(box, values | {item} if name == "add" else values - {item})
