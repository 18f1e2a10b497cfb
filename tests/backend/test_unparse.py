"""Text made from a tree parses back to the tree, on one line, with no parenthesis too many."""

import ast
import math
import subprocess
import sys

import gast
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transad.backend import unparse
from transad.backend.unparse import expression, statement


def parsed(text):
    return gast.parse(text, mode="eval").body


def dump(node):
    return ast.dump(as_ast(node))


def as_ast(node):
    return gast.gast_to_ast(node)


@pytest.fixture(params=["astor", "ast"])
def printer(request, monkeypatch):
    """Both printers keep the promises; a Python that astor cannot run on has only the second."""
    if request.param == "ast":
        monkeypatch.setattr(unparse, "_printer", lambda: unparse._unparse)
    return request.param


# ---- as a person would write it ----

AS_WRITTEN = """
x ** -1
(-x) ** 2
-x ** 2
(x ** y) ** z
x ** y ** z
2.0 ** -x
x - (y - z)
x - y - z
x / (y * z)
-x * y
-(x * y)
x * -y
x @ y.T @ z
a[1:-1]
a[..., None]
a[::2, 1:, :]
a[(1, 2), 3]
a[i, j]
a[:, (i, j)]
a[()]
a[-1]
1.5.real
(1).real
1j.imag
(-1).real
(a + b).T
(a + b)[0]
-a[0]
(-a)[0]
a < b < c
a < (b < c)
(a < b) == (c < d)
not (a and b)
(not a) == b
not a == b
a and (b or c)
(a and b) and c
a < b and c < d
x is not None
x not in (1, 2)
lambda: 1
lambda x: x + 1
lambda x, /, y=1, *a, z, w=2, **k: (x, y)
(lambda x: x)(1)
f(lambda x: x, y)
a if b else c
(a if b else c) + 1
(a if b else c) if d else e
f(a if b else c, key=a or b)
[(x, y) for x, y in z if x]
{x: y for x in z}
{**a, 'b': 1}
(a,)
[*a, b]
f(*a, b, k=1, **c)
f'{x!r:>{w}} a {y + 1}'
0.1
1e-13
1e309
1e+22
123456789.12345679
1000000000000000000000000000000
True
...
b'x'
'a\\n"b'
"it's"
(yield)
(x := 1)
"""


@pytest.mark.parametrize("text", AS_WRITTEN.strip().splitlines())
def test_an_expression_comes_back_as_it_was_written(text):
    assert expression(parsed(text)) == text


@pytest.mark.parametrize("text", AS_WRITTEN.strip().splitlines())
def test_without_astor_it_comes_back_as_the_same_tree(text, monkeypatch):
    monkeypatch.setattr(unparse, "_printer", lambda: unparse._unparse)
    assert dump(parsed(expression(parsed(text)))) == dump(parsed(text))


STATEMENTS = """
x = y = a, b
x, y = a, b
x[1:-1] = (a[:-2] + a[2:]) / 3.0
x[i, j] += 2.0 * y
x: int = 3
return
return a, b
return -x
return (a, b), c
del x, y
pass
assert x > 0, 'positive'
raise ValueError('x') from None
import numpy as np
from numpy import sin as s, cos
global a, b
f(x)
for k in range(n):
for i, x in enumerate((a, b)):
for x in (a, b):
while a < b:
if a or not b:
with np.errstate(divide='ignore') as e:
"""


@pytest.mark.parametrize("text", STATEMENTS.strip().splitlines())
def test_a_statement_is_one_line(text):
    compound = text.endswith(":")
    node = gast.parse(text + "\n    pass" if compound else text).body[0]
    if compound:
        node.body = []
    assert statement(node) == [text]


def test_a_long_statement_is_not_wrapped(printer):
    text = "y = " + " + ".join(f"long_name_{i} * x[{i}]" for i in range(60))
    assert statement(gast.parse(text).body[0]) == [text]


def test_a_long_string_is_not_broken(printer):
    text = "y = " + repr("a 'quoted' word, " * 40 + "\n")
    (line,) = statement(gast.parse(text).body[0])
    assert ast.dump(ast.parse(line)) == ast.dump(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "def f(x: int, *, k=1) -> int:\n    return x",
        "match x:\n    case [1, y]:\n        return y",
        "for i in x:\n    if i:\n        y = 1\n    else:\n        y = 2",
        "try:\n    x = 1\nexcept ValueError as e:\n    x = 2\nfinally:\n    y = 1",
    ],
)
def test_compound_statements_come_back_as_the_same_tree(text, printer):
    lines = statement(gast.parse(text).body[0])
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(text))


