"""From a Wengert list to Python source: expressions.

Each operation is written the way a person would: operators as operators, `x.T` and `x.shape` as
attributes, arguments that have their default value left out.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import operator
import sys
import types
from typing import Any

import gast
import numpy as np

from transad import runtime
from transad.backend.naming import Names
from transad.backend.schedule import Folding, stop_of
from transad.ir import primitives as p
from transad.ir import types as ty
from transad.ir.core import Block, Callee, Const, Op, Operand, Origin, Var

BINARY = {
    operator.add: gast.Add, operator.sub: gast.Sub, operator.mul: gast.Mult, operator.truediv: gast.Div,
    operator.floordiv: gast.FloorDiv, operator.mod: gast.Mod, operator.pow: gast.Pow,
    operator.matmul: gast.MatMult, operator.and_: gast.BitAnd, operator.or_: gast.BitOr,
    operator.xor: gast.BitXor, operator.lshift: gast.LShift, operator.rshift: gast.RShift,
    runtime.sparse_product: gast.MatMult,
}  # fmt: skip
COMPARE = {
    operator.lt: gast.Lt, operator.le: gast.LtE, operator.gt: gast.Gt, operator.ge: gast.GtE,
    operator.eq: gast.Eq, operator.ne: gast.NotEq, operator.is_: gast.Is, operator.is_not: gast.IsNot,
}  # fmt: skip
UNARY = {
    operator.neg: gast.USub,
    operator.pos: gast.UAdd,
    operator.invert: gast.Invert,
    operator.not_: gast.Not,
}
ATTRIBUTES = {np.shape: "shape", np.size: "size", np.ndim: "ndim", np.real: "real", np.imag: "imag"}
METHODS = {np.copy: "copy", np.ndarray.astype: "astype"}
_MODULES = {
    np: ("np",),
    math: ("math",),
    np.linalg: ("np", "linalg"),
    np.fft: ("np", "fft"),
}
_MODULES |= {
    getattr(np.polynomial, name): ("np", "polynomial", name)
    for name in ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
}


class Globals:
    """The global names that emitted code uses, and what they are bound to."""

    def __init__(self, reserved: set[str]):
        self.bound: dict[str, Any] = {}
        self.imports: dict[str, str] = {}  # name -> the import that binds it
        self.helpers: dict[str, Any] = {}  # functions of `transad.runtime` whose source goes along
        self.reserved = reserved
        self.functions: dict[Any, str] = {}  # functions of the list's own, and their names
        self.paths: dict[int, tuple[str, ...] | None] = {}

    def root(self, name: str, value: Any) -> str:
        """A global name for a value of the user's, its own unless that is taken."""
        chosen, k = name, 1
        while chosen in self.reserved or chosen in self.bound and self.bound[chosen] is not value:
            k += 1
            chosen = f"{name}_{k}"
        self.bound[chosen] = value
        return chosen

    def path_to(self, origin: Origin) -> tuple[str, ...]:
        """The dotted name of what the program reached by a name."""
        from transad.frontend.resolve import current

        first, *rest = origin.path
        if type(origin.namespace).__name__ == "Parameters":
            return origin.path
        value = current(origin.namespace, first)
        if value is np:
            return (self.module(np, "np", "import numpy as np"), *rest)
        if value is math:
            return (self.module(math, "math", "import math"), *rest)
        if getattr(builtins, first, None) is value and not rest:
            return (first,)
        return (self.root(first, value), *rest)

    def module(self, module: Any, name: str, statement: str) -> str:
        self.imports[name] = statement
        self.bound[name] = module
        return name

    def reference(self, fn: Any, name: str) -> tuple[str, ...]:
        """The dotted name of a function."""
        key = id(fn)
        if key not in self.paths:
            self.paths[key] = self.find(fn, name)
        path = self.paths[key]
        if path is None:
            return (self.root(_identifier(name), fn),)
        if path[0] == "np":
            self.module(np, "np", "import numpy as np")
        elif path[0] == "math":
            self.module(math, "math", "import math")
        elif path[0] == "operator":
            self.module(operator, "operator", "import operator")
        elif path[0] == "scipy":
            home = ".".join(path[:-1])
            self.imports[home] = f"import {home}"
            self.bound["scipy"] = sys.modules["scipy"]
        return path

    def find(self, fn: Any, name: str) -> tuple[str, ...] | None:
        if getattr(builtins, name, None) is fn:
            return (name,)
        if getattr(runtime, name, None) is fn:
            self.helpers[name] = fn
            return (name,)
        for module, path in _MODULES.items():
            if getattr(module, name, None) is fn:
                return (*path, name)
        if getattr(sys.modules.get("numpy.random"), name, None) is fn:  # not loaded for its name alone
            return ("np", "random", name)
        if getattr(operator, name, None) is fn:
            return ("operator", name)
        owner = getattr(fn, "__self__", None)
        if isinstance(owner, np.ufunc):
            path = self.find(owner, owner.__name__)
            return None if path is None else (*path, name)
        home = _public_home(fn, name)
        return None if home is None else (*home.split("."), name)


