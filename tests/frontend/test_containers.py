"""Lists, dicts, tuples and deques, built and changed."""

import collections
import copy

import numpy as np
from frontend.agreement import Programs

programs = Programs()

X = 0.8

A = np.array([0.5, 1.2, -0.7, 2.1])


@programs(X)
def dict_ops(x):
    d = {"a": x, "b": x**2}
    e = d | {"c": x**3, "a": 2 * x}
    e |= {"z": 1.0}
    e.setdefault("q", []).append(x)
    del e["b"]
    k = list(e.keys())
    t = 0.0
    for key, val in e.items():
        if key != "q":
            t += val
    return t + e["q"][0] * len(k) + d.pop("a") + e.get("nope", x)


@programs(X)
def star_unpack(x):
    a, *b, c = [x, x**2, x**3, x**4]
    (p, q), r = ((a, c), b)
    return p * q + sum(r)


@programs(A)
def star_array(a):
    h, *t = a
    return h * sum(t)


@programs(X)
def list_ops(x):
    l = [x, 2 * x, 3 * x]
    l.insert(1, x**2)
    l.append(x)
    l.reverse()
    y = l.pop()
    l.pop(0)
    l[1:2] = [x, x]
    del l[0]
    l.extend((1.0, x))
    l.sort()
    l += [x]
    l *= 2
    return sum((v * (k + 1) for k, v in enumerate(l))) + y


@programs(A)
def window(a):
    d = collections.deque(maxlen=3)
    t = 0.0
    for v in a:
        d.append(v)
        t += sum(d) / len(d) * v
    return t


@programs(A)
def counter(a):
    c = collections.defaultdict(float)
    for k, v in enumerate(a):
        c[k % 2] += v**2
    c2 = collections.Counter("aab")
    return c[0] * c[1] + c2["a"] * a[0]


@programs(A)
def grp(a):
    g = {}
    for k, v in zip("abab", a):
        g.setdefault(k, []).append(v)
    return sum(np.prod(v) for v in g.values()) + max(g["a"])


@programs(A)
def nested_comp(a):
    m = [[i * v for v in a] for i in range(3)]
    f = [v for r in m for v in r if v > 0]
    return sum(map(sum, m)) * sum(f)


@programs(A)
def setcomp(a):
    return sum(a[i] * k for i in sorted({i % 3 for i in range(7)}) for k in (1, 2))


@programs(A)
def dictcomp(a):
    d = {i: v**2 for i, v in enumerate(a)}
    return d[0] * d[3] + sum(d[k] * k for k in d)


@programs(A)
def slices(a):
    l = [v for v in a]
    l[::2] = l[1::2]
    return sum((v * (i + 1) for i, v in enumerate(l))) + sum(l[1:3]) + l[-1]


@programs(A)
def tolist(a):
    l = a.tolist()
    return l[0] * l[1] + sum(l)


class Acc:
    def __init__(self):
        self.total = 0.0
        self.hist = []

    def add(self, v):
        self.total += v
        self.hist.append(v)
        return self


@programs(A)
def accum(a):
    acc = Acc()
    for v in a:
        acc.add(v * v)
    return acc.total * acc.hist[-1] + len(acc.hist)


@programs(A)
def accum_chain(a):
    acc = Acc().add(a[0]).add(a[1] ** 2)
    return acc.total + sum(acc.hist)


@programs(X)
def strloop(x):
    t = 0.0
    for ch in "abca":
        t += {"a": x, "b": x**2}.get(ch, 1.0)
    return t


@programs(A)
def listarr(a):
    rows = [a * k for k in range(3)]
    M = np.array(rows)
    rows[0] = a**2
    return np.sum(M[1] * rows[0]) + np.sum(np.stack(rows) ** 2)


@programs(A)
def swap(a):
    b = a.copy()
    b[0], b[1] = (b[1], b[0])
    i, j = (1, 2)
    b[[i, j]] = b[[j, i]]
    return np.sum(b * np.arange(4))


@programs(A)
def bubble(a):
    l = list(a)
    for i in range(len(l)):
        for j in range(len(l) - 1 - i):
            if l[j] > l[j + 1]:
                l[j], l[j + 1] = (l[j + 1], l[j])
    return sum((v * k for k, v in enumerate(l)))


