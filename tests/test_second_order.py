"""Second derivatives of programs of some length, in every combination of modes."""

import math

import numpy as np
import pytest
from reference import differences, dual

import transad
from transad import derivative, grad, hessian, hvp, jacobian, jvp, pushforward, vjp

RNG = np.random.default_rng(3)
X = RNG.uniform(0.3, 1.2, 4)
V = RNG.normal(size=4)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def network(x):
    w = np.outer(np.sin(x), np.cos(x)) + np.eye(4)
    h = np.tanh(w @ x)
    return np.mean(h**2) * np.sum(w.T @ h)


def log_sum_exp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def loop(x):
    state = 0.5
    for k in range(len(x)):
        state = np.sin(state * x[k]) + x[k - 1] ** 2 / (k + 1)
    return state


def recurrence_in_place(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = y[i] * y[i - 1] + np.sin(y[i - 1])
    y[1:] *= y[:-1]
    return np.sum(y)


def branches(x):
    total = 0.0
    for v in x:
        if v > 0.8:
            total += v**3
        elif v > 0.5:
            continue
        else:
            total -= total * v + 1.0 / v
    return total * x[0]


def newton(x):
    root = x[0]
    count = 0
    while abs(root**2 - x[1]) > 1e-12 and count < 50:
        root = 0.5 * (root + x[1] / root)
        count += 1
    return root * x[2] + math.exp(-root * x[3])


def through_views(x):
    a = np.zeros((2, 4))
    row = a[0]
    row += x**2
    a.T[1, 1] = row[1] * x[2]
    flat = a.reshape(-1)
    flat[5:] = np.exp(flat[:3])
    return np.sum(a[0] * a[1])


def powers(x):
    return np.prod(x) + np.sum(x ** x[0]) + np.linalg.norm(x) + np.where(x > 0.6, x**3, np.sqrt(x)).sum()


PROGRAMS = [rosenbrock, network, log_sum_exp, powers, loop, branches, newton]
PROGRAMS += [recurrence_in_place, through_views]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(params=PROGRAMS, ids=lambda f: f.__name__)
def program(request):
    return request.param


def hessian_by_duals(program):
    return dual.hessian(program, (X,))


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-9 * max(1.0, np.max(np.abs(want))))


def test_reference_agrees_with_differences(program):
    want = differences.hessian(program, (X,), step=1e-3)
    np.testing.assert_allclose(hessian_by_duals(program), want, rtol=1e-5, atol=1e-5)


def test_hessian(program):
    close(hessian(program)(X), hessian_by_duals(program))


def test_reverse_over_reverse(program):
    def along(x):
        return grad(program)(x) @ V

    close(grad(along)(X), hessian_by_duals(program) @ V)


def test_forward_over_reverse(program):
    gradient, product = pushforward(grad(program))(X, V)
    close(gradient, dual.gradient(program, (X,))[0])
    close(product, hessian_by_duals(program) @ V)


def test_reverse_over_forward(program):
    def slope(x):
        return jvp(program, (x,), (V,))[1]

    close(grad(slope)(X), hessian_by_duals(program) @ V)


def test_forward_over_forward(program):
    def slope(x):
        return jvp(program, (x,), (V,))[1]

    close(jvp(slope, (X,), (X,))[1], X @ hessian_by_duals(program) @ V)


def test_pullback_of_the_gradient(program):
    close(vjp(grad(program), X)[1](V)[0], hessian_by_duals(program) @ V)


def test_hvp(program):
    close(hvp(program, (X,), (V,)), hessian_by_duals(program) @ V)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobian_of_the_gradient(program, mode):
    close(jacobian(grad(program), mode=mode)(X), hessian_by_duals(program))


@pytest.mark.parametrize("f", [rosenbrock, network, log_sum_exp], ids=lambda f: f.__name__)
def test_hessian_agrees_with_jax(f):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    replaced = {"np": jax.numpy, "__builtins__": __builtins__}
    theirs = type(f)(f.__code__, replaced)
    close(hessian(f)(X), np.asarray(jax.hessian(theirs)(jax.numpy.asarray(X))))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_higher_derivatives_of_a_composite_function(order):
    def f(x):
        return math.sin(x) * x**3

    def polynomial_of(x):  # the derivatives of sin(x) * x**3 by Leibniz
        powers = [x**3, 3.0 * x**2, 6.0 * x, 6.0]
        sines = [math.sin(x + k * math.pi / 2) for k in range(order + 1)]
        terms = range(min(order, 3) + 1)
        return sum(math.comb(order, k) * powers[k] * sines[order - k] for k in terms)

    for operator in (grad, derivative):
        df = f
        for _ in range(order):
            df = operator(df)
        assert df(0.7) == pytest.approx(polynomial_of(0.7), rel=1e-11)


def test_cross_derivatives_of_several_arguments():
    def f(a, b):
        return np.sum(np.sin(a) * b**2) * a[0]

    a, b = X[:2], X[2:]
    mixed = jacobian(grad(f, wrt=0), wrt=1)(a, b)
    other = jacobian(grad(f, wrt=1), wrt=0)(a, b)
    close(mixed, other.T)
    close(mixed, differences.jacobian(lambda b: differences.gradient(f, (a, b))[0], (b,), step=1e-3))
    assert transad.grad(f).primal is f


def shared_smallest(b):
    a = np.minimum(b[0], b[0])

    def chosen():
        if b[0] > 1.3:
            return a

    return chosen() - b[1] + a


def test_tangents_that_np_where_chose_are_not_changed_under_another_name():
    _, tangent = transad.jvp(shared_smallest, ((1.5, 2.0),), ((1.0, 0.7),))
    assert tangent == pytest.approx(2.0 * 1.0 - 0.7)
