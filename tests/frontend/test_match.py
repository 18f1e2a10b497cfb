"""`match` in all its patterns."""

import dataclasses
import math

import numpy as np
from frontend.agreement import Programs

programs = Programs()

X = 0.8


@programs(X)
def match_literal(x):
    t = 0.0
    for k in range(4):
        match k:
            case 0:
                t += x
            case 1 | 2:
                t += x**2
            case _ if x > 0:
                t += np.sin(x)
            case _:
                t -= x
    return t


@dataclasses.dataclass
class Circle:
    r: float


@dataclasses.dataclass
class Rect:
    w: float
    h: float


def area(s):
    match s:
        case Circle(r):
            return math.pi * r**2
        case Rect(w=w, h=h) if w > h:
            return w * h
        case Rect(w, h):
            return w * h * 2


@programs(X)
def match_class(x):
    return sum(area(s) for s in [Circle(x), Rect(x, 2 * x), Rect(3 * x, x)])


@programs(X)
def match_seq(x):

    def f(p):
        match p:
            case []:
                return 0.0
            case [a]:
                return a
            case [a, b]:
                return a * b
            case [a, *rest]:
                return a + sum(rest)

    return f([]) + f([x]) + f((x, x)) + f([x, x**2, x**3])


@programs(X)
def match_map(x):

    def f(d):
        match d:
            case {"op": "add", "args": [a, b]}:
                return a + b
            case {"op": "mul", "args": [a, b]}:
                return a * b
            case {"op": str(), **rest}:
                return x * len(rest)
            case _:
                return 0.0

    return (
        f({"op": "add", "args": [x, 1.0]}) * f({"op": "mul", "args": [x, x]})
        + f({"op": "z", "q": 1})
        + f({"k": 2})
    )


test_derivatives_agree_with_differences = programs.test()
