"""Order statistics, averages over what is not NaN, weighted averages."""

import math

import numpy as np

from transad.rules.helpers import open_grid, shaped_as, vanishes
from transad.rules.reductions import how_many, ties
from transad.rules.registry import expansion, jvp

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


def ranking(a, axis, ranks):
    """For each row the places of its numbers, those of some ranks where sorting would put them. Rows with
    ranks of their own are sorted."""
    rows = as_rows(a, axis)
    return np.argpartition(rows, ranks, axis=-1) if one_for_all(ranks) else np.argsort(rows, axis=-1)


def one_for_all(ranks):
    """Are ranks, one or several, those of each row?"""
    return np.ndim(ranks) < 2 if not isinstance(ranks, tuple) else np.ndim(ranks[0]) == 0


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
    rows, order = as_rows(a_dot, axis), ranking(a, axis, (low, high))
    middle = in_place(rows, order, low) + in_place(rows, order, high)
    return shaped_as(0.5 * middle, y)


@jvp(np.median)
def _(y, a_dot, a, axis=None, *, overwrite_input=False, keepdims=False):
    return median_tangent(a_dot, y, a, axis, row_length(a, axis))


@jvp(np.nanmedian)
def _(y, a_dot, a, axis=None, *, overwrite_input=False, keepdims=False):
    return median_tangent(a_dot, y, a, axis, known_numbers(a, axis))


CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}


def down(x):
    return math.floor(x) if np.ndim(x) == 0 else np.floor(x)


def up(x):
    return math.ceil(x) if np.ndim(x) == 0 else np.ceil(x)


def to_nearest(x):
    return round(x) if np.ndim(x) == 0 else np.rint(x)


def within_ranks(place, n):
    inside = np.clip(place, 0, n - 1)
    return float(inside) if np.ndim(place) == 0 else inside


def place_of(q, n, method):
    """Where among n sorted numbers the quantile lies, counted from 0 (Hyndman and Fan, 1996)."""
    if method == "lower":
        return down(q * (n - 1))
    if method == "higher":
        return up(q * (n - 1))
    if method == "nearest":
        return to_nearest(q * (n - 1))
    if method == "midpoint":
        return 0.5 * (down(q * (n - 1)) + up(q * (n - 1)))
    if method == "linear":
        return q * (n - 1)
    if method == "inverted_cdf":
        return within_ranks(up(n * q) - 1, n)
    if method == "averaged_inverted_cdf":
        return within_ranks(0.5 * (up(n * q) + down(n * q)) - 0.5, n)
    if method == "closest_observation":
        return within_ranks(to_nearest(n * q) - 1, n)
    alpha, beta = CONTINUOUS[method]
    return within_ranks(n * q + (alpha - 1.0 + q * (1.0 - alpha - beta)), n)


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


def quantile_tangent(a_dot, q_dot, y, a, q, axis, n, method):
    """Several quantiles are one more axis in front."""
    several = isinstance(q, (list, tuple))
    quantiles = q if several else (q,) if np.ndim(q) == 0 else None
    if quantiles is None:
        return tangent_of_many(a_dot, q_dot, y, a, q, axis, n, method)
    places = [place_of(each, n, method) for each in quantiles]
    around = [ranks_around(place, n) for place in places]
    order = ranking(a, axis, tuple([rank for pair in around for rank in pair]))
    parts = []
    for k in range(len(quantiles)):
        below, above = around[k]
        share = places[k] - below
        rows = as_rows(a_dot, axis)
        part = (1.0 - share) * in_place(rows, order, below) + share * in_place(rows, order, above)
        moved = q_dot[k] if several else q_dot
        if not vanishes(moved):
            rows = as_rows(a, axis)
            step = in_place(rows, order, above) - in_place(rows, order, below)
            part = part + step * (places_per_unit(n, method) * moved)
        parts.append(part)
    if not several:
        return shaped_as(parts[0], y)
    return shaped_as(np.array(parts) if np.ndim(parts[0]) == 0 else np.stack(parts), y)


def tangent_of_many(a_dot, q_dot, y, a, q, axis, n, method):
    """Of quantiles in an array: here rows are columns, so that the quantiles come first."""
    columns, columns_dot = as_columns(a, axis), as_columns(a_dot, axis)
    places = place_of(upright(q, n), n, method)
    below, above = ranks_around(places, n)
    share = upright(places - below, columns[0])
    order = sorted_columns(columns, below, above)
    y_dot = (1.0 - share) * entries(columns_dot, order, below) + share * entries(columns_dot, order, above)
    if not vanishes(q_dot):
        step = entries(columns, order, above) - entries(columns, order, below)
        y_dot = y_dot + step * (places_per_unit(n, method) * upright(q_dot, columns[0]))
    return shaped_as(y_dot, y)


