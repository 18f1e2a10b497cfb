import importlib.util

import numpy as np
import pytest

from .cases_named import CASES
from .compiled import check_first, check_second, program

if importlib.util.find_spec("scipy"):
    from .cases_scipy_named import CASES as OF_SCIPY

    CASES = [*CASES, *OF_SCIPY]

TWICE = CASES[::3]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_first_order(case):
    with np.errstate(all="ignore"):
        check_first(program(case), symmetric=case.symmetric)


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_order(case):
    with np.errstate(all="ignore"):
        check_second(program(case), symmetric=case.symmetric)
