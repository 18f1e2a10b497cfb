"""Iterators, generators and itertools: consumed once, in part, or together."""

import itertools

import numpy as np
import pytest
from frontend.agreement import Programs

import transad

programs = Programs()

X = 0.8

A = np.array([0.5, 1.2, -0.7, 2.1])


@programs(X)
def gen_return(x):

    def g(n):
        t = 0.0
        for k in range(n):
            yield (x**k)
            t += x
        return t

    def h():
        r = yield from g(3)
        yield r

    return sum(h())


@programs(A)
def it_product(a):
    return sum((a[i] * a[j] ** 2 for i, j in itertools.product(range(len(a)), repeat=2)))


@programs(A)
def it_combos(a):
    t = 0.0
    for u, v in itertools.combinations(a, 2):
        t += u * v
    return t


@programs(A)
def it_acc(a):
    return (
        sum(v**2 for v in itertools.accumulate(a))
        + list(itertools.accumulate(a, lambda s, v: s * 0.5 + v))[-1]
    )


@programs(A)
def it_chain(a):
    return sum(v**2 for v in itertools.chain(a, a * 2, [1.0, a[0]]))


@programs(A)
def it_pairwise(a):
    return sum(((y - x) ** 2 for x, y in itertools.pairwise(a)))


@programs(A)
def it_starmap(a):
    return sum(itertools.starmap(lambda x, y: x * y, zip(a, a[1:])))


@programs(A)
def it_ziplongest(a):
    return sum((x * y for x, y in itertools.zip_longest([a[0], a[1], a[2]], [a[1]], fillvalue=2.0)))


@programs(A)
def w_next(a):
    it = iter(a)
    first = next(it)
    t = 0.0
    for v in it:
        if v < 0:
            break
        t += v
    return first * t + next(it, 5.0) + sum(it)


@programs(A)
def z_twice(a):
    z = zip(a, a[::-1])
    s = sum((x * y for x, y in z))
    return s + sum((x for x, y in z))


@programs(A)
def m_twice(a):
    m = map(lambda v: v * v, a)
    return sum(m) + sum(m)


@programs(A)
def grouper(a):
    it = iter(a)
    return sum((x * y for x, y in zip(it, it)))


@programs(A)
def genexp_named(a):
    g = (v * v for v in a if v > 0)
    first = next(g)
    return first + sum(g) * 2


@programs(A)
def zip_rows(a):
    rows = [(a[0], a[1]), (a[2], a[3]), (1.0, a[0])]
    c, d = zip(*rows)
    return sum(c) * sum(d)


@programs(A)
def enum_start(a):
    t = 0.0
    for i, v in enumerate(a, start=1):
        t += i * v**2
    for i, (u, v) in enumerate(zip(a, a[::-1]), 2):
        t += i * u * v
    return t


@programs(A)
def sum_start(a):
    return sum([v * v for v in a], a[0]) + sum(a) + sum((v for v in a), start=1.0)


@programs(A)
def anyall(a):
    if any(v < 0 for v in a) and (not all(v > 0 for v in a)):
        return np.sum(a**2)
    return np.sum(a)


@programs(A)
def minmax(a):
    return (
        max([v**2 for v in a])
        + min(a, key=lambda v: abs(v - 1))
        + max([], default=a[0])
        + min(a[0], a[1], 2.0)
    )


@programs(X)
def gen_state(x):

    def walk(y):
        for k in range(4):
            y = y * x + k
            if y > 5:
                return
            yield (k, y)

    return sum((k * v for k, v in walk(x)))


@programs(X)
def gen_pipeline(x):
    nat = (k for k in range(10))
    sq = (x * k**2 for k in nat if k % 2)
    return sum(v for v in sq if v < 21)


def fibo(n, x):
    return x if n < 2 else fibo(n - 1, x) + x * fibo(n - 2, x)


@programs(0.7, 6)
def fib(x, n):
    return fibo(n, x)


@programs(X)
def fib_gen(x):

    def fib():
        a, b = (x, 1.0)
        while True:
            yield a
            a, b = (b, a + b * x)

    t = 0.0
    for k, v in enumerate(fib()):
        if k >= 5:
            break
        t += v * k
    return t


@programs(X)
def islice_gen(x):
    return (
        sum(itertools.islice((x * k for k in range(10)), 2, 8, 2))
        + sum((v for v, _ in zip(itertools.count(1), range(3)))) * x
    )


@programs(A)
def takewhile_(a):
    return sum(itertools.takewhile(lambda v: v > 0, a)) + sum(itertools.dropwhile(lambda v: v > 0, a))


@programs(A)
def filter_map(a):
    return sum(map(lambda v, w: v * w, filter(lambda v: v > 0, a), [1.0, 2.0, 3.0]))


@programs(A)
def zip_strict(a):
    return sum((x * y for x, y in zip(a, list(a), strict=True)))


@programs([-1.493, -0.873, 0.553])
def a_loop_sees_what_its_body_changes_in_the_list(z):
    s = z
    for _, e in enumerate(z):
        z[2] = np.sin(e)
    return s[2] + z[0]


@programs(A)
def a_loop_goes_on_over_what_its_body_appends(a):
    l = [a[0], a[1]]
    for v in l:
        if len(l) < 6:
            l.append(v * a[2])
    return sum(l) * len(l)


@programs(A)
def a_view_of_a_dict_is_live(a):
    d = {"p": a[0], "q": a[1]}
    for _, v in d.items():
        d["q"] = v * a[2]
    values = d.values()
    d["r"] = a[3]
    return d["q"] * len(values) + sum(values)


def products(values):
    for k in range(len(values)):
        yield values[k] * values[0]


def asked_again_when_what_it_reads_has_changed(x):
    values = [x, 2 * x, 3 * x]
    g = products(values)
    s = next(g)
    values[0] = x**3
    return s + next(g)


def asked_for_one_when_it_changes_a_list(x):
    log = []

    def logged():
        for k in range(3):
            log.append(x * k)
            yield x + k

    return next(logged()) * len(log)


@pytest.mark.parametrize(
    "f", [asked_again_when_what_it_reads_has_changed, asked_for_one_when_it_changes_a_list]
)
def test_a_generator_asked_one_by_one_is_refused_if_that_would_be_seen(f):
    with pytest.raises(transad.UnsupportedError, match="one by one, and what it reads changes meanwhile"):
        transad.grad(f)(0.8)


def removed(a):
    for v in a:
        if v > 2:
            a.remove(v)


def popped(a):
    for v in a:
        if v > 2:
            a.pop(0)


def cleared(a):
    for v in a:
        if v > 2:
            a.clear()


@pytest.mark.parametrize("change", [removed, popped, cleared])
def test_a_loop_over_a_list_that_shrinks_at_run_time_is_refused(change):
    def f(x):
        a = [x, 2 * x, 3 * x, 4 * x]
        change(a)
        return sum(a) * len(a)

    with pytest.raises(transad.UnsupportedError, match="a loop goes through"):
        transad.grad(f)(0.8)


test_derivatives_agree_with_differences = programs.test()
