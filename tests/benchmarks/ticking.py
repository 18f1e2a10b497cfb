"""What the statements of a function cost: it is run with a reading of the clock after each of them.

In compiled functions a nest of loops counts as one statement, unless it contains several nests (the loop over
time steps): between those the processor's cycles are counted.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np

READING = 2e-8  # seconds that it takes to read the counter twice
Costs = list[tuple[float, str]]  # the least seconds of each statement in one call, the dearest first


class Statements:
    """Puts a reading of the clock after each simple statement, and before a function is left."""

    start = "_clock.start()"
    tick = "_clock.tick({})"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def into(self, function: Callable[..., Any]) -> ast.FunctionDef:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
        definition.body = ast.parse(self.start).body + self.body(definition.body)
        return definition

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for one in statements:
            if self.is_whole(one):
                out += [one, *self.reading(one)]
            elif isinstance(one, ast.Return):
                result = ast.Assign([ast.Name("_result", ast.Store())], one.value, lineno=0)
                out += [result, *self.reading(one), ast.Return(ast.Name("_result", ast.Load()))]
            else:
                for block in ("body", "orelse", "finalbody"):
                    if getattr(one, block, None):
                        setattr(one, block, self.body(getattr(one, block)))
                out.append(one)
        return out

    def is_whole(self, statement: ast.stmt) -> bool:
        return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Delete))

    def reading(self, statement: ast.stmt) -> list[ast.stmt]:
        self.texts.append(self.text(statement))
        return ast.parse(self.tick.format(len(self.texts) - 1)).body

    def text(self, statement: ast.stmt) -> str:
        return ast.unparse(statement)


class Nests(Statements):
    """Nests of loops as one statement, and loops around several nests as well if they are among `whole`."""

    start = "_since = _cycles()"
    tick = "_spent[{0}, 0] += _cycles() - _since\n_spent[{0}, 1] += 1\n_since = _cycles()"

    def __init__(self, whole: set[int]) -> None:
        super().__init__()
        self.whole = whole  # by line
        self.around: list[int] = []
        self.innermost: list[int | None] = []  # for each statement the line of the loop that it is in

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for one in statements:
            if isinstance(one, ast.For) and not self.is_whole(one):
                self.around.append(one.lineno)
                out += super().body([one])
                self.around.pop()
            else:
                out += super().body([one])
        return out

    def is_whole(self, statement: ast.stmt) -> bool:
        if isinstance(statement, (ast.If, ast.While)):
            return not any(isinstance(node, ast.For) for node in ast.walk(statement))
        if isinstance(statement, ast.For):
            return statement.lineno in self.whole or not self.has_nests(statement)
        return super().is_whole(statement)

    def has_nests(self, loop: ast.For) -> bool:
        if len(loop.body) == 1 and isinstance(loop.body[0], ast.For):
            return self.has_nests(loop.body[0])
        return any(isinstance(node, ast.For) for one in loop.body for node in ast.walk(one))

    def reading(self, statement: ast.stmt) -> list[ast.stmt]:
        self.innermost.append(self.around[-1] if self.around else None)
        return super().reading(statement)

    def text(self, statement: ast.stmt) -> str:
        counters = []
        while isinstance(statement, ast.For):
            counters.append(ast.unparse(statement.target))
            statement = next((one for one in statement.body if isinstance(one, ast.For)), statement.body[0])
        return (f"for {', '.join(counters)}: " if counters else "") + ast.unparse(statement)


class Clock:
    """Adds up seconds by statement."""

    def __init__(self) -> None:
        self.spent: dict[int, float] = {}
        self.of_itself = 0.0
        self.start()
        for _ in range(1000):
            self.tick(0)
        self.of_itself, self.spent = self.spent[0] / 1000, {}

    def start(self) -> None:
        self.since = time.perf_counter()

    def tick(self, line: int) -> None:
        self.spent[line] = self.spent.get(line, 0.0) + time.perf_counter() - self.since - self.of_itself
        self.since = time.perf_counter()


def costs(function: Callable[..., Any], args: tuple, repeat: int = 50) -> Costs:
    """Of a function of plain Python."""
    ticking = Statements()
    definition = ticking.into(function)
    clock = Clock()
    timed = defined(definition, {**function.__globals__, "_clock": clock})
    runs = []
    for _ in range(repeat):
        clock.spent = {}
        timed(*args)
        runs.append([clock.spent.get(k, 0.0) for k in range(len(ticking.texts))])
    return dearest_first(runs[1:], ticking.texts)


def costs_compiled(
    function: Callable[..., Any],
    space: dict[str, Any],
    options: dict[str, Any],
    args: tuple,
    repeat: int = 50,
) -> Costs:
    """Of a function that numba compiles with these options, among these globals."""
    import numba

    ticking, timed = coarse_enough(
        function, space, options, args, seconds_of(numba.njit(**options)(function), args)
    )
    spent, second = np.zeros((len(ticking.texts), 2), np.int64), frequency()
    runs = []
    for _ in range(repeat):
        spent[:] = 0
        timed(*args, spent)
        runs.append(spent[:, 0] / second)
    return dearest_first(runs[1:], ticking.texts)


def coarse_enough(
    function: Callable[..., Any],
    space: dict[str, Any],
    options: dict[str, Any],
    args: tuple,
    seconds: float,
) -> tuple[Nests, Callable[..., Any]]:
    """Readings so few that they take little of the time, and the function with them: the busiest loops count
    as one statement. What is read outside of all loops stays, however short the function is."""
    import numba

    whole: set[int] = set()
    while True:
        ticking = Nests(whole)
        definition = ticking.into(function)
        definition.args.args.append(ast.arg("_spent"))
        timed = numba.njit(**options)(defined(definition, {**space, "_cycles": cycles()}))
        spent = np.zeros((len(ticking.texts), 2), np.int64)
        timed(*args, spent)
        counted = [(n, loop) for n, loop in zip(spent[:, 1], ticking.innermost) if loop is not None]
        if not counted or spent[:, 1].sum() * READING < 0.2 * seconds:
            return ticking, timed
        whole.add(max(counted)[1])


def seconds_of(function: Callable[..., Any], args: tuple) -> float:
    function(*args)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        function(*args)
        times.append(time.perf_counter() - start)
    return min(times)


def defined(definition: ast.FunctionDef, space: dict[str, Any]) -> types.FunctionType:
    definition.decorator_list = []
    module = ast.fix_missing_locations(ast.Module([definition], []))
    exec(compile(module, "<timed>", "exec"), space)
    return space[definition.name]


def dearest_first(runs: list[Any], texts: list[str]) -> Costs:
    return sorted(((max(0.0, min(times)), text) for times, text in zip(zip(*runs), texts)), reverse=True)


def cycles() -> Any:
    """A function for compiled code that reads the processor's counter."""
    from llvmlite import ir
    from numba.core import types as nt
    from numba.extending import intrinsic

    @intrinsic
    def read(context: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(ir.IntType(64), ())
            return builder.call(builder.module.declare_intrinsic("llvm.readcyclecounter", (), kind), ())

        return nt.int64(), generate

    return read


def frequency() -> float:
    """How often the counter counts in a second."""
    import numba

    read = cycles()
    count = numba.njit(lambda: read())
    count()
    since, first = time.perf_counter(), count()
    time.sleep(0.05)
    return (count() - first) / (time.perf_counter() - since)
