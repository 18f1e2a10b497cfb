"""What is defined by a function: roots, minima, integrals, solutions of differential equations.

A solver takes a function of the user's. It is called as it stands, and no derivative passes through what it
does; how its result depends on the parameters of the function is told by a *mark* around it: a function that
gives back its first argument and has a rule. `implied(x, f, args)` is x, of which it is known that
f(x, *args) = 0. Marks are gone from the emitted code. The words `closed`, `wanted`, ... are answered while
compiling.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import transad
from transad.rules.registry import compile_time, jvp, vjp


def closed(functions: Any, sample: tuple[Any, ...], named: Any) -> tuple[Any, tuple[Any, ...]]:
    """Functions as a solver can call them, and the further arguments it has to hand on.

    `sample` are arguments such as it will call them with; `named` are the functions that names come from.
    """
    return functions, ()


def is_closed(function: Any) -> bool:
    """Did `closed` make this function? Decided while compiling."""
    return True


def field(owner: Any, name: str, like: Any = None) -> Any:
    """An attribute of the object that a solver returns, of the type of `like`."""
    return getattr(owner, name)


def wanted(args: tuple[Any, ...]) -> tuple[int, ...]:
    """The positions of those whose adjoints are asked for. Decided while compiling."""
    return tuple(k for k, x in enumerate(args) if np.asarray(x).dtype.kind in "fc")


def tangents(dots: tuple[Any, ...], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tangents, with None for those that are zero for want of one."""
    return dots


def as_floats(x0):
    """A starting point as solvers take it."""
    x = np.asarray(x0)
    if np.iscomplexobj(x):
        raise NotImplementedError("a solver with a complex starting point", "take real and imaginary parts")
    return x if x.dtype == np.float64 else x.astype(float)


@compile_time
def after(positions, count):
    """Positions of arguments that follow `count` others."""
    return tuple(k + count for k in positions)


@compile_time
def place(positions, k):
    return positions.index(k)


def in_places(bars, positions, args):
    """Adjoints of those arguments, None for all others."""
    return tuple([bars[place(positions, k)] if k in positions else None for k in range(len(args))])


def pulled(function, first, args, y_bar):
    """Adjoints of the further arguments of a function called with `first`."""
    found = wanted(args)
    y, pull = transad.vjp(function, *first, *args, wrt=after(found, len(first)))
    return in_places(pull(y_bar), found, args)


def pushed(function, first, args, first_dots, args_dot):
    """The tangent of a function called with `first`; None for a tangent that is zero."""
    return transad.jvp(function, (*first, *args), (*first_dots, *tangents(args_dot, args)))[1]


# ----- x with f(x, *args) = 0: the implicit function theorem


def implied(x, f, args):
    return x


def solved(f, x, args, b, transposed):
    """b by the Jacobian of f with respect to x, or by its transpose."""
    if np.ndim(x) == 0:
        return b / transad.derivative(f)(x, *args)
    jac = transad.jacobian(f, mode="forward")(x, *args)
    if np.ndim(x) > 1:
        jac = np.reshape(jac, (np.size(x), np.size(x)))
        return np.reshape(np.linalg.solve(jac.T if transposed else jac, np.ravel(b)), np.shape(x))
    return np.linalg.solve(jac.T if transposed else jac, b)


@vjp(implied, result=lambda fn, x, f, args: x.type, alias="same")
def _(x_bar, y, x, f, args):
    return None, None, pulled(f, (y,), args, -solved(f, y, args, x_bar, True))


@jvp(implied, result=lambda fn, x, f, args: x.type, alias="same")
def _(y, x_dot, f_dot, args_dot, x, f, args):
    return -solved(f, y, args, pushed(f, (y,), args, (None,), args_dot), False)


# ----- the least (or greatest) value f(x, *args), at x: the derivative by x is zero there


def extreme(y, f, x, args):
    return y


@vjp(extreme, inert=("x",), result=lambda fn, y, f, x, args: y.type, alias="same")
def _(y_bar, found, y, f, x, args):
    return None, None, None, pulled(f, (x,), args, y_bar)


@jvp(extreme, inert=("x",), result=lambda fn, y, f, x, args: y.type, alias="same")
def _(found, y_dot, f_dot, x_dot, args_dot, y, f, x, args):
    return pushed(f, (x,), args, (None,), args_dot)
