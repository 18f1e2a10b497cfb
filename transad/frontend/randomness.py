"""Random numbers: drawn once, in the forward sweep, in the order of the program; constants to a derivative.

What is drawn has a known type, whatever it is drawn from: a generator of NumPy's, made inside or outside,
the legacy functions, Python's `random`. That a seed reproduces follows from the draws staying as they are.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from transad.analysis.broadcasting import as_array
from transad.analysis.lengths import broadcast_shapes
from transad.analysis.shape_rules.table import CannotTell, dims_of, dtype_argument
from transad.frontend import draws
from transad.frontend.calls import generators
from transad.frontend.ufuncs import Ufuncs
from transad.frontend.values import Box, NumpyMethod, Value
from transad.ir import types as ty
from transad.ir.core import Const, Operand, Origin

# How many parameters of a distribution come before `size`
_FLOATS = {
    "random": 0, "random_sample": 0, "standard_normal": 0, "standard_exponential": 0, "standard_cauchy": 0,
    "ranf": 0, "sample": 0, "standard_gamma": 1, "standard_t": 1, "exponential": 1, "rayleigh": 1,
    "chisquare": 1, "pareto": 1, "weibull": 1, "power": 1, "normal": 2, "uniform": 2, "beta": 2, "gamma": 2,
    "f": 2, "gumbel": 2, "laplace": 2, "logistic": 2, "lognormal": 2, "noncentral_chisquare": 2,
    "vonmises": 2, "wald": 2, "triangular": 3, "noncentral_f": 3,
}  # fmt: skip
_INTEGERS = {
    "poisson": 1, "geometric": 1, "logseries": 1, "zipf": 1, "binomial": 2, "negative_binomial": 2,
    "integers": 2, "randint": 2, "random_integers": 2, "hypergeometric": 3,
}  # fmt: skip
_VECTORS = {
    "multivariate_normal": (0, "mean", 2),
    "dirichlet": (0, "alpha", 1),
    "multinomial": (1, "pvals", 2),
}
_PYTHON = {"random", "uniform", "gauss", "normalvariate", "expovariate", "betavariate", "gammavariate",
           "lognormvariate", "vonmisesvariate", "paretovariate", "weibullvariate", "triangular"}  # fmt: skip


# Distributions that are a standard one, moved and scaled: their parameters.
_PARAMETERS = {
    "normal": ("loc", "scale"), "uniform": ("low", "high"), "exponential": ("scale",),
    "laplace": ("loc", "scale"), "logistic": ("loc", "scale"), "gumbel": ("loc", "scale"),
    "lognormal": ("mean", "sigma"), "weibull": ("a",), "pareto": ("a",), "rayleigh": ("scale",),
}  # fmt: skip
_STANDARD = {  # what the standard one is drawn by, if not by the same method
    "normal": "standard_normal", "lognormal": "standard_normal", "exponential": "standard_exponential",
    "weibull": "standard_exponential", "pareto": "standard_exponential", "uniform": "random",
}  # fmt: skip


# The same of Python's generator.
_OF_PYTHON = {
    "gauss": (draws.gauss, "gauss"), "normalvariate": (draws.gauss, "normalvariate"),
    "uniform": (draws.between, "random"), "expovariate": (draws.expovariate, "expovariate"),
}  # fmt: skip


def _beside(origin: Origin | None, name: str) -> Origin | None:
    """Where another method of the same generator is found."""
    return None if origin is None else Origin(origin.namespace, (*origin.path[:-1], name))


class Randomness(Ufuncs):
    """The part of the interpreter for random numbers."""

    def randomness(
        self, callee: Const, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value | None:
        """A call that makes a generator or draws from one; None if it is neither."""
        fn = callee.value
        owner = getattr(fn, "__self__", None)
        if isinstance(owner, generators()):
            origin = callee.origin
            beside = lambda name: Const(getattr(owner, name), _beside(origin, name))  # noqa: E731
            written = self.written_draw(beside, type(owner), fn.__name__, args, kwargs, node)
            if written is not None:
                return written
            named = origin is not None and len(origin.path) > 1 and origin.path[:-1] != ("np", "random")
            if named and getattr(np.random, fn.__name__, None) is not fn:
                return self.draw(
                    Const(owner, Origin(origin.namespace, origin.path[:-1])), fn.__name__, args, kwargs, node
                )
            kind = self.drawn(type(owner), fn.__name__, args, kwargs)
            return self.opaque(fn, args, kwargs, node, kind)
        cls = None
        if isinstance(fn, type) and ((fn.__module__ or "").startswith("numpy.random") or fn is random.Random):
            cls = fn
        elif (module := sys.modules.get("numpy.random")) is not None and fn is module.default_rng:
            cls = module.Generator
        return None if cls is None else self.opaque(fn, args, kwargs, node, ty.Object(cls))

    def draw(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value:
        """A method of a generator."""
        cls = type(owner.value) if isinstance(owner, Const) else self.type_of(owner).cls
        written = self.written_draw(lambda n: NumpyMethod(owner, n), cls, name, args, kwargs, node)
        if written is not None:
            return written
        kind = self.drawn(cls, name, args, kwargs)
        made = self.opaque(getattr(cls, name), [owner, *args], kwargs, node, kind)
        self.builder.block.ops[-1].attrs["method"] = True
        return made

    def written_draw(
        self,
        method: Callable[[str], Value],
        cls: type,
        name: str,
        args: list[Value],
        kwargs: dict[str, Value],
        node: Any,
    ) -> Value | None:
        """A draw through which derivatives pass, written with one that is constant to them, or None.

        A distribution with computed parameters is the standard one, moved and scaled, as in NumPy. What is
        shuffled is taken in the order of a permutation, which the generator makes of the same random bits.
        """
        if name in _PARAMETERS and hasattr(cls, "standard_normal"):
            given = [*args[: len(_PARAMETERS[name])], *(kwargs[k] for k in _PARAMETERS[name] if k in kwargs)]
            if all(isinstance(v, Const) for v in given):
                return None
            legacy = name == "uniform" and hasattr(cls, "random_sample")
            standard = method("random_sample" if legacy else _STANDARD.get(name, name))
            return self.quietly(getattr(draws, name), [standard, *args], node, kwargs)
        if name in _OF_PYTHON and issubclass(cls, random.Random):
            written, standard = _OF_PYTHON[name]
            if all(isinstance(v, Const) for v in (*args, *kwargs.values())):
                return None
            return self.quietly(written, [method(standard), *args], node, kwargs)
        if name == "shuffle" and not hasattr(cls, "permutation"):
            reason = "random.shuffle changes its argument in an order that no other call can draw"
            raise self.unsupported(reason, "use the shuffle of a NumPy generator", node)
        if name == "shuffle" and isinstance(args[0], Box):
            return self.quietly(draws.shuffle_list, [method("permutation"), *args], node, kwargs)
        rows = bool(args) and isinstance(self.type_of(args[0]), ty.Array)
        if rows and name in ("shuffle", "permutation"):
            return self.quietly(getattr(draws, name), [method("permutation"), *args], node, kwargs)
        return None

    def drawn(self, cls: type, name: str, args: list[Value], kwargs: dict[str, Value]) -> ty.Type:
        """The type of what is drawn."""
        if issubclass(cls, random.Random):
            integer = name in ("randrange", "randint", "getrandbits")
            return ty.FLOAT if name in _PYTHON else ty.INT if integer else ty.UNKNOWN
        operands = [self.operand(a) for a in args]
        named = {k: self.operand(v) for k, v in kwargs.items()}
        try:
            return _drawn(name, operands, named)
        except CannotTell:
            return ty.UNKNOWN


def _drawn(name: str, args: list[Operand], kwargs: dict[str, Operand]) -> ty.Type:
    if name in ("rand", "randn"):
        shape = tuple(n for a in args for n in dims_of(a))
        return ty.Array(np.dtype(float), shape, True) if shape else ty.FLOAT
    if name in ("seed", "set_state"):
        return ty.Object(type(None))
    if name == "permutation":
        return _permuted(args[0])
    if name == "choice":
        return _chosen(args, kwargs)
    if name in _VECTORS:
        return _vectors(name, args, kwargs)
    count = _FLOATS.get(name, _INTEGERS.get(name))
    if count is None:
        return ty.UNKNOWN
    dtype = dtype_argument(kwargs.get("dtype"), np.dtype(float if name in _FLOATS else np.int64))
    size = args[count] if len(args) > count else kwargs.get("size")
    if _is_given(size):
        return ty.Array(dtype, dims_of(size), True)
    given = [*args[:count], *(x for k, x in kwargs.items() if k not in ("size", "dtype", "endpoint"))]
    shapes = [as_array(x.type).shape if as_array(x.type) else None for x in given]
    shape = broadcast_shapes(shapes) if shapes else ()
    if shape is None:
        return ty.UNKNOWN
    return ty.Array(dtype, shape, True) if shape else ty.Number(dtype, True if name in _FLOATS else None)


def _vectors(name: str, args: list[Operand], kwargs: dict[str, Operand]) -> ty.Type:
    """Vectors as long as the mean, the concentrations, the probabilities."""
    at, parameter, count = _VECTORS[name]
    given = as_array((args[at] if len(args) > at else kwargs[parameter]).type)
    if given is None or given.shape is None or len(given.shape) != 1:
        return ty.UNKNOWN
    size = args[count] if len(args) > count else kwargs.get("size")
    dtype = np.dtype(np.int64 if name == "multinomial" else float)
    return ty.Array(dtype, (*(dims_of(size) if _is_given(size) else ()), *given.shape), True)


def _is_given(size: Operand | None) -> bool:
    return size is not None and not isinstance(size.type, ty.NoneType)


def _permuted(x: Operand) -> ty.Type:
    if isinstance(x.type, ty.Number):
        return ty.Array(np.dtype(np.int64), dims_of(x), True)
    made = as_array(x.type)
    return ty.UNKNOWN if made is None else ty.Array(made.dtype, made.shape)


def _chosen(args: list[Operand], kwargs: dict[str, Operand]) -> ty.Type:
    """Some of the entries of a vector, or of the numbers below one."""
    source = args[0] if args else kwargs["a"]
    made = as_array(source.type)
    size = args[1] if len(args) > 1 else kwargs.get("size")
    if made is None or made.shape is None or len(made.shape) > 1 or "axis" in kwargs:
        return ty.UNKNOWN
    dtype = np.dtype(np.int64) if isinstance(source.type, ty.Number) else made.dtype
    return ty.Array(dtype, dims_of(size), True) if _is_given(size) else ty.Number(dtype, None)