def fibo(n, x):
    return x if n < 2 else fibo(n - 1, x) + x * fibo(n - 2, x)


@programs(0.7, 6)
def fib(x, n):
    return fibo(n, x)


@programs(A)
def memo(a):
    m = {}

    def fib(n):
        if n in m:
            return m[n]
        m[n] = a[n] if n < 2 else fib(n - 1) * 0.5 + fib(n - 2)
        return m[n]

    return fib(6)


@programs(X)
def strkeys(x):
    p = dict(mass=x, k=2.0)
    for name in ("mass", "k"):
        p[name] *= 2
    p.update(c=x, k=p["k"] + 1)
    return p["mass"] * p["k"] + p["c"]


@programs(X)
def tup_mut(x):
    t = (x, 2 * x)
    t += (x**2,)
    t = t * 2
    return sum(t) * t[1] + len(t) + t.index(t[0]) + t.count(5)


@programs(X)
def delslice(x):
    l = [x * k for k in range(6)]
    del l[1:3]
    del l[-1]
    return sum(l) + l[1]


@programs(X)
def copy_(x):

    l = [x, [x**2, 1.0]]
    m = copy.deepcopy(l)
    n = copy.copy(l)
    m[1][0] = 0.0
    n[1][1] = x
    return l[1][0] + l[1][1] + sum(m[1])


@programs(X)
def enumdict(x):
    d = {"a": x, "b": 2 * x}
    return sum((i * v for i, (k, v) in enumerate(d.items(), 1))) + sum(1 for k in d if k == "a") * x


@programs(X)
def multi_assign(x):
    a = b = c = x**2
    b += x
    (d, e), f = ((a, b), c)
    return a * b + c + d * e * f


@programs({"w": A, "b": 0.3}, A, wrt=(0, 1))
def dictarg(p, a):
    return np.sum(p["w"] * a) + p["b"] ** 2


class Stack:
    def __init__(self):
        self._d = []

    def push(self, v):
        self._d.append(v)

    def pop(self):
        return self._d.pop()

    @property
    def top(self):
        return self._d[-1]

    def __len__(self):
        return len(self._d)

    def __bool__(self):
        return len(self._d) > 0


@programs(X)
def stackcls(x):
    s = Stack()
    s.push(x)
    s.push(x**2)
    s.push(s.top * x)
    t = 0.0
    while s:
        t = t * x + s.pop()
    return t


@programs(A)
def cumulative(a):
    out = []
    s = 0
    for v in a:
        s += v
        out.append(s)
    return np.array(out) @ a


@programs(A)
def running_max(a):
    m = a[0]
    t = 0
    for v in a[1:]:
        if v > m:
            m = v
        t += m * v
    return t


@programs(A)
def two_lists(a):
    pos, neg = ([], [])
    for v in a:
        (pos if v > 0 else neg).append(v)
    return sum(pos) * sum(neg)


@programs(A)
def cond_append(a):
    out = []
    for v in a:
        if v > 0.6:
            out.append(v**2)
        elif v < 0:
            out.append(-v)
    return sum(out) + len(out) * a[0]


@programs(A)
def list_of_lists(a):
    M = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            M[i][j] = a[i] * a[j] + (i == j)
    t = 0.0
    for i in range(3):
        t += M[i][i] * M[0][i]
    return t


@programs(A)
def matmul_lists(a):
    M = [[a[0], a[1]], [a[2], a[3]]]
    Q = [[sum(M[i][k] * M[k][j] for k in range(2)) for j in range(2)] for i in range(2)]
    return Q[0][0] * Q[1][1] - Q[0][1]


@programs(A)
def dp(a):
    n = len(a)
    best = [0.0] * (n + 1)
    for i in range(1, n + 1):
        best[i] = max(best[i - 1], best[max(0, i - 2)] + a[i - 1])
    return best[n] ** 2


@programs(A)
def viterbi(a):
    T = np.array([[0.7, 0.3], [0.4, 0.6]])
    v = [a[0], a[1]]
    for k in range(2, 4):
        v = [max(v[i] + T[i, j] * a[k] for i in range(2)) for j in range(2)]
    return max(v)


@programs(A)
def dict_state(a):
    st = {"pos": 0.0, "vel": a[0], "log": []}
    for f in a:
        st["vel"] += 0.1 * f
        st["pos"] += 0.1 * st["vel"]
        st["log"].append(st["pos"])
    return st["pos"] ** 2 + sum(st["log"])


