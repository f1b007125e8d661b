import pytest

from chalicelib.atoms.errors import NotFound, NotYet, StateUnreachable
from chalicelib.atoms.rds import failover, snapshot, snapshot_instance, wait, wait_instance
from chalicelib.atoms.registry import AnyAtom
from tests.unit.atoms.fakes import FakeAws

CLUSTER = {"database": "main"}


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def test_a_failover_tells_who_wrote(aws: FakeAws) -> None:
    answer = aws.run(failover.ATOM, database="main", target="db-2")
    assert answer == {"database": "main", "previous_writer": "db-1", "status": "failing-over", "requested": True}
    assert (aws.published[0].object, aws.published[0].state) == ("db_cluster/main", "failing-over")


def test_a_repeat_does_not_fail_over_again_or_back(aws: FakeAws) -> None:
    aws.run(failover.ATOM, database="main", target="db-2")
    assert aws.run(failover.ATOM, database="main", target="db-2")["requested"] is False
    aws.rds.status, aws.rds.writer = "available", "db-2"
    assert aws.run(failover.ATOM, database="main", target="db-2")["requested"] is False
    assert aws.rds.requests == ["FailoverDBCluster"]


def test_a_target_that_is_no_member_is_not_found(aws: FakeAws) -> None:
    with pytest.raises(NotFound, match="db-9 is no member of main"):
        aws.run(failover.ATOM, database="main", target="db-9")


@pytest.mark.parametrize("atom", [snapshot.ATOM, snapshot_instance.ATOM])
def test_every_attempt_of_a_step_makes_one_snapshot(aws: FakeAws, atom: AnyAtom) -> None:
    first = aws.run(atom, database="db-1")
    second = aws.run(atom, database="db-1")
    assert first["snapshot_id"] == second["snapshot_id"]
    assert (first["started"], second["started"]) == (True, False)
    assert list(aws.rds.snapshots) == [first["snapshot_id"]]


@pytest.mark.parametrize("atom", [wait.ATOM, wait_instance.ATOM])
def test_the_wait_ends_when_the_snapshot_is_available_too(aws: FakeAws, atom: AnyAtom) -> None:
    given = {"database": "db-1", "snapshot_id": "interlock-a"}
    with pytest.raises(NotFound):
        aws.run(atom, **given)
    aws.rds.snapshots["interlock-a"] = "creating"
    with pytest.raises(NotYet, match="interlock-a is creating"):
        aws.run(atom, **given)
    aws.rds.snapshots["interlock-a"] = "available"
    assert aws.run(atom, **given)["status"] == "available"


def test_the_wait_for_a_writer_ends_when_it_writes(aws: FakeAws) -> None:
    with pytest.raises(NotYet, match="written by db-1, wanted db-2"):
        aws.run(wait.ATOM, **CLUSTER, writer="db-2")
    aws.rds.writer = "db-2"
    assert aws.run(wait.ATOM, **CLUSTER, writer="db-2")["writer"] == "db-2"


def test_a_database_that_is_being_deleted_ends_the_wait(aws: FakeAws) -> None:
    aws.rds.status = "deleting"
    with pytest.raises(StateUnreachable, match="main is deleting"):
        aws.run(wait.ATOM, **CLUSTER)
