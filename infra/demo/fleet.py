"""A service of six instances behind a target group."""

from dataclasses import dataclass

from infra.cloud import Cloud

SERVICE = "checkout"
ZONES = ("zone-a", "zone-b", "zone-c")
SIZE = 6


@dataclass(frozen=True, slots=True)
class Fleet:
    """What was made."""

    instances: tuple[str, ...]
    target_group: str


def make_fleet(cloud: Cloud, name: str = SERVICE) -> Fleet:
    """Launch the instances and register them in a target group of that name. Zone is a tag: the local AWS has one zone only."""
    ec2, elb = cloud.client("ec2"), cloud.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance")
    target_group = group["TargetGroups"][0]["TargetGroupArn"]
    instances = tuple(_launch(ec2, subnet, target_group, number) for number in range(SIZE))
    elb.register_targets(TargetGroupArn=target_group, Targets=[{"Id": one} for one in instances])
    return Fleet(instances, target_group)


def _launch(ec2: object, subnet: str, target_group: str, number: int) -> str:
    tags = {
        "Name": f"{SERVICE}-{number + 1}",
        "service": SERVICE,
        "zone": ZONES[number % len(ZONES)],
        "target_group": target_group,
    }
    answer = ec2.run_instances(  # type: ignore[attr-defined]
        ImageId="ami-12345678",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        ],
    )
    instance: str = answer["Instances"][0]["InstanceId"]
    return instance


def read_states(cloud: Cloud) -> dict[str, str]:
    """Read every instance's state back from EC2."""
    answer = cloud.client("ec2").describe_instances(Filters=[{"Name": "tag:service", "Values": [SERVICE]}])
    return {
        one["InstanceId"]: one["State"]["Name"]
        for reservation in answer["Reservations"]
        for one in reservation["Instances"]
    }


def read_targets(cloud: Cloud, target_group: str) -> frozenset[str]:
    """Read who is registered. Health is not read: the local AWS calls every target healthy."""
    answer = cloud.client("elbv2").describe_target_health(TargetGroupArn=target_group)
    return frozenset(one["Target"]["Id"] for one in answer["TargetHealthDescriptions"])
