"""Broadcasting, reductions, shapes and other functions of NumPy."""

import numpy as np

from corpus.runner import program

R = np.random.RandomState(2)
v4 = R.randn(4)
v6 = R.randn(6)
m33 = R.randn(3, 3)
m34 = R.randn(3, 4)
W = np.arange(1.0, 13.0).reshape(3, 4)
pm = R.rand(3, 4) + 0.5


@program(m34, R.randn(4), R.randn(3, 1), 0.7, wrt=(0, 1, 2, 3), twice=False)
def broadcast_everything(a, b, c, s):
    return np.sum((a + b) * c - s / (1 + b**2) + np.maximum(a, c) * s) + np.sum(b[:, None] * c.T * s)


@program(R.randn(2, 1, 3), R.randn(4, 1), wrt=(0, 1), twice=False)
def broadcast_ranks(a, b):
    z = a * b
    z -= a
    return np.sum(np.tanh(z) ** 2) + (a + b).shape[1] * a[0, 0, 0]


@program(v4, m34, wrt=(0, 1), twice=False)
def broadcast_to_shapes(a, b):
    x = np.broadcast_to(a, (3, 4))
    y, z = np.broadcast_arrays(b, a)
    return np.sum(x * b) + np.sum(y * z**2) + np.sum(np.broadcast_to(a[0], (2,)) ** 2)


@program(m34, twice=False)
def reductions_with_options(x):
    return (
        np.sum(x, axis=(0, 1)) ** 2
        + np.sum(x**2, axis=-1, keepdims=True).prod()
        + x.sum(0).max() * x.mean((0, 1))
        + np.add.reduce(x, axis=1)[0] * np.multiply.reduce(x[0])
        + x.min(axis=1, initial=5.0).sum()
        + np.max(x, axis=0, where=x > -9, initial=-9).sum()
    )


@program(pm, twice=False)
def prod_zero(x):
    y = x.copy()
    y[0, 0] = 0.0
    y[1, 2] = 0
    y[2, :2] = 0
    return np.sum(np.prod(y + 0 * x, axis=1) * np.arange(1.0, 4.0)) + np.prod(x * (y > 0))


@program(np.array([0.0, 2.0, 3.0]), twice=False)
def prod_one_zero(x):
    return np.prod(x) + np.prod(x**2 + x)


@program(np.array([0.0, 0.0, 3.0]), twice=False)
def prod_two_zeros(x):
    return np.prod(x) + np.cumprod(x).sum() + x[2] ** 2


@program(np.array([1.0, 0.0, 3.0, 2.0]), twice=False)
def cumprod_zero(x):
    return np.sum(np.cumprod(x) * np.arange(1.0, 5.0))


@program(m34, twice=False)
def stats(x):
    return (
        np.std(x, axis=0, ddof=1).sum()
        + np.var(x, axis=1, keepdims=True).sum()
        + np.average(x, axis=1, weights=[1, 2, 3, 4.0]).prod()
        + np.average(x)
        + np.median(x, axis=1).sum()
        + np.percentile(x, [25, 50], axis=0).sum()
        + np.quantile(x, 0.3, method="lower")
        + np.quantile(x, np.array([0.1, 0.9])) @ np.array([1.0, 2.0])
    )


@program(m34, twice=False)
def cumulative(x):
    return (
        np.sum(np.cumsum(x, axis=1) ** 2)
        + np.cumsum(x)[5]
        + np.cumprod(x, axis=0).sum()
        + np.sum(np.add.accumulate(x, axis=0) * W)
        + np.maximum.accumulate(x, axis=1).sum()
        + np.minimum.accumulate(x[0]).sum() ** 2
    )


@program(m34, twice=False)
def differences(x):
    return (
        np.sum(np.diff(x) ** 2)
        + np.sum(np.diff(x, n=2, axis=0) ** 2)
        + np.sum(np.diff(x, axis=0, prepend=0) ** 3)
        + np.sum(np.ediff1d(x, to_begin=0, to_end=[1, 2]) ** 2)
        + np.sum(np.gradient(x[0]) ** 2)
        + np.sum(np.gradient(x, 0.5, axis=1) ** 2)
    )


@program(m34, twice=False)
def gradients_many(x):
    gy, gx = np.gradient(x, 0.5, 2.0)
    g = np.gradient(x[0], np.array([0.0, 1.0, 2.5, 3.0]), edge_order=2)
    return np.sum(gx * gy) + np.sum(g**2)


