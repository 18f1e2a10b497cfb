"""What was not taken leaves no infinities or NaN behind: a side of `np.where`, what a mask leaves out, what
was overwritten. In either mode, and in second order; expected values are closed forms."""

import numpy as np
import pytest

import transad

P = np.array([0.0, 0.4, 0.6])
SLOPES = np.array([0.0, -1 / 0.16, -1 / 0.36])  # of 1 / p
N = np.array([-1.0, 0.4, 0.6])
LOG_SLOPES = np.array([0.0, 1 / 0.4, 1 / 0.6])
SECOND_COLUMN = np.array([[False, True], [False, True]])


def overwritten_by_mask(p):
    r = 1 / p
    r[p == 0] = 0.0
    return np.sum(r)


def overwritten_by_number(p):
    r = 1 / p
    r[0] = 0.0
    return np.sum(r)


def overwritten_by_slice(p):
    r = 3.0 / p
    r[:1] = 1.0
    return np.sum(r / 3.0)


def overwritten_with_nan(p):
    r = 1 / p
    r[~np.isfinite(r)] = np.nan
    return np.nansum(r)


def read_by_mask(p):
    r = 1 / p
    return np.sum(r[np.isfinite(r)])


def summed_where(p):
    r = 1 / p
    return np.sum(r, where=np.isfinite(r))


def made_finite(p):
    return np.sum(np.nan_to_num(1 / p, posinf=0.0))


def divided_where(p):
    return np.sum(np.divide(1.0, p, out=np.zeros_like(p), where=p != 0))


def chosen_in_a_loop(p):
    total = 0.0
    for v in p:
        total += 1 / v if v > 0 else 0.0
    return total


@pytest.mark.parametrize(
    "f",
    [overwritten_by_mask, overwritten_by_number, overwritten_by_slice, overwritten_with_nan, read_by_mask]
    + [summed_where, made_finite, divided_where, chosen_in_a_loop],
)
def test_reciprocals_at_zero(f):
    check(f, P, SLOPES, np.array([0.0, 2 / 0.4**3, 2 / 0.6**3]))


def where(p):
    return np.sum(np.where(p > 0, np.log(p), 0.0))


def selected(p):
    return np.sum(np.select([p > 0], [np.log(p)], 0.0))


def piecewise(p):
    return np.sum(np.piecewise(p, [p > 0], [np.log, 0.0]))


def sum_without_nan(p):
    return np.nansum(np.log(p))


def taken_before(p):
    q = p[p > 0]
    return np.sum(np.log(q))


def logarithm_into(p):
    out = np.zeros_like(p)
    np.log(p, out=out, where=p > 0)
    return np.sum(out)


@pytest.mark.parametrize("f", [where, selected, piecewise, sum_without_nan, taken_before, logarithm_into])
def test_logarithms_of_negative_numbers(f):
    check(f, N, LOG_SLOPES, np.array([0.0, -1 / 0.16, -1 / 0.36]))


def over_rows(x, d):
    return np.sum(np.where(SECOND_COLUMN, x / d, 0.0))


def other_side_over_rows(x, d):
    return np.sum(np.where(~SECOND_COLUMN, 0.0, x / d))


def over_rows_with_weights(x, d):
    return np.sum(np.where(d > 0, np.ones((2, 2)) * (x / d), 0.0))


@pytest.mark.parametrize("f", [over_rows, other_side_over_rows, over_rows_with_weights])
def test_a_broadcast_that_is_summed_before_it_is_divided(f):
    with np.errstate(all="ignore"):
        got = transad.grad(f)(np.array([1.0, 2.0]), np.array([0.0, 2.0]))
    assert got == pytest.approx([0.0, 1.0])


def test_a_number_that_is_taken_nowhere():
    def f(x, y):
        return np.sum(np.where(y > 5.0, np.log(x) * y, 0.0))

    with np.errstate(all="ignore"):
        assert transad.grad(f)(np.float64(0.0), np.array([1.0, 2.0])) == 0.0


def check(f, x, first, second):
    """The gradient, the slope along ones, and the Hessian, which is diagonal."""
    with np.errstate(all="ignore"):
        assert transad.grad(f)(x) == pytest.approx(first)
        assert transad.jvp(f, (x,), (np.ones_like(x),))[1] == pytest.approx(np.sum(first))
        assert transad.hessian(f)(x) == pytest.approx(np.diag(second))
