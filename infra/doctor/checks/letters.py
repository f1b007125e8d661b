"""Events that could not be understood."""

from collections.abc import Iterator

from infra.doctor.finding import Finding, Level, Patient, judge

_DAYS = 7
_MOST = 100


def check(patient: Patient) -> Iterator[Finding]:
    """Count the dead letters of the last week."""
    found = patient.api.list_dead(_DAYS, _MOST)
    letters = found["dead_letters"]
    more = "" if found["complete"] else " or more"
    last = f", the last: {letters[0]['cause']}" if letters else ""
    advice = "interlock dead shows them; mend the cause, then interlock redeliver EVENT_ID"
    said = f"{len(letters)}{more} in the last {_DAYS} days{last}"
    yield judge("dead letters", said, good=not letters, advice=advice, otherwise=Level.WARN)
