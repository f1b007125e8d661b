"""Workflows of this repository on the local AWS: started over the API by an IAM user, judged by reading AWS back.

Every target is healthy there, hosts change state at once, and ECS runs no containers: waits end with their first answer.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from infra.client import ApiClient
from infra.cloud import Cloud
from infra.demo.principals import make_principal
from tests.e2e.test_permissions import World

pytestmark = pytest.mark.e2e

Ended = dict[str, Any]
Play = Callable[..., Ended]

UNLIMITED = {"cloudwatch.alarm_state", "ec2.create_volume", "ecs.force_deployment", "ecs.roll_back", "ecs.wait_stable"}
"""Those that the workflows here use and whose resource the local AWS takes for another, or for none."""
_PATIENCE_S = 120
"""Eight functions may have to start cold, one after the other, on a machine that does other things as well."""
_ENDS = {"succeeded", "failed", "aborted", "timed_out", "undecided", "holding"}


class Ground:
    """What the workflows act on, each test with things of its own."""

    def __init__(self, cloud: Cloud) -> None:
        self.ec2, self.elb, self.cloudwatch = cloud.client("ec2"), cloud.client("elbv2"), cloud.client("cloudwatch")
        self.ecs, self.cloud = cloud.client("ecs"), cloud
        self.tag = uuid4().hex[:8]
        self.alarm = f"errors-{self.tag}"
        self.cloudwatch.put_metric_alarm(
            AlarmName=self.alarm,
            Namespace="Shop",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        self.cloudwatch.set_alarm_state(AlarmName=self.alarm, StateValue="OK", StateReason="calm")
        self.vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.topic, self.inbox = self._make_topic()

    def make_hosts(self, count: int, zone: str = "zone-a") -> list[str]:
        launched = self.ec2.run_instances(
            ImageId="ami-12345678", InstanceType="t3.micro", MinCount=count, MaxCount=count
        )
        hosts = [one["InstanceId"] for one in launched["Instances"]]
        self.ec2.create_tags(Resources=hosts, Tags=[{"Key": "zone", "Value": zone}])
        return hosts

    def make_group(self, name: str, *hosts: str) -> str:
        made = self.elb.create_target_group(Name=f"{name}-{self.tag}", Protocol="HTTP", Port=80, VpcId=self.vpc)
        arn: str = made["TargetGroups"][0]["TargetGroupArn"]
        if hosts:
            self.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": one} for one in hosts])
        return arn

    def make_balancer(self, **listener: Any) -> tuple[str, str]:
        """Give its name and its listener's ARN."""
        subnets = [one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]][:2]
        name = f"lb-{self.tag}"
        arn = self.elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        made = self.elb.create_listener(LoadBalancerArn=arn, **listener)
        return name, made["Listeners"][0]["ListenerArn"]

    def make_service(self) -> dict[str, str]:
        """Make an ECS service on the first of two revisions."""
        cluster, service = f"main-{self.tag}", f"web-{self.tag}"
        self.ecs.create_cluster(clusterName=cluster)
        for _ in range(2):
            self.ecs.register_task_definition(
                family=service, containerDefinitions=[{"name": "web", "image": "web", "memory": 128}]
            )
        self.ecs.create_service(cluster=cluster, serviceName=service, taskDefinition=f"{service}:1", desiredCount=1)
        return {"cluster": cluster, "service": service}

    def read_service(self, made: dict[str, str]) -> str:
        found = self.ecs.describe_services(cluster=made["cluster"], services=[made["service"]])["services"][0]
        return str(found["taskDefinition"]).rpartition("/")[2]

    def read_members(self, group: str) -> set[str]:
        answer = self.elb.describe_target_health(TargetGroupArn=group)
        return {one["Target"]["Id"] for one in answer["TargetHealthDescriptions"]}

    def read_news(self) -> list[str]:
        """Give the subjects of what was told to people."""
        found = self.cloud.client("sqs").receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10)
        return [json.loads(one["Body"])["Subject"] for one in found.get("Messages", [])]

    def _make_topic(self) -> tuple[str, str]:
        sns, sqs = self.cloud.client("sns"), self.cloud.client("sqs")
        topic = sns.create_topic(Name=f"ops-{self.tag}")["TopicArn"]
        queue = sqs.create_queue(QueueName=f"ops-{self.tag}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sent = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [sent]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic, queue


def explain(ended: Ended) -> str:
    return f"{ended['state']}: {ended.get('error')}: {ended.get('cause')}"


@pytest.fixture(scope="module")
def widened(cloud: Cloud, outputs: dict[str, str]) -> None:
    """Widen the roles whose resources the local AWS does not know: of these only the actions are proven."""
    for atom in sorted(UNLIMITED):
        World(cloud, "e2e", outputs).widen(atom)


@pytest.fixture
def ground(cloud: Cloud, widened: None) -> Ground:
    del widened
    return Ground(cloud)


@pytest.fixture
def api(cloud: Cloud, outputs: dict[str, str]) -> ApiClient:
    return ApiClient(make_principal(cloud, f"op-{uuid4().hex[:6]}"), outputs)


@pytest.fixture
def play(api: ApiClient) -> Play:
    """Start a workflow over the API, and give its dispatch when it is over; `meanwhile` is asked until it is true."""

    eventually: Callable[[Callable[[], Any]], Any] = Retrying(
        retry=retry_if_result(lambda answer: not answer), wait=wait_fixed(0.1), stop=stop_after_delay(_PATIENCE_S)
    )

    def start(name: str, given: dict[str, Any], meanwhile: Callable[[], bool] = lambda: True) -> Ended:
        dispatch = api.start(name, given)["id"]
        eventually(meanwhile)

        def read() -> Ended | None:
            found = api.read_dispatch(dispatch)
            return found if found["state"] in _ENDS else None

        ended: Ended = eventually(read)
        return ended

    return start


def test_ecs_deploy_brings_the_new_revision_behind_the_circuit_breaker(ground: Ground, play: Play) -> None:
    made = ground.make_service()
    revision = f"{made['service']}:2"
    given = {**made, "task_definition": revision, "bake": 1, "alarm": ground.alarm, "topic": ground.topic}
    assert (ended := play("ecs_deploy", given))["state"] == "succeeded", explain(ended)
    assert ground.read_service(made) == revision
    found = ground.ecs.describe_services(cluster=made["cluster"], services=[made["service"]])["services"][0]
    assert found["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_secret_rotate_makes_a_new_version_current_and_restarts_who_reads_it(ground: Ground, play: Play) -> None:
    secrets = ground.cloud.client("secretsmanager")
    name = f"prod/db-{ground.tag}"
    first = secrets.create_secret(Name=name, SecretString="not-so-secret")["VersionId"]
    made = ground.make_service()
    before = ground.ecs.describe_services(cluster=made["cluster"], services=[made["service"]])["services"][0]
    ended = play("secret_rotate", {"secret": name.replace("/", ":"), **made, "topic": ground.topic})
    assert ended["state"] == "succeeded", explain(ended)
    stages = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert stages[first] == ["AWSPREVIOUS"]
    assert [one for one, labels in stages.items() if "AWSCURRENT" in labels] == [ended["id"]], (
        "the dispatch is its token"
    )
    after = ground.ecs.describe_services(cluster=made["cluster"], services=[made["service"]])["services"][0]
    assert after["deployments"][0]["id"] != before["deployments"][0]["id"]


def _make_disk(ground: Ground) -> dict[str, str]:
    """Give a host that serves with a data volume, and a snapshot of that."""
    (host,) = ground.make_hosts(1)
    zone = ground.ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"][0]["Placement"]
    made = ground.ec2.create_volume(AvailabilityZone=zone["AvailabilityZone"], Size=8, VolumeType="gp3")
    ground.ec2.attach_volume(VolumeId=made["VolumeId"], InstanceId=host, Device="/dev/sdf")
    snapshot = ground.ec2.create_snapshot(VolumeId=made["VolumeId"])["SnapshotId"]
    group = ground.make_group("disk", host)
    return {
        "host": host, "volume": made["VolumeId"], "device": "/dev/sdf", "snapshot": snapshot, "target_group": group,
        "topic": ground.topic,
    }  # fmt: skip


def _read_disk(ground: Ground, host: str) -> list[str]:
    found = ground.ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [host]}])["Volumes"]
    at = {place["Device"]: one["VolumeId"] for one in found for place in one["Attachments"]}
    return [at["/dev/sdf"]] if "/dev/sdf" in at else []


