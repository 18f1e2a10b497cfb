"""Polynomials and convolution: the table, and programs with them."""

import numpy as np
import pytest
from numpy.polynomial import (
    Chebyshev,
    Hermite,
    HermiteE,
    Laguerre,
    Legendre,
    Polynomial,
    chebyshev,
    legendre,
)

import transad
import transad.rules.polynomials  # noqa: F401

from .cases_polynomials import CASES
from .harness import check, check_single_precision
from .references import agrees_with_differences


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


PRECISE = [c for c in CASES if c.fn is not np.polyval and not isinstance(c.args[0], float)]


@pytest.mark.parametrize("case", PRECISE, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


_rng = np.random.default_rng(6)
X, Y, K, COEFFICIENTS = (_rng.normal(size=n) for n in (9, 9, 3, 4))


def smoothed(x, k):
    return np.sum(np.convolve(x, np.exp(k) / np.sum(np.exp(k)), mode="valid") ** 2)


def deconvolution_loss(x, k, y):
    return np.sum((np.convolve(x, k)[: len(y)] - y) ** 2)


def derivative_and_product(c):
    d = np.polyder(c)
    return np.polyval(np.polymul(c, d), 0.5) + np.sum(np.polyadd(c, d) ** 2)


def trend_removed(x, y):
    c = np.polyfit(x, y, 2)
    return np.sum((y - np.polyval(c, x)) ** 2) + c[0]


def area(c, a, b):
    whole = np.polyint(c)
    return np.polyval(whole, b) - np.polyval(whole, a)


def chebyshev_series(c, x):
    return np.sum(chebyshev.chebval(x, c) ** 2) + np.sum(chebyshev.chebder(c) ** 2)


def legendre_regression(x, y):
    v = legendre.legvander(np.tanh(x), 3)
    c = np.linalg.lstsq(v, y, rcond=None)[0]
    return np.sum((v @ c - y) ** 2) + np.sum(c**2)


def largest_root(c):
    return np.max(np.real(np.roots(c)))


def template(x, k):
    r = np.correlate(x, k, mode="same")
    return np.sum(r**2) / np.sum(k**2)


def from_numbers(a, b):
    return np.polyval([a, b, a * b], 0.5) + np.sum(np.convolve([a, 1.0], [b, a]))


PROGRAMS = [
    (smoothed, (X, K)),
    (deconvolution_loss, (X, K, Y)),
    (derivative_and_product, (COEFFICIENTS,)),
    (trend_removed, (X, Y)),
    (area, (COEFFICIENTS, 0.2, 1.3)),
    (chebyshev_series, (COEFFICIENTS, np.tanh(X))),
    (legendre_regression, (X, Y)),
    (largest_root, (np.array([1.0, -6.0, 11.0, -6.5]),)),
    (template, (X, K)),
    (from_numbers, (0.3, 0.7)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_programs_agree_with_differences(f, args):
    agrees_with_differences(f, args)


def test_a_leading_coefficient_that_is_zero_has_a_derivative():
    transad.check_grad(lambda a, b: np.polyval(np.polymul(a, b), 0.7), np.array([0.0, 2.0]), K, wrt=(0, 1))


def test_division_is_refused():
    with pytest.raises(transad.errors.TransadError):
        transad.grad(lambda p: np.polydiv(p, np.array([1.0, 2.0]))[0][0])(COEFFICIENTS)


def test_horner_and_polyval_agree_to_third_order():
    def horner(x):
        y = 0.0
        for c in COEFFICIENTS:
            y = y * x + c
        return y

    d = transad.derivative
    third, wanted = d(d(d(lambda x: np.polyval(COEFFICIENTS, x)))), d(d(d(horner)))
    for x in (0.0, 0.7):
        np.testing.assert_allclose(third(x), wanted(x), rtol=1e-12)


# ----- polynomial objects

P, Q = np.poly1d([1.0, 2.0, 0.5]), Polynomial([1.0, 2.0, 0.5], domain=[0.0, 3.0])


def objects_of_one_dimension(c, x):
    p = np.poly1d(c)
    return np.sum(p(x) ** 2) + p.deriv()(0.3) * p.integ(k=0.5)(0.2) + (p * p - 2.0 * p + 1.0)(0.4)


def series_objects(c, x):
    p, q = Polynomial(c), Chebyshev(c, domain=[0.0, 2.0])
    return np.sum(p(x) ** 2) + p.deriv()(0.3) * p.integ()(0.5) + q(0.7) + q.deriv()(0.2) + (2.0 * p)(0.1)


def objects_from_outside(x):
    return np.sum(P(x) ** 2 * Q(x))


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (objects_of_one_dimension, (COEFFICIENTS, X)),
        (series_objects, (COEFFICIENTS, np.tanh(X))),
        (objects_from_outside, (X,)),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_objects(f, args):
    wrt = tuple(range(len(args)))
    transad.check_grad(f, *args, wrt=wrt)
    np.testing.assert_allclose(transad.value_and_grad(f, wrt=wrt)(*args)[0], f(*args))


@pytest.mark.parametrize("kind", [Polynomial, Chebyshev, Legendre, Hermite, HermiteE, Laguerre])
def test_every_kind_of_series(kind):
    def f(c, x):
        p, q = kind(c, domain=[0.0, 2.0]), kind([1.0, 2.0], domain=[0.0, 2.0])
        return np.sum(p(x) ** 2) + p.deriv()(0.3) * p.integ(2, lbnd=0.2)(0.5) + (p - 2.0 * q)(0.1)

    transad.check_grad(f, COEFFICIENTS, np.tanh(X), wrt=(0, 1))


@pytest.mark.parametrize("kind", [Polynomial, Chebyshev])
def test_products_and_powers_of_series(kind):
    def f(c, x):
        p, q = kind(c, domain=[0.0, 2.0]), kind([1.0, 2.0, 0.5], domain=[0.0, 2.0])
        return np.sum((p * q + p**3)(x)) + np.sum((p * q).coef ** 2)

    transad.check_grad(f, COEFFICIENTS, np.tanh(X), wrt=(0, 1))
    np.testing.assert_allclose(
        transad.value_and_grad(f)(COEFFICIENTS, np.tanh(X))[0], f(COEFFICIENTS, np.tanh(X)), rtol=1e-12
    )


def test_products_of_other_series_are_refused():
    with pytest.raises(transad.errors.UnsupportedError, match="multiply their values"):
        transad.grad(lambda c: (Legendre(c) * Legendre(c))(0.5))(COEFFICIENTS)
