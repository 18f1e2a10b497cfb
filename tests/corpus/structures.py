"""Tuples, lists, dicts and the containers of the standard library."""

import copy
import itertools
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

import numpy as np

from corpus.runner import program

State = namedtuple("State", ["pos", "vel"])


@program(0.6)
def binomial_triangle(x):
    row = [1.0]
    for _ in range(4):
        row = [1.0] + [a + b * x for a, b in zip(row, row[1:])] + [x]
    return sum(v * (k + 1) for k, v in enumerate(row))


@program([0.5, 1.5, 2.5], wrt=(0,))
def list_argument(xs):
    total = 0.0
    for a, b in zip(xs, xs[1:]):
        total += a * b
    return total + xs[-1] ** 2 + len(xs) * xs[0]


@program({"rate": 0.3, "shape": {"a": 1.2, "b": [0.5, 0.7]}}, 2.0, wrt=(0, 1))
def nested_parameters(params, t):
    shape = params["shape"]
    return params["rate"] * t ** shape["a"] + sum(b * t for b in shape["b"])


@program((0.4, [1.0, 2.0], {"k": 3.0}), wrt=(0,))
def mixed_structure(tree):
    a, (b, c), d = tree
    return a * b + c * d["k"] ** a


@program(0.6)
def matrix_as_lists(x):
    m = [[x * (i + j) for j in range(3)] for i in range(3)]
    t = [list(r) for r in zip(*m)]
    trace = sum(m[i][i] for i in range(3))
    return trace * t[0][2] + sum(sum(row) for row in m)


@program(0.6)
def gaussian_elimination_on_lists(x):
    a = [[4.0, x, 1.0], [x, 5.0, 2.0], [1.0, 2.0, 6.0 + x]]
    b = [1.0, x, 3.0]
    n = 3
    for i in range(n):
        for k in range(i + 1, n):
            f = a[k][i] / a[i][i]
            for j in range(i, n):
                a[k][j] -= f * a[i][j]
            b[k] -= f * b[i]
    sol = [0.0] * n
    for i in range(n - 1, -1, -1):
        sol[i] = (b[i] - sum(a[i][j] * sol[j] for j in range(i + 1, n))) / a[i][i]
    return sol[0] * sol[1] + sol[2]


@program(0.6)
def knapsack_table(x):
    best = [0.0] * 6
    for weight, value in [(1, x), (2, 1.5 * x), (3, x**2 + 1.0)]:
        for c in range(5, weight - 1, -1):
            best[c] = max(best[c], best[c - weight] + value)
    return best[5] ** 2


@program([0.2, 0.5, 0.3], wrt=(0,))
def viterbi_in_dicts(p):
    states = ("rain", "sun")
    start = {"rain": p[0], "sun": 1.0 - p[0]}
    trans = {"rain": {"rain": 0.7, "sun": 0.3}, "sun": {"rain": p[1], "sun": 1.0 - p[1]}}
    emit = {"rain": {"walk": p[2], "shop": 1.0 - p[2]}, "sun": {"walk": 0.8, "shop": 0.2}}
    v = {s: start[s] * emit[s]["walk"] for s in states}
    for obs in ("shop", "walk", "shop"):
        v = {s: max(v[r] * trans[r][s] for r in states) * emit[s][obs] for s in states}
    return max(v.values())


@program([0.2, 0.5, 0.3], wrt=(0,))
def forward_algorithm(p):
    alpha = [p[0], 1.0 - p[0]]
    for e in ((0.9, 0.2), (0.1, 0.8), (0.9, 0.2)):
        alpha = [
            e[0] * (alpha[0] * 0.7 + alpha[1] * p[1]),
            e[1] * (alpha[0] * 0.3 + alpha[1] * (1.0 - p[1])) + p[2],
        ]
    return sum(alpha)


@program(0.6)
def deque_as_queue(x):
    queue = deque([(x, 0)])
    total = 0.0
    while queue:
        value, depth = queue.popleft()
        total += value
        if depth < 2:
            queue.append((value * x, depth + 1))
            queue.append((value + 1.0, depth + 1))
    return total


@program(0.6)
def deque_rotations(x):
    d = deque([x, 2.0, x**2], maxlen=3)
    d.rotate(1)
    d.append(3.0 * x)
    d.extend([x])
    return d[0] * d[-1] + sum(d)


@program(0.6)
def default_dict_of_floats(x):
    totals = defaultdict(float)
    for key, v in [("a", x), ("b", 2.0), ("a", x**2), ("c", x)]:
        totals[key] += v
    return totals["a"] * totals["b"] + totals["missing"] + len(totals) * x


@program(0.6)
def counter_weights(x):
    counts = Counter("mississippi")
    return sum(n * x**k for k, (_, n) in enumerate(sorted(counts.items()))) + counts["s"] * x


@program(0.6)
def ordered_dict_moves(x):
    d = OrderedDict(a=x, b=x**2, c=3.0)
    d.move_to_end("a")
    first = next(iter(d))
    return sum(v * (i + 1) for i, v in enumerate(d.values())) * d[first]


