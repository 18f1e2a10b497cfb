"""Views that NumPy does not let one write to are copied before emitted code does."""

import numpy as np
import pytest

import transad

A = np.arange(9.0).reshape(3, 3) + 1.0


def with_its_diagonal_changed(A):
    d = np.diagonal(A)
    w = d * 1.0
    w[0] = 3.0
    return np.sum(w * d)


def with_its_own_diagonal(A):
    d = np.diag(A)
    w = d * 1.0
    w[0] = 3.0
    return np.sum(w * d)


@pytest.mark.parametrize("f", [with_its_diagonal_changed, with_its_own_diagonal])
def test_second_derivatives_through_a_diagonal(f):
    wanted = np.zeros((3, 3, 3, 3))
    wanted[1, 1, 1, 1] = wanted[2, 2, 2, 2] = 2.0  # d1**2 + d2**2 + 3 d0
    np.testing.assert_allclose(transad.hessian(f)(A), wanted)
