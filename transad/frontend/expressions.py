"""Expressions: from syntax to values.

Whatever is known is computed here and leaves no operation; for the rest one operation is appended
for each step of Python's own evaluation, in Python's order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from transad.analysis import layouts, shapes
from transad.analysis.assigned import may_be_unbound
from transad.errors import NoRuleError
from transad.frontend.control import FALLS
from transad.frontend.memory import static
from transad.frontend.resolve import resolve_global
from transad.frontend.texts import Texts
from transad.frontend.values import (
    UNBOUND,
    Box,
    Choice,
    Closure,
    Conflict,
    Fields,
    Items,
    NeedsItems,
    Pack,
    Run,
    Sequence,
    Sometimes,
    Value,
    is_own_key,
)
from transad.ir import types as ty
from transad.ir.builder import fold, is_static
from transad.ir.core import UNDEFINED_VALUE, Const, Op, Operand, Primitive, Var
from transad.ir.primitives import BOUND
from transad.rules import registry

BINARY = {
    gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul, gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv, gast.Mod: operator.mod, gast.Pow: operator.pow,
    gast.MatMult: operator.matmul, gast.BitAnd: operator.and_, gast.BitOr: operator.or_,
    gast.BitXor: operator.xor, gast.LShift: operator.lshift, gast.RShift: operator.rshift,
}  # fmt: skip
UNARY = {
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.Not: operator.not_,
}
COMPARE = {
    gast.Lt: operator.lt, gast.LtE: operator.le, gast.Gt: operator.gt, gast.GtE: operator.ge,
    gast.Eq: operator.eq, gast.NotEq: operator.ne,
}  # fmt: skip

SYMBOLS = {
    operator.add: "add", operator.sub: "sub", operator.mul: "mul", operator.truediv: "truediv",
    operator.floordiv: "floordiv", operator.mod: "mod", operator.pow: "pow", operator.matmul: "matmul",
    operator.and_: "and", operator.or_: "or", operator.xor: "xor", operator.lshift: "lshift",
    operator.rshift: "rshift", operator.neg: "neg", operator.pos: "pos", operator.invert: "invert",
    operator.lt: "lt", operator.le: "le", operator.gt: "gt", operator.ge: "ge",
    operator.eq: "eq", operator.ne: "ne",
}  # fmt: skip
_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}



class Expressions(Texts):
    """The part of the interpreter for expressions."""

    naming = True

    def expression(self, node: Any) -> Value:
        method = getattr(self, "expr_" + type(node).__name__, None)
        if method is None:
            raise self.unsupported(
                f"{type(node).__name__} expressions are not supported", "write it another way", node
            )
        return self.replayable(node, method, node)

    def replayable(self, node: Any, compute: Callable[..., Value], *args: Any) -> Value:
        """The value of a part of a statement that may be interpreted again after it."""
        if node in self.replayed:
            return self.replayed[node]
        outer = self.steps
        self.count_steps(node)
        try:
            return compute(*args)
        finally:
            self.steps = outer

    def unless_singular(
        self, primitive: Primitive, operands: list[Operand], compute: Callable[[], Value], node: Any
    ) -> Value:
        raise NotImplementedError

    def foreseen(self, fn: Any, args: list[Value], compute: Callable[[], Value], node: Any) -> Value:
        raise NotImplementedError

    def expr_Constant(self, node: Any) -> Value:
        return self.constant(Const(node.value))

    def expr_Name(self, node: Any) -> Value:
        return self.load(node.id, node)

    def load(self, name: str, node: Any = None) -> Value:
        """What a name is bound to, looked up as Python would."""
        frame = self.frame_of(name)
        if frame is not None:
            value = self.state.frames[frame].get(name, UNBOUND)
            if isinstance(value, Const) and value.value is UNDEFINED_VALUE:
                raise self.unsupported(
                    f"{name} has no value here", "assign it on every path that leads here", node
                )
            if not self.own and isinstance(value, Var) and may_be_unbound(value, self.builder.definition):
                self.test_bound(value)
            return value
        return self.global_value(resolve_global(self.frame, name, self.location(node), self.guards))

    def test_bound(self, v: Var) -> None:
        """Reading a name that not every path binds may raise, even if what is read is not needed."""
        last = self.builder.block.ops[-1] if self.builder.block.ops else None
        if last is None or last.primitive is not BOUND or last.inputs[0] is not v:
            self.builder.append(Op([], BOUND, [v]))

    def frame_of(self, name: str) -> Any:
        frame = self.frame
        while frame is not None:
            if name in frame.local_names or name == "%item":
                return frame
            frame = frame.parent
        return None

    def global_value(self, const: Const) -> Value:
        """A global: lists, dicts and tuples are seen through; their contents are guarded."""
        if type(const.value) in (list, dict, tuple) and const.origin is not None:
            self.guards.contents(const)
            return self.unfold(const.value)
        return const

    def unfold(self, value: Any) -> Value:
        if type(value) is tuple:
            return Pack(tuple(map(self.unfold, value)))
        if type(value) in (list, dict):
            known = self.outside.get(id(value))
            if known is None:
                known = self.outside[id(value)] = Box(type(value).__name__, type(value), None, value)
                if type(value) is list:
                    known.given = Items(tuple(map(self.unfold, value)))
                else:
                    known.given = Fields({k: self.unfold(v) for k, v in value.items()})
            return known
        return self.constant(Const(value))

    def expr_Tuple(self, node: Any) -> Value:
        return Pack(tuple(self.several(node.elts)))

    def expr_List(self, node: Any) -> Value:
        return self.new_list(list(map(self.once, self.several(node.elts))))

    def several(self, nodes: list[Any]) -> list[Value]:
        """The values of a list of expressions, `*starred` ones spread."""
        values: list[Value] = []
        for n in nodes:
            if isinstance(n, gast.Starred):
                values += self.known_items(self.expression(n.value), n)
            else:
                values.append(self.expression(n))
        return values

    def expr_Set(self, node: Any) -> Value:
        return self.known_set(self.several(node.elts), node)

    def expr_Dict(self, node: Any) -> Value:
        entries: dict[Any, Value] = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                inner = self.expression(value)
                contents = self.state.heap.get(inner) if isinstance(inner, Box) else None
                if not isinstance(contents, Fields):
                    raise self.unsupported("** needs a dict whose keys are known", "write the keys out", node)
                entries.update(self.entries(inner, node))
            else:
                known = self.key_of(self.expression(key), key, "the keys of a dict")
                entries[known] = self.once(self.expression(value))
        return self.new_dict(entries)

    def known(self, value: Value, node: Any, what: str) -> Any:
        """The Python object of a value that has to be known now."""
        operand = self.operand(value, node)
        if not isinstance(operand, Const):
            raise NeedsItems(
                f"{what} must be known before the program runs", "use a constant", self.location(node)
            )
        return operand.value

    def key_of(self, value: Value, node: Any, what: str) -> Any:
        """What a dict or set knows an item by: an object that equals nothing but itself is its own key."""
        return value if is_own_key(value) else self.known(value, node, what)

    def of_key(self, key: Any) -> Value:
        return key if isinstance(key, Box) else self.constant(Const(key))

    def expr_Lambda(self, node: Any) -> Value:
        return self.closure(node)

    def closure(self, node: Any) -> Closure:
        defaults = tuple(self.expression(d) for d in node.args.defaults)
        pairs = zip(node.args.kwonlyargs, node.args.kw_defaults)
        keyword = {a.id: self.expression(d) for a, d in pairs if d is not None}
        self.frame.captured = True
        around = self.frame.parent if self.frame.of_class else self.frame
        return Closure(node, self.source, around, defaults, keyword)

    def kept(self, node: Any) -> Value:
        """The value of an expression that gets a name: a generator is not asked for anything yet."""
        return self.generator_of(node) if isinstance(node, gast.GeneratorExp) else self.expression(node)

    def expr_NamedExpr(self, node: Any) -> Value:
        value = self.once(self.kept(node.value))
        self.assign(node.target, value, node)
        return value

    def expr_IfExp(self, node: Any) -> Value:
        test = self.condition(node.test)
        if isinstance(test, Const):
            return self.expression(node.body if test.value else node.orelse)
        then, orelse = (
            (lambda: (FALLS, self.expression(node.body))),
            (lambda: (FALLS, self.expression(node.orelse))),
        )
        return self.either(test, then, orelse, node)

    def expr_BoolOp(self, node: Any) -> Value:
        return self.boolean(node.values, isinstance(node.op, gast.Or))

    def boolean(self, nodes: list[Any], stop_at: bool) -> Value:
        """`a and b`, `a or b` with Python's values: the first that decides, else the last."""
        first = self.expression(nodes[0])
        if len(nodes) == 1:
            return first
        test = self.truth(first, nodes[0])
        rest = lambda: self.boolean(nodes[1:], stop_at)  # noqa: E731
        if isinstance(test, Const):
            return first if bool(test.value) is stop_at else rest()
        keep, go_on = (lambda: (FALLS, first)), (lambda: (FALLS, rest()))
        return self.either(test, *((keep, go_on) if stop_at else (go_on, keep)), nodes[0])

    def condition(self, node: Any) -> Operand:
        """An expression that decides a branch: of `a and b` nothing matters but whether it holds."""
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            return self.negation(self.condition(node.operand), node)
        if not isinstance(node, gast.BoolOp):
            return self.truth(self.expression(node), node)
        stop_at = isinstance(node.op, gast.Or)
        decide = lambda: self.decision(node.values, stop_at)  # noqa: E731
        return self.operand(self.replayable(node, decide))

    def decision(self, nodes: list[Any], stop_at: bool) -> Operand:
        test = self.condition(nodes[0])
        if len(nodes) == 1:
            return self.yes_or_no(test, nodes[0])
        if isinstance(test, Const):
            return Const(stop_at) if bool(test.value) is stop_at else self.decision(nodes[1:], stop_at)
        keep, go_on = (lambda: (FALLS, Const(stop_at))), (lambda: (FALLS, self.decision(nodes[1:], stop_at)))
        return self.operand(self.either(test, *((keep, go_on) if stop_at else (go_on, keep)), nodes[0]))

    def truth(self, value: Value, node: Any) -> Operand:
        """A value as the condition of a branch; a constant when it is known."""
        if isinstance(value, Choice):
            truth = lambda v: self.yes_or_no(self.truth(v, node), node)  # noqa: E731
            return self.operand(self.on_each(value, truth, node))
        if self.may_be_object(value):
            for name in ("__bool__", "__len__"):
                method = self.special(value, name)
                if method is not None:
                    return self.truth(self.call(method, [], {}, node), node)
            if isinstance(value, Box):
                return Const(True)
        if isinstance(value, Pack):
            return Const(bool(value.items))
        if isinstance(value, Box):
            contents = self.state.heap[value]
            if not isinstance(contents, Run):
                return Const(bool(self.entries(value, node) if value.kind == "dict" else contents.values))
        if isinstance(value, Const):
            return value if is_static(value) else Const(bool(value.value)) if static(value) else value
        if isinstance(value, Conflict):
            raise value.error(self.location(node))
        if not isinstance(value, (Var, Box)):
            return Const(True)
        return self.operand(value, node)

    def yes_or_no(self, x: Operand, node: Any) -> Operand:
        """A condition as what it may be joined with another one as: a list is true if it has items."""
        if not isinstance(x.type, ty.List):
            return x
        length = self.operand(self.apply(registry.entry(len), [x], node))
        return self.operand(self.apply(registry.entry(operator.gt), [length, Const(0)], node))

    def negation(self, x: Operand, node: Any) -> Operand:
        if isinstance(x, Const):
            return Const(not x.value)
        return self.apply(registry.entry(operator.not_), [x], node)

    # -- operators

    def expr_BinOp(self, node: Any) -> Value:
        left, right = self.expression(node.left), self.expression(node.right)
        return self.binary(BINARY[type(node.op)], left, right, node)

    def binary(self, fn: Any, left: Value, right: Value, node: Any) -> Value:
        if isinstance(left, Choice):
            return self.on_each(left, lambda v: self.binary(fn, v, right, node), node)
        if isinstance(right, Choice):
            return self.on_each(right, lambda v: self.binary(fn, left, v, node), node)
        if self.may_be_object(left) or self.may_be_object(right):
            result = self.special_binary(SYMBOLS[fn], left, right, node)
            if result is not None:
                return result
        combined = self.set_operation(fn, left, right, node)
        if combined is not None:
            return combined
        left, right = self.beside_array(left, right, node), self.beside_array(right, left, node)
        if fn is operator.add and isinstance(left, Pack) and isinstance(right, Pack):
            return Pack((*left.items, *right.items))
        if isinstance(left, Box) and left.kind == "list" or isinstance(right, Box) and right.kind == "list":
            if fn in (operator.add, operator.mul):
                made = self.list_arithmetic(fn, left, right, node)
                if made is not None:
                    return made
        if fn is operator.or_ and all(isinstance(v, Box) and v.kind == "dict" for v in (left, right)):
            return self.new_dict({**self.entries(left, node), **self.entries(right, node)})
        if fn is operator.mul and isinstance(left, Pack):
            return Pack(left.items * self.known(right, node, "the length of a tuple"))
        if fn is operator.mod and isinstance(left, Const) and isinstance(left.value, str):
            return self.formatted(left, right, node)
        operands = [self.operand(left, node), self.operand(right, node)]
        compute = lambda: self.apply(registry.entry(fn), operands, node)  # noqa: E731
        return self.foreseen(fn, [left, right], compute, node)

    def beside_array(self, value: Value, other: Value, node: Any) -> Value:
        """A list or tuple that an array is combined with is one, too."""
        sequence = isinstance(value, Pack) or isinstance(value, Box) and value.kind == "list"
        if not sequence or not isinstance(self.type_of(other), ty.Array):
            return value
        return self.call(Const(np.array), [value], {}, node)

    def may_be_object(self, value: Value) -> bool:
        return (
            isinstance(value, Box)
            and value.kind == "object"
            or isinstance(value, Const)
            and isinstance(value.type, ty.Object)
        )

    def special(self, value: Value, name: str) -> Value | None:
        raise NotImplementedError

    def generator_of(self, node: Any) -> Value:
        raise NotImplementedError

    def set_operation(self, fn: Any, left: Value, right: Value, node: Any) -> Value | None:
        raise NotImplementedError

    def special_binary(self, symbol: str, left: Value, right: Value, node: Any) -> Value | None:
        raise NotImplementedError

    def expr_UnaryOp(self, node: Any) -> Value:
        if isinstance(node.op, gast.Not) and isinstance(node.operand, gast.BoolOp):
            return self.negation(self.condition(node.operand), node)
        value = self.expression(node.operand)
        method = (
            None
            if isinstance(node.op, gast.Not)
            else self.special(value, f"__{SYMBOLS[UNARY[type(node.op)]]}__")
        )
        if method is not None:
            return self.call(method, [], {}, node)
        if isinstance(node.op, gast.Not):
            return self.negation(self.truth(value, node.operand), node)
        if isinstance(value, Const) and _is_signed_number(value):
            return Const(UNARY[type(node.op)](value.value))
        return self.apply(registry.entry(UNARY[type(node.op)]), [self.operand(value, node)], node)

    def expr_Compare(self, node: Any) -> Value:
        left = self.expression(node.left)
        return self.comparison(left, list(zip(node.ops, node.comparators)), node)

    def comparison(self, left: Value, rest: list[Any], node: Any) -> Value:
        (op, right_node), *more = rest
        right = self.expression(right_node)
        first = self.compare_two(op, left, right, node)
        if not more:
            return first
        test = self.truth(first, node)
        if isinstance(test, Const):
            return self.comparison(right, more, node) if test.value else first
        return self.either(
            test, lambda: (FALLS, self.comparison(right, more, node)), lambda: (FALLS, first), node
        )

    def compare_two(self, op: Any, left: Value, right: Value, node: Any) -> Value:
        if isinstance(left, Choice):
            return self.on_each(left, lambda v: self.compare_two(op, v, right, node), node)
        if isinstance(right, Choice):
            return self.on_each(right, lambda v: self.compare_two(op, left, v, node), node)
        if isinstance(op, (gast.Is, gast.IsNot)):
            same = self.identical(left, right, node)
            return self.negation(same, node) if isinstance(op, gast.IsNot) else same
        if isinstance(op, (gast.In, gast.NotIn)):
            inside = self.contains(right, left, node)
            return self.negation(inside, node) if isinstance(op, gast.NotIn) else inside
        subset = self.set_operation(COMPARE[type(op)], left, right, node)
        if subset is not None:
            return subset
        if self.may_be_object(left) or self.may_be_object(right):
            result = self.compare_objects(SYMBOLS[COMPARE[type(op)]], left, right, op, node)
            if result is not None:
                return result
        if isinstance(left, Const) and isinstance(right, Const) and static(left) and static(right):
            if not isinstance(left.value, np.ndarray) and not isinstance(right.value, np.ndarray):
                return Const(bool(COMPARE[type(op)](left.value, right.value)))
        if isinstance(left, Pack) and isinstance(right, Pack) and isinstance(op, (gast.Eq, gast.NotEq)):
            known = self.packs_equal(left, right)
            if known is not None:
                return Const(known is isinstance(op, gast.Eq))
        operands = [self.operand(left, node), self.operand(right, node)]
        return self.apply(registry.entry(COMPARE[type(op)]), operands, node)

    def compare_objects(self, symbol: str, left: Value, right: Value, op: Any, node: Any) -> Value | None:
        for owner, other, name in ((left, right, symbol), (right, left, _MIRRORED[symbol])):
            method = self.special(owner, f"__{name}__")
            result = None if method is None else self.call(method, [other], {}, node)
            if result is not None and not (isinstance(result, Const) and result.value is NotImplemented):
                return result
        if symbol == "ne":
            return self.negation(self.truth(self.compare_two(gast.Eq(), left, right, node), node), node)
        items = [self.dataclass_items(v) for v in (left, right)]
        if items[0] is not None and items[1] is not None:
            same_class = left.cls is right.cls  # type: ignore[union-attr]
            return self.compare_two(op, *items, node) if same_class else Const(False)  # type: ignore[arg-type]
        if symbol == "eq" and isinstance(left, Box) | isinstance(right, Box):
            return self.identical(left, right, node)
        return None

    def packs_equal(self, left: Pack, right: Pack) -> bool | None:
        """Equality of two tuples, where lengths known to be equal (shapes) decide it."""
        if len(left.items) != len(right.items):
            return False
        for a, b in zip(left.items, right.items):
            x, y = self.type_of(a), self.type_of(b)
            if not (isinstance(x, ty.Number) and isinstance(y, ty.Number)):
                return None
            if x.length is None or y.length is None or not shapes.same(x.length, y.length):
                both = isinstance(a, Const) and isinstance(b, Const)
                return False if both and a.value != b.value else None
        return True

    def identical(self, left: Value, right: Value, node: Any) -> Operand:
        """`left is right`."""
        if left is right:
            return Const(True)
        if isinstance(left, Const) and isinstance(right, Const):
            return Const(left.value is right.value)
        kinds = [self.type_of(v) for v in (left, right)]
        if ty.NONE in kinds and ty.UNKNOWN not in kinds:
            return Const(False)
        if not isinstance(left, (Var, Const)) or not isinstance(right, (Var, Const)):
            return Const(False)
        variables = isinstance(left, Var) and isinstance(right, Var)
        truths = kinds == [ty.BOOL, ty.BOOL]
        if truths or ty.UNKNOWN in kinds or variables and all(map(ty.is_mutable, kinds)):
            operands = [self.operand(left, node), self.operand(right, node)]
            return self.apply(registry.entry(operator.is_), operands, node)
        if kinds[0] == kinds[1] and isinstance(kinds[0], ty.Number):
            raise self.unsupported(
                "whether two numbers are the same object is not known", "compare them with ==", node
            )
        return Const(False)

    def contains(self, container: Value, item: Value, node: Any) -> Operand:
        method = self.special(container, "__contains__") if self.may_be_object(container) else None
        if method is not None:
            return self.truth(self.call(method, [item], {}, node), node)
        if isinstance(container, Const) and isinstance(item, Const):
            return Const(item.value in container.value)
        if (
            isinstance(container, Box)
            and isinstance(self.state.heap[container], Fields)
            and (isinstance(item, Const) or is_own_key(item))
        ):
            key = item.value if isinstance(item, Const) else item
            found = self.state.heap[container].values.get(key)
            if isinstance(found, Sometimes):
                raise found.error(self.location(node))
            return Const(found is not None)
        if (
            isinstance(container, (Pack, Box))
            or isinstance(container, Sequence)
            and container.kind != "range"
        ):
            items = self.known_items(container, node)
            return self.any_of([self.operand(self.compare_two(gast.Eq(), x, item, node)) for x in items])
        return self.apply(
            registry.entry(operator.contains), [self.operand(container), self.operand(item)], node
        )

    def apply(
        self, primitive: Primitive, operands: list[Operand], node: Any = None, attrs: dict | None = None
    ) -> Value:
        """Append one operation, or fold it; its result as a value."""
        known = fold(primitive, operands)
        if known is not None:
            return self.constant(known)
        if primitive.fn in (np.conjugate, np.real) and operands[0].type != ty.UNKNOWN:
            dtype = ty.dtype_of(operands[0].type)
            if dtype is not None and dtype.kind != "c" and not self.of_another_form(primitive, operands[0]):
                return self.unchanged(primitive, operands[0])
        if not primitive.rules and not attrs:
            raise NoRuleError(
                f"{primitive.name} has no derivative rule",
                "give it one with @transad.partials, @transad.linear, @transad.vjp or @transad.jvp",
                self.location(node),
            )
        kind = self.result_type(primitive, operands)
        out = self.builder.emit(primitive, operands, kind, None, attrs, self.location(node))
        self.note_sharing(out, primitive, operands)
        return self.value(out)

    def of_another_form(self, primitive: Primitive, x: Operand) -> bool:
        """`np.conj` of a number of Python, or of an array without axes, is a number of NumPy."""
        if self.own or primitive.fn is not np.conjugate:
            return False
        return ty.rank(x.type) == 0 and getattr(x.type, "weak", None) is not False

    def unchanged(self, primitive: Primitive, x: Operand) -> Value:
        """The real part of a real array: itself. Its conjugate: a copy."""
        if not isinstance(x, Var) or not isinstance(x.type, ty.Array) or self.own:
            return self.value(x)
        identity = self.owner.get(x, x)
        if primitive.fn is np.real:
            return identity
        return self.builder.emit(registry.entry(np.copy), [x], x.type)

    def result_type(self, primitive: Primitive, operands: list[Operand]) -> ty.Type:
        names = [p.name for p in primitive.params] or [f"x{k}" for k in range(len(operands))]
        given = dict(zip(names, operands))
        if self.deriving and primitive.fn is np.where and len(operands) == 3:
            kinds = [x.type for x in operands]
            if ty.rank(kinds[0]) == 0 and all(isinstance(t, ty.Number) for t in kinds[1:]):
                dtype = ty.dtype_of(shapes.infer(primitive, given))
                return ty.Number(dtype)  # in derivatives it is `x if condition else y`
        return shapes.infer(primitive, given)

    def note_sharing(self, out: Var, primitive: Primitive, operands: list[Operand]) -> None:
        """Tell the memory when a result shares storage with its first operand."""
        if primitive.alias in ("fresh", "same") or not operands:
            return
        if not isinstance(operands[primitive.source], Var):
            return
        source = operands[primitive.source]
        if not (ty.is_mutable(out.type) and isinstance(source.type, (ty.Array, ty.UnknownType))):
            return
        identity = self.owner.get(source, source)
        array = identity if primitive.source == 0 else operands[0]  # (what was written lies where it lay)
        if isinstance(source.type, ty.Array) and source.type.loose:
            self.may_alias(out, identity)
            return
        known = primitive.alias == "view" or self.is_view(primitive, [array, *operands[1:]])
        self.guards.laid_out |= primitive.alias != "view"
        if known and primitive.source == 0 and isinstance(source.type, ty.Array):
            self.register_view(out, identity, primitive, operands[1:])
        elif known is not False:
            self.may_alias(out, identity)

    def is_view(self, primitive: Primitive, operands: list[Operand]) -> bool | None:
        """Does a function that copies only if it must give a view of the array? None: that is not known."""
        kind = operands[0].type
        if not isinstance(kind, ty.Array):
            return None
        given = dict(zip((p.name for p in primitive.params), operands))
        order, dtype = given.get("order"), given.get("dtype")
        if primitive.fn in (np.reshape, np.ravel):  # (one axis is always divided without a copy)
            even = kind.contiguous or primitive.fn is np.reshape and kind.shape and len(kind.shape) == 1
            if even and isinstance(order, Const) and order.value == "C":
                return True
            return self.is_reshaped_view(primitive, operands)
        if primitive.fn in (np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray):
            if not isinstance(dtype, Const) or kind.dtype is None:
                return None
            if dtype.value is not None and np.dtype(dtype.value) != kind.dtype:
                return False
            ordered = primitive.fn in (np.asarray, np.asanyarray)
            flat = primitive.fn is np.ascontiguousarray or kind.shape is not None and len(kind.shape) == 1
            return True if ordered or kind.contiguous and flat and kind.shape != () else None
        if primitive.fn is np.diag:
            return None if kind.shape is None else len(kind.shape) == 2
        if primitive.fn is np.imag:
            return None if kind.dtype is None else kind.dtype.kind == "c"
        return True if primitive.fn in (np.real, np.atleast_1d, np.atleast_2d, np.atleast_3d) else None

    def is_reshaped_view(self, primitive: Primitive, operands: list[Operand]) -> bool | None:
        array = operands[0]
        view = self.views.get(array) if isinstance(array, Var) else None
        if view is None:
            return None
        return layouts.is_view(view.base.type, view.path, view.counts, view.operands, primitive, operands[1:])

def _is_signed_number(x: Const) -> bool:
    """A literal, or an infinity, whatever it is called: `-np.inf` is an order of norms."""
    return type(x.value) in (float, complex) and (x.origin is None or bool(np.isinf(x.value)))


__all__ = ["BINARY", "COMPARE", "Expressions", "Fields", "Items"]
