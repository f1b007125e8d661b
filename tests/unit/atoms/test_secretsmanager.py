import pytest

from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet, StateUnreachable
from chalicelib.atoms.secretsmanager import restore_version, wait_version
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.scenarios import FIRST, SECOND


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.secrets.stages["prod/db"] = {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT", "AWSPENDING"]}
    return made


def test_the_current_version_is_told_and_no_value(aws: FakeAws) -> None:
    answer = aws.run(wait_version.ATOM, secret="prod:db")
    assert answer == {"secret": "prod:db", "current": SECOND, "previous": FIRST}


def test_a_rotation_that_is_under_way_is_waited_for(aws: FakeAws) -> None:
    aws.secrets.stages["prod/db"] = {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}
    for wanted in ({}, {"version_id": SECOND}):
        with pytest.raises(NotYet, match=f"{SECOND} is pending"):
            aws.run(wait_version.ATOM, secret="prod:db", **wanted)
    aws.secrets.stages["prod/db"] = {SECOND: ["AWSCURRENT"]}
    with pytest.raises(NotYet, match=f"{SECOND} is current, wanted 333"):
        aws.run(wait_version.ATOM, secret="prod:db", version_id="3" * 32)


def test_an_earlier_version_is_made_current_once(aws: FakeAws) -> None:
    answer = aws.run(restore_version.ATOM, secret="prod:db", version_id=FIRST)
    assert (answer["current"], answer["previous"], answer["changed"]) == (FIRST, SECOND, True)
    assert aws.run(restore_version.ATOM, secret="prod:db", version_id=FIRST)["changed"] is False


def test_a_version_that_is_gone_cannot_be_restored(aws: FakeAws) -> None:
    with pytest.raises(NotFound, match="no version 000"):
        aws.run(restore_version.ATOM, secret="prod:db", version_id="0" * 32)


def test_a_secret_without_a_current_version_is_told_of(aws: FakeAws) -> None:
    aws.secrets.stages["prod/db"] = {FIRST: []}
    with pytest.raises(StateUnreachable, match="no current version"):
        aws.run(wait_version.ATOM, secret="prod:db")


def test_a_name_is_written_with_colons(aws: FakeAws) -> None:
    with pytest.raises(InputInvalid, match="secret"):
        aws.run(wait_version.ATOM, secret="prod/db")
    with pytest.raises(NotFound):
        aws.run(wait_version.ATOM, secret="prod")
