"""What the compiler spends its time on, and that numba compiles once for each kind of arguments on a machine:

    python tests/benchmarks/compiler.py [compiler] [signatures] [--write]

The time of each stage is that of its functions without what other stages do inside them. Programs are read
and differentiated as if there were nothing on disk; the fastest of a few times is shown, stage by stage.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TRANSAD_CACHE_DIR", tempfile.mkdtemp(prefix="transad-benchmark-"))

import core  # noqa: E402
import numpy as np  # noqa: E402
import page  # noqa: E402
import results  # noqa: E402
from kernels import ALL  # noqa: E402
from texts import as_text, table  # noqa: E402

import transad  # noqa: E402
from transad import compiler, persistence  # noqa: E402
from transad.backend import cache  # noqa: E402
from transad.frontend import source  # noqa: E402
from transad.transforms import operators  # noqa: E402

STAGES = {
    "parse": [(source, "_find"), (source, "_parsed")],
    "interpret": [(compiler, "transform")],
    "differentiate": [(operators, "backprop")],
    "passes": [(compiler, "optimize")],
    "emit": [(compiler, "generate")],
    "compile": [(cache, "compile_module")],
    "write": [(cache, "write")],
}


class Clock:
    """Charges each moment to the innermost stage that is under way."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.under_way = ["other"]
        self.since = time.perf_counter()

    def change(self) -> None:
        now = time.perf_counter()
        stage = self.under_way[-1]
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self.since
        self.since = now

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.change()
            self.under_way.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self.change()
                self.under_way.pop()

        return timed


def stages(make: Callable[[], Any], args: tuple) -> dict[str, float]:
    """Seconds by stage of the first call of a gradient."""
    function, wrt = make()
    clock = Clock()
    places = [(stage, *place) for stage, found in STAGES.items() for place in found]
    before = [(module, name, getattr(module, name)) for _, module, name in places]
    asked, persistence.ask = persistence.ask, lambda *_: None
    source._sources.clear()  # what was read before
    source._files.clear()
    for (stage, module, name), (_, _, function_of_stage) in zip(places, before):
        setattr(module, name, clock.wrap(stage, function_of_stage))
    try:
        transad.grad(function, wrt=wrt).specialize(*args)
        clock.change()
    finally:
        persistence.ask = asked
        for module, name, value in before:
            setattr(module, name, value)
    return clock.spent


def straight(lines: int) -> Callable[[], Any]:
    body = "\n".join(f"    x{k + 1} = x{k} * 0.999 + np.sin(x{k})" for k in range(lines))
    text = f"def straight(x0):\n{body}\n    return x{lines}\n"
    return lambda: (core.function("straight", text), 0)


def programs() -> dict[str, tuple[Callable[[], Any], tuple]]:
    rng = np.random.default_rng(0)
    thirty = rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4)
    found: dict[str, tuple[Callable[[], Any], tuple]] = {
        "30 lines with loops and branches": (lambda: (core.function("thirty", core.THIRTY), 0), thirty)
    }
    for name in ("seidel_2d", "softmax", "kalman", "adi"):
        kernel = ALL[name]
        found[f"`{name}`"] = (lambda kernel=kernel: (kernel.primal, kernel.wrt), kernel.arguments("tiny"))
    for lines in (100, 1_000):
        found[f"{lines:,} lines without branches"] = (straight(lines), (0.5,))
    return found


def stage_rows() -> dict[str, results.Row]:
    heads = ["", "all", *STAGES, "other"]
    rows = {}
    for place, (name, (make, args)) in enumerate(programs().items()):
        times = [stages(make, args) for _ in range(3 if "1,000" in name else 7)]
        least = {stage: min(t.get(stage, 0.0) for t in times) for stage in heads[2:]}
        cells = [name, as_text(sum(least.values())), *(as_text(least[stage]) for stage in heads[2:])]
        rows[name] = row(place, heads, cells)
    return rows


# ---- once for each kind of arguments on a machine ----

PROCESS = """
import sys, time
sys.path.insert(0, {folder!r})
import numba, transad
from kernels import ALL
numba.njit(lambda x: x * x)(2.0)
kernel = ALL[{name!r}]
df = transad.grad(kernel.primal, wrt=kernel.wrt, jit="numba")
for size in ("small", "large", "small"):
    args = kernel.arguments(size)
    start = time.perf_counter()
    df(*args)
    print(time.perf_counter() - start)
"""


def process(name: str, folder: str) -> list[float]:
    code = PROCESS.format(folder=os.path.dirname(__file__), name=name)
    env = {**os.environ, "TRANSAD_CACHE_DIR": folder}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True, text=True)
    return [float(line) for line in out.stdout.split()]


def signature_rows() -> dict[str, results.Row]:
    heads = ["", "first call", "other lengths", "again", "first call in the next process", "again"]
    rows = {}
    for place, name in enumerate(("softmax", "seidel_2d", "jacobi_2d", "cholesky")):
        folder = tempfile.mkdtemp(prefix="transad-benchmark-")
        first, second = process(name, folder), process(name, folder)
        times = [*first, second[0], second[2]]
        rows[name] = row(place, heads, [f"`{name}`", *map(as_text, times)])
    return rows


def row(place: int, heads: list[str], cells: list[str]) -> results.Row:
    return {"place": place, "heads": heads, "cells": cells, **results.circumstances()}


TABLES = {"compiler": stage_rows, "signatures": signature_rows}


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("tables", nargs="*", default=list(TABLES), help=" or ".join(TABLES))
    parser.add_argument("--write", action="store_true", help="keep, and write docs/performance.md")
    options = parser.parse_args()
    write = options.write
    for name in options.tables:
        rows = TABLES[name]()
        print(table(next(iter(rows.values()))["heads"], [r["cells"] for r in rows.values()]))
        if write:
            results.replace(name, rows)
    if write:
        page.write()


if __name__ == "__main__":
    main()
