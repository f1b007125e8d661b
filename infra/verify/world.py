"""Everything outside of the Lambdas: the table, Step Functions and the messages in flight. Immutable.

A table, a set of executions and a worker are each made once for their content, so that states compare and hash by
identity, and what a worker's call does to a table is computed once however many states it happens in.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from chalicelib.control.model import Execution, ExecutionStatus, HistoryEvent
from chalicelib.control.ports import Page, Start
from chalicelib.control.transaction import (
    Cancelled,
    Committed,
    Delete,
    Item,
    Key,
    Put,
    Refusal,
    Result,
    Transaction,
    Update,
    holds,
)
from chalicelib.identity import Home, parse_object_id
from infra.verify.values import Text, freeze, thaw
from infra.verify.worker import Call, Task

UNDOABLE = "act"
"""The one step of every workflow, begun by every execution that is not retired."""


class Table:
    """The rows."""

    __slots__ = ("rows",)
    _known: dict[tuple[tuple[Key, Text], ...], "Table"] = {}  # noqa: RUF012 - the pool that makes each one once

    def __init__(self, rows: dict[Key, Text]) -> None:
        self.rows = rows

    @classmethod
    def of(cls, rows: dict[Key, Text]) -> "Table":
        """Give the one table with this content."""
        return cls._known.setdefault(tuple(sorted(rows.items())), cls(rows))

    def row(self, key: Key) -> Item | None:
        """Give a row."""
        text = self.rows.get(key)
        return None if text is None else thaw(text)

    def list_rows(self, prefix: str) -> list[Item]:
        """Give the rows whose sk has a prefix."""
        return [thaw(text) for key, text in self.rows.items() if key.sk.startswith(prefix)]


class Run(NamedTuple):
    """An execution: its status, whether it was started only to take the name, and the fences it was given."""

    name: str
    status: str
    error: str
    retired: bool
    fences: tuple[tuple[str, int], ...]
    about: str
    """The object that its input names."""

    @property
    def execution(self) -> Execution:
        """What Step Functions says of it."""
        about = parse_object_id(self.about, Home("", "")) if self.about else None
        return Execution(ExecutionStatus(self.status), self.error, retired=self.retired, about=about)


class Runs:
    """All executions."""

    __slots__ = ("by_name", "lingering")
    _known: dict[tuple[tuple[Run, ...], frozenset[str]], "Runs"] = {}  # noqa: RUF012 - the pool that makes each one once

    def __init__(self, by_name: dict[str, Run], lingering: frozenset[str]) -> None:
        self.by_name = by_name
        self.lingering = lingering
        """Those that ended badly and whose effects may still be going on."""

    @classmethod
    def of(cls, by_name: dict[str, Run], lingering: frozenset[str]) -> "Runs":
        """Give the one with this content."""
        return cls._known.setdefault((tuple(sorted(by_name.values())), lingering), cls(by_name, lingering))


class Worker:
    """An invocation under way: its task, and the answers it has had."""

    __slots__ = ("answers", "task")
    _known: dict[tuple[Task, tuple[Text, ...]], "Worker"] = {}  # noqa: RUF012 - the pool that makes each one once

    def __init__(self, task: Task, answers: tuple[Text, ...]) -> None:
        self.task = task
        self.answers = answers

    @classmethod
    def of(cls, task: Task, answers: tuple[Text, ...] = ()) -> "Worker":
        """Give the one that stands there."""
        return cls._known.setdefault((task, answers), cls(task, answers))

    def __lt__(self, other: "Worker") -> bool:
        """Order them, so that equal sets of workers are equal tuples."""
        return (self.task, self.answers) < (other.task, other.answers)


class Faults:
    """How many of each fault may still happen."""

    __slots__ = ("after", "left")
    _known: dict[tuple[tuple[str, int], ...], "Faults"] = {}  # noqa: RUF012 - the pool that makes each one once

    def __init__(self, left: Mapping[str, int]) -> None:
        self.left = left
        """Those of which none is left are left out."""
        self.after: dict[str, Faults] = {}

    @classmethod
    def of(cls, left: Mapping[str, int]) -> "Faults":
        """Give the one with this content."""
        left = {name: count for name, count in left.items() if count}
        return cls._known.setdefault(tuple(sorted(left.items())), cls(left))

    def spend(self, fault: str) -> "Faults":
        """Let one happen."""
        if fault not in self.after:
            self.after[fault] = Faults.of({**self.left, fault: self.left[fault] - 1})
        return self.after[fault]


class World(NamedTuple):
    """One state. Messages and workers are sorted."""

    table: Table
    runs: Runs
    messages: tuple[Task, ...]
    workers: tuple[Worker, ...]
    ticks: int
    """How many there were: the time, in a world that has one."""
    deployed: int
    """How often the policy and the machines were deployed anew."""
    faults: Faults

    def spend(self, fault: str) -> "World":
        """Let one happen."""
        return self._replace(faults=self.faults.spend(fault))

    def post(self, message: Task | None) -> "World":
        """Put a message in flight; an equal one that is already there stays one: number and order are free anyway."""
        if message is None or message in self.messages:
            return self
        return self._replace(messages=tuple(sorted((*self.messages, message))))


def begin(messages: tuple[Task, ...], faults: Mapping[str, int], rows: dict[Key, Text]) -> World:
    """Give a world in which nothing has happened but what the rows say."""
    return World(Table.of(rows), Runs.of({}, frozenset()), messages, (), 0, 0, Faults.of(faults))


def perform(world: World, worker: Worker, call: Call) -> tuple[World, Worker, Any]:
    """Carry a worker's call out; give the state after it, where the worker then stands, and the answer."""
    if call.verb in {"read", "commit", "query", "list_lane"}:
        table, answer, moved = _use_table(world.table, worker, call)
        return (world if table is world.table else world._replace(table=table)), moved, answer
    runs, message, answer, moved = _use_runs(world.runs, worker, call, world.deployed)
    world = world if runs is world.runs else world._replace(runs=runs)
    if answer is Start.STARTED and "running" not in world.faults.left and message and "RUNNING" in message.detail:
        message = None
    return world.post(message), moved, answer


