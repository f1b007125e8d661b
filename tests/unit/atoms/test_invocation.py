import pytest

from chalicelib.atoms.ec2 import describe, start, wait_state
from chalicelib.atoms.elb import deregister
from chalicelib.atoms.errors import InputInvalid, Throttled, Unavailable
from chalicelib.atoms.invocation import read_call
from tests.unit.atoms.fakes import GROUP, HOST, FakeAws, client_error

DISPATCH = {"id": "d1", "fence": 7, "object": "o", "tier": "P1", "root_id": "e1", "hops": 2, "fences": {"o": 7}}
PAYLOAD = {"input": {"instance_id": HOST}, "dispatch": DISPATCH, "step": "start"}


def test_a_payload_is_read_into_input_dispatch_and_step() -> None:
    call = read_call(PAYLOAD)
    assert call.input == {"instance_id": HOST}
    assert (call.dispatch.fence, call.dispatch.fences, call.step) == (7, {"o": 7}, "start")


@pytest.mark.parametrize(
    ("payload", "cause"),
    [
        (None, "dictionary"),
        ({}, "input: Field required; dispatch: Field required; step: Field required"),
        ({**PAYLOAD, "input": []}, "input"),
        ({**PAYLOAD, "dispatch": {**DISPATCH, "fence": "seven"}}, "dispatch.fence"),
        ({**PAYLOAD, "dispatch": {"id": "d1"}}, "and 1 more"),
    ],
)
def test_a_malformed_payload_is_invalid_input_in_one_line(payload: object, cause: str) -> None:
    with pytest.raises(InputInvalid, match=cause) as raised:
        read_call(payload)
    assert "\n" not in str(raised.value)


def test_mistakes_name_the_field_and_never_the_value() -> None:
    with pytest.raises(InputInvalid) as raised:
        FakeAws().run(start.ATOM, instance_id="hunter2", colour="hunter3")
    assert "instance_id: " in str(raised.value)
    assert "colour: " in str(raised.value)
    assert "hunter" not in str(raised.value)


def test_a_rule_over_several_fields_reads_as_a_sentence() -> None:
    with pytest.raises(InputInvalid) as raised:
        FakeAws().run(describe.ATOM)
    assert str(raised.value).startswith("The input does not fit the atom: give instance_ids, tags or both. ")


def test_throttling_after_an_act_does_not_claim_that_nothing_was_done() -> None:
    aws = FakeAws()
    aws.elb.targets = {(HOST, 80): "healthy"}
    aws.break_once("elbv2", "deregister_targets", client_error("Throttling"), commits=True)
    aws.acted = True
    with pytest.raises(Unavailable, match=r"an earlier request may have taken effect, then AWS throttled the call"):
        aws.run(deregister.ATOM, target_group=GROUP, instance_id=HOST)


def test_throttling_before_any_act_says_that_nothing_was_done() -> None:
    aws = FakeAws()
    aws.elb.targets = {(HOST, 80): "healthy"}
    aws.break_once("elbv2", "deregister_targets", client_error("Throttling"))
    with pytest.raises(Throttled):
        aws.run(deregister.ATOM, target_group=GROUP, instance_id=HOST)


def test_an_exception_that_is_no_aws_fault_keeps_its_name() -> None:
    aws = FakeAws()
    aws.break_once("ec2", "start_instances", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        aws.run(start.ATOM, instance_id=HOST)


def test_what_was_observed_is_published_even_if_the_run_fails() -> None:
    aws = FakeAws()
    aws.ec2.add(HOST, "terminated")
    with pytest.raises(Exception, match="can no longer be reached"):
        aws.run(wait_state.ATOM, instance_id=HOST, state="running")
    assert [change.state for change in aws.published] == ["terminated"]
