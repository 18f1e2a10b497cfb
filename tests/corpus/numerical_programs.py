"""Numerical programs that take their data from globals, sort and search in place, and iterate."""

import numpy as np

from corpus.runner import program, refused

R = np.random.RandomState(10)
v3 = R.randn(3)
v6 = R.randn(6)
m34 = R.randn(3, 4)
p5 = R.rand(5) + 0.5
A = np.arange(9.0).reshape(3, 3)
EDGES = [(0, 1), (1, 2), (2, 0)]
KERNEL = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0.0]])
NODES, WEIGHTS = np.polynomial.legendre.leggauss(4)
RNG = np.random.RandomState(3)
NOISE = RNG.randn(10)
TABLE = {"a": 0.5, "b": [1.0, 2.0]}
ONEHOT = np.eye(3)


@program(p5, 0.5, wrt=(0, 1))
def gauss_legendre(c, b):
    f = lambda t: np.polyval(c, t) * np.exp(-t)
    x = 0.5 * b * (NODES + 1)
    return 0.5 * b * np.sum(WEIGHTS * f(x)) + sum(w * f(0.5 * b * (n + 1)) for n, w in zip(NODES, WEIGHTS))


@program(R.rand(5, 5))
def laplace_kernel(u):
    out = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            out[i, j] = np.sum(KERNEL * u[i : i + 3, j : j + 3]) + TABLE["b"][1] * u[i, j]
    return np.sum(out**2) * TABLE["a"]


@program(v3)
def edges_energy(x):
    E = 0.0
    for i, j in EDGES:
        E += (x[i] - x[j] - A[i, j]) ** 2
    return (
        E
        + x @ A @ x
        + np.sum(A[EDGES[0]] * x[0])
        + np.sum(A * x)
        + np.sum(A @ np.diag(x))
        + np.sum(ONEHOT[[0, 2]] @ x)
        + (A * x[0]).sum()
        + (A[1] * x[1]).mean()
        + (x[2] * A).max()
    )


@program(0.3, 0.8, wrt=(0, 1), twice=False)
def monte_carlo_noise(mu, s):
    p = np.exp(mu + s * NOISE)
    return (
        np.mean(np.maximum(p - 1, 0))
        + np.std(s * NOISE)
        + np.median(mu + s * NOISE)
        + np.percentile(s * NOISE, 30)
        + np.sort(s * NOISE)[2]
        + np.cumsum(s * NOISE)[-1]
        + (s * NOISE).dot(NOISE)
        + np.outer(s * NOISE, NOISE).sum()
        + np.diff(NOISE * s).sum()
        + np.sum(NOISE[NOISE > 0] * mu)
        + np.prod(1 + 0.1 * s * NOISE)
        + np.sum(mu ** np.arange(4))
        + np.sum(np.arange(4) ** s)
    )


@program(v6)
def stack_alias(x):
    a = np.zeros((3, 2))
    cols = [a[:, 0], a[:, 1]]
    rows = {i: a[i] for i in range(3)}
    cols[0][:] = x[:3]
    rows[1] += 1
    cols[1] -= cols[0]
    rows[2][0] = x[5]
    views = (a[0], a.T[1])
    views[1][...] *= 2
    (top,) = a[:1]
    top[1] = x[4]
    return np.sum(a**3)


@program(v6)
def slices_in_loop(x):
    a = np.zeros(12)
    n = 3
    for k in range(0, 12, n):
        a[k : k + n] = x[:n] * k
        a[k] -= x[-1]
    for k in range(4):
        blk = a[k * n : (k + 1) * n]
        blk -= blk.mean()
        blk /= np.sqrt(np.sum(blk**2) + 1)
    for s in (slice(0, 3), slice(6, None, 2)):
        a[s] **= 2
    return np.sum(a * np.arange(12.0))


