"""A seedable generator of random NumPy programs, as source text with sample arguments.

A program is `def f(x, y, ...)` returning a float, preceded by the helpers it calls. Each class of
features can be switched off: `STRAIGHT` has none of them, `BASIC` those of straight numerical code,
`ALL` those of data and functions, `WIDE` everything. Whether a program is smooth where it is sampled
is for the check to find out.
"""

from __future__ import annotations

import ast
import contextlib
import random
from dataclasses import dataclass

import numpy as np

from .expressions import Array, Container, Expressions, Function, Index, Number, Variable
from .wider import Wider

STRAIGHT = frozenset()
BASIC = frozenset(
    ("branches", "loops", "while", "exits", "inplace", "aliases", "views", "helpers", "mutating_helpers")
    + ("tuples", "math")
)
ALL = BASIC | frozenset(
    ("lists", "dicts", "containers", "objects", "closures", "recursion", "comprehensions", "exceptions")
    + ("chains", "fancy", "masks", "rows", "out", "writers", "through", "items")
)
WIDE = ALL | frozenset(
    ("generators", "nonlocal", "dict_methods", "starred", "sorted", "dataclasses", "match", "loop_else")
    + ("finally", "shared")
)
NAMED_FEATURES = {"straight": STRAIGHT, "basic": BASIC, "all": ALL, "wide": WIDE}

LOCAL = {"recursion", "closures", "objects", "dataclasses"}  # not in helpers

STATE = """
class State:
    def __init__(self, q, p):
        self.q = q
        self.p = p
    def step(self, h):
        {update}
        self.p -= h * np.sin(self.q).sum()
        return self
    def energy(self, m):
        return 0.5 * self.p ** 2 + m * np.mean(np.cos(self.q))
"""


@dataclass(frozen=True)
class Program:
    source: str
    args: tuple
    wrt: tuple[int, ...]
    seed: int = 0

    def text(self) -> str:
        """The program as a module that can be run by itself."""
        with np.printoptions(precision=17, floatmode="unique"):
            args = repr(self.args).replace("array(", "np.array(")
        return f"{self.source}\n\n\nARGUMENTS = {args}\nWRT = {self.wrt!r}\n"


def generate(seed: int, features=ALL) -> Program:
    """The program of this seed."""
    rng = random.Random(seed)
    writer = Writer(rng, frozenset(features))
    args, names, env = _arguments(rng, writer.features)
    if writer.has("helpers"):
        for k in range(rng.choice([0, 1, 1, 2])):
            if writer.has("shared") and writer.chance(0.5):
                writer.shared_helper(f"h{k}", Writer(rng, writer.features - LOCAL))
            else:
                writer.helper(f"h{k}")
    if writer.has("recursion") and writer.chance(0.15):
        writer.recursive_helper()
    if writer.has("objects") and writer.chance(0.3):
        writer.classes()
    if writer.has("dataclasses") and writer.chance(0.3):
        writer.dataclasses()
    functions = writer.env
    writer.env = {**functions, **env}
    writer.line(f"def f({', '.join(names)}):")
    with writer.indented():
        for _ in range(rng.randrange(3, 11)):
            writer.statement()
        writer.final()
    tree = ast.parse("\n".join(writer.lines))
    imports = "\nfrom dataclasses import dataclass" if "Body" in writer.env else ""
    parts = [f"import math\nimport numpy as np{imports}", *map(ast.unparse, tree.body)]
    wrt = tuple(range(len(args))) if rng.random() < 0.7 else (rng.randrange(len(args)),)
    return Program("\n\n\n".join(parts), args, wrt, seed)


