"""Arrays of other libraries: what NumPy dispatches its functions to is differentiated with the same code."""

import numpy as np
import pytest
from numpy.lib.mixins import NDArrayOperatorsMixin

import transad

X = np.linspace(0.1, 1.2, 6).reshape(2, 3)
W = np.cos(X)


class Duck(NDArrayOperatorsMixin):
    """An array that is none: everything it knows it has from NumPy's dispatch protocols."""

    def __init__(self, data):
        self.data = np.asarray(data)

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    T = property(lambda self: Duck(self.data.T))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, key):
        return Duck(self.data[bare(key)])

    def __setitem__(self, key, value):
        self.data[bare(key)] = bare(value)

    def __float__(self):
        return float(self.data)

    def __int__(self):
        return int(self.data)

    def __bool__(self):
        return bool(self.data)

    def copy(self):
        return Duck(self.data.copy())

    def reshape(self, *shape):
        return Duck(self.data.reshape(*shape))

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return dressed(getattr(ufunc, method)(*bare(args), **bare(kwargs)))

    def __array_function__(self, function, types, args, kwargs):
        return dressed(function(*bare(args), **bare(kwargs)))


def bare(x):
    if isinstance(x, (tuple, list)):
        return type(x)(map(bare, x))
    if isinstance(x, dict):
        return {k: bare(v) for k, v in x.items()}
    return x.data if isinstance(x, Duck) else x


def dressed(x):
    if isinstance(x, tuple):
        return tuple(map(dressed, x))
    return Duck(x) if isinstance(x, (np.ndarray, np.generic)) else x


def weighted(x, w):
    return np.sum(np.sin(x) * w)


def statistic(x, w):
    return np.mean(np.exp(-(x**2))) + np.sum(x * w, axis=0)[1] ** 2 + np.var(x)


def network(x, w):
    return np.sum(np.tanh(x @ w.T) ** 2)


def branches(x, w):
    return np.sum(np.where(x > 0.5, x, 2.0 * x) * w) + np.max(x)


def joined(x, w):
    return np.sum(np.concatenate([x, w])[1:] ** 2)


def spread(x, w):
    return np.sum((x[:, None, :] - w[None, :, :]) ** 2)


def looped(x, w):
    y = x * 1.0
    for _ in range(3):
        y = y + 0.1 * np.tanh(y * w)
    return np.sum(y * y)


PROGRAMS = [weighted, statistic, network, branches, joined, spread, looped]


@pytest.mark.parametrize("f", PROGRAMS)
def test_the_code_is_that_for_arrays(f):
    value, (x_bar, w_bar) = transad.value_and_grad(f, wrt=(0, 1))(Duck(X), Duck(W))
    wanted, (x_want, w_want) = transad.value_and_grad(f, wrt=(0, 1))(X, W)
    assert isinstance(x_bar, Duck) and isinstance(w_bar, Duck)
    np.testing.assert_allclose(float(value), wanted)
    np.testing.assert_allclose(x_bar.data, x_want)
    np.testing.assert_allclose(w_bar.data, w_want)


@pytest.mark.parametrize("f", PROGRAMS)
def test_forward_mode(f):
    _, y_dot = transad.pushforward(f)(Duck(X), Duck(W), Duck(W))
    np.testing.assert_allclose(float(y_dot), transad.pushforward(f)(X, W, W)[1])


def test_classes_have_code_of_their_own():
    df = transad.grad(weighted)
    assert isinstance(df(X, W), np.ndarray) and isinstance(df(Duck(X), Duck(W)), Duck)
    assert isinstance(df(X, W), np.ndarray)


def test_another_array_may_be_the_constant():
    x_bar = transad.grad(weighted)(X, Duck(W))
    np.testing.assert_allclose(bare(x_bar), transad.grad(weighted)(X, W))


@pytest.mark.parametrize("f", [f for f in PROGRAMS if f is not spread])  # Dask writes to no new axes
def test_dask(f):
    da = pytest.importorskip("dask.array")
    x, w = da.from_array(X, chunks=2), da.from_array(W, chunks=2)
    x_bar = transad.grad(f)(x, w)
    assert isinstance(x_bar, da.Array)
    np.testing.assert_allclose(x_bar.compute(), transad.grad(f)(X, W))


def test_pint_gives_units():
    pint = pytest.importorskip("pint")
    metre = pint.UnitRegistry().metre
    x_bar = transad.grad(lambda x: np.sum(x**2))(X * metre)
    np.testing.assert_allclose(x_bar.magnitude, 2.0 * X)
    assert x_bar.units == metre


class NamedAxes(NDArrayOperatorsMixin):
    """Takes part in ufuncs alone, like the arrays of xarray."""

    shape, dtype, ndim = (3,), np.dtype(float), 1

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return self


def test_what_takes_part_in_ufuncs_alone_is_refused():
    with pytest.raises(transad.ArgumentError, match="matched by their names"):
        transad.grad(weighted)(NamedAxes(), W)


def test_xarray_is_refused():
    xr = pytest.importorskip("xarray")
    with pytest.raises(transad.ArgumentError, match="matched by their names"):
        transad.grad(weighted)(xr.DataArray(X), W)


def test_code_on_disk_is_that_for_as_many_axes():
    """Each `grad` begins with nothing but what it finds on disk."""

    def f(s, x):
        return np.sum((s * x) ** 2)

    for x in (X[0], X, X[:, :1]):
        got = transad.grad(f)(0.7, Duck(x))
        assert float(bare(got)) == pytest.approx(1.4 * np.sum(x**2))
