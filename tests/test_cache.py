"""What is kept: never stale within a process, and answered again by the next one."""

import functools
import math
import os
import subprocess
import sys
import textwrap
import types
from pathlib import Path

import numpy as np
import pytest

import transad
from transad import compiler, grad, persistence

X = np.array([0.3, -0.8, 1.4])
ROOT = Path(transad.__file__).parents[1]


def module(name, text, tmp_path):
    """A module made from text, importable in tracebacks and by `inspect`."""
    path = tmp_path / f"{name}.py"
    path.write_text(textwrap.dedent(text))
    made = types.ModuleType(name)
    made.__file__ = str(path)
    exec(compile(path.read_text(), str(path), "exec"), vars(made))
    return made


# ---- in one process: nothing stale ----


@pytest.fixture
def program(tmp_path):
    return module(
        "program",
        """
        import numpy as np
        import helpers

        SCALE = 2.0
        WEIGHTS = [1.0, 2.0]
        TABLE = {"k": 2.0}
        MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])
        PARTS = [np.ones(2)]

        def helper(x):
            return x * x

        class Model:
            factor = 3.0

            def __init__(self):
                self.scale = 2.0
                self.w = np.array([1.0, 2.0])

            def apply(self, x):
                return self.scale * self.factor * x * x

        MODEL = Model()

        def with_number(x): return SCALE * x
        def with_helper(x): return helper(x)
        def with_list(x): return WEIGHTS[0] * x + WEIGHTS[1] * x * x
        def with_dict(x): return TABLE["k"] * x
        def with_array(x): return np.sum(MATRIX @ x)
        def with_array_in_list(x): return np.sum(PARTS[0] * x)
        def with_module(x): return helpers.f(x)
        def with_numpy(x): return np.sin(x)
        def with_method(x): return MODEL.apply(x)
        def with_attribute(x): return MODEL.scale * x
        def with_array_attribute(x): return np.sum(MODEL.w * x)
        def with_builtin(x): return abs(x) * x
        def with_default(x, ws=[2.0]): return ws[0] * x
        """,
        tmp_path,
    )


@pytest.fixture(autouse=True)
def helpers(tmp_path, monkeypatch):
    made = module("helpers", "def f(x):\n    return 2.0 * x\n", tmp_path)
    monkeypatch.setitem(sys.modules, "helpers", made)
    return made


