"""Interlock itself: what its atoms have observed, on its own bus."""

from chalicelib.events.contract import Source
from chalicelib.events.fields import take_labels, take_object, take_text, take_time
from chalicelib.events.model import Event, Observation

STATE_CHANGED = "Object State Changed"


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the state and labels that an atom reports; `at` is when the atom looked, not when the event was sent."""
    if event.type != STATE_CHANGED:
        return ()
    detail = event.detail
    return (
        Observation(
            object=take_object(take_text(detail, "detail.object"), event.home, "detail.object"),
            state=take_text(detail, "detail.state"),
            at=take_time(detail, "detail.at"),
            labels=take_labels(detail, "detail.labels"),
        ),
    )


SOURCE = Source(name="interlock", observe=observe, carries_lineage=True)