def test_a_starred_index_stays_readable_by_python_3_10():
    tree = gast.Tuple([gast.Starred(parsed("b"), gast.Load()), parsed("c")], gast.Load())
    assert expression(gast.Subscript(parsed("a"), tree, gast.Load())) == "a[(*b, c)]"


# ---- numbers ----

NUMBERS = [
    *(0.1, 1e-13, 1 / 3, 5e-324, 1.7976931348623157e308, 0.0, -0.0, -2.5, -1e-300, 1e16, 123456789.0),
    *(math.inf, -math.inf, 0, 1, -1, 10**40, -(10**40), True, False),
    *(2j, -2j, 1 + 2j, 1 - 2j, -1 + 2j, -1 - 2j, 1e-13 + 0.1j, complex(1, -0.0)),
    *(complex(a, b) for a in (0.0, -0.0, 1.0, math.inf, -math.inf) for b in (0.0, -0.0, 2.0, -math.inf)),
]


def same(a, b):
    return type(a) is type(b) and repr(a) == repr(b)


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_no_number_changes(value, printer):
    assert same(eval(expression(gast.Constant(value, None))), value)


@pytest.mark.parametrize("value", [math.nan, complex(math.nan, 1.0), complex(1.0, math.nan)])
def test_not_a_number_stays_one(value, printer):
    again = eval(expression(gast.Constant(value, None)))
    assert str(np.abs(again)) == "nan" and type(again) is type(value)


@given(st.floats() | st.complex_numbers())
def test_any_float_survives_in_any_place(value):
    if value != value:
        return
    constant = gast.Constant(value, None)
    assert same(eval(expression(constant)), value)
    for place in ("x ** 2", "2 ** x", "-x", "y - x", "y / x", "x.real", "(x, y)[0]", "f(x)", "x < y"):
        names = {"y": 3.0, "f": lambda v: v, "x": value}
        try:
            expected = eval(place, names)
        except (ArithmeticError, TypeError):
            continue
        node = put(parsed(place), constant)
        assert same(eval(expression(node), names), expected) or "nan" in repr(expected)


def put(tree, value):
    class Put(gast.NodeTransformer):
        def visit_Name(self, node):
            return value if node.id == "x" else node

    return Put().visit(tree)


@pytest.mark.parametrize(
    ("value", "place", "text"),
    [
        (-1.0, "x ** 2", "(-1.0) ** 2"),
        (-1.0, "2 ** x", "2 ** -1.0"),
        (-1.0, "y * x", "y * -1.0"),
        (-1, "x.real", "(-1).real"),
        (1 + 2j, "y * x", "y * (1.0 + 2j)"),
        (math.nan, "y * x", "y * (1e309 - 1e309)"),
        (-math.inf, "y", "y"),
        (np.float64(0.1), "x + y", "0.1 + y"),
    ],
)
def test_negative_and_composite_numbers_get_parentheses_where_needed(value, place, text):
    assert expression(put(parsed(place), gast.Constant(value, None))) == text


# ---- any tree ----

LOAD, STORE = gast.Load(), gast.Store()
BINARY = [gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow, gast.MatMult, gast.FloorDiv, gast.Mod]
BITWISE = [gast.BitAnd, gast.BitOr, gast.BitXor, gast.LShift, gast.RShift]
UNARY = [gast.USub, gast.UAdd, gast.Not, gast.Invert]
COMPARE = [gast.Lt, gast.GtE, gast.Eq, gast.In, gast.NotIn, gast.Is, gast.IsNot]
KINDS = (
    *("binary", "binary", "unary", "bool", "compare", "if", "attribute", "subscript", "call", "lambda"),
    *("tuple", "list", "set", "dict", "comprehension", "dict comprehension", "named", "yield"),
)
floats = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
values = st.one_of(
    st.integers(0, 99),
    floats,
    st.text("a'\"\\\n{é", max_size=4),
    st.sampled_from([True, None, ..., 2j, b"b"]),
)


def name(id, ctx=LOAD):
    return gast.Name(id, ctx, None, None)


