"""Roots, fixed points and minima found by `scipy.optimize`: by the implicit function theorem.

A solver is called as it stands; what it finds depends on what its function reads through the equation that
holds there. Starting points, brackets and tolerances have no derivative. Derivatives are as exact as the
solution.
"""

import numpy as np
from scipy import optimize

import transad
from transad.analysis.shape_rules.solvers import a_solution, like_the_start, number_and_report, start_and_flag
from transad.rules.helpers import known
from transad.rules.implicit import as_floats, closed, extreme, field, implied, is_closed
from transad.rules.registry import expansion, nondifferentiable

TOLD = """converged flag function_calls iterations maxcv message method nfev nhev nit njev optimality status
    success""".split()  # what is told about a solution and has no derivative


class Solution:
    """What a solver returned. Its `x` (or `root`) and its `fun` depend on what the function reads."""

    def __init__(self, report, x, f, args):
        self.report, self.x, self.root, self.f, self.args = report, x, x, f, args

    @property
    def fun(self):
        return self.f(self.x, *self.args)

    def __getattr__(self, name):
        if name not in TOLD:
            raise NotImplementedError(
                "this attribute of a solution has no rule", "x, fun, cost and counts have: compute it from x"
            )
        return field(self.report, name)

    def __getitem__(self, name):
        return getattr(self, name)


class Minimum(Solution):
    @property
    def fun(self):
        return extreme(field(self.report, "fun", 0.0), self.f, self.x, self.args)


class Fit(Solution):
    def __init__(self, report, x, f, args, total, total_args):
        self.report, self.x, self.f, self.args = report, x, f, args
        self.total, self.total_args = total, total_args

    @property
    def cost(self):
        return extreme(field(self.report, "cost", 0.0), self.total, self.x, self.total_args)


def starting(x0):
    """A starting point as solvers take it: a vector of floats."""
    x = as_floats(x0)
    return x if np.ndim(x) == 1 else np.ravel(x)


def refuse_callback(callback):
    if callback is not None:
        raise NotImplementedError("a solver with a callback", "leave it out")


# ----- systems of equations

nondifferentiable(optimize.root, optimize.root_scalar, result=a_solution)
nondifferentiable(optimize.fsolve, result=like_the_start)


@expansion(optimize.root)
def _(fun, x0, args=(), method="hybr", jac=None, tol=None, callback=None, options=None):
    if is_closed(fun):
        return NotImplemented
    refuse_callback(callback)
    if jac is True:
        raise NotImplementedError("scipy.optimize.root with jac=True", "give the Jacobian as a function")
    start = starting(x0)
    f, df, given = system(fun, jac, start, args)
    report = optimize.root(f, start, given, method, df, tol, None, options)
    return Solution(report, implied(field(report, "x", start), f, given), f, given)


@expansion(optimize.fsolve)
def _(func, x0, args=(), fprime=None, full_output=False, col_deriv=False, xtol=1.49012e-08, maxfev=0,
      band=None, epsfcn=None, factor=100, diag=None):  # fmt: skip
    if is_closed(func):
        return NotImplemented
    if full_output:
        raise NotImplementedError("scipy.optimize.fsolve with full_output", "use scipy.optimize.root")
    start = starting(x0)
    f, df, given = system(func, fprime, start, args)
    x = optimize.fsolve(f, start, given, df, False, col_deriv, xtol, maxfev, band, epsfcn, factor, diag)
    return implied(x, f, given)


def system(fun, jac, start, args):
    """The function of a system and its Jacobian, if there is one, for a solver."""

    def f(x):
        y = np.asarray(fun(x, *args))
        return y if np.ndim(y) == 1 else np.atleast_1d(y)

    def df(x):
        return np.asarray(jac(x, *args))

    if not callable(jac):
        closed_f, given = closed(f, (start,), fun)
        return closed_f, jac, given
    (closed_f, closed_df), given = closed((f, df), (start,), (fun, jac))
    return closed_f, closed_df, given


# ----- equations in one unknown


def bracketed(solver):
    nondifferentiable(solver, result=number_and_report)

    @expansion(solver)
    def _(f, a, b, args=(), xtol=2e-12, rtol=8.881784197001252e-16, maxiter=100, full_output=False,
          disp=True):  # fmt: skip
        if is_closed(f):
            return NotImplemented
        g, given = equation(f, 0.0, args)
        found = solver(g, a, b, given, xtol, rtol, maxiter, full_output, disp)
        if full_output:
            return implied(found[0], g, given), Solution(found[1], implied(found[0], g, given), g, given)
        return implied(found, g, given)


