import pytest

from chalicelib.atoms.contract import Change
from chalicelib.atoms.ec2 import describe, reboot, start, stop, wait_state
from chalicelib.atoms.ec2.listing import TooManyMatches
from chalicelib.atoms.errors import AccessDenied, InputInvalid, NotFound, NotYet, Rejected, StateUnreachable, Throttled
from chalicelib.atoms.registry import AnyAtom
from tests.unit.atoms.fakes import HOST, FakeAws, client_error


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def test_start_reports_and_emits_the_state_ec2_answers_with(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "stopped")
    answer = aws.run(start.ATOM, instance_id=HOST)
    assert answer == {"instance_id": HOST, "state": "pending", "previous_state": "stopped", "changed": True}
    assert aws.published == [Change(f"host/{HOST}", "pending")]


@pytest.mark.parametrize("state", ["pending", "running"])
def test_start_of_a_started_instance_changes_nothing_and_says_so(aws: FakeAws, state: str) -> None:
    aws.ec2.add(HOST, state)
    answer = aws.run(start.ATOM, instance_id=HOST)
    assert (answer["state"], answer["changed"]) == (state, False)
    assert aws.published == [Change(f"host/{HOST}", state)]


def test_stop_reports_and_emits_the_state_ec2_answers_with(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running")
    answer = aws.run(stop.ATOM, instance_id=HOST)
    assert answer == {"instance_id": HOST, "state": "stopping", "previous_state": "running", "changed": True}
    assert aws.published == [Change(f"host/{HOST}", "stopping")]


@pytest.mark.parametrize("state", ["stopping", "stopped"])
def test_stop_of_a_stopped_instance_changes_nothing_and_says_so(aws: FakeAws, state: str) -> None:
    aws.ec2.add(HOST, state)
    answer = aws.run(stop.ATOM, instance_id=HOST)
    assert (answer["state"], answer["changed"]) == (state, False)


def test_reboot_makes_one_request_and_claims_no_new_state(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running")
    assert aws.run(reboot.ATOM, instance_id=HOST) == {"instance_id": HOST, "requested": True}
    assert aws.ec2.requests == ["RebootInstances"]
    assert aws.published == []


@pytest.mark.parametrize("atom", [start.ATOM, stop.ATOM, reboot.ATOM, wait_state.ATOM])
def test_an_instance_that_does_not_exist_is_not_found(aws: FakeAws, atom: AnyAtom) -> None:
    more = {"state": "running"} if atom is wait_state.ATOM else {}
    with pytest.raises(NotFound, match=r"InvalidInstanceID\.NotFound"):
        aws.run(atom, instance_id=HOST, **more)


@pytest.mark.parametrize("atom", [start.ATOM, stop.ATOM, reboot.ATOM])
def test_a_terminated_instance_is_rejected(aws: FakeAws, atom: AnyAtom) -> None:
    aws.ec2.add(HOST, "terminated")
    with pytest.raises(Rejected, match="Incorrect"):
        aws.run(atom, instance_id=HOST)


@pytest.mark.parametrize("atom", [start.ATOM, stop.ATOM, reboot.ATOM, wait_state.ATOM])
@pytest.mark.parametrize("bad", ["", "0ab1", "i-XYZ", "i-0ab1/../x", "i-0ab1 "])
def test_an_instance_id_that_is_none_is_refused_before_any_request(aws: FakeAws, atom: AnyAtom, bad: str) -> None:
    more = {"state": "running"} if atom is wait_state.ATOM else {}
    with pytest.raises(InputInvalid, match="instance_id"):
        aws.run(atom, instance_id=bad, **more)
    assert aws.ec2.requests == []


def test_wait_state_gives_and_emits_the_reached_state_with_labels(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running", service="checkout")
    answer = aws.run(wait_state.ATOM, instance_id=HOST, state="running")
    assert answer == {"instance_id": HOST, "state": "running", "zone": "us-east-1b"}
    assert aws.published == [Change(f"host/{HOST}", "running", {"service": "checkout", "zone": "us-east-1b"})]


@pytest.mark.parametrize("state", ["pending", "stopped", "stopping"])
def test_wait_state_asks_for_another_look_while_the_state_may_come(aws: FakeAws, state: str) -> None:
    aws.ec2.add(HOST, state)
    aws.ec2.reasons[HOST] = "Server.InternalError"
    with pytest.raises(NotYet, match=rf"is {state} \(Server\.InternalError\), wanted running"):
        aws.run(wait_state.ATOM, instance_id=HOST, state="running")
    assert aws.published == []


@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
@pytest.mark.parametrize("wanted", ["running", "stopped"])
def test_wait_state_ends_when_the_instance_is_being_terminated(aws: FakeAws, state: str, wanted: str) -> None:
    aws.ec2.add(HOST, state)
    with pytest.raises(StateUnreachable, match=state) as raised:
        aws.run(wait_state.ATOM, instance_id=HOST, state=wanted)
    assert not raised.value.transient
    assert [change.state for change in aws.published] == [state]


def test_wait_state_can_wait_for_termination(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "shutting-down")
    with pytest.raises(NotYet):
        aws.run(wait_state.ATOM, instance_id=HOST, state="terminated")
    aws.ec2.add(HOST, "terminated")
    assert aws.run(wait_state.ATOM, instance_id=HOST, state="terminated")["state"] == "terminated"


def test_wait_state_refuses_a_state_that_nobody_waits_for(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="state"):
        aws.run(wait_state.ATOM, instance_id=HOST, state="pending")


def test_describe_by_tags_gives_matching_instances_in_order_and_emits_each(aws: FakeAws) -> None:
    aws.ec2.add("i-2", "stopped", service="checkout", zone="blue")
    aws.ec2.add("i-1", "running", service="checkout")
    aws.ec2.add("i-3", "running", service="ledger")
    answer = aws.run(describe.ATOM, tags={"service": "checkout"})
    assert answer["instances"] == [
        {
            "instance_id": "i-1",
            "state": "running",
            "zone": "us-east-1b",
            "labels": {"zone": "us-east-1b", "service": "checkout"},
        },
        {
            "instance_id": "i-2",
            "state": "stopped",
            "zone": "blue",
            "labels": {"zone": "blue", "service": "checkout"},
        },
    ]
    assert aws.published == [
        Change("host/i-1", "running", {"zone": "us-east-1b", "service": "checkout"}),
        Change("host/i-2", "stopped", {"zone": "blue", "service": "checkout"}),
    ]


def test_a_host_that_auto_scaling_launched_has_its_group_as_a_label_whatever_a_tag_of_that_name_says(
    aws: FakeAws,
) -> None:
    aws.ec2.add(HOST, "running")
    aws.ec2.tags[HOST] = {"aws:autoscaling:groupName": "web", "group": "mine"}
    aws.run(describe.ATOM, instance_ids=[HOST])
    assert aws.published[0].labels["group"] == "web"


def test_describe_by_ids_and_tags_asks_for_both(aws: FakeAws) -> None:
    aws.ec2.add("i-1", "running", service="checkout")
    aws.ec2.add("i-2", "running", service="ledger")
    answer = aws.run(describe.ATOM, instance_ids=["i-1", "i-2"], tags={"service": "ledger"})
    assert [one["instance_id"] for one in answer["instances"]] == ["i-2"]


def test_describe_takes_tag_values_literally(aws: FakeAws) -> None:
    aws.run(describe.ATOM, tags={"service": r"a*b?c\d"})
    assert aws.ec2.queries == [{"Filters": [{"Name": "tag:service", "Values": [r"a\*b\?c\\d"]}]}]


@pytest.mark.parametrize("given", [{}, {"instance_ids": []}, {"tags": {}}, {"instance_ids": None, "tags": None}])
def test_describe_refuses_to_describe_everything(aws: FakeAws, given: dict[str, object]) -> None:
    with pytest.raises(InputInvalid):
        aws.run(describe.ATOM, **given)
    assert aws.ec2.queries == []


def test_describe_fails_rather_than_leave_instances_out(aws: FakeAws) -> None:
    for number in range(3):
        aws.ec2.add(f"i-{number}", "running", service="checkout")
    assert len(aws.run(describe.ATOM, tags={"service": "checkout"}, limit=3)["instances"]) == 3
    with pytest.raises(TooManyMatches, match="more than 2"):
        aws.run(describe.ATOM, tags={"service": "checkout"}, limit=2)


def test_throttling_and_missing_permissions_keep_their_names(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "stopped")
    aws.break_once("ec2", "start_instances", client_error("RequestLimitExceeded", "StartInstances", 503))
    with pytest.raises(Throttled, match="StartInstances: RequestLimitExceeded"):
        aws.run(start.ATOM, instance_id=HOST)
    aws.break_once("ec2", "start_instances", client_error("UnauthorizedOperation", "StartInstances", 403))
    with pytest.raises(AccessDenied, match="StartInstances: UnauthorizedOperation"):
        aws.run(start.ATOM, instance_id=HOST)
    assert aws.ec2.states[HOST] == "stopped"


class _EmptyEc2:
    def describe_instances(self, **_: object) -> dict[str, object]:
        return {"Reservations": [{"Instances": []}]}


def test_wait_state_takes_an_answer_without_the_instance_for_not_found(aws: FakeAws) -> None:
    aws.services["ec2"] = _EmptyEc2()
    with pytest.raises(NotFound, match=f"EC2 knows no instance {HOST}"):
        aws.run(wait_state.ATOM, instance_id=HOST, state="running")