def _read_state(ground: Ground, host: str) -> str:
    found = ground.ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"][0]
    return str(found["State"]["Name"])


def test_volume_restore_puts_the_snapshot_s_volume_in_place_and_keeps_the_old_one(ground: Ground, play: Play) -> None:
    given = _make_disk(ground)
    assert (ended := play("volume_restore", given))["state"] == "succeeded", explain(ended)
    (now,) = _read_disk(ground, given["host"])
    found = {one["VolumeId"]: one for one in ground.ec2.describe_volumes(VolumeIds=[now, given["volume"]])["Volumes"]}
    assert (found[now]["SnapshotId"], found[given["volume"]]["State"]) == (given["snapshot"], "available")
    assert _read_state(ground, given["host"]) == "running"
    assert ground.read_members(given["target_group"]) == {given["host"]}


def test_volume_restore_that_fails_late_puts_the_old_volume_back_and_tells(ground: Ground, play: Play) -> None:
    given = _make_disk(ground)

    def lose_the_target_group() -> bool:
        if _read_state(ground, given["host"]) != "stopped":
            return False
        ground.elb.delete_target_group(TargetGroupArn=given["target_group"])
        return True

    ended = play("volume_restore", given, lose_the_target_group)
    assert (ended["state"], ended["error"]) == ("holding", "NotFound")
    assert _read_disk(ground, given["host"]) == [given["volume"]]
    assert _read_state(ground, given["host"]) == "running"
    assert ground.read_news() == ["Volume not restored"]


