"""Programs that lean on the standard library: itertools, enum, abc, dataclasses, collections, functools."""

from __future__ import annotations

import abc
import bisect
import collections
import dataclasses
import enum
import functools
import heapq
import itertools
import logging
import math
import operator
import statistics

import numpy as np

from corpus.runner import program

R = np.random.RandomState(7)


@program(R.rand(5) + 0.5)
def fsum_hypot(x):
    return math.fsum(x) * math.hypot(*x) + math.dist(x[:2], x[2:4]) + math.prod(x)


@program(R.rand(4, 3), R.rand(3), wrt=(0, 1))
def groupby_sum(a, w):
    labels = [0, 0, 1, 1]
    total = 0.0
    for key, group in itertools.groupby(range(4), key=lambda i: labels[i]):
        rows = [a[i] for i in group]
        total = total + (key + 1) * np.dot(sum(rows), w) ** 2
    return total


class Kind(enum.Enum):
    LIN = 1
    QUAD = 2
    EXP = "e"


def apply_kind(kind, x):
    if kind is Kind.LIN:
        return x
    elif kind == Kind.QUAD:
        return x * x
    return np.exp(x)


@program(0.7)
def enum_dispatch(x):
    s = 0.0
    for k in Kind:
        s += apply_kind(k, x) * (2.0 if k.name == "LIN" else 1.0)
    return s


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
    def twice(self):
        return 2 * self.area()


class Sq(Shape):
    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a**2


class Ci(Shape):
    def __init__(self, r):
        self._r = r

    @property
    def r(self):
        return self._r

    @r.setter
    def r(self, v):
        self._r = v

    def area(self):
        return math.pi * self.r**2


@program(0.7, 1.2, wrt=(0, 1))
def abstract_shapes(a, r):
    c = Ci(r)
    c.r += a
    return sum(s.twice() for s in (Sq(a), c, Sq(a * r)))


@program(R.rand(5))
def zip_longest_pairwise(x):
    s = 0.0
    for a, b in itertools.zip_longest(x, x[1:], fillvalue=0.5):
        s += a * b
    for a, b in zip(x, itertools.islice(x, 1, None)):
        s += (a - b) ** 2
    for a, b in zip(itertools.cycle([1.0, -1.0]), x):
        s += a * b**3
    for i, v in zip(itertools.count(1), x):
        s += i * v
    return s


@program(R.rand(4))
def counter_defaultdict(x):
    d = collections.defaultdict(float)
    for i, v in enumerate(x):
        d[i % 2] += v**2
    c = collections.Counter("abca")
    return d[0] * d[1] + sum(n * x[i] for i, (k, n) in enumerate(sorted(c.items())))


@program(R.rand(4))
def chainmap_ordered(x):
    base = {"a": x[0], "b": x[1]}
    over = {"b": x[2] * x[3]}
    m = collections.ChainMap(over, base)
    return m["a"] * m["b"]


@program(0.5, 2.0, wrt=(0, 1))
def complex_impedance(R_, L):
    total = 0.0
    for w in (0.5, 1.0, 2.0):
        z = R_ + 1j * w * L + 1 / (1j * w * 0.3)
        total += abs(z) + math.atan2(z.imag, z.real)
    return total


