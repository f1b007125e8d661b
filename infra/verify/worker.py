"""One invocation of a Lambda: a product function, run again from its beginning with the answers it has had so far.

A function is deterministic but for its ports, so (task, answers) says exactly where it stands, and what it does next
has to be found out only once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.model import Execution, HistoryEvent
from chalicelib.control.ports import Page, Ports, Start
from chalicelib.control.transaction import Item, Key, Result, Transaction
from chalicelib.errors import InterlockError
from infra.verify.values import Text, freeze, thaw


class Task(NamedTuple):
    """What an invocation was made for: `event`, `status`, `hold`, `tick`, `cancel`, and about whom."""

    kind: str
    about: str
    detail: Text = ""
    at: int = 0
    """The tick at which the invocation was made; a message in flight has none."""
    deployed: int = 0
    """The deployment that it is of."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """The next thing a worker does: a port's verb and its arguments. The verb `done` or `failed` ends it.

    Compared by identity: each is found out once.
    """

    verb: str
    arguments: tuple[Any, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anybody else can notice it."""
        return self.verb in {"commit", "start", "stop", "send"}


Run = Callable[[Task, Ports, Bundle], object]


class _Pause(BaseException):
    """Unwinds a product function at its next port call; a BaseException, so that nothing in between takes it."""

    def __init__(self, call: Call) -> None:
        self.call = call


class _Tape:
    """Answers from the tape, then pauses."""

    def __init__(self, answers: tuple[Text, ...], now: datetime) -> None:
        self._answers = iter(answers)
        self._now = now

    def _next(self, verb: str, *arguments: Any) -> Any:
        for text in self._answers:
            return thaw(text)
        raise _Pause(Call(verb, arguments))

    def read(self, keys: Sequence[Key]) -> dict[Key, Item]:
        answer: dict[Key, Item] = self._next("read", tuple(keys))
        return dict(answer)

    def commit(self, transaction: Transaction) -> Result:
        answer: Result = self._next("commit", transaction)
        return answer

    def query(self, pk: str, prefix: str, limit: int, after: Mapping[str, Any] | None = None) -> Page:
        answer: Page = self._next("query", pk, prefix, limit, after)
        return answer

    def list_lane(self, lane: str, **options: Any) -> Page:
        answer: Page = self._next("list_lane", lane, options.get("until"))
        return answer

    def start(self, workflow: str, name: str, execution_input: Mapping[str, Any]) -> Start:
        answer: Start = self._next("start", workflow, name, freeze(dict(execution_input)))
        return answer

    def describe(self, workflow: str, name: str) -> Execution | None:
        answer: Execution | None = self._next("describe", workflow, name)
        return answer

    def read_history(self, workflow: str, name: str) -> Sequence[HistoryEvent]:
        answer: tuple[HistoryEvent, ...] = self._next("history", workflow, name)
        return answer

    def stop(self, workflow: str, name: str, cause: str) -> bool:
        answer: bool = self._next("stop", workflow, name, cause)
        return answer

    def answer_task(self, token: str, result: Mapping[str, Any]) -> bool:
        """Nothing in this world waits for people."""
        raise AssertionError(token, result)

    def fail_task(self, token: str, error: str, cause: str) -> bool:
        """Nothing in this world waits for people."""
        raise AssertionError(token, error, cause)

    def send(self, dispatch: str, seconds: int) -> None:
        self._next("send", dispatch, seconds)

    def pace(self, name: str, tries: int, seconds: int) -> None:
        """Nothing in this world throttles."""
        raise AssertionError(name, tries, seconds)

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Nobody in this world listens."""

    def now(self) -> datetime:
        return self._now


class Stage:
    """How the tasks of a scenario are run."""

    def __init__(
        self, run: Run, bundles: Sequence[Bundle], tell_time: Callable[[Task], datetime], *, timed: bool
    ) -> None:
        self._run = run
        self.bundles = bundles
        """One for each deployment."""
        self.tell_time = tell_time
        self.timed = timed
        """Whether an invocation's time is that of the tick at which it was made."""
        self.calls: dict[Any, Call] = {}
        """What each worker that was met does next."""

    def find_next(self, task: Task, answers: tuple[Text, ...]) -> Call:
        """Run a task's function from its beginning with the answers it has had, and say what it does next."""
        tape = _Tape(answers, self.tell_time(task))
        try:
            self._run(task, Ports(tape, tape, tape, tape, tape), self.bundles[task.deployed])
        except _Pause as pause:
            return pause.call
        except InterlockError as error:
            return Call("failed", (str(error),))
        return Call("done")
