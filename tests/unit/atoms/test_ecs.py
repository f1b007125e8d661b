import pytest

from chalicelib.atoms.ec2.listing import TooManyMatches
from chalicelib.atoms.ecs import describe_services, force_deployment, roll_back, scale, wait_stable
from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet, StateUnreachable
from tests.unit.atoms.fakes import FakeAws

SERVICE = {"cluster": "main", "service": "web"}


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.ecs.add()
    return made


def test_scaling_tells_what_it_was_and_shows_the_service_as_deploying(aws: FakeAws) -> None:
    answer = aws.run(scale.ATOM, **SERVICE, desired=5)
    assert (answer["desired"], answer["previous"], answer["changed"]) == (5, 2, True)
    [change] = aws.published
    assert (change.object, change.state) == ("ecs_service/main:web", "deploying")
    place = {"cluster": "main", "ecs_service": "web"}
    assert change.labels == {**place, "desired": "5", "running": "2", "task_definition": "web:7"}


def test_a_forced_deployment_that_is_under_way_is_not_begun_again(aws: FakeAws) -> None:
    first = aws.run(force_deployment.ATOM, **SERVICE)
    second = aws.run(force_deployment.ATOM, **SERVICE)
    assert (first["started"], second["started"]) == (True, False)
    assert first["deployment_id"] == second["deployment_id"] == "ecs-svc/2"
    assert aws.ecs.requests == [{"forceNewDeployment": True}]


def test_rolling_back_twice_goes_to_the_same_revision(aws: FakeAws) -> None:
    first = aws.run(roll_back.ATOM, **SERVICE, task_definition="web:6")
    assert (first["previous"], first["changed"]) == ("web:7", True)
    assert aws.run(roll_back.ATOM, **SERVICE, task_definition="web:6")["changed"] is False


def test_rolling_back_must_name_a_revision(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="task_definition"):
        aws.run(roll_back.ATOM, **SERVICE, task_definition="web")


def test_a_stable_service_ends_the_wait(aws: FakeAws) -> None:
    answer = aws.run(wait_stable.ATOM, **SERVICE, deployment_id="ecs-svc/1")
    assert (answer["running"], answer["task_definition"]) == (2, "web:7")
    assert aws.published[0].state == "stable"


@pytest.mark.parametrize("running", [1, 3])
def test_a_service_with_another_number_of_tasks_is_not_stable_yet(aws: FakeAws, running: int) -> None:
    aws.ecs.add(running=running)
    with pytest.raises(NotYet, match=f"runs {running} of 2 tasks"):
        aws.run(wait_stable.ATOM, **SERVICE)


def test_a_service_whose_old_tasks_still_run_is_not_stable_yet(aws: FakeAws) -> None:
    aws.run(force_deployment.ATOM, **SERVICE)
    with pytest.raises(NotYet):
        aws.run(wait_stable.ATOM, **SERVICE, deployment_id="ecs-svc/2")


def test_a_deployment_that_ecs_gave_up_ends_the_wait(aws: FakeAws) -> None:
    with pytest.raises(StateUnreachable, match="ecs-svc/9 was given up: web is at ecs-svc/1"):
        aws.run(wait_stable.ATOM, **SERVICE, deployment_id="ecs-svc/9")


def test_a_failed_deployment_ends_the_wait_with_ecs_s_own_reason(aws: FakeAws) -> None:
    assert aws.ecs.service
    aws.ecs.service["deployments"][0] |= {"rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start"}
    with pytest.raises(StateUnreachable, match="tasks failed to start"):
        aws.run(wait_stable.ATOM, **SERVICE)


def test_a_service_that_was_deleted_is_not_found(aws: FakeAws) -> None:
    assert aws.ecs.service
    aws.ecs.service["status"] = "INACTIVE"
    for atom, more in ((scale.ATOM, {"desired": 1}), (wait_stable.ATOM, {}), (force_deployment.ATOM, {})):
        with pytest.raises(NotFound):
            aws.run(atom, **SERVICE, **more)


def test_services_are_listed_by_name_with_their_tags_as_labels(aws: FakeAws) -> None:
    aws.ecs.others = {"shop-a": {"team": "shop"}, "shop-b": {}, "jobs": {"team": "shop"}}
    answer = aws.run(describe_services.ATOM, cluster="main", name="shop-*")
    assert [(one["service"], one["state"]) for one in answer["services"]] == [
        ("shop-a", "stable"),
        ("shop-b", "stable"),
    ]
    first, _ = aws.published
    assert (first.object, first.state) == ("ecs_service/main:shop-a", "stable")
    assert first.labels.items() >= {"team": "shop", "cluster": "main", "ecs_service": "shop-a"}.items()


def test_services_are_listed_by_tags_ten_at_a_time(aws: FakeAws) -> None:
    aws.ecs.others = {f"s{number:02}": {"even": str(number % 2 == 0)} for number in range(23)}
    answer = aws.run(describe_services.ATOM, cluster="main", tags={"even": "True"})
    assert [one["service"] for one in answer["services"]] == [f"s{number:02}" for number in range(0, 23, 2)]
    with pytest.raises(TooManyMatches, match="more than 5"):
        aws.run(describe_services.ATOM, cluster="main", limit=5)


def test_a_service_that_was_deleted_is_not_listed(aws: FakeAws) -> None:
    assert aws.ecs.service
    aws.ecs.service["status"] = "INACTIVE"
    assert aws.run(describe_services.ATOM, cluster="main") == {"cluster": "main", "services": []}
