"""The adjoints of a reverse sweep: where they are kept, added up, and put together.

Each block of the forward sweep has a `Scope`: the adjoints of its variables so far, and the versions of
overwritten arrays as restored so far. The adjoint of a tuple, list or dict is kept item by item (`Parts`)
until somebody needs it whole.
"""

from __future__ import annotations

import operator
from typing import Any

from transad.analysis.assigned import Known, surely_unbound
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import UNDEFINED_VALUE, Block, Const, Op, Operand, Var
from transad.transforms.applying import Applier
from transad.transforms.cut import is_cheap
from transad.transforms.recording import Pair


class Parts:
    """The adjoint of a tuple, list or dict, item by item; an item not there is zero."""

    def __init__(self, items: dict[int, Any] | None = None):
        self.items: dict[int, Any] = items or {}


class Scope:
    """One block of the forward sweep and the block of the reverse sweep that belongs to it."""

    def __init__(self, parent: Scope | None, forward: Block, backward: Block, loop: bool = False):
        self.parent, self.forward, self.backward, self.loop = parent, forward, backward, loop
        self.known: Known = parent.known if parent else {}  # the tests of the branches around
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
            param = Var(bar_name(v), ty.of_derivative(v.type))
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


class Adjoints:
    """Reads and adds to adjoints."""

    def __init__(self, applier: Applier, active: set[Var]):
        self.applier, self.builder, self.active = applier, applier.builder, active
        self.pairs: list[Pair] = []
        self.certain: dict[Op, int] = {}  # branches whose side is known where they are reversed
        self.tapes: dict[Var, tuple[Op, Var]] = {}  # of checkpoints: what begins a tape, what is left of it
        self.calls: dict[Op, tuple] = {}  # calls of functions of their own, as they were

    # -- adjoints

    def add(self, scope: Scope, x: Operand, bar: Any) -> None:
        """Add to the adjoint of a variable."""
        if not isinstance(x, Var) or x not in self.active or bar is None:
            return
        old = scope.bar(x)
        scope.bars[x] = bar if old is None else self.sum(old, bar, x)
        if isinstance(scope.bars[x], Var) and scope.bars[x].name is None:
            scope.bars[x].name = bar_name(x)

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
        return self.applier.plus(a, b, bar_name(x))

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
        return self.builder.emit(primitive, items, ty.of_derivative(t), bar_name(like), attrs)

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

    def zero_bar(self, scope: Scope, v: Operand) -> Operand:
        if isinstance(v.type, ty.Array) and surely_unbound(v, scope.known, self.builder.definition):
            return Const(UNDEFINED_VALUE)  # where the variable has no value, nobody asks for its adjoint
        if isinstance(v.type, ty.Saved):
            return Const(None)
        if isinstance(v.type, ty.Tape):
            return self.builder.emit(p.NEW_TAPE, [], ty.of_derivative(v.type), bar_name(v))
        return self.applier.zeros(v)


def bar_name(v: Operand) -> str | None:
    name = getattr(v, "name", None)
    return f"{name}_bar" if name and not name.startswith("%") else None
