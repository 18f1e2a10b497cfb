"""Programs against other tools: gradients and Hessians times a direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import transad


def agrees_with_differences(f: Any, args: Any) -> None:
    """The gradient with respect to all arguments by central differences, and forward mode by the gradient."""
    wrt = tuple(range(len(args)))
    transad.check_grad(f, *args, wrt=wrt)
    dots = [np.cos(np.arange(np.size(x)) + 0.3).reshape(np.shape(x))[()] for x in args]
    gradient = transad.grad(f, wrt=wrt)(*args)
    _, y_dot = transad.pushforward(f, wrt=wrt)(*args, *dots)
    np.testing.assert_allclose(y_dot, sum(np.sum(g * d) for g, d in zip(gradient, dots)), rtol=1e-9)


def autograd_twin(f: Any) -> Any:
    """The function with Autograd's NumPy in the place of NumPy."""
    anp = pytest.importorskip("autograd.numpy")
    return type(f)(f.__code__, {**f.__globals__, "np": anp}, f.__name__, f.__defaults__, f.__closure__)


def agrees_with_autograd(f: Any, args: Any, rtol: float = 1e-9, second: bool = True) -> None:
    """The gradient with respect to all arguments, forward mode, and the Hessian along a direction."""
    autograd = pytest.importorskip("autograd")
    theirs, wrt = autograd_twin(f), tuple(range(len(args)))
    gradient = transad.grad(f, wrt=wrt)
    want = autograd.grad(theirs, wrt)(*args)
    for got, g in zip(gradient(*args), want, strict=True):
        np.testing.assert_allclose(got, g, rtol=rtol, atol=rtol)
    dots = [np.cos(np.arange(np.size(x)) + k).reshape(np.shape(x)) for k, x in enumerate(args)]
    value, y_dot = transad.pushforward(f, wrt=wrt)(*args, *dots)
    np.testing.assert_allclose(value, f(*args), rtol=1e-12)
    along = sum(np.sum(g * d) for g, d in zip(want, dots))
    np.testing.assert_allclose(y_dot, along, rtol=rtol, atol=rtol)
    if second:
        got = transad.pushforward(gradient, wrt=wrt)(*args, *dots)[1]

        def directional(*xs: Any) -> Any:
            found = autograd.grad(theirs, wrt)(*xs)
            return sum(autograd.numpy.sum(g * d) for g, d in zip(found, dots))

        want = autograd.grad(directional, wrt)(*args)
        for x, y in zip(got, want, strict=True):
            np.testing.assert_allclose(x, y, rtol=10 * rtol, atol=10 * rtol)
