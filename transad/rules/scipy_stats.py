"""Densities and distribution functions of `scipy.stats`, as the formulas that they are.

What holds for all numbers on a line is written for z = (x - loc) / scale. Outside its support a density is
0 and its logarithm -inf; no derivative comes from there.
"""

import math

import numpy as np
from scipy import special, stats

from transad.rules import registry
from transad.rules.helpers import known
from transad.rules.registry import expansion


def standard(x, loc, scale):
    z = x if known_to_be(loc, 0) else x - loc
    return z if known_to_be(scale, 1) else z / scale


def known_to_be(x, value):
    return known(x) and x == value


def rescaled(log_density, scale):
    return log_density if known_to_be(scale, 1) else log_density - np.log(scale)


def where_supported(inside, value, otherwise):
    if np.ndim(value) == 0:
        return value if inside else otherwise
    return np.where(inside, value, otherwise)


# ----- on the whole line


@expansion(stats.norm.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return rescaled(-0.5 * (z * z) - 0.5 * math.log(2.0 * math.pi), scale)


@expansion(stats.norm.cdf)
def _(x, loc=0, scale=1):
    return special.ndtr(standard(x, loc, scale))


@expansion(stats.norm.logcdf)
def _(x, loc=0, scale=1):
    return special.log_ndtr(standard(x, loc, scale))


@expansion(stats.norm.sf)
def _(x, loc=0, scale=1):
    return special.ndtr(-standard(x, loc, scale))


@expansion(stats.norm.logsf)
def _(x, loc=0, scale=1):
    return special.log_ndtr(-standard(x, loc, scale))


@expansion(stats.norm.ppf)
def _(q, loc=0, scale=1):
    return loc + scale * special.ndtri(q)


@expansion(stats.norm.isf)
def _(q, loc=0, scale=1):
    return loc - scale * special.ndtri(q)


@expansion(stats.t.logpdf)
def _(x, df, loc=0, scale=1):
    z = standard(x, loc, scale)
    constant = special.gammaln(0.5 * (df + 1.0)) - special.gammaln(0.5 * df) - 0.5 * np.log(math.pi * df)
    return rescaled(constant - 0.5 * (df + 1.0) * np.log1p(z * z / df), scale)


@expansion(stats.t.cdf)
def _(x, df, loc=0, scale=1):
    return special.stdtr(df, standard(x, loc, scale))


@expansion(stats.t.sf)
def _(x, df, loc=0, scale=1):
    return special.stdtr(df, -standard(x, loc, scale))


@expansion(stats.cauchy.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return rescaled(-math.log(math.pi) - np.log1p(z * z), scale)


@expansion(stats.cauchy.cdf)
def _(x, loc=0, scale=1):
    return 0.5 + np.arctan(standard(x, loc, scale)) / math.pi


@expansion(stats.laplace.logpdf)
def _(x, loc=0, scale=1):
    return rescaled(-np.abs(standard(x, loc, scale)) - math.log(2.0), scale)


@expansion(stats.logistic.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return rescaled(-z - 2.0 * np.logaddexp(0.0, -z), scale)


@expansion(stats.logistic.cdf)
def _(x, loc=0, scale=1):
    return special.expit(standard(x, loc, scale))


@expansion(stats.gumbel_r.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return rescaled(-z - np.exp(-z), scale)


@expansion(stats.gumbel_r.cdf)
def _(x, loc=0, scale=1):
    return np.exp(-np.exp(-standard(x, loc, scale)))


@expansion(stats.gumbel_l.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return rescaled(z - np.exp(z), scale)


@expansion(stats.skewnorm.logpdf)
def _(x, a, loc=0, scale=1):
    z = standard(x, loc, scale)
    normal = -0.5 * (z * z) - 0.5 * math.log(2.0 * math.pi)
    return rescaled(math.log(2.0) + normal + special.log_ndtr(a * z), scale)


@expansion(stats.vonmises.logpdf)
def _(x, kappa, loc=0, scale=1):
    z = standard(x, loc, scale)
    return rescaled(kappa * special.cosm1(z) - math.log(2.0 * math.pi) - np.log(special.i0e(kappa)), scale)


# ----- on the half line


@expansion(stats.expon.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 0.0, rescaled(-z, scale), -np.inf)


@expansion(stats.expon.cdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 0.0, -np.expm1(-z), 0.0)


@expansion(stats.expon.sf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 0.0, np.exp(-z), 1.0)


@expansion(stats.gamma.logpdf)
def _(x, a, loc=0, scale=1):
    z = standard(x, loc, scale)
    log_density = special.xlogy(a - 1.0, z) - z - special.gammaln(a)
    return where_supported(z >= 0.0, rescaled(log_density, scale), -np.inf)


@expansion(stats.gamma.cdf)
def _(x, a, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z > 0.0, special.gammainc(a, z), 0.0)


@expansion(stats.gamma.sf)
def _(x, a, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z > 0.0, special.gammaincc(a, z), 1.0)


@expansion(stats.invgamma.logpdf)
def _(x, a, loc=0, scale=1):
    z = standard(x, loc, scale)
    log_density = -(a + 1.0) * np.log(z) - special.gammaln(a) - 1.0 / z
    return where_supported(z > 0.0, rescaled(log_density, scale), -np.inf)


@expansion(stats.chi2.logpdf)
def _(x, df, loc=0, scale=1):
    z = standard(x, loc, scale)
    constant = special.gammaln(0.5 * df) + 0.5 * math.log(2.0) * df
    log_density = special.xlogy(0.5 * df - 1.0, z) - 0.5 * z - constant
    return where_supported(z >= 0.0, rescaled(log_density, scale), -np.inf)


@expansion(stats.chi2.cdf)
def _(x, df, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z > 0.0, special.chdtr(df, z), 0.0)


@expansion(stats.chi2.sf)
def _(x, df, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z > 0.0, special.chdtrc(df, z), 1.0)


@expansion(stats.lognorm.logpdf)
def _(x, s, loc=0, scale=1):
    z = standard(x, loc, scale)
    log_z = np.log(z)
    log_density = -0.5 * (log_z / s) ** 2 - log_z - np.log(s) - 0.5 * math.log(2.0 * math.pi)
    return where_supported(z > 0.0, rescaled(log_density, scale), -np.inf)


@expansion(stats.lognorm.cdf)
def _(x, s, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z > 0.0, special.ndtr(np.log(z) / s), 0.0)


@expansion(stats.halfnorm.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    log_density = 0.5 * math.log(2.0 / math.pi) - 0.5 * (z * z)
    return where_supported(z >= 0.0, rescaled(log_density, scale), -np.inf)


@expansion(stats.halfcauchy.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 0.0, rescaled(math.log(2.0 / math.pi) - np.log1p(z * z), scale), -np.inf)


@expansion(stats.rayleigh.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 0.0, rescaled(np.log(z) - 0.5 * (z * z), scale), -np.inf)


@expansion(stats.weibull_min.logpdf)
def _(x, c, loc=0, scale=1):
    z = standard(x, loc, scale)
    log_density = np.log(c) + special.xlogy(c - 1.0, z) - z**c
    return where_supported(z >= 0.0, rescaled(log_density, scale), -np.inf)


@expansion(stats.weibull_min.cdf)
def _(x, c, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 0.0, -np.expm1(-(z**c)), 0.0)


@expansion(stats.pareto.logpdf)
def _(x, b, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported(z >= 1.0, rescaled(np.log(b) - (b + 1.0) * np.log(z), scale), -np.inf)


# ----- on an interval


@expansion(stats.uniform.logpdf)
def _(x, loc=0, scale=1):
    z = standard(x, loc, scale)
    return where_supported((z >= 0.0) & (z <= 1.0), rescaled(0.0 * z, scale), -np.inf)


@expansion(stats.uniform.cdf)
def _(x, loc=0, scale=1):
    return np.clip(standard(x, loc, scale), 0.0, 1.0)


@expansion(stats.beta.logpdf)
def _(x, a, b, loc=0, scale=1):
    z = standard(x, loc, scale)
    log_density = special.xlogy(a - 1.0, z) + special.xlog1py(b - 1.0, -z) - special.betaln(a, b)
    return where_supported((z >= 0.0) & (z <= 1.0), rescaled(log_density, scale), -np.inf)


@expansion(stats.beta.cdf)
def _(x, a, b, loc=0, scale=1):
    z = standard(x, loc, scale)
    return special.betainc(a, b, np.clip(z, 0.0, 1.0))


# ----- on the integers


def counts(k, loc):
    return k if known_to_be(loc, 0) else k - loc


@expansion(stats.poisson.logpmf)
def _(k, mu, loc=0):
    n = counts(k, loc)
    log_mass = special.xlogy(n, mu) - special.gammaln(n + 1.0) - mu
    return where_supported((n >= 0) & (n == np.floor(n)), log_mass, -np.inf)


@expansion(stats.poisson.cdf)
def _(k, mu, loc=0):
    n = counts(k, loc)
    return where_supported(n >= 0, special.pdtr(np.floor(n), mu), 0.0)


@expansion(stats.binom.logpmf)
def _(k, n, p, loc=0):
    m = counts(k, loc)
    ways = special.gammaln(n + 1.0) - special.gammaln(m + 1.0) - special.gammaln(n - m + 1.0)
    log_mass = ways + special.xlogy(m, p) + special.xlog1py(n - m, -p)
    return where_supported((m >= 0) & (m <= n) & (m == np.floor(m)), log_mass, -np.inf)


@expansion(stats.bernoulli.logpmf)
def _(k, p, loc=0):
    m = counts(k, loc)
    log_mass = special.xlogy(m, p) + special.xlog1py(1.0 - m, -p)
    return where_supported((m == 0) | (m == 1), log_mass, -np.inf)


@expansion(stats.geom.logpmf)
def _(k, p, loc=0):
    m = counts(k, loc)
    return where_supported((m >= 1) & (m == np.floor(m)), special.xlog1py(m - 1.0, -p) + np.log(p), -np.inf)


@expansion(stats.nbinom.logpmf)
def _(k, n, p, loc=0):
    m = counts(k, loc)
    ways = special.gammaln(n + m) - special.gammaln(m + 1.0) - special.gammaln(n)
    log_mass = ways + n * np.log(p) + special.xlog1py(m, -p)
    return where_supported((m >= 0) & (m == np.floor(m)), log_mass, -np.inf)


# ----- of vectors


@expansion(stats.multivariate_normal.logpdf)
def _(x, mean=None, cov=1, allow_singular=False):
    if allow_singular:
        raise NotImplementedError(
            "a normal distribution with a singular covariance", "leave out what is fixed"
        )
    d = np.asarray(x) if mean is None else np.asarray(x) - mean
    if np.ndim(d) == 0 or np.ndim(cov) == 0 and np.ndim(d) == 1 and np.ndim(mean) == 0:
        return -0.5 * (d * d / cov + np.log(cov) + math.log(2.0 * math.pi))
    n = np.shape(d)[-1]
    if np.ndim(cov) == 0:
        squares, log_det = np.sum(d * d, axis=-1) / cov, n * np.log(cov)
    elif np.ndim(cov) == 1:
        squares, log_det = np.sum(d * d / cov, axis=-1), np.sum(np.log(cov))
    elif np.ndim(d) == 1:
        squares, log_det = d @ np.linalg.solve(cov, d), np.linalg.slogdet(cov)[1]
    else:
        squares = np.sum(d * np.linalg.solve(cov, np.swapaxes(d, -1, -2)).T, axis=-1)
        log_det = np.linalg.slogdet(cov)[1]
    return -0.5 * (squares + log_det + n * math.log(2.0 * math.pi))


@expansion(stats.dirichlet.logpdf)
def _(x, alpha):
    x, alpha = np.asarray(x), np.asarray(alpha)
    constant = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    weights = alpha - 1.0 if np.ndim(x) == 1 else (alpha - 1.0)[:, None]
    return constant + np.sum(special.xlogy(weights, x), axis=0)


@expansion(stats.multinomial.logpmf)
def _(x, n, p):
    x = np.asarray(x)
    ways = special.gammaln(n + 1.0) - np.sum(special.gammaln(x + 1.0), axis=-1)
    return ways + np.sum(special.xlogy(x, p), axis=-1)


# ----- what follows from the logarithm

CONTINUOUS = (
    stats.norm, stats.t, stats.cauchy, stats.laplace, stats.logistic, stats.gumbel_r, stats.gumbel_l,
    stats.skewnorm, stats.vonmises, stats.expon, stats.gamma, stats.invgamma, stats.chi2, stats.lognorm,
    stats.halfnorm, stats.halfcauchy, stats.rayleigh, stats.weibull_min, stats.pareto, stats.uniform,
    stats.beta, stats.multivariate_normal, stats.dirichlet,
)  # fmt: skip
DISCRETE = (
    stats.poisson, stats.binom, stats.bernoulli, stats.geom, stats.nbinom, stats.multinomial
)  # fmt: skip


def exponential_of(logarithm):
    def density(*args, **kwargs):
        return np.exp(logarithm(*args, **kwargs))

    return density


for distribution in CONTINUOUS:
    expansion(distribution.pdf)(exponential_of(distribution.logpdf))
for distribution in DISCRETE:
    expansion(distribution.pmf)(exponential_of(distribution.logpmf))
for distribution in (*CONTINUOUS, *DISCRETE):
    registry.SAME_METHODS[type(distribution)] = distribution


class Frozen:
    """A distribution with its parameters, `stats.norm(mu, sigma)`."""

    def __init__(self, dist, args, kwds):
        self.dist, self.args, self.kwds = dist, args, kwds

    def pdf(self, x):
        return self.dist.pdf(x, *self.args, **self.kwds)

    def logpdf(self, x):
        return self.dist.logpdf(x, *self.args, **self.kwds)

    def pmf(self, k):
        return self.dist.pmf(k, *self.args, **self.kwds)

    def logpmf(self, k):
        return self.dist.logpmf(k, *self.args, **self.kwds)

    def cdf(self, x):
        return self.dist.cdf(x, *self.args, **self.kwds)

    def logcdf(self, x):
        return self.dist.logcdf(x, *self.args, **self.kwds)

    def sf(self, x):
        return self.dist.sf(x, *self.args, **self.kwds)

    def logsf(self, x):
        return self.dist.logsf(x, *self.args, **self.kwds)

    def ppf(self, q):
        return self.dist.ppf(q, *self.args, **self.kwds)

    def isf(self, q):
        return self.dist.isf(q, *self.args, **self.kwds)


@expansion(
    stats.rv_continuous.__call__, type(stats.multivariate_normal).__call__, type(stats.dirichlet).__call__
)
def _(self, *args, **kwds):
    return Frozen(self, args, kwds)


# ----- of samples


@expansion(stats.zscore)
def _(a, axis=0, ddof=0):
    return (a - np.mean(a, axis=axis, keepdims=True)) / np.std(a, axis=axis, ddof=ddof, keepdims=True)


@expansion(stats.entropy)
def _(pk, qk=None, base=None, axis=0):
    p = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        total = np.sum(special.entr(p), axis=axis)
    else:
        total = np.sum(special.rel_entr(p, qk / np.sum(qk, axis=axis, keepdims=True)), axis=axis)
    return total if base is None else total / np.log(base)
