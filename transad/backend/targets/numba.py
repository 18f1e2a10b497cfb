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

import gc
import operator
import re
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from transad.backend import generate as backend
from transad.backend.generate import Module
from transad.backend.targets import products
from transad.backend.targets.buffers import reuse_buffers
from transad.backend.targets.cores import NotForNumba, Wrapper
from transad.backend.targets.facts import Facts
from transad.backend.targets.kinds import DTYPES
from transad.backend.targets.loops import to_loops
from transad.backend.targets.masks import unmask
from transad.backend.targets.narrow import keep_single
from transad.backend.targets.spelling import respell
from transad.backend.targets.tapes import tapes_to_arrays
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Function, Location, Op, Operand, Var, callees, walk
from transad.ir.verify import verify
from transad.passes import pipeline
from transad.rules import registry

IMPORT = "import numba"
_LOOPS_ALONE = "{'prange': True, 'numpy': False, 'setitem': False, 'reduction': False, 'fusion': False}"
_ROLLED = 'def rolled(x, shift):\n    """`np.roll(x, shift)` of a vector, entry by entry."""'
LONGEST = 1000  # operations in a row: numba takes some 4 ms for each, in one function or in several


def generate(function: Function, parallel: bool = False) -> Module:
    """Emit a function for numba, perhaps with loops whose passes are spread over threads. Raises
    `NotForNumba`."""
    blocks = [function.body, *(c.block for c in callees(function.body))]
    for block in blocks:
        _refuse(block)
    wrapper = Wrapper(function)
    if wrapper.is_needed:
        function.name += "_core"
    for block in blocks:
        respell(block)
        refused = keep_single(block)
        if refused is not None:
            raise NotForNumba(f"{refused.primitive.name} of single precision gives another one", refused.loc)
        tapes_to_arrays(block)
        unmask(block)
        to_loops(block, parallel)
        reuse_buffers(block)
        _run_upwards(block, Facts(block))
        if pipeline.VERIFY:
            verify(block)
    module = backend.generate(function, typed=True)
    multiplies = module.bound.get("product") is products.product
    if multiplies:
        del module.bound["product"]
    for name, value in module.bound.items():
        if name not in module.imported_names() and not isinstance(value, (int, float, complex)):
            raise NotForNumba(f"{name} is a global {type(value).__name__}")
    free = set(module.bound) - module.imported_names()
    how = 'error_model="numpy"' if free else 'cache=True, error_model="numpy"'
    if parallel and "numba.prange(" in module.code:
        how += f", parallel={_LOOPS_ALONE}"
    if any(map(_has_indices, blocks)):
        how += ", boundscheck=True"
    module.code = re.sub(r"^def ", f"@numba.njit({how})\ndef ", module.code, flags=re.MULTILINE)
    module.code = module.code.replace(
        f"@numba.njit({how})\ndef plus(", "@numba.njit(fastmath={'reassoc'})\ndef plus("
    )
    without = how.replace(", boundscheck=True", "")  # that function never leaves its arrays
    module.code = module.code.replace(f"({how})\n{_ROLLED}", f"({without})\n{_ROLLED}")
    if multiplies:
        module.code = f"{products.text()}\n\n\n{module.code}"
    if wrapper.is_needed:
        wrapper.add_to(module, function)
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


