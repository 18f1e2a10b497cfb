"""Straight-line code on numbers."""

import cmath
import math
from fractions import Fraction

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


@program(1.7, 0.3, wrt=(0, 1))
def three_way_rotation(x, y):
    a, b, c = x, y, x * y
    a, b, c = b, c, a
    (a, b), c = (c, a), b
    return a**2 * b + c


@program(2.3, 0.7, wrt=(0, 1))
def floor_division_and_remainder(x, y):
    q, r = divmod(x, y)
    return q * r + (x % y) * x + x // y * y


@program(-2.3, 0.7, wrt=(0, 1))
def remainder_of_a_negative(x, y):
    return (x % y) ** 2 + math.fmod(x, y) * x


@program(1.3)
def rounding_to_digits(x):
    return round(x, 1) * x + round(x) + int(x) * x**2 + math.trunc(x) * x


@program(0.6)
def nested_conditional_expressions(x):
    y = 1.0 if x > 2.0 else x**2 if x > 0.5 else x**3
    return y * (x if y < 1.0 else 2.0 * x)


@program(0.6, 1.4, wrt=(0, 1))
def chained_comparison(x, y):
    if 0.0 < x < y < 2.0:
        return x * y**2
    return x


@program(0.6)
def booleans_as_numbers(x):
    positive = x > 0.0
    return positive * x**2 + (x > 5.0) * x + True * x + (not positive)


@program(0.6)
def integers_and_bits(x):
    flags = 0b1011
    total = 0.0
    total += x * (flags & 1) + x**2 * ((flags >> 1) & 1) + x**3 * ((flags >> 2) & 1)
    return total * (1 << 3) + ~flags * x + (flags ^ 3) * x


@program(0.6)
def complex_intermediate(x):
    z = complex(x, x**2)
    w = z * z.conjugate() + (1 + 2j) * z
    return w.real * w.imag + abs(z)


@program(2.0, 3.0, wrt=(0, 1))
def general_power(x, y):
    return x**y + y**x + 2.0**x + x**0.5 + (x * y) ** -1.5


@program(1.7)
def hypot_and_friends(x):
    return math.hypot(x, 2.0) + math.hypot(x, x**2, 1.0) + math.dist((x, 1.0), (0.5, x))


@program(0.7)
def numpy_scalars(x):
    y = np.float64(2.0) * x
    z = np.sin(y) + y.real
    return float(z) * np.square(y)


@program(0.7)
def fractions_as_weights(x):
    third = Fraction(1, 3)
    return float(third) * x**2 + float(third + Fraction(1, 6)) * x


@program(4.7, 1.9, wrt=(0, 1))
def clamped(x, y):
    return max(0.0, min(x, 10.0)) * y + min(max(y, 2.5), x)


@program(1.2)
def absolute_values(x):
    return abs(x - 2.0) * x + abs(-x) + math.fabs(x - 3.0) ** 2


@program(0.3)
def deep_expression(x):
    return ((((x + 1.0) * x + 2.0) * x + 3.0) * x + 4.0) / (((x - 1.0) * x + 7.0) * (x + 2.0)) - -(-x)


@program(0.3, 2.5, wrt=(0, 1))
def augmented_assignments_of_all_kinds(x, y):
    z = x
    z += y
    z -= 0.1
    z *= x
    z /= y
    z **= 2
    y //= 1.0
    z += y
    z %= 5.0
    return z


@program(300.0, 1.2, wrt=(0, 1))
def physical_constants(temperature, wavelength):
    h, c, kb = 6.626e-34, 2.998e8, 1.381e-23
    lam = wavelength * 1e-5
    scale = 1e-6
    return scale * 2.0 * h * c**2 / lam**5 / (math.exp(h * c / (lam * kb * temperature)) - 1.0)


@program(0.7)
def underscores_and_shadowed_builtins(x):
    _ = x**2
    sum = _ + 1.0
    max = sum * x
    lambda_ = max**2
    return lambda_ + _


@program(1.1)
def annotated_names(x: float) -> float:
    y: float = x**2
    z: float
    z = y + x
    k: int = 3
    return z**k


@program(1.1)
def unused_things(x):
    """A docstring."""
    unused = x**5
    unused2 = [x, unused]
    ...
    pass
    del unused2
    "a string in the middle"
    return x**2


@program(1.1)
def semicolons_and_continued_lines(x):
    y = x; z = y * 2.0
    w = y \
        + z * (
            x
            + 1.0
        )
    return w * z


@program(0.3)
def zero_tests(x):
    if not x:
        return 0.0
    if x is None or x == 0.0:
        return 1.0
    return x**2 if x else 5.0


@program(0.3)
def infinities(x):
    best = float("inf")
    worst = -math.inf
    for v in (x**2, 1.0 - x, 2.0 * x):
        best = min(best, v)
        worst = max(worst, v)
    return best * worst + (x if best != float("nan") else 0.0)


@program(0.8, 3, wrt=(0,))
def legendre_by_recurrence(x, n):
    if n == 0:
        return 1.0
    p, q = x, 1.0
    for k in range(2, n + 1):
        p, q = ((2 * k - 1) * x * p - (k - 1) * q) / k, p
    return p


@program(0.6)
def euler_formula(theta):
    z = cmath.exp(1j * theta)
    return z.real**2 - z.imag * theta


@program(0.4, 0.9, wrt=(0, 1))
def complex_magnitude_and_phase(x, y):
    z = x + 1j * y
    r, phi = cmath.polar(z)
    return r * phi + cmath.phase(z * z)
