"""`scipy.special`, at numbers and arrays inside the domains."""

import numpy as np
from scipy import special

from .arguments import A, B, C, P, U
from .harness import case

REAL = [
    special.expm1, special.exp2, special.exp10, special.cosm1, special.cbrt, special.expit, special.log_expit,
    special.erf, special.erfc, special.erfcx, special.erfi, special.dawsn, special.ndtr, special.log_ndtr,
    special.j0, special.j1, special.i0, special.i1, special.i0e, special.i1e, special.airy,
    special.sici, special.fresnel, special.wrightomega,
]  # fmt: skip
POSITIVE = [
    special.log1p, special.entr, special.y0, special.y1, special.k0, special.k1, special.k0e, special.k1e,
    special.gamma, special.gammaln, special.rgamma, special.digamma, special.expi, special.exp1,
    special.spence, special.ellipkm1,
]  # fmt: skip
BELOW_ONE = [special.logit, special.erfcinv, special.ndtri]
HOLOMORPHIC = [special.erf, special.wofz, special.lambertw]
OF_ORDER = [
    special.jv, special.yv, special.iv, special.ive, special.kv, special.kve, special.hankel1, special.hankel2
]  # fmt: skip

CASES = [
    *[case(f, x) for f in REAL for x in (A(3), 0.7, A(2, 2))],
    *[case(f, x) for f in POSITIVE for x in (P(3), 0.7)],
    *[case(f, x) for f in BELOW_ONE for x in (0.4 + 0.3 * U(3), 0.7)],
    *[case(f, U(3)) for f in (special.erfinv, special.ellipk, special.ellipe)],
    *[case(f, -1.4) for f in (special.gamma, special.gammaln, special.rgamma, special.digamma)],
    case(special.ndtri_exp, -P(3)),
    *[case(f, C(3)) for f in HOLOMORPHIC],
    *[case(f, C(3), twice=False) for f in (special.loggamma, special.gamma, special.rgamma)],
    *[case(f, v, P(3), wrt=1) for f in OF_ORDER for v in (0.5, 2.0)],
    *[case(f, 2, P(3), wrt=1) for f in (special.yn, special.kn, special.expn, special.polygamma)],
    case(special.polygamma, 0, 0.7, wrt=1),
    case(special.log_ndtr, np.array([-12.0, -40.0, 9.0])),
    # two arguments, and broadcasting
    *[
        case(f, x, y)
        for f in (special.xlogy, special.rel_entr, special.kl_div, special.beta, special.betaln)
        for x, y in ((P(3), P(3)), (P(2, 1), P(3)), (0.7, P(2)), (0.7, 1.3))
    ],
    *[case(special.poch, P(3), x) for x in (P(3), 0.7)],
    case(special.xlog1py, A(3), U(3)),
    case(special.xlogy, 0.0, 0.7),
    case(special.xlogy, np.array([0.0, 2.0]), P(2)),
    case(special.rel_entr, np.array([0.0, 2.0]), P(2), wrt=1),
    *[case(special.huber, 1.1, x, wrt=(0, 1)) for x in (A(4), 0.3)],
    *[case(special.pseudo_huber, P(4), A(4))],
    case(special.owens_t, A(3), A(3)),
    case(special.voigt_profile, A(3), 0.7, 0.3),
    case(special.voigt_profile, A(3), P(3), P(3)),
    case(special.zeta, 2.5, P(3), wrt=1),
    case(special.binom, 5.3 + P(3), P(3)),
    case(special.comb, 5.3 + P(3), P(3)),
    case(special.comb, 5.3, P(2), repetition=True),
    case(special.multigammaln, 4.2, 3, wrt=0),
    case(special.multigammaln, 4.0 + P(2), 2, wrt=0),
    # incomplete functions, by their variable
    *[case(f, P(3), P(3), wrt=1) for f in (special.gammainc, special.gammaincc)],
    *[case(f, P(3), P(3), wrt=1) for f in (special.chdtr, special.chdtrc)],
    *[case(f, 1.0, np.array([0.3, 2.0]), wrt=1) for f in (special.gammainc, special.gammaincc)],
    *[case(f, P(3), 0.4 + 0.3 * U(3), wrt=1) for f in (special.gammaincinv, special.gammainccinv)],
    *[case(f, P(3), P(3), 0.4 + 0.3 * U(3), wrt=2) for f in (special.betainc, special.betaincinv)],
    *[case(f, P(3), A(3), wrt=1) for f in (special.stdtr,)],
    *[case(f, np.array([0.0, 1.0, 2.5]), P(3), wrt=1) for f in (special.pdtr, special.pdtrc)],
    *[case(f, A(3), 0.3 * P(3)) for f in (special.ellipkinc, special.ellipeinc)],
    case(special.elliprd, P(3), P(3), 2.5 + P(3)),
    case(special.hyp0f1, 1.5, A(3), wrt=1),
    case(special.hyp1f1, 1.5, 2.5, A(3), wrt=2),
    case(special.hyp2f1, 1.5, 0.7, 2.5, 0.5 * U(3), wrt=3),
    case(special.hyperu, 1.5, 2.5, P(3), wrt=2),
    # families
    *[
        case(f, n, U(3), wrt=1)
        for f in (special.eval_legendre, special.eval_chebyt, special.eval_chebyu)
        for n in (0, 1, 4)
    ],
    *[case(f, n, A(3), wrt=1) for f in (special.eval_hermite, special.eval_hermitenorm) for n in (0, 3)],
    case(special.eval_laguerre, np.array([0, 1, 3]), P(3), wrt=1),
    case(special.eval_genlaguerre, 3, 0.5, P(3), wrt=2),
    case(special.eval_gegenbauer, 3, 0.7, U(3), wrt=2),
    case(special.eval_jacobi, 3, 0.7, 0.3, U(3), wrt=3),
    *[
        case(f, n, P(3), wrt=1)
        for f in (special.spherical_jn, special.spherical_yn, special.spherical_in, special.spherical_kn)
        for n in (0, 2)
    ],
    case(special.spherical_jn, 2, P(3), True, wrt=1),
    *[case(f, 1.5, P(3), wrt=1) for f in (special.struve, special.modstruve)],
    *[case(f, A(3)) for f in (special.shichi, special.exprel, special.sindg, special.cosdg, special.tandg)],
    case(special.elliprf, P(3), P(3), 2.5 + P(3)),
    case(special.elliprc, P(3), 2.5 + P(3)),
    *[case(f, P(3), A(3)) for f in (special.powm1, special.boxcox, special.boxcox1p)],
    *[case(f, 0.3 * P(3), P(3)) for f in (special.inv_boxcox, special.inv_boxcox1p)],
    case(special.boxcox, P(2), 0.0),
    case(special.factorial, P(3)),
    case(special.perm, 5.3 + P(3), P(3)),
    *[case(f, P(3), 1.5, P(3), wrt=(0, 2)) for f in (special.gdtr, special.gdtrc)],
    *[case(f, 3.0, 5.0, P(3), wrt=2) for f in (special.fdtr, special.fdtrc)],
    *[case(f, 2, 5, 0.4 + 0.3 * U(3), wrt=2) for f in (special.bdtr, special.nbdtr)],
    *[case(special.ellipj, u, 0.3) for u in (0.4, 2.9, -7.0)],
    case(special.ellipj, 4.0 * A(3), np.array([0.01, 0.4, 0.9])),
    # along axes
    *[case(f, x) for f in (special.softmax, special.log_softmax, special.logsumexp) for x in (A(3), A(2, 3))],
    *[
        case(f, A(2, 3), axis=axis)
        for f in (special.softmax, special.log_softmax, special.logsumexp)
        for axis in (0, 1, -1, (0, 1))
    ],
    *[
        case(special.logsumexp, A(2, 3), axis=axis, keepdims=keepdims)
        for axis in (None, 0, 1, (0, 1))
        for keepdims in (True, False)
    ],
    *[case(special.logsumexp, A(2, 3), axis=axis, b=P(2, 3), wrt=(0, "b")) for axis in (None, 0, 1)],
    case(special.logsumexp, A(2, 3), axis=1, b=P(3), wrt=(0, "b")),
    case(special.logsumexp, A(3), b=np.array([0.01, -2.0, -1.5]), return_sign=True, wrt=(0, "b")),
    case(special.logsumexp, A(2, 3), axis=0, b=np.array([[1.0], [-0.01]]), return_sign=True, wrt=(0, "b")),
    case(special.logsumexp, A(3), b=B(3) * 1.0, wrt=0),
]  # fmt: skip
