"""What the list is written for: NumPy as it is, or numba (`jit="numba"`)."""
