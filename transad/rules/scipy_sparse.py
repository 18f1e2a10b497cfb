"""Sparse matrices times arrays, and systems of equations with them.

A matrix from outside is a constant. One that is made of differentiated entries, `csr_matrix((data, (i, j)))`,
is an object of a class written here: products and solutions depend on its entries, at their rows and columns.
"""

import numpy as np
from scipy import sparse
from scipy.sparse import linalg as systems

from transad.analysis.shape_rules.linalg import product_with_sparse
from transad.analysis.shape_rules.solvers import a_solution
from transad.rules.helpers import known, may_be_one, sparse_product, sparse_with_entries, with_shape_of
from transad.rules.implicit import field
from transad.rules.registry import compile_time, expansion, jvp, linear, nondifferentiable, vjp


@linear(sparse_product, wrt="x", result=product_with_sparse)
def _(y_bar, a, x):
    return with_shape_of(x, sparse_product(field(a, "T", a), y_bar))


nondifferentiable(sparse_with_entries, result=a_solution)


def factor(a, x):
    """The other factor of a product with a sparse matrix."""
    x = np.asarray(x)
    if np.ndim(x) not in (1, 2) or known(a) and a.dtype.kind == "c":
        raise NotImplementedError(
            "this operation with a sparse matrix has no rule",
            "use a real matrix times an array, or a dense matrix",
        )
    return x


def turned(x):
    return x if np.ndim(x) == 1 else x.T


CLASSES = [
    getattr(sparse, f"{kind}_{form}")
    for kind in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")
    for form in ("array", "matrix")
]


def methods(name, classes=CLASSES):
    """The functions that stand for a method, of all classes."""
    return list(dict.fromkeys(getattr(cls, name) for cls in classes))


@expansion(*methods("__matmul__"), *methods("dot"))
def _(self, other):
    return sparse_product(self, factor(self, other))


@expansion(*methods("__rmatmul__"))
def _(self, other):
    return turned(sparse_product(field(self, "T", self), turned(factor(self, other))))


@expansion(*methods("__mul__", [sparse.csr_matrix]))
def _(self, other):
    return sparse_product(self, factor(self, other))


class Transposed:
    """The transpose of a constant matrix, which is another object whenever it is asked for."""

    __array_ufunc__ = None

    def __init__(self, a):
        self.a, self.T = a, a

    def __matmul__(self, x):
        return sparse_product(field(self.a, "T", self.a), factor(self.a, x))

    def __rmatmul__(self, x):
        return turned(sparse_product(self.a, turned(factor(self.a, x))))

    def dot(self, x):
        return self @ x

    def __mul__(self, x):
        if not isinstance(self.a, sparse.spmatrix):
            raise NotImplementedError("a sparse array times an array, entry by entry", "use @, or toarray()")
        return self @ x


@expansion(*dict.fromkeys(cls.T.fget for cls in CLASSES))
def _(self):
    return Transposed(self)


# ----- with entries: a has the entries `data` at rows i and columns j


@compile_time
def is_matrix(kind):
    """Does * mean a product of matrices?"""
    return issubclass(kind, sparse.spmatrix)


class Matrix:
    """A sparse matrix with differentiated entries, beside the one that SciPy computes with."""

    def __init__(self, a, kind, data, i, j, shape):
        self.a, self.kind, self.data, self.i, self.j, self.shape = a, kind, data, i, j, shape

    @property
    def T(self):  # noqa: N802 (its name in SciPy)
        m, n = self.shape
        return Matrix(field(self.a, "T", self.a), self.kind, self.data, self.j, self.i, (n, m))

    def transpose(self):
        return self.T

    def tocsr(self):
        return self

    def tocsc(self):
        return self

    def toarray(self):
        dense = np.zeros(self.shape, dtype=self.data.dtype)
        np.add.at(dense, (self.i, self.j), self.data)
        return dense

    def dot(self, x):
        return self @ x

    def __matmul__(self, x):
        x = np.asarray(x)
        return entries_times(
            sparse_product(self.a, x), self.a, self.kind, self.data, self.i, self.j, self.shape, x
        )

    def __mul__(self, x):
        if np.ndim(x) == 0:
            return matrix(self.kind, self.data * x, self.i, self.j, self.shape)
        if not is_matrix(self.kind):
            raise NotImplementedError("a sparse array times an array, entry by entry", "use @, or toarray()")
        return self @ x


