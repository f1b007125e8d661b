import pytest

from chalicelib.atoms.contract import Change
from chalicelib.atoms.elb import deregister, describe_targets, register
from chalicelib.atoms.elb.targets import PortUnclear
from chalicelib.atoms.errors import InputInvalid, NotFound, Unavailable
from chalicelib.atoms.registry import AnyAtom
from tests.unit.atoms.fakes import GROUP, HOST, FakeAws

LABELS = {"host": HOST, "target_group": GROUP}
BOTH = pytest.mark.parametrize("atom", [register.ATOM, deregister.ATOM])


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def test_deregister_drains_the_groups_own_port(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy", ("i-2", 80): "healthy"}
    assert aws.run(deregister.ATOM, target_group=GROUP, instance_id=HOST) == {
        "target_group": GROUP,
        "instance_id": HOST,
        "port": 80,
        "was_registered": True,
        "registered": False,
        "draining": True,
    }
    assert aws.elb.targets == {(HOST, 80): "draining", ("i-2", 80): "healthy"}
    assert aws.published == [Change(f"target/web:{HOST}:80", "deregistered", LABELS)]


@pytest.mark.parametrize("targets", [{}, {(HOST, 80): "draining"}])
def test_deregister_of_what_is_out_makes_no_request_and_still_says_what_it_saw(
    aws: FakeAws,
    targets: dict[tuple[str, int], str],
) -> None:
    aws.elb.targets = targets
    answer = aws.run(deregister.ATOM, target_group=GROUP, instance_id=HOST)
    assert (answer["was_registered"], answer["registered"], answer["draining"]) == (False, False, bool(targets))
    assert aws.elb.requests == []
    assert aws.published == [Change(f"target/web:{HOST}:80", "deregistered", LABELS)]


@pytest.mark.parametrize("also", [{}, {(HOST, 80): "healthy"}])
def test_deregister_without_a_port_refuses_to_leave_another_one_in_service(
    aws: FakeAws,
    also: dict[tuple[str, int], str],
) -> None:
    aws.elb.targets = {(HOST, 8081): "healthy", **also}
    with pytest.raises(PortUnclear, match=f"{HOST} is registered on 8081"):
        aws.run(deregister.ATOM, target_group=GROUP, instance_id=HOST)
    assert aws.elb.requests == []


def test_deregister_with_a_port_leaves_the_others_alone(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 8081): "healthy", (HOST, 80): "healthy"}
    answer = aws.run(deregister.ATOM, target_group=GROUP, instance_id=HOST, port=8081)
    assert answer["port"] == 8081
    assert aws.elb.targets == {(HOST, 8081): "draining", (HOST, 80): "healthy"}


def test_register_puts_the_instance_on_the_groups_own_port_and_claims_no_health(aws: FakeAws) -> None:
    assert aws.run(register.ATOM, target_group=GROUP, instance_id=HOST) == {
        "target_group": GROUP,
        "instance_id": HOST,
        "port": 80,
        "was_registered": False,
        "registered": True,
    }
    assert aws.published == [Change(f"target/web:{HOST}:80", "registered", LABELS)]


@pytest.mark.parametrize("state", ["healthy", "unhealthy", "initial", "unused"])
def test_register_of_what_is_in_makes_no_request(aws: FakeAws, state: str) -> None:
    aws.elb.targets = {(HOST, 80): state}
    answer = aws.run(register.ATOM, target_group=GROUP, instance_id=HOST)
    assert (answer["was_registered"], answer["registered"]) == (True, True)
    assert aws.elb.requests == []


def test_register_takes_back_a_target_that_is_draining(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "draining"}
    assert aws.run(register.ATOM, target_group=GROUP, instance_id=HOST)["was_registered"] is False
    assert aws.elb.targets == {(HOST, 80): "initial"}


