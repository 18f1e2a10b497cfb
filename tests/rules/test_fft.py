"""Fourier transforms: the table, and programs with them."""

import numpy as np
import pytest

import transad
import transad.rules.fft  # noqa: F401

from .cases_fft import CASES
from .harness import check, check_single_precision
from .references import agrees_with_autograd


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


_rng = np.random.default_rng(4)
X, K, IMAGE = _rng.normal(size=8), _rng.normal(size=8), _rng.normal(size=(4, 6))


def power_spectrum(x):
    return np.sum(np.abs(np.fft.fft(x)) ** 2 * np.arange(8.0))


def image_spectrum(a):
    return np.sum(np.abs(np.fft.fftshift(np.fft.fft2(a))) * np.arange(24.0).reshape(4, 6))


def circular_convolution(x, k):
    y = np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(k)))
    return np.sum(y**3)


def fast_convolution(x, k):
    n = len(x) + len(k) - 1
    y = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(k, n), n)
    return np.sum(np.tanh(y))


def low_pass(x, width):
    f = np.fft.rfftfreq(len(x))
    return np.sum(np.fft.irfft(np.fft.rfft(x) * np.exp(-((f / width) ** 2)), len(x)) ** 4)


def spectral_derivative(u):
    k = 2.0 * np.pi * np.fft.fftfreq(len(u), d=0.25)
    ux = np.real(np.fft.ifft(1j * k * np.fft.fft(u)))
    return np.sum(u * ux**2)


def autocorrelation(x):
    f = np.fft.fft(x - np.mean(x), 16)
    r = np.real(np.fft.ifft(f * np.conj(f)))[:8]
    return np.sum((r / r[0]) ** 2)


def phase_of_an_image(a):
    f = np.fft.fft2(a, norm="ortho")
    return np.sum(np.angle(f + 3.0) * np.abs(f) * np.arange(6.0))


PROGRAMS = [
    (power_spectrum, (X,)),
    (image_spectrum, (IMAGE,)),
    (circular_convolution, (X, K)),
    (spectral_derivative, (X,)),
    (autocorrelation, (X,)),
    (phase_of_an_image, (IMAGE,)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_programs_agree_with_autograd(f, args):
    agrees_with_autograd(f, args)


@pytest.mark.parametrize(("f", "args"), [(fast_convolution, (X, K)), (low_pass, (X, 0.2))])
def test_programs_agree_with_differences(f, args):
    transad.check_grad(f, *args, wrt=(0, 1))


def test_a_signal_comes_back_with_its_length():
    """So that what is multiplied with it needs no run-time broadcasting."""
    df = transad.grad(lambda x: np.sum(x * np.fft.irfft(np.fft.rfft(x), len(x))))
    df(X)
    assert "unbroadcast" not in df.source and "broadcast" not in df.source


def test_a_real_signal_has_a_real_gradient():
    for dtype in (np.float32, np.float64):
        gradient = transad.grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(X.astype(dtype))
        assert gradient.dtype == dtype
        np.testing.assert_allclose(gradient, 16.0 * X, rtol=1e-5)
