"""Which rules are compared with those of Autograd or JAX, and how: with the function of the same name there,
in the cases of the tables."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .harness import Case, direction, leaves

HOMES = ("numpy", "numpy.linalg", "numpy.fft")

APART = {"arange", "compress", "linalg.eigvals"}  # JAX takes only constants, no lists, and gives complex ones
BY_JAX = {"broadcast_to", "diagonal", "linspace", "pad", "tile"}  # Autograd leaves out the usual arguments


def name_in_numpy(fn: Any) -> str | None:
    """`linalg.solve` for np.linalg.solve; None for what is not NumPy's."""
    name = getattr(fn, "__name__", "")
    for home in HOMES:
        if getattr(sys.modules[home], name, None) is fn:
            return f"{home}.{name}".partition(".")[2]
    return None


def found_in(module: Any, path: str) -> Any:
    for name in path.split("."):
        module = getattr(module, name, None)
    return module


def twin(fn: Any) -> tuple[str, Any] | None:
    """The tool to compare with, and its function: Autograd if it has a derivative there, else JAX."""
    path = name_in_numpy(fn)
    if path is None or path in APART:
        return None
    import autograd.numpy
    import jax.numpy
    from autograd.core import primitive_vjps

    theirs = found_in(autograd.numpy, path)
    if theirs in primitive_vjps and path not in BY_JAX:
        return "Autograd", theirs
    theirs = found_in(jax.numpy, path)
    return None if theirs is None else ("JAX", theirs)


def suits(case: Case) -> bool:
    """Arguments by position, a result that is one array of floats, and nothing special about the case."""
    wrt = bool(case.wrt) and all(isinstance(k, int) for k in case.wrt)
    plain = not case.symmetric and not {"where", "out", "optimize", "casting"} & case.kwargs.keys()
    if not wrt or not plain or not all(np.size(leaf) for k in case.wrt for leaf in leaves(case.args[k])):
        return False
    with np.errstate(all="ignore"):
        y = case.call()
    return isinstance(y, (np.ndarray, np.floating, float)) and np.asarray(y).dtype.kind == "f"


def cases_with_twins(cases: list[Case]) -> list[Case]:
    """One case for each function, the first of those that suit: later ones have arguments of NumPy alone."""
    first: dict[Any, Case] = {}
    for case in cases:
        if case.fn not in first and twin(case.fn) is not None and suits(case):
            first[case.fn] = case
    return sorted(first.values(), key=str)


def their_pullback(case: Case, y_bar: Any) -> list[Any]:
    """The adjoints of the arguments in `wrt`, by the other tool."""
    tool, theirs = twin(case.fn)  # type: ignore[misc]
    start = tuple(case.args[k] for k in case.wrt)

    def f(*given: Any) -> Any:
        moved = dict(zip(case.wrt, given))
        return theirs(*[moved.get(k, x) for k, x in enumerate(case.args)], **case.kwargs)

    if tool == "Autograd":
        import autograd

        pull, _ = autograd.make_vjp(lambda given: f(*given))(autograd.builtins.tuple(start))
        return list(pull(y_bar))
    import jax

    _, pull = jax.vjp(f, *jax.tree.map(jax.numpy.asarray, start))
    return list(pull(jax.numpy.asarray(y_bar)))


def seed(case: Case) -> Any:
    with np.errstate(all="ignore"):
        return direction(case.call(), np.random.default_rng(5))
