"""The source of a function is found where it stands, and refused where it no longer does."""

import ast
import gc
import importlib.util
import inspect
import linecache
import math
import os
import subprocess
import sys
import textwrap

import gast
import numpy as np
import pytest

from transad.errors import SourceError
from transad.frontend.source import function_source


def load(path, text):
    """Write a module, import it from there."""
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def module(tmp_path):
    return lambda text: load(tmp_path / "sample.py", text)


def run_cell(text, filename, register=True):
    text = textwrap.dedent(text)
    if register:
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace = {}
    exec(compile(text, filename, "exec"), namespace)
    return namespace


def unparse(node):
    return ast.unparse(gast.gast_to_ast(node))


def body_of(source):
    node = source.node
    return unparse(node.body if isinstance(node, gast.Lambda) else node.body[-1])


# ---- where functions are found ----


def plain(x):
    return x * 1.5


def test_a_function_in_a_file_has_absolute_positions():
    source = function_source(plain)
    assert isinstance(source.node, gast.FunctionDef) and source.node.name == "plain"
    assert source.filename == __file__
    assert source.first_line == source.node.lineno == plain.__code__.co_firstlineno
    assert source.lines[source.node.body[0].lineno - 1].strip() == "return x * 1.5"
    assert source.text == "def plain(x):\n    return x * 1.5\n"


def test_a_nested_function_is_found_and_its_text_dedented():
    a = 2.0

    def inner(x):
        return a * x

    source = function_source(inner)
    assert source.text == "def inner(x):\n    return a * x\n"
    assert source.node.col_offset == 4


def test_text_with_a_string_over_several_lines_keeps_its_indentation():
    def inner(x):
        label = """a
        b"""
        return label, x

    assert function_source(inner).text.startswith("    def inner")


def test_methods_bound_or_not():
    class Layer:
        def __call(self, x):
            return self.__w * x

        def forward(self, x):
            return self.__call(x)  # private names are mangled in byte code

    assert function_source(Layer.forward).node.name == "forward"
    assert function_source(Layer().forward) is function_source(Layer.forward)


def test_decorators_are_kept_and_the_first_line_is_theirs(module):
    m = module(
        """
        def keep(*_):
            return lambda f: f

        @keep(lambda x: x)
        @keep(1,
              2)
        def f(x):
            return x + 1
        """
    )
    source = function_source(m.f)
    assert len(source.node.decorator_list) == 2
    assert source.first_line == 5 and source.node.lineno == 8
    assert source.text.startswith("@keep(lambda x: x)")


def test_a_wrapper_is_not_looked_through(module):
    m = module(
        """
        import functools

        def f(x):
            return x

        @functools.wraps(f)
        def g(*args):
            return f(*args)
        """
    )
    assert function_source(m.g).node.name == "g"


def test_functions_in_branches_and_of_one_name(module):
    m = module(
        """
        if True:
            def f(x):
                return x + 1
        else:
            def f(x):
                return x + 2
        try:
            def g(x): return x * 3
        finally:
            pass
        """
    )
    assert body_of(function_source(m.f)) == "return x + 1"
    assert body_of(function_source(m.g)) == "return x * 3"


def test_future_annotations_and_generic_code(module):
    m = module(
        """
        from __future__ import annotations

        def f(x: "Undefined | int") -> Undefined:
            def g(y: Other): return y
            return g(x)
        """
    )
    assert function_source(m.f).node.name == "f"


@pytest.mark.parametrize(
    "imports",
    [
        "import math as m",
        "if True:\n    import math as m",
        "try:\n    import nothing_of_that_name\nexcept ImportError:\n    import math as m",
        "with open(__file__):\n    import math as m",
        "m = __import__('math')",
        "from os import path\nimport math\nm = math",
    ],
)
def test_calls_of_modules_however_imported(module, imports):
    m = module(
        f"""{imports}
def f(x):
    return [m.sin(x), (lambda y: m.cos(y))(x)]
g, h = lambda x: m.sin(x) + 1, lambda x: m.sin(x) - 1
k = lambda x: m.sin(x)
"""
    )
    assert function_source(m.f).node.name == "f"
    assert body_of(function_source(m.g)) == "m.sin(x) + 1"
    assert body_of(function_source(m.h)) == "m.sin(x) - 1"
    assert body_of(function_source(m.k)) == "m.sin(x)"


