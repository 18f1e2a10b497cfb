"""The tables of cases, run through the compiler: both modes, second order, dtypes, broadcasting; and
losses as people write them, against Autograd and JAX."""

import builtins
import itertools
import operator
import os

import numpy as np
import pytest

import transad

from . import (
    cases_arithmetic,
    cases_creation,
    cases_einsum,
    cases_elementwise,
    cases_fft,
    cases_helpers,
    cases_indexing,
    cases_linalg,
    cases_math,
    cases_polynomials,
    cases_products,
    cases_reductions,
    cases_shaping,
)
from .compiled import check_dtypes, check_first, check_second, literal, made, program
from .harness import Case, direction, leaves, pairing, tree_map
from .test_kinks import CHOICES

try:
    from .cases_special import CASES as SPECIAL
except ImportError:  # SciPy is not installed
    SPECIAL = []

CASES = [
    *cases_arithmetic.CASES,
    *cases_creation.CASES,
    *cases_einsum.CASES,
    *cases_elementwise.CASES,
    *cases_fft.CASES,
    *cases_helpers.CASES,
    *cases_indexing.CASES,
    *cases_linalg.CASES,
    *cases_math.CASES,
    *cases_polynomials.CASES,
    *cases_products.CASES,
    *cases_reductions.CASES,
    *cases_shaping.CASES,
    *SPECIAL,
]


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    """What was compiled before must not hide what the compiler does now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSAD_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def quiet():
    """Partial derivatives nobody asked for may be out of their domain."""
    with np.errstate(all="ignore"):
        yield


THOROUGH = bool(os.environ.get("TRANSAD_THOROUGH"))  # by hand: four times as many cases


def thinned(cases, most):
    """At most so many cases of each function: the first, the last, and what is between at equal steps."""
    most = most if THOROUGH else max(2, most // 4)
    kept = []
    for _, group in itertools.groupby(sorted(cases, key=lambda c: str(c.fn)), key=lambda c: str(c.fn)):
        group = list(group)
        step = max(1.0, (len(group) - 1) / (most - 1))
        kept += [group[round(k * step)] for k in range(min(most, len(group)))]
    return kept


@pytest.mark.parametrize("case", thinned(CASES, 16), ids=str)
def test_first_order(case):
    check_first(program(case), symmetric=case.symmetric, step=1e-4 if near_a_pole(case) else 1e-3)


def near_a_pole(case):
    """Closer to it than steps of the usual size allow."""
    return any(isinstance(x, float) and 0.0 < x < 0.05 for x in case.args)


TWICE = thinned([c for c in CASES if c.twice and not near_a_pole(c)], 6)


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_second_order(case):
    check_second(program(case), symmetric=case.symmetric)


def converted(case, to_array, to_number):
    """The case with its floats turned into others."""

    def leaf(x):
        if isinstance(x, np.ndarray) and x.dtype == np.float64:
            return to_array(x)
        return to_number(x) if isinstance(x, float) else x

    args = tuple(tree_map(leaf, x) if k in case.wrt else leaf(x) for k, x in enumerate(case.args))
    kwargs = {k: leaf(x) for k, x in case.kwargs.items()}
    return Case(case.fn, args, kwargs, case.wrt, case.symmetric, case.twice)


def all_single(case):
    y = case.call()
    return all(np.asarray(x).dtype == np.float32 for x in leaves(y))


SINGLE = [converted(c, lambda x: x.astype(np.float32), lambda x: x) for c in thinned(CASES, 6)]


@pytest.mark.parametrize("case", [c for c in SINGLE if all_single(c)], ids=str)
def test_single_precision(case):
    check_dtypes(program(case))


PRECISIONS = (np.float16, np.longdouble, np.complex64)


def in_precision(case, dtype):
    """The case with its floats in another precision; complex ones stay complex."""
    narrow = {np.complex64: np.float32}.get(dtype, dtype)

    def leaf(x):
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
            return x
        return x.astype(dtype if x.dtype.kind == "c" else narrow)

    args = tuple(tree_map(leaf, x) for x in case.args)
    kwargs = {k: tree_map(leaf, x) for k, x in case.kwargs.items()}
    return Case(case.fn, args, kwargs, case.wrt, case.symmetric, case.twice)


def keeps(case, dtype):
    """Does the function itself keep the precision? NumPy's linear algebra has neither half nor extended."""
    given = [np.asarray(x).dtype.kind for k in case.wrt for x in leaves(case.argument(k)) if np.ndim(x)]
    if not given or (dtype is np.complex64) != ("c" in given):
        return False
    try:
        with np.errstate(all="ignore"):
            y = in_precision(case, dtype).call()
    except TypeError:
        return False
    wanted = {np.complex64: {np.dtype(np.complex64), np.dtype(np.float32)}}.get(dtype, {np.dtype(dtype)})
    return {np.asarray(x).dtype for x in leaves(y)} <= wanted


