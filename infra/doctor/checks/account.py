"""Whose credentials these are, and where."""

from collections.abc import Iterator

from infra.doctor.finding import Finding, Level, Patient


def check(patient: Patient) -> Iterator[Finding]:
    """Name the identity. The root user may do anything, and nobody can be told apart by it."""
    identity = patient.cloud.client("sts").get_caller_identity()
    arn: str = identity["Arn"]
    found = f"{arn} in {patient.cloud.region}"
    if arn.endswith(":root") and not patient.cloud.local:
        advice = "use a role or user of your own: the record would name only the account"
        yield Finding(Level.WARN, "account", found, advice)
    else:
        yield Finding(Level.OK, "account", found)
