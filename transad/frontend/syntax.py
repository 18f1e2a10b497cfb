"""Questions about syntax alone: which names a block assigns, whether it can be left early."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import gast

_SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_LEAVES = (gast.Return, gast.Break, gast.Continue, gast.Raise)


def children(node: Any) -> Iterator[Any]:
    """The nodes right below a node, in source order. (Python's own iterator asks for each field by name,
    which takes three times as long, and every function is walked several times.)"""
    for value in vars(node).values():
        if isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item
        elif isinstance(value, ast.AST):
            yield value


def own_statements(node: Any) -> Iterator[Any]:
    """Every node below `node` that belongs to the same function."""
    for child in children(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from own_statements(child)


def assigned_names(node: Any, augmented: bool = True) -> set[str]:
    """Names that a statement binds in its own function: targets, imports, definitions, walrus.

    Without `augmented`, those that only `+=` and the like assign are left out.
    """
    found: set[str] = set()

    def visit(n: Any) -> None:
        if isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name) and not augmented:
            visit(n.value)
            return
        if isinstance(n, gast.Name):
            if isinstance(n.ctx, (gast.Store, gast.Del)):
                found.add(n.id)
        elif isinstance(n, _SCOPES):
            if hasattr(n, "name"):
                found.add(n.name)
            return
        elif isinstance(n, gast.withitem) and isinstance(n.context_expr, gast.Call):
            called = n.context_expr  # `with on_grad(x)` binds x again
            if getattr(called.func, "id", getattr(called.func, "attr", "")) == "on_grad":
                found.update(a.id for a in called.args if isinstance(a, gast.Name))
        elif isinstance(n, (gast.Import, gast.ImportFrom)):
            found.update((a.asname or a.name.split(".")[0]) for a in n.names)
        elif isinstance(n, (gast.ExceptHandler, gast.MatchAs, gast.MatchStar)) and isinstance(n.name, str):
            found.add(n.name)
        elif isinstance(n, gast.MatchMapping) and n.rest:
            found.add(n.rest)
        elif isinstance(n, _COMPREHENSIONS):
            found.update(e.target.id for e in gast.walk(n) if isinstance(e, gast.NamedExpr))
            return
        for child in children(n):
            visit(child)

    visit(node)
    return found


def local_names(function: Any) -> frozenset[str]:
    """The local variables of a `def` or `lambda`: parameters and assigned names."""
    names = set(parameter_names(function.args))
    if isinstance(function, gast.FunctionDef):
        outside: set[str] = set()
        for statement in function.body:
            names |= assigned_names(statement)
        for n in own_statements(function):
            if isinstance(n, (gast.Global, gast.Nonlocal)):
                outside.update(n.names)
        names -= outside
    else:
        names |= {e.target.id for e in gast.walk(function.body) if isinstance(e, gast.NamedExpr)}
    return frozenset(names)


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
    inner = in_loop or isinstance(node, (gast.For, gast.While))
    return any(_may_leave(child, inner) for child in children(node))
