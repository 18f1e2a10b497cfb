"""Classical numerical programs, as they are usually written."""

import math

import numpy as np

from corpus.runner import program

R = np.random.RandomState(5)
v3 = R.randn(3)
v4 = R.randn(4)
v5 = R.randn(5)
v6 = R.randn(6)
v8 = R.randn(8)
m33 = R.randn(3, 3)
A3 = R.randn(3, 3)
S3 = A3 @ A3.T + 3 * np.eye(3)


@program(v8)
def fft_iterative(x):
    n = len(x)
    bits = n.bit_length() - 1
    X = np.zeros(n, dtype=complex)
    for i in range(n):
        j = int(format(i, f"0{bits}b")[::-1], 2)
        X[j] = x[i]
    size = 2
    while size <= n:
        half = size // 2
        w = np.exp(-2j * np.pi * np.arange(half) / size)
        for s in range(0, n, size):
            e = X[s : s + half].copy()
            o = X[s + half : s + size] * w
            X[s : s + half] = e + o
            X[s + half : s + size] = e - o
        size *= 2
    return np.sum(np.abs(X) ** 2 * np.arange(n))


@program(S3, v3, wrt=(0, 1))
def lu_doolittle(A, b):
    n = len(A)
    L = np.eye(n)
    U = A.copy()
    for k in range(n - 1):
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k]
        U[k + 1 :, k:] -= np.outer(L[k + 1 :, k], U[k, k:])
    y = np.zeros(n)
    for i in range(n):
        y[i] = b[i] - L[i, :i] @ y[:i]
    x = np.zeros_like(y)
    for i in reversed(range(n)):
        x[i] = (y[i] - U[i, i + 1 :] @ x[i + 1 :]) / U[i, i]
    return x @ x


@program(S3)
def lu_inplace(A):
    a = A.copy()
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return np.prod(np.diag(a)) + np.sum(np.tril(a, -1))


@program(m33)
def gram_schmidt(A):
    m, n = A.shape
    Q = A.astype(float).copy()
    Rr = np.zeros((n, n))
    for k in range(n):
        Rr[k, k] = np.linalg.norm(Q[:, k])
        Q[:, k] /= Rr[k, k]
        for j in range(k + 1, n):
            Rr[k, j] = Q[:, k] @ Q[:, j]
            Q[:, j] -= Rr[k, j] * Q[:, k]
    return np.sum(np.abs(Rr)) + Q[0, 1] ** 2


@program(m33 + 3 * np.eye(3))
def householder(A):
    R_ = A.copy()
    n = len(A)
    Q = np.eye(n)
    for k in range(n - 1):
        x = R_[k:, k]
        e = np.zeros_like(x)
        e[0] = np.copysign(np.linalg.norm(x), x[0])
        u = x + e
        v = u / np.linalg.norm(u)
        R_[k:, k:] -= 2.0 * np.outer(v, v @ R_[k:, k:])
        Q[:, k:] -= 2.0 * np.outer(Q[:, k:] @ v, v)
    return np.sum(np.diag(R_) ** 2 * np.arange(3.0)) + Q[0, 0]


@program(m33)
def givens(A):
    R_ = A.copy()
    for j in range(2):
        for i in range(2, j, -1):
            a, b = R_[i - 1, j], R_[i, j]
            r = np.hypot(a, b)
            c, s = a / r, -b / r
            G = np.eye(3)
            G[[i - 1, i], [i - 1, i]] = c
            G[i, i - 1] = s
            G[i - 1, i] = -s
            R_ = G @ R_
    return np.sum(R_**2 * np.arange(9.0).reshape(3, 3))


@program(S3, v3, wrt=(0, 1))
def gauss_seidel(A, b):
    x = np.zeros_like(b)
    n = len(b)
    for it in range(30):
        old = x.copy()
        for i in range(n):
            s = A[i, :i] @ x[:i] + A[i, i + 1 :] @ x[i + 1 :]
            x[i] = (b[i] - s) / A[i, i]
        if np.linalg.norm(x - old) < 1e-3:
            break
    return np.sum(x**3)


@program(S3, v3, wrt=(0, 1))
def sor_jacobi(A, b):
    D = np.diag(A)
    Rm = A - np.diagflat(D)
    x = np.zeros(3)
    w = 0.9
    k = 0
    while k < 50:
        xn = (b - Rm @ x) / D
        xn = (1 - w) * x + w * xn
        if np.allclose(x, xn, atol=1e-2):
            x = xn
            break
        x = xn
        k += 1
    else:
        x = x * 0
    return x @ x


