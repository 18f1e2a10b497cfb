"""Global arrays that are read, and those that would be written to."""

import numpy as np

from corpus.runner import program, refused

v6 = np.random.RandomState(0).randn(6) + 0.1
G = np.zeros(6)
H = [np.ones(3)]
D = {"a": np.ones(6)}


class Cfg:
    w = np.ones(6)


@refused(v6, says="may change a global array")
def one_of_two(x):
    a = G if x[0] > -9 else x * 2
    a[0] = x[1]
    return np.sum(a**2)


@refused(v6, says="may change a global array")
def on_one_path(x):
    a = x * 2
    if x[0] > 0:
        a = G
    a += x
    return np.sum(a**2)


@program(v6, twice=False)
def replaced_in_a_loop(x):
    a = G
    for k in range(3):
        a = a + x
    a[0] = 1
    return np.sum(a**2)


@refused(v6, says="may change a global array")
def in_the_first_pass(x):
    a = G
    for k in range(3):
        a[k] = x[k]
        a = a * 2
    return np.sum(a**2)


@refused(v6, says="changes a global array")
def in_a_list(x):
    a = H[0]
    a += x[:3]
    return np.sum(a**2)


@refused(v6, says="may change a global array")
def a_part_of_one_in_a_dict(x):
    a = D["a"][2:]
    a *= x[:4]
    return np.sum(a**2)


@refused(v6, says="writes to a global")
def as_out(x):
    np.add(x, 1, out=G)
    return np.sum(G**2)


@refused(v6, says="writes to a global")
def of_a_class(x):
    Cfg.w[2] = x[0]
    return np.sum(Cfg.w * x)


@refused(v6, says="changes a global array")
def a_default(x, buf=np.zeros(6)):
    buf += x
    return np.sum(buf**2)


@refused(v6, says="may change a global array")
def reshaped(x):
    a = G.reshape(2, 3) if x[0] > 0 else G[::-1].reshape(2, 3)
    a[0] = x[:3]
    return np.sum(a)


@program(v6, twice=False)
def replaced_in_a_while_loop(x):
    a = G
    while np.sum(a) < 5:
        a = np.abs(x) + a
    return np.sum(a)


@refused(v6, says="writes to a global")
def as_an_array(x):
    a = np.asarray(G)
    a[1] = x[0]
    return np.sum(a)


@program(v6, twice=False)
def without_zeros(x):
    return (
        np.sum(np.trim_zeros(np.maximum(x, 0)) ** 2)
        + np.sum(np.trim_zeros(x))
        + np.fromiter((v**2 for v in x), float).prod()
        + np.fromiter([v for v in x], dtype=float, count=6)[1]
    )
