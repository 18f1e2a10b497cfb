"""Applying derivative rules: from an operation and the adjoint of its result (or tangents of its
arguments) to the operations that the rule stands for.

What no rule has to care about happens here: un-broadcasting, dtypes, and getting forward mode from a
reverse rule and the other way round. Complex values follow JAX and Autograd: the adjoint of z = u + iv
is df/du - i df/dv, so that nothing is conjugated and a real argument takes the real part.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.errors import NoRuleError, UnsupportedError
from transad.frontend.interpreter import Interpreter
from transad.frontend.values import NOTHING, Pack, Value
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Block, Const, Op, Operand, Var, Zero
from transad.rules import registry
from transad.runtime import add_nested, broadcast_like, unbroadcast, zeros_like

ZERO = Const(0.0)
_REAL = {np.real, np.imag, np.absolute, np.angle, abs, operator.abs}  # whatever they are given


class Applier:
    """Inlines rules into the block under construction."""

    def __init__(self, outer: Interpreter):
        self.builder: Builder = outer.builder
        self.functions = outer.functions  # rule sources already read
        self.guards = outer.guards

    def interpreter(self) -> Interpreter:
        return Interpreter(self.builder, self.functions, own=True, guards=self.guards)

    def call(self, fn: Any, *operands: Operand) -> Operand:
        """One primitive or rule function applied; its result as an operand."""
        rules = self.interpreter()
        return rules.operand(rules.call(Const(fn), [rules.value(x) for x in operands], {}, None))

    def values(
        self, rule: registry.RuleSpec, first: list[Operand], op: Op, inputs: list[Operand]
    ) -> tuple[Interpreter, list[Value]]:
        """What a rule returns for an operation, as a list; a single result is a list of one.

        `first` are the arguments before those of the primitive: the result, adjoints, tangents.
        """
        rules = self.interpreter()
        given, named = [rules.value(x) for x in first], {}
        for param, x in zip(op.primitive.params, inputs):
            value = rules.value(x)
            if param.kind is param.KEYWORD_ONLY:
                named[param.name] = value
            elif param.kind is param.VAR_POSITIONAL:
                given += value.items if isinstance(value, Pack) else [value]
            else:
                given.append(value)
        result = rules.inline(rule.function, given, named)
        single = len(rule.wrt) == 1 or len(op.primitive.params) == 1  # then a tuple is the one adjoint
        return rules, list(result.items) if isinstance(result, Pack) and not single else [result]

    # -- small algebra

    def times(self, a: Operand, b: Operand) -> Operand:
        """A product of an adjoint or tangent and a partial; factors of one disappear.

        `g * (c * x)` with numbers g and c is taken as `(g * c) * x`: one pass over the array less.
        """
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Const) and x.origin is None and type(x.value) in (int, float):
                if x.value == 1.0:
                    whole = type(x.value) is float and isinstance(y.type, ty.Number)
                    whole = whole and y.type.dtype == ty.INT.dtype  # type: ignore[union-attr]
                    return self.call(float, y) if whole else y  # n * x has the slope float(n)
                if x.value == -1.0:
                    return self.call(operator.neg, y)
        chosen = self.chosen(a)
        if chosen is not None:
            condition, first, second = chosen
            picked = [x if _is_zero(x) else self.times(x, b) for x in (first, second)]
            return self.call(np.where, condition, *picked)
        spread = self.builder.definition(a)
        if spread is not None and spread.primitive.fn is broadcast_like and ty.rank(b.type) is not None:
            if shapes.same_shape(b.type, a.type):
                a = spread.inputs[0]
            elif ty.rank(spread.inputs[0].type) == 0 and shapes.fits(b.type, a.type):
                return self.call(broadcast_like, self.times(spread.inputs[0], b), spread.inputs[1])
        inverse = self.builder.definition(a)
        if inverse is not None and inverse.primitive.fn is operator.truediv and _is_one(inverse.inputs[0]):
            if ty.rank(b.type) == 0 and ty.rank(a.type) == 0:
                return self.call(operator.truediv, b, inverse.inputs[1])
        made = self.builder.definition(b)
        if made is not None and made.primitive.fn is operator.truediv and _is_one(made.inputs[0]):
            return self.call(operator.truediv, a, made.inputs[1])
        if made is not None and made.primitive.fn is operator.neg:
            return self.call(operator.neg, self.times(a, made.inputs[0]))
        if made is not None and made.primitive.fn is operator.mul and ty.rank(a.type) == 0:
            left, right = made.inputs
            if _is_literal(a) and _is_literal(left) and math.frexp(abs(left.value))[0] == 0.5:
                return self.times(Const(a.value * left.value), right)  # a power of two: exact
            if ty.rank(left.type) == 0 and ty.rank(right.type) != 0:
                return self.call(operator.mul, self.times(a, left), right)
        return self.call(operator.mul, a, b)

    def chosen(self, a: Operand) -> tuple[Operand, Operand, Operand] | None:
        """An adjoint that is zero where a condition does not hold, `np.where(c, g, 0.0)`: it must stay
        zero there, whatever it is multiplied by (infinities and NaN of a branch not taken)."""
        made = self.builder.definition(a)
        if made is None or made.primitive.fn is not np.where or len(made.inputs) != 3:
            return None
        condition, first, second = made.inputs
        return (condition, first, second) if _is_zero(first) or _is_zero(second) else None

    def joined(self, a: Operand, b: Operand) -> Operand | None:
        """`where(c, x, 0) + where(c, 0, y)` is `where(c, x, y)`."""
        left, right = self.chosen(a), self.chosen(b)
        if left is None or right is None or left[0] is not right[0]:
            return None
        if _is_zero(left[2]) and _is_zero(right[1]):
            return self.call(np.where, left[0], left[1], right[2])
        if _is_zero(left[1]) and _is_zero(right[2]):
            return self.call(np.where, left[0], right[1], left[2])
        return None

    def plus(self, a: Operand, b: Operand, name: str | None = None) -> Operand:
        if isinstance(a, Const) and a.origin is None and a.value == 0.0:
            return b
        if isinstance(b, Const) and b.origin is None and b.value == 0.0:
            return a
        nested = isinstance(a.type, (ty.List, ty.Dict, ty.Tuple))
        total = self.call(add_nested if nested else operator.add, a, b)
        if nested:
            return total
        if (joined := self.joined(a, b)) is not None:
            return joined
        if isinstance(total, Var):
            made = self.builder.definition(total)
            if made is not None:
                made.attrs["accumulate"] = True
            total.name = name
        return total

    def fitted(self, g: Operand, x: Operand, y: Operand | None = None) -> Operand:
        """An adjoint brought to the shape and dtype of the variable it belongs to.

        `y`, where given, is the result whose shape `g` has (or is broadcast to).
        """
        if not isinstance(x.type, (ty.Number, ty.Array)) and x.type != ty.UNKNOWN:
            return g
        shaped = g.type if y is None else y.type
        different = shapes.needs_unbroadcast(x.type, shaped)
        if different is not False and not (isinstance(g, Const) and ty.rank(x.type) == 0):
            g = self.summed(g, x, shaped)
        have, want = ty.dtype_of(g.type), ty.dtype_of(x.type)
        if (
            isinstance(x.type, ty.Number)
            and want is not None
            and have is not None
            and (have.kind, want.kind) == ("f", "c")
        ):
            return self.call(complex, g)
        if want is not None and want.kind == "f" and self.may_be_complex(g):
            g = self.call(np.real, g)
            have = ty.dtype_of(g.type)
        if have is not None and want is not None and have != want and want.kind in "fc":
            weak = (
                isinstance(g.type, ty.Number)
                and g.type.weak
                or isinstance(x.type, ty.Number)
                and x.type.weak is not False
            )
            if not weak:
                g = (
                    self.call(np.ndarray.astype, g, Const(want))
                    if isinstance(g.type, ty.Array)
                    else self.call(want.type, g)
                )
        return g

    def may_be_complex(self, g: Operand) -> bool:
        if not isinstance(g.type, (ty.Number, ty.Array)):
            return g.type == ty.UNKNOWN
        return g.type.dtype is None or g.type.dtype.kind == "c"

    def summed(self, g: Operand, x: Operand, shaped: ty.Type) -> Operand:
        axes = shapes.broadcast_axes(x.type, shaped)
        if axes is None or ty.rank(g.type) != ty.rank(shaped):
            return self.call(unbroadcast, g, x)
        leading, kept = axes
        if ty.rank(x.type) == 0:
            return self.call(np.sum, g)
        rules = self.interpreter()
        value: Value = g
        if leading:
            only = Const(leading[0] if len(leading) == 1 else tuple(leading))
            value = rules.call(Const(np.sum), [value], {"axis": rules.constant(only)}, None)
        if kept:
            kept = [k - len(leading) for k in kept]
            only = Const(kept[0] if len(kept) == 1 else tuple(kept))
            value = rules.call(
                Const(np.sum), [value], {"axis": rules.constant(only), "keepdims": Const(True)}, None
            )
        return rules.operand(value)

    # -- rules

    def refuse(self, op: Op, what: str = "") -> Exception:
        return NoRuleError(
            what or f"{op.primitive.name} is called with a differentiated value, and has no derivative rule",
            "give it one with @transad.vjp or @transad.jvp, or wrap the argument in transad.stop_gradient",
            op.loc,
        )

    def vjp(
        self, op: Op, inputs: list[Operand], y: Operand, y_bar: Operand, active: set[Var]
    ) -> list[Operand | None]:
        """The adjoints of an operation's inputs; None for those that are not active."""
        rules = op.primitive.rules
        names = [p.name for p in op.primitive.params]
        wanted = [isinstance(x, Var) and x in active for x in op.inputs]
        found: dict[int, Operand] = {}
        if op.primitive.fn in _REAL and ty.dtype_of(y.type) is None and self.may_be_complex(y_bar):
            y_bar = self.call(np.real, y_bar)
        if "partials" in rules:
            interpreter, values = self.values(rules["partials"], [y], op, inputs)
            for k, value in enumerate(values):
                if k < len(wanted) and wanted[k] and value is not NOTHING and not _is_none(value):
                    partial = interpreter.operand(value)
                    found[k] = self.fitted(self.times(y_bar, partial), inputs[k], y)
        elif "linear" in rules:
            interpreter, values = self.values(rules["linear"], [y_bar], op, inputs)
            for name, value in zip(rules["linear"].wrt, values):
                k = names.index(name)
                if wanted[k] and not _is_none(value):
                    found[k] = self.fitted(interpreter.operand(value), inputs[k])
        elif "vjp" in rules:
            interpreter, values = self.values(rules["vjp"], [y_bar, y], op, inputs)
            for k, value in enumerate(values):
                if k < len(wanted) and wanted[k] and not _is_none(value):
                    found[k] = self.fitted(interpreter.operand(value), inputs[k])
        elif "jvp" in rules:
            found = self.transposed_jvp(op, inputs, y, y_bar, wanted)
        else:
            raise self.refuse(op)
        inert = rules["linear"].inert if "linear" in rules else ()
        for k, want in enumerate(wanted):
            if want and k not in found and not (k < len(names) and names[k] in inert):
                name = names[k] if k < len(names) else str(k)
                raise UnsupportedError(
                    f"{op.primitive.name} is not differentiable with respect to its argument {name}",
                    "wrap the argument in transad.stop_gradient if it is meant as a constant",
                    op.loc,
                )
        return [found.get(k) for k in range(len(op.inputs))]

    def jvp(self, op: Op, y: Operand, tangents: list[Operand | None]) -> Operand | None:
        """The tangent of an operation's result; None in `tangents` for inputs that do not vary."""
        rules, inputs = op.primitive.rules, op.inputs
        names = [p.name for p in op.primitive.params]
        if "partials" in rules:
            interpreter, values = self.values(rules["partials"], [y], op, inputs)
            total: Operand = ZERO
            for k, dot in enumerate(tangents):
                if dot is None:
                    continue
                if k >= len(values) or _is_none(values[k]):
                    raise self.refuse(
                        op, f"{op.primitive.name} is not differentiable with respect to argument {k}"
                    )
                total = self.plus(total, self.times(interpreter.operand(values[k]), dot))
            return self.spread(total, y)
        if "linear" in rules:
            return self.jvp_of_linear(op, rules["linear"], names, tangents)
        if "jvp" in rules:
            return self.jvp_by_rule(op, rules["jvp"], y, tangents)
        if "vjp" in rules:
            return self.transposed_vjp(op, rules["vjp"], y, tangents)
        raise self.refuse(op)

    def spread(self, dot: Operand, y: Operand) -> Operand:
        """A tangent that came out smaller than its variable, broadcast to it."""
        if isinstance(y.type, ty.Array) and not (
            isinstance(dot.type, ty.Array) and shapes.same_shape(dot.type, y.type)
        ):
            if ty.rank(y.type) != 0:
                return self.call(broadcast_like, dot, y)
        return dot

    def jvp_of_linear(
        self, op: Op, rule: registry.RuleSpec, names: list[str], tangents: list[Operand | None]
    ) -> Operand:
        for k, dot in enumerate(tangents):
            if dot is not None and names[k] not in (*rule.wrt, *rule.inert):
                raise self.refuse(op, f"{op.primitive.name} is not differentiable with respect to {names[k]}")
        fn = op.primitive
        chosen = [names.index(n) for n in rule.wrt if tangents[names.index(n)] is not None]
        if not rule.each:
            zeroed = list(op.inputs)
            for n in rule.wrt:
                k = names.index(n)
                dot = tangents[k]
                zeroed[k] = dot if dot is not None else self.zeros(op.inputs[k])
            return self.again(fn, zeroed)
        total: Operand = ZERO
        for k in chosen:
            replaced = list(op.inputs)
            replaced[k] = tangents[k]  # type: ignore[call-overload]
            total = self.plus(total, self.again(fn, replaced))
        return total

    def again(self, primitive: Any, operands: list[Operand]) -> Operand:
        rules = self.interpreter()
        return rules.operand(rules.apply(primitive, operands))

    def zeros(self, x: Operand) -> Operand:
        """The zero tangent or adjoint of a variable."""
        if isinstance(x.type, ty.Number):
            return Zero()
        zero = self.call(np.zeros_like if isinstance(x.type, ty.Array) else zeros_like, x)
        made = self.builder.definition(zero)
        if made is not None:
            made.attrs["zero"] = True
        return zero

    def jvp_by_rule(
        self, op: Op, rule: registry.RuleSpec, y: Operand, tangents: list[Operand | None]
    ) -> Operand:
        dots = []
        for k in range(rule.dots):
            dot = tangents[k]
            dots.append(self.zeros(op.inputs[k]) if dot is None else dot)
        if any(t is not None for t in tangents[rule.dots :]):
            raise self.refuse(
                op, f"the rule of {op.primitive.name} gives no derivative for one of its arguments"
            )
        interpreter, values = self.values(rule, [y, *dots], op, op.inputs)
        return interpreter.operand(values[0] if len(values) == 1 else Pack(tuple(values)))

    def transposed_jvp(
        self, op: Op, inputs: list[Operand], y: Operand, y_bar: Operand, wanted: list[bool]
    ) -> dict[int, Operand]:
        """Reverse mode from a forward rule: the rule is linear in the tangents; transpose it."""
        rule = op.primitive.rules["jvp"]
        dots = [Var(None, inputs[k].type) for k in range(rule.dots)]
        zeros = {d: self.zeros(inputs[k]) for k, d in enumerate(dots)}
        interpreter_result: list[Operand] = []

        def build() -> list[Operand]:
            interpreter, values = self.values(rule, [y, *dots], op, inputs)
            interpreter_result.append(interpreter.operand(values[0]))
            return interpreter_result

        found = self.transpose(build, dots, y_bar)
        self.substitute(zeros)
        return {
            k: self.fitted(g, inputs[k]) if g is not None else zeros[dots[k]]
            for k, g in enumerate(found)
            if wanted[k]
        }

    def transposed_vjp(
        self, op: Op, rule: registry.RuleSpec, y: Operand, tangents: list[Operand | None]
    ) -> Operand:
        """Forward mode from a reverse rule: <y_bar, J x_dot> is linear in y_bar; transpose that."""
        y_bar = Var(None, y.type)
        zero = self.zeros(y)

        def build() -> list[Operand]:
            interpreter, values = self.values(rule, [y_bar, y], op, op.inputs)
            return [
                self.fitted(interpreter.operand(values[k]), op.inputs[k])
                for k, dot in enumerate(tangents)
                if dot is not None
            ]

        dots = [t for t in tangents if t is not None]
        (found,) = self.transpose(build, [y_bar], *dots)
        self.substitute({y_bar: zero})
        return zero if found is None else found

    def transpose(self, build: Any, inputs: list[Var], *seeds: Operand) -> list[Operand | None]:
        """Differentiate what `build` appends with respect to `inputs`, in place."""
        from transad.transforms.reverse import backprop

        outer = self.builder.block
        with self.builder.into(Block(list(inputs))) as block:
            results = build()
        adjoints = backprop(self, block, inputs, results, list(seeds))
        outer.ops += block.ops
        self.spliced = block.ops
        return adjoints

    def substitute(self, mapping: dict[Var, Operand]) -> None:
        """The inputs of a linear map that was transposed: their values no longer matter."""
        replace(self.spliced, mapping)


def replace(ops: list[Op], mapping: dict[Var, Operand]) -> None:
    """Replace variables in operations, in place, the nested ones included."""

    def operand(x: Operand) -> Operand:
        return mapping.get(x, x) if isinstance(x, Var) else x

    for op in ops:
        op.inputs = [operand(x) for x in op.inputs]
        for block in op.blocks:
            replace(block.ops, mapping)
            block.results = [operand(x) for x in block.results]


def _is_literal(x: Operand) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value != 0


def _is_zero(x: Operand) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value == 0


def _is_one(x: Operand) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value == 1


def _is_none(value: Any) -> bool:
    return isinstance(value, Const) and value.value is None
