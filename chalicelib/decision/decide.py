"""From an event to decisions: which rules match, which object each is about, and which branch is taken. Pure."""

from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catalog.model import Batch, Branch, Bundle, Goal, Rule
from chalicelib.decision.defaults import complete_rule
from chalicelib.decision.expressions import evaluate_condition, render_object, render_value
from chalicelib.decision.fanout import make_fanout
from chalicelib.decision.groups import choose_rules, list_passed_over
from chalicelib.decision.index import index_rules
from chalicelib.decision.ladder import Climb
from chalicelib.decision.model import Action, Decision, Failure, Fanout, History, ObjectView, Subject, Trial
from chalicelib.decision.scope import Bindings, bind_branch, bind_event, bind_goal
from chalicelib.decision.terms import explain_false
from chalicelib.decision.tiers import DEFAULT_PAGE, find_page
from chalicelib.errors import ExpressionFailed, MalformedObjectId
from chalicelib.events.model import Event
from chalicelib.identity import Origin, dispatch_id


class _Outcome(NamedTuple):
    action: Action
    reason: str
    trials: tuple[Trial, ...]
    branch: Branch | None = None
    input: dict[str, Any] | None = None
    page: str | None = None
    fanout: Fanout | None = None


def find_subjects(event: Event, bundle: Bundle) -> tuple[Subject | Failure, ...]:
    """Give the rules that an event matches, each with its object; a rule that cannot say its object is a Failure.

    They come in the order of their priority, and of a group only the first one comes at all.
    Rules whose pattern is not valid are failures of every event. Empty means that no rule matches.
    """
    index = index_rules(bundle.rules, bundle.index)
    found: list[Subject | Failure] = [Failure(rule, reason) for rule, reason in index.broken]
    bindings = bind_event(event)
    for rule in choose_rules(index.match(event.raw)):
        try:
            found.append(Subject(rule, render_object(rule.object, bindings, event.home)))
        except (ExpressionFailed, MalformedObjectId) as problem:
            found.append(Failure(rule, f"object: {_render(problem)}"))
    return tuple(found)


def decide(event: Event, rule: Rule, view: ObjectView, history: History, bundle: Bundle, now: datetime) -> Decision:
    """Decide what a rule does about an event's object. Never raises: a failure is a decision with its reason.

    `view` holds what is stored and what the event itself observed; `history` is of that object; `now` is aware.
    """
    outcome = _judge(event, rule, bundle, bind_branch(event, view, history, bundle, now))
    return _conclude(outcome, event, complete_rule(rule, view.service, view.tier, bundle), view, bundle, now)


def decide_rung(
    event: Event, rule: Rule, climb: Climb, view: ObjectView, history: History, bundle: Bundle, now: datetime
) -> Decision:
    """Decide what a rung of the goal's ladder does about the event that the ladder began with, as a branch would.

    `rule` is complete, see `decision.defaults`: it may have more rungs than its file says. Never raises.
    """
    ladder = rule.goal.otherwise if rule.goal is not None else ()
    rung = ladder[climb.rung - 1]
    tries = f", attempt {climb.attempt + 1} of {rung.attempts}" if rung.attempts > 1 else ""
    trial = Trial(rule.name, None, None, result=True, reason=climb.reason, rung=climb.rung)
    which = f"rung {climb.rung} of {len(ladder)}{tries}: {climb.reason}"
    bindings = bind_branch(event, view, history, bundle, now)
    branch = Branch(when=None, run=rung.run, with_=rung.with_, page=rung.page)
    outcome = _take(None, branch, which, bindings, bundle, (trial,))
    return _conclude(outcome, event, rule, view, bundle, now, climb)


def _conclude(
    outcome: _Outcome, event: Event, rule: Rule, view: ObjectView, bundle: Bundle, now: datetime,
    climb: Climb | None = None,
) -> Decision:  # fmt: skip
    outcome = _find_person(outcome, rule, view, bundle)
    taken = outcome.branch
    rung, attempt = (climb.rung, climb.attempt) if climb is not None else (0, 0)
    return Decision(
        id=dispatch_id(Origin(event.id, rule.name, str(view.id), rung=rung, attempt=attempt)),
        event_id=event.id,
        root_id=event.root_id,
        hops=event.hops,
        rule=rule.name,
        mode=rule.mode,
        home=event.home,
        object=view.id,
        action=outcome.action,
        workflow=(taken.run or "") if taken else "",
        input=outcome.input or {},
        page=outcome.page,
        reason=outcome.reason,
        tier=view.tier,
        service=view.service,
        trials=outcome.trials,
        goal=rule.goal,
        bundle_version=bundle.version,
        decided_at=now,
        fanout=outcome.fanout,
        rung=rung,
        attempt=attempt,
    )