@programs(A)
def unpack_nested(a):
    (p, q), [r, *s] = ((a[0], a[1]), a[2:])
    return p * q + r * sum(s)


@programs(A)
def loop_unpack(a):
    t = 0
    for i, (p, (q, r)) in enumerate([(a[0], (a[1], 2)), (a[2], (a[3], 3))]):
        t += i * p + q * r
    return t


@programs(A)
def sort_pairs(a):
    p = sorted([(a[0], "x"), (a[1], "y"), (a[2], "z")], key=lambda t: t[0], reverse=True)
    return p[0][0] * 2 + p[1][0]


@programs(A)
def argmax_py(a):
    l = list(a)
    i = max(range(len(l)), key=lambda k: l[k])
    j = l.index(min(l))
    return l[i] ** 2 + j * a[0]


@programs(A)
def groupsort(a):
    d = collections.OrderedDict(b=a[0], a=a[1])
    d.move_to_end("b")
    return sum((k * v for k, v in enumerate(d.values())))


@programs(A)
def chainmap(a):
    d = {**{"p": a[0]}, "q": a[1]}
    e = dict(zip("xy", a))
    f = dict([("m", a[2])], n=a[3])
    g = dict.fromkeys("ab", a[0])
    return sum(d.values()) * sum(e.values()) + f["m"] * f["n"] + g["a"] * g["b"]


@programs(A)
def popitem(a):
    d = {"p": a[0], "q": a[1]}
    k, v = d.popitem()
    return v * 2 + len(d) * a[0]


@programs(A)
def copy_list(a):
    l = [a[0], a[1]]
    m = l
    n = l[:]
    m[0] = a[2]
    n[1] = a[3]
    return l[0] * l[1] + n[0] * n[1] + sum(l.copy())


@programs(A)
def in_checks(a):
    l = ["a", "b"]
    d = {"a": a[0]}
    return (a[0] if "a" in l else a[1]) + (a[2] if "z" not in d else 0)


@programs(A)
def while_pop(a):
    q = [a[0], a[1], a[2]]
    t = 0
    while q:
        t = t * 0.5 + q.pop(0) ** 2
    return t


@programs(A)
def bfs(a):
    g = {0: [1, 2], 1: [3], 2: [3], 3: []}
    seen = {0}
    q = collections.deque([(0, a[0])])
    t = 0
    while q:
        n, v = q.popleft()
        t += v
        for m in g[n]:
            if m not in seen:
                seen.add(m)
                q.append((m, v * a[m]))
    return t


@programs(A)
def sets(a):
    s = {1, 2} | {3}
    s.add(0)
    s.discard(1)
    return sum(a[k] for k in sorted(s)) + len(s & {2, 3}) * a[0]


@programs(A)
def str_dispatch(a):
    t = 1.0
    for c in "+-*":
        if c == "+":
            t = t + a[0]
        elif c == "-":
            t = t - a[1]
        else:
            t = t * a[2]
    return t


@programs(A)
def type_change(a):
    acc = 0
    for k in range(3):
        if k == 0:
            acc = a
        else:
            acc = np.concatenate([np.atleast_1d(acc), a * k])
    return np.sum(acc**2)


@programs(A)
def in_place_list_elem(a):
    l = [a.copy(), a * 2]
    l[0][1] = 5.0
    l[1] *= a
    l[0] += 1
    return np.sum(l[0] * l[1])


@programs(A)
def arr_in_dict(a):
    d = {"w": a.copy()}
    d["w"][0] = 0
    d["w"] *= 2
    v = d["w"]
    v[1] += a[0]
    return np.sum(d["w"] ** 2)


@programs(A)
def tuple_swap(a):
    x, y = (a[0], a[1])
    for _ in range(3):
        x, y = (y, x + y)
    return x * y


@programs(A)
def lists_beside_arrays(a):
    l = [a[0], a[1], 1.0, 2.0]
    kept = l
    l += a  # NumPy is asked first: no longer list, but an array
    t = (1.0, 2.0, 3.0, 4.0) * a - l
    return np.sum(t * [1.0, 2.0, 3.0, 4.0] / l) + len(kept)


test_derivatives_agree_with_differences = programs.test()
