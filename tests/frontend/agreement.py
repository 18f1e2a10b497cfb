"""Programs whose derivatives must agree with differences, in every mode.

`@programs(1.0, 2.0)` registers a function with arguments to differentiate it at; `wrt` says by which. The
test made of them compares the gradient, the pushforward along a direction and the Hessian along it
(forward over reverse) with central differences of the function and of the gradient.
"""

import contextlib
import copy
import io

import numpy as np
import pytest
from reference.differences import flatten, gradient, unflatten

import transad

WIDTH = 1e-5  # of the difference of two gradients


class Programs:
    def __init__(self):
        self.cases = []

    def __call__(self, *args, wrt=(0,), twice=True):
        def register(function):
            self.cases.append(pytest.param(function, args, wrt, twice, id=function.__name__))
            return function

        return register

    def test(self):
        @pytest.mark.parametrize("function, args, wrt, twice", self.cases)
        def test(function, args, wrt, twice):
            with contextlib.redirect_stdout(io.StringIO()):
                agree(function, args, wrt, twice)

        return test


def agree(function, args, wrt=(0,), twice=True):
    """Assert that transad's derivatives of a program are those found by differences."""
    numeric = lambda *a: float(np.asarray(function(*a)))  # noqa: E731
    want = gradient(numeric, args, wrt)
    df = transad.grad(function, wrt=wrt)
    got = df(*copy.deepcopy(args))
    close(got, want, 1e-6)
    point = [args[w] for w in wrt]
    directions = np.random.default_rng(0).normal(size=len(flatten(point)))
    tangents = [None] * len(args)
    for w, tangent in zip(wrt, unflatten(point, directions.tolist()), strict=True):
        tangents[w] = tangent
    _, slope = transad.jvp(function, copy.deepcopy(args), tuple(tangents))
    close(slope, float(np.dot(directions, flatten(want))), 1e-6)
    if not twice:
        return
    _, bent = transad.jvp(df, copy.deepcopy(args), tuple(tangents))

    def gradient_at(t):
        moved = (np.array(flatten(point)) + t * directions).tolist()
        inner = list(copy.deepcopy(args))
        for w, part in zip(wrt, unflatten(point, moved), strict=True):
            inner[w] = part
        return np.array(flatten(df(*inner)))

    close(bent, (gradient_at(WIDTH) - gradient_at(-WIDTH)) / (2 * WIDTH), 1e-5)


def close(got, want, tolerance):
    got, want = np.array(flatten(got)), np.array(flatten(want))
    assert got.shape == want.shape
    assert np.allclose(got, want, rtol=tolerance, atol=tolerance), f"{got} is not {want}"
