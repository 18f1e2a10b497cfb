"""NumPy's elementwise functions, real and complex.

Partial derivatives of holomorphic functions hold for complex arguments as they stand. The others
(abs, real, imag, conj, angle) follow JAX and Autograd: an adjoint pairs with a tangent as
Re(z_bar * z_dot), so the gradient of a real function u of z = x + iy is u_x - i u_y.

Constants are computed with `math`: a NumPy scalar such as np.log(2.0) would turn float32 to float64.
"""

import math

import numpy as np

from transad.rules.arithmetic import power_growth
from transad.rules.helpers import (
    i0_derivative,
    known,
    nonzero,
    sinc_derivative,
    surely_complex,
    surely_finite,
    vanishes,
)  # fmt: skip
from transad.rules.registry import expansion, jvp, linear, nondifferentiable, partials, vjp

# ----- exponentials and logarithms


@partials(np.exp)
def _(y, x):
    return y


@partials(np.expm1)
def _(y, x):
    return y + 1.0


@partials(np.exp2)
def _(y, x):
    return y * math.log(2.0)


@partials(np.log)
def _(y, x):
    return 1.0 / x


@partials(np.log1p)
def _(y, x):
    return 1.0 / (1.0 + x)


@partials(np.log2)
def _(y, x):
    return 1.0 / (x * math.log(2.0))


@partials(np.log10)
def _(y, x):
    return 1.0 / (x * math.log(10.0))


@partials(np.logaddexp)
def _(y, x1, x2):
    return np.exp(x1 - y), np.exp(x2 - y)


@partials(np.logaddexp2)
def _(y, x1, x2):
    return np.exp2(x1 - y), np.exp2(x2 - y)


# ----- powers and roots


@partials(np.square)
def _(y, x):
    return 2.0 * x


@partials(np.sqrt)
def _(y, x):
    return 0.5 / y


@partials(np.cbrt)
def _(y, x):
    return 1.0 / (3.0 * y * y)


@partials(np.reciprocal)
def _(y, x):
    return -(y * y)


@partials(np.hypot)  # 0 at the origin, where the slope is not defined
def _(y, x1, x2):
    r = np.where(y == 0.0, 1.0, y)
    return x1 / r, x2 / r


@partials(np.float_power)
def _(y, x1, x2):
    safe = np.where((x1 == 0.0) & (x2 == 0.0), 1.0, x1)  # x**0 is 1 also at x = 0
    return x2 * np.float_power(safe, x2 - 1.0), power_growth(y, x1)


# ----- trigonometric and hyperbolic functions


@partials(np.sin)
def _(y, x):
    return np.cos(x)


@partials(np.cos)
def _(y, x):
    return -np.sin(x)


@partials(np.tan)
def _(y, x):
    return 1.0 + y * y


@partials(np.arcsin)
def _(y, x):
    return 1.0 / np.sqrt(1.0 - x * x)


@partials(np.arccos)
def _(y, x):
    return -1.0 / np.sqrt(1.0 - x * x)


@partials(np.arctan)
def _(y, x):
    return 1.0 / (1.0 + x * x)


@partials(np.arctan2)
def _(y, x1, x2):
    r2 = x1 * x1 + x2 * x2
    return x2 / r2, -x1 / r2


@partials(np.sinh)
def _(y, x):
    return np.cosh(x)


@partials(np.cosh)
def _(y, x):
    return np.sinh(x)


@partials(np.tanh)
def _(y, x):
    return 1.0 - y * y


@partials(np.arcsinh)
def _(y, x):
    return 1.0 / np.sqrt(1.0 + x * x)


@partials(np.arccosh)
def _(y, x):  # of y rather than of x: the right branch for complex x, too
    return 1.0 / np.sinh(y)


@partials(np.arctanh)
def _(y, x):
    return 1.0 / (1.0 - x * x)


@partials(np.deg2rad, np.radians)
def _(y, x):
    return math.pi / 180.0


@partials(np.rad2deg, np.degrees)
def _(y, x):
    return 180.0 / math.pi


@partials(np.sinc)
def _(y, x):
    return sinc_derivative(x, 1)


@partials(np.i0)
def _(y, x):
    return i0_derivative(x, 1)


# ----- the larger and the smaller: where two are equal, each gets half, as in JAX.
# Adjoints are selected, so that no infinity turns into a NaN, or multiplied by 0, 1/2 and 1, which takes less
# time, where there can be none.


