"""scipy.sparse: constant matrices times arrays, systems, and matrices made of differentiated entries."""

import numpy as np
import pytest

import transad

pytest.importorskip("scipy.sparse")

from scipy import sparse
from scipy.sparse import linalg

from .compiled import check_first, check_second, program_of

DENSE = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0], [4.0, 0.0, 5.0]])
ROWS = sparse.csr_matrix(DENSE)
COLUMNS = sparse.csc_matrix(DENSE)
WIDE = sparse.csr_array(np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 3.0, 0.0, 1.0]]))
X = np.array([0.3, 0.7, 1.1])
TABLE = np.outer(X, [1.0, 2.0])
DATA = np.array([0.5, 1.0, 2.0, 0.3, 0.8])
I, J = np.array([0, 1, 2, 0, 0]), np.array([0, 1, 2, 2, 2])  # the last two are at one place  # noqa: E741


def product(x):
    return ROWS @ x


def from_the_right(x):
    return x @ ROWS


def by_method(x):
    return ROWS.dot(x) + ROWS * x


def transposed(x):
    return ROWS.T @ x


def of_an_array(x):
    return WIDE @ x


def by_transposed_array(x):
    return x @ WIDE.T


def solution(b):
    return linalg.spsolve(COLUMNS, b)


def solution_of_transposed(b):
    return linalg.spsolve(COLUMNS.T, b)


def entries_times(d, x):
    return sparse.csr_matrix((d, (I, J)), shape=(3, 3)) @ x


def entries_transposed(d, x):
    return sparse.coo_array((d, (I, J))).T @ x * 2.0


def entries_scaled(d, a, x):
    return sparse.csr_matrix((d, (I, J)), shape=(3, 3)) * a * x


def columns_times(d, x):
    return sparse.csc_array((d, (I, J)), shape=(3, 3)) @ x + sparse.coo_matrix((d, (I, J)), shape=(3, 3)) * x


def entries_dense(d):
    return sparse.csr_array((d, (I, J)), shape=(3, 4)).toarray()


def entries_solved(d, b):
    return linalg.spsolve(sparse.csc_matrix((d, (I, J)), shape=(3, 3)), b)


CASES = [
    *[(f, x) for f in (product, transposed) for x in (X, TABLE)],
    *[(f, x) for f in (solution, solution_of_transposed) for x in (X, TABLE)],
    (by_method, X),
    (from_the_right, X),
    (from_the_right, TABLE.T.copy()),
    (of_an_array, np.append(X, 0.2)),
    (by_transposed_array, np.append(X, 0.2)),
    *[
        (f, DATA, x)
        for f in (entries_times, entries_transposed, columns_times, entries_solved)
        for x in (X, TABLE)
    ],
    (entries_scaled, DATA, 1.3, X),
    (entries_dense, DATA),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].__name__}-{np.ndim(case[-1])}")
def test_agrees_with_differences(case):
    p = program_of(*case)
    check_first(p)
    check_second(p)


def test_an_argument_may_be_sparse():
    gradient = transad.grad(lambda a, x: np.sum((a @ x) ** 2), wrt=1)
    np.testing.assert_allclose(gradient(ROWS, X), 2.0 * DENSE.T @ DENSE @ X)


def test_a_transpose_is_compiled_once():
    """It is a new object whenever it is asked for."""
    gradient = transad.grad(lambda x: np.sum((ROWS.T @ x) ** 2))
    for _ in range(3):
        gradient(X)
    assert gradient.cache_info().misses == 1


def of_complex_numbers(x):
    return np.sum(np.abs(sparse.csr_matrix(1j * DENSE) @ x))


def by_entry(x):
    return np.sum((WIDE * x).toarray())


def by_diagonals(x):
    return np.sum(sparse.diags(x).toarray())


@pytest.mark.parametrize("f", [of_complex_numbers, by_entry, by_diagonals], ids=lambda f: f.__name__)
def test_what_has_no_rule_is_refused(f):
    with pytest.raises(transad.errors.TransadError):
        transad.grad(f)(np.append(X, 0.2))
