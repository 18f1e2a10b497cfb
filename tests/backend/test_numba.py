"""Derivatives compiled by numba: the same numbers as those of NumPy code, from loops over entries.

Each program takes numba seconds, so there is one for each idea.
"""

import os
import subprocess
import sys
import textwrap
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from reference import differences

import transad

numba = pytest.importorskip("numba")


def stencil(steps, a, b):
    for _ in range(1, steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) ** 2 / 3.0
    return np.sum(a * b)


def overwritten_by_its_neighbours(x):
    y = x.copy()
    y[1:] = y[:-1] * y[1:]
    y[::2] *= 3.0
    y[1:] += y[:-1]
    return np.sum(np.where(y > 0.5, y * y, np.sin(y)))


def rows_and_columns(x):
    e = np.exp(x - np.max(x, axis=1)[:, None])
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p[:, 0] ** 2) + np.sum(np.log(p).T[1] * x[:, -1])


def recurrence(x, r):
    for i in range(1, len(x)):
        x[i] = r * x[i - 1] * (1.0 - x[i - 1]) + x[i]
    return x[-1]


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.2 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**2)


def contributions_of_both_signs(x):
    y = np.exp(-x * x)
    for _ in range(2):
        y[:-1] *= x[1:]
    return np.sum(y)


def left_by_break(a):
    x = a
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-13:
            break
        x = new
    return x


def columns_by_those_before(x):
    y = np.zeros_like(x)
    for k in range(1, x.shape[1]):
        y[:, k] = 0.25 * x[:, k]
        divided = 1.0 / (1.0 - y[:, k - 1] * x[:, k])
        y[:, k] = y[:, k] * divided
    return np.sum(y)


def circling(x, steps):
    for _ in range(steps):
        a = np.roll(x, -2) * (1.0 + x * x) ** -1.5
        a[a > 0.5] *= 0.5
        x = x + np.roll(a, 1) * a
    return np.sum(x * x)


def network(p, X, y):
    h = np.tanh(X @ p["w"] + p["layer"][0])
    return np.mean((h * p["layer"][1] - y) ** 2)


RNG = np.random.default_rng(0)
PROGRAMS = [
    (stencil, (4, RNG.random(9), RNG.random(9)), (1, 2)),
    (overwritten_by_its_neighbours, (RNG.random(7),), 0),
    (rows_and_columns, (RNG.random((4, 3)),), 0),
    (recurrence, (RNG.random(5), 2.1), (0, 1)),
    (heat, (RNG.random(7), 2), 0),
    (contributions_of_both_signs, (RNG.random(5),), 0),
    (columns_by_those_before, (RNG.random((2, 5)),), 0),
    (circling, (RNG.normal(size=5), 3), 0),
    (left_by_break, (2.0,), 0),
    (network, ({"w": RNG.random(3), "layer": (0.3, 1.5)}, RNG.random((5, 3)), RNG.random(5)), 0),
]


@pytest.mark.parametrize("f, args, wrt", PROGRAMS, ids=[f.__name__ for f, _, _ in PROGRAMS])
def test_compiled_gradients_are_right(f, args, wrt):
    compiled = transad.value_and_grad(f, wrt=wrt, jit="numba")
    value, gradient = compiled(*args)
    assert "@numba.njit" in compiled.source
    want = differences.gradient(f, args, wrt if isinstance(wrt, tuple) else (wrt,))
    differences.check(gradient, want if isinstance(wrt, tuple) else want[0])
    same_value, same = transad.value_and_grad(f, wrt=wrt)(*args)
    assert value == pytest.approx(same_value, rel=1e-13)
    differences.check(gradient, same, 1e-12)


def test_array_statements_become_loops_over_entries():
    compiled = transad.grad(stencil, wrt="a", jit="numba")
    compiled(4, RNG.random(9), RNG.random(9))
    code = "\n".join(line.partition("  #")[0] for line in compiled.source.splitlines())
    assert ":-1" not in code
    assert "b_bar[j] += row[j] + row[j + 1] + row[j + 2]" in code  # each entry once


def scaled_by_columns(x):
    scale = np.sqrt(np.sum(x * x, axis=1))
    scale[scale <= 1.0] = 1.0
    return np.sum((x @ x.T @ x) / scale[:, None])


def test_what_takes_numba_long_to_compile_is_spelled_otherwise():
    """Sums are written to new arrays once, what a mask took is put back by a loop, and there is one function
    for products whatever is transposed."""
    x = np.array([[0.2, -0.3], [1.0, 2.0], [0.4, 0.1]])
    compiled = transad.grad(scaled_by_columns, jit="numba")
    expected = differences.gradient(scaled_by_columns, (x,), (0,), 1e-5)
    np.testing.assert_allclose(compiled(x), expected[0], rtol=1e-7)
    code = compiled.source.partition("def scaled_by_columns")[2]
    assert "np.zeros" not in code
    assert code.count("if t_4[i]:") == 3  # overwritten, put back, and no adjoint of what was overwritten
    assert len(compiled.specialize(x).py_func.__globals__["product"].signatures) == 1


