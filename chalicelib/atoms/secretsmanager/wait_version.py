"""Look once which version of a secret is current; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import (
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Proof,
    Touched,
)
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.atoms.secretsmanager.secrets import LOOK, SecretName, VersionId, fetch_versions
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class Input(AtomInput):
    """Which secret, and the version that must be current."""

    secret: SecretName
    version_id: VersionId | None = Field(
        default=None, description="Version that must be current; none takes whichever is, once no rotation is under way"
    )


class Output(AtomOutput):
    """The versions by their labels; never a value."""

    secret: str
    current: str
    previous: str | None


def run(given: Input, context: Context) -> Output:
    """Read the labels once. Raises NotYet while a rotation is under way or another version is current."""
    client: SecretsManagerClient = context.clients.get("secretsmanager")
    versions = fetch_versions(client, given.secret)
    if versions.pending is not None:
        raise NotYet(cause=f"a rotation of {given.secret} is under way: {versions.pending} is pending")
    if given.version_id is not None and versions.current != given.version_id:
        raise NotYet(cause=f"{versions.current} is current, wanted {given.version_id}")
    return Output(secret=given.secret, current=versions.current, previous=versions.previous)


ATOM = Atom(
    name="secretsmanager.wait_version",
    version=1,
    summary="Succeed once no rotation of a secret is under way and a version is current; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("secret/{secret}", Intent.OBSERVE),),
    emits=(),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: rotated
  atom: secretsmanager.wait_version
  with: {secret: "{% $input.secret %}", version_id: "{% $input.version %}"}
  retry: {errors: [NotYet], max: 40, interval: 15s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
