"""One event through the in-memory world: what would be decided, by the code that decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.api.decisions import Explanation, explain_event
from chalicelib.catalog.model import Bundle
from dsl.policies.cases import ObjectsFile, RunningFile
from infra.offline.memory import ManualClock
from infra.offline.world import World


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
