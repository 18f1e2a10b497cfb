"""Simulations, filters and dynamic programs: recurrences whose steps depend on each other."""

from __future__ import annotations

import numpy as np

from .case import Kernel

# ---- bodies under gravity ----


def nbody(pos, vel, mass, steps):
    for _ in range(steps):
        dx = pos[:, None, :] - pos[None, :, :]
        inv = (np.sum(dx * dx, axis=2) + 0.01) ** -1.5
        acc = -np.sum(dx * (inv * mass)[:, :, None], axis=1)
        vel += 0.01 * acc
        pos += 0.01 * vel
    return np.sum(pos * pos)


def nbody_by_hand(pos, vel, mass, steps):
    pos, vel = pos.copy(), vel.copy()
    tape = []
    for _ in range(steps):
        dx = pos[:, None, :] - pos[None, :, :]
        square = np.sum(dx * dx, axis=2) + 0.01
        inv = square**-1.5
        tape.append((dx, square, inv))
        vel += 0.01 * -np.sum(dx * (inv * mass)[:, :, None], axis=1)
        pos += 0.01 * vel
    pos_bar, vel_bar = 2.0 * pos, np.zeros_like(vel)
    mass_bar = np.zeros_like(mass)
    for dx, square, inv in reversed(tape):
        vel_bar += 0.01 * pos_bar
        g = -0.01 * vel_bar[:, None, :]
        along = np.sum(dx * g, axis=2)
        mass_bar += np.sum(along * inv, axis=0)
        inv_bar = along * mass
        square_bar = -3.0 * inv_bar * (inv / square)
        dx_bar = g * (inv * mass)[:, :, None] + dx * square_bar[:, :, None]
        pos_bar += np.sum(dx_bar, axis=1) - np.sum(dx_bar, axis=0)
    return pos_bar, vel_bar, mass_bar


def start_nbody(rng, n, steps):
    return rng.normal(size=(n, 3)), 0.1 * rng.normal(size=(n, 3)), rng.random(n) / n, steps


# ---- loops over numbers ----


def go_fast(a, steps):
    for _ in range(steps):
        trace = 0.0
        for i in range(a.shape[0]):
            trace += np.tanh(a[i, i])
        a = 0.1 * a + trace
    return np.sum(a)


def go_fast_by_hand(a, steps):
    n = a.shape[0]
    slopes = np.zeros((steps, n))
    for t in range(steps):
        trace = 0.0
        for i in range(n):
            y = np.tanh(a[i, i])
            trace += y
            slopes[t, i] = 1.0 - y * y
        a = 0.1 * a + trace
    a_bar = np.ones_like(a)
    for t in range(steps - 1, -1, -1):
        trace_bar = np.sum(a_bar)
        a_bar *= 0.1
        for i in range(n):
            a_bar[i, i] += trace_bar * slopes[t, i]
    return a_bar


def start_go_fast(rng, n, steps):
    return rng.normal(size=(n, n)), steps


