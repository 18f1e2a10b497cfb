"""Derivatives of filters. Products of small matrices are loops, those of large ones are left to BLAS."""

from __future__ import annotations

import numpy as np

SMALL = 4096  # multiplications that are done before BLAS has looked at its arguments


def product(a, b, out):
    n, m = out.shape
    if n * m * a.shape[1] > SMALL:
        np.dot(a, b, out)
        return
    for i in range(n):
        for j in range(m):
            out[i, j] = 0.0
        for k in range(a.shape[1]):
            x = a[i, k]
            for j in range(m):
                out[i, j] += x * b[k, j]


def product_of_transpose(a, b, out):
    """a.T @ b"""
    n, m = out.shape
    if n * m * a.shape[0] > SMALL:
        np.dot(a.T, b, out)
        return
    for i in range(n):
        for j in range(m):
            out[i, j] = 0.0
        for k in range(a.shape[0]):
            x = a[k, i]
            for j in range(m):
                out[i, j] += x * b[k, j]


def product_with_transpose(a, b, out):
    """a @ b.T"""
    n, m = out.shape
    if n * m * a.shape[1] > SMALL:
        np.dot(a, b.T, out)
        return
    for i in range(n):
        for j in range(m):
            total = 0.0
            for k in range(a.shape[1]):
                total += a[i, k] * b[j, k]
            out[i, j] = total


def apply(a, x, out):
    for i in range(a.shape[0]):
        total = 0.0
        for k in range(a.shape[1]):
            total += a[i, k] * x[k]
        out[i] = total


def apply_transpose(a, x, out):
    for j in range(a.shape[1]):
        out[j] = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j] += x[i] * a[i, j]


def add(out, x):
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += x[i, j]


def add_outer(out, x, y, scale):
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += scale * x[i] * y[j]


