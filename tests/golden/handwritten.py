"""Their derivatives as a person would write them: the least statements, calls and array operations."""

import numpy as np


def wave_grad(x):
    y = x * x
    y_bar = 3.0 * np.cos(y)
    x_bar = 1.0 + 2.0 * x * y_bar
    return x_bar


def wave_pushforward(x, x_dot):
    y = x * x
    y_dot = 2.0 * x * x_dot
    z = 3.0 * np.sin(y)
    z_dot = 3.0 * np.cos(y) * y_dot
    return z + x, z_dot + x_dot


def horner_grad(x, c):
    y = 0.0
    y_tape = []
    for k in range(len(c)):
        y_tape.append(y)
        y = y * x + c[k]
    x_bar = 0.0
    y_bar = 1.0
    for k in reversed(range(len(c))):  # noqa: B007
        y = y_tape.pop()
        x_bar += y_bar * y
        y_bar = y_bar * x
    return x_bar


def smooth_grad(steps, a, b):
    a_bar = np.ones_like(a)
    b_bar = np.zeros_like(b)
    for t in reversed(range(1, steps)):  # noqa: B007
        t_bar = a_bar[1:-1] / 3.0
        a_bar[1:-1] = 0.0
        b_bar[:-2] += t_bar
        b_bar[1:-1] += t_bar
        b_bar[2:] += t_bar
        t_bar = b_bar[1:-1] / 3.0
        b_bar[1:-1] = 0.0
        a_bar[:-2] += t_bar
        a_bar[1:-1] += t_bar
        a_bar[2:] += t_bar
    return a_bar


def logistic_map_grad(x, r):
    x = x.copy()
    x_tape = []
    for i in range(1, len(x)):
        x_tape.append(x[i])
        x[i] = r * x[i - 1] * (1.0 - x[i - 1]) + x[i]
    x_bar = np.zeros_like(x)
    x_bar[-1] = 1.0
    for i in reversed(range(1, len(x))):
        x[i] = x_tape.pop()
        x_bar[i - 1] += x_bar[i] * r * (1.0 - 2.0 * x[i - 1])
    return x_bar


def ols_grad(theta, X, y):
    r = X @ theta - y
    r_bar = 2.0 / r.size * r
    theta_bar = X.T @ r_bar
    return theta_bar


def huber_grad(x, delta):
    a = abs(x)
    if a <= delta:
        x_bar = x
    else:
        x_bar = delta * np.sign(x)
    return x_bar


def newton_sqrt_grad(a):
    x = a
    x_tape = []
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-13:
            break
        x_tape.append(x)
        x = new
    a_bar = 0.0
    x_bar = 1.0
    while x_tape:
        x = x_tape.pop()
        new_bar = 0.5 * x_bar
        a_bar += new_bar / x
        x_bar = new_bar * (1.0 - a / x ** 2)
    a_bar += x_bar
    return a_bar
