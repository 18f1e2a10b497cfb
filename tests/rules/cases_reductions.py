"""Reductions: axis None, int, negative, tuple; keepdims, ddof, initial, where."""

import numpy as np

from .arguments import A, B, C, P
from .harness import case

AXES = [
    ((3,), None), ((3,), 0), ((3,), -1), ((2, 3), None), ((2, 3), 0), ((2, 3), 1), ((2, 3), -1),
    ((2, 3), (0, 1)), ((2, 3, 4), 1), ((2, 3, 4), (0, 2)), ((2, 3, 4), (-1, 1)), ((2, 1, 4), 1),
    ((1, 3), 0), ((1,), None),
]  # fmt: skip
RUNNING = [
    ((3,), None),
    ((3,), 0),
    ((2, 3), None),
    ((2, 3), 0),
    ((2, 3), -1),
    ((2, 3, 4), 1),
    ((0,), None),
    ((1,), 0),
]
HOLES = np.array([[2.0, 0.0, -1.5], [0.0, 0.7, 1.1], [0.5, 0.0, 3.0], [0.2, -0.9, 0.0]])

CASES = [
    *[
        case(f, A(*s), axis=axis, keepdims=keepdims)
        for f in (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.ptp)
        for s, axis in AXES
        for keepdims in (False, True)
        if not (f is np.std and (s, axis) in [((2, 1, 4), 1), ((1, 3), 0), ((1,), None)])
    ],
    *[case(f, A()) for f in (np.sum, np.mean, np.prod, np.max, np.min, np.var)],
    *[case(f, 0.7) for f in (np.sum, np.mean, np.prod, np.max, np.min)],
    *[case(f, A(0)) for f in (np.sum, np.prod)],
    *[case(f, A(0, 3), axis=0) for f in (np.sum, np.prod)],
    *[case(f, A(0, 3), axis=1) for f in (np.sum, np.prod, np.mean, np.max, np.var)],
    *[case(f, A(2, 3), 1) for f in (np.sum, np.mean, np.prod, np.amax, np.amin, np.var)],
    *[case(f, A(2, 3), axis=1, ddof=1) for f in (np.var, np.std)],
    *[case(f, A(4), ddof=1) for f in (np.var, np.std)],
    *[case(f, C(2, 3), axis=1) for f in (np.sum, np.mean, np.prod, np.var, np.std)],
    # where and initial
    *[case(f, A(2, 3), axis=axis, where=B(2, 3)) for f in (np.sum, np.prod) for axis in (None, 0)],
    *[case(np.mean, A(2, 3), axis=axis, where=np.array([True, False, True])) for axis in (None, 1)],
    case(np.sum, A(2, 3), axis=0, where=B(2, 1)),
    case(np.sum, A(2, 3), initial=1.5),
    case(np.sum, A(2, 3), axis=0, initial=1.5, wrt=(0, "initial")),
    case(np.prod, A(2, 3), axis=1, keepdims=True, where=B(2, 3)),
    # products of factors some of which are zero: none, one and several in a row
    *[case(np.prod, HOLES, axis=axis) for axis in (None, 0, 1, (0, 1))],
    *[case(np.prod, np.array(x)) for x in ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0])],
    *[case(np.cumprod, HOLES, axis=axis) for axis in (None, 0, 1)],
    *[case(np.cumprod, np.array(x)) for x in ([1.5, 0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0])],
    # running
    *[case(f, A(*s), axis=axis) for f in (np.cumsum, np.cumprod) for s, axis in RUNNING],
    case(np.cumprod, P(50)),
    case(np.cumprod, C(4)),
]
