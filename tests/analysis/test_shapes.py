"""Shape inference must agree with NumPy, and must not claim more than it can know."""

from __future__ import annotations

import itertools
import math
import operator
import warnings

import numpy as np
import pytest

from transad.analysis import shapes
from transad.analysis.shapes import SliceParts, index_type, infer, needs_unbroadcast, same
from transad.ir.core import Const, Primitive, Var
from transad.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Dict,
    Dim,
    List,
    Number,
    Slice,
    Tuple,
    fresh_dim,
    signature_type,
)

F32, F64, I64 = np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)


@pytest.fixture(autouse=True)
def _compilation():
    with shapes.compilation():
        yield


def primitive(fn):
    return Primitive(getattr(fn, "__name__", "fn"), fn)


def var(value) -> Var:
    return Var(None, signature_type(value))


def result(fn, /, **operands):
    """Infer, with arrays and numbers as variables; what is wrapped in Const is known."""
    given = {k: x if isinstance(x, (Var, Const)) else var(x) for k, x in operands.items()}
    return infer(primitive(fn), given)


class Lengths:
    """Checks a type against the value it describes, and that equal dims are equal lengths."""

    def __init__(self):
        self.known = {}

    def learn(self, t, value):
        if isinstance(t, Array) and t.shape is not None:
            for dim, n in zip(t.shape, value.shape):
                self.dim(dim, n)
        elif isinstance(t, (Tuple, List)) and t.items is not None:
            for item, v in zip(t.items, value):
                self.learn(item, v)

    def dim(self, dim, n):
        dim = shapes.find(dim)
        if isinstance(dim, int):
            assert dim == n
            return
        if dim.not_one:
            assert n != 1
        assert self.known.setdefault(dim, n) == n
        if dim.offset == 0:
            for other, length in self.known.items():
                if other.symbol is dim.symbol:
                    assert length == max(0, n + other.offset)

    def check(self, t, value):
        if t == UNKNOWN:
            return
        if isinstance(t, Array):
            assert type(value) is np.ndarray, (t, value)
            assert t.dtype in (None, value.dtype)
            assert not t.contiguous or value.flags.c_contiguous
            if t.shape is not None:
                assert len(t.shape) == value.ndim
                for dim, n in zip(t.shape, value.shape):
                    self.dim(dim, n)
        elif isinstance(t, Number):
            self.number(t, value)
        elif isinstance(t, (Tuple, List)):
            assert isinstance(value, tuple if isinstance(t, Tuple) else list)
            if t.items is not None:
                assert len(t.items) == len(value)
                for item, v in zip(t.items, value):
                    self.check(item, v)

    def number(self, t, value):
        assert not isinstance(value, np.ndarray), (t, value)
        assert t.dtype is None or t.dtype == np.asarray(value).dtype
        assert t.weak is None or t.weak == (not isinstance(value, np.generic))
        if t.length is not None:
            self.dim(t.length, value)


def agree(fn, /, known=True, **operands):
    """Infer, run, compare. `known`: the answer must say something."""
    lengths = Lengths()
    given, values = {}, {}
    for name, x in operands.items():
        given[name] = x if isinstance(x, Const) else var(x)
        values[name] = x.value if isinstance(x, Const) else x
        lengths.learn(given[name].type, values[name])
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = call(fn, values)
    except (ValueError, TypeError, IndexError, np.exceptions.AxisError, np.linalg.LinAlgError, OverflowError):
        infer(primitive(fn), given)  # must not raise
        return None
    t = infer(primitive(fn), given)
    assert not known or t != UNKNOWN
    lengths.check(t, value)
    return t


def call(fn, values):
    positional = isinstance(fn, np.ufunc) or fn.__module__ in ("_operator", "math", "builtins")
    return fn(*values.values()) if positional or hasattr(fn, "__objclass__") else fn(**values)


SHAPES = [(), (1,), (3,), (0,), (1, 1), (2, 3), (3, 1), (1, 3), (3, 3), (2, 1, 3), (1, 2, 3), (2, 3, 3)]
OPERANDS = [
    *(np.ones(s) for s in SHAPES),
    np.ones((3, 1), np.float32),
    np.ones(3, np.int32),
    np.ones(3, bool),
    np.ones((2, 3), complex),
    np.asfortranarray(np.ones((2, 3))),
    2,
    2.5,
    True,
    1j,
    np.float32(2),
    np.int64(3),
    np.bool_(True),
]


