"""Recursive functions that write to arrays of their callers, given or from around them."""

import numpy as np

from corpus.runner import program

v = np.array([0.9, 0.2, 1.4, 0.5, 1.1, 0.7])
grid = np.array([[0.3, 0.6, 0.9, 0.2], [0.4, 0.95, 0.5, 0.35], [0.7, 0.1, 0.85, 0.45]])


def quicksort(a, lo, hi):
    if lo >= hi:
        return
    p = a[hi]
    i = lo
    for j in range(lo, hi):
        if a[j] < p:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[hi] = a[hi], a[i]
    quicksort(a, lo, i - 1)
    quicksort(a, i + 1, hi)


@program(v)
def order_statistics(x):
    a = x.copy()
    quicksort(a, 0, len(a) - 1)
    return np.sum(a**2 * np.arange(len(a)))


@program(v, 6)
def sorted_by_a_closure(x, n):
    a = x.copy()

    def swap(i, j):
        a[i], a[j] = a[j], a[i]

    def sort(lo, hi):
        if lo < hi:
            i = lo
            for j in range(lo, hi):
                if a[j] < a[hi]:
                    swap(i, j)
                    i += 1
            swap(i, hi)
            sort(lo, i - 1)
            sort(i + 1, hi)

    sort(0, n - 1)
    return np.sum(a**2 * np.arange(n))


def flood(height, i, j, level, out):
    if i < 0 or j < 0 or i >= height.shape[0] or j >= height.shape[1]:
        return
    if out[i, j] != 0.0 or height[i, j] > level:
        return
    out[i, j] = (level - height[i, j]) ** 2
    flood(height, i + 1, j, level, out)
    flood(height, i - 1, j, level, out)
    flood(height, i, j + 1, level, out)
    flood(height, i, j - 1, level, out)


@program(grid)
def flooded(height):
    out = np.zeros_like(height)
    flood(height, 0, 0, 0.8, out)
    return np.sum(out**2)


def haar(a, n, stride, offset):
    if n == 1:
        return
    half = n // 2
    haar(a, half, stride, offset)
    haar(a, half, stride, offset + half * stride)
    for k in range(half):
        first, second = offset + k * stride, offset + (k + half) * stride
        even, odd = a[first], a[second]
        a[first] = even + odd
        a[second] = 0.5 * (even - odd)


@program(np.array([0.9, 0.2, 1.4, 0.5]), 4)
def wavelet_coefficients(x, n):
    a = x.copy()
    haar(a, n, 1, 0)
    return np.sum(a**3)


@program(1.3, 5)
def filled_by_a_closure(x, n):
    a = np.zeros(n)

    def fill(i):
        if i == n:
            return
        a[i] = x * i + (a[i - 1] if i > 0 else 0.0)
        fill(i + 1)

    fill(0)
    return np.sum(a**2)


@program(grid, 2)
def a_row_of_a_matrix(x, n):
    a = x.copy()

    def stretch(row, k):
        if k == 0:
            return
        row *= 1.5
        row[k] += row[0] ** 2
        stretch(row, k - 1)

    stretch(a[1], n)
    return np.sum(a**2)


@program(v, 4)
def two_arrays_in_turn(x, n):
    def mix(p, q, k):
        if k == 0:
            return 0.0
        p[k] = q[k] * p[k - 1]
        return q[k] * mix(q, p, k - 1) + p[k - 1]

    a, b = x.copy(), 2.0 * x
    return mix(a, b, n) + np.sum(a * b)


@program(v, 3)
def the_array_written_to_is_returned(x, n):
    def multiply(p, k):
        if k == 0:
            return p
        p[k] *= p[k - 1]
        return multiply(p, k - 1)

    a = x.copy()
    b = multiply(a, n)
    b[0] = 3.0
    return np.sum(a**2) + np.sum(b)


@program(v, 5)
def functions_that_call_each_other(x, n):
    a = x.copy()

    def even(k):
        if k > 0:
            a[k] *= 2.0
            odd(k - 1)

    def odd(k):
        if k > 0:
            a[k] *= a[k - 1]
            even(k - 1)

    even(n)
    return np.sum(a**2)


@program(1.2, 3)
def towers(x, n):
    weight = np.zeros((3, 4))

    def move(k, start, goal):
        if k == 0:
            return
        other = 3 - start - goal
        move(k - 1, start, other)
        weight[start, k] -= x
        weight[goal, k] += x * k
        move(k - 1, other, goal)

    move(n, 0, 2)
    return np.sum(weight**2)


@program(v, 3)
def permanent_like_sum(x, n):
    used = np.zeros(n, bool)

    def choose(k, product):
        if k == n:
            return product
        total = 0.0
        for i in range(n):
            if not used[i]:
                used[i] = True
                total += choose(k + 1, product * x[i] ** (k + 1))
                used[i] = False
        return total

    return choose(0, 1.0)
