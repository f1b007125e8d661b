"""A rule that could not say its object still leaves a decision, so that nothing is lost."""

from datetime import datetime

from chalicelib.catalog.model import Bundle
from chalicelib.decision.model import Action, Decision, Failure, Trial
from chalicelib.events.model import Event
from chalicelib.identity import Origin, dispatch_id


def decide_failure(event: Event, failure: Failure, bundle: Bundle, now: datetime) -> Decision:
    """Record why a rule that the event matched could not be decided."""
    rule = failure.rule
    return Decision(
        id=dispatch_id(Origin(event.id, rule.name, "")),
        event_id=event.id,
        root_id=event.root_id,
        hops=event.hops,
        rule=rule.name,
        mode=rule.mode,
        home=event.home,
        object=None,
        action=Action.FAILED,
        reason=failure.reason,
        tier=bundle.default_tier,
        service=None,
        trials=(Trial(rule.name, None, None, result=None, reason=failure.reason),),
        goal=None,
        bundle_version=bundle.version,
        decided_at=now,
    )
