"""One random program: its reference derivatives, and whether transad reproduces them.

The gradient by dual numbers is the truth; differences at two steps must confirm it, otherwise the
program is discarded: it overflows, or is sampled at a kink or next to a branch that changes sides.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import random
import sys
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from reference import differences, dual

from .generator import Program

ARITHMETIC = (FloatingPointError, OverflowError, ZeroDivisionError, ValueError)
LARGE = 1e4


class Discard(Exception):
    """The program says nothing about derivatives at this point."""


@dataclass(frozen=True)
class Outcome:
    """`kind` is one of right, refused, wrong, error, discarded."""

    kind: str
    detail: str = ""


@contextlib.contextmanager
def strict_arithmetic():
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error", RuntimeWarning)
        yield


def load(program: Program, directory, name=None):
    """The function `f` of the program, from a file that can be read and stepped through."""
    name = name or f"program_{program.seed}"
    path = Path(directory) / f"{name}.py"
    path.write_text(program.text())
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module.f


def reference(program: Program, function):
    """(value, gradients by dual numbers), confirmed by differences; raises Discard."""
    args, wrt = program.args, program.wrt
    with strict_arithmetic():
        try:
            value = function(*copy.deepcopy(args))
            coarse = differences.gradient(function, args, wrt, 1e-4)
            fine = differences.gradient(function, args, wrt, 3e-5)
            exact = dual.gradient(program.source, args, wrt)
        except ARITHMETIC as error:
            if isinstance(error, ValueError) and "math domain" not in str(error):
                raise
            raise Discard("arithmetic") from error
    if np.ndim(value) != 0 or not isinstance(value, (float, np.floating)):
        raise TypeError(f"the program returned {value!r}")
    entries = [value, *differences.flatten(exact), *differences.flatten(coarse)]
    if not np.all(np.isfinite(entries)) or np.max(np.abs(entries)) > LARGE:
        raise Discard("large")
    try:
        differences.check(coarse, fine, 1e-5)
    except AssertionError as error:
        raise Discard("not smooth") from error
    try:
        differences.check(exact, fine, 1e-5)
    except AssertionError as error:
        raise Discard("references disagree") from error
    return float(value), exact


def check(program: Program, directory, settings=None, second=False) -> Outcome:
    """Run the program through transad in both modes, and to second order if asked. `settings` go to its
    operators: with jit="numba", a program that runs as NumPy code after all counts as refused."""
    function = load(program, directory)
    try:
        value, exact = reference(program, function)
    except Discard as reason:
        return Outcome("discarded", str(reason))
    import transad

    refusals = []
    modes = {**MODES, "second": _second} if second else MODES
    for mode, derive in modes.items():
        args = copy.deepcopy(program.args)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error", transad.NotCompiledWarning)
                derive(transad, program, function, args, value, exact, settings or {})
            if not _same(args, program.args):
                return Outcome("wrong", f"{mode}: the arguments were changed")
        except transad.TransadError as error:
            if type(error).__name__ == "InternalError":
                return Outcome("error", f"{mode}: {error}")
            refusals.append(f"{mode}: {error}")
        except transad.NotCompiledWarning as warning:
            refusals.append(f"{mode}: {warning}")
        except Mismatch as error:
            return Outcome("wrong", f"{mode}: {error}")
        except Exception:  # noqa: BLE001
            return Outcome("error", f"{mode}: {traceback.format_exc(limit=-4)}")
    return Outcome("refused", "\n".join(refusals)) if refusals else Outcome("right")


class Mismatch(AssertionError):
    """A derivative that is not the reference's."""


def _reverse(transad, program, function, args, value, exact, settings):
    got_value, got = transad.value_and_grad(function, wrt=program.wrt, **settings)(*args)
    _compare(got_value, value, "value")
    _compare_structure(got, exact)
    _compare(got, exact, "gradient")


def _forward(transad, program, function, args, value, exact, settings):
    direction, directions = _direction(program, args)
    wrt = tuple(sorted(directions))
    push = transad.pushforward(function, wrt=wrt, **settings)
    got_value, got = push(*args, *(directions[position] for position in wrt))
    _compare(got_value, value, "value")
    _compare(float(got), float(np.dot(differences.flatten(exact), direction)), "tangent")


def _direction(program, args):
    """Numbers to go along, and the tangents that they make, by position."""
    rng = random.Random(program.seed)
    parts = [args[position] for position in program.wrt]
    direction = [rng.uniform(-1.0, 1.0) for _ in differences.flatten(parts)]
    return direction, dict(zip(program.wrt, differences.unflatten(parts, direction), strict=True))


def _second(transad, program, function, args, value, exact, settings):
    """The Hessian times a vector; where second derivatives are too large, nothing is said."""
    direction, directions = _direction(program, args)
    try:
        with strict_arithmetic():
            hessian = dual.hessian(program.source, program.args, program.wrt)
    except ARITHMETIC:
        return
    want = hessian @ np.array(direction)
    if not np.all(np.isfinite(want)) or np.max(np.abs(want), initial=0.0) > LARGE:
        return
    got = transad.hvp(function, args, tuple(map(directions.get, range(len(args)))))
    _compare(differences.flatten(got), list(want), "Hessian times vector")


MODES = {"reverse": _reverse, "forward": _forward}


def _compare(got, want, what):
    try:
        differences.check(got, want, 1e-7)
    except (AssertionError, TypeError) as error:
        raise Mismatch(f"{what}: {error}") from error


def _compare_structure(got, want):
    """Same containers, shapes and kinds of number as the arguments."""
    if isinstance(want, (list, tuple)):
        if type(got) is not type(want) or len(got) != len(want):
            raise Mismatch(f"structure: {got!r} for {want!r}")
        for a, b in zip(got, want, strict=True):
            _compare_structure(a, b)
    elif isinstance(want, dict):
        if not isinstance(got, dict) or list(got) != list(want):
            raise Mismatch(f"structure: {got!r} for {want!r}")
        for key in want:
            _compare_structure(got[key], want[key])
    elif np.shape(got) != np.shape(want) or np.asarray(got).dtype != np.float64:
        raise Mismatch(f"structure: {got!r} for {want!r}")


def _same(a, b):
    flat_a, flat_b = differences.flatten(a), differences.flatten(b)
    return flat_a == flat_b
