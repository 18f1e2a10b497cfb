"""Monte Carlo: what is drawn is the same in the function and in its derivative, and a constant to it."""

import random

import numpy as np

from corpus.runner import program

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


@program(np.array([0.3, 1.2]))
def parameters_of_the_distribution(p):
    rng = np.random.default_rng(2)
    z = rng.normal(p[0], p[1], 6)
    u = rng.uniform(high=p[1], low=p[0], size=(2, 3))
    e = rng.exponential(p[1]) * rng.gumbel(p[0], p[1]) + rng.logistic(p[0]) * rng.laplace(p, p**2).sum()
    return (
        np.mean(z**2) + np.sum(u**2) + e + rng.lognormal(p).sum() * rng.weibull(p[1]) + rng.pareto(p[1] + 3.0)
    )


@program(np.array([0.3, 1.2]))
def parameters_given_to_the_global_generator(p):
    np.random.seed(4)
    return np.sum(np.random.normal(p, p[1]) ** 2) + np.random.uniform(p[0], p[1]) * np.random.rayleigh(p[1])


@program(0.3, 1.2, wrt=(0, 1))
def parameters_given_to_a_generator_of_python(m, s):
    rng = random.Random(3)
    return (
        rng.gauss(m, s) ** 2 + rng.uniform(m, s) * rng.expovariate(s) + rng.random() * rng.normalvariate(m, s)
    )


@program(v)
def shuffled(xs):
    rng = np.random.default_rng(5)
    a = xs.copy()
    rng.shuffle(a)
    b = (xs**2).reshape(2, 3)
    rng.shuffle(b, axis=1)
    c = [x * x for x in xs]
    np.random.RandomState(1).shuffle(c)
    return np.sum(a * np.arange(len(a))) + np.sum(b * rng.permutation(b)) + c[0] * c[1]
