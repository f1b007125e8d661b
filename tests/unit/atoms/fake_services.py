# ruff: noqa: N803 - the arguments are botocore's
"""ECS, RDS, CloudWatch, Secrets Manager and the web in memory, as far as the atoms need them."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from chalicelib.atoms.contract import HttpAnswer
from tests.unit.atoms.faults import client_error

REVISION = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7"


class FakeEcs:
    """One service of one cluster, and more that are only listed."""

    def __init__(self) -> None:
        self.service: dict[str, Any] | None = None
        self.others: dict[str, dict[str, str]] = {}
        self.requests: list[dict[str, Any]] = []

    def add(self, running: int = 2, desired: int = 2) -> None:
        deployment = {"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED", "taskDefinition": REVISION}
        self.service = {
            "serviceName": "web",
            "status": "ACTIVE",
            "runningCount": running,
            "desiredCount": desired,
            "taskDefinition": REVISION,
            "deployments": [deployment],
        }

    def state(self) -> object:
        return self.service

    def describe_services(self, cluster: str, services: list[str], include: list[str] | None = None) -> dict[str, Any]:
        found = [deepcopy(self.service)] if self.service is not None and "web" in services else []
        for name, tags in self.others.items():
            shown = [{"key": key, "value": value} for key, value in tags.items()] if include == ["TAGS"] else []
            if name in services:
                found.append({**deepcopy(self.service or {}), "serviceName": name, "tags": shown})
        assert len(services) <= 10, "ECS describes ten at a time"
        return {"services": found}

    def get_paginator(self, operation: str) -> "FakeEcs":
        assert operation == "list_services"
        return self

    def paginate(self, cluster: str) -> Iterator[dict[str, Any]]:
        prefix = f"arn:aws:ecs:us-east-1:123456789012:service/{cluster}"
        for name in (["web"] if self.service is not None else []) + sorted(self.others, reverse=True):
            yield {"serviceArns": [f"{prefix}/{name}"]}

    def update_service(self, cluster: str, service: str, **change: Any) -> dict[str, Any]:
        self.requests.append(change)
        if self.service is None:
            raise client_error("ServiceNotFoundException", "UpdateService")
        self.service["desiredCount"] = change.get("desiredCount", self.service["desiredCount"])
        if "taskDefinition" in change or change.get("forceNewDeployment"):
            self._deploy(change.get("taskDefinition"))
        return {"service": self.service}

    def _deploy(self, revision: str | None) -> None:
        assert self.service is not None
        arn = f"{REVISION.rpartition('/')[0]}/{revision}" if revision else self.service["taskDefinition"]
        self.service["taskDefinition"] = arn
        for one in self.service["deployments"]:
            one["status"] = "ACTIVE"
        number = len(self.service["deployments"]) + 1
        new = {"id": f"ecs-svc/{number}", "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "taskDefinition": arn}
        self.service["deployments"].insert(0, new)


class FakeRds:
    """One cluster of two, one instance, and snapshots by name."""

    def __init__(self) -> None:
        self.status = "available"
        self.writer = "db-1"
        self.members = ["db-1", "db-2"]
        self.snapshots: dict[str, str] = {}
        self.requests: list[str] = []

    def state(self) -> object:
        return [self.status, self.writer, self.snapshots]

    def describe_db_clusters(self, DBClusterIdentifier: str) -> dict[str, Any]:
        members = [{"DBInstanceIdentifier": one, "IsClusterWriter": one == self.writer} for one in self.members]
        return {"DBClusters": [{"Status": self.status, "DBClusterMembers": members}]}

    def describe_db_instances(self, DBInstanceIdentifier: str) -> dict[str, Any]:
        if DBInstanceIdentifier not in self.members:
            raise client_error("DBInstanceNotFound", "DescribeDBInstances")
        return {"DBInstances": [{"DBInstanceStatus": self.status}]}

    def failover_db_cluster(self, DBClusterIdentifier: str, TargetDBInstanceIdentifier: str) -> None:
        self.requests.append("FailoverDBCluster")
        self.status = "failing-over"

    def get_paginator(self, operation: str) -> "_SnapshotPages":
        return _SnapshotPages(self, operation)

    def describe_db_cluster_snapshots(self, DBClusterSnapshotIdentifier: str) -> dict[str, Any]:
        found = self.snapshots.get(DBClusterSnapshotIdentifier)
        return {"DBClusterSnapshots": [] if found is None else [{"Status": found}]}

    def describe_db_snapshots(self, DBSnapshotIdentifier: str) -> dict[str, Any]:
        found = self.snapshots.get(DBSnapshotIdentifier)
        return {"DBSnapshots": [] if found is None else [{"Status": found}]}

    def create_db_cluster_snapshot(self, DBClusterSnapshotIdentifier: str, DBClusterIdentifier: str) -> dict[str, Any]:
        return {"DBClusterSnapshot": {"Status": self._create(DBClusterSnapshotIdentifier)}}

    def create_db_snapshot(self, DBSnapshotIdentifier: str, DBInstanceIdentifier: str) -> dict[str, Any]:
        return {"DBSnapshot": {"Status": self._create(DBSnapshotIdentifier)}}

    def _create(self, name: str) -> str:
        if name in self.snapshots:
            raise client_error("DBSnapshotAlreadyExists")
        self.snapshots[name] = "creating"
        return "creating"


class _SnapshotPages:
    def __init__(self, rds: FakeRds, operation: str) -> None:
        self._rds, self._operation = rds, operation

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        cluster = "cluster" in self._operation
        name, key = ("DBClusterSnapshot", "DBClusterSnapshots") if cluster else ("DBSnapshot", "DBSnapshots")
        found = [{f"{name}Identifier": one, "Status": status} for one, status in self._rds.snapshots.items()]
        yield {key: found}


class FakeCloudWatch:
    """Alarms by name, and the values that the next reads give."""

    def __init__(self) -> None:
        self.alarms: dict[str, str] = {}
        self.values: list[list[float]] = []
        self.windows: list[tuple[Any, Any]] = []

    def state(self) -> object:
        return self.alarms

    def describe_alarms(self, AlarmNames: list[str], AlarmTypes: list[str]) -> dict[str, Any]:
        found = [
            {"AlarmName": one, "StateValue": self.alarms[one], "StateReason": "r", "ActionsEnabled": True}
            for one in AlarmNames
            if one in self.alarms
        ]
        return {"MetricAlarms": found, "CompositeAlarms": []}

    def get_metric_data(self, MetricDataQueries: list[Any], StartTime: Any, EndTime: Any) -> dict[str, Any]:
        self.windows.append((StartTime, EndTime))
        values = self.values[(len(self.windows) - 1) % len(self.values)] if self.values else []
        return {"MetricDataResults": [{"Id": "m", "Values": values}]}


class FakeSecrets:
    """Values by name, and the labels of their versions."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.stages: dict[str, dict[str, list[str]]] = {}

    def state(self) -> object:
        return self.stages

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        if SecretId not in self.stages:
            raise client_error("ResourceNotFoundException", "DescribeSecret")
        return {"VersionIdsToStages": deepcopy(self.stages[SecretId])}

    def update_secret_version_stage(
        self, *, SecretId: str, VersionStage: str, MoveToVersionId: str, RemoveFromVersionId: str
    ) -> None:
        stages = self.stages[SecretId]
        stages[RemoveFromVersionId] = ["AWSPREVIOUS"]
        stages[MoveToVersionId] = [VersionStage]

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        if SecretId not in self.secrets:
            raise client_error("ResourceNotFoundException", "GetSecretValue")
        return {"SecretString": self.secrets[SecretId]}


class FakeWeb:
    """Every request that was sent, answered with what comes next."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answers: list[HttpAnswer] = []

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        also: frozenset[str] = frozenset(),
    ) -> HttpAnswer:
        self.sent.append({"method": method, "url": url, "headers": dict(headers), "body": body, "also": also})
        return self.answers.pop(0) if self.answers else HttpAnswer(200, "{}")
