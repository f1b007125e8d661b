import pytest

from tests.unit.dsl.build import HEAD, Failing, codes, compile_ok, run, write

CONSTANTS = (
    HEAD + "constants:\n  limit: 3\n  topic: {stages: {prod: loud, dev: quiet}, default: none}\n  many: [a, b]\n"
)
READ = '- id: a\n  atom: box.look\n  with: {host: "{% $constants.topic & $constants.many[1] %}", count: "{% $constants.limit %}"}\n'
NOTIFY = HEAD + 'notify: {atom: box.look, with: {host: "{% $failure.Error & $input.host %}"}}\n'
ACT = "- id: a\n  atom: box.open\n  with: {host: a}\n  undo: {atom: box.close, with: {host: a}}\n- id: b\n  atom: box.look\n  with: {host: b}\n"


def test_a_constant_is_read_by_name() -> None:
    assert run(write(READ, head=CONSTANTS)).calls == [("a", {"host": "noneb", "count": 3})]


def test_a_constant_may_differ_between_stages() -> None:
    definition = compile_ok(write("- {id: w, wait: 1s}\n" + READ, head=CONSTANTS)).definition
    assert definition is not None
    text = str(definition).replace("${stage}", "prod")
    assert '"prod" = "prod" ? "loud"' in text


def test_a_constant_is_read_in_child_executions_too() -> None:
    steps = '- id: l\n  foreach:\n    items: $input.hosts\n    as: one\n    max_items: 99\n    steps: [{id: x, atom: box.look, with: {host: "{% $one & $constants.topic %}"}}]\n'
    assert run(write(steps, head=CONSTANTS), {"hosts": ["h"]}).calls == [("x-0", {"host": "hnone"})]


def test_an_unknown_constant_is_told() -> None:
    assert codes(write('- id: w\n  wait: "{% $constants.limt %}"\n', head=CONSTANTS)) == ["E305"]


@pytest.mark.parametrize(
    ("on_failure", "before"),
    [("keep", []), ("undo", ["a.undo"]), ("- {id: tell, atom: box.look, with: {host: t}}\n", ["tell"])],
)
def test_a_failure_is_told_last(on_failure: str, before: list[str]) -> None:
    steps = ACT if on_failure == "undo" else "\n".join(line for line in ACT.splitlines() if "undo" not in line)
    found = run(write(steps, head=NOTIFY, on_failure=on_failure), functions=Failing(b="Refused"))
    assert [step for step, _ in found.calls] == ["a", "b", *before, "notify"]
    assert found.calls[-1] == ("notify", {"host": "Refusedi-1"})
    assert (found.error, found.cause) == ("Refused", "b raised Refused")


def test_success_tells_nobody() -> None:
    assert run(write("- {id: w, wait: 1s}\n", head=NOTIFY)).entered == ["w"]


def test_a_notification_that_fails_hides_nothing() -> None:
    found = run(
        write("- id: b\n  atom: box.look\n  with: {host: b}\n", head=NOTIFY),
        functions=Failing(b="Refused", notify="Exploded"),
    )
    assert found.error == "Refused"


def test_a_notification_cannot_read_what_may_not_have_run() -> None:
    text = write("- id: b\n  atom: box.look\n  with: {host: b}\n", head=NOTIFY.replace("$input.host", "$b.host"))
    assert "E304" in codes(text)
