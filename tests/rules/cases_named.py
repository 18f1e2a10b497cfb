"""Functions that are other functions under another name, or with a sign or a last step more."""

import cmath
import math

import numpy as np

from transad.rules.helpers import newer

from .arguments import A
from .harness import case

BASES = {"chebyshev": "cheb", "legendre": "leg", "hermite": "herm", "hermite_e": "herme", "laguerre": "lag"}
CMATH = "exp sqrt log log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh phase polar".split()
Z, W = 0.4 + 0.7j, -0.3 + 0.2j


def of_bases(*roles):
    """Functions of the modules of numpy.polynomial, by what their names end in."""
    bases = {"polynomial": "poly", **BASES}
    return [getattr(getattr(np.polynomial, m), short + role) for m, short in bases.items() for role in roles]


CASES = [
    case(np.frexp, A(3)),
    case(math.nextafter, 0.3, 2.0, wrt=0),
    *[case(f, A(2, 3), A(3, 2)) for f in newer(np.linalg, "matmul")],
    *[case(f, A(2), A(3)) for f in newer(np.linalg, "outer")],
    *[case(f, A(2, 3, 2)) for f in newer(np.linalg, "matrix_transpose")],
    *[case(f, A(4), A(3)) for f in of_bases("add", "sub")],
    *[case(f, A(4), A(3)) for f in (np.polynomial.chebyshev.chebmul, np.polynomial.polynomial.polymul)],
    *[case(f, A(3), 3) for f in (np.polynomial.chebyshev.chebpow, np.polynomial.polynomial.polypow)],
    *[case(f, A(3)) for f in (np.polynomial.polynomial.polymulx, np.polynomial.polynomial.polyfromroots)],
    *[case(f, A(2), A(2), A(2), A(2, 3, 2)) for f in of_bases("val3d")],
    *[case(f, A(2), A(1), A(3), A(2, 2, 3)) for f in of_bases("grid3d")],
    *[case(f.accumulate, A(3, 4), axis=1) for f in (np.fmax, np.fmin)],
    case(np.logaddexp2.reduce, A(3, 4), axis=0),
    *[
        case(getattr(cmath, name), z)
        for name in CMATH
        for z in (Z, W)
    ],
    case(cmath.log, Z, 2.0, wrt=0),
    case(cmath.rect, 0.4, 0.7),
]
