"""Arguments for cases: the same numbers in every run, whatever other files are read, away from kinks."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

_counts: Counter[str] = Counter()


def _fresh() -> np.random.Generator:
    """A generator of its own for each argument of a file."""
    file = sys._getframe(2).f_globals["__name__"].rpartition(".")[2]
    _counts[file] += 1
    return np.random.default_rng([1, _counts[file], *file.encode()])


def A(*shape: int) -> np.ndarray:
    """Of either sign, and at least 0.1 from zero and from each other's neighbourhood."""
    n = int(np.prod(shape))
    values = (np.arange(n) + 1.0) * 1.7 / max(n, 1) + 0.1
    rng = _fresh()
    return (rng.permutation(values) * rng.choice([-1.0, 1.0], n)).reshape(shape)


def P(*shape: int) -> np.ndarray:
    """Positive, between 0.5 and 2."""
    return _fresh().uniform(0.5, 2.0, shape)


def U(*shape: int) -> np.ndarray:
    """Between -0.9 and 0.9."""
    return _fresh().uniform(-0.9, 0.9, shape)


def C(*shape: int) -> np.ndarray:
    """Complex, away from the branch cuts on the axes."""
    rng = _fresh()
    return rng.uniform(0.2, 0.8, shape) * rng.choice([-1, 1], shape) + 1j * rng.uniform(0.2, 0.8, shape)


def S(*shape: int) -> np.ndarray:
    """Symmetric positive definite matrices."""
    a = _fresh().standard_normal(shape)
    return a @ np.swapaxes(a, -1, -2) + shape[-1] * np.eye(shape[-1])


def B(*shape: int) -> np.ndarray:
    """Booleans, the first of them True."""
    b = _fresh().random(shape) < 0.6
    b.flat[:1] = True
    return b
