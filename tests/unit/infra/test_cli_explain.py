import json
from pathlib import Path

import pytest

from chalicelib.control.intake import handle_event
from infra.offline.trial import NotScheduled
from infra.project import find_project
from tests.builders import make_event
from tests.unit.infra.connected import Stage

CORPUS = Path(__file__).parents[2] / "corpus" / "events"
STOPPED = (CORPUS / "ec2_stopped.json").as_posix()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return path.as_posix()


def write_active_rule(content: Path, name: str) -> str:
    """Make a content directory whose only rule is one of the checkout's, which acts there."""
    rules = content / "policies" / "rules"
    rules.mkdir(parents=True)
    text = (find_project().policies / "rules" / f"{name}.yaml").read_text("utf-8")
    write(rules / f"{name}.yaml", text.replace("mode: shadow", "mode: active"))
    return content.as_posix()


def test_an_event_is_explained_from_its_record(stage: Stage) -> None:
    handle_event(make_event(), stage.core.bundle, stage.core.home, stage.core.ports)

    shown = stage.run("explain", "e1").out.splitlines()

    assert shown[:6] == [
        "event e1: 1 decision",
        "",
        "host_stopped on host/i-0a (no service, tier P2)",
        "  match: yes: the event matches the rule's pattern",
        '  branch 1: no: $object.tier = "P0" is false: "P2" = "P0"',
        "  branch 2: yes: the default",
    ]
    assert not any(line.startswith("The event itself is not kept") for line in shown), "the record keeps it"


def test_with_the_event_the_rules_of_the_checkout_are_explained_too(stage: Stage, tmp_path: Path) -> None:
    raw = make_event()
    handle_event(raw, stage.core.bundle, stage.core.home, stage.core.ports)
    file = write(tmp_path / "e.json", json.dumps(raw))

    found = json.loads(stage.run("explain", "e1", "--event", file, "--json").out)

    assert found["decisions"][0]["verdict"] == "start"
    assert {one["rule"] for one in found["missed"]} >= {"disk_full", "spot_rebalance"}


def test_deciding_offline_says_what_control_would_say(stage: Stage, tmp_path: Path) -> None:
    objects = write(
        tmp_path / "objects.yaml",
        "objects:\n  host/i-0abcd1111: {state: running, labels: {service: checkout, target_group: 'arn:x'}}\n",
    )
    running = write(
        tmp_path / "running.json", '{"running": [{"run": "ec2.reboot", "with": {"instance_id": "i-0abcd1111"}}]}'
    )

    own = write_active_rule(tmp_path / "ops", "host_stopped")
    about = ("--content", own, "decide", "--event", STOPPED, "--objects", objects)

    at_once = stage.run(*about)
    alone = stage.run(*about, "--after", "2m", "--json")
    blocked = stage.run(*about, "--after", "2m", "--running", running)

    assert "  => record: run host_reboot: it acts if after 1m host/i-0abcd1111 is still stopped" in at_once.out
    (decision,) = json.loads(alone.out)["decisions"]
    assert (decision["rule"], decision["verdict"], decision["workflow"]) == ("host_stopped", "start", "host_reboot")
    assert decision["created_at"] == "2026-03-11T21:29:54.000Z"
    assert "  => queue: run host_reboot: ec2.reboot holds host/i-0abcd1111" in blocked.out


def test_an_event_that_no_rule_wants_is_explained_field_by_field(stage: Stage) -> None:
    shown = stage.run("decide", "--event", (CORPUS / "hostile_strings.json").as_posix())

    assert "no rule" in shown.out.splitlines()[0]
    assert 'detail-type is "$(touch /tmp/owned)"' in shown.out


def test_mistakes_in_the_given_world_are_diagnostics(stage: Stage, tmp_path: Path) -> None:
    objects = write(tmp_path / "objects.yaml", "objects:\n  host/i-0a: {stat: running}\n")

    shown = stage.run("decide", "--event", STOPPED, "--objects", objects)

    assert shown.code == 1
    assert "unknown field `stat`" in shown.err


def test_a_rule_with_a_schedule_is_decided_as_it_next_comes_due(stage: Stage) -> None:
    shown = stage.run("decide", "--due", "patch_window", "--at", "2026-03-25T00:00:00Z")
    assert shown.code == 0
    assert shown.out.startswith("event patch_window@2026-03-29T01:00:00Z: 1 decision\n")
    assert "decided 03-29 01:00:00" in shown.out
    for rule, cause in (("host_stopped", "it has no `schedule`"), ("nobody", "there is no such rule")):
        with pytest.raises(NotScheduled, match=f"{cause}; rules that have one: patch_window, reboot_window"):
            stage.run("decide", "--due", rule)
    assert stage.run("decide").code == 2
    assert stage.run("decide", "--due", "patch_window", "--event", STOPPED).code == 2


def test_a_rule_in_shadow_is_decided_as_if_it_were_active_if_that_is_asked(stage: Stage, tmp_path: Path) -> None:
    objects = write(
        tmp_path / "objects.yaml",
        "objects:\n  host/i-0abcd1111: {state: running, labels: {service: checkout, target_group: 'arn:x'}}\n",
    )
    about = ("decide", "--event", STOPPED, "--objects", objects, "--after", "2m")

    assert "  => record: run host_reboot: branch 2: the default" in stage.run(*about).out
    assert "  => start: run host_reboot: branch 2: the default" in stage.run(*about, "--active").out
