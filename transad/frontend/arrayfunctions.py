"""NumPy functions that are answered from types or written otherwise, and the vocabulary of rules."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from transad import runtime
from transad.analysis import shapes
from transad.analysis.finite import surely_finite
from transad.analysis.symmetry import is_symmetric, log_determinant
from transad.frontend.handlers import HANDLERS, handles
from transad.frontend.values import (
    NOTHING,
    Box,
    Method,
    Pack,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Var, Zero
from transad.ir.primitives import ADD_AT, IF, UPDATE
from transad.rules import functional, helpers, registry

if TYPE_CHECKING:
    from transad.frontend.builtins import Builtins


@handles(np.shape)
def _shape(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return _geometry(i, args, "shape", node)


@handles(np.ndim)
def _ndim(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return _geometry(i, args, "ndim", node)


@handles(np.size)
def _size(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    return _geometry(i, args, "size", node) if len(args) == 1 and not kwargs else None


def _geometry(i: Builtins, args: list[Value], name: str, node: Any) -> Value | None:
    kind = i.type_of(args[0])
    return (
        i.geometry(args[0], name, node)
        if isinstance(kind, (ty.Number, ty.Array)) or kind == ty.UNKNOWN
        else None
    )


@handles(np.asarray, np.asanyarray)
def _asarray(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    """An array is what it is, unless a dtype or order is asked for."""
    kind = i.type_of(args[0]) if args else ty.UNKNOWN
    if not isinstance(kind, ty.Array) or kind.loose or len(args) > 2 or not kwargs.keys() <= {"dtype"}:
        return None
    dtype = args[1] if len(args) > 1 else kwargs.get("dtype", NOTHING)
    asked = dtype.value if isinstance(dtype, Const) else ...
    same = asked is None or asked is not ... and kind.dtype is not None and np.dtype(asked) == kind.dtype
    return args[0] if same else None


@handles(np.array)
def _array(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    if kwargs.keys().isdisjoint(("copy", "ndmin")):
        return None
    rest = {k: v for k, v in kwargs.items() if k not in ("copy", "ndmin")}
    copied = i.known(kwargs.get("copy", Const(True)), node, "copy=")
    made = i.call(Const(np.array if copied else np.asarray), args, rest, node)
    missing = i.known(kwargs.get("ndmin", Const(0)), node, "ndmin=") - (ty.rank(i.type_of(made)) or 0)
    if missing <= 0:
        return made
    return i.call(Const(np.expand_dims), [made, Const(tuple(range(missing)))], {}, node)


@handles(np.ndarray.astype, *([np.astype] if hasattr(np, "astype") else []))
def _astype(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    """With copy=False an array of that type is what it is."""
    kwargs = dict(kwargs)
    if "copy" not in kwargs or i.known(kwargs.pop("copy"), node, "copy="):
        return None
    have = ty.dtype_of(i.type_of(args[0]))
    wanted = i.known(args[1] if len(args) > 1 else kwargs["dtype"], node, "the dtype")
    if have is None:
        raise i.unsupported("whether this is a copy is not known", "leave out copy=False", node)
    return args[0] if have == np.dtype(wanted) else i.call(Const(np.ndarray.astype), args, kwargs, node)


@handles(np.finfo, np.iinfo)
def _limits(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    """What is known of a type of numbers."""
    asked = args[0] if len(args) == 1 and not kwargs else NOTHING
    dtype = asked.value if isinstance(asked, Const) else ty.dtype_of(i.type_of(asked))
    known = dtype is not None and not isinstance(dtype, (int, float, complex))
    return Const((np.finfo if np.dtype(dtype).kind in "fc" else np.iinfo)(dtype)) if known else None


@handles(np.result_type)
def _result_type(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    dtypes: list[Any] = []
    for x in args:
        kind = i.type_of(x)
        if isinstance(x, Const) and isinstance(x.value, (type, np.dtype, str)):
            dtypes.append(np.dtype(x.value))
        elif isinstance(kind, ty.Array) and kind.dtype is not None and ty.rank(kind):
            dtypes.append(kind.dtype)
        elif isinstance(kind, ty.Number) and kind.weak and kind.dtype is not None:
            dtypes.append({"b": False, "i": 0, "f": 0.0, "c": 0j}[kind.dtype.kind])
        else:
            return None
    return Const(np.result_type(*dtypes)) if dtypes and not kwargs else None


@handles(np.add.at)
def _increase(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    target, index, value = args
    i.add_at(target, index, value, node)
    return NOTHING


def _each(fn: Any) -> Callable[..., Value | None]:
    """Of several arrays: of each of them."""

    def handler(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
        return Pack(tuple(i.call(Const(fn), [a], {}, node) for a in args)) if len(args) > 1 else None

    return handler


for _atleast in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    HANDLERS[_atleast] = _each(_atleast)


@handles(np.frompyfunc)
def _frompyfunc(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    raise i.unsupported(
        "a ufunc made by np.frompyfunc gives an array of objects", "use np.vectorize, or write the loop", node
    )


@handles(np.vectorize)
def _vectorize(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    given = dict(zip(("pyfunc", "otypes", "doc", "excluded", "cache", "signature"), args)) | kwargs
    if "pyfunc" not in given:
        raise i.unsupported("np.vectorize as a decorator inside a function", "pass it the function", node)
    options = [given.get("otypes", NOTHING), given.get("excluded", Pack(())), given.get("signature", NOTHING)]
    return Method(Const(functional.vectorized), (given["pyfunc"], *options))


@handles(np.copyto)
def _copyto(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    given = dict(zip(("dst", "src", "casting", "where"), args)) | kwargs
    target, value, mask = given["dst"], given["src"], given.get("where", Const(True))
    before = Var(None).id
    if not (isinstance(mask, Const) and mask.value is True):
        value = i.call(Const(np.where), [mask, value, target], {}, node)
    i.fill(target, value, before, node)
    return NOTHING


@handles(np.subtract.at)
def _decrease(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    target, index, value = args
    i.add_at(target, index, i.call(Const(operator.neg), [value], {}, node), node)
    return NOTHING


# -- the vocabulary of rules


@handles(helpers.known)
def _known(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(isinstance(args[0], Const))


@handles(helpers.may_be_one)
def _may_be_one(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    kind = i.type_of(args[0])
    if ty.rank(kind) is None:
        return NOTHING
    length = shapes.find(kind.shape[i.known(args[1], node, "an axis")])
    return Const(length == 1) if isinstance(length, int) or ty.surely_not_one(length) else NOTHING


@handles(helpers.surely_complex)
def _surely_complex(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    dtype = ty.dtype_of(i.type_of(args[0]))
    return Const(dtype is not None and dtype.kind == "c")


@handles(helpers.surely_finite)
def _surely_finite(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(surely_finite(i.operand(args[0], node), i.builder))


@handles(helpers.with_shape_of)
def _with_shape_of(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    x, g = (i.operand(v, node) for v in args)
    if isinstance(g, Var) and isinstance(g.type, ty.Array) and isinstance(x.type, ty.Array):
        g.type = ty.Array(g.type.dtype, x.type.shape, g.type.contiguous)
    return i.value(g)


@handles(helpers.known_equal)
def _known_equal(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    m, n = (i.type_of(x).length for x in args)
    return Const(m is not None and n is not None and shapes.same(m, n))


@handles(np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit)
def _split(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value | None:
    """Parts overlap where the places fall; whether those that are computed do is found out when it runs."""
    places = args[1] if len(args) > 1 else kwargs.get("indices_or_sections", NOTHING)
    if not isinstance(places, (Pack, Box)) or i.known_length(places) is None:
        return None
    operands = [i.operand(v, node) for v in i.known_items(places, node)]
    known = [x.value for x in operands if isinstance(x, Const)]
    if any(a > b for a, b in zip(known, known[1:])):
        raise i.unsupported("an array is split at places that fall", "sort them: the parts overlap", node)
    return None


@handles(helpers.divides)
def _divides(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    y = i.operand(args[0], node)
    below = {np.log: 0, np.log2: 0, np.log10: 0, math.log: 0, operator.truediv: 1, np.divide: 1}
    for op in set(i.builder.definitions.values()):
        at = below.get(op.primitive.fn)
        if at is not None and op.inputs[at] is y:
            return Const(True)
    return Const(False)


@handles(helpers.known_symmetric)
def _known_symmetric(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(is_symmetric(i.operand(args[0], node), i.builder.definition))


@handles(helpers.log_determinant_weight)
def _log_determinant_weight(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    bar, factor = (i.operand(x, node) for x in args)
    found = log_determinant(bar, factor, i.builder.definition)
    if found is None:
        return NOTHING
    sign, weight = found
    return weight if sign > 0 else i.call(Const(operator.neg), [i.value(weight)], {}, node)


@handles(helpers.run_time)
def _run_time(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    n = i.operand(args[0], node)
    return n if isinstance(n, Var) else i.builder.emit(registry.entry(int), [n], n.type)


@handles(helpers.vanishes)
def _vanishes(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    x = i.operand(args[0], node)
    made = i.builder.definition(x)
    return Const(isinstance(x, Zero) or made is not None and bool(made.attrs.get("zero")))


@handles(helpers.filling)
def _filling(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    made = i.builder.definition(i.operand(args[0], node))
    filled = made is not None and made.primitive.fn is runtime.broadcast_like
    return i.value(made.inputs[0]) if filled and ty.rank(made.inputs[0].type) == 0 else NOTHING


@handles(helpers.settled_dtype)
def _settled_dtype(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    x = i.operand(args[0], node)
    dtype = ty.dtype_of(x.type)
    if dtype is None or len(_kinds(i, x)) > 1:
        raise i.unsupported(
            "np.vectorize takes the type of the first result, which is not known here",
            "give it otypes=[float], or return a float on every path",
            node,
        )
    return Const(dtype)


def _kinds(i: Builtins, x: Operand) -> set[str]:
    """What a number may be on the paths that lead to it: a float, an integer ..."""
    made = i.builder.definition(x)
    if made is None or made.primitive is not IF:
        dtype = ty.dtype_of(x.type)
        return {dtype.kind if dtype is not None else "?"}
    k = made.outs.index(x)  # type: ignore[arg-type]
    return set().union(*(_kinds(i, block.results[k]) for block in made.blocks))


@handles(helpers.same_shape)
def _same_shape(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    a, b = map(i.type_of, args)
    known = ty.rank(a) is not None and ty.rank(b) is not None
    return Const(known and shapes.same_shape(a, b))


@handles(runtime.update)
def _update(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return _write(i, UPDATE, args[0], args[1], args[2], node)


@handles(runtime.add_at)
def _add_at(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return _write(i, ADD_AT, args[0], args[2], args[1], node)


def _write(i: Builtins, primitive: Any, array: Value, value: Value, index: Value, node: Any) -> Value:
    x = i.operand(array, node)
    operands = [x, i.operand(value, node), i.operand(index, node)]
    return i.builder.emit(primitive, operands, x.type, None, {"path": (i.getitem,), "counts": (1,)})
