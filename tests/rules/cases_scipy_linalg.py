"""scipy.linalg: every way to call it, real and complex."""

import numpy as np
from scipy import linalg

from .arguments import A, C, P, S, U
from .cases_linalg import G, H, Z
from .harness import case

HALF = 0.3 * A(3, 3)
BANDS = np.array([[0.0, 0.0, 0.2, 0.3], [0.0, 0.5, 0.4, 0.6], [4.0, 5.0, 6.0, 7.0]])

CASES = [
    *[case(f, G(3, 3)) for f in (linalg.inv, linalg.det, linalg.svdvals, linalg.eigvals)],
    case(linalg.norm, A(2, 3)),
    case(linalg.svd, G(3, 2), full_matrices=False),
    case(linalg.svd, G(3, 2), compute_uv=False),
    case(linalg.qr, G(3, 2), mode="economic"),
    case(linalg.qr, G(3, 3)),
    case(linalg.eig, G(3, 3)),
    # systems
    *[case(linalg.solve, G(3, 3), A(*s)) for s in ((3,), (3, 2))],
    case(linalg.solve, G(3, 3), A(3), transposed=True),
    *[
        case(linalg.solve, S(3, 3), A(3), assume_a=k, lower=low)
        for k in ("pos", "sym")
        for low in (False, True)
    ],
    *[
        case(linalg.solve_triangular, G(3, 3), A(*s), trans=trans, lower=lower, unit_diagonal=unit)
        for s in ((3,), (3, 2))
        for trans in (0, 1, "T")
        for lower in (False, True)
        for unit in (False, True)
    ],
    case(linalg.solve_triangular, Z(3, 3), C(3), lower=True),
    case(linalg.solve_triangular, G(3, 3), A(3), check_finite=False),
    *[case(linalg.cholesky, S(3, 3), lower, symmetric=True) for lower in (False, True)],
    case(linalg.cholesky, H(3, 3), symmetric=True),
    *[case(linalg.cho_solve, (np.linalg.cholesky(S(3, 3)), True), A(*s), wrt=1) for s in ((3,), (3, 2))],
    *[case(linalg.lu_factor, m) for m in (G(3, 3), G(3, 3)[[2, 0, 1]], Z(2, 2), np.array([[2.0]]))],
    *[case(linalg.eigh, S(3, 3), lower=k, eigvals_only=True, symmetric=True) for k in (False, True)],
    case(linalg.eigvalsh, S(3, 3), S(3, 3), symmetric=True),
    case(linalg.eigvalsh, H(3, 3), symmetric=True),
    # functions of matrices, equations
    *[case(linalg.expm, x) for x in (HALF, 0.4 * C(2, 2), 0.3 * A(2, 2, 2), np.zeros((2, 2)))],
    case(linalg.expm_frechet, HALF, A(3, 3)),
    case(linalg.expm_frechet, HALF, A(3, 3), compute_expm=False),
    *[case(f, x) for f in (linalg.sqrtm, linalg.logm) for x in (G(3, 3) + 2.0 * np.eye(3), H(2, 2))],
    case(linalg.solve_sylvester, G(3, 3), G(2, 2), A(3, 2)),
    case(linalg.solve_continuous_lyapunov, G(3, 3), A(3, 3)),
    case(linalg.solve_discrete_lyapunov, 0.3 * G(3, 3) / 2.0, A(3, 3)),
    # structure
    case(linalg.block_diag, A(2, 3), A(1, 2), A(2)),
    case(linalg.block_diag, A(2, 3), 0.7),
    case(linalg.toeplitz, A(3)),
    case(linalg.toeplitz, A(3), A(4)),
    case(linalg.toeplitz, C(3)),
    case(linalg.hankel, A(3)),
    case(linalg.hankel, A(3), A(2)),
    case(linalg.circulant, A(4)),
    *[case(linalg.solve_toeplitz, (4.0 + P(4), A(4)), A(*s)) for s in ((4,), (4, 2))],
    case(linalg.solve_toeplitz, 4.0 * np.eye(1, 4)[0] + U(4), A(4)),
    case(linalg.solve_toeplitz, (4.0 + C(3), C(3)), C(3), check_finite=False),
    *[case(linalg.matmul_toeplitz, c, A(3, 2)) for c in (A(3), (A(3), A(3)))],
    *[case(linalg.solveh_banded, BANDS, A(*s), wrt=1) for s in ((4,), (4, 2))],
    case(linalg.solveh_banded, BANDS[::-1].copy(), A(4), lower=True),
    case(linalg.eigh_tridiagonal, 2.0 * np.arange(3.0), P(2), eigvals_only=True),
    case(linalg.eigvalsh_tridiagonal, 2.0 * np.arange(3.0), P(2)),
    case(linalg.lu, G(3, 3)[[2, 0, 1]]),
    *[case(linalg.lu, G(3, 3), **o) for o in ({"permute_l": True}, {"p_indices": True})],
    *[case(linalg.polar, x, side) for x, side in ((G(3, 3), "left"), (G(4, 2), "right"), (Z(3, 3), "right"))],
    case(linalg.polar, np.eye(3)),
    # more functions of matrices
    *[case(f, HALF) for f in (linalg.sinm, linalg.cosm, linalg.sinhm, linalg.coshm, linalg.tanhm)],
    case(linalg.cosm, 0.4 * C(2, 2)),
    case(linalg.pinv, G(3, 2)),
]