class TestNothingStale:
    def test_number(self, program):
        df = grad(program.with_number)
        assert df(1.0) == 2.0
        program.SCALE = 5.0
        assert df(1.0) == 5.0

    def test_number_that_becomes_an_array(self, program):
        df = grad(program.with_number)
        assert df(1.0) == 2.0
        program.SCALE = np.float32(3.0)
        assert df(1.0) == 3.0

    def test_an_equal_number_does_not_compile_again(self, program):
        df = grad(program.with_number)
        df(1.0)
        program.SCALE = float("2.0")
        assert df(1.0) == 2.0 and df.cache_info().misses == 1
        program.SCALE = 2
        assert df(1.0) == 2.0 and df.cache_info().misses == 2

    def test_function(self, program, tmp_path):
        df = grad(program.with_helper)
        assert df(1.0) == 2.0
        program.helper = module("other", "def helper(x):\n    return 7.0 * x\n", tmp_path).helper
        assert df(1.0) == 7.0

    def test_code_put_into_a_function(self, program, tmp_path):
        """As IPython's autoreload does it."""
        df, dh = grad(program.with_helper), grad(program.helper)
        assert df(1.0) == 2.0 == dh(1.0)
        other = module("other", "def helper(x):\n    return 7.0 * x\n", tmp_path)
        program.helper.__code__ = other.helper.__code__
        assert df(1.0) == 7.0 == dh(1.0)

    def test_deleted_name(self, program):
        df = grad(program.with_number)
        df(1.0)
        del program.SCALE
        with pytest.raises(transad.UnsupportedError, match="SCALE is not defined"):
            df(1.0)

    def test_list(self, program):
        df = grad(program.with_list)
        assert df(1.0) == 5.0
        program.WEIGHTS[1] = 10.0
        assert df(1.0) == 21.0
        program.WEIGHTS[0] = 1
        assert df(1.0) == 21.0

    def test_dict(self, program):
        df = grad(program.with_dict)
        assert df(1.0) == 2.0
        program.TABLE["k"] = 3.0
        assert df(1.0) == 3.0

    def test_array_contents(self, program):
        df = grad(program.with_array)
        np.testing.assert_array_equal(df(np.ones(2)), [4.0, 6.0])
        program.MATRIX[0, 0] = 11.0
        np.testing.assert_array_equal(df(np.ones(2)), [14.0, 6.0])
        assert df.cache_info().misses == 1

    def test_another_array(self, program):
        df = grad(program.with_array)
        df(np.ones(2))
        program.MATRIX = np.array([[1.0], [2.0]])
        np.testing.assert_array_equal(df(np.ones(1)), [3.0])
        program.MATRIX = np.array([1.0, 2.0])
        np.testing.assert_array_equal(df(np.ones(2)), [1.0, 2.0])

    def test_array_reshaped_in_place(self, program):
        df = grad(program.with_array)
        df(np.ones(2))
        program.MATRIX.shape = (1, 4)
        np.testing.assert_array_equal(df(np.ones(4)), [1.0, 2.0, 3.0, 4.0])

    def test_array_in_a_list(self, program):
        df = grad(program.with_array_in_list)
        np.testing.assert_array_equal(df(np.ones(2)), [1.0, 1.0])
        program.PARTS[0][0] = 5.0
        np.testing.assert_array_equal(df(np.ones(2)), [5.0, 1.0])
        program.PARTS[0] = np.full(2, 3.0)
        np.testing.assert_array_equal(df(np.ones(2)), [3.0, 3.0])

    def test_function_of_a_module(self, program, helpers, monkeypatch):
        df = grad(program.with_module)
        assert df(1.0) == 2.0
        monkeypatch.setattr(helpers, "f", lambda x: 9.0 * x)
        assert df(1.0) == 9.0

    def test_function_of_numpy(self, program, monkeypatch):
        df = grad(program.with_numpy)
        assert df(0.0) == 1.0
        monkeypatch.setattr(np, "sin", lambda x: 9.0 * x)
        assert df(0.0) == 9.0

    def test_builtin_hidden_by_a_global(self, program):
        df = grad(program.with_builtin)
        assert df(-2.0) == 4.0
        program.abs = lambda x: x
        assert df(-2.0) == -4.0

    def test_method(self, program, monkeypatch):
        df = grad(program.with_method)
        assert df(1.0) == 12.0
        monkeypatch.setattr(program.Model, "apply", lambda self, x: 5.0 * x)
        assert df(1.0) == 5.0
        program.MODEL.apply = lambda x: 6.0 * x
        assert df(1.0) == 6.0

    def test_attribute_of_a_class(self, program):
        df = grad(program.with_method)
        assert df(1.0) == 12.0
        program.Model.factor = 1.0
        assert df(1.0) == 4.0
        program.MODEL.factor = 2.0
        assert df(1.0) == 8.0

    def test_attribute(self, program):
        df = grad(program.with_attribute)
        assert df(1.0) == 2.0
        program.MODEL.scale = 3.0
        assert df(1.0) == 3.0
        program.MODEL = program.Model()
        assert df(1.0) == 2.0

    def test_array_attribute(self, program):
        df = grad(program.with_array_attribute)
        np.testing.assert_array_equal(df(np.ones(2)), [1.0, 2.0])
        program.MODEL.w = np.array([3.0, 4.0])
        np.testing.assert_array_equal(df(np.ones(2)), [3.0, 4.0])
        program.MODEL.w[0] = 7.0
        np.testing.assert_array_equal(df(np.ones(2)), [7.0, 4.0])

    def test_mutable_default(self, program):
        df = grad(program.with_default)
        assert df(1.0) == 2.0
        program.with_default.__defaults__[0][0] = 5.0
        assert df(1.0) == 5.0
        program.with_default.__defaults__ = ([6.0],)
        assert df(1.0) == 6.0

    def test_closure(self):
        factor, weights = 2.0, [1.0]

        def f(x):
            return factor * weights[0] * x  # noqa: F821 (it is deleted below)

        df = grad(f)
        assert df(1.0) == 2.0
        factor = 5.0
        assert df(1.0) == 5.0
        weights[0] = 2.0
        assert df(1.0) == 10.0
        del factor
        with pytest.raises(transad.TransadError, match="factor"):
            df(1.0)

    def test_partial(self):
        settings = [2.0]
        df = grad(functools.partial(lambda ws, x: ws[0] * x, settings))
        assert df(1.0) == 2.0
        settings[0] = 3.0
        assert df(1.0) == 3.0

    def test_rule_registered_later(self, program):
        df = grad(program.with_helper)
        assert df(1.0) == 2.0

        @transad.partials(program.helper)
        def _(y, x):
            return 100.0

        assert df(1.0) == 100.0

    def test_specialize_does_not_look_again(self, program):
        run = grad(program.with_number).specialize(1.0)
        program.SCALE = 5.0
        assert run(1.0) == 2.0


