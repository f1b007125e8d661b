"""Cycles: a rule runs a workflow, whose atoms say that something changed, which is an event that a rule matches."""

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.catalog.model import Bundle, Rule, RuleMode
from chalicelib.decision.patterns import compile_pattern
from dsl.policies.lint.finding import Finding
from dsl.policies.lint.patterns import can_meet

_OWN = "interlock"


def find_cycles(bundle: Bundle) -> Iterator[Finding]:
    """Find each shortest way from a rule back to itself, and tell it at the first of its rules by name."""
    rules = {rule.name: rule for rule in bundle.rules if rule.mode is not RuleMode.DISABLED}
    matched = {kind: _list_matching(kind, rules.values()) for kind in _list_kinds(bundle)}
    steps = {name: _list_next(rule, matched, bundle) for name, rule in rules.items()}
    for name in sorted(rules):
        way = _find_way_back(name, steps)
        if way is not None and name == min(one for one, _ in way):
            told = "; ".join(f"{one} runs {workflow}" for one, workflow in way)
            message = f"this rule may start itself again without end: {told}, and {name} matches what that changes"
            hint = f"match fewer states, or ignore what is as it should be; after {bundle.control.max_hops} hops it is held"
            yield Finding("W725", name, ("match",), message, hint)


def _list_kinds(bundle: Bundle) -> list[str]:
    return sorted({kind for atom in bundle.atoms.values() for kind in atom.emits})


def _list_matching(kind: str, rules: Iterable[Rule]) -> list[str]:
    """Give the rules that may match Interlock's own events of a kind; one that names no source means others'."""
    event = compile_pattern({"source": [_OWN], "detail-type": [kind]})
    return [rule.name for rule in rules if "source" in rule.match and can_meet(event, compile_pattern(rule.match))]


def _list_next(rule: Rule, matched: Mapping[str, list[str]], bundle: Bundle) -> dict[str, str]:
    """Give rule -> workflow: which rules may match what comes of this one, and through which workflow."""
    found: dict[str, str] = {}
    for run in rule.runs:
        workflow = bundle.workflows.get(run)
        atoms = workflow.atoms if workflow else ()
        for kind in sorted({kind for atom in atoms if atom in bundle.atoms for kind in bundle.atoms[atom].emits}):
            for name in matched[kind]:
                found.setdefault(name, run)
    return found


def _find_way_back(start: str, steps: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]] | None:
    """Give (rule, workflow) of each step of a shortest way from a rule to itself, None if there is none."""
    ways: list[list[tuple[str, str]]] = [[]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        here = start if not way else way[-1][1]
        for following, workflow in steps[here].items():
            longer = [*way, (workflow, following)]
            if following == start:
                names = [start, *(rule for _, rule in way)]
                return list(zip(names, (workflow for workflow, _ in longer), strict=True))
            if following not in seen:
                seen.add(following)
                ways.append(longer)
    return None
