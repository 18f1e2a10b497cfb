"""Integrals of functions and of samples: `scipy.integrate.quad`, `trapezoid`, `simpson` and their like.

The derivative of an integral is the integral of the derivative, found with the same tolerances, and the
integrand at the limits. The estimate of the error has no derivative.
"""

import numpy as np
from scipy import integrate, special

import transad
from transad.analysis.shape_rules.solvers import integral_and_error
from transad.rules.helpers import from_front, to_front, vanishes
from transad.rules.implicit import after, closed, in_places, is_closed, tangents, wanted
from transad.rules.registry import expansion, jvp, nondifferentiable, vjp

# ----- of functions


def integral(y, f, a, b, args, epsabs, epsrel, limit):
    return y


@vjp(integral, result=lambda fn, y, *rest, **named: y.type, alias="same")
def _(y_bar, found, y, f, a, b, args, epsabs, epsrel, limit):
    which = wanted(args)
    settings = epsabs, epsrel, limit
    bars = [integral_of_slope(y_bar, f, a, b, args, which, k, settings) for k in range(len(which))]
    ends = [inner(y_bar, f(x, *args)) for x in (a, b)]
    return None, None, -ends[0], ends[1], in_places(bars, which, args)


def inner(a, b):
    return a * b if np.ndim(a) == 0 else np.sum(a * b)


def integral_of_slope(y_bar, f, a, b, args, which, k, settings):
    """The adjoint of one of the arguments. That of a number stays outside of the integral."""
    number = np.ndim(y_bar) == 0

    def slope(x):
        return transad.vjp(f, x, *args, wrt=after(which, 1))[1](1.0 if number else y_bar)[k]

    found = integrated(args[which[k]], slope, a, b, *settings)
    return y_bar * found if number else found


def integrated(like, f, a, b, epsabs, epsrel, limit):
    if np.ndim(like) == 0:
        return integrate.quad(f, a, b, epsabs=epsabs, epsrel=epsrel, limit=limit)[0]
    return integrate.quad_vec(f, a, b, epsabs=epsabs, epsrel=epsrel, limit=limit)[0]


@jvp(integral, result=lambda fn, y, *rest, **named: y.type, alias="same")
def _(found, y_dot, f_dot, a_dot, b_dot, args_dot, y, f, a, b, args, epsabs, epsrel, limit):
    dots = tangents(args_dot, args)

    def slope(x):
        return transad.jvp(f, (x, *args), (None, *dots))[1]

    change = 0.0
    if [dot for dot in dots if dot is not None] != []:
        change = integrated(y, slope, a, b, epsabs, epsrel, limit)
    if not vanishes(a_dot):
        change = change - f(a, *args) * a_dot
    if not vanishes(b_dot):
        change = change + f(b, *args) * b_dot
    return change


nondifferentiable(integrate.quad, integrate.quad_vec, result=integral_and_error)


@expansion(integrate.quad)
def _(func, a, b, args=(), full_output=0, epsabs=1.49e-08, epsrel=1.49e-08, limit=50, points=None):
    if is_closed(func):
        return NotImplemented
    if full_output or points is not None:
        raise NotImplementedError("scipy.integrate.quad with points or full_output", "add pieces up")
    args = args if isinstance(args, tuple) else (args,)

    def integrand(x):
        return func(x, *args)

    f, given = closed(integrand, (0.0,), func)
    y, error = integrate.quad(f, a, b, given, 0, epsabs, epsrel, limit)
    return integral(y, f, a, b, given, epsabs, epsrel, limit), error


@expansion(integrate.quad_vec)
def _(f, a, b, epsabs=1e-200, epsrel=1e-08, norm="2", cache_size=100e6, limit=10000, *, args=()):
    if is_closed(f):
        return NotImplemented
    args = args if isinstance(args, tuple) else (args,)

    def integrand(x):
        return np.asarray(f(x, *args))

    g, given = closed(integrand, (0.0,), f)
    y, error = integrate.quad_vec(g, a, b, epsabs, epsrel, norm, cache_size, limit, args=given)
    return integral(y, g, a, b, given, epsabs, epsrel, limit), error


