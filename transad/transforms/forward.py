"""Forward mode: each operation is followed by the operation of its tangent.

Blocks keep their shape: a loop carries the tangent of each value it carries, a branch gives the tangent
of each value it gives. Nothing is recorded and nothing is reversed.
"""

from __future__ import annotations

from transad.analysis import shapes
from transad.analysis.activity import carried, is_inert, links, varied
from transad.analysis.places import is_whole
from transad.errors import UnsupportedError
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Op, Operand, Var, Zero, is_undefined
from transad.runtime import zeros_like
from transad.transforms.applying import Applier
from transad.transforms.calls import forward_callee


def pushforward(applier: Applier, block: Block, tangents: dict[Var, Operand]) -> Push:
    """Rewrite a block, in place, to compute tangents too; the result has the tangent of each variable."""
    push = Push(applier, varied(block, tangents), dict(tangents))
    push.block(block)
    return push


class Push:
    def __init__(self, applier: Applier, varied: set[Var], dots: dict[Var, Operand]):
        self.applier, self.builder = applier, applier.builder
        self.varied, self.dots = varied, dots

    def block(self, block: Block) -> None:
        ops, block.ops = block.ops, []
        loc, note = self.builder.loc, self.builder.note
        with self.builder.into(block):
            for op in ops:
                self.builder.loc = op.loc
                self.op(op)
        self.builder.loc, self.builder.note = loc, note

    def op(self, op: Op) -> None:
        if op.primitive is p.FOR:
            self.for_(op)
        elif op.primitive is p.WHILE:
            self.while_(op)
        elif op.primitive is p.IF:
            self.if_(op)
        elif op.primitive is p.CALL:
            self.call(op)
        else:
            self.builder.block.ops.append(op)
            self.simple(op)

    def call(self, op: Op) -> None:
        """A function of its own is replaced by the one that computes tangents too."""
        moving = tuple(k for k, x in enumerate(op.inputs) if isinstance(x, Var) and x in self.dots)
        if moving:
            op.attrs["callee"] = forward_callee(self.applier, op.attrs["callee"], moving)
            op.inputs = [*op.inputs, *(self.dot(op.inputs[k]) for k in moving)]
            op.outs = [*op.outs, *(self.tangent(v) for v in op.outs if ty.is_differentiable(v.type))]
        self.append(op)

    def saved(self, op: Op) -> None:
        """The tangent of what is saved holds a tangent for whatever may need one."""
        dots = [self.dot_if_defined(x) if ty.is_differentiable(x.type) else Const(None) for x in op.inputs]
        self.builder.append(Op([self.tangent(op.outs[0])], p.SAVE, dots))

    def dot_if_defined(self, x: Operand) -> Operand:
        """The tangent of a value; none where the value has none."""
        made = self.builder.definition(x)
        if not isinstance(x, Var) or x in self.dots or made is None or made.primitive is not p.IF:
            as_long = isinstance(x.type, ty.Tape) and x not in self.dots
            return self.applier.call(zeros_like, x) if as_long else self.dot(x)
        k, out = made.outs.index(x), self.tangent(x)
        for block in made.blocks:
            with self.builder.into(block):
                end = block.results[k]
                block.results.append(end if is_undefined(end) else self.dot_if_defined(end))
        made.outs.append(out)
        self.builder.definitions[out] = made
        return out

    def loaded(self, op: Op) -> None:
        saved = op.inputs[0]
        if isinstance(saved, Var) and saved in self.dots:
            kinds = [ty.is_differentiable(v.type) for v in op.outs]
            outs = [self.tangent(v) if has else Var(None, ty.NONE) for v, has in zip(op.outs, kinds)]
            self.builder.append(Op(outs, p.LOAD, [self.dots[saved]]))

    def dot(self, x: Operand) -> Operand:
        """The tangent of a value, with the dtype of the value; zero if it does not vary."""
        known = self.dots.get(x) if isinstance(x, Var) else None
        if known is not None:
            return self.applier.widened(known, x)
        if isinstance(x.type, ty.Tape):
            return self.builder.emit(p.NEW_TAPE, [], ty.of_derivative(x.type))
        return self.applier.zeros(x)

    def complex_zero(self, dot: Operand, x: Operand) -> Operand:
        dtype = ty.dtype_of(x.type)
        return Const(0j) if isinstance(dot, Zero) and dtype is not None and dtype.kind == "c" else dot

    def tangent(self, v: Var) -> Var:
        name = f"{v.name}_dot" if v.name and not v.name.startswith("%") else None
        dot = Var(name, ty.of_derivative(v.type))
        self.dots[v] = dot
        return dot

    def simple(self, op: Op) -> None:
        changing = [v for v in op.outs if v in self.varied]
        if not changing or is_inert(op):
            return
        primitive = op.primitive
        if primitive is p.HOOK:
            self.note(op.outs[0], self.dot(op.inputs[0]))
            return
        if primitive is p.SAVE:
            self.saved(op)
            return
        if primitive is p.LOAD:
            self.loaded(op)
            return
        if primitive in (
            p.TUPLE,
            p.LIST,
            p.DICT,
            p.APPEND,
            p.PUSH,
            p.READ,
            p.ADD_AT,
            p.UPDATE,
            p.RESTORE,
            p.POP,
        ):
            self.structural(op)
            return
        if primitive.name == "getitem":
            self.structural(op)
            return
        if "opaque" in op.attrs:
            raise self.applier.refuse(op)
        tangents = [self.dots.get(x) if isinstance(x, Var) else None for x in op.inputs]
        if all(t is None for t in tangents):
            return
        dot = self.applier.jvp(op, op.outs[0], tangents)
        if dot is not None:
            self.note(op.outs[0], self.applier.as_number(dot))

    def note(self, v: Var, dot: Operand) -> None:
        if isinstance(dot, Var) and dot.name is None and v.name:
            dot.name = f"{v.name}_dot"
        self.dots[v] = dot

    def structural(self, op: Op) -> None:
        """Operations that only move data: the tangent moves the same way."""
        if is_whole(op) and ty.rank(op.inputs[0].type) == 0:
            written = op.inputs[1] if op.primitive in (p.UPDATE, p.RESTORE) else op.inputs[0]
            if op.primitive is not p.ADD_AT and ty.rank(written.type) == ty.rank(op.outs[0].type) == 0:
                self.note(op.outs[0], self.dot(written))
                return
        indexing = op.primitive in (p.UPDATE, p.RESTORE, p.ADD_AT, p.READ) or op.primitive.name == "getitem"
        indexing = indexing and isinstance(op.inputs[0].type, ty.Array)
        data = {p.UPDATE: 2, p.RESTORE: 2, p.ADD_AT: 2, p.READ: 1, p.POP: 1}.get(op.primitive, len(op.inputs))
        if op.primitive.name == "getitem":
            data = 1
        if op.primitive in (p.UPDATE, p.RESTORE) and not op.attrs["path"]:
            inputs: list[Operand] = [op.inputs[0], self.dot(op.inputs[1])]
            if op.inputs[0] in self.dots:
                inputs[0] = self.dot(op.inputs[0])
        else:
            inputs = [self.dot(x) if k < data else x for k, x in enumerate(op.inputs)]
            if not indexing:  # of numbers that are kept together an array may be made
                inputs = [self.complex_zero(dot, x) for dot, x in zip(inputs, op.inputs)]
            if indexing:
                inputs[0] = self.applier.as_buffer(inputs[0], op.inputs[0])
        outs = [self.tangent(v) for v in op.outs]
        self.builder.append(Op(outs, op.primitive, inputs, dict(op.attrs)))
        if indexing and ty.rank(op.out.type) == 0 and isinstance(op.out.type, ty.Array):  # as is the tangent
            outs[0].type = op.out.type
            self.dots[op.out] = self.applier.as_number(outs[0])

    def if_(self, op: Op) -> None:
        for block in op.blocks:
            with shapes.scope():
                self.block(block)
        for k, out in enumerate(list(op.outs)):
            if out in self.varied:
                for block in op.blocks:
                    with self.builder.into(block):
                        end = block.results[k]
                        block.results.append(end if is_undefined(end) else self.dot(end))
                op.outs.append(self.tangent(out))
        self.append(op)

    def append(self, op: Op) -> None:
        self.builder.block.ops.append(op)
        for v in op.outs:
            self.builder.definitions[v] = op

    def for_(self, op: Op) -> None:
        slots = [s for s in carried(op) if s[1] in self.varied]
        body = op.blocks[0]
        entry = [init if is_undefined(init) else self.dot(init) for init, _, _, _ in slots]
        params = [self.tangent(param) for _, param, _, _ in slots]
        with shapes.scope():
            self.block(body)
        with self.builder.into(body):
            ends = [end if is_undefined(end) else self.dot(end) for _, _, end, _ in slots]
        op.inputs += entry
        body.params += params
        body.results += ends
        op.outs += [self.tangent(out) for _, _, _, out in slots]
        self.append(op)

    def while_(self, op: Op) -> None:
        before, after = op.blocks
        flow = {target for _, target in links(op) if target in self.varied}
        first = [k for k, v in enumerate(before.params) if v in flow]
        second = [k for k, v in enumerate(after.params) if v in flow]
        op.inputs += [x if is_undefined(x) else self.dot(x) for x in (op.inputs[k] for k in first)]
        before.params += [self.tangent(before.params[k]) for k in first]
        with shapes.scope():
            self.block(before)
        with self.builder.into(before):
            passed = [before.results[k + 1] for k in second]
            before.results += [x if is_undefined(x) else self.dot(x) for x in passed]
        after.params += [self.tangent(after.params[k]) for k in second]
        with shapes.scope():
            self.block(after)
        with self.builder.into(after):
            ends = [after.results[k] for k in first]
            after.results += [x if is_undefined(x) else self.dot(x) for x in ends]
        op.outs += [self.tangent(op.outs[k]) for k in second]
        self.append(op)


__all__ = ["Push", "UnsupportedError", "pushforward"]
