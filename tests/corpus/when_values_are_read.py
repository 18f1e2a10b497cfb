"""Generators that are asked late or stop early, attributes of classes that some paths shadow, operators of
subclasses, the extreme of what may be empty.

Each is differentiated at four points, which take different paths.
"""

from __future__ import annotations

from corpus.exceptions_in_the_middle import at_four_points


@at_four_points
def a_generator_expression_reads_the_list_when_it_is_asked(x):
    a = [x, 2 * x]
    g = (v * a[0] for v in a)
    a[1] = 5 * x
    a.append(x**3)
    return sum(g)


@at_four_points
def a_generator_expression_reads_a_name_when_it_is_asked(x):
    k = 2.0
    g = (v * k for v in [x, x * x] if v < 2 * k)
    k = 3.0 * x
    return sum(g)


@at_four_points
def a_loop_changes_what_its_generator_reads(x):
    a = [x, 2 * x, 3 * x]
    s = 0.0
    for v in (u * a[0] for u in a):
        a[0] = a[0] * x
        s += v
    return s


@at_four_points
def a_name_given_by_any_is_of_the_value_that_stopped_it(x):
    r = any((y := v * x) > 2 for v in (1.0, 2.0, 3.0))
    return y * (2 if r else 1)


@at_four_points
def a_name_given_by_all_is_of_the_value_that_stopped_it(x):
    r = all((y := v * x) < 2 for v in [1.0, 2.0, 3.0, x])
    return y * (2 if r else 1)


@at_four_points
def any_asks_a_generator_for_no_more_than_it_needs(x):
    log = []

    def values():
        for k in range(4):
            log.append(x * k)
            yield x * k

    found = any(v > 1.5 for v in values())
    return log[-1] * len(log) + found * x


@at_four_points
def a_generator_expression_with_a_name_names_for_the_function_around(x):
    t = 0.0
    s = list((t := t + v * x) for v in [1.0, 2.0, 3.0, x])
    return sum(s) * t


class Shared:
    k = 2.0

    def __init__(self, v):
        self.v = v


@at_four_points
def an_attribute_of_the_class_is_shadowed_on_one_path(x):
    c, d = Shared(x), Shared(2 * x)
    if x > 1:
        c.k = x * x
        d.k += c.v
    return c.k * d.k * x + Shared.k * x


@at_four_points
def an_attribute_of_the_class_is_shadowed_in_a_loop(x):
    c = Shared(x)
    n = 0
    while c.k < 5:
        c.k += x
        n += 1
    for _ in range(3):
        c.k *= c.v
    return c.k * n


class Plain:
    def __init__(self, v):
        self.v = v

    def __sub__(self, o):
        return self.v * 2 - o.v

    def __rsub__(self, o):
        return o.v - 3 * self.v


class Special(Plain):
    def __rsub__(self, o):
        return 100 * self.v * o.v


class Alike(Plain):
    pass


@at_four_points
def an_operand_of_a_subclass_is_asked_first(x):
    return (Plain(x) - Special(x * x)) + (Special(x) - Plain(x * x)) + (Plain(x) - Alike(x**3))


@at_four_points
def the_extreme_of_what_may_be_empty(x):
    big = [v for v in (x, 1.1, 2 * x) if v > 1.5]
    least = min(big, default=x * x)
    by_key = max((v for v in big if v > 2), key=lambda v: -v, default=5 * x)
    return least + 10 * by_key + max(big, default=0.0)


@at_four_points
def an_entry_of_a_dict_by_the_key_of_the_least(x):
    least, key = 9.0, None
    for k, v in {"a": x, "b": 1.2, "c": 2 - x}.items():
        if v < least:
            least, key = v, k
    return least * {"a": 1, "b": 2 * x, "c": x * x}[key]
