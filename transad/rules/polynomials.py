"""Polynomials given by their coefficients, highest power first, and the convolution that multiplies them.

Where an argument is a list, it is made an array first: the adjoint of `np.array` is a list again.
"""

import numpy as np

from transad.rules.helpers import filling, known, known_equal, update, with_shape_of
from transad.rules.registry import expansion, jvp, linear, vjp


def is_list(x):
    return isinstance(x, (list, tuple))


def array_of(x):
    return np.array(x) if is_list(x) else x


# ----- convolution: adjoints are found from that of the full one, of which other modes are a part


@linear(np.convolve, wrt=(0, 1), each=True)
def _(y_bar, a, v, mode="full"):
    g = y_bar
    if mode != "full":
        m, n = np.shape(a)[0], np.shape(v)[0]
        start = min(m, n) - 1 if mode == "valid" else (min(m, n) - 1) // 2
        whole = np.zeros(m + n - 1, dtype=y_bar.dtype)
        g = update(whole, y_bar, slice(start, start + np.shape(y_bar)[0]))
    a_bar, v_bar = np.convolve(g, v[::-1], "valid"), np.convolve(g, a[::-1], "valid")
    return with_shape_of(a, a_bar), with_shape_of(v, v_bar)


@expansion(np.convolve)
def _(a, v, mode="full"):
    if is_list(a) or is_list(v) or np.ndim(a) == 0 or np.ndim(v) == 0:
        return np.convolve(vector_of(a), vector_of(v), mode)
    if mode not in ("full", "same", "valid"):
        raise NotImplementedError("np.convolve has the modes 'full', 'same' and 'valid'", "name one of them")
    return NotImplemented


@expansion(np.correlate)
def _(a, v, mode="valid"):
    if is_list(a) or is_list(v):
        return np.correlate(array_of(a), array_of(v), mode)
    if mode != "same":
        return np.convolve(a, np.conj(v[::-1]), mode)
    m, n = np.shape(a)[0], np.shape(v)[0]  # NumPy exchanges them if the second is longer
    start = (n - 1) // 2 if m >= n else m // 2
    return np.convolve(a, np.conj(v[::-1]))[start : start + max(m, n)]


# ----- evaluation


def counted(first, last, dtype):
    """Integers from the one to the other, as factors that do not change the precision."""
    step = 1 if known(first) and first == 1 else -1
    if known(dtype) and dtype == np.float64:
        return np.arange(first, last + step, step)
    return np.arange(first, last + step, step, dtype=dtype)


def lowered(p):
    """The coefficients of the derivative, in their precision."""
    return p[:-1] * counted(np.shape(p)[0] - 1, 1, p.dtype)


@vjp(np.polyval)
def _(y_bar, y, p, x):
    return y_bar_times_powers(y_bar, x, len(p)), y_bar * np.polyval(lowered(p), x)


def y_bar_times_powers(y_bar, x, n):
    if np.ndim(x) == 0:
        return y_bar * np.vander(np.array([x]), n)[0]
    if filling(y_bar) is not None:
        return filling(y_bar) * np.sum(np.vander(np.ravel(x), n), axis=0)
    if np.ndim(x) == 1:
        return y_bar @ np.vander(x, n)
    return np.ravel(y_bar) @ np.vander(np.ravel(x), n)


@jvp(np.polyval)
def _(y, p_dot, x_dot, p, x):
    return np.polyval(p_dot, x) + np.polyval(lowered(p), x) * x_dot


@expansion(np.polyval)
def _(p, x):
    if hasattr(p, "coeffs"):  # np.poly1d
        return np.polyval(p.coeffs, x)
    if is_list(p) or is_list(x):
        return np.polyval(array_of(p), array_of(x))
    return NotImplemented


@vjp(np.vander)
def _(y_bar, y, x, N=None, increasing=False):
    n = np.shape(y)[1] - 1
    if increasing:
        return np.sum(y_bar[:, 1:] * y[:, :-1] * counted(1, n, y.dtype), axis=1)
    return np.sum(y_bar[:, :-1] * y[:, 1:] * counted(n, 1, y.dtype), axis=1)


@jvp(np.vander)
def _(y, x_dot, x, N=None, increasing=False):
    n = np.shape(y)[1] - 1
    zero = np.zeros_like(x_dot)[:, None]
    if increasing:
        slope = y[:, :-1] * counted(1, n, y.dtype) * x_dot[:, None]
        return np.concatenate([zero, slope], axis=1)[:, : n + 1]
    slope = y[:, 1:] * counted(n, 1, y.dtype) * x_dot[:, None]
    return np.concatenate([slope, zero], axis=1)[:, : n + 1]


@expansion(np.vander)
def _(x, N=None, increasing=False):
    return np.vander(np.array(x), N, increasing) if is_list(x) else NotImplemented


# ----- arithmetic. NumPy drops leading zeros of a product: here they are kept, as in JAX, since the
# derivative needs the coefficients that are zero just now.


@expansion(np.polyder)
def _(p, m=1):
    d = array_of(p)
    for _ in range(m):
        d = d[:-1] * np.arange(np.shape(d)[0] - 1, 0, -1)
    return d


@expansion(np.polyint)
def _(p, m=1, k=None):
    y = array_of(p)
    for j in range(m):
        y = np.append(y / np.arange(np.shape(y)[0], 0, -1), constant_of_integration(k, j))
    return y


