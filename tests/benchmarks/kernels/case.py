"""What a kernel of the suite is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Kernel:
    """A function of arrays and sizes that returns a number, and its gradient written by hand.

    The function may write to its arguments, as kernels do; the gradient by hand does not. Both take what
    `start(rng, *size)` makes. The gradient is with respect to the arguments at the positions `wrt`, one array
    for one position and a tuple for several.
    """

    primal: Callable[..., Any]
    by_hand: Callable[..., Any]
    start: Callable[..., tuple]
    tiny: tuple[int, ...]
    small: tuple[int, ...]
    large: tuple[int, ...]
    wrt: int | tuple[int, ...] = 0
    medium: tuple[int, ...] | None = None

    @property
    def name(self) -> str:
        return self.primal.__name__

    def arguments(self, size: str) -> tuple:
        return self.start(np.random.default_rng(0), *getattr(self, size))