def share_of_larger(g, x1, x2):
    """What x1 has of `g` (an adjoint or tangent) where the larger of x1 and x2 counts."""
    if is_zero(x2) and surely_finite(g) and not np.iscomplexobj(x1):
        return g * (0.5 + 0.5 * np.sign(x1))
    if is_zero(x1) and surely_finite(g) and not np.iscomplexobj(x2):
        return g * (0.5 - 0.5 * np.sign(x2))
    return np.where(x1 > x2, g, np.where(x1 == x2, 0.5 * g, 0.0))


def blend(x1_wins, ties, x1_dot, x2_dot):
    half = 0.5 * x1_dot if is_zero(x2_dot) else 0.5 * (x1_dot + x2_dot)
    return np.where(x1_wins, x1_dot, np.where(ties, half, x2_dot))


def is_zero(x):
    """Is this the number zero, as the tangent of a constant is?"""
    return known(x) and np.ndim(x) == 0 and x == 0.0


@vjp(np.maximum)
def _(y_bar, y, x1, x2):
    return share_of_larger(y_bar, x1, x2), share_of_larger(y_bar, x2, x1)


@jvp(np.maximum)
def _(y, x1_dot, x2_dot, x1, x2):
    return blend(x1 > x2, x1 == x2, x1_dot, x2_dot)


@vjp(np.minimum)
def _(y_bar, y, x1, x2):
    return share_of_larger(y_bar, x2, x1), share_of_larger(y_bar, x1, x2)


@jvp(np.minimum)
def _(y, x1_dot, x2_dot, x1, x2):
    return blend(x1 < x2, x1 == x2, x1_dot, x2_dot)


def share_of_chosen(y_bar, y, x1, x2):
    """As above for fmax and fmin, which pass over NaN: the one that equals the result counts."""
    return np.where(x1 == x2, 0.5 * y_bar, np.where(x1 == y, y_bar, 0.0))


@vjp(np.fmax, np.fmin)
def _(y_bar, y, x1, x2):
    return share_of_chosen(y_bar, y, x1, x2), share_of_chosen(y_bar, y, x2, x1)


@jvp(np.fmax, np.fmin)
def _(y, x1_dot, x2_dot, x1, x2):
    return blend((x1 == y) & (x1 != x2), x1 == x2, x1_dot, x2_dot)


# clip is minimum(maximum(a, a_min), a_max); where an entry equals a bound, the bound counts, as in Autograd.
# NumPy 1 has no default for the bounds, so that None has to be written down.


def clip_bounds(a_min, a_max, min, max):
    """The lower and the upper bound, None where there is none."""
    low = min if a_min is np._NoValue else a_min
    high = max if a_max is np._NoValue else a_max
    return low, high


def inside(a, low, high):
    if low is None:
        return a < high
    return a > low if high is None else (a > low) & (a < high)


def raised(a, low, high):
    """Where the lower bound counts."""
    if low is None:
        return False
    return a <= low if high is None else (a <= low) & (low < high)


@vjp(np.clip)
def _(y_bar, y, a, a_min=np._NoValue, a_max=np._NoValue, *, min=None, max=None):
    low, high = clip_bounds(a_min, a_max, min, max)
    if low is None and high is None:
        return y_bar
    kept, low_counts = inside(a, low, high), raised(a, low, high)
    a_bar = np.where(kept, y_bar, 0.0)
    low_bar = None if low is None else np.where(low_counts, y_bar, 0.0)
    high_bar = None if high is None else np.where(kept | low_counts, 0.0, y_bar)
    if min is None and max is None:
        return a_bar, low_bar, high_bar
    return a_bar, None, None, low_bar, high_bar


@jvp(np.clip)
def _(
    y, a_dot, a_min_dot, a_max_dot, min_dot, max_dot,
    a, a_min=np._NoValue, a_max=np._NoValue, *, min=None, max=None,
):  # fmt: skip
    low, high = clip_bounds(a_min, a_max, min, max)
    if low is None and high is None:
        return a_dot
    low_dot = min_dot if a_min is np._NoValue else a_min_dot
    high_dot = max_dot if a_max is np._NoValue else a_max_dot
    if high is None:
        return np.where(inside(a, low, high), a_dot, low_dot)
    y_dot = np.where(inside(a, low, high), a_dot, high_dot)
    if low is None or is_zero(low_dot) and is_zero(high_dot):
        return y_dot
    return np.where(raised(a, low, high), low_dot, y_dot)