@program(0.6)
def chained_maps(x):
    settings = ChainMap({"rate": x}, {"rate": 5.0, "scale": x**2})
    return settings["rate"] * settings["scale"]


@program(State(0.5, -0.2), 0.1, wrt=(0, 1))
def verlet_on_named_tuples(state, dt):
    for _ in range(3):
        acc = -state.pos
        pos = state.pos + dt * state.vel + 0.5 * dt**2 * acc
        vel = state.vel + 0.5 * dt * (acc - pos)
        state = State(pos, vel)
    return state.pos * state.vel + state._replace(vel=2.0).vel * state[0]


@program(0.6)
def slices_of_lists(x):
    v = [x * k for k in range(8)]
    v[2:4] = [x, x, x]
    v[::3] = [0.0] * len(v[::3])
    del v[1:3]
    v.insert(1, x**2)
    return sum(a * b for a, b in zip(v[1:], v[:-1])) + sum(v[::-1][:2])


@program(0.6)
def set_and_dict_operations(x):
    keys = {"a", "b"} | {"c"}
    d = {k: x * (i + 1) for i, k in enumerate(sorted(keys))}
    e = d | {"a": 10.0}
    d |= {"z": x**2}
    return sum(d.values()) * e["a"] + e.pop("b") + d.get("nope", x) + d.setdefault("n", 2.0 * x)


@program(0.6)
def graph_traversal(x):
    graph = {"a": [("b", x), ("c", 2.0)], "b": [("d", x**2)], "c": [("d", 0.5)], "d": []}
    dist = {"a": 0.0}
    for node in "abcd":
        for neighbour, w in graph[node]:
            new = dist[node] + w
            if neighbour not in dist or new < dist[neighbour]:
                dist[neighbour] = new
    return dist["d"] ** 2


@program(0.6)
def copies_do_not_share(x):
    a = [x, [x**2]]
    b, c = copy.copy(a), copy.deepcopy(a)
    a[1][0] = 5.0
    a[0] = 1.0
    return b[0] * b[1][0] + c[1][0] * c[0]


@program(0.6)
def zipped_and_unzipped(x):
    points = [(x, 1.0), (x**2, 2.0), (3.0, x)]
    xs, ys = zip(*points)
    return sum(a * b for a, b in zip(xs, ys)) + max(xs) * min(ys)


@program(np.array([0.5, 1.0, 1.5]))
def lists_of_array_items(v):
    items = list(v)
    items.append(v.sum())
    items.reverse()
    total, rest = items[0], items[1:]
    return total * rest[0] + np.dot(np.array(rest), v[::-1])


@program(0.6)
def string_keys_made_in_loops(x):
    table = {}
    for i in range(3):
        for j in "ab":
            table[f"{j}{i}"] = x ** (i + 1) * (2.0 if j == "a" else 1.0)
    return sum(v for k, v in table.items() if k.startswith("a")) * table["b2"]


@program(0.6)
def stack_calculator(x):
    env = {"x": x, "pi": 3.14}
    ops = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b}
    stack = []
    for token in "x x * pi x - * x +".split():
        if token in ops:
            b, a = stack.pop(), stack.pop()
            stack.append(ops[token](a, b))
        else:
            stack.append(env[token])
    (result,) = stack
    return result


@program(0.6)
def recursive_descent_parser(x):
    def parse(text, env):
        tokens = text.replace("(", " ( ").replace(")", " ) ").split()
        position = 0

        def expression():
            nonlocal position
            value = term()
            while position < len(tokens) and tokens[position] in "+-":
                op = tokens[position]
                position += 1
                right = term()
                value = value + right if op == "+" else value - right
            return value

        def term():
            nonlocal position
            value = factor()
            while position < len(tokens) and tokens[position] == "*":
                position += 1
                value = value * factor()
            return value

        def factor():
            nonlocal position
            token = tokens[position]
            position += 1
            if token == "(":
                value = expression()
                position += 1
                return value
            return env[token] if token in env else float(token)

        return expression()

    return parse("2 * x * (x + 3) - x", {"x": x})


@program(0.6)
def grouped_and_chained(x):
    data = [("a", x), ("a", 2.0), ("b", x**2)]
    total = 0.0
    for key, group in itertools.groupby(data, key=lambda p: p[0]):
        values = [v for _, v in group]
        total += sum(values) * (len(values) if key == "a" else 3.0)
    for v in itertools.chain([x], (x**2,), [1.0]):
        total *= v + 1.0
    return total


@program(0.6)
def products_and_combinations(x):
    xs = [x, x**2, 2.0]
    total = sum(a * b for a, b in itertools.combinations(xs, 2))
    total += sum(a * b for a, b in itertools.product(xs, repeat=2))
    total += sum(p[0] * p[2] for p in itertools.permutations(xs))
    for a, b in itertools.pairwise(xs):
        total += a - b
    total += sum(itertools.islice(itertools.cycle(xs), 5))
    return total + sum(itertools.takewhile(lambda v: v < 1, xs))
