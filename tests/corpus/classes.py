"""Classes: methods, operators, inheritance, descriptors, dataclasses, enumerations."""

import abc
import copy
import dataclasses
import enum
import math
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partialmethod, singledispatch, singledispatchmethod, total_ordering
from types import SimpleNamespace
from typing import ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar

import numpy as np

from corpus.runner import program

T = TypeVar("T")


class Dual:
    __slots__ = ("val", "der")

    def __init__(self, val, der=0.0):
        self.val = val
        self.der = der

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.val + other.val, self.der + other.der)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.val * other.val, self.val * other.der + self.der * other.val)

    __rmul__ = __mul__

    def __pow__(self, n):
        return Dual(self.val**n, n * self.val ** (n - 1) * self.der)

    def __sub__(self, other):
        return self + (-1.0) * other

    def __neg__(self):
        return Dual(-self.val, -self.der)

    def sin(self):
        return Dual(math.sin(self.val), math.cos(self.val) * self.der)


@program(0.8)
def derivative_by_dual_numbers(x):
    d = Dual(x, 1.0)
    y = 3.0 * d**2 + d.sin() * d - 2.0 + (-d)
    return y.val + y.der**2


class Polynomial:
    def __init__(self, *coefficients):
        self.c = list(coefficients)

    def __call__(self, x):
        y = 0.0
        for c in reversed(self.c):
            y = y * x + c
        return y

    def __len__(self):
        return len(self.c)

    def __getitem__(self, k):
        return self.c[k]

    def __iter__(self):
        return iter(self.c)

    def __mul__(self, other):
        out = [0.0] * (len(self) + len(other) - 1)
        for i, a in enumerate(self):
            for j, b in enumerate(other):
                out[i + j] += a * b
        return Polynomial(*out)

    def __add__(self, other):
        n = max(len(self), len(other))
        get = lambda p, k: p[k] if k < len(p) else 0.0
        return Polynomial(*(get(self, k) + get(other, k) for k in range(n)))

    def derivative(self):
        return Polynomial(*[k * c for k, c in enumerate(self.c)][1:])

    def __eq__(self, other):
        return self.c == other.c

    def __repr__(self):
        return f"Polynomial({self.c})"


@program(0.8, 1.2, wrt=(0, 1))
def polynomial_class(x, a):
    p = Polynomial(1.0, a, 3.0)
    q = Polynomial(a, 2.0)
    r = p * q + q
    return r(x) + r.derivative()(x) + r[1] + len(r) * x


class KalmanFilter1D:
    def __init__(self, mean, var, process, noise):
        self.mean, self.var = mean, var
        self.process, self.noise = process, noise
        self.loglik = 0.0

    def predict(self):
        self.var += self.process

    def update(self, z):
        innovation = z - self.mean
        s = self.var + self.noise
        k = self.var / s
        self.mean += k * innovation
        self.var *= 1.0 - k
        self.loglik -= 0.5 * (math.log(2.0 * math.pi * s) + innovation**2 / s)

    def run(self, zs):
        for z in zs:
            self.predict()
            self.update(z)
        return self


@program(0.3, 0.5, np.array([0.9, 1.3, 0.7, 1.1]), wrt=(0, 1, 2))
def kalman_class(process, noise, zs):
    kf = KalmanFilter1D(0.0, 1.0, process, noise).run(zs)
    return kf.loglik + kf.mean**2


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...

    @property
    @abc.abstractmethod
    def name(self): ...

    def cost(self, price=2.0):
        return self.area() * price


class Circle(Shape):
    name = "circle"

    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r**2


class Rectangle(Shape):
    def __init__(self, w, h):
        self.w, self.h = w, h

    @property
    def name(self):
        return "square" if self.w == self.h else "rectangle"

    def area(self):
        return self.w * self.h

    def cost(self, price=2.0):
        return super().cost(price) + 1.0


class Square(Rectangle):
    def __init__(self, side):
        super().__init__(side, side)


@program(0.8)
def abstract_shapes(x):
    shapes = [Circle(x), Rectangle(x, 2.0), Square(x + 1.0)]
    total = 0.0
    for s in shapes:
        total += s.cost(price=x) if s.name != "square" else s.cost()
    return total * sum(isinstance(s, Rectangle) for s in shapes)


