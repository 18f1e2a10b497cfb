"""The table is complete, closed under differentiation, and the harness can fail."""

import ast
import builtins
import importlib
import importlib.util
import inspect
import math
import operator
import pathlib
import pkgutil
import textwrap

import numpy as np
import pytest

import transad.rules
from transad.frontend.builtins import HANDLERS
from transad.ir.core import Primitive
from transad.rules import registry
from transad.rules.registry import RuleSpec
from transad.transforms.operators import OPERATORS as TRANSFORMS

from .harness import case, check

FAMILIES = [
    importlib.import_module(f"transad.rules.{m.name}")
    for m in pkgutil.iter_modules(transad.rules.__path__)
    if m.name != "registry"
    and (importlib.util.find_spec("scipy") or not m.name.startswith("scipy"))
]

# what the front end itself knows about, or evaluates while compiling
LANGUAGE = set(
    "all any callable enumerate isinstance list max min range reversed round slice sum tuple zip".split()
)
HELPERS = """
    exponential_of rules_of with_shape_of known_equal vanishes filling may_be_one inverse nonzero open_grid
    known newer along as_given expand_reduced
""".split()
METHODS = {"append"}
OPERATORS = """
    add sub mul truediv floordiv mod pow matmul neg pos abs invert and_ or_ xor lshift rshift eq ne lt
    le gt ge not_ getitem contains is_ is_not
""".split()


@pytest.mark.parametrize(
    "name", [n for n in dir(math) if callable(getattr(math, n)) and not n.startswith("_")]
)
def test_math_is_complete(name):
    assert registry.lookup(getattr(math, name)).rules


@pytest.mark.parametrize("name", [n for n in dir(np) if isinstance(getattr(np, n), np.ufunc)])
def test_ufuncs_are_complete(name):
    assert registry.lookup(getattr(np, name)).rules


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_complete(name):
    assert registry.lookup(getattr(operator, name)).rules


NAMED = """
    sum mean prod max min amax amin std var ptp cumsum cumprod any all argmax argmin count_nonzero dot
    matmul outer inner vdot tensordot trace reshape ravel transpose swapaxes moveaxis squeeze
    expand_dims broadcast_to concatenate stack vstack hstack copy array asarray ascontiguousarray
    atleast_1d atleast_2d atleast_3d roll flip repeat tile diag tril triu pad diff sort argsort append
    split zeros ones full empty arange linspace eye identity zeros_like ones_like full_like empty_like
    shape size ndim take take_along_axis compress extract where select choose clip nan_to_num real imag
    conj conjugate angle sinc i0 round linalg.solve linalg.inv linalg.det linalg.slogdet linalg.norm
    linalg.cholesky
""".split()


@pytest.mark.parametrize("name", NAMED)
def test_functions_are_complete(name):
    assert registry.lookup(operator.attrgetter(name)(np)).rules


def test_what_is_refused_has_no_rule():
    assert [fn for fn in registry.REFUSED if registry.lookup(fn) is not None] == []


WITHOUT_DERIVATIVE = """
    array_repr array_str bartlett blackman einsum_path from_dlpack frombuffer fromfile fromfunction fromstring
    get_printoptions hamming hanning isdtype issubdtype iterable load mask_indices packbits printoptions save
    savez set_printoptions unpackbits
""".split()  # what reads, writes and prints, and windows of a length; np.fromfunction is followed


@pytest.mark.parametrize("home", ["numpy", "numpy.linalg", "numpy.fft"])
def test_what_jax_and_autograd_have_is_here(home):
    names = [pytest.importorskip(home.replace("numpy", tool)) for tool in ("jax.numpy", "autograd.numpy")]
    with_vjp = pytest.importorskip("autograd.core").primitive_vjps
    jax_names, autograd_names = map(vars, names)
    ours, missing = importlib.import_module(home), []
    for name, fn in vars(ours).items():
        if name.startswith("_") or not callable(fn) or isinstance(fn, type) or name in WITHOUT_DERIVATIVE:
            continue
        primitive = registry.lookup(fn)
        known = primitive is not None and primitive.rules or fn in HANDLERS or registry.why_refused(fn)
        if not known and (name in jax_names or autograd_names.get(name) in with_vjp):
            missing.append(name)
    assert missing == []


def functions_of_rules():
    """Every function written in a family's module: rules and the helpers they call."""
    found = {}
    for module in FAMILIES:
        for value in vars(module).values():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and value.__name__ != "_":
                found[value] = value.__name__
    for primitive in registry.TABLE.values():
        for spec in primitive.rules.values():
            if isinstance(spec, RuleSpec) and spec.function.__module__.startswith("transad.rules."):
                found[spec.function] = f"rule of {primitive.name}"
    return [pytest.param(f, id=f"{name} line {f.__code__.co_firstlineno}") for f, name in found.items()]


