"""Which of the rules that an event matches are decided: by priority, and one of a group."""

from collections.abc import Sequence

from chalicelib.catalog.model import Rule, RuleMode


def choose_rules(matched: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Give the rules to decide, highest priority first, else in the order given; of each group the first one only.

    A shadow rule must change nothing, so it takes no active rule's turn: it only loses its own.
    """
    taken: set[str] = set()
    seen: set[str] = set()
    chosen = []
    for rule in sort_rules(matched):
        if rule.group is None:
            chosen.append(rule)
            continue
        if rule.group not in (seen if rule.mode is RuleMode.SHADOW else taken):
            chosen.append(rule)
        seen.add(rule.group)
        if rule.mode is not RuleMode.SHADOW:
            taken.add(rule.group)
    return tuple(chosen)


def sort_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Order by priority, highest first; equal ones keep their order."""
    return sorted(rules, key=lambda rule: -rule.priority)


def list_passed_over(rule: Rule, matched: tuple[Rule, ...]) -> list[str]:
    """Give the names of the matching rules of the same group that come after a rule."""
    rivals = [other for other in sort_rules(matched) if other.group == rule.group]
    return [other.name for other in rivals[rivals.index(rule) + 1 :]] if rule in rivals else []
