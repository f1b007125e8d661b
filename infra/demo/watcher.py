"""What Interlock recorded, read from its table and from Step Functions as it happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.names import execution_arn
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ObjectRecord
from chalicelib.control.ports import Store
from chalicelib.control.records import SHARDS, dispatch_key, list_live_lanes, object_key, read_object
from chalicelib.identity import ObjectId
from infra.cloud import Cloud
from infra.demo.signs import Sign, subject_of, tell_decision, tell_object, tell_state

Row = dict[str, Any]

_BUSY = {DispatchState.SETTLING, DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.RETIRING}


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
    hosts: Sequence[str]
    states: dict[str, str] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)
    seen: dict[ObjectId, ObjectRecord] = field(default_factory=dict)

    def list_rows(self) -> list[Row]:
        """Give every dispatch of today, oldest first, read consistently."""
        today = datetime.now(UTC).date().isoformat()
        lanes = [*list_live_lanes(), *(f"ended#{today}#{shard}" for shard in range(SHARDS))]
        found = {item["id"] for lane in lanes for item in self.store.list_lane(lane).items}
        rows = self.store.read([dispatch_key(one) for one in sorted(found)]) if found else {}
        return sorted((dict(row) for row in rows.values()), key=lambda row: row["created_at"])

    def read_hosts(self) -> dict[str, ObjectRecord]:
        """Give what is recorded of each host, by instance id."""
        ids = {one: ObjectId(self.cloud.account, self.cloud.region, "host", one) for one in self.hosts}
        rows = self.store.read([object_key(one) for one in ids.values()])
        return {name: read_object(one, rows.get(object_key(one))) for name, one in ids.items()}

    def look(self) -> Iterator[Sign]:
        """Give what is new."""
        for row in self.list_rows():
            before = self.states.get(row["id"])
            self.states[row["id"]] = row["state"]
            if before is None:
                yield from tell_decision(row)
            admission, ending = tell_state(row, before)
            yield from admission
            yield from self._tell_steps(row)
            yield from ending
        for name, record in self.read_hosts().items():
            yield from tell_object(f"host/{name}", self.seen.get(record.id), record)
            self.seen[record.id] = record

    def is_quiet(self) -> bool:
        """Whether nothing more will happen within seconds: all is over, or waits for a hold of minutes."""
        rows = self.list_rows()
        states = {row["state"] for row in rows}
        if states & _BUSY or any(row.get("promotion_owed") for row in rows):
            return False
        return DispatchState.QUEUED not in states or DispatchState.HOLDING in states

    def list_states_entered(self, row: Row) -> list[str]:
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

    def _tell_steps(self, row: Row) -> Iterator[Sign]:
        if not row.get("workflow") or row["state"] in {DispatchState.QUEUED, DispatchState.REJECTED}:
            return
        names = self.list_states_entered(row)
        for name in names[self.entered.get(row["id"], 0) :]:
            yield Sign("execution", subject_of(row), f"{row['workflow']} enters {name}")
        self.entered[row["id"]] = len(names)
