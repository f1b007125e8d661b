"""The rest of the library on moto, each atom with exactly its rights; and what moto does not have, named."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.atoms.contract import Proof
from chalicelib.atoms.dry_run import DryClients, WouldAct
from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet
from chalicelib.atoms.registry import get_atoms
from chalicelib.atoms.ssm.get_parameter import SecretRefused
from chalicelib.aws.clients import SessionClients
from tests.integration.account import Account, open_account

Story = Callable[[Account], object]
STORIES: dict[str, Story] = {}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with open_account(monkeypatch) as opened:
        yield opened


def story(*names: str) -> Callable[[Story], Story]:
    """Register what proves these atoms on moto."""

    def register(tell: Story) -> Story:
        STORIES.update(dict.fromkeys(names, tell))
        return tell

    return register


def make_group(account: Account, size: int = 2) -> list[str]:
    """Make an Auto Scaling group called `web` and give its hosts."""
    scaling = boto3.client("autoscaling")
    image = account.ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    scaling.create_launch_configuration(LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="lc",
        MinSize=0,
        MaxSize=5,
        DesiredCapacity=size,
        VPCZoneIdentifier=account.subnet,
    )
    found = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"][0]
    return [one["InstanceId"] for one in found["Instances"]]


@story("ec2.terminate")
def end_a_host(account: Account) -> None:
    assert account.run("ec2.terminate", instance_id=account.host)["changed"] is True
    assert account.run("ec2.terminate", instance_id=account.host)["changed"] is False
    assert account.state() == "terminated"


@story("ec2.snapshot", "ec2.wait_snapshot")
def copy_a_host(account: Account) -> None:
    first = account.run("ec2.snapshot", instance_id=account.host)
    assert first["started"] is True
    again = account.run("ec2.snapshot", instance_id=account.host)
    assert (again["started"], again["snapshot_ids"]) == (False, first["snapshot_ids"])
    assert account.run("ec2.wait_snapshot", snapshot_ids=first["snapshot_ids"])
    with pytest.raises(NotFound):
        account.run("ec2.wait_snapshot", snapshot_ids=["snap-00000000000000000"])
    account.called["ec2.snapshot"].add("ec2:CreateTags")  # EC2 asks for it by itself, for the tag in the request


@story("ec2.tag")
def mark_a_host(account: Account) -> None:
    answer = account.run("ec2.tag", instance_id=account.host, tags={"service": "ledger", "new": "x"})
    assert (answer["previous"], answer["labels"]["new"]) == ({"service": "checkout"}, "x")
    assert account.events()[0]["detail"]["labels"]["service"] == "ledger"


@story("elb.shift_weights")
def shift_traffic(account: Account) -> None:
    subnet = account.ec2.create_subnet(VpcId=account.vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b")
    subnets = [account.subnet, subnet["Subnet"]["SubnetId"]]
    balancer = account.elb.create_load_balancer(Name="shop", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    made = account.elb.create_target_group(Name="green", Protocol="HTTP", Port=8080, VpcId=account.vpc)
    other = made["TargetGroups"][0]["TargetGroupArn"]
    listener = account.elb.create_listener(
        LoadBalancerArn=balancer,
        Port=80,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": account.group}],
    )["Listeners"][0]["ListenerArn"]
    account.elb.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": account.group}],
    )
    given: dict[str, Any] = {"load_balancer": "shop", "port": 80, "weights": {account.group: 90, other: 10}}
    for more in ({}, {"rule": 10}):
        first = account.run("elb.shift_weights", **given, **more)
        assert (first["previous"], first["changed"]) == ({account.group: 1}, True)
        assert account.run("elb.shift_weights", **given, **more)["changed"] is False
    with pytest.raises(NotFound):
        account.run("elb.shift_weights", **given | {"load_balancer": "other"})


@story("autoscaling.set_capacity", "autoscaling.wait_steady")
def grow_a_group(account: Account) -> None:
    hosts = make_group(account)
    assert account.run("autoscaling.wait_steady", group="web") == {"group": "web", "desired": 2, "hosts": sorted(hosts)}
    answer = account.run("autoscaling.set_capacity", group="web", desired=3)
    assert (answer["previous"], answer["desired"]) == (2, 3)
    with pytest.raises(InputInvalid):
        account.run("autoscaling.set_capacity", group="web", desired=6)
    with pytest.raises(NotFound):
        account.run("autoscaling.set_capacity", group="other", desired=1)


@story("autoscaling.describe_group")
def list_a_group(account: Account) -> None:
    hosts = make_group(account)
    answer = account.run("autoscaling.describe_group", group="web")
    assert [(one["instance_id"], one["state"]) for one in answer["instances"]] == [
        (one, "running") for one in sorted(hosts)
    ]
    assert {one["labels"]["group"] for one in answer["instances"]} == {"web"}
    seen = {one["detail"]["object"] for one in account.events()}
    assert seen == {"group/web", *(f"host/{one}" for one in hosts)}
    with pytest.raises(NotFound):
        account.run("autoscaling.describe_group", group="other")


@story("elb.describe_targets")
def list_a_target_group(account: Account) -> None:
    account.elb.register_targets(TargetGroupArn=account.group, Targets=[{"Id": account.host, "Port": 8080}])
    for group in ("web", account.group):
        answer = account.run("elb.describe_targets", target_group=group)
        assert [(one["id"], one["port"]) for one in answer["targets"]] == [(account.host, 8080)]
        [shown] = answer["instances"]
        assert (shown["state"], shown["labels"]["target_group:web"]) == ("running", "registered")
    with pytest.raises(NotFound):
        account.run("elb.describe_targets", target_group="other")


@story("autoscaling.enter_standby", "autoscaling.exit_standby")
def set_a_host_aside(account: Account) -> None:
    host, _ = make_group(account)
    assert account.run("autoscaling.enter_standby", instance_id=host)["state"] == "Standby"
    assert account.run("autoscaling.enter_standby", instance_id=host)["changed"] is False
    assert account.run("autoscaling.exit_standby", instance_id=host)["changed"] is True
    assert account.run("autoscaling.exit_standby", instance_id=host)["changed"] is False
    with pytest.raises(NotFound):
        account.run("autoscaling.enter_standby", instance_id=account.host)


@story("autoscaling.terminate_instance")
def end_a_host_of_a_group(account: Account) -> None:
    host, _ = make_group(account)
    assert account.run("autoscaling.terminate_instance", instance_id=host, replace=False)["changed"] is True
    repeated = account.run("autoscaling.terminate_instance", instance_id=host, replace=False)
    assert repeated == {"instance_id": host, "state": "terminated", "changed": False}
    groups = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert groups[0]["DesiredCapacity"] == 1


@story("autoscaling.suspend_processes", "autoscaling.resume_processes")
def freeze_a_group(account: Account) -> None:
    make_group(account)
    given = {"group": "web", "processes": ["AZRebalance", "ReplaceUnhealthy"]}
    frozen = account.run("autoscaling.suspend_processes", **given)
    assert frozen["changed"] == frozen["suspended"] == ["AZRebalance", "ReplaceUnhealthy"]
    assert account.run("autoscaling.suspend_processes", **given)["changed"] == []
    assert account.run("autoscaling.resume_processes", **given)["suspended"] == []


@story("ecs.scale", "ecs.roll_back")
def run_a_service(account: Account) -> None:
    ecs = boto3.client("ecs")
    ecs.create_cluster(clusterName="main")
    for _ in range(2):
        container: Any = {"name": "web", "image": "web", "memory": 128}
        ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster="main", serviceName="web", taskDefinition="web:2", desiredCount=1)
    service = {"cluster": "main", "service": "web"}
    assert account.run("ecs.force_deployment", **service)["started"] is False
    assert account.run("ecs.scale", **service, desired=2)["previous"] == 1
    assert account.run("ecs.scale", **service, desired=2)["changed"] is False
    back = account.run("ecs.roll_back", **service, task_definition="web:1")
    assert (back["previous"], back["task_definition"]) == ("web:2", "web:1")
    with pytest.raises(NotFound):
        account.run("ecs.scale", cluster="main", service="other", desired=1)
    with pytest.raises(NotFound):
        account.run("ecs.scale", cluster="other", service="web", desired=1)


@story("ecs.describe_services")
def list_services(account: Account) -> None:
    ecs = boto3.client("ecs")
    ecs.create_cluster(clusterName="main")
    container: Any = {"name": "web", "image": "web", "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    for number in range(12):
        tags: Any = [{"key": "team", "value": "shop" if number % 2 else "ledger"}]
        ecs.create_service(
            cluster="main", serviceName=f"shop-{number:02}", taskDefinition="web:1", desiredCount=1, tags=tags
        )
    answer = account.run("ecs.describe_services", cluster="main", name="shop-0*", tags={"team": "shop"})
    assert [one["service"] for one in answer["services"]] == ["shop-01", "shop-03", "shop-05", "shop-07", "shop-09"]
    assert len(account.run("ecs.describe_services", cluster="main")["services"]) == 12
    labels = account.events()[0]["detail"]["labels"]
    assert labels.items() >= {"cluster": "main", "ecs_service": "shop-01", "team": "shop"}.items()
    with pytest.raises(NotFound):
        account.run("ecs.describe_services", cluster="other")


@story("rds.snapshot", "rds.snapshot_instance", "rds.wait", "rds.wait_instance")
def copy_a_database(account: Account) -> None:
    rds = boto3.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="main", Engine="aurora-mysql", MasterUsername="u", MasterUserPassword="secret-123"
    )
    rds.create_db_instance(DBInstanceIdentifier="db-1", DBInstanceClass="db.r5.large", Engine="mysql",
                           AllocatedStorage=20, MasterUsername="u", MasterUserPassword="secret-123")  # fmt: skip
    for database, take, wait in (
        ("main", "rds.snapshot", "rds.wait"),
        ("db-1", "rds.snapshot_instance", "rds.wait_instance"),
    ):
        with pytest.raises(NotFound):
            account.run(wait, database=database, snapshot_id="interlock-none")
        first = account.run(take, database=database)
        assert first["started"] is True
        assert account.run(take, database=database)["started"] is False
        assert account.run(wait, database=database, snapshot_id=first["snapshot_id"])["status"] == "available"
    with pytest.raises(NotFound):
        account.run("rds.wait", database="other")


@story("ec2.create_volume", "ec2.wait_volume", "ec2.detach_volume", "ec2.attach_volume")
def swap_a_disk(account: Account) -> None:
    old = account.ec2.create_volume(AvailabilityZone="us-east-1a", Size=8, VolumeType="gp3")["VolumeId"]
    account.ec2.attach_volume(VolumeId=old, InstanceId=account.host, Device="/dev/sdf")
    snapshot = account.ec2.create_snapshot(VolumeId=old)["SnapshotId"]
    made = account.run("ec2.create_volume", instance_id=account.host, like=old, snapshot_id=snapshot)
    assert (
        account.run("ec2.create_volume", instance_id=account.host, like=old, snapshot_id=snapshot)["started"] is False
    )
    place = {"instance_id": account.host, "device": "/dev/sdf"}
    assert account.run("ec2.wait_volume", volume_id=made["volume_id"], state="available")
    assert account.run("ec2.detach_volume", volume_id=old, **place)["changed"] is True
    assert account.run("ec2.detach_volume", volume_id=old, **place)["changed"] is False
    assert account.run("ec2.attach_volume", volume_id=made["volume_id"], **place)["changed"] is True
    assert account.run("ec2.wait_volume", volume_id=made["volume_id"], state="in-use")
    with pytest.raises(NotYet):
        account.run("ec2.wait_volume", volume_id=old, state="in-use")
    account.called["ec2.create_volume"].add("ec2:CreateTags")  # EC2 asks for it by itself, for the tags in the request


@story("acm.request", "acm.wait_record", "acm.wait_issued", "elb.set_certificate")
def renew_a_certificate(account: Account) -> None:
    made = account.run("acm.request", domain="shop.example.com")["certificate"]
    assert account.run("acm.request", domain="shop.example.com")["certificate"] == made
    assert account.run("acm.wait_record", certificate=made)["type"] == "CNAME"
    with pytest.raises(NotYet):  # moto issues a certificate a minute after it was asked for
        account.run("acm.wait_issued", certificate=made)
    old = boto3.client("acm").request_certificate(DomainName="shop.example.com")["CertificateArn"]
    subnet = account.ec2.create_subnet(VpcId=account.vpc, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1c")
    subnets = [account.subnet, subnet["Subnet"]["SubnetId"]]
    balancer = account.elb.create_load_balancer(Name="tls", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    account.elb.create_listener(
        LoadBalancerArn=balancer,
        Port=443,
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": old}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": account.group}],
    )
    given = {"load_balancer": "tls", "port": 443, "certificate": made}
    assert account.run("elb.set_certificate", **given)["previous"] == old
    assert account.run("elb.set_certificate", **given)["changed"] is False


@story("secretsmanager.wait_version", "secretsmanager.restore_version")
def take_a_rotation_back(account: Account) -> None:
    secrets = boto3.client("secretsmanager")
    first = secrets.create_secret(Name="prod/db", SecretString="one")["VersionId"]
    second = secrets.put_secret_value(SecretId="prod/db", SecretString="two")["VersionId"]
    seen = account.run("secretsmanager.wait_version", secret="prod:db", version_id=second)
    assert (seen["current"], seen["previous"]) == (second, first)
    assert account.run("secretsmanager.restore_version", secret="prod:db", version_id=first)["changed"] is True
    assert account.run("secretsmanager.restore_version", secret="prod:db", version_id=first)["changed"] is False
    assert account.run("secretsmanager.wait_version", secret="prod:db")["current"] == first


@story("ssm.get_parameter")
def read_a_parameter(account: Account) -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/a/plain", Value="v", Type="String")
    ssm.put_parameter(Name="/a/secret", Value="hidden", Type="SecureString")
    assert account.run("ssm.get_parameter", name="/a/plain") == {"name": "/a/plain", "value": "v", "version": 1}
    with pytest.raises(SecretRefused):
        account.run("ssm.get_parameter", name="/a/secret")
    with pytest.raises(NotFound):
        account.run("ssm.get_parameter", name="/a/other")


@story("ssm.run_command")
def run_a_document(account: Account) -> None:
    given = {"instance_id": account.host, "document": "AWS-UpdateSSMAgent"}
    first = account.run("ssm.run_command", **given)
    again = account.run("ssm.run_command", **given)
    assert (first["started"], again["started"]) == (True, False)
    assert first["command_id"] == again["command_id"]


@story("cloudwatch.alarm_state")
def look_at_an_alarm(account: Account) -> None:
    watch = boto3.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="busy",
        MetricName="m",
        Namespace="n",
        Period=60,
        EvaluationPeriods=1,
        Statistic="Sum",
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    watch.set_alarm_state(AlarmName="busy", StateValue="ALARM", StateReason="too many")
    answer = account.run("cloudwatch.alarm_state", alarm="busy")
    assert (answer["state"], answer["reason"]) == ("ALARM", "too many")
    assert account.events()[0]["detail"]["object"] == "alarm/busy"
    with pytest.raises(NotYet):
        account.run("cloudwatch.alarm_state", alarm="busy", wanted="OK")


@story("cloudwatch.compare_metric")
def compare_with_the_past(account: Account) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    data: Any = [
        {"MetricName": "Errors", "Timestamp": now - timedelta(minutes=ago), "Value": value, "Unit": "Count"}
        for start, value in ((2, 30.0), (62, 10.0))
        for ago in range(start, start + 10)
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace="App", MetricData=data)
    answer = account.run("cloudwatch.compare_metric", namespace="App", metric="Errors", statistic="Sum", fail=False)
    assert (answer["present"], answer["past"], answer["passed"]) == (30.0, 10.0, False)
    with pytest.raises(NotYet):
        account.run("cloudwatch.compare_metric", namespace="App", metric="Other")


@pytest.mark.parametrize("tell", list(dict.fromkeys(STORIES.values())), ids=lambda tell: tell.__name__)
def test_on_moto_it_does_what_it_says_with_exactly_its_rights(account: Account, tell: Story) -> None:
    tell(account)
    for name, told_by in STORIES.items():
        if told_by is tell:
            assert account.called[name] == get_atoms()[name].actions, name


def test_the_proof_level_of_every_atom_is_true() -> None:
    told = {*STORIES, "notify.sns"}
    assert {name for name, atom in get_atoms().items() if atom.proof is Proof.MOTO} <= told
    assert {get_atoms()[name].proof for name in told} <= {Proof.MOTO, Proof.MINISTACK}
    assert not [name for name, atom in get_atoms().items() if atom.proof is Proof.NONE]


def test_a_dry_run_asks_ec2_whether_it_would_be_allowed_and_changes_nothing(account: Account) -> None:
    account.dry = True
    answer = account.run("ec2.stop", instance_id=account.host)
    assert answer["would"] == {
        "service": "ec2",
        "operation": "stop_instances",
        "parameters": {"InstanceIds": [account.host]},
        "allowed": True,
    }
    assert account.state() == "running"
    assert account.events() == []


def test_a_dry_run_never_asks_an_emulator_which_would_act(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(WouldAct) as raised:
        DryClients(SessionClients()).get("ec2").start_instances(InstanceIds=[account.host])
    assert raised.value.act["allowed"] is None
