"""From a Python function to the syntax tree it was compiled from.

The front end receives a function object and needs its syntax tree, with positions that are those of
the file, so that every message can show the user's own line. What a function object tells is a file
name, a first line and its byte code. The text of the whole file (or notebook cell, or `exec`ed string
known to `linecache`) is parsed once; the functions that begin on the right line are the candidates.

A candidate is believed only if *compiling it gives the byte code of the function*. The one test
settles three questions: which of several lambdas on a line is meant, whether the file was edited
after it was loaded, and whether the text belongs to the function at all. What gets compiled is the
top-level statement around the candidate, because closures, classes (private names) and
`from __future__` change the code of what they enclose; and before it the imports of the file, because
from Python 3.12 on `np.sin(x)` is other code where the compiler has seen that np is a module.
"""

from __future__ import annotations
import __future__

import ast
import functools
import inspect
import io
import linecache
import operator
import textwrap
import threading
import tokenize
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from transad.errors import SourceError
from transad.frontend.private import spell_out, with_classes
from transad.ir.core import Location

STATEMENT_WIDTH = 80

_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_FUTURES = [getattr(__future__, feature) for feature in __future__.all_feature_names]
_FUTURE_FLAGS = functools.reduce(operator.or_, (feature.compiler_flag for feature in _FUTURES))


@dataclass
class FunctionSource:
    """A function's syntax tree and the text it was read from.

    `lines` are those of the whole file, so that `lines[node.lineno - 1]` is the line of a node.
    `text` is the function alone, without its indentation: what a cache key is made from.
    """

    node: gast.FunctionDef | gast.Lambda
    filename: str
    first_line: int
    lines: list[str]
    text: str
    _statements: _Statements | None = field(default=None, repr=False, compare=False)

    def location(self, node: gast.AST, statement: bool = True) -> Location:
        """Where a node of this function stands in the file; the function itself for a made-up node."""
        if getattr(node, "lineno", None) is None:
            node = self.node
        line = node.lineno
        text = self.lines[line - 1].rstrip("\r\n") if line <= len(self.lines) else ""
        column = _characters(text, node.col_offset)
        end = _characters(text, node.end_col_offset) if node.end_lineno == line else len(text.rstrip())
        summary = self._statement_at(line, column) if statement else ""
        return Location(self.filename, line, column, end, text, summary)

    def _statement_at(self, line: int, column: int) -> str:
        if self._statements is None:  # only errors and comments ask for it
            self._statements = _Statements(self.node, self.lines)
        return self._statements.at(line, column)


def function_source(fn: Callable[..., Any]) -> FunctionSource:
    """The source of a Python function, lambda or bound method; decorators are not looked through.

    Raises `SourceError` if `fn` is not written in Python, if its text is nowhere to be found, or if
    the text found is not the one it was compiled from.
    """
    code = getattr(fn, "__code__", None)
    if not isinstance(code, types.CodeType):
        raise SourceError(
            f"cannot find the Python source of {_describe(fn)}: it is built in, compiled or not a function",
            "give it a derivative rule (@transad.partials, @transad.vjp, ...) or write it in Python",
        )
    with _lock:
        known = _sources.get(id(code))
        if known is not None:
            return known
        source = _find(fn, code)
        _sources[id(code)] = source
        weakref.finalize(code, _sources.pop, id(code), None).atexit = False
        return source


# Keyed by identity: code objects compare equal across files.
_sources: dict[int, FunctionSource] = {}
_lock = threading.RLock()


# ---- the text of a file ---------------------------------------------------------------------------


@dataclass
class _File:
    """A parsed file: its functions by first line, each with the top-level statement around it."""

    lines: list[str]
    functions: dict[int, list[tuple[_FunctionNode, ast.stmt]]]
    body: list[ast.stmt]
    imports: list[ast.stmt]  # those of the module itself, also in its branches
    classes: dict[_FunctionNode, str]  # around the functions that stand in one


_files: dict[str, _File] = {}