@program(m34, twice=False)
def trapezoids(x):
    t = np.array([0.0, 0.5, 1.5, 2.0])
    return np.trapezoid(x, t, axis=1).prod() + np.trapezoid(x, dx=0.1, axis=0).sum() ** 2


@program(m33, m33[::-1].copy(), wrt=(0, 1), twice=False)
def crosses(a, b):
    return np.sum(np.cross(a, b) ** 2) + np.cross(a[0], b[1]) @ a[2]


@program(m33, twice=False)
def traces(a):
    return (
        np.trace(a) * np.trace(a, offset=1)
        + a.trace()
        + np.trace(a.reshape(3, 3, 1) * np.ones(2), axis1=0, axis2=1).prod()
    )


@program(m34, twice=False)
def maxmin_variants(x):
    return np.amax(x, 1).sum() * np.amin(x) + np.ptp(x, axis=0).sum()


@program(m34, twice=False)
def log_sum_exp(x):
    m = np.max(x, axis=1, keepdims=True)
    l = m + np.log(np.sum(np.exp(x - m), axis=1, keepdims=True))
    return (
        np.sum(np.squeeze(l, 1) ** 2)
        + np.logaddexp.reduce(x, axis=None)
        + np.logaddexp.reduce(x, axis=0).sum()
    )


@program(m34, twice=False)
def counting(x):
    n = np.count_nonzero(x > 0)
    return (
        np.sum(x[x > 0]) / n
        + x[np.any(x > 1, axis=1)].sum()
        + np.all(x < 10) * x[0, 0]
        + (x > 0).mean() * x[1, 1]
        + np.sum(x > 0, axis=1) @ x[:, 0]
    )


@program(m34, twice=False)
def reduceat(x):
    return np.sum(np.add.reduceat(x, [0, 2], axis=1) ** 2) + np.multiply.reduceat(x[0], [0, 1, 3]).sum()


@program(m34, twice=False)
def norms(x):
    n = np.linalg.norm
    return (
        n(x)
        + n(x, axis=1).prod()
        + n(x, "fro")
        + n(x, 1)
        + n(x, np.inf)
        + n(x, 2)
        + n(x, "nuc")
        + n(x[0], np.inf)
        + n(x, ord=3, axis=0).sum()
        + n(x[:, 0], -1)
        + n(x, axis=1, keepdims=True)[0, 0]
    )


@program(m34, twice=False)
def einsums(x):
    A = np.einsum("ij,kj->ik", x, x)
    return (
        np.einsum("ii", A) * 2
        + np.einsum("ij->j", x) @ x[0]
        + np.einsum("ij,ij->", x, x**2)
        + np.einsum("i...->...", x).sum()
        + np.einsum("ij,jk,kl", A, A, A, optimize=True).sum()
        + np.einsum(x, [0, 1], x, [0, 2], [1, 2]).sum()
        + np.einsum("ii->i", A).prod()
    )


@program(m34, R.randn(4, 2), wrt=(0, 1), twice=False)
def products(a, b):
    return (
        np.tensordot(a, b, 1).sum() ** 2
        + np.tensordot(a, a, axes=([0, 1], [0, 1]))
        + np.inner(a, a).prod() ** 0.1 * 0
        + np.vdot(a, a * 2)
        + np.kron(a, b).max()
        + np.outer(a, b).sum()
        + np.dot(a, b).sum()
        + np.matmul(a, b)[0, 0]
        + (a[None] @ b)[0, 1, 1]
    )


@program(m33, twice=False)
def matrix_powers(a):
    return (
        np.sum(np.linalg.matrix_power(a, 3))
        + np.linalg.matrix_power(a, -1)[0, 0]
        + np.linalg.multi_dot([a, a.T, a]).sum()
    )


@program(m34, twice=False)
def along_axes(x):
    return (
        np.apply_along_axis(lambda r: np.sum(r**2) * r[0], 1, x).sum()
        + np.sum(np.apply_over_axes(np.sum, x, [0, 1]) ** 2)
        + np.apply_along_axis(np.cumsum, 0, x).sum()
    )


@program(m34, twice=False)
def shaping(x):
    y = np.moveaxis(x.reshape(3, 2, 2), 0, -1)
    z = np.swapaxes(y, 0, 1)
    w = np.rollaxis(z, 2)
    u = np.reshape(x, (4, -1), order="F")
    return (
        np.sum(w * np.arange(12.0).reshape(3, 2, 2))
        + np.sum(u[0] * u[1])
        + np.sum(np.ravel(x, order="F")[:4] ** 2)
        + np.sum(x.flatten("F") * np.arange(12.0))
        + np.transpose(y, (2, 0, 1))[0, 0, 1]
    )


