"""The numba target: the list in a form that numba compiles well, and the text that asks it to.

Array statements become loops (`loops`), loops that run backwards say so by their bounds (numba knows no
`reversed`), and every function of the module is decorated. numba keeps what it compiled beside our file, so
another process need not compile again; unless the code depends on globals of the user's, which numba takes
for constants that never change.

Arguments and results that are tuples, lists or dicts stay outside: a function of plain Python takes them
apart, calls the compiled core with numbers and arrays, and puts the result together.

What numba cannot compile raises `NotForNumba`; the caller then runs NumPy code, with a warning.
"""

from __future__ import annotations

import operator
import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

from transad.backend import generate as backend
from transad.backend.generate import Module
from transad.backend.targets.elements import DTYPES
from transad.backend.targets.loops import to_loops
from transad.errors import render
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Function, Location, Op, Operand, Var, callees, substitute, walk
from transad.ir.verify import verify
from transad.passes import pipeline
from transad.rules import registry

IMPORT = "import numba"
LONGEST = 1000  # operations in a row: LLVM's time grows faster than their number


class NotForNumba(Exception):
    """Why a derivative cannot be compiled."""

    def __init__(self, reason: str, loc: Location | None = None):
        super().__init__(render(f"not compiled by numba: {reason}", "it runs as NumPy code", loc))


def generate(function: Function) -> Module:
    """Emit a function for numba. Raises `NotForNumba`."""
    blocks = [function.body, *(c.block for c in callees(function.body))]
    wrapper = _Wrapper(function) if len(blocks) == 1 else None
    for block in blocks:
        _refuse(block)
    if wrapper is not None and wrapper.is_needed:
        function.name += "_core"
    for block in blocks:
        to_loops(block)
        _run_upwards(block)
        if pipeline.VERIFY:
            verify(block)
    module = backend.generate(function, typed=True)
    for name, value in module.bound.items():
        if name not in module.imported_names() and not isinstance(value, (int, float, complex)):
            raise NotForNumba(f"{name} is a global {type(value).__name__}")
    free = set(module.bound) - module.imported_names()
    how = 'error_model="numpy"' if free else 'cache=True, error_model="numpy"'
    if any(map(_has_indices, blocks)):
        how += ", boundscheck=True"
    module.code = re.sub(r"^def ", f"@numba.njit({how})\ndef ", module.code, flags=re.MULTILINE)
    if wrapper is not None and wrapper.is_needed:
        module.code += "\n\n\n" + wrapper.text(function)
    import numba

    module.imports = [IMPORT, *module.imports]
    module.bound["numba"] = numba
    return module


def namespace_for(path: Path, bound: dict[str, Any]) -> dict[str, Any]:
    """The globals of a generated module. It is one that can be imported by its name: only of such does numba
    find again what it compiled in another process."""
    module = types.ModuleType(f"transad_generated_{path.stem}")
    vars(module).update(bound)
    sys.modules[module.__name__] = module
    return vars(module)


def compile_for(namespace: dict[str, Any], name: str, values: list[Any]) -> None:
    """Compile now, for arguments such as these. Raises `NotForNumba`."""
    if any(isinstance(v, ty.Type) for v in values):
        return
    import numba

    core = namespace.get(f"{name}_core")
    if core is None:
        core = namespace[name]
    else:
        values = _handed_on(namespace, name, values)
    try:
        core.compile(tuple(map(numba.typeof, values)))
    except Exception as error:  # numba has many, and all mean that it cannot
        raise NotForNumba(_first_line(error)) from error


def _handed_on(namespace: dict[str, Any], name: str, values: list[Any]) -> list[Any]:
    """What the function around the core calls it with."""
    found: list[Any] = []

    class Seen(Exception):
        pass

    def listen(*args: Any) -> None:
        found.extend(args)
        raise Seen

    core = namespace[f"{name}_core"]
    namespace[f"{name}_core"] = listen
    try:
        namespace[name](*values)
    except Seen:
        pass
    finally:
        namespace[f"{name}_core"] = core
    return found


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    shown = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    told = [line for line in shown if not line.startswith(("Failed in", "During:", "File", "- Resolution"))]
    return " ".join(told[:2]) or type(error).__name__


# ---- what is known to be of no use ----------------------------------------------------------------


