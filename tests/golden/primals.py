"""The functions to differentiate."""

import numpy as np


def wave(x):
    y = x * x
    z = 3.0 * np.sin(y)
    return z + x


def horner(x, c):
    y = 0.0
    for k in range(len(c)):
        y = y * x + c[k]
    return y


def smooth(steps, a, b):
    for t in range(1, steps):  # noqa: B007
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0
    return np.sum(a)


def logistic_map(x, r):
    for i in range(1, len(x)):
        x[i] = r * x[i - 1] * (1.0 - x[i - 1]) + x[i]
    return x[-1]


def ols(theta, X, y):
    r = X @ theta - y
    return np.mean(r ** 2)


def huber(x, delta):
    a = abs(x)
    if a <= delta:
        return 0.5 * x ** 2
    return delta * (a - 0.5 * delta)


def newton_sqrt(a):
    x = a
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-13:
            break
        x = new
    return x