class Temperature:
    def __init__(self, kelvin):
        self._kelvin = kelvin

    @property
    def celsius(self):
        return self._kelvin - 273.15

    @celsius.setter
    def celsius(self, value):
        self._kelvin = value + 273.15

    @classmethod
    def from_fahrenheit(cls, f):
        return cls((f - 32.0) * 5.0 / 9.0 + 273.15)

    @staticmethod
    def boil():
        return 373.15


@program(98.6)
def properties_with_setters(f):
    t = Temperature.from_fahrenheit(f)
    t.celsius *= 1.1
    t.celsius = t.celsius + 1.0
    return t.celsius**2 / t.boil() + t._kelvin


class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, objtype=None):
        return getattr(obj, self.name)

    def __set__(self, obj, value):
        if value <= 0:
            raise ValueError("must be positive")
        setattr(obj, self.name, value)


class Gaussian:
    sigma = Positive()

    def __init__(self, mu, sigma):
        self.mu = mu
        self.sigma = sigma

    def logpdf(self, x):
        return -0.5 * ((x - self.mu) / self.sigma) ** 2 - math.log(self.sigma)


@program(0.4, 1.2, wrt=(0, 1))
def validated_by_descriptor(mu, sigma):
    g = Gaussian(mu, sigma)
    g.sigma = g.sigma * 2.0
    return g.logpdf(1.5)


class Lazy:
    def __init__(self, x):
        self.x = x

    @cached_property
    def square(self):
        return self.x**2

    def __getattr__(self, name):
        if name.startswith("times_"):
            return self.x * float(name[6:])
        raise AttributeError(name)


@program(0.4)
def lazy_and_dynamic_attributes(x):
    obj = Lazy(x)
    return obj.square * obj.square + obj.times_3 + getattr(obj, "times_2") + hasattr(obj, "nothing") * x


class Countdown:
    def __init__(self, start):
        self.n = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1


@program(0.4)
def iterator_class(x):
    total = 0.0
    for k in Countdown(4):
        total += x**k
    return total + sum(k * x for k in Countdown(3))


class Grid:
    def __init__(self, n, f):
        self.values = [f(k) for k in range(n)]

    def __iter__(self):
        for v in self.values:
            yield v, v * v

    def __contains__(self, v):
        return v in (0, 1, 2)

    def __getitem__(self, key):
        if isinstance(key, tuple):
            return self.values[key[0]] * self.values[key[1]]
        return self.values[key]

    def __setitem__(self, key, value):
        self.values[key] = value

    def __delitem__(self, key):
        del self.values[key]

    def __bool__(self):
        return len(self.values) > 0


@program(0.4)
def container_protocol(x):
    g = Grid(4, lambda k: k + x)
    g[0] = g[1, 2] * 2.0
    del g[3]
    total = 0.0
    for v, w in g:
        total += v + w
    return total * (2.0 if 1 in g else 1.0) if g else 0.0