def evaluate_goal(goal: Goal, view: ObjectView, now: datetime) -> bool | None:
    """Say whether an object meets a goal; None if that cannot be told, for example before it was ever observed."""
    try:
        return evaluate_condition(goal.until, bind_goal(view, now))
    except ExpressionFailed:
        return None


def explain_unmet(goal: Goal, view: ObjectView, now: datetime) -> str:
    """Say which term of a goal is false, with the values on both sides."""
    return explain_false(goal.until, bind_goal(view, now))


def _judge(event: Event, rule: Rule, bundle: Bundle, bindings: Bindings) -> _Outcome:
    matched = Trial(rule.name, None, None, result=True, reason=_explain_match(event, rule, bundle))
    limit = bundle.control.max_hops
    if event.hops > limit:
        reason = f"{event.hops} dispatches lie between event {event.root_id} and this one, and the limit is {limit}"
        return _Outcome(Action.HELD, reason, (matched,))
    trials = [matched]
    for index, branch in enumerate(rule.branches):
        trial = _try_branch(rule, index, branch, bindings)
        trials.append(trial)
        if trial.result is None:
            return _Outcome(Action.FAILED, f"branch {index + 1}: {trial.reason}", tuple(trials))
        if trial.result:
            return _take(rule.batch, branch, f"branch {index + 1}: {trial.reason}", bindings, bundle, tuple(trials))
    return _Outcome(Action.FAILED, "no branch is true and the rule has no default", tuple(trials))


def _explain_match(event: Event, rule: Rule, bundle: Bundle) -> str:
    reason = "the event matches the rule's pattern"
    if rule.group is None:
        return reason
    passed = list_passed_over(rule, index_rules(bundle.rules, bundle.index).match(event.raw))
    return f"{reason}; of group {rule.group} it goes before {', '.join(passed)}" if passed else reason


def _try_branch(rule: Rule, index: int, branch: Branch, bindings: Bindings) -> Trial:
    if branch.when is None:
        return Trial(rule.name, index, None, result=True, reason="the default")
    try:
        holds = evaluate_condition(branch.when, bindings)
    except ExpressionFailed as problem:
        return Trial(rule.name, index, branch.when, result=None, reason=_render(problem))
    reason = f"{branch.when} is true" if holds else explain_false(branch.when, bindings)
    return Trial(rule.name, index, branch.when, result=holds, reason=reason)


def _take(
    batch: Batch | None, branch: Branch, which: str, bindings: Bindings, bundle: Bundle, trials: tuple[Trial, ...]
) -> _Outcome:
    if branch.run is None:
        action = Action.IGNORE if branch.page is None else Action.PAGE
        return _Outcome(action, branch.ignore or which, trials, branch)
    if branch.run not in bundle.workflows:
        return _Outcome(Action.FAILED, f"{which}: no workflow or atom is called {branch.run!r}", trials)
    if batch is not None:
        try:
            fanout = make_fanout(batch, branch.with_ or {}, bindings)
        except ExpressionFailed as problem:
            return _Outcome(Action.FAILED, f"{which}: batch: {_render(problem)}", trials)
        return _Outcome(Action.RUN, which, trials, branch, fanout=fanout)
    try:
        given = {name: render_value(value, bindings) for name, value in (branch.with_ or {}).items()}
    except ExpressionFailed as problem:
        return _Outcome(Action.FAILED, f"{which}: with: {_render(problem)}", trials)
    return _Outcome(Action.RUN, which, trials, branch, given)


def _find_person(outcome: _Outcome, rule: Rule, view: ObjectView, bundle: Bundle) -> _Outcome:
    """Say who is paged, if the branch pages and leaves that open."""
    if outcome.action is not Action.PAGE or outcome.branch is None:
        return outcome
    if outcome.branch.page != DEFAULT_PAGE:
        return outcome._replace(page=outcome.branch.page)
    person = find_page(rule, view.service, view.tier, bundle)
    if person.value is None:
        reason = f"{outcome.reason}: neither the rule, its service nor tier {view.tier} says who is paged"
        return outcome._replace(action=Action.FAILED, reason=reason)
    return outcome._replace(page=person.value, reason=f"{outcome.reason}; {person.source} names {person.value}")


def _render(problem: Exception) -> str:
    """Quote an error inside a sentence."""
    return str(problem).removesuffix(".")
