"""Which overwritten parts of arrays are put back in the reverse sweep, and which may stay."""

import ast

import numpy as np
import pytest
from reference import differences

import transad

X = np.array([0.3, 0.7, 0.5, 0.2, 0.9])
A = np.outer(X, X[::-1]) + 0.1


def source_of(f, *args):
    """The emitted code without comments; its results are checked."""
    df = transad.grad(f)
    got = df(*args)
    (want,) = differences.gradient(f, args, (0,))
    differences.check(got, want, 1e-6)
    return ast.unparse(ast.parse(df.source))


# -- what earlier passes wrote is all that is read


def recurrence(x):
    for i in range(1, len(x)):
        x[i] = np.sin(x[i - 1]) * x[i - 1]
    return np.sum(x**2)


def rows(x):
    h = np.zeros((6, len(x)))
    h[0] = x
    for t in range(5):
        h[t + 1] = np.tanh(h[t] * h[t])
    return np.sum(h)


def table(a):
    r = np.zeros((6, 6))
    r[0, 1:], r[1:, 0] = a[0], a[:, 0]
    for i in range(1, 6):
        for j in range(1, 5):
            r[i, j] = a[i - 1, j - 1] * r[i - 1, j - 1] * r[i - 1, j + 1] + r[i, j - 1] ** 2
    return np.sum(r**2)


def triangle(a):
    for i in range(1, 5):
        for j in range(i):
            a[i, j] = a[i - 1, j] * a[i, 0] if j > 0 else a[i - 1, j] ** 2
    return np.sum(a)


def substitution(a):  # each row reads those before it
    x = np.zeros(5)
    for i in range(5):
        x[i] = (1.0 - np.dot(a[i, :i], x[:i])) / a[i, i]
    return np.sum(x * x)


def upwards(a):
    x = np.zeros((5, 5))
    x[4] = a[4]
    for i in range(3, -1, -1):
        x[i] = np.sin(x[i + 1] * a[i])
    return np.sum(x)


def in_branches(x):
    y = np.zeros(5)
    for i in range(5):
        if i == 0:
            y[0] = x[0] ** 2
        else:
            y[i] = y[i - 1] * x[i]
    return np.sum(y**2)


def columns(a):
    q = np.zeros((5, 5))
    for k in range(5):
        q[:, k] = np.sin(a[:, k])
        for j in range(k + 1, 5):
            a[:, j] = a[:, j] - q[:, k] * np.dot(q[:, k], a[:, j])
    return np.sum(q)


@pytest.mark.parametrize(("f", "x"), [(recurrence, X), (rows, X), (table, A), (upwards, A), (in_branches, X)])
def test_nothing_is_put_back(f, x):
    source = source_of(f, x)
    name = {"recurrence": "x", "rows": "h", "table": "r", "upwards": "x", "in_branches": "y"}[f.__name__]
    values = [ast.unparse(n.value) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Assign)]
    assert not any("_tape" in v for v in values)
    assert f"{name}_tape" not in source


def test_what_is_put_back_is_read_as_it_was_recorded():
    """The columns are recorded where they are overwritten, and the matrix itself is left as it is."""
    source = source_of(columns, A)
    assert ".append(" in source
    backwards = source[source.index("reversed") :]
    assert not any(line.strip().startswith("a[") for line in backwards.splitlines())


def test_slices_that_grow_with_the_index():
    source = source_of(substitution, A + np.eye(5))
    assert ".append(" not in source


def test_what_a_pass_wrote_is_read_from_the_array():
    source = source_of(rows, X)
    assert ".append(" not in source


def test_what_a_pass_wrote_is_needed_before_its_place_is_known():
    def f(x):
        h, s = np.zeros((6, len(x))), 0.0
        h[0] = x
        for t in range(5):
            v = np.tanh(h[t] * h[t])
            h[t + 1] = v
            s += np.sum(v**3)
        return s + np.sum(h)

    source_of(f, X)


def test_lengths_that_differ_by_broadcasting():
    def f(x, v):
        h = np.zeros((4, 3))
        for t in range(3):
            h[t + 1] = np.exp(x * v + h[t, 0])
        return np.sum(h)

    source_of(f, np.array([0.3]), np.array([0.4]))
    source_of(f, X[:3].copy(), X[:3].copy())


def test_single_precision_in_the_array_only():
    def f(x):
        h = np.zeros(5, np.float32)
        for t in range(1, 5):
            h[t] = np.sin(x * t)
        return np.sum(h * 1.0)

    got = transad.grad(f)(0.7)
    np.testing.assert_allclose(got, sum(t * np.cos(0.7 * t) for t in range(1, 5)), rtol=1e-6)


# -- what must be put back


def ahead(x):
    for i in range(len(x) - 1):
        x[i] = x[i + 1] * x[i + 1] * x[i]
    return np.sum(x)


def from_the_other_end(x):  # x[-1] is read in the first pass
    for i in range(len(x)):
        x[i] = x[i - 1] * x[i - 1]
    return np.sum(x)


def itself(x):
    for i in range(len(x)):
        x[i] = np.sin(x[i]) * x[i]
    return np.sum(x)


