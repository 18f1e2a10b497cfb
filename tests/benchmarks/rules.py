"""What array rules cost, in one process; run by hand:

    python tests/benchmarks/rules.py [name ...]

For each function, over lengths n: the processor time of a gradient divided by that of the function itself,
both in turns, as the median ratio. A rule that costs what it should has a flat ratio. Marked is where it
grows by more than a factor of three from the shortest length to the longest.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads that wait for one another are no measure

import numpy as np  # noqa: E402

import transad  # noqa: E402

LENGTHS = (10**3, 10**4, 10**5, 10**6)
GROWS = 3.0

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda x, w: np.sum(w * x),
    "prod": lambda x, w: np.prod(1.0 + 1e-9 * x) * w[0],
    "max": lambda x, w: np.max(x) * w[0],
    "median": lambda x, w: np.median(x) * w[0],
    "quantile": lambda x, w: np.quantile(x, 0.3) * w[0],
    "var": lambda x, w: np.var(x) * w[0],
    "norm": lambda x, w: np.linalg.norm(x) * w[0],
    "sort": lambda x, w: w @ np.sort(x),
    "partition": lambda x, w: w @ np.partition(x, 5),
    "cumsum": lambda x, w: w @ np.cumsum(x),
    "cumprod": lambda x, w: w @ np.cumprod(1.0 + 1e-9 * x),
    "running maximum": lambda x, w: w @ np.maximum.accumulate(x),
    "logaddexp.reduce": lambda x, w: np.logaddexp.reduce(x) * w[0],
    "diff": lambda x, w: w[1:] @ np.diff(x),
    "gradient": lambda x, w: w @ np.gradient(x),
    "interp": lambda x, w: w @ np.interp(x, np.linspace(0.0, 1.0, 50), np.cos(np.arange(50.0))),
    "where": lambda x, w: np.sum(np.where(x > 0.5, w * x, x)),
    "clip": lambda x, w: w @ np.clip(x, 0.2, 0.8),
    "roll": lambda x, w: w @ np.roll(x, 3),
    "flip": lambda x, w: w @ np.flip(x),
    "pad": lambda x, w: np.sum(np.pad(x, 2)[:-4] * w),
    "pad wrap": lambda x, w: np.sum(np.pad(x, 2, mode="wrap")[:-4] * w),
    "repeat": lambda x, w: np.sum(np.repeat(x, 2)[::2] * w),
    "tile": lambda x, w: np.sum(np.tile(x, 2)[: len(x)] * w),
    "concatenate": lambda x, w: np.sum(np.concatenate((x, x))[: len(x)] * w),
    "stack": lambda x, w: np.sum(np.stack((x, x)) @ w),
    "take": lambda x, w: w @ x[np.arange(len(x))[::-1]],
    "mask": lambda x, w: np.sum(x[x > 0.5]) * w[0],
    "slices": lambda x, w: np.sum(x[1:] * x[:-1]) * w[0],
    "insert": lambda x, w: np.sum(np.insert(x, 3, 1.0)[1:] * w),
    "convolve": lambda x, w: np.sum(np.convolve(x, w[:5], "same") * w),
    "bincount": lambda x, w: np.sum(np.bincount(np.arange(len(x)) % 100, weights=x)) * w[0],
    "add.at": lambda x, w: scattered(x, w),
    "add.reduceat": lambda x, w: np.sum(np.add.reduceat(x, np.arange(0, len(x), 10)) ** 2) * w[0],
    "fft": lambda x, w: np.sum(np.abs(np.fft.rfft(x)) ** 2) * w[0],
    "einsum": lambda x, w: np.einsum("i,i->", x, w),
    "polyval": lambda x, w: np.sum(np.polyval(w[:6], x)),
    "trapezoid": lambda x, w: np.trapezoid(x, dx=0.1) * w[0],
    "unwrap": lambda x, w: w @ np.unwrap(x),
    "apply_along_axis": lambda x, w: (
        np.sum(np.apply_along_axis(np.sum, 0, np.reshape(x, (-1, 2))) ** 2) * w[0]
    ),
}


def scattered(x: Any, w: Any) -> Any:
    h = np.zeros(100)
    np.add.at(h, np.arange(len(x)) % 100, x)
    return np.sum(h**2) * w[0]


def ratio(f: Callable[..., Any], n: int, budget: float = 0.25) -> float:
    """The median of gradient / function, measured in turns for a while."""
    rng = np.random.default_rng(n)
    x, w = rng.uniform(0.1, 1.0, n), rng.uniform(0.1, 1.0, n)
    gradient = transad.grad(f).specialize(x, w)
    gradient(x, w), f(x, w)
    ratios, end = [], time.process_time() + budget
    while len(ratios) < 3 or time.process_time() < end and len(ratios) < 101:
        start = time.process_time()
        f(x, w)
        middle = time.process_time()
        gradient(x, w)
        ratios.append((time.process_time() - middle) / (middle - start))
    return statistics.median(ratios)


def main(names: list[str]) -> None:
    print(f"{'':18}" + "".join(f"{n:>10}" for n in LENGTHS) + "   gradient / function")
    for name, f in FUNCTIONS.items():
        if names and name not in names:
            continue
        ratios = [ratio(f, n) for n in LENGTHS]
        mark = "  grows" if ratios[-1] > GROWS * ratios[0] else ""
        print(f"{name:18}" + "".join(f"{r:10.2f}" for r in ratios) + mark, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
