"""The states: what each does between being entered and being left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dsl.rehearse import containers, tasks
from dsl.rehearse.clock import Clock, Job, Sleep
from dsl.rehearse.faults import count_retry, find_catcher
from dsl.rehearse.fields import Fields, read_moment
from dsl.rehearse.model import Answers, Entered, Execution, Run, StateFailed, Way
from dsl.rehearse.scope import Scope

State = Mapping[str, Any]
Context = dict[str, Any]
F = TypeVar("F", str, str | None)

_MAX_ENTERED = 25_000
"""Every state leaves at least two events, so AWS ends an execution long before."""
_NO_MATCH = "States.NoChoiceMatched"
_RUNTIME = "States.Runtime"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state runs: its scope, the branches and iterations around it, and the context object they add to."""

    scope: Scope
    context: Context
    where: tuple[str, ...] = ()


@dataclass(slots=True)
class Engine:
    """Runs scopes, and notes what happens in `run`."""

    execution: Execution
    answers: Answers
    clock: Clock
    run: Run

    def run_scope(self, asl: Mapping[str, Any], given: Any, place: Place) -> Job:
        """Run from the first state of a scope to its end, and give its output."""
        name: str | None = asl["StartAt"]
        while name is not None:
            if len(self.run.entered) >= _MAX_ENTERED:
                raise StateFailed(_RUNTIME, "the history is full")
            self.run.entered.append(Entered(name, self.clock.now, place.where))
            name, given = yield from self._run_state(name, asl["States"][name], given, place)
        return given

    def now(self) -> datetime:
        """Give the virtual time."""
        return self.execution.started + timedelta(seconds=self.clock.now)

    def _run_state(self, name: str, state: State, given: Any, place: Place) -> Job:
        tried: dict[int, int] = {}
        attempt = 1
        entered = self.now().isoformat()
        while True:
            about = {"Name": name, "EnteredTime": entered, "RetryCount": attempt - 1}
            here = Place(place.scope, {**place.context, "State": about}, place.where)
            try:
                return (yield from self._attempt(name, state, given, here))
            except StateFailed as problem:
                delay = count_retry(state, problem, tried)
                if delay is None:
                    return self._catch(name, state, problem, given, here)
            attempt += 1
            self.run.retries += 1
            yield Sleep(delay)

    def _attempt(self, name: str, state: State, given: Any, place: Place) -> Job:
        fields = self.make_fields(given, place)
        result = given
        match state["Type"]:
            case "Choice":
                return self._choose(name, state, fields, given, place)
            case "Fail":
                raise StateFailed(fields.read_text(state.get("Error", "")), fields.read_text(state.get("Cause", "")))
            case "Wait":
                yield Sleep(self._waiting(state, fields))
            case "Task":
                result = fields.states["result"] = yield from tasks.run_task(self, name, state, fields)
            case "Parallel":
                result = fields.states["result"] = yield from containers.run_parallel(self, name, state, fields, place)
            case "Map":
                result = fields.states["result"] = yield from containers.run_map(self, name, state, fields, place)
        return _leave(state, fields, result, place, state.get("Next"))

    def _waiting(self, state: State, fields: Fields) -> float:
        if "Seconds" in state:
            return fields.read_count(state["Seconds"])
        return max(0.0, (read_moment(fields, state["Timestamp"]) - self.now()).total_seconds())

    def _choose(self, name: str, state: State, fields: Fields, given: Any, place: Place) -> tuple[str, Any]:
        for index, rule in enumerate(state["Choices"]):
            if fields.read_condition(rule["Condition"]):
                self.run.ways.add(Way(name, "rule", index))
                return _leave(rule, fields, given, place, rule["Next"])
        if "Default" not in state:
            raise StateFailed(_NO_MATCH, f"no rule of {name} is true")
        self.run.ways.add(Way(name, "default"))
        return _leave(state, fields, given, place, state["Default"])

    def _catch(self, name: str, state: State, problem: StateFailed, given: Any, place: Place) -> tuple[str, Any]:
        index = find_catcher(state, problem)
        if index is None:
            raise problem
        self.run.ways.add(Way(name, "catch", index))
        catcher = state["Catch"][index]
        error = {"Error": problem.error, "Cause": problem.cause}
        fields = self.make_fields(given, place)
        fields.states["errorOutput"] = error
        return _leave(catcher, fields, error, place, catcher["Next"])

    def make_fields(self, given: Any, place: Place) -> Fields:
        """Give what reads the fields of a state that has just been entered."""
        return Fields(place.scope.read(), {"input": given, "context": place.context}, self.now())


def _leave(described: State, fields: Fields, result: Any, place: Place, following: F) -> tuple[F, Any]:
    """Work out the output, assign, and name the next state: both see the variables as they were at entry."""
    output = fields.read(described["Output"]) if "Output" in described else result
    assigned = fields.read(described.get("Assign", {}))
    place.scope.assign(assigned)
    return following, output
