"""Branches, loops and exceptions."""

import contextlib
import logging
import warnings

import numpy as np

from corpus.runner import program

log = logging.getLogger(__name__)


@program(1.7)
def while_else(x):
    n, y = 0, x
    while y < 20.0:
        y = y * x
        n += 1
        if n > 50:
            break
    else:
        y = y + n * x
    return y


@program(0.4, 3.0, wrt=(0, 1))
def bisection(a, b):
    f = lambda t: t**3 - b * t - 1.0
    lo, hi = a, 5.0
    for _ in range(60):
        mid = (lo + hi) / 2.0
        if f(mid) > 0.0:
            hi = mid
        else:
            lo = mid
        if hi - lo < 0.5:
            break
    return lo * hi


@program(np.array([0.5, -1.0, 2.0, 0.3, -0.7]))
def running_maximum_with_reset(xs):
    best, total = -1e9, 0.0
    for i, v in enumerate(xs):
        if i == 3:
            best = v
            continue
        if v > best:
            best = v
        total += best * v
    return total


@program(np.array([[1.5, 2.0, 3.0], [4.0, 0.5, 6.0], [7.0, 8.0, 9.0]]))
def search_in_matrix_with_flags(a):
    found = None
    for i in range(3):
        for j in range(3):
            if a[i, j] < 1.0:
                found = (i, j)
                break
        if found is not None:
            break
    i, j = found
    return a[i, j] ** 2 * a[j, i]


@program(0.3)
def loop_with_several_exits(x):
    y = x
    for k in range(20):
        if y > 10.0:
            return y * 2.0
        if k == 15:
            break
        if k % 3 == 1:
            y = y + 0.5
            continue
        y = y * 1.3 + x
    else:
        return -y
    return y + x


@program(0.3)
def return_from_nested_loops(x):
    for i in range(5):
        for j in range(i, 5):
            if i * j * x > 1.0:
                return x**i + j * x
    return x


@program(2.0)
def newton_until_converged(a):
    x = 1.0
    while True:
        new = x - (x * x * x - a) / (3.0 * x * x)
        if abs(new - x) < 1e-12:
            break
        x = new
    return new * a


@program(0.8)
def while_with_two_conditions(x):
    k, err = 0, 1.0
    y = x
    while err > 1e-3 and k < 10:
        new = np.cos(y) * x
        err, y, k = abs(new - y), new, k + 1
    return y**2


@program(0.8)
def sign_dispatch(x):
    if x < 0:
        sign = -1
    elif x == 0:
        sign = 0
    else:
        sign = 1
    return sign * x**2


@program(27.0)
def collatz_scale(x):
    n, steps = 27, 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return x * steps


@program(1.2, twice=False)
def piecewise_linear_table(x):
    xs = [0.0, 0.5, 1.0, 1.5, 2.0]
    ys = [1.0, 0.2, 0.4, 2.0, 1.5]
    if x <= xs[0]:
        return ys[0] + 0.0 * x
    for k in range(1, len(xs)):
        if x <= xs[k]:
            t = (x - xs[k - 1]) / (xs[k] - xs[k - 1])
            return (1.0 - t) * ys[k - 1] + t * ys[k]
    return ys[-1] + 0.0 * x


@program(0.7)
def try_else_finally(x):
    events = []
    try:
        y = np.log(x)
    except ValueError:
        y = 0.0
    else:
        y = y * 2.0
        events.append("else")
    finally:
        events.append("finally")
    return y * len(events)


@program(0.7)
def except_with_name(x):
    try:
        raise ValueError("no", 3)
    except ValueError as e:
        return x * e.args[1]
    return x


@program(0.7)
def exception_hierarchy(x):
    def risky(v, kind):
        if kind == 0:
            raise KeyError("k")
        if kind == 1:
            raise IndexError("i")
        if kind == 2:
            raise ZeroDivisionError
        return v**2

    total = 0.0
    for kind in range(4):
        try:
            total += risky(x, kind)
        except LookupError:
            total += x * (kind + 1)
        except (ArithmeticError, OSError):
            total -= x**3
    return total


@program(0.7)
def reraised(x):
    def inner(v):
        try:
            if v > 0.0:
                raise RuntimeError("positive")
        except RuntimeError as e:
            raise ValueError("wrapped") from e
        return v

    try:
        y = inner(x)
    except ValueError:
        y = 3.0 * x
    return y * x


class Diverged(Exception):
    def __init__(self, value, step):
        super().__init__(f"diverged at {step}")
        self.value = value
        self.step = step


@program(1.5)
def exception_carries_the_value(x):
    def iterate(v):
        for k in range(100):
            v = v * v
            if v > 1e3:
                raise Diverged(v, k)
        return v

    try:
        y = iterate(x)
    except Diverged as d:
        y = np.log(d.value) / 2**d.step
    return y