def pairs():
    both = itertools.product(enumerate(OPERANDS), repeat=2)
    return [pytest.param(a, b, id=f"{i}-{j}") for (i, a), (j, b) in both]


# Elementwise


@pytest.mark.parametrize("fn", [np.sin, np.abs, np.isfinite, np.floor, operator.neg, abs, np.square, np.modf])
@pytest.mark.parametrize("x", OPERANDS)
def test_unary_functions_agree_with_numpy(fn, x):
    agree(fn, x=x)


@pytest.mark.parametrize(("a", "b"), pairs())
def test_binary_functions_agree_with_numpy(a, b):
    binary = [operator.add, operator.mul, operator.truediv, operator.floordiv, operator.pow, operator.lt]
    for fn in [*binary, np.add, np.maximum, np.arctan2, np.logical_and, np.divmod]:
        agree(fn, a=a, b=b)


@pytest.mark.parametrize(("a", "b"), pairs()[::3])
def test_where_and_clip_agree_with_numpy(a, b):
    agree(np.where, condition=a, x=b, y=a)
    agree(np.clip, a=a, a_min=b, a_max=Const(None))
    agree(np.clip, a=a, a_min=Const(0), a_max=b)


def test_python_operators_keep_python_numbers():
    assert result(operator.truediv, a=1, b=2) == FLOAT
    assert result(operator.add, a=1, b=True) == INT
    assert result(operator.lt, a=1, b=2.0) == BOOL
    assert result(math.sin, x=1) == FLOAT
    assert result(math.floor, x=1.0) == INT
    assert result(np.sin, x=1.0) == Number(F64, False)


def test_int_power_depends_on_the_sign_of_the_exponent():
    assert result(operator.pow, a=2, b=Const(2)) == INT
    assert result(operator.pow, a=2, b=Const(-1)) == FLOAT
    assert result(operator.pow, a=2, b=2) == Number(None, True)
    assert result(operator.pow, a=2.0, b=2) == FLOAT


def test_unknown_dtypes_matter_only_where_they_do():
    x = Var(None, Array(None, (3,)))
    assert result(np.sin, x=x) == Array(None, (3,), True)
    assert result(np.isnan, x=x).dtype == np.bool_
    assert result(operator.add, a=Var(None, Number(F64, None)), b=1.0) == Number(F64, None)
    assert result(operator.add, a=Var(None, UNKNOWN), b=1.0) == UNKNOWN


def test_what_may_be_a_number_or_an_array_is_unknown():
    x = Var(None, Array(F64, None))
    assert result(operator.add, a=x, b=1.0) == UNKNOWN
    assert result(operator.add, a=x, b=np.ones(3)) == Array(F64, None)


def test_tuples_and_lists_concatenate():
    assert result(operator.add, a=(1, 2.0), b=(3,)) == Tuple((INT, FLOAT, INT))
    assert result(operator.mul, a=[1.0], b=Const(2)) == List((FLOAT, FLOAT))
    assert result(operator.eq, a=(1, 2), b=(1, 2)) == BOOL


def test_user_functions_are_never_run():
    def explode(x):
        raise AssertionError

    assert infer(primitive(explode), {"x": var(np.ones(3))}) == UNKNOWN
    assert infer(primitive(np.frompyfunc(explode, 1, 1)), {"x": var(1.0)}) == UNKNOWN
    assert result(np.apply_along_axis, func1d=Const(explode), axis=Const(0), arr=np.ones(3)) == UNKNOWN


def test_users_elementwise_functions_broadcast():
    def soft(x, y):
        raise AssertionError

    x = var(np.ones((3, 4)))
    assert shapes.elementwise(soft, x=x, y=var(1.0)) == Array(None, x.type.shape)
    assert shapes.elementwise(soft, x=var(1.0), y=var(1.0)) == Number(None)


