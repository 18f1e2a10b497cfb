"""The math module, on numbers."""

import math
from math import atan2, exp, log, pi, sqrt, tau

from corpus.runner import program


@program(52.5, 13.4, 48.9, 2.35, wrt=(0, 1, 2, 3))
def vincenty_sphere(lat1, lon1, lat2, lon2):
    p1, p2 = math.radians(lat1), math.radians(lat2)
    dl = math.radians(lon2 - lon1)
    a = math.cos(p2) * math.sin(dl)
    b = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(dl)
    c = math.sin(p1) * math.sin(p2) + math.cos(p1) * math.cos(p2) * math.cos(dl)
    return atan2(sqrt(a * a + b * b), c)


@program(0.4)
def elementary(x):
    return (
        math.sin(x) + math.cos(x) * math.tan(x) + math.asin(x) * math.acos(x) + math.atan(x)
        + math.sinh(x) - math.cosh(x) * math.tanh(x) + math.asinh(x) + math.acosh(x + 1.2) + math.atanh(x)
    )


@program(1.4)
def logarithms(x):
    y = log(x) + math.log2(x) * math.log10(x) + math.log1p(x)
    return y + math.expm1(x) + log(x + 2.0, 3.0) + log(8, x)


@program(1.6)
def special_functions(x):
    return math.gamma(x) + math.lgamma(x + 1.0) + math.erf(x) - math.erfc(x / 2.0)


@program(1.6, 0.3, wrt=(0, 1))
def decompositions(x, y):
    frac, whole = math.modf(x)
    m, e = math.frexp(x)
    return frac * y + whole * x + m * 2.0**e + math.ldexp(y, 3) + math.remainder(x, y)


@program(2.6)
def floors_and_ceilings(x):
    return (x - math.floor(x)) * math.ceil(x) + math.trunc(x) * x


@program(0.5)
def combinatorics(x):
    n = 6
    total = 0.0
    for k in range(n + 1):
        total += math.comb(n, k) * x**k * (1.0 - x) ** (n - k) * math.sqrt(k)
    return total + math.factorial(4) * x + math.gcd(12, 18) * x + math.perm(4, 2) * x + math.isqrt(17)


@program(0.5, 1.5, wrt=(0, 1))
def sums_and_products(x, y):
    return math.fsum([x, y, x * y]) * math.prod([x, y, 2.0]) + math.prod((x, x), start=y)


@program(0.5)
def checks(x):
    if math.isfinite(x) and not math.isnan(x) and math.isclose(x, 0.5, rel_tol=1e-2):
        return exp(-x) * pi + tau * x
    return math.e


@program(0.5, -1.5, wrt=(0, 1))
def signs(x, y):
    return math.copysign(x, y) * y + math.copysign(1.0, x) * x**2


@program(3.0)
def cube_roots(x):
    return x ** (1.0 / 3.0) + math.pow(x, 1.0 / 3.0) * math.exp(-x)


@program(1.1, 2.2, 3.3, wrt=(0, 1, 2))
def cardano_real_root(a, b, c):
    p = b - a * a / 3.0
    q = 2.0 * a**3 / 27.0 - a * b / 3.0 + c
    disc = (q / 2.0) ** 2 + (p / 3.0) ** 3
    if disc >= 0.0:
        s = math.sqrt(disc)
        u = math.copysign(abs(-q / 2.0 + s) ** (1 / 3), -q / 2.0 + s)
        v = math.copysign(abs(-q / 2.0 - s) ** (1 / 3), -q / 2.0 - s)
        return u + v - a / 3.0
    r = math.sqrt(-p / 3.0)
    phi = math.acos(-q / (2.0 * r**3))
    return 2.0 * r * math.cos(phi / 3.0) - a / 3.0


@program(2.5, 1.5, wrt=(0, 1))
def beta_function(a, b):
    return math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))


@program(0.3)
def stirling(x):
    n = 5
    return math.log(math.factorial(n)) * x - (n * math.log(n * x + 1.0) - n)


@program(0.8)
def sinc_with_guard(x):
    if math.fabs(x) < 1e-8:
        return 1.0 - x * x / 6.0
    return math.sin(x) / x


@program(1.7)
def agm(x):
    a, g = 1.0, math.sqrt(x)
    while abs(a - g) > 1e-12:
        a, g = (a + g) / 2.0, math.sqrt(a * g)
    return a


@program(0.3, 0.6, wrt=(0, 1))
def softplus_pair(x, y):
    m = max(x, y)
    return m + math.log(math.exp(x - m) + math.exp(y - m))


@program(0.5, 0.2, wrt=(0, 1))
def quaternion_angle(x, y):
    q = (math.cos(x / 2), math.sin(x / 2) * math.cos(y), math.sin(x / 2) * math.sin(y), 0.1)
    n = math.sqrt(math.fsum(c * c for c in q))
    w = q[0] / n
    return 2.0 * math.acos(w)
