"""Functions that call themselves."""

import linecache

import numpy as np
import pytest
from frontend.agreement import Programs

import transad

programs = Programs()

X = 0.8

A = np.array([0.5, 1.2, -0.7, 2.1, 0.3, -1.1, 0.9, 0.4])


def fft(v):
    n = len(v)
    if n == 1:
        return v
    even, odd = (fft(v[::2]), fft(v[1::2]))
    w = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([even + w * odd, even - w * odd])


@programs(A)
def rfft(x):
    X = fft(x.astype(complex))
    return np.sum(np.abs(X) ** 2 * np.arange(len(x)))


def fibo(n, x):
    return x if n < 2 else fibo(n - 1, x) + x * fibo(n - 2, x)


@programs(0.7, 6)
def fib(x, n):
    return fibo(n, x)


@programs(0.7)
def fib_const(x):
    return fibo(9, x)


def tsum(a):
    if len(a) == 1:
        return a[0] ** 2
    h = len(a) // 2
    return tsum(a[:h]) + 0.5 * tsum(a[h:]) * a[0]


@programs(A)
def pairwise_sum(a):
    return tsum(a)


def is_odd(n, x):
    return 1.0 if n == 0 else np.sin(is_even(n - 1, x) * x)


def is_even(n, x):
    return x if n == 0 else is_odd(n - 1, x * 1.1) + x


@programs(0.7, 5)
def mutual(x, n):
    return is_even(n, x)


@programs(0.7, 5)
def closure_rec(x, n):
    k = np.cos(x)

    def go(m, y):
        if m <= 0:
            return y * k
        return go(m - 1, y * x) + k

    return go(n, x)


def newton(f, x, n):
    if n == 0:
        return x
    return newton(f, x - f(x) / 10, n - 1)


@programs(0.7, 3)
def fun_arg(x, n):
    return newton(lambda t: t**2 - 2, x, n)


def ode(y, t, n):
    if n == 0:
        return y
    k = np.array([y[1], -np.sin(y[0])])
    return ode(y + 0.1 * k, t + 0.1, n - 1)


@programs(np.array([1.0, 0.5]), 5)
def euler(y0, n):
    return np.sum(ode(y0, 0.0, n) ** 2)


def pair(x, n):
    if n == 0:
        return (x, 1.0)
    a, b = pair(x, n - 1)
    return (a + b * x, a * b)


@programs(0.7, 3)
def tuple_result(x, n):
    a, b = pair(x, n)
    return a * b


def gcdlike(a, b):
    if b < 0.2:
        return a
    return gcdlike(b, a - b if a > b else b - a)


@programs(1.37, 0.83, wrt=(0, 1))
def active_depth(a, b):
    return gcdlike(a, b * 0.5)


def with_loop(x, n):
    t = x
    for _ in range(n):
        t = t * x + with_loop(x * 0.5, n - 1)
    return t


@programs(0.7, 3)
def loop_rec(x, n):
    return with_loop(x, n)


def binsearch(f, lo, hi, n):
    mid = (lo + hi) / 2
    if n == 0:
        return mid
    if f(mid) > 0:
        return binsearch(f, lo, mid, n - 1)
    return binsearch(f, mid, hi, n - 1)


@programs(0.7, 8)
def bisect(x, n):
    return binsearch(lambda t: t * t - 2, x, x + 2, n) * x


def adaptive(f, a, b, fa, fb, tol):
    m = (a + b) / 2
    fm = f(m)
    w = (b - a) * (fa + fb) / 2
    r = (b - a) * (fa + 2 * fm + fb) / 4
    if abs(w - r) < tol:
        return r
    return adaptive(f, a, m, fa, fm, tol / 2) + adaptive(f, m, b, fm, fb, tol / 2)


@programs(1.3)
def quad(x):
    f = lambda t: np.exp(-x * t * t)
    return adaptive(f, 0.0, 2.0, f(0.0), f(2.0), 0.001)


def qsort(a):
    if len(a) <= 1:
        return a
    p = a[0]
    r = a[1:]
    return np.concatenate([qsort(r[r < p]), a[:1], qsort(r[r >= p])])