def test_certificate_renew_proves_the_domain_and_shows_the_new_certificate(ground: Ground, play: Play) -> None:
    acm, dns = ground.cloud.client("acm"), ground.cloud.client("route53")
    domain = f"shop-{ground.tag}.example.com"
    old = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    zone = dns.create_hosted_zone(Name="example.com", CallerReference=ground.tag)["HostedZone"]["Id"].rpartition("/")[2]
    group = ground.make_group("tls", *ground.make_hosts(1))
    balancer, listener = ground.make_balancer(
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": old}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    given = {"domain": domain, "hosted_zone": zone, "expiring": old, "load_balancer": balancer, "target_group": group}
    ended = play("certificate_renew", given | {"bake": 1, "alarm": ground.alarm, "topic": ground.topic})
    assert ended["state"] == "succeeded", explain(ended)
    shown = ground.elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Certificates"]
    assert shown != [{"CertificateArn": old}]
    (now,) = (one["CertificateArn"] for one in shown)
    record = acm.describe_certificate(CertificateArn=now)["Certificate"]["DomainValidationOptions"][0]["ResourceRecord"]
    written = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert record["Value"] in [value["Value"] for one in written for value in one.get("ResourceRecords", [])]


def _make_scaling(ground: Ground, size: int) -> str:
    scaling = ground.cloud.client("autoscaling")
    name = f"asg-{ground.tag}"
    scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.micro")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=name,
        MinSize=0,
        MaxSize=5,
        DesiredCapacity=size,
        AvailabilityZones=["us-east-1a"],
    )
    return name


def _read_desired(ground: Ground, name: str) -> int:
    scaling = ground.cloud.client("autoscaling")
    groups = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return int(groups[0]["DesiredCapacity"])


def test_zone_evacuate_adds_capacity_elsewhere_and_takes_out_hosts_of_that_zone_only(
    ground: Ground, play: Play
) -> None:
    leaving, staying = ground.make_hosts(2, "zone-b"), ground.make_hosts(2, "zone-a")
    group = ground.make_group("zone", *leaving, *staying)
    scaling = _make_scaling(ground, 2)
    given = {"zone": "zone-b", "target_group": group, "group": scaling, "desired": 4, "least": 4, "topic": ground.topic}
    assert (ended := play("zone_evacuate", given | {"hosts": leaving}))["state"] == "succeeded", explain(ended)
    assert ground.read_members(group) == set(staying)
    assert _read_desired(ground, scaling) == 4
    refused = play("zone_evacuate", given | {"hosts": staying})
    assert refused["error"] == "WrongZone"
    assert ground.read_members(group) == set(staying)