def test_random_numbers_are_not_drawn_while_compiling():
    before = np.random.get_state()[2]  # noqa: NPY002
    assert result(np.random.rand, d0=Const(3)) == UNKNOWN  # noqa: NPY002
    assert np.random.get_state()[2] == before  # noqa: NPY002


# Unification


def test_axes_that_meet_in_broadcasting_are_equal():
    x, y = var(np.ones((3, 4))), var(np.ones(4))
    assert not same(x.type.shape[1], y.type.shape[0])
    z = result(operator.add, a=x, b=y)
    assert same(x.type.shape[1], y.type.shape[0])
    assert shapes.same_shape(z, x.type)


def test_what_a_scope_learns_is_forgotten_behind_it():
    x, y = var(np.ones(3)), var(np.ones(3))
    with shapes.scope():
        result(operator.add, a=x, b=y)
        with shapes.scope():
            shapes.unify(x.type.shape[0], 7)
            assert same(y.type.shape[0], 7)
        assert not same(y.type.shape[0], 7)
        assert shapes.same_shape(x.type, y.type)
    assert not shapes.same_shape(x.type, y.type)


def test_compilations_do_not_share_what_they_learn():
    x, y = var(np.ones(3)), var(np.ones(3))
    with shapes.compilation():
        result(operator.add, a=x, b=y)
        assert shapes.same_shape(x.type, y.type)
    assert not shapes.same_shape(x.type, y.type)


def test_axes_that_may_have_length_one_are_not_unified():
    a, b = Var(None, Array(F64, (fresh_dim(),))), Var(None, Array(F64, (fresh_dim(),)))
    z = result(operator.add, a=a, b=b)
    assert not any(same(z.shape[0], x.type.shape[0]) for x in (a, b))
    n = var(np.ones(3))
    assert same(result(operator.add, a=a, b=n).shape[0], n.type.shape[0])
    assert not same(a.type.shape[0], n.type.shape[0])


def test_a_symbol_can_be_found_to_be_a_number():
    x = var(np.ones(5))
    result(operator.add, a=x, b=Const(np.ones(5)))
    assert shapes.find(x.type.shape[0]) == 5
    assert shapes.find(x.type.shape[0].shifted(-2)) == 3
    assert shapes.find(x.type.shape[0].shifted(-7)) == 0


def test_growing_back_after_the_clamp_at_zero_is_not_undone():
    n = fresh_dim(not_one=True)
    m = fresh_dim()
    shapes.unify(m, n.shifted(-2))
    assert same(m.shifted(-1), n.shifted(-3))
    assert not same(m.shifted(2), n)


def test_random_unifications_never_contradict_a_consistent_assignment():
    rng = np.random.default_rng(0)
    for _ in range(300):
        with shapes.compilation():
            lengths = rng.integers(0, 6, size=6)
            dims = [fresh_dim(not_one=bool(n != 1 and rng.random() < 0.5)) for n in lengths]
            value = {d.symbol: int(n) for d, n in zip(dims, lengths)}
            candidates = [(d.shifted(int(k)) if k else d) for d in dims for k in range(-3, 3)]
            measure = [max(0, value[d.symbol] + d.offset) for d in candidates]
            all_pairs = itertools.combinations(range(len(candidates)), 2)
            equal = [(i, j) for i, j in all_pairs if measure[i] == measure[j]]
            for k in rng.permutation(len(equal))[:12]:
                i, j = equal[k]
                shapes.unify(candidates[i], candidates[j])
            for d, n in zip(candidates, measure):
                found = shapes.find(d)
                assert n == (found if isinstance(found, int) else max(0, value[found.symbol] + found.offset))


# Un-broadcasting


@pytest.mark.parametrize(("a", "b"), list(itertools.product(OPERANDS[: len(SHAPES)], repeat=2)))
def test_broadcast_axes_lead_back_to_the_argument(a, b):
    try:
        z = a + b if a.dtype != bool else a | b
    except ValueError:
        return
    with shapes.scope():
        x, y = var(a), var(b)
        t = result(operator.add, a=x, b=y)
        if isinstance(t, Number):
            return
    leading, kept = shapes.broadcast_axes(x.type, t)
    back = z.sum(axis=kept, keepdims=True).sum(axis=leading) if kept or leading else z
    assert back.shape == a.shape
    assert needs_unbroadcast(x.type, t) == bool(leading or kept)


