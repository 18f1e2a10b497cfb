"""Derivatives of the weather kernels as loops."""

from __future__ import annotations

import numpy as np


def hdiff(x, coeff):
    """Fluxes and their adjoints have a border of zeros, so that the adjoint of `x` is gathered everywhere."""
    n, m, levels = coeff.shape
    lap = np.empty((n + 2, m + 2, levels))
    for i in range(n + 2):
        for j in range(m + 2):
            for k in range(levels):
                lap[i, j, k] = 4.0 * x[i + 1, j + 1, k] - (
                    x[i + 2, j + 1, k] + x[i, j + 1, k] + x[i + 1, j + 2, k] + x[i + 1, j, k]
                )
    out_bar, coeff_bar = np.empty((n, m, levels)), np.empty((n, m, levels))
    g = np.zeros((n + 2, m + 2, levels))
    for i in range(n):
        for j in range(m):
            for k in range(levels):
                here = lap[i + 1, j + 1, k]
                north, south = here - lap[i, j + 1, k], lap[i + 2, j + 1, k] - here
                west, east = here - lap[i + 1, j, k], lap[i + 1, j + 2, k] - here
                y = x[i + 2, j + 2, k]
                total = 0.0 if south * (x[i + 3, j + 2, k] - y) > 0.0 else south
                total -= 0.0 if north * (y - x[i + 1, j + 2, k]) > 0.0 else north
                total += 0.0 if east * (x[i + 2, j + 3, k] - y) > 0.0 else east
                total -= 0.0 if west * (y - x[i + 2, j + 1, k]) > 0.0 else west
                out = 2.0 * (y - coeff[i, j, k] * total)
                out_bar[i, j, k] = out
                coeff_bar[i, j, k] = -out * total
                g[i + 1, j + 1, k] = coeff[i, j, k] * out
    flx_bar, fly_bar = np.zeros((n + 3, m + 2, levels)), np.zeros((n + 2, m + 3, levels))
    for i in range(n + 1):
        for j in range(m):
            for k in range(levels):
                flux = lap[i + 1, j + 1, k] - lap[i, j + 1, k]
                stopped = flux * (x[i + 2, j + 2, k] - x[i + 1, j + 2, k]) > 0.0
                flx_bar[i + 1, j + 1, k] = 0.0 if stopped else g[i + 1, j + 1, k] - g[i, j + 1, k]
    for i in range(n):
        for j in range(m + 1):
            for k in range(levels):
                flux = lap[i + 1, j + 1, k] - lap[i + 1, j, k]
                stopped = flux * (x[i + 2, j + 2, k] - x[i + 2, j + 1, k]) > 0.0
                fly_bar[i + 1, j + 1, k] = 0.0 if stopped else g[i + 1, j + 1, k] - g[i + 1, j, k]
    lap_bar = np.zeros((n + 6, m + 6, levels))
    for i in range(n + 2):
        for j in range(m + 2):
            for k in range(levels):
                lap_bar[i + 2, j + 2, k] = (
                    flx_bar[i, j, k] - flx_bar[i + 1, j, k] + fly_bar[i, j, k] - fly_bar[i, j + 1, k]
                )
    x_bar = np.empty((n + 4, m + 4, levels))
    for i in range(n + 4):
        for j in range(m + 4):
            for k in range(levels):
                x_bar[i, j, k] = 4.0 * lap_bar[i + 1, j + 1, k] - (
                    lap_bar[i, j + 1, k] + lap_bar[i + 2, j + 1, k]
                    + lap_bar[i + 1, j, k] + lap_bar[i + 1, j + 2, k]
                )  # fmt: skip
    for i in range(n):
        for j in range(m):
            for k in range(levels):
                x_bar[i + 2, j + 2, k] += out_bar[i, j, k]
    return x_bar, coeff_bar


def vadv(u, w):
    """Column by column: what is recorded of one fits into the nearest cache."""
    n, m, levels = u.shape
    c, d, out, divided = np.empty(levels), np.empty(levels), np.empty(levels), np.empty(levels)
    u_bar, w_bar = np.empty((n, m, levels)), np.zeros((n, m, levels + 1))
    c_bar = np.empty(levels)
    last = levels - 1
    for i in range(n):
        for j in range(m):
            c[0], d[0] = 0.25 * w[i, j, 1], u[i, j, 0]
            for k in range(1, levels):
                acol = -0.25 * w[i, j, k]
                over = 1.0 / (1.0 - c[k - 1] * acol)
                divided[k] = over
                c[k] = 0.25 * w[i, j, k + 1] * over
                d[k] = (u[i, j, k] - d[k - 1] * acol) * over
            out[last] = d[last]
            for k in range(levels - 2, -1, -1):
                out[k] = d[k] - c[k] * out[k + 1]
            d_bar = 2.0 * out[0]
            # what was `out` becomes its adjoint, which is that of `d` too
            for k in range(last):
                c_bar[k] = -d_bar * out[k + 1]
                out[k] = d_bar
                d_bar = 2.0 * out[k + 1] - c[k] * d_bar
            c_bar[last] = 0.0
            for k in range(last, 0, -1):
                acol = -0.25 * w[i, j, k]
                g = d_bar * divided[k]
                u_bar[i, j, k] = g
                r = (d_bar * d[k] + c_bar[k] * c[k]) * divided[k]
                w_bar[i, j, k + 1] += 0.25 * (c_bar[k] * divided[k])
                w_bar[i, j, k] -= 0.25 * (c[k - 1] * r - d[k - 1] * g)
                c_bar[k - 1] += acol * r
                d_bar = out[k - 1] - acol * g
            u_bar[i, j, 0] = d_bar
            w_bar[i, j, 1] += 0.25 * c_bar[0]
    return u_bar, w_bar
