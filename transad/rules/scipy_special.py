"""Elementwise functions of `scipy.special`: logistic, entropies, error function, gamma and beta families.

Derivatives of the incomplete functions with respect to their parameters have no closed form and no
implementation in SciPy: `None`, which is refused.
"""

import math

import numpy as np
from scipy import special

from transad.rules.helpers import newer
from transad.rules.registry import expansion, nondifferentiable, partials

# ----- exponentials and logarithms that NumPy has too, or nearly


@partials(special.expm1)
def _(y, x):
    return y + 1.0


@partials(special.exp2)
def _(y, x):
    return y * math.log(2.0)


@partials(special.exp10)
def _(y, x):
    return y * math.log(10.0)


@partials(special.log1p)
def _(y, x):
    return 1.0 / (1.0 + x)


@partials(special.cosm1)
def _(y, x):
    return -np.sin(x)


@partials(special.cbrt)
def _(y, x):
    return 1.0 / (3.0 * y * y)


# ----- logistic functions


@partials(special.expit)
def _(y, x):
    return y * (1.0 - y)


@partials(*newer(special, "log_expit"))
def _(y, x):
    return special.expit(-x)


@partials(special.logit)
def _(y, x):
    return 1.0 / (x * (1.0 - x))


# ----- entropies. 0 log 0 is 0, and does not depend on the second 0


def nonzero_pair(x, y):
    """`y` as a divisor of `x`: 1 where both are zero."""
    return np.where((x == 0.0) & (y == 0.0), 1.0, y)


@partials(special.xlogy)
def _(y, x1, x2):
    return np.log(x2), x1 / nonzero_pair(x1, x2)


@partials(special.xlog1py)
def _(y, x1, x2):
    return np.log1p(x2), x1 / nonzero_pair(x1, 1.0 + x2)


@partials(special.entr)
def _(y, x):
    return -1.0 - np.log(x)


@partials(special.rel_entr)
def _(y, x1, x2):
    return 1.0 + np.log(x1 / x2), -x1 / nonzero_pair(x1, x2)


@partials(special.kl_div)
def _(y, x1, x2):
    return np.log(x1 / x2), 1.0 - x1 / nonzero_pair(x1, x2)


@partials(special.huber)
def _(y, delta, r):
    return np.where(np.abs(r) <= delta, 0.0, np.abs(r) - delta), np.clip(r, -delta, delta)


@partials(special.pseudo_huber)
def _(y, delta, r):
    root = np.sqrt(1.0 + (r / delta) ** 2)
    return 2.0 * y / delta - r * r / (delta * root), r / root


# ----- the error function and the normal distribution


@partials(special.erf)
def _(y, x):
    return 2.0 / math.sqrt(math.pi) * np.exp(-x * x)


@partials(special.erfc)
def _(y, x):
    return -2.0 / math.sqrt(math.pi) * np.exp(-x * x)


@partials(special.erfcx)
def _(y, x):
    return 2.0 * x * y - 2.0 / math.sqrt(math.pi)


@partials(special.erfi)
def _(y, x):
    return 2.0 / math.sqrt(math.pi) * np.exp(x * x)


@partials(special.erfinv)
def _(y, x):
    return 0.5 * math.sqrt(math.pi) * np.exp(y * y)


@partials(special.erfcinv)
def _(y, x):
    return -0.5 * math.sqrt(math.pi) * np.exp(y * y)


@partials(special.dawsn)
def _(y, x):
    return 1.0 - 2.0 * x * y


@partials(special.wofz)
def _(y, x):
    return 2j / math.sqrt(math.pi) - 2.0 * x * y


@partials(special.ndtr)
def _(y, x):
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


@partials(special.log_ndtr)
def _(y, x):
    return np.exp(-0.5 * x * x - y) / math.sqrt(2.0 * math.pi)


@partials(special.ndtri)
def _(y, x):
    return math.sqrt(2.0 * math.pi) * np.exp(0.5 * y * y)


@partials(*newer(special, "ndtri_exp"))
def _(y, x):
    return math.sqrt(2.0 * math.pi) * np.exp(x + 0.5 * y * y)


@partials(special.owens_t)
def _(y, h, a):
    wide = 1.0 + a * a
    by_h = np.exp(-0.5 * h * h) * special.erf(a * h / math.sqrt(2.0)) / (-2.0 * math.sqrt(2.0 * math.pi))
    return by_h, np.exp(-0.5 * h * h * wide) / (2.0 * math.pi * wide)


@expansion(special.voigt_profile)
def _(x, sigma, gamma):
    z = (x + 1j * gamma) / (math.sqrt(2.0) * sigma)
    return np.real(special.wofz(z)) / (math.sqrt(2.0 * math.pi) * sigma)


# ----- the gamma function


@partials(special.gamma)
def _(y, x):
    return y * special.digamma(x)