def _parsed(filename: str, lines: list[str]) -> _File:
    """The parse of a file, kept until its lines change."""
    known = _files.get(filename)
    if known is not None and known.lines == lines:
        return known
    functions: dict[int, list[tuple[_FunctionNode, ast.stmt]]] = {}
    classes: dict[_FunctionNode, str] = {}
    module = ast.parse("".join(lines))
    for statement in module.body:
        for node, cls in with_classes(statement):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                functions.setdefault(_first_line(node), []).append((node, statement))
                if cls:
                    classes[node] = cls
    imports = list(_imports(module.body))
    _files[filename] = parsed = _File(list(lines), functions, module.body, imports, classes)
    return parsed


def _imports(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The import statements that run in the scope of `body`."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for block in ("body", "handlers", "cases", "orelse", "finalbody"):
                yield from _imports(getattr(statement, block, None) or [])


def _first_line(node: _FunctionNode) -> int:
    """`co_firstlineno`: the line of the first decorator, if there is one."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def _read_lines(fn: Callable[..., Any], code: types.CodeType) -> list[str]:
    """The lines of the file, cell or string that `code` was compiled from; empty if unknown."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, getattr(fn, "__globals__", None))
    if lines:
        return lines
    try:  # it knows of .pyc files, archives and the interactive prompt
        return list(inspect.findsource(fn)[0])
    except (OSError, TypeError, IndexError, SyntaxError):
        return []


# ---- finding the function in it -------------------------------------------------------------------


def _find(fn: Callable[..., Any], code: types.CodeType) -> FunctionSource:
    lines = _read_lines(fn, code)
    if not lines:
        raise SourceError(
            f"cannot find the source of {_describe(fn)}: {code.co_filename!r} cannot be read",
            "define it in a file or a notebook cell; for text given to exec, tell linecache: "
            "linecache.cache[filename] = (len(text), None, text.splitlines(True), filename), "
            "with the filename that the text was compiled with",
        )
    try:
        file = _parsed(code.co_filename, lines)
    except (SyntaxError, ValueError) as error:
        raise _changed(fn, code, f"it is not valid Python now ({error})") from None
    here = file.functions.get(code.co_firstlineno, [])
    candidates = [(node, top) for node, top in here if _name(node) == code.co_name]
    if not candidates:
        raise _changed(fn, code, f"there is no {_kind(code)} on line {code.co_firstlineno}")
    matching = _matching(fn, candidates, file)
    if not matching:
        raise _changed(fn, code, f"the {_kind(code)} on line {code.co_firstlineno} compiles to other code")
    return _source(_at_position(matching, code), code, file)


def _source(node: _FunctionNode, code: types.CodeType, file: _File) -> FunctionSource:
    tree, lines = gast.ast_to_gast(node), file.lines
    text = _text(node, lines)
    if "__" in text:
        spell_out(tree, file.classes.get(node, ""))
    return FunctionSource(tree, code.co_filename, _first_line(node), lines, text)


def _name(node: _FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _matching(
    fn: Callable[..., Any], candidates: list[tuple[_FunctionNode, ast.stmt]], file: _File
) -> list[_FunctionNode]:
    """The candidates that compile to the code of the function."""
    for body in (None, file.body):  # the whole file is slow, and matters only if it redefines `super`
        compiled = list(_compile(candidates, fn.__code__, file.imports, body))
        same = [node for node, code in compiled if _same_code(code, fn.__code__)]
        if same:
            return same
    return [node for node, code in compiled if _same_but_for_asserts(fn, node, code)]


def _compile(
    candidates: list[tuple[_FunctionNode, ast.stmt]],
    code: types.CodeType,
    imports: list[ast.stmt],
    body: list[ast.stmt] | None,
) -> Iterator[tuple[_FunctionNode, types.CodeType]]:
    """Each candidate with the code that it compiles to, in `body` or the top-level statement around it.

    Lambdas that share a line are told apart by giving each a line number of its own for as long as
    the compilation lasts: the code object carries it as its first line.
    """
    flags = (code.co_flags & _FUTURE_FLAGS) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for node, top in candidates:
        mark = code.co_firstlineno
        saved = node.lineno, node.end_lineno
        if len(candidates) > 1:
            mark = node.lineno = node.end_lineno = 10_000_000
        try:
            module = ast.Module(body or [*imports, top], [])
            compiled = compile(module, code.co_filename, "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            continue
        finally:
            node.lineno, node.end_lineno = saved
        for inner in _nested(compiled):
            if inner.co_firstlineno == mark and inner.co_name == code.co_name:
                yield node, inner


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield const
            yield from _nested(const)


def _same_code(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether two code objects compute the same from the same names; where they stand is ignored."""
    return (
        a.co_code == b.co_code
        and a.co_names == b.co_names
        and a.co_varnames == b.co_varnames
        and a.co_freevars == b.co_freevars
        and a.co_cellvars == b.co_cellvars
        and _shape(a) == _shape(b)
        and _same_constant(a.co_consts, b.co_consts)
    )


def _shape(code: types.CodeType) -> tuple[int, int, int]:
    return code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount


def _same_constant(a: Any, b: Any) -> bool:
    """Equality of constants that tells 1 from 1.0 and 0.0 from -0.0, and knows NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, types.CodeType):
        return _same_code(a, b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same_constant, a, b))
    return a == b if isinstance(a, frozenset) else repr(a) == repr(b)


def _same_but_for_asserts(fn: Callable[..., Any], node: _FunctionNode, compiled: types.CodeType) -> bool:
    """pytest rewrites the `assert`s of a test module: then all names and numbers must at least occur."""
    code = fn.__code__
    rewritten = "@pytest_ar" in getattr(fn, "__globals__", {})
    if not rewritten or not any(isinstance(n, ast.Assert) for n in ast.walk(node)):
        return False
    arguments = sum(_shape(code)[::2])
    return (
        _shape(code) == _shape(compiled)
        and code.co_varnames[:arguments] == compiled.co_varnames[:arguments]
        and _names(compiled) <= _names(code)
        and _numbers(compiled) <= _numbers(code)
    )


def _names(code: types.CodeType) -> set[str]:
    return {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}


def _numbers(code: types.CodeType) -> set[str]:
    return {repr(c) for c in code.co_consts if isinstance(c, (int, float, complex))}


def _at_position(nodes: list[_FunctionNode], code: types.CodeType) -> _FunctionNode:
    """Of lambdas with the very same code, the one that stands where the code says (Python 3.11 on)."""
    if len(nodes) == 1 or not hasattr(code, "co_positions"):
        return nodes[0]
    spots = [(line, column) for line, _, column, _ in code.co_positions() if line and column]
    for node in nodes:
        begin, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        if spots and all(begin <= spot < end for spot in spots):
            return node
    return nodes[0]


def _text(node: _FunctionNode, lines: list[str]) -> str:
    """The function alone; its indentation stays if taking it away would change a string in it."""
    if isinstance(node, ast.Lambda):
        return _cut(lines, (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
    text = "".join(lines[_first_line(node) - 1 : node.end_lineno])
    for part in ast.walk(node):
        if isinstance(part, (ast.Constant, ast.JoinedStr)) and part.end_lineno != part.lineno:
            return text
    return textwrap.dedent(text)


def _cut(lines: list[str], begin: tuple[int, int], end: tuple[int, int]) -> str:
    """The text between two positions given as (line, column in UTF-8 bytes)."""
    (first, start), (last, stop) = begin, end
    part = [line.encode() for line in lines[first - 1 : last]]
    if not part:
        return ""
    part[-1] = part[-1][:stop]
    part[0] = part[0][start:]
    return b"".join(part).decode(errors="replace")


def _characters(text: str, column: int) -> int:
    """The column in characters: the parser counts UTF-8 bytes."""
    return column if text.isascii() else len(text.encode()[:column].decode(errors="replace"))


# ---- what is said when it is not there ------------------------------------------------------------


def _changed(fn: Callable[..., Any], code: types.CodeType, finding: str) -> SourceError:
    reason = f"cannot use the source of {_describe(fn)}: {code.co_filename} changed since it was loaded"
    return SourceError(
        f"{reason}; {finding}",
        "reload the module, or run the cell again, so that the code that runs is the code in the file "
        "(an import hook that rewrites code has the same effect: leave the module out of it)",
    )


def _kind(code: types.CodeType) -> str:
    return "lambda" if code.co_name == "<lambda>" else f"function {code.co_name}"


def _describe(fn: Any) -> str:
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    module = getattr(fn, "__module__", None)
    if not isinstance(name, str):
        return f"an object of type {type(fn).__name__}"
    return f"{module}.{name}" if isinstance(module, str) and module != "builtins" else name


# ---- the statement a node belongs to --------------------------------------------------------------


class _Statements:
    """The source of each statement of a function on one line; of `for`, `if`, ..., the first line.

    A lambda has no statements: its body is taken for one.
    """

    def __init__(self, node: gast.AST, lines: list[str]):
        self._lines = lines
        self._by_line: dict[int, list[tuple[int, str]]] = {}
        parts = [node.body] if isinstance(node, gast.Lambda) else _statements(node)
        for part in parts:
            self._add(part)

    def at(self, line: int, column: int) -> str:
        found = ""
        for start, text in self._by_line.get(line, []):
            if start <= column or not found:
                found = text
        return found or _shorten(self._lines[line - 1].strip() if line <= len(self._lines) else "")

    def _add(self, part: gast.AST) -> None:
        begin = part.lineno, part.col_offset
        end = _header_end(part)
        text = _one_line(_cut(self._lines, begin, end))
        if isinstance(part, gast.stmt):
            text = text.rstrip(";").rstrip()
        for line in range(begin[0], end[0] + 1):
            start = _characters(self._lines[line - 1], begin[1]) if line == begin[0] else 0
            self._by_line.setdefault(line, []).append((start, _shorten(text)))


def _statements(node: gast.AST) -> Iterator[gast.AST]:
    """The statements in a function, in the order of the text; loops never recurse into expressions."""
    yield node
    for block in ("body", "handlers", "cases", "orelse", "finalbody"):
        for child in getattr(node, block, None) or []:
            if isinstance(child, gast.match_case):
                for inner in child.body:
                    yield from _statements(inner)
            else:
                yield from _statements(child)


def _header_end(part: gast.AST) -> tuple[int, int]:
    """Where a simple statement ends, and a compound one gives way to its first block."""
    if isinstance(part, gast.Match):
        return part.subject.end_lineno, part.subject.end_col_offset
    body = getattr(part, "body", None)
    if not isinstance(body, list) or not body:
        return part.end_lineno, part.end_col_offset
    first = body[0]
    decorators = getattr(first, "decorator_list", None)
    if decorators:
        return decorators[0].lineno, max(0, decorators[0].col_offset - 1)
    return first.lineno, first.col_offset


def _one_line(text: str) -> str:
    """Source text without comments and line breaks."""
    text = text.strip()
    if "\n" in text or "#" in text or "\\" in text:
        text = _without_comments(text)
    return " ".join(text.split())


def _without_comments(text: str) -> str:
    """Join the tokens of a statement, with the spaces that were between them on a line."""
    layout = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    pieces: list[str] = []
    row, column = 1, 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in layout:
                continue
            opened = bool(pieces) and pieces[-1] in ("(", "[", "{")
            if token.start[0] != row:
                pieces.append("" if opened or token.string in (")", "]", "}") else " ")
            else:
                pieces.append(" " * max(0, token.start[1] - column))
            pieces.append(token.string)
            row, column = token.end
    except (tokenize.TokenError, SyntaxError):
        pass  # the start of a block: what came before its end is all we want
    return "".join(pieces)


def _shorten(text: str) -> str:
    return text if len(text) <= STATEMENT_WIDTH else text[: STATEMENT_WIDTH - 3].rstrip() + "..."
