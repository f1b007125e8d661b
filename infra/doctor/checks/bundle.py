"""Whether what is deployed is what this checkout says."""

from collections.abc import Iterator

from infra.doctor.finding import Finding, Level, Patient, judge


def check(patient: Patient) -> Iterator[Finding]:
    """Ask the API for its bundle, without a signature, and compare it with this checkout's."""
    deployed = patient.api.read_health()["bundle_version"]
    own = patient.build.bundle.version
    found = f"{deployed} is deployed" + ("" if deployed == own else f", and this checkout compiles to {own}")
    advice = "interlock deploy, if this checkout is what should run"
    yield judge("bundle", found, good=deployed == own, advice=advice, otherwise=Level.WARN)
