"""Conditions are written as the user wrote them, and decided as early as Python decides them."""

import numpy as np
import pytest

import transad


def clipped_product(x, y):
    if x > 0 and y > 0 or not (x * y < 3 and np.sin(x) > 0.1):
        z = x * y
    else:
        z = x / y
    while z < 5 and (y < 7 or x > 2):
        z = z * 1.5
    return z


@pytest.mark.parametrize("x, y", [(0.5, 0.6), (0.5, 8.6), (-0.5, 8.6)])
def test_conditions_of_several_parts(x, y):
    wanted = (clipped_product(x + 1e-6, y) - clipped_product(x - 1e-6, y)) / 2e-6
    assert transad.grad(clipped_product)(x, y) == pytest.approx(wanted, rel=1e-7)


def test_conditions_stay_expressions():
    df = transad.grad(clipped_product)
    df(0.5, 8.6)
    source = df.source
    assert "x > 0 and y > 0 or not (x * y < 3 and np.sin(x) > 0.1)" in source
    assert "while z < 5 and (y < 7 or x > 2):" in source


def test_what_a_part_guards_is_not_computed_without_it():
    def f(x, k):
        if k < len(x) and x[k] > 0.0:
            return x[k] ** 2
        return x[0]

    x = np.array([0.5, 0.7])
    np.testing.assert_allclose(transad.grad(f)(x, 1), [0.0, 1.4])
    np.testing.assert_allclose(transad.grad(f)(x, 7), [1.0, 0.0])


def test_an_empty_list_at_the_start_does_not_decide_for_later_passes():
    def f(x):
        kept = []
        total = 0.0
        for v in x:
            while kept and kept[-1] < v:
                total += kept.pop() * v
            kept.append(v)
        return total

    np.testing.assert_allclose(transad.grad(f)(np.array([0.2, 0.5, 0.3])), [0.5, 0.2, 0.0])
