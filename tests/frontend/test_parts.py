"""The interpreter is put together from parts, which must not take names from each other."""

import ast
import inspect
import textwrap

from transad.frontend.interpreter import Interpreter


def names_of(cls):
    """The names that a part defines, methods and attributes; not those that others supply to it."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            is_supplied = any(
                isinstance(n, ast.Raise) and "NotImplementedError" in ast.unparse(n) for n in node.body
            )
            goes_on = "super()" in ast.unparse(node)
            if not is_supplied and not goes_on:
                found[node.name] = "method"
            if node.name == "__init__":
                for n in ast.walk(node):
                    if isinstance(n, (ast.Assign, ast.AnnAssign)):
                        targets = n.targets if isinstance(n, ast.Assign) else [n.target]
                        found.update({t.attr: "attribute" for t in targets if isinstance(t, ast.Attribute)})
    return found


def test_no_part_takes_a_name_of_another():
    owners = {}
    for cls in Interpreter.__mro__[:-1]:
        for name, kind in names_of(cls).items():
            owners.setdefault(name, []).append((cls.__name__, kind))
    shared = {name: where for name, where in owners.items() if len(where) > 1 and name != "__init__"}
    assert not shared
