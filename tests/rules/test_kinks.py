"""Where the derivative is a matter of choice: ties, bounds, origins; and where NaN must not appear.

Each line: a function, its arguments, and the adjoints of the leading ones for y_bar = 1 everywhere.
"""

import builtins
import math
import operator

import numpy as np
import pytest

import transad.rules.linalg
import transad.rules.math_module
import transad.rules.reductions  # noqa: F401
from transad.rules import registry

from .harness import Case, difference, leaves, pairing, pullback, pushforward

inf, nan = math.inf, math.nan
v = np.array

CHOICES = [
    # where two or more are equal they share
    (np.maximum, (v([1.0, 2.0, 3.0]), 2.0), [v([0.0, 0.5, 1.0]), 1.5]),
    (np.minimum, (v([1.0, 2.0, 3.0]), 2.0), [v([1.0, 0.5, 0.0]), 1.5]),
    (np.maximum, (v([inf, -inf]), v([inf, -inf])), [v([0.5, 0.5]), v([0.5, 0.5])]),
    (np.fmax, (v([1.0, nan, 3.0]), v([nan, 2.0, 3.0])), [v([1.0, 0.0, 0.5]), v([0.0, 1.0, 0.5])]),
    (np.fmin, (v([1.0, nan, 3.0]), v([nan, 2.0, 3.0])), [v([1.0, 0.0, 0.5]), v([0.0, 1.0, 0.5])]),
    (np.max, (v([2.0, 5.0, 5.0, 1.0]),), [v([0.0, 0.5, 0.5, 0.0])]),
    (np.min, (v([[2.0, 2.0], [3.0, 1.0]]), 1), [v([[0.5, 0.5], [0.0, 1.0]])]),
    (np.clip, (v([0.0, 1.0, 2.0, 3.0, 4.0]), 1.0, 3.0), [v([0.0, 0.0, 1.0, 0.0, 0.0]), 2.0, 2.0]),
    (np.linalg.norm, (v([3.0, -3.0, 1.0]), inf), [v([0.5, -0.5, 0.0])]),
    # kinks: zero, which lies between the slopes on either side
    (operator.abs, (0.0,), [0.0]),
    (builtins.abs, (v([0.0, -2.0]),), [v([0.0, -1.0])]),
    (np.absolute, (v([0j, 3 - 4j]),), [v([0.0, 0.6 + 0.8j])]),
    (np.fabs, (v([0.0, 1.0]),), [v([0.0, 1.0])]),
    (math.fabs, (0.0,), [0.0]),
    (np.copysign, (v([0.0, 1.0]), -1.0), [v([0.0, -1.0])]),
    (math.copysign, (0.0, -1.0), [0.0]),
    (np.hypot, (v([0.0, 3.0]), v([0.0, 4.0])), [v([0.0, 0.6]), v([0.0, 0.8])]),
    (math.hypot, (0.0, 0.0), [0.0, 0.0]),
    (math.dist, ((1.0, 2.0), (1.0, 2.0)), [(0.0, 0.0), (0.0, 0.0)]),
    (np.linalg.norm, (np.zeros(3),), [np.zeros(3)]),
    (np.linalg.norm, (np.zeros(3), 3), [np.zeros(3)]),
    (np.std, (np.ones(3),), [np.zeros(3)]),
    # the branch not taken makes no NaN, whatever flows back
    (np.where, (v([True, False]), v([1.0, nan]), v([inf, 2.0])), [None, v([1.0, 0.0]), v([0.0, 1.0])]),
    (np.nan_to_num, (v([nan, inf, -inf, 2.0]),), [v([0.0, 0.0, 0.0, 1.0])]),
    (np.heaviside, (v([-1.0, 0.0]), v([0.5, 0.5])), [v([0.0, 0.0]), v([0.0, 1.0])]),
    (np.sinc, (v([0.0]),), [v([0.0])]),
    # powers at zero
    (operator.pow, (0.0, 0), [0.0]),
    (operator.pow, (0.0, 1), [1.0]),
    (operator.pow, (0.0, 2.0), [0.0]),
    (operator.pow, (v([0.0, 0.0]), v([0.0, 1.0])), [v([0.0, 1.0]), v([0.0, 0.0])]),
    (np.power, (v([0.0, 0.0]), v([2.0, 1.5])), [v([0.0, 0.0]), v([0.0, 0.0])]),
    (np.float_power, (v([0.0, 0.0]), v([0.0, 1.0])), [v([0.0, 1.0]), v([0.0, 0.0])]),
    (math.pow, (0.0, 0.0), [0.0, 0.0]),
    (math.pow, (0.0, 1.0), [1.0, 0.0]),
]


def ids(choice):
    return str(Case(choice[0], choice[1]))


@pytest.mark.parametrize("choice", CHOICES, ids=ids)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_choice(choice, mode):
    fn, args, wanted = choice
    wrt = tuple(k for k, bar in enumerate(wanted) if bar is not None)
    case = Case(fn, args, {}, wrt)
    primitive = registry.lookup(fn)
    y = case.call()
    ones = np.ones_like(y) if isinstance(y, np.ndarray) else type(y)(1.0)
    if mode == "reverse":
        bars = pullback(primitive, case, y, ones)
        for k in wrt:
            for bar, want in zip(leaves(bars[k]), leaves(wanted[k]), strict=True):
                np.testing.assert_allclose(bar, want)
        return
    for k in wrt:  # the same choice in forward mode: along every axis the same number
        arrays = [np.asarray(leaf) for leaf in leaves(args[k])]
        if not isinstance(args[k], np.ndarray):
            continue
        for i in np.ndindex(arrays[0].shape):
            unit = np.zeros_like(args[k])
            unit[i] = 1.0
            y_dot = pushforward(primitive, case, y, {k: unit})
            np.testing.assert_allclose(np.sum(y_dot), np.real(wanted[k][i]))


def test_maximum_does_not_multiply_infinities():
    rule = registry.lookup(np.maximum).rules["vjp"].function
    x1_bar, _ = rule(v([inf, 1.0]), None, v([0.0, 1.0]), v([1.0, 0.0]))
    assert x1_bar.tolist() == [0.0, 1.0]


def test_power_growth_of_a_negative_base_is_nan():
    with np.errstate(invalid="ignore"):
        _, p_bar = registry.lookup(operator.pow).rules["partials"].function(v([-8.0]), v([-2.0]), v([3.0]))
    assert np.isnan(p_bar).all()


def test_complex_gradients_are_those_of_jax_and_autograd():
    """The gradient of a real function u of z = x + iy is u_x - i u_y."""
    z = v([0.3 - 0.4j])
    case = Case(np.absolute, (z,), {}, (0,))
    bars = pullback(registry.lookup(np.absolute), case, np.abs(z), v([1.0]))
    u_x, u_y = difference(case, {0: v([1.0 + 0j])}), difference(case, {0: v([1j])})
    np.testing.assert_allclose(bars[0], u_x - 1j * u_y, rtol=1e-9)
    assert pairing(bars[0], v([1j])) == pytest.approx(float(u_y[0]))
