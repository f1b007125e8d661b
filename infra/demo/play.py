"""The story: two hosts of a service stop, two other automations want the same host, and the service is made whole."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.control.lifecycle import DispatchState
from chalicelib.errors import InterlockError
from infra.client import ApiClient, ApiRefused
from infra.cloud import Cloud
from infra.demo.feeder import Feeder
from infra.demo.fleet import SERVICE, Fleet
from infra.demo.outcome import Check, check_end
from infra.demo.signs import Sign, short
from infra.demo.timeline import Timeline
from infra.demo.watcher import Watcher

_PAUSE_S = 0.1
_PATIENCE_S = 40


class StoryStuck(InterlockError):
    """The demo waited {seconds} s in vain for this: {what}."""


@dataclass
class Scene:
    """Everything the story is played with."""

    cloud: Cloud
    stage: str
    fleet: Fleet
    feeder: Feeder
    watcher: Watcher
    timeline: Timeline
    operators: dict[str, ApiClient]

    def wait_for(self, what: str, reached: Callable[[], bool]) -> None:
        """Watch and feed until something holds. Raises StoryStuck."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            self.turn()
            if reached():
                return
            if time.monotonic() > deadline:
                raise StoryStuck(seconds=_PATIENCE_S, what=what)
            time.sleep(_PAUSE_S)

    def turn(self) -> None:
        """Tell what Interlock did since the last turn, and deliver what EC2 would have sent since."""
        for sign in self.watcher.look():
            self.timeline.tell(sign)
        for event in self.feeder.inject_changes():
            detail = event["detail"]
            subject = f"host/{detail['instance-id']}"
            self.timeline.tell(Sign("object", subject, f"EC2 now reports it {detail['state']}"))
            self.timeline.tell(
                Sign("injected", subject, f"{event['detail-type']}: {detail['state']} ({event['id'][:8]})")
            )

    def host(self, number: int) -> str:
        """Give the instance id of the n-th host, counting from 1."""
        return self.fleet.instances[number - 1]


def play(scene: Scene) -> list[Check]:
    """Play the incident, and give what the end looks like when it is read back."""
    take_inventory(scene)
    event = break_two_hosts(scene)
    collide(scene)
    count = repeat_event(scene, event)
    scene.wait_for("every dispatch to be over", scene.watcher.is_quiet)
    if all(row["state"] == DispatchState.SUCCEEDED for row in scene.watcher.list_rows() if row["verdict"] != "reject"):
        scene.wait_for("the goal of both hosts to be reached", lambda: _goals_met(scene))
    scene.turn()
    expected = {"ec2.describe": 1, "host_reboot": 2, "ec2.reboot": 1, "ec2.stop": 0}
    checks = check_end(scene.cloud, scene.watcher.read_hosts(), scene.stage, scene.fleet, expected)
    found = len(scene.watcher.list_rows())
    return [*checks, Check("decisions on record after the doubled event", str(count), str(found))]


def take_inventory(scene: Scene) -> None:
    """Have the atom that describes instances observe the fleet: its events fill the object registry."""
    scene.timeline.story(
        f"An operator takes inventory of the service {SERVICE}: which hosts, zones and labels there are"
    )
    ask(scene, "operator", "ec2.describe", {"tags": {"service": SERVICE}}, "first inventory")
    scene.wait_for("all hosts to be known", lambda: all(one.labels for one in scene.watcher.read_hosts().values()))
    scene.wait_for("the inventory to be settled", scene.watcher.is_quiet)


def break_two_hosts(scene: Scene) -> dict[str, Any]:
    """Stop two hosts behind Interlock's back, and give the event about the first."""
    scene.timeline.story(
        "Two of six hosts stop. The local AWS sends no EC2 events, so the demo injects what EC2 would send"
    )
    scene.cloud.client("ec2").stop_instances(InstanceIds=[scene.host(1), scene.host(2)])
    delivered: list[dict[str, Any]] = []

    def inject() -> bool:
        delivered.extend(scene.feeder.last)
        return {event["detail"]["instance-id"] for event in delivered if event["detail"]["state"] == "stopped"} >= {
            scene.host(1),
            scene.host(2),
        }

    scene.wait_for("EC2 to report both hosts stopped", inject)
    scene.wait_for("the first host to be locked", lambda: bool(scene.watcher.read_hosts()[scene.host(1)].holders))
    return next(event for event in delivered if event["detail"]["instance-id"] == scene.host(1))


def collide(scene: Scene) -> None:
    """Two other automations ask for the host that is being repaired."""
    scene.timeline.story("Meanwhile two other automations ask for the same host over the API")
    wanted = {"instance_id": scene.host(1)}
    ask(scene, "patch-bot", "ec2.reboot", wanted, "kernel patch")
    ask(scene, "cost-saver", "ec2.stop", wanted, "nobody uses it at night")


def repeat_event(scene: Scene, event: dict[str, Any]) -> int:
    """Deliver the very same event again, as EventBridge may; give how many decisions are on record before."""
    scene.timeline.story("EventBridge delivers at least once: the first event arrives a second time")
    count = len(scene.watcher.list_rows())
    scene.feeder.deliver(event)
    text = f"the same event again ({event['id'][:8]}): {count} decisions are on record, and must stay {count}"
    scene.timeline.tell(Sign("injected", f"host/{scene.host(1)}", text))
    return count


def ask(scene: Scene, who: str, name: str, given: dict[str, Any], reason: str) -> None:
    """Ask for a workflow or atom over the API, and tell the answer."""
    subject = f"host/{given['instance_id']}" if "instance_id" in given else "-"
    scene.timeline.tell(Sign("asked", subject, f"{who} asks for {name}: {reason}"))
    try:
        answer = scene.operators[who].start(name, given, key=f"{who}-1", reason=reason)
        text = f"{who} is told: {answer['state']}, dispatch {short(answer['id'])}"
    except ApiRefused as refused:
        text = f"{who} is refused with {refused.facts['status']}: {refused.facts['detail']}"
    scene.timeline.tell(Sign("answer", subject, text))


def _goals_met(scene: Scene) -> bool:
    goals = [scene.watcher.read_hosts()[scene.host(number)].goal for number in (1, 2)]
    return all(goal and goal["status"] == "met" for goal in goals)
