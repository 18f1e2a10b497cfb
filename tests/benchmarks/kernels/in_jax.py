"""Kernels as one writes them for JAX: `fori_loop` and `scan` for loops, `at[...]` for what is written to.

The number of steps is static, so that JAX can reverse the loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as np
from jax.lax import fori_loop, scan

from . import losses, networks


def jacobi_1d(a, b, steps):
    def step(_, state):
        a, b = state
        b = b.at[1:-1].set((a[:-2] + a[1:-1] + a[2:]) / 3.0)
        a = a.at[1:-1].set((b[:-2] + b[1:-1] + b[2:]) / 3.0)
        return a, b

    a, _ = fori_loop(0, steps, step, (a, b))
    return np.sum(a * a)


def jacobi_2d(a, b, steps):
    def smooth(a):
        return 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])

    def step(_, state):
        a, b = state
        b = b.at[1:-1, 1:-1].set(smooth(a))
        a = a.at[1:-1, 1:-1].set(smooth(b))
        return a, b

    a, _ = fori_loop(0, steps, step, (a, b))
    return np.sum(a * a)


def heat_3d(a, b, steps):
    def warm(a):
        c = a[1:-1, 1:-1, 1:-1]
        return (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * c + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * c + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * c + a[1:-1, 1:-1, :-2])
            + c
        )

    def step(_, state):
        a, b = state
        b = b.at[1:-1, 1:-1, 1:-1].set(warm(a))
        a = a.at[1:-1, 1:-1, 1:-1].set(warm(b))
        return a, b

    a, _ = fori_loop(0, steps, step, (a, b))
    return np.sum(a * a)


def seidel_2d(a, steps):
    """Row by row; the element loop is a scan that carries the element to the left."""
    n = a.shape[0]

    def row(i, a):
        above, here, below = a[i - 1], a[i], a[i + 1]

        def element(left, x):
            up, old, right, down = x
            new = (up + left + old + right + down) / 5.0
            return new, new

        _, new = scan(element, here[0], (above[1:-1], here[1:-1], here[2:], below[1:-1]))
        return a.at[i, 1:-1].set(new)

    a = fori_loop(0, steps, lambda _, a: fori_loop(1, n - 1, row, a), a)
    return np.sum(a * a)


def fdtd_2d(ex, ey, hz, source):
    def step(state, now):
        ex, ey, hz = state
        ey = ey.at[0, :].set(now)
        ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
        return (ex, ey, hz), None

    (_, _, hz), _ = scan(step, (ex, ey, hz), source)
    return np.sum(hz * hz)


def adi(u, steps):
    n = u.shape[0]
    a, b, c, d, e, f = -0.3, 1.6, -0.3, -0.2, 1.4, -0.2
    ones, one = np.ones(n - 2), np.ones((1, n - 2))

    def solve(rows, a, b, c):
        """All systems at once, by a sweep down the rows and one up; what is before and after them is one."""

        def down(state, right):
            p, q = state
            over = 1.0 / (a * p + b)
            state = -c * over, (right - a * q) * over
            return state, state

        def up(x, now):
            x = now[0] * x + now[1]
            return x, x

        _, pq = scan(down, (0.0, ones), rows)
        _, x = scan(up, ones, pq, reverse=True)
        return x

    def step(_, u):
        v = solve(-d * u[1:-1, :-2] + (1.0 + 2.0 * d) * u[1:-1, 1:-1] - f * u[1:-1, 2:], a, b, c)
        v = np.concatenate((one, v, one))
        x = solve((-a * v[:-2] + (1.0 + 2.0 * a) * v[1:-1] - c * v[2:]).T, d, e, f)
        return u.at[1:-1, 1:-1].set(x.T).at[1:-1, 0].set(1.0).at[1:-1, -1].set(1.0)

    u = fori_loop(0, steps, step, u)
    return np.sum(u * u)


def hdiff(x, coeff):
    lap = 4.0 * x[1:-1, 1:-1] - (x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2])
    flx = lap[1:, 1:-1] - lap[:-1, 1:-1]
    flx = np.where(flx * (x[2:-1, 2:-2] - x[1:-2, 2:-2]) > 0, 0.0, flx)
    fly = lap[1:-1, 1:] - lap[1:-1, :-1]
    fly = np.where(fly * (x[2:-2, 2:-1] - x[2:-2, 1:-2]) > 0, 0.0, fly)
    out = x[2:-2, 2:-2] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
    return np.sum(out * out)


def vadv(u, w):
    u, w = np.moveaxis(u, 2, 0), np.moveaxis(w, 2, 0)

    def down(state, now):
        c, d = state
        u, here, below = now
        acol = -0.25 * here
        divided = 1.0 / (1.0 - c * acol)
        state = 0.25 * below * divided, (u - d * acol) * divided
        return state, state

    first = 0.25 * w[1], u[0]
    _, (c, d) = scan(down, first, (u[1:], w[1:-1], w[2:]))
    c, d = np.concatenate((first[0][None], c)), np.concatenate((first[1][None], d))

    def up(out, now):
        out = now[1] - now[0] * out
        return out, out

    _, out = scan(up, d[-1], (c[:-1], d[:-1]), reverse=True)
    return np.sum(out * out) + np.sum(d[-1] * d[-1])


def cholesky(a):
    """Column by column, with masks in place of parts of changing length."""
    n = a.shape[0]
    rows = np.arange(n)

    def column(j, low):
        s = a[:, j] - low @ low[j]
        return low.at[:, j].set(np.where(rows >= j, s / np.sqrt(s[j]), 0.0))

    low = fori_loop(0, n, column, np.zeros_like(a))
    return np.sum(low)


def lu(a):
    """Column by column: a multiple of the row is subtracted from all rows below."""
    n = a.shape[0]
    rows = np.arange(n)

    def column(k, a):
        below = np.where(rows > k, a[:, k] / a[k, k], 0.0)
        a = a - np.outer(below, np.where(rows > k, a[k], 0.0))
        return a.at[:, k].set(np.where(rows > k, below, a[:, k]))

    a = fori_loop(0, n, column, a)
    return np.sum(a * a)


def trisolv(low, b):
    def element(i, x):
        return x.at[i].set((b[i] - low[i] @ x) / low[i, i])

    x = fori_loop(0, b.shape[0], element, np.zeros_like(b))
    return np.sum(x * x)


def durbin(r):
    """What is flipped is rolled into place; beyond it `y` is still zero."""
    n = r.shape[0]

    def step(k, state):
        y, alpha, beta = state
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + np.roll(r[::-1], k) @ y) / beta
        y = (y + alpha * np.roll(y[::-1], k)).at[k].set(alpha)
        return y, alpha, beta

    y, _, _ = fori_loop(1, n, step, (np.zeros_like(r).at[0].set(-r[0]), -r[0], 1.0))
    return np.sum(y * y)


def gramschmidt(a):
    def column(k, state):
        a, q, r = state
        v = a[:, k]
        norm = np.sqrt(v @ v)
        v = v / norm
        row = np.where(np.arange(a.shape[1]) > k, v @ a, 0.0)
        return a - np.outer(v, row), q.at[:, k].set(v), r.at[k].set(row.at[k].set(norm))

    n = a.shape[1]
    _, q, r = fori_loop(0, n, column, (a, np.zeros_like(a), np.zeros((n, n))))
    return np.sum(q) + np.sum(r)


def covariance(data):
    data = data - np.mean(data, axis=0)
    cov = data.T @ data / (data.shape[0] - 1.0)
    return np.sum(cov * cov)


def correlation(data):
    n, m = data.shape
    std = np.std(data, axis=0)
    data = (data - np.mean(data, axis=0)) / (np.sqrt(n) * np.where(std <= 0.1, 1.0, std))
    corr = np.where(np.eye(m, dtype=bool), 1.0, data.T @ data)
    return np.sum(corr * corr)


def two_mm(a, b, c, d):
    d = 0.7 * d + 1.3 * a @ b @ c
    return np.sum(d * d)


def three_mm(a, b, c, d):
    return np.sum((a @ b @ (c @ d)) ** 2)


def gemver(a, u1, v1, u2, v2, y, z):
    a = a + np.outer(u1, v1) + np.outer(u2, v2)
    w = 1.1 * a @ (0.9 * y @ a + z)
    return np.sum(w * w)


def atax(a, x):
    y = (a @ x) @ a
    return np.sum(y * y)


def bicg(a, p, r):
    s, q = r @ a, a @ p
    return np.sum(s * s) + np.sum(q * q)


def syrk(c, a):
    c = np.where(np.tri(c.shape[0], dtype=bool), 0.8 * c + 1.2 * a @ a.T, c)
    return np.sum(c * c)


def trmm(a, b):
    b = 1.1 * (b + np.tril(a, -1).T @ b)
    return np.sum(b * b)


def nbody(pos, vel, mass, steps):
    def step(_, state):
        pos, vel = state
        dx = pos[:, None, :] - pos[None, :, :]
        inv = (np.sum(dx * dx, axis=2) + 0.01) ** -1.5
        vel = vel - 0.01 * np.sum(dx * (inv * mass)[:, :, None], axis=1)
        return pos + 0.01 * vel, vel

    pos, _ = fori_loop(0, steps, step, (pos, vel))
    return np.sum(pos * pos)


def go_fast(a, steps):
    a = fori_loop(0, steps, lambda _, a: 0.1 * a + np.sum(np.tanh(np.diagonal(a))), a)
    return np.sum(a)


def soft_dtw(d):
    far = 1e10

    def row(above, costs):
        def element(left, x):
            cost, corner, up = x
            new = cost - jax.nn.logsumexp(np.stack((-corner, -up, -left)))
            return new, new

        _, new = scan(element, far, (costs, above[:-1], above[1:]))
        return np.concatenate((np.full(1, far), new)), None

    last, _ = scan(row, np.full(d.shape[1] + 1, far).at[0].set(0.0), d)
    return last[-1]


def rk4(x, force, steps):
    h = 0.01

    def slope(x):
        return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + force

    def step(_, x):
        k1 = slope(x)
        k2 = slope(x + 0.5 * h * k1)
        k3 = slope(x + 0.5 * h * k2)
        k4 = slope(x + h * k3)
        return x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    x = fori_loop(0, steps, step, x)
    return np.sum(x * x)


def kalman(a, c, q, r, ys):
    n = a.shape[0]

    def step(state, y):
        x, p = state
        x, p = a @ x, a @ p @ a.T + q
        e, s = y - c @ x, c @ p @ c.T + r
        inv = np.linalg.inv(s)
        gain = p @ c.T @ inv
        return (x + gain @ e, p - gain @ c @ p), e @ inv @ e + np.log(np.linalg.det(s))

    _, terms = scan(step, (np.zeros(n), np.eye(n)), ys)
    return np.sum(terms)


def hmm(trans, emit, start, obs):
    def step(alpha, now):
        alpha = (alpha @ trans) * emit[:, now]
        scale = np.sum(alpha)
        return alpha / scale, np.log(scale)

    _, logs = scan(step, start * emit[:, obs[0]], obs[1:])
    return np.sum(logs)


def lstm(w, u, b, xs):
    n = u.shape[0]

    def step(state, x):
        h, c = state
        z = x @ w + h @ u + b
        i, f, o = (jax.nn.sigmoid(z[:, k * n : (k + 1) * n]) for k in range(3))
        c = f * c + i * np.tanh(z[:, 3 * n :])
        return (o * np.tanh(c), c), None

    zeros = np.zeros((xs.shape[1], n))
    (h, _), _ = scan(step, (zeros, zeros), xs)
    return np.sum(h * h)


def conv2d(x, w, b):
    out = jax.lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return np.sum(np.tanh(out + b))


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function without loops and writes: the same, with JAX's NumPy."""
    from engines import with_numpy

    return with_numpy(function, np)


VERSIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        jacobi_1d, jacobi_2d, heat_3d, seidel_2d, fdtd_2d, adi, hdiff, vadv, cholesky, lu, trisolv, durbin,
        gramschmidt, covariance, correlation, two_mm, three_mm, gemver, atax, bicg, syrk, trmm, nbody,
        go_fast, soft_dtw, rk4, kalman, hmm, lstm, conv2d,
        *map(as_it_is, (networks.softmax, networks.mlp)),
        *map(as_it_is, (losses.logistic, losses.gmm, losses.factorisation, losses.gaussian_process)),
    )
}  # fmt: skip
