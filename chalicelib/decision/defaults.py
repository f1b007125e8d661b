"""A rule as it holds for one object: what it says of windows and its goal, completed by the object's service and tier.

Window by window, and for the goal's time and last rungs alike, the rule's word goes before the service's, that before the
tier's. Completing a rule twice changes nothing more.
"""

from typing import Any

from chalicelib.catalog.model import Accumulate, Bundle, Correlate, Dedupe, Goal, Rule, Rung, Service, Tier

WITHIN_S = 1800
"""How long each dispatch of a goal has where nobody says it."""
ESCALATION = "escalation"
"""Among what a bundle says that rules inherit: the goal's time and last rungs."""

Layers = tuple[Service | Tier, ...]


def complete_rule(rule: Rule, service: str | None, tier: str, bundle: Bundle) -> Rule:
    """Give the rule as it holds for an object of that service and tier."""
    batched, goal = rule.batch is not None, rule.goal
    inherited = bundle.inherited
    says_all = goal is None or (goal.within_s and (ESCALATION not in inherited or _ends(goal, batched=batched)))
    if says_all and inherited in {(), (ESCALATION,)}:
        return rule
    named = (one for one in bundle.services if one.name == service)
    layers: Layers = (*named, *(one for one in bundle.tiers if one.name == tier))
    return rule._replace(
        correlate=_complete_windows(rule.correlate, layers),
        goal=_complete_goal(goal, layers, batched=batched),
    )


def widen_rule(rule: Rule, bundle: Bundle) -> Rule:
    """Give a rule with every window that it may have for some object, to find where they all are before one is known."""
    said = rule.correlate or Correlate()
    more = [name for name in bundle.inherited if name != ESCALATION and not _speaks(said, name)]
    if not more:
        return rule
    return rule._replace(correlate=said._replace(**{WINDOWS[name]: _EMPTY[name] for name in more}))


WINDOWS = {"dedupe": "dedupe", "accumulate": "accumulate", "settle": "settle_s", "storm": "storm"}
"""The windows by the names of the file, and where they are kept."""
_EMPTY: dict[str, Any] = {"dedupe": Dedupe(0), "accumulate": Accumulate(0, 0), "settle": 0, "storm": None}
"""What stands for a window of which only the place is asked; a storm's depends on the object."""


def _complete_windows(own: Correlate | None, layers: Layers) -> Correlate | None:
    said = own or Correlate()
    off = list(said.off)
    more: dict[str, Any] = {}
    for name, field in WINDOWS.items():
        if _speaks(said, name):
            continue
        word = next(
            (one.correlate for one in layers if one.correlate is not None and _speaks(one.correlate, name)), None
        )
        if word is not None and name in word.off:
            off.append(name)
        elif word is not None:
            more[field] = getattr(word, field)
    return said._replace(**more, off=tuple(off)) if more or off else own


def _speaks(said: Correlate, name: str) -> bool:
    return name in said.off or getattr(said, WINDOWS[name]) is not None


def _complete_goal(goal: Goal | None, layers: Layers, *, batched: bool) -> Goal | None:
    if goal is None:
        return None
    said = [one.escalation for one in layers if one.escalation is not None]
    within = goal.within_s or next((one.within_s for one in said if one.within_s), WITHIN_S)
    pages = next((one.pages for one in said if one.pages is not None), ())
    more = () if _ends(goal, batched=batched) else tuple(Rung(page=who) for who in pages)
    return Goal(goal.until, within, (*goal.otherwise, *more))


def _ends(goal: Goal, *, batched: bool) -> bool:
    """Whether a ladder goes on to nobody else: it ends with a page, or is that of batches, which climb none."""
    return batched or (bool(goal.otherwise) and goal.otherwise[-1].page is not None)
