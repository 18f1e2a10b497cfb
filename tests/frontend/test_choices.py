"""Lists and objects that are one thing or another, as a condition says."""

import numpy as np
import pytest

import transad


class Circle:
    def __init__(self, r):
        self.r = r

    def area(self):
        return 3.0 * self.r**2

    def __lt__(self, other):
        return self.area() < other.area()


class Square(Circle):
    def area(self):
        return self.r**2


def of_two_classes(x):
    shape = Circle(x) if x > 5.0 else Square(x)
    return shape.area()


def of_two_classes_made_before(x):
    a, b = Circle(x), Square(2.0 * x)
    shape = a if x > 5.0 else b
    return shape.area() * shape.r


def written_to_through_either_name(x):
    a, b = [x], [2.0 * x]
    c = a if x > 0.1 else b
    c[0] = 7.0 * x
    c.append(x)
    return a[0] + len(a) * b[0]


def chosen_in_a_loop(x):
    best = Circle(x)
    for k in range(3):
        other = Circle(x * (2.0 - k))
        if other < best:
            best = other
    return best.r


def chosen_among_choices(x):
    a, b, c = Circle(x), Square(x), Circle(0.1 * x)
    return min(a, b, c).r * max(a, b, c).area()


CHOSEN = [of_two_classes, of_two_classes_made_before, written_to_through_either_name]
CHOSEN += [chosen_in_a_loop, chosen_among_choices]


@pytest.mark.parametrize("f", CHOSEN)
def test_each_is_used_on_its_path(f):
    transad.check_grad(f, 0.4)
    transad.check_grad(f, 6.0)


def two_names_on_one_path(x):
    if x > 0.0:
        a = b = [x]
    else:
        a, b = [1.0], [2.0]
    a[0] = a[0] * 3.0
    return b[0]


def two_objects_on_one_path(x):
    if x > 0.0:
        a = b = Circle(x)
    else:
        a, b = Circle(1.0), Circle(2.0)
    a.r = a.r * 3.0
    return b.r


def two_names_that_are_only_read(x):
    if x > 0.0:
        a = b = [x]
    else:
        a, b = [1.0], [2.0]
    return a[0] * b[0]


@pytest.mark.parametrize("f", [two_names_on_one_path, two_objects_on_one_path])
def test_writing_to_what_is_one_list_on_one_path_and_two_on_the_other_is_refused(f):
    with pytest.raises(transad.TransadError, match="two names may stand for the same"):
        transad.grad(f)(0.4)


def test_reading_it_is_not():
    transad.check_grad(two_names_that_are_only_read, 0.4)


def an_array_that_may_have_changed_is_chosen_in_a_loop(x, n):
    a = np.exp(x.T)
    b = a.reshape(-1)
    b[0] = x[0, 1]
    total, c = 0.0, x
    for k in range(n):
        total = total + np.sum(c)
        c = a if x[0, 0] > k else x
    return total


def test_whether_an_array_changed_is_said_once():
    with pytest.raises(transad.AliasingError) as caught:
        transad.grad(an_array_that_may_have_changed_is_chosen_in_a_loop)(np.ones((2, 2)), 2)
    assert caught.value.reason.startswith("whether a changed is not known here: it may share memory with b")
