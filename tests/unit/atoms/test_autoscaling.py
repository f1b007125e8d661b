from typing import Any

import pytest

from chalicelib.atoms.autoscaling import (
    describe_group,
    enter_standby,
    exit_standby,
    resume_processes,
    set_capacity,
    start_refresh,
    suspend_processes,
    terminate_instance,
    wait_refresh,
    wait_steady,
)
from chalicelib.atoms.contract import Change
from chalicelib.atoms.ec2.listing import TooManyMatches
from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet, Rejected, StateUnreachable
from tests.unit.atoms.fake_hosts import GROUP_NAME
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.places import HOST


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.ec2.add(HOST, "running")
    made.autoscaling.add(HOST, "i-0ab2")
    return made


def test_set_capacity_tells_what_it_was_and_shows_the_group_as_scaling(aws: FakeAws) -> None:
    answer = aws.run(set_capacity.ATOM, group=GROUP_NAME, desired=4)
    assert (answer["desired"], answer["previous"], answer["changed"]) == (4, 2, True)
    assert aws.published == [
        Change(f"group/{GROUP_NAME}", "scaling", {"group": GROUP_NAME, "desired": "4", "in_service": "2"})
    ]


def test_set_capacity_to_what_it_is_asks_for_nothing(aws: FakeAws) -> None:
    assert aws.run(set_capacity.ATOM, group=GROUP_NAME, desired=2)["changed"] is False
    assert aws.autoscaling.requests == []
    assert aws.published[0].state == "steady"


def test_set_capacity_beyond_the_group_s_own_bounds_is_refused_before_any_request(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="desired is 11, and web-asg takes 0 to 10"):
        aws.run(set_capacity.ATOM, group=GROUP_NAME, desired=11)
    assert aws.autoscaling.requests == []


@pytest.mark.parametrize("replace", [True, False])
def test_a_host_set_aside_is_replaced_only_if_asked(aws: FakeAws, *, replace: bool) -> None:
    answer = aws.run(enter_standby.ATOM, instance_id=HOST, replace=replace)
    assert (answer["state"], answer["changed"], answer["group"]) == ("Standby", True, GROUP_NAME)
    assert aws.autoscaling.group
    assert aws.autoscaling.group["DesiredCapacity"] == (2 if replace else 1)
    assert aws.published[0].object == f"member/{GROUP_NAME}:{HOST}"


def test_a_host_put_back_is_not_called_in_service(aws: FakeAws) -> None:
    aws.run(enter_standby.ATOM, instance_id=HOST)
    assert aws.run(exit_standby.ATOM, instance_id=HOST)["state"] == "Pending"
    assert aws.run(exit_standby.ATOM, instance_id=HOST)["changed"] is False


def test_a_host_that_is_being_launched_cannot_be_set_aside(aws: FakeAws) -> None:
    aws.autoscaling.members[HOST] = "Pending"
    with pytest.raises(Rejected, match="is Pending"):
        aws.run(enter_standby.ATOM, instance_id=HOST)


def test_a_host_that_is_ending_cannot_be_put_back(aws: FakeAws) -> None:
    aws.autoscaling.members[HOST] = "Terminating"
    with pytest.raises(Rejected, match="is Terminating"):
        aws.run(exit_standby.ATOM, instance_id=HOST)


def test_a_host_of_no_group_is_not_found(aws: FakeAws) -> None:
    aws.ec2.add("i-0ff", "running")
    for atom in (enter_standby.ATOM, exit_standby.ATOM, terminate_instance.ATOM):
        with pytest.raises(NotFound, match="in no Auto Scaling group"):
            aws.run(atom, instance_id="i-0ff")


def test_a_repeat_does_not_lower_the_capacity_twice(aws: FakeAws) -> None:
    assert aws.run(terminate_instance.ATOM, instance_id=HOST, replace=False)["changed"] is True
    assert aws.run(terminate_instance.ATOM, instance_id=HOST, replace=False)["changed"] is False
    assert aws.autoscaling.group
    assert aws.autoscaling.group["DesiredCapacity"] == 1


def test_a_repeat_after_the_group_has_let_the_host_go_is_done(aws: FakeAws) -> None:
    aws.run(terminate_instance.ATOM, instance_id=HOST)
    del aws.autoscaling.members[HOST]
    aws.ec2.states[HOST] = "terminated"
    answer = aws.run(terminate_instance.ATOM, instance_id=HOST)
    assert answer == {"instance_id": HOST, "state": "terminated", "changed": False}


def test_suspending_tells_what_it_changed_so_that_an_undo_leaves_the_rest(aws: FakeAws) -> None:
    aws.autoscaling.suspended = {"Launch"}
    answer = aws.run(suspend_processes.ATOM, group=GROUP_NAME, processes=["Launch", "AZRebalance"])
    assert (answer["changed"], answer["suspended"]) == (["AZRebalance"], ["AZRebalance", "Launch"])
    undone = aws.run(resume_processes.ATOM, group=GROUP_NAME, processes=answer["changed"])
    assert undone["suspended"] == ["Launch"]


