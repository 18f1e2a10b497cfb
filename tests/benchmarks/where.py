"""Where the time goes that a gradient by transad takes above the one by hand:

    python tests/benchmarks/where.py [names] [--size small] [--write]

A clock is read after each statement of both (the emitted source and the one by hand), and the statements that
cost most are shown beside each other. Without names, these are the five kernels whose ratio in `results/` is
worst. Reading the clock is not counted; what a statement calls is.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import statistics
import tempfile
import textwrap
import time
import types
from collections.abc import Callable
from typing import Any

os.environ["TRANSAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="transad-benchmark-")
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import goals  # noqa: E402
import page  # noqa: E402
import results  # noqa: E402
from kernels import ALL  # noqa: E402
from texts import as_text, table  # noqa: E402

import transad  # noqa: E402

SHOWN = 6  # statements of each
LONGEST = 70  # characters of a statement


class Clock:
    """Adds up seconds by statement."""

    def __init__(self) -> None:
        self.spent: dict[int, float] = {}
        self.since = 0.0

    def start(self) -> None:
        self.since = time.process_time()

    def tick(self, line: int) -> None:
        self.spent[line] = self.spent.get(line, 0.0) + time.process_time() - self.since
        self.since = time.process_time()


class Ticking(ast.NodeTransformer):
    """Puts a reading of the clock after each simple statement, and before it leaves the function."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for one in statements:
            if isinstance(one, (ast.For, ast.While, ast.If, ast.With, ast.Try)):
                for block in ("body", "orelse", "finalbody"):
                    setattr(one, block, self.body(getattr(one, block, [])))
                out.append(one)
            elif isinstance(one, ast.Return):
                result = ast.Assign([ast.Name("_result", ast.Store())], one.value, lineno=0)
                out += [result, self.tick(one), ast.Return(ast.Name("_result", ast.Load()))]
            elif isinstance(one, (ast.Break, ast.Continue, ast.Pass)):
                out.append(one)
            else:
                out += [one, self.tick(one)]
        return out

    def tick(self, statement: ast.stmt) -> ast.stmt:
        self.statements.append(ast.unparse(statement))
        return ast.parse(f"_clock.tick({len(self.statements) - 1})").body[0]


def costs(function: Callable[..., Any], args: tuple, repeat: int = 15) -> list[tuple[float, str]]:
    """Median seconds of each statement in one call, the dearest first."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    ticking = Ticking()
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    definition.decorator_list = []
    definition.body = ast.parse("_clock.start()").body + ticking.body(definition.body)
    clock = Clock()
    space = {**function.__globals__, "_clock": clock}
    exec(compile(ast.fix_missing_locations(tree), "<timed>", "exec"), space)
    timed: types.FunctionType = space[definition.name]
    timed(*args)
    samples: dict[int, list[float]] = {}
    for _ in range(repeat):
        clock.spent = {}
        timed(*args)
        for k, seconds in clock.spent.items():
            samples.setdefault(k, []).append(seconds)
    found = [(statistics.median(times), ticking.statements[k]) for k, times in samples.items()]
    return sorted(found, reverse=True)


def in_code(statement: str) -> str:
    one_line = " ".join(statement.split()).replace("|", "\\|")
    return f"`{one_line if len(one_line) <= LONGEST else one_line[: LONGEST - 3] + '...'}`"


def compare(name: str, size: str) -> results.Row:
    kernel = ALL[name]
    args = kernel.arguments(size)
    ours = costs(transad.grad(kernel.primal, wrt=kernel.wrt).specialize(*args), args)
    theirs = costs(kernel.by_hand, args)
    totals = [sum(seconds for seconds, _ in found) for found in (ours, theirs)]
    cells = [[f"`{name}`", as_text(totals[0]), "all", as_text(totals[1]), "all"]]
    for k in range(SHOWN):
        line = [""]
        for found in (ours, theirs):
            line += [as_text(found[k][0]), in_code(found[k][1])] if k < len(found) else ["", ""]
        cells.append(line)
    return {"cells": cells, **results.circumstances()}


def slowest(size: str, count: int = 5) -> list[str]:
    found = goals.known(goals.of_size(size), "transad", "by-hand")
    return sorted(found, key=found.__getitem__, reverse=True)[:count]


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--size", default="small")
    parser.add_argument("--write", action="store_true", help="keep, and write docs/performance.md")
    options = parser.parse_args()
    names = options.names or slowest(options.size)
    rows = {name: {**compare(name, options.size), "place": k} for k, name in enumerate(names)}
    print(table(page.WHERE, [line for row in rows.values() for line in row["cells"]]))
    if options.write:
        results.replace("where", rows)
        page.write()


if __name__ == "__main__":
    main()
