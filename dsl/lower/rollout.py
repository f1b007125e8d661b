"""A rollout: a loop of batches, since the iterations of one map cannot count for the next.

`<id>` works out the batches, `<id>.batch` is a map over one of them, `<id>.check` asks whether too much has failed,
then comes the gate, `<id>.approve` asks people where they are to be asked, and `<id>.next` goes round again. Items never fail: each takes itself back and tells.
"""

from dataclasses import replace
from typing import Any

from dsl.expressions import wrap
from dsl.ir import Assign, Catcher, Choice, Map, Pass, Rule, Task
from dsl.lower.approve import ask_between
from dsl.lower.block import lower_block
from dsl.lower.contained import fail_check, good_enough, runs_variable
from dsl.lower.context import Here, entry_name, results_of
from dsl.lower.distribution import label_of, outer_names, select_item
from dsl.lower.recovery import ALL, CAUGHT, catch_abandoned
from dsl.lower.retry import own_retriers
from dsl.lower.sequence import lower_steps
from dsl.model import Amount, RolloutStep
from dsl.model.approving import Pause

WayOut = tuple[str, Assign]
"""Where it goes when it fails, and what is assigned on the way."""


def lower_rollout(step: RolloutStep, here: Here) -> None:
    """Add all of its states. Whatever fails in it, the batches that were done are taken back the same way."""
    way_out = fail_check(step, here)
    _add_start(step, here)
    _add_batch(step, here, way_out)
    _add_checks(step, here, way_out)
    if step.rollout.gate:
        # Each round of the gate is a call of its own, so its idempotency keys tell the rounds apart.
        frame = replace(here.frame, indexes=(*here.frame.indexes, f"{step.id}Batch"))
        recovery = here.recovery.through(way_out[0])
        lower_steps(
            step.rollout.gate, replace(here, frame=frame, recovery=recovery, next=f"{step.id}.next", output=None)
        )


def _add_start(step: RolloutStep, here: Here) -> None:
    frame, name = here.frame, step.id
    items = f"[{step.rollout.items.strip()}]"
    bounds = ", ".join(_bound(one) for one in step.rollout.batches)
    sizes = (
        f"($givenCount := $count({items}); [$distinct($sort($map([{bounds}, $givenCount], "
        "function($bound) { $min([$max([$bound, 1]), $givenCount]) })))])"
    )
    nulls = {inner: None for one in step.rollout.gate for inner in results_of(one)}
    assign: dict[str, Any] = {
        **frame.entry_assign(name),
        f"{name}Items": wrap(frame.express(items, name, guarded=True)),
        f"{name}Bounds": wrap(frame.express(sizes, name)),
        f"{name}Batch": 0,
        f"{name}Done": 0,
        runs_variable(step): [],
        **nulls,
        name: [],
    }
    frame.states.append(Pass(name=name, comment=step.description, next=f"{name}.batch", assign=assign))


def _bound(amount: Amount) -> str:
    return str(amount.count) if amount.count is not None else f"$ceil($givenCount * {amount.percent} / 100)"


def _add_batch(step: RolloutStep, here: Here, way_out: WayOut) -> None:
    frame, name, loop = here.frame, step.id, step.rollout
    runs = runs_variable(step)
    names = outer_names(step, here)
    most = loop.max_items
    slice_ = (
        f"($givenEnd := ${name}Bounds[${name}Batch]; $count(${name}Items) <= {most}"
        f" ? [$filter(${name}Items, function($given, $at) {{ $at >= ${name}Done and $at < $givenEnd }})]"
        f' : $error("{name} has more than {most} items"))'
    )
    all_runs = f"$append(${runs}, $states.result)"
    batch = f"{name}.batch"
    state = Map(
        name=batch,
        comment=f"One batch of {name}",
        next=f"{name}.check",
        items=wrap(frame.express(slice_, batch)),
        selector=select_item(step, here, batch, names, f" + ${name}Done"),
        body=lower_block(step, step.blocks()[0], here, contained=True),
        max_concurrency=min(loop.max_concurrency, most),
        label=label_of(step, here, batch),
        retriers=own_retriers(None),
        catchers=_catch_batch(step, here, way_out),
        assign={
            name: wrap(f"[$map({all_runs}, function($run) {{ $run.value }})]"),
            runs: wrap(f"[{all_runs}]"),
            f"{name}Done": wrap(f"${name}Bounds[${name}Batch]"),
            f"{name}Batch": wrap(f"${name}Batch + 1"),
        },
    )
    frame.states.append(state)


def _catch_batch(step: RolloutStep, here: Here, way_out: WayOut) -> tuple[Catcher, ...]:
    """Catch what no item can tell, such as too many of them."""
    if not here.recovery.contains(step):
        return here.recovery.catch_container(step, here)
    target, assign = way_out
    return (catch_abandoned(step, here, {**assign, here.recovery.failure(here): CAUGHT}, target),)


def _add_checks(step: RolloutStep, here: Here, way_out: WayOut) -> None:
    """Add the state that may stop it, and the one that goes round again: one and the same where there is no gate."""
    name, gate = step.id, step.rollout.gate
    good = good_enough(runs_variable(step), step.rollout.stop.failures, f"{name}Items")
    target, assign = way_out
    onward = _list_ways_on(step)
    if step.rollout.approval is not None:
        here.frame.states.append(_ask_people(step, step.rollout.approval, here, Catcher((ALL,), target, assign)))
    comment = f"Whether too much of {name} has failed"
    states = here.frame.states
    if gate:
        go_on = (Rule(wrap(good), entry_name(gate[0])),)
        again = tuple(Rule(wrap(condition), following) for condition, following in onward)
        states.append(Choice(name=f"{name}.check", comment=comment, rules=go_on, next=target, assign=assign))
        states.append(
            Choice(
                name=f"{name}.next", comment=f"Whether {name} has another batch", rules=again, next=here.continuation
            )
        )
        return
    again = tuple(Rule(wrap(f"{good} and {condition}"), following) for condition, following in onward)
    rules = (*again, Rule(wrap(good), here.continuation))
    states.append(Choice(name=f"{name}.check", comment=comment, rules=rules, next=target, assign=assign))


def _list_ways_on(step: RolloutStep) -> list[tuple[str, str]]:
    """Give the conditions under which there is another batch, and the state that leads to it."""
    name, pause = step.id, step.rollout.approval
    more = f"${name}Batch < $count(${name}Bounds)"
    if pause is None:
        return [(more, f"{name}.batch")]
    if pause.after == "every":
        return [(more, f"{name}.approve")]
    return [(f"${name}Batch = 1 and {more}", f"{name}.approve"), (more, f"{name}.batch")]


def _ask_people(step: RolloutStep, pause: Pause, here: Here, failing: Catcher) -> Task:
    """Ask whether to go on. A no fails the rollout as too many failures do, with the answer as the error."""
    name = step.id
    asking = replace(here, frame=replace(here.frame, indexes=(*here.frame.indexes, f"{name}Batch")))
    state = f"{name}.approve"
    usual = (
        f'{{% "{name}: batch " & $string(${name}Batch) & " of " & $string($count(${name}Bounds)) & " is done, "'
        f' & $string(${name}Done) & " of " & $string($count(${name}Items)) & " items. Go on?" %}}'
    )
    catcher = replace(failing, assign={**failing.assign, here.recovery.failure(here): CAUGHT})
    comment = f"Whether people let {name} go on"
    reason = pause.reason or usual
    return ask_between(state, comment, pause, reason, asking, following=f"{name}.batch", catcher=catcher)
