"""Making arrays from differentiated numbers."""

import numpy as np

from .arguments import A
from .harness import case

CASES = [
    *[case(np.full, shape, 0.7) for shape in (3, (), (2, 3), (0, 2))],
    case(np.full, (2, 3), A(3)),
    case(np.full, (2, 3), A(2, 1), wrt=1),
    case(np.full, 3, fill_value=0.7, wrt="fill_value"),
    *[case(np.full_like, A(*shape), 0.7, wrt=1) for shape in ((), (3,), (2, 3))],
    case(np.full_like, A(2, 3), A(3), wrt=1),
    case(np.linspace, 0.3, 1.9),
    case(np.linspace, 0.3, 1.9, 5),
    case(np.linspace, 0.3, 1.9, num=5, endpoint=False),
    case(np.linspace, 0.3, 1.9, 1),
    case(np.linspace, A(2), A(2), 4),
    case(np.linspace, A(2, 3), 0.5, 4),
    case(np.arange, 0.3, 2.0, 0.5),
    case(np.arange, 0.3, 2.0),
    case(np.arange, 2.4),
]
