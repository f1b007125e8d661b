import textwrap
from typing import Any

import pytest

from tests.unit.dsl.build import HEAD, Failing, codes, compile_ok, run, write
from tests.unit.dsl.machine import Run

HOSTS = {"hosts": [f"h{index}" for index in range(5)]}
ROLL = """
- id: patch
  rollout:
    items: $input.hosts
    as: one
    max_items: 10
    batches: [1, "50%"]
    steps:
      - id: open
        atom: box.open
        with: {host: "{% $one & $string($one_index) %}"}
        undo: {atom: box.close, with: {host: "{% $one %}"}}
    gate:
      - id: ask
        atom: box.look
        with: {host: "{% $string($count($patch)) %}"}
- id: last
  atom: box.look
  with: {host: "{% $string($count($patch)) %}"}
"""
PLAIN = "\n".join(line for line in ROLL.splitlines() if "undo:" not in line)
NO_GATE = PLAIN.replace(PLAIN[PLAIN.index("    gate:") : PLAIN.index("- id: last")], "")


def _steps(found: Run) -> list[str]:
    return [step for step, _ in found.calls]


def test_batches_follow_each_other_with_the_gate_between_them() -> None:
    found = run(write(PLAIN), HOSTS)
    assert found.calls == [
        ("open-0", {"host": "h00"}), ("ask-1", {"host": "1"}),
        ("open-1", {"host": "h11"}), ("open-2", {"host": "h22"}), ("ask-2", {"host": "3"}),
        ("open-3", {"host": "h33"}), ("open-4", {"host": "h44"}), ("ask-3", {"host": "5"}),
        ("last", {"host": "5"}),
    ]  # fmt: skip
    assert found.entered[:6] == ["patch", "patch.batch", "open", "patch.check", "ask", "patch.next"]


def test_without_a_gate_a_batch_costs_two_states() -> None:
    found = run(write(NO_GATE), HOSTS)
    assert [state for state in found.entered if state != "open"] == [
        "patch",
        *["patch.batch", "patch.check"] * 3,
        "last",
    ]


def test_a_failure_stops_it_before_the_next_batch() -> None:
    found = run(write(PLAIN), HOSTS, Failing(**{"open-1": "Exploded"}))
    assert _steps(found) == ["open-0", "ask-1", "open-1", "open-2"]
    assert (found.error, found.cause) == ("Exploded", "open-1 raised Exploded")


@pytest.mark.parametrize(("stop", "failing", "status"), [
    ("1", 1, "SUCCEEDED"), ("1", 2, "FAILED"), ('"40%"', 2, "SUCCEEDED"), ('"39%"', 2, "FAILED"), ('"0%"', 1, "FAILED"),
])  # fmt: skip
def test_as_many_may_fail_as_it_says(stop: str, failing: int, status: str) -> None:
    text = write(PLAIN.replace("    gate:", f"    stop: {{failures: {stop}}}\n    gate:"))
    errors: dict[str, Any] = {f"open-{index}": "Refused" for index in range(failing)}
    found = run(text, HOSTS, Failing(**errors))
    assert found.status == status


def test_a_gate_that_fails_stops_it() -> None:
    found = run(write(PLAIN), HOSTS, Failing(**{"ask-2": "Refused"}))
    assert (_steps(found)[-1], found.error) == ("ask-2", "Refused")


def test_nothing_to_do_is_done_at_once() -> None:
    found = run(write(PLAIN), {"hosts": []})
    assert (found.status, found.calls[-1]) == ("SUCCEEDED", ("last", {"host": "0"}))


def test_more_items_than_declared_start_nothing() -> None:
    found = run(write(PLAIN), {"hosts": ["x"] * 11})
    assert (found.status, found.calls) == ("FAILED", [])


@pytest.mark.parametrize("failing", [{"last": "Refused"}, {"ask-3": "Refused"}])
def test_a_failure_after_it_takes_every_batch_back(failing: dict[str, Any]) -> None:
    found = run(write(ROLL, on_failure="undo"), HOSTS, Failing(**failing))
    undone = [(step, given["host"]) for step, given in found.calls if "undo" in step]
    assert undone == [(f"open.undo_late-{index}", f"h{index}") for index in range(5)]


