"""Private names: inside a class statement, `__name` means `_Class__name`.

The compiler puts the longer name into the byte code; the syntax tree keeps the short one. So the tree
of a method is rewritten here before it is interpreted, and a base class and a class derived from it
keep their private attributes apart as in Python (Language reference, 6.2.1).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import gast

_FIELDS = {
    gast.Name: ("id",),
    gast.Attribute: ("attr",),
    gast.FunctionDef: ("name",),
    gast.AsyncFunctionDef: ("name",),
    gast.ClassDef: ("name",),
    gast.keyword: ("arg",),
    gast.alias: ("name", "asname"),
    gast.Global: ("names",),
    gast.Nonlocal: ("names",),
    gast.ExceptHandler: ("name",),
    gast.MatchAs: ("name",),
    gast.MatchStar: ("name",),
    gast.MatchMapping: ("rest",),
}


def private_name(name: str, cls: str) -> str:
    """The name that `name` stands for in the class `cls`."""
    cls = cls.lstrip("_")
    private = name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{cls}{name}" if private and cls else name


def with_classes(root: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every node from `root` down, with the name of the innermost class statement around it, or ""."""
    left = [(root, "")]
    while left:
        node, cls = left.pop()
        yield node, cls
        left += _below(node, cls, ast.ClassDef)


def spell_out(root: gast.AST, cls: str) -> None:
    """Write the private names from `root` down, which stands in `cls` or in no class (""), as meant."""
    left = [(root, cls)]
    while left:
        node, cls = left.pop()
        for name in _FIELDS.get(type(node), ()) if cls else ():
            setattr(node, name, _spelt(getattr(node, name), cls))
        left += _below(node, cls, gast.ClassDef)


def _below(node: Any, cls: str, statement: type) -> Iterator[tuple[Any, str]]:
    """The children of a node in `cls`, each with its own class."""
    if not isinstance(node, statement):
        for child in ast.iter_child_nodes(node):
            yield child, cls
        return
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, node.name if name == "body" else cls


def _spelt(value: Any, cls: str) -> Any:
    if isinstance(value, list):
        return [_spelt(v, cls) for v in value]
    return private_name(value, cls) if isinstance(value, str) else value
