"""The math module on Python floats."""

import math

from .harness import case

ANYWHERE = [
    "exp", "exp2", "expm1", "cbrt", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh",
    "degrees", "radians", "erf", "erfc", "gamma", "lgamma", "fabs", "modf", "frexp",
]  # fmt: skip
EXISTING = [getattr(math, name) for name in ANYWHERE if hasattr(math, name)]

CASES = [
    *[case(f, x) for f in EXISTING for x in (0.7, -0.4, 2.3)],
    *[case(f, x) for f in (math.log, math.log2, math.log10, math.log1p, math.sqrt) for x in (0.7, 2.3)],
    *[case(f, x) for f in (math.asin, math.acos, math.atanh) for x in (0.7, -0.4)],
    *[case(f, x) for f in (math.gamma, math.lgamma) for x in (-2.5, 0.01, 5.5, 20.25)],
    case(math.acosh, 1.7),
    case(math.log, 0.7, 3.0),
    case(math.log, 8.0, 2, wrt=0),
    *[case(math.pow, 1.3, p, wrt=0) for p in (0, 1, 2, 3, -1, 2.5)],
    *[case(math.pow, x, p) for x, p in ((1.3, 2.5), (0.4, -0.7))],
    *[case(math.pow, 0.0, p, wrt=0, twice=False) for p in (0, 1, 2, 3)],
    *[case(math.atan2, y, x) for y, x in ((0.3, 0.7), (-0.3, -0.7))],
    *[case(math.copysign, x, y) for x, y in ((0.3, 0.7), (-0.3, 0.7), (0.3, -0.7))],
    *[case(f, x, y) for f in (math.fmod, math.remainder) for x, y in ((2.8, 0.6), (-2.8, 0.6), (2.9, -0.7))],
    case(math.ldexp, 0.7, 3),
    case(math.hypot, 0.3),
    case(math.hypot, 0.3, -0.4),
    case(math.hypot, 0.3, -0.4, 1.2),
    case(math.dist, (0.3, 0.4), (0.1, -0.6)),
    case(math.dist, [0.3, 0.4, 0.5], (0.1, -0.6, 0.9)),
    case(math.fsum, [0.3, 0.4, 0.5]),
    case(math.fsum, (0.3, 0.4)),
    case(math.prod, [0.3, 0.4, 0.5]),
    case(math.prod, (0.3, 0.4), start=2.0, wrt=(0, "start")),
    case(math.prod, [0.0, 0.4, 0.5]),
    case(math.prod, [0.0, 0.4, 0.0]),
    *([case(math.sumprod, [0.3, 0.4], (0.5, 0.7))] if hasattr(math, "sumprod") else []),
    *([case(math.fma, 0.3, 0.4, 0.5)] if hasattr(math, "fma") else []),
]
