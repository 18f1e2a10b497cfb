"""The few functions that emitted code may call where NumPy has none: short, pure NumPy, readable.

They are ordinary primitives to the compiler; their own derivatives stand in `transad.rules.helpers`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def unbroadcast(g: Any, x: Any) -> Any:
    """`g`, which has a shape that `x` was broadcast to, summed over the axes that were stretched."""
    shape = x.shape if hasattr(x, "shape") else np.shape(x)
    if hasattr(g, "shape") and g.shape == shape or np.shape(g) == shape:
        return g
    if not shape:
        return np.sum(g)
    added = np.ndim(g) - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1]
    return np.sum(g, axis=(*range(added), *stretched)).reshape(shape)


def broadcast_like(g: Any, x: Any) -> Any:
    """`g` broadcast to the shape of `x`: a view that must not be written to."""
    return g if np.shape(g) == np.shape(x) else np.broadcast_to(g, np.shape(x))


def add_at(x: Any, index: Any, v: Any) -> Any:
    """A copy of `x` with `v` added at `index`; what is indexed repeatedly gets every addend."""
    out = np.array(x)
    np.add.at(out, index, v)
    return out


def added_at(x: Any, key: Any, v: Any) -> Any:
    """`x` with `v` added to its item or part, in place where `x` is no tuple."""
    if isinstance(v, (tuple, list, dict)):
        item = x[key] if isinstance(v, tuple) else type(v)(x[key])
        for k in v if isinstance(v, dict) else range(len(v)):
            item = added_at(item, k, v[k])
    elif isinstance(x, (tuple, list, dict)):
        item = x[key] + v
    else:
        np.add.at(x, key, v)
        return x
    if isinstance(x, tuple):
        items = [*x[:key], item, *x[key:][1:]]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    x[key] = item
    return x


def update(x: Any, v: Any, index: Any) -> Any:
    """A copy of `x` in which `x[index] = v`."""
    out = np.array(x)
    out[index] = v
    return out


def last_written(v: Any, x: Any, index: Any) -> Any:
    """`v`, what was read from `x[index]`, where writing to `x[index]` leaves a trace; zeros where the same
    place is written again by a later repetition of its index."""
    number = np.arange(np.size(v)).reshape(np.shape(v))
    left = np.empty(np.shape(x), int)
    left[index] = number
    return np.where(left[index] == number, v, 0.0)


def cofactors(a: Any) -> Any:
    """The derivative of `np.linalg.det(a)`: the transpose of its inverse times the determinant, which a
    singular matrix has as well."""
    try:
        return np.linalg.det(a)[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)
    except np.linalg.LinAlgError:
        u, s, vt = np.linalg.svd(a)
        others = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1.0, s[..., None, :]), axis=-1)
        return np.linalg.det(u @ vt)[..., None, None] * np.conj(u * others[..., None, :] @ vt)


def cofactors_along(x: Any, a: Any) -> Any:
    """The derivative of `cofactors(a)` along `x`, which is a symmetric map of x. By singular values, since of
    a matrix that is nearly singular the inverse would not do."""
    u, s, vt = np.linalg.svd(a)
    one, zero, factor = np.eye(s.shape[-1], dtype=bool), s == 0.0, np.where(s == 0.0, 1.0, s)
    zeros = np.sum(zero, axis=-1)[..., None, None] - zero[..., None, :] * 1 - zero[..., :, None] * 1
    others = np.prod(factor, axis=-1)[..., None, None] / (factor[..., None, :] * factor[..., :, None])
    others = np.where((zeros > 0) | one, 0.0, others)  # the products of all singular values but two
    z = np.conj(np.swapaxes(u, -1, -2)) @ x @ np.conj(np.swapaxes(vt, -1, -2))
    own = others @ np.diagonal(z, axis1=-2, axis2=-1)[..., None]
    inner = np.where(one, own, -np.swapaxes(z, -1, -2) * others)
    return np.linalg.det(u @ vt)[..., None, None] * (np.conj(u) @ inner @ np.conj(vt))


def zeros_like(x: Any) -> Any:
    """The zero of the same structure: a number for a number, an array for an array, and so on."""
    if isinstance(x, (tuple, list)):
        items = [zeros_like(item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {key: zeros_like(value) for key, value in x.items()}
    if x is None:
        return 0.0
    return np.zeros_like(x)[()] if hasattr(x, "dtype") else type(x)(0)


def plus(total: Any, x: Any) -> Any:
    """`total + x`, where the sum may be taken in any order."""
    return total + x


def rolled(x: Any, shift: Any) -> Any:
    """`np.roll(x, shift)` of a vector, entry by entry."""
    n, out = len(x), np.empty_like(x)
    moved = shift % max(n, 1)
    for i in range(n - moved):
        out[moved + i] = x[i]
    for i in range(moved):
        out[i] = x[n - moved + i]
    return out


def recurrence(a: Any, b: Any) -> Any:
    """The solution of s[0] = b[0], s[k] = a[k] * s[k - 1] + b[k] along the first axis.

    In blocks of about sqrt(n) steps, all blocks at once, and then from block to block: O(n) work in
    O(sqrt(n)) array operations, and no division, so that zeros in `a` do no harm.
    """
    n = len(b)
    width = math.isqrt(n) + 1
    blocks = -(-n // width)
    s = np.zeros((blocks * width, *b.shape[1:]), np.result_type(a, b))
    p = np.zeros_like(s)
    s[:n], p[:n] = b, a
    s = s.reshape(blocks, width, *b.shape[1:])
    p = p.reshape(s.shape)  # becomes the products of `a` from the start of each block
    for k in range(1, width):
        s[:, k] += p[:, k] * s[:, k - 1]
        p[:, k] *= p[:, k - 1]
    for j in range(1, blocks):
        s[j] += p[j] * s[j - 1, -1]
    return s.reshape(blocks * width, *b.shape[1:])[:n]


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of digamma at a number x (Abramowitz and Stegun 6.4.6, 6.4.11)."""
    sign = -1.0 if n % 2 == 0 else 1.0
    factor = sign * math.factorial(n)
    total = 0.0
    while x < 12.0 + n:  # shift to where the asymptotic series converges
        total += factor / x ** (n + 1)
        x += 1.0
    if n == 0:
        total += math.log(x) - 0.5 / x
    else:
        total += sign * (math.factorial(n - 1) / x**n + math.factorial(n) / (2.0 * x ** (n + 1)))
    for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), start=1):
        order = 2 * k + n
        total += sign * bernoulli * math.factorial(order - 1) / (math.factorial(2 * k) * x**order)
    return total


