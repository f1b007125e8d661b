"""What a command that works on a deployed stage is connected to. Tests pass their own in as Typer's `obj`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import typer

from infra.api import API_URL, Answer, call_api
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


class _Outputs(dict[str, str]):
    """A stack's outputs, read when one beside the API's URL is asked for: `send` and `doctor` need some."""

    def __init__(self, cloud: Cloud, stack: str, url: str) -> None:
        super().__init__({API_URL: url})
        self._read: Callable[[], dict[str, str]] = partial(read_outputs, cloud, stack)

    def __missing__(self, name: str) -> str:
        self.update(self._read())
        return self.get(name, "")


Connect = Callable[[Place], Connection]


def open_connection(place: Place) -> Connection:
    """Find the deployed stage by its stack, or take its API where API_URL says it is: that needs no right but to call it.

    Raises BadStage, StackMissing, StackHidden, and what `choose_cloud` raises.
    """
    stack = name_stack(place.stage)
    cloud = choose_cloud(local=place.local, region=place.region, profile=place.profile)
    url = os.environ.get(API_URL)
    outputs = _Outputs(cloud, stack, url) if url else read_outputs(cloud, stack)
    return Connection(cloud, outputs, ApiClient(cloud, outputs, _ask))


def _ask(*request: Any, **options: Any) -> Answer:
    with progress("asking the API"):
        return call_api(*request, **options)


def connect(context: typer.Context, stage: str, *, local: bool, region: str | None, profile: str | None) -> Connection:
    """Open the connection that a command's options name."""
    make: Connect = context.obj or open_connection
    with progress("finding the stack"):
        return make(Place(stage, local, region, profile))
