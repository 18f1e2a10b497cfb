"""Arrays that share memory: always, on some paths only, or depending on their layout.

Each program is run by Python and by its derivative; values must agree, and gradients with differences.
"""

import numpy as np
import pytest

import transad


def check(f, *args):
    value, _ = transad.value_and_grad(f)(*args)
    assert value == pytest.approx(f(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in args)))
    transad.check_grad(f, *args)


# ---- on some paths only ---------------------------------------------------------------------------


def one_of_two_names(x):
    a = x.copy()
    b = a
    if a[-1] < 1.1:
        b = np.sin(a)
    b[1] += b[0]
    return np.sum(a * b)


def one_of_two_parts(x):
    a = x.copy()
    if x[0] < 1.0:
        b = a[1:]
    else:
        b = a[:-1]
    b[1] += b[0]
    a[1] *= 2
    return np.sum(b) * a[2]


def one_of_several(x):
    a, b = x.copy(), 2 * x
    if x[0] > 1.0:
        c = a
    elif x[1] > 1.0:
        c = b
    else:
        c = x * x
    d = c
    if x[2] > 1.0:
        d = a
    d *= c[0]
    c[1] = 3.0 * d[0]
    return np.sum(a * b) + np.sum(c * d)


def made_and_shared_on_one_path(x):
    a, b = x.copy(), x * 2
    if x[0] < 1.0:
        b = a = x * x
    a[0] = 3.0
    return np.sum(b * a)


def swapped_if(x):
    a, b = x.copy(), x * 2
    c = a
    if x[1] > 1.0:
        a, b = b, a
    a[0] *= 2
    b[1] *= 3
    return np.sum(c * a) + b[1]


@pytest.mark.parametrize(
    "f", [one_of_two_names, one_of_two_parts, one_of_several, made_and_shared_on_one_path, swapped_if]
)
@pytest.mark.parametrize("x", [[0.3, 0.5, 0.8], [1.3, 1.5, 1.8], [0.4, 1.6, 0.7], [0.4, 0.6, 1.7]])
def test_what_a_name_is_bound_to_may_depend_on_the_path(f, x):
    check(f, np.array(x))


def test_the_condition_is_tested_once_and_what_follows_is_not_doubled():
    df = transad.grad(one_of_two_names)
    df(np.array([0.3, 0.5, 0.8]))
    assert df.source.count("< 1.1:") == df.source.count("b_2[1] = b[1] + b[0]") == 1


# ---- from pass to pass ----------------------------------------------------------------------------


def two_buffers(x, n):
    a, b = x.copy(), np.zeros(3)
    first = a
    for _ in range(n):
        b[1:] = a[:-1] * 1.1
        b[0] += a[2]
        a, b = b, a
    a[0] *= 3
    return np.sum(first * a) + b[1]


def rebound_in_some_passes(x, n):
    z = x.copy()
    first = z
    while n > 0:
        if n % 2:
            z = np.sin(z)
        z[0] += 1
        n -= 1
    return np.sum(first) * np.sum(z)


def last_row(x, n):
    m = np.outer(x, x)
    row = m[0]
    for i in range(n):
        row[1] *= 2
        row = m[i]
        m[i, 0] *= 2
    row[2] = 5
    return np.sum(m * m) + row[0]


def rows_of_what_is_rebound(x, n):
    m = np.outer(x, x)
    for row in m:
        row[0] *= 2
        m[1] += row
        if row[1] > 0.3:
            m = m + 1.0
    return np.sum(m) * n


def back_and_forth(x, n):
    a = x.copy()
    b = a
    for _ in range(n):
        b = b[::-1]
    b[0] *= 5
    return np.sum(a * np.arange(3))


def taken_after_break(x, n):
    a = x.copy()
    b = x * 2
    for i in range(3):
        if i == n:
            b = a
            break
        b = b * 1.5
    b[0] = 7 * x[1]
    return np.sum(a * b)


def handed_on(x, n):
    a = x.copy()
    b = c = a
    for _ in range(n):
        c = b
        b = b * 2
    c[0] *= 3
    b[1] *= 4
    return np.sum(a) * np.sum(b * c)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "f",
    [two_buffers, rebound_in_some_passes, last_row, rows_of_what_is_rebound, back_and_forth]
    + [taken_after_break, handed_on],
)
def test_what_a_name_is_bound_to_may_change_from_pass_to_pass(f, n):
    check(f, np.array([0.3, 0.5, 0.8]), n)


def test_an_array_that_nobody_else_knows_needs_no_flags():
    def f(x, n):
        for _ in range(n):
            x = np.sin(x)
            x[0] *= 2
        return np.sum(x)

    df = transad.grad(f)
    df(np.ones(3), 2)
    assert "is_new" not in df.source and " if " not in df.source


# ---- view or copy ---------------------------------------------------------------------------------


def through_reshape(x):
    a = x.copy()
    a.reshape(-1)[1] = 5 * x[0, 0]
    return np.sum(a * a)


