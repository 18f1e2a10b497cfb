"""Interpolation: `CubicSpline`, `PchipInterpolator`, `interp1d`, `BSpline` and their like.

Inside a differentiated function an interpolator is an object of a class written here, made by ordinary code:
it depends on values and knots, and its value on the place too. One from outside gives its coefficients.
"""

import numpy as np
from scipy import interpolate, linalg

from transad.rules.helpers import from_front, to_front, within
from transad.rules.registry import expansion


class Piecewise:
    """Polynomials between knots: the coefficients of each power, from the highest on, by piece."""

    def __init__(self, x, coefficients, axis=0, extrapolate=True):
        self.x, self.coefficients, self.axis, self.extrapolate = x, coefficients, axis, extrapolate

    @property
    def c(self):
        return np.stack(self.coefficients)

    def __call__(self, x, nu=0, extrapolate=None):
        if extrapolate is None:
            extrapolate = self.extrapolate
        x, knots = np.asarray(x), self.x
        inner = np.ndim(self.coefficients[0]) - 1
        if np.ndim(x) > 1 and inner > 0 and self.axis != 0:
            raise NotImplementedError("an interpolator along another axis than the first, in many places")
        inside = (x >= knots[0]) & (x <= knots[-1])
        if extrapolate == "periodic":
            x = knots[0] + (x - knots[0]) % (knots[-1] - knots[0])
        k = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
        y = horner(self.derivative(nu).coefficients, k, with_axes(x - knots[k], inner))
        if not extrapolate:
            y = np.where(with_axes(inside, inner), y, np.nan)
        return y if np.ndim(x) == 0 else from_front(y, self.axis)

    def derivative(self, nu=1):
        if nu < 0:
            return self.antiderivative(-nu)
        coefficients = self.coefficients
        for _ in range(nu):
            n = len(coefficients) - 1
            coefficients = [(n - j) * coefficients[j] for j in range(n)] if n > 0 else [0.0 * coefficients[0]]
        return Piecewise(self.x, coefficients, self.axis, self.extrapolate)

    def antiderivative(self, nu=1):
        coefficients = self.coefficients
        h = with_axes(np.diff(self.x), np.ndim(coefficients[0]) - 1)
        for _ in range(nu):
            n = len(coefficients)
            raised = [coefficients[j] / (n - j) for j in range(n)]
            steps = 0.0 * h
            for part in raised:
                steps = (steps + part) * h
            start = np.concatenate([0.0 * steps[:1], np.cumsum(steps, axis=0)[:-1]])
            coefficients = [*raised, start]
        return Piecewise(self.x, coefficients, self.axis, self.extrapolate)

    def integrate(self, a, b, extrapolate=None):
        whole = self.antiderivative()
        return whole(b, 0, extrapolate) - whole(a, 0, extrapolate)


def with_axes(x, n):
    """`x` with so many axes of length 1 after its own."""
    return x if n == 0 else np.reshape(x, np.shape(x) + (1,) * n)


def horner(coefficients, k, d):
    y = coefficients[0][k]
    for c in coefficients[1:]:
        y = y * d + c[k]
    return y


def hermite(x, y, slopes, axis, extrapolate):
    """The cubics with these values and slopes at the knots (y has its axis of samples first)."""
    h = with_axes(np.diff(x), np.ndim(y) - 1)
    slope = np.diff(y, axis=0) / h
    t = (slopes[:-1] + slopes[1:] - 2.0 * slope) / h
    return Piecewise(x, [t / h, (slope - slopes[:-1]) / h - t, slopes[:-1], y[:-1]], axis, extrapolate)


# ----- cubic splines: slopes for which the second derivative is continuous


