"""What every body and answer of the API has in common, and what it says of itself."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.catalog.model import Intent


class Schema(BaseModel):
    """Nothing unknown is taken, and nothing undeclared is given."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ProblemDocument(BaseModel):
    """What went wrong, as RFC 9457 has it; `type` is stable, `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(pattern="^urn:interlock:problem:[a-z-]+$")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str
    """Names the request in the function's log."""
    faults: list[str] | None = None
    """Each mistake, where there can be several."""
    dispatch: str | None = None
    blockers: list[dict[str, Any]] | None = None


class GatewayRefusal(BaseModel):
    """What API Gateway itself says to a request that is not signed, or that IAM does not allow."""

    model_config = ConfigDict(extra="allow")


class Health(Schema):
    """The API answers."""

    status: Literal["ok"] = "ok"
    bundle_version: str


class Touched(Schema):
    """An object template of a workflow, or the object of a lock, and what is done to it."""

    object: str
    intent: Intent


class Blocker(Schema):
    """Who stands in the way; `dispatch` is empty for those who wait already."""

    object: str
    dispatch: str
    workflow: str
    intent: str
    since: str
    verb: str
    reason: str


class Spent(Schema):
    """What a dispatch takes of a budget."""

    budget: str
    group: str
    """For people: `hosts disrupted in service checkout`."""
    cost: int
    used: int | None
    """Before, as read; null if it was not: the reservation then only relied on there being room."""
    limit: int
    percent: int | None
    size: int | None
    """Of the group, if the limit is a percentage of it and it was read."""


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    paths: dict[str, Any]


class Version(Schema):
    """What runs here."""

    version: str
    api: Literal["v1"]
    bundle_version: str
    account: str
    region: str
    python: str
    workflows: int
    rules: int