def reshape_of_an_argument(x):
    w = x.reshape(-1)
    w[1] *= 5
    return np.sum(x) * w[1]


def reshape_in_a_loop(x):
    w = x.reshape(-1)
    for _ in range(2):
        w[:] /= 1.5
    for _ in range(3):
        x = np.clip(x.T, -0.9, 1.4)
    return np.sum(x)


def converted(x):
    a = x.copy()
    w = np.asarray(a, dtype=np.float64)
    w[0, 1] = 5 * x[0, 0]
    return np.sum(a * w)


def real_part(x):
    a = x.copy()
    a[0, 0] = 3.0
    w = np.real(a)
    w[0, 1] = 5 * x[1, 1]
    return np.sum(a * w)


def pieces(x):
    a = x.copy()
    w, z = np.array_split(a, 2)
    a[1, 1] = 7 * x[0, 0]
    z *= w
    return np.sum(a**2) + z[0, 1]


def rows_of_pieces(x):
    a = x.copy()
    for row in np.vsplit(a, 2):
        row *= 3
    return np.sum(a * a)


def broadcast_view(x):
    w = x.copy()
    w[:, 0] = w[:].sum(axis=1)
    return np.sum(w)


@pytest.mark.parametrize(
    "f",
    [through_reshape, reshape_of_an_argument, reshape_in_a_loop, converted, real_part, pieces]
    + [rows_of_pieces, broadcast_view],
)
def test_views_are_views(f):
    check(f, np.array([[0.3, 0.5], [0.7, 1.1]]))


@pytest.mark.parametrize(
    "take",
    [
        lambda a: a.reshape(-1, order="F"),
        lambda a: np.ravel(a, order="F"),
        np.asfortranarray,
    ],
)
def test_what_may_be_a_view_or_a_copy_is_refused_when_it_matters(take):
    def f(x):
        a = x.copy()
        w = take(a)
        w[0] = 5.0
        return np.sum(a) * np.sum(w)

    with pytest.raises(transad.UnsupportedError, match="may share memory"):
        transad.grad(f)(np.array([[0.3, 0.5], [0.7, 1.1]]))


@pytest.mark.parametrize("shape", [(2, 2), (1, 4), (4, 1)], ids=str)
def test_whether_a_transpose_is_copied_when_made_flat_is_decided_for_the_lengths_that_are_given(shape):
    def f(x):
        a = x.copy()
        w = a.T.ravel()
        w[0] = 5.0
        return np.sum(a) * np.sum(w)

    check(f, np.array([0.3, 0.5, 0.7, 1.1]).reshape(shape))


def test_a_derivative_is_made_anew_for_arguments_that_are_not_contiguous():
    df = transad.grad(reshape_of_an_argument)
    x = np.array([[0.3, 0.5], [0.7, 1.1]])
    df(x)
    with pytest.raises(transad.UnsupportedError, match="may share memory"):
        df(np.asfortranarray(x))
    df(x)
    assert df.cache_info().misses == 1


def test_a_write_through_a_reshape_does_not_depend_on_the_layout_of_the_adjoint():
    def f(x):
        a = x * 2
        a.reshape(-1)[1:3] = 5 * x[0, 0]
        return np.sum(a.T @ a)

    check(f, np.array([[0.3, 0.5], [0.7, 1.1]]))


# ---- arrays in lists, tuples and dicts ------------------------------------------------------------


def loop_over_list(x):
    a, b = x.copy(), x * 2
    for r in [a, b]:
        r *= 3
    return np.sum(a) * np.sum(b)


def index_of_list(x):
    a, b = x.copy(), x * 2
    arrays = [a, b]
    for i in range(2):
        arrays[i][0] *= 3
    return np.sum(a) * np.sum(b)


def loop_over_dict(x):
    d = {"a": x.copy(), "b": x * 2}
    a = d["a"]
    for r in d.values():
        r[0] = 3
    return np.sum(a) * np.sum(d["b"])


def in_two_lists_at_once(x):
    a, b = x.copy(), x * 2
    for r, s in zip([a, b], (b, a)):
        r[0] = s[1]
    return np.sum(a) * np.sum(b)


def appended_over_and_over(x):
    a = x.copy()
    arrays = []
    for _ in range(3):
        arrays.append(a)
    a[0] = 5
    for r in arrays:
        r[1] += 3
    return np.sum(arrays[0]) * np.sum(a)


def index_counted_by_while(x):
    a = x.copy()
    arrays = [a, x * 2]
    k = 0
    while k < 2:
        arrays[k][0] = 5
        k += 1
    return np.sum(arrays[0]) * np.sum(a)


@pytest.mark.parametrize(
    "f",
    [loop_over_list, index_of_list, loop_over_dict, in_two_lists_at_once, appended_over_and_over]
    + [index_counted_by_while],
)
def test_what_is_written_to_an_item_is_written_to_the_array(f):
    check(f, np.array([0.3, 0.4, 0.5]))
