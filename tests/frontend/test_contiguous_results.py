"""Writing through `ravel` and `reshape` of results that NumPy lays out row by row, whatever it is given."""

import numpy as np
import pytest
from reference import differences

import transad

A = np.arange(12.0).reshape(3, 4) / 7.0
F = np.asfortranarray(A[:, :3] + 0.2)


def outer_of_reversed(A):
    v = np.outer(A[::2, 1], A[0, ::-1])
    w = v.ravel()
    w[w > 0.4] *= A[1, 1]
    return np.sum(v**2)


def stack_of_columns(A):
    v = np.stack([A[:, 1], A[::-1, 2]])
    v.reshape(-1)[1:] *= A[0, 1]
    return np.sum(v**2)


def product_of_transposes(A):
    v = A.T @ A
    v.ravel()[2] = A[1, 1]
    return np.sum(v**2)


def concatenation_of_transposes(A):
    v = np.concatenate([A[:, 0], A[1, :]])
    v.reshape(-1)[1:3] += A[0, 1]
    return np.sum(v**2)


def written_with_another_layout(A):
    y = 1.0 * np.ones((3, 3)) * A[1, 2]
    np.multiply(y[:, 2][:, None], y * A[0, 1], out=y)
    y.ravel()[:2] *= A[2, 2]
    return np.sum(y**2)


def a_part_with_gaps_in_two_shapes(A):
    v = np.sin(A[0])
    w = v[::2]
    w.reshape(1, -1)[0, 0] -= w[1] ** 2
    return np.sum(v**2)


FUNCTIONS = [
    outer_of_reversed,
    stack_of_columns,
    product_of_transposes,
    concatenation_of_transposes,
    written_with_another_layout,
    a_part_with_gaps_in_two_shapes,
]


@pytest.mark.parametrize("x", [A[:, :3].copy(), F], ids=["by rows", "by columns"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradient_of_what_is_written_through_another_shape(f, x):
    expected = differences.gradient(f, (x,), (0,), 1e-5)
    differences.check(transad.grad(f, wrt=(0,))(x), expected, 1e-6)