@st.composite
def trees(draw, depth=3):
    """A random expression."""

    def sub():
        return draw(trees(depth=depth - 1))

    def several(low=0, high=3, make=sub):
        return [make() for _ in range(draw(st.integers(low, high)))]

    def either(*options):
        return draw(st.sampled_from(options))

    def starred():
        return gast.Starred(sub(), LOAD) if either(False, False, True) else sub()

    def index():
        if either(True, False):
            return sub()
        return gast.Slice(*(sub() if either(True, False) else None for _ in range(3)))

    def generators():
        return several(1, 2, lambda: gast.comprehension(name("t", STORE), sub(), several(0, 2), 0))

    kind = either("name", "value", *KINDS) if depth else either("name", "value")
    if kind == "name":
        return name(either(*"abcx"))
    if kind == "value":
        return gast.Constant(draw(values), None)
    if kind == "binary":
        return gast.BinOp(sub(), either(*BINARY, *BITWISE)(), sub())
    if kind == "unary":
        return gast.UnaryOp(either(*UNARY)(), sub())
    if kind == "bool":
        return gast.BoolOp(either(gast.And, gast.Or)(), several(2))
    if kind == "compare":
        rights = several(1, 2)
        return gast.Compare(sub(), [either(*COMPARE)() for _ in rights], rights)
    if kind == "if":
        return gast.IfExp(sub(), sub(), sub())
    if kind == "attribute":
        return gast.Attribute(sub(), "T", LOAD)
    if kind == "subscript":
        one = either(True, False)
        return gast.Subscript(sub(), index() if one else gast.Tuple(several(1, 3, index), LOAD), LOAD)
    if kind == "call":
        keywords = several(0, 2, lambda: gast.keyword(either("k", None), sub()))
        return gast.Call(sub(), several(make=starred), keywords)
    if kind == "lambda":
        defaults = several(0, 2)
        params = [name(p, gast.Param()) for p in "pqr"[: len(defaults) + either(0, 1)]]
        return gast.Lambda(gast.arguments(params, [], None, [], [], None, defaults), sub())
    if kind == "tuple":
        return gast.Tuple(several(make=starred), LOAD)
    if kind == "list":
        return gast.List(several(make=starred), LOAD)
    if kind == "set":
        return gast.Set(several(1, 3, starred))
    if kind == "dict":
        keys = several(0, 2, lambda: sub() if either(True, True, False) else None)
        return gast.Dict(keys, [sub() for _ in keys])
    if kind == "comprehension":
        return either(gast.ListComp, gast.SetComp, gast.GeneratorExp)(sub(), generators())
    if kind == "dict comprehension":
        return gast.DictComp(sub(), sub(), generators())
    if kind == "named":
        return gast.NamedExpr(name("w", STORE), sub())
    return gast.Yield(sub() if either(True, False) else None)


@settings(max_examples=500, deadline=None)
@given(trees())
def test_parsing_the_text_gives_the_tree_back(tree):
    text = expression(tree)
    assert "\n" not in text
    assert dump(parsed(text)) == dump(tree)


@settings(max_examples=200, deadline=None)
@given(trees())
def test_parsing_a_statement_gives_it_back(tree):
    target = gast.Name("y", gast.Store(), None, None)
    for node in (
        gast.Assign([target], tree, None),
        gast.AugAssign(target, gast.Add(), tree),
        gast.Expr(tree),
    ):
        (line,) = statement(node)
        assert ast.dump(ast.parse(line)) == ast.dump(ast.Module([as_ast(node)], []))
    for node in (gast.For(target, tree, [], [], None), gast.While(tree, [], []), gast.If(tree, [], [])):
        (line,) = statement(node)
        node.body = [gast.Pass()]
        assert ast.dump(ast.parse(line + " pass")) == ast.dump(ast.Module([as_ast(node)], []))


# ---- the rest ----


def test_the_tree_is_not_touched():
    tree = parsed("f(-1.0, x ** 2)")
    before = gast.dump(tree, include_attributes=True)
    expression(tree)
    assert gast.dump(tree, include_attributes=True) == before
    assert "_pp" not in vars(tree)


def test_no_warning_reaches_the_user():
    code = (
        "import gast; from transad.backend.unparse import statement\n"
        'print(*statement(gast.parse(\'x = f("a", 1.0, b"b", None, f"{y}b")[..., 1]\').body[0]))'
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("x = f('a', 1.0, b'b', None, f'{y}b')[..., 1]", "")


def test_a_python_without_the_names_that_astor_uses_still_prints():
    code = (
        "import ast\n"
        "for name in ('Num', 'Str', 'Bytes', 'NameConstant', 'Ellipsis'):\n"
        "    vars(ast).pop(name, None)\n"
        "vars(ast).pop('__getattr__', None)\n"
        "import gast; from transad.backend.unparse import statement\n"
        "print(*statement(gast.parse('x = f(\"a\", 1.0, y)[..., -1]').body[0]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "x = f('a', 1.0, y)[..., -1]", done.stderr


def test_a_missing_astor_is_made_up_for():
    code = (
        "import sys; sys.modules['astor'] = None\n"
        "import gast; from transad.backend.unparse import statement\n"
        "print(*statement(gast.parse('x = f(1.0, y)[..., -1]').body[0]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "x = f(1.0, y)[..., -1]", done.stderr