def closure(function):
    return inspect.getclosurevars(function).nonlocals


@pytest.mark.parametrize("function", functions_of_rules())
def test_rules_use_only_what_has_rules(function):
    """So that whatever can be differentiated once can be differentiated again."""
    if function.__name__ in HELPERS:
        return
    if "compile_time" in getattr(registry.lookup(function), "rules", ()):
        return
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    node = tree.body[0]
    node.decorator_list = []
    inside = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]  # the rule, and functions in it
    local = {n.name for n in inside[1:]} | {a.arg for n in inside for a in n.args.args}
    local |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for inner in ast.walk(node):
        assert not isinstance(inner, (ast.Lambda, ast.Try, ast.While, ast.With))
        if not isinstance(inner, ast.Call):
            continue
        if isinstance(inner.func, ast.Attribute) and inner.func.attr in METHODS:
            continue
        name = ast.unparse(inner.func)
        if "(" in name or "[" in name:  # a method of a result, an item of an argument
            continue
        if name in LANGUAGE or name in HELPERS or name == "NotImplementedError":
            continue
        if name.partition(".")[0] in {*local, *function.__code__.co_varnames}:  # or a method of a value
            continue
        called = eval(name, {**vars(builtins), **function.__globals__, **closure(function)})
        if inspect.isroutine(called) or inspect.isclass(called):
            if (getattr(called, "__module__", None) or "").startswith("transad.rules."):
                continue
        if called in HANDLERS or called in TRANSFORMS or called in closure(function).values():
            continue
        primitive = registry.lookup(called)
        assert primitive is not None and primitive.rules, f"{name} has no rule"


def test_parameters_are_named_as_in_numpy():
    """Arguments of calls are matched to a rule's parameters by name, and positions agree."""
    renamed = "arange astype array einsum atleast_1d atleast_2d atleast_3d where reshape item flatten".split()
    for fn, primitive in registry.TABLE.items():
        home = getattr(fn, "__module__", None) or ""
        if not home.startswith("numpy") or not primitive.params or primitive.name in renamed:
            continue
        try:
            names = list(inspect.signature(fn).parameters)
        except ValueError:
            continue
        own = [p.name for p in primitive.params]
        if isinstance(fn, (np.ufunc, type)):
            continue
        if "kwargs" in names:  # np.pad hides what its modes take
            continue
        assert [n for n in own if n not in names] == [], primitive.name
        positional = [p.name for p in primitive.params if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert positional == names[: len(positional)], primitive.name


# ----- the harness notices wrong rules


def wrong(kind, function, **options):
    primitive = Primitive("wrong")
    parameters = list(inspect.signature(function).parameters.values())
    skipped = {"partials": 1, "linear": 1, "vjp": 2}[kind]
    primitive.params = tuple(parameters[skipped:])
    primitive.rules[kind] = RuleSpec(function, **{"wrt": (), **options})
    return primitive


@pytest.mark.parametrize(
    ("function", "args", "primitive"),
    [
        (np.sin, (0.7,), wrong("partials", lambda y, x: -np.cos(x))),
        (np.exp, (np.ones(3),), wrong("partials", lambda y, x: 1.000001 * y)),
        (np.multiply, (np.ones(3), 2.0), wrong("partials", lambda y, x1, x2: (x1, x2))),
        (np.sum, (np.ones((2, 3)),), wrong("linear", lambda y_bar, a: y_bar + np.zeros(3), wrt=("a",))),
        (
            np.ravel,
            (np.ones((2, 3)),),
            wrong("linear", lambda y_bar, a: y_bar[::-1].reshape(2, 3), wrt=("a",)),
        ),
        (np.linalg.inv, (np.eye(2),), wrong("vjp", lambda y_bar, y, a: y @ y_bar @ y)),
    ],
)
def test_a_wrong_rule_is_caught(function, args, primitive):
    with pytest.raises((AssertionError, ValueError)):
        check(case(function, *args), primitive)


def test_the_page_of_functions_tells_what_the_table_holds():
    """Where the versions are those it was made with: each line is still true."""
    for tool in ("scipy", "autograd", "jax"):
        pytest.importorskip(tool)
    from .overview import page

    path = pathlib.Path(__file__).parents[2] / "docs" / "functions.md"
    lines = path.read_text().splitlines()
    made = page().splitlines()
    if lines[2] != made[2]:
        pytest.skip("other versions of NumPy or SciPy")
    assert {line for line in lines if line.startswith("| `")} <= set(made), (
        "python -m tests.rules.overview > docs/functions.md"
    )