def one_of_each(cases, dtype):
    """The first case of each function that keeps a precision."""
    first = {}
    for case in cases:
        if case.fn not in first and keeps(case, dtype):
            first[case.fn] = in_precision(case, dtype)
    return first.values()


@pytest.mark.parametrize(
    ("case", "dtype"), [(c, t) for t in PRECISIONS for c in one_of_each(CASES, t)],
    ids=lambda x: getattr(x, "__name__", str(x)),
)  # fmt: skip
def test_other_precisions(case, dtype):
    check_dtypes(program(case), dtype)


NUMBERS = [c for c in CASES if c.wrt and all(type(c.argument(k)) is float for k in c.wrt)]
NUMBERS = [c for c in NUMBERS if getattr(c.fn, "__module__", "") != "math"]


@pytest.mark.parametrize(
    "case", [converted(c, lambda x: x, np.float64) for c in thinned(NUMBERS, 3)], ids=str
)
def test_numpy_scalars(case):
    check_dtypes(program(case))


# ----- broadcasting

SHAPES = [s for n in range(4) for s in itertools.product(*([1, full] for full in (4, 2, 3)[3 - n :]))]


@pytest.mark.parametrize(
    "name", ["x + y", "x * y", "x / y", "x ** y", "np.arctan2(x, y)", "np.maximum(x, y)"]
)
def test_broadcasting(name):
    """Every combination of ranks up to 3 with axes of length 1: as if the operands had been broadcast by
    hand, and forward mode as reverse mode."""
    f = made(f"def f(x, y):\n    return {name}\n", {"np": np})["f"]
    pull, push = transad.pullback(f, wrt=(0, 1)), transad.pushforward(f, wrt=(0, 1))
    rng = np.random.default_rng(3)
    for s, t in itertools.product(SHAPES, SHAPES):
        args = rng.uniform(0.5, 2.0, s), rng.uniform(0.8, 2.5, t)
        y_bar = rng.uniform(-1.0, 1.0, np.broadcast_shapes(s, t))
        dots = rng.uniform(-1.0, 1.0, s), rng.uniform(-1.0, 1.0, t)
        value, bars = pull(*args, y_bar)
        _, wide = pull(*np.broadcast_arrays(*args), y_bar)
        _, y_dot = push(*args, *dots)
        message = f"{s} and {t}"
        assert np.shape(value) == np.shape(y_dot) == np.shape(y_bar), message
        for bar, g, x in zip(bars, wide, args):
            assert np.shape(bar) == np.shape(x), message
            np.testing.assert_allclose(bar, summed(g, np.shape(x)), rtol=1e-12, atol=1e-12, err_msg=message)
        np.testing.assert_allclose(
            pairing(bars, dots), pairing(y_bar, y_dot), rtol=1e-10, atol=1e-12, err_msg=message
        )


