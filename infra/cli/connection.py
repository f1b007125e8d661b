"""What a command that works on a deployed stage is connected to. Tests pass their own in as Typer's `obj`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer

from infra.api import Answer, call_api
from infra.cli.options import choose_cloud
from infra.cli.screen import progress
from infra.client import ApiClient
from infra.cloud import Cloud
from infra.stack import name_stack, read_outputs


@dataclass(frozen=True, slots=True)
class Place:
    """Which stage, and where: the local AWS, or the account of a region and profile (None: the user's defaults)."""

    stage: str
    local: bool
    region: str | None
    profile: str | None


@dataclass(frozen=True, slots=True)
class Connection:
    """A deployed stage."""

    cloud: Cloud
    outputs: dict[str, str]
    api: ApiClient


Connect = Callable[[Place], Connection]


def open_connection(place: Place) -> Connection:
    """Find the deployed stage by its stack. Raises BadStage, StackMissing, and what `choose_cloud` raises."""
    stack = name_stack(place.stage)
    cloud = choose_cloud(local=place.local, region=place.region, profile=place.profile)
    outputs = read_outputs(cloud, stack)
    return Connection(cloud, outputs, ApiClient(cloud, outputs, _ask))


def _ask(*request: Any, **options: Any) -> Answer:
    with progress("asking the API"):
        return call_api(*request, **options)


def connect(context: typer.Context, stage: str, *, local: bool, region: str | None, profile: str | None) -> Connection:
    """Open the connection that a command's options name."""
    make: Connect = context.obj or open_connection
    with progress("finding the stack"):
        return make(Place(stage, local, region, profile))