def test_calls_of_modules_imported_elsewhere(module):
    m = module(
        """
        class A:
            import math
            def f(self, x):
                return math.sin(x) + self.math.cos(x)

        def g(x):
            import math
            return math.sin(x)

        def h(x):
            global math
            import math
            return math.sin(x)

        def k(x):
            return math.sin(x)
        """
    )
    for fn in (m.A.f, m.g, m.h, m.k):
        assert function_source(fn).node.name == fn.__name__


def test_super_where_the_module_mentions_it(module):
    m = module(
        """
        plain_super = super

        class A(list):
            def append(self, x):
                super().append(x)
        """
    )
    assert function_source(m.A.append).node.name == "append"


def test_async_functions_and_generators_are_found_too(module):
    m = module("async def f(x):\n    return x\ndef g(x):\n    yield x\n")
    assert isinstance(function_source(m.f).node, gast.AsyncFunctionDef)
    assert function_source(m.g).node.name == "g"


def test_a_notebook_cell():
    cell = run_cell("y = 1\ndef f(x):\n    return x * y\n", "<ipython-input-7-abc>")
    source = function_source(cell["f"])
    assert source.filename == "<ipython-input-7-abc>" and source.first_line == 2


def test_equal_functions_of_two_cells_keep_their_own_files():
    text = "def f(x):\n    return x\n"
    first, second = run_cell(text, "<cell 1>"), run_cell(text, "<cell 2>")
    assert function_source(first["f"]).filename == "<cell 1>"
    assert function_source(second["f"]).filename == "<cell 2>"


