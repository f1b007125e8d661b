"""A way to a violation, for people."""

from collections.abc import Mapping
from typing import Any

from chalicelib.control.approvals.approvers import show_person
from chalicelib.control.transaction import Cancelled, Check, Committed, Key, Operation, Put, Update
from chalicelib.decision.durations import format_duration
from infra.verify.policy import BEGIN
from infra.verify.scenario import Scenario, Wish
from infra.verify.steps import What
from infra.verify.worker import Call, Task

Names = Mapping[str, str]
"""What dispatches, events and times are called in the scenario."""


def tell(scenario: Scenario, story: tuple[What, ...]) -> list[str]:
    """Give a line for each step, with dispatches and objects by the names that the scenario has for them."""
    names: dict[str, str] = {}
    for wish in scenario.wishes:
        names[wish.dispatch] = names[wish.name] = _name_wish(wish)
        rungs = range(1, len(scenario.policy.ladder) + 1)
        names |= {wish.name_rung(rung): f"rung {rung} of {wish.name}" for rung in rungs}
    return [f"{number:>3}. {_tell_step(what, names, scenario)}" for number, what in enumerate(story, 1)]


def _name_wish(wish: Wish) -> str:
    return f"{wish.name} ({wish.objects} is {wish.state})" if wish.state else f"{wish.name} (wants {wish.objects})"


def _tell_step(what: What, names: Names, scenario: Scenario) -> str:
    verb, task, call, answer = what
    who = _name_task(task, names, scenario)
    if call is None:
        return f"{who} {verb}"
    done = _tell_call(call, names)
    if verb == "dies before":
        return f"{who} dies before it can {done}"
    end = "" if verb == "calls" else f", and {verb.replace(' after', '').rstrip(',')}"
    return f"{who}: {done}{_tell_answer(answer)}{end}"


def _name_task(task: Task, names: Names, scenario: Scenario) -> str:
    about = names.get(task.about, task.about)
    match task.kind:
        case "event":
            return f"decide, for {about}"
        case "status":
            return f"settle, told that {about} is {_read_status(task.detail)}"
        case "hold":
            return f"settle, told that the time of {about} is over"
        case "tick":
            later = scenario.tell_time(task) - BEGIN
            return f"reconcile, after {format_duration(int(later.total_seconds()))}"
        case "shrink":
            return "observe that host Z is gone"
        case "execution":
            return f"the execution of {about}"
        case "deployment":
            return f"deployment {about}"
        case _:
            return _name_deed(task, about)


def _name_deed(task: Task, about: str) -> str:
    match task.kind:
        case "yes" | "no":
            return f"{show_person(task.detail.split(' ')[0])} says {task.kind} to {about}"
        case "freeze":
            return f"a person freezes {about}"
        case "unfreeze":
            return "a person ends the freeze"
        case _:
            return f"a person's {task.kind} of {about}"


def _read_status(text: str) -> str:
    return text.partition('["')[2].partition('"')[0]


def _tell_call(call: Call, names: Names) -> str:
    match call.verb:
        case "read":
            return "read " + ", ".join(_name_key(key, names) for key in call.arguments[0])
        case "commit":
            told = (_tell_operation(one, names) for one in call.arguments[0].operations)
            return "write " + ", ".join(dict.fromkeys(told))
        case "start" | "describe" | "stop":
            return f"{call.verb} the execution of {names.get(call.arguments[1], call.arguments[1])}"
        case "send":
            return f"send a delayed message about {names.get(call.arguments[0], call.arguments[0])}"
        case "query" if call.arguments[0].startswith("approval#"):
            return f"list the answers about {_name_half(call.arguments[0], names)}"
        case "query":
            return f"list who waits for {call.arguments[0].rpartition('/')[2]}"
        case _:
            due = "the requests that are" if call.arguments[0].startswith("approval#") else "what is"
            return f"list {due} due" if call.arguments[1] else "list what is live"


def _tell_operation(operation: Operation, names: Names) -> str:
    where = _name_key(operation.key, names)
    match operation:
        case Put():
            state = operation.item.get("state")
            return f"{where}{f' as {state}' if state else ''}"
        case Update():
            changes = [f"{name}={value}" for name, value in operation.set.items() if name in {"state", "fence"}]
            changes += [f"{name}{amount:+}" for name, amount in operation.add.items() if not name.startswith("waiting")]
            changes += [f"-{name.partition('#')[0]}" for name in operation.remove]
            return f"{where} ({', '.join(changes)})" if changes else where
        case Check():
            return f"check {where}"
        case _:
            return f"without {where}"


def _name_key(key: Key, names: Names) -> str:
    kind = key.sk.partition("#")[0]
    match kind:
        case "object":
            return f"object {key.pk.rpartition('/')[2]}"
        case "dispatch":
            dispatch = f"{key.pk.removeprefix('event#')}-{key.sk.removeprefix('dispatch#')}"
            return f"dispatch {names.get(dispatch, dispatch)}"
        case "shard":
            return f"shard {key.pk.split('#')[1]} of {key.pk.rpartition('/')[2]}"
        case "freezes":
            return "the freezes"
        case "request" | "answer":
            return f"the {kind} about {_name_half(key.pk, names)}"
        case "window" | "event":
            return f"the {kind}"
        case "member":
            return "the list of hosts"
        case "wait":
            return f"the wait row of {names.get(key.sk.rpartition('#')[2], key.sk)} at {key.pk.rpartition('/')[2]}"
        case _:
            return f"the group {key.pk.split('#')[1]} {key.sk}"


def _name_half(pk: str, names: Names) -> str:
    dispatch = pk.partition("#")[2]
    return names.get(dispatch, dispatch)


def _tell_answer(answer: Any) -> str:
    match answer:
        case Committed():
            return ""
        case Cancelled():
            return f": refused by {', '.join(one.key.pk.rpartition('/')[2][:8] for one in answer.refusals)}"
        case str():
            return f": {answer}"
        case _:
            return ""
