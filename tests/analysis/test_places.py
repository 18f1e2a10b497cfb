"""Which indices reach every element at most once."""

import numpy as np
import pytest

import transad

REPEATED, APART = np.array([0, 1, 1]), np.array([2, 0, 1])


def row_by_row(v, x):
    x[np.arange(x.shape[0]), REPEATED] = v
    return np.sum(x**2)


def one_row_stretched(v, x):
    x[np.arange(1), REPEATED] = v
    return np.sum(x**2)


def in_order(v, x):
    x[0, np.argsort(APART)] = v
    return np.sum(x**2)


def from_the_second_on(v, x):
    x[0, np.arange(len(v)) + 1] = v
    return np.sum(x**2)


def around_the_end(v, x):
    x[0, np.arange(-1, 2)] = v
    return np.sum(x**2)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("f", [row_by_row, one_row_stretched, in_order, from_the_second_on, around_the_end])
def test_what_is_written_over_has_no_derivative(f, rows):
    x = np.zeros((rows, 4))
    transad.check_grad(f, np.array([1.0, 2.0, 3.0]), x)


def test_rows_that_surely_differ_are_added_to_without_add_at():
    df = transad.grad(lambda p, y: np.sum(np.log(p[np.arange(len(y)), y])))
    df(np.ones((3, 4)), np.array([1, 1, 2]))
    assert "np.add.at" not in df.source


def test_a_row_that_is_stretched_is_added_to_by_add_at():
    df = transad.grad(lambda p, y: np.sum(np.log(p[np.arange(1), y])))
    gradient = df(np.ones((3, 4)), np.array([1, 1, 2]))
    np.testing.assert_array_equal(gradient[0], [0.0, 2.0, 1.0, 0.0])
    assert "np.add.at" in df.source
