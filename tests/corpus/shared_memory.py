"""Global arrays as data, and memory that several names share."""

import math
from collections import defaultdict

import numpy as np

from corpus.runner import program

R = np.random.RandomState(6)
v3 = R.randn(3)
v4 = R.randn(4)
v5 = R.randn(5)
v6 = R.randn(6)
m33 = R.randn(3, 3)
m34 = R.randn(3, 4)
t234 = R.randn(2, 3, 4)
V = np.arange(3.0)
M = np.arange(12.0).reshape(3, 4) + 1
K = np.array(2.5)
CFG = {"w": np.array([0.5, 1, 2.0]), "k": [np.ones(3), np.full(3, 2.0)]}
LST = [1.0, 2.0, 3.0]


class P:
    w = np.array([1.0, 2, 3])
    s = 2.0


OBJ = P()


@program(v3)
def global_vector(x):
    return (
        np.sum(x[0] * V)
        + np.sum(V - x[1])
        + np.sum(V / x[2])
        + np.sum(x[0] ** V)
        + np.sum(V ** abs(x[1]))
        + np.sum(np.maximum(x[2], V))
        + np.dot(V, x) * x[0]
    )


@program(v3)
def global_matrix(x):
    return (
        np.sum(M[:, 0] * x)
        + np.sum(M * x[0])
        + np.sum((x @ M) ** 2)
        + np.sum(x[:, None] * M)
        + np.sum(M.T * x)
    )


@program(v3, 0.7, wrt=(0, 1))
def global_containers(x, s):
    a = CFG["w"] * s + CFG["k"][1] * x
    b = sum(CFG["k"], x)
    return np.sum(a * b) + K * s + np.sum(K * x) + float(K) * s**2 + np.sum(s * OBJ.w) * OBJ.s


@program(0.7, twice=False)
def scalar_only(s):
    return (
        np.sum(s * V)
        + (s * V).mean()
        + np.mean(s + V)
        + np.max(s * V)
        + np.prod(s + V)
        + np.linalg.norm(s * V + 1)
        + (s * V) @ V
        + np.sum(M @ (s * np.ones(4)))
        + np.sum(np.outer(s * V, V))
        + np.std(s * V)
        + np.cumsum(s * V)[-1]
        + np.sum(np.sin(V) * math.sin(s))
        + np.trace(s * M[:, :3])
        + np.interp(s, V, V**2)
        + np.polyval(V, s)
        + np.polyval(LST, s)
        + np.sum(V[::-1] * s)
    )


@program(0.7, 1.3, wrt=(0, 1))
def two_scalars(a, b):
    t = np.linspace(0, 1, 5)
    y = a * np.exp(-b * t)
    r = y - V[:1]
    return (
        np.sum(r**2)
        + np.sum(np.hypot(a, t) * b)
        + np.sum(np.arctan2(t, b))
        + np.sum(np.clip(t, None, a) * b)
        + np.sum(np.power(t + 1, b))
        + np.sum(np.logaddexp(a * t, b))
    )


@program(v4)
def list_of_rows(x):
    rows = []
    A = np.outer(x, x)
    for k in range(4):
        rows.append(A[k])
    rows[1] += 1.0
    A[2] *= 2
    rows[0][1] = 7.0
    return np.sum(np.array(rows) ** 2 * np.arange(16.0).reshape(4, 4)) + np.sum(A)


@program(v4)
def queue_of_arrays(x):
    hist = [x, x * 2]
    for _ in range(4):
        hist.append(hist[-1] * 0.5 + hist[-2] ** 2)
        hist.pop(0)
    return np.sum(hist[-1] * hist[0])


@program(v4)
def dict_of_grads(x):
    state = {}
    for name, k in (("a", 0), ("b", 1)):
        state[name] = x * (k + 1)
        state[name][k] = 0.0
    m = {n: np.zeros_like(v) for n, v in state.items()}
    for n in m:
        m[n] = 0.9 * m[n] + 0.1 * state[n]
        state[n] -= m[n]
    return sum(np.sum(v**2) for v in state.values())


@program(v4)
def adam(x0):
    x = x0.copy()
    m = np.zeros_like(x)
    v = np.zeros_like(x)
    for t in range(1, 4):
        g = 2 * x + np.cos(x)
        m[:] = 0.9 * m + 0.1 * g
        v *= 0.999
        v += 0.001 * g**2
        x -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return np.sum(x**2)


