"""Syntax trees to text: the last step of the road.

The emitter hands over gast nodes, one expression or one statement at a time, and lays them out
itself (indentation, comments, blank lines). The text comes from astor, whose output has the fewest
parentheses; where astor cannot run (it uses names that Python 3.14 removed from `ast`) or is wrong,
`ast.unparse` does the work. A statement is always one line.

What is promised for both: parsing the text gives the tree back, and no number changes. Numbers are
therefore brought into a form that has a literal before either printer sees them: -2.0 is the
negation of 2.0, infinity is 1e309, and NaN, which has none, is their difference.
"""

from __future__ import annotations

import ast
import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import gast
from gast.ast3 import GAstToAst3

_INFINITY = "1e309"  # what Python's own repr of a tree uses: a literal, unlike float("inf")


def expression(node: gast.AST) -> str:
    """The source of an expression, on one line; a tuple stands in parentheses."""
    return _printer()(_convert(node))


def statement(node: gast.AST) -> list[str]:
    """The lines of a statement: one for a simple statement, and for a loop or branch without body."""
    return _printer()(_convert(node)).splitlines()


# ---- gast to ast ----------------------------------------------------------------------------------


def _same_in_both(cls: type) -> bool:
    return cls._fields == getattr(getattr(ast, cls.__name__, None), "_fields", None)


# For each class of node that gast leaves as it is: the class of ast, and the fields. The common
# case is done here because gast's own visitor, which copies positions, takes three times as long.
# Nodes without fields (`Add`, `Load`) are shared, as Python's parser shares them.
_PLAIN = {
    cls: (getattr(ast, cls.__name__), cls._fields)
    for cls in vars(gast).values()
    if isinstance(cls, type) and issubclass(cls, ast.AST) and _same_in_both(cls)
}
_PLAIN.pop(gast.ExceptHandler, None)  # same fields, but its name is a node
_LEAVES = {cls: to() for cls, (to, fields) in _PLAIN.items() if not fields}


def _convert(node: Any) -> Any:
    """A tree of ast; numbers become the literals that they are written with."""
    cls = type(node)
    if cls is gast.Name:
        return ast.Name(node.id, _convert(node.ctx))
    if cls is gast.Constant:
        return _constant(node.value)
    if cls is list:
        return [_convert(item) for item in node]
    if cls in _LEAVES:
        return _LEAVES[cls]
    if cls in _PLAIN:
        to, fields = _PLAIN[cls]
        return to(*[_convert(getattr(node, name, None)) for name in fields])
    return _Special().visit(node) if isinstance(node, ast.AST) else node


class _Special(GAstToAst3):
    """What gast changes (arguments, handlers, definitions), with our numbers inside."""

    def visit_Constant(self, node: gast.Constant) -> ast.expr:
        return _constant(node.value)


# ---- numbers --------------------------------------------------------------------------------------


def _constant(value: Any) -> ast.expr:
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, complex):
        return _complex(complex(value))
    if isinstance(value, int) and value < 0:
        return _negative(ast.Constant(-value))
    return ast.Constant(value)


def _float(value: float) -> ast.expr:
    if math.isnan(value):
        return ast.BinOp(ast.Constant(math.inf), ast.Sub(), ast.Constant(math.inf))
    if math.copysign(1.0, value) < 0:
        return _negative(ast.Constant(float(-value)))
    return ast.Constant(float(value))  # a numpy.float64 would print as a call


def _complex(value: complex) -> ast.expr:
    """`2j`, `1.0 + 2j`, `-2j`; where a sum would lose the sign of a zero, `complex(real, imag)`."""
    real, imag = value.real, value.imag
    positive = _written_bare(real) and _written_bare(imag)
    if positive and real == 0.0:
        return ast.Constant(value)
    if _written_bare(-real) and _written_bare(-imag) and real == 0.0:
        return _negative(ast.Constant(-value))
    if _written_bare(imag) and _has_sign_of_sum(real):
        return ast.BinOp(_float(real), ast.Add(), ast.Constant(complex(0.0, imag)))
    if imag < 0.0 and _has_sign_of_sum(real):
        return ast.BinOp(_float(real), ast.Sub(), ast.Constant(complex(0.0, -imag)))
    return ast.Call(ast.Name("complex", ast.Load()), [_float(real), _float(imag)], [])


def _written_bare(part: float) -> bool:
    return not math.isnan(part) and math.copysign(1.0, part) > 0


def _has_sign_of_sum(real: float) -> bool:
    """Whether adding the zero real part of an imaginary literal leaves `real` as it is."""
    return not math.isnan(real) and (real != 0.0 or math.copysign(1.0, real) > 0)


