"""Fourier transforms: lengths even and odd, cut and filled up, every axis and norm, real and complex."""

import numpy as np

from .arguments import A, C
from .harness import case

F = np.fft
NORMS = (None, "backward", "ortho", "forward")

CASES = [
    *[case(f, x) for f in (F.fft, F.ifft) for x in (A(6), A(5), C(4), A(1), C(2, 3))],
    *[case(f, make(6), n) for f in (F.fft, F.ifft) for n in (4, 9) for make in (A, C)],
    *[case(f, A(3, 4), axis=0, norm=norm) for f in (F.fft, F.ifft) for norm in NORMS],
    case(F.fft, C(2, 3, 4), 5, 1, "ortho"),
    *[case(f, x) for f in (F.fft2, F.ifft2, F.fftn, F.ifftn) for x in (A(3, 4), C(2, 3), A(2, 3, 4))],
    *[case(f, A(2, 3, 4), (2, 5), (0, 2)) for f in (F.fft2, F.ifft2, F.fftn, F.ifftn)],
    case(F.fft2, A(2, 3, 4), axes=(0, 1), norm="ortho"),
    *[case(f, A(2, 3, 4), axes=(0,), norm="forward") for f in (F.fftn, F.ifftn)],
    *[case(F.rfft, A(*s)) for s in ((6,), (5,), (1,), (2,), (2, 5))],
    *[case(F.rfft, A(6), n, norm=norm) for n in (4, 5, 9) for norm in NORMS],
    case(F.rfft, A(3, 4), axis=0),
    *[case(F.irfft, C(*s)) for s in ((4,), (2,), (2, 3))],
    *[case(F.irfft, C(4), n, norm=norm) for n in (4, 5, 6, 7, 10) for norm in NORMS],
    case(F.irfft, C(4, 2), axis=0),
    case(F.irfft, A(4)),
    *[case(F.hfft, C(4), n, norm=norm) for n in (None, 5) for norm in NORMS],
    *[case(F.ihfft, A(6), n, norm=norm) for n in (None, 5) for norm in NORMS],
    *[case(f, A(2, 3, 4)) for f in (F.rfft2, F.rfftn)],
    *[case(f, A(2, 3, 4), (2, 3), (0, 1), "ortho") for f in (F.rfft2, F.rfftn)],
    case(F.rfftn, A(2, 3, 4), (2, 6), (1, 2)),
    case(F.rfftn, A(5)),
    *[case(f, C(2, 3, 3)) for f in (F.irfft2, F.irfftn)],
    *[case(f, C(2, 3, 3), (3, 5), (0, 1), "forward") for f in (F.irfft2, F.irfftn)],
    *[case(f, A(*s)) for f in (F.fftshift, F.ifftshift) for s in ((5,), (4,), (3, 4))],
    *[case(f, A(3, 4), axes) for f in (F.fftshift, F.ifftshift) for axes in (0, (1,), (0, 1))],
    *[case(f, 6, 0.3, wrt=1) for f in (F.fftfreq, F.rfftfreq)],
]
