"""Order statistics, averages over what is not NaN, weighted averages, histograms."""

import math

import numpy as np

from transad.rules.helpers import open_grid, shaped_as, vanishes
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


def ranking(a, axis, low, high):
    """For each row the places of its numbers, those of two ranks where sorting would put them. (Rows of which
    other numbers count are sorted.)"""
    rows = as_rows(a, axis)
    if np.ndim(low) == 0:
        return np.argpartition(rows, (low, high), axis=-1)
    return np.argsort(rows, axis=-1)


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
    low, high = (n - 1) // 2, n // 2
    rows, order = as_rows(a_dot, axis), ranking(a, axis, low, high)
    middle = in_place(rows, order, low) + in_place(rows, order, high)
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
    if method == "inverted_cdf":
        return np.clip(np.ceil(n * q) - 1.0, 0, n - 1)
    if method == "averaged_inverted_cdf":
        return np.clip(0.5 * (np.ceil(n * q) + np.floor(n * q)) - 0.5, 0, n - 1)
    if method == "closest_observation":
        return np.clip(np.rint(n * q) - 1.0, 0, n - 1)
    alpha, beta = CONTINUOUS[method]
    return np.clip(n * q + (alpha - 1.0 + q * (1.0 - alpha - beta)), 0, n - 1)


def places_per_unit(n, method):
    """How far the place moves with q, between the ends."""
    if method == "linear":
        return n - 1
    if method not in CONTINUOUS:  # it jumps
        return 0.0
    alpha, beta = CONTINUOUS[method]
    return n + (1.0 - alpha - beta)


def ranks_around(place, n):
    """The two ranks that a place lies between, the upper one for the slope at the places of entries."""
    if np.ndim(place) == 0:
        below = min(math.floor(place), int(n) - 1)
        return below, min(below + 1, int(n) - 1)
    below = np.floor(place).astype(int)
    return below, np.minimum(below + 1, n - 1)


def weighted_pair(rows, order, place, n):
    """What lies at a place between two ranks."""
    below, above = ranks_around(place, n)
    share = place - below
    return (1.0 - share) * in_place(rows, order, below) + share * in_place(rows, order, above)


def step_at(rows, order, place, n):
    """How much higher the next rank is."""
    below, above = ranks_around(place, n)
    return in_place(rows, order, above) - in_place(rows, order, below)


def one_quantile(a_dot, q_dot, like, a, q, axis, n, method):
    place = place_of(q, n, method)
    order = ranking(a, axis, *ranks_around(place, n))
    y_dot = weighted_pair(as_rows(a_dot, axis), order, place, n)
    if not vanishes(q_dot):
        y_dot = y_dot + step_at(as_rows(a, axis), order, place, n) * (places_per_unit(n, method) * q_dot)
    return shaped_as(y_dot, like)


def quantile_tangent(a_dot, q_dot, y, a, q, axis, n, method):
    """Several quantiles are one more axis in front."""
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    if np.ndim(q) == 0:
        return one_quantile(a_dot, q_dot, y, a, q, axis, n, method)
    y_dot = np.empty_like(y)
    for k in range(len(q)):
        moved = q_dot if vanishes(q_dot) else q_dot[k]
        y_dot[k] = one_quantile(a_dot, moved, y[k], a, q[k], axis, n, method)
    return y_dot


