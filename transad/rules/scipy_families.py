"""Families of `scipy.special`: orthogonal polynomials, spherical Bessel and Struve functions, and some more.

Each is closed under differentiation: angles in degrees, powers as Box and Cox write them, distributions.
"""

import math

import numpy as np
from scipy import special

from transad.rules.helpers import known
from transad.rules.registry import expansion, jvp, partials, vjp
from transad.rules.scipy_special import as_plain, beta_density, gamma_density

# ----- orthogonal polynomials: the slope is a polynomial of one degree less (Abramowitz and Stegun 22.8)


def below(n):
    """One degree less, but no degree below 0: that of a constant has a factor of 0."""
    if np.ndim(n) == 0 and known(n):
        return n - 1 if n > 0 else 0
    return np.maximum(n - 1, 0)


def unless_constant(n, y):
    return y if np.ndim(n) == 0 and known(n) and n > 0 else np.where(n > 0, y, 0.0)


@partials(special.eval_legendre)
def _(y, n, x):
    return None, unless_constant(n, special.eval_gegenbauer(below(n), 1.5, x))


@partials(special.eval_gegenbauer)
def _(y, n, alpha, x):
    return None, None, unless_constant(n, 2.0 * alpha * special.eval_gegenbauer(below(n), alpha + 1.0, x))


@partials(special.eval_jacobi)
def _(y, n, alpha, beta, x):
    slope = 0.5 * (n + alpha + beta + 1.0) * special.eval_jacobi(below(n), alpha + 1.0, beta + 1.0, x)
    return None, None, None, unless_constant(n, slope)


@partials(special.eval_chebyt)
def _(y, n, x):
    return None, n * special.eval_chebyu(below(n), x)


@partials(special.eval_chebyu)
def _(y, n, x):
    return None, unless_constant(n, 2.0 * special.eval_gegenbauer(below(n), 2.0, x))


@partials(special.eval_hermite)
def _(y, n, x):
    return None, 2.0 * n * special.eval_hermite(below(n), x)


@partials(special.eval_hermitenorm)
def _(y, n, x):
    return None, n * special.eval_hermitenorm(below(n), x)


@partials(special.eval_laguerre)
def _(y, n, x):
    return None, unless_constant(n, -special.eval_genlaguerre(below(n), 1.0, x))


@partials(special.eval_genlaguerre)
def _(y, n, alpha, x):
    return None, None, unless_constant(n, -special.eval_genlaguerre(below(n), alpha + 1.0, x))


# ----- solutions of differential equations of second order, with their own first derivative


def spherical(function, sign):
    """A spherical Bessel function f: f'' = (n (n + 1) / z^2 + sign) f - 2 f' / z."""

    @partials(function)
    def _(y, n, z, derivative=False):
        if derivative:
            return None, (n * (n + 1) / (z * z) + sign) * function(n, z) - 2.0 / z * y
        return None, function(n, z, True)


spherical(special.spherical_jn, -1.0)
spherical(special.spherical_yn, -1.0)
spherical(special.spherical_in, 1.0)
spherical(special.spherical_kn, 1.0)


@partials(special.struve)
def _(y, v, x):
    return None, special.struve(v - 1.0, x) - v / x * y


@partials(special.modstruve)
def _(y, v, x):
    return None, special.modstruve(v - 1.0, x) - v / x * y


@vjp(special.shichi)
def _(y_bar, y, x):
    return y_bar[0] * np.sinh(x) / x + y_bar[1] * np.cosh(x) / x


@jvp(special.shichi)
def _(y, x_dot, x):
    return np.sinh(x) / x * x_dot, np.cosh(x) / x * x_dot


@partials(special.elliprf)
def _(y, x1, x2, x3):
    slopes = [special.elliprd(x2, x3, x1), special.elliprd(x3, x1, x2), special.elliprd(x1, x2, x3)]
    return slopes[0] / -6.0, slopes[1] / -6.0, slopes[2] / -6.0


@partials(special.elliprc)
def _(y, x1, x2):
    # R_C(x, y) = R_F(x, y, y); by parts, the two slopes add up to -1 / (2 sqrt(x) y)
    slope = special.elliprd(x2, x2, x1) / -6.0
    return slope, -0.5 / (np.sqrt(x1) * x2) - slope


# ----- elementary ones


@partials(special.sindg)
def _(y, x):
    return math.pi / 180.0 * special.cosdg(x)


@partials(special.cosdg)
def _(y, x):
    return -math.pi / 180.0 * special.sindg(x)


@partials(special.tandg)
def _(y, x):
    return math.pi / 180.0 * (1.0 + y * y)


@partials(special.exprel)
def _(y, x):
    return 0.5 * special.hyp1f1(2.0, 3.0, x)


@partials(special.powm1)
def _(y, x1, x2):
    return x2 * x1 ** (x2 - 1.0), (y + 1.0) * np.log(x1)


@partials(special.boxcox)
def _(y, x, lmbda):
    log_x = np.log(x)
    return x ** (lmbda - 1.0), 0.5 * log_x**2 * special.hyp1f1(2.0, 3.0, lmbda * log_x)


@partials(special.boxcox1p)
def _(y, x, lmbda):
    log_x = np.log1p(x)
    return (1.0 + x) ** (lmbda - 1.0), 0.5 * log_x**2 * special.hyp1f1(2.0, 3.0, lmbda * log_x)


@partials(special.inv_boxcox)
def _(x, y, lmbda):
    log_x = np.log(x)
    slope = x ** (1.0 - lmbda)
    return slope, -0.5 * slope * log_x**2 * special.hyp1f1(2.0, 3.0, lmbda * log_x)


@partials(special.inv_boxcox1p)
def _(x, y, lmbda):
    log_x = np.log1p(x)
    slope = (1.0 + x) ** (1.0 - lmbda)
    return slope, -0.5 * slope * log_x**2 * special.hyp1f1(2.0, 3.0, lmbda * log_x)


# ----- distribution functions


@partials(special.gdtr)
def _(y, a, b, x):
    density = gamma_density(b, a * x)
    return x * density, None, a * density


@partials(special.gdtrc)
def _(y, a, b, x):
    density = gamma_density(b, a * x)
    return -x * density, None, -a * density


@expansion(special.fdtr)
def _(dfn, dfd, x):
    return special.betainc(0.5 * dfn, 0.5 * dfd, dfn * x / (dfd + dfn * x))


@expansion(special.fdtrc)
def _(dfn, dfd, x):
    return special.betainc(0.5 * dfd, 0.5 * dfn, dfd / (dfd + dfn * x))


@partials(special.bdtr)
def _(y, k, n, p):
    k = as_plain(np.floor(k), k)
    return None, None, -beta_density(n - k, k + 1.0, 1.0 - p)


@partials(special.nbdtr)
def _(y, k, n, p):
    return None, None, beta_density(n, as_plain(np.floor(k), k) + 1.0, p)


# ----- spherical harmonics: neighbours in the order, without a division by the sine of the polar angle


if hasattr(special, "sph_harm_y"):  # SciPy 1.15

    @partials(special.sph_harm_y)
    def _(y, n, m, theta, phi):
        up = np.sqrt(1.0 * (n - m) * (n + m + 1)) * np.exp(-1j * phi)
        down = np.sqrt(1.0 * (n + m) * (n - m + 1)) * np.exp(1j * phi)
        higher = special.sph_harm_y(n, np.minimum(m + 1, n), theta, phi)
        lower = special.sph_harm_y(n, np.maximum(m - 1, -n), theta, phi)
        return None, None, 0.5 * (up * higher - down * lower), 1j * m * y