@program(m34, twice=False)
def joining(x):
    a = np.vstack([x, x[0] ** 2])
    b = np.hstack((x, x[:, :1]))
    c = np.column_stack((x[:, 0], x[:, 1] * 2))
    d = np.dstack((x, x))
    e = np.stack([x, x * 2], axis=1)
    f = np.block([[x, x[:, :1]], [np.ones((1, 4)), x[0, 0] * np.ones((1, 1))]])
    g = np.concatenate([x, x], axis=None)
    h = np.concatenate((x.T, x.T * 2), 1)
    return sum(np.sum(q**2 * np.arange(float(q.size)).reshape(q.shape)) for q in (a, b, c, d, e, f, g, h))


@program(m34, twice=False)
def splitting(x):
    a, b = np.split(x, 2, axis=1)
    c = np.split(x, [1], axis=0)
    d = np.hsplit(x, 4)
    e = np.vsplit(x, 3)
    f = np.array_split(x, 3, axis=1)
    return (
        np.sum(a * b**2)
        + np.sum(c[0]) ** 2
        + np.sum(c[1] ** 2)
        + np.sum(d[2] * d[0])
        + np.sum(e[1] ** 3)
        + sum(np.prod(q) for q in f)
    )


@program(m34, twice=False)
def tiling(x):
    return (
        np.sum(np.tile(x, (2, 1, 2)) ** 2)
        + np.sum(np.repeat(x, 3, axis=1)[:, ::2] ** 2)
        + np.sum(np.repeat(x, [1, 0, 2], axis=0) ** 3)
        + np.sum(np.repeat(x, 2) * np.arange(24.0))
        + np.sum(np.roll(x, 1) * W)
        + np.sum(np.roll(x, (1, -2), axis=(0, 1)) * W)
    )


@program(m34, twice=False)
def flips(x):
    return (
        np.sum(np.flip(x) * W)
        + np.sum(np.fliplr(x) * W**2)
        + np.sum(np.flipud(x) * x)
        + np.sum(np.rot90(x, k=3) * W.T)
        + np.sum(np.flip(x, 1) ** 2 * W)
        + np.sum(np.rot90(x)[0] ** 3)
    )


@program(v4, twice=False)
def grids(x):
    X, Y = np.meshgrid(x, x[:3] ** 2)
    A, B = np.meshgrid(x, x[:2], indexing="ij")
    U, V = np.meshgrid(x, x, sparse=True)
    return (
        np.sum(X * Y)
        + np.sum(A * B**2)
        + np.sum(U * V**2)
        + np.sum(np.tril(np.outer(x, x)))
        + np.sum(np.triu(np.outer(x, x), 1) ** 2)
        + np.sum(np.diag(x) @ x)
        + np.sum(np.diagflat(x, 1) ** 2)
        + np.sum(np.vander(x, 3) ** 2)
        + np.sum(np.vander(x, increasing=True))
        + np.diagonal(np.outer(x, x)).prod()
    )


@program(v4, twice=False)
def atleast(x):
    a = np.atleast_1d(x[0])
    b = np.atleast_2d(x)
    c, d = np.atleast_2d(x, x[1])
    e = np.atleast_3d(x)
    return (
        a[0] * np.sum(b**2)
        + np.sum(c * d)
        + np.sum(e**2)
        + np.squeeze(b)[1]
        + np.expand_dims(x, (0, 2))[0, 1, 0]
    )


@program(v6, twice=False)
def sorts(x):
    s = np.sort(x)[::-1]
    y = np.array(x)
    y.sort()
    z = -np.sort(-x.reshape(2, 3), axis=0)
    p = np.partition(x, 2)[2]
    return (
        np.sum(s * np.arange(6.0))
        + np.sum(y**2 * np.arange(6.0))
        + np.sum(z * np.arange(6.0).reshape(2, 3))
        + p**2
        + np.sum(np.sort(x.reshape(3, 2), axis=None)[:2])
    )


@program(v6, twice=False)
def interp_clip(x):
    return (
        np.sum(np.interp(x, np.array([-2.0, 0, 1, 3]), np.array([1.0, 2, 0, 1])) * np.arange(6.0))
        + np.sum(np.clip(x, -0.5, 0.8) ** 2)
        + np.sum(x.clip(min=0))
        + np.sum(np.clip(x, x[0], None))
        + np.interp(0.3, [0, 1], x[:2])
    )


