"""Text: f-strings, `str` and `repr` of objects, methods of strings.

What is known becomes text at once; the rest is made when the derivative runs, once, in the forward sweep.
No derivative passes through text.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from transad.frontend.handlers import handles
from transad.frontend.parts import Parts
from transad.frontend.values import Box, Fields, Pack, Value
from transad.ir import types as ty
from transad.ir.core import Const, Operand
from transad.ir.primitives import TEXT

if TYPE_CHECKING:
    from transad.frontend.builtins import Builtins

SHOWN: dict[str, Callable[[Any], Any]] = {"": lambda x: x, "s": str, "r": repr, "a": ascii}
_FIXED = (int, float, complex, str, type(None), type)  # what is written of them cannot change

_GIVES: dict[str, ty.Type] = {
    **dict.fromkeys(("count", "find", "index", "rfind", "rindex"), ty.INT),
    **dict.fromkeys(("split", "rsplit", "splitlines", "partition", "rpartition", "encode"), ty.UNKNOWN),
    **{name: ty.BOOL for name in dir(str) if name.startswith("is") or name in ("startswith", "endswith")},
}


def result_of_method(name: str) -> ty.Type:
    """The type of what a method of strings returns."""
    return _GIVES.get(name, ty.Object(str))


class Texts(Parts):
    """The part of the interpreter for text."""

    def expr_JoinedStr(self, node: Any) -> Value:
        """An f-string: what is known goes into its text."""
        pieces: list[str | tuple[str, str]] = []
        operands: list[Operand] = []
        for piece in node.values:
            if isinstance(piece, gast.Constant):
                pieces.append(str(piece.value))
                continue
            conversion = "" if piece.conversion == -1 else chr(piece.conversion)
            value = self.shown(self.expression(piece.value), repr if conversion == "r" else str, node)
            spec: Value = Const("") if piece.format_spec is None else self.expression(piece.format_spec)
            if not isinstance(spec, Const):  # it is computed itself
                value = self.text(format, [self.text(SHOWN[conversion], [value], node), spec], node)
                conversion, spec = "", Const("")
            operand = self.operand(value, node)
            if isinstance(operand, Const) and isinstance(operand.value, _FIXED):
                pieces.append(format(SHOWN[conversion](operand.value), spec.value))
            else:
                pieces.append((conversion, spec.value))
                operands.append(operand)
        return self.joined(pieces, operands, node)

    def joined(self, pieces: list[Any], operands: list[Operand], node: Any) -> Value:
        if not operands:
            return Const("".join(pieces))
        attrs = {"pieces": tuple(pieces), "opaque": format}
        return self.value(self.builder.emit(TEXT, operands, ty.Object(str), None, attrs, self.location(node)))

    def text(self, fn: Any, args: list[Value], node: Any) -> Value:
        """A call that makes text: at once if everything is known."""
        operands = [self.operand(a, node) for a in args]
        if all(isinstance(x, Const) for x in operands):
            return Const(fn(*(x.value for x in operands)))  # type: ignore[union-attr]
        return self.opaque(fn, args, {}, node, ty.Object(str))

    def formatted(self, template: Value, values: Value, node: Any) -> Value:
        """`template % values`."""
        items = values.items if isinstance(values, Pack) else (values,)
        shown = tuple(self.shown(v, str, node) for v in items)
        return self.text(
            operator.mod, [template, Pack(shown) if isinstance(values, Pack) else shown[0]], node
        )

    def shown(self, value: Value, fn: Any, node: Any) -> Value:
        """What `str` (or `repr`) makes of an object made here; any other value as it is."""
        if not (isinstance(value, Box) and value.kind == "object"):
            return value
        cls: Any = value.cls
        for name in ("__str__", "__repr__") if fn is str else ("__repr__",):
            method = self.special(value, name)
            if method is not None:
                return self.call(method, [], {}, node)
        fields = self.state.heap[value]
        if not isinstance(fields, Fields):
            return value
        if issubclass(cls, BaseException) and isinstance(fields.values.get("args"), Pack):
            given = fields.values["args"].items  # type: ignore[union-attr]
            if fn is str:
                return Const("") if not given else given[0] if len(given) == 1 else Pack(given)
            return self.listed(cls.__name__, ["", *[", "] * (len(given) - 1)], given, node)
        if dataclasses.is_dataclass(cls):
            names = [f.name for f in dataclasses.fields(cls) if f.repr]
            labels = [f"{', ' if k else ''}{name}=" for k, name in enumerate(names)]
            return self.listed(cls.__qualname__, labels, [fields.values[n] for n in names], node)
        return value

    def listed(self, name: str, labels: list[str], values: Any, node: Any) -> Value:
        """`name(...)` with the values, each after its label."""
        pieces: list[Any] = [f"{name}("]
        operands = []
        for label, value in zip(labels, values):
            pieces += [label, ("r", "")]
            operands.append(self.operand(self.shown(value, repr, node), node))
        return self.joined([*pieces, ")"], operands, node)


def _made_by(fn: Any) -> Any:
    def make(i: Builtins, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value | None:
        if len(args) != 1 or kwargs:
            return None
        value = i.shown(args[0], fn, node)
        if value is not args[0] and i.python_class(value) is str:
            return value
        if isinstance(value, Const):
            return Const(fn(value.value)) if isinstance(value.value, _FIXED) else i.text(fn, [value], node)
        return i.opaque(fn, [value], {}, node, ty.Object(str))

    return make


handles(str)(_made_by(str))
handles(repr)(_made_by(repr))