def _public_home(fn: Any, name: str) -> str | None:
    """The public module of NumPy or SciPy that has the function; a ufunc, which names none, is of
    scipy.special."""
    default = "scipy.special" if isinstance(fn, np.ufunc) else ""
    home = (getattr(fn, "__module__", None) or default).partition("._")[0]
    known = home.startswith(("scipy.", "numpy.")) and getattr(sys.modules.get(home), name, None) is fn
    return home.replace("numpy", "np", 1) if known else None


class Expressions:
    """Turns operands and folded operations into syntax trees."""

    def __init__(self, folding: Folding, names: Names, globals_: Globals):
        self.folding, self.folded, self.makers = folding, folding.folded, folding.makers
        self.names, self.globals = names, globals_

    # -- small pieces

    def store(self, name: str) -> Any:
        return gast.Name(name, gast.Store(), None, None)

    def load(self, name: str) -> Any:
        return gast.Name(name, gast.Load(), None, None)

    def name(self, v: Var) -> Any:
        return self.load(self.names[v])

    def builtin(self, name: str) -> Any:
        return self.load(name)

    def attribute(self, value: Any, name: str) -> Any:
        return gast.Attribute(value, name, gast.Load())

    def dotted(self, path: tuple[str, ...]) -> Any:
        node = self.load(path[0])
        for part in path[1:]:
            node = self.attribute(node, part)
        return node

    def numpy(self, *path: str) -> Any:
        self.globals.module(np, "np", "import numpy as np")
        return self.dotted(("np", *path))

    # -- operands

    def expr(self, x: Operand) -> Any:
        if isinstance(x, Const):
            return self.constant(x)
        if x in self.folded:
            made = self.makers[x]
            if made.primitive is p.POP:
                return gast.Call(self.attribute(self.name(made.outs[1]), "pop"), [], [])
            return self.op_expr(made)
        return self.name(x)

    def constant(self, const: Const) -> Any:
        if const.origin is not None and not isinstance(const.value, types.ModuleType):
            return self.dotted(self.globals.path_to(const.origin))
        return self.literal(const.value)

    def literal(self, value: Any) -> Any:
        if isinstance(value, slice):
            parts = [value.start, value.stop, value.step]
            if value.step is None:
                parts = parts[1:2] if value.start is None else parts[:2]
            return gast.Call(self.builtin("slice"), [self.literal(v) for v in parts], [])
        if type(value) is tuple:
            return gast.Tuple([self.literal(v) for v in value], gast.Load())
        if type(value) is list:
            return gast.List([self.literal(v) for v in value], gast.Load())
        if isinstance(value, np.dtype):
            return self.numpy(value.type.__name__)
        if isinstance(value, np.generic) and value.dtype.kind in "biufc":
            return gast.Call(self.numpy(value.dtype.type.__name__), [self.literal(value.item())], [])
        if value is None or value is Ellipsis or isinstance(value, (bool, int, float, complex, str, bytes)):
            if isinstance(value, float) and not math.isfinite(value):
                return self.numpy("nan") if value != value else self.signed_infinity(value)
            return gast.Constant(value, None)
        if isinstance(value, Callee):
            return self.load(self.globals.functions[value])
        name = getattr(value, "__name__", None) or type(value).__name__.lower()
        return self.dotted(self.globals.reference(value, name))

    def signed_infinity(self, value: float) -> Any:
        return self.numpy("inf") if value > 0 else gast.UnaryOp(gast.USub(), self.numpy("inf"))

    # -- operations

    def op_expr(self, op: Op) -> Any:
        fn, inputs = op.primitive.fn, op.inputs
        if op.primitive is p.IF:
            return self.conditional(op)
        if fn in BINARY:
            return gast.BinOp(self.expr(inputs[0]), BINARY[fn](), self.expr(inputs[1]))
        if fn in COMPARE:
            return gast.Compare(self.expr(inputs[0]), [COMPARE[fn]()], [self.expr(inputs[1])])
        if fn is operator.neg:
            return self.minus(inputs[0])
        if fn in UNARY:
            return gast.UnaryOp(UNARY[fn](), self.expr(inputs[0]))
        if op.primitive.name == "getitem":
            return gast.Subscript(self.expr(inputs[0]), self.index(inputs[1]), gast.Load())
        if op.primitive is p.READ:
            return self.path(self.expr(inputs[0]), op, inputs[1:])
        if op.primitive is p.CALL:
            return gast.Call(
                self.load(self.globals.functions[op.attrs["callee"]]), [self.expr(x) for x in inputs], []
            )
        if op.primitive is p.SAVE:
            items = [self.expr(x) for x in inputs]
            return items[0] if len(items) == 1 else gast.Tuple(items, gast.Load())
        if op.primitive is p.LOAD:
            return self.expr(inputs[0])
        if op.primitive is p.TUPLE:
            items = gast.Tuple([self.expr(x) for x in inputs], gast.Load())
            cls = op.attrs.get("cls")
            return (
                items
                if cls is None
                else gast.Call(self.dotted(self.globals.reference(cls, cls.__name__)), items.elts, [])
            )
        if op.primitive is p.LIST:
            return gast.List([self.expr(x) for x in inputs], gast.Load())
        if op.primitive is p.DICT:
            return gast.Dict([self.literal(k) for k in op.attrs["keys"]], [self.expr(x) for x in inputs])
        if op.primitive is p.SLICE:
            return gast.Call(self.builtin("slice"), [self.expr(x) for x in inputs], [])
        if op.primitive is p.NEW_TAPE:
            return gast.List([], gast.Load())
        if op.primitive is p.TEXT:
            return self.text(op)
        if op.primitive is p.ATTRIBUTE:
            return self.attribute(self.expr(inputs[0]), op.attrs["name"])
        if fn is operator.contains:
            return gast.Compare(self.expr(inputs[1]), [gast.In()], [self.expr(inputs[0])])
        return self.special(op) or self.call_of(op)

    def text(self, op: Op) -> Any:
        values, parts = iter(op.inputs), []
        for piece in op.attrs["pieces"]:
            if isinstance(piece, str):
                parts.append(self.literal(piece))
                continue
            conversion, spec = piece
            shown = gast.JoinedStr([self.literal(spec)]) if spec else None
            code = ord(conversion) if conversion else -1
            parts.append(gast.FormattedValue(self.expr(next(values)), code, shown))
        return gast.JoinedStr(parts)

    def minus(self, x: Operand) -> Any:
        """`-x`; of a product or quotient, its first factor takes the sign: `-2.0 * y`."""
        made = self.makers.get(x) if isinstance(x, Var) and x in self.folded else None
        if made is not None and made.primitive.fn in (operator.mul, operator.truediv):
            first, second = made.inputs
            dtype = ty.dtype_of(first.type)
            if dtype is not None and dtype.kind in "fc":
                return gast.BinOp(self.minus(first), BINARY[made.primitive.fn](), self.expr(second))
        if isinstance(x, Const) and x.origin is None and type(x.value) is float and x.value > 0.0:
            return self.literal(-x.value)
        return gast.UnaryOp(gast.USub(), self.expr(x))

    def conditional(self, op: Op) -> Any:
        then, orelse = (block.results[0] for block in op.blocks)
        stop = stop_of(op)
        if stop is not None:
            kind = gast.Or if stop else gast.And
            parts = [self.expr(op.inputs[0]), self.expr(orelse if stop else then)]
            flat = [v for e in parts for v in (e.values if _is_boolean(e, kind) else [e])]
            return gast.BoolOp(kind(), flat)
        return gast.IfExp(self.expr(op.inputs[0]), self.expr(then), self.expr(orelse))

    def special(self, op: Op) -> Any:
        """What NumPy code has attributes and methods for."""
        fn, x = op.primitive.fn, op.inputs[0] if op.inputs else None
        surely = x is not None and isinstance(x.type, ty.Array) and not x.type.loose
        array = surely and isinstance(x, Var)
        if fn in ATTRIBUTES and array and len(op.inputs) == 1:
            return self.attribute(self.expr(x), ATTRIBUTES[fn])
        if fn is np.transpose and array and (len(op.inputs) == 1 or _is_none(op.inputs[1])):
            return self.attribute(self.expr(x), "T")
        if x in self.names.blank and fn in (np.copy, np.zeros_like):
            return self.of_nothing(op)
        if fn is np.copy and (surely or x is not None and isinstance(x.type, (ty.List, ty.Dict, ty.Tape))):
            return gast.Call(self.attribute(self.expr(x), "copy"), [], [])
        if fn is np.ndarray.astype:
            return gast.Call(self.attribute(self.expr(x), "astype"), [self.expr(op.inputs[1])], [])
        if fn is np.expand_dims and op.note is not None and (key := _new_axis(op)) is not None:
            return gast.Subscript(self.expr(x), self.known_index(key), gast.Load())
        if fn is np.where and isinstance(op.outs[0].type, ty.Number):
            return gast.IfExp(*map(self.expr, op.inputs))  # `np.where` would make an array of the number
        if fn is runtime.broadcast_like:
            return self.broadcast(op)
        return None

    def of_nothing(self, op: Op) -> Any:
        """The copy, or the zero, of what is None on some path."""
        x = op.inputs[0]
        if op.primitive.fn is np.zeros_like:
            helper = self.dotted(self.globals.reference(runtime.zeros_like, "zeros_like"))
            return gast.Call(helper, [self.expr(x)], [])
        nothing = gast.Compare(self.expr(x), [gast.Is()], [gast.Constant(None, None)])
        copied = gast.Call(self.attribute(self.expr(x), "copy"), [], [])
        return gast.IfExp(nothing, gast.Constant(None, None), copied)

    def broadcast(self, op: Op) -> Any:
        g, x = op.inputs
        if ty.rank(x.type) == 0:
            return self.expr(g)
        if ty.rank(g.type) == 0 and isinstance(x.type, ty.Array):
            if (
                isinstance(g, Const)
                and g.value == 1.0
                and x.type.dtype is not None
                and x.type.dtype.kind == "f"
            ):
                return gast.Call(self.numpy("ones_like"), [self.expr(x)], [])
            if x.type.dtype is not None and x.type.dtype.kind in "fc":
                return gast.Call(self.numpy("full_like"), [self.expr(x), self.expr(g)], [])
        if isinstance(x.type, ty.Array) and x.type.shape is not None:
            return gast.Call(
                self.numpy("broadcast_to"), [self.expr(g), self.attribute(self.expr(x), "shape")], []
            )
        return None

    def call_of(self, op: Op) -> Any:
        """An ordinary call."""
        primitive = op.primitive
        keywords = op.attrs.get("keywords")
        if op.attrs.get("method"):
            return self.method_of(op)
        function = self.callee(op)
        if keywords is not None:
            split = len(op.inputs) - len(keywords)
            named = [gast.keyword(k, self.expr(x)) for k, x in zip(keywords, op.inputs[split:])]
            return gast.Call(function, [self.expr(x) for x in op.inputs[:split]], named)
        params = primitive.params or _parameters(primitive.fn)
        if not params:
            return gast.Call(function, [self.expr(x) for x in op.inputs], [])
        args: list[Any] = []
        named = []
        skipped = False
        for param, x in zip(params, op.inputs):
            if param.kind is param.VAR_POSITIONAL:
                args += self.spread(x)
            elif param.default is inspect.Parameter.empty:
                args.append(self.expr(x))
            elif (
                isinstance(x, Const)
                and x.origin is None
                and _equal(x.value, param.default)
                and _same_default(param, primitive.fn)
            ):
                skipped = True
            elif not skipped and (
                param.kind is param.POSITIONAL_ONLY or param.name in _positional_only(primitive.fn)
            ):
                args.append(self.expr(x))
            else:
                named.append(gast.keyword(param.name, self.expr(x)))
                skipped = True  # what follows cannot go by position any more
        return gast.Call(function, args, named)

    def method_of(self, op: Op) -> Any:
        """A call of an unbound method, as a call of the method of its first argument."""
        owner, *rest = op.inputs
        bound = self.attribute(self.expr(owner), op.primitive.fn.__name__)
        split = len(rest) - len(op.attrs["keywords"])
        named = [gast.keyword(k, self.expr(x)) for k, x in zip(op.attrs["keywords"], rest[split:])]
        return gast.Call(bound, [self.expr(x) for x in rest[:split]], named)

    def callee(self, op: Op) -> Any:
        primitive = op.primitive
        owner = getattr(primitive.fn, "__self__", None)
        name = getattr(primitive.fn, "__name__", primitive.name)
        method = inspect.ismethod(primitive.fn) and self.globals.find(primitive.fn, name) is None
        if method or isinstance(owner, str):
            return self.attribute(self.literal(owner), name)
        return self.dotted(self.globals.reference(primitive.fn, name))

    def spread(self, x: Operand) -> list[Any]:
        made = self.makers.get(x) if isinstance(x, Var) and x in self.folded else None
        if made is not None and made.primitive is p.TUPLE:
            return [self.expr(i) for i in made.inputs]
        if isinstance(x, Const) and isinstance(x.value, tuple):
            return [self.literal(v) for v in x.value]
        return [gast.Starred(self.expr(x), gast.Load())]

    # -- indices

    def index(self, x: Operand) -> Any:
        """What stands between the brackets."""
        made = self.makers.get(x) if isinstance(x, Var) and x in self.folded else None
        if isinstance(x, Const) and x.origin is None:
            return self.known_index(x.value)
        if made is not None and made.primitive is p.TUPLE:
            return gast.Tuple([self.index(i) for i in made.inputs], gast.Load())
        if made is not None and made.primitive is p.SLICE:
            parts = [None if _is_none(i) else self.expr(i) for i in made.inputs]
            return gast.Slice(*parts)
        return self.expr(x)

    def known_index(self, value: Any) -> Any:
        if isinstance(value, slice):
            return gast.Slice(
                *(None if v is None else self.literal(v) for v in (value.start, value.stop, value.step))
            )
        if isinstance(value, tuple) and value:
            return gast.Tuple([self.known_index(v) for v in value], gast.Load())
        return self.literal(value)

    def path(self, node: Any, op: Op, operands: list[Operand], store: bool = False, stop: int = 0) -> Any:
        """A part of an array, reached step by step; the last `stop` steps left out."""
        steps = list(zip(op.attrs["path"], op.attrs["counts"]))
        k = 0
        for n, (primitive, count) in enumerate(steps):
            if n == len(steps) - stop:
                return node
            given = operands[k : k + count]
            k += count
            last = n == len(steps) - 1
            if primitive.name == "getitem":
                node = gast.Subscript(
                    node, self.index(given[0]), gast.Store() if store and last else gast.Load()
                )
                continue
            node = self.step(node, primitive, given)
            if store and last:
                node = gast.Subscript(node, gast.Constant(Ellipsis, None), gast.Store())
        if not steps and store:
            node = gast.Subscript(node, gast.Constant(Ellipsis, None), gast.Store())
        return node

    def step(self, node: Any, primitive: Any, given: list[Operand]) -> Any:
        if primitive.fn is np.transpose and all(map(_is_none, given)):
            return self.attribute(node, "T")
        if primitive.fn in ATTRIBUTES:
            return self.attribute(node, ATTRIBUTES[primitive.fn])
        path = self.globals.reference(primitive.fn, primitive.fn.__name__)
        named = []
        args = [node]
        for param, x in zip(primitive.params[1:], given):
            if param.default is inspect.Parameter.empty:
                args.append(self.expr(x))
            elif not (isinstance(x, Const) and _equal(x.value, param.default)):
                named.append(gast.keyword(param.name, self.expr(x)))
        return gast.Call(self.dotted(path), args, named)