def test_what_failed_inside_a_batch_takes_itself_back_and_the_others_follow() -> None:
    found = run(write(ROLL, on_failure="undo"), HOSTS, Failing(**{"open-2": "Exploded"}))
    assert [step for step in _steps(found) if "undo" in step] == ["open.undo-2", "open.undo_late-0", "open.undo_late-1"]
    assert found.error == "Exploded"


def _try(steps: str, clause: str, rest: str = "") -> str:
    head, _, last = steps.partition("- id: last")
    inside = textwrap.indent(head.strip("\n"), "    ")
    return f"- id: attempt\n  try:\n{inside}\n{clause}{rest}- id: last{last}"


CATCH = """\
  catch:
    - errors: [Refused]
      steps: [{id: excuse, atom: box.look, with: {host: "{% $string($patch = null) %}"}}]
"""


@pytest.mark.parametrize(
    ("failing", "undone"),
    [
        ({"open-0": "Refused"}, []),
        ({"open-1": "Refused"}, ["open.undo_late_now-0", "open.undo_late_now-2"]),
        ({"ask-1": "Refused"}, ["open.undo_late_now-0"]),
        ({"ask-3": "Refused"}, [f"open.undo_late_now-{index}" for index in range(5)]),
    ],
)
def test_a_try_takes_the_batches_of_a_failed_rollout_back_before_its_clause(
    failing: dict[str, Any], undone: list[str]
) -> None:
    found = run(
        write(_try(ROLL, CATCH).replace("$string($count($patch))", "'x'"), on_failure="undo"), HOSTS, Failing(**failing)
    )
    steps = _steps(found)
    assert [step for step in steps if "undo" in step] == undone
    assert steps[len(steps) - len(undone) - 2 :] == [*undone, "excuse", "last"]
    assert dict(found.calls)["excuse"] == {"host": "true"}
    assert found.status == "SUCCEEDED"


def test_what_a_try_took_back_is_not_taken_back_again() -> None:
    text = write(_try(ROLL, CATCH).replace("$string($count($patch))", "'x'"), on_failure="undo")
    once = run(text, HOSTS, Failing(**{"ask-2": "Refused", "last": "Exploded"}))
    assert [step for step in _steps(once) if "undo" in step] == [f"open.undo_late_now-{index}" for index in range(3)]
    later = run(text, HOSTS, Failing(last="Exploded"))
    assert [step for step in _steps(later) if "undo" in step] == [f"open.undo_late-{index}" for index in range(5)]


def test_a_no_of_people_in_a_try_takes_the_batches_back() -> None:
    asking = ROLL.replace("    gate:", "    approval: {after: first, from: [ana], expires: 1h}\n    gate:")
    text = write(_try(asking, CATCH).replace("[Refused]", "[ApprovalRejected]").replace("$string($count($patch))", "'x'"),
                 on_failure="undo", head=HEAD.replace("1h", "9h"))  # fmt: skip
    found = run(text, HOSTS, Failing(**{"patch.approve-1": "ApprovalRejected"}))
    assert [step for step in _steps(found) if "undo" in step or step == "excuse"] == ["open.undo_late_now-0", "excuse"]


def test_a_batch_that_fails_as_a_whole_has_those_before_it_taken_back() -> None:
    definition = compile_ok(write(ROLL, on_failure="undo")).definition
    assert definition is not None
    (catcher,) = definition["States"]["patch.batch"]["Catch"]
    assert (catcher["ErrorEquals"], catcher["Next"]) == (["States.ALL"], "patch.outlast")
    assert definition["States"]["patch.outlast"]["Next"] == "patch.undo"


def test_the_gate_of_a_rollout_in_a_try_can_have_no_undo() -> None:
    acting = ROLL.replace('atom: box.look\n        with: {host: "{% $string($count($patch)) %}"}\n- id: last',
                          "atom: box.open\n        with: {host: x}\n        undo: {atom: box.close, with: {host: x}}\n- id: last")  # fmt: skip
    assert codes(write(acting, on_failure="undo")) == []
    assert codes(write(_try(acting, CATCH), on_failure="undo")) == ["E511"]
    assert codes(write(_try(acting, CATCH))) == ["W513", "W513"]


