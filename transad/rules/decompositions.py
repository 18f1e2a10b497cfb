"""Decompositions of matrices: QR, singular values, eigenvalues.

Factors have a freedom that their products have not: signs and phases of vectors, a basis where values are
equal. The derivatives take the factors as they are, and are right for whatever does not depend on the
choice. Where two values are equal exactly, their vectors have no derivative: it comes out as NaN or
infinite if the vectors count, since what they are combined into cannot be seen from here.

In the rules, `g` is the conjugate of an adjoint: for a complex matrix these are the gradients for which
the formulas are written, for a real one nothing is conjugated. Formulas: M. Giles (2008); S. Walter,
L. Lehmann, R. Lamour, "On evaluating higher-order derivatives of the QR decomposition" (2012).
"""

import numpy as np

from transad.rules.helpers import along, identity, known_equal, newer, vanishes
from transad.rules.linalg import adjoint, hermitian_part
from transad.rules.products import column, flipped
from transad.rules.registry import expansion, jvp, vjp


def diagonal(a):
    return np.diagonal(a) if np.ndim(a) == 2 else np.diagonal(a, axis1=-2, axis2=-1)


def columnwise(w):
    """One number for each column of a matrix."""
    return w if np.ndim(w) == 1 else np.expand_dims(w, -2)


def gaps(w):
    """1 / (w[j] - w[i]), and 0 on the diagonal."""
    one = identity(np.shape(w)[-1], w.dtype)
    return 1.0 / (columnwise(w) - column(w) + one) - one


def with_diagonal(a, w):
    """`a` with `w` added to the diagonal."""
    return a + column(w) * identity(np.shape(a)[-1], a.dtype)


# ----- singular values: u, v = vt^H with p = u^H a_dot v; what turns u and v alike goes with differences of
# singular values, what turns them apart with their sums.