def test_what_a_pass_needs_for_itself_is_made_before_the_loop():
    compiled = transad.grad(stencil, wrt="a", jit="numba")
    compiled(4, RNG.random(9), RNG.random(9))
    lines = compiled.source.splitlines()
    assert any(line.startswith("    row = np.empty(") for line in lines)
    assert not [line for line in lines if line.startswith("        ") and "= np." in line]


def test_masks_need_no_test_of_indices_and_powers_that_end_in_a_half_no_logarithm():
    compiled = transad.grad(circling, jit="numba")
    compiled(RNG.normal(size=5), 2)
    code = "\n".join(line.partition("  #")[0] for line in compiled.source.splitlines())
    assert "boundscheck" not in code and "**" not in code and "np.sqrt(" in code


def test_second_derivatives_are_compiled():
    x = RNG.random(5)
    compiled = transad.hessian(lambda x: np.sum(np.sin(x) * x[::-1]), jit="numba")
    want = transad.hessian(lambda x: np.sum(np.sin(x) * x[::-1]))(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", transad.NotCompiledWarning)
        np.testing.assert_allclose(compiled(x), want, rtol=1e-12)


def cubes(x):
    return np.sum(x**3)


def printing(x):
    print("at", x[0])
    return np.sum(x * x)


def spectrum(x):
    return np.sum(np.abs(np.fft.fft(x)))


@pytest.mark.parametrize("f, reason", [(spectrum, r"test_numba.py:\d+: .*fft"), (printing, "print")])
def test_what_numba_cannot_do_runs_as_numpy_code_and_says_for_which_line(f, reason):
    x = RNG.random(3)
    compiled = transad.grad(f, jit="numba")
    with pytest.warns(transad.NotCompiledWarning, match=reason):
        got = compiled(x)
    assert "numba" not in compiled.source
    np.testing.assert_allclose(got, transad.grad(f)(x))


def test_single_precision_stays_single():
    x = RNG.random(4).astype(np.float32)
    value, gradient = transad.value_and_grad(lambda x: np.sum(2.0 * x**2 + 0.1), jit="numba")(x)
    assert type(value) is np.float32 and gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, 4.0 * x, rtol=1e-6)


def sum_of_parts_that_need_not_fit(a, b):
    a[1:-1] = b[2:] * 2.0
    return np.sum(a)


def first_ones(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i]
    return s


def greatest_of_rows(x):
    return np.sum(np.max(x, axis=1))


