"""What is defined by a function: roots, minima, integrals, solutions of differential equations. Parameters
come by `args` and from around the function; derivatives are those of the result, whatever the solver does."""

import functools
import subprocess
import sys

import numpy as np
import pytest

import transad

pytest.importorskip("scipy.optimize")

from scipy import integrate, optimize

from .compiled import check_first, check_second, program_of

W = np.array([0.3, 0.5, 1.2])
DATA = 1.0 + np.sin(np.linspace(0.0, 1.0, 8))
GRID = np.linspace(0.0, 1.0, 8)
TIMES = np.linspace(0.0, 2.0, 4)
MATRIX = np.array([[0.0, 1.0], [-1.0, -0.3]])
FINE = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
EXACT = {"rtol": 1e-11, "atol": 1e-11}


def cubic(x, a, b):
    return x**3 + a * x - b


def slope_of_cubic(x, a, b):
    return 3.0 * x**2 + a


# ----- roots


def by_args(a, b):
    return optimize.brentq(cubic, -5, 5, args=(a, b))


def by_closure(a, b):
    return optimize.brenth(lambda x: cubic(x, a, b), -5.0, 5.0, xtol=1e-13)


def bisected(a, b):
    x, report = optimize.bisect(cubic, -5, 5, (a, b), xtol=1e-14, full_output=True)
    return x * report.converged


def ridden(a, b):
    return optimize.ridder(cubic, -5, 5, args=(a, b), xtol=1e-14)


def newton(a, b):
    return optimize.newton(cubic, 1.0, args=(a, b), tol=1e-13)


def newton_with_slope(a, b):
    return optimize.newton(cubic, 1.0, slope_of_cubic, (a, b), tol=1e-13)


def newton_of_array(w):
    return optimize.newton(lambda x: x**3 + w * x - 1.0, np.ones(3), tol=1e-13)


def scalar(a, b):
    return optimize.root_scalar(cubic, args=(a, b), bracket=[-5, 5], xtol=1e-14).root


def system(a, b):
    def equations(z):
        x, y = z
        return [x**2 + a * y - 3.0, np.exp(x) * b - y]

    found = optimize.root(equations, [0.5, 1.0], tol=1e-13)
    return found.x


def system_with_jacobian(a, b):
    def equations(z):
        return np.array([z[0] ** 2 + a * z[1] - 3.0, z[0] * b - z[1]])

    def jacobian(z):
        return np.array([[2.0 * z[0], a], [b, -1.0]])

    return optimize.root(equations, np.ones(2), jac=jacobian, tol=1e-13)["x"]


def coupled(w):
    return optimize.fsolve(lambda x: x**3 + w * x - 1.0 + np.sum(x) * w, np.ones(3), xtol=1e-13)


def fixed(a):
    return optimize.fixed_point(lambda x: np.cos(a * x), 0.5, xtol=1e-13)


def fixed_array(w):
    return optimize.fixed_point(lambda x: np.cos(w * x), np.ones(3), xtol=1e-13)


def root_in_a_loop(w):
    total = 0.0
    for k in range(len(w)):
        total = optimize.brentq(lambda x: x**3 + w[k] * x - 1.0 - total, -5.0, 5.0)  # noqa: B023
    return total


def root_of_a_root(a, b):
    def outer(y):
        return optimize.brentq(lambda x: x**3 + a * x - y, -9.0, 9.0) - b

    return optimize.brentq(outer, -5.0, 5.0)


# ----- minima


def bowl(x, a, w):
    return (a - x[0]) ** 2 + np.sum(w * np.exp(x - 1.0)) + np.sum(w * x**2)


def where_least(a, w):
    return optimize.minimize(bowl, np.zeros(3), (a, w), jac=transad.grad(bowl), tol=1e-13, method="BFGS").x


def with_value_and_gradient(a, w):
    both = transad.value_and_grad(lambda x: bowl(x, a, w))
    return optimize.minimize(both, np.zeros(3), jac=True, tol=1e-13, method="BFGS").x


def least(a, w):
    return optimize.minimize(bowl, np.zeros(3), (a, w), jac=transad.grad(bowl), tol=1e-13, method="BFGS").fun


def least_on_a_line(a):
    found = optimize.minimize_scalar(lambda x: (x - a) ** 2 + np.exp(x * a), tol=1e-12)
    return found.fun


def residuals(p, y):
    return p[0] * np.exp(p[1] * GRID) - y


def fitted(y):
    return optimize.least_squares(residuals, [1.0, 0.5], "3-point", **FINE, args=(y,)).x


def cost(y):
    return optimize.least_squares(lambda p: residuals(p, y), [1.0, 0.5], "3-point", **FINE).cost


def curve(y, sigma):
    return optimize.curve_fit(lambda x, a, b: a + b * x, GRID, y, [1.02, 0.86], sigma)[0]


def covariance(y, sigma):
    return np.sum(optimize.curve_fit(lambda x, a, b: a * np.exp(b * x), GRID, y, [1.0, 0.5], sigma)[1])


