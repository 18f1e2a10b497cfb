"""Classes made inside the function, and private names."""

from __future__ import annotations

import abc
import dataclasses
import enum
import functools
import math
import typing

import numpy as np

from corpus.runner import program, refused

R = np.random.RandomState(3)


class A:
    def __init__(self, x):
        self.__v = x

    def get(self):
        return self.__v

    @staticmethod
    def __double(x):
        return 2 * x

    def twice(self):
        return self.__double(self.__v)


class B(A):
    def __init__(self, x):
        super().__init__(x)
        self.__v = x * x

    def both(self):
        return self.get() + 3 * self.__v


@program(1.3)
def private_names(x):
    b = B(x)
    return b.both() + b.twice()


G = B(2.0)


@program(1.3)
def private_global(x):
    return G.both() * x


@program(R.rand(6))
def polynomial_class(x):
    class P:
        """A polynomial."""

        __slots__ = ("c",)

        def __init__(self, c):
            self.c = tuple(c)

        def __call__(self, t):
            r = 0.0
            for a in reversed(self.c):
                r = r * t + a
            return r

        def __mul__(self, o):
            out = [0.0] * (len(self.c) + len(o.c) - 1)
            for i, a in enumerate(self.c):
                for j, b in enumerate(o.c):
                    out[i + j] += a * b
            return type(self)(out)

        def __len__(self):
            return len(self.c)

        def __getitem__(self, i):
            return self.c[i]

        def __iter__(self):
            return iter(self.c)

        def __eq__(self, o):
            return self.c == o.c

    p, q = P((x[0], x[1], x[2])), P((x[3], x[4], x[5]))
    r = p * q
    return r(0.5) + len(r) * r[1] + sum(r)


@program(0.7, 1.2, wrt=(0, 1))
def closes_over(a, b):
    scale = a * 2

    class Base:
        rate = b**2
        count: int = 3

        def __init__(self, v):
            self.__v = v

        def get(self):
            return self.__v * scale

        @property
        def r(self):
            return self.__v

        @r.setter
        def r(self, value):
            self.__v = value

        @staticmethod
        def double(t):
            return 2 * t * scale

        @classmethod
        def make(cls, t):
            return cls(t * cls.rate)

    class Derived(Base):
        def __init__(self, v, w):
            super().__init__(v)
            self.__v = w

        def get(self):
            return super().get() + self.__v * self.count

        @classmethod
        def make(cls, t):
            return cls(t, t * cls.rate)

    d = Derived.make(a + b)
    d.r += b
    return d.get() + Base.make(b).get() + d.double(b) + Base.double(a)


@program(0.7, 1.2, wrt=(0, 1))
def local_dataclass(a, b):
    @dataclasses.dataclass
    class Point:
        x: float
        y: float = 2.0
        tags: list = dataclasses.field(default_factory=list)

        def norm(self):
            return math.sqrt(self.x**2 + self.y**2)

    @dataclasses.dataclass(frozen=True, order=True)
    class Box:
        lo: Point
        hi: Point

        @functools.cached_property
        def area(self):
            return (self.hi.x - self.lo.x) * (self.hi.y - self.lo.y)

    p = Point(a)
    p.tags.append(b)
    q = dataclasses.replace(p, y=b * a)
    return p.norm() + Box(p, q).area + q.tags[0] ** 2 + Box(q, p).area


@program(0.7)
def local_named_tuple(x):
    class Pair(typing.NamedTuple):
        first: float
        second: float = 3.0

        def product(self):
            return self.first * self.second

    p = Pair(x, x * x)
    return p.product() + Pair(x)._replace(first=2 * x).product()


@program(0.7)
def local_enum(x):
    class Mode(enum.Enum):
        A = enum.auto()
        B = enum.auto()

        def apply(self, v):
            return v * x if self is Mode.A else v + x

    return sum(m.apply(x) for m in Mode) * Mode.B.value


