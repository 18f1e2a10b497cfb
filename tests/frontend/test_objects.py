"""Named tuples, dataclasses, classes with methods and operators."""

import dataclasses
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
from frontend.agreement import Programs

programs = Programs()

X = 0.8

A = np.array([0.5, 1.2, -0.7, 2.1])


class P(NamedTuple):
    a: float
    b: float = 2.0


@programs(X)
def nt(x):
    p = P(x)
    q = p._replace(b=x**2)
    a, b = q
    return p.b * q.a + q.b + a * b + q[1] + sum(q) + q._asdict()["b"] + len(P._fields) * x


@dataclasses.dataclass(frozen=True)
class F:
    a: float
    b: float = 1.0

    def total(self):
        return self.a * self.b


@programs(X)
def frozen(x):
    f = F(x, 2 * x)
    g = dataclasses.replace(f, b=x**3)
    return f.total() + g.total()


class Base:
    scale = 2.0

    def __init__(self, w):
        self.w = w

    def f(self, x):
        return self.w * x * self.scale

    @property
    def double(self):
        return 2 * self.w

    @classmethod
    def make(cls, w):
        return cls(w * 1.5)

    @staticmethod
    def sq(v):
        return v * v


class Child(Base):
    scale = 3.0

    def __init__(self, w, b):
        super().__init__(w)
        self.b = b

    def f(self, x):
        return super().f(x) + self.b


@programs(X)
def inherit(x):
    c = Child(x, x**2)
    d = Base.make(x)
    c.w += x
    c.w *= 2
    return c.f(x) + d.f(2.0) + c.double + Base.sq(x) + c.sq(x)


class V:
    def __init__(s, x, y):
        s.x, s.y = (x, y)

    def __add__(s, o):
        return V(s.x + o.x, s.y + o.y)

    def __sub__(s, o):
        return V(s.x - o.x, s.y - o.y)

    def __mul__(s, k):
        return V(s.x * k, s.y * k)

    __rmul__ = __mul__

    def __neg__(s):
        return V(-s.x, -s.y)

    def __matmul__(s, o):
        return s.x * o.x + s.y * o.y

    def __getitem__(s, i):
        return (s.x, s.y)[i]

    def __iter__(s):
        return iter((s.x, s.y))

    def __len__(s):
        return 2

    def __call__(s, t):
        return s.x * t + s.y

    def __abs__(s):
        return math.hypot(s.x, s.y)

    def __eq__(s, o):
        return s.x == o.x

    def __bool__(s):
        return True

    def __pow__(s, n):
        return V(s.x**n, s.y**n)

    def __truediv__(s, k):
        return V(s.x / k, s.y / k)

    def __iadd__(s, o):
        s.x += o.x
        s.y += o.y
        return s

    def __contains__(s, v):
        return v == 1

    def __setitem__(s, i, v):
        if i == 0:
            s.x = v
        else:
            s.y = v


@programs(X)
def opers(x):
    v = V(x, 2 * x)
    w = 2 * v + v * x - -v
    w += v
    w[0] = w[1] * x
    a, b = w
    return w @ v + w[0] + len(w) * x + w(x) + abs(v) + sum(w) + a * b + (v**2 / x).y + (1.0 if 1 in v else x)


@programs(Child(0.5, 0.7), X, wrt=(1,))
def objarg(c, x):
    return c.f(x) * c.double


@programs(X)
def methods_chain(x):
    class_ = Base(x)
    return class_.make(x).f(2.0) + class_.double + getattr(class_, "zzz", x)


class Model:
    def __init__(self, n):
        self.layers = [{"w": 0.1 * (k + 1), "b": 0.2} for k in range(n)]

    def __call__(self, x):
        for l in self.layers:
            x = math.tanh(l["w"] * x + l["b"])
        return x


MODEL = Model(3)


@programs(X)
def modelcall(x):
    return MODEL(x)


class Timer:
    def __enter__(self):
        self.n = 0
        return self

    def __exit__(self, *a):
        self.n = 1
        return False