@program(m33)
def diag_views(a):
    b = a.copy()
    d = np.diag(b)
    e = b.diagonal()
    b[0, 0] = 5 * a[1, 1]
    return d.sum() ** 2 + e[1] ** 3 + np.sum(b**2) + d[0]


@program(m33)
def transposed_iadd(a):
    b = a + 0
    b.T[:] += a
    c = b.T
    c += b  # overlapping in-place add: numpy buffers
    return np.sum(b**2 * np.arange(9.0).reshape(3, 3))


@program(v6)
def overlapping_shift(x):
    a = x.copy()
    a[1:] = a[:-1]
    a[:-1] += a[1:]
    a[::2] = a[1::2]
    a[2:] -= a[:-2] * x[0]
    return a @ np.arange(6.0)


@program(v6)
def iadd_self_view(x):
    a = x.copy()
    a += a[::-1]
    a *= a[0]
    a -= a.mean()
    a /= a[-1]
    return np.sum(a**2 * np.arange(6.0))


@program(v6)
def chained_assign(x):
    a = b = x * 2
    a[0] = 1.0
    c = d = e = np.zeros(6)
    c[1] = x[1]
    d[2] = x[2] ** 2
    (p, q), r = (a[:2], b[2:4]), e
    p[1] = q[0] * 3
    r += 1
    return np.sum(a * b) + np.sum(e**2)


@program(v6)
def swap_slices(x):
    a = x.copy()
    a[:3], a[3:] = a[3:].copy(), a[:3].copy()
    t = a[1]
    a[1] = a[4]
    a[4] = t
    a[0], a[5], a[2] = a[5], a[2], a[0]
    return np.sum(a * np.arange(6.0) ** 2)


@program(v6)
def swap_slices_wrong(x):
    a = x.copy()
    a[:3], a[3:] = a[3:], a[:3]  # second slice is read after it was overwritten
    return np.sum(a * np.arange(6.0) ** 2)


@program(v6)
def helper_default_mutable(x):
    def push(v, acc=None):
        acc = [] if acc is None else acc
        acc.append(v)
        return acc

    a = push(x[0])
    a = push(x[1] * a[0], a)
    b = push(x[2])
    return sum(a) * b[0]


@program(v6)
def inplace_in_closure(x):
    buf = np.zeros(3)
    count = 0

    def add(v):
        nonlocal count
        buf[count % 3] += v
        count += 1

    for v in x:
        add(v**2)
    return np.prod(buf) * count


class Accumulator:
    def __init__(self, n):
        self.total = np.zeros(n)
        self.n = 0

    def __iadd__(self, v):
        self.total += v
        self.n += 1
        return self

    def __getitem__(self, k):
        return self.total[k]

    def __setitem__(self, k, v):
        self.total[k] = v

    @property
    def mean(self):
        return self.total / self.n


@program(v6)
def object_inplace(x):
    acc = Accumulator(2)
    for k in range(3):
        acc += x[2 * k : 2 * k + 2] ** 2
    acc[0] = acc[1] * 2
    return np.sum(acc.mean**2)


@program(v6, v6[::-1].copy(), wrt=(0, 1))
def out_tuple(x, y):
    q = np.empty(6)
    r = np.empty(6)
    np.divmod(np.abs(x) + 1, 0.7, out=(q, r))
    np.modf(y, out=(q, q.copy()))
    z = np.empty((2, 6))
    np.add(x, y, out=z[0])
    np.multiply(x, y, out=z[1, ::-1])
    np.cumsum(x, out=r)
    np.dot(x.reshape(2, 3), y.reshape(3, 2)).sum(out=None)
    s = np.empty(2)
    np.sum(z, axis=1, out=s)
    np.clip(z, -0.5, 0.5, out=z)
    return np.sum(q * r) + np.sum(z**2) + s @ s


@program(v6)
def where_in_place(x):
    a = np.where(x > 0, x, 0)
    a[np.where(a == 0)] = -1.0 * x[0]
    i = np.where(x > 0)[0]
    a[i[:1]] *= 3
    b = x[:]
    c = b[...]
    d = c[:, None]
    return np.sum(a**2) + np.sum(d * d)


@program(v6)
def bool_idx_aug_chain(x):
    m = x > 0
    a = np.zeros(6)
    a[m] += x[m]
    a[~m] -= x[~m] ** 2
    a[m & (x > 0.5)] **= 2
    a[np.flatnonzero(m)[:1]] = 9 * x[0]
    a[m.nonzero()] += 1
    a[np.logical_not(m)] /= 2
    return np.sum(a**3)