@program(0.7)
def local_exception(x):
    class Stop(Exception):
        pass

    s = 0.0
    try:
        for i in range(10):
            s += x * i
            if s > 3:
                raise Stop
    except Stop:
        s *= 2
    return s


@program(0.7)
def local_context(x):
    class Scaled:
        depth = 0

        def __enter__(self):
            Scaled.depth += 1
            return self

        def __exit__(self, *exc):
            Scaled.depth -= 1
            return False

    s = 0.0
    with Scaled() as c:
        with Scaled():
            s += x**Scaled.depth
    return s + Scaled.depth


@program(0.7)
def local_abstract(x):
    class Shape(abc.ABC):
        registry = []

        @abc.abstractmethod
        def area(self): ...
        @property
        @abc.abstractmethod
        def name(self): ...

    class Sq(Shape):
        def __init__(self, a):
            self.a = a
            self.registry.append(self)

        def area(self):
            return self.a**2

        @property
        def name(self):
            return "sq"

    Sq(x)
    Sq(x * 3)
    return sum(s.area() for s in Shape.registry) * len(Sq(x).name)


@program(R.rand(4))
def class_in_loop(x):
    total = 0.0
    for i in range(4):

        class Cell:
            k = i

            def value(self):
                return x[self.k] * i

        total += Cell().value()
    return total


@program(0.7)
def namespace_class(x):
    class cfg:
        lr = 0.1
        steps = 3
        momentum = x

    v = 0.0
    for _ in range(cfg.steps):
        v = cfg.momentum * v - cfg.lr * x
    cfg.lr = x
    return v * cfg.lr


def maker(k):
    class Acc:
        def __init__(self):
            self.s = k

        def add(self, v):
            self.s = self.s + v * k
            return self

    return Acc


@program(0.7)
def class_factory(x):
    A, B = maker(x), maker(x * x)
    a, b = A(), B()
    a.add(x).add(2.0)
    b.add(a.s)
    return a.s * b.s + (1.0 if isinstance(a, B) else 0.0)


@program(0.7)
def in_helper(x):
    return class_factory(x) * local_dataclass(x, 2.0)


@program(0.3)
def iterator_class(x):
    class Countdown:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n <= 0:
                raise StopIteration
            self.n -= 1
            return self.n * x

    return sum(v**2 for v in Countdown(4))


@program(0.4)
def local_operators(x):
    class Length:
        def __init__(self, a):
            self.a = a

        def __add__(self, other):
            return Length(self.a + other.a)

        def __radd__(self, other):
            return Length(self.a + other) if other else self

        def __lt__(self, other):
            return self.a < other.a

    lengths = [Length(x), Length(x * x), Length(3 * x)]
    both = sum(lengths, Length(0.0)).a ** 2 + sum(lengths).a
    return both + max(lengths).a + sorted(lengths)[0].a


class Registered:
    kinds: typing.ClassVar[list] = []

    def __init_subclass__(cls):
        Registered.kinds.append(cls)


@refused(0.5, says="code of its own that runs when a class is derived from it")
def local_class_of_a_base_with_a_hook(x):
    class Mine(Registered):
        pass

    return x * len(Registered.kinds)


@refused(0.5, says="the default of y is computed by the function")
def computed_default_of_a_dataclass(x):
    @dataclasses.dataclass
    class Point:
        y: float = x * x

    return Point().y


class Descriptor:
    def __get__(self, owner, cls):
        return 2.0


@refused(0.5, says="a descriptor is made in the body of a class inside the function")
def local_descriptor(x):
    class Mine:
        two = Descriptor()

    return x * Mine().two


class Mistake(ValueError):
    def __init__(self, value):
        super().__init__("mistake")
        self.value = value


@program(0.7)
def validated(x):
    if x > 10:
        raise ValueError(f"too large: {x:.2f}")
    y = x * x
    if y > 100:
        raise Mistake(y)
    else:
        z = y * x
    if z < 0:
        raise Mistake(z)
    elif z < 1:
        return z * y
    raise ValueError("no range is left")
