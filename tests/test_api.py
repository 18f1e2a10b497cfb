"""The public operators: what they take, what they return, and where they may be used."""

import functools
import inspect
import math
import operator
import subprocess
import sys
import textwrap
import traceback

import numpy as np
import pytest

import transad
from transad import derivative, grad, hessian, hvp, jacobian, jvp, pullback, pushforward, value_and_grad, vjp
from transad.backend import standalone

X = np.array([0.3, -0.8, 1.4])
W = np.array([[0.5, -1.0, 0.2], [0.1, 0.7, -0.4]])


def cubic(x):
    return x**3 - 2.0 * x


def energy(x):
    return np.sum(np.sin(x) * x)


def energy_bar(x):
    return np.sin(x) + x * np.cos(x)


def affine(w, b, x):
    return np.sum((w @ x + b) ** 2)


def affine_bars(w, b, x):
    r = 2.0 * (w @ x + b)
    return np.outer(r, x), r, w.T @ r


def close(got, want, rtol=1e-12):
    np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-14)
    assert np.shape(got) == np.shape(want)


class TestGrad:
    def test_of_a_number(self):
        assert grad(cubic)(2.0) == 10.0

    def test_of_an_array(self):
        close(grad(energy)(X), energy_bar(X))

    def test_wrt_a_position(self):
        close(grad(affine, wrt=1)(W, np.ones(2), X), affine_bars(W, np.ones(2), X)[1])

    def test_wrt_a_negative_position(self):
        close(grad(affine, wrt=-1)(W, np.ones(2), X), affine_bars(W, np.ones(2), X)[2])

    def test_wrt_a_name(self):
        close(grad(affine, wrt="x")(W, np.ones(2), X), affine_bars(W, np.ones(2), X)[2])

    @pytest.mark.parametrize("wrt", [(0, 2), ("w", "x"), ["w", "x"], ("w", 2)])
    def test_wrt_several_gives_a_tuple(self, wrt):
        got = grad(affine, wrt=wrt)(W, np.ones(2), X)
        want = affine_bars(W, np.ones(2), X)
        assert type(got) is tuple
        close(got[0], want[0])
        close(got[1], want[2])

    def test_wrt_a_tuple_of_one_gives_a_tuple_of_one(self):
        (got,) = grad(cubic, wrt=(0,))(2.0)
        assert got == 10.0

    def test_wrt_a_name_passed_by_keyword(self):
        close(grad(affine, wrt="x")(W, b=np.ones(2), x=X), affine_bars(W, np.ones(2), X)[2])

    def test_value_and_grad(self):
        value, gradient = value_and_grad(energy)(X)
        close(value, energy(X))
        close(gradient, energy_bar(X))

    def test_has_aux(self):
        def with_aux(x):
            return np.sum(x**2), {"doubled": 2.0 * x, "n": len(x)}

        gradient, aux = grad(with_aux, has_aux=True)(X)
        close(gradient, 2.0 * X)
        close(aux["doubled"], 2.0 * X)
        (value, aux), gradient = value_and_grad(with_aux, has_aux=True)(X)
        assert aux["n"] == 3
        close(value, np.sum(X**2))

    def test_as_a_decorator(self):
        @grad
        def f(x):
            return x * x

        assert f(3.0) == 6.0

    def test_as_a_decorator_with_options(self):
        @grad(wrt=("w", "b"))
        def f(x, w, b):
            return w * x**2 + b

        assert f(3.0, 2.0, 1.0) == (9.0, 1.0)

    def test_result_of_shape_one_by_none_is_a_number_too(self):
        def f(x):
            return np.array(np.sum(x * x))

        close(grad(f)(X), 2.0 * X)