def test_resuming_nothing_never_resumes_everything(aws: FakeAws) -> None:
    aws.autoscaling.suspended = {"Launch"}
    assert aws.run(resume_processes.ATOM, group=GROUP_NAME, processes=[])["suspended"] == ["Launch"]
    assert aws.autoscaling.requests == []


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"])
def test_a_refresh_that_is_under_way_goes_on(aws: FakeAws, status: str) -> None:
    aws.autoscaling.refreshes = [{"InstanceRefreshId": "aa", "Status": status}]
    assert aws.run(start_refresh.ATOM, group=GROUP_NAME)["started"] is False
    assert aws.autoscaling.requests == []
    with pytest.raises(NotYet, match=f"is {status} at 0 %"):
        aws.run(wait_refresh.ATOM, group=GROUP_NAME, refresh_id="aa")


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"])
def test_a_refresh_that_ended_badly_ends_the_wait_and_another_may_begin(aws: FakeAws, status: str) -> None:
    old: dict[str, Any] = {"InstanceRefreshId": "aa", "Status": status, "StatusReason": "unhealthy"}
    aws.autoscaling.refreshes = [old]
    with pytest.raises(StateUnreachable, match=f"ended as {status}: unhealthy"):
        aws.run(wait_refresh.ATOM, group=GROUP_NAME, refresh_id="aa")
    assert aws.run(start_refresh.ATOM, group=GROUP_NAME)["started"] is True


def test_a_refresh_that_never_was_is_not_found(aws: FakeAws) -> None:
    with pytest.raises(NotFound):
        aws.run(wait_refresh.ATOM, group=GROUP_NAME, refresh_id="bb")


def test_a_group_that_is_not_there_is_not_found(aws: FakeAws) -> None:
    with pytest.raises(NotFound, match="there is no Auto Scaling group other"):
        aws.run(set_capacity.ATOM, group="other", desired=1)


def test_a_group_is_steady_with_exactly_the_hosts_it_wants(aws: FakeAws) -> None:
    assert aws.run(wait_steady.ATOM, group=GROUP_NAME) == {"group": GROUP_NAME, "desired": 2, "hosts": [HOST, "i-0ab2"]}
    aws.autoscaling.members["i-0ab3"] = "Standby"
    assert aws.run(wait_steady.ATOM, group=GROUP_NAME)["desired"] == 2


@pytest.mark.parametrize("state", ["Pending", "Terminating", "Terminating:Wait"])
def test_a_group_whose_hosts_come_or_go_is_not_steady(aws: FakeAws, state: str) -> None:
    aws.autoscaling.members["i-0ab3"] = state
    with pytest.raises(NotYet, match="2 of 3 hosts of web-asg serve, wanted 2"):
        aws.run(wait_steady.ATOM, group=GROUP_NAME)


def test_a_group_with_too_few_hosts_is_not_steady(aws: FakeAws) -> None:
    aws.run(set_capacity.ATOM, group=GROUP_NAME, desired=3)
    with pytest.raises(NotYet, match="wanted 3"):
        aws.run(wait_steady.ATOM, group=GROUP_NAME)


def test_a_group_is_listed_with_the_state_that_ec2_gives_of_each_member(aws: FakeAws) -> None:
    aws.ec2.add("i-0ab2", "stopped", service="checkout")
    answer = aws.run(describe_group.ATOM, group=GROUP_NAME)
    assert (answer["desired"], answer["in_service"]) == (2, 2)
    assert [(one["instance_id"], one["state"]) for one in answer["instances"]] == [
        (HOST, "running"),
        ("i-0ab2", "stopped"),
    ]
    group, first, second = aws.published
    assert (group.object, group.labels["group"]) == (f"group/{GROUP_NAME}", GROUP_NAME)
    assert first == Change(f"host/{HOST}", "running", {"zone": "us-east-1b", "group": GROUP_NAME})
    assert second.labels == {"zone": "us-east-1b", "service": "checkout", "group": GROUP_NAME}


def test_a_member_that_ec2_does_not_know_any_more_is_left_out_and_the_others_are_listed(aws: FakeAws) -> None:
    assert [one["instance_id"] for one in aws.run(describe_group.ATOM, group=GROUP_NAME)["instances"]] == [HOST]


def test_who_is_no_member_is_not_taken_for_one_where_ec2_answers_with_more_than_was_asked_for(aws: FakeAws) -> None:
    aws.ec2.add("i-0cd3", "running")
    aws.ec2.filters_ids = False
    assert [one["instance_id"] for one in aws.run(describe_group.ATOM, group=GROUP_NAME)["instances"]] == [HOST]
    assert "host/i-0cd3" not in {one.object for one in aws.published}


def test_a_group_beyond_the_limit_is_refused_rather_than_cut(aws: FakeAws) -> None:
    with pytest.raises(TooManyMatches, match="more than 1"):
        aws.run(describe_group.ATOM, group=GROUP_NAME, limit=1)


def test_a_group_that_is_not_there_is_not_called_empty(aws: FakeAws) -> None:
    with pytest.raises(NotFound):
        aws.run(describe_group.ATOM, group="other")
