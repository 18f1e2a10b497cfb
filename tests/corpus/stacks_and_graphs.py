"""Stacks whose depth the values decide, and dicts and sets that know objects."""

from __future__ import annotations

import math

import numpy as np

from corpus.runner import program

R = np.random.RandomState(7)


class Node:
    def __init__(self, name, value=0.0):
        self.name, self.value, self.edges = name, value, []

    def to(self, other, w):
        self.edges.append((other, w))
        return self


@program(0.5, 1.5, wrt=(0, 1))
def graph_of_objects(a, b):
    s, t, u = Node("s", a), Node("t"), Node("u")
    s.to(t, a * b).to(u, b)
    t.to(u, a)
    cost = {s: 0.0}
    seen = set()
    queue = [s]
    while queue:
        n = queue.pop(0)
        if n in seen:
            continue
        seen.add(n)
        for m, w in n.edges:
            c = cost[n] + w
            if m not in cost or c < cost[m]:
                cost[m] = c
            queue.append(m)
    return cost[u] ** 2 + sum(v for v in cost.values()) + len(seen) + max(cost, key=cost.get).value


@program(0.5)
def memo_by_object(x):
    memo = {}

    def value(n):
        if n not in memo:
            memo[n] = n.value * x + sum(value(m) * w for m, w in n.edges)
        return memo[n]

    leaf = Node("l", 2.0)
    root = Node("r", x).to(leaf, 3.0).to(leaf, x)
    r = value(root)
    del memo[leaf]
    return r * len(memo) + memo.get(leaf, x)


@program(R.rand(4))
def stack_with_growth(x):
    stack = [x[0], x[1], x[2]]
    s = 0.0
    while stack:
        t = stack.pop()
        s += t * t
        if t > 0.35:
            stack.append(t * 0.5)
            stack.append(t * 0.3 * x[3])
    return s


@program(0.3, 1.7, wrt=(0, 1))
def adaptive_simpson(a, b):
    f = lambda t: math.exp(-t * t) * math.sin(3 * t)

    def simpson(l, r):
        return (r - l) / 6 * (f(l) + 4 * f((l + r) / 2) + f(r))

    todo = [(a, b, simpson(a, b), 1e-5)]
    total = 0.0
    while todo:
        l, r, whole, tol = todo.pop()
        m = (l + r) / 2
        left, right = simpson(l, m), simpson(m, r)
        if abs(left + right - whole) < 15 * tol:
            total += left + right + (left + right - whole) / 15
        else:
            todo.append((l, m, left, tol / 2))
            todo.append((m, r, right, tol / 2))
    return total


@program(R.rand(5))
def rpn(x):
    program_ = ["0", "1", "+", "2", "*", "3", "4", "-", "/"]
    st = []
    for tok in program_:
        if tok in "+-*/":
            b = st.pop()
            a = st.pop()
            st.append({"+": a + b, "-": a - b, "*": a * b, "/": a / b}[tok])
        else:
            st.append(x[int(tok)])
    return st.pop()


@program(R.rand(5))
def left_over(x):
    st = []
    for v in x:
        st.append(v * v)
        if v > 0.5 and len(st) > 1:
            a = st.pop()
            b = st.pop()
            st.append(a * b)
    return sum(st) + st[-1] * len(st)


@program([0.3, 0.5, 0.7], 0.4, wrt=(0, 1))
def pops_an_argument(xs, y):
    s = 0.0
    while len(xs) > 1 and s < 5:
        s += xs.pop() * y
        y = y * 1.1
    return s + xs[0] ** 2


@program(R.rand(5))
def monotone_stack(x):
    st = []
    area = 0.0
    for v in x:
        while st and st[-1] < v:
            area += st.pop() * v
        st.append(v)
    return area + len(st)


@program(R.rand(3))
def pop_both_used(x):
    st = []
    for i in range(3):
        for j in range(i + 1):
            st.append(x[i] * (j + 1))
    s = 0.0
    n = 0
    while len(st) > 2:
        a = st.pop()
        b = st.pop()
        st.append(a * b + x[0])
        s += st[-1] * st[0]
        n += 1
    return s * n + st[0] + st[1]


@program(R.rand(3))
def bisect_heap_like(x):
    st = []
    for v in x:
        st.append((v, v * v))
    s = 0.0
    while st:
        p, q = st.pop()
        s += p * q
        if q > 0.5 and len(st) < 3:
            st.append((p * 0.5, q * 0.5))
    return s


@program(R.rand(4))
def popped_in_branch(x):
    stack = list(x)
    s = 0.0
    while len(stack) > 1:
        if stack[-1] > 0.3:
            s += stack.pop() ** 2
        else:
            a = stack.pop()
            b = stack.pop()
            s += a * b
    return s + sum(stack)


@program(R.rand(4))
def popped_before_break(x):
    stack = list(x)
    s = 0.0
    while True:
        if not stack:
            break
        top = stack.pop()
        if top < 0.2:
            break
        s += top**2
    return s + sum(stack)


@program(R.rand(4))
def popped_and_lost(x):
    stack = list(x)
    s = 0.0
    while stack:
        stack.pop()
        if stack:
            s += stack[-1] ** 2
    return s


@program(R.rand(4))
def popped_at_the_end(x):
    stack = list(x)
    stack.pop()
    last = stack.pop()
    return last * stack[0]


@program(R.rand(4))
def grown_and_measured(x):
    out = []
    s = 0.0
    for v in x:
        out.append(v * v)
        if v > 0.3:
            out.append(v)
        s += v * out[0] * len(out) + out[-1] * out[len(out) // 2]
    return s + sum(out) + s * len(out)


@program(R.rand(4))
def two_names(x):
    out = []
    keep = out
    s = 0.0
    for v in x:
        if v > 0.3:
            out.append(v)
        if len(keep) > 1:
            s += keep[-1] * keep[0] * v
    return s * sum(keep)


@program(R.rand(4), 0.7, wrt=(0, 1))
def older_versions(x, y):
    out = [y]
    for v in x:
        out.append(v * y)
    a = out[-1] * out[0] * len(out)
    out.append(a * a)
    n = len(out)
    for v in x:
        out.append(v)
        a = a + out[-2] * out[n - 1]
    out[1] = out[2] * out[3]
    out.append(out[1])
    return a * sum(out) + n * len(out)


@program([0.3, 0.5], 0.7, wrt=(0, 1))
def argument_grows(xs, y):
    first = xs[0] * xs[-1]
    for k in range(3):
        xs.append(xs[-1] * y)
        first = first + xs[k] * xs[-1]
    return first * sum(xs)


@program(0.7)
def last_item_and_its_sine(y):
    L = [y]
    for k in range(5):
        L.append(L[len(L) - 1])
    L.append(np.sin(L[-1]))
    return y + L[-1]


@program(np.array([0.3, 0.5]), 0.7, wrt=(0, 1))
def emptied_and_filled_again(x, y):
    L = [y]
    s = y
    L.append(np.sin(np.sin(y * s)))
    while len(L) > 1:
        s = s * 0.9 + L.pop()
    for v in x:
        L.append(v)
    return s * len(L)