class TestParameters:
    def test_keyword_arguments_pass_through(self):
        def f(x, scale=1.0, *, shift=0.0):
            return scale * (x + shift) ** 2

        assert grad(f)(1.0, scale=3.0, shift=1.0) == 12.0
        assert value_and_grad(f)(1.0, shift=1.0) == (4.0, 4.0)
        assert derivative(f)(1.0, shift=1.0) == 4.0
        assert vjp(f, 1.0, shift=1.0)[1](1.0) == (4.0,)
        assert jacobian(f)(1.0, shift=1.0) == 4.0
        assert hessian(f)(1.0, scale=3.0) == 6.0

    def test_wrt_a_keyword_only_parameter(self):
        def f(x, *, shift):
            return (x + shift) ** 2

        assert grad(f, wrt="shift")(1.0, shift=2.0) == 6.0

    def test_wrt_a_default_that_is_given(self):
        def f(x, scale=2.0):
            return scale * x * x

        assert grad(f, wrt="scale")(3.0, 5.0) == 9.0

    def test_positional_only(self):
        def f(x, /, y):
            return x * y

        assert grad(f, wrt=(0, 1))(2.0, 3.0) == (3.0, 2.0)

    def test_star_arguments(self):
        def f(*xs, **options):
            return options["k"] * xs[0] * xs[1]

        assert grad(f, wrt=(0, 1))(2.0, 3.0, k=10.0) == (30.0, 20.0)


class TestStructures:
    def test_tuple(self):
        def f(p):
            a, b = p
            return a * np.sum(b)

        a_bar, b_bar = grad(f)((2.0, X))
        close(a_bar, np.sum(X))
        close(b_bar, np.full(3, 2.0))

    def test_list_stays_a_list(self):
        got = grad(lambda xs: xs[0] * xs[1])([2.0, 3.0])
        assert got == [3.0, 2.0] and type(got) is list

    def test_nested_dict(self):
        def f(model):
            return np.sum(model["w"] * X) * model["rest"][0] + model["rest"][1][0]

        got = grad(f)({"w": X, "rest": [2.0, (3.0, 4.0)]})
        assert list(got) == ["w", "rest"] and got["rest"][1] == (1.0, 0.0)
        close(got["w"], 2.0 * X)
        close(got["rest"][0], np.sum(X * X))

    @pytest.mark.parametrize("empty", [(), [], {}, ((), {"k": []})])
    def test_empty_structure(self, empty):
        assert grad(lambda p, x: x * x)(empty, 2.0) == empty

    def test_empty_array(self):
        got = grad(lambda x: np.sum(x**2))(np.zeros((0, 3)))
        assert got.shape == (0, 3)

    def test_array_without_axes(self):
        got = grad(lambda x: x * x)(np.array(3.0))
        assert got == 6.0 and np.shape(got) == ()

    def test_unused_argument_gives_zeros_of_the_same_structure(self):
        got = grad(lambda p, x: x * x)({"a": X.astype(np.float32), "b": (1.5, [W])}, 2.0)
        assert got["a"].dtype == np.float32 and got["b"][0] == 0.0
        close(got["a"], np.zeros(3, np.float32))
        close(got["b"][1][0], np.zeros((2, 3)))

    @pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
    def test_dtype_is_kept(self, dtype):
        assert grad(lambda x: np.sum(np.sin(x) ** 2) * 0.5)(X.astype(dtype)).dtype == dtype

    def test_dtypes_are_kept_each_for_itself(self):
        got = grad(lambda a, b: np.sum(a * b), wrt=(0, 1))(X.astype(np.float32), X)
        assert [g.dtype for g in got] == [np.float32, np.float64]

    def test_numpy_number_in_numpy_number_out(self):
        assert grad(cubic)(np.float32(2.0)).dtype == np.float32


