"""The page about performance shows what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import page  # noqa: E402
import results  # noqa: E402
from kernels import ALL, LOSSES  # noqa: E402


def test_tables_are_those_of_the_results():
    text = page.PAGE.read_text()
    assert page.written(text) == text


@pytest.mark.parametrize("name", page.BLOCKS)
def test_every_table_has_its_place(name):
    text = page.PAGE.read_text()
    assert text.index(f"<!-- {name}: begin -->") < text.index(f"<!-- {name}: end -->")


@pytest.mark.parametrize("size", ("small", "medium", "large"))
def test_only_kernels_of_the_suite_have_rows(size):
    rows = results.load(f"kernels-{size}")
    assert set(rows) <= set(LOSSES if size == "medium" else ALL)
    for row in rows.values():
        for pair in row["ratios"]:
            assert set(pair.split("/")) <= set(row["times"])
