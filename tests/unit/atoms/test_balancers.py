import pytest

from chalicelib.atoms.contract import Change
from chalicelib.atoms.elb import shift_weights, wait_drained, wait_group, wait_healthy
from chalicelib.atoms.elb.listeners import NotWeighted
from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet, StateUnreachable
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.places import BALANCER, GROUP, HOST, OTHER_GROUP

MEMBER = {"target_group": GROUP, "instance_id": HOST}
LISTENER = {"load_balancer": BALANCER, "port": 443}
BOTH = {GROUP: 90, OTHER_GROUP: 10}


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.elb.actions = [
        {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {"Issuer": "x"}},
        {"Type": "forward", "Order": 2, "TargetGroupArn": GROUP, "ForwardConfig": {"TargetGroupStickinessConfig": {}}},
    ]
    return made


def test_a_healthy_target_ends_the_wait_and_is_published_as_its_own_object(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy"}
    assert aws.run(wait_healthy.ATOM, **MEMBER)["healthy"] is True
    assert aws.published == [
        Change(f"target/web:{HOST}:80", "healthy", {"host": HOST, "target_group": GROUP}),
    ]


@pytest.mark.parametrize(
    "health", ["initial: Elb.RegistrationInProgress", "unhealthy: Target.FailedHealthChecks", "unhealthy"]
)
def test_a_target_whose_checks_fail_may_still_become_healthy(aws: FakeAws, health: str) -> None:
    aws.elb.targets = {(HOST, 80): health}
    with pytest.raises(NotYet, match=health.partition(":")[0]):
        aws.run(wait_healthy.ATOM, **MEMBER)
    assert aws.published == []


@pytest.mark.parametrize(
    "health",
    [
        "unused: Target.NotRegistered",
        "unused: Target.NotInUse",
        "unavailable: Target.HealthCheckDisabled",
        "draining: Target.DeregistrationInProgress",
    ],
)
def test_a_target_that_nobody_checks_is_not_waited_for(aws: FakeAws, health: str) -> None:
    aws.elb.targets = {(HOST, 80): health}
    with pytest.raises(StateUnreachable, match="cannot become healthy"):
        aws.run(wait_healthy.ATOM, **MEMBER)


def test_a_target_that_drains_is_waited_for_until_elb_has_forgotten_it(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "draining: Target.DeregistrationInProgress"}
    with pytest.raises(NotYet, match="draining"):
        aws.run(wait_drained.ATOM, **MEMBER)
    aws.elb.targets = {(HOST, 80): "unused: Target.NotRegistered"}
    assert aws.run(wait_drained.ATOM, **MEMBER) == {**MEMBER, "port": 80, "drained": True}
    aws.elb.targets = {(HOST, 8081): "healthy"}
    assert aws.run(wait_drained.ATOM, **MEMBER)["drained"] is True, "another port is another target"


def test_a_target_that_serves_does_not_drain(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy"}
    with pytest.raises(StateUnreachable, match="is registered"):
        aws.run(wait_drained.ATOM, **MEMBER)


def test_a_group_is_ready_once_enough_of_its_targets_are_healthy(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy", ("i-0ab2", 80): "initial: Elb.RegistrationInProgress"}
    with pytest.raises(NotYet, match="1 of 2 targets are healthy, wanted 2"):
        aws.run(wait_group.ATOM, target_group=GROUP, least=2)
    assert aws.run(wait_group.ATOM, target_group=GROUP, least=1) == {"target_group": GROUP, "healthy": 1, "targets": 2}


def test_a_group_without_targets_may_still_get_some(aws: FakeAws) -> None:
    with pytest.raises(NotYet, match="0 of 0 targets"):
        aws.run(wait_group.ATOM, target_group=GROUP, least=1)


def test_a_group_that_nobody_checks_is_not_waited_for(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "unused: Target.NotInUse"}
    with pytest.raises(StateUnreachable, match="nobody checks"):
        aws.run(wait_group.ATOM, target_group=GROUP, least=1)


def test_a_target_that_elb_does_not_show_is_not_waited_for(aws: FakeAws) -> None:
    with pytest.raises(StateUnreachable, match="not registered"):
        aws.run(wait_healthy.ATOM, **MEMBER)


def test_shifting_keeps_the_login_before_it_and_the_stickiness_and_tells_what_was(aws: FakeAws) -> None:
    answer = aws.run(shift_weights.ATOM, **LISTENER, weights=BOTH)
    assert (answer["weights"], answer["previous"], answer["changed"]) == (BOTH, {GROUP: 1}, True)
    login, forward = aws.elb.actions
    assert login["AuthenticateOidcConfig"] == {"Issuer": "x"}
    assert forward == {
        "Type": "forward",
        "Order": 2,
        "ForwardConfig": {
            "TargetGroupStickinessConfig": {},
            "TargetGroups": [
                {"TargetGroupArn": GROUP, "Weight": 90},
                {"TargetGroupArn": OTHER_GROUP, "Weight": 10},
            ],
        },
    }


def test_weights_that_are_as_wanted_are_not_written(aws: FakeAws) -> None:
    aws.run(shift_weights.ATOM, **LISTENER, weights=BOTH)
    assert aws.run(shift_weights.ATOM, **LISTENER, weights=BOTH)["changed"] is False
    assert aws.elb.requests == ["ModifyListener"]


def test_a_rule_is_found_by_its_priority(aws: FakeAws) -> None:
    aws.elb.rule = [{"Type": "forward", "TargetGroupArn": GROUP}]
    aws.run(shift_weights.ATOM, **LISTENER, rule=10, weights=BOTH)
    assert aws.elb.requests == ["ModifyRule"]
    with pytest.raises(NotFound, match="no rule of priority 11"):
        aws.run(shift_weights.ATOM, **LISTENER, rule=11, weights=BOTH)


def test_no_group_is_left_out_by_accident(aws: FakeAws) -> None:
    with pytest.raises(NotWeighted, match="also sends to"):
        aws.run(shift_weights.ATOM, **LISTENER, weights={OTHER_GROUP: 1})


def test_a_listener_that_does_not_forward_has_no_weights(aws: FakeAws) -> None:
    aws.elb.actions = [{"Type": "fixed-response"}]
    with pytest.raises(NotWeighted, match="forwards to no target group"):
        aws.run(shift_weights.ATOM, **LISTENER, weights=BOTH)


def test_traffic_must_go_somewhere(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="one weight must be above 0"):
        aws.run(shift_weights.ATOM, **LISTENER, weights={GROUP: 0, OTHER_GROUP: 0})


def test_a_port_without_a_listener_is_not_found(aws: FakeAws) -> None:
    with pytest.raises(NotFound, match="no listener on port 80"):
        aws.run(shift_weights.ATOM, load_balancer=BALANCER, port=80, weights=BOTH)
