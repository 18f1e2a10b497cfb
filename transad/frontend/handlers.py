"""What the interpreter does when it meets certain functions: the table, filled in by several modules.

A handler returns the value of the call, or None to have it treated as any other call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transad.frontend.values import Value

HANDLERS: dict[Any, Callable[..., Value | None]] = {}


def handles(*fns: Any) -> Callable[[Any], Any]:
    def decorate(handler: Any) -> Any:
        for fn in fns:
            HANDLERS[fn] = handler
        return handler

    return decorate
