"""The ways to get a gradient that are compared. Each prepares a call, or says why it cannot."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from kernels.case import Kernel

import transad

Call = Callable[[], Any]


class NotPossible(Exception):
    """This engine cannot take this kernel."""


def transad_numpy(kernel: Kernel, args: tuple) -> Call:
    run = transad.grad(kernel.primal, wrt=kernel.wrt).specialize(*args)
    return lambda: run(*args)


def transad_numba(kernel: Kernel, args: tuple) -> Call:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            run = transad.grad(kernel.primal, wrt=kernel.wrt, jit="numba").specialize(*args)
            run(*args)
        except Exception as error:
            raise NotPossible(f"{type(error).__name__}: {error}".splitlines()[0]) from error
    return lambda: run(*args)


def by_hand(kernel: Kernel, args: tuple) -> Call:
    return lambda: kernel.by_hand(*args)


def autograd(kernel: Kernel, args: tuple) -> Call:
    """The same functions with Autograd's NumPy; it takes no assignments to elements."""
    import autograd as module
    import autograd.numpy as anp

    df = module.grad(with_numpy(kernel.primal, anp), kernel.wrt)
    call = lambda: df(*copies(args))  # noqa: E731
    try:
        call()
    except Exception as error:
        raise NotPossible(f"{type(error).__name__}: {error}".splitlines()[0]) from error
    return call


def jax(kernel: Kernel, args: tuple) -> Call:
    """A version written for JAX, compiled, with 64 bits; the time includes waiting for the result."""
    import jax as module

    module.config.update("jax_enable_x64", True)
    from kernels import in_jax

    version = in_jax.VERSIONS.get(kernel.name)
    if version is None:
        raise NotPossible("not written")
    # what is not an array (the number of steps) is part of the program
    static = tuple(k for k, x in enumerate(args) if type(x) is int)
    df = module.jit(module.grad(version, kernel.wrt), static_argnums=static)
    given = [module.numpy.asarray(x) if isinstance(x, np.ndarray) else x for x in args]
    return lambda: module.block_until_ready(df(*given))


def with_numpy(f: Any, numpy: Any) -> Any:
    """The function, and those of its module that it calls, with another module in place of NumPy."""
    space = dict(f.__globals__, np=numpy)
    for name, value in list(space.items()):
        if isinstance(value, types.FunctionType) and value.__module__ == f.__module__:
            space[name] = types.FunctionType(value.__code__, space, name, value.__defaults__)
    return space[f.__name__]


def copies(args: tuple) -> list:
    return [x.copy() if isinstance(x, np.ndarray) else x for x in args]


ENGINES: dict[str, Callable[[Kernel, tuple], Call]] = {
    "by-hand": by_hand,
    "transad": transad_numpy,
    "transad-numba": transad_numba,
    "autograd": autograd,
    "jax": jax,
}
