"""Methods of ufuncs: reduce, accumulate, reduceat, outer."""

import numpy as np

from .arguments import A, B, C, P
from .harness import case

HALVES = [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp]

CASES = [
    *[case(f.reduce, x) for f in HALVES for x in (A(4), A(2, 3))],
    *[
        case(f.reduce, A(2, 3), axis=axis, keepdims=keepdims)
        for f in HALVES
        for axis in (0, 1, -1, None)
        for keepdims in (False, True)
        if f is not np.logaddexp or axis is not None
    ],
    case(np.add.reduce, A(2, 3), axis=(0, 1)),
    case(np.add.reduce, A(2, 3), where=B(2, 3), initial=1.5),
    case(np.maximum.reduce, A(2, 3), axis=1, initial=0.5),
    *[case(f.reduce, A(2, 3), axis=1) for f in (np.fmax, np.fmin)],
    *[case(f.accumulate, x) for f in HALVES for x in (A(5), A(3, 2), A(1))],
    *[case(f.accumulate, A(2, 3, 2), axis=axis) for f in HALVES for axis in (0, 1, -1)],
    case(np.add.accumulate, C(4)),
    case(np.add.reduceat, A(6), [0, 2, 3]),
    case(np.add.reduceat, A(6), [1, 4, 2, 5]),
    case(np.add.reduceat, A(6), np.array([3, 3])),
    *[case(np.add.reduceat, A(3, 4), [0, 2], axis=axis) for axis in (0, 1, -1)],
    *[
        case(f.outer, a, b)
        for f in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.hypot, np.arctan2)
        for a, b in ((P(2), P(3)), (P(2), 0.7), (0.7, P(2)), (P(2, 2), P(3)), (P(2), P(3, 2)))
    ],
    case(np.multiply.outer, [0.5, 1.5], P(2)),
]  # fmt: skip
