import pytest

from tests.unit.dsl.build import Failing, codes, compile_ok, run, write


def test_set_gives_names_to_values_in_one_state() -> None:
    steps = """
    - id: picked
      set: {host: "{% $input.host %}", n: 2, deep: {list: ["{% $input.host & '!' %}"]}}
    - id: look
      atom: box.look
      with: {host: "{% $picked.host & $picked.deep.list[0] %}", count: "{% $picked.n %}"}
    """
    found = run(write(steps))
    assert found.entered == ["picked", "look"]
    assert found.calls == [("look", {"host": "i-1i-1!", "count": 2})]


def test_set_can_end_a_branch_and_the_workflow() -> None:
    steps = '- id: both\n  parallel:\n    a: [{id: x, set: {v: 1}}]\n    b: [{id: y, wait: 1s}]\n- id: z\n  set: {w: "{% $both.a.x.v + 1 %}"}\n'
    assert run(write(steps, output='{w: "{% $z.w %}"}')).output == {"w": 2}


def test_a_first_set_that_ends_its_scope_reads_the_input() -> None:
    steps = "- id: z\n  set: {w: \"{% $input.host & '!' %}\"}\n"
    assert run(write(steps, output='{w: "{% $z.w %}"}')).output == {"w": "i-1!"}


def test_a_field_that_set_does_not_give_is_unknown() -> None:
    assert codes(write('- id: a\n  set: {v: 1}\n- id: b\n  wait: "{% $a.w %}"\n')) == ["E305"]


def test_succeed_ends_the_workflow_with_its_own_output() -> None:
    steps = '- id: enough\n  when: $input.go\n  succeed: {why: "{% $input.host %}"}\n- id: more\n  wait: 1s\n'
    found = run(write(steps))
    assert (found.status, found.output, found.entered) == ("SUCCEEDED", {"why": "i-1"}, ["enough.when", "enough"])
    assert run(write(steps), {"go": False}).entered[-1] == "more"


@pytest.mark.parametrize(
    "steps",
    [
        "- id: p\n  parallel:\n    a: [{id: x, succeed: {}}]\n",
        "- id: t\n  try: [{id: x, succeed: {}}]\n  finally: [{id: y, wait: 1s}]\n",
    ],
)
def test_succeed_inside_what_has_to_end_otherwise_is_refused(steps: str) -> None:
    assert codes(write(steps)) == ["E518"]


EMIT = '- id: told\n  emit: {type: Box Opened, detail: {host: "{% $input.host %}"}}\n'


def test_an_event_is_put_on_the_bus_one_hop_further() -> None:
    definition = compile_ok(write("- id: w\n  wait: 1s\n" + EMIT)).definition
    assert definition is not None
    state = definition["States"]["told"]
    assert state["Resource"] == "arn:aws:states:::events:putEvents"
    entry = state["Arguments"]["Entries"][0]
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == ("${bus}", "interlock", "Box Opened")
    assert entry["Detail"] == {
        "object": "{% $dispatch.object %}",
        "host": "{% $input.host %}",
        "workflow": "flow",
        "dispatch": "{% $dispatch.id %}",
        "root_id": "{% $dispatch.root_id %}",
        "hops": "{% $dispatch.hops + 1 %}",
    }


@pytest.mark.parametrize("detail", ["{hops: 0}", "{root_id: x}"])
def test_an_event_cannot_forge_its_lineage(detail: str) -> None:
    assert codes(write(f"- id: a\n  emit: {{type: T, detail: {detail}}}\n")) == ["E204"]


def test_an_event_cannot_claim_what_only_atoms_observe() -> None:
    assert codes(write("- id: a\n  emit: {type: Object State Changed}\n")) == ["E204"]


UNTIL = """
- id: ready
  wait: {atom: box.look, with: {host: "{% $input.host %}"}, until: $ready.healthy, interval: 10s, deadline: 1m}
- id: last
  atom: box.look
  with: {host: "{% $ready.token %}"}
"""


def _answers(*healthy: bool):  # noqa: ANN202
    left = list(healthy)

    def answer(function: str, payload: dict[str, object]) -> object:
        if str(payload["step"]).startswith("ready"):
            return {"host": "h", "token": "t", "healthy": left.pop(0), "tags": {}, "ports": []}
        return Failing()(function, payload)

    return answer


