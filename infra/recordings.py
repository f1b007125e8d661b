"""Reads executions for cases: the description, all of the history, and the children of distributed maps."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import InterlockError
from dsl.cases.record import Recording

_DEEPEST = 5
_MAP_RUN = "mapRunStartedEventDetails"


class NoSuchExecution(InterlockError):
    """There is no execution {arn} ({cause}). Step Functions keeps them for 90 days."""


def read_recording(client: Any, arn: str, depth: int = 0) -> Recording:
    """Read one execution by a client of Step Functions. Raises NoSuchExecution."""
    try:
        description = client.describe_execution(executionArn=arn)
        events = tuple(_list_pages(client.get_execution_history, "events", executionArn=arn, maxResults=1000))
    except ClientError as problem:
        raise NoSuchExecution(arn=arn, cause=problem.response["Error"]["Code"]) from problem
    runs = [event[_MAP_RUN]["mapRunArn"] for event in events if _MAP_RUN in event]
    children = [
        read_recording(client, one["executionArn"], depth + 1)
        for run in (runs if depth < _DEEPEST else ())
        for one in _list_pages(client.list_executions, "executions", mapRunArn=run)
    ]
    return Recording(description, events, tuple(children))


def _list_pages(call: Any, field: str, **given: Any) -> Iterator[Any]:
    token: str | None = None
    while True:
        page = call(**given, **({"nextToken": token} if token else {}))
        yield from page[field]
        token = page.get("nextToken")
        if token is None:
            return
