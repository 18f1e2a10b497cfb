"""What the forward sweep records, and what the reverse sweep computes again."""

import ast

import numpy as np
import pytest
from reference import differences

import transad


def gradient(f, *args):
    """The derivative, checked; its source without comments."""
    df = transad.grad(f)
    got = df(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in args))
    (want,) = differences.gradient(f, args, (0,))
    differences.check(got, want, 1e-7)
    return ast.unparse(ast.parse(df.source))


def tapes(source):
    return source.count(".append(")


X = np.linspace(0.2, 0.9, 5)


def test_cheap_intermediates_are_computed_again_from_the_state():
    def f(x, n):
        for _ in range(n):
            s = 1.0 + x
            r = 1.0 / s
            x = x * r + 0.1
        return np.sum(x)

    assert tapes(gradient(f, X, 4)) == 1


def test_costly_intermediates_are_recorded():
    def f(x, n):
        for _ in range(n):
            e = np.exp(-x)
            x = x * e + 0.1
        return np.sum(x)

    source = gradient(f, X, 4)
    assert source.count("np.exp") == 1
    assert tapes(source) == 2


def test_stages_of_a_runge_kutta_step_are_recorded_once_each():
    def f(y, n, h):
        for _ in range(n):
            k1 = y * (1.0 - y)
            y2 = y + 0.5 * h * k1
            k2 = y2 * (1.0 - y2)
            y3 = y + 0.5 * h * k2
            k3 = y3 * (1.0 - y3)
            y4 = y + h * k3
            k4 = y4 * (1.0 - y4)
            y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        return np.sum(y * y)

    assert tapes(gradient(f, X, 3, 0.1)) == 4


def test_what_a_pass_ends_with_is_what_the_next_one_begins_with():
    def f(w, x, n):
        for _ in range(n):
            x = np.tanh(w @ x)
        return np.sum(x)

    assert tapes(gradient(f, np.outer(X, X), X, 4)) == 1


def test_a_loop_without_passes_carries_nothing_back():
    def f(x, n):
        for _ in range(n):
            x = np.tanh(x * x)
        return np.sum(x)

    source = gradient(f, X, 3)
    assert tapes(source) == 1
    np.testing.assert_array_equal(transad.grad(f)(X, 0), np.ones(5))


def test_both_sides_of_a_branch_are_computed_again():
    def f(x, n):
        for t in range(n):
            s = x * x
            x = x / (s + 1.0) if t % 2 == 0 else x * s - x
        return np.sum(x)

    assert tapes(gradient(f, X, 4)) == 1


def test_arrays_that_change_are_not_read_again():
    def f(x, n):
        for _ in range(n):
            a = x[1:] * 2.0
            x[:-1] = a * x[:-1]
        return np.sum(x)

    gradient(f, X, 3)


def test_random_draws_are_never_repeated():
    def f(x, rng, n):
        for _ in range(n):
            x = x * (x + rng.normal(size=5))
        return np.sum(x)

    df = transad.grad(f)
    got = df(X, np.random.default_rng(3), 3)
    h = 1e-6 * np.eye(5)
    want = [
        (f(X + d, np.random.default_rng(3), 3) - f(X - d, np.random.default_rng(3), 3)) / 2e-6 for d in h
    ]
    np.testing.assert_allclose(got, want, rtol=1e-6)
    assert ast.unparse(ast.parse(df.source)).count(".normal(") == 1


def test_linear_loops_record_nothing():
    def f(x, n):
        for _ in range(n):
            x[1:-1] = (x[:-2] + 2.0 * x[1:-1] + x[2:]) / 4.0
        return np.sum(x * x)

    assert tapes(gradient(f, X, 4)) == 0


@pytest.mark.parametrize("n", [0, 1, 4])
def test_second_derivatives(n):
    def f(x, n):
        for _ in range(n):
            s = 1.0 / (1.0 + x * x)
            x = np.tanh(s * x) + s
        return np.sum(x**2)

    got = transad.hessian(f)(X, n)
    h = 1e-5
    g = transad.grad(f)
    want = [(g(X + d, n) - g(X - d, n)) / (2 * h) for d in h * np.eye(5)]
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-8)


def swapped(x):
    u, s, t = x, x[0] * x[1], np.sin(x[2])
    for _ in range(3):
        u = np.tanh(u / (1.5 + t**2) / (1.5 + s**2))
        s, t = t, s
    return np.sum(u) + s * t


def test_values_that_a_loop_swaps_are_recorded():
    transad.check_grad(swapped, np.array([0.3, 0.7, 1.1]))
