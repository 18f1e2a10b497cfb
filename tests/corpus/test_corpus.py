"""Every program of the corpus is differentiated rightly in every mode, or refused as it says."""

import contextlib
import copy
import io
import re

import numpy as np
import pytest
from frontend.agreement import agree
from reference.differences import flatten

import transad
from corpus import runner

PROGRAMS = runner.load()
NAMES = [program.name for program in PROGRAMS]


def test_names_are_unique():
    assert len(set(NAMES)) == len(NAMES), sorted(name for name in NAMES if NAMES.count(name) > 1)


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_program(program):
    with contextlib.redirect_stdout(io.StringIO()):
        if program.says is not None:
            refuse(program)
        else:
            agree(program.function, program.args, program.wrt, program.twice)
            leaves_the_arguments(program)


def leaves_the_arguments(program):
    """The arguments are after the gradient what they were before it, or what the program makes of them."""
    given, changed = program.arguments(), program.arguments()
    program.function(*changed)
    transad.grad(program.function, wrt=program.wrt)(*given)
    after = flatten(given)
    assert any(np.array_equal(after, flatten(allowed)) for allowed in (program.args, changed)), given


def refuse(program):
    with pytest.raises(transad.TransadError, match="(?s)" + re.escape(program.says)) as caught:
        transad.grad(program.function, wrt=program.wrt)(*copy.deepcopy(program.args))
    assert ".py:" in str(caught.value).splitlines()[0], caught.value
    assert caught.value.cure, caught.value
