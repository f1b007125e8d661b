"""Going on from a failed step over histories that moto writes, whose events are made after those of AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.aws.history import read_history_event
from dsl.rehearse import Answer, Call, Execution
from tests.interpreter import Played, open_interpreter
from tests.unit.dsl.build import compile_ok
from tests.unit.dsl.going_on import Ended, Player, run_on
from tests.unit.dsl.test_resumption import BEGINS, CALLS, GIVEN, TEXT, FailingOnce


@pytest.fixture(scope="module")
def on_moto() -> Iterator[Player]:
    with pytest.MonkeyPatch.context() as patch, open_interpreter(patch) as play:
        yield make_player(play)


def make_player(play: Callable[..., Played]) -> Player:
    def player(definition: dict[str, Any], execution: Execution, answers: Callable[[Call], Answer]) -> Ended:
        played = play(definition, execution, answers)
        history = tuple(read_history_event(event) for event in played.recording.events)
        return Ended(played.status, played.output, history)

    return player


@pytest.mark.parametrize("failing", CALLS)
def test_from_each_step_it_comes_to_the_same_end(failing: str, on_moto: Player) -> None:
    compiled = compile_ok(TEXT)
    ((_, good),) = run_on(compiled, GIVEN, (usual := FailingOnce()), on_moto)
    (_, failed), (began, resumed) = run_on(compiled, GIVEN, (functions := FailingOnce(failing)), on_moto)
    assert (failed.status, began, resumed.status) == ("FAILED", BEGINS.get(failing, "last"), "SUCCEEDED")
    assert resumed.output == good.output
    assert dict(functions.asked) == dict(usual.asked)
