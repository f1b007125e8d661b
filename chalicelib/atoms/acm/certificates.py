"""What the Certificate Manager atoms share: how a certificate and a domain are named."""

from typing import Annotated, Any

from pydantic import Field

from chalicelib.atoms.contract import AtomInput, Permission

Domain = Annotated[
    str,
    Field(
        pattern=r"^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$",
        description="Domain name, which may begin with `*.`",
        examples=["shop.example.com"],
    ),
]
CertificateArn = Annotated[
    str,
    Field(
        pattern="^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]{36}$",
        examples=["arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"],
        description="ARN of a certificate of ACM",
    ),
]

CERTIFICATES = "arn:${partition}:acm:${region}:${account}:certificate/*"
LOOK = Permission(("acm:DescribeCertificate",), CERTIFICATES)


class CertificateInput(AtomInput):
    """One certificate."""

    certificate: CertificateArn


def fetch_certificate(client: Any, arn: str) -> Any:
    """Describe one certificate."""
    return client.describe_certificate(CertificateArn=arn)["Certificate"]
