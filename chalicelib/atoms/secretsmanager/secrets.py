"""What the Secrets Manager atoms share: how a secret is named, and which version is which. No atom here reads a value.

The object is `secret/<name>` with `:` for each `/`, which no name of a secret has.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Permission
from chalicelib.atoms.errors import StateUnreachable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SecretName = Annotated[
    str,
    Field(pattern="^[A-Za-z0-9_+=.@!:-]{1,512}$", description="Name of the secret, with `:` for each `/` in it"),
]
VersionId = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9-]{32,64}$",
        description="Id of a version",
        examples=["12345678-1234-1234-1234-123456789012"],
    ),
]

SECRETS = "arn:${partition}:secretsmanager:${region}:${account}:secret:*"
LOOK = Permission(("secretsmanager:DescribeSecret",), SECRETS)

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that bear a label; a rotation is under way while one is pending and not current."""

    all: frozenset[str]
    current: str
    pending: str | None
    previous: str | None


def fetch_versions(client: "SecretsManagerClient", secret: str) -> Versions:
    """Read which version bears which label. Raises StateUnreachable for a secret that has no current version."""
    stages = client.describe_secret(SecretId=real_name(secret)).get("VersionIdsToStages", {})
    by_label = {label: version for version, labels in stages.items() for label in labels}
    if CURRENT not in by_label:
        raise StateUnreachable(cause=f"{secret} has no current version")
    pending = by_label.get(PENDING)
    is_under_way = pending is not None and pending != by_label[CURRENT]
    return Versions(frozenset(stages), by_label[CURRENT], pending if is_under_way else None, by_label.get(PREVIOUS))


def real_name(secret: str) -> str:
    """Give the name as Secrets Manager knows it."""
    return secret.replace(":", "/")
