"""Systems of equations, decompositions and norms: the table, and programs with them."""

import numpy as np
import pytest

import transad
import transad.rules.linalg  # noqa: F401
from transad.errors import UnsupportedError

from .cases_linalg import CASES
from .compiled import check_first, check_second, program
from .harness import case, check, check_single_precision
from .references import agrees_with_autograd


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


_rng = np.random.default_rng(3)
X, Y, B, V = (_rng.normal(size=s) for s in ((5, 3), (5,), (3, 3), (3,)))
SPD = B @ B.T + 3.0 * np.eye(3)


# ----- programs against Autograd


def gaussian_process(x, y, length, noise):
    d = (x[:, None] - x[None, :]) / length
    k = np.exp(-0.5 * d**2) + noise**2 * np.eye(len(x))
    low = np.linalg.cholesky(k)
    alpha = np.linalg.solve(low, y)
    return 0.5 * alpha @ alpha + np.sum(np.log(np.diag(low)))


def kalman(a, q, y):
    m, p, total = np.zeros(3), np.eye(3), 0.0
    h = np.array([1.0, 0.5, -0.2])
    for t in range(len(y)):
        m, p = a @ m, a @ p @ a.T + q
        s = h @ p @ h + 0.1
        gain = p @ h / s
        r = y[t] - h @ m
        m, p = m + gain * r, p - np.outer(gain, h @ p)
        total = total + 0.5 * (np.log(s) + r**2 / s)
    return total


def principal_components(x):
    centred = x - np.mean(x, axis=0)
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    scores = u * s
    return np.sum(scores[:, :2] ** 4) + np.sum(vt[:2] ** 3)


def spectral_penalty(a):
    w, v = np.linalg.eigh(a + a.T)
    return np.sum(np.exp(w)) + np.sum((v * np.tanh(w)) @ v.T)


def ridge(x, y, log_alpha):
    gram = x.T @ x + np.exp(log_alpha) * np.eye(3)
    w = np.linalg.solve(gram, x.T @ y)
    return np.sum((x @ w - y) ** 2) + np.linalg.slogdet(gram)[1]


def whitened(x):
    c = np.linalg.inv(x.T @ x / 5.0)
    return np.linalg.det(c) + np.trace(c @ c)


def mahalanobis(x, mu, s):
    d = x - mu
    return np.sum(np.einsum("ni,ij,nj->n", d, np.linalg.inv(s), d) ** 2)


def norms(x):
    rows = np.linalg.norm(x, axis=1)
    return np.sum(rows**3) + np.linalg.norm(x) * np.linalg.norm(x[0]) + np.linalg.norm(x, "nuc")