@program(v6, twice=False)
def histograms(x):
    h, e = np.histogram(np.array([0.1, 0.2, 0.5, 0.7, 0.9, 0.95]), bins=3, range=(0, 1), weights=x)
    d = np.digitize(np.array([0.1, 0.6]), [0, 0.5, 1])
    return np.sum(h**2) + x[d].sum() + np.bincount([0, 1, 1, 3], weights=x[:4]).max()


@program(v6, twice=False)
def spectra(x):
    X = np.fft.rfft(x, n=8, norm="ortho")
    y = np.fft.irfft(X * np.exp(-np.arange(5.0)), n=8)
    f = np.fft.fftfreq(6)
    Z = np.fft.ifft(np.fft.fft(x) * 2j * np.pi * f).real
    return (
        np.sum(y**2)
        + np.sum(np.abs(X) ** 2)
        + np.sum(Z**2)
        + np.sum(np.angle(X[1:4]))
        + np.sum(np.fft.ifft2(np.fft.fft2(x.reshape(2, 3))).real ** 3)
        + np.sum(np.fft.fftshift(x) * np.arange(6.0))
        + np.sum(np.abs(np.fft.rfft2(x.reshape(2, 3))))
        + np.sum(np.fft.hfft(X[:3]))
    )


@program(v6, v4[:3].copy(), wrt=(0, 1), twice=False)
def convolutions(x, k):
    return (
        sum(np.sum(np.convolve(x, k, m) ** 2) for m in ("full", "same", "valid"))
        + np.sum(np.correlate(x, k) ** 2)
        + np.sum(np.correlate(x, k, mode="full") * np.arange(8.0))
        + np.polyval(k, x).sum()
    )


@program(v6, twice=False)
def polynomials(y):
    t = np.arange(6.0) / 5
    c = np.polyfit(t, y, 2)
    p = np.poly1d(c)
    q = np.polynomial.polynomial.polyval(t, y)
    r = np.polynomial.chebyshev.chebval(0.3, y)
    s = np.polynomial.Polynomial(y)
    return (
        np.sum(c**2)
        + p(0.5) ** 2
        + np.sum(q)
        + r
        + s(0.2)
        + s.deriv()(0.3)
        + np.polyint(y)[0]
        + np.polynomial.legendre.legval(0.2, y)
        + np.polynomial.polynomial.polyfit(t, y, 1)[1]
    )


@program(v6, twice=False)
def not_a_number(x):
    y = np.where(x > 0, x, np.nan)
    return np.sum(np.nan_to_num(y) ** 2) + np.sum(np.nan_to_num(np.log(x), nan=0.0, neginf=-1))


@program(v6, twice=False)
def elementwise(x):
    return np.sum(
        np.sinc(x)
        + np.i0(x)
        + np.heaviside(x, 0.5) * x
        + np.exp2(x)
        + np.expm1(x)
        + np.log1p(x**2)
        + np.cbrt(x + 3)
        + np.square(x)
        + np.reciprocal(x)
        + np.deg2rad(x)
        + np.rad2deg(x)
        + np.copysign(x, -1.0) * x
        + np.fmax(x, 0)
        + np.fmin(x, 0.1)
        + np.float_power(x**2, 1.5)
        + np.remainder(x, 0.7)
        + np.fmod(x, 0.7)
        + np.positive(x) * np.negative(x)
        + np.ldexp(x, 2)
        + np.modf(x)[0]
        + np.arcsinh(x)
        + np.tan(x) * np.cosh(x)
        + np.arctan(x)
        + np.true_divide(x, 2)
        + np.floor_divide(x, 0.3) * x
        + np.rint(x) * x
        + np.trunc(x) * x
        + np.ceil(x) * x
        + np.nextafter(x, 10.0)
    )


@program(v6, twice=False)
def divmod_frexp(x):
    q, r = np.divmod(x, 0.7)
    m, e = np.frexp(x)
    f, i = np.modf(x)
    return np.sum(r * q) + np.sum(m * 2.0**e) + np.sum(f * i) + np.sum(np.spacing(x) * 0 + x // 1 * x + x % 2)


@program(m34, twice=False)
def cov_corr(x):
    return (
        np.sum(np.cov(x) ** 2)
        + np.corrcoef(x)[0, 1]
        + np.cov(x[0], x[1])[0, 1]
        + np.sum(np.cov(x, rowvar=False, bias=True))
        + np.sum(np.cov(x, aweights=np.array([1.0, 2, 3, 4])))
    )


@program(m34, twice=False)
def from_function(x):
    return np.sum(np.fromfunction(lambda i, j: i * x[0, 0] + j * x[0, 1], (2, 2)) ** 2)
