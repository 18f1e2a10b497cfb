"""transad: the source of the derivative of a Python/NumPy function, from its source."""

__version__ = "0.1.0"
