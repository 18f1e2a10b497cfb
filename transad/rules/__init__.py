"""The table of derivative rules. `load` fills it; the families are independent of one another."""

from __future__ import annotations

import importlib

FAMILIES = (
    "arithmetic", "elementwise", "math_module", "reductions", "linalg", "shaping", "diagonals", "creation",
    "indexing", "helpers", "control",
)  # fmt: skip


def load() -> None:
    """Fill the table (once)."""
    for family in FAMILIES:
        importlib.import_module(f"transad.rules.{family}")
