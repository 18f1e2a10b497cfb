"""Derivatives of the stencils as loops. What reads neighbours forwards is gathered from neighbours backwards:
every adjoint is written once, and borders that never change are kept apart from what does.
"""

from __future__ import annotations

import numpy as np


def jacobi_1d(a, b, steps):
    n = a.shape[0]
    a, b = a.copy(), b.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            b[i] = (a[i - 1] + a[i] + a[i + 1]) / 3.0
        for i in range(1, n - 1):
            a[i] = (b[i - 1] + b[i] + b[i + 1]) / 3.0
    first, last = 2.0 * a[0], 2.0 * a[n - 1]
    third = 1.0 / 3.0
    x, y = np.zeros(n), np.zeros(n)  # adjoints of a and b, the ends left at zero
    for i in range(1, n - 1):
        x[i] = 2.0 * a[i]
    for _ in range(steps):
        for i in range(1, n - 1):
            y[i] = third * (x[i - 1] + x[i] + x[i + 1])
        for i in range(1, n - 1):
            x[i] = third * (y[i - 1] + y[i] + y[i + 1])
        first += third * y[1]
        last += third * y[n - 2]
    x[0], x[n - 1] = first, last
    return x


def jacobi_2d(a, b, steps):
    n, m = a.shape
    a, b = a.copy(), b.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                b[i, j] = 0.2 * (a[i, j] + a[i, j - 1] + a[i, j + 1] + a[i + 1, j] + a[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                a[i, j] = 0.2 * (b[i, j] + b[i, j - 1] + b[i, j + 1] + b[i + 1, j] + b[i - 1, j])
    a_bar = np.empty((n, m))
    x, y = np.zeros((n, m)), np.zeros((n, m))  # adjoints of a and b, the borders left at zero
    for i in range(n):
        for j in range(m):
            a_bar[i, j] = 2.0 * a[i, j]
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            x[i, j] = a_bar[i, j]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                y[i, j] = 0.2 * (x[i, j] + x[i, j - 1] + x[i, j + 1] + x[i + 1, j] + x[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                x[i, j] = 0.2 * (y[i, j] + y[i, j - 1] + y[i, j + 1] + y[i + 1, j] + y[i - 1, j])
        for i in range(1, n - 1):
            a_bar[i, 0] += 0.2 * y[i, 1]
            a_bar[i, m - 1] += 0.2 * y[i, m - 2]
        for j in range(1, m - 1):
            a_bar[0, j] += 0.2 * y[1, j]
            a_bar[n - 1, j] += 0.2 * y[n - 2, j]
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            a_bar[i, j] = x[i, j]
    return a_bar


def heat_3d(a, b, steps):
    n, m, l = a.shape  # noqa: E741
    a, b = a.copy(), b.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, l - 1):
                    b[i, j, k] = 0.25 * a[i, j, k] + 0.125 * (
                        a[i + 1, j, k] + a[i - 1, j, k] + a[i, j + 1, k] + a[i, j - 1, k]
                        + a[i, j, k + 1] + a[i, j, k - 1]
                    )  # fmt: skip
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, l - 1):
                    a[i, j, k] = 0.25 * b[i, j, k] + 0.125 * (
                        b[i + 1, j, k] + b[i - 1, j, k] + b[i, j + 1, k] + b[i, j - 1, k]
                        + b[i, j, k + 1] + b[i, j, k - 1]
                    )  # fmt: skip
    a_bar = np.empty((n, m, l))
    x, y = np.zeros((n, m, l)), np.zeros((n, m, l))  # adjoints of a and b, the borders left at zero
    for i in range(n):
        for j in range(m):
            for k in range(l):
                a_bar[i, j, k] = 2.0 * a[i, j, k]
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, l - 1):
                x[i, j, k] = a_bar[i, j, k]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, l - 1):
                    y[i, j, k] = 0.25 * x[i, j, k] + 0.125 * (
                        x[i + 1, j, k] + x[i - 1, j, k] + x[i, j + 1, k] + x[i, j - 1, k]
                        + x[i, j, k + 1] + x[i, j, k - 1]
                    )  # fmt: skip
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, l - 1):
                    x[i, j, k] = 0.25 * y[i, j, k] + 0.125 * (
                        y[i + 1, j, k] + y[i - 1, j, k] + y[i, j + 1, k] + y[i, j - 1, k]
                        + y[i, j, k + 1] + y[i, j, k - 1]
                    )  # fmt: skip
        for j in range(1, m - 1):
            for k in range(1, l - 1):
                a_bar[0, j, k] += 0.125 * y[1, j, k]
                a_bar[n - 1, j, k] += 0.125 * y[n - 2, j, k]
        for i in range(1, n - 1):
            for k in range(1, l - 1):
                a_bar[i, 0, k] += 0.125 * y[i, 1, k]
                a_bar[i, m - 1, k] += 0.125 * y[i, m - 2, k]
            for j in range(1, m - 1):
                a_bar[i, j, 0] += 0.125 * y[i, j, 1]
                a_bar[i, j, l - 1] += 0.125 * y[i, j, l - 2]
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            for k in range(1, l - 1):
                a_bar[i, j, k] = x[i, j, k]
    return a_bar


