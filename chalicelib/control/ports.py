"""What control needs from outside, as narrow as it can be. Each port has one in-memory fake and one on AWS."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from chalicelib.control.model import Execution, HistoryEvent
from chalicelib.control.transaction import Item, Key, Result, Transaction


class Page(NamedTuple):
    """Some rows in order; `after` continues behind the last one, None if there are no more."""

    items: tuple[Item, ...]
    after: Mapping[str, Any] | None = None


class Store(Protocol):
    """The one table."""

    def read(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read rows, strongly consistent; absent ones are left out."""

    def commit(self, transaction: Transaction) -> Result:
        """Write all or nothing. A conflict with another transaction is retried inside, and is never a refusal."""

    def query(self, pk: str, prefix: str, limit: int, after: Mapping[str, Any] | None = None) -> Page:
        """List the rows of one partition whose sk has the prefix, in sk order, strongly consistent."""

    def list_lane(
        self,
        lane: str,
        *,
        until: str | None = None,
        descending: bool = False,
        limit: int = 100,
        after: Mapping[str, Any] | None = None,
    ) -> Page:
        """List the rows of one lane by `lane_at` (up to and including `until`), eventually consistent."""


class Start(StrEnum):
    """The answer to StartExecution."""

    STARTED = "started"
    NAME_TAKEN = "name_taken"
    THROTTLED = "throttled"
    REFUSED = "refused"
    """The machine does not exist or may not be started: nothing was started and nothing will be."""


class Executions(Protocol):
    """The workflow engine."""

    def start(self, workflow: str, name: str, execution_input: Mapping[str, Any]) -> Start:
        """Start one execution under its name; the same name never starts twice."""

    def describe(self, workflow: str, name: str) -> Execution | None:
        """Say how an execution stands, None if there is none of that name."""

    def read_history(self, workflow: str, name: str) -> Sequence[HistoryEvent]:
        """Give everything that an execution that is over has gone through, oldest first."""

    def stop(self, workflow: str, name: str, cause: str) -> bool:
        """End a running execution; one that is over is no error. False if there is none of that name (yet)."""

    def answer_task(self, token: str, result: Mapping[str, Any]) -> bool:
        """Let the task that waits for a token go on; False if it does not wait any more."""

    def fail_task(self, token: str, error: str, cause: str) -> bool:
        """Let it fail; False if it does not wait any more."""


class Delays(Protocol):
    """Messages to oneself."""

    def send(self, dispatch: str, seconds: int) -> None:
        """Have the hold of a dispatch, or of its undo (`<id>-undo`), looked at again once the seconds have passed, measured by the queue."""

    def pace(self, name: str, tries: int, seconds: int) -> None:
        """Have an execution started in its turn, by its name, once the seconds have passed; `tries` comes back with it."""


class Publisher(Protocol):
    """Interlock's own bus."""

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put one event with source `interlock`."""


class Announcer(Protocol):
    """Interlock's own bus, for many events at a time."""

    def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Put (detail type, detail) of each, with source `interlock`."""


class Journal(Protocol):
    """Rows of the one table that are written once."""

    def find(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Say which of them are there already."""

    def append(self, key: Key, row: Item) -> None:
        """Write a row, unless there is one of its key: then nothing changes."""


class Clock(Protocol):
    """The time, for records and for what is due; no lock decision compares it."""

    def now(self) -> datetime:
        """Give the aware UTC time."""


class Ports(NamedTuple):
    """All of them."""

    store: Store
    executions: Executions
    delays: Delays
    publisher: Publisher
    clock: Clock
