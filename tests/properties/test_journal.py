"""The journal of any history leads each dispatch to exactly the state that its row says."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.control.journal.journal import Outlets, publish_changes, read_journal, trace_state
from chalicelib.control.journal.transitions import DISPATCH, UNTOLD
from tests.behaviour import make_world
from tests.builders import make_ports
from tests.fakes import FakeJournal, FakePublisher, MemoryStore
from tests.histories import HISTORIES, Command, play


@given(HISTORIES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_entries_replay_to_the_state_of_the_row_however_the_stream_is_cut_and_repeated(
    history: list[Command], dice: random.Random
) -> None:
    store, told = MemoryStore(changes=[]), FakePublisher()
    play(history, make_world(make_ports(store)))
    changes, at = store.changes or [], 0
    outlets = Outlets(FakeJournal(store), told)
    while at < len(changes):
        end = at + dice.randint(1, 5)
        publish_changes(changes[max(0, at - dice.randint(0, 3)) : end], outlets)
        at = end
    rows = [row for row in store.rows.values() if row["sk"].startswith(DISPATCH)]
    for row in rows:
        expected = "" if row["state"] in UNTOLD else row["state"]
        assert trace_state(read_journal(row["id"], store)) == expected
    assert len({detail["id"] for _, detail in told.published}) == len(told.published)
