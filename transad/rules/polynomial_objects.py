"""Polynomial objects: inside a differentiated function they are objects of classes written here, which hold
the coefficients and hand everything on to the functions of `polynomials` and `polynomial_bases`.
"""

import numpy as np
from numpy.polynomial import (
    Chebyshev,
    Hermite,
    HermiteE,
    Laguerre,
    Legendre,
    Polynomial,
    chebyshev,
    hermite,
    hermite_e,
    laguerre,
    legendre,
    polynomial,
)

from transad.rules.polynomial_bases import power_of, product_of_chebyshev, sum_of_series
from transad.rules.polynomials import array_of
from transad.rules.registry import expansion


class Poly:
    """np.poly1d: highest power first."""

    def __init__(self, coeffs):
        self.coeffs = self.c = self.coefficients = coeffs

    def __call__(self, x):
        return np.polyval(self.coeffs, x)

    def deriv(self, m=1):
        return Poly(np.polyder(self.coeffs, m))

    def integ(self, m=1, k=0):
        return Poly(np.polyint(self.coeffs, m, None if k == 0 else k))

    def __neg__(self):
        return Poly(-self.coeffs)

    def __add__(self, other):
        return Poly(np.polyadd(self.coeffs, coefficients(other)))

    __radd__ = __add__

    def __sub__(self, other):
        return Poly(np.polysub(self.coeffs, coefficients(other)))

    def __rsub__(self, other):
        return Poly(np.polysub(coefficients(other), self.coeffs))

    def __mul__(self, other):
        return Poly(np.polymul(self.coeffs, coefficients(other)))

    __rmul__ = __mul__


def coefficients(other):
    return other.coeffs if isinstance(other, Poly) else other


@expansion(np.poly1d)
def _(c_or_r, r=False, variable=None):
    if r:
        raise NotImplementedError("a polynomial made from its roots has no rule", "multiply the factors")
    return Poly(array_of(c_or_r))


class Series:
    """A series in one of numpy.polynomial's bases, of an argument that is mapped from domain to window."""

    def __init__(self, basis, coef, domain, window):
        self.basis, self.coef, self.domain, self.window = basis, coef, domain, window

    def __call__(self, arg):
        val, der, integral, product = self.basis
        if self.domain is None:
            return val(arg, self.coef)
        (a, b), (c, d) = self.domain, self.window
        return val((b * c - a * d) / (b - a) + (d - c) / (b - a) * arg, self.coef)

    def factor(self):
        """The slope of the map."""
        if self.domain is None:
            return 1
        return (self.window[1] - self.window[0]) / (self.domain[1] - self.domain[0])

    def deriv(self, m=1):
        val, der, integral, product = self.basis
        return Series(self.basis, der(self.coef, m, self.factor()), self.domain, self.window)

    def integ(self, m=1, k=[], lbnd=None):  # noqa: B006
        """From `lbnd` on, a place in the domain; without it from 0 in the window on, as NumPy has it."""
        val, der, integral, product = self.basis
        start = 0.0
        if lbnd is not None:
            start = lbnd if self.domain is None else self.window[0] + self.factor() * (lbnd - self.domain[0])
        c = integral(self.coef, m, k, start, 1.0 / self.factor())
        return Series(self.basis, c, self.domain, self.window)

    def __neg__(self):
        return Series(self.basis, -self.coef, self.domain, self.window)

    def __add__(self, other):
        return Series(self.basis, sum_of_series(self.coef, self.terms_of(other)), self.domain, self.window)

    __radd__ = __add__

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def terms_of(self, other):
        """The coefficients of a series to be added, of which a number is one."""
        if not isinstance(other, Series):
            return np.atleast_1d(other)
        if differ(self.domain, other.domain) or differ(self.window, other.window):
            raise NotImplementedError("sums of series with two domains", "add their values")
        return other.coef

    def __mul__(self, other):
        if isinstance(other, Series):
            product = self.basis[3](self.coef, self.terms_of(other))
            return Series(self.basis, product, self.domain, self.window)
        return Series(self.basis, self.coef * other, self.domain, self.window)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return Series(self.basis, self.coef / other, self.domain, self.window)

    def __pow__(self, n):
        return Series(self.basis, power_of(self.basis[3], self.coef, n), self.domain, self.window)

    def degree(self):
        return len(self.coef) - 1


def no_product(c1, c2):
    raise NotImplementedError("products of series in this basis have no rule", "multiply their values")


def differ(p, q):
    """Are these different intervals?"""
    if p is None or q is None:
        return p is not q
    return p[0] != q[0] or p[1] != q[1]


POWERS = polynomial.polyval, polynomial.polyder, polynomial.polyint, np.convolve
CHEBYSHEV = chebyshev.chebval, chebyshev.chebder, chebyshev.chebint, product_of_chebyshev
LEGENDRE = legendre.legval, legendre.legder, legendre.legint, no_product
HERMITE = hermite.hermval, hermite.hermder, hermite.hermint, no_product
HERMITE_E = hermite_e.hermeval, hermite_e.hermeder, hermite_e.hermeint, no_product
LAGUERRE = laguerre.lagval, laguerre.lagder, laguerre.lagint, no_product


@expansion(Polynomial)
def _(coef, domain=None, window=None, symbol="x"):
    return series(POWERS, coef, domain, window, (-1.0, 1.0))


@expansion(Chebyshev)
def _(coef, domain=None, window=None, symbol="x"):
    return series(CHEBYSHEV, coef, domain, window, (-1.0, 1.0))


@expansion(Legendre)
def _(coef, domain=None, window=None, symbol="x"):
    return series(LEGENDRE, coef, domain, window, (-1.0, 1.0))


@expansion(Hermite)
def _(coef, domain=None, window=None, symbol="x"):
    return series(HERMITE, coef, domain, window, (-1.0, 1.0))


@expansion(HermiteE)
def _(coef, domain=None, window=None, symbol="x"):
    return series(HERMITE_E, coef, domain, window, (-1.0, 1.0))


@expansion(Laguerre)
def _(coef, domain=None, window=None, symbol="x"):
    return series(LAGUERRE, coef, domain, window, (0.0, 1.0))


def series(basis, coef, domain, window, usual):
    if domain is None and window is None:
        return Series(basis, array_of(coef), None, None)
    return Series(basis, array_of(coef), pair(domain, usual), pair(window, usual))


def pair(ends, usual):
    return usual if ends is None else tuple(ends) if isinstance(ends, list) else ends