@expansion(integrate.dblquad)
def _(func, a, b, gfun, hfun, args=(), epsabs=1.49e-08, epsrel=1.49e-08):
    def inner_integral(x):
        def integrand(y):
            return func(y, x, *args)

        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        return integrate.quad(integrand, low, high, epsabs=epsabs, epsrel=epsrel)[0]

    return integrate.quad(inner_integral, a, b, epsabs=epsabs, epsrel=epsrel)


def limits(given, outer, args):
    return given(*outer, *args) if callable(given) else given


def inside_of(func, ranges, args, *outer):
    """The integral over the variables before those that have the values `outer`, and the error of it."""
    k = len(ranges) - 1 - len(outer)
    low, high = limits(ranges[k], outer, args)

    def integrand(x):
        return func(x, *outer, *args) if k == 0 else inside_of(func, ranges, args, x, *outer)[0]

    return integrate.quad(integrand, low, high)


@expansion(integrate.nquad)
def _(func, ranges, args=None, opts=None, full_output=False):
    if opts is not None or full_output:
        raise NotImplementedError("scipy.integrate.nquad with opts or full_output", "leave them out")
    return inside_of(func, ranges, () if args is None else tuple(args))


@expansion(integrate.tplquad)
def _(func, a, b, gfun, hfun, qfun, rfun, args=(), epsabs=1.49e-08, epsrel=1.49e-08):
    def for_z(y, x, *rest):
        low = qfun(x, y) if callable(qfun) else qfun
        return low, rfun(x, y) if callable(rfun) else rfun

    def for_y(x, *rest):
        return gfun(x) if callable(gfun) else gfun, hfun(x) if callable(hfun) else hfun

    return inside_of(func, [for_z, for_y, (a, b)], args)


nondifferentiable(special.roots_legendre)


@expansion(integrate.fixed_quad)
def _(func, a, b, args=(), n=5):
    nodes, weights = special.roots_legendre(n)
    return (b - a) / 2.0 * np.sum(weights * func((b - a) * (nodes + 1.0) / 2.0 + a, *args), axis=-1), None


# ----- of samples

of_samples = getattr(np, "trapezoid", None) or np.trapz


@expansion(integrate.trapezoid)
def _(y, x=None, dx=1.0, axis=-1):
    return of_samples(y, x, dx, axis)


def spacing(x, y, axis):
    """The distances of samples, to be multiplied with values that have the axis of samples first."""
    h = np.diff(x, axis=axis if np.ndim(x) > 1 else 0)
    if np.ndim(x) > 1:
        return to_front(h, axis)
    return h if np.ndim(y) == 1 else np.reshape(h, (-1,) + (1,) * (np.ndim(y) - 1))


@expansion(integrate.cumulative_trapezoid)
def _(y, x=None, dx=1.0, axis=-1, initial=None):
    y = to_front(np.asarray(y), axis)
    h = dx if x is None else spacing(np.asarray(x), y, axis)
    total = np.cumsum(h * (y[1:] + y[:-1]) / 2.0, axis=0)
    if initial is not None:
        total = np.concatenate([np.full_like(total[:1], initial), total])
    return from_front(total, axis)


@expansion(integrate.simpson)
def _(y, x=None, *, dx=1.0, axis=-1):
    """Of an odd number of intervals the last is done by a parabola through three points (Cartwright)."""
    y = to_front(np.asarray(y), axis)
    n = len(y)
    h = spacing(np.asarray(x) if x is not None else dx * np.arange(n), y, axis)
    if n == 2:
        return 0.5 * h[0] * (y[0] + y[1])
    if n % 2 == 1:
        return parabolas(y, h)
    h0, h1 = h[-2], h[-1]
    alpha = (2.0 * h1**2 + 3.0 * h0 * h1) / (6.0 * (h1 + h0))
    beta = (h1**2 + 3.0 * h0 * h1) / (6.0 * h0)
    eta = h1**3 / (6.0 * h0 * (h0 + h1))
    return parabolas(y[:-1], h[:-1]) + alpha * y[-1] + beta * y[-2] - eta * y[-3]


def parabolas(y, h):
    """Simpson's rule for an even number of intervals."""
    h0, h1 = h[::2], h[1::2]
    both = h0 + h1
    first, middle, last = y[:-2:2], y[1::2], y[2::2]
    terms = first * (2.0 - h1 / h0) + middle * (both * both / (h0 * h1)) + last * (2.0 - h0 / h1)
    return np.sum(both / 6.0 * terms, axis=0)