# ----- integrals


def gaussian(a, b):
    return integrate.quad(lambda x: np.exp(-a * x * x), 0, b)[0]


def on_the_half_line(a):
    return integrate.quad(lambda x: np.exp(-a * x * x), 0, np.inf)[0]


def with_array(a, w):
    y, _ = integrate.quad(lambda x, a, w: np.sum(np.sin(w * x)) * a, a, 2.0, args=(a, w))
    return y


def vector(a, w):
    return integrate.quad_vec(lambda x: np.sin(w * x) * a, a, 2.0)[0]


def double(a, b):
    return integrate.dblquad(lambda y, x: np.sin(a * x * y), 0, b, lambda x: 0.0, lambda x: a * x)[0]


def of_two(a, b):
    f = lambda x, y, c: np.sin(a * x) * y + c * y  # noqa: E731
    return integrate.nquad(f, [lambda y, c: (0, y * a), (0, b)], (a,))[0]


def triple(a, b):
    f = lambda z, y, x: a * x * y * z  # noqa: E731
    return integrate.tplquad(f, 0, 1, 0.0, lambda x: x, lambda x, y: 0.0, lambda x, y: b * y)[0]


def gauss(a, b):
    return integrate.fixed_quad(lambda x: np.sin(a * x), 0, b)[0]


# ----- differential equations


def prey(a, b):
    def rates(t, z):
        x, y = z
        return [a * x - b * x * y, b * x * y - y]

    return integrate.solve_ivp(rates, (0, 2.0), [1.0, 0.5], t_eval=TIMES, method="DOP853", **EXACT).y


def linear_system(m, y0):
    return integrate.solve_ivp(lambda t, y, m: m @ y, (0, 2.0), y0, t_eval=[1.5], args=(m,), **EXACT).y[:, 0]


def between_times(a, t0, t1):
    found = integrate.solve_ivp(lambda t, y: -a * y + t, (t0, t1), [a], method="DOP853", **EXACT)
    return found.y[0, -1]


def oscillator(a, b):
    return integrate.odeint(lambda y, t: np.array([y[1], -a * y[0] - b * y[1]]), [1.0, a], TIMES, **EXACT)


def at_times(t):
    return integrate.odeint(lambda t, y: -y * t, 1.0, t, tfirst=True, rtol=1e-12, atol=1e-12)


CASES = [
    *[(f, 1.0, 2.0) for f in (by_args, by_closure, bisected, ridden, newton, newton_with_slope, scalar)],
    *[(f, W) for f in (newton_of_array, coupled, fixed_array, root_in_a_loop)],
    (system, 1.3, 0.7),
    (system_with_jacobian, 1.3, 0.7),
    (fixed, 0.9),
    (root_of_a_root, 0.8, 0.6),
    (where_least, 1.3, W),
    (with_value_and_gradient, 1.3, W),
    (least, 1.3, W),
    (least_on_a_line, 0.7),
    (fitted, DATA),
    (cost, DATA),
    (curve, DATA, 0.5 + GRID**2),
    (gaussian, 1.3, 0.8),
    (on_the_half_line, 1.3),
    (with_array, 1.3, W),
    (vector, 1.3, W),
    *[(f, 0.7, 1.2) for f in (double, of_two, triple)],
    (gauss, 0.7, 1.2),
    (prey, 1.3, 0.8),
    (linear_system, MATRIX, np.array([1.0, 0.3])),
    (between_times, 1.1, 0.3, 1.7),
    (oscillator, 1.3, 0.4),
    (at_times, TIMES + 0.1),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_agrees_with_differences(case):
    p, step = program_of(*case), 5e-3  # a larger one, since solvers stop at a tolerance
    check_first(p, step=step)
    check_second(p, step=step)


def test_the_covariance_of_a_fit():
    """SciPy's own is from differences."""
    value, slope = transad.value_and_grad(covariance)(DATA, 0.5 + GRID**2)
    assert value == pytest.approx(covariance(DATA, 0.5 + GRID**2), rel=1e-6)
    v = np.linspace(-1.0, 1.0, len(DATA))
    high, low = (covariance(DATA + h * v, 0.5 + GRID**2) for h in (1e-3, -1e-3))
    assert slope @ v == pytest.approx((high - low) / 2e-3, rel=1e-3)


def test_derivatives_in_closed_form():
    """x^2 = a: dx/da = 1/2x, d2x/da2 = -1/4x^3."""

    def root(a):
        return optimize.brentq(lambda x: x * x - a, 0.0, 5.0)

    assert transad.grad(root)(2.0) == pytest.approx(0.5 / np.sqrt(2.0), rel=1e-12)
    assert transad.grad(transad.grad(root))(2.0) == pytest.approx(-0.25 / 2.0**1.5, rel=1e-11)

    def decay(k):
        return integrate.solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0], t_eval=[1.0], **EXACT).y[0, 0]

    assert transad.grad(decay)(0.7) == pytest.approx(-np.exp(-0.7), rel=1e-9)
    assert transad.grad(transad.grad(decay))(0.7) == pytest.approx(np.exp(-0.7), rel=1e-8)


