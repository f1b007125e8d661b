"""Deploys a checkout: build, package, upload, and make the stack equal to the template.

The same steps run against AWS and against the local AWS; only the functions' runtime differs (`infra.local.runtime`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.archive import hash_content
from infra.bucket import ensure_bucket, name_bucket, object_url, upload
from infra.cloud import Cloud
from infra.compiled import Build
from infra.errors import StillNeeded
from infra.functions import list_functions
from infra.hindrance import find_hindrances
from infra.local.runtime import localize_archive, localize_template
from infra.package import Recipe, make_package
from infra.project import Project
from infra.stack import (
    ChangeSet,
    Report,
    discard_changes,
    execute_changes,
    name_stack,
    prepare_changes,
    read_outputs,
)
from infra.target import Architecture, Target, target_aws, target_here
from infra.template.assemble import Stack, Template, assemble, dump_template, place_code

"""No hyphen: `interlock-dev-*` must never cover another stage's names."""


@dataclass(frozen=True, slots=True)
class Order:
    """How to deploy a build. `overlay` is path -> text laid over the packaged code; `bucket` None means our own."""

    stage: str
    bucket: str | None = None
    architecture: Architecture = Architecture.X86_64
    """Of the functions on AWS; the local AWS runs them on this machine's."""
    overlay: Mapping[str, str] = field(default_factory=dict)
    anyway: bool = False
    """Whether to remove also what running executions need."""


@dataclass(frozen=True, slots=True)
class Artifacts:
    """A template without code locations, and the zip its functions run."""

    template: Template
    archive: bytes


def make_artifacts(project: Project, build: Build, order: Order, target: Target) -> Artifacts:
    """Package a build, without any call to AWS. Raises what the steps raise."""
    name_stack(order.stage)
    functions = list_functions(order.stage, build.atoms.values(), build.bundle.accounts, build.bundle.sources.queues)
    overlay = {
        "chalicelib/bundle.json": build.bundle_text,
        "chalicelib/offers.json": build.offers_text,
        **order.overlay,
    }
    package = make_package(project, Recipe(order.stage, functions, target, overlay))
    template = assemble(Stack(order.stage, build.bundle, build.machines, functions, build.pagers), package.chalice)
    return Artifacts(template, package.archive.read_bytes())


def deploy(cloud: Cloud, project: Project, build: Build, order: Order, report: Report) -> dict[str, str]:
    """Deploy and give the stack's outputs; a stack that is up to date is left alone. Raises StackFailed and StillNeeded."""
    prepared = prepare(cloud, project, build, order)
    hindrances = () if order.anyway else find_hindrances(cloud, prepared)
    if hindrances:
        discard_changes(cloud, prepared)
        what = ", ".join(sorted({name for one in hindrances for name in one.needs}))
        raise StillNeeded(count=len(hindrances), what=what, first=hindrances[0].execution)
    if prepared.changes:
        execute_changes(cloud, prepared, report)
    else:
        discard_changes(cloud, prepared)
    return read_outputs(cloud, prepared.stack)


def preview(cloud: Cloud, project: Project, build: Build, order: Order) -> ChangeSet:
    """Give what a deployment would change, and leave nothing behind but the uploaded artifacts."""
    prepared = prepare(cloud, project, build, order)
    discard_changes(cloud, prepared)
    return prepared


def prepare(cloud: Cloud, project: Project, build: Build, order: Order) -> ChangeSet:
    """Upload the artifacts and make the change set."""
    stack = name_stack(order.stage)
    target = target_here() if cloud.local else target_aws(order.architecture)
    artifacts = make_artifacts(project, build, order, target)
    if cloud.endpoint is not None:
        archive = localize_archive(artifacts.archive, project)
        artifacts = Artifacts(localize_template(artifacts.template, cloud.endpoint), archive)
    bucket = order.bucket or name_bucket(cloud)
    ensure_bucket(cloud, bucket)
    url = _upload_artifacts(cloud, bucket, order.stage, artifacts)
    return prepare_changes(cloud, stack, url)


def _upload_artifacts(cloud: Cloud, bucket: str, stage: str, artifacts: Artifacts) -> str:
    code_key = f"{stage}/code-{hash_content(artifacts.archive)}.zip"
    upload(cloud, bucket, code_key, artifacts.archive)
    body = dump_template(place_code(artifacts.template, bucket, code_key))
    template_key = f"{stage}/template-{hash_content(body)}.json"
    upload(cloud, bucket, template_key, body)
    return object_url(cloud, bucket, template_key)
