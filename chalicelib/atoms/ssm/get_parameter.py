"""Read a parameter that is no secret."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof
from chalicelib.atoms.errors import AtomError
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class SecretRefused(AtomError):
    """A secret must not become part of an execution's history: {cause}. Hand on its name, and read it where it is used."""

    nothing_done = True


class Input(AtomInput):
    """Which parameter."""

    name: Annotated[
        str,
        Field(
            pattern=r"^(/?[A-Za-z0-9_.-]+)(/[A-Za-z0-9_.-]+){0,14}$", description="Name, with its path if it has one"
        ),
    ]


class Output(AtomOutput):
    """The parameter's value."""

    name: str
    value: str
    version: int


def run(given: Input, context: Context) -> Output:
    """Read it, never decrypted. Raises SecretRefused for a SecureString."""
    client: SSMClient = context.clients.get("ssm")
    found = client.get_parameter(Name=given.name, WithDecryption=False)["Parameter"]
    if found.get("Type") == "SecureString":
        raise SecretRefused(cause=f"{given.name} is a SecureString; atoms that need it take its name")
    return Output(name=given.name, value=found.get("Value", ""), version=found.get("Version", 0))


ATOM = Atom(
    name="ssm.get_parameter",
    version=1,
    summary="Read a parameter of type String or StringList; a SecureString is refused.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(Permission(("ssm:GetParameter",), "arn:${partition}:ssm:${region}:${account}:parameter/*"),),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(SecretRefused,),
    example="""\
- id: image
  atom: ssm.get_parameter
  with: {name: /checkout/golden-image}
""",
    run=run,
    proof=Proof.MINISTACK,
)
