"""Nested choices between versions of one array are followed once each, not once for each path."""

import importlib.util

import numpy as np

import transad

COUNT = 30


def test_a_derivative_of_many_conditional_writes_is_made_at_all(tmp_path):
    lines = ["def f(x):", "    y = x.copy()", "    for i in range(2):"]
    for k in range(COUNT):
        lines += [f"        if x[{k % 3}] > 0.{k}5:", f"            y[{k % 3}] *= x[{(k + 1) % 3}]"]
    path = tmp_path / "branches.py"
    path.write_text("\n".join([*lines, "    return y.sum()"]))
    spec = importlib.util.spec_from_file_location("branches", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    x = np.array([0.31, 1.7, 0.9])
    wanted = [(module.f(x + h) - module.f(x - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(transad.grad(module.f)(x), wanted, rtol=1e-7)
