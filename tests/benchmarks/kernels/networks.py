"""Layers and networks."""

from __future__ import annotations

import numpy as np

from .case import Kernel


def conv2d(x, w, b):
    k = w.shape[0]
    h, v = x.shape[1] - k + 1, x.shape[2] - k + 1
    out = np.zeros((x.shape[0], h, v, w.shape[3]))
    for i in range(h):
        for j in range(v):
            out[:, i, j, :] = np.tensordot(x[:, i : i + k, j : j + k, :], w, 3)
    out += b
    return np.sum(np.tanh(out))


def conv2d_by_hand(x, w, b):
    k = w.shape[0]
    h, v = x.shape[1] - k + 1, x.shape[2] - k + 1
    out = np.zeros((x.shape[0], h, v, w.shape[3]))
    for i in range(h):
        for j in range(v):
            out[:, i, j, :] = np.tensordot(x[:, i : i + k, j : j + k, :], w, 3)
    y = np.tanh(out + b)
    out_bar = 1.0 - y * y
    x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
    for i in range(h):
        for j in range(v):
            g = out_bar[:, i, j, :]
            x_bar[:, i : i + k, j : j + k, :] += np.tensordot(g, w, (1, 3))
            w_bar += np.tensordot(x[:, i : i + k, j : j + k, :], g, (0, 0))
    return x_bar, w_bar, np.sum(out_bar, axis=(0, 1, 2))


def start_conv(rng, batch, n, k, inputs, outputs):
    return (
        rng.normal(size=(batch, n, n, inputs)),
        rng.normal(size=(k, k, inputs, outputs)) / k,
        rng.normal(size=outputs),
    )


def softmax(x, w):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    y = e / np.sum(e, axis=-1, keepdims=True)
    return np.sum(y * w)


def softmax_by_hand(x, w):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    y = e / np.sum(e, axis=-1, keepdims=True)
    return y * (w - np.sum(y * w, axis=-1, keepdims=True))


def start_softmax(rng, n, m):
    return rng.normal(size=(n, m)), rng.normal(size=(n, m))


def mlp(w1, b1, w2, b2, w3, b3, x):
    h1 = np.maximum(x @ w1 + b1, 0.0)
    h2 = np.maximum(h1 @ w2 + b2, 0.0)
    y = h2 @ w3 + b3
    return np.sum(y * y) / x.shape[0]


def mlp_by_hand(w1, b1, w2, b2, w3, b3, x):
    h1 = np.maximum(x @ w1 + b1, 0.0)
    h2 = np.maximum(h1 @ w2 + b2, 0.0)
    g = 2.0 / x.shape[0] * (h2 @ w3 + b3)
    w3_bar, b3_bar = h2.T @ g, np.sum(g, axis=0)
    g = (g @ w3.T) * (h2 > 0.0)
    w2_bar, b2_bar = h1.T @ g, np.sum(g, axis=0)
    g = (g @ w2.T) * (h1 > 0.0)
    return x.T @ g, np.sum(g, axis=0), w2_bar, b2_bar, w3_bar, b3_bar


def start_mlp(rng, batch, n, hidden, out):
    sizes = ((n, hidden), (hidden, hidden), (hidden, out))
    layers = [x for m, k in sizes for x in (rng.normal(size=(m, k)) / np.sqrt(m), rng.normal(size=k))]
    return *layers, rng.normal(size=(batch, n))


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(w, u, b, xs):
    n = u.shape[0]
    h, c = np.zeros((xs.shape[1], n)), np.zeros((xs.shape[1], n))
    for t in range(xs.shape[0]):
        z = xs[t] @ w + h @ u + b
        i = sigmoid(z[:, :n])
        f = sigmoid(z[:, n : 2 * n])
        o = sigmoid(z[:, 2 * n : 3 * n])
        c = f * c + i * np.tanh(z[:, 3 * n :])
        h = o * np.tanh(c)
    return np.sum(h * h)


def lstm_by_hand(w, u, b, xs):
    n = u.shape[0]
    h, c = np.zeros((xs.shape[1], n)), np.zeros((xs.shape[1], n))
    tape = []
    for t in range(xs.shape[0]):
        z = xs[t] @ w + h @ u + b
        i, f, o = sigmoid(z[:, :n]), sigmoid(z[:, n : 2 * n]), sigmoid(z[:, 2 * n : 3 * n])
        g = np.tanh(z[:, 3 * n :])
        before, h_before = c, h
        c = f * c + i * g
        y = np.tanh(c)
        h = o * y
        tape.append((i, f, o, g, before, y, h_before))
    w_bar, u_bar, b_bar = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    h_bar, c_bar = 2.0 * h, np.zeros_like(c)
    z_bar = np.empty((xs.shape[1], 4 * n))
    for t in range(xs.shape[0] - 1, -1, -1):
        i, f, o, g, before, y, h_before = tape[t]
        c_bar = c_bar + h_bar * o * (1.0 - y * y)
        z_bar[:, :n] = c_bar * g * (i * (1.0 - i))
        z_bar[:, n : 2 * n] = c_bar * before * (f * (1.0 - f))
        z_bar[:, 2 * n : 3 * n] = h_bar * y * (o * (1.0 - o))
        z_bar[:, 3 * n :] = c_bar * i * (1.0 - g * g)
        c_bar = c_bar * f
        w_bar += xs[t].T @ z_bar
        u_bar += h_before.T @ z_bar
        b_bar += np.sum(z_bar, axis=0)
        h_bar = z_bar @ u.T
    return w_bar, u_bar, b_bar


def start_lstm(rng, steps, batch, inputs, n):
    return (
        rng.normal(size=(inputs, 4 * n)) / np.sqrt(inputs),
        rng.normal(size=(n, 4 * n)) / np.sqrt(n),
        rng.normal(size=4 * n),
        rng.normal(size=(steps, batch, inputs)),
    )


KERNELS = [
    Kernel(
        conv2d, conv2d_by_hand, start_conv,
        (2, 4, 2, 2, 3), (4, 8, 3, 3, 8), (8, 32, 3, 3, 16), (0, 1, 2),
    ),  # fmt: skip
    Kernel(softmax, softmax_by_hand, start_softmax, (3, 4), (16, 20), (1000, 500)),
    Kernel(
        mlp, mlp_by_hand, start_mlp,
        (3, 2, 4, 2), (16, 10, 32, 5), (256, 256, 512, 10), (0, 1, 2, 3, 4, 5), medium=(64, 50, 128, 10),
    ),  # fmt: skip
    Kernel(lstm, lstm_by_hand, start_lstm, (2, 2, 3, 2), (10, 8, 6, 16), (30, 64, 64, 128), (0, 1, 2)),
]