class TestSignatures:
    """Code is shared by arguments that it holds for, and by no others."""

    def test_sizes_share_code(self):
        df = grad(lambda x, y: np.sum(x * y))
        for n in (2, 3, 50):
            df(np.ones(n), np.ones(n))
        assert df.cache_info()[:3] == (1, df.cache_info().loaded, 1) and df.cache_info().shapes == 3

    def test_axes_of_length_one_do_not(self):
        df = grad(lambda x, y: np.sum(x * y))
        assert df(np.ones((2, 1)), np.ones((2, 3))).shape == (2, 1)
        assert df(np.ones((2, 3)), np.ones((2, 3))).shape == (2, 3)
        assert df.cache_info().signatures == 2

    @pytest.mark.parametrize("one, other", [(1.0, np.float32(1.0)), (np.ones(2), np.ones(2, np.float32))])
    def test_dtypes_do_not(self, one, other):
        df = grad(lambda x: np.sum(x * x))
        assert type(df(one)) is type(one) and df(other).dtype == np.float32 == df(other).dtype

    @pytest.mark.parametrize("mode", ["sin", "cos"])
    def test_strings_count_by_value(self, mode):
        df = grad(lambda x, mode: np.sin(x) if mode == "sin" else np.cos(x))
        assert df(0.5, "cos") == -math.sin(0.5) and df(0.5, "sin") == math.cos(0.5)
        assert df(0.5, mode="sin") == math.cos(0.5)

    def test_functions_count_by_identity(self):
        df = grad(lambda x, f: f(x))
        assert df(1.0, lambda t: 2.0 * t) == 2.0 and df(1.0, lambda t: 3.0 * t) == 3.0

    def test_slices_count_by_value(self):
        df = grad(lambda x, part: np.sum(x[part] ** 2))
        np.testing.assert_array_equal(df(np.ones(3), slice(0, 2)), [2.0, 2.0, 0.0])
        np.testing.assert_array_equal(df(np.ones(3), slice(1, 3)), [0.0, 2.0, 2.0])
        df(np.ones(3), slice(0, 2))
        assert df.cache_info().misses == 2

    def test_method_compiles_once_for_an_instance(self):
        class Layer:
            scale = 3.0

            @grad
            def energy(self, x):
                return self.scale * x * x

        a, b = Layer(), Layer()
        b.scale = 5.0
        assert (a.energy(1.0), b.energy(1.0), a.energy(1.0)) == (6.0, 10.0, 6.0)
        assert a.energy is a.energy and a.energy.cache_info().misses == 1


# ---- between processes ----


PROGRAM = """
import numpy as np
from helper import square, GAIN

SCALE = 2.0
MATRIX = np.arange(4.0).reshape(2, 2)

def loss(x):
    y = MATRIX @ x
    return SCALE * np.sum(square(y)) * GAIN
"""
HELPER = """
GAIN = 1.0

def square(x):
    return x * x
"""
GRADIENT = [64.0, 104.0]
ARGUMENT = np.array([1.0, 2.0])


