"""Stencils on grids, overwritten in place, and sweeps along one axis of a grid."""

from __future__ import annotations

import numpy as np

from .case import Kernel

# ---- Jacobi and heat ----


def jacobi_1d(a, b, steps):
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0
    return np.sum(a * a)


def jacobi_1d_by_hand(a, b, steps):
    a, b = a.copy(), b.copy()
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0
    a_bar = 2.0 * a
    b_bar = np.zeros_like(b)
    for _ in range(steps):
        for x_bar, y_bar in ((a_bar, b_bar), (b_bar, a_bar)):
            g = x_bar[1:-1] / 3.0
            x_bar[1:-1] = 0.0
            y_bar[:-2] += g
            y_bar[1:-1] += g
            y_bar[2:] += g
    return a_bar


def start_1d(rng, n, steps):
    return rng.normal(size=n), rng.normal(size=n), steps


def jacobi_2d(a, b, steps):
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
    return np.sum(a * a)


def jacobi_2d_by_hand(a, b, steps):
    a, b = a.copy(), b.copy()
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
    a_bar = 2.0 * a
    b_bar = np.zeros_like(b)
    for _ in range(steps):
        for x_bar, y_bar in ((a_bar, b_bar), (b_bar, a_bar)):
            g = 0.2 * x_bar[1:-1, 1:-1]
            x_bar[1:-1, 1:-1] = 0.0
            y_bar[1:-1, 1:-1] += g
            y_bar[1:-1, :-2] += g
            y_bar[1:-1, 2:] += g
            y_bar[2:, 1:-1] += g
            y_bar[:-2, 1:-1] += g
    return a_bar


def start_2d(rng, n, steps):
    return rng.normal(size=(n, n)), rng.normal(size=(n, n)), steps


def heat_3d(a, b, steps):
    for _ in range(steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1]
        )
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, 1:-1, :-2])
            + b[1:-1, 1:-1, 1:-1]
        )
    return np.sum(a * a)


def heat_3d_by_hand(a, b, steps):
    a, b = a.copy(), b.copy()
    heat_3d(a, b, steps)
    a_bar = 2.0 * a
    b_bar = np.zeros_like(b)
    for _ in range(steps):
        for x_bar, y_bar in ((a_bar, b_bar), (b_bar, a_bar)):
            g = 0.125 * x_bar[1:-1, 1:-1, 1:-1]
            y_bar[1:-1, 1:-1, 1:-1] += 0.25 * x_bar[1:-1, 1:-1, 1:-1]
            x_bar[1:-1, 1:-1, 1:-1] = 0.0
            y_bar[2:, 1:-1, 1:-1] += g
            y_bar[:-2, 1:-1, 1:-1] += g
            y_bar[1:-1, 2:, 1:-1] += g
            y_bar[1:-1, :-2, 1:-1] += g
            y_bar[1:-1, 1:-1, 2:] += g
            y_bar[1:-1, 1:-1, :-2] += g
    return a_bar


def start_3d(rng, n, steps):
    return rng.normal(size=(n, n, n)), rng.normal(size=(n, n, n)), steps


# ---- Gauss-Seidel: element by element ----


def seidel_2d(a, steps):
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i - 1, j] + a[i, j - 1] + a[i, j] + a[i, j + 1] + a[i + 1, j]) / 5.0
    return np.sum(a * a)


def seidel_2d_by_hand(a, steps):
    a = a.copy()
    seidel_2d(a, steps)
    n = a.shape[0]
    a_bar = 2.0 * a
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                g = a_bar[i, j] / 5.0
                a_bar[i, j] = g
                a_bar[i - 1, j] += g
                a_bar[i, j - 1] += g
                a_bar[i, j + 1] += g
                a_bar[i + 1, j] += g
    return a_bar


def start_seidel(rng, n, steps):
    return rng.normal(size=(n, n)), steps


# ---- electromagnetic waves on a staggered grid ----


def fdtd_2d(ex, ey, hz, source):
    for t in range(source.shape[0]):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz * hz)


def fdtd_2d_by_hand(ex, ey, hz, source):
    hz = hz.copy()
    fdtd_2d(ex.copy(), ey.copy(), hz, source)
    hz_bar = 2.0 * hz
    ex_bar, ey_bar, source_bar = np.zeros_like(ex), np.zeros_like(ey), np.zeros_like(source)
    for t in range(source.shape[0] - 1, -1, -1):
        g = 0.7 * hz_bar[:-1, :-1]
        ex_bar[:-1, 1:] -= g
        ex_bar[:-1, :-1] += g
        ey_bar[1:, :-1] -= g
        ey_bar[:-1, :-1] += g
        g = 0.5 * ex_bar[:, 1:]
        hz_bar[:, 1:] -= g
        hz_bar[:, :-1] += g
        g = 0.5 * ey_bar[1:, :]
        hz_bar[1:, :] -= g
        hz_bar[:-1, :] += g
        source_bar[t] = np.sum(ey_bar[0, :])
        ey_bar[0, :] = 0.0
    return hz_bar, source_bar


