"""Send a message to an SNS topic."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class Input(AtomInput):
    """Where to send what."""

    topic: Annotated[
        str,
        Field(
            pattern="^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$",
            examples=["arn:aws:sns:us-east-1:123456789012:ops"],
            description="ARN of a standard topic; a FIFO topic is refused",
        ),
    ]
    subject: Annotated[
        str,
        StringConstraints(pattern="^[!-~][ -~]{0,99}$"),
        Field(description="Subject of an email: 1 to 100 printable ASCII characters, no space first"),
    ]
    message: Annotated[str, Field(min_length=1, max_length=60_000, description="Text of the message")]


class Output(AtomOutput):
    """What SNS answered."""

    message_id: str = Field(description="SNS's own id of the accepted message; delivery is not confirmed")


def run(given: Input, context: Context) -> Output:
    """Publish it. Standard topics know no token, so a repeat sends it again."""
    client: SNSClient = context.clients.get("sns")
    answer = client.publish(TopicArn=given.topic, Subject=given.subject, Message=given.message)
    return Output(message_id=answer["MessageId"])


ATOM = Atom(
    name="notify.sns",
    version=1,
    summary="Send a message to an SNS topic; a repeat sends it twice.",
    input=Input,
    output=Output,
    # A message acts on no operations object, so there is nothing for control to lock.
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(Permission(("sns:Publish",), "arn:${partition}:sns:${region}:${account}:*"),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NONE,
    undo=None,
    errors=(),
    example="""\
- id: tell
  atom: notify.sns
  with:
    topic: "{% $input.topic %}"
    subject: A host did not come back
    message: "{% 'Host ' & $input.host & ' is still stopped.' %}"
""",
    run=run,
    home=True,
    proof=Proof.MINISTACK,
)
