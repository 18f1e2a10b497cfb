"""What the compiler and its output cost, in one process; run by hand:

    python tests/benchmarks/core.py [calls] [transforms] [horner] [reads] [import] [--write]

Prints a table: the median of each figure, the spread (first to third quartile) and the bound where one is
set. A figure that misses its bound is marked. Autograd runs in the same process as transad. The cache on
disk is a fresh directory and, but for the figure about it, not used. `--write` puts the figures into
docs/performance.md.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")

import numpy as np  # noqa: E402
import page  # noqa: E402
import results  # noqa: E402
from texts import as_text  # noqa: E402

import transad  # noqa: E402
from transad import grad  # noqa: E402

ROOT = Path(transad.__file__).parents[1]
FOLDER = Path(tempfile.mkdtemp(prefix="transad-benchmark-"))


# ---- measuring ----


@dataclass
class Sample:
    """Seconds, several times."""

    times: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def quartiles(self) -> tuple[float, float]:
        if len(self.times) < 2:
            return self.median, self.median
        first, _, third = statistics.quantiles(self.times, n=4)
        return first, third

    def minus(self, other: Sample) -> Sample:
        """The extra time over another sample, taken at the same moments."""
        return Sample([a - b for a, b in zip(self.times, other.times)])


def timed(*calls: Callable[[], Any], number: int, repeat: int = 31) -> list[Sample]:
    """Each call `number` times in a row, in turns, so that what slows the machine down slows all alike."""
    samples: list[Sample] = [Sample([]) for _ in calls]
    for _ in range(repeat):
        for call, sample in zip(calls, samples):
            start = time.perf_counter()
            for _ in range(number):
                call()
            sample.times.append((time.perf_counter() - start) / number)
    return samples


def once(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


FIGURES_KEPT: dict[str, results.Row] = {}


def row(name: str, sample: Sample, bound: float | None = None) -> None:
    first, third = sample.quartiles()
    met = bound is None or sample.median <= bound
    spread = f"{as_text(first)} .. {as_text(third)}" if first != third else "once"
    tell(name, as_text(sample.median), spread, "" if bound is None else f"at most {as_text(bound)}", met)


def ratio(name: str, value: float, bound: float, at_least: bool = False) -> None:
    met = value >= bound if at_least else value <= bound
    tell(name, f"{value:.3g}x", "", f"{'at least' if at_least else 'at most'} {bound:g}x", met)


def tell(name: str, value: str, spread: str, bound: str, met: bool) -> None:
    verdict = bound if met else f"{bound}  MISSED"
    print(f"    {name:52} {value:>9}   {spread:22} {verdict}", flush=True)
    shown = bound if met else f"{bound}: missed"
    heads = ["", "median", "first to third quartile", "bound"]
    cells = [name.strip(), value, spread, shown]
    place = len(FIGURES_KEPT)
    found = {"place": place, "heads": heads, "cells": cells}
    FIGURES_KEPT[f"{place:02} {name.strip()}"] = {**found, **results.circumstances()}


def function(name: str, text: str) -> Any:
    """A function whose source is in a file."""
    path = FOLDER / f"{name}_{len(list(FOLDER.iterdir()))}.py"
    path.write_text(text)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, str(path), "exec"), namespace)
    return namespace[name]


# ---- (a) the overhead of a call ----


def calls() -> None:
    print("(a) overhead of a call")
    f = lambda x: x * x  # noqa: E731
    df = grad(f)
    df(2.0)
    bare, derived = timed(lambda: f(2.0), lambda: df(2.0), number=20_000)
    row("grad(f)(2.0) above f(2.0), f = lambda x: x * x", derived.minus(bare), 1.5e-6)

    def five(a, b, c, d, e):
        return np.sum(a * b + c * d + e)

    arrays = [np.ones(3) for _ in range(5)]
    df5 = grad(five)
    bare5 = df5.specialize(*arrays)
    bare, derived = timed(lambda: bare5(*arrays), lambda: df5(*arrays), number=10_000)
    row("five array arguments, above the generated function", derived.minus(bare), 4e-6)

    found = Sample([once(lambda: grad(f)(2.0)) for _ in range(31)])
    row("a derivative found on disk, first call", found, 2e-3)


# ---- (b) transformation ----

THIRTY = """
def thirty(x, w, b):
    m = len(x)
    total = 0.0
    h = np.tanh(w @ x + b)
    for k in range(3):
        g = np.sin(h) * (k + 1.0)
        h = h + 0.1 * g
        if k > 1:
            h = h * 0.5
    scale = np.sum(h * h) / m
    u = np.exp(-scale)
    v = np.log1p(u)
    y = x.copy()
    for i in range(1, m):
        y[i] = y[i] * y[i - 1] + u
    p = np.outer(y, h)
    q = p.T @ y
    r = np.sqrt(q * q + 1.0)
    s = np.where(r > 1.5, r, 1.5)
    t = np.maximum(s, h)
    a = t[1:] - t[:-1]
    c = np.sum(a**2)
    d = np.mean(np.cos(t))
    for value in a:
        total += value * d
    e = np.concatenate([a, t])
    n = np.linalg.norm(e)
    z = c * d + n * v
    total = total + z
    return total
