from dataclasses import replace

from chalicelib.catalog.model import Correlate, Storm
from chalicelib.control.intake import handle_event
from infra.cli.exits import Exit
from tests.builders import make_event
from tests.unit.infra.connected import Stage


def make_storm() -> Stage:
    stage = Stage()
    storm = Correlate(storm=Storm("all", 1, 600, "sre"))
    rules = (stage.core.bundle.rules[0]._replace(correlate=storm),)
    stage.core.bundle = replace(stage.core.bundle, rules=rules, index=None)
    for host in ("i-0a", "i-0b", "i-0c"):
        handle_event(make_event(f"e-{host}", host=host), stage.core.bundle, stage.core.home, stage.core.ports)
    return stage


def test_everything_that_a_storm_held_of_a_rule_is_released() -> None:
    stage = make_storm()
    shown = stage.run("release", "--rule", "host_stopped", "--reason", "power is back")
    assert shown.code == 0
    assert shown.err.count("was held: reserved: ") == 2
    assert len(stage.core.executions.started) == 3
    again = stage.run("release", "--rule", "host_stopped", "--reason", "power is back")
    assert again.err == "Nothing of the rule host_stopped is held.\n"


def test_one_is_released_by_the_beginning_of_its_id() -> None:
    stage = make_storm()
    held = next(iter(stage.api.list_dispatches(10, state="held")))["id"]
    assert stage.run("release", held[:12], "--reason", "power is back").err.startswith(f"{held} was held: reserved: ")


def test_an_id_or_a_rule_is_compulsory_and_both_are_too_much() -> None:
    stage = make_storm()
    assert stage.run("release", "--reason", "x").code == Exit.USAGE
    assert stage.run("release", "abcd", "--rule", "host_stopped", "--reason", "x").code == Exit.USAGE
