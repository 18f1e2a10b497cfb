"""Systems of equations and decompositions. Where matrices must be square, their lengths are found equal."""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.analysis.lengths import broadcast_shapes, derive, find, unify
from transad.analysis.probing import probe_dtype
from transad.analysis.shape_rules.table import (
    CannotTell,
    array,
    fresh,
    integer,
    items_of,
    literal,
    result_of,
    scalar_or_array,
    shaped,
)
from transad.ir.core import Const, Operand
from transad.ir.types import INT, Array, Length, Number, Tuple, Type, fresh_dim, surely_not_one


def square_first(a: Operand) -> tuple[Length, ...]:
    """The shape of a stack of matrices that must be square."""
    shape = shaped(a).shape
    if len(shape) < 2:
        raise CannotTell
    n = unify(shape[-2], shape[-1])
    return (*shape[:-2], n, n)


def _inexact(x: Operand) -> np.dtype | None:
    """What LAPACK computes in."""
    dtype = array(x).dtype
    return None if dtype is None else np.dtype(dtype if dtype.kind in "fc" else float)


def _real(dtype: np.dtype | None) -> np.dtype | None:
    return None if dtype is None else np.zeros(0, dtype).real.dtype


def common_dtype(*operands: Operand) -> np.dtype | None:
    dtypes = [_inexact(x) for x in operands]
    return None if any(d is None for d in dtypes) else np.result_type(*dtypes)


def shorter(m: Length, n: Length) -> Length:
    """The length that is the smaller of two."""
    m, n = find(m), find(n)
    if m == n:
        return m
    if isinstance(m, int) and isinstance(n, int):
        return min(m, n)
    return derive(("min", frozenset((m, n))), surely_not_one(m) and surely_not_one(n))


def _results(name: str, *items: Type) -> Tuple:
    """A tuple, of the class of its own that newer versions of NumPy have for it."""
    cls = type(getattr(np.linalg, name)(np.eye(1)))
    return Tuple(items, None if cls is tuple else cls)


@result_of(np.linalg.inv, np.linalg.cholesky)
def _(fn: Any, a: Operand, upper: Any = False) -> Type:
    return fresh(_inexact(a), square_first(a))


@result_of(np.linalg.det)
def _(fn: Any, a: Operand) -> Type:
    return scalar_or_array(_inexact(a), square_first(a)[:-2])


@result_of(np.linalg.slogdet)
def _(fn: Any, a: Operand) -> Type:
    batch, dtype = square_first(a)[:-2], _inexact(a)
    return _results("slogdet", scalar_or_array(dtype, batch), scalar_or_array(_real(dtype), batch))


@result_of(np.linalg.solve)
def _(fn: Any, a: Operand, b: Operand) -> Type:
    *batch, n, _ = square_first(a)
    right = shaped(b).shape
    if len(right) == 1:
        unify(n, right[0])
        return fresh(common_dtype(a, b), (*batch, n))
    if not right:
        raise CannotTell
    unify(n, right[-2])
    return fresh(common_dtype(a, b), (*broadcast_shapes((tuple(batch), right[:-2])), n, right[-1]))


@result_of(np.linalg.pinv)
def _(fn: Any, a: Operand, rcond: Any = None, hermitian: Any = False) -> Type:
    *batch, m, n = _matrix(a)
    return fresh(_inexact(a), (*batch, n, m))


def _matrix(a: Operand) -> tuple[Length, ...]:
    shape = shaped(a).shape
    if len(shape) < 2:
        raise CannotTell
    return shape


@result_of(np.linalg.lstsq)
def _(fn: Any, a: Operand, b: Operand, rcond: Any = None) -> Type:
    """There are residuals only where there are more equations than unknowns, and all of these count."""
    m, n = _matrix(a)
    right = shaped(b).shape
    unify(m, right[0])
    dtype = common_dtype(a, b)
    real = _real(dtype)
    rank = Number(np.dtype(np.int32), False)
    singular = fresh(real, (shorter(m, n),))
    return Tuple((fresh(dtype, (n, *right[1:])), fresh(real, (fresh_dim(),)), rank, singular))


@result_of(np.linalg.eigh)
def _(fn: Any, a: Operand, UPLO: Any = "L") -> Type:
    shape, dtype = square_first(a), _inexact(a)
    return _results("eigh", fresh(_real(dtype), shape[:-1]), fresh(dtype, shape))


@result_of(np.linalg.eigvalsh)
def _(fn: Any, a: Operand, UPLO: Any = "L") -> Type:
    return fresh(_real(_inexact(a)), square_first(a)[:-1])


