"""Syntax of Python 3.12: type parameters, type aliases, quotes inside of f-strings."""

from dataclasses import dataclass

import numpy as np

from corpus.runner import program

type Vector = np.ndarray
type Pair[T] = tuple[T, T]

v = np.array([0.62, 0.27, 0.41])


def first_of[T](items: list[T]) -> T:
    return items[0]


@program(v)
def a_generic_function[A: np.ndarray](x: A) -> float:
    return first_of([x, 2.0 * x]) @ x


class Stack[T]:
    def __init__(self) -> None:
        self.items: list[T] = []

    def push(self, item: T) -> None:
        self.items.append(item)

    def total(self, weight: float) -> T:
        return sum(weight * item for item in self.items)


@program(1.3)
def a_generic_class(x: float) -> float:
    stack = Stack[float]()
    stack.push(x)
    stack.push(x**2)
    return stack.total(0.5 * x)


@dataclass
class Box[T]:
    value: T

    def mapped[U](self, f) -> "Box[U]":
        return Box(f(self.value))


@program(0.7)
def a_generic_dataclass(x):
    return Box(x).mapped(np.sin).mapped(lambda y: y * x).value


@program(v)
def type_aliases(x: Vector) -> float:
    type Local = list[float]
    pair: Pair[float] = (x[0], x[1])
    rest: Local = [pair[0] * pair[1], x[2]]
    return rest[0] * rest[1]


@program(0.7)
def quotes_inside_of_quotes(x):
    values = {"a": x, "b": x**2}
    name = f"{"a" if values["b"] > 0.0 else f"{"b"}"}"
    print(f"{name}: {values["a"]:.{2}f} {", ".join(values)}", end="")
    return values["a"] * values["b"]