class TestRefusals:
    @pytest.mark.parametrize("x", [3, True, np.arange(3), np.int64(2), [1, 2]])
    def test_integer_argument(self, x):
        with pytest.raises(transad.TransadError, match=r"int|bool"):
            grad(lambda x: np.sum(np.asarray(x) * 2.0))(x)

    def test_integer_that_is_not_differentiated_is_fine(self):
        assert grad(lambda x, n: x**n)(2.0, 3) == 12.0

    def test_result_that_is_not_a_number_names_jacobian(self):
        with pytest.raises(transad.TransadError, match="jacobian"):
            grad(lambda x: np.sin(x))(X)

    @pytest.mark.parametrize("wrt", [3, -2, "z", (0, "z")])
    def test_wrt_that_does_not_exist(self, wrt):
        with pytest.raises(transad.TransadError, match="wrt|parameter|argument"):
            grad(cubic, wrt=wrt)(1.0)

    @pytest.mark.parametrize("wrt", [(0, 0), (0, "x"), (-1, 0), ["x", 0]])
    def test_wrt_that_names_an_argument_twice(self, wrt):
        with pytest.raises(transad.ArgumentError, match="twice"):
            grad(cubic, wrt=wrt)(1.0)

    def test_integer_in_a_structure_is_named(self):
        with pytest.raises(transad.ArgumentError, match=r"model\['n'\]\[1\]"):
            grad(lambda model: model["w"] * 2.0)({"w": 1.0, "n": [1.0, 3]})

    @pytest.mark.parametrize("f, wrt", [(3, 0), (cubic, 1.5), (cubic, True), (cubic, None)])
    def test_what_is_not_a_function_or_wrt(self, f, wrt):
        with pytest.raises(transad.ArgumentError):
            grad(f, wrt=wrt)

    def test_unknown_options(self):
        with pytest.raises(TypeError, match="speed"):
            grad(cubic, speed="high")
        with pytest.raises(transad.ArgumentError, match="fast-math"):
            grad(cubic, optimize="very")
        with pytest.raises(transad.ArgumentError, match="mode"):
            jacobian(cubic, mode="sideways")

    def test_wrong_calls_are_told_as_python_tells_them(self):
        with pytest.raises(TypeError, match=r"cubic\(\) missing a required argument: 'x'"):
            grad(cubic)()
        with pytest.raises(TypeError, match=r"cubic\(\) too many positional arguments"):
            grad(cubic)(1.0, 2.0)
        with pytest.raises(TypeError, match="tangents"):
            pushforward(affine, wrt=(0, 1))(1.0)

    def test_arguments_that_share_memory(self):
        x = X.copy()
        with pytest.raises(transad.AliasingError, match="share memory"):
            grad(overwrites, wrt=(0, 1))(x, x)
        with pytest.raises(transad.AliasingError, match="share memory"):
            grad(overwrites)(x[1:], x[:-1])
        longer = np.arange(6.0)
        grad(overwrites)(longer[::2], longer[1::2])  # side by side, but not shared

    def test_tangent_of_another_shape(self):
        with pytest.raises((transad.TransadError, ValueError)):
            jvp(np.sin, (X,), (np.ones(2),))


class TestForward:
    def test_derivative_of_a_number(self):
        assert derivative(cubic)(2.0) == 10.0

    def test_derivative_is_elementwise(self):
        close(derivative(cubic)(X), 3.0 * X**2 - 2.0)

    def test_derivative_of_an_array_by_a_number(self):
        close(derivative(lambda t: np.array([t * t, np.sin(t)]))(2.0), [4.0, math.cos(2.0)])

    def test_derivative_wrt(self):
        assert derivative(lambda x, y: x * y**2, wrt="y")(2.0, 3.0) == 12.0

    def test_jvp(self):
        y, y_dot = jvp(affine, (W, np.ones(2), X), (W, np.zeros(2), X))
        close(y, affine(W, np.ones(2), X))
        bars = affine_bars(W, np.ones(2), X)
        close(y_dot, np.sum(bars[0] * W) + bars[2] @ X)

    def test_tangent_none_marks_a_constant(self):
        _, y_dot = jvp(lambda x, n, y: x**n * y, (2.0, 3, 5.0), (1.0, None, None))
        assert y_dot == 60.0

    def test_jvp_of_structures(self):
        y, y_dot = jvp(lambda p: {"s": p[0] * p[1]}, ((2.0, 3.0),), ((1.0, 10.0),))
        assert y == {"s": 6.0} and y_dot == {"s": 23.0}

    def test_pushforward_takes_arguments_then_tangents(self):
        f = pushforward(lambda x, y: x * y)
        assert f(2.0, 3.0, 1.0) == (6.0, 3.0)
        assert pushforward(lambda x, y: x * y, wrt=(0, 1))(2.0, 3.0, 1.0, 10.0) == (6.0, 23.0)

    def test_tangent_of_a_result_that_does_not_depend(self):
        y, y_dot = jvp(lambda x: np.ones(3), (2.0,), (1.0,))
        close(y, np.ones(3))
        close(y_dot, np.zeros(3))


