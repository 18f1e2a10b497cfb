"""Rules against those of Autograd and JAX, where these have the function."""

import numpy as np
import pytest

import transad

from .compiled import program
from .harness import leaves
from .parity import cases_with_twins, seed, their_pullback
from .test_compiled import CASES

pytest.importorskip("autograd")
jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True, scope="module")
def double():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.mark.parametrize("case", cases_with_twins(CASES), ids=str)
def test_adjoints_agree(case):
    y_bar = seed(case)
    p = program(case)
    with np.errstate(all="ignore"):
        _, bars = transad.pullback(p.f, wrt=p.wrt)(*p.args, y_bar)
        wanted = their_pullback(case, y_bar)
    for bar, want in zip(leaves(list(bars)), leaves(wanted), strict=True):
        np.testing.assert_allclose(bar, want, rtol=1e-9, atol=1e-11)
