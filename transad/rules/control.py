"""Operations about differentiation itself."""

from __future__ import annotations

from typing import Any

from transad.ir import types as ty
from transad.rules.registry import linear, nondifferentiable
from transad.runtime import add_nested, zeros_like


class on_grad:  # noqa: N801 (it reads as a function)
    """`with on_grad(x) as x_bar:` puts its block into the reverse sweep.

    The block runs where the adjoint of the variable x, as all that follows uses it, is complete. It may read
    `x_bar` and whatever has a value here, and assign `x_bar` (clip it, scale it) or change it in place; what
    `x_bar` is at its end goes on as the adjoint of x. Only reverse mode runs the block: the function itself,
    called as plain Python, runs it with an adjoint of zeros.
    """

    def __init__(self, x: Any):
        self.x = x

    def __enter__(self) -> Any:
        return zeros_like(self.x)

    def __exit__(self, *error: Any) -> None:
        return None


def stop(x: Any) -> Any:
    """The value itself, through which no derivative passes."""
    return x


@linear(add_nested, wrt=("a", "b"), result=lambda fn, a, b: a.type)
def _(y_bar, a, b):
    return y_bar, y_bar


nondifferentiable(isinstance, result=lambda fn, x0, x1: ty.BOOL)
nondifferentiable(stop, result=lambda fn, x0: x0.type, alias="view")
