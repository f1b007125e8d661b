"""A route as data: method and path, the least role, what it takes and gives, and the function that answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from chalicelib.api.access import Permit
from chalicelib.api.core import Core
from chalicelib.api.problems import Problem
from chalicelib.api.schemas.base import Schema
from chalicelib.catalog.model import Role


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, as far as the routes need it. Header names are lower case."""

    instance: str
    """Names this one request, for problem documents and the log."""
    principal: str | None = None
    """The ARN that API Gateway authenticated."""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response; `body` holds JSON values, or the text of a page as `html`."""

    status: int
    body: Mapping[str, Any]
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Nothing(Schema):
    """No query parameters, or no body."""


NOTHING = Nothing()
Q = TypeVar("Q", bound=Schema)
B = TypeVar("B", bound=Schema)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Q, B]):
    """A request that has been let in and read."""

    call: Call
    permit: Permit
    query: Q
    body: B
    key: str = ""
    """The Idempotency-Key, where the route takes one."""
    match: str = ""
    """If-Match; empty: not sent, which only routes let pass that do not need it."""

    @property
    def principal(self) -> str:
        """The ARN of whoever asks; empty on routes that need no signature."""
        return self.permit.principal

    @property
    def path(self) -> Mapping[str, str]:
        """The values of the path's holes."""
        return self.call.path


@dataclass(frozen=True, slots=True)
class Route(Generic[Q, B]):
    """One of them."""

    method: str
    path: str
    handle: Callable[[Core, Asked[Q, B]], Answer]
    role: Role | None
    """The least one; None: whoever signs, or, if it is `open`, whoever asks."""
    summary: str
    gives: Mapping[int, type[BaseModel]]
    """What it answers, by status."""
    query: type[Q]
    body: type[B]
    refuses: tuple[type[Problem], ...] = ()
    """Beside what every route of its kind refuses."""
    open: bool = False
    """Needs no signature."""
    keyed: bool = False
    """Makes something, and needs an Idempotency-Key, so that it is made once."""
    judged: bool = False
    """The handler calls `permit.require` with what it would change; else a grant with limits is not enough."""
    recorded: bool = False
    """What it makes is itself the record of who asked for it, written together with it, and its key's memory."""
    matched: bool = False
    """Edits something that others may edit, and needs the ETag of what was read as If-Match."""
    raw: bool = False
    """Reads its body itself: what was signed is the text."""

    @property
    def changes(self) -> bool:
        """Whether it may change anything."""
        return self.method != "GET"

    @property
    def name(self) -> str:
        """`POST /v1/dispatches`."""
        return f"{self.method} {self.path}"


AnyRoute = Route[Any, Any]


def give(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with a model."""
    return Answer(status, body.model_dump(mode="json"), headers=headers or {})
