"""Draws from distributions with computed parameters, and shuffling: programs, interpreted where called.

The names of functions and parameters are NumPy's and Python's. `standard` draws from the standard
distribution, with the random bits that the call which is written out would use, so the numbers are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def shape_of(size: Any, *parameters: Any) -> Any:
    """The size of what is drawn: as given, or that of the parameters together."""
    if size is not None or all(np.ndim(p) == 0 for p in parameters):
        return size
    return np.shape(sum(parameters))


def normal(standard: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * standard(shape_of(size, loc, scale))


def uniform(standard: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    return low + (high - low) * standard(shape_of(size, low, high))


def exponential(standard: Any, scale: Any = 1.0, size: Any = None) -> Any:
    return scale * standard(shape_of(size, scale))


def lognormal(standard: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
    return np.exp(mean + sigma * standard(shape_of(size, mean, sigma)))


def laplace(standard: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * standard(size=shape_of(size, loc, scale))


def logistic(standard: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * standard(size=shape_of(size, loc, scale))


def gumbel(standard: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * standard(size=shape_of(size, loc, scale))


def rayleigh(standard: Any, scale: Any = 1.0, size: Any = None) -> Any:
    return scale * standard(size=shape_of(size, scale))


def weibull(standard: Any, a: Any, size: Any = None) -> Any:
    return standard(shape_of(size, a)) ** (1.0 / a)


def pareto(standard: Any, a: Any, size: Any = None) -> Any:
    return np.expm1(standard(shape_of(size, a)) / a)


def gauss(standard: Any, mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    return mu + standard(0.0, 1.0) * sigma


def between(standard: Any, a: Any, b: Any) -> Any:
    return a + (b - a) * standard()


def expovariate(standard: Any, lambd: Any = 1.0) -> Any:
    return standard(1.0) / lambd


def permutation(standard: Any, x: Any, axis: int = 0) -> Any:
    return np.take(x, standard(np.shape(x)[axis]), axis=axis)


def shuffle(permutation: Any, x: Any, axis: int = 0) -> None:
    x[...] = np.take(x, permutation(np.shape(x)[axis]), axis=axis)


def shuffle_list(permutation: Any, x: Any) -> None:
    order = permutation(len(x))
    before = list(x)
    for k in range(len(before)):
        x[k] = before[order[k]]
