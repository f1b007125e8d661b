"""Pairs of rules: one that another of its group always goes before, and two whose work control would not allow at once."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations

from chalicelib.catalog.model import Bundle, Control, Intent, Rule, RuleMode, Touch, Verb
from chalicelib.decision.groups import sort_rules
from chalicelib.decision.patterns import Matcher, Term, compile_pattern
from dsl.policies.lint.finding import Finding
from dsl.policies.lint.patterns import can_meet

Side = tuple[Intent, str]


def find_rivals(bundle: Bundle, find_verb: Callable[[Control, Side, Side], Verb]) -> Iterator[Finding]:
    """Compare the rules that are looked at, those of a group and those that work on objects of one kind."""
    rules = [rule for rule in sort_rules(bundle.rules) if rule.mode is not RuleMode.DISABLED]
    for group in _part(rules, lambda rule: rule.group):
        yield from _find_preceded(group)
    working = [(rule, work) for rule in rules if (work := _list_work(rule, bundle))]

    @cache
    def clash(one: Side, other: Side) -> bool:
        sides = ((one, other), (other, one))
        return one != other and any(find_verb(bundle.control, *pair) is Verb.REJECT for pair in sides)

    for (first, its), (second, others) in combinations(working, 2):
        # One line of policy decides about most pairs; only the few that clash are worth comparing patterns.
        pair = next(((one, other) for one in its for other in others if clash(one, other)), None)
        apart = first.group is None or first.group != second.group
        if pair and apart and _kind(first) == _kind(second) and _can_both(first, second):
            (intent, workflow), (other_intent, other_workflow) = pair
            message = (
                f"one event can make {first.name} run {workflow} ({intent}) and this rule {other_workflow} "
                f"({other_intent}) on the same object, and control refuses whichever comes second"
            )
            hint = "put both into one `group`, and say by `priority` which goes before"
            yield Finding("W724", second.name, ("name",), message, hint)


def _find_preceded(group: list[Rule]) -> Iterator[Finding]:
    for first, second in combinations(group, 2):
        wide, narrow = compile_pattern(first.match), compile_pattern(second.match)
        if first.mode is RuleMode.ACTIVE and _covers(wide, narrow):
            message = f"this rule is never decided: {first.name} matches all that it matches, and goes before it"
            hint = f"give it a higher `priority`, or take it out of the group {second.group}"
            yield Finding("W723", second.name, ("name",), message, hint)


def _part(rules: Iterable[Rule], name: Callable[[Rule], str | None]) -> Iterator[list[Rule]]:
    """Part by what is named; what names nothing is left out."""
    parts: dict[str, list[Rule]] = {}
    for rule in rules:
        key = name(rule)
        if key is not None:
            parts.setdefault(key, []).append(rule)
    return iter(parts.values())


def _list_work(rule: Rule, bundle: Bundle) -> tuple[Side, ...]:
    """Give (intent, workflow) of what a rule may run on an object of its kind, the strongest intent of each."""
    found = []
    for name in rule.runs:
        workflow = bundle.workflows.get(name)
        touches = [one.intent for one in workflow.touches if _kind(one) == _kind(rule)] if workflow else []
        if touches:
            found.append((max(touches, key=lambda intent: intent.rank), name))
    return tuple(found)


def _kind(holder: Rule | Touch) -> str:
    """Say what kind of object is spoken of; which object of it, only an event says."""
    return holder.object.partition("/")[0]


def _can_both(first: Rule, second: Rule) -> bool:
    return can_meet(compile_pattern(first.match), compile_pattern(second.match))


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
