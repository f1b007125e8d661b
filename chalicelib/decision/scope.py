"""The names that a rule's expressions see, and nothing else: all of them recorded inputs."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.decision.durations import parse_duration
from chalicelib.decision.functions import FunctionRefused
from chalicelib.decision.model import History, ObjectView
from chalicelib.decision.objects import render_view
from chalicelib.events.model import Event

OBJECT_NAMES = frozenset({"event"})
"""In an object template: the object is not known yet."""
BRANCH_NAMES = frozenset({"event", "object", "service", "runs"})
"""In `when` and `with`."""
GOAL_NAMES = frozenset({"object"})
"""In `goal.until`, which is asked again long after the event."""

Bindings = Mapping[str, object]


def bind_event(event: Event) -> Bindings:
    """Bind what an object template sees."""
    return {"event": event.raw}


def bind_branch(event: Event, view: ObjectView, history: History, bundle: Bundle, now: datetime) -> Bindings:
    """Bind what a branch sees."""
    return {
        "event": event.raw,
        "object": render_view(view),
        "service": _render_service(view, bundle),
        "runs": _make_runs(history, frozenset(bundle.workflows), now),
        "now": now,
    }


def bind_goal(view: ObjectView, now: datetime) -> Bindings:
    """Bind what a goal sees."""
    return {"object": render_view(view), "now": now}


def _render_service(view: ObjectView, bundle: Bundle) -> dict[str, Any] | None:
    service = next((one for one in bundle.services if one.name == view.service), None)
    if service is None:
        return None
    return {"name": service.name, "tier": service.tier, "owner": service.owner, "labels": dict(service.labels)}


def _make_runs(history: History, workflows: frozenset[str], now: datetime) -> Callable[..., int]:
    """Make `$runs(name, window)`: how often a workflow was started on the object within the window before now."""

    def count_runs(name: Any = None, window: Any = None) -> int:
        if not isinstance(name, str) or not isinstance(window, str):
            raise FunctionRefused('$runs takes a workflow and a window: $runs("host_reboot", "8h")')
        if name not in workflows:
            raise FunctionRefused(f"$runs: no workflow or atom is called {name!r}")
        since = now - timedelta(seconds=parse_duration(window))
        return sum(1 for started, at in history.starts if started == name and at > since)

    return count_runs
