"""Making arrays, and asking for their shape."""

import numpy as np

from transad.rules.registry import expansion, jvp, linear, nondifferentiable, vjp


@linear(np.full, wrt="fill_value")
def _(y_bar, shape, fill_value, dtype=None):
    return y_bar


@linear(np.full_like, wrt="fill_value", inert=("a",))
def _(y_bar, a, fill_value, dtype=None):
    return y_bar


def weighted_sum(weights, g):
    """The sum over the first axis of `g` with weights: `weights @ g` for any rank."""
    return np.dot(weights, g) if np.ndim(g) == 1 else np.tensordot(weights, g, 1)


@linear(np.linspace, wrt=("start", "stop"))
def _(y_bar, start, stop, num=50, endpoint=True, *, dtype=None):
    t = np.linspace(0.0, 1.0, num, endpoint=endpoint, dtype=y_bar.dtype)
    return weighted_sum(1.0 - t, y_bar), weighted_sum(t, y_bar)


@expansion(np.linspace)
def _(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    if not retstep and axis == 0:
        return NotImplemented
    y = np.linspace(start, stop, num, endpoint, dtype=dtype)
    if axis != 0:
        y = np.moveaxis(y, 0, axis)
    return (y, (stop - start) / (num - 1 if endpoint else num)) if retstep else y


@expansion(np.logspace)
def _(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    y = base ** np.linspace(start, stop, num, endpoint)
    y = y if axis == 0 else np.moveaxis(y, 0, axis)
    return y if dtype is None else y.astype(dtype)


@expansion(np.geomspace)
def _(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    t = np.linspace(0.0, 1.0, num, endpoint)
    ratio = stop / start
    y = start * ratio ** (t if np.ndim(ratio) == 0 else np.reshape(t, (-1,) + (1,) * np.ndim(ratio)))
    y = y if axis == 0 else np.moveaxis(y, 0, axis)
    return y if dtype is None else y.astype(dtype)


@expansion(np.kaiser)
def _(M, beta):
    half = 0.5 * (M - 1)
    t = (np.arange(M) - half) / (half if M > 1 else 1.0)
    return np.i0(beta * np.sqrt(1.0 - t * t)) / np.i0(beta)


# arange(stop) or arange(start, stop, step): start + k * step, as many as there are now.


@vjp(np.arange)
def _(y_bar, y, start, stop=None, step=1, dtype=None):
    if stop is None:
        return 0.0
    return np.sum(y_bar), 0.0, weighted_sum(np.arange(np.size(y)), y_bar)


@jvp(np.arange)
def _(y, start_dot, stop_dot, step_dot, start, stop=None, step=1, dtype=None):
    if stop is None:
        return np.zeros_like(y)
    return start_dot + np.arange(np.size(y)) * step_dot


nondifferentiable(np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri)
nondifferentiable(np.zeros_like, np.ones_like, np.empty_like)
nondifferentiable(len, np.shape, np.size, np.ndim)
nondifferentiable(np.broadcast_shapes, np.can_cast, np.promote_types, np.finfo, np.iinfo)
