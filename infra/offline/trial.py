"""One event through the in-memory world: what would be decided, by the code that decides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.api.decisions import Explanation, explain_event
from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.errors import InterlockError
from dsl.policies.cases import ObjectsFile, RunningFile
from dsl.schedules import walk_occurrences
from infra.offline.memory import ManualClock
from infra.offline.world import World


class NotScheduled(InterlockError):
    """{rule!r} does not come due: {cause}."""


def find_due(rule: str, bundle: Bundle, since: datetime) -> datetime:
    """Say when a rule's schedule is due next, at an aware time or after it. Raises NotScheduled."""
    known = bundle.find_rule(rule)
    if known is None or known.schedule is None:
        scheduled = ", ".join(one.name for one in bundle.rules if one.schedule is not None) or "none"
        cause = "there is no such rule" if known is None else "it has no `schedule`"
        raise NotScheduled(rule=rule, cause=f"{cause}; rules that have one: {scheduled}")
    at = next(walk_occurrences(known.schedule, since - timedelta(microseconds=1)), None)
    if at is None:
        raise NotScheduled(rule=rule, cause=f"its last year is over by {since.isoformat()}")
    return at


def activate(bundle: Bundle) -> Bundle:
    """Give a bundle in which the rules that were in shadow are active."""
    rules = (rule._replace(mode=RuleMode.ACTIVE) if rule.mode is RuleMode.SHADOW else rule for rule in bundle.rules)
    return replace(bundle, rules=tuple(rules), index=None)


def try_event(
    raw: Mapping[str, Any], bundle: Bundle, at: datetime, objects: ObjectsFile | None, running: RunningFile | None,
    after_s: int = 0,
) -> Explanation:  # fmt: skip
    """Decide an event at a time in a world of these objects and this running work, and explain the outcome.

    `after_s` seconds go by in which nothing else happens: what settles is looked at again, goals come to their deadlines.
    Raises what objects and running work that cannot be are refused with.
    """
    world = World(bundle, ManualClock(at))
    if objects is not None:
        world.add_objects(objects.objects)
    if running is not None:
        world.add_running(running.running)
    outcome = world.send(raw)
    world.pass_time(after_s)
    return explain_event(world, outcome.event_id, raw)
