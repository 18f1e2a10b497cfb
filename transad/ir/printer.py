"""A Wengert list as a person would write it down.

def f(x: float):
  v1: float = x * x                      # y = x * x
  v2: float = sin(v1)
  return v2
"""

from __future__ import annotations

from typing import Any

from transad.ir.core import Block, Const, Function, Op, Operand, Var, callees
from transad.ir.primitives import FOR, IF, UPDATE, WHILE

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "is_": "is",
}  # fmt: skip


def print_function(function: Function, nested: bool = False) -> str:
    """The whole list, types and source lines included; `nested`: after the functions that it calls."""
    printer = _Printer()
    params = ", ".join(f"{printer.define(v)}: {v.type!r}" for v in function.body.params)
    printer.lines.append(f"def {function.name}({params}):")
    printer.block(function.body, 1)
    results = ", ".join(map(printer.use, function.body.results))
    printer.lines.append(f"  return {results}")
    own = [print_function(Function(c.name, c.block)) for c in callees(function.body)] if nested else []
    return "\n\n".join([*own, "\n".join(printer.lines)])


class _Printer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[Var, str] = {}
        self.counts: dict[str, int] = {}
        self.noted: str | None = None

    def define(self, v: Var) -> str:
        stem = v.name or "v"
        count = self.counts[stem] = self.counts.get(stem, -1) + 1
        self.names[v] = f"{stem}{count}" if count or not v.name else stem
        return self.names[v]

    def use(self, x: Operand) -> str:
        if isinstance(x, Var):
            return self.names.get(x) or self.define(x)
        if x.origin is not None:
            return repr(x)
        return _literal(x.value)

    def block(self, block: Block, depth: int) -> None:
        for op in block.ops:
            self.op(op, depth)

    def op(self, op: Op, depth: int) -> None:
        if op.primitive in (FOR, WHILE, IF):
            self.structured(op, depth)
            return
        right = self.expression(op)
        left = ", ".join(f"{self.define(v)}: {v.type!r}" for v in op.outs)
        self.line(f"{left} = {right}" if left else right, depth, op)

    def expression(self, op: Op) -> str:
        inputs = [self.use(x) for x in op.inputs]
        name = op.attrs["callee"].name if "callee" in op.attrs else op.primitive.name
        if name in _INFIX and len(inputs) == 2:
            return f"{inputs[0]} {_INFIX[name]} {inputs[1]}"
        if name == "getitem":
            return f"{inputs[0]}[{inputs[1]}]"
        if op.primitive is UPDATE and not op.attrs["path"]:
            return f"update({inputs[0]}, ..., {inputs[1]})"
        return f"{name}({', '.join(inputs)})"

    def line(self, text: str, depth: int, op: Op | None = None) -> None:
        statement = op.loc.statement if op is not None and op.loc is not None else ""
        text = "  " * depth + text
        if statement and statement != self.noted:
            text = f"{text:<60}  # {statement}"
            self.noted = statement
        self.lines.append(text)

    def structured(self, op: Op, depth: int) -> None:
        if op.primitive is IF:
            self.line(f"if {self.use(op.inputs[0])}:", depth, op)
            self.side(op.blocks[0], depth)
            self.line("else:", depth)
            self.side(op.blocks[1], depth)
        elif op.primitive is FOR:
            start, stop, step = map(self.use, op.inputs[:3])
            body = op.blocks[0]
            carried = self.carried(body.params[1:], op.inputs[3:])
            order = "reversed " if op.attrs.get("reverse") else ""
            self.line(
                f"for {self.define(body.params[0])} in {order}range({start}, {stop}, {step}){carried}:",
                depth,
                op,
            )
            self.side(body, depth)
        else:
            before, after = op.blocks
            self.line(f"while{self.carried(before.params, op.inputs)}:", depth, op)
            self.block(before, depth + 1)
            go_on, *passed = map(self.use, before.results)
            self.line(f"if not {go_on}: leave with ({', '.join(passed)})", depth + 1)
            for param, value in zip(after.params, passed):
                self.names[param] = value
            self.side(after, depth)
        if op.outs:
            self.line(f"-> {', '.join(f'{self.define(v)}: {v.type!r}' for v in op.outs)}", depth)

    def carried(self, params: list[Var], inits: list[Any]) -> str:
        pairs = [f"{self.define(v)} = {self.use(x)}" for v, x in zip(params, inits)]
        return f" with {', '.join(pairs)}" if pairs else ""

    def side(self, block: Block, depth: int) -> None:
        self.block(block, depth + 1)
        self.line(f"next ({', '.join(map(self.use, block.results))})", depth + 1)


def _literal(value: Any) -> str:
    name = getattr(value, "__name__", None)
    return name if name and callable(value) else repr(value)


__all__ = ["print_function", "Const"]
