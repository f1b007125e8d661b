"""The process dies before or after each AWS call of a dispatch's life, killed for real: as Lambda would, another one is begun."""

import json
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing import Value
from typing import Any, NoReturn

import pytest

from infra.cloud import Cloud
from tests.e2e.incident import EXPECTED, MOST_CALLS, Incident, connect, prepare_stage

pytestmark = pytest.mark.e2e

BEFORE, AFTER = "before-call", "after-call"
DELIVERIES = 3


@dataclass
class KilledClients:
    """Clients of processes of their own, one for each delivery, of which one is killed at the call of a chosen number."""

    cloud: Cloud
    at: int = 0
    """0: nobody is killed."""
    moment: str = BEFORE
    counter: Any = field(default_factory=lambda: Value("i", 0))
    """How many calls were made, by whatever process."""
    kills: int = 0
    _made: dict[str, Any] = field(default_factory=dict)

    def get(self, service: str) -> Any:
        if service not in self._made:
            client = self.cloud.client(service)
            client.meta.events.register(BEFORE, self._count)
            client.meta.events.register(AFTER, lambda **_others: self._die(AFTER))
            self._made[service] = client
        return self._made[service]

    def deliver(self, step: Callable[[], Any]) -> Any:
        """Do it in another process, and again as long as that is killed; give what it gave."""
        for _ in range(DELIVERIES):
            answer = self._fork(step)
            if answer is not None:
                return json.loads(answer)
            self.kills += 1
        return pytest.fail("it dies however often it is delivered")

    def _fork(self, step: Callable[[], Any]) -> bytes | None:
        """Give what a step gave in a process of its own; None if that was killed."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._be_another(step, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            given = answer.read()
        _, ended = os.waitpid(child, 0)
        if os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL:
            return None
        assert ended == 0, "it failed, and was not killed"
        return given

    def _be_another(self, step: Callable[[], Any], writing: int) -> NoReturn:
        """Do the step with connections of its own, and leave."""
        status = 1
        try:
            self.cloud, self._made = replace(self.cloud, clients={}), {}
            os.write(writing, json.dumps(step(), default=str).encode())
            status = 0
        except BaseException:  # noqa: BLE001 - nothing may return into the parent's test
            traceback.print_exc()
        finally:
            os._exit(status)

    def _count(self, **_others: Any) -> None:
        self.counter.value += 1
        self._die(BEFORE)

    def _die(self, moment: str) -> None:
        if (self.counter.value, moment) == (self.at, self.moment):
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def stage(cloud: Cloud) -> str:
    return prepare_stage(cloud)


def _play(cloud: Cloud, stage: str, at: int, moment: str) -> tuple[dict[str, Any], int, int]:
    """Play the story with one kill; give how it ended, how many calls it made, and how many processes were killed."""
    clients = KilledClients(cloud, at, moment)
    incident = Incident(connect(clients, stage), clients.deliver)
    dispatches = incident.play()
    calls, clients.at = clients.counter.value, 0
    return incident.look(*dispatches), calls, clients.kills


@pytest.mark.parametrize("moment", [BEFORE, AFTER])
@pytest.mark.parametrize("at", [2, 3], ids=["reserve", "start"])
def test_a_kill_on_the_way_to_the_start_ends_as_if_it_had_not_happened(
    cloud: Cloud, stage: str, at: int, moment: str
) -> None:
    ended, _, kills = _play(cloud, stage, at, moment)
    assert (ended, kills) == (EXPECTED, 1)


@pytest.mark.slow
@pytest.mark.parametrize("moment", [BEFORE, AFTER])
def test_a_kill_at_any_call_ends_as_if_it_had_not_happened(cloud: Cloud, stage: str, moment: str) -> None:
    for at in range(1, MOST_CALLS):
        ended, calls, kills = _play(cloud, stage, at, moment)
        if calls < at:
            assert (ended, kills) == (EXPECTED, 0)
            return
        assert (ended, kills) == (EXPECTED, 1), f"killed at call {at}"
    pytest.fail("the story makes more calls than were tried")