class TestReverse:
    def test_vjp_gives_the_value_and_a_pullback_to_a_tuple(self):
        y, back = vjp(lambda x: np.sin(x) * 2.0, X)
        close(y, 2.0 * np.sin(X))
        bars = back(np.array([1.0, 0.0, 2.0]))
        assert type(bars) is tuple and len(bars) == 1
        close(bars[0], np.array([1.0, 0.0, 2.0]) * 2.0 * np.cos(X))

    def test_pullback_can_be_called_again(self):
        _, back = vjp(lambda x: x * x, X)
        first, second = back(np.ones(3)), back(np.ones(3))
        close(first[0], second[0])
        assert not np.shares_memory(first[0], second[0])

    def test_vjp_is_wrt_all_arguments_unless_told(self):
        _, back = vjp(lambda x, y: x * y, 2.0, 3.0)
        assert back(1.0) == (3.0, 2.0)
        _, back = vjp(lambda x, y: x * y, 2.0, 3.0, wrt=(1,))
        assert back(1.0) == (2.0,)

    def test_pullback_operator_takes_arguments_then_adjoint(self):
        y, x_bar = pullback(lambda x, y: np.sin(x) * y)(X, 2.0, np.ones(3))
        close(y, 2.0 * np.sin(X))
        close(x_bar, 2.0 * np.cos(X))
        assert pullback(lambda x, y: x * y, wrt=(0, 1))(2.0, 3.0, 10.0) == (6.0, (30.0, 20.0))

    def test_structured_result(self):
        _, back = vjp(lambda x: (x * x, {"s": 3.0 * x}), 2.0)
        assert back((1.0, {"s": 10.0})) == (34.0,)

    def test_pullback_remembers_the_arguments_as_they_were(self):
        x = X.copy()
        _, back = vjp(lambda x: x * x, x)
        x[:] = 0.0
        close(back(np.ones(3))[0], 2.0 * X)

    def test_adjoint_is_not_changed(self):
        y_bar = np.ones(3)
        vjp(lambda x: x * 1.0 + x, X)[1](y_bar)
        close(y_bar, np.ones(3))


class TestJacobianAndHessian:
    @pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
    @pytest.mark.parametrize(
        "x, shape", [(2.0, ()), (X, (3,)), (np.ones((2, 2)), (2, 2)), (np.ones((1, 0)), (1, 0))]
    )
    def test_shape_is_output_then_input(self, mode, x, shape):
        def f(x):
            return np.outer(np.array([1.0, 2.0]), np.ones(3)) * np.sum(np.sin(x))

        got = jacobian(f, mode=mode)(x)
        assert got.shape == (2, 3, *shape)
        want = np.multiply.outer(np.outer([1.0, 2.0], np.ones(3)), np.cos(x))
        close(got, want)

    @pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
    def test_of_a_matrix_product(self, mode):
        got = jacobian(lambda w, x: w @ x, wrt=(0, 1), mode=mode)(W, X)
        close(got[0], np.einsum("ij,k->ijk", np.eye(2), X))
        close(got[1], W)

    def test_hessian(self):
        A = np.array([[2.0, 0.5], [-1.0, 3.0]])
        close(hessian(lambda x: x @ A @ x)(np.array([1.0, 2.0])), A + A.T)

    def test_hessian_of_a_number(self):
        assert hessian(lambda x: x**3)(2.0) == 12.0

    def test_hessian_of_a_matrix_argument_has_four_axes(self):
        got = hessian(lambda w: np.sum(w**3))(W)
        close(got, np.einsum("ij,ik,jl->ijkl", 6.0 * W, np.eye(2), np.eye(3)))

    def test_hvp_of_several_arguments(self):
        f = lambda x, y, n: np.sum(x**n * y)
        v, w = np.array([1.0, -2.0, 0.5]), np.array([0.1, 0.2, 0.3])
        close(hvp(f, (X, X, 2), (v, None, None)), 2.0 * X * v)
        x_part, y_part = hvp(f, (X, X, 2), (v, w, None))
        close(x_part, 2.0 * X * v + 2.0 * X * w)
        close(y_part, 2.0 * X * v)

    def test_hvp(self):
        v = np.array([1.0, -2.0, 0.5])
        close(hvp(energy, (X,), (v,)), (2.0 * np.cos(X) - X * np.sin(X)) * v)


