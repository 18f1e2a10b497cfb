"""Reading and writing by every kind of index."""

import numpy as np

from corpus.runner import program

R = np.random.RandomState(1)
v4 = R.randn(4)
v5 = R.randn(5)
v6 = R.randn(6)
m33 = R.randn(3, 3)
m34 = R.randn(3, 4)
t234 = R.randn(2, 3, 4)
W = np.arange(1.0, 13.0).reshape(3, 4)


@program(m34)
def neg_steps(x):
    return np.sum(x[::-1, ::-2] ** 2 * np.arange(6.0).reshape(3, 2)) + x[-1:-4:-2, -1].sum()


@program(t234)
def ellipsis_mix(x):
    return (
        np.sum(x[..., 0] ** 2)
        + np.sum(x[1, ...] * W)
        + np.sum(x[..., None, 1:3][0] ** 3)
        + x[0, ..., -1].prod()
    )


@program(t234)
def adv_split_by_slice(x):
    i = np.array([0, 1, 1])
    j = np.array([3, 0, 0])
    y = x[i, :, j]
    z = x[:, [2, 0], 1:3]
    w = x[1, [0, 2], [1, 1]]
    return np.sum(y**2 * np.arange(9.0).reshape(3, 3)) + np.sum(z**3) + w[0] * w[1]


@program(t234)
def adv_scalar_split(x):
    y = x[0, :, [1, 3]]  # dims move to the front
    return np.sum(y**2 * np.arange(6.0).reshape(2, 3))


@program(m34)
def open_grids(x):
    r = np.array([0, 2])
    c = [1, 3, 1]
    s = x[np.ix_(r, c)]
    y = np.zeros((3, 4))
    y[np.ix_([0, 1], [0, 3])] = s[:, :2]
    y[np.ix_([0, 1], [0, 3])] += 1
    return np.sum(s**2) + np.sum(y**3)


@program(m34)
def tuple_index_var(x):
    idx = (slice(None), slice(1, 3))
    where = (1, 2)
    k = np.s_[::2, -1]
    idx2 = [slice(None)] * 2
    idx2[1] = 0
    return np.sum(x[idx] ** 2) + x[where] ** 3 + np.sum(x[k] ** 2) + np.sum(x[tuple(idx2)] ** 4)


@program(m34)
def index_by_axis(x):
    tot = 0.0
    for axis in range(x.ndim):
        lo = [slice(None)] * x.ndim
        hi = [slice(None)] * x.ndim
        lo[axis] = slice(0, -1)
        hi[axis] = slice(1, None)
        d = x[tuple(hi)] - x[tuple(lo)]
        tot += np.sum(d**2)
    return tot


@program(v4, v5, wrt=(0, 1))
def rows_and_columns_put_together(x, y):
    a = np.r_[x, 1.0, y[::-1]]
    b = np.c_[x, x**2]
    c = np.r_[0:3, x[0]]
    return np.sum(a**2 * np.arange(10.0)) + np.sum(b**3) + c[3]


@program(m34)
def bool_mixed(x):
    rows = x[:, 0] > -10
    rows[1] = False
    y = x[rows, 1:]
    z = x[rows][:, [0, 1]]
    w = x[rows, [0, 3]]
    return np.sum(y**2) + np.sum(z * y[:, :2]) + w.sum() ** 2


@program(m34)
def mask_write_2d(x):
    a = x.copy()
    a[a < 0] *= 0.1
    a[(a > 1) | (a < -0.05)] = x[0, 0]
    m = x.sum(axis=1) > 0
    a[m] = a[m] ** 2
    a[~m, 0] += 1
    return np.sum(a**2 * W)


@program(m34)
def nonzero_flat(x):
    i, j = np.nonzero(x > 0)
    k = np.flatnonzero(x < 0)
    ij = np.argwhere(x > 0.1)
    return np.sum(x[i, j] ** 2) + np.sum(x.ravel()[k] ** 3) + np.sum(x[ij[:, 0], ij[:, 1]])


@program(m34)
def unravel(x):
    k = np.argmax(x)
    i, j = np.unravel_index(k, x.shape)
    p = np.ravel_multi_index(([0, 1], [2, 3]), x.shape)
    return x[i, j] ** 2 + np.sum(x.flat[p] ** 2) + x.flat[3] + np.sum(x.flat[1:4])


@program(v6)
def sliding(x):
    w = np.lib.stride_tricks.sliding_window_view(x, 3)
    return np.sum(w.mean(axis=1) ** 2) + np.sum(w[::2, -1])


@program(v6)
def item_access(x):
    return x.item(2) * x[3].item() + x.take([1, 1]).prod()


@program(v6)
def list_of_scalars(x):
    l = [float(e) for e in x]
    l[1:3] = [l[0] * l[5]]
    return np.prod(l[::2]) + sum(l[::-1][:2])


@program(v6)
def argsort_rank(x):
    o = np.argsort(-x)
    r = np.empty(6, dtype=int)
    r[o] = np.arange(6)
    top = x[o[:3]]
    p = np.argpartition(x, 2)
    return np.sum(top**2) + x[r] @ x + np.sum(x[p[:2]] ** 3)