def soft_dtw(d):
    n, m = d.shape
    r = np.full((n + 1, m + 1), 1e10)
    r[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a, b, c = -r[i - 1, j - 1], -r[i - 1, j], -r[i, j - 1]
            high = max(a, b, c)
            total = np.exp(a - high) + np.exp(b - high) + np.exp(c - high)
            r[i, j] = d[i - 1, j - 1] - (high + np.log(total))
    return r[n, m]


def soft_dtw_by_hand(d):
    n, m = d.shape
    r = np.full((n + 1, m + 1), 1e10)
    r[0, 0] = 0.0
    weights = np.zeros((n, m, 3))
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a, b, c = -r[i - 1, j - 1], -r[i - 1, j], -r[i, j - 1]
            high = max(a, b, c)
            x, y, z = np.exp(a - high), np.exp(b - high), np.exp(c - high)
            total = x + y + z
            r[i, j] = d[i - 1, j - 1] - (high + np.log(total))
            w = weights[i - 1, j - 1]
            w[0] = x / total
            w[1] = y / total
            w[2] = z / total
    r_bar, d_bar = np.zeros_like(r), np.zeros_like(d)
    r_bar[n, m] = 1.0
    for i in range(n, 0, -1):
        for j in range(m, 0, -1):
            g = r_bar[i, j]
            d_bar[i - 1, j - 1] = g
            w = weights[i - 1, j - 1]
            r_bar[i - 1, j - 1] += g * w[0]
            r_bar[i - 1, j] += g * w[1]
            r_bar[i, j - 1] += g * w[2]
    return d_bar


def start_dtw(rng, n, m):
    return ((rng.normal(size=(n, 1)) - rng.normal(size=(1, m))) ** 2,)


# ---- differential equations ----


def lorenz96(x, force):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + force


def rk4(x, force, steps):
    h = 0.01
    for _ in range(steps):
        k1 = lorenz96(x, force)
        k2 = lorenz96(x + 0.5 * h * k1, force)
        k3 = lorenz96(x + 0.5 * h * k2, force)
        k4 = lorenz96(x + h * k3, force)
        x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(x * x)


def lorenz96_adjoint(x, k_bar):
    g = k_bar * np.roll(x, 1)
    slope = k_bar * (np.roll(x, -1) - np.roll(x, 2))
    return np.roll(g, 1) - np.roll(g, -2) + np.roll(slope, -1) - k_bar


def rk4_by_hand(x, force, steps):
    h = 0.01
    tape = []
    for _ in range(steps):
        k1 = lorenz96(x, force)
        x2 = x + 0.5 * h * k1
        k2 = lorenz96(x2, force)
        x3 = x + 0.5 * h * k2
        k3 = lorenz96(x3, force)
        x4 = x + h * k3
        k4 = lorenz96(x4, force)
        tape.append((x, x2, x3, x4))
        x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    x_bar = 2.0 * x
    force_bar = 0.0
    for x1, x2, x3, x4 in reversed(tape):
        sixth = h / 6.0 * x_bar
        third = 2.0 * sixth
        g4 = lorenz96_adjoint(x4, sixth)
        k3_bar = third + h * g4
        g3 = lorenz96_adjoint(x3, k3_bar)
        k2_bar = third + 0.5 * h * g3
        g2 = lorenz96_adjoint(x2, k2_bar)
        k1_bar = sixth + 0.5 * h * g2
        force_bar += np.sum(sixth + k3_bar + k2_bar + k1_bar)
        x_bar = x_bar + g4 + g3 + g2 + lorenz96_adjoint(x1, k1_bar)
    return x_bar, force_bar


def start_rk4(rng, n, steps):
    return 8.0 + rng.normal(size=n), 8.0, steps


# ---- filters ----


def kalman(a, c, q, r, ys):
    n = a.shape[0]
    x, p = np.zeros(n), np.eye(n)
    loss = 0.0
    for t in range(ys.shape[0]):
        x = a @ x
        p = a @ p @ a.T + q
        e = ys[t] - c @ x
        s = c @ p @ c.T + r
        inv = np.linalg.inv(s)
        gain = p @ c.T @ inv
        loss += e @ inv @ e + np.log(np.linalg.det(s))
        x = x + gain @ e
        p = p - gain @ c @ p
    return loss


def kalman_by_hand(a, c, q, r, ys):
    n = a.shape[0]
    x, p = np.zeros(n), np.eye(n)
    tape = []
    for t in range(ys.shape[0]):
        x0, p0 = x, p
        x = a @ x0
        ap = a @ p0
        p = ap @ a.T + q
        e = ys[t] - c @ x
        cp = c @ p
        pc = p @ c.T
        inv = np.linalg.inv(cp @ c.T + r)
        gain = pc @ inv
        tape.append((x0, p0, ap, x, p, e, inv, gain, cp, pc))
        x = x + gain @ e
        p = p - gain @ cp
    a_bar, c_bar, q_bar, r_bar = (np.zeros_like(v) for v in (a, c, q, r))
    x_bar, p_bar = np.zeros(n), np.zeros((n, n))
    for x0, p0, ap, x, p, e, inv, gain, cp, pc in reversed(tape):
        gain_bar = np.outer(x_bar, e) - p_bar @ cp.T
        cp_bar = -(gain.T @ p_bar)
        e_bar = gain.T @ x_bar + (inv + inv.T) @ e
        pc_bar = gain_bar @ inv.T
        inv_bar = pc.T @ gain_bar + np.outer(e, e)
        s_bar = inv.T - inv.T @ inv_bar @ inv.T
        r_bar += s_bar
        cp_bar += s_bar @ c
        c_bar += s_bar.T @ cp + pc_bar.T @ p + cp_bar @ p.T - np.outer(e_bar, x)
        p_bar = p_bar + pc_bar @ c + c.T @ cp_bar
        x_bar = x_bar - c.T @ e_bar
        q_bar += p_bar
        ap_bar = p_bar @ a
        a_bar += p_bar.T @ ap + ap_bar @ p0.T + np.outer(x_bar, x0)
        p_bar = a.T @ ap_bar
        x_bar = a.T @ x_bar
    return a_bar, c_bar, q_bar, r_bar


def start_kalman(rng, n, m, steps):
    a = 0.9 * np.eye(n) + 0.1 * rng.normal(size=(n, n)) / n
    return a, rng.normal(size=(m, n)), 0.1 * np.eye(n), 0.5 * np.eye(m), rng.normal(size=(steps, m))


def hmm(trans, emit, start, obs):
    alpha = start * emit[:, obs[0]]
    loss = 0.0
    for t in range(1, obs.shape[0]):
        alpha = (alpha @ trans) * emit[:, obs[t]]
        scale = np.sum(alpha)
        alpha = alpha / scale
        loss += np.log(scale)
    return loss


def hmm_by_hand(trans, emit, start, obs):
    steps, states = obs.shape[0], start.shape[0]
    alphas, moved, scales = np.zeros((steps, states)), np.zeros((steps, states)), np.ones(steps)
    alphas[0] = start * emit[:, obs[0]]
    for t in range(1, steps):
        moved[t] = alphas[t - 1] @ trans
        alpha = moved[t] * emit[:, obs[t]]
        scales[t] = np.sum(alpha)
        alphas[t] = alpha / scales[t]
    trans_bar, emit_bar = np.zeros_like(trans), np.zeros_like(emit)
    g = np.zeros_like(start)
    for t in range(steps - 1, 0, -1):
        g = (g + (1.0 - np.dot(g, alphas[t]))) / scales[t]
        emit_bar[:, obs[t]] += g * moved[t]
        g = g * emit[:, obs[t]]
        trans_bar += np.outer(alphas[t - 1], g)
        g = trans @ g
    emit_bar[:, obs[0]] += g * start
    return trans_bar, emit_bar, g * emit[:, obs[0]]


def start_hmm(rng, states, symbols, steps):
    def rows(*shape):
        x = rng.random(shape) + 0.1
        return x / np.sum(x, axis=-1, keepdims=True)

    return rows(states, states), rows(states, symbols), rows(states), rng.integers(0, symbols, steps)


KERNELS = [
    Kernel(nbody, nbody_by_hand, start_nbody, (3, 2), (20, 20), (200, 5), (0, 1, 2)),
    Kernel(go_fast, go_fast_by_hand, start_go_fast, (3, 2), (30, 20), (200, 20)),
    Kernel(soft_dtw, soft_dtw_by_hand, start_dtw, (3, 4), (20, 20), (80, 80)),
    Kernel(rk4, rk4_by_hand, start_rk4, (5, 2), (40, 50), (20000, 20), (0, 1)),
    Kernel(kalman, kalman_by_hand, start_kalman, (3, 2, 3), (6, 3, 50), (60, 20, 50), (0, 1, 2, 3)),
    Kernel(hmm, hmm_by_hand, start_hmm, (3, 2, 4), (10, 5, 100), (200, 50, 200), (0, 1, 2)),
]
