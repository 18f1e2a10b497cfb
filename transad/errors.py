"""Every exception a user can meet, each with file, line, caret, reason and cure.

All derive from `TransadError`. What is refused is refused while transforming, before any number
is computed; the message has always the same four parts:

    example.py:12: cannot differentiate the call of str.join
        y = ",".join(x)
            ^^^^^^^^^^^
    it has no derivative rule and no Python source; give it one with @transad.vjp, or ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transad.ir.core import Location


class TransadError(Exception):
    """Base of all errors. `loc` is the place in the user's source, when there is one."""

    def __init__(self, reason: str, cure: str = "", loc: Location | None = None):
        self.reason = reason
        self.cure = cure
        self.loc = loc
        super().__init__(render(reason, cure, loc))


class UnsupportedError(TransadError, NotImplementedError):
    """A construct, or a use of one, that transad does not differentiate."""


class NoRuleError(UnsupportedError):
    """A call of something that has neither a derivative rule nor readable source."""


class AliasingError(UnsupportedError):
    """Whether two names share memory matters here and cannot be decided."""


class SourceError(TransadError):
    """The source of a function cannot be found or read."""


class ArgumentError(TransadError, TypeError):
    """The arguments of a transad operator do not fit the function (`wrt`, integers, ...)."""


class NonScalarError(ArgumentError):
    """`grad` of a function whose result is not a single number."""


class GradientCheckError(TransadError, AssertionError):
    """`check_grad` found a derivative that differs from finite differences."""


class NotCompiledWarning(UserWarning):
    """A derivative that was to be compiled runs as NumPy code: the message says why, and where."""


class InternalError(TransadError, AssertionError):
    """A bug in transad: the compiler produced a Wengert list that is not well formed."""


def render(reason: str, cure: str, loc: Location | None) -> str:
    """The message, with the source line and a caret when the place is known."""
    lines = [f"{loc.filename}:{loc.line}: {reason}" if loc else reason]
    if loc and loc.text:
        text = loc.text.rstrip()
        stripped = text.lstrip()
        start = max(0, loc.column - (len(text) - len(stripped)))
        end = loc.end_column if loc.end_column is not None else loc.column + 1
        width = max(1, min(end - loc.column, len(stripped) - start))
        lines += ["    " + stripped, "    " + " " * start + "^" * width]
    if cure:
        lines.append(cure)
    return "\n".join(lines)
