"""Make a failing program smaller: delete statements, unwrap blocks, drop terms, while it still fails."""

from __future__ import annotations

import ast
import copy
from dataclasses import replace

from .generator import Program


def shrink(program: Program, fails, attempts: int = 400) -> Program:
    """The smallest program found for which `fails(program)` holds; `fails` must not raise."""
    progress = True
    while progress and attempts > 0:
        progress = False
        for smaller in variants(program):
            attempts -= 1
            if attempts <= 0:
                break
            if fails(smaller):
                program, progress = smaller, True
                break
    return program


def variants(program: Program):
    """All programs that are one step smaller, the larger steps first."""
    if len(program.wrt) > 1:
        for position in program.wrt:
            yield replace(program, wrt=(position,))
    tree = ast.parse(program.source)
    for edit in _edits(tree):
        source = ast.unparse(edit)
        if source != program.source:
            yield replace(program, source=source)


def _edits(tree):
    paths = [(path, statement) for path, statement in _statements(tree)]
    paths.sort(key=lambda item: -sum(1 for _ in ast.walk(item[1])))
    for path, statement in paths:
        yield _replaced(tree, path, [])
        if isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            yield _replaced(tree, path, statement.body)
            if getattr(statement, "orelse", None):
                yield _replaced(tree, path, statement.orelse)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    for k, node in enumerate(nodes):
        for child in _simpler(node):
            new = copy.deepcopy(tree)
            target = [n for n in ast.walk(new) if isinstance(n, ast.expr)][k]
            yield _Substitute(target, child).visit(new)


def _simpler(node):
    """Expressions that may stand for this one."""
    if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return []
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, (ast.UnaryOp,)):
        return [node.operand]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Call):
        return [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
    return []


class _Substitute(ast.NodeTransformer):
    def __init__(self, target, new):
        self.target, self.new = target, new

    def visit(self, node):
        return copy.deepcopy(self.new) if node is self.target else super().visit(node)


def _statements(node, path=()):
    """(path, statement) for every statement that may go; a path is a list of (field, index)."""
    for name in ("body", "orelse", "handlers", "finalbody"):
        for k, child in enumerate(getattr(node, name, [])):
            step = (*path, (name, k))
            if isinstance(child, ast.stmt) and not (isinstance(node, ast.Module) and _is_needed(child)):
                yield step, child
            yield from _statements(child, step)


def _is_needed(statement):
    return getattr(statement, "name", "") == "f" or isinstance(statement, ast.Import)


def _replaced(tree, path, statements):
    new = copy.deepcopy(tree)
    node = new
    for name, k in path[:-1]:
        node = getattr(node, name)[k]
    name, k = path[-1]
    suite = getattr(node, name)
    suite[k : k + 1] = copy.deepcopy(statements)
    if not suite and name in ("body", "finalbody"):
        suite.append(ast.Pass())
    return new
