"""Where variables have no value.

A name that only some paths bind has no value on the others: the end of a branch, or the entry of a loop, is
`UNDEFINED_VALUE` there. Which path that is depends on tests; `Known` are those whose outcome is known at some
place, because the place is on one side of a branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from transad.analysis.activity import links
from transad.ir.core import Block, Const, Op, Operand, Var, is_undefined, walk
from transad.ir.primitives import FOR, IF, WHILE

Known = dict[Operand, bool]
Definition = Callable[[Operand], "Op | None"]
FAR = 12  # how many branches, one after the other, are looked through


def learn(known: Known, test: Operand, outcome: bool, definition: Definition) -> Known:
    """What is known on one side of a branch: its test; and what that says about the tests it is made of
    (`c = True if a else b` is false only if `a` and `b` are)."""
    known = {**known, test: outcome}
    made = definition(test)
    if made is None or made.primitive is not IF or test not in made.outs:
        return known
    k = made.outs.index(test)  # type: ignore[arg-type]
    ends = [block.results[k] for block in made.blocks]
    for side in (0, 1):
        if isinstance(ends[side], Const) and ends[side].value is (not outcome):  # type: ignore[union-attr]
            known = learn(known, made.inputs[0], side == 1, definition)
            if isinstance(ends[1 - side], Var):
                known = learn(known, ends[1 - side], outcome, definition)
    return known


def sides(op: Op, out: Operand, known: Known, definition: Definition) -> Iterator[tuple[Operand, Known]]:
    """What a branch may leave `out` bound to, with what is known on the way there."""
    k = op.outs.index(out)  # type: ignore[arg-type]
    for block, outcome in zip(op.blocks, (True, False)):
        there = learn(known, op.inputs[0], outcome, definition)
        ends = [(end, known[v]) for v, end in zip(op.outs, block.results) if v in known]
        possible = known.get(op.inputs[0], outcome) is outcome and k < len(block.results)
        if possible and not any(isinstance(end, Const) and end.value is (not is_) for end, is_ in ends):
            for end, is_ in ends:
                there = learn(there, end, is_, definition)
            yield block.results[k], there


def surely_unbound(v: Operand, known: Known, definition: Definition, far: int = FAR) -> bool:
    """Has a variable no value wherever this is known?"""
    if is_undefined(v):
        return True
    made = definition(v)
    if made is None or made.primitive is not IF or not far:
        return False
    return all(surely_unbound(x, k, definition, far - 1) for x, k in sides(made, v, known, definition))


def may_be_unbound(v: Var, definition: Definition) -> bool:
    """Did some path leave the branches that define a variable without giving it a value?"""
    seen: set[Operand] = {v}
    work: list[Operand] = [v]
    while work:
        x = work.pop()
        if is_undefined(x):
            return True
        made = definition(x)
        if made is not None and made.primitive is IF and x in made.outs:
            ends = {end for end, _ in sides(made, x, {}, definition)} - seen
            seen |= ends
            work += ends
    return False


class Unbound:
    """The variables of a list that have no value on some path."""

    def __init__(self, block: Block):
        self.makers = {v: op for op in walk(block) for v in op.outs}
        self.carriers: dict[Var, Op] = {}  # parameters of loops
        flows: dict[Operand, list[Var]] = {}
        self.found: set[Var] = set()
        for op in walk(block):
            if op.primitive in (FOR, WHILE):
                self.carriers.update({v: op for inner in op.blocks for v in inner.params})
            for source, target in links(op):
                if is_undefined(source):
                    self.found.add(target)
                else:
                    flows.setdefault(source, []).append(target)
        work = list(self.found)
        while work:
            for v in flows.get(work.pop(), ()):
                if v not in self.found:
                    self.found.add(v)
                    work.append(v)

    def at(self, v: Operand, known: Known, far: int = FAR) -> bool:
        """May `v` have no value where this is known?"""
        if not isinstance(v, Var) or v not in self.found:
            return is_undefined(v)
        made = self.makers.get(v)
        if made is None or made.primitive is not IF or not far:
            return True
        return any(self.at(x, k, far - 1) for x, k in sides(made, v, known, self.makers.get))

    def fill(self, v: Operand, done: set[Var]) -> None:
        """Let a variable be None on the paths on which it has no value."""
        if v not in self.found or v in done:
            return
        done.add(v)  # type: ignore[arg-type]
        op = self.makers.get(v) or self.carriers[v]  # type: ignore[call-overload]
        for values, targets in _ends(op):
            for k, target in enumerate(targets):
                if target is v and is_undefined(values[k]):
                    values[k] = Const(None)
                elif target is v:
                    self.fill(values[k], done)


class _From:
    """A list from some place on, to be read and written."""

    def __init__(self, items: list[Operand], first: int):
        self.items, self.first = items, first

    def __getitem__(self, k: int) -> Operand:
        return self.items[self.first + k]

    def __setitem__(self, k: int, x: Operand) -> None:
        self.items[self.first + k] = x


def _ends(op: Op) -> list[tuple[_From, list[Var]]]:
    """The lists of operands from which the outs and parameters of an operation take their values."""
    if op.primitive is IF:
        return [(_From(block.results, 0), op.outs) for block in op.blocks]
    if op.primitive is FOR:
        inits, ends = _From(op.inputs, 3), _From(op.blocks[0].results, 1 if op.attrs.get("breaks") else 0)
        carried = op.blocks[0].params[1:]
        return [(inits, carried), (ends, carried), (inits, op.outs), (ends, op.outs)]
    before, after = op.blocks
    passed = _From(before.results, 1)
    return [(_From(op.inputs, 0), before.params), (_From(after.results, 0), before.params),
            (passed, after.params), (passed, op.outs)]  # fmt: skip