def _refuse(block: Block) -> None:
    for inner in [block, *(b for op in walk(block) for b in op.blocks)]:
        if len(inner.ops) > LONGEST:
            raise NotForNumba(f"{len(inner.ops)} operations in a row", inner.ops[0].loc)
    for op in walk(block):
        if "opaque" in op.attrs or op.primitive is p.PRINT:
            raise NotForNumba(f"the call of {op.primitive.name} stays Python's", op.loc)
        for x in (*op.inputs, *op.outs):
            known = isinstance(x.type, (ty.Array, ty.Number)) and x.type.dtype is not None
            if known and x.type.dtype not in DTYPES:
                raise NotForNumba(f"numbers of type {x.type.dtype} keep it only in NumPy", op.loc)
            if x.type == ty.UNKNOWN:
                raise NotForNumba("the type of a value is not known", op.loc)
        _refuse_other_numbers(op)


_ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.invert}
_DIVISIONS = {operator.floordiv, operator.mod, divmod, np.floor_divide, np.mod}


def _refuse_other_numbers(op: Op) -> None:
    """Operations on integers and truth values of which numba makes other numbers than Python and NumPy."""
    fn = op.primitive.fn
    if fn not in _ARITHMETIC | _DIVISIONS | {operator.pow, np.power}:
        return
    kinds = [dtype.kind if (dtype := ty.dtype_of(x.type)) is not None else "?" for x in op.inputs]
    last = op.inputs[-1]
    if fn in _ARITHMETIC and set(kinds) == {"b"}:
        raise NotForNumba("arithmetic with truth values is another one", op.loc)
    if set(kinds) <= {"i", "b"}:
        if fn in (operator.pow, np.power) and not (isinstance(last, Const) and last.value >= 0):
            raise NotForNumba("an integer to the power of one that may be negative has no fixed type", op.loc)
        if fn in _DIVISIONS and not (isinstance(last, Const) and last.value):
            raise NotForNumba("an integer may be divided by zero", op.loc)


def _has_indices(block: Block) -> bool:
    """Are entries read or written that may lie outside their array? numba looks only if it is told to."""
    for op in walk(block):
        writes = op.primitive in (p.UPDATE, p.ADD_AT, p.RESTORE)
        reads = op.primitive.fn is operator.getitem or op.primitive is p.READ
        if (reads or writes) and not op.attrs.get("in_range") and isinstance(op.inputs[0].type, ty.Array):
            if any(map(_has_position, op.inputs[2 if writes else 1 :])):
                return True
    return False


def _has_position(x: Operand) -> bool:
    parts = x.type.items if isinstance(x.type, ty.Tuple) else (x.type,)
    return any(isinstance(t, (ty.Number, ty.Array, ty.List)) for t in parts)


# ---- loops that run backwards ---------------------------------------------------------------------


def _run_upwards(block: Block) -> None:
    """`reversed(range(a, b, s))` is a range from its last number down to before its first."""
    ops: list[Op] = []
    for op in block.ops:
        for inner in op.blocks:
            _run_upwards(inner)
        if op.primitive is p.FOR and op.attrs.pop("reverse", False):
            op.inputs[:3] = _Arithmetic(ops, op).reversed(*op.inputs[:3])
        ops.append(op)
    block.ops = ops


class _Arithmetic:
    """Operations on integers, appended to a list."""

    def __init__(self, ops: list[Op], like: Op):
        self.ops, self.like = ops, like

    def of(self, fn: Any, a: Operand, b: Operand) -> Operand:
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(fn(a.value, b.value))
        made = Op([Var(None, ty.INT)], registry.entry(fn), [a, b], {}, [], self.like.loc, self.like.note)
        self.ops.append(made)
        return made.out

    def reversed(self, start: Operand, stop: Operand, step: Operand) -> list[Operand]:
        if isinstance(step, Const) and step.value == 1:
            return [self.of(operator.sub, stop, Const(1)), self.of(operator.sub, start, Const(1)), Const(-1)]
        if not isinstance(step, Const):
            raise NotForNumba("a loop by steps that are not known runs backwards", self.like.loc)
        span = self.of(operator.sub, stop, start)  # start + (span - 1) // step * step is the last number
        sign = Const(1 if step.value > 0 else -1)
        count = self.of(operator.floordiv, self.of(operator.sub, span, sign), step)
        last = self.of(operator.add, start, self.of(operator.mul, count, step))
        return [last, self.of(operator.sub, start, step), Const(-step.value)]


# ---- containers -----------------------------------------------------------------------------------


