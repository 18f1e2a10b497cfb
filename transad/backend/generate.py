"""The back end as a whole: a Wengert list in, the text of a Python module out."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from transad.backend.binding import bound_names
from transad.backend.emit import Emitter
from transad.backend.expressions import Globals
from transad.backend.lower import lower
from transad.backend.ownership import make_in_place
from transad.backend.schedule import Folding, sink_all, sink_numbers
from transad.backend.unparse import expression
from transad.ir.core import Block, Const, Function, Location, callees, walk
from transad.passes.dead import eliminate_dead


@dataclass
class Module:
    """The text of a generated module and the objects its global names are bound to.

    What is imported stands in `imports`; all other names in `bound` are given to it from outside.
    """

    imports: list[str]
    code: str  # the function, and the helpers that it calls
    bound: dict[str, Any] = field(default_factory=dict)
    places: dict[str, list[Location | None]] = field(default_factory=dict)  # of each function's lines

    @property
    def text(self) -> str:
        parts = ["\n".join(self.imports), self.code]
        return "\n\n\n".join(p for p in parts if p) + "\n"

    @classmethod
    def parse(cls, text: str, bound: dict[str, Any]) -> Module:
        """The module with this text."""
        lines = text.split("\n")
        count = next(k for k, line in enumerate(lines) if not line.startswith("import "))
        return cls(lines[:count], "\n".join(lines[count:]).strip("\n"), bound)

    def imported_names(self) -> set[str]:
        """The global names that the import statements bind."""
        return {line.split()[-1].partition(".")[0] for line in self.imports}


def generate(function: Function, typed: bool = False) -> Module:
    """Emit a function, and before it those that it calls. The lists are changed: they end up in the order
    of the statements. `typed`: no name is of several types."""
    others = callees(function.body)
    for callee in others:
        taken: set[str] = set()
        for v in callee.block.params:
            v.name = _unused(v.name or "x", taken)
            taken.add(v.name)
    functions = [*(Function(c.name, c.block) for c in others), function]
    foldings = [_in_order(f.body) for f in functions]
    reserved = {v.name for folding in foldings for v in folding.makers if v.name}
    reserved |= {v.name for f in functions for v in f.body.params if v.name}
    globals_ = Globals(reserved)  # type: ignore[arg-type]
    for callee, f in zip(others, functions):
        taken = {function.name, *globals_.functions.values()}
        f.name = globals_.functions[callee] = _unused(callee.name, taken)
    globals_.reserved |= {f.name for f in functions}
    places: dict[str, list[Location | None]] = {}
    texts = [_emitted(f, folding, globals_, typed, places) for f, folding in zip(functions, foldings)]
    texts = _without_twins(texts, [f.name for f in functions])
    helpers, helper_imports = helper_sources(globals_)
    imports = sorted({*globals_.imports.values(), *helper_imports})
    return Module(imports, "\n\n\n".join([*helpers, *texts]), globals_.bound, places)


def _without_twins(texts: list[str], names: list[str]) -> list[str]:
    """Functions made for different types may come out the same: one is enough."""
    while True:
        first: dict[str, str] = {}
        twins: dict[str, str] = {}
        for text, name in zip(texts, names):
            kept = first.setdefault(re.sub(rf"\b{name}\b", "", text), name)
            if kept != name:
                twins[name] = kept
        if not twins:
            return texts
        pattern = re.compile(rf"\b({'|'.join(twins)})\b")
        left = [(text, name) for text, name in zip(texts, names) if name not in twins]
        texts = [pattern.sub(lambda found, kept=twins: kept[found[0]], text) for text, _ in left]
        names = [name for _, name in left]


def _in_order(block: Block) -> Folding:
    lower(block)
    eliminate_dead(block)
    sink_all(block)
    folding = Folding(block, make_in_place(block))
    sink_numbers(block, folding)
    return folding


def _emitted(
    function: Function,
    folding: Folding,
    globals_: Globals,
    typed: bool,
    places: dict[str, list[Location | None]],
) -> str:
    block = function.body
    names = bound_names(block, folding.folded, _global_names(block, globals_), typed)
    emitter = Emitter(function, folding, names, globals_)
    emitter.body(block, 1)
    emitter.noted = None
    results = [emitter.expr(x) for x in block.results]
    emitter.line(gast.Return(results[0] if len(results) == 1 else gast.Tuple(results, gast.Load())), 1)
    places[function.name] = [getattr(line, "loc", None) for line in emitter.lines]
    params = parameters(function) if function.signature else ", ".join(names[v] for v in block.params)
    return "\n".join([f"def {function.name}({params}):", *emitter.lines])


def _unused(name: str, taken: set[str]) -> str:
    chosen, k = name, 1
    while chosen in taken:
        k += 1
        chosen = f"{name}_{k}"
    return chosen


def _global_names(block: Block, globals_: Globals) -> set[str]:
    """Names that a variable must not take: of what stands outside the function."""
    read = (x for op in walk(block) for x in op.inputs)
    ends = (x for inner in _blocks(block) for x in inner.results)
    origins = [x.origin for x in (*read, *ends) if isinstance(x, Const) and x.origin is not None]
    roots = {globals_.path_to(origin)[0] for origin in origins}
    return {"np", "math", "scipy", "range", "reversed", "len", *roots, *globals_.functions.values()}


def _blocks(block: Block) -> Iterator[Block]:
    yield block
    for op in block.ops:
        for inner in op.blocks:
            yield from _blocks(inner)


def parameters(function: Function) -> str:
    """The parameter list, as in the primal; defaults are left to the caller of the derivative."""
    signature = function.signature
    if signature is None:
        return ", ".join(v.name or "x" for v in function.body.params)
    return str(signature)[1:-1]


def helper_sources(globals_: Globals) -> tuple[list[str], set[str]]:
    """The text of the helper functions that emitted code calls, and the imports they need."""
    texts: list[str] = []
    imports: set[str] = set()
    pending = list(globals_.helpers)
    done: set[str] = set()
    from transad import runtime

    while pending:
        name = pending.pop()
        if name in done:
            continue
        done.add(name)
        text = textwrap.dedent(inspect.getsource(getattr(runtime, name)))
        texts.append(text.rstrip().replace(": Any", "").replace(" -> Any", ""))
        if "np." in text:
            imports.add("import numpy as np")
        if "math." in text:
            imports.add("import math")
        for other in dir(runtime):
            if (
                callable(getattr(runtime, other))
                and re.search(rf"(?<![\w.]){other}\(", text)
                and getattr(runtime, other).__module__ == runtime.__name__
            ):
                pending.append(other)
    return sorted(texts), imports


__all__ = ["Module", "expression", "generate"]
