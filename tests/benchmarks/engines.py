"""The ways to get a gradient that are compared. Each prepares a call, or says why it cannot.

What an engine needs once in a process (imports, the start of a compiler) is done by `warm_up`, before the
time until the first gradient is measured.
"""

from __future__ import annotations

import re
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from kernels import in_numba
from kernels.case import Kernel

import transad

Call = Callable[[], Any]


class NotPossible(Exception):
    """This engine cannot take this kernel."""


def by_hand(kernel: Kernel, args: tuple) -> Call:
    return lambda: kernel.by_hand(*args)


def by_hand_numba(kernel: Kernel, args: tuple) -> Call:
    run = in_numba.compiled(kernel.name)
    return lambda: run(*args)


def transad_numpy(kernel: Kernel, args: tuple) -> Call:
    run = transad.grad(kernel.primal, wrt=kernel.wrt).specialize(*args)
    return lambda: run(*args)


def transad_numba(kernel: Kernel, args: tuple) -> Call:
    return compiled(transad.grad, kernel, args)


def transad_numba_value(kernel: Kernel, args: tuple) -> Call:
    """The function's own value is computed by compiled code too."""
    run = compiled(transad.value_and_grad, kernel, args)
    return lambda: run()[1]


def compiled(operator: Any, kernel: Kernel, args: tuple) -> Call:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", transad.NotCompiledWarning)
        with refusing(Exception):
            run = operator(kernel.primal, wrt=kernel.wrt, jit="numba").specialize(*args)
            run(*args)
    return lambda: run(*args)


def autograd(kernel: Kernel, args: tuple) -> Call:
    """The same functions with Autograd's NumPy; it takes no assignments to elements."""
    import autograd as module
    import autograd.numpy as anp

    df = module.grad(with_numpy(kernel.primal, anp), kernel.wrt)
    with refusing(Exception):
        return spared(lambda *given: df(*given), args)


def advect(kernel: Kernel, args: tuple) -> Call:
    """The same functions on copies of what they write to: staged once, as Advect's manual advises for calls
    of one kind, or traced at each call where that is refused."""
    import advect as module
    import advect.numpy as anp

    program = with_numpy(kernel.primal, anp)
    sizes = {k: x for k, x in enumerate(args) if type(x) is int}

    def on_copies(*given: Any) -> Any:
        rest = iter(given)
        all_of_them = [sizes[k] if k in sizes else next(rest) for k in range(len(args))]
        return program(*(x.copy() if hasattr(x, "copy") else x for x in all_of_them))

    given = [x for x in args if type(x) is not int]
    assert all(k > max(np.atleast_1d(kernel.wrt)) for k in sizes)
    try:
        df = module.grad(module.stage(on_copies, *given), kernel.wrt)
        df(*given)
    except Exception:
        df = module.grad(on_copies, kernel.wrt)
        with refusing(Exception):
            df(*given)
    return lambda: df(*given)


def pytorch(kernel: Kernel, args: tuple) -> Call:
    """The same functions with PyTorch's functions under NumPy's names, not compiled."""
    import torch
    from kernels import in_torch

    torch.set_num_threads(1)
    program = with_numpy(kernel.primal, in_torch.Names)
    places = kernel.wrt if isinstance(kernel.wrt, tuple) else (kernel.wrt,)
    given = [torch.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x for x in args]
    for k in places:
        given[k] = torch.as_tensor(given[k], dtype=torch.float64).requires_grad_()
    wanted = [given[k] for k in places]

    def call() -> Any:
        # what is asked for must not be written to, but a copy of it may be
        inputs = [x.clone() if isinstance(x, torch.Tensor) else x for x in given]
        found = torch.autograd.grad(program(*inputs), wanted)
        return tuple(x.numpy() for x in found)

    with refusing(Exception):
        call()
    return call


def jax(kernel: Kernel, args: tuple) -> Call:
    """A version written for JAX, compiled, with 64 bits; the time includes waiting for the result."""
    import jax as module
    from kernels import in_jax

    version = in_jax.VERSIONS.get(kernel.name)
    if version is None:
        raise NotPossible("not written")
    # what is not an array (the number of steps) is part of the program
    static = tuple(k for k, x in enumerate(args) if type(x) is int)
    df = module.jit(module.grad(version, kernel.wrt), static_argnums=static)
    given = [module.numpy.asarray(x) if isinstance(x, np.ndarray) else x for x in args]
    return lambda: module.block_until_ready(df(*given))


# ---- what several need ----


class refusing:
    """An error here means that the engine cannot take the kernel."""

    def __init__(self, *kinds: type[BaseException]):
        self.kinds = kinds

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, self.kinds):
            first = (str(error).splitlines() or [""])[0]
            told = re.sub(r" at 0x[0-9a-f]+|\S*/(?=\w)", "", first)  # what differs from machine to machine
            raise NotPossible(f"{type(error).__name__}: {told}"[:160]) from error


def spared(df: Callable[..., Any], args: tuple) -> Call:
    """A call that copies the arguments only if the function writes to them."""
    given = copies(args)
    df(*given)
    if all(np.array_equal(x, y) for x, y in zip(given, args)):
        return lambda: df(*args)
    return lambda: df(*copies(args))


def with_numpy(f: Any, numpy: Any) -> Any:
    """The function, and those of its module that it calls, with another module in place of NumPy."""
    space = dict(f.__globals__, np=numpy)
    for name, value in list(space.items()):
        if isinstance(value, types.FunctionType) and value.__module__ == f.__module__:
            space[name] = types.FunctionType(value.__code__, space, name, value.__defaults__)
    return space[f.__name__]


def copies(args: tuple) -> list:
    return [x.copy() if isinstance(x, np.ndarray) else x for x in args]


def warm_up(engines: list[str]) -> None:
    """Start what starts once, so that the first kernel is not charged with it."""
    x = np.ones(2)
    transad.grad(lambda x: np.sum(x * x))(x)
    if any("numba" in engine for engine in engines):
        import numba

        numba.njit(lambda x: x * x)(2.0)
    if "jax" in engines:
        import jax as module

        module.config.update("jax_enable_x64", True)
        module.jit(module.grad(lambda x: module.numpy.sum(x * x)))(x)


ENGINES: dict[str, Callable[[Kernel, tuple], Call]] = {
    "by-hand": by_hand,
    "by-hand-numba": by_hand_numba,
    "transad": transad_numpy,
    "transad-numba": transad_numba,
    "transad-numba-value": transad_numba_value,
    "autograd": autograd,
    "advect": advect,
    "pytorch": pytorch,
    "jax": jax,
}
PACKAGES: dict[str, tuple[str, ...]] = {
    "by-hand-numba": ("numba",),
    "transad-numba": ("numba",),
    "transad-numba-value": ("numba",),
    "autograd": ("autograd",),
    "advect": ("advect",),
    "pytorch": ("torch",),
    "jax": ("jax",),
}
