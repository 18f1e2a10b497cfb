"""Interpolation on regular grids: `RegularGridInterpolator` and `interpn`, linear and nearest.

The value in a cell is the mean of its corners, weighted by how near they are: it depends on the values, the
places and the points of the grid. At a point of the grid the slope is that of the cell on its right.
"""

import itertools

import numpy as np
from scipy import interpolate

from transad.rules.helpers import within
from transad.rules.registry import compile_time, expansion


class Grid:
    def __init__(self, points, values, method, bounds_error, fill_value):
        if method not in ("linear", "nearest"):
            raise NotImplementedError("interpolation on a grid by this method", "use method='linear'")
        self.points = self.grid = points
        self.values, self.method = values, method
        self.bounds_error, self.fill_value = bounds_error, fill_value

    def __call__(self, xi, method=None):
        n = len(self.points)
        columns = coordinates(xi, n)
        if self.bounds_error:
            columns = [within(x, p[0], p[-1]) for x, p in zip(columns, self.points)]
        y = in_cells(self.points, self.values, columns, self.method if method is None else method)
        if self.bounds_error or self.fill_value is None:
            return y
        inside = [(x >= p[0]) & (x <= p[-1]) for x, p in zip(columns, self.points)]
        everywhere = inside[0]
        for k in range(1, n):
            everywhere = everywhere & inside[k]
        return np.where(beside(everywhere, np.ndim(y)), y, self.fill_value)


def coordinates(xi, n):
    """The places along each axis, from a tuple of them or from an array with one place a row."""
    if isinstance(xi, tuple):
        return list(np.broadcast_arrays(*[np.atleast_1d(x) for x in xi])) if n > 1 else [np.atleast_1d(xi[0])]
    xi = np.asarray(xi)
    if np.ndim(xi) == 1:
        xi = np.reshape(xi, (-1, n))
    return [xi[..., k] for k in range(n)]


def beside(x, ndim):
    """With axes of length 1 after its own, up to so many."""
    return x if np.ndim(x) == ndim else np.reshape(x, np.shape(x) + (1,) * (ndim - np.ndim(x)))


@compile_time
def corners(n):
    return tuple(itertools.product((0, 1), repeat=n))


def in_cells(points, values, columns, method):
    cells = [np.clip(np.searchsorted(p, x, side="right") - 1, 0, len(p) - 2) for p, x in zip(points, columns)]
    shares = [(x - p[i]) / (p[i + 1] - p[i]) for p, x, i in zip(points, columns, cells)]
    if method == "nearest":
        return values[tuple([np.where(t <= 0.5, i, i + 1) for t, i in zip(shares, cells)])]
    total = 0.0
    for corner in corners(len(points)):
        weight = 1.0
        for t, upper in zip(shares, corner):
            weight = weight * (t if upper else 1.0 - t)
        entry = values[tuple([i + upper if upper else i for i, upper in zip(cells, corner)])]
        total = total + beside(weight, np.ndim(entry)) * entry
    return total


@expansion(interpolate.RegularGridInterpolator)
def _(points, values, method="linear", bounds_error=True, fill_value=np.nan):
    points = tuple([np.asarray(p) for p in points])
    return Grid(points, np.asarray(values), method, bounds_error, fill_value)


@expansion(interpolate.interpn)
def _(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    points = tuple([np.asarray(p) for p in points])
    return Grid(points, np.asarray(values), method, bounds_error, fill_value)(xi)


@expansion(interpolate.RegularGridInterpolator.__call__)
def _(self, xi, method=None):
    return Grid(self.grid, self.values, self.method, self.bounds_error, self.fill_value)(xi, method)
