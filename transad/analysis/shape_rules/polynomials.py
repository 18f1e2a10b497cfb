"""Polynomials by their coefficients; convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.analysis.lengths import derive, find, shifted, total
from transad.analysis.probing import probe_dtype
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    dims_of,
    fresh,
    is_given,
    literal,
    result_of,
    scalar_or_array,
    shaped,
)
from transad.ir.core import Operand
from transad.ir.types import Array, Length, List, Tuple, Type, fresh_dim

_BASES = {
    "polynomial": "poly", "chebyshev": "cheb", "legendre": "leg", "hermite": "herm", "hermite_e": "herme",
    "laguerre": "lag",
}  # fmt: skip


def _lengths(*operands: Operand) -> list[Length]:
    """Of vectors; a number is a vector of one."""
    shapes = [shaped(x).shape for x in operands]
    if any(len(s) > 1 for s in shapes):
        raise CannotTell
    return [find(s[0]) if s else 1 for s in shapes]


def _dtype(*operands: Operand) -> np.dtype | None:
    return probe_dtype(np.multiply, *((array(x).dtype, "array") for x in operands))


@result_of(np.convolve)
def _(fn: Any, a: Operand, v: Operand, mode: Any = "full") -> Type:
    m, n = _lengths(a, v)
    length = shifted(total((m, n)), -1) if literal(mode) == "full" else None
    return fresh(_dtype(a, v), (length or fresh_dim(),))


@result_of(np.polyadd, np.polysub)
def _(fn: Any, a1: Operand, a2: Operand) -> Type:
    m, n = _lengths(a1, a2)
    known = isinstance(m, int) and isinstance(n, int)
    longer = max(m, n) if known else m if m == n else derive(("max", frozenset((m, n))))
    return fresh(_dtype(a1, a2), (longer,))


@result_of(np.polyval)
def _(fn: Any, p: Operand, x: Operand) -> Type:
    return scalar_or_array(_dtype(p, x), shaped(x).shape)


@result_of(np.vander)
def _(fn: Any, x: Operand, N: Any = None, increasing: Any = False) -> Type:
    (n,) = _lengths(x)
    width = dims_of(N)[0] if is_given(N) else n
    dtype = array(x).dtype
    return fresh(None if dtype is None else np.promote_types(dtype, int), (n, width))


@result_of(np.polyfit)
def _(
    fn: Any,
    x: Operand,
    y: Operand,
    deg: Operand,
    rcond: Any = None,
    full: Any = False,
    w: Any = None,
    cov: Any = False,
) -> Type:
    return _fitted(np.result_type(array(y).dtype or float, float), y, deg)


@result_of(*(getattr(getattr(np.polynomial, module), f"{name}fit") for module, name in _BASES.items()))
def _(
    fn: Any, x: Operand, y: Operand, deg: Operand, rcond: Any = None, full: Any = False, w: Any = None
) -> Type:
    return _fitted(probe_dtype(np.true_divide, *((array(v).dtype, "array") for v in (x, y))), y, deg)


def _fitted(dtype: np.dtype | None, y: Operand, deg: Operand) -> Type:
    count = dims_of(deg)
    if len(count) != 1 or isinstance(deg.type, (Tuple, List, Array)):
        raise CannotTell
    n = shifted(count[0], 1)
    return fresh(dtype, (fresh_dim() if n is None else n, *shaped(y).shape[1:]))


@result_of(np.roots)
def _(fn: Any, p: Operand) -> Type:
    """Real or complex, by their values; as many as there are coefficients but for leading zeros."""
    dtype = array(p).dtype
    return Array(dtype if dtype is not None and dtype.kind == "c" else None, (fresh_dim(),))
