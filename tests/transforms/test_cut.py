"""Minimum cuts, against every choice there is."""

import itertools
import random

import pytest

from transad.transforms.cut import SINK, SOURCE, Network, to_record


def cheapest(count, read, inputs, again, recorded):
    """The least price, by trying each set of recorded variables."""
    best = float("inf")
    for kept in itertools.product((False, True), repeat=count):
        price, work, seen = 0, list(read), set()
        while work:
            v = work.pop()
            if v in seen:
                continue
            seen.add(v)
            if kept[v]:
                price += recorded[v]
            elif inputs[v] is None:
                price = float("inf")
            else:
                price += again[v]
                work += inputs[v]
        best = min(best, price)
    return best


def price_of(kept, read, inputs, again, recorded):
    price, work, seen = 0, list(read), set()
    while work:
        v = work.pop()
        if v in seen:
            continue
        seen.add(v)
        if v in kept:
            price += recorded[v]
        else:
            price += again[v]
            work += inputs[v]  # a TypeError where it cannot be computed again
    assert kept <= seen, "recorded for nothing"
    return price


@pytest.mark.parametrize("seed", range(40))
def test_no_choice_is_cheaper(seed):
    draw = random.Random(seed)
    count = 9
    inputs = [
        None if v < 2 or draw.random() < 0.2 else draw.sample(range(v), min(v, draw.randint(0, 2)))
        for v in range(count)
    ]
    again, recorded = ([draw.randint(1, 9) for _ in range(count)] for _ in range(2))
    read = draw.sample(range(count), 4)
    # what cannot be computed again is recorded without asking: it has no price to be compared
    recorded = [0 if i is None and v in read else r for v, (r, i) in enumerate(zip(recorded, inputs))]
    kept = to_record(read, inputs.__getitem__, again.__getitem__, recorded.__getitem__)
    want = cheapest(count, read, inputs, again, recorded)
    assert price_of(kept, read, inputs, again, recorded) == want


def test_flow_takes_back_what_another_way_needs():
    network = Network()
    for a, b in [(SOURCE, "a"), (SOURCE, "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("c", SINK), ("d", SINK)]:
        network.edge(a, b, 1)
    network.behind_cut()
    assert sum(1 - network.left[k] for k in network.edges[SOURCE]) == 2