def sinc_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of `np.sinc`.

    From x sinc(x) = sin(pi x) / pi, differentiated n times; by the Taylor series where that cancels.
    """
    near = np.abs(x) < 0.5 + 0.3 * n
    far = np.where(near, 1.0, x)
    value = np.sinc(far)
    for k in range(1, n + 1):
        value = (math.pi ** (k - 1) * np.sin(math.pi * far + k * math.pi / 2.0) - k * value) / far
    series = 0.0 * far
    small = np.where(near, x, 0.0)
    for k in range((n + 1) // 2, 20 + 4 * n):
        power = 2 * k - n
        scale = (-1.0) ** k * math.exp(2 * k * math.log(math.pi) - math.lgamma(power + 1)) / (2 * k + 1)
        series = series + scale * small**power
    return np.where(near, series, value)[()]


def i0_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of `np.i0`: the mean of exp(x cos t) cos(t)**n over a period.

    The trapezoidal rule converges exponentially here (Abramowitz and Stegun 9.6.16).
    """
    nodes = 320
    total = 0.0 * x
    for k in range(nodes):
        c = math.cos(2.0 * math.pi * k / nodes)
        total = total + np.exp(c * x) * c**n
    return total / nodes


def root_of_passes(n: int) -> int:
    """So many states that are kept of n passes that none is run more than twice to get on."""
    return math.isqrt(2 * max(n, 0)) + 1


def checkpoints(places: list, t: int, slots: int) -> list:
    """Where to keep states on the way to place t: the binomial schedule of Griewank and Walther.

    `places` are those whose states are kept, and last the one that was come to; so is the result. With s
    slots left, comb(s + r, r) passes can be reversed of which none is run more than r times on the way.
    """
    places = places[:-1]
    while places[-1] < t:
        passes, s = t + 1 - places[-1], max(slots - len(places), 0) + 1
        r = 1
        while math.comb(s + r, r) < passes:
            r += 1
        places.append(places[-1] + min(math.comb(s + r - 1, s), passes - math.comb(s + r - 2, s - 1)))
    return places


def mirror(like: Any, **attributes: Any) -> Any:
    """An object of the class of `like`, with these values in place of some of its attributes."""
    new = object.__new__(type(like))
    vars(new).update({**vars(like), **attributes})
    return new


def retraced(z: Any, state: Any, lost: Any) -> Any:
    """`z`, what was found by integrating back: its first entries must be the state that this began with."""
    if not np.all(np.abs(z[: len(state)] - state) <= lost):
        raise ArithmeticError("the equation cannot be integrated backwards: use forward mode (transad.jvp)")
    return np.array(z)


def within(x: Any, low: Any, high: Any) -> Any:
    """`x`, which must lie between the samples of an interpolation."""
    if np.any(x < low) or np.any(x > high):
        raise ValueError("A value in x_new is outside the interpolation range.")
    return np.array(x)


def sparse_product(a: Any, x: Any) -> Any:
    """A sparse matrix times an array."""
    return a @ x


def sparse_with_entries(kind: Any, data: Any, rows: Any, columns: Any, shape: Any) -> Any:
    """A sparse matrix of a class of SciPy's, with entries at these rows and columns."""
    return kind((data, (rows, columns)), shape=shape)


def fails(f: Any, *args: Any) -> Any:
    """Is the matrix singular, or whatever `f` does not take?"""
    try:
        f(*args)
    except np.linalg.LinAlgError:
        return True
    return False


def row_order(pivots: Any) -> Any:
    """The order of rows after row k and row pivots[k] were exchanged, for each k."""
    order = np.arange(len(pivots))
    for k, j in enumerate(pivots):
        order[[k, j]] = order[[j, k]]
    return order


def add_nested(a: Any, b: Any) -> Any:
    """The sum of two values of the same structure, item by item."""
    if isinstance(a, dict):
        return {key: add_nested(value, b[key]) for key, value in a.items()}
    if isinstance(a, (list, tuple)):
        items = [add_nested(x, y) for x, y in zip(a, b)]
        return type(a)(*items) if hasattr(a, "_fields") else type(a)(items)
    return a + b