def summed(g, shape):
    """A sum over the axes that were stretched from `shape`."""
    g = np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))
    return np.sum(g, axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


# ----- choices at kinks are those of the rules


@pytest.mark.parametrize("choice", CHOICES, ids=lambda c: str(Case(c[0], c[1])))
def test_kinks(choice):
    fn, args, wanted = choice
    p = program(Case(fn, args, {}, tuple(k for k, bar in enumerate(wanted) if bar is not None)))
    y = p.f(*p.args)
    ones = np.ones_like(y) if isinstance(y, np.ndarray) else type(y)(1.0)
    _, bars = transad.pullback(p.f, wrt=p.wrt)(*p.args, ones)
    for bar, want in zip(bars, [w for w in wanted if w is not None], strict=True):
        for a, b in zip(leaves(bar), leaves(want), strict=True):
            np.testing.assert_allclose(a, b)
    rng = np.random.default_rng(4)
    dots = [tree_map(lambda x: direction(x, rng), p.args[k]) for k in p.wrt]
    _, y_dot = transad.pushforward(p.f, wrt=p.wrt)(*p.args, *dots)
    np.testing.assert_allclose(np.sum(y_dot), pairing(bars, dots), rtol=1e-12)  # the same choice


# ----- methods, attributes and operators are the functions

a = np.random.default_rng(0).uniform(0.5, 2.0, (2, 3))
v = np.array([0.3, -1.2, 0.7])
FORMS = [
    ("{0}.sum()", np.sum, (a,), {}),
    ("{0}.sum(axis=0)", np.sum, (a,), {"axis": 0}),
    ("{0}.sum(1, keepdims=True)", np.sum, (a,), {"axis": 1, "keepdims": True}),
    ("{0}.mean()", np.mean, (a,), {}),
    ("{0}.mean(axis=0)", np.mean, (a,), {"axis": 0}),
    ("{0}.prod(1)", np.prod, (a,), {"axis": 1}),
    ("{0}.max()", np.max, (a,), {}),
    ("{0}.min(axis=1)", np.min, (a,), {"axis": 1}),
    ("{0}.var(axis=0, ddof=1)", np.var, (a,), {"axis": 0, "ddof": 1}),
    ("{0}.std()", np.std, (a,), {}),
    ("{0}.cumsum()", np.cumsum, (a,), {}),
    ("{0}.cumprod(axis=1)", np.cumprod, (a,), {"axis": 1}),
    ("{0}.dot({1})", np.dot, (a, v), {}),
    ("{0} @ {1}", np.matmul, (a, v), {}),
    ("{0}.T", np.transpose, (a,), {}),
    ("{0}.transpose()", np.transpose, (a,), {}),
    ("{0}.transpose(1, 0)", np.transpose, (a,), {"axes": (1, 0)}),
    ("{0}.transpose((1, 0))", np.transpose, (a,), {"axes": (1, 0)}),
    ("{0}.swapaxes(0, 1)", np.swapaxes, (a, 0, 1), {}),
    ("{0}.reshape(3, 2)", np.reshape, (a, (3, 2)), {}),
    ("{0}.reshape((3, -1))", np.reshape, (a, (3, 2)), {}),
    ("{0}.reshape(-1)", np.ravel, (a,), {}),
    ("{0}.ravel()", np.ravel, (a,), {}),
    ("{0}.flatten()", np.ravel, (a,), {}),
    ("{0}.copy()", np.copy, (a,), {}),
    ("{0}.astype(np.float64)", np.copy, (a,), {}),
    ("{0}.astype(float)", np.copy, (a,), {}),
    ("{0}.clip(0.8, 1.4)", np.clip, (a, 0.8, 1.4), {}),
    ("{0}.clip(max=1.4)", np.clip, (a, None, 1.4), {}),
    ("{0}.take([0, 2, 2], axis=1)", np.take, (a, [0, 2, 2]), {"axis": 1}),
    ("{0}.repeat(2)", np.repeat, (a, 2), {}),
    ("{0}.squeeze()", np.squeeze, (a[:, None],), {}),
    ("{0}.trace()", np.trace, (a,), {}),
    ("{0}.diagonal()", np.diagonal, (a,), {}),
    ("{0}.conj()", np.conjugate, (a,), {}),
    ("{0}.real", np.real, (a,), {}),
    ("{0}.item()", np.sum, (a[:1, :1],), {}),
    ("{0}.item(1, 2)", operator.getitem, (a, (1, 2)), {}),
    ("{0}.compress([True, False, True], axis=1)", np.take, (a, [0, 2]), {"axis": 1}),
    ("{0}.round() + {0}", operator.add, (np.round(a), a), {}),
    ("-{0}", np.negative, (a,), {}),
    ("abs({0})", np.absolute, (v,), {}),
    ("{0} ** 2", np.square, (a,), {}),
    ("pow({0}, 3)", np.power, (a, 3), {}),
    ("np.dot(a={0}, b={1})", np.dot, (a, v), {}),
    ("np.sum(a={0}, axis=-1)", np.sum, (a,), {"axis": 1}),
    ("sum({0})", np.sum, (a,), {"axis": 0}),
    ("max({0})", np.max, (v,), {}),
    ("np.array([{0}, {0}])", lambda x: np.stack([x, x]), (a,), {}),
    ("np.sum([{0}[0], {0}[2]])", lambda x: x[0] + x[2], (v,), {}),
    ("np.max([{0}[0], {0}[2]])", lambda x: x[2], (v,), {}),
    ("np.mean(({0}, 2.0 * {0}), axis=0)", lambda x: 1.5 * x, (v,), {}),
    ("np.prod({0}, initial=2.0)", lambda x: 2.0 * np.prod(x), (v,), {}),
    ("np.max({0}, initial=0.5)", np.max, (v,), {}),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[0])
def test_forms(form):
    text, fn, args, kwargs = form
    wrt = tuple(k for k, x in enumerate(args) if isinstance(x, np.ndarray))
    if fn is operator.add:
        wrt, args = (0,), (args[1],)
        fn = lambda x: np.round(x) + x
    plain = Case(fn, args, kwargs, wrt)
    p = program(plain, text)
    np.testing.assert_allclose(p.f(*p.args), plain.call())
    check_first(p)


# ----- losses against other tools


def logistic(w, X, y):
    return np.mean(np.log(1 + np.exp(-y * (X @ w))))


def cross_entropy(W, X, Y):
    z = X @ W
    z = z - np.max(z, axis=1, keepdims=True)
    return -np.mean(np.sum(Y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1))


def network(W, b, V, X, y):
    h = np.tanh(X @ W + b)
    return np.mean((h @ V - y) ** 2)


def gaussian(mu, L, x):
    S = L @ L.T + np.eye(len(mu))
    d = x - mu
    return 0.5 * d @ np.linalg.solve(S, d) + 0.5 * np.linalg.slogdet(S)[1]


def normalised(X, g, b):
    centred = X - np.mean(X, axis=0)
    return np.sum((centred / np.sqrt(np.var(X, axis=0) + 1e-5) * g + b) ** 3)


def logsumexp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def distances(X):
    return np.sum(np.sqrt(np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=-1) + 1e-3))


