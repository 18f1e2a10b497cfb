"""One Python name for several variables of the list: never while both are needed."""

import numpy as np
import pytest

import transad


def left_with_what_the_loop_was_entered_with(a):
    for _ in range(2):
        b = [a, a]
        k = 0
        while k < 2:
            a = b[1] ** 2
            k += 1
    return a


def counted_by_the_length_of_a_result(x, a):
    for _ in range(2):
        x = x[::-1] * a
    t = sum(np.cos(e) * e for e in x)
    for k in range(len(x)):
        return x[k] * t
    return 0.7


def test_what_a_while_loop_is_left_with_is_not_assigned_before():
    value, slope = transad.value_and_grad(left_with_what_the_loop_was_entered_with)(-0.7)
    assert value == pytest.approx(0.7**4) and slope == pytest.approx(-4 * 0.7**3)


def test_the_bounds_of_a_loop_are_computed_after_its_first_values():
    x = np.array([0.3, 0.5, 0.8])
    value, _ = transad.value_and_grad(counted_by_the_length_of_a_result)(x, 1.1)
    assert value == pytest.approx(counted_by_the_length_of_a_result(x, 1.1))
    transad.check_grad(counted_by_the_length_of_a_result, x, 1.1)


t = np.array([0.2, 0.5, 0.9])
x = 1.5


def with_the_name_of_temporaries(y):
    return np.sum(np.exp(y * t) ** 2 * np.sin(y * t))


def twice(y):
    return y * x


def with_the_name_of_a_parameter(x):
    for _ in range(2):
        x = np.sin(twice(x)) * x
    return x


def test_globals_keep_their_names():
    transad.check_grad(with_the_name_of_temporaries, np.ones(3))
    transad.check_grad(with_the_name_of_a_parameter, 0.7)


def over_steps(x, w):
    for t in range(3):
        x = np.exp(-np.tanh(w * x + t)) * x
    return np.sum(x)


def test_variables_keep_their_names_and_what_has_none_takes_another():
    derivative = transad.grad(over_steps)
    derivative(np.ones(3), 0.5)
    assert "for t in range(3):" in derivative.source
    assert "tape = []" in derivative.source and " t = " not in derivative.source
