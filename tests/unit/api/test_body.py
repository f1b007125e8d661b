import json

import pytest

from chalicelib.api.body import MAX_BYTES, read_body
from chalicelib.api.problems import MalformedBody, TooLarge, WrongContentType

JSON = "application/json"


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_whatever_its_parameters(content_type: str) -> None:
    assert read_body(b'{"a": [1, 2.5, null, "x"]}', content_type) == {"a": [1, 2.5, None, "x"]}


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/jsonp", "application/x-www-form-urlencoded"]
)
def test_any_other_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(WrongContentType):
        read_body(b"{}", content_type)


def test_the_limit_is_64_kib_to_the_byte() -> None:
    padding = MAX_BYTES - len('{"a":""}')
    assert len(read_body(b'{"a":"' + b"x" * padding + b'"}', JSON)["a"]) == padding
    with pytest.raises(TooLarge, match="65537 bytes"):
        read_body(b'{"a":"' + b"x" * (padding + 1) + b'"}', JSON)


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"", "line 1, column 1"),
        (b'{"a":\n 1,}', "line 2, column 4"),
        (b'{"a": 1, "a": 2}', "the field 'a' is given twice"),
        (b'{"": 1}', "no name"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "1e999 is out of range"),
        (b'{"a": 1e-200}', "out of range"),
        (b'{"a": ' + b"9" * 39 + b"}", "38 digits"),
        (b'{"a": ' + b"9" * 5000 + b"}", "38 digits"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        (b"[" * 17 + b"]" * 17, "more than 16 levels"),
        (b"[" * 30_000 + b"]" * 30_000, "more than 16 levels"),
    ],
)
def test_what_could_not_be_stored_as_it_was_meant_is_malformed(raw: bytes, cause: str) -> None:
    with pytest.raises(MalformedBody) as raised:
        read_body(raw, JSON)
    assert cause in str(raised.value)


def test_sixteen_levels_pass() -> None:
    raw = b"[" * 16 + b"]" * 16
    assert read_body(raw, JSON) == json.loads(raw)


@pytest.mark.parametrize("number", ["0", "0.0", "-0.5", "9" * 38, "1e125"])
def test_numbers_that_the_store_holds_pass(number: str) -> None:
    assert read_body(f"[{number}]".encode(), JSON) == [json.loads(number)]