class TestNesting:
    def test_grad_of_grad(self):
        assert grad(grad(lambda x: x**4))(2.0) == 48.0
        assert grad(grad(grad(lambda x: x**4)))(2.0) == 48.0

    def test_mixed_modes(self):
        assert pushforward(grad(lambda x: x**3))(2.0, 1.0) == (12.0, 12.0)
        assert grad(derivative(lambda x: x**3))(2.0) == 12.0
        assert derivative(derivative(np.sin))(0.5) == -math.sin(0.5)

    def test_grad_inside_closes_over_active_variables(self):
        def outer(x):
            def inner(y):
                return x**2 * y**3

            return grad(inner)(x) * 2.0

        assert grad(outer)(1.5) == pytest.approx(6.0 * 4 * 1.5**3)

    def test_perturbations_are_not_confused(self):
        def outer(x):
            return x * derivative(lambda y: x + y)(1.0)

        assert derivative(outer)(3.0) == 1.0 and grad(outer)(3.0) == 1.0

    def test_vjp_inside(self):
        def f(x):
            y, back = vjp(np.sin, x)
            return np.sum(back(y)[0])

        close(grad(f)(X), np.cos(2.0 * X))

    def test_jvp_inside(self):
        def f(x):
            y, y_dot = jvp(lambda t: t**3, (x,), (x,))
            return y + y_dot

        assert grad(f)(2.0) == 48.0

    def test_jacobian_inside(self):
        def f(x):
            return np.sum(jacobian(lambda t: t**3)(x))

        close(grad(f)(X), 6.0 * X)

    def test_a_derivative_that_was_built_before(self):
        slope = grad(cubic)
        assert slope(1.0) == 1.0

        def f(x):
            return x * slope(x)

        assert grad(f)(2.0) == 34.0


class Quadratic:
    def __init__(self, scale):
        self.scale = scale

    def value(self, x):
        return self.scale * x * x

    def __call__(self, x):
        return self.value(x) + x


class TestCallables:
    def test_numpy_functions(self):
        assert derivative(np.sin)(0.5) == math.cos(0.5)
        close(grad(np.sum)(X), np.ones(3))
        close(vjp(np.exp, X)[1](X)[0], X * np.exp(X))

    def test_operator_and_math(self):
        assert grad(operator.mul, wrt=(0, 1))(2.0, 3.0) == (3.0, 2.0)
        assert grad(math.exp)(0.5) == math.exp(0.5)

    def test_partial(self):
        f = functools.partial(affine, W, np.ones(2))
        close(grad(f)(X), affine_bars(W, np.ones(2), X)[2])
        close(grad(functools.partial(np.sum, axis=0))(X), np.ones(3))

    def test_bound_method(self):
        assert grad(Quadratic(3.0).value)(2.0) == 12.0

    def test_object_with_call(self):
        assert grad(Quadratic(3.0))(2.0) == 13.0

    def test_lambdas_on_one_line_are_told_apart(self):
        f, g = grad(lambda x: x * x), grad(lambda x: x * x * x)
        assert (f(2.0), g(2.0)) == (4.0, 12.0)

    def test_closure(self):
        def power(n):
            def f(x):
                return x**n

            return f

        assert (grad(power(2))(3.0), grad(power(3))(3.0)) == (6.0, 27.0)

    def test_name_and_documentation_survive(self):
        def f(x):
            """The square."""
            return x * x

        assert "f" in grad(f).__name__ and "square" in grad(f).__doc__


FACTOR = 2.0


