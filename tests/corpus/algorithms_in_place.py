"""More numerical programs: dynamic programming, solvers that work in place, networks."""

import math

import numpy as np

from corpus.runner import program

R = np.random.RandomState(8)
v4 = R.randn(4)
v6 = R.randn(6)


@program(v4)
def complex_into_real(x):
    z = x + 1j * x[::-1]
    r = np.zeros(4)
    r[:] = (z * z.conj()).real
    r[0] = np.abs(z[1])
    w = np.empty(4, complex)
    w.real = x
    w.imag = r
    w[2] *= 1j
    return np.sum(np.abs(w) ** 2) + w[2].imag


@program(v4)
def real_made_complex_and_written_to(x):
    z = x + 0j
    z[0] *= 1j * x[1]
    z[1:] += z[:-1]
    w = {"z": z, "w": np.array([1j, x[2]])}
    w["w"][0] += w["w"][1] * w["z"][0]
    w["z"], w["w"] = w["w"], w["z"]
    w["w"][2] *= w["z"][0]
    return np.sum(np.abs(w["z"]) ** 2) + np.sum(np.abs(w["w"]) ** 2)


@program(v4)
def transform_in_place_of_real_samples(x):
    def transform(a):
        n = a.size
        if n == 1:
            return
        even, odd = a[::2].copy(), a[1::2].copy()
        transform(even)
        transform(odd)
        odd *= np.exp(-2j * np.pi * np.arange(n // 2) / n)
        a[: n // 2] = even + odd
        a[n // 2 :] = even - odd

    a = np.concatenate([x, x[::-1] ** 2]) + 0j
    transform(a)
    return np.sum(np.abs(a) ** 2 * np.arange(8.0))


@program(v4)
def bool_arith(x):
    m = x > 0
    k = (x > -1).astype(float)
    i = (x > 0.2).astype(int) + 1
    s = np.sign(x) * x
    return (
        np.sum(m * x)
        + np.sum(x[m]) * m.sum()
        + np.sum(k * x**i)
        + s.sum()
        + (True + m[0]) * x[0]
        + np.sum(x * ~m)
        + np.sum(np.where(m & ~(x > 1), x**2, -x))
        + int(m[1]) * x[1]
        + float(m.any()) * x[2]
        + np.sum(x, where=m)
        + (m @ x)
        + np.dot(m, x)
        + np.sum(m ^ True) * x[3]
    )


@program(v4)
def weak_scalars(x):
    y = x.astype(np.float32).astype(np.float64) * 0 + x
    a = np.float32(2) * y
    b = y * np.int8(3)
    c = 2 ** y[0]
    d = y**2
    e = y[0] ** 3
    f = y // 1 * y
    g = 7 % (y + 10)
    h = divmod(y[1] + 5, 2)[1]
    return (
        np.sum(a + b + d + f + g)
        + c
        + e
        + h
        + abs(-y[0])
        + round(float(y[1]), 1) * y[2]
        + max(y[0], 0)
        + min(y[1], y[2], 3)
        + np.int64(2) * y[3]
        + y.dtype.itemsize * y[0]
    )


@program(np.array([0.7]))
def one_elem(s):
    f = float(s[0])
    t = s.item()
    u = s.sum()
    v = s[0]
    w = np.squeeze(s)
    return f * t + u * v + w**2 + s.squeeze() * 2 + complex(s[0]).real + math.sin(s[0])


@program(v6, 0.1, wrt=(0, 1))
def total_variation(y, lam):
    x = y.copy()
    p = np.zeros(5)
    for _ in range(5):
        d = np.diff(x)
        p = np.clip(p + 0.25 * d, -lam, lam)
        x = y - np.concatenate([[-p[0]], p[:-1] - p[1:], [p[-1]]])
    return np.sum((x - y) ** 2) + np.sum(np.abs(np.diff(x)))


@program(R.rand(5, 5), twice=False)
def floyd_warshall(w):
    d = w.copy()
    n = len(d)
    np.fill_diagonal(d, 0)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return d.sum()


@program(R.rand(5, 5), twice=False)
def floyd_vec(w):
    d = w + 0
    for k in range(5):
        d = np.minimum(d, d[:, k, None] + d[None, k, :])
    return np.sum(d**2)


@program(np.array([3.0, 1, 2, 5]), [2, 3, 1, 4], twice=False)
def knapsack(v, w):
    W = 6
    best = np.zeros(W + 1)
    for i in range(len(v)):
        for c in range(W, w[i] - 1, -1):
            best[c] = max(best[c], best[c - w[i]] + v[i])
    return best[W] ** 2


@program(R.rand(3, 4), twice=False)
def min_path(cost):
    n, m = cost.shape
    acc = np.empty_like(cost)
    acc[0, 0] = cost[0, 0]
    acc[0, 1:] = np.cumsum(cost[0])[1:]
    acc[1:, 0] = cost[0, 0] + np.cumsum(cost[1:, 0])
    for i in range(1, n):
        for j in range(1, m):
            acc[i, j] = cost[i, j] + min(acc[i - 1, j], acc[i, j - 1], acc[i - 1, j - 1])
    return acc[-1, -1]


@program(R.randn(7, 2), twice=False)
def convex_area(pts):
    c = pts.mean(axis=0)
    ang = np.arctan2(pts[:, 1] - c[1], pts[:, 0] - c[0])
    o = np.argsort(ang)
    q = pts[o]
    x, y = q.T
    return 0.5 * np.abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


@program(R.randn(4, 3), np.array([0, 1, 2, 1]), 0.1, wrt=(0, 2))
def softmax_sgd(X, y, lr):
    W = np.zeros((3, 3))
    b = np.zeros(3)
    for epoch in range(2):
        for xi, yi in zip(X, y):
            z = W @ xi + b
            z -= z.max()
            p = np.exp(z)
            p /= p.sum()
            p[yi] -= 1.0
            W -= lr * np.outer(p, xi)
            b -= lr * p
    return np.sum(W**2) + b @ b


@program(R.randn(4, 3), R.randn(3, 3), R.randn(3), wrt=(0, 1, 2))
def rnn_bptt(X, W, h0):
    hs = [h0]
    for x in X:
        hs.append(np.tanh(W @ hs[-1] + x))
    H = np.vstack(hs)
    att = H @ H[-1]
    att = np.exp(att - att.max())
    att = att / att.sum()
    return np.sum((att[:, None] * H).sum(0) ** 2)


@program(R.randn(6), R.randn(3), wrt=(0, 1))
def iir_filter(x, b):
    y = np.zeros_like(x)
    a = [1.0, -0.5, 0.2]
    for n in range(len(x)):
        for k in range(3):
            if n - k >= 0:
                y[n] += b[k] * x[n - k]
        for k in range(1, 3):
            if n >= k:
                y[n] -= a[k] * y[n - k]
    return np.sum(y**2)


@program(R.randn(8))
def haar(x):
    a = x.copy()
    n = len(a)
    while n > 1:
        h = n // 2
        s = (a[0:n:2] + a[1:n:2]) / np.sqrt(2)
        d = (a[0:n:2] - a[1:n:2]) / np.sqrt(2)
        a[:h] = s
        a[h:n] = d
        n = h
    t = np.sign(a) * np.maximum(np.abs(a) - 0.1, 0)
    return np.sum(t**2) + a[0]


@program(R.randn(8))
def walsh_hadamard(x):
    a = x.copy()
    h = 1
    while h < len(a):
        for i in range(0, len(a), h * 2):
            for j in range(i, i + h):
                u, v = a[j], a[j + h]
                a[j], a[j + h] = u + v, u - v
        h *= 2
    return np.sum(a**3)


@program(R.rand(3), 0.5, wrt=(0, 1))
def newton_jacobian(p, x0):
    x = np.array([x0, x0])
    for _ in range(5):
        f = np.array([p[0] * x[0] ** 2 + x[1] - p[1] - 1, x[0] + x[1] ** 2 - p[2] - 1])
        J = np.empty((2, 2))
        J[0, 0] = 2 * p[0] * x[0]
        J[0, 1] = 1
        J[1, 0] = 1
        J[1, 1] = 2 * x[1]
        dx = np.linalg.solve(J, -f)
        x += dx
        if np.abs(dx).max() < 1e-10:
            break
    return x @ x


@program(np.array([0.3, 0.2]), 1.5, wrt=(0, 1))
def secant(p, x1):
    f = lambda x: x**3 - p[0] * x - p[1]
    x0 = 0.5
    for _ in range(30):
        f0, f1 = f(x0), f(x1)
        if abs(f1 - f0) < 1e-14:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
        if abs(x1 - x0) < 1e-9:
            break
    return x1


@program(np.array([1.0, 2.0, 0.5]))
def lotka(p):
    u = np.array([1.0, 0.5])
    out = np.zeros((6, 2))
    out[0] = u
    f = lambda z: np.array([p[0] * z[0] - p[1] * z[0] * z[1], -p[2] * z[1] + z[0] * z[1]])
    for k in range(1, 6):
        h = 0.1
        k1 = f(out[k - 1])
        k2 = f(out[k - 1] + h * k1 / 2)
        out[k] = out[k - 1] + h * k2
    return np.mean((out - 1) ** 2)


@program(R.randn(5), R.randn(5), wrt=(0, 1))
def verlet_pbc(x, v):
    L = 4.0
    x = x.copy()
    v = v.copy()

    def force(x):
        f = np.zeros_like(x)
        for i in range(len(x)):
            for j in range(i):
                d = x[i] - x[j]
                d -= L * np.round(d / L)
                g = d * np.exp(-d * d)
                f[i] += g
                f[j] -= g
        return f

    a = force(x)
    for _ in range(3):
        x += v * 0.05 + 0.5 * a * 0.05**2
        x %= L
        an = force(x)
        v += 0.5 * (a + an) * 0.05
        a = an
    return np.sum(v**2) + np.sum(np.cos(x))


@program(R.rand(6, 6))
def poisson_redblack(f):
    u = np.zeros((6, 6))
    i, j = np.indices((6, 6))
    red = (i + j) % 2 == 0
    red[[0, -1]] = False
    red[:, [0, -1]] = False
    black = (i + j) % 2 == 1
    black[[0, -1], :] = False
    black[:, [0, -1]] = False
    for _ in range(3):
        for mask in (red, black):
            n = np.zeros_like(u)
            n[1:-1, 1:-1] = (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] + f[1:-1, 1:-1]) / 4
            u[mask] = n[mask]
    return np.sum(u**2)


@program(R.randn(4, 4))
def multigrid(f):
    def smooth(u, f):
        for _ in range(2):
            u[1:-1] = 0.5 * (u[2:] + u[:-2] + f[1:-1])
        return u

    f = f.ravel()[:9]
    u = smooth(np.zeros(9), f)
    r = np.zeros(9)
    r[1:-1] = f[1:-1] - (2 * u[1:-1] - u[2:] - u[:-2])
    rc = r[::2].copy()
    e = smooth(np.zeros(5), 4 * rc)
    up = np.zeros(9)
    up[::2] = e
    up[1::2] = 0.5 * (e[1:] + e[:-1])
    u += up
    return np.sum(smooth(u, f) ** 2)


@program(R.rand(4, 6), twice=False)
def integral_image(a):
    s = np.zeros((5, 7))
    s[1:, 1:] = a.cumsum(0).cumsum(1)
    box = s[3:, 3:] - s[:-3, 3:] - s[3:, :-3] + s[:-3, :-3]
    return np.max(box) + np.sum(box**2)


@program(R.rand(5, 5))
def bilateral(a):
    out = np.zeros((3, 3))
    for i in range(1, 4):
        for j in range(1, 4):
            w = np.exp(-((a[i - 1 : i + 2, j - 1 : j + 2] - a[i, j]) ** 2) / 0.1)
            out[i - 1, j - 1] = (w * a[i - 1 : i + 2, j - 1 : j + 2]).sum() / w.sum()
    return np.sum(out**2)


@program(R.randn(3, 3), R.randn(3), wrt=(0, 1))
def rotation(R_, w):
    th = np.linalg.norm(w)
    k = w / th
    K = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    Rot = np.eye(3) + np.sin(th) * K + (1 - np.cos(th)) * K @ K
    return np.trace(Rot @ R_) + np.arccos(np.clip((np.trace(Rot) - 1) / 2, -1, 1))


@program(R.randn(3, 2), np.array([[0, 1], [1, 2], [2, 0]]))
def spring_net(pos, edges):
    f = np.zeros_like(pos)
    for i, j in edges:
        d = pos[j] - pos[i]
        l = np.sqrt(d @ d)
        F = (l - 1) * d / l
        f[i] += F
        f[j] -= F
    d = pos[edges[:, 1]] - pos[edges[:, 0]]
    g = np.zeros_like(pos)
    np.add.at(g, edges[:, 0], d)
    np.subtract.at(g, edges[:, 1], d)
    return np.sum(f**2) + np.sum(g**3)


@program(R.rand(6), np.array([0, 0, 1, 2, 2, 2]))
def segment_softmax(x, seg):
    n = seg.max() + 1
    m = np.full(n, -np.inf)
    np.maximum.at(m, seg, x)
    e = np.exp(x - m[seg])
    s = np.zeros(n)
    np.add.at(s, seg, e)
    p = e / s[seg]
    mean = np.bincount(seg, weights=x) / np.bincount(seg)
    return np.sum(p * np.arange(6.0)) + mean @ mean


@program(R.randn(5, 3))
def pca_power(X):
    Xc = X - X.mean(0)
    C = Xc.T @ Xc / (len(X) - 1)
    tot = 0.0
    for k in range(2):
        v = np.ones(3) / np.sqrt(3)
        for _ in range(15):
            v = C @ v
            v /= np.linalg.norm(v)
        lam = v @ C @ v
        C = C - lam * np.outer(v, v)
        tot += lam * (k + 1)
    return tot


@program(R.randn(4, 4) + 4 * np.eye(4))
def inv_gauss_jordan(A):
    n = len(A)
    M_ = np.hstack([A, np.eye(n)])
    for i in range(n):
        p = i + np.argmax(np.abs(M_[i:, i]))
        if p != i:
            M_[[i, p]] = M_[[p, i]]
        M_[i] /= M_[i, i]
        for r in range(n):
            if r != i:
                M_[r] -= M_[r, i] * M_[i]
    return np.sum(M_[:, n:] ** 2)


@program(R.randn(4, 4) + 4 * np.eye(4))
def det_laplace(A):
    def det(M_):
        if M_.shape[0] == 1:
            return M_[0, 0]
        return sum(
            (-1) ** j * M_[0, j] * det(np.delete(np.delete(M_, 0, axis=0), j, axis=1))
            for j in range(M_.shape[1])
        )

    return det(A)
