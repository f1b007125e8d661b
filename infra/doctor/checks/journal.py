"""Whether transitions are told and kept: the mapping from the table's stream, and how far it is behind."""

from collections.abc import Iterator
from datetime import timedelta

from infra.doctor.checks.deliveries import sum_up
from infra.doctor.finding import Finding, Level, Patient, judge

BEHIND_S = 300
"""The stream is usually a second or two behind; it forgets after a day."""
_WHAT = "journal"
_RECENT = timedelta(minutes=10)


def check(patient: Patient) -> Iterator[Finding]:
    """Fail if the mapping is missing or off, or far behind; warn if its last batch failed."""
    function = patient.outputs["FunctionPublish"]
    answer = patient.cloud.client("lambda").list_event_source_mappings(FunctionName=function)
    mappings = answer["EventSourceMappings"]
    if not mappings:
        yield Finding(Level.FAIL, _WHAT, f"{function} is given nothing of the table's stream", "interlock deploy")
    for one in mappings:
        if one["State"] != "Enabled":
            advice = f"aws lambda update-event-source-mapping --uuid {one['UUID']} --enabled"
            found = (
                f"the mapping is {one['State'].lower()}: no transition is told or kept, and after a day they are lost"
            )
            yield Finding(Level.FAIL, _WHAT, found, advice)
            continue
        asked = [("age", "AWS/Lambda", "IteratorAge", {"FunctionName": function})]
        age_s = sum_up(patient, asked, statistic="Maximum", period=_RECENT).get("age", 0) / 1000
        result = one.get("LastProcessingResult") or "nothing yet"
        advice = f"read the log: /aws/lambda/{function}"
        yield judge(_WHAT, f"{age_s:g} s behind, last: {result}", good=age_s < BEHIND_S, advice=advice)
        if "PROBLEM" in result or "FAILED" in result:
            yield Finding(Level.WARN, _WHAT, f"the last batch failed, and comes again: {result}", advice)
