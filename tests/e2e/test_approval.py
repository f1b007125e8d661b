"""A workflow waits for a person on the local AWS: the requester is refused, another user lets it go on, a no undoes it."""

from typing import Any
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from infra.client import ApiClient, ApiForbidden
from infra.cloud import Cloud
from infra.demo.fleet import Fleet, make_fleet
from infra.demo.principals import make_principal
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e


@pytest.fixture
def fleet(cloud: Cloud) -> Fleet:
    return make_fleet(cloud, f"approval-{uuid4().hex[:6]}")


@pytest.fixture
def people(cloud: Cloud, outputs: dict[str, str]) -> tuple[ApiClient, ApiClient, ApiClient]:
    """Two of operations, and one who is nobody's approver."""
    tag = uuid4().hex[:6]
    made = (make_principal(cloud, f"{name}-{tag}") for name in ("ops-ana", "ops-ben", "eve"))
    ana, ben, eve = (ApiClient(one, outputs) for one in made)
    return ana, ben, eve


def wait_for_question(api: ApiClient, fleet: Fleet, host: str, eventually: Await) -> dict[str, Any]:
    given = {"host": host, "target_group": fleet.target_group, "why": "Its disk is failing."}
    dispatch = api.start("host_retire", given)["id"]
    (asked,) = eventually(lambda: api.list_approvals(dispatch))
    assert asked["asks"] == f"{host} serves nobody now. Stop it for good? Its disk is failing."
    found: dict[str, Any] = asked
    return found


def test_another_user_approves_over_the_api_and_the_workflow_goes_on(
    cloud: Cloud, fleet: Fleet, people: tuple[ApiClient, ApiClient, ApiClient], eventually: Await
) -> None:
    ana, ben, eve = people
    host = fleet.instances[0]
    asked = wait_for_question(ana, fleet, host, eventually)
    assert asked["id"] in [one["id"] for one in ben.list_approvals()]
    for who, why in ((ana, "nobody approves what they have asked for"), (eve, "not one of those who are asked")):
        with pytest.raises(ApiForbidden, match=why):
            who.reply(asked["id"], "approve", asked["hash"], "mine")
    assert ana.read_dispatch(asked["dispatch"])["state"] == "running"

    done = ben.reply(asked["id"], "approve", asked["hash"], "I have looked")
    assert (done["changed"], done["approval"]["state"]) == (True, "approved")
    eventually(lambda: ana.read_dispatch(asked["dispatch"])["state"] == "succeeded")
    found = cloud.client("ec2").describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "stopped"


def test_a_no_fails_the_step_and_takes_back_what_was_done(
    cloud: Cloud, fleet: Fleet, people: tuple[ApiClient, ApiClient, ApiClient], eventually: Await
) -> None:
    ana, ben, _ = people
    host = fleet.instances[1]
    asked = wait_for_question(ana, fleet, host, eventually)
    ben.reply(asked["id"], "reject", asked["hash"], "it is the last one")
    eventually(lambda: ana.read_dispatch(asked["dispatch"])["outcome"] == "failed")
    assert ana.read_dispatch(asked["dispatch"])["error"] == "ApprovalRejected"
    health = cloud.client("elbv2").describe_target_health(TargetGroupArn=fleet.target_group)["TargetHealthDescriptions"]
    assert host in [one["Target"]["Id"] for one in health]


def test_a_broken_execution_voids_what_it_asked(
    fleet: Fleet, people: tuple[ApiClient, ApiClient, ApiClient], eventually: Await
) -> None:
    ana, _, _ = people
    asked = wait_for_question(ana, fleet, fleet.instances[2], eventually)
    ana.break_dispatch(asked["dispatch"], "not needed")
    eventually(lambda: ana.read_approval(asked["id"])["state"] == "void")


def test_a_person_without_an_iam_identity_answers_by_a_signed_link(
    cloud: Cloud, fleet: Fleet, people: tuple[ApiClient, ApiClient, ApiClient], eventually: Await
) -> None:
    ana, ben, _ = people
    cloud.client("secretsmanager").create_secret(Name="interlock/e2e/webhooks/approval-links", SecretString="c0ffee")
    asked = wait_for_question(ana, fleet, fleet.instances[3], eventually)
    with pytest.raises(ApiForbidden, match="nobody approves what they have asked for"):
        ana.make_link(asked["id"], "ops-carl", 600)
    url = ben.make_link(asked["id"], "ops-carl", 600)["url"]

    status, page = browse("GET", url)
    assert (status, "serves nobody now" in page, "<form" in page) == (200, True, True)
    assert ana.read_approval(asked["id"])["state"] == "pending"
    assert browse("POST", url[:-1] + ("0" if url[-1] != "0" else "1"), b"answer=approve&reason=x")[0] == 401
    status, page = browse("POST", url, b"answer=approve&reason=I+have+looked")
    assert (status, "approved" in page) == (200, True)
    eventually(lambda: ana.read_dispatch(asked["dispatch"])["state"] == "succeeded")
    (said,) = ana.read_approval(asked["id"])["answers"]
    assert (said["who"], "ops-ben" in said["issued_by"]) == ("link:ops-carl", True)


def browse(method: str, url: str, form: bytes | None = None) -> tuple[int, str]:
    """Ask as a browser does, unsigned."""
    headers = {"Accept": "text/html,*/*", "Content-Type": "application/x-www-form-urlencoded"}
    answer = URLLib3Session(proxies={}).send(AWSRequest(method, url, data=form, headers=headers).prepare())
    return answer.status_code, answer.text
