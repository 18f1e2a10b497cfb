"""Arrays that are written to: by item, slice, mask and index, through views, `out=` and helpers."""

import numpy as np

from corpus.runner import program

R = np.random.RandomState(0)
v4 = R.randn(4)
v5 = R.randn(5)
m33 = R.randn(3, 3)
m34 = R.randn(3, 4)
p5 = R.rand(5) + 0.5


@program(v4)
def swap_elements(x):
    a = x.copy()
    a[0], a[3] = a[3], a[0]
    a[1], a[2] = a[2] * a[0], a[1]
    return np.sum(a * np.arange(4.0) ** 2) + a[1] ** 2


@program(m33)
def swap_rows_bug(a):
    b = a.copy()
    b[0], b[1] = b[1], b[0]  # the classic NumPy mistake: both rows become row 1
    return np.sum(b**2 * np.arange(9.0).reshape(3, 3))


@program(m33)
def swap_rows_fancy(a):
    b = a.copy()
    b[[0, 2]] = b[[2, 0]]
    b[:, [0, 1]] = b[:, [1, 0]]
    return np.sum(b**3 * np.arange(9.0).reshape(3, 3))


@program(m33)
def swap_rows_copies(a):
    b = a.copy()
    b[0], b[1] = b[1].copy(), b[0].copy()
    return np.sum(b**2 * np.arange(9.0).reshape(3, 3))


@program(m33, R.randn(3))
def gauss_pivot(a, b):
    a = a.copy()
    b = b.copy()
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x**2)


@program(v5)
def double_buffer(u):
    a = u.copy()
    b = np.zeros_like(a)
    for _ in range(3):
        b[1:-1] = a[1:-1] + 0.1 * (a[2:] - 2 * a[1:-1] + a[:-2])
        b[0] = a[0]
        b[-1] = a[-1] ** 2
        a, b = b, a
    return np.sum(a**2) + np.sum(b)


@program(v5)
def double_buffer_out(u):
    a = np.sin(u)
    b = np.empty_like(a)
    for k in range(4):
        np.multiply(a, a, out=b)
        b += 0.5
        a, b = b, a
    return a.sum()


@program(m34)
def view_chain(x):
    a = x * 1.0
    t = a.T
    r = t[1:3]
    s = r[:, ::-1]
    s[0] *= 2
    s[1, 1:] = x[0, 0] * x[2, 3]
    return np.sum(a**2 * np.arange(12.0).reshape(3, 4)) + s[0, 0]


@program(m34)
def reshape_view(x):
    a = x + 0.0
    flat = a.reshape(-1)
    flat[::5] = flat[1::5][:3] ** 2
    b = a.reshape(2, 6)
    b[0] += 1
    return np.sum(a**3)


@program(m34)
def flatten_is_copy(x):
    a = x + 0.0
    r = a.flatten()
    r *= 2
    return np.sum(a**2) + np.sum(r**2)


@program(m33)
def fill_diag(a):
    b = a.copy()
    np.fill_diagonal(b, np.diag(a) ** 2)
    b.flat[1] = a[2, 2]
    return np.sum(b**2)


@program(m33)
def diag_idx(a):
    b = a.copy()
    b[np.diag_indices(3)] += np.arange(3) * a[0]
    i, j = np.triu_indices(3, 1)
    b[i, j] = 0.5 * b[j, i]
    return np.sum(b**3)


@program(v5)
def two_names(x):
    a = x * 2
    b = a
    b = b + 1  # rebind
    b[0] = 5.0
    a[1] = b[2]
    return np.sum(a**2 + b**2)


@program(v5)
def arrays_in_list(x):
    rows = [np.zeros(3), np.ones(3)]
    first = rows[0]
    rows[0][1] = x[0]
    rows[1] += x[1:4]
    first[2] = x[2] * x[1]
    rows.append(first)
    rows[2] *= 2
    return np.sum(rows[0] ** 2 + rows[1] ** 2 + rows[2])


@program(v5)
def arrays_in_dict(x):
    state = {"p": x[:3].copy(), "v": np.zeros(3)}
    alias = state["v"]
    for _ in range(3):
        state["v"] -= 0.1 * state["p"]
        state["p"] += 0.1 * state["v"]
    return np.sum(alias**2) + state["p"] @ state["p"]


class Particle:
    def __init__(self, p, v):
        self.p = p
        self.v = v

    def step(self, dt):
        self.v -= dt * self.p
        self.p += dt * self.v


@program(v4)
def arrays_in_objects(x):
    q = Particle(x[:2].copy(), x[2:].copy())
    keep = q.p
    for _ in range(3):
        q.step(0.1)
    return np.sum(keep**2) + q.v[0]


