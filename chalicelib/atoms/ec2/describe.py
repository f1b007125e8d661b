"""Describe instances by id, by tags, or both."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Permission,
    Proof,
)
from chalicelib.atoms.ec2.instances import InstanceId, observe_change
from chalicelib.atoms.errors import AtomError
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

_WILDCARDS = str.maketrans({"\\": "\\\\", "*": "\\*", "?": "\\?"})


class TooManyMatches(AtomError):
    """More instances match than the step's limit, so name narrower tags: {cause}."""

    nothing_done = True


class Input(AtomInput):
    """Which instances to describe: those that have all of the ids and tags given."""

    instance_ids: Annotated[list[InstanceId], Field(min_length=1)] | None = None
    tags: Annotated[dict[str, str], Field(min_length=1)] | None = Field(
        default=None,
        description="Tag keys with the exact value each must have",
    )
    limit: int = Field(
        default=200,
        ge=1,
        le=500,
        description="Most instances to answer with; more is an error, since the answer must fit a state's 256 KiB",
    )

    @model_validator(mode="after")
    def _ask_for_something(self) -> Self:
        if self.instance_ids is None and self.tags is None:
            cause = "give instance_ids, tags or both"
            raise ValueError(cause)
        return self


class Instance(AtomOutput):
    """One instance as EC2 describes it."""

    instance_id: str
    state: str
    zone: str | None = Field(description="The tag `zone` if there is one, else the availability zone")
    labels: dict[str, str] = Field(description="The tags, and `zone`")


class Output(AtomOutput):
    """The instances, in order of their ids."""

    instances: list[Instance]


def run(given: Input, context: Context) -> Output:
    """Describe them page by page and emit each one's state. Raises TooManyMatches past the limit."""
    client: EC2Client = context.clients.get("ec2")
    found: list[InstanceTypeDef] = []
    for instance in _walk_instances(client, given):
        if len(found) == given.limit:
            raise TooManyMatches(cause=f"more than {given.limit}")
        found.append(instance)
    changes = [observe_change(instance) for instance in sorted(found, key=lambda one: one["InstanceId"])]
    for change in changes:
        context.emit(change)
    return Output(
        instances=[
            Instance(
                instance_id=change.object.removeprefix("host/"),
                state=change.state,
                zone=change.labels.get("zone"),
                labels=dict(change.labels),
            )
            for change in changes
        ],
    )


def _walk_instances(client: "EC2Client", given: Input) -> "Iterator[InstanceTypeDef]":
    query: dict[str, Any] = {}
    if given.instance_ids is not None:
        query["InstanceIds"] = given.instance_ids
    if given.tags is not None:
        query["Filters"] = [
            # EC2 reads * and ? in a filter's value as wildcards, and this atom promises exact values.
            {"Name": f"tag:{key}", "Values": [value.translate(_WILDCARDS)]}
            for key, value in given.tags.items()
        ]
    for page in client.get_paginator("describe_instances").paginate(**query):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


ATOM = Atom(
    name="ec2.describe",
    version=1,
    summary="Describe EC2 instances by id or tags: state, zone and labels.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(STATE_CHANGED,),
    permissions=(Permission(("ec2:DescribeInstances",)),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(TooManyMatches,),
    example="""\
- id: fleet
  atom: ec2.describe
  with: {tags: {service: checkout}}
""",
    run=run,
    proof=Proof.MINISTACK,
)
