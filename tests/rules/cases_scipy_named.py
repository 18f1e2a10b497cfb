"""Functions of SciPy that are others under another name, or one minus others."""

import numpy as np
from scipy import integrate, linalg, special, stats

from .arguments import A, P, U
from .cases_linalg import G
from .harness import case

COUNTS = np.array([0, 2, 5])

CASES = [
    case(integrate.trapezoid, A(3, 4), np.cumsum(P(3)), axis=0),
    case(integrate.cumulative_trapezoid, A(3, 4), dx=0.3, initial=0.0),
    *[case(integrate.simpson, A(n), np.cumsum(P(n)), wrt=(0, 1)) for n in (2, 4, 5)],
    *[case(f, 1.7, 2.5, 0.5 + 0.4 * U(3), wrt=2) for f in (special.betaincc, special.betainccinv)],
    *[case(linalg.lu_solve, linalg.lu_factor(G(3, 3)), A(3), trans=t, wrt=1) for t in (0, 1)],
    case(stats.dirichlet.pdf, np.array([0.2, 0.3, 0.5]), P(3), wrt=1),
    case(stats.geom.pmf, 1 + COUNTS, 0.3, wrt=1),
    case(stats.nbinom.pmf, COUNTS, 2.5, 0.3, wrt=(1, 2)),
    case(stats.pareto.pdf, 1.0 + P(3), 2.5),
    case(stats.vonmises.pdf, A(3), 1.7),
]
