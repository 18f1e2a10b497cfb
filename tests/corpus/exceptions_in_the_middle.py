"""Exceptions raised in the middle of a statement, by what it calls: methods, keys, generators, operations.

Each is differentiated at points where nothing is raised, and at others where something is.
"""

from __future__ import annotations

import functools

import numpy as np

from corpus.runner import program


def at_four_points(f):
    @program(0.43, 0.93, 1.28, 1.7, wrt=(0, 1, 2, 3))
    @functools.wraps(f)
    def summed(a, b, c, d):
        return f(a) + 2 * f(b) + 3 * f(c) + 4 * f(d)

    return summed


class Limited:
    def __init__(self, x):
        if x > 1.0:
            raise ValueError("big")
        self.x = x * 2

    def __bool__(self):
        return self.x > 0.5

    def __lt__(self, o):
        if self.x > 5:
            raise ValueError
        return self.x < o.x

    def __contains__(self, y):
        if y > 3:
            raise ValueError
        return y > self.x

    def __len__(self):
        if self.x > 1.5:
            raise ValueError
        return 3

    def __getitem__(self, k):
        if self.x > 1.5:
            raise ValueError
        return self.x * k

    def __iter__(self):
        if self.x > 1.5:
            raise ValueError
        return iter([self.x, 2 * self.x])

    @property
    def inv(self):
        if self.x > 1.5:
            raise ValueError
        return 1 / self.x

    @inv.setter
    def inv(self, v):
        if v > 1.5:
            raise ValueError
        self.x = v

    def __add__(self, o):
        if self.x > 1.5:
            raise ValueError
        return Free(self.x + (o.x if isinstance(o, Limited) else o))

    def __eq__(self, o):
        if self.x > 1.5:
            raise ValueError
        return self.x == o.x


class Free(Limited):
    def __init__(self, x):
        self.x = x


def chk(v):
    if v > 1.5:
        raise ValueError
    return v * v


@at_four_points
def an_object_is_made(x):
    r = 0.0
    try:
        p = Limited(x)
        r = p.x * x
    except ValueError:
        r = x**3
    return r


@at_four_points
def the_key_that_is_missing(x):
    places = {"a": x, "b": x * x}
    try:
        r = places["abc"]
    except KeyError as e:
        r = len(e.args[0]) * x
    try:
        r += [x, 2 * x].pop(3)
    except IndexError as e:
        r *= len(str(e))
    return r


@at_four_points
def not_in(x):
    r = x
    try:
        if x not in Free(x - 0.5):
            r = x * 3
        else:
            r = x * 5
    except ValueError:
        r = x**3
    return r


@at_four_points
def length(x):
    r = x
    try:
        r = len(Free(x)) * x * x
    except ValueError:
        r = x**3
    return r


@at_four_points
def sorted_by_key(x):
    r = x
    try:
        xs = sorted([x, 2.0, 0.3 * x], key=chk)
        r = xs[0] + 3 * xs[2]
    except ValueError:
        r = x**3
    return r


@at_four_points
def list_sorted_by_key(x):
    r = x
    xs = [x, 0.5, 0.3 * x]
    try:
        xs.sort(key=chk)
    except ValueError:
        r = x**3
    return xs[0] + 3 * xs[2] + r


@at_four_points
def largest_by_key(x):
    r = x
    try:
        r = max([x, 0.2, 0.3 * x], key=chk) ** 2
    except ValueError:
        r = x**3
    return r


@at_four_points
def mapped(x):
    r = x
    try:
        xs = list(map(chk, [x, 0.2, 0.3 * x]))
        r = xs[0] * xs[1] - sum(map(chk, [x, 0.4]))
    except ValueError:
        r = x**3
    return r


@at_four_points
def reduced(x):
    r = x
    try:
        r = functools.reduce(lambda a, b: a + chk(b), [x, 0.2, 0.3 * x], 1.0) * 2
    except ValueError:
        r = x**3
    return r


@at_four_points
def item_and_property(x):
    r = x
    try:
        r = Free(x)[2] * 3 + Free(x).inv
    except ValueError:
        r = x**3
    return r


@at_four_points
def property_set(x):
    r = x
    p = Free(x)
    try:
        p.inv = x * x
        p.inv += x
    except ValueError:
        r = x**3
    return p.x * r


@at_four_points
def added_in_place(x):
    r = x
    p = Free(x)
    try:
        p += x
        p = p + p
    except ValueError:
        r = x**3
    return p.x * r


@at_four_points
def equal_and_not_equal(x):
    r = x
    p = Free(x)
    try:
        r = r + (3 if p == Free(0.3) else 2) * x
        r = r * (2 if p != Free(0.3) else x)
    except ValueError:
        r = x**3
    return p.x * r


@at_four_points
def appended_and_extended(x):
    r = x
    xs = [x]
    try:
        xs.append(chk(x))
        xs.extend(chk(e) for e in [x, x + 1])
    except ValueError:
        r = x**3
    return r + sum(xs)