def test_register_on_another_port_adds_it(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy"}
    aws.run(register.ATOM, target_group=GROUP, instance_id=HOST, port=8081)
    assert aws.elb.targets == {(HOST, 80): "healthy", (HOST, 8081): "initial"}


@BOTH
def test_a_request_whose_result_is_not_seen_is_neither_success_nor_nothing_done(aws: FakeAws, atom: AnyAtom) -> None:
    aws.elb.targets = {(HOST, 80): "healthy"} if atom is deregister.ATOM else {}
    aws.elb.visible = False
    with pytest.raises(Unavailable, match=HOST) as raised:
        aws.run(atom, target_group=GROUP, instance_id=HOST)
    assert not raised.value.nothing_done
    assert aws.published == []


@BOTH
def test_a_group_that_does_not_exist_is_not_found(aws: FakeAws, atom: AnyAtom) -> None:
    with pytest.raises(NotFound, match="TargetGroupNotFound"):
        aws.run(atom, target_group=GROUP.replace("web", "gone"), instance_id=HOST)


@BOTH
def test_a_group_without_a_port_takes_no_instances(aws: FakeAws, atom: AnyAtom) -> None:
    aws.elb.port = None
    with pytest.raises(InputInvalid, match="takes no instances"):
        aws.run(atom, target_group=GROUP, instance_id=HOST)


@BOTH
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target_group", "web"),
        ("target_group", GROUP + "/x"),
        ("port", 0),
        ("port", 65536),
        ("instance_id", "10.0.0.1"),
    ],
)
def test_bad_input_is_refused_before_any_request(aws: FakeAws, atom: AnyAtom, field: str, value: object) -> None:
    with pytest.raises(InputInvalid, match=field):
        aws.run(atom, **{"target_group": GROUP, "instance_id": HOST, field: value})


class _EmptyElb:
    def describe_target_groups(self, **_: object) -> dict[str, object]:
        return {"TargetGroups": []}


@BOTH
def test_an_answer_without_the_group_is_not_found(aws: FakeAws, atom: AnyAtom) -> None:
    aws.services["elbv2"] = _EmptyElb()
    with pytest.raises(NotFound, match="ELB knows no target group"):
        aws.run(atom, target_group=GROUP, instance_id=HOST)


def test_a_host_behind_a_target_group_has_the_group_as_a_label_and_its_target_the_health(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running")
    aws.elb.targets = {(HOST, 81): "unhealthy", (HOST, 80): "healthy", ("i-2", 80): "healthy"}
    answer = aws.run(describe_targets.ATOM, target_group="web")
    assert (answer["target_group"], answer["name"]) == (GROUP, "web")
    assert [(one["id"], one["port"], one["health"]) for one in answer["targets"]] == [
        (HOST, 80, "healthy"),
        (HOST, 81, "unhealthy"),
        ("i-2", 80, "healthy"),
    ]
    assert [(one.object, one.state) for one in aws.published] == [
        (f"target/web:{HOST}:80", "healthy"),
        (f"target/web:{HOST}:81", "unhealthy"),
        ("target/web:i-2:80", "healthy"),
        (f"host/{HOST}", "running"),
    ]
    assert aws.published[-1].labels == {"zone": "us-east-1b", "target_group:web": "registered"}


def test_a_host_that_is_just_leaving_a_target_group_is_not_labeled_with_it(aws: FakeAws) -> None:
    aws.ec2.add(HOST, "running")
    aws.elb.targets = {(HOST, 80): "draining"}
    answer = aws.run(describe_targets.ATOM, target_group=GROUP)
    assert answer["instances"][0]["labels"] == {"zone": "us-east-1b"}


def test_targets_that_are_no_instances_are_listed_and_become_no_hosts(aws: FakeAws) -> None:
    aws.elb.kind, aws.elb.targets = "ip", {("10.0.0.7", 80): "healthy"}
    answer = aws.run(describe_targets.ATOM, target_group="web")
    assert (answer["targets"][0]["id"], answer["instances"], aws.published) == ("10.0.0.7", [], [])


@pytest.mark.parametrize("group", ["other", GROUP.replace("/web/", "/other/")])
def test_a_target_group_that_is_not_there_is_not_called_empty(aws: FakeAws, group: str) -> None:
    with pytest.raises(NotFound):
        aws.run(describe_targets.ATOM, target_group=group)
