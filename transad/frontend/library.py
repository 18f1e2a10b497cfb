"""Builtins that are small programs themselves, written as such and inlined where they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def sum_of(items: Any, start: Any) -> Any:
    total = start
    for item in items:
        total = total + item
    return total


def largest(items: Any) -> Any:
    best = items[0]
    for k in range(1, len(items)):
        best = items[k] if items[k] > best else best
    return best


def smallest(items: Any) -> Any:
    best = items[0]
    for k in range(1, len(items)):
        best = items[k] if items[k] < best else best
    return best


def larger(a: Any, b: Any) -> Any:
    return b if b > a else a


def smaller(a: Any, b: Any) -> Any:
    return b if b < a else a


def best_by(items: Any, key: Callable[[Any], Any], sign: int) -> Any:
    best, best_key = items[0], key(items[0])
    for k in range(1, len(items)):
        item = items[k]
        item_key = key(item)
        if sign * item_key > sign * best_key:
            best, best_key = item, item_key
    return best


def reduced_from_first(function: Callable[[Any, Any], Any], items: Any) -> Any:
    total = items[0]
    for k in range(1, len(items)):
        total = function(total, items[k])
    return total


def reduced(function: Callable[[Any, Any], Any], items: Any, start: Any) -> Any:
    total = start
    for item in items:
        total = function(total, item)
    return total


def is_any(items: Any) -> Any:
    for item in items:
        if item:
            return True
    return False


def are_all(items: Any) -> Any:
    for item in items:
        if not item:
            return False
    return True


def fractional_and_whole(a: Any, b: Any) -> Any:
    return a // b, a % b


def itself(function: Any) -> Any:
    return function


def item_at(key: Any, container: Any) -> Any:
    return container[key]


def items_at(keys: Any, container: Any) -> Any:
    return tuple([container[key] for key in keys])


def attributes_of(*names_and_owner: Any) -> Any:
    *names, owner = names_and_owner
    found = []
    for name in names:
        value = owner
        for part in name.split("."):
            value = getattr(value, part)
        found.append(value)
    return found[0] if len(found) == 1 else tuple(found)


def method_of(name: str, args: Any, kwargs: Any, owner: Any) -> Any:
    return getattr(owner, name)(*args, **kwargs)


def dispatched(function: Any, owner: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
    return function.dispatch(type(value))(owner, value, *args, **kwargs)


def position_in(items: Any, wanted: Any) -> Any:
    position = -1
    for k in range(len(items)):
        if position < 0 and items[k] == wanted:
            position = k
    if position < 0:
        raise ValueError("the value is not in the list")
    return position


def items_of(array: Any) -> Any:
    return [entry.item() for entry in array]


def lists_of(array: Any) -> Any:
    return [row.tolist() for row in array]


# ---- generators: functions of itertools, and of the builtins


def drawn(iterator: Any) -> Any:
    while True:
        try:
            item = iterator.__next__()
        except StopIteration:
            return
        yield item


def indexed(container: Any) -> Any:
    k = 0
    while True:
        try:
            item = container[k]
        except IndexError:
            return
        yield item
        k += 1


def mapped(function: Callable[..., Any], *sequences: Any) -> Any:
    for items in zip(*sequences):
        yield function(*items)


def filtered(function: Callable[[Any], Any], items: Any) -> Any:
    for item in items:
        if function(item):
            yield item


def filterfalse(function: Callable[[Any], Any], items: Any) -> Any:
    for item in items:
        if not function(item):
            yield item


def repeated(item: Any, times: int) -> Any:
    for _ in range(times):
        yield item


def numbered(items: Any, start: int) -> Any:
    k = start
    for item in items:
        yield k, item
        k += 1


def beside(items: Any, others: Any) -> Any:
    k = 0
    for item in items:
        if k >= len(others):
            break
        yield item, others[k]
        k += 1


def beside_reversed(items: Any, others: Any) -> Any:
    k = 0
    for item in items:
        if k >= len(others):
            break
        yield others[k], item
        k += 1


def chained(sequences: Any) -> Any:
    for items in sequences:
        yield from items


def accumulated(items: Any, function: Callable[[Any, Any], Any]) -> Any:
    total = items[0]
    yield total
    for k in range(1, len(items)):
        total = function(total, items[k])
        yield total


def accumulated_from(items: Any, function: Callable[[Any, Any], Any], start: Any) -> Any:
    total = start
    yield total
    for item in items:
        total = function(total, item)
        yield total


def product_1(a: Any) -> Any:
    for x in a:
        yield (x,)


def product_2(a: Any, b: Any) -> Any:
    for x in a:
        for y in b:
            yield x, y


def product_3(a: Any, b: Any, c: Any) -> Any:
    for x in a:
        for y in b:
            for z in c:
                yield x, y, z


def product_4(a: Any, b: Any, c: Any, d: Any) -> Any:
    for w in a:
        for x in b:
            for y in c:
                for z in d:
                    yield w, x, y, z


def entries(places: Any, array: Any) -> Any:
    for place in places:
        yield place, array[place]


def pairs(items: Any) -> Any:
    for k in range(len(items)):
        for m in range(k + 1, len(items)):
            yield items[k], items[m]


def pairs_with_same(items: Any) -> Any:
    for k in range(len(items)):
        for m in range(k, len(items)):
            yield items[k], items[m]


def neighbours(items: Any) -> Any:
    for k in range(len(items) - 1):
        yield items[k], items[k + 1]


def spread(function: Callable[..., Any], items: Any) -> Any:
    for arguments in items:
        yield function(*arguments)


def takewhile(test: Callable[[Any], Any], items: Any) -> Any:
    for item in items:
        if not test(item):
            break
        yield item


def sliced(items: Any, start: int, stop: int | None, step: int) -> Any:
    k = 0
    for item in items:
        if stop is not None and k >= stop:
            break
        if k >= start and (k - start) % step == 0:
            yield item
        k += 1


def dropwhile(test: Callable[[Any], Any], items: Any) -> Any:
    dropping = True
    for item in items:
        if dropping:
            dropping = test(item)
        if not dropping:
            yield item


def compressed(pairs_of: Any) -> Any:
    for item, chosen in pairs_of:
        if chosen:
            yield item


def unchanged(x: Any) -> Any:
    return x


def groups(items: Any, key: Callable[[Any], Any]) -> Any:
    """Neighbours that have equal keys, as `itertools.groupby` finds them."""
    together = []
    last = None
    for item in items:
        found = key(item)
        if len(together) > 0 and found != last:
            yield last, iter(list(together))
            together.clear()
        last = found
        together.append(item)
    if len(together) > 0:
        yield last, iter(list(together))


def outer(ufunc: Any, A: Any, B: Any) -> Any:
    """The method of that name of any ufunc: every entry of A with every entry of B."""
    if ufunc is np.multiply and np.ndim(A) == 1 and np.ndim(B) == 1:
        return np.outer(A, B)
    A = np.asarray(A)
    if np.ndim(A) == 1 and np.ndim(B) == 1:
        return ufunc(A[:, None], B)
    return ufunc(np.reshape(A, np.shape(A) + (1,) * np.ndim(B)), B)


def at(ufunc: Any, array: Any, indices: Any, *operand: Any) -> None:
    """The method of that name of any ufunc: one entry after the other, those that are met again, too."""
    if isinstance(indices, tuple) and len(indices) == 1:
        indices = indices[0]
    if isinstance(indices, (tuple, slice)):
        indices = np.reshape(np.arange(np.size(array)), np.shape(array))[indices]
        array = np.reshape(array, -1)
    places = np.asarray(indices)
    if places.dtype == np.bool_:
        places = np.flatnonzero(places)
        array = np.reshape(array, -1)
    places = np.ravel(places)
    if len(operand) == 0:
        for k in range(len(places)):
            array[places[k]] = ufunc(array[places[k]])
    elif np.ndim(operand[0]) == 0:
        for k in range(len(places)):
            array[places[k]] = ufunc(array[places[k]], operand[0])
    else:
        given = np.broadcast_to(operand[0], np.shape(array[indices]))
        others = np.reshape(given, (len(places), *np.shape(array)[1:]))
        for k in range(len(places)):
            array[places[k]] = ufunc(array[places[k]], others[k])


def reduceat(ufunc: Any, array: Any, indices: Any, axis: int = 0) -> Any:
    """The method of that name of any ufunc: `array[i[k] : i[k + 1]]` reduced, or `array[i[k]]` alone."""
    rows = np.moveaxis(array, axis, 0)
    starts = np.asarray(indices)
    results = np.zeros_like(rows[starts])
    for k in range(len(starts)):
        stop = starts[k + 1] if k + 1 < len(starts) else len(rows)
        if starts[k] < stop:
            results[k] = ufunc.reduce(rows[starts[k] : stop])
        else:
            results[k] = rows[starts[k]]
    return np.moveaxis(results, 0, axis)


# Changes of lists whose lengths are known only when the program runs: new lists, item by item.


def place_of(items: Any, k: Any) -> Any:
    """An index counted from the front."""
    return k + len(items) if k < 0 else k


def with_inserted(items: Any, k: Any, item: Any) -> Any:
    k = max(place_of(items, k), 0)
    new = []
    for j in range(len(items)):
        if j == k:
            new.append(item)
        new.append(items[j])
    if k >= len(items):
        new.append(item)
    return new


def taken_out(items: Any, k: Any) -> Any:
    """The item at an index, and the list without it."""
    k = place_of(items, k)
    item = items[k]
    new = []
    for j in range(len(items)):
        if j != k:
            new.append(items[j])
    return item, new


def turned_round(items: Any) -> Any:
    new = []
    for j in range(len(items)):
        new.append(items[len(items) - 1 - j])
    return new


def keys_of(items: Any, key: Callable[[Any], Any]) -> Any:
    keys = []
    for item in items:
        keys.append(key(item))
    return keys


def in_order(items: Any, keys: Any, backwards: bool) -> Any:
    """Sorted; equal items stay in the order that they are in, backwards too."""
    places = np.argsort(-np.array(keys) if backwards else np.array(keys), kind="stable")
    new = []
    for k in places:
        new.append(items[k])
    return new


def part_of(items: Any, start: Any, stop: Any) -> Any:
    first = 0 if start is None else max(place_of(items, start), 0)
    last = len(items) if stop is None else min(place_of(items, stop), len(items))
    new = []
    for k in range(first, last):
        new.append(items[k])
    return new
