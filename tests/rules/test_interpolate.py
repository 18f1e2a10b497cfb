"""scipy.interpolate: interpolators made of differentiated values, evaluated at differentiated places."""

import numpy as np
import pytest

import transad

pytest.importorskip("scipy.interpolate")

from scipy import interpolate, linalg

from .compiled import check_first, check_second, program_of

X = np.array([0.0, 0.4, 1.0, 1.5, 2.3, 3.0])
Y = np.array([1.0, 0.3, -0.2, 0.7, 0.5, 1.4])
TABLE = np.stack([Y, Y**2, 1.0 - Y], 1)
NEAR = np.array([0.05, 0.1, 1.2, 2.9])
FAR = np.array([-0.2, 0.1, 1.2, 2.9, 3.3])
KNOTS = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0])
APART = KNOTS + 0.01 * np.arange(10)
SECOND = np.array([0.0, 0.5, 1.1, 2.0])
ON_GRID = np.array([[0.1, 0.2], [0.9, 1.7], [0.5, 0.7]])
BANDS = np.array([[0.0, 0.0, 0.1, 0.2], [0.0, 0.3, 0.5, 0.1], [2.0, 3.0, 4.0, 5.0], [0.4, 0.2, 0.6, 0.0]])

spline = interpolate.CubicSpline(X, TABLE)
monotone = interpolate.PchipInterpolator(X, Y)
basis = interpolate.BSpline(KNOTS, Y, 3)


def cubic(x, y, q):
    return interpolate.CubicSpline(x, y)(q)


def natural(x, y, q):
    return interpolate.CubicSpline(x, y, bc_type="natural")(q, 1)


def clamped(x, y, q):
    return interpolate.CubicSpline(x, y, bc_type=("clamped", (2, -0.2)), extrapolate=True).derivative()(q)


def area(x, y):
    return interpolate.CubicSpline(x, y, bc_type=((1, 0.3), "not-a-knot")).integrate(0.2, 2.1)


def along_second_axis(y, q):
    return interpolate.CubicSpline(X, y, axis=1)(q)


def at_one_place(y, q):
    return interpolate.CubicSpline(X, y)(q)


def with_slopes(x, y, q):
    return interpolate.CubicHermiteSpline(x, y, np.sin(y))(q)


def pchip(x, y, q):
    return interpolate.PchipInterpolator(x, y)(q)


def akima(x, y, q):
    return interpolate.Akima1DInterpolator(x, y)(q)


def linear(x, y, q):
    return interpolate.interp1d(x, y)(q)


def filled(x, y, q):
    return interpolate.interp1d(x, y, bounds_error=False, fill_value=(0.0, 2.0))(q)


def cubic_by_name(x, y, q):
    return interpolate.interp1d(x, y, kind="cubic", fill_value="extrapolate")(q)


def made_spline(x, y, q):
    return interpolate.make_interp_spline(x, y)(q)


def de_boor(t, c, q):
    return interpolate.BSpline(t, c, 3)(q)


def slope_of_basis(c, q):
    return interpolate.BSpline(KNOTS, c, 3)(q, 1)


def spline_from_outside(q):
    return spline(q) + spline(q, 1)


def others_from_outside(q):
    return monotone(q) * basis(q)


def on_grid(x, values, places):
    return interpolate.RegularGridInterpolator((x, SECOND), values)(places)


def beyond_grid(x, values, places):
    grid = interpolate.RegularGridInterpolator((x, SECOND), values, bounds_error=False, fill_value=None)
    return grid((places[:, 0] + 2.0, 0.7))


def filled_beyond_grid(values, places):
    return interpolate.interpn((X[:3], SECOND), values, places + 0.45, bounds_error=False, fill_value=0.3)


def nearest_on_grid(values):
    return interpolate.RegularGridInterpolator((X[:3],), values, method="nearest")([0.1, 0.3, 0.9])


grid_from_outside = interpolate.RegularGridInterpolator((X[:3], X[:3]), TABLE[:3])


def banded(ab, b):
    return linalg.solve_banded((1, 2), ab, b)


CASES = [
    *[
        (f, X, Y, FAR)
        for f in (cubic, natural, clamped, with_slopes, pchip, cubic_by_name, made_spline, filled)
    ],
    *[(f, X, Y, NEAR) for f in (akima, linear)],
    (cubic, X[:3], Y[:3], FAR),
    (area, X, Y),
    (along_second_axis, TABLE.T.copy(), FAR),
    (linear, X, TABLE.T.copy(), NEAR),
    (at_one_place, Y, 0.7),
    (de_boor, APART, Y, FAR),
    (slope_of_basis, np.stack([Y, Y**2], 1), FAR),
    (spline_from_outside, FAR),
    (others_from_outside, FAR),
    (on_grid, X[:3], TABLE[:4].T.copy(), ON_GRID),
    (on_grid, X[:3], np.stack([TABLE[:4].T, TABLE[2:].T], 2), ON_GRID),
    (beyond_grid, X[:3], TABLE[:4].T.copy(), ON_GRID),
    (filled_beyond_grid, TABLE[:4].T.copy(), ON_GRID),
    (nearest_on_grid, Y[:3]),
    (lambda q: grid_from_outside(q), 0.5 * ON_GRID),
    (banded, BANDS, np.arange(1.0, 5.0)),
    (banded, BANDS, np.outer(np.arange(1.0, 5.0), [1.0, -0.5])),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].__name__}-{len(case[1])}")
def test_agrees_with_differences(case):
    p = program_of(*case)
    check_first(p)
    check_second(p)


def test_a_cubic_spline_reproduces_cubics():
    """The spline through values of a cubic is the cubic, and so are its derivatives by the place."""

    def f(q):
        return interpolate.CubicSpline(X, X**3 - X)(q)

    assert transad.derivative(f)(0.7) == pytest.approx(3 * 0.7**2 - 1, rel=1e-12)
    assert transad.derivative(transad.derivative(f))(0.7) == pytest.approx(6 * 0.7, rel=1e-11)


def test_places_outside_of_the_samples_raise_as_in_scipy():
    with pytest.raises(ValueError, match="outside"):
        transad.grad(lambda y: np.sum(interpolate.interp1d(X, y)(FAR)))(Y)


def periodic(y):
    return interpolate.CubicSpline(X, np.append(y, y[:1]), bc_type="periodic")(0.5)


def nearest(y):
    return interpolate.interp1d(X, y, kind="nearest")(0.5)


@pytest.mark.parametrize(("f", "y"), [(periodic, Y[:-1]), (nearest, Y)], ids=["periodic", "nearest"])
def test_what_has_no_rule_is_refused(f, y):
    with pytest.raises(transad.errors.UnsupportedError):
        transad.grad(f)(y)