def kalman(a, c, q, r, ys):
    n, m, steps = a.shape[0], c.shape[0], ys.shape[0]
    # before and after each prediction, and what is computed on the way
    xs, ps = np.zeros((steps + 1, n)), np.zeros((steps + 1, n, n))
    x_next, p_next, aps = np.empty((steps, n)), np.empty((steps, n, n)), np.empty((steps, n, n))
    es, invs, gains = np.empty((steps, m)), np.empty((steps, m, m)), np.empty((steps, n, m))
    cps, pcs = np.empty((steps, m, n)), np.empty((steps, n, m))
    s, square, vector = np.empty((m, m)), np.empty((n, n)), np.empty(n)
    for i in range(n):
        ps[0, i, i] = 1.0
    for t in range(steps):
        x, p, e, gain, cp, pc = x_next[t], p_next[t], es[t], gains[t], cps[t], pcs[t]
        apply(a, xs[t], x)
        product(a, ps[t], aps[t])
        product_with_transpose(aps[t], a, p)
        add(p, q)
        apply(c, x, e)
        for i in range(m):
            e[i] = ys[t, i] - e[i]
        product(c, p, cp)
        product_with_transpose(p, c, pc)
        product_with_transpose(cp, c, s)
        add(s, r)
        invs[t] = np.linalg.inv(s)
        product(pc, invs[t], gain)
        apply(gain, e, vector)
        product(gain, cp, square)
        for i in range(n):
            xs[t + 1, i] = x[i] + vector[i]
            for j in range(n):
                ps[t + 1, i, j] = p[i, j] - square[i, j]
    a_bar, c_bar, q_bar, r_bar = np.zeros((n, n)), np.zeros((m, n)), np.zeros((n, n)), np.zeros((m, m))
    x_bar, p_bar, ap_bar = np.zeros(n), np.zeros((n, n)), np.empty((n, n))
    gain_bar, cp_bar, pc_bar = np.empty((n, m)), np.empty((m, n)), np.empty((n, m))
    inv_bar, s_bar, e_bar = np.empty((m, m)), np.empty((m, m)), np.empty(m)
    wide, narrow = np.empty((m, n)), np.empty((m, m))
    for t in range(steps - 1, -1, -1):
        x, p, e, inv, gain, cp, pc = x_next[t], p_next[t], es[t], invs[t], gains[t], cps[t], pcs[t]
        product_with_transpose(p_bar, cp, gain_bar)
        for i in range(n):
            for j in range(m):
                gain_bar[i, j] = x_bar[i] * e[j] - gain_bar[i, j]
        product_of_transpose(gain, p_bar, cp_bar)
        apply_transpose(gain, x_bar, e_bar)
        for i in range(m):
            for j in range(m):
                e_bar[i] += (inv[i, j] + inv[j, i]) * e[j]
        product_with_transpose(gain_bar, inv, pc_bar)
        product_of_transpose(pc, gain_bar, inv_bar)
        add_outer(inv_bar, e, e, 1.0)
        product_of_transpose(inv, inv_bar, narrow)
        product_with_transpose(narrow, inv, s_bar)
        for i in range(m):
            for j in range(m):
                s_bar[i, j] = inv[j, i] - s_bar[i, j]
                r_bar[i, j] += s_bar[i, j]
        product(s_bar, c, wide)
        for i in range(m):
            for j in range(n):
                cp_bar[i, j] = wide[i, j] - cp_bar[i, j]
        product_of_transpose(s_bar, cp, wide)
        add(c_bar, wide)
        product_of_transpose(pc_bar, p, wide)
        add(c_bar, wide)
        product_with_transpose(cp_bar, p, wide)
        add(c_bar, wide)
        add_outer(c_bar, e_bar, x, -1.0)
        product(pc_bar, c, square)
        add(p_bar, square)
        product_of_transpose(c, cp_bar, square)
        add(p_bar, square)
        apply_transpose(c, e_bar, vector)
        for i in range(n):
            x_bar[i] -= vector[i]
        add(q_bar, p_bar)
        product(p_bar, a, ap_bar)
        product_of_transpose(p_bar, aps[t], square)
        add(a_bar, square)
        product_with_transpose(ap_bar, ps[t], square)
        add(a_bar, square)
        add_outer(a_bar, x_bar, xs[t], 1.0)
        product_of_transpose(a, ap_bar, p_bar)
        apply_transpose(a, x_bar, vector)
        x_bar, vector = vector, x_bar
    return a_bar, c_bar, q_bar, r_bar


def hmm(trans, emit, start, obs):
    """The sum of outer products of all steps is one product of matrices."""
    steps, states = obs.shape[0], start.shape[0]
    alphas, moved, scales = np.empty((steps, states)), np.empty((steps, states)), np.ones(steps)
    for j in range(states):
        alphas[0, j] = start[j] * emit[j, obs[0]]
    for t in range(1, steps):
        apply_transpose(trans, alphas[t - 1], moved[t])
        symbol, total = obs[t], 0.0
        for j in range(states):
            alphas[t, j] = moved[t, j] * emit[j, symbol]
            total += alphas[t, j]
        scales[t] = total
        for j in range(states):
            alphas[t, j] /= total
    emit_bar, gs = np.zeros(emit.shape), np.zeros((steps, states))
    g = np.zeros(states)
    for t in range(steps - 1, 0, -1):
        symbol, along = obs[t], 0.0
        for j in range(states):
            along += g[j] * alphas[t, j]
        for j in range(states):
            x = (g[j] + (1.0 - along)) / scales[t]
            emit_bar[j, symbol] += x * moved[t, j]
            gs[t, j] = x * emit[j, symbol]
        apply(trans, gs[t], g)
    trans_bar, start_bar = np.empty((states, states)), np.empty(states)
    product_of_transpose(alphas[: steps - 1], gs[1:], trans_bar)
    for j in range(states):
        emit_bar[j, obs[0]] += g[j] * start[j]
        start_bar[j] = g[j] * emit[j, obs[0]]
    return trans_bar, emit_bar, start_bar
