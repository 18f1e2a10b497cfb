"""Forward mode by dual numbers, run by plain Python on the unmodified program.

Shares nothing with the compiler. A number is a `Dual`; an array is an ordinary NumPy array *of
objects* that holds Duals and floats. So NumPy itself decides what is a view, what is a copy, what
`+=` does and which writes overlap, and the reference cannot get aliasing wrong.

The program must make its own arrays as object arrays too, otherwise it could not write a Dual into
`np.zeros(3)` (NumPy refuses loudly; a tangent is never dropped in silence). `load` therefore runs the
source with `numpy`, `math` and `float` replaced by stand-ins. Duals nest: each seed has its own level,
and an operation differentiates at the highest level among its operands.
"""

from __future__ import annotations

import builtins
import copy
import functools
import math
import operator
import types

import numpy as np

from .differences import flatten, unflatten


class Dual:
    """`value + tangent * e` with `e * e = 0`; both parts are floats or Duals of a lower level."""

    __slots__ = ("level", "tangent", "value")

    def __init__(self, value, tangent, level=1):
        self.value, self.tangent, self.level = value, tangent, level

    def __repr__(self):
        return f"Dual({self.value!r}, {self.tangent!r}, level={self.level})"

    def __bool__(self):
        return bool(self.value)

    def __int__(self):
        return int(self.value)

    def __float__(self):
        raise TypeError("the tangent of a Dual would be lost")

    def __hash__(self):
        return hash(plain(self))

    def __format__(self, spec):
        return format(plain(self), spec)

    def __floor__(self):
        return math.floor(plain(self))

    def __ceil__(self):
        return math.ceil(plain(self))

    def __trunc__(self):
        return math.trunc(plain(self))

    def item(self):
        return self

    def copy(self):
        return self

    def conjugate(self):
        return self

    real = property(copy)
    shape, ndim, size = (), 0, 1


def plain(x):
    """The number itself, all tangents removed."""
    while isinstance(x, Dual):
        x = x.value
    return x


def _level(x):
    return x.level if isinstance(x, Dual) else 0


def _parts(x, level):
    return (x.value, x.tangent) if _level(x) == level else (x, 0.0)


def _is_zero(tangent):
    return not isinstance(tangent, Dual) and tangent == 0.0


def _unary(function, partial):
    """`function` on floats, extended to Duals by its `partial(y, x)`."""

    @functools.wraps(function)
    def extended(x):
        if not isinstance(x, Dual):
            return function(x)
        y = extended(x.value)
        return Dual(y, partial(y, x.value) * x.tangent, x.level)

    return extended


def _binary(function, partial_a, partial_b):
    """The same for two operands; a partial whose tangent is zero is not computed (log of x in x**2)."""

    @functools.wraps(function)
    def extended(a, b):
        level = max(_level(a), _level(b))
        if level == 0:
            return function(a, b)
        (a, a_dot), (b, b_dot) = _parts(a, level), _parts(b, level)
        y, tangent = extended(a, b), 0.0
        if not _is_zero(a_dot):
            tangent = tangent + partial_a(y, a, b) * a_dot
        if not _is_zero(b_dot):
            tangent = tangent + partial_b(y, a, b) * b_dot
        return Dual(y, tangent, level)

    return extended


def _select(chooses_first):
    return lambda a, b: a if chooses_first(plain(a), plain(b)) else b


def _floats(numpy_function):
    """A NumPy function on numbers that returns Python numbers."""
    return functools.wraps(numpy_function)(lambda *args: numpy_function(*args).item())


def _unary_functions():
    rules = {
        "exp": lambda y, x: y,
        "exp2": lambda y, x: y * math.log(2.0),
        "expm1": lambda y, x: y + 1.0,
        "log": lambda y, x: 1.0 / x,
        "log2": lambda y, x: 1.0 / (x * math.log(2.0)),
        "log10": lambda y, x: 1.0 / (x * math.log(10.0)),
        "log1p": lambda y, x: 1.0 / (1.0 + x),
        "sqrt": lambda y, x: 0.5 / y,
        "cbrt": lambda y, x: 1.0 / (3.0 * y * y),
        "sin": lambda y, x: UNARY["cos"](x),
        "cos": lambda y, x: -UNARY["sin"](x),
        "tan": lambda y, x: 1.0 + y * y,
        "arcsin": lambda y, x: 1.0 / UNARY["sqrt"](1.0 - x * x),
        "arccos": lambda y, x: -1.0 / UNARY["sqrt"](1.0 - x * x),
        "arctan": lambda y, x: 1.0 / (1.0 + x * x),
        "sinh": lambda y, x: UNARY["cosh"](x),
        "cosh": lambda y, x: UNARY["sinh"](x),
        "tanh": lambda y, x: 1.0 - y * y,
        "arcsinh": lambda y, x: 1.0 / UNARY["sqrt"](x * x + 1.0),
        "arctanh": lambda y, x: 1.0 / (1.0 - x * x),
        "absolute": lambda y, x: 1.0 if plain(x) > 0 else -1.0 if plain(x) < 0 else 0.0,
        "square": lambda y, x: 2.0 * x,
        "reciprocal": lambda y, x: -y * y,
        "negative": lambda y, x: -1.0,
        "floor": lambda y, x: 0.0,
        "ceil": lambda y, x: 0.0,
        "sign": lambda y, x: 0.0,
    }
    return {name: _unary(_floats(getattr(np, name)), rule) for name, rule in rules.items()}


