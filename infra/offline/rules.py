"""Plays the cases of a rule in the in-memory world, on the code that decides in production."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.control.intake import Outcome
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.transaction import Item
from chalicelib.errors import InterlockError
from chalicelib.identity import parse_object_id
from dsl.diagnostics import Diagnostic
from dsl.policies.cases import CaseSpec, ExpectSpec, RuleCasesFile, StepSpec, read_cases, refuse_rule
from infra.offline.memory import ManualClock
from infra.offline.world import World, complete_event

_MARKS = {True: "yes", False: "no", None: "failed"}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went."""

    name: str
    fault: str | None
    """The first thing that was not as expected; None if the case holds."""
    told: tuple[str, ...] = ()
    """What was decided at that point, and why."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How all cases of a rule went, and which of its branches they took."""

    rule: str
    results: tuple[CaseResult, ...]
    branches: int
    taken: frozenset[int]
    """Counted from 1, the default last."""
    rungs: int = 0
    climbed: frozenset[int] = frozenset()
    """The rungs of the goal's ladder that a case took, counted from 1."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Mistakes of the file itself; no case was played if one is an error."""

    @property
    def missed(self) -> tuple[int, ...]:
        """Branches that no case took."""
        return tuple(sorted(set(range(1, self.branches + 1)) - self.taken))

    @property
    def missed_rungs(self) -> tuple[int, ...]:
        """Rungs that no case took."""
        return tuple(sorted(set(range(1, self.rungs + 1)) - self.climbed))

    @property
    def holds(self) -> bool:
        """Whether the file is right and every case is as expected; a branch never taken is no failure."""
        return not self.diagnostics and all(result.fault is None for result in self.results)


class Diverged(InterlockError):
    """{fault}."""


def rehearse_rule(text: str, file: str, bundle: Bundle) -> Rehearsal:
    """Play a file of cases against the rule that it names. Never raises for a user's text.

    The rule is alone in its world and active, whatever its mode: a shadow rule is rehearsed as what it would do.
    """
    spec, found = read_cases(text, file)
    if spec is None:
        return Rehearsal("", (), 0, frozenset(), diagnostics=found)
    rule = bundle.find_rule(spec.rule)
    if rule is None:
        unknown = refuse_rule(spec.rule, [one.name for one in bundle.rules], file)
        return Rehearsal(spec.rule, (), 0, frozenset(), diagnostics=(unknown,))
    alone = replace(bundle, rules=(rule._replace(mode=RuleMode.ACTIVE, group=None),), index=None)
    own_rungs = set(range(1, len(rule.goal.otherwise) + 1)) if rule.goal is not None else set()
    taken: set[int] = set()
    climbed: set[int] = set()
    results = []
    for index, case in enumerate(spec.cases):
        world = World(alone, ManualClock(case.at or spec.at))
        results.append(_play(spec, case, index, world))
        rows = _list_decisions(world)
        taken |= {branch for row in rows if (branch := find_branch(row)) is not None}
        climbed |= {_find_rung(row) for row in rows} & own_rungs
    return Rehearsal(
        rule.name, tuple(results), len(rule.branches), frozenset(taken), len(own_rungs), frozenset(climbed)
    )


def _play(spec: RuleCasesFile, case: CaseSpec, index: int, world: World) -> CaseResult:
    told: tuple[str, ...] = ()
    try:
        world.add_objects(case.objects)
        world.add_running(case.running)
        for number, step in enumerate(case.steps):
            row, outcome = _take_step(world, spec.event, step, f"case-{index + 1}-step-{number + 1}")
            told = tuple(tell_row(row)) if row else ()
            fault = _compare(step.expect, row, outcome, world) if step.expect else None
            if fault:
                return CaseResult(case.name, f"step {number + 1}: {fault}", told)
    except InterlockError as problem:
        return CaseResult(case.name, str(problem).removesuffix("."), told)
    return CaseResult(case.name, None)


def _take_step(
    world: World, shared: Mapping[str, Any], step: StepSpec, event_id: str
) -> tuple[Item | None, Outcome | None]:
    """Let the step happen; give the row of what was decided (None if nothing was) and what became of its event.

    Without an event, that is what was decided last because time passed or an execution ended.
    """
    before = {row["id"]: row["state"] for row in _list_decisions(world)}
    world.pass_time(step.after)
    if step.ends is not None:
        world.end(step.ends.object, ExecutionStatus(step.ends.how.upper()), step.ends.error)
    if step.event is None:
        # A campaign that began is what was decided, and its members follow from it.
        newest = max(_list_new(world, before), key=lambda row: ("batches" in row, row["updated_at"]), default=None)
        return newest, None
    outcome = world.send(complete_event(shared, step.event, event_id, world.clock.now()))
    if outcome.kind == "dead letter":
        raise Diverged(fault=f"the event is a dead letter: {outcome.cause.removesuffix('.')}")
    return (world.read_dispatch(outcome.verdicts[0].dispatch) if outcome.verdicts else None), outcome


def _list_decisions(world: World) -> list[Item]:
    """Give what the rule has decided so far, in the order in which it did."""
    rule = world.bundle.rules[0].name
    return [row for key, row in world.store.rows.items() if key.sk.startswith("dispatch#") and row["rule"] == rule]


