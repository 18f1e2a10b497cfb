"""Monte Carlo: what is drawn is the same in the function and in its derivative, and a constant to it."""

import numpy as np

from corpus.runner import program, refused

v = np.array([0.62, 0.27, 0.41, 0.93, 0.38, 0.78])


@program(0.4)
def option_price(sigma):
    z = np.random.default_rng(3).standard_normal(50)
    return np.mean(np.maximum(np.exp(sigma * z) - 1.0, 0.0))


@program(v)
def dropout(w):
    rng = np.random.default_rng(1)
    kept = rng.random(w.shape) < 0.7
    return np.sum(np.tanh(w * kept / 0.7) ** 2)


@program(0.8)
def geometric_brownian_motion(sigma):
    rng = np.random.default_rng(7)
    x = 1.0
    for _ in range(20):
        x = x * np.exp(-0.005 * sigma**2 + 0.1 * sigma * rng.standard_normal())
    return x


@program(1.3)
def drawn_from_the_global_generator(s):
    np.random.seed(3)
    return np.sum((s * np.random.randn(5) + np.random.uniform(0.0, 1.0, 5)) ** 2)


@program(v)
def bootstrap(xs):
    rng = np.random.default_rng(5)
    total = 0.0
    for _ in range(4):
        total += np.std(xs[rng.integers(0, len(xs), len(xs))])
    return total


@program(v)
def in_a_random_order(xs):
    rng = np.random.default_rng(5)
    return np.sum(xs * rng.permutation(len(xs))) + xs[rng.choice(len(xs))] ** 2


@program(1.3)
def random_walk(s):
    rng = np.random.RandomState(0)
    x = s
    path = [x]
    for _ in range(10):
        x = x + s * rng.choice([-1.0, 1.0])
        path.append(x)
    return np.mean(np.array(path) ** 2)


@program(0.7)
def metropolis(mu):
    rng = np.random.default_rng(0)
    x, total = 0.3, 0.0
    for _ in range(15):
        y = x + 0.5 * rng.normal()
        if np.log(rng.random()) < (x - mu) ** 2 - (y - mu) ** 2:
            x = y
        total += (x - mu) ** 2
    return total


@program(np.array([0.3, 1.2]))
def reparametrised(p):
    z = np.random.default_rng(2).standard_normal(6)
    return np.mean((p[0] + p[1] * z) ** 2)


@refused(np.array([0.3, 1.2]), says="has no derivative rule")
def parameters_of_the_distribution(p):
    z = np.random.default_rng(2).normal(p[0], p[1], 6)
    return np.mean(z**2)


@refused(v, says="shuffle changes its argument in place")
def shuffled(xs):
    a = xs.copy()
    np.random.default_rng(5).shuffle(a)
    return np.sum(a * np.arange(len(a)))