@result_of(np.linalg.eig)
def _(fn: Any, a: Operand) -> Type:
    """Real or complex for a real matrix, by its values."""
    shape, dtype = square_first(a), _inexact(a)
    kind = dtype if dtype is not None and dtype.kind == "c" else None
    return _results("eig", fresh(kind, shape[:-1]), fresh(kind, shape))


@result_of(np.linalg.svd)
def _(fn: Any, a: Operand, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Type:
    *batch, m, n = _matrix(a)
    dtype, k = _inexact(a), shorter(m, n)
    values = fresh(_real(dtype), (*batch, k))
    if not literal(compute_uv):
        return values
    left, right = (m, n) if literal(full_matrices) else (k, k)
    return _results("svd", fresh(dtype, (*batch, m, left)), values, fresh(dtype, (*batch, right, n)))


@result_of(np.linalg.qr)
def _(fn: Any, a: Operand, mode: Any = "reduced") -> Type:
    *batch, m, n = _matrix(a)
    mode, dtype = literal(mode), _inexact(a)
    if mode not in ("reduced", "complete"):
        raise CannotTell
    k = shorter(m, n) if mode == "reduced" else m
    return _results("qr", fresh(dtype, (*batch, m, k)), fresh(dtype, (*batch, k, n)))


@result_of(np.linalg.matrix_power)
def _(fn: Any, a: Operand, n: Operand) -> Type:
    product = probe_dtype(np.matmul, *[(array(a).dtype, "array")] * 2)
    return fresh(_inexact(a) if integer(n) < 0 else product, square_first(a))


@result_of(np.linalg.matrix_rank)
def _(fn: Any, A: Operand, tol: Any = None, hermitian: Any = False) -> Type | None:
    return INT if len(shaped(A).shape) < 2 else None


# ----- given to rules of other libraries as `result=`


def like_the_matrix(fn: Any, A: Operand, **rest: Operand) -> Type:
    return fresh(common_dtype(A), square_first(A))


def like_the_matrix_in_double(fn: Any, A: Operand, **rest: Operand) -> Type:
    dtype = common_dtype(A)
    return fresh(None if dtype is None else np.promote_types(dtype, float), square_first(A))


def factor_and_pivots(fn: Any, a: Operand) -> Type:
    shape = square_first(a)
    return Tuple((fresh(_inexact(a), shape), fresh(np.dtype(np.int32), shape[:-1])))


def of_either_kind(fn: Any, A: Operand) -> Type:
    """Real or complex for a real matrix, by its values."""
    dtype = array(A).dtype
    return Array(dtype if dtype is not None and dtype.kind == "c" else None, square_first(A))


def like_the_right_side(fn: Any, a: Operand, b: Operand, **options: Operand) -> Type:
    right = shaped(b).shape
    unify(square_first(a)[-1], right[0])
    return fresh(common_dtype(a, b), right)


def like_the_third(fn: Any, a: Operand, b: Operand, q: Operand) -> Type:
    return fresh(common_dtype(a, b, q), shaped(q).shape)


def like_the_right_side_of_bands(fn: Any, l_and_u: Operand, ab: Operand, b: Operand) -> Type:
    """A solution has the shape of the right side."""
    return Array(common_dtype(ab, b), array(b).shape)


def like_the_right_side_of_toeplitz(fn: Any, c_or_cr: Operand, b: Operand) -> Type:
    return Array(common_dtype(*items_of(c_or_cr), b), array(b).shape)


def tridiagonal_pair(fn: Any, d: Operand, e: Operand) -> Type:
    """Eigenvalues and eigenvectors."""
    n, dtype = shaped(d).shape[0], common_dtype(d, e)
    return Tuple((fresh(dtype, (n,)), fresh(dtype, (n, n))))


def polar_factors(fn: Any, a: Operand, side: Any = "right") -> Type:
    m, n = shaped(a).shape
    return Tuple((fresh(_inexact(a), (m, n)), fresh(_inexact(a), (n, n))))


def product_with_sparse(fn: Any, a: Operand, x: Operand) -> Type:
    """A sparse matrix times an array; matrices of complex numbers are refused before."""
    kind = array(x)
    rows = a.value.shape[0] if isinstance(a, Const) else fresh_dim()
    double = kind.dtype == np.dtype(float)
    return Array(kind.dtype if double else None, None if kind.shape is None else (rows, *kind.shape[1:]))