def start_fdtd(rng, n, steps):
    return *(rng.normal(size=(n, n + 1)) for _ in range(3)), rng.normal(size=steps)


# ---- alternating directions ----


def adi(u, steps):
    n = u.shape[0]
    v, p, q = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    a = -0.3
    b = 1.6
    c = -0.3
    d = -0.2
    e = 1.4
    f = -0.2
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -c / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - f * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -f / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (
                -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - c * v[2:, j] - d * q[1:-1, j - 1]
            ) / (d * p[1:-1, j - 1] + e)
        u[1:-1, -1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return np.sum(u * u)


def adi_by_hand(u, steps):
    u = u.copy()
    adi(u, steps)
    n = u.shape[0]
    a, b, c, d, e, f = -0.3, 1.6, -0.3, -0.2, 1.4, -0.2
    columns, rows = np.zeros(n), np.zeros(n)  # p is the same in all lines and all steps
    for j in range(1, n - 1):
        columns[j] = -c / (a * columns[j - 1] + b)
        rows[j] = -f / (d * rows[j - 1] + e)
    u_bar = 2.0 * u
    v_bar, q_bar = np.zeros_like(u), np.zeros_like(u)
    for _ in range(steps):
        for j in range(1, n - 1):
            g = u_bar[1:-1, j]
            q_bar[1:-1, j] = g
            u_bar[1:-1, j + 1] += rows[j] * g
            u_bar[1:-1, j] = 0.0
        u_bar[1:-1, -1] = 0.0
        for j in range(n - 2, 0, -1):
            g = q_bar[1:-1, j] / (d * rows[j - 1] + e)
            q_bar[1:-1, j - 1] -= d * g
            v_bar[:-2, j] -= a * g
            v_bar[1:-1, j] += (1.0 + 2.0 * a) * g
            v_bar[2:, j] -= c * g
        u_bar[1:-1, 0] = 0.0
        for j in range(1, n - 1):
            g = v_bar[j, 1:-1]
            q_bar[1:-1, j] = g
            v_bar[j + 1, 1:-1] += columns[j] * g
            v_bar[j, 1:-1] = 0.0
        v_bar[-1, 1:-1] = 0.0
        for j in range(n - 2, 0, -1):
            g = q_bar[1:-1, j] / (a * columns[j - 1] + b)
            q_bar[1:-1, j - 1] -= a * g
            u_bar[j, :-2] -= d * g
            u_bar[j, 1:-1] += (1.0 + 2.0 * d) * g
            u_bar[j, 2:] -= f * g
        v_bar[0, 1:-1] = 0.0
    return u_bar


# ---- weather: horizontal diffusion with a limiter, implicit vertical advection ----


def hdiff(x, coeff):
    lap = 4.0 * x[1:-1, 1:-1] - (x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2])
    flx = lap[1:, 1:-1] - lap[:-1, 1:-1]
    flx = np.where(flx * (x[2:-1, 2:-2] - x[1:-2, 2:-2]) > 0, 0.0, flx)
    fly = lap[1:-1, 1:] - lap[1:-1, :-1]
    fly = np.where(fly * (x[2:-2, 2:-1] - x[2:-2, 1:-2]) > 0, 0.0, fly)
    out = x[2:-2, 2:-2] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
    return np.sum(out * out)


def hdiff_by_hand(x, coeff):
    lap = 4.0 * x[1:-1, 1:-1] - (x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2])
    flx = lap[1:, 1:-1] - lap[:-1, 1:-1]
    no_x = flx * (x[2:-1, 2:-2] - x[1:-2, 2:-2]) > 0
    flx = np.where(no_x, 0.0, flx)
    fly = lap[1:-1, 1:] - lap[1:-1, :-1]
    no_y = fly * (x[2:-2, 2:-1] - x[2:-2, 1:-2]) > 0
    fly = np.where(no_y, 0.0, fly)
    total = flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1]
    out_bar = 2.0 * (x[2:-2, 2:-2] - coeff * total)
    coeff_bar = -out_bar * total
    g = coeff * out_bar
    lap_bar, x_bar = np.zeros_like(lap), np.zeros_like(x)
    x_bar[2:-2, 2:-2] = out_bar
    f_bar = np.zeros_like(flx)
    f_bar[1:] = -g
    f_bar[:-1] += g
    f_bar = np.where(no_x, 0.0, f_bar)
    lap_bar[1:, 1:-1] = f_bar
    lap_bar[:-1, 1:-1] -= f_bar
    f_bar = np.zeros_like(fly)
    f_bar[:, 1:] = -g
    f_bar[:, :-1] += g
    f_bar = np.where(no_y, 0.0, f_bar)
    lap_bar[1:-1, 1:] += f_bar
    lap_bar[1:-1, :-1] -= f_bar
    x_bar[1:-1, 1:-1] += 4.0 * lap_bar
    x_bar[2:, 1:-1] -= lap_bar
    x_bar[:-2, 1:-1] -= lap_bar
    x_bar[1:-1, 2:] -= lap_bar
    x_bar[1:-1, :-2] -= lap_bar
    return x_bar, coeff_bar


