"""Loops and calls that are run again: right, with as many states and passes as the theory says."""

import functools
import math
import sys

import numpy as np
import pytest
from reference import differences

import transad
from transad import checkpoint
from transad.runtime import checkpoints, root_of_passes

X = np.array([0.2, 0.5, 0.3, 0.9])


def rnn(x, n, k, scale=1.0):
    for t in checkpoint(range(n), slots=k):
        x = np.tanh(x * scale + t) + x
    return np.sum(x)


def rnn_by_root(x, n, k):
    for t in checkpoint(range(n)):
        x = np.tanh(x + t) + x
    return np.sum(x)


def stencil(x, n, k):
    for _ in checkpoint(range(n), slots=k):
        x[1:-1] = x[1:-1] * (x[2:] - x[:-2]) + np.sin(x[1:-1])
    return np.sum(x**2)


def countdown(x, n, k):
    for i in checkpoint(range(2 * n, 0, -2), slots=k):
        x = np.sin(x * i) + x
    return np.sum(x)


def backwards(x, n, k):
    for i in checkpoint(reversed(range(n)), slots=k):
        x = np.sin(x * i) + x
    return np.sum(x)


def items(x, n, k):
    y = 1.0
    for v in checkpoint(x[:n], slots=k):
        y = y * np.cos(v) + v
    return y


def in_a_loop(x, n, k):
    y, total = x * 2.0, 0.0
    for _ in range(3):
        for j in checkpoint(range(n), slots=k):
            for _ in range(2):
                x = np.sin(x) * y + j
            total += np.sum(x)
        y = np.cos(y)
    return np.sum(x) + total


def in_a_branch(x, n, k):
    if n > 2:
        for i in checkpoint(range(n), slots=k):
            x = x * np.exp(-x) if i % 2 else np.tanh(x)
    return np.sum(x)


def one_in_another(x, n, k):
    for i in checkpoint(range(n), slots=k):
        for j in checkpoint(range(n), slots=k):
            x = np.sin(0.1 * x * (i + j)) + x
    return np.sum(x)


def from_what_is_overwritten_later(x, n, k):
    y = x * x
    for _ in checkpoint(range(n), slots=k):
        x = np.sin(x) * y
    y[0] = x[1]
    return np.sum(x * y)


LOOPS = [
    rnn, rnn_by_root, stencil, countdown, backwards, items, in_a_loop, in_a_branch, one_in_another,
    from_what_is_overwritten_later,
]  # fmt: skip


@pytest.mark.parametrize("f", LOOPS)
def test_gradient(f):
    df = transad.grad(f)
    for n, k in [(0, 1), (1, 1), (2, 2), (4, 1), (4, 3), (4, 7)]:
        got = df(X.copy(), n, k)
        (want,) = differences.gradient(f, (X.copy(), n, k), (0,))
        differences.check(got, want, 1e-6)


@pytest.mark.parametrize("f", [rnn, stencil, in_a_branch])
def test_second_derivatives(f):
    g = transad.grad(f)
    h = 1e-5 * np.eye(4)
    want = [(g(X + d, 4, 2) - g(X - d, 4, 2)) / 2e-5 for d in h]
    for mode in ("forward", "reverse"):
        got = transad.jacobian(g, mode=mode)(X.copy(), 4, 2)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)


def test_forward_mode_runs_the_loop_once():
    y, y_dot = transad.jvp(rnn, (X, 4, 2), (np.ones(4), None, None))
    assert y == rnn(X, 4, 2)
    np.testing.assert_allclose(y_dot, np.sum(transad.grad(rnn)(X, 4, 2)))


def test_as_plain_python_nothing_happens():
    steps = range(3)
    assert checkpoint(steps, slots=2) is steps
    assert checkpoint(math.sin) is math.sin


# -- the schedule


@functools.cache
def fewest(passes, slots):
    """The fewest passes run to get to the state before each, the last first: dynamic programming."""
    if passes == 1:
        return 0
    if slots == 1:
        return passes * (passes - 1) // 2
    return min(m + fewest(passes - m, slots - 1) + fewest(m, slots) for m in range(1, passes))


def run(passes, slots):
    """How often each pass is run to get on, and the most states kept at a time."""
    count, most = [0] * passes, 0

    def get_on(before, t, first):
        nonlocal most
        places = checkpoints(before, t, slots)
        for j in range(first, len(places) - 1):
            most = max(most, j + 1)
            for k in range(places[j], places[j + 1]):
                count[k] += 1
        return places

    places = get_on([0, 0], passes, 0)
    for t in reversed(range(passes)):
        places = get_on(places, t, len(places) - 2)
        assert places[-1] == t
    return count, most


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("passes", [1, 2, 3, 7, 20, 34])
def test_no_schedule_runs_fewer_passes(passes, slots):
    count, most = run(passes, slots)
    assert sum(count) == fewest(passes + 1, slots)  # the rest of the program is one more
    assert most <= slots


