"""The environment, read once and typed."""

import os
from typing import NamedTuple

from chalicelib.errors import MissingSetting


def read_setting(name: str) -> str:
    """Read an environment variable. Raises MissingSetting if it is not set or empty."""
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(name=name)
    return value


class Settings(NamedTuple):
    """What the template tells a core function."""

    table: str
    bus: str
    hold_queue: str
    """Its URL."""
    start_queue: str
    """Its URL."""
    stage: str
    account: str
    region: str
    partition: str


def read_settings() -> Settings:
    """Read all of them. Raises MissingSetting for the first one that is not set."""
    return Settings(
        table=read_setting("INTERLOCK_TABLE"),
        bus=read_setting("INTERLOCK_BUS"),
        hold_queue=read_setting("INTERLOCK_HOLD_QUEUE"),
        start_queue=read_setting("INTERLOCK_START_QUEUE"),
        stage=read_setting("INTERLOCK_STAGE"),
        account=read_setting("INTERLOCK_ACCOUNT"),
        region=read_setting("AWS_REGION"),
        partition=read_setting("INTERLOCK_PARTITION"),
    )