# ----- absolute value and signs


@partials(np.fabs)
def _(y, x):
    return np.sign(x)


@partials(np.copysign)
def _(y, x1, x2):
    return np.sign(x1) * np.copysign(1.0, x2), 0.0


@partials(np.heaviside)
def _(y, x1, x2):
    return 0.0, x1 == 0.0


@linear(np.ldexp)
def _(y_bar, x1, x2):
    return np.ldexp(y_bar, x2)


@vjp(np.frexp)
def _(y_bar, y, x):
    return np.ldexp(y_bar[0], -y[1])


@jvp(np.frexp)
def _(y, x_dot, x):
    return np.ldexp(x_dot, -y[1]), np.zeros_like(y[1])


@vjp(np.modf)
def _(y_bar, y, x):
    return y_bar[0]


@jvp(np.modf)
def _(y, x_dot, x):
    return x_dot, np.zeros_like(x_dot)


# ----- choosing by condition; the branch not taken gets no adjoint, whatever its value


@linear(np.where, wrt=("x", "y"))
def _(y_bar, condition, x=None, y=None):
    return np.where(condition, y_bar, 0.0), np.where(condition, 0.0, y_bar)


@expansion(np.select)  # as branches inside one another, of which those not taken get no adjoint either
def _(condlist, choicelist, default=0.0):
    chosen = default
    for k in range(len(choicelist) - 1, -1, -1):
        chosen = np.where(condlist[k], choicelist[k], chosen)
    return chosen


def sum_where(places, y_bar):
    return np.sum(np.where(places, y_bar, 0.0))


@vjp(np.nan_to_num)
def _(y_bar, y, x, copy=True, nan=0.0, posinf=None, neginf=None):
    return (
        np.where(np.isfinite(x), y_bar, 0.0),
        None,
        None if known(nan) else sum_where(np.isnan(x), y_bar),
        None if posinf is None or known(posinf) else sum_where(x == np.inf, y_bar),
        None if neginf is None or known(neginf) else sum_where(x == -np.inf, y_bar),
    )


@jvp(np.nan_to_num)
def _(y, x_dot, nan_dot, posinf_dot, neginf_dot, x, copy=True, nan=0.0, posinf=None, neginf=None):
    y_dot = np.where(np.isfinite(x), x_dot, 0.0)
    if not vanishes(nan_dot):
        y_dot = np.where(np.isnan(x), nan_dot, y_dot)
    if not vanishes(posinf_dot):
        y_dot = np.where(x == np.inf, posinf_dot, y_dot)
    if not vanishes(neginf_dot):
        y_dot = np.where(x == -np.inf, neginf_dot, y_dot)
    return y_dot


# ----- complex parts: linear over the reals


@linear(np.real, alias="view")
def _(y_bar, val):
    return y_bar


@linear(np.imag, alias="view")
def _(y_bar, val):
    return -1j * y_bar


@linear(np.conjugate)
def _(y_bar, x):
    return np.conjugate(y_bar)


def in_unit(angle, deg):
    return angle * (180.0 / math.pi) if deg else angle


@vjp(np.angle)  # the imaginary part of log z
def _(y_bar, y, z, deg=False):
    return in_unit(y_bar * (-1j / z), deg)


@jvp(np.angle)
def _(y, z_dot, z, deg=False):
    return in_unit(np.imag(z_dot / z), deg)


# ----- rounding: derivative zero almost everywhere; the next number moves with the first


@partials(np.nextafter)
def _(y, x1, x2):
    return 1.0, None


nondifferentiable(np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.signbit)
nondifferentiable(np.isnan, np.isinf, np.isfinite, np.isclose, np.allclose, np.isreal, np.iscomplex)
nondifferentiable(np.iscomplexobj, np.isrealobj, np.isposinf, np.isneginf, np.isscalar, np.isnat)
nondifferentiable(np.array_equal, np.array_equiv, np.isin, np.spacing)


@expansion(np.sign)
def _(x):
    """Of a complex number its direction, which varies with it."""
    return x / nonzero(np.abs(x)) if surely_complex(x) and DIRECTIONS else NotImplemented


DIRECTIONS = np.sign(1j) == 1j  # NumPy 2