class Project:
    """A program in two modules. `run` loads them anew, which is all that another process has in common
    with this one, and tells the gradient, how often it was transformed, how often found on disk."""

    def __init__(self, path, monkeypatch):
        self.path, self.monkeypatch = path, monkeypatch
        self.files = {"helper.py": HELPER, "program.py": PROGRAM}
        self.transforms = self.runs = 0
        transform = compiler.transform

        def counted(*args):
            self.transforms += 1
            return transform(*args)

        monkeypatch.setattr(compiler, "transform", counted)
        monkeypatch.setenv("TRANSAD_CACHE_DIR", str(path / "cache"))

    def edit(self, name, old, new):
        assert old in self.files[name]
        self.files[name] = self.files[name].replace(old, new)

    def load(self):
        self.runs += 1
        folder = self.path / f"run {self.runs}"
        folder.mkdir()
        for name, text in self.files.items():
            loaded = module(name.removesuffix(".py"), text, folder)
            self.monkeypatch.setitem(sys.modules, loaded.__name__, loaded)
        return loaded

    def run(self, operator=grad, argument=ARGUMENT):
        program = self.load()
        before = self.transforms
        df = operator(program.loss)
        numbers = df(argument).ravel().tolist()
        assert "def " in df.source and "def " in df.ir
        return numbers, self.transforms - before, df.cache_info().loaded


@pytest.fixture
def project(tmp_path, monkeypatch):
    return Project(tmp_path, monkeypatch)


