"""Arrays that are computed with in another way, or not at all: refused, with a reason, wherever they come."""

import numpy as np
import pytest

import transad

X = np.array([1.0, 2.0, 3.0])
MASKED = np.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0])
MATRIX = np.matrix([[1.0, 2.0, 3.0]])


def total(x):
    return np.sum(x * x)


ARGUMENTS = {
    "masked": MASKED,
    "matrix": MATRIX,
    "objects": np.array([1.0, 2.0], dtype=object),
    "strings": np.array(["a", "b"]),
    "structured": np.array([(1.0, 2.0)], dtype=[("a", float), ("b", float)]),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
}


@pytest.mark.parametrize("derivative", [transad.grad, transad.jacobian, transad.value_and_grad])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_as_what_is_differentiated(name, derivative):
    with pytest.raises(transad.ArgumentError, match="has no derivative"):
        derivative(total)(ARGUMENTS[name])


INSIDE = {
    "masked constant": lambda x: np.sum(x * MASKED),
    "matrix constant": lambda x: np.sum(x * MATRIX),
    "masked_where": lambda x: np.sum(np.ma.masked_where(x > 1.0, x)),
    "asmatrix": lambda x: np.sum(np.asmatrix(x)),
    "array of objects": lambda x: np.sum(x.astype(object)),
    "frompyfunc": lambda x: np.sum(np.frompyfunc(lambda v: v * v, 1, 1)(x)),
}


@pytest.mark.parametrize("name", INSIDE)
def test_inside_a_function(name):
    with pytest.raises(transad.UnsupportedError) as caught:
        transad.grad(INSIDE[name])(X)
    assert caught.value.cure


def test_as_another_argument():
    with pytest.raises(transad.UnsupportedError, match="MaskedArray"):
        transad.grad(lambda x, m: np.sum(x * m))(X, MASKED)


def test_strings_may_select():
    labels = np.array(["a", "b", "a"])
    slope = transad.grad(lambda x, labels: np.sum(x[labels == "a"] ** 2))(X, labels)
    np.testing.assert_array_equal(slope, [2.0, 0.0, 6.0])


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128]
)
def test_every_precision_is_kept(dtype):
    x = X.astype(dtype)
    slope = transad.grad(lambda x: np.sum(np.real(x * np.conj(x))))(x)
    assert slope.dtype == dtype
    np.testing.assert_allclose(slope, 2.0 * np.conj(x))