def seidel_2d(a, steps):
    """Backwards it is another Gauss-Seidel iteration, from the other corner."""
    n = a.shape[0]
    a = a.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            left = a[i, 0]
            for j in range(1, n - 1):
                left = 0.2 * (a[i - 1, j] + a[i, j] + a[i, j + 1] + a[i + 1, j]) + 0.2 * left
                a[i, j] = left
    a_bar, g = 2.0 * a, np.zeros((n, n))  # g: what each update hands to what it has read
    for t in range(steps):
        for i in range(n - 2, 0, -1):
            right = 0.0
            for j in range(n - 2, 0, -1):
                if t == 0:
                    rest = a_bar[i, j] + g[i + 1, j]
                else:
                    rest = g[i + 1, j] + g[i, j] + g[i, j - 1] + g[i - 1, j]
                right = 0.2 * rest + 0.2 * right
                g[i, j] = right
        for i in range(1, n - 1):
            a_bar[0, i] += g[1, i]
            a_bar[n - 1, i] += g[n - 2, i]
            a_bar[i, 0] += g[i, 1]
            a_bar[i, n - 1] += g[i, n - 2]
    if steps > 0:
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a_bar[i, j] = g[i, j] + g[i, j - 1] + g[i - 1, j]
    return a_bar


def fdtd_2d(ex, ey, hz, source):
    n, m = hz.shape
    steps = source.shape[0]
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for t in range(steps):
        for j in range(m):
            ey[0, j] = source[t]
        for i in range(1, n):
            for j in range(m):
                ey[i, j] -= 0.5 * (hz[i, j] - hz[i - 1, j])
        for i in range(n):
            for j in range(1, m):
                ex[i, j] -= 0.5 * (hz[i, j] - hz[i, j - 1])
        for i in range(n - 1):
            for j in range(m - 1):
                hz[i, j] -= 0.7 * (ex[i, j + 1] - ex[i, j] + ey[i + 1, j] - ey[i, j])
    hz_bar, source_bar = 2.0 * hz, np.empty(steps)
    ex_bar, ey_bar = np.zeros((n, m)), np.zeros((n, m))
    for t in range(steps - 1, -1, -1):
        for i in range(n - 1):
            for j in range(1, m - 1):
                ex_bar[i, j] += 0.7 * (hz_bar[i, j] - hz_bar[i, j - 1])
            ex_bar[i, m - 1] -= 0.7 * hz_bar[i, m - 2]
        for j in range(m - 1):
            ey_bar[0, j] = 0.7 * hz_bar[0, j]
            ey_bar[n - 1, j] -= 0.7 * hz_bar[n - 2, j]
        for i in range(1, n - 1):
            for j in range(m - 1):
                ey_bar[i, j] += 0.7 * (hz_bar[i, j] - hz_bar[i - 1, j])
        for i in range(n):
            hz_bar[i, 0] += 0.5 * ex_bar[i, 1]
            for j in range(1, m - 1):
                hz_bar[i, j] += 0.5 * (ex_bar[i, j + 1] - ex_bar[i, j])
            hz_bar[i, m - 1] -= 0.5 * ex_bar[i, m - 1]
        for j in range(m):
            hz_bar[0, j] += 0.5 * ey_bar[1, j]
            hz_bar[n - 1, j] -= 0.5 * ey_bar[n - 1, j]
        for i in range(1, n - 1):
            for j in range(m):
                hz_bar[i, j] += 0.5 * (ey_bar[i + 1, j] - ey_bar[i, j])
        total = 0.0
        for j in range(m):
            total += ey_bar[0, j]
        source_bar[t] = total
    return hz_bar, source_bar