def huber(r):
    return np.sum(np.where(np.abs(r) <= 1.0, 0.5 * r * r, np.abs(r) - 0.5))


def smooth(x):
    return np.sum(np.diff(x) ** 2) + np.sum((x[1:] * x[:-1]) ** 2)


def joined(x, y):
    z = np.concatenate([x, y[::-1], x * 2.0])
    return np.sum(np.cumsum(z) ** 2) / np.prod(x)


_rng = np.random.default_rng(5)
_X, _y, _w = _rng.normal(size=(6, 3)), _rng.normal(size=6), _rng.normal(size=3)
_W, _S = _rng.normal(size=(3, 4)), _rng.normal(size=(3, 3))
LOSSES = [
    (logistic, (_w, _X, np.sign(_y)), (0,)),
    (cross_entropy, (_W, _X, np.eye(4)[[0, 1, 2, 3, 0, 1]]), (0,)),
    (network, (_W, _rng.normal(size=4), _rng.normal(size=4), _X, _y), (0, 1, 2)),
    (gaussian, (_w, _S, _y[:3]), (0, 1)),
    (normalised, (_X, _w, _y[:3]), (0, 1, 2)),
    (logsumexp, (_y,), (0,)),
    (distances, (_X,), (0,)),
    (huber, (3.0 * _y,), (0,)),
    (smooth, (_y,), (0,)),
    (joined, (_w, _y), (0, 1)),
]


def bound_to(function, numpy):
    """The function with another module in the place of NumPy."""
    return type(function)(function.__code__, {**function.__globals__, "np": numpy})