@at_four_points
def text_and_any(x):
    r = x
    try:
        r = f"{chk(x):.1f}" and chk(x + 0.1) + any(chk(e) > 1 for e in [x, x + 0.2])
    except ValueError:
        r = x**3
    return r


@at_four_points
def listed_and_filtered(x):
    r = x
    try:
        v = np.array([chk(e) for e in (x, 2 * x, x)])
        r = np.sum(v * v)
        r += np.sum(np.array(list(filter(lambda e: chk(e) > 0.2, [x, 0.1, 0.7]))))
    except ValueError:
        r = x**3
    return r


@at_four_points
def smallest_of_objects(x):
    r = x
    try:
        r = min(Free(x), Free(0.7)).x * 2
    except ValueError:
        r = x**3
    return r


@at_four_points
def items_of_a_list(x):
    r = x
    xs = [x, 2 * x, 3.0]
    n = 2 if x < 1 else 7
    try:
        r = xs[n] * xs[n - 1]
        xs[n] = x
        r += xs.pop(n - 1)
    except IndexError:
        r = x**3
    return r + sum(xs)


@at_four_points
def items_of_an_unknown_list(x):
    r = x
    xs = []
    for i in range(4):
        xs.append(x * i)
        if i > x:
            xs.append(1.0)
    n = 2 if x < 1 else 9
    try:
        r = r + xs.pop(n)
        r = r * xs.pop(1)
    except IndexError:
        r = x**3
    return r + sum(xs) + 2 * xs[0] + len(xs) * x


@at_four_points
def inserted_and_sorted(x):
    r = x
    xs = []
    for i in range(4):
        xs.append(x * i)
        if i > x:
            xs.append(1.0)
    try:
        xs.insert(1, chk(x))
        xs.sort(key=chk)
        xs.reverse()
    except ValueError:
        r = x**3
    return r + 3 * xs[0] + xs[1] + xs[-1]


def gen(x):
    for i in range(3):
        if x * i > 1:
            raise ValueError
        yield x * i


def cleanup(x, log):
    try:
        yield x
        if x > 1:
            raise ValueError
        yield x * x
    finally:
        log.append(x)


@at_four_points
def generator(x):
    try:
        s = 0
        for v in gen(x):
            s += v
        s = s * 2
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def extended_by_a_generator(x):
    xs = [x]
    s = x
    try:
        xs.extend(gen(x))
        s = s * 2
        s = s * xs[1]
    except ValueError:
        s = x**3 + s
    return s + sum(xs)


@at_four_points
def summed_and_unpacked(x):
    s = x
    try:
        s = s * sum(gen(x)) + max(gen(x + 0.1))
        a, b, c = gen(x + 0.2)
        s = s + a * b * c
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def generator_that_cleans_up(x):
    log = []
    s = x
    try:
        for v in cleanup(x, log):
            s += v * s
        s = s * 2
    except ValueError:
        s = x**3 + s
    return s * log[0]


@at_four_points
def enumerated_and_left(x):
    s = x
    try:
        for k, v in enumerate(gen(x)):
            s += v
            if v > 0.85:
                break
            if s > 3:
                return s
        else:
            s = s * 3
        s = s * 2
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def inner_generator(x):
    def outer(y):
        yield from gen(y)
        yield y * y

    s = x
    try:
        for v in outer(x):
            s = s + v * x
        s = s * 2
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def generator_expressions(x):
    s = x
    try:
        s = sum(v * v for v in gen(x)) * 2
        s = s + sum([v * v for v in gen(x)]) * 2
        s = s + sum(v for v in gen(x + 0.1) if v > 0.3)
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def expression_in_a_loop(x):
    s = x
    try:
        for v in (chk(e) for e in [x, x + 1]):
            s += v
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def map_in_a_loop(x):
    s = x
    try:
        for v in map(chk, [x, x + 1]):
            s += v
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def extended_by_a_map(x):
    s = [x]
    try:
        s.extend(map(chk, [x, x + 1]))
    except ValueError:
        s.append(x**3)
    return sum(s)


@at_four_points
def zipped(x):
    s = x
    try:
        for a, b in zip((chk(e) for e in [x, x + 1]), [2.0, 3.0]):
            s += a * b
    except ValueError:
        s = x**3 + s
    return s


@at_four_points
def enumerated_expression(x):
    s = x
    try:
        for k, b in enumerate(chk(e) for e in [x, x + 1]):
            s += k * b + b
    except ValueError:
        s = x**3 + s
    return s


@program(np.array([0.663, 0.883]))
def names_exchanged_by_a_handler(y):
    v = y * 2
    k = 2
    while k > 0:
        try:
            v[0] /= 1.5 + np.sin(0.5 * k + y[1]) ** 2
            if k > 5:
                raise KeyError
            raise IndexError
        except (IndexError, KeyError):
            c = y
            v, c = c, v
        k -= 1
    return np.sum(v**2) + 1.2 * np.sum(y)
