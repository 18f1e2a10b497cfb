"""Extremes that are subtracted for the rounding only: their adjoints are zero, and not computed."""

import numpy as np
import pytest
from reference import differences

import transad

X = np.array([[0.3, 0.7, 0.5], [0.9, 0.2, 0.4]])
W = np.array([[1.0, -2.0, 0.5], [0.3, 0.8, -1.0]])


def source_of(f, *args):
    df = transad.grad(f)
    got = df(*args)
    (want,) = differences.gradient(f, args, (0,))
    differences.check(got, want, 1e-6)
    return df.source


def softmax(x, w):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.sum(w * (e / np.sum(e, axis=-1, keepdims=True)))


def log_sum(x, w):
    m = np.max(x, axis=1)
    return np.sum((m + np.log(np.sum(np.exp(x - m[:, None]), axis=1))) ** 2)


def of_all(x, w):
    m = x.max()
    return np.log(np.sum(w**2 * np.exp(x - m))) + m


def mean_of_powers(x, w):
    m = np.max(x)
    e = np.exp(2.0 * (x - m))
    return np.log(np.sqrt(np.mean(e**2))) + 2.0 * m


def smallest(x, w):
    m = np.min(x, axis=0, keepdims=True)
    e = np.exp(m - x)
    return np.sum(w * e / np.sum(e, axis=0))


def not_normalised(x, w):
    return np.sum(w * np.exp(x - np.max(x, axis=1, keepdims=True)))


def along_the_other_axis(x, w):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum(w * (e / np.sum(e, axis=0)))


def added_once_too_often(x, w):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m))) + 2.0 * m


def wrong_power(x, w):
    m = np.max(x)
    e = np.exp(x - m)
    return np.sum(w * e**2) / np.sum(e)


def is_the_result_too(x, w):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m))) * m


def with_a_floor(x, w):
    m = np.max(x, axis=1, keepdims=True, initial=0.8)
    e = np.exp(x - m)
    return np.sum(w * (e / np.sum(e, axis=1, keepdims=True, initial=0.5)))


def floor_of_the_rest(x, w):
    m = np.max(x, axis=1, keepdims=True)
    return np.sum(w * (x - m - np.max(x - m, axis=1, keepdims=True, initial=-0.1)))


def carried_through_a_loop(x, w):
    m, s = np.max(x), 0.0
    for k in range(3):
        s = s + np.sum(np.exp(x[0] - m)) * w[0, k]
    return np.log(s * s) + m


def overwritten(x, w):
    e = np.exp(x - np.max(x))
    e[0] = 1.0
    return np.sum(w * e) / np.sum(e)


@pytest.mark.parametrize("f", [softmax, log_sum, of_all, mean_of_powers, smallest])
def test_does_not_matter(f):
    source = source_of(f, X, W)
    assert "where" not in source and "count_nonzero" not in source


@pytest.mark.parametrize(
    "f",
    [
        not_normalised, along_the_other_axis, added_once_too_often, wrong_power, is_the_result_too,
        with_a_floor, floor_of_the_rest, carried_through_a_loop, overwritten,
    ],
)  # fmt: skip
def test_matters(f):
    source_of(f, X, W)


@pytest.mark.parametrize("f", [softmax, log_sum, of_all])
def test_second_derivatives(f):
    g = transad.grad(f)
    want = [[(g(X + d, W) - g(X - d, W)) / 2e-5 for d in row] for row in 1e-5 * np.eye(6).reshape(2, 3, 2, 3)]
    for mode in ("forward", "reverse"):
        got = transad.jacobian(g, mode=mode)
        np.testing.assert_allclose(np.moveaxis(got(X, W), (2, 3), (0, 1)), want, rtol=1e-5, atol=1e-8)


def test_large_arguments_do_not_overflow():
    got = transad.grad(softmax)(X + 1000.0, W)
    np.testing.assert_allclose(got, transad.grad(softmax)(X, W), rtol=1e-9)
