"""Products of matrices in compiled code: small ones as loops, large ones by BLAS.

numba compiles a product anew for each order that its operands are stored in, which takes it most of a second
each. One function for all of them takes matrices stored by rows and whether they are meant transposed. It
calls the same routine of BLAS as numba's own product. Its types are declared, or numba would compile it anew
for each pair of constants that say what is transposed.

The text of the function, and of the lines before it, becomes part of the generated module.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from transad.ir.core import Primitive

DECLARED = """\
gemm = numba.types.ExternalFunction(
    "numba_xxgemm", numba.types.intc(*[numba.types.uint8] * 3, *[numba.types.intp] * 11)
)  # that of BLAS, as numba calls it
matrix = numba.types.Array(numba.float64, 2, "C", readonly=True)


@numba.njit(numba.float64[:, ::1](matrix, numba.boolean, matrix, numba.boolean), cache=True)
"""


def gemm(*args: Any) -> int:
    """Stands for BLAS where the function below is read as Python."""
    raise NotImplementedError


def product(a, a_turned, b, b_turned):
    """`a @ b`, of matrices stored by rows; `a_turned`: it is `a.T`, and `b_turned` likewise."""
    m, k = a.shape
    if a_turned:
        m, k = k, m
    n = b.shape[1]
    if b_turned:
        n = b.shape[0]
    if k != (b.shape[1] if b_turned else b.shape[0]):
        raise ValueError("matmul: the lengths of the axes that are summed over differ")
    if m * n * k > 2000:
        out = np.empty((m, n))
        factors = np.empty(2)  # out = 1.0 * a @ b + 0.0 * out
        factors[0], factors[1] = 1.0, 0.0
        one = factors.ctypes.data
        p, q = b.ctypes.data, a.ctypes.data  # BLAS has columns where we have rows
        left, right = 116 if b_turned else 110, 116 if a_turned else 110  # "t", "n"
        told = gemm(100, left, right, n, m, k, one, p, b.shape[1], q, a.shape[1], one + 8, out.ctypes.data, n)
        if told < 0 or factors[1] != 0.0:  # (they must live until here)
            raise RuntimeError("BLAS refuses a product")
        return out
    out = np.zeros((m, n))
    for i in range(m):
        for l in range(k):  # noqa: E741
            x = a[l, i] if a_turned else a[i, l]
            if b_turned:
                for j in range(n):
                    out[i, j] += x * b[j, l]
            else:
                for j in range(n):
                    out[i, j] += x * b[l, j]
    return out


PRODUCT = Primitive("product", product)


def text() -> str:
    """What the module of a derivative that calls the function begins with."""
    return DECLARED + inspect.getsource(product).replace("  # noqa: E741", "").rstrip()
