"""A small Step Functions for tests: JSONata-mode ASL as AWS documents it, with Lambda as a Python function.

Time does not pass: waits and retry delays are only recorded. What AWS fails on, this fails on: an undefined result, a
condition that is not a boolean, an inner scope that assigns an outer scope's variable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.decision.expressions import evaluate, unwrap
from chalicelib.errors import ExpressionFailed

Functions = Callable[[str, dict[str, Any]], Any]
"""What a Lambda function does: its name and payload to a result. Raises Raised."""

QUERY = "States.QueryEvaluationError"


class Raised(Exception):
    """A state failed with an error that may be retried or caught."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


@dataclass
class Run:
    """What happened."""

    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    entered: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Every invocation: the payload's step and its input."""
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Scope:
    outer: Mapping[str, Any]
    own: dict[str, Any] = field(default_factory=dict)

    def read(self) -> dict[str, Any]:
        return {**self.outer, **self.own}

    def assign(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            assert name not in self.outer, f"an inner scope assigns the outer variable {name!r}"
            self.own[name] = value


def make_input(definition: dict[str, Any], given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Give the execution input that control would start this machine with."""
    text = str(definition)
    at = text.index('Input.workflow_hash = "') + len('Input.workflow_hash = "')
    dispatch = {
        "id": "d-1",
        "fence": 7,
        "object": "a/r/host/i-1",
        "tier": "P1",
        "root_id": "e",
        "hops": 0,
        "fences": {},
    }
    base = {"input": given, "dispatch": dispatch, "workflow_hash": text[at : at + 20], "retired": False}
    return {**base, **changes}


def run_machine(
    definition: dict[str, Any], execution_input: dict[str, Any], functions: Functions, name: str = "d-1"
) -> Run:
    """Run an execution to its end."""
    run = Run()
    context = {"Execution": {"Input": execution_input, "Name": name}}
    engine = _Engine(run, functions)
    scope = _Scope({})
    try:
        run.output = engine.run_scope(definition, execution_input, scope, context)
        run.status = "SUCCEEDED"
    except Raised as problem:
        run.status, run.error, run.cause = "FAILED", problem.error, problem.cause
    run.variables = scope.own
    return run


class _Engine:
    def __init__(self, run: Run, functions: Functions) -> None:
        self.run, self.functions = run, functions

    def run_scope(self, asl: dict[str, Any], given: Any, scope: _Scope, context: dict[str, Any]) -> Any:
        name = asl["StartAt"]
        while True:
            state = asl["States"][name]
            self.run.entered.append(name)
            following, given = self._run_state(state, given, scope, context)
            if following is None:
                return given
            name = following

    def _run_state(
        self, state: dict[str, Any], given: Any, scope: _Scope, context: dict[str, Any]
    ) -> tuple[str | None, Any]:
        tried: dict[int, int] = {}
        while True:
            try:
                return self._attempt(state, given, scope, context)
            except Raised as problem:
                if _retries(state, problem, tried):
                    continue
                return self._catch(state, problem, given, scope, context)

    def _attempt(
        self, state: dict[str, Any], given: Any, scope: _Scope, context: dict[str, Any]
    ) -> tuple[str | None, Any]:
        states = {"input": given, "context": context}
        see = _See(scope.read(), states)
        kind = state["Type"]
        if kind == "Fail":
            raise Raised(see(state["Error"]), see(state["Cause"]))
        if kind == "Choice":
            return self._choose(state, see, scope), given
        if kind == "Wait":
            see(state.get("Seconds", state.get("Timestamp")))
        result = given
        if kind in {"Task", "Parallel", "Map"}:
            result = getattr(self, f"_run_{kind.lower()}")(state, see, given, scope, context)
            states["result"] = result
        output = see(state["Output"]) if "Output" in state else result
        scope.assign(see(state.get("Assign", {})))
        return None if kind == "Succeed" or state.get("End") else state["Next"], output

    def _choose(self, state: dict[str, Any], see: "_See", scope: _Scope) -> str:
        for rule in state["Choices"]:
            met = see(rule["Condition"])
            if not isinstance(met, bool):
                raise Raised(QUERY, "the condition is not a boolean")
            if met:
                scope.assign(see(rule.get("Assign", {})))
                return str(rule["Next"])
        scope.assign(see(state.get("Assign", {})))
        return str(state["Default"])

    def _run_task(self, state: dict[str, Any], see: "_See", given: Any, scope: _Scope, context: dict[str, Any]) -> Any:
        del given, scope, context
        arguments = see(state["Arguments"])
        payload = arguments["Payload"]
        self.run.calls.append((payload["step"], payload["input"]))
        return {"StatusCode": 200, "Payload": self.functions(arguments["FunctionName"], payload)}

    def _run_parallel(
        self, state: dict[str, Any], see: "_See", given: Any, scope: _Scope, context: dict[str, Any]
    ) -> Any:
        given = see(state["Arguments"]) if "Arguments" in state else given
        return [self.run_scope(branch, given, _Scope(scope.read()), context) for branch in state["Branches"]]

    def _run_map(self, state: dict[str, Any], see: "_See", given: Any, scope: _Scope, context: dict[str, Any]) -> Any:
        items = see(state["Items"])
        if not isinstance(items, list):
            raise Raised(QUERY, "Items is not a list")
        found = []
        for index, item in enumerate(items):
            inner = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
            selected = _See(scope.read(), {"input": given, "context": inner})(state["ItemSelector"])
            found.append(self.run_scope(state["ItemProcessor"], selected, _Scope(scope.read()), inner))
        return found

    def _catch(
        self, state: dict[str, Any], problem: Raised, given: Any, scope: _Scope, context: dict[str, Any]
    ) -> tuple[str, Any]:
        for catcher in state.get("Catch", ()):
            if _matches(catcher["ErrorEquals"], problem.error):
                error = {"Error": problem.error, "Cause": problem.cause}
                see = _See(scope.read(), {"input": given, "context": context, "errorOutput": error})
                scope.assign(see(catcher.get("Assign", {})))
                return catcher["Next"], error
        raise problem


class _See:
    """Evaluates a field with the variables as they were at entry."""

    def __init__(self, variables: dict[str, Any], states: dict[str, Any]) -> None:
        self.variables, self.states = variables, states

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            inner = unwrap(value)
            if inner is None:
                return value
            try:
                return evaluate(inner, {**self.variables, "states": self.states})
            except ExpressionFailed as problem:
                raise Raised(QUERY, str(problem)) from None
        if isinstance(value, dict):
            return {key: self(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self(child) for child in value]
        return value


def _matches(errors: list[str], error: str) -> bool:
    return error in errors or "States.ALL" in errors


def _retries(state: dict[str, Any], problem: Raised, tried: dict[int, int]) -> bool:
    for index, retrier in enumerate(state.get("Retry", ())):
        if _matches(retrier["ErrorEquals"], problem.error):
            tried[index] = tried.get(index, 0) + 1
            return bool(tried[index] <= retrier["MaxAttempts"])
    return False
