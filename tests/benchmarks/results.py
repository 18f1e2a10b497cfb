"""What was measured, kept between runs: one file of `results/` for each table, a row for each case.

A run of a few cases, or of a few engines, replaces what it measured and leaves the rest.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("numpy", "scipy", "numba", "autograd", "advect", "torch", "jax")

Row = dict[str, Any]


def load(table: str) -> dict[str, Row]:
    path = FOLDER / f"{table}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(table: str, key: str, row: Row) -> None:
    """Put a row in, mapping by mapping."""
    rows = load(table)
    merged = rows.setdefault(key, {})
    for name, value in row.items():
        if isinstance(value, dict):
            merged.setdefault(name, {}).update(value)
        else:
            merged[name] = value
    replace(table, rows)


def replace(table: str, rows: dict[str, Row]) -> None:
    """Keep these rows and no others."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False)
    (FOLDER / f"{table}.json").write_text(text + "\n")


def circumstances() -> Row:
    """What belongs to every row: the versions, and how busy the machine was."""
    return {"versions": versions(), "load": round(os.getloadavg()[0], 1)}


def versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return f"{', '.join(found)}; {platform.machine()}, {os.cpu_count()} cores"
