"""Adjoints are known to have the shape of what they belong to, so that nothing is recorded to find it out."""

import numpy as np

from transad import check_grad, grad

X = np.linspace(0.1, 0.9, 5)


def source(f, *args):
    check_grad(f, *args, wrt=tuple(range(len(args))))
    df = grad(f, wrt=tuple(range(len(args))))
    df(*args)
    return df.source


def test_part_of_changing_length_is_overwritten():
    def f(y, r):
        for k in range(1, y.shape[0]):
            y[:k] = np.sin(r[:k])
        return np.sum(y * y)

    text = source(f, X, X + 1.0)
    assert "unbroadcast" not in text and "sin(r" in text


def test_bounds_computed_twice_are_the_same_bounds():
    def f(c, a):
        for i in range(a.shape[0]):
            c[i, : i + 1] *= 0.5
            for k in range(a.shape[1]):
                c[i, : i + 1] += a[i, k] * a[: i + 1, k]
        return np.sum(c * c)

    text = source(f, np.outer(X, X), np.outer(X, X + 1.0))
    assert "unbroadcast" not in text and "append" not in text


def test_bounds_of_other_lengths_are_told_apart():
    def f(y, r):
        for k in range(1, 3):
            y[: k + 1] = r[k - 1 : k]  # one entry, into two or three
        return np.sum(y * y)

    source(f, X, X + 1.0)


def test_axes_added_by_an_index_are_taken_away_again():
    def f(x, y):
        d = x[:, None, :] - y[None]
        return np.sum(np.sum(d * d, axis=2)[..., None] * d)

    text = source(f, np.outer(X, X), np.outer(X, X + 1.0)[:3])
    assert "zeros" not in text and "keepdims" not in text


def test_axis_added_to_a_number_in_an_array():
    def f(x):
        return np.sum(x[None] * np.ones((1, 5))) + np.sum(x[:, None])

    source(f, X)