@programs(A)
def quicksort(a):
    return np.sum(qsort(a) * np.arange(len(a)))


def det(M):
    if M.shape[0] == 1:
        return M[0, 0]
    s = 0.0
    for j in range(M.shape[0]):
        minor = np.concatenate([M[1:, :j], M[1:, j + 1 :]], axis=1)
        s += (-1) ** j * M[0, j] * det(minor)
    return s


@programs(np.array([[1.0, 2, 0.5], [0.3, 1, 2], [2, 0.1, 1]]))
def laplace(M):
    return det(M)


class Node:
    def __init__(s, v, l=None, r=None):
        s.v, s.l, s.r = (v, l, r)

    def ev(s, x):
        t = s.v * x
        if s.l is not None:
            t = t * s.l.ev(x)
        if s.r:
            t = t + np.sin(s.r.ev(x))
        return t


TREE = Node(2.0, Node(3.0), Node(1.0, Node(0.5), Node(0.7)))


@programs(0.7)
def tree_obj(x):
    return TREE.ev(x)


@programs(0.7)
def ackdepth(x):

    def f(n):
        return 1.0 if n == 0 else n * x * f(n - 1)

    return f(100) * 1e-150


def cf(x, n, k=1):
    return k if k == n else k + x / cf(x, n, k + 1)


@programs(0.7, 6)
def contfrac(x, n):
    return cf(x, n)


def poly(c, x):
    if len(c) == 1:
        return c[0]
    return c[0] + x * poly(c[1:], x)


@programs(A, 0.3, wrt=(0, 1))
def horner_rec(c, x):
    return poly(c, x)


def stack(x, n, acc):
    if n == 0:
        return acc
    return stack(x, n - 1, acc * np.tanh(x) + x)


@programs(A, 4)
def array_acc(x, n):
    return np.sum(stack(x, n, np.ones_like(x)))


@programs(0.5)
def hanoi_like(x):

    def h(n, a, b, c):
        if n == 0:
            return a
        return h(n - 1, a, c, b) + h(n - 1, c, b, a) * x

    return h(3, x, 2.0, x**2)


@programs(X)
def fact(x):

    def f(n):
        return 1.0 if n == 0 else n * x * f(n - 1)

    return f(5)


@programs(X)
def tree(x):
    t = (1.0, (2.0, None, None), (3.0, (4.0, None, None), None))

    def ev(n):
        if n is None:
            return x
        v, l, r = n
        return v * ev(l) + np.sin(ev(r))

    return ev(t)


@programs(X)
def ackermann_mutual(x):

    def even(n):
        return x if n == 0 else odd(n - 1) * x

    def odd(n):
        return 1.0 if n == 0 else even(n - 1) + x

    return even(7)


def swap_rec(a, n):
    if n == 0:
        return a
    b = a.copy()
    b[0], b[-1] = b[-1], b[0] * 0.5
    return swap_rec(b, n - 1)


@programs(A, 3)
def rec_copy(a, n):
    r = swap_rec(a, n)
    r2 = r
    r2[1] = a[0]
    return np.sum(r * r2)


def ident(a, n):
    return a if n == 0 else ident(a, n - 1)


@programs(A, 3)
def rec_identity(a, n):
    b = a * 1.0
    c = ident(b, n)
    return np.sum(c**2) + b[0]


@programs(A, 3)
def rec_alias(a, n):
    b = a * 1.0
    c = ident(b, n)
    c[0] = 5.0 * a[1]
    return np.sum(b**2)


def views(a):
    if len(a) <= 1:
        return a[0] * 1.0
    m = len(a) // 2
    return views(a[:m]) * 0.5 + views(a[m:]) ** 2


@programs(A)
def rec_views(a):
    return views(a)


test_derivatives_agree_with_differences = programs.test()


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def test_recursion_goes_as_deep_as_python_does():
    assert np.isclose(transad.grad(power)(1.001, 500), 500 * 1.001**499)