def compile_for(
    namespace: dict[str, Any], name: str, values: list[Any], module: Module, place: Location | None
) -> None:
    """Compile now, for arguments such as these. Raises `NotForNumba`, with the line of the program that is to
    blame, or else with `place`."""
    if any(isinstance(v, ty.Type) for v in values):
        return
    import numba

    core = namespace.get(f"{name}_core")
    if core is None:
        core = namespace[name]
    else:
        values = _handed_on(namespace, name, values)
    try:
        with warnings.catch_warnings(), _uncollected():
            warnings.simplefilter("ignore", numba.errors.NumbaWarning)
            core.compile(tuple(map(numba.typeof, values)))
    except Exception as error:  # numba has many, and all mean that it cannot
        raise NotForNumba(_first_line(error), _blamed(error, module) or place) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """numba makes a great many objects that stay, and looking through them again and again for cycles takes a
    tenth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def reason_for(error: Exception) -> str:
    """Why compiled code did not run, in a line."""
    return f"not run as compiled by numba: {_first_line(error)}"


def _blamed(error: Exception, module: Module) -> Location | None:
    """The line of the program that the line of ours comes from which numba complains of."""
    line = getattr(getattr(error, "loc", None), "line", None)
    if line is None:
        found = re.findall(r'File ".*", line (\d+)', str(error))
        line = int(found[-1]) if found else None
    text = module.text.split("\n")
    if line is None or not 0 < line <= len(text):
        return None
    for start in range(line - 1, -1, -1):
        if text[start].startswith("def "):
            places = module.places.get(text[start].partition("(")[0][4:], [])
            known = [loc for loc in places[: line - start - 1] if loc is not None]
            return known[-1] if known else None
    return None


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
    told = [
        line
        for line in shown
        if not line.startswith(("Failed in", "During:", "File", "- Resolution", "def ", "<source"))
    ]
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
        sure = op.attrs.get("in_range") or op.attrs.get("tested")
        if (reads or writes) and not sure and isinstance(op.inputs[0].type, ty.Array):
            parts = op.inputs[2 if writes else 1 :]
            if len(parts) == 1 and _is_mask(parts[0], op.inputs[0].type):
                continue
            if any(map(_has_position, parts)):
                return True
    return False


def _is_mask(x: Operand, kind: ty.Array) -> bool:
    """Is it truth values in the very shape of an array?"""
    same = isinstance(x.type, ty.Array) and x.type.shape is not None and x.type.shape == kind.shape
    return same and x.type.dtype == np.bool_  # type: ignore[union-attr]


def _has_position(x: Operand) -> bool:
    parts = x.type.items if isinstance(x.type, ty.Tuple) else (x.type,)
    return any(isinstance(t, (ty.Number, ty.Array, ty.List)) for t in parts)


# ---- loops that run backwards ---------------------------------------------------------------------


def _run_upwards(block: Block, facts: Facts) -> None:
    """`reversed(range(a, b, s))` is a range from its last number down to before its first."""
    ops: list[Op] = []
    for op in block.ops:
        for inner in op.blocks:
            _run_upwards(inner, facts)
        if op.primitive is p.FOR and op.attrs.pop("reverse", False):
            op.inputs[:3] = _Arithmetic(ops, op, facts).reversed(*op.inputs[:3])
        ops.append(op)
    block.ops = ops


class _Arithmetic:
    """Operations on integers, appended to a list."""

    def __init__(self, ops: list[Op], like: Op, facts: Facts):
        self.ops, self.like, self.facts = ops, like, facts

    def of(self, fn: Any, a: Operand, b: Operand) -> Operand:
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(fn(a.value, b.value))
        root, shift = self.facts.affine(a) or (a, 0)
        if fn is operator.sub and isinstance(b, Const) and root is not None:
            shift -= b.value
            if not shift:
                return root
            fn, a, b = (
                (operator.add, root, Const(shift)) if shift > 0 else (operator.sub, root, Const(-shift))
            )
        made = Op([Var(None, ty.INT)], registry.entry(fn), [a, b], {}, [], self.like.loc, self.like.note)
        self.ops.append(made)
        return made.out

    def reversed(self, start: Operand, stop: Operand, step: Operand) -> list[Operand]:
        if isinstance(step, Const) and abs(step.value) == 1:
            return [self.of(operator.sub, stop, step), self.of(operator.sub, start, step), Const(-step.value)]
        if not isinstance(step, Const):
            raise NotForNumba("a loop by steps that are not known runs backwards", self.like.loc)
        span = self.of(operator.sub, stop, start)  # start + (span - 1) // step * step is the last number
        sign = Const(1 if step.value > 0 else -1)
        count = self.of(operator.floordiv, self.of(operator.sub, span, sign), step)
        last = self.of(operator.add, start, self.of(operator.mul, count, step))
        return [last, self.of(operator.sub, start, step), Const(-step.value)]
