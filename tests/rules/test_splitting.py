"""Arrays split at places that fall have parts that overlap: refused, or found out when the code runs."""

import numpy as np
import pytest

import transad

X = np.arange(5.0) + 0.1


def weighted(parts):
    return sum(np.sum(part**2) * (k + 1) for k, part in enumerate(parts))


def at_known_places(x):
    return weighted(np.split(x, [3, 1]))


def at_given_places(x, places):
    return weighted(np.split(x, places))


def test_known_places_that_fall_are_refused():
    with pytest.raises(transad.UnsupportedError, match="split at places that fall"):
        transad.grad(at_known_places)(X)


def test_given_places_that_fall_raise():
    df = transad.grad(at_given_places)
    np.testing.assert_allclose(df(X, np.array([1, 3])), 2.0 * X * [1, 2, 2, 3, 3])
    with pytest.raises(ValueError):
        df(X, np.array([3, 1]))
