"""Random programs of two special kinds, in which what is read when matters.

`growing_lists`: lists of numbers that grow and shrink as values decide, under one or two names, read while
they do. `affine_loops`: nested loops that write to an array in place, at indices and slices that are linear
in the loops' own, and read it at others; negative ones come round from the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from .generator import Program

SIZE = 7


class _Lines:
    """Statements of one program; the subclass says which there are."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.lines: list[str] = []

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def block(self, depth: int, names: list[str]) -> None:
        for _ in range(self.rng.randint(1, 3)):
            self.statement(depth, names)

    def statement(self, depth: int, names: list[str]) -> None:
        raise NotImplementedError

    def program(self, seed: int, args: tuple) -> Program:
        return Program("import numpy as np\n\n\n" + "\n".join(self.lines), args, (0, 1), seed)


# ---- lists -------------------------------------------------------------------------------------------


class _Lists(_Lines):
    """`L` and `M` hold at least two numbers all the time."""

    def number(self, names: list[str], depth: int = 2) -> str:
        leaf = self.pick("s", "y", *names)
        read = self.pick(
            "L[-1]", "L[0]", "M[-1]", "M[0]", "L[len(L) // 2]", "L[-2]", "M[len(M) - 1]", "sum(L)"
        )
        k = self.rng.random()
        if k < 0.25 or not depth:
            return leaf
        if k < 0.6:
            return read
        if k < 0.85:
            return f"np.sin({self.number(names, depth - 1)})"
        return f"0.7 * {self.number(names, depth - 1)} * {leaf}"

    def condition(self, names: list[str]) -> str:
        return self.pick(
            f"len(L) > {self.rng.randint(2, 6)}",
            f"{self.number(names, 0)} > 0.{self.rng.randint(1, 9)}71",
            f"len(M) > 3 and M[-1] < L[-1] * 0.{self.rng.randint(5, 9)}3",
            f"not L[-1] > 0.{self.rng.randint(1, 9)}37",
        )

    def statement(self, depth: int, names: list[str]) -> None:
        name, k = self.pick("L", "L", "M"), self.rng.random()
        if k < 0.3:
            self.line(depth, f"{name}.append({self.number(names)})")
        elif k < 0.42:
            self.line(depth, f"if len({name}) > 2:")
            self.line(depth + 1, f"s = 0.5 * s + {name}.pop() * {self.number(names)}")
        elif k < 0.5:
            self.line(depth, f"if len({name}) > 3:")
            self.line(depth + 1, f"a = {name}.pop()")
            self.line(depth + 1, f"b = {name}.pop()")
            self.line(depth + 1, f"{name}.append(a * b + {self.pick('0.1 * s', 'y')})")
        elif k < 0.6:
            self.line(depth, f"s = 0.5 * s + {self.number(names)}")
        elif k < 0.7:
            self.line(depth, f"{name}[{self.pick('0', '-1', f'len({name}) // 2')}] = {self.number(names)}")
        elif k < 0.82 or depth > 3:
            self.line(depth, f"if {self.condition(names)}:")
            self.block(depth + 1, names) if depth < 4 else self.line(depth + 1, "s = 0.9 * s")
        elif k < 0.93:
            self.line(depth, self.pick("for v in x:", "for v in x[1:]:", "for v in range(3):"))
            self.block(depth + 1, [*names, "v"])
        else:
            self.line(depth, f"while len({name}) > {self.rng.randint(2, 3)}:")
            self.line(depth + 1, f"s = s * 0.5 + {name}.pop()")


def growing_lists(seed: int) -> Program:
    text = _Lists(seed)
    text.line(0, "def f(x, y):")
    text.line(1, text.pick("L = list(x)", "L = [y, x[0]]", "L = [v * y for v in x]"))
    text.line(1, text.pick("M = L", "M = [y * 2, y]", "M = list(x)", "M = L.copy()"))
    text.line(1, "s = y")
    for _ in range(text.rng.randint(2, 4)):
        text.statement(1, [])
    text.line(1, "for v in x:")
    text.block(2, ["v"])
    text.line(1, text.pick("return s", "return s + sum(L)", "return s * len(L) + sum(M)", "return s + L[-1]"))
    return text.program(seed, _sample(seed, (4,), ()))


# ---- loops -------------------------------------------------------------------------------------------


