"""Convolutions and filters of `scipy.signal` and smoothing by `scipy.ndimage`."""

import numpy as np
from scipy import ndimage, signal

from transad.rules.helpers import from_front, to_front
from transad.rules.registry import expansion, jvp, linear, vjp

# ----- convolutions: the modes "same" and "valid" give the middle of what "full" gives


def widened(g, a, b, mode):
    """The adjoint of a convolution as that of the full one: zeros around it."""
    if mode == "full":
        return g
    n = np.ndim(a)
    full = np.zeros([np.shape(a)[k] + np.shape(b)[k] - 1 for k in range(n)], dtype=g.dtype)
    first = [(np.shape(full)[k] - np.shape(g)[k]) // 2 for k in range(n)]
    if n == 1:
        full[first[0] : first[0] + len(g)] = g
    else:
        full[tuple([slice(first[k], first[k] + np.shape(g)[k]) for k in range(n)])] = g
    return full


def reversed_(x):
    return x[::-1] if np.ndim(x) == 1 else x[(slice(None, None, -1),) * np.ndim(x)]


def convolution_adjoints(convolve, y_bar, a, b, mode):
    full = widened(y_bar, a, b, mode)
    return convolve(full, reversed_(b), mode="valid"), convolve(full, reversed_(a), mode="valid")


@linear(signal.convolve, wrt=(0, 1), each=True)
def _(y_bar, in1, in2, mode="full", method="auto"):
    return convolution_adjoints(signal.convolve, y_bar, in1, in2, mode)


@linear(signal.fftconvolve, wrt=(0, 1), each=True)
def _(y_bar, in1, in2, mode="full"):
    return convolution_adjoints(signal.fftconvolve, y_bar, in1, in2, mode)


@expansion(signal.correlate)
def _(in1, in2, mode="full", method="auto"):
    if mode == "valid":
        raise NotImplementedError("scipy.signal.correlate with mode='valid'", "use scipy.signal.convolve")
    return signal.convolve(in1, np.conj(reversed_(np.asarray(in2))), mode=mode, method=method)


# ----- recursive filters: a * y = b * x, both convolutions. Going back, the filter runs backwards in time


def lagged_products(s, x, coefficients):
    """The sums over n of s[n] x[n - k], for each coefficient k."""
    bar = np.zeros_like(coefficients)
    for k in range(len(coefficients)):
        bar[k] = np.sum(s[k:] * x[: len(x) - k])
    return bar


@vjp(signal.lfilter)
def _(y_bar, y, b, a, x, axis=-1):
    b, a = np.asarray(b, dtype=y.dtype), np.asarray(a, dtype=y.dtype)
    back, x, y = to_front(y_bar, axis)[::-1], to_front(x, axis), to_front(y, axis)
    s = signal.lfilter(np.ones(1, dtype=y.dtype), a, back, axis=0)[::-1]
    x_bar = signal.lfilter(b, a, back, axis=0)[::-1]
    return lagged_products(s, x, b), -lagged_products(s, y, a), from_front(x_bar, axis)


@jvp(signal.lfilter)
def _(y, b_dot, a_dot, x_dot, b, a, x, axis=-1):
    change = signal.lfilter(b, a, x_dot, axis=axis)
    if np.ndim(b_dot) > 0:
        change = change + signal.lfilter(b_dot, a, x, axis=axis)
    if np.ndim(a_dot) > 0:
        change = change - signal.lfilter(a_dot, a, y, axis=axis)
    return change


# ----- smoothing: a symmetric kernel, and a border that keeps it so, is its own transpose


def refuse_border(mode, cval, order):
    if mode not in ("reflect", "wrap", "constant") or cval != 0.0 or order != 0:
        raise NotImplementedError(
            "a filter of scipy.ndimage with this border or order", "use mode='reflect', 'wrap' or 'constant'"
        )


@linear(ndimage.gaussian_filter)
def _(y_bar, input, sigma, order=0, *, mode="reflect", cval=0.0, truncate=4.0):
    refuse_border(mode, cval, order)
    return ndimage.gaussian_filter(y_bar, sigma, mode=mode, truncate=truncate)


@linear(ndimage.gaussian_filter1d)
def _(y_bar, input, sigma, axis=-1, order=0, *, mode="reflect", cval=0.0, truncate=4.0):
    refuse_border(mode, cval, order)
    return ndimage.gaussian_filter1d(y_bar, sigma, axis, mode=mode, truncate=truncate)


@linear(ndimage.uniform_filter)
def _(y_bar, input, size=3, *, mode="reflect", cval=0.0):
    refuse_border(mode, cval, 0)
    if not isinstance(size, int) or size % 2 == 0:
        raise NotImplementedError("scipy.ndimage.uniform_filter of an even size", "use an odd size")
    return ndimage.uniform_filter(y_bar, size, mode=mode)


BORDERS = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "constant": "constant",
}


def with_border(x, widths, mode, cval):
    if mode == "constant":
        return np.pad(x, widths, constant_values=cval)
    return np.pad(x, widths, BORDERS[mode])


@expansion(ndimage.correlate)
def _(input, weights, *, mode="reflect", cval=0.0):
    weights = np.asarray(weights)
    sizes = [np.shape(weights)[k] for k in range(np.ndim(weights))]
    widths = [(n // 2, (n - 1) // 2) for n in sizes]
    x = with_border(np.asarray(input), widths, mode, cval)
    return signal.convolve(x, reversed_(weights), mode="valid", method="direct")


@expansion(ndimage.convolve)
def _(input, weights, *, mode="reflect", cval=0.0):
    weights = np.asarray(weights)
    sizes = [np.shape(weights)[k] for k in range(np.ndim(weights))]
    widths = [((n - 1) // 2, n // 2) for n in sizes]
    return signal.convolve(
        with_border(np.asarray(input), widths, mode, cval), weights, mode="valid", method="direct"
    )