def end(world: World, name: str, status: ExecutionStatus) -> World:
    """Let a running execution end; its status event is in flight."""
    runs, message = _end(world.runs, name, status)
    return world._replace(runs=runs).post(message)


def settle_effects(world: World, name: str) -> World:
    """Let the effects of an execution that ended badly be over."""
    if name not in world.runs.lingering:
        return world
    return world._replace(runs=Runs.of(world.runs.by_name, world.runs.lingering - {name}))


@cache
def _use_table(table: Table, worker: Worker, call: Call) -> tuple[Table, Any, Worker]:
    answer: Any
    match call.verb:
        case "read":
            found = ((key, table.row(key)) for key in call.arguments[0])
            answer = {key: row for key, row in found if row is not None}
        case "commit":
            table, answer = _commit(table, call.arguments[0])
        case "query":
            pk, prefix, *_ = call.arguments
            keys = sorted(key for key in table.rows if key.pk == pk and key.sk.startswith(prefix))
            answer = Page(tuple(thaw(table.rows[key]) for key in keys))
        case _:
            lane, until = call.arguments
            rows = [thaw(table.rows[key]) for key in sorted(table.rows)]
            answer = Page(
                tuple(one for one in rows if one.get("lane") == lane and (not until or one["lane_at"] <= until))
            )
    return table, answer, Worker.of(worker.task, (*worker.answers, freeze(answer)))


@cache
def _use_runs(runs: Runs, worker: Worker, call: Call, deployed: int) -> tuple[Runs, Task | None, Any, Worker]:
    message: Task | None = None
    answer: Any = None
    match call.verb:
        case "start":
            runs, message, answer = _start(runs, deployed, *call.arguments)
        case "describe":
            run = runs.by_name.get(call.arguments[1])
            answer = run and run.execution
        case "history":
            answer = (HistoryEvent(1, 0, "entered", UNDOABLE, {}),)
        case "stop":
            answer = call.arguments[1] in runs.by_name
            runs, message = _end(runs, call.arguments[1], ExecutionStatus.ABORTED)
        case "send":
            message = Task("hold", call.arguments[0])
        case _:
            raise AssertionError(call)
    return runs, message, answer, Worker.of(worker.task, (*worker.answers, freeze(answer)))


@cache
def _end(runs: Runs, name: str, status: ExecutionStatus) -> tuple[Runs, Task | None]:
    run = runs.by_name.get(name)
    if run is None or run.status != ExecutionStatus.RUNNING:
        return runs, None
    ended = run._replace(status=str(status), error="Odd" if status is ExecutionStatus.FAILED else "")
    bad = frozenset() if status is ExecutionStatus.SUCCEEDED else frozenset({name})
    return Runs.of({**runs.by_name, name: ended}, runs.lingering | bad), _status_event(ended)


def _start(runs: Runs, deployed: int, _workflow: str, name: str, text: Text) -> tuple[Runs, Task | None, Start]:
    if name in runs.by_name:
        return runs, None, Start.NAME_TAKEN
    given = thaw(text)
    retired: bool = given["retired"]
    # The guard in the machine's first state.
    refused = retired or not given["workflow_hash"].endswith(name_deployment(deployed))
    fences = tuple(sorted(given["dispatch"]["fences"].items()))
    status = ExecutionStatus.FAILED if refused else ExecutionStatus.RUNNING
    run = Run(name, str(status), "Retired" if refused else "", retired, fences, given["dispatch"]["object"])
    return Runs.of({**runs.by_name, name: run}, runs.lingering), _status_event(run), Start.STARTED


def name_deployment(number: int) -> str:
    """Give the end of the hash of every machine of a deployment."""
    return f"@{number}"


def _status_event(run: Run) -> Task:
    return Task("status", run.name, freeze(run.execution))


def _commit(table: Table, transaction: Transaction) -> tuple[Table, Result]:
    refusals = tuple(
        Refusal(operation.key, table.row(operation.key))
        for operation in transaction.operations
        if not all(holds(one, table.row(operation.key)) for one in operation.conditions)
    )
    if refusals:
        return table, Cancelled(refusals)
    rows = dict(table.rows)
    for operation in transaction.operations:
        match operation:
            case Put():
                rows[operation.key] = freeze({**operation.item, "pk": operation.key.pk, "sk": operation.key.sk})
            case Update():
                rows[operation.key] = freeze(_update(table.row(operation.key), operation))
            case Delete():
                rows.pop(operation.key, None)
    return Table.of(rows), Committed()


def _update(row: Mapping[str, Any] | None, update: Update) -> dict[str, Any]:
    changed = {"pk": update.key.pk, "sk": update.key.sk, **(row or {}), **update.set}
    for name, amount in update.add.items():
        changed[name] = changed.get(name, 0) + amount
    return {name: value for name, value in changed.items() if name not in update.remove}
