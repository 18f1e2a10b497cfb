"""scipy.linalg, loaded once the user has imported it."""

import numpy as np
import scipy.linalg

from transad.rules.registry import expansion


@expansion(scipy.linalg.inv)
def _(a, overwrite_a=False, check_finite=True):
    return np.linalg.inv(a)


@expansion(scipy.linalg.det)
def _(a, overwrite_a=False, check_finite=True):
    return np.linalg.det(a)
