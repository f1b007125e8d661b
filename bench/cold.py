"""Cold and warm calls of atoms' functions on the local AWS, against a function that does nothing on the same runtime.

Milliseconds here are this machine's and MiniStack's; the ratios to the empty function are what an atom adds. A call is
cold when a function has just been given another configuration, which ends its process.
"""

import io
import json
import stat
import statistics
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from infra.build import build_project
from infra.cloud import Cloud, open_local
from infra.deploy import Order, deploy
from infra.local.server import Site, find_program, running_local
from infra.project import Project, find_project

COLD, WARM = 7, 40
EMPTY = "def handler(event, context):\n    return {}\n"


def make_empty(cloud: Cloud, project: Project) -> str:
    """Create the function that does nothing, with the runtime client that atoms run by."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = (stat.S_IFREG | 0o755) << 16
    python = project.local / "lambda" / "bin" / "python"
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(entry, f'#!/bin/sh\ncd "$LAMBDA_TASK_ROOT"\nexec "{python}" -m awslambdaric "$_HANDLER"\n')
        archive.writestr("empty.py", EMPTY)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = cloud.client("iam").create_role(RoleName="empty", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    cloud.client("lambda").create_function(
        FunctionName="empty", Runtime="provided.al2023", Handler="empty.handler", Role=role,
        Code={"ZipFile": code.getvalue()},
    )  # fmt: skip
    return "empty"


def prepare(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """Launch a host behind nothing, and give each atom an input that it can work on again and again."""
    ec2, balancers = cloud.client("ec2"), cloud.client("elbv2")
    launched = ec2.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    host = launched["Instances"][0]["InstanceId"]
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = balancers.create_target_group(Name="bench", Protocol="HTTP", Port=80, VpcId=network)
    group = made["TargetGroups"][0]["TargetGroupArn"]
    return {
        "ec2.start": {"instance_id": host},
        "ec2.describe": {"instance_ids": [host]},
        "elb.register": {"instance_id": host, "target_group": group},
    }


def time_call(cloud: Cloud, function: str, payload: bytes) -> float:
    began = time.perf_counter()
    answer = cloud.client("lambda").invoke(FunctionName=function, Payload=payload)
    took = time.perf_counter() - began
    assert answer.get("FunctionError") is None, answer["Payload"].read()
    return took * 1000


def time_function(cloud: Cloud, function: str, payload: bytes) -> dict[str, float]:
    functions = cloud.client("lambda")
    variables = functions.get_function_configuration(FunctionName=function).get("Environment", {}).get("Variables", {})
    cold = []
    for number in range(COLD):
        changed = {**variables, "BENCH": str(number)}
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": changed})
        cold.append(time_call(cloud, function, payload))
    warm = [time_call(cloud, function, payload) for _ in range(WARM)]
    return {"cold": statistics.median(cold), "warm": statistics.median(warm)}


def write_payload(given: dict[str, Any]) -> bytes:
    dispatch = {"id": "bench", "fence": 1, "object": "host/i-1", "tier": "P1", "root_id": "e", "hops": 0, "fences": {}}
    return json.dumps({"input": given, "dispatch": dispatch, "step": "s"}).encode()


def measure() -> dict[str, Any]:
    project = find_project()
    with tempfile.TemporaryDirectory() as folder, running_local(Site(find_program(project), Path(folder))) as running:
        cloud = open_local(running.endpoint)
        deploy(cloud, project, build_project(project), Order("bench"), lambda _line: None)
        found = {"empty": time_function(cloud, make_empty(cloud, project), b"{}")}
        for name, given in prepare(cloud).items():
            found[name] = time_function(cloud, f"interlock-bench-{name.replace('.', '_')}", write_payload(given))
    floor = found["empty"]
    return {
        "median_ms": {name: {kind: round(one[kind]) for kind in one} for name, one in found.items()},
        "over_the_empty_function": {
            name: {kind: round(one[kind] / floor[kind], 2) for kind in one} for name, one in found.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
