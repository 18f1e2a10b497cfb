"""Closures, decorators, functions as values, arguments in all forms."""

import dataclasses
import functools
import logging
import math
import operator
from functools import partial, reduce, wraps

import numpy as np
from frontend.agreement import Programs

programs = Programs()

X = 0.8

A = np.array([0.5, 1.2, -0.7, 2.1])


@programs(X)
def closure_loop(x):
    fs = []
    for k in range(3):
        fs.append(lambda t: t**k * x)
    return sum(f(x) for f in fs)


@programs(X)
def nonlocal_counter(x):
    n = 0.0

    def inc(v):
        nonlocal n
        n += v * x

    for k in range(3):
        inc(k + x)
    return n**2


@functools.cache
def cached(x):
    return np.sin(x) * x


@programs(X)
def lru(x):
    return cached(x) + cached(x) ** 2


def logged(f):

    @wraps(f)
    def w(*a, **k):
        logging.getLogger("q").info("calling %s", f.__name__)
        return 2 * f(*a, **k)

    return w


@logged
def deco_inner(x):
    return x**3


@programs(X)
def wrapped(x):
    return deco_inner(x) + x


def repeat_n(n):

    def dec(f):

        @wraps(f)
        def w(x):
            for _ in range(n):
                x = f(x)
            return x

        return w

    return dec


@repeat_n(3)
def step(x):
    return np.cos(x)


@programs(X)
def param_deco(x):
    return step(x)


@programs(X)
def inner_decorated(x):

    def twice(f):

        def w(t):
            return f(f(t))

        return w

    @twice
    def g(t):
        return t**2 + x

    return g(x)


class Scaled:
    def __init__(self, w):
        self.w = w

    def f(self, x):
        return self.w * x * 2.0


@dataclasses.dataclass
class Circle:
    r: float


@programs(X)
def opmod(x):
    return (
        operator.add(x, 1) * operator.itemgetter(1)([x, x**2])
        + operator.attrgetter("r")(Circle(x))
        + operator.mul(x, x)
        + operator.methodcaller("f", x)(Scaled(x))
    )


@programs(X)
def partials(x):
    f = partial(lambda a, b, c=1: a * b + c, x, c=x**2)
    g = partial(pow, 2.0)
    return f(3.0) + f(x, c=0) + g(x)


@programs(X)
def red(x):
    return reduce(lambda a, b: a * x + b, [1.0, 2.0, x]) + reduce(operator.mul, [x, x, 2.0], 1.0)


@programs(X)
def argskw(x):

    def f(a, /, b, *args, c=1.0, **kw):
        return a * b + sum(args) * c + sum(kw.values())

    return f(x, 2.0) + f(x, x, x, x**2, c=x, d=x, e=2.0) + f(*[x, x], **{"c": x, "z": x})


@programs(X)
def lambdas(x):
    return (lambda f: f(f(x)))(lambda t: t * t + 1) + (lambda *a: sum(a))(x, x)


@programs(X)
def compose(x):

    def comp(*fs):

        def run(v):
            for f in reversed(fs):
                v = f(v)
            return v

        return run

    return comp(math.sin, lambda t: t**2, np.exp)(x)


def _poly(c, x):
    r = 0.0
    for a in reversed(c):
        r = r * x + a
    return r


@programs((1.0, 2.0, 3.0), X, wrt=(0, 1))
def horner(c, x):
    return _poly(c, x)


@programs(X)
def walrus(x):
    if (y := (x**2)) > 0.1 and (z := (y * 2)) > 0:
        return y * z
    return y


@programs(A)
def walrus_comp(a):
    return sum([z * z for v in a if (z := (v * 2)) > 0])


GAIN = 3.0

CFG = {"k": 2.0, "l": [1.0, 2.0]}


@programs(X)
def globs(x):
    global GAIN
    return GAIN * x * CFG["k"] + CFG["l"][1] * x


@programs(A)
def sort_key(a):
    l = sorted([a[0], a[1], a[2]], key=lambda v: -v)
    m = sorted(a)
    return l[0] * 2 + l[1] * 3 + m[0] * m[-1]


@programs(X)
def default_mut(x):

    def add(v, acc=[]):  # noqa: B006
        acc.append(v)
        return acc

    return sum(add(x) + add(x**2))


@programs(X)
def kwonly(x):

    def f(*, a, b=2):
        return a * b

    return f(a=x) + f(b=x, a=x)


@programs(X)
def star_calls(x):

    def f(a, b, c):
        return a * b + c

    p = (x, 2.0)
    d = {"c": x**2}
    return f(*p, **d) + f(*[1.0], *p) + max(*p, 3.0)


@programs(X)
def recursion_default(x):

    def f(n, acc=1.0):
        return acc if n == 0 else f(n - 1, acc * x)

    return f(4)


@programs(X)
def closure_counter(x):

    def make():
        n = 0

        def inc():
            nonlocal n
            n += 1
            return n * x

        return inc

    c = make()
    d = make()
    return c() + c() + d()


@programs(X)
def func_table(x):
    ops = {"+": operator.add, "*": lambda a, b: a * b, "sin": np.sin}
    return ops["+"](x, 2) * ops["*"](x, x) + ops["sin"](x)


@programs(A)
def opt_arg(a):

    def norm(v, scale=None):
        if scale is None:
            scale = np.sum(v)
        return v / scale

    return np.sum(norm(a) ** 2) + np.sum(norm(a, scale=2.0))


@programs(X)
def lambda_default(x):
    return (lambda a, b=x: a * b)(2.0) + (lambda: x)()


@programs(X)
def ifexp_call(x):
    return (math.sin if x > 0 else math.cos)(x)


WEIGHTS = np.array([1.0, 2, 3, 4])

NAMES = ["a", "b"]

TABLE = {"k": (1.0, 2.0)}


@programs(A)
def global_const(a):
    return np.sum(a * WEIGHTS) + len(NAMES) * a[0] + TABLE["k"][1] * a[1]


@programs(X)
def t8(x):
    f = math.sin if x > 0 else math.cos
    g = (lambda t: t**2) if x > 2 else lambda t: t**3
    return f(x) * g(x)


test_derivatives_agree_with_differences = programs.test()