def _list_new(world: World, before: Mapping[str, str]) -> list[Item]:
    found = reversed(_list_decisions(world))
    return [
        row for row in found if row["id"] not in before or (before[row["id"]] in _WAITS and row["state"] not in _WAITS)
    ]


_WAITS = frozenset({DispatchState.SETTLING})
"""What is decided once it is over."""


def _find_rung(row: Item) -> int:
    """Give the rung of a goal's ladder that a decision is, 0 for one of an event."""
    return next((one["rung"] for one in row["trials"] if one.get("rung")), 0)


def find_branch(row: Item) -> int | None:
    """Give the branch that a decision took, counted from 1; None if it took none."""
    last = row["trials"][-1] if row["trials"] else None
    return None if last is None or last["branch"] is None or last["result"] is not True else last["branch"] + 1


def tell_row(row: Item) -> Iterator[str]:
    """Tell a recorded decision in lines."""
    about = row["object"].partition("/")[2].partition("/")[2]
    yield f"{row['rule']} on {about or 'no single object'} ({row['service'] or 'no service'}, tier {row['tier']})"
    for trial in row["trials"]:
        name = "match" if trial["branch"] is None else f"branch {trial['branch'] + 1}"
        name = f"rung {trial['rung']}" if trial.get("rung") else name
        yield f"  {name}: {_MARKS[trial['result']]}: {trial['reason']}"
    yield f"  => {row['verdict']}: {describe_deed(row)}: {row['reason']}"


def describe_deed(row: Item) -> str:
    """Say what a decision does, for example `run host_reboot` or `page sre`."""
    detail = {"run": row.get("workflow"), "page": row.get("page")}.get(row["action"])
    return f"{row['action']} {detail}" if detail else str(row["action"])


def _compare(expect: ExpectSpec, row: Item | None, outcome: Outcome | None, world: World) -> str | None:
    if outcome is None and (row is None or expect.nothing):
        return _compare_quiet(expect, row, world)
    if row is None:
        return "wanted a decision, and the event does not match the rule" if expect.match else None
    if not expect.match:
        return "the event matches the rule, and must not"
    for name, wanted, was in _list_pairs(expect, row, len(world.bundle.rules[0].branches), world):
        if wanted is not None and wanted != was:
            return f"{name}: wanted {_show(wanted)}, was {_show(was)}"
    for name, text in (("because", expect.because), ("fails", expect.fails)):
        if text is not None and text not in row["reason"]:
            return f"{name}: {_show(text)} is not in the reason: {row['reason']}"
    return _compare_goal(expect, world, row)


def _compare_quiet(expect: ExpectSpec, row: Item | None, world: World) -> str | None:
    """Compare a step in which nothing was decided, or nothing should have been."""
    if row is not None:
        return f"wanted nothing to be decided, and it was: {describe_deed(row)}"
    if expect.model_fields_set - _QUIET:
        return "wanted a decision, and nothing was decided"
    return _compare_goal(expect, world)


_QUIET = frozenset({"object", "goal", "nothing", "running"})
"""What can be expected of a step in which nothing is decided."""


def _list_pairs(expect: ExpectSpec, row: Item, branches: int, world: World) -> Iterator[tuple[str, Any, Any]]:
    """Give (name, wanted or None, found), most telling first."""
    about = str(parse_object_id(expect.object, world.home)) if expect.object else None
    yield "object", about, row["object"]
    yield "fails", "failed" if expect.fails else None, row["action"] if row["state"] != "undecided" else "failed"
    yield "branch", branches if expect.branch == "default" else expect.branch, find_branch(row)
    yield "run", expect.run, row.get("workflow")
    yield "page", expect.page, row.get("page")
    yield "ignore", expect.ignore, row["why"] if row["action"] == "ignore" else row["action"]
    given = row.get("execution_input", {}).get("input", {})
    for name, value in (expect.with_ or {}).items():
        yield f"with.{name}", [value], [given[name]] if name in given else None
    if expect.batches is not None:
        wanted = [[str(parse_object_id(one, world.home)) for one in batch] for batch in expect.batches]
        yield "batches", wanted, world.list_batches(row["id"])
    yield "verdict", expect.verdict, row["verdict"]
    yield "state", expect.state, row["state"]
    yield "rung", expect.rung, _find_rung(row)
    yield "attempt", expect.attempt, row.get("goal", {}).get("attempt", 0) + 1
    yield "tier", expect.tier, row["tier"]
    yield "service", expect.service, row["service"]


def _compare_goal(expect: ExpectSpec, world: World, row: Item | None = None) -> str | None:
    if expect.running is not None:
        wanted = sorted(str(parse_object_id(one, world.home)) for one in expect.running)
        if wanted != world.list_held():
            return f"running: wanted {_show(wanted)}, was {_show(world.list_held())}"
    if expect.goal is None:
        return None
    about = expect.object or (row["object"] if row else None)
    if about is None:
        return "goal: name the object whose goal is meant"
    goal = world.read_object(parse_object_id(about, world.home)).goal
    status = goal["status"] if goal else "none"
    return None if status == expect.goal else f"goal: wanted {expect.goal}, was {status}"


def _show(value: Any) -> str:
    inner = value[0] if isinstance(value, list) and len(value) == 1 else value
    return "nothing" if inner is None or inner == "" else json.dumps(inner, ensure_ascii=False)