def test_the_source_reads_as_one_would_write_it():
    f = transad.grad(by_args, wrt=(0, 1))
    f(1.0, 2.0)
    assert f.source.splitlines()[3:] == [
        "def cubic(x, a, b):",
        "    return x ** 3 + a * x - b",
        "",
        "",
        "def by_args_grad(a, b):",
        "    t = scipy.optimize.brentq(cubic, -5, 5, args=(a, b))",
        "    t_2 = 3 * t ** 2 + a  # return optimize.brentq(cubic, -5, 5, args=(a, b))",
        "    b_bar = 1.0 / t_2",
        "    a_bar = -t / t_2  # return x**3 + a * x - b",
        "    return a_bar, b_bar",
    ]


def test_saved_code_runs_without_transad(tmp_path):
    df = transad.grad(lambda a: np.sum(prey(a, 0.8)) + with_array(a, W) + system(a, 0.7)[0] + least(a, W))
    want = df(1.3)
    df.save(tmp_path / "saved.py")
    text = f"""
import sys
sys.modules["transad"] = None
import saved
names = [n for n in dir(saved) if n.endswith("_grad")]
assert abs(getattr(saved, names[-1])(1.3) - {float(want)!r}) < 1e-9
"""
    subprocess.run([sys.executable, "-c", text], check=True, cwd=tmp_path)


class Decay:
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, x):
        return np.exp(-self.rate * x)

    def at(self, x):
        return self(x)


def of_objects(a):
    decay = Decay(a)
    return integrate.quad(decay, 0, 1)[0] + integrate.quad(decay.at, 0, 1)[0]


def of_partial(a):
    return integrate.quad(functools.partial(slope_of_cubic, b=1.0, a=a), 0, a)[0]


def of_a_dict(a):
    return integrate.quad(lambda x, p: np.exp(-p["rate"] * x), 0, 1, args=({"rate": a},))[0]


def without_source(a):
    return integrate.quad(np.sin, 0, a)[0]


def in_a_branch_and_a_while_loop(a):
    while a < 3.0:
        a = a + integrate.quad(lambda x: np.exp(-a * x), 0, 1)[0] if a > 1.0 else a * 1.5  # noqa: B023
    return a


def written_before_and_after(a):
    v = np.array([a, 2.0 * a])
    v[0] = 3.0 * a
    y = integrate.quad(lambda x: np.sum(np.exp(-v * x)), 0, 1)[0]
    v[1] = 100.0
    return y * v[0]


OTHERS = [
    of_objects,
    of_partial,
    of_a_dict,
    without_source,
    in_a_branch_and_a_while_loop,
    written_before_and_after,
]


@pytest.mark.parametrize("f", OTHERS, ids=lambda f: f.__name__)
def test_whatever_python_calls_a_function(f):
    transad.check_grad(f, 0.8)


def test_a_function_reads_what_is_there_when_it_is_called(monkeypatch):
    """A global that changes is seen, as by any other function."""
    df = transad.grad(of_a_global)
    before = df(1.0)
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert df(1.0) == pytest.approx(1.5 * before)


FACTOR = 2.0


def of_a_global(a):
    return integrate.quad(lambda x: a * x * FACTOR, 0, 1)[0]


def stiff(a):
    return integrate.solve_ivp(lambda t, y: -500.0 * (y - a), (0.0, 1.0), [0.0], "BDF", [1.0]).y[0, 0]


def test_an_equation_that_cannot_be_integrated_backwards_is_found_out():
    with pytest.raises((ArithmeticError, IndexError)), np.errstate(all="ignore"):
        transad.grad(stiff)(1.0)
    assert transad.jvp(stiff, (1.0,), (1.0,))[1] == pytest.approx(1.0)


def inverse_hessian(a):
    return np.sum(optimize.minimize(lambda x: np.sum((x - a) ** 2), np.zeros(2)).hess_inv)


def bounded(a):
    return optimize.minimize(lambda x: np.sum((x - a) ** 2), np.zeros(2), bounds=[(0, 1), (0, 1)]).x[0]


def interpolated(a):
    found = integrate.solve_ivp(lambda t, y: -a * y, (0.0, 1.0), [1.0], dense_output=True)
    return found.sol(0.5)[0]


def counted(a):
    calls = []

    def equation(x):
        calls.append(x)
        return x**3 - a

    return optimize.brentq(equation, 0.0, 5.0)


def without_value(a):
    def integrand(x):
        a * x

    return integrate.quad(integrand, 0.0, 1.0)[0]


REFUSED = [inverse_hessian, bounded, interpolated, counted, without_value]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_has_no_rule_is_refused(f):
    with pytest.raises(transad.errors.UnsupportedError):
        transad.grad(f)(1.3)
