"""Derivatives of statistics and products. Loops go along rows and read each matrix as seldom as they can;
products of large matrices are left to BLAS.
"""

from __future__ import annotations

import numpy as np

# ---- statistics ----


def centred(data, mean):
    """The rows without their mean, which is written to the second argument."""
    n, m = data.shape
    for j in range(m):
        mean[j] = 0.0
    for i in range(n):
        for j in range(m):
            mean[j] += data[i, j] / n
    out = np.empty((n, m))
    for i in range(n):
        for j in range(m):
            out[i, j] = data[i, j] - mean[j]
    return out


def squares_of_products(x, weights, diagonal):
    """The adjoint of `x` in the sum of squares of x.T @ x over `weights`, with its diagonal or without."""
    n, m = x.shape
    g = np.empty((m, m))
    row = np.empty(m)
    for i in range(m):
        for j in range(i, m):
            row[j] = 0.0
        for k in range(n):
            for j in range(i, m):
                row[j] += x[k, i] * x[k, j]
        for j in range(i, m):
            g[i, j] = g[j, i] = 4.0 * row[j] / weights
        if not diagonal:
            g[i, i] = 0.0
    x_bar = np.empty((n, m))
    for k in range(n):
        for j in range(m):
            row[j] = 0.0
        for i in range(m):
            for j in range(m):
                row[j] += x[k, i] * g[i, j]
        for j in range(m):
            x_bar[k, j] = row[j]
    return x_bar


def covariance(data):
    n, m = data.shape
    mean = np.empty(m)
    x = centred(data, mean)
    x_bar = squares_of_products(x, (n - 1.0) ** 2, True)
    return centred(x_bar, mean)


def correlation(data):
    n, m = data.shape
    mean, root, along = np.empty(m), np.zeros(m), np.zeros(m)
    x = centred(data, mean)
    for i in range(n):
        for j in range(m):
            root[j] += x[i, j] * x[i, j]
    small = np.empty(m, np.bool_)
    for j in range(m):
        std = np.sqrt(root[j] / n)
        small[j] = std <= 0.1
        root[j] = np.sqrt(n) * (1.0 if small[j] else std)
    for i in range(n):
        for j in range(m):
            x[i, j] /= root[j]
    g = squares_of_products(x, 1.0, False)
    for i in range(n):
        for j in range(m):
            along[j] += g[i, j] * x[i, j]
    for j in range(m):
        if small[j]:
            along[j] = 0.0
    g = centred(g, mean)
    for i in range(n):
        for j in range(m):
            g[i, j] = (g[i, j] - x[i, j] * along[j]) / root[j]
    return g


# ---- chains of products ----


def two_mm(a, b, c, d):
    n, m = a.shape[0], c.shape[1]
    ab = a @ b
    d_bar, d_given_bar = ab @ c, np.empty((n, m))
    for i in range(n):
        for j in range(m):
            g = 2.0 * (0.7 * d[i, j] + 1.3 * d_bar[i, j])
            d_bar[i, j] = 1.3 * g
            d_given_bar[i, j] = 0.7 * g
    ab_bar = d_bar @ c.T
    return ab_bar @ b.T, a.T @ ab_bar, ab.T @ d_bar, d_given_bar


def three_mm(a, b, c, d):
    ab, cd = a @ b, c @ d
    g = ab @ cd
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            g[i, j] *= 2.0
    ab_bar, cd_bar = g @ cd.T, ab.T @ g
    return ab_bar @ b.T, a.T @ ab_bar, cd_bar @ d.T, c.T @ cd_bar


