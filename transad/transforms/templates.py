"""Derivatives made of derivatives, written in Python and inlined like a rule.

`columns` and `rows` build a Jacobian from pushforwards of unit tangents or pullbacks of unit adjoints;
the shape of the result is the output's followed by the input's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from transad.rules.helpers import run_time


def columns(push: Callable[[Any], Any], x: Any, y: Any) -> Any:
    """The Jacobian column by column: one pushforward for each entry of x."""
    if np.ndim(x) == 0:
        return push(1.0)
    jac = np.zeros((np.size(y), np.size(x)), dtype=y.dtype)
    for j in range(run_time(np.size(x))):
        x_dot = np.zeros(np.size(x), dtype=x.dtype)
        x_dot[j] = 1.0
        jac[:, j] = np.ravel(push(np.reshape(x_dot, np.shape(x))))
    return np.reshape(jac, np.shape(y) + np.shape(x))


def columns_of_number(push: Callable[[Any], Any], x: Any, y: Any) -> Any:
    """The gradient of a number, entry by entry."""
    jac = np.zeros(np.size(x), dtype=x.dtype)
    for j in range(run_time(np.size(x))):
        x_dot = np.zeros(np.size(x), dtype=x.dtype)
        x_dot[j] = 1.0
        jac[j] = push(np.reshape(x_dot, np.shape(x)))
    return np.reshape(jac, np.shape(x))


def rows(pull: Callable[[Any], Any], x: Any, y: Any) -> Any:
    """The Jacobian row by row: one pullback for each entry of y."""
    jac = np.zeros((np.size(y), np.size(x)), dtype=x.dtype)
    for i in range(run_time(np.size(y))):
        y_bar = np.zeros(np.size(y), dtype=y.dtype)
        y_bar[i] = 1.0
        jac[i] = np.ravel(pull(np.reshape(y_bar, np.shape(y))))
    return np.reshape(jac, np.shape(y) + np.shape(x))


def rows_for_number(pull: Callable[[Any], Any], x: Any, y: Any) -> Any:
    """The derivative of an array with respect to a number, by pullbacks."""
    jac = np.zeros(np.size(y), dtype=y.dtype)
    for i in range(run_time(np.size(y))):
        y_bar = np.zeros(np.size(y), dtype=y.dtype)
        y_bar[i] = 1.0
        jac[i] = pull(np.reshape(y_bar, np.shape(y)))
    return np.reshape(jac, np.shape(y))


def by_size(forward: Callable[[], Any], backward: Callable[[], Any], x: Any, y: Any) -> Any:
    """Whichever takes fewer sweeps."""
    if np.size(x) <= np.size(y):
        return forward()
    return backward()