def test_an_axis_that_may_have_length_one_is_undecided():
    d = fresh_dim()
    n = fresh_dim(not_one=True)
    assert needs_unbroadcast(Array(F64, (d,)), Array(F64, (n,))) is None
    assert needs_unbroadcast(Array(F64, (d,)), Array(F64, (d,))) is False
    assert needs_unbroadcast(FLOAT, Array(F64, (n,))) is True
    assert needs_unbroadcast(UNKNOWN, Array(F64, (n,))) is None


# Lengths as numbers


def test_lengths_are_numbers_and_numbers_are_lengths():
    x = var(np.ones((3, 4)))
    shape = result(np.shape, a=x)
    assert shape.items[0].length == x.type.shape[0]
    n = Var(None, result(len, obj=x))
    below = Var(None, result(operator.sub, a=n, b=Const(1)))
    assert result(np.zeros, shape=n).shape == (x.type.shape[0],)
    assert result(np.zeros, shape=below).shape == (x.type.shape[0].shifted(-1),)
    assert result(np.zeros, shape=Var(None, shape)).shape == x.type.shape
    assert result(np.arange, start=n).shape == (x.type.shape[0],)
    above = Var(None, result(operator.add, a=Const(1), b=n))
    assert result(np.zeros, shape=above).shape == (x.type.shape[0].shifted(1),)


def test_the_size_is_the_length_of_the_ravelled_array():
    x = var(np.ones((3, 4)))
    size = Var(None, result(np.size, a=x))
    flat = result(np.ravel, a=x)
    assert shapes.same_shape(result(np.zeros, shape=size), flat)
    assert shapes.same_shape(result(np.reshape, a=x, shape=Const(-1)), flat)


def test_reshape_finds_what_minus_one_stands_for():
    x = var(np.ones((3, 4)))
    n, m = (Var(None, t) for t in result(np.shape, a=x).items)
    both = result(np.reshape, a=x, shape=Var(None, Tuple((n.type, INT))))
    assert both.shape[0] == x.type.shape[0]
    tall = Var(None, Array(F64, (*x.type.shape, 6)))
    assert result(np.reshape, a=tall, shape=Const((-1, 2))).dtype == F64
    assert result(np.reshape, a=Var(None, Array(F64, (4, 6))), shape=Const((-1, 3))).shape == (8, 3)
    assert m.type.length == x.type.shape[1]


# The table


AXES = [None, 0, -1, 1, (0, 1), ()]
REDUCTIONS = [np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.std, np.var, np.any, np.all]
REDUCTIONS += [np.nansum, np.median]
ARRAYS = [x for x in OPERANDS if isinstance(x, np.ndarray)]


@pytest.mark.parametrize("a", OPERANDS)
@pytest.mark.parametrize("axis", AXES)
def test_reductions_agree_with_numpy(a, axis):
    for fn, keepdims in itertools.product(REDUCTIONS, (False, True)):
        agree(fn, a=a, axis=Const(axis), keepdims=Const(keepdims))
    for fn in (np.argmax, np.argmin, np.cumsum, np.cumprod, np.sort, np.argsort):
        agree(fn, a=a, axis=Const(axis))
    agree(np.linalg.norm, x=a, axis=Const(axis))


def test_an_unknown_axis_leaves_the_rank():
    x = np.ones((2, 3))
    assert len(result(np.sum, a=x, axis=1).shape) == 1
    assert len(result(np.sum, a=x, axis=1, keepdims=Const(True)).shape) == 2
    assert result(np.sum, a=np.ones(3), axis=1) == Number(F64, False)
    assert result(np.sum, a=x, axis=Var(None, UNKNOWN)) == UNKNOWN


def test_the_dtype_of_a_reduction_can_be_asked_for():
    given = {"axis": Const(None), "dtype": Const(np.float32), "keepdims": Const(False), "initial": Const(0.0)}
    assert result(np.sum, a=np.ones(3), **given, where=Const(True)) == Number(F32, False)