def _new_axis(op: Op) -> tuple[Any, ...] | None:
    """The index that adds an axis, for which NumPy's function takes ten times as long."""
    x, axis = op.inputs
    rank = ty.rank(x.type)
    if rank is None or not isinstance(axis, Const) or type(axis.value) is not int:
        return None
    return (slice(None),) * (axis.value % (rank + 1)) + (None,)


@functools.cache
def _parameters(fn: Any) -> tuple[inspect.Parameter, ...]:
    """The parameters of a function that has no rule of its own, where their names are needed: NumPy's, and
    those that are given by name alone."""
    try:
        parameters = tuple(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return ()
    numpy = (getattr(fn, "__module__", None) or "").startswith("numpy") and not isinstance(fn, np.ufunc)
    starred = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)
    named = numpy or any(p.kind is p.KEYWORD_ONLY for p in parameters)
    return parameters if named and not starred else ()


_PLAIN = ("a_min", "a_max", "axes", "shape")  # names of parameters that nobody writes


@functools.cache
def _defaults(fn: Any) -> dict[str, Any]:
    """The defaults of the parameters in the NumPy at hand, whatever a rule says; `empty` for none."""
    try:
        return {p.name: p.default for p in inspect.signature(fn).parameters.values()}
    except (TypeError, ValueError):
        return {}


