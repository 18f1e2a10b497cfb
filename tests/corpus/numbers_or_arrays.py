"""Numbers that are arrays without axes, always or on some paths: `np.where` and `np.asarray` of numbers give such
arrays, which `+=` changes under all of their names; of numbers it makes new ones."""

import numpy as np

from corpus.runner import program

v = np.array([0.3, 1.2, 0.9, 0.4])


@program(1.5)
def a_chosen_number_is_shared(x):
    a = np.where(x > 0.0, x, 1.0)
    b = a
    b -= 1.0
    return a * b


@program(1.5)
def a_chosen_number_overwritten(x):
    a = np.where(x > 0.0, x, 2.0 * x)
    a[...] = a * x
    b = a
    b -= 1.0
    return a * b + a[()] ** 2


@program(1.5, 3)
def a_chosen_number_shared_in_a_loop(x, n):
    a = np.where(x > 0.0, x, 2.0 * x)
    for _ in range(n):
        b = a
        a *= x
    return b * a


@program(np.array([1.5, 0.5]))
def added_to_under_two_names(xs):
    def one(x):
        a = x * x if x > 1.0 else np.where(x > 0.0, x, 2.0 * x)
        b = a
        b *= x
        return a * np.sin(b)

    return one(xs[0]) * one(xs[1])


@program(1.2, 3)
def names_of_a_number_exchanged_in_a_loop(x, n):
    return names_exchanged_in_a_loop(x, n)


@program(0.5, 3)
def names_exchanged_in_a_loop(x, n):
    a = x * x if x > 1.0 else np.where(x > 0.0, x, 2.0 * x)
    b = a
    b *= x
    c = b
    b += x**2
    for k in range(n):
        c -= x * k
        if k == 1:
            c = a
    c *= 2.0
    return a * np.sin(b) + c


@program(1.2)
def items_of_a_list_of_numbers(x):
    return items_of_a_list(x)


@program(0.5)
def items_of_a_list(x):
    a = x * x if x > 1.0 else np.where(x > 0.0, x, 2.0 * x)
    z = [a, a * x]
    z[0] += x
    b = a
    for q in z:
        q *= x
    return a * np.sin(b) + z[0] * z[1]


@program(1.5, 3)
def best_so_far(x, n):
    best = 0
    for k in range(n):
        best = np.where(x > k, best + x * k, best)
    return best**2


@program(1.2, 3)
def best_so_far_moved(x, n):
    best = x
    for k in range(n):
        best = np.where(best > k, best * x, best + x)
        best += x
    return best**2


@program(v)
def largest_entry(xs):
    best = xs[0]
    for x in xs:
        best = np.where(x > best, x, best)
    return best**2


@program(v)
def largest_entry_as_an_array(xs):
    best = xs[0]
    for x in xs:
        if x > best:
            best = np.asarray(x * 2.0)
    out = np.zeros(3)
    out[1] = best
    out[:2] += best
    return np.sum(out**2)


@program(v)
def chosen_terms(xs):
    total = 0.0
    for x in xs:
        total += np.where(x > 0.5, x**2, -x)
    return total * total


@program(1.5)
def made_an_array_of_a_number(x):
    return made_an_array(x)


@program(0.5)
def made_an_array(x):
    a = np.float64(x) if x > 1.0 else np.where(x > 0.0, x, 2.0 * x)
    b = np.asarray(a)
    return np.sum(a * np.exp(b)) + a.mean() + a.real


@program(1.5)
def a_list_of_either(x):
    out = []
    for k in range(3):
        out.append(x if k == 1 else np.where(x > k, x, k * x))
    return np.sum(np.array(out) ** 2) + sum(out)


@program(1.5, 20.0)
def from_a_function(x, limit):
    def step(a):
        if a > 2.0:
            return a
        return np.where(a > 1.0, a * x, a + x)

    a = x
    while a < limit:
        a = step(a) + 1.0
    return a * x


@program(1.5)
def a_number_asked_for_its_class(x):
    return asked_for_its_class(x)


@program(0.5)
def asked_for_its_class(x):
    a = x**2 if x > 1.0 else np.asarray(x**3)
    b = a
    b += x
    return a * b if isinstance(a, np.ndarray) else a + b


@program(np.array(1.5))
def an_argument_without_axes(x):
    y = x.copy()
    y *= x
    y[()] += x
    y[...] = np.sin(y)
    return y.item() + np.reshape(y, (1,))[0] * y[None][0]


@program(1.5, 2.5, wrt=(0, 1))
def minima_of_minima(x, y):
    a = min(np.minimum(x, y), np.maximum(x * y, y))
    b = np.clip(a, 0.5, y + 0.1)
    return b * np.minimum(b + 0.1, x)


@program(v)
def conjugates_of_real_numbers(x):
    a = x.copy()
    w, u = np.conj(a), a.conj()  # a copy, and the array itself
    w[0] = 5.0
    u[1] *= 7.0
    return np.sum(a * w)