@pytest.mark.parametrize("a", ARRAYS)
@pytest.mark.parametrize("b", ARRAYS)
def test_products_agree_with_numpy(a, b):
    for fn in (np.dot, np.inner, np.outer, np.vdot, np.kron):
        agree(fn, a=a, b=b)
    for fn in (operator.matmul, np.vecdot, np.matvec, np.vecmat):
        agree(fn, a=a, b=b)
    for axes in (0, 1, 2, (0, 0), ((0, 1), (1, 0))):
        agree(np.tensordot, a=a, b=b, axes=Const(axes))


def test_contracted_axes_are_found_equal():
    a, b = var(np.ones((3, 4))), var(np.ones(4))
    result(np.dot, a=a, b=b)
    assert same(a.type.shape[1], b.type.shape[0])
    c, d = var(np.ones((3, 4))), var(np.ones((4, 5)))
    t = result(np.einsum, subscripts=Const("ij,jk->ik"), operands_0=c, operands_1=d)
    assert same(c.type.shape[1], d.type.shape[0])
    assert t.shape == (c.type.shape[0], d.type.shape[1])


@pytest.mark.parametrize("a", ARRAYS)
def test_shaping_agrees_with_numpy(a):
    for fn in (np.ravel, np.transpose, np.squeeze, np.shape, np.size, np.ndim, np.copy, np.asarray, np.diag):
        agree(fn, **{"v" if fn is np.diag else "a": a})
    for axes in (None, (1, 0), (0, 1), (2, 0, 1), (0,)):
        agree(np.transpose, a=a, axes=Const(axes))
    for i, j in itertools.product((0, 1, -1, -2), repeat=2):
        agree(np.swapaxes, a=a, axis1=Const(i), axis2=Const(j))
        agree(np.moveaxis, a=a, source=Const(i), destination=Const(j))
        agree(np.expand_dims, a=a, axis=Const((i, j)))
    for axis in (None, 0, -1, 1, (0, 1)):
        agree(np.squeeze, a=a, axis=Const(axis))
        agree(np.expand_dims, a=a, axis=Const(axis))
        agree(np.flip, m=a, axis=Const(axis))
        agree(np.roll, a=a, shift=Const(1), axis=Const(axis))
        agree(np.repeat, a=a, repeats=Const(2), axis=Const(axis), known=False)
        agree(np.diff, a=a, axis=Const(axis), known=False)
    for k in (-1, 0, 1):
        agree(np.tril, m=a, k=Const(k))
        agree(np.diag, v=a, k=Const(k), known=False)
        agree(np.trace, a=a, offset=Const(k))
        agree(np.diagonal, a=a, offset=Const(k))
    for shape in (-1, (-1, 1), (3, -1), (1, -1, 3), 3, (2, 3), (3, 2, 1)):
        agree(np.reshape, a=a, shape=Const(shape))
    for shape in ((3,), (2, 3), (4, 2, 3, 3)):
        agree(np.broadcast_to, array=a, shape=Const(shape))


@pytest.mark.parametrize("a", ARRAYS)
@pytest.mark.parametrize("b", ARRAYS)
def test_joining_agrees_with_numpy(a, b):
    for axis in (None, 0, 1, -1):
        agree_concatenate(a, b, axis)
        agree(np.stack, arrays=(a, b), axis=Const(axis or 0))
        agree(np.append, arr=a, values=b, axis=Const(axis))
    for fn in (np.vstack, np.hstack, np.column_stack, np.dstack):
        agree(fn, tup=(a, b))


def agree_concatenate(a, b, axis):
    """NumPy takes the arrays by position only."""
    try:
        value = np.concatenate((a, b), axis)
    except ValueError:
        return
    lengths, arrays = Lengths(), var((a, b))
    lengths.learn(arrays.type, (a, b))
    t = infer(primitive(np.concatenate), {"arrays": arrays, "axis": Const(axis)})
    assert isinstance(t, Array)
    lengths.check(t, value)


def test_joining_puts_lengths_end_to_end():
    x = var(np.ones(3))
    both = Var(None, Tuple((Array(F64, (2,)), x.type)))
    assert result(np.concatenate, arrays=both).shape == (x.type.shape[0].shifted(2),)
    some = Var(None, List(None, x.type))
    assert len(result(np.concatenate, arrays=some).shape) == 1
    assert result(np.stack, arrays=some).shape[1] == x.type.shape[0]


