"""Python names for the variables of a list.

Variables that are one name in the source (what a loop carries: on entry, in the body, afterwards; an
array and its updated version) are joined into classes where their lifetimes allow it; each class gets
the user's name for it, with a number when that name is taken at the same time by another. A compiler that
gives each name one type (`typed`) gets no name that is of different types at different times.
"""

from __future__ import annotations

import builtins
import heapq
import keyword
from typing import Any

from transad.analysis.activity import carried
from transad.backend.liveness import Liveness
from transad.backend.ownership import COPY
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Op, Operand, Var, walk

_WRITES = {p.UPDATE, p.ADD_AT, p.RESTORE, p.PUSH, p.APPEND}


class Names:
    """`names[v]` is the Python name of a variable that is not folded into an expression."""

    def __init__(
        self,
        block: Block,
        folded: set[Var],
        taken: set[str],
        blank: set[Var] | None = None,
        typed: bool = False,
    ):
        self.blank = blank or set()  # variables that are None on some path
        self.live = Liveness(block)
        self.folded = folded
        self.typed = typed
        self.parent: dict[Var, Var] = {}
        self.members: dict[Var, list[Var]] = {}
        self.fixed = set(block.params)
        for v in self.live.start:
            self.parent[v] = v
            self.members[v] = [v]
        self.join_all(block)
        self.names: dict[Var, str] = {}
        self.assign(block, taken)

    def __getitem__(self, v: Var) -> str:
        return self.names[self.find(v)]

    def find(self, v: Var) -> Var:
        while self.parent[v] is not v:
            self.parent[v] = self.parent[self.parent[v]]
            v = self.parent[v]
        return v

    def join(self, a: Operand, b: Operand, always: bool = False) -> bool:
        """Let two variables have one name, if they are never needed at the same time and the user does
        not call them differently (`always`: even then)."""
        if not isinstance(a, Var) or not isinstance(b, Var) or a not in self.parent or b not in self.parent:
            return False
        if a in self.folded or b in self.folded:
            return False
        ra, rb = self.find(a), self.find(b)
        if ra is rb:
            return True
        left, right = self.members[ra], self.members[rb]
        if any(x in self.fixed for x in left) and any(x in self.fixed for x in right):
            return False
        if not always and not _one_name(left, right):
            return False
        either = [*left, *right]  # a shape may be read from a later version
        shape_too = not _one_shape(either) or not self.blank.isdisjoint(either)
        for x in left:
            for y in right:
                if self.live.overlap(x, y, shape_too):
                    return False
        if rb in self.fixed or any(x in self.fixed for x in right):
            ra, rb = rb, ra
        self.parent[rb] = ra
        self.members[ra] = left + right
        return True

    def join_all(self, block: Block) -> None:
        ops = list(walk(block))
        for op in ops:
            if op.primitive in _WRITES or op.attrs.get("in_place") and len(op.outs) == 1:
                self.join(op.inputs[0], op.outs[0], always=True)
            elif op.primitive is p.POP:
                self.join(op.inputs[0], op.outs[1], always=True)
            elif op.primitive is COPY:
                self.join(op.inputs[0], op.outs[0])
        for op in ops:
            if op.primitive is p.FOR:
                slots = carried(op)
                for init, param, end, out in slots:
                    self.join(param, end)
                    self.join(param, out)
                    self.join(init, param)
            elif op.primitive is p.WHILE:
                before, after = op.blocks
                for passed, param, out in zip(before.results[1:], after.params, op.outs):
                    self.join(passed, param)
                    self.join(passed, out)
                    self.join(param, out)
                for init, param, end in zip(op.inputs, before.params, after.results):
                    self.join(param, end)
                    self.join(init, param)
            elif op.primitive is p.IF:
                for out, a, b in zip(op.outs, op.blocks[0].results, op.blocks[1].results):
                    self.join(a, out)
                    self.join(b, out)
        for op in ops:
            if op.attrs.get("accumulate"):
                self.join(op.inputs[0], op.outs[0])

    def assign(self, block: Block, taken: set[str]) -> None:
        """Names, class by class in the order of first definition."""
        self.used: dict[str, list[list[Var]]] = {}
        self.free: dict[Any, list[tuple[int, int, str]]] = {}  # by stem and kind: last use, number, name
        self.numbers: dict[str, int] = {}
        users = {v.name for v in self.parent} | taken
        self.unnamed = next(name for name in ("t", "u", "s", "tmp", "unnamed") if name not in users)
        for v in block.params:
            root = self.find(v)
            self.names[root] = v.name or "x"
            self.take(v.name or "x", v.name or "x", 1, self.members[root])
        roots = sorted(
            {self.find(v) for v in self.parent if v not in self.folded},
            key=lambda r: min(self.live.start[m] for m in self.members[r]),
        )
        for root in roots:
            if root not in self.names:
                self.names[root] = self.choose(self.members[root], taken)

    def choose(self, members: list[Var], taken: set[str]) -> str:
        """The user's name if it can be had, else one with a number that is not in use any more."""
        stem = self.stem(members)
        start = min(self.live.start[v] for v in members)
        free = self.free.setdefault((stem, self.kind(members)), [])
        if free and free[0][0] <= start:
            _, k, name = heapq.heappop(free)
        else:
            groups = self.used.get(stem, ())
            if stem not in taken and len(groups) < 30 and not self.clashes(members, groups):
                k, name = 1, stem
            else:
                k = self.numbers.get(stem, 1) + 1
                while f"{stem}_{k}" in taken or f"{stem}_{k}" in self.used:
                    k += 1
                self.numbers[stem] = k
                name = f"{stem}_{k}"
        self.take(stem, name, k, members)
        return name

    def take(self, stem: str, name: str, k: int, members: list[Var]) -> None:
        last = max((self.live.uses[v][-1] for v in members if self.live.uses[v]), default=0)
        last = max([last, *(self.live.start[v] for v in members)])
        free = self.free.setdefault((stem, self.kind(members)), [])
        others = [e for e in free if e[2] == name]
        if others:  # the name is shared by several at once: free when the last is
            free.remove(others[0])
            heapq.heapify(free)
            last = max(last, others[0][0])
        heapq.heappush(free, (last, k, name))
        self.used.setdefault(name, []).append(members)

    def clashes(self, members: list[Var], others: Any) -> bool:
        kind = self.kind(members)
        return any(
            self.kind(group) != kind or any(self.live.overlap(a, b) for a in members for b in group)
            for group in others
        )

    def kind(self, members: list[Var]) -> Any:
        """What must be alike for a name to be used again."""
        if not self.typed:
            return None
        t = members[0].type
        if isinstance(t, ty.Tuple):
            return "tuple", len(t.items)
        axes = len(t.shape or ()) if isinstance(t, ty.Array) else None
        return type(t).__name__, ty.dtype_of(t), axes

    def stem(self, members: list[Var]) -> str:
        """The name most of the variables have; when none has one, `t`, or what else no variable is called."""
        counts: dict[str, int] = {}
        for v in members:
            if v.name and v.name.isidentifier():
                counts[v.name] = counts.get(v.name, 0) + 1
        if not counts:
            return "tape" if isinstance(members[0].type, ty.Tape) else self.unnamed
        name = max(counts, key=lambda n: counts[n])
        return name + "_" if keyword.iskeyword(name) or name in _BUILTINS else name


def _one_shape(group: list[Var]) -> bool:
    shapes = {v.type.shape if isinstance(v.type, ty.Array) else None for v in group}
    return len(shapes) == 1 and None not in shapes


def _one_name(left: list[Var], right: list[Var]) -> bool:
    a, b = ({v.name for v in group if v.name} for group in (left, right))
    return not a or not b or bool(a & b)


_BUILTINS = {n for n in dir(builtins) if not n.startswith("_")}


__all__ = ["Names", "Op"]
