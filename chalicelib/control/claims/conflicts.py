"""The mutual-exclusion policy: what an incoming intent must do about a running one."""

from typing import NamedTuple

from chalicelib.catalog.model import Conflict, Control, Intent, Verb

_SEVERITY = (Verb.ALLOW, Verb.COALESCE, Verb.QUEUE, Verb.REPLACE, Verb.REJECT)


class Party(NamedTuple):
    """One side of a meeting, as far as it is known: None is anything."""

    intent: Intent
    workflow: str | None = None
    rule: str | None = None
    tier: str | None = None


def find_verb(control: Control, running: Party, incoming: Party) -> Verb:
    """Say what the first fitting line of the conflict list says of two parties; none fits: reject.

    A workflow's `excludes` have been compiled into lines at the head of the list. Of a party that is known in part
    only, every line counts that may fit, and the strictest of them decides.
    """
    verbs = []
    for line in control.conflicts:
        fits = _fit(line, running, incoming)
        if fits is not False:
            verbs.append(line.verb)
        if fits:
            return choose_strictest(verbs)
    return choose_strictest([*verbs, Verb.REJECT])


def find_conflict(control: Control, running: Party, incoming: Party) -> Conflict | None:
    """Give the line that decides between two parties of whom everything is known; None: no line fits."""
    return next((line for line in control.conflicts if _fit(line, running, incoming)), None)


def describe_conflict(line: Conflict) -> str:
    """Write a line for people: `running intent configure, disrupt; incoming workflow ec2.stop: reject`."""
    running, incoming = (_describe(limits) for limits in line.limits)
    return f"running {running}; incoming {incoming}: {line.verb}"


def _describe(limits: tuple[tuple[str, ...], ...]) -> str:
    named = zip(("intent", "workflow", "rule", "tier"), limits, strict=True)
    return ", ".join(f"{name} {' or '.join(values)}" for name, values in named if values) or "anything"


def judge_pair(control: Control, running: tuple[Intent, str], incoming: tuple[Intent, str]) -> Verb:
    """Say what the list says of two (intent, workflow) pairs wherever they come from: lines about rules and tiers aside."""
    return find_verb(control, Party(*running, rule="", tier=""), Party(*incoming, rule="", tier=""))


def choose_strictest(verbs: list[Verb]) -> Verb:
    """Combine the verbs of several locks: one reject refuses the whole plan, one queue makes it wait."""
    return max(verbs, key=_SEVERITY.index, default=Verb.ALLOW)


def _fit(line: Conflict, running: Party, incoming: Party) -> bool | None:
    """Whether a line fits; None: it may, depending on what is not known."""
    limited = [
        (wanted, value)
        for limits, party in zip(line.limits, (running, incoming), strict=True)
        for wanted, value in zip(limits, (party.intent, party.workflow, party.rule, party.tier), strict=True)
        if wanted
    ]
    if any(value is not None and value not in wanted for wanted, value in limited):
        return False
    return None if any(value is None for _, value in limited) else True
