"""Exceptions that are raised, caught, asked for what they hold; and text."""

from __future__ import annotations

import contextlib

import numpy as np

from corpus.runner import program, refused


class Stop(ValueError):
    def __init__(self, v, more=1.0):
        super().__init__("stopped")
        self.v = v
        self.more = more

    def twice(self):
        return 2 * self.v


class Told(Exception):
    def __str__(self):
        return f"<{self.args[0]:.1f}>"


@program(0.7)
def keywords(x):
    def helper(y):
        if y > 1:
            raise Stop(y**2, more=y)
        return y

    t = 0.0
    for k in range(3):
        try:
            t += helper(x * k)
        except Stop as err:
            t += err.v * err.more + len(str(err))
            print(err, repr(err), f"{err}", err.args)
    return t


@program(0.7)
def sure(x):
    try:
        raise Stop(x)
    except Stop as err:
        msg = str(err)
        return err.v**2 * len(msg) + err.twice()


@program(0.7)
def reraised(x):
    def inner(y):
        try:
            if y > 0.5:
                raise ValueError("large", y)
            return y
        except ValueError:
            y = y * 2
            raise

    try:
        return inner(x)
    except ValueError as e:
        return e.args[1] ** 3


@program(0.7)
def made_before(x):
    e = ValueError("no", x * x)
    try:
        if x > 0:
            raise e
    except ValueError as caught:
        return caught.args[1] * x
    return x


@program(0.7)
def chained(x):
    try:
        try:
            if x > 0.1:
                raise KeyError(x)
        except KeyError as e:
            raise ValueError(e.args[0] * 2) from e
    except ValueError as e:
        return e.args[0] ** 2


@program(0.7)
def told(x):
    def check(v):
        if v > 3:
            raise Told(v)
        return v

    try:
        s = check(x) + check(x * 2)
        s += check(x * 10)
    except Told as e:
        text = str(e)
        s += len(text) * x
    except (TypeError, ValueError):
        s = 0.0
    return s


@program(0.7)
def error_function(x):
    def problem(v):
        return Stop(v, more=v * v)

    try:
        raise problem(x)
    except Exception as e:
        return e.v * e.more if isinstance(e, Stop) else 0.0


@program(0.7)
def log_of_errors(x):
    log = []
    s = 0.0
    for i in range(4):
        try:
            if i % 2:
                raise ValueError(f"odd {i}")
            s += x**i
        except ValueError as e:
            log.append(str(e))
    return s * len(log) + len(log[0])


@program(np.array([0.3, 0.5]))
def string_methods(x):
    text = "\n".join(f"{v:8.3f}" for v in x)
    n = len(text.splitlines()) + len(text.strip().split())
    if text.strip().startswith("0.3"):
        n += 1
    return x.sum() ** 2 * n + len(text.upper().replace("0", "zero"))


@program(0.7)
def suppressing(x):
    y = x
    with contextlib.suppress(ZeroDivisionError, ValueError):
        if x > 0.2:
            raise ValueError
        y = x * 3
    return y * x


class Swallow:
    def __enter__(self):
        return self

    def __exit__(self, kind, *e):
        return kind is not None and issubclass(kind, ValueError)


class Count:
    def __init__(self):
        self.n = 1.0

    def __enter__(self):
        return self

    def __exit__(self, *e):
        self.n += 1
        return False


@refused(0.7, says="may swallow an exception")
def swallows(x):
    with Swallow():
        if x > 0:
            raise ValueError
        x = x * 2
    return x * x


@refused(0.7, says="may swallow an exception")
def swallows_what_is_caught(x):
    try:
        with Swallow():
            raise ValueError
    except Exception:
        return x
    return x * x


@program(0.7)
def counts(x):
    c = Count()
    try:
        with c:
            if x > 10:
                raise ValueError
            x = x * 2
    except TypeError:
        return x
    return x * x * c.n
