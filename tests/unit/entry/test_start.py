"""The Lambda that works the queue of starts off."""

import json

from chalicelib.control.ports import Start
from chalicelib.entry.start import start_batch
from chalicelib.wiring.core import Core
from tests.behaviour import make_world
from tests.builders import HOME


def write_message(number: int, name: str, tries: int = 1) -> dict[str, str]:
    return {"messageId": f"m{number}", "body": json.dumps({"start": name, "tries": tries})}


def test_each_message_starts_in_its_turn_and_a_broken_one_does_not_stop_the_others() -> None:
    world = make_world()
    world.executions.answer = Start.THROTTLED
    first, second = (world.ask("host_reboot", f"e{n}", host=f"i-{n}").dispatch for n in range(2))
    world.executions.answer = None
    waited: list[int] = []
    records = [
        {"messageId": "broken", "body": "not json"},
        write_message(1, first),
        write_message(2, "0" * 20 + "-" + "0" * 20),
        write_message(3, second),
        write_message(4, second),
    ]
    core = Core(world.ports, world.bundle, HOME, "test")
    answer = start_batch(records, core, lambda: waited.append(len(world.executions.started)))
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["broken", "m2"]
    assert list(world.executions.started) == [first, second]
    assert waited == [0, 1, 1, 2], "before each start, and whatever becomes of it"


def test_what_is_throttled_again_is_no_failure_and_comes_back_later() -> None:
    world = make_world()
    world.executions.answer = Start.THROTTLED
    dispatch = world.ask("host_reboot", host="i-0a").dispatch
    world.delays.paced.clear()
    core = Core(world.ports, world.bundle, HOME, "test")
    assert start_batch([write_message(1, dispatch, 2)], core, lambda: None) == {"batchItemFailures": []}
    ((name, tries, seconds),) = world.delays.paced
    assert (name, tries) == (dispatch, 3)
    assert 2 <= seconds <= 4
