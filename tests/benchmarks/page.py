"""The tables of docs/performance.md, from what is kept in `results/`:

    python tests/benchmarks/page.py

Each stands between two marks. What is around them is written by people.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import goals
import results
from goals import Rows, of_size, ratio
from kernels import LOSSES
from results import Row
from texts import as_text, factor, table

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
WHERE = ("", "transad", "statement", "by hand", "statement")
NONE = "–"  # an engine that cannot take the function


def write() -> None:
    PAGE.write_text(written(PAGE.read_text()))


def written(text: str) -> str:
    """The page with its tables made anew."""
    for name, block in BLOCKS.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        if begin in text and (made := block()):
            before, rest = text.split(begin)
            text = before + begin + made + end + rest.split(end)[1]
    return text


def how(rows: Rows) -> str:
    """Versions, and how busy the machine was."""
    versions = sorted({row["versions"] for row in rows.values()})
    loads = [row["load"] for row in rows.values() if row["load"] is not None]
    busy = f", load {min(loads)} to {max(loads)}" if loads else ""
    return f"{'. '.join(versions)}, one thread{busy}.\n\n"


def spread(row: Row, engine: str) -> str:
    if row["refused"].get(engine) or engine not in row["times"]:
        return NONE
    first, median, third = row["times"][engine]
    return f"{as_text(median)} ({as_text(first)} .. {as_text(third)})"


def median(row: Row, engine: str) -> str:
    if row["refused"].get(engine) or engine not in row["times"]:
        return NONE
    return as_text(row["times"][engine][1])


def over(row: Row, engine: str, other: str) -> str:
    x = ratio(row, engine, other)
    return NONE if x is None else factor(x)


def first(row: Row, engine: str) -> str:
    if row["refused"].get(engine) or engine not in row["first"]:
        return NONE
    return as_text(row["first"][engine])


def differences(row: Row) -> float:
    """Two evaluations of the function for each entry, over the gradient by transad."""
    return 2 * row["entries"] * row["times"]["primal"][1] / row["times"]["transad"][1]


def means(rows: Rows, pairs: list[tuple[str, str] | None]) -> list[str]:
    """The last line of a table: geometric means of what is known."""
    line = ["geometric mean"]
    for pair in pairs:
        found = list(goals.known(rows, *pair).values()) if pair else []
        line.append(factor(statistics.geometric_mean(found)) if found else "")
    return line


def numpy_table(rows: Rows) -> str:
    heads = ("", "function", "by hand", "transad", "/ function", "/ by hand", "Autograd", "Advect", "PyTorch")
    lines = [
        [
            name, median(row, "primal"), median(row, "by-hand"), spread(row, "transad"),
            over(row, "transad", "primal"), over(row, "transad", "by-hand"), over(row, "autograd", "transad"),
            over(row, "advect", "transad"), over(row, "pytorch", "transad"), factor(differences(row)),
        ]
        for name, row in rows.items()
    ]  # fmt: skip
    others = [(e, "transad") for e in ("autograd", "advect", "pytorch")]
    last = means(rows, [None, None, None, ("transad", "primal"), ("transad", "by-hand"), *others, None])
    return table((*heads, "differences"), [*lines, last])


def compiled_table(rows: Rows) -> str:
    heads = ("", "by hand", "transad", "/ by hand", "with value", "NumPy code", "JAX", "JAX / NumPy code")
    lines = [
        [
            name, median(row, "by-hand-numba"), spread(row, "transad-numba"),
            over(row, "transad-numba", "by-hand-numba"), over(row, "transad-numba-value", "transad-numba"),
            over(row, "transad", "transad-numba"), over(row, "jax", "transad-numba"),
            over(row, "jax", "transad"), over(row, "jax", "by-hand-numba"),
        ]
        for name, row in rows.items()
    ]  # fmt: skip
    last = means(
        rows,
        [
            None, None, ("transad-numba", "by-hand-numba"), ("transad-numba-value", "transad-numba"),
            ("transad", "transad-numba"), ("jax", "transad-numba"), ("jax", "transad"),
            ("jax", "by-hand-numba"),
        ],
    )  # fmt: skip
    return table((*heads, "JAX / by hand"), [*lines, last])


def not_compiled(rows: Rows) -> str:
    found = [(name, why) for name, row in rows.items() if (why := row["refused"].get("transad-numba"))]
    if not found:
        return ""
    lines = "".join(f"- `{name}`: {why.replace('NotCompiledWarning: ', '')}\n" for name, why in found)
    return f"\nNot compiled, and why:\n\n{lines}"


def first_table(rows: Rows) -> str:
    engines = ("transad", "transad-numba", "by-hand-numba", "jax")
    lines = [[name, *(first(row, engine) for engine in engines)] for name, row in rows.items()]
    return table(("", "NumPy code", "compiled", "by hand, compiled", "JAX"), lines)


def losses_table() -> str:
    heads = ("", "size", "function", "transad", "/ by hand", "Autograd", "PyTorch", "JAX", "compiled")
    lines, taken = [], {}
    for name in LOSSES:
        for size in ("small", "medium", "large"):
            row = of_size(size).get(name)
            if row is None:
                continue
            taken[name, size] = row
            lines.append(
                [
                    name, size, median(row, "primal"), spread(row, "transad"),
                    over(row, "transad", "by-hand"), over(row, "autograd", "transad"),
                    over(row, "pytorch", "transad"), over(row, "jax", "transad"),
                    over(row, "transad-numba", "transad"),
                ]
            )  # fmt: skip
    return how(taken) + table(heads, lines) if lines else ""


def block(made: Callable[[Rows], str], size: str, headed: bool = True) -> Callable[[], str]:
    def text() -> str:
        rows = of_size(size)
        return (how(rows) if headed else "") + made(rows) if rows else ""

    return text


def plain(name: str) -> Callable[[], str]:
    """A table that is kept as it is shown: a heading and cells of text for each row."""

    def text() -> str:
        rows = results.load(name)
        if not rows:
            return ""
        in_order = sorted(rows.values(), key=lambda row: row["place"])
        cells = table(in_order[0]["heads"], [row["cells"] for row in in_order])
        return how(rows) + cells

    return text


def where(name: str) -> Callable[[], str]:
    def text() -> str:
        rows = results.load(name)
        in_order = sorted(rows.values(), key=lambda row: row["place"])
        return how(rows) + table(WHERE, [line for row in in_order for line in row["cells"]]) if rows else ""

    return text


BLOCKS: dict[str, Callable[[], str]] = {
    "goals": goals.text,
    "losses": losses_table,
    **{f"kernels, {size}": block(numpy_table, size) for size in ("small", "large")},
    **{
        f"compiled, {size}": block(lambda rows: compiled_table(rows) + not_compiled(rows), size)
        for size in ("small", "large")
    },
    **{f"first calls, {size}": block(first_table, size) for size in ("small", "large")},
    **{name: where(name) for name in ("where", "where-compiled")},
    **{name: plain(name) for name in ("core", "compiler", "signatures", "memory")},
}


if __name__ == "__main__":
    write()
