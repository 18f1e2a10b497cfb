"""The algebra of adjoints and tangents: products, sums and shapes, as an expert would write them.

What a rule gives is put together here: factors of one disappear, numbers are multiplied before arrays,
signs and divisions by numbers move out of sums, equal factors of two terms are taken out, and a number
that stands for a whole array stays a number as long as it can.
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from transad.analysis import shapes
from transad.frontend.interpreter import Interpreter
from transad.frontend.values import Value
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.builder import Builder
from transad.ir.core import Const, Op, Operand, Var, is_literal, is_power_of_two
from transad.runtime import add_nested, broadcast_like, unbroadcast

ZERO = Const(0.0)
_POLES = {np.log, np.log2, np.log10, np.log1p, np.sqrt, np.reciprocal, np.arctanh, math.log, math.sqrt}


class Algebra:
    """Operations on adjoints and tangents, appended to the block under construction."""

    def __init__(self, outer: Interpreter):
        self.builder: Builder = outer.builder
        self.functions = outer.functions  # rule sources already read
        self.guards = outer.guards
        self.asked: set[Var] | None = None  # in reverse mode: the variables whose adjoints are wanted
        self.since = 0  # how many operations the block had before the rule that is being applied

    def interpreter(self) -> Interpreter:
        made = Interpreter(self.builder, self.functions, own=True, guards=self.guards)
        made.deriving = True
        return made

    def call(self, fn: Any, *operands: Operand) -> Operand:
        """One primitive or rule function applied; its result as an operand."""
        rules = self.interpreter()
        return rules.operand(rules.call(Const(fn), [rules.value(x) for x in operands], {}, None))

    def times(self, a: Operand, b: Operand) -> Operand:
        """A product of an adjoint or tangent and a partial; factors of one disappear.

        `g * (c * x)` with numbers g and c is taken as `(g * c) * x`: one pass over the array less.
        """
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Const) and x.origin is None and type(x.value) in (int, float):
                dtype = ty.dtype_of(y.type)
                if dtype is not None and dtype.kind not in "fc" and type(x.value) is float:
                    # n * x has the slope float(n)
                    if x.value == 1.0 and isinstance(y.type, ty.Number) and dtype.kind == "i":
                        return self.call(float, y)
                elif x.value == 1.0:
                    return y
                elif x.value == -1.0:
                    return self.negated(y)
        kept = self.kept_zero(a, b)
        return self.product(a, b) if kept is None else kept

    def kept_zero(self, a: Operand, b: Operand) -> Operand | None:
        """The product with an adjoint that is zero where something was not taken: it must stay zero there,
        whatever it is multiplied by (infinities and NaN of a branch not taken)."""
        taken = self.taken_at_all(a)
        if taken is not None and self.may_be_infinite(b):
            product = self.product(a, b)
            if ty.rank(product.type) == 0:
                return self.call(_if_taken, taken, product)
            return self.call(np.where, taken, product, ZERO)
        chosen = self.chosen(a)
        if chosen is not None:
            condition, first, second = chosen
            picked = [x if _is_zero(x) else self.times(x, b) for x in (first, second)]
            return self.call(np.where, condition, *picked)
        return self.cleared(a, b)

    def product(self, a: Operand, b: Operand) -> Operand:
        small = self.narrow(a)
        if small is not a and ty.rank(b.type) is not None:
            if shapes.same_shape(b.type, a.type):
                a = small
            elif ty.rank(small.type) == 0 and shapes.fits(b.type, a.type):
                return self.spread(self.times(small, b), a)
        inverse, made = self.builder.definition(a), self.builder.definition(b)
        if inverse is not None and inverse.primitive.fn is operator.neg:
            return self.negated(self.times(inverse.inputs[0], b))
        if made is not None and made.primitive.fn is operator.neg:
            return self.negated(self.times(a, made.inputs[0]))
        if made is not None and made.primitive.fn is operator.mul and ty.rank(a.type) == 0:
            left, right = made.inputs
            if is_literal(a) and is_power_of_two(left):
                return self.times(Const(a.value * left.value), right)  # exact
            if ty.rank(left.type) == 0 and ty.rank(right.type) != 0:
                return self.times(self.times(a, left), right)
        if inverse is not None and inverse.primitive.fn is operator.truediv and ty.rank(a.type) == 0:
            over, under = inverse.inputs
            if _is_one(over):
                return self.call(operator.truediv, b, under)
            if is_literal(over) and is_power_of_two(b):
                return self.call(operator.truediv, Const(over.value * b.value), under)  # exact
        if made is not None and made.primitive.fn is operator.truediv:
            over, under = made.inputs
            if _is_one(over) and self.is_fresh(made):
                return self.call(operator.truediv, a, under)
            if self.is_fresh(made) and ty.rank(over.type) != 0 and is_smaller(under, made.outs[0]):
                return self.call(operator.truediv, self.times(a, over), under)  # see `summed`
        return self.call(operator.mul, a, b)

    def negated(self, x: Operand) -> Operand:
        made = self.builder.definition(x)
        if made is not None and made.primitive.fn is operator.neg:
            return made.inputs[0]
        return self.call(operator.neg, x)

    def is_fresh(self, made: Op) -> bool:
        """Was an operation made by the rule that is being applied? Then nothing else needs it."""
        return made in self.builder.block.ops[self.since :]

    def narrow(self, g: Operand) -> Operand:
        """What an adjoint is a broadcast of, if it is one; rules of elementwise primitives take that."""
        made = self.builder.definition(g)
        if made is None or made.primitive.fn is not broadcast_like or ty.rank(g.type) is None:
            return g
        return made.inputs[0]

    def chosen(self, a: Operand) -> tuple[Operand, Operand, Operand] | None:
        """An adjoint that is zero where a condition does not hold, `np.where(c, g, 0.0)`."""
        made = self.builder.definition(a)
        if made is None or made.primitive.fn is not np.where or len(made.inputs) != 3:
            return None
        condition, first, second = made.inputs
        return (condition, first, second) if _is_zero(first) or _is_zero(second) else None

    def taken_at_all(self, a: Operand) -> Operand | None:
        """Of an adjoint that is a sum of such adjoints over axes that were broadcast: for which of its
        entries does the condition hold anywhere?"""
        made = self.builder.definition(a)
        if made is None or made.primitive.fn is not np.sum or self.chosen(made.inputs[0]) is None:
            return None
        condition, first, second = self.chosen(made.inputs[0])  # type: ignore[misc]
        if shapes.same_shape(condition.type, a.type):  # it was broadcast itself
            return condition if _is_zero(second) else self.call(operator.invert, condition)
        if not shapes.same_shape(condition.type, made.inputs[0].type):
            return None
        rules = self.interpreter()
        how = {
            q.name: rules.value(x)
            for q, x in zip(made.primitive.params, made.inputs)
            if q.name == "axis" or q.name == "keepdims" and not (isinstance(x, Const) and x.value is False)
        }
        holds = np.any if _is_zero(second) else np.all
        found = rules.operand(rules.call(Const(holds), [rules.value(condition)], how, None))
        return found if holds is np.any else self.call(operator.invert, found)

    def may_be_infinite(self, x: Operand, depth: int = 6) -> bool:
        """Is there a division, a logarithm or the like in what makes a partial? Arguments are taken to be
        finite, and what overflows is left out."""
        made = self.builder.definition(x)
        if made is None or depth == 0:
            return False
        divisor = {operator.truediv: 1, operator.pow: 1}.get(made.primitive.fn)
        if made.primitive.fn in _POLES:
            return True
        if divisor is not None:
            given = made.inputs[divisor]
            harmless = is_literal(given) and (given.value > 0 or made.primitive.fn is operator.truediv)
            if not harmless:
                return True
        return any(self.may_be_infinite(y, depth - 1) for y in made.inputs)

    def cleared(self, a: Operand, b: Operand) -> Operand | None:
        """The product, where a part was written to, or a mask read, so that the adjoint is zero inside of the
        one or outside of the other: the product is taken first."""
        made = self.builder.definition(a)
        if made is None or made.primitive not in (p.UPDATE, p.ADD_AT) or not _is_item(made):
            return None
        if not shapes.same_shape(b.type, a.type) and ty.rank(b.type) != 0:
            return None
        base, value, index = made.inputs
        if made.primitive is p.UPDATE and _is_zero(value):
            product = self.times(base, b)
            if ty.rank(product.type) == 0:
                return None
        else:
            buffer = self.builder.definition(base)
            if made.primitive is not p.ADD_AT or buffer is None or buffer.primitive.fn is not np.zeros_like:
                return None
            if not _is_mask(index, made.outs[0]):
                return None
            part = b if ty.rank(b.type) == 0 else self.call(operator.getitem, b, index)
            if isinstance(part, Var) and part is not b and isinstance(value.type, ty.Array):
                part.type = ty.Array(ty.dtype_of(part.type), value.type.shape)
            product, value = self.call(np.zeros_like, a), self.times(value, part)
        attrs = dict(made.attrs)
        return self.builder.emit(made.primitive, [product, value, index], product.type, None, attrs)

    def factored(self, a: Operand, b: Operand, name: str | None) -> Operand | None:
        """`f * a + f * b` is `f * (a + b)`, and `a / f + b / f` is `(a + b) / f`: one pass less."""
        quotients = [self.quotient(y, name, y is not x) for x in (a, b) for y in (self.narrow(x),)]
        if all(quotients) and quotients[0][2] is quotients[1][2]:  # type: ignore[index]
            over = [x if sign > 0 else self.negated(x) for sign, x, _ in quotients]  # type: ignore[misc]
            total = self.call(operator.truediv, self.plus(*over), quotients[0][2])  # type: ignore[index]
            if shapes.same_shape(total.type, a.type):
                return total
        terms = [self.factors(x, name) for x in (a, b)]
        (_, left), (_, right) = terms
        common = []
        for x in list(left):
            if x in right:
                left.remove(x)
                right.remove(x)
                common.append(x)
        rests = []
        for sign, factors in terms:
            if not factors or not common:
                return None
            rest = functools.reduce(self.times, factors)
            rests.append(rest if sign > 0 else self.negated(rest))
        return self.times(functools.reduce(self.times, common), self.plus(*rests))

    def factors(self, x: Operand, name: str | None) -> tuple[int, list[Operand]]:
        """The sign and factors of an adjoint, as far as nobody else is likely to need the product."""
        made = self.builder.definition(x) if isinstance(x, Var) and x.name in (None, name) else None
        if made is not None and made.note is not None and self.builder.reads.get(x, 0) > 1:
            return 1, [x]
        if made is not None and made.primitive.fn is operator.neg:
            sign, found = self.factors(made.inputs[0], name)
            return -sign, found
        if made is None or made.primitive.fn is not operator.mul:
            return 1, [x]
        (one, left), (other, right) = (self.factors(y, None) for y in made.inputs)
        return one * other, left + right

    def quotient(self, x: Operand, name: str | None, spread: bool) -> tuple[int, Operand, Operand] | None:
        """An adjoint that is a quotient, as its sign and its two sides. One that is spread out is complete:
        nobody else needs it."""
        own = isinstance(x, Var) and (spread or x.name in (None, name))
        made = self.builder.definition(x) if own else None
        if made is not None and made.primitive.fn is operator.neg:
            inner = self.quotient(made.inputs[0], name, spread)
            return inner and (-inner[0], *inner[1:])  # type: ignore[return-value]
        if made is None or made.primitive.fn is not operator.truediv or not isinstance(made.inputs[1], Var):
            return None
        return 1, made.inputs[0], made.inputs[1]

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
        if _is_zero(a):
            return b
        if _is_zero(b):
            return a
        nested = isinstance(a.type, (ty.List, ty.Dict, ty.Tuple))
        if nested:
            return self.call(add_nested, a, b)
        small, other = self.narrow(a), self.narrow(b)
        if small is not a and other is not b:
            return self.spread(self.plus(small, other, name), a)
        if (total := self.factored(a, b, name)) is not None:
            return self.titled(total, name)
        if (joined := self.joined(a, b)) is not None:
            return joined
        total = self.call(operator.add, a, b)
        made = self.builder.definition(total)
        if made is not None:
            made.attrs["accumulate"] = True
        return self.titled(total, name)

    def titled(self, x: Operand, name: str | None) -> Operand:
        if isinstance(x, Var):
            x.name = name
        return x

    def fitted(self, g: Operand, x: Operand, y: Operand | None = None) -> Operand:
        """An adjoint brought to the shape and dtype of the variable it belongs to.

        `y`, where given, is the result whose shape `g` has.
        """
        if not isinstance(x.type, (ty.Number, ty.Array)) and x.type != ty.UNKNOWN:
            return g
        if ty.rank(x.type) == 0:
            g = self.as_number(g)
        shaped = g.type if y is None else y.type
        different = shapes.needs_unbroadcast(x.type, shaped)
        if different is not False and not (isinstance(g, Const) and ty.rank(g.type) == ty.rank(x.type) == 0):
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

    def widened(self, g: Operand, x: Operand) -> Operand:
        """The tangent of `x` with the dtype of `x`, where its own holds less: what is written to it later may
        be complex, or need more digits."""
        have, want = ty.dtype_of(g.type), ty.dtype_of(x.type)
        if have is None or want is None or have == want or have.kind not in "fc" or want.kind not in "fc":
            return g
        if not np.can_cast(have, want):
            return g
        if isinstance(g.type, ty.Array):
            return self.call(np.ndarray.astype, g, Const(want))
        return self.call(complex, g) if want.kind == "c" and isinstance(x.type, ty.Number) else g

    def as_number(self, g: Operand) -> Operand:
        """A derivative of a number, or of an array without axes: a number (see `types.of_derivative`)."""
        if isinstance(g.type, ty.Array) and g.type.loose:
            return self.call(operator.pos, g)
        if isinstance(g.type, ty.Array) and g.type.shape == ():
            return self.call(operator.getitem, g, Const(()))
        return g

    def as_buffer(self, g: Operand, x: Operand) -> Operand:
        """The derivative of `x` as what can be indexed like it."""
        point = isinstance(x.type, ty.Array) and x.type.shape == () and isinstance(g.type, ty.Number)
        return self.call(np.array, g) if point else g

    def may_be_complex(self, g: Operand) -> bool:
        if not isinstance(g.type, (ty.Number, ty.Array)):
            return g.type == ty.UNKNOWN
        return g.type.dtype is None or g.type.dtype.kind == "c"

    def repeated(self, g: Operand, x: Operand, y: Operand) -> Operand:
        """The adjoint of `x` from that of a result `y` which is `g` throughout: what would be a sum of
        equal terms is a product by their count."""
        if shapes.needs_unbroadcast(x.type, y.type) is False:
            return self.spread(g, x)
        axes = shapes.broadcast_axes(x.type, y.type)
        if axes is None or ty.rank(g.type) != 0:
            return self.summed(self.spread(g, y), x, y.type)
        if ty.rank(x.type) == 0:
            return self.counted(g, y)
        for k in (*axes[0], *axes[1]):
            length = self.call(operator.getitem, self.call(np.shape, y), Const(k))
            g = self.call(operator.mul, g, length)
        return self.spread(g, x)

    def counted(self, g: Operand, y: Operand) -> Operand:
        """`g` times the size of `y`; a mean was divided by it just before."""
        made = self.builder.definition(g)
        if made is not None and made.primitive.fn is operator.truediv:
            size = self.builder.definition(made.inputs[1])
            if size is not None and size.primitive.fn is np.size:
                if shapes.same_shape(size.inputs[0].type, y.type):
                    return made.inputs[0]
        return self.call(operator.mul, g, self.call(np.size, y))

    def summed(self, g: Operand, x: Operand, shaped: ty.Type) -> Operand:
        """`g` summed over the axes along which `x` was broadcast. A factor that does not vary along
        them is taken out of the sum."""
        axes = shapes.broadcast_axes(x.type, shaped)
        if axes is None or ty.rank(g.type) != ty.rank(shaped):
            return self.call(unbroadcast, g, x)
        made = self.builder.definition(g)
        if made is not None and made.primitive.fn is operator.neg:
            return self.negated(self.summed(made.inputs[0], x, shaped))
        fresh = made is not None and self.is_fresh(made)
        if fresh and made.primitive.fn in (operator.mul, operator.truediv):
            left, right = made.inputs
            pairs = [(left, right), (right, left)] if made.primitive.fn is operator.mul else [(left, right)]
            for whole, factor in pairs:
                constant = ty.rank(factor.type) == 0 or shapes.same_shape(factor.type, x.type)
                if constant and shapes.same_shape(whole.type, shaped):
                    return self.call(made.primitive.fn, self.summed(whole, x, shaped), factor)
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

    def spread(self, dot: Operand, y: Operand) -> Operand:
        """A tangent that came out smaller than its variable, broadcast to it."""
        if isinstance(y.type, ty.Array) and not (
            isinstance(dot.type, ty.Array) and shapes.same_shape(dot.type, y.type)
        ):
            if ty.rank(y.type) != 0:
                return self.call(broadcast_like, dot, y)
        return self.as_number(dot) if ty.rank(y.type) == 0 else dot


def is_smaller(x: Operand, y: Operand) -> bool:
    """Is an operand surely not of the shape of a result that it is broadcast to?"""
    ranks = ty.rank(x.type), ty.rank(y.type)
    return None not in ranks and not shapes.same_shape(x.type, y.type)


def _if_taken(taken: Any, product: Any) -> Any:
    return product if taken else 0.0


def _is_item(op: Op) -> bool:
    """Is what is written to told by a single index?"""
    return len(op.attrs["path"]) == 1 and op.attrs["path"][0].name == "getitem"


def _is_mask(index: Operand, whole: Operand) -> bool:
    """Is it a mask of the shape of an array?"""
    t = index.type
    masks = isinstance(t, ty.Array) and t.dtype is not None and t.dtype.kind == "b"
    return masks and ty.rank(t) == ty.rank(whole.type)


def _is_zero(x: Operand) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value == 0


def _is_one(x: Operand) -> bool:
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value == 1
