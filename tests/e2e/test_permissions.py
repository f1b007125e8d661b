"""One permission away: on the local AWS with IAM enforced, each action of a role is needed, and its atom says which it lacks."""

import copy
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chalicelib.atoms.contract import Proof
from chalicelib.atoms.registry import get_atoms
from infra.build import build_project
from infra.cloud import Cloud
from infra.deploy import Order, deploy
from infra.project import Project, find_project
from infra.scaffold.create import create_content

pytestmark = pytest.mark.e2e

SAMPLE = ("ec2.stop", "ec2.tag", "elb.register")
"""Those that are run with every `make e2e`; the rest are slow: `make permissions`."""
UNSEEN = {"logs:CreateLogStream", "logs:PutLogEvents"}
"""Lambda's own writing, which the local AWS does itself."""


@dataclass
class World:
    """The local AWS with a function for every atom, and things for them to work on."""

    cloud: Cloud
    stage: str
    outputs: dict[str, str]
    numbers: Iterator[int] = field(default_factory=count)

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def name(self) -> str:
        return f"thing-{next(self.numbers)}"

    def host(self, *, stopped: bool = False) -> str:
        launched = self.client("ec2").run_instances(
            ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1
        )
        host: str = launched["Instances"][0]["InstanceId"]
        if stopped:
            self.client("ec2").stop_instances(InstanceIds=[host])
        return host

    def target_group(self) -> str:
        network = self.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        made = self.client("elbv2").create_target_group(Name=self.name(), Protocol="HTTP", Port=80, VpcId=network)
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def registered(self) -> dict[str, str]:
        group, host = self.target_group(), self.host()
        self.client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": host}])
        return {"target_group": group, "instance_id": host}

    def scaling_group(self) -> str:
        scaling, name = self.client("autoscaling"), self.name()
        scaling.create_launch_configuration(
            LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.micro"
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName=name, MinSize=0, MaxSize=9, DesiredCapacity=1,
            AvailabilityZones=["us-east-1a"],
        )  # fmt: skip
        return name

    def grouped(self) -> dict[str, str]:
        return {"group": self.scaling_group()}

    def service(self) -> dict[str, str]:
        ecs, name = self.client("ecs"), self.name()
        ecs.create_cluster(clusterName=name)
        for _ in range(2):
            container = {"name": "web", "image": "web", "memory": 128}
            ecs.register_task_definition(family=name, containerDefinitions=[container])
        ecs.create_service(cluster=name, serviceName="web", taskDefinition=f"{name}:2", desiredCount=0)
        return {"cluster": name, "service": "web"}

    def cluster(self) -> str:
        name = self.name()
        self.client("rds").create_db_cluster(
            DBClusterIdentifier=name, Engine="aurora-mysql", MasterUsername="u", MasterUserPassword="secret-123"
        )
        return name

    def snapshot(self) -> dict[str, str]:
        database, snapshot = self.cluster(), self.name()
        self.client("rds").create_db_cluster_snapshot(
            DBClusterIdentifier=database, DBClusterSnapshotIdentifier=snapshot
        )
        return {"database": database, "snapshot_id": snapshot}

    def parameter(self) -> str:
        name = f"/{self.name()}"
        self.client("ssm").put_parameter(Name=name, Value="v", Type="String")
        return name

    def alarm(self) -> str:
        name = self.name()
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Statistic="Sum",
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        return name

    def topic(self) -> str:
        return str(self.client("sns").create_topic(Name=self.name())["TopicArn"])

    def run(self, atom: str, given: dict[str, Any]) -> tuple[str | None, Any]:
        """Call an atom's function; gives its error's name, if it failed, and its answer or message."""
        key = "Function" + "".join(part.capitalize() for part in atom.replace(".", "_").split("_"))
        dispatch = {"id": self.name(), "fence": 1, "object": "host/i-1", "tier": "P1", "root_id": "e", "hops": 0}
        payload = {"input": given, "dispatch": {**dispatch, "fences": {}}, "step": "s"}
        answer = self.client("lambda").invoke(FunctionName=self.outputs[key], Payload=json.dumps(payload))
        body = json.loads(answer["Payload"].read())
        return (body["errorType"], body["errorMessage"]) if answer.get("FunctionError") else (None, body)

    def role(self, atom: str) -> tuple[str, str, dict[str, Any]]:
        """Give a role's name, its policy's name and the document."""
        iam = self.client("iam")
        role = f"interlock-{self.stage}-{atom.replace('.', '_')}-{self.cloud.region}"
        [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        return role, policy, json.loads(document) if isinstance(document, str) else document

    @contextmanager
    def without(self, atom: str, action: str) -> Iterator[None]:
        """Take an action away from an atom's role for a while."""
        role, policy, document = self.role(atom)
        less = copy.deepcopy(document)
        for statement in less["Statement"]:
            statement["Action"] = [one for one in statement["Action"] if one != action] or ["none:Nothing"]
        put = self.client("iam").put_role_policy
        put(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
        try:
            yield
        finally:
            put(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    def widen(self, atom: str) -> None:
        """Let an atom's role do what it may on everything."""
        role, policy, document = self.role(atom)
        for statement in document["Statement"]:
            statement.update({"Resource": "*"})
            statement.pop("Condition", None)
        self.client("iam").put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    def actions(self, atom: str) -> list[str]:
        """Give what an atom's role allows and the local AWS asks for."""
        statements = self.role(atom)[2]["Statement"]
        return sorted({action for one in statements for action in one["Action"]} - UNSEEN)


Place = Callable[[World], dict[str, Any]]
PLACES: dict[str, Place] = {
    "autoscaling.describe_group": World.grouped,
    "autoscaling.set_capacity": lambda world: {"group": world.scaling_group(), "desired": 2},
    "autoscaling.wait_steady": lambda world: {"group": world.scaling_group()},
    "cloudwatch.alarm_state": lambda world: {"alarm": world.alarm()},
    "ec2.describe": lambda world: {"instance_ids": [world.host()]},
    "ec2.reboot": lambda world: {"instance_id": world.host()},
    "ec2.start": lambda world: {"instance_id": world.host(stopped=True)},
    "ec2.stop": lambda world: {"instance_id": world.host()},
    "ec2.tag": lambda world: {"instance_id": world.host(), "tags": {"patched": "yes"}},
    "ec2.terminate": lambda world: {"instance_id": world.host()},
    "ec2.wait_state": lambda world: {"instance_id": world.host(), "state": "running"},
    "ecs.describe_services": lambda world: {"cluster": world.service()["cluster"]},
    "ecs.roll_back": lambda world: (given := world.service()) | {"task_definition": f"{given['cluster']}:1"},
    "ecs.scale": lambda world: {**world.service(), "desired": 2},
    "ecs.wait_stable": World.service,
    "elb.deregister": World.registered,
    "elb.describe_targets": lambda world: {"target_group": world.registered()["target_group"]},
    "elb.register": lambda world: {"target_group": world.target_group(), "instance_id": world.host()},
    "elb.wait_drained": lambda world: {"target_group": world.target_group(), "instance_id": world.host()},
    "elb.wait_group": lambda world: {"target_group": world.registered()["target_group"], "least": 1},
    "elb.wait_healthy": World.registered,
    "notify.sns": lambda world: {"topic": world.topic(), "subject": "s", "message": "m"},
    "rds.snapshot": lambda world: {"database": world.cluster()},
    "rds.wait": World.snapshot,
    "ssm.get_parameter": lambda world: {"name": world.parameter()},
}
"""What each atom that the local AWS has is given: all that makes it use every right of its role."""
UNLIMITED = {
    "cloudwatch.alarm_state",
    "ec2.tag",
    "ecs.describe_services",
    "ecs.roll_back",
    "ecs.scale",
    "ecs.wait_stable",
    "rds.wait",
}
"""The local AWS does not know the resource of their requests, and denies all but `*`: their roles are widened to it first."""


def open_world(cloud: Cloud, folder: Path, atoms: Collection[str], stage: str) -> World:
    """Deploy a stage that offers these atoms."""
    own = Project(find_project().root, folder / "ops")
    create_content(own)
    (own.policies / "catalog.yaml").write_text(f"kind: catalog\noffer: [{', '.join(atoms)}]\n", encoding="utf-8")
    return World(cloud, stage, deploy(cloud, own, build_project(own), Order(stage), lambda _line: None))


def take_each_away(world: World, atom: str) -> None:
    """Run an atom with all its rights, then without each of them."""
    if atom in UNLIMITED:
        world.widen(atom)
    error, answer = world.run(atom, PLACES[atom](world))
    assert error is None, answer
    for action in world.actions(atom):
        with world.without(atom, action):
            error, message = world.run(atom, PLACES[atom](world))
        expected = "Unavailable" if action == "events:PutEvents" else "AccessDenied"
        assert error == expected, f"{atom} does without {action}: {message}"
        assert f"not authorized to perform: {action}" in message, message
    assert world.run(atom, PLACES[atom](world))[0] is None


@pytest.fixture(scope="module")
def sample(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(cloud, tmp_path_factory.mktemp("sample"), SAMPLE, "less")


@pytest.fixture(scope="module")
def whole(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(cloud, tmp_path_factory.mktemp("whole"), PLACES, "least")


@pytest.mark.parametrize("atom", SAMPLE)
def test_each_right_of_some_atoms_is_needed_and_named(sample: World, atom: str) -> None:
    take_each_away(sample, atom)


@pytest.mark.slow
@pytest.mark.parametrize("atom", PLACES)
def test_each_right_of_every_atom_that_the_local_aws_has_is_needed_and_named(whole: World, atom: str) -> None:
    take_each_away(whole, atom)


def test_an_atom_said_to_be_proven_here_with_its_role_enforced_is() -> None:
    said = {name for name, atom in get_atoms().items() if atom.proof is Proof.MINISTACK}
    assert said <= set(PLACES) - UNLIMITED
