"""Ports that fail at chosen calls: before they took effect, or after they did and the answer was lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chalicelib.control.model import Execution, HistoryEvent
from chalicelib.control.ports import Delays, Executions, Page, Ports, Start, Store
from chalicelib.control.transaction import Item, Key, Result, Transaction

T = TypeVar("T")


class Crash(Exception):
    """The process died."""


@dataclass
class Fuse:
    """Counts calls and blows at some of them: `blows` says whether after the call took effect, by its number."""

    blows: Mapping[int, bool]
    calls: int = 0

    def call(self, effect: Callable[[], T]) -> T:
        self.calls += 1
        after = self.blows.get(self.calls)
        if after is False:
            raise Crash
        result = effect()
        if after:
            raise Crash
        return result


@dataclass
class FaultyStore:
    real: Store
    fuse: Fuse

    def read(self, keys: Sequence[Key]) -> dict[Key, Item]:
        return self.fuse.call(lambda: self.real.read(keys))

    def commit(self, transaction: Transaction) -> Result:
        return self.fuse.call(lambda: self.real.commit(transaction))

    def query(self, pk: str, prefix: str, limit: int, after: Mapping[str, Any] | None = None) -> Page:
        return self.fuse.call(lambda: self.real.query(pk, prefix, limit, after))

    def list_lane(self, lane: str, **options: Any) -> Page:
        return self.fuse.call(lambda: self.real.list_lane(lane, **options))


@dataclass
class FaultyExecutions:
    real: Executions
    fuse: Fuse

    def start(self, workflow: str, name: str, execution_input: Mapping[str, Any]) -> Start:
        return self.fuse.call(lambda: self.real.start(workflow, name, execution_input))

    def describe(self, workflow: str, name: str) -> Execution | None:
        return self.fuse.call(lambda: self.real.describe(workflow, name))

    def read_history(self, workflow: str, name: str) -> Sequence[HistoryEvent]:
        return self.fuse.call(lambda: self.real.read_history(workflow, name))

    def stop(self, workflow: str, name: str, cause: str) -> bool:
        return self.fuse.call(lambda: self.real.stop(workflow, name, cause))

    def answer_task(self, token: str, result: Mapping[str, Any]) -> bool:
        return self.fuse.call(lambda: self.real.answer_task(token, result))

    def fail_task(self, token: str, error: str, cause: str) -> bool:
        return self.fuse.call(lambda: self.real.fail_task(token, error, cause))


@dataclass
class FaultyDelays:
    real: Delays
    fuse: Fuse

    def send(self, dispatch: str, seconds: int) -> None:
        self.fuse.call(lambda: self.real.send(dispatch, seconds))

    def pace(self, name: str, tries: int, seconds: int) -> None:
        self.fuse.call(lambda: self.real.pace(name, tries, seconds))


def break_ports(ports: Ports, fuse: Fuse) -> Ports:
    """Put one fuse before every port."""
    return Ports(
        FaultyStore(ports.store, fuse),
        FaultyExecutions(ports.executions, fuse),
        FaultyDelays(ports.delays, fuse),
        ports.publisher,
        ports.clock,
    )
