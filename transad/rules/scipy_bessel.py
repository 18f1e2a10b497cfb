"""Functions of `scipy.special` that solve differential equations: Bessel, Airy, elliptic, hypergeometric.

Derivatives with respect to the order of a function have no closed form: `None`, which is refused.
"""

import math

import numpy as np
from scipy import special

from transad.rules.registry import jvp, partials, vjp

# ----- Bessel functions, by their argument


@partials(special.j0)
def _(y, x):
    return -special.j1(x)


@partials(special.j1)
def _(y, x):
    return 0.5 * (special.j0(x) - special.jv(2.0, x))


@partials(special.jv)
def _(y, v, z):
    return None, 0.5 * (special.jv(v - 1.0, z) - special.jv(v + 1.0, z))


@partials(special.y0)
def _(y, x):
    return -special.y1(x)


@partials(special.y1)
def _(y, x):
    return 0.5 * (special.y0(x) - special.yv(2.0, x))


@partials(special.yn, special.yv)
def _(y, v, z):
    return None, 0.5 * (special.yv(v - 1.0, z) - special.yv(v + 1.0, z))


@partials(special.i0)
def _(y, x):
    return special.i1(x)


@partials(special.i1)
def _(y, x):
    return 0.5 * (special.i0(x) + special.iv(2.0, x))


@partials(special.iv)
def _(y, v, z):
    return None, 0.5 * (special.iv(v - 1.0, z) + special.iv(v + 1.0, z))


@partials(special.k0)
def _(y, x):
    return -special.k1(x)


@partials(special.k1)
def _(y, x):
    return -0.5 * (special.k0(x) + special.kv(2.0, x))


@partials(special.kn, special.kv)
def _(y, v, z):
    return None, -0.5 * (special.kv(v - 1.0, z) + special.kv(v + 1.0, z))


# Scaled by exp(-|x|), or exp(x) for the second kind. Of complex x the scale is not holomorphic.


def scaled(slope, y, x):
    if np.iscomplexobj(x):
        raise NotImplementedError("a scaled Bessel function of a complex argument")
    return slope - np.sign(x) * y


@partials(special.i0e)
def _(y, x):
    return scaled(special.i1e(x), y, x)


@partials(special.i1e)
def _(y, x):
    return scaled(0.5 * (special.i0e(x) + special.ive(2.0, x)), y, x)


@partials(special.ive)
def _(y, v, z):
    return None, scaled(0.5 * (special.ive(v - 1.0, z) + special.ive(v + 1.0, z)), y, z)


@partials(special.k0e)
def _(y, x):
    return y - special.k1e(x)


@partials(special.k1e)
def _(y, x):
    return y - 0.5 * (special.k0e(x) + special.kve(2.0, x))


@partials(special.kve)
def _(y, v, z):
    return None, y - 0.5 * (special.kve(v - 1.0, z) + special.kve(v + 1.0, z))


@partials(special.hankel1)
def _(y, v, z):
    return None, 0.5 * (special.hankel1(v - 1.0, z) - special.hankel1(v + 1.0, z))


@partials(special.hankel2)
def _(y, v, z):
    return None, 0.5 * (special.hankel2(v - 1.0, z) - special.hankel2(v + 1.0, z))


@vjp(special.airy)  # Ai, Ai', Bi, Bi': solutions of f'' = z f
def _(y_bar, y, z):
    return y_bar[0] * y[1] + y_bar[1] * (z * y[0]) + y_bar[2] * y[3] + y_bar[3] * (z * y[2])


@jvp(special.airy)
def _(y, z_dot, z):
    return y[1] * z_dot, z * y[0] * z_dot, y[3] * z_dot, z * y[2] * z_dot


# ----- elliptic integrals. (K - E) / m is computed as Carlson's integral, which does not cancel near 0


@partials(special.ellipk)
def _(y, m):
    return (y - special.elliprd(0.0, 1.0 - m, 1.0) / 3.0) / (2.0 * (1.0 - m))


@partials(special.ellipe)
def _(y, m):
    return special.elliprd(0.0, 1.0 - m, 1.0) / -6.0


@partials(special.ellipkm1)
def _(y, p):
    return (special.elliprd(0.0, p, 1.0) / 3.0 - y) / (2.0 * p)


