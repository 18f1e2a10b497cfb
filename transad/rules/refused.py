"""Functions that are refused where a derivative would pass through them, and why.

Most give an array whose length or type depends on the values, so that there is no shape a derivative could
have. With constants they are called like any other function.
"""

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from transad.rules.helpers import newer
from transad.rules.registry import refused

refused(
    np.unique, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d,
    *newer(np, "unique_values", "unique_all", "unique_counts", "unique_inverse"),
    reason="how many numbers it gives depends on which of them are equal",
    cure="find the positions from constants (np.unique(..., return_index=True)), and take the entries there",
)  # fmt: skip
refused(
    np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10, np.emath.logn, np.emath.power,
    np.emath.arccos, np.emath.arcsin, np.emath.arctanh, np.real_if_close,
    reason="whether its result is complex depends on the values",
    cure="use the function of np itself: of complex numbers (x.astype(complex)), or of real ones",
)  # fmt: skip
refused(
    np.polydiv,
    reason="the length of the remainder depends on the values",
    cure="find the quotient from values of the polynomials, or write the division as a loop",
)
refused(
    np.lib.stride_tricks.as_strided,
    reason="one number may be in several places of its result",
    cure="use np.lib.stride_tricks.sliding_window_view, or indices",
)
refused(
    np.histogram_bin_edges,
    reason="how many bins it gives depends on the values",
    cure="give the edges yourself, with np.linspace",
)
HAVE_RULES = "polymul polymulx polypow polyfromroots chebmul chebpow".split()
ARITHMETIC = "mul mulx div pow fromroots roots companion".split()
refused(
    *[
        getattr(module, name + role)
        for module, name in (
            (polynomial, "poly"), (chebyshev, "cheb"), (legendre, "leg"), (hermite, "herm"),
            (hermite_e, "herme"), (laguerre, "lag"),
        )
        for role in ARITHMETIC
        if name + role not in HAVE_RULES
    ],
    chebyshev.cheb2poly, chebyshev.poly2cheb, legendre.leg2poly, legendre.poly2leg, hermite.herm2poly,
    hermite.poly2herm, hermite_e.herme2poly, hermite_e.poly2herme, laguerre.lag2poly, laguerre.poly2lag,
    reason="it drops coefficients that happen to be zero",
    cure="compute with the values of the series (polyval and its like) instead of the coefficients",
)  # fmt: skip
