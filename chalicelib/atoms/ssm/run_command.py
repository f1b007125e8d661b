"""Begin to run a document on a host."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.ssm.commands import SEND, Document, ParameterName, ParameterValue
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_LOOKED_THROUGH = 50


class Input(AtomInput):
    """Which document to run on which host, with which parameters."""

    instance_id: InstanceId
    document: Document
    parameters: dict[ParameterName, Annotated[list[ParameterValue], Field(max_length=20)]] = Field(
        default_factory=dict, description="The document's parameters, each a list, without characters of a shell"
    )
    deliver_within_s: Annotated[int, Field(ge=30, le=3600)] = Field(
        default=300, description="Seconds after which a host that has not begun never will"
    )


class Output(AtomOutput):
    """The command, which goes on: ssm.wait_command waits for it."""

    instance_id: str
    command_id: str
    started: bool = Field(description="Whether this call began it; false when an earlier attempt had")


def run(given: Input, context: Context) -> Output:
    """Look for the command of an earlier attempt, known by its comment, and send it unless it is there.

    SendCommand takes no token, so the idempotency key is its comment.
    """
    client: SSMClient = context.clients.get("ssm")
    sent = client.list_commands(InstanceId=given.instance_id, MaxResults=_LOOKED_THROUGH)["Commands"]
    for command in sent:
        if command.get("Comment") == context.idempotency_key:
            return Output(instance_id=given.instance_id, command_id=command.get("CommandId", ""), started=False)
    parameters: Any = given.parameters
    answer = client.send_command(
        InstanceIds=[given.instance_id],
        DocumentName=given.document,
        Parameters=parameters,
        Comment=context.idempotency_key,
        TimeoutSeconds=given.deliver_within_s,
    )
    return Output(instance_id=given.instance_id, command_id=answer["Command"].get("CommandId", ""), started=True)


ATOM = Atom(
    name="ssm.run_command",
    version=1,
    summary="Begin to run a reviewed SSM document on a host; its arguments are parameters, never shell text.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(),
    permissions=(Permission(("ssm:ListCommands",)), *SEND),
    timeout_s=60,
    # Up to an hour to be delivered, and an hour by which AWS's documents end unless their author says otherwise.
    effect_timeout_s=7200,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: patch
  atom: ssm.run_command
  with:
    instance_id: "{% $input.host %}"
    document: AWS-RunPatchBaseline
    parameters: {Operation: [Scan]}
""",
    run=run,
    proof=Proof.MOTO,
)
