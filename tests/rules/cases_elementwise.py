"""NumPy's elementwise functions, inside their domains and away from kinks."""

import numpy as np

from .arguments import A, B, C, P, U
from .harness import case

ANYWHERE = [
    np.exp, np.expm1, np.exp2, np.square, np.cbrt, np.reciprocal, np.sin, np.cos, np.arctan, np.sinh,
    np.cosh, np.tanh, np.arcsinh, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sinc, np.i0, np.fabs,
    np.nan_to_num, np.real, np.conjugate,
]  # fmt: skip
POSITIVE = [np.log, np.log2, np.log10, np.log1p, np.sqrt]
UNIT = [np.arcsin, np.arccos, np.arctanh, np.tan]
COMPLEX = [
    np.exp, np.expm1, np.exp2, np.square, np.reciprocal, np.sin, np.cos, np.tan, np.arctan, np.sinh,
    np.cosh, np.tanh, np.arcsinh, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.arcsin, np.arccos,
    np.arctanh, np.arccosh, np.real, np.imag, np.conjugate, np.angle,
]  # fmt: skip
PAIRS = [
    np.hypot, np.arctan2, np.logaddexp, np.logaddexp2, np.maximum, np.minimum, np.fmax, np.fmin,
    np.copysign,
]  # fmt: skip
SHAPES = [
    ((), ()),
    ((3,), ()),
    ((), (3,)),
    ((3,), (1,)),
    ((2, 3), (3,)),
    ((2, 1, 4), (3, 1)),
    ((0,), ()),
    ((4,), (2, 3, 4)),
]

CASES = [
    *[case(f, x) for f in ANYWHERE for x in (0.7, A(), A(3), A(2, 1, 3), A(0), A(2, 0))],
    *[case(f, x) for f in POSITIVE for x in (0.7, P(), P(3), P(2, 1, 3), P(0))],
    *[case(f, x) for f in UNIT for x in (0.7, U(), U(3), U(2, 1, 3), U(0))],
    *[case(np.arccosh, x) for x in (1.7, 1.0 + P(3), 1.0 + P(2, 3))],
    *[case(f, x) for f in COMPLEX for x in (0.3 - 0.4j, C(3), C(2, 2))],
    case(np.angle, C(3), deg=True),
    case(np.angle, A(3)),
    case(np.imag, A(3)),
    # sinc and i0 near zero and far from it
    *[case(np.sinc, np.array(x)) for x in ([0.0, 1e-6, -1e-3], [0.49, 0.51, 0.79, 0.81], [5.3, -20.1])],
    *[case(np.i0, np.array(x)) for x in ([0.0, 1e-3], [5.0, -9.0])],
    # pairs
    *[case(f, 0.7, -1.1) for f in PAIRS],
    *[case(f, A(*s), U(*t)) for f in PAIRS for s, t in SHAPES],
    case(np.heaviside, A(3), A(3)),
    case(np.ldexp, A(3), np.array([1, -2, 0])),
    case(np.ldexp, A(2, 1), np.array([1, -2, 0])),
    case(np.modf, A(3)),
    # clip
    case(np.clip, A(5), -0.5, 0.7, wrt=0),
    case(np.clip, A(5), -0.5, 0.7),
    case(np.clip, A(5), 0.7, -0.5),
    case(np.clip, A(2, 5), -P(5), P(2, 1)),
    case(np.clip, A(5), None, 0.7),
    case(np.clip, A(5), -0.5, None),
    case(np.clip, A(5), min=-0.5, max=0.7, wrt=(0, "min", "max")),
    case(np.clip, A(5), max=0.7, wrt=(0, "max")),
    case(np.clip, 0.3, -0.5, 0.7),
    case(np.clip, 0.9, -0.5, 0.7),
    # selection
    *[case(np.where, B(3), x, y) for x in (A(3), 0.5) for y in (A(3), -0.3)],
    case(np.where, B(2, 3), A(3), A(2, 1)),
    case(np.where, True, A(3), A(2, 1)),
    case(np.where, B(2, 1), A(), A(1, 3), wrt=1),
    case(np.where, B(3), C(3), A(3)),
    case(np.select, [B(4), B(4)], [A(4), A(4)], wrt=1),
    case(np.select, [B(4), B(4)], [A(4), A(4)], 0.3),
    case(np.select, [B(2, 4), B(4)], [A(4), A(2, 1)], default=A(4), wrt=(1, "default")),
    case(np.nan_to_num, np.array([1.0, np.nan, np.inf, 2.0]), nan=0.5, posinf=7.0, wrt=0),
]
