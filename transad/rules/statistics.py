"""Order statistics, averages over what is not NaN, weighted averages, histograms."""

import math

import numpy as np

from transad.rules.helpers import open_grid, shaped_as
from transad.rules.registry import expansion, jvp, linear, vjp

# ----- order statistics: of equal numbers those count that sorting puts in the place asked for.
# The reduced axes are moved to the end, as one: rows.


def reduced_axes(ndim, axis):
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple([k % ndim for k in axes])


def as_rows(a, axis):
    if axis is None or np.ndim(a) <= 1:
        return np.ravel(a)
    if not isinstance(axis, tuple):
        return np.moveaxis(a, axis, -1)
    gone = reduced_axes(np.ndim(a), axis)
    moved = np.transpose(a, tuple([k for k in range(np.ndim(a)) if k not in gone]) + gone)
    return np.reshape(moved, (*np.shape(moved)[: np.ndim(a) - len(gone)], -1))


def ranking(a, axis):
    """For each row the places of its numbers, from the smallest to the largest."""
    return np.argsort(as_rows(a, axis), axis=-1)


def in_place(rows, order, k):
    """The entry of rank k of each row; `k` is one number, or one for each row."""
    if np.ndim(rows) == 1:
        return rows[order[k]]
    if np.ndim(rows) == 2:
        each = np.arange(len(rows))
        return rows[each, order[each, k]]
    grid = open_grid(rows, k, -1)[:-1]
    grid = tuple([g[..., 0] for g in grid])
    return rows[(*grid, order[(*grid, k)])]


def row_length(a, axis):
    return np.shape(as_rows(a, axis))[-1]


def known_numbers(a, axis):
    """How many numbers of each row are not NaN, which sorting puts last."""
    return np.sum(~np.isnan(as_rows(a, axis)), axis=-1)


def median_tangent(a_dot, y, a, axis, n):
    rows, order = as_rows(a_dot, axis), ranking(a, axis)
    middle = in_place(rows, order, (n - 1) // 2) + in_place(rows, order, n // 2)
    return shaped_as(0.5 * middle, y)


@jvp(np.median)
def _(y, a_dot, a, axis=None, *, keepdims=False):
    return median_tangent(a_dot, y, a, axis, row_length(a, axis))


@jvp(np.nanmedian)
def _(y, a_dot, a, axis=None, *, keepdims=False):
    return median_tangent(a_dot, y, a, axis, known_numbers(a, axis))


CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}


def place_of(q, n, method):
    """Where among n sorted numbers the quantile lies, counted from 0 (Hyndman and Fan, 1996)."""
    if method == "lower":
        return np.floor(q * (n - 1))
    if method == "higher":
        return np.ceil(q * (n - 1))
    if method == "nearest":
        return np.rint(q * (n - 1))
    if method == "midpoint":
        return 0.5 * (np.floor(q * (n - 1)) + np.ceil(q * (n - 1)))
    if method == "linear":
        return q * (n - 1)
    if method not in CONTINUOUS:
        raise NotImplementedError("this method of np.quantile", "use method='linear'")
    alpha, beta = CONTINUOUS[method]
    return np.clip(n * q + (alpha - 1.0 + q * (1.0 - alpha - beta)), 0, n - 1)


def weighted_pair(rows, order, place):
    """What lies at a place between two ranks."""
    if np.ndim(place) == 0:
        below, above = math.floor(place), math.ceil(place)
    else:
        below, above = np.floor(place).astype(int), np.ceil(place).astype(int)
    share = place - below
    return (1.0 - share) * in_place(rows, order, below) + share * in_place(rows, order, above)


def quantile_tangent(a_dot, y, a, q, axis, n, method):
    """Several quantiles are one more axis in front."""
    rows, order = as_rows(a_dot, axis), ranking(a, axis)
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    if np.ndim(q) == 0:
        return shaped_as(weighted_pair(rows, order, place_of(q, n, method)), y)
    if np.ndim(q) > 1:
        raise NotImplementedError("quantiles for an array q of rank 2", "make q a vector")
    y_dot = np.empty_like(y)
    for k in range(len(q)):
        y_dot[k] = shaped_as(weighted_pair(rows, order, place_of(q[k], n, method)), y[k])
    return y_dot


@jvp(np.quantile)
def _(y, a_dot, a, q, axis=None, *, method="linear", keepdims=False):
    return quantile_tangent(a_dot, y, a, q, axis, row_length(a, axis), method)


@jvp(np.nanquantile)
def _(y, a_dot, a, q, axis=None, *, method="linear", keepdims=False):
    return quantile_tangent(a_dot, y, a, q, axis, known_numbers(a, axis), method)


