"""The table of derivative rules. `load` fills it; the families are independent of one another."""

from __future__ import annotations

import importlib

from transad.rules import registry

FAMILIES = (
    "arithmetic", "elementwise", "math_module", "reductions", "products", "linalg", "decompositions",
    "norms", "einsum", "fft", "polynomials", "polynomial_bases", "polynomial_objects", "shaping", "diagonals",
    "padding", "creation", "indexing", "helpers", "control", "ufunc_methods", "writing", "statistics",
    "histograms", "calculus", "assembling", "functional", "implicit", "refused",
)  # fmt: skip

# Libraries that need not be installed, or are seldom used, and are never imported here: each family is read
# when a program that has imported the library calls something without an entry (`registry.read_optional`).
OPTIONAL_FAMILIES = {
    "cmath": ("complex_math",),
    "scipy.linalg": ("scipy_linalg", "scipy_matrices", "scipy_structured"),
    "scipy.stats": ("scipy_stats",),
    "scipy.signal": ("scipy_signal",),
    "scipy.ndimage": ("scipy_signal",),
    "scipy.integrate": ("scipy_integrate", "scipy_differential"),
    "scipy.interpolate": ("scipy_interpolate", "scipy_grids"),
    "scipy.optimize": ("scipy_optimize",),
    "scipy.sparse": ("scipy_sparse",),
    "scipy.special": ("scipy_special", "scipy_bessel", "scipy_families", "scipy_softmax"),
}


def load() -> None:
    """Fill the table (once)."""
    for family in FAMILIES:
        importlib.import_module(f"transad.rules.{family}")
    for library, families in OPTIONAL_FAMILIES.items():
        registry.OPTIONAL[library] = tuple(f"transad.rules.{family}" for family in families)
