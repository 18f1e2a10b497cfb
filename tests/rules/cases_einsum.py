"""Einstein summation: every form of the subscripts, axes of every kind, any number of operands."""

import numpy as np

from .arguments import A, C
from .harness import case

FORMS = [
    # contractions
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ba,cb", (2, 3), (4, 2)), ("i,i", (3,), (3,)),
    ("i,j->ij", (2,), (3,)), ("i,j->ji", (2,), (3,)), ("ij,ij->", (2, 3), (2, 3)),
    ("ij,ij->i", (2, 3), (2, 3)), ("bqd,bkd->bqk", (2, 3, 2), (2, 4, 2)), ("i,ij,j->", (2,), (2, 3), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("i,i,i->i", (3,), (3,), (3,)),
    (" i j , j -> i ", (2, 3), (3,)),
    # one operand: transposed, summed, diagonals
    ("ij->ji", (2, 3)), ("ji", (2, 3)), ("ijk->kij", (2, 3, 4)), ("ij->", (2, 3)), ("ij->j", (2, 3)),
    ("ijk->j", (2, 3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ii->", (3, 3)), ("iij->ij", (2, 2, 3)),
    ("iij->j", (2, 2, 3)), ("iji->j", (2, 3, 2)), ("iii->i", (2, 2, 2)), ("iii", (2, 2, 2)),
    ("ijij->ij", (2, 3, 2, 3)), ("ijij", (2, 3, 2, 3)),
    # diagonals and sums with other operands
    ("ii,i->i", (3, 3), (3,)), ("ii,ij->j", (3, 3), (3, 2)), ("ii,jj->", (2, 2), (3, 3)),
    ("ij,k->k", (2, 3), (4,)), ("ij,i->i", (2, 3), (2,)), ("ijk,i->k", (2, 3, 4), (2,)),
    # an ellipsis: axes that are broadcast
    ("...ij,...j->...i", (2, 3, 3), (2, 3)), ("...ij,...j->...i", (2, 3, 3), (3,)),
    ("...ij,...jk", (4, 2, 3), (3, 2)), ("i...,i...->...", (2, 3), (2, 4, 3)), ("...,...", (2, 3), (3,)),
    ("...->...", (2, 3)), ("i...->...i", (2, 3, 4)), ("...ii->...i", (2, 3, 3)), ("...i->...", (2, 3)),
    ("...ij,jk->...ik", (5, 2, 3), (3, 2)), ("b...i,b...i->b...", (2, 4, 3), (2, 4, 3)),
    # axes of length 1, stretched; empty ones
    ("ij,jk->ik", (2, 1), (3, 4)), ("i,i->i", (1,), (3,)), ("i,i->", (1,), (3,)),
    ("ij,ij->ij", (1, 3), (2, 1)), ("...i,...i->...i", (1, 3), (2, 3)), ("ij,ij->j", (1, 1), (2, 3)),
    ("...i,...i->...", (2, 1, 3), (1, 4, 3)),
    ("ii->i", (1, 1)), ("i,i->i", (0,), (0,)), ("ij->i", (0, 3)), ("ij,jk->ik", (2, 0), (0, 3)),
]  # fmt: skip

CASES = [
    *[case(np.einsum, text, *(A(*s) for s in shapes)) for text, *shapes in FORMS],
    case(np.einsum, ",i->i", 0.7, A(3)),
    case(np.einsum, ",", 0.7, 0.3),
    case(np.einsum, "...,...", A(2, 3), 0.3),
    # lists of axes
    case(np.einsum, A(2, 3), [0, 1], A(3, 4), [1, 2], [0, 2], wrt=(0, 2)),
    case(np.einsum, A(2, 3), [5, 1], A(3, 4), [1, 7], wrt=(0, 2)),
    case(np.einsum, A(3, 3), [0, 0], wrt=0),
    case(np.einsum, A(2, 3), [..., 0], A(4, 2, 3), [..., 0], [0, ...], wrt=(0, 2)),
    # options
    *[
        case(np.einsum, "ij,jk,kl->il", A(2, 3), A(3, 4), A(4, 2), optimize=o)
        for o in (True, "greedy", "optimal", ["einsum_path", (0, 1), (0, 1)])
    ],
    case(np.einsum, "i,i->", A(3), A(3), optimize=True),
    case(np.einsum, "i,i,i->", A(3), A(3), A(3), optimize=True),
    # complex
    case(np.einsum, "ij,jk->ik", C(2, 3), C(3, 2)),
    case(np.einsum, "ij,j->i", A(2, 3), C(3)),
    case(np.einsum, "ii->i", C(2, 2)),
]