@program(v5)
def out_kwarg(x):
    buf = np.zeros(5)
    np.sin(x, out=buf)
    np.add(buf, x, out=buf)
    np.multiply(buf, 2, buf)
    return np.sum(buf**2)


@program(v5)
def copyto_where(x):
    b = np.zeros(5)
    np.copyto(b, x**2, where=x > 0)
    np.copyto(b[1:], x[0], where=np.array([True, False, False, True]))
    return np.sum(b**2)


@program(v5)
def put_place_putmask(x):
    a = x * 2
    np.put(a, [0, -1], [x[1], x[2] ** 2])
    np.putmask(a, a > 1, x * 3)
    np.place(a, a < -1, [x[0], x[1]])
    return np.sum(a**3)


@program(v5)
def method_mutators(x):
    a = x**2
    a.sort()
    b = np.empty(5)
    b.fill(x[0])
    b.put([1, 2], x[3:])
    a[:] = a[::-1]
    return np.dot(a, np.arange(5.0)) + np.sum(b**2)


@program(v5)
def ufunc_at(x):
    a = np.zeros(3)
    np.add.at(a, [0, 1, 1, 2, 0], x)
    np.subtract.at(a, [2], x[0] ** 2)
    np.multiply.at(a, [0, 0], x[:2])
    return np.sum(a**2)


@program(v5)
def maximum_at(x):
    a = np.zeros(3)
    np.maximum.at(a, [0, 1, 1, 2, 0], x)
    return np.sum(a**2)


@program(v5)
def augmented_assignments(x):
    a = x.copy()
    a **= 2
    a += 1
    a /= np.sum(a)
    a -= a.mean()
    a *= x[0]
    b = np.ones(5)
    b[1:] -= a[:-1]
    b[b > 1] *= 2
    b[[0, 2]] /= 3 + x[0]
    return np.sum(a**2) + np.sum(b**2)


@program(m33)
def imatmul(a):
    b = a.copy()
    b @= a
    b @= b
    return np.sum(b)


@program(v5)
def argument_overwritten(x):
    x[0] = x[1] * x[2]
    x[1:3] += x[0]
    x *= 2
    return np.sum(x**2)


def _normalize(v):
    v -= v.mean()
    v /= np.sqrt(np.sum(v**2))


@program(v5)
def helper_writes(x):
    a = x * 3
    _normalize(a)
    _normalize(a[1:4])
    return np.sum(a * np.arange(5.0))


def _fill(buf, k, value):
    buf[k] = value
    return buf


@program(v5)
def helper_returns_arg(x):
    a = np.zeros(5)
    b = _fill(a, 0, x[0])
    _fill(b, 1, x[1] ** 2)
    c = _fill(a[2:], 1, x[2] * b[1])
    c += 1
    return np.sum(a**2) + np.sum(c)


@program(v5)
def while_inplace_exit(x):
    a = x.copy()
    k = 0
    while True:
        a *= 0.7
        a[k % 5] += 0.1 * a[(k + 1) % 5]
        if np.max(np.abs(a)) < 0.3 or k > 20:
            break
        k += 1
    return np.sum(a**2)


@program(v5)
def without_axes(x):
    s = np.zeros(())
    for e in x:
        s += e**2
    t = s
    t *= 2
    return float(s) * x[0]


@program(v5)
def without_axes_by_index(x):
    s = np.array(0.0)
    s[...] = x[0]
    s[()] += x[1] ** 2
    return s * x[2]


@program(v5)
def same_arg_twice(x):
    def axpy(a, b):
        a += 2 * b
        return a

    y = x.copy()
    z = axpy(y, y)
    return np.sum(z * y)


@program(p5)
def running_mean(x):
    m = np.zeros(5)
    acc = 0.0
    for i, e in enumerate(x):
        acc += e
        m[i] = acc / (i + 1)
    m[1:] -= m[:-1]
    return np.prod(m[1:]) + m[0]


@program(p5.reshape(1, 5) * np.array([[1.0], [0.7], [1.3]]))
def columns_kept_before_the_array_is_written_again(z):
    z[-1] = z[1]
    total = np.zeros(3)
    k = 1
    while k >= 0:
        total = total * 0.5 + z[:, k] ** 2
        k -= 1
    z[1:, 1:] += np.sum(total)
    return np.sum(z * z)


@program(v5)
def part_of_another_length_in_each_pass(x):
    a = x.copy()
    for k in range(5):
        part = a[: k + 1]
        part += x[k]
        a[k] *= part[0]
        if k == 2:
            a = a.copy()
    return np.sum(a**2) + np.sum(part**3)


@program(v5)
def result_of_another_length_in_each_pass(x):
    last = x
    for k in range(4):
        last = x[: k + 1] * x[k]
    return np.sum(last**2)
