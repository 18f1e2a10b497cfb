"""Reshaping, reordering, joining, splitting."""

import numpy as np

from .arguments import A, C
from .harness import case

STACKS = [np.vstack, np.hstack, np.dstack]

CASES = [
    # another shape
    *[case(np.reshape, A(2, 3), shape) for shape in (6, (6,), (3, 2), (-1, 2), (1, 6, 1))],
    *[case(np.reshape, A(2, 3), (3, 2), order=order) for order in "CF"],
    case(np.reshape, A(), (1, 1)),
    case(np.reshape, A(0, 3), (3, 0)),
    *[case(f, A(*s)) for f in (np.ravel, np.copy, np.array, np.asarray) for s in ((), (3,), (2, 3), (0, 2))],
    *[case(np.ravel, A(2, 3), order) for order in "CF"],
    *[case(np.ndarray.flatten, A(2, 3)), case(np.ndarray.flatten, A(2, 3), "F")],
    *[case(f, A(2, 3)) for f in (np.ascontiguousarray, np.asfortranarray, np.asanyarray)],
    *[
        case(f, A(*s))
        for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)
        for s in ((), (3,), (2, 3), (2, 1, 3))
    ],
    case(np.atleast_1d, 0.7),
    *[
        case(np.squeeze, A(1, 3, 1)),
        case(np.squeeze, A(1, 3, 1), 0),
        case(np.squeeze, A(1, 3, 1), axis=(0, -1)),
    ],
    *[case(np.expand_dims, A(2, 3), axis) for axis in (0, 1, -1, (0, 3), (-1, 0))],
    case(np.ndarray.item, A()),
    case(np.ndarray.item, A(1, 1)),
    # conversions
    case(np.ndarray.astype, A(2, 3), np.float64),
    case(np.astype, A(2, 3), np.float64),
    case(np.array, [0.3, 0.4, -0.5]),
    case(np.array, (0.3, 0.4)),
    case(np.array, [[0.3, 0.4], [0.1, -0.5]]),
    case(np.array, [A(3), A(3)]),
    case(np.asarray, [A(3), A(3)]),
    # axes
    *[case(np.transpose, A(*s)) for s in ((), (3,), (2, 3), (2, 3, 4))],
    *[case(np.transpose, A(2, 3, 4), axes) for axes in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (-1, 0, 1))],
    case(np.swapaxes, A(2, 3, 4), 0, -1),
    case(np.matrix_transpose, A(2, 3, 4)),
    *[case(np.moveaxis, A(2, 3, 4), a, b) for a, b in ((0, 2), (-1, 0), ((0, 1), (2, 0)))],
    # order
    *[case(np.flip, A(2, 3), axis=axis) for axis in (None, 0, -1, (0, 1))],
    *[
        case(np.flipud, A(2, 3)),
        case(np.fliplr, A(2, 3)),
        case(np.rot90, A(2, 3)),
        case(np.rot90, A(2, 3), 3),
    ],
    case(np.rot90, A(2, 3, 4), 2, (1, 2)),
    *[case(np.roll, A(5), shift) for shift in (0, 1, -2, 7)],
    *[
        case(np.roll, A(2, 3), shift, axis=axis)
        for shift, axis in ((1, None), (1, 0), (-1, 1), ((1, 2), (0, 1)))
    ],
    *[
        case(np.sort, A(5)),
        case(np.sort, A(4, 3)),
        case(np.sort, A(4, 3), axis=0),
        case(np.sort, A(4, 3), axis=None),
    ],
    case(np.sort, A(2, 3, 4), 1),
    # repetition
    *[
        case(np.broadcast_to, A(*s), t)
        for s, t in (((), (3,)), ((3,), (2, 3)), ((2, 1), (4, 2, 3)), ((3,), (3,)))
    ],
    case(np.broadcast_to, 0.7, (2, 3)),
    *[case(np.repeat, A(3), r) for r in (0, 2, np.array([1, 0, 3]), [2, 2, 1])],
    *[case(np.repeat, A(2, 3), r, axis=k) for r, k in ((2, 0), (2, 1), (3, -1), ([1, 2], 0), ([0, 2, 1], 1))],
    case(np.repeat, A(2, 3), 2),
    case(np.repeat, 0.7, 3),
    *[case(np.tile, A(3), r) for r in (0, 2, (2,), (2, 3), (2, 1, 3))],
    *[case(np.tile, A(2, 3), r) for r in (2, (2, 1), (2, 1, 3))],
    case(np.tile, 0.7, (2, 3)),
    # joining
    case(np.concatenate, [A(3), A(2), A(0)]),
    case(np.concatenate, (A(3), A(2))),
    *[case(np.concatenate, [A(2, 3), A(2, 3)], axis=axis) for axis in (0, 1, -1, None)],
    case(np.concatenate, (A(2, 1, 3), A(2, 4, 3)), axis=1),
    *[case(np.stack, [A(2, 3), A(2, 3)], axis=axis) for axis in (0, 1, 2, -1)],
    case(np.stack, (A(), A())),
    case(np.stack, [0.3, 0.7]),
    *[case(f, [A(*s), A(*s)]) for f in STACKS for s in ((), (3,), (2, 3), (2, 3, 2))],
    case(np.vstack, (A(3), A(2, 3))),
    case(np.hstack, [0.4, A(2)]),
    case(np.column_stack, (A(3), A(3, 2))),
    case(np.append, A(3), 0.5),
    case(np.append, A(2, 3), A(2)),
    case(np.append, A(2, 3), A(1, 3), axis=0),
    # splitting
    *[case(np.split, A(6), parts) for parts in (1, 3, [2], [1, 4])],
    case(np.split, A(2, 4), 2, axis=1),
    case(np.array_split, A(5), 3),
    case(np.array_split, A(2, 5), 2, axis=-1),
    *[
        case(np.hsplit, A(4), 2),
        case(np.hsplit, A(2, 4), [1]),
        case(np.vsplit, A(4, 2), 2),
        case(np.dsplit, A(1, 2, 4), 2),
    ],
    # diagonals and triangles
    *[case(np.diag, A(3), k) for k in (0, 1, -2)],
    *[case(np.diag, A(3, 4), k) for k in (0, 1, -2)],
    *[case(np.diagonal, A(3, 4), k) for k in (0, 1, -2)],
    case(np.diagonal, A(2, 3, 4), 1, axis1=0, axis2=2),
    case(np.diagonal, A(2, 3, 4), -1, axis1=-1, axis2=1),
    case(np.diagflat, A(2, 2), 1),
    *[case(np.trace, A(3, 4)), case(np.trace, A(3, 4), 1), case(np.trace, A(3, 4), offset=-1)],
    case(np.trace, A(2, 3, 4), axis1=1, axis2=2),
    case(np.trace, A(3, 4), 1, axis1=1, axis2=0),
    case(np.trace, A(2, 3, 4), 1, axis1=-1, axis2=0),
    *[case(f, A(3, 4), k) for f in (np.tril, np.triu) for k in (0, 1, -1)],
    *[case(np.tril, A(3)), case(np.triu, A(2, 3, 3))],
    # borders and differences
    *[case(np.pad, A(3), w) for w in (0, 2, (1, 2), ((1, 2),))],
    *[case(np.pad, A(2, 3), w) for w in (1, (1, 2), ((1, 2), (0, 3)), [(1, 0), (2, 2)])],
    case(np.pad, A(2, 3), 1, constant_values=0.7),
    case(np.pad, A(2, 3), 1, constant_values=0.7, wrt=(0, "constant_values")),
    *[
        case(np.pad, A(3, 4), ((1, 2), (2, 0)), mode=mode)
        for mode in ("edge", "reflect", "symmetric", "wrap")
    ],
    *[case(np.diff, A(5), n) for n in (0, 1, 2, 3)],
    *[case(np.diff, A(3, 4), axis=axis) for axis in (0, 1, -1)],
    *[case(np.diff, A(3, 4), 2, axis=0), case(np.diff, A(1)), case(np.diff, A(0))],
    # complex
    *[case(f, C(2, 3)) for f in (np.ravel, np.transpose, np.flip)],
    case(np.concatenate, [C(2), A(3)]),
]
