"""Products of vectors, matrices and tensors: every combination of ranks, stacks of matrices."""

import operator

import numpy as np

from .arguments import A, C, S
from .harness import case

MATMUL = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 4)),
    ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)), ((0,), (0,)), ((2, 0), (0, 3)), ((0, 3), (3,)), ((1, 1), (1, 1)),
]  # fmt: skip
DOT = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((), (2, 3)), ((2, 3), ()), ((), ()),
    ((5, 2, 3), (3,)), ((3,), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (6, 3, 4)), ((2, 0), (0, 3)),
]  # fmt: skip
INNER = [((3,), (3,)), ((2, 3), (3,)), ((3,), (4, 3)), ((2, 3), (4, 3)), ((), (2, 3)), ((2, 1, 3), (4, 3))]

CASES = [
    *[case(f, A(*s), A(*t)) for f in (operator.matmul, np.matmul) for s, t in MATMUL],
    *[case(np.dot, A(*s), A(*t)) for s, t in DOT],
    case(np.dot, 0.7, A(3)),
    case(np.dot, A(2, 3), 0.7),
    *[case(np.inner, A(*s), A(*t)) for s, t in INNER],
    *[case(np.outer, A(*s), A(*t)) for s, t in (((2,), (3,)), ((), (3,)), ((2, 2), (3,)), ((0,), (3,)))],
    case(np.vdot, A(3), A(3)),
    case(np.vdot, A(2, 3), A(2, 3)),
    case(np.vdot, A(2, 3), A(6)),
    case(np.vdot, C(3), C(3)),
    case(np.vdot, C(3), A(3)),
    case(operator.matmul, C(2, 3), C(3, 2)),
    case(operator.matmul, A(2, 3), C(3, 2)),
    case(np.dot, C(3), C(3)),
    case(np.tensordot, A(2, 3, 4), A(3, 4)),
    case(np.tensordot, A(2, 3), A(4, 5), 0),
    case(np.tensordot, A(2, 3), A(3, 4), axes=1),
    case(np.tensordot, A(2, 3), A(2, 3), axes=2),
    case(np.tensordot, A(3, 2, 4), A(2, 3), axes=([1, 0], [0, 1])),
    case(np.tensordot, A(3, 2, 4), A(5, 4, 3), axes=((0, -1), (2, 1))),
    case(np.tensordot, A(3, 2), A(4, 3), axes=(0, 1)),
    case(np.linalg.multi_dot, [A(2, 3), A(3, 4), A(4, 2)]),
    *[case(np.linalg.matrix_power, S(3, 3), n) for n in (0, 1, 3, -1, -2)],
    *[
        case(getattr(np, name), make(*s), make(*t))
        for name, s, t in (
            ("vecdot", (2, 3), (3,)),
            ("vecdot", (3,), (3,)),
            ("matvec", (2, 3), (4, 3)),
            ("matvec", (4, 2, 3), (3,)),
            ("vecmat", (4, 3), (3, 2)),
            ("vecmat", (3,), (4, 3, 2)),
        )
        for make in (A, C)
        if hasattr(np, name)
    ],
    case(np.linalg.multi_dot, [A(3), A(3, 4), A(4, 2)]),
    case(np.linalg.multi_dot, [A(2, 3), A(3, 4), A(4)]),
    case(np.linalg.multi_dot, [A(3), A(3, 4), A(4)]),
    case(np.linalg.multi_dot, (A(2, 3), A(3, 4))),
    case(np.linalg.multi_dot, [C(2, 3), A(3, 4), C(4, 2), A(2, 1)]),
    *[case(np.kron, A(*s), A(*t)) for s, t in (((2,), (3,)), ((2, 3), (3, 2)), ((2,), (2, 3)))],
    case(np.kron, A(2, 1, 2), A(2, 2)),
    case(np.kron, C(2, 2), A(2, 3)),
    *[case(np.cross, A(*s), A(*t)) for s, t in (((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)))],
    case(np.cross, A(4, 1, 3), A(2, 3)),
    case(np.cross, A(3, 2), A(3, 2), axis=0),
    case(np.cross, A(3, 2), A(2, 3), axisa=0, axisc=0),
    case(np.cross, A(3), A(4, 2, 3), axisa=0, axisb=2, axisc=1),
    case(np.cross, C(3), C(2, 3)),
    *[
        case(getattr(np.linalg, name), *args, **kwargs)
        for name, args, kwargs in (
            ("cross", (A(2, 3), A(2, 3)), {}),
            ("cross", (A(3, 2), A(3, 2)), {"axis": 0}),
            ("tensordot", (A(2, 3), A(3, 4)), {"axes": 1}),
            ("vecdot", (C(2, 3), C(2, 3)), {}),
            ("vecdot", (A(3, 2), A(3, 2)), {"axis": 0}),
            ("trace", (A(2, 3, 3),), {}),
            ("trace", (A(3, 3),), {"offset": 1}),
            ("diagonal", (A(2, 3, 3),), {}),
        )
        if hasattr(np.linalg, name)
    ],
]