class _Wrapper:
    """The plain function around a core that takes and returns numbers and arrays alone.

    Rewrites the list: parameters that are containers become their parts, a result that is one becomes a
    tuple of its parts.
    """

    def __init__(self, function: Function):
        self.name = function.name
        self.params = [v.name or "x" for v in function.body.params]
        self.parts: dict[Var, tuple[str, ty.Type]] = {}  # a container: how it is reached, and its type
        self.leaves: dict[str, Var] = {}  # how a part is reached: the parameter that it is now
        self.taken = set(self.params)
        block = function.body
        plain = (ty.Number, ty.Array)
        containers = [v for v in block.params if not isinstance(v.type, plain)]
        (result,) = block.results
        flat = isinstance(result.type, ty.Tuple) and result.type.cls is None
        parts = result.type.items if flat else (result.type,)  # type: ignore[attr-defined]
        simple = all(isinstance(t, plain) for t in parts)
        self.is_needed = bool(containers) or not simple
        if not self.is_needed:
            return
        for v in containers:
            self.parts[v] = v.name or "x", v.type
        self.take_apart(block)
        self.result = self.put_together(block, result)
        kept = [v for v in block.params if v not in self.parts]
        self.arguments = [*(v.name or "x" for v in kept), *self.leaves]
        block.params = [*kept, *self.leaves.values()]

    def take_apart(self, block: Block) -> None:
        mapping: dict[Var, Operand] = {}
        ops = []
        for op in block.ops:
            x = op.inputs[0] if op.inputs else None
            known = len(op.inputs) == 2 and isinstance(op.inputs[1], Const) and op.inputs[1].origin is None
            if op.primitive.fn is operator.getitem and x in self.parts and known:
                way = f"{self.parts[x][0]}[{op.inputs[1].value!r}]"  # type: ignore[index,union-attr]
                if isinstance(op.out.type, (ty.Number, ty.Array)):
                    mapping[op.out] = self.leaf(way, op.out)
                    continue
                self.parts[op.out] = way, op.out.type
                continue
            if op.primitive.fn is len and x in self.parts and self.size(x) is not None:
                mapping[op.out] = Const(self.size(x))
                continue
            if any(x in self.parts for x in op.inputs):
                raise NotForNumba("a tuple, list or dict among the arguments is used as a whole", op.loc)
            for inner in op.blocks:
                self.take_apart(inner)
            ops.append(op)
        block.ops = ops
        substitute(block, mapping)

    def size(self, x: Any) -> int | None:
        kind = self.parts[x][1]
        items = kind.keys if isinstance(kind, ty.Dict) else getattr(kind, "items", None)
        return None if items is None else len(items)

    def leaf(self, way: str, v: Var) -> Var:
        if way not in self.leaves:
            name = v.name or re.sub(r"\W+", "_", way).strip("_")
            chosen, k = name, 1
            while chosen in self.taken:
                k += 1
                chosen = f"{name}_{k}"
            self.taken.add(chosen)
            self.leaves[way] = Var(chosen, v.type)
        return self.leaves[way]

    def put_together(self, block: Block, result: Operand) -> str:
        makers = {v: op for op in block.ops for v in op.outs}
        flat: list[Operand] = []

        def text(x: Operand) -> str:
            made = makers.get(x) if isinstance(x, Var) else None
            if made is not None and made.primitive in (p.TUPLE, p.LIST, p.DICT):
                if made.attrs.get("cls") is not None:
                    raise NotForNumba("the result has a named tuple in it", made.loc)
                inner = [text(y) for y in made.inputs]
                if made.primitive is p.DICT:
                    return "{" + ", ".join(f"{k!r}: {t}" for k, t in zip(made.attrs["keys"], inner)) + "}"
                if made.primitive is p.LIST:
                    return f"[{', '.join(inner)}]"
                return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
            if not isinstance(x.type, (ty.Number, ty.Array)):
                raise NotForNumba("the result is a container that is made when the program runs")
            flat.append(x)
            return f"t[{len(flat) - 1}]"

        whole = text(result)
        if whole == "t[0]":
            return "t"
        kind = ty.Tuple(tuple(x.type for x in flat))
        out = Var(None, kind)
        block.ops.append(Op([out], p.TUPLE, flat))
        block.results = [out]
        return whole

    def text(self, core: Function) -> str:
        call = f"{core.name}({', '.join(self.arguments)})"
        params = ", ".join(self.params)
        return f"def {self.name}({params}):\n    t = {call}\n    return {self.result}"