def test_a_condition_that_holds_at_once_costs_one_more_state() -> None:
    assert run(write(UNTIL), functions=_answers(True)).entered == ["ready", "ready.until", "last"]


def test_a_condition_is_asked_again_after_each_interval() -> None:
    found = run(write(UNTIL), functions=_answers(False, False, True))
    assert found.entered == ["ready", "ready.until", *["ready.wait", "ready.again", "ready.until"] * 2, "last"]


def test_a_condition_that_never_holds_fails_at_its_deadline() -> None:
    tell = '- id: tell\n  atom: box.look\n  with: {host: "{% $failure.Error %}"}\n'
    found = run(write(UNTIL, on_failure=tell), functions=_answers(*[False] * 7))
    assert (found.error, found.cause) == ("DeadlineExceeded", "ready was not so within 60 seconds")
    assert found.calls[-1] == ("tell", {"host": "DeadlineExceeded"})
    assert sum(step == "ready" for step, _ in found.calls) == 7


def test_an_atom_that_raises_not_yet_is_polled_in_one_state() -> None:
    steps = "- id: ready\n  wait: {atom: box.await, with: {host: a}, interval: 5s, deadline: 50s}\n"
    found = run(write(steps), functions=Failing(ready=["NotYet"] * 10))
    assert (found.status, found.entered, len(found.calls)) == ("SUCCEEDED", ["ready"], 11)
    assert run(write(steps), functions=Failing(ready=["NotYet"] * 11)).error == "NotYet"


@pytest.mark.parametrize(
    ("wait", "code"),
    [
        ("{atom: box.open, with: {host: a}, until: $r.healthy, deadline: 1m}", "E519"),
        ("{atom: box.look, with: {host: a}, deadline: 1m}", "E519"),
        ("{atom: box.look, with: {host: a}, until: $r.healthy, deadline: 2h}", "E509"),
        ("{atom: box.lok, with: {host: a}, until: $r.x, deadline: 1m}", "E301"),
        ("{atom: box.look, with: {hst: a}, until: $r.healthy, deadline: 1m}", "E501"),
        ("{atom: box.look, with: {host: a}, until: $r.token, deadline: 1m}", "E405"),
        ("{atom: box.look, with: {host: a}, until: $r.helthy, deadline: 1m}", "E305"),
    ],
)
def test_mistakes_of_a_poll_are_told(wait: str, code: str) -> None:
    assert code in codes(write(f"- id: r\n  wait: {wait}\n"))


TOLERATE = """
- id: loop
  foreach:
    items: $input.hosts
    as: one
    max_items: 5
    tolerate: 1
    steps: [{id: open, atom: box.open, with: {host: "{% $one %}"}}]
- id: last
  atom: box.look
  with: {host: "{% $string($count($loop.open)) %}"}
"""


def test_as_many_iterations_may_fail_as_are_tolerated() -> None:
    given = {"hosts": ["x", "y", "z"]}
    found = run(write(TOLERATE), given, Failing(**{"open-1": "Exploded"}))
    assert (found.status, found.calls[-1]) == ("SUCCEEDED", ("last", {"host": "2"}))
    assert found.entered[-2:] == ["loop.check", "last"]
    both = run(write(TOLERATE), given, Failing(**{"open-1": "Exploded", "open-2": "Refused"}))
    assert (both.status, both.error, both.cause) == ("FAILED", "Exploded", "open-1 raised Exploded")


def test_a_share_of_the_iterations_may_fail() -> None:
    text = write(TOLERATE.replace("tolerate: 1", 'tolerate: "50%"'))
    given = {"hosts": ["w", "x", "y", "z"]}
    failing = {"open-0": "Exploded", "open-1": "Exploded"}
    assert run(text, given, Failing(**failing)).status == "SUCCEEDED"
    assert run(text, given, Failing(**failing, **{"open-2": "Refused"})).status == "FAILED"


def test_what_tolerated_iterations_finished_is_taken_back_when_the_workflow_fails() -> None:
    steps = TOLERATE.replace(
        'with: {host: "{% $one %}"}}',
        'with: {host: "{% $one %}"}, undo: {atom: box.close, with: {host: "{% $one %}"}}}',
    )
    found = run(
        write(steps, on_failure="undo"), {"hosts": ["x", "y"]}, Failing(**{"open-0": "Refused", "last": "Exploded"})
    )
    assert [step for step, _ in found.calls] == ["open-0", "open-1", "last", "open.undo_late-1"]