def equation(fun, start, args):
    def f(x):
        return fun(x, *args)

    return closed(f, (start,), fun)


for solver in (optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect):
    bracketed(solver)

nondifferentiable(optimize.newton, result=like_the_start)


@expansion(optimize.newton)
def _(func, x0, fprime=None, args=(), tol=1.48e-08, maxiter=50, fprime2=None, x1=None, rtol=0.0,
      full_output=False, disp=True):  # fmt: skip
    if is_closed(func):
        return NotImplemented
    if full_output:
        raise NotImplementedError("scipy.optimize.newton with full_output", "use scipy.optimize.root_scalar")
    start = float(x0) if np.ndim(x0) == 0 else as_floats(x0)
    f, slopes, given = with_slopes(func, fprime, fprime2, start, args)
    x = optimize.newton(f, start, slopes[0], given, tol, maxiter, slopes[1], x1, rtol, False, disp)
    return implied(x, f, given)


def with_slopes(fun, fprime, fprime2, start, args):
    """A function and its derivatives, as far as they are given, for a solver."""

    def f(x):
        return fun(x, *args)

    def slope(x):
        return fprime(x, *args)

    def curvature(x):
        return fprime2(x, *args)

    if not callable(fprime):
        g, given = closed(f, (start,), fun)
        return g, (fprime, None), given
    if not callable(fprime2):
        (g, g1), given = closed((f, slope), (start,), (fun, fprime))
        return g, (g1, None), given
    (g, g1, g2), given = closed((f, slope, curvature), (start,), (fun, fprime, fprime2))
    return g, (g1, g2), given


@expansion(optimize.root_scalar)
def _(f, args=(), method=None, bracket=None, fprime=None, fprime2=None, x0=None, x1=None, xtol=None,
      rtol=None, maxiter=None, options=None):  # fmt: skip
    if is_closed(f):
        return NotImplemented
    if fprime is True:
        raise NotImplementedError("scipy.optimize.root_scalar with fprime=True", "give it as a function")
    g, (g1, g2), given = with_slopes(f, fprime, fprime2, 0.0, args)
    report = optimize.root_scalar(g, given, method, bracket, g1, g2, x0, x1, xtol, rtol, maxiter, options)
    return Solution(report, implied(field(report, "root", 0.0), g, given), g, given)


nondifferentiable(optimize.fixed_point, result=like_the_start)


@expansion(optimize.fixed_point)
def _(func, x0, args=(), xtol=1e-08, maxiter=500, method="del2"):
    if is_closed(func):
        return NotImplemented
    start = float(x0) if np.ndim(x0) == 0 else as_floats(x0)

    def f(x):
        return func(x, *args)

    def change(x):
        return func(x, *args) - x

    g, given = closed(f, (start,), func)
    h, needed = closed(change, (start,), func)
    return implied(optimize.fixed_point(g, start, given, xtol, maxiter, method), h, needed)


# ----- minima: the gradient vanishes

nondifferentiable(optimize.minimize, optimize.minimize_scalar, optimize.least_squares, result=a_solution)


def stationary(objective, start):
    """The gradient of a function, and what it reads."""

    def gradient(x):
        return transad.grad(objective)(x)

    return closed(gradient, (start,), None)


@expansion(optimize.minimize)
def _(fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, constraints=(), tol=None,
      callback=None, options=None):  # fmt: skip
    if is_closed(fun):
        return NotImplemented
    refuse_callback(callback)
    if bounds is not None or hessp is not None or constraints != ():
        raise NotImplementedError(
            "scipy.optimize.minimize with bounds, constraints or hessp",
            "make it a minimum without: by other variables, or with a penalty",
        )
    start = starting(x0)

    def value(x):
        return fun(x, *args)

    def value_of_pair(x):
        return fun(x, *args)[0]

    def pair(x):
        y, gradient = fun(x, *args)
        return y, np.asarray(gradient)

    def slope(x):
        return np.asarray(jac(x, *args))

    def curvature(x):
        return np.asarray(hess(x, *args))

    objective = value_of_pair if jac is True else value
    f, given = closed(objective, (start,), fun)
    g, needed = stationary(objective, start)
    if jac is True:
        p, passed = closed(pair, (start,), fun)
        report = optimize.minimize(p, start, passed, method, True, hess, None, None, (), tol, None, options)
    elif callable(jac) and callable(hess):
        (p, p1, p2), passed = closed((value, slope, curvature), (start,), (fun, jac, hess))
        report = optimize.minimize(p, start, passed, method, p1, p2, None, None, (), tol, None, options)
    elif callable(jac):
        (p, p1), passed = closed((value, slope), (start,), (fun, jac))
        report = optimize.minimize(p, start, passed, method, p1, None, None, None, (), tol, None, options)
    else:
        report = optimize.minimize(f, start, given, method, jac, None, None, None, (), tol, None, options)
    return Minimum(report, implied(field(report, "x", start), g, needed), f, given)