UNARY = _unary_functions()

BINARY = {
    "add": _binary(operator.add, lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    "subtract": _binary(operator.sub, lambda y, a, b: 1.0, lambda y, a, b: -1.0),
    "multiply": _binary(operator.mul, lambda y, a, b: b, lambda y, a, b: a),
    "divide": _binary(operator.truediv, lambda y, a, b: 1.0 / b, lambda y, a, b: -y / b),
    "floor_divide": _binary(operator.floordiv, lambda y, a, b: 0.0, lambda y, a, b: 0.0),
    "remainder": _binary(operator.mod, lambda y, a, b: 1.0, lambda y, a, b: -(plain(a) // plain(b))),
    "power": _binary(
        operator.pow,
        lambda y, a, b: b * a ** (b - 1) if plain(b) != 0 else 0.0,
        lambda y, a, b: y * UNARY["log"](a),
    ),
    "arctan2": _binary(
        _floats(np.arctan2), lambda y, a, b: b / (a * a + b * b), lambda y, a, b: -a / (a * a + b * b)
    ),
    "hypot": _binary(_floats(np.hypot), lambda y, a, b: a / y, lambda y, a, b: b / y),
    "logaddexp": _binary(
        _floats(np.logaddexp), lambda y, a, b: UNARY["exp"](a - y), lambda y, a, b: UNARY["exp"](b - y)
    ),
    "maximum": _select(operator.ge),
    "minimum": _select(operator.le),
}
BINARY["true_divide"] = BINARY["divide"]
BINARY["fmax"], BINARY["fmin"] = BINARY["maximum"], BINARY["minimum"]
UNARY["abs"] = UNARY["absolute"]


def _equip_dual():
    """Give `Dual` its operators, comparisons and the methods NumPy calls on objects (`x.sqrt()`)."""

    def forward(function):
        return lambda a, b: NotImplemented if isinstance(b, np.ndarray) else function(a, b)

    def swapped(function):
        return lambda a, b: NotImplemented if isinstance(b, np.ndarray) else function(b, a)

    def compare(function):
        return lambda a, b: NotImplemented if isinstance(b, np.ndarray) else function(plain(a), plain(b))

    operators = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power"}
    operators |= {"floordiv": "floor_divide", "mod": "remainder"}
    for name, function in operators.items():
        setattr(Dual, f"__{name}__", forward(BINARY[function]))
        setattr(Dual, f"__r{name}__", swapped(BINARY[function]))
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Dual, f"__{name}__", compare(getattr(operator, name)))
    Dual.__neg__, Dual.__pos__, Dual.__abs__ = UNARY["negative"], lambda self: self, UNARY["absolute"]
    for name, function in UNARY.items():
        setattr(Dual, name, function)


_equip_dual()


# --- stand-ins for the modules a program imports ---------------------------------------------


def _objects(x):
    """A float array as an array of objects; other arrays and numbers as they are."""
    return x.astype(object) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def _making_objects(function):
    """A NumPy function that makes arrays, making object arrays; `dtype=float` means the same."""

    @functools.wraps(function)
    def make(*args, dtype=None, **kwargs):
        if dtype is not None and np.dtype(dtype).kind != "f":
            return function(*args, dtype=dtype, **kwargs)
        return _objects(function(*args, **kwargs))

    return make


def _like(function):
    def make(x, *args, dtype=None, **kwargs):
        keep = np.asarray(x).dtype if np.asarray(x).dtype.kind != "O" else float
        return _objects(function(np.shape(x), *args, dtype=dtype or keep, **kwargs))

    return make


def _norm(x, ord=None, axis=None, keepdims=False):
    assert ord in (None, 2) and (axis is not None or np.ndim(x) < 2 or ord is None)
    return numpy.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _numpy():
    module = types.ModuleType("numpy")
    module.__getattr__ = lambda name: getattr(np, name)
    for name, function in UNARY.items():
        setattr(module, name, np.frompyfunc(function, 1, 1))
    for name, function in BINARY.items():
        if not hasattr(operator, name) and name not in ("add", "subtract", "multiply", "divide"):
            setattr(module, name, np.frompyfunc(function, 2, 1))
    for name in ("array", "asarray", "zeros", "ones", "full", "eye", "identity", "arange", "linspace"):
        setattr(module, name, _making_objects(getattr(np, name)))
    module.empty = module.zeros
    for name in ("zeros", "ones", "full"):
        setattr(module, name + "_like", _like(getattr(np, name)))
    module.empty_like = module.zeros_like
    module.linalg = types.ModuleType("numpy.linalg")
    module.linalg.__getattr__ = lambda name: getattr(np.linalg, name)
    module.linalg.norm = _norm
    return module


def _math():
    module = types.ModuleType("math")
    module.__getattr__ = lambda name: getattr(math, name)
    names = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "atanh": "arctanh"}
    names |= {name: name for name in UNARY if hasattr(math, name) and name not in ("floor", "ceil")}
    for name, function in names.items():
        setattr(module, name, UNARY[function])
    module.atan2, module.hypot, module.pow = BINARY["arctan2"], BINARY["hypot"], BINARY["power"]
    module.fabs = UNARY["absolute"]
    return module


def _float(x=0.0):
    if isinstance(x, np.ndarray):
        x = x.item()
    return x if isinstance(x, Dual) else float(x)


numpy, math_module = _numpy(), _math()
_STAND_INS = {"numpy": numpy, "math": math_module}


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    if name in _STAND_INS:
        return _STAND_INS[name]
    return builtins.__import__(name, globals, locals, fromlist, level)


_BUILTINS = {**vars(builtins), "__import__": _import, "float": _float}


def load(source: str, name: str = "f", filename: str = "<dual>"):
    """The function `name` of a program text, ready to be run on Duals."""
    namespace = {"__builtins__": _BUILTINS, "__name__": "dual_program"}
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)  # noqa: S102
    return namespace[name]


