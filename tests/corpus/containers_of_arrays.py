"""Arrays in lists, dicts and objects, written to through them."""

import copy
from dataclasses import dataclass

import numpy as np

from corpus.runner import program

R = np.random.RandomState(9)
v3 = R.randn(3)
v4 = R.randn(4)
v5 = R.randn(5)
v6 = R.randn(6)
m33 = R.randn(3, 3)
m34 = R.randn(3, 4)
p5 = R.rand(5) + 0.5


@program([v3, v4])
def list_arg_mutated(p):
    p[0] *= 2
    p[1][1:] = p[0]
    p.append(p[0] * p[1][:3])
    a, b, *_ = p
    a += 1
    return sum(np.sum(q**2) for q in p)


@program({"w": m33, "b": v3})
def dict_arg_mutated(p):
    p["w"] -= 0.1 * p["w"].T
    p["c"] = p["b"][::-1]
    p["b"][0] = 3.0
    w = p.pop("w")
    return np.sum(w**2) + np.sum(p["c"] ** 2)


@program(m34)
def row_swap_loop(a):
    b = a.copy()
    n = len(b)
    for i in range(n // 2):
        tmp = b[i].copy()
        b[i] = b[n - 1 - i]
        b[n - 1 - i] = tmp
    for i in range(n):
        k = int(np.argmin(b[i:, 0])) + i
        b[[i, k]] = b[[k, i]]
    return np.sum(b * np.arange(12.0).reshape(3, 4) ** 2)


@program(m34)
def tmp_alias_bug(a):
    b = a.copy()
    tmp = b[0]
    b[0] = b[1]
    b[1] = tmp  # tmp is a view: both rows end equal
    return np.sum(b * np.arange(12.0).reshape(3, 4) ** 2)


@program(v5)
def iterate_while_writing(x):
    a = x.copy()
    for i, v in enumerate(a):
        if i + 1 < len(a):
            a[i + 1] += 0.5 * v
    for v in a:
        a[0] += v**2
    return np.sum(a**2)


@program(m33)
def zip_rows(a):
    b = np.zeros_like(a)
    for src, dst in zip(a, b):
        dst[:] = np.cumsum(src)
        dst[0] -= src[2]
    for r, c in zip(b, b.T):
        r += c
    return np.sum(b**2)


@program(v4)
def loop_of_arrays_list(x):
    bufs = [np.zeros(4) for _ in range(3)]
    for k, b in enumerate(bufs):
        b += x * k
        b[k] = 1.0
    for b in bufs[1:]:
        b *= bufs[0] + 1
    first, *rest = bufs
    rest[-1][-1] = x[0] * x[1]
    return sum(float(np.sum(b**2)) for b in bufs)


@program(v4)
def same_array_in_list(x):
    z = np.zeros(4)
    l = [z] * 3
    for k in range(3):
        l[k][k] += x[k]
    m = [[0.0] * 2] * 2
    m[0][1] = x[3]
    return np.sum(z**2) + np.sum(l[2]) + m[1][1] ** 2


@program(v4)
def matrix_list_of_lists(x):
    M = [[0.0 for _ in range(3)] for _ in range(3)]
    for i in range(3):
        for j in range(3):
            M[i][j] = x[i] * x[j] + (i == j)
    M[0], M[2] = M[2], M[0]
    T = [list(r) for r in zip(*M)]
    return sum(T[i][j] * (i + 2 * j) for i in range(3) for j in range(3))


@dataclass
class State:
    x: np.ndarray
    t: float = 0.0
    log: list = None

    def advance(self, dt):
        self.x += dt * np.sin(self.x)
        self.t += dt
        return self

    def copy(self):
        return State(self.x.copy(), self.t)


@program(v4)
def state_copies(x):
    s = State(x.copy())
    t = s
    u = s.copy()
    d = copy.deepcopy(s)
    for _ in range(3):
        s.advance(0.1)
    u.advance(0.5)
    d.x[0] = 100
    return np.sum(t.x**2) * t.t + np.sum(u.x)


@program(State(v4, 0.5), twice=False)
def object_arg(s):
    s.advance(0.1)
    y = s.x
    y[1] *= 2
    return np.sum(s.x**2) * s.t


class Grid:
    def __init__(self, u):
        self.u = u
        self.next = np.zeros_like(u)

    def lap(self):
        return self.u[2:] - 2 * self.u[1:-1] + self.u[:-2]

    def step(self, a):
        self.next[:] = self.u
        self.next[1:-1] += a * self.lap()
        self.u, self.next = self.next, self.u


@program(v6, 0.2, wrt=(0, 1))
def grid_object(u, a):
    g = Grid(u.copy())
    for _ in range(4):
        g.step(a)
    return np.sum(g.u**2) + g.next[2]


@program(v6)
def memo_dict(x):
    memo = {}

    def fib(n):
        if n in memo:
            return memo[n]
        r = x[n] if n < 2 else fib(n - 1) * 0.5 + fib(n - 2) * x[n]
        memo[n] = r
        return r

    return fib(5) ** 2


@program(v6)
def stack_machine(x):
    ops = ["push", "push", "mul", "push", "add", "dup", "mul", "sin"]
    st = []
    k = 0
    for op in ops:
        if op == "push":
            st.append(x[k])
            k += 1
        elif op == "dup":
            st.append(st[-1])
        elif op == "sin":
            st[-1] = np.sin(st[-1])
        else:
            b, a = st.pop(), st.pop()
            st.append(a * b if op == "mul" else a + b)
    return st[0]


@program(v6)
def views_through_function(x):
    def halves(a):
        return a[:3], a[3:]

    a = x.copy()
    l, r = halves(a)
    l += r
    r *= l
    g = lambda z: z[::2]
    g(a)[:] = 0.5 * x[1]
    return np.sum(a**2) + l[1] * r[0]


@program(m33)
def ravel_writes(a):
    b = a.copy()
    f = b.ravel()
    f[::4] += 1.0
    g = b.flatten()
    g[0] = 99.0
    h = b.reshape(-1)
    h[1] = f[0] ** 2
    b.flat[2] = h[3]
    b.shape
    return np.sum(b**2) + g[4]


@program(m33)
def concat_is_copy(a):
    c = np.concatenate([a, a])
    c[0] = 0
    s = np.stack([a, a * 2])
    s[0] *= a
    v = np.vstack((a[0], a[1]))
    v[0] += 1
    t = np.tile(a[0], 2)
    t[0] = 1
    r = np.repeat(a[0], 2)
    r[1] = a[1, 1]
    return np.sum(c**2) + np.sum(s**2) + np.sum(v**2) + np.sum(t**2) + np.sum(r**2)


@program(m33)
def in_place_linalg(a):
    b = a @ a.T + np.eye(3)
    b[np.diag_indices(3)] += 1
    L = np.linalg.cholesky((b + b.T) / 2)
    L[0, 1] = L[1, 0]
    L *= 2
    inv = np.linalg.inv(b)
    inv[0] = 0
    w = np.linalg.eigvalsh((b + b.T) / 2)
    w[0] = 1.0
    w[1:] *= w[:-1]
    return np.sum(L**2) + np.sum(inv) + np.sum(w)


@program(v6)
def enumerate_reversed(x):
    a = np.zeros(6)
    for i, v in enumerate(reversed(x)):
        a[i] = v * (i + 1)
    for i in reversed(range(1, 6)):
        a[i] -= a[i - 1]
    for (i, v), w in zip(enumerate(x[1:], start=1), x):
        a[i] += v * w
    for i in range(len(a) - 1, -1, -2):
        a[i] **= 2
    return np.sum(a)


@program(v6)
def walrus_and_chain(x):
    a = x.copy()
    n = 0
    while (m := np.max(np.abs(a))) > 0.5 and n < 9:
        a = a / (1 + m)
        n += 1
    y = [s for v in x if (s := v**2) > 0.1]
    return np.sum(a) + sum(y) + (0.0 < x[0] < 5.0) * x[0] + m


@program(v6)
def match_on_tuples(x):
    t = 0.0
    for k, v in enumerate(x):
        match (k % 3, v > 0):
            case (0, True):
                t += v
            case (0, _):
                t -= v**2
            case (1 | 2, pos) if pos:
                t *= 1 + v
            case _:
                t += 1
    return t


@program(v6)
def star_everything(x):
    def f(*args, scale=1.0, **kw):
        return scale * sum(a**2 for a in args) + kw.get("bias", 0.0)

    d = {"scale": x[0], "bias": x[1]}
    pts = list(x[2:5])
    first, *mid, last = x
    return f(*pts, **d) + f(first, *mid) * last + f(*x[:2], scale=2)


@program(m34, twice=False)
def comprehension_arrays(x):
    rows = np.array([[v**2 if v > 0 else -v for v in r] for r in x])
    d = {i: r.sum() for i, r in enumerate(rows)}
    s = np.array([d[i] * i for i in sorted(d, key=lambda i: -i)])
    m = np.array(list(map(np.max, x)))
    z = np.array([a * b for a, b in zip(x[0], x[1])])
    f = np.array(list(filter(lambda v: v > 0, x.ravel())))
    return np.sum(s) + m @ m + z.prod() + f.sum() + max(d.values()) + min(x[0]) + np.array([*x[0], 1.0]).sum()


@program(p5, twice=False)
def tie_sort(x):
    y = np.concatenate([x, x])
    s = np.sort(y)
    u, c = np.unique(np.round(s * 0).astype(int), return_counts=True)
    return np.sum(s * np.arange(10.0)) + c[0] * s[0]


@program(v6)
def rng_inside(x):
    np.random.seed(0)
    a = np.random.randn(6)
    r = np.random.default_rng(1)
    p = r.permutation(6)
    n = r.normal(size=6)
    m = r.random(6) < 0.5
    k = r.integers(0, 6, 3)
    c = r.choice(6, 2, replace=False)
    return (
        np.sum(a * x)
        + np.sum(x[p] * n)
        + np.sum(x[m] ** 2)
        + x[k].prod()
        + x[c].sum()
        + np.sum((x + r.uniform(-1, 1, 6)) ** 2)
    )