@program(m34)
def fancy_in_loops(x):
    y = np.zeros((3, 4))
    perm = [2, 0, 1]
    for i, p in enumerate(perm):
        y[p] = x[i]
        y[p, perm[:2]] += x[i, 1:3]
        y[:, i] *= 1 + x[0, 0]
    for idx in [(0, 1), (2, 3)]:
        y[idx] = y[idx] ** 2 + 1
    y[tuple(zip(*[(0, 0), (1, 2)]))] -= x[0, :2]
    y[np.ix_(perm[:2], [0, 3])] *= 2
    return np.sum(y**2)


@program(v6)
def while_double_index(x):
    i, j = 0, len(x) - 1
    a = x.copy()
    while i < j:
        a[i], a[j] = a[j] * 2, a[i] + 1
        if a[i] > 5:
            break
        i += 1
        j -= 1
    return np.sum(a * np.arange(6.0) ** 2)


@program(v6)
def quicksort_in_place(x):
    a = x.copy()

    def qs(lo, hi):
        if lo >= hi:
            return
        p = a[hi]
        i = lo
        for j in range(lo, hi):
            if a[j] < p:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[hi] = a[hi], a[i]
        qs(lo, i - 1)
        qs(i + 1, hi)

    qs(0, len(a) - 1)
    return a @ np.arange(6.0)


@refused(v6, says="a slice is taken of a list")
def merge_sort(x):
    def ms(l):
        if len(l) <= 1:
            return l
        m = len(l) // 2
        a, b = ms(l[:m]), ms(l[m:])
        out = []
        i = j = 0
        while i < len(a) and j < len(b):
            if a[i] <= b[j]:
                out.append(a[i])
                i += 1
            else:
                out.append(b[j])
                j += 1
        return out + a[i:] + b[j:]

    return sum(k * v for k, v in enumerate(ms(list(x))))


