"""Sums of products in the reverse sweep are products of BLAS; what the function computes stays to the bit."""

import ast

import numpy as np
import pytest
from reference import differences

import transad

X, W = np.array([0.3, 0.7, 0.5]), np.array([0.2, 0.1, 0.4])
M = np.outer(X, W) + 0.1


def calls(source, name):
    tree = ast.walk(ast.parse(source))
    return sum(isinstance(n, ast.Call) and getattr(n.func, "attr", None) == name for n in tree)


def check(f, *args, wrt=(0, 1), rtol=1e-6):
    df = transad.grad(f, wrt=wrt)
    got = df(*args)
    for g, want in zip(got, differences.gradient(f, args, wrt)):
        differences.check(g, want, rtol)
    return df.source


def test_the_adjoint_of_a_number_that_scales_a_vector():
    source = check(lambda s, x: np.sum(np.sin(s * x)), 0.7, X)
    assert calls(source, "dot") == 1
    assert calls(source, "sum") == 0


def test_of_a_matrix():
    source = check(lambda s, x: np.sum(np.sin(s * x)), 0.7, M)
    assert calls(source, "vdot") == 1


def test_a_product_that_is_needed_itself_is_not_taken_twice():
    def f(s, x):
        return np.sum(np.exp(s + x) * x)

    source = check(f, 0.7, X)
    assert calls(source, "dot") == 0


def test_sums_of_the_function_itself_stay_to_the_bit():
    x = np.random.default_rng(0).normal(size=1000)

    def f(x, w):
        return np.sqrt(np.sum(x * w))

    df = transad.value_and_grad(f, wrt=(0, 1))
    y, _ = df(x, x)
    assert y == f(x, x)
    assert calls(df.source, "sum") == 1


def test_complex_numbers_are_not_conjugated():
    z = X + 1j * W

    def f(s, z):
        return np.abs(np.sum(np.exp(s * z)))

    source = check(f, 0.3, z, wrt=(0,))
    assert calls(source, "vdot") == 0


def test_single_precision_stays():
    x = X.astype(np.float32)
    g = transad.grad(lambda s, x: np.sum(np.sin(s * x)))(np.float32(0.7), x)
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, np.sum(np.cos(0.7 * X) * X), rtol=1e-6)


def test_a_factor_of_an_outer_product_is_taken_with_a_vector():
    source = check(lambda a, x: np.sum((1.1 * a @ x) ** 2), M, X)
    assert not any(
        isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) and "outer" in ast.unparse(n)
        for n in ast.walk(ast.parse(source))
    )


def test_a_factor_of_a_matrix_goes_with_its_products_with_vectors():
    source = check(lambda a, x: np.sum((1.1 * a @ x) ** 2), M, X)
    assert "1.1 * (a @ x)" in source and "1.1 * a\n" not in source


def test_not_where_the_function_itself_is_asked_for():
    def f(a, x):
        return np.sum((1.1 * a @ x) ** 2)

    df = transad.value_and_grad(f, wrt=(0, 1))
    y, _ = df(M, X)
    assert y == f(M, X)
    assert "1.1 * a" in df.source


def test_not_where_the_scaled_matrix_is_needed_otherwise():
    def f(a, x):
        b = 1.1 * a
        return np.sum(np.sin(b @ x)) + np.sum(b**3)

    assert "b = 1.1 * a" in check(f, M, X)


def test_a_factor_that_is_the_same_along_the_axis_is_taken_out_of_a_sum():
    source = check(lambda s, x: np.sum(np.exp((s - x) * W)), M, X, wrt=(1,))
    assert "x_bar = -np.sum(" in source and "axis=0) * " in source


@pytest.mark.parametrize("wrt", [(0,), (0, 1)])
def test_second_derivatives(wrt):
    def f(s, x):
        return np.sum(np.sin(s * x))

    g = transad.grad(lambda s, x: np.sum(transad.grad(f, wrt=1)(s, x) ** 2), wrt=wrt)

    def first(s, x):
        return np.sum((s * np.cos(s * x)) ** 2)

    for got, want in zip(g(0.7, X), differences.gradient(first, (0.7, X), wrt)):
        differences.check(got, want, 1e-6)


def test_a_transposed_product_with_a_transpose_is_the_product_of_the_others():
    source = check(lambda u, v: np.sum(np.sin(u @ v.T)), M, M[:2], wrt=(1,))
    assert ".T @ u" in source and "(u.T @" not in source
