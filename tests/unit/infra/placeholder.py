"""A tiny project with the shape of the real one: enough to package, deploy and watch each trigger fire."""

import json
import shutil
from pathlib import Path

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission
from chalicelib.catalog.model import Branch, Bundle, Control, Intent, Rule, RuleMode
from infra.compiled import Build
from infra.project import Project, find_project

_SHARED = """
import json, os
from botocore.session import get_session

def client(name):
    return get_session().create_client(name)

def note(who, what):
    text = {"S": json.dumps(what, default=str)}
    item = {"pk": {"S": who}, "sk": {"S": str(len(json.dumps(what)))}, "what": text}
    client("dynamodb").put_item(TableName=os.environ["INTERLOCK_TABLE"], Item=item)
"""
_DECIDE = """
from chalice.app import Blueprint
from chalicelib.entry.shared import client, note
import os
bp = Blueprint(__name__)

@bp.lambda_function()
def decide(event, context):
    note("decide", event)
    parts = ("arn", os.environ["INTERLOCK_PARTITION"], "states", os.environ["AWS_REGION"], os.environ["INTERLOCK_ACCOUNT"])
    arn = ":".join((*parts, "stateMachine", "interlock-" + os.environ["INTERLOCK_STAGE"] + "-probe"))
    started = client("stepfunctions").start_execution(stateMachineArn=arn, name=event["id"], input="{}")
    return started["executionArn"]
"""
_SETTLE = """
from chalice.app import Blueprint
from chalicelib.entry.shared import client, note
import os
bp = Blueprint(__name__)

@bp.lambda_function()
def settle(event, context):
    if "Records" in event:
        for record in event["Records"]:
            note("released", record["body"])
        return
    note("settle-" + event["detail"]["status"], event)
    if event["detail"]["status"] == "SUCCEEDED":
        url = os.environ["INTERLOCK_HOLD_QUEUE"]
        client("sqs").send_message(QueueUrl=url, MessageBody=event["detail"]["name"], DelaySeconds=1)
"""
_RECONCILE = """
from chalice.app import Blueprint
from chalicelib.entry.shared import client, note
bp = Blueprint(__name__)

@bp.lambda_function()
def reconcile(event, context):
    note("reconcile", event)
    if event.get("forbidden"):
        client("ec2").describe_instances()
"""
_START = """
from chalice.app import Blueprint
from chalicelib.entry.shared import note
bp = Blueprint(__name__)

@bp.lambda_function()
def start(event, context):
    for record in event["Records"]:
        note("started", record["body"])
"""
_APPROVAL = """
from chalice.app import Blueprint
from chalicelib.entry.shared import note
bp = Blueprint(__name__)

@bp.lambda_function()
def approval(event, context):
    note("approval", event)
"""
_PUBLISH = """
from chalice.app import Blueprint
bp = Blueprint(__name__)

@bp.lambda_function()
def publish(event, context):
    return {"batchItemFailures": []}
"""
_ATOMS = '''
from chalice.app import Blueprint
from botocore.session import get_session
bp = Blueprint(__name__)

class Stubborn(Exception):
    """An error that a machine catches by name."""

@bp.lambda_function()
def probe_look(event, context):
    if event.get("stubborn"):
        raise Stubborn("no")
    get_session().create_client("ec2").describe_instances()
    return {"seen": True}
'''
_API = """
from chalice.app import Blueprint, IAMAuthorizer
bp = Blueprint(__name__)

@bp.route("/v1/health")
def health():
    return {"ok": True}

@bp.route("/v1/locks", authorizer=IAMAuthorizer())
def locks():
    return {"locks": []}
"""
_APP = """
from chalice import Chalice
from chalicelib.entry import api, approval, atoms, decide, publish, reconcile, settle, start

app = Chalice(app_name="interlock")
for blueprint in (api.bp, approval.bp, atoms.bp, decide.bp, publish.bp, reconcile.bp, settle.bp, start.bp):
    app.register_blueprint(blueprint)
"""
_ENTRIES = {
    "shared": _SHARED,
    "decide": _DECIDE,
    "settle": _SETTLE,
    "reconcile": _RECONCILE,
    "start": _START,
    "approval": _APPROVAL,
    "publish": _PUBLISH,
    "atoms": _ATOMS,
    "api": _API,
}

PROBE_MACHINE = {
    "Comment": "Looks, and survives a stubborn look.",
    "QueryLanguage": "JSONata",
    "StartAt": "look",
    "States": {
        "look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${probe_look}", "Payload": {}},
            "Next": "stubborn",
        },
        "stubborn": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${probe_look}", "Payload": {"stubborn": True}},
            "Catch": [{"ErrorEquals": ["Stubborn"], "Next": "done"}],
            "End": True,
        },
        "done": {"Type": "Succeed"},
    },
}


def make_project(root: Path, *, shares_cache: bool = False) -> Project:
    """Write the project's files under `root`; the lock file is the real one, so that the same wheels ship.

    `shares_cache` takes the checkout's own build folder, and with it the dependencies that are installed already.
    """
    real = find_project()
    entry = root / "chalicelib" / "entry"
    entry.mkdir(parents=True)
    for folder in (entry, entry.parent):
        (folder / "__init__.py").touch()
    for name, text in _ENTRIES.items():
        (entry / f"{name}.py").write_text(text, encoding="utf-8")
    (root / "app.py").write_text(_APP, encoding="utf-8")
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(real.root / name, root / name)
    (root / ".local").symlink_to(real.local)
    if shares_cache:
        real.build.mkdir(exist_ok=True)
        (root / "build").symlink_to(real.build)
    return Project(root)


def make_rule(**match: object) -> Rule:
    """Make an active rule that ignores what matches."""
    return Rule(
        name="probe",
        description="",
        mode=RuleMode.ACTIVE,
        match=match or {"source": ["probe"], "detail-type": ["Looked"]},
        object="host/x",
        branches=(Branch(when=None, ignore="a placeholder"),),
        goal=None,
    )


def make_bundle(*rules: Rule) -> Bundle:
    """Make a bundle with the given rules and nothing else in it."""
    control = Control(conflicts=(), queue_limit=1, queue_expires_s=60, max_hops=4, start_grace_s=60)
    return Bundle(
        version="placeholder",
        workflows={},
        atoms={},
        rules=rules or (make_rule(),),
        services=(),
        tiers=(),
        default_tier="P3",
        control=control,
    )


def make_atom(
    name: str = "probe.look", *permissions: Permission, emits: tuple[str, ...] = ()
) -> Atom[AtomInput, AtomOutput]:
    """Make an atom that is only declared: the placeholder project holds what runs."""

    def run(_input: AtomInput, _context: Context) -> AtomOutput:
        raise NotImplementedError

    return Atom(
        name=name,
        version=1,
        summary="Looks.",
        input=AtomInput,
        output=AtomOutput,
        intent=Intent.OBSERVE,
        touches=(),
        emits=emits,
        permissions=permissions or (Permission(("ec2:DescribeInstances",)),),
        timeout_s=10,
        effect_timeout_s=0,
        idempotency=Idempotency.NATURAL,
        undo=None,
        errors=(),
        example="",
        run=run,
    )


def make_build(*rules: Rule) -> Build:
    """Make a build of the placeholder project: one atom, one machine."""
    atom = make_atom()
    return Build(make_bundle(*rules), json.dumps({"placeholder": True}), {atom.name: atom}, {"probe": PROBE_MACHINE})
