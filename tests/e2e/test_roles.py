"""Every route as every role over the deployed API: created IAM users, signatures and policies checked, never root."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from uuid import uuid4

import pytest

from chalicelib.api.routes import ROUTES
from chalicelib.catalog.model import Access, Grant, Intent, Role
from infra.api import Answer, call_api, find_api_url
from infra.build import build_project, write_bundle
from infra.client import ApiClient
from infra.cloud import Cloud
from infra.demo.principals import make_principal
from infra.deploy import Order, deploy
from infra.project import find_project
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e

RUN = uuid4().hex[:6]
NOBODY, TEAM = f"nobody-{RUN}", f"team-{RUN}"
PATH = {
    "name": "ec2.describe",
    "id": "0" * 20 + "-" + "0" * 20,
    "event": "e-none",
    "kind": "host",
    "source": "json",
}
SENT = {"Idempotency-Key": "k"}


@pytest.fixture(scope="module")
def deployed(cloud: Cloud) -> dict[str, str]:
    """Deploy a stage of its own, whose access file knows these users only."""
    build = build_project(find_project())
    grants = [Grant((f"arn:aws:iam::{{account}}:user/{role}-{RUN}",), role) for role in Role]
    team = Grant(
        (f"arn:aws:iam::{{account}}:user/{TEAM}",), Role.OPERATOR, ("checkout",), ("P1",), up_to=Intent.DISRUPT
    )
    bundle = replace(build.bundle, access=Access((*grants, team)))
    changed = replace(build, bundle=bundle, bundle_text=write_bundle(bundle))
    return deploy(cloud, find_project(), changed, Order("roles"), lambda _line: None)


@pytest.fixture(scope="module")
def people(cloud: Cloud, deployed: dict[str, str]) -> Mapping[str, Cloud]:
    names = [NOBODY, TEAM, *(f"{role}-{RUN}" for role in Role)]
    return {name.rpartition("-")[0]: make_principal(cloud, name) for name in names if deployed}


def ask(person: Cloud, outputs: Mapping[str, str], method: str, path: str) -> Answer:
    url = find_api_url(person, outputs) + path.format_map(PATH)
    return call_api(person, url, method, None if method == "GET" else {}, headers=SENT)


@pytest.mark.parametrize("name", ["nobody", *Role])
def test_every_route_as_every_role(name: str, people: Mapping[str, Cloud], deployed: dict[str, str]) -> None:
    rank = Role(name).rank if name != "nobody" else -1
    for route in (one for one in ROUTES if not one.open):
        given = ask(people[name], deployed, route.method, route.path)
        allowed = route.role is None or rank >= route.role.rank
        assert (given.status != 403) is allowed, (route.name, given)
        assert given.status < 500, (route.name, given)
        if not allowed:
            assert given.body["type"].endswith("no-role" if rank < 0 else "role-too-low"), (route.name, given)
            assert f"user/{name}-{RUN}" in given.body["detail"]


def test_a_team_disrupts_its_own_hosts_and_no_others(
    cloud: Cloud, people: Mapping[str, Cloud], deployed: dict[str, str], eventually: Await
) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "service", "Value": "checkout"}]}]
    launched = cloud.client("ec2").run_instances(
        ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags
    )
    host = launched["Instances"][0]["InstanceId"]
    admin, team = (ApiClient(people[name], deployed) for name in ("admin", "team"))
    url = find_api_url(cloud, deployed) + "/v1/dispatches"
    body = {"name": "ec2.reboot", "input": {"instance_id": host}}

    def start(key: str) -> Answer:
        return call_api(people["team"], url, "POST", body, headers={"Idempotency-Key": key})

    refused = start("unknown")
    assert (refused.status, refused.body["type"].rpartition(":")[2]) == (403, "out-of-scope")
    assert "no service" in refused.body["detail"], "nothing has said yet whose host that is"
    described = admin.start("ec2.describe", {"instance_ids": [host]})["id"]
    eventually(lambda: admin.read_dispatch(described)["state"] == "succeeded")
    started = eventually(lambda: found if (found := start(uuid4().hex)).status != HTTPStatus.FORBIDDEN else None)
    assert started.status in {201, 202}, started
    assert admin.read_dispatch(started.body["id"])["requested"]["principal"].endswith(TEAM)
    assert [one["id"] for one in team.list_dispatches(5)], "reading is not limited"

    url = find_api_url(cloud, deployed) + f"/v1/audit?principal=arn%3Aaws%3Aiam%3A%3A000000000000%3Auser%2F{TEAM}"
    entries = call_api(people["admin"], url).body["entries"]
    assert {(one["status"], one["problem"]) for one in entries} >= {(403, "out-of-scope"), (started.status, None)}
