"""A campaign that a crash cut off anywhere comes to the same end: each target once, each batch after the one before."""

from collections.abc import Callable
from functools import partial

import pytest

from chalicelib.control.approvals.approval import Answer, Reply
from chalicelib.control.approvals.approve import answer, list_pending, reconcile_approvals
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.ports import Ports
from tests.behaviour import World, make_world
from tests.behaviour_campaigns import APPROVER, FAILED, PAUSE, Fleet
from tests.builders import make_event
from tests.fakes import MemoryStore
from tests.faults import Crash, Fuse, break_ports

MOST_CALLS = 400
STORIES = {"all is well": 0, "the first batch fails": 1, "the second batch fails": 2, "people are asked": -1}
GO = make_event("go") | {"source": "ops", "detail-type": "Reboot", "detail": {"service": "checkout"}}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_any_call_of_a_campaign_changes_no_outcome(story: str, after: bool) -> None:  # noqa: FBT001
    expected = _play(STORIES[story], None)
    for at in range(1, MOST_CALLS):
        fuse = Fuse({at: after})
        assert _play(STORIES[story], fuse) == expected, f"crash {'after' if after else 'before'} call {at}"
        if fuse.calls < at:
            return
    pytest.fail("the story makes more calls than were tried")


def _play(failing: int, fuse: Fuse | None) -> dict[str, object]:
    """Play it under a fuse; what crashes is left to what comes anyway: the event again, messages, ends, ticks."""
    world = make_world()
    fleet = Fleet(world, count=4, **(PAUSE if failing < 0 else {}))
    whole = world.fakes = world.ports
    if fuse:
        world.ports = break_ports(whole, fuse)
    for _ in range(2):
        _attempt(world, partial(world.event, GO), whole)
    for _ in range(5):
        _attempt(world, fleet.deliver, whole)
        for name in fleet.running.values():
            status = FAILED if _read_batch(whole, name) == failing else ExecutionStatus.SUCCEEDED
            world.executions.end(name, status, "NotFound")
            _attempt(world, partial(world.tell_again, name), whole)
        if failing < 0:
            _attempt(world, partial(_approve, world), whole)
        world.clock.advance(1000)
        _attempt(world, world.tick, whole)
    world.ports = whole
    return _describe(world)


def _approve(world: World) -> None:
    """Say yes to whatever is asked, as people do who see what is pending."""
    reconcile_approvals(world.ports, world.bundle)
    for asked in list_pending(world.ports):
        answer(asked.id, Answer(APPROVER, Reply.APPROVE, "fine", asked.hash, ""), world.ports, world.bundle)


def _attempt(world: World, step: Callable[[], object], whole: Ports) -> None:
    try:
        step()
    except Crash:
        world.ports = whole


def _describe(world: World) -> dict[str, object]:
    assert isinstance(world.ports.store, MemoryStore)
    (row,) = [row for row in world.ports.store.rows.values() if "batches" in row]
    names = list(world.executions.started)
    batches = [world.row(name)["batch"] for name in names]
    return {
        "state": row["state"],
        # How many had failed when it was stopped depends on how late that was noticed.
        "counts": (row["batch_done"], row["batch_failed"] > 0),
        "started": sorted(given["input"]["host"] for _, given in world.executions.started.values()),
        "in order": batches == sorted(batches),
        "owed": "batch_owed" in row,
        "paged": "Page Requested" in [kind for kind, _ in world.publisher.published],
        "held": [name for name in names if world.row(name)["state"] not in {"succeeded", "failed"}],
    }


def _read_batch(whole: Ports, dispatch: str) -> int:
    return int(World(whole).row(dispatch)["batch"])
