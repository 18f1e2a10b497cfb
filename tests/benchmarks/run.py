"""Gradients of well-known kernels: transad against derivatives written by hand and other tools.

    python tests/benchmarks/run.py [names] [--engines by-hand,transad] [--size small] [--seconds 1] [--write]

All engines of a case run in one process, in turns, on one thread. Before anything is timed they must agree to
1e-8. Times are processor times of the process, so that other programs disturb less. Printed are the median,
first and third quartile, the ratio to the derivative by hand, that of gradient to function, and the time (of
the clock) until the first gradient is there. The cost of differences is an estimate: two evaluations for each
entry. `--write` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np  # noqa: E402
from engines import ENGINES, NotPossible, copies  # noqa: E402
from kernels import ALL  # noqa: E402
from kernels.case import Kernel  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
MARKS = "<!-- kernels: begin -->\n", "<!-- kernels: end -->\n"


@dataclass
class Case:
    """Seconds of all engines for one kernel at one size."""

    kernel: Kernel
    times: dict[str, list[float]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    entries: int = 0

    def median(self, engine: str) -> float:
        return statistics.median(self.times[engine])

    def ratio(self, engine: str, other: str) -> float | None:
        """The median of the ratios of turns: what slows the machine down slows both."""
        if engine not in self.times or other not in self.times:
            return None
        return statistics.median(a / b for a, b in zip(self.times[engine], self.times[other]))


def measure(kernel: Kernel, size: str, engines: list[str], seconds: float) -> Case:
    args = kernel.arguments(size)
    case = Case(kernel)
    calls: dict[str, Callable[[], Any]] = {"primal": lambda: kernel.primal(*copies(args))}
    results = {}
    for name in engines:
        start = time.perf_counter()
        try:
            calls[name] = ENGINES[name](kernel, args)
            results[name] = leaves(calls[name]())
        except (NotPossible, ImportError) as error:
            case.refused[name] = str(error)
            continue
        case.first[name] = time.perf_counter() - start
    agree(kernel.name, results)
    case.entries = sum(x.size for x in next(iter(results.values())))
    number = {name: max(1, math.ceil(2e-3 / max(once(call), 1e-7))) for name, call in calls.items()}
    end = time.perf_counter() + seconds * len(calls)
    while len(case.times.get("primal", ())) < 5 or time.perf_counter() < end:
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(number[name]):
                call()
            case.times.setdefault(name, []).append((time.process_time() - start) / number[name])
    return case


def once(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def leaves(result: Any) -> list[np.ndarray]:
    return [np.asarray(x) for x in (result if isinstance(result, tuple) else (result,))]


def agree(kernel: str, results: dict[str, list[np.ndarray]]) -> None:
    (first, expected), *others = results.items()
    for name, found in others:
        for x, y in zip(found, expected, strict=True):
            scale = max(1.0, float(np.max(np.abs(y))))
            message = f"{kernel}: {name} and {first}"
            np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-8 * scale, err_msg=message)


def as_text(seconds: float) -> str:
    unit, size = next(u for u in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)) if seconds >= u[1] or u[0] == "µs")
    return f"{seconds / size:.3g} {unit}"


def spread(times: list[float]) -> str:
    first, _, third = statistics.quantiles(times, n=4)
    return f"{as_text(statistics.median(times))} ({as_text(first)} .. {as_text(third)})"


def factor(x: float | None) -> str:
    return "" if x is None else f"{x:.2f}x" if x < 10 else f"{x:.0f}x"


def table(cases: list[Case], engines: list[str]) -> str:
    others = [e for e in engines if e not in ("by-hand", "transad")]
    heads = ["", "primal", "transad", "/ primal", "/ by hand", *(f"{e} / transad" for e in others)]
    heads += ["differences / transad", "first call", *(f"{e}, first" for e in others if e != "autograd")]
    lines = [heads, ["---"] * len(heads)]
    for case in cases:
        own = case.median("transad")
        row = [case.kernel.name, as_text(case.median("primal")), spread(case.times["transad"])]
        row += [factor(case.ratio("transad", "primal")), factor(case.ratio("transad", "by-hand"))]
        row += [factor(case.ratio(e, "transad")) for e in others]
        row += [factor(2 * case.entries * case.median("primal") / own), as_text(case.first["transad"])]
        row += [as_text(case.first[e]) if e in case.first else "" for e in others if e != "autograd"]
        lines.append(row)
    means = ["geometric mean", "", ""]
    for pair in [("transad", "primal"), ("transad", "by-hand"), *((e, "transad") for e in others)]:
        found = [r for case in cases if (r := case.ratio(*pair)) is not None]
        means.append(factor(statistics.geometric_mean(found) if found else None))
    lines.append(means + [""] * (len(heads) - len(means)))
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def versions(engines: list[str]) -> str:
    packages = {"transad-numba": "numba", "autograd": "autograd", "jax": "jax"}
    found = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    found += [f"{packages[e]} {importlib.metadata.version(packages[e])}" for e in engines if e in packages]
    return ", ".join(found) + f"; {platform.machine()}, one thread, load {os.getloadavg()[0]:.1f}"


def write(text: str, size: str) -> None:
    """Put a table into the page, in place of the last one of that size."""
    page = PAGE.read_text()
    begin, end = (mark.replace("kernels", f"kernels, {size}") for mark in MARKS)
    before, rest = page.split(begin)
    _, after = rest.split(end)
    PAGE.write_text(before + begin + text + end + after)


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("names", nargs="*", default=list(ALL))
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--size", default="small", choices=("tiny", "small", "large"))
    parser.add_argument("--seconds", type=float, default=1.0, help="for each engine of a case")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    engines = options.engines.split(",")
    if "transad" not in engines:
        parser.error("transad is what the others are compared with")
    cases = []
    for name in options.names:
        case = measure(ALL[name], options.size, engines, options.seconds)
        cases.append(case)
        by_engine = "  ".join(f"{e} {as_text(case.median(e))}" for e in case.times)
        refused = "".join(f"\n    {e}: {why}" for e, why in case.refused.items())
        against = factor(case.ratio("transad", "by-hand"))
        print(f"{name:18} {against:>6} by hand   {by_engine}{refused}", flush=True)
    text = f"{versions(engines)}.\n\n{table(cases, engines)}"
    print("\n" + text)
    if options.write:
        write(text, options.size)


if __name__ == "__main__":
    main()
