"""Jacobians and Hessians by tuples, lists and dicts: structures of blocks, as JAX gives them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import transad

jax.config.update("jax_enable_x64", True)

VECTOR = np.array([0.3, 0.5, 0.9])
MODEL = {"w": VECTOR, "b": 2.0, "layers": [np.array([[1.0, 0.5], [0.2, 0.7]]), (0.5, 2.0 * VECTOR)]}


def outputs(xp, p):
    y = p["w"] * p["b"] + p["layers"][1][1] ** 2
    return {"y": y, "z": (xp.sum(p["layers"][0] @ p["layers"][0]) * p["layers"][1][0],)}


def loss(xp, p):
    return xp.sum(xp.sin(p["w"]) * p["b"] ** 2) + xp.sum(p["layers"][0] ** 3) * p["layers"][1][0]


def check(got, want):
    got, structure = jax.tree_util.tree_flatten(got)
    want, expected = jax.tree_util.tree_flatten(want)
    assert structure == expected
    for block, other in zip(got, want):
        assert np.shape(block) == np.shape(other)
        np.testing.assert_allclose(block, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobian_is_like_the_result_outside_and_the_argument_inside(mode):
    got = transad.jacobian(lambda p: outputs(np, p), mode=mode)(MODEL)
    check(got, jax.jacobian(lambda p: outputs(jnp, p))(MODEL))


def test_hessian_is_a_structure_of_structures():
    check(transad.hessian(lambda p: loss(np, p))(MODEL), jax.hessian(lambda p: loss(jnp, p))(MODEL))
