"""Counting with weights. Numbers stay in their bins when they move a little, so that counts are constant; the
edges of the bins follow the smallest and the largest number, where no range is given.
"""

import numpy as np

from transad.rules.registry import expansion, linear, vjp


@linear(np.bincount, wrt="weights")
def _(y_bar, x, weights=None, minlength=0):
    return y_bar[x]


def positions(n):
    """`range(n)`: the name is that of an argument here."""
    return range(n)


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
    share = np.linspace(0.0, 1.0, bins + 1, dtype=edges.dtype)
    least, most = a == edges[0], a == edges[-1]
    low_bar, high_bar = np.sum(edges_bar * (1.0 - share)), np.sum(edges_bar * share)
    a_bar = np.where(least, low_bar / int(np.count_nonzero(least)), 0.0)
    a_bar = a_bar + np.where(most, high_bar / int(np.count_nonzero(most)), 0.0)
    return a_bar, None, None, None, weights_bar


# ----- of several variables: the cells are numbered in order, with one more at each end of a row than bins


def edges_of(x, bins, limits):
    """The edges of the bins along one variable."""
    if isinstance(bins, (list, tuple)) or np.ndim(bins) > 0:
        return np.asarray(bins)
    low, high = (np.min(x), np.max(x)) if limits is None else (limits[0], limits[1])
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def for_each(given, count):
    """One option for each variable: a number, or nothing, is that of all of them."""
    return given if isinstance(given, (list, tuple)) else [given] * count


@expansion(np.histogramdd)
def _(sample, bins=10, range=None, density=None, weights=None):
    if isinstance(sample, (list, tuple)):
        columns = [np.asarray(x) for x in sample]
    else:
        columns = [sample[:, k] for k in positions(np.shape(sample)[1])]
    bins, limits = for_each(bins, len(columns)), for_each(range, len(columns))
    edges = [edges_of(*each) for each in zip(columns, bins, limits)]
    cell, cells = 0, 1
    for x, ends in zip(columns, edges):
        place = np.where(x == ends[-1], len(ends) - 1, np.searchsorted(ends, x, side="right"))
        cell, cells = cell * (len(ends) + 1) + place, cells * (len(ends) + 1)
    sums = np.reshape(np.bincount(cell, weights, cells), tuple([len(ends) + 1 for ends in edges]))
    h = sums[(slice(1, -1),) * len(edges)].astype(float)
    if density:
        h = h / np.sum(h)
        for k in positions(len(edges)):
            h = h / np.reshape(np.diff(edges[k]), (-1,) + (1,) * (len(edges) - 1 - k))
    return h, tuple(edges)


@expansion(np.histogram2d)
def _(x, y, bins=10, range=None, density=None, weights=None):
    shared = len(bins) > 2 if isinstance(bins, (list, tuple)) else np.ndim(bins) == 1
    if shared:
        bins = [bins, bins]
    h, edges = np.histogramdd([x, y], bins, range, density, weights)
    return h, edges[0], edges[1]