class TestFoundAgain:
    def test_what_did_not_change(self, project):
        assert project.run() == (GRADIENT, 1, 0)
        assert project.run() == (GRADIENT, 0, 1)

    def test_other_sizes_are_the_same_question(self, project):
        project.edit("program.py", "square(y)", "square(x)")
        project.edit("program.py", "    y = MATRIX @ x\n", "")
        assert project.run()[1:] == (1, 0)
        assert project.run(argument=np.ones(7)) == ([4.0] * 7, 0, 1)
        assert project.run(argument=np.ones((7, 1))) == ([4.0] * 7, 1, 0)
        assert project.run(argument=np.ones(7, np.float32)) == ([4.0] * 7, 1, 0)

    @pytest.mark.parametrize(
        "name, old, new, factor",
        [
            ("program.py", "SCALE * np", "3.0 * SCALE * np", 3.0),
            ("helper.py", "x * x", "3.0 * x * x", 3.0),
            ("program.py", "SCALE = 2.0", "SCALE = 4.0", 2.0),
            ("program.py", "SCALE = 2.0", "SCALE = np.float64(2.0)", 1.0),
            ("program.py", "SCALE = 2.0", "SCALE = 2", 1.0),
            ("helper.py", "GAIN = 1.0", "GAIN = 5.0", 5.0),
            ("program.py", "square, GAIN", "GAIN\ndef square(x): return 2.0 * x * x\n", 2.0),
        ],
    )
    def test_what_changed_is_not(self, project, name, old, new, factor):
        project.run()
        project.edit(name, old, new)
        expected = [factor * g for g in GRADIENT]
        assert project.run() == (expected, 1, 0)
        assert project.run() == (expected, 0, 1)

    def test_what_does_not_matter(self, project):
        project.run()
        project.edit("program.py", "def loss", "def unrelated(x):\n    return x\n\n\ndef loss")
        project.edit("helper.py", "GAIN", "# a comment\nGAIN")
        assert project.run() == (GRADIENT, 0, 1)

    def test_contents_of_an_array_are_read_when_it_runs(self, project):
        project.run()
        project.edit("program.py", "np.arange(4.0)", "10.0 * np.arange(4.0)")
        assert project.run() == ([100.0 * g for g in GRADIENT], 0, 1)

    def test_another_dtype_is_another_answer(self, project):
        project.run()
        project.edit("program.py", "np.arange(4.0)", "np.arange(4.0, dtype=np.float32)")
        assert project.run() == (GRADIENT, 1, 0)

    @pytest.mark.parametrize("owner, name", [(transad, "__version__"), (np, "__version__"), (sys, "version")])
    def test_versions_count(self, project, monkeypatch, owner, name):
        project.run()
        monkeypatch.setattr(owner, name, getattr(owner, name) + "1")
        persistence._transad.cache_clear()
        assert project.run() == (GRADIENT, 1, 0)
        monkeypatch.undo()
        persistence._transad.cache_clear()

    def test_operators_and_options_count(self, project):
        project.run()
        assert project.run(transad.jacobian) == (GRADIENT, 1, 0)
        assert project.run(grad(wrt="x")) == (GRADIENT, 1, 0)

    def test_closures_that_differ_have_answers_of_their_own(self, project):
        outer = "def power(n):\n    def f(x):\n        return (x ** n).sum()\n    return f\nloss = power(3)\n"
        project.files["program.py"] = outer
        assert project.run() == ([3.0, 12.0], 1, 0)
        project.edit("program.py", "power(3)", "power(2)")
        assert project.run() == ([2.0, 4.0], 1, 0)
        project.edit("program.py", "power(2)", "power(3)")
        assert project.run() == ([3.0, 12.0], 0, 1)

    def test_methods_and_partials(self, project):
        project.files["program.py"] = """
import functools
import numpy as np

class Model:
    scale = 2.0
    def energy(self, k, x):
        return self.scale * k * np.sum(x * x)

loss = functools.partial(Model().energy, 3.0)
"""
        assert project.run() == ([12.0, 24.0], 1, 0)
        assert project.run() == ([12.0, 24.0], 0, 1)
        project.edit("program.py", "scale = 2.0", "scale = 3.0")
        assert project.run() == ([18.0, 36.0], 1, 0)
        project.edit("program.py", "k * np", "2.0 * k * np")
        assert project.run() == ([36.0, 72.0], 1, 0)

    def test_what_cannot_be_described_is_transformed_each_time(self, project):
        project.files["program.py"] = """
class Slotted:
    __slots__ = ("scale",)

MODEL = Slotted()
MODEL.scale = 2.0

def loss(x):
    return MODEL.scale * (x * x).sum()
"""
        assert project.run() == ([4.0, 8.0], 1, 0) == project.run()

    def test_lengths_that_agree_count_inside_of_containers_too(self, project):
        project.files["program.py"] = "def loss(p):\n    return (p[0][1:] * p[1][1:]).sum() + p[0].sum()\n"
        first = lambda f: (lambda p: grad(f)(p)[0])  # noqa: E731
        program = project.load()
        assert first(program.loss)([np.ones(3), np.ones(3)]).tolist() == [1.0, 2.0, 2.0]
        assert first(program.loss)((np.ones(3), np.ones(3))).tolist() == [1.0, 2.0, 2.0]
        assert first(program.loss)([np.ones(3), np.ones(2)]).tolist() == [1.0, 2.0, 2.0]
        assert project.transforms == 3

    def test_classes_of_numbers_count(self, project):
        project.files["program.py"] = "def loss(x, flag):\n    return (x * x).sum() if flag else x.sum()\n"
        for count, flag in enumerate([True, np.bool_(True), 1, 1.0, np.float64(1.0)]):
            grad(project.load().loss)(ARGUMENT, flag)
            assert project.transforms == count + 1
        grad(project.load().loss)(ARGUMENT, False)
        assert project.transforms == 5

    def test_guarded_like_what_was_compiled_here(self, project):
        for _ in range(2):
            program = project.load()
            df = grad(program.loss)
            assert df(ARGUMENT).tolist() == GRADIENT
            program.SCALE = 20.0
            assert df(ARGUMENT).tolist() == [10.0 * g for g in GRADIENT]

    @pytest.mark.parametrize("part, other", [("facts", "fact"), ("name", "x"), ("[", "{"), ("bound", "b")])
    def test_damaged_answers_are_not(self, project, part, other):
        project.run()
        for path in (project.path / "cache").glob("*.json"):
            path.write_text(path.read_text().replace(part, other))
        numbers, transforms, loaded = project.run()
        assert numbers == GRADIENT and transforms + loaded == 1

    def test_damaged_modules_are_not(self, project):
        project.run()
        for path in (project.path / "cache").glob("*.py"):
            path.write_text(path.read_text() + "\n")
        assert project.run() == (GRADIENT, 1, 0)
        assert project.run() == (GRADIENT, 0, 1)

    def test_directory_that_cannot_be_written(self, project, monkeypatch):
        (project.path / "file").write_text("")
        monkeypatch.setenv("TRANSAD_CACHE_DIR", str(project.path / "file" / "cache"))
        assert project.run()[0] == GRADIENT

    def test_directory_asked_for(self, project, monkeypatch):
        elsewhere = project.path / "elsewhere"
        monkeypatch.setenv("TRANSAD_CACHE_DIR", str(elsewhere))
        project.run()
        assert list(elsewhere.glob("loss_grad_*.py")) and not (project.path / "cache").exists()


