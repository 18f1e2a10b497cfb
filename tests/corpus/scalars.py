"""Straight-line code on numbers."""

import math

import numpy as np

from corpus.runner import program


@program(0.9, 1.1, 2.3, wrt=(0, 1, 2))
def heron(a, b, c):
    a, b, c = a + 1.0, b + 1.5, c + 0.2
    s = 0.5 * (a + b + c)
    return math.sqrt(s * (s - a) * (s - b) * (s - c))


@program(100.0, 95.0, 0.03, 0.25, 0.75, wrt=(0, 1, 2, 3, 4))
def black_scholes_call(spot, strike, rate, sigma, maturity):
    def norm_cdf(z):
        return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))

    d1 = (math.log(spot / strike) + (rate + 0.5 * sigma**2) * maturity) / (sigma * math.sqrt(maturity))
    d2 = d1 - sigma * math.sqrt(maturity)
    return spot * norm_cdf(d1) - strike * math.exp(-rate * maturity) * norm_cdf(d2)


@program(0.7)
def swapped(x):
    a, b = x, x * x
    a, b = b, a
    a, b = a + b, a - b
    return np.exp(a) * b