def adi(u, steps):
    """`p` is the same in all lines; what is solved for along columns is kept as rows."""
    n = u.shape[0]
    a, b, c, d, e, f = -0.3, 1.6, -0.3, -0.2, 1.4, -0.2
    columns, rows = np.zeros(n), np.zeros(n)
    for j in range(1, n - 1):
        columns[j] = -c / (a * columns[j - 1] + b)
        rows[j] = -f / (d * rows[j - 1] + e)
    by_column, by_row = np.empty(n), np.empty(n)  # the reciprocals of what is divided by
    for j in range(1, n - 1):
        by_column[j] = 1.0 / (a * columns[j - 1] + b)
        by_row[j] = 1.0 / (d * rows[j - 1] + e)
    u, v, q = u.copy(), np.zeros((n, n)), np.zeros((n, n))
    for _ in range(steps):
        for i in range(1, n - 1):
            v[0, i] = q[0, i] = v[n - 1, i] = 1.0
        for j in range(1, n - 1):
            for i in range(1, n - 1):
                right = -d * u[j, i - 1] + (1.0 + 2.0 * d) * u[j, i] - f * u[j, i + 1]
                q[j, i] = by_column[j] * (right - a * q[j - 1, i])
        for j in range(n - 2, 0, -1):
            for i in range(1, n - 1):
                v[j, i] = columns[j] * v[j + 1, i] + q[j, i]
        for i in range(1, n - 1):
            u[i, 0] = u[i, n - 1] = last = 1.0
            for j in range(1, n - 1):
                right = -a * v[i - 1, j] + (1.0 + 2.0 * a) * v[i, j] - c * v[i + 1, j]
                q[i, j] = last = by_row[j] * right - by_row[j] * d * last
            last = 1.0
            for j in range(n - 2, 0, -1):
                u[i, j] = last = rows[j] * last + q[i, j]
    u_bar, v_bar, g = 2.0 * u, np.zeros((n, n)), np.zeros((n, n))
    for _ in range(steps):
        for i in range(1, n - 1):
            last = 0.0
            for j in range(1, n - 1):
                g[i, j] = last = u_bar[i, j] + rows[j - 1] * last
            last = 0.0
            for j in range(n - 2, 0, -1):
                g[i, j] = last = by_row[j] * g[i, j] - by_row[j] * d * last
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                v_bar[i, j] = -a * g[i + 1, j] + (1.0 + 2.0 * a) * g[i, j] - c * g[i - 1, j]
        for j in range(2, n - 1):
            for i in range(1, n - 1):
                v_bar[j, i] += columns[j - 1] * v_bar[j - 1, i]
        for j in range(n - 2, 0, -1):
            for i in range(1, n - 1):
                below = g[j + 1, i] if j < n - 2 else 0.0
                g[j, i] = by_column[j] * (v_bar[j, i] - a * below)
        for j in range(1, n - 1):
            u_bar[j, 0] = -d * g[j, 1]
            u_bar[j, n - 1] = -f * g[j, n - 2]
            for i in range(1, n - 1):
                u_bar[j, i] = -f * g[j, i - 1] + (1.0 + 2.0 * d) * g[j, i] - d * g[j, i + 1]
    return u_bar
