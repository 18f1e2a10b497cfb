"""The table of rules as a page: `python -m transad.rules.overview > docs/functions.md`."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections import defaultdict
from typing import Any

import numpy as np

from transad.ir.core import Primitive
from transad.rules import FAMILIES, OPTIONAL_FAMILIES, load, registry

KINDS = {
    "partials": "partial derivatives",
    "linear": "linear: its transpose",
    "vjp": "reverse rule",
    "jvp": "forward rule",
    "expansion": "as other functions",
}
INTRODUCTION = """# Functions with rules

Made from the table of rules by `python -m transad.rules.overview`, with {versions}.
Every rule serves forward and reverse mode: where only one is given, the other is its transpose, taken by the
compiler. Rules are made of functions that have rules, so derivatives of every order follow. They are tested
against central differences in both modes, to second order, in single and double precision; losses made of
them against JAX and Autograd.

Calls with other arguments than those listed are refused. `out`, and of ufuncs `where` and `dtype`, are taken
by all of them. Python functions without a rule are followed into their source.
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
    homes += ["builtins", *OPTIONAL_FAMILIES]
    for home in homes:
        if getattr(sys.modules.get(home), own, None) is fn:
            short = home.replace("numpy", "np", 1)
            return own if home == "builtins" else f"{short}.{own}"
    return getattr(fn, "__qualname__", own)


def arguments(primitive: Primitive) -> str:
    return str(inspect.Signature([p.replace(annotation=p.empty) for p in primitive.params]))[1:-1]


def home_of(primitive: Primitive) -> str:
    """The module of the first of its rules."""
    for kind in KINDS:
        if kind in primitive.rules:
            return primitive.rules[kind].function.__module__
    return ""


def page() -> str:
    load()
    families = [*FAMILIES, *(f for many in OPTIONAL_FAMILIES.values() for f in many)]
    names = [f"transad.rules.{family}" for family in families]
    modules = {name: importlib.import_module(name) for name in names}
    rows: dict[str, list[str]] = defaultdict(list)
    constant = []
    for fn, primitive in registry.TABLE.items():
        home, name = home_of(primitive), name_of(fn)
        if "none" in primitive.rules:
            constant.append(f"`{name}`")
        elif home in modules and not name.startswith(("operator.", "<")):
            how = ", ".join(text for kind, text in KINDS.items() if kind in primitive.rules)
            rows[home].append(f"| `{name}` | `{arguments(primitive)}` | {how} |".replace("<no value>", "..."))
    versions = f"NumPy {np.__version__}"
    if "scipy" in sys.modules:
        versions += f" and SciPy {sys.modules['scipy'].__version__}"
    parts = [INTRODUCTION.format(versions=versions)]
    for home, module in modules.items():
        if home in rows:
            title = module.__doc__.split("\n")[0].rstrip(".")
            parts.append(f"## {title}\n\n| function | arguments | rule |\n| --- | --- | --- |")
            parts[-1] += "\n" + "\n".join(sorted(set(rows[home]))) + "\n"
    listed = ", ".join(sorted(set(constant)))
    parts.append(f"## No derivative passes\n\n{listed}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
