"""Bursts against StartExecution's token bucket, in virtual time: through control, its Step Functions port and the queue."""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.executions import REST_S, Place, StepFunctions
from chalicelib.control.pace import STARTS_A_SECOND
from chalicelib.control.paced import take_turn
from infra.template.pacing import REFILL_LARGE, count_workers
from tests.behaviour import World, make_world
from tests.builders import make_ports
from tests.fakes import FakeClock, FakeDelays

BUCKET = 1_300
WORKERS = count_workers(REFILL_LARGE)
PACE = STARTS_A_SECOND * WORKERS
STEP_S = 1 / STARTS_A_SECOND
DECIDERS = 200
"""Warm environments of the function `decide`, each of which knows only of its own throttled starts."""
PLACE = Place("aws", "eu-west-1", "111122223333", "dev")


@dataclass
class Bucket:
    """The Step Functions client of an account: a full bucket at first, and so many tokens a second."""

    clock: FakeClock
    filled_at: datetime
    tokens: float = BUCKET
    answers: Counter[str] = field(default_factory=Counter)
    started_at: dict[str, datetime] = field(default_factory=dict)

    def get(self, _service: str) -> "Bucket":
        return self

    def start_execution(self, name: str, **_request: Any) -> None:
        now = self.clock.now()
        self.tokens = min(BUCKET, self.tokens + (now - self.filled_at).total_seconds() * REFILL_LARGE)
        self.filled_at = now
        if self.tokens < 1:
            self._refuse("ThrottlingException")
        self.tokens -= 1
        if name in self.started_at:
            self._refuse("ExecutionAlreadyExists")
        self.answers["started"] += 1
        self.started_at[name] = now

    def _refuse(self, code: str) -> None:
        self.answers[code] += 1
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "StartExecution")


@dataclass
class Line(FakeDelays):
    """The queue of starts: whoever asks gets the message that has been ready for longest."""

    clock: FakeClock = field(default_factory=FakeClock)
    messages: list[tuple[float, int, str, int]] = field(default_factory=list)
    put: int = 0

    def pace(self, name: str, tries: int, seconds: int) -> None:
        self.put += 1
        heapq.heappush(self.messages, (self.clock.now().timestamp() + seconds, self.put, name, tries))

    def take(self) -> tuple[str, int] | None:
        if not self.messages or self.messages[0][0] > self.clock.now().timestamp():
            return None
        *_, name, tries = heapq.heappop(self.messages)
        return name, tries


class Burst:
    """One account: its bucket, its table, the deciders, the queue and its workers."""

    def __init__(self, *, rests: bool = True) -> None:
        clock = FakeClock()
        self.bucket, self.line = Bucket(clock, clock.now()), Line(clock=clock)
        ports = make_ports()._replace(delays=self.line, clock=clock)

        def open_engine(rest_s: float) -> World:
            engine = StepFunctions(self.bucket, PLACE, rest_s, lambda: clock.now().timestamp())
            return make_world(ports._replace(executions=engine))

        self.deciders = [open_engine(REST_S if rests else 0) for _ in range(DECIDERS)]
        self.worker = open_engine(0)
        self.clock = clock
        self.asked: list[str] = []

    def ask(self) -> None:
        """Have the next decider admit one more decision."""
        number = len(self.asked)
        verdict = self.deciders[number % DECIDERS].ask("host_reboot", f"e{number}", host=f"i-{number}")
        assert verdict.state == "reserved"
        self.asked.append(verdict.dispatch)

    def work(self) -> None:
        """Each worker starts one."""
        for _ in range(WORKERS):
            if message := self.line.take():
                take_turn(*message, self.worker.ports, self.worker.bundle)

    def tell_seconds(self, name: str) -> float:
        """Say how long after the first one an execution was started."""
        return (self.bucket.started_at[name] - self.bucket.started_at[self.asked[0]]).total_seconds()

    def check(self) -> None:
        assert set(self.bucket.started_at) == set(self.asked)
        assert len(set(self.asked)) == len(self.asked)
        assert self.bucket.answers["started"] == len(self.asked), "none twice, none lost"
        assert self.bucket.answers["ExecutionAlreadyExists"] == 0
        assert self.line.messages == []


def admit_at_once(count: int) -> Burst:
    """Admit so many in one moment, have the workers work off what was throttled, and see that it went as it should."""
    burst = Burst()
    for _ in range(count):
        burst.ask()
    assert len(burst.bucket.started_at) == BUCKET, "the first start directly"
    while burst.line.messages:
        burst.clock.advance(STEP_S)
        burst.work()
    burst.check()
    late = count - BUCKET
    assert burst.bucket.answers["ThrottlingException"] == min(DECIDERS, late), "each decider was throttled once"
    assert burst.line.put == late, "no start had to come back"
    assert max(map(burst.tell_seconds, burst.asked)) == pytest.approx(late / PACE, rel=0.02)
    return burst


def test_a_burst_beyond_the_bucket_starts_each_once_and_below_the_quota() -> None:
    admit_at_once(BUCKET + 400)


@pytest.mark.slow
def test_a_burst_of_ten_thousand_decisions_starts_each_once_and_below_the_quota() -> None:
    admit_at_once(10_000)


def flood(*, rests: bool) -> tuple[float, float, int]:
    """After a burst, newcomers alone ask for more than the bucket gains, for five seconds, in no particular order.

    Give when the last of the burst, and the last of all, were started, and how many starts were throttled.
    """
    burst, dice = Burst(rests=rests), random.Random(1)
    for _ in range(BUCKET + 500):
        burst.ask()
    first = list(burst.asked)
    for step in range(1_000):
        burst.clock.advance(STEP_S)
        turns: list[Callable[[], None]] = [burst.work]
        if step < 5 * STARTS_A_SECOND:
            turns += [burst.ask] * (360 // STARTS_A_SECOND)
        dice.shuffle(turns)
        for turn in turns:
            turn()
    burst.check()
    last = max(map(burst.tell_seconds, burst.asked))
    return max(map(burst.tell_seconds, first)), last, burst.bucket.answers["ThrottlingException"]


@pytest.mark.slow
def test_newcomers_do_not_starve_what_is_queued() -> None:
    waited, last, throttled = flood(rests=True)
    assert waited == pytest.approx(500 / PACE, rel=0.05), "newcomers queue behind what was throttled before them"
    waited_then, last_then, throttled_then = flood(rests=False)
    assert waited_then == last_then, "else some of the burst would start last of all"
    assert (last, 4 * throttled < throttled_then) == (last_then, True), "and nothing would be ready sooner"
