"""Well-known kernels in plain NumPy, each with its derivative written by hand."""

from __future__ import annotations

from . import dense, dynamics, losses, networks, stencils
from .case import Kernel

FAMILIES = (stencils, dense, dynamics, networks, losses)
ALL: dict[str, Kernel] = {kernel.name: kernel for family in FAMILIES for kernel in family.KERNELS}

# element loops and recurrences in place: what has to be rewritten for JAX
IN_PLACE = {
    "jacobi_1d", "jacobi_2d", "heat_3d", "seidel_2d", "fdtd_2d", "adi", "vadv", "cholesky", "lu", "trisolv",
    "durbin", "gramschmidt", "covariance", "correlation", "syrk", "trmm", "go_fast", "soft_dtw", "conv2d",
}  # fmt: skip
# one or a few large calls of BLAS, and little else
PRODUCTS = {"two_mm", "three_mm", "mlp", "factorisation"}
# vectorised losses, which have a medium size too
LOSSES = [name for name, kernel in ALL.items() if kernel.medium is not None]
