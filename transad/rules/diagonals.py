"""Diagonals and triangles."""

import numpy as np

from transad.rules.helpers import identity, known, known_equal, update
from transad.rules.registry import linear

# ----- diagonals and triangles


def diagonal_index(n, k):
    """Rows and columns of the n entries of the k-th diagonal."""
    i = np.arange(n)
    if k == 0:
        return i, i
    return (i, i + k) if k > 0 else (i - k, i)


@linear(np.diag, alias="maybe")
def _(y_bar, v, k=0):
    if np.ndim(v) == 1:
        return np.diag(y_bar, k)
    return update(np.zeros_like(v), y_bar, diagonal_index(len(y_bar), k))


@linear(np.diagflat)
def _(y_bar, v, k=0):
    return np.reshape(np.diag(y_bar, k), np.shape(v))


@linear(np.diagonal, alias="view")
def _(y_bar, a, offset=0, axis1=0, axis2=1):
    if np.ndim(a) == 2 and axis1 % 2 < axis2 % 2:
        return update(np.zeros_like(a), y_bar, diagonal_index(len(y_bar), offset))
    moved = np.moveaxis(np.zeros_like(a), (axis1, axis2), (0, 1))
    placed = update(moved, np.moveaxis(y_bar, -1, 0), diagonal_index(np.shape(y_bar)[-1], offset))
    return np.moveaxis(placed, (0, 1), (axis1, axis2))


def ones_on_diagonal(m, n, k, dtype):
    """`np.eye(m, n, k)` of a dtype, as short as can be."""
    if known(k) and k == 0 and known_equal(m, n):
        return identity(n, dtype)
    return np.eye(m, n, k) if known(dtype) and dtype == np.float64 else np.eye(m, n, k, dtype=dtype)


@linear(np.trace)
def _(y_bar, a, offset=0, axis1=0, axis2=1, dtype=None):
    ones = ones_on_diagonal(np.shape(a)[axis1], np.shape(a)[axis2], offset, a.dtype)
    if np.ndim(a) == 2 and axis1 % 2 < axis2 % 2:
        return y_bar * ones
    n = np.ndim(a)
    first, second = axis1 % n, axis2 % n
    cells = np.reshape(y_bar, (1, 1, *np.shape(y_bar))) * np.reshape(ones, np.shape(ones) + (1,) * (n - 2))
    return np.moveaxis(cells, (0, 1), (first, second))


@linear(np.tril)
def _(y_bar, m, k=0):
    return np.tril(y_bar, k)


@linear(np.triu)
def _(y_bar, m, k=0):
    return np.triu(y_bar, k)
