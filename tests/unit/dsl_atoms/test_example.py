from dataclasses import replace

import pytest

from chalicelib.atoms.registry import get_atom
from dsl.atoms.example import make_example_input

REBOOT = get_atom("ec2.reboot")


def test_an_expression_becomes_the_fields_example_and_a_literal_stays() -> None:
    assert make_example_input(REBOOT) == {"instance_id": "i-0123456789abcdef0"}
    told = make_example_input(get_atom("notify.sns"))
    assert told is not None
    assert (told["subject"], told["message"]) == ("A host did not come back", "message")


@pytest.mark.parametrize(
    "given",
    [
        '{instance_id: "no id"}',
        '{instance_id: "{% $input.host %}", more: [1]}',
        '{instance_id: ["{% $input.host %}"]}',
        "5",
    ],
)
def test_what_fits_no_input_is_no_example(given: str) -> None:
    assert make_example_input(replace(REBOOT, example=f"- id: a\n  atom: ec2.reboot\n  with: {given}\n")) is None
