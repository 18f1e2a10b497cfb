"""Products, systems, decompositions: every combination of ranks, stacks of matrices."""

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
    # systems
    *[
        case(np.linalg.solve, S(*s), A(*t))
        for s, t in (((3, 3), (3,)), ((3, 3), (3, 2)), ((4, 3, 3), (4, 3, 2)))
    ],
    *[
        case(np.linalg.solve, S(*s), A(*t))
        for s, t in (((4, 3, 3), (3,)), ((3, 3), (4, 3, 2)), ((4, 3, 3), (3, 2)))
    ],
    case(np.linalg.solve, C(2, 2) + np.diag([3.0, 3.0]), C(2)),
    *[case(np.linalg.inv, S(*s)) for s in ((3, 3), (2, 3, 3))],
    *[case(f, S(*s)) for f in (np.linalg.det, np.linalg.slogdet) for s in ((3, 3), (2, 3, 3), (1, 1))],
    *[case(np.linalg.cholesky, S(*s), symmetric=True) for s in ((3, 3), (2, 3, 3))],
    # norms
    *[case(np.linalg.norm, A(*s)) for s in ((3,), (2, 3), (2, 3, 4), (1,))],
    *[case(np.linalg.norm, A(3), p, wrt=0) for p in (1, 2, 3, 2.5, -1, np.inf, -np.inf)],
    *[case(np.linalg.norm, A(2, 3), p, axis=k, wrt=0) for p in (None, 1, 2, 3, np.inf) for k in (0, 1, -1)],
    *[case(np.linalg.norm, A(2, 3), p, axis=1, keepdims=True, wrt=0) for p in (None, 1, 3, np.inf)],
    *[case(np.linalg.norm, A(2, 3), "fro", keepdims=keepdims) for keepdims in (False, True)],
    case(np.linalg.norm, A(2, 3, 4), axis=(0, 2)),
    case(np.linalg.norm, A(2, 3, 4), "fro", axis=(1, 2)),
    case(np.linalg.norm, C(3)),
    case(np.linalg.norm, C(3), 3, wrt=0),
]
