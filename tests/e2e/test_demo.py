"""The demo is a test: the whole incident on the real package, the real template and enforced IAM; and it can fail."""

import io

import pytest
from rich.console import Console

from infra.demo.play import play
from infra.demo.stage import set_stage
from infra.demo.summary import summarize
from infra.project import find_project

pytestmark = pytest.mark.e2e


def _play(*, broken: bool) -> tuple[dict[str, bool], str]:
    console = Console(file=io.StringIO(), width=200)
    with set_stage(find_project(), console, broken=broken) as scene:
        checks = play(scene)
        told = "\n".join(scene.timeline.shorten(line) for line in summarize(scene))
    assert isinstance(console.file, io.StringIO)
    return {check.what: check.passed for check in checks}, console.file.getvalue() + told


def test_the_incident_ends_in_the_desired_state_and_the_output_says_how() -> None:
    checks, output = _play(broken=False)
    assert [what for what, passed in checks.items() if not passed] == []
    assert "rule host_stopped wanted host_reboot on host 1: succeeded: drain > start > running > back" in output
    assert "cost-saver wanted ec2.stop on host 1: rejected, because host_reboot holds host 1" in output
    assert (
        "patch-bot wanted ec2.reboot on host 1: succeeded: ec2_reboot; it waited, because host_reboot holds" in output
    )
    assert "the goal of rule host_stopped is met" in output


def test_with_a_start_atom_that_does_nothing_the_demo_sees_that_nothing_is_mended() -> None:
    checks, output = _play(broken=True)
    failed = {what for what, passed in checks.items() if not passed}
    assert {"instances, read from EC2", "locks held, read from the table", "goals of the rule host_stopped"} <= failed
    assert "ended failed with NotYet; its lock stays" in output
