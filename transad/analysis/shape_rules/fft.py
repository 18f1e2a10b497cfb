"""Discrete Fourier transforms: lengths along the transformed axes, halved for real signals."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from transad.analysis.lengths import derive, find
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    axes_of,
    axis_of,
    dims_of,
    fresh,
    integer,
    is_given,
    items_of,
    result_of,
    shaped,
)
from transad.ir.core import Operand
from transad.ir.types import Array, Length, Type


def _transformed(fn: Any, a: Operand, shape: list[Length]) -> Array:
    one = fn if fn in (np.fft.rfft, np.fft.irfft) else np.fft.fft
    return fresh(_dtype(one, array(a).dtype), tuple(shape))


@cache
def _dtype(fn: Any, given: np.dtype | None) -> np.dtype | None:
    """Found by trying: older versions of NumPy compute in double precision only."""
    if given is None:
        return None
    try:
        return fn(np.zeros(2, given)).dtype
    except TypeError:
        raise CannotTell from None


def _along(a: Operand, n: Any, axis: Any) -> tuple[list[Length], int, Length]:
    """The shape of `a`, the axis, and the length that is transformed."""
    shape = list(shaped(a).shape)
    at = axis_of(integer(axis), len(shape))
    return shape, at, dims_of(n)[0] if is_given(n) else shape[at]


@result_of(np.fft.fft, np.fft.ifft)
def _(fn: Any, a: Operand, n: Any = None, axis: Any = -1, norm: Any = None) -> Type:
    shape, at, length = _along(a, n, axis)
    shape[at] = length
    return _transformed(fn, a, shape)


@result_of(np.fft.rfft)
def _(fn: Any, a: Operand, n: Any = None, axis: Any = -1, norm: Any = None) -> Type:
    shape, at, length = _along(a, n, axis)
    length = find(length)
    shape[at] = length // 2 + 1 if isinstance(length, int) else derive(("half", length))
    return _transformed(fn, a, shape)


@result_of(np.fft.irfft)
def _(fn: Any, a: Operand, n: Any = None, axis: Any = -1, norm: Any = None) -> Type:
    shape, at, length = _along(a, n, axis)
    length = find(length)
    if not is_given(n):
        length = 2 * (length - 1) if isinstance(length, int) else derive(("twice", length))
    shape[at] = length
    return _transformed(fn, a, shape)


@result_of(np.fft.fft2, np.fft.ifft2)
def _(fn: Any, a: Operand, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Type:
    return _in_each(fn, a, s, axes)


@result_of(np.fft.fftn, np.fft.ifftn)
def _(fn: Any, a: Operand, s: Any = None, axes: Any = None, norm: Any = None) -> Type:
    return _in_each(fn, a, s, axes)


def _in_each(fn: Any, a: Operand, s: Any, axes: Any) -> Type:
    shape = list(shaped(a).shape)
    if not is_given(s):
        return _transformed(fn, a, shape)
    items = items_of(s)
    if items is None:
        raise CannotTell
    lengths = dims_of(s)
    chosen = axes_of(axes, len(shape)) if is_given(axes) else tuple(range(len(shape)))[-len(items) :]
    for at, length in zip(chosen, lengths):
        shape[at] = length
    return _transformed(fn, a, shape)


@result_of(np.fft.fftshift, np.fft.ifftshift)
def _(fn: Any, x: Operand, axes: Any = None) -> Type:
    t = shaped(x)
    return fresh(t.dtype, t.shape)


@result_of(np.fft.fftfreq)
def _(fn: Any, n: Operand, d: Any = 1.0) -> Type:
    return fresh(np.dtype(float), dims_of(n))


@result_of(np.fft.rfftfreq)
def _(fn: Any, n: Operand, d: Any = 1.0) -> Type:
    length = find(dims_of(n)[0])
    return fresh(np.dtype(float), (length // 2 + 1 if isinstance(length, int) else derive(("half", length)),))
