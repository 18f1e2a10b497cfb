import subprocess
import sys

import numpy as np
import pytest

import transad

pytest.importorskip("scipy.special")

from scipy import special

from .cases_special import CASES
from .compiled import check_first, check_second, program_of
from .harness import check, check_single_precision


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


def run(tmp_path, program):
    """A program in a process of its own."""
    path = tmp_path / "program.py"
    path.write_text(program)
    subprocess.run([sys.executable, str(path)], check=True)


def test_nothing_imports_scipy_for_a_program_that_does_not(tmp_path):
    program = """
import sys, transad, numpy as np
def f(x): return np.sum(np.sinc(x) * np.nanmedian(x.shape))
transad.grad(f)(np.ones(3))
assert not any(name.startswith("scipy") for name in sys.modules)
"""
    run(tmp_path, program)


def test_rules_are_found_for_a_library_that_is_imported_later(tmp_path):
    program = """
import transad
def f(x): return x * x
assert transad.grad(f)(3.0) == 6.0
import scipy.special
def g(x): return scipy.special.expit(x)
assert transad.grad(g)(0.0) == 0.25
"""
    run(tmp_path, program)


def test_a_rule_of_the_users_for_a_function_of_scipy_counts(tmp_path):
    program = """
import scipy.special, transad
@transad.partials(scipy.special.expit)
def _(y, x): return 42.0
assert transad.grad(scipy.special.expit)(0.5) == 42.0
assert abs(transad.grad(scipy.special.erf)(0.0) - 1.1283791670955126) < 1e-15
"""
    run(tmp_path, program)


def test_a_ufunc_without_a_rule_is_refused_as_that():
    with pytest.raises(transad.NoRuleError, match="ber"):
        transad.grad(lambda x: np.sum(special.ber(x) * x))(np.ones(2))


def test_a_sum_of_nothing_but_zeros_has_no_nan():
    def f(x, mask):
        return special.logsumexp(np.where(mask, x, -np.inf), axis=1)

    mask = np.array([[True, True], [False, False]])
    _, pull = transad.vjp(lambda x: f(x, mask), np.zeros((2, 2)))
    np.testing.assert_array_equal(pull(np.ones(2))[0], [[0.5, 0.5], [0.0, 0.0]])


@pytest.mark.parametrize("derivative", [transad.grad, transad.derivative])
def test_entropy_of_nothing(derivative):
    """0 log 0: what the other argument is does not matter, as long as it is not zero as well."""
    np.testing.assert_allclose(derivative(special.xlogy, wrt=1)(0.0, 0.0), 0.0)
    np.testing.assert_allclose(derivative(special.xlogy, wrt=1)(0.0, 2.0), 0.0)
    np.testing.assert_allclose(derivative(special.xlogy, wrt=0)(0.0, 2.0), np.log(2.0))
    np.testing.assert_allclose(derivative(derivative(special.xlogy, wrt=1), wrt=0)(0.0, 2.0), 0.5)


@pytest.mark.skipif(not hasattr(special, "sph_harm_y"), reason="SciPy 1.15 has them")
@pytest.mark.parametrize(("n", "m"), [(0, 0), (1, 0), (1, 1), (2, -1), (3, -3)])
def test_spherical_harmonics(n, m):
    def f(theta, phi):
        y = special.sph_harm_y(n, m, theta, phi)
        return np.stack([y.real, y.imag])

    p = program_of(f, np.array([0.3, 1.1, 2.9]), np.array([0.4, -2.0, 5.0]))
    check_first(p)
    check_second(p)