@vjp(np.linalg.svd)
def _(y_bar, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    u, s, vt = thin(y, a, full_matrices)
    if vanishes(y_bar[0]) and vanishes(y_bar[2]):
        return np.conj((u * columnwise(y_bar[1])) @ vt)
    check_thin(a, full_matrices)
    g_u, g_v = np.conj(y_bar[0]), np.transpose(y_bar[2]) if np.ndim(a) == 2 else flipped(y_bar[2])
    x, y = adjoint(u) @ g_u, vt @ g_v
    alike = 0.5 * (x + y) * gaps(s)
    apart = 0.5 * (x - y) / (columnwise(s) + column(s))
    p = with_diagonal(alike + adjoint(alike) + apart - adjoint(apart), y_bar[1])
    scale = columnwise(s)
    a_bar = u @ p @ vt + ((g_u - u @ x) / scale) @ vt + (u / scale) @ adjoint(g_v - adjoint(vt) @ y)
    return np.conj(a_bar)


@jvp(np.linalg.svd)
def _(y, a_dot, a, full_matrices=True, compute_uv=True, hermitian=False):
    check_thin(a, full_matrices)
    u, s, vt = y
    v = adjoint(vt)
    a_v, a_u = a_dot @ v, adjoint(a_dot) @ u
    p = adjoint(u) @ a_v
    alike = (p + adjoint(p)) * gaps(s)
    apart = (p - adjoint(p)) / (columnwise(s) + column(s))
    scale = columnwise(s)
    u_dot = u @ (0.5 * (alike + apart)) + (a_v - u @ p) / scale
    v_dot = v @ (0.5 * (alike - apart)) + (a_u - v @ adjoint(p)) / scale
    return u_dot, np.real(diagonal(p)), adjoint(v_dot)


@expansion(np.linalg.svd)
def _(a, full_matrices=True, compute_uv=True, hermitian=False):
    return NotImplemented if compute_uv else np.linalg.svd(a, full_matrices=False)[1]


@expansion(*newer(np.linalg, "svdvals"))
def _(x, /):
    return np.linalg.svd(x, full_matrices=False)[1]


def is_square(a):
    """Known to be so while compiling."""
    return known_equal(np.shape(a)[-2], np.shape(a)[-1])


def thin(y, a, full_matrices):
    """The factors, without the vectors of the null space."""
    if not full_matrices or is_square(a):
        return y
    k = np.shape(y[1])[-1]
    return y[0][..., :k], y[1], y[2][..., :k, :]


def check_thin(a, full_matrices):
    if full_matrices and not is_square(a):
        raise NotImplementedError(
            "the singular vectors that NumPy makes up for a matrix that is not square have no derivative",
            "pass full_matrices=False",
        )


# ----- Hermitian matrices, of which NumPy reads one triangle: the adjoint is Hermitian


@vjp(np.linalg.eigh)
def _(y_bar, y, a, UPLO="L"):
    w, v = y[0], y[1]
    if vanishes(y_bar[1]):
        return np.conj((v * columnwise(y_bar[0])) @ adjoint(v))
    inner = with_diagonal(gaps(w) * (adjoint(v) @ np.conj(y_bar[1])), y_bar[0])
    return np.conj(hermitian_part(v @ inner @ adjoint(v)))


@jvp(np.linalg.eigh)
def _(y, a_dot, a, UPLO="L"):
    w, v = y[0], y[1]
    p = adjoint(v) @ hermitian_part(a_dot) @ v
    return np.real(diagonal(p)), v @ (gaps(w) * p)


@expansion(np.linalg.eigvalsh)
def _(a, UPLO="L"):
    return np.linalg.eigh(a, UPLO)[0]


# ----- any matrices. LAPACK gives vectors of length 1 whose largest component is real. The eigenvalues of a
# real matrix may turn out real or complex, so the rules are written for both.


@vjp(np.linalg.eig)
def _(y_bar, y, a):
    w, v = y[0], y[1]
    if vanishes(y_bar[1]):
        return like(np.linalg.solve(flipped(v), column(y_bar[0]) * flipped(v)), a)
    g = y_bar[1]
    beta = columnwise(np.sum(g * v, axis=-2))
    peak = largest(v)
    turn = np.where(peak, (np.real(beta) - beta) / np.where(peak, v, 1.0), 0.0)
    c = flipped(v) @ (g - np.real(beta) * np.conj(v) + turn)
    m = with_diagonal(c * gaps(w), y_bar[0])
    return like(np.linalg.solve(flipped(v), m @ flipped(v)), a)


@jvp(np.linalg.eig)
def _(y, a_dot, a):
    w, v = y[0], y[1]
    m = np.linalg.solve(v, a_dot @ v)
    t = v @ (m * gaps(w))
    peak = largest(v)
    phase = np.sum(np.where(peak, t / np.where(peak, v, 1.0), 0.0), axis=-2)
    length = np.sum(np.real(np.conj(v) * t), axis=-2)
    return diagonal(m), t + v * columnwise(np.real(phase) - phase - length)


def largest(v):
    """Where each column has its first largest component."""
    k = np.argmax(np.abs(v), axis=-2)
    return column(np.arange(np.shape(v)[-1])) == columnwise(k)


def like(a_bar, a):
    """Real for a real matrix."""
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@expansion(np.linalg.eigvals)
def _(a):
    return np.linalg.eig(a)[0]


# ----- QR: with b = a_dot r^-1 and c = q^H b, of which r_dot takes the upper triangle. A wide matrix is the
# factors' product in its first columns; the rest of r is q^H times the rest of a.


@vjp(np.linalg.qr)
def _(y_bar, y, a, mode="reduced"):
    check_mode(a, mode)
    q, r = y[0], y[1]
    g_q, g_r = np.conj(y_bar[0]), np.conj(y_bar[1])
    if is_square(a):
        return np.conj(tall_adjoint(g_q, g_r, q, r))
    k = np.shape(r)[-2]
    if np.shape(r)[-1] > k:
        first, rest = columns(a, slice(None, k)), columns(a, slice(k, None))
        turned = g_q + a[rest] @ adjoint(g_r[rest])
        return np.conj(np.concatenate([tall_adjoint(turned, g_r[first], q, r[first]), q @ g_r[rest]], -1))
    return np.conj(tall_adjoint(g_q, g_r, q, r))


def columns(a, which):
    return along(-1, which, np.ndim(a))


def tall_adjoint(g_q, g_r, q, r):
    m = g_r @ adjoint(r) - adjoint(q) @ g_q
    if np.iscomplexobj(m):
        m = m - (m - np.real(m)) * identity(np.shape(m)[-1], m.dtype)
    return adjoint(np.linalg.solve(r, adjoint(g_q + q @ (np.triu(m) + adjoint(np.triu(m, 1))))))


@jvp(np.linalg.qr)
def _(y, a_dot, a, mode="reduced"):
    check_mode(a, mode)
    q, r = y[0], y[1]
    if is_square(a):
        return tall_tangent(a_dot, q, r)
    k = np.shape(r)[-2]
    if np.shape(r)[-1] > k:
        first, rest = columns(a, slice(None, k)), columns(a, slice(k, None))
        q_dot, r_dot = tall_tangent(a_dot[first], q, r[first])
        return q_dot, np.concatenate([r_dot, adjoint(q_dot) @ a[rest] + adjoint(q) @ a_dot[rest]], -1)
    q_dot, r_dot = tall_tangent(a_dot, q, r)
    return q_dot, r_dot


def tall_tangent(a_dot, q, r):
    b = flipped(np.linalg.solve(flipped(r), flipped(a_dot)))
    c = adjoint(q) @ b
    below = np.tril(c, -1)
    turn = below - adjoint(below)
    if np.iscomplexobj(c):
        turn = turn + (c - np.real(c)) * identity(np.shape(c)[-1], c.dtype)
    return b + q @ (turn - c), (c - turn) @ r


@expansion(np.linalg.qr)
def _(a, mode="reduced"):
    return np.linalg.qr(a)[1] if mode == "r" else NotImplemented


def check_mode(a, mode):
    if mode != "reduced" and not (mode == "complete" and is_square(a)):
        raise NotImplementedError(
            "np.linalg.qr is differentiable in the modes 'reduced' and 'r' only", "pass mode='reduced'"
        )
