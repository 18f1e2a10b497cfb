"""Rules of users: right ones pass in both modes, wrong ones are caught with the place of the error; and they
stand in the emitted code like ours."""

import ctypes
import math

import numpy as np
import pytest

import transad


class Third:
    """A callable of a third party, of which nothing is known."""

    def __init__(self, function):
        self.function = function
        self.__name__ = "third"

    def __call__(self, *args):
        return self.function(*args)


def test_partials_of_a_third_party_callable():
    softplus = Third(lambda x: np.log1p(np.exp(x)))

    @transad.partials(softplus)
    def _(y, x):
        return 1.0 - np.exp(-y)

    transad.check_rule(softplus, np.array([0.3, -2.0, 1.0]))
    df = transad.grad(lambda x: np.sum(softplus(x)))
    np.testing.assert_allclose(df(np.array([0.0])), [0.5])
    assert "x_bar = 1.0 - np.exp(-third(x))" in df.source


def test_linear_of_a_user_function():
    def upwards(x, shift=0):
        return x[::-1] + 0.0 * shift

    @transad.linear(upwards)
    def _(y_bar, x, shift=0):
        return y_bar[::-1]

    transad.check_rule(upwards, np.arange(4.0))
    df = transad.grad(lambda x, w: w @ upwards(x))
    np.testing.assert_allclose(df(np.ones(3), np.arange(3.0)), [2.0, 1.0, 0.0])
    assert "    x_bar = w[::-1]" in df.source


def root(a, b):
    x = 0.0
    for _ in range(60):
        x -= (b * x + math.exp(x) - a) / (b + math.exp(x))
    return x


def test_vjp_of_several_arguments():
    @transad.vjp(root)
    def _(x_bar, x, a, b):
        scale = x_bar / (b + math.exp(x))
        return scale, -scale * x

    transad.check_rule(root, 2.0, 0.7)
    df = transad.grad(root, wrt=(0, 1))
    df(2.0, 0.7)
    assert "    a_bar = 1.0 / (b + math.exp(t))\n    b_bar = -a_bar * t\n" in df.source


def test_jvp_gives_reverse_mode_too():
    norm = Third(lambda z: float(np.sqrt(np.sum(np.abs(z) ** 2))))

    @transad.jvp(norm)
    def _(y, z_dot, z):
        return np.real(np.sum(np.conj(z) * z_dot)) / y

    transad.check_rule(norm, np.array([1.0, -2.0]))
    transad.check_rule(norm, np.array([1.0 + 0.3j, -2.0j]))


def test_results_in_a_tuple():
    def both(x):
        return np.sin(x), np.cos(x) * x

    @transad.vjp(both)
    def _(y_bar, y, x):
        return y_bar[0] * np.cos(x) + y_bar[1] * (np.cos(x) - x * np.sin(x))

    transad.check_rule(both, np.array([0.3, 1.2]))


def wrong_partials(f):
    @transad.partials(f)
    def _(y, x):
        return np.cos(x) * (1.0 + (x > 1.0))


def wrong_transpose(f):
    @transad.linear(f)
    def _(y_bar, x):
        return np.cumsum(y_bar)


def wrong_vjp(f):
    @transad.vjp(f)
    def _(y_bar, y, x):
        return y_bar * y


def wrong_jvp(f):
    @transad.jvp(f)
    def _(y, x_dot, x):
        return -x_dot


@pytest.mark.parametrize(
    ("function", "declare", "mode"),
    [
        (np.sin, wrong_partials, r"mode, argument 0\[1\]"),
        (np.cumsum, wrong_transpose, "reverse mode"),
        (np.exp2, wrong_vjp, "mode, argument 0"),
        (np.tanh, wrong_jvp, "mode, argument 0"),
        (np.sin, transad.nondifferentiable, "given, .* by differences"),
    ],
)
def test_a_wrong_rule_is_caught_with_its_place(function, declare, mode):
    third = Third(function)
    declare(third)
    with pytest.raises(transad.GradientCheckError, match=mode):
        transad.check_rule(third, np.array([0.3, 1.2]))


def test_one_of_two_modes_may_be_wrong():
    third = Third(np.sin)

    @transad.vjp(third)
    def _(y_bar, y, x):
        return y_bar * np.cos(x)

    transad.check_rule(third, 0.4)

    @transad.jvp(third)
    def _(y, x_dot, x):
        return 2.0 * x_dot * np.cos(x)

    with pytest.raises(transad.GradientCheckError, match="forward mode"):
        transad.check_rule(third, 0.4)


def test_a_function_without_a_rule_is_not_checked():
    with pytest.raises(transad.ArgumentError, match="has no rule"):
        transad.check_rule(Third(np.sin), 0.4)


def test_rules_of_numpy_pass():
    transad.check_rule(np.linalg.solve, np.array([[2.0, 0.3], [0.1, 1.0]]), np.array([1.0, 2.0]))
    transad.check_rule(np.multiply, np.array([1.0, 2.0]), 3.0)
    transad.check_rule(np.concatenate, [np.ones(2), np.zeros(1)])


def test_of_a_linear_rule_the_arguments_it_is_for_are_checked():
    smoothed = Third(lambda x, w: np.convolve(x, w, "same"))

    @transad.linear(smoothed)
    def _(y_bar, x, w):
        return np.convolve(y_bar, w[::-1], "same")

    transad.check_rule(smoothed, np.arange(5.0), np.array([0.2, 0.5, 0.3]))


def test_an_adjoint_of_another_shape_is_named():
    third = Third(lambda x: x * x)

    @transad.vjp(third)
    def _(y_bar, y, x):
        return np.sum(y_bar) * np.ones(3)

    with pytest.raises(transad.GradientCheckError, match=r"shape \(3,\), not \(2,\)"):
        transad.check_rule(third, np.ones(2))


def test_what_cannot_be_hashed_is_refused_with_a_cure():
    ours = ctypes.pythonapi.PyFloat_FromDouble  # gives what it is given
    ours.restype, ours.argtypes = ctypes.py_object, [ctypes.c_double]
    with pytest.raises(TypeError, match="give the rule to a function that calls it"):
        transad.partials(ours)
    with pytest.raises(transad.errors.UnsupportedError, match="cannot be hashed"):
        transad.grad(lambda x: ours(x))(0.4)

    def calls_it(x):
        return ours(x)

    @transad.partials(calls_it)
    def _(y, x):
        return 1.0

    assert transad.grad(lambda x: calls_it(x) ** 2)(0.4) == 0.8


def test_a_rule_must_be_a_function():
    with pytest.raises(TypeError, match="takes the rule of that function, no float"):
        transad.vjp(Third(np.sin))(0.3)
