"""Derivatives of losses of data sets: sample by sample, so that nothing of the size of the data is made."""

from __future__ import annotations

import numpy as np


def logistic(w, x, y):
    n, m = x.shape
    w_bar = np.empty(m)
    for j in range(m):
        w_bar[j] = 0.02 * w[j]
    for i in range(n):
        z = 0.0
        for j in range(m):
            z += x[i, j] * w[j]
        e = np.exp(-abs(z))
        g = ((1.0 if z >= 0.0 else e) / (1.0 + e) - y[i]) / n
        for j in range(m):
            w_bar[j] += g * x[i, j]
    return w_bar


def gmm(logits, means, scales, x):
    n, d = x.shape
    k = logits.shape[0]
    inverse, base, joint, z = np.empty((k, d)), np.empty(k), np.empty(k), np.empty((k, d))
    total_prior = 0.0
    for c in range(k):
        base[c] = logits[c]
        total_prior += np.exp(logits[c])
        for j in range(d):
            base[c] += scales[c, j]
            inverse[c, j] = np.exp(scales[c, j])
    logits_bar, means_bar, scales_bar = np.zeros(k), np.zeros((k, d)), np.zeros((k, d))
    for i in range(n):
        high = -np.inf
        for c in range(k):
            total = 0.0
            for j in range(d):
                z[c, j] = (x[i, j] - means[c, j]) * inverse[c, j]
                total += z[c, j] * z[c, j]
            joint[c] = base[c] - 0.5 * total
            high = max(high, joint[c])
        total = 0.0
        for c in range(k):
            joint[c] = np.exp(joint[c] - high)
            total += joint[c]
        for c in range(k):
            share = joint[c] / total
            logits_bar[c] -= share
            for j in range(d):
                means_bar[c, j] -= share * z[c, j]
                scales_bar[c, j] += share * z[c, j] * z[c, j]
    for c in range(k):
        for j in range(d):
            means_bar[c, j] *= inverse[c, j]
            scales_bar[c, j] += logits_bar[c]
        logits_bar[c] += n * np.exp(logits[c]) / total_prior
    return logits_bar, means_bar, scales_bar


def factorisation(u, v, target, mask):
    g = u @ v.T
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            g[i, j] = 2.0 * mask[i, j] * mask[i, j] * (g[i, j] - target[i, j])
    u_bar, v_bar = g @ v, g.T @ u
    for x_bar, x in ((u_bar, u), (v_bar, v)):
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                x_bar[i, j] += 0.2 * x[i, j]
    return u_bar, v_bar


def gaussian_process(theta, x, y):
    """The matrices are symmetric: half of their entries are computed."""
    n, d = x.shape
    shrink, noise = np.exp(-2.0 * theta[1]), np.exp(theta[2])
    square, smooth = np.zeros((n, n)), np.empty((n, n))
    total = np.empty((n, n))
    for i in range(n):
        for j in range(i):
            distance = 0.0
            for c in range(d):
                distance += (x[i, c] - x[j, c]) ** 2
            square[i, j] = distance
            smooth[i, j] = total[i, j] = total[j, i] = np.exp(theta[0] - 0.5 * distance * shrink)
        smooth[i, i] = np.exp(theta[0])
        total[i, i] = smooth[i, i] + noise
    inverse = np.linalg.inv(total)
    alpha = inverse @ y
    size_bar = length_bar = noise_bar = 0.0
    for i in range(n):
        for j in range(i):
            g = (inverse[i, j] - alpha[i] * alpha[j]) * smooth[i, j]
            size_bar += g
            length_bar += g * square[i, j]
        g = 0.5 * (inverse[i, i] - alpha[i] * alpha[i])
        size_bar += g * smooth[i, i]
        noise_bar += g
    return np.array([size_bar, shrink * length_bar, noise * noise_bar])