def scaled(x):
    return FACTOR * x


class TestNothingStale:
    def test_changed_global(self, monkeypatch):
        df = grad(scaled)
        assert df(1.0) == 2.0
        monkeypatch.setitem(globals(), "FACTOR", 5.0)
        assert df(1.0) == 5.0

    def test_changed_closure(self):
        factor = 2.0

        def f(x):
            return factor * x

        df = grad(f)
        assert df(1.0) == 2.0
        factor = 5.0
        assert df(1.0) == 5.0

    def test_redefined_helper(self, monkeypatch):
        df = grad(lambda x: scaled(x) * x)
        assert df(1.0) == 4.0
        monkeypatch.setitem(globals(), "scaled", lambda x: 7.0 * x)
        assert df(1.0) == 14.0

    def test_changed_attribute(self):
        model = Quadratic(1.0)
        df = grad(model)
        assert df(1.0) == 3.0
        model.scale = 10.0
        assert df(1.0) == 21.0

    def test_redefined_function_of_the_same_name(self):
        def f(x):
            return x * x

        assert grad(f)(2.0) == 4.0

        def f(x):  # noqa: F811
            return x * x * x

        assert grad(f)(2.0) == 12.0


def overwrites(x, y):
    x *= y
    y[0] = 7.0
    return np.sum(x * x)


class TestMemory:
    def test_arguments_are_not_changed(self):
        x, y = X.copy(), np.array([2.0, 3.0, 4.0])
        for run in (lambda: grad(overwrites, wrt=(0, 1))(x, y), lambda: jvp(overwrites, (x, y), (x, y)),
                    lambda: vjp(overwrites, x, y)[1](1.0), lambda: hessian(overwrites)(x, y)):  # fmt: skip
            run()
            close(x, X)
            close(y, [2.0, 3.0, 4.0])

    def test_lists_and_dicts_are_not_changed(self):
        def f(items, table):
            items.append(table["k"])
            table["k"] = items[0] * items[-1]
            return table["k"]

        items, table = [2.0], {"k": 3.0}
        assert grad(f, wrt=(0, 1))(items, table) == ([3.0], {"k": 2.0})
        assert items == [2.0] and table == {"k": 3.0}

    def test_gradients_share_no_memory(self):
        x, y = X.copy(), X.copy()
        for f in (lambda x, y: np.sum(x + y), lambda x, y: np.sum(x * y), lambda x, y: x @ y):
            x_bar, y_bar = grad(f, wrt=(0, 1))(x, y)
            arrays = [x, y, x_bar, y_bar]
            assert not any(np.shares_memory(a, b) for a in arrays for b in arrays if a is not b)

    def test_adjoint_passed_through_is_not_handed_back(self):
        y_bar = np.ones(3)
        (x_bar,) = vjp(lambda x: x, X)[1](y_bar)
        assert not np.shares_memory(x_bar, y_bar) and not np.shares_memory(x_bar, X)

    def test_gradients_can_be_written_to(self):
        x_bar = grad(np.sum)(X)
        x_bar += 1.0
        close(x_bar, np.full(3, 2.0))


class TestInspection:
    def test_source_is_python_that_runs_without_transad(self):
        df = grad(energy)
        df(X)
        assert "def " in df.source and "transad" not in df.source.split("def ")[0].replace("# ", "")

    def test_source_before_any_call(self):
        assert "def " in grad(cubic).source

    def test_primal(self):
        assert grad(cubic).primal is cubic

    def test_ir_prints(self):
        df = grad(energy)
        df(X)
        assert "sin" in str(df.ir)

    def test_specialize_gives_a_plain_function(self):
        f = grad(energy).specialize(X)
        assert type(f) is type(energy)
        close(f(X), energy_bar(X))

    def test_save(self, tmp_path):
        df = grad(energy)
        df(X)
        df.save(tmp_path / "energy_grad.py")
        text = (tmp_path / "energy_grad.py").read_text()
        compile(text, "energy_grad.py", "exec")
        assert "import numpy" in text

    def test_traceback_shows_the_generated_line(self):
        df = grad(lambda x, k: x[k] * 2.0)
        with pytest.raises(IndexError) as caught:
            df(X, 7)
        (*_, last) = traceback.extract_tb(caught.value.__traceback__)
        assert last.filename.endswith(".py") and "[k]" in last.line

    def test_getsource_finds_the_generated_function(self):
        run = grad(energy).specialize(X)
        assert inspect.getsource(run).startswith("def energy_grad(x):")

    def test_source_is_of_what_ran_last(self):
        df = grad(lambda x: np.mean(x * x))
        df(X)
        of_array = df.source
        df(2.0)
        assert df.source != of_array
        df(X)
        assert df.source == of_array

    def test_cache_info_counts(self):
        df = grad(lambda x: x * x)
        df(1.0)
        df(2.0)
        df(X[:1].sum())
        assert df.cache_info().misses >= 1