def several_times(x):
    for _ in range(3):
        for i in range(1, len(x)):
            x[i] = x[i - 1] * x[i] + np.sin(x[i - 1])
    return np.sum(x)


def twice(x):
    for i in range(1, len(x)):
        x[i] = x[i - 1] * x[i - 1]
        x[i] = np.sin(x[i]) * x[i - 1]
    return np.sum(x)


def two_places(x):
    for i in range(1, len(x) - 1):
        x[i] = x[i - 1] ** 2
        x[i + 1] = np.sin(x[i]) * x[i + 1]
    return np.sum(x)


def on_one_side(x):
    for i in range(1, len(x)):
        if i % 2:
            x[i] = x[i - 1] ** 2
        else:
            x[i - 1] = x[i] * x[i - 1]
    return np.sum(x)


def by_twos(x):
    for i in range(1, len(x), 2):
        x[i] = x[i - 1] ** 2
    return np.sum(x)


def downwards(x):
    for i in range(3, -1, -1):
        x[i] = x[i + 1] ** 2 * x[i]
    return np.sum(x)


def read_before(x):
    s = np.sum(x**3)
    for i in range(1, len(x)):
        x[i] = x[i - 1] ** 2
    return s * np.sum(x)


def in_two_loops(x):
    for i in range(1, len(x)):
        x[i] = x[i - 1] ** 2 * x[i]
    for i in range(1, len(x)):
        x[i] = x[i - 1] ** 2 + x[i]
    return np.sum(x)


def slices(x):
    for i in range(1, len(x)):
        x[i] = np.sum(x[:i] ** 2) * np.sum(x[i:])
    return np.sum(x)


def places_from_a_list(x):
    order = np.array([3, 1, 3, 0, 1])
    for i in range(5):
        k = order[i]
        x[k] = np.sin(x[k] * x[k - 1])
    return np.sum(x)


def counted_by_hand(x):
    k = 0
    for _ in range(6):
        x[k] = x[k] * x[k + 1]
        k = (k + 2) % 4
    return np.sum(x)


def clipped(x):  # the last slices are empty, or reach beyond the end
    for i in range(5):
        x[i : i + 2] = x[i : i + 2] * np.sum(x[i + 1 : i + 3])
    return np.sum(x)


def from_behind(x):
    for i in range(1, 4):
        x[-i] = x[-i - 1] * x[i] + x[-i] ** 2
    return np.sum(x)


def steps_in_a_slice(x):
    for i in range(3):
        x[i::2] = x[i::2] * x[i]
    return np.sum(x)


def read_after_the_loop(x):
    y = np.ones(5)
    for i in range(1, 5):
        y[i] = y[i - 1] * x[i]
        y[i - 1] = np.sin(y[i - 1])
    return np.sum(y * y[::-1])


def by_another_test(x):
    for i in range(5):
        if i > 1:
            x[i] = x[i - 2] * x[i]
        elif i != 0:
            x[i] = x[i - 1] * x[i]
        else:
            x[i] = x[i + 1] * x[i - 1]
    return np.sum(x)


def swapped(x):
    a, b = x.copy(), x * 2.0
    for i in range(1, 5):
        a[i] = a[i - 1] * b[i]
        a, b = b, a
    return np.sum(a * b)


def inner_length(x):
    n = 2
    for _ in range(3):
        for j in range(n):
            x[j] = x[j] * x[j + 1]
        n = n + 1
    return np.sum(x)


def until(x):
    for i in range(1, len(x)):
        x[i] = x[i - 1] * x[i - 1]
        if x[i] < 0.05:
            break
        x[i - 1] = x[i] * 3.0
    return np.sum(x**2)


@pytest.mark.parametrize(
    "f",
    [
        ahead, from_the_other_end, itself, several_times, twice, two_places, on_one_side, by_twos, downwards,
        read_before, in_two_loops, slices, until, places_from_a_list, counted_by_hand, clipped, from_behind,
        steps_in_a_slice, read_after_the_loop, by_another_test, inner_length, swapped,
    ],
)  # fmt: skip
def test_vector(f):
    source_of(f, X)


def across(a):
    for i in range(1, 5):
        for j in range(1, 5):
            a[j, i] = a[j - 1, i] * a[j, i - 1] * a[j, i]
    return np.sum(a)


def below(a):
    for i in range(4):
        for j in range(1, 4):
            a[i, j] = a[i + 1, j - 1] * a[i, j + 1] * a[i, j - 1]
    return np.sum(a)


def whole_rows(a):
    for i in range(1, 5):
        for j in range(1, 5):
            a[i, j] = np.sum(a[i - 1] ** 2) * a[i, j - 1]
    return np.sum(a)


def rows_that_go_on(a):
    for i in range(1, 5):
        for j in range(1, 5):
            a[i] = a[i - 1] * a[i] * a[j - 1, j]
    return np.sum(a)


@pytest.mark.parametrize("f", [triangle, across, below, whole_rows, rows_that_go_on])
def test_matrix(f):
    source_of(f, A)


def test_second_derivatives():
    g = transad.grad(recurrence)
    want = [(g(X + d) - g(X - d)) / 2e-5 for d in 1e-5 * np.eye(5)]
    for mode in ("forward", "reverse"):
        got = transad.jacobian(g, mode=mode)(X)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)