def test_reverse_mode_of_reverse_mode_is_right_for_recursion():
    second = transad.grad(transad.grad(power))
    assert np.isclose(second(1.1, 20), 20 * 19 * 1.1**18)


def test_the_parts_of_a_recursive_function_call_themselves():
    df = transad.grad(power)
    df(1.1, 3)
    assert "return 1.0 if n == 0" not in df.source
    for part in ("power_forward", "power_backward"):
        assert df.source.count(f"def {part}(") == 1
        assert df.source.count(f"{part}(") == 3  # its definition, the call of itself, and the first call


def endless(x):
    return x * endless(x)


def test_recursion_without_end_is_refused_with_its_line():
    with pytest.raises(transad.UnsupportedError, match="endless") as refused:
        transad.grad(endless)(1.0)
    assert "test_recursion.py" in str(refused.value)


def filled(a, k):
    if k < 0:
        return a
    a[k] = 0.0
    return filled(a, k - 1)


def test_a_recursive_function_may_write_to_its_argument_and_return_it():
    df = transad.grad(lambda x, n: np.sum(filled(x * 2.0, n)))
    assert df(np.ones(99), 97).tolist() == [0.0] * 98 + [2.0]
    assert "filled_forward" in df.source


def through_another_name(x, n):
    a = x * 2.0

    def doubled(p, k):
        if k == 0:
            return 1.0
        p[k - 1] = a[k] * a[k - 1]
        return p[k] + doubled(p, k - 1)

    return doubled(a, n)


def test_a_recursive_function_that_reads_under_another_name_what_it_writes_is_refused():
    with pytest.raises(transad.AliasingError, match="may share memory"):
        transad.grad(through_another_name)(np.ones(600), 597)


def appended(items, k):
    if k:
        items.append(1.0 * k)
        appended(items, k - 1)


def test_a_recursive_function_that_changes_a_list_is_refused():
    def f(x, n):
        items = [x]
        appended(items, n)
        return sum(items)

    with pytest.raises(transad.UnsupportedError, match="changes a list"):
        transad.grad(f)(1.0, 97)


def test_a_function_that_writes_to_its_arguments_is_evaluated_anew_for_each_column():
    def f(x, total):
        total += x
        x[0] = x[1] * total[0]
        return x * total

    expected = [[8.0, 4.0, 0.0], [0.0, 6.0, 0.0], [0.0, 0.0, 9.0]]  # by hand
    for mode in ("forward", "reverse"):
        x = np.array([1.0, 2.0, 3.0])
        assert np.allclose(transad.jacobian(f, mode=mode)(x, x.copy()), expected)
    y, pullback = transad.vjp(lambda x: f(x, np.ones(3)), np.array([1.0, 2.0, 3.0]))
    assert np.allclose(y, [8.0, 6.0, 12.0])
    assert np.allclose(pullback(np.ones(3))[0], [8.0, 9.0, 7.0])


def test_recursion_of_known_depth_is_taken_call_by_call_where_it_has_to_be():
    slope = transad.grad(lambda x, n: np.sum(filled(x * 2.0, n)))(np.ones(4), 2)
    assert slope.tolist() == [0.0, 0.0, 0.0, 2.0]


def helper(v):
    w = np.sin(v) * 2.0 + v**2
    if w > 2.0:
        w = np.sqrt(w)
    return w * 0.5 + np.cos(w)


def called(x, times):
    """A program that calls the helper again and again, in so many lines."""
    text = "def program(x):\n" + "    x = helper(x)\n" * times + "    return x\n"
    name = f"<{times} calls>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace = {"helper": helper}
    exec(compile(text, name, "exec"), namespace)
    df = transad.grad(namespace["program"])
    df(x)
    return df


def test_a_helper_called_often_is_transformed_once():
    df = called(0.7, 100)
    assert df.source.count("def helper_forward") == 1
    by_hand, state = 1.0, 0.7
    for _ in range(100):
        by_hand *= transad.derivative(helper)(state)
        state = helper(state)
    assert np.isclose(df(0.7), by_hand, rtol=1e-9, atol=0.0)
    assert len(df.source) < 100 * 100  # characters: two short lines for a call
