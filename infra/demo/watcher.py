"""What Interlock recorded, read from its table and from Step Functions as it happens."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.names import execution_arn
from chalicelib.control.lifecycle import LIVE, DispatchState
from chalicelib.control.ports import Store
from chalicelib.control.records import SHARDS, dispatch_key
from infra.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen: what kind, about whom, and what."""

    kind: str
    """event, decision, verdict, execution, object or settled."""
    subject: str
    text: str


@dataclass
class _Clients:
    cloud: Cloud

    def get(self, service: str) -> Any:
        return self.cloud.client(service)


def open_store(cloud: Cloud, table: str) -> Store:
    """Open the deployed table."""
    return DynamoStore(_Clients(cloud), table, pause=lambda _attempt: None)


@dataclass
class Watcher:
    """Remembers what it has told already, so that each look gives only what is new."""

    cloud: Cloud
    store: Store
    stage: str
    states: dict[str, str] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)

    def list_rows(self) -> list[dict[str, Any]]:
        """Give every dispatch of today, oldest first, read consistently."""
        today = datetime.now(UTC).date().isoformat()
        lanes = [f"{kind}#{shard}" for shard in range(SHARDS) for kind in ("live", f"ended#{today}")]
        found = {item["id"] for lane in lanes for item in self.store.list_lane(lane).items}
        rows = self.store.read([dispatch_key(one) for one in sorted(found)]) if found else {}
        return sorted((dict(row) for row in rows.values()), key=lambda row: row["created_at"])

    def look(self) -> Iterator[Sign]:
        """Give what is new."""
        for row in self.list_rows():
            before = self.states.get(row["id"])
            if before is None:
                yield from _tell_decision(row)
            if row.get("workflow") and row["state"] not in {DispatchState.QUEUED, DispatchState.REJECTED}:
                yield from self._tell_steps(row)
            if before != row["state"]:
                yield from _tell_state(row, before)
            self.states[row["id"]] = row["state"]

    def is_quiet(self) -> bool:
        """Whether every dispatch is over and owes nothing, or only holds on after a bad end: minutes, not seconds."""
        busy = LIVE - {DispatchState.HOLDING}
        return all(row["state"] not in busy and not row.get("promotion_owed") for row in self.list_rows())

    def list_states_entered(self, row: dict[str, Any]) -> list[str]:
        """Give the names of the states that a dispatch's execution has entered, in order."""
        account, region = self.cloud.account, self.cloud.region
        arn = execution_arn("aws", region, account, self.stage, row["workflow"], row["id"])
        states = self.cloud.client("stepfunctions")
        try:
            pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
            events = [event for page in pages for event in page["events"]]
        except states.exceptions.ExecutionDoesNotExist:
            return []
        return [one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one]

    def _tell_steps(self, row: dict[str, Any]) -> Iterator[Sign]:
        names = self.list_states_entered(row)
        for name in names[self.entered.get(row["id"], 0) :]:
            yield Sign("execution", subject_of(row), f"{row['workflow']} enters {name}")
        self.entered[row["id"]] = len(names)


def subject_of(row: dict[str, Any]) -> str:
    """Name the object that a dispatch is about as people write it."""
    parts = str(row.get("object", "")).split("/")
    return "/".join(parts[-2:]) if parts[0] else "-"


def short(dispatch: str) -> str:
    """Shorten a dispatch id for people: enough of both halves to tell them apart."""
    head, _, tail = dispatch.partition("-")
    return f"{head[:6]}-{tail[:6]}"


def _tell_decision(row: dict[str, Any]) -> Iterator[Sign]:
    for trial in row["trials"]:
        if trial["branch"] is not None:
            answer = {True: "taken", False: "not taken", None: "failed"}[trial["result"]]
            text = f"rule {row['rule']}, tier {row['tier']}: branch {trial['branch'] + 1} {answer}: {trial['reason']}"
            yield Sign("decision", subject_of(row), text)
    if not row["trials"]:
        yield Sign("decision", subject_of(row), f"asked for: {row.get('workflow', '')}, tier {row['tier']}")


def _tell_state(row: dict[str, Any], before: str | None) -> Iterator[Sign]:
    name, state = f"dispatch {short(row['id'])}", row["state"]
    fences = ", ".join(
        f"fence {fence}" for fence in row.get("execution_input", {}).get("dispatch", {}).get("fences", {}).values()
    )
    blockers = "; ".join(f"{one['reason']} [dispatch {short(one['dispatch'])}]" for one in row.get("blockers", []))
    match DispatchState(state):
        case DispatchState.QUEUED:
            yield Sign("verdict", subject_of(row), f"QUEUE {name} ({row['workflow']}): {blockers}")
        case DispatchState.REJECTED:
            yield Sign("verdict", subject_of(row), f"REJECT {name} ({row['workflow']}): {blockers}")
        case DispatchState.RESERVED | DispatchState.RUNNING if before in {None, DispatchState.QUEUED}:
            word = "START" if before is None else "PROMOTED, START"
            yield Sign("verdict", subject_of(row), f"{word} {name} ({row['workflow']}), {fences or 'no lock needed'}")
        case DispatchState.RESERVED | DispatchState.RUNNING:
            return
        case _:
            if before is None and row["verdict"] == "start":
                yield Sign(
                    "verdict", subject_of(row), f"START {name} ({row['workflow']}), {fences or 'no lock needed'}"
                )
            error = f": {row['error']}" if row.get("error") else ""
            yield Sign("settled", subject_of(row), f"{name} ({row.get('workflow', '')}) {state}{error}, locks released")
