import json
from pathlib import Path

import pytest

from chalicelib.decision.batching import MalformedSize
from tests.unit.infra.connected import Stage

FLEET = """\
objects:
  host/i-1: {state: running, labels: {service: checkout, zone: a}}
  host/i-2: {state: running, labels: {service: checkout, zone: a}}
  host/i-3: {state: running, labels: {service: checkout, zone: b}}
  host/i-4: {state: stopped, labels: {service: ledger, zone: b}}
  host/i-5: {state: running, labels: {service: ledger, zone: a}}
  queue/jobs: {state: running, labels: {service: checkout}}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> str:
    (tmp_path / "fleet.yaml").write_text(FLEET)
    return (tmp_path / "fleet.yaml").as_posix()


def test_batches_are_listed_least_important_first(fleet: str) -> None:
    shown = Stage().run("batches", "--objects", fleet, "--sizes", "2", "--spread")

    names = [(line[0], line[1].rpartition("/")[2], line[-1]) for line in shown.lines[1:]]
    assert names == [
        ("1", "i-1", "up"),
        ("1", "i-3", "up"),
        ("2", "i-2", "up"),
        ("2", "i-5", "up"),
        ("3", "i-4", "down"),
    ]


def test_what_has_no_room_is_left_out_with_the_arithmetic(fleet: str) -> None:
    arguments = ("batches", "--objects", fleet, "--max-unavailable", "1", "--service", "ledger")

    shown, found = Stage().run(*arguments), json.loads(Stage().run(*arguments, "--json").out)

    assert [[one.rpartition("/")[2] for one in batch] for batch in found["batches"]] == [["i-4"]]
    assert found["deferred"][0]["reason"] == "ledger may have 1 down (1), and 1 are down already"
    assert shown.err.startswith("left out: 123456789012/us-east-1/host/i-5: ledger may have 1 down")


def test_a_size_that_is_none_is_refused(fleet: str) -> None:
    with pytest.raises(MalformedSize):
        Stage().run("batches", "--objects", fleet, "--sizes", "some")
