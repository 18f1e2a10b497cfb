"""`logsumexp` and the softmax functions, along axes."""

import numpy as np
from scipy import special

from transad.rules.helpers import expand_reduced, finite
from transad.rules.registry import jvp, vjp


def shares(y, a, axis, b, keepdims, sign):
    """The derivative of log |sum(b exp(a))| with respect to each entry of a, and its factor of b."""
    exponentials = np.exp(a - expand_reduced(finite(y), a, axis, keepdims))
    if sign is not None:
        exponentials = exponentials * expand_reduced(sign, a, axis, keepdims)
    return exponentials if b is None else b * exponentials, exponentials


@vjp(special.logsumexp)
def _(y_bar, y, a, axis=None, b=None, keepdims=False, return_sign=False):
    if np.iscomplexobj(a):
        raise NotImplementedError("scipy.special.logsumexp of complex numbers")
    sign = y[1] if return_sign else None
    if return_sign:
        y_bar, y = y_bar[0], y[0]
    by_a, by_b = shares(y, a, axis, b, keepdims, sign)
    y_bar = expand_reduced(y_bar, a, axis, keepdims)
    return y_bar * by_a, None, None if b is None else y_bar * by_b


@jvp(special.logsumexp)
def _(y, a_dot, axis_dot, b_dot, a, axis=None, b=None, keepdims=False, return_sign=False):
    if np.iscomplexobj(a):
        raise NotImplementedError("scipy.special.logsumexp of complex numbers")
    sign = y[1] if return_sign else None
    by_a, by_b = shares(y[0] if return_sign else y, a, axis, b, keepdims, sign)
    change = by_a * a_dot if b is None else by_a * a_dot + by_b * b_dot
    y_dot = np.sum(change, axis=axis, keepdims=keepdims)
    return (y_dot, np.zeros_like(sign)) if return_sign else y_dot


# The Jacobian of softmax, diag(y) - y y^T, is its own transpose.


def softmax_slope(g, y, axis):
    return y * (g - np.sum(g * y, axis=axis, keepdims=np.ndim(y) > 0))


@vjp(special.softmax)
def _(y_bar, y, x, axis=None):
    return softmax_slope(y_bar, y, axis)


@jvp(special.softmax)
def _(y, x_dot, x, axis=None):
    return softmax_slope(x_dot, y, axis)


@vjp(special.log_softmax)
def _(y_bar, y, x, axis=None):
    return y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=np.ndim(y) > 0)


@jvp(special.log_softmax)
def _(y, x_dot, x, axis=None):
    return x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=np.ndim(y) > 0)
