"""What the forward sweep has computed is not computed again, and quotients of adjoints cancel."""

import ast

import numpy as np
from reference import differences

import transad

A = np.array([[2.0, 0.3, 0.1], [0.2, 1.5, 0.4], [0.5, 0.1, 1.8]])
X = np.array([0.3, 0.7, 0.5])


def source_of(f, *args, wrt=0):
    """The emitted code without comments; its results are checked."""
    df = transad.grad(f, wrt=wrt)
    got = df(*args)
    (want,) = differences.gradient(f, args, (wrt,))
    differences.check(got, want, 1e-6)
    return ast.unparse(ast.parse(df.source))


def test_the_inverse_in_the_derivative_of_a_determinant():
    def f(a, x):
        return x @ np.linalg.inv(a) @ x + np.log(np.linalg.det(a))

    source = source_of(f, A, X)
    assert source.count("np.linalg.inv") == 1
    assert "np.linalg.det" not in source  # it cancels


def test_across_the_sweeps_of_a_loop():
    def f(a, x):
        for _ in range(3):
            x = np.linalg.inv(a) @ x + np.log(np.linalg.det(a))
            a = 0.5 * a + np.outer(x, x) + np.eye(3)
        return np.sum(x)

    source = source_of(f, A, X)
    assert source.count("np.linalg.inv") == 1


def test_what_was_overwritten_in_between_is_not_the_same():
    def f(a, x):
        s = 0.0
        for k in range(3):
            s = s + np.linalg.det(a) + x @ np.linalg.inv(a) @ x
            a[k, k] = a[k, k] * a[0, k] + 1.0
            s = s + np.linalg.det(a)
        return s

    source_of(f, A.copy(), X)


def test_quotients_of_one_divisor_are_put_together():
    def f(x, w):
        s = np.sum(x)
        return np.sum(w * (x / s) ** 2)

    source = source_of(f, X, np.array([1.0, 2.0, -1.0]))
    assert source.count(" / ") == 2


def test_on_the_path_taken_only():
    def f(a, x):
        for _ in range(3):
            if x[0] > 0.4:
                x = np.linalg.inv(a) @ x
            else:
                x = x + np.log(np.linalg.det(a)) * np.linalg.inv(a)[0]
            a = a + np.outer(x, x)
        return np.sum(x)

    source_of(f, A, X)
