"""What Python raises by itself, where the program catches it."""

import math

import numpy as np
import pytest

import transad


def division(x):
    try:
        return 1.0 / (x - 2.0)
    except ZeroDivisionError:
        return 5.0 * x


def logarithm(x):
    try:
        y = math.log(x - 3.0) * x
    except ValueError:
        y = x**2
    return y * x


def in_a_callee(x):
    def inverse(v):
        return 1.0 / v

    total = 0.0
    for k in range(4):
        try:
            total += inverse(x - k)
        except ZeroDivisionError:
            total += 10.0 * x
    return total**2


def augmented(x):
    y, parts = x, [2.0, 0.0, x]
    for p in parts:
        try:
            y /= p
        except ZeroDivisionError:
            y *= 3.0
    return y


def index(x):
    values, total = [x, x**2, x**3], 0.0
    for k in range(5):
        try:
            total += values[k] * k
        except IndexError:
            total += x
            break
    return total


def bare_handler(x):
    try:
        y = math.sqrt(x - 5.0)
    except:  # noqa: E722
        y = 4.0 * x
    return y


def several_in_a_statement(x):
    def f(n):
        try:
            return x / n + f(n - 1) / (n - 1)
        except ZeroDivisionError:
            return 2.0 * x

    return f(3)


def iterator(x):
    items, total = iter([x, x**2, x**3]), 0.0
    while True:
        try:
            total = total * x + next(items)
        except StopIteration:
            return total


@pytest.mark.parametrize(
    "f", [division, logarithm, in_a_callee, augmented, index, bare_handler, several_in_a_statement, iterator]
)
@pytest.mark.parametrize("x", [1.5, 2.0, 3.5])
def test_the_handler_is_differentiated_where_it_runs(f, x):
    if f in (division, in_a_callee) and x == 2.0:  # only there does the handler run
        want = {division: 5.0, in_a_callee: 2.0 * (0.5 + 1.0 + 20.0 - 1.0) * (10.0 - 0.25 - 1.0 - 1.0)}[f]
        assert transad.grad(f)(x) == pytest.approx(want)
    else:
        transad.check_grad(f, x)
    value, _ = transad.value_and_grad(f)(x)
    assert value == pytest.approx(f(x))


def test_numbers_of_numpy_do_not_fail():
    with np.errstate(divide="ignore"):
        assert transad.grad(division)(np.float64(2.0)) == -np.inf


def test_what_is_not_caught_costs_nothing():
    def f(x):
        return 1.0 / x

    df = transad.grad(f)
    df(2.0)
    assert "if" not in df.source.partition("def ")[2]


# ---- in the middle of expressions


def in_a_comprehension(x):
    try:
        parts = [1.0 / (x - k) for k in range(4)]
        total = sum(1.0 / p for p in parts)
    except ZeroDivisionError:
        total = 5.0 * x
    return total * x


def in_a_conditional_expression(x):
    try:
        y = (2.0 + 1.0 / (x - 2.0)) * x if x > 0.0 else x
    except ZeroDivisionError:
        y = 5.0 * x
    return y


def in_a_condition(x):
    y = x
    try:
        if x > 0.0 and 1.0 / (x - 2.0) > 0.1:
            y = 3.0 * y
        while 10.0 / (y - 4.0) < 0.0 < y:
            y = y + 1.5
    except ZeroDivisionError:
        y = 7.0 * y
    return y


def in_the_head_of_a_loop(x):
    y = x
    try:
        while True:
            y = y + 2.0 + 0.1 / (y - 3.0)
            if y > 10.0:
                break
            y = y * 1.1
    except ZeroDivisionError:
        y = y * x
    return y


@pytest.mark.parametrize(
    "f", [in_a_comprehension, in_a_conditional_expression, in_a_condition, in_the_head_of_a_loop]
)
@pytest.mark.parametrize("x", [1.3, 2.0, 2.5, 3.0])
def test_an_expression_is_left_where_it_fails(f, x):
    value, got = transad.value_and_grad(f)(x)
    assert value == pytest.approx(f(x))
    if x in (2.0, 3.0):  # the handler runs at this number alone
        h, here = 1e-6, transad.pushforward(f)(x, 1.0)
        assert here == (pytest.approx(value), pytest.approx(got))
        moved = f(x + h)
        assert moved != pytest.approx(value, rel=1e-3) or got == pytest.approx((moved - value) / h, abs=1e-4)
    else:
        transad.check_grad(f, x)
