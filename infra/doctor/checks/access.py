"""Whether the API knows who asks, and whether anybody has said who may what."""

from collections.abc import Iterator

from chalicelib.catalog.model import Role
from infra.doctor.finding import Finding, Level, Patient, judge

_EVERYBODY = ("*", "{account}:*")


def check(patient: Patient) -> Iterator[Finding]:
    """Ask the API for our own role; warn while everybody is an admin."""
    mine = patient.api.read_me()
    advice = "have a grant added in policies/access.yaml, and deploy it"
    yield judge("access", f"you are {mine['role'] or 'without a role'}", good=bool(mine["role"]), advice=advice)
    grants = patient.build.bundle.access.grants
    if any(one.role is Role.ADMIN and any(text.endswith(_EVERYBODY) for text in one.principals) for one in grants):
        found = "everybody in the account whom IAM lets in is an admin"
        yield Finding(Level.WARN, "access", found, "name people and their roles in policies/access.yaml")