@dataclass(frozen=True)
class Vec3:
    x: float
    y: float
    z: float = 0.0

    def __add__(self, o):
        return Vec3(self.x + o.x, self.y + o.y, self.z + o.z)

    def __rmul__(self, k):
        return Vec3(k * self.x, k * self.y, k * self.z)

    def __matmul__(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def cross(self, o):
        return Vec3(
            self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x
        )

    @property
    def norm(self):
        return math.sqrt(self @ self)


@program(0.4, 1.3, wrt=(0, 1))
def frozen_vectors(a, b):
    u, v = Vec3(a, 1.0, b), Vec3(b, a)
    w = u.cross(v) + 2.0 * v
    w = dataclasses.replace(w, z=w.z + a)
    return w.norm * (u @ w)


@dataclass
class Spring:
    k: float
    m: float = 1.0
    history: list = field(default_factory=list)
    omega: float = field(init=False)
    count: ClassVar[int] = 0

    def __post_init__(self):
        self.omega = math.sqrt(self.k / self.m)

    def step(self, x, v, dt):
        a = -self.omega**2 * x
        v = v + dt * a
        x = x + dt * v
        self.history.append(x)
        return x, v


@program(2.0, 0.7, wrt=(0, 1))
def spring_dataclass(k, x0):
    s = Spring(k, m=1.5)
    x, v = x0, 0.0
    for _ in range(5):
        x, v = s.step(x, v, 0.1)
    return x**2 + sum(s.history) + s.omega


@dataclass(slots=True, kw_only=True)
class Options:
    rate: float
    steps: int = 3
    verbose: bool = False


@dataclass(order=True)
class Task:
    priority: float
    name: str = field(compare=False)


@program(0.4)
def slotted_and_ordered_dataclasses(x):
    o = Options(rate=x)
    o.rate *= 2.0
    tasks = [Task(x, "a"), Task(x**2, "b"), Task(1.0 - x, "c")]
    first = min(tasks)
    last = sorted(tasks)[-1]
    return o.rate**o.steps + first.priority * len(first.name) * last.priority


@dataclass
class Base:
    a: float
    b: float = 2.0


@dataclass
class Derived(Base):
    c: float = 3.0

    def total(self):
        return self.a * self.b + self.c


@program(0.4)
def inherited_dataclass(x):
    d = Derived(x, c=x**2)
    e = copy.copy(d)
    e.a = 10.0
    f = copy.deepcopy(d)
    f.b = x
    as_dict = dataclasses.asdict(d)
    return d.total() + e.total() * f.total() + as_dict["c"] + sum(dataclasses.astuple(d))


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Order(enum.IntEnum):
    FIRST = 1
    SECOND = 2


class Mode(str, enum.Enum):
    LINEAR = "linear"
    CUBIC = "cubic"

    def apply(self, x):
        return x if self is Mode.LINEAR else x**3


@program(0.4)
def enumerations(x):
    total = 0.0
    weights = {Color.RED: x, Color.GREEN: 2.0 * x, Color.BLUE: x**2}
    for c in Color:
        total += weights[c] * c.value
    mode = Mode("cubic")
    if mode == "cubic" and mode.name == "CUBIC":
        total += mode.apply(x) + Mode.LINEAR.apply(x)
    return total * x**Order.SECOND + Order.FIRST * x


class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next


class LinkedList:
    def __init__(self):
        self.head = None
        self.size = 0

    def push(self, value):
        self.head = Node(value, self.head)
        self.size += 1

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node.value
            node = node.next

    def reverse(self):
        prev, node = None, self.head
        while node:
            node.next, prev, node = prev, node, node.next
        self.head = prev


@program(0.4)
def linked_list(x):
    items = LinkedList()
    for v in (x, x**2, 3.0):
        items.push(v)
    items.reverse()
    total = 0.0
    for k, v in enumerate(items):
        total += v * (k + 1) * x
    return total / items.size


class Tree:
    def __init__(self, key, weight):
        self.key, self.weight = key, weight
        self.left = self.right = None

    def insert(self, key, weight):
        side = "left" if key < self.key else "right"
        child = getattr(self, side)
        if child is None:
            setattr(self, side, Tree(key, weight))
        else:
            child.insert(key, weight)

    def total(self, depth=1):
        result = self.weight / depth
        for child in (self.left, self.right):
            if child is not None:
                result += child.total(depth + 1)
        return result


@program(0.4)
def binary_search_tree(x):
    root = Tree(4, x)
    for k, key in enumerate([2, 6, 1, 3, 5, 7]):
        root.insert(key, x ** (k + 1))
    return root.total()


class Value:
    """A scalar with its gradient, as in small teaching engines."""

    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = children

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], []

        def build(v):
            if v not in visited:
                visited.append(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


@program(0.4, 1.5, wrt=(0, 1))
def micrograd(x, y):
    a, b = Value(x), Value(y)
    c = a * b + a
    d = c * c * b
    d.backward()
    return a.grad * b.grad + d.data


class Neuron:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def __call__(self, inputs):
        z = sum(w * i for w, i in zip(self.weights, inputs)) + self.bias
        return math.tanh(z)


class Layer:
    def __init__(self, n_in, n_out, seed):
        self.neurons = [
            Neuron([math.sin(seed + i * n_in + j) for j in range(n_in)], 0.1 * i) for i in range(n_out)
        ]

    def __call__(self, inputs):
        outputs = [n(inputs) for n in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs


class Network:
    def __init__(self, *sizes):
        self.layers = [Layer(a, b, k) for k, (a, b) in enumerate(zip(sizes, sizes[1:]))]

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def parameters(self):
        return [w for layer in self.layers for n in layer.neurons for w in n.weights]


@program(0.4, -0.7, wrt=(0, 1))
def network_of_scalars(x, y):
    net = Network(2, 3, 1)
    return net([x, y]) + 0.01 * sum(p * p for p in net.parameters()) * x


class Mixin:
    def describe(self):
        return f"{type(self).__name__}: {self.scale}"

    def scaled(self, v):
        return self.scale * v


class Logger:
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = 0

    def scaled(self, v):
        self.calls += 1
        return super().scaled(v)


class Scaler(Logger, Mixin):
    scale = 2.0

    def __init__(self, offset, **kwargs):
        super().__init__(**kwargs)
        self.offset = offset

    def __call__(self, v):
        return self.scaled(v) + self.offset


@program(0.4)
def mixins_and_mro(x):
    s = Scaler(offset=x)
    y = s(x) + s(2.0)
    s.scale = x
    return y * s(x) * s.calls + len(s.describe()) * 0.0 + len(Scaler.__mro__) * x


class Matrix2:
    def __init__(self, a, b, c, d):
        self.rows = [[a, b], [c, d]]

    @classmethod
    def identity(cls):
        return cls(1.0, 0.0, 0.0, 1.0)

    def __matmul__(self, other):
        r = [[sum(self.rows[i][k] * other.rows[k][j] for k in range(2)) for j in range(2)] for i in range(2)]
        return Matrix2(r[0][0], r[0][1], r[1][0], r[1][1])

    def __pow__(self, n):
        result, base = Matrix2.identity(), self
        while n:
            if n & 1:
                result = result @ base
            base = base @ base
            n >>= 1
        return result

    @property
    def trace(self):
        return self.rows[0][0] + self.rows[1][1]

    @property
    def det(self):
        (a, b), (c, d) = self.rows
        return a * d - b * c

    def __getitem__(self, ij):
        i, j = ij
        return self.rows[i][j]


@program(0.4, 1.5, wrt=(0, 1))
def matrix_class(x, y):
    m = Matrix2(x, 1.0, y, 0.5)
    p = m**5
    return p.trace + p.det * p[0, 1]


@total_ordering
class Money:
    def __init__(self, amount):
        self.amount = amount

    def __eq__(self, other):
        return self.amount == other.amount

    def __lt__(self, other):
        return self.amount < other.amount


@program(0.4)
def total_ordering_class(x):
    a, b = Money(x), Money(x**2)
    best = a if a >= b else b
    return best.amount * max(a, b).amount + (a > b) * x


class Bank:
    interest = 0.05
    accounts = 0

    def __init__(self, balance):
        self.balance = balance
        Bank.accounts += 1

    def year(self):
        self.balance *= 1.0 + self.interest
        return self


class Savings(Bank):
    interest = 0.1


@program(0.4)
def class_attributes(x):
    a, b = Bank(x), Savings(x**2)
    for account in (a, b):
        account.year().year()
    b.interest = x
    b.year()
    return a.balance * b.balance + Savings.interest * x


@contextmanager
def scaled_by(box, factor):
    old = box.value
    box.value = old * factor
    try:
        yield box
    finally:
        box.value = old


class Timer:
    def __enter__(self):
        self.entered = True
        return self

    def __exit__(self, exc_type, exc, tb):
        self.entered = False
        return exc_type is ValueError


@program(0.4)
def context_managers(x):
    box = SimpleNamespace(value=x)
    with scaled_by(box, 3.0) as b, Timer() as t:
        y = b.value**2
        inside = t.entered
    return y * box.value + (2.0 if inside and not t.entered else 1.0)


class Point(NamedTuple):
    x: float
    y: float = 1.0

    @property
    def r(self):
        return math.hypot(self.x, self.y)

    def moved(self, dx):
        return self._replace(x=self.x + dx)


Pair = namedtuple("Pair", "left right", defaults=[2.0])


@program(0.4)
def named_tuples(x):
    p = Point(x).moved(x**2)
    q = Pair(left=p.x)
    a, b = q
    return p.r * a + b * q[1] + q._asdict()["left"] + len(Pair._fields) * p[0]


class Config(TypedDict):
    rate: float
    steps: int


class Model(Protocol):
    def predict(self, x: float) -> float: ...


class Stack(Generic[T]):
    def __init__(self) -> None:
        self._items: list[T] = []

    def push(self, item: T) -> "Stack[T]":
        self._items.append(item)
        return self

    def pop(self) -> T:
        return self._items.pop()

    def __len__(self) -> int:
        return len(self._items)


@program(0.4)
def typed_classes(x):
    cfg: Config = {"rate": x, "steps": 2}
    cfg2 = Config(rate=2.0, steps=3)
    s: Stack[float] = Stack()
    s.push(x).push(x**2).push(3.0)
    total = 0.0
    while len(s):
        total = total * cfg["rate"] + s.pop()
    return total * cfg2["rate"] ** cfg2["steps"]


@singledispatch
def norm_of(v):
    return abs(v)


@norm_of.register
def _(v: tuple):
    return math.hypot(*v)


@norm_of.register(dict)
def _(v):
    return sum(v.values())


@program(0.4)
def single_dispatch(x):
    return norm_of(-x) + norm_of((x, 1.0)) * norm_of({"a": x})


class Circuit:
    def __init__(self):
        self.parts = {}

    def add(self, name, value, kind="R"):
        self.parts[name] = (kind, value)
        return self

    add_capacitor = partialmethod(add, kind="C")

    def impedance(self, omega):
        z = 0j
        for kind, value in self.parts.values():
            z += value if kind == "R" else 1.0 / (1j * omega * value)
        return abs(z)


@program(3.0, 0.02, 50.0, wrt=(0, 1, 2))
def circuit_with_partialmethod(r, c, omega):
    return Circuit().add("r1", r).add_capacitor("c1", c).impedance(omega)


class Meta(type):
    def __call__(cls, *args):
        obj = super().__call__(*args)
        return obj


class Registry:
    kinds = {}

    def __init_subclass__(cls, /, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        Registry.kinds[tag or cls.__name__] = cls

    def __init__(self, v):
        self.v = v


class Doubler(Registry, tag="double"):
    def run(self):
        return 2.0 * self.v


class Squarer(Registry):
    def run(self):
        return self.v**2


@program(0.4)
def registry_of_subclasses(x):
    return sum(Registry.kinds[name](x).run() for name in ("double", "Squarer"))


class Simulation:
    def __init__(self, bodies):
        self.bodies = bodies
        self.time = 0.0
        self._observers = []

    def observe(self, callback):
        self._observers.append(callback)

    def step(self, dt):
        for b in self.bodies:
            b["v"] -= 9.81 * dt
            b["y"] += b["v"] * dt
            if b["y"] < 0.0:
                b["y"], b["v"] = -b["y"], -0.8 * b["v"]
        self.time += dt
        for callback in self._observers:
            callback(self)


@program(1.0, 0.5, wrt=(0, 1))
def bouncing_bodies(y, v):
    sim = Simulation([{"y": y, "v": v}, {"y": 2.0 * y, "v": 0.0}])
    heights = []
    sim.observe(lambda s: heights.append(s.bodies[0]["y"]))
    for _ in range(6):
        sim.step(0.1)
    return sum(heights) + sim.bodies[1]["y"] ** 2 * sim.time


class Expression:
    def __add__(self, o):
        return Sum(self, o)

    def __mul__(self, o):
        return Product(self, o)


class Variable(Expression):
    def __init__(self, name):
        self.name = name

    def evaluate(self, **env):
        return env[self.name]

    def diff(self, name):
        return Constant(1.0 if name == self.name else 0.0)


class Constant(Expression):
    def __init__(self, value):
        self.value = value

    def evaluate(self, **env):
        return self.value

    def diff(self, name):
        return Constant(0.0)


class Binary(Expression):
    def __init__(self, left, right):
        self.left, self.right = left, right


class Sum(Binary):
    def evaluate(self, **env):
        return self.left.evaluate(**env) + self.right.evaluate(**env)

    def diff(self, name):
        return self.left.diff(name) + self.right.diff(name)


class Product(Binary):
    def evaluate(self, **env):
        return self.left.evaluate(**env) * self.right.evaluate(**env)

    def diff(self, name):
        return self.left.diff(name) * self.right + self.left * self.right.diff(name)


@program(0.4, 1.3, wrt=(0, 1))
def symbolic_expression_classes(x, y):
    a, b = Variable("a"), Variable("b")
    f = a * a * b + b * Constant(3.0)
    return f.evaluate(a=x, b=y) + f.diff("a").evaluate(a=x, b=y) ** 2


class Averager:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def __lshift__(self, v):
        self.total += v
        self.count += 1
        return self

    def __float__(self):
        return self.total / self.count

    def __iadd__(self, v):
        return self << v

    def __abs__(self):
        return abs(self.total)

    def __round__(self, n=0):
        return round(self.total, n)

    def __hash__(self):
        return 3

    def __int__(self):
        return self.count


@program(0.4)
def unusual_operators(x):
    a = Averager()
    a << x << x**2
    a += 3.0
    return float(a) * abs(a) + int(a) * x


class Particle:
    __slots__ = ("__dict__", "mass", "x")

    def __init__(self, mass, x, **extra):
        self.mass, self.x = mass, x
        for key, value in extra.items():
            setattr(self, key, value)

    def kinetic(self):
        return 0.5 * self.mass * self.velocity**2


@program(0.4)
def attributes_set_from_keywords(x):
    p = Particle(2.0, x, velocity=x**2, charge=1.0)
    p.__dict__["spin"] = 0.5
    del p.charge
    return p.kinetic() + p.spin * p.x + vars(p)["velocity"]


class Accumulator:
    def __init__(self):
        self.items = []

    def __call__(self, fn):
        self.items.append(fn)
        return fn


@program(0.4)
def registering_decorator(x):
    register = Accumulator()

    @register
    def double(v):
        return 2.0 * v

    @register
    def square(v):
        return v * v

    for f in register.items:
        x = f(x)
    return x


class Celsius:
    @singledispatchmethod
    def convert(self, v):
        return v + 273.15

    @convert.register
    def _(self, v: list):
        return [self.convert(i) for i in v]


@program(0.4)
def single_dispatch_method(x):
    c = Celsius()
    return c.convert(x) * c.convert([x, 1.0])[1]


class Immutable:
    def __init__(self, x):
        object.__setattr__(self, "x", x)

    def __setattr__(self, name, value):
        raise AttributeError("immutable")

    def with_x(self, x):
        return Immutable(x)


@program(0.4)
def immutable_class(x):
    a = Immutable(x)
    b = a.with_x(a.x**2)
    return a.x * b.x


class Singleton:
    def __new__(cls, *args):
        obj = super().__new__(cls)
        return obj

    def __init__(self, x):
        self.x = x


@program(0.4)
def class_with_new(x):
    return Singleton(x).x ** 2


class Weights:
    def __init__(self, w, b):
        self.w, self.b = w, b


@program(Weights(np.array([0.3, -0.2]), 0.5), np.array([1.0, 2.0]), wrt=(0, 1))
def object_argument(params, x):
    params.b = params.b * 2.0
    return np.tanh(params.w @ x + params.b)


@program(Point(0.4, 0.7), wrt=(0,))
def named_tuple_argument(p):
    return p.r * p.x + p.moved(1.0).x ** 2


@program(Spring(2.0), 0.3, wrt=(1,))
def dataclass_argument_not_differentiated(s, x):
    x, v = s.step(x, 0.0, 0.1)
    return x * s.k + v


@dataclass
class LinearModel:
    slope: float
    offset: float = 0.0
    scale: dict = field(default_factory=lambda: {"a": 1.0})

    def __call__(self, x):
        return self.slope * x + self.offset * self.scale["a"]


@program(LinearModel(1.5, 0.2), 0.3, wrt=(0, 1))
def dataclass_argument(model, x):
    return model(x) ** 2 + model(model(x))
