"""The account's quotas against what the policies and workflows need."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.doctor.finding import Finding, Level, Patient, judge
from infra.functions import CORE
from infra.template.pacing import find_pace

CONCURRENT_EXECUTIONS = ("lambda", "L-B99A9384")
RULES = ("events", "L-244521F2")
_UNLIMITED_MAP = 40
"""Iterations that an inline map without a limit runs at a time."""
_NEARLY = 0.9

Json = Mapping[str, Any]


def check_concurrency(patient: Patient) -> Iterator[Finding]:
    """Compare with the widest workflow, run once, and the core functions beside it."""
    name, width = max(
        ((name, measure_width(machine)) for name, machine in patient.build.machines.items()),
        key=lambda one: one[1],
        default=("", 0),
    )
    need = width + len(CORE)
    quota = _read_quota(patient, *CONCURRENT_EXECUTIONS)
    if quota is None:
        yield _unknown("lambda concurrency", f"{need} are needed")
        return
    found = f"{quota:g} executions at a time, and one run of {name} beside the core functions needs {need}"
    advice = f"ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code {CONCURRENT_EXECUTIONS[1]}"
    yield judge("lambda concurrency", found, good=quota >= need, advice=advice)


def check_rules(patient: Patient) -> Iterator[Finding]:
    """Compare the rules on the default bus, ours and all others."""
    pages = patient.cloud.client("events").get_paginator("list_rules").paginate()
    used = sum(len(page["Rules"]) for page in pages)
    quota = _read_quota(patient, *RULES)
    if quota is None:
        yield _unknown("event rules", f"{used} rules are on the default bus")
        return
    found = f"{used} of {quota:g} on the default bus"
    advice = "ask for more rules of EventBridge in Service Quotas, or remove what nobody needs"
    yield judge("event rules", found, good=used < _NEARLY * quota, advice=advice, otherwise=Level.WARN)


def check_starts(patient: Patient) -> Iterator[Finding]:
    """Compare what the queue of starts may start a second with what the account's bucket for StartExecution gains."""
    pace = find_pace(patient.cloud.region)
    quota = _find_refill(patient)
    need = f"the queue of throttled starts takes at most {pace} a second"
    if quota is None:
        yield _unknown("start pace", need)
        return
    advice = "ask for more starts a second of Step Functions in Service Quotas; until then they come back, later"
    yield judge(
        "start pace", f"{need} of the account's {quota:g}", good=pace < quota, advice=advice, otherwise=Level.WARN
    )


def check_roles(patient: Patient) -> Iterator[Finding]:
    """Compare the account's roles; IAM itself says how many there may be."""
    summary = patient.cloud.client("iam").get_account_summary()["SummaryMap"]
    used, quota = summary["Roles"], summary["RolesQuota"]
    advice = "ask for more roles of IAM in Service Quotas: each atom and workflow has one"
    yield judge(
        "roles", f"{used} of {quota} in the account", good=used < _NEARLY * quota, advice=advice, otherwise=Level.WARN
    )


def measure_width(scope: Json) -> int:
    """Say how many tasks of a machine may run at one time."""
    return max((_measure_state(state) for state in scope.get("States", {}).values()), default=0)


def _measure_state(state: Json) -> int:
    match state.get("Type"):
        case "Task":
            return 1
        case "Parallel":
            return sum(measure_width(branch) for branch in state["Branches"])
        case "Map":
            limit = state.get("MaxConcurrency") or _UNLIMITED_MAP
            return int(limit) * measure_width(state["ItemProcessor"])
        case _:
            return 0


def _read_quota(patient: Patient, service: str, code: str) -> float | None:
    """Read the account's quota, else AWS's default; None where there are no Service Quotas, as on the local AWS."""
    client = patient.cloud.client("service-quotas")
    try:
        return float(client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
    except ClientError as error:
        if not _is_missing(patient, error):
            raise
    try:
        pages = client.get_paginator("list_aws_default_service_quotas").paginate(ServiceCode=service)
        defaults = {one["QuotaCode"]: float(one["Value"]) for page in pages for one in page["Quotas"]}
    except ClientError as error:
        if not _is_missing(patient, error):
            raise
        return None
    return defaults.get(code)


def _find_refill(patient: Patient) -> float | None:
    """Read the quota by its name, which says what it is; its code does not."""
    client = patient.cloud.client("service-quotas")
    for listing in ("list_service_quotas", "list_aws_default_service_quotas"):
        try:
            pages = client.get_paginator(listing).paginate(ServiceCode="states")
            found = [float(one["Value"]) for page in pages for one in page["Quotas"] if _is_refill(one["QuotaName"])]
        except ClientError as error:
            if not _is_missing(patient, error):
                raise
            return None
        if found:
            return found[0]
    return None


def _is_refill(name: str) -> bool:
    words = name.lower()
    return "startexecution" in words and "refill" in words and "express" not in words


def _is_missing(patient: Patient, error: ClientError) -> bool:
    return patient.cloud.local or error.response["Error"]["Code"] == "NoSuchResourceException"


def _unknown(what: str, need: str) -> Finding:
    return Finding(Level.WARN, what, f"{need}; Service Quotas does not say how many there may be",
                   "look the quota up in the console of Service Quotas")  # fmt: skip
