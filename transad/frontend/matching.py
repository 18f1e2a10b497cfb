"""`match`: patterns against values whose structure is known.

A pattern becomes a condition and the names it binds. What a value is (its class, its length, its keys) is
known while interpreting, so that only literals and guards are left to be decided when the program runs;
cases with a condition that is left are the sides of an ordinary branch.
"""

from __future__ import annotations

from typing import Any

import gast

from transad.frontend.control import FALLS
from transad.frontend.merging import Exit
from transad.frontend.statements import Statements
from transad.frontend.values import Box, Fields, Items, Pack, Value
from transad.ir.core import Const, Operand

_SELVES = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)  # match as a whole

Names = dict[str, Value]


class Matching(Statements):
    """The part of the interpreter for `match`."""

    def stmt_Match(self, node: Any) -> Exit:
        return self.cases(self.expression(node.subject), list(node.cases), node)

    def cases(self, subject: Value, cases: list[Any], node: Any) -> Exit:
        if not cases:
            return FALLS
        case, *others = cases
        test, names = self.pattern(case.pattern, subject)

        def taken() -> tuple[Exit, None]:
            for name, value in names.items():
                self.bind(name, value)
            if case.guard is None:
                return self.statements(case.body), None
            guard = self.condition(case.guard)
            if isinstance(guard, Const):
                return (
                    self.statements(case.body) if guard.value else self.cases(subject, others, node)
                ), None
            body = lambda: (self.statements(case.body), None)  # noqa: E731
            return self.branch(guard, body, lambda: (self.cases(subject, others, node), None), node)

        if isinstance(test, Const):
            return taken()[0] if test.value else self.cases(subject, others, node)
        return self.branch(test, taken, lambda: (self.cases(subject, others, node), None), node)[0]

    def pattern(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        """When a value matches, and what the names in the pattern are bound to then."""
        method = getattr(self, "pattern_" + type(pattern).__name__)
        return method(pattern, value)

    def together(self, pairs: list[tuple[Any, Value]]) -> tuple[Operand, Names]:
        """Several patterns, all of which have to match."""
        tests, names = [], {}
        for inner, value in pairs:
            test, bound = self.pattern(inner, value)
            if isinstance(test, Const) and not test.value:
                return test, {}
            tests.append(test)
            names.update(bound)
        return self.all_of(tests), names

    def all_of(self, tests: list[Operand]) -> Operand:
        left = [t for t in tests if not isinstance(t, Const)]
        if not left:
            return Const(True)
        first, *more = left
        if not more:
            return first
        _, both = self.branch(first, lambda: (FALLS, self.all_of(more)), lambda: (FALLS, Const(False)), None)
        return self.operand(both)

    def pattern_MatchValue(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        wanted = self.expression(pattern.value)
        if isinstance(value, (Box, Pack)):
            return Const(False), {}
        return self.truth(self.compare_two(gast.Eq(), value, wanted, pattern), pattern), {}

    def pattern_MatchSingleton(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        return self.identical(value, Const(pattern.value), pattern), {}

    def pattern_MatchAs(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        test, names = (Const(True), {}) if pattern.pattern is None else self.pattern(pattern.pattern, value)
        return test, {**names, pattern.name: value} if pattern.name else names

    def pattern_MatchOr(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        tests: list[Operand] = []
        for inner in pattern.patterns:
            test, names = self.pattern(inner, value)
            if isinstance(test, Const) and test.value and not tests:
                return test, names
            if isinstance(test, Const) and not test.value:
                continue
            if names:
                raise self.unsupported(
                    "which of these patterns binds its names is not known", "write two cases", pattern
                )
            tests.append(test)
        return self.any_of(tests), {}

    def pattern_MatchSequence(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        is_sequence = isinstance(value, Pack) or isinstance(value, Box) and value.kind == "list"
        if not is_sequence:
            return Const(False), {}
        if isinstance(value, Box) and not isinstance(self.state.heap[value], Items):
            raise self.needs_items("a pattern is compared with", pattern)
        items = self.known_items(value, pattern)
        stars = [k for k, q in enumerate(pattern.patterns) if isinstance(q, gast.MatchStar)]
        if not stars:
            if len(items) != len(pattern.patterns):
                return Const(False), {}
            return self.together(list(zip(pattern.patterns, items)))
        k, after = stars[0], len(pattern.patterns) - stars[0] - 1
        if len(items) < k + after:
            return Const(False), {}
        end = len(items) - after
        before, behind = pattern.patterns[:k], pattern.patterns[k + 1 :]
        test, names = self.together([*zip(before, items[:k]), *zip(behind, items[end:])])
        star = pattern.patterns[k].name
        return test, {**names, star: self.new_list(items[k:end])} if star else names

    def pattern_MatchMapping(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        contents = self.state.heap.get(value) if isinstance(value, Box) and value.kind == "dict" else None
        if not isinstance(contents, Fields):
            return Const(False), {}
        entries = dict(self.entries(value, pattern))  # type: ignore[arg-type]
        pairs = []
        for key, inner in zip(pattern.keys, pattern.patterns):
            known = self.known(self.expression(key), key, "the key of a pattern")
            if known not in entries:
                return Const(False), {}
            pairs.append((inner, entries.pop(known)))
        test, names = self.together(pairs)
        return test, {**names, pattern.rest: self.new_dict(entries)} if pattern.rest else names

    def pattern_MatchClass(self, pattern: Any, value: Value) -> tuple[Operand, Names]:
        cls = self.known(self.expression(pattern.cls), pattern, "the class of a pattern")
        own = self.python_class(value)
        if own is None:
            raise self.unsupported("the type of this value is not known", "annotate the argument", pattern)
        if not issubclass(own, cls):
            return Const(False), {}
        if cls in _SELVES:
            return self.together([(q, value) for q in pattern.patterns])
        attributes = [*getattr(cls, "__match_args__", ())[: len(pattern.patterns)], *pattern.kwd_attrs]
        patterns = [*pattern.patterns, *pattern.kwd_patterns]
        if len(attributes) != len(patterns):
            reason = f"{cls.__name__} has fewer __match_args__ than the pattern"
            raise self.unsupported(reason, "name the attributes in the pattern", pattern)
        return self.together([(q, self.attribute(value, a, pattern)) for a, q in zip(attributes, patterns)])

    def python_class(self, value: Value) -> type | None:
        raise NotImplementedError
