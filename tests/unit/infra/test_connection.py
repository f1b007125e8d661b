"""Where a command finds the API of a stage."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.api import API_URL, find_api_url
from infra.cli.connection import Place, open_connection
from infra.cli.exits import Exit
from infra.cli.failures import exit_for
from infra.cli.start import read_value
from infra.cloud import Cloud, open_local
from infra.errors import StackHidden
from infra.stack import read_outputs
from tests.unit.infra.test_stack import URL

UNION = {"anyOf": [{"type": "array"}, {"type": "string"}]}


class Denying:
    """CloudFormation as whoever may only call the API sees it."""

    def describe_stacks(self, **_request: object) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")


def test_an_api_whose_url_is_given_needs_no_right_to_read_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv(API_URL, "https://api.example.com/api/")
    connection = open_connection(Place("dev", local=False, region="eu-west-1", profile=None))
    assert find_api_url(connection.cloud, connection.outputs) == "https://api.example.com/api"


def test_who_may_not_read_the_stack_is_told_what_to_ask_for() -> None:
    cloud: Cloud = open_local(URL)
    cloud.clients["cloudformation"] = Denying()
    with pytest.raises(StackHidden, match="INTERLOCK_API_URL") as raised:
        read_outputs(cloud, "interlock-dev")
    assert exit_for(raised.value) is Exit.SURROUNDINGS


@pytest.mark.parametrize(("text", "value"), [('["a", "b"]', ["a", "b"]), ("a", "a"), ("[a", "[a")])
def test_a_value_of_several_shapes_is_read_as_json_where_it_is_some(text: str, value: object) -> None:
    assert read_value("hosts", text, UNION) == value
