"""`optimize="fast-math"`: right to rounding, and less work."""

import numpy as np
import pytest
from reference import differences

from transad import ArgumentError, grad, value_and_grad


def attention(Q, K):
    return np.sum((Q @ K.T / 3.0) ** 3)


def log_determinant(A):
    return np.log(np.linalg.det(A))


def ratio(x, y):
    return np.sum((x * y / 4.0) ** 4 / y)


rng = np.random.default_rng(0)
CASES = [
    (attention, (rng.normal(size=(5, 3)), rng.normal(size=(4, 3))), (0, 1)),
    (log_determinant, (np.eye(3) + 0.1 * rng.normal(size=(3, 3)),), (0,)),
    (ratio, (rng.normal(size=4), 2.0 + rng.random(size=4)), (0, 1)),
]


@pytest.mark.parametrize("function, args, wrt", CASES)
def test_fast_math_is_right(function, args, wrt):
    got = grad(function, wrt=wrt, optimize="fast-math")(*args)
    for g, want in zip(got, differences.gradient(function, args, wrt)):
        np.testing.assert_allclose(g, want, rtol=1e-6, atol=1e-8)


def test_fast_math_cancels_and_folds():
    A, Q, K = CASES[1][1][0], *CASES[0][1]
    inverse = grad(log_determinant, optimize="fast-math")
    inverse(A)
    assert inverse.source.count("np.linalg.det") == 1  # in the comment
    products = grad(attention, wrt=(0, 1), optimize="fast-math")
    products(Q, K)
    assert ").T" not in products.source


def test_exact_keeps_what_rounding_depends_on():
    """What the function itself computes: its adjoints may be rounded otherwise."""
    exact = value_and_grad(attention, wrt=(0, 1))
    value, _ = exact(*CASES[0][1])
    assert value == attention(*CASES[0][1])
    assert "Q @ K.T / 3.0" in exact.source.partition("#")[0]


def test_levels_are_kept_apart_on_disk():
    args = CASES[0][1]
    fast, exact = grad(attention, optimize="fast-math"), grad(attention)
    fast(*args), exact(*args)
    assert fast.source != exact.source


def test_a_level_that_does_not_exist_is_refused():
    with pytest.raises(ArgumentError, match="not a level"):
        grad(ratio, optimize="fastest")
