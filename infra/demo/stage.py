"""Sets the stage: a local AWS of its own, the deployed stack, the fleet and the people who ask."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from infra.client import ApiClient
from infra.cloud import Cloud, open_local
from infra.demo.feeder import Feeder
from infra.demo.fleet import Fleet, make_fleet, read_states
from infra.demo.play import Scene
from infra.demo.policy import TOLD, build_demo
from infra.demo.principals import make_principal
from infra.demo.timeline import Timeline
from infra.demo.watcher import Watcher, open_store
from infra.deploy import Order, deploy
from infra.local.server import Site, find_program, running_local, stop_local
from infra.project import Project

STAGE = "demo"
WAIT_SCALE = "0.02"
"""The local AWS shortens every Wait and every retry's pause to this part of it."""
OPERATORS = ("operator", "patch-bot", "cost-saver")

_START = "chalicelib/atoms/ec2/start.py"
_REAL_CALL = 'answer = client.start_instances(InstanceIds=[given.instance_id])["StartingInstances"][0]'
_BROKEN_CALL = (
    'answer = {"InstanceId": given.instance_id, "CurrentState": {"Name": "pending"}, '
    '"PreviousState": {"Name": "stopped"}}'
)


def break_start(project: Project) -> dict[str, str]:
    """Give the code with a start atom that says it started the host, and does nothing."""
    source = (project.root / _START).read_text(encoding="utf-8")
    if source.count(_REAL_CALL) != 1:
        raise ValueError(_START)
    return {_START: source.replace(_REAL_CALL, _BROKEN_CALL)}


@contextmanager
def set_stage(project: Project, console: Console, *, broken: bool) -> Iterator[Scene]:
    """Start, deploy and furnish; stop and clean up however the block ends, Ctrl-C included."""
    site = Site(find_program(project), project.local / "demo", {"SFN_WAIT_SCALE": WAIT_SCALE})
    stop_local(site.home)  # one that was killed may have left its own, with another incident in it
    with console.status("starting the local AWS") as status, running_local(site) as running:
        cloud = open_local(running.endpoint)
        status.update("packaging and deploying the stack")
        order = Order(STAGE, overlay=break_start(project) if broken else {})
        outputs = deploy(cloud, project, build_demo(project), order, lambda _line: None)
        status.update("launching six instances")
        fleet = make_fleet(cloud)
        status.stop()
        console.print(
            f"The stack interlock-{STAGE} is deployed to the local AWS at {running.endpoint}, with IAM enforced."
            f" Waits and retry pauses are scaled by {WAIT_SCALE}; nothing in the story waits for the one-minute tick."
        )
        console.print(TOLD)
        hosts = ", ".join(f"host {number} is {one}" for number, one in enumerate(fleet.instances, 1))
        console.print(f"The service has six instances behind a target group: {hosts}.")
        yield _furnish(cloud, outputs, fleet, console)


def _furnish(cloud: Cloud, outputs: dict[str, str], fleet: Fleet, console: Console) -> Scene:
    store = open_store(cloud, outputs["Table"])
    principals = {name: make_principal(cloud, name) for name in OPERATORS}
    names = {f"host/{one}": f"host {number}" for number, one in enumerate(fleet.instances, 1)}
    return Scene(
        cloud=cloud,
        stage=STAGE,
        fleet=fleet,
        feeder=Feeder(cloud, outputs["FunctionDecide"], read_states(cloud)),
        watcher=Watcher(cloud, store, STAGE, fleet.instances),
        timeline=Timeline(console, names),
        operators={name: ApiClient(one, outputs) for name, one in principals.items()},
    )