def _arguments(rng, features):
    """Sample arguments, their names, and the variables they are.

    All numbers differ from each other, also in size, and from all constants: nothing is sampled at a tie.
    """
    sizes = iter(rng.sample(range(20, 160), 100))

    def sample(shape):
        count = int(np.prod(shape, initial=1))
        values = [rng.choice([1, 1, -1]) * (10 * next(sizes) + 3) / 1000 for _ in range(count)]
        return np.array(values).reshape(shape) if shape else values[0]

    args, names, env = [], rng.sample(["x", "y", "z", "a", "b"], rng.choice([1, 2, 2, 3])), {}
    for name in names:
        kinds = ["number", "vector", "vector", "matrix"]
        kind = rng.choice(kinds + ["list", "dict", "tuple"] * ("containers" in features))
        if kind == "list":
            args.append([sample(()) for _ in range(3)])
            slots = dict.fromkeys(range(3), Number())
        elif kind in ("dict", "tuple"):
            slots = {"k": Number(), "v": Array((3,))} if kind == "dict" else {0: Number(), 1: Array((2,))}
            parts = [sample(getattr(t, "shape", ())) for t in slots.values()]
            args.append(dict(zip(slots, parts, strict=True)) if kind == "dict" else tuple(parts))
        else:
            shape = {"number": (), "vector": (rng.randrange(2, 5),),
                     "matrix": (rng.randrange(2, 4), rng.randrange(2, 4))}[kind]  # fmt: skip
            args.append(sample(shape))
            env[name] = Variable(Array(shape) if shape else Number())
            continue
        _declare(env, name, Container(kind, slots, kind == "list"))
    return tuple(args), names, env


def _declare(env, name, container):
    """A container and its slots as places."""
    env[name] = Variable(container, rebindable=False)
    for key, type_ in container.slots.items():
        env[f"{name}[{key!r}]"] = Variable(type_, rebindable=container.kind != "tuple")


