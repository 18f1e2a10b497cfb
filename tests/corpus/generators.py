"""Generators, and what is made of them: consumed by loops, by one another, in part, and from the end of others."""

import itertools
from dataclasses import dataclass

import numpy as np

from corpus.runner import program

v = np.array([0.62, 0.27, 0.41, 0.93, 0.38, 0.78])


def windows(xs, k):
    for i in range(len(xs) - k + 1):
        yield xs[i : i + k]


@program(v)
def products_of_windows(xs):
    return sum(np.prod(w) for w in windows(xs, 3))


def newton(x, a):
    while True:
        yield x
        x = 0.5 * (x + a / x)


@program(2.0)
def iterated_until_close(a):
    for k, x in enumerate(newton(1.0, a)):
        if abs(x * x - a) < 1e-10 or k > 20:
            return x * k


def leaves(depth, x):
    if depth == 0:
        yield x
        return
    yield from leaves(depth - 1, x * 0.5)
    yield from leaves(depth - 1, x + 1.0)


@program(1.3)
def leaves_of_a_tree(x):
    return sum(y**2 for y in leaves(3, x))


def chunks(xs, n):
    it = iter(xs)
    while chunk := list(itertools.islice(it, n)):
        yield chunk


@program(v)
def in_chunks(xs):
    return sum(max(c) * sum(c) for c in chunks(xs, 4))


@program(v)
def a_pipeline(xs):
    def scaled(it):
        for z in it:
            yield z * z

    def above(it, limit):
        for z in it:
            if z > limit:
                yield z

    def running(it):
        total = 0.0
        for z in it:
            total += z
            yield total

    return sum(running(above(scaled(xs), 0.15)))


def fibonacci(x):
    a, b = x, 1.0
    for _ in range(8):
        yield a
        a, b = b, a + b * x


@program(1.3)
def weighted_terms(x):
    return sum(a / (k + 1) for k, a in enumerate(fibonacci(x)))


@program(v)
def beside_an_array(xs):
    return sum(a * b for a, b in zip(fibonacci(xs[0]), xs))


@program(v)
def the_value_that_a_generator_returns(xs):
    def partial():
        total = 0.0
        for z in xs:
            total += z
            yield z * total
        return total

    def whole():
        total = yield from partial()
        yield total * 10.0

    return sum(whole())


@program(v)
def the_first_apart(xs):
    it = iter(xs)
    first = next(it)
    total = 0.0
    for z in it:
        total += z * first
    return total + next(it, 5.0) * first


@program(v)
def left_early_with_something_to_finish(xs):
    finished = []

    def squares():
        try:
            for z in xs:
                yield z * z
        finally:
            finished.append(xs[-1])

    total = 0.0
    for y in squares():
        total += y
        if total > 1.0:
            break
    return total * xs[0]


def powers(x, n=5):
    for i in range(n):
        yield x**i * (i + 1)


class Source:
    def __init__(self, x):
        self.it = powers(x)

    def take(self):
        return next(self.it)


@dataclass
class Kept:
    it: object


@program(0.87)
def generator_of_an_object(x):
    b = Source(x)
    return b.take() * 3 + b.take() * 5 + b.take() * x


@program(0.87)
def generators_in_a_list(x):
    gs = [powers(x), powers(2 * x)]
    return next(gs[0]) + next(gs[0]) * 3 + next(gs[1]) * x + next(gs[1])


@program(0.87)
def generators_in_a_dict(x):
    d = {"a": powers(x)}
    d["b"] = powers(x * x)
    return next(d["a"]) + next(d["a"]) * next(d["b"]) + next(d["b"])


@program(0.87)
def generator_in_a_tuple(x):
    t = (powers(x), 3.0)
    next(t[0])
    return next(t[0]) * t[1]


@program(0.87)
def one_generator_under_two_names(x):
    a = b = powers(x)
    next(a)
    return next(b) * 2 + next(a)


@program(0.87)
def generator_in_a_dataclass(x):
    d = Kept(powers(x))
    next(d.it)
    return next(d.it) * 2 + next(d.it)


@program(0.87)
def generator_appended(x):
    gs = []
    gs.append(powers(x))
    next(gs[0])
    return sum(gs[0])


@program(0.87)
def two_generators_returned(x):
    def mk():
        return powers(x), powers(2 * x)

    g, h = mk()
    next(g)
    return next(g) * next(h) + next(h)


@program(0.87)
def generator_named_in_an_expression(x):
    r = next(g := powers(x)) + next(g) * x
    return r + sum(g)


@program(0.87)
def generator_drained_by_a_function(x):
    def drain(it, n):
        return sum(next(it) for _ in range(n))

    g = powers(x)
    return drain(g, 2) * drain(g, 3)


@program(0.87)
def zip_in_a_list(x):
    z = zip([x, 2 * x, 3 * x], [1.0, 2.0, 3.0])
    o = [z]
    a, b = next(o[0])
    c, d = next(o[0])
    return a * b + c * d + sum(p * q for p, q in o[0])


@program(0.4, 0.8, 1.7, wrt=(0, 1, 2))
def return_from_a_loop_over_a_generator_after_another(a, b, c):
    def f(x):
        if x > 0.5:
            if x < 1.5:
                return x * x
        for v in powers(x, 3):
            if v > 3.0:
                return v
        return x**3

    return f(a) + 2 * f(b) + 3 * f(c)
