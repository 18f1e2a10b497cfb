"""Functions: arguments of all kinds, higher order, decorators, closures, recursion, caches."""

import functools
import itertools
import math
import operator
from functools import lru_cache, partial, reduce
from typing import Any, Callable, Optional, Sequence, Union

import numpy as np

from corpus.runner import program

G = 9.81
PARAMS = {"m": 2.0, "k": [1.0, 0.5]}
TABLE = np.linspace(0.0, 1.0, 5)


@program(0.7)
def positional_only_and_keyword_only(x):
    def f(a, /, b, *, c=2.0):
        return a * b**c

    return f(x, 3.0) + f(x, b=x, c=3) + f(2.0, x, c=x)


@program(0.7)
def star_args_and_kwargs(x):
    def f(*args, **kwargs):
        total = 0.0
        for a in args:
            total += a**2
        for name, v in kwargs.items():
            total += v * (2.0 if name == "b" else 1.0)
        return total + len(args) * x

    pair = (x, 2.0 * x)
    return f(*pair, 1.0, *[x], a=x, **{"b": x**2})


@program(0.7)
def forwarding_wrapper(x):
    def outer(*args, scale=1.0, **kw):
        return scale * inner(*args, **kw)

    def inner(a, b=2.0, *, power=2):
        return (a + b) ** power

    return outer(x) + outer(x, x, scale=x, power=3) + outer(a=x, b=1.0)


@program(0.7)
def defaults_evaluated_once(x):
    def f(a, b=x * 2.0, c=(1.0, 2.0)):
        return a * b + c[1]

    x = x + 1.0
    return f(x) + f(x, c=(x, x))


@program(0.7)
def mutable_default(x):
    def push(v, acc=[]):
        acc.append(v)
        return sum(acc)

    return push(x) + push(x**2) * push(1.0)


@program(0.7)
def counter_closure(x):
    def make_counter(start):
        count = start

        def step(by=1.0):
            nonlocal count
            count = count + by * x
            return count

        return step

    c, d = make_counter(0.0), make_counter(x)
    return c() * c(2.0) + d() + c()


@program(0.7)
def late_binding_in_loop(x):
    fs = []
    for k in range(3):
        fs.append(lambda t: t * k + x)
    return sum(f(x) for f in fs)


@program(0.7)
def bound_by_default_argument(x):
    fs = [lambda t, k=k: t**k for k in range(4)]
    return sum(w * f(x) for w, f in zip([1.0, 2.0, 3.0, 4.0], fs))


@program(0.7)
def composition(x):
    def compose(*fs):
        def composed(v):
            for f in reversed(fs):
                v = f(v)
            return v

        return composed

    h = compose(np.sin, lambda v: v**2, partial(operator.mul, 3.0))
    return h(x)


@program(0.7)
def curried(x):
    add = lambda a: lambda b: lambda c: a + b * c
    return add(x)(x**2)(3.0)


@program(0.7)
def reduce_and_accumulate(x):
    xs = [x, x**2, 2.0]
    products = list(itertools.accumulate(xs, operator.mul))
    return reduce(lambda a, b: a * 0.5 + b, products) + sum(itertools.accumulate(xs))


@program(0.7)
def mapping_and_filtering(x):
    squares = list(map(lambda v: v * v, [x, 1.0, 2.0 * x]))
    big = list(filter(lambda v: v > 0.5, squares))
    return sum(map(operator.mul, squares, reversed(squares))) + len(big) * x


@program(0.7)
def operator_module(x):
    ops = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow}
    acc = x
    for symbol, v in [("+", 1.0), ("*", x), ("/", 3.0), ("^", 2), ("-", x)]:
        acc = ops[symbol](acc, v)
    first = operator.itemgetter(1)
    return acc * first([1.0, x]) + operator.neg(x)