def as_columns(a, axis):
    rows = as_rows(a, axis)
    return rows if np.ndim(rows) == 1 else np.moveaxis(rows, -1, 0)


def upright(q, n):
    """Numbers for each quantile, as a first axis before those of `n`."""
    return np.reshape(q, (-1,) + (1,) * np.ndim(n)) if np.ndim(q) == 1 and np.ndim(n) > 0 else q


def sorted_columns(columns, below, above):
    if np.ndim(below) == 1:
        return np.argpartition(columns, np.concatenate((below, above)), axis=0)
    return np.argsort(columns, axis=0)


def entries(columns, order, ranks):
    """The entries of some ranks in each column; the ranks are the same for all of them, or of each."""
    at = order[ranks] if np.ndim(ranks) == 1 else np.take_along_axis(order, ranks, axis=0)
    return columns[at] if np.ndim(columns) == 1 else np.take_along_axis(columns, at, axis=0)


def chosen_tangent(a_dot, y, a, q, axis, keepdims):
    """With weights, a quantile is one of the numbers; equal ones share."""
    if isinstance(q, (list, tuple)):
        return np.stack([chosen_tangent(a_dot, y[k], a, q[k], axis, keepdims) for k in range(len(q))])
    if np.ndim(q) > 0:
        raise NotImplementedError("quantiles in an array, with weights,", "give the quantiles as a list")
    mask = ties(y, a, axis, keepdims, True)
    chosen = np.sum(np.where(mask, a_dot, 0.0), axis=axis, keepdims=keepdims)
    return chosen / how_many(mask, y, axis, keepdims, None)


@jvp(np.quantile, inert=("weights",))
def _(
    y, a_dot, q_dot, a, q, axis=None, *,
    overwrite_input=False, method="linear", keepdims=False, weights=None,
):  # fmt: skip
    if weights is not None:
        return chosen_tangent(a_dot, y, a, q, axis, keepdims)
    return quantile_tangent(a_dot, q_dot, y, a, q, axis, row_length(a, axis), method)


@jvp(np.nanquantile, inert=("weights",))
def _(
    y, a_dot, q_dot, a, q, axis=None, *,
    overwrite_input=False, method="linear", keepdims=False, weights=None,
):  # fmt: skip
    if weights is not None:
        return chosen_tangent(a_dot, y, a, q, axis, keepdims)
    return quantile_tangent(a_dot, q_dot, y, a, q, axis, known_numbers(a, axis), method)


def other_form(quantile, a, q, axis, overwrite_input, method, keepdims, weights):
    """Quantiles in an array of more than one axis. That the numbers may be overwritten is not passed on."""
    if isinstance(q, (list, tuple)) or np.ndim(q) < 2:
        if overwrite_input:
            return quantile(a, q, axis=axis, method=method, keepdims=keepdims, weights=weights)
        return NotImplemented
    y = quantile(a, np.ravel(q), axis=axis, method=method, keepdims=keepdims, weights=weights)
    return np.reshape(y, np.shape(q) + np.shape(y)[1:])


@expansion(np.quantile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False, weights=None):
    return other_form(np.quantile, a, q, axis, overwrite_input, method, keepdims, weights)


@expansion(np.nanquantile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False, weights=None):
    return other_form(np.nanquantile, a, q, axis, overwrite_input, method, keepdims, weights)


def hundredths(q):
    return [each / 100.0 for each in q] if isinstance(q, (list, tuple)) else q / 100.0


@expansion(np.percentile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False, weights=None):
    return np.quantile(a, hundredths(q), axis=axis, method=method, keepdims=keepdims, weights=weights)


@expansion(np.nanpercentile)
def _(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False, weights=None):
    return np.nanquantile(a, hundredths(q), axis=axis, method=method, keepdims=keepdims, weights=weights)


@expansion(np.median)
def _(a, axis=None, *, overwrite_input=False, keepdims=False):
    return np.median(a, axis=axis, keepdims=keepdims) if overwrite_input else NotImplemented


@expansion(np.nanmedian)
def _(a, axis=None, *, overwrite_input=False, keepdims=False):
    return np.nanmedian(a, axis=axis, keepdims=keepdims) if overwrite_input else NotImplemented


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
    return np.reshape(c, ()) if np.shape(x)[0] == 1 else c


@expansion(np.corrcoef)
def _(x, y=None, rowvar=True, *, dtype=None):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    return c / deviation[:, None] / deviation
