"""Einstein summation: the table, what the adjoints look like, and programs with it."""

import numpy as np
import pytest

import transad
import transad.rules.einsum  # noqa: F401

from .cases_einsum import CASES
from .harness import check, check_single_precision
from .references import agrees_with_autograd


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_differences(case):
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeps_single_precision(case):
    check_single_precision(case)


_rng = np.random.default_rng(0)


def lines(f, *args):
    """The statements of the gradient with respect to all arguments, but for comments and the signature."""
    df = transad.grad(f, wrt=tuple(range(len(args))))
    df(*args)
    body = df.source.partition("def ")[2].splitlines()[1:]
    return [line.partition("  # ")[0].strip() for line in body]


def bilinear(x, a, y):
    return np.einsum("i,ij,j->", x, a, y)


def test_adjoints_are_einsums_of_the_other_operands():
    assert lines(bilinear, _rng.normal(size=2), _rng.normal(size=(2, 3)), _rng.normal(size=3)) == [
        "x_bar = np.einsum('ij,j->i', a, y)",
        "a_bar = np.einsum('i,j->ij', x, y)",
        "y_bar = np.einsum('i,ij->j', x, a)",
        "return x_bar, a_bar, y_bar",
    ]


def test_an_inner_product_needs_no_einsum():
    def f(x, y):
        return np.einsum("i,i->", x, y)

    assert lines(f, np.ones(3), np.ones(3)) == ["return y.copy(), x.copy()"]


def test_what_one_operand_sums_alone_is_broadcast():
    def f(a, b):
        return np.sum(np.einsum("ij,jk->i", a, np.exp(b)) ** 2)

    source = "\n".join(lines(f, _rng.normal(size=(2, 3)), _rng.normal(size=(3, 4))))
    assert "np.einsum('i,ij->j', t_2, a)[:, None] * t" in source
    assert "ones" not in source and "broadcast_to" not in source


@pytest.mark.parametrize(("n", "m"), [(4, 3), (2, 3), (3, 1), (2, 1)])
def test_slices_whose_length_may_be_1(n, m):
    def f(a, b):
        return np.sum(np.einsum("i,ij->j", a[1:], b) ** 2) + np.sum(np.einsum("i,ij->ij", a[1:], b) ** 2)

    args = _rng.normal(size=n), _rng.normal(size=(m, 2))
    transad.check_grad(f, *args, wrt=(0, 1))
    transad.check_grad(lambda a, b: np.einsum("i,i->", a[1:], b[2:]) ** 2, args[0], _rng.normal(size=3))


def test_a_view_of_one_operand_is_not_taken_for_a_copy():
    def f(a):
        b = a * 1.0
        d = np.einsum("ii->i", b)
        d *= 2.0
        return np.sum(b**2)

    with pytest.raises(transad.errors.AliasingError):
        transad.grad(f)(np.ones((2, 2)))


def test_a_rank_that_does_not_fit_fails_as_in_numpy():
    def f(a):
        return np.einsum("ijk->i", a).sum()

    with pytest.raises((ValueError, transad.errors.TransadError)):
        transad.grad(f)(np.ones((2, 2)))


def attention(q, k, v):
    s = np.einsum("bhqd,bhkd->bhqk", q, k) / np.sqrt(q.shape[-1])
    s = np.exp(s - np.max(s, axis=-1, keepdims=True))
    p = s / np.sum(s, axis=-1, keepdims=True)
    return np.sum(np.einsum("bhqk,bhkd->bhqd", p, v) ** 2)


def tensor_train(a, b, c):
    full = np.einsum("ia,ajb,bk->ijk", a, b, c, optimize=True)
    return np.sum(np.sin(full))


def pairwise(x, w):
    d = x[:, None, :] - x[None, :, :]
    return np.sum(np.exp(-np.einsum("ijk,kl,ijl->ij", d, w, d)))


def covariance(x):
    r = x - x.mean(axis=0)
    s = np.einsum("ni,nj->ij", r, r) / (len(x) - 1)
    return np.einsum("ij,ji->", s, s) + np.einsum("ij,ij->", s, s)


def rotated(r, s):
    return np.sum(np.einsum("...ia,...jb,...ab->...ij", r, r, s) ** 3)


PROGRAMS = [
    (attention, [_rng.normal(size=(2, 2, n, 2)) for n in (3, 4, 4)]),
    (tensor_train, [_rng.normal(size=s) for s in ((2, 3), (3, 2, 2), (2, 4))]),
    (pairwise, [_rng.normal(size=(4, 2)), np.eye(2) + 0.1]),
    (covariance, [_rng.normal(size=(5, 3))]),
    (rotated, [_rng.normal(size=(4, 2, 2)), _rng.normal(size=(2, 2))]),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_programs_agree_with_autograd(f, args):
    agrees_with_autograd(f, args)