@program(S3, twice=False)
def power_iter(A):
    v = np.ones(3)
    lam = 0.0
    for _ in range(100):
        w = A @ v
        v = w / np.linalg.norm(w)
        new = v @ A @ v
        if abs(new - lam) < 1e-13:
            break
        lam = new
    w, V = np.linalg.eigh(A)
    return lam


@program(S3, twice=False)
def jacobi_eig(A):
    a = A.copy()
    n = len(a)
    for sweep in range(3):
        for p in range(n - 1):
            for q in range(p + 1, n):
                if abs(a[p, q]) < 1e-12:
                    continue
                t = 0.5 * math.atan2(2 * a[p, q], a[q, q] - a[p, p])
                c, s = math.cos(t), math.sin(t)
                ap, aq = a[p].copy(), a[q].copy()
                a[p], a[q] = c * ap - s * aq, s * ap + c * aq
                ap, aq = a[:, p].copy(), a[:, q].copy()
                a[:, p], a[:, q] = c * ap - s * aq, s * ap + c * aq
    return np.sum(np.sort(np.diag(a)) * np.arange(1.0, 4.0))


@program(R.randn(6, 2), R.randn(2, 2), wrt=(0, 1), twice=False)
def kmeans(X, C):
    C = C.copy()
    for _ in range(2):
        d = ((X[:, None] - C[None]) ** 2).sum(-1)
        lab = np.argmin(d, axis=1)
        for k in range(2):
            if np.any(lab == k):
                C[k] = X[lab == k].mean(axis=0)
    return np.sum(C**2) + np.min(((X[:, None] - C) ** 2).sum(2), axis=1).sum()


@program(v6, np.array([-1.0, 1.0]), np.array([0.5, 0.8]), np.array([0.4, 0.6]), wrt=(0, 1, 2, 3))
def gmm_em(x, mu, sig, pi):
    for _ in range(2):
        r = pi * np.exp(-0.5 * ((x[:, None] - mu) / sig) ** 2) / sig
        r /= r.sum(axis=1, keepdims=True)
        N = r.sum(0)
        mu = (r * x[:, None]).sum(0) / N
        sig = np.sqrt((r * (x[:, None] - mu) ** 2).sum(0) / N) + 0.1
        pi = N / len(x)
    return np.sum(np.log((pi * np.exp(-0.5 * ((x[:, None] - mu) / sig) ** 2) / sig).sum(1)))


@program(
    np.array([[0.7, 0.3], [0.4, 0.6]]),
    np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]),
    np.array([0.6, 0.4]),
    [0, 1, 2, 0],
    wrt=(0, 1, 2),
)
def hidden_markov(A, B, pi, obs):
    T = len(obs)
    N = A.shape[0]
    alpha = np.zeros((T, N))
    c = np.zeros(T)
    alpha[0] = pi * B[:, obs[0]]
    c[0] = alpha[0].sum()
    alpha[0] /= c[0]
    for t in range(1, T):
        for j in range(N):
            alpha[t, j] = (alpha[t - 1] * A[:, j]).sum() * B[j, obs[t]]
        c[t] = alpha[t].sum()
        alpha[t] /= c[t]
    return np.log(c).sum()


@program(
    np.log(np.array([[0.7, 0.3], [0.4, 0.6]])),
    np.array([[-0.5, -1.4, -2], [-2, -1.0, -0.4]]),
    [0, 1, 2, 0],
    wrt=(0, 1),
    twice=False,
)
def viterbi(A, B, obs):
    T, N = len(obs), 2
    d = np.full((T, N), -np.inf)
    back = np.zeros((T, N), dtype=int)
    d[0] = B[:, obs[0]]
    for t in range(1, T):
        s = d[t - 1][:, None] + A
        back[t] = s.argmax(axis=0)
        d[t] = s.max(axis=0) + B[:, obs[t]]
    path = [int(np.argmax(d[-1]))]
    for t in range(T - 1, 0, -1):
        path.insert(0, back[t, path[0]])
    return d[-1].max() + sum(B[s, o] for s, o in zip(path, obs))


@program(v4, v5, wrt=(0, 1), twice=False)
def dtw(a, b):
    n, m = len(a), len(b)
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = (a[i - 1] - b[j - 1]) ** 2 + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


