import io
import json
from datetime import UTC, datetime

from chalicelib.aws.log import LineLog


def test_every_line_is_one_json_object_with_the_common_facts() -> None:
    stream = io.StringIO()
    log = LineLog({"dispatch": "d1", "step": "s"}, stream)
    log("called", host="a.example", at=datetime(2026, 1, 1, tzinfo=UTC))
    log("two\nlines")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first == {
        "message": "called",
        "dispatch": "d1",
        "step": "s",
        "host": "a.example",
        "at": "2026-01-01 00:00:00+00:00",
    }
    assert second["message"] == "two\nlines"
