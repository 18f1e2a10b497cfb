import numpy as np
import pytest

import transad

from .cases_samples import CASES
from .compiled import check_dtypes, check_first, check_second, program
from .test_compiled import all_single, converted


@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled(case):
    check_first(program(case))


TWICE = [c for c in CASES[::4] if c.twice]


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_compiled_to_second_order(case):
    check_second(program(case))


SINGLE = [converted(c, lambda x: x.astype(np.float32), lambda x: x) for c in CASES[1::4]]


@pytest.mark.parametrize("case", [c for c in SINGLE if all_single(c)], ids=str)
def test_compiled_in_single_precision(case):
    check_dtypes(program(case))


# ----- functions that write into their argument

X = np.array([[2.1, 3.2, 4.3], [1.0, 4.0, -2.0]])


def fills_diagonal(x):
    y = x * x
    np.fill_diagonal(y, x[0, 0])
    return np.sum(y * y)


def fills_diagonal_with_several(x):
    y = x * x
    np.fill_diagonal(y, x[:, 2])
    return np.sum(y * y)


def puts_along_axis(x):
    y = x * x
    np.put_along_axis(y, np.array([[0], [1]]), x[:, :1], axis=1)
    return np.sum(y * y)


def copies(x):
    y = x * x
    np.copyto(y, x, where=x > 2.0)
    np.copyto(y[0], x[1])
    return np.sum(y * y)


def puts(x):
    y = x * x
    np.put(y, [0, 4], x[0, :2])
    np.put(y, [5, 1, 2], x[1, :2])
    return np.sum(y * y)


def places(x):
    y = x * x
    np.place(y, x > 2.0, [1.0, x[0, 0]])
    return np.sum(y * y)


def puts_by_mask(x):
    y = x * x
    np.putmask(y, x > 2.0, x)
    np.putmask(y[1], x[1] > 2.0, x[0, 0])
    return np.sum(y * y)


def writes_to_triangle(x):
    c = np.eye(3)
    c[np.triu_indices(3, 1)] = x[0]
    c[np.diag_indices(3)] *= x[1]
    return np.sum(c @ c.T)


WRITERS = [
    fills_diagonal, fills_diagonal_with_several, puts_along_axis, copies, puts, places, puts_by_mask,
    writes_to_triangle,
]  # fmt: skip


@pytest.mark.parametrize("f", WRITERS, ids=lambda f: f.__name__)
def test_what_is_written_is_differentiated(f):
    before = X.copy()
    transad.check_grad(f, X)
    _, slope = transad.pushforward(f)(X, np.ones_like(X))
    np.testing.assert_allclose(slope, np.sum(transad.grad(f)(X)))
    np.testing.assert_array_equal(X, before)


def test_indices_that_are_all_different_need_no_check_at_run_time():
    df = transad.grad(writes_to_triangle)
    df(X)
    assert "last_written" not in df.source


# ----- functions that take functions


def square(v):
    return v * v


@np.vectorize
def clipped(v, top):
    if v > top:
        return top
    return v * v


TAKERS = {
    "piecewise": lambda x: np.sum(
        np.piecewise(x[0], [x[0] > 2.5, x[0] < 0.0], [square, -1.0, lambda v: v**3])
    ),
    "piecewise, one condition": lambda x: np.sum(np.piecewise(x[1], x[1] > 0.0, [np.log, 0.0])),
    "piecewise with arguments": lambda x: np.sum(np.piecewise(x, [x > 0.0], [lambda v, k: k * v], x[0, 0])),
    "apply_along_axis to numbers": lambda x: np.apply_along_axis(np.sum, 1, x) @ x[0, :2],
    "apply_along_axis to rows": lambda x: np.sum(np.apply_along_axis(lambda r: r * r.sum(), 0, x) * x),
    "apply_along_axis of a vector": lambda x: np.apply_along_axis(square, 0, x[0]) @ x[1],
    "apply_along_axis in three dimensions": lambda x: np.sum(
        np.apply_along_axis(lambda r, k: r[::-1] * k, 1, x[:, :, None] * x[1], x[0, 0]) ** 2
    ),
    "apply_over_axes": lambda x: np.sum(np.apply_over_axes(np.sum, x * x, [0, 1])),
    "vectorize": lambda x: np.sum(np.vectorize(square)(x) * x),
    "vectorize, a decorator": lambda x: np.sum(clipped(x, 3.0) * x) + np.sum(clipped(x[:, :1], x[1])),
}


