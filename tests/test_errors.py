"""Refusals: where it is, the line with a caret, what was met, and the cure. Never a bare exception."""

import re
import textwrap

import numpy as np
import pytest

import transad

X = np.array([0.4, 1.2, -0.7])


def drops_into_bytes(x):
    return np.frombuffer(x.tobytes())[0]


async def waits(x):
    return x * x


def executes(x):
    scope = {"x": x}
    exec("y = x * x", scope)  # noqa: S102
    return scope["y"]


def unbound(x):
    if x > 100.0:
        y = x
    return y * x


def refers_to_nothing(x):
    return x * no_such_name  # noqa: F821


def not_a_number(x):
    return np.sin(x)


def text_result(x):
    return "x"


REFUSED = {  # function: (argument, the part of its line that is pointed at)
    drops_into_bytes: (X, "tobytes"),
    waits: (2.0, None),
    executes: (2.0, "exec"),
    refers_to_nothing: (2.0, "no_such_name"),
    not_a_number: (X, None),
    text_result: (2.0, None),
}


def refusal(function, *args, operator=transad.grad):
    with pytest.raises(transad.TransadError) as caught:
        operator(function)(*args)
    return caught.value


def parts(error):
    """(file, line number, source line, what the caret points at) of a message."""
    lines = str(error).splitlines()
    place = re.match(r"(.*?):(\d+): \S", lines[0])
    assert place, f"no file:line in {lines[0]!r}"
    carets = [k for k, line in enumerate(lines) if line.strip() and set(line.strip()) == {"^"}]
    assert len(carets) == 1, f"no caret line in\n{error}"
    source, caret = lines[carets[0] - 1], lines[carets[0]]
    pointed = source[caret.index("^") : caret.rindex("^") + 1]
    return place[1], int(place[2]), source.strip(), pointed


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_message_has_place_reason_and_cure(function):
    argument, pointed_at = REFUSED[function]
    error = refusal(function, argument)
    file, number, source, pointed = parts(error)
    assert file.endswith("test_errors.py")
    with open(__file__) as this:
        assert this.read().splitlines()[number - 1].strip() == source
    assert error.reason and error.cure and error.reason in str(error) and error.cure in str(error)
    assert "\n" not in error.reason
    if pointed_at:
        assert pointed_at in pointed, str(error)


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "derivative", "jacobian", "hessian"])
def test_refused_by_every_operator(name):
    assert parts(refusal(executes, 2.0, operator=getattr(transad, name)))[3].startswith("exec")


def test_non_scalar_names_jacobian():
    error = refusal(not_a_number, X)
    assert isinstance(error, transad.NonScalarError) and "jacobian" in str(error)


def test_integer_argument_says_which_and_how():
    error = refusal(lambda x, n: x * n, 3, 2.0)
    assert isinstance(error, transad.ArgumentError)
    assert "x" in str(error) and "int" in str(error) and "float" in str(error)


def test_integer_array_names_the_dtype():
    assert "int" in str(refusal(np.sum, np.arange(3)))


def test_wrt_that_does_not_exist_lists_what_does():
    def f(weight, bias):
        return weight * bias

    with pytest.raises(transad.ArgumentError, match="weight.*bias|bias.*weight"):
        transad.grad(f, wrt="wieght")(1.0, 2.0)


def test_source_that_cannot_be_found(tmp_path):
    namespace = {}
    exec("def f(x):\n    return x * x", namespace)  # noqa: S102
    error = refusal(namespace["f"], 2.0)
    assert isinstance(error, transad.SourceError) and "source" in str(error) and error.cure


def test_builtin_without_rule_is_named():
    error = refusal(lambda x: divmod_like(x), 2.0)
    assert isinstance(error, transad.TransadError)


divmod_like = "".join  # a builtin method: no source, no rule


def test_place_is_in_the_helper_that_is_refused():
    def helper(t):
        return np.frombuffer(t.tobytes())[0]

    def f(x):
        return 2.0 * helper(x)

    _, _, source, pointed = parts(refusal(f, X))
    assert "tobytes" in source and "tobytes" in pointed


def test_errors_of_the_program_itself_pass_through():
    def f(x):
        if x < 0.0:
            raise ValueError("must be positive")
        return np.sqrt(x)

    with pytest.raises(ValueError, match="must be positive") as caught:
        transad.grad(f)(-1.0)
    assert not isinstance(caught.value, transad.TransadError)


def test_assertions_of_the_program_pass_through():
    def f(x):
        assert x > 0.0, "must be positive"
        return np.sqrt(x)

    with pytest.raises(AssertionError, match="must be positive"):
        transad.grad(f)(-1.0)


def test_missing_argument_is_pythons_own_error():
    def f(x, y):
        return x * y

    with pytest.raises(TypeError, match="y"):
        transad.grad(f)(1.0)


def returned_unbound(x):
    if x > 100.0:
        y = x
    return y


@pytest.mark.parametrize("f", [unbound, returned_unbound])
@pytest.mark.parametrize("operator", [transad.grad, transad.value_and_grad, transad.derivative])
def test_name_unbound_on_the_path_taken(operator, f):
    with pytest.raises(UnboundLocalError):
        operator(f)(1.0)
    assert np.ndim(operator(f)(101.0)) in (0, 1)


def test_the_caret_counts_columns_of_the_line_shown(tmp_path, monkeypatch):
    (tmp_path / "spelled.py").write_text(
        textwrap.dedent("""
            import numpy as np

            def f(x):
                if True:
                    return "ä" and x * np.frombuffer(x.tobytes())[0]
            """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    import spelled

    _, number, source, pointed = parts(refusal(spelled.f, np.array([2.0])))
    assert number == 6 and source.startswith('return "ä"')
    assert pointed.startswith(("x.tobytes", "np.frombuffer"))


ALIASED = """
import numpy as np

def f(x, flag):
    a = np.sin(x)
    b = np.cos(x)
    c = a if flag > 0.0 else b
    c[0] = 7.0
    return np.sum(a * b)
"""


def test_aliasing_that_cannot_be_decided_is_right_or_names_copy(tmp_path, monkeypatch):
    (tmp_path / "aliased.py").write_text(ALIASED)
    monkeypatch.syspath_prepend(tmp_path)
    import aliased

    for flag in (1.0, -1.0):
        want = np.cos(2.0 * X)  # of sin(x) cos(x)
        want[0] = 7.0 * (-np.sin(X[0]) if flag > 0.0 else np.cos(X[0]))
        try:
            got = transad.grad(aliased.f)(X, flag)
        except transad.AliasingError as error:
            assert "copy()" in str(error) and parts(error)
        else:
            np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("name", ["UnsupportedError", "NoRuleError", "AliasingError", "SourceError"])
def test_refusals_share_one_base(name):
    assert issubclass(getattr(transad.errors, name), transad.TransadError)


# ---- what reads variables unseen ------------------------------------------------------------------


def evaluates_text(x):
    return eval("x * x")


def looks_at_its_variables(x):
    return locals()["x"] ** 2


@pytest.mark.parametrize("f", [evaluates_text, looks_at_its_variables])
def test_functions_that_read_the_variables_of_their_caller_are_refused(f):
    with pytest.raises(transad.UnsupportedError, match="unseen by transad"):
        transad.grad(f)(2.0)