def _negative(operand: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), operand)


# ---- printers -------------------------------------------------------------------------------------


@functools.cache
def _printer() -> Callable[[ast.AST], str]:
    """astor where it can run, else `ast.unparse`; made on first use, since astor imports slowly."""
    try:
        return _astor_printer()
    except (ImportError, AttributeError):
        return _unparse


def _unparse(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


class _Unknown(Exception):
    """A kind of node that astor does not know."""


def _literal(value: Any) -> str:
    if isinstance(value, (float, complex)):
        return repr(value).replace("inf", _INFINITY)
    return "..." if value is ... else repr(value)


def _astor_printer() -> Callable[[ast.AST], str]:
    with warnings.catch_warnings():  # on import, astor looks at names that `ast` is to lose
        warnings.simplefilter("ignore", DeprecationWarning)
        from astor.code_gen import SourceGenerator, set_precedence
        from astor.op_util import Precedence

    class Generator(SourceGenerator):
        """astor's generator, with what it gets wrong put right."""

        def visit(self, node: ast.AST) -> None:
            method = getattr(Generator, "visit_" + type(node).__name__, None)
            if method is None:  # `match`, `except*`, `type`, ...: newer than astor
                raise _Unknown
            method(self, node)

        def get__pp(self, node: ast.AST) -> int:
            return getattr(node, "_pp", Precedence.highest)  # astor makes this anew for each generator

        def visit_Constant(self, node: ast.Constant) -> None:
            # astor puts numbers in parentheses, strings in quotes over several lines, and asks
            # for deprecated names of `ast`.
            self.write(_literal(node.value))

        def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
            self.write(_unparse(node))

        def visit_Attribute(self, node: ast.Attribute) -> None:
            whole = isinstance(node.value, ast.Constant) and type(node.value.value) is int
            self.write("(" if whole else "", node.value, ")" if whole else "", ".", node.attr)

        def visit_Tuple(self, node: ast.Tuple) -> None:
            if self.get__pp(node) == Precedence.While and isinstance(node.ctx, ast.Load):
                set_precedence(Precedence.Comma, node)  # `while (a, b):`, but `for a, b in c:`
            super().visit_Tuple(node)

        def visit_Lambda(self, node: ast.Lambda) -> None:
            with self.delimit(node) as delimiters:  # no space after a `lambda` without arguments
                set_precedence(delimiters.p, node.body)
                self.write("lambda")
                here = len(self.result)
                self.visit_arguments(node.args)
                self.result[here:] = [" ", *self.result[here:]] if len(self.result) > here else []
                self.write(": ", node.body)

        def visit_Subscript(self, node: ast.Subscript) -> None:
            starred = isinstance(node.slice, ast.Tuple) and any(
                isinstance(e, ast.Starred) for e in node.slice.elts
            )  # a[*b] is for Python 3.11 on
            set_precedence(Precedence.highest if starred else node, node.slice)
            self.write(node.value, "[", node.slice, "]")

        def visit_Slice(self, node: ast.Slice) -> None:
            parts = [("", node.lower), (":", node.upper), (":" if node.step else "", node.step)]
            for colon, part in parts:
                set_precedence(Precedence.Comma, part)
                self.write(colon, part or "")

        def visit_Dict(self, node: ast.Dict) -> None:
            with self.delimit("{}"):
                for i, (key, value) in enumerate(zip(node.keys, node.values)):
                    set_precedence(Precedence.Comma if key else Precedence.BitOr, value)
                    self.write(", " if i else "", key or "", ": " if key else "**", value)

        def visit_For(self, node: ast.For, is_async: bool = False) -> None:
            set_precedence(Precedence.Comma, node.iter)
            super().visit_For(node, is_async)

        def visit_withitem(self, node: ast.withitem) -> None:
            set_precedence(Precedence.Comma, node.context_expr)
            super().visit_withitem(node)

        def visit_FunctionDef(self, node: ast.FunctionDef, is_async: bool = False) -> None:
            raise _Unknown  # astor drops type parameters, and the space after ->

        visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def to_source(node: ast.AST) -> str:
        generator = Generator("    ")
        if isinstance(node, ast.expr):
            set_precedence(Precedence.Comma, node)  # as an argument of a call stands: a tuple in parentheses
        try:
            generator.visit(node)
        except _Unknown:
            return _unparse(node)
        return "".join(generator.result).strip("\n")

    trial = "x: int = f(a, *b, k=1)[1:] ** -1.0, 'a', f'{a}', lambda y: {1: y}, None, ..."
    to_source(ast.parse(trial).body[0])
    return to_source