"""


def transforms() -> None:
    print("(b) transformation")
    from transad import persistence

    ask, persistence.ask = persistence.ask, lambda *_: None  # as if there were no cache on disk
    rng = np.random.default_rng(0)
    args = (rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4))
    thirty = function("thirty", THIRTY)
    grad(thirty)(*args)
    again = Sample([once(lambda: grad(function("thirty", THIRTY))(*args)) for _ in range(15)])
    row("a function of 30 lines, source read and run included", again, 60e-3)
    previous = None
    for lines in (100, 1_000, 10_000):
        body = "\n".join(f"    x{k + 1} = x{k} * 0.999 + np.sin(x{k})" for k in range(lines))
        text = f"def straight(x0):\n{body}\n    return x{lines}\n"
        repeat = {100: 15, 1_000: 5, 10_000: 1}[lines]
        sample = Sample([once(lambda: grad(function("straight", text))(0.5)) for _ in range(repeat)])
        row(f"{lines:,} lines without branches", sample, 30.0 if lines == 10_000 else None)
        if previous is not None:
            ratio("    time per line, over that of a tenth of the lines", sample.median / previous / 10, 2.0)
        previous = sample.median
    persistence.ask = ask


# ---- (c) a loop over numbers ----


def horner_of(x, c):
    y = 0.0
    for k in range(len(c)):
        y = y * x + c[k]
    return y


def horner() -> None:
    print("(c) horner, 100 coefficients")
    import autograd

    c = np.random.default_rng(0).normal(size=100).tolist()
    df, peer = grad(horner_of), autograd.grad(horner_of)
    assert abs(df(0.9, c) - peer(0.9, c)) <= 1e-12 * abs(peer(0.9, c))
    run = df.specialize(0.9, c)
    primal, generated, derived = timed(
        lambda: horner_of(0.9, c), lambda: run(0.9, c), lambda: df(0.9, c), number=200
    )
    (peers,) = timed(lambda: peer(0.9, c), number=3)
    row("primal", primal)
    row("the generated gradient", generated)
    row("the gradient, called through transad", derived)
    row("the gradient by autograd", peers)
    ratio("gradient over primal", derived.median / primal.median, 8.0)
    ratio("autograd over transad", peers.median / derived.median, 100.0, at_least=True)


# ---- (d) every element of a vector ----


def read_all(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return total


def reads() -> None:
    print("(d) every element of an n-vector read in a loop")
    import autograd

    df, peer = grad(read_all), autograd.grad(read_all)
    df(np.ones(3))
    previous = None
    for n in (1_000, 10_000, 100_000):
        x = np.random.default_rng(0).normal(size=n)
        np.testing.assert_allclose(df(x), 2.0 * x)
        (sample,) = timed(lambda x=x: df(x), number=1, repeat=15)
        row(f"n = {n:,}", sample)
        if previous is not None:
            ratio("    time per element, over that of a tenth of them", sample.median / previous / 10, 2.0)
        previous = sample.median
        if n <= 10_000:
            row(
                f"n = {n:,}, by autograd",
                Sample([once(lambda x=x: peer(x)) for _ in range(3 if n < 10_000 else 1)]),
            )


# ---- (e) import ----


def imports() -> None:
    print("(e) import, in processes of their own")

    def seconds(statement: str) -> float:
        code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(FOLDER)}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        return float(
            subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True).stdout
        )

    seconds("import transad")
    alone = Sample([seconds("import numpy") for _ in range(15)])
    both = Sample([seconds("import numpy, transad") for _ in range(15)])
    row("numpy", alone)
    row("transad, above numpy", both.minus(alone), 150e-3)


def additions() -> None:
    total = 0.0
    for _ in range(1_000_000):
        total += 1.0


FIGURES = {"calls": calls, "transforms": transforms, "horner": horner, "reads": reads, "import": imports}


def main(*given: str) -> None:
    names = [name for name in given if name != "--write"]
    system = f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}"
    print(f"transad {transad.__version__}, {system}, {os.cpu_count()} cores")
    print("median, first to third quartile\n")
    row("this machine: a million additions in a loop", Sample([once(additions) for _ in range(31)]))
    for name in names or FIGURES:
        FIGURES[name]()
    if "--write" in given:
        results.replace("core", FIGURES_KEPT)
        page.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
