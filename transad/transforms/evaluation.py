"""A function evaluated to be differentiated: its active arguments replaced by fresh variables.

`Tree` takes a value apart into its differentiable leaves and puts others in their place; `Evaluation`
interprets a function into a block of its own, which an operator transforms and then splices in.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from transad.analysis.finite import surely_finite
from transad.analysis.globals import write_to_global
from transad.errors import ArgumentError, UnsupportedError
from transad.frontend.interpreter import Interpreter
from transad.frontend.syntax import parameter_names
from transad.frontend.values import Box, Closure, Fields, Items, Method, Pack, Run, Transformed, Value
from transad.ir import types as ty
from transad.ir.core import Block, Const, Operand, Var
from transad.passes.invariant import hoist_invariants
from transad.passes.simplify import merge_equal
from transad.transforms.applying import Applier, replace


class Tree:
    """A value taken apart: its differentiable leaves, and how to put others in their place."""

    def __init__(self, interpreter: Interpreter, value: Value, every: bool = False):
        self.i, self.value, self.every = interpreter, value, every
        self.leaves: list[Value] = []
        self.nested = isinstance(value, (Pack, Box))
        self._collect(value)

    def _collect(self, value: Value) -> None:
        if isinstance(value, Pack):
            for item in value.items:
                self._collect(item)
        elif isinstance(value, Box):
            contents = self.i.state.heap[value]
            if isinstance(contents, Run):
                self.leaves.append(value)
            else:
                for item in contents.values if isinstance(contents, Items) else contents.values.values():
                    self._collect(item)
        elif isinstance(value, (Var, Const)) and self._is_leaf(value):
            self.leaves.append(value)

    def _is_leaf(self, value: Operand) -> bool:
        """With `every`, whatever the program computes is a leaf."""
        return (
            isinstance(value, Var)
            if self.every
            else isinstance(value.type, (ty.Number, ty.Array, ty.UnknownType))
            and ty.is_differentiable(value.type)
        )

    def operands(self) -> list[Operand]:
        return [self.i.operand(v) for v in self.leaves]

    def rebuild(self, leaves: list[Any]) -> Value:
        """The same structure around other leaves; what is not differentiable stays (numbers: zero)."""
        rest = iter(leaves)

        def build(value: Value) -> Value:
            if isinstance(value, Pack):
                return Pack(tuple(map(build, value.items)), value.cls)
            if isinstance(value, Box):
                contents = self.i.state.heap[value]
                if isinstance(contents, Run):
                    return next(rest)
                box = value.another()
                if isinstance(contents, Items):
                    self.i.state.heap[box] = Items(tuple(map(build, contents.values)))
                else:
                    self.i.state.heap[box] = Fields({k: build(v) for k, v in contents.values.items()})
                return box
            if isinstance(value, (Var, Const)) and self._is_leaf(value):
                return next(rest)
            return value

        return build(self.value)


def unchanging(i: Interpreter, function: Value, args: list[Value], kwargs: dict, node: Any) -> Value:
    """The result of a call, after which the arrays, lists and dicts that it wrote to are what they were:
    derivatives write to none, however often they evaluate the function."""
    before, serial = i.state, Var(None).id
    i.state = before.copy()
    result = i.call(function, list(args), dict(kwargs), node)
    now = i.state
    boxes = [box for box in before.heap if now.heap[box] is not before.heap[box]]
    if not boxes and all(before.versions.get(v, v) is x for v, x in now.versions.items() if v.id < serial):
        return result
    tree = Tree(i, result, every=True)
    result = tree.rebuild([i.value(x) for x in tree.operands()])
    now.versions = {**{v: x for v, x in now.versions.items() if v.id > serial}, **before.versions}
    now.poisoned = {**{v: x for v, x in now.poisoned.items() if v.id > serial}, **before.poisoned}
    now.derived = dict(before.derived)
    for box in boxes:
        now.heap[box] = before.heap[box]
    return result


class Evaluation:
    """A function interpreted with its active arguments replaced by fresh variables."""

    def __init__(
        self,
        i: Interpreter,
        function: Value,
        wrt: Any,
        args: list[Value],
        kwargs: dict[str, Value],
        node: Any,
    ):
        self.i, self.node = i, node
        self.loc = i.location(node)
        self.single, self.keys = choose(i, function, wrt, args, kwargs, self.loc)
        self.trees: list[Tree] = []
        self.params: list[Var] = []
        self.given: list[Operand] = []
        args, kwargs = list(args), dict(kwargs)
        for key in self.keys:
            value = args[key] if isinstance(key, int) else kwargs[key]
            refuse_integers(i, value, key, function, self.loc)
            tree = Tree(i, value)
            fresh = []
            for leaf, operand in zip(tree.leaves, tree.operands()):
                param = Var(getattr(operand, "name", None) or self.name_of(function, key), operand.type)
                self.params.append(param)
                if isinstance(leaf, Var) and i.identity(leaf) in i.parameters:
                    i.parameters.add(param)  # still the caller's array
                if surely_finite(operand, i.builder):
                    i.builder.given.add(param)
                self.given.append(operand)
                fresh.append(i.value(param) if isinstance(leaf, Box) else param)
            rebuilt = tree.rebuild(fresh)
            self.trees.append(tree)
            if isinstance(key, int):
                args[key] = rebuilt
            else:
                kwargs[key] = rebuilt
        self.block = Block(list(self.params))
        with i.builder.into(self.block):
            self.result = unchanging(i, function, args, kwargs, node)
        write = write_to_global(self.block)
        if write is not None:
            reason = "the function may change a global array here"
            raise UnsupportedError(reason, "make a .copy() of it first", write.loc)

    def name_of(self, function: Value, key: Any) -> str | None:
        names = names_of(self.i, function)
        return key if isinstance(key, str) else names[key] if names and key < len(names) else None

    def outcome(self, value: Value) -> tuple[Tree, list[Operand]]:
        """What the function returned, and the operands that hold all of it. The list is complete then."""
        tree = Tree(self.i, value, every=True)
        hoist_invariants(self.block)
        merge_equal(self.block)  # the adjoints of equal values are gathered in one
        with self.i.builder.into(self.block):
            return tree, tree.operands()

    def splice(self, operands: list[Operand | None]) -> list[Operand | None]:
        """Put the operations where the call stood, with the real arguments."""
        mapping = dict(zip(self.params, self.given))
        replace(self.block.ops, mapping)
        self.i.builder.block.ops += self.block.ops
        return [mapping.get(x, x) if isinstance(x, Var) else x for x in operands]

    def gradients(self, bars: list[Operand | None]) -> Value:
        """Adjoints in the structure of the arguments."""
        applier = Applier(self.i)
        filled: list[Value] = []
        for bar, x in zip(bars, self.given):
            if bar is None:
                bar = applier.zeros(x)
            filled.append(self.i.value(applier.fitted(bar, x)))
        rest = iter(filled)
        trees = [tree.rebuild([next(rest) for _ in tree.leaves]) for tree in self.trees]
        return trees[0] if self.single else Pack(tuple(trees))


def names_of(i: Interpreter, function: Value) -> list[str]:
    """Names of a function's parameters, as far as they can be known."""
    if isinstance(function, Closure):
        return parameter_names(function.arguments)
    if isinstance(function, Method):
        return [n for n in names_of(i, function.function)[len(function.args) :] if n not in function.kwargs]
    if isinstance(function, Transformed):
        return names_of(i, function.function)
    if isinstance(function, Const):
        fn = function.value
        from transad.rules import registry

        primitive = registry.lookup(fn)
        if primitive is not None and primitive.params:
            return [p.name for p in primitive.params]
        if hasattr(fn, "_transad_function"):
            return names_of(i, Const(fn._transad_function))
        try:
            return list(inspect.signature(fn).parameters)
        except (TypeError, ValueError):
            return []
    return []


