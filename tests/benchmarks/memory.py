"""What gradients need above what the function itself needs, in memory and time; run by hand:

    python tests/benchmarks/memory.py [largest n] [--write]

Peaks are those of tracemalloc, which NumPy reports its arrays to. The linear stencil overwrites an array n
times, and its gradient should record nothing; the recurrent network keeps a state for each of n steps, or as
many as it is allowed to. `--write` puts the figures into docs/performance.md.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")

import numpy as np  # noqa: E402
import page  # noqa: E402
import results  # noqa: E402

from transad import checkpoint, grad  # noqa: E402


def stencil(u: np.ndarray, n: int) -> Any:
    v = np.zeros_like(u)
    for _ in range(n):
        v[1:-1] = (u[:-2] + u[1:-1] + u[2:]) / 3.0
        u[1:-1] = (v[:-2] + v[1:-1] + v[2:]) / 3.0
    return np.sum(u)


def network(w: np.ndarray, b: np.ndarray, h: np.ndarray, n: int) -> Any:
    for _ in range(n):
        h = np.tanh(w @ h + b)
    return np.sum(h * h)


def network_by_root(w: np.ndarray, b: np.ndarray, h: np.ndarray, n: int) -> Any:
    for _ in checkpoint(range(n)):
        h = np.tanh(w @ h + b)
    return np.sum(h * h)


def network_in_slots(w: np.ndarray, b: np.ndarray, h: np.ndarray, n: int, slots: int) -> Any:
    for _ in checkpoint(range(n), slots=slots):
        h = np.tanh(w @ h + b)
    return np.sum(h * h)


def cost(f: Callable[..., Any], *args: Any) -> tuple[float, float]:
    """Seconds, and the peak in MB."""
    start = time.perf_counter()
    f(*args)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    f(*args)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak


ROWS: dict[str, results.Row] = {}


def row(name: str, n: int, primal: tuple[float, float], derivative: tuple[float, float]) -> None:
    above = derivative[1] - primal[1]
    print(
        f"{name:28} {n:7} {primal[0]:9.3f} s {derivative[0] / primal[0]:7.1f}x {above:10.3f} MB", flush=True
    )
    cells = [name.strip(), f"{n:,}", f"{derivative[0] / primal[0]:.1f}x", f"{above:.2f} MB"]
    heads = ["", "steps", "time", "peak above"]
    found = {"place": len(ROWS), "heads": heads, "cells": cells}
    ROWS[f"{name} {n}"] = {**found, **results.circumstances()}


def main(*given: str) -> None:
    numbers = [int(x) for x in given if x != "--write"]
    largest = numbers[0] if numbers else 100_000
    rng = np.random.default_rng(0)
    print(f"{'':28} {'steps':>7} {'primal':>11} {'gradient':>8} {'peak above':>13}")
    u = rng.normal(size=100_000)
    for n in (10, 100, 1000):
        args = (u, n)
        run = grad(stencil).specialize(*args)
        row("linear stencil, 0.8 MB", n, cost(lambda: stencil(u.copy(), n)), cost(run, *args))
    w, b, h = 0.1 * rng.normal(size=(64, 64)), rng.normal(size=64), rng.normal(size=64)
    for n in (1_000, 10_000, 100_000):
        if n > largest:
            break
        plain = cost(network, w, b, h, n)
        row("network", n, plain, cost(grad(network).specialize(w, b, h, n), w, b, h, n))
        run = grad(network_by_root).specialize(w, b, h, n)
        row(f"  checkpoint, {math.isqrt(2 * n) + 1} slots", n, plain, cost(run, w, b, h, n))
        for slots in (10, 30):
            args = (w, b, h, n, slots)
            run = grad(network_in_slots).specialize(*args)
            row(f"  checkpoint, slots={slots}", n, plain, cost(run, *args))
    if "--write" in given:
        results.replace("memory", ROWS)
        page.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
