"""Polynomials and convolution: long and short, scalars and arrays, every basis."""

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from .arguments import A, C, P
from .harness import case

BASES = [
    (polynomial, "poly"), (chebyshev, "cheb"), (legendre, "leg"), (hermite, "herm"), (hermite_e, "herme"),
    (laguerre, "lag"),
]  # fmt: skip


def basis(role):
    return [getattr(module, name + role) for module, name in BASES]


LENGTHS = ((4, 2), (2, 4), (3, 3), (5, 1), (2, 5))

CASES = [
    *[case(np.convolve, A(m), A(n), mode) for m, n in LENGTHS for mode in ("full", "same", "valid")],
    *[case(np.correlate, A(m), A(n), mode) for m, n in LENGTHS for mode in ("full", "same", "valid")],
    case(np.convolve, C(4), C(2)),
    case(np.correlate, C(4), C(2), "full"),
    case(np.convolve, [0.3, 0.7], A(3), wrt=1),
    *[case(np.polyval, A(4), x) for x in (0.7, A(3), A(2, 3), 0.0)],
    case(np.polyval, C(3), C(2)),
    case(np.polyval, [0.3, -0.2, 0.5], A(3)),
    case(np.polyval, A(1), A(3)),
    *[case(np.vander, A(3), *n, increasing=up) for n in ((), (4,), (2,), (1,)) for up in (False, True)],
    *[case(np.polyder, A(4), *m) for m in ((), (2,), (0,))],
    *[case(np.polyint, A(3), *m) for m in ((), (2,), (2, [0.3, 0.2]), (1, 0.5))],
    *[case(f, A(m), A(n)) for f in (np.polyadd, np.polysub, np.polymul) for m, n in LENGTHS],
    *[case(f, A(3), 0.7) for f in (np.polyadd, np.polysub, np.polymul)],
    case(np.polymul, C(3), A(2)),
    case(np.roots, np.array([1.0, -6.0, 11.0, -6.5])),
    case(np.roots, np.array([1.0, 0.5, 2.0, 1.5])),
    case(np.roots, C(4)),
    *[case(np.polyfit, A(6), y, deg) for y in (A(6), A(6, 2)) for deg in (0, 1, 2)],
    case(np.polyfit, A(6), A(6), 2, w=P(6), wrt=(0, 1)),
    # numpy.polynomial
    *[case(f, x, A(4)) for f in basis("val") for x in (0.3, A(3), A(2, 3))],
    *[case(f, A(3), A(4, 2)) for f in basis("val")[:2]],
    *[case(f, 0.3, A(4, 2)) for f in basis("val")[:2]],
    *[case(f, A(2, 3), A(4, 2, 3), tensor=False) for f in basis("val")[:2]],
    case(chebyshev.chebval, A(3), A(1)),
    case(legendre.legval, A(3), [0.3, 0.2]),
    *[case(f, x, deg) for f in basis("vander") for x, deg in ((A(3), 3), (A(2, 3), 1), (A(2), 0), (0.3, 2))],
    *[case(f, A(4), *m) for f in basis("der") for m in ((), (2,), (5,))],
    *[case(f, A(4), 1, 0.5, wrt=0) for f in basis("der")],
    *[case(f, A(3, 4), 1, axis=1) for f in basis("der")[:2]],
    *[case(f, A(4), *m) for f in basis("int") for m in ((), (2,))],
    *[case(f, A(3), 2, [0.5, 0.2], 0.3, 2.0, wrt=0) for f in basis("int")],
    *[case(f, A(6), A(6), 2) for f in basis("fit")],
    case(chebyshev.chebfit, A(6), A(6, 2), 2, w=P(6), wrt=(0, 1)),
    *[case(f, A(3), A(3), A(2, 4)) for f in basis("val2d")],
    *[case(f, A(3), A(2), A(2, 4)) for f in basis("grid2d")],
    case(polynomial.polyval3d, A(2), A(2), A(2), A(2, 2, 3)),
    case(polynomial.polygrid3d, A(2), A(2), A(2), A(2, 2, 3)),
]
