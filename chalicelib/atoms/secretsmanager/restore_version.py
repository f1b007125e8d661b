"""Make an earlier version of a secret the current one again."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import (
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.atoms.errors import NotFound, StateUnreachable, Unavailable
from chalicelib.atoms.secretsmanager.secrets import (
    CURRENT,
    LOOK,
    SECRETS,
    SecretName,
    VersionId,
    fetch_versions,
    real_name,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class Input(AtomInput):
    """Which secret, and the version that shall be current."""

    secret: SecretName
    version_id: VersionId


class Output(AtomOutput):
    """The current version before and after."""

    secret: str
    current: str
    previous: str = Field(description="The version that was current before the call")
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Move the label unless it is there, and look again. Raises NotFound for a version that is gone."""
    client: SecretsManagerClient = context.clients.get("secretsmanager")
    before = fetch_versions(client, given.secret)
    after = before
    if before.current != given.version_id:
        if given.version_id not in before.all:
            raise NotFound(cause=f"{given.secret} has no version {given.version_id} any more")
        client.update_secret_version_stage(
            SecretId=real_name(given.secret),
            VersionStage=CURRENT,
            MoveToVersionId=given.version_id,
            RemoveFromVersionId=before.current,
        )
        after = fetch_versions(client, given.secret)
    if after.current != given.version_id:
        raise Unavailable(cause=f"Secrets Manager accepted the request, and still shows {after.current} as current")
    return Output(
        secret=given.secret,
        current=after.current,
        previous=before.current,
        changed=before.current != after.current,
    )


ATOM = Atom(
    name="secretsmanager.restore_version",
    version=1,
    summary="Make an earlier version of a secret current again; what the secret opens must still accept it.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("secret/{secret}", Intent.DISRUPT),),
    emits=(),
    permissions=(LOOK, Permission(("secretsmanager:UpdateSecretVersionStage",), SECRETS)),
    timeout_s=60,
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo="secretsmanager.restore_version",
    errors=(StateUnreachable,),
    example="""\
- id: restore
  atom: secretsmanager.restore_version
  with: {secret: "{% $input.secret %}", version_id: "{% $input.version %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
