"""Operators, with the ufuncs and builtins that are the same function under another name."""

import builtins
import math
import operator

import numpy as np

from transad.rules.helpers import broadcast_like, known
from transad.rules.registry import expansion, jvp, linear, nondifferentiable, partials, vjp

# ----- sums and products


@partials(operator.add, np.add)
def _(y, x1, x2):
    return 1.0, 1.0


@partials(operator.sub, np.subtract)
def _(y, x1, x2):
    return 1.0, -1.0


@partials(operator.mul, np.multiply)
def _(y, x1, x2):
    return x2, x1


@partials(operator.truediv, np.divide)
def _(y, x1, x2):
    if known(x1) and np.ndim(x1) == 0 and x1 == 1.0:
        return 1.0 / x2, -(y * y)
    return 1.0 / x2, -y / x2


@partials(operator.neg, np.negative)
def _(y, x):
    return -1.0


@partials(operator.pos, np.positive)
def _(y, x):
    return 1.0


# ----- remainders: the quotient is a whole number, constant between its steps


@partials(operator.mod, np.remainder)
def _(y, x1, x2):
    return 1.0, -(x1 // x2)


@partials(np.fmod)
def _(y, x1, x2):  # rounded from what is left of x1: x1 / x2 itself may round to the next integer
    return 1.0, -np.rint((x1 - y) / x2)


@expansion(builtins.divmod)
def _(x1, x2):
    return x1 // x2, x1 % x2


@expansion(np.divmod)
def _(x1, x2):
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


nondifferentiable(operator.floordiv, np.floor_divide)


# ----- powers


def power_slope(y, x, p):
    """The derivative of x**p with respect to x, as plain as the exponent allows."""
    if known(p) and np.ndim(p) == 0:
        if p == 0:
            return 0.0
        if p == 1:
            return 1.0
        if p == 2:
            return 2.0 * x
        if p == 0.5:
            return 0.5 / y
        if p == -1:
            return -(y * y)
        if p < 0:  # a division costs less than a power
            return p * (y / x)
        return p * x ** (p - 1)
    # x**0 is 1 also at x = 0, where x**-1 is not finite
    return p * np.where((x == 0.0) & (p == 0.0), 1.0, x) ** (p - 1.0)


def power_growth(y, x):
    """The derivative of x**p with respect to p. 0**p does not depend on p; a negative base has no
    such derivative: NaN, as in JAX."""
    if known(x) and np.ndim(x) == 0 and x > 0:
        return y * math.log(x)
    return y * np.log(np.where(x == 0.0, 1.0, x))


@partials(operator.pow, np.power)
def _(y, x1, x2):
    return power_slope(y, x1, x2), power_growth(y, x1)


@expansion(builtins.pow)  # with two arguments; a modulus is for integers
def _(base, exp):
    return base**exp


# ----- absolute value: 0 at 0. For complex z, JAX's and Autograd's convention: the adjoint z_bar pairs
# with a tangent as Re(z_bar * z_dot), so that the gradient of u(x + iy) is u_x - i u_y.


def phase(y, x):
    """conj(x) / |x|: the sign of a real number; for a complex one it varies with x."""
    return np.conj(x) / np.where(y == 0.0, 1.0, y) if np.iscomplexobj(x) else np.sign(x)


@vjp(operator.abs, builtins.abs, np.absolute)
def _(y_bar, y, x):
    return y_bar * phase(y, x)


@jvp(operator.abs, builtins.abs, np.absolute)
def _(y, x_dot, x):
    return np.real(phase(y, x) * x_dot)


# ----- numbers from numbers


@linear(float)
def _(y_bar, x):
    return broadcast_like(y_bar, x)


@linear(complex, wrt=(0, 1))  # real + 1j * imag, which may be complex themselves
def _(y_bar, real, imag=0.0):
    real_bar = y_bar if np.iscomplexobj(real) else np.real(y_bar)
    imag_bar = 1j * y_bar if np.iscomplexobj(imag) else -np.imag(y_bar)
    return broadcast_like(real_bar, real), broadcast_like(imag_bar, imag)


@linear(np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128)
def _(y_bar, x):
    return broadcast_like(y_bar, x)


nondifferentiable(int, bool, builtins.round, builtins.min, builtins.max)  # min and max of lengths
nondifferentiable(np.bool_, np.int8, np.int16, np.int32, np.int64)
nondifferentiable(np.uint8, np.uint16, np.uint32, np.uint64)

# ----- comparisons, bits and truth values

nondifferentiable(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
nondifferentiable(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
nondifferentiable(operator.and_, operator.or_, operator.xor, operator.invert, operator.inv)
nondifferentiable(operator.lshift, operator.rshift, np.left_shift, np.right_shift)
nondifferentiable(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.gcd, np.lcm)
nondifferentiable(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
nondifferentiable(operator.not_, operator.truth, operator.is_, operator.is_not)
nondifferentiable(operator.contains, operator.index)

if hasattr(np, "bitwise_count"):  # NumPy 2
    nondifferentiable(np.bitwise_count)
