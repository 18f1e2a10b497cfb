"""Well-known kernels in plain NumPy, each with its derivative written by hand."""

from __future__ import annotations

from . import dense, stencils
from .case import Kernel

ALL: dict[str, Kernel] = {kernel.name: kernel for family in (stencils, dense) for kernel in family.KERNELS}
