"""Finite differences and complex steps over nested structures of numbers and arrays.

A structure is a number, an array, or a tuple, list, dict or object of structures. Its *entries* are the
floating-point numbers in it, in order; integers, strings and None are carried along unchanged.
"""

from __future__ import annotations

import copy
import types

import numpy as np

FOURTH_ORDER = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def flatten(tree) -> list:
    """All entries of a structure."""
    if isinstance(tree, np.ndarray) and tree.dtype.kind in "fc":
        return tree.ravel().tolist()
    if isinstance(tree, (float, complex, np.floating, np.complexfloating)):
        return [tree if isinstance(tree, (float, complex)) else tree.item()]
    if isinstance(tree, dict):
        tree = list(tree.values())
    if is_object(tree):
        tree = list(vars(tree).values())
    if isinstance(tree, (list, tuple)):
        return [entry for part in tree for entry in flatten(part)]
    return []


def is_object(part) -> bool:
    return hasattr(part, "__dict__") and not isinstance(part, (type, types.FunctionType))


def unflatten(tree, entries):
    """A copy of the structure whose entries are taken from `entries`, in order."""
    source = iter(entries)

    def build(part):
        if isinstance(part, np.ndarray) and part.dtype.kind in "fc":
            new = [next(source) for _ in range(part.size)]
            numbers = all(isinstance(entry, (int, float, complex)) for entry in new)
            dtype = np.result_type(part.dtype, *map(type, new)) if numbers else object
            return np.array(new, dtype=dtype).reshape(part.shape)
        if isinstance(part, (float, complex, np.floating, np.complexfloating)):
            return next(source)
        if isinstance(part, dict):
            return {key: build(value) for key, value in part.items()}
        if is_object(part):
            new = copy.copy(part)
            vars(new).update({key: build(value) for key, value in vars(part).items()})
            return new
        if isinstance(part, tuple) and hasattr(part, "_fields"):
            return type(part)(*map(build, part))
        if isinstance(part, (list, tuple)):
            return type(part)(map(build, part))
        return copy.deepcopy(part)

    return build(tree)


def _call(function, args, wrt, entries):
    args = copy.deepcopy(list(args))
    for position in wrt:
        size = len(flatten(args[position]))
        args[position], entries = unflatten(args[position], entries[:size]), entries[size:]
    return np.asarray(function(*args))


def _structured(args, wrt, columns):
    """Derivatives (one array per entry) as a tuple of structures like the arguments `wrt`."""
    result = []
    for position in wrt:
        size = len(flatten(args[position]))
        result.append(unflatten(args[position], columns[:size]))
        columns = columns[size:]
    return tuple(result)


def derivatives(function, args, wrt=(0,), step=1e-4) -> list:
    """Fourth-order central differences: the derivative of the result by each entry of `wrt`."""
    point = flatten([args[position] for position in wrt])
    columns = []
    for k, x in enumerate(point):
        h = step * max(1.0, abs(x))
        total = 0.0
        for offset, weight in FOURTH_ORDER:
            moved = [*point[:k], x + offset * h, *point[k + 1 :]]
            total = total + weight * _call(function, args, wrt, moved)
        columns.append(total / h)
    return columns


def gradient(function, args, wrt=(0,), step=1e-4):
    """The gradients of a scalar function, one structure per entry of `wrt`."""
    return _structured(args, wrt, [float(column) for column in derivatives(function, args, wrt, step)])


def jacobian(function, args, wrt=0, step=1e-4):
    """The derivative of an array by one number or array: shape of the result + shape of the argument."""
    columns = derivatives(function, args, (wrt,), step)
    return np.stack(columns, axis=-1).reshape(columns[0].shape + np.shape(args[wrt]))


def hessian(function, args, wrt=0, step=1e-2):
    """Second derivatives by one number or array, by differences of differences."""
    def first(*inner):
        return jacobian(function, inner, wrt, step)

    return jacobian(first, args, wrt, step)


def complex_step(function, args, wrt=(0,), step=1e-30):
    """Exact to rounding, for analytic programs that do not compare, take abs or write to real arrays."""
    point = flatten([args[position] for position in wrt])
    columns = []
    for k, x in enumerate(point):
        moved = [*point[:k], complex(x, step), *point[k + 1 :]]
        columns.append(float(_call(function, args, wrt, moved).imag / step))
    return _structured(args, wrt, columns)


def check(got, want, tolerance=1e-6, scale=1.0):
    """Raise unless two structures have equal shape and entries that agree relative to the largest."""
    got_entries, want_entries = flatten(got), flatten(want)
    assert len(got_entries) == len(want_entries), (got, want)
    bound = tolerance * max([scale, *map(abs, want_entries)])
    for a, b in zip(got_entries, want_entries, strict=True):
        assert abs(a - b) <= bound, f"{a!r} is not {b!r} (within {bound:.1g})\n got {got}\nwant {want}"
