"""numpy.polynomial: series in powers and in orthogonal polynomials, lowest degree first.

One set of rules serves all bases, in terms of three functions of the basis: the value of a series, the
matrix of the basis at points (`vander`), and the series of a derivative. Maps that are linear in the
coefficients have the matrix that they make of an identity matrix.
"""

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from transad.rules.helpers import identity
from transad.rules.polynomials import array_of, fit_parts, is_list, monic, over_values
from transad.rules.registry import expansion, jvp, linear, vjp


def along_first(matrix, g, axis):
    """A matrix applied along an axis."""
    if np.ndim(g) == 1:
        return matrix @ g
    return np.moveaxis(np.tensordot(matrix, np.moveaxis(g, axis, 0), 1), 0, axis)


def adjoint_of_coefficients(y_bar, basis, x, c, tensor):
    """`basis` has the points' axes, and one of the functions; `c` one of the functions, and others."""
    extra, points = np.ndim(c) - 1, np.ndim(x)
    if points == 0:
        basis = basis[0]
    if extra == 0:
        if points == 0:
            return y_bar * basis
        return np.tensordot(y_bar, basis, points) if points > 1 else y_bar @ basis
    if not tensor:
        return np.moveaxis(np.expand_dims(y_bar, -1) * basis, -1, 0)
    if points == 0:
        return np.tensordot(basis, y_bar, 0)
    return np.tensordot(basis, y_bar, (tuple(range(points)), tuple(range(extra, extra + points))))


def rules_of(val, vander, der, integral, fit, surface, volume, grid, box):
    """The rules of one basis."""

    @vjp(val)
    def _(y_bar, y, x, c, tensor=True):
        x_bar = y_bar * val(x, der(c), tensor)
        if tensor and np.ndim(c) > 1:
            x_bar = np.sum(x_bar, axis=tuple(range(np.ndim(c) - 1)))
        return x_bar, adjoint_of_coefficients(y_bar, vander(x, np.shape(c)[0] - 1), x, c, tensor)

    @jvp(val)
    def _(y, x_dot, c_dot, x, c, tensor=True):
        return val(x, c_dot, tensor) + val(x, der(c), tensor) * x_dot

    @expansion(val)
    def _(x, c, tensor=True):
        if is_list(x) or is_list(c):
            return val(array_of(x), array_of(c), tensor)
        return NotImplemented

    @vjp(vander)
    def _(y_bar, y, x, deg):
        slope = der(identity(np.shape(y)[-1], y.dtype))
        return np.sum(y_bar * (y[..., : np.shape(slope)[0]] @ slope), axis=-1)

    @jvp(vander)
    def _(y, x_dot, x, deg):
        slope = der(identity(np.shape(y)[-1], y.dtype))
        return (y[..., : np.shape(slope)[0]] @ slope) * np.expand_dims(x_dot, -1)

    @linear(der)
    def _(y_bar, c, m=1, scl=1, axis=0):
        return along_first(der(identity(np.shape(c)[axis], c.dtype), m, scl).T, y_bar, axis)

    @vjp(integral)
    def _(y_bar, y, c, m=1, k=[], lbnd=0, scl=1, axis=0):  # noqa: B006 - as in NumPy
        raised = integral(identity(np.shape(c)[axis], c.dtype), m, lbnd=lbnd, scl=scl)
        return along_first(raised.T, y_bar, axis)

    @jvp(integral)
    def _(y, c_dot, c, m=1, k=[], lbnd=0, scl=1, axis=0):  # noqa: B006
        return integral(c_dot, m, lbnd=lbnd, scl=scl, axis=axis)

    @expansion(der)
    def _(c, m=1, scl=1, axis=0):
        return der(np.array(c), m, scl, axis) if is_list(c) else NotImplemented

    @vjp(fit)
    def _(c_bar, c, x, y, deg, rcond=None, full=False, w=None):
        if full or np.ndim(deg) != 0 or np.iscomplexobj(x):
            raise NotImplementedError(
                "of a fit, only the coefficients up to a degree are differentiable, for real points",
                "pass the degree as a number, without full",
            )
        v = vander(x, deg)
        slope = der(identity(np.shape(v)[1], v.dtype))
        n = np.shape(slope)[0]
        r, t, q, w_bar = fit_parts(c_bar, c, v, y, w)
        slopes = v[:, :n] @ slope
        return over_values(r * (slopes @ q) - t * (slopes @ c)), t, None, None, None, w_bar

    @expansion(surface)
    def _(x, y, c):
        return val(y, val(x, c), tensor=False)

    @expansion(volume)
    def _(x, y, z, c):
        return val(z, val(y, val(x, c), tensor=False), tensor=False)

    @expansion(grid)
    def _(x, y, c):
        return val(y, val(x, c))

    @expansion(box)
    def _(x, y, z, c):
        return val(z, val(y, val(x, c)))


# ----- sums of series: as long as the longer one. NumPy drops coefficients at the end that happen to be zero.


def padded_to(c, n):
    c = np.asarray(c)
    whole = np.zeros(n, dtype=c.dtype)
    whole[: np.shape(c)[0]] = c
    return whole


def sum_of_series(c1, c2):
    n = max(len(c1), len(c2))
    return padded_to(c1, n) + padded_to(c2, n)


def difference_of_series(c1, c2):
    n = max(len(c1), len(c2))
    return padded_to(c1, n) - padded_to(c2, n)


# Of products, NumPy drops the last coefficients if they are zero: here they are kept, as those of np.polymul.


@expansion(polynomial.polymul)
def _(c1, c2):
    return np.convolve(array_of(c1), array_of(c2))


@expansion(polynomial.polymulx)
def _(c):
    return np.append(0.0, array_of(c))


@expansion(polynomial.polyfromroots)
def _(roots):
    return monic(array_of(roots))[::-1]


@expansion(polynomial.polypow)
def _(c, pow, maxpower=None):
    return power_of(np.convolve, array_of(c), pow)


@expansion(chebyshev.chebmul)
def _(c1, c2):
    return product_of_chebyshev(array_of(c1), array_of(c2))


@expansion(chebyshev.chebpow)
def _(c, pow, maxpower=16):
    return power_of(product_of_chebyshev, array_of(c), pow)


def power_of(product, c, n):
    y = c if n > 0 else np.ones_like(c[:1])
    for _ in range(n - 1):
        y = product(y, c)
    return y


def product_of_chebyshev(c1, c2):
    """With x = (z + 1/z) / 2, a Chebyshev polynomial is the mean of z^n and z^-n."""
    y = np.convolve(in_powers(c1), in_powers(c2))
    middle = np.shape(c1)[0] + np.shape(c2)[0] - 2
    return np.append(y[middle : middle + 1], 2.0 * y[middle + 1 :])


def in_powers(c):
    return np.concatenate((0.5 * c[:0:-1], c[:1], 0.5 * c[1:]))


for module, name in (
    (polynomial, "poly"), (chebyshev, "cheb"), (legendre, "leg"), (hermite, "herm"), (hermite_e, "herme"),
    (laguerre, "lag"),
):  # fmt: skip
    rules_of(
        *[getattr(module, name + role) for role in "val vander der int fit val2d val3d grid2d grid3d".split()]
    )
    expansion(getattr(module, name + "add"))(sum_of_series)
    expansion(getattr(module, name + "sub"))(difference_of_series)
