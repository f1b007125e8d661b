import pytest

from chalicelib.atoms.ec2 import attach_volume, create_volume, detach_volume, wait_volume
from chalicelib.atoms.errors import NotFound, NotYet, Rejected, StateUnreachable
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.places import HOST

PLACE = {"instance_id": HOST, "volume_id": "vol-0a1", "device": "/dev/sdf"}


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    made.ec2.add(HOST, "stopped")
    made.ec2.add_volume("vol-0a1", HOST, "/dev/sdf")
    return made


def test_a_volume_is_made_once_in_the_zone_and_with_the_tags_of_the_other(aws: FakeAws) -> None:
    given = {"instance_id": HOST, "like": "vol-0a1", "snapshot_id": "snap-0ab1"}
    first = aws.run(create_volume.ATOM, **given)
    assert (first["zone"], first["started"]) == ("us-east-1b", True)
    again = aws.run(create_volume.ATOM, **given)
    assert (again["volume_id"], again["started"]) == (first["volume_id"], False)
    assert {"Key": "service", "Value": "ledger"} in aws.ec2.volumes[first["volume_id"]]["Tags"]


def test_a_volume_like_one_that_is_not_there_is_not_made(aws: FakeAws) -> None:
    with pytest.raises(NotFound):
        aws.run(create_volume.ATOM, instance_id=HOST, like="vol-0ff", snapshot_id="snap-0ab1")


def test_detached_and_attached_again_it_is_where_it_was(aws: FakeAws) -> None:
    assert aws.run(detach_volume.ATOM, **PLACE)["changed"] is True
    assert aws.run(detach_volume.ATOM, **PLACE)["changed"] is False
    assert aws.run(attach_volume.ATOM, **PLACE)["changed"] is True
    assert aws.run(attach_volume.ATOM, **PLACE)["changed"] is False
    assert aws.ec2.volumes["vol-0a1"]["Attachments"][0]["Device"] == "/dev/sdf"


@pytest.mark.parametrize("wrong", [{"instance_id": "i-0ab2"}, {"device": "/dev/sdg"}])
def test_a_volume_that_is_somewhere_else_is_left_there(aws: FakeAws, wrong: dict[str, str]) -> None:
    for atom in (attach_volume.ATOM, detach_volume.ATOM):
        with pytest.raises(Rejected, match="is attached to i-0ab1 as /dev/sdf"):
            aws.run(atom, **{**PLACE, **wrong})


def test_a_volume_is_waited_for_until_nothing_moves(aws: FakeAws) -> None:
    assert aws.run(wait_volume.ATOM, volume_id="vol-0a1", state="in-use")["state"] == "in-use"
    aws.ec2.volumes["vol-0a1"]["Attachments"][0]["State"] = "detaching"
    for state in ("available", "in-use"):
        with pytest.raises(NotYet, match="detaching"):
            aws.run(wait_volume.ATOM, volume_id="vol-0a1", state=state)


def test_a_volume_that_failed_is_not_waited_for(aws: FakeAws) -> None:
    aws.ec2.volumes["vol-0a1"] |= {"State": "error", "Attachments": []}
    with pytest.raises(StateUnreachable, match="is error"):
        aws.run(wait_volume.ATOM, volume_id="vol-0a1", state="available")
