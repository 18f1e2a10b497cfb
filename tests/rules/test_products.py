import pytest

import transad.rules.products  # noqa: F401

from .cases_products import CASES
from .harness import check, check_single_precision


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)
