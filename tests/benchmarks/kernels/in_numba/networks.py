"""Derivatives of layers as loops around products of matrices; what follows a product is one loop."""

from __future__ import annotations

import numpy as np


def conv2d(x, w, b):
    """Output channels lie side by side in `w`; they are the innermost loop."""
    batch, inputs = x.shape[0], x.shape[3]
    k, outputs = w.shape[0], w.shape[3]
    h, v = x.shape[1] - k + 1, x.shape[2] - k + 1
    x_bar, w_bar, b_bar = np.zeros(x.shape), np.zeros(w.shape), np.zeros(outputs)
    g = np.empty(outputs)
    for s in range(batch):
        for i in range(h):
            for j in range(v):
                for o in range(outputs):
                    g[o] = b[o]
                for p in range(k):
                    for q in range(k):
                        for c in range(inputs):
                            entry = x[s, i + p, j + q, c]
                            for o in range(outputs):
                                g[o] += entry * w[p, q, c, o]
                for o in range(outputs):
                    y = np.tanh(g[o])
                    g[o] = 1.0 - y * y
                    b_bar[o] += g[o]
                for p in range(k):
                    for q in range(k):
                        for c in range(inputs):
                            entry, total = x[s, i + p, j + q, c], 0.0
                            for o in range(outputs):
                                w_bar[p, q, c, o] += entry * g[o]
                                total += g[o] * w[p, q, c, o]
                            x_bar[s, i + p, j + q, c] += total
    return x_bar, w_bar, b_bar


def softmax(x, w):
    n, m = x.shape
    x_bar = np.empty((n, m))
    for i in range(n):
        high = x[i, 0]
        for j in range(1, m):
            high = max(high, x[i, j])
        total = along = 0.0
        for j in range(m):
            e = np.exp(x[i, j] - high)
            x_bar[i, j] = e
            total += e
            along += e * w[i, j]
        along /= total
        for j in range(m):
            x_bar[i, j] *= (w[i, j] - along) / total
    return x_bar


def add_and_cut(x, b):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = max(x[i, j] + b[j], 0.0)


def where_not_cut(g, h, b_bar):
    """The adjoint before `maximum`, and the sum of its rows."""
    for j in range(g.shape[1]):
        b_bar[j] = 0.0
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            g[i, j] = g[i, j] if h[i, j] > 0.0 else 0.0
            b_bar[j] += g[i, j]


def mlp(w1, b1, w2, b2, w3, b3, x):
    h1 = x @ w1
    add_and_cut(h1, b1)
    h2 = h1 @ w2
    add_and_cut(h2, b2)
    g3 = h2 @ w3
    b1_bar, b2_bar, b3_bar = np.empty(b1.shape[0]), np.empty(b2.shape[0]), np.zeros(b3.shape[0])
    for i in range(g3.shape[0]):
        for j in range(g3.shape[1]):
            g3[i, j] = 2.0 / x.shape[0] * (g3[i, j] + b3[j])
            b3_bar[j] += g3[i, j]
    w3_bar, g2 = h2.T @ g3, g3 @ w3.T
    where_not_cut(g2, h2, b2_bar)
    w2_bar, g1 = h1.T @ g2, g2 @ w2.T
    where_not_cut(g1, h1, b1_bar)
    return x.T @ g1, b1_bar, w2_bar, b2_bar, w3_bar, b3_bar


def lstm(w, u, b, xs):
    """What does not depend on the last step is one product for all steps, and so are the gradients."""
    steps, batch, inputs = xs.shape
    n = u.shape[0]
    flat = xs.reshape((steps * batch, inputs))
    gates = (flat @ w).reshape((steps, batch, 4 * n))
    hs, cs, ys = np.zeros((steps + 1, batch, n)), np.zeros((steps + 1, batch, n)), np.empty((steps, batch, n))
    z = np.empty((batch, 4 * n))
    for t in range(steps):
        np.dot(hs[t], u, z)
        for r in range(batch):
            for j in range(3 * n):
                gates[t, r, j] = 1.0 / (1.0 + np.exp(-(gates[t, r, j] + z[r, j] + b[j])))
            for j in range(3 * n, 4 * n):
                gates[t, r, j] = np.tanh(gates[t, r, j] + z[r, j] + b[j])
            for j in range(n):
                i, f, o = gates[t, r, j], gates[t, r, n + j], gates[t, r, 2 * n + j]
                cs[t + 1, r, j] = f * cs[t, r, j] + i * gates[t, r, 3 * n + j]
                y = np.tanh(cs[t + 1, r, j])
                ys[t, r, j] = y
                hs[t + 1, r, j] = o * y
    h_bar, c_bar, b_bar = np.empty((batch, n)), np.zeros((batch, n)), np.zeros(4 * n)
    for r in range(batch):
        for j in range(n):
            h_bar[r, j] = 2.0 * hs[steps, r, j]
    z_bar = gates  # the adjoints replace what they are computed from
    for t in range(steps - 1, -1, -1):
        for r in range(batch):
            for j in range(n):
                i, f, o = gates[t, r, j], gates[t, r, n + j], gates[t, r, 2 * n + j]
                g, y = gates[t, r, 3 * n + j], ys[t, r, j]
                c = c_bar[r, j] + h_bar[r, j] * o * (1.0 - y * y)
                z_bar[t, r, j] = c * g * (i * (1.0 - i))
                z_bar[t, r, n + j] = c * cs[t, r, j] * (f * (1.0 - f))
                z_bar[t, r, 2 * n + j] = h_bar[r, j] * y * (o * (1.0 - o))
                z_bar[t, r, 3 * n + j] = c * i * (1.0 - g * g)
                c_bar[r, j] = c * f
            for j in range(4 * n):
                b_bar[j] += z_bar[t, r, j]
        np.dot(z_bar[t], u.T, h_bar)
    all_bar, before = z_bar.reshape((steps * batch, 4 * n)), hs[:steps].reshape((steps * batch, n))
    return flat.T @ all_bar, before.T @ all_bar, b_bar
