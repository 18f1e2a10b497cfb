"""Functions handed to solvers: `quad`, `root`, `solve_ivp` and their like call them from outside.

Such a function becomes one of the list's own (`Callee`), as a recursive one does, and what it reads from
around it becomes further parameters, which the solver hands on (`args=`). A rule gets hold of both: it may
call the function, which puts its operations in place, differentiate it, and make others from it for further
calls of a solver. So nothing is special about derivatives of derivatives.
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from transad.frontend.handlers import handles
from transad.frontend.recursion import Shared
from transad.frontend.syntax import parameter_names
from transad.frontend.values import NOTHING, Closure, Method, Pack, Value
from transad.ir import types as ty
from transad.ir.core import Callee, Const, Op, Operand, Var, Zero, clone, substitute, walk
from transad.ir.primitives import TUPLE
from transad.rules import implicit

if TYPE_CHECKING:
    from transad.frontend.builtins import Builtins


@handles(implicit.is_closed)
def _is_closed(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    return Const(isinstance(args[0], Const) and isinstance(args[0].value, Callee))


@handles(implicit.closed)
def _closed(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    """Several functions get the same further parameters: a solver hands on one tuple."""
    functions, sample, named = args
    many = functions.items if isinstance(functions, Pack) else (functions,)
    models = named.items if isinstance(named, Pack) else (named,)
    made = [as_callee(i, f, sample.items, model, node) for f, model in zip(many, models)]  # type: ignore[union-attr]
    captured = list(dict.fromkeys(v for shared in made for v in shared.captured))
    for shared in made:
        own = dict(zip(shared.captured, shared.callee.block.params[len(sample.items) :]))  # type: ignore[union-attr]
        rest = [own.get(v) or Var(v.name, v.type) for v in captured]
        shared.callee.block.params[len(sample.items) :] = rest  # type: ignore[union-attr]
    callees = [Const(shared.callee) for shared in made]
    first = Pack(tuple(callees)) if isinstance(functions, Pack) else callees[0]
    return Pack((first, Pack(tuple(captured)) if captured else Const(())))


def as_callee(i: Builtins, function: Value, sample: Any, model: Value, node: Any) -> Shared:
    """A function written in a rule, made one of the list's own for arguments like the sample; name and
    parameters are those of the user's function that it calls."""
    assert isinstance(function, Closure)
    own = parameter_names(function.arguments)
    name, names = described(model)
    names = [*names, *own[len(names) :]]
    shared = Shared(function, {p: i.tree(v, n) for p, v, n in zip(own, sample, names)})
    if name.isidentifier():
        shared.callee.name = name
    shared.unrolling = i.unrolling
    i.build(shared, node)
    if any(isinstance(x, Const) and x.value is None for x in shared.callee.block.results or [NOTHING]):
        raise i.unsupported(f"the function {shared.callee.name} returns None", "return its value", node)
    return shared


def described(function: Value) -> tuple[str, list[str]]:
    """Name of a function and of its parameters, as far as they are known."""
    if isinstance(function, Closure):
        return function.name, parameter_names(function.arguments)
    if isinstance(function, Method):
        name, names = described(function.function)
        return name, names[len(function.args) :]
    fn = function.value if isinstance(function, Const) else None
    if isinstance(fn, MethodType):
        return fn.__name__, list(fn.__code__.co_varnames[1 : fn.__code__.co_argcount])
    if isinstance(fn, FunctionType):
        return fn.__name__, list(fn.__code__.co_varnames[: fn.__code__.co_argcount])
    return "", []


def in_place(i: Builtins, callee: Callee, args: list[Value], node: Any) -> Value:
    """A call of a function of the list's own, by its operations."""
    block = clone(callee.block, {})
    for op in walk(block):
        i.builder.definitions.update(dict.fromkeys(op.outs, op))
    mapping: dict[Var, Operand] = dict(zip(block.params, (i.operand(v, node) for v in args)))
    substitute(block, mapping)
    i.builder.block.ops += block.ops
    results = [i.value(x) for x in block.results]
    return results[0] if len(results) == 1 else Pack(tuple(results))


@handles(implicit.field)
def _field(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    owner, name, *like = args
    kind = i.type_of(like[0]) if like else ty.UNKNOWN
    return i.value(i.attribute_of(i.operand(owner, node), i.known(name, node, "a name"), kind))


# -- what of a tuple of arguments matters


def items_of(i: Builtins, args: Value) -> list[Operand]:
    """The items of a tuple, those that it was made from where that is known."""
    whole = i.operand(args)
    made = i.builder.definition(whole)
    if made is not None and made.primitive is TUPLE:
        return made.inputs
    return [i.operand(v) for v in args.items] if isinstance(args, Pack) else []


def has_derivative(x: Operand) -> bool:
    return isinstance(x, Var) and isinstance(x.type, (ty.Number, ty.Array)) and ty.is_differentiable(x.type)


@handles(implicit.wanted)
def _wanted(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    made: Op | None = i.builder.definition(i.operand(args[0]))
    known = made is not None and made.primitive is TUPLE and i.asked is not None
    found = [
        k
        for k, x in enumerate(items_of(i, args[0]))
        if has_derivative(x) and (not known or x in i.asked)  # type: ignore[operator]
    ]
    return Const(tuple(found))


@handles(implicit.tangents)
def _tangents(i: Builtins, args: list[Value], kwargs: dict, node: Any) -> Value:
    dots, primals = items_of(i, args[0]), items_of(i, args[1])

    def moves(dot: Operand, x: Operand) -> bool:
        made = i.builder.definition(dot)
        still = isinstance(dot, Zero) or made is not None and bool(made.attrs.get("zero"))
        return has_derivative(x) and not still

    return Pack(tuple(i.value(d) if moves(d, x) else NOTHING for d, x in zip(dots, primals)))
