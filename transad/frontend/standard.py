"""Functions of the standard library that are written in C, or in a Python that computes with exact fractions:
what they do, as programs that are interpreted where they are called. Looked up by module and name, so that
none of these modules is loaded before the user's program does it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

# ---- heapq


def heappush(heap: Any, item: Any) -> None:
    heap.append(item)
    rise(heap, 0, len(heap) - 1)


def heappop(heap: Any) -> Any:
    last = heap.pop()
    if len(heap) == 0:
        return last
    first = heap[0]
    heap[0] = last
    sink(heap, 0)
    return first


def heapreplace(heap: Any, item: Any) -> Any:
    first = heap[0]
    heap[0] = item
    sink(heap, 0)
    return first


def heappushpop(heap: Any, item: Any) -> Any:
    if len(heap) > 0 and heap[0] < item:
        first = heap[0]
        heap[0] = item
        sink(heap, 0)
        return first
    return item


def heapify(heap: Any) -> None:
    for k in reversed(range(len(heap) // 2)):
        sink(heap, k)


def rise(heap: Any, top: int, place: int) -> None:
    """The item at a place goes up, past those that are larger."""
    item = heap[place]
    while place > top:
        above = (place - 1) // 2
        if not item < heap[above]:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = item


def sink(heap: Any, top: int) -> None:
    """The item at a place goes all the way down along the smaller items, then up to where it belongs."""
    place = top
    item = heap[top]
    below = 2 * place + 1
    while below < len(heap):
        if below + 1 < len(heap) and not heap[below] < heap[below + 1]:
            below = below + 1
        heap[place] = heap[below]
        place = below
        below = 2 * place + 1
    heap[place] = item
    rise(heap, top, place)


def nlargest(n: int, iterable: Any, key: Callable[[Any], Any] | None = None) -> Any:
    return sorted(iterable, key=key, reverse=True)[:n]


def nsmallest(n: int, iterable: Any, key: Callable[[Any], Any] | None = None) -> Any:
    return sorted(iterable, key=key)[:n]


# ---- bisect


def bisect_left(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> Any:
    first = lo
    last = len(a) if hi is None else hi
    while first < last:
        middle = (first + last) // 2
        if (a[middle] if key is None else key(a[middle])) < x:
            first = middle + 1
        else:
            last = middle
    return first


def bisect_right(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> Any:
    first = lo
    last = len(a) if hi is None else hi
    while first < last:
        middle = (first + last) // 2
        if x < (a[middle] if key is None else key(a[middle])):
            last = middle
        else:
            first = middle + 1
    return first


def insort_left(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> None:
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_right(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> None:
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


# ---- statistics


def mean(data: Any) -> Any:
    items = list(data)
    return math.fsum(items) / len(items)


def fmean(data: Any, weights: Any = None) -> Any:
    items = list(data)
    if weights is None:
        return math.fsum(items) / len(items)
    heavy = list(weights)
    return math.fsum([w * x for w, x in zip(heavy, items)]) / math.fsum(heavy)


def geometric_mean(data: Any) -> Any:
    items = list(data)
    return math.exp(math.fsum([math.log(x) for x in items]) / len(items))


def harmonic_mean(data: Any, weights: Any = None) -> Any:
    items = list(data)
    if weights is None:
        return len(items) / math.fsum([1.0 / x for x in items])
    heavy = list(weights)
    return math.fsum(heavy) / math.fsum([w / x for w, x in zip(heavy, items)])


def pvariance(data: Any, mu: Any = None) -> Any:
    items = list(data)
    center = mean(items) if mu is None else mu
    return math.fsum([(x - center) ** 2 for x in items]) / len(items)


def variance(data: Any, xbar: Any = None) -> Any:
    items = list(data)
    center = mean(items) if xbar is None else xbar
    return math.fsum([(x - center) ** 2 for x in items]) / (len(items) - 1)


def pstdev(data: Any, mu: Any = None) -> Any:
    return math.sqrt(pvariance(data, mu))


def stdev(data: Any, xbar: Any = None) -> Any:
    return math.sqrt(variance(data, xbar))


def median(data: Any) -> Any:
    items = sorted(data)
    half = len(items) // 2
    return items[half] if len(items) % 2 == 1 else (items[half - 1] + items[half]) / 2


def median_low(data: Any) -> Any:
    items = sorted(data)
    return items[(len(items) - 1) // 2]


def median_high(data: Any) -> Any:
    items = sorted(data)
    return items[len(items) // 2]


def covariance(x: Any, y: Any, /) -> Any:
    return comoment(x, y) / (len(x) - 1)


def correlation(x: Any, y: Any, /) -> Any:
    return comoment(x, y) / math.sqrt(comoment(x, x) * comoment(y, y))


def comoment(x: Any, y: Any) -> Any:
    center_x, center_y = mean(x), mean(y)
    return math.fsum([(a - center_x) * (b - center_y) for a, b in zip(x, y)])


_OF_MODULE = {
    "heapq": (heappush, heappop, heapreplace, heappushpop, heapify, nlargest, nsmallest),
    "bisect": (bisect_left, bisect_right, insort_left, insort_right),
    "statistics": (mean, fmean, geometric_mean, harmonic_mean, pvariance, variance, pstdev, stdev, median,
                   median_low, median_high, covariance, correlation),
}  # fmt: skip
_FUNCTIONS = {(module, fn.__name__): fn for module, fns in _OF_MODULE.items() for fn in fns}


def written_out(fn: Any) -> Callable[..., Any] | None:
    """The program that is interpreted in place of a function of the standard library, if there is one."""
    module = getattr(fn, "__module__", None)
    if not isinstance(module, str) or module.lstrip("_") not in _OF_MODULE:
        return None
    return _FUNCTIONS.get((module.lstrip("_"), getattr(fn, "__name__", "")))
