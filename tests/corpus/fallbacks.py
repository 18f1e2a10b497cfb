"""Programs that try something, and something else where that fails."""

import numpy as np

from corpus.runner import program

b = np.array([0.4, 1.3, 0.7])
mixed = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.4], [0.1, 0.4, 1.2]])


def symmetric(a):
    return 0.5 * (a + a.T)


@program(mixed - 2.0 * np.eye(3))
def a_matrix_made_definite(a):
    s = symmetric(a)
    try:
        factor = np.linalg.cholesky(s)
    except np.linalg.LinAlgError:
        factor = np.linalg.cholesky(s + 3.0 * np.eye(len(s)))
    return np.sum(factor**2 * np.arange(9).reshape(3, 3))


@program(mixed)
def a_definite_matrix(a):
    return a_matrix_made_definite(a)


@program(mixed - 2.0 * np.eye(3))
def damped_until_definite(a):
    s, damping = symmetric(a), 0.0
    for _ in range(8):
        try:
            factor = np.linalg.cholesky(s + damping * np.eye(3))
            break
        except np.linalg.LinAlgError:
            damping = 2.0 * damping + 0.5
    return np.sum(np.log(np.diag(factor))) + damping


@program(b)
def a_singular_system(x):
    a = np.outer(x, x)  # of exact zeros after elimination, for these numbers
    a[1:] = 0.0
    try:
        y = np.linalg.solve(a, x)
    except np.linalg.LinAlgError:
        y = np.linalg.solve(a + np.eye(3), x)
    return np.sum(y**2)


@program(mixed)
def any_exception(a):
    try:
        inverse = np.linalg.inv(a)
    except Exception:
        inverse = a.T
    return np.sum(inverse**2)


@program(b, 2)
def an_index_in_range(x, k):
    out = np.zeros(3)
    try:
        y = x[k] ** 2
    except IndexError:
        y = 3.0 * x[-1]
    out[0] = y
    x[0] = 0.0
    return np.sum(out) + np.sum(x)


@program(b, 7)
def an_index_out_of_range(x, k):
    return an_index_in_range(x, k)


@program(b)
def written_until_the_end(x):
    a = x.copy()
    a[0] *= 2.0
    total = 0.0
    for i in range(5):
        try:
            total += a[i] * (i + 1)
            a[i] = x[0]
        except IndexError:
            total += a[0] * x[1]
    return total * np.sum(a + x)
