"""transad: the source of the derivative of a Python/NumPy function, from its source."""

from transad.api import (
    checkpoint,
    derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    pullback,
    pushforward,
    stop_gradient,
    value_and_grad,
    vjp,
)
from transad.checking import check_grad, check_rule
from transad.derivative import Derivative
from transad.errors import (
    AliasingError,
    ArgumentError,
    GradientCheckError,
    InternalError,
    NonScalarError,
    NoRuleError,
    NotCompiledWarning,
    SourceError,
    TransadError,
    UnsupportedError,
)
from transad.rules.control import on_grad
from transad.rules.registry import linear, nondifferentiable, partials

__version__ = "0.1.0"

__all__ = [
    "AliasingError",
    "ArgumentError",
    "Derivative",
    "GradientCheckError",
    "InternalError",
    "NoRuleError",
    "NonScalarError",
    "NotCompiledWarning",
    "SourceError",
    "TransadError",
    "UnsupportedError",
    "check_grad",
    "check_rule",
    "checkpoint",
    "derivative",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "linear",
    "nondifferentiable",
    "on_grad",
    "partials",
    "pullback",
    "pushforward",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
