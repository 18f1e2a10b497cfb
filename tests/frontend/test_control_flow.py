"""Loops, early exits, exceptions, values of conditions, formatting."""

import contextlib
import logging
import math

import numpy as np
from frontend.agreement import Programs

programs = Programs()

X = 0.8

A = np.array([0.5, 1.2, -0.7, 2.1])


@programs(X)
def fmt(x):
    s = f"{x:.3f} {x!r:>10} {x}"
    print("v", x, s, sep=",", end="")
    t = "%g and %s" % (x, x)  # noqa: UP031
    u = f"{x:.2f} {x * 2}"
    logging.getLogger("q").info("x=%s", x)
    return x**2 + len(t) * 0 + len(u) * 0


@programs(X)
def tryfin(x):
    try:
        y = math.sqrt(x)
    except ValueError:
        y = 0.0
    else:
        y *= 2
    finally:
        y += x
    return y


@programs(X)
def tryraise(x):
    t = 0.0
    for v in (x, -x, 2 * x):
        try:
            if v < 0:
                raise ValueError("neg")
            t += math.log(v)
        except ValueError:
            t += v**2
    return t


@programs(X)
def errst(x):
    with np.errstate(all="ignore"):
        y = np.log(x)
    return y * x


@contextlib.contextmanager
def scaled(s):
    yield (s * 2)


@programs(X)
def ctx2(x):
    with scaled(x) as s, contextlib.nullcontext():
        return s * x


@programs(X)
def dele(x):
    y = x**2
    z = y * x
    del y
    return z


@programs(X)
def divm(x):
    q, r = divmod(7 * x, 2)
    return q * x + r + round(x, 1) * x + pow(x, 2) + abs(-x)


@programs(X)
def cplx(x):
    z = complex(x, x**2)
    return abs(z) ** 2 + z.real * z.imag + (z * z.conjugate()).real


@programs(A)
def items(a):
    return a[0].item() * a.sum().item() + float(a[1]) ** 2 + a.item(2) * 2


@programs(X)
def ints(x):
    n = int(x * 3)
    return x**n + math.floor(x) * x + int(2.7) * x


@programs(X)
def while_else(x):
    n = 0
    while n < 5:
        if x * n > 10:
            break
        n += 1
    else:
        x = x * 2
    return x * n


@programs(X)
def for_else_return(x):
    for k in range(4):
        for j in range(3):
            if k * j * x > 1.0:
                return x * k * j
    return x


def newton(f, x, n):
    if n == 0:
        return x
    return newton(f, x - f(x) / 10, n - 1)


@programs(X)
def while_true(x):
    s = 0.0
    t = 1.0
    n = 1
    while True:
        s += t
        t *= x / n
        n += 1
        if abs(t) < 1e-10:
            return s


@programs(X)
def chained(x):
    return x if 0 < x < 1 < 2 else -x


@programs(X)
def andor(x):
    return (x or 2.0) * (0.0 or x) + (x and x**2) + (not x)


@programs(X)
def ternchain(x):
    return -x if x < 0 else x**2 if x < 1 else x**3


@programs(X)
def boolidx(x):
    return [x, x**2][x > 0.5] + (x, 1.0)[int(x)] + (x > 0.5) * x


@programs(X)
def intdiv(x):
    n = 7 // 2
    m = -7 % 3
    return x * n + m * x**2 + x // 1 * x + x * 10 % 3


@programs(X)
def annot(x: float) -> float:
    y: float = x**2
    z: list[float] = [y, x]
    return sum(z)


@programs(X)
def assertion(x):
    assert x > 0, f"bad {x}"
    assert isinstance(x, (float, np.floating))
    return x**2


@programs(X)
def strformat_ops(x):
    s = "a,b".split(",")
    return len(s) * x + len(f"{s[0]}{1:03d}") * x


test_derivatives_agree_with_differences = programs.test()
