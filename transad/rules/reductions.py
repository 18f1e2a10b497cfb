"""Sums, products, extremes and moments over axes."""

import numpy as np

from transad.rules.helpers import (
    along,
    broadcast_like,
    expand_reduced,
    inverse,
    known,
    nonzero,
    recurrence,
    vanishes,
)
from transad.rules.registry import expansion, jvp, linear, nondifferentiable, vjp


def count(a, axis):
    """How many elements are reduced into one."""
    if axis is None:
        return np.size(a)
    if np.ndim(a) == 0:
        return 1
    if isinstance(axis, tuple):
        n = 1
        for k in axis:
            n = n * np.shape(a)[k]
        return n
    return np.shape(a)[axis]


def masked(g, where):
    """`g` where the reduction looked. True means: everywhere."""
    return g if where is True else np.where(where, g, 0.0)


# ----- sums and means


@linear(np.sum, wrt=("a", "initial"))
def _(y_bar, a, axis=None, dtype=None, *, keepdims=False, initial=0.0, where=True):
    return masked(broadcast_like(expand_reduced(y_bar, a, axis, keepdims), a), where), np.sum(y_bar)


@linear(np.mean)
def _(y_bar, a, axis=None, dtype=None, *, keepdims=False, where=True):
    if where is True:
        return broadcast_like(expand_reduced(y_bar / count(a, axis), a, axis, keepdims), a)
    n = np.sum(broadcast_like(where, a), axis=axis, keepdims=keepdims, dtype=a.dtype)
    return masked(broadcast_like(expand_reduced(y_bar / n, a, axis, keepdims), a), where)


def centred(a, axis, where):
    """The deviations from the mean, conjugated; 0 where the reduction does not look."""
    keep = np.ndim(a) > 0 and axis is not None and axis != 0
    return masked(np.conj(a - np.mean(a, axis=axis, keepdims=keep, where=where)), where)


def freedom(y, a, axis, ddof, keepdims, where):
    """What a sum of squared deviations is divided by."""
    if where is True:
        n = count(a, axis)
    else:
        n = np.sum(broadcast_like(where, a), axis=axis, keepdims=keepdims, dtype=y.dtype)
    return n if known(ddof) and ddof == 0 else n - ddof


@vjp(np.var)
def _(y_bar, y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True):
    scale = y_bar * (2.0 / freedom(y, a, axis, ddof, keepdims, where))
    return expand_reduced(scale, a, axis, keepdims) * centred(a, axis, where)


@jvp(np.var)
def _(y, a_dot, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True):
    inner = np.real(np.sum(centred(a, axis, where) * a_dot, axis=axis, keepdims=keepdims))
    return 2.0 / freedom(y, a, axis, ddof, keepdims, where) * inner


def given_moments(a, axis, dtype, ddof, keepdims, where, mean, correction):
    """The variance about a mean that is given."""
    a = a if dtype is None else a.astype(dtype)
    lost = ddof if correction is None else correction
    if mean is None:
        return np.var(a, axis=axis, ddof=lost, keepdims=keepdims, where=where)
    distance = np.abs(a - mean)
    squares = np.sum(distance * distance, axis=axis, keepdims=keepdims, where=where)
    return squares / freedom(squares, a, axis, lost, keepdims, where)


@expansion(np.var)
def _(
    a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None
):  # fmt: skip
    if mean is None and correction is None:
        return NotImplemented
    return given_moments(a, axis, dtype, ddof, keepdims, where, mean, correction)


# The standard deviation has a kink where all elements are equal: derivative 0 there.


@vjp(np.std)
def _(y_bar, y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True):
    scale = y_bar / (freedom(y, a, axis, ddof, keepdims, where) * nonzero(y))
    return expand_reduced(scale, a, axis, keepdims) * centred(a, axis, where)


@jvp(np.std)
def _(y, a_dot, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True):
    inner = np.real(np.sum(centred(a, axis, where) * a_dot, axis=axis, keepdims=keepdims))
    return inner / (freedom(y, a, axis, ddof, keepdims, where) * nonzero(y))


@expansion(np.std)
def _(
    a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None
):  # fmt: skip
    if mean is None and correction is None:
        return NotImplemented
    return np.sqrt(given_moments(a, axis, dtype, ddof, keepdims, where, mean, correction))


# ----- extremes: equal ones share, as in JAX


def ties(y, a, axis, keepdims, where):
    mask = a == expand_reduced(y, a, axis, keepdims)
    return mask if where is True else mask & where


def how_many(mask, y, axis, keepdims, initial):
    """The number of ties, in the result's type or a plain int: NumPy's integers make float64 of float32."""
    if axis is None and not keepdims:
        n = int(np.count_nonzero(mask))
    else:
        n = np.sum(mask, axis=axis, keepdims=keepdims, dtype=y.dtype)
    return n if initial is None else n + (initial == y)


