"""Builtins that are small programs themselves, written as such and inlined where they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


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
    for item in items[1:]:
        item_key = key(item)
        if sign * item_key > sign * best_key:
            best, best_key = item, item_key
    return best


def mapped(function: Callable[..., Any], *sequences: Any) -> Any:
    return [function(*items) for items in zip(*sequences)]


def filtered(function: Callable[[Any], Any], items: Any) -> Any:
    return [item for item in items if function(item)]


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