def gemver(a, u1, v1, u2, v2, y, z):
    n = y.shape[0]
    total, x = np.empty((n, n)), z.copy()
    for i in range(n):
        for j in range(n):
            total[i, j] = a[i, j] + u1[i] * v1[j] + u2[i] * v2[j]
            x[j] += 0.9 * y[i] * total[i, j]
    w_bar, x_bar = np.empty(n), np.zeros(n)
    for i in range(n):
        w = 0.0
        for j in range(n):
            w += total[i, j] * x[j]
        w_bar[i] = w = 2.2 * 1.1 * w
        for j in range(n):
            x_bar[j] += w * total[i, j]
    a_bar, y_bar = np.empty((n, n)), np.empty(n)
    u1_bar, v1_bar, u2_bar, v2_bar = np.empty(n), np.zeros(n), np.empty(n), np.zeros(n)
    for i in range(n):
        of_u1 = of_u2 = of_y = 0.0
        for j in range(n):
            g = w_bar[i] * x[j] + 0.9 * y[i] * x_bar[j]
            a_bar[i, j] = g
            of_u1 += g * v1[j]
            of_u2 += g * v2[j]
            of_y += total[i, j] * x_bar[j]
            v1_bar[j] += g * u1[i]
            v2_bar[j] += g * u2[i]
        u1_bar[i], u2_bar[i], y_bar[i] = of_u1, of_u2, 0.9 * of_y
    return a_bar, u1_bar, v1_bar, u2_bar, v2_bar, y_bar, x_bar


def atax(a, x):
    n, m = a.shape
    ax, y_bar = np.empty(n), np.zeros(m)
    for i in range(n):
        total = 0.0
        for j in range(m):
            total += a[i, j] * x[j]
        ax[i] = total
        for j in range(m):
            y_bar[j] += 2.0 * total * a[i, j]
    a_bar, x_bar = np.empty((n, m)), np.zeros(m)
    for i in range(n):
        total = 0.0
        for j in range(m):
            total += a[i, j] * y_bar[j]
        for j in range(m):
            a_bar[i, j] = ax[i] * y_bar[j] + total * x[j]
            x_bar[j] += total * a[i, j]
    return a_bar, x_bar


def bicg(a, p, r):
    n, m = a.shape
    s_bar, q_bar = np.zeros(m), np.empty(n)
    for i in range(n):
        total = 0.0
        for j in range(m):
            total += a[i, j] * p[j]
            s_bar[j] += 2.0 * r[i] * a[i, j]
        q_bar[i] = 2.0 * total
    a_bar, p_bar, r_bar = np.empty((n, m)), np.zeros(m), np.empty(n)
    for i in range(n):
        total = 0.0
        for j in range(m):
            a_bar[i, j] = r[i] * s_bar[j] + q_bar[i] * p[j]
            p_bar[j] += q_bar[i] * a[i, j]
            total += a[i, j] * s_bar[j]
        r_bar[i] = total
    return a_bar, p_bar, r_bar


def syrk(c, a):
    n, m = a.shape
    c_bar, a_bar = np.empty((n, n)), np.zeros((n, m))
    for i in range(n):
        for j in range(i + 1, n):
            c_bar[i, j] = 2.0 * c[i, j]
        for j in range(i + 1):
            total = 0.0
            for k in range(m):
                total += a[i, k] * a[j, k]
            g = 2.0 * (0.8 * c[i, j] + 1.2 * total)
            c_bar[i, j] = 0.8 * g
            g *= 1.2
            for k in range(m):
                a_bar[i, k] += g * a[j, k]
            for k in range(m):
                a_bar[j, k] += g * a[i, k]
    return c_bar, a_bar


def trmm(a, b):
    m, n = b.shape
    g, a_bar, b_bar = np.empty((m, n)), np.zeros((m, m)), np.empty((m, n))
    for i in range(m):
        for j in range(n):
            g[i, j] = b[i, j]
        for k in range(i + 1, m):
            for j in range(n):
                g[i, j] += a[k, i] * b[k, j]
        for j in range(n):
            g[i, j] *= 2.2 * 1.1
            b_bar[i, j] = g[i, j]
    for k in range(m):
        for i in range(k):
            total = 0.0
            for j in range(n):
                total += g[i, j] * b[k, j]
                b_bar[k, j] += a[k, i] * g[i, j]
            a_bar[k, i] = total
    return a_bar, b_bar
