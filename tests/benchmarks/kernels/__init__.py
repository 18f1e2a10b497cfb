"""Well-known kernels in plain NumPy, each with its derivative written by hand."""

from __future__ import annotations

from . import dense, dynamics, losses, networks, stencils
from .case import Kernel

FAMILIES = (stencils, dense, dynamics, networks, losses)
ALL: dict[str, Kernel] = {kernel.name: kernel for family in FAMILIES for kernel in family.KERNELS}
