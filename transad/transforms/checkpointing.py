"""Loops and calls of which the forward sweep keeps little: the reverse sweep runs them again.

A loop over `checkpoint(range(n), slots=k)` keeps what its body carries at no more than k places at a time,
and nothing of what happens within a pass. Where the reverse sweep needs the state at the beginning of pass
t, it starts from the last place kept before, and on the way keeps others in slots that have become free
(`runtime.checkpoints` says where). That is the binomial schedule:

    A. Griewank, A. Walther: Algorithm 799: revolve. ACM Trans. Math. Software 26 (2000), 19-45.

The program after the loop counts as one more pass. The body also becomes a function of the list's own,
`step`, which the reverse sweep calls to get on; for pass t it has the body once more in place, followed by
its adjoint. All of this is ordinary loops, calls and tapes: the derivative of a derivative is nothing
special.

A call of `checkpoint(f)` keeps its arguments; the backward part of the function runs it again first.
"""

from __future__ import annotations

import operator

from transad.analysis import shapes
from transad.analysis.activity import carried
from transad.errors import ArgumentError
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import (
    Block,
    Callee,
    Const,
    Op,
    Operand,
    Primitive,
    Var,
    callees,
    clone,
    free_variables,
    substitute,
    walk,
)
from transad.passes.dead import eliminate_dead
from transad.rules import registry
from transad.runtime import checkpoints, root_of_passes
from transad.transforms.adjoints import Adjoints, Scope, bar_name
from transad.transforms.applying import replace

_PLACES = ty.List(None, ty.INT)


def is_checkpointed(op: Op) -> bool:
    """Is a loop one over `checkpoint(...)`?"""
    ops = op.blocks[0].ops
    return bool(ops) and ops[0].primitive is p.CHECKPOINT


class Checkpointing(Adjoints):
    """Reverses loops that are run again."""

    def checkpointed(self, scope: Scope, op: Op) -> None:
        mark = op.blocks[0].ops.pop(0)
        if not any(v in self.active for v in op.outs):
            return
        refuse_to_repeat(op.blocks, mark)
        if op.attrs.get("breaks"):
            reason = "a loop over checkpoint(...) is left before its end"
            raise ArgumentError(reason, "let all passes run, or leave checkpoint out", mark.loc)
        made = _Made(self, scope, op, mark)
        made.forward_sweep()
        made.reverse_sweep()