def choose(
    i: Interpreter, function: Value, wrt: Any, args: list[Value], kwargs: dict[str, Value], loc: Any
) -> tuple[bool, list[Any]]:
    """`wrt` as keys into the arguments given: positions, or names of keyword arguments."""
    single = not isinstance(wrt, (tuple, list))
    names = names_of(i, function)
    keys: list[Any] = []
    for w in [wrt] if single else wrt:
        key = w
        if isinstance(w, str):
            if w in kwargs:
                key = w
            elif w in names and names.index(w) < len(args):
                key = names.index(w)
            else:
                raise missing(function, w, names, loc)
        else:
            if isinstance(w, int) and w < 0:
                key = w + len(args)
            if not isinstance(w, int) or not 0 <= key < len(args):
                if isinstance(w, int) and 0 <= w < len(names) and names[w] in kwargs:
                    key = names[w]
                else:
                    raise missing(function, w, names, loc)
        keys.append(key)
    return single, keys


def missing(function: Value, w: Any, names: list[str], loc: Any) -> ArgumentError:
    listed = ", ".join(names) if names else "none that are named"
    return ArgumentError(f"wrt={w!r} is not an argument of this call", f"its parameters: {listed}", loc)


def refuse_integers(i: Interpreter, value: Value, key: Any, function: Value, loc: Any) -> None:
    if isinstance(value, (Var, Const)):
        dtype = ty.dtype_of(value.type)
        if dtype is not None and dtype.kind in "biu":
            names = names_of(i, function)
            name = names[key] if isinstance(key, int) and key < len(names) else key
            raise ArgumentError(
                f"argument {name} is {'an integer' if dtype.kind != 'b' else 'a bool'}: it has no derivative",
                "pass a float (1.0, not 1; x.astype(float))",
                loc,
            )
        if dtype is not None and dtype.kind not in "fc":
            raise ArgumentError(
                f"argument {key} is an array of {dtype.type.__name__}, which has no derivative",
                "convert it to an array of numbers: x.astype(float)",
                loc,
            )
        cls = getattr(value.type, "cls", None)
        if hasattr(cls, "__array_ufunc__") and not issubclass(cls, np.ndarray):
            raise ArgumentError(
                f"argument {key} is a {value.type!r}, to which NumPy's functions are not dispatched "
                "(it has no __array_function__) and whose axes may be matched by their names",
                "differentiate a function of its .data",
                loc,
            )
        if not isinstance(value.type, (ty.Number, ty.Array, ty.UnknownType)):
            raise ArgumentError(
                f"argument {key} is a {value.type!r}, which has no derivative", "name another one in wrt", loc
            )
