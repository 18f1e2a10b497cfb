"""The table of rules as a page: `python -m tests.rules.overview > docs/functions.md`.

What a rule serves comes from the table of rules, what it is tested with from the tables of cases.
"""

from __future__ import annotations

import importlib
import inspect
import pathlib
import re
import sys
from collections import Counter, defaultdict
from typing import Any

import numpy as np

from transad.ir.core import Primitive
from transad.rules import FAMILIES, OPTIONAL_FAMILIES, load, registry

from .parity import cases_with_twins, twin
from .test_compiled import CASES

KINDS = ("partials", "linear", "vjp", "jvp", "expansion")
CLASSES = {
    "polynomial": "Polynomial", "chebyshev": "Chebyshev", "legendre": "Legendre", "hermite": "Hermite",
    "hermite_e": "HermiteE", "laguerre": "Laguerre",
}  # fmt: skip
COLUMNS = ("function", "arguments", "forward", "reverse", "second order", "tested against")
INTRODUCTION = """# Functions with rules

Made from the tables of rules and of test cases by `python -m tests.rules.overview`, with {versions}.

- *arguments*: those that are covered. Calls with others are refused. `out`, and of ufuncs `where` and
  `dtype`, are taken by all of them.
- *forward*, *reverse*: `rule`, a rule of its own; `itself`, since the function is linear; `transposed`, by
  the compiler, from the rule of the other mode; `inlined`, as the other functions that it is made of;
  `equation`, by what [defines the result](solvers.md).
- *second order*: rules are made of functions that have rules, so derivatives of every order follow;
  `checked` says that cases are, both forward over reverse and reverse over reverse.
- *tested against*: central differences, in how many calls (both modes, single and double precision); the
  adjoints of Autograd or JAX; or the test file in which it is compared with differences in whole programs.

Python functions without a rule are followed into their source. [Some functions](#refused) are refused with
a reason.
"""


def name_of(fn: Any) -> str:
    """The name a user knows a function by."""
    owner = getattr(fn, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_of(owner)}.{fn.__name__}"
    own = getattr(fn, "__name__", "")
    if owner is not None and (type(owner).__module__ or "").startswith("scipy.stats"):
        named = (k for k, v in vars(sys.modules["scipy.stats"]).items() if v is owner)
        return f"scipy.stats.{next(named, type(owner).__name__)}.{own}"
    homes = ["numpy", "numpy.linalg", "numpy.fft", "numpy.polynomial.polynomial", "math", "operator"]
    homes += ["numpy.lib.scimath", "numpy.lib.stride_tricks", *(f"numpy.polynomial.{m}" for m in SERIES)]
    homes += ["builtins", *OPTIONAL_FAMILIES, "scipy.sparse.linalg"]
    for home in homes:
        if getattr(sys.modules.get(home), own, None) is fn:
            short = home.replace("numpy", "np", 1)
            return own if home == "builtins" else f"{short}.{own}"
    for home in OPTIONAL_FAMILIES:
        for label, cls in vars(sys.modules.get(home, sys)).items():
            found = inspect.getattr_static(cls, own, None) if isinstance(cls, type) else None
            if fn in (found, getattr(found, "fget", None)) and label[0] != "_":
                return f"{home}.{label}.{own}"
    return getattr(fn, "__qualname__", own)


def arguments(primitive: Primitive) -> str:
    return str(inspect.Signature([p.replace(annotation=p.empty) for p in primitive.params]))[1:-1]


def home_of(primitive: Primitive) -> str:
    """The module of the first of its rules."""
    for kind in KINDS:
        if kind in primitive.rules:
            return primitive.rules[kind].function.__module__
    return ""


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def solves(primitive: Primitive) -> bool:
    """Is it a solver, which is not differentiated itself?"""
    return {"none", "expansion"} <= primitive.rules.keys()


def modes(primitive: Primitive) -> tuple[str, str]:
    """How forward and reverse mode are had."""
    rules = primitive.rules
    if solves(primitive):
        return "equation", "equation"
    if "partials" in rules:
        return "rule", "rule"
    if "linear" in rules:
        return "itself", "rule"
    if "vjp" in rules or "jvp" in rules:
        return "rule" if "jvp" in rules else "transposed", "rule" if "vjp" in rules else "transposed"
    return "inlined", "inlined"


def tables() -> list[tuple[list[Any], list[Any]]]:
    """Tables of cases, and those of their cases that are differentiated twice."""
    found = [(CASES, [case for case in CASES if case.twice])]
    for name in ("test_samples", "test_ufunc_methods", "test_scipy_linalg", "test_stats", "test_named"):
        module = importlib.import_module(f"tests.rules.{name}")
        found.append((module.CASES, module.TWICE))
    return found