@vjp(np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin)
def _(y_bar, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    mask = ties(y, a, axis, keepdims, where)
    share = y_bar / how_many(mask, y, axis, keepdims, initial)
    a_bar = np.where(mask, expand_reduced(share, a, axis, keepdims), 0.0)
    return a_bar, None, None, None if initial is None else np.sum(np.where(initial == y, share, 0.0))


@jvp(np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin)
def _(y, a_dot, initial_dot, a, axis=None, *, keepdims=False, initial=None, where=True):
    mask = ties(y, a, axis, keepdims, where)
    chosen = np.sum(np.where(mask, a_dot, 0.0), axis=axis, keepdims=keepdims)
    if not vanishes(initial_dot):
        chosen = chosen + np.where(initial == y, initial_dot, 0.0)
    return chosen / how_many(mask, y, axis, keepdims, initial)


@expansion(np.ptp)
def _(a, axis=None, *, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# ----- products: never divided by an element, which may be zero


def products_of_others(a, axis):
    """For each element the product of all others along the axis (None: the only one)."""
    n, at = np.ndim(a), 0 if axis is None else axis
    before, after = np.ones_like(a), np.ones_like(a)
    before[along(at, slice(1, None), n)] = np.cumprod(a[along(at, slice(None, -1), n)], axis=axis)
    later = np.cumprod(a[along(at, slice(None, 0, -1), n)], axis=axis)
    after[along(at, slice(None, -1), n)] = later[along(at, slice(None, None, -1), n)]
    return before * after


def prod_slope(a, axis, where):
    """The derivative of prod(a) along `axis`, with respect to each element."""
    if np.ndim(a) == 0:
        return 1.0
    factors = a if where is True else np.where(where, a, 1.0)
    if np.ndim(a) == 1:
        return products_of_others(factors, None)
    if axis is None:
        return np.reshape(products_of_others(np.ravel(factors), None), np.shape(factors))
    if isinstance(axis, tuple):
        n = np.ndim(a)
        front = tuple([k % n for k in axis])
        order = front + tuple([k for k in range(n) if k not in front])
        moved = np.transpose(factors, order)
        flat = np.reshape(moved, (-1, *np.shape(moved)[len(front) :]))
        return np.transpose(np.reshape(products_of_others(flat, 0), np.shape(moved)), inverse(order))
    return products_of_others(factors, axis)


@vjp(np.prod)
def _(y_bar, y, a, axis=None, dtype=None, *, keepdims=False, initial=1.0, where=True):
    product = y_bar * np.prod(a, axis=axis, keepdims=keepdims, where=where)
    scale = y_bar if known(initial) and initial == 1 else y_bar * initial
    a_bar = masked(expand_reduced(scale, a, axis, keepdims) * prod_slope(a, axis, where), where)
    return a_bar, None, None, None, np.sum(product)


@jvp(np.prod)
def _(y, a_dot, initial_dot, a, axis=None, dtype=None, *, keepdims=False, initial=1.0, where=True):
    y_dot = np.sum(masked(prod_slope(a, axis, where) * a_dot, where), axis=axis, keepdims=keepdims)
    if not (known(initial) and initial == 1):
        y_dot = initial * y_dot
    if vanishes(initial_dot):
        return y_dot
    return y_dot + initial_dot * np.prod(a, axis=axis, keepdims=keepdims, where=where)


# ----- running sums and products


def reverse(g, axis):
    if np.ndim(g) == 1 or axis == 0:
        return g[::-1]
    return np.flip(g, axis)


@linear(np.cumsum)
def _(y_bar, a, axis=None, dtype=None):
    if np.ndim(a) == 1:
        return np.cumsum(y_bar[::-1])[::-1]
    if axis is None:
        return np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a))
    return reverse(np.cumsum(reverse(y_bar, axis), axis=axis), axis)


# y[k] = a[k] y[k - 1]. With p[k], the product before a[k]: y_dot[k] = a[k] y_dot[k - 1] + p[k] a_dot[k];
# a_bar[k] = p[k] s[k] where s[k] = y_bar[k] + a[k + 1] s[k + 1]. Recurrences: O(n), and right for zeros.


def products_before(y):
    before = np.ones_like(y)
    before[1:] = y[:-1]
    return before


def cumprod_adjoint(y_bar, y, a):
    """Along the first axis."""
    return products_before(y) * recurrence(np.roll(a[::-1], 1, axis=0), y_bar[::-1])[::-1]


def cumprod_tangent(a_dot, y, a):
    """Along the first axis."""
    return recurrence(a, products_before(y) * a_dot)


@vjp(np.cumprod)
def _(y_bar, y, a, axis=None, dtype=None):
    if axis == 0 or np.ndim(a) == 1:
        return cumprod_adjoint(y_bar, y, a)
    if axis is None:
        return np.reshape(cumprod_adjoint(y_bar, y, np.ravel(a)), np.shape(a))
    y_bar, y, a = np.moveaxis(y_bar, axis, 0), np.moveaxis(y, axis, 0), np.moveaxis(a, axis, 0)
    return np.moveaxis(cumprod_adjoint(y_bar, y, a), 0, axis)


@jvp(np.cumprod)
def _(y, a_dot, a, axis=None, dtype=None):
    if axis == 0 or np.ndim(a) == 1:
        return cumprod_tangent(a_dot, y, a)
    if axis is None:
        return cumprod_tangent(np.ravel(a_dot), y, np.ravel(a))
    a_dot, y, a = np.moveaxis(a_dot, axis, 0), np.moveaxis(y, axis, 0), np.moveaxis(a, axis, 0)
    return np.moveaxis(cumprod_tangent(a_dot, y, a), 0, axis)


# ----- no derivative

nondifferentiable(np.any, np.all, np.argmax, np.argmin, np.count_nonzero, np.nanargmax, np.nanargmin)
nondifferentiable(np.result_type)