@program(t234)
def nd_views(x):
    y = x.copy()
    v = y[0]
    w = v.T
    z = np.swapaxes(y, 1, 2)[1]
    z[0] = 1.5 * x[0, 0, 0]
    w[1] *= 2
    u = y.reshape(6, 4)
    u[5] += u[0]
    s = np.squeeze(y[:1])
    s[2, 3] = x[1, 1, 1] ** 2
    m = np.moveaxis(y, 0, 2)
    m[0, 0] = m[1, 1] * 3
    e = np.expand_dims(y, 1)
    e[0, 0, 0] -= 1
    at = np.atleast_3d(y)
    at[1, 2, 3] = x[0, 2, 2]
    return np.sum(y**2 * np.arange(24.0).reshape(2, 3, 4))


@program(m34)
def views_split(x):
    y = x + 0
    a, b = np.split(y, 2, axis=1)
    a *= 2
    b[0] = a[1]
    top, rest = y[:1], y[1:]
    top += rest[0]
    r = np.broadcast_to(y[0], (2, 4))
    f = np.flip(y, 1)
    f[:, 0] = 0
    g = np.rot90(y)
    g[0, 0] = 5 * x[0, 0]
    h = np.fliplr(y)[1]
    h += 1
    return np.sum(y**2) + np.sum(r)


@program(v5)
def early_exit_inplace(x):
    a = x.copy()
    it = 0
    while it < 50:
        old = a.copy()
        for i in range(1, 4):
            a[i] = 0.5 * (a[i - 1] + a[i + 1])
        it += 1
        if np.abs(a - old).max() < 0.05:
            break
    else:
        a[:] = 0
    return np.sum(a**2) * it


@program(v5)
def nested_while(x):
    a = x.copy()
    n = 0
    while np.sum(a**2) > 0.5:
        k = 0
        while k < len(a):
            if a[k] < 0:
                a[k] *= -0.5
            else:
                a[k] -= 0.1 * a[k] ** 2 + 0.05 * x[0] ** 2
            k += 1
            if k == 4 and n > 2:
                break
        a *= 0.8
        n += 1
        if n > 10:
            return np.sum(a) * 2
    return np.sum(a**3)


@program(v5, twice=False)
def copies_and_views(x):
    a = np.zeros(3)
    a[:] = x[:3]
    b = np.resize(a, (2, 3))
    b[0] = 1
    c = np.asarray(a)
    c[0] = x[4]
    d = np.array(a, copy=True)
    d[1] = 100
    e = np.asarray(a, dtype=float)
    e[2] = x[3] ** 2
    f = a.view()
    f[1] *= 2
    g = a.astype(float)
    g[0] = 50
    h = a.astype(float, copy=False)
    h[1] += 1
    return np.sum(a**2) + np.sum(b) + np.sum(d) + g[0]


@program(R.rand(3, 3))
def one_array_under_two_names_that_change_places(x):
    a = x.copy()
    c = a
    for i in range(3):
        if i % 2 == 0:
            a, c = c, a
        a[:] = np.sin(a) * a[:, i]
    return np.sum(a) + np.sum(c[0])


@program(R.rand(4))
def the_other_name_after_a_branch(x):
    a = x.copy()
    c = a
    for i in range(3):
        t = c
        if i % 2 == 0:
            t = a
        t[:] = np.sin(t) * 1.5
        a = t
    return np.sum(a * c)


@program(R.rand(5))
def a_view_at_first_a_copy_later(x):
    w = x[::2]
    v = w
    for _ in range(3):
        v[:] += w * 0.5 - v[::1] ** 2
        w = v.copy()
    return v[-1] * v[0] + w[1]


@program(R.rand(4) + 1.0, 1.5)
def returns_from_between_new_arrays(u, t):
    for i in range(3):
        w = u[1:] * t
        for k in range(2):
            if t > 1.25 + i + k:
                u = u * t
                continue
            if t > 0.25 + i + k:
                return np.sum(w * u[1:]) * 0.3
            w[0] = w[0] * 2
            w = np.exp(0.3 * np.sin(w))
        t = t * 0.9
    return t * u[0]


@program(R.rand(3))
def written_in_a_loop_and_read_as_an_adjoint(x):
    old, b = x.copy(), np.zeros(3)
    for _ in range(3):
        s = np.sum(np.sin(old))
        for e in b:
            x[1] = e
            b = old - b[::-1]
    return s + np.sum(np.sin(old) * x)


