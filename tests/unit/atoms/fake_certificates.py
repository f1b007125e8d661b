# ruff: noqa: N803 - the arguments are botocore's
"""Certificate Manager in memory: certificates by ARN, each pending until a test issues it."""

from typing import Any

from tests.unit.atoms.faults import client_error

RECORD = {"Name": "_a.shop.example.com.", "Type": "CNAME", "Value": "_b.acm-validations.aws."}


class FakeAcm:
    """Certificates by ARN, and who asked for them by token."""

    def __init__(self) -> None:
        self.certificates: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}

    def state(self) -> object:
        return self.certificates

    def add(self, domain: str, status: str = "PENDING_VALIDATION") -> str:
        arn = f"arn:aws:acm:us-east-1:123456789012:certificate/{len(self.certificates):08x}-0000-0000-0000-000000000000"
        options = [{"DomainName": domain, "ValidationMethod": "DNS", "ResourceRecord": dict(RECORD)}]
        self.certificates[arn] = {
            "CertificateArn": arn,
            "DomainName": domain,
            "Status": status,
            "DomainValidationOptions": options,
        }
        return arn

    def request_certificate(self, DomainName: str, ValidationMethod: str, IdempotencyToken: str) -> dict[str, Any]:
        assert ValidationMethod == "DNS"
        if IdempotencyToken not in self.tokens:
            self.tokens[IdempotencyToken] = self.add(DomainName)
        return {"CertificateArn": self.tokens[IdempotencyToken]}

    def describe_certificate(self, CertificateArn: str) -> dict[str, Any]:
        if CertificateArn not in self.certificates:
            raise client_error("ResourceNotFoundException", "DescribeCertificate")
        return {"Certificate": self.certificates[CertificateArn]}
