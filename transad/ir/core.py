"""The Wengert list: functions, blocks, operations, variables.

Each operation computes new variables from old ones, once (static single assignment). Control
flow is *structured*: a loop or a branch is one operation that owns blocks, and the values that
change inside are explicit: carried in as block parameters, carried out as block results. That
is what lets a derivative be taken block by block, and readable Python come out again.

The structured operations and their operands:

    for_    inputs  start, stop, step, *inits      blocks  body(index, *carried) -> *carried
            attrs   reverse (run backwards), breaks (first body result: leave after this pass?)
    while_  inputs  *inits                         blocks  before(*carried) -> go_on, *passed
                                                           after(*passed) -> *carried
            outs    *passed
    if_     inputs  condition                      blocks  then() -> *outs, orelse() -> *outs
    call    inputs  the arguments                  attrs   callee: a function of its own (`Callee`)

Blocks see the variables of the blocks around them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from transad.ir.types import UNKNOWN, Type, constant_type

_serial = itertools.count(1)


@dataclass(frozen=True)
class Location:
    """Where in the user's source an operation comes from."""

    filename: str
    line: int
    column: int = 0
    end_column: int | None = None
    text: str = ""  # the source line
    statement: str = ""  # the statement, unparsed on one line: the comment of its adjoint


class Var:
    """A variable: defined once, by an operation or as the parameter of a block."""

    __slots__ = ("id", "name", "type")

    def __init__(self, name: str | None, type: Type = UNKNOWN):
        self.id = next(_serial)
        self.name = name  # the user's name for it, if there is one
        self.type = type

    def __repr__(self) -> str:
        return f"{self.name or 't'}.{self.id}"


class Const:
    """A value known while compiling: a literal, or an object the program refers to by name.

    `origin` is how the program reached it (`("GRAVITY",)`, `("np", "pi")`) with the namespace that
    holds the first name; literals have none.
    """

    __slots__ = ("value", "origin", "type")

    def __init__(self, value: Any, origin: Origin | None = None):
        self.value = value
        self.origin = origin
        self.type = constant_type(value)

    def __repr__(self) -> str:
        return ".".join(self.origin.path) if self.origin else repr(self.value)


class Zero(Const):
    """The adjoint or tangent of what does not matter: a zero that stays one whatever it meets."""

    def __init__(self) -> None:
        super().__init__(0.0)


@dataclass(frozen=True, eq=False)
class Origin:
    """A global, closure or builtin name, and the attributes followed from it."""

    namespace: Any  # a dict (globals) or a cell
    path: tuple[str, ...]

    def attribute(self, name: str) -> Origin:
        return Origin(self.namespace, (*self.path, name))


Operand = Var | Const


class Undefined:
    """The value of a name on a path that never assigned it."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED_VALUE = Undefined()


def is_undefined(x: Any) -> bool:
    """Is it the value of a name that this path never assigned?"""
    return isinstance(x, Const) and x.value is UNDEFINED_VALUE


@dataclass(eq=False)
class Primitive:
    """What an operation does: a callable of Python or NumPy, or one of our own (`update`, `push`).

    Its derivative rules hang on it (see `transad.rules.registry`); so does what the analyses ask:
    `params` names the arguments a rule can handle; `alias` says whether the result is "fresh", a
    "view" of an input (the first, or number `source`), "maybe" a view, or the "same" as the first
    input, which nobody else has; `effect` marks operations that must stay.
    """

    name: str
    fn: Callable[..., Any] | None = None
    alias: str = "fresh"
    effect: bool = False
    params: tuple[Any, ...] = ()  # inspect.Parameter
    result_type: Callable[..., Type] | None = None
    rules: dict[str, Any] = field(default_factory=dict)
    source: int = 0

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class Op:
    outs: list[Var]
    primitive: Primitive
    inputs: list[Operand]
    attrs: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    loc: Location | None = None
    note: str | None = None  # in a derivative: the statement of the primal this belongs to

    @property
    def out(self) -> Var:
        (var,) = self.outs
        return var


@dataclass(eq=False)
class Block:
    params: list[Var] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    results: list[Operand] = field(default_factory=list)


class Callee:
    """A function of its own in a list: what a `call` calls, and its derivatives once they are made.

    Its block sees nothing but its parameters. A callee that calls itself is called while its block is still
    empty, so `call` asks it for nothing but the number of its results.
    """

    def __init__(self, name: str):
        self.name = name
        self.block = Block()
        self.effect = False  # does it print or raise?
        self.derivatives: dict[Any, Any] = {}

    def __repr__(self) -> str:
        return f"{self.name}@{id(self):x}"


def called(op: Op) -> list[Callee]:
    """The functions of the list's own that an operation calls, or hands to what it calls."""
    given = [x.value for x in op.inputs if isinstance(x, Const) and isinstance(x.value, Callee)]
    return [op.attrs["callee"], *given] if "callee" in op.attrs else given


