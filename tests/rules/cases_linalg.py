"""Systems, decompositions, norms: vectors, matrices and stacks of them, tall and wide, complex."""

import numpy as np

from .arguments import A, C, S
from .harness import case


def H(*shape):
    """Hermitian positive definite matrices."""
    a = C(*shape)
    return a @ np.conj(np.swapaxes(a, -1, -2)) + shape[-1] * np.eye(shape[-1])


def G(*shape):
    """Matrices whose singular values are well apart."""
    k = min(shape[-2:])
    return 0.3 * A(*shape) + np.eye(*shape[-2:]) * np.arange(1.0, shape[-1] + 1.0) * 1.5 if k else A(*shape)


def Z(*shape):
    """Complex ones."""
    return G(*shape) + 0.2 * C(*shape)


L = np.linalg
CASES = [
    # systems
    *[
        case(np.linalg.solve, S(*s), A(*t))
        for s, t in (((3, 3), (3,)), ((3, 3), (3, 2)), ((4, 3, 3), (4, 3, 2)))
    ],
    *[
        case(np.linalg.solve, S(*s), A(*t))
        for s, t in (((4, 3, 3), (3,)), ((3, 3), (4, 3, 2)), ((4, 3, 3), (3, 2)))
    ],
    case(np.linalg.solve, C(2, 2) + np.diag([3.0, 3.0]), C(2)),
    *[case(np.linalg.inv, S(*s)) for s in ((3, 3), (2, 3, 3))],
    *[case(f, S(*s)) for f in (np.linalg.det, np.linalg.slogdet) for s in ((3, 3), (2, 3, 3), (1, 1))],
    *[case(np.linalg.cholesky, S(*s), symmetric=True) for s in ((3, 3), (2, 3, 3))],
    # norms
    *[case(np.linalg.norm, A(*s)) for s in ((3,), (2, 3), (2, 3, 4), (1,))],
    *[case(np.linalg.norm, A(3), p, wrt=0) for p in (1, 2, 3, 2.5, -1, np.inf, -np.inf)],
    *[case(np.linalg.norm, A(2, 3), p, axis=k, wrt=0) for p in (None, 1, 2, 3, np.inf) for k in (0, 1, -1)],
    *[case(np.linalg.norm, A(2, 3), p, axis=1, keepdims=True, wrt=0) for p in (None, 1, 3, np.inf)],
    *[case(np.linalg.norm, A(2, 3), "fro", keepdims=keepdims) for keepdims in (False, True)],
    case(np.linalg.norm, A(2, 3, 4), axis=(0, 2)),
    case(np.linalg.norm, A(2, 3, 4), "fro", axis=(1, 2)),
    case(np.linalg.norm, C(3)),
    case(np.linalg.norm, C(3), 3, wrt=0),
    # matrix norms
    *[case(L.norm, G(3, 2), p, wrt=0) for p in (1, -1, np.inf, -np.inf, 2, -2, "nuc")],
    *[case(L.norm, G(2, 3), p, wrt=0) for p in (1, -np.inf, 2, "nuc")],
    *[case(L.norm, G(2, 4, 3), p, axis=(1, 2), wrt=0) for p in (1, np.inf, 2, "nuc")],
    *[case(L.norm, G(3, 2, 4), p, axis=(2, 0), keepdims=True, wrt=0) for p in (1, -np.inf, 2, "nuc", "fro")],
    case(L.norm, Z(2, 3), 2),
    case(L.norm, C(2, 3), 1),
    *[case(L.cond, G(3, 3), p, wrt=0) for p in (None, 1, 2, -2, np.inf, "fro")],
    case(L.cond, G(2, 4, 3)),
    *[
        case(getattr(L, name), *args, **kwargs)
        for name, args, kwargs in (
            ("svdvals", (G(3, 2),), {}),
            ("vector_norm", (A(2, 3),), {}),
            ("vector_norm", (A(2, 3),), {"axis": 1, "ord": 3}),
            ("vector_norm", (A(2, 3, 2),), {"axis": (0, 2), "keepdims": True}),
            ("matrix_norm", (G(2, 4, 3),), {}),
            ("matrix_norm", (G(2, 4, 3),), {"ord": "nuc", "keepdims": True}),
        )
        if hasattr(L, name)
    ],
    # complex, Hermitian
    case(L.slogdet, Z(3, 3)),
    case(L.det, Z(2, 3, 3)),
    case(L.inv, Z(3, 3)),
    case(L.solve, Z(3, 3), A(3, 2)),
    case(L.cholesky, H(3, 3), symmetric=True),
    *([case(L.cholesky, S(3, 3), upper=True, symmetric=True)] if hasattr(L, "svdvals") else []),
    # pseudo-inverse and least squares
    *[case(L.pinv, G(*s)) for s in ((3, 2), (2, 3), (3, 3), (2, 4, 3))],
    case(L.pinv, Z(3, 2)),
    case(L.pinv, G(3, 2), 1e-10, wrt=0),
    *[case(L.lstsq, G(*s), A(*t), None) for s, t in (((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 3), (2,)))],
    case(L.lstsq, G(3, 3), A(3), None),
    case(L.lstsq, Z(4, 2), C(4), None),
    case(L.tensorinv, G(6, 6).reshape(2, 3, 6), ind=2),
    case(L.tensorinv, G(6, 6).reshape(6, 2, 3), ind=1),
    case(L.tensorsolve, G(6, 6).reshape(2, 3, 6), A(2, 3)),
    case(L.tensorsolve, np.moveaxis(G(6, 6).reshape(6, 2, 3), 1, 0), A(6), axes=(0, 2)),
    # singular values
    *[case(L.svd, G(*s), full_matrices=False) for s in ((3, 2), (2, 3), (3, 3), (2, 4, 3), (1, 1), (3, 1))],
    *[case(L.svd, G(*s), compute_uv=False) for s in ((3, 2), (2, 3, 4))],
    case(L.svd, G(3, 3)),
    case(L.svd, Z(3, 2), compute_uv=False),
    # eigenvalues
    *[case(L.eigh, G(*s) @ np.swapaxes(G(*s), -1, -2), symmetric=True) for s in ((3, 3), (2, 3, 3), (1, 1))],
    case(L.eigh, S(3, 3), "U", symmetric=True),
    *[case(L.eigvalsh, S(*s), symmetric=True) for s in ((3, 3), (2, 3, 3))],
    case(L.eigvalsh, H(3, 3), symmetric=True),
    *[case(f, x) for x in (G(3, 3), G(2, 3, 3), Z(3, 3)) for f in (L.eig, L.eigvals)],
    *[case(f, np.array([[0.5, 2.0, 0.1], [-1.0, 0.3, 0.7], [0.2, 0.1, 1.9]])) for f in (L.eig, L.eigvals)],
    # QR
    *[case(L.qr, G(*s)) for s in ((3, 2), (2, 3), (3, 3), (2, 4, 3), (2, 2, 3), (1, 1))],
    case(L.qr, G(3, 2), "r"),
    case(L.qr, Z(3, 2)),
    case(L.qr, Z(2, 3)),
]
