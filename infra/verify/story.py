"""A way to a violation, for people."""

from collections.abc import Mapping
from typing import Any

from chalicelib.control.transaction import Cancelled, Check, Committed, Key, Operation, Put, Update
from infra.verify.scenario import Scenario
from infra.verify.steps import What
from infra.verify.worker import Call, Task


def tell(scenario: Scenario, story: tuple[What, ...]) -> list[str]:
    """Give a line for each step, with dispatches and objects by the names that the scenario has for them."""
    names = {wish.dispatch: f"{wish.name} (wants {wish.objects})" for wish in scenario.wishes}
    return [f"{number:>3}. {_tell_step(what, names)}" for number, what in enumerate(story, 1)]


def _tell_step(what: What, names: Mapping[str, str]) -> str:
    verb, task, call, answer = what
    who = _name_task(task, names)
    if call is None:
        return f"{who} {verb}"
    done = _tell_call(call, names)
    if verb == "dies before":
        return f"{who} dies before it can {done}"
    end = "" if verb == "calls" else f", and {verb.replace(' after', '').rstrip(',')}"
    return f"{who}: {done}{_tell_answer(answer)}{end}"


def _name_task(task: Task, names: Mapping[str, str]) -> str:
    about = names.get(task.about, task.about)
    match task.kind:
        case "event":
            return f"decide, for {about}"
        case "status":
            return f"settle, told that {about} is {_read_status(task.detail)}"
        case "hold":
            return f"settle, told that the hold of {about} is over"
        case "tick":
            return f"reconcile, tick {about}{' a month later' if task.detail else ''}"
        case "shrink":
            return "observe that host Z is gone"
        case "execution":
            return f"the execution of {about}"
        case _:
            return f"a person's {task.kind} of {about}"


def _read_status(text: str) -> str:
    return text.partition('["')[2].partition('"')[0]


def _tell_call(call: Call, names: Mapping[str, str]) -> str:
    match call.verb:
        case "read":
            return "read " + ", ".join(_name_key(key, names) for key in call.arguments[0])
        case "commit":
            return "write " + ", ".join(_tell_operation(one, names) for one in call.arguments[0].operations)
        case "start" | "describe" | "stop":
            return f"{call.verb} the execution of {names.get(call.arguments[1], call.arguments[1])}"
        case "send":
            return f"send the hold message of {names.get(call.arguments[0], call.arguments[0])}"
        case "query":
            return f"list who waits for {call.arguments[0].rpartition('/')[2]}"
        case _:
            return f"list what is due in {call.arguments[0]}"


def _tell_operation(operation: Operation, names: Mapping[str, str]) -> str:
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


def _name_key(key: Key, names: Mapping[str, str]) -> str:
    if key.sk == "object":
        return f"object {key.pk.rpartition('/')[2]}"
    if key.sk.startswith("dispatch#"):
        dispatch = f"{key.pk.removeprefix('event#')}-{key.sk.removeprefix('dispatch#')}"
        return f"dispatch {names.get(dispatch, dispatch)}"
    if key.sk == "shard":
        return f"shard {key.pk.split('#')[1]} of {key.pk.rpartition('/')[2]}"
    if key.pk.startswith("group#"):
        return f"the group {key.pk.split('#')[1]} {key.sk}"
    return f"the wait row of {names.get(key.sk.rpartition('#')[2], key.sk)} at {key.pk.rpartition('/')[2]}"


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
