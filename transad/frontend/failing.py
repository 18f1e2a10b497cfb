"""Exceptions that Python raises by itself while the program runs, where the program catches them.

`try: y = 1.0 / x` with a handler for ZeroDivisionError is `if x == 0: raise ZeroDivisionError`, and then the
division: the table says of each operation when it fails. Nothing is asked where no handler around takes the
exception; the derivative then raises it as the program does. Only Python's own numbers fail: those of NumPy
give inf or nan. Functions of matrices are called to see whether they fail.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.frontend.control import FALLS
from transad.frontend.merging import Interrupted
from transad.frontend.protected import Protected, Unwind
from transad.frontend.values import Value
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Primitive
from transad.rules import registry
from transad.runtime import fails


def zero_divisor(a: Any, b: Any) -> Any:
    return b == 0


def power_of_zero(a: Any, b: Any) -> Any:
    return a == 0 and b < 0


def negative(x: Any) -> Any:
    return x < 0


def not_positive(x: Any, base: Any = None) -> Any:
    return x <= 0


def not_above_minus_one(x: Any) -> Any:
    return x <= -1


def beyond_one(x: Any) -> Any:
    return abs(x) > 1


def not_within_one(x: Any) -> Any:
    return abs(x) >= 1


def below_one(x: Any) -> Any:
    return x < 1


def too_large(x: Any) -> Any:
    return x > 709.782712893384  # the logarithm of the largest float


def out_of_range(x: Any, k: Any) -> Any:
    return k >= len(x) or k < -len(x)


_DIVISION = (ZeroDivisionError, "division by zero", zero_divisor)
_DOMAIN = (ValueError, "math domain error")
FAILURES: dict[Any, tuple[type[Exception], str, Callable[..., Any]]] = {
    operator.truediv: _DIVISION,
    operator.floordiv: _DIVISION,
    operator.mod: _DIVISION,
    operator.pow: (ZeroDivisionError, "zero cannot be raised to a negative power", power_of_zero),
    operator.getitem: (IndexError, "index out of range", out_of_range),
    math.exp: (OverflowError, "math range error", too_large),
    math.sqrt: (*_DOMAIN, negative),
    math.log: (*_DOMAIN, not_positive),
    math.log2: (*_DOMAIN, not_positive),
    math.log10: (*_DOMAIN, not_positive),
    math.log1p: (*_DOMAIN, not_above_minus_one),
    math.asin: (*_DOMAIN, beyond_one),
    math.acos: (*_DOMAIN, beyond_one),
    math.acosh: (*_DOMAIN, below_one),
    math.atanh: (*_DOMAIN, not_within_one),
}  # when they fail, told by a function of their arguments


class Failing(Protected):
    """The part of the interpreter for operations that may fail."""

    def foreseen(self, fn: Any, args: list[Value], compute: Callable[[], Value], node: Any) -> Value:
        """The value of an operation, unless it fails and the program catches that."""
        if not self.catching or self.own or fn not in FAILURES:
            return compute()
        cls, message, when = FAILURES[fn]
        if self.handler_of(cls)[0] is None or not self.may_fail(fn, args):
            return compute()
        test = self.truth(self.inline(when, args, {}, node), node)
        return self.step(lambda: self.unless_fails(test, cls, message, compute, node))

    def unless_singular(
        self, primitive: Primitive, operands: list[Operand], compute: Callable[[], Value], node: Any
    ) -> Value:
        """The same for functions of matrices: whether they fail is found out by calling them."""
        cls = np.linalg.LinAlgError
        if not self.catching or self.own or self.handler_of(cls)[0] is None:
            return compute()
        test = self.builder.emit(registry.entry(fails), [Const(primitive.fn), *operands], ty.BOOL)
        return self.step(lambda: self.unless_fails(test, cls, "the matrix is singular", compute, node))

    def may_fail(self, fn: Any, args: list[Value]) -> bool:
        kinds = [self.type_of(v) for v in args]
        if fn is operator.getitem:
            known = isinstance(args[1], Const) and not isinstance(kinds[0], ty.Array)
            has_items = isinstance(kinds[0], (ty.List, ty.Array, ty.Tuple))
            return has_items and isinstance(kinds[1], ty.Number) and not known
        numbers = all(isinstance(kind, ty.Number) for kind in kinds)
        return numbers and (fn.__module__ == "math" or all(kind.weak for kind in kinds))  # type: ignore[union-attr]

    def unless_fails(
        self, test: Operand, cls: type[Exception], message: str, compute: Callable[[], Value], node: Any
    ) -> Value:
        """Raise what the program catches if `test` is true; else the value of `compute`."""
        if isinstance(test, Const) and not test.value:
            return compute()
        handlers, _ = self.handler_of(cls)
        if handlers is None:
            return compute()
        reason = f"{cls.__name__} ({message}) may be raised in the middle of this, and is caught"
        error = self.unsupported(reason, "give the operation a statement of its own", node)
        if isinstance(test, Const):
            self.raise_(self.new_exception(cls, [Const(message)]), node)
            raise Unwind(handlers, error)
        failing = lambda: (self.raise_(self.new_exception(cls, [Const(message)]), node), None)  # noqa: E731
        exit, value = self.branch(test, failing, lambda: (FALLS, compute()), node)
        raise Interrupted(error, handlers.kind, exit[handlers.kind], value, self.frame, self.builder.block)  # type: ignore[arg-type]

    # -- supplied by the part for calls

    def inline(self, fn: Any, args: list[Value], kwargs: dict[str, Value], node: Any = None) -> Value:
        raise NotImplementedError
