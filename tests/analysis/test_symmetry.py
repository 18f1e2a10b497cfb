"""Symmetric matrices are known as such, and logarithms of determinants by their Cholesky factors."""

import ast

import numpy as np
import pytest
from reference import differences

import transad

T = np.array([0.1, 0.2, -0.5])
X = np.array([[0.3, 0.7], [0.9, 0.2], [0.4, 0.1], [0.8, 0.6]])
Y = np.array([1.0, -0.5, 0.3, 0.2])


def source_of(f, *args, wrt=0):
    """The emitted code without comments; its results are checked."""
    df = transad.grad(f, wrt=wrt)
    got = df(*args)
    (want,) = differences.gradient(f, args, (wrt,))
    differences.check(got, want, 1e-6)
    return ast.unparse(ast.parse(df.source))


def squared_exponential(t, x):
    d = x[:, None, :] - x[None, :, :]
    return np.exp(t[0] - 0.5 * np.sum(d * d, axis=2) * np.exp(-2.0 * t[1])) + np.exp(t[2]) * np.eye(len(x))


def log_likelihood(t, x, y):
    k = squared_exponential(t, x)
    low = np.linalg.cholesky(k)
    return 0.5 * y @ np.linalg.solve(k, y) + np.sum(np.log(np.diagonal(low)))


def test_one_inverse_serves_the_determinant_and_the_systems():
    source = source_of(log_likelihood, T, X, Y)
    assert source.count("np.linalg.inv") == 1
    assert "np.linalg.solve" not in source and "np.linalg.cholesky" not in source


def test_the_value_of_the_function_stays_to_the_bit():
    df = transad.value_and_grad(log_likelihood)
    y, _ = df(T, X, Y)
    assert y == log_likelihood(T, X, Y)
    assert df.source.count("np.linalg.solve") == 1


def periodic(t, x, y):
    d = np.sin(x[None, :, 0] - x[:, None, 0])
    k = np.exp(-t[0] * d**2) * np.cos(x[:, None, 1] - x[None, :, 1]) + np.outer(y, y) + np.eye(4)
    return y @ np.linalg.solve(k, y) - 3.0 * np.sum(np.log(np.diag(np.linalg.cholesky(k))))


def products(t, x, y):
    k = t[0] * (x @ x.T) + t[1] * (x[:, 0][:, None] + x[:, 0][None, :]) + 2.0 * np.eye(4)
    return y @ np.linalg.solve(k, y)


@pytest.mark.parametrize("f", [periodic, products])
def test_what_is_computed_from_pairs(f):
    source = source_of(f, T, X, Y)
    assert ".T, " not in source  # the matrix is not transposed to be solved with


def of_a_triangle(a, x, y):  # NumPy reads the lower triangle only
    low = np.linalg.cholesky(a)
    return np.sum(np.log(np.diagonal(low)))


def ordered_pairs(t, x, y):
    k = np.exp(t[0] * (x[:, None, 0] - x[None, :, 0])) + 3.0 * np.eye(4)
    return y @ np.linalg.solve(k, y)


def quotients_of_pairs(t, x, y):
    k = t[0] * x[:, None, 0] / x[None, :, 0] + 3.0 * np.eye(4)
    return y @ np.linalg.solve(k, y)


def other_pairs(t, x, y):
    k = t[0] * (x[:, None, 0] * x[None, :, 1]) + 3.0 * np.eye(4)
    return y @ np.linalg.solve(k, y)


def off_the_diagonal(t, x, y):
    k = t[0] * np.eye(4, k=1) + 3.0 * np.eye(4)
    return y @ np.linalg.solve(k, y)


def scaled_rows(t, x, y):
    d = x[:, None, 0] - x[None, :, 0]
    k = np.exp(-d * d) * (1.0 + t[0] * x[:, 1]) + np.eye(4)
    return y @ np.linalg.solve(k, y)


@pytest.mark.parametrize("f", [ordered_pairs, quotients_of_pairs, other_pairs, off_the_diagonal, scaled_rows])
def test_what_is_not_symmetric(f):
    assert ".T, " in source_of(f, T, X, Y)


def test_a_matrix_of_which_the_lower_triangle_is_given():
    a = np.tril(squared_exponential(T, X))
    got = transad.grad(of_a_triangle)(a, X, Y)
    whole = a + np.tril(a, -1).T
    np.testing.assert_allclose(got + got.T, np.linalg.inv(whole), rtol=1e-9)


@pytest.mark.parametrize("f", [log_likelihood, periodic])
def test_second_derivatives(f):
    g = transad.grad(f)
    want = [(g(T + d, X, Y) - g(T - d, X, Y)) / 2e-5 for d in 1e-5 * np.eye(3)]
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(transad.jacobian(g, mode=mode)(T, X, Y), want, rtol=1e-5, atol=1e-7)
