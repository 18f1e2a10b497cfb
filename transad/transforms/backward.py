"""Branches and loops of a reverse sweep.

The adjoint of a branch is a branch on the same condition; the adjoint of a loop is the loop run backwards.
What a loop carries, and what its body reads from outside, are carried adjoints; arrays that its body
overwrites are carried too, restored pass by pass. A `while` loop counts its passes, and the last run of
its test, which no pass follows, is reversed before the loop.
"""

from __future__ import annotations

import operator

from transad.analysis import shapes
from transad.analysis.activity import carried
from transad.analysis.assigned import learn
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var
from transad.transforms.adjoints import Scope, bar_name
from transad.transforms.checkpointing import Checkpointing, is_checkpointed
from transad.transforms.recording import Pair


class Backward(Checkpointing):
    """Reverses blocks."""

    def block(self, scope: Scope, ops: list[Op]) -> None:
        raise NotImplementedError

    # -- branches

    def if_(self, scope: Scope, op: Op) -> None:
        if op in self.certain:
            test: Operand = Const(self.certain[op] == 0)
        else:  # before anything is restored: it was decided on what was there
            test = self.value(scope, op.inputs[0])
        sides = []
        for k, block in enumerate(op.blocks):
            inner = Scope(scope, block, Block())
            inner.known = learn(scope.known, op.inputs[0], k == 0, self.builder.definition)
            with self.builder.into(inner.backward):
                for out, end in zip(op.outs, block.results):
                    if isinstance(end, Var) and scope.version(out) is not out:
                        inner.versions[end] = scope.version(out)
                for out, end in zip(op.outs, block.results):
                    if out in scope.bars and out in self.active:
                        self.add(inner, end, scope.bars[out])
                with shapes.scope():
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
                    ends.append(self.zero_bar(s, v) if bar is None else self.whole(bar, v))
            out = Var(bar_name(v), ty.of_derivative(v.type))
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
        if is_checkpointed(op):
            self.checkpointed(scope, op)
            return
        body = op.blocks[0]
        op.attrs.pop("completes", None)
        side = self.completing_side(op)
        if side is not None:
            op.attrs["completes"] = body.ops[-1], side
            self.certain[body.ops[-1]] = side
        slots = carried(op)
        live = [s for s in slots if s[1] in self.active or s[3] in self.active]
        index = Var(body.params[0].name, body.params[0].type)
        inner = Scope(scope, body, Block([index]), loop=True)
        bounds = self.bounds(scope, op)
        entry: list[Operand] = []
        with self.builder.into(inner.backward):
            inner.versions[body.params[0]] = index
            self.enter(scope, inner, live, entry)
            arrays = self.follow_arrays(scope, inner, slots, entry)
            with shapes.scope():
                self.block(inner, list(body.ops))
            results = [self.end_of(inner, param) for _, param, _, _ in live]
            restored = [(param, inner.version(param)) for param in arrays]
        outs = [
            Var(bar_name(init) if isinstance(init, Var) else bar_name(param), ty.of_derivative(param.type))
            for init, param, _, _ in live
        ]
        outs += [Var(param.name, param.type) for param, _ in restored]
        results += [v for _, v in restored]
        self.close(scope, inner, op, outs, results, entry, bounds, slots, live, restored)

    def completing_side(self, op: Op) -> int | None:
        """Of a loop that a pass leaves without having changed anything, by a branch at the end of the body:
        the side of the branch on which passes are completed. Only those are counted, and reversed."""
        body = op.blocks[0]
        last = body.ops[-1] if body.ops else None
        if not op.attrs.get("breaks") or last is None or last.primitive is not p.IF:
            return None
        stop = body.results[0]
        if stop not in last.outs or any(o.blocks for o in body.ops[:-1]):
            return None
        k = last.outs.index(stop)  # type: ignore[arg-type]
        flags = [block.results[k] for block in last.blocks]
        if not all(isinstance(f, Const) for f in flags) or flags[0].value is flags[1].value:  # type: ignore[union-attr]
            return None
        leaves = 0 if flags[0].value else 1  # type: ignore[union-attr]
        if last.blocks[leaves].ops:
            return None
        for _, param, end, out in carried(op):
            if end in last.outs:
                end = last.blocks[leaves].results[last.outs.index(end)]  # type: ignore[arg-type]
            matters = param in self.active or out in self.active or isinstance(param.type, ty.Array)
            if end is not param and matters:
                return None
        return 1 - leaves

    def bounds(self, scope: Scope, op: Op) -> list[Operand]:
        """The range of a loop, which is run backwards: that of the passes that ran."""
        if not op.attrs.get("breaks"):
            return [self.value(scope, x) for x in op.inputs[:3]]
        count = self.count_passes(op, scope)
        start, _, step = (self.value(scope, x) for x in op.inputs[:3])
        length = self.applier.times(count, step)
        first = isinstance(start, Const) and start.value == 0
        stop = length if first else self.applier.call(operator.add, start, length)
        return [start, stop, step]

    def count_passes(self, op: Op, scope: Scope) -> Var:
        """Let the forward loop count how often it ran."""
        body = op.blocks[-1]
        counter, out = Var("n", ty.INT), Var("n", ty.INT)
        branch, side = op.attrs.get("completes", (None, 0))
        with self.builder.into(Block()) as counting:
            note, self.builder.note = self.builder.note, None
            more = self.applier.call(operator.add, counter, Const(1))
            self.builder.note = note
        self.builder.definition(more).attrs["accumulate"] = True  # type: ignore[union-attr]
        if branch is not None:
            counted = Var("n", ty.INT)
            branch.blocks[side].ops += counting.ops
            branch.blocks[side].results.append(more)
            branch.blocks[1 - side].results.append(counter)
            branch.outs.append(counted)
            self.builder.definitions[counted] = branch
            more = counted
        else:
            body.ops[:0] = counting.ops  # before what may leave the loop
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
            bar = Var(bar_name(param), ty.of_derivative(param.type))
            inner.backward.params.append(bar)
            with self.builder.into(scope.backward):
                known = scope.bars.get(out)
                entry.append(self.zero_bar(scope, out) if known is None else self.whole(known, out))
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

    def root(self, v: Operand, known: dict[Operand, Operand] | None = None) -> Operand:
        """The array that a version was made from, by updates only. `known` holds what was found on the way:
        the two sides of a branch lead to the same versions, and those of the branches before it."""
        known = {} if known is None else known
        begin = v
        while isinstance(v, Var) and v not in known:
            made = self.builder.definition(v)
            if made is None:
                break
            if made.primitive is p.HOOK or made.primitive in (p.UPDATE, p.RESTORE) and made.attrs["path"]:
                v = made.inputs[0]
            elif made.primitive is p.IF:
                k = made.outs.index(v)
                roots = {self.root(b.results[k], known) for b in made.blocks}
                if len(roots) != 1:
                    break
                v = roots.pop()
            elif made.primitive is p.FOR:
                init, param, end, _ = carried(made)[made.outs.index(v)]
                if self.root(end, known) is not param:
                    break
                v = init
            else:
                break
        known[begin] = known.get(v, v)
        return known[begin]

    def end_of(self, inner: Scope, param: Var) -> Operand:
        bar = inner.bars.get(param)
        return self.zero_bar(inner, param) if bar is None else self.whole(bar, param)

    def close(self, scope, inner, op, outs, results, entry, bounds, slots, live, restored) -> None:
        """Append the loop of the reverse sweep, and hand what it computed to the scope around it."""
        index = inner.versions.get(inner.forward.params[0]) if op.primitive is p.FOR else None
        made = self.finish(scope, inner, outs, results, entry, bounds, not op.attrs.get("reverse", False))
        self.pairs.append(Pair(op, made, 0, inner.forward, inner.backward, index))
        for (init, _, _, _), out in zip(live, outs):
            self.add(scope, init, out)
        for (param, _), out in zip(restored, outs[len(live) :]):
            init = next(s[0] for s in slots if s[1] is param)
            if isinstance(init, Var):
                scope.versions[init] = out

    def finish(self, scope, inner, outs, results, entry, bounds, reverse: bool) -> Op:
        """Append a loop of the reverse sweep, with the adjoints of what its body reads from outside."""
        own = len(outs)
        for v, param in inner.accumulators.items():
            inner.backward.params.append(param)
            with self.builder.into(inner.backward):
                results.append(self.whole(inner.bars[v], v))
            outs.append(Var(bar_name(v), ty.of_derivative(v.type)))
            with self.builder.into(scope.backward):
                known = scope.bar(v)
                entry.append(self.zero_bar(scope, v) if known is None else self.whole(known, v))
        inner.backward.results = results
        made = self.builder.append(Op(outs, p.FOR, [*bounds, *entry], {"reverse": reverse}, [inner.backward]))
        for v, out in zip(inner.accumulators, outs[own:]):
            scope.bars[v] = out
        return made

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
        with shapes.scope():
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
                bar = Var(bar_name(before.params[k]), ty.of_derivative(before.params[k].type))
                inner.backward.params.append(bar)
                with self.builder.into(scope.backward):
                    known = last.bars.get(before.params[k])
                    zero = known is None
                    param = before.params[k]
                    entry.append(self.zero_bar(scope, op.outs[k]) if zero else self.whole(known, param))
                self.add(inner, after.results[k], bar)
            with shapes.scope():
                self.block(inner, list(after.ops))
            for q, r in zip(passed, after.params):
                if r in inner.bars:
                    self.add(inner, q, inner.bars[r])
            inner.forward = before
            with shapes.scope():
                self.block(inner, list(before.ops))
            inner.forward = after
            results = [self.end_of(inner, before.params[k]) for k in live]
        outs = [Var(bar_name(q), ty.of_derivative(q.type)) for q in (before.params[k] for k in live)]
        slots = [(op.inputs[k], before.params[k], after.results[k], op.outs[k]) for k in live]
        self.close(scope, inner, op, outs, results, entry, [Const(0), count, Const(1)], slots, slots, [])
