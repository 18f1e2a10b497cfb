"""Derivatives of functions that a list calls: recursive ones, and helpers too often called to be inlined.

Forward mode makes of `y = f(x)` the call `y, y_dot = f_jvp(x, x_dot)`. Reverse mode makes two of it:
`y, saved = f_forward(x)` where it stood, and `x_bar = f_backward(saved, y_bar)` in the reverse sweep. Both
parts come from one list, the body with its reverse sweep appended as for any other block; it is cut between
the sweeps, and what crosses the cut is saved. A derivative is registered before its body is made, so that
one that calls itself finds itself. The parts are lists with calls, saves and loads in them like any other,
and are differentiated again by the same rules: saving is linear, its adjoint is loading.
"""

from __future__ import annotations

from typing import Any

from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Callee, Op, Operand, Var, clone, free_variables, substitute, walk
from transad.transforms.applying import Applier


def bar_name(v: Operand) -> str | None:
    name = getattr(v, "name", None)
    return f"{name}_bar" if name and not name.startswith("%") else None


def copied(applier: Applier, callee: Callee) -> Block:
    """The body once more, to be rewritten."""
    block = clone(callee.block, {})
    for op in walk(block):
        applier.builder.definitions.update(dict.fromkeys(op.outs, op))
    return block


def forward_callee(applier: Applier, callee: Callee, moving: tuple[int, ...]) -> Callee:
    """The function that also takes tangents of the arguments `moving`, and also gives tangents of the
    results that can have one."""
    from transad.transforms.forward import pushforward

    key = "forward", moving
    if key in callee.derivatives:
        return callee.derivatives[key]
    made = callee.derivatives[key] = Callee(f"{callee.name}_jvp")
    made.effect = callee.effect
    block = copied(applier, callee)
    given = [block.params[k] for k in moving]
    dots = [Var(f"{v.name}_dot" if v.name else None, ty.of_derivative(v.type)) for v in given]
    tangents: dict[Var, Operand] = dict(zip(given, dots))
    push = pushforward(applier, block, tangents)
    with applier.builder.into(block):
        for x in list(block.results):
            if ty.is_differentiable(x.type):
                dot = push.dot(x)
                block.results.append(dot)
    block.params += dots
    made.block = block
    return made


def reverse_callees(
    applier: Applier, callee: Callee, wanted: tuple[int, ...], seeded: tuple[int, ...]
) -> tuple[Callee, Callee]:
    """The forward and the backward part: for adjoints of the arguments `wanted`, given those of the
    results `seeded`."""
    from transad.transforms.reverse import backprop

    key = "reverse", wanted, seeded
    if key in callee.derivatives:
        return callee.derivatives[key]
    forward, backward = Callee(f"{callee.name}_forward"), Callee(f"{callee.name}_backward")
    callee.derivatives[key] = forward, backward
    forward.effect = callee.effect
    block = copied(applier, callee)
    results = list(block.results)
    first = set(block.ops)
    seeds = [Var(bar_name(y) or "y_bar", ty.of_derivative(y.type)) for y in (results[k] for k in seeded)]
    wrt = [block.params[k] for k in wanted]
    bars = backprop(applier, block, wrt, [results[k] for k in seeded], list(seeds), results)
    cut = max((k + 1 for k, op in enumerate(block.ops) if op in first), default=0)
    with applier.builder.into(block):
        bars = [applier.zeros(v) if bar is None else bar for v, bar in zip(wrt, bars)]
    ops = block.ops
    rest = Block(list(seeds), ops[cut:], bars)
    crossing: list[Any] = free_variables([rest])
    saved = Var(None, ty.Saved())
    save = Op([saved], p.SAVE, crossing)
    forward.block = Block(block.params, [*ops[:cut], save], [*results, saved])
    fresh = [Var(v.name, v.type) for v in crossing]
    mapping: dict[Var, Operand] = dict(zip(crossing, fresh))
    substitute(rest, mapping)
    given = Var("saved", ty.Saved())
    rest.params.insert(0, given)
    if fresh:
        rest.ops.insert(0, Op(fresh, p.LOAD, [given]))
    backward.block = rest
    return forward, backward


def rerun_callee(
    applier: Applier, callee: Callee, wanted: tuple[int, ...], seeded: tuple[int, ...]
) -> Callee:
    """The function that runs `callee` again, given its arguments and the adjoints of the results `seeded`,
    and gives adjoints of the arguments `wanted`."""
    from transad.transforms.reverse import backprop

    key = "again", wanted, seeded
    if key in callee.derivatives:
        return callee.derivatives[key]
    made = callee.derivatives[key] = Callee(f"{callee.name}_backward")
    block = copied(applier, callee)
    given = [block.results[k] for k in seeded]
    seeds = [Var(bar_name(y) or "y_bar", ty.of_derivative(y.type)) for y in given]
    wrt = [block.params[k] for k in wanted]
    bars = backprop(applier, block, wrt, given, list(seeds))
    with applier.builder.into(block):
        block.results = [applier.zeros(v) if bar is None else bar for v, bar in zip(wrt, bars)]
    block.params += seeds
    made.block = block
    return made