@pytest.mark.parametrize(
    "f, args",
    [
        (sum_of_parts_that_need_not_fit, (RNG.random(5), RNG.random(9))),
        (first_ones, (RNG.random(5), 9)),
        (greatest_of_rows, (np.zeros((3, 0)),)),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_numpy_raises_compiled_code_raises(f, args):
    with pytest.raises((ValueError, IndexError)) as want:
        transad.value_and_grad(f)(*args)
    with pytest.raises(want.type):
        transad.value_and_grad(f, jit="numba")(*args)


def test_loops_over_whole_arrays_need_no_test_of_their_indices():
    for f, args in ((rows_and_columns, (RNG.random((4, 3)),)), (recurrence, (RNG.random(5), 2.1))):
        assert "boundscheck" not in source_of(f, args)
    assert "boundscheck" in source_of(first_ones, (RNG.random(5), 5))


def source_of(f, args):
    """The emitted code, which is not compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transad.backend.targets.numba.compile_for", lambda *args: None)
        derivative = transad.grad(f, jit="numba")
        derivative.specialize(*args)
    return "\n".join(line.partition("  #")[0].rstrip() for line in derivative.source.splitlines())


def triangle(a):
    for i in range(a.shape[0]):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= a[j, j]
        a[i, i] = np.sqrt(a[i, i] - np.dot(a[i, :i], a[i, :i]))
    return np.sum(np.tril(a))


def until(x):
    s, k = x[0], 0
    while s < 20.0:
        s, k = s + np.sin(s) * x[k % 3] + 1.0, k + 1
    return s * s


def reversed_in_part(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[:i] += y[i] * np.flip(y[:i])
    y[::-1] += y
    return np.sum(y**2)


def test_tapes_are_arrays():
    definite = np.eye(4) * 4.0 + 1.0
    for f, x in ((triangle, definite), (until, RNG.random(3)), (reversed_in_part, RNG.random(5))):
        source = source_of(f, (x,))
        assert "_tape" in source or "recorded" in source
        assert ".append(" not in source and ".pop()" not in source


@pytest.mark.parametrize(
    "f, x",
    [(triangle, np.eye(4) * 4.0 + 1.0), (until, RNG.random(3)), (reversed_in_part, RNG.random(5))],
    ids=["triangle", "until", "reversed_in_part"],
)
def test_gradients_from_arrays_of_recorded_values_are_right(f, x):
    compiled = transad.grad(f, jit="numba")
    differences.check(compiled(x), differences.gradient(f, (x,), (0,))[0])
    assert "numba.njit" in compiled.source


def spread(a, b):
    return np.sum((a[1:] * b) ** 2)


def test_lengths_that_are_not_known_to_be_equal_are_tested():
    compiled = transad.grad(spread, wrt=(0, 1), jit="numba")
    a, b = RNG.random(4), RNG.random(3)
    for x, y in zip(compiled(a, b), transad.grad(spread, wrt=(0, 1))(a, b)):
        np.testing.assert_allclose(x, y, rtol=1e-12)
    with pytest.warns(transad.NotCompiledWarning, match="equal"):
        got = compiled(a[:2], b)  # a[1:] is stretched
    np.testing.assert_allclose(got[0], transad.grad(spread)(a[:2], b), rtol=1e-12)


class Layer(NamedTuple):
    w: np.ndarray
    b: float


@dataclass
class Model:
    w: np.ndarray
    name: str


WEIGHTS = np.arange(1.0, 4.0)


def weighted(layer, model, x):
    return np.sum((x @ layer.w + layer.b) * (x @ model.w)) + np.sum(WEIGHTS * layer.w)


def test_named_tuples_objects_and_global_arrays_stay_outside_of_the_core():
    args = Layer(RNG.random(3), 0.5), Model(RNG.random(3), "m"), RNG.random((4, 3))
    got = transad.grad(weighted, wrt=(0, 1), jit="numba")(*args)
    want = transad.grad(weighted, wrt=(0, 1))(*args)
    assert type(got[0]) is Layer and type(got[1]) is Model and got[1].name == "m"
    np.testing.assert_allclose(got[0].w, want[0].w, rtol=1e-12)
    np.testing.assert_allclose(got[1].w, want[1].w, rtol=1e-12)


def test_only_loops_whose_passes_do_not_meet_are_parallel():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transad.backend.targets.numba.compile_for", lambda *args: None)
        derivative = transad.grad(heat, jit="numba", parallel=True)
        derivative.specialize(RNG.random(9), 2)
    code = [line.partition("  #")[0] for line in derivative.source.splitlines()]
    nests = {
        line.strip(): code[k + 1].strip() for k, line in enumerate(code) if line.strip().startswith("for ")
    }
    assert any("prange" in line for line in nests)
    assert all("prange" not in line for line, body in nests.items() if "u_bar[i + 2]" in body)
    with pytest.raises(transad.ArgumentError, match="parallel"):
        transad.grad(heat, parallel=True)


@pytest.mark.parametrize(
    "f, args",
    [
        (lambda x, n: x * 2**n, (1.5, -2)),
        (lambda x, n: x * (7 // n), (1.5, 2)),
        (lambda x: np.sum(x * ((x > 0.0) + (x > 1.0))), (np.arange(4.0),)),
    ],
    ids=["power of integers", "integer division", "sum of truth values"],
)
def test_integers_and_truth_values_that_numba_takes_otherwise_are_not_compiled(f, args):
    with pytest.warns(transad.NotCompiledWarning):
        got = transad.value_and_grad(f, jit="numba")(*args)
    for a, b in zip(got, transad.value_and_grad(f)(*args)):
        np.testing.assert_array_equal(a, b)


def branches(x, b):
    if b > 0.0:
        s = np.sum(np.exp(np.sin(x)) ** 2 * np.cos(x))
    else:
        s = np.sin(b * x[0]) * np.exp(np.sin(b)) ** 2
    return s * np.exp(b)


def test_a_name_for_a_truth_value_is_not_one_for_numbers_as_well(monkeypatch):
    monkeypatch.setattr("transad.backend.targets.numba.compile_for", lambda *args: None)
    derivative = transad.value_and_grad(branches, wrt=(0, 1), jit="numba")
    derivative.specialize(np.ones(3), 0.5)
    core = derivative.source.partition("def branches_value_and_grad(")[0]
    assert [line.strip() for line in core.splitlines() if line.strip().startswith("t = ")] == ["t = b > 0.0"]


def test_another_compiler_is_refused():
    with pytest.raises(transad.ArgumentError, match="jit"):
        transad.grad(cubes, jit="fortran")


SCALE = 2.0


def scaled(x):
    return np.sum(x * x) * SCALE


def test_a_changed_global_is_noticed(monkeypatch):
    compiled = transad.grad(scaled, jit="numba")
    x = RNG.random(3)
    np.testing.assert_allclose(compiled(x), 4.0 * x)
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 5.0)
    np.testing.assert_allclose(compiled(x), 10.0 * x)


def test_another_process_does_not_compile_again(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import numpy as np
        import transad

        def f(x):
            return np.sum(np.sin(x) * x)

        df = transad.grad(f, jit="numba")
        df(np.ones(3))
        stats = df.specialize(np.ones(3)).stats
        print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
        """)
    )
    env = {**os.environ, "TRANSAD_CACHE_DIR": str(tmp_path / "cache")}
    runs = [
        subprocess.run([sys.executable, program], env=env, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [run.split() for run in runs] == [["0", "1"], ["1", "0"]]