class Evidence:
    """What the tests do with each function."""

    def __init__(self) -> None:
        self.calls = Counter(case.fn for cases, _ in tables() for case in cases)
        self.twice = {case.fn for _, twice in tables() for case in twice}
        self.twins = {case.fn: twin(case.fn)[0] for case in cases_with_twins(CASES)}  # type: ignore[index]
        folder = pathlib.Path(__file__).parent
        files = sorted(folder.glob("cases_*.py")) + sorted(folder.glob("test_*.py"))
        self.texts = {path.name: path.read_text() for path in files}

    def second(self, fn: Any) -> str:
        return "checked" if fn in self.twice else "by construction"

    def against(self, fn: Any, name: str) -> str:
        found = []
        if fn in self.calls:
            found.append(f"differences ({self.calls[fn]})")
        else:
            pattern = re.compile(rf"\b{re.escape('.'.join(name.split('.')[-2:]))}\b")
            found += [file for file, text in self.texts.items() if pattern.search(text)][:1]
        if fn in self.twins:
            found.append(self.twins[fn])
        return ", ".join(found) or UNNAMED.get(name, "others of its kind")


# Where what is called without being named, by an operator or by calling an object, is tested.
UNNAMED = {
    "AxisConcatenator.__getitem__": "test_argument_forms.py", "nd_grid.__getitem__": "test_argument_forms.py",
    "vectorize.__call__": "test_argument_forms.py", "vectorized": "test_argument_forms.py",
    "cofactors": "test_linalg.py", "cofactors_along": "test_linalg.py", "within": "test_interpolate.py",
    "scipy.linalg.cho_factor": "test_scipy_linalg.py",
    "retraced": "tests/transforms", "add_nested": "tests/corpus",
    "dirichlet_gen.__call__": "test_stats.py", "multivariate_normal_gen.__call__": "test_stats.py",
    "scipy.stats.rv_discrete.__call__": "test_stats.py", "scipy.optimize.leastsq": "test_solvers.py",
    **dict.fromkeys((f"np.polynomial.{m}.{c}" for m, c in CLASSES.items()), "test_polynomials.py"),
    **dict.fromkeys(
        (f"scipy.interpolate.{c}.__call__" for c in ("BSpline", "PPoly", "RegularGridInterpolator")),
        "test_interpolate.py",
    ),
    **dict.fromkeys(
        ("sparse_product", *(f"scipy.sparse.{m}" for m in (
            "coo_array.dot", "csr_array.T", "csr_array.__matmul__", "csr_array.__rmatmul__", "csr_array.dot",
            "csr_matrix.__mul__",
        ))), "test_sparse.py",
    ),
}  # fmt: skip
SERIES = ("chebyshev", "legendre", "hermite", "hermite_e", "laguerre")


def page() -> str:
    load()
    families = [*FAMILIES, *(f for many in OPTIONAL_FAMILIES.values() for f in many)]
    modules = {f: importlib.import_module(f) for f in (f"transad.rules.{family}" for family in families)}
    evidence = Evidence()
    rows: dict[str, set[str]] = defaultdict(set)
    constant = set()
    for fn, primitive in registry.TABLE.items():
        home, name = home_of(primitive), name_of(fn)
        if primitive.alias == "same":  # a mark, which nobody calls
            continue
        if "none" in primitive.rules and not solves(primitive):
            constant.add(f"`{name}`")
        elif home in modules and not name.startswith(("operator.", "<")):
            cells = f"`{name}`", f"`{arguments(primitive)}`".replace("<no value>", "...")
            told = evidence.second(fn), evidence.against(fn, name)
            rows[home].add(row(*cells, *modes(primitive), *told))
    versions = f"NumPy {np.__version__}"
    if "scipy" in sys.modules:
        versions += f" and SciPy {sys.modules['scipy'].__version__}"
    parts = [INTRODUCTION.format(versions=versions)]
    for home, module in modules.items():
        if home in rows:
            title = module.__doc__.split("\n")[0].rstrip(".")
            head = [row(*COLUMNS), row(*["---"] * len(COLUMNS))]
            parts.append("\n".join([f"## {title}\n", *head, *sorted(rows[home])]) + "\n")
    parts.append(f"## No derivative passes\n\n{', '.join(sorted(constant))}\n")
    parts.append(refusals())
    return "\n".join(parts)


def refusals() -> str:
    """The functions that are refused, by reason."""
    grouped: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fn, why in registry.REFUSED.items():
        grouped[why].add(f"`{name_of(fn)}`")
    lines = [row(", ".join(sorted(names)), *why) for why, names in grouped.items()]
    notes = (
        "Masked arrays, `np.matrix`, arrays of objects and of strings, and ufuncs made by `np.frompyfunc`\n"
        "are refused as well. With constants, all of these may be called.\n"
    )
    head = [row("function", "reason", "instead"), row("---", "---", "---")]
    return "\n".join(["## Refused\n", *head, *lines, "", notes])


if __name__ == "__main__":
    print(page(), end="")
