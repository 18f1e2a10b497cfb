"""Densities and distribution functions of scipy.stats, against SciPy's values and differences."""

import numpy as np
import pytest

import transad

pytest.importorskip("scipy.stats")

from scipy import stats

from .arguments import A, P, S, U
from .compiled import check_dtypes, check_first, check_second, program
from .harness import case
from .test_compiled import all_single, converted

LINE = [stats.norm, stats.cauchy, stats.laplace, stats.logistic, stats.gumbel_r, stats.gumbel_l]
HALF = [stats.expon, stats.halfnorm, stats.halfcauchy, stats.rayleigh]
HALF_WITH_SHAPE = [stats.gamma, stats.invgamma, stats.chi2, stats.lognorm, stats.weibull_min]
WITH_SHAPE = [stats.t, stats.skewnorm]

CASES = [
    *[case(f, A(3), 0.3, 0.8) for d in LINE for f in (d.logpdf, d.pdf)],
    *[case(f, A(3), A(3), P(3)) for d in LINE for f in (d.logpdf, d.pdf)],
    *[case(f, 0.7) for d in LINE for f in (d.logpdf, d.pdf)],
    *[
        case(f, A(3), P(3), loc=0.2, scale=1.3, wrt=(0, 1, "loc", "scale"))
        for d in WITH_SHAPE
        for f in (d.logpdf, d.pdf)
    ],
    *[case(f, P(3), scale=1.3, wrt=(0, "scale")) for d in HALF for f in (d.logpdf, d.pdf)],
    *[case(f, P(3), 1.7, scale=1.3, wrt=(0, 1, "scale")) for d in HALF_WITH_SHAPE for f in (d.logpdf, d.pdf)],
    case(stats.pareto.logpdf, 1.0 + P(3), 2.5),
    case(stats.vonmises.logpdf, A(3), 1.7),
    *[case(f, 0.5 + 0.4 * U(3), 1.7, 2.5) for f in (stats.beta.logpdf, stats.beta.pdf)],
    case(stats.beta.logpdf, 0.5 + 0.4 * U(3), P(3), P(3)),
    *[case(f, 0.5 + 0.4 * U(3), -0.3, 2.5) for f in (stats.uniform.logpdf, stats.uniform.pdf)],
    # distribution functions
    *[
        case(f, A(3), 0.3, 0.8)
        for f in (stats.norm.cdf, stats.norm.logcdf, stats.norm.sf, stats.norm.logsf, stats.cauchy.cdf)
    ],
    *[case(f, A(3), 0.3, 0.8) for f in (stats.logistic.cdf, stats.gumbel_r.cdf)],
    *[case(f, 0.5 + 0.4 * U(3), 0.3, 0.8) for f in (stats.norm.ppf, stats.norm.isf)],
    *[case(f, A(3), 2.5, 0.3, 0.8, wrt=(0, 2, 3)) for f in (stats.t.cdf, stats.t.sf)],
    *[case(f, P(3), scale=0.8, wrt=(0, "scale")) for f in (stats.expon.cdf, stats.expon.sf)],
    *[
        case(f, P(3), 1.7, scale=0.8, wrt=(0, "scale"))
        for f in (stats.gamma.cdf, stats.gamma.sf, stats.chi2.cdf, stats.chi2.sf, stats.weibull_min.cdf)
    ],
    case(stats.lognorm.cdf, P(3), 0.7),
    case(stats.beta.cdf, 0.5 + 0.4 * U(3), 1.7, 2.5, wrt=0),
    case(stats.uniform.cdf, 0.5 + 0.4 * U(3)),
    # on the integers
    *[case(f, np.array([0, 2, 5]), 1.7, wrt=1) for f in (stats.poisson.logpmf, stats.poisson.pmf)],
    case(stats.poisson.cdf, np.array([0, 2, 5]), 1.7, wrt=1),
    *[case(f, np.array([0, 2, 5]), 5, 0.3, wrt=2) for f in (stats.binom.logpmf, stats.binom.pmf)],
    *[case(f, np.array([0, 1, 1]), 0.3, wrt=1) for f in (stats.bernoulli.logpmf, stats.bernoulli.pmf)],
    case(stats.geom.logpmf, np.array([1, 2, 5]), 0.3, wrt=1),
    case(stats.nbinom.logpmf, np.array([0, 2, 5]), 2.5, 0.3, wrt=(1, 2)),
    case(stats.poisson.logpmf, 3, P(3), wrt=1),
    # of vectors
    *[case(stats.multivariate_normal.logpdf, x, A(3), S(3, 3), wrt=(0, 1)) for x in (A(3), A(4, 3))],
    case(stats.multivariate_normal.pdf, A(2), A(2), S(2, 2), wrt=(0, 1)),
    case(stats.multivariate_normal.logpdf, A(3), A(3), 0.7),
    case(stats.multivariate_normal.logpdf, A(4, 3), A(3), 0.7),
    case(stats.multivariate_normal.logpdf, A(3), A(3), P(3)),
    case(stats.dirichlet.logpdf, np.array([0.2, 0.3, 0.5]), P(3), wrt=1),
    # of samples
    case(stats.zscore, A(5)),
    case(stats.zscore, A(3, 4), axis=1, ddof=1),
    case(stats.entropy, P(4)),
    case(stats.entropy, P(3, 4), P(3, 4), base=2.0, axis=1),
]  # fmt: skip
X = np.array([0.5, -0.3, 1.4])


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("case", CASES, ids=str)
def test_first_order(case):
    check_first(program(case))


