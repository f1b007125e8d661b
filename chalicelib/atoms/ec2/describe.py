"""Describe instances by id, by tags, or both."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Proof,
)
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.ec2.listing import (
    LOOK_AT_HOSTS,
    Instance,
    Limit,
    TooManyMatches,
    describe_hosts,
    emit_hosts,
)
from chalicelib.catalog.model import Intent

_WILDCARDS = str.maketrans({"\\": "\\\\", "*": "\\*", "?": "\\?"})


class Input(AtomInput):
    """Which instances to describe: those that have all of the ids and tags given."""

    instance_ids: Annotated[list[InstanceId], Field(min_length=1)] | None = None
    tags: Annotated[dict[str, str], Field(min_length=1)] | None = Field(
        default=None,
        description="Tag keys with the exact value each must have",
    )
    limit: Limit = 200

    @model_validator(mode="after")
    def _ask_for_something(self) -> Self:
        if self.instance_ids is None and self.tags is None:
            cause = "give instance_ids, tags or both"
            raise ValueError(cause)
        return self


class Output(AtomOutput):
    """The instances, in order of their ids."""

    instances: list[Instance]


def run(given: Input, context: Context) -> Output:
    """Describe them page by page and emit each one's state. Raises TooManyMatches past the limit."""
    found = describe_hosts(context, [_write_query(given)], given.limit)
    return Output(instances=emit_hosts(context, found))


def _write_query(given: Input) -> dict[str, Any]:
    query: dict[str, Any] = {}
    if given.instance_ids is not None:
        query["InstanceIds"] = given.instance_ids
    if given.tags is not None:
        query["Filters"] = [
            # EC2 reads * and ? in a filter's value as wildcards, and this atom promises exact values.
            {"Name": f"tag:{key}", "Values": [value.translate(_WILDCARDS)]}
            for key, value in given.tags.items()
        ]
    return query


ATOM = Atom(
    name="ec2.describe",
    version=1,
    summary="Describe EC2 instances by id or tags: state, zone and labels.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(STATE_CHANGED,),
    permissions=(LOOK_AT_HOSTS,),
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
