"""Derivatives of random programs: right against dual numbers, or refused; never wrong, never a crash.

TRANSAD_PROGRAMS sets how many are run for each set of features (default 60); run_many.py runs more.
"""

import collections
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .checker import check, load, strict_arithmetic
from .generator import ALL, BASIC, STRAIGHT, WIDE, generate
from .special import SPECIAL

COUNT = int(os.environ.get("TRANSAD_PROGRAMS", "60"))
MOST_REFUSED = 0.02  # the share of programs


def programs(features=ALL):
    """Strategy for random programs; a failing one is reported by its seed."""
    return st.integers(0, 2**32).map(lambda seed: generate(seed, features))


@pytest.mark.parametrize("features", [STRAIGHT, BASIC, ALL, WIDE], ids=["straight", "basic", "all", "wide"])
def test_random_programs_are_right_or_refused(features, tmp_path):
    kinds, details = collections.Counter(), []
    for seed in range(COUNT):
        outcome = check(generate(seed, features), tmp_path)
        kinds[outcome.kind] += 1
        if outcome.kind in ("wrong", "error"):
            details.append(f"seed {seed}: {outcome.kind} {outcome.detail}")
        if outcome.kind == "refused":
            details.append(f"seed {seed}: refused {outcome.detail}")
    report = "\n\n".join(details)
    assert not kinds["wrong"] and not kinds["error"], report
    assert kinds["refused"] <= MOST_REFUSED * COUNT, report
    assert kinds["discarded"] <= 0.05 * COUNT


@pytest.mark.parametrize("kind", SPECIAL)
def test_programs_of_special_kinds_are_right(kind, tmp_path):
    kinds, details = collections.Counter(), []
    for seed in range(COUNT // 2):
        outcome = check(SPECIAL[kind](seed), tmp_path)
        kinds[outcome.kind] += 1
        if outcome.kind not in ("right", "discarded"):
            details.append(f"seed {seed}: {outcome.kind} {outcome.detail}")
    assert not details, "\n\n".join(details)
    assert kinds["discarded"] <= 0.1 * COUNT


@given(program=programs(BASIC))
@settings(max_examples=max(20, COUNT // 5), deadline=None, suppress_health_check=list(HealthCheck))
def test_programs_chosen_by_hypothesis_are_right_or_refused(program, tmp_path_factory):
    outcome = check(program, tmp_path_factory.mktemp("program"))
    assert outcome.kind not in ("wrong", "error"), f"seed {program.seed}\n{program.text()}\n{outcome.detail}"


def test_a_seed_gives_always_the_same_program():
    first, again = generate(7), generate(7)
    assert first.text() == again.text() and first.text() != generate(8).text()


@pytest.mark.parametrize("features", [STRAIGHT, BASIC, ALL, WIDE], ids=["straight", "basic", "all", "wide"])
def test_generated_programs_run_in_plain_numpy(features, tmp_path):
    finite = 0
    for seed in range(100):
        program = generate(seed, features)
        try:
            with strict_arithmetic():
                finite += bool(np.isfinite(load(program, tmp_path)(*program.args)))
        except (FloatingPointError, OverflowError):
            continue
    assert finite >= 95
