"""The primitives that rules are written with."""

import numpy as np

from transad.runtime import (
    add_at,
    broadcast_like,
    i0_derivative,
    last_written,
    polygamma,
    recurrence,
    sinc_derivative,
    unbroadcast,
    update,
)

from .arguments import A, P
from .harness import case

STRETCHED = [
    ((), (2, 3)),
    ((3,), (2, 3)),
    ((2, 1), (2, 3)),
    ((1,), (0,)),
    ((1, 3), (4, 2, 3)),
    ((2, 3), (2, 3)),
]

CASES = [
    *[case(broadcast_like, A(*small), A(*large), wrt=0) for small, large in STRETCHED],
    *[case(unbroadcast, A(*large), A(*small), wrt=0) for small, large in STRETCHED],
    case(unbroadcast, A(2, 3), 0.7, wrt=0),
    *[case(add_at, A(4), i, A(3)) for i in ([0, 0, 2], slice(1, 4))],
    *[case(add_at, A(2, 3), i, 0.7) for i in ([0, 0], (slice(None), 1), (0, 1))],
    *[case(update, A(4), A(3), i, wrt=(0, 1)) for i in ([3, 0, 2], slice(1, 4))],
    *[
        case(update, A(2, 3), 0.7, i, wrt=(0, 1))
        for i in (0, (slice(None), 1), (0, 1), np.array([True, False]))
    ],
    *[case(last_written, A(4), A(5), i, wrt=0) for i in ([0, 2, 0, 2], [0, 1, 2, 3])],
    case(last_written, A(3, 2), A(4, 2), [1, 3, 1], wrt=0),
    *[case(recurrence, A(n), A(n)) for n in (1, 2, 3, 4, 5, 17)],
    case(recurrence, A(5, 2, 3), A(5, 2, 3)),
    case(recurrence, np.array([0.3, 0.0, 2.0, 0.0, 0.0]), A(5)),
    *[case(polygamma, n, x, wrt=1) for n in (0, 1, 2, 5) for x in (-1.4, 0.3, 2.0, 30.0)],
    *[
        case(sinc_derivative, x, n, wrt=0)
        for n in (1, 2, 3)
        for x in (0.0, 0.3, A(3), np.linspace(-2, 2, 9), 12.3)
    ],
    *[case(i0_derivative, x, n, wrt=0) for n in (1, 2) for x in (0.3, A(3), P(2, 2))],
]
