"""Which lengths are equal: the unification of dims.

NumPy broadcasting teaches us equalities. When two axes that are both surely not of length 1 meet in
`x + y`, their lengths are equal if the operation runs at all. We remember that by binding one symbol to
the other, as Prolog does, with a trail so that what was learnt inside a branch is forgotten behind it.

A dim is `max(0, symbol + offset)`. Two kinds of equation can be kept without ever being wrong:

    symbol = length              kept in `values`; also rewrites symbol + k wherever that is exact
    symbol + k = length          kept in `exact`, for that dim alone; the length is then a number or
                                 a not-one symbol

An equation that fits neither is dropped: knowing less is safe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from transad.ir.types import Array, Dim, Length, Number, Symbol, Type, fresh_dim, surely_not_one


class Shapes:
    """What one compilation has learnt about lengths."""

    def __init__(self) -> None:
        self.values: dict[Symbol, Length] = {}
        self.exact: dict[Dim, Length] = {}
        self.derived: dict[Hashable, Length] = {}
        self.trail: list[tuple[dict[Any, Length], Any]] = []

    def find(self, dim: Length) -> Length:
        """The representative of all lengths known to equal `dim`."""
        while isinstance(dim, Dim):
            target = self.values.get(dim.symbol)
            if dim.offset:
                target = None if target is None else shifted(target, dim.offset)
                target = self.exact.get(dim) if target is None else target
            if target is None:
                return dim
            dim = target
        return dim

    def unify(self, a: Length, b: Length) -> Length:
        """Remember that two lengths are equal; the one that represents both."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return a
        if isinstance(b, int) or (surely_not_one(b) and not surely_not_one(a)):
            a, b = b, a
        if isinstance(b, int) or (isinstance(a, Dim) and a.symbol is b.symbol):
            return a  # a contradiction: the program fails here when it runs
        if b.symbol in self.values or (isinstance(a, Dim) and a.symbol in self.values):
            return a  # symbol + k whose symbol is bound, but not so that the sum can be rewritten
        self._bind(a, b)
        return a

    def _bind(self, a: Length, b: Dim) -> None:
        if not b.offset:
            self._set(self.values, b.symbol, a)
        elif isinstance(a, int) and a > 0:
            if a >= b.offset:
                self._set(self.values, b.symbol, a - b.offset)
        elif isinstance(a, int) or a.not_one:
            self._set(self.exact, b, a)
        elif not a.offset:
            self._set(self.values, a.symbol, b)

    def _set(self, table: dict[Any, Length], key: Any, value: Length) -> None:
        table[key] = value
        self.trail.append((table, key))

    def undo(self, mark: int, first: int) -> None:
        """Forget what was learnt since the trail had length `mark` of symbols older than number `first`.

        Newer ones only stand in types of variables from in there, and what was learnt of them holds
        wherever these have a value. A function of lengths must not find them again elsewhere.
        """
        kept = []
        while len(self.trail) > mark:
            table, key = self.trail.pop()
            symbol = key.symbol if isinstance(key, Dim) else key
            if symbol.id >= first:
                kept.append((table, key))
            else:
                del table[key]
        self.trail += reversed(kept)
        learnt = {key.symbol if isinstance(key, Dim) else key for _, key in kept}
        if learnt:
            stale = [k for k, d in self.derived.items() if isinstance(d, Dim) and d.symbol in learnt]
            for k in stale:
                del self.derived[k]

    def derive(self, key: Hashable, not_one: bool = False) -> Length:
        """The length that is this function (`key`) of other lengths: the same symbol each time."""
        found = self.derived.get(key)
        if found is None:
            found = self.derived[key] = fresh_dim(not_one)
        return found


class _Forgetful(Shapes):
    """The state outside any compilation: nothing is remembered, so nothing leaks."""

    def _set(self, table: dict[Any, Length], key: Any, value: Length) -> None:
        pass

    def derive(self, key: Hashable, not_one: bool = False) -> Length:
        return fresh_dim(not_one)


_OUTSIDE = _Forgetful()
_current: ContextVar[Shapes] = ContextVar("shapes", default=_OUTSIDE)


@contextmanager
def compilation() -> Iterator[Shapes]:
    """A fresh state for one compilation; compilations may nest."""
    token = _current.set(Shapes())
    try:
        yield _current.get()
    finally:
        _current.reset(token)


