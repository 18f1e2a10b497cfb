"""Ordinary differential equations: `scipy.integrate.solve_ivp` and `odeint`.

Forward mode integrates the state and its tangent together. Reverse mode integrates the adjoint equation back
from each output time to the one before, together with the state, which starts anew from what was found there
(R. Chen et al., "Neural Ordinary Differential Equations", 2018). Both take the solver's method and its
tolerances, and are as exact. An equation that cannot be integrated backwards, as a stiff one, is found out
by the state: it has to come back to where it was.
"""

import numpy as np
from scipy import integrate

import transad
from transad.analysis.shape_rules.solvers import a_solution, states_by_time
from transad.rules.helpers import known, retraced, run_time, vanishes
from transad.rules.implicit import after, as_floats, closed, field, in_places, is_closed, tangents, wanted
from transad.rules.registry import expansion, jvp, nondifferentiable, vjp


def trajectory(y, f, t0, t, y0, args, method, rtol, atol):
    """y, whose columns are the states at times t of dy/dt = f(t, y, *args) that starts from y0 at t0."""
    return y


@jvp(trajectory, result=lambda fn, y, **rest: y.type, alias="same")
def _(found, y_dot, f_dot, t0_dot, t_dot, y0_dot, args_dot, y, f, t0, t, y0, args, method, rtol, atol):
    n = len(y0)
    dots = tangents(args_dot, args)

    def ahead(s, z):
        slope, change = transad.jvp(f, (s, z[:n], *args), (None, z[n:], *dots))
        return np.concatenate([slope, change])

    change = y0_dot if vanishes(t0_dot) else y0_dot - f(t0, y0, *args) * t0_dot
    start = np.concatenate([y0, change])
    z = integrate.solve_ivp(ahead, (t0, t[-1]), start, method, t, rtol=rtol, atol=atol).y
    change = z[n:]
    return change if vanishes(t_dot) else change + slopes(f, t, found, args) * t_dot


def slopes(f, t, y, args):
    """The slope at each of the times, in columns."""
    columns = np.zeros_like(y)
    for k in range(run_time(len(t))):
        columns[:, k] = f(t[k], y[:, k], *args)
    return columns


@vjp(trajectory, result=lambda fn, y, **rest: y.type, alias="same")
def _(y_bar, found, y, f, t0, t, y0, args, method, rtol, atol):
    n = len(y0)
    which = wanted(args)

    def back(s, z):
        slope, pull = transad.vjp(f, s, z[:n], *args, wrt=(1, *after(which, 2)))
        bars = pull(z[n : 2 * n])
        return np.concatenate([slope, *[-np.ravel(bar) for bar in bars]])

    times = np.concatenate([[t0], t])
    states = np.concatenate([y0[:, None], found], axis=1)
    lost = 100.0 * (atol + rtol * np.max(np.abs(found)))
    z = np.zeros(2 * n + sum([np.size(args[k]) for k in which]))
    for k in reversed(range(run_time(len(t)))):
        z = np.concatenate([states[:, k + 1], z[n : 2 * n] + y_bar[:, k], z[2 * n :]])
        if times[k] != times[k + 1]:
            span = times[k + 1], times[k]
            stretch = integrate.solve_ivp(back, span, z, method, times[k : k + 1], rtol=rtol, atol=atol)
            z = retraced(stretch.y[:, 0], states[:, k], lost)
    adjoint = z[n : 2 * n]
    bars, end = [], 2 * n
    for k in which:
        start, end = end, end + np.size(args[k])
        bars.append(z[start] if np.ndim(args[k]) == 0 else np.reshape(z[start:end], np.shape(args[k])))
    t0_bar = -(adjoint @ f(t0, y0, *args))
    t_bar = np.sum(y_bar * slopes(f, t, found, args), axis=0)
    return None, None, t0_bar, t_bar, adjoint, in_places(bars, which, args)


class Trajectory:
    """What `solve_ivp` returned."""

    def __init__(self, report, t, y):
        self.report, self.t, self.y, self.sol, self.t_events, self.y_events = report, t, y, None, None, None

    def __getattr__(self, name):
        if name not in ("nfev", "njev", "nlu", "status", "message", "success"):
            raise NotImplementedError("this attribute of a solution has no rule", "take t or y")
        return field(self.report, name)

    def __getitem__(self, name):
        return getattr(self, name)


def least(atol):
    return atol if isinstance(atol, (int, float)) else np.min(np.asarray(atol))


nondifferentiable(integrate.solve_ivp, result=a_solution)
nondifferentiable(integrate.odeint, result=states_by_time)


@expansion(integrate.solve_ivp)
def _(fun, t_span, y0, method="RK45", t_eval=None, dense_output=False, events=None, vectorized=False,
      args=None, *, first_step=None, max_step=np.inf, rtol=1e-3, atol=1e-6):  # fmt: skip
    if is_closed(fun):
        return NotImplemented
    if dense_output or events is not None or vectorized:
        raise NotImplementedError(
            "scipy.integrate.solve_ivp with dense_output, events or vectorized", "pass the times as t_eval"
        )
    given = () if args is None else args
    start = as_floats(y0)
    first, last = t_span

    def rhs(t, y):
        return np.asarray(fun(t, y, *given))

    f, needed = closed(rhs, (0.0, start), fun)
    report = integrate.solve_ivp(
        f, (first, last), start, method, t_eval, args=needed, first_step=first_step, max_step=max_step,
        rtol=rtol, atol=atol,
    )  # fmt: skip
    if t_eval is None:
        t = field(report, "t", start[start == start])  # of a length of its own
        if not known(first) or not known(last):
            t = np.concatenate([[first], t[1:-1], [last]])
    else:
        t = np.asarray(t_eval)
    y = field(report, "y", np.outer(start, t))
    return Trajectory(report, t, trajectory(y, f, first, t, start, needed, method, rtol, least(atol)))


@expansion(integrate.odeint)
def _(func, y0, t, args=(), Dfun=None, col_deriv=0, full_output=0, ml=None, mu=None, rtol=None, atol=None,
      tcrit=None, h0=0.0, hmax=0.0, hmin=0.0, ixpr=0, mxstep=0, mxhnil=0, mxordn=12, mxords=5, printmessg=0,
      tfirst=False):  # fmt: skip
    if is_closed(func):
        return NotImplemented
    if full_output or Dfun is not None:
        raise NotImplementedError("scipy.integrate.odeint with full_output or Dfun", "leave it out")
    start = np.atleast_1d(as_floats(y0))
    t = np.asarray(t)

    def rhs(t, y):
        return np.asarray(func(t, y, *args) if tfirst else func(y, t, *args))

    def as_given(y, t):
        return np.asarray(func(y, t, *args))

    f, needed = closed(rhs, (0.0, start), None)
    if tfirst:
        g, passed = closed(rhs, (0.0, start), func)
    else:
        g, passed = closed(as_given, (start, 0.0), func)
    y = integrate.odeint(
        g, start, t, passed, rtol=rtol, atol=atol, tcrit=tcrit, h0=h0, hmax=hmax, hmin=hmin, mxstep=mxstep,
        tfirst=tfirst,
    )  # fmt: skip
    tight = (1.49012e-8 if rtol is None else rtol), (1.49012e-8 if atol is None else least(atol))
    return trajectory(y.T, f, t[0], t, start, needed, "LSODA", *tight).T
