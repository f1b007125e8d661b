"""The catalog: what may be started."""

import sys
from collections.abc import Mapping
from typing import Any, Literal

from chalicelib.api.core import Core
from chalicelib.api.problems import UnknownName, UnknownRule
from chalicelib.api.schemas.base import Health, Touched, Version
from chalicelib.api.schemas.catalog import (
    BranchView,
    Catalog,
    Entry,
    EntryDetail,
    EstimateView,
    RuleDetail,
    RuleList,
    RuleView,
    ScheduleView,
    View,
)
from chalicelib.catalog.model import Bundle, Rule, Workflow
from chalicelib.catalog.names import VERSION as INTERLOCK_VERSION


def report_health(core: Core) -> Health:
    """Say that the API answers, and by which bundle."""
    return Health(bundle_version=core.bundle.version)


def list_entries(core: Core) -> Catalog:
    """List every workflow and offered atom by name."""
    workflows = core.bundle.workflows
    return Catalog(
        bundle_version=core.bundle.version, entries=[_summarize(workflows[name]) for name in sorted(workflows)]
    )


def describe_entry(core: Core, name: str) -> EntryDetail:
    """Give one entry with its schemas. Raises UnknownName."""
    workflow = core.bundle.workflows.get(name)
    if workflow is None:
        raise UnknownName(name=name)
    return EntryDetail(
        **_summarize(workflow).model_dump(),
        hash=workflow.hash,
        bundle_version=core.bundle.version,
        input_schema=dict(workflow.input_schema),
        output_schema=_find_output(workflow, core.bundle),
        touches=[Touched(object=touch.object, intent=touch.intent) for touch in workflow.touches],
        excludes=list(workflow.excludes),
        timeout_s=workflow.timeout_s,
        expected_s=workflow.expected_s,
        effect_timeout_s=workflow.effect_timeout_s,
        final_errors=list(workflow.final_errors),
        undoes=workflow.undoes,
        logical_steps=workflow.logical_steps,
        atoms=list(workflow.atoms),
        example=core.offers.get(name, {}).get("example"),
        estimate=_show_estimate(core.offers.get(name, {}).get("estimate")),
    )


def _summarize(workflow: Workflow) -> Entry:
    kind: Literal["workflow", "atom"] = "atom" if workflow.offered_atom else "workflow"
    return Entry(
        name=workflow.name,
        kind=kind,
        description=workflow.description,
        intents=sorted({touch.intent for touch in workflow.touches}, key=lambda intent: intent.rank),
        objects=sorted({touch.object for touch in workflow.touches}),
    )


def _show_estimate(found: Mapping[str, Any] | None) -> EstimateView | None:
    if not found:
        return None
    views = {name: View(**found[name]) for name in ("best", "expected", "worst")}
    return EstimateView(**views, control_usd=found["control_usd"], prices_as_of=found["prices_as_of"])


def list_rules(core: Core) -> RuleList:
    """List every rule in the order of the file names."""
    return RuleList(bundle_version=core.bundle.version, rules=[_summarize_rule(one) for one in core.bundle.rules])


def describe_rule(core: Core, name: str) -> RuleDetail:
    """Give one rule with its pattern and branches. Raises UnknownRule."""
    rule = next((one for one in core.bundle.rules if one.name == name), None)
    if rule is None:
        raise UnknownRule(rule=name)
    return RuleDetail(
        **_summarize_rule(rule).model_dump(),
        bundle_version=core.bundle.version,
        match=dict(rule.match),
        schedule=_show_schedule(rule),
        branches=[
            BranchView(
                when=one.when,
                run=one.run,
                input=dict(one.with_) if one.with_ else None,
                page=one.page,
                ignore=one.ignore,
            )
            for one in rule.branches
        ],
        goal=rule.goal.until if rule.goal else None,
    )


def _show_schedule(rule: Rule) -> ScheduleView | None:
    if rule.schedule is None:
        return None
    return ScheduleView(expression=rule.schedule.expression, timezone=rule.schedule.timezone)


def report_version(core: Core) -> Version:
    """Say what runs here."""
    return Version(
        version=INTERLOCK_VERSION,
        api="v1",
        bundle_version=core.bundle.version,
        account=core.home.account,
        region=core.home.region,
        python=".".join(map(str, sys.version_info[:3])),
        workflows=len(core.bundle.workflows),
        rules=len(core.bundle.rules),
    )


def _summarize_rule(rule: Rule) -> RuleView:
    return RuleView(
        name=rule.name,
        description=rule.description,
        mode=rule.mode,
        object=rule.object,
        runs=sorted({one.run for one in rule.branches if one.run}),
        priority=rule.priority,
        group=rule.group,
    )


def _find_output(workflow: Workflow, bundle: Bundle) -> dict[str, object] | None:
    atom = bundle.atoms.get(workflow.offered_atom or "")
    return dict(atom.output_schema) if atom else None
