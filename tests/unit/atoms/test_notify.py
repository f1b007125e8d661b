import pytest

from chalicelib.atoms.errors import InputInvalid
from chalicelib.atoms.notify import sns
from tests.unit.atoms.fakes import TOPIC, FakeAws

GIVEN = {"topic": TOPIC, "subject": "A host is down", "message": "i-0ab1 is stopped.\nPlease look."}


def test_sns_sends_the_message_as_given_and_emits_nothing() -> None:
    aws = FakeAws()
    assert aws.run(sns.ATOM, **GIVEN) == {"message_id": "m1"}
    assert aws.sns.sent == [{"TopicArn": TOPIC, "Subject": GIVEN["subject"], "Message": GIVEN["message"]}]
    assert aws.published == []


def test_a_repeat_sends_again_as_the_atom_declares() -> None:
    aws = FakeAws()
    aws.run(sns.ATOM, **GIVEN)
    aws.run(sns.ATOM, **GIVEN)
    assert len(aws.sns.sent) == 2
    assert sns.ATOM.idempotency == "none"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topic", "oncall"),
        ("topic", TOPIC + ".fifo"),
        ("subject", ""),
        ("subject", " leading space"),
        ("subject", "two\nlines"),
        ("subject", "é"),
        ("subject", "x" * 101),
        ("message", ""),
        ("message", "x" * 60_001),
    ],
)
def test_what_sns_would_refuse_is_refused_before_any_request(field: str, value: str) -> None:
    aws = FakeAws()
    with pytest.raises(InputInvalid, match=field):
        aws.run(sns.ATOM, **{**GIVEN, field: value})
    assert aws.sns.sent == []