@pytest.mark.parametrize("a", ARRAYS)
def test_taking_and_splitting_agree_with_numpy(a):
    for axis in (None, 0, -1):
        for indices in (Const(0), Const([0, 0]), Const([[0], [0]]), np.array([0, 0, 0])):
            agree(np.take, a=a, indices=indices, axis=Const(axis))
    for sections in ([1], [1, 2], (0, 2), 1, 3):
        agree(np.split, ary=a, indices_or_sections=Const(sections), axis=Const(0))
        agree(np.array_split, ary=a, indices_or_sections=Const(sections), axis=Const(-1))


def test_new_arrays_agree_with_numpy():
    for dtype in (None, float, np.float32, "i4"):
        for shape in (3, (2, 3), (), (1, 0)):
            for fn in (np.zeros, np.ones, np.empty):
                agree(fn, shape=Const(shape), dtype=Const(dtype))
            agree(np.full, shape=Const(shape), fill_value=2.0, dtype=Const(dtype))
        for a in OPERANDS:
            agree(np.zeros_like, a=a, dtype=Const(dtype))
            agree(np.full_like, a=a, fill_value=1.0, dtype=Const(dtype))
            agree(np.array, object=a, dtype=Const(dtype))
            agree(np.asarray, a=a, dtype=Const(dtype))
            agree(np.ascontiguousarray, a=a, dtype=Const(dtype))
        agree(np.eye, N=Const(3), M=Const(None), dtype=Const(dtype or float))
    agree(np.identity, n=Const(3))
    for args in ((3,), (1, 4), (1, 4, 2), (0.0, 1.0, 0.3), (5, 1, -2), (1, 1)):
        agree(np.arange, **dict(zip(("start", "stop", "step"), map(Const, args))))
    for a, b in itertools.product([0, 1.0, np.float32(2), np.ones(3), np.ones((2, 3))], repeat=2):
        agree(np.linspace, start=a, stop=b, num=Const(5))


def test_nested_sequences_make_arrays():
    for value in ([1, 2.0], [[1, 2], [3, 4]], [np.ones(3), np.zeros(3)], [np.float32(1), 1], (), [True, 2]):
        agree(np.array, object=value)
        agree(np.asarray, a=value)
        agree(np.sin, x=value)
        agree(np.sum, a=value, axis=Const(None))


@pytest.mark.parametrize("x", [2, 2.5, True, np.float32(1.5), np.int64(3)])
def test_builtins_on_numbers(x):
    for fn in (float, int, bool, abs, round):
        agree(fn, x=x)
    agree(round, number=x, ndigits=Const(1))
    agree(round, number=x, ndigits=Const(None))
    for y in (2, 0.5, np.float32(1)):
        for fn in (divmod, pow):
            agree(fn, a=x, b=y)
        for fn in (math.hypot, math.atan2, math.fmod, math.pow):
            agree(fn, x=x, y=y)
    for fn in (math.sqrt, math.exp, math.ceil, math.acosh, math.log):
        agree(fn, x=x)


def test_varargs_come_as_a_tuple():
    assert result(math.hypot, coordinates=(1.0, 2.0, 3.0)) == FLOAT
    assert result(np.ndarray.reshape, a=np.ones((2, 3)), shape=Const((3, 2))).shape == (3, 2)
    assert result(np.ndarray.reshape, a=np.ones((2, 3)), shape=Const(((3, 2),))).shape == (3, 2)


def test_max_is_one_of_its_arguments():
    assert result(max, a=1.0, b=2.0) == FLOAT
    assert result(max, args=(1.0, 2.0, 3.0)) == FLOAT
    assert result(min, a=[1, 2, 3]) == INT
    assert result(max, a=np.ones(3, np.float32)) == Number(F32, False)
    assert result(sum, iterable=np.ones(3)) == Number(F64, False)
    assert result(sum, iterable=[1.0, 2.0]) == FLOAT