SCRIPT = """
import numpy as np
from transad import compiler, grad
from transad.backend import cache

transforms = 0
transform = compiler.transform

def counted(*args):
    global transforms
    transforms += 1
    return transform(*args)

compiler.transform = counted
{before}
from program import loss
df = grad(loss)
print(*df(np.array([1.0, 2.0])))
print(transforms)
"""


class TestProcesses:
    @pytest.fixture
    def start(self, tmp_path):
        (tmp_path / "program.py").write_text(PROGRAM)
        (tmp_path / "helper.py").write_text(HELPER)

        def start(before="", **variables):
            env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
            env |= {"PYTHONDONTWRITEBYTECODE": "1"}  # sources are edited within the second
            env |= {"TRANSAD_CACHE_DIR": str(tmp_path / "cache"), **variables}
            command = [sys.executable, "-c", SCRIPT.format(before=before)]
            return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

        return start

    @staticmethod
    def finish(process):
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        numbers, transforms = out.splitlines()
        return [float(n) for n in numbers.split()], int(transforms)

    def test_two_at_once_and_one_after(self, start, tmp_path):
        processes = [start(), start()]
        assert [self.finish(p)[0] for p in processes] == [GRADIENT, GRADIENT]
        assert self.finish(start()) == (GRADIENT, 0)
        (tmp_path / "helper.py").write_text(HELPER.replace("x * x", "3.0 * x * x"))
        assert self.finish(start()) == ([3.0 * g for g in GRADIENT], 1)

    def test_nowhere_to_write(self, start, tmp_path):
        (tmp_path / "file").write_text("")
        nowhere = str(tmp_path / "file" / "cache")
        assert self.finish(start(TRANSAD_CACHE_DIR=nowhere)) == (GRADIENT, 1)

    def test_rules_of_the_users(self, start, tmp_path):
        rule = "import transad, helper\n@transad.partials(helper.square)\ndef _(y, x):\n    return {}\n"
        assert self.finish(start()) == (GRADIENT, 1)
        (tmp_path / "rules.py").write_text(rule.format("20.0 * x"))
        assert self.finish(start("import rules")) == ([10.0 * g for g in GRADIENT], 1)
        (tmp_path / "rules.py").write_text(rule.format("40.0 * x"))
        assert self.finish(start("import rules")) == ([20.0 * g for g in GRADIENT], 1)
        assert self.finish(start()) == (GRADIENT, 0)


def test_what_is_on_disk_is_not_transformed_again(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSAD_CACHE_DIR", str(tmp_path / "cache"))
    program = module("program", PROGRAM.replace("from helper import square, GAIN", HELPER), tmp_path)
    first = grad(program.loss)(np.ones(2))

    def refuse(*_):
        raise AssertionError("transformed again")

    monkeypatch.setattr(compiler, "transform", refuse)
    again = grad(program.loss)
    assert np.array_equal(again(np.ones(2)), first)
    assert again.cache_info().loaded == 1
