import pytest

from tests.unit.dsl.build import HEAD, codes, write

LOOK = "- id: look\n  atom: box.look\n  with: {host: x}\n"


@pytest.mark.parametrize(
    "when",
    [
        "$input.go", "$look.healthy", "$look.tags.a = 'b'", "$count($look.ports) > 0", "$look.ports[0] = 80",
        "$exists($look.ports[0])", "$exists($look.tags.a) and $look.tags.a = 'b'", "$not($look.healthy)",
        "$look.healthy and $input.go", "'x' in $look.ports", "$dispatch.hops + 1 > 2", "$dispatch.tier = 'P0' ? true : $input.go",
        "$look.token < 'z'", "$length($look.token) > 3", "$failing_never = null" , "($look.healthy)",
    ],
)  # fmt: skip
def test_what_surely_gives_a_value_may_stand_where_nothing_catches(when: str) -> None:
    steps = LOOK + f'- id: w\n  when: "{when}"\n  wait: 1s\n'
    if "failing_never" in when:
        steps = (
            LOOK.replace("look\n", "failing_never\n", 1).replace(
                "- id: failing_never", "- id: failing_never\n  when: $input.go"
            )
            + f'- id: w\n  when: "{when}"\n  wait: 1s\n'
        )
    assert codes(write(steps, on_failure="undo")) == []


@pytest.mark.parametrize(
    "when",
    [
        "$look.tags.a", "$look.tags.a > 3", "$number($look.token) > 1", "$look.ports[0] > 1", "$look.healthy.x.y",
        "$look.token > 3", "$lookup($look.tags, 'a')", "$error('x')", "$exists($look.tags.a) or $look.tags.a > 1",
    ],
)  # fmt: skip
def test_what_may_give_none_may_not_where_something_was_to_follow(when: str) -> None:
    steps = LOOK + f'- id: w\n  when: "{when}"\n  wait: 1s\n'
    assert set(codes(write(steps, on_failure="undo"))) & {"E408", "E305", "E405"}
    assert "E408" not in codes(write(steps))


def test_it_counts_inside_a_try_too_and_for_waits_and_values() -> None:
    risky = '- id: t\n  try:\n    - {id: w, wait: "{% $number($input.host) %}"}\n    - {id: s, set: {v: "{% $number($input.host) %}"}}\n  catch: [{steps: [{id: x, wait: 1s}]}]\n'
    assert codes(write(risky)) == ["E408", "E408"]
    assert codes(write('- {id: w, wait: "{% $number($input.host) %}"}\n', head=HEAD)) == []


@pytest.mark.parametrize(
    ("option", "kind"),
    [("retry: {errors: [X]}", "wait: 1s"), ("undo: {none: x}", "set: {a: 1}"), ("timeout: 5s", "switch: [{when: $input.go, steps: [{id: x, wait: 1s}]}]"), ("heartbeat: 5s", "atom: box.look\n  with: {host: x}")],
)  # fmt: skip
def test_an_option_on_a_kind_that_cannot_carry_it_is_told(option: str, kind: str) -> None:
    assert codes(write(f"- id: a\n  {kind}\n  {option}\n")) == ["E207"]


def test_names_that_only_sound_like_secrets_are_let_be() -> None:
    steps = (
        '- id: a\n  set: {password: "{% $input.host %}", token_count: "12345678901", secret: arn:aws:x, token: short}\n'
    )
    assert codes(write(steps)) == []
    assert codes(write("- id: a\n  set: {password: hunter2hunter2}\n")) == ["W523"]