class _Loops(_Lines):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.two = self.chance(0.35)  # axes

    def range(self, names: list[str]) -> str:
        low, high = self.pick("0", "1", "2"), self.pick("7", "6", "5")
        if names and self.chance(0.5):
            name = self.rng.choice(names)
            if self.chance(0.5):
                low = self.pick(name, f"{name} + 1")
            else:
                high = self.pick(name, f"{name} + 1")
        forwards = f"range({low}, {high})"
        return self.pick(
            *[forwards] * 4, f"range({low}, {high}, 2)", f"range({high} - 1, {low} - 1, -1)",
            f"reversed({forwards})",
        )  # fmt: skip

    def index(self, names: list[str]) -> str:
        if not names or self.chance(0.2):
            return self.pick("0", "3", "-1", "5")
        n = self.rng.choice(names)
        return self.pick(
            n,
            n,
            f"{n} - 1",
            f"{n} - 1",
            f"{n} - 2",
            f"{n} - 6",
            f"6 - {n}",
            f"-{n} - 1",
            f"{n} // 2",
            f"-{n}",
        )

    def slice(self, names: list[str]) -> str:
        n = self.rng.choice(names)
        return self.pick(
            f":{n}", f"{n}:", f"{n} + 1:", f":{n} + 1", ":3", "2:", ":", f"{n} - 1:{n} + 1", "::2", "::-1",
            f"{n}::-1", "1:-1",
        )  # fmt: skip

    def entry(self, names: list[str]) -> str:
        return f"a[{self.index(names)}, {self.index(names)}]" if self.two else f"a[{self.index(names)}]"

    def part(self, names: list[str]) -> str:
        if not self.two:
            return f"a[{self.slice(names)}]"
        inside = self.pick(
            f"{self.index(names)}, {self.slice(names)}", f"{self.slice(names)}, {self.index(names)}"
        )
        return self.pick(f"a[{inside}]", f"a[{self.index(names)}]")

    def value(self, names: list[str]) -> str:
        one, other = self.entry(names), self.entry(names)
        return self.pick(
            f"np.sin({one}) * {other} + 0.3",
            f"0.6 * {one} * y[{self.index(names)}]",
            f"0.5 * {one} + 0.3 * {other} * {self.entry(names)}",
            f"0.1 * np.sum({self.part(names)} ** 2) + 0.5 * {one}" if names else one,
            f"0.7 * np.cos({one})",
        )

    def statement(self, depth: int, names: list[str]) -> None:
        k = self.rng.random()
        if k < 0.4:
            self.line(depth, f"{self.entry(names)} = {self.value(names)}")
        elif k < 0.5:
            self.line(depth, f"{self.entry(names)} {self.pick('+=', '-=', '*=')} {self.value(names)}")
        elif k < 0.62:
            self.line(depth, f"{self.part(names)} {self.pick('=', '*=', '+=')} {self.value(names)}")
        elif k < 0.68:
            part = self.part(names)
            self.line(depth, f"{part} = np.sin({part}) * {self.entry(names)}")
        elif k < 0.74:
            self.line(depth, f"s += {self.value(names)}")
        elif k < 0.84:
            limit = self.pick(f"{names[-1]} > 2", f"{self.entry(names)} > 0.4{self.rng.randint(0, 9)}71")
            self.line(depth, f"if {limit}:")
            self.line(depth + 1, f"{self.entry(names)} = {self.value(names)}")
        elif k < 0.88 or depth > 3:
            self.line(depth, f"t = {self.entry(names)}")
            self.line(depth, f"{self.entry(names)} = t * {self.entry(names)}")
        else:
            name = "ijk"[depth - 1]
            self.line(depth, f"for {name} in {self.range(names)}:")
            self.block(depth + 1, [*names, name])


def affine_loops(seed: int) -> Program:
    text = _Loops(seed)
    shape = (SIZE, SIZE) if text.two else (SIZE,)
    text.line(0, "def f(x, y):")
    if text.chance(0.8):
        text.line(1, "a = x.copy()")
    else:
        text.line(1, f"a = np.zeros({shape})")
        text.line(1, "a[:-1] = x[1:]")
    text.line(1, "s = 0.0")
    for _ in range(text.rng.randint(1, 3)):
        text.line(1, f"for i in {text.range([])}:")
        text.block(2, ["i"])
    text.line(
        1, text.pick("return s + np.sum(a)", "return s + np.sum(a * a)", f"return s + {text.entry([])}")
    )
    return text.program(seed, _sample(seed, shape, (SIZE,)))


def _sample(seed: int, *shapes: tuple[int, ...]) -> tuple:
    """Arrays and numbers between 0.1 and 0.9, no two of them close to each other."""
    rng = np.random.default_rng(seed)
    count = int(sum(np.prod(shape, initial=1) for shape in shapes))
    values = iter(0.1 + 0.8 * (rng.permutation(count) + 0.3 + 0.4 * rng.random(count)) / count)
    made = [np.array([next(values) for _ in range(int(np.prod(s, initial=1)))]).reshape(s) for s in shapes]
    return tuple(a if a.shape else float(a) for a in made)


SPECIAL: dict[str, Callable[[int], Program]] = {"lists": growing_lists, "loops": affine_loops}