@program(m34)
def lexsort_take(x):
    o = np.lexsort((x[1], x[0]))
    return np.sum(x[:, o] * W) + np.sum(np.take(x, o, axis=1, mode="wrap") ** 2)


@program(m34)
def take_along(x):
    o = np.argsort(x, axis=0)
    s = np.take_along_axis(x, o, axis=0)
    am = np.expand_dims(np.argmax(x, axis=1), 1)
    return np.sum(s * W) + np.sum(np.take_along_axis(x, am, 1) ** 2)


@program(v6)
def dynamic_index(x):
    k = int(np.sum(x > 0))
    return x[k] ** 2 + np.sum(x[:k] ** 2) * x[k - 1] + np.sum(x[k:][::-1] * x[: 6 - k])


@program(m33)
def tri_idx(x):
    i = np.tril_indices(3)
    L = np.zeros((3, 3))
    L[i] = x[i]
    u = np.triu_indices_from(x, k=1)
    m = np.mask_indices(3, np.triu)
    return np.sum((L @ L.T) ** 2) + np.sum(x[u]) + np.sum(x[m] ** 2)


@program(v4)
def from_params(theta):
    L = np.zeros((2, 2))
    L[np.tril_indices(2)] = theta[:3]
    np.fill_diagonal(L, np.exp(np.diag(L)))
    return np.log(np.linalg.det(L @ L.T + theta[3] ** 2 * np.eye(2)))


@program(m34)
def newaxis_many(x):
    d = x[:, None, :] - x[None, :, :]
    D = np.sqrt((d**2).sum(-1) + np.eye(3))
    return D[np.triu_indices(3, 1)].sum() + x[np.newaxis, ..., np.newaxis].sum()


@program(v6)
def empty_slices(x):
    return np.sum(x[4:2]) + np.prod(x[6:]) * x[0] + x[[]].sum() + np.sum(x[np.zeros(6, bool)])


@program(m34)
def row_col_iter(x):
    t = 0.0
    for row in x:
        for e in row[1:]:
            t += e * row[0]
    for col in x.T:
        t += col[0] * col[-1]
    for i, (a, b, *c) in enumerate(x):
        t += i * a * b + sum(c)
    return t


@program(m34)
def unpack_array(x):
    (a, b, c, d), *rest = x
    e, f = rest
    return a * b + c * d**2 + e @ f


@program(m34)
def select_choose_piecewise(x):
    a = np.select([x < 0, x < 1], [x**2, np.sin(x)], default=-x)
    b = np.piecewise(x, [x < 0, x >= 0], [lambda t: t**3, lambda t: np.exp(-t)])
    c = np.choose((x > 0).astype(int), (x * 2, x**2))
    d = np.piecewise(x, [x > 0.5], [1.0, lambda t: t])
    return np.sum(a * W) + np.sum(b * W) + np.sum(c) + np.sum(d * W)


@program(m34)
def idx_with_ellipsis_write(x):
    y = np.zeros((2, 3, 4))
    y[..., 1] = x[:, 1]
    y[0, ..., 2:] = x[:, 2:] * 2
    y[:, [0, 2], :1] += x[0, 0]
    y[1, :, ::-1] -= x
    y[-1][0][-1] = x[2, 2] ** 2
    return np.sum(y**2 * np.arange(24.0).reshape(2, 3, 4))


@program(m34)
def chained_fancy_write_is_lost(x):
    y = np.ones((3, 4))
    y[[0, 1]][0] = x[0]  # written to a copy
    y[0][[0, 1]] = x[1, :2]  # written to the array
    y[y > 0][0] = 5 * x[0, 0]
    return np.sum(y**2)


@program(m34)
def aug_fancy_dup(x):
    y = np.zeros(4)
    y[[0, 0, 1]] += x[0, :3]
    y[np.array([2, 2])] -= x[1, :2] ** 2
    y[[3, 3]] = x[2, :2]
    return np.sum(y**3)


@program(v6)
def np_index_ints(x):
    i = np.int64(2)
    j = np.array(3)
    return x[i] * x[j] + x[np.array(4)] ** 2 + x[True].sum() + x[None][0, i]


@program(v6)
def conditional_slice(x):
    n = len(x)
    h = x[: n // 2] if x[0] > 0 else x[n // 2 :]
    return np.sum(h**2) + np.sum(np.array_split(x, 4)[1] ** 2)


@program(v6)
def slice_objects(x):
    s = slice(1, 5, 2)
    sl = [slice(0, 2), slice(2, 6)]
    return np.sum(x[s] ** 2) + sum(np.prod(x[k]) for k in sl)


@program(m34)
def index_by_argmax_axis(x):
    j = x.argmax(axis=1)
    y = x.copy()
    y[np.arange(3), j] = 0
    return np.sum(y**2) + np.sum(x[range(3), j])


@program(v6)
def onehot(x):
    labels = np.array([0, 2, 1])
    oh = np.eye(3)[labels]
    p = x.reshape(3, 2)
    return np.sum((oh @ p) ** 2 * np.arange(6.0).reshape(3, 2))