def test_items_are_python_numbers():
    assert result(np.ndarray.item, a=np.ones((), np.float32)) == FLOAT
    assert result(np.ndarray.astype, x=np.ones(3), dtype=Const(np.float32)).dtype == F32


# Inference by running


LINALG = [np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cholesky]
LINALG += [np.linalg.eigh, np.linalg.eigvalsh]


@pytest.mark.parametrize("shape", [(3, 3), (2, 2), (1, 1), (2, 4, 4)])
def test_square_matrices(shape):
    a = np.ones(shape) + 3 * np.eye(shape[-1])
    for fn in LINALG:
        agree(fn, a=a)
    agree(np.linalg.solve, a=a, b=np.ones(shape))
    agree(np.linalg.solve, a=np.eye(3), b=np.ones(3))


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (2, 3, 4), (1, 3)])
def test_factorisations(shape):
    a = np.ones(shape)
    for fn in (np.linalg.svd, np.linalg.qr, np.linalg.pinv, np.linalg.matrix_rank):
        agree(fn, **{"A" if fn is np.linalg.matrix_rank else "a": a})
    agree(np.linalg.svd, a=a, full_matrices=Const(False))


@pytest.mark.parametrize("n", [2, 3, 6, 7, 9])
def test_lengths_are_read_back_from_runs(n):
    x = np.linspace(0, 1, n)
    for fn in (np.fft.fft, np.fft.rfft, np.fft.irfft):
        agree(fn, a=x)
    agree(np.convolve, a=x, v=np.ones(4))
    agree(np.convolve, a=x, v=Const([1.0, 2.0, 3.0]), mode=Const("valid"))
    agree(np.convolve, a=x, v=Const(np.ones(4)), mode=Const("same"))
    agree(np.interp, x=np.ones(5), xp=x, fp=x)
    agree(np.interp, x=0.5, xp=x, fp=x)
    agree(np.argwhere, a=x)
    agree(np.compress, condition=x > 0, a=x)
    agree(np.extract, condition=x > 0, arr=x)
    agree(np.take_along_axis, arr=x, indices=np.zeros(3, int), axis=Const(0))
    agree(np.select, condlist=[x > 0.5, x < 0.2], choicelist=[x, -x], default=Const(0.0))
    agree(np.hsplit, ary=x, indices_or_sections=Const([1, 2]))
    agree(np.linalg.lstsq, a=np.vander(x, 2), b=x)
    agree(np.unique, ar=x)
    agree(np.unique, ar=np.ones((n, 2)))
    agree(np.flatnonzero, a=x)
    agree(np.nonzero, a=np.ones((n, 3)))
    agree(np.tile, A=x, reps=Const(2))
    agree(np.pad, array=x, pad_width=Const(1))
    agree(np.gradient, f=x)
    agree(np.meshgrid, **{"x1": x, "x2": np.ones(4)}, known=False)
    agree(np.histogram, a=x, bins=Const(4))
    agree(np.vander, x=x)
    agree(np.cov, m=np.ones((3, n)))


def test_differences_are_one_shorter():
    x = var(np.ones(4))
    assert result(np.diff, a=x).shape == (x.type.shape[0].shifted(-1),)


def test_minimum_of_lengths_is_neither():
    x = var(np.ones((3, 4)))
    singular = result(np.linalg.svd, a=x, compute_uv=Const(False))
    assert not any(same(singular.shape[0], n) for n in x.type.shape)


# Indexing


INDEX_PARTS = [
    0,
    -1,
    None,
    Ellipsis,
    slice(None),
    slice(1, None),
    slice(None, -1),
    slice(1, -1),
    slice(None, 2),
    slice(-2, None),
    slice(None, None, -1),
    slice(None, None, 2),
    slice(-2, None, -1),
    slice(None, 0, -1),
    [0, 1],
    [[0], [1]],
    np.array([0, 0, 1]),
    np.array(1),
    [],
]


@pytest.mark.parametrize("shape", [(2,), (3,), (2, 3), (3, 2, 4), (1, 3), (0, 2), (2, 2, 2, 2), (4, 1, 3)])
def test_indexing_agrees_with_numpy(shape):
    a = np.ones(shape)
    rng = np.random.default_rng(len(shape))
    choices = [(p,) for p in INDEX_PARTS]
    choices += [
        tuple(INDEX_PARTS[k] for k in rng.integers(0, len(INDEX_PARTS), size=size))
        for size in (2, 3, 4)
        for _ in range(300)
    ]
    for index in choices:
        check_index(a, index)


