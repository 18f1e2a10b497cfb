"""scipy.linalg: the table, and programs with it."""

import numpy as np
import pytest

pytest.importorskip("scipy.linalg")

import scipy.linalg
from scipy.linalg import cho_factor, cho_solve, lu_factor, lu_solve, solve_triangular

import transad
from transad.rules import registry

from .cases_scipy_linalg import CASES
from .compiled import check_first, check_second, program
from .harness import check
from .references import agrees_with_differences

registry.lookup(scipy.linalg.expm)  # reads the rules


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES[::2], ids=str)
def test_compiled(case):
    check_first(program(case), symmetric=case.symmetric)


TWICE = CASES[1::4]


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_order(case):
    check_second(program(case), symmetric=case.symmetric)


_rng = np.random.default_rng(8)
X, Y, B, V = np.linspace(0.0, 2.0, 5), _rng.normal(size=5), _rng.normal(size=(3, 3)), _rng.normal(size=3)


def gaussian_process(x, y, length):
    k = np.exp(-0.5 * ((x[:, None] - x) / length) ** 2) + 0.1 * np.eye(len(x))
    factor = cho_factor(k, lower=True)
    return 0.5 * y @ cho_solve(factor, y) + np.sum(np.log(np.diag(factor[0])))


def multivariate_normal(mu, b, x):
    low = scipy.linalg.cholesky(b @ b.T + np.eye(3), lower=True)
    z = solve_triangular(low, x - mu, lower=True)
    return -0.5 * z @ z - np.sum(np.log(np.diag(low)))


def linear_dynamics(a, x):
    y = scipy.linalg.expm(0.1 * a) @ x
    return np.sum((scipy.linalg.expm(0.2 * a) @ y) ** 2)


def factorised_once(a, b):
    lu = lu_factor(a)
    x = lu_solve(lu, b)
    return np.sum(lu_solve(lu, x * x) ** 2) + np.sum(lu_solve(lu, x, trans=1))


def autoregressive(r, s):
    t = scipy.linalg.toeplitz(np.concatenate([np.ones(1), 0.2 * np.tanh(r)]))
    return s @ np.linalg.solve(t, s) + np.linalg.slogdet(t)[1]


def geodesic(b):
    s = b @ b.T + np.eye(3)
    root = scipy.linalg.sqrtm(s)
    return np.sum(scipy.linalg.logm(s) ** 2) + np.trace(root)


def vibrations(k, m):
    w, modes = scipy.linalg.eigh(k @ k.T + np.eye(3), m @ m.T + np.eye(3))
    return np.sum(np.sqrt(w)) + np.sum(modes**4)


def modes_of_one(k):
    w, v = scipy.linalg.eigh(k @ k.T)
    return np.sum(np.abs(v) ** 3 * w)


def structured(a, c):
    m = scipy.linalg.block_diag(a, scipy.linalg.circulant(c), 2.0)
    return np.sum(np.linalg.inv(m + 5.0 * np.eye(7)) ** 2)


def steady_state(a):
    return np.trace(scipy.linalg.solve_continuous_lyapunov(a - 4.0 * np.eye(3), -np.eye(3)))


PROGRAMS = [
    (gaussian_process, (X, Y, 0.7)),
    (multivariate_normal, (V, B, Y[:3])),
    (linear_dynamics, (B, V)),
    (factorised_once, (B, V)),
    (autoregressive, (V, Y[:4])),
    (geodesic, (B,)),
    (vibrations, (B, B.T.copy())),
    (modes_of_one, (B,)),
    (structured, (B, V)),
    (steady_state, (B,)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_programs_agree_with_differences(f, args):
    agrees_with_differences(f, args)


def test_emitted_code_imports_the_public_module():
    df = transad.grad(lambda a: np.sum(scipy.linalg.expm(a)))
    df(B)
    assert "scipy.linalg.expm_frechet(" in df.source and "import scipy.linalg" in df.source


def test_flags_that_overwrite_arguments_do_not():
    def f(a, b):
        return np.sum(scipy.linalg.solve(a, b, overwrite_a=True, overwrite_b=True) ** 2)

    a, b = B.copy(), V.copy()
    transad.grad(f, wrt=(0, 1))(a, b)
    np.testing.assert_array_equal(a, B)
    np.testing.assert_array_equal(b, V)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_eigenvectors_of_tridiagonal_matrices_up_to_their_signs(mode):
    """LAPACK chooses the signs anew for every matrix."""
    weights, step = np.arange(9.0).reshape(3, 3) ** 2, 1e-5

    def f(a):
        return np.sum(weights * scipy.linalg.eigh_tridiagonal(a[:3], a[3:])[1] ** 2)

    a = np.array([0.3, 2.1, 4.2, 0.7, 0.4])
    wanted = [(f(a + h) - f(a - h)) / (2 * step) for h in step * np.eye(5)]
    np.testing.assert_allclose(transad.jacobian(f, mode=mode)(a), wanted, rtol=1e-7)
