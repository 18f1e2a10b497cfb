"""The arguments that functions take beyond the usual ones, each in a call as it is written, in both modes and
to second order; and what is refused, with its reason."""

import numpy as np
import pytest

import transad

from .arguments import A, C, P
from .compiled import check_first, check_second, program
from .harness import Case, is_active

NUMPY_2 = hasattr(np, "unstack")
T, I3 = np.array([True, False, True, True]), np.array([0, 1, 1])
PLACES = np.array([0.0, 0.3, 0.7, 1.0])

CALLS = [
    # reductions
    ("np.prod({0}, axis=1, initial={1})", A(2, 3), P()),
    ("np.max({0}, axis=1, initial={1})", A(2, 3), P()),
    ("np.min({0}, axis=(0, 1), initial={1}, where={0} > 0)", A(2, 3), P()),
    ("np.nanmax({0}, axis=0, initial={1})", A(2, 3), P()),
    ("np.average({0}, axis=(0, 1), weights={1})", A(2, 3, 2), P(2, 3)),
    ("np.average({0}, axis=(2, 0), weights={1})", A(2, 3, 2), P(2, 2)),
    ("np.nanmean([{0}, {0} * {1}, {1}], axis=0)", P(3), P(3)),
    ("np.nanvar([{0}, {0} * {1}, {1}], axis=0)", P(3), P(3)),
    ("np.trace({0}, dtype=np.float64)", A(3, 3)),
    ("np.kaiser(5, {0}) * {0}", 1.5),
    ("np.cov({0}, fweights=[1, 2, 1, 1])", A(3, 4)),
    ("np.cov({0}, fweights=[1, 2, 1, 1], aweights={1})", A(3, 4), P(4)),
    ("np.cov({0}, dtype=np.float64, ddof=0)", A(3, 4)),
    ("np.corrcoef({0}, {1})", A(5), A(5)),
    *[
        ("np.quantile({0}, [0.22, 0.55], axis=1, method='" + method + "')", A(2, 7))
        for method in ("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "hazen", "linear")
    ],
    ("np.quantile({0}, {1})", A(5), np.array([0.33, 0.58])),
    ("np.nanquantile({0}, {1}, method='weibull')", A(5), np.array(0.58)),
    ("np.percentile({0}, {1}, axis=0)", A(5, 2), np.array(33.0)),
    ("np.quantile({0}, np.array([[0.3, 0.4], [0.6, 0.9]]), axis=1)", A(3, 4)),
    ("np.percentile({0}, [{1}, 80.0], axis=0)", A(5, 2), 33.0),
    ("np.percentile({0}, 40, None, None, False, 'linear', True)", A(5, 2)),
    ("np.quantile({0}, [0.3, 0.6], axis=0, overwrite_input=True)", A(5, 2)),
    ("np.quantile({0}, np.array([0.3, 0.6]), axis=(0, 2), keepdims=True)", A(3, 2, 2)),
    ("np.median({0}, 0, None, True)", A(5, 2)),
    # sums, places in memory given by position, methods
    ("np.sum({0}, 0, None, None, True)", A(3, 2)),
    ("np.add.reduce({0}, 0, None, None, True)", A(3, 2)),
    ("np.take({0}, [0, 7], 0, None, 'clip')", A(3, 2)),
    ("{0}.clip(-0.5)", A(4)),
    ("{0}.clip(max={1})", A(4), 0.3),
    # lists and tuples beside arrays
    ("[[1.0, 2.0], [3.0, 4.0]] @ {0} / (2.0, 3.0)", A(2)),
    ("{0} ** [1, 2] + (1.0, 2.0) * {0}", A(2)),
    ("np.einsum('i,i->', [1.0, {1}], {0})", A(2), 0.3),
    ("np.gradient({0}, [0.0, 1.0, 3.0], {1}, edge_order=2)", A(3, 4), np.cumsum(P(4))),
    ("np.ediff1d({0}, to_end=[1.0, 2.0])", A(4)),
    # histograms: counts are constant, edges follow the smallest and the largest number
    ("np.histogram({0}, bins=3)[1]", A(5)),
    ("np.histogram({0}, bins=3, weights={1})[0]", A(5), P(5)),
    ("np.histogram({0}, bins=[-2.0, 0.3, 2.0], density=True, weights={1})[0]", A(5), P(5)),
    ("np.histogram({0}, bins=3, range=(-2.0, 2.0), weights={1}, density=True)[0]", A(5), P(5)),
    ("np.histogram({0}, bins=3, weights={1}, density=True)[0]", A(5), P(5)),
    *[
        ("np.histogram2d({0}, {1}, bins=" + bins + ", weights={2}, " + options + ")[0]", *(A(5), A(5), P(5)))
        for bins, options in (("3", ""), ("[[-2.0, 0.05, 2.0], 3]", "density=True"))
    ],
    ("np.histogram2d({0}, {1}, 2)[2]", A(5), A(5)),
    ("np.histogramdd({0}, bins=([-2.0, 0.05, 2.0], 2), weights={1})[0]", A(5, 2), P(5)),
    ("np.histogramdd(({0}, {1}), (2, 3), [(-2.0, 2.1), None], weights={2})[0]", A(5), A(5), P(5)),
    # shapes
    ("np.tile({0}, [2, 1])", A(2, 3)),
    ("np.roll({0}, [1, 2], (1, 0))", A(2, 3)),
    ("np.concatenate([{0}, {1}], dtype=np.float64, casting='unsafe')", A(2), A(3)),
    ("np.linspace({0}, {1}, 4, axis=-1)", A(3), A(3)),
    ("np.linspace({0}, 2.0, 5, retstep=True)", 0.7),
    ("np.logspace({0}, {1}, 4, axis=1)", P(3), P(3)),
    ("np.geomspace({0}, {1}, 4)", P(3), P(3)),
    ("np.sort({0}, axis=0, kind='stable')", A(3, 2)),
    ("np.partition({0}, 2, axis=None)", A(3, 3)),
    ("np.sort_complex({0})", A(4)),
    *[
        ("np.pad({0}, " + width + ", mode='" + mode + "')", A(3, 4))
        for width in ("((1,), (2,))", "[(1, 2), (2, 1)]")
        for mode in ("constant", "linear_ramp", "mean", "maximum", "reflect", "wrap")
    ],
    *[
        ("np.pad({0}, " + width + ", mode='" + mode + "', reflect_type='odd')", A(3, 4))
        for width in ("((1, 2), (0, 3))", "(9, 4)")
        for mode in ("reflect", "symmetric")
    ],
    *[
        ("np.pad({0}, np.array([[1, 2], [0, 1]]), mode='" + mode + "')", A(3, 4))
        for mode in ("constant", "linear_ramp", "edge")
    ],
    ("np.pad({0}, 1, mode='empty')[1:-1, 1:-1]", A(3, 4)),
    ("np.pad({0}, 2, constant_values=((1.0, 2.0), ({1}, 3.0)))", A(3, 4), P()),
    ("np.pad({0}, 2, mode='linear_ramp', end_values=({1}, 2.0))", A(3, 4), P()),
    ("np.pad({0}, 2, mode='mean', stat_length=((2, 1), (3, 2)))", A(3, 4)),
    ("np.take({0}, [0, 7, -4], axis=1, mode='wrap')", A(3, 3)),
    ("np.take({0}, [0, 9], mode='clip')", A(3, 3)),
    ("np.choose([0, 1, 5], [{0}, {1}], mode='wrap')", A(3), A(3)),
    ("np.nan_to_num(np.where({0} > -9.0, np.inf, {0}), posinf={1})", P(3), P()),
    ("np.nan_to_num({0} + {2}, nan={1})", P(3), P(), np.array([0.0, np.nan, 1.0])),
    ("np.interp({0}, {1}, {2}, period=1.2)", np.array([-0.3, 0.55, 1.93]), PLACES, A(4)),
    ("np.interp({0}, {1}, {2})", np.array([0.2, 0.55]), PLACES, C(4)),
    ("np.polyfit({0}, {1}, 2, w={2})", np.linspace(-1.0, 1.0, 6) ** 3, A(6), P(6)),
    ("np.polynomial.chebyshev.chebfit({0}, {1}, 2, w={2})", np.linspace(-1.0, 1.0, 6) ** 3, A(6), P(6)),
    *[
        ("np.polyfit({0}, {1}, 2, " + options + ")", np.linspace(-1.0, 1.0, 6) ** 3, A(*s), P(6))
        for options in ("w={2}, full=True", "w={2}, cov=True", "w={2}, cov='unscaled'")
        for s in ((6,), (6, 2))
    ],
    ("np.polyfit({0}, {1}, 1)", np.linspace(-1.0, 1.0, 6), C(6)),
    ("np.polyval(np.poly1d({0}), {1})", A(3), A(2)),
    ("np.poly({0})", A(4)),
    ("np.poly({0})", A(3, 3)),
    ("np.roots([1.0, {0}, {1}])", 0.3, -2.0),
    ("np.convolve({0}, {1})", A(3), P()),
    ("np.interp({0}, [0, 1, 2], [1, {1}, 2])", P(3), 0.4),
    # windows, brackets, copies
    ("np.lib.stride_tricks.sliding_window_view({0}, (2, 1, 2, 2))", A(3, 2, 3, 2)),
    ("np.lib.stride_tricks.sliding_window_view({0}, [2], [0])", A(4, 2)),
    ("np.r_[{0}, 1.0, [2.0, {1}]]", A(2), 0.3),
    *[("np.r_['" + text + "', {0}, {1}]", A(2), A(2)) for text in ("-1", "0,2", "1,2,0")],
    ("np.c_[{0}, {1}]", A(3, 2), A(3)),
    ("np.expand_dims({0}, [0, 1])", A(3)),
    ("np.mgrid[0 : {0} : 3j] * {0}", 0.7),
    ("np.trim_zeros({0} * np.array([0.0, 1.0, 1.0, 0.0]))", A(4)),
    ("np.column_stack(({0}, [1.0, {1}]))", A(2), 0.3),
    # axes of ufuncs of matrices, functions of entries and of rows
    ("np.matmul({0}, {1}, axes=[(2, 0), (0, 1), (1, 2)])", A(3, 3, 3), A(3, 3, 3)),
    ("np.matmul({0}, {1}, axes=[(0, 1), 0, 0])", A(2, 3), A(3)),
    ("np.vectorize(lambda a: (2.0 * a, a * a))({0})", P(3)),
    ("np.vectorize(lambda a, k: a * k, excluded=['k'])({0}, k={1})", P(3), P()),
    ("np.vectorize(lambda a, b: a @ b, signature='(m,n),(n)->(m)')({0}, {1})", P(2, 2, 3), P(3)),
    ("np.vectorize(lambda a: (a.sum(), 2.0 * a), signature='(n)->(),(n)')({0})", P(2, 3)),
    ("np.polynomial.legendre.legadd({0}, {1})", A(4), A(3)),
    ("np.polynomial.polynomial.polysub({0}, {1})", A(3), A(4)),
    ("np.polynomial.polynomial.polymul({0}, {1})", A(3), A(4)),
    ("(np.polynomial.Chebyshev({0}) + 2.0 * np.polynomial.Chebyshev({1}) - 1.0)(0.3)", A(4), A(3)),
    ("np.linalg.norm({0}, -np.inf)", A(4)),
    ("np.linalg.norm({0}, ord=-np.inf, axis=(0, 1))", A(3, 4)),
    ("np.fromiter((v * v for v in {0}), float)", A(3)),
    ("np.ndarray.sum({0}, axis=0)", A(2, 3)),
    ("np.finfo({0}.dtype).eps * {0}", A(3)),
    ("np.nextafter({0}, 9.0) * {0}", A(3)),
    # methods of ufuncs
    *[
        (f"np.{name}.reduce({{0}}, axis=1)", P(3, 4))
        for name in ("hypot", "subtract", "divide", "logaddexp2")
    ],
    *[(f"np.{name}.accumulate({{0}}, axis=1)", P(3, 4)) for name in ("hypot", "subtract", "divide", "fmax")],
    *[
        (f"np.{name}.reduceat({{0}}, [0, 3, 1, 4])", P(6))
        for name in ("multiply", "maximum", "logaddexp", "hypot")
    ],
    ("np.hypot.reduce({0}, axis=(0, 1), initial={1})", P(3, 4), P()),
    ("np.logaddexp.reduce({0}, axis=0, initial={1}, where={0} > 0.8)", P(3, 4), P()),
    ("np.fmax.reduce({0}, axis=0, initial={1})", A(3, 4), 0.45),
    ("np.logaddexp.reduce([{0}, {1}, {0} * {1}])", P(3), P(3)),
    ("np.multiply.reduce(({0}, {1}))", P(3), P(3)),
]
if NUMPY_2:
    CALLS += [
        ("np.unstack({0}, axis=1)", A(2, 3)),
        ("{0}.mT", A(2, 3, 4)),
        ("np.vecdot({0}, {1}, axis=0)", A(3, 2), A(3, 1)),
        ("np.var({0}, axis=1, mean=np.mean({0}, axis=1, keepdims=True))", A(3, 4)),
        ("np.std({0}, correction=1)", A(4)),
        ("np.sign({0}) * {0}", C(3)),
        ("np.cumulative_sum({0}, dtype=np.float64, axis=0)", A(3, 2)),
        ("np.reshape({0}, (3, 2), copy=True)", A(2, 3)),
        ("np.vecdot({0}, {1}, axes=[0, 1, ()])", A(3, 2), A(2, 3)),
        ("np.quantile({0}, [0.4, 0.1], axis=1, weights=[1, 2, 1], method='inverted_cdf')", A(2, 3)),
    ]
if np.lib.NumpyVersion(np.__version__) >= "2.3.0":
    CALLS.append(("np.pad({0}, {{0: 1, -1: (1, 2)}})", A(3, 4)))


def made(call):
    text, *args = call
    names = [f"x{k}" for k in range(len(args))]
    value = eval(f"lambda {', '.join(names)}: {text.format(*names)}", {"np": np})
    wrt = tuple(k for k, x in enumerate(args) if is_active(x) and np.isfinite(x).all())
    return program(Case(value, tuple(args), {}, wrt), text)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_agrees_with_differences(call):
    with np.errstate(all="ignore"):
        check_first(made(call))


@pytest.mark.parametrize("call", CALLS[::3], ids=lambda call: call[0])
def test_second_order(call):
    with np.errstate(all="ignore"):
        check_second(made(call))


# ----- what is written into


def put(x, v):
    y = x * 1.0
    y.put([0, 9], v, mode="clip")
    np.put(y, [-2, 2], v * x[0, 0])
    return y


def partitioned(x, v):
    y = np.ravel(x) * v[0]
    y.partition(2)
    return y


def wrapped_diagonal(x, v):
    y = np.concatenate((x, x, x)) * 1.0
    np.fill_diagonal(y, v[1], wrap=True)
    return y


def at_places(x, v):
    y = x * 1.0
    np.multiply.at(y, (I3, [0, 1, 1]), v[0])
    np.maximum.at(y, 0, v[1])
    np.exp.at(y, (slice(0, 1), 1))
    return y


@pytest.mark.parametrize("f", [put, partitioned, wrapped_diagonal, at_places])
def test_writing_in_place(f):
    x, v = A(2, 3), P(2)
    transad.check_grad(
        lambda x, v: np.sum(np.sin(f(x, v)) * np.arange(f(x, v).size).reshape(f(x, v).shape)),
        x,
        v,
        wrt=(0, 1),
    )


# ----- what is refused

REASONS = [
    (lambda x: np.sum(np.unique(x)), "depends on which of them are equal"),
    (lambda x: np.sum(np.emath.sqrt(x)), "whether its result is complex"),
    (lambda x: np.sum(np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8))), "several places"),
    (lambda x: np.sum(np.polydiv(x, np.array([1.0, 2.0]))[0]), "length of the remainder"),
    (lambda x: np.sum(np.polynomial.legendre.legmul(x, x)), "happen to be zero"),
    (lambda x: np.ravel(np.outer(x, x), order="K")[1], "where they lie in memory"),
    (lambda x: np.sum(np.hypot.reduce(x) + np.divide.reduce(x, where=x > 0, initial=1.0)), "where="),
    (lambda x: x.nbytes * x[0], "nbytes"),
]


@pytest.mark.parametrize(("f", "reason"), REASONS)
def test_refused_with_its_reason(f, reason):
    with pytest.raises(transad.TransadError, match=reason) as caught:
        transad.grad(f)(np.array([0.5, 1.5, 2.0, 4.0]))
    assert not isinstance(caught.value, transad.errors.InternalError)


def test_what_is_refused_may_be_called_with_constants():
    f = lambda x: np.sum(x * np.unique([2.0, 1.0, 2.0]).size)
    np.testing.assert_array_equal(transad.grad(f)(np.ones(3)), 2.0)


def test_a_rule_that_depends_on_a_number_known_at_run_time_is_refused():
    f = lambda x, p: np.linalg.norm(x, p)
    with pytest.raises(transad.TransadError, match="known only at run time"):
        transad.grad(f)(np.ones(3), 1.5)
    np.testing.assert_allclose(transad.grad(f)(np.array([1.0, -2.0]), 1), [1.0, -1.0])
