"""What is the same in every pass of a loop is computed before it, if that can do no harm."""

import ast

import numpy as np
from reference import differences

import transad

X, W = np.array([0.3, 0.7, 0.5]), np.array([0.2, 0.1, 0.4])


def loops(source):
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.For)]


def inside_loops(source, name):
    """How often a function is called in loops."""
    calls = {n for loop in loops(source) for n in ast.walk(loop) if isinstance(n, ast.Call)}
    return sum(getattr(n.func, "attr", None) == name for n in calls)


def check(f, *args, wrt=(0, 1)):
    df = transad.grad(f, wrt=wrt)
    got = df(*args)
    for g, want in zip(got, differences.gradient(f, args, wrt)):
        differences.check(g, want, 1e-6)
    return df.source


def test_moved_out_and_not_recorded():
    def f(x, w, n):
        for _ in range(n):
            x = x * np.exp(w)
        return np.sum(x)

    source = check(f, X, W, 3)
    assert inside_loops(source, "exp") == 0
    assert source.count(".append(") == 1  # x


def test_out_of_all_loops_that_it_does_not_depend_on():
    def f(x, w, n):
        for _ in range(n):
            s = np.sin(x)
            for _ in range(2):
                x = x + s * np.exp(w) * np.cos(s)
        return np.sum(x)

    source = check(f, X, W, 3)
    assert inside_loops(source, "exp") == 0
    inner = [loop for loop in loops(source) if not any(isinstance(n, ast.For) for n in loop.body)]
    assert not any("np.sin(" in line for loop in inner for line in ast.unparse(loop).splitlines())


def test_of_a_while_loop():
    def f(x, w):
        k = 0
        while k < 3:
            x = x * np.exp(w)
            k += 1
        return np.sum(x)

    assert inside_loops(check(f, X, W), "exp") == 0


def test_what_may_fail_stays_where_it_is():
    def f(x, w, n, d):
        for _ in range(n):
            x = x + w * (1.0 / d)
        return np.sum(x)

    df = transad.grad(f)
    np.testing.assert_array_equal(df(X, W, 0, 0.0), np.ones(3))  # no pass, no division by zero


def test_arrays_of_shapes_that_may_differ_stay_where_they_are():
    def f(x, w, v, n):
        for _ in range(n):
            x = x + np.sum(w * v)
        return np.sum(x)

    np.testing.assert_array_equal(transad.grad(f)(X, W, np.ones(2), 0), np.ones(3))


def test_what_has_no_value_without_a_pass():
    def f(x, w, n):
        for i in range(n):
            if i == 0:
                s = w * 2.0
            for _ in range(i):
                x = x * np.sin(s)
        return np.sum(x)

    check(f, X, W, 3)
    np.testing.assert_array_equal(transad.grad(f)(X, W, 0), np.ones(3))


def test_an_array_that_the_body_writes_to_is_made_anew():
    def f(x, w, n):
        for _ in range(n):
            s = w * 2.0
            s[0] = s[0] * x[1]
            x = x * s
        return np.sum(x)

    check(f, X, W, 3)


def test_arrays_put_into_a_list_are_different_ones():
    def f(x, w, n):
        found = []
        for _ in range(n):
            found.append(w * 2.0)
        return np.sum(x * found[0]), found

    _, found = transad.grad(f, has_aux=True)(X, W, 2)
    assert found[0] is not found[1]
