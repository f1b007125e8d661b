"""The stack's state, and whether somebody has changed its resources by hand."""

from collections.abc import Iterator

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from infra.doctor.finding import Finding, Level, Patient, judge
from infra.stack import name_stack, read_stack

_PATIENCE_S = 120
_SHOWN = 5


def check_status(patient: Patient) -> Iterator[Finding]:
    """Say whether its last deployment went well."""
    stack = name_stack(patient.stage)
    status = read_stack(patient.cloud, stack)["StackStatus"]
    good = status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    advice = f"see its events: aws cloudformation describe-stack-events --stack-name {stack}"
    busy = status.endswith("_IN_PROGRESS")
    yield judge("stack", f"{stack}: {status}", good=good, advice=advice, otherwise=Level.WARN if busy else Level.FAIL)


def check_drift(patient: Patient) -> Iterator[Finding]:
    """Have CloudFormation compare every resource with the template."""
    stack, client = name_stack(patient.stage), patient.cloud.cloudformation
    detection = client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]

    def look() -> dict[str, str]:
        found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        status: str = found["DetectionStatus"]
        return {
            "detection": status,
            "drift": found.get("StackDriftStatus", ""),
            "reason": found.get("DetectionStatusReason", ""),
        }

    waiting = retry_if_result(lambda found: found["detection"] == "DETECTION_IN_PROGRESS")
    pause = wait_fixed(0.1 if patient.cloud.local else 3)
    found = Retrying(retry=waiting, wait=pause, stop=stop_after_delay(_PATIENCE_S))(look)
    if found["drift"] == "DRIFTED":
        pages = client.describe_stack_resource_drifts(
            StackName=stack, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
        )
        changed = [f"{one['LogicalResourceId']} {one['StackResourceDriftStatus'].lower()}"
                   for one in pages["StackResourceDrifts"]]  # fmt: skip
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        advice = "put them back by hand, or change the template: a deployment does not undo what was changed by hand"
        yield Finding(Level.FAIL, "drift", f"{', '.join(changed[:_SHOWN])}{more}", advice)
    elif found["detection"] == "DETECTION_FAILED":
        advice = "aws cloudformation describe-stack-resource-drifts shows which could not be compared"
        yield Finding(Level.WARN, "drift", f"not all could be compared: {found['reason']}", advice)
    else:
        yield Finding(Level.OK, "drift", "none of the resources that CloudFormation compares was changed by hand")