def constant_of_integration(k, j):
    if k is None:
        return 0.0
    if is_list(k):
        return k[0] if len(k) == 1 else k[j]
    return k if np.ndim(k) == 0 else k[j]


def last(g, a):
    """The end of `g` that belongs to `a`."""
    if np.ndim(a) == 0:
        return g[-1]
    n = np.shape(a)[0]
    return g if known_equal(n, np.shape(g)[0]) else with_shape_of(a, g[np.shape(g)[0] - n :])


@linear(np.polyadd, wrt=("a1", "a2"))
def _(y_bar, a1, a2):
    return last(y_bar, a1), last(y_bar, a2)


@linear(np.polysub, wrt=("a1", "a2"))
def _(y_bar, a1, a2):
    return last(y_bar, a1), -last(y_bar, a2)


@expansion(np.polyadd)
def _(a1, a2):
    if is_list(a1) or is_list(a2):
        return np.polyadd(array_of(a1), array_of(a2))
    return NotImplemented


@expansion(np.polysub)
def _(a1, a2):
    if is_list(a1) or is_list(a2):
        return np.polysub(array_of(a1), array_of(a2))
    return NotImplemented


@expansion(np.polymul)
def _(a1, a2):
    return np.convolve(vector_of(a1), vector_of(a2))


def vector_of(a):
    return np.array(a) if is_list(a) else np.atleast_1d(a) if np.ndim(a) == 0 else a


@expansion(np.poly)
def _(seq_of_zeros):
    roots = array_of(seq_of_zeros)
    if np.ndim(roots) == 1:
        return monic(roots)
    kind = np.result_type(roots.dtype, np.complex64)
    c = monic(np.linalg.eigvals(roots).astype(kind))  # the characteristic polynomial of a matrix
    return c if np.iscomplexobj(roots) else np.real(c)


def monic(roots):
    """The polynomial of these roots."""
    n = np.shape(roots)[0]
    c = np.zeros(n + 1, dtype=roots.dtype)
    c[0] = 1.0
    for k in range(n):
        c[1 : k + 2] -= roots[k] * c[: k + 1]
    return c


# ----- roots, by the implicit function theorem; infinite where one is multiple. They may be real or complex.


@vjp(np.roots)
def _(y_bar, y, p):
    p_bar = -(y_bar / np.polyval(lowered(p), y)) @ np.vander(y, np.shape(p)[0])
    p_bar = p_bar if np.iscomplexobj(p) else np.real(p_bar)
    return p_bar if p.dtype == np.float64 or p.dtype == np.complex128 else p_bar.astype(p.dtype)


@jvp(np.roots)
def _(y, p_dot, p):
    return -np.polyval(p_dot, y) / np.polyval(lowered(p), y)


# ----- least squares


@vjp(np.polyfit)
def _(c_bar, c, x, y, deg, rcond=None, full=False, w=None, cov=False):
    if np.iscomplexobj(x):
        raise NotImplementedError(
            "np.polyfit is differentiable for real points", "solve the problem with np.linalg.lstsq"
        )
    n = np.shape(c)[0] - 1
    v = np.vander(x, n + 1)
    slope = v[:, 1:] * counted(n, 1, v.dtype)
    r, t, q, w_bar = fit_parts(c_bar, c, v, y, w)
    return over_values(r * (slope @ q[:-1]) - t * (slope @ c[:-1])), t, None, None, None, w_bar


@expansion(np.polyfit)
def _(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """With what else may be asked for, the coefficients are found as NumPy does: by scaled columns."""
    if not full and not cov:
        return NotImplemented
    x = x + 0.0
    matrix = np.vander(x, deg + 1)
    values = y
    if w is not None:
        matrix = matrix * w[:, None]
        values = y * w if np.ndim(y) == 1 else y * w[:, None]
    scale = np.sqrt(np.sum(matrix * matrix, axis=0))
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    c, residuals, rank, s = np.linalg.lstsq(matrix / scale, values, rcond)
    c = c / (scale if np.ndim(y) == 1 else scale[:, None])
    if full:
        return c, residuals, rank, s, rcond
    spread = np.linalg.inv(matrix.T @ matrix)
    if cov != "unscaled":
        squares = residuals / (len(x) - deg - 1)
        return c, spread * squares if np.ndim(y) == 1 else spread[:, :, None] * squares
    return c, spread if np.ndim(y) == 1 else spread[:, :, None]


def fit_parts(c_bar, c, v, y, w):
    """For a fit c of y by the columns of v, with weights: the weighted residuals, the adjoint of the values,
    the combination of the columns that goes with the residuals in the adjoint of the matrix, and the adjoint
    of the weights.

    As NumPy does, the columns are scaled, for the sake of the pseudo-inverse.
    """
    matrix = v if w is None else v * w[:, None]
    scale = np.sqrt(np.sum(matrix * matrix, axis=0))
    p = np.linalg.pinv(matrix / scale)
    p = p / scale[:, None]
    s = p.T @ c_bar
    r = y - v @ c
    q = p @ s
    if w is None:
        return r, s, q, None
    each = w if np.ndim(y) == 1 else w[:, None]
    return r * each * each, s * each, q, over_values(r * (s + each * (v @ q)))


def over_values(x_bar):
    """Several sets of values at the same points."""
    return x_bar if np.ndim(x_bar) == 1 else np.sum(x_bar, axis=1)