def timed(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        wrapper.calls = getattr(wrapper, "calls", 0) + 1
        return fn(*args, **kwargs)

    return wrapper


def scaled(factor):
    def decorate(fn):
        @functools.wraps(fn)
        def wrapper(x, *rest):
            return factor * fn(x, *rest)

        return wrapper

    return decorate


@scaled(2.0)
@scaled(factor=1.5)
def stacked_decorators_helper(x, y=1.0):
    """Doc."""
    return x**2 * y


@program(0.7)
def stacked_decorators(x):
    return stacked_decorators_helper(x) + stacked_decorators_helper(x, x)


@program(0.7)
@scaled(3.0)
def decorated_itself(x):
    return math.exp(x) * x


@program(0.7)
def decorator_inside(x):
    def clipped(fn):
        def wrapper(v):
            return min(fn(v), 1.0)

        return wrapper

    @clipped
    def f(v):
        return v**2

    return f(x) * x + f(3.0 * x)


class Memo:
    def __init__(self, fn):
        self.fn = fn
        self.cache = {}

    def __call__(self, n):
        if n not in self.cache:
            self.cache[n] = self.fn(n)
        return self.cache[n]


@Memo
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@program(0.7)
def class_as_decorator(x):
    return x * fibonacci(10) + x**2


@lru_cache(maxsize=None)
def stirling2(n, k):
    if n == k:
        return 1
    if k == 0 or k > n:
        return 0
    return k * stirling2(n - 1, k) + stirling2(n - 1, k - 1)


@program(0.7)
def touchard_polynomial(x):
    return sum(stirling2(5, k) * x**k for k in range(6))


@functools.cache
def chebyshev_coefficients(n):
    if n == 0:
        return (1,)
    if n == 1:
        return (0, 1)
    a, b = chebyshev_coefficients(n - 1), chebyshev_coefficients(n - 2)
    out = [0] + [2 * c for c in a]
    for i, c in enumerate(b):
        out[i] -= c
    return tuple(out)


@program(0.3)
def cached_polynomial_table(x):
    return sum(c * x**i for i, c in enumerate(chebyshev_coefficients(5)))


@program(0.7)
def memo_dict_recursion(x):
    memo = {}

    def poly(n):
        if n in memo:
            return memo[n]
        if n <= 1:
            result = 1.0 if n == 0 else x
        else:
            result = 2.0 * x * poly(n - 1) - poly(n - 2)
        memo[n] = result
        return result

    return poly(6)


@program(0.7)
def cached_inner_function(x):
    @lru_cache(None)
    def h(n):
        if n == 0:
            return 1.0
        if n == 1:
            return 2.0 * x
        return 2.0 * x * h(n - 1) - 2.0 * (n - 1) * h(n - 2)

    return h(5) + h(3)


@program(0.7, 5, wrt=(0,))
def recursion_on_integer(x, n):
    def power(b, e):
        if e == 0:
            return 1.0
        if e % 2:
            return b * power(b, e - 1)
        return power(b * b, e // 2)

    return power(x, n) + power(1.0 + x, 10)


@program(3.0)
def recursion_until_small(x):
    def shrink(v, depth):
        if v < 0.1 or depth > 50:
            return v
        return shrink(v * 0.5, depth + 1) + v**2

    return shrink(x, 0)


@program(0.1, 1.3, wrt=(0, 1))
def adaptive_simpson(a, b):
    def f(t):
        return math.exp(-t * t) * t

    def simpson(lo, hi):
        return (hi - lo) / 6.0 * (f(lo) + 4.0 * f(0.5 * (lo + hi)) + f(hi))

    def adapt(lo, hi, whole, eps, depth):
        mid = 0.5 * (lo + hi)
        left, right = simpson(lo, mid), simpson(mid, hi)
        if depth <= 0 or abs(left + right - whole) < 15.0 * eps:
            return left + right + (left + right - whole) / 15.0
        return adapt(lo, mid, left, eps / 2, depth - 1) + adapt(mid, hi, right, eps / 2, depth - 1)

    return adapt(a, b, simpson(a, b), 1e-5, 6)


@program(0.7)
def ackermann_like(x):
    def f(m, v):
        if m == 0:
            return v + 1.0
        return f(m - 1, f(m - 1, v * x))

    return f(3, x)


@program(1.3)
def trampolined(x):
    def is_even(n, acc):
        return (acc, None) if n == 0 else (None, (is_odd, n - 1, acc * x))

    def is_odd(n, acc):
        return (acc, None) if n == 0 else (None, (is_even, n - 1, acc + x))

    result, call = None, (is_even, 5, 1.0)
    while call is not None:
        fn, n, acc = call
        result, call = fn(n, acc)
    return result


@program(0.7)
def tree_as_tuples(x):
    tree = (1.0, (x, None, None), (2.0, (x**2, None, None), None))

    def total(node, depth=0):
        if node is None:
            return 0.0
        value, left, right = node
        return value * 0.5**depth * x + total(left, depth + 1) + total(right, depth + 1)

    return total(tree)


@program(0.7)
def global_reads(x):
    return G * x + PARAMS["m"] * PARAMS["k"][1] * x**2 + TABLE[2] * x + np.interp(x, TABLE, TABLE**2)


@program(0.7)
def function_attributes_and_names(x):
    def f(v):
        return v**2

    name = f.__name__
    return f(x) * len(name)


@program(0.7)
def functions_in_containers(x):
    activations = {"relu": lambda v: max(v, 0.0), "tanh": math.tanh, "square": lambda v: v * v}
    layers = ["square", "tanh", "relu"]
    for name in layers:
        x = activations[name](x)
    f, g = (activations["tanh"], activations["square"])
    return f(x) + g(x)


@program(0.7)
def partial_functions(x):
    def power(base, exponent, offset=0.0):
        return base**exponent + offset

    square = partial(power, exponent=2)
    cube_plus = partial(power, exponent=3, offset=x)
    base_x = functools.partial(power, x)
    return square(x) + cube_plus(2.0 * x) + base_x(0.5)


@program(0.7)
def typed_signature(
    x: float, coefficients: Optional[Sequence[float]] = None, f: Callable[..., Any] = math.sin
) -> Union[float, np.ndarray]:
    coefficients = coefficients or [1.0, 2.0]
    result: float = 0.0
    for c in coefficients:
        result += c * f(x)
    return result


@program(0.7, lambda v: v * v + 1.0, wrt=(0,))
def function_argument(x, f):
    return f(f(x)) + f(2.0)


@program(0.7, math.sin, wrt=(0,))
def function_from_library_as_argument(x, f):
    h = 1e-2
    return (f(x + h) - f(x - h)) / (2 * h)


@program(0.7, "cube", wrt=(0,))
def dispatch_by_name(x, name):
    def square(v):
        return v**2

    def cube(v):
        return v**3

    return {"square": square, "cube": cube}[name](x)


@program(1.0, 0.5, wrt=(0, 1))
def runge_kutta_generic(y0, k):
    def rk4(f, y, t, h):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    y, t, h = y0, 0.0, 0.2
    for _ in range(5):
        y = rk4(lambda t, y: -k * y + math.sin(t), y, t, h)
        t += h
    return y


@program(1.0, 0.5, wrt=(0, 1))
def system_as_tuple_ode(x0, mu):
    def rhs(state):
        x, v = state
        return v, mu * (1.0 - x * x) * v - x

    def axpy(a, u, v):
        return tuple(a * ui + vi for ui, vi in zip(u, v))

    state = (x0, 0.3)
    for _ in range(6):
        k1 = rhs(state)
        k2 = rhs(axpy(0.05, k1, state))
        state = axpy(0.1, k2, state)
    return state[0] ** 2 + state[1]


@program(2.5)
def secant_method(c):
    def secant(f, a, b, tol=1e-12, maxiter=50):
        fa, fb = f(a), f(b)
        for _ in range(maxiter):
            if abs(fb) < tol:
                return b
            a, b, fa = b, b - fb * (b - a) / (fb - fa), fb
            fb = f(b)
        raise RuntimeError("no convergence")

    return secant(lambda t: t**3 - c, 1.0, 2.0) * c


@program(0.7)
def multiple_results(x):
    def stats(*values):
        n = len(values)
        mean = sum(values) / n
        var = sum((v - mean) ** 2 for v in values) / (n - 1)
        return mean, var, {"n": n, "sd": math.sqrt(var)}

    mean, var, info = stats(x, x**2, 3.0)
    return mean * info["sd"] + var / info["n"]


@program(0.7)
def function_returning_none(x):
    def record(store, v):
        store.append(v)

    store = []
    r = record(store, x)
    if r is None:
        record(store, x**2)
    return store[0] * store[1]


@program(0.7)
def immediate_lambda(x):
    return (lambda a, b=2.0, *c: a * b + sum(c))(x, x, x, 1.0)


@program(0.7)
def conditional_function_choice(x):
    f = math.sin if x > 0.5 else math.cos
    g = (lambda v: v**2) if x > 10.0 else (lambda v: v**3)
    return f(x) * g(x)


@program(0.7)
def generic_vector_ops(x):
    def dot(a, b):
        return sum(i * j for i, j in zip(a, b))

    def matvec(m, v):
        return [dot(row, v) for row in m]

    def transpose(m):
        return [list(col) for col in zip(*m)]

    m = [[x, 1.0], [2.0, x**2], [0.5, x]]
    v = matvec(m, [1.0, x])
    return dot(matvec(transpose(m), v), [x, 3.0])


@program(0.7)
def singledispatch_like(x):
    def show(v):
        if callable(v):
            return v(x)
        if isinstance(v, (list, tuple)):
            return sum(show(i) for i in v)
        if isinstance(v, dict):
            return sum(show(i) for i in v.values())
        return v * x

    return show([1.0, (x, 2.0), {"a": x, "f": lambda t: t**2}])


@program(0.7)
def y_combinator(x):
    fact = (lambda f: lambda n, acc: acc if n == 0 else f(f)(n - 1, acc * x * n))(
        lambda f: lambda n, acc: acc if n == 0 else f(f)(n - 1, acc * x * n)
    )
    return fact(4, 1.0)


@program(0.7)
def star_unpack_in_calls_and_displays(x):
    head = [x, 2.0]
    tail = (x**2, *head, 1.0)
    merged = [*head, *tail, *range(2)]
    d = {**{"a": x}, "b": 2.0, **{"a": x * 3.0}}
    return max(*merged) * min(*tail) + d["a"] * d["b"] + math.hypot(*head)


@program(0.2)
def horner_with_reduce(x):
    return functools.reduce(lambda acc, c: acc * x + c, [3.0, -2.0, 5.0, 1.0], 0.0)


@program(0.7)
def method_of_builtin_types(x):
    fs = [x.__add__, x.__mul__]
    return fs[0](2.0) * fs[1](3.0) * x.__pow__(2)


@program(0.7)
def annotations_with_strings(x: "float", n: "int" = 3) -> "float":
    items: "list[float]" = []
    for k in range(n):
        items.append(x**k)
    return sum(items)
