"""Reverse mode: the adjoint of a Wengert list, appended to the list itself.

The list is walked backwards. `bars` holds the adjoint of each variable so far; an operation hands the
adjoint of its result on to its inputs by its rule. Blocks make it a recursion: the adjoint of a branch
is a branch on the same condition, the adjoint of a loop is the loop run backwards, carrying

  - the adjoints of the values the loop carries,
  - the adjoints of variables from outside that the body reads (an *accumulator* each), and
  - the *versions* of arrays that the body overwrites, as they are restored step by step.

The reverse sweep is written as if it could see every variable of the forward sweep, also inside
loops. `recording` makes that true afterwards, for those it still reads once dead code is gone.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from transad.analysis.activity import active, is_inert
from transad.analysis.places import is_whole, reaches_once, type_at, without_added_axes
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import UNDEFINED_VALUE, Block, Callee, Const, Op, Operand, Var
from transad.rules import registry
from transad.runtime import add_nested, zeros_like
from transad.transforms.adjoints import Parts, Scope, bar_name
from transad.transforms.applying import ZERO, Applier
from transad.transforms.backward import Backward
from transad.transforms.calls import rerun_callee, reverse_callees
from transad.transforms.checkpointing import refuse_to_repeat
from transad.transforms.recording import record


def backprop(
    applier: Applier,
    block: Block,
    wrt: list[Var],
    results: list[Operand],
    seeds: list[Operand],
    kept: list[Operand] | None = None,
) -> list[Operand | None]:
    """Append the reverse sweep of `block` to it; the adjoints of `wrt` (None: it is zero).

    `results` are the variables whose adjoints are given by `seeds`; `kept` are further ones that the
    caller will read.
    """
    sweep = Sweep(applier, active(block, wrt, results))
    scope = Scope(None, block, block)
    ops = list(block.ops)
    with applier.builder.into(block):
        for result, seed in zip(results, seeds):
            sweep.add(scope, result, seed)
        sweep.block(scope, ops)
        bars: list[Operand | None] = []
        for v in wrt:
            bar = scope.bars.get(v)
            bars.append(None if bar is None else sweep.whole(bar, v))
    block.results = [x for x in bars if x is not None]
    record(applier, block, sweep.pairs, [*results, *(kept or ())], sweep.tapes)
    kept = iter(block.results)
    bars = [None if bar is None else next(kept) for bar in bars]
    return bars


class Sweep(Backward):
    """Walks a list backwards."""

    # -- operations

    def block(self, scope: Scope, ops: list[Op]) -> None:
        loc, note = self.builder.loc, self.builder.note
        for op in reversed(ops):
            self.builder.loc = op.loc
            self.builder.note = op.loc.statement if op.loc else None
            if op.primitive is p.FOR:
                self.for_(scope, op)
            elif op.primitive is p.WHILE:
                self.while_(scope, op)
            elif op.primitive is p.IF:
                self.if_(scope, op)
            else:
                self.simple(scope, op)
        self.builder.loc, self.builder.note = loc, note

    def simple(self, scope: Scope, op: Op) -> None:
        own = op.primitive in _SPECIAL or op.primitive.fn is operator.getitem
        special = getattr(self, "adjoint_of_" + op.primitive.name) if own else None
        if op.primitive.fn is None and special is None and any(v in self.active for v in op.outs):
            raise self.applier.refuse(op)
        if special is not None:
            special(scope, op)
            return
        if not op.outs or is_inert(op) or op.outs[0] not in self.active:
            return
        y = op.outs[0]
        bar = scope.bars.get(y)
        if bar is None:
            return
        if "opaque" in op.attrs:
            raise self.applier.refuse(op)
        y_bar = self.whole(bar, y)
        inputs = [self.value(scope, x) for x in op.inputs]
        found: dict[Var, Operand] = {}
        for x, g in zip(op.inputs, self.applier.vjp(op, inputs, self.value(scope, y), y_bar, self.active)):
            if g is not None and isinstance(x, Var):  # an operand used twice gets the sum at once
                found[x] = self.applier.plus(found[x], g) if x in found else g
        for x, g in found.items():
            self.add_value(scope, x, g)

    def add_value(self, scope: Scope, x: Operand, g: Operand) -> None:
        """Add an adjoint that may be a tuple or list in one variable."""
        made = self.builder.definition(g)
        if (
            made is not None
            and made.primitive in (p.TUPLE, p.LIST)
            and isinstance(x.type, (ty.Tuple, ty.List))
        ):
            if getattr(x.type, "items", None) is not None:
                self.add(scope, x, Parts({k: item for k, item in enumerate(made.inputs) if not _zero(item)}))
                return
        self.add(scope, x, g)

    def adjoint_of_call(self, scope: Scope, op: Op) -> None:
        """The forward part takes the place of the call; the backward part is called here."""
        done = self.calls.get(op)  # a call in the test of a `while` is met twice
        outs = op.outs if done is None else op.outs[:-1]
        callee = op.attrs["callee"] if done is None else done[0]
        seeded = tuple(k for k, v in enumerate(outs) if v in self.active and v in scope.bars)
        wanted = tuple(k for k, x in enumerate(op.inputs) if isinstance(x, Var) and x in self.active)
        if not seeded or not wanted:
            return
        if done is not None and done[1:] != (wanted, seeded):
            raise self.applier.refuse(op, "this call in the test of a loop has different adjoints in turn")
        seeds = [self.applier.fitted(self.whole(scope.bars[outs[k]], outs[k]), outs[k]) for k in seeded]
        if op.attrs.get("again"):
            refuse_to_repeat([callee.block], op)
            inputs = [self.value(scope, x) for x in op.inputs]
            callee = rerun_callee(self.applier, callee, wanted, seeded)
            self.call_backward(scope, op, callee, [*inputs, *seeds], wanted)
            return
        forward, backward = reverse_callees(self.applier, callee, wanted, seeded)
        if done is None:
            saved = Var("saved", ty.Saved())
            self.calls[op] = callee, wanted, seeded
            op.attrs["callee"] = forward
            op.outs.append(saved)
            scope.own.add(saved)
            self.builder.definitions[saved] = op
        self.call_backward(scope, op, backward, [op.outs[-1], *seeds], wanted)

    def call_backward(
        self, scope: Scope, op: Op, callee: Callee, inputs: list[Operand], wanted: tuple[int, ...]
    ) -> None:
        """Add the adjoints that a function of its own gives."""
        bars = [Var(None, ty.of_derivative(op.inputs[k].type)) for k in wanted]
        self.builder.append(Op(list(bars), p.CALL, inputs, {"callee": callee}))
        found: dict[Var, Operand] = {}
        for k, bar in zip(wanted, bars):
            x: Any = op.inputs[k]
            found[x] = self.applier.plus(found[x], bar) if x in found else bar
        for x, bar in found.items():
            self.add_value(scope, x, bar)

    def adjoint_of_hook(self, scope: Scope, op: Op) -> None:
        """What the user wants done to the adjoint: the body of `with on_grad(x) as x_bar`."""
        x: Any = op.inputs[0]
        if isinstance(x.type, ty.Array) and scope.version(op.out) is not op.out:
            scope.versions[x] = scope.version(op.out)
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        rules = self.applier.interpreter()
        rules.own = rules.deriving = False
        held = dict(op.attrs["held"])
        held.update(zip(op.attrs["computed"], (self.value(scope, v) for v in op.inputs[1:])))
        note, self.builder.note = self.builder.note, None
        x_bar = self.whole(bar, op.out)
        if isinstance(x.type, ty.Array):  # the block may write to it
            x_bar = self.builder.emit(COPY, [x_bar], x.type, bar_name(x))
        given = [rules.value(v) for v in (x_bar, *held.values())]
        result = rules.operand(rules.call_closure(op.attrs["body"], given, {}, None))
        self.builder.note = note
        self.add(scope, x, self.applier.fitted(result, x))

    def adjoint_of_save(self, scope: Scope, op: Op) -> None:
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        bars = [Var(bar_name(x), ty.of_derivative(x.type)) for x in op.inputs]
        self.builder.append(Op(bars, p.LOAD, [self.whole(bar, op.out)]))
        for x, b in zip(op.inputs, bars):
            self.add(scope, x, b)

    def adjoint_of_load(self, scope: Scope, op: Op) -> None:
        saved = op.inputs[0]
        if not isinstance(saved, Var) or saved not in self.active:
            return
        bars = [
            self.whole(scope.bars[v], v)
            if v in scope.bars
            else self.zero_bar(scope, v)
            if ty.is_differentiable(v.type)
            else Const(None)
            for v in op.outs
        ]
        self.add(scope, saved, self.builder.emit(p.SAVE, bars, saved.type, bar_name(saved)))

    def adjoint_of_tuple(self, scope: Scope, op: Op) -> None:
        bar = scope.bars.get(op.out)
        if bar is None:
            return
        parts = bar if isinstance(bar, Parts) else self.apart(bar, op.out.type)
        for k, item in parts.items.items():
            self.add(scope, op.inputs[k], item)

    adjoint_of_list = adjoint_of_dict = adjoint_of_tuple

    def adjoint_of_getitem(self, scope: Scope, op: Op) -> None:
        x, index = op.inputs[0], op.inputs[1]
        if op.out not in self.active or op.out not in scope.bars:
            return
        bar = scope.bars[op.out]
        t = x.type
        if (
            isinstance(index, Const)
            and isinstance(t, (ty.Tuple, ty.List, ty.Dict))
            and not isinstance(index.value, slice)
        ):
            keys = t.keys if isinstance(t, ty.Dict) else t.items and range(len(t.items))
            if keys is not None:
                position = (
                    list(keys).index(index.value) if isinstance(t, ty.Dict) else range(len(keys))[index.value]
                )
                self.add(scope, x, Parts({position: bar}))
                return
        self.add_at(scope, op, (op.primitive,), (1,), [index])

    def adjoint_of_read(self, scope: Scope, op: Op) -> None:
        if op.out in self.active and op.out in scope.bars:
            self.add_at(scope, op, op.attrs["path"], op.attrs["counts"], op.inputs[1:])

    def add_at(self, scope: Scope, op: Op, path: Any, counts: Any, operands: list[Operand]) -> None:
        """The adjoint of reading a part: added to that part of one buffer."""
        x = op.inputs[0]
        if not isinstance(x, Var) or x not in self.active:
            return
        g = self.applier.fitted(self.whole(scope.bars[op.out], op.out), op.out)
        if is_whole(op):
            self.add(scope, x, g)
            return
        back = without_added_axes(x.type, path, operands)
        if back is not None and ty.rank(g.type) == len(back):
            self.add(scope, x, self.applier.call(operator.getitem, g, Const(back)))
            return
        old = scope.bar(x)
        if old is None:
            old = self.applier.zeros(x)
        elif isinstance(old, Parts):
            old = self.whole(old, x)
        if isinstance(x.type, ty.Tuple):  # its adjoint is added to item by item: a list
            old = self.applier.call(list, old)
        old = self.applier.as_buffer(old, x)
        where = [self.value(scope, o) for o in operands]
        g = self.turned(path, g)
        may_be_nested = g.type == ty.UNKNOWN and isinstance(x.type, (ty.List, ty.Dict))
        if may_be_nested or isinstance(g.type, (ty.Tuple, ty.List, ty.Dict)):  # `+=` makes a longer tuple
            g = self.applier.call(add_nested, self.applier.call(operator.getitem, old, where[0]), g)
            attrs = {"path": path, "counts": counts}
            scope.bars[x] = self.builder.emit(p.UPDATE, [old, g, *where], old.type, bar_name(x), attrs)
            return
        attrs = {"path": path, "counts": counts}
        added = self.builder.emit(p.ADD_AT, [old, g, *where], x.type, bar_name(x), attrs)
        scope.bars[x] = self.applier.as_number(added)

    def turned(self, path: Any, g: Operand) -> Operand:
        """The adjoint of the imaginary part is minus the imaginary part of the adjoint."""
        return self.applier.call(operator.neg, g) if any(q.fn is np.imag for q in path) else g

    def adjoint_of_update(self, scope: Scope, op: Op) -> None:
        x, v, *operands = op.inputs
        self.restore(scope, op, operands)
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        bar = self.whole(bar, op.out)
        attrs = {"path": op.attrs["path"], "counts": op.attrs["counts"]}
        where = [self.value(scope, o) for o in operands]
        if is_whole(op):  # all of it was overwritten
            self.add(scope, v, self.applier.fitted(bar, v) if isinstance(v, Var) else None)
            return
        bar = self.applier.as_buffer(bar, x)
        if isinstance(v, Var) and v in self.active:
            part = self.shaped(self.read(bar, op, where), op, operands)
            part = self.turned(op.attrs["path"], self.last_written(part, op, where, bar))
            self.add(scope, v, self.applier.fitted(part, v))
        if isinstance(x, Var) and x in self.active:
            zero: Operand = Const(0.0)
            if not isinstance(x.type, ty.Array) and not isinstance(v.type, (ty.Number, ty.Array)):
                zero = self.applier.call(zeros_like, self.read(bar, op, where))
            zeroed = self.builder.emit(p.UPDATE, [bar, zero, *where], x.type, bar_name(x), attrs)
            self.add(scope, x, self.applier.as_number(zeroed))

    def read(self, x: Operand, op: Op, where: list[Operand]) -> Operand:
        """The part of `x` that an update overwrites."""
        path, counts = op.attrs["path"], op.attrs["counts"]
        if len(path) == 1 and path[0].name == "getitem":
            rules = self.applier.interpreter()
            return rules.operand(rules.item(x, rules.value(where[0]), None))
        kind = op.inputs[1].type if isinstance(op.inputs[1].type, ty.Array) else ty.UNKNOWN
        kind = self.part_type(x, path, counts, where, kind)
        return self.builder.emit(p.READ, [x, *where], kind, None, {"path": path, "counts": counts})

    def shaped(self, part: Operand, op: Op, operands: list[Operand]) -> Operand:
        """The part of an adjoint, known to have the shape of the part that was overwritten.

        The reverse sweep has indices of its own, so that the lengths of what they take get other names."""
        if isinstance(part, Var) and isinstance(part.type, ty.Array):
            taken = type_at(op.inputs[0].type, op.attrs["path"], operands, self.builder)
            if isinstance(taken, ty.Array) and taken.shape and ty.rank(taken) == ty.rank(part.type):
                part.type = ty.Array(part.type.dtype, taken.shape, part.type.contiguous)
        return part

    def part_type(
        self, x: Operand, path: Any, counts: Any, where: list[Operand], otherwise: ty.Type
    ) -> ty.Type:
        """The type of what a path leads to, found by interpreting it and throwing the operations away."""
        rules = self.applier.interpreter()
        with self.builder.into(Block()):
            now: Any = x
            k = 0
            for primitive, count in zip(path, counts):
                given = where[k : k + count]
                k += count
                if primitive.name == "getitem":
                    now = rules.operand(rules.item(now, rules.value(given[0]), None))
                else:
                    now = rules.operand(rules.apply(primitive, [now, *given]))
        return now.type if now.type != ty.UNKNOWN else otherwise

    def last_written(self, part: Operand, op: Op, where: list[Operand], bar: Operand) -> Operand:
        """With repeated integer indices only the last value written counts."""
        if all(reaches_once(x, self.builder.definition) for x in where):
            return part
        from transad.runtime import last_written

        path, counts = op.attrs["path"][:-1], op.attrs["counts"][:-1]
        if path:  # the last index is one into a view
            before = where[: sum(counts)]
            kind = self.part_type(bar, path, counts, before, ty.UNKNOWN)
            attrs = {"path": path, "counts": counts}
            bar = self.builder.emit(p.READ, [bar, *before], kind, None, attrs)
        return self.applier.call(last_written, part, bar, where[-1])

    def restore(self, scope: Scope, op: Op, operands: list[Operand]) -> None:
        """Undo an update in the reverse sweep, from the part that was overwritten."""
        x = op.inputs[0]
        if not isinstance(x, Var) or not isinstance(x.type, ty.Array):
            return
        place = scope.forward.ops
        with self.builder.into(Block()) as before:
            self.builder.note = None
            old = x if not op.attrs["path"] else self.read(x, op, operands)
            self.builder.note = op.loc.statement if op.loc else None
        if isinstance(old, Var) and old is not x:
            old.name = old.name or x.name
        k = place.index(op)
        place[k:k] = before.ops
        scope.own.update(v for o in before.ops for v in o.outs)
        if not op.attrs["path"]:
            return  # the array itself would have to be kept; recording does that if it is read
        after = self.value(scope, op.out)
        attrs = {"path": op.attrs["path"], "counts": op.attrs["counts"], "value": op.inputs[1]}
        where = [self.value(scope, o) for o in operands]
        scope.versions[x] = self.builder.emit(p.RESTORE, [after, old, *where], x.type, x.name, attrs)

    def adjoint_of_add_at(self, scope: Scope, op: Op) -> None:
        x, v, *operands = op.inputs
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        bar = self.whole(bar, op.out)
        where = [self.value(scope, o) for o in operands]
        if isinstance(v, Var) and v in self.active:
            part = self.turned(op.attrs["path"], self.read(self.applier.as_buffer(bar, x), op, where))
            self.add(scope, v, self.applier.fitted(part, v))
        self.add(scope, x, bar)

    def adjoint_of_restore(self, scope: Scope, op: Op) -> None:
        self.adjoint_of_update(scope, op)

    def adjoint_of_append(self, scope: Scope, op: Op) -> None:
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        bar = self.whole(bar, op.out)
        last, rest = (Var(bar_name(x), ty.of_derivative(x.type)) for x in (op.inputs[1], op.inputs[0]))
        self.builder.append(Op([last, rest], p.POP, [bar]))
        self.add(scope, op.inputs[1], last)
        self.add(scope, op.inputs[0], rest)

    def adjoint_of_push(self, scope: Scope, op: Op) -> None:
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        value, tape = op.inputs[1], op.inputs[0]
        v_bar, rest = (Var(bar_name(x), ty.of_derivative(x.type)) for x in (value, tape))
        self.builder.append(Op([v_bar, rest], p.POP, [bar]))
        self.add(scope, value, v_bar)
        self.add(scope, tape, rest)

    def adjoint_of_pop(self, scope: Scope, op: Op) -> None:
        value, rest = op.outs
        tape = op.inputs[0]
        if not isinstance(tape, Var) or tape not in self.active:
            return
        rest_bar = scope.bars.get(rest)
        if rest_bar is not None:
            rest_bar = self.whole(rest_bar, rest)
        if rest_bar is None and isinstance(tape.type, ty.List):  # the user's own: it need not be empty
            rest_bar = self.zero_bar(scope, rest)
        if rest_bar is None:
            rest_bar = self.zero_bar(scope, rest)
        v_bar = scope.bars.get(value)
        v_bar = self.zero_bar(scope, value) if v_bar is None else self.whole(v_bar, value)
        kind = ty.of_derivative(tape.type)
        self.add(scope, tape, self.builder.emit(p.PUSH, [rest_bar, v_bar], kind, bar_name(tape)))


COPY = registry.entry(np.copy)
_SPECIAL = {
    p.TUPLE,
    p.LIST,
    p.DICT,
    p.READ,
    p.UPDATE,
    p.ADD_AT,
    p.RESTORE,
    p.APPEND,
    p.PUSH,
    p.POP,
    p.CALL,
    p.SAVE,
    p.LOAD,
    p.HOOK,
}


def _zero(x: Operand) -> bool:
    return x is ZERO or isinstance(x, Const) and x.value is None


__all__ = ["Parts", "Scope", "Sweep", "UNDEFINED_VALUE", "backprop"]