def check_index(a, index):
    lengths = Lengths()
    base = var(a)
    lengths.learn(base.type, a)
    parts = []
    for p in index:
        part = var(p) if isinstance(p, np.ndarray) else Const(p)
        if isinstance(p, np.ndarray):
            lengths.learn(part.type, p)
        parts.append(part)
    t = index_type(base.type, parts)
    try:
        value = a[index]
    except IndexError:
        return
    assert t != UNKNOWN, index
    lengths.check(t, value)
    if not any(isinstance(p, np.ndarray) for p in index):
        assert type(infer(Primitive("getitem", operator.getitem), {"a": base, "b": Const(index)})) is type(t)


def test_boolean_masks_leave_an_unknown_length():
    x = var(np.ones((3, 4)))
    mask = var(np.ones((3, 4), bool))
    (n,) = index_type(x.type, [mask]).shape
    assert isinstance(n, Dim) and not n.not_one
    assert index_type(x.type, [var(np.ones(3, bool))]).shape[1:] == x.type.shape[1:]


def test_slices_with_constant_bounds_have_lengths_to_compare():
    x = var(np.ones(5)).type
    inner = index_type(x, [Const(slice(1, -1))])
    assert shapes.same_shape(inner, index_type(x, [Const(slice(2, None))]))
    assert shapes.same_shape(inner, index_type(x, [Const(slice(None, -2))]))
    assert index_type(x, [Const(slice(None, None, 2))]) == index_type(x, [Const(slice(None, None, 2))])


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8])
def test_slices_up_to_the_length_agree_with_numpy(n):
    """`x[1:len(x) - k]`, where a k larger than the array wraps around."""
    dim = fresh_dim()
    base = Array(F64, (dim,))
    for start, k in itertools.product((0, 1, 2), (-1, 0, 1, 2, 3, 4)):
        stop = Var(None, Number(I64, True, dim.shifted(-k)))
        t = index_type(base, [SliceParts(Const(start), stop, Const(None))])
        lengths = Lengths()
        lengths.dim(dim, n)
        lengths.dim(t.shape[0], len(np.ones(n)[start : n - k]))


def test_slices_with_the_same_variable_bounds_have_equal_lengths():
    x, i, j = var(np.ones(5)).type, Var("i", INT), Var("j", INT)
    assert shapes.same_shape(index_type(x, [SliceParts(i, j)]), index_type(x, [SliceParts(i, j)]))
    assert not shapes.same_shape(index_type(x, [SliceParts(i, j)]), index_type(x, [SliceParts(i)]))


def test_indices_that_are_variables():
    x = var(np.ones((3, 4))).type
    assert index_type(x, [Var("i", INT), Var("j", INT)]) == Number(F64, False)
    assert index_type(x, [Var("i", INT)]) == Array(F64, x.shape[1:])
    assert len(index_type(x, [Var("s", Slice())]).shape) == 2
    assert index_type(x, [Var(None, NONE)]).shape == (1, *x.shape)
    assert index_type(x, [Var(None, UNKNOWN)]) == UNKNOWN
    both = Var(None, Tuple((INT, INT)))
    assert infer(Primitive("getitem", operator.getitem), {"a": Var(None, x), "b": both}) == Number(F64, False)


def test_items_of_containers():
    pair = Tuple((INT, FLOAT))
    assert index_type(pair, [Const(-1)]) == FLOAT
    assert index_type(pair, [Const(slice(1, None))]) == Tuple((FLOAT,))
    assert index_type(List((FLOAT, FLOAT)), [Var("i", INT)]) == FLOAT
    assert index_type(List(None, FLOAT), [Var("i", INT)]) == FLOAT
    assert index_type(Dict(("a", "b"), (INT, FLOAT)), [Const("b")]) == FLOAT
    assert index_type(Dict(("a", 1), (INT, FLOAT)), [Const(True)]) == UNKNOWN