@partials(special.elliprd)
def _(y, x1, x2, x3):
    by_x1 = 0.5 * (special.elliprd(x2, x3, x1) - y) / (x1 - x3)
    by_x2 = 0.5 * (special.elliprd(x1, x3, x2) - y) / (x2 - x3)
    return by_x1, by_x2, -(1.5 * y + x1 * by_x1 + x2 * by_x2) / x3


@partials(special.ellipkinc)
def _(y, phi, m):
    root = np.sqrt(1.0 - m * np.sin(phi) ** 2)
    rest = special.ellipeinc(phi, m) / (1.0 - m) - y
    return 1.0 / root, 0.5 * rest / m - np.sin(2.0 * phi) / (4.0 * (1.0 - m) * root)


@partials(special.ellipeinc)
def _(y, phi, m):
    return np.sqrt(1.0 - m * np.sin(phi) ** 2), 0.5 * (y - special.ellipkinc(phi, m)) / m


# ----- integrals of elementary functions


@partials(special.expi)
def _(y, x):
    return np.exp(x) / x


@partials(special.exp1)
def _(y, x):
    return -np.exp(-x) / x


@partials(special.expn)
def _(y, n, x):
    return None, -special.expn(n - 1, x)


@partials(special.spence)
def _(y, x):
    return np.where(x == 1.0, -1.0, np.log(x) / np.where(x == 1.0, 1.0, 1.0 - x))


@vjp(special.sici)
def _(y_bar, y, x):
    return y_bar[0] * np.sinc(x / math.pi) + y_bar[1] * (np.cos(x) / x)


@jvp(special.sici)
def _(y, x_dot, x):
    return np.sinc(x / math.pi) * x_dot, np.cos(x) / x * x_dot


@vjp(special.fresnel)
def _(y_bar, y, x):
    t = 0.5 * math.pi * x * x
    return y_bar[0] * np.sin(t) + y_bar[1] * np.cos(t)


@jvp(special.fresnel)
def _(y, x_dot, x):
    t = 0.5 * math.pi * x * x
    return np.sin(t) * x_dot, np.cos(t) * x_dot


# ----- Lambert's function and hypergeometric functions


@partials(special.lambertw)
def _(y, z, k=0, tol=1e-8):
    return np.exp(-y) / (1.0 + y), None, None


@partials(special.wrightomega)
def _(y, x):
    return y / (1.0 + y)


@partials(special.hyp0f1)
def _(y, v, z):
    return None, special.hyp0f1(v + 1.0, z) / v


@partials(special.hyp1f1)
def _(y, a, b, z):
    return None, None, a / b * special.hyp1f1(a + 1.0, b + 1.0, z)


@partials(special.hyp2f1)
def _(y, a, b, c, z):
    return None, None, None, a * b / c * special.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)


@partials(special.hyperu)
def _(y, a, b, x):
    return None, None, -a * special.hyperu(a + 1.0, b + 1.0, x)


# ----- Jacobi's elliptic functions, which follow their amplitude: sn = sin(ph), cn = cos(ph)


def amplitude_by_m(y, u, m):
    """The derivative of the amplitude with respect to m. Of (F - E) / m, as above, each half period has its
    part, and the rest is Carlson's integral."""
    sn, cn, dn, ph = y
    turns = np.rint(ph / math.pi)
    s = np.sin(ph - math.pi * turns)
    rest = s * s * s * special.elliprd(1.0 - s * s, 1.0 - m * s * s, 1.0) / 3.0
    whole = 2.0 * turns * special.elliprd(0.0, 1.0 - m, 1.0) / 3.0
    return (dn * (rest + whole - u) + sn * cn) / (2.0 * (1.0 - m))


@vjp(special.ellipj)
def _(y_bar, y, u, m):
    sn, cn, dn, ph = y
    ph_bar = y_bar[0] * cn - y_bar[1] * sn - y_bar[2] * (m * sn * cn / dn) + y_bar[3]
    return ph_bar * dn, ph_bar * amplitude_by_m(y, u, m) - y_bar[2] * (sn * sn / (2.0 * dn))


@jvp(special.ellipj)
def _(y, u_dot, m_dot, u, m):
    sn, cn, dn, ph = y
    ph_dot = dn * u_dot + amplitude_by_m(y, u, m) * m_dot
    dn_dot = -(sn * sn * m_dot / 2.0 + m * sn * cn * ph_dot) / dn
    return cn * ph_dot, -sn * ph_dot, dn_dot, ph_dot