def test_a_cell_that_awaits():
    filename, text = "<cell await>", "import asyncio\nx = (await asyncio.sleep(0), lambda x: x * 5)\n"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    code = compile(text, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    fn = next(c for c in code.co_consts if inspect.iscode(c))
    assert body_of(function_source(type(plain)(fn, {}))) == "x * 5"


def test_a_module_run_from_an_archive(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("zipped_sample.py", "def f(x):\n    return x - 1\n")
    sys.path.insert(0, str(tmp_path / "lib.zip"))
    try:
        import zipped_sample
    finally:
        sys.path.pop(0)
    assert body_of(function_source(zipped_sample.f)) == "return x - 1"


# ---- lambdas ----


def test_lambdas_on_one_line_are_told_apart():
    fs = [lambda x: x + 1, lambda x: x + 2, lambda y: y + 1, lambda x: x * 1, lambda x, y=1: x]
    found = [unparse(function_source(f).node) for f in fs]
    assert len(set(found)) == 5
    assert "x + 2" in found[1] and "lambda y" in found[2]


def test_lambdas_that_differ_in_the_kind_of_a_constant():
    f, g, h = lambda x: x * 1, lambda x: x * 1.0, lambda x: x * True
    assert [function_source(k).node.body.right.value for k in (f, g, h)] == [1, 1.0, True]
    assert [type(function_source(k).node.body.right.value) for k in (f, g, h)] == [int, float, bool]


def test_a_lambda_in_a_lambda():
    outer = lambda x: lambda y: x * y  # noqa: E731
    assert isinstance(function_source(outer).node.body, gast.Lambda)
    assert body_of(function_source(outer(2))) == "x * y"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="byte code has no columns")
def test_equal_lambdas_on_one_line_are_told_apart_by_column():
    f, g = lambda x: x + 1, lambda x: x + 1
    assert function_source(f).node.col_offset < function_source(g).node.col_offset


def test_lambdas_in_a_call_over_several_lines():
    def pair(f, g, **_):
        return f, g

    f, g = pair(
        lambda x: (
            x
            + 1
        ), lambda x: (
            x
            + 2
        ),
        key=lambda x: x,
    )  # fmt: skip
    assert body_of(function_source(f)) == "x + 1"
    assert body_of(function_source(g)) == "x + 2"


def test_the_text_of_a_lambda_is_the_lambda_alone():
    f = (lambda x: x + 1, 3)[0]
    assert function_source(f).text == "lambda x: x + 1"


def test_a_lambda_over_a_closure_and_one_over_a_global():
    a = 3.0
    f, g = lambda x: a * x, lambda x: math.pi * x
    assert body_of(function_source(f)) == "a * x"
    assert body_of(function_source(g)) == "math.pi * x"


# ---- caching ----


def test_the_source_is_found_once():
    assert function_source(plain) is function_source(plain)


def test_functions_of_one_code_share_the_source():
    def make(a):
        return lambda x: a * x

    assert function_source(make(1)) is function_source(make(2))


def test_the_cache_does_not_keep_code_alive():
    from transad.frontend import source

    cell = run_cell("def f(x):\n    return x * 9\n", "<cell gone>")
    function_source(cell["f"])
    key = id(cell["f"].__code__)
    assert key in source._sources
    cell.clear()
    gc.collect()
    assert key not in source._sources


# ---- refusals ----


NOT_PYTHON = {"len": len, "sum": np.sum, "sin": math.sin, "add": np.add, "join": "abc".join, "int": int}


@pytest.mark.parametrize("fn", NOT_PYTHON.values(), ids=NOT_PYTHON)
def test_what_is_not_written_in_python_has_no_source(fn):
    with pytest.raises(SourceError, match="cannot find") as error:
        if fn is np.sum:
            fn = np.add.reduce
        function_source(fn)
    assert error.value.cure


def test_exec_without_linecache_names_the_file_and_the_cure():
    cell = run_cell("def f(x):\n    return x\n", "<nowhere>", register=False)
    with pytest.raises(SourceError, match="cannot find the source of f: '<nowhere>'") as error:
        function_source(cell["f"])
    assert "linecache.cache[filename]" in str(error.value)


@pytest.mark.parametrize(
    "now",
    [
        "def f(x):\n    return x + 3\n",  # another constant
        "def f(x):\n    return x - 2\n",  # another operation
        "import math\ndef f(x):\n    return x + 2\n",
        "def f(z):\n    return z + 2\n",  # another name
        "\n\ndef f(x):\n    return x + 2\n",  # elsewhere
        "def g(x):\n    return x + 2\n",
        "def f(x:\n",
        "g = lambda x: x + 2\n",
        "# nothing\n",
    ],
)
def test_a_file_edited_after_it_was_loaded_is_refused(tmp_path, now):
    path = tmp_path / "edited.py"
    m = load(path, "def f(x):\n    return x + 2\n")
    path.write_text(now)
    os.utime(path, (1, 1))
    with pytest.raises(SourceError, match="changed since it was loaded") as error:
        function_source(m.f)
    assert "reload" in error.value.cure


def test_what_was_found_before_the_edit_stays(tmp_path):
    path = tmp_path / "edited_later.py"
    m = load(path, "def f(x):\n    return x + 2\n")
    source = function_source(m.f)
    path.write_text("pass\n")
    assert function_source(m.f) is source


def test_an_edit_of_another_function_below_does_no_harm(tmp_path):
    path = tmp_path / "edited_below.py"
    m = load(path, "def f(x):\n    return x + 2\ndef g(x):\n    return x\n")
    path.write_text("def f(x):\n    return x + 2\ndef g(x):\n    return -x\n")
    os.utime(path, (1, 1))
    assert function_source(m.f).node.name == "f"


def test_asserts_that_pytest_rewrote_are_no_change():
    def checked(x):
        assert x > 0, "positive"
        return math.sqrt(x) * 2.5

    assert function_source(checked).node.name == "checked"


# ---- locations ----


LOCATED = '''
def f(x, n):
    """Text."""
    y = x * x; z = y + 1
    total = np.sum(x  # the first
                   + y,
                   axis=0)
    for k in range(n):  # from 0
        if (k >
                2):
            total += really_long_name_of_a_function(total, "and a string", k) * another_one(total, k, x, y, z)
    while n: n -= 1
    é = "ü" + str(x)
    return total, é
'''


@pytest.fixture
def located():
    return function_source(run_cell(LOCATED, "<located>")["f"])


def first(source, kind, **fields):
    for node in gast.walk(source.node):
        if isinstance(node, kind) and all(getattr(node, k, None) == v for k, v in fields.items()):
            return node
    raise LookupError(kind)


def test_a_location_points_at_the_node(located):
    loc = located.location(first(located, gast.Name, id="k", lineno=9))
    assert (loc.filename, loc.line, loc.column, loc.end_column) == ("<located>", 9, 12, 13)
    assert loc.text == "        if (k >"


@pytest.mark.parametrize(
    ("line", "name", "statement"),
    [
        (4, "x", "y = x * x"),
        (4, "z", "z = y + 1"),
        (5, "x", "total = np.sum(x + y, axis=0)"),
        (6, "y", "total = np.sum(x + y, axis=0)"),
        (8, "n", "for k in range(n):"),
        (9, "k", "if (k > 2):"),
        (12, "n", "while n:"),
        (13, "x", 'é = "ü" + str(x)'),
    ],
)
def test_the_statement_around_a_node_on_one_line(located, line, name, statement):
    assert located.location(first(located, gast.Name, id=name, lineno=line)).statement == statement


def test_a_long_statement_is_shortened(located):
    statement = located.location(first(located, gast.AugAssign, lineno=11)).statement
    assert len(statement) <= 80 and statement.endswith("...")
    assert statement.startswith("total += really_long_name")


def test_columns_count_characters(located):
    loc = located.location(first(located, gast.Call, lineno=13))
    assert loc.text[loc.column : loc.end_column] == "str(x)"


def test_a_node_over_several_lines_is_underlined_to_the_end_of_its_first(located):
    loc = located.location(first(located, gast.Call, lineno=5))
    assert loc.text[loc.column : loc.end_column] == "np.sum(x  # the first"


def test_a_node_without_position_is_placed_at_the_function(located):
    assert located.location(gast.Name("t", gast.Load(), None, None)).line == 2


def test_the_statement_of_a_lambda_is_its_body():
    f = lambda x: x * x + 1  # noqa: E731
    source = function_source(f)
    assert source.location(source.node.body.left).statement == "x * x + 1"


def test_statements_of_try_with_match_and_nested_functions():
    cell = run_cell(
        """
        def f(x):
            try:
                y = x
            except (ValueError,
                    TypeError) as e:
                y = 2
            with a as b:
                y = 3
            match y:
                case 1 if x:
                    y = 4
            def g(t):
                return t
            return g(y)
        """,
        "<compound>",
    )
    source = function_source(cell["f"])
    at = {n: source.location(first(source, gast.Name, lineno=n)).statement for n in (5, 8, 10, 12, 14)}
    assert at == {
        5: "except (ValueError, TypeError) as e:",
        8: "with a as b:",
        10: "match y",
        12: "y = 4",
        14: "return t",
    }


# ---- the interactive prompt and -c ----


def test_no_source_at_the_prompt_is_an_error_that_says_so():
    text = (
        "from transad.frontend.source import function_source\n"
        "from transad.errors import SourceError\n"
        "try:\n    print(function_source(lambda x: x * 2).text)\n"
        "except SourceError as e:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("refused", "lambda x: x * 2")  # Python 3.13 on remembers the text
