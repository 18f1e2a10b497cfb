"""Applying derivative rules: from an operation and the adjoint of its result (or tangents of its
arguments) to the operations that the rule stands for.

What no rule has to care about happens here: un-broadcasting, dtypes, and getting forward mode from a
reverse rule and the other way round. Complex values follow JAX and Autograd: the adjoint of z = u + iv
is df/du - i df/dv, so that nothing is conjugated and a real argument takes the real part.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.errors import NoRuleError, UnsupportedError
from transad.frontend.interpreter import Interpreter
from transad.frontend.values import NOTHING, Pack, Value
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, Zero
from transad.rules import registry
from transad.runtime import zeros_like
from transad.transforms.algebra import ZERO, Algebra, is_smaller

_REAL = {np.real, np.imag, np.absolute, np.angle, abs, operator.abs}  # whatever they are given


class Applier(Algebra):
    """Inlines rules into the block under construction."""

    def values(
        self, rule: registry.RuleSpec, first: list[Operand], op: Op, inputs: list[Operand]
    ) -> tuple[Interpreter, list[Value]]:
        """What a rule returns for an operation, as a list; a single result is a list of one.

        `first` are the arguments before those of the primitive: the result, adjoints, tangents.
        """
        rules = self.interpreter()
        rules.asked = self.asked
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

    # -- rules

    def refuse(self, op: Op, what: str = "") -> Exception:
        known = registry.why_refused(op.primitive.fn)
        if known is not None:
            reason, cure = known
            return NoRuleError(
                f"no derivative passes through {op.primitive.name}: {reason}",
                f"{cure}, or wrap the argument in transad.stop_gradient",
                op.loc,
            )
        return NoRuleError(
            what or f"{op.primitive.name} is called with a differentiated value, and has no derivative rule",
            "give it one with @transad.vjp or @transad.jvp, or wrap the argument in transad.stop_gradient",
            op.loc,
        )

    def refuse_objects(self, op: Op, y: Operand) -> None:
        if isinstance(y.type, ty.Array) and y.type.dtype == np.dtype(object):
            raise UnsupportedError(
                f"{op.primitive.name} gives an array of objects, through which no derivative is passed",
                "compute with arrays of numbers, or wrap the argument in transad.stop_gradient",
                op.loc,
            )

    def vjp(
        self, op: Op, inputs: list[Operand], y: Operand, y_bar: Operand, active: set[Var]
    ) -> list[Operand | None]:
        """The adjoints of an operation's inputs; None for those that are not active."""
        self.refuse_objects(op, y)
        rules = op.primitive.rules
        names = [p.name for p in op.primitive.params]
        wanted = [isinstance(x, Var) and x in active for x in op.inputs]
        self.since, self.asked = len(self.builder.block.ops), active
        found: dict[int, Operand] = {}
        if op.primitive.fn in _REAL and ty.dtype_of(y.type) is None and self.may_be_complex(y_bar):
            y_bar = self.call(np.real, y_bar)
        elementwise = isinstance(op.primitive.fn, np.ufunc) and op.primitive.fn.signature is None
        g = self.narrow(y_bar) if "partials" in rules or elementwise else y_bar

        def fitted(term: Operand, x: Operand) -> Operand:
            if g is not y_bar and is_smaller(term, y):
                return self.fitted(self.repeated(term, x, y), x)
            return self.fitted(term, x, y)

        if "partials" in rules:
            interpreter, values = self.values(rules["partials"], [y], op, inputs)
            for k, value in enumerate(values):
                if k < len(wanted) and wanted[k] and value is not NOTHING and not _is_none(value):
                    found[k] = fitted(self.times(g, interpreter.operand(value)), inputs[k])
        elif "vjp" in rules and elementwise:
            interpreter, values = self.values(rules["vjp"], [g, y], op, inputs)
            for k, value in enumerate(values):
                if k < len(wanted) and wanted[k] and not _is_none(value):
                    found[k] = fitted(interpreter.operand(value), inputs[k])
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
        inert = registry.inert(op.primitive)
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
        self.refuse_objects(op, y)
        self.asked = None
        rules, inputs = op.primitive.rules, op.inputs
        names = [p.name for p in op.primitive.params]
        inert = registry.inert(op.primitive)
        if inert:
            tangents = [None if name in inert else dot for name, dot in zip(names, tangents)]
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
        if ty.rank(x.type) == 0:
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
        for k in rule.dots:
            dot = tangents[k]
            dots.append(self.zeros(op.inputs[k]) if dot is None else dot)
        if any(t is not None and k not in rule.dots for k, t in enumerate(tangents)):
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
        dots = [Var(None, ty.of_derivative(inputs[k].type)) for k in rule.dots]
        zeros = {d: self.zeros(inputs[k]) for k, d in zip(rule.dots, dots)}
        interpreter_result: list[Operand] = []

        def build() -> list[Operand]:
            interpreter, values = self.values(rule, [y, *dots], op, inputs)
            interpreter_result.append(interpreter.operand(values[0]))
            return interpreter_result

        found = self.transpose(build, dots, y_bar)
        self.substitute(zeros)
        return {
            k: self.fitted(g, inputs[k]) if g is not None else zeros[dot]
            for k, dot, g in zip(rule.dots, dots, found)
            if wanted[k]
        }

    def transposed_vjp(
        self, op: Op, rule: registry.RuleSpec, y: Operand, tangents: list[Operand | None]
    ) -> Operand:
        """Forward mode from a reverse rule: <y_bar, J x_dot> is linear in y_bar; transpose that."""
        y_bar = Var(None, ty.of_derivative(y.type))
        zero = self.zeros(y)

        def build() -> list[Operand]:
            interpreter, values = self.values(rule, [y_bar, y], op, op.inputs)
            moving = [k for k, dot in enumerate(tangents) if dot is not None]
            if any(k >= len(values) or _is_none(values[k]) for k in moving):
                raise self.refuse(
                    op, f"the rule of {op.primitive.name} gives no derivative for one of its arguments"
                )
            return [self.fitted(interpreter.operand(values[k]), op.inputs[k]) for k in moving]

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


def _is_none(value: Any) -> bool:
    return isinstance(value, Const) and value.value is None
