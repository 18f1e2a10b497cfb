"""The `cmath` module: holomorphic functions of Python numbers, and the polar form.

They give a complex number for a real one too, whose adjoint is then the real part.
"""

import cmath
import math

from transad.ir import types as ty
from transad.rules.registry import expansion, nondifferentiable, partials


def _complex(fn, **operands):
    return ty.COMPLEX


# ----- exponentials, logarithms, roots


@partials(cmath.exp, result=_complex)
def _(y, z):
    return y


@partials(cmath.log, result=_complex)
def _(y, z):
    return 1.0 / z


@expansion(cmath.log)
def _(z, base=None):
    return NotImplemented if base is None else cmath.log(z) / cmath.log(base)


@partials(cmath.log10, result=_complex)
def _(y, z):
    return 1.0 / (z * math.log(10.0))


@partials(cmath.sqrt, result=_complex)
def _(y, z):
    return 0.5 / y


# ----- trigonometric and hyperbolic functions


@partials(cmath.sin, result=_complex)
def _(y, z):
    return cmath.cos(z)


@partials(cmath.cos, result=_complex)
def _(y, z):
    return -cmath.sin(z)


@partials(cmath.tan, result=_complex)
def _(y, z):
    return 1.0 + y * y


@partials(cmath.asin, result=_complex)
def _(y, z):
    return 1.0 / cmath.cos(y)


@partials(cmath.acos, result=_complex)
def _(y, z):
    return -1.0 / cmath.sin(y)


@partials(cmath.atan, result=_complex)
def _(y, z):
    return 1.0 / (1.0 + z * z)


@partials(cmath.sinh, result=_complex)
def _(y, z):
    return cmath.cosh(z)


@partials(cmath.cosh, result=_complex)
def _(y, z):
    return cmath.sinh(z)


@partials(cmath.tanh, result=_complex)
def _(y, z):
    return 1.0 - y * y


@partials(cmath.asinh, result=_complex)
def _(y, z):
    return 1.0 / cmath.cosh(y)


@partials(cmath.acosh, result=_complex)
def _(y, z):
    return 1.0 / cmath.sinh(y)


@partials(cmath.atanh, result=_complex)
def _(y, z):
    return 1.0 / (1.0 - z * z)


# ----- the polar form: real functions of the parts


@expansion(cmath.phase)
def _(z):
    z = complex(z)
    return math.atan2(z.imag, z.real)


@expansion(cmath.polar)
def _(z):
    z = complex(z)
    return abs(z), math.atan2(z.imag, z.real)


@expansion(cmath.rect)
def _(r, phi):
    return complex(r * math.cos(phi), r * math.sin(phi))


nondifferentiable(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan)
