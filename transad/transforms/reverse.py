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

from transad.analysis.activity import active, carried, is_inert
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import UNDEFINED_VALUE, Block, Const, Op, Operand, Var
from transad.transforms.applying import ZERO, Applier
from transad.transforms.recording import Pair, is_cheap, may_be_unbound, record


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
    record(applier, block, sweep.pairs, [*results, *(kept or ())])
    kept = iter(block.results)
    bars = [None if bar is None else next(kept) for bar in bars]
    return bars


class Parts:
    """The adjoint of a tuple, list or dict, item by item; an item not there is zero."""

    def __init__(self, items: dict[int, Any] | None = None):
        self.items: dict[int, Any] = items or {}


class Scope:
    """One block of the forward sweep and the block of the reverse sweep that belongs to it."""

    def __init__(self, parent: Scope | None, forward: Block, backward: Block, loop: bool = False):
        self.parent, self.forward, self.backward, self.loop = parent, forward, backward, loop
        self.own = {*forward.params, *(v for op in forward.ops for v in op.outs)}
        self.bars: dict[Var, Any] = {}
        self.versions: dict[Var, Var] = {}  # arrays as restored so far
        self.accumulators: dict[Var, Var] = {}  # of a loop: outside variable -> block parameter
        self.again: dict[Var, Operand] = {}  # reads of restored arrays

    def bar(self, v: Var) -> Any:
        """The adjoint of `v` so far, or None; a loop gets a parameter for what comes from outside."""
        if v in self.bars:
            return self.bars[v]
        if v in self.own or self.parent is None:
            return None
        if self.loop:
            param = Var(_bar_name(v), v.type)
            self.accumulators[v] = self.bars[v] = param
            return param
        return self.parent.bar(v)

    def inside(self, v: Var) -> bool:
        """Is a variable of the forward sweep defined inside a loop or branch?"""
        scope: Scope | None = self
        while scope is not None and scope.parent is not None:
            if v in scope.own:
                return True
            scope = scope.parent
        return False

    def version(self, v: Var) -> Var:
        """What holds the value of `v` at this point of the reverse sweep."""
        scope: Scope | None = self
        while scope is not None:
            if v in scope.versions:
                return scope.versions[v]
            if v in scope.own:
                break
            scope = scope.parent
        return v