OFFSET = np.array([[0.5, np.inf], [-0.0, 2.0]], np.float32)
SETTINGS = {"steps": [1.0, 2.0], "name": "s", "pair": (3.0,)}
LARGE = np.ones(2000)


def uses_globals(x):
    for step in SETTINGS["steps"]:
        x = x * step + SETTINGS["pair"][0] * math.erf(FACTOR)
    return np.sum(x * x) + np.sum(OFFSET)


def uses_a_large_array(x):
    return np.sum(x * LARGE)


class TestSave:
    @pytest.mark.parametrize("f", [energy, uses_globals])
    def test_runs_without_transad(self, f, tmp_path):
        df = grad(f)
        expected = df(X)
        df.save(tmp_path / "saved.py")
        program = f"""
            import sys
            sys.modules["transad"] = None
            sys.path.insert(0, {str(tmp_path)!r})
            import numpy as np
            from saved import {df.__name__}
            print(*{df.__name__}(np.array({X.tolist()})))
        """
        command = [sys.executable, "-c", textwrap.dedent(program)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert [float(word) for word in out.split()] == expected.tolist()

    def test_before_any_call(self, tmp_path):
        grad(cubic).save(str(tmp_path / "saved.py"))
        compile((tmp_path / "saved.py").read_text(), "saved.py", "exec")

    def test_refuses_what_cannot_be_written_down(self, tmp_path):
        with pytest.raises(transad.UnsupportedError, match="LARGE"):
            df = grad(uses_a_large_array)
            df(LARGE)
            df.save(tmp_path / "saved.py")
        assert not (tmp_path / "saved.py").exists()

    @pytest.mark.parametrize(
        "value",
        [0.1, -0.0, math.inf, -math.inf, 3, True, None, "it's", b"b", 1j, complex(math.inf, -1.0)]
        + [np.float32(0.1), np.int8(3), (1.0,), (), [1.0, [2]], {"k": (1, 2.0)}, np.array(2.0)]
        + [np.zeros((0, 3), np.float32), OFFSET]
        + [np.arange(3), np.array([[True, False]]), np.array([1j, complex(math.nan, 0.0)])],
    )
    def test_literals(self, value):
        namespace = {"np": np}
        again = eval(standalone.literal(value, "x", set()), namespace)
        assert type(again) is type(value)
        np.testing.assert_equal(again, value)
        if isinstance(value, np.ndarray):
            assert again.dtype == value.dtype and again.shape == value.shape
        elif isinstance(value, float):
            assert math.copysign(1.0, again) == math.copysign(1.0, value)

    @pytest.mark.parametrize("value", [math, np.linalg, math.erf, np.sin, np.linalg.norm, functools.partial])
    def test_imports(self, value):
        namespace = {}
        exec(standalone.import_of(value, "name"), namespace)
        assert namespace["name"] is value


class TestCheckGrad:
    def test_accepts_what_is_right(self):
        transad.check_grad(energy, X)
        transad.check_grad(affine, W, np.ones(2), X)

    def test_raises_with_the_worst_entry(self):
        @transad.partials(wrong := lambda x: x * x)
        def _(y, x):
            return 3.0 * x

        with pytest.raises(transad.GradientCheckError):
            transad.check_grad(lambda x: wrong(x), 2.0)
