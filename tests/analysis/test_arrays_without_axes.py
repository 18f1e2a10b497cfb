"""Which functions give a number and which an array without axes is NumPy's to say: `np.where(c, x, y)` of
numbers is an array, `np.add` of two such arrays a number. It matters: `+=` changes an array under all of
its names.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from transad.analysis import shapes
from transad.frontend.interpreter import Interpreter
from transad.ir import types as ty
from transad.ir.core import Block, Const, Var

ARGUMENTS = {
    "f": 1.5,  # a number of Python
    "s": np.float64(1.5),  # and of NumPy
    "p": np.array(1.5),  # an array without axes
    "o": np.array([1.5]),
    "v": np.array([1.5, -2.0, 3.0]),
    "m": np.array([[1.5, 2.0], [-3.0, 4.0]]),
    "i": 1,
}

OF_ONE = """
np.where(X > 0, X, 2.0); np.asarray(X); np.array(X); np.copy(X); np.squeeze(X); np.reshape(X, ());
np.asanyarray(X); np.array(X, float); np.transpose(X); np.zeros_like(X); np.ones_like(X);
np.full_like(X, 2); np.empty_like(X); np.ravel(X); np.atleast_1d(X); np.broadcast_to(X, ()); np.sum(X);
np.mean(X); np.prod(X); np.max(X); np.min(X); np.std(X); np.var(X); np.median(X); np.cumsum(X); np.sin(X);
np.add(X, 1.0); np.negative(X); np.abs(X); np.absolute(X); np.clip(X, 0.0, 1.0); np.real(X); np.imag(X);
np.conj(X); np.angle(X); np.maximum(X, 1.0); np.round(X, 2); np.around(X); np.nan_to_num(X); np.sinc(X);
np.interp(X, [0, 1], [2, 3.0]); np.isnan(X); np.sign(X); np.heaviside(X, 0.5); np.linalg.norm(X);
np.dot(X, X); np.multiply(X, X); np.float64(X); np.square(X); np.ndim(X); np.size(X); X + 1.0; X * X; -X;
+X; abs(X); X ** 2; 2.0 / X; X > 0; X // 1; X % 2; not X; X and 2.0; round(X, 1); float(X); max(X, 1.0);
np.logical_and(X, X); np.isclose(X, X); np.trapezoid([X, X]); np.i0(X); np.select([X > 0], [X]);
np.piecewise(X, [X > 0], [1.0, 2.0]); np.choose(0, [X, X]); np.take(X, 0); np.vdot(X, X); np.inner(X, X);
np.outer(X, X); np.hypot(X, X); np.frexp(X)[0]; np.modf(X)[0]; np.divmod(X, 2)[0]; np.ldexp(X, 2);
np.fmax(X, 1.0); np.arctan2(X, X); np.float32(X); np.real_if_close(X); np.nansum(X); np.full((), X);
np.einsum(',->', X, X); np.array([X, X])[0]; np.array([X, X])[..., 0]; np.ptp(X); np.average(X);
np.unwrap([X, X])[0]; np.polyval([1.0, 2.0], X);
"""

OF_ARRAYS = """
X.copy(); X.sum(); X.mean(); X.max(); X.squeeze(); X.T; X.real; X.conj(); X.astype(float); X.clip(0, 1);
X.prod(); X.round(); X.reshape(-1); X.ravel(); X.flatten(); X.item(0); X[...]; X.std(); X.var(); X.cumsum();
"""

OF_POINTS = """
p[()]; p[...]; p.reshape(()); p.item(); p[None][0]; p[p > 0]; p[None, None]; p.dot(2.0);
"""

OF_VECTORS = """
v[0]; v[i]; v[-1]; v[..., 0]; v[0, ...]; v[0:1]; v[np.array(1)]; v[[1]]; m[0]; m[0, 1]; m[0][1];
m[..., 0, 1]; m[i, i]; m[0, ..., 1]; v.sum(); m.sum(axis=0); m.sum(axis=(0, 1)); np.sum(v, axis=0);
np.mean(m, axis=(0, 1)); np.dot(v, v); v @ v; np.inner(v, v); np.vdot(v, v); np.tensordot(v, v, 1);
np.tensordot(m, m); np.tensordot(m,m,2); np.einsum('i,i->', v, v); np.einsum('ij->', m);
np.einsum('i,i', v, v); np.trace(m); np.linalg.det(m); m.trace(); np.linalg.norm(v); np.linalg.norm(m);
np.linalg.slogdet(m)[1]; np.linalg.cond(m); np.linalg.norm(m, 2); np.take(v, 1); np.take(v, i); v.take(0);
v.item(1); np.max(v); v.max(); np.median(v); np.quantile(v, 0.3); np.percentile(v, 30.0); np.cumsum(v)[1];
np.squeeze(o); o.squeeze(); o.reshape(()); o[0]; np.reshape(o, ()); o.reshape(()) + 1.0;
np.squeeze(o) * 2.0; o.item(); np.trapezoid(v); np.average(v); np.ptp(v); np.argmax(v);
np.average(v, weights=v); np.var(v); np.nanmax(v); np.prod(v); np.count_nonzero(v); np.any(v > 0);
np.all(v > 0); np.logical_or.reduce(v > 0); np.add.reduce(v); np.multiply.reduce(v); np.maximum.reduce(v);
np.add.reduce(m, None); np.interp(0.5, [0.0, 1.0, 2.0], v); np.interp(np.array(0.5), [0.0, 1.0, 2.0], v);
np.polyval(v, 2.0); np.polyval(v, np.array(2.0)); np.where(v[0] > 0, v[1], v[2]); np.where(True, v[1], 0.0);
np.diff(v)[0]; np.linalg.solve(m, m[0])[0]; np.linalg.multi_dot([v, np.outer(v, v), v]); np.diag(m)[0];
np.corrcoef(v, v[::-1])[0, 1]; np.cov(v); np.correlate(v, v)[0]; np.convolve(v, v)[1]; np.sort(v)[0];
v.dot(v); np.einsum('ii', m); sum(v); max(v); np.array([v[0], v[1]])[0]; np.array(v[0]); np.asarray(v[0]);
np.hstack([v[0], v[1]])[0]; np.stack([v[0], v[1]])[0]; np.squeeze(m[:1, :1]); m[:1, :1].squeeze();
m[:1, :1].reshape(()); np.linalg.matrix_rank(m); np.select([v[0] > 0], [v[1]], v[2]);
np.choose(1, v); np.choose(1, [v[0], v[1]]); np.extract(v > 0, v)[0]; np.compress([True], o)[0];
np.searchsorted(v, 2.0); np.digitize(1.0, [0.0, 2.0]); np.nanmean(v); np.nanvar(v);
np.take_along_axis(v, np.array([1]), 0)[0]; np.fft.fft(v)[0]; np.real(np.fft.fft(v)[0]);
np.tensordot(v, v, axes=([0], [0])); np.tensordot(m, m, axes=([0, 1], [0, 1]));
np.apply_along_axis(np.sum, 0, v); np.matmul(v, v); np.vecdot(v, v); np.linalg.vecdot(v, v);
np.linalg.trace(m); np.linalg.vector_norm(v); np.linalg.matrix_norm(m); np.cumprod(v)[0]; np.gradient(v)[0];
np.add.accumulate(v)[0]; np.unravel_index(1, (2, 2))[0]; np.ravel_multi_index((1, 1), (2, 2));
np.split(v, 3)[0]; np.moveaxis(m, 0, 1)[0, 0]; np.nanmedian(v); np.nanquantile(v, 0.3);
np.divide.outer(v, v)[0, 0]; np.add.outer(f, f); np.add.outer(p, p); np.multiply.outer(f, s); np.kron(f, f);
np.kron(f, p); np.hypot(f, p); np.add(p, p); np.add(f, s); np.where(f > 0, p, f); np.where(p > 0, v, f)[0];
np.block(f); np.full((), f); np.zeros(()); np.ones(()); np.empty(()); np.eye(1)[0, 0]; np.arange(3.0)[0];
np.linspace(0, 1, 3)[0]; np.float64(f); np.logspace(0, 1, 3)[1]; np.meshgrid(f, f)[0][0, 0];
np.broadcast_arrays(f, p)[0]; np.linalg.norm(o); p + o; (p * 2.0);
"""


def expressions() -> list[str]:
    split = lambda table: [text.strip() for text in table.split(";") if text.strip()]  # noqa: E731
    found = [text.replace("X", x) for text in split(OF_ONE) for x in "fsp"]
    found += [text.replace("X", x) for text in split(OF_ARRAYS) for x in "sp"]
    return [*found, *split(OF_POINTS), *split(OF_VECTORS)]


def runs(text: str) -> bool:
    try:
        eval(text, {"np": np, **ARGUMENTS})  # noqa: S307
    except (AttributeError, TypeError, ValueError):
        return False  # not in this version of NumPy, or not of such an argument
    return True


EXPRESSIONS = list(filter(runs, expressions()))


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """A module with a function for each expression, since source is read from files."""
    path = tmp_path_factory.mktemp("forms") / "forms.py"
    names = ", ".join(ARGUMENTS)
    bodies = [f"def form_{k}({names}):\n    return {text}\n" for k, text in enumerate(EXPRESSIONS)]
    path.write_text("import numpy as np\n\n\n" + "\n\n".join(bodies))
    spec = importlib.util.spec_from_file_location("forms", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def type_found(function) -> ty.Type:
    """The type that the front end has for the result."""
    with shapes.compilation():
        i = Interpreter()
        kinds = ty.signature_types(list(ARGUMENTS.values()))
        params = [Var(name, kind) for name, kind in zip(ARGUMENTS, kinds)]
        with i.builder.into(Block(list(params))):
            return i.type_of(i.call(Const(function), [i.value(v) for v in params], {}, None))


def test_nearly_all_expressions_run_in_every_version_of_numpy():
    assert len(EXPRESSIONS) > 0.9 * len(expressions())


@pytest.mark.parametrize("k", range(len(EXPRESSIONS)), ids=EXPRESSIONS)
def test_the_type_says_whether_it_is_a_number_or_an_array(functions, k):
    function = getattr(functions, f"form_{k}")
    value = function(**ARGUMENTS)
    kind = type_found(function)
    if isinstance(kind, ty.Number):
        assert not isinstance(value, np.ndarray)
        assert kind.weak is None or kind.weak is not isinstance(value, np.generic)
    elif isinstance(kind, ty.Array) and kind.loose:
        assert np.ndim(value) == 0
    elif isinstance(kind, ty.Array):
        assert isinstance(value, np.ndarray)
        assert kind.shape is None or len(kind.shape) == value.ndim
    else:
        assert kind == ty.UNKNOWN
