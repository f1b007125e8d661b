"""Secrets that atoms send and never show: they are named in the input and read from Secrets Manager.

They have a prefix of their own, so that no workflow can send away the secrets that Interlock itself checks senders with.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Context, Permission
from chalicelib.atoms.errors import InputInvalid

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SecretName = Annotated[
    str,
    Field(
        pattern="^interlock/atoms/[A-Za-z0-9_+=.@/-]{1,200}$",
        description="Name of a secret in Secrets Manager, which must begin with `interlock/atoms/`",
    ),
]

READ_SECRETS = Permission(
    ("secretsmanager:GetSecretValue",), "arn:${partition}:secretsmanager:${region}:${account}:secret:interlock/atoms/*"
)


def read_secret(context: Context, name: str) -> str:
    """Read a secret's text. Raises InputInvalid if it is binary or empty."""
    client: SecretsManagerClient = context.clients.get("secretsmanager")
    text = client.get_secret_value(SecretId=name).get("SecretString", "").strip()
    if not text or not text.isprintable():
        raise InputInvalid(cause=f"the secret {name} is empty or not one line of text")
    return text