@program(np.array([1.0, 0.0, 2.0, 4.0]))
def skip_failing_entries(xs):
    total = 0.0
    for k in range(4):
        try:
            if xs[k] < 0.1:
                raise ZeroDivisionError
            total += 1.0 / xs[k]
        except ZeroDivisionError:
            continue
        total += xs[k] ** 2
    return total


@program(0.5)
def division_by_zero_of_floats(x):
    parts = [1.0, 0.0, 2.0]
    total = 0.0
    for p in parts:
        try:
            total += x / p
        except ZeroDivisionError:
            total += 10.0 * x
    return total**2


@program(0.5)
def retry_with_smaller_step(x):
    step = 4.0
    for attempt in range(10):
        try:
            if step * x > 0.3:
                raise ValueError(f"step {step} too large")
            y = np.sqrt(1.0 - step * x)
            break
        except ValueError:
            step /= 2.0
    return y * step * x


@program(0.5)
def suppressed(x):
    y = x
    with contextlib.suppress(KeyError, IndexError):
        y = y * 2.0
        {}["missing"]
        y = y * 100.0
    return y**2


@program(0.5)
def errstate_and_warnings(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) / x
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = y * x**2
    return y


@program(0.5)
def logging_everywhere(x):
    log.info("start %s", x)
    y = x**2
    log.debug("y = %f", y)
    if y > 100.0:
        log.warning("large")
        warnings.warn("large", stacklevel=2)
    print("y:", y, "x:", x, sep=" ", end="\n")
    print(f"{y:.3f} and {x!r:>10} {y=}")
    print("%d of %s" % (3, y), "{:.2e}".format(x))
    return y * x


@program(0.5)
def deleted_names(x):
    tmp = x**2
    y = tmp + 1.0
    del tmp
    tmp = y * x
    d = {"a": tmp, "b": x}
    del d["a"]
    values = [x, y, tmp]
    del values[0], values[-1]
    return d["b"] * values[0] * tmp


@program(0.5)
def zero_trip_loops(x):
    y = x
    for _ in range(0):
        y = y * 100.0
    while y > 10.0:
        y = y / 2.0
    for k in []:
        y = y + k
    return y * x


@program(1.1)
def negative_range_and_offsets(x):
    y = 0.0
    for k in range(5, -6, -3):
        y += x**k if k > 0 else x * k
    for k in range(-2, 3):
        y += k**2 * x
    return y


@program(np.arange(1.0, 7.0))
def step_over_array(x):
    total = 0.0
    i = 0
    while i < len(x):
        if x[i] > 3.5 and i < 5:
            i += 2
            total += x[i - 1] * 0.5
            continue
        total += x[i] ** 2
        i += 1
    return total


@program(0.9)
def state_machine(x):
    state, y = "start", x
    for _ in range(7):
        if state == "start":
            y, state = y * 2.0, "up"
        elif state == "up":
            y = y + x
            state = "down" if y > 3.0 else "up"
        elif state == "down":
            y, state = y * 0.3, "start"
    return y + (1.0 if state == "up" else 2.0) * x


@program(0.9)
def state_machine_decided_by_values(x):
    state, y, t = 0, x, 0.0
    while t < 2.0:
        if state == 0 and y > 1.5:
            state = 1
        elif state == 1 and y < 0.7:
            state = 0
        y += 0.1 * (2.0 - y) if state == 0 else -0.1 * y * x
        t += 0.1
    return y


@program(np.array([3.0, 1.0, 2.0, 5.0, 4.0]))
def bubble_sort_by_hand(x):
    v = [x[i] for i in range(5)]
    n = len(v)
    swapped = True
    while swapped:
        swapped = False
        for i in range(n - 1):
            if v[i] > v[i + 1]:
                v[i], v[i + 1] = v[i + 1], v[i]
                swapped = True
    return sum((k + 1) * e**2 for k, e in enumerate(v))


@program(np.array([3.0, 1.0, 2.0, 5.0, 4.0]))
def insertion_sort_in_array(x):
    a = x.copy()
    for i in range(1, len(a)):
        key = a[i]
        j = i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return a[0] * a[1] + a[2] ** 2 - a[3] * a[4]


@program(0.9)
def and_or_values(x):
    empty = []
    name = "" or "default"
    scale = (empty and 1.0) or 2.0
    y = (x > 5.0 and x**3) or x**2
    z = None or x
    return y * scale * len(name) + (z and 3.0 * z)


@program(0.9)
def not_and_is(x):
    flag = None
    opts = {}
    if flag is None and not opts and x is not None:
        x = x * 2.0
    if isinstance(x, (int, float)) and not isinstance(x, bool):
        x = x + 1.0
    if type(x) is float or type(x) == np.float64:
        x = x**2
    return x


