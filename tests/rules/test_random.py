"""Random numbers are drawn once, in order, and are constants to a derivative."""

import random

import numpy as np
import pytest

import transad

X = np.array([2.1, 3.2, 4.3])
RNG = np.random.default_rng(3)


def monte_carlo(x):
    rng = np.random.RandomState(7)
    return np.mean(np.maximum(x[0] + x[1] * rng.randn(50) - 0.2, 0.0))


def of_a_generator_made_inside(x):
    rng = np.random.default_rng(7)
    z = rng.normal(size=3)
    for _ in range(2):
        z = z * x[0] + rng.uniform(0.0, 1.0, 3)
    return z @ x


def of_a_bit_generator(x):
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(3)))
    return rng.poisson(3.0, size=3) @ x + rng.standard_gamma(2.0) * x[0]


def of_a_generator_outside(x):
    i, j = RNG.permutation(len(x)), RNG.choice(3, size=2, replace=False)
    return x[i] @ x * RNG.random() + np.sum(x[j]) + RNG.integers(5) * x[0] + RNG.choice([0.5, 2.0]) * x[1]


def of_the_legacy_functions(x):
    drawn = np.random.normal(size=len(x)) @ x + np.random.rand() * x[0] + np.random.randint(3) * x[1]
    return drawn + np.sum(np.random.randn(2, 3) * x) + np.random.random_sample((3,)) @ x


def seeded(x):
    np.random.seed(3)
    return np.random.normal(0.0, 2.0, x.shape) @ x


def of_python(x):
    return random.gauss(0.0, 1.0) * x[0] + random.random() * x[1] + random.randint(0, 2) * x[2]


def dropout(x):
    mask = (np.random.rand(*x.shape) < 0.5) / 0.5
    return np.sum(x * x * mask)


def random_walk(x):
    for _ in range(3):
        if RNG.random() < 0.5:
            x = x * RNG.exponential(2.0)
    return np.sum(x)


def vectors(x):
    drawn = RNG.multivariate_normal(np.zeros(3), np.eye(3)) @ x + RNG.dirichlet(np.ones(3)) @ x
    return drawn + np.sum(RNG.multivariate_normal(np.zeros(3), np.eye(3), 2) * x)


def drawn_and_thrown_away(x):
    RNG.random(5)
    return RNG.normal() * x[0] * x[1]


FUNCTIONS = [
    monte_carlo, of_a_generator_made_inside, of_a_bit_generator, of_a_generator_outside,
    of_the_legacy_functions, seeded, of_python, dropout, random_walk, vectors, drawn_and_thrown_away,
]  # fmt: skip


def reset():
    np.random.seed(5)
    random.seed(5)
    RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state


def next_numbers():
    return np.random.rand(), random.random(), RNG.random()


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_same_numbers_are_drawn(f):
    """The derivative draws what the function draws, as often, and is the derivative for these numbers."""
    df = transad.value_and_grad(f)
    df(X)
    reset()
    value, after = f(X), next_numbers()
    reset()
    again, slope = df(X)
    assert again == value and next_numbers() == after
    reset()
    again, slope_forward = transad.jvp(f, (X,), (np.ones(3),))
    assert again == value and next_numbers() == after
    np.testing.assert_allclose(np.sum(slope), slope_forward)
    for k in range(3):
        moved = []
        for h in (1e-6, -1e-6):
            reset()
            moved.append(f(X + h * np.eye(3)[k]))
        np.testing.assert_allclose(slope[k], (moved[0] - moved[1]) / 2e-6, rtol=1e-6, atol=1e-7)


def test_a_gradient_draws_also_what_it_does_not_need():
    reset()
    transad.grad(drawn_and_thrown_away)(X)
    after = next_numbers()
    reset()
    drawn_and_thrown_away(X)
    assert next_numbers() == after


def test_a_generator_as_an_argument():
    def f(x, rng):
        return rng.standard_normal(3) @ x

    df = transad.grad(f)
    np.testing.assert_array_equal(
        df(X, np.random.default_rng(1)), np.random.default_rng(1).standard_normal(3)
    )


def test_the_code_draws_as_the_function_does():
    df = transad.grad(of_a_generator_made_inside)
    df(X)
    assert "rng = np.random.default_rng(7)\n    z = rng.normal(size=3)\n" in df.source
    df = transad.grad(seeded)
    df(X)
    assert "    np.random.seed(3)\n" in df.source


def test_a_draw_whose_derivative_by_its_parameters_is_not_known_is_refused():
    with pytest.raises(transad.NoRuleError, match="gamma"):
        transad.grad(lambda x: np.random.gamma(x[0]))(X)


@pytest.mark.parametrize("name", ["normal", "uniform", "laplace", "logistic", "gumbel", "lognormal"])
@pytest.mark.parametrize("generator", [np.random.default_rng, np.random.RandomState])
def test_a_draw_with_computed_parameters_is_the_draw_of_numpy(name, generator):
    def f(x):
        return np.sum(getattr(generator(3), name)(x[0], x[1], 4)) + np.sum(
            getattr(generator(4), name)(x, 5.0)
        )

    value, _ = transad.value_and_grad(f)(X)
    np.testing.assert_allclose(value, f(X), rtol=1e-14)


def test_shuffling_is_what_numpy_does():
    def f(x):
        y = x * 2.0
        RNG.shuffle(y)
        return y[0] * y[1]

    reset()
    value, slope = transad.value_and_grad(f)(X)
    after = next_numbers()
    reset()
    assert value == f(X) and next_numbers() == after
    assert np.count_nonzero(slope) == 2


def test_shuffling_by_python_is_refused_with_a_cure():
    def f(x):
        y = [x[0], x[1]]
        random.Random(1).shuffle(y)
        return y[0]

    with pytest.raises(transad.UnsupportedError, match="NumPy generator"):
        transad.grad(f)(X)
