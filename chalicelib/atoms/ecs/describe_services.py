"""List the services of an ECS cluster, by name or by tags, so that each is known with its state and labels."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Change,
    Context,
    Idempotency,
    Permission,
    Proof,
)
from chalicelib.atoms.ec2.listing import Limit, TooManyMatches, check_limit
from chalicelib.atoms.ecs.services import LOOK, Name, ServiceInput, service_change
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

_AT_ONCE = 10
"""How many services ECS describes in one request."""


class Input(AtomInput):
    """Which services of which cluster: those that the name fits and that have all of the tags."""

    cluster: Name = Field(description="Name of the cluster")
    name: Annotated[
        str,
        Field(pattern="^[A-Za-z0-9_*-]{1,255}$", description="A service's name; `*` stands for any characters"),
    ] = "*"
    tags: dict[str, str] = Field(default={}, description="Tag keys with the exact value each must have")
    limit: Limit = 200


class Service(AtomOutput):
    """One service as ECS describes it."""

    service: str
    state: str = Field(description="`stable` or `deploying`")
    labels: dict[str, str] = Field(description="The tags, and `cluster`, `ecs_service`, `desired`, `running`, …")


class Output(AtomOutput):
    """The services, in order of their names."""

    cluster: str
    services: list[Service]


def run(given: Input, context: Context) -> Output:
    """List, describe ten at a time, and emit each. Raises TooManyMatches past the limit."""
    client: ECSClient = context.clients.get("ecs")
    names = sorted(name for name in _walk_names(client, given.cluster) if fnmatchcase(name, given.name))
    found: list[tuple[str, Change]] = []
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        answer = client.describe_services(cluster=given.cluster, services=some, include=["TAGS"])
        found += [shown for one in answer["services"] if (shown := _observe(given, one)) is not None]
        check_limit(len(found), given.limit)
    for _, change in found:
        context.emit(change)
    services = [
        Service(service=name, state=change.state, labels=dict(change.labels))
        for name, change in sorted(found, key=lambda one: one[0])
    ]
    return Output(cluster=given.cluster, services=services)


def _walk_names(client: "ECSClient", cluster: str) -> Iterator[str]:
    """ECS lists ARNs, which end in the service's name."""
    for page in client.get_paginator("list_services").paginate(cluster=cluster):
        yield from (arn.rpartition("/")[2] for arn in page["serviceArns"])


def _observe(given: Input, service: "ServiceTypeDef") -> tuple[str, Change] | None:
    """Give a service's name and what is to be emitted of it; None if it was deleted or lacks a tag."""
    tags = {tag["key"]: tag["value"] for tag in service.get("tags", [])}
    if service.get("status") == "INACTIVE" or not given.tags.items() <= tags.items():
        return None
    name = service["serviceName"]
    change = service_change(ServiceInput(cluster=given.cluster, service=name), service)
    return name, Change(change.object, change.state, {**tags, **change.labels})


ATOM = Atom(
    name="ecs.describe_services",
    version=1,
    summary="List the ECS services of a cluster by name or tags: whether each is stable, and its labels.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(STATE_CHANGED,),
    # ListServices is limited by no resource.
    permissions=(Permission(("ecs:ListServices",)), LOOK),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(TooManyMatches,),
    example="""\
- id: services
  atom: ecs.describe_services
  with: {cluster: prod, name: "checkout-*"}
""",
    run=run,
    proof=Proof.MOTO,
)