def rebind(function):
    """A module-level function as it stands, ready to be run on Duals."""
    replaced = {"__builtins__": _BUILTINS}
    original = function.__globals__

    def moved(f):
        new = types.FunctionType(f.__code__, replaced, f.__name__, f.__defaults__, f.__closure__)
        new.__kwdefaults__ = f.__kwdefaults__
        return new

    for name, value in original.items():
        if value is np:
            replaced[name] = numpy
        elif value is math:
            replaced[name] = math_module
        elif isinstance(value, types.FunctionType) and value.__globals__ is original:
            replaced[name] = moved(value)
        elif name != "__builtins__":
            replaced[name] = value
    return moved(function)


# --- derivatives -----------------------------------------------------------------------------


def lift(tree):
    """The arguments as the program must receive them: float arrays as arrays of objects."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*map(lift, tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map(lift, tree))
    if isinstance(tree, dict):
        return {key: lift(value) for key, value in tree.items()}
    return _objects(tree) if isinstance(tree, np.ndarray) else copy.deepcopy(tree)


def _ready(program):
    return load(program) if isinstance(program, str) else rebind(program)


def _run(function, args, wrt, vector):
    """The function with the entries of the arguments `wrt` replaced by those of `vector`."""
    args = list(args)
    for position in wrt:
        size = len(flatten(args[position]))
        args[position], vector = unflatten(args[position], vector[:size]), vector[size:]
    result = function(*map(lift, args))
    return result.item() if isinstance(result, np.ndarray) else result


def _split(args, wrt, vector):
    """A vector of derivatives as a tuple of structures like the arguments `wrt`."""
    parts = []
    for position in wrt:
        size = len(flatten(args[position]))
        parts.append(unflatten(args[position], vector[:size]))
        vector = vector[size:]
    return tuple(parts)


def gradient(program, args, wrt=(0,)):
    """Gradients of a scalar program (source text of `f`, or a function), one per entry of `wrt`."""
    function, point = _ready(program), flatten([args[p] for p in wrt])
    derivatives = []
    for k in range(len(point)):
        seeded = [Dual(x, 1.0) if j == k else x for j, x in enumerate(point)]
        derivatives.append(_parts(_run(function, args, wrt, seeded), 1)[1])
    return _split(args, wrt, derivatives)


def hessian(program, args, wrt=(0,)):
    """Second derivatives over all entries of the arguments `wrt`, as one square matrix."""
    function, point = _ready(program), flatten([args[p] for p in wrt])
    matrix = np.zeros((len(point), len(point)))
    for j in range(len(point)):
        for k in range(j + 1):
            seeded = list(point)
            seeded[j] = Dual(seeded[j], 1.0, level=1)
            seeded[k] = Dual(seeded[k], 1.0, level=2)
            inner = _parts(_run(function, args, wrt, seeded), 2)[1]
            matrix[j, k] = matrix[k, j] = _parts(inner, 1)[1]
    return matrix
