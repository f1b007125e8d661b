"""The options that several commands share, and the account that they choose."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cloud import Cloud, open_aws, open_local
from infra.local.server import default_site, require_local
from infra.project import find_project

Stage = Annotated[str, typer.Option(help="Which deployment: 1 to 12 of a-z and 0-9, a letter first.")]
Local = Annotated[bool, typer.Option("--local", help="The local AWS in place of your account.")]
Region = Annotated[str | None, typer.Option(help="The AWS region; else your profile's or AWS_REGION.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile whose credentials are used.")]
Paths = Annotated[list[Path] | None, typer.Argument(help="Files or folders; else the whole project.", exists=True)]


def choose_cloud(*, local: bool, region: str | None, profile: str | None) -> Cloud:
    """Open the local AWS or the user's account. Raises what says which of them is missing."""
    if local:
        return open_local(require_local(default_site(find_project()).home).endpoint)
    return open_aws(region, profile)