@program(v4, v5, 1.2, wrt=(0, 1, 2), twice=False)
def soft_edit(a, b, gap):
    prev = [j * gap for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        cur = [i * gap]
        for j, y in enumerate(b, 1):
            cur.append(min(prev[j] + gap, cur[-1] + gap, prev[j - 1] + abs(x - y)))
        prev = cur
    return prev[-1]


@program(v4, v5, wrt=(0, 1))
def soft_dtw(a, b):
    n, m = a.size, b.size
    D = np.zeros((n + 1, m + 1))
    D[1:, 0] = 1e10
    D[0, 1:] = 1e10
    for i in range(n):
        for j in range(m):
            z = -np.array([D[i, j], D[i, j + 1], D[i + 1, j]])
            zm = z.max()
            D[i + 1, j + 1] = (a[i] - b[j]) ** 2 - (zm + np.log(np.sum(np.exp(z - zm))))
    return D[n, m]


@program(R.randn(6, 6), R.randn(3, 3), wrt=(0, 1))
def conv2d_loops(img, k):
    H, Wd = img.shape
    out = np.zeros((H - 2, Wd - 2))
    for i in range(H - 2):
        for j in range(Wd - 2):
            out[i, j] = np.sum(img[i : i + 3, j : j + 3] * k)
    out = np.maximum(out, 0)
    pool = out.reshape(2, 2, 2, 2).max(axis=(1, 3))
    return np.sum(pool**2)


@program(R.randn(2, 5, 5), R.randn(3, 2, 3, 3), wrt=(0, 1))
def conv_im2col(x, w):
    cols = np.stack([x[:, i : i + 3, j : j + 3].ravel() for i in range(3) for j in range(3)], axis=1)
    y = (w.reshape(3, -1) @ cols).reshape(3, 3, 3)
    return np.mean(np.tanh(y) ** 2)


@program(R.randn(4, 3), R.randn(4, 2), R.randn(4), R.randn(5, 2), wrt=(0, 1, 2, 3), twice=False)
def lstm_small(Wx, Wh, b, xs):
    xs = np.c_[xs, np.ones(len(xs))]
    h = np.zeros(1)
    c = np.zeros(1)
    hs = np.zeros((len(xs), 1))
    for t, x in enumerate(xs):
        z = Wx @ x + Wh[:, :1] @ h + b
        i, f, o, g = np.split(z, 4)
        i, f, o = (1 / (1 + np.exp(-q)) for q in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        hs[t] = h
    return np.sum(hs**2)


@program(R.randn(5, 3), R.rand(3), R.rand(3), wrt=(0, 1, 2))
def batchnorm(x, g, b):
    mu = x.mean(0)
    xc = x - mu
    var = np.mean(xc**2, axis=0)
    s = 1 / np.sqrt(var + 1e-5)
    y = g * xc * s + b
    return np.sum(y**3)


@program(np.array([1.0, 0.0]), 0.3, wrt=(0, 1))
def rk4(y0, mu):
    def f(t, y):
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])

    y = y0
    t = 0.0
    h = 0.1
    traj = [y0]
    while t < 0.5 - 1e-9:
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
        traj.append(y)
    return np.sum(np.array(traj) ** 2)


@program(10.0, 1.5, 0.8, wrt=(0, 1, 2))
def bouncing(h0, v0, e):
    y, v, t, dt = h0, v0, 0.0, 0.05
    bounces = 0
    while t < 3.0:
        yn, vn = y + dt * v, v - dt * 9.81
        if yn < 0:
            th = y / (y - yn)
            v = -e * (v - 9.81 * th * dt)
            y = (1 - th) * dt * v
            bounces += 1
            if bounces > 2:
                break
        else:
            y, v = yn, vn
        t += dt
    return y + v**2


@program(np.array([1.0, 0.5]), twice=False)
def rk45_adaptive(p):
    y, t, h = p[0], 0.0, 0.2
    n = 0
    while t < 1 and n < 100:
        k1 = -p[1] * y
        k2 = -p[1] * (y + h * k1)
        y2 = y + h * k1
        y3 = y + h / 2 * (k1 + k2)
        err = abs(y3 - y2)
        if err < 1e-2:
            y = y3
            t += h
        h = min(h * (1.1 if err < 1e-2 else 0.5), 1 - t) if t < 1 else h
        n += 1
    return y**2