@pytest.mark.parametrize(("loss", "args", "wrt"), LOSSES, ids=lambda x: getattr(x, "__name__", ""))
def test_agrees_with_autograd(loss, args, wrt):
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    theirs = bound_to(loss, anp)
    gradient = transad.grad(loss, wrt=wrt)(*args)
    for got, want in zip(gradient, autograd.grad(theirs, wrt)(*args), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    hessian = transad.hessian(loss, wrt=wrt[0])(*args)
    np.testing.assert_allclose(hessian, autograd.hessian(theirs, wrt[0])(*args), rtol=1e-8, atol=1e-9)


@pytest.fixture(scope="module")
def jax():
    module = pytest.importorskip("jax")
    with pytest.MonkeyPatch.context():
        module.config.update("jax_enable_x64", True)
        yield module


@pytest.mark.parametrize(("loss", "args", "wrt"), LOSSES, ids=lambda x: getattr(x, "__name__", ""))
def test_agrees_with_jax(jax, loss, args, wrt):
    theirs = bound_to(loss, jax.numpy)
    rng = np.random.default_rng(1)
    dots = [rng.normal(size=args[k].shape) for k in wrt]
    along = dict(zip(wrt, dots))
    tangents = [along.get(k, np.zeros_like(x)) for k, x in enumerate(args)]
    _, got = transad.jvp(loss, args, [along.get(k) for k in range(len(args))])
    _, want = jax.jvp(theirs, args, tuple(tangents))
    np.testing.assert_allclose(got, want, rtol=1e-10)
    second = transad.pushforward(transad.grad(loss, wrt=wrt), wrt=wrt)(*args, *dots)[1]
    wanted = jax.jvp(jax.grad(theirs, wrt), args, tuple(tangents))[1]
    for x, y in zip(second, wanted, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-10)


COMPLEX = [
    ("real", lambda z: np.sum(np.abs(z) ** 2)),
    ("real", lambda z: np.sum(np.abs(z))),
    ("real", lambda z: np.sum(np.real(z * np.conj(z)) + np.imag(z) ** 3)),
    ("real", lambda z: np.real(np.vdot(z, z * z))),
    ("real", lambda z: np.sum(np.angle(z) * np.abs(z))),
    ("holomorphic", lambda z: np.exp(z * z) / (1.0 + z)),
    ("holomorphic", lambda z: np.sin(z) * np.sqrt(z) + np.log(z) ** 2),
    ("holomorphic", lambda z: np.tanh(z) @ np.outer(z, z)),
]


@pytest.mark.parametrize(("kind", "f"), COMPLEX)
def test_complex_agrees_with_jax(jax, kind, f):
    rng = np.random.default_rng(2)
    z, z_bar, z_dot = (rng.uniform(0.3, 1.0, 3) + 1j * rng.uniform(0.3, 1.0, 3) for _ in range(3))
    theirs = bound_to(f, jax.numpy)
    y_bar = 1.0 if kind == "real" else z_bar
    _, (got,) = transad.pullback(f, wrt=(0,))(z, y_bar)
    _, pull = jax.vjp(theirs, z)
    np.testing.assert_allclose(got, pull(jax.numpy.asarray(y_bar, theirs(z).dtype))[0], rtol=1e-11)
    _, got = transad.jvp(f, (z,), (z_dot,))
    np.testing.assert_allclose(got, jax.jvp(theirs, (z,), (z_dot,))[1], rtol=1e-11)
    if kind == "real":
        np.testing.assert_allclose(transad.grad(f)(z), jax.grad(theirs)(z), rtol=1e-11)
        got = transad.jvp(transad.grad(f), (z,), (z_dot,))[1]
        np.testing.assert_allclose(got, jax.jvp(jax.grad(theirs), (z,), (z_dot,))[1], rtol=1e-9)


def test_literals_are_read_back():
    """The programs made from cases say what the cases say."""
    space = {"np": np}
    value = [(slice(None), 2), None, ..., np.inf, np.array([1, 2]), "C", True, -0.5]
    read = builtins.eval(literal(value, "k", space), space)
    assert repr(read) == repr(value)
