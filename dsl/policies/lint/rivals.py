"""Pairs of rules: one that another of its group always goes before, and two whose work control would not allow at once."""

from collections.abc import Callable, Iterator
from itertools import combinations

from chalicelib.catalog.model import Bundle, Control, Intent, Rule, RuleMode, Verb
from chalicelib.decision.groups import sort_rules
from chalicelib.decision.patterns import Matcher, Term, compile_pattern
from dsl.policies.lint.finding import Finding
from dsl.policies.lint.patterns import can_meet

Side = tuple[Intent, str]


def find_rivals(bundle: Bundle, find_verb: Callable[[Control, Side, Side], Verb]) -> Iterator[Finding]:
    """Compare every two rules that are looked at."""
    rules = [rule for rule in sort_rules(bundle.rules) if rule.mode is not RuleMode.DISABLED]
    matchers = {rule.name: compile_pattern(rule.match) for rule in rules}
    for first, second in combinations(rules, 2):
        one, other = matchers[first.name], matchers[second.name]
        if first.group is not None and first.group == second.group:
            if _covers(one, other) and first.mode is RuleMode.ACTIVE:
                message = f"this rule is never decided: {first.name} matches all that it matches, and goes before it"
                hint = f"give it a higher `priority`, or take it out of the group {second.group}"
                yield Finding("W723", second.name, ("name",), message, hint)
        elif _about_same(first, second) and can_meet(one, other):
            yield from _compare_work(first, second, bundle, find_verb)


def _compare_work(
    first: Rule, second: Rule, bundle: Bundle, find_verb: Callable[[Control, Side, Side], Verb]
) -> Iterator[Finding]:
    kind = first.object.partition("/")[0]
    for one in _list_work(first, kind, bundle):
        for other in _list_work(second, kind, bundle):
            verbs = find_verb(bundle.control, one, other), find_verb(bundle.control, other, one)
            if one != other and Verb.REJECT in verbs:
                message = (
                    f"one event can make {first.name} run {one[1]} ({one[0]}) and this rule {other[1]} ({other[0]}) "
                    "on the same object, and control refuses whichever comes second"
                )
                hint = "put both into one `group`, and say by `priority` which goes before"
                yield Finding("W724", second.name, ("name",), message, hint)
                return


def _list_work(rule: Rule, kind: str, bundle: Bundle) -> list[Side]:
    """Give (intent, workflow) of what a rule may run on an object of its kind, the strongest intent of each."""
    found = []
    for name in dict.fromkeys(branch.run for branch in rule.branches if branch.run in bundle.workflows):
        touches = [one.intent for one in bundle.workflows[str(name)].touches if one.object.startswith(f"{kind}/")]
        if touches:
            found.append((max(touches, key=lambda intent: intent.rank), str(name)))
    return found


def _about_same(first: Rule, second: Rule) -> bool:
    """Whether both speak of objects of one kind; which object of it, only an event says."""
    return first.object.partition("/")[0] == second.object.partition("/")[0]


def _covers(wide: Matcher, narrow: Matcher) -> bool:
    """Whether whatever the narrow pattern matches, the wide one does; no where that cannot be seen."""
    return all(any(_implies(one, other) for other in wide.alternatives) for one in narrow.alternatives)


def _implies(narrow: tuple[Term, ...], wide: tuple[Term, ...]) -> bool:
    known = {term.path: term for term in narrow}
    return all(term.path in known and _is_within(known[term.path], term) for term in wide)


def _is_within(narrow: Term, wide: Term) -> bool:
    if narrow.absent and not wide.absent:
        return False
    return all(
        element in wide.elements or (not isinstance(element, dict) and any(test(element) for test in wide.tests))
        for element in narrow.elements
    )
