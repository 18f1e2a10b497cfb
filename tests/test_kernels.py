"""The kernels of the benchmarks at tiny size: the gradient against the one derived by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from transad import grad

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

from kernels import ALL  # noqa: E402


@pytest.mark.parametrize("name", ALL)
def test_gradient_is_the_one_derived_by_hand(name):
    kernel = ALL[name]
    args = kernel.arguments("tiny")
    found, expected = grad(kernel.primal, wrt=kernel.wrt)(*args), kernel.by_hand(*args)
    pairs = zip(found, expected, strict=True) if isinstance(kernel.wrt, tuple) else [(found, expected)]
    for x, y in pairs:
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)