@expansion(interpolate.CubicSpline)
def _(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    x, y = np.asarray(x), to_front(np.asarray(y), axis)
    if extrapolate is None:
        extrapolate = True
    return hermite(x, y, slopes_of_spline(x, y, bc_type), axis, extrapolate)


def slopes_of_spline(x, y, bc_type):
    start, end = (bc_type, bc_type) if isinstance(bc_type, str) else bc_type
    if isinstance(start, str) and start == "periodic":
        raise NotImplementedError("a periodic cubic spline has no rule", "repeat the samples on either side")
    loose = isinstance(start, str) and isinstance(end, str) and start == end == "not-a-knot"
    parabola = loose and len(x) == 3
    h = np.diff(x)
    wide = with_axes(h, np.ndim(y) - 1)
    slope = np.diff(y, axis=0) / wide
    bands = np.zeros((3, len(x)))
    bands[0, 2:] = h[:-1]
    bands[1, 1:-1] = 2.0 * (h[:-1] + h[1:])
    bands[2, :-2] = h[1:]
    b = np.zeros_like(y)
    b[1:-1] = 3.0 * (wide[1:] * slope[:-1] + wide[:-1] * slope[1:])
    bands[1, 0], bands[0, 1], b[0] = condition(start, h[0], h[1], slope[0], slope[1], -1.0, parabola)
    bands[1, -1], bands[2, -2], b[-1] = condition(end, h[-1], h[-2], slope[-1], slope[-2], 1.0, parabola)
    return linalg.solve_banded((1, 1), bands, b)


def condition(kind, h0, h1, slope0, slope1, sign, parabola):
    """An equation for the slope at an end: its coefficient, that of the next slope, the right side."""
    if isinstance(kind, str) and kind == "not-a-knot":
        d = h0 + h1
        right = ((h0 + 2.0 * d) * h1 * slope0 + h0 * h0 * slope1) / d
        return (1.0, 1.0, 2.0 * slope0) if parabola else (h1, d, right)
    if isinstance(kind, str):
        if kind not in ("natural", "clamped"):
            raise NotImplementedError("this condition at the end of a spline has no rule", "use not-a-knot")
        order, value = 2 if kind == "natural" else 1, 0.0
    else:
        order, value = kind
    if order == 1:
        return 1.0, 0.0, value
    return 2.0 * h0, h0, 0.5 * sign * value * h0 * h0 + 3.0 * slope0 * h0


@expansion(interpolate.CubicHermiteSpline)
def _(x, y, dydx, axis=0, extrapolate=None):
    y, slopes = to_front(np.asarray(y), axis), to_front(np.asarray(dydx), axis)
    return hermite(np.asarray(x), y, slopes, axis, True if extrapolate is None else extrapolate)


# ----- slopes from the neighbours alone


@expansion(interpolate.PchipInterpolator)
def _(x, y, axis=0, extrapolate=None):
    """Monotone where the samples are (F. Fritsch and J. Butland, 1984)."""
    x, y = np.asarray(x), to_front(np.asarray(y), axis)
    h = with_axes(np.diff(x), np.ndim(y) - 1)
    slope = np.diff(y, axis=0) / h
    before, after = slope[:-1], slope[1:]
    turns = (np.sign(before) != np.sign(after)) | (before == 0.0) | (after == 0.0)
    w1, w2 = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    mean = (w1 + w2) / (w1 / np.where(turns, 1.0, before) + w2 / np.where(turns, 1.0, after))
    first = at_end(h[0], h[1], slope[0], slope[1])
    last = at_end(h[-1], h[-2], slope[-1], slope[-2])
    slopes = np.concatenate([first[None], np.where(turns, 0.0, mean), last[None]])
    return hermite(x, y, slopes, axis, True if extrapolate is None else extrapolate)


def at_end(h0, h1, slope0, slope1):
    d = ((2.0 * h0 + h1) * slope0 - h0 * slope1) / (h0 + h1)
    steep = (np.sign(slope0) != np.sign(slope1)) & (np.abs(d) > 3.0 * np.abs(slope0))
    return np.where(np.sign(d) != np.sign(slope0), 0.0, np.where(steep, 3.0 * slope0, d))


@expansion(interpolate.Akima1DInterpolator)
def _(x, y, axis=0, *, method="akima", extrapolate=None):
    if method != "akima":
        raise NotImplementedError("Akima1DInterpolator with another method", "use method='akima'")
    x, y = np.asarray(x), to_front(np.asarray(y), axis)
    m = np.diff(y, axis=0) / with_axes(np.diff(x), np.ndim(y) - 1)
    left, right = 2.0 * m[:1] - m[1:2], 2.0 * m[-1:] - m[-2:-1]
    m = np.concatenate([2.0 * left - m[:1], left, m, right, 2.0 * right - m[-1:]])
    jumps = np.abs(np.diff(m, axis=0))
    f1, f2 = jumps[2:], jumps[:-2]
    both = f1 + f2
    flat = both <= 1e-9 * np.max(both)
    bent = (f1 * m[1:-2] + f2 * m[2:-1]) / np.where(flat, 1.0, both)
    slopes = np.where(flat, 0.5 * (m[3:] + m[:-3]), bent)
    return hermite(x, y, slopes, axis, False if extrapolate is None else extrapolate)


# ----- splines by name


class Bounded:
    """What `interp1d` gives: outside of the samples an error, or a value."""

    def __init__(self, curve, fill):
        self.curve, self.x, self.fill = curve, curve.x, fill

    def __call__(self, x):
        if self.fill is None:
            return self.curve(within(np.asarray(x), self.x[0], self.x[-1]))
        low, high = self.fill if isinstance(self.fill, tuple) else (self.fill, self.fill)
        y = self.curve(x)
        return np.where(x < self.x[0], low, np.where(x > self.x[-1], high, y))


@expansion(interpolate.interp1d)
def _(x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False):
    if kind not in ("linear", "slinear", "cubic") or np.ndim(y) > 1 and np.ndim(y) - 1 != axis % np.ndim(y):
        raise NotImplementedError(
            "interp1d of this kind or along this axis", "use a kind 'linear' or 'cubic'"
        )
    x, y = np.asarray(x), np.asarray(y)
    if not assume_sorted:
        order = np.argsort(x)
        x, y = x[order], y[order] if np.ndim(y) == 1 else y[..., order]
    curve = interpolate.make_interp_spline(x, y, 3 if kind == "cubic" else 1, axis=np.ndim(y) - 1)
    if isinstance(fill_value, str):
        return curve
    return Bounded(curve, fill_value if bounds_error is False else None)


@expansion(interpolate.make_interp_spline)
def _(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    x, y = np.asarray(x), to_front(np.asarray(y), axis)
    if t is not None or k not in (1, 3) or k == 1 and bc_type is not None:
        raise NotImplementedError("make_interp_spline with knots, or of another degree than 1 and 3")
    if k == 1:
        slope = np.diff(y, axis=0) / with_axes(np.diff(x), np.ndim(y) - 1)
        return Piecewise(x, [slope, y[:-1]], axis, True)
    kind = "not-a-knot" if bc_type is None else bc_type
    return hermite(x, y, slopes_of_spline(x, y, kind), axis, True)


# ----- B-splines, by de Boor's recursion


class Basis:
    def __init__(self, t, c, k, extrapolate):
        self.t, self.c, self.k, self.extrapolate = t, c, k, extrapolate

    def __call__(self, x, nu=0, extrapolate=None):
        if extrapolate is None:
            extrapolate = self.extrapolate
        if nu > 0:
            return self.derivative(nu)(x, 0, extrapolate)
        x, t, k = np.asarray(x), self.t, self.k
        n, inner = len(t) - k - 1, np.ndim(self.c) - 1
        if extrapolate == "periodic":
            x = t[k] + (x - t[k]) % (t[n] - t[k])
        i = np.clip(np.searchsorted(t, x, side="right") - 1, k, n - 1)
        d = [self.c[i - k + j] for j in range(k + 1)]
        for r in range(1, k + 1):
            for j in range(k, r - 1, -1):
                low, high = t[i + j - k], t[i + j + 1 - r]
                part = with_axes((x - low) / (high - low), inner)
                d[j] = (1.0 - part) * d[j - 1] + part * d[j]
        if extrapolate:
            return d[k]
        return np.where(with_axes((x >= t[k]) & (x <= t[n]), inner), d[k], np.nan)

    def derivative(self, nu=1):
        t, c, k = self.t, self.c, self.k
        for _ in range(nu):
            n = len(t) - k - 1
            h = with_axes(t[k + 1 : k + n] - t[1:n], np.ndim(c) - 1)
            c = k * np.diff(c[:n], axis=0) / np.where(h == 0.0, 1.0, h)
            t, k = t[1:-1], k - 1
        return Basis(t, c, k, self.extrapolate)


@expansion(interpolate.BSpline)
def _(t, c, k, extrapolate=True, axis=0):
    if axis != 0:
        raise NotImplementedError(
            "a B-spline along another axis than the first", "move that axis to the front"
        )
    return Basis(np.asarray(t), np.asarray(c), k, extrapolate)


# ----- interpolators from outside


@expansion(interpolate.PPoly.__call__)
def _(self, x, nu=0, extrapolate=None):
    if not isinstance(self, interpolate.PPoly):
        raise NotImplementedError("this interpolator has no rule", "use CubicSpline or PchipInterpolator")
    coefficients = [self.c[j] for j in range(np.shape(self.c)[0])]
    return Piecewise(self.x, coefficients, self.axis, self.extrapolate)(x, nu, extrapolate)


@expansion(interpolate.BSpline.__call__)
def _(self, x, nu=0, extrapolate=None):
    if self.axis != 0:
        raise NotImplementedError(
            "a B-spline along another axis than the first", "move that axis to the front"
        )
    return Basis(self.t, self.c, self.k, self.extrapolate)(x, nu, extrapolate)
