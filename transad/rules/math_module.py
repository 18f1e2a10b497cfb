"""The `math` module: functions of Python floats, whose derivatives use `math` again.

What newer Pythons add is registered where it exists. Where the slope at a single point is not
defined (fabs, hypot and dist at 0) it is 0; where the function itself is singular (sqrt at 0, atan2
at the origin), Python raises ZeroDivisionError as it does for 1.0 / 0.0.
"""

import builtins
import math

from transad.rules.helpers import as_given, broadcast_like, known, polygamma
from transad.rules.registry import jvp, linear, nondifferentiable, partials, vjp

# ----- exponentials, logarithms, powers


@partials(math.exp)
def _(y, x):
    return y


@partials(math.expm1)
def _(y, x):
    return y + 1.0


@partials(math.log)
def _(y, x, base=None, /):
    if base is None:
        return 1.0 / x, None
    return 1.0 / (x * math.log(base)), -y / (base * math.log(base))


@partials(math.log1p)
def _(y, x):
    return 1.0 / (1.0 + x)


@partials(math.log2)
def _(y, x):
    return 1.0 / (x * math.log(2.0))


@partials(math.log10)
def _(y, x):
    return 1.0 / (x * math.log(10.0))


@partials(math.sqrt)
def _(y, x):
    return 0.5 / y


def power_slope(y, x, p):
    if known(p):
        if p == 0:
            return 0.0
        if p == 1:
            return 1.0
        if p == 2:
            return 2.0 * x
        return p * math.pow(x, p - 1)
    return p * math.pow(x if x != 0.0 or p != 0.0 else 1.0, p - 1.0)


@partials(math.pow)
def _(y, x, p):
    return power_slope(y, x, p), y * math.log(x) if x != 0.0 else 0.0


if hasattr(math, "exp2"):  # Python 3.11

    @partials(math.exp2)
    def _(y, x):
        return y * math.log(2.0)

    @partials(math.cbrt)
    def _(y, x):
        return 1.0 / (3.0 * y * y)


# ----- trigonometric and hyperbolic functions


@partials(math.sin)
def _(y, x):
    return math.cos(x)


@partials(math.cos)
def _(y, x):
    return -math.sin(x)


@partials(math.tan)
def _(y, x):
    return 1.0 + y * y


@partials(math.asin)
def _(y, x):
    return 1.0 / math.sqrt(1.0 - x * x)


@partials(math.acos)
def _(y, x):
    return -1.0 / math.sqrt(1.0 - x * x)


@partials(math.atan)
def _(y, x):
    return 1.0 / (1.0 + x * x)


@partials(math.atan2)
def _(z, y, x):
    return x / (x * x + y * y), -y / (x * x + y * y)


@partials(math.sinh)
def _(y, x):
    return math.cosh(x)


@partials(math.cosh)
def _(y, x):
    return math.sinh(x)


@partials(math.tanh)
def _(y, x):
    return 1.0 - y * y


@partials(math.asinh)
def _(y, x):
    return 1.0 / math.sqrt(1.0 + x * x)


@partials(math.acosh)
def _(y, x):
    return 1.0 / math.sqrt((x - 1.0) * (x + 1.0))


@partials(math.atanh)
def _(y, x):
    return 1.0 / (1.0 - x * x)


@partials(math.degrees)
def _(y, x):
    return 180.0 / math.pi


@partials(math.radians)
def _(y, x):
    return math.pi / 180.0


# ----- special functions


@partials(math.erf)
def _(y, x):
    return 2.0 / math.sqrt(math.pi) * math.exp(-x * x)


@partials(math.erfc)
def _(y, x):
    return -2.0 / math.sqrt(math.pi) * math.exp(-x * x)


@partials(math.gamma)
def _(y, x):
    return y * polygamma(0, x)


@partials(math.lgamma)
def _(y, x):
    return polygamma(0, x)


# ----- signs, remainders, parts of a number


@partials(math.fabs)
def _(y, x):
    return float(x > 0.0) - float(x < 0.0)


@partials(math.copysign)
def _(z, x, y):
    return (float(x > 0.0) - float(x < 0.0)) * math.copysign(1.0, y), 0.0


@partials(math.fmod, math.remainder)
def _(z, x, y):  # the quotient: a whole number, constant between its steps
    return 1.0, -float(round((x - z) / y))


@linear(math.ldexp)
def _(y_bar, x, i):
    return math.ldexp(y_bar, i)


@vjp(math.frexp)
def _(y_bar, y, x):
    return math.ldexp(y_bar[0], -y[1])


@jvp(math.frexp)
def _(y, x_dot, x):
    return math.ldexp(x_dot, -y[1]), 0


@vjp(math.modf)
def _(y_bar, y, x):
    return y_bar[0]


@jvp(math.modf)
def _(y, x_dot, x):
    return x_dot, 0.0


if hasattr(math, "fma"):  # Python 3.13

    @partials(math.fma)
    def _(w, x, y, z):
        return y, x, 1.0


# ----- functions of several numbers


@vjp(math.hypot)
def _(y_bar, y, *coordinates):
    scale = y_bar / y if y != 0.0 else 0.0
    return tuple([scale * x for x in coordinates])


@jvp(math.hypot)
def _(y, coordinates_dot, *coordinates):
    total = sum([coordinates[k] * coordinates_dot[k] for k in range(len(coordinates))])
    return total / y if y != 0.0 else 0.0


@vjp(math.dist)
def _(y_bar, y, p, q):
    scale = y_bar / y if y != 0.0 else 0.0
    p_bar = [scale * (p[k] - q[k]) for k in range(len(p))]
    q_bar = [scale * (q[k] - p[k]) for k in range(len(p))]
    return as_given(p_bar, p), as_given(q_bar, q)


@linear(math.fsum)
def _(y_bar, seq):
    if isinstance(seq, (tuple, list)):
        return as_given([y_bar for _ in seq], seq)
    return broadcast_like(y_bar, seq)


@linear(builtins.sum)  # of a list of numbers whose length is known when it runs
def _(y_bar, iterable):
    return [y_bar] * len(iterable)


@vjp(math.prod)
def _(y_bar, y, iterable, *, start=1):
    # products of all factors before and after each: no division by what may be zero
    n = len(iterable)
    after = [y_bar]
    for k in range(n - 1, 0, -1):
        after.append(after[-1] * iterable[k])
    before = start
    bars = []
    for k in range(n):
        bars.append(before * after[n - 1 - k])
        before = before * iterable[k]
    start_bar = after[-1] * iterable[0] if n > 0 else y_bar
    return as_given(bars, iterable), start_bar


if hasattr(math, "sumprod"):  # Python 3.12

    @linear(math.sumprod, wrt=(0, 1), each=True)
    def _(y_bar, p, q):
        p_bar = [y_bar * q[k] for k in range(len(p))]
        q_bar = [y_bar * p[k] for k in range(len(p))]
        return as_given(p_bar, p), as_given(q_bar, q)


@partials(math.nextafter)
def _(y, x, y_wanted, /):
    return 1.0, None


# ----- whole numbers and truth values: no derivative

nondifferentiable(math.floor, math.ceil, math.trunc, math.factorial, math.comb, math.perm)
nondifferentiable(math.gcd, math.lcm, math.isqrt, int.bit_length, int.bit_count, float.is_integer)
nondifferentiable(math.isclose, math.isfinite, math.isinf, math.isnan, math.ulp)