@jvp(np.quantile)
def _(y, a_dot, q_dot, a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    return quantile_tangent(a_dot, q_dot, y, a, q, axis, row_length(a, axis), method)


@jvp(np.nanquantile)
def _(y, a_dot, q_dot, a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    return quantile_tangent(a_dot, q_dot, y, a, q, axis, known_numbers(a, axis), method)


def of_several(quantile, a, q, axis, method, keepdims):
    """Of quantiles in an array of more than one axis."""
    y = quantile(a, np.ravel(q), axis=axis, method=method, keepdims=keepdims)
    return np.reshape(y, np.shape(q) + np.shape(y)[1:])


@expansion(np.quantile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    if isinstance(q, (list, tuple)) or np.ndim(q) < 2:
        return NotImplemented
    return of_several(np.quantile, a, q, axis, method, keepdims)


@expansion(np.nanquantile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    if isinstance(q, (list, tuple)) or np.ndim(q) < 2:
        return NotImplemented
    return of_several(np.nanquantile, a, q, axis, method, keepdims)


def hundredths(q):
    return np.asarray(q) / 100.0 if isinstance(q, (list, tuple)) else q / 100.0


@expansion(np.percentile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    return np.quantile(a, hundredths(q), axis=axis, method=method, keepdims=keepdims)


@expansion(np.nanpercentile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
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
    """Weights for one axis, or for some, in a shape that broadcasts against `a`."""
    n = np.ndim(a)
    if np.ndim(weights) == n or axis is None:
        return weights
    if isinstance(axis, tuple):
        axes = [k % n for k in axis]
        in_order = np.transpose(weights, tuple([axes.index(k) for k in sorted(axes)]))
        return np.expand_dims(in_order, tuple([k for k in range(n) if k not in axes]))
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
def _(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    x = variables(np.asarray(m), rowvar)
    if y is not None:
        x = np.concatenate((x, variables(np.asarray(y), rowvar)))
    if dtype is not None:
        x = x.astype(dtype)
    lost = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        x = x - np.mean(x, axis=1, keepdims=True)
        c = x @ np.conj(x.T) / (np.shape(x)[1] - lost)
    else:
        importance = 1.0 if aweights is None else np.asarray(aweights)
        w = importance if fweights is None else importance * np.asarray(fweights)
        total = np.sum(w)
        x = x - np.sum(x * w, axis=1, keepdims=True) / total
        c = (x * w) @ np.conj(x.T) / (
            total - (lost if aweights is None else lost * np.sum(w * importance) / total)
        )
    return c[0, 0] if y is None and np.ndim(m) < 2 else c


@expansion(np.corrcoef)
def _(x, y=None, rowvar=True, *, dtype=None):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    return c / deviation[:, None] / deviation


# ----- counting with weights


@linear(np.bincount, wrt="weights")
def _(y_bar, x, weights=None, minlength=0):
    return y_bar[x]


def density_parts(counts, edges, bar, weights, inside):
    """Of densities, the adjoints of the sums of weights and of the widths of the bins."""
    width = np.diff(edges)
    total = np.sum(np.where(inside, 1.0 if weights is None else weights, 0.0))
    return (bar / width - np.sum(bar * counts)) / total, -bar * counts / width


@vjp(np.histogram)
def _(y_bar, y, a, bins=10, range=None, density=None, weights=None):
    """Numbers stay in their bins when they move a little; the bins follow the smallest and the largest."""
    counts, edges = y
    place = np.searchsorted(edges, a, side="right") - 1
    place = np.where(a == edges[-1], len(counts) - 1, place)
    inside = (place >= 0) & (place < len(counts))
    bar, edges_bar = y_bar[0], y_bar[1]
    if density:
        bar, width_bar = density_parts(counts, edges, bar, weights, inside)
        edges_bar = edges_bar + np.append(0.0, width_bar) - np.append(width_bar, 0.0)
    weights_bar = None if weights is None else np.where(inside, bar[np.where(inside, place, 0)], 0.0)
    if np.ndim(bins) > 0:
        return np.zeros_like(a), edges_bar, None, None, weights_bar
    if range is not None:
        return np.zeros_like(a), None, None, None, weights_bar
    share = np.linspace(0.0, 1.0, bins + 1)
    least, most = a == edges[0], a == edges[-1]
    a_bar = np.where(least, np.sum(edges_bar * (1.0 - share)) / np.sum(least), 0.0)
    a_bar = a_bar + np.where(most, np.sum(edges_bar * share) / np.sum(most), 0.0)
    return a_bar, None, None, None, weights_bar
