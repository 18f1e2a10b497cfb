"""Functions as scientists write them: likelihoods, losses, filters, fits. Written for NumPy alone; each takes
one vector or matrix to differentiate, and constants."""

import math

import numpy as np

rng = np.random.default_rng(12)
X = rng.normal(size=(8, 3))
Y = rng.normal(size=8)
SIGNS = np.sign(Y)
COUNTS = np.array([0.0, 1.0, 3.0, 2.0, 0.0, 1.0, 4.0, 2.0])
LABELS = np.eye(3)[[0, 2, 1, 1, 0, 2, 2, 0]]
W3 = 0.3 * rng.normal(size=3)
TIMES = np.linspace(0.0, 1.0, 6)


def logsumexp(a, axis):
    m = np.max(a, axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.sum(np.exp(a - m), axis=axis))


# ----- regressions


def ridge(w):
    return np.sum((X @ w - Y) ** 2) + 0.1 * np.sum(w**2)


def logistic_regression(w):
    return np.mean(np.logaddexp(0.0, -SIGNS * (X @ w)))


def softmax_regression(W):
    Z = X @ W
    return -np.mean(np.sum(LABELS * Z, axis=1) - logsumexp(Z, 1))


def poisson_regression(w):
    eta = X @ w
    return np.sum(np.exp(eta) - COUNTS * eta)


def student_t_regression(theta):
    w, scale, freedom = theta[:3], np.exp(theta[3]), 2.0 + np.exp(theta[4])
    r = (Y - X @ w) / scale
    return np.sum(0.5 * (freedom + 1.0) * np.log1p(r * r / freedom)) + len(Y) * theta[3]


def huber_regression(w):
    r = Y - X @ w
    return np.sum(np.where(np.abs(r) < 0.7, 0.5 * r * r, 0.7 * np.abs(r) - 0.245))


def negative_binomial(theta):
    mu, r = np.exp(X @ theta[:3]), np.exp(theta[3])
    return -np.sum(COUNTS * np.log(mu / (mu + r)) + r * np.log(r / (mu + r)))


def cox_partial_likelihood(w):
    eta = X @ w  # the rows are in the order of survival
    return -np.sum(eta - np.logaddexp.accumulate(eta[::-1])[::-1])


def mixed_effects(theta):
    groups = np.array([0, 0, 1, 1, 2, 2, 2, 0])
    Z = np.eye(3)[groups]
    V = np.exp(theta[3]) * Z @ Z.T + np.exp(theta[4]) * np.eye(8)
    r = Y - X @ theta[:3]
    return 0.5 * r @ np.linalg.solve(V, r) + 0.5 * np.linalg.slogdet(V)[1]


# ----- densities


def gaussian_mixture(theta):
    means, scales, logits = theta[:2], np.exp(theta[2:4]), theta[4:6]
    weights = logits - logsumexp(logits, 0)
    parts = weights - 0.5 * ((Y[:, None] - means) / scales) ** 2 - np.log(scales)
    return -np.sum(logsumexp(parts, 1))


def multivariate_normal(theta):
    L = np.zeros((3, 3))
    L[np.tril_indices(3)] = theta[3:]
    L[np.diag_indices(3)] = np.exp(np.diag(L))
    z = np.linalg.solve(L, (X - theta[:3]).T)
    return 0.5 * np.sum(z**2) + len(X) * np.sum(np.log(np.diag(L)))


def beta_likelihood(theta):
    a, b = np.exp(theta)
    p = 1.0 / (1.0 + np.exp(-Y))
    normaliser = 0.5 * math.log(2.0 * math.pi) + (a - 0.5) * np.log(a) + (b - 0.5) * np.log(b)
    normaliser = normaliser - (a + b - 0.5) * np.log(a + b)  # by Stirling
    return -np.sum((a - 1.0) * np.log(p) + (b - 1.0) * np.log(1.0 - p) - normaliser)


def dirichlet_entropy(logits):
    p = np.exp(logits - logsumexp(logits, 0))
    return np.sum(p * np.log(p)) - np.sum(0.3 * np.log(p))


def hidden_markov(theta):
    A = theta[:4].reshape(2, 2)
    transitions = A - logsumexp(A, 1)[:, None]
    emissions = -0.5 * (Y[:, None] - theta[4:6]) ** 2
    alpha = emissions[0] - math.log(2.0)
    for t in range(1, len(Y)):
        alpha = logsumexp(alpha[:, None] + transitions, 0) + emissions[t]
    return -logsumexp(alpha, 0)


# ----- processes in time


def gaussian_process(theta):
    amplitude, length, noise = np.exp(theta)
    d = X[:, None, 0] - X[None, :, 0]
    K = amplitude * np.exp(-0.5 * (d / length) ** 2) + (noise + 0.1) * np.eye(8)
    L = np.linalg.cholesky(K)
    a = np.linalg.solve(L, Y)
    return 0.5 * a @ a + np.sum(np.log(np.diag(L)))


def kalman_filter(theta):
    a, q, r = np.tanh(theta[0]), np.exp(theta[1]), np.exp(theta[2])
    m, p, loss = 0.0, 1.0, 0.0
    for y in Y:
        m, p = a * m, a * a * p + q
        s = p + r
        loss = loss + 0.5 * ((y - m) ** 2 / s + np.log(s))
        gain = p / s
        m, p = m + gain * (y - m), (1.0 - gain) * p
    return loss


def autoregression(theta):
    predicted = theta[0] + theta[1] * Y[1:-1] + theta[2] * Y[:-2]
    return np.sum((Y[2:] - predicted) ** 2) * np.exp(-theta[3]) + 6.0 * theta[3]


