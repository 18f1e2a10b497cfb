"""Random expressions over typed variables, as source text.

What is read is described by an environment: a dict from *place* to `Variable`. A place is any text
that can be read, and often written: `s`, `state.q`, `d["k"]`, `rows[0]`. Shapes are known while
generating, so every program is valid by construction. Expressions stay smooth and of moderate size:
denominators and arguments of roots and logarithms are at least 1, products have a bounded factor.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Number:
    """A float that may depend on the arguments."""


@dataclass(frozen=True)
class Index:
    """An integer in [low, high]."""

    low: int
    high: int


@dataclass(frozen=True)
class Array:
    shape: tuple[int, ...]


@dataclass
class Container:
    """A list, dict or tuple; its fixed slots are places of their own."""

    kind: str
    slots: dict  # key: type
    only_numbers: bool
    arrays: bool = False  # holds arrays of one shape


@dataclass(frozen=True)
class Function:
    parameters: tuple
    result: object
    pure: bool


@dataclass
class Variable:
    type: object
    rebindable: bool = True


@dataclass
class Expressions:
    rng: random.Random
    features: frozenset
    env: dict = field(default_factory=dict)
    loop_depth: int = 0

    def has(self, feature):
        return feature in self.features

    def chance(self, probability):
        return self.rng.random() < probability

    def places(self, kind, rebindable=False):
        """Places of a type (an instance: exactly that type; a class: any of it), recent ones first."""
        fits = (lambda t: isinstance(t, kind)) if isinstance(kind, type) else (lambda t: t == kind)
        found = [p for p, v in self.env.items() if fits(v.type) and (v.rebindable or not rebindable)]
        return found[::-1]

    def pick(self, kind, rebindable=False):
        """One such place, recent ones more often; None when there is none."""
        found = self.places(kind, rebindable)
        if not found:
            return None
        return found[min(int(self.rng.expovariate(0.5)), len(found) - 1)]

    def shape(self, place):
        return self.env[place].type.shape

    def constant(self):
        value = self.rng.choice([0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0])
        return f"-{value}" if self.chance(0.2) else f"{value}"

    def index(self, length):
        """An index valid for an axis of this length."""
        loop = [p for p in self.places(Index) if self.env[p].type.high < length]
        if loop and self.chance(0.7):
            place = self.rng.choice(loop)
            if self.env[place].type.low >= 1 and self.chance(0.4):
                return f"{place} - 1"
            return place
        return str(self.rng.choice([*range(length), -1, -length]))

    def element(self):
        """A read of one element of some array."""
        place = self.pick(Array)
        if place is None:
            return None
        return f"{place}[{', '.join(self.index(n) for n in self.shape(place))}]"

    # --- numbers ---------------------------------------------------------------------------

    def number(self, depth=2):
        if depth <= 0 or self.chance(0.25):
            return self.number_leaf()
        options = [self.number_binary] * 4 + [self.number_elementwise] * 2 + [self.reduction] * 2
        if self.has("branches"):
            options.append(self.number_conditional)
        if self.places(Index):
            options.append(self.number_of_index)
        if self.has("helpers"):
            options.append(lambda depth: self.call(Number(), depth))
        if self.has("comprehensions"):
            options.append(self.generator_sum)
        if self.has("lists"):
            options.append(self.sum_of_list)
        return self.rng.choice(options)(depth - 1)

    def number_leaf(self):
        place = self.pick(Number())
        if place is not None and self.chance(0.6):
            return place
        return (self.element() if self.chance(0.8) else None) or place or self.constant()

    def number_binary(self, depth):
        a = self.number(depth)
        kind = self.rng.choice(["+", "+", "-", "*", "*", "/", "const", "neg", "**"])
        if kind == "const":
            return f"({self.constant()} * {a})"
        if kind == "neg":
            return f"(-{a})"
        if kind == "**":
            return f"(({a}) ** 2)" if not self.loop_depth else f"({self.tame(depth)} ** 3)"
        if kind == "*":
            return f"({a} * {self.tame(depth)})"
        if kind == "/":
            return f"({a} / (1.5 + {self.number(depth)} ** 2))"
        return f"({a} {kind} {self.number(depth)})"

    def tame(self, depth):
        """A number of moderate size."""
        if self.chance(0.2):
            return self.constant()
        return f"{self.module()}.{self.rng.choice(['sin', 'cos', 'tanh'])}({self.number(depth)})"

    def module(self):
        return "math" if self.has("math") and self.chance(0.3) else "np"

    def number_elementwise(self, depth):
        a = self.number(depth)
        if self.chance(0.2):
            c = self.constant()
            return self.rng.choice([f"abs({a})", f"np.maximum({a}, {c})", f"max({a}, {c})", f"float({a})",
                                    f"np.minimum({a}, {self.number(depth)})"])  # fmt: skip
        return self.rng.choice(SMOOTH).format(m=self.module(), a=a)

    def number_conditional(self, depth):
        return f"({self.number(depth)} if {self.condition(1)} else {self.number(depth)})"

    def number_of_index(self, depth):
        place = self.rng.choice(self.places(Index))
        a = self.number(depth)
        return self.rng.choice([f"(({place} + 1) * {a})", f"({a} / ({place} + 2))", f"(0.5 * {place} + {a})"])

    def reduction(self, depth):
        place = self.pick(Array)
        if place is None:
            return self.number_leaf()
        a = self.array(self.shape(place), depth)
        kind = self.rng.choice(["sum", "sum", "mean", "prod", "max", "min", "method", "dot", "@"])
        if kind in ("dot", "@") and len(self.shape(place)) == 1:
            b = self.array(self.shape(place), depth)
            return f"np.dot({a}, {b})" if kind == "dot" else f"({a} @ {b})"
        if kind in ("max", "min", "prod"):
            return f"np.{kind}({a})" if kind != "prod" else f"np.prod(np.cos({a}))"
        return f"{place}.sum()" if kind == "method" else f"np.{kind if kind == 'mean' else 'sum'}({a})"

    def sum_of_list(self, depth):
        lists = [p for p, v in self.env.items() if isinstance(v.type, Container) and v.type.only_numbers]
        if not lists:
            return self.number_leaf()
        place = self.rng.choice(lists)
        return self.rng.choice([f"sum({place})", f"({place}[0] * len({place}))", f"max({place})"])

    def generator_sum(self, depth):
        comprehension = self.comprehended(depth)
        if comprehension is None:
            return self.number_leaf()
        return f"sum([{comprehension}])" if self.chance(0.3) else f"sum({comprehension})"

    def comprehended(self, depth):
        """`... for e in v`, the inside of a comprehension over some vector."""
        vectors = [p for p in self.places(Array) if len(self.shape(p)) == 1]
        if not vectors:
            return None
        place = self.rng.choice(vectors)
        index = {"k": Index(0, self.shape(place)[0] - 1)} if self.chance(0.3) else {}
        with Temporarily(self.env, e=Number(), **index):
            item = f"{self.tame(depth)} * e"
        return f"{item} for k, e in enumerate({place})" if index else f"{item} for e in {place}"

    def call(self, result, depth):
        """A call of a function that changes nothing, or some number."""
        functions = [p for p, v in self.env.items()
                     if isinstance(v.type, Function) and v.type.pure and v.type.result == result]  # fmt: skip
        if not functions:
            return self.value(result, depth)
        place = self.rng.choice(functions)
        arguments = self.arguments(self.env[place].type, depth)
        return f"{place}({', '.join(arguments)})" if arguments else self.value(result, depth)

    def arguments(self, function, depth):
        """Argument texts for a function; mutating functions are given places, not expressions."""
        texts = []
        for type_ in function.parameters:
            if isinstance(type_, Array) and (not function.pure or self.chance(0.5)):
                place = self.pick(type_)
                if place is None:
                    return None
                texts.append(place)
            else:
                texts.append(self.value(type_, depth))
        return texts

    def value(self, type_, depth=1):
        return self.number(depth) if isinstance(type_, Number) else self.array(type_.shape, depth)

    # --- arrays ----------------------------------------------------------------------------

    def array(self, shape, depth=2):
        """An expression of exactly this shape."""
        if depth <= 0 or self.chance(0.25):
            return self.array_leaf(shape)
        options = [self.array_binary] * 4 + [self.array_elementwise] * 3 + [self.array_shaped] * 2
        if self.has("helpers"):
            options.append(lambda shape, depth: self.call(Array(shape), depth))
        return self.rng.choice(options)(shape, depth - 1)

    def array_leaf(self, shape):
        place = self.pick(Array(shape))
        if place is not None and self.chance(0.7):
            return place
        return self.part(shape) or place or self.made(shape)

    def part(self, shape):
        """A view of a larger array that has this shape; None when there is none."""
        fits = []
        for place in self.places(Array):
            have = self.shape(place)
            if len(have) == 2 and have[1:] == shape:
                fits.append(f"{place}[{self.index(have[0])}]")
            if len(have) == 2 and have[:1] == shape:
                fits.append(f"{place}[:, {self.index(have[1])}]")
            if len(have) == 2 and have[::-1] == shape:
                fits.append(f"{place}.T")
            if len(have) == len(shape) == 1 and have[0] > shape[0]:
                fits.append(f"{place}[{have[0] - shape[0]}:]")
                fits.append(f"{place}[:{shape[0] - have[0]}]")
            if len(have) == len(shape) == 1 and have == shape:
                fits.append(f"{place}[::-1]")
            if self.has("fancy") and len(have) == len(shape) == 1:
                fits.append(f"{place}[{[self.rng.randrange(have[0]) for _ in range(shape[0])]}]")
        return self.rng.choice(fits) if fits else None

    def made(self, shape):
        """An array built from numbers."""
        if len(shape) == 1 and self.chance(0.6):
            return f"np.array([{', '.join(self.number(1) for _ in range(shape[0]))}])"
        size = shape[0] if len(shape) == 1 else shape
        return self.rng.choice([f"np.full({size}, {self.number(1)})", f"(np.ones({size}) * {self.number(1)})",
                                f"np.zeros({size})"])  # fmt: skip

    def array_binary(self, shape, depth):
        a = self.array(shape, depth)
        b = self.array(shape, depth) if self.chance(0.5) else self.broadcast(shape, depth)
        kind = self.rng.choice(["+", "-", "*", "*", "/", "**"])
        if kind == "*":
            return f"({a} * np.{self.rng.choice(['sin', 'cos', 'tanh'])}({b}))"
        if kind == "/":
            return f"({a} / (1.5 + {b} ** 2))"
        if kind == "**":
            return f"(({a}) ** 2)" if not self.loop_depth else f"(np.sin({a}) ** 2)"
        return f"({a} {kind} {b})"

    def broadcast(self, shape, depth):
        """Something that broadcasts to the shape."""
        if len(shape) == 2 and self.chance(0.5):
            if self.chance(0.5):
                return self.array(shape[1:], depth)
            return f"({self.array(shape[:1], depth)})[:, None]"
        return self.number(depth)

    def array_elementwise(self, shape, depth):
        a = self.array(shape, depth)
        if self.chance(0.15):
            c = self.constant()
            where = f"np.where({a} > {c}, {self.array(shape, depth)}, {self.number(1)})"
            clipped = f"np.clip({a}, -0.9, 1.4)"
            return self.rng.choice([f"np.abs({a})", f"np.maximum({a}, {c})", clipped, where])
        return self.rng.choice(SMOOTH).format(m="np", a=a)

    def array_shaped(self, shape, depth):
        """An expression in which shapes change."""
        if len(shape) == 2:
            rows, columns = shape
            options = [
                lambda: f"np.outer({self.array((rows,), depth)}, {self.array((columns,), depth)})",
                lambda: f"({self.array((columns, rows), depth)}).T",
                lambda: f"np.stack([{', '.join(self.array((columns,), depth) for _ in range(rows))}])",
            ]
            if self.places(Array((rows * columns,))):
                options.append(lambda: f"{self.pick(Array((rows * columns,)))}.reshape({rows}, {columns})")
            return self.rng.choice(options)()
        (length,) = shape
        options = [lambda: f"({self.array(shape, depth)}).copy()"]
        if length > 2:
            cut = self.rng.randrange(1, length)
            options.append(
                lambda: f"np.concatenate([{self.array((cut,), depth)}, {self.array((length - cut,), depth)}])"
            )
        for place in self.places(Array):
            have = self.shape(place)
            if len(have) == 2 and have[0] == length:
                options.append(lambda p=place, h=have: f"({p} @ {self.array((h[1],), depth)})")
                options.append(lambda p=place: f"{p}.sum(axis=1)")
            if len(have) == 2 and have[1] == length:
                options.append(lambda p=place: f"np.mean({p}, axis=0)")
        return self.rng.choice(options)()

    # --- conditions ------------------------------------------------------------------------

    def condition(self, depth=1):
        kind = self.rng.choice(["const", "const", "pair", "index", "bool", "chain"])
        if kind == "bool" and depth:
            a, b = self.condition(0), self.condition(0)
            return self.rng.choice([f"{a} and {b}", f"{a} or {b}", f"not {a}"])
        if kind == "index" and self.places(Index):
            place = self.rng.choice(self.places(Index))
            return self.rng.choice([f"{place} % 2 == 0", f"{place} > 0", f"{place} == 1", f"{place} != 1"])
        if kind == "chain" and self.has("chains"):
            return f"-0.3 < {self.number_leaf()} <= 1.25"
        if kind == "pair":
            return f"{self.number(1)} < {self.number(1)}"
        return f"{self.number(1)} {self.rng.choice('<>')} {self.constant()}"


SMOOTH = [
    "{m}.sin({a})",
    "{m}.cos({a})",
    "{m}.tanh({a})",
    "{m}.sqrt(1.0 + ({a}) ** 2)",
    "{m}.log(1.5 + ({a}) ** 2)",
    "{m}.exp(-({a}) ** 2)",
    "{m}.exp(0.3 * {m}.sin({a}))",
    "((1.0 + ({a}) ** 2) ** 1.5 * 0.3)",
    "(1.0 / (1.2 + ({a}) ** 2))",
]


class Temporarily:
    """Variables that exist only inside a comprehension."""

    def __init__(self, env, **types):
        self.env, self.types = env, types

    def __enter__(self):
        self.hidden = {name: self.env.pop(name) for name in self.types if name in self.env}
        self.env.update({name: Variable(type_, False) for name, type_ in self.types.items()})

    def __exit__(self, *exc):
        for name in self.types:
            del self.env[name]
        self.env.update(self.hidden)
