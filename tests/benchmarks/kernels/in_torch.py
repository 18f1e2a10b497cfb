"""PyTorch's functions under the names and with the arguments of NumPy's, as far as the kernels need them.

The kernels themselves are run as they are, writes and element loops included.
"""

from __future__ import annotations

from typing import Any

import torch


def tensor(x: Any) -> torch.Tensor:
    return torch.as_tensor(x, dtype=torch.float64)


def lengths(shape: Any) -> tuple:
    return tuple(shape) if isinstance(shape, (tuple, list, torch.Size)) else (shape,)


class Linalg:
    inv, det, cholesky, solve = torch.linalg.inv, torch.linalg.det, torch.linalg.cholesky, torch.linalg.solve


class Names:
    linalg = Linalg
    sum, mean, tril, outer, dot = torch.sum, torch.mean, torch.tril, torch.outer, torch.dot
    exp, log, tanh, sqrt = (
        staticmethod(lambda x, f=f: f(tensor(x))) for f in (torch.exp, torch.log, torch.tanh, torch.sqrt)
    )
    zeros_like, ones_like, diagonal, roll = torch.zeros_like, torch.ones_like, torch.diagonal, torch.roll

    @staticmethod
    def zeros(shape: Any) -> torch.Tensor:
        return torch.zeros(lengths(shape), dtype=torch.float64)

    @staticmethod
    def full(shape: Any, value: float) -> torch.Tensor:
        return torch.full(lengths(shape), value, dtype=torch.float64)

    @staticmethod
    def eye(n: int) -> torch.Tensor:
        return torch.eye(n, dtype=torch.float64)

    @staticmethod
    def flip(x: torch.Tensor) -> torch.Tensor:
        return torch.flip(x, (0,))

    @staticmethod
    def max(x: torch.Tensor, axis: int, keepdims: bool = False) -> torch.Tensor:
        return torch.amax(x, axis, keepdim=keepdims)

    @staticmethod
    def std(x: torch.Tensor, axis: int) -> torch.Tensor:
        return torch.std(x, axis, correction=0)

    @staticmethod
    def where(condition: torch.Tensor, x: Any, y: Any) -> torch.Tensor:
        return torch.where(condition, tensor(x), tensor(y))

    @staticmethod
    def maximum(x: Any, y: Any) -> torch.Tensor:
        return torch.maximum(tensor(x), tensor(y))

    @staticmethod
    def logaddexp(x: Any, y: Any) -> torch.Tensor:
        return torch.logaddexp(tensor(x), tensor(y))

    @staticmethod
    def tensordot(x: torch.Tensor, y: torch.Tensor, axes: int) -> torch.Tensor:
        return torch.tensordot(x, y, axes)
