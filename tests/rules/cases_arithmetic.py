"""Operators and their ufuncs: numbers, 0-d and empty arrays, broadcasting up to rank 3."""

import builtins
import operator

import numpy as np

from .arguments import A, C, P
from .harness import case

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv]
BINARY_UFUNCS = [np.add, np.subtract, np.multiply, np.divide]

SHAPES = [
    ((), ()), ((3,), ()), ((), (3,)), ((3,), (3,)), ((1,), (3,)), ((3,), (1,)), ((0,), (0,)), ((0,), ()),
    ((1,), (0,)), ((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 1), (1, 3)), ((1, 1), (2, 3)), ((2, 1, 4), (3, 1)),
    ((4,), (2, 3, 4)), ((2, 3, 4), (1, 3, 1)), ((2, 0, 4), (2, 1, 4)),
]  # fmt: skip

V, W = np.array([[1.3], [-2.2]]), np.array([0.7, -0.45, 1.7])

CASES = [
    *[case(f, 1.3, -0.7) for f in BINARY],
    *[case(f, A(*s), A(*t)) for f in BINARY + BINARY_UFUNCS for s, t in SHAPES],
    *[case(f, 2.0, A(3)) for f in BINARY],
    *[case(f, A(2, 3), 0.7) for f in BINARY],
    *[case(f, C(2, 3), C(3)) for f in BINARY_UFUNCS],
    *[case(f, C(2, 3), A(3)) for f in BINARY_UFUNCS],
    *[case(f, A(3), 1j) for f in BINARY_UFUNCS],
    *[case(f, A(3), np.arange(1, 4)) for f in BINARY],
    # unary
    *[case(f, x) for f in (operator.neg, operator.pos) for x in (0.4, A(), A(3), A(2, 0), C(2))],
    *[case(f, x) for f in (np.negative, np.positive) for x in (A(), A(3), A(2, 1, 3), C(2))],
    *[case(f, x) for f in (abs, operator.abs) for x in (0.4, -0.4, A(), A(3), A(2, 0), C(3))],
    *[case(np.absolute, x) for x in (A(), A(3), A(2, 1, 3), C(2, 2), 0.6 - 0.8j)],
    # remainders
    *[
        case(operator.mod, x, y)
        for x, y in ((2.7, 0.6), (-2.7, 0.6), (2.7, -0.6), (A(3), 0.37), (A(2, 3), W))
    ],
    *[case(np.remainder, V, W), case(np.fmod, V, W), case(np.fmod, A(5), 0.37)],
    *[case(f, A(3), 0.37) for f in (builtins.divmod, np.divmod)],
    case(builtins.divmod, 2.7, 0.6),
    # powers: constant exponents, which rules know, then variable ones
    *[case(operator.pow, 1.3, p, wrt=0) for p in (0, 1, 2, 3, -1, -2, 0.5, 2.5, 1.0, 2.0)],
    *[case(operator.pow, -1.3, p, wrt=0) for p in (0, 1, 2, 3, -1, -2)],
    *[case(operator.pow, A(2, 3), p, wrt=0) for p in (0, 1, 2, 3, -1, -2, 2.0, 3.0)],
    *[case(operator.pow, P(2, 3), p, wrt=0) for p in (0.5, 2.5, -0.5)],
    *[case(operator.pow, 0.0, p, wrt=0, twice=False) for p in (0, 1, 2, 3, 2.0)],
    *[case(operator.pow, np.array([0.0, 1.5]), p, wrt=0, twice=False) for p in (0, 1, 2, 3, 2.0)],
    *[case(operator.pow, x, A(3), wrt=1) for x in (2.0, 0.5, P(3), P(2, 1), np.float64(1.7))],
    *[case(f, P(*s), A(*t)) for f in (operator.pow, np.power) for s, t in SHAPES],
    *[case(np.float_power, P(*s), A(*t)) for s, t in SHAPES],
    case(operator.pow, 1.3, -0.7),
    case(operator.pow, P(2), np.array([2, 3])),
    case(operator.pow, A(3), np.array([0, 1, 2])),
    case(operator.pow, C(3), 2, wrt=0),
    case(operator.pow, C(3), C(3)),
    case(np.power, A(2, 3), 3, wrt=0),
    case(np.float_power, A(2, 3), 3, wrt=0),
    case(builtins.pow, 1.3, 2.5),
    case(builtins.pow, P(3), 2.5),
    # conversions
    *[case(float, x) for x in (0.4, A(), np.float64(0.3))],
    case(complex, 0.4, 0.7),
    case(complex, 0.4),
]
