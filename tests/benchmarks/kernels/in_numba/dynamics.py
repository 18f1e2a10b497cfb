"""Derivatives of simulations and dynamic programs as loops."""

from __future__ import annotations

import numpy as np

# ---- bodies under gravity ----


def nbody(pos, vel, mass, steps):
    """Coordinates are kept apart, so that bodies lie side by side. Only positions are recorded: the forces
    are computed once more on the way home."""
    n = pos.shape[0]
    tape = np.empty((steps + 1, 3, n))
    velocity = vel.T.copy()
    for i in range(n):
        for c in range(3):
            tape[0, c, i] = pos[i, c]
    for t in range(steps):
        x, y, z = tape[t, 0], tape[t, 1], tape[t, 2]
        for i in range(n):
            ax = ay = az = 0.0
            for j in range(n):
                dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
                square = dx * dx + dy * dy + dz * dz + 0.01
                force = mass[j] / (square * np.sqrt(square))
                ax += force * dx
                ay += force * dy
                az += force * dz
            velocity[0, i] -= 0.01 * ax
            velocity[1, i] -= 0.01 * ay
            velocity[2, i] -= 0.01 * az
        for c in range(3):
            for i in range(n):
                tape[t + 1, c, i] = tape[t, c, i] + 0.01 * velocity[c, i]
    pos_bar, vel_bar, mass_bar = np.empty((3, n)), np.zeros((3, n)), np.zeros(n)
    for c in range(3):
        for i in range(n):
            pos_bar[c, i] = 2.0 * tape[steps, c, i]
    x_bar, y_bar, z_bar = pos_bar[0], pos_bar[1], pos_bar[2]
    for t in range(steps - 1, -1, -1):
        x, y, z = tape[t, 0], tape[t, 1], tape[t, 2]
        for c in range(3):
            for i in range(n):
                vel_bar[c, i] += 0.01 * pos_bar[c, i]
        for i in range(n):
            gx, gy, gz = -0.01 * vel_bar[0, i], -0.01 * vel_bar[1, i], -0.01 * vel_bar[2, i]
            ax = ay = az = 0.0
            for j in range(n):
                dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
                square = dx * dx + dy * dy + dz * dz + 0.01
                inverse = 1.0 / (square * np.sqrt(square))
                along = (dx * gx + dy * gy + dz * gz) * inverse
                force = inverse * mass[j]
                slope = -3.0 * along * mass[j] / square
                dx_bar = gx * force + dx * slope
                dy_bar = gy * force + dy * slope
                dz_bar = gz * force + dz * slope
                mass_bar[j] += along
                x_bar[j] -= dx_bar
                y_bar[j] -= dy_bar
                z_bar[j] -= dz_bar
                ax += dx_bar
                ay += dy_bar
                az += dz_bar
            x_bar[i] += ax
            y_bar[i] += ay
            z_bar[i] += az
    return pos_bar.T.copy(), vel_bar.T.copy(), mass_bar


# ---- loops over numbers ----


def go_fast(a, steps):
    n, m = a.shape
    a = a.copy()
    slopes = np.empty((steps, n))
    for t in range(steps):
        trace = 0.0
        for i in range(n):
            y = np.tanh(a[i, i])
            trace += y
            slopes[t, i] = 1.0 - y * y
        for i in range(n):
            for j in range(m):
                a[i, j] = 0.1 * a[i, j] + trace
    a_bar = np.ones((n, m))
    for t in range(steps - 1, -1, -1):
        trace_bar = 0.0
        for i in range(n):
            for j in range(m):
                trace_bar += a_bar[i, j]
                a_bar[i, j] *= 0.1
        for i in range(n):
            a_bar[i, i] += trace_bar * slopes[t, i]
    return a_bar


