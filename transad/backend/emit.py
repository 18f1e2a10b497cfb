"""From a Wengert list to Python source: statements.

Receives a list whose updates are marked as in place, with a schedule and names for its variables, and
writes one statement for each operation that is not part of a larger expression. Loops and branches come
out as they went in; values they carry are assignments, and most of these vanish because the variables
share a name. The statement of the primal is a comment where its adjoint starts.
"""

from __future__ import annotations

import operator
from typing import Any

import gast

from transad.analysis.activity import carried
from transad.backend.expressions import BINARY, Expressions
from transad.backend.naming import Names
from transad.backend.schedule import Folding, stop_of
from transad.backend.unparse import statement
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Function, Location, Op, Operand, Var, is_undefined, walk
from transad.rules import registry
from transad.runtime import added_at

WIDTH = 110
_AUGMENTED = {
    operator.add: gast.Add, operator.sub: gast.Sub, operator.mul: gast.Mult, operator.truediv: gast.Div,
    operator.pow: gast.Pow,
}  # fmt: skip


class Line(str):
    """A line of emitted code that knows the line of the program it comes from."""

    loc: Location | None = None


class Emitter(Expressions):
    """Writes the body of a function."""

    def __init__(self, function: Function, folding: Folding, names: Names, globals_: Any):
        super().__init__(folding, names, globals_)
        self.function = function
        self.lines: list[str] = []
        self.noted: str | None = None
        self.stop: dict[Block, tuple[Op, int]] = {}

    # -- lines

    def line(self, node: Any, depth: int, op: Op | None = None) -> None:
        for k, text in enumerate(statement(node)):
            text = "    " * depth + text
            if op is not None:
                text = Line(self.commented(text, op) if k == 0 else text)
                text.loc = op.loc
            self.lines.append(text)

    def commented(self, text: str, op: Op) -> str:
        """With the primal's statement, where the statements that belong to it begin."""
        if op.note is None:
            return text
        if op.note == self.noted:
            return text
        self.noted = op.note
        note = op.note
        room = WIDTH - len(text) - 4
        if room < 12:
            return text
        return f"{text}  # {note if len(note) <= room else note[: room - 3] + '...'}"

    def assign(self, name: str, value: Any, depth: int, op: Op | None = None) -> None:
        if isinstance(value, gast.Name) and value.id == name:
            return
        self.line(gast.Assign([self.store(name)], value, None), depth, op)

    # -- blocks

    def body(self, block: Block, depth: int) -> None:
        for op in block.ops:
            if not any(v in self.folded for v in op.outs):
                self.operation(op, depth)

    def operation(self, op: Op, depth: int) -> None:
        if op.primitive is p.FOR:
            self.for_(op, depth)
        elif op.primitive is p.WHILE:
            self.while_(op, depth)
        elif op.primitive is p.IF and not (stop_of(op) is not None and self.folding.is_choice(op)):
            self.if_(op, depth)
        elif op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE):
            self.write(op, depth)
        elif op.primitive in (p.PUSH, p.APPEND):
            tape, value = op.inputs
            self.rebind(op.outs[0], tape, depth)
            call = gast.Call(self.attribute(self.name(op.outs[0]), "append"), [self.expr(value)], [])
            self.line(gast.Expr(call), depth, op)
        elif op.primitive is p.POP:
            self.pop(op, depth)
        elif op.primitive in (p.CALL, p.LOAD) and (op.primitive is p.LOAD or len(op.outs) != 1):
            self.several(op, depth)
        elif op.primitive is p.BOUND:
            self.bound(op, depth)
        elif op.primitive is p.CHECKPOINT:
            pass  # it says how to reverse a loop, and this one is not reversed
        elif op.primitive is p.RAISE:
            self.raise_(op, depth)
        elif op.primitive is p.PRINT:
            self.line(gast.Expr(self.call_of(op)), depth, op)
        elif not op.outs:
            self.line(gast.Expr(self.call_of(op)), depth, op)
        else:
            self.simple(op, depth)

    def simple(self, op: Op, depth: int) -> None:
        if "opaque" in op.attrs and not self.names.live.uses[op.outs[0]]:
            self.line(gast.Expr(self.op_expr(op)), depth, op)
            return
        name = self.names[op.outs[0]]
        if op.primitive.fn in (operator.add, operator.sub) and op.attrs.get("accumulate"):
            x, g = op.inputs
            in_place = op.attrs.get("in_place") or isinstance(x.type, ty.Number)
            if in_place and isinstance(x, Var) and x not in self.folded and self.names[x] == name:
                self.augment(self.store(name), op.primitive.fn, g, depth, op)
                return
        self.assign(name, self.op_expr(op), depth, op)

    def augment(self, target: Any, fn: Any, value: Operand, depth: int, op: Op) -> None:
        """`target += value`, a negated value taken off."""
        made = self.makers.get(value) if isinstance(value, Var) else None
        if (
            fn is operator.add
            and value in self.folded
            and made is not None
            and made.primitive.fn is operator.neg
        ):
            fn, value = operator.sub, made.inputs[0]
        self.line(gast.AugAssign(target, _AUGMENTED[fn](), self.expr(value)), depth, op)

    def rebind(self, out: Var, source: Operand, depth: int) -> None:
        """An update in place of something that goes on under another name."""
        if not (
            isinstance(source, Var) and source not in self.folded and self.names[source] == self.names[out]
        ):
            self.assign(self.names[out], self.expr(source), depth)

    def write(self, op: Op, depth: int) -> None:
        x, value, *operands = op.inputs
        out = op.outs[0]
        self.rebind(out, x, depth)
        target = self.path(self.name(out), op, operands, store=True)
        made = self.makers.get(value) if isinstance(value, Var) and value in self.folded else None
        if op.primitive is p.ADD_AT:
            entry = isinstance(x.type, ty.Dict) and len(op.attrs["path"]) == 1  # a key says which, once
            if x.type == ty.UNKNOWN and len(op.attrs["path"]) == 1 and len(operands) == 1:
                args = [self.name(out), self.expr(operands[0]), self.expr(value)]
                function = self.dotted(self.globals.reference(added_at, "added_at"))
                self.assign(self.names[out], gast.Call(function, args, []), depth, op)
            elif not entry and not op.attrs.get("distinct") and self.may_repeat(operands):
                call = self.numpy("add", "at")
                base = self.path(self.name(out), op, operands, stop=1)
                self.line(
                    gast.Expr(gast.Call(call, [base, self.expr(operands[-1]), self.expr(value)], [])),
                    depth,
                    op,
                )
            elif isinstance(x.type, ty.List) and not isinstance(value.type, ty.Number):
                total = gast.BinOp(self.path(self.name(out), op, operands), gast.Add(), self.expr(value))
                self.line(gast.Assign([target], total, None), depth, op)  # the item may be shared
            else:
                self.augment(
                    target if op.attrs["path"] else self.store(self.names[out]),
                    operator.add,
                    value,
                    depth,
                    op,
                )
            return
        if made is not None and made.primitive.fn in _AUGMENTED and self.reads_same(made.inputs[0], op):
            plain = target if op.attrs["path"] else self.store(self.names[out])
            self.line(
                gast.AugAssign(plain, _AUGMENTED[made.primitive.fn](), self.expr(made.inputs[1])), depth, op
            )
            return
        self.line(gast.Assign([target], self.expr(value), None), depth, op)

    def reads_same(self, x: Operand, op: Op) -> bool:
        """Is `x` the very part that an update overwrites?"""
        if not op.attrs["path"]:
            return (
                x is op.inputs[0]
                or isinstance(x, Var)
                and x not in self.folded
                and self.names[x] == self.names[op.outs[0]]
            )
        made = self.makers.get(x) if isinstance(x, Var) and x in self.folded else None
        if made is None or made.primitive.name not in ("getitem", "read") or len(op.attrs["path"]) != 1:
            return False
        same = made.inputs[0] is op.inputs[0] and made.primitive is op.attrs["path"][0]
        return same and all(map(self.same_operand, made.inputs[1:], op.inputs[2:]))

    def same_operand(self, a: Operand, b: Operand) -> bool:
        if a is b:
            return True
        if isinstance(a, Const) and isinstance(b, Const):
            return repr(a) == repr(b)
        x, y = (self.makers.get(v) if isinstance(v, Var) and v in self.folded else None for v in (a, b))
        if x is None or y is None or x.primitive is not y.primitive or len(x.inputs) != len(y.inputs):
            return False
        return all(map(self.same_operand, x.inputs, y.inputs))

    def may_repeat(self, operands: list[Operand]) -> bool:
        """May an index reach an element more than once? (Integer arrays may.)"""
        if not operands:
            return False
        t = operands[-1].type
        parts = t.items if isinstance(t, ty.Tuple) else (t,)
        for k in parts:
            if isinstance(k, ty.Array) and (k.dtype is None or k.dtype.kind != "b"):
                return True
            if isinstance(k, (ty.List, ty.UnknownType)):
                return True
        return False

    def pop(self, op: Op, depth: int) -> None:
        value, rest = op.outs
        self.rebind(rest, op.inputs[0], depth)
        call = gast.Call(self.attribute(self.name(rest), "pop"), [], [])
        if self.folding.counts.get(value, 0):
            self.assign(self.names[value], call, depth, op)
        else:
            self.line(gast.Expr(call), depth, op)

    def several(self, op: Op, depth: int) -> None:
        """`a, b = f(x)`."""
        value = self.op_expr(op)
        if not any(self.folding.counts.get(v, 0) for v in op.outs):
            if op.primitive is p.CALL:
                self.line(gast.Expr(value), depth, op)
            return
        if len(op.outs) == 1:
            self.assign(self.names[op.outs[0]], value, depth, op)
            return
        used = self.folding.counts
        names = [self.store(self.names[v] if used.get(v, 0) else "_") for v in op.outs]
        self.line(gast.Assign([gast.Tuple(names, gast.Store())], value, None), depth, op)

    def bound(self, op: Op, depth: int) -> None:
        """An error for a name without a value, if nothing else here reads it or it is None in its place."""
        v = op.inputs[0]
        if v in self.names.blank:
            missing = gast.Compare(self.expr(v), [gast.Is()], [gast.Constant(None, None)])
            self.line(gast.If(missing, [], []), depth)
            error = gast.Name("UnboundLocalError", gast.Load(), None, None)
            text = gast.Constant(f"{v.name} has no value here", None)  # type: ignore[union-attr]
            self.line(gast.Raise(gast.Call(error, [text], []), None), depth + 1)
        elif self.folding.counts.get(v) == 1:
            self.line(gast.Expr(self.expr(v)), depth)

    def raise_(self, op: Op, depth: int) -> None:
        kind, *args = op.inputs
        exc = self.expr(kind)
        if args:
            names = op.attrs.get("keywords", ())
            values = [self.expr(a) for a in args]
            split = len(values) - len(names)
            exc = gast.Call(exc, values[:split], [gast.keyword(n, v) for n, v in zip(names, values[split:])])
        self.line(gast.Raise(exc, None), depth, op)

    # -- branches

    def if_(self, op: Op, depth: int) -> None:
        then, orelse = ((block, self.ends(op.outs, block.results)) for block in op.blocks)
        test = self.expr(op.inputs[0])
        if not self.has_statements(*then):
            if not self.has_statements(*orelse):
                return
            test, then, orelse = self.negated(op.inputs[0]), orelse, then
        self.line(gast.If(test, [], []), depth)
        self.side(*then, depth + 1)
        if self.has_statements(*orelse):
            inner = orelse[0].ops
            only = [o for o in inner if not any(v in self.folded for v in o.outs)]
            mark = len(self.lines)
            self.lines.append("    " * depth + "else:")
            noted = self.noted
            self.side(*orelse, depth + 1)
            if (
                len(only) == 1
                and only[0].primitive is p.IF
                and self.lines[mark + 1].lstrip().startswith("if ")
            ):
                nested = self.lines[mark + 1 :]
                deeper = [
                    t
                    for t in nested[1:]
                    if t.startswith("    " * (depth + 1)) and not t.startswith("    " * (depth + 2))
                ]
                if all(t.lstrip().startswith(("elif ", "else:")) for t in deeper):
                    self.lines[mark:] = [t[4:] for t in nested]
                    self.lines[mark] = "    " * depth + "el" + self.lines[mark].lstrip()
            self.noted = noted

    def negated(self, x: Operand) -> Any:
        made = self.makers.get(x) if isinstance(x, Var) and x in self.folded else None
        if made is not None and made.primitive.fn is operator.not_:
            return self.expr(made.inputs[0])
        opposite = {
            operator.lt: gast.GtE,
            operator.is_: gast.IsNot,
            operator.eq: gast.NotEq,
            operator.ne: gast.Eq,
        }
        if made is not None and made.primitive.fn in opposite and made.primitive.fn is not operator.lt:
            return gast.Compare(
                self.expr(made.inputs[0]), [opposite[made.primitive.fn]()], [self.expr(made.inputs[1])]
            )
        return gast.UnaryOp(gast.Not(), self.expr(x))

    def has_statements(self, block: Block, ends: list[tuple[str, Operand]]) -> bool:
        return bool(ends) or any(not any(v in self.folded for v in o.outs) for o in block.ops)

    def side(self, block: Block, ends: list[tuple[str, Operand]], depth: int) -> None:
        mark = len(self.lines)
        self.body(block, depth)
        self.move(ends, depth)
        if len(self.lines) == mark:
            self.line(gast.Pass(), depth)

    def ends(self, outs: list[Var], results: list[Operand]) -> list[tuple[str, Operand]]:
        """The assignments at the end of a block, those that change nothing left out."""
        found = []
        for out, x in zip(outs, results):
            if out not in self.names.parent or is_undefined(x):
                continue
            if isinstance(x, Var) and x not in self.folded and self.names[x] == self.names[out]:
                continue
            found.append((self.names[out], x))
        return found

    def move(self, ends: list[tuple[str, Operand]], depth: int) -> None:
        """Several assignments at once: in an order that overwrites nothing still to be read, or as
        one tuple assignment when there is no such order."""
        pending = list(ends)
        while pending:
            for k, (name, x) in enumerate(pending):
                if not any(self.mentions(y, name) for j, (_, y) in enumerate(pending) if j != k):
                    self.assign(name, self.expr(x), depth)
                    del pending[k]
                    break
            else:
                names = [self.store(name) for name, _ in pending]
                values = [self.expr(x) for _, x in pending]
                target = gast.Tuple(names, gast.Store())
                self.line(gast.Assign([target], gast.Tuple(values, gast.Load()), None), depth)
                return

    def mentions(self, x: Operand, name: str) -> bool:
        if not isinstance(x, Var):
            return False
        if x in self.folded:
            return any(self.mentions(i, name) for i in self.makers[x].inputs)
        return self.names[x] == name

    # -- loops

    def for_(self, op: Op, depth: int) -> None:
        body = op.blocks[0]
        slots = carried(op)
        self.move(self.ends([s[1] for s in slots], [s[0] for s in slots]), depth)
        index = body.params[0]
        target = self.names[index] if self.is_read(index, body) else "_"
        over = self.range(op)
        if not op.attrs.get("parallel") and (item := self.item_of(op)) is not None:
            target, over = self.names[item.outs[0]], self.expr(item.inputs[0])
            body.ops.remove(item)
        self.line(gast.For(self.store(target), over, [], [], None), depth)
        ends = self.ends([s[1] for s in slots], [s[2] for s in slots])
        mark = len(self.lines)
        if op.attrs.get("breaks"):
            self.breaking(body, ends, depth + 1)
        else:
            self.body(body, depth + 1)
            self.move(ends, depth + 1)
        if len(self.lines) == mark:
            self.line(gast.Pass(), depth + 1)
        self.move(self.ends([s[3] for s in slots], [s[1] for s in slots]), depth)

    def item_of(self, op: Op) -> Op | None:
        """The operation that takes the item of the pass, in a loop that is `for v in x`: one over all
        indices of an array, which are read for nothing else."""
        body, (start, stop, step) = op.blocks[0], op.inputs[:3]
        index = body.params[0]
        plain = isinstance(start, Const) and start.value == 0 and isinstance(step, Const) and step.value == 1
        if not plain or op.attrs.get("reverse") or self.folding.counts.get(index) != 1:
            return None
        length = self.makers.get(stop) if isinstance(stop, Var) else None
        item = next((o for o in body.ops if o.outs and o.outs[0] not in self.folded), None)
        if length is None or length.primitive.fn is not len or item is None:
            return None
        if item.primitive.fn is not operator.getitem or item.inputs[1] is not index:
            return None
        array = item.inputs[0]
        return item if length.inputs[0] is array and isinstance(array.type, ty.Array) else None

    def is_read(self, index: Var, body: Block) -> bool:
        return self.folding.counts.get(index, 0) > 0

    def range(self, op: Op) -> Any:
        start, stop, step = op.inputs[:3]
        args = [self.expr(start), self.expr(stop), self.expr(step)]
        if isinstance(step, Const) and step.value == 1:
            args = args[1:2] if isinstance(start, Const) and start.value == 0 else args[:2]
        name = self.dotted(("numba", "prange")) if op.attrs.get("parallel") else self.builtin("range")
        made = gast.Call(name, args, [])
        return gast.Call(self.builtin("reversed"), [made], []) if op.attrs.get("reverse") else made

    def breaking(self, body: Block, ends: list[tuple[str, Operand]], depth: int) -> None:
        """A body that may leave the loop: `if c: break`, the rest not indented."""
        stop = body.results[0]
        last = body.ops[-1] if body.ops else None
        if last is not None and last.primitive is p.IF and isinstance(stop, Var) and stop in last.outs:
            k = last.outs.index(stop)
            flags = [block.results[k] for block in last.blocks]
            for side in (0, 1):
                leaves, stays = flags[side], flags[1 - side]
                if isinstance(leaves, Const) and leaves.value is True and self.counts_once(stop):
                    for op in body.ops[:-1]:
                        if not any(v in self.folded for v in op.outs):
                            self.operation(op, depth)
                    outs = [v for v in last.outs if v is not stop]
                    pick = lambda block: [r for j, r in enumerate(block.results) if j != k]  # noqa: E731
                    test = self.expr(last.inputs[0]) if side == 0 else self.negated(last.inputs[0])
                    self.line(gast.If(test, [], []), depth)
                    self.body(last.blocks[side], depth + 1)
                    self.move(self.ends(outs, pick(last.blocks[side])), depth + 1)
                    self.move(ends, depth + 1)
                    self.line(gast.Break(), depth + 1)
                    self.body(last.blocks[1 - side], depth)
                    self.move(self.ends(outs, pick(last.blocks[1 - side])), depth)
                    if not isinstance(stays, Const):
                        self.move(ends, depth)
                        self.line(gast.If(self.expr(stays), [], []), depth)
                        self.line(gast.Break(), depth + 1)
                    else:
                        self.move(ends, depth)
                    return
        self.body(body, depth)
        self.move(ends, depth)
        self.line(gast.If(self.expr(stop), [], []), depth)
        self.line(gast.Break(), depth + 1)

    def counts_once(self, stop: Var) -> bool:
        return self.folding.counts.get(stop, 0) <= 2

    def while_(self, op: Op, depth: int) -> None:
        before, after = op.blocks
        self.move(self.ends(before.params, op.inputs), depth)
        go_on, *passed = before.results
        handed, left = self.ends(after.params, passed), self.ends(op.outs, passed)
        both = [e for e in handed if e in left]
        if any(
            self.mentions(x, name) for name, _ in both for x in (go_on, *(x for _, x in (*handed, *left)))
        ):
            both = []  # they would overwrite what is still to be handed over
        handed, left = ([e for e in ends if e not in both] for ends in (handed, left))
        plain = all(any(v in self.folded for v in o.outs) for o in before.ops)
        moved = both or handed or left
        plain = plain and not moved
        if plain or not before.ops and not moved:
            self.line(gast.While(self.expr(go_on), [], []), depth)
        else:
            self.line(gast.While(gast.Constant(True, None), [], []), depth)
            self.body(before, depth + 1)
            self.move(both, depth + 1)
            self.line(gast.If(self.negated(go_on), [], []), depth + 1)
            self.move(left, depth + 2)  # the variables after the loop get their values when it is left
            self.line(gast.Break(), depth + 2)
            self.move(handed, depth + 1)
        mark = len(self.lines)
        self.body(after, depth + 1)
        self.move(self.ends(before.params, after.results), depth + 1)
        if len(self.lines) == mark and plain:
            self.line(gast.Pass(), depth + 1)


__all__ = ["BINARY", "Emitter", "registry", "walk"]