class Sweep:
    """Walks a list backwards."""

    def __init__(self, applier: Applier, active: set[Var]):
        self.applier, self.builder, self.active = applier, applier.builder, active
        self.pairs: list[Pair] = []

    # -- adjoints

    def add(self, scope: Scope, x: Operand, bar: Any) -> None:
        """Add to the adjoint of a variable."""
        if not isinstance(x, Var) or x not in self.active or bar is None:
            return
        old = scope.bar(x)
        scope.bars[x] = bar if old is None else self.sum(old, bar, x)
        if isinstance(scope.bars[x], Var) and scope.bars[x].name is None:
            scope.bars[x].name = _bar_name(x)

    def sum(self, a: Any, b: Any, x: Var) -> Any:
        if isinstance(a, Parts) and isinstance(b, Parts):
            merged = dict(a.items)
            for k, bar in b.items.items():
                merged[k] = self.sum(merged[k], bar, x) if k in merged else bar
            return Parts(merged)
        if isinstance(a, Parts) or isinstance(b, Parts):
            t = x.type
            a, b = (y if isinstance(y, Parts) else self.apart(y, t) for y in (a, b))
            return self.sum(a, b, x)
        return self.applier.plus(a, b, _bar_name(x))

    def apart(self, bar: Operand, t: ty.Type) -> Parts:
        """An adjoint held in one variable, item by item."""
        kinds = t.values if isinstance(t, ty.Dict) else t.items  # type: ignore[union-attr]
        keys = t.keys if isinstance(t, ty.Dict) else range(len(kinds))
        return Parts({k: self.applier.call(operator.getitem, bar, Const(key)) for k, key in enumerate(keys)})

    def whole(self, bar: Any, like: Operand) -> Operand:
        """An adjoint as one variable, zeros filled in."""
        if not isinstance(bar, Parts):
            return bar
        t = like.type
        if isinstance(t, ty.Dict):
            kinds, keys, primitive, attrs = t.values, t.keys, p.DICT, {"keys": t.keys}
        else:
            kinds = t.items  # type: ignore[union-attr]
            keys = range(len(kinds))
            primitive = p.TUPLE if isinstance(t, ty.Tuple) else p.LIST
            attrs = {"cls": t.cls} if isinstance(t, ty.Tuple) and t.cls else {}
        items = []
        for k, (key, kind) in enumerate(zip(keys, kinds)):
            if k in bar.items and not isinstance(bar.items[k], Parts):
                items.append(bar.items[k])
                continue
            item = self.item(like, key, kind)
            items.append(self.whole(bar.items[k], item) if k in bar.items else self.applier.zeros(item))
        return self.builder.emit(primitive, items, t, _bar_name(like), attrs)

    def item(self, container: Operand, key: Any, kind: ty.Type) -> Operand:
        made = self.builder.definition(container)
        if made is not None and made.primitive in (p.TUPLE, p.LIST):
            return made.inputs[key]
        if made is not None and made.primitive is p.DICT:
            return made.inputs[list(made.attrs["keys"]).index(key)]
        return self.builder.emit(self.applier.interpreter().getitem, [container, Const(key)], kind)

    def value(self, scope: Scope, x: Operand) -> Operand:
        """An input of the primal, as the reverse sweep can have it: arrays that were overwritten in
        the meantime are read from their restored versions."""
        if not isinstance(x, Var):
            return x
        version = scope.version(x)
        if version is not x:
            return version
        if x in scope.again:
            return scope.again[x]
        made = self.builder.definition(x)
        if (
            made is None
            or not is_cheap(made)
            or not (scope.inside(x) or made.primitive.name in ("getitem", "read"))
        ):
            return x
        if not self.resolves(scope, x, 12):
            return x
        inputs = [self.value(scope, i) for i in made.inputs]
        if all(i is j for i, j in zip(inputs, made.inputs)):
            return x
        note, self.builder.note = self.builder.note, None
        again = self.builder.emit(made.primitive, inputs, x.type, x.name, dict(made.attrs), made.loc)
        self.builder.note = note
        scope.again[x] = again
        return again

    def resolves(self, scope: Scope, x: Operand, depth: int) -> bool:
        """Can a variable from inside the forward sweep be computed again here, cheaply, from what the
        reverse sweep has: restored arrays, indices, variables from outside all loops?"""
        if not isinstance(x, Var) or scope.version(x) is not x or x in scope.again:
            return True
        if not scope.inside(x):
            return True
        made = self.builder.definition(x)
        if made is None or depth == 0 or not is_cheap(made):
            return False
        return all(self.resolves(scope, i, depth - 1) for i in made.inputs)

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
        old = scope.bar(x)
        if old is None:
            old = self.applier.zeros(x)
        elif isinstance(old, Parts):
            old = self.whole(old, x)
        if isinstance(x.type, ty.Tuple):  # its adjoint is added to item by item: a list
            old = self.applier.call(list, old)
        where = [self.value(scope, o) for o in operands]
        scope.bars[x] = self.builder.emit(
            p.ADD_AT, [old, g, *where], x.type, _bar_name(x), {"path": path, "counts": counts}
        )

    def adjoint_of_update(self, scope: Scope, op: Op) -> None:
        x, v, *operands = op.inputs
        self.restore(scope, op, operands)
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        bar = self.whole(bar, op.out)
        attrs = {"path": op.attrs["path"], "counts": op.attrs["counts"]}
        where = [self.value(scope, o) for o in operands]
        if not op.attrs["path"]:  # all of it was overwritten
            self.add(scope, v, self.applier.fitted(bar, v) if isinstance(v, Var) else None)
            return
        if isinstance(v, Var) and v in self.active:
            part = self.read(bar, op, where)
            part = self.last_written(part, op, where, bar)
            self.add(scope, v, self.applier.fitted(part, v))
        if isinstance(x, Var) and x in self.active:
            zeroed = self.builder.emit(p.UPDATE, [bar, Const(0.0), *where], x.type, _bar_name(x), attrs)
            self.add(scope, x, zeroed)

    def read(self, x: Operand, op: Op, where: list[Operand]) -> Operand:
        """The part of `x` that an update overwrites."""
        path, counts = op.attrs["path"], op.attrs["counts"]
        if len(path) == 1 and path[0].name == "getitem":
            rules = self.applier.interpreter()
            return rules.operand(rules.item(x, rules.value(where[0]), None))
        kind = op.inputs[1].type if isinstance(op.inputs[1].type, ty.Array) else ty.UNKNOWN
        kind = self.part_type(x, path, counts, where, kind)
        return self.builder.emit(p.READ, [x, *where], kind, None, {"path": path, "counts": counts})

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
        if all(_writes_once(i) for i in where):
            return part
        from transad.runtime import last_written

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
        attrs = {"path": op.attrs["path"], "counts": op.attrs["counts"], "restores": True}
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
            self.add(scope, v, self.applier.fitted(self.read(bar, op, where), v))
        self.add(scope, x, bar)

    def adjoint_of_restore(self, scope: Scope, op: Op) -> None:
        self.adjoint_of_update(scope, op)

    def adjoint_of_append(self, scope: Scope, op: Op) -> None:
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        bar = self.whole(bar, op.out)
        last, rest = (
            Var(_bar_name(op.inputs[1]), op.inputs[1].type),
            Var(_bar_name(op.inputs[0]), op.inputs[0].type),
        )
        self.builder.append(Op([last, rest], p.POP, [bar]))
        self.add(scope, op.inputs[1], last)
        self.add(scope, op.inputs[0], rest)

    def adjoint_of_push(self, scope: Scope, op: Op) -> None:
        bar = scope.bars.get(op.out)
        if bar is None or op.out not in self.active:
            return
        value, tape = op.inputs[1], op.inputs[0]
        v_bar, rest = Var(_bar_name(value), value.type), Var(_bar_name(tape), tape.type)
        self.builder.append(Op([v_bar, rest], p.POP, [bar]))
        self.add(scope, value, v_bar)
        self.add(scope, tape, rest)

    def adjoint_of_pop(self, scope: Scope, op: Op) -> None:
        value, rest = op.outs
        tape = op.inputs[0]
        if not isinstance(tape, Var) or tape not in self.active:
            return
        rest_bar = scope.bars.get(rest)
        if rest_bar is None:
            rest_bar = self.builder.emit(p.NEW_TAPE, [], tape.type, _bar_name(tape))
        v_bar = scope.bars.get(value)
        v_bar = self.zero_bar(value) if v_bar is None else self.whole(v_bar, value)
        self.add(scope, tape, self.builder.emit(p.PUSH, [rest_bar, v_bar], tape.type, _bar_name(tape)))

    def zero_bar(self, v: Operand) -> Operand:
        if isinstance(v.type, ty.Array) and may_be_unbound(self.builder, v):
            return Const(UNDEFINED_VALUE)  # where the variable has no value, nobody asks for its adjoint
        if isinstance(v.type, ty.Tape):
            return self.builder.emit(p.NEW_TAPE, [], v.type, _bar_name(v))
        return self.applier.zeros(v)

    # -- branches

    def if_(self, scope: Scope, op: Op) -> None:
        test = self.value(
            scope, op.inputs[0]
        )  # before anything is restored: it was decided on what was there
        sides = []
        for block in op.blocks:
            inner = Scope(scope, block, Block())
            with self.builder.into(inner.backward):
                for out, end in zip(op.outs, block.results):
                    if isinstance(end, Var) and scope.version(out) is not out:
                        inner.versions[end] = scope.version(out)
                for out, end in zip(op.outs, block.results):
                    if out in scope.bars and out in self.active:
                        self.add(inner, end, scope.bars[out])
                self.block(inner, list(block.ops))
            sides.append(inner)
        touched = {v: None for s in sides for v in s.bars if v not in s.own}
        restored = {v: None for s in sides for v in s.versions if v not in s.own and v in s.versions}
        outs, results = [], ([], [])
        for v in touched:
            ends = []
            for s in sides:
                with self.builder.into(s.backward):
                    bar = s.bars.get(v)
                    if bar is None:
                        bar = scope.bar(v)
                    ends.append(self.zero_bar(v) if bar is None else self.whole(bar, v))
            out = Var(_bar_name(v), v.type)
            outs.append(out)
            for r, e in zip(results, ends):
                r.append(e)
        for v in restored:
            ends = [s.version(v) for s in sides]
            if ends[0] is ends[1]:
                continue
            outs.append(Var(v.name, v.type))
            for r, e in zip(results, ends):
                r.append(e)
            scope.versions[v] = outs[-1]
        for s, r in zip(sides, results):
            s.backward.results = r
        if outs or any(s.backward.ops for s in sides):
            made = self.builder.append(Op(outs, p.IF, [test], {}, [s.backward for s in sides]))
            self.pairs += [
                Pair(op, made, k, block, s.backward) for k, (block, s) in enumerate(zip(op.blocks, sides))
            ]
        for v, out in zip(touched, outs):
            scope.bars[v] = out

    # -- loops

    def for_(self, scope: Scope, op: Op) -> None:
        body = op.blocks[0]
        slots = carried(op)
        live = [s for s in slots if s[1] in self.active or s[3] in self.active]
        index = Var(body.params[0].name, body.params[0].type)
        inner = Scope(scope, body, Block([index]), loop=True)
        bounds, recover, counted = self.bounds(scope, op, index)
        entry: list[Operand] = []
        with self.builder.into(inner.backward):
            inner.versions[body.params[0]] = recover()
            self.enter(scope, inner, live, entry)
            arrays = self.follow_arrays(scope, inner, slots, entry)
            self.block(inner, list(body.ops))
            results = [self.end_of(inner, param) for _, param, _, _ in live]
            restored = [(param, inner.version(param)) for param in arrays]
        outs = [
            Var(_bar_name(init) if isinstance(init, Var) else _bar_name(param), param.type)
            for init, param, _, _ in live
        ]
        outs += [Var(param.name, param.type) for param, _ in restored]
        self.close(
            scope,
            inner,
            op,
            outs,
            results + [v for _, v in restored],
            entry,
            bounds,
            counted,
            slots,
            live,
            restored,
        )

    def bounds(self, scope: Scope, op: Op, index: Var) -> tuple[list[Operand], Any, bool]:
        """The passes of a loop in reverse: its range backwards, or the count of those that ran."""
        if not op.attrs.get("breaks"):
            start, stop, step = (self.value(scope, x) for x in op.inputs[:3])
            return [start, stop, step], lambda: index, False
        count = self.count_passes(op, scope)
        start, _, step = (self.value(scope, x) for x in op.inputs[:3])

        def recover() -> Operand:
            index.name = None
            scaled = self.applier.times(index, step)
            return (
                scaled
                if isinstance(start, Const) and start.value == 0
                else self.applier.call(operator.add, start, scaled)
            )

        return [Const(0), count, Const(1)], recover, True

    def count_passes(self, op: Op, scope: Scope) -> Var:
        """Let the forward loop count how often it ran."""
        body = op.blocks[-1]
        counter, out = Var("n", ty.INT), Var("n", ty.INT)
        with self.builder.into(body):
            note, self.builder.note = self.builder.note, None
            more = self.applier.call(operator.add, counter, Const(1))
            self.builder.note = note
        if op.primitive is p.WHILE:
            passed = Var("n", ty.INT)
            op.blocks[0].params.append(counter)
            op.blocks[0].results.append(counter)
            body.params.append(passed)
            made = self.builder.definition(more)
            made.inputs[0] = passed  # type: ignore[union-attr]
        else:
            body.params.append(counter)
        body.results.append(more)
        op.inputs.append(Const(0))
        op.outs.append(out)
        self.builder.definitions[out] = op
        scope.own.add(out)
        return out

    def enter(self, scope: Scope, inner: Scope, live: list, entry: list[Operand]) -> None:
        """Parameters for the adjoints of what the loop carries, and their values on entry."""
        for _, param, end, out in live:
            bar = Var(_bar_name(param), param.type)
            inner.backward.params.append(bar)
            with self.builder.into(scope.backward):
                known = scope.bars.get(out)
                entry.append(self.zero_bar(out) if known is None else self.whole(known, out))
            self.add(inner, end, bar)

    def follow_arrays(self, scope: Scope, inner: Scope, slots: list, entry: list[Operand]) -> list[Var]:
        """Carry the versions of arrays that the body overwrites, to be restored pass by pass."""
        followed: list[Var] = []
        for _, param, end, out in slots:
            if isinstance(param.type, ty.Array) and isinstance(end, Var) and end is not param:
                if self.root(end) is param:
                    version = Var(param.name, param.type)
                    inner.backward.params.append(version)
                    entry.append(scope.version(out))
                    inner.versions[end] = version
                    followed.append(param)
        return followed

    def root(self, v: Operand) -> Operand:
        """The array that a version was made from, by updates only."""
        while isinstance(v, Var):
            made = self.builder.definition(v)
            if made is None:
                return v
            if made.primitive in (p.UPDATE, p.RESTORE) and made.attrs["path"]:
                v = made.inputs[0]
            elif made.primitive is p.IF:
                k = made.outs.index(v)
                roots = {self.root(b.results[k]) for b in made.blocks}
                if len(roots) != 1:
                    return v
                v = roots.pop()
            elif made.primitive is p.FOR:
                init, param, end, _ = carried(made)[made.outs.index(v)]
                if self.root(end) is not param:
                    return v
                v = init
            else:
                return v
        return v

    def end_of(self, inner: Scope, param: Var) -> Operand:
        bar = inner.bars.get(param)
        return self.zero_bar(param) if bar is None else self.whole(bar, param)

    def close(self, scope, inner, op, outs, results, entry, bounds, counted, slots, live, restored) -> None:
        """Append the loop of the reverse sweep, and hand what it computed to the scope around it."""
        for v, param in inner.accumulators.items():
            inner.backward.params.append(param)
            results.append(self.whole(inner.bars[v], v))
            outs.append(Var(_bar_name(v), v.type))
            with self.builder.into(scope.backward):
                known = scope.bar(v)
                entry.append(self.zero_bar(v) if known is None else self.whole(known, v))
        inner.backward.results = results
        attrs = {"reverse": not op.attrs.get("reverse", False)}
        made = self.builder.append(Op(outs, p.FOR, [*bounds, *entry], attrs, [inner.backward]))
        index = inner.versions.get(inner.forward.params[0]) if op.primitive is p.FOR else None
        self.pairs.append(Pair(op, made, 0, inner.forward, inner.backward, index))
        for v, out in zip(inner.accumulators, outs[len(live) + len(restored) :]):
            scope.bars[v] = out
        for (init, _, _, _), out in zip(live, outs):
            self.add(scope, init, out)
        for (param, _), out in zip(restored, outs[len(live) :]):
            init = next(s[0] for s in slots if s[1] is param)
            if isinstance(init, Var):
                scope.versions[init] = out

    def while_(self, scope: Scope, op: Op) -> None:
        before, after = op.blocks
        if not any(v in self.active for v in op.outs):
            return
        count = self.count_passes(op, scope)
        passed = [q for q in before.results[1:-1]]
        # the last, incomplete pass: only `before` ran
        last = Scope(scope, before, scope.backward)
        for q, out in zip(passed, op.outs):
            if out in scope.bars and out in self.active:
                self.add(last, q, scope.bars[out])
        self.block(last, list(before.ops))
        for v, bar in last.bars.items():
            if v not in last.own:
                scope.bars[v] = bar
        live = [k for k, param in enumerate(before.params[:-1]) if param in self.active]
        index = Var(None, ty.INT)
        inner = Scope(scope, after, Block([index]), loop=True)
        inner.own |= {*before.params, *(v for o in before.ops for v in o.outs)}
        entry: list[Operand] = []
        with self.builder.into(inner.backward):
            for k in live:
                bar = Var(_bar_name(before.params[k]), before.params[k].type)
                inner.backward.params.append(bar)
                with self.builder.into(scope.backward):
                    known = last.bars.get(before.params[k])
                    entry.append(
                        self.zero_bar(op.outs[k]) if known is None else self.whole(known, before.params[k])
                    )
                self.add(inner, after.results[k], bar)
            self.block(inner, list(after.ops))
            for q, r in zip(passed, after.params):
                if r in inner.bars:
                    self.add(inner, q, inner.bars[r])
            self.block(inner, list(before.ops))
            results = [self.end_of(inner, before.params[k]) for k in live]
        outs = [Var(_bar_name(before.params[k]), before.params[k].type) for k in live]
        slots = [(op.inputs[k], before.params[k], after.results[k], op.outs[k]) for k in live]
        self.close(
            scope, inner, op, outs, results, entry, [Const(0), count, Const(1)], True, slots, slots, []
        )


