"""Where the time goes that a gradient by transad takes above the one by hand:

    python tests/benchmarks/where.py [names] [--compiled] [--size small] [--write]

A clock is read after each statement of both (the emitted source and the one by hand), and the statements
that cost most are shown beside each other: for each the fastest of many runs, without the time of reading
the clock. In code that numba compiles (`--compiled`) a nest of loops counts as one statement. Without names,
these are the five kernels whose ratio in `results/` is worst.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import tempfile
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import goals  # noqa: E402
import page  # noqa: E402
import results  # noqa: E402
from kernels import ALL, in_numba  # noqa: E402
from kernels.case import Kernel  # noqa: E402
from texts import as_text, table  # noqa: E402
from ticking import Costs, costs, costs_compiled  # noqa: E402

import transad  # noqa: E402

SHOWN = 6  # statements of each
LONGEST = 70  # characters of a statement


def in_code(statement: str) -> str:
    one_line = " ".join(statement.split()).replace("|", "\\|")
    return f"`{one_line if len(one_line) <= LONGEST else one_line[: LONGEST - 3] + '...'}`"


def compare(name: str, size: str, compiled: bool) -> results.Row:
    kernel = ALL[name]
    args = kernel.arguments(size)
    both = compiled_pair(kernel, args) if compiled else numpy_pair(kernel, args)
    totals = [as_text(sum(seconds for seconds, _ in found)) for found in both]
    cells = [[f"`{name}`", totals[0], "all", totals[1], "all"]]
    for k in range(SHOWN):
        line = [""]
        for found in both:
            line += [as_text(found[k][0]), in_code(found[k][1])] if k < len(found) else ["", ""]
        cells.append(line)
    return {"cells": cells, **results.circumstances()}


def numpy_pair(kernel: Kernel, args: tuple) -> tuple[Costs, Costs]:
    ours = transad.grad(kernel.primal, wrt=kernel.wrt).specialize(*args)
    return costs(ours, args), costs(kernel.by_hand, args)


def compiled_pair(kernel: Kernel, args: tuple) -> tuple[Costs, Costs]:
    ours = transad.grad(kernel.primal, wrt=kernel.wrt, jit="numba").specialize(*args).py_func
    theirs = in_numba.compiled(kernel.name).py_func
    return (
        costs_compiled(ours, ours.__globals__, options_of(ours), args),
        costs_compiled(theirs, theirs.__globals__, in_numba.OPTIONS, args),
    )


def options_of(function: Any) -> dict[str, Any]:
    """What the emitted source asks numba for."""
    (decorator,) = ast.parse(inspect.getsource(function)).body[0].decorator_list
    found = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
    return {name: value for name, value in found.items() if name != "cache"}


def slowest(size: str, compiled: bool, count: int = 5) -> list[str]:
    pair = ("transad-numba", "by-hand-numba") if compiled else ("transad", "by-hand")
    found = goals.known(goals.of_size(size), *pair)
    return sorted(found, key=found.__getitem__, reverse=True)[:count]


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--compiled", action="store_true", help="the code for numba")
    parser.add_argument("--size", default="small")
    parser.add_argument("--write", action="store_true", help="keep, and write docs/performance.md")
    options = parser.parse_args()
    compiled = options.compiled
    names = options.names or slowest(options.size, compiled)
    rows = {name: {**compare(name, options.size, compiled), "place": k} for k, name in enumerate(names)}
    print(table(page.WHERE, [line for row in rows.values() for line in row["cells"]]))
    if options.write:
        results.replace("where-compiled" if compiled else "where", rows)
        page.write()


if __name__ == "__main__":
    main()
