import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.cursors import read_cursor, write_cursor
from chalicelib.api.lanes import Place
from chalicelib.api.problems import BadCursor

PLACE = Place("2026-01-01", "2026-01-01T10:00:00.000Z", "0" * 20 + "-" + "1" * 20)


def encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("place", [PLACE, Place("live"), Place("2026-01-01")])
def test_a_cursor_reads_back(place: Place) -> None:
    assert read_cursor(write_cursor(place, "q"), "q") == place


def test_a_cursor_of_another_list_is_bad() -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor(PLACE, "q"), "other")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "!!!!",
        "é",
        encode("[]"),
        encode("{}"),
        encode("[" * 600),
        encode('["1","q","live","",1]'),
        encode('["2","q","live","",""]'),
        encode('["1","q","dead","",""]'),
        encode('["1","q","20260101","",""]'),
        encode('["1","q","2026-02-30","",""]'),
        encode('["1","q","live","\\u0000",""]'),
        encode(f'["1","q","live","{"9" * 65}",""]'),
    ],
)
def test_what_was_never_given_is_bad(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text, "q")


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_bad(text: str) -> None:
    try:
        place = read_cursor(text, "q")
    except BadCursor:
        return
    assert read_cursor(write_cursor(place, "q"), "q") == place