def start_hdiff(rng, n, levels):
    return rng.normal(size=(n + 4, n + 4, levels)), 0.1 * rng.random((n, n, levels))


def vadv(u, w):
    levels = u.shape[2]
    ccol, dcol, out = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    for k in range(levels):
        if k == 0:
            ccol[:, :, 0] = 0.25 * w[:, :, 1]
            dcol[:, :, 0] = u[:, :, 0]
        else:
            acol = -0.25 * w[:, :, k]
            ccol[:, :, k] = 0.25 * w[:, :, k + 1]
            divided = 1.0 / (1.0 - ccol[:, :, k - 1] * acol)
            ccol[:, :, k] = ccol[:, :, k] * divided
            dcol[:, :, k] = (u[:, :, k] - dcol[:, :, k - 1] * acol) * divided
    out[:, :, levels - 1] = dcol[:, :, levels - 1]
    for k in range(levels - 2, -1, -1):
        out[:, :, k] = dcol[:, :, k] - ccol[:, :, k] * out[:, :, k + 1]
    return np.sum(out * out)


def vadv_by_hand(u, w):
    levels = u.shape[2]
    ccol, dcol, out, divided = (np.zeros_like(u) for _ in range(4))
    ccol[:, :, 0] = 0.25 * w[:, :, 1]
    dcol[:, :, 0] = u[:, :, 0]
    for k in range(1, levels):
        acol = -0.25 * w[:, :, k]
        divided[:, :, k] = 1.0 / (1.0 - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = 0.25 * w[:, :, k + 1] * divided[:, :, k]
        dcol[:, :, k] = (u[:, :, k] - dcol[:, :, k - 1] * acol) * divided[:, :, k]
    out[:, :, levels - 1] = dcol[:, :, levels - 1]
    for k in range(levels - 2, -1, -1):
        out[:, :, k] = dcol[:, :, k] - ccol[:, :, k] * out[:, :, k + 1]
    out_bar = 2.0 * out
    c_bar, u_bar, w_bar = np.zeros_like(u), np.zeros_like(u), np.zeros_like(w)
    for k in range(levels - 1):
        c_bar[:, :, k] = -out_bar[:, :, k] * out[:, :, k + 1]
        out_bar[:, :, k + 1] -= ccol[:, :, k] * out_bar[:, :, k]
    d_bar = out_bar
    for k in range(levels - 1, 0, -1):
        acol = -0.25 * w[:, :, k]
        g = d_bar[:, :, k] * divided[:, :, k]
        u_bar[:, :, k] = g
        d_bar[:, :, k - 1] -= acol * g
        # the reciprocal's adjoint, times the derivative of the reciprocal
        r = (d_bar[:, :, k] * dcol[:, :, k] + c_bar[:, :, k] * ccol[:, :, k]) * divided[:, :, k]
        c_bar[:, :, k - 1] += acol * r
        w_bar[:, :, k + 1] += 0.25 * (c_bar[:, :, k] * divided[:, :, k])
        w_bar[:, :, k] -= 0.25 * (ccol[:, :, k - 1] * r - dcol[:, :, k - 1] * g)
    u_bar[:, :, 0] = d_bar[:, :, 0]
    w_bar[:, :, 1] += 0.25 * c_bar[:, :, 0]
    return u_bar, w_bar


def start_vadv(rng, n, levels):
    return rng.normal(size=(n, n, levels)), rng.normal(size=(n, n, levels + 1))


KERNELS = [
    Kernel(jacobi_1d, jacobi_1d_by_hand, start_1d, (8, 2), (400, 50), (20000, 100)),
    Kernel(jacobi_2d, jacobi_2d_by_hand, start_2d, (6, 2), (50, 20), (400, 20)),
    Kernel(heat_3d, heat_3d_by_hand, start_3d, (5, 2), (15, 10), (60, 10)),
    Kernel(seidel_2d, seidel_2d_by_hand, start_seidel, (5, 2), (20, 5), (60, 10)),
    Kernel(fdtd_2d, fdtd_2d_by_hand, start_fdtd, (5, 3), (40, 30), (300, 30), (2, 3)),
    Kernel(adi, adi_by_hand, start_seidel, (6, 2), (30, 5), (150, 5)),
    Kernel(hdiff, hdiff_by_hand, start_hdiff, (4, 2), (16, 10), (96, 40), (0, 1)),
    Kernel(vadv, vadv_by_hand, start_vadv, (3, 4), (10, 20), (64, 60), (0, 1)),
]
