import numpy as np
import pytest

import transad
from transad.rules import registry

from .cases_ufunc_methods import CASES
from .compiled import check_dtypes, check_first, check_second, program
from .harness import check, check_single_precision
from .test_compiled import all_single, converted

RULED = [c for c in CASES if registry.lookup(c.fn) is not None]
X = np.array([0.3, -1.2, 2.1])


@pytest.mark.parametrize("case", RULED, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", RULED, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled(case):
    check_first(program(case))


TWICE = CASES[::3]


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_compiled_to_second_order(case):
    check_second(program(case))


SINGLE = [converted(c, lambda x: x.astype(np.float32), lambda x: x) for c in CASES[::3]]


@pytest.mark.parametrize("case", [c for c in SINGLE if all_single(c)], ids=str)
def test_compiled_in_single_precision(case):
    check_dtypes(program(case))


@pytest.mark.parametrize("derivative", [transad.jacobian])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_first_of_equal_maxima_counts(derivative, mode):
    slope = derivative(lambda x: np.maximum.accumulate(x), mode=mode)(np.array([1.0, 2.0, 2.0, 1.0]))
    np.testing.assert_array_equal(slope, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]])


def test_logaddexp_of_nothing_but_zeros_has_no_nan():
    slope = transad.grad(lambda x: np.logaddexp.reduce(np.where(x > 9.0, x, -np.inf)))(X)
    np.testing.assert_array_equal(slope, 0.0)


def test_a_method_without_a_rule_runs_where_nothing_is_differentiated():
    k = np.array([3, 2, 2])
    assert transad.grad(lambda x: x * np.divide.reduce(k))(2.0) == 0.75
    slope = transad.grad(lambda x: np.divide.reduce(x))(k + 1.0)
    np.testing.assert_allclose(slope, [1 / 9, -4 / 27, -4 / 27])


# ----- at


def test_at_adds_repeatedly():
    def f(x, i):
        h = np.zeros(4)
        np.add.at(h, i, x)
        np.subtract.at(h, 3, x[0])
        return np.sum(h**3)

    transad.check_grad(f, X, np.array([0, 1, 1]))
    df = transad.grad(f)
    df(X, np.array([0, 1, 1]))
    assert "    np.add.at(h, i, x)\n" in df.source


def test_at_in_a_loop_and_through_a_view():
    def f(x, i):
        h = np.ones((4, 2))
        for k in range(3):
            np.add.at(h[:, 0], i, x * k)
            h[1] *= x[0]
        return np.sum(h**2)

    transad.check_grad(f, X, np.array([0, 1, 1]))


# ----- out, where and dtype

OPTIONS = {
    "out": lambda x: np.sum(np.sin(x, out=np.zeros(3)) ** 2),
    "out, by position": lambda x: np.sum(np.add(x, x, np.zeros(3)) ** 2),
    "out of another shape": lambda x: np.sum(np.add(x, 1.0, out=np.zeros((2, 3))) ** 2),
    "out of a function": lambda x: np.sum(np.cumsum(x, out=np.zeros(3)) ** 2),
    "out of a function, by position": lambda x: np.sum(np.clip(x, -1.0, 1.0, np.zeros(3)) ** 2),
    "out of a method": lambda x: np.sum(x.cumsum(out=np.zeros(3)) ** 2),
    "out, as a tuple": lambda x: np.sum(np.exp(x, out=(np.zeros(3),)) ** 2),
    "out of single precision": lambda x: np.sum(np.exp(x, out=np.zeros(3, np.float32)).astype(float)),
    "where": lambda x: np.sum(np.exp(x, out=x * 2.0, where=x > 0.0) ** 2),
    "where, out of its domain": lambda x: np.sum(np.log(x, out=np.zeros(3), where=x > 0.0)),
    "where, dividing by zero": lambda x: np.sum(
        np.divide(x, np.array([0.0, 1.0, 2.0]), out=np.zeros(3), where=np.array([False, True, True]))
    ),
    "dtype": lambda x: np.sum(np.multiply(x, x, dtype=np.float64)),
    "dtype of an integer": lambda x: np.sum(np.sqrt(4, dtype=np.float64) * x),
    "casting, order, subok": lambda x: np.sum(np.add(x, x, casting="same_kind", order="C", subok=True)),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_of_ufuncs(name):
    f = OPTIONS[name]
    with np.errstate(all="ignore"):
        value, slope = transad.value_and_grad(f)(X)
        np.testing.assert_allclose(value, f(X.copy()), rtol=1e-12)
        assert np.isfinite(slope).all()
        if "single" not in name:
            transad.check_grad(f, X)


def test_what_is_written_to_is_seen_by_every_name():
    def f(x):
        y = x * 1.0
        z = y
        np.sin(y, y)
        return z @ x

    transad.check_grad(f, X)


def test_several_results_go_to_several_places():
    def f(x):
        fraction, whole = np.zeros(3), np.zeros(3)
        np.modf(x, out=(fraction, whole))
        return fraction @ x + whole @ x

    transad.check_grad(f, X)


def test_a_result_left_undefined_is_refused():
    with pytest.raises(transad.UnsupportedError, match="undefined"):
        transad.grad(lambda x: np.sum(np.log(x, where=x > 0.0)))(X)


def test_a_function_without_a_rule_writes_to_its_place():
    def f(x):
        h = np.ones(3)
        np.nancumsum(np.arange(3.0), out=h)
        return h @ x

    np.testing.assert_array_equal(transad.grad(f)(X), [0.0, 1.0, 3.0])


# ----- conversions

CONVERSIONS = {
    "float64 of a number": lambda x: np.float64(x[0]) * x[1],
    "float64 of an array": lambda x: np.float64(x) @ x,
    "float64 of a list": lambda x: np.sum(np.float64([x[0], x[1] * x[2]])),
    "a count as a factor": lambda x: np.sum(x > 0.0) * x[0] + np.count_nonzero(x) * x[1],
    "an integer": lambda x: np.int64(x[2]) * x[0],
    "complex128": lambda x: np.abs(np.complex128(x[0]) * 1j) ** 2 * x[1],
    "array with options": lambda x: (
        np.array(x, dtype=float, copy=True, order="F", subok=True, ndmin=2)[0] @ x
    ),
    "array, not copied": lambda x: np.array(x, copy=False) @ x,
    "asarray": lambda x: np.asarray(x, dtype=np.float64, order="C") @ np.asanyarray(x),
    "astype": lambda x: x.astype(float, order="C", casting="unsafe", copy=False) @ x,
    "copy": lambda x: x.copy("C") @ np.copy(x, order="F"),
    "zeros": lambda x: np.zeros_like(x, order="C") @ x + np.ones(3, order="F") @ x,
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions(name):
    transad.check_grad(CONVERSIONS[name], X)


def test_conversions_keep_precision():
    x = X.astype(np.float32)
    for f in (lambda x: np.float64(x[0]) * 2.0, lambda x: np.sum(np.float64(x)), lambda x: np.float32(x[1])):
        assert transad.grad(f)(x).dtype == np.float32


def test_an_array_of_the_type_asked_for_is_the_same_array():
    def f(x):
        y = x * 1.0
        z = y.astype(np.float64, copy=False)
        z[0] = 5.0
        return y @ x

    np.testing.assert_allclose(transad.grad(f)(X), [5.0, 2 * X[1], 2 * X[2]])
