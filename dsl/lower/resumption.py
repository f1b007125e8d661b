"""The machine that goes on with a workflow from the step that failed, in an execution of its own.

It is the workflow's own machine with another beginning: a state that assigns what the finished steps had made, and one
that goes to the failed step. It has no way to the first step, since a retry from there needs none of this, and so none
of the states that depend on being the first of an execution.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from dsl.analysis import Analysis
from dsl.checks.approvals import list_questions
from dsl.expressions import wrap
from dsl.ir import Choice, Fail, Machine, Pass, Rule, Scope, State, Succeed
from dsl.lower.context import entry_name
from dsl.lower.frame import reach
from dsl.lower.guard import CONTEXT, guard
from dsl.model import ApproveStep, AwsStep
from dsl.names import Origin
from dsl.places import Section

BEGIN, FROM, NOWHERE = "resume.begin", "resume.from", "resume.nowhere"
_INPUT = "$states.context.Execution.Input"


@dataclass(frozen=True, slots=True)
class Resuming:
    """What the machine begins with, and what it takes over; the rest is for control to find its way in a history."""

    head: Machine
    """Its own states; each that they lead to is there as an empty one."""
    taken: tuple[str, ...]
    """The states that are the workflow's own machine's."""
    steps: tuple[str, ...]
    entries: tuple[str, ...]
    carried: dict[str, tuple[int, int]]
    asks: tuple[str, ...]
    handlers: tuple[str, ...]


def lower_resumption(analysis: Analysis, machine: Machine) -> Resuming | None:
    """Lower it for a file without errors; None if there is no step to go on from but the first, or all is taken back."""
    workflow = analysis.workflow
    if workflow.undoes or len(workflow.steps) == 1:
        return None
    steps, entries = tuple(one.id for one in workflow.steps), tuple(entry_name(one) for one in workflow.steps)
    carried = _find_carried(analysis)
    own = (_begin(carried), _choose(steps, entries), _nowhere())
    stubs = tuple(Succeed(name=name) for name in dict.fromkeys(entries[1:]))
    comment = f"Goes on with {workflow.name} from the step that failed"
    head = Machine(comment, machine.timeout_s, Scope(BEGIN, (*own, *stubs)))
    reached = reach(entries[1:], machine.scope.states)
    taken = tuple(one.name for one in machine.scope.states if one.name in reached)
    return Resuming(head, taken, steps, entries, carried, tuple(_list_asks(analysis)), tuple(_list_handlers(analysis)))


def _begin(carried: dict[str, tuple[int, int]]) -> State:
    assign = {
        "input": wrap(guard(CONTEXT["input"])),
        "dispatch": wrap(CONTEXT["dispatch"]),
        **{name: wrap(f"{_INPUT}.variables.{name}") for name in carried},
    }
    return Pass(name=BEGIN, comment="What the finished steps had made", next=FROM, assign=assign)


def _choose(steps: tuple[str, ...], entries: tuple[str, ...]) -> State:
    pairs = zip(steps[1:], entries[1:], strict=True)
    rules = tuple(Rule(wrap(f"{_INPUT}.from = {json.dumps(step)}"), entry) for step, entry in pairs)
    return Choice(name=FROM, comment="Which step failed", rules=rules, next=NOWHERE)


def _nowhere() -> State:
    return Fail(
        name=NOWHERE, comment="Nothing was done", error="NoSuchStep", cause="there is no such step to go on from"
    )


def _find_carried(analysis: Analysis) -> dict[str, tuple[int, int]]:
    """Give the results that outlive the step of the workflow in which they are made, with where they are read last."""
    after = len(analysis.workflow.steps)
    found: dict[str, tuple[int, int]] = {}
    for site, expression in analysis.parsed_sites():
        path = site.place.path
        read = int(path[1]) if path[0] == "steps" else after
        for name in expression.names:
            one = analysis.names.declared.get(name)
            if one is None or one.origin is not Origin.STEP or one.section is not Section.MAIN or one.scopes:
                continue
            made = int(analysis.layout.by_id[str(one.step)].inside.path[1])
            if read > made and not site.template:
                found[name] = (made, max(read, found.get(name, (made, 0))[1]))
    return dict(sorted(found.items()))


def _list_asks(analysis: Analysis) -> Iterator[str]:
    for placed in analysis.layout.steps:
        if list_questions(placed.step):
            yield placed.step.id if isinstance(placed.step, ApproveStep) else f"{placed.step.id}.approve"


def _list_handlers(analysis: Analysis) -> Iterator[str]:
    acting = {use.placed.step.id for use in analysis.uses if analysis.atoms[use.atom].mutating}
    for placed in analysis.layout.steps:
        is_acting = placed.step.id in acting or isinstance(placed.step, AwsStep)
        if placed.inside.section is Section.HANDLER and is_acting:
            yield placed.step.id
