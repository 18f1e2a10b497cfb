"""Small dense algebra: factorisations and recurrences in loops, and chains of products."""

from __future__ import annotations

import numpy as np

from .case import Kernel

# ---- factorisations ----


def cholesky(a):
    for i in range(a.shape[0]):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= a[j, j]
        a[i, i] -= np.dot(a[i, :i], a[i, :i])
        a[i, i] = np.sqrt(a[i, i])
    return np.sum(np.tril(a))


def cholesky_by_hand(a):
    a = a.copy()
    cholesky(a)
    a_bar = np.tril(np.ones_like(a))
    for i in range(a.shape[0] - 1, -1, -1):
        a_bar[i, i] /= 2.0 * a[i, i]
        a_bar[i, :i] -= 2.0 * a_bar[i, i] * a[i, :i]
        for j in range(i - 1, -1, -1):
            a_bar[i, j] /= a[j, j]
            g = a_bar[i, j]
            a_bar[j, j] -= g * a[i, j]
            a_bar[i, :j] -= g * a[j, :j]
            a_bar[j, :j] -= g * a[i, :j]
    return a_bar


def start_definite(rng, n):
    x = rng.normal(size=(n, n))
    return (x @ x.T + n * np.eye(n),)


def lu(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[:j, j])
            a[i, j] /= a[j, j]
        for j in range(i, n):
            a[i, j] -= np.dot(a[i, :i], a[:i, j])
    return np.sum(a * a)


def lu_by_hand(a):
    a = a.copy()
    lu(a)
    n = a.shape[0]
    a_bar = 2.0 * a
    for i in range(n - 1, -1, -1):
        for j in range(n - 1, i - 1, -1):
            g = a_bar[i, j]
            a_bar[i, :i] -= g * a[:i, j]
            a_bar[:i, j] -= g * a[i, :i]
        for j in range(i - 1, -1, -1):
            a_bar[i, j] /= a[j, j]
            g = a_bar[i, j]
            a_bar[j, j] -= g * a[i, j]
            a_bar[i, :j] -= g * a[:j, j]
            a_bar[:j, j] -= g * a[i, :j]
    return a_bar


def trisolv(low, b):
    x = np.zeros_like(b)
    for i in range(b.shape[0]):
        x[i] = (b[i] - np.dot(low[i, :i], x[:i])) / low[i, i]
    return np.sum(x * x)


def trisolv_by_hand(low, b):
    x = np.zeros_like(b)
    for i in range(b.shape[0]):
        x[i] = (b[i] - np.dot(low[i, :i], x[:i])) / low[i, i]
    x_bar = 2.0 * x
    low_bar, b_bar = np.zeros_like(low), np.zeros_like(b)
    for i in range(b.shape[0] - 1, -1, -1):
        g = x_bar[i] / low[i, i]
        b_bar[i] = g
        low_bar[i, i] = -g * x[i]
        low_bar[i, :i] = -g * x[:i]
        x_bar[:i] -= g * low[i, :i]
    return low_bar, b_bar


def start_triangle(rng, n):
    return np.tril(rng.normal(size=(n, n))) / n + 2.0 * np.eye(n), rng.normal(size=n)


def durbin(r):
    n = r.shape[0]
    y = np.zeros_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y * y)


def durbin_by_hand(r):
    n = r.shape[0]
    y, alphas, betas, tape = np.zeros_like(r), np.zeros(n), np.ones(n), np.zeros((n, n))
    y[0] = alphas[0] = -r[0]
    for k in range(1, n):
        tape[k, :k] = y[:k]
        betas[k] = betas[k - 1] * (1.0 - alphas[k - 1] * alphas[k - 1])
        alphas[k] = -(r[k] + np.dot(r[:k][::-1], y[:k])) / betas[k]
        y[:k] += alphas[k] * y[:k][::-1]
        y[k] = alphas[k]
    y_bar, r_bar = 2.0 * y, np.zeros_like(r)
    alpha_bar = beta_bar = 0.0
    for k in range(n - 1, 0, -1):
        before, alpha = tape[k, :k][::-1], alphas[k - 1]
        alpha_bar += y_bar[k] + np.dot(y_bar[:k], before)
        g = -alpha_bar / betas[k]
        beta_bar += g * alphas[k]
        y_bar[:k] += alphas[k] * y_bar[:k][::-1] + g * r[:k][::-1]
        r_bar[k] += g
        r_bar[:k] += g * before
        alpha_bar = -2.0 * beta_bar * betas[k - 1] * alpha
        beta_bar *= 1.0 - alpha * alpha
    r_bar[0] -= y_bar[0] + alpha_bar
    return r_bar


def start_durbin(rng, n):
    return (rng.normal(size=n) / (4.0 * n),)


def gramschmidt(a):
    n = a.shape[1]
    q, r = np.zeros_like(a), np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.dot(a[:, k], a[:, k]))
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = np.dot(q[:, k], a[:, j])
            a[:, j] -= q[:, k] * r[k, j]
    return np.sum(q) + np.sum(r)


