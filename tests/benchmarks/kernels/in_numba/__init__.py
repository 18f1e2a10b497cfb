"""The gradients of the kernels written by hand for numba: loops over entries, as an expert would write them.

They are plain Python here, which tests run as it is; `compiled` compiles one together with what it calls.
Loops share what they read, are in the order in which entries lie in memory, and nothing is made that a loop
does not need; but they do the kernel's own work, and not that of a better algorithm. Sums may be taken in
any order and products be added in one instruction, as in compiled NumPy.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from . import dense, dynamics, factorisations, filters, losses, networks, stencils, weather

OPTIONS = {"error_model": "numpy", "fastmath": {"reassoc", "nsz", "contract"}}
FAMILIES = (stencils, weather, factorisations, dense, dynamics, filters, networks, losses)


def find(name: str) -> Callable[..., Any]:
    return next(vars(family)[name] for family in FAMILIES if name in vars(family))


def compiled(name: str) -> Callable[..., Any]:
    import numba

    compile_one = numba.njit(**OPTIONS)
    function = find(name)
    space = dict(function.__globals__)
    for key, value in list(space.items()):
        if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
            copy = types.FunctionType(value.__code__, space, key, value.__defaults__)
            space[key] = compile_one(copy)
    return space[name]