def garch(theta):
    w, a, b = np.exp(theta)
    v, loss = 1.0, 0.0
    for k in range(1, len(Y)):
        v = w + a * Y[k - 1] ** 2 + b * v
        loss = loss + np.log(v) + Y[k] ** 2 / v
    return loss


def runge_kutta_fit(theta):
    def slope(s):
        return np.stack([theta[0] * s[0] - theta[1] * s[0] * s[1], theta[2] * s[0] * s[1] - theta[3] * s[1]])

    s, h, loss = np.array([1.0, 0.5]), 0.2, 0.0
    for _ in range(3):
        k1 = slope(s)
        k2 = slope(s + 0.5 * h * k1)
        k3 = slope(s + 0.5 * h * k2)
        k4 = slope(s + h * k3)
        s = s + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        loss = loss + np.sum((s - 1.0) ** 2)
    return loss


def heat_equation(u):
    for _ in range(4):
        u = u + 0.2 * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1))
    return np.sum(u**4)


def power_spectrum(x):
    return np.sum(np.log1p(np.abs(np.fft.rfft(x)) ** 2))


# ----- networks


def neural_network(theta):
    W, b, v = theta[:12].reshape(3, 4), theta[12:16], theta[16:]
    return np.mean((np.tanh(X @ W + b) @ v - Y) ** 2)


def radial_basis_network(theta):
    centres, weights = theta[:6].reshape(2, 3), theta[6:]
    d = np.sum((X[:, None, :] - centres[None]) ** 2, axis=-1)
    return np.sum((np.exp(-0.5 * d) @ weights - Y) ** 2)


def attention(theta):
    Q, K = X @ theta[:9].reshape(3, 3), X @ theta[9:].reshape(3, 3)
    S = np.einsum("id,jd->ij", Q, K) / math.sqrt(3.0)
    P = np.exp(S - np.max(S, axis=1, keepdims=True))
    P = P / np.sum(P, axis=1, keepdims=True)
    return np.sum((P @ X) ** 3)


def convolution_network(theta):
    h = np.convolve(Y, theta[:3], mode="same")
    return np.sum(np.logaddexp(0.0, theta[3] * h + theta[4]))


def layer_norm(W):
    h = X @ W
    h = (h - np.mean(h, axis=1, keepdims=True)) / np.sqrt(np.var(h, axis=1, keepdims=True) + 0.1)
    return np.sum(h**3 * np.arange(1.0, 9.0)[:, None])


# ----- matrices, transport, geometry


def matrix_factorisation(theta):
    U, V = theta[:8].reshape(4, 2), theta[8:].reshape(2, 3)
    return np.sum((X[:4] - U @ V) ** 2) + 0.01 * np.sum(theta**2)


def principal_components(W):
    Q, _ = np.linalg.qr(W)
    return np.sum((X - X @ Q @ Q.T) ** 2)


def sinkhorn(a):
    C = (TIMES[:, None] - TIMES[None, :5] - 0.1) ** 2
    K = np.exp(-C / 0.3)
    p = np.exp(a) / np.sum(np.exp(a))
    u, v = np.ones(6), np.ones(5)
    for _ in range(4):
        u = p / (K @ v)
        v = 0.2 / (K.T @ u)
    return np.sum(u[:, None] * K * C * v)


def spline_fit(c):
    basis = np.stack([np.maximum(TIMES - knot, 0.0) ** 3 for knot in (-0.2, 0.1, 0.4, 0.7)], axis=1)
    curve = basis @ c
    return np.sum((curve - Y[:6]) ** 2) + 0.1 * np.sum(np.diff(curve, n=2) ** 2) + np.sum(np.exp(c))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def pairwise_energy(p):
    d = p[:, None, :] - p[None, :, :]
    r2 = np.sum(d**2, axis=-1) + np.eye(len(p))
    return np.sum(np.triu(1.0 / r2**3 - 1.0 / r2**1.5, 1))


def matrix_logarithm(L):
    S = L @ L.T + np.eye(3)
    w, V = np.linalg.eigh(S)
    return np.sum((V * np.log(w)) @ V.T * np.arange(9.0).reshape(3, 3))


def vector(n):
    return 0.5 * np.random.default_rng(n).normal(size=n)


COMPOSITES = [
    (ridge, W3),
    (logistic_regression, W3),
    (softmax_regression, 0.5 * rng.normal(size=(3, 3))),
    (poisson_regression, W3),
    (student_t_regression, vector(5)),
    (huber_regression, W3),
    (negative_binomial, vector(4)),
    (cox_partial_likelihood, W3),
    (mixed_effects, vector(5)),
    (gaussian_mixture, vector(6)),
    (multivariate_normal, vector(9)),
    (beta_likelihood, vector(2)),
    (dirichlet_entropy, vector(4)),
    (hidden_markov, vector(6)),
    (gaussian_process, vector(3)),
    (kalman_filter, vector(3)),
    (autoregression, vector(4)),
    (garch, vector(3)),
    (runge_kutta_fit, np.array([1.1, 0.4, 0.6, 0.9])),
    (heat_equation, vector(6)),
    (power_spectrum, vector(7)),
    (neural_network, vector(20)),
    (radial_basis_network, vector(8)),
    (attention, vector(18)),
    (convolution_network, vector(5)),
    (layer_norm, 0.5 * rng.normal(size=(3, 3))),
    (matrix_factorisation, vector(14)),
    (principal_components, rng.normal(size=(3, 2))),
    (sinkhorn, vector(6)),
    (spline_fit, vector(4)),
    (rosenbrock, vector(4)),
    (pairwise_energy, rng.normal(size=(3, 2))),
    (matrix_logarithm, rng.normal(size=(3, 3))),
]
