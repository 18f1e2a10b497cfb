"""More kinds of statements for random programs: what Python has beyond straight numerical code."""

from __future__ import annotations

from .expressions import Array, Container, Function, Index, Number, Variable

BODY = """
@dataclass
class Body:
    q: np.ndarray
    m: float = 0.8

    def push(self, h):
        {update}
        self.m *= np.cos(h)
        return np.sum(self.q)

    @property
    def weight(self):
        return self.m * np.mean(np.sin(self.q))
"""


class Wider:
    """Statements of a `Writer`; each says whether it could be written here."""

    def assign_new(self, prefix, text):
        """A new number with this value."""
        return self.set(self.fresh(prefix), Number(), text)

    # --- functions with state ----------------------------------------------------------------

    def generator_function(self):
        """A generator, and the loop or sum that consumes it."""
        name, k, n = self.fresh("gen"), self.fresh("k"), self.rng.randrange(1, 4)
        self.line(f"def {name}(t):")
        with self.indented():
            self.env["t"], self.env[k] = Variable(Number()), Variable(Index(0, n - 1), False)
            if self.chance(0.5):
                self.line(f"for {k} in range({n}):")
                self.line(f"    yield {self.number(2)}")
            else:
                self.line(f"{k} = 0")
                self.line(f"while {k} < {n}:")
                self.line(f"    yield {self.number(2)}")
                self.line(f"    t = {self.tame(1)} * t")
                self.line(f"    {k} += 1")
        if self.chance(0.5):
            return self.assign_new("s", f"sum({name}({self.number(1)}))")
        e = self.fresh("e")
        self.line(f"for {e} in {name}({self.number(1)}):")
        with self.body(loop=True, can_continue=True):
            self.env[e] = Variable(Number())
            self.statements()
        return True

    def counter(self):
        """A nested function that rebinds a variable around it."""
        state, name = self.fresh("acc"), self.fresh("add")
        self.set(state, Number(), self.number(1))
        self.line(f"def {name}(t):")
        with self.indented():
            self.env["t"] = Variable(Number())
            self.line(f"nonlocal {state}")
            if self.chance(0.3):
                self.line(f"if {self.condition(0)}:")
                self.line(f"    return {self.number(1)}")
            self.line(f"{state} = np.sin({state} + {self.number(1)})")
            self.line(f"return {self.tame(1)} * {state}")
        self.env[name] = Variable(Function((Number(),), Number(), False), rebindable=False)
        if self.chance(0.5):
            self.line(f"{name}({self.number(1)})")
        return self.assign_new("s", f"{name}({self.number(1)}) - {name}({self.number(1)})")

    def shared_helper(self, name, inner):
        """A helper that writes to one array and reads another, which may be the same."""
        shape = (self.rng.randrange(2, 4),)
        inner.env = {"u": Variable(Array(shape)), "w": Variable(Array(shape)), "t": Variable(Number())}
        inner.level, inner.result = self.level, Number()
        inner.line(f"def {name}(u, w, t):")
        with inner.indented():
            for _ in range(self.rng.randrange(1, 3)):
                inner.statement()
            inner.line(f"u[{inner.index(shape[0])}] += {inner.tame(1)} * w[{inner.index(shape[0])}]")
            inner.line(f"return {inner.number(2)}")
        self.lines += inner.lines
        parameters = (Array(shape), Array(shape), Number())
        self.env[name] = Variable(Function(parameters, Number(), False), rebindable=False)

    # --- data ------------------------------------------------------------------------------------

    def dict_methods(self):
        """A dict of numbers that is changed in the ways dicts have, and read as a whole."""
        name = self.fresh("d")
        self.line(f"{name} = {{'p': {self.number(1)}, 'q': {self.number(1)}}}")
        for _ in range(self.rng.randrange(1, 4)):
            a = self.number(1)
            self.line(self.rng.choice([
                f"{name}.update(q={a})", f"{name}['p'] += {a}", f"{name}['n'] = {name}.pop('n', {a})",
                f"{name}['q'] = {name}.setdefault('r', {a}) * 0.5", f"{name} = {{**{name}, 'q': {a}}}",
                f"{name} |= {{'p': {a}}}", f"{name}['q'] *= {name}.get('z', {a})",
            ]))  # fmt: skip
        if self.chance(0.4):
            key = self.fresh("key")
            self.line(f"for {key} in {name}:")
            self.line(f"    {name}[{key}] *= {self.tame(1)}")
        return self.assign_new("s", self.rng.choice([
            f"sum({name}.values())", f"sum(v * len(k) for k, v in {name}.items())", f"max({name}.values())",
            f"{name}.pop('p') - {name}['q']", f"sum({{k: np.sin(v) for k, v in {name}.items()}}.values())",
        ]))  # fmt: skip

    def starred(self):
        """Unpacking with a star, on either side."""
        first, rest, last = self.fresh("p"), self.fresh("q"), self.fresh("p")
        vectors = [p for p in self.places(Array) if len(self.shape(p)) == 1 and self.shape(p)[0] > 2]
        numbers = ", ".join(self.number(1) for _ in range(3))
        source = self.rng.choice(vectors) if vectors and self.chance(0.5) else f"[{numbers}, 0.5]"
        self.line(f"{first}, *{rest}, {last} = {source}")
        self.env[first], self.env[last] = Variable(Number()), Variable(Number())
        return self.assign_new("s", self.rng.choice([
            f"sum({rest})", f"max({first}, *{rest})", f"sum([*{rest}, {last}])", f"{rest}[0] * len({rest})",
        ]))  # fmt: skip

    def sorted_loop(self):
        """A loop over vectors sorted, zipped, numbered."""
        vectors = [p for p in self.places(Array) if len(self.shape(p)) == 1]
        if not vectors or self.loop_depth > 1 or self.depth > 2:
            return False
        v, e, g, i = self.rng.choice(vectors), self.fresh("e"), self.fresh("e"), self.fresh("i")
        length = self.shape(v)[0]
        other = self.array((length,), 1)
        self.line("for " + self.rng.choice([
            f"{i}, ({e}, {g}) in enumerate(zip({v}, {other}))", f"{i}, {e} in enumerate({v}[1:])",
            f"{e}, {g}, {i} in zip({v}, reversed({other}), range({length}))", f"{e} in sorted({v})",
            f"{e} in sorted({v}, key=lambda t: -t)", f"{i}, {e} in list(enumerate({v}))[::-1]",
        ]) + ":")  # fmt: skip
        header = self.lines[-1]
        with self.body(loop=True, can_continue=True):
            self.env[e] = Variable(Number())
            if g in header:
                self.env[g] = Variable(Number())
            if i in header:
                self.env[i] = Variable(Index(0, length - 1), False)
            self.statements()
        return True

    def dataclass_statement(self):
        if "Body" not in self.env:
            return False
        bodies = [p for p, v in self.env.items() if isinstance(v.type, Container) and v.type.kind == "Body"]
        if bodies and self.chance(0.7):
            place = self.rng.choice(bodies)
            return self.assign_new("s", self.rng.choice([f"{place}.weight", f"{place}.push({self.tame(1)})"]))
        name, shape = self.fresh("body"), self.any_shape()
        array = self.pick(Array(shape)) or self.array(shape, 1)
        self.line(f"{name} = Body({array}{self.rng.choice(['', f', m={self.number(1)}'])})")
        self.env[name] = Variable(Container("Body", {}, False), rebindable=False)
        self.env[f"{name}.q"], self.env[f"{name}.m"] = Variable(Array(shape)), Variable(Number())
        return True

    def dataclasses(self):
        updates = ["self.q += h * self.m", "self.q = self.q * np.cos(h)", "self.q[0] *= h"]
        self.lines.append(BODY.format(update=self.rng.choice(updates)))
        self.env["Body"] = Variable(Container("class", {}, False), rebindable=False)

    # --- control flow ----------------------------------------------------------------------------

    def match(self):
        kind = self.rng.choice(["number", "tuple", "dict"])
        if kind == "number":
            indices = self.places(Index)
            subject = f"{self.rng.choice(indices)} % 3" if indices else f"int({self.number(1)} > 0.3)"
            cases = ["0", "1 | 2", "_"]
        elif kind == "tuple":
            a, b = self.fresh("a"), self.fresh("b")
            subject = f"({self.number(1)}, {self.number(1)})"
            cases = [f"({a}, {b}) if {a} > {self.constant()}", f"({a}, {b})"]
        else:
            a, b = self.fresh("a"), self.fresh("b")
            subject = f"{{'u': {self.number(1)}, 'w': {self.number(1)}}}"
            cases = [f"{{'u': {a}, 'w': {b}}} if {a} < {self.constant()}", f"{{'u': {a}, 'w': {b}}}"]
        self.line(f"match {subject}:")
        self.level += 1
        for case in cases:
            self.line(f"case {case}:")
            with self.body():
                if kind != "number":
                    self.env[a], self.env[b] = Variable(Number()), Variable(Number())
                self.statements()
        self.level -= 1
        return True

    def loop_with_else(self):
        """A loop that is left early or not, and what follows if it was not."""
        k, n = self.fresh("k"), self.rng.randrange(1, 4)
        counted = self.chance(0.5)
        if counted:
            self.line(f"{k} = 0")
        self.line(f"while {k} < {n}:" if counted else f"for {k} in range({n}):")
        with self.body(loop=True, can_continue=True):
            if counted:
                self.line(f"{k} += 1")
            self.env[k] = Variable(Index(int(counted), n if counted else n - 1), False)
            self.statements()
            self.line(f"if {self.condition()}:")
            self.line("    break")
            if self.chance(0.5):
                self.statement()
        self.line("else:")
        with self.body():
            self.statements()
        return True

    def try_with_finally(self):
        place = self.fresh("s")
        kind = self.rng.choice(["KeyError", "IndexError", "ZeroDivisionError"])
        self.line(f"{place} = {self.number(1)}")
        self.line("try:")
        with self.body():
            self.statements()
            self.line(f"if {self.condition(0)}:")
            self.line(f"    raise {kind}")
            self.line(f"{place} = {self.number(2)}")
        self.line(f"except {self.rng.choice([kind, '(KeyError, IndexError, ZeroDivisionError)'])}:")
        with self.body():
            self.statements()
        if self.chance(0.5):
            self.line("else:")
            with self.body():
                self.statements()
        if self.chance(0.5):
            self.line("finally:")
            with self.body():
                self.line(f"{place} = {self.tame(1)} * {place}")
        self.env[place] = Variable(Number())
        return True