class _Made:
    """One loop, and what becomes of it."""

    def __init__(self, sweep: Checkpointing, scope: Scope, op: Op, mark: Op):
        self.sweep, self.builder, self.scope, self.op, self.mark = sweep, sweep.builder, scope, op, mark
        self.body, self.slots, self.bounds = op.blocks[0], carried(op), op.inputs[:3]
        self.backwards = bool(op.attrs.get("reverse"))
        self.live = [s for s in self.slots if s[1] in sweep.active or s[3] in sweep.active]
        self.states = self.needed()
        self.names = [q.name for _, q, _, _ in self.states]
        self.types = [q.type for _, q, _, _ in self.states]
        self.step, self.free = self.as_function()
        self.index_name = self.body.params[0].name
        self.again = Block(list(self.body.params), list(self.body.ops), list(self.body.results))

    def needed(self) -> list[tuple]:
        """What has to be known to run a pass again: adjoints ask for the live values, those for others."""
        found = [s for s in self.slots if s in self.live]
        while True:
            read = set(free_variables([self.to_next(found)]))
            more = [s for s in self.slots if s in found or s[1] in read]
            if len(more) == len(found):
                return found
            found = more

    def to_next(self, states: list[tuple]) -> Block:
        """The body, as far as these values at its end need it."""
        block = clone(Block([], self.body.ops, [end for _, _, end, _ in states]), {})
        only_once(block, also=p.CHECKPOINT)
        eliminate_dead(block)
        return block

    def as_function(self) -> tuple[Callee, list[Var]]:
        """The body as a function of the index, of what it carries and of what it reads from outside."""
        step = Callee("step")
        step.block = self.to_next(self.states)
        given = [self.body.params[0], *(q for _, q, _, _ in self.states)]
        free = [v for v in free_variables([step.block]) if v not in given]
        step.block.params = [Var(v.name, v.type) for v in (*given, *free)]
        substitute(step.block, dict(zip((*given, *free), step.block.params)))
        for op in walk(step.block):
            self.builder.definitions.update(dict.fromkeys(op.outs, op))
        return step, free

    def emit(self, fn: object, inputs: list[Operand], kind: ty.Type = ty.INT, name: str | None = None) -> Var:
        return self.builder.emit(registry.entry(fn), inputs, kind, name)

    # -- the forward sweep

    def forward_sweep(self) -> None:
        """Turn the loop into one over the places to be kept, in place."""
        op, ops = self.op, self.scope.forward.ops
        with self.builder.into(Block()) as before:
            self.builder.note = None
            self.passes = self.count_passes()
            self.limit: Operand = self.mark.inputs[0]
            if isinstance(self.limit, Const) and self.limit.value is None:
                self.limit = self.emit(root_of_passes, [self.passes], name="slots")
            first = self.builder.emit(p.LIST, [Const(0), Const(0)], _PLACES)
            self.places = self.emit(checkpoints, [first, self.passes, self.limit], _PLACES, "places")
            self.describe()
            stop = self.emit(operator.sub, [self.emit(len, [self.places]), Const(1)])
            begin = [
                self.builder.append(Op([tape], p.NEW_TAPE, [])) for tape in self.fresh_tapes()
            ]
        place = ops.index(op)
        ops[place:place] = before.ops
        self.begin, self.tapes = begin, self.fresh_tapes()
        states = {q for _, q, _, _ in self.states}
        params = [Var(q.name, q.type) for _, q, _, _ in self.slots]
        kept = [x for x, (_, q, _, _) in zip(params, self.slots) if q in states]
        ends = [Var(q.name, q.type) for _, q, _, _ in self.slots]
        with self.builder.into(Block()) as stretch:
            j, tapes, pushed, here, there = self.keep(self.places, kept)
            if not self.is_plain():
                self.count_in_passes()
            self.builder.append(Op(list(ends), p.FOR, [here, there, Const(1), *params], {}, [self.body]))
        stretch.params = [j, *params, *tapes]
        stretch.results = [*ends, *pushed]
        op.inputs = [Const(0), stop, Const(1), *op.inputs[3:], *(o.outs[0] for o in begin)]
        op.blocks, op.outs, op.attrs = [stretch], [*op.outs, *self.tapes], {}
        self.builder.definitions.update(dict.fromkeys(op.outs, op))

    def count_in_passes(self) -> None:
        """Let the body begin with the index that belongs to the number of the pass."""
        k, index = Var(None, ty.INT), self.body.params[0]
        with self.builder.into(Block()) as before:
            made = self.builder.definition(self.index(k))
        made.outs = [index]  # type: ignore[union-attr]
        self.builder.definitions[index] = made  # type: ignore[assignment]
        self.body.params[0] = k
        self.body.ops[:0] = before.ops

    def fresh_tapes(self) -> list[Var]:
        return [
            Var(f"{name or 'state'}_kept", ty.Tape(kind)) for name, kind in zip(self.names, self.types)
        ]

    def fresh_states(self) -> list[Var]:
        return [Var(name, kind) for name, kind in zip(self.names, self.types)]

    def describe(self) -> None:
        """Say next to the schedule what it costs."""
        k = self.mark.inputs[0]
        if k is not self.limit:
            made, cost = self.limit, "states; passes run up to 3 times"
        else:
            s = k.value if isinstance(k, Const) else getattr(k, "name", None) or "slots"
            made = self.places
            cost = f"{s} states; passes run up to r + 1 times, comb({s} + r, r) > n"
        self.builder.definition(made).note = cost  # type: ignore[union-attr]

    def count_passes(self) -> Operand:
        if self.from_zero():
            return self.bounds[1]
        return self.emit(len, [self.emit(range, self.bounds, ty.Object(range))])

    def from_zero(self) -> bool:
        start, _, step = self.bounds
        return all(isinstance(x, Const) and x.value == v for x, v in ((start, 0), (step, 1)))

    def is_plain(self) -> bool:
        return self.from_zero() and not self.backwards

    def index(self, k: Operand) -> Operand:
        """The index of the loop in pass k."""
        start, _, step = self.bounds
        if self.is_plain():
            return k
        if self.backwards:
            k = self.emit(operator.sub, [self.emit(operator.sub, [self.passes, Const(1)]), k])
        return self.emit(operator.add, [start, self.emit(operator.mul, [k, step])])

    # -- getting on

    def keep(self, places: Operand, states: list[Var]) -> tuple:
        """Keep the state at place j: j, tapes before and after, the place and the next one."""
        j = Var("j", ty.INT)
        tapes = self.fresh_tapes()
        pushed = [
            self.builder.emit(p.PUSH, [tape, x], tape.type, tape.name) for tape, x in zip(tapes, states)
        ]
        here = self.emit(operator.getitem, [places, j])
        there = self.emit(operator.getitem, [places, self.emit(operator.add, [j, Const(1)])])
        return j, tapes, pushed, here, there

    def get_on(self, inputs: list[Operand], places: Operand, free: list[Operand], outs: list[Var]) -> None:
        """Append a loop that goes on from place to place, keeping the state at each."""
        now, ends = self.fresh_states(), self.fresh_states()
        with self.builder.into(Block()) as stretch:
            j, tapes, pushed, here, there = self.keep(places, now)
            k, given, after = Var(self.index_name, ty.INT), self.fresh_states(), self.fresh_states()
            with self.builder.into(Block([k, *given])) as pass_:
                self.builder.append(
                    Op(list(after), p.CALL, [self.index(k), *given, *free], {"callee": self.step})
                )
                pass_.results = list(after)
            self.builder.append(Op(list(ends), p.FOR, [here, there, Const(1), *now], {}, [pass_]))
            stretch.params = [j, *now, *tapes]
            stretch.results = [*ends, *pushed]
        self.builder.append(Op(outs, p.FOR, inputs, {}, [stretch]))

    # -- the reverse sweep

    def reverse_sweep(self) -> None:
        sweep, scope, live = self.sweep, self.scope, self.live
        t, before, taken = Var(self.index_name, ty.INT), Var("places", _PLACES), self.fresh_tapes()
        entry: list[Operand] = [*self.tapes, self.places]
        with self.builder.into(scope.backward):
            self.builder.note = None
            free = [sweep.value(scope, v) for v in self.free]
            self.bounds = [sweep.value(scope, x) for x in self.bounds]
        with self.builder.into(Block([t, *taken, before])) as block:
            mapping, kept = self.state_at(t, taken, before, free)
            again = clone(Block([], self.again.ops, self.again.results), mapping)
            only_once(again)
            for op in walk(again):
                self.builder.definitions.update(dict.fromkeys(op.outs, op))
            block.ops += again.ops
            sweep.active.update(new for old, new in mapping.items() if old in sweep.active)
            inner = Scope(scope, block, block, loop=True)
            for _, param, end, out in live:
                bar = Var(bar_name(param), ty.of_derivative(param.type))
                block.params.append(bar)
                with self.builder.into(scope.backward):
                    known = scope.bars.get(out)
                    entry.append(sweep.zero_bar(scope, out) if known is None else sweep.whole(known, out))
                sweep.add(inner, mapping.get(end, end), bar)  # type: ignore[arg-type]
            with shapes.scope():
                sweep.block(inner, list(again.ops))  # type: ignore[attr-defined]
            results = [*kept, *(sweep.end_of(inner, mapping[q]) for _, q, _, _ in live)]  # type: ignore[attr-defined]
            replace(again.ops, {v: x for v, x in zip(self.free, free) if x is not v})
        left = self.fresh_tapes()
        outs = [*left, Var("places", _PLACES)]
        own = len(outs)
        outs += [Var(bar_name(init) or bar_name(q), ty.of_derivative(q.type)) for init, q, _, _ in live]
        sweep.finish(scope, inner, outs, results, entry, [Const(0), self.passes, Const(1)], True)  # type: ignore[attr-defined]
        for (init, _, _, _), out in zip(live, outs[own:]):
            sweep.add(scope, init, out)
        for tape, begin, rest in zip(self.tapes, self.begin, left):
            sweep.tapes[tape] = begin, rest

    def state_at(
        self, t: Var, taken: list[Var], before: Var, free: list[Operand]
    ) -> tuple[dict[Var, Operand], list[Operand]]:
        """Get to the state at the beginning of pass t: what the body has there, and what is kept then."""
        now, rest, tapes = self.fresh_states(), self.fresh_tapes(), self.fresh_tapes()
        for state, less, tape in zip(now, rest, taken):
            self.builder.append(Op([state, less], p.POP, [tape]))
        first = self.emit(operator.sub, [self.emit(len, [before]), Const(2)])
        places = self.emit(checkpoints, [before, t, self.limit], _PLACES, "places")
        stop = self.emit(operator.sub, [self.emit(len, [places]), Const(1)])
        states = self.fresh_states()
        self.get_on([first, stop, Const(1), *now, *rest], places, free, [*states, *tapes])
        mapping: dict[Var, Operand] = {q: x for (_, q, _, _), x in zip(self.states, states)}
        mapping[self.again.params[0]] = self.index(t)
        return mapping, [*tapes, places]


def only_once(block: Block, also: Primitive | None = None) -> None:
    """Take out what need not happen again: what would have raised an exception has done so."""
    block.ops = [op for op in block.ops if op.primitive not in (p.RAISE, p.ASSERT, also)]
    for op in block.ops:
        for inner in op.blocks:
            only_once(inner, also)


def refuse_to_repeat(blocks: list[Block], at: Op) -> None:
    """What must happen once only cannot be run again."""
    inner = [c.block for block in blocks for c in callees(block)]
    for op in (o for block in [*blocks, *inner] for o in walk(block)):
        if "opaque" in op.attrs or op.primitive is p.PRINT:
            raise ArgumentError(
                f"{op.primitive.name} stands in what checkpoint runs again, and would happen more than once",
                "call it outside (draw random numbers before the loop), or leave checkpoint out",
                op.loc or at.loc,
            )


__all__ = ["Checkpointing", "is_checkpointed", "refuse_to_repeat"]