@expansion(optimize.minimize_scalar)
def _(fun, bracket=None, bounds=None, args=(), method=None, tol=None, options=None):
    if is_closed(fun):
        return NotImplemented
    if bounds is not None:
        raise NotImplementedError(
            "scipy.optimize.minimize_scalar with bounds", "give it a bracket, or change the variable"
        )

    def value(x):
        return fun(x, *args)

    def slope(x):
        return transad.derivative(value)(x)

    f, given = closed(value, (0.0,), fun)
    g, needed = closed(slope, (0.0,), None)
    report = optimize.minimize_scalar(f, bracket, None, given, method, tol, options)
    return Minimum(report, implied(field(report, "x", 0.0), g, needed), f, given)


@expansion(optimize.least_squares)
def _(fun, x0, jac="2-point", bounds=None, method="trf", ftol=1e-08, xtol=1e-08, gtol=1e-08, x_scale=None,
      loss="linear", f_scale=1.0, diff_step=None, tr_solver=None, tr_options=None, jac_sparsity=None,
      max_nfev=None, verbose=0, args=(), kwargs=None):  # fmt: skip
    if is_closed(fun):
        return NotImplemented
    if bounds is not None or loss != "linear" or kwargs is not None or jac_sparsity is not None:
        raise NotImplementedError(
            "scipy.optimize.least_squares with bounds, a loss, keyword arguments or a sparse Jacobian",
            "write the loss as a function, and use scipy.optimize.minimize",
        )
    start = starting(x0)

    def total(x):
        r = fun(x, *args)
        return 0.5 * np.sum(np.asarray(r) ** 2)

    f, df, given = system(fun, jac, start, args)
    whole, whole_args = closed(total, (start,), None)
    g, needed = stationary(total, start)
    report = optimize.least_squares(
        f, start, df, method=method, ftol=ftol, xtol=xtol, gtol=gtol, diff_step=diff_step, args=given,
        tr_solver=tr_solver, x_scale=1.0 if x_scale is None else x_scale, max_nfev=max_nfev, verbose=verbose,
    )  # fmt: skip
    return Fit(report, implied(field(report, "x", start), g, needed), f, given, whole, whole_args)


nondifferentiable(optimize.leastsq, result=start_and_flag)


@expansion(optimize.leastsq)
def _(func, x0, args=(), Dfun=None, full_output=False, col_deriv=False, ftol=1.49012e-08, xtol=1.49012e-08,
      gtol=0.0, maxfev=0, epsfcn=None, factor=100, diag=None):  # fmt: skip
    if is_closed(func):
        return NotImplemented
    if full_output or col_deriv:
        raise NotImplementedError("scipy.optimize.leastsq with full_output or col_deriv", "use least_squares")
    args = args if isinstance(args, tuple) else (args,)
    start = starting(x0)

    def total(x):
        return 0.5 * np.sum(np.asarray(func(x, *args)) ** 2)

    f, df, given = system(func, Dfun, start, args)
    g, needed = stationary(total, start)
    x, flag = optimize.leastsq(
        f, start, given, df, False, False, ftol, xtol, gtol, maxfev, epsfcn, factor, diag
    )
    return implied(x, g, needed), flag


@expansion(optimize.curve_fit)
def _(f, xdata, ydata, p0=None, sigma=None, absolute_sigma=False):
    """The least squares of the residuals, and the covariance from their Jacobian."""
    if p0 is None or sigma is not None and np.ndim(sigma) > 1:
        raise NotImplementedError("curve_fit without p0, or with a matrix sigma", "give a starting point")
    start = starting(p0)
    if not known(len(start)):
        raise NotImplementedError("curve_fit with a number of parameters that is not known", "make p0 a list")

    def residuals(p):
        r = f(xdata, *[p[k] for k in range(len(start))]) - ydata
        return r if sigma is None else 1.0 / sigma * r

    x, flag = optimize.leastsq(residuals, start)
    jac, left = transad.jacobian(residuals)(x), residuals(x)
    covariance = np.linalg.inv(jac.T @ jac)
    if not absolute_sigma:
        covariance = covariance * (np.sum(left**2) / (len(left) - len(start)))
    return x, covariance
