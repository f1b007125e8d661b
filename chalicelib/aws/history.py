"""The history of an execution, read from GetExecutionHistory."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.control.model import HistoryEvent

_PAGE = 1000
_ENTERED, _EXITED = "StateEntered", "StateExited"


def list_history(client: Any, arn: str, *, data: bool) -> Iterator[Mapping[str, Any]]:
    """Give every event of an execution as AWS tells it, 1,000 a call; with `data`, inputs and outputs are in it.

    Raises botocore's ClientError `ExecutionDoesNotExist`.
    """
    request = {"executionArn": arn, "includeExecutionData": data, "maxResults": _PAGE}
    while True:
        page = client.get_execution_history(**request)
        yield from page["events"]
        if not page.get("nextToken"):
            return
        request["nextToken"] = page["nextToken"]


def read_history_event(event: Mapping[str, Any]) -> HistoryEvent:
    """Read one event. Data that AWS has cut short, or that is no JSON, is read as none."""
    kind = str(event["type"])
    here, previous = int(event["id"]), int(event.get("previousEventId", 0))
    if kind.endswith(_ENTERED):
        detail = event.get("stateEnteredEventDetails", {})
        return HistoryEvent(here, previous, "entered", detail.get("name", ""), data=_read_json(detail.get("input")))
    if kind.endswith(_EXITED):
        detail = event.get("stateExitedEventDetails", {})
        name, output = detail.get("name", ""), _read_json(detail.get("output"))
        variables = dict(_read_variables(detail, name, output))
        return HistoryEvent(here, previous, "exited", name, variables, output, tuple(_list_cut(detail)))
    return HistoryEvent(here, previous)


def _read_variables(detail: Mapping[str, Any], name: str, output: Any) -> Iterator[tuple[str, Any]]:
    assigned = detail.get("assignedVariables")
    if assigned is None and isinstance(output, Mapping) and "Payload" in output:
        # The local AWS records no variables; what a function answered is the state's output there, as on AWS.
        yield name, output["Payload"]
    for variable, text in (assigned or {}).items():
        yield variable, _read_json(text)


def _list_cut(detail: Mapping[str, Any]) -> Iterator[str]:
    """Name the variables whose values are not whole."""
    truncated = detail.get("assignedVariablesDetails", {}).get("truncated", False)
    for variable, text in (detail.get("assignedVariables") or {}).items():
        try:
            json.loads(text)
        except (TypeError, ValueError):
            yield variable
        else:
            if truncated:
                yield variable


def _read_json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