@partials(special.gammaln, special.loggamma)
def _(y, x):
    return special.digamma(x)


@partials(special.rgamma)
def _(y, x):
    return -y * special.digamma(x)


@partials(special.digamma)  # Hurwitz's zeta function, which keeps float32 and is what polygamma calls
def _(y, x):
    if np.iscomplexobj(x):
        raise NotImplementedError("the trigamma function of complex numbers")
    return special.zeta(2.0, x)


@partials(special.polygamma)
def _(y, n, x):
    return None, special.polygamma(n + 1, x)


@partials(special.zeta)
def _(y, x, q=None):
    return None, None if q is None else -x * special.zeta(x + 1.0, q)


@partials(special.poch)
def _(y, z, m):
    end = special.digamma(z + m)
    return y * (end - special.digamma(z)), y * end


@expansion(special.multigammaln)
def _(a, d):
    shifted = (a if np.ndim(a) == 0 else a[..., None]) - 0.5 * np.arange(d)
    return 0.25 * math.log(math.pi) * d * (d - 1) + np.sum(special.gammaln(shifted), axis=-1)


# Incomplete gamma functions: the density of the gamma distribution.


def as_plain(value, x):
    """What was computed of `x`: a Python number of a Python number, which does not widen single precision."""
    return float(value) if isinstance(x, (int, float)) else value


def gamma_density(a, x):
    return np.exp(special.xlogy(a - 1.0, x) - x - as_plain(special.gammaln(a), a))


@partials(special.gammainc)
def _(y, a, x):
    return None, gamma_density(a, x)


@partials(special.gammaincc)
def _(y, a, x):
    return None, -gamma_density(a, x)


@partials(special.gammaincinv)
def _(y, a, x):
    return None, 1.0 / gamma_density(a, y)


@partials(special.gammainccinv)
def _(y, a, x):
    return None, -1.0 / gamma_density(a, y)


# ----- the beta function


@partials(special.beta)
def _(y, a, b):
    both = special.digamma(a + b)
    return y * (as_plain(special.digamma(a), a) - both), y * (as_plain(special.digamma(b), b) - both)


@partials(special.betaln)
def _(y, a, b):
    both = special.digamma(a + b)
    return as_plain(special.digamma(a), a) - both, as_plain(special.digamma(b), b) - both


def binomial_slopes(y, n, k):
    left = special.digamma(n - k + 1.0)
    return y * (special.digamma(n + 1.0) - left), y * (left - special.digamma(k + 1.0))


@partials(special.binom)
def _(y, n, k):
    return binomial_slopes(y, n, k)


@expansion(special.comb)
def _(N, k, *, exact=False, repetition=False):
    if exact:
        raise NotImplementedError("scipy.special.comb with exact=True, which is for integers")
    if repetition:
        return special.comb(N + k - 1, k)
    return np.where((k <= N) & (N >= 0) & (k >= 0), special.binom(N, k), 0.0)[()]


@partials(special.factorial)
def _(y, n, exact=False):
    return y * special.digamma(n + 1.0), None


@expansion(special.perm)
def _(N, k, exact=False):
    if exact:
        return NotImplemented
    return np.where((k <= N) & (N >= 0) & (k >= 0), special.poch(N - k + 1, k), 0.0)[()]


def beta_density(a, b, x):
    constant = special.betaln(a, b)
    if isinstance(b, (int, float)):
        constant = as_plain(constant, a)
    return np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - constant)


@partials(special.betainc)
def _(y, a, b, x):
    return None, None, beta_density(a, b, x)


@partials(*newer(special, "betaincc"))
def _(y, a, b, x):
    return None, None, -beta_density(a, b, x)


@partials(special.betaincinv)
def _(y, a, b, x):
    return None, None, 1.0 / beta_density(a, b, y)


@partials(*newer(special, "betainccinv"))
def _(y, a, b, x):
    return None, None, -1.0 / beta_density(a, b, y)


# ----- distribution functions, by the variable


@partials(special.stdtr)
def _(y, df, t):
    constant = special.gammaln(0.5 * df + 0.5) - special.gammaln(0.5 * df) - 0.5 * np.log(math.pi * df)
    return None, np.exp(constant - 0.5 * (df + 1.0) * np.log1p(t * t / df))


@partials(special.chdtr)
def _(y, v, x):
    return None, 0.5 * gamma_density(0.5 * v, 0.5 * x)


@partials(special.chdtrc)
def _(y, v, x):
    return None, -0.5 * gamma_density(0.5 * v, 0.5 * x)


@partials(special.pdtr)
def _(y, k, m):
    return None, -gamma_density(np.floor(k) + 1.0, m)


@partials(special.pdtrc)
def _(y, k, m):
    return None, gamma_density(np.floor(k) + 1.0, m)


# ----- no derivative

nondifferentiable(special.gammasgn, special.round, special.factorial2)