def test_a_rollout_can_be_skipped_and_handled() -> None:
    text = write(
        PLAIN.replace("- id: patch", "- id: patch\n  when: $input.go"),
        on_failure='- {id: tell, atom: box.look, with: {host: "{% $failure.Error %}"}}',
    )
    assert _steps(run(text.replace("$string($count($patch))", "$input.host"), {"go": False, **HOSTS})) == ["last"]
    assert (
        _steps(run(text.replace("$string($count($patch))", "$input.host"), HOSTS, Failing(**{"open-0": "Refused"})))[-1]
        == "tell"
    )


def test_a_fleet_is_rolled_out_in_child_executions() -> None:
    text = write(
        ROLL.replace("max_items: 10", "max_items: 500").replace("$one & $string", "$one & $input.host & $string"),
        on_failure="undo",
    )
    definition = compile_ok(text).definition
    assert definition is not None
    batch = definition["States"]["patch.batch"]
    assert batch["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert set(batch["ItemSelector"]["outer"]) == {"dispatch", "input"}
    found = run(text, HOSTS, Failing(last="Refused"))
    assert ("open-3", {"host": "h3i-13"}) in found.calls
    assert [step for step in _steps(found) if "undo" in step] == [f"open.undo_late-{index}" for index in range(5)]


LOOP = """
- id: look
  atom: box.look
  with: {host: x}
- id: outer
  foreach:
    items: $input.hosts
    as: one
    max_items: 100
    steps:
      - id: both
        parallel:
          a: [{id: open, atom: box.open, with: {host: "{% $look.token & $one %}"}}]
          b: [{id: beside, wait: 1s}]
      - id: after
        atom: box.look
        with: {host: "{% $both.a.open.token & $dispatch.tier & $input.host %}"}
"""


def test_a_large_foreach_runs_in_child_executions_that_get_what_they_read() -> None:
    definition = compile_ok(write(LOOP)).definition
    assert definition is not None
    state = definition["States"]["outer"]
    assert state["Label"] == "outer"
    assert set(state["ItemSelector"]["outer"]) == {"dispatch", "input", "look"}
    found = run(write(LOOP), {"hosts": ["x", "y"]})
    assert sorted(found.calls[1:]) == [
        ("after-0", {"host": "token of open-0P1i-1"}), ("after-1", {"host": "token of open-1P1i-1"}),
        ("open-0", {"host": "token of lookx"}), ("open-1", {"host": "token of looky"}),
    ]  # fmt: skip


def test_a_small_loop_with_a_long_history_runs_in_child_executions_too() -> None:
    steps = "- id: l\n  foreach:\n    items: $input.hosts\n    as: one\n    max_items: 40\n    steps:\n      - id: w\n        wait: {atom: box.await, with: {host: x}, interval: 5s, deadline: 20m}\n"
    definition = compile_ok(write(steps)).definition
    assert definition is not None
    assert definition["States"]["l"]["Label"] == "l"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ROLL.replace("batches:", "approval: first\n    batches:"), "E203"),
        (ROLL.replace("max_items: 10", "max_items: 20000"), "E512"),
        (ROLL.replace('"50%"', '"150%"'), "E204"),
        ("- id: w\n  wait: {atom: box.await, with: {host: x}, interval: 1s, deadline: 50m}\n" * 1 + "".join(f"- id: w{i}\n  wait: {{atom: box.await, with: {{host: x}}, interval: 1s, deadline: 50m}}\n" for i in range(3)), "E602"),
        (ROLL.replace("$one &", "$patch &"), "E303"),
        (ROLL.replace('$string($count($patch)) %}"}\n- id', '$one %}"}\n- id'), "E304"),
    ],
)  # fmt: skip
def test_mistakes_are_told(text: str, code: str) -> None:
    assert code in codes(write(text, on_failure="undo"))