@programs(X)
def ctx(x):
    with Timer() as t:
        y = x**2
    return y * t.n


@programs(X)
def isinst(x):
    if isinstance(x, np.ndarray):
        return np.sum(x)
    elif isinstance(x, float):
        return x**2
    return 0.0


class Lin:
    def __init__(self, w, b):
        self.w = w
        self.b = b
        self.name = "lin"

    def __call__(self, x):
        return self.w @ x + self.b


@programs(Lin(A.copy(), 0.3), A)
def obj_arg(m, x):
    return m(x) ** 2


@dataclass
class Par:
    mass: float
    k: np.ndarray
    n: int = 3


@programs(Par(1.5, A.copy()), A)
def dc_arg(p, x):
    return p.mass * np.sum(p.k * x) ** 2 * p.n


@dataclass(frozen=True)
class FPar:
    a: float
    b: float

    @property
    def prod(self):
        return self.a * self.b


@programs(FPar(1.5, 0.4), X, wrt=(0, 1))
def frozen_arg(p, x):
    return p.prod * x + p.a**2


class NT(NamedTuple):
    w: np.ndarray
    b: float


@programs(NT(A.copy(), 0.3), A)
def nt_arg(p, x):
    return np.sum(p.w * x) * p.b


@programs([Lin(A.copy(), 0.3), Lin(A * 2, 0.1)], A)
def list_obj(ms, x):
    return ms[0](x) * ms[1](x)


@programs({"layer": [(A.copy(), 0.1), (A * 0.5, 0.2)]}, A)
def nested_par(p, x):
    for w, b in p["layer"]:
        x = np.tanh(w * x + b)
    return np.sum(x)


class Color(Enum):
    RED = 1
    BLUE = 2


@programs(X)
def enums(x):
    c = Color.BLUE
    return x**2 if c is Color.RED else x**3 * c.value


class Shape(ABC):
    @abstractmethod
    def area(self): ...

    def twice(self):
        return 2 * self.area()


class Sq(Shape):
    def __init__(self, s):
        self.s = s

    def area(self):
        return self.s**2


class Ci(Shape):
    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r**2


@programs(X)
def abc_(x):
    return sum(s.twice() for s in (Sq(x), Ci(x), Sq(2 * x)))


@dataclass
class Particle:
    x: float
    v: float = 0.0
    hist: list = field(default_factory=list)

    def step(self, f, dt=0.1):
        self.v += f * dt
        self.x += self.v * dt
        self.hist.append(self.x)
        return self


@programs(A)
def particle(a):
    p = Particle(a[0])
    for f in a:
        p.step(-p.x + f)
    return p.x * p.v + sum(p.hist)


@programs(A)
def particles(a):
    ps = [Particle(v, v**2) for v in a]
    for _ in range(3):
        for p, q in zip(ps, ps[1:]):
            p.step(q.x - p.x)
    return sum(p.x**2 for p in ps)


class Net:
    def __init__(s, w, b):
        s.w = w
        s.b = b
        s.n = 2
        s.act = np.tanh
        s.name = "q"

    def f(s, x):
        for _ in range(s.n):
            x = s.act(s.w * x + s.b)
        return x


@programs(Net(A.copy(), 0.3), A)
def obj_fn_attr(m, x):
    return np.sum(m.f(x))


@programs(Net(A.copy(), 0.3), A)
def obj_mutated(m, x):
    m.b = m.b * 2
    m.w[0] = m.b**2
    m.w = m.w * x
    return np.sum(m.f(x))


@programs(Net(A.copy(), 0.3), A)
def obj_alias(m, x):
    k = m
    k.b += 1.0
    v = m.w
    v *= 2
    return np.sum(m.w) * m.b


@programs(A)
def choice_obj(a):
    m, n = Net(a[0], a[1]), Net(a[2], a[3])
    k = m if a[0] > a[1] else n
    return k.f(1.0)


test_derivatives_agree_with_differences = programs.test()
