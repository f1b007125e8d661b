"""The plan of a decision about many targets: its batches, with a hash that binds them. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle, Rule, RuleMode
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Plan, VerdictKind
from chalicelib.control.plan import find_workflow, plan_nothing
from chalicelib.decision.campaign import Campaign, Member, NotCut, cut
from chalicelib.decision.model import Decision, Fanout, ObjectView
from chalicelib.decision.tiers import find_page
from chalicelib.errors import UnknownWorkflow
from chalicelib.identity import canonical_json, digest

LEFT_OUT_SHOWN = 50
MOST_BYTES = 3_500_000
"""A transaction takes 4 MB."""


def plan_campaign(decision: Decision, views: Iterable[ObjectView], bundle: Bundle, now: datetime) -> Plan:
    """Cut a decision's targets into batches. `views` are all known objects of the kind that it names.

    What cannot be cut becomes a recorded failure, never an exception. A shadow rule's batches are recorded, too.
    """
    rule = next(one for one in bundle.rules if one.name == decision.rule)
    try:
        workflow = find_workflow(decision.workflow, bundle)
        campaign = cut(_need(decision.fanout), rule, workflow, views, decision.service, decision.tier, bundle)
        person = _find_person(rule, decision, bundle)
        size = sum(len(canonical_json([one.object, one.input])) for one in campaign.members)
        if size > MOST_BYTES:
            raise NotCut(cause=f"the inputs of {len(campaign.members)} targets take {size} bytes: name fewer")  # noqa: TRY301
    except (NotCut, UnknownWorkflow) as problem:
        return plan_nothing(decision, bundle, now, DispatchState.UNDECIDED, str(problem))
    shadow = decision.mode is RuleMode.SHADOW
    reason = f"{decision.reason}; {describe_batches(campaign)}"
    state = DispatchState.SHADOWED if shadow else DispatchState.ROLLING
    made = plan_nothing(decision, bundle, now, state, reason)
    record = {**made.record, "batches": _record(campaign, person)}
    if shadow:
        return made._replace(record=record)
    return made._replace(
        kind=VerdictKind.BATCH,
        record=record,
        workflow_hash=workflow.hash,
        expected_s=workflow.expected_s,
        hash=hash_batches(workflow.name, workflow.hash, campaign.sizes, campaign.members),
        members=tuple((one.object, one.input) for one in campaign.members),
    )


def hash_batches(workflow: str, workflow_hash: str, sizes: Iterable[int], members: Iterable[Member]) -> str:
    """Name what is to be done: the workflow as compiled, each target with its input, and which batch it is in."""
    return digest(
        [workflow, workflow_hash, *map(str, sizes), *(f"{one.object} {canonical_json(one.input)}" for one in members)]
    )


def describe_batches(campaign: Campaign) -> str:
    """Say how many targets there are and how they are cut."""
    count = len(campaign.sizes)
    cuts = f"{', '.join(map(str, campaign.sizes[:8]))}{', …' if count > 8 else ''}"  # noqa: PLR2004 - as many as one reads
    targets = f"{len(campaign.members)} target{'s' if len(campaign.members) != 1 else ''}"
    return f"{targets} in {count} batch{'es' if count != 1 else ''} of {cuts}"


def _need(fanout: Fanout | None) -> Fanout:
    if fanout is None:
        raise NotCut(cause="the decision names no targets")
    return fanout


def _find_person(rule: Rule, decision: Decision, bundle: Bundle) -> str:
    person = find_page(rule, decision.service, decision.tier, bundle).value
    if person is None:
        raise NotCut(cause=f"nobody is named to be paged if it stops: rule {rule.name}, tier {decision.tier}")
    return person


def _record(campaign: Campaign, person: str) -> dict[str, Any]:
    return {
        "sizes": list(campaign.sizes),
        "targets": len(campaign.members),
        "kind": campaign.kind,
        "healthy": list(campaign.healthy),
        "bounds": dict(campaign.bounds),
        "arithmetic": list(campaign.arithmetic),
        "left_out": [list(one) for one in campaign.left_out[:LEFT_OUT_SHOWN]],
        "left_out_count": len(campaign.left_out),
        "stop_failures": campaign.stop_failures,
        "pause_for_approval": campaign.pause_for_approval,
        "approval": dict(campaign.approval) if campaign.approval and campaign.pause_for_approval != "never" else None,
        "progress_deadline_s": campaign.progress_deadline_s,
        "page": person,
    }
