"""Linear regression from an automatic differentiation perspective.

A line is fitted to data by following the gradient of the mean squared error, and the gradient is had in
four ways: by centred differences, as two partial derivatives of the scalar loss, from a loop over the
samples, and from the loss in matrix form. All four agree with the closed forms that calculus gives:

    dL/dtheta_0 = 2/m sum(theta_1 x_i + theta_0 - y_i)
    dL/dtheta_1 = 2/m sum(x_i (theta_1 x_i + theta_0 - y_i))
    grad L(Theta) = 2/m (X^T X Theta - X^T Y)

Then gradient descent, and the normal equation that sets the gradient to zero, find the same Theta.
"""

import ast

import numpy as np

from transad import grad

# ---- the loss, three times ----


def loss(theta_0, theta_1, x, y):
    """The mean squared error of the line y = theta_1 x + theta_0."""
    return np.mean((y - (theta_1 * x + theta_0)) ** 2)


def loss_by_samples(theta_0, theta_1, x, y):
    """The same, one sample after the other."""
    total = 0.0
    for i in range(len(x)):
        error = y[i] - (theta_1 * x[i] + theta_0)
        total += error**2
    return total / len(x)


def loss_in_matrix_form(Theta, X, Y):
    """The same for a line or plane through any number of features: a column of X for each of Theta."""
    R = Y - X @ Theta
    return R.T @ R / len(Y)


# ---- the gradient: closed forms, and differences ----


def closed_form(theta_0, theta_1, x, y):
    error = theta_1 * x + theta_0 - y
    return 2.0 / len(x) * np.sum(error), 2.0 / len(x) * np.sum(x * error)


def closed_matrix_form(Theta, X, Y):
    return 2.0 / len(Y) * (X.T @ X @ Theta - X.T @ Y)


def differences(theta_0, theta_1, x, y, h=1e-5):
    d_0 = loss(theta_0 + h, theta_1, x, y) - loss(theta_0 - h, theta_1, x, y)
    d_1 = loss(theta_0, theta_1 + h, x, y) - loss(theta_0, theta_1 - h, x, y)
    return d_0 / (2.0 * h), d_1 / (2.0 * h)


# ---- the fit ----


def gradient_descent(gradient, Theta, X, Y, alpha=0.1):
    """Steps against the gradient until it vanishes."""
    for _ in range(10_000):
        step = gradient(Theta, X, Y)
        if np.max(np.abs(step)) < 1e-12:
            break
        Theta = Theta - alpha * step
    return Theta


def normal_equation(X, Y):
    """Where the gradient is zero: X^T X Theta = X^T Y."""
    return np.linalg.solve(X.T @ X, X.T @ Y)


def matrix_products(source):
    return sum(isinstance(node, ast.MatMult) for node in ast.walk(ast.parse(source)))


def main():
    rng = np.random.default_rng(0)
    m = 50
    x = rng.uniform(-2.0, 2.0, m)
    y = 1.5 * x - 0.7 + rng.normal(scale=0.1, size=m)
    X = np.column_stack([np.ones(m), x])
    theta_0, theta_1 = 0.3, -0.2
    Theta = np.array([theta_0, theta_1])

    d_0, d_1 = grad(loss, wrt="theta_0"), grad(loss, wrt="theta_1")
    by_samples = grad(loss_by_samples, wrt=("theta_0", "theta_1"))
    in_matrix_form = grad(loss_in_matrix_form)

    ways = {
        "closed form": closed_form(theta_0, theta_1, x, y),
        "centred differences": differences(theta_0, theta_1, x, y),
        "two partial derivatives": (d_0(theta_0, theta_1, x, y), d_1(theta_0, theta_1, x, y)),
        "a loop over the samples": by_samples(theta_0, theta_1, x, y),
        "matrix form": in_matrix_form(Theta, X, y),
        "closed matrix form": closed_matrix_form(Theta, X, y),
    }
    print(f"The gradient at Theta = {Theta}:")
    for way, gradient in ways.items():
        print(f"    {way:25} {gradient[0]: .15f} {gradient[1]: .15f}")
        accuracy = 1e-8 if way == "centred differences" else 1e-9
        np.testing.assert_allclose(gradient, ways["closed form"], rtol=accuracy)

    for derivative in (d_1, by_samples, in_matrix_form):
        print(f"\n# ---- {derivative.__name__}, as generated ----\n\n{derivative.source}")
    assert matrix_products(in_matrix_form.source) == 2  # X @ Theta and X.T @ (...), as by hand

    descended, solved = gradient_descent(in_matrix_form, np.zeros(2), X, y), normal_equation(X, y)
    np.testing.assert_allclose(descended, solved, rtol=1e-9)
    print(f"gradient descent: y = {descended[1]:.6f} x {descended[0]:+.6f}")
    print(f"normal equation:  y = {solved[1]:.6f} x {solved[0]:+.6f}")


if __name__ == "__main__":
    main()