PROGRAMS = [
    (gaussian_process, (np.linspace(0.0, 2.0, 5), Y, 0.7, 0.3)),
    (kalman, (0.4 * B, SPD, Y)),
    (principal_components, (X,)),
    (spectral_penalty, (B,)),
    (ridge, (X, Y, -0.5)),
    (whitened, (X,)),
    (mahalanobis, (X, V, SPD)),
    (norms, (X,)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_programs_agree_with_autograd(f, args):
    agrees_with_autograd(f, args)


# ----- programs against differences


def polar(a):
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum((u @ vt) * np.arange(9.0).reshape(3, 3))


def named_results(a):
    f = np.linalg.svd(a, full_matrices=False)
    total = 0.0
    for s in f.S:
        total = total + np.sin(s)
    smallest = np.linalg.eigh(a.T @ a).eigenvalues[0]
    return total + np.dot(f.S, f.U[0]) + smallest + np.linalg.slogdet(a).logabsdet


def low_rank(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(((u[:, :2] * s[:2]) @ vt[:2] - a) ** 2) + s[-1]


def fitted_line(x, y):
    a = np.stack([x, np.ones_like(x)], axis=1)
    (slope, offset), residuals, rank, s = np.linalg.lstsq(a, y, rcond=None)
    return slope * offset + residuals[0] / rank + s[0]


def minimum_norm(a, b):
    return np.sum(np.linalg.lstsq(a, b, rcond=None)[0] ** 3) + np.sum(np.linalg.pinv(a) ** 2)


def orthogonal(a):
    q, r = np.linalg.qr(a)
    return np.sum(q**3) + np.sum(np.log(np.abs(np.diag(r))))


def spectral_radius(a):
    return np.max(np.abs(np.linalg.eigvals(a)))


def stability(a):
    w, v = np.linalg.eig(a)
    return np.sum(np.real(w) * np.imag(w) ** 2) + np.sum(np.abs(v) ** 3)


def batched(a):
    w = np.linalg.eigvalsh(a @ np.swapaxes(a, -1, -2))
    return np.sum(np.linalg.inv(a)[:, 0, 1] * np.linalg.det(a)) + np.sum(np.log(w))


def rotation_error(a, b):
    c = np.linalg.multi_dot([a, b, a.T])
    power = np.linalg.matrix_power(a, 5)
    return np.linalg.norm(c - np.eye(3), 2) + np.linalg.cond(a) + np.linalg.norm(power, 1)


_T = np.array([[0.5, 2.0, 0.1], [-1.0, 0.3, 0.7], [0.2, 0.1, 1.9]])
DIFFERENCES = [
    (polar, (B,)),
    (named_results, (B,)),
    (low_rank, (X,)),
    (fitted_line, (Y, Y**2)),
    (minimum_norm, (X.T.copy(), V)),
    (orthogonal, (X,)),
    (orthogonal, (X.T.copy(),)),
    (spectral_radius, (_T,)),
    (spectral_radius, (SPD,)),
    (stability, (_T,)),
    (batched, (np.stack([B, _T, SPD]),)),
    (rotation_error, (_T, SPD)),
]


@pytest.mark.parametrize(("f", "args"), DIFFERENCES, ids=lambda x: getattr(x, "__name__", ""))
def test_programs_agree_with_differences(f, args):
    wrt = tuple(range(len(args)))
    transad.check_grad(f, *args, wrt=wrt)
    dots = [np.cos(np.arange(x.size)).reshape(x.shape) for x in args]
    gradient = transad.grad(f, wrt=wrt)
    _, y_dot = transad.pushforward(f, wrt=wrt)(*args, *dots)
    np.testing.assert_allclose(y_dot, sum(np.sum(g * d) for g, d in zip(gradient(*args), dots)), rtol=1e-9)


def test_equal_eigenvalues_are_no_obstacle_but_to_their_vectors():
    a = np.diag([1.0, 1.0, 2.0])
    np.testing.assert_allclose(transad.grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2))(a), 2.0 * a)
    np.testing.assert_allclose(transad.grad(lambda a: np.linalg.norm(a, "nuc"))(a), np.eye(3))
    with np.errstate(all="ignore"):
        unknown = transad.grad(lambda a: np.sum(np.linalg.eigh(a)[1] ** 3))(a)
    assert not np.all(np.isfinite(unknown))


# ----- what has no derivative, or is none of ours


def test_singular_vectors_of_the_null_space_are_refused():
    def f(a):
        return np.sum(np.linalg.svd(a)[0] ** 3)

    with pytest.raises(UnsupportedError, match="pass full_matrices=False"):
        transad.grad(f)(X)
    transad.check_grad(lambda a: np.sum(np.linalg.svd(a)[1]), X)  # the values are fine


def test_complete_qr_is_refused_unless_square():
    def f(a):
        return np.sum(np.linalg.qr(a, mode="complete")[0] ** 3)

    with pytest.raises(UnsupportedError, match="mode='reduced'"):
        transad.grad(f)(X)
    transad.check_grad(f, B)


def test_the_rank_is_a_constant():
    def f(a):
        return np.linalg.matrix_rank(a) * np.sum(a) + np.linalg.norm(a[0], 0) * a[0, 0]

    want = np.full((5, 3), 3.0)
    want[0, 0] += 3.0
    np.testing.assert_allclose(transad.grad(f)(X), want)


# ----- what is emitted


def source(f, *args):
    df = transad.grad(f)
    df(*args)
    return df.source


def test_nothing_is_computed_for_factors_that_are_not_used():
    text = source(lambda a: np.sum(np.log(np.linalg.svd(a, compute_uv=False))), X)
    assert "a_bar = t[0] * (1.0 / t[1]) @ t[2]" in text


def test_one_decomposition_serves_value_and_gradient():
    df = transad.value_and_grad(lambda a: np.linalg.norm(a, "nuc"))
    df(X)
    assert df.source.count("svd") == 1


def test_tangents_of_constants_leave_no_trace():
    push = transad.pushforward(lambda a, b: np.linalg.solve(a, b), wrt=1)
    push(SPD, V, V)
    assert "zeros" not in push.source


# ----- complex matrices, as in JAX

COMPLEX = [
    lambda z: np.sum(np.abs(np.linalg.solve(z, np.ones(3))) ** 2),
    lambda z: np.real(np.linalg.slogdet(z)[0] ** 2) + np.linalg.slogdet(z)[1],
    lambda z: np.sum(np.linalg.svd(z, compute_uv=False) ** 3),
    lambda z: np.sum(np.linalg.eigh(z @ z.conj().T)[0] ** 1.5),
    lambda z: np.sum(np.abs(np.linalg.qr(z)[1]) ** 3),
    lambda z: np.sum(np.abs(np.fft.ifft2(z)) * np.arange(9.0).reshape(3, 3)),
]


@pytest.mark.parametrize("f", COMPLEX)
def test_complex_gradients_agree_with_jax(f):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    z = B + 1j * B.T**2
    theirs = type(f)(f.__code__, {"np": jax.numpy})
    np.testing.assert_allclose(transad.grad(f)(z), jax.grad(theirs)(z), rtol=1e-9, atol=1e-10)


# ----- determinants of singular matrices, which are polynomials of the entries like all others

RANK_TWO = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.5, -1.0, 2.0]])
RANK_ONE = np.outer([1.0, 2.0, -1.0], [0.5, 1.0, 3.0])
STACK = np.stack([np.eye(2), np.ones((2, 2))])
SINGULAR = [RANK_TWO, RANK_ONE, np.zeros((2, 2)), STACK, RANK_TWO + 1j * RANK_ONE]


@pytest.mark.parametrize("a", SINGULAR, ids=["rank 2", "rank 1", "zero", "one of two", "complex"])
def test_determinants_of_singular_matrices_to_second_order(a):
    p = program(case(np.linalg.det, a))
    check_first(p)
    check_second(p)


def test_the_third_derivative_of_a_determinant():
    a, x = np.diag([1.0, 2.0, 3.0]) + 0.1, np.cos(np.arange(9.0)).reshape(3, 3)
    along = lambda f: lambda a: transad.jvp(f, (a,), (x,))[1]  # noqa: E731
    third = along(along(along(np.linalg.det)))(a)
    np.testing.assert_allclose(third, 6.0 * np.linalg.det(x), atol=1e-9)  # of a polynomial of degree 3