def rows_of(x, n):
    """A list of a length that is known only when the program runs."""
    rows = []
    for k in range(n):
        rows.append(x[k] * np.array([1.0, 2.0]))
    return rows


def weighted(rows):
    return sum((k + 1) * row.sum() * row[0] for k, row in enumerate(rows))


@program(v4, 4)
def rows_of_a_list_exchanged(x, n):
    rows = rows_of(x, n)
    for i in range(n):
        for j in range(n - 1):
            if rows[j][0] < rows[j + 1][0]:
                rows[j], rows[j + 1] = rows[j + 1], rows[j]
    rows[0] *= x[1]
    return weighted(rows)


@program(v4, 4)
def a_row_taken_before_another_is_put_in_its_place(x, n):
    rows = rows_of(x, n)
    first = rows[0]
    rows[0] = x[:2] ** 2
    first[0] = x[3]
    for k in range(n - 1):
        rows[k] = first * rows[k]
    return weighted(rows) * first.sum()


@program(v4, 4)
def an_array_put_in_the_place_of_a_row(x, n):
    rows = rows_of(x, n)
    new = x[:2] * 3.0
    rows[1] = new
    new[0] = x[3] ** 2
    rows[1][1] *= x[2]
    return weighted(rows) + new.sum()


@program(v4, 4)
def one_array_in_all_places(x, n):
    rows = [np.zeros(2)] * n
    for k in range(n):
        rows[k][k % 2] += x[k]
    return weighted(rows)


@program(v4, 4)
def one_array_in_several_places(x, n):
    rows = []
    row = x[:2] * 2.0
    for k in range(n):
        rows.append(row)
        if x[k] > 0.8:
            row = row + 1.0
    rows[-1][0] = x[1] * x[2]
    return weighted(rows)


@program(v4, 4)
def a_row_put_in_the_next_place_too(x, n):
    rows = rows_of(x, n)
    for k in range(n - 1):
        rows[k] *= x[1]
        rows[k + 1] = rows[k]
    rows.append(rows[0])
    rows[0][1] = x[2] * x[3]
    return weighted(rows)


@program(v4, 1)
def an_item_found_by_a_number(x, i):
    lists, pair = {0: [x[0]], 1: [x[1]]}, ([x[2]], [x[3]])
    held, row = lists[i], pair[i]
    lists[i][0] += x[2]
    lists[1][0] *= x[3]
    pair[1][0] = x[0] * x[1]
    return held[0] * row[0]


@program(np.array([0.9, 0.5, 1.4, 0.7]))
def tables_of_what_is_found(x):
    counts = defaultdict(lambda: defaultdict(float))
    table = [[0.1, 0.2], [0.3, 0.4]]
    for i, entry in enumerate(x):
        counts[i % 2]["sum"] += entry
        counts[i % 2]["squares"] -= entry**2
        table[i % 2][i // 2] += entry * table[1][0]
    return sum(c["sum"] * c["squares"] for c in counts.values()) + table[0][1] * table[1][0]


@program(np.array([0.9, 0.5, 1.4, 0.7]))
def groups_by_what_is_computed(x):
    groups, sums = {"low": [], "high": [1.0]}, {"low": 0.5, "high": 0.0}
    bins = [[], [], []]
    best = [[entry, entry**2] for entry in x]
    arrays = {"low": np.zeros(2), "high": np.zeros(2)}
    for entry in x:
        name = "high" if entry > 0.8 else "low"
        groups[name].append(entry**2)
        sums[name] += entry * x[0]
        bins[int(entry * 1.7) % 3].append(entry)
        smallest = min(range(4), key=lambda i: best[i][0])
        best[smallest][0] += best[smallest][1] + 0.3
        arrays[name] += entry
        arrays[name][1] *= entry
    total = sum(groups["low"]) * sum(groups["high"]) + sums["low"] * sums["high"]
    total += (arrays["low"] * arrays["high"]).sum()
    return (
        total
        + sum((k + 1) * sum(b) for k, b in enumerate(bins))
        + sum((k + 1) * b[0] for k, b in enumerate(best))
    )


@program(np.array([0.9, 0.5, 1.4, 0.7]))
def a_table_of_values_learned(rewards):
    values = [[0.0, 0.1], [0.0, 0.0], [0.2, 0.0]]
    state = 0
    for t in range(6):
        action = 0 if values[state][0] > values[state][1] else 1
        after = (state + action + 1) % 3
        aim = rewards[t % 4] + 0.9 * max(values[after])
        values[state][action] += 0.5 * (aim - values[state][action])
        state = after
    return sum(map(sum, values))