@program(v6)
def heap(x):
    h = []
    for v in x:
        h.append(v)
        i = len(h) - 1
        while i > 0 and h[(i - 1) // 2] > h[i]:
            h[i], h[(i - 1) // 2] = h[(i - 1) // 2], h[i]
            i = (i - 1) // 2
    return h[0] * 3 + h[-1] ** 2


@program(R.rand(4, 4) + np.eye(4) * 3, R.rand(4), wrt=(0, 1))
def gmres_small(A_, b):
    n = len(b)
    Q = np.zeros((n, 4))
    H = np.zeros((4, 3))
    Q[:, 0] = b / np.linalg.norm(b)
    for k in range(3):
        w = A_ @ Q[:, k]
        for j in range(k + 1):
            H[j, k] = Q[:, j] @ w
            w = w - H[j, k] * Q[:, j]
        H[k + 1, k] = np.linalg.norm(w)
        Q[:, k + 1] = w / H[k + 1, k]
    e = np.zeros(4)
    e[0] = np.linalg.norm(b)
    y = np.linalg.lstsq(H, e, rcond=None)[0]
    x = Q[:, :3] @ y
    return x @ x


@program(R.rand(3, 3) + np.eye(3) * 3)
def qr_iteration(A_):
    T = (A_ + A_.T) / 2
    for _ in range(4):
        Q, R_ = np.linalg.qr(T)
        T = R_ @ Q
    return np.sum(np.diag(T) * np.arange(3.0))


@program(R.rand(3, 3) + np.eye(3) * 3)
def newton_schulz(A_):
    X = A_.T / (np.abs(A_).sum(0).max() * np.abs(A_).sum(1).max())
    for _ in range(6):
        X = X @ (2 * np.eye(3) - A_ @ X)
    return np.sum(X**2)


@program(R.rand(6), twice=False)
def water_filling(h):
    lo, hi = 0.0, 10.0
    for _ in range(50):
        mu = (lo + hi) / 2
        if np.sum(np.maximum(mu - 1 / h, 0)) > 2:
            hi = mu
        else:
            lo = mu
    act = mu > 1 / h
    k = act.sum()
    mu = (2 + np.sum(1 / h[act])) / k
    p = np.where(act, mu - 1 / h, 0)
    return np.sum(np.log1p(p * h))


@program(R.randn(8), twice=False)
def project_simplex(v):
    u = np.sort(v)[::-1]
    css = np.cumsum(u) - 1
    k = np.arange(1, 9)
    rho = np.nonzero(u - css / k > 0)[0][-1]
    th = css[rho] / (rho + 1.0)
    w = np.maximum(v - th, 0)
    return np.sum(w**2 * np.arange(8.0))


@program(R.randn(4, 2), R.randn(4, 2), wrt=(0, 1))
def procrustes(X, Y):
    Xc, Yc = X - X.mean(0), Y - Y.mean(0)
    U, S, Vt = np.linalg.svd(Xc.T @ Yc)
    d = np.sign(np.linalg.det(U @ Vt))
    D = np.diag([1.0, d])
    Q = U @ D @ Vt
    return np.sum((Xc @ Q - Yc) ** 2)


@program(np.array([0.3, 1.2, 0.7]), np.linspace(0.2, 2, 5), twice=False)
def levenberg(p0, t):
    y = np.exp(-t) + 0.1
    p = p0.copy()
    lam = 0.1

    def res(p):
        return p[0] * np.exp(-p[1] * t) + 0.1 * p[2] - y

    for _ in range(3):
        r = res(p)
        J = np.stack([np.exp(-p[1] * t), -p[0] * t * np.exp(-p[1] * t), 0.1 * np.ones_like(t)], axis=1)
        H = J.T @ J
        H[np.diag_indices(3)] *= 1 + lam
        step = np.linalg.solve(H, J.T @ r)
        trial = p - step
        if np.sum(res(trial) ** 2) < np.sum(r**2):
            p = trial
            lam *= 0.5
        else:
            lam *= 2
    return np.sum(res(p) ** 2) + p @ p


@program(R.rand(3), np.array([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0, 0.3, 0.7]]), wrt=(0, 1))
def value_iteration(r, P):
    V = np.zeros(3)
    for _ in range(20):
        Vn = r + 0.9 * np.logaddexp(P @ V, np.roll(V, 1) - 1.0)
        if np.max(np.abs(Vn - V)) < 1e-6:
            V = Vn
            break
        V = Vn
    return V @ np.arange(1.0, 4.0)


@program(R.randn(5, 2))
def chamfer(P):
    Q = np.array([[0, 0], [1, 1], [-1, 1.0]])
    D = np.sqrt(np.sum((P[:, None] - Q[None]) ** 2, axis=-1))
    return D.min(0).mean() + D.min(1).mean() + np.sum(P[np.argmin(D, axis=0)] ** 2)


@program(R.rand(4, 4), twice=False)
def sobel_edges(im):
    p = np.pad(im, 1, mode="reflect")
    gx = sum(
        c * p[i : i + 4, j : j + 4]
        for i, row in enumerate([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
        for j, c in enumerate(row)
        if c
    )
    gy = np.zeros((4, 4))
    k = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
    for (i, j), c in np.ndenumerate(k):
        gy += c * p[i : i + 4, j : j + 4]
    mag = np.hypot(gx, gy)
    return mag[mag > np.median(mag)].sum()


@program(R.rand(6))
def bilinear_warp(img):
    g = img.reshape(2, 3)
    y, x = 0.3, 1.6
    y0, x0 = int(np.floor(y)), int(np.floor(x))
    dy, dx = y - y0, x - x0
    return (
        (1 - dy) * (1 - dx) * g[y0, x0]
        + dy * (1 - dx) * g[y0 + 1, x0]
        + (1 - dy) * dx * g[y0, x0 + 1]
        + dy * dx * g[y0 + 1, x0 + 1]
    ) ** 2


@program(R.rand(3, 3), R.rand(3), wrt=(0, 1))
def bellman_ford_soft(W_, s):
    d = np.full(3, 10.0)
    d[0] = s[0]
    for _ in range(2):
        nd = d.copy()
        for i in range(3):
            for j in range(3):
                if i != j:
                    nd[j] = -0.1 * np.log(np.exp(-nd[j] / 0.1) + np.exp(-(d[i] + W_[i, j]) / 0.1))
        d[:] = nd
    return d @ s
