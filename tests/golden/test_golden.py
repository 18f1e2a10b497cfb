"""Emitted derivatives against hand-written ones: as short, as few calls, as little work, and right."""

import ast
import collections
import copy
import inspect
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from reference import differences

import transad

from . import handwritten, primals

LONGER = 1.25  # statements emitted per statement written by hand


@dataclass
class Golden:
    """`derivative` makes the emitted function from the primal; `compare` are arguments for counting work."""

    name: str
    args: tuple
    wrt: int = 0
    derivative: str = "grad"

    @property
    def primal(self):
        return getattr(primals, self.name)

    @property
    def by_hand(self):
        return getattr(handwritten, f"{self.name}_{self.derivative}")

    def all_args(self):
        """The arguments of the derivative: a pushforward also takes a tangent."""
        return copy.deepcopy((*self.args, 1.0) if self.derivative == "pushforward" else self.args)

    def derive(self):
        derivative = getattr(transad, self.derivative)(self.primal, wrt=self.wrt)
        derivative(*self.all_args())
        return derivative


def _cases():
    rng = np.random.default_rng(0)
    c, a, b = rng.normal(size=7), rng.normal(size=9), rng.normal(size=9)
    X, y, theta = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3)
    return {
        "wave": Golden("wave", (0.7,)),
        "horner": Golden("horner", (0.7, c)),
        "smooth": Golden("smooth", (5, a, b), wrt=1),
        "logistic_map": Golden("logistic_map", (0.3 + 0.1 * a, 2.1)),
        "ols": Golden("ols", (theta, X, y)),
        "huber inside": Golden("huber", (0.3, 1.0)),
        "huber outside": Golden("huber", (-3.0, 1.0)),
        "newton_sqrt": Golden("newton_sqrt", (2.0,)),
        "wave forward": Golden("wave", (0.7,), derivative="pushforward"),
    }


CASES = _cases()


@pytest.fixture(params=list(CASES))
def golden(request):
    return CASES[request.param]


def functions(source):
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]


def statements(source):
    """The number of statements in function bodies, nested ones included, docstrings not."""
    count = 0
    for function in functions(source):
        body = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
        count += len(body) - 1 - (ast.get_docstring(function) is not None)
    return count


def calls(source):
    """How often each function or method is called, by its last name."""
    names = [node.func for f in functions(source) for node in ast.walk(f) if isinstance(node, ast.Call)]
    return collections.Counter(getattr(f, "attr", getattr(f, "id", "?")) for f in names)


class Counting(np.ndarray):
    """An array that counts the operations done with it and with all that comes of it."""

    counts: ClassVar = collections.Counter()

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        Counting.counts[ufunc.__name__] += 1
        if out:
            kwargs["out"] = tuple(map(_plain, out))
        result = getattr(ufunc, method)(*map(_plain, inputs), **kwargs)
        return out[0] if out else _counting(result)

    def __array_function__(self, function, types, args, kwargs):
        Counting.counts[function.__name__] += 1
        return super().__array_function__(function, types, args, kwargs)

    def __setitem__(self, key, value):
        Counting.counts["setitem"] += 1
        super().__setitem__(key, value)

    def copy(self, order="C"):
        Counting.counts["copy"] += 1
        return super().copy(order)


def _plain(x):
    return x.view(np.ndarray) if isinstance(x, Counting) else x


def _counting(x):
    """Numbers become arrays without axes, so that what is done with them counts as well."""
    return np.asarray(x).view(Counting) if isinstance(x, (np.ndarray, float, np.generic)) else x


def work(function, args):
    """The operations of a run in which numbers and arrays count."""
    Counting.counts.clear()
    function(*map(_counting, args))
    return sum(Counting.counts.values()), dict(Counting.counts)


def test_right(golden):
    got = golden.derive()(*golden.all_args())
    got = got[1] if golden.derivative == "pushforward" else got
    (want,) = differences.gradient(golden.primal, golden.args, (golden.wrt,))
    differences.check(got, want, 1e-8)


def test_hand_written_is_right(golden):
    got = golden.by_hand(*golden.all_args())
    got = got[1] if golden.derivative == "pushforward" else got
    (want,) = differences.gradient(golden.primal, golden.args, (golden.wrt,))
    differences.check(got, want, 1e-8)


def test_as_short(golden):
    source = golden.derive().source
    by_hand = statements(inspect.getsource(golden.by_hand))
    assert statements(source) <= LONGER * by_hand, f"{statements(source)} for {by_hand}\n{source}"


def test_calls_nothing_more(golden):
    source = golden.derive().source
    more = calls(source) - calls(inspect.getsource(golden.by_hand))
    assert not more, f"{dict(more)}\n{source}"


def test_works_no_harder(golden):
    derivative = golden.derive()
    got, operations = work(derivative.specialize(*golden.all_args()), golden.all_args())
    want, by_hand = work(golden.by_hand, golden.all_args())
    assert got <= want, f"{operations} for {by_hand}\n{derivative.source}"


def test_runs_without_transad(golden):
    assert "transad" not in "".join(
        line for line in golden.derive().source.splitlines() if line.lstrip().startswith(("import", "from"))
    )