def gramschmidt_by_hand(a):
    a = a.copy()
    n = a.shape[1]
    q, r = np.zeros_like(a), np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.dot(a[:, k], a[:, k]))
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = np.dot(q[:, k], a[:, j])
            a[:, j] -= q[:, k] * r[k, j]
    q_bar, r_bar, a_bar = np.ones_like(q), np.ones_like(r), np.zeros_like(a)
    for k in range(n - 1, -1, -1):
        for j in range(n - 1, k, -1):
            a[:, j] += q[:, k] * r[k, j]
            g = r_bar[k, j] - np.dot(a_bar[:, j], q[:, k])
            q_bar[:, k] += g * a[:, j] - r[k, j] * a_bar[:, j]
            a_bar[:, j] += g * q[:, k]
        g = r_bar[k, k] - np.dot(q_bar[:, k], q[:, k]) / r[k, k]
        a_bar[:, k] += q_bar[:, k] / r[k, k] + g * q[:, k]
    return a_bar


def start_tall(rng, m, n):
    return (rng.normal(size=(m, n)),)


# ---- statistics ----


def covariance(data):
    n, m = data.shape
    data -= np.mean(data, axis=0)
    cov = np.zeros((m, m))
    for i in range(m):
        cov[i, i:] = data[:, i] @ data[:, i:] / (n - 1.0)
        cov[i:, i] = cov[i, i:]
    return np.sum(cov * cov)


def covariance_by_hand(data):
    n, m = data.shape
    data = data - np.mean(data, axis=0)
    cov = np.zeros((m, m))
    for i in range(m):
        cov[i, i:] = data[:, i] @ data[:, i:] / (n - 1.0)
        cov[i:, i] = cov[i, i:]
    cov_bar, data_bar = 2.0 * cov, np.zeros_like(data)
    for i in range(m):
        g = cov_bar[i, i:]
        g[1:] += cov_bar[i + 1 :, i]
        g /= n - 1.0
        data_bar[:, i] += data[:, i:] @ g
        data_bar[:, i:] += np.outer(data[:, i], g)
    data_bar -= np.mean(data_bar, axis=0)
    return data_bar


def correlation(data):
    n, m = data.shape
    mean = np.mean(data, axis=0)
    std = np.std(data, axis=0)
    std[std <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(n) * std
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :]
        corr[i + 1 :, i] = corr[i, i + 1 :]
    return np.sum(corr * corr)


def correlation_by_hand(data):
    n, m = data.shape
    std = np.std(data, axis=0)
    small = std <= 0.1
    std[small] = 1.0
    root = np.sqrt(n) * std
    scaled = (data - np.mean(data, axis=0)) / root
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i, i + 1 :] = scaled[:, i] @ scaled[:, i + 1 :]
        corr[i + 1 :, i] = corr[i, i + 1 :]
    corr_bar, g = 2.0 * corr, np.zeros_like(data)
    for i in range(m - 1):
        row = corr_bar[i, i + 1 :] + corr_bar[i + 1 :, i]
        g[:, i] += scaled[:, i + 1 :] @ row
        g[:, i + 1 :] += np.outer(scaled[:, i], row)
    along = np.sum(g * scaled, axis=0)
    along[small] = 0.0
    return (g - np.mean(g, axis=0) - scaled * along) / root


# ---- chains of products ----


def two_mm(a, b, c, d):
    d *= 0.7
    d += 1.3 * a @ b @ c
    return np.sum(d * d)


def two_mm_by_hand(a, b, c, d):
    ab = 1.3 * a @ b
    d_bar = 2.0 * (0.7 * d + ab @ c)
    ab_bar = 1.3 * (d_bar @ c.T)
    return ab_bar @ b.T, a.T @ ab_bar, ab.T @ d_bar, 0.7 * d_bar


def start_squares(count):
    def start(rng, n):
        return tuple(rng.normal(size=(n, n)) / np.sqrt(n) for _ in range(count))

    return start


def three_mm(a, b, c, d):
    return np.sum((a @ b @ (c @ d)) ** 2)


def three_mm_by_hand(a, b, c, d):
    ab, cd = a @ b, c @ d
    g = 2.0 * (ab @ cd)
    ab_bar, cd_bar = g @ cd.T, ab.T @ g
    return ab_bar @ b.T, a.T @ ab_bar, cd_bar @ d.T, c.T @ cd_bar


def gemver(a, u1, v1, u2, v2, y, z):
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x = 0.9 * y @ a + z
    w = 1.1 * a @ x
    return np.sum(w * w)


