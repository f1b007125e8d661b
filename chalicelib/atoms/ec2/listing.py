"""What the atoms share that list hosts: each host is emitted with its state and labels, however it was found."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from chalicelib.atoms.contract import AtomOutput, Context, Permission
from chalicelib.atoms.ec2.instances import observe_change
from chalicelib.atoms.errors import AtomError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

LOOK_AT_HOSTS = Permission(("ec2:DescribeInstances",))
_VALUES = 200
"""How many values EC2 takes in one filter."""

Limit = Annotated[
    int,
    Field(
        ge=1,
        le=500,
        description="Most to answer with; more is an error, since the answer must fit a state's 256 KiB",
    ),
]


class TooManyMatches(AtomError):
    """More match than the step's limit, so name narrower ones: {cause}."""

    nothing_done = True


class Instance(AtomOutput):
    """One instance as EC2 describes it."""

    instance_id: str
    state: str
    zone: str | None = Field(description="The tag `zone` if there is one, else the availability zone")
    labels: dict[str, str] = Field(description="The tags, `zone`, and `group` if it is in an Auto Scaling group")


def describe_hosts(context: Context, queries: Iterable[Mapping[str, Any]], limit: int) -> "list[InstanceTypeDef]":
    """Describe all that the queries find, in order of their ids. Raises TooManyMatches past the limit."""
    client: EC2Client = context.clients.get("ec2")
    found: list[InstanceTypeDef] = []
    for query in queries:
        for page in client.get_paginator("describe_instances").paginate(**query):
            found += [instance for reservation in page["Reservations"] for instance in reservation["Instances"]]
            check_limit(len(found), limit)
    return sorted(found, key=lambda one: one["InstanceId"])


def describe_members(context: Context, instance_ids: Sequence[str], limit: int) -> "list[InstanceTypeDef]":
    """Describe hosts by their ids, in order. One that EC2 does not know any more is left out, where by id all would fail."""
    some = (instance_ids[start : start + _VALUES] for start in range(0, len(instance_ids), _VALUES))
    queries = ({"Filters": [{"Name": "instance-id", "Values": list(ids)}]} for ids in some)
    # Who is not asked for must not be taken for a member: some emulators do not know the filter.
    return [one for one in describe_hosts(context, queries, limit) if one["InstanceId"] in instance_ids]


def emit_hosts(
    context: Context, found: "Iterable[InstanceTypeDef]", labels: Mapping[str, str] = MappingProxyType({})
) -> list[Instance]:
    """Emit each host with its state as EC2 names it and its labels, `labels` among them; and give them."""
    changes = [observe_change(instance, labels) for instance in found]
    for change in changes:
        context.emit(change)
    return [
        Instance(
            instance_id=change.object.removeprefix("host/"),
            state=change.state,
            zone=change.labels.get("zone"),
            labels=dict(change.labels),
        )
        for change in changes
    ]


def check_limit(count: int, limit: int) -> None:
    """Raise TooManyMatches if there are more than so many."""
    if count > limit:
        raise TooManyMatches(cause=f"more than {limit}")
