"""Who else holds an array when it is written to.

The question is asked for each write of a program: which variables that may lie in this memory were defined
before the write and are read after it? Asked in program order, what has been read for the last time need not
be looked at again, so that each question costs what is alive, not all that ever lay there.
"""

from __future__ import annotations

from collections.abc import Iterable

from transad.backend.liveness import Liveness
from transad.ir import types as ty
from transad.ir.core import Var


class Readers:
    """The variables of each storage, by the time at which they come and go.

    A storage made inside a loop is another one in each pass: what was defined before it was made in this
    pass can only hold that of an earlier one.
    """

    def __init__(self, live: Liveness, storages: dict[Var, frozenset[Var]]):
        self.live = live
        self.coming: dict[Var, list[Var]] = {}  # the first to come last
        for v, where in storages.items():
            if not isinstance(v.type, ty.Number):
                for s in where:
                    self.coming.setdefault(s, []).append(v)
        for waiting in self.coming.values():
            waiting.sort(key=live.start.__getitem__, reverse=True)
        self.held: dict[Var, list[Var]] = {s: [] for s in self.coming}

    def first(self, where: Iterable[Var], at: int, but: Var) -> Var | None:
        """One that is defined before a time, which may not be before that of the last question, and read
        after it; None if there is none `but` the one that is given."""
        for s in where:
            for w in self.alive(s, at):
                if w is not but and self.live.read_after(w, at, isinstance(w.type, ty.List)):
                    return w
        return None

    def alive(self, s: Var, at: int) -> list[Var]:
        waiting = self.coming.get(s)
        if waiting is None:
            return []
        start, held = self.live.start, self.held[s]
        while waiting and start[waiting[-1]] < at:
            held.append(waiting.pop())
        born = start.get(s, 0)
        earliest = born if born <= at else 0
        held[:] = [w for w in held if start[w] >= earliest and self.live.last_read(w) > at]
        return held