def _same_default(param: inspect.Parameter, fn: Any) -> bool:
    """May an argument that is the default of a rule be left out? Flags and NumPy's markers aside, only
    what NumPy itself takes for it."""
    own = _defaults(fn).get(param.name, param.default)
    return own is not inspect.Parameter.empty and not (isinstance(own, str) and own != param.default)


_BY_POSITION = {
    np.arange: frozenset(("stop", "step")), np.eye: frozenset(("M", "k")), np.vander: frozenset("N"),
    np.linspace: frozenset(("num",)), np.fft.fft: frozenset("n"), np.fft.ifft: frozenset("n"),
    np.fft.rfft: frozenset("n"), np.fft.irfft: frozenset("n"), np.convolve: frozenset(("mode",)),
}  # fmt: skip


@functools.cache
def _positional_only(fn: Any) -> frozenset[str]:
    """Parameters that NumPy's own function does not take by name, or nobody writes out."""
    if fn in _BY_POSITION:
        return _BY_POSITION[fn]
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return frozenset({"x", "y", "x1", "x2", "stop", "step"})
    return frozenset(p.name for p in parameters if p.kind is p.POSITIONAL_ONLY or p.name in _PLAIN)




def _is_none(x: Operand) -> bool:
    return isinstance(x, Const) and x.value is None


def _equal(a: Any, b: Any) -> bool:
    return a is b or type(a) is type(b) and isinstance(a, (int, float, str, bool, tuple)) and a == b


def _identifier(name: str) -> str:
    cleaned = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
    return cleaned if cleaned.isidentifier() else "function"


__all__ = ["BINARY", "Block", "Expressions", "Globals"]


def _is_boolean(expression: Any, kind: type) -> bool:
    return isinstance(expression, gast.BoolOp) and isinstance(expression.op, kind)
