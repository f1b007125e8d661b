import pytest

from chalicelib.atoms.contract import Idempotency
from chalicelib.atoms.errors import AtomError
from chalicelib.catalog.model import Intent, Touch, Workflow
from dsl.compile import compile_workflow
from tests.unit.dsl.atoms import ATOMS, make_atom
from tests.unit.dsl.build import compile_ok, write

OPEN = '- id: {id}\n  atom: {atom}\n  with: {{host: "{{% $input.host %}}"}}\n'
NOTHING_DONE = {"Refused", "Throttled", "AccessDenied", "InputInvalid", "NotFound", "Rejected"}


def _workflow(steps: str, **options: str) -> Workflow:
    workflow = compile_ok(write(steps, **options)).workflow
    assert workflow is not None
    return workflow


def _step(name: str, atom: str) -> str:
    return OPEN.format(id=name, atom=atom)


def test_the_entry_says_what_the_file_says() -> None:
    found = _workflow(_step("a", "box.open") + _step("b", "box.look"))
    assert (found.name, found.description, found.timeout_s, found.undoes) == ("flow", "A flow.", 3600, False)
    assert found.touches == (Touch("host/{% $input.host %}", Intent.DISRUPT),)
    assert found.atoms == ("box.look", "box.open")
    assert found.logical_steps == 2
    assert found.offered_atom is None
    assert found.input_schema["required"] == ["host"]


def test_steps_are_counted_inside_containers_and_not_in_handlers() -> None:
    steps = "- id: both\n  parallel:\n    a: [{id: x, wait: 1s}]\n    b: [{id: y, wait: 1s}, {id: z, wait: 1s}]\n"
    assert _workflow(steps, on_failure="- id: tell\n  wait: 1s\n").logical_steps == 4


@pytest.mark.parametrize(
    ("timeout", "expected", "seconds"), [("1h", None, 1200), ("2m", None, 60), ("30s", None, 30), ("1h", "5m", 300)]
)
def test_a_run_is_expected_to_take_a_third_of_its_timeout_or_what_the_file_says(
    timeout: str, expected: str | None, seconds: int
) -> None:
    text = write("- id: w\n  wait: 1s\n").replace("timeout: 1h", f"timeout: {timeout}")
    text += f"expected: {expected}\n" if expected else ""
    workflow = compile_ok(text).workflow
    assert workflow is not None
    assert workflow.expected_s == seconds


def test_the_effect_timeout_is_the_longest_of_what_changes_something() -> None:
    assert _workflow(_step("a", "box.open")).effect_timeout_s == 0
    assert _workflow(_step("a", "box.open") + _step("b", "box.slow")).effect_timeout_s == 300


def test_an_error_is_final_if_nothing_was_done_and_no_effect_from_before_lasts() -> None:
    assert set(_workflow(_step("a", "box.open")).final_errors) == {*NOTHING_DONE, "Retired"}


def test_no_error_of_a_later_step_is_final_while_an_effect_may_last() -> None:
    assert _workflow(_step("a", "box.slow") + _step("b", "box.open")).final_errors == ("Retired",)


def test_an_error_that_a_retry_of_a_lasting_step_may_have_come_before_is_not_final() -> None:
    assert "Throttled" not in _workflow(_step("a", "box.slow")).final_errors
    assert "NotFound" in _workflow(_step("a", "box.slow")).final_errors


def test_no_error_is_final_that_something_may_run_beside() -> None:
    inside = "- id: both\n  parallel:\n    a: [{id: x, atom: box.open, with: {host: a}}]\n"
    assert _workflow(inside).final_errors == ("Retired",)


def test_no_error_is_final_if_an_undo_may_leave_an_effect() -> None:
    steps = _step("a", "box.open") + "  undo: {atom: box.slow, with: {host: a}}\n"
    assert _workflow(steps, on_failure="undo").final_errors == ("Retired",)


def test_one_name_with_two_meanings_is_not_final() -> None:
    class Refused(AtomError):
        """Refused: {cause}."""

    other = make_atom("box.other", errors=(Refused,))
    text = write(_step("a", "box.open") + _step("b", "box.other"))
    compiled = compile_workflow(text, "flow.yaml", {**ATOMS, "box.other": other})
    assert compiled.workflow is not None
    assert "Refused" not in compiled.workflow.final_errors
    assert other.idempotency is Idempotency.NATURAL
