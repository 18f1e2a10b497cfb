"""Losses of whole data sets, without loops."""

from __future__ import annotations

import numpy as np

from .case import Kernel


def logistic(w, x, y):
    z = x @ w
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.01 * np.sum(w * w)


def logistic_by_hand(w, x, y):
    z = x @ w
    g = (np.exp(z - np.logaddexp(0.0, z)) - y) / y.shape[0]
    return g @ x + 0.02 * w


def start_logistic(rng, n, m):
    return rng.normal(size=m), rng.normal(size=(n, m)), (rng.random(n) > 0.5).astype(float)


def gmm(logits, means, scales, x):
    z = (x[:, None, :] - means) * np.exp(scales)
    joint = logits + np.sum(scales, axis=1) - 0.5 * np.sum(z * z, axis=2)
    high = np.max(joint, axis=1, keepdims=True)
    each = np.log(np.sum(np.exp(joint - high), axis=1)) + high[:, 0]
    return x.shape[0] * np.log(np.sum(np.exp(logits))) - np.sum(each)


def gmm_by_hand(logits, means, scales, x):
    inverse = np.exp(scales)
    z = (x[:, None, :] - means) * inverse
    joint = logits + np.sum(scales, axis=1) - 0.5 * np.sum(z * z, axis=2)
    high = np.max(joint, axis=1, keepdims=True)
    e = np.exp(joint - high)
    share = e / np.sum(e, axis=1, keepdims=True)
    weight = np.sum(share, axis=0)
    prior = np.exp(logits)
    weighted = share[:, :, None] * z
    return (
        x.shape[0] * prior / np.sum(prior) - weight,
        -np.sum(weighted, axis=0) * inverse,
        np.sum(weighted * z, axis=0) - weight[:, None],
    )


def start_gmm(rng, n, k, d):
    return rng.normal(size=k), rng.normal(size=(k, d)), 0.1 * rng.normal(size=(k, d)), rng.normal(size=(n, d))


def factorisation(u, v, target, mask):
    e = mask * (u @ v.T - target)
    return np.sum(e**2) + 0.1 * (np.sum(u**2) + np.sum(v**2))


def factorisation_by_hand(u, v, target, mask):
    g = 2.0 * mask * (mask * (u @ v.T - target))
    return g @ v + 0.2 * u, g.T @ u + 0.2 * v


def start_factorisation(rng, n, m, k):
    return (
        rng.normal(size=(n, k)), rng.normal(size=(m, k)), rng.normal(size=(n, m)),
        (rng.random((n, m)) > 0.5).astype(float),
    )  # fmt: skip


def gaussian_process(theta, x, y):
    d = x[:, None, :] - x[None, :, :]
    k = np.exp(theta[0] - 0.5 * np.sum(d * d, axis=2) * np.exp(-2.0 * theta[1]))
    k = k + np.exp(theta[2]) * np.eye(x.shape[0])
    low = np.linalg.cholesky(k)
    return 0.5 * y @ np.linalg.solve(k, y) + np.sum(np.log(np.diagonal(low)))


def gaussian_process_by_hand(theta, x, y):
    d = x[:, None, :] - x[None, :, :]
    square = np.sum(d * d, axis=2)
    shrink = np.exp(-2.0 * theta[1])
    smooth = np.exp(theta[0] - 0.5 * square * shrink)
    noise = np.exp(theta[2])
    inverse = np.linalg.inv(smooth + noise * np.eye(x.shape[0]))
    alpha = inverse @ y
    k_bar = 0.5 * (inverse - np.outer(alpha, alpha))
    g = k_bar * smooth
    return np.array([np.sum(g), shrink * np.sum(g * square), noise * np.trace(k_bar)])


def start_process(rng, n, d):
    return np.array([0.1, 0.2, -1.0]), rng.normal(size=(n, d)), rng.normal(size=n)


KERNELS = [
    Kernel(logistic, logistic_by_hand, start_logistic, (4, 3), (50, 5), (20000, 100), medium=(1000, 20)),
    Kernel(
        gmm, gmm_by_hand, start_gmm,
        (4, 2, 3), (50, 4, 2), (5000, 20, 10), (0, 1, 2), medium=(500, 8, 4),
    ),
    Kernel(
        factorisation, factorisation_by_hand, start_factorisation,
        (4, 3, 2), (20, 15, 4), (1000, 800, 20), (0, 1), medium=(150, 100, 10),
    ),
    Kernel(
        gaussian_process, gaussian_process_by_hand, start_process,
        (4, 2), (20, 3), (300, 5), medium=(80, 4),
    ),
]  # fmt: skip
