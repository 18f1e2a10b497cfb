"""Exact simplification and common subexpressions, in one walk from top to bottom.

Each operation is first looked at by the rewrites for its primitive, which may name an operand that has
the same value; then it is looked up among the operations already done in this block and those around
it. All rewrites are exact: no NaN, infinity or rounding changes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.analysis.activity import carried
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.builder import fold
from transad.ir.core import Block, Const, Op, Operand, Primitive, Var, Zero, has_effect
from transad.rules import registry
from transad.runtime import zeros_like

# Each gives a new object that may be written to later, or depends on what was done before.
_NOT_SHARED = {
    np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.zeros, np.ones, np.empty, np.full, np.copy,
    np.array, zeros_like,
}  # fmt: skip
_UNIQUE = {
    p.NEW_TAPE,
    p.PUSH,
    p.POP,
    p.APPEND,
    p.LIST,
    p.DICT,
    p.PRINT,
    p.RAISE,
    p.ADD_AT,
    p.UPDATE,
    p.RESTORE,
}

Rewrite = Callable[["Simplifier", Op], "Operand | None"]
REWRITES: dict[Any, Rewrite] = {}


def rewrites(*fns: Any) -> Callable[[Rewrite], Rewrite]:
    def decorate(rewrite: Rewrite) -> Rewrite:
        for fn in fns:
            REWRITES[fn] = rewrite
        return rewrite

    return decorate


def simplify(block: Block) -> None:
    """Simplify a block in place."""
    Simplifier().block(block, {})


def merge_equal(block: Block) -> None:
    """Let what reads a value that was computed before read the earlier one; nothing is removed."""
    _Merger().block(block, {})


class Simplifier:
    def __init__(self) -> None:
        self.definitions: dict[Var, Op] = {}
        self.same: dict[Var, Operand] = {}
        self.zero: dict[Var, bool] = {}
        self.ops: list[Op] = []

    def block(self, block: Block, known: dict[Any, Op]) -> None:
        outer, self.ops = self.ops, []
        known = dict(known) if known else {}
        for op in block.ops:
            op.inputs = [self.resolve(x) for x in op.inputs]
            if op.blocks:
                self.structured(op, known)
            else:
                self.simple(op, known)
        block.ops = self.ops
        block.results = [self.resolve(x) for x in block.results]
        self.ops = outer

    def resolve(self, x: Operand) -> Operand:
        while isinstance(x, Var) and x in self.same:
            x = self.same[x]
        return x

    def keep(self, op: Op) -> None:
        self.ops.append(op)
        for v in op.outs:
            self.definitions[v] = op

    def simple(self, op: Op, known: dict[Any, Op]) -> None:
        if len(op.outs) == 1:
            replaced = self.rewritten(op)
            if replaced is not None:
                self.same[op.outs[0]] = replaced
                if isinstance(replaced, Var) and replaced.name is None:
                    replaced.name = op.outs[0].name
                return
        key = self.key(op)
        if key is not None:
            earlier = known.get(key)
            if earlier is not None:
                for v, w in zip(op.outs, earlier.outs):
                    self.same[v] = w
                    if w.name is None:
                        w.name = v.name
                return
            known[key] = op
        self.keep(op)

    def rewritten(self, op: Op) -> Operand | None:
        if op.primitive.alias == "same":  # a mark, which has done its work
            return op.inputs[0]
        folded = fold(op.primitive, op.inputs)
        if folded is not None:
            return folded
        rewrite = REWRITES.get(op.primitive.fn) if op.primitive.fn is not None else REWRITES.get(op.primitive)
        return rewrite(self, op) if rewrite is not None else None

    def made(self, x: Operand) -> Op | None:
        return self.definitions.get(x) if isinstance(x, Var) else None

    def vanishes(self, x: Operand) -> bool:
        """Is a value zero because a tangent is: the product of one, or part of it?"""
        if not isinstance(x, Var):
            return isinstance(x, Zero)
        if x not in self.zero:
            made = self.made(x)
            self.zero[x] = made is not None and (bool(made.attrs.get("zero")) or self.is_linear_in_zero(made))
        return self.zero[x]

    def is_linear_in_zero(self, op: Op) -> bool:
        if op.primitive.fn in (operator.mul, operator.neg, operator.truediv):
            return any(map(self.vanishes, op.inputs[: 1 if op.primitive.fn is operator.truediv else 2]))
        if op.primitive.fn in (operator.add, operator.sub) or op.primitive in (p.TUPLE, p.LIST):
            return all(map(self.vanishes, op.inputs))
        spec = op.primitive.rules.get("linear")
        if spec is None:
            return False
        names = [param.name for param in op.primitive.params]
        parts = [op.inputs[names.index(name)] for name in spec.wrt]
        return (any if spec.each else all)(map(self.vanishes, parts))

    def new(self, like: Op, fn: Any, inputs: list[Operand], kind: ty.Type | None = None) -> Var:
        """An operation to be used by a rewrite."""
        primitive = fn if isinstance(fn, Primitive) else registry.entry(fn)
        out = Var(None, like.outs[0].type if kind is None else kind)
        self.keep(Op([out], primitive, inputs, {}, [], like.loc, like.note))
        return out

    def key(self, op: Op) -> Any:
        primitive = op.primitive
        if has_effect(op) or primitive in _UNIQUE or primitive.fn in _NOT_SHARED or "opaque" in op.attrs:
            return None
        attrs = {k: v for k, v in op.attrs.items() if k not in ("accumulate", "zero")}
        return (primitive, tuple(map(operand_key, op.inputs)), repr(attrs) if attrs else "")

    # -- branches and loops

    def structured(self, op: Op, known: dict[Any, Op]) -> None:
        if op.primitive is p.IF and isinstance(op.inputs[0], Const) and op.inputs[0].origin is None:
            block = op.blocks[0 if op.inputs[0].value else 1]
            for inner in block.ops:
                inner.inputs = [self.resolve(x) for x in inner.inputs]
                if inner.blocks:
                    self.structured(inner, known)
                else:
                    self.simple(inner, known)
            self.same.update(zip(op.outs, (self.resolve(x) for x in block.results)))
            return
        if op.primitive is p.FOR:
            self.drop_invariant(op)
        for block in op.blocks:
            self.block(block, known)
        if op.primitive is p.IF:
            self.drop_equal(op)
        self.keep(op)

    def drop_invariant(self, op: Op) -> None:
        """A carried value that the body leaves alone is the one on entry."""
        body, first = op.blocks[0], 1 if op.attrs.get("breaks") else 0
        keep = []
        for init, param, end, out in carried(op):
            same = self.resolve(end) is param
            keep.append(not same)
            if same:
                self.same[param] = init
                self.same[out] = init
        if not all(keep):
            op.inputs = op.inputs[:3] + [x for x, k in zip(op.inputs[3:], keep) if k]
            body.params = body.params[:1] + [x for x, k in zip(body.params[1:], keep) if k]
            body.results = body.results[:first] + [x for x, k in zip(body.results[first:], keep) if k]
            op.outs = [x for x, k in zip(op.outs, keep) if k]

    def drop_equal(self, op: Op) -> None:
        """A branch that gives the same on both sides, or only says which side was taken."""
        then, orelse = op.blocks
        keep = []
        test = op.inputs[0]
        for a, b, out in zip(then.results, orelse.results, op.outs):
            constants = isinstance(a, Const) and isinstance(b, Const)
            same = a is b or constants and operand_key(a) == operand_key(b)
            says = constants and a.value is True and b.value is False and test.type == out.type
            keep.append(not (same or says))
            if same or says:
                self.same[out] = test if says else a
        op.outs = [x for x, k in zip(op.outs, keep) if k]
        for block in op.blocks:
            block.results = [x for x, k in zip(block.results, keep) if k]


class _Merger(Simplifier):
    """Only looks for equal operations. All stay: a value may be known elsewhere by its variable.

    An array that was overwritten and restored is the array as it was: a derivative of the derivative need
    not go through both.
    """

    def simple(self, op: Op, known: dict[Any, Op]) -> None:
        self.keep(op)
        before = self.unrestored(op)
        if before is not None:
            self.same[op.outs[0]] = before
            return
        key = self.key(op)
        earlier = None if key is None else known.setdefault(key, op)
        if earlier is not None and earlier is not op:
            self.same.update(zip(op.outs, earlier.outs))

    def unrestored(self, op: Op) -> Operand | None:
        """What a `restore` gives back: the input of the update that it undoes."""
        if op.primitive is not p.RESTORE:
            return None
        update, read = self.made(op.inputs[0]), self.made(op.inputs[1])
        if update is None or read is None or update.primitive not in (p.UPDATE, p.RESTORE):
            return None
        if read.primitive.name not in ("getitem", "read") or read.inputs[0] is not update.inputs[0]:
            return None
        paths = {op.attrs["path"], update.attrs["path"], read.attrs.get("path", (read.primitive,))}
        wheres = [list(map(operand_key, x)) for x in (op.inputs[2:], update.inputs[2:], read.inputs[1:])]
        return update.inputs[0] if len(paths) == 1 and wheres[0] == wheres[1] == wheres[2] else None

    def structured(self, op: Op, known: dict[Any, Op]) -> None:
        self.ops.append(op)
        for block in op.blocks:
            self.block(block, known)


def operand_key(x: Operand) -> Any:
    if isinstance(x, Var):
        return x
    value = x.value
    if isinstance(value, (int, float, complex, str, bool, type(None))):
        return (type(value), repr(value))
    if isinstance(value, (tuple, slice)):
        return (type(value), repr(value))
    return id(value)