@program(R.rand(3, 3) + 3 * np.eye(3), R.rand(3), wrt=(0, 1))
def gauss_pivot(A, b):
    A = A.copy()
    b = b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = A[i, k] / A[k, k]
            A[i, k:] -= m * A[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


@program(R.rand(4))
def try_else_finally(x):
    log = []
    s = 0.0
    for i in range(6):
        try:
            v = x[i]
            if v < 0:
                raise ValueError("neg")
        except IndexError:
            s += 0.1 * s
            continue
        except (ValueError, TypeError) as e:
            log.append(str(e))
        else:
            s += v**2
        finally:
            log.append(i)
    return s * len(log)


@program({"w": R.rand(2, 3), "b": R.rand(2), "layers": [R.rand(2, 2), R.rand(2, 2)]}, R.rand(3))
def pytree_net(p, x):
    h = np.tanh(p["w"] @ x + p["b"])
    for W in p["layers"]:
        h = np.tanh(W @ h) + h
    reg = sum(np.sum(v**2) if not isinstance(v, list) else sum(np.sum(u**2) for u in v) for k, v in p.items())
    return h.sum() + 0.1 * reg


@program(R.rand(8))
def haar(x):
    out = x.copy()
    n = len(out)
    while n > 1:
        half = n // 2
        tmp = out[:n].copy()
        for i in range(half):
            out[i] = (tmp[2 * i] + tmp[2 * i + 1]) / math.sqrt(2)
            out[half + i] = (tmp[2 * i] - tmp[2 * i + 1]) / math.sqrt(2)
        n = half
    return np.sum(np.abs(out) ** 1.5)


@program(R.rand(5) + 0.2, R.rand(4) + 0.2, wrt=(0, 1))
def dtw(a, b):
    n, m = len(a), len(b)
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = (a[i - 1] - b[j - 1]) ** 2 + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


@program(R.rand(6) + 0.2)
def lru_memo(x):
    @functools.lru_cache(maxsize=None)
    def f(i):
        if i < 2:
            return x[i]
        return f(i - 1) * 0.5 + f(i - 2) * x[i]

    return f(5)


@program(R.rand(6) + 0.2)
def dict_memo(x):
    memo = {}

    def f(i):
        if i in memo:
            return memo[i]
        if i < 2:
            r = x[i]
        else:
            r = f(i - 1) * 0.5 + f(i - 2) * x[i]
        memo[i] = r
        return r

    return f(5)


@program(R.rand(3), R.rand(3), wrt=(0, 1))
def rodrigues(v, k):
    k = k / np.linalg.norm(k)
    th = np.linalg.norm(v)
    r = v * np.cos(th) + np.cross(k, v) * np.sin(th) + k * np.dot(k, v) * (1 - np.cos(th))
    return r[0] + 2 * r[1] ** 2


@program(R.rand(10, 2))
def pairwise_min(p):
    d = p[:, None] - p[None, :]
    r = np.sqrt((d**2).sum(-1) + np.eye(10))
    np.fill_diagonal(r, np.inf)
    return r.min(axis=1).sum()


@program(0.3, 0.8, 1.1, wrt=(0, 1, 2))
def black_scholes(S, K, s):
    d1 = (math.log(S / K) + 0.5 * s * s) / s
    N = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    return S * N(d1) - K * N(d1 - s)


@program(1.5)
def newton_while_else(x):
    y = x
    n = 0
    while abs(y * y - x) > 1e-13:
        y = 0.5 * (y + x / y)
        n += 1
        if n > 50:
            break
    else:
        y = y + x
    return y


@program(R.rand(3, 4))
def string_formatting(a):
    lines = []
    for i, row in enumerate(a):
        lines.append(f"{i:>3d} {row.sum():8.3f} {'%g' % row[0]}")
    text = "\n".join(lines)
    n = len(text.splitlines())
    logging.getLogger("x").debug("sum %s", a.sum())
    return (a**2).sum() * n


@program(R.rand(4), R.rand(4))
def star_args(x, y):
    def norm(*parts, p=2, **kw):
        return sum(abs(q) ** p for q in parts) ** (1 / p) * kw.get("scale", 1.0)

    args = [*x, *y]
    opts = dict(p=3)
    return norm(*args, **opts) + norm(*x, **{**opts, "scale": 2.0})


@program(R.rand(5))
def generator_pipeline(x):
    def source():
        for v in x:
            yield v

    def square(it):
        for v in it:
            yield v * v

    def running(it):
        s = 0.0
        for v in it:
            s += v
            yield s

    def pairs():
        yield from zip(running(square(source())), x)

    return sum(a * b for a, b in pairs())


@program(R.rand(4), R.rand(2), wrt=(0, 1))
def walrus_while(x, y):
    stack = list(x)
    s = 0.0
    while stack and (top := stack.pop()) > 0:
        s += top * y[len(stack) % 2]
    return s**2


@program(R.rand(6).reshape(2, 3))
def strided_views(a):
    b = a.copy()
    v = b[:, ::-1]
    v[0] *= 2
    t = b.T
    t[1] += t[0]
    f = b.ravel()
    f[::2] = f[1::2] * 3
    return np.sum(b**2)


@program(R.rand(5))
def flat_iter(x):
    a = np.outer(x, x)
    a.flat[3] = x[0]
    s = 0.0
    for v in a.flat:
        s += v**2
    return s + a.flat[7]


@dataclasses.dataclass
class State:
    pos: np.ndarray
    vel: np.ndarray
    m: float = 1.0
    hist: list = dataclasses.field(default_factory=list)

    def energy(self):
        return 0.5 * self.m * np.sum(self.vel**2) + np.sum(self.pos**4)

    def replace(self, **kw):
        return dataclasses.replace(self, **kw)


@program(State(R.rand(2), R.rand(2), 1.3))
def dataclass_state(s):
    for _ in range(3):
        a = -4 * s.pos**3 / s.m
        s = s.replace(pos=s.pos + 0.1 * s.vel, vel=s.vel + 0.1 * a)
    return s.energy()


@program(R.rand(2), R.rand(2), wrt=(0, 1))
def dataclass_mut(p, v):
    s = State(p.copy(), v)
    for i in range(4):
        s.pos += 0.1 * s.vel
        s.hist.append(s.energy())
        s.m *= 1.1
    d = dataclasses.asdict(s)
    return sum(s.hist) + d["m"] * s.hist[-1]


@program(R.rand(5))
def slices(x):
    s = 0.0
    for a, b in zip(x, itertools.islice(x, 1, None)):
        s += (a - b) ** 2
    for v in itertools.islice(x, 3):
        s += v
    for v in itertools.islice(x, 0, None, 2):
        s += v**3
    for v in itertools.islice((t * t for t in x), 1, 4):
        s += v
    it = iter(x)
    for v in itertools.islice(it, 2):
        s += v
    for v in it:
        s += v**2
    return s


@program(R.rand(5))
def window(x):
    def windows(seq, n):
        it = iter(seq)
        win = collections.deque(itertools.islice(it, n), maxlen=n)
        yield tuple(win)
        for v in it:
            win.append(v)
            yield tuple(win)

    return sum(a * b - c for a, b, c in windows(x, 3))


# ODE classes
class ODESolver:
    def __init__(self, f, **opts):
        self.f, self.opts = f, opts
        self.history = []

    def step(self, t, y, h):
        raise NotImplementedError

    def solve(self, y0, t0, t1):
        n = self.opts.get("n", 10)
        h = (t1 - t0) / n
        t, y = t0, y0
        for _ in range(n):
            y = self.step(t, y, h)
            t += h
            self.history.append((t, y))
        return y


class Euler(ODESolver):
    def step(self, t, y, h):
        return y + h * self.f(t, y)


class RK4(ODESolver):
    def step(self, t, y, h):
        k1 = self.f(t, y)
        k2 = self.f(t + h / 2, y + h / 2 * k1)
        k3 = self.f(t + h / 2, y + h / 2 * k2)
        k4 = self.f(t + h, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@program(np.array([1.0, 0.5]), 0.7, wrt=(0, 1))
def ode_classes(y0, k):
    f = lambda t, y: np.array([y[1], -k * y[0] - 0.1 * np.sin(t) * y[1]])
    total = 0.0
    for cls in (Euler, RK4):
        s = cls(f, n=5)
        y = s.solve(y0, 0.0, 1.0)
        total += y[0] * y[1] + s.history[-2][1][0] + len(s.history)
    return total


class Tensor:
    """micrograd"""

    def __init__(self, data, children=(), op=""):
        self.data, self.grad, self._prev, self._op = data, 0.0, set(children), op
        self._backward = lambda: None

    def __add__(self, o):
        o = o if isinstance(o, Tensor) else Tensor(o)
        out = Tensor(self.data + o.data, (self, o), "+")

        def _backward():
            self.grad += out.grad
            o.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, o):
        o = o if isinstance(o, Tensor) else Tensor(o)
        out = Tensor(self.data * o.data, (self, o), "*")

        def _backward():
            self.grad += o.data * out.grad
            o.grad += self.data * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Tensor(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for c in v._prev:
                    build(c)
                topo.append(v)

        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


@program(0.6, 0.4, wrt=(0, 1))
def micrograd(a, b):
    x, y = Tensor(a), Tensor(b)
    z = (x * y + x * 2.0).tanh() * y
    z.backward()
    return x.grad * y.grad + z.data


@program(R.rand(4, 4))
def game_of_life_like(a):
    n, m = a.shape
    out = np.zeros_like(a)
    for i in range(n):
        for j in range(m):
            s = 0.0
            for di in (-1, 0, 1):
                for dj in (-1, 0, 1):
                    if di == dj == 0:
                        continue
                    ii, jj = (i + di) % n, (j + dj) % m
                    s += a[ii, jj]
            out[i, j] = a[i, j] / (1 + np.exp(-s + 3))
    return (out**2).sum()


@program(R.rand(3), R.rand(3, 3), wrt=(0, 1))
def viterbi_soft(pi, A):
    obs = [0, 2, 1, 1]
    A = A / A.sum(axis=1, keepdims=True)
    alpha = pi / pi.sum()
    ll = 0.0
    for t, o in enumerate(obs):
        if t:
            alpha = alpha @ A
        alpha = alpha * np.array([0.5, 0.3, 0.2])[(np.arange(3) + o) % 3]
        z = alpha.sum()
        ll += np.log(z)
        alpha /= z
    return ll


@program(R.rand(3, 4), R.rand(4), wrt=(0, 1))
def perceptron_epochs(X, w):
    y = np.array([1, -1, 1])
    w = w.copy()
    for epoch in range(3):
        errors = 0
        for xi, target in zip(X, y):
            update = 0.1 * (target - np.tanh(xi @ w))
            w += update * xi
            errors += int(abs(update) > 0.01)
        if errors == 0:
            break
    return w @ w


@program(R.rand(6))
def bubble(x):
    a = list(x)
    n = len(a)
    for i in range(n):
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return sum((i + 1) * v for i, v in enumerate(a))


@program(R.rand(6))
def merge_sort_np(x):
    def ms(v):
        if len(v) < 2:
            return v
        m = len(v) // 2
        l, r = ms(v[:m]), ms(v[m:])
        out = np.empty(len(v))
        i = j = 0
        for k in range(len(v)):
            if j >= len(r) or (i < len(l) and l[i] <= r[j]):
                out[k] = l[i]
                i += 1
            else:
                out[k] = r[j]
                j += 1
        return out

    return (ms(x) * np.arange(6)).sum()


@program(R.rand(3), R.rand(3))
def dict_dispatch(x, y):
    ops = {"add": operator.add, "mul": lambda a, b: a * b, "pow": np.power, "hyp": np.hypot}
    return sum(np.sum(f(x, y)) * (i + 1) for i, (name, f) in enumerate(ops.items()) if name != "none")


@program(0.5)
def compose_functions(x):
    compose = lambda *fs: functools.reduce(lambda f, g: lambda v: f(g(v)), fs)
    return compose(math.sin, math.exp, lambda v: v * v)(x)


@program(0.5)
def currying(x):
    def adder(a):
        def add(b):
            def more(c=a * b):
                return a + b * c

            return more

        return add

    return adder(x)(x * 2)() + adder(2.0)(x)(x)


@program(R.rand(4))
def nonlocal_counter(x):
    n, s = 0, 0.0

    def push(v):
        nonlocal n, s
        n += 1
        s = s * 0.9 + v
        return s

    hist = [push(v) for v in x]
    return sum(hist) / n


@program(R.rand(2, 3), R.rand(3))
def numpy_matrix_style(a, b):
    return (
        np.einsum("ij,j->i", a, b).dot(a.sum(1))
        + np.vdot(a, a)
        + np.inner(b, b)
        + (a @ b[:, None]).T.ravel()[0]
    )


@program(R.rand(5) + 1)
def stats_funcs(x):
    z = (x - x.mean()) / x.std(ddof=1)
    skew = np.mean(z**3)
    kurt = np.mean(z**4) - 3
    q1, q3 = np.percentile(x, [25, 75])
    return skew + kurt + (q3 - q1) * np.median(x) + np.cov(x, x**2)[0, 1] + np.corrcoef(x, x**3)[0, 1]


@program(np.array([0.9, 0.5, 1.4, 0.7, 1.1, 0.3]))
def heaps_of_what_is_computed(x):
    heap = []
    for entry in x:
        heapq.heappush(heap, entry**2)
    smallest = heapq.heappop(heap)
    second = heapq.heapreplace(heap, smallest * 5.0)
    other = [entry * x[0] for entry in x]
    heapq.heapify(other)
    total = heapq.heappushpop(other, 0.6) * other[0]
    while other:
        total = total * 0.5 + heapq.heappop(other) ** 2
    largest = heapq.nlargest(2, x)
    return smallest * second + sum(heap) * total + largest[0] * heapq.nsmallest(1, x, key=lambda e: -e * e)[0]


@program(np.array([0.9, 0.5, 1.4, 0.7]))
def events_in_the_order_of_their_times(x):
    queue = [(entry, k) for k, entry in enumerate(x)]
    heapq.heapify(queue)
    total = 0.0
    while queue:
        time, k = heapq.heappop(queue)
        total += time**2 * (k + 1 + len(queue))
    return total


@program(np.array([0.9, 0.56, 1.4, 0.7]), [0.2, 1.3, 0.4, 2.1], wrt=(0, 1))
def places_and_statistics(x, y):
    edges, ordered = [0.0, 0.6, 1.2, 1.8], sorted(x)
    total = sum(entry * bisect.bisect_right(edges, entry) for entry in x) + bisect.bisect_left(ordered, 0.8)
    total += statistics.mean(x) * statistics.stdev(y) + statistics.variance(x, statistics.fmean(y))
    total += statistics.median(y) * statistics.median_low(x) + statistics.median_high(y) * statistics.pstdev(x)
    total += statistics.geometric_mean(y) * statistics.harmonic_mean(x) + statistics.pvariance(y)
    return total + statistics.correlation(y, list(x)) * statistics.covariance(x, y)


@program(np.array([0.9, 0.5, 1.4, 0.7, 1.1]))
def groups_of_computed_keys(x):
    total = 0.0
    for high, group in itertools.groupby(x, key=lambda entry: entry > 0.8):
        members = list(group)
        total += (2.0 if high else 1.0) * sum(members) ** 2 / len(members)
    for key, group in itertools.groupby(sorted(x), key=lambda entry: math.floor(entry * 3)):
        total += next(group) * key + sum(group) ** 2
    return total
