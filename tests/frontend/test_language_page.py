"""docs/language.md shows what is really emitted, and what is really said of what is refused."""

import itertools
import linecache
import re
from pathlib import Path

import numpy as np
import pytest

import transad

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.S)
count = itertools.count()


def derivative_of(code):
    name = f"<example {next(count)} of the page>"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    namespace = {"np": np, "grad": transad.grad}
    exec(compile(code, name, "exec"), namespace)
    return namespace["df"]


@pytest.mark.parametrize("code, emitted", EXAMPLES, ids=[re.search(r"def (\w+)", c)[1] for c, _ in EXAMPLES])
def test_the_page_shows_the_code_that_is_emitted(code, emitted):
    source = derivative_of(code).source
    assert source[source.index("def ") :].strip() == emitted.strip()


total = 0.0
GLOBAL = np.zeros(2)


class Slotted:
    __slots__ = ("w",)

    def __init__(self, w):
        self.w = w


async def coroutine(x):
    return x


def assigns_a_global(x):
    global total
    total = x**2
    return total


def writes_to_a_global(x):
    GLOBAL[0] = x
    return GLOBAL[0]


class Registered:
    def __init_subclass__(cls):
        pass


def defines_a_class(x):
    class Local(Registered):
        pass

    return x


def awaits(x):
    return coroutine(x)


def opens_a_file(x):
    with open("numbers.txt") as file:
        file.write("1")
    return x


def sorts_pairs(x):
    pairs = []
    while x > 0.1:
        pairs.append((x, x**2))
        x = x * 0.5
    pairs.sort()
    return pairs[0][1]


def set_of_values(x):
    return sum({x, x**2})


def number_from_text(x):
    return float(f"{x:.2f}") ** 2


def endless(x):
    def same():
        while True:
            yield x

    return sum(same())


def sends(x):
    def echo():
        y = yield x
        yield y

    values = echo()
    next(values)
    return values.send(x)


def list_or_number(x):
    y = x if x > 0.0 else [x]
    return y[0]


def without_end(x):
    return x * without_end(x)


def power_modulo(x):
    return pow(x, 2, 3)


def slots(s):
    return s.w


def same_number(x):
    y = 2 * x
    return x if y is x else y


def asked_one_by_one(x):
    def values():
        yield x
        if x > 1:
            raise ValueError
        yield 2 * x

    try:
        return next(values())
    except ValueError:
        return x


def list_of_some_pass(x):
    known, found = [x], [0.0]
    for _ in range(int(4 * x)):
        found = known
    known[0] = x**2
    return found[0]


REFUSED = {
    "assigning a global": (assigns_a_global, 0.5),
    "writing to a global array": (writes_to_a_global, 0.5),
    "a class defined inside, of a base with `__init_subclass__`": (defines_a_class, 0.5),
    "coroutines": (awaits, 0.5),
    "context managers that are not written in Python": (opens_a_file, 0.5),
    "sorting what is no numbers, as much of it as values say": (sorts_pairs, 0.5),
    "sets of what is computed": (set_of_values, 0.5),
    "numbers read from text": (number_from_text, 0.5),
    "all of an endless generator": (endless, 0.5),
    "`send` to a generator": (sends, 0.5),
    "a list on one path, a number on another": (list_or_number, 0.5),
    "whether two numbers are one object": (same_number, 0.5),
    "a generator asked one by one that may raise what is caught": (asked_one_by_one, 0.5),
    "a list that a name shares after a loop of unknown length": (list_of_some_pass, 0.5),
    "recursion without end": (without_end, 0.5),
    "`pow` with three arguments": (power_modulo, 0.5),
    "differentiating an object with slots": (slots, Slotted(0.5)),
}


def row(what):
    function, value = REFUSED[what]
    with pytest.raises(transad.TransadError) as refused:
        transad.grad(function)(value)
    error = refused.value
    assert error.loc is not None and error.loc.filename.endswith("test_language_page.py")
    assert error.loc.text.strip() and "^" in str(error)
    return f"| {what} | {error.reason} | {error.cure} |"


@pytest.mark.parametrize("what", REFUSED)
def test_the_page_says_what_the_error_says(what):
    assert row(what) in PAGE


def test_the_page_lists_nothing_that_is_not_tested():
    listed = re.findall(r"^\| ([^|]+) \|", PAGE[PAGE.index("## What is refused") :], re.M)
    assert set(listed) - {"what", "---"} == set(REFUSED)
