"""Order statistics, averages, differences, gradients, integrals, interpolation, parts put together."""

import numpy as np

from transad.rules.helpers import newer

from .arguments import A, B, C, P
from .harness import case

GAPS = np.array([[0.3, np.nan, 1.2, -0.7], [np.nan, 2.0, -1.1, 0.4], [1.5, 0.2, -0.3, 0.9]])
AXES = [None, 0, 1, -1, (0, 1)]
trapezoid = newer(np, "trapezoid", "trapz")[0]

CASES = [
    # order statistics
    *[case(f, A(n)) for f in (np.median, np.nanmedian) for n in (1, 4, 5)],
    *[
        case(f, A(3, 4), axis=axis, keepdims=k)
        for f in (np.median, np.nanmedian)
        for axis in AXES
        for k in (False, True)
    ],
    *[case(f, A(2, 3, 4), axis=axis) for f in (np.median, np.nanmedian) for axis in (1, (0, 2))],
    *[case(np.nanmedian, GAPS, axis=axis) for axis in AXES],
    *[case(np.quantile, A(6), q, wrt=0) for q in (0.0, 0.3, 0.4, 1.0)],
    *[
        case(np.quantile, A(6), 0.37, method=m, wrt=0)
        for m in "lower higher midpoint nearest hazen weibull median_unbiased normal_unbiased".split()
    ],
    *[case(np.quantile, A(3, 4), 0.37, axis=axis, keepdims=k, wrt=0) for axis in AXES for k in (False, True)],
    *[case(np.quantile, A(3, 4), [0.2, 0.5, 0.9], axis=axis, wrt=0) for axis in AXES],
    case(np.quantile, A(2, 3, 4), np.array([0.2, 0.5]), axis=1, keepdims=True, wrt=0),
    *[case(np.nanquantile, GAPS, 0.37, axis=axis, wrt=0) for axis in AXES],
    *[case(f, A(6), q, wrt=0) for f in (np.percentile, np.nanpercentile) for q in (35, 80.0, [10, 60])],
    *[case(np.percentile, A(3, 4), 35.0, axis=axis, wrt=0) for axis in AXES],
    # what is NaN is passed over
    *[
        case(f, GAPS, axis=axis, keepdims=k)
        for f in (np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd)
        for axis in AXES
        for k in (False, True)
    ],
    *[case(f, GAPS, axis=1, ddof=1) for f in (np.nanvar, np.nanstd)],
    *[case(f, GAPS, axis=axis) for f in (np.nancumsum, np.nancumprod) for axis in (None, 0, 1)],
    case(np.nansum, GAPS, where=B(3, 4), initial=1.5),
    *[
        case(f, A(3, 4), axis=axis, where=B(3, 4) | (np.arange(4) < 2))
        for f in (np.var, np.std)
        for axis in AXES
    ],
    *[case(f, C(3, 4), axis=1, where=np.arange(4) < 3) for f in (np.var, np.mean)],
    # averages and covariances
    case(np.average, A(4)),
    *[case(np.average, A(3, 4), axis=axis) for axis in AXES],
    *[case(np.average, A(3, 4), axis=axis, weights=P(3, 4), wrt=(0, "weights")) for axis in AXES],
    *[
        case(np.average, A(3, 4), axis=a, weights=P(n), wrt=(0, "weights"))
        for a, n in ((0, 3), (1, 4), (-1, 4))
    ],
    case(np.average, A(3, 4), axis=1, weights=P(4), keepdims=True, wrt=(0, "weights")),
    case(np.average, A(4), weights=P(4), returned=True, wrt=(0, "weights")),
    case(np.average, A(3, 4), axis=0, weights=P(3), returned=True, wrt=(0, "weights")),
    case(np.cov, A(3, 5)),
    case(np.cov, A(5)),
    *[case(np.cov, A(5), A(5), **o) for o in ({}, {"bias": True}, {"ddof": 0}, {"aweights": P(5)})],
    case(np.cov, A(5, 2), rowvar=False),
    *[case(np.corrcoef, x) for x in (A(2, 5), A(3, 4))],
    case(np.corrcoef, A(5), A(5)),
    # counting
    case(np.bincount, np.array([0, 2, 2, 1]), weights=A(4), minlength=6, wrt="weights"),
    *[
        case(np.histogram, np.array([0.1, 0.4, 0.45, 0.9, 1.0]), bins=b, weights=A(5), wrt="weights", **o)
        for b in (3, [0.0, 0.5, 1.0])
        for o in ({}, {"range": (0.0, 2.0)})
        if not (o and b != 3)
    ],
    case(np.histogram, np.array([0.1, 0.4, 0.9]), bins=2, weights=P(3), density=True, wrt="weights"),
    # differences
    *[case(np.diff, A(4, 5), n=n, axis=axis) for n in (0, 1, 2, 3) for axis in (0, 1, -1)],
    case(np.diff, A(4), prepend=0.5, append=A(2), wrt=(0, "append")),
    case(np.diff, A(3, 4), axis=0, prepend=A(1, 4), append=0.3, wrt=(0, "prepend")),
    case(np.diff, A(4), 2, prepend=0.5, append=[1.0, 2.0]),
    case(np.ediff1d, A(4)),
    case(np.ediff1d, A(2, 3)),
    case(np.ediff1d, A(4), to_end=0.7, to_begin=A(2), wrt=(0, "to_end", "to_begin")),
    # derivatives of samples
    *[case(np.gradient, A(5), edge_order=e) for e in (1, 2)],
    *[case(np.gradient, A(5), 0.3, edge_order=e, wrt=0) for e in (1, 2)],
    *[case(np.gradient, A(5), 0.3, edge_order=e, wrt=(0, 1)) for e in (1, 2)],
    *[case(np.gradient, A(5), np.cumsum(P(5)), edge_order=e, wrt=(0, 1)) for e in (1, 2)],
    *[case(np.gradient, A(3, 4), axis=axis) for axis in (0, 1, -1, None, (1, 0))],
    *[case(np.gradient, A(3, 4), 0.5, axis=axis, edge_order=2, wrt=0) for axis in (1, None)],
    case(np.gradient, A(3, 4), 0.5, np.cumsum(P(4)), wrt=(0, 1, 2)),
    case(np.gradient, A(4, 3), np.cumsum(P(4)), axis=0, edge_order=2, wrt=(0, 1)),
    # integrals of samples
    *[case(trapezoid, y, dx=0.3, wrt=(0, "dx")) for y in (A(4), A(2, 3))],
    *[case(trapezoid, A(4), np.cumsum(P(4))), case(trapezoid, A(3, 4), np.cumsum(P(4)))],
    *[case(trapezoid, A(3, 4), np.cumsum(P(3)), axis=0), case(trapezoid, A(3, 4), A(3, 4), axis=0)],
    *[case(f, A(4)) for f in newer(np, "cumulative_sum", "cumulative_prod")],
    *[case(f, A(3, 4), axis=1, include_initial=True) for f in newer(np, "cumulative_sum", "cumulative_prod")],
    # interpolation
    *[case(np.interp, x, np.cumsum(P(5)), A(5)) for x in (2.0, P(4), P(2, 2), np.array([0.1, 9.0]))],
    case(
        np.interp, np.array([0.1, 2.0, 19.0]), np.cumsum(P(5)), A(5), left=0.3, right=0.7,
        wrt=(0, 1, 2, "left", "right"),
    ),
    case(np.interp, 2.0, [0.0, 1.0, 5.0], [1.0, 3.0, 4.0], wrt=0),
    case(np.unwrap, 4.0 * A(5)),
    case(np.unwrap, 4.0 * A(3, 4), axis=0, period=5.0),
    # parts
    *[case(np.insert, A(4), i, v) for i, v in ((1, 0.7), (-1, A(2)), ([0, 2], A(2)), (slice(1, 3), 0.3))],
    *[case(np.insert, A(3, 4), 1, v, axis=a) for v, a in ((0.7, 0), (A(4), 0), (A(3), 1), (A(2, 4), 0))],
    case(np.insert, A(3, 4), [0, 2], A(2, 4), axis=0),
    case(np.insert, A(2, 2), 1, 0.5),
    *[case(np.delete, A(5), i) for i in (1, -1, [0, 2], slice(1, 3), np.array([0, 1, 0, 0, 1], bool))],
    *[case(np.delete, A(3, 4), 1, axis=a) for a in (None, 0, 1, -1)],
    *[case(np.resize, A(*s), n) for s, n in (((3,), 7), ((3,), 2), ((2, 2), (3, 3)))],
    *[case(np.partition, A(6), k) for k in (2, -1)],
    *[case(np.partition, A(3, 5), 2, axis=a) for a in (0, 1, -1)],
    *[case(np.meshgrid, A(2), A(3), **o) for o in ({}, {"indexing": "ij"}, {"sparse": True})],
    *[case(np.meshgrid, *xi) for xi in ((A(2), A(3), A(4)), (A(3),))],
    case(np.meshgrid, A(2), A(3), A(2), indexing="ij", sparse=True),
    case(np.broadcast_arrays, A(3), A(2, 1)),
    *[case(np.rollaxis, A(2, 3, 4), axis, start) for axis in (0, 1, -1) for start in (0, 1, 3)],
    *[case(np.vander, P(3), *n) for n in ((), (2,), (4, True))],
    case(np.block, [[A(2, 2), A(2, 1)], [A(1, 2), A(1, 1)]]),
    case(np.block, [A(2), A(3)]),
    *[case(np.lib.stride_tricks.sliding_window_view, A(6), w) for w in (1, 3, (6,))],
    case(np.lib.stride_tricks.sliding_window_view, A(4, 5), 2, axis=1),
    case(np.lib.stride_tricks.sliding_window_view, A(4, 5), (2, 3)),
    *[case(np.pad, A(4), (1, 3), mode=m) for m in ("mean", "median", "maximum", "minimum", "linear_ramp")],
    *[case(np.pad, A(2, 3), ((1, 0), (2, 1)), mode=m) for m in ("mean", "maximum", "linear_ramp")],
    case(np.pad, A(5), 2, mode="mean", stat_length=2),
    case(np.pad, A(5), 2, mode="linear_ramp", end_values=0.7, wrt=(0, "end_values")),
    *[case(f, 0.5, 3.0, 5) for f in (np.logspace, np.geomspace)],
    case(np.geomspace, 0.5, 3.0, 4, endpoint=False),
]  # fmt: skip