def soft_dtw(d):
    n, m = d.shape
    r = np.full((n + 1, m + 1), 1e10)
    r[0, 0] = 0.0
    weights = np.zeros((n + 2, m + 2, 3))  # a border of zeros, so that all adjoints are gathered alike
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a, b, c = -r[i - 1, j - 1], -r[i - 1, j], -r[i, j - 1]
            high = max(a, b, c)
            x, y, z = np.exp(a - high), np.exp(b - high), np.exp(c - high)
            total = x + y + z
            r[i, j] = d[i - 1, j - 1] - (high + np.log(total))
            over = 1.0 / total
            weights[i, j, 0] = x * over
            weights[i, j, 1] = y * over
            weights[i, j, 2] = z * over
    below, d_bar = np.zeros(m + 2), np.empty((n, m))  # the adjoints in the row below
    for i in range(n, 0, -1):
        right = corner = 0.0
        for j in range(m, 0, -1):
            down = below[j]
            g = corner * weights[i + 1, j + 1, 0] + down * weights[i + 1, j, 1] + right * weights[i, j + 1, 2]
            if i == n and j == m:
                g = 1.0
            d_bar[i - 1, j - 1] = g
            corner, right, below[j] = down, g, g
    return d_bar


# ---- differential equations ----


def slope(x, start, scale, force, k, after):
    """The right-hand side at x, and start + scale * k."""
    n = x.shape[0]
    for i in (0, 1, n - 1):
        k[i] = (x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + force
        after[i] = start[i] + scale * k[i]
    for i in range(2, n - 1):
        k[i] = (x[i + 1] - x[i - 2]) * x[i - 1] - x[i] + force
        after[i] = start[i] + scale * k[i]


def slope_adjoint(x, k_bar, x_bar):
    n = x.shape[0]
    for i in (0, 1, n - 2, n - 1):
        i1, i2 = (i + 1) % n, (i + 2) % n
        x_bar[i] = k_bar[i - 1] * x[i - 2] - k_bar[i2] * x[i1] - k_bar[i]
        x_bar[i] += k_bar[i1] * (x[i2] - x[i - 1])
    for i in range(2, n - 2):
        x_bar[i] = k_bar[i - 1] * x[i - 2] - k_bar[i + 2] * x[i + 1] - k_bar[i]
        x_bar[i] += k_bar[i + 1] * (x[i + 2] - x[i - 1])


def rk4(x, force, steps):
    """Only the states are recorded: the stages between them are computed once more on the way home."""
    n = x.shape[0]
    h = 0.01
    tape = np.empty((steps + 1, n))
    tape[0] = x
    k1, k2, k3, k4 = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    x2, x3, x4, none = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for t in range(steps):
        x1 = tape[t]
        slope(x1, x1, 0.5 * h, force, k1, x2)
        slope(x2, x1, 0.5 * h, force, k2, x3)
        slope(x3, x1, h, force, k3, x4)
        slope(x4, x1, h, force, k4, none)
        for i in range(n):
            tape[t + 1, i] = x1[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
    x_bar, k_bar, force_bar = np.empty(n), np.empty(n), 0.0
    g1, g2, g3, g4 = k1, k2, k3, k4
    for i in range(n):
        x_bar[i] = 2.0 * tape[steps, i]
    sixth, third = h / 6.0, h / 3.0
    for t in range(steps - 1, -1, -1):
        x1 = tape[t]
        slope(x1, x1, 0.5 * h, force, none, x2)
        slope(x2, x1, 0.5 * h, force, none, x3)
        slope(x3, x1, h, force, none, x4)
        for i in range(n):
            k_bar[i] = sixth * x_bar[i]
            force_bar += k_bar[i]
        slope_adjoint(x4, k_bar, g4)
        for i in range(n):
            k_bar[i] = third * x_bar[i] + h * g4[i]
            force_bar += k_bar[i]
        slope_adjoint(x3, k_bar, g3)
        for i in range(n):
            k_bar[i] = third * x_bar[i] + 0.5 * h * g3[i]
            force_bar += k_bar[i]
        slope_adjoint(x2, k_bar, g2)
        for i in range(n):
            k_bar[i] = sixth * x_bar[i] + 0.5 * h * g2[i]
            force_bar += k_bar[i]
        slope_adjoint(x1, k_bar, g1)
        for i in range(n):
            x_bar[i] += g4[i] + g3[i] + g2[i] + g1[i]
    return x_bar, force_bar