def gemver_by_hand(a, u1, v1, u2, v2, y, z):
    a = a + (np.outer(u1, v1) + np.outer(u2, v2))
    x = 0.9 * y @ a + z
    w_bar = 2.2 * 1.1 * (a @ x)
    x_bar = w_bar @ a
    a_bar = np.outer(w_bar, x)
    a_bar += np.outer(0.9 * y, x_bar)
    return (
        a_bar, a_bar @ v1, u1 @ a_bar, a_bar @ v2, u2 @ a_bar, 0.9 * (a @ x_bar), x_bar,
    )  # fmt: skip


def start_gemver(rng, n):
    return rng.normal(size=(n, n)) / n, *(rng.normal(size=n) for _ in range(6))


def atax(a, x):
    y = (a @ x) @ a
    return np.sum(y * y)


def atax_by_hand(a, x):
    ax = a @ x
    y_bar = 2.0 * (ax @ a)
    ax_bar = a @ y_bar
    a_bar = np.outer(ax, y_bar)
    a_bar += np.outer(ax_bar, x)
    return a_bar, ax_bar @ a


def start_atax(rng, n):
    return rng.normal(size=(n, n)) / n, rng.normal(size=n)


def bicg(a, p, r):
    s = r @ a
    q = a @ p
    return np.sum(s * s) + np.sum(q * q)


def bicg_by_hand(a, p, r):
    s_bar, q_bar = 2.0 * (r @ a), 2.0 * (a @ p)
    a_bar = np.outer(r, s_bar)
    a_bar += np.outer(q_bar, p)
    return a_bar, q_bar @ a, a @ s_bar


def start_bicg(rng, n):
    return rng.normal(size=(n, n)) / n, rng.normal(size=n), rng.normal(size=n)


def syrk(c, a):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= 0.8
        for k in range(a.shape[1]):
            c[i, : i + 1] += 1.2 * a[i, k] * a[: i + 1, k]
    return np.sum(c * c)


def syrk_by_hand(c, a):
    c = c.copy()
    syrk(c, a)
    c_bar, a_bar = 2.0 * c, np.zeros_like(a)
    for i in range(a.shape[0] - 1, -1, -1):
        for k in range(a.shape[1] - 1, -1, -1):
            g = c_bar[i, : i + 1]
            a_bar[i, k] += 1.2 * np.dot(g, a[: i + 1, k])
            a_bar[: i + 1, k] += 1.2 * a[i, k] * g
        c_bar[i, : i + 1] *= 0.8
    return c_bar, a_bar


def trmm(a, b):
    m, n = b.shape
    for i in range(m):
        for j in range(n):
            b[i, j] += np.dot(a[i + 1 :, i], b[i + 1 :, j])
    b *= 1.1
    return np.sum(b * b)


def trmm_by_hand(a, b):
    # rows below row i are still as they were given when row i is computed
    old, b = b, b.copy()
    trmm(a, b)
    m, n = b.shape
    b_bar, a_bar = 2.2 * b, np.zeros_like(a)
    for i in range(m - 1, -1, -1):
        for j in range(n - 1, -1, -1):
            g = b_bar[i, j]
            a_bar[i + 1 :, i] += g * old[i + 1 :, j]
            b_bar[i + 1 :, j] += g * a[i + 1 :, i]
    return a_bar, b_bar


def start_pair(rng, n):
    return rng.normal(size=(n, n)) / n, rng.normal(size=(n, n)) / n


KERNELS = [
    Kernel(cholesky, cholesky_by_hand, start_definite, (4,), (30,), (120,)),
    Kernel(lu, lu_by_hand, start_definite, (4,), (30,), (100,)),
    Kernel(trisolv, trisolv_by_hand, start_triangle, (4,), (100,), (1000,), (0, 1)),
    Kernel(durbin, durbin_by_hand, start_durbin, (5,), (100,), (1000,)),
    Kernel(gramschmidt, gramschmidt_by_hand, start_tall, (5, 3), (40, 20), (200, 80)),
    Kernel(covariance, covariance_by_hand, start_tall, (5, 3), (60, 40), (400, 200)),
    Kernel(correlation, correlation_by_hand, start_tall, (5, 3), (60, 40), (400, 200)),
    Kernel(two_mm, two_mm_by_hand, start_squares(4), (3,), (40,), (300,), (0, 1, 2, 3)),
    Kernel(three_mm, three_mm_by_hand, start_squares(4), (3,), (40,), (300,), (0, 1, 2, 3)),
    Kernel(gemver, gemver_by_hand, start_gemver, (3,), (60,), (800,), (0, 1, 2, 3, 4, 5, 6)),
    Kernel(atax, atax_by_hand, start_atax, (3,), (60,), (800,), (0, 1)),
    Kernel(bicg, bicg_by_hand, start_bicg, (3,), (60,), (800,), (0, 1, 2)),
    Kernel(syrk, syrk_by_hand, start_pair, (4,), (30,), (100,), (0, 1)),
    Kernel(trmm, trmm_by_hand, start_pair, (4,), (30,), (80,), (0, 1)),
]
