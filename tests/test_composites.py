"""Hessians of thirty functions as scientists write them: against JAX, or Autograd where JAX
would take long to compile; and for some against closed forms."""

import numpy as np
import pytest

import transad

from .composites import COMPOSITES, COUNTS, X, Y, poisson_regression, ridge


def twin(f, numpy):
    """The function, and the helper it may call, with another module in the place of NumPy."""
    space = {**f.__globals__, "np": numpy}
    space["logsumexp"] = type(f)(f.__globals__["logsumexp"].__code__, space)
    return type(f)(f.__code__, space, f.__name__)


@pytest.fixture(scope="module")
def jax():
    module = pytest.importorskip("jax")
    before = module.config.jax_enable_x64
    module.config.update("jax_enable_x64", True)
    yield module
    module.config.update("jax_enable_x64", before)


def multivariate_normal_for_jax(jax):
    jnp = jax.numpy

    def f(theta):
        L = jnp.zeros((3, 3)).at[jnp.tril_indices(3)].set(theta[3:])
        L = L.at[jnp.diag_indices(3)].set(jnp.exp(jnp.diag(L)))
        z = jnp.linalg.solve(L, (X - theta[:3]).T)
        return 0.5 * jnp.sum(z**2) + len(X) * jnp.sum(jnp.log(jnp.diag(L)))

    return f


def running_logaddexp_for_jax(jax):
    jnp = jax.numpy

    def f(w):
        eta = X @ w
        return -jnp.sum(eta - jnp.stack([jax.nn.logsumexp(eta[k:]) for k in range(len(eta))]))

    return f


REWRITTEN = {  # what JAX has no word for
    "multivariate_normal": multivariate_normal_for_jax,
    "cox_partial_likelihood": running_logaddexp_for_jax,
}


LOOPS = "runge_kutta_fit kalman_filter hidden_markov sinkhorn garch heat_equation mixed_effects".split()
QUICKLY = {"xla_backend_optimization_level": "0", "xla_llvm_disable_expensive_passes": True}  # to compile


@pytest.mark.parametrize(("f", "x"), COMPOSITES, ids=lambda v: getattr(v, "__name__", ""))
def test_second_derivatives_agree(jax, f, x):
    if f.__name__ in LOOPS:
        autograd = pytest.importorskip("autograd")
        theirs = twin(f, pytest.importorskip("autograd.numpy"))
        wanted = autograd.hessian(theirs)(x)
    else:
        theirs = REWRITTEN[f.__name__](jax) if f.__name__ in REWRITTEN else twin(f, jax.numpy)
        wanted = np.asarray(jax.jit(jax.hessian(theirs), compiler_options=QUICKLY)(x))
    assert abs(f(x) - theirs(x)) < 1e-10 * (1.0 + abs(f(x)))
    scale = 1e-8 * (1.0 + np.max(np.abs(wanted)))
    np.testing.assert_allclose(transad.hessian(f)(x), wanted, rtol=0.0, atol=scale)
    v = np.cos(np.arange(x.size)).reshape(x.shape)
    along = np.tensordot(wanted, v, np.ndim(x))
    np.testing.assert_allclose(transad.hvp(f, (x,), (v,)), along, rtol=0.0, atol=scale * x.size)


def test_closed_forms():
    w = np.array([0.3, -0.2, 0.5])
    np.testing.assert_allclose(transad.hessian(ridge)(w), 2.0 * X.T @ X + 0.2 * np.eye(3), rtol=1e-12)
    rates = np.exp(X @ w)
    np.testing.assert_allclose(transad.hessian(poisson_regression)(w), (X.T * rates) @ X, rtol=1e-12)
    assert len(COUNTS) == len(Y) == 8