_SPECIAL = {p.TUPLE, p.LIST, p.DICT, p.READ, p.UPDATE, p.ADD_AT, p.RESTORE, p.APPEND, p.PUSH, p.POP}


def _bar_name(v: Operand) -> str | None:
    name = getattr(v, "name", None)
    return f"{name}_bar" if name and not name.startswith("%") else None


def _zero(x: Operand) -> bool:
    return x is ZERO or isinstance(x, Const) and x.value is None


def _writes_once(index: Operand) -> bool:
    """Does an index reach every element at most once? (Anything but integer arrays does.)"""
    t = index.type
    if isinstance(index, Const):
        parts = index.value if isinstance(index.value, tuple) else (index.value,)
        return not any(isinstance(q, list) for q in parts) and not isinstance(t, ty.Array)
    if isinstance(t, ty.Array):
        return t.dtype is not None and t.dtype.kind == "b"
    if isinstance(t, ty.Tuple):
        return all(
            not isinstance(q, (ty.Array, ty.List))
            or isinstance(q, ty.Array)
            and q.dtype is not None
            and q.dtype.kind == "b"
            for q in t.items
        )
    return not isinstance(t, ty.List) and t != ty.UNKNOWN


__all__ = ["Parts", "Scope", "Sweep", "UNDEFINED_VALUE", "backprop"]
