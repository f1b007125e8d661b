"""Parsing is total: an Event or MalformedEvent, whatever arrives."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import MalformedEvent
from chalicelib.events.model import Event
from chalicelib.events.parse import parse
from chalicelib.identity import Home

HOME = Home("123456789012", "us-east-1")
CORPUS = [json.loads(path.read_text()) for path in (Path(__file__).parents[1] / "corpus" / "events").glob("*.json")]

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.characters(codec=None),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
    max_leaves=10,
)
FIELDS = ["id", "source", "detail-type", "time", "account", "region", "detail"]
DETAILS = ["instance-id", "state", "object", "at", "labels", "root_id", "hops"]


@st.composite
def damaged_events(draw: st.DrawFn) -> Any:
    raw = json.loads(json.dumps(draw(st.sampled_from(CORPUS))))
    for target, names in ((raw, FIELDS), (raw["detail"], DETAILS)):
        for name in draw(st.lists(st.sampled_from(names), max_size=2)):
            if draw(st.booleans()):
                target.pop(name, None)
            else:
                target[name] = draw(ANYTHING)
    return raw


@given(ANYTHING | damaged_events())
def test_parse_gives_an_event_or_raises_malformed_event_and_nothing_else(raw: Any) -> None:
    try:
        event = parse(raw, HOME)
    except MalformedEvent:
        return
    assert isinstance(event, Event)
    assert event.time.tzinfo is not None
    assert event.hops >= 0


@given(st.sampled_from(CORPUS))
def test_parsing_what_was_dumped_gives_the_same_event(raw: Any) -> None:
    event = parse(raw, HOME)
    assert parse(json.loads(json.dumps(event.raw)), HOME) == event
