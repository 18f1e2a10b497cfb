"""The reference evaluator itself: against closed forms, differences and the complex step."""

import math

import numpy as np
import pytest

from . import differences, dual


def overwrites(x, a):
    buf = np.zeros(4)
    view = buf[1:]
    view += x[:3] * a
    alias = buf
    alias[0] = a**2
    total = alias[0]
    total += np.sum(np.sin(buf) * buf[::-1])
    buf.reshape(2, 2)[1] *= 2.0
    return total + buf @ buf


def mixes_functions(x, a):
    y = np.where(x > 0.5, np.exp(-x), np.log1p(x**2)) + np.maximum(x, a)
    z = np.outer(y, x).T.mean(axis=0) + np.std(x)
    return math.atan2(a, z[0]) + float(np.linalg.norm(z)) + math.sqrt(abs(a)) ** 3


def analytic(x, a):
    return np.sum(np.sin(x) ** 3 / (1.0 + np.exp(a * x))) * a**2.5


ARGUMENTS = (np.array([0.3, 0.9, -0.4, 1.3]), 0.7)


@pytest.mark.parametrize("program", [overwrites, mixes_functions, analytic])
def test_dual_gradient_agrees_with_differences(program):
    got = dual.gradient(program, ARGUMENTS, (0, 1))
    differences.check(got, differences.gradient(program, ARGUMENTS, (0, 1)), 1e-9)


def test_dual_gradient_agrees_with_the_complex_step():
    got = dual.gradient(analytic, ARGUMENTS, (0, 1))
    differences.check(got, differences.complex_step(analytic, ARGUMENTS, (0, 1)), 1e-14)


@pytest.mark.parametrize("program", [overwrites, mixes_functions, analytic])
def test_nested_duals_agree_with_differences_of_the_gradient(program):
    got = dual.hessian(program, ARGUMENTS)
    want = differences.jacobian(lambda x: dual.gradient(program, (x, ARGUMENTS[1]))[0], ARGUMENTS[:1])
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-8)


def test_augmented_assignment_rebinds_numbers_and_mutates_arrays():
    source = "def f(x, s):\n    b = x\n    b += s\n    t = s\n    t += x[0]\n    return x[0] + s * t"
    x, s = np.array([2.0]), 3.0  # the result is (x + s) + s * (s + (x + s))
    (x_bar, s_bar) = dual.gradient(source, (x, s), (0, 1))
    assert x_bar.tolist() == [1.0 + s] and s_bar == 1.0 + (x[0] + 2.0 * s) + 2.0 * s


def test_arguments_are_left_alone():
    x, a = np.array([0.3, 0.9, -0.4, 1.3]), 0.7
    dual.gradient("def f(x, a):\n    x *= a\n    return x[0]", (x, a), (0,))
    assert x.tolist() == [0.3, 0.9, -0.4, 1.3]


def test_structures_are_flattened_in_order_and_back():
    tree = {"w": np.arange(4.0).reshape(2, 2), "rest": [1.5, (2.5, "name", 7)]}
    assert differences.flatten(tree) == [0.0, 1.0, 2.0, 3.0, 1.5, 2.5]
    back = differences.unflatten(tree, range(6))
    assert back["rest"] == [4, (5, "name", 7)] and back["w"].shape == (2, 2)


def test_a_tangent_is_never_dropped_in_silence():
    with pytest.raises(TypeError):
        np.zeros(2)[0] = dual.Dual(1.0, 1.0)
