"""Questions about syntax alone: which names a block assigns, whether it can be left early."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

_SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_YIELDS = (gast.Yield, gast.YieldFrom)
_BINDS = (gast.Store, gast.Del)
_PLAIN = (gast.Constant, gast.Load, gast.Pass, gast.Break, gast.Continue)
_LEAVES = (gast.Return, gast.Break, gast.Continue, gast.Raise)


def own_statements(node: Any) -> Iterator[Any]:
    """Every node below `node` that belongs to the same function."""
    for child in gast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from own_statements(child)


@dataclass
class Facts:
    """What the syntax of one function, or of a block in it, says by itself."""

    assigned: set[str] = field(default_factory=set)  # names it binds
    rebound: set[str] = field(default_factory=set)  # those that more than `+=` and the like assign
    outside: set[str] = field(default_factory=set)  # declared global or nonlocal
    yields: bool = False
    returns: bool = False


@functools.lru_cache(maxsize=4096)
def facts(node: Any) -> Facts:
    """The facts about a statement or the body of a function; functions inside of it are only names."""
    found = Facts()
    parts = node.body if isinstance(node, _SCOPES) else node
    for part in parts if isinstance(parts, list) else (parts,):
        _note(part, found)
    found.assigned |= found.rebound
    return found


def _note(n: Any, found: Facts) -> None:
    cls = type(n)
    if cls is gast.Name:
        if type(n.ctx) in _BINDS:
            found.rebound.add(n.id)
        return
    if cls in _PLAIN:
        return
    if cls in _SCOPES:
        if hasattr(n, "name"):
            found.rebound.add(n.name)
        return
    if cls is gast.AugAssign and type(n.target) is gast.Name:
        found.assigned.add(n.target.id)
        _note(n.value, found)
        return
    if cls in _COMPREHENSIONS:  # a scope of its own, but for the walrus
        found.rebound.update(e.target.id for e in gast.walk(n) if isinstance(e, gast.NamedExpr))
        return
    if cls is gast.Return:
        found.returns = True
    elif cls in _YIELDS:
        found.yields = True
    elif cls in (gast.Global, gast.Nonlocal):
        found.outside.update(n.names)
    elif cls is gast.withitem and isinstance(n.context_expr, gast.Call):
        called = n.context_expr  # `with on_grad(x)` binds x again
        if getattr(called.func, "id", getattr(called.func, "attr", "")) == "on_grad":
            found.rebound.update(a.id for a in called.args if isinstance(a, gast.Name))
    elif cls in (gast.Import, gast.ImportFrom):
        found.rebound.update((a.asname or a.name.split(".")[0]) for a in n.names)
    elif cls in (gast.ExceptHandler, gast.MatchAs, gast.MatchStar) and isinstance(n.name, str):
        found.rebound.add(n.name)
    elif cls is gast.MatchMapping and n.rest:
        found.rebound.add(n.rest)
    for value in vars(n).values():
        if type(value) is list:
            for item in value:
                if isinstance(item, ast.AST):
                    _note(item, found)
        elif isinstance(value, ast.AST):
            _note(value, found)


@functools.lru_cache(maxsize=4096)
def local_names(function: Any) -> frozenset[str]:
    """The local variables of a `def` or `lambda`: parameters and assigned names."""
    found = facts(function)
    return frozenset({*parameter_names(function.args), *found.assigned} - found.outside)


def parameter_names(args: gast.arguments) -> list[str]:
    """Names of all parameters, in the order of `inspect.signature`."""
    found = [a.id for a in (*args.posonlyargs, *args.args)]
    if args.vararg:
        found.append(args.vararg.id)
    found += [a.id for a in args.kwonlyargs]
    if args.kwarg:
        found.append(args.kwarg.id)
    return found


def leaves_block(body: list[Any], anywhere: bool = False) -> bool:
    """Is a block surely left early at its end (or, with `anywhere`, possibly left somewhere)?"""
    if anywhere:
        return any(_may_leave(s, False) for s in body)
    if not body:
        return False
    last = body[-1]
    if isinstance(last, _LEAVES):
        return True
    return isinstance(last, gast.If) and leaves_block(last.body) and leaves_block(last.orelse)


def _may_leave(node: Any, in_loop: bool) -> bool:
    if isinstance(node, gast.Return):
        return True
    if isinstance(node, (gast.Break, gast.Continue)):
        return not in_loop
    if isinstance(node, _SCOPES):
        return False
    if isinstance(node, (gast.For, gast.While)):  # its `else` is not inside of it
        return any(_may_leave(s, True) for s in node.body) or any(_may_leave(s, in_loop) for s in node.orelse)
    return any(_may_leave(child, in_loop) for child in gast.iter_child_nodes(node))
