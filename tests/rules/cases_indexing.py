"""Reading: basic, integer, boolean and mixed indices; take, compress, choose."""

import operator

import numpy as np

from .arguments import A, B
from .harness import case

INDICES = [
    ((4,), 2), ((4,), -1), ((4,), slice(1, 3)), ((4,), slice(None, None, -1)), ((4,), slice(3, 0, -2)),
    ((4,), ...), ((4,), None), ((4,), slice(0, 0)), ((4,), [0, 0, 2]), ((4,), np.array([[0, 3], [3, 3]])),
    ((4,), np.array([], int)), ((4,), np.array([True, False, True, True])), ((0,), slice(None)), ((), ()),
    ((), ...), ((), None), ((2, 3), 1), ((2, 3), (1, 2)), ((2, 3), (slice(None), 1)), ((2, 3), (..., 0)),
    ((2, 3), (None, 1, slice(1, None))), ((2, 3), ([0, 1, 1], [2, 2, 2])),
    ((2, 3), (slice(None), [0, 0])), ((2, 3), (1, [0, 0, 2])), ((2, 3), B(2, 3)),
    ((2, 3), np.array([True, False])), ((2, 3), (slice(None), np.array([True, False, True]))),
    ((2, 3, 4), (0, slice(None), [1, 1])), ((2, 3, 4), ([0, 1], slice(None), [2, 0])),
    ((2, 3, 4), (..., None, 2)), ((2, 3, 4), (np.array([[0], [1]]), np.array([0, 2]), slice(1, 3))),
    ((1, 3), (0, 2)), ((2, 3), np.int64(1)),
]  # fmt: skip

CASES = [
    *[case(operator.getitem, A(*shape), index, wrt=0) for shape, index in INDICES],
    *[case(np.take, A(4), i, wrt=0) for i in (2, -1, [0, 0, 3], np.array([[0, 1], [3, 3]]))],
    *[case(np.take, A(2, 3), i, wrt=0) for i in (4, [0, 0, 5])],
    *[
        case(np.take, A(2, 3, 4), i, axis=k, wrt=0)
        for i in (1, [0, 0, 1], np.array([[0], [1]]))
        for k in (0, 1, -1)
    ],
    case(np.take_along_axis, A(4), np.array([0, 0, 3, 1, 2]), 0, wrt=0),
    case(np.take_along_axis, A(2, 3), np.array([[0, 0], [2, 1]]), 1, wrt=0),
    case(np.take_along_axis, A(2, 3), np.array([[0, 0, 1]]), axis=0, wrt=0),
    case(np.take_along_axis, A(2, 3), np.array([[1], [2]]), axis=-1, wrt=0),
    case(np.take_along_axis, A(2, 3), np.array([5, 5, 0]), axis=None, wrt=0),
    case(np.take_along_axis, A(2, 3, 2), np.array([[[0], [2]]]), axis=1, wrt=0),
    case(np.compress, [True, False, True], A(4), wrt=1),
    case(np.compress, B(6), A(2, 3), wrt=1),
    *[case(np.compress, [False, True], A(2, 3), axis=axis, wrt=1) for axis in (0, 1, -1)],
    case(np.extract, B(4), A(4), wrt=1),
    case(np.extract, B(2, 3), A(2, 3), wrt=1),
    case(np.choose, np.array([0, 1, 1]), [A(3), A(3)], wrt=1),
    case(np.choose, np.array([0, 2, 1]), (A(3), A(2, 1), 0.5), wrt=1),
    case(np.choose, np.array([0, 1, 1]), A(2, 3), wrt=1),
]
