"""Each port in memory. The behaviour tests run on these and on AWS alike, so a rehearsal means what AWS will do."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.control.journal.transitions import Change
from chalicelib.control.model import Execution, ExecutionStatus, HistoryEvent
from chalicelib.control.ports import Page, Start
from chalicelib.control.transaction import (
    MAX_OPERATIONS,
    Cancelled,
    Check,
    Committed,
    Delete,
    Item,
    Key,
    Operation,
    Put,
    Refusal,
    Result,
    Transaction,
    Update,
    holds,
)
from chalicelib.errors import InterlockError
from chalicelib.identity import Home, parse_object_id

START_OF_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class TransactionInvalid(InterlockError):
    """DynamoDB takes 1 to {limit} operations, each on a key of its own; this transaction has {count} on {keys} keys."""


@dataclass
class ManualClock:
    """A clock that moves when it is told to."""

    at: datetime = START_OF_TIME

    def now(self) -> datetime:
        """Give the time it was set to."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.at += timedelta(seconds=seconds)


@dataclass
class MemoryStore:
    """The table as a dict, with the meaning of transactions that DynamoDB gives them."""

    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    log: list[Transaction] = field(default_factory=list)
    changes: list[Change] | None = None
    """The table's stream, from when it is made a list: the row before and after each write that changed it."""

    def read(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read rows; what is given is a copy."""
        return {key: copy.deepcopy(self.rows[key]) for key in keys if key in self.rows}

    def commit(self, transaction: Transaction) -> Result:
        """Write all or nothing. Raises TransactionInvalid for what DynamoDB would not take."""
        keys = {operation.key for operation in transaction.operations}
        count = len(transaction.operations)
        if len(keys) != count or not 0 < count <= MAX_OPERATIONS:
            raise TransactionInvalid(limit=MAX_OPERATIONS, count=count, keys=len(keys))
        refusals = tuple(
            Refusal(operation.key, copy.deepcopy(self.rows.get(operation.key)))
            for operation in transaction.operations
            if not all(holds(condition, self.rows.get(operation.key)) for condition in operation.conditions)
        )
        if refusals:
            return Cancelled(refusals)
        self.log.append(transaction)
        for operation in transaction.operations:
            before = copy.deepcopy(self.rows.get(operation.key)) if self.changes is not None else None
            self._apply(operation)
            self._note(operation.key, before)
        return Committed()

    def _note(self, key: Key, before: Item | None) -> None:
        after = self.rows.get(key)
        if self.changes is not None and after is not None and after != before:
            self.changes.append(Change(str(len(self.changes) + 1), before, copy.deepcopy(after)))

    def _apply(self, operation: Operation) -> None:
        key = operation.key
        match operation:
            case Put():
                self.rows[key] = {**copy.deepcopy(dict(operation.item)), "pk": key.pk, "sk": key.sk}
            case Update():
                row = self.rows.setdefault(key, {"pk": key.pk, "sk": key.sk})
                row.update(copy.deepcopy(dict(operation.set)))
                for name, amount in operation.add.items():
                    row[name] = row.get(name, 0) + amount
                for name in operation.remove:
                    row.pop(name, None)
            case Delete():
                self.rows.pop(key, None)
            case Check():
                pass

    def query(self, pk: str, prefix: str, limit: int, after: Mapping[str, Any] | None = None) -> Page:
        """List a partition in order."""
        found = sorted((key for key in self.rows if key.pk == pk and key.sk.startswith(prefix)), key=lambda key: key.sk)
        return self._page([key for key in found if after is None or key.sk > after["sk"]], limit)

    def list_lane(
        self, lane: str, *, until: str | None = None, descending: bool = False, limit: int = 100,
        after: Mapping[str, Any] | None = None,
    ) -> Page:  # fmt: skip
        """List a lane in order of time."""
        found = [
            key for key, row in self.rows.items()
            if row.get("lane") == lane and (until is None or row["lane_at"] <= until)
        ]  # fmt: skip
        found.sort(key=lambda key: (self.rows[key]["lane_at"], key), reverse=descending)
        if after is not None:
            found = found[[key.pk + key.sk for key in found].index(after["pk"] + after["sk"]) + 1 :]
        return self._page(found, limit)

    def _page(self, keys: list[Key], limit: int) -> Page:
        items = tuple(copy.deepcopy(self.rows[key]) for key in keys[:limit])
        more = len(keys) > limit
        return Page(items, {"pk": keys[limit - 1].pk, "sk": keys[limit - 1].sk} if more else None)


@dataclass
class MemoryExecutions:
    """Step Functions as far as names and statuses go: nothing ends by itself."""

    started: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    answer: Start | None = None
    """What to answer instead of starting."""
    calls: list[str] = field(default_factory=list)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each waiting task was told, by its token."""
    deaf: set[str] = field(default_factory=set)
    """Tokens that nobody waits with any more."""
    histories: dict[str, list[HistoryEvent]] = field(default_factory=dict)
    """What an execution has gone through, as far as a test says so."""

    def start(self, workflow: str, name: str, execution_input: Mapping[str, Any]) -> Start:
        """Start under a name, once."""
        self.calls.append(f"start {name}")
        if self.answer is not None:
            return self.answer
        if name in self.started:
            return Start.NAME_TAKEN
        self.started[name] = (workflow, copy.deepcopy(dict(execution_input)))
        retired = bool(execution_input["retired"])
        status = ExecutionStatus.FAILED if retired else ExecutionStatus.RUNNING
        about = parse_object_id(text, Home("", "")) if (text := execution_input["dispatch"]["object"]) else None
        self.executions[name] = Execution(status, error="Retired" if retired else "", retired=retired, about=about)
        return Start.STARTED

    def describe(self, workflow: str, name: str) -> Execution | None:
        """Say how an execution stands."""
        del workflow
        self.calls.append(f"describe {name}")
        return self.executions.get(name)

    def read_history(self, workflow: str, name: str) -> Sequence[HistoryEvent]:
        """Give what was put into it."""
        del workflow
        self.calls.append(f"history {name}")
        return tuple(self.histories.get(name, ()))

    def stop(self, workflow: str, name: str, cause: str) -> bool:
        """Abort what runs; False if there is no such execution."""
        del workflow
        self.calls.append(f"stop {name}")
        if name not in self.executions:
            return False
        if self.executions[name].status is ExecutionStatus.RUNNING:
            self.end(name, ExecutionStatus.ABORTED, cause=cause)
        return True

    def answer_task(self, token: str, result: Mapping[str, Any]) -> bool:
        """Note what a task was told, once."""
        return self._tell(token, copy.deepcopy(dict(result)))

    def fail_task(self, token: str, error: str, cause: str) -> bool:
        """Note what a task fails with, once."""
        return self._tell(token, {"error": error, "cause": cause})

    def _tell(self, token: str, said: dict[str, Any]) -> bool:
        self.calls.append(f"tell {token}")
        return token not in self.deaf and self.told.setdefault(token, said) is said

    def end(self, name: str, status: ExecutionStatus, error: str = "", cause: str = "") -> Execution:
        """Let an execution end."""
        self.executions[name] = self.executions[name]._replace(status=status, error=error, cause=cause)
        return self.executions[name]


@dataclass
class MemoryDelays:
    """Messages to oneself, kept."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    paced: list[tuple[str, int, int]] = field(default_factory=list)

    def send(self, dispatch: str, seconds: int) -> None:
        """Keep (dispatch, seconds)."""
        self.sent.append((dispatch, seconds))

    def pace(self, name: str, tries: int, seconds: int) -> None:
        """Keep (name, tries, seconds)."""
        self.paced.append((name, tries, seconds))


@dataclass
class MemoryPublisher:
    """Interlock's bus, kept."""

    published: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep them."""
        self.published += events

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Keep (detail type, detail)."""
        self.published.append((detail_type, detail))


@dataclass
class MemoryJournal:
    """The journal as rows of the table."""

    store: MemoryStore

    def find(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Say which are there."""
        return frozenset(key for key in keys if key in self.store.rows)

    def append(self, key: Key, row: Item) -> None:
        """Keep a row, once. It is no change that the stream tells of."""
        self.store.rows.setdefault(key, {**copy.deepcopy(dict(row)), "pk": key.pk, "sk": key.sk})
