"""Names that a loop binds to lists, dicts and objects: what is written under one name is seen under the other."""

import numpy as np

from corpus.runner import program

v3 = np.array([0.7, 1.3, 1.5])


@program(v3)
def list_bound_in_a_loop_and_grown_after_it(x):
    y = list(x)
    for k in range(2):
        q = y
    y.append(y[2] * 2)
    return sum(q) + q[1]


@program(v3)
def list_bound_in_a_loop_in_place_of_another(x):
    y = list(x)
    q = [1.0]
    for k in range(2):
        q = y
    y[0] = y[1] * y[2]
    return sum(q) + q[1] * q[0]


@program(v3)
def list_bound_in_a_while_loop(x):
    y = list(x)
    k = 0
    while y[k] < 1.4:
        q = y
        k += 1
    q[0] = y[1] * y[2]
    return y[0] * q[1]


@program(v3)
def list_bound_to_two_names_in_a_loop(x):
    y = list(x)
    for k in range(2):
        q = [y[k], 1.0]
        r = q
    q[0] = y[1] * y[2]
    return sum(r) + y[0]


@program(v3)
def list_put_in_a_dict_in_a_loop(x):
    y = list(x)
    o = {"a": [0.0]}
    for k in range(2):
        o["a"] = y
    y[0] = y[1] * y[2]
    return sum(o["a"])


@program(v3)
def list_put_in_a_tuple_in_a_loop(x):
    y = list(x)
    t = (0.0, [1.0])
    for k in range(2):
        t = (y[k], y)
    y[0] = y[1] * y[2]
    return sum(t[1])


@program(v3)
def list_handed_on_from_pass_to_pass(x):
    y = list(x)
    prev = [0.0]
    for k in range(3):
        cur = [y[k]]
        cur[0] += prev[0]
        prev = cur
    prev[0] *= y[0]
    return prev[0] + cur[0]


@program(v3, 2)
def list_bound_in_a_loop_of_unknown_length(x, n):
    y = list(x)
    q = [0.0]
    for k in range(n):
        q = y
    y[0] = y[1] * y[2]
    return sum(q)
