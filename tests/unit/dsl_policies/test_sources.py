import pytest

from chalicelib.catalog.model import Sources
from dsl.policies.sources import compile_sources

FILE = """\
kind: sources
topics: [arn:aws:sns:eu-west-1:111122223333:alarms]
queues: [arn:aws:sqs:eu-west-1:111122223333:jobs]
buses: [aws.partner/example.com/111122223333/monitoring, teams]
"""


def test_sources_compile_as_they_are_named() -> None:
    sources, found = compile_sources(FILE, "s.yaml")
    assert found == ()
    assert sources == Sources(
        ("arn:aws:sns:eu-west-1:111122223333:alarms",),
        ("arn:aws:sqs:eu-west-1:111122223333:jobs",),
        ("aws.partner/example.com/111122223333/monitoring", "teams"),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        (":sns:", ":sqs:", "E931"),
        ("111122223333:jobs", "jobs", "E931"),
        (":jobs]", ":jobs.fifo]", "E931"),
        ("teams", "default", "E931"),
        ("teams", "interlock-dev", "E931"),
        ("teams", "teams, teams", "E902"),
        ("queues", "queue", "E201"),
    ],
)
def test_a_mistake_in_sources_is_told(right: str, wrong: str, code: str) -> None:
    sources, found = compile_sources(FILE.replace(right, wrong, 1), "s.yaml")
    assert sources is None
    assert [one.code for one in found] == [code]