@program(0.9)
def asserted(x):
    assert 0.0 < x < 1.0, f"x={x} out of range"
    assert isinstance(x, float)
    y = np.arctanh(x)
    assert y >= 0.0
    return y


@program(np.array([0.5, 1.5, -0.5]))
def any_and_all(xs):
    y = np.sum(xs**2)
    if any(v < 0.0 for v in xs) and not all(v > 0.0 for v in xs):
        y = y * xs[0]
    if all([abs(v) < 2.0 for v in xs]):
        y = y + xs[1] ** 3
    return y


@program(0.2, 4.0, wrt=(0, 1))
def adaptive_euler(y0, rate):
    t, y, h = 0.0, y0, 0.1
    while t < 0.5:
        h = min(h, 0.5 - t)
        full = y + h * rate * y * (1.0 - y)
        half = y + 0.5 * h * rate * y * (1.0 - y)
        half = half + 0.5 * h * rate * half * (1.0 - half)
        err = abs(full - half)
        if err > 1e-3:
            h *= 0.5
            continue
        t += h
        y = half
        if err < 2e-4:
            h *= 2.0
    return y


@program(0.6)
def loop_else_with_return(x):
    for d in (2.0, 3.0, 5.0):
        if d * x > 2.5:
            y = d
            break
    else:
        return x
    for d in range(3):
        if d > 5:
            break
    else:
        y = y * x
    return y


@program(0.6)
def while_true_with_try(x):
    it = iter([x, x**2, x**3])
    total = 0.0
    while True:
        try:
            v = next(it)
        except StopIteration:
            break
        total += v * (1.0 + total)
    return total


@program(0.6)
def finally_with_return_in_loop(x):
    count = 0
    for k in range(5):
        try:
            if k == 1:
                continue
            if k == 3:
                break
            x = x * 1.5
        finally:
            count += 1
    return x * count


@program(0.6)
def nested_try(x):
    y = x
    try:
        try:
            y = y * 2.0
            raise KeyError("a")
        except ValueError:
            y = y * 100.0
        finally:
            y = y + 1.0
    except KeyError:
        y = y * x
    return y


@program(0.6)
def unused_branch_result(x):
    if x > 10.0:
        z = x**2
    else:
        z = None
    if z is not None:
        return z
    return x**3


@program(0.6)
def late_initialised(x):
    y = None
    for k in range(4):
        if y is None:
            y = x
        else:
            y = y * x + k
    return y


@program(0.6)
def first_pass_flag(x):
    first = True
    prev = 0.0
    total = 0.0
    for k in range(4):
        v = np.sin(k * x)
        if first:
            first = False
        else:
            total += (v - prev) ** 2
        prev = v
    return total


@program(np.array([0.1, 0.9, 0.4, 0.7]), 0.5, wrt=(0,), twice=False)
def hysteresis_switch(signal, threshold):
    on = False
    energy = 0.0
    for s in signal:
        if not on and s > threshold:
            on = True
        elif on and s < threshold - 0.05:
            on = False
        energy += s if on else -s / 3.0
    return energy


@program(0.5)
def loop_variable_reused(x):
    k = 10
    for k in range(3):
        x = x * 1.1
    y = x * k
    for k in (x, y):
        y = y + k
    return y * k


@program(0.5)
def exhaustive_elif_raise(x):
    mode = "b"
    if mode == "a":
        y = x
    elif mode == "b":
        y = x**2
    else:
        raise ValueError(mode)
    return y


@program(0.7, 1.3, wrt=(0, 1))
def truths_told_by_identity(a, b):
    def f(x):
        y = x * 2 if (x > 1) is True else x**2
        match (x > 1, [x, 2 * x]):
            case (True, [p, q]):
                y += p * q
            case (False, [p, _]) if (q := p * 3) < 2.5:
                y *= q
        return y

    return f(a) * f(b)


@program(0.7, 1.6, wrt=(0, 1))
def else_of_a_loop_that_leaves_the_loop_around(a, b):
    def f(x):
        k = 0
        while k < 2:
            k += 1
            for item in [x, (x, 1.0)]:  # of different kinds: taken one by one
                if isinstance(item, float) and item * k > 1.0:
                    break
            else:
                break
            x = x * 1.5
        else:
            x = x * x
        return x

    return f(a) * f(b)


@program(np.linspace(0.4, 1.2, 5))
def parts_and_ends_of_ranges(x):
    total = x[range(5)[-1]] * range(3)[-1]
    backwards = range(len(x) - 1, -1, -2)
    for i in backwards[::-1]:
        total = total * x[i] + i
    for i in range(len(x))[1:]:
        total = total * 0.5 + x[i] ** 2
    for i in range(len(x))[::-1]:
        total += total * x[i] * i
    k = len(backwards[1:])
    return total * x[range(len(x))[-k]]
