"""Arrays in lists that are one variable, known to the list of operations by their places alone.

An array taken from such a list is a view of it: what is written to one is written to the other. That holds
as long as the place keeps its array and no other place has the same one. Two things end it:

- another array is put in a place (`rows[i] = y`). The arrays taken from the list before are what they were,
  but where they are now is not known: to read them again asks for the items (`NeedsItems`).
- an array may be in the list twice. Nothing is wrong with that until one of its arrays is written to.
"""

from __future__ import annotations

from typing import Any

from transad.errors import TransadError
from transad.frontend.sharing import Sharing, parts
from transad.frontend.values import NeedsItems, State, Value
from transad.ir import types as ty
from transad.ir.core import Location, Var

REPLACED = "an item was replaced in the list that it was taken from"
_TWICE = "it may be in a list twice"


class Listed(Sharing):
    """The part of the interpreter that keeps track of the arrays in lists that are one variable."""

    state: State
    views: dict[Var, Any]
    serial: int

    def __init__(self) -> None:
        super().__init__()
        self.views_of: dict[Var, list[Var]] = {}  # such a list -> the arrays taken from it
        self.twice = Var(None, ty.UNKNOWN)  # "poisoned" where a list may hold an array twice
        self.carried: set[Var] = set()  # what a loop or a recursive function has for a carried value
        self.counters: set[Var] = set()  # the indices of loops
        self.put_by: dict[Var, Any] = {}  # an array whose parts were put in lists -> where in the program

    # -- supplied by the other parts of the interpreter
    def identity(self, v: Var) -> Var:
        raise NotImplementedError

    def location(self, node: Any) -> Location | None:
        raise NotImplementedError

    def may_alias(self, a: Var, b: Var) -> None:
        raise NotImplementedError

    def needs_items(self, what: str, node: Any) -> NeedsItems:
        return NeedsItems(
            f"{what} a list of a length that is known only when the program runs",
            "give the loop that makes it a known number of passes, or use an array",
            self.location(node),
        )

    def item_put(self, items: Var, item: Value, node: Any) -> None:
        """An array became an item of a list."""
        if not isinstance(item, Var) or not ty.is_mutable(item.type):
            return
        if not self.is_put_once(items, item, node):
            self.state.poisoned[self.twice] = _TWICE
        self.may_alias(items, item)

    def is_put_once(self, items: Var, item: Var, node: Any) -> bool:
        """Is it certain that an array is not in the list yet, and that the next pass puts in another one?"""
        root, view = self.identity(item), self.views.get(item)
        if view is not None and any(x in self.counters and x.id >= self.serial for x in view.operands):
            return root is not items and self.put_by.setdefault(root, node) is node  # the next row
        known = root is items or root in self.carried
        if known or self.state.pointers.get(root) or self.state.aliases.get(root):
            return False
        return root.id >= self.serial

    def all_put(self, items: Var, arrays: list[Var]) -> None:
        """A list of these arrays became one variable."""
        if len({self.identity(v) for v in arrays}) < len(arrays):
            self.state.poisoned[self.twice] = _TWICE
        for array in arrays:
            self.may_alias(items, array)

    def item_replaced(self, items: Var) -> None:
        """A place of a list has another item now."""
        held = (v for v, tree in self.state.pointers.items() if any(p.base is items for p in parts(tree)))
        for v in (*self.views_of.get(items, ()), *held):
            if ty.is_mutable(v.type):
                self.state.poisoned[v] = REPLACED

    def written_item(self, items: Var, node: Any) -> TransadError | None:
        """Why an item of a list cannot be written to, if it cannot."""
        holds = isinstance(items.type, ty.List) and _mutable(items.type.element)
        if holds and self.twice in self.state.poisoned:
            return self.needs_items("an array is written to that may be twice in", node)
        return None


def _mutable(kind: ty.Type) -> bool:
    return any(map(_mutable, kind.items)) if isinstance(kind, ty.Tuple) else ty.is_mutable(kind)


__all__ = ["REPLACED", "Listed"]
