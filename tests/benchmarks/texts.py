"""Numbers as the tables show them."""

from __future__ import annotations

from collections.abc import Sequence


def as_text(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def factor(x: float | None) -> str:
    return "" if x is None else f"{x:.2f}x" if x < 10 else f"{x:.0f}x"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
