"""Derivatives of factorisations and recurrences as loops along rows, where entries lie side by side."""

from __future__ import annotations

import numpy as np


def cholesky(a):
    n = a.shape[0]
    a = a.copy()
    for i in range(n):
        for j in range(i):
            total = 0.0
            for k in range(j):
                total += a[i, k] * a[j, k]
            a[i, j] = (a[i, j] - total) / a[j, j]
        total = 0.0
        for k in range(i):
            total += a[i, k] * a[i, k]
        a[i, i] = np.sqrt(a[i, i] - total)
    a_bar = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            a_bar[i, j] = 1.0
    for i in range(n - 1, -1, -1):
        g = a_bar[i, i] / (2.0 * a[i, i])
        a_bar[i, i] = g
        for k in range(i):
            a_bar[i, k] -= 2.0 * g * a[i, k]
        for j in range(i - 1, -1, -1):
            g = a_bar[i, j] / a[j, j]
            a_bar[i, j] = g
            a_bar[j, j] -= g * a[i, j]
            for k in range(j):
                a_bar[i, k] -= g * a[j, k]
            for k in range(j):
                a_bar[j, k] -= g * a[i, k]
    return a_bar


def lu(a):
    """Row by row: what is subtracted from a row is a multiple of the rows above."""
    n = a.shape[0]
    a = a.copy()
    for i in range(n):
        for k in range(i):
            g = a[i, k] / a[k, k]
            a[i, k] = g
            for j in range(k + 1, n):
                a[i, j] -= g * a[k, j]
    a_bar = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            a_bar[i, j] = 2.0 * a[i, j]
    for i in range(n - 1, -1, -1):
        for k in range(i - 1, -1, -1):
            multiple, total = a[i, k], 0.0
            for j in range(k + 1, n):
                total += a_bar[i, j] * a[k, j]
            for j in range(k + 1, n):
                a_bar[k, j] -= multiple * a_bar[i, j]
            g = (a_bar[i, k] - total) / a[k, k]
            a_bar[i, k] = g
            a_bar[k, k] -= g * multiple
    return a_bar


def trisolv(low, b):
    n = b.shape[0]
    x = np.empty(n)
    for i in range(n):
        total = b[i]
        for k in range(i):
            total -= low[i, k] * x[k]
        x[i] = total / low[i, i]
    x_bar, low_bar, b_bar = np.empty(n), np.zeros((n, n)), np.empty(n)
    for i in range(n):
        x_bar[i] = 2.0 * x[i]
    for i in range(n - 1, -1, -1):
        g = x_bar[i] / low[i, i]
        b_bar[i] = g
        for k in range(i + 1):
            low_bar[i, k] = -g * x[k]
        for k in range(i):
            x_bar[k] -= g * low[i, k]
    return low_bar, b_bar


def durbin(r):
    """Row k of the record is `y` before step k."""
    n = r.shape[0]
    y, alphas, betas = np.empty((n + 1, n)), np.empty(n), np.ones(n)
    y[1, 0] = alphas[0] = -r[0]
    for k in range(1, n):
        betas[k] = betas[k - 1] * (1.0 - alphas[k - 1] * alphas[k - 1])
        total = r[k]
        for i in range(k):
            total += r[k - 1 - i] * y[k, i]
        alpha = -total / betas[k]
        for i in range(k):
            y[k + 1, i] = y[k, i] + alpha * y[k, k - 1 - i]
        y[k + 1, k] = alphas[k] = alpha
    y_bar, before, r_bar = np.empty(n), np.empty(n), np.zeros(n)
    for i in range(n):
        y_bar[i] = 2.0 * y[n, i]
    alpha_bar = beta_bar = 0.0
    for k in range(n - 1, 0, -1):
        alpha_bar += y_bar[k]
        for i in range(k):
            alpha_bar += y_bar[i] * y[k, k - 1 - i]
        g = -alpha_bar / betas[k]
        beta_bar += g * alphas[k]
        r_bar[k] += g
        for i in range(k):
            before[i] = y_bar[i] + alphas[k] * y_bar[k - 1 - i] + g * r[k - 1 - i]
        for i in range(k):
            r_bar[i] += g * y[k, k - 1 - i]
        y_bar, before = before, y_bar
        alpha_bar = -2.0 * beta_bar * betas[k - 1] * alphas[k - 1]
        beta_bar *= 1.0 - alphas[k - 1] * alphas[k - 1]
    r_bar[0] -= y_bar[0] + alpha_bar
    return r_bar


def gramschmidt(a):
    """The columns are kept as rows."""
    m, n = a.shape
    a = a.T.copy()
    q, r = np.empty((n, m)), np.zeros((n, n))
    for k in range(n):
        total = 0.0
        for i in range(m):
            total += a[k, i] * a[k, i]
        r[k, k] = np.sqrt(total)
        for i in range(m):
            q[k, i] = a[k, i] / r[k, k]
        for j in range(k + 1, n):
            total = 0.0
            for i in range(m):
                total += q[k, i] * a[j, i]
            r[k, j] = total
            for i in range(m):
                a[j, i] -= q[k, i] * total
    q_bar, a_bar = np.empty(m), np.zeros((n, m))
    for k in range(n - 1, -1, -1):
        for i in range(m):
            q_bar[i] = 1.0
        for j in range(n - 1, k, -1):
            g = 1.0
            for i in range(m):
                g -= a_bar[j, i] * q[k, i]
            for i in range(m):
                a[j, i] += q[k, i] * r[k, j]
                q_bar[i] += g * a[j, i] - r[k, j] * a_bar[j, i]
                a_bar[j, i] += g * q[k, i]
        total = 0.0
        for i in range(m):
            total += q_bar[i] * q[k, i]
        g = 1.0 - total / r[k, k]
        for i in range(m):
            a_bar[k, i] += q_bar[i] / r[k, k] + g * q[k, i]
    return a_bar.T.copy()
