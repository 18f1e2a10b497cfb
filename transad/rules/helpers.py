"""What rules are written with where NumPy has no word for it, and the rules of these words.

Each is an ordinary function (in `transad.runtime`) and a linear primitive, so that a rule that uses
it can be differentiated again. `broadcast_like` is mostly a marker: the passes drop it where what
comes next broadcasts anyway, as they drop `unbroadcast` where the types show equal shapes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.rules.registry import jvp, linear, nondifferentiable, partials, vjp
from transad.runtime import (
    add_at,
    broadcast_like,
    checkpoints,
    cofactors,
    cofactors_along,
    fails,
    i0_derivative,
    last_written,
    polygamma,
    recurrence,
    retraced,
    root_of_passes,
    row_order,
    sinc_derivative,
    sparse_product,
    sparse_with_entries,
    unbroadcast,
    update,
    within,
    zeros_like,
)

__all__ = [
    "add_at",
    "along",
    "as_given",
    "broadcast_like",
    "cofactors",
    "cofactors_along",
    "divides",
    "expand_reduced",
    "fails",
    "filling",
    "finite",
    "from_front",
    "i0_derivative",
    "identity",
    "inverse",
    "known",
    "known_equal",
    "known_symmetric",
    "last_written",
    "log_determinant_weight",
    "may_be_one",
    "newer",
    "nonzero",
    "open_grid",
    "polygamma",
    "recurrence",
    "retraced",
    "row_order",
    "run_time",
    "same_shape",
    "settled_dtype",
    "shaped_as",
    "sinc_derivative",
    "sparse_product",
    "sparse_with_entries",
    "surely_complex",
    "surely_finite",
    "to_front",
    "unbroadcast",
    "update",
    "vanishes",
    "with_shape_of",
    "within",
    "zeros_like",
]


def known(x: Any) -> bool:
    """Does the compiler know this number? Decided while compiling; Python numbers stand for that
    when a rule is run as it stands."""
    return isinstance(x, (int, float, np.dtype))


def may_be_one(a: Any, axis: int) -> bool | None:
    """Has this axis of `a` length 1? Decided while compiling: None where it is not known then."""
    return np.shape(a)[axis] == 1


def surely_complex(x: Any) -> bool:
    """Does the compiler know that `x` is complex? Decided while compiling."""
    return np.iscomplexobj(x)


def divides(y: Any) -> bool:
    """Is something divided by `y`, or the logarithm of `y` taken? Decided while compiling."""
    return False


def surely_finite(x: Any) -> bool:
    """Is `x` finite if the arguments of the function are? Decided while compiling."""
    return False


def with_shape_of(x: Any, g: Any) -> Any:
    """`g`, of which the compiler shall know that it has the shape of `x`."""
    return g


def known_equal(m: Any, n: Any) -> bool:
    """Are two lengths known to be equal? Decided while compiling."""
    return m == n


def known_symmetric(a: Any) -> bool:
    """Does the compiler know that a matrix is symmetric? Decided while compiling."""
    return False


def log_determinant_weight(y_bar: Any, y: Any) -> Any:
    """The number g if `y_bar` is known to be the adjoint of `g * np.sum(np.log(np.diagonal(y)))`, else None.
    Decided while compiling."""
    return None


def identity(n: Any, dtype: Any) -> Any:
    """`np.eye(n)` of a dtype, which is not mentioned where it is known to be the usual one."""
    return np.eye(n) if known(dtype) and dtype == np.float64 else np.eye(n, dtype=dtype)


def run_time(n: int) -> int:
    """A number that the compiler shall not count with: a loop so often is not taken pass by pass."""
    return n


def vanishes(x: Any) -> bool:
    """Is this tangent or adjoint zero for want of one? Decided while compiling; the number 0.0 stands for
    one when a rule is run as it stands."""
    return isinstance(x, float) and x == 0.0


def filling(g: Any) -> Any:
    """The number that an adjoint is filled with, as that of what is summed up is; None if there is no such
    number. Decided while compiling."""
    return None


def newer(module: Any, *names: str) -> list[Any]:
    """Those of the functions that this version of NumPy has."""
    return [getattr(module, name) for name in names if hasattr(module, name)]


def same_shape(a: Any, b: Any) -> bool:
    """Does the compiler know that two arrays have one shape?"""
    return np.shape(a) == np.shape(b)


def settled_dtype(x: Any) -> Any:
    """The dtype of an array of numbers like `x`. Decided while compiling, refused where it depends on the
    path taken."""
    return np.asarray(x).dtype


def inverse(axes: Any) -> tuple[int, ...]:
    """The permutation that undoes `axes`."""
    n = len(axes)
    return tuple([j for k in range(n) for j in range(n) if axes[j] % n == k])


def along(axis: int, index: Any, ndim: int) -> Any:
    """The index that applies `index` to one axis and takes all of the axes before it."""
    return index if axis % ndim == 0 else (slice(None),) * (axis % ndim) + (index,)


def open_grid(a: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """The index tuple with which `a[...]` is `np.take_along_axis(a, indices, axis)`."""
    n = np.ndim(a)
    grid = []
    for k in range(n):
        if k == axis % n:
            grid.append(indices)
        else:
            grid.append(np.reshape(np.arange(np.shape(a)[k]), (-1,) + (1,) * (n - 1 - k)))
    return tuple(grid)


def as_given(items: list[Any], sequence: Any) -> Any:
    """Adjoints of the items of a sequence: a tuple for a tuple, else a list."""
    return tuple(items) if isinstance(sequence, tuple) else items


def nonzero(y: Any) -> Any:
    """`y` with 1 in place of 0: a divisor where what is divided is zero as well."""
    if np.ndim(y) == 0:
        return y if y != 0.0 else 1.0
    return np.where(y == 0.0, 1.0, y)


def to_front(x: Any, axis: int) -> Any:
    """The array with one axis first."""
    return x if np.ndim(x) == 1 or axis == 0 else np.moveaxis(x, axis, 0)


def from_front(x: Any, axis: int) -> Any:
    """The array with the first axis back where it was."""
    return x if np.ndim(x) == 1 or axis == 0 else np.moveaxis(x, 0, axis)


def shaped_as(x: Any, y: Any) -> Any:
    """`x` in the shape of `y`, which has as many entries."""
    return x if np.ndim(x) == np.ndim(y) else np.reshape(x, np.shape(y))


def finite(y: Any) -> Any:
    """`y` with 0 in place of infinities and NaN, as of the logarithm of a sum of nothing but zeros."""
    if np.ndim(y) == 0:
        return y if np.isfinite(y) else 0.0
    return np.where(np.isfinite(y), y, 0.0)


def expand_reduced(g: Any, a: Any, axis: Any, keepdims: bool) -> Any:
    """A result of reducing `a`, with the reduced axes put back (length 1) so far as broadcasting
    against `a` needs them."""
    if keepdims or axis is None or axis == 0 or np.ndim(g) == 0 or np.ndim(a) < 2:
        return g
    return np.expand_dims(g, axis)


@linear(broadcast_like, inert=("x",))
def _(y_bar, g, x):
    return unbroadcast(y_bar, g)


@linear(unbroadcast, inert=("x",))
def _(y_bar, g, x):
    return broadcast_like(y_bar, g)


@linear(add_at, wrt=("x", "v"))
def _(y_bar, x, index, v):
    return y_bar, y_bar[index]


@linear(update, wrt=("x", "v"))
def _(y_bar, x, v, index):
    return update(y_bar, 0.0, index), y_bar[index]


@linear(last_written, inert=("x",))
def _(y_bar, v, x, index):
    return last_written(y_bar, x, index)


@vjp(retraced, inert=("state", "lost"), result=lambda fn, z, **rest: z.type)
def _(y_bar, y, z, state, lost):
    return y_bar


@jvp(retraced, inert=("state", "lost"), result=lambda fn, z, **rest: z.type)
def _(y, z_dot, z, state, lost):
    return z_dot


@vjp(within, inert=("low", "high"), result=lambda fn, x, **rest: x.type)
def _(y_bar, y, x, low, high):
    return y_bar


@jvp(within, inert=("low", "high"), result=lambda fn, x, **rest: x.type)
def _(y, x_dot, x, low, high):
    return x_dot


@partials(sinc_derivative)
def _(y, x, n):
    return sinc_derivative(x, n + 1), None


@partials(i0_derivative)
def _(y, x, n):
    return i0_derivative(x, n + 1), None


@partials(polygamma)
def _(y, n, x):
    return None, polygamma(n + 1, x)


# The adjoint of a recurrence is the same recurrence, run backwards: b_bar[k] = s_bar[k] +
# a[k + 1] b_bar[k + 1]. What is rolled into the first place is never read.
@vjp(recurrence)
def _(s_bar, s, a, b):
    b_bar = recurrence(np.roll(a[::-1], 1, axis=0), s_bar[::-1])[::-1]
    a_bar = np.zeros_like(b_bar)
    a_bar[1:] = b_bar[1:] * s[:-1]
    return a_bar, b_bar


@jvp(recurrence)
def _(s, a_dot, b_dot, a, b):
    growth = np.zeros_like(s)
    growth[1:] = a_dot[1:] * s[:-1]
    return recurrence(a, growth + b_dot)


nondifferentiable(fails, zeros_like, row_order, checkpoints, root_of_passes)
