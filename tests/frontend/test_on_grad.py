"""`with on_grad(x) as x_bar:` is code in the reverse sweep."""

import numpy as np
import pytest

import transad
from transad import grad, jvp, on_grad


def clipped(x):
    y = np.sin(x)
    with on_grad(y) as y_bar:
        y_bar = np.clip(y_bar, -0.5, 0.5)  # noqa: F841
    return 3.0 * y**2


def test_the_block_replaces_the_adjoint():
    assert np.isclose(grad(clipped)(0.8), 0.5 * np.cos(0.8))
    assert np.isclose(grad(clipped)(0.05), 6.0 * np.sin(0.05) * np.cos(0.05))


def test_forward_mode_and_the_function_itself_take_no_notice():
    y, y_dot = jvp(clipped, (0.8,), (1.0,))
    assert np.isclose(y, 3.0 * np.sin(0.8) ** 2)
    assert np.isclose(y_dot, 6.0 * np.sin(0.8) * np.cos(0.8))
    assert clipped(0.8) == y


def watched(x):
    y = x * 2.0
    with on_grad(y) as y_bar:
        print("adjoint", y_bar)
    return np.sum(y**2)


def test_the_block_reads_the_complete_adjoint_once(capsys):
    assert np.allclose(grad(watched)(np.array([1.0, 2.0])), [8.0, 16.0])
    assert capsys.readouterr().out == "adjoint [4. 8.]\n"


def masked(x, keep):
    y = x * 2.0
    with on_grad(y) as y_bar:
        y_bar *= keep
        y_bar[0] = 0.0
    y[1] = y[0] * x[2]
    return np.sum(y**2)


def test_the_block_may_write_to_the_adjoint_and_read_other_variables():
    x, keep = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.5])
    through_x2 = 2.0 * (2.0 * x[0]) ** 2 * x[2]  # past the hook, y[1] = y[0] * x[2] reads x itself
    assert np.allclose(grad(masked)(x, keep), [0.0, 0.0, 8.0 * x[2] * 0.5 + through_x2])


def bounded(xs):
    s = 0.5
    for v in xs:
        s = np.tanh(s * v)
        with on_grad(s) as s_bar:
            if abs(s_bar) > 0.1:
                s_bar = 0.1 * np.sign(s_bar)
    return s


def test_in_a_loop_the_block_runs_for_every_pass():
    xs, before, states = np.array([1.0, 2.0, 3.0]), 0.5, []
    for v in xs:
        states.append((before, v))
        before = np.tanh(before * v)
    bar, want = 1.0, np.zeros(3)
    for k in (2, 1, 0):
        bar = min(bar, 0.1)
        s, v = states[k]
        slope = 1.0 - np.tanh(s * v) ** 2
        want[k] = bar * slope * s
        bar = bar * slope * v
    assert np.allclose(grad(bounded)(xs), want)


def unnamed(x):
    with on_grad(x * 2.0) as bar:
        bar = bar * 0.5  # noqa: F841
    return x


def test_only_variables_have_an_adjoint_to_work_on():
    with pytest.raises(transad.UnsupportedError, match="name of a variable"):
        grad(unnamed)(1.0)
