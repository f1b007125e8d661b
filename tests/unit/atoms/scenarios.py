"""For each atom: a valid input, the world it works in, and the request that matters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.atoms.fake_hosts import GROUP_NAME
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.places import BALANCER, GROUP, HOST, OTHER_GROUP, TOPIC


@dataclass(frozen=True)
class Scenario:
    given: Mapping[str, Any]
    prepare: Callable[[FakeAws], object]
    service: str
    operation: str

    def build(self) -> FakeAws:
        aws = FakeAws()
        self.prepare(aws)
        return aws


def host(state: str) -> Callable[[FakeAws], object]:
    return lambda aws: aws.ec2.add(HOST, state)


def in_group(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy"}


def behind(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running")
    in_group(aws)


COMMAND = "0" * 36
SECRET = "interlock/atoms/ops"


def with_snapshot(aws: FakeAws) -> None:
    aws.ec2.snapshots["snap-1"] = {"SnapshotId": "snap-1", "State": "completed", "Tags": [{"Key": "k", "Value": "v"}]}


def in_asg(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running")
    aws.autoscaling.add(HOST, "i-0ab2")


def aside(aws: FakeAws) -> None:
    in_asg(aws)
    aws.autoscaling.members[HOST] = "Standby"


def suspended(aws: FakeAws) -> None:
    in_asg(aws)
    aws.autoscaling.suspended = {"AZRebalance", "Launch"}


def refreshed(aws: FakeAws) -> None:
    in_asg(aws)
    aws.autoscaling.refreshes = [{"InstanceRefreshId": "ab", "Status": "Successful"}]


def weighted(aws: FakeAws) -> None:
    aws.elb.actions = [
        {"Type": "authenticate-oidc", "Order": 1},
        {"Type": "forward", "Order": 2, "TargetGroupArn": GROUP},
    ]


def ended(aws: FakeAws) -> None:
    plugin = {"Output": "done", "ResponseCode": 0}
    aws.ssm.invocations = [{"Status": "Success", "CommandPlugins": [plugin]}]


def with_parameter(aws: FakeAws) -> None:
    aws.ssm.parameters["/a/b"] = {"Type": "String", "Value": "v", "Version": 3}


def measured(aws: FakeAws) -> None:
    aws.cloudwatch.values = [[1.0] * 10, [1.0] * 10]


def with_secret(aws: FakeAws) -> None:
    aws.secrets.secrets[SECRET] = "https://hooks.slack.com/services/T/B/x"


def in_service(aws: FakeAws) -> None:
    aws.ecs.add()


def in_alarm(aws: FakeAws) -> None:
    aws.cloudwatch.alarms["busy"] = "ALARM"


def nothing(_: FakeAws) -> None:
    pass


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
OTHER_CERTIFICATE = CERTIFICATE.replace("/0", "/1")
FIRST, SECOND = "1" * 32, "2" * 32
"""Versions of a secret."""
VOLUME, DEVICE = "vol-0a1", "/dev/sdf"
PLACE = {"instance_id": HOST, "volume_id": VOLUME, "device": DEVICE}


def pending(aws: FakeAws) -> None:
    aws.acm.add("shop.example.com")


def issued(aws: FakeAws) -> None:
    aws.acm.add("shop.example.com", "ISSUED")


def with_certificate(aws: FakeAws) -> None:
    weighted(aws)
    aws.elb.certificate = CERTIFICATE


def loose(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "stopped")
    aws.ec2.add_volume(VOLUME)


def attached(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "stopped")
    aws.ec2.add_volume(VOLUME, HOST, DEVICE)


def rotated(aws: FakeAws) -> None:
    aws.secrets.stages["prod/db"] = {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT", "AWSPENDING"]}


SERVICE = {"cluster": "main", "service": "web"}
METRIC = {"namespace": "AWS/ApplicationELB", "metric": "Errors"}
PROCESSES = {"group": GROUP_NAME, "processes": ["AZRebalance"]}

SCENARIOS = {
    "acm.request": Scenario({"domain": "shop.example.com"}, nothing, "acm", "request_certificate"),
    "acm.wait_issued": Scenario({"certificate": CERTIFICATE}, issued, "acm", "describe_certificate"),
    "acm.wait_record": Scenario({"certificate": CERTIFICATE}, pending, "acm", "describe_certificate"),
    "autoscaling.describe_group": Scenario(
        {"group": GROUP_NAME}, in_asg, "autoscaling", "describe_auto_scaling_groups"
    ),
    "autoscaling.enter_standby": Scenario({"instance_id": HOST}, in_asg, "autoscaling", "enter_standby"),
    "autoscaling.exit_standby": Scenario({"instance_id": HOST}, aside, "autoscaling", "exit_standby"),
    "autoscaling.resume_processes": Scenario(PROCESSES, suspended, "autoscaling", "resume_processes"),
    "autoscaling.set_capacity": Scenario(
        {"group": GROUP_NAME, "desired": 4}, in_asg, "autoscaling", "set_desired_capacity"
    ),
    "autoscaling.start_refresh": Scenario({"group": GROUP_NAME}, in_asg, "autoscaling", "start_instance_refresh"),
    "autoscaling.suspend_processes": Scenario(PROCESSES, in_asg, "autoscaling", "suspend_processes"),
    "autoscaling.terminate_instance": Scenario(
        {"instance_id": HOST, "replace": False}, in_asg, "autoscaling", "terminate_instance_in_auto_scaling_group"
    ),
    "autoscaling.wait_refresh": Scenario(
        {"group": GROUP_NAME, "refresh_id": "ab"}, refreshed, "autoscaling", "describe_instance_refreshes"
    ),
    "autoscaling.wait_steady": Scenario({"group": GROUP_NAME}, in_asg, "autoscaling", "describe_auto_scaling_groups"),
    "cloudwatch.alarm_state": Scenario({"alarm": "busy"}, in_alarm, "cloudwatch", "describe_alarms"),
    "cloudwatch.compare_metric": Scenario(METRIC, measured, "cloudwatch", "get_metric_data"),
    "ec2.attach_volume": Scenario(PLACE, loose, "ec2", "attach_volume"),
    "ec2.create_volume": Scenario(
        {"instance_id": HOST, "like": VOLUME, "snapshot_id": "snap-0ab1"}, attached, "ec2", "create_volume"
    ),
    "ec2.describe": Scenario({"instance_ids": [HOST]}, host("running"), "ec2", "get_paginator"),
    "ec2.detach_volume": Scenario(PLACE, attached, "ec2", "detach_volume"),
    "ec2.reboot": Scenario({"instance_id": HOST}, host("running"), "ec2", "reboot_instances"),
    "ec2.snapshot": Scenario({"instance_id": HOST}, host("running"), "ec2", "create_snapshots"),
    "ec2.start": Scenario({"instance_id": HOST}, host("stopped"), "ec2", "start_instances"),
    "ec2.stop": Scenario({"instance_id": HOST}, host("running"), "ec2", "stop_instances"),
    "ec2.tag": Scenario({"instance_id": HOST, "tags": {"a": "b"}}, host("running"), "ec2", "create_tags"),
    "ec2.terminate": Scenario({"instance_id": HOST}, host("running"), "ec2", "terminate_instances"),
    "ec2.wait_snapshot": Scenario({"snapshot_ids": ["snap-1"]}, with_snapshot, "ec2", "describe_snapshots"),
    "ec2.wait_state": Scenario({"instance_id": HOST, "state": "running"}, host("running"), "ec2", "describe_instances"),
    "ec2.wait_volume": Scenario({"volume_id": VOLUME, "state": "available"}, loose, "ec2", "describe_volumes"),
    "ecs.describe_services": Scenario({"cluster": "main"}, in_service, "ecs", "describe_services"),
    "ecs.force_deployment": Scenario(SERVICE, in_service, "ecs", "update_service"),
    "ecs.roll_back": Scenario({**SERVICE, "task_definition": "web:6"}, in_service, "ecs", "update_service"),
    "ecs.scale": Scenario({**SERVICE, "desired": 5}, in_service, "ecs", "update_service"),
    "ecs.wait_stable": Scenario(SERVICE, in_service, "ecs", "describe_services"),
    "elb.deregister": Scenario({"target_group": GROUP, "instance_id": HOST}, in_group, "elbv2", "deregister_targets"),
    "elb.describe_targets": Scenario({"target_group": "web"}, behind, "elbv2", "describe_target_health"),
    "elb.register": Scenario({"target_group": GROUP, "instance_id": HOST}, nothing, "elbv2", "register_targets"),
    "elb.set_certificate": Scenario(
        {"load_balancer": BALANCER, "port": 443, "certificate": OTHER_CERTIFICATE},
        with_certificate,
        "elbv2",
        "modify_listener",
    ),
    "elb.shift_weights": Scenario(
        {"load_balancer": BALANCER, "port": 443, "weights": {GROUP: 90, OTHER_GROUP: 10}},
        weighted,
        "elbv2",
        "modify_listener",
    ),
    "elb.wait_drained": Scenario(
        {"target_group": GROUP, "instance_id": HOST}, nothing, "elbv2", "describe_target_health"
    ),
    "elb.wait_group": Scenario({"target_group": GROUP, "least": 1}, in_group, "elbv2", "describe_target_health"),
    "elb.wait_healthy": Scenario(
        {"target_group": GROUP, "instance_id": HOST}, in_group, "elbv2", "describe_target_health"
    ),
    "http.call": Scenario(
        {"url": "https://api.example.com/x", "authorization_secret_name": SECRET},
        with_secret,
        "secretsmanager",
        "get_secret_value",
    ),
    "notify.sns": Scenario({"topic": TOPIC, "subject": "s", "message": "m"}, nothing, "sns", "publish"),
    "notify.webhook": Scenario(
        {"to": "slack", "secret_name": SECRET, "text": "t"}, with_secret, "secretsmanager", "get_secret_value"
    ),
    "rds.failover": Scenario({"database": "main", "target": "db-2"}, nothing, "rds", "failover_db_cluster"),
    "rds.snapshot": Scenario({"database": "main"}, nothing, "rds", "create_db_cluster_snapshot"),
    "rds.snapshot_instance": Scenario({"database": "db-1"}, nothing, "rds", "create_db_snapshot"),
    "rds.wait": Scenario({"database": "main", "writer": "db-1"}, nothing, "rds", "describe_db_clusters"),
    "rds.wait_instance": Scenario({"database": "db-1"}, nothing, "rds", "describe_db_instances"),
    "secretsmanager.restore_version": Scenario(
        {"secret": "prod:db", "version_id": FIRST}, rotated, "secretsmanager", "update_secret_version_stage"
    ),
    "secretsmanager.wait_version": Scenario(
        {"secret": "prod:db", "version_id": SECOND}, rotated, "secretsmanager", "describe_secret"
    ),
    "ssm.get_parameter": Scenario({"name": "/a/b"}, with_parameter, "ssm", "get_parameter"),
    "ssm.run_command": Scenario(
        {"instance_id": HOST, "document": "AWS-UpdateSSMAgent"}, host("running"), "ssm", "send_command"
    ),
    "ssm.wait_command": Scenario(
        {"instance_id": HOST, "command_id": COMMAND}, ended, "ssm", "list_command_invocations"
    ),
}
