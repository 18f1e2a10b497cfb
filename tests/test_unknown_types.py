"""The source that is there before any call holds for arguments of whatever types come."""

import importlib.util

import numpy as np
import pytest
from reference import differences

import transad


def first_two(x):
    return x[0] * x[1] ** 2


def squares(x):
    return np.sum(x**2)


def iterated(x, n: int):
    for _ in range(n):
        x = x * np.sin(x)
    return x


def recurrence(x: np.ndarray):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    return y[-1]


def unpacked(p):
    w, b = p
    return np.sum((w * b) ** 2)


def looked_up(p):
    return np.sum((p["w"] * p["b"]) ** 2)


def repeated(x):
    return np.sum(x[[0, 0, 1]] ** 3)


VECTOR, COLUMN = np.array([0.3, 0.5, 0.9]), np.array([[0.2], [0.7]])


@pytest.mark.parametrize(
    "f, args",
    [
        (first_two, (VECTOR,)),
        (first_two, ([0.3, 0.5],)),
        (first_two, ((0.3, 0.5),)),
        (squares, (VECTOR,)),
        (squares, (1.5,)),
        (iterated, (0.4, 3)),
        (recurrence, (VECTOR,)),
        (unpacked, ((VECTOR, 2.0),)),
        (unpacked, ([VECTOR, COLUMN],)),
        (looked_up, ({"w": COLUMN, "b": 0.5},)),
        (repeated, (VECTOR,)),
    ],
)
def test_source_without_a_call_is_right_for_any_argument(f, args, tmp_path):
    path = tmp_path / "saved.py"
    transad.grad(f).save(path)
    spec = importlib.util.spec_from_file_location("saved", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (want,) = differences.gradient(f, args)
    got = getattr(module, f"{f.__name__}_grad")(*args)
    assert type(got) is type(args[0]) or isinstance(got, np.floating)
    differences.check(got, want)
