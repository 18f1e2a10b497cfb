"""The plain function around a compiled core that takes and returns numbers and arrays alone.

Rewrites the list of a derivative: parameters that are tuples, lists, dicts or objects become their parts, a
result that is one becomes a tuple of its parts, and global arrays become parameters, since numba would take
their contents for constants.
"""

from __future__ import annotations

import inspect
import operator
import re
import textwrap
from typing import Any

import numpy as np

from transad import runtime
from transad.backend.generate import Module
from transad.backend.targets.kinds import DTYPES
from transad.errors import render
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Const, Function, Location, Op, Operand, Var, substitute, uses, walk

_PLAIN = (ty.Number, ty.Array)
_SINGLE = {np.dtype(np.float32): "np.float32", np.dtype(np.complex64): "np.complex64"}


class NotForNumba(Exception):
    """Why a derivative cannot be compiled."""

    def __init__(self, reason: str, loc: Location | None = None):
        super().__init__(render(f"not compiled by numba: {reason}", "it runs as NumPy code", loc))


class Wrapper:
    """Takes a function's list apart, and writes the text of what is around it."""

    def __init__(self, function: Function):
        self.name = function.name
        self.params = [v.name or "x" for v in function.body.params]
        self.parts: dict[Var, tuple[str, ty.Type]] = {}  # a container: how it is reached, and its type
        self.leaves: dict[str, Var] = {}  # how a part is reached: the parameter that it is now
        self.taken = set(self.params)
        self.bound: dict[str, Any] = {}  # global names that the text uses
        self.helpers: list[Any] = []
        block = function.body
        arrays = self.global_arrays(block)
        containers = [v for v in block.params if not isinstance(v.type, _PLAIN)]
        (result,) = block.results
        flat = isinstance(result.type, ty.Tuple) and result.type.cls is None
        parts = result.type.items if flat else (result.type,)  # type: ignore[attr-defined]
        simple = all(isinstance(t, _PLAIN) and _is_returned(t) for t in parts)
        self.is_needed = bool(containers) or not simple or bool(arrays)
        if not self.is_needed:
            return
        for v in containers:
            self.parts[v] = v.name or "x", v.type
        self.take_apart(block)
        self.result = self.put_together(block, result)
        kept = [v for v in block.params if v not in self.parts]
        self.arguments = [*(v.name or "x" for v in kept), *self.leaves, *arrays]
        block.params = [*kept, *self.leaves.values(), *arrays.values()]

    def global_arrays(self, block: Block) -> dict[str, Var]:
        """Global arrays that the list reads, by the names that they are given."""
        found: dict[str, Var] = {}
        made: dict[int, Var] = {}
        for op in walk(block):
            for k, x in enumerate(op.inputs):
                if isinstance(x, Const) and isinstance(x.value, np.ndarray) and x.value.dtype in DTYPES:
                    if id(x.value) not in made:
                        name = self.unused(x.origin.path[-1] if x.origin else "array")
                        made[id(x.value)] = found[name] = Var(name, x.type)
                        self.bound[name] = x.value
                    op.inputs[k] = made[id(x.value)]
        return found

    def unused(self, name: str) -> str:
        chosen, k = name, 1
        while chosen in self.taken:
            k += 1
            chosen = f"{name}_{k}"
        self.taken.add(chosen)
        return chosen

    # -- parameters

    def take_apart(self, block: Block) -> None:
        mapping: dict[Var, Operand] = {}
        ops = []
        for op in block.ops:
            x = op.inputs[0] if op.inputs else None
            way = self.way_to(op, self.reached(x)) if self.reached(x) is not None else None
            if way is not None:
                if isinstance(op.out.type, _PLAIN):
                    mapping[op.out] = self.leaf(way, op.out)
                else:
                    self.parts[op.out] = way, op.out.type
                continue
            if op.primitive.fn is len and x in self.parts and self.size(x) is not None:
                mapping[op.out] = Const(self.size(x))
                continue
            if op.primitive is not p.MIRROR and any(self.reached(y) is not None for y in op.inputs):
                raise NotForNumba("a tuple, list or dict among the arguments is used as a whole", op.loc)
            for inner in op.blocks:
                self.take_apart(inner)
            ops.append(op)
        block.ops = ops
        substitute(block, mapping)

    def reached(self, x: Operand | None) -> str | None:
        """How a container is reached; objects among the arguments are known by the names of parameters."""
        if isinstance(x, Const):
            given = x.origin is not None and type(x.origin.namespace).__name__ == "Parameters"
            return ".".join(x.origin.path) if given else None  # type: ignore[union-attr]
        return self.parts[x][0] if x in self.parts else None  # type: ignore[index]

    def way_to(self, op: Op, whole: str | None) -> str | None:
        """How the part that an operation takes from a container is reached."""
        if op.primitive is p.ATTRIBUTE:
            return f"{whole}.{op.attrs['name']}"
        key = op.inputs[1] if op.primitive.fn is operator.getitem and len(op.inputs) == 2 else None
        return f"{whole}[{key.value!r}]" if isinstance(key, Const) and key.origin is None else None

    def size(self, x: Any) -> int | None:
        kind = self.parts[x][1]
        items = kind.keys if isinstance(kind, ty.Dict) else getattr(kind, "items", None)
        return None if items is None else len(items)

    def leaf(self, way: str, v: Var) -> Var:
        if way not in self.leaves:
            name = v.name or re.sub(r"\W+", "_", way).strip("_")
            self.leaves[way] = Var(self.unused(name), v.type)
        return self.leaves[way]

    # -- the result

    def put_together(self, block: Block, result: Operand) -> str:
        makers = {v: op for op in block.ops for v in op.outs}
        flat: list[Operand] = []
        used: set[Op] = set()

        def text(x: Operand) -> str:
            made = makers.get(x) if isinstance(x, Var) else None
            if made is not None and made.primitive in (p.TUPLE, p.LIST, p.DICT, p.MIRROR):
                used.add(made)
                return self.container(made, [self.reached(y) or text(y) for y in made.inputs])
            if not isinstance(x.type, _PLAIN):
                raise NotForNumba("the result is a container that is made when the program runs")
            flat.append(x)
            item = f"t[{len(flat) - 1}]"
            if _is_returned(x.type):
                return item
            return f"{_SINGLE[ty.dtype_of(x.type)]}({item})"  # type: ignore[index]

        whole = text(result)
        needed = {y for op in block.ops if op not in used for y in uses(op)}
        block.ops = [op for op in block.ops if op not in used or not needed.isdisjoint(op.outs)]
        if len(flat) == 1 and whole in ("t[0]", f"{whole.partition('(')[0]}(t[0])"):
            block.results = [flat[0]]
            return whole.replace("t[0]", "t")
        kind = ty.Tuple(tuple(x.type for x in flat))
        out = Var(None, kind)
        block.ops.append(Op([out], p.TUPLE, flat))
        block.results = [out]
        return whole

    def container(self, made: Op, inner: list[str]) -> str:
        if made.primitive is p.DICT:
            return "{" + ", ".join(f"{k!r}: {t}" for k, t in zip(made.attrs["keys"], inner)) + "}"
        if made.primitive is p.LIST:
            return f"[{', '.join(inner)}]"
        if made.primitive is p.MIRROR:
            if self.reached(made.inputs[0]) is None:
                raise NotForNumba("the result has an object in it that is none of the arguments", made.loc)
            if runtime.mirror not in self.helpers:
                self.helpers.append(runtime.mirror)
            named = [f"{k}={t}" for k, t in zip(made.attrs["keywords"], inner[1:])]
            return f"mirror({', '.join([inner[0], *named])})"
        cls = made.attrs.get("cls")
        if cls is not None:
            if self.bound.setdefault(cls.__name__, cls) is not cls or cls.__name__ in self.taken:
                raise NotForNumba("the result has two named tuples of one name in it", made.loc)
            return f"{cls.__name__}({', '.join(inner)})"
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"

    # -- the text

    def add_to(self, module: Module, core: Function) -> None:
        call = f"{core.name}({', '.join(self.arguments)})"
        params = ", ".join(self.params)
        function = f"def {self.name}({params}):\n    t = {call}\n    return {self.result}"
        helpers = [textwrap.dedent(inspect.getsource(fn)).rstrip() for fn in self.helpers]
        helpers = [text.replace(": Any", "").replace(" -> Any", "") for text in helpers]
        module.code = "\n\n\n".join([module.code, *helpers, function])
        for name, value in self.bound.items():
            if module.bound.setdefault(name, value) is not value:
                raise NotForNumba(f"{name} is the name of several things")
        if "np." in self.result and "import numpy as np" not in module.imports:
            module.imports.append("import numpy as np")
            module.bound["np"] = np


def _is_returned(t: ty.Type) -> bool:
    """Does a number come back from compiled code as one of its type (or of Python's for double precision)?"""
    return not isinstance(t, ty.Number) or t.dtype not in _SINGLE
