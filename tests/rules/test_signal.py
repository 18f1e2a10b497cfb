"""Convolutions and filters of SciPy, against differences."""

import numpy as np
import pytest

import transad

pytest.importorskip("scipy.signal")

from scipy import ndimage, signal

from .arguments import A, C, P
from .compiled import check_first, check_second, program
from .harness import case

BORDERS = ["reflect", "wrap", "constant"]
KERNEL = np.array([[0.1, 0.2, -0.3], [0.4, 1.0, 0.5], [0.0, 0.7, 0.2]])

CASES = [
    *[
        case(f, A(*s), A(*t), mode=m)
        for f in (signal.convolve, signal.fftconvolve)
        for s, t in (((5,), (3,)), ((4,), (4,)), ((3, 4), (2, 2)))
        for m in ("full", "same", "valid")
    ],
    case(signal.fftconvolve, A(2), A(5), mode="valid"),
    case(signal.convolve, C(4), C(3)),
    *[case(signal.correlate, A(5), A(3), mode=m) for m in ("full", "same")],
    case(signal.correlate, C(4), C(3)),
    case(signal.lfilter, [0.5, 0.3], [1.0, -0.4, 0.1], A(6), wrt=2),
    case(signal.lfilter, A(2), np.array([1.3, -0.4, 0.1]), A(6), wrt=(0, 1, 2)),
    case(signal.lfilter, A(2), np.array([1.3, -0.4]), A(3, 4), axis=0, wrt=(0, 1, 2)),
    case(signal.lfilter, A(2), [1.0], A(3, 4), wrt=(0, 2)),
    *[case(ndimage.gaussian_filter, A(6, 5), 1.2, mode=m, wrt=0) for m in BORDERS],
    case(ndimage.gaussian_filter, A(9), 1.2, truncate=2.0, wrt=0),
    *[case(ndimage.gaussian_filter1d, A(3, 5), 0.8, axis=a, wrt=0) for a in (0, 1, -1)],
    *[case(ndimage.uniform_filter, A(6, 5), n, mode=m, wrt=0) for n in (3, 5) for m in BORDERS],
    *[
        case(f, A(5, 6), KERNEL, mode=m)
        for f in (ndimage.correlate, ndimage.convolve)
        for m in (*BORDERS, "mirror", "nearest")
    ],
    *[case(f, A(6), P(n)) for f in (ndimage.correlate, ndimage.convolve) for n in (2, 3, 4)],
    case(ndimage.correlate, A(5), P(3), mode="constant", cval=0.7),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_first_order(case):
    check_first(program(case))


@pytest.mark.parametrize("case", CASES[::4], ids=str)
def test_second_order(case):
    check_second(program(case))


REFUSED = {
    "a border that is not symmetric": lambda x: np.sum(ndimage.gaussian_filter(x, 1.0, mode="nearest")),
    "a derivative of the kernel": lambda x: np.sum(ndimage.gaussian_filter(x, 1.0, order=1)),
    "an even size": lambda x: np.sum(ndimage.uniform_filter(x, 4)),
    "the width of the kernel": lambda x: np.sum(ndimage.gaussian_filter(np.ones(5), x[0])),
    "a filter with a state": lambda x: signal.lfilter([1.0], [1.0, 0.5], x, zi=np.zeros(1))[0][0],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(name):
    with pytest.raises(transad.TransadError) as caught:
        transad.grad(REFUSED[name])(np.arange(5.0))
    assert not isinstance(caught.value, transad.errors.InternalError)