@pytest.mark.parametrize("name", TAKERS)
def test_functions_are_followed(name):
    f = TAKERS[name]
    with np.errstate(all="ignore"):
        transad.check_grad(f, X)
        np.testing.assert_allclose(transad.value_and_grad(f)(X)[0], f(X), rtol=1e-12)


# ----- index tricks

TRICKS = {
    "r_": lambda x: np.r_[x[0], 1.0, x[1] ** 2, 0:3] @ np.arange(10.0),
    "r_ with a count": lambda x: np.r_[0:1:5j, x[0]] @ np.arange(8.0),
    "c_": lambda x: np.sum(np.c_[x[0], x[1] ** 2, np.ones((3, 2))] ** 2),
    "mgrid": lambda x: np.sum(np.mgrid[0:2, 0:3] * x),
    "ogrid": lambda x: np.sum(np.ogrid[0:2, 0:3][1] * x),
    "s_": lambda x: np.sum(x[np.s_[:, 1:]] ** 2),
    "ix_": lambda x: np.sum(x[np.ix_([0, 1], [2, 0])] ** 2),
    "flat": lambda x: x.flat[4] * x[0, 0] + np.sum(x.flat[1:3] ** 2),
    "unique inverse": lambda x: (
        np.bincount(np.unique([3, 1, 3], return_inverse=True)[1], weights=x[0]) @ x[1, :2]
    ),
}


@pytest.mark.parametrize("name", TRICKS)
def test_index_tricks(name):
    transad.check_grad(TRICKS[name], X)


# ----- kinks, and what is refused


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_of_equal_numbers_sorting_decides(mode):
    x = np.array([1.0, 1.0, 1.0, 5.0])
    rows = transad.jacobian(lambda x: np.array([np.median(x), np.quantile(x, 0.0)]), mode=mode)(x)
    np.testing.assert_allclose(np.sum(rows, axis=1), [1.0, 1.0])
    assert set(np.unique(rows)) <= {0.0, 0.5, 1.0}


def test_a_nan_that_is_passed_over_leaves_no_trace():
    x = np.array([1.0, np.nan, 3.0])
    for f in (np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanvar, np.nanstd, np.nanmedian):
        assert np.isfinite(transad.grad(lambda x: f(x))(x)).all()


REFUSED = {
    "put out of range": lambda x: np.put(x, [9], 1.0, mode="wrap"),
    "unique": lambda x: np.sum(np.unique(x)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(name):
    with pytest.raises(transad.TransadError) as caught:
        transad.grad(REFUSED[name])(X)
    assert not isinstance(caught.value, transad.errors.InternalError)


X_OUTSIDE = np.array([0.5, 0.0, -1.0, 2.0])


def log_by_mask(x):
    y = np.zeros_like(x)
    y[x > 0.0] = np.log(x[x > 0.0])
    return np.sum(y)


BRANCHES = {
    "where": lambda x: np.sum(np.where(x > 0.0, np.log(x), 0.0)),
    "select": lambda x: np.sum(np.select([x > 1.0, x > 0.0], [np.sqrt(x), np.log(x)], 0.0)),
    "piecewise": lambda x: np.sum(np.piecewise(x, [x > 0.0], [np.log, 0.0])),
    "mask": log_by_mask,
    "nan_to_num": lambda x: np.sum(np.nan_to_num(np.log(x), neginf=0.0)),
    "where of a ufunc": lambda x: np.sum(np.log(x, out=np.zeros_like(x), where=x > 0.0)),
    "where of a sum": lambda x: np.sum(np.log(x), where=x > 0.0),
    "where of a mean": lambda x: np.mean(np.log(x), where=x > 0.0),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_the_branch_not_taken_leaves_no_nan(name):
    f = BRANCHES[name]
    with np.errstate(all="ignore"):
        for slope in (transad.grad(f)(X_OUTSIDE), transad.jacobian(f, mode="forward")(X_OUTSIDE)):
            assert np.isfinite(slope).all() and slope[1] == slope[2] == 0.0
        assert np.isfinite(transad.hessian(f)(X_OUTSIDE)).all()


def test_reverse_over_forward_of_counts_with_constant_weights():
    """Weights that are known while compiling are an array, not a truth value."""
    groups, weights = np.array([0, 2, 2, 1]), np.array([0.5, 1.0, 2.0, 0.25])

    def slope(x):
        return transad.jvp(lambda y: np.sum(np.bincount(groups, y * y * weights)), (x,), (weights,))[1]

    def counted(x):
        return slope(x) * np.sum(np.bincount(groups, weights)) * np.sum(x)

    x = np.array([0.3, 0.7, 1.1, 0.2])
    transad.check_grad(counted, x)
