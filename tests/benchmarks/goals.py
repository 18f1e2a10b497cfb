"""What was aimed at, and whether it is met by what was measured (`results/`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean, geometric_mean

from kernels import ALL, IN_PLACE, LOSSES, PRODUCTS
from results import Row, load
from texts import factor, table

Rows = dict[str, Row]
Found = dict[str, float]
WORST = 5  # kernels that are named


def of_size(size: str) -> Rows:
    """The measurements at one size, in the order of the suite."""
    found = load(f"kernels-{size}")
    return {name: found[name] for name in ALL if name in found}


def ratio(row: Row, engine: str, other: str) -> float | None:
    """None if one of the two could not take the kernel."""
    if row["refused"].get(engine) or row["refused"].get(other):
        return None
    return row["ratios"].get(f"{engine}/{other}")


def known(rows: Rows, engine: str, other: str, names: Iterable[str] = ()) -> Found:
    wanted = set(names) or set(rows)
    found = {name: ratio(row, engine, other) for name, row in rows.items() if name in wanted}
    return {name: x for name, x in found.items() if x is not None}


def each(
    found: Found, met: Callable[[float], bool], most: bool = True, missing: Iterable[str] = ()
) -> tuple[str, str]:
    """How many meet a goal that every kernel has, at most or at least a number; and the worst of them."""
    worst = sorted(found, key=found.__getitem__, reverse=most)
    missed = [name for name in worst if not met(found[name])]
    shown = [f"{name} {factor(found[name])}" for name in (missed or worst)[:WORST]]
    count = len(missed) + len(list(missing))
    if len(missed) > WORST:
        shown.append(f"{len(missed) - WORST} more")
    if missing:
        shown.append(f"not compiled: {', '.join(missing)}")
    verdict = f"missed by {count} of {len(found) + len(list(missing))}" if count else "met"
    return verdict, ("worst: " if not missed else "") + ", ".join(shown)


def mean(found: Found, met: Callable[[float], bool], take: Callable[..., float]) -> tuple[str, str]:
    x = take(list(found.values()))
    return "met" if met(x) else "missed", factor(x)


def text() -> str:
    lines: list[tuple[str, str, str, str]] = []
    for size in ("small", "large"):
        rows = of_size(size)
        if rows:
            lines += [(goal, size, *found) for goal, found in kernel_goals(rows) if found is not None]
    lines += loss_goals()
    return table(("goal", "sizes", "", "found"), lines) if lines else ""


def kernel_goals(rows: Rows) -> list[tuple[str, tuple[str, str] | None]]:
    by_hand = known(rows, "transad", "by-hand")
    goals = [
        ("NumPy code: at most 1.15 times the derivative by hand, each", each(by_hand, lambda x: x <= 1.15)),
        ("NumPy code: gradient / function, geometric mean at most 2.5",
         mean(known(rows, "transad", "primal"), lambda x: x <= 2.5, geometric_mean)),
    ]  # fmt: skip
    compiled = known(rows, "transad-numba", "by-hand-numba")
    if compiled:
        missing = [name for name in rows if name not in compiled]
        goals.append(
            ("compiled: at most 1.3 times the derivative by hand, each",
             each(compiled, lambda x: x <= 1.3, missing=missing))
        )  # fmt: skip
    numpy = known(rows, "jax", "transad", IN_PLACE)
    if numpy:
        goals.append(
            (
                "NumPy code: not slower than JAX on loops that write in place",
                each(numpy, lambda x: x >= 1.0, most=False),
            )
        )
    jax = known(rows, "jax", "transad-numba")
    if jax:
        loops = {name: x for name, x in jax.items() if name not in PRODUCTS}
        products = {name: x for name, x in jax.items() if name in PRODUCTS}
        missing = [name for name in rows if name not in jax and name not in PRODUCTS]
        goals += [
            ("compiled: faster than JAX, each but products of matrices",
             each(loops, lambda x: x > 1.0, most=False, missing=missing)),
            ("compiled: on products of matrices at most 1.1 times JAX",
             each(products, lambda x: x >= 1 / 1.1, most=False)),
            ("JAX / compiled, geometric mean at least 8", mean(jax, lambda x: x >= 8.0, geometric_mean)),
            ("JAX / compiled, arithmetic mean at least 30", mean(jax, lambda x: x >= 30.0, fmean)),
        ]  # fmt: skip
    for engine, title in (("transad", "NumPy code"), ("transad-numba", "compiled")):
        first = {
            name: row["first"][engine] / row["first"]["jax"]
            for name, row in rows.items()
            if not row["refused"].get(engine) and {engine, "jax"} <= set(row["first"])
        }
        if first:
            goal = f"{title}: first call at most as long as JAX's, each"
            goals.append((goal, each(first, lambda x: x <= 1.0)))
    return goals


def loss_goals() -> list[tuple[str, str, str, str]]:
    goals = []
    for goal, size, engine, met in (
        ("losses: at least 5 times as fast as Autograd", "small", "autograd", lambda x: x >= 5.0),
        ("losses: not slower than Autograd", "large", "autograd", lambda x: x >= 1.0),
        ("losses: at most 1.5 times JAX", "large", "jax", lambda x: x >= 1 / 1.5),
    ):
        found = known(of_size(size), engine, "transad", LOSSES)
        if found:
            goals.append((goal, size, *each(found, met, most=False)))
    return goals
