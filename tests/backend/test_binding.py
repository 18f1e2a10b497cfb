"""Names that only some paths bind, in derivatives that read them whatever the path."""

import numpy as np
import pytest
from reference import differences

import transad
from transad.analysis.assigned import learn, surely_unbound
from transad.ir.core import UNDEFINED_VALUE, Block, Const, Op, Var
from transad.ir.primitives import IF


def left_early_by_a_nested_branch(x):
    x[1:] = x[2] * np.tanh(x[0])
    w = x[:2]
    if x[1] < 0.8:
        if x[0] > 2.0:
            return w[1]
        w = np.log(1.5 + w**2) - w[::-1]
    if x[2] > 0.2:
        return x[2] if w[0] < 0.6 * x[1] else -0.8 * x[0]
    return np.sum(w) + 0.5 * np.sum(x)


def an_array_rebound_in_a_loop_and_used_on_some_paths(x):
    w = np.ones_like(x)
    a = 1.0 * x
    if x[0] < 0.25:
        if np.prod(np.cos(x)) > 0.25:
            return x[0] * 1.7
        for _ in range(2):
            x[:-1] *= np.cos(w[0])
            if np.sum(x) < 0.6:
                a = np.tanh(x[::-1])
    w[:] -= a[1] ** 2
    if not w[1] > 0.9:
        return x[1]
    return np.sum(w) + np.sum(a)


def bound_by_the_first_pass(x):
    total = 0.0
    for k in range(len(x)):
        if k > 0:
            total += np.sum(last**2)  # noqa: F821
        last = x * x[k]  # noqa: F841
    return total


POINTS = [np.array([0.3, -0.7, 0.9]), np.array([2.1, 0.4, 0.5]), np.array([-0.4, 0.2, 1.1])]


@pytest.mark.parametrize("x", POINTS, ids=str)
@pytest.mark.parametrize(
    "f",
    [
        left_early_by_a_nested_branch,
        an_array_rebound_in_a_loop_and_used_on_some_paths,
        bound_by_the_first_pass,
    ],
    ids=lambda f: f.__name__,
)
def test_gradients_of_programs_with_names_that_some_paths_do_not_bind(f, x):
    expected = differences.gradient(f, (x,), (0,), 1e-5)
    differences.check(transad.grad(f, wrt=(0,))(x), expected, 1e-6)


def branch(test, then, orelse):
    out = Var("v")
    return out, Op([out], IF, [test], {}, [Block([], [], [then]), Block([], [], [orelse])])


def test_a_variable_is_surely_unbound_only_on_the_side_that_does_not_bind_it():
    test, x = Var("test"), Var("x")
    v, op = branch(test, x, Const(UNDEFINED_VALUE))
    definition = {v: op}.get
    assert not surely_unbound(v, {}, definition)
    assert not surely_unbound(v, {test: True}, definition)
    assert surely_unbound(v, {test: False}, definition)


def test_a_disjunction_that_is_false_says_that_both_its_tests_are():
    a, b = Var("a"), Var("b")
    either, op = branch(a, Const(True), b)
    known = learn({}, either, False, {either: op}.get)
    assert known == {either: False, a: False, b: False}
    assert learn({}, either, True, {either: op}.get) == {either: True}


def a_shape_that_an_earlier_value_of_the_name_lends(x):
    v = x * 1.0
    if x[0] > 0.0:
        for k in range(2):
            w = v.T
            v[0] -= w[k]
            if x[1] > 0.0:
                break
            v, w = w, v
        else:
            v = np.maximum(np.exp(v), -0.2)
    if x[2] < 1.0:
        v[2], v[1] = v[1], v[2]
        return np.sin(np.sum(np.sqrt(1.0 + v[:-1] ** 2)))
    return np.sum(v**2)


@pytest.mark.parametrize("x", [*POINTS, np.array([0.3, 0.4, 0.8])], ids=str)
def test_gradient_with_arrays_handed_round_in_a_loop_that_some_paths_leave(x):
    f = a_shape_that_an_earlier_value_of_the_name_lends
    expected = differences.gradient(f, (x,), (0,), 1e-5)
    differences.check(transad.grad(f, wrt=(0,))(x), expected, 1e-6)
