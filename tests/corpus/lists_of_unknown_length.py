"""Lists whose lengths depend on the data, changed in the middle: stacks, queues, windows, sorted lists."""

import numpy as np

from corpus.runner import program, refused

v = np.array([0.62, 0.27, 0.41, 0.93, 0.35, 0.78])


@program(1.1, 4.0)
def a_stack(x, limit):
    stack = [x]
    total = 0.0
    while stack:
        y = stack.pop()
        total += y * y
        if y < limit:
            stack.append(y * 1.5)
            if y < 2.0:
                stack.append(y + 1.0)
    return total


@program(1.2, 20.0)
def a_queue(x, limit):
    queue = [x]
    total = 0.0
    while queue and total < limit:
        y = queue.pop(0)
        total += y
        if y < 3.0:
            queue.append(y * 2.0)
        queue.append(y + 1.0)
    return total


@program(v, 3)
def a_moving_maximum(xs, width):
    window = []
    total = 0.0
    for x in xs:
        window.append(x)
        if len(window) > width:
            window.pop(0)
        total += max(window) * x
    return total


@program(v)
def order_of_those_above(xs):
    above = []
    for x in xs:
        if x > 0.3:
            above.append(x)
    above.sort()
    return above[len(above) // 2] ** 2 + sum(above[1:]) * sum(above[:2])


@program(v)
def sorted_by_a_key(xs):
    above = []
    for x in xs:
        if x > 0.3:
            above.append(x)
    above.sort(key=lambda z: (z - 0.5) ** 2, reverse=True)
    above.reverse()
    return sum(k * y for k, y in enumerate(above))


@program(v)
def items_inserted_and_removed(xs):
    kept = [x * 2.0 for x in xs if x > 0.4]
    ordered = sorted(kept)
    ordered.insert(2, xs[0])
    ordered.insert(-1, xs[1])
    kept.remove(min(kept))
    return sum(a * b for a, b in zip(ordered, kept))


@program(v)
def pairs_taken_from_the_end(xs):
    events = []
    for k, x in enumerate(xs):
        if x > 0.3:
            events.append((x, k * x))
    total = 0.0
    while events:
        a, b = events.pop()
        total += a * b
    return total


@program(1.3, 8.0)
def conditions_with_lists(x, limit):
    grown = []
    y = x
    while not (grown and y > limit):
        grown.append(y)
        y = y * 1.5
    if grown and grown[-1] > 1.0 or y < 0.0:
        y = y * x
    return y + sum(grown)


@refused(v, says="sort changes a list of a length")
def pairs_in_order(xs):
    events = []
    for k, x in enumerate(xs):
        if x > 0.3:
            events.append((x, k * x))
    events.sort()
    return sum(a * b * k for k, (a, b) in enumerate(events))
