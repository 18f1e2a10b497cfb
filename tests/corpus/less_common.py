"""Less common functions of NumPy and Python: `at`, `reduceat`, `vectorize`, `ndenumerate`, cmath."""

import cmath
import math

import numpy as np

from corpus.runner import program, refused

v6 = np.random.RandomState(0).randn(6) + 0.1
p6 = np.abs(v6) + 0.3


@program(p6, twice=False)
def multiply_at(x):
    a = x[:3] * 2
    np.multiply.at(a, [0, 0, 2], x[3:])
    np.maximum.at(a, np.array([1, 1]), x[:2])
    np.divide.at(a, 1, x[0])
    np.negative.at(a, [0, 2])
    np.power.at(a, [0], 2)
    b = x.reshape(2, 3).copy()
    np.multiply.at(b, ([0, 0, 1], [1, 1, 2]), x[:3])
    np.multiply.at(b, (0,), x[3:])
    np.multiply.at(b, [1, 1], x[3:])
    return np.sum(a**2) + np.sum(b**2)


@program(p6)
def multiply_at_mask(x):
    a = x.copy()
    np.multiply.at(a, a > 1, 2.0)
    np.maximum.at(a, [0, 1, 0, 1], np.array([0.1, 5, 7, 1]) * x[0])
    return np.sum(a**2)


@program(v6, twice=False)
def reduceat(x):
    return (
        np.multiply.reduceat(x, [0, 1, 3]).sum()
        + np.maximum.reduceat(x, [0, 4, 2]).sum() ** 2
        + np.sum(np.multiply.reduceat(x.reshape(2, 3), [0, 2], axis=1) ** 2)
    )


@program(v6)
def modes_of_take(x):
    return (
        np.sum(np.take(x, [7, -1, 2], mode="wrap") ** 2)
        + np.sum(np.take(x.reshape(2, 3), [7, 2], axis=1, mode="clip") ** 2)
        + np.sum(np.choose([0, 3, 1], [x[:3], x[3:]], mode="wrap") ** 2)
    )


@program(v6)
def put_and_sort_methods(x):
    a = x * 2
    a.put([1, 2], x[3:5])
    a.put([9], x[0], mode="wrap")
    np.put(a, [77], x[1], mode="clip")
    b = x.copy()
    b.partition(2)
    b.sort()
    c = x.reshape(2, 3).copy()
    c.sort(axis=0)
    c[:, 1].sort()
    return np.sum(a**2) + b[:3] @ x[:3] + np.sum(c * np.arange(6.0).reshape(2, 3))


@program(v6)
def next_number(x):
    return np.sum(np.nextafter(x, 10.0)) + math.nextafter(x[0], 4.0) ** 2


@program(v6)
def methods_of_numbers(x):
    n = len(x)
    k = n.bit_length()
    t = float(x[0])
    return x[k] ** 2 * (2 if t.is_integer() else 3) + (5).bit_length() * x[1]


@program(0.7, 0.3, wrt=(0, 1))
def polar_form(a, b):
    z = complex(a, b)
    w = cmath.exp(z) * cmath.sqrt(z) + cmath.log(z) + z**2.5
    r, phi = cmath.polar(w)
    return (
        r * phi
        + cmath.phase(z)
        + abs(w)
        + cmath.rect(a, b).real
        + cmath.sin(z).imag
        + abs(cmath.log(z, 2))
        + cmath.log10(z).imag
        + cmath.sqrt(a).real
        + cmath.sqrt(-a).imag
    )


@program(0.7, 0.3, wrt=(0, 1))
def holomorphic_functions(a, b):
    z = complex(a, b)
    s = 0j
    for f in (
        cmath.sin,
        cmath.cos,
        cmath.tan,
        cmath.asin,
        cmath.acos,
        cmath.atan,
        cmath.sinh,
        cmath.cosh,
        cmath.tanh,
        cmath.asinh,
        cmath.acosh,
        cmath.atanh,
    ):
        s += f(z) * (1 + 2j)
    return s.real * 2 + s.imag + abs(s)


v6 = np.random.RandomState(0).randn(6) + 0.1


@program(v6)
def vectorized_branches(x):
    f = np.vectorize(lambda t, k: t**k if t > 0 else -t)
    return np.sum(f(x, 2))


@refused(v6, says="type of the first result")
def vectorized_of_mixed_type(x):  # refused: int on one path
    f = np.vectorize(lambda t: t if t > 0 else 0)
    return np.sum(f(x))


@program(v6)
def vectorized_complex(x):
    f = np.vectorize(lambda t: t * 1j)
    return np.sum(np.abs(f(x)) ** 2)


@np.vectorize
def relu(t):
    return max(t, 0.0)


@program(v6)
def vectorized_by_decorator(x):
    return np.sum(relu(x) * x)


@program(v6.reshape(2, 3), twice=False)
def ndindex_and_ndenumerate(x):
    t = 0.0
    for i, j in np.ndindex(2, 3):
        t += x[i, j] ** 2 * (i + j)
    for idx in np.ndindex(x.shape):
        t += x[idx] ** 3
    for idx in np.ndindex(*x.shape[:1]):
        t += x[idx].sum() ** 2
    for (i, j), v in np.ndenumerate(x):
        t += (i + 1) * v**2 * x[i, 2 - j]
    for k, v in np.ndenumerate(x[0]):
        t += v * k[0]
    y = np.zeros((2, 3))
    for idx, v in np.ndenumerate(x):
        if v < 0:
            continue
        y[idx] = v**2
    return t + sum(v * x[i] for i, v in np.ndenumerate(y))


@program(v6)
def from_iterator(x):
    return np.fromiter((v**2 for v in x), float).prod() + np.fromiter([v for v in x], dtype=float, count=6)[1]


m33 = np.random.RandomState(0).randn(3, 3)


@program(m33)
def diagonal_of_what_changes(a):
    b = a.copy()
    d = np.diag(b)
    e = b.diagonal()
    b[0, 0] = 5 * a[1, 1]
    b[2] *= 2
    return d.sum() ** 2 + e[1] ** 3 + np.sum(b**2) + d[0] + np.sum(e * d)


@program(m33)
def broadcast_of_what_changes(a):
    b = a.copy()
    r = np.broadcast_to(b[0], (2, 3))
    b[0] += b[1]
    b[0, 1] = 4 * a[2, 2]
    return np.sum(r**2 * np.arange(6.0).reshape(2, 3))


@program(m33)
def windows_of_what_changes(a):
    b = a[0].copy()
    w = np.lib.stride_tricks.sliding_window_view(b, 2)
    b[1] = a[1, 1] ** 2
    return np.sum(w**2)


@program(m33)
def diagonal_in_a_loop(a):
    b = a.copy()
    d = np.diag(b.T[::-1])
    for k in range(3):
        b[k, k] += d[k] ** 2
        b[k] *= d[0]
    return np.sum(b)


@program(m33)
def split_by_diagonal(A):
    b = A.copy()
    D = np.diag(b)
    R_ = b - np.diagflat(D)
    b[0, 0] += 1
    return np.sum(D**2) + np.sum(R_**2)
