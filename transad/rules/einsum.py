"""Einstein summation: the adjoint of an operand is the einsum of the others with the seed.

The subscripts of the adjoint are worked out while compiling, by `adjoint_subscripts`. Three kinds of
axes need more than an exchange of subscripts:

    summed out of this operand alone     the adjoint is the same all along it: broadcast, not computed
    a diagonal (one letter twice)        an identity matrix puts the adjoint back onto the diagonal
    of length 1, stretched by others     the adjoint is summed over it
"""

import numpy as np

from transad.rules.helpers import broadcast_like, identity, may_be_one
from transad.rules.registry import compile_time, expansion, linear

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@linear(np.einsum, wrt="operands", each=True, alias="maybe")
def _(y_bar, subscripts, *operands, dtype=None, order="K", casting="safe", optimize=False):
    ranks = tuple([np.ndim(x) for x in operands]) if has_ellipsis(subscripts) else None
    terms, out = canonical(subscripts, ranks)
    bars = tuple([adjoint(y_bar, k, terms, out, operands, optimize) for k in range(len(operands))])
    return bars[0] if len(bars) == 1 else bars


@expansion(np.einsum)
def _(*operands, **options):
    """`einsum(a, [0, 1], b, [1], [0])` is `einsum("ab,b->a", a, b)`; lists are made arrays first."""
    if isinstance(operands[0], str):
        if not any([isinstance(x, (list, tuple)) for x in operands]):
            return NotImplemented
        return np.einsum(operands[0], *[np.asarray(x) for x in operands[1:]], **options)
    subscripts = from_sublists(operands[1::2], operands[-1] if len(operands) % 2 else None)
    return np.einsum(subscripts, *operands[: len(operands) // 2 * 2 : 2], **options)


def adjoint(y_bar, k, terms, out, operands, optimize):
    """The adjoint of operand k."""
    x = operands[k]
    ones = [tuple([may_be_one(x, j) for j in range(np.ndim(x))]) for x in operands]
    subscripts, missing, diagonals, like = adjoint_subscripts(terms, out, k, ones)
    others = operands[:k] + operands[k + 1 :]
    factors = others if out == "" else (y_bar,) + others
    factors = factors + tuple([identity(np.shape(x)[j], x.dtype) for j in diagonals])
    if like == "factor":
        factors = factors + (np.ones_like(x),)
    if len(factors) == 0:
        return broadcast_like(y_bar, x)
    x_bar = factors[0] if is_identity(subscripts) else product(subscripts, factors, optimize)
    if len(missing) > 0:
        x_bar = np.expand_dims(x_bar, missing[0] if len(missing) == 1 else missing)
    x_bar = y_bar * x_bar if out == "" else x_bar
    return broadcast_like(x_bar, x) if like == "smaller" else x_bar


def product(subscripts, factors, optimize):
    """The path of the primal, if it was given, is not that of the adjoint."""
    return np.einsum(subscripts, *factors, optimize=True if isinstance(optimize, (list, tuple)) else optimize)


# ----- subscripts, as strings


@compile_time
def has_ellipsis(subscripts):
    return "..." in subscripts


@compile_time
def from_sublists(sublists, out):
    """Subscripts from lists of numbers and Ellipsis; in implicit form if there is no `out`."""
    numbers = sorted({n for sub in (*sublists, out or ()) for n in sub if n is not Ellipsis})

    def written(sub):
        return "".join("..." if n is Ellipsis else LETTERS[numbers.index(n)] for n in sub)

    inputs = ",".join(map(written, sublists))
    return inputs if out is None else f"{inputs}->{written(out)}"


@compile_time
def canonical(subscripts, ranks):
    """The terms and the output of subscripts in any form, with letters for what an ellipsis stands for."""
    text = subscripts.replace(" ", "")
    inputs, arrow, out = text.partition("->")
    terms = inputs.split(",")
    if "..." in text:
        free = [c for c in LETTERS if c not in text]
        hidden = [rank - len(t.replace("...", "")) if "..." in t else 0 for t, rank in zip(terms, ranks)]
        names = "".join(free[: max(hidden)])
        full = [t.replace("...", names[len(names) - n :]) for t, n in zip(terms, hidden)]
    else:
        names, full = "", terms
    if arrow:
        out = out.replace("...", names)
    else:
        letters = inputs.replace(",", "").replace(".", "")
        out = names + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return tuple(full), out


@compile_time
def is_identity(subscripts):
    """Does an einsum leave its only operand alone?"""
    inputs, _, out = subscripts.partition("->")
    return inputs == out


@compile_time
def adjoint_subscripts(terms, out, k, ones):
    """How the adjoint of operand k is computed from the seed (unless it is a number) and the other operands:

        subscripts  of the einsum that gives it, but for
        missing     axes that have to be inserted afterwards, of length 1, and
        diagonals   axes for which an identity matrix is a further factor
        like        how it compares with the operand then: "smaller" (or equal) in all axes, "larger", or
                    "factor": either, unless ones like the operand are a further factor

    `ones` says of each axis whether its length is 1, None where that is not known.
    """
    term = terms[k]
    factors = [t for j, t in enumerate(terms) if j != k]
    elsewhere = set(out).union(*factors)
    full = set(out)  # letters of which the others surely have the whole length
    for j, (t, lengths) in enumerate(zip(terms, ones)):
        full |= {c for c, one in zip(t, lengths) if j != k and one is False}
    mine = ones[k]
    like = "smaller"
    if any(one is None and c in elsewhere for c, one in zip(term, mine)):
        like = "larger" if all(one or c in full for c, one in zip(term, mine)) else "factor"
    wanted, missing, diagonals, extra = "", [], [], []
    spare = [c for c in LETTERS if c not in "".join(terms) + out]
    for j, c in enumerate(term):
        if c in term[:j]:
            fresh = spare.pop(0)
            diagonals.append(j)
            extra.append(c + fresh)
            wanted += fresh
        elif mine[j] or c not in elsewhere and term.count(c) == 1 and like != "factor":
            missing.append(j)
        else:
            wanted += c
    if diagonals and like == "factor":
        raise NotImplementedError(
            "an einsum takes a diagonal of what may have length 1", "take it with np.diagonal before"
        )
    inputs = [*([out] if out else []), *factors, *extra, *([term] if like == "factor" else [])]
    return f"{','.join(inputs)}->{wanted}", tuple(missing), tuple(diagonals), like
