"""Discrete Fourier transforms. Their matrices are symmetric, so each is its own transpose: the adjoint is
transformed once more (forward, not back, since adjoints pair with tangents as Re(x_bar * x_dot)).

Of a real signal only half of the spectrum is computed; the other half is its mirror image, so that what
comes back from it (`irfft`) has each inner frequency count twice.
"""

import numpy as np

from transad.rules.helpers import along, known_equal, update
from transad.rules.registry import expansion, jvp, linear, vjp

SWAPPED = {None: "forward", "backward": "forward", "forward": None, "ortho": "ortho"}  # 1/n on the other way


def resized(g, a, lengths, axes):
    """The adjoint of what was cut off from `a`, or filled up with zeros, to these lengths."""
    same = lengths is None
    if not same:
        same = all([known_equal(np.shape(g)[k], np.shape(a)[k]) for k in axes])
    if same:
        return g
    given, kept = [slice(None)] * np.ndim(a), [slice(None)] * np.ndim(a)
    for k in range(len(axes)):
        given[axes[k]] = slice(None, np.shape(a)[axes[k]])
        kept[axes[k]] = slice(None, lengths[k])
    part = g if np.iscomplexobj(a) else np.real(g)
    if np.ndim(a) == 1:
        return update(np.zeros_like(a), part[given[0]], kept[0])
    return update(np.zeros_like(a), part[tuple(given)], tuple(kept))


def resized_along(g, a, n, axis):
    return g if n is None else resized(g, a, (n,), (axis,))


def all_axes(a, s, axes):
    """The axes that are transformed: by default all, or as many of the last as there are lengths."""
    if axes is not None:
        return axes
    n = np.ndim(a)
    return tuple(range(n)) if s is None else tuple(range(n - len(s), n))


@linear(np.fft.fft)
def _(y_bar, a, n=None, axis=-1, norm=None):
    return resized_along(np.fft.fft(y_bar, axis=axis, norm=norm), a, n, axis)


@linear(np.fft.ifft)
def _(y_bar, a, n=None, axis=-1, norm=None):
    return resized_along(np.fft.ifft(y_bar, axis=axis, norm=norm), a, n, axis)


@linear(np.fft.fft2)
def _(y_bar, a, s=None, axes=(-2, -1), norm=None):
    return resized(np.fft.fft2(y_bar, axes=axes, norm=norm), a, s, axes)


@linear(np.fft.ifft2)
def _(y_bar, a, s=None, axes=(-2, -1), norm=None):
    return resized(np.fft.ifft2(y_bar, axes=axes, norm=norm), a, s, axes)


@linear(np.fft.fftn)
def _(y_bar, a, s=None, axes=None, norm=None):
    chosen = axes if s is None else all_axes(a, s, axes)
    return resized(np.fft.fftn(y_bar, axes=chosen, norm=norm), a, s, chosen)


@linear(np.fft.ifftn)
def _(y_bar, a, s=None, axes=None, norm=None):
    chosen = axes if s is None else all_axes(a, s, axes)
    return resized(np.fft.ifftn(y_bar, axes=chosen, norm=norm), a, s, chosen)


# ----- real signals


@linear(np.fft.rfft)
def _(y_bar, a, n=None, axis=-1, norm=None):
    """The frequencies that are not computed have no adjoint: zeros, which `fft` fills in."""
    length = np.shape(a)[axis] if n is None else n
    return resized_along(np.fft.fft(y_bar, length, axis=axis, norm=norm), a, n, axis)


@linear(np.fft.irfft)
def _(y_bar, a, n=None, axis=-1, norm=None):
    a_bar = np.conj(np.fft.rfft(y_bar, axis=axis, norm=SWAPPED[norm]))
    a_bar[along(axis, slice(1, (np.shape(y_bar)[axis] + 1) // 2), np.ndim(a))] *= 2.0
    return a_bar if n is None else resized_along(a_bar, a, n // 2 + 1, axis)


@expansion(np.fft.hfft)
def _(a, n=None, axis=-1, norm=None):
    return np.fft.irfft(np.conj(a), n, axis=axis, norm=SWAPPED[norm])


@expansion(np.fft.ihfft)
def _(a, n=None, axis=-1, norm=None):
    return np.conj(np.fft.rfft(a, n, axis=axis, norm=SWAPPED[norm]))


@expansion(np.fft.rfftn)
def _(a, s=None, axes=None, norm=None):
    *first, last = all_axes(a, s, axes)
    half = np.fft.rfft(a, None if s is None else s[-1], axis=last, norm=norm)
    if len(first) == 1:
        return np.fft.fft(half, None if s is None else s[0], axis=first[0], norm=norm)
    return np.fft.fftn(half, None if s is None else s[:-1], tuple(first), norm) if first else half


@expansion(np.fft.rfft2)
def _(a, s=None, axes=(-2, -1), norm=None):
    return np.fft.rfftn(a, s, axes, norm)


@expansion(np.fft.irfftn)
def _(a, s=None, axes=None, norm=None):
    *first, last = all_axes(a, s, axes)
    half = a
    if len(first) == 1:
        half = np.fft.ifft(a, None if s is None else s[0], axis=first[0], norm=norm)
    elif first:
        half = np.fft.ifftn(a, None if s is None else s[:-1], tuple(first), norm)
    return np.fft.irfft(half, None if s is None else s[-1], axis=last, norm=norm)


@expansion(np.fft.irfft2)
def _(a, s=None, axes=(-2, -1), norm=None):
    return np.fft.irfftn(a, s, axes, norm)


# ----- frequencies


@linear(np.fft.fftshift)
def _(y_bar, x, axes=None):
    return np.fft.ifftshift(y_bar, axes)


@linear(np.fft.ifftshift)
def _(y_bar, x, axes=None):
    return np.fft.fftshift(y_bar, axes)


@vjp(np.fft.fftfreq, np.fft.rfftfreq)
def _(y_bar, y, n, d=1.0):
    return None, -np.sum(y_bar * y) / d


@jvp(np.fft.fftfreq, np.fft.rfftfreq)
def _(y, n_dot, d_dot, n, d=1.0):
    return -y * (d_dot / d)
