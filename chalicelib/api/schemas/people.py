"""Who asks, what was asked, and the events that come from outside."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.base import Schema
from chalicelib.catalog.model import Intent, Role


class AuditQuery(Schema):
    """Which entries of the audit to list."""

    principal: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    action: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A route, for example `POST /v1/dispatches`."""
    refused: bool | None = None
    """Only what was refused, or only what was not."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=1024)] | None = None


class AuditEntry(Schema):
    """Somebody changed something, or was refused."""

    id: str
    at: str
    principal: str
    role: Role | None
    """The highest that the principal had then."""
    action: str
    path: str
    request: str | None
    """The beginning of the body as JSON."""
    status: int | None
    """None: it was cut off, and `about` or the object itself says how far it came."""
    problem: str | None
    """The slug of the problem, if it was refused."""
    about: str | None
    """The dispatch or freeze that it made, changed or met."""


class AuditPage(Schema):
    """The latest first."""

    entries: list[AuditEntry]
    next: str | None


class GrantView(Schema):
    """A grant that fits whoever asks; what is empty limits nothing."""

    role: Role
    services: list[str]
    tiers: list[str]
    kinds: list[str]
    up_to: Intent


class Me(Schema):
    """Who asks, and what they may do."""

    principal: str
    role: Role | None
    """The highest; None: no grant fits."""
    grants: list[GrantView]


class WebhookBody(Schema):
    """What a sender of webhooks sends, in its own form."""

    model_config = ConfigDict(extra="allow")


class Taken(Schema):
    """The ids of the events that a webhook's request held."""

    events: list[str]
