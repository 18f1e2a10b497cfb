"""Writes to the buffers of adjoints: put rather than added where nothing was, not cleared where nobody
looks."""

import ast

import numpy as np
import pytest
from reference import differences

import transad

X = np.array([0.3, 0.7, 0.5, 0.2, 0.9])
A = np.outer(X, X[::-1]) + np.eye(5)


def source_of(f, *args, wrt=0):
    """The emitted code without comments; its results are checked."""
    df = transad.grad(f, wrt=wrt)
    got = df(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in args))
    single = not isinstance(wrt, tuple)
    for g, want in zip([got] if single else got, differences.gradient(f, args, (wrt,) if single else wrt)):
        differences.check(g, want, 1e-6)
    return ast.unparse(ast.parse(df.source))


def substitution(a, b):
    x = np.zeros(5)
    for i in range(5):
        x[i] = (b[i] - np.dot(a[i, :i], x[:i])) / a[i, i]
    return np.sum(x * x)


def test_each_entry_gets_its_adjoint_once():
    source = source_of(substitution, A, X, wrt=(0, 1))
    lines = [line.strip() for line in source.splitlines()]
    assert any(line.startswith("b_bar[i] = ") for line in lines)
    assert not any(line.startswith(("b_bar[i] +=", "a_bar[t] -=", "a_bar[i, :i] -=")) for line in lines)


def test_what_is_not_read_again_is_not_cleared():
    source = source_of(substitution, A, X)
    assert "= 0.0" not in source


def test_parts_of_a_row_that_lie_side_by_side():
    def f(w, v):
        z, n = np.sin(w), len(v)
        return np.sum(np.sin(z[:, :n]) * np.cos(z[:, n : 2 * n]) + z[:, 2 * n :])

    w = np.arange(36.0).reshape(6, 6) / 40
    source = source_of(f, w, X[:2])
    assert source.count("z_bar[:, ") == 3
    assert "z_bar[:, n:" in source and "+=" not in source


def test_what_is_taken_off_comes_after_what_is_put():
    source = source_of(lambda x: np.sum(np.sin(x[1:] - x[:-1])), X)
    assert "x_bar[:-1] -= " in source
    assert "-t" not in source.replace("-=", "")


def overlapping(x):
    y = np.zeros(7)
    for i in range(5):
        y[i] = x[i] * y[i - 1] + x[i - 1]
        y[i + 1] = y[i] ** 2
    return np.sum(y)


def read_in_the_next_pass(x):
    y = x * 1.0
    for i in range(1, 5):
        y[i] = np.sin(y[i]) * y[i - 1]
        y[i - 1] = 0.5
    return np.sum(y**2)


def twice_over(x):
    y = x * 1.0
    for _ in range(2):
        for i in range(4):
            y[i] = np.sin(y[i + 1]) * x[i]
    return np.sum(y)


def repeated_index(x):
    s = 0.0
    for i in range(5):
        s = s + x[i] * x[(2 * i) % 5] * x[i // 2]
    return s


def one_side_of_a_branch(x):
    y = np.zeros(5)
    for i in range(5):
        if x[i] > 0.4:
            y[i] = x[i] ** 2
        y[0] = y[i] * x[i] + y[0]
    return np.sum(y)


def rows_and_entries(a):
    for i in range(1, 5):
        a[i] = a[i] * a[i - 1, i]
        a[i, i - 1] = a[i - 1, i] * a[i, i]
    return np.sum(np.sin(a))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (overlapping, X), (read_in_the_next_pass, X), (twice_over, X), (repeated_index, X),
        (one_side_of_a_branch, X), (rows_and_entries, A),
    ],
)  # fmt: skip
def test_parts_that_meet(f, x):
    source_of(f, x)
