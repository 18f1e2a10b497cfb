"""The kernels of the benchmarks at tiny size: derivatives by transad and by hand against each other."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from transad import grad

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

from kernels import ALL, in_numba  # noqa: E402


def tuples(*gradients):
    return [x if isinstance(x, tuple) else (x,) for x in gradients]


def assert_same(found, expected):
    for x, y in zip(*tuples(found, expected), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", ALL)
def test_gradient_is_the_one_derived_by_hand(name):
    kernel = ALL[name]
    args = kernel.arguments("tiny")
    assert_same(grad(kernel.primal, wrt=kernel.wrt)(*args), kernel.by_hand(*args))


@pytest.mark.parametrize("name", ALL)
def test_loops_written_for_numba_give_the_gradient_derived_by_hand(name):
    kernel = ALL[name]
    args, same = kernel.arguments("tiny"), kernel.arguments("tiny")
    assert_same(in_numba.find(name)(*args), kernel.by_hand(*same))
    for x, y in zip(args, same):
        np.testing.assert_array_equal(x, y, err_msg="the gradient by hand wrote to its arguments")


@pytest.mark.parametrize("name", ALL)
def test_gradient_by_hand_is_the_slope_along_a_line(name):
    kernel = ALL[name]
    places = kernel.wrt if isinstance(kernel.wrt, tuple) else (kernel.wrt,)
    rng = np.random.default_rng(1)
    given = kernel.arguments("tiny")
    steps = {k: 1e-6 * rng.normal(size=np.shape(given[k])) for k in places}

    def moved(sign):
        args = list(kernel.arguments("tiny"))
        for k, step in steps.items():
            args[k] = args[k] + sign * step
        return kernel.primal(*args)

    (gradients,) = tuples(kernel.by_hand(*given))
    expected = (moved(1.0) - moved(-1.0)) / 2e-6
    slope = sum(np.sum(x * steps[k]) for x, k in zip(gradients, places, strict=True)) / 1e-6
    np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-7)