def has_effect(op: Op) -> bool:
    """Must an operation stay even if nobody needs its results?"""
    return op.primitive.effect or any(callee.effect for callee in called(op))


def callees(block: Block) -> list[Callee]:
    """The functions that a block calls, and those that they call."""
    found: dict[Callee, None] = {}
    work = [block]
    while work:
        for op in walk(work.pop()):
            for callee in called(op):
                if callee not in found:
                    found[callee] = None
                    work.append(callee.block)
    return list(found)


@dataclass(eq=False)
class Function:
    """A Wengert list with a name and parameters as Python writes them."""

    name: str
    body: Block
    signature: Any = None  # inspect.Signature; its parameters match body.params in order
    result_tree: Any = None  # how body.results make up the value returned; None: a single value
    loc: Location | None = None


def is_literal(x: Operand) -> bool:
    """A number other than zero that is written down, not one that a name stands for."""
    return isinstance(x, Const) and x.origin is None and type(x.value) in (int, float) and x.value != 0


def is_power_of_two(x: Operand) -> bool:
    """A literal by which multiplying is exact."""
    return is_literal(x) and math.frexp(abs(x.value))[0] == 0.5  # type: ignore[union-attr]


def walk(block: Block) -> Iterator[Op]:
    """Every operation of a block, the nested ones included, in program order."""
    for op in block.ops:
        yield op
        for inner in op.blocks:
            yield from walk(inner)


def operands(op: Op) -> Iterator[Operand]:
    """What an operation reads itself: its inputs, not what its blocks read."""
    return iter(op.inputs)


def uses(op: Op) -> Iterator[Var]:
    """Every variable an operation reads, in its blocks too (variables defined there included)."""
    for x in op.inputs:
        if isinstance(x, Var):
            yield x
    for block in op.blocks:
        for inner in block.ops:
            yield from uses(inner)
        for x in block.results:
            if isinstance(x, Var):
                yield x


def free_variables(blocks: list[Block]) -> list[Var]:
    """Variables the blocks read but do not define, in order of first use."""
    defined: set[Var] = set()
    found: dict[Var, None] = {}

    def visit(block: Block) -> None:
        defined.update(block.params)
        for op in block.ops:
            for x in op.inputs:
                note(x)
            for inner in op.blocks:
                visit(inner)
            defined.update(op.outs)
        for x in block.results:
            note(x)

    def note(x: Operand) -> None:
        if isinstance(x, Var) and x not in defined:
            found.setdefault(x)

    for block in blocks:
        visit(block)
    return list(found)


def substitute(block: Block, mapping: dict[Var, Operand]) -> None:
    """Replace variables in a block, in place, the nested ones included."""
    if not mapping:
        return
    for op in block.ops:
        op.inputs = [mapping.get(x, x) for x in op.inputs]  # type: ignore[arg-type]
        for inner in op.blocks:
            substitute(inner, mapping)
    block.results = [mapping.get(x, x) for x in block.results]  # type: ignore[arg-type]


def clone(block: Block, mapping: dict[Var, Operand]) -> Block:
    """A copy of a block with fresh variables; `mapping` replaces free ones and is extended."""

    def operand(x: Operand) -> Operand:
        return mapping.get(x, x) if isinstance(x, Var) else x

    def variable(v: Var) -> Var:
        new = Var(v.name, v.type)
        mapping[v] = new
        return new

    params = [variable(v) for v in block.params]
    ops = []
    for op in block.ops:
        inputs = [operand(x) for x in op.inputs]
        blocks = [clone(inner, mapping) for inner in op.blocks]
        ops.append(
            Op([variable(v) for v in op.outs], op.primitive, inputs, dict(op.attrs), blocks, op.loc, op.note)
        )
    return Block(params, ops, [operand(x) for x in block.results])
