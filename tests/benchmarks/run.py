"""Gradients of well-known kernels: transad against derivatives written by hand and other tools.

    python tests/benchmarks/run.py [names] [--size small,medium,large] [--engines by-hand,transad]
                                   [--seconds 1] [--write]

All engines of a case run in one process, in turns, on one thread. Before anything is timed they must agree to
1e-8. Times are processor times of the process, so that other programs disturb less; ratios are medians of the
ratios of turns. `--write` keeps what was measured in `results/`, in place of what was known of the same cases
and engines, and writes the tables of docs/performance.md anew: so a run may be of a few cases only.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np  # noqa: E402
import page  # noqa: E402
import results  # noqa: E402
from engines import ENGINES, PACKAGES, NotPossible, copies, warm_up  # noqa: E402
from kernels import ALL, LOSSES  # noqa: E402
from kernels.case import Kernel  # noqa: E402
from texts import as_text, factor  # noqa: E402

BASES = ("primal", "by-hand", "by-hand-numba", "transad", "transad-numba")
PATIENCE = 60  # seconds of processor time for the first gradient by another tool


@dataclass
class Case:
    """Seconds of all engines for one kernel at one size; none for a turn that an engine was spared."""

    times: dict[str, list[float | None]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str | None] = field(default_factory=dict)
    entries: int = 0

    def measured(self, engine: str) -> list[float]:
        return [t for t in self.times[engine] if t is not None]

    def ratio(self, engine: str, other: str) -> float:
        """The median of the ratios of turns: what slows the machine down slows both."""
        pairs = zip(self.times[engine], self.times[other])
        return statistics.median(a / b for a, b in pairs if a is not None and b is not None)

    def row(self) -> results.Row:
        names = list(self.times)
        pairs = [(e, base) for base in BASES if base in names for e in names if e != base]
        return {
            "times": {e: [as_number(x) for x in quartiles(self.measured(e))] for e in names},
            "ratios": {f"{e}/{base}": as_number(self.ratio(e, base)) for e, base in pairs},
            "first": {e: as_number(x) for e, x in self.first.items()},
            "refused": self.refused,
            "entries": self.entries,
            **results.circumstances(),
        }


def measure(kernel: Kernel, size: str, engines: list[str], seconds: float) -> Case:
    os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")
    args = kernel.arguments(size)
    case = Case()
    calls: dict[str, Callable[[], Any]] = {"primal": lambda: kernel.primal(*copies(args))}
    gradients = {}
    for name in engines:
        start = time.process_time()
        try:
            with patience(math.inf if "transad" in name else PATIENCE):
                calls[name] = ENGINES[name](kernel, args)
                gradients[name] = leaves(calls[name]())
        except (NotPossible, TimeoutError) as error:
            case.refused[name] = str(error)
            calls.pop(name, None)
            continue
        case.first[name] = time.process_time() - start
        case.refused[name] = None
    agree(kernel.name, gradients)
    case.entries = sum(x.size for x in next(iter(gradients.values())))
    durations = {name: once(call) for name, call in calls.items()}
    number = {name: max(1, math.ceil(2e-3 / max(x, 1e-7))) for name, x in durations.items()}
    spent = dict.fromkeys(calls, 0.0)
    turn = 0
    # the fast are measured until their time is over, the slow at least thrice
    while turn < 5 or any(x < seconds for x in spent.values()) and turn < 1000:
        for name, call in calls.items():
            last = None
            if turn < 3 or spent[name] < seconds:
                start = time.process_time()
                for _ in range(number[name]):
                    call()
                last = time.process_time() - start
                spent[name] += last
                last /= number[name]
            case.times.setdefault(name, []).append(last)
        turn += 1
    return case


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    def over(*_: Any) -> None:
        raise TimeoutError(f"no gradient after {seconds} s")

    if math.isinf(seconds):
        yield
        return
    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def once(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def leaves(result: Any) -> list[np.ndarray]:
    return [np.asarray(x) for x in (result if isinstance(result, (tuple, list)) else (result,))]


def agree(kernel: str, gradients: dict[str, list[np.ndarray]]) -> None:
    (first, expected), *others = gradients.items()
    for name, found in others:
        for x, y in zip(found, expected, strict=True):
            scale = max(1.0, float(np.max(np.abs(y))))
            message = f"{kernel}: {name} and {first}"
            np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-8 * scale, err_msg=message)


def quartiles(times: list[float]) -> tuple[float, float, float]:
    first, _, third = statistics.quantiles(times, n=4)
    return first, statistics.median(times), third


def as_number(x: float) -> float:
    return float(f"{x:.4g}")


def told(name: str, case: Case) -> str:
    """One case on the terminal."""
    by_engine = "  ".join(f"{e} {as_text(statistics.median(case.measured(e)))}" for e in case.times)
    pairs = [("transad", "by-hand"), ("transad-numba", "by-hand-numba")]
    against = "  ".join(factor(case.ratio(*p)) if set(p) <= set(case.times) else "-" for p in pairs)
    refused = "".join(f"\n    {e}: {why}" for e, why in case.refused.items() if why)
    return f"{name:18} by hand {against}   {by_engine}{refused}"


def installed(engines: list[str]) -> list[str]:
    """The engines whose packages are there; the others are named."""
    found = [e for e in engines if all(importlib.util.find_spec(name) for name in PACKAGES.get(e, ()))]
    for engine in set(engines) - set(found):
        print(f"{engine}: not installed")
    return found


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("names", nargs="*", default=list(ALL))
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--size", default="small", help="small, medium (losses only), large, or several")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each engine of a case")
    parser.add_argument("--write", action="store_true", help="keep, and write docs/performance.md")
    options = parser.parse_args()
    engines = installed(options.engines.split(","))
    start = time.perf_counter()
    warm_up(engines)
    for size in options.size.split(","):
        names = [name for name in options.names if size != "medium" or name in LOSSES]
        for name in names:
            case = measure(ALL[name], size, engines, options.seconds)
            print(told(name, case), flush=True)
            if options.write:
                results.keep(f"kernels-{size}", name, case.row())
                page.write()
    minutes = (time.perf_counter() - start) / 60, time.process_time() / 60
    print("{:.1f} minutes, {:.1f} of the processor".format(*minutes))


if __name__ == "__main__":
    main()
