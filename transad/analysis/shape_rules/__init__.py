"""What functions do to axes, one entry a function, in one file a family.

A result rule takes the function and its operands by NumPy's parameter names (what is not given has
the rule's default, a plain Python value) and returns the type of the result, or None: not covered,
find out by running.
"""

from transad.analysis.shape_rules import (
    creation,
    fft,
    linalg,
    numbers,
    polynomials,
    products,
    reductions,
    runtime,
    samples,
    shaping,
)
from transad.analysis.shape_rules.table import apply, lookup, result_of

__all__ = ["apply", "lookup", "result_of"]
_FAMILIES = (
    creation, fft, linalg, numbers, polynomials, products, reductions, runtime, samples, shaping
)  # fmt: skip
