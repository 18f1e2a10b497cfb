"""transad's operators on functions: what `grad(f)(x)` means, at top level and inside other code.

Each operator works the same way. The arguments it differentiates with respect to are replaced by fresh
variables, leaf by leaf; the function is interpreted into a block of its own; the block is transformed;
and its operations go where the call stood. The result is ordinary operations again, so operators nest
in any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transad.errors import ArgumentError, NonScalarError
from transad.frontend.interpreter import Interpreter
from transad.frontend.values import (
    NOTHING,
    Box,
    Closure,
    Method,
    NumpyMethod,
    Pack,
    Pullback,
    Sequence,
    Transformed,
    Value,
)
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Var
from transad.rules import registry
from transad.transforms import templates
from transad.transforms.applying import Applier
from transad.transforms.evaluation import Evaluation, Tree, choose, refuse_integers, unchanging
from transad.transforms.forward import pushforward
from transad.transforms.reverse import backprop

OPERATORS: dict[Any, str] = {}  # the public functions, filled in by `transad.api`



class Transformer:
    """Meets calls of transad's operators while a function is interpreted."""

    def call(
        self, i: Interpreter, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value | None:
        if hasattr(fn, "_transad_kind"):  # a derivative that was built outside
            return self.apply(
                i, fn._transad_kind, Const(fn._transad_function), fn._transad_options, args, kwargs, node
            )
        kind = OPERATORS.get(fn) if registry.hashable(fn) else None
        if kind is None:
            return None
        if kind == "stop_gradient":
            return self.stopped(i, args[0])
        if kind == "checkpoint":
            return self.checkpoint(i, args, kwargs, node)
        if kind == "jvp":
            return self.jvp_call(i, args, kwargs, node)
        if kind == "vjp":
            return self.vjp_call(i, args, kwargs, node)
        if kind == "hvp":
            gradient = Transformed("grad", args[0], {"wrt": 0})
            return self.jvp_call(i, [gradient, *args[1:]], kwargs, node).items[1]
        options = {k: i.known(v, node, f"{k}=") for k, v in kwargs.items()}
        if len(args) > 1:
            options["wrt"] = i.known(args[1], node, "wrt")
        return Transformed(kind, args[0], {"wrt": 0, **options})

    def checkpoint(self, i: Interpreter, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """Of something to iterate over: a sequence that says so. Of a function: one whose calls say so."""
        what, *rest = args
        slots = rest[0] if rest else kwargs.get("slots", Const(None))
        function = isinstance(what, (Closure, Method, Transformed, NumpyMethod))
        if function or isinstance(what, Const) and callable(what.value):
            return Transformed("checkpoint", what, {})
        if isinstance(slots, Const) and type(slots.value) is int and slots.value < 1:
            raise ArgumentError("checkpoint with no slots", "give slots=1 or more", i.location(node))
        return Sequence("checkpoint", (what, slots))

    def stopped(self, i: Interpreter, value: Value) -> Value:
        from transad.rules.control import stop

        if isinstance(value, Pack):
            return Pack(tuple(self.stopped(i, v) for v in value.items), value.cls)
        return i.call(Const(stop), [value], {}, None) if isinstance(value, (Var, Box)) else value

    def apply(
        self,
        i: Interpreter,
        kind: str,
        function: Value,
        options: dict,
        args: list[Value],
        kwargs: dict,
        node: Any,
    ) -> Value:
        wrt = options.get("wrt", 0)
        if kind in ("grad", "value_and_grad"):
            return self.grad(
                i, function, wrt, args, kwargs, node, kind == "value_and_grad", options.get("has_aux", False)
            )
        if kind == "derivative":
            return self.derivative(i, function, wrt, args, kwargs, node)
        if kind == "pushforward":
            return self.pushforward(i, function, wrt, args, kwargs, node)
        if kind == "pullback":
            *args, y_bar = args
            return self.pullback(i, function, wrt, args, kwargs, y_bar, node)
        if kind == "jacobian":
            return self.jacobian(i, function, wrt, options.get("mode", "auto"), args, kwargs, node)
        if kind == "hessian":
            if isinstance(wrt, (tuple, list)):
                gradient = Transformed("grad", function, {"wrt": tuple(wrt)})
            else:
                gradient = Transformed("grad", function, {"wrt": wrt})
            return self.jacobian(i, gradient, wrt, options.get("mode", "forward"), args, kwargs, node)
        if kind == "checkpoint":
            return i.call_again(function, args, kwargs, node)
        if kind == "part":
            result = i.call(function, args, kwargs, node)
            return Tree(i, result).leaves[options["k"]]
        raise i.unsupported(f"the operator {kind} cannot be used here", "call it outside", node)

    # -- reverse mode

    def grad(self, i, function, wrt, args, kwargs, node, with_value, has_aux) -> Value:
        e = Evaluation(i, function, wrt, args, kwargs, node)
        value, aux = e.result, None
        if has_aux:
            if not isinstance(value, Pack) or len(value.items) != 2:
                raise ArgumentError(
                    "has_aux=True, but the function does not return a pair", "return (value, aux)", e.loc
                )
            value, aux = value.items
        y = self.scalar(i, e, value)
        tree, kept = e.outcome(NOTHING if aux is None else aux)
        applier = Applier(i)
        bars = backprop(applier, e.block, e.params, [y], [self.seed(y)], kept)
        out = e.splice([*bars, y, *kept])
        gradient = e.gradients(out[: len(bars)])
        first: Value = Pack((out[len(bars)], gradient)) if with_value else gradient  # type: ignore[arg-type]
        if not has_aux:
            return first
        aux = tree.rebuild(out[len(bars) + 1 :])
        if with_value:
            return Pack((Pack((out[len(bars)], aux)), gradient))  # type: ignore[arg-type]
        return Pack((gradient, aux))

    def seed(self, y: Operand) -> Operand:
        return Const(1.0)

    def scalar(self, i: Interpreter, e: Evaluation, value: Value) -> Operand:
        with i.builder.into(e.block):
            if value is NOTHING:
                raise NonScalarError("the function returns None", "return the number to differentiate", e.loc)
            if not isinstance(value, (Var, Const)):
                what = ty.in_words(i.type_of(value))
                raise NonScalarError(
                    f"grad needs a function that returns one number; this one returns {what}",
                    "use transad.jacobian, or sum the result",
                    e.loc,
                )
            y = i.operand(value, e.node)
        if isinstance(y.type, ty.Array) and y.type.shape != ():
            raise NonScalarError(
                f"grad needs a function that returns one number; this one returns {ty.in_words(y.type)}",
                "use transad.jacobian, or sum the result",
                e.loc,
            )
        if (
            isinstance(y.type, (ty.Number, ty.Array))
            and y.type.dtype is not None
            and y.type.dtype.kind == "c"
        ):
            raise NonScalarError(
                "grad needs a real result; this one is complex",
                "differentiate its real part or its modulus",
                e.loc,
            )
        if not isinstance(y.type, (ty.Number, ty.Array, ty.UnknownType)):
            raise NonScalarError(
                f"grad needs a function that returns a number; this one returns {ty.in_words(y.type)}",
                "return the number to differentiate",
                e.loc,
            )
        return y

    def pullback(self, i, function, wrt, args, kwargs, y_bar, node) -> Value:
        e = Evaluation(i, function, wrt, args, kwargs, node)
        y, gradient = self.pull(i, e, y_bar)
        return Pack((y, gradient))

    def pull(self, i: Interpreter, e: Evaluation, y_bar: Value) -> tuple[Value, Value]:
        """The result and the adjoints of the arguments, for a given adjoint of the result."""
        with i.builder.into(e.block):
            results = Tree(i, e.result).operands()
        tree, kept = e.outcome(e.result)
        seeds = Tree(i, y_bar).operands()
        if len(seeds) != len(results):
            raise ArgumentError(
                f"the adjoint has {len(seeds)} arrays or numbers, the result of the function {len(results)}",
                "give it the structure of the result",
                e.loc,
            )
        for seed, result in zip(seeds, results):
            ranks = ty.rank(seed.type), ty.rank(result.type)
            if None not in ranks and ranks[0] != ranks[1]:
                raise ArgumentError(
                    f"the adjoint has {ranks[0]} axes, the result {ranks[1]}",
                    "give it the result's shape",
                    e.loc,
                )
        applier = Applier(i)
        bars = backprop(applier, e.block, e.params, results, seeds, kept)
        out = e.splice([*bars, *kept])
        y = tree.rebuild([i.value(x) for x in out[len(bars) :]])  # type: ignore[arg-type]
        return y, e.gradients(out[: len(bars)])

    def vjp_call(self, i: Interpreter, args: list[Value], kwargs: dict, node: Any) -> Value:
        function, *primals = args
        wrt = i.known(kwargs.pop("wrt", NOTHING), node, "wrt")
        if wrt is None:
            wrt = tuple(range(len(primals)))
        held = [self.hold(i, v) for v in primals]
        y = unchanging(i, function, held, kwargs, node)

        def apply(given: list[Value], _: dict, at: Any) -> Value:
            e = Evaluation(i, function, wrt, list(held), dict(kwargs), node)
            return self.pull(i, e, given[0])[1]

        return Pack((y, Pullback(apply)))

    def hold(self, i: Interpreter, value: Value) -> Value:
        """A value as it is now, whatever is written to its arrays later."""
        if isinstance(value, Pack):
            return Pack(tuple(self.hold(i, v) for v in value.items), value.cls)
        return i.operand(value) if isinstance(value, Var) else value

    # -- forward mode

    def push(self, i: Interpreter, e: Evaluation, dots: list[Operand | None]) -> tuple[Value, Value]:
        applier = Applier(i)
        dots_of = Tree(i, e.result)
        with i.builder.into(e.block):
            results = dots_of.operands()
        tree, kept = e.outcome(e.result)
        e.block.results = [*results, *kept]
        tangents = {v: d for v, d in zip(e.params, dots) if d is not None}
        found = pushforward(applier, e.block, tangents).dots
        with i.builder.into(e.block):
            y_dots = []
            for x in results:
                dot = found.get(x) if isinstance(x, Var) else None
                dot = applier.zeros(x) if dot is None else dot
                y_dots.append(applier.fitted(dot, x))
        out = e.splice([*kept, *y_dots])
        y = tree.rebuild([i.value(x) for x in out[: len(kept)]])  # type: ignore[arg-type]
        dot = dots_of.rebuild([i.value(x) for x in out[len(kept) :]])  # type: ignore[arg-type]
        return y, dot

    def pushforward(self, i, function, wrt, args, kwargs, node) -> Value:
        count = len(wrt) if isinstance(wrt, (tuple, list)) else 1
        args, given = args[:-count], args[-count:]
        e = Evaluation(i, function, wrt, args, kwargs, node)
        return Pack(self.push(i, e, self.tangents(i, e, given)))

    def tangents(self, i: Interpreter, e: Evaluation, given: list[Value]) -> list[Operand | None]:
        dots: list[Operand | None] = []
        for tree, value in zip(e.trees, given):
            if isinstance(value, Const) and value.value is None:
                dots += [None] * len(tree.leaves)
                continue
            leaves: list[Operand | None] = list(Tree(i, value).operands())
            if len(leaves) != len(tree.leaves):
                raise ArgumentError(
                    "the tangent is not like its argument", "give it the same structure, in floats", e.loc
                )
            dots += leaves
        return dots

    def jvp_call(self, i: Interpreter, args: list[Value], kwargs: dict, node: Any) -> Value:
        names = ["f", "primals", "tangents"]
        bound = {**dict(zip(names, args)), **{k: v for k, v in kwargs.items() if k in names}}
        primals = i.known_items(bound["primals"], node)
        given = i.known_items(bound["tangents"], node)
        if len(primals) != len(given):
            raise ArgumentError(
                f"{len(primals)} primals but {len(given)} tangents", "give one for each", i.location(node)
            )
        chosen = tuple(k for k, v in enumerate(given) if not (isinstance(v, Const) and v.value is None))
        rest = {k: v for k, v in kwargs.items() if k not in names}
        e = Evaluation(i, bound["f"], chosen, primals, rest, node)
        return Pack(self.push(i, e, self.tangents(i, e, [given[k] for k in chosen])))

    def derivative(self, i, function, wrt, args, kwargs, node) -> Value:
        e = Evaluation(i, function, wrt, args, kwargs, node)
        applier = Applier(i)
        dots: list[Operand | None] = []
        for x in e.given:
            if isinstance(x.type, ty.Array):
                dots.append(applier.call(np.ones_like, x))
            else:
                dots.append(Const(1.0))
        _, dot = self.push(i, e, dots)
        return dot

    # -- Jacobians

    def jacobian(self, i, function, wrt, mode, args, kwargs, node) -> Value:
        single, keys = choose(i, function, wrt, args, kwargs, i.location(node))
        blocks = []
        for key in keys:
            x = args[key] if isinstance(key, int) else kwargs[key]
            refuse_integers(i, x, key, function, i.location(node))
            y = unchanging(i, function, args, kwargs, node)
            blocks.append(self.jacobian_block(i, function, key, x, y, mode, args, kwargs, node))
        if single:
            return blocks[0]
        return Pack(tuple(blocks))

    def jacobian_block(self, i, function, key, x, y, mode, args, kwargs, node, leaf=None) -> Value:
        """The Jacobian of one result by one argument, or by leaf number `leaf` of that argument."""
        if isinstance(y, Pack) or isinstance(y, Box):
            tree = Tree(i, y)
            picked = []
            for k in range(len(tree.leaves)):
                part = Part(function, k)
                picked.append(
                    self.jacobian_block(i, part.value(self), key, x, tree.leaves[k], mode, args, kwargs, node)
                )
            return tree.rebuild(picked)
        if leaf is None and isinstance(x, (Pack, Box)):
            tree = Tree(i, x)
            rest = mode, args, kwargs, node
            return tree.rebuild(
                [self.jacobian_block(i, function, key, v, y, *rest, k) for k, v in enumerate(tree.leaves)]
            )
        x = i.operand(x, node)
        y = i.operand(y, node)
        ranks = ty.rank(x.type), ty.rank(y.type)
        if mode == "auto":
            mode = "forward" if ranks[0] == 0 else "reverse" if ranks[1] == 0 else "auto"
        if mode == "cross-country":
            raise i.unsupported("mode='cross-country' is not there yet", "use mode='auto'", node)

        def push(given: list[Value], _: dict, at: Any) -> Value:
            e = Evaluation(i, function, key, list(args), dict(kwargs), node)
            dots: list[Operand | None] = [None] * len(e.given)
            dots[leaf or 0] = i.operand(given[0], node)
            return self.push(i, e, dots)[1]

        def pull(given: list[Value], _: dict, at: Any) -> Value:
            e = Evaluation(i, function, key, list(args), dict(kwargs), node)
            bars = self.pull(i, e, given[0])[1]
            return bars if leaf is None else Tree(i, bars).leaves[leaf]

        def forward(*_: Any) -> Value:
            template = templates.columns_of_number if ranks[1] == 0 and ranks[0] != 0 else templates.columns
            return i.inline(template, [Pullback(push), x, y], {}, node)

        def backward(*_: Any) -> Value:
            if ranks[1] == 0:
                return pull([Const(1.0)], {}, node)
            template = templates.rows_for_number if ranks[0] == 0 else templates.rows
            return i.inline(template, [Pullback(pull), x, y], {}, node)

        if mode == "forward":
            return forward()
        if mode == "reverse":
            return backward()
        return i.inline(templates.by_size, [Pullback(forward), Pullback(backward), x, y], {}, node)


class Part:
    """A function that returns one leaf of another's result."""

    def __init__(self, function: Value, k: int):
        self.function, self.k = function, k

    def value(self, transformer: Transformer) -> Value:
        return Transformed("part", self.function, {"k": self.k})


Interpreter.transformer = Transformer()

__all__ = ["OPERATORS", "Transformer"]
