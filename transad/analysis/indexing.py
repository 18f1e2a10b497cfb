"""The type of `x[...]`: NumPy's basic and advanced indexing, and indexing of containers.

An index arrives split into its parts. Each part is read as one of a few `Part`s, aligned with the
axes of the array, and turned into the axes of the result.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from transad.analysis.broadcasting import as_array
from transad.analysis.lengths import broadcast_shapes, derive, find, shifted
from transad.ir.core import Const, Operand, Var
from transad.ir.types import (
    UNDEFINED,
    UNKNOWN,
    Array,
    Dict,
    Dim,
    Length,
    List,
    NoneType,
    Number,
    Object,
    Slice,
    Tuple,
    Type,
    fresh_dim,
    join_all,
    surely_not_one,
)


@dataclass(frozen=True)
class SliceParts:
    """A slice whose bounds are operands of the program."""

    start: Operand | None = None
    stop: Operand | None = None
    step: Operand | None = None


@dataclass(frozen=True)
class _Part:
    """One part of an index: `kind` is int, slice, array, mask, newaxis or ellipsis."""

    kind: str
    value: Any = None  # the slice, or the shape of the array
    axes: int = 1  # how many axes of the base it consumes


_INT, _NEWAXIS, _ELLIPSIS = _Part("int"), _Part("newaxis", axes=0), _Part("ellipsis", axes=0)


def index_type(base: Type, parts: list[Operand | SliceParts]) -> Type:
    """The type of `base[parts[0], parts[1], ...]`."""
    if isinstance(base, (Tuple, List, Dict)):
        return item_type(base, parts[0]) if len(parts) == 1 else UNKNOWN
    if not isinstance(base, Array):
        return UNKNOWN
    read = [_read(part) for part in parts]
    if None in read:
        return UNKNOWN
    if base.shape is None:
        surely_array = any(part.kind != "int" for part in read)
        return Array(base.dtype, None) if surely_array else UNKNOWN
    return _array_item(base, read)


def getitem_type(base: Type, index: Operand) -> Type:
    """The type of `base[index]`, the index still in one piece."""
    if isinstance(base, Array):
        return index_type(base, split_index(index))
    return index_type(base, [index])


def split_index(index: Operand) -> list[Operand]:
    """The parts of an index: those of a tuple, else the index itself."""
    if isinstance(index, Const) and isinstance(index.value, tuple):
        return [Const(part) for part in index.value]
    if isinstance(index.type, Tuple):
        return [Var(None, t) for t in index.type.items]
    return [index]


def _read(part: Operand | SliceParts) -> _Part | None:
    if isinstance(part, SliceParts):
        return _Part("slice", part)
    if isinstance(part, Const):
        value = part.value
        if value is None:
            return _NEWAXIS
        if value is Ellipsis:
            return _ELLIPSIS
        if isinstance(value, slice):
            return _Part("slice", SliceParts(*map(Const, (value.start, value.stop, value.step))))
        if isinstance(value, (list, tuple)):
            return _array_part(_constant_array(value))
    t = part.type
    if isinstance(t, Number):
        return _INT if t.dtype is not None and t.dtype.kind in "iu" else None
    if isinstance(t, Slice):
        return _Part("slice", t)
    if isinstance(t, NoneType):
        return _NEWAXIS
    if isinstance(t, Object) and t.cls is type(Ellipsis):
        return _ELLIPSIS
    return _array_part(as_array(t))


def _constant_array(value: list | tuple) -> Array | None:
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return Array(array.dtype, array.shape)


def _array_part(t: Array | None) -> _Part | None:
    if t is None or t.shape is None or t.dtype is None:
        return None
    if t.shape == (0,) and t.dtype.kind == "f":  # the empty list
        return _Part("array", (0,))
    if t.dtype.kind == "b":
        return _Part("mask", (fresh_dim(),), len(t.shape)) if t.shape else None
    if t.dtype.kind in "iu":
        return _Part("array", t.shape) if t.shape else _INT
    return None


def _array_item(base: Array, parts: list[_Part]) -> Type:
    consumed = sum(part.axes for part in parts)
    missing = len(base.shape) - consumed
    if missing < 0 or parts.count(_ELLIPSIS) > 1:
        return UNKNOWN
    if _ELLIPSIS not in parts:
        whole = missing == 0 and all(part.kind == "int" for part in parts)
        if whole:
            return Number(base.dtype, False)
        parts = [*parts, _ELLIPSIS]
    advanced = any(part.kind in ("array", "mask") for part in parts)
    shape, axis, places = [], 0, []
    for position, part in enumerate(parts):
        if part.kind == "ellipsis":
            shape.extend(base.shape[axis : axis + missing])
            axis += missing
        elif part.kind == "newaxis":
            shape.append(1)
        elif part.kind == "slice":
            shape.append(slice_length(base.shape[axis], part.value))
        elif advanced:
            places.append((position, len(shape)))
        axis += part.axes
    if advanced:
        return _advanced_item(base, parts, shape, places)
    return Array(base.dtype, tuple(shape), base.contiguous and _in_one_piece(parts, missing))


def _in_one_piece(parts: list[_Part], missing: int) -> bool:
    """Is what basic indices take from a contiguous array contiguous? Some of the items along one axis are,
    if before it there are only single ones, and after it all."""
    begun = False
    for part in parts:
        if part.kind == "ellipsis":
            begun = begun or missing > 0
        elif part.kind == "int":
            if begun:
                return False
        elif part.kind == "slice":
            known = isinstance(part.value, SliceParts)
            bounds = [part.value.start, part.value.stop, part.value.step] if known else [None] * 3
            start, stop, step = (_bound(x) if x is not None else None for x in bounds)
            if not known or step not in (None, 1) or begun and (start is not None or stop is not None):
                return False
            begun = True
    return True


def _advanced_item(base: Array, parts: list[_Part], shape: list[Length], places: list) -> Type:
    """Integer arrays broadcast together; their axes stay in place if the indices are neighbours."""
    indices = [parts[position] for position, _ in places]
    broadcast = broadcast_shapes(part.value or () for part in indices)
    positions = [position for position, _ in places]
    neighbours = positions[-1] - positions[0] == len(positions) - 1
    at = places[0][1] if neighbours else 0
    return Array(base.dtype, (*shape[:at], *broadcast, *shape[at:]))


def slice_length(length: Length, part: SliceParts | Slice) -> Length:
    """How many elements a slice takes from an axis."""
    length = find(length)
    if isinstance(part, Slice):
        return fresh_dim()
    bounds = [_bound(x) for x in (part.start, part.stop, part.step)]
    start, stop, step = _relative_to(length, bounds)
    if all(x is None or isinstance(x, int) for x in (start, stop, step)) and step != 0:
        if isinstance(length, int):
            return len(range(*slice(start, stop, step).indices(length)))
        found = _slice_of_dim(length, start, stop, 1 if step is None else step)
        if found is not None:
            return found
    not_one = surely_not_one(length) and _takes_several(start, stop, step)
    return derive(("slice", length, start, stop, step), not_one)


def _bound(x: Operand | None) -> Hashable:
    """A bound as a number, None, a length, or the variable that holds it."""
    if x is None:
        return None
    if isinstance(x, Const):
        return None if x.value is None else int(x.value)
    if isinstance(x.type, NoneType):
        return None
    if isinstance(x.type, Number) and x.type.length is not None:
        length = find(x.type.length)
        clamped = length == 0 and isinstance(x.type.length, Dim) and x.type.length.offset < 0
        return x if clamped else length  # `n - 2` for n = 1 is no length, but -1
    return x


def _relative_to(length: Length, bounds: list[Hashable]) -> list[Hashable]:
    """Write a stop that is the length of the axis, or just below it, as `None` or `-k`.

    Not for k > 2: for n = 2, `x[:n - 3]` is `x[:-1]`, which is not empty.
    """
    start, stop, step = bounds
    if isinstance(length, Dim) and isinstance(stop, Dim) and stop.symbol is length.symbol:
        below = length.offset - stop.offset
        forward = step is None or (isinstance(step, int) and step > 0)
        if forward and below <= 2:
            stop = None if below <= 0 else -below
    if isinstance(start, int) and start == 0 and (step is None or step == 1):
        start = None
    return [start, stop, None if step == 1 else step]


def _slice_of_dim(length: Dim, start: int | None, stop: int | None, step: int) -> Length | None:
    """Slices that take all but a constant number of elements from either end."""
    if step == 1:
        low, high = start or 0, stop
        if low >= 0 and (high is None or high < 0):
            return shifted(length, (high or 0) - low)
        if low >= 0 and 0 <= high <= low:
            return 0
    if step == -1 and (start is None or start < 0) and (stop is None or stop >= 0):
        from_end = 0 if start is None else -start - 1
        from_start = 0 if stop is None else stop + 1
        return shifted(length, -(from_end + from_start))
    return None


def _takes_several(start: Hashable, stop: Hashable, step: Hashable) -> bool:
    """Does the slice take min(k, n) elements for a k > 1? Then not one, if n is not."""
    if step is not None:
        return False
    first = start is None and isinstance(stop, int) and stop > 1
    last = stop is None and isinstance(start, int) and start < -1
    return first or last


def item_type(base: Tuple | List | Dict, key: Operand | SliceParts) -> Type:
    """The type of an item of a container; of any of them when the key is not known."""
    if isinstance(base, Dict):
        return _value_type(base, key)
    if _is_slice(key):
        return _subsequence(base, key)
    if not isinstance(key.type, Number) or key.type.dtype is None or key.type.dtype.kind not in "iub":
        return UNKNOWN
    if base.items is None:
        return _defined(base.item)
    index = key.value if isinstance(key, Const) else key.type.length
    if isinstance(index, (int, np.integer)):
        return base.items[index] if -len(base.items) <= index < len(base.items) else UNKNOWN
    return _defined(join_all(base.items))


def _is_slice(key: Operand | SliceParts) -> bool:
    return isinstance(key, SliceParts) or isinstance(key.type, Slice)


def _subsequence(base: Tuple | List, key: Operand | SliceParts) -> Type:
    if base.items is None:
        return List(None, base.item)
    bounds: Any = None
    if isinstance(key, Const):
        bounds = (key.value.start, key.value.stop, key.value.step)
    elif isinstance(key, SliceParts):
        bounds = tuple(_bound(x) for x in (key.start, key.stop, key.step))
    if bounds is not None and all(x is None or isinstance(x, int) for x in bounds):
        items = base.items[slice(*bounds)]
        return Tuple(items) if isinstance(base, Tuple) else List(items)
    return UNKNOWN if isinstance(base, Tuple) else List(None, base.element)


def _value_type(base: Dict, key: Operand | SliceParts) -> Type:
    if base.keys is None:
        return _defined(base.value)
    if isinstance(key, Const):
        for known, t in zip(base.keys, base.values):
            if known is key.value or (type(known) is type(key.value) and known == key.value):
                return t
        return UNKNOWN
    return _defined(join_all(base.values))


def _defined(t: Type) -> Type:
    return UNKNOWN if t == UNDEFINED else t
