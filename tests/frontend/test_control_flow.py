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
def while_left_by_the_else_of_an_inner_loop(x):
    n = 0
    while n < 4:
        for k in range(3):
            if k * n * x > 3.0:
                break
        else:
            x = 1.1 * x
            if x > 1.2:
                break
        x = x * (1.0 + 0.1 * n)
        n += 1
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


@programs(X)
def tryexc_multi(x):

    def safe(f, v):
        try:
            return f(v)
        except (ValueError, ZeroDivisionError):
            return 0.0
        finally:
            pass

    def inv(v):
        if v == 0:
            raise ZeroDivisionError
        return 1 / v

    return safe(inv, x) + safe(inv, 0) * x


@programs(X)
def try_in_loop(x):
    t = 0.0
    for k in (2, 1, 0, -1):
        try:
            if k == 0:
                raise KeyError(k)
            t += x**k
        except KeyError:
            continue
        else:
            t += 0.1 * x
        finally:
            t *= 1.5
    return t


@programs(X)
def dict_keyerror(x):
    d = {"a": x}
    try:
        v = d["b"]
    except KeyError:
        v = d["a"] ** 2
    return v


@programs(X)
def nested_try(x):
    try:
        try:
            raise ValueError("q")
        except KeyError:
            return x
        finally:
            x = x * 2
    except ValueError:
        return x**2


class TooBig(Exception):
    def __init__(self, by):
        super().__init__(by)
        self.by = by


def check(x):
    if x > 0.5:
        raise TooBig(x - 0.5)


@programs(X)
def custom_exc(x):
    try:
        check(x)
    except TooBig as e:
        return e.by * x
    return x


@programs(X)
def with_multi(x):
    with np.errstate(divide="ignore"), contextlib.suppress(ValueError):
        if x > 0:
            raise ValueError
        x = x * 3
    return x * 2


class Scale:
    def __init__(self, k):
        self.k = k

    def __enter__(self):
        return self

    def __exit__(self, t, v, tb):
        self.k = 0.0

    def __call__(self, x):
        return self.k * x


@programs(X)
def with_obj(x):
    with Scale(x) as s:
        y = s(x)
    return y + s.k


@programs(X)
def early_none(x):

    def f(v):
        if v > 5:
            return
        return v * 2

    r = f(x)
    if r is None:
        return x
    return r**2


@programs(X)
def round_floor(x):
    return round(x) * x + math.ceil(x) * x + math.trunc(x * 3) * x + np.floor(x) * x + x % 0.3 + x // 0.3


@programs(X)
def bool_ops(x):
    a = x > 0.5
    b = x < 0.2
    return (a and x**2) + (b or x) + (x if a and (not b) else 0) + (a | b) * x + (a ^ b) * x


@programs(A)
def nested_break(a):
    t = 0
    for i in range(4):
        for j in range(4):
            if j > i:
                break
            if a[j] < 0:
                continue
            t += a[i] * a[j]
        else:
            t += 1
        if t > 5:
            break
    return t


@programs(A)
def ndarray_methods(a):
    return (
        a.reshape(2, 2).T.ravel()[1] * a.max()
        + a.mean()
        + a.dot(a)
        + a.clip(0, 1).sum()
        + a.cumsum()[-1]
        + a.prod()
        + a.std()
    )


def safe_log(v):
    if v <= 0:
        raise ValueError("no")
    return math.log(v)


@programs(X)
def t1(x):
    try:
        y = safe_log(x)
    except ValueError:
        y = x**2
    return y


@programs(-X)
def t2(x):
    try:
        y = safe_log(x) * 2 + x
    except ValueError:
        y = x**2
    return y


@programs(A)
def t3(a):
    t = 0.0
    for v in a:
        try:
            t += safe_log(v) * safe_log(v + 1)
        except ValueError:
            t -= v**2
        else:
            t += 1
        finally:
            t *= 1.1
    return t


def inner(v):
    return safe_log(v) + 1


def outer(v):
    try:
        return inner(v)
    except KeyError:
        return 0.0


@programs(A)
def t4(a):
    t = 0
    for v in a:
        try:
            t += outer(v)
        except ValueError:
            t += outer(-v)
    return t


@programs(A)
def t5(a):
    l = []

    def note(v):
        l.append(v)
        return v

    for v in (a[0], a[2]):
        try:
            l.append(note(v) * safe_log(v))
        except ValueError:
            l.append(v * 3)
    return sum(l) * len(l)


@programs(A)
def t6(a):

    def find(v):
        for k in range(3):
            if a[k] > v:
                return a[k]
        raise LookupError

    try:
        r = find(1.0)
    except LookupError:
        r = a[0]
    try:
        s = find(5.0)
    except LookupError:
        s = a[1]
    return r * s


@programs(A)
def t7(a):
    try:
        if safe_log(a[2]) > 0:
            return a[0]
        return a[1]
    except ValueError:
        return a[2] ** 2


@programs(A)
def breaks_on_a_value_of_the_pass(xs):
    t = 0.0
    k = 0
    for x in xs:
        y = np.sin(x) * t
        if y > 0.6:
            break
        z = y * x
        t = t * y + z * z + x
        k += 1
    return t * k + y


@programs(A)
def breaks_before_an_inner_loop(xs):
    t = 1.0
    for i in range(10):
        w = xs[i % 4] * t
        u = np.exp(-w)
        if abs(u) < 0.2:
            break
        for _ in range(2):
            t = t * np.cos(u) + w
    return t


@programs(A)
def breaks_before_a_branch(xs):
    t = 1.0
    h = []
    for i in range(10):
        u = xs[i % 4] * t
        if u > 3:
            break
        if u > 0:
            t = t + u**2
        else:
            t = t - 0.1 * u
        h.append(t)
    return t * h[-1] + len(h) * xs[0]


@programs(A)
def breaks_before_a_write(xs):
    a = xs.copy()
    for i in range(4):
        v = a[i] * xs[0]
        if v < 0:
            break
        a[i] = v * v
    return np.sum(a**2)


@programs(A)
def breaks_an_inner_loop(xs):
    t = 0.3
    s = 0.0
    for _ in range(3):
        for j in range(4):
            q = xs[j] * t
            if q < -0.1:
                break
            t = t + np.tanh(q)
        s += t * t
    return s


@programs(A)
def breaks_or_goes_on(xs):
    t = 0.3
    for x in xs:
        if x < 0:
            break
        else:
            t = np.sin(t * x) + x
    return t


@programs(A)
def the_arguments_of_an_exception_carry_derivatives(a):
    try:
        for k, v in enumerate(a):
            if v < 0:
                raise ValueError(v, k)
    except ValueError as e:
        v, k = e.args
        return v**2 * k
    return 0.0


@programs(A)
def text_is_made_of_numbers_without_derivative(a):
    parts = []
    for v in a:
        parts.append(f"{v:.1f}")
    return np.sum(a) * len(parts) + (",".join(parts) == "") * a[0]


test_derivatives_agree_with_differences = programs.test()
