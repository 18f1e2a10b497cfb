"""How Python makes objects, finds their attributes and goes through them."""

import dataclasses
import enum
import functools

import numpy as np
import pytest
from frontend.agreement import Programs

import transad

programs = Programs()

X = 0.8


class Down:
    """An iterator written as a class."""

    def __init__(self, start):
        self.n = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1


@programs(X, 3, wrt=(0,))
def loop_over_an_iterator(x, n):
    total = 0.0
    for k in Down(n):
        total += x**k
    else:
        total *= x
    return total + sum(k * x for k in Down(2)) + len(list(Down(4)))


class Indexed:
    """What has no more than `__getitem__` is gone through with 0, 1, 2, ..."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, k):
        return self.values[k]

    def __delitem__(self, k):
        del self.values[k]


@programs(X)
def loop_over_what_is_indexed(x):
    it = Indexed([x, 2.0, x**2])
    del it[1]
    return sum(v * x for v in it)


class Bag:
    def __init__(self, **values):
        self.__dict__.update(values)


@programs(X)
def attributes_as_a_dict(x):
    bag = Bag(a=x, b=x**2)
    bag.__dict__["c"] = bag.a * 3.0
    vars(bag)["a"] = 2.0
    del bag.b
    return bag.c * bag.a + len(vars(bag)) * x


class Frozen:
    def __init__(self, x):
        object.__setattr__(self, "x", x)

    def __setattr__(self, name, value):
        raise AttributeError("frozen")


class Logged:
    def __init__(self, x):
        self.x = x

    def __setattr__(self, name, value):
        super().__setattr__(name, value * 2.0)


@programs(X)
def attributes_set_by_the_class(x):
    a, b = Frozen(x), Logged(x)
    b.x = b.x + a.x
    try:
        a.x = 5.0
    except AttributeError:
        b.x *= x
    return b.x


class Made:
    def __new__(cls, x):
        made = super().__new__(cls)
        made.x = x**2
        return made


class Single(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.extra = args[0]
        return made


class Metered(metaclass=Single):
    def __init__(self, x):
        self.x = 3.0 * x


@programs(X)
def objects_made_by_the_class(x):
    return Made(x).x + Metered(x).x * Metered(x).extra


class Unit:
    """A descriptor that stores in another attribute."""

    def __init__(self, scale):
        self.scale = scale

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, owner, cls=None):
        return getattr(owner, self.name) / self.scale

    def __set__(self, owner, value):
        setattr(owner, self.name, value * self.scale)


class Length:
    mm = Unit(1000.0)

    def add(self, value, factor=1.0):
        self.mm = self.mm + value * factor
        return self

    add_twice = functools.partialmethod(add, factor=2.0)

    @functools.singledispatchmethod
    def to(self, value):
        return self.mm * value

    @to.register
    def _(self, value: tuple):
        return sum(self.to(v) for v in value)


@programs(X)
def descriptors(x):
    length = Length()
    length.mm = x
    return length.add_twice(x).mm * length.to((x, 2.0))


class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2

    def sign(self, x):
        return -x if self is Side.LEFT else x


@programs(X)
def enumerations(x):
    return sum(side.sign(x**side.value) for side in Side) + Side(2).sign(x) * Side["LEFT"].value


@dataclasses.dataclass(order=True)
class Job:
    cost: float
    name: str = dataclasses.field(compare=False)
    scale: dataclasses.InitVar[float] = 2.0

    def __post_init__(self, scale):
        self.cost = self.cost * scale


@programs(X)
def dataclasses_in_order(x):
    jobs = [Job(x, "a"), Job(x**2, "b", 3.0), Job(1.0, "c")]
    same = jobs[0] == Job(x, "other") and jobs[0] != jobs[1]
    return min(jobs).cost * max(jobs).cost + dataclasses.asdict(sorted(jobs)[1])["cost"] * same


class Mean:
    def __init__(self, *values):
        self.values = values

    def __float__(self):
        return sum(self.values) / len(self.values)

    def __eq__(self, other):
        return NotImplemented

    def __round__(self, digits):
        return round(float(self), digits)


@programs(X)
def numbers_made_of_objects(x):
    m = Mean(x, x**2)
    known = [m, Mean(x)]
    return float(m) * x + round(m, 1) * x + (m in known) * x + (Mean(x) in known) + (m != known[1]) * x


@functools.singledispatch
def size(v):
    return abs(v)


@size.register
def _(v: list):
    return np.sqrt(sum(i**2 for i in v))


@programs(X)
def dispatched_by_type(x):
    return size(-x) * size([x, 1.0])


@functools.singledispatch
def grown(v):
    return v**2


def test_what_is_registered_later_with_a_dispatching_function_is_seen():
    df = transad.grad(lambda x: grown(x) * x)
    assert df(2.0) == 12.0
    grown.register(float, lambda v: v**3)
    assert df(2.0) == 32.0


class Empty:
    pass


def asked_by_hasattr(o, x):
    return o.k if hasattr(o, "k") else 3 * x


def asked_by_getattr(o, x):
    return getattr(o, "k", 3 * x)


def asked_by_an_exception(o, x):
    try:
        return o.k
    except AttributeError:
        return 3 * x


@pytest.mark.parametrize("ask", [asked_by_hasattr, asked_by_getattr, asked_by_an_exception])
def test_asking_for_an_attribute_that_one_path_set_is_refused(ask):
    def f(x):
        o = Empty()
        if x > 1:
            o.k = x * x
        return ask(o, x)

    with pytest.raises(transad.UnsupportedError, match="has the attribute k depends on the path"):
        transad.grad(f)(0.8)


test_derivatives_agree_with_differences = programs.test()