def test_no_slots_at_run_time_are_taken_for_one():
    np.testing.assert_array_equal(transad.grad(rnn)(X, 4, 0), transad.grad(rnn)(X, 4, 1))


@pytest.mark.parametrize(("slots", "repeats"), [(3, 2), (4, 3), (10, 2)])
def test_repeats_are_those_of_the_binomial_schedule(slots, repeats):
    longest = math.comb(slots + repeats, repeats) - 1
    assert max(run(longest, slots)[0]) == repeats
    assert max(run(longest + 1, slots)[0]) == repeats + 1


@pytest.mark.parametrize("n", [0, 1, 2, 10, 99, 1000])
def test_by_default_no_pass_is_run_more_than_twice_to_get_on(n):
    slots = root_of_passes(n)
    assert slots <= math.sqrt(2 * n) + 1
    assert max(run(n, slots)[0], default=0) <= 2


def test_emitted_code_follows_the_schedule():
    df = transad.grad(rnn)
    df(X, 20, 3)
    steps, most = 0, 0

    def watch(frame, event, _):
        nonlocal steps, most
        steps += event == "call" and frame.f_code.co_name == "step"
        most = max(most, len(frame.f_locals.get("x_kept", ())))

    function = df.specialize(X, 20, 3)
    sys.setprofile(watch)
    try:
        function(X, 20, 3)
    finally:
        sys.setprofile(None)
    assert steps + 20 == fewest(21, 3)  # the forward sweep has the body in place
    assert most <= 3


def test_source_says_what_it_costs():
    df = transad.grad(rnn)
    df(X, 20, 3)
    assert "# k states; passes run up to r + 1 times, comb(k + r, r) > n" in df.source
    df = transad.grad(rnn_by_root)
    df(X, 20, 3)
    assert "# states; passes run up to 3 times" in df.source


# -- calls


def layer(x, w):
    for _ in range(3):
        x = np.tanh(w * x) + x
    return x, np.exp(-x)


def test_of_a_call_only_the_arguments_are_kept():
    def f(x):
        a, b = checkpoint(layer)(x, x * 2.0)
        return np.sum(a * b)

    df = transad.grad(f)
    got = df(X)
    (want,) = differences.gradient(f, (X,), (0,))
    differences.check(got, want, 1e-7)
    assert "layer_backward(x, " in df.source
    np.testing.assert_allclose(transad.jvp(f, (X,), (np.ones(4),))[1], np.sum(want), rtol=1e-6)


def test_calls_in_a_loop():
    def f(x, n):
        for _ in range(n):
            x, _ = checkpoint(layer)(x, 0.5)
        return np.sum(x)

    differences.check(transad.grad(f)(X, 3), differences.gradient(f, (X, 3), (0,))[0], 1e-6)
    hessian = transad.hessian(f)(X, 2)
    g = transad.grad(f)
    want = [(g(X + d, 2) - g(X - d, 2)) / 2e-5 for d in 1e-5 * np.eye(4)]
    np.testing.assert_allclose(hessian, want, rtol=1e-5, atol=1e-7)


# -- refused


def test_random_draws_cannot_be_repeated():
    def f(x, rng):
        for _ in checkpoint(range(3)):
            x = x * rng.normal(size=4)
        return np.sum(x)

    with pytest.raises(transad.ArgumentError, match="more than once"):
        transad.grad(f)(X, np.random.default_rng(0))


def test_a_loop_that_is_left_early():
    def f(x, n):
        for _ in checkpoint(range(n)):
            x = np.sin(x)
            if np.sum(x) < 1.0:
                break
        return np.sum(x)

    with pytest.raises(transad.ArgumentError, match="left before its end"):
        transad.grad(f)(X, 3)


def test_no_slots():
    def f(x):
        for _ in checkpoint(range(3), slots=0):
            x = np.sin(x)
        return np.sum(x)

    with pytest.raises(transad.ArgumentError, match="no slots"):
        transad.grad(f)(X)


def test_a_loop_that_is_taken_pass_by_pass():
    def f(x):
        for a in checkpoint((x, 2.0, "sum")):
            x = x if a == "sum" else np.sin(x * a)
        return np.sum(x)

    with pytest.raises(transad.UnsupportedError, match="pass by pass"):
        transad.grad(f)(X)