TWICE = [c for c in CASES[::3] if c.twice]


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_order(case):
    check_second(program(case))


SINGLE = [converted(c, lambda x: x.astype(np.float32), lambda x: x) for c in CASES[::4]]


@pytest.mark.parametrize("case", [c for c in SINGLE if all_single(c)], ids=str)
def test_single_precision(case):
    check_dtypes(program(case))


OUTSIDE = {
    stats.expon: (), stats.gamma: (1.7,), stats.chi2: (3.0,), stats.lognorm: (0.7,),
    stats.weibull_min: (1.7,), stats.halfnorm: (), stats.rayleigh: (), stats.invgamma: (1.7,),
    stats.beta: (1.7, 2.5), stats.uniform: (), stats.pareto: (2.5,),
}  # fmt: skip


@pytest.mark.parametrize("distribution", OUTSIDE, ids=lambda d: d.name)
def test_outside_the_support_there_is_nothing(distribution):
    x, shapes = np.array([0.4, -0.7, 7.0]), OUTSIDE[distribution]
    for f in (distribution.logpdf, distribution.pdf):
        value, slope = transad.value_and_grad(lambda x: np.sum(np.exp(-f(x, *shapes))))(x)
        np.testing.assert_allclose(value, np.sum(np.exp(-f(x, *shapes))), rtol=1e-12)
        y, bars = transad.pullback(lambda x: f(x, *shapes))(x, np.ones(3))
        np.testing.assert_allclose(y, f(x, *shapes), rtol=1e-12)
        assert np.isfinite(bars).all() and bars[1] == 0.0
        assert np.isfinite(transad.jvp(lambda x: f(x, *shapes), (x,), (np.ones(3),))[1]).all()


FROZEN = stats.norm(0.3, 1.2)


def test_a_frozen_distribution_made_outside():
    transad.check_grad(lambda x: np.sum(FROZEN.logpdf(x) * x), X)


def test_a_frozen_distribution_made_inside():
    def posterior(theta, y):
        prior = stats.norm(0.0, 10.0).logpdf(theta[0]) + stats.gamma(2.0, scale=3.0).logpdf(theta[1])
        return prior + np.sum(stats.norm(loc=theta[0], scale=theta[1]).logpdf(y))

    theta = np.array([0.3, 1.2])
    transad.check_grad(posterior, theta, X)
    np.testing.assert_allclose(
        transad.value_and_grad(posterior)(theta, X)[0], posterior(theta, X), rtol=1e-12
    )


def test_frozen_distributions_of_vectors_and_of_integers():
    def f(x, m):
        vectors = stats.multivariate_normal(m, np.diag(x**2 + 1.0)).logpdf(X)
        shares = stats.dirichlet(x**2 + 0.5).logpdf(np.array([0.2, 0.3, 0.5]))
        return vectors + shares + stats.poisson(x[2]).logpmf(3)

    transad.check_grad(f, X, X[::-1].copy(), wrt=(0, 1))


def test_the_covariance_of_a_normal_distribution():
    def f(c):
        return stats.multivariate_normal.logpdf(X, np.zeros(3), c @ c.T + np.eye(3))

    transad.check_grad(f, np.arange(9.0).reshape(3, 3) / 9.0)


def test_a_distribution_without_rules_is_refused():
    with pytest.raises(transad.TransadError):
        transad.grad(lambda x: stats.genhyperbolic.logpdf(x[0], 0.5, 1.5, 0.2))(X)


@pytest.mark.parametrize("f", [stats.multinomial.logpmf, stats.multinomial.pmf], ids=["logpmf", "pmf"])
def test_probabilities_that_add_up_to_one(f):
    transad.check_grad(lambda x: f([2, 1, 4], 7, np.exp(x) / np.sum(np.exp(x))), X)
