"""What a function raises, its derivative raises; what follows is not nested in a branch for that."""

import pytest

import transad


def validated(x):
    if x > 10:
        raise ValueError(f"{x!r} is too large: {x:>8.2f} {{mm}}")
    y = x * x
    if y > 50:
        raise Told(y, more=x)
    return y * x


class Told(Exception):
    def __init__(self, value, more=0.0):
        super().__init__(value)
        self.value, self.more = value, more


def test_a_raise_guards_what_follows_it():
    df = transad.grad(validated)
    assert df(3.0) == pytest.approx(27.0)
    lines = df.source.splitlines()
    assert "        raise ValueError(f'{x!r} is too large: {x:>8.2f} {{mm}}')" in lines
    assert "        raise Told(y, more=x)" in lines
    assert "else" not in df.source


@pytest.mark.parametrize("x", [11.0, 8.0])
def test_the_derivative_raises_the_same(x):
    with pytest.raises((ValueError, Told)) as wanted:
        validated(x)
    with pytest.raises(wanted.type) as found:
        transad.grad(validated)(x)
    assert str(found.value) == str(wanted.value)
    assert vars(found.value) == vars(wanted.value)
