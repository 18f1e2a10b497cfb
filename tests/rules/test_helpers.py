import math

import numpy as np
import pytest

import transad.rules.helpers  # noqa: F401
from transad.runtime import polygamma, recurrence, sinc_derivative, unbroadcast, zeros_like

from .cases_helpers import CASES
from .harness import check, check_single_precision


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 99, 100, 101])
def test_recurrence_is_the_loop(n):
    rng = np.random.default_rng(n)
    a, b = rng.standard_normal((2, n, 2))
    s = [b[0]]
    for k in range(1, n):
        s.append(a[k] * s[-1] + b[k])
    np.testing.assert_allclose(recurrence(a, b), s, rtol=1e-12, atol=1e-12)


def test_unbroadcast_keeps_what_fits():
    x = np.ones((2, 3))
    assert unbroadcast(x, np.zeros((2, 3))) is x
    assert unbroadcast(x, 1.0) == 6.0
    assert unbroadcast(2.0, 1.0) == 2.0
    assert unbroadcast(x, np.zeros((3,))).tolist() == [2.0, 2.0, 2.0]
    assert unbroadcast(np.ones((0, 3)), np.zeros((1, 3))).tolist() == [[0.0, 0.0, 0.0]]


def test_zeros_have_the_structure():
    zero = zeros_like({"a": (1.5, [np.ones(2, np.float32)]), "b": np.float64(2.0)})
    assert zero["a"][0] == 0.0
    assert type(zero["a"][0]) is float
    assert zero["a"][1][0].dtype == np.float32
    assert zero["b"] == 0.0


@pytest.mark.parametrize(
    ("n", "x", "value"),
    [
        (0, 1.0, -0.5772156649015329),  # minus the Euler-Mascheroni constant
        (0, 0.5, -0.5772156649015329 - 2.0 * math.log(2.0)),
        (1, 1.0, math.pi**2 / 6.0),
        (1, 0.5, math.pi**2 / 2.0),
        (2, 1.0, -2.0 * 1.2020569031595943),  # Apery's constant
        (3, 1.0, math.pi**4 / 15.0),
        (0, 1e6, math.log(1e6) - 0.5e-6 - 1e-12 / 12.0),
    ],
)
def test_polygamma_at_known_places(n, x, value):
    assert polygamma(n, x) == pytest.approx(value, rel=1e-14)


def test_derivatives_of_sinc_at_zero():
    assert sinc_derivative(0.0, 1) == 0.0
    assert sinc_derivative(0.0, 2) == pytest.approx(-(math.pi**2) / 3.0, rel=1e-14)
    assert sinc_derivative(0.0, 4) == pytest.approx(math.pi**4 / 5.0, rel=1e-14)
