"""Look once whether a command has ended on a host; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.errors import AtomError, NotYet
from chalicelib.atoms.ssm.commands import CommandId
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import CommandInvocationTypeDef

_UNDER_WAY = {"Pending", "InProgress", "Delayed", "Cancelling"}


class CommandFailed(AtomError):
    """The command ended and did not succeed: {cause}. Its output in SSM says why; ssm.run_command in a new step runs it again."""

    nothing_done = True


class Input(AtomInput):
    """Which command on which host."""

    instance_id: InstanceId
    command_id: CommandId
    keep_output: bool = Field(
        default=False, description="Whether what it printed becomes part of the result: not if it may hold secrets"
    )


class Output(AtomOutput):
    """How the command ended."""

    instance_id: str
    command_id: str
    exit_code: int = Field(description="Of the document's last step")
    output: str | None = Field(description="The first 2,500 characters that its steps printed, if they were asked for")


def run(given: Input, context: Context) -> Output:
    """Ask once. Raises NotYet while it runs or SSM does not know it yet, CommandFailed when it did not succeed."""
    client: SSMClient = context.clients.get("ssm")
    found = client.list_command_invocations(CommandId=given.command_id, InstanceId=given.instance_id, Details=True)[
        "CommandInvocations"
    ]
    if not found:
        raise NotYet(cause=f"SSM does not show {given.command_id} on {given.instance_id} yet")
    one = found[0]
    status = one.get("Status", "Pending")
    if status in _UNDER_WAY:
        raise NotYet(cause=f"{given.command_id} is {status} on {given.instance_id}")
    code = _read_exit_code(one)
    if status != "Success":
        detail = one.get("StatusDetails", status)
        raise CommandFailed(cause=f"{given.command_id} on {given.instance_id}: {detail}, exit code {code}")
    printed = "".join(plugin.get("Output", "") for plugin in one.get("CommandPlugins", []))
    return Output(
        instance_id=given.instance_id,
        command_id=given.command_id,
        exit_code=code,
        output=printed[:2500] if given.keep_output else None,
    )


def _read_exit_code(invocation: "CommandInvocationTypeDef") -> int:
    codes = [plugin.get("ResponseCode", 0) for plugin in invocation.get("CommandPlugins", [])]
    return codes[-1] if codes else 0


ATOM = Atom(
    name="ssm.wait_command",
    version=1,
    summary="Succeed once an SSM command has succeeded on a host; raise NotYet until it has ended.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("host/{instance_id}", Intent.OBSERVE),),
    emits=(),
    permissions=(Permission(("ssm:ListCommandInvocations",)),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, CommandFailed),
    example="""\
- id: patched
  atom: ssm.wait_command
  with: {instance_id: "{% $input.host %}", command_id: "{% $input.command %}"}
  retry: {errors: [NotYet], max: 120, interval: 30s, backoff: 1}
""",
    run=run,
    proof=Proof.STUBBER,
)