class Scope:
    """Unifications made inside the `with` block are undone when it ends."""

    def __enter__(self) -> Scope:
        self.state = _current.get()
        self.mark = len(self.state.trail)
        self.first = Symbol().id
        return self

    def __exit__(self, *exc: object) -> None:
        self.state.undo(self.mark, self.first)


def scope() -> Scope:
    return Scope()


def find(dim: Length) -> Length:
    """The representative of all lengths known to equal `dim`."""
    return _current.get().find(dim)


def unify(a: Length, b: Length) -> Length:
    """Remember that two lengths are equal (the program fails when they are not)."""
    return _current.get().unify(a, b)


def same(a: Length, b: Length) -> bool:
    """Are the lengths surely equal?"""
    return a == b or find(a) == find(b)


def same_shape(a: Type, b: Type) -> bool:
    """Do two numbers or arrays surely have the same shape?"""
    x, y = shape_of(a), shape_of(b)
    return x is not None and y is not None and len(x) == len(y) and all(map(same, x, y))


def shape_of(t: Type) -> tuple[Length, ...] | None:
    """The shape of a number or array, None when not known."""
    if isinstance(t, Array):
        return t.shape
    return () if isinstance(t, Number) else None


def shifted(length: Length, by: int) -> Length | None:
    """`max(0, length + by)` when that can be written as a length, else None.

    Growing again after the clamp at zero cannot: `max(0, max(0, n - 2) + 2)` is not n for n = 1.
    """
    if isinstance(length, int):
        return max(0, length + by)
    if by > 0 and length.offset < 0:
        return None
    return length.shifted(by) if by else length


def broadcast_dim(a: Length, b: Length) -> Length:
    """The length that broadcasting makes of two; learns that they are equal when neither is 1."""
    if a == b:
        return a
    state = _current.get()
    a, b = state.find(a), state.find(b)
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if surely_not_one(a):
        return state.unify(a, b) if surely_not_one(b) else a
    return b if surely_not_one(b) else fresh_dim()


def broadcast_shapes(shapes: Iterable[tuple[Length, ...] | None]) -> tuple[Length, ...] | None:
    """The shape that broadcasting makes of several; None when one of them is unknown."""
    result: tuple[Length, ...] = ()
    for shape in shapes:
        if shape is None:
            return None
        if len(shape) > len(result):
            result, shape = shape, result
        if shape:
            lead = len(result) - len(shape)
            result = (*result[:lead], *map(broadcast_dim, result[lead:], shape))
    return result


def unify_shapes(a: tuple[Length, ...], b: tuple[Length, ...]) -> tuple[Length, ...] | None:
    """The shape of two arrays that must agree in all axes; None when their ranks differ."""
    return tuple(map(unify, a, b)) if len(a) == len(b) else None


def product(dims: Iterable[Length]) -> Length:
    """The number of elements: a number, one of the dims, or a symbol that stands for the product."""
    factor, symbols = 1, []
    for dim in map(find, dims):
        if isinstance(dim, int):
            factor *= dim
        else:
            symbols.append(dim)
    if not symbols or factor == 0:
        return factor
    if factor == 1 and len(symbols) == 1:
        return symbols[0]
    not_one = factor != 1 or any(dim.not_one for dim in symbols)
    return _current.get().derive(("product", factor, frozenset(Counter(symbols).items())), not_one)


def quotient(dims: Iterable[Length], divisors: Iterable[Length]) -> Length:
    """The length that -1 stands for in a reshape of `dims` whose other axes are `divisors`."""
    left = Counter(d for d in map(find, dims) if d != 1)
    rest = Counter(d for d in map(find, divisors) if d != 1)
    left, rest = left - rest, rest - left
    below = product(rest.elements())
    above = product(left.elements())
    if isinstance(above, int) and isinstance(below, int) and below:
        return above // below
    return above if below == 1 else fresh_dim()


def total(dims: Iterable[Length]) -> Length:
    """The length of arrays put end to end."""
    known, symbols = 0, []
    for dim in map(find, dims):
        if isinstance(dim, int):
            known += dim
        else:
            symbols.append(dim)
    if not symbols:
        return known
    if len(symbols) == 1:
        dim = shifted(symbols[0], known)
        if dim is not None:
            return dim
    not_one = known != 1 and all(dim.not_one for dim in symbols)
    return _current.get().derive(("sum", known, frozenset(Counter(symbols).items())), not_one)


def derive(key: Hashable, not_one: bool = False) -> Length:
    """The length that is this function (`key`) of other lengths: the same symbol each time."""
    return _current.get().derive(key, not_one)
