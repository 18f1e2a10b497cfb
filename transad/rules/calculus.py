"""Differences, derivatives and integrals of sampled functions; interpolation between samples."""

import numpy as np

from transad.rules.helpers import add_at, along, known, newer, surely_complex, vanishes
from transad.rules.registry import expansion, jvp, linear, vjp

# ----- differences


def spread_differences(y_bar, zeros, axis):
    """The adjoint of `np.diff`, given zeros in the shape of its argument."""
    n = np.ndim(y_bar)
    zeros[along(axis, slice(1, None), n)] = y_bar
    zeros[along(axis, slice(None, -1), n)] -= y_bar
    return zeros


@linear(np.diff)
def _(y_bar, a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    for k in range(n - 1, -1, -1):
        kept = a if k == 0 else a[along(axis, slice(k, None), np.ndim(a))]
        y_bar = spread_differences(y_bar, np.zeros_like(kept), axis)
    return y_bar


def as_slab(x, a, axis):
    """What is put before or after `a`: a number stands for one entry along the axis."""
    x = np.asarray(x)
    if np.ndim(x) > 0:
        return x
    return np.broadcast_to(x, np.shape(a[along(axis, slice(0, 1), np.ndim(a))]))


@expansion(np.diff)
def _(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    if prepend is np._NoValue and append is np._NoValue:
        return NotImplemented
    a = np.asarray(a)
    parts = [a]
    if prepend is not np._NoValue:
        parts = [as_slab(prepend, a, axis), *parts]
    if append is not np._NoValue:
        parts = [*parts, as_slab(append, a, axis)]
    return np.diff(np.concatenate(parts, axis=axis), n, axis)


@expansion(np.ediff1d)
def _(ary, to_end=None, to_begin=None):
    differences = np.diff(np.ravel(ary))
    if to_end is None and to_begin is None:
        return differences
    parts = [differences]
    if to_begin is not None:
        parts = [in_type_of(differences, np.ravel(to_begin)), *parts]
    if to_end is not None:
        parts = [*parts, in_type_of(differences, np.ravel(to_end))]
    return np.concatenate(parts)


def in_type_of(a, x):
    """`x` in the precision of `a`."""
    return x if x.dtype == a.dtype else x.astype(a.dtype)


# ----- derivatives of samples: central differences, one-sided at the ends


def part(f, axis, start, stop):
    return f[along(axis, slice(start, stop), np.ndim(f))]


def entry(f, axis, k):
    return f[along(axis, k, np.ndim(f))]


def over(difference, h):
    return difference if known(h) and h == 1 else difference / h


def stretched(h, axis, ndim):
    """Numbers along one axis, in a shape that broadcasts."""
    return np.reshape(h, (-1,) + (1,) * (ndim - 1 - axis % ndim)) if ndim > 1 else h


def end_weights(h, k):
    """Of the three points next to an end, at distances h and k from one another."""
    return -(2.0 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k))


def slope_at_end(f, axis, places, weights):
    return (
        weights[0] * entry(f, axis, places[0])
        + weights[1] * entry(f, axis, places[1])
        + weights[2] * entry(f, axis, places[2])
    )


def slope_along(f, spacing, axis, edge_order):
    """`np.gradient` along one axis; the spacing is a number or the places of the samples."""
    n = np.ndim(f)
    slope = np.empty_like(f)
    inner, first, last = along(axis, slice(1, -1), n), along(axis, 0, n), along(axis, -1, n)
    if np.ndim(spacing) == 0:
        slope[inner] = over(part(f, axis, 2, None) - part(f, axis, None, -2), 2.0 * spacing)
        before, second, after, last_but_one = spacing, spacing, spacing, spacing
    else:
        step = np.diff(spacing)
        before, second, after, last_but_one = step[0], step[1], step[-1], step[-2]
        left, right = stretched(step[:-1], axis, n), stretched(step[1:], axis, n)
        slope[inner] = (
            right / left * (part(f, axis, 1, -1) - part(f, axis, None, -2))
            + left / right * (part(f, axis, 2, None) - part(f, axis, 1, -1))
        ) / (left + right)
    if edge_order == 1:
        slope[first] = over(entry(f, axis, 1) - entry(f, axis, 0), before)
        slope[last] = over(entry(f, axis, -1) - entry(f, axis, -2), after)
    else:
        slope[first] = slope_at_end(f, axis, (0, 1, 2), end_weights(before, second))
        slope[last] = slope_at_end(f, axis, (-1, -2, -3), end_weights(-after, -last_but_one))
    return slope


def axes_to_differentiate(f, axis):
    if axis is None:
        return tuple(range(np.ndim(f)))
    return axis if isinstance(axis, tuple) else (axis,)


def spacings_of(varargs, count):
    if len(varargs) == count:
        return varargs
    return varargs * count if len(varargs) == 1 else (1.0,) * count


def array_of(h):
    return np.array(h) if isinstance(h, (list, tuple)) else h


def spread_slopes(bar, y_bar, h, axis, edge_order):
    """The transpose of `slope_along` for equally spaced samples: `bar` with its result added."""
    n = np.ndim(y_bar)
    inner = over(part(y_bar, axis, 1, -1), 2.0 * h)
    bar[along(axis, slice(2, None), n)] += inner
    bar[along(axis, slice(None, -2), n)] -= inner
    first, last = over(entry(y_bar, axis, 0), h), over(entry(y_bar, axis, -1), h)
    if edge_order == 1:
        bar[along(axis, 1, n)] += first
        bar[along(axis, 0, n)] -= first
        bar[along(axis, -1, n)] += last
        bar[along(axis, -2, n)] -= last
        return bar
    for k in range(3):
        weight = (1.5, -2.0, 0.5)[k]
        bar[along(axis, k, n)] -= weight * first
        bar[along(axis, -1 - k, n)] += weight * last
    return bar


@linear(np.gradient)
def _(y_bar, f, *varargs, axis=None, edge_order=1):
    axes = axes_to_differentiate(f, axis)
    spacings = spacings_of(varargs, len(axes))
    bar = np.zeros_like(f)
    for k in range(len(axes)):
        bar = spread_slopes(bar, y_bar if len(axes) == 1 else y_bar[k], spacings[k], axes[k], edge_order)
    return bar


@expansion(np.gradient)  # where the spacing may vary
def _(f, *varargs, axis=None, edge_order=1):
    if all([known(h) for h in varargs]):
        return NotImplemented
    f = np.asarray(f)
    axes = axes_to_differentiate(f, axis)
    spacings = spacings_of(tuple([array_of(h) for h in varargs]), len(axes))
    slopes = [slope_along(f, spacings[k], axes[k], edge_order) for k in range(len(axes))]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


# ----- integrals of samples


@expansion(*newer(np, "trapezoid", "trapz"))
def _(y, x=None, dx=1.0, axis=-1):
    y = np.asarray(y)
    n = np.ndim(y)
    if x is None:
        step = dx
    elif np.ndim(x) == 1:
        step = stretched(np.diff(x), axis, n)
    else:
        step = np.diff(x, axis=axis)
    return np.sum(step * (part(y, axis, 1, None) + part(y, axis, None, -1)), axis=axis) / 2.0


if hasattr(np, "cumulative_sum"):  # NumPy 2.1

    def running(function, x, axis, dtype, first):
        if axis is None and np.ndim(x) != 1:
            raise NotImplementedError("a running sum without an axis", "name the axis")
        at = 0 if axis is None else axis
        total = function(x, axis=at, dtype=dtype)
        if first is None:
            return total
        return np.concatenate((np.full_like(part(total, at, 0, 1), first), total), axis=at)

    @expansion(np.cumulative_sum)
    def _(x, axis=None, dtype=None, *, include_initial=False):
        return running(np.cumsum, x, axis, dtype, 0.0 if include_initial else None)

    @expansion(np.cumulative_prod)
    def _(x, axis=None, dtype=None, *, include_initial=False):
        return running(np.cumprod, x, axis, dtype, 1.0 if include_initial else None)


# ----- between samples: linear; at a sample the slope is that of the segment on its right


@vjp(np.interp)
def _(y_bar, y, x, xp, fp, left=None, right=None, period=None):
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    width = xp[k + 1] - xp[k]
    t = (x - xp[k]) / width
    bar = np.where((x >= xp[0]) & (x <= xp[-1]), y_bar, 0.0)
    x_bar = bar * ((fp[k + 1] - fp[k]) / width)
    if surely_complex(fp):  # places are real
        x_bar = np.real(x_bar)
    fp_bar = add_at(add_at(np.zeros_like(fp, dtype=bar.dtype), k, bar * (1.0 - t)), k + 1, bar * t)
    xp_bar = add_at(add_at(np.zeros_like(xp), k, x_bar * (t - 1.0)), k + 1, -x_bar * t)
    low_bar = np.sum(np.where(x < xp[0], y_bar, 0.0))
    high_bar = np.sum(np.where(x > xp[-1], y_bar, 0.0))
    if left is None:
        fp_bar = add_at(fp_bar, 0, low_bar)
    if right is None:
        fp_bar = add_at(fp_bar, -1, high_bar)
    return x_bar, xp_bar, fp_bar, None if left is None else low_bar, None if right is None else high_bar


@jvp(np.interp)
def _(y, x_dot, xp_dot, fp_dot, left_dot, right_dot, x, xp, fp, left=None, right=None, period=None):
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    width = xp[k + 1] - xp[k]
    t = (x - xp[k]) / width
    moved = x_dot
    if not vanishes(xp_dot):
        moved = moved - ((1.0 - t) * xp_dot[k] + t * xp_dot[k + 1])
    y_dot = (fp[k + 1] - fp[k]) / width * moved
    if not vanishes(fp_dot):
        y_dot = y_dot + (1.0 - t) * fp_dot[k] + t * fp_dot[k + 1]
    y_dot = np.where(x < xp[0], fp_dot[0] if left is None else left_dot, y_dot)
    return np.where(x > xp[-1], fp_dot[-1] if right is None else right_dot, y_dot)


@expansion(np.interp)
def _(x, xp, fp, left=None, right=None, period=None):
    if period is None:
        return NotImplemented
    places = xp % period
    order = np.argsort(places)
    places, values = places[order], fp[order]
    places = np.concatenate((places[-1:] - period, places, places[:1] + period))
    return np.interp(x % period, places, np.concatenate((values[-1:], values, values[:1])))


@vjp(np.unwrap)  # whole periods are added, which do not vary
def _(y_bar, y, p, discont=None, axis=-1, *, period=6.283185307179586):
    return y_bar


@jvp(np.unwrap)
def _(y, p_dot, p, discont=None, axis=-1, *, period=6.283185307179586):
    return p_dot