def hundredths(q):
    return np.asarray(q) / 100.0 if isinstance(q, (list, tuple)) else q / 100.0


@expansion(np.percentile)
def _(a, q, axis=None, *, method="linear", keepdims=False):
    return np.quantile(a, hundredths(q), axis=axis, method=method, keepdims=keepdims)


@expansion(np.nanpercentile)
def _(a, q, axis=None, *, method="linear", keepdims=False):
    return np.nanquantile(a, hundredths(q), axis=axis, method=method, keepdims=keepdims)


# ----- what is NaN is passed over


@expansion(np.nansum)
def _(a, axis=None, dtype=None, *, keepdims=False, initial=0.0, where=True):
    known = np.where(np.isnan(a), 0.0, a)
    return np.sum(known, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@expansion(np.nanprod)
def _(a, axis=None, dtype=None, *, keepdims=False, initial=1.0, where=True):
    known = np.where(np.isnan(a), 1.0, a)
    return np.prod(known, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@expansion(np.nancumsum)
def _(a, axis=None, dtype=None):
    return np.cumsum(np.where(np.isnan(a), 0.0, a), axis=axis, dtype=dtype)


@expansion(np.nancumprod)
def _(a, axis=None, dtype=None):
    return np.cumprod(np.where(np.isnan(a), 1.0, a), axis=axis, dtype=dtype)


def known_where(a, where):
    return ~np.isnan(a) if where is True else ~np.isnan(a) & where


@expansion(np.nanmean)
def _(a, axis=None, dtype=None, *, keepdims=False, where=True):
    return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=known_where(a, where))


@expansion(np.nanvar)
def _(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True):
    return np.var(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=known_where(a, where))


@expansion(np.nanstd)
def _(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True):
    return np.std(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=known_where(a, where))


# ----- weighted averages and covariances


def aligned_weights(a, axis, weights):
    """Weights for one axis in a shape that broadcasts against `a`."""
    n = np.ndim(a)
    if np.ndim(weights) == n or axis is None:
        return weights
    return np.reshape(weights, (-1,) + (1,) * (n - 1 - axis % n))


@expansion(np.average)
def _(a, axis=None, weights=None, returned=False, *, keepdims=False):
    a = np.asarray(a)
    if weights is None:
        average = np.mean(a, axis=axis, keepdims=keepdims)
        return (average, np.full_like(average, a.size / np.size(average))) if returned else average
    weights = np.asarray(weights)
    total = np.sum(weights, axis=None if np.ndim(weights) < np.ndim(a) else axis, keepdims=keepdims)
    average = np.sum(a * aligned_weights(a, axis, weights), axis=axis, keepdims=keepdims) / total
    return (average, total + np.zeros_like(average)) if returned else average


def variables(m, rowvar):
    """One variable a row."""
    if np.ndim(m) < 2:
        return np.reshape(m, (1, -1))
    return m if rowvar else np.transpose(m)


@expansion(np.cov)
def _(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None):
    if fweights is not None:
        raise NotImplementedError("np.cov with fweights", "repeat the observations with np.repeat")
    x = variables(np.asarray(m), rowvar)
    if y is not None:
        x = np.concatenate((x, variables(np.asarray(y), rowvar)))
    lost = (0 if bias else 1) if ddof is None else ddof
    if aweights is None:
        x = x - np.mean(x, axis=1, keepdims=True)
        c = x @ np.conj(x.T) / (np.shape(x)[1] - lost)
    else:
        w = np.asarray(aweights)
        total = np.sum(w)
        x = x - np.sum(x * w, axis=1, keepdims=True) / total
        c = (x * w) @ np.conj(x.T) / (total - lost * np.sum(w * w) / total)
    return c[0, 0] if y is None and np.ndim(m) < 2 else c


@expansion(np.corrcoef)
def _(x, y=None, rowvar=True):
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    return c / deviation[:, None] / deviation


# ----- counting with weights


@linear(np.bincount, wrt="weights")
def _(y_bar, x, weights=None, minlength=0):
    return y_bar[x]


@vjp(np.histogram)
def _(y_bar, y, a, bins=10, range=None, density=None, weights=None):
    counts, edges = y
    place = np.searchsorted(edges, a, side="right") - 1
    place = np.where(a == edges[-1], len(counts) - 1, place)
    inside = (place >= 0) & (place < len(counts))
    bar = y_bar[0]
    if density:
        total = np.sum(np.where(inside, weights, 0.0))
        bar = (bar / np.diff(edges) - np.sum(bar * counts)) / total
    return None, None, None, None, np.where(inside, bar[np.where(inside, place, 0)], 0.0)
