"""The corpus: ordinary numerical programs whose derivatives must be right in every mode, or be refused.

A category is a file of this directory. It is ordinary Python, written as its authors would; what is to be
differentiated is registered with sample arguments:

    from corpus.runner import program, refused

    @program(0.8, 1.4, wrt=(0, 1))
    def euler_step(rate, start):
        return start - 0.1 * rate * start

    @refused(0.8, says="a class statement")
    def makes_a_class(x):
        ...

`test_corpus.py` finds the files by itself. To add a category, add a file; to add a program, add a function
(names are unique within a file). Every program is checked for

- its gradient by all of `wrt` against central differences,
- its tangent along a random direction against these differences (forward mode),
- its Hessian along that direction against the difference of two gradients, unless `twice=False`, which is for
  programs with a kink at the sample,
- its arguments: the derivative leaves them as they were, or as the program itself leaves them.

Samples keep away from kinks and from zero; a program takes some 50 ms. What is refused is so for
a reason that a demanding user accepts: `says` is a part of the message, which must name file and line.
A file whose name ends in `_py312` is read by Python 3.12 and newer alone.
"""

from __future__ import annotations

import copy
import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Program:
    """A function of the corpus with arguments to differentiate it at."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[int, ...] = (0,)
    twice: bool = True
    says: str | None = None

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}/{self.function.__name__}"

    def arguments(self) -> list[Any]:
        """Arguments of their own for one call."""
        return list(copy.deepcopy(self.args))


PROGRAMS: list[Program] = []


def program(*args: Any, wrt: tuple[int, ...] = (0,), twice: bool = True) -> Callable[..., Any]:
    """Register a function that transad must differentiate."""
    return _register(args, wrt=wrt, twice=twice)


def refused(*args: Any, says: str, wrt: tuple[int, ...] = (0,)) -> Callable[..., Any]:
    """Register a function that transad refuses with a message that contains `says`."""
    return _register(args, wrt=wrt, says=says)


def _register(args: tuple[Any, ...], **options: Any) -> Callable[..., Any]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append(Program(function, args, **options))
        return function

    return register


def categories() -> list[str]:
    """The names of the files of programs that this Python can read."""
    names = [path.stem for path in sorted(Path(__file__).parent.glob("*.py"))]
    programs = [n for n in names if n not in ("__init__", "runner", "test_corpus")]
    return [name for name in programs if _needs(name) <= sys.version_info[:2]]


def _needs(name: str) -> tuple[int, ...]:
    found = re.search(r"_py3(\d+)$", name)
    return (3, int(found[1])) if found else (3, 10)


def load() -> list[Program]:
    """All programs, after all files were read."""
    for category in categories():
        importlib.import_module(f"corpus.{category}")
    return PROGRAMS