@program(v5)
def spline_natural(y):
    x = np.array([0.0, 1, 2.5, 3, 4])
    n = 5
    h = np.diff(x)
    A = np.zeros((n, n))
    r = np.zeros(n)
    A[0, 0] = A[-1, -1] = 1
    for i in range(1, n - 1):
        A[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        r[i] = 6 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    M = np.linalg.solve(A, r)
    q = 1.7
    k = np.searchsorted(x, q) - 1
    t = q - x[k]
    return y[k] + t * ((y[k + 1] - y[k]) / h[k] - h[k] * (2 * M[k] + M[k + 1]) / 6) + t**2 * M[k] / 2


@program(R.randn(4, 2))
def decasteljau(P):
    tot = 0.0
    for t in np.linspace(0, 1, 5):
        Q = P.copy()
        for k in range(len(P) - 1, 0, -1):
            Q[:k] = (1 - t) * Q[:k] + t * Q[1 : k + 1]
        tot += np.sum(Q[0] ** 2)
    return tot


@program(R.rand(4, 4))
def pagerank(L):
    M = L / L.sum(axis=0)
    r = np.full(4, 0.25)
    d = 0.85
    for _ in range(100):
        rn = d * M @ r + (1 - d) / 4
        if np.abs(rn - r).sum() < 1e-12:
            break
        r = rn
    return r @ np.arange(4.0)


@program(R.randn(3, 4) + 3)
def simplex_pivot(T):
    T = T.copy()
    for _ in range(2):
        col = int(np.argmin(T[-1, :-1]))
        ratios = np.where(T[:-1, col] > 0, T[:-1, -1] / T[:-1, col], np.inf)
        row = int(np.argmin(ratios))
        T[row] /= T[row, col]
        for i in range(T.shape[0]):
            if i != row:
                T[i] -= T[i, col] * T[row]
    return T[-1, -1] + np.sum(T[:, -1] ** 2)


@program(v6)
def bubble_sort(x):
    a = x.copy()
    n = len(a)
    for i in range(n):
        done = True
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
                done = False
        if done:
            break
    return a @ np.arange(6.0) ** 2


@program(v6)
def insertion_sort_list(x):
    a = list(x)
    for i in range(1, len(a)):
        key = a[i]
        j = i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return sum(k * v**2 for k, v in enumerate(a))


@program(v4)
def sorting_network(x):
    a = [x[0], x[1], x[2], x[3]]
    for i, j in [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)]:
        lo, hi = min(a[i], a[j]), max(a[i], a[j])
        a[i], a[j] = lo, hi
    return np.dot(a, [1.0, 2, 3, 4])


@program(R.randn(5, 5), twice=False)
def median_filter(img):
    out = np.empty_like(img)
    p = np.pad(img, 1, mode="edge")
    for i in range(5):
        for j in range(5):
            out[i, j] = np.median(p[i : i + 3, j : j + 3])
    return np.sum(out**2)


@program(R.randn(5, 5), R.randn(5, 5), wrt=(0, 1))
def horn_schunck(a, b):
    Ix = np.gradient(a, axis=1)
    Iy = np.gradient(a, axis=0)
    It = b - a
    u = np.zeros_like(a)
    v = np.zeros_like(a)
    avg = lambda f: (np.roll(f, 1, 0) + np.roll(f, -1, 0) + np.roll(f, 1, 1) + np.roll(f, -1, 1)) / 4
    for _ in range(3):
        ub, vb = avg(u), avg(v)
        d = (Ix * ub + Iy * vb + It) / (1 + Ix**2 + Iy**2)
        u = ub - Ix * d
        v = vb - Iy * d
    return np.mean(u**2 + v**2)


@program(0.05, 0.2, 100.0, wrt=(0, 1, 2), twice=False)
def mc_option(r, sigma, s0):
    rng = np.random.default_rng(3)
    S = np.full(20, s0)
    dt = 0.25
    for _ in range(4):
        S = S * np.exp((r - sigma**2 / 2) * dt + sigma * np.sqrt(dt) * rng.standard_normal(20))
    return np.exp(-r) * np.maximum(S - 100, 0).mean()


@program(100.0, 100.0, 0.2, 0.05, wrt=(0, 2, 3), twice=False)
def binomial_tree(S, K, sig, r):
    n = 5
    dt = 1 / n
    u = np.exp(sig * np.sqrt(dt))
    d = 1 / u
    q = (np.exp(r * dt) - d) / (u - d)
    ST = S * u ** np.arange(n, -1, -1) * d ** np.arange(0, n + 1)
    V = np.maximum(K - ST, 0)
    for i in range(n - 1, -1, -1):
        V[: i + 1] = np.exp(-r * dt) * (q * V[: i + 1] + (1 - q) * V[1 : i + 2])
        ST = S * u ** np.arange(i, -1.0, -1) * d ** np.arange(0, i + 1)
        V[: i + 1] = np.maximum(V[: i + 1], K - ST)
    return V[0]