class Writer(Wider, Expressions):
    """Writes statements; `env` always says what is defined at this point on every path."""

    def __init__(self, rng, features):
        super().__init__(rng, features)
        self.lines = []
        self.level = 0  # of indentation
        self.depth = 0  # of nested blocks
        self.result = Number()  # what a return statement has to return
        self.can_continue = False
        self.count = 0
        self.over_list = False  # inside a loop over a list, which must not grow
        self.pure = False  # inside a function that must not write to what it is given

    def line(self, text):
        self.lines.append("    " * self.level + text)

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    @contextlib.contextmanager
    def indented(self):
        """A suite; names it introduces are unknown afterwards."""
        outer, self.env = self.env, dict(self.env)
        self.level += 1
        yield
        self.level -= 1
        self.env = outer

    @contextlib.contextmanager
    def body(self, loop=False, can_continue=False, over_list=False):
        """The suite of a branch or loop."""
        saved = self.can_continue, self.loop_depth, self.over_list
        self.depth += 1
        if loop:
            self.can_continue, self.loop_depth = can_continue, self.loop_depth + 1
            self.over_list = self.over_list or over_list
        with self.indented():
            yield
        self.depth -= 1
        self.can_continue, self.loop_depth, self.over_list = saved

    def statements(self):
        for _ in range(self.rng.choice([1, 2, 2, 3])):
            self.statement()

    def statement(self):
        """One statement of a random kind that is possible here."""
        kinds = [(4, self.assign_number), (4, self.assign_array), (2, self.augment_number)]
        for weight, name, write in [
            (2 - (self.depth > 0), "inplace", self.make_buffer),
            (8, "inplace", self.write_array),
            (3, "inplace", self.augment_array),
            (2, "aliases", self.alias),
            (4, "views", self.view),
            (2, "tuples", self.tuple_statement),
            (3, "helpers", self.call_statement),
            (2 - (self.depth > 1), "lists", self.list_statement),
            (1 * (self.depth < 2), "dicts", self.dict_statement),
            (1, "comprehensions", self.comprehension),
            (1, "fancy", self.fancy_write),
            (1, "masks", self.mask_write),
            (1, "rows", self.swap_rows),
            (1, "out", self.write_out),
            (1, "writers", self.write_by_function),
            (1, "through", self.write_through),
            (1, "items", self.write_items),
            (2 - (self.depth > 0), "objects", self.object_statement),
            (3 * (self.depth < 3), "branches", self.branch),
            (4 * (self.loop_depth < 2 and self.depth < 3), "loops", self.for_loop),
            (2 * (self.loop_depth < 2 and self.depth < 3), "while", self.while_loop),
            (2 * (self.depth > 0), "exits", self.exit),
            (1 * (self.depth == 0), "exits", self.exit),
            (1 * (self.depth < 2), "closures", self.closure),
            (1 * (self.depth < 2), "exceptions", self.exception),
            (1 * (self.depth < 2 and self.loop_depth < 2), "generators", self.generator_function),
            (1 * (self.depth < 2), "nonlocal", self.counter),
            (1 * (self.depth < 3), "dict_methods", self.dict_methods),
            (1, "starred", self.starred),
            (2, "sorted", self.sorted_loop),
            (3 - (self.depth > 0), "dataclasses", self.dataclass_statement),
            (1 * (self.depth < 3), "match", self.match),
            (1 * (self.loop_depth < 2 and self.depth < 3), "loop_else", self.loop_with_else),
            (1 * (self.depth < 2), "finally", self.try_with_finally),
        ]:
            if name in self.features and weight:
                kinds.append((weight, write))
        while True:
            weights, writers = zip(*kinds, strict=True)
            if self.rng.choices(writers, weights)[0]():
                return

    # --- straight line ---------------------------------------------------------------------

    def set(self, place, type_, text):
        self.line(f"{place} = {text}")
        if place not in self.env:
            self.env[place] = Variable(type_)
        return True

    def assign_number(self):
        place = self.pick(Number(), rebindable=True) if self.chance(0.8 if self.depth else 0.4) else None
        text = self.number(3)
        if place and self.loop_depth and self.chance(0.6):
            text = f"np.sin({text})"
        return self.set(place or self.fresh("s"), Number(), text)

    def any_shape(self):
        place = self.pick(Array)
        if place is not None and self.chance(0.8):
            return self.shape(place)
        return (self.rng.randrange(2, 5),) if self.chance(0.6) else (2, self.rng.randrange(2, 4))

    def assign_array(self):
        place = self.pick(Array, rebindable=True) if self.chance(0.7 if self.depth else 0.3) else None
        shape = self.shape(place) if place else self.any_shape()
        text = self.array(shape, 3)
        if place and self.loop_depth and self.chance(0.6):
            text = f"np.tanh({text})"
        return self.set(place or self.fresh("v"), Array(shape), text)

    def augment_number(self):
        place = self.pick(Number(), rebindable=True)
        if place is None:
            return False
        self.line(self.augmented(place, self.number(2), self.tame(1)))
        return True

    def augmented(self, place, text, tame):
        operator = self.rng.choice(["+", "+", "-", "*", "/"])
        operand = {"*": tame, "/": f"(1.5 + ({tame}) ** 2)"}.get(operator, text)
        return f"{place} {operator}= {operand}"

    # --- arrays in place -------------------------------------------------------------------

    def make_buffer(self):
        shape = self.any_shape()
        size = shape[0] if len(shape) == 1 else shape
        place = self.pick(Array(shape))
        options = [f"np.zeros({size})", f"np.ones({size})", f"np.full({size}, 0.5)"]
        if place:
            options += [f"np.zeros_like({place})", f"np.ones_like({place})", f"{place}.copy()"]
        return self.set(self.fresh("b"), Array(shape), self.rng.choice(options))

    def target(self, shape):
        """An element or slice of an array of this shape, and the shape of that."""
        subscripts, left = [], []
        for length in shape:
            kind = self.rng.choice(["element", "element", "all", *["from", "to"] * (length > 1)])
            if kind == "element":
                subscripts.append(self.index(length))
            elif kind == "all":
                subscripts.append(":")
                left.append(length)
            else:
                subscripts.append("1:" if kind == "from" else ":-1")
                left.append(length - 1)
        while subscripts[-1] == ":" and len(subscripts) > 1 and self.chance(0.7):
            subscripts.pop()
        return f"[{', '.join(subscripts)}]", tuple(left)

    def writable(self):
        return None if self.pure else self.pick(Array)

    def write_array(self):
        place = self.writable()
        if place is None:
            return False
        subscript, shape = self.target(self.shape(place))
        if self.chance(0.5):
            self.line(f"{place}{subscript} = {self.filling(shape)}")
        else:
            self.line(self.augmented(f"{place}{subscript}", self.filling(shape), self.tame(1)))
        return True

    def filling(self, shape):
        """What can be written to a target of this shape."""
        if not shape or self.chance(0.3):
            return self.number(2)
        return self.array(shape[1:], 2) if len(shape) == 2 and self.chance(0.3) else self.array(shape, 2)

    def augment_array(self):
        place = self.writable()
        if place is None or not self.env[place].rebindable:
            return False
        self.line(self.augmented(place, self.filling(self.shape(place)), self.tame(1)))
        return True

    def alias(self):
        place = self.pick(Array) if self.chance(0.7) else self.pick(Number())
        if place is None or (self.pure and isinstance(self.env[place].type, Array)):
            return False
        return self.set(self.fresh("c"), self.env[place].type, place)

    def view(self):
        place = self.writable()
        if place is None:
            return False
        shape = self.shape(place)
        size = int(np.prod(shape))
        if shape[-1] < 2:
            return False
        options = [(f"{place}.T", shape[::-1]), (f"{place}[:]", shape), (f"{place}[::-1]", shape)]
        if len(shape) == 2:
            options += [
                (f"{place}[{self.index(shape[0])}]", shape[1:]),
                (f"{place}[:, {self.index(shape[1])}]", shape[:1]),
                (f"{place}.reshape(-1)", (size,)),
                (f"{place}.ravel()", (size,)),
                (f"{place}[:, 1:]", (shape[0], shape[1] - 1)),
            ]
        else:
            options += [(f"{place}[1:]", (size - 1,)), (f"{place}[:-1]", (size - 1,)),
                        (f"{place}[::2]", ((size + 1) // 2,))]  # fmt: skip
            if size == 4:
                options += [(f"{place}.reshape(2, 2)", (2, 2)), (f"{place}.reshape((2, 2))", (2, 2))]
        text, shape = self.rng.choice(options)
        return self.set(self.fresh("w"), Array(shape), text)

    def fancy_write(self):
        place = self.writable()
        if place is None or len(self.shape(place)) != 1 or self.shape(place)[0] < 2:
            return False
        (length,) = self.shape(place)
        chosen = self.rng.sample(range(length), 2)
        if self.chance(0.5):
            self.line(f"{place}[{chosen}] = {self.filling((2,))}")
        else:
            chosen.append(chosen[0])
            self.line(f"{place}[{chosen}] += {self.filling((3,))}")
        return True

    def mask_write(self):
        place = self.writable()
        if place is None:
            return False
        test = f"{place} {self.rng.choice('<>')} {self.constant()}"
        if self.chance(0.5):
            mask = self.fresh("mask")
            self.line(f"{mask} = {test}")
            self.line(f"{place}[{mask}] = np.sin({place}[{mask}]) * {self.number(1)}")
        else:
            self.line(f"{place}[{test}] *= {self.number(1)}")
        return True

    def swap_rows(self):
        place = self.writable()
        if place is None:
            return False
        i, j = self.rng.sample(range(self.shape(place)[0]), 2) if self.shape(place)[0] > 1 else (0, 0)
        self.line(f"{place}[{i}], {place}[{j}] = {place}[{j}], {place}[{i}]")
        return True

    def write_out(self):
        place = self.writable()
        if place is None:
            return False
        function, shape = self.rng.choice(["add", "multiply", "subtract"]), self.shape(place)
        self.line(f"np.{function}({self.array(shape, 1)}, np.sin({self.array(shape, 1)}), out={place})")
        return True

    def write_by_function(self):
        place = self.writable()
        if place is None:
            return False
        shape = self.shape(place)
        size = int(np.prod(shape))
        kinds = ["copyto", "fill", "put"] + ["at", "sort"] * (len(shape) == 1 and size > 1)
        kind = self.rng.choice(kinds)
        chosen = [self.rng.randrange(size) for _ in range(3)]
        text = {
            "copyto": f"np.copyto({place}, {self.filling(shape)})",
            "fill": f"{place}.fill({self.number(1)})",
            "put": f"np.put({place}, {chosen[:1]}, {self.number(1)})",
            "at": f"np.add.at({place}, {chosen}, {self.array((3,), 1)})",
            "sort": f"{place}.sort()",
        }[kind]
        self.line(text)
        return True

    def write_through(self):
        """A write to a view that has no name."""
        place = self.writable()
        if place is None:
            return False
        shape = self.shape(place)
        size = int(np.prod(shape))
        views = [(f"{place}.T", shape[::-1]), (f"{place}[::-1]", shape), (f"{place}.reshape(-1)", (size,)),
                 (f"{place}[:]", shape), (f"{place}.ravel()", (size,))]  # fmt: skip
        text, shape = self.rng.choice(views)
        subscript, shape = self.target(shape)
        self.line(self.augmented(f"{text}{subscript}", self.filling(shape), self.tame(1)))
        return True

    def write_items(self):
        """Arrays of one shape in a list, tuple or dict, and a loop that writes to them."""
        place = self.writable()
        others = place and [p for p in self.places(self.env[place].type)]
        if not others or self.loop_depth > 1 or self.depth > 2:
            return False
        other, shape = self.rng.choice(others), self.shape(place)
        arrays = self.rng.choice(["[{}, {}]", "({}, {})", "{{0: {}, 1: {}}}.values()"]).format(place, other)
        name = self.fresh("r")
        self.line(f"for {name} in {arrays}:")
        with self.body(loop=True, can_continue=True):
            self.env[name] = Variable(Array(shape), rebindable=False)
            subscript, part = self.target(shape)
            self.line(self.augmented(f"{name}{subscript}", self.filling(part), self.tame(1)))
        return True

    # --- tuples, lists, dicts, objects -----------------------------------------------------

    def tuple_statement(self):
        kind = self.rng.choice(["swap", "swap", "two", "pack", "nested"])
        if kind == "swap":
            place = self.pick(self.rng.choice([Number, Array]), rebindable=True)
            others = place and [p for p in self.places(self.env[place].type, rebindable=True) if p != place]
            if not others:
                return False
            other = self.rng.choice(others)
            self.line(f"{place}, {other} = {other}, {place}")
            return True
        shape = self.any_shape()
        if kind == "pack":
            name = self.fresh("t")
            self.line(f"{name} = ({self.number(2)}, {self.array(shape, 1)})")
            _declare(self.env, name, Container("tuple", {0: Number(), 1: Array(shape)}, False))
            return True
        a, b, c = (self.fresh("p") for _ in range(3))
        if kind == "two":
            self.line(f"{a}, {b} = {self.number(2)}, {self.array(shape, 1)}")
        else:
            self.line(f"({a}, {b}), {c} = ({self.number(1)}, {self.array(shape, 1)}), {self.number(1)}")
            self.env[c] = Variable(Number())
        self.env[a], self.env[b] = Variable(Number()), Variable(Array(shape))
        return True

    def list_statement(self):
        lists = [p for p, v in self.env.items() if isinstance(v.type, Container) and v.type.kind == "list"]
        growing = [p for p in lists if self.env[p].type.only_numbers] if not self.over_list else []
        if growing and self.chance(0.6):
            place = self.rng.choice(growing)
            kind = self.rng.choice(["append", "append", "extend", "pop", "last", "insert"])
            if kind == "pop":
                self.line(f"{place}.append({self.number(1)})")
                return self.set(self.fresh("s"), Number(), f"{place}.pop({self.rng.choice(['', '0'])})")
            a, b = self.number(2), self.number(1)
            self.line({"append": f"{place}.append({a})", "insert": f"{place}.insert(0, {b})",
                       "extend": f"{place} += [{a}, {b}]", "last": f"{place}[-1] = {a}"}[kind])  # fmt: skip
            return True
        if lists and self.chance(0.3):
            place = self.rng.choice(lists)
            name, container = self.fresh("q"), self.env[place].type
            self.line(f"{name} = {place}")
        else:
            name, shape = self.fresh("q"), self.any_shape()
            type_ = Array(shape) if self.chance(0.3) else Number()
            parts = [self.value(type_, 1) for _ in range(2)]
            self.line(f"{name} = [{', '.join(parts)}]")
            container = Container("list", {0: type_, 1: type_}, type_ == Number(), type_ != Number())
        _declare(self.env, name, container)
        return True

    def dict_statement(self):
        dicts = [p for p, v in self.env.items() if isinstance(v.type, Container) and v.type.kind == "dict"]
        if dicts and self.chance(0.5):
            place = self.rng.choice(dicts)
            key = self.rng.choice(["m", "n"])
            if f"{place}[{key!r}]" in self.env:
                return False
            return self.set(f"{place}[{key!r}]", Number(), self.number(2))
        name, shape = self.fresh("d"), self.any_shape()
        self.line(f"{name} = {{'k': {self.number(2)}, 'v': {self.array(shape, 1)}}}")
        _declare(self.env, name, Container("dict", {"k": Number(), "v": Array(shape)}, False))
        return True

    def comprehension(self):
        comprehension, name = self.comprehended(1), self.fresh("l")
        if comprehension is None:
            return False
        self.line(f"{name} = [{comprehension}]")
        _declare(self.env, name, Container("list", {0: Number(), -1: Number()}, True))
        return True

    def object_statement(self):
        if "State" not in self.env:
            return False
        objects = [p for p, v in self.env.items() if isinstance(v.type, Container) and v.type.kind == "State"]
        if objects and self.chance(0.7):
            place = self.rng.choice(objects)
            if self.chance(0.3):
                return self.set(self.fresh("s"), Number(), f"{place}.energy({self.number(1)})")
            self.line(f"{place}.step({self.rng.choice(['0.1', self.tame(1)])})")
            return True
        name, shape = self.fresh("state"), self.any_shape()
        self.line(f"{name} = State({self.array(shape, 1)}, {self.number(1)})")
        self.env[name] = Variable(Container("State", {}, False), rebindable=False)
        self.env[f"{name}.q"], self.env[f"{name}.p"] = Variable(Array(shape)), Variable(Number())
        return True

    def classes(self):
        updates = ["self.q += h * self.p", "self.q = self.q + h * self.p", "self.q[0] += h * self.p"]
        self.lines.append(STATE.format(update=self.rng.choice(updates)))
        self.env["State"] = Variable(Container("class", {}, False), rebindable=False)

    # --- functions -------------------------------------------------------------------------

    def helper(self, name):
        """A module-level function, written like the program itself."""
        mutating = self.has("mutating_helpers") and self.chance(0.5)
        shape = (self.rng.randrange(2, 4),) if self.chance(0.7) else (2, 2)
        parameters = self.rng.choice([(Number(), Number()), (Array(shape), Number()), (Array(shape),)])
        if mutating:
            parameters = (Array(shape), Number())
        result = self.rng.choice([Number(), Number(), Array(shape)])
        inner = Writer(self.rng, self.features - LOCAL)
        inner.result, inner.pure, inner.level = result, not mutating, self.level
        names = ["u", "t"] if isinstance(parameters[0], Array) else ["t", "r"]
        inner.env = {n: Variable(type_) for n, type_ in zip(names, parameters, strict=False)}
        default = "=0.7" if not mutating and parameters[-1] == Number() and self.chance(0.3) else ""
        inner.line(f"def {name}({', '.join(names[: len(parameters)])}{default}):")
        with inner.indented():
            for _ in range(self.rng.randrange(1, 4)):
                inner.statement()
            if mutating:
                inner.line(f"u[{inner.index(shape[0])}] {self.rng.choice(['=', '+=', '*='])} {inner.tame(1)}")
            inner.line(f"return {self.outcome(inner)}")
        self.lines += inner.lines
        self.env[name] = Variable(Function(parameters, result, not mutating), rebindable=False)

    @staticmethod
    def outcome(inner):
        return inner.value(inner.result, 2) if not inner.pure else f"np.sin({inner.value(inner.result, 2)})"

    def recursive_helper(self):
        inner = Writer(self.rng, self.features & {"math"})
        inner.env = {"t": Variable(Number())}
        self.lines += ["def rec(n, t):", "    if n == 0:", f"        return {inner.number(2)}",
                       f"    return {inner.tame(1)} * rec(n - 1, {inner.tame(2)}) + t"]  # fmt: skip
        self.env["rec"] = Variable(Container("recursive", {}, False), rebindable=False)

    def call_statement(self):
        if "rec" in self.env and self.chance(0.5):
            return self.set(self.fresh("s"), Number(), f"rec({self.rng.randrange(4)}, {self.number(1)})")
        functions = [p for p, v in self.env.items() if isinstance(v.type, Function)]
        if not functions:
            return False
        place = self.rng.choice(functions)
        function = self.env[place].type
        if self.pure and not function.pure:
            return False
        arguments = self.arguments(function, 1)
        if not arguments:
            return False
        call = f"{place}({', '.join(arguments)})"
        if not function.pure and self.chance(0.4):
            self.line(call)
            return True
        return self.set(self.fresh("r"), function.result, call)

    def closure(self):
        """A nested function or lambda that reads the variables around it."""
        name = self.fresh("g")
        inner = Expressions(self.rng, self.features, {**self.env, "t": Variable(Number())}, self.loop_depth)
        if self.chance(0.5):
            self.line(f"{name} = lambda t: {inner.number(2)}")
        else:
            array = self.writable()
            self.line(f"def {name}(t):")
            if array and self.chance(0.4) and array in self.env:
                index = ", ".join(map(str, (self.rng.randrange(n) for n in self.shape(array))))
                self.line(f"    {array}[{index}] += t * {inner.tame(1)}")
                self.line(f"    return {inner.number(2)}")
                self.env[name] = Variable(Function((Number(),), Number(), False), rebindable=False)
                return True
            self.line(f"    return {inner.number(2)}")
        self.env[name] = Variable(Function((Number(),), Number(), True), rebindable=False)
        return True

    # --- control flow ----------------------------------------------------------------------

    def branch(self):
        self.line(f"if {self.condition()}:")
        with self.body():
            self.statements()
        if self.chance(0.3):
            self.line(f"elif {self.condition()}:")
            with self.body():
                self.statements()
        if self.chance(0.5):
            self.line("else:")
            with self.body():
                self.statements()
        return True

    def for_loop(self):
        header, variables, over_list = self.loop_header()
        self.line(f"for {header}:")
        with self.body(loop=True, can_continue=True, over_list=over_list):
            for name, type_ in variables.items():
                self.env[name] = Variable(type_, rebindable=not isinstance(type_, Index))
            self.statements()
        if self.has("exceptions") and self.chance(0.1):
            self.line("else:")
            with self.body():
                self.statements()
        return True

    def loop_header(self):
        i, e, g = self.fresh("i"), self.fresh("e"), self.fresh("e")
        array = None if self.pure else self.pick(Array)
        options = [
            (f"{i} in range({(n := self.rng.randrange(1, 5))})", {i: Index(0, n - 1)}),
            (f"{i} in range(1, 4)", {i: Index(1, 3)}),
            (f"{i} in range(2, 0, -1)", {i: Index(1, 2)}),
            (f"{i} in reversed(range(3))", {i: Index(0, 2)}),
            (f"{e} in [{self.constant()}, {self.constant()}]", {e: Number()}),
            (f"{e} in ({self.number(1)}, {self.number(1)})", {e: Number()}),
        ]
        lists = [p for p, v in self.env.items() if isinstance(v.type, Container) and v.type.only_numbers]
        if lists and not self.over_list:
            place = self.rng.choice(lists)
            chosen = [(f"{e} in {place}", {e: Number()}), (f"{i}, {e} in enumerate({place})", {e: Number()})]
            if self.chance(0.4):
                return *self.rng.choice(chosen), True
        if array is not None:
            length, rest = self.shape(array)[0], self.shape(array)[1:]
            if length:
                item = Array(rest) if rest else Number()
                index = Index(0, length - 1)
                options += 2 * [
                    (f"{i} in range(len({array}))", {i: index}),
                    (f"{e} in {array}", {e: item}),
                    (f"{i}, {e} in enumerate({array})", {i: index, e: item}),
                    (f"{e}, {g} in zip({array}, {self.array((length,), 1)})", {e: item, g: Number()}),
                ]
        return *self.rng.choice(options), False

    def while_loop(self):
        kind = self.rng.choice(["up", "down", "value"])
        if kind == "value":
            place = self.fresh("s")
            self.line(f"{place} = {self.number(2)}")
            self.line(f"while abs({place}) > {self.rng.choice([0.3, 0.5, 0.7])}:")
            with self.body(loop=True, can_continue=True):
                self.line(f"{place} = {self.rng.choice([0.3, 0.5, 0.6])} * {place}")
                self.env[place] = Variable(Number(), rebindable=False)
                self.statements()
            self.env[place] = Variable(Number())
            return True
        k, n = self.fresh("k"), self.rng.randrange(1, 4)
        self.line(f"{k} = {0 if kind == 'up' else n}")
        self.line(f"while {k} < {n}:" if kind == "up" else f"while {k} > 0:")
        with self.body(loop=True):
            first = self.chance(0.3)
            if first:
                self.line(f"{k} {'+' if kind == 'up' else '-'}= 1")
            low = int((kind == "up") == first)
            self.env[k] = Variable(Index(low, low + n - 1), False)
            self.can_continue = first
            self.statements()
            if not first:
                self.line(f"{k} {'+' if kind == 'up' else '-'}= 1")
        return True

    def exit(self):
        """`if ...:` leaving the loop or the function."""
        kinds = ["return"] if not self.loop_depth else ["break", "return"] + ["continue"] * self.can_continue
        kind = self.rng.choice(kinds)
        self.line(f"if {self.condition()}:")
        with self.body():
            if self.chance(0.4):
                self.statement()
            self.line(kind if kind != "return" else f"return {self.outcome(self)}")
        return True

    def exception(self):
        """`try` with an explicit raise, or a block under `with`."""
        place = self.fresh("s")
        self.line(f"{place} = {self.number(1)}")
        if self.chance(0.3):
            self.line("with np.errstate(all='ignore'):")
            with self.body():
                self.env[place] = Variable(Number())
                self.statements()
        else:
            self.line("try:")
            with self.body():
                self.statements()
                self.line(f"if {self.condition(0)}:")
                self.line("    raise ValueError('no')")
                self.line(f"{place} = {self.number(2)}")
            self.line("except ValueError:")
            with self.body():
                self.line(f"{place} = {self.number(2)}")
                self.statements()
        self.env[place] = Variable(Number())
        return True

    def final(self):
        """Return a number that depends on several of the live variables."""
        terms = []
        for place, variable in list(self.env.items())[::-1]:
            if len(terms) == 4:
                break
            if isinstance(variable.type, Array) and self.chance(0.7):
                other = self.array(variable.type.shape, 0)
                terms.append(self.rng.choice([f"np.sum({place} ** 2)", f"{self.constant()} * np.sum({place})",
                                              f"np.sum(np.sin({place}) * {other})"]))  # fmt: skip
            elif variable.type == Number() and self.chance(0.7):
                terms.append(self.rng.choice([place, f"{self.constant()} * {place}", f"np.sin({place})"]))
        self.line(f"return {' + '.join(terms) if terms else self.number(3)}")