def matrix(kind, data, i, j, shape):
    return Matrix(sparse_with_entries(kind, data, i, j, shape), kind, data, i, j, shape)


def entries_times(y, a, kind, data, i, j, shape, x):
    return y


def products(left, right):
    """Adjoints of the entries: products of rows."""
    return left * right if np.ndim(left) == 1 else np.sum(left * right, axis=1)


@vjp(entries_times, inert=("y", "a"), result=lambda fn, y, **rest: y.type, alias="same")
def _(y_bar, found, y, a, kind, data, i, j, shape, x):
    back = Matrix(a, kind, data, i, j, shape).T
    return None, None, None, products(y_bar[i], x[j]), None, None, None, with_shape_of(x, back @ y_bar)


@jvp(entries_times, inert=("y", "a"), result=lambda fn, y, **rest: y.type, alias="same")
def _(
    found, y_dot, a_dot, kind_dot, data_dot, i_dot, j_dot, shape_dot, x_dot, y, a, kind, data, i, j, shape, x
):
    change = Matrix(a, kind, data, i, j, shape) @ x_dot + matrix(kind, data_dot, i, j, shape) @ x
    return with_shape_of(found, change)


@compile_time
def itself(kind):
    """A class by its own name, whatever it is called here."""
    return kind


def of_entries(kind):
    @expansion(kind)
    def _(arg1, shape=None, dtype=None, copy=False):
        if (
            not isinstance(arg1, tuple)
            or len(arg1) != 2
            or not isinstance(arg1[1], tuple)
            or dtype is not None
        ):
            raise NotImplementedError(
                "a sparse matrix made in this way has no rule",
                "make it of entries: csr_matrix((data, (i, j)))",
            )
        data, (i, j) = arg1
        i, j = np.asarray(i), np.asarray(j)
        if shape is None:
            shape = np.max(i) + 1, np.max(j) + 1
        return matrix(itself(kind), np.asarray(data), i, j, shape)


for kind in (sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix, sparse.csr_array, sparse.csc_array,
             sparse.coo_array):  # fmt: skip
    of_entries(kind)


# ----- systems of equations


@linear(systems.spsolve, wrt="b", result=lambda fn, A, b, **rest: b.type)
def _(x_bar, A, b):
    return systems.spsolve(field(A, "T", A), x_bar)


@expansion(systems.spsolve)
def _(A, b, permc_spec=None, use_umfpack=True):
    b = np.asarray(b)
    if np.ndim(b) == 2 and may_be_one(b, 1) is not False:
        raise NotImplementedError("scipy.sparse.linalg.spsolve with one column", "make the column a vector")
    if isinstance(A, Transposed):
        return systems.spsolve(field(A.a, "T", A.a), b)
    if isinstance(A, Matrix):
        return entries_solved(systems.spsolve(A.a, b), A.a, A.kind, A.data, A.i, A.j, A.shape, b)
    return NotImplemented


def entries_solved(x, a, kind, data, i, j, shape, b):
    return x


@vjp(entries_solved, inert=("x", "a"), result=lambda fn, x, **rest: x.type, alias="same")
def _(x_bar, found, x, a, kind, data, i, j, shape, b):
    b_bar = systems.spsolve(Matrix(a, kind, data, i, j, shape).T, x_bar)
    return None, None, None, -products(b_bar[i], found[j]), None, None, None, b_bar


@jvp(entries_solved, inert=("x", "a"), result=lambda fn, x, **rest: x.type, alias="same")
def _(
    found, x_dot, a_dot, kind_dot, data_dot, i_dot, j_dot, shape_dot, b_dot, x, a, kind, data, i, j, shape, b
):
    change = with_shape_of(b, matrix(kind, data_dot, i, j, shape) @ found)
    return systems.spsolve(Matrix(a, kind, data, i, j, shape), b_dot - change)