@program(R.randn(4, 4), R.randn(4, 4), 0.4, wrt=(0, 1, 2))
def ising(s, h, J):
    E = 0.0
    n = len(s)
    for i in range(n):
        for j in range(n):
            nb = s[(i + 1) % n, j] + s[i, (j + 1) % n] + s[i - 1, j] + s[i, j - 1]
            E += -J * s[i, j] * nb / 2 - h[i, j] * s[i, j]
    return E + J * np.sum(s * np.roll(s, 1, axis=0))


@program(R.randn(6, 6), 0.1, wrt=(0, 1))
def heat_inplace(u, a):
    u = u.copy()
    for _ in range(3):
        u[1:-1, 1:-1] += a * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
        u[0] = u[1]
        u[-1] = u[-2]
        u[:, 0] = u[:, 1]
        u[:, -1] = u[:, -2]
    return np.sum(u**2)


@program(v8, 0.3, wrt=(0, 1))
def wave_leapfrog(u0, c):
    prev = u0.copy()
    cur = u0.copy()
    nxt = np.empty_like(cur)
    for n in range(4):
        nxt[1:-1] = 2 * cur[1:-1] - prev[1:-1] + c**2 * (cur[2:] - 2 * cur[1:-1] + cur[:-2])
        nxt[0] = nxt[-1] = 0.0
        prev, cur, nxt = cur, nxt, prev
    return np.sum(cur**2) + prev @ nxt


@program(v8)
def burgers_godunov(u):
    u = u.copy()
    for _ in range(3):
        f = np.where(u > 0, 0.5 * u**2, 0.0) + np.where(np.roll(u, -1) < 0, 0.5 * np.roll(u, -1) ** 2, 0)
        u = u - 0.1 * (f - np.roll(f, 1))
    return np.sum(u**2)


@program(v4, v6, wrt=(0, 1))
def bspline(c, q):
    knots = np.array([0, 0, 0, 0.5, 1, 1, 1.0])
    t = 0.3
    k = 2

    def B(i, k, t):
        if k == 0:
            return 1.0 if knots[i] <= t < knots[i + 1] else 0.0
        a = 0.0 if knots[i + k] == knots[i] else (t - knots[i]) / (knots[i + k] - knots[i]) * B(i, k - 1, t)
        b = (
            0.0
            if knots[i + k + 1] == knots[i + 1]
            else (knots[i + k + 1] - t) / (knots[i + k + 1] - knots[i + 1]) * B(i + 1, k - 1, t)
        )
        return a + b

    return sum(c[i] * B(i, k, t) for i in range(4)) ** 2 + q @ q


@program(np.array([0.5, 1.2]))
def implicit_step(p):
    y = 1.0
    for n in range(3):
        lo, hi = -5.0, 5.0
        for _ in range(40):
            mid = (lo + hi) / 2
            if mid - y + 0.1 * p[0] * mid**3 > 0:
                hi = mid
            else:
                lo = mid
        z = (lo + hi) / 2
        z = z - (z - y + 0.1 * p[0] * z**3) / (1 + 0.3 * p[0] * z**2)
        z = z - (z - y + 0.1 * p[0] * z**3) / (1 + 0.3 * p[0] * z**2)
        y = z * p[1]
    return y


@program(v3, v3 * 2, 1.1, wrt=(0, 1, 2))
def unscented(m, q, a):
    P = np.diag(np.exp(q))
    n = 3
    L = np.linalg.cholesky(P * (a + n))
    sig = np.vstack([m, m + L.T, m - L.T])
    w = np.full(7, 1 / (2 * (n + a)))
    w[0] = a / (n + a)
    y = np.array([np.sin(s) * s[0] for s in sig])
    mu = w @ y
    d = y - mu
    C = (w[:, None] * d).T @ d
    return np.sum(mu) + np.trace(C)


@program(R.rand(3), R.rand(4), R.rand(3, 4), wrt=(0, 1, 2))
def sinkhorn(a, b, C):
    a = a / a.sum()
    b = b / b.sum()
    K = np.exp(-C / 0.5)
    u = np.ones(3)
    v = np.ones(4)
    for it in range(20):
        u_prev = u
        u = a / (K @ v)
        v = b / (K.T @ u)
        if np.max(np.abs(u - u_prev)) < 1e-3:
            break
    Pm = np.diag(u) @ K @ np.diag(v)
    return np.sum(Pm * C)
